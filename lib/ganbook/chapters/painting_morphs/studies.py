"""The paper's experiment with its controls, in numbers: pictures found in latent space, and what lies between them."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from ganbook import training
from ganbook.chapters.painting_morphs import analysis, morphs
from ganbook.chapters.painting_morphs.config import ProgressiveConfig
from ganbook.chapters.painting_morphs.growth import phase_at
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.morphs import Located, Morphs, Pairs
from ganbook.chapters.painting_morphs.projection import Projected, nearest_samples, project
from ganbook.chapters.painting_morphs.regressor import YearReader
from ganbook.chapters.painting_morphs.sphere import slerp
from ganbook.chapters.painting_morphs.style_axis import StyleAxis, walk
from ganbook.data.paintings import Paintings
from ganbook.data.pixels import from_bytes, to_bytes


def projection_study(
    painter: Painter,
    reader: YearReader,
    sets: Mapping[str, UInt8[Tensor, "n 3 side side"]],
    begin: Callable[[UInt8[Tensor, "n 3 side side"]], Float[Tensor, "n latent"]] | None = None,
    **how: object,
) -> tuple[dict[str, Projected], dict[str, float]]:
    """Project several sets of pictures, such as own samples, held-out pictures and pictures of another painter.

    Args:
        sets: pictures, 0 to 255, by their name.
        begin: pictures -> where the first start of each is, as an encoder says; else at the nearest of some samples.
        how: see :func:`ganbook.chapters.painting_morphs.projection.project`.

    Returns:
        What was found, by the same names; and the numbers of
        :func:`ganbook.chapters.painting_morphs.analysis.projection_numbers`, such as ``psnr_NAME``.
    """
    found = {}
    for name, pictures in sets.items():
        wanted = from_bytes(pictures)
        start = begin(pictures) if begin else nearest_samples(painter, wanted)
        found[name] = project(painter, wanted, start, **how)
    numbers = {name: analysis.projection_numbers(found[name].pictures, sets[name], reader) for name in sets}
    return found, named(numbers)


Period = tuple[float, float]

PERIODS: tuple[Period, Period] = (-math.inf, 1886.0), (1888.0, math.inf)
"""The paper's: 1885 or before, and 1888 or later."""

OF_EACH = 20
"""Pictures of each period that are morphed."""

STEPS = 120
"""For so long each of them is looked for."""


def periods(years: Float[Tensor, " n"]) -> tuple[Period, Period]:
    """The paper's periods where there are pictures of both, else the earliest and the latest third."""
    (_, last), (first, _) = PERIODS
    if min((years < last).sum(), (years >= first).sum()) >= morphs.FEWEST:
        return PERIODS
    last, first = years.quantile(torch.tensor([1 / 3, 2 / 3])).tolist()
    return (-math.inf, last), (first, math.inf)


def locate(painter: Painter, paintings: Paintings, n: int = OF_EACH, steps: int = STEPS) -> tuple[Located, Projected]:
    """The first n paintings of each period, found in latent space; the search begins at the nearest of some samples."""
    years = paintings.years
    index = [torch.nonzero((years >= first) & (years < last))[:n, 0] for first, last in periods(years)]
    index = torch.cat(index)
    wanted = F.adaptive_avg_pool2d(from_bytes(paintings.pictures[index]), painter.side)
    found = project(painter, wanted, nearest_samples(painter, wanted), restarts=1, steps=steps)
    return Located(to_bytes(wanted), years[index], found.latents), found


def paper_numbers(
    painter: Painter, reader: YearReader, paintings: Paintings, n: int = OF_EACH, steps: int = STEPS
) -> dict[str, float]:
    """What the records hold of a painter: how near projections come, and the years of morphs, see :func:`morph_study`.

    Projections of paintings have the names of :func:`ganbook.chapters.painting_morphs.analysis.projection_numbers`.
    """
    located, found = locate(painter, paintings, n, steps)
    _, _, numbers = morph_study(painter, reader, located, *periods(paintings.years))
    return analysis.projection_numbers(found.pictures, located.pictures, reader) | numbers


class Frames(NamedTuple):
    """Pictures between two, and the year that each should look like.

    Attributes:
        pictures: uint8 (morphs, frames, 3, side, side).
        years: (morphs, frames).
    """

    pictures: Tensor
    years: Tensor


def frames_of(painter: Painter, found: Morphs) -> Frames:
    """Morphs, drawn."""
    return Frames(found.draw(painter), found.years)


def faded(frames: Frames) -> Frames:
    """A control: the same first and last frames, and pixels mixed between them."""
    first, last = frames.pictures[:, 0], frames.pictures[:, -1]
    return Frames(morphs.cross_fade(first, last, frames.pictures.shape[1]), frames.years)


def walked(axis: StyleAxis, start: Located, years: Float[Tensor, "morphs frames"]) -> Morphs:
    """From each start picture along the style axis, by as many years as morphs go."""
    more = (years - years[:, :1]).unbind(0)
    ways = [walk(axis, latents[None], offsets)[0] for latents, offsets in zip(start.latents, more)]
    return Morphs(torch.stack(ways), years)


def morph_study(
    painter: Painter,
    reader: YearReader,
    located: Located,
    start: Period,
    end: Period,
    axis: StyleAxis | None = None,
    frames: int = 17,
    seed: int = 0,
) -> tuple[Pairs, dict[str, Frames], dict[str, float]]:
    """Morph the pictures of one period into those of another, and read the years of all frames.

    Args:
        located: pictures found in latent space.
        start, end: periods, each from its first year up to, not including, its last.
        axis: fitted on other pictures, to be walked along beside the morphs.
        frames: of each morph.
        seed: of the controls.

    Returns:
        The pairs that were chosen; frames by their names: "alike" pairs, "random" pairs of the same pictures, "faded"
        (pixels of alike pairs), a "detour" through random points, "shuffled" dates, "mean" of the periods, and "axis"
        if there is one; and their numbers: those of
        :func:`ganbook.chapters.painting_morphs.analysis.year_numbers`, ``smooth``, the mean of
        :func:`ganbook.chapters.painting_morphs.analysis.smoothness`, both with the names, such as
        ``year_slope_alike``; ``pairs_gain`` of mean absolute errors in years; and ``alone``, the share of pictures
        without a counterpart.

    Raises:
        UserError: periods that cannot be morphed, see :mod:`ganbook.chapters.painting_morphs.morphs`.
    """
    first, last = (morphs.period(located, *years) for years in (start, end))
    pairs = morphs.alike_pairs(first, last)
    random = morphs.random_pairs(pairs, first, last, seed)
    ways = {
        "alike": morphs.morph(first[pairs.start], last[pairs.end], frames),
        "random": morphs.morph(first[random.start], last[random.end], frames),
        "detour": detour(first[pairs.start], last[pairs.end], frames, painter.latents(len(pairs), seed)),
        "shuffled": shuffled_morphs(located, start, end, frames, seed),
        "mean": morphs.mean_morph(first, last, frames),
    }
    if axis is not None:
        ways["axis"] = walked(axis, first[pairs.start], ways["alike"].years)
    shown = {name: frames_of(painter, way) for name, way in ways.items()}
    shown["faded"] = faded(shown["alike"])
    read = {name: analysis.read_years(reader, each.pictures) for name, each in shown.items()}
    numbers = {
        name: {
            **analysis.year_numbers(read[name], each.years),
            "smooth": float(analysis.smoothness(reader, each.pictures).mean()),
        }
        for name, each in shown.items()
    }
    errors = [analysis.year_errors(read[name], shown[name].years) for name in ("alike", "random")]
    alone = len(pairs.start_alone) + len(pairs.end_alone)
    gain = {**analysis.pairs_gain(*errors), "alone": alone / (len(first) + len(last))}
    return pairs, shown, named(numbers) | gain


def detour(start: Located, end: Located, frames: int, via: Float[Tensor, "morphs latent"]) -> Morphs:
    """A control: the same ends, but the way leads through other points, where the middle frame is."""
    half = frames // 2
    there = slerp(start.latents, via, torch.linspace(0, 1, half + 1))
    back = slerp(via, end.latents, torch.linspace(0, 1, frames - half))
    return Morphs(torch.cat([there, back[:, 1:]], 1), morphs.morph(start, end, frames).years)


def shuffled_morphs(located: Located, start: Period, end: Period, frames: int, seed: int) -> Morphs:
    """A control: the same periods and pairing, but each picture has the date of another one."""
    first, last = (morphs.period(morphs.shuffled(located, seed), *years) for years in (start, end))
    pairs = morphs.alike_pairs(first, last)
    return morphs.morph(first[pairs.start], last[pairs.end], frames)


class Course(NamedTuple):
    """What was painted of the same z during a training.

    Attributes:
        pictures: uint8 (moments, n, side, side, 3).
        told: when each moment was, and how large pictures were.
    """

    pictures: UInt8[np.ndarray, "moments n side side 3"]
    told: list[str]


def course(folder: str | Path, config: ProgressiveConfig, moments: int, n: int = 8) -> Course | None:
    """Some moments of the film that is shipped with a Progressive GAN, and of each the first n samples; None if there
    is no film.
    """
    if not (Path(folder) / "previews.webp").is_file():
        return None
    film, steps, side = training.read_film(folder), training.read_run(folder)["previews"], config.resolution
    chosen = np.unique(np.linspace(1, len(steps) - 1, moments).round().astype(int))
    rows = film[chosen, side : 2 * side, : n * side]  # below the paintings; (moments, side, n side, 3)
    pictures = rows.reshape(len(chosen), side, n, side, 3).swapaxes(1, 2)
    told = [f"step {steps[each]:,}: {phase_at(config, steps[each]).side} pixels of a side" for each in chosen]
    return Course(pictures, told)


def painted_at_the_end(folder: str | Path, side: int, n: int = 8) -> UInt8[Tensor, "n 3 side side"] | None:
    """The first n samples of the last moment of the film that is shipped with a GAN; None if there is no film."""
    if not (Path(folder) / "previews.webp").is_file():
        return None
    row = training.read_film(folder)[-1, side : 2 * side, : n * side]  # below the paintings; (side, n side, 3)
    return torch.from_numpy(row.reshape(side, n, side, 3)).permute(1, 3, 0, 2).contiguous()


def named(numbers: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Numbers of several kinds in one table: ``{"own": {"psnr": 30}}`` becomes ``{"psnr_own": 30}``."""
    return {f"{key}_{name}": value for name, values in numbers.items() for key, value in values.items()}
