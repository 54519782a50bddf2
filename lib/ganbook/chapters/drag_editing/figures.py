"""The figures of the page, one function each: data in, the figure with caption and an alt text made from the data out.

Pictures are uint8 (n, height, width, 3), see :func:`ganbook.data.pixels.shown`. What is returned can be displayed (see
:func:`ganbook.viz.show`).
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML
from jaxtyping import Float, UInt8
from numpy import ndarray
from PIL import Image, ImageDraw
from torch import Tensor

from ganbook import viz
from ganbook.chapters.drag_editing.analysis import Value
from ganbook.chapters.drag_editing.inference import Drag
from ganbook.chapters.drag_editing.studies import Background, Case, Own, asked_words
from ganbook.data.avatars import LANDMARKS
from ganbook.data.pixels import shown

Pictures = UInt8[ndarray, "n height width 3"]

ARROW, HELD, PAPER = (232, 89, 12), (28, 126, 214), (255, 255, 255)
"""Colours of drags and of anchors, in figures and in the widget, and of what lies under them."""

LARGE, FINE = 256, 2
"""Pixels of a side of a picture with marks, and how many times as large it is drawn."""


def marked(
    picture: UInt8[ndarray, "side side 3"], drags: Sequence[Drag] = (), anchors: Sequence[tuple[float, float]] = ()
) -> UInt8[ndarray, "large large 3"]:
    """A picture, enlarged, with arrows for drags, circles for zooms and rings for anchors."""
    scale = LARGE * FINE / len(picture)
    image = Image.fromarray(picture).resize((LARGE * FINE,) * 2, Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(image)

    def ring(x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
        for ink, width in ((PAPER, 14), (colour, 7)):
            reach = radius * FINE + width / 2
            draw.ellipse(
                (x * scale - reach, y * scale - reach, x * scale + reach, y * scale + reach), outline=ink, width=width
            )

    for drag in drags:
        ring(drag.x, drag.y, 3, ARROW)
        for zoomed in (1.0, math.exp(drag.zoom)) if drag.zoom else ():
            ring(drag.x, drag.y, 36 * zoomed, ARROW)
        if math.hypot(drag.dx, drag.dy) > 1e-6:
            _arrow(draw, [each * scale for each in (drag.x, drag.y, drag.x + drag.dx, drag.y + drag.dy)])
    for x, y in anchors:
        ring(x, y, 8, HELD)
    return np.asarray(image.resize((LARGE, LARGE), Image.Resampling.BOX))


def _arrow(draw: ImageDraw.ImageDraw, ends: Sequence[float]) -> None:
    x, y, to_x, to_y = ends
    length = math.hypot(to_x - x, to_y - y)
    head = min(26.0, 0.6 * length)
    across, down = (to_x - x) / length * head, (to_y - y) / length * head
    wings = [(to_x - across + side * down * 0.6, to_y - down - side * across * 0.6) for side in (-1, 1)]
    for ink, width in ((PAPER, 16), (ARROW, 8)):
        draw.line([(x, y), (to_x, to_y)], fill=ink, width=width)
        draw.line([wings[0], (to_x, to_y), wings[1]], fill=ink, width=width, joint="curve")


# What flow is


def pairs(before: Pictures, after: Pictures, flows: Mapping[str, Float[Tensor, "n 2 side side"]]) -> HTML:
    """Pairs of pictures and the flow between them, by several ways."""
    most = max(float(each.norm(dim=1).max()) for each in flows.values())
    columns = {"first": before, "second": after} | {name: flow_colours(each, most) for name, each in flows.items()}
    lengths = {name: float(each.norm(dim=1).mean()) for name, each in flows.items()}
    return viz.show(
        viz.examples,
        np.stack(list(columns.values()), axis=1),
        viz.numbered("pair", len(before)),
        list(columns),
        across=1,
        alt=f"{viz.count(len(before))} pairs of pictures and flows between them. Mean length in pixels: "
        f"{viz.listed(lengths)}.",
        caption=f"Flow in colours: the hue is the direction, strong where content moves far (up to {most:.1f} pixels), "
        "grey where nothing moves.",
    )


def flow_colours(flow: Float[Tensor, "n 2 side side"], most: float) -> Pictures:
    """Direction as hue, length as saturation; ``most`` is the length with the full colour."""
    from matplotlib.colors import hsv_to_rgb

    x, y = flow.numpy()[:, 0], flow.numpy()[:, 1]
    hue, length = (np.arctan2(y, x) / (2 * np.pi)) % 1, np.minimum(np.hypot(x, y) / max(most, 1e-6), 1)
    colours = hsv_to_rgb(np.stack([hue, length, 0.6 + 0.4 * length], -1))
    return (255 * colours).round().astype(np.uint8)


# Edits


def cases(found: Sequence[Case]) -> HTML:
    """Annotations, and the picture beside each that they make."""
    rows = np.stack(
        [np.stack([marked(shown(each.before), each.drags, each.anchors), marked(shown(each.after))]) for each in found]
    )
    told = "; ".join(f"{each.name} {case_told(each)}" for each in found)
    return viz.show(
        viz.examples,
        rows,
        [f"{each.name} {asked_words(each)}" for each in found],
        ["marks", "result"],
        across=3,
        alt=f"{viz.count(len(found))} pictures with marks and the picture that comes of each. {told}.",
        caption="Arrows drag, blue rings hold, circles tell how much nearer or farther the face should come.",
    )


def case_told(case: Case) -> str:
    """How far the handle went of what was asked, and what was held."""
    (drag,) = case.drags
    dx, dy = case.gone[case.handle].tolist()
    text = f"the {LANDMARKS[case.handle]} was to go ({drag.dx:.1f}, {drag.dy:.1f}) and went ({dx:.1f}, {dy:.1f}) pixels"
    if case.held:
        text += f", what was held {float(case.gone[list(case.held)].norm(dim=1).mean()):.1f}"
    return text


def background(found: Background, most: int = 3) -> HTML:
    """Drags that start on the background, and what comes of them."""
    before = np.stack([marked(*each) for each in zip(shown(found.before[:most]), ([drag] for drag in found.drags))])
    after = np.stack([marked(each) for each in shown(found.after[:most])])
    return viz.show(
        viz.examples,
        np.stack([before, after], axis=1),
        viz.numbered("sample", len(before)),
        ["marks", "result"],
        across=3,
        alt=f"{viz.count(len(before))} pictures with an arrow in the upper left corner, and the picture that comes of "
        f"each without the check. Landmarks went {found.gone:.1f} pixels on average.",
        caption="A corner of the background dragged to the right, with the check switched off.",
    )


def own_pictures(found: Own) -> HTML:
    """Given pictures, what the generator draws nearest to them, and that dragged."""
    marks = np.stack([marked(*each) for each in zip(shown(found.found), ([drag] for drag in found.drags))])
    columns = [np.stack([marked(each) for each in shown(pictures)]) for pictures in (found.given, found.after)]
    return viz.show(
        viz.examples,
        np.stack([columns[0], marks, columns[1]], axis=1),
        [f"{value:.1f} dB" for value in found.psnr],
        ["given", "found", "dragged"],
        across=1,
        alt=f"{viz.count(len(marks))} given pictures, the pictures that were found for them, and these after a drag of "
        f"the nose. PSNR {found.psnr.min():.1f} to {found.psnr.max():.1f} dB.",
        caption="Given pictures, the nearest that the generator can draw, and these with their noses dragged.",
    )


def ways_of_editing(before: Pictures, by: Mapping[str, Pictures], drags: Sequence[Drag]) -> HTML:
    """The same drags answered by several ways."""
    columns = [np.stack([marked(each, [drag]) for each, drag in zip(before, drags, strict=True)])]
    columns += [np.stack([marked(each) for each in pictures]) for pictures in by.values()]
    return viz.show(
        viz.examples,
        np.stack(columns, axis=1),
        viz.numbered("drag", len(before)),
        ["drag", *by],
        across=1,
        alt=f"{viz.count(len(before))} drags and the pictures that {', '.join(by)} make of them.",
        caption="One handle, one arrow, and what each way of editing makes of it.",
    )


def lengths(found: Mapping[str, Mapping[float, Mapping[str, Value]]]) -> HTML:
    """How far handles go along the arrow, by the arrow's length."""
    far = sorted(next(iter(found.values())))
    series = {name: tuple(zip(*(each[length]["gone"] for length in far))) for name, each in found.items()}
    series = {"as asked": (far, far, far)} | series
    ends = {name: each[far[-1]]["gone"].value for name, each in found.items()}
    return viz.show(
        viz.lines_with_intervals,
        series,
        far,
        "length of the arrow, pixels",
        "gone along it, pixels",
        alt=f"Way gone along arrows of {far[0]:g} to {far[-1]:g} pixels. Of {far[-1]:g} pixels went: "
        f"{viz.listed(ends)}.",
        caption="How far handles go (band: 95 % over samples).",
    )


def tokens(found: Mapping[str, Mapping[int, Value]], y_label: str, caption: str) -> HTML:
    """A number by how many motions the network is shown."""
    counts = sorted(set.intersection(*(set(each) for each in found.values())))
    series = {name: tuple(zip(*(each[n] for n in counts))) for name, each in found.items()}
    ends = "; ".join(
        f"{name} {each[counts[0]].value:.2f} to {each[counts[-1]].value:.2f}" for name, each in found.items()
    )
    return viz.show(
        viz.lines_with_intervals,
        series,
        counts,
        "motions shown",
        y_label,
        log=True,
        alt=f"{y_label} with {counts[0]} to {counts[-1]} motions: {ends}.",
        caption=caption,
    )


def losses(curves: Mapping[str, Sequence], name: str, y_label: str, caption: str, most: int = 150) -> HTML:
    """A column of a run's curves, each a mean over parts of the training."""
    parts = np.array_split(np.arange(len(curves["step"])), min(most, len(curves["step"])))
    values, steps = ([float(np.mean([curves[key][at] for at in part])) for part in parts] for key in (name, "step"))
    return viz.show(
        viz.curves,
        {y_label: values},
        steps,
        "step",
        y_label,
        alt=f"{y_label} over {curves['step'][-1]:,.0f} steps: from {values[0]:.3f} to {values[-1]:.3f}.",
        caption=caption,
    )


def published(theirs: Mapping[str, Mapping[str, float]], ours: Mapping[str, Mapping[str, float]]) -> HTML:
    """Share of the distance that is left after dragging landmarks, published and here: groups of bars.

    Args:
        theirs: distances by method and number of landmarks; the first method is no edit, then this one, then DragGAN.
        ours: shares by method, ``transformer`` and ``optimisation``, and number of landmarks.
    """
    keys = {"one": ("1", "1"), "five": ("5", "5"), "all": ("68", "12")}
    still, method, rival = theirs.values()
    bars = {
        "published": [method[key] / still[key] for key, _ in keys.values()],
        "here": [ours["transformer"][key] for _, key in keys.values()],
        "DragGAN, published": [rival[key] / still[key] for key, _ in keys.values()],
        "optimisation, here": [ours["optimisation"][key] for _, key in keys.values()],
    }
    told = "; ".join(f"{name} {', '.join(f'{value:.2f}' for value in values)}" for name, values in bars.items())
    return viz.show(
        viz.grouped_bars,
        bars,
        list(keys),
        "distance left",
        "landmarks dragged together",
        alt=f"Distance left over distance before, for one, five and all landmarks: {told}.",
        caption="Landmarks dragged to those of another picture: the share of the distance that is left (1: no edit). "
        "Published: photographs of faces and 68 landmarks; here avatars and 12. Only shares are laid side by side.",
    )
