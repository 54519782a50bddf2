"""Walks in W along its principal components (GANSpace; Härkönen et al. 2020)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import traitlets
from jaxtyping import Float
from torch import Tensor

from ganbook.chapters.style_prior.analysis import Directions
from ganbook.chapters.style_prior.inference import Prior
from ganbook.chapters.style_prior.web import DRAWS
from ganbook.chapters.style_prior.widgets import layers as shared
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.widgets import page, sprites, still
from ganbook.widgets.base import Explorer, module_source, packed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LIMIT = 3
"""Standard deviations to each side."""

STOPS = list(range(-LIMIT, LIMIT + 1))
"""Of the strip, in standard deviations."""

COUNT = 6
"""Directions where nobody names them."""

MOST = 12


class Walk(Explorer):
    """Move a picture along directions in W, all layers or some, and see the walk along one of them as a strip.

    Args:
        prior: a trained generator.
        found: directions with the deviations of w along them, see
            :func:`ganbook.chapters.style_prior.analysis.directions`.
        names: what the first directions change, as many as are to be shown; by default "direction 1" to "direction 6".
        groups: layers by the name of their group; by default coarse, middle and fine.
        psi: truncation of the pictures that walks start from, 0 to 1.

    Raises:
        UserError: no prior, directions of another space; names, groups or a psi that cannot be.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "generator"

    side = traitlets.Int(help="pixels of a side").tag(sync=True)
    sides = traitlets.List(traitlets.Int(), help="pixels of a side at each layer").tag(sync=True)
    groups = traitlets.List(help="of each group the name and the layers").tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="of the directions").tag(sync=True)
    stops = traitlets.List(traitlets.Int(), STOPS, help="of the strip, in standard deviations").tag(sync=True)
    draws = traitlets.Int(DRAWS, help="how many pictures there are to start from").tag(sync=True)
    shown = traitlets.Bytes(help="a WebP: the first strip").tag(sync=True)

    def __init__(
        self,
        prior: Prior,
        found: Directions,
        names: Sequence[str] | None = None,
        *,
        groups: Mapping[str, Sequence[int]] | None = None,
        psi: float = 0.7,
    ) -> None:
        shared.check_prior(prior)
        shared.check_psi(psi)
        check_directions(prior, found)
        names = checked_names(names, len(found.axes))
        self._prior, self._psi, self._draw = prior, psi, shared.Drawer(prior)
        self._steps = found.deviations[: len(names), None] * found.axes[: len(names)]  # (directions, latent)
        styles = prior.generator.synthesis.styles
        moves = torch.zeros(len(STOPS), len(names))
        moves[:, 0] = torch.tensor(STOPS)
        self._strip = self._draw(self._walked(0, moves, range(styles)), False)
        super().__init__(
            side=prior.config.resolution,
            sides=shared.sides_of(styles),
            groups=[list(each) for each in shared.checked_groups(groups, styles)],
            names=names,
            shown=sprites.sheet(self._strip[None]),
        )

    def still_panels(self) -> list[still.Panel]:
        told = (
            f"A walk in W along {self.names[0]}, from {-LIMIT} to {LIMIT} standard deviations: {len(STOPS)} pictures of"
            f" one code, moved in all layers. Other directions: {', '.join(self.names[1:]) or 'none'}."
        )
        return [still.Panel(told, self._draw_still)]

    def page_facts(self) -> page.Facts:
        codes = torch.cat([self._code(seed) for seed in range(DRAWS)])  # (draws, latent)
        return page.Facts(weights_id(self._prior), {"codes": packed(codes), "steps": packed(self._steps)})

    def _reply(self, request: dict, _buffers: list) -> tuple[dict, list[bytes]]:
        """A request says seed, moves (for each picture how far along each direction) and layers; the answer is a
        picture for each move.
        """
        moves = torch.tensor(request["moves"], dtype=torch.float32)
        pictures = self._draw(self._walked(request["seed"], moves, request["layers"]), False)
        return {}, [picture.tobytes() for picture in pictures]

    def _code(self, seed: int) -> Float[Tensor, "1 latent"]:
        return self._prior.codes(1, self._psi, seed)

    def _walked(
        self, seed: int, moves: Float[Tensor, "n directions"], layers: Sequence[int]
    ) -> Float[Tensor, "n styles latent"]:
        """The code of a seed, moved in ``layers``."""
        ws = self._prior.generator.spread(self._code(seed)).repeat(len(moves), 1, 1)
        ws[:, list(layers)] += (moves @ self._steps)[:, None]
        return ws

    def _draw_still(self, figure: "Figure", _ink: str) -> None:
        name = self.names[0]
        still.write_title(figure, f"Walk in W: {name if len(name) < 32 else name[:30] + '…'}")
        for number, (stop, picture) in enumerate(zip(STOPS, self._strip, strict=True)):
            row, column = divmod(number, 4)
            title = f"{stop:+d} SD".replace("-", "−") if stop else "start"
            shared.put(figure, (0.02 + 0.245 * column, 0.58 - 0.34 * row, 0.225, 0.23), picture, title)
        figure.text(0.02, 0.12, "SD: standard deviations of w along it", fontsize=11)


def check_directions(prior: Prior, found: Directions) -> None:
    """Raises ``UserError`` unless they are directions in the prior's W."""
    if not isinstance(found, Directions):
        raise UserError(f"found must be Directions; got {type(found).__name__}.")
    latent = prior.config.latent_dim
    if found.axes.ndim != 2 or found.axes.shape[1] != latent or len(found.deviations) != len(found.axes):
        raise UserError(
            f"found must have axes (n, {latent}) and as many deviations;"
            f" got {tuple(found.axes.shape)} and {tuple(found.deviations.shape)}."
        )
    if not (found.axes.isfinite().all() and found.deviations.isfinite().all()):
        raise UserError("found must have finite axes and deviations.")


def checked_names(names: Sequence[str] | None, most: int) -> list[str]:
    """A name for each direction that is shown; what is said twice gets the direction's number.

    Raises:
        UserError: no names, more than there are directions, or an empty one.
    """
    most = min(most, MOST)
    if names is None:
        return [f"direction {number}" for number in range(1, min(COUNT, most) + 1)]
    if isinstance(names, str) or not 1 <= len(names) <= most:
        raise UserError(f"names must be a list of 1 to {most} names; got {names!r}.")
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise UserError(f"each direction needs a name of at least one letter; got {list(names)}.")
    often = Counter(names)
    return [f"{name} (direction {n})" if often[name] > 1 else name for n, name in enumerate(names, start=1)]
