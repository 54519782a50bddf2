"""The chapter's experiments on a trained prior, in numbers and pictures: what layers, noise, truncation and W do.

Everything is read by instruments that saw renders only; noise of the layers is left out unless it is what is studied.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from ganbook import training
from ganbook.chapters.style_prior import analysis, projection
from ganbook.chapters.style_prior.analysis import Directions, class_areas, labels_of, read, samples
from ganbook.chapters.style_prior.inference import Prior
from ganbook.chapters.style_prior.instruments import LandmarkReader, Segmenter, pooled_features
from ganbook.chapters.style_prior.losses import path_lengths
from ganbook.chapters.style_prior.projection import Projected, perceptual_distance
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import class_colours
from ganbook.data.pixels import from_bytes, softened, to_bytes
from ganbook.losses import feature_distance
from ganbook.metrics import kernel_distance, psnr

Pictures = UInt8[Tensor, "n 3 side side"]

COMPARED = 500
"""Renders with which samples of each truncation are compared."""

LEAST = 6
"""Pixels from which a class counts as present in a picture."""


class Judges(NamedTuple):
    """What reads pictures; neither was used in a loss."""

    segmenter: Segmenter
    reader: LandmarkReader


def features_of(segmenter: Segmenter, pictures: Pictures) -> Float[Tensor, "n size"]:
    """A vector for each picture, in which sets of pictures are compared."""
    return read(lambda part: pooled_features(segmenter, part), pictures)


# What decides what: the codes of layers, and parts of z


KINDS = ("layout", "pose", "colours")
"""What :func:`changes` measures: pixels of another class, distance of landmarks, distance of the classes' colours."""


def differences(judges: Judges, before: Pictures, after: Pictures) -> Float[Tensor, " kinds"]:
    """How far pictures are from others, one to one, in the order of ``KINDS``, as means over the pictures."""
    labels = [labels_of(judges.segmenter, each) for each in (before, after)]
    places = [read(judges.reader, each) for each in (before, after)]
    colours = [255 * class_colours(*each, len(LABELS), LEAST) for each in zip((before, after), labels)]
    return torch.stack(
        [
            (labels[0] != labels[1]).float().mean(),
            (places[0] - places[1]).square().sum(2).sqrt().mean(),
            (colours[0] - colours[1]).square().sum(2).sqrt().nanmean(),
        ]
    )


def changes(
    prior: Prior, judges: Judges, groups: Mapping[str, Sequence[int]], n: int = 64, seed: int = 0, psi: float = 0.7
) -> dict[str, dict[str, float]]:
    """What changes when the layers of a group take the codes of another picture, as a share of what changes when all
    do.

    Args:
        prior: draws the pictures.
        judges: read them.
        groups: layers by the name of their group.
        n: pairs of pictures.
        seed: of the codes.
        psi: truncation.

    Returns:
        For each group a share for each of ``KINDS``.
    """
    own, other = prior.codes(2 * n, psi, seed).chunk(2)  # (n, latent) each
    ws, others = prior.generator.spread(own), prior.generator.spread(other)
    before = prior.draw(ws)
    whole = differences(judges, before, prior.draw(others))
    found = {}
    for name, layers in groups.items():
        mixed = ws.clone()
        mixed[:, list(layers)] = others[:, list(layers)]
        found[name] = shares(differences(judges, before, prior.draw(mixed)), whole)
    return found


def part_changes(
    prior: Prior, judges: Judges, parts: int = 8, n: int = 64, seed: int = 0, psi: float = 0.7
) -> dict[str, dict[str, float]]:
    """The same as :func:`changes` when a part of z is exchanged: the first eighth of its numbers, the second ..."""
    draws = torch.Generator().manual_seed(seed)
    own, other = torch.randn(2, n, prior.config.latent_dim, generator=draws)
    drawn = lambda z: drawn_from(prior, z, psi)
    before = drawn(own)
    whole = differences(judges, before, drawn(other))
    found = {}
    for number, index in enumerate(torch.arange(own.shape[1]).chunk(parts), start=1):
        mixed = own.clone()
        mixed[:, index] = other[:, index]
        found[f"part {number}"] = shares(differences(judges, before, drawn(mixed)), whole)
    return found


def shares(found: Float[Tensor, " kinds"], whole: Float[Tensor, " kinds"]) -> dict[str, float]:
    """Differences as shares of those between two pictures, by ``KINDS``."""
    return dict(zip(KINDS, (found / whole.clamp(min=1e-6)).nan_to_num().tolist()))


@torch.no_grad()
def drawn_from(prior: Prior, z: Float[Tensor, "n latent"], psi: float = 1.0) -> Pictures:
    """Pictures of z, without noise."""
    return prior.draw(prior.generator.truncate(prior.generator.mapping(z), psi))


# How good and how varied samples are


def precision_recall(
    real: Float[Tensor, "n size"], made: Float[Tensor, "m size"], nearest: int = 3
) -> tuple[float, float]:
    """Share of the samples that lie among real pictures, and share of real pictures that lie among
    samples (Kynkäänniemi et al. 2019). Features are scaled to variance one over the real pictures.
    """
    scale = real.std(0).clamp(min=1e-6)
    real, made = real / scale, made / scale
    precision, recall = among(made, real, nearest), among(real, made, nearest)
    return float(precision.float().mean()), float(recall.float().mean())


def among(
    points: Float[Tensor, "n size"],
    others: Float[Tensor, "m size"],
    nearest: int,
) -> Bool[Tensor, " n"]:
    """Which points are nearer to one of the others than that one's n-th nearest neighbour."""
    apart = torch.cdist(others, others)  # (m, m)
    reach = apart.kthvalue(min(nearest + 1, len(others)), dim=1).values  # itself is the first
    return (torch.cdist(points, others) <= reach).any(1)


def quality(segmenter: Segmenter, real: Pictures, made: Pictures) -> dict[str, float]:
    """KID, precision and recall of pictures, and how varied they are: the spread of their features, a share of that of
    real ones.
    """
    of_real, of_made = (features_of(segmenter, each) for each in (real, made))
    precision, recall = precision_recall(of_real, of_made)
    scale = of_real.std(0).clamp(min=1e-6)
    return {
        "kid_1e3": 1e3 * kernel_distance(of_real, of_made),
        "precision": precision,
        "recall": recall,
        "variety": float((of_made / scale).var(0).mean().sqrt()),
    }


def truncations(
    prior: Prior, segmenter: Segmenter, real: Pictures, psis: Sequence[float], seed: int = 0
) -> dict[float, dict[str, float]]:
    """:func:`quality` of as many samples as there are real pictures, at several truncations."""
    made = {psi: samples(prior.generator, len(real), psi, seed) for psi in psis}
    return {psi: quality(segmenter, real, each) for psi, each in made.items()}


def faulty(pictures: Pictures, labels: UInt8[Tensor, "n side side"]) -> dict[str, Pictures]:
    """Renders with faults that people see at once, and some that they do not; each by what was done."""
    given, skin, eyes, accessory = pictures.float(), *(LABELS.index(each) for each in ("skin", "eyes", "accessory"))
    tone = (255 * class_colours(pictures, labels, len(LABELS), LEAST))[:, skin].nan_to_num(128.0)  # (n, 3)
    blind = torch.where((labels == eyes)[:, None], tone[:, :, None, None], given)
    bare = (labels == accessory).sum((1, 2)) < LEAST
    found = {
        "blurred (3 × 3)": softened(given),
        "eyes painted over": blind,
        "a little darker": given * 0.9,
        "no hats or glasses": given[bare],
    }
    return {name: each.round().to(torch.uint8) for name, each in found.items()}


def accessories(labels: Int[Tensor, "n side side"]) -> float:
    """Share of the pictures with a hat or glasses."""
    return float(analysis.class_presence(labels, LEAST)[LABELS.index("accessory")])


def mixed_up(real: Pictures, made: Pictures, n: int, seed: int = 0) -> tuple[Pictures, list[bool]]:
    """The first n / 2 of each in random order, and which of them are made."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    half = n // 2
    return torch.cat([real[:half], made[: n - half]])[order], (order >= half).tolist()


def nearest_of(made: Float[Tensor, "n size"], train: Float[Tensor, "m size"]) -> Int[Tensor, " n"]:
    """For each picture's features the number of the training picture with the most similar ones."""
    scale = train.std(0).clamp(min=1e-6)
    return torch.cdist(made / scale, train / scale).argmin(1)


def oddity(real: Float[Tensor, "n size"], made: Float[Tensor, "m size"], nearest: int = 5) -> Float[Tensor, " m"]:
    """How far each sample lies from its nearest real pictures, in units of how far those lie from each other."""
    scale = real.std(0).clamp(min=1e-6)
    real, made = real / scale, made / scale
    usual = torch.cdist(real, real).topk(nearest + 1, largest=False).values[:, 1:].mean()
    return torch.cdist(made, real).topk(nearest, largest=False).values.mean(1) / usual


# Noise


class NoiseStudy(NamedTuple):
    """What noise changes beside what codes change.

    Attributes:
        without: pictures without noise.
        two: the same codes with two draws of noise.
        deviation: of each pixel over draws of noise, mean over the colours, 0 to 255.
        numbers: ``noise_share``, the root mean square of the difference of two draws of noise as a share of that of two
            codes; ``noise_labels`` and ``code_labels``, the share of the pixels that change their class;
            ``noise_in_details``, the mean deviation in small things (eyes, mouth, hat or glasses) over that elsewhere.
    """

    without: Pictures
    two: UInt8[Tensor, "two n 3 side side"]
    deviation: Float[Tensor, "n side side"]
    numbers: dict[str, float]


def noise_study(prior: Prior, segmenter: Segmenter, n: int = 64, draws: int = 8, psi: float = 0.7) -> NoiseStudy:
    """Draw the same codes with several draws of noise; the first difference is against other codes."""
    codes = prior.codes(n, psi, seed=0)
    drawn = torch.stack([prior.draw(codes, seed) for seed in range(draws)])  # (draws, n, 3, side, side)
    others = prior.draw(prior.codes(n, psi, seed=1), seed=0)
    apart = [(each.float() - drawn[0].float()).square().mean().sqrt() for each in (drawn[1], others)]
    labels = [labels_of(segmenter, each) for each in (drawn[0], drawn[1], others)]
    changed = [float((each != labels[0]).float().mean()) for each in labels[1:]]
    deviation = drawn.float().std(0).mean(1)  # (n, side, side)
    numbers = {
        "noise_share": float(apart[0] / apart[1].clamp(min=1e-6)),
        "noise_labels": changed[0],
        "code_labels": changed[1],
        "noise_in_details": concentration(deviation, labels[0]),
    }
    return NoiseStudy(prior.draw(codes), drawn[:2], deviation, numbers)


DETAILS = ("eyes", "mouth", "accessory")
"""Classes of small things."""


def concentration(values: Float[Tensor, "n side side"], labels: Int[Tensor, "n side side"]) -> float:
    """Mean of the values in small things over that elsewhere; 1 where one of the two is not there."""
    inside = torch.isin(labels, torch.tensor([LABELS.index(name) for name in DETAILS]))
    if not inside.any() or inside.all():
        return 1.0
    return float(values[inside].mean() / values[~inside].mean().clamp(min=1e-6))


# W


Distance = Callable[[Tensor, Tensor], Float[Tensor, " n"]]


def perceptual_length(
    prior: Prior, segmenter: Segmenter, space: str, n: int = 300, step: float = 1e-2, seed: int = 0
) -> float:
    """Perceptual path length (Karras et al. 2019, section 4.1): how fast the picture changes on the way between two
    codes, d(G(t), G(t + step)) / step^2 at random places, as a mean.

    Ways are arcs in z and straight lines in w. The distance is the segmenter's; the most extreme values, one per cent
    at each end, are left out, as in the paper's code.
    """
    draws = torch.Generator().manual_seed(seed)
    ends = torch.randn(2, n, prior.config.latent_dim, generator=draws)
    place = torch.rand(n, 1, generator=draws)
    near = [on_the_way(prior, *ends, each, space) for each in (place, place + step)]
    found = []
    for first, second in zip(*(each.split(analysis.BATCH) for each in near)):
        found.append(feature_distance(*(maps_of(prior, segmenter, w) for w in (first, second))))
    lengths = torch.cat(found).sort().values / step**2
    cut = n // 100
    return float(lengths[cut : n - cut].mean())


@torch.no_grad()
def maps_of(prior: Prior, segmenter: Segmenter, w: Float[Tensor, "n latent"]) -> list[Tensor]:
    """The segmenter's maps of what is drawn from w, not rounded to bytes."""
    return segmenter.features(prior.generator.synthesis(prior.generator.spread(w)))


@torch.no_grad()
def on_the_way(
    prior: Prior, start: Float[Tensor, "n latent"], end: Float[Tensor, "n latent"], place: Tensor, space: str
) -> Float[Tensor, "n latent"]:
    """w at these places, 0 to 1, of the ways between two z: along the arc of z, or along the straight line of w."""
    mapping = prior.generator.mapping
    return mapping(slerp(start, end, place)) if space == "z" else torch.lerp(mapping(start), mapping(end), place)


def slerp(start: Float[Tensor, "n latent"], end: Float[Tensor, "n latent"], place: Tensor) -> Tensor:
    """Directions on the arc between two (the mapping sees only the direction of z)."""
    start, end = F.normalize(start, dim=1), F.normalize(end, dim=1)
    angle = (start * end).sum(1, keepdim=True).clamp(-1, 1).acos()
    return (((1 - place) * angle).sin() * start + (place * angle).sin() * end) / angle.sin().clamp(min=1e-6)


def evenness(prior: Prior, n: int = 64, seed: int = 0) -> float:
    """Deviation of path lengths ``|J^T y|`` over codes, as a share of their mean; the regulariser wants it to be 0."""
    draws = torch.Generator().manual_seed(seed)
    found = []
    for size in (len(part) for part in torch.arange(n).split(16)):
        z = torch.randn(size, prior.config.latent_dim, generator=draws)
        ws = prior.generator.spread(prior.generator.mapping(z)).clone().requires_grad_(True)
        pictures = prior.generator.synthesis(ws)
        found.append(path_lengths(pictures, ws, torch.randn(pictures.shape, generator=draws)).detach())
    lengths = torch.cat(found)
    return float(lengths.std() / lengths.mean().clamp(min=1e-9))


def readable(prior: Prior, judges: Judges, n: int = 1_000, seed: int = 0) -> dict[str, dict[str, float]]:
    """How well a straight line in z or in w says what a picture shows: R^2 of a ridge regression on codes left out.

    Returns:
        For "z" and "w" a number for each of :data:`~ganbook.chapters.style_prior.analysis.MEASURES` that varies; at
        least 0.
    """
    z = torch.randn(n, prior.config.latent_dim, generator=torch.Generator().manual_seed(seed))
    z = z * z.square().mean(1, keepdim=True).rsqrt()  # as the mapping sees it
    with torch.no_grad():
        w = prior.generator.mapping(z)
    values = analysis.measured(*judges, prior.draw(w))
    varies = [number for number, deviation in enumerate(values.std(0)) if deviation > 1e-4]
    found = {}
    for name, codes in {"z": z, "w": w}.items():
        explained = explained_by(codes, values[:, varies])
        found[name] = {analysis.MEASURES[number]: float(value) for number, value in zip(varies, explained)}
    return found


def explained_by(codes: Float[Tensor, "n latent"], values: Float[Tensor, "n measures"]) -> Float[Tensor, " measures"]:
    """R^2 of a ridge regression that learned from three of four codes, on the others; at least 0."""
    learned = 3 * len(codes) // 4
    x = ((codes - codes[:learned].mean(0)) / codes[:learned].std(0).clamp(min=1e-6)).double()
    y = (values - values[:learned].mean(0)).double()
    ridge = 0.03 * learned * torch.eye(x.shape[1], dtype=x.dtype)
    weights = torch.linalg.solve(x[:learned].T @ x[:learned] + ridge, x[:learned].T @ y[:learned])
    left = y[learned:] - x[learned:] @ weights
    usual = y[learned:].var(0, unbiased=False).clamp(min=1e-12)
    return (1 - left.square().mean(0) / usual).clamp(min=0).float()


# Directions


@torch.no_grad()
def random_directions(found: Directions, seed: int = 0) -> Directions:
    """As many orthogonal directions at random, for steps as long as those along the principal ones."""
    draws = torch.Generator().manual_seed(seed)
    return replace(found, axes=torch.linalg.qr(torch.randn(found.axes.shape, generator=draws)).Q)


PLAIN = {
    "head to the right": ("head to the right", "head to the left"),
    "head down": ("head down", "head up"),
    "head size": ("larger head", "smaller head"),
    "turned": ("turned to the right", "turned to the left"),
    "tilted": ("tilted to the right", "tilted to the left"),
    "accessory area": ("more hat or glasses", "less hat or glasses"),
}
"""Of a measure what more and what less of it are called."""


def in_words(name: str) -> str:
    """A direction's name as :func:`~ganbook.chapters.style_prior.analysis.names` gives it, in plain words."""
    if ": " not in name:
        return name
    way, measure = name.split(": ")
    part = measure.removesuffix(" area")
    return PLAIN.get(measure, (f"more {part}", f"less {part}"))[way == "less"]


def strongest(effects: Float[Tensor, "count measures"]) -> float:
    """The largest effect of each direction, as a mean over the directions."""
    return float(effects.abs().amax(1).mean())


# Projection


SPACES = {"w": "W", "w+": "W+"}


class Found(NamedTuple):
    """What :func:`projections` found of one set of pictures.

    Attributes:
        by_space: by "w" and "w+".
        psnr: of each picture, in dB.
        layout: share of the pixels that keep their class.
        away: how far the codes are from the average w, root of the mean square, in deviations of w.
    """

    by_space: dict[str, Projected]
    psnr: dict[str, list[float]]
    layout: dict[str, float]
    away: dict[str, float]


def projections(
    prior: Prior, loss_segmenter: Segmenter, segmenter: Segmenter, pictures: Pictures, steps: int, seed: int = 0
) -> Found:
    """Look for pictures in W and in W+.

    Args:
        prior: its generator draws them.
        loss_segmenter: its features are in the loss.
        segmenter: the one that measures.
        pictures: what is looked for.
        steps: of each search.
        seed: of the search.
    """
    distance = perceptual_distance(loss_segmenter.features)
    wanted, generator = from_bytes(pictures), prior.generator
    deviation = projection.w_statistics(generator, torch.Generator().manual_seed(seed), 2_000)[1]
    found = {space: projection.project(generator, wanted, distance, space, steps, seed=seed) for space in SPACES}
    labels = labels_of(segmenter, pictures)
    drawn = {space: to_bytes(each.pictures) for space, each in found.items()}
    apart = {space: (each.ws - generator.mapping.mean).square().mean().sqrt() for space, each in found.items()}
    return Found(
        found,
        {space: psnr(each.numpy(), pictures.numpy()).tolist() for space, each in drawn.items()},
        {space: float((labels_of(segmenter, each) == labels).float().mean()) for space, each in drawn.items()},
        {space: float(each) / max(deviation, 1e-9) for space, each in apart.items()},
    )


# The training


class Course(NamedTuple):
    """What was drawn of the same z during a training, at truncation 0.7 and without noise.

    Attributes:
        pictures: by moment.
        steps: of each moment.
    """

    pictures: UInt8[np.ndarray, "moments n side side 3"]
    steps: list[int]


def course(folder: str | Path, moments: int) -> Course | None:
    """Some moments of the film that is shipped with a prior, cut into its samples; None if there is no film."""
    if not (Path(folder) / "previews.webp").is_file():
        return None
    film, run = training.read_film(folder), training.read_run(folder)
    chosen = np.unique(np.linspace(0, len(film) - 1, moments).round().astype(int))
    film, steps = film[chosen], [run["previews"][each] for each in chosen]
    side = 4 * 2 ** (len(run["config"]["channels"]) - 1)
    rows, columns = film.shape[1] // side, film.shape[2] // side
    cut = film.reshape(len(film), rows, side, columns, side, 3).swapaxes(
        2, 3
    )  # (moments, rows, columns, side, side, 3)
    return Course(cut[:, 1:].reshape(len(film), -1, side, side, 3), steps)  # the first row is of renders


def areas_over_training(found: Course, segmenter: Segmenter, real: Float[Tensor, " classes"]) -> dict[str, list[float]]:
    """The area of each class at each moment, as a share of that in renders."""
    areas = torch.stack([class_areas(labels_of(segmenter, each)) / real for each in moments_of(found)])
    return {label: areas[:, number].tolist() for number, label in enumerate(LABELS)}


def kid_over_training(found: Course, segmenter: Segmenter, real: Float[Tensor, "n size"]) -> list[float]:
    """1,000 KID of the film's samples to renders with these features, at each moment; of few samples, so rough."""
    return [1e3 * kernel_distance(real, features_of(segmenter, each)) for each in moments_of(found)]


def moments_of(found: Course) -> list[Pictures]:
    """The pictures of each moment as tensors."""
    return list(torch.from_numpy(found.pictures).movedim(-1, 2).contiguous())


# The numbers of claims


def claim_numbers(prior: Prior, judges: Judges, real: Pictures, n: int = 200) -> dict[str, float]:
    """The numbers on which the chapter's claims rest, of one trained prior; for its record, too.

    Args:
        prior: as trained.
        judges: that never were in a loss.
        real: unseen renders; the first ``COMPARED`` are used.
        n: ways or codes of each study.

    Returns:
        Shares of change by groups of layers (``coarse_pose``, ``fine_colours`` ...); precision, recall and KID at
        truncations 1 and 0.5; what noise changes; path lengths in z and w; R^2 of what is read off z and w; effects of
        principal and of random directions.
    """
    generator, few = prior.generator, max(2, n // 5)
    groups = layer_groups(generator.synthesis.styles)
    numbers = {
        f"{group}_{kind}": value
        for group, kinds in changes(prior, judges, groups, few).items()
        for kind, value in kinds.items()
    }
    for psi, found in truncations(prior, judges.segmenter, real[:COMPARED], (1.0, 0.5)).items():
        numbers |= {f"{name}_psi_{round(100 * psi)}": value for name, value in found.items()}
    numbers |= noise_study(prior, judges.segmenter, few, draws=2).numbers
    numbers |= {f"path_{space}": perceptual_length(prior, judges.segmenter, space, n) for space in ("z", "w")}
    numbers["path_evenness"] = evenness(prior, few)
    for space, found in readable(prior, judges, 3 * n).items():
        numbers[f"readable_{space}"] = float(np.mean(list(found.values())))
    principal = analysis.directions(generator, 2_000)
    for name, found in {"principal": principal, "random": random_directions(principal)}.items():
        numbers[f"effect_{name}"] = strongest(analysis.effects(generator, *judges, found, 5, max(2, few // 2)))
    return numbers


GROUPS = ("coarse", "middle", "fine")
"""As Karras et al. 2019 call them."""


def layer_groups(styles: int) -> dict[str, list[int]]:
    """Layers by the name of their group, about a third of the resolutions each: at 64 pixels 4 to 8, 16 to 32, 64."""
    sides = [4 * 2 ** min((number + 1) // 2, styles // 2 - 1) for number in range(styles)]
    parts = np.array_split(sorted(set(sides)), len(GROUPS))
    groups = {name: [n for n, side in enumerate(sides) if side in part] for name, part in zip(GROUPS, parts)}
    return {name: layers for name, layers in groups.items() if layers}
