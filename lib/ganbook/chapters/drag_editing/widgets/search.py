"""A search for the code of a given picture that goes on in the background and can be stopped."""

import threading
from collections.abc import Callable

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

STEPS = 300


class Search(threading.Thread):
    """Looks for codes of all layers that draw a picture (W+).

    Args:
        prior: the generator.
        features: pictures in [-1, 1] -> feature maps; by them pictures are compared.
        picture: 0..255, of the generator's size.
        steps: of the optimisation; ``STEPS`` by default.

    Attributes:
        ws, drawn: what was found, (styles, latent) and 0..255; None before the end, and where it was stopped.
        error: why it failed, in a sentence; empty if it did not.
    """

    def __init__(
        self,
        prior: object,
        features: Callable[[Tensor], list[Tensor]],
        picture: UInt8[Tensor, "3 side side"],
        steps: int | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self._prior, self._features, self._picture, self._steps = prior, features, picture, steps or STEPS
        self._asked, self._stopped = 0, threading.Event()
        self.ws: Float[Tensor, "styles latent"] | None = None
        self.drawn: UInt8[Tensor, "3 side side"] | None = None
        self.error = ""

    @property
    def share(self) -> float:
        """How much of it is done: in each step features are asked for twice."""
        return min(1.0, self._asked / (2 * self._steps))

    def stop(self) -> None:
        """It ends at its next step, with nothing found."""
        self._stopped.set()

    def run(self) -> None:
        try:
            found = self._prior.find(self._picture[None], self._counted, "w+", self._steps)
            self.drawn = self._prior.draw(found.ws)[0]
            self.ws = found.ws[0]
        except _Stopped:
            pass
        except Exception as problem:
            self.error = f"The search failed: {problem}"

    def _counted(self, pictures: Tensor) -> list[Tensor]:
        if self._stopped.is_set():
            raise _Stopped
        self._asked += 1
        return self._features(pictures)


class _Stopped(Exception):
    """Somebody does not want to wait."""


@torch.no_grad()
def apart(one: UInt8[Tensor, "*shape"], other: UInt8[Tensor, "*shape"]) -> float:
    """Mean difference of two pictures' colour values, 0 to 1."""
    return float((one.float() - other.float()).abs().mean() / 255)
