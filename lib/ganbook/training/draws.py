"""The random numbers of a training step, without a state to save.

Every number depends on (seed, step) and the order of the calls within the step only: a resumed run draws what an
uninterrupted one would have drawn. In a data-parallel run each rank draws the numbers of the whole batch and keeps its
own slice, so that the number of devices does not change them.
"""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganbook.errors import UserError

STEP, EPOCH, GLOBAL = range(3)  # kinds of streams under one seed


def mix(*numbers: int) -> int:
    """One 64-bit seed from several whole numbers >= 0."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


class Draws:
    """Random numbers of one rank; call `begin(step)` at the start of each step.

    Args:
        seed: of the run, >= 0.
        device: where `randn` and `randint` put their result.
        rank, ranks: this process and the number of processes.
    """

    def __init__(self, seed: int, device: torch.device, rank: int = 0, ranks: int = 1) -> None:
        if seed < 0:
            raise UserError(f"seed must be at least 0, got {seed}")
        self.seed, self.device, self.rank, self.ranks = seed, device, rank, ranks
        self._generator = torch.Generator()
        self._permutations: dict[tuple[int, int, int], Tensor] = {}
        self.begin(0)

    def begin(self, step: int) -> None:
        """Start the streams of `step`, torch's global one (dropout) included."""
        self.step = step
        self._batches = 0
        self._generator.manual_seed(mix(self.seed, STEP, step))
        everywhere = mix(self.seed, GLOBAL, step, self.rank)
        # torch.manual_seed queues a call for CUDA each time, on machines without
        torch.default_generator.manual_seed(everywhere)
        if self.device.type == "cuda":
            torch.cuda.manual_seed(everywhere)

    def slice_for_rank(self, whole: Tensor) -> Tensor:
        """This rank's slice of the first dimension of a tensor that is the same on all ranks."""
        if whole.shape[0] % self.ranks:
            raise UserError(f"a batch of {whole.shape[0]} cannot be divided evenly over {self.ranks} devices")
        return whole.chunk(self.ranks)[self.rank]

    def randn(self, *shape: int) -> Float[Tensor, "batch ..."]:
        """Standard normal numbers of the global shape `(batch, ...)`;
        this rank's slice of them, on the run's device.
        """
        return self.slice_for_rank(torch.randn(shape, generator=self._generator)).to(self.device)

    def rand(self, *shape: int) -> Float[Tensor, "batch ..."]:
        """Uniform numbers in [0, 1), otherwise as `randn`."""
        return self.slice_for_rank(torch.rand(shape, generator=self._generator)).to(self.device)

    def randint(self, high: int, shape: tuple[int, ...]) -> Int[Tensor, "batch ..."]:
        """Whole numbers from 0 to high - 1, int64, otherwise as `randn`."""
        return self.slice_for_rank(torch.randint(high, shape, generator=self._generator)).to(self.device)

    def permutation(self, n: int) -> Int[Tensor, " n"]:
        """A permutation of 0 .. n - 1, whole and the same on every rank, int64, on the CPU."""
        return torch.randperm(n, generator=self._generator)

    def batch(self, examples: int, batch_size: int, *, whole: bool = False) -> Int[Tensor, " batch"]:
        """Indices of this step's examples: the data set is gone through in a new order each epoch, nothing left out.

        A second call within a step goes through the data in another, independent order.

        Args:
            examples: size of the data set.
            batch_size: of the whole batch, over all ranks.
            whole: return the whole batch instead of this rank's slice.

        Returns:
            int64 indices on the CPU; they index a tensor on any device.
        """
        if examples < 1:
            raise UserError(f"a data set must have at least one example, got {examples}")
        call, self._batches = self._batches, self._batches + 1
        positions = torch.arange(self.step * batch_size, (self.step + 1) * batch_size)
        epochs = positions // examples
        indices = torch.empty_like(positions)
        for epoch in range(int(epochs[0]), int(epochs[-1]) + 1):
            here = epochs == epoch
            indices[here] = self._permutation(examples, epoch, call)[positions[here] % examples]
        return indices if whole else self.slice_for_rank(indices)

    def _permutation(self, examples: int, epoch: int, call: int) -> Tensor:
        key = (examples, epoch, call)
        if key not in self._permutations:
            self._permutations = {k: order for k, order in self._permutations.items() if k[1] >= epoch - 1}
            generator = torch.Generator().manual_seed(mix(self.seed, EPOCH, *key))
            self._permutations[key] = torch.randperm(examples, generator=generator)
        return self._permutations[key]
