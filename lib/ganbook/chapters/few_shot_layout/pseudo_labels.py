"""Labels for any sample of the generator, from its features and those of one to five annotated pictures.

Endo and Kanamori (2021), "Few-shot semantic image synthesis using StyleGAN prior". ``features`` are what layers of
the generator give while it draws; label maps hold indices of classes. Class 0 is the background; in scribbles it also
stands for all that nobody has marked.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ganbook.chapters.few_shot_layout.scribbles import strokes_in
from ganbook.errors import UserError

VOTES = 3
"""Positions that each exemplar votes for."""

THRESHOLD = 0.5
"""Votes of a cosine that is not larger do not count."""


@dataclass(frozen=True)
class Prototypes:
    """One feature for each class.

    Attributes:
        vectors: unit vectors; zero for a class that no picture shows.
        present: which classes some picture shows.
    """

    vectors: Float[Tensor, "classes channels"]
    present: Bool[Tensor, " classes"]


def drawn(
    synthesis: nn.Module,
    ws: Float[Tensor, "n styles latent"],
    layers: tuple[int, ...],
    noises: list[Tensor] | None = None,
) -> tuple[Float[Tensor, "n 3 side side"], Float[Tensor, "n channels height width"]]:
    """Pictures, about in [-1, 1], and the features of one layer as they are, or of several
    together: of each at length 1, one behind the other, at half the side of the pictures.
    """
    pictures, found = synthesis(ws, noises, layers)
    if len(layers) > 1:
        size = pictures.shape[-1] // 2
        found = [F.normalize(brought_to(each, size), dim=1) for each in found]
    return pictures, torch.cat(found, 1)


def brought_to(features: Float[Tensor, "n channels height width"], size: int) -> Float[Tensor, "n channels size size"]:
    """Features at another size: means of squares, or bilinear in between."""
    if features.shape[-1] >= size:
        return F.avg_pool2d(features, features.shape[-1] // size)
    return F.interpolate(features, size=(size, size), mode="bilinear", align_corners=False)


def at_features(
    labels: Int[Tensor, "n side side"], features: Float[Tensor, "n channels height width"]
) -> Int[Tensor, "n height width"]:
    """Label maps at the resolution of the features: the nearest pixel's."""
    sized = F.interpolate(labels[:, None].float(), size=features.shape[2:], mode="nearest-exact")
    return sized[:, 0].long()


def prototypes(
    features: Float[Tensor, "shots channels height width"], labels: Int[Tensor, "shots side side"], classes: int
) -> Prototypes:
    """The mean feature of each class in each picture, averaged over the pictures that show it.

    Raises:
        UserError: a label is no class.
    """
    _check(labels, classes)
    masks = F.one_hot(at_features(labels, features), classes).permute(0, 3, 1, 2).float()  # (shots, classes, h, w)
    pixels = masks.sum((2, 3))  # (shots, classes)
    sums = torch.einsum("skhw,schw->skc", masks, features)
    means = sums / pixels.clamp(min=1)[:, :, None]  # (shots, classes, channels)
    shown = pixels > 0
    present = shown.any(0)
    vectors = means.sum(0) / shown.sum(0).clamp(min=1)[:, None]
    return Prototypes(F.normalize(vectors, dim=1), present)


def dense_labels(
    features: Float[Tensor, "n channels height width"], given: Prototypes
) -> Int[Tensor, "n height width"]:
    """Each pixel's class: the prototype with the largest cosine, of those that there are."""
    return cosines(features, given.vectors).masked_fill(~given.present[:, None, None], -2).argmax(1)


def cosines(
    features: Float[Tensor, "n channels height width"], vectors: Float[Tensor, "classes channels"]
) -> Float[Tensor, "n classes height width"]:
    """Of each pixel's feature with unit vectors."""
    return torch.einsum("nchw,kc->nkhw", F.normalize(features, dim=1), vectors)


def exemplars(
    features: Float[Tensor, "shots channels height width"],
    labels: Int[Tensor, "shots side side"],
    classes: int,
    most: int = 256,
) -> list[Float[Tensor, "marked channels"]]:
    """The unit features of all marked pixels, for each class; class 0 has none.

    Of strokes with more than ``most`` pixels evenly spaced ones are taken. A stroke that is thinner than a pixel of the
    features still has an exemplar wherever it passes.

    Raises:
        UserError: a label is no class, or nothing is marked.
    """
    _check(labels, classes)
    if not labels.any():
        raise UserError("nothing is marked: expected at least one pixel of a class above 0")
    units = F.normalize(features, dim=1).permute(0, 2, 3, 1)  # (shots, h, w, channels)
    size = labels.shape[-1] // features.shape[-1]  # pixels of a picture for one of the features
    found = [units.new_zeros(0, units.shape[3])]
    for number in range(1, classes):
        touched = F.max_pool2d((labels == number)[:, None].float(), size)[:, 0] > 0
        marked = units[touched]
        if len(marked) > most:
            marked = marked[torch.linspace(0, len(marked) - 1, most).round().long()]
        found.append(marked)
    return found


def sparse_labels(
    features: Float[Tensor, "n channels height width"],
    given: list[Float[Tensor, "marked channels"]],
    votes: int = VOTES,
    threshold: float = THRESHOLD,
) -> Int[Tensor, "n height width"]:
    """Scribbles for samples: each exemplar votes for the most similar positions; the most similar vote of all wins.

    Where nobody votes the label is 0.
    """
    n, _, height, width = features.shape
    units = F.normalize(features, dim=1).flatten(2)  # (n, channels, positions)
    best = units.new_full((n, len(given), height * width), threshold)
    for number, marked in enumerate(given):
        if not len(marked):
            continue
        likeness = marked @ units  # (n, marked, positions)
        if votes < height * width:
            likeness, where = likeness.topk(votes, dim=2)  # (n, marked, votes)
            best[:, number].scatter_reduce_(1, where.flatten(1), likeness.flatten(1), "amax")
        else:  # the same without sorting
            best[:, number] = best[:, number].maximum(likeness.amax(1))
    strongest, label = best.max(1)
    return torch.where(strongest > threshold, label, 0).unflatten(1, (height, width))


def enlarged(labels: Int[Tensor, "n height width"], side: int) -> Int[Tensor, "n side side"]:
    """Label maps at the resolution of the pictures: each pixel a square."""
    return F.interpolate(labels[:, None].float(), size=(side, side), mode="nearest-exact")[:, 0].long()


def coarsened(
    labels: Int[Tensor, "n side side"],
    height: int,
    sparse: bool,
    classes: int = -1,
) -> Int[Tensor, "n side side"]:
    """Label maps as pseudo-labels are: made of squares, ``height`` of them on a side.

    In label maps a square takes the class of its middle; in scribbles the most frequent class that
    is marked in it, so that no stroke gets lost. There are ``classes``, or as many as are seen.
    """
    side = labels.shape[-1]
    if not sparse:
        small = F.interpolate(labels[:, None].float(), (height, height), mode="nearest-exact")
        return enlarged(small[:, 0].long(), side)
    marks = F.one_hot(labels, classes).permute(0, 3, 1, 2).float()  # (n, classes, side, side)
    counts = F.adaptive_avg_pool2d(marks, height)[:, 1:]  # (n, classes - 1, height, height)
    if not counts.shape[1]:
        return labels
    most, number = counts.max(1)
    return enlarged(torch.where(most > 0, number + 1, 0), side)


class PseudoLabels(nn.Module):
    """Labels for whatever the generator draws: by prototypes everywhere, or by votes of exemplars here and there.

    Args:
        synthesis: the generator's second part: (codes, noise, layers) -> pictures and the features of these layers.
        layers: whose features are compared, see :func:`drawn`.
        side: of the label maps.
        given: prototypes for dense labels, exemplars for sparse ones.
        votes, threshold: see :func:`sparse_labels`.
        strokes: of sparse labels, if not 0, only so many strokes in each class are left, in other places each time
            (from torch's random numbers, as dropout).
    """

    def __init__(
        self,
        synthesis: nn.Module,
        layers: tuple[int, ...],
        side: int,
        given: Prototypes | list[Float[Tensor, "marked channels"]],
        votes: int = VOTES,
        threshold: float = THRESHOLD,
        strokes: int = 0,
    ):
        super().__init__()
        self.synthesis, self.layers, self.side = synthesis, layers, side
        self.votes, self.threshold, self.strokes = votes, threshold, strokes
        self.sparse = isinstance(given, list)
        stored = given if self.sparse else (given.vectors, given.present)
        self.count = len(stored)
        for number, each in enumerate(stored):
            self.register_buffer(f"given_{number}", each)

    @property
    def given(self) -> Prototypes | list[Float[Tensor, "marked channels"]]:
        """The prototypes or exemplars."""
        stored = [getattr(self, f"given_{number}") for number in range(self.count)]
        return stored if self.sparse else Prototypes(*stored)

    def small(self, ws: Float[Tensor, "n styles latent"]) -> Int[Tensor, "n height width"]:
        """Labels at the resolution of the features."""
        _, features = drawn(self.synthesis, ws, self.layers)
        if not self.sparse:
            return dense_labels(features, self.given)
        voted = sparse_labels(features, self.given, self.votes, self.threshold)
        if not self.strokes:
            return voted
        return strokes_in(voted, int(torch.randint(2**31, ())), strokes=self.strokes)

    def forward(self, ws: Float[Tensor, "n styles latent"]) -> Int[Tensor, "n side side"]:
        return enlarged(self.small(ws), self.side)


class SegmenterLabels(nn.Module):
    """What a segmenter that has seen many labels says of what the generator draws: the upper bound.

    Its label maps are made of squares, ``height`` on a side, as pseudo-labels are.
    """

    def __init__(self, synthesis: nn.Module, segmenter: nn.Module, height: int):
        super().__init__()
        self.synthesis, self.segmenter, self.height = synthesis, segmenter, height

    def forward(self, ws: Float[Tensor, "n styles latent"]) -> Int[Tensor, "n side side"]:
        return coarsened(self.segmenter(self.synthesis(ws)).argmax(1), self.height, sparse=False)


def _check(labels: Tensor, classes: int) -> None:
    if not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise UserError(f"labels: expected 0 to {classes - 1}, got {int(labels.min())} to {int(labels.max())}")
