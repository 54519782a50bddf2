"""The figures of the page, one function each: data in, the figure with caption and an alt text made from the data out.

Pictures are uint8 (n, height, width, 3), see :func:`ganbook.data.pixels.shown`. What is returned can be displayed (see
:func:`ganbook.viz.show`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML
from jaxtyping import Float, UInt8
from numpy import ndarray
from torch import Tensor

from ganbook import viz
from ganbook.chapters.painting_morphs.analysis import year_course
from ganbook.chapters.painting_morphs.studies import Frames

Pictures = UInt8[ndarray, "n height width 3"]

WAYS = {
    "alike": "on the sphere, alike pairs",
    "random": "on the sphere, random pairs",
    "faded": "pixel cross-fade",
    "detour": "through a random third point",
    "shuffled": "shuffled dates",
    "mean": "period means",
    "axis": "along the style axis",
}
"""What the ways of :func:`ganbook.chapters.painting_morphs.studies.morph_study` are called on the page."""


# The data


def one_motif(pictures: UInt8[ndarray, "motifs years h w 3"], titles: Sequence[str], years: Sequence[float]) -> HTML:
    """The same motifs, painted in several years."""
    when = [f"{year:.0f}" for year in years]
    return viz.show(
        viz.examples,
        pictures,
        titles,
        when,
        across=1,
        alt=f"{viz.count(len(titles))} motifs, each painted in the years {', '.join(when)}: {'; '.join(titles)}.",
        caption="The same motif with the same composition, painted in different years. Only the style changes.",
    )


def middles(pictures: UInt8[ndarray, "motifs four h w 3"], titles: Sequence[str], years: Sequence[float]) -> HTML:
    """First year, the mean of the pixels of first and last, the true middle, last year."""
    first, middle, last = (f"{year:.0f}" for year in years)
    return viz.show(
        viz.examples,
        pictures,
        titles,
        [first, "mean of the ends", middle, last],
        across=1,
        alt=f"{viz.count(len(titles))} motifs in {first} and {last}, the mean of these two pictures, and the motif as "
        f"it is painted in {middle}: {'; '.join(titles)}.",
        caption=f"Is the middle of the pixels the middle of the years? The mean of {first} and {last} beside the true "
        f"{middle}.",
    )


def paintings(pictures: Pictures, years: Sequence[float], caption: str, columns: int = 8) -> HTML:
    """Paintings in rows, with their years."""
    labels = [f"{year:.1f}" for year in years]
    return viz.show(
        viz.image_grid,
        pictures,
        labels,
        columns=columns,
        alt=f"{viz.count(len(labels))} paintings of the years {', '.join(labels)}.",
        caption=caption,
    )


# The mechanism


def lengths(shares: Sequence[float], found: Mapping[str, Sequence[float]]) -> HTML:
    """How long the vectors on a way are, as a share of the radius."""
    ends = "; ".join(f"{name} between {min(values):.2f} and {max(values):.2f}" for name, values in found.items())
    return viz.show(
        viz.curves,
        found,
        shares,
        "share of the way",
        "length / radius",
        alt=f"Length of the latent vectors on two ways between the same points, as a share of the radius: {ends}.",
        caption="The straight line leads through the inside of the sphere, where the generator has seen nothing.",
    )


# The training


def losses(curves: Mapping[str, Sequence], names: Mapping[str, str], caption: str) -> HTML:
    """Some columns of a run's curves over its steps; ``names`` has what each is called."""
    rows = [k for k, values in enumerate(zip(*(curves[name] for name in names))) if None not in values]
    series = {words: [curves[name][k] for k in rows] for name, words in names.items()}
    steps = [curves["step"][k] for k in rows]
    ends = "; ".join(f"{words} from {values[0]:.2f} to {values[-1]:.2f}" for words, values in series.items())
    return viz.show(
        viz.curves,
        series,
        steps,
        "step",
        "value",
        alt=f"Over {steps[-1]:,.0f} steps: {ends}.",
        caption=caption,
    )


def grown(moments: UInt8[ndarray, "moments n h w 3"], told: Sequence[str]) -> HTML:
    """What is drawn of the same z at some moments of the training; ``told`` says when, and at which size."""
    return viz.show(
        viz.examples,
        moments,
        told,
        [""] * moments.shape[1],
        across=1,
        alt=f"{viz.count(moments.shape[1])} samples of the same z at {len(told)} moments: {'; '.join(told)}.",
        caption="The same z at each moment. What comes first: masses of colour, composition, strokes?",
    )


def distances(runs: Mapping[str, Sequence[tuple[Sequence[int], Sequence[float]]]], level: float) -> HTML:
    """KID to held-out paintings over the training; of each model one or more seeds; ``level`` is that of real ones."""
    steps = min((looks for seeds in runs.values() for looks, _ in seeds), key=len)
    series = {}
    for name, seeds in runs.items():
        values = np.array([kid[: len(steps)] for _, kid in seeds])
        series[name] = values.mean(0), values.min(0), values.max(0)
    ends = "; ".join(f"{name} from {means[0]:.0f} to {means[-1]:.0f}" for name, (means, _, _) in series.items())
    count = max(map(len, runs.values()))
    return viz.show(
        viz.lines_with_intervals,
        series,
        steps,
        "step",
        "1,000 KID",
        log_y=min(min(least) for _, least, _ in series.values()) > 0,
        alt=f"1,000 KID of samples to held-out paintings up to step {steps[-1]:,}: {ends}. Training paintings: "
        f"{level:.0f}.",
        caption="Distance of samples to held-out paintings, in the regressor's features. "
        + (f"Bands: the least and the most of {count} seeds. " if count > 1 else "")
        + f"Training paintings themselves have {level:.0f}.",
    )


def samples(pictures: Pictures, years: Sequence[float], who: str) -> HTML:
    """What a GAN paints, with the year that is read off each."""
    labels = [f"{year:.1f}" for year in years]
    return viz.show(
        viz.image_grid,
        pictures,
        labels,
        columns=8,
        alt=f"{viz.count(len(labels))} pictures by {who}, read as of the years {', '.join(labels)}.",
        caption=f"New pictures by {who}, each with the year that the regressor reads.",
    )


def neighbours(made: Pictures, nearest: Pictures, titles: Sequence[str]) -> HTML:
    """Samples, each beside the training painting that is most like it."""
    return viz.show(
        viz.examples,
        np.stack([made, nearest], axis=1),
        titles,
        ["new", "nearest"],
        across=3,
        alt=f"{viz.count(len(made))} samples, each beside the training painting nearest to it: {'; '.join(titles)}.",
        caption="Samples beside the nearest of all training paintings, in the regressor's features.",
    )


# Projection


def projected(wanted: Pictures, found: Pictures, told: Sequence[str]) -> HTML:
    """Pictures that were looked for, and what was found."""
    return viz.show(
        viz.examples,
        np.stack([wanted, found], axis=1),
        told,
        ["looked for", "found"],
        across=3,
        alt=f"{viz.count(len(wanted))} pictures beside what was found in latent space: {'; '.join(told)}.",
        caption="Left what was looked for, right the nearest that was found.",
    )


def likeness(psnr: Mapping[str, Float[ndarray, " n"]]) -> HTML:
    """PSNR of projections, by where the pictures come from."""
    medians = {name: float(np.median(values)) for name, values in psnr.items()}
    return viz.show(
        viz.boxes,
        psnr,
        "PSNR (dB)",
        alt=f"PSNR of projections, medians in dB: {viz.listed(medians, 1)}.",
        caption="How near projections come, by where the pictures come from.",
    )


# Morphs


def pairs(start: Pictures, end: Pictures, told: Sequence[str]) -> HTML:
    """Paintings that become each other."""
    return viz.show(
        viz.examples,
        np.stack([start, end], axis=1),
        told,
        ["start", "end"],
        across=3,
        alt=f"{viz.count(len(told))} pairs of a start and an end painting, likest first: {'; '.join(told)}.",
        caption="The paper's figure 6, remade: pairs chosen by likeness of content, likest first.",
    )


def alone(pictures: Pictures, told: Sequence[str]) -> HTML:
    """Paintings without a counterpart."""
    return viz.show(
        viz.image_grid,
        pictures,
        told,
        columns=8,
        alt=f"{viz.count(len(told))} paintings without a counterpart: {', '.join(told)}.",
        caption="Paintings without a counterpart in the other period.",
    )


def morph(
    frames: UInt8[ndarray, "ways frames h w 3"], ways: Sequence[str], years: Sequence[float], figure: str = ""
) -> HTML:
    """Frames of the same morph on several ways; ``years`` are those that frames should look like."""
    due = [f"{year:.1f}" for year in years]
    return viz.show(
        viz.examples,
        frames,
        ways,
        due,
        across=1,
        alt=f"A morph on {len(ways)} ways: {'; '.join(ways)}. Frames should look like {', '.join(due)}.",
        caption=f"{figure}One pair on several ways. Above: the year that each frame should look like. Which of the "
        "frames in the middle is one picture?",
    )


def courses(found: Mapping[str, Float[Tensor, "morphs frames"]], due: Frames, ways: Sequence[str]) -> HTML:
    """The year read off frames against the share of the way, as means over morphs with their intervals."""
    frames = due.years.shape[1]
    way = np.linspace(0, 100, frames)
    series = {WAYS[name]: year_course(found[name]) for name in ways}
    ends = "; ".join(f"{name} {mean[0]:.1f} to {mean[-1]:.1f}" for name, (mean, _, _) in series.items())
    wanted = due.years.mean(0).double().numpy()
    series["as it should be"] = (wanted, wanted, wanted)
    return viz.show(
        viz.lines_with_intervals,
        series,
        way,
        "percent of the way",
        "year read off",
        alt=f"The year that the regressor reads, over the way: {ends}; it should go from {wanted[0]:.1f} to "
        f"{wanted[-1]:.1f}.",
        caption=f"Means over {len(due.years)} morphs, with 95 % bootstrap intervals.",
    )


def walks(frames: UInt8[ndarray, "n frames h w 3"], told: Sequence[str], more: Sequence[float], unit: str) -> HTML:
    """Pictures on their way along the style axis; ``more`` are the years walked."""
    steps = [f"{years:+.0f}" for years in more]
    return viz.show(
        viz.examples,
        frames,
        told,
        steps,
        across=1,
        alt=f"{viz.count(len(told))} pictures moved along the style axis by {', '.join(steps)} {unit}: "
        f"{'; '.join(told)}.",
        caption=f"Along the style axis: {unit} added.",
    )


# Where it fails


def failed(frames: UInt8[ndarray, "n frames h w 3"], told: Sequence[str], caption: str) -> HTML:
    """Morphs that fail, each in a row."""
    return viz.show(
        viz.examples,
        frames,
        told,
        [""] * frames.shape[1],
        across=1,
        alt=f"{viz.count(len(told))} morphs that fail: {'; '.join(told)}.",
        caption=caption,
    )
