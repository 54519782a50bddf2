"""How well layouts are kept, strokes are obeyed, and what refinement and new looks do, against what is simple.

Pictures are uint8, 0 to 255. Layouts are read by a segmenter that neither annotated nor entered a loss. An interval is
a bootstrap over pictures, 95 %; the trained networks are given.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Integer, UInt8
from numpy import ndarray
from torch import Tensor, nn

from ganbook.chapters.few_shot_layout.inference import BATCH, Painter
from ganbook.chapters.few_shot_layout.pseudo_labels import PseudoLabels, exemplars, prototypes
from ganbook.chapters.few_shot_layout.scribbles import strokes_in
from ganbook.chapters.few_shot_layout.shots import Shots, features_of
from ganbook.data.pixels import from_bytes, softened, to_bytes
from ganbook.losses import feature_distance
from ganbook.metrics import bootstrap_interval, kernel_distance, pooled_features, psnr

Pictures = UInt8[Tensor, "n 3 side side"]
Maps = Integer[Tensor, "n side side"]
Tables = Float[ndarray, "n classes classes"]

POOL = 10_000
"""Samples among which the nearest neighbour is looked for."""

REFINED = 100
"""Label maps that are refined."""

REFINE_STEPS = 100


# Layouts


@torch.no_grad()
def labels_of(segmenter: nn.Module, pictures: Pictures) -> Int[Tensor, "n side side"]:
    """The class of each pixel, as a segmenter reads it."""
    return torch.cat([segmenter(from_bytes(part)).argmax(1) for part in pictures.split(BATCH)])


@torch.no_grad()
def features(segmenter: nn.Module, pictures: Pictures) -> Float[Tensor, "n size"]:
    """One vector a picture, for distances between sets."""
    return torch.cat([pooled_features(segmenter.features(from_bytes(part))) for part in pictures.split(BATCH)])


def tables_of(found: Maps, true: Maps, classes: int) -> Tables:
    """For each picture how many pixels of each true class (columns) were found to be of each class (rows)."""
    n = len(found)
    pairs = (found.long() * classes + true.long()).flatten(1)  # (n, pixels)
    pairs = pairs + classes**2 * torch.arange(n)[:, None]
    return torch.bincount(pairs.flatten(), minlength=n * classes**2).view(n, classes, classes).double().numpy()


def class_ious(tables: Tables) -> Float[ndarray, " classes"]:
    """Intersection over union of each class over all pictures together; nan for a class that is not there."""
    table = tables.sum(0)
    overlap = table.diagonal()
    union = table.sum(0) + table.sum(1) - overlap
    return np.divide(overlap, union, out=np.full(len(union), np.nan), where=union > 0)


def mean_iou(tables: Tables) -> float:
    """The mean of :func:`class_ious` over the classes that there are."""
    return float(np.nanmean(class_ious(tables)))


def mean_iou_of_marked(tables: Tables) -> float:
    """The same without class 0, for labels that never say it."""
    return float(np.nanmean(class_ious(tables)[1:]))


class Value(NamedTuple):
    """A number with its interval."""

    value: float
    low: float
    high: float

    def named(self, name: str) -> dict[str, float]:
        """As a record keeps it: ``name``, ``name_low``, ``name_high``."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}


def with_interval(samples: ndarray, statistic: Callable[[ndarray], float] = np.mean) -> Value:
    """A statistic over pictures (the first axis)."""
    return Value(float(statistic(samples)), *bootstrap_interval(samples, statistic))


def iou_gain(both: Float[ndarray, "n two classes classes"]) -> float:
    """How much larger the mean IoU of the first tables is than that of the second, of the same pictures."""
    return mean_iou(both[:, 0]) - mean_iou(both[:, 1])


# Strokes


def hits(found: Maps, strokes: Maps) -> Float[ndarray, " n"]:
    """The share of the marked pixels that have the class of their stroke; pictures without strokes are left out."""
    marked = strokes > 0
    right = ((found == strokes) & marked).sum((1, 2)).float()
    counts = marked.sum((1, 2))
    return (right / counts)[counts > 0].numpy()


def centroid_errors(found: Maps, true: Maps, classes: int) -> Float[ndarray, "n classes"]:
    """Distance of each class's centre from where it should be, as a share of the width; nan unless both have it."""
    one, other = (centroids(each, classes) for each in (found, true))
    return ((one - other).square().sum(2).sqrt() / true.shape[-1]).numpy()


def centroids(labels: Maps, classes: int) -> Float[Tensor, "n classes 2"]:
    """The mean row and column of each class, in pixels; nan for a class that is not there."""
    masks = F.one_hot(labels.long(), classes).permute(0, 3, 1, 2).float()  # (n, classes, h, w)
    side = torch.arange(labels.shape[-1], dtype=torch.float32)
    counts = masks.sum((2, 3))
    rows, columns = (masks.sum(axis) @ side / counts for axis in (3, 2))  # (n, classes) each
    return torch.stack([rows, columns], 2)


# What is simple


class Pool(NamedTuple):
    """Samples with their labels.

    Attributes:
        codes: (n, latent).
        labels: uint8 (n, side, side).
    """

    codes: Tensor
    labels: Tensor


@torch.no_grad()
def pool_of(painter: Painter, label: Callable[[Tensor], Tensor], n: int = POOL, seed: int = 1) -> Pool:
    """Samples of the prior with labels."""
    codes = painter.prior.codes(n, seed=seed)
    spread = painter.prior.generator.spread
    return Pool(codes, torch.cat([label(spread(part)).to(torch.uint8) for part in codes.split(BATCH)]))


def nearest(pool: Pool, wanted: Maps, classes: int, sparse: bool = False) -> Float[Tensor, "n latent"]:
    """For each label map the sample whose labels agree with it in most pixels; of scribbles in the marked ones."""
    flat = F.one_hot(wanted.long(), classes).float()  # (n, side, side, classes)
    if sparse:
        flat[..., 0] = 0
    flat = flat.flatten(1)
    parts = pool.labels.split(4 * BATCH)
    scores = [flat @ F.one_hot(part.long(), classes).float().flatten(1).T for part in parts]
    return pool.codes[torch.cat(scores, 1).argmax(1)]


def dense_label_of(painter: Painter) -> PseudoLabels:
    """What labels every place of samples by a painter's prototypes; those of scribbles have no background."""
    return PseudoLabels(painter.prior.generator.synthesis, painter.config.feature_layers, painter.side, painter.given)


def label_of(painter: Painter) -> PseudoLabels:
    """What labels samples in a painter's training: prototypes everywhere, or votes of strokes here and there, before
    strokes are drawn into these.
    """
    config, shots = painter.config, painter.shots
    own = features_of(painter.prior, shots, config.feature_layers)
    find = exemplars if painter.sparse else prototypes
    given = find(own, shots.labels, len(painter.names))
    synthesis = painter.prior.generator.synthesis
    return PseudoLabels(synthesis, config.feature_layers, painter.side, given, config.votes, config.threshold)


# The numbers of a record


def fidelity_numbers(
    segmenter: nn.Module, made: Pictures, pictures: Pictures, labels: Maps, classes: int
) -> dict[str, float]:
    """How well painted pictures keep label maps that no training has seen, and how good they are.

    Args:
        segmenter: that only measures.
        made: what was painted of the label maps, or of strokes in them.
        pictures, labels: renders of the test split.
        classes: how many there are.

    Returns:
        ``miou`` with its interval, ``pixel_accuracy``, ``hits`` with its interval under strokes in the label maps,
        ``centroid_error``, a mean over classes and pictures, and ``kid_1e3`` to the renders.
    """
    strokes, found = strokes_in(labels), labels_of(segmenter, made)
    numbers = with_interval(tables_of(found, labels, classes), mean_iou).named("miou")
    numbers["pixel_accuracy"] = float((found == labels).float().mean())
    numbers |= with_interval(hits(found, strokes)).named("hits")
    numbers["centroid_error"] = float(np.nanmean(centroid_errors(found, labels, classes)))
    of_data, of_made = (features(segmenter, each) for each in (pictures, made))
    numbers["kid_1e3"] = 1e3 * kernel_distance(of_data, of_made)
    return numbers


def painter_numbers(
    painter: Painter,
    segmenter: nn.Module,
    pictures: Pictures,
    labels: Maps,
    pool: int = POOL,
    refined: int = REFINED,
    refine_steps: int = REFINE_STEPS,
    label: Callable[[Tensor], Tensor] | None = None,
) -> dict[str, float]:
    """What a record says of an encoder.

    Args:
        painter: the encoder with its prior.
        segmenter: that only measures.
        pictures, labels: renders of the test split; of the label maps of sparse painters strokes are given.
        pool: samples among which the nearest neighbour is looked for.
        refined, refine_steps: label maps that are refined, and for how long.
        label: what labels the samples; :func:`dense_label_of` by default.

    Returns:
        The numbers of :func:`fidelity_numbers`; ``iou_<class>`` of each class; the same ``miou`` and ``hits`` with
        ``_mean``, ``_random`` and ``_nearest`` for the mean code, random codes and the nearest neighbour; ``gain_mean``
        and ``gain_nearest``, by how much the encoder's mean IoU is larger, ``hits_gain`` and ``hits_gain_nearest``, by
        how much its hits are than those of the mean code and of the neighbour, and ``gain_one_code``, by how much the
        mean IoU is larger than with a code of its own for each layer, each with an interval; those of
        :func:`own_numbers`, :func:`pseudo_numbers`, :func:`refinement_numbers`, :func:`look_numbers`, and where codes
        were looked for :func:`inversion_numbers`; ``miou_data`` and ``kid_1e3_blurred`` of the renders themselves, as
        they are and blurred; ``kid_1e3_each`` with a code of its own for each layer. What there is not is left out.
    """
    classes, strokes = len(painter.names), strokes_in(labels)
    given = strokes if painter.sparse else labels
    made = painter.paint(given)
    numbers = fidelity_numbers(segmenter, made, pictures, labels, classes)
    found = labels_of(segmenter, made)
    ours = tables_of(found, labels, classes)
    numbers |= {f"iou_{name}": float(value) for name, value in zip(painter.names, class_ious(ours))}
    mine = hits(found, strokes)
    candidates = pool_of(painter, label or dense_label_of(painter), pool)
    for name, codes in simple_codes(painter, given, candidates).items():
        read = labels_of(segmenter, painter.draw(painter.prior.generator.spread(codes)))
        theirs, their_hits = tables_of(read, labels, classes), hits(read, strokes)
        numbers |= {f"miou_{name}": mean_iou(theirs), f"hits_{name}": float(their_hits.mean())}
        if name != "random":
            numbers |= with_interval(np.stack([ours, theirs], 1), iou_gain).named(f"gain_{name}")
            numbers |= with_interval(mine - their_hits).named({"mean": "hits_gain"}.get(name, f"hits_gain_{name}"))
    each = painter.draw(painter.said(given))
    of_each = tables_of(labels_of(segmenter, each), labels, classes)
    numbers |= with_interval(np.stack([ours, of_each], 1), iou_gain).named("gain_one_code")
    numbers |= own_numbers(painter, segmenter, candidates, len(labels))
    if painter.config.labels != "segmenter":
        numbers |= pseudo_numbers(painter, segmenter, len(labels))
    if painter.shots.wanted is not None:
        numbers |= inversion_numbers(painter.shots, segmenter, classes)
    numbers |= refinement_numbers(painter, segmenter, given[:refined], labels[:refined], refine_steps)
    numbers |= look_numbers(painter, segmenter, given, labels)
    numbers["miou_data"] = mean_iou(tables_of(labels_of(segmenter, pictures), labels, classes))
    blurred = to_bytes(softened(from_bytes(pictures)))
    of_data = features(segmenter, pictures)
    for name, others in {"blurred": blurred, "each": each}.items():
        numbers[f"kid_1e3_{name}"] = 1e3 * kernel_distance(of_data, features(segmenter, others))
    return {name: value for name, value in numbers.items() if math.isfinite(value)}


def simple_codes(painter: Painter, given: Maps, candidates: Pool) -> dict[str, Float[Tensor, "n latent"]]:
    """Codes without an encoder: the mean, random ones, and of samples the nearest neighbour."""
    n, wanted = len(given), painter.prepared(given)
    return {
        "mean": painter.encoder.mean.expand(n, -1),
        "random": painter.prior.codes(n, seed=2),
        "nearest": nearest(candidates, wanted, len(painter.names), painter.sparse),
    }


def own_numbers(painter: Painter, segmenter: nn.Module, candidates: Pool, n: int, seed: int = 6) -> dict[str, float]:
    """How well label maps are kept that the prior can draw: the segmenter's, of new samples.

    Returns:
        ``own_miou``, and ``own_gain_nearest``, its lead over the nearest neighbour, with intervals.
    """
    classes, spread = len(painter.names), painter.prior.generator.spread
    labels = labels_of(segmenter, painter.draw(spread(painter.prior.codes(n, seed=seed))))
    given = strokes_in(labels) if painter.sparse else labels
    neighbours = nearest(candidates, painter.prepared(given), classes, painter.sparse)
    made = painter.paint(given), painter.draw(spread(neighbours))
    both = [tables_of(labels_of(segmenter, each), labels, classes) for each in made]
    lead = with_interval(np.stack(both, 1), iou_gain).named("own_gain_nearest")
    return with_interval(both[0], mean_iou).named("own_miou") | lead


@torch.no_grad()
def pseudo_numbers(painter: Painter, segmenter: nn.Module, n: int, seed: int = 3) -> dict[str, float]:
    """``pseudo_miou`` with its interval: pseudo-labels of samples against the segmenter's.

    Sparse labels are compared where there are any; ``pseudo_share`` says on how much of the pictures.
    """
    ws = painter.prior.generator.spread(painter.prior.codes(n, seed=seed))
    label = label_of(painter)
    mine = torch.cat([label(part) for part in ws.split(BATCH)])
    theirs = labels_of(segmenter, painter.draw(ws))
    value = agreement(mine, theirs, len(painter.names), painter.sparse)
    share = float((mine > 0).float().mean()) if painter.sparse else 1.0
    return value.named("pseudo_miou") | {"pseudo_share": share}


def agreement(mine: Maps, theirs: Maps, classes: int, sparse: bool) -> Value:
    """Mean IoU of pseudo-labels with a segmenter's; of sparse ones where there are any, over the classes that they can
    say: the background is none of them.
    """
    if not sparse:
        return with_interval(tables_of(mine, theirs, classes), mean_iou)
    inside = torch.where(mine == 0, 0, theirs)  # unlabelled pixels agree with themselves, in a class left out
    return with_interval(tables_of(mine, inside, classes), mean_iou_of_marked)


def refinement_numbers(
    painter: Painter, segmenter: nn.Module, given: Maps, labels: Maps, steps: int
) -> dict[str, float]:
    """What refinement gains on each picture, in pixel accuracy, for scribbles in hits.

    Returns:
        ``refined_gain`` with its interval; ``refined_p``, Wilcoxon's signed-rank test that it is not above 0;
        ``refined_miou`` and ``unrefined_miou`` of these pictures; ``refined_loss`` and ``unrefined_loss``.
    """
    kept, losses = [], []
    for part in given.split(BATCH):
        ws, course = painter.refined(painter.codes(part), part, steps, keep_every=steps)
        kept.append((ws[0], ws[-1]))
        losses.append(course)
    before, after = (labels_of(segmenter, painter.draw(torch.cat(each))) for each in zip(*kept))
    strokes = strokes_in(labels)
    score = (lambda found: hits(found, strokes)) if painter.sparse else (lambda found: accuracies(found, labels))
    gains, both = score(after) - score(before), torch.cat(losses, 1)
    classes = len(painter.names)
    return with_interval(gains).named("refined_gain") | {
        "refined_p": above_zero(gains),
        "refined_miou": mean_iou(tables_of(after, labels, classes)),
        "unrefined_miou": mean_iou(tables_of(before, labels, classes)),
        "refined_loss": float(both[-1].mean()),
        "unrefined_loss": float(both[0].mean()),
    }


def accuracies(found: Maps, labels: Maps) -> Float[ndarray, " n"]:
    """The share of each picture's pixels that have the class that was wanted."""
    return (found == labels).float().mean((1, 2)).numpy()


def above_zero(gains: Float[ndarray, " n"]) -> float:
    """The p value of Wilcoxon's signed-rank test that gains are not above 0; 1 if none differs from 0."""
    from scipy.stats import wilcoxon

    return float(wilcoxon(gains, alternative="greater").pvalue) if np.any(gains) else 1.0


def look_numbers(painter: Painter, segmenter: nn.Module, given: Maps, labels: Maps) -> dict[str, float]:
    """What other codes in the upper layers change.

    Returns:
        ``look_drop``: by how much the mean IoU with the label map falls, with its interval; ``look_kept``: mean IoU of
        the layouts before and after, with its interval; ``look_change``: how far
        pictures move, in features (the form of LPIPS); ``look_all``: how far with other codes in all layers.
    """
    ws, looks = painter.codes(given), painter.looks(len(given))
    before, after, all_new = (
        painter.draw(each) for each in (ws, painter.restyled(ws, looks), painter.restyled(ws, looks, 0))
    )
    classes, read = len(painter.names), [labels_of(segmenter, each) for each in (before, after)]
    drop = with_interval(np.stack([tables_of(each, labels, classes) for each in read], 1), iou_gain)
    kept = with_interval(tables_of(*reversed(read), classes), mean_iou)
    return (
        drop.named("look_drop")
        | kept.named("look_kept")
        | {
            "look_change": perceptual(segmenter, before, after),
            "look_all": perceptual(segmenter, before, all_new),
        }
    )


@torch.no_grad()
def perceptual(segmenter: nn.Module, one: Pictures, other: Pictures) -> float:
    """Mean distance of pictures, pair by pair, in a segmenter's features."""
    apart = [
        feature_distance(*(segmenter.features(from_bytes(part)) for part in parts))
        for parts in zip(one.split(BATCH), other.split(BATCH))
    ]
    return float(torch.cat(apart).mean())


def inversion_numbers(shots: Shots, segmenter: nn.Module, classes: int) -> dict[str, float]:
    """``inversion_psnr``, a mean in dB, and ``inversion_miou``: what was drawn of the pictures whose codes were looked
    for, read by a segmenter, against their own label maps.
    """
    tables = tables_of(labels_of(segmenter, shots.pictures), shots.labels, classes)
    decibels = psnr(shots.pictures.numpy(), shots.wanted.numpy())
    return {"inversion_psnr": float(decibels.mean()), "inversion_miou": mean_iou(tables)}
