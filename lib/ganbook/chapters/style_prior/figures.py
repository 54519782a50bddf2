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
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import COLOUR_NAMES, coloured

Pictures = UInt8[ndarray, "n height width 3"]

NAMES = {"accessory": "hat or glasses"}
"""Of classes, where figures say more than ``LABELS``."""

KIND_NAMES = {"layout": "layout", "pose": "pose", "colours": "colours"}

VARIANTS = {
    "short": "as the main one",
    "no_path_length": "no path length penalty",
    "strong_r1": "R1 five times as strong",
    "noise": "with noise inputs",
}
"""What the short trainings are called on the page."""


def mosaic(pictures: Pictures, columns: int, gap: int = 2) -> UInt8[ndarray, "height width 3"]:
    """Pictures in rows, as one picture."""
    framed = np.pad(pictures, ((0, 0), (0, gap), (0, gap), (0, 0)), constant_values=255)
    rows = [np.concatenate(list(framed[k : k + columns]), axis=1) for k in range(0, len(framed), columns)]
    return np.concatenate(rows)[:-gap, :-gap]


# The data


def renders(pictures: Pictures, labels: UInt8[Tensor, "n side side"]) -> HTML:
    """Renders, each beside its label map."""
    maps = coloured(labels)
    sizes = [{name: float((each == LABELS.index(name)).float().mean()) for name in ("skin", "hair")} for each in labels]
    told = ", ".join(f"{NAMES.get(label, label)} {colour}" for label, colour in zip(LABELS, COLOUR_NAMES))
    return viz.show(
        viz.examples,
        np.stack([pictures, maps], axis=1),
        [", ".join(f"{name} {share:.0%}" for name, share in each.items()) for each in sizes],
        ["render", "labels"],
        across=4,
        alt=f"{viz.count(len(pictures))} avatars, each beside its label map: {told}.",
        caption=f"Renders and their label maps ({told}), and the area of two classes. The training sees the left ones "
        "only.",
    )


# The mechanism


def sums(parts: Sequence[Pictures], whole: Sequence[Pictures]) -> HTML:
    """What each resolution adds to a picture, and the sum so far; of each resolution the same samples."""
    sides = [f"{each.shape[1]} × {each.shape[1]}" for each in whole]
    largest = whole[-1].shape[1]
    rows = [
        np.stack([enlarged(each[k], largest) for each in row]) for k in range(len(whole[0])) for row in (parts, whole)
    ]
    told = [f"sample {k + 1}: {what}" for k in range(len(whole[0])) for what in ("what is added", "the sum so far")]
    return viz.show(
        viz.examples,
        np.stack(rows),
        told,
        sides,
        across=1,
        alt=f"{viz.count(len(whole[0]))} samples at the resolutions {', '.join(sides)}: what the layers of each "
        "resolution add, and the sum so far.",
        caption="The picture is a sum. Above what each resolution adds (grey is nothing), below the sum so far.",
    )


def enlarged(picture: UInt8[ndarray, "h w 3"], side: int) -> UInt8[ndarray, "side side 3"]:
    """A small picture at another size, its pixels squares."""
    times = side // picture.shape[0]
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def sizes(steps: Sequence[float], found: Mapping[str, Sequence[float]]) -> HTML:
    """How large a layer's output is when its style is multiplied, with demodulation and without."""
    ends = "; ".join(f"{name} from {values[0]:.2f} to {values[-1]:.2f}" for name, values in found.items())
    return viz.show(
        viz.curves,
        found,
        steps,
        "style multiplied by",
        "size of the output",
        log=True,
        alt=f"Size of a layer's output when its style is multiplied by {steps[0]:g} to {steps[-1]:g}: {ends}.",
        caption="However large a style is, demodulated maps keep their size, which the layers after it can rely on. "
        "Size: root of the mean square.",
    )


# The training


def grown(moments: UInt8[ndarray, "moments n h w 3"], steps: Sequence[int]) -> HTML:
    """What is drawn of the same z at some moments of the training."""
    told = [f"step {step:,}" for step in steps]
    return viz.show(
        viz.examples,
        moments,
        told,
        [""] * moments.shape[1],
        across=1,
        alt=f"{viz.count(moments.shape[1])} samples of the same z at {len(told)} moments: {', '.join(told)}.",
        caption="The same z at each moment, truncated at 0.7. What comes first, what last?",
    )


def areas_in_time(found: Mapping[str, Sequence[float]], steps: Sequence[int], classes: Sequence[str]) -> HTML:
    """How the areas of some classes come to be those of the data."""
    series = {NAMES.get(name, name): list(found[name]) for name in classes}
    ends = "; ".join(f"{name} {values[0]:.2f} to {values[-1]:.2f}" for name, values in series.items())
    return viz.show(
        viz.curves,
        series,
        steps,
        "step",
        "area, a share of the renders'",
        alt=f"Area of classes in samples as a share of that in renders, up to step {steps[-1]:,}: {ends}.",
        caption="1 is as in renders. Samples of the film, truncated at 0.7, which can make rare things rarer.",
    )


def kid_in_time(kid: Sequence[float], steps: Sequence[int], blurred: float) -> HTML:
    """How KID of the film's samples falls, beside that of blurred renders."""
    series = {"samples": list(kid), "blurred renders": [blurred] * len(steps)}
    return viz.show(
        viz.curves,
        series,
        steps,
        "step",
        "1,000 KID",
        log=min(*kid, blurred) > 0,
        alt=f"1,000 KID of the film's samples from {kid[0]:,.0f} to {kid[-1]:,.0f} over {steps[-1]:,} steps; blurred "
        f"renders {blurred:,.0f}.",
        caption="KID of the samples in the film: few, truncated and without noise, so look at its course, not at its "
        "height.",
    )


def samples(pictures: Pictures, who: str, columns: int = 8) -> HTML:
    """Pictures from the prior."""
    return viz.show(
        viz.image_grid,
        mosaic(pictures, columns)[None],
        [""],
        columns=1,
        alt=f"{viz.count(len(pictures))} avatars drawn by {who}.",
        caption=f"Avatars by {who}.",
    )


def mixed_up(pictures: Pictures) -> HTML:
    """Renders and samples in random order, with a number under each."""
    return viz.show(
        viz.image_grid,
        pictures,
        [str(number) for number in range(1, len(pictures) + 1)],
        columns=8,
        alt=f"{viz.count(len(pictures))} avatars, renders and samples mixed, with the numbers 1 to {len(pictures)}.",
        caption="Half of these are renders, half are samples, not chosen, without truncation. Which?",
    )


# How good


def distances(found: Mapping[str, float]) -> HTML:
    """KID of samples beside that of renders with known faults."""
    return viz.show(
        viz.bars_over_seeds,
        {name: [value] for name, value in found.items()},
        "1,000 KID to unseen renders",
        alt=f"1,000 KID to unseen renders: {viz.listed(found, 1)}.",
        caption="What KID says of training renders, of samples, and of renders with known faults.",
    )


def areas(ours: Mapping[str, float], presence: Mapping[str, float]) -> HTML:
    """Area and presence of each class but the background in samples, as shares of those in renders."""
    ours, presence = ({name: each[name] for name in LABELS[1:]} for each in (ours, presence))
    series = {"area": list(ours.values()), "presence": list(presence.values())}
    return viz.show(
        viz.grouped_bars,
        series,
        [NAMES.get(name, name) for name in ours],
        "samples / renders",
        alt=f"Area of each class in samples over that in renders: {viz.listed(ours)}; share of the pictures that have "
        f"it: {viz.listed(presence)}.",
        caption="1 is as in renders. Area: pixels of the class; presence: pictures that have at least six of them.",
    )


def neighbours(made: Pictures, nearest: Pictures, apart: Sequence[float]) -> HTML:
    """Samples, each beside the training render that is most like it, and how far it is."""
    return viz.show(
        viz.examples,
        np.stack([made, nearest], axis=1),
        [f"distance {value:.2f}" for value in apart],
        ["sample", "nearest"],
        across=4,
        alt=f"{viz.count(len(made))} samples, each beside the training render nearest to it.",
        caption="Samples beside the most similar training renders, in the segmenter's features. 1 is usual between "
        "nearest renders; a copy would have 0.",
    )


# What a layer decides


def layers(found: Mapping[str, Mapping[str, float]], sides: Sequence[int]) -> HTML:
    """What changes when one layer takes the code of another picture."""
    series = {name: [each[kind] for each in found.values()] for kind, name in KIND_NAMES.items()}
    most = {name: values.index(max(values)) for name, values in series.items()}
    return viz.show(
        viz.grouped_bars,
        series,
        [f"{number}\n({side})" for number, side in enumerate(sides)],
        "share of the change",
        "layer that takes another code (and pixels of a side)",
        alt="Share of the whole change when one layer takes another code. Most change by layer: "
        + ", ".join(f"{name} {layer} ({sides[layer]} pixels)" for name, layer in most.items())
        + ".",
        caption="1 is the change when all layers take the other code. Pose: landmarks; layout: classes of pixels; "
        "colours: mean colours of the classes.",
    )


def parts(found: Mapping[str, Mapping[str, float]]) -> HTML:
    """What changes when a part of z is exchanged."""
    series = {name: [each[kind] for each in found.values()] for kind, name in KIND_NAMES.items()}
    told = "; ".join(f"{name} {min(values):.2f} to {max(values):.2f}" for name, values in series.items())
    return viz.show(
        viz.grouped_bars,
        series,
        [str(number) for number in range(1, len(found) + 1)],
        "share of the change",
        "part of z that is exchanged",
        alt=f"Share of the whole change when one of {len(found)} parts of z is exchanged: {told}.",
        caption="The same with z. Does any part of it have a task of its own?",
    )


def crossed(source: UInt8[ndarray, "h w 3"], others: Pictures, made: Mapping[str, Pictures]) -> HTML:
    """Style mixing: source A at the left, sources B above, and A with some layers from each B.

    Args:
        made: pictures for each B, by the layers that come from B.
    """
    first = np.concatenate([np.full_like(source, 255)[None], others])
    rows = [np.concatenate([source[None], pictures]) for pictures in made.values()]
    return viz.show(
        viz.examples,
        np.stack([first, *rows]),
        ["", *(f"{layers} layers from B" for layers in made)],
        ["A", *(f"B{number + 1}" for number in range(len(others)))],
        across=1,
        alt=f"Source A at the left, {len(others)} sources B above, and A with the layers of each B: {', '.join(made)}.",
        caption="StyleGAN's figure 3, remade. Each picture has the layers that the row names from B above it, and all "
        "others from A.",
    )


# Truncation and noise


def truncated(pictures: UInt8[ndarray, "n psis h w 3"], psis: Sequence[float]) -> HTML:
    """The same codes at several truncations."""
    told = [f"psi {psi:g}".replace("-", "−") for psi in psis]
    return viz.show(
        viz.examples,
        pictures,
        viz.numbered("code", len(pictures)),
        told,
        across=1,
        alt=f"{viz.count(len(pictures))} codes, each at {', '.join(told)}.",
        caption="From far out to the middle of W, and to the other side: what turns into its opposite below 0?",
    )


def trade(found: Mapping[float, Mapping[str, float]]) -> HTML:
    """Precision, recall and variety over the truncation."""
    psis = sorted(found)
    names = {"precision": "precision", "recall": "recall", "variety": "variety"}
    series = {words: [found[psi][name] for psi in psis] for name, words in names.items()}
    ends = "; ".join(f"{words} {values[0]:.2f} to {values[-1]:.2f}" for words, values in series.items())
    return viz.show(
        viz.curves,
        series,
        psis,
        "psi (1: no truncation)",
        "share",
        alt=f"From psi {psis[0]:g} to {psis[-1]:g}: {ends}.",
        caption="Precision: samples that lie among renders; recall: renders that lie among samples; variety: spread of "
        "the samples' features, a share of the renders'.",
    )


def noisy(without: Pictures, two: UInt8[ndarray, "two n h w 3"], deviation: Float[ndarray, "n h w"]) -> HTML:
    """Pictures without noise, with two draws of it, and where they differ."""
    scale = max(float(deviation.max()), 1e-6)
    where = np.repeat((255 * (1 - deviation / scale)).astype(np.uint8)[..., None], 3, axis=-1)
    return viz.show(
        viz.examples,
        np.stack([without, *two, where], axis=1),
        viz.numbered("code", len(without)),
        ["no noise", "noise", "other noise", "deviation"],
        across=2,
        alt=f"{viz.count(len(without))} samples without noise, with two draws of it, and the deviation of each pixel "
        f"over draws of noise, at most {scale:.0f} of 255.",
        caption=f"The same w with other noise. At the right the deviation of each pixel: white 0, black {scale:.0f} of "
        "255.",
    )


# W


def ways(frames: UInt8[ndarray, "ways frames h w 3"], told: Sequence[str], shares: Sequence[float]) -> HTML:
    """Pictures between the same two ends, in z and in w."""
    return viz.show(
        viz.examples,
        frames,
        told,
        [f"{share:.0%}" for share in shares],
        across=1,
        alt=f"Pictures between the same two: {'; '.join(told)}.",
        caption="Two ways between the same two pictures. Does anything come and go on one of them?",
    )


def compared(found: Mapping[str, float], label: str, caption: str) -> HTML:
    """One number of several models or spaces, as bars."""
    return viz.show(
        viz.bars_over_seeds,
        {name: [value] for name, value in found.items()},
        label,
        alt=f"{label}: {viz.listed(found, 3)}.",
        caption=caption,
    )


def effects(found: Float[ndarray, "directions measures"], names: Sequence[str], measures: Sequence[str]) -> HTML:
    """What a step along each direction changes."""
    strongest = [
        f"{name}: {measures[int(np.abs(row).argmax())]} {row[np.abs(row).argmax()]:+.1f}"
        for name, row in zip(names, found)
    ]
    return viz.show(
        viz.block_maps,
        [np.clip(found / 2, -1, 1)],
        [list(names)],
        [list(measures)],
        [""],
        "change / 2 (deviations)",
        alt=f"What two deviations along each direction change, in deviations of each measure; the most: "
        f"{'; '.join(strongest)}.",
        caption="Rows: principal directions of w, two deviations along each. Blue is less, red is more; full colour is "
        "two deviations of the measure over samples.",
    )


def walks(frames: UInt8[ndarray, "directions stops h w 3"], names: Sequence[str], stops: Sequence[float]) -> HTML:
    """A picture moved along directions."""
    told = [f"{stop:+g} SD".replace("-", "−") if stop else "start" for stop in stops]
    return viz.show(
        viz.examples,
        frames,
        names,
        told,
        across=1,
        alt=f"One picture moved along {len(names)} directions by {', '.join(told)}: {'; '.join(names)}.",
        caption="One picture, moved along single directions. SD: standard deviations of w along it.",
    )


# Projection


def projected(wanted: Pictures, found: Mapping[str, Pictures], told: Sequence[str]) -> HTML:
    """Pictures that were looked for, and what was found in each space."""
    return viz.show(
        viz.examples,
        np.stack([wanted, *found.values()], axis=1),
        told,
        ["looked for", *found],
        across=2,
        alt=f"{viz.count(len(wanted))} pictures and what was found in {' and '.join(found)}: {'; '.join(told)}.",
        caption="Left what was looked for, then the nearest that was found.",
    )


def searches(found: Mapping[str, Sequence[float]]) -> HTML:
    """How searches come nearer."""
    steps = list(range(1, 1 + len(next(iter(found.values())))))
    ends = "; ".join(f"{name} from {values[0]:.3f} to {values[-1]:.3f}" for name, values in found.items())
    return viz.show(
        viz.curves,
        found,
        steps,
        "step",
        "distance",
        log=True,
        alt=f"Distance between what is drawn and what is looked for, over {len(steps)} steps: {ends}.",
        caption="Means over pictures. The loss is squared error and the distance of the features.",
    )


# Where it fails


def worst(pictures: Pictures, odd: Sequence[float]) -> HTML:
    """Samples that are farthest from all renders."""
    labels = [f"{value:.1f}" for value in odd]
    return viz.show(
        viz.image_grid,
        pictures,
        labels,
        columns=8,
        alt=f"{viz.count(len(labels))} samples that are {', '.join(labels)} times as far from renders as renders are "
        "from each other.",
        caption="The samples that are least like any render. Below each, how far the five nearest renders are; 1 is "
        "usual among renders.",
    )


def failed(wanted: Pictures, found: Pictures, told: Sequence[str], caption: str) -> HTML:
    """Pictures that cannot be found."""
    return viz.show(
        viz.examples,
        np.stack([wanted, found], axis=1),
        told,
        ["looked for", "found"],
        across=3,
        alt=f"{viz.count(len(told))} pictures that the prior cannot draw, beside what was found: {'; '.join(told)}.",
        caption=caption,
    )
