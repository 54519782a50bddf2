"""What the generator has learned, read with instruments that saw renders only, and what its directions change."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from ganbook.chapters.style_prior.instruments import LandmarkReader, Segmenter, pooled_features
from ganbook.chapters.style_prior.model import Generator
from ganbook.data.avatars import LABELS, LANDMARKS
from ganbook.data.pixels import from_bytes, softened, to_bytes
from ganbook.metrics import copies, kernel_distance

BATCH = 100
"""Pictures that are drawn at once."""

READ = 25
"""Pictures that are read at once: few enough for a cache, which takes a third less time than 100."""


@torch.no_grad()
def samples(generator: Generator, n: int, psi: float = 1.0, seed: int = 0) -> UInt8[Tensor, "n 3 side side"]:
    """Pictures from the prior, 0 to 255, with noise of their own."""
    draws = torch.Generator().manual_seed(seed)
    made = []
    for size in (len(part) for part in torch.arange(n).split(BATCH)):
        z = torch.randn(size, len(generator.mapping.mean), generator=draws)
        noises = generator.synthesis.noises(size, lambda *shape: torch.randn(shape, generator=draws))
        made.append(to_bytes(generator(z, psi, noises)))
    return torch.cat(made)


@torch.no_grad()
def read(instrument, pictures: UInt8[Tensor, "n 3 side side"]) -> Float[Tensor, "n ..."]:
    """What a network or function says of pictures in [-1, 1], batch by batch."""
    return torch.cat([instrument(from_bytes(part)) for part in pictures.split(READ)])


def labels_of(segmenter: Segmenter, pictures: UInt8[Tensor, "n 3 side side"]) -> Int[Tensor, "n side side"]:
    """The class of each pixel."""
    return read(lambda part: segmenter(part).argmax(1), pictures)


def class_areas(labels: Int[Tensor, "n side side"]) -> Float[Tensor, " classes"]:
    """The share of all pixels that each class has."""
    return torch.bincount(labels.flatten().long(), minlength=len(LABELS)).float() / labels.numel()


def class_presence(labels: Int[Tensor, "n side side"], least: int = 6) -> Float[Tensor, " classes"]:
    """The share of the pictures in which each class has at least so many pixels."""
    counts = F.one_hot(labels.flatten(1).long(), len(LABELS)).sum(1)  # (n, classes)
    return (counts >= least).float().mean(0)


def head_spread(places: Float[Tensor, "n 12 2"]) -> float:
    """Standard deviation of the middle between the eyes, both directions together, in units of half a picture."""
    eyes = [LANDMARKS.index(name) for name in ("left eye", "right eye")]
    return float(places[:, eyes].mean(1).var(0).sum().sqrt())


def prior_numbers(
    generator: Generator,
    segmenter: Segmenter,
    reader: LandmarkReader,
    train: UInt8[Tensor, "m 3 side side"],
    unseen: UInt8[Tensor, "k 3 side side"],
    n: int = 2_000,
) -> dict[str, float]:
    """How like the data samples are: see the functions above for what each number is.

    Returns:
        ``kid_1e3`` of samples, ``kid_1e3_blurred`` of slightly blurred unseen renders and ``kid_1e3_data`` of training
        renders, each against unseen ones; ``area_<class>`` and ``presence_<class>``, samples over data; ``spread``,
        samples over data; ``copies``.
    """
    made, real = samples(generator, n), unseen[:n]
    of_made, of_real, of_train = (
        read(lambda part: pooled_features(segmenter, part), each) for each in (made, real, train[:n])
    )
    of_blurred = read(lambda part: pooled_features(segmenter, softened(part)), real)
    numbers = {
        "kid_1e3": 1e3 * kernel_distance(of_real, of_made),
        "kid_1e3_blurred": 1e3 * kernel_distance(of_real, of_blurred),
        "kid_1e3_data": 1e3 * kernel_distance(of_real, of_train),
        "copies": float(copies(of_made, of_train, of_real)),
        "spread": head_spread(read(reader, made)) / head_spread(read(reader, real)),
    }
    found = [labels_of(segmenter, each) for each in (made, real)]
    for name, measure in (("area", class_areas), ("presence", class_presence)):
        ours, theirs = (measure(each) for each in found)
        numbers |= {f"{name}_{label}": float(a / b) for label, a, b in zip(LABELS, ours, theirs)}
    return numbers


@dataclass(frozen=True)
class Directions:
    """Principal axes of w (GANSpace; Härkönen et al. 2020), by falling variance.

    Attributes:
        mean: the middle of w.
        axes: unit vectors.
        deviations: of w along each axis.
    """

    mean: Float[Tensor, " latent"]
    axes: Float[Tensor, "latent latent"]
    deviations: Float[Tensor, " latent"]


@torch.no_grad()
def directions(generator: Generator, n: int = 10_000, seed: int = 0) -> Directions:
    """Principal components of n codes w. The sign of each axis is such that its largest entry is positive."""
    z = torch.randn(n, len(generator.mapping.mean), generator=torch.Generator().manual_seed(seed))
    w = generator.mapping(z)
    mean = w.mean(0)
    _, spread, axes = torch.linalg.svd(w - mean, full_matrices=False)
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    return Directions(mean, axes * largest.sign(), spread / (n - 1) ** 0.5)


MEASURES = (*(f"{label} area" for label in LABELS), "head to the right", "head down", "head size", "turned", "tilted")
"""What :func:`measured` says of a picture, in this order."""

LEAST_SPREAD = 1e-3
"""The smallest deviation that counts, four pixels of 64 x 64: what does not vary among the samples is no unit."""


def measured(
    segmenter: Segmenter, reader: LandmarkReader, pictures: UInt8[Tensor, "n 3 side side"]
) -> Float[Tensor, "n measures"]:
    """Of each picture the area of each class, and where the head is, how large, how far turned and tilted."""
    labels, places = labels_of(segmenter, pictures), read(reader, pictures)
    areas = F.one_hot(labels.flatten(1).long(), len(LABELS)).float().mean(1)  # (n, classes)
    at = {name: places[:, number] for number, name in enumerate(LANDMARKS)}
    left, right = at["left eye"], at["right eye"]
    middle, across = (left + right) / 2, right - left
    size = (at["chin"] - at["crown"]).square().sum(1).sqrt()
    turned = (at["nose tip"] - middle)[:, 0] / size
    tilted = across[:, 1] / across[:, 0].clamp(min=1e-3)
    return torch.cat([areas, middle, torch.stack([size, turned, tilted], 1)], 1)


@torch.no_grad()
def effects(
    generator: Generator,
    segmenter: Segmenter,
    reader: LandmarkReader,
    found: Directions,
    count: int = 10,
    n: int = 100,
    seed: int = 0,
) -> Float[Tensor, "count measures"]:
    """What a step of two deviations along each of the first axes changes, in deviations of each measure over samples.

    Steps go from one deviation below to one above, from n codes; noise is left out.
    """
    z = torch.randn(n, len(found.mean), generator=torch.Generator().manual_seed(seed))
    w = generator.mapping(z)
    usual = measured(segmenter, reader, drawn(generator, w))
    changes = []
    for axis, deviation in zip(found.axes[:count], found.deviations[:count]):
        ends = [measured(segmenter, reader, drawn(generator, w + side * deviation * axis)) for side in (-1, 1)]
        changes.append((ends[1] - ends[0]).mean(0))
    return torch.stack(changes) / usual.std(0).clamp(min=LEAST_SPREAD)


@torch.no_grad()
def drawn(generator: Generator, w: Float[Tensor, "n latent"]) -> UInt8[Tensor, "n 3 side side"]:
    """Pictures of codes, 0 to 255, without noise."""
    return torch.cat([to_bytes(generator.synthesis(generator.spread(part))) for part in w.split(BATCH)])


def names(effects: Float[Tensor, "count measures"], least: float = 0.5) -> list[str]:
    """A direction's name: what it changes most, or "other" where it changes none of the measures by ``least``."""
    found = []
    for row in effects:
        strongest = int(row.abs().argmax())
        sign = "more" if row[strongest] > 0 else "less"
        found.append(f"{sign}: {MEASURES[strongest]}" if row[strongest].abs() >= least else "other")
    return found


@torch.no_grad()
def mixed(
    generator: Generator, coarse: Float[Tensor, "rows latent"], fine: Float[Tensor, "columns latent"], switch: int
) -> UInt8[Tensor, "rows columns 3 side side"]:
    """Every row's code in the layers below ``switch`` with every column's in the others, without noise."""
    layers = generator.synthesis.styles
    upper = (torch.arange(layers) >= switch)[None, None, :, None]
    ws = torch.where(upper, fine[None, :, None], coarse[:, None, None])  # (rows, columns, layers, latent)
    pictures = to_bytes(generator.synthesis(ws.flatten(0, 1)))
    return pictures.unflatten(0, (len(coarse), len(fine)))
