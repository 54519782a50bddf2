"""What both widgets share: the layers of a synthesis network by number, in groups with names, and their pictures."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ganbook.chapters.style_prior.inference import Prior
from ganbook.chapters.style_prior.web import SynthesisNetwork
from ganbook.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GROUPS = ("coarse", "middle", "fine")
"""Karras et al. 2019: at 64 pixels 4 to 8, 16 to 32, and 64."""


class Drawer:
    """The synthesis network of a prior, with the same noise for all pictures."""

    def __init__(self, prior: Prior) -> None:
        self._network = SynthesisNetwork(prior.generator.synthesis).eval()

    def __call__(self, ws: Float[Tensor, "n styles latent"], noise: bool) -> UInt8[np.ndarray, "n side side 3"]:
        return np.ascontiguousarray(self._network(ws, torch.full((len(ws),), float(noise))).numpy())


def check_prior(prior: Prior) -> None:
    """Raises ``UserError`` unless it is one."""
    if not isinstance(prior, Prior):
        raise UserError(f"prior must be a Prior; got {type(prior).__name__}.")


def check_psi(psi: float) -> None:
    """Raises ``UserError`` unless it is from 0 to 1."""
    if not isinstance(psi, int | float) or not 0 <= psi <= 1:
        raise UserError(f"psi must be from 0 to 1; got {psi!r}.")


def sides_of(styles: int) -> list[int]:
    """Pixels of a side at each layer; the last layer, only a toRGB, has those of the one before."""
    return [4 * 2 ** min((number + 1) // 2, styles // 2 - 1) for number in range(styles)]


def checked_groups(groups: Mapping[str, Sequence[int]] | None, styles: int) -> list[tuple[str, list[int]]]:
    """Names and layers of each group; without groups about a third of the resolutions each.

    Raises:
        UserError: no groups, an empty one, or layers that are not there.
    """
    if groups is None:
        parts = np.array_split(sorted(set(sides_of(styles))), len(GROUPS))
        found = {
            name: [n for n, side in enumerate(sides_of(styles)) if side in part] for name, part in zip(GROUPS, parts)
        }
        return [(name, layers) for name, layers in found.items() if layers]
    if not isinstance(groups, Mapping) or not groups:
        raise UserError(f"groups must be layers by the name of their group, at least one; got {groups!r}.")
    return [(name, checked_layers(layers, styles, f"group {name}", least=1)) for name, layers in groups.items()]


def checked_layers(layers: Sequence[int], styles: int, what: str = "layers", least: int = 0) -> list[int]:
    """Layers in order, each once.

    Raises:
        UserError: numbers that are no layers, or fewer than ``least``.
    """
    found = set(layers) if isinstance(layers, Iterable) else {None}
    if len(found) < least or not found <= set(range(styles)):
        got = list(layers) if isinstance(layers, Iterable) else layers
        raise UserError(f"{what}: expected layers from 0 to {styles - 1}, at least {least}; got {got!r}.")
    return sorted(int(number) for number in found)


def ranges(layers: Sequence[int]) -> str:
    """Layers in words: "layers 0 to 2 and 5"."""
    if not layers:
        return "no layer"
    starts = [n for n in layers if n - 1 not in layers]
    ends = [n for n in layers if n + 1 not in layers]
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in zip(starts, ends, strict=True)]
    told = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return f"{'layer' if len(layers) == 1 else 'layers'} {told}"


def put(
    figure: "Figure", place: Sequence[float], picture: UInt8[np.ndarray, "side side 3"], title: str = "", **how: Any
) -> None:
    """A picture in a figure, at (left, bottom, width, height), with a title above it."""
    axes = figure.add_axes(tuple(place))
    axes.imshow(picture)
    axes.set_title(title, **({"fontsize": 11, "pad": 3} | how))
    axes.axis("off")
