"""The chapter's experiments on a trained model, in numbers and pictures; what a record says of it stands in `analysis`.

Pictures are uint8, 0 to 255; changes are mean absolute differences as a share of that range.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Integer, UInt8
from numpy import ndarray
from torch import Tensor

from ganbook import training
from ganbook.chapters.class_styles.analysis import INNER, LARGE, dressed, eroded, masked_mean
from ganbook.chapters.class_styles.config import START
from ganbook.chapters.class_styles.inference import Styler, exchanged
from ganbook.chapters.class_styles.losses import normal_kl
from ganbook.chapters.class_styles.model import Posterior, Styles, pyramid
from ganbook.data.avatars import LABELS, Look, Pose, render
from ganbook.data.avatars.label_maps import class_colours
from ganbook.data.pixels import to_bytes
from ganbook.metrics import psnr

Pictures = UInt8[Tensor, "n 3 side side"]
Maps = Integer[Tensor, "n side side"]


# One label map, many pictures


def looks_of_one(looks: Look, poses: Pose, n: int, side: int = 64) -> tuple[Pictures, UInt8[Tensor, "side side"]]:
    """The renderer's own pictures of the first avatar's label map, with the colours and textures of the first n."""
    first = Look(looks.features[:1].expand(n, -1), looks.colours[:1].expand(n, -1, -1))
    drawing = render(dressed(first, Look(looks.features[:n], looks.colours[:n])), poses[torch.zeros(n).long()], side)
    return to_bytes(drawing.pictures), drawing.labels[0]


def repeated(styles: Styles, n: int) -> Styles:
    """The codes of one picture, n times."""
    return Styles(*(each.expand(n, *each.shape[1:]) for each in styles))


def between(styles: Styles, other: Styles, chosen: Bool[Tensor, " classes"], shares: Sequence[float]) -> Styles:
    """From one picture's codes to another's, for some classes alone; a picture for each share of the way."""
    places = torch.tensor(shares)[:, None, None, None]
    local = torch.lerp(styles.local, other.local, places)
    way = Styles(styles.whole.expand(len(shares), -1), local)
    return exchanged(repeated(styles, len(shares)), way, chosen)


# What codes are and say


class Axes(NamedTuple):
    """Directions of codes, of length 1.

    Attributes:
        whole: (global), of the picture as a whole.
        local: (codes, classes, count, code), of each class at each level.
    """

    whole: Tensor
    local: Tensor


def principal_axes(posterior: Posterior, count: int) -> Axes:
    """Along which the means of codes vary most, in falling order; any axes for a class that fewer than two hold."""
    mean, present = posterior.mean, posterior.present
    codes, classes = mean.local.shape[1:3]
    local = [
        principal(mean.local[present[:, level, number], level, number])[:count]
        for level in range(codes)
        for number in range(classes)
    ]
    return Axes(principal(mean.whole)[0], torch.stack(local).unflatten(0, (codes, classes)))


def principal(points: Float[Tensor, "n size"]) -> Float[Tensor, "size size"]:
    """Orthonormal directions in falling order of the variance along them, each with its largest part positive."""
    if len(points) < 2:
        return torch.eye(points.shape[1])
    axes = torch.linalg.svd(points - points.mean(0), full_matrices=True).Vh
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    return axes * largest.sign()


def told(posterior: Posterior) -> Float[Tensor, "codes classes"]:
    """KL(q || N(0, I)) of each code in nats, a mean over pictures that hold the class; else nan.

    It is at least what a code says of a picture: a mean of all codes that is not 0 costs nats as well.
    """
    kl = normal_kl(posterior.mean.local, posterior.log_variance.local)  # (n, codes, classes)
    return (kl * posterior.present).sum(0) / posterior.present.sum(0)


def reconstructed(styler: Styler, pictures: Pictures, labels: Maps) -> tuple[Pictures, list[float]]:
    """Pictures of their own label maps and their own codes (means), and their PSNR in dB."""
    made = styler.paint(labels, styler.read(pictures, labels).mean)
    return made, psnr(made.numpy(), pictures.numpy()).tolist()


# Where a change goes


def leak_table(styler: Styler, labels: Maps, names: Sequence[str]) -> Float[Tensor, "changed measured"]:
    """How much new codes of each class change the inside of each class; nan where there is none."""
    styles = styler.drawn(len(labels))
    before = styler.paint(labels, styles).float()
    insides = [eroded(labels == styler.names.index(name), INNER) for name in names]
    rows = []
    for name in names:
        after = styler.paint(labels, styler.resampled(styles, [name])).float()
        apart = (after - before).abs().mean(1) / 255  # (n, side, side)
        rows.append(torch.stack([masked_mean(apart, inside).nanmean() for inside in insides]))
    return torch.stack(rows)


def leak_by_distance(styler: Styler, labels: Maps, name: str, pixels: Sequence[int]) -> Float[Tensor, " distances"]:
    """How much new codes of a class change pixels that lie more than so many pixels away from it; nan for none."""
    mask, styles = labels == styler.names.index(name), styler.drawn(len(labels))
    before, after = (styler.paint(labels, each).float() for each in (styles, styler.resampled(styles, [name])))
    apart = (after - before).abs().mean(1) / 255
    return torch.stack([masked_mean(apart, eroded(~mask, each)).nanmean() for each in pixels])


# Editing the label map


class Kept(NamedTuple):
    """How far the mean colours of classes move, 0 to 1, by class; nan for a class that one of the maps lacks.

    Attributes:
        same: when the label map changes and the codes stay.
        other: when the codes change as well.
    """

    same: dict[str, float]
    other: dict[str, float]


def styles_kept(styler: Styler, before: Maps, after: Maps, names: Sequence[str]) -> Kept:
    """Paint label maps and their edited forms with the same codes, and with others."""
    styles, others = styler.drawn(len(before)), styler.drawn(len(before), seed=1)
    shifts = []
    first = class_colours(styler.paint(before, styles), before, len(styler.names))
    for codes in (styles, others):
        second = class_colours(styler.paint(after, codes), after, len(styler.names))
        apart = (second - first).abs().mean(2).nanmean(0)  # (classes,)
        shifts.append({name: float(apart[styler.names.index(name)]) for name in names})
    return Kept(*shifts)


def grown(labels: Maps, name: str, pixels: int, over: Sequence[str]) -> Maps:
    """Label maps in which a class has grown over others by so many pixels."""
    number, taken = LABELS.index(name), torch.tensor([LABELS.index(each) for each in over])
    near = ~eroded(labels != number, pixels)
    return torch.where(near & torch.isin(labels.long(), taken), torch.full_like(labels, number), labels)


def odd_maps(labels: Integer[Tensor, "side side"], seed: int = 0) -> dict[str, UInt8[Tensor, "side side"]]:
    """Label maps that no avatar has, by what they are, of the size of one that some avatar has."""
    labels, side = labels.to(torch.uint8), len(labels)
    skin, hair, eyes, mouth = (LABELS.index(name) for name in ("skin", "hair", "eyes", "mouth"))
    dot = torch.full_like(labels, skin)
    dot[side // 2, side // 2] = eyes  # an even place, which all levels see
    rows = torch.arange(side)[:, None].expand(side, side)
    draws = torch.Generator().manual_seed(seed)
    squares = torch.randint(len(LABELS), (8, 8), generator=draws).to(torch.uint8)
    return {
        "one class": torch.full_like(labels, hair),
        "eyes of one pixel": dot,
        "upside down": labels.flip(0),
        "all hair is mouth": torch.where(labels == hair, torch.full_like(labels, mouth), labels),
        "stripes": ((rows // (side // 8)) % len(LABELS)).to(torch.uint8),
        "squares at random": squares.repeat_interleave(side // 8, 0).repeat_interleave(side // 8, 1),
    }


def seen_at(labels: Integer[Tensor, "side side"], levels: int) -> dict[int, list[str]]:
    """Which classes each level holds, by its number of pixels a side, the finest first."""
    return {
        each.shape[-1]: [LABELS[number] for number in each.unique().tolist()] for each in pyramid(labels[None], levels)
    }


# Levels


def level_changes(styler: Styler, labels: Maps, levels: Iterable[int]) -> list[Pictures]:
    """Pictures, and for each level what they are with new codes of all classes at that level alone."""
    styles = styler.drawn(len(labels))
    every = [styles, *(styler.resampled(styles, levels=[level]) for level in levels)]
    return [styler.paint(labels, each) for each in every]


def level_sides(styler: Styler) -> list[int]:
    """Pixels of a side at each level, the finest first."""
    levels = styler.config.levels
    return [START * 2 ** (levels - 1 - level) for level in range(styler.config.codes)]


# The numbers of claims


class Renderer(NamedTuple):
    """What the renderer itself does, by class: the yardstick.

    Attributes:
        variation: of :func:`ganbook.chapters.class_styles.analysis.renderer_variation`.
        transfer: of :func:`ganbook.chapters.class_styles.analysis.renderer_transfer`.
    """

    variation: dict[str, float]
    transfer: dict[str, float]


def claim_numbers(numbers: Mapping[str, float], renderer: Renderer | None = None) -> dict[str, float]:
    """What the chapter's claims rest on, from the numbers of a record.

    Args:
        numbers: of :func:`ganbook.chapters.class_styles.analysis.styler_numbers`.
        renderer: for ``inside_share`` and ``colour_share``.

    Returns:
        As they are ``miou``, ``pixel_accuracy``, ``kid_1e3``, ``kid_1e3_unfitted``, ``kid_1e3_own``, ``variety`` and
        ``finer_p``; ``centroid_finest`` and ``centroid_coarsest``, of levels that have active units; of the large
        classes the worst: ``leak`` (largest; ``leak_least`` is the smallest), ``inside_share`` and ``colour_share``
        (smallest; of the renderer's own), ``colour`` (smallest), ``transfer_leak`` and ``swap_leak`` (largest),
        ``active`` and ``probe`` (smallest). What there is not is left out.
    """
    as_they_are = ("miou", "pixel_accuracy", "kid_1e3", "kid_1e3_unfitted", "kid_1e3_own", "variety", "finer_p")
    found = {name: numbers[name] for name in as_they_are if name in numbers}
    speaking = speaking_levels(numbers)
    if len(speaking) > 1:
        finest, *_, coarsest = (numbers[f"centroid_{level}"] for level in speaking)
        found |= {"centroid_finest": finest, "centroid_coarsest": coarsest}
    worst = {"leak": max, "transfer_leak": max, "swap_leak": max, "colour": min, "active": min, "probe": min}
    for kind, extreme in worst.items():
        if values := of_classes(numbers, kind):
            found[kind] = extreme(values.values())
    if leaks := of_classes(numbers, "leak"):
        found["leak_least"] = min(leaks.values())
    for kind, yardstick in zip(("inside", "colour"), renderer or ()):
        if values := of_classes(numbers, kind):
            found[f"{kind}_share"] = min(value / yardstick[name] for name, value in values.items())
    return found


def speaking_levels(numbers: Mapping[str, float]) -> list[int]:
    """Levels at which the codes of some class have active units, and new ones change pictures; the finest first."""
    levels = (level for level in range(len(numbers)) if f"centroid_{level}" in numbers)
    return [level for level in levels if numbers[f"active_level_{level}"] > 0]


def of_classes(numbers: Mapping[str, float], kind: str) -> dict[str, float]:
    """A kind of number by class, for the large ones that have it."""
    return {name: numbers[f"{kind}_{name}"] for name in LARGE if f"{kind}_{name}" in numbers}


# The training


class Course(NamedTuple):
    """The film of a training, cut into its pictures.

    Attributes:
        given: the renders at its top.
        own: of each moment what their own codes give.
        drawn: of each moment what fixed codes of N(0, I) give, one draw after the other.
        steps: of each moment.
    """

    given: UInt8[ndarray, "columns side side 3"]
    own: UInt8[ndarray, "moments columns side side 3"]
    drawn: UInt8[ndarray, "moments n side side 3"]
    steps: list[int]


def course(folder: str | Path, moments: int) -> Course | None:
    """Some moments of the film that is shipped with a model; None if there is no film."""
    if not (Path(folder) / "previews.webp").is_file():
        return None
    film, run = training.read_film(folder), training.read_run(folder)
    chosen = np.unique(np.geomspace(1, len(film), moments).round().astype(int)) - 1
    film, steps = film[chosen], [run["previews"][each] for each in chosen]
    side = run["config"]["resolution"]
    rows = film.shape[1] // side
    cut = film.reshape(len(film), rows, side, -1, side, 3).swapaxes(2, 3)  # (moments, rows, columns, side, ...)
    return Course(cut[0, 0], cut[:, 1], cut[:, 2:].reshape(len(film), -1, side, side, 3), steps)
