"""The one to five annotated pictures: samples of the generator, or renders whose codes are looked for first."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Integer, UInt8
from torch import Tensor, nn

from ganbook.chapters.few_shot_layout.config import Config
from ganbook.chapters.few_shot_layout.pseudo_labels import (
    Prototypes,
    PseudoLabels,
    SegmenterLabels,
    coarsened,
    drawn,
    exemplars,
    prototypes,
)
from ganbook.chapters.few_shot_layout.scribbles import strokes_in
from ganbook.data.pixels import to_bytes
from ganbook.errors import UserError

AMONG = 100
"""Pictures of which the ones to annotate are chosen."""

PSI = 0.7
"""Truncation of samples that are annotated."""


class Shots(NamedTuple):
    """Annotated pictures, and what the generator draws them from.

    Attributes:
        pictures: as the generator draws them, 0 to 255.
        labels: label maps, or scribbles, in which 0 is unmarked.
        ws: a code for each layer.
        noises: a map for each layer; None without noise.
        wanted: the given pictures whose codes were looked for, 0 to 255; None for samples.
    """

    pictures: UInt8[Tensor, "shots 3 side side"]
    labels: Int[Tensor, "shots side side"]
    ws: Float[Tensor, "shots styles latent"]
    noises: list[Float[Tensor, "shots 1 height width"]] | None = None
    wanted: UInt8[Tensor, "shots 3 side side"] | None = None

    def few(self, n: int) -> "Shots":
        """The first n."""
        noises = self.noises and [each[:n] for each in self.noises]
        wanted = None if self.wanted is None else self.wanted[:n]
        return Shots(self.pictures[:n], self.labels[:n], self.ws[:n], noises, wanted)


def samples(
    prior: Any, annotate: Callable[[Tensor], Tensor], n: int, classes: int, seed: int = 0, among: int = AMONG
) -> Shots:
    """Samples of the generator, annotated: of those of a seed the ones that show most of all classes.

    Args:
        prior: a trained `style_prior`.
        annotate: pictures, 0 to 255 -> label maps; a person, or a segmenter in their place.
        n: how many.
        classes: how many there are.
        seed: of the samples.
        among: how many are looked at.
    """
    ws = prior.generator.spread(prior.codes(among, PSI, seed))
    pictures = prior.draw(ws)
    labels = annotate(pictures).long()
    chosen = showing_most(labels, classes)[:n]
    return Shots(pictures[chosen], labels[chosen], ws[chosen].clone())


def inverted(
    prior: Any,
    pictures: UInt8[Tensor, "shots 3 side side"],
    labels: Integer[Tensor, "shots side side"],
    features: Callable[[Tensor], list[Tensor]],
    steps: int,
    space: str = "w+",
) -> Shots:
    """Labelled pictures that the generator did not draw: their codes are looked for.

    Args:
        prior: a trained `style_prior`.
        pictures, labels: what is given.
        features: of a feature net; the search compares them, see ``Prior.find``.
        steps: of the search.
        space: "w" or "w+".

    Raises:
        UserError: pictures of another size than the generator's.
    """
    found = prior.find(pictures, features, space, steps)
    return Shots(to_bytes(found.pictures), labels.long(), found.ws, found.noises, pictures)


def showing_most(labels: Int[Tensor, "n side side"], classes: int) -> Int[Tensor, " n"]:
    """The order of label maps by how much they show of all classes, the first ones first where they show as much.

    By the sum of the square roots of areas: a large class does not make up for a small or absent one.
    """
    pixels = F.one_hot(labels.flatten(1), classes).sum(1)  # (n, classes)
    return pixels.sqrt().sum(1).argsort(descending=True, stable=True)


def scribbled(shots: Shots, seed: int = 0) -> Shots:
    """The same with a few strokes in place of label maps."""
    return shots._replace(labels=strokes_in(shots.labels, seed))


@torch.no_grad()
def features_of(prior: Any, shots: Shots, layers: tuple[int, ...]) -> Float[Tensor, "shots channels height width"]:
    """What layers of the generator give while it draws the annotated pictures.

    Raises:
        UserError: no layers, or such as there are not.
    """
    number = len(prior.generator.synthesis.convs)
    if not layers or not set(layers) <= set(range(number)):
        got = ", ".join(map(str, layers)) or "none"
        raise UserError(f"feature_layers: expected layers from 0 to {number - 1}, got {got}")
    return drawn(prior.generator.synthesis, shots.ws, layers, shots.noises)[1]


def shot_prototypes(
    prior: Any, shots: Shots, layers: tuple[int, ...], classes: int, sparse: bool = False
) -> Prototypes:
    """The prototypes of annotated pictures; of scribbles those of all places that a stroke touches, and none of class
    0, which nobody has marked.
    """
    features = features_of(prior, shots, layers)
    if not sparse:
        return prototypes(features, shots.labels, classes)
    touched = coarsened(shots.labels, features.shape[-1], sparse, classes)
    found, marked = prototypes(features, touched, classes), torch.arange(classes) > 0
    return Prototypes(found.vectors * marked[:, None], found.present & marked)


def labeller(
    config: Config, prior: Any, shots: Shots, segmenter: nn.Module, names: Sequence[str]
) -> PseudoLabels | SegmenterLabels:
    """What labels samples, by the settings: codes for all layers -> label maps.

    Args:
        config: says by which labels, from which layers' features.
        prior: a trained `style_prior`.
        shots: annotated; with scribbles if the labels are sparse.
        segmenter: for the upper bound.
        names: of the classes.
    """
    synthesis = prior.generator.synthesis
    features = features_of(prior, shots, config.feature_layers)
    if config.labels == "segmenter":
        return SegmenterLabels(synthesis, segmenter, features.shape[-1])
    find = exemplars if config.labels == "sparse" else prototypes
    given = find(features, shots.labels, len(names))
    side, how = shots.labels.shape[-1], (config.votes, config.threshold, config.strokes)
    return PseudoLabels(synthesis, config.feature_layers, side, given, *how)
