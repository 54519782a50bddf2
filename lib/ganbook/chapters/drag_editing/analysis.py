"""How well flow is found, codes are moved, and pictures follow a drag: the numbers of the chapter."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from torch import Tensor, nn

from ganbook.chapters.drag_editing.baselines import Ridge, best_direction, optimise
from ganbook.chapters.drag_editing.flow import FlowNet, expansion, read_at, resized, tvl1
from ganbook.chapters.drag_editing.game import Material
from ganbook.chapters.drag_editing.inference import LONGEST, Drag, Editor
from ganbook.chapters.drag_editing.losses import end_point_error
from ganbook.chapters.drag_editing.model import Transformer
from ganbook.chapters.drag_editing.pairs import Pairs
from ganbook.data.avatars import LABELS, LANDMARKS
from ganbook.data.avatars.label_maps import class_colours
from ganbook.data.pixels import from_bytes
from ganbook.metrics import bootstrap_interval, kernel_distance, pooled_features, rank_correlations

BATCH = 50
MOVING = 0.5
"""Pixels that a content must move to count as moving."""

GROWING = 0.05
"""Logarithm of growth from which its sign is asked for."""

LEAST = 6
"""Pixels from which a class has a colour."""

LENGTHS = (2.0, 4.0, 6.0)
DIRECTIONS = 8
ZOOMS = (-0.2, -0.1, 0.1, 0.2)

PUBLISHED = {
    "no edit": {"1": 12.93, "5": 11.66, "68": 16.02},
    "user-controllable latent transformer": {"1": 11.64, "5": 10.41, "68": 10.15, "fid": 25.32, "seconds": 0.03},
    "DragGAN": {"1": 2.44, "5": 3.18, "68": 4.73, "fid": 9.28, "seconds": 2.0},
}
"""Mean distance of face landmarks from their targets for 1, 5 and 68 handles, in pixels, FID and seconds, as a later
paper found them on faces of its own (Pan et al. 2023, "Drag your GAN", table 1). From a secondary source: the paper
itself was not read. Not to be compared with numbers of ours: other pictures, another size.
"""


@torch.no_grad()
def flow_numbers(net: FlowNet, pairs: Pairs, by_tvl1: int = 50) -> dict[str, float]:
    """End-point errors in pixels on pixels that stay visible, and whether expansion has the right sign.

    Returns:
        ``flow_epe``, and ``flow_epe_moving`` where content moves by more than ``MOVING`` pixels, without the still
        background, which any net gets right; ``flow_epe_all``, hidden pixels included; ``flow_epe_constant`` of each
        pair's mean flow; ``flow_epe_still`` and ``flow_epe_moving_still`` of no flow; ``flow_epe_tvl1`` and
        ``flow_epe_beside_tvl1`` of both on the first ``by_tvl1`` pairs; ``expansion_sign``, the share of right signs
        where content grows or shrinks by 5 %, and ``expansion_said``, the share of such pixels of which the fit says
        anything.
    """
    before, after = (from_bytes(each) for each in (pairs.before, pairs.after))
    truth, growth = pairs.motion(slice(None))
    found = torch.cat([net.flow(*both) for both in zip(before.split(BATCH), after.split(BATCH))])
    seen, few = pairs.visible, slice(0, by_tvl1)
    weights = seen[:, None].float()
    middle = (truth * weights).sum((2, 3), keepdim=True) / weights.sum((2, 3), keepdim=True).clamp(min=1)
    asked = seen & (growth.abs() > GROWING)
    said = expansion(found)
    answered = asked & (said != 0)
    rival, still = tvl1(before[few], after[few]), torch.zeros_like(truth)
    moving = seen & (truth.norm(dim=1) > MOVING)
    return {
        "flow_epe": float(end_point_error(found, truth, seen)),
        "flow_epe_moving": float(end_point_error(found, truth, moving)),
        "flow_epe_all": float(end_point_error(found, truth)),
        "flow_epe_constant": float(end_point_error(middle.expand_as(truth), truth, seen)),
        "flow_epe_still": float(end_point_error(still, truth, seen)),
        "flow_epe_moving_still": float(end_point_error(still, truth, moving)),
        "flow_epe_tvl1": float(end_point_error(rival, truth[few], seen[few])),
        "flow_epe_beside_tvl1": float(end_point_error(found[few], truth[few], seen[few])),
        "expansion_sign": float((said.sign() == -growth.sign())[answered].float().mean()),
        "expansion_said": float(answered.sum() / asked.sum()),
    }


@torch.no_grad()
def move_numbers(
    transformer: Transformer, prior: object, flow: FlowNet, held_out: Material, counts: Sequence[int] = (1, 4, 16, 64)
) -> dict[str, float]:
    """How much of a move is left over on moves that were not learned, and whether the picture moves as it should.

    Returns:
        ``latent_error`` with all motions (1: no edit), ``latent_error_<n>`` with n of them, at random places of each
        move; ``latent_error_untold`` of who is told no motion at all, see :func:`untold`; ``flow_cosine`` and
        ``flow_cosine_<n>`` between the motion that the moved codes make and that of the true move, over moving pixels,
        if any move. Intervals are over moves.
    """
    tokens = held_out.motions.shape[1]
    counts = (*(n for n in counts if n < tokens), tokens)
    draws = torch.Generator().manual_seed(0)
    orders = torch.rand(len(held_out.starts), tokens, generator=draws).argsort(1)
    errors: dict[int, list[Tensor]] = {n: [] for n in counts}
    cosines: dict[int, list[Tensor]] = {n: [] for n in counts}
    for start, end, motions, order in zip(
        *(each.split(BATCH) for each in (held_out.starts, held_out.ends, held_out.motions, orders)), strict=True
    ):
        ws = start[:, None].expand(-1, held_out.styles, -1)
        points = held_out.points.expand(len(ws), -1, -1)
        features = held_out.features(ws, points)
        before, true = (pictured(prior, each) for each in (ws, torch.cat([end, ws[:, end.shape[1] :]], 1)))
        theirs = flow.flow(before, true)
        for n in counts:
            few = (each.take_along_dim(order[:, :n, None], 1) for each in (motions, features, points))
            moved = transformer(ws, *few)
            errors[n].append((moved[:, : end.shape[1]] - end).square().mean((1, 2)) / held_out.scales.move**2)
            cosines[n].append(motion_cosines(flow.flow(before, pictured(prior, moved)), theirs))
    found = with_interval("latent_error_untold", untold(held_out))
    for n in counts:
        end = "" if n == tokens else f"_{n}"
        found |= with_interval(f"latent_error{end}", torch.cat(errors[n]))
        seen = torch.cat(cosines[n])
        if not seen.isnan().all():
            found |= with_interval(f"flow_cosine{end}", seen[~seen.isnan()])
    return found


def untold(held_out: Material) -> Float[Tensor, " n"]:
    """What is left of moves by the best guess without a motion: a share of the way to the middle of W.

    Starts are truncated and what is mixed into them is not, so a move leads towards the middle on average. The share is
    the least-squares one of the given moves.
    """
    inwards = (held_out.scales.mean - held_out.starts)[:, None]  # (n, 1, latent)
    moves = held_out.ends - held_out.starts[:, None]
    share = (moves * inwards).sum() / inwards.expand_as(moves).square().sum()
    return (moves - share * inwards).square().mean((1, 2)) / held_out.scales.move**2


def pictured(prior: object, ws: Float[Tensor, "n styles latent"]) -> Float[Tensor, "n 3 side side"]:
    """Pictures in [-1, 1]."""
    return prior.generator.synthesis(ws).clamp(-1, 1)


def motion_cosines(ours: Float[Tensor, "n 2 side side"], theirs: Float[Tensor, "n 2 side side"]) -> Float[Tensor, " n"]:
    """Mean cosine of two motions over the pixels that move in the second; no number where none does."""
    moving = theirs.square().sum(1).sqrt() > MOVING
    cosines = F.cosine_similarity(ours, theirs, 1).masked_fill(~moving, 0.0)
    return cosines.sum((1, 2)) / torch.where(moving.any(2).any(1), moving.sum((1, 2)), math.nan)


class Value(NamedTuple):
    """A number and its interval of 95 %."""

    value: float
    low: float
    high: float


def value_of(numbers: Mapping[str, float], name: str) -> Value:
    """A number that has an interval beside it, as :func:`with_interval` gives; else the number is its own interval."""
    return Value(*(numbers.get(f"{name}{end}", numbers[name]) for end in ("", "_low", "_high")))


def with_interval(
    name: str,
    samples: Float[Tensor, " n *values"],
    statistic: Callable[[Float[ndarray, " n *values"]], float] = np.mean,
) -> dict[str, float]:
    """A statistic of independent samples by its name, and its bootstrap interval of 95 % as ``_low`` and ``_high``."""
    values = samples.numpy()
    low, high = bootstrap_interval(values, statistic)
    return {name: float(statistic(values)), f"{name}_low": low, f"{name}_high": high}


Edit = Callable[[Float[Tensor, "n styles latent"], Sequence[Drag]], Float[Tensor, "n styles latent"]]
"""Codes, and a drag for each -> moved codes."""


def by_ridge(ridge: Ridge, gain: float = 1.0) -> Edit:
    """Drags answered by the linear map, ``gain`` times as strongly as it says."""
    return lambda ws, drags: ridge.moved(ws, gain * torch.tensor([[[drag.dx, drag.dy, -drag.zoom]] for drag in drags]))


def by_direction(editor: Editor, flow: FlowNet, count: int = 20, samples: int = 2_000) -> Edit:
    """Drags answered by the best of the first ``count`` principal axes of ``samples`` codes."""
    w = editor.prior.codes(samples)
    _, spread, axes = torch.linalg.svd(w - w.mean(0), full_matrices=False)
    deviations = spread[:count] / (samples - 1) ** 0.5

    def edit(ws: Tensor, drag: Drag) -> Tensor:
        point = torch.tensor([drag.x, drag.y]) * (2 / editor.side) - 1
        wanted, synthesis = torch.tensor([float(drag.dx), float(drag.dy)]), editor.prior.generator.synthesis
        return best_direction(synthesis, flow.flow, ws, axes[:count], deviations, editor.config.layers, point, wanted)

    return one_by_one(edit)


def by_optimising(editor: Editor, steps: int = 150) -> Edit:
    """Drags answered by the optimisation."""

    return one_by_one(lambda ws, drag: optimised(editor, ws, [drag], steps))


def optimised(
    editor: Editor, ws: Float[Tensor, "styles latent"], drags: Sequence[Drag], steps: int = 150
) -> Float[Tensor, "styles latent"]:
    """Codes after all drags together, by the optimisation."""

    def features(ws: Tensor) -> Tensor:
        return resized(editor.maps(ws), (editor.side, editor.side))

    starts = torch.tensor([(drag.x, drag.y) for drag in drags])
    ends = starts + torch.tensor([(drag.dx, drag.dy) for drag in drags])
    points, targets = (each * (2 / editor.side) - 1 for each in (starts, ends))
    return optimise(features, ws, editor.config.layers, points, targets, torch.zeros(0, 2), editor.side, steps).ws


def one_by_one(edit: Callable[[Float[Tensor, "styles latent"], Drag], Float[Tensor, "styles latent"]]) -> Edit:
    """What edits one code, for many."""
    return lambda ws, drags: torch.stack([edit(*each) for each in zip(ws, drags, strict=True)])


class Dragged(NamedTuple):
    """Landmarks of samples dragged by known ways.

    Attributes:
        codes: of the samples.
        drags: of each sample those that were asked for.
        before, after: pictures, 0..255.
        ways: what was asked for, x and y in pixels.
        gone: what the reader of landmarks sees.
    """

    codes: Float[Tensor, "n styles latent"]
    drags: list[list[Drag]]
    before: UInt8[Tensor, "n 3 side side"]
    after: UInt8[Tensor, "n ways 3 side side"]
    ways: Float[Tensor, "ways 2"]
    gone: Float[Tensor, "n ways 2"]


def dragged(
    edit: Edit,
    prior: object,
    reader: nn.Module,
    n: int = 200,
    lengths: Sequence[float] = LENGTHS,
    directions: int = DIRECTIONS,
    psi: float = 0.5,
    handle: str | None = None,
) -> Dragged:
    """Drag a landmark of each sample by each of some ways.

    Args:
        edit: what answers drags.
        prior, psi: the generator, and the truncation of its samples.
        reader: pictures in [-1, 1] -> landmarks on the canvas.
        n: samples; each in so many ``directions`` and of so many ``lengths`` in pixels.
        handle: name of the landmark; a random one of each sample by default.
    """
    side, codes = prior.config.resolution, prior.generator.spread(prior.codes(n, psi))
    before = prior.draw(codes)
    places, handles = _handles(reader, before)
    if handle:
        handles = torch.full_like(handles, LANDMARKS.index(handle))
    angles = [2 * math.pi * k / directions for k in range(directions)]
    ways = torch.tensor([(r * math.cos(a), r * math.sin(a)) for r in lengths for a in angles])
    starts = ((places[torch.arange(n), handles] + 1) * side / 2).clamp(0, side)
    drags = [[Drag(x, y, dx, dy) for dx, dy in ways.tolist()] for x, y in starts.tolist()]
    gone, after = [], []
    for ws, wanted, place, at in zip(codes, drags, places, handles, strict=True):
        pictures = prior.draw(edit(ws.expand(len(wanted), -1, -1), wanted))
        with torch.no_grad():
            gone.append((reader(from_bytes(pictures))[:, at] - place[at]) * side / 2)
        after.append(pictures)
    return Dragged(codes, drags, before, torch.stack(after), ways, torch.stack(gone))


def drag_numbers(edit: Edit, prior: object, reader: nn.Module, segmenter: nn.Module, n: int = 200, **how) -> dict:
    """How far dragged landmarks go, and what else changes; arguments as of :func:`dragged`.

    Returns:
        As :func:`numbers_of_dragged`; ``seconds`` of one edit of the largest length (median).
    """
    found = dragged(edit, prior, reader, n, **how)
    seconds = seconds_of(edit, prior, found.codes, [each[-1] for each in found.drags])
    return numbers_of_dragged(found, segmenter) | {"seconds": seconds}


def numbers_of_dragged(found: Dragged, segmenter: nn.Module) -> dict[str, float]:
    """Numbers of landmarks that were dragged.

    Args:
        found: what :func:`dragged` gives.
        segmenter: pictures in [-1, 1] -> logits of classes.

    Returns:
        As :func:`way_numbers`; ``colour_change`` of classes, 0 to 1, and ``colour_change_others`` between one sample
        and the next; ``edited_kid_1e3``, of pictures after drags of the largest length, each in one of the directions,
        from unedited ones.
    """
    one = torch.arange(len(found.after))
    ends = found.after[one, -1 - one % min(DIRECTIONS, len(found.ways))]
    return {
        **way_numbers(found.gone, found.ways),
        "colour_change": colour_change(found.before, found.after, segmenter),
        "colour_change_others": colour_change(found.before, found.before.roll(1, 0)[:, None], segmenter),
        "edited_kid_1e3": 1e3 * _distance(segmenter, found.before, ends),
    }


def seconds_of(
    edit: Edit, prior: object, codes: Float[Tensor, "n styles latent"], drags: Sequence[Drag], most: int = 20
) -> float:
    """Median time of a single edit and its picture, over the first ``most``; the first of all does not count."""
    taken = []
    for number, drag in enumerate(drags[: most + 1]):
        began = time.perf_counter()
        prior.draw(edit(codes[number : number + 1], [drag]))
        taken.append(time.perf_counter() - began)
    return float(torch.tensor(taken[1:] or taken).median())


def way_numbers(gone: Float[Tensor, "n ways 2"], ways: Float[Tensor, "ways 2"]) -> dict[str, float]:
    """Ways gone beside ways wanted, with intervals over samples.

    Returns:
        ``drag_cosine`` with the wanted direction; ``drag_slope`` of the way gone along it over the way wanted (least
        squares); ``drag_error``, distance from the target over the way wanted (1: no edit).
    """
    along, length = (gone * ways).sum(2), ways.norm(dim=1)
    return {
        **with_interval("drag_cosine", F.cosine_similarity(gone, ways.expand_as(gone), 2).mean(1)),
        **with_interval("drag_slope", along.sum(1) / length.square().sum()),
        **with_interval("drag_error", ((gone - ways).norm(dim=2) / length).mean(1)),
    }


def colour_change(
    before: UInt8[Tensor, "n 3 side side"], after: UInt8[Tensor, "n ways 3 side side"], segmenter: nn.Module
) -> float:
    """Mean change of a class's mean colour, 0 to 1, over classes that both pictures show."""
    first, second = (_colours(segmenter, each) for each in (before, after.flatten(0, 1)))
    apart = second.unflatten(0, after.shape[:2]) - first[:, None]  # (n, ways, classes, 3)
    return float(apart.abs().mean(3).nanmean())


@torch.no_grad()
def _colours(segmenter: nn.Module, pictures: UInt8[Tensor, "n 3 side side"]) -> Float[Tensor, "n classes 3"]:
    labels = torch.cat([segmenter(from_bytes(part)).argmax(1) for part in pictures.split(BATCH)])
    return class_colours(pictures, labels, len(LABELS), LEAST)


@torch.no_grad()
def _distance(segmenter: nn.Module, first: Tensor, second: Tensor) -> float:
    features = [
        torch.cat([pooled_features(segmenter.features(from_bytes(part))) for part in each.split(BATCH)])
        for each in (first, second)
    ]
    return float(kernel_distance(*features))


@torch.no_grad()
def _handles(
    reader: nn.Module, pictures: UInt8[Tensor, "n 3 side side"]
) -> tuple[Float[Tensor, "n 12 2"], Int[Tensor, " n"]]:
    """Landmarks of pictures, and for each a random one of them."""
    places = torch.cat([reader(from_bytes(part)) for part in pictures.split(BATCH)])
    draws = torch.Generator().manual_seed(0)
    return places, torch.randint(len(LANDMARKS), (len(pictures),), generator=draws)


HANDLES = {
    "1": ("nose tip",),
    "5": ("left eye", "right eye", "nose tip", "mouth left", "mouth right"),
    "12": LANDMARKS,
}
"""Landmarks that are dragged together."""


def landmark_numbers(
    edit: Callable[[Float[Tensor, "styles latent"], list[Drag]], Float[Tensor, "styles latent"]],
    prior: object,
    reader: nn.Module,
    n: int = 100,
    psi: float = 0.5,
) -> dict[str, float]:
    """Landmarks of one sample dragged to those of another one, as Pan et al. (2023) measure.

    Args:
        edit: codes and drags, done together -> moved codes.
        prior, reader, psi: as of :func:`dragged`.
        n: pairs of samples.

    Returns:
        For each key of ``HANDLES`` ``landmarks_<key>``, mean distance from the targets after the edit over that before
        it (1: no edit), with intervals over pairs, and ``landmarks_<key>_before`` in pixels.
    """
    side, codes = prior.config.resolution, prior.generator.spread(prior.codes(n, psi))
    with torch.no_grad():
        places = reader(from_bytes(prior.draw(codes)))  # (n, 12, 2)
    wanted, found = places.roll(1, 0), {}
    for key, names in HANDLES.items():
        chosen = [LANDMARKS.index(name) for name in names]
        starts, ends = (((each[:, chosen] + 1) * side / 2).clamp(0, side) for each in (places, wanted))
        drags = torch.cat([starts, ends - starts], 2).tolist()
        moved = torch.stack([edit(ws, [Drag(*each) for each in own]) for ws, own in zip(codes, drags, strict=True)])
        with torch.no_grad():
            after = reader(from_bytes(prior.draw(moved)))[:, chosen]
        left = torch.stack([(each - wanted[:, chosen]).norm(dim=2).mean(1) for each in (after, places[:, chosen])], 1)
        found |= with_interval(f"landmarks_{key}", left, lambda both: float(both[:, 0].mean() / both[:, 1].mean()))
        found[f"landmarks_{key}_before"] = float(left[:, 1].mean()) * side / 2
    return found


@torch.no_grad()
def anchor_numbers(
    editor: Editor, reader: nn.Module, n: int = 200, anchors: int = 3, psi: float = 0.5
) -> dict[str, float]:
    """A landmark is dragged as far as one step goes, while the landmarks farthest from it are held.

    Returns:
        ``anchor_motion``, the held landmarks' way over their way without anchors; ``anchor_cosine`` of the dragged
        one's way, and ``anchor_slope``, how much of the arrow it goes along it, and ``free_slope`` without anchors;
        ``anchor_motion_shuffled``, with features of another sample under the anchors: a control.
    """
    codes = editor.prior.generator.spread(editor.prior.codes(n, psi))
    places, handles = _handles(reader, editor.prior.draw(codes))
    one, ways = torch.arange(n), _random_ways(n, LONGEST * editor.unit)
    at = places[one, handles]
    held = (places - at[:, None]).norm(dim=2).topk(anchors).indices  # (n, anchors)
    points = torch.cat([at[:, None], places[one[:, None], held]], 1)
    motions = torch.zeros(n, 1 + anchors, 3)
    motions[:, 0, :2] = ways
    maps = torch.cat([editor.maps(part) for part in codes.split(BATCH)])
    features = read_at(maps, points)
    others = torch.cat([features[:, :1], features[:, 1:].roll(1, 0)], 1)

    def gone(count: int, features: Tensor) -> Tensor:
        moved = editor.moved(codes, *(each[:, :count] for each in (motions, features, points)))
        found = torch.cat([reader(from_bytes(part)) for part in editor.prior.draw(moved).split(BATCH)])
        return (found - places) * editor.side / 2  # (n, 12, 2)

    free, kept, shuffled = gone(1, features), gone(1 + anchors, features), gone(1 + anchors, others)
    ways_held = torch.stack([each[one[:, None], held].norm(dim=2).mean(1) for each in (free, kept, shuffled)], 1)
    slopes = [(each[one, handles] * ways).sum(1) / ways.square().sum(1) for each in (kept, free)]
    return {
        **with_interval("anchor_slope", slopes[0]),
        **with_interval("free_slope", slopes[1]),
        **with_interval(
            "anchor_motion", ways_held, lambda each: float(each[:, 1].mean() / max(each[:, 0].mean(), 1e-6))
        ),
        "anchor_motion_shuffled": float(ways_held[:, 2].mean() / max(ways_held[:, 0].mean(), 1e-6)),
        **with_interval("anchor_cosine", F.cosine_similarity(kept[one, handles], ways, 1)),
    }


def _random_ways(n: int, length: float) -> Float[Tensor, "n 2"]:
    angles = 2 * math.pi * torch.rand(n, generator=torch.Generator().manual_seed(1))
    return length * torch.stack([angles.cos(), angles.sin()], 1)


@torch.no_grad()
def zoom_numbers(
    editor: Editor, reader: nn.Module, n: int = 200, zooms: Sequence[float] = ZOOMS, psi: float = 0.5
) -> dict[str, float]:
    """The tip of the nose is zoomed at; the spread of all landmarks tells how large the face is.

    Returns:
        ``zoom_sign``, the share of edits that grow or shrink as wanted; ``zoom_rank``, Spearman's correlation of wanted
        and found growth, the mean over samples.
    """
    codes = editor.prior.generator.spread(editor.prior.codes(n, psi))
    places = torch.cat([reader(from_bytes(part)) for part in editor.prior.draw(codes).split(BATCH)])
    noses = ((places[:, LANDMARKS.index("nose tip")] + 1) * editor.side / 2).clamp(0, editor.side)
    found = []
    for ws, (x, y), place in zip(codes, noses.tolist(), places):
        moved = editor.edit_each(ws.expand(len(zooms), -1, -1), [Drag(x, y, zoom=zoom) for zoom in zooms])
        found.append((face_size(reader(from_bytes(editor.prior.draw(moved)))) / face_size(place[None])).log())
    grown, wanted = torch.stack(found), torch.tensor(zooms)
    return {
        **with_interval("zoom_sign", (grown.sign() == wanted.sign()).float().mean(1)),
        **with_interval(
            "zoom_rank", torch.from_numpy(rank_correlations(grown.numpy(), wanted.expand_as(grown).numpy()))
        ),
    }


def face_size(places: Float[Tensor, "n 12 2"]) -> Float[Tensor, " n"]:
    """Root mean square distance of the landmarks from their middle."""
    return (places - places.mean(1, keepdim=True)).square().sum(2).mean(1).sqrt()
