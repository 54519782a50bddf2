"""The chapter's experiments: which layer knows the classes, which layers make the look, and how refinement goes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int, Integer, UInt8
from torch import Tensor, nn

from ganbook.chapters.few_shot_layout.analysis import (
    Value,
    agreement,
    labels_of,
    mean_iou,
    perceptual,
    tables_of,
)
from ganbook.chapters.few_shot_layout.inference import BATCH, Painter
from ganbook.chapters.few_shot_layout.pseudo_labels import PseudoLabels, enlarged, exemplars, prototypes
from ganbook.chapters.few_shot_layout.shots import Shots, features_of, scribbled
from ganbook.data.avatars import LABELS

Pictures = UInt8[Tensor, "n 3 side side"]
Maps = Integer[Tensor, "n side side"]


# Which layer knows the classes


@torch.no_grad()
def layer_sweep(
    prior: Any, shots: Shots, segmenter: nn.Module, asked: Sequence[tuple[int, ...]], n: int = 200, sparse: bool = False
) -> list[Value]:
    """Mean IoU of pseudo-labels with the segmenter's labels, with intervals, from the features of layers.

    Args:
        prior: a `style_prior`.
        shots: with label maps; strokes are drawn into them for sparse labels.
        segmenter: that only measures.
        asked: layers of the generator whose features are compared together, 0 the first convolution.
        n: samples.
        sparse: votes of exemplars instead of prototypes.
    """
    ws = prior.generator.spread(prior.codes(n, seed=3))
    theirs = labels_of(segmenter, torch.cat([prior.draw(part) for part in ws.split(BATCH)]))
    given = scribbled(shots) if sparse else shots
    find, classes = (exemplars if sparse else prototypes), len(LABELS)
    found = []
    for layers in asked:
        learned = find(features_of(prior, given, layers), given.labels, classes)
        label = PseudoLabels(prior.generator.synthesis, layers, theirs.shape[-1], learned)
        mine = torch.cat([label(part) for part in ws.split(BATCH)])
        found.append(agreement(mine, theirs, classes, sparse))
    return found


@torch.no_grad()
def ceilings(prior: Any, segmenter: nn.Module, sides: Sequence[int], n: int = 200) -> list[float]:
    """The mean IoU that labels could have at resolutions: the segmenter's own, made of squares, against themselves.

    A square has the class of most of its pixels.
    """
    pictures = torch.cat([prior.draw(prior.generator.spread(part)) for part in prior.codes(n, seed=3).split(BATCH)])
    theirs, classes = labels_of(segmenter, pictures), len(LABELS)
    masks = nn.functional.one_hot(theirs, classes).permute(0, 3, 1, 2).float()  # (n, classes, side, side)
    best = [nn.functional.adaptive_avg_pool2d(masks, side).argmax(1) for side in sides]
    return [mean_iou(tables_of(enlarged(each, theirs.shape[-1]), theirs, classes)) for each in best]


def layer_sides(prior: Any) -> list[int]:
    """Pixels of a side of each convolution's features."""
    return [4 * 2 ** ((number + 1) // 2) for number in range(len(prior.generator.synthesis.convs))]


# Which layers make the look


class Split(NamedTuple):
    """What other codes from a layer on do, by that layer.

    Attributes:
        kept: mean IoU of the layouts before and after.
        changed: how far pictures move in features, as a share of what other codes in all layers do.
    """

    kept: list[float]
    changed: list[float]


@torch.no_grad()
def split_sweep(prior: Any, segmenter: nn.Module, n: int = 100, psi: float = 0.7) -> Split:
    """Samples with another sample's codes from each layer on."""
    own, other = prior.codes(2 * n, psi, seed=4).chunk(2)  # (n, latent) each
    ws, others = prior.generator.spread(own), prior.generator.spread(other)
    before = prior.draw(ws)
    layout, whole = labels_of(segmenter, before), perceptual(segmenter, before, prior.draw(others))
    kept, changed = [], []
    for lower in range(ws.shape[1]):
        after = prior.draw(torch.cat([ws[:, :lower], others[:, lower:]], 1))
        kept.append(mean_iou(tables_of(labels_of(segmenter, after), layout, len(LABELS))))
        changed.append(perceptual(segmenter, before, after) / max(whole, 1e-9))
    return Split(kept, changed)


# How refinement goes


class Course(NamedTuple):
    """A refinement, some moments of it.

    Attributes:
        pictures: of each moment, uint8 (moments, n, 3, side, side).
        steps: of each moment.
        losses: (steps, n).
    """

    pictures: Tensor
    steps: list[int]
    losses: Float[Tensor, "steps n"]


def refinement_course(painter: Painter, given: Maps, steps: int = 200, moments: int = 4) -> Course:
    """What is painted of label maps or scribbles, and how it changes in the refinement."""
    every = max(1, steps // moments)
    kept, losses = painter.refined(painter.codes(given), given, steps, every)
    at = [min(number * every, steps) for number in range(len(kept))]
    return Course(torch.stack([painter.draw(ws) for ws in kept]), at, losses)


# Scribbles that become fewer


def with_fewer(labels: Int[Tensor, "n side side"], share: float, seed: int = 0) -> Int[Tensor, "n side side"]:
    """Scribbles of which so large a share of the marked pixels is left, at random."""
    draws = torch.Generator().manual_seed(seed)
    return torch.where(torch.rand(labels.shape, generator=draws) < share, labels, 0)


def odd_maps(labels: Int[Tensor, "side side"]) -> dict[str, Int[Tensor, "side side"]]:
    """Label maps that no avatar has, by what they are."""
    side = len(labels)
    skin, hair = (LABELS.index(name) for name in ("skin", "hair"))
    dot = torch.zeros_like(labels)
    dot[side // 2, side // 2] = skin
    return {
        "nothing": torch.zeros_like(labels),
        "one pixel": dot,
        "hair alone": torch.full_like(labels, hair),
        "upside down": labels.flip(0),
        "two heads": labels[:, ::2].repeat(1, 2),
        "far to the left": torch.cat([labels[:, side // 3 :], labels[:, -1:].expand(-1, side // 3)], 1),
    }


# The numbers of claims

CLAIMED = (
    "miou",
    "miou_nearest",
    "miou_mean",
    "gain_nearest",
    "gain_mean",
    "hits",
    "hits_gain",
    "gain_one_code",
    "own_miou",
    "own_gain_nearest",
    "kid_1e3",
    "pseudo_miou",
    "refined_gain",
    "refined_p",
    "refined_loss",
    "unrefined_loss",
    "hits_gain_nearest",
    "look_drop",
    "look_kept",
    "look_change",
)
"""Of the numbers of a record, those that claims rest on."""


def claim_numbers(numbers: Mapping[str, float]) -> dict[str, float]:
    """What the chapter's claims rest on, from the numbers of a record; what there is not is left out."""
    return {name: numbers[name] for name in CLAIMED if name in numbers}


def interval_of(numbers: Mapping[str, float], name: str) -> tuple[float, float] | None:
    """The ends of a number's interval in a record, if it has one there."""
    ends = f"{name}_low", f"{name}_high"
    return tuple(numbers[end] for end in ends) if all(end in numbers for end in ends) else None
