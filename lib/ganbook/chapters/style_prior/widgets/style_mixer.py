"""Style mixing: chosen layers take the codes of other pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import traitlets
from jaxtyping import Float, UInt8
from torch import Tensor

from ganbook.chapters.style_prior.inference import Prior
from ganbook.chapters.style_prior.web import DRAWS
from ganbook.chapters.style_prior.widgets import layers as shared
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.widgets import page, sprites, still
from ganbook.widgets.base import Explorer, module_source, packed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 6
"""Sources in a row: a grid of 36 mixed pictures is what a slow machine can still follow."""


class StyleMixer(Explorer):
    """Mix two rows of sources, see every picture of row A with the chosen layers from every picture of row B.

    Args:
        prior: a trained generator.
        count: sources in each row.
        layers: those that row B gives at the start; by default all but the first group.
        groups: layers by the name of their group; by default coarse, middle and fine.
        psi: truncation at the start, 0 to 1.
        noise: whether noise is on at the start.

    Raises:
        UserError: no prior; a count, layers or psi that cannot be.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "generator"

    side = traitlets.Int(help="pixels of a side").tag(sync=True)
    count = traitlets.Int(help="sources in each row").tag(sync=True)
    sides = traitlets.List(traitlets.Int(), help="pixels of a side at each layer").tag(sync=True)
    groups = traitlets.List(help="of each group the name and the layers").tag(sync=True)
    draws = traitlets.Int(DRAWS, help="how many rows of sources there are to choose from").tag(sync=True)
    noisy = traitlets.Bool(help="whether the generator was trained with noise").tag(sync=True)
    start = traitlets.Dict(help="the first choices: seeds, layers, psi, noise, chosen").tag(sync=True)
    shown = traitlets.Bytes(help="a WebP: row B above, row A at the left, each mixed with each").tag(sync=True)

    def __init__(
        self,
        prior: Prior,
        *,
        count: int = 4,
        layers: Sequence[int] | None = None,
        groups: Mapping[str, Sequence[int]] | None = None,
        psi: float = 0.7,
        noise: bool = False,
    ) -> None:
        shared.check_prior(prior)
        shared.check_psi(psi)
        if count not in range(1, MOST + 1):
            raise UserError(f"count must be from 1 to {MOST}; got {count!r}.")
        self._prior, self._count, self._draw = prior, count, shared.Drawer(prior)
        styles = prior.generator.synthesis.styles
        named = shared.checked_groups(groups, styles)
        taken = [n for _, each in named[1:] or named for n in each] if layers is None else layers
        start = {"seeds": [0, 0], "layers": shared.checked_layers(taken, styles), "psi": float(psi), "noise": noise}
        self._pictures = self._table(**start)
        super().__init__(
            side=prior.config.resolution,
            count=count,
            sides=shared.sides_of(styles),
            groups=[list(each) for each in named],
            noisy=prior.config.noise,
            start=start | {"chosen": [0, 0]},
            shown=sprites.sheet(self._pictures),
        )

    def still_panels(self) -> list[still.Panel]:
        taken = shared.ranges(self.start["layers"])
        told = (
            f"Style mixing at psi {self.start['psi']:.2f}: {self.count} sources A at the left, {self.count} sources B"
            f" above. Each other picture is that of its row, with {taken} from that of its column."
        )
        return [still.Panel(told, self._draw_still)]

    def page_facts(self) -> page.Facts:
        codes = torch.stack([self._codes(seed) for seed in range(DRAWS)])  # (draws, 2, count, latent)
        facts = {"codes": packed(codes), "mean": packed(self._prior.generator.mapping.mean)}
        return page.Facts(weights_id(self._prior), facts)

    def _reply(self, request: dict, _buffers: list) -> tuple[dict, list[bytes]]:
        """A request says the seeds of rows A and B, layers that B gives, psi, noise, and cells [a, b]; the answer is a
        picture for each cell.
        """
        cells, noise = request["cells"], request["noise"]
        ws = self._mixed(request["seeds"], request["layers"], request["psi"])
        wanted = torch.stack([ws[a, b] for a, b in cells])  # (cells, styles, latent)
        return {}, [picture.tobytes() for picture in self._draw(wanted, noise)]

    def _codes(self, seed: int) -> Float[Tensor, "2 count latent"]:
        """Codes of both rows."""
        return self._prior.codes(2 * self._count, seed=seed).unflatten(0, (2, self._count))

    def _mixed(self, seeds: Sequence[int], layers: Sequence[int], psi: float) -> Float[Tensor, "a b styles latent"]:
        """The code of row A in each layer, or that of row B in ``layers``, of each with each."""
        generator = self._prior.generator
        rows = (self._codes(seed)[row] for row, seed in enumerate(seeds))
        a, b = (generator.spread(generator.truncate(each, psi)) for each in rows)  # (count, styles, latent)
        taken = torch.zeros(generator.synthesis.styles, dtype=torch.bool)
        taken[list(layers)] = True
        return torch.where(taken[:, None], b[None], a[:, None])

    def _table(
        self, seeds: Sequence[int], layers: Sequence[int], psi: float, noise: bool
    ) -> UInt8[np.ndarray, "rows columns side side 3"]:
        """Row B above, row A at the left, and each mixed with each; grey in the corner."""
        styles = self._prior.generator.synthesis.styles
        every = [self._mixed(seeds, each, psi) for each in (layers, [], range(styles))]
        mixed, all_a, all_b = (self._draw(each.flatten(0, 1), noise).reshape(self._shape(each)) for each in every)
        above = np.concatenate([np.full_like(all_b[:1, :1], 128), all_b[:1]], 1)
        return np.concatenate([above, np.concatenate([all_a[:, :1], mixed], 1)])

    def _shape(self, ws: Tensor) -> tuple[int, ...]:
        side = self._prior.config.resolution
        return (*ws.shape[:2], side, side, 3)

    def _draw_still(self, figure: "Figure", ink: str) -> None:
        still.write_title(figure, f"Row B gives {shared.ranges(self.start['layers'])}")
        edge, n = 0.84 / (self.count + 1), self.count + 1
        for a in range(n):
            for b in range(n):
                if a or b:
                    place = (0.13 + edge * b, 0.85 - edge * (a + 1), edge * 0.94, edge * 0.94)
                    shared.put(figure, place, self._pictures[a, b])
        for number in range(1, n):
            middle = edge * (number + 0.47)
            figure.text(0.13 + middle, 0.86, f"B{number}", ha="center", color=ink)
            figure.text(0.11, 0.85 - middle, f"A{number}", ha="right", va="center", color=ink)
