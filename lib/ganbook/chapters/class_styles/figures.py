"""The figures of the page, one function each: data in, the figure with caption and an alt text made from the data out.

Pictures are uint8 (n, height, width, 3), see :func:`ganbook.data.pixels.shown`. What is returned can
be displayed (see :func:`ganbook.viz.show`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML
from jaxtyping import Float, Integer, UInt8
from numpy import ndarray
from torch import Tensor

from ganbook import viz
from ganbook.chapters.class_styles.studies import Course
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import COLOUR_NAMES, coloured

Pictures = UInt8[ndarray, "n height width 3"]
Rows = UInt8[ndarray, "rows columns height width 3"]

NAMES = {"accessory": "hat or glasses"}
"""Of classes, where figures say more than ``LABELS``."""

SHORT = {"background": "back", "accessory": "hat"}
"""Of classes, where there is little room."""


def named(names: Sequence[str]) -> list[str]:
    """Classes as figures call them."""
    return [NAMES.get(name, name) for name in names]


def table(pictures: Rows, rows: Sequence[str], columns: Sequence[str], alt: str, caption: str) -> HTML:
    """Pictures in rows with a line above each, and heads above the columns."""
    return viz.show(viz.examples, pictures, rows, columns, across=1, alt=alt, caption=caption)


# The data


def renders(
    pictures: Pictures,
    labels: Integer[Tensor, "n side side"],
    names: Sequence[str] = LABELS,
    sized: Sequence[str] = ("skin", "hair"),
    what: str = "avatars",
) -> HTML:
    """Renders, each beside its label map, with the area of some classes; ``names`` are those of all classes."""
    sizes = [{name: float((each == names.index(name)).float().mean()) for name in sized} for each in labels]
    key = ", ".join(f"{name} {colour}" for name, colour in zip(named(names), COLOUR_NAMES))
    return viz.show(
        viz.examples,
        np.stack([pictures, coloured(labels)], axis=1),
        [", ".join(f"{name} {share:.0%}" for name, share in each.items()) for each in sizes],
        ["render", "labels"],
        across=4,
        alt=f"{viz.count(len(pictures))} {what}, each beside its label map: {key}.",
        caption=f"Renders and their label maps ({key}), and the area of two classes.",
    )


def looks(labels: Integer[Tensor, "side side"], pictures: Pictures) -> HTML:
    """One label map, and renders with other colours and textures."""
    return viz.show(
        viz.image_grid,
        np.concatenate([coloured(labels[None]), pictures]),
        ["label map", *viz.numbered("look", len(pictures))],
        columns=len(pictures) + 1,
        alt=f"A label map and {len(pictures)} renders of it with different colours and textures.",
        caption="The map says where things are. How they look it does not say: each of these is right.",
    )


# The mechanism


def levels(maps: Sequence[Integer[Tensor, "h w"]]) -> HTML:
    """A label map at its levels, the finest first."""
    side = maps[0].shape[-1]
    large = [each.repeat_interleave(side // len(each), 0).repeat_interleave(side // len(each), 1) for each in maps]
    held = [len(each.unique()) for each in maps]
    sizes = [f"{len(each)} × {len(each)}" for each in maps]
    told = ", ".join(f"{size}: {count} classes" for size, count in zip(sizes, held, strict=True))
    return viz.show(
        viz.image_grid,
        np.stack([coloured(each) for each in large]),
        [f"{size}\n{count} classes" for size, count in zip(sizes, held, strict=True)],
        columns=len(maps),
        alt=f"A label map at each size: {told}.",
        caption="The same label map at each level. What is thin gets lost on the way down.",
    )


# The training


def film(found: Course, columns: int = 8) -> HTML:
    """Renders, and at some moments of the training what their own codes give, and one draw of N(0, I)."""
    told = [f"step {step:,}" for step in found.steps]
    moments = [(found.own, "own codes"), (found.drawn, "drawn codes")]
    rows = [each[number, :columns] for number in range(len(told)) for each, _ in moments]
    return table(
        np.stack([found.given[:columns], *rows]),
        ["renders", *(f"{step}, {kind}" for step in told for _, kind in moments)],
        [""] * min(columns, len(found.given)),
        f"{viz.count(min(columns, len(found.given)))} renders; below, at {len(told)} moments of the training "
        f"({', '.join(told)}), pictures of their label maps with their own codes and with drawn ones.",
        "On the label maps of the renders at the top. Own codes should give back the picture, drawn ones a look of its "
        "own for each class. The draws are from N(0, I), the same ones all along. The finished model draws from a "
        "fitted prior, and paints better.",
    )


# One map, many pictures


def fans(labels: Integer[Tensor, "n side side"], made: Mapping[str, Rows], caption: str) -> HTML:
    """Label maps, and pictures that models make of each.

    Args:
        labels: n label maps.
        made: for each model n rows of pictures.
        caption: what to look for.
    """
    rows = [np.concatenate([coloured(one[None]), each[k]]) for k, one in enumerate(labels) for each in made.values()]
    told = [f"map {k + 1}, {who}" for k in range(len(labels)) for who in made]
    columns = rows[0].shape[0] - 1
    return table(
        np.stack(rows),
        told,
        ["label map", *viz.numbered("draw", columns)],
        f"{viz.count(len(labels))} label maps and {columns} pictures of each by {' and by '.join(made)}.",
        caption,
    )


def samples(pictures: Pictures, who: str, columns: int = 8) -> HTML:
    """Pictures in rows without words."""
    return viz.show(
        viz.image_grid,
        pictures,
        [""] * len(pictures),
        columns=columns,
        alt=f"{viz.count(len(pictures))} avatars by {who}.",
        caption=f"Avatars by {who}.",
    )


def by_class(found: Mapping[str, Mapping[str, float]], label: str, caption: str) -> HTML:
    """Numbers of several models by class, as bars; a model need not have all classes."""
    names = list(dict.fromkeys(name for each in found.values() for name in each))
    series = {who: [each.get(name, float("nan")) for name in names] for who, each in found.items()}
    ends = "; ".join(f"{who}: {viz.listed(each)}" for who, each in found.items())
    return viz.show(viz.grouped_bars, series, named(names), label, alt=f"{label} by class. {ends}.", caption=caption)


# Where a change goes


def restyled(labels: Integer[Tensor, "n side side"], before: Pictures, after: Mapping[str, Pictures]) -> HTML:
    """Pictures, what they are with new codes of one class, and where they differ."""
    columns, heads = [coloured(labels), before], ["label map", "before"]
    for name, each in after.items():
        columns += [each, differences(before, each)]
        heads += [f"new {SHORT.get(name, name)}", "changed"]
    apart = {name: float(np.abs(each.astype(float) - before).mean() / 255) for name, each in after.items()}
    return table(
        np.stack(columns, axis=1),
        viz.numbered("picture", len(before)),
        heads,
        f"{viz.count(len(before))} pictures, and each with new codes of one class: {', '.join(after)}. Mean change: "
        f"{viz.listed(apart, 3)}.",
        "New codes of one class at all levels. Changed: black where nothing changed, white where most did.",
    )


def differences(one: Pictures, other: Pictures) -> Pictures:
    """Where pictures differ: the largest difference of the colours, stretched so that the largest of all is white."""
    apart = np.abs(one.astype(int) - other).max(-1)
    grey = (255 * apart / max(1, apart.max())).round().astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def leak_tables(found: Mapping[str, Float[Tensor, "changed measured"]], names: Sequence[str]) -> HTML:
    """What new codes of each class (rows) change in each class (columns), for several models."""
    matrices = [np.nan_to_num(each.numpy()) for each in found.values()]
    largest = "; ".join(f"{who} {matrix.max():.2f}" for who, matrix in zip(found, matrices, strict=True))
    return viz.show(
        viz.heatmaps,
        matrices,
        list(found),
        [SHORT.get(name, name) for name in names],
        ["mean change"] * len(matrices),
        [False] * len(matrices),
        alt=f"Mean change inside each class (columns) when the codes of one class (rows) are new. Largest: {largest}. "
        f"Classes: {', '.join(named(names))}.",
        caption="Row: the class with new codes. Column: where the change is measured. Off the diagonal it should be 0. "
        "Colours end at the largest value off it.",
    )


def by_distance(found: Mapping[str, Sequence[float]], pixels: Sequence[int], name: str) -> HTML:
    """How much new codes of a class change what is farther from it than so many pixels."""
    ends = "; ".join(f"{who} {values[0]:.3f} to {values[-1]:.3f}" for who, values in found.items())
    return viz.show(
        viz.curves,
        found,
        pixels,
        "at least so many pixels away",
        "mean change",
        alt=f"Mean change outside {name}, from {pixels[0]} to {pixels[-1]} pixels away: {ends}.",
        caption=f"New codes of {name}: what changes elsewhere, by distance.",
    )


# Levels and codes


def level_strips(before: Pictures, after: Sequence[Pictures], sides: Sequence[int]) -> HTML:
    """Pictures, and what they are when all classes get new codes at one level."""
    heads = ["before", *(f"{side} × {side}" for side in sides)]
    apart = {
        f"{side} × {side}": float(np.abs(each.astype(float) - before).mean() / 255) for side, each in zip(sides, after)
    }
    return table(
        np.stack([before, *after], axis=1),
        viz.numbered("picture", len(before)),
        heads,
        f"{viz.count(len(before))} pictures, and each with new codes at one level. Mean change: "
        f"{viz.listed(apart, 3)}.",
        "All classes get new codes at the level of this size alone, from the finest at the left to the coarsest.",
    )


def centroids(found: Mapping[str, Float[ndarray, " n"]]) -> HTML:
    """How fine the changes of each level are."""
    means = {name: float(np.nanmean(each)) for name, each in found.items()}
    kept = {name: each[np.isfinite(each)] for name, each in found.items()}
    return viz.show(
        viz.boxes,
        kept,
        "cycles a width",
        alt=f"Mean frequency of what new codes change, by level, means: {viz.listed(means, 1)} cycles a width.",
        caption="How fine the changes of each level are: the mean frequency of the difference, a dot for each picture.",
    )


def information(found: Float[Tensor, "codes classes"], sides: Sequence[int]) -> HTML:
    """Nats that each code says, by class and level."""
    series = {f"{side} × {side}": np.nan_to_num(row.numpy()).tolist() for side, row in zip(sides, found, strict=True)}
    most = {name: named(LABELS)[int(np.argmax(values))] for name, values in series.items()}
    return viz.show(
        viz.grouped_bars,
        series,
        named(LABELS),
        "nats",
        alt="Nats that codes say of a picture, by class and level; the most at each level: "
        + ", ".join(f"{level} {name} ({max(series[level]):.1f})" for level, name in most.items())
        + ".",
        caption="KL divergence of each code from N(0, I), over pictures that hold the class: at least what it says.",
    )


def walks(frames: Rows, names: Sequence[str], stops: Sequence[float]) -> HTML:
    """Pictures whose code moves along an axis, a row for each."""
    told = [f"{stop:+g}".replace("-", "−") for stop in stops]
    return table(
        frames,
        names,
        told,
        f"Walks along {', '.join(names)}, from {told[0]} to {told[-1]}: {len(told)} pictures each.",
        "One class's code at one level moves along an axis; all else stays. 0 is the middle of the fitted prior.",
    )


# Transfer, edits


def transfers(base: Pictures, references: Pictures, made: Rows, name: str) -> HTML:
    """Base pictures at the left, references above, and each base with one class's codes of each reference."""
    corner = np.full_like(base[:1], 255)
    head = np.concatenate([corner, references])[None]
    rows = np.concatenate([base[:, None], made], axis=1)
    return table(
        np.concatenate([head, rows]),
        ["references", *viz.numbered("base", len(base))],
        ["base", *viz.numbered("reference", len(references))],
        f"{viz.count(len(base))} base pictures, {len(references)} references, and each base with the style that {name} "
        "has in each reference.",
        f"The style of {name} comes from the reference above; label map and all other styles are those of the base.",
    )


def level_transfer(base: Pictures, references: Pictures, made: Mapping[str, Pictures], name: str) -> HTML:
    """A class's codes of a reference, at some levels only."""
    return table(
        np.stack([base, references, *made.values()], axis=1),
        viz.numbered("base", len(base)),
        ["base", "reference", *made],
        f"{viz.count(len(base))} base pictures with the style of {name} of a reference at: {', '.join(made)}.",
        f"The codes of {name} come from the reference at these levels, else from the base.",
    )


def edits(maps: Sequence[Integer[Tensor, "n side side"]], pictures: Sequence[Pictures], what: str) -> HTML:
    """Label maps and pictures before and after an edit of the map, codes as they were."""
    moved = float((maps[0] != maps[1]).float().mean())
    columns = [coloured(maps[0]), pictures[0], coloured(maps[1]), pictures[1]]
    return viz.show(
        viz.examples,
        np.stack(columns, axis=1),
        viz.numbered("avatar", len(maps[0])),
        ["map", "picture", "edited", "picture"],
        across=2,
        alt=f"{viz.count(len(maps[0]))} label maps with their pictures, before and after an edit ({what}) of "
        f"{moved:.0%} of the pixels; the codes stay.",
        caption=f"The label map is edited ({what}), the codes stay. Is it the same person in another layout?",
    )


def reconstructions(pictures: Pictures, made: Pictures, psnr: Sequence[float]) -> HTML:
    """Renders beside what their own codes give."""
    return viz.show(
        viz.examples,
        np.stack([pictures, made], axis=1),
        [f"{value:.1f} dB" for value in psnr],
        ["render", "own codes"],
        across=4,
        alt=f"{viz.count(len(pictures))} renders beside the pictures of their own label maps and codes; PSNR "
        f"{min(psnr):.1f} to {max(psnr):.1f} dB.",
        caption="What the codes remember: a render, and the picture of its label map with its own codes.",
    )


# Where it fails


def odd(maps: Mapping[str, Integer[Tensor, "side side"]], made: Pictures) -> HTML:
    """Label maps that no avatar has, and what is painted of them."""
    columns = np.stack([np.stack([coloured(each) for each in maps.values()]), made], axis=1)
    return viz.show(
        viz.examples,
        columns,
        list(maps),
        ["label map", "picture"],
        across=3,
        alt=f"{viz.count(len(maps))} unusual label maps and their pictures: {', '.join(maps)}.",
        caption="Label maps that no avatar has. The model paints them all; it was never told what a person is.",
    )


def ways(frames: Rows, told: Sequence[str], shares: Sequence[float]) -> HTML:
    """Pictures between two styles of some classes, a row for each choice of classes."""
    return table(
        frames,
        told,
        [f"{share:.0%}" for share in shares],
        f"From one style to another in {len(shares)} steps: {'; '.join(told)}.",
        "Codes between two styles. In each row only the named classes go; all else stays.",
    )
