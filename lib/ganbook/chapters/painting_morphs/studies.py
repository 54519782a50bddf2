"""The paper's experiment with its controls, in numbers: pictures found in latent space, and what lies between them."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ganbook.chapters.painting_morphs import analysis, morphs
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.morphs import Located, Morphs, Pairs
from ganbook.chapters.painting_morphs.projection import Projected, project
from ganbook.chapters.painting_morphs.regressor import YearReader
from ganbook.chapters.painting_morphs.style_axis import StyleAxis, walk
from ganbook.data.pixels import from_bytes


def projection_study(
    painter: Painter, reader: YearReader, sets: Mapping[str, UInt8[Tensor, "n 3 side side"]], **how: object
) -> tuple[dict[str, Projected], dict[str, float]]:
    """Project several sets of pictures, such as own samples, held-out pictures and pictures of another painter.

    Args:
        sets: pictures, 0 to 255, by their name.
        how: see :func:`ganbook.chapters.painting_morphs.projection.project`.

    Returns:
        What was found, by the same names; and the numbers of
        :func:`ganbook.chapters.painting_morphs.analysis.projection_numbers`, such as ``psnr_NAME``.
    """
    found = {name: project(painter, from_bytes(pictures), **how) for name, pictures in sets.items()}
    numbers = {name: analysis.projection_numbers(found[name].pictures, sets[name], reader) for name in sets}
    return found, named(numbers)


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
    start: tuple[float, float],
    end: tuple[float, float],
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
        (pixels of alike pairs), "shuffled" dates, "mean" of the periods, and "axis" if there is one; and their numbers:
        those of :func:`ganbook.chapters.painting_morphs.analysis.year_numbers`, ``smooth``, the mean of
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


def shuffled_morphs(
    located: Located, start: tuple[float, float], end: tuple[float, float], frames: int, seed: int
) -> Morphs:
    """A control: the same periods and pairing, but each picture has the date of another one."""
    first, last = (morphs.period(morphs.shuffled(located, seed), *years) for years in (start, end))
    pairs = morphs.alike_pairs(first, last)
    return morphs.morph(first[pairs.start], last[pairs.end], frames)


def named(numbers: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Numbers of several kinds in one table: ``{"own": {"psnr": 30}}`` becomes ``{"psnr_own": 30}``."""
    return {f"{key}_{name}": value for name, values in numbers.items() for key, value in values.items()}
