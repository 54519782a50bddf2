"""The chapter's experiments: the six cases of the figure, accuracy by length and by number of motions, failures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from numpy import ndarray
from torch import Tensor, nn

from ganbook.chapters.drag_editing.analysis import Dragged, Edit, Value, dragged, face_size, value_of, with_interval
from ganbook.chapters.drag_editing.inference import Drag, Editor
from ganbook.data.avatars import LANDMARKS
from ganbook.data.pixels import from_bytes
from ganbook.metrics import psnr


@dataclass(frozen=True)
class Case:
    """Marks on a picture, and what the editor made of them.

    Attributes:
        name: what is asked for.
        before, after: 0..255.
        drags, anchors: in pixels.
        gone: ways of all landmarks, x and y in pixels.
        free: the same where nothing is held.
        grown: growth of the face, as a share.
        handle: index of the landmark that is dragged.
        held: indices of those that are anchored.
        notes: what the editor said.
    """

    name: str
    before: UInt8[Tensor, "3 side side"]
    after: UInt8[Tensor, "3 side side"]
    drags: tuple[Drag, ...]
    anchors: tuple[tuple[float, float], ...]
    gone: Float[Tensor, "12 2"]
    free: Float[Tensor, "12 2"]
    grown: float
    handle: int
    held: tuple[int, ...]
    notes: tuple[str, ...]


SIX = (
    ("a", "nose tip", (4.0, 0.0), 0.0, ()),
    ("b", "nose tip", (4.0, 0.0), 0.0, ("chin", "crown")),
    ("c", "chin", (0.0, 3.0), 0.0, ("left eye", "right eye")),
    ("d", "nose tip", (0.0, -4.0), 0.0, ()),
    ("e", "nose tip", (2.0, 0.0), 0.2, ()),
    ("f", "nose tip", (-2.0, 0.0), -0.2, ()),
)
"""The cases of the figure: letter, what is dragged, by how many pixels at a side of 64, by which zoom, what is held.
(a) and (d) only drag, (b) and (c) hold something, (e) and (f) come nearer and go away."""


def six_cases(editor: Editor, reader: nn.Module, seed: int = 0, psi: float = 0.5) -> list[Case]:
    """The six kinds of annotation of the report's figure 3, on six samples."""
    codes = editor.prior.generator.spread(editor.prior.codes(len(SIX), psi, seed))
    return [case_of(editor, reader, ws, *each) for ws, each in zip(codes, SIX, strict=True)]


@torch.no_grad()
def case_of(
    editor: Editor,
    reader: nn.Module,
    ws: Float[Tensor, "styles latent"],
    letter: str,
    handle: str,
    way: tuple[float, float],
    zoom: float,
    held: Sequence[str],
) -> Case:
    """One annotation by names of landmarks; ``way`` in pixels of a picture of 64."""
    before = editor.prior.draw(ws[None])[0]
    places = reader(from_bytes(before[None]))[0]  # (12, 2)
    pixels = ((places + 1) * editor.side / 2).clamp(0, editor.side)
    at, holds = LANDMARKS.index(handle), tuple(LANDMARKS.index(name) for name in held)
    dx, dy = (each * editor.side / 64 for each in way)
    drags = (Drag(*pixels[at].tolist(), dx, dy, zoom),)
    anchors = tuple(tuple(pixels[each].tolist()) for each in holds)
    done, loose = editor.edit(ws, drags, anchors), editor.edit(ws, drags)
    after, unheld = (reader(from_bytes(each.picture[None]))[0] for each in (done, loose))
    gone, free = ((each - places) * editor.side / 2 for each in (after, unheld))
    grown = float(face_size(after[None]) / face_size(places[None])) - 1
    return Case(f"({letter})", before, done.picture, drags, anchors, gone, free, grown, at, holds, done.notes)


def asked_words(case: Case) -> str:
    """What a case asks for, in a few words."""
    (drag,) = case.drags
    held = ", ".join(LANDMARKS[each] for each in case.held)
    zoom = f", zoom {100 * (math.exp(drag.zoom) - 1):+.0f} %".replace("-", "−") if drag.zoom else ""
    return f"{LANDMARKS[case.handle]}{zoom}{f'; held: {held}' if held else ''}"


def by_length(found: Dragged) -> dict[float, dict[str, Value]]:
    """Cosine, slope and error of drags by their length, with intervals over samples."""
    lengths = found.ways.norm(dim=1)
    numbers = {}
    for length in sorted({round(each, 3) for each in lengths.tolist()}):
        of_it = (lengths - length).abs() < 1e-2
        gone, ways = found.gone[:, of_it], found.ways[of_it]
        along, missed = (gone * ways).sum(2) / length, (gone - ways).norm(dim=2)
        samples = {
            "cosine": (along / gone.norm(dim=2).clamp(min=1e-6)).mean(1),
            "gone": along.mean(1),
            "error": missed.mean(1) / length,
        }
        numbers[length] = {name: value_of(with_interval(name, each), name) for name, each in samples.items()}
    return numbers


def by_tokens(numbers: Mapping[str, float], name: str, tokens: int) -> dict[int, Value]:
    """A number of :func:`ganbook.chapters.drag_editing.analysis.move_numbers` by how many motions were shown.

    Args:
        numbers: of a record, or measured.
        name: ``latent_error`` or ``flow_cosine``.
        tokens: how many there are in all.
    """
    counts = sorted(int(key.removeprefix(f"{name}_")) for key in numbers if key.removeprefix(f"{name}_").isdigit())
    found = {n: value_of(numbers, f"{name}_{n}") for n in counts}
    return found | ({tokens: value_of(numbers, name)} if name in numbers else {})


FAR = (6.0, 12.0, 18.0)
"""Pixels at a side of 64: drags far longer than any that is measured for the claims."""


def far_drags(edit: Edit, prior: object, reader: nn.Module, n: int) -> dict[float, dict[str, Value]]:
    """The tip of the nose, in the middle of the picture, dragged as far as ``FAR`` in eight directions."""
    lengths = [each * prior.config.resolution / 64 for each in FAR]
    return by_length(dragged(edit, prior, reader, n, lengths=lengths, handle="nose tip"))


class Background(NamedTuple):
    """Drags that start on the background, with the check for it switched off.

    Attributes:
        before, after: 0..255.
        drags: one for each picture.
        gone: mean way of all landmarks, in pixels.
        gone_nose: the same where the tip of the nose is dragged by as much.
    """

    before: UInt8[Tensor, "n 3 side side"]
    after: UInt8[Tensor, "n 3 side side"]
    drags: list[Drag]
    gone: float
    gone_nose: float


@torch.no_grad()
def background_drags(editor: Editor, reader: nn.Module, n: int, length: float = 4.0, psi: float = 0.5) -> Background:
    """A corner of each picture dragged to the right by ``length`` pixels at a side of 64."""
    blind, step = replace(editor, segmenter=None), length * editor.side / 64
    codes = editor.prior.generator.spread(editor.prior.codes(n, psi))
    before = editor.prior.draw(codes)
    places = reader(from_bytes(before))
    noses = ((places[:, LANDMARKS.index("nose tip")] + 1) * editor.side / 2).clamp(0, editor.side)
    corners = [Drag(editor.side / 16, editor.side / 16, step)] * n
    after, other = (
        editor.prior.draw(blind.edit_each(codes, drags))
        for drags in (corners, [Drag(x, y, step) for x, y in noses.tolist()])
    )
    gone, nose = (
        float((reader(from_bytes(each)) - places).norm(dim=2).mean()) * editor.side / 2 for each in (after, other)
    )
    return Background(before, after, corners, gone, nose)


@torch.no_grad()
def contradictions(editor: Editor, reader: nn.Module, n: int = 40, length: float = 3.0, psi: float = 0.5) -> float:
    """Both eyes are dragged apart: how far the distance between them grows, over how far it was asked to.

    Args:
        n: samples.
        length: of each eye's drag, in pixels at a side of 64.
    """
    codes = editor.prior.generator.spread(editor.prior.codes(n, psi))
    eyes, step = [LANDMARKS.index(name) for name in ("left eye", "right eye")], length * editor.side / 64
    places = reader(from_bytes(editor.prior.draw(codes)))[:, eyes]
    pixels = ((places + 1) * editor.side / 2).clamp(0, editor.side)
    sign = (pixels[:, 1, 0] - pixels[:, 0, 0]).sign()
    moved = []
    for ws, (one, other), way in zip(codes, pixels.tolist(), sign.tolist(), strict=True):
        moved.append(editor.edit(ws, [Drag(*one, -way * step), Drag(*other, way * step)]).ws)
    after = reader(from_bytes(editor.prior.draw(torch.stack(moved))))[:, eyes]
    grown = (after - places)[:, 1, 0] - (after - places)[:, 0, 0]
    return float((grown * sign).mean() * editor.side / 2 / (2 * step))


class Own(NamedTuple):
    """Pictures from elsewhere, what the generator draws nearest to them, and that dragged.

    Attributes:
        given, found, after: 0..255.
        psnr: of what was found, in dB.
        drags: one for each picture.
        gone: ways of the handles, in pixels.
    """

    given: UInt8[Tensor, "n 3 side side"]
    found: UInt8[Tensor, "n 3 side side"]
    after: UInt8[Tensor, "n 3 side side"]
    psnr: Float[ndarray, " n"]
    drags: list[Drag]
    gone: Float[Tensor, "n 2"]


def own_pictures(
    editor: Editor, reader: nn.Module, given: UInt8[Tensor, "n 3 side side"], steps: int, length: float = 4.0
) -> Own:
    """Given pictures are looked for in W+, and their noses dragged right by ``length`` pixels at a side of 64."""
    codes = editor.prior.find(given, editor.segmenter.features, "w+", steps).ws
    found = editor.prior.draw(codes)
    at, pixels = LANDMARKS.index("nose tip"), editor.side / 2
    with torch.no_grad():
        places = reader(from_bytes(found))[:, at]
        noses = ((places + 1) * pixels).clamp(0, editor.side)
        drags = [Drag(x, y, length * editor.side / 64) for x, y in noses.tolist()]
        after = editor.prior.draw(editor.edit_each(codes, drags))
        gone = (reader(from_bytes(after))[:, at] - places) * pixels
    return Own(given, found, after, psnr(found.numpy(), given.numpy()), drags, gone)


# The numbers of claims

CLAIMED = (
    "latent_error",
    "latent_error_1",
    "flow_cosine",
    "drag_cosine",
    "drag_slope",
    "drag_error",
    "anchor_motion",
    "anchor_motion_shuffled",
    "anchor_cosine",
    "anchor_slope",
    "free_slope",
    "zoom_sign",
    "zoom_rank",
    "colour_change",
    "edited_kid_1e3",
    "landmarks_1",
    "landmarks_5",
    "landmarks_12",
)
"""Of the numbers of a record, those that claims rest on."""


def claim_numbers(numbers: Mapping[str, float]) -> dict[str, float]:
    """What the chapter's claims rest on, from the numbers of a record; what there is not is left out."""
    return {name: numbers[name] for name in CLAIMED if name in numbers}


def interval_of(numbers: Mapping[str, float], name: str) -> tuple[float, float] | None:
    """The ends of a number's interval in a record, if it has one there."""
    ends = f"{name}_low", f"{name}_high"
    return tuple(numbers[end] for end in ends) if all(end in numbers for end in ends) else None
