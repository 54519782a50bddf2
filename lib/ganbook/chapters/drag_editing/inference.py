"""The trained networks in use: drags and anchors on a picture in, the moved picture out; edits chain."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from ganbook import training
from ganbook.chapters.drag_editing.config import FLOW_PROFILES, PROFILES, Config, FlowConfig
from ganbook.chapters.drag_editing.flow import FlowNet, read_at
from ganbook.chapters.drag_editing.model import Scales, Transformer
from ganbook.errors import UserError
from ganbook.training import Settings

SLUG = "drag_editing"

MOST = 256
"""Motions that are shown at once: as many as in training."""

LONGEST = 2.0
"""A longer move, in units of the training's, is split into steps."""

STEPS = 24
"""An edit has at most so many steps, however long it is."""

REACH = 3.0
"""Pixels within which a handle is looked for again after a step, and a handle on the background snaps to an avatar."""

ZOOM = math.log(2)
"""The largest zoom of one edit: lengths twice or half as long."""


@dataclass(frozen=True)
class Drag:
    """Something that moves.

    Attributes:
        x, y: where it starts, in pixels from the left and the upper border.
        dx, dy: how far it goes, in pixels to the right and down.
        zoom: logarithm of the wanted growth of lengths: positive comes nearer.
    """

    x: float
    y: float
    dx: float = 0.0
    dy: float = 0.0
    zoom: float = 0.0


@dataclass(frozen=True)
class Edited:
    """What an edit gave.

    Attributes:
        ws: codes with which the next edit goes on.
        picture: 0..255.
        notes: what of the wishes was changed or ignored, each sentence once.
    """

    ws: Float[Tensor, "styles latent"]
    picture: UInt8[Tensor, "3 side side"]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Editor:
    """A generator and the transformer that moves its codes.

    Attributes:
        config: settings of the transformer's training.
        prior: the generator, from the recipe of `style_prior`.
        transformer: in evaluation mode.
        segmenter: pictures in [-1, 1] -> logits of classes for each pixel, the first the background; without it
            handles on the background are not noticed.
        gain: on the strength of every edit; 1 / slope of the measured drags makes drags as long as asked for.
        subtract_still: take off what the transformer answers where all is asked to stay; the paper does not.
    """

    config: Config
    prior: object
    transformer: Transformer
    segmenter: Callable[[Tensor], Float[Tensor, "n classes side side"]] | None = None
    gain: float = 1.0
    subtract_still: bool = True

    @property
    def side(self) -> int:
        """Pixels of a side."""
        return self.prior.config.resolution

    @property
    def unit(self) -> float:
        """Length of a usual training motion, in pixels (sigma_f)."""
        return float(self.transformer.motions.units[0])

    @torch.no_grad()
    def edit(
        self,
        ws: Float[Tensor, "styles latent"],
        drags: Sequence[Drag] = (),
        anchors: Sequence[tuple[float, float]] = (),
    ) -> Edited:
        """Move what is dragged and hold what is anchored.

        Long moves go in steps of ``LONGEST`` units, but at most ``STEPS`` of them, each from the picture of the last;
        handles and anchors are found again by their features.

        Args:
            ws: a code for each layer, such as those of an earlier edit.
            drags: of all drags the longest sets the strength.
            anchors: x and y in pixels of what should stay.

        Raises:
            UserError: codes of another shape, numbers that are none, or places out of the picture.
        """
        self._refuse(ws, drags, anchors)
        there = self._avatars(ws[None])[0] if drags and self.segmenter else None
        drags, anchors, notes = self.cleaned(there, drags, anchors)
        if drags:
            ws = self._gone(ws[None], *self._tokens(drags, anchors))[0]
        return Edited(ws, self.prior.draw(ws[None])[0], tuple(dict.fromkeys(notes)))

    @torch.no_grad()
    def edit_each(
        self, ws: Float[Tensor, "n styles latent"], drags: Sequence[Drag]
    ) -> Float[Tensor, "n styles latent"]:
        """The codes that :meth:`edit` gives for one drag each, all at once; raises as it does."""
        for code, drag in zip(ws, drags, strict=True):
            self._refuse(code, [drag], [])
        there = self._avatars(ws) if self.segmenter else [None] * len(drags)
        wishes = [self.cleaned(each, [drag], [])[0] for each, drag in zip(there, drags, strict=True)]
        rows = torch.tensor([bool(wish) for wish in wishes])
        if not rows.any():
            return ws
        motions, points = (torch.cat(each) for each in zip(*(self._tokens(wish, []) for wish in wishes if wish)))
        done = ws.clone()
        done[rows] = self._gone(ws[rows], motions, points)
        return done

    def _avatars(self, ws: Float[Tensor, "n styles latent"]) -> Bool[Tensor, "n side side"]:
        """Where in the pictures of some codes an avatar is."""
        return self.segmenter(self.prior.generator.synthesis(ws)).argmax(1) > 0

    def _tokens(
        self, drags: Sequence[Drag], anchors: Sequence[tuple[float, float]]
    ) -> tuple[Float[Tensor, "1 tokens 3"], Float[Tensor, "1 tokens 2"]]:
        """Motions, and where they start on the canvas from -1 to 1."""
        starts = [(drag.x, drag.y) for drag in drags] + list(anchors)
        still = [(0.0, 0.0, 0.0)] * len(anchors)
        motions = [(drag.dx, drag.dy, -drag.zoom) for drag in drags] + still
        motions, starts = (torch.tensor(each, dtype=torch.float32)[None] for each in (motions, starts))
        return motions, starts * (2 / self.side) - 1

    def _gone(
        self,
        ws: Float[Tensor, "n styles latent"],
        motions: Float[Tensor, "n tokens 3"],
        points: Float[Tensor, "n tokens 2"],
    ) -> Float[Tensor, "n styles latent"]:
        """Codes after whole motions, each in as many steps as its strength asks for."""
        counts = (self.strength(motions) / LONGEST).ceil().clamp(1, STEPS).int()
        done = ws.clone()
        for count in counts.unique().tolist():
            rows = counts == count
            done[rows] = self._in_steps(ws[rows], motions[rows], points[rows], count)
        return done

    def _in_steps(
        self,
        ws: Float[Tensor, "n styles latent"],
        motions: Float[Tensor, "n tokens 3"],
        points: Float[Tensor, "n tokens 2"],
        steps: int,
    ) -> Float[Tensor, "n styles latent"]:
        maps, here = self.maps(ws), points
        wanted = read_at(maps, points)
        for step in range(steps):
            if step:
                maps, gone = self.maps(ws), motions[..., :2] * (2 / self.side) * (step / steps)
                here = self.found_again(maps, wanted, points + gone)
            ws = self.moved(ws, motions / steps, read_at(maps, here), here)
        return ws

    def maps(self, ws: Float[Tensor, "n styles latent"]) -> Float[Tensor, "n channels h w"]:
        """What the generator's feature layer gives for pictures."""
        return self.prior.generator.synthesis(ws, features=self.config.feature_layer)[1]

    def strength(self, motions: Float[Tensor, "*batch tokens 3"]) -> Float[Tensor, "*batch"]:
        """The longest of some motions, in units of the training's motions."""
        units = motions / self.transformer.motions.units
        return torch.maximum(units[..., :2].square().sum(-1).sqrt(), units[..., 2].abs()).amax(-1)

    @torch.no_grad()
    def moved(
        self,
        ws: Float[Tensor, "batch styles latent"],
        motions: Float[Tensor, "batch tokens 3"],
        features: Float[Tensor, "batch tokens channels"],
        points: Float[Tensor, "batch tokens 2"],
    ) -> Float[Tensor, "batch styles latent"]:
        """One step: motions of unit length, and their true length as strength (section C3).

        Args:
            ws: codes.
            motions: x and y in pixels, expansion (negative: nearer); not all of a row are zero.
            features, points: of the motions' starts, x and y on the canvas from -1 to 1.
        """
        strength = self.strength(motions)[:, None, None]
        answer = partial(from_still, self.transformer) if self.subtract_still else self.transformer
        return answer(ws, motions / strength, features, points, alpha=self.gain * strength)

    def found_again(
        self,
        maps: Float[Tensor, "n channels h w"],
        wanted: Float[Tensor, "n tokens channels"],
        expected: Float[Tensor, "n tokens 2"],
    ) -> Float[Tensor, "n tokens 2"]:
        """For each point the place near the expected one whose feature is most like the wanted."""
        reach = torch.arange(-REACH, REACH + 1) * (2 / self.side)
        window = torch.stack(torch.meshgrid(reach, reach, indexing="xy"), -1).flatten(0, 1)
        near = (expected[:, :, None] + window).clamp(-1, 1)  # (n, tokens, window, 2)
        features = read_at(maps, near.flatten(1, 2)).unflatten(1, near.shape[1:3])
        best = (features - wanted[:, :, None]).square().sum(3).argmin(2)  # (n, tokens)
        return near.gather(2, best[..., None, None].expand(-1, -1, -1, 2))[:, :, 0]

    def cleaned(
        self,
        there: Bool[Tensor, "side side"] | None,
        drags: Sequence[Drag],
        anchors: Sequence[tuple[float, float]],
    ) -> tuple[list[Drag], list[tuple[float, float]], list[str]]:
        """What can be done of what is asked for, and a sentence for everything that was changed or ignored.

        Args:
            there: where the avatar is; None: handles on the background are not noticed.
            drags, anchors: as :meth:`edit` takes them.
        """
        notes: list[str] = []
        kept: dict[tuple[int, int], Drag] = {}
        for drag in drags:
            drag = self._within(drag, notes)
            if math.hypot(drag.dx, drag.dy) < 1e-6 and abs(drag.zoom) < 1e-6:
                notes.append("A drag of length 0 was ignored; an anchor holds a place.")
                continue
            if self._cell(drag.x, drag.y) in kept:
                notes.append("Of two drags on the same spot the later one counts.")
            kept[self._cell(drag.x, drag.y)] = drag
        if kept and there is not None:
            kept = self._on_avatar(there, kept, notes)
        held: dict[tuple[int, int], tuple[float, float]] = {}
        for x, y in anchors:
            if self._cell(x, y) in kept:
                notes.append("An anchor on the spot of a drag was ignored.")
            else:
                held[self._cell(x, y)] = (float(x), float(y))
        return self._few(list(kept.values()), list(held.values()), notes)

    def _within(self, drag: Drag, notes: list[str]) -> Drag:
        """A drag that ends in the picture and zooms no more than can be."""
        x, y = (min(max(to, 0.0), float(self.side)) for to in (drag.x + drag.dx, drag.y + drag.dy))
        if (x, y) != (drag.x + drag.dx, drag.y + drag.dy):
            notes.append("A drag that left the picture ends at its border.")
            drag = Drag(drag.x, drag.y, x - drag.x, y - drag.y, drag.zoom)
        if abs(drag.zoom) > ZOOM:
            notes.append("One edit at most doubles or halves lengths.")
            drag = Drag(drag.x, drag.y, drag.dx, drag.dy, math.copysign(ZOOM, drag.zoom))
        return drag

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        """The pixel that a place lies in."""
        return min(int(x), self.side - 1), min(int(y), self.side - 1)

    def _on_avatar(self, there: Tensor, drags: dict, notes: list[str]) -> dict:
        """Drags whose handles lie on the background snap to an avatar nearby, or are ignored."""
        rows, columns = torch.nonzero(there, as_tuple=True)
        found = {}
        for (column, row), drag in drags.items():
            if there[row, column]:
                found[column, row] = drag
                continue
            away = ((columns + 0.5 - drag.x) ** 2 + (rows + 0.5 - drag.y) ** 2).float()
            if not len(away) or away.min() > REACH**2:
                notes.append("There is nothing to take hold of on the background: a drag was ignored.")
                continue
            nearest = int(away.argmin())
            column, row = int(columns[nearest]), int(rows[nearest])
            notes.append("A handle on the background was put on the avatar beside it.")
            found[column, row] = Drag(column + 0.5, row + 0.5, drag.dx, drag.dy, drag.zoom)
        return found

    def _few(self, drags: list, anchors: list, notes: list[str]) -> tuple[list, list, list[str]]:
        room = max(0, MOST - len(drags))
        if len(drags) > MOST:
            notes.append(f"{len(drags) - MOST} of {len(drags)} drags were ignored: at most {MOST} motions count.")
        if len(anchors) > room:
            notes.append(f"{len(anchors) - room} of {len(anchors)} anchors were ignored: at most {MOST} motions count.")
        return drags[:MOST], anchors[:room], notes

    def _refuse(self, ws: Tensor, drags: Sequence[Drag], anchors: Sequence[tuple[float, float]]) -> None:
        shape = (self.prior.generator.synthesis.styles, self.config.latent_dim)
        if tuple(ws.shape) != shape:
            raise UserError(f"expected codes {shape}, got {tuple(ws.shape)}")
        if not ws.isfinite().all():
            raise UserError("expected finite codes")
        for name, x, y, *rest in [("a drag", *vars(drag).values()) for drag in drags] + [
            ("an anchor", *anchor) for anchor in anchors
        ]:
            if not all(map(math.isfinite, (x, y, *rest))):
                raise UserError(f"{name}: expected finite numbers, got {', '.join(map(str, (x, y, *rest)))}")
            if not (0 <= x <= self.side and 0 <= y <= self.side):
                raise UserError(
                    f"{name} at ({x:g}, {y:g}) lies out of the picture, which has {self.side} pixels a side"
                )


def from_still(
    transformer: Transformer,
    ws: Float[Tensor, "batch styles latent"],
    motions: Float[Tensor, "batch tokens 3"],
    features: Float[Tensor, "batch tokens channels"],
    points: Float[Tensor, "batch tokens 2"],
    alpha: Float[Tensor, "batch 1 1"],
) -> Float[Tensor, "batch styles latent"]:
    """w + alpha (T(w, U) - T(w, 0)): what the same places are answered if all stay is taken off.

    Args:
        transformer: T.
        ws, motions, features, points, alpha: as :class:`Transformer` takes them.
    """
    asked, still = (transformer(ws, each, features, points) for each in (motions, 0 * motions))
    return ws + alpha * (asked - still)


def load_flow(folder: Path) -> FlowNet:
    """Load a shipped flow net.

    Raises:
        UserError: there is none, it is damaged, or it belongs to another model.
    """
    net = FlowNet(_config(folder, FlowConfig, FLOW_PROFILES))
    _load(folder, "model", net)
    return net


def load_transformer(folder: Path) -> tuple[Config, Transformer]:
    """Load a shipped transformer and its settings; raises as :func:`load_flow`."""
    config = _config(folder, Config, PROFILES)
    transformer = Transformer(config, Scales(torch.zeros(config.latent_dim), 1.0, 1.0, 1.0, 1.0))
    _load(folder, "transformer", transformer)
    return config, transformer


def _config(folder: Path, kind: type[Settings], profiles: dict) -> Settings:
    run = training.read_run(folder)
    return training.resolve(kind, profiles, profile=run["profile"], overrides=run["config"])


def _load(folder: Path, name: str, module: torch.nn.Module) -> None:
    training.load_checkpoint(folder, {name: module}, slug=SLUG)
    module.requires_grad_(False).eval()
