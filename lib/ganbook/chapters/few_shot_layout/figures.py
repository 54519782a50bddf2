"""The figures of the page, one function each: data in, the figure with caption and an alt text made from the data out.

Pictures are uint8 (n, height, width, 3), see :func:`ganbook.data.pixels.shown`. What is returned can be displayed (see
:func:`ganbook.viz.show`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML
from jaxtyping import Float, Integer, UInt8
from numpy import ndarray
from torch import Tensor

from ganbook import viz
from ganbook.chapters.few_shot_layout.analysis import Value
from ganbook.chapters.few_shot_layout.studies import Course, Split
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import COLOUR_NAMES, coloured
from ganbook.data.pixels import shown

Pictures = UInt8[ndarray, "n height width 3"]
Maps = Integer[Tensor, "n side side"]


def key() -> str:
    """Which colour stands for which class."""
    return ", ".join(f"{name} {colour}" for name, colour in zip(LABELS, COLOUR_NAMES, strict=True))


ACROSS = 8
"""Pictures beside each other on a wide page, at most."""


def table(columns: Mapping[str, Pictures], rows: Sequence[str], alt: str, caption: str) -> HTML:
    """Pictures in rows with a line above each, some rows beside each other; a column for each kind of picture."""
    pictures = np.stack(list(columns.values()), axis=1)
    across = max(1, ACROSS // len(columns))
    return viz.show(viz.examples, pictures, rows, list(columns), across=across, alt=alt, caption=caption)


# What is given


def annotated(pictures: Pictures, labels: Maps, strokes: Maps) -> HTML:
    """The annotated pictures, with label maps and with scribbles."""
    marked = float((strokes > 0).float().mean())
    return table(
        {"picture": pictures, "dense": coloured(labels), "sparse": coloured(strokes)},
        viz.numbered("picture", len(pictures)),
        f"{viz.count(len(pictures))} of the generator's samples, with a label map and with strokes that mark "
        f"{marked:.0%} of the pixels: {key()}.",
        f"All that anybody annotates. Dense: every pixel has a class. Sparse: a few strokes ({key()}).",
    )


def paintings(columns: Mapping[str, Pictures], given: Maps, caption: str) -> HTML:
    """Label maps or scribbles, and what each method makes of them."""
    told = ", ".join(columns)
    return table(
        {"given": coloured(given)} | dict(columns),
        viz.numbered("map", len(given)),
        f"{viz.count(len(given))} maps, and pictures of each by: {told}.",
        caption,
    )


# Labels for nothing


def likeness(pictures: Pictures, found: Float[Tensor, "n classes h w"], names: Sequence[str]) -> HTML:
    """Samples, and how like each place's feature is to the prototype of each class."""
    of_classes = [grey(each, pictures.shape[1]) for each in found.transpose(0, 1).numpy()]
    rows = np.stack([pictures, *of_classes])  # (1 + classes, n, side, side, 3)
    columns = dict(zip(viz.numbered("sample", len(pictures)), rows.swapaxes(0, 1)))
    ends = viz.listed(dict(zip(names, found.amax((0, 2, 3)).tolist())))
    return table(
        columns,
        ["picture", *names],
        f"{viz.count(len(pictures))} samples and a map of cosines for each class. Largest: {ends}.",
        "White: the feature there points where the class's prototype does (cosine 1); black: at right angles or away.",
    )


def grey(values: Float[ndarray, "n h w"], side: int) -> Pictures:
    """Values from 0 to 1 as pictures of this side; what is below 0 is black."""
    levels = (255 * values.clip(0, 1)).round().astype(np.uint8)
    size = side // values.shape[1]
    return np.repeat(np.repeat(np.repeat(levels, size, 1), size, 2)[..., None], 3, -1)


def pseudo(pictures: Pictures, maps: Mapping[str, Maps]) -> HTML:
    """Samples beside the labels that several ways give them."""
    alike = {name: float((each == maps[next(iter(maps))]).float().mean()) for name, each in list(maps.items())[1:]}
    return table(
        {"sample": pictures} | {name: coloured(each) for name, each in maps.items()},
        viz.numbered("sample", len(pictures)),
        f"{viz.count(len(pictures))} samples with labels by: {', '.join(maps)}. Share of the pixels that are labelled "
        f"as in the first: {viz.listed(alike)}.",
        "Nobody has labelled these. Grey is the background; in sparse labels, votes and strokes it is without a label.",
    )


def layers(found: Mapping[str, Sequence[Value]], sides: Sequence[int], most: Sequence[float]) -> HTML:
    """Mean IoU of pseudo-labels by the layer whose features carry them; ``most`` is what its resolution allows."""
    series = {name: tuple(zip(*values)) for name, values in found.items()} | {"what the resolution allows": (most,) * 3}
    best = {name: max(range(len(values)), key=lambda at: values[at].value) for name, values in found.items()}
    told = "; ".join(
        f"{name} at layer {at} ({sides[at]} × {sides[at]} pixels), {found[name][at].value:.2f}"
        for name, at in best.items()
    )
    return viz.show(
        viz.lines_with_intervals,
        series,
        list(range(len(sides))),
        "layer, from coarse to fine",
        "mean IoU",
        alt=f"Mean IoU of pseudo-labels with a segmenter's labels, by layer. Best: {told}.",
        caption="How well pseudo-labels agree with the second segmenter, by the layer whose features are compared "
        "(band: 95 % over samples), and the segmenter's own labels at the layer's resolution.",
    )


# Layers that make the look


def split(found: Split, chosen: int) -> HTML:
    """What another picture's codes from a layer on leave of the layout, and what they change."""
    kept, changed = found.kept[chosen], found.changed[chosen]
    return viz.show(
        viz.curves,
        {"layout kept (mean IoU)": found.kept, "change (share)": found.changed},
        list(range(len(found.kept))),
        "layers from here on are another picture's",
        "value",
        alt=f"From layer {chosen} on, layouts agree by {kept:.2f} and pictures change by {changed:.2f} of what a "
        f"wholly other one differs by; from layer 0 on by {found.kept[0]:.2f} and {found.changed[0]:.2f}.",
        caption=f"Where layout ends and look begins. The chapter takes layer {chosen}.",
    )


def looks(given: Maps, made: Sequence[Pictures]) -> HTML:
    """One layout with several looks, a row for each map."""
    rows = np.stack([coloured(given), *made], axis=1)
    names = ["given", "painted", *viz.numbered("look", len(made) - 1)]
    return viz.show(
        viz.examples,
        rows,
        viz.numbered("map", len(given)),
        names,
        across=1,
        alt=f"{viz.count(len(given))} maps, what is painted of each, and {len(made) - 1} other looks of it.",
        caption="The upper layers take the codes of other samples: the same layout, another look.",
    )


# Refinement


def course(given: Maps, found: Course) -> HTML:
    """What is painted, and how it changes in the refinement."""
    columns = {f"step {step}": shown(each) for step, each in zip(found.steps, found.pictures)}
    ends = [float(each.mean()) for each in (found.losses[0], found.losses[-1])]
    return table(
        {"given": coloured(given)} | columns,
        viz.numbered("map", len(given)),
        f"{viz.count(len(given))} maps and their pictures at steps {', '.join(map(str, found.steps))} of the "
        f"refinement. Mean loss {ends[0]:.3f}, then {ends[1]:.3f}.",
        "Eight numbers a picture are moved, to bring its features nearer to those that the map asks for.",
    )


def refinement_losses(found: Course) -> HTML:
    """The loss of each picture during refinement."""
    series = {f"map {number}": each.tolist() for number, each in enumerate(found.losses.T, 1)}
    falls = sum(values[-1] < values[0] for values in series.values())
    return viz.show(
        viz.curves,
        series,
        list(range(1, len(found.losses) + 1)),
        "step",
        "1 − mean cosine",
        alt=f"The loss over {len(found.losses)} steps; it falls for {falls} of {len(series)} maps.",
        caption="What refinement lowers.",
    )


# Training


def losses(curves: Mapping[str, Sequence], names: Mapping[str, str], caption: str, most: int = 150) -> HTML:
    """Columns of a run's curves, each a mean over parts of the training."""
    parts = np.array_split(np.arange(len(curves["step"])), min(most, len(curves["step"])))
    series = {
        words: [float(np.mean([curves[name][at] for at in part])) for part in parts] for name, words in names.items()
    }
    steps = [float(np.mean([curves["step"][at] for at in part])) for part in parts]
    ends = "; ".join(f"{words} from {values[0]:.3f} to {values[-1]:.3f}" for words, values in series.items())
    alt = f"Over {curves['step'][-1]:,.0f} steps: {ends}."
    return viz.show(viz.curves, series, steps, "step", "squared error", alt=alt, caption=caption)


def samples(pictures: Pictures, who: str, columns: int = 8) -> HTML:
    """Pictures in rows without words."""
    return viz.show(
        viz.image_grid,
        pictures,
        [""] * len(pictures),
        columns=columns,
        alt=f"{viz.count(len(pictures))} pictures: {who}.",
        caption=f"{who[0].upper()}{who[1:]}.",
    )


# Given pictures, and where it fails


def inversions(wanted: Pictures, found: Pictures, psnr: Sequence[float]) -> HTML:
    """Given pictures beside what the generator draws from the codes that were found."""
    return table(
        {"given": wanted, "found": found},
        [f"{value:.1f} dB" for value in psnr],
        f"{viz.count(len(wanted))} given pictures beside what was found; PSNR {min(psnr):.1f} to {max(psnr):.1f} dB.",
        "A picture that the generator did not draw, and what it draws from the codes that were found for it.",
    )


def odd(maps: Mapping[str, Integer[Tensor, "side side"]], made: Pictures) -> HTML:
    """Maps that no avatar has, and what is painted of them."""
    pairs = np.stack([np.stack([coloured(each) for each in maps.values()]), made], axis=1)
    return viz.show(
        viz.examples,
        pairs,
        list(maps),
        ["given", "picture"],
        across=3,
        alt=f"{viz.count(len(maps))} unusual maps and what is painted of them: {', '.join(maps)}.",
        caption="Maps that no avatar has. A generator of avatars answers with avatars.",
    )


def fewer(shares: Sequence[float], hits: Mapping[str, Sequence[Value]]) -> HTML:
    """How well strokes are obeyed when there are fewer of them."""
    series = {name: tuple(zip(*values)) for name, values in hits.items()}
    ends = "; ".join(f"{name} {values[0].value:.2f} to {values[-1].value:.2f}" for name, values in hits.items())
    return viz.show(
        viz.lines_with_intervals,
        series,
        [round(100 * share) for share in shares],
        "marked pixels that are left, %",
        "hit rate",
        alt=f"Hit rate under all strokes when {shares[0]:.0%} to {shares[-1]:.0%} of the marks are given: {ends}.",
        caption="Strokes are measured where they were drawn, given or not.",
    )
