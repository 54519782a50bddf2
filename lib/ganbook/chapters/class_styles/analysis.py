"""How well styles of classes work: layouts kept, changes where they belong, levels in order, codes that say something.

Pictures are uint8, 0 to 255; changes are mean absolute differences as a share of that range. A class that is too thin
to have an inside, as eyes at 64 pixels, has no number. Segmenters and features are those of a network that entered no
loss.
"""

import copy
import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int, Integer, UInt8
from torch import Tensor, nn

from ganbook.chapters.class_styles.inference import BATCH, Styler, exchanged
from ganbook.chapters.class_styles.model import Posterior, Styles
from ganbook.data.avatars import Look, Pose, render
from ganbook.data.avatars.label_maps import class_colours
from ganbook.data.avatars.look import FEATURES, TEXTURED
from ganbook.data.pixels import from_bytes, softened, to_bytes
from ganbook.losses import feature_distance
from ganbook.metrics import class_iou, kernel_distance, pooled_features

INNER, OUTER = 2, 3
"""Pixels by which a class is made smaller to be its inside, and larger so that the rest is outside."""

LEAST = 1e-4
"""A change that is none, next to rounding: a fortieth of a step of 1/255."""

LARGE = ("background", "clothes", "skin", "hair", "accessory", "ground", "person", "furniture")
"""Classes with an inside at 64 pixels, of avatars and of scenes."""

TEXTURE_FEATURES = [f"{kind}_{what}" for kind in TEXTURED for what in ("texture", "period", "angle", "phase")]
"""Columns of the renderer's looks that give textures."""

SHOWN = 200
"""Label maps on which changes are measured."""


# Changes, inside and outside a class


def dilated(mask: Bool[Tensor, "n h w"], pixels: int) -> Bool[Tensor, "n h w"]:
    """A region with all that is at most so many pixels away, in rows and columns."""
    return F.max_pool2d(mask[:, None].float(), 2 * pixels + 1, 1, pixels)[:, 0] > 0.5


def eroded(mask: Bool[Tensor, "n h w"], pixels: int) -> Bool[Tensor, "n h w"]:
    """A region without what is at most so many pixels from its edge; the picture's border is no edge."""
    return ~dilated(~mask, pixels)


class Change(NamedTuple):
    """Mean absolute change of each picture, from 0 to 1; nan where there is no such place.

    Attributes:
        inside: (n,), in the class without its edge.
        outside: (n,), away from the class.
    """

    inside: Tensor
    outside: Tensor

    @property
    def leak(self) -> float:
        """Mean change outside as a share of that inside, over pictures that have both.

        What is inside counts as at least ``LEAST``.
        """
        both = ~(self.inside + self.outside).isnan()
        return float(self.outside[both].mean() / self.inside[both].mean().clamp(min=LEAST))


def change(
    before: UInt8[Tensor, "n 3 h w"],
    after: UInt8[Tensor, "n 3 h w"],
    mask: Bool[Tensor, "n h w"],
) -> Change:
    """How much pictures change inside and outside a region of each."""
    apart = (after.float() - before.float()).abs().mean(1) / 255  # (n, h, w)
    inside, outside = eroded(mask, INNER), ~dilated(mask, OUTER)
    return Change(masked_mean(apart, inside), masked_mean(apart, outside))


def masked_mean(values: Float[Tensor, "n h w"], mask: Bool[Tensor, "n h w"]) -> Float[Tensor, " n"]:
    """The mean over a region of each picture; nan for an empty one."""
    return (values * mask).sum((1, 2)) / mask.sum((1, 2))


def restyled(styler: Styler, labels: Integer[Tensor, "n side side"], name: str) -> Change:
    """What new codes of one class change; without those, what a new code of the whole does."""
    styles = styler.drawn(len(labels))
    new = styler.resampled(styles, [name])
    before, after = (styler.paint(labels, each) for each in (styles, new))
    return change(before, after, labels == styler.names.index(name))


def dressed(looks: Look, others: Look) -> Look:
    """The first avatars with the colours and textures of the others, shapes as they are."""
    columns = [number for number, name in enumerate(FEATURES) if name in TEXTURE_FEATURES]
    features = looks.features.clone()
    features[:, columns] = others.features[:, columns]
    return Look(features, others.colours)


def redressed(looks: Look, poses: Pose, side: int) -> tuple[UInt8[Tensor, "n 3 side side"], ...]:
    """Avatars, their label maps, and the same maps in the colours and textures of the avatar before each."""
    others = dressed(looks, Look(looks.features.roll(1, 0), looks.colours.roll(1, 0)))
    one, other = (render(each, poses, side) for each in (looks, others))
    return to_bytes(one.pictures), one.labels, to_bytes(other.pictures)


def renderer_variation(looks: Look, poses: Pose, names: Sequence[str], side: int = 64) -> dict[str, float]:
    """How much each class changes when the renderer gives avatars another's colours and textures, shapes as they are.

    What :func:`restyled` is compared with: a model that changes a class by as much has all the looks that there are.
    """
    before, labels, after = redressed(looks, poses, side)
    changes = {name: change(before, after, labels == number).inside for number, name in enumerate(names)}
    return {name: float(found.nanmean()) for name, found in changes.items()}


def renderer_transfer(looks: Look, poses: Pose, names: Sequence[str], side: int = 64) -> dict[str, float]:
    """How the mean colour of each class follows that in the reference where the renderer itself transfers it.

    What :func:`transfer` is compared with. It is below 1 for a class that holds several things, as hats and glasses,
    whose colours the renderer keeps apart. A model that paints them alike can have more.
    """
    pictures, labels, after = redressed(looks, poses, side)
    wanted, made = class_colours(pictures, labels, len(names)).roll(1, 0), class_colours(after, labels, len(names))
    return {name: correlation(wanted[:, number], made[:, number]) for number, name in enumerate(names)}


def swapped(styler: Styler, labels: Integer[Tensor, "n side side"], name: str) -> Change:
    """What changes when each picture gets the codes that the picture before it has for one class."""
    styles = styler.drawn(len(labels))
    partners = Styles(*(each.roll(1, 0) for each in styles))
    new = exchanged(styles, partners, styler.chosen([name]))
    return change(styler.paint(labels, styles), styler.paint(labels, new), labels == styler.names.index(name))


# Layout and likeness


@torch.no_grad()
def layout(
    segmenter: nn.Module, pictures: UInt8[Tensor, "n 3 side side"], labels: Integer[Tensor, "n side side"], classes: int
) -> dict[str, float]:
    """How well pictures keep their label maps, read by a segmenter: mean IoU over classes, and share of the pixels."""
    found = torch.cat([segmenter(from_bytes(part)).argmax(1) for part in pictures.split(BATCH)])
    return {
        "miou": float(class_iou(found, labels, classes).nanmean()),
        "pixel_accuracy": float((found == labels).float().mean()),
    }


@torch.no_grad()
def features(segmenter: nn.Module, pictures: UInt8[Tensor, "n 3 side side"]) -> Float[Tensor, "n size"]:
    """One vector a picture, for distances between sets."""
    return torch.cat([pooled_features(segmenter.features(from_bytes(part))) for part in pictures.split(BATCH)])


@torch.no_grad()
def variety(styler: Styler, segmenter: nn.Module, labels: Integer[Tensor, "n side side"]) -> tuple[float, float]:
    """How different two pictures of one label map are: in features (the form of LPIPS), and as a share of the range."""
    one, other = (styler.paint(labels, styler.drawn(len(labels), seed)) for seed in (0, 1))
    apart = [
        feature_distance(*(segmenter.features(from_bytes(part)) for part in parts))
        for parts in zip(one.split(BATCH), other.split(BATCH))
    ]
    return float(torch.cat(apart).mean()), float((one.float() - other.float()).abs().mean() / 255)


@torch.no_grad()
def statistics_gap(styler: Styler, labels: Integer[Tensor, "n side side"]) -> float:
    """How different pictures are when batch normalisation uses the statistics of the batch, as in training; 0 without.

    The pitfall of SPADE: kept statistics that do not fit show in pictures that training never saw.
    """
    generator = copy.deepcopy(styler.generator)
    for module in generator.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.train()
    styles = styler.drawn(len(labels))
    kept = styler.paint(labels, styles).float()
    of_batches = Styler(styler.config, styler.encoder, generator, styler.names).paint(labels, styles).float()
    return float((kept - of_batches).abs().mean() / 255)


# Levels


def spectral_centroid(maps: Float[Tensor, "n channels side side"]) -> Float[Tensor, " n"]:
    """The mean frequency of each picture in cycles a width, weighted by power; nan where all is 0."""
    side = maps.shape[-1]
    cycles = torch.fft.fftfreq(side) * side
    radius = (cycles[:, None].square() + cycles[None].square()).sqrt()
    power = torch.fft.fft2(maps.float()).abs().square().sum(1)  # (n, side, side)
    return (power * radius).sum((1, 2)) / power.sum((1, 2))


def level_centroids(styler: Styler, labels: Integer[Tensor, "n side side"]) -> Float[Tensor, "codes n"]:
    """The mean frequency of what new codes of all classes change at each level, from the finest to the coarsest."""
    styles = styler.drawn(len(labels))
    before = styler.paint(labels, styles).float()
    changed = (styler.paint(labels, styler.resampled(styles, levels=[level])) for level in range(styler.config.codes))
    return torch.stack([spectral_centroid(each.float() - before) for each in changed])


def finer(fine: Float[Tensor, " n"], coarse: Float[Tensor, " n"]) -> float:
    """The p value of Wilcoxon's signed-rank test that the first are not larger than the second, pair by pair."""
    from scipy.stats import wilcoxon

    both = ~(fine + coarse).isnan()
    if not both.any() or bool((fine == coarse)[both].all()):
        return 1.0
    return float(wilcoxon(fine[both].numpy(), coarse[both].numpy(), alternative="greater").pvalue)


# Transfer


def correlation(first: Float[Tensor, "n 3"], second: Float[Tensor, "n 3"]) -> float:
    """Pearson's correlation of two lists of colours, a mean over the channels; rows with nan are left out.

    0 for colours that are all the same.
    """
    there = ~(first + second).isnan().any(1)
    first, second = (each[there] - each[there].mean(0) for each in (first, second))
    first, second = (each / each.norm(dim=0).clamp(min=LEAST) for each in (first, second))
    return float((first * second).sum(0).mean())


def transfer(
    styler: Styler, pictures: UInt8[Tensor, "n 3 side side"], labels: Integer[Tensor, "n side side"], name: str
) -> tuple[float, Change]:
    """One class's codes, read off the picture before each, on label maps with drawn codes.

    Returns:
        How the class's mean colour in what is painted follows that in the reference, a correlation; and what changes.
    """
    number, n = styler.names.index(name), len(styler.names)
    found = styler.read(pictures, labels)
    references = Posterior(
        *(Styles(*(each.roll(1, 0) for each in part)) for part in found[:2]), found.present.roll(1, 0)
    )
    styles = styler.drawn(len(labels))
    new = exchanged(styles, references.mean, styler.chosen([name]), present=references.present)
    before, after = styler.paint(labels, styles), styler.paint(labels, new)
    wanted, made = class_colours(pictures, labels, n).roll(1, 0)[:, number], class_colours(after, labels, n)[:, number]
    return correlation(wanted, made), change(before, after, labels == number)


# Codes


def active_units(posterior: Posterior, least: float = 0.01) -> Int[Tensor, "codes classes"]:
    """Dimensions of each code whose mean varies over pictures of the class: Var mu > ``least``.

    The rest say nothing (Burda et al. 2016, section 5). Fewer than two pictures: none.
    """
    mean = posterior.mean.local  # (n, codes, classes, code)
    present = posterior.present[..., None]  # (n, codes, classes, 1)
    count = present.sum(0)
    middle = (mean * present).sum(0) / count.clamp(min=1)
    variance = ((mean - middle).square() * present).sum(0) / (count - 1).clamp(min=1)
    return ((variance > least) & (count > 1)).sum(2)


def colour_probe(
    posterior: Posterior, colours: Float[Tensor, "n classes 3"], number: int, ridge: float = 1e-2
) -> float:
    """How well a linear map tells a class's mean colour from its codes: R^2 on the other half.

    It is fitted to the first half of the pictures.

    Args:
        posterior: of n pictures.
        colours: from :func:`~ganbook.data.avatars.label_maps.class_colours`; pictures
            without the class are left out.
        number: of the class.
        ridge: penalty on the map's squared weights.
    """
    there = ~colours[:, number].isnan().any(1)
    codes = posterior.mean.local[there, :, number].flatten(1).double()  # (m, codes * code)
    wanted, half = colours[there, number].double(), int(there.sum()) // 2
    codes = torch.cat([codes, torch.ones(len(codes), 1, dtype=torch.float64)], 1)
    known, told = codes[:half], wanted[:half]
    penalty = ridge * torch.eye(codes.shape[1], dtype=torch.float64)
    weights = torch.linalg.solve(known.T @ known + penalty, known.T @ told)
    rest, true = codes[half:] @ weights, wanted[half:]
    return float(1 - (rest - true).square().sum() / (true - true.mean(0)).square().sum())


# All of it


def styler_numbers(
    styler: Styler,
    segmenter: nn.Module,
    pictures: UInt8[Tensor, "n 3 side side"],
    labels: Integer[Tensor, "n side side"],
) -> dict[str, float]:
    """What a record says of a model, on pictures that it has not seen: see the functions above for each number.

    Returns:
        ``miou``, ``pixel_accuracy``, ``kid_1e3`` of pictures with codes of the fitted prior, and for comparison
        ``kid_1e3_unfitted`` with codes of N(0, I), ``kid_1e3_own`` with codes of a picture's own posterior, and
        ``miou_data`` and ``kid_1e3_blurred`` of the data, as they are and blurred; ``variety`` and
        ``variety_pixels``; ``statistics_gap``; for each large class ``inside_<class>``, ``leak_<class>``,
        ``swap_leak_<class>``, and as far as the model has codes of classes ``colour_<class>``,
        ``transfer_leak_<class>``, ``active_<class>`` and ``probe_<class>``; ``centroid_<level>``,
        ``active_level_<level>``, and ``finer_p``, of the finest and the coarsest level that have active units.
        What there is not, such as the frequency of a change where nothing changes, is left out.
    """
    n, maps = len(styler.names), labels[:SHOWN]
    own, draws = styler.read(pictures, labels), torch.Generator().manual_seed(0)
    codes = {
        "": styler.drawn(len(labels)),
        "_unfitted": styler.noise(len(labels)),
        "_own": own.sample(Styles(*(torch.randn(each.shape, generator=draws) for each in own.mean))),
    }
    made = {end: styler.paint(labels, each) for end, each in codes.items()}
    numbers = layout(segmenter, made[""], labels, n)
    numbers |= {f"{name}_data": value for name, value in layout(segmenter, pictures, labels, n).items()}
    of_data, compared = features(segmenter, pictures), made | {"_blurred": to_bytes(softened(from_bytes(pictures)))}
    numbers |= {
        f"kid_1e3{end}": 1e3 * kernel_distance(of_data, features(segmenter, each)) for end, each in compared.items()
    }
    numbers["variety"], numbers["variety_pixels"] = variety(styler, segmenter, maps)
    numbers["statistics_gap"] = statistics_gap(styler, maps)
    large = [name for name in LARGE if name in styler.names]
    inside = [name for name in large if eroded(labels == styler.names.index(name), INNER).any()]
    for name in inside:
        found = restyled(styler, maps, name)
        numbers |= {f"inside_{name}": float(found.inside.nanmean()), f"leak_{name}": found.leak}
    if styler.config.codes:
        numbers |= code_numbers(styler, pictures, labels, inside)
    return {name: value for name, value in numbers.items() if math.isfinite(value)}


def code_numbers(
    styler: Styler,
    pictures: UInt8[Tensor, "n 3 side side"],
    labels: Integer[Tensor, "n side side"],
    inside: Sequence[str],
) -> dict[str, float]:
    """What :func:`styler_numbers` says of codes of classes, for these classes."""
    numbers, few, maps = {}, pictures[:SHOWN], labels[:SHOWN]
    posterior, colours = styler.read(pictures, labels), class_colours(pictures, labels, len(styler.names))
    active = active_units(posterior)
    for name in inside:
        number = styler.names.index(name)
        follows, moved = transfer(styler, few, maps, name)
        numbers |= {f"colour_{name}": follows, f"transfer_leak_{name}": moved.leak}
        numbers[f"swap_leak_{name}"] = swapped(styler, maps, name).leak
        numbers[f"active_{name}"] = float(active[:, number].sum())
        numbers[f"probe_{name}"] = colour_probe(posterior, colours, number)
    centroids = level_centroids(styler, maps)
    numbers |= {f"centroid_{level}": float(each.nanmean()) for level, each in enumerate(centroids)}
    numbers |= {f"active_level_{level}": float(each.sum()) for level, each in enumerate(active)}
    if len(centroids) > 1:
        speaking = centroids[active.any(1)]
        numbers["finer_p"] = finer(speaking[0], speaking[-1]) if len(speaking) > 1 else 1.0
    return numbers
