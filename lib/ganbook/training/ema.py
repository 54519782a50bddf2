"""Averaged weights of a generator (exponential moving average)."""

import copy

import torch
from torch import nn

from ganbook.errors import UserError


class Ema:
    """A copy of a module whose parameters follow the trained ones slowly.

    After each step `w_ema <- d * w_ema + (1 - d) * w` with `d = min(decay, (1 + n) / (10 + n))` at the n-th update, so
    that the average is useful early. Buffers (batch-norm statistics) are copied. Averaging a generator's weights:
    Yazici et al., "The unusual effectiveness of averaging in GAN training", arXiv 1806.04498, equation 1.

    Args:
        module: the trained module.
        decay: in [0, 1].
    """

    def __init__(self, module: nn.Module, decay: int | float) -> None:
        if not 0.0 <= decay <= 1.0:
            raise UserError(f"the decay of an average must be from 0 to 1, got {decay}")
        self.decay, self._source = decay, module
        self.updates = 0
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self._averages, self._presents = list(self.module.parameters()), list(module.parameters())

    @torch.no_grad()
    def update(self) -> None:
        """Move the average toward the present weights; call once a step."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(self._averages, self._presents, 1.0 - decay)
        for average, present in zip(self.module.buffers(), self._source.buffers(), strict=True):
            average.copy_(present)
        self.updates += 1
