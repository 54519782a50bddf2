"""Kinds of figure that several chapters use.

Each takes its ``width`` in inches. Where that is less than the page's, panels stand below each other and texts have
more lines.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullFormatter, NullLocator
from matplotlib.transforms import Bbox
from numpy import ndarray

from ganbook.viz.style import BLUE, DIGIT_COLOURS, GREEN, LETTER, ORANGE, PAGE_WIDTH, PINK, fitted


def _table(panels: int, width: float) -> tuple[int, int]:
    """Rows and columns of panels: side by side, or one below the other on a narrow page."""
    return (1, panels) if width >= PAGE_WIDTH else (panels, 1)


def _legend(axis: Axes, width: float, **wide) -> None:
    """A legend where ``wide`` says; on a narrow page above the axes, and the figure is so much higher."""
    if width >= PAGE_WIDTH:
        axis.legend(**wide)
        return
    handles, names = axis.get_legend_handles_labels()
    columns = max(1, min(len(names), int(width / (max(map(len, names)) * LETTER + 0.6))))
    axis.figure.legend(handles, names, loc="outside upper center", ncols=columns)
    axis.figure.set_figheight(axis.figure.get_figheight() + 0.2 * -(-len(names) // columns))


def curves(
    series: Mapping[str, Sequence[float]],
    x: Sequence[float],
    x_label: str,
    y_label: str,
    log: bool = False,
    height: float = 2.8,
    *,
    width: float = PAGE_WIDTH,
) -> Figure:
    """Lines over a common axis, each named in the legend."""
    figure, axis = plt.subplots(figsize=(width, height))
    for name, values in series.items():
        axis.plot(x, values, label=name, linewidth=1.6)
    axis.set(xlabel=fitted(x_label, width - 1), ylabel=y_label)
    if log:
        _log_y(axis)
    axis.grid(alpha=0.25)
    if len(series) > 1:
        _legend(axis, width, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _log_y(axis: Axes) -> None:
    """A logarithmic y axis with ticks at 1, 2, 5, 10, ..."""
    axis.set_yscale("log")
    axis.yaxis.set(major_locator=LogLocator(subs=(1, 2, 5)), major_formatter="{x:g}", minor_formatter=NullFormatter())


def histograms(
    front: Float[ndarray, "panels classes"],
    behind: Float[ndarray, " classes"],
    titles: Sequence[str],
    names: Sequence[str],
    *,
    width: float = PAGE_WIDTH,
) -> Figure:
    """Label histograms of several fixed latents, each before the histogram of random latents."""
    rows, columns = _table(len(front), width)
    figure, axes = plt.subplots(rows, columns, figsize=(width, 2.7 * rows), sharey=True, squeeze=False)
    place = np.arange(len(behind))
    for axis, shares, title in zip(axes.flat, front, titles):
        axis.bar(place, behind, width=0.9, color=ORANGE, alpha=0.45, label="different: a fresh c for each image")
        axis.bar(place, shares, width=0.5, color=BLUE, label="same: one c for all images")
        axis.set(title=title, xlabel="label", xticks=place)
        axis.set_xticklabels(names)
    for axis in axes[:, 0]:
        axis.set_ylabel("share of images")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=min(columns, 2))
    return figure


def grouped_bars(
    series: Mapping[str, Sequence[float]],
    groups: Sequence[str],
    y_label: str,
    x_label: str = "",
    *,
    width: float = PAGE_WIDTH,
) -> Figure:
    """Bars side by side for each group."""
    figure, axis = plt.subplots(figsize=(width, 2.8))
    bar = 0.8 / len(series)
    for number, (name, values) in enumerate(series.items()):
        axis.bar(np.arange(len(groups)) + (number - (len(series) - 1) / 2) * bar, values, bar, label=name)
    axis.set(ylabel=y_label, xlabel=x_label, xticks=range(len(groups)))
    axis.set_xticklabels([fitted(name, (width - 0.8) / len(groups)) for name in groups])
    _legend(axis, width, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(series))
    return figure


def bars_over_seeds(
    values: Mapping[str, Sequence[float]], x_label: str, limit: float | None = None, *, width: float = PAGE_WIDTH
) -> Figure:
    """Horizontal bars of means, with a dot for each seed; ``limit`` draws a dashed line to compare with."""
    figure, axis = plt.subplots(figsize=(width, 0.7 + 0.42 * len(values)))
    for row, numbers in enumerate(values.values()):
        axis.barh(row, np.mean(numbers), height=0.6, color=BLUE, alpha=0.75)
        axis.plot(numbers, [row] * len(numbers), "o", color=ORANGE, markersize=6)
    axis.set(xlabel=fitted(x_label, 0.6 * width), yticks=range(len(values)))
    axis.set_yticklabels([fitted(name, 0.35 * width) for name in values])
    axis.invert_yaxis()
    if limit is not None:
        axis.axvline(limit, linestyle="--", color="#888888")
    return figure


def heatmaps(
    matrices: Sequence[Float[ndarray, "n n"]],
    titles: Sequence[str],
    names: Sequence[str],
    labels: Sequence[str],
    diverging: Sequence[bool],
    *,
    width: float = PAGE_WIDTH,
) -> Figure:
    """Square matrices side by side; a diverging one has its colours centred at zero."""
    rows, columns = _table(len(matrices), width)
    side = min(width / columns, 4.6)
    figure, axes = plt.subplots(rows, columns, figsize=(side * columns, side * 0.88 * rows), squeeze=False)
    for axis, matrix, title, label, centred in zip(axes.flat, matrices, titles, labels, diverging):
        limit = np.abs(matrix - np.diag(np.diag(matrix))).max()
        options = (
            {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
            if centred
            else {"cmap": "viridis", "vmin": 0, "vmax": limit}
        )
        image = axis.imshow(matrix, **options)
        axis.set(title=title, xticks=range(len(names)), yticks=range(len(names)))
        axis.set_xticklabels(names)
        axis.set_yticklabels(names)
        figure.colorbar(image, ax=axis, shrink=0.85, label=label)
    return figure


def scatter_pairs(
    x: Float[ndarray, "n n"],
    y: Float[ndarray, "n n"],
    names: Sequence[str],
    x_label: str,
    y_label: str,
    marked: int = 8,
    *,
    width: float = PAGE_WIDTH,
) -> Figure:
    """One dot for each pair of classes;
    the ``marked`` pairs with the largest x carry their names, where there is room.
    """
    figure, axis = plt.subplots(figsize=(width, 3.6))
    rows, columns = np.triu_indices(len(names), 1)
    horizontal, vertical = x[rows, columns], y[rows, columns]
    axis.scatter(horizontal, vertical, s=22)
    axis.axhline(0, color="#888888", linewidth=0.8)
    axis.set(xlabel=x_label, ylabel=y_label)
    axis.margins(x=0.08 * PAGE_WIDTH / width)
    figure.draw_without_rendering()
    dots = axis.transData.transform(np.stack([horizontal, vertical], axis=1))
    taken = [Bbox([dot - 4, dot + 4]) for dot in dots]
    for pair in np.argsort(-horizontal)[:marked]:
        text = f"{names[rows[pair]]} & {names[columns[pair]]}"
        name = axis.annotate(
            text, (horizontal[pair], vertical[pair]), xytext=(0, 0), textcoords="offset points", fontsize=9.5
        )
        _put_where_free(name, taken)
    return figure


def _put_where_free(name: Annotation, taken: list[Bbox]) -> None:
    """Put a point's name at a side of it where it covers nothing that is ``taken``, and take that place;
    take the name away if there is none.
    """
    for x, y, side in ((5, 3, "left"), (5, -11, "left"), (-5, 3, "right"), (-5, -11, "right")):
        name.xyann = x, y
        name.set_ha(side)
        place = name.get_window_extent()
        if not any(map(place.overlaps, taken)):
            taken.append(place)
            return
    name.remove()


def label_maps(
    maps: Sequence[Int[ndarray, "side side"]],
    extents: Sequence[tuple[float, float, float, float]],
    titles: Sequence[str],
    axis_labels: Sequence[tuple[str, str]],
    names: Sequence[str],
    *,
    width: float = PAGE_WIDTH,
) -> Figure:
    """Maps of the preferred label over two coordinates, regions coloured and named by their label."""
    rows, columns = _table(len(maps), width)
    figure, axes = plt.subplots(rows, columns, figsize=(width, rows * min(width / columns * 1.05, 3.2)), squeeze=False)
    outline = [withStroke(linewidth=2.5, foreground="#222222")]
    colours = ListedColormap(DIGIT_COLOURS[: len(names)])
    for axis, labels, extent, title, (horizontal, vertical) in zip(axes.flat, maps, extents, titles, axis_labels):
        axis.imshow(
            labels, origin="lower", extent=extent, cmap=colours, vmin=-0.5, vmax=len(names) - 0.5, aspect="auto"
        )
        axis.set(title=title, xlabel=horizontal, ylabel=vertical)
        for label in np.unique(labels):
            row, column = _middle(labels == label)
            x = extent[0] + (column + 0.5) / labels.shape[1] * (extent[1] - extent[0])
            y = extent[2] + (row + 0.5) / labels.shape[0] * (extent[3] - extent[2])
            axis.text(
                x,
                y,
                names[label],
                ha="center",
                va="center",
                color="white",
                fontsize=11,
                fontweight="bold",
                path_effects=outline,
            )
    return figure


def _middle(region: ndarray) -> tuple[int, int]:
    """The point of a region that lies farthest from its border."""
    from scipy.ndimage import distance_transform_edt

    depth = distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    return np.unravel_index(depth.argmax(), depth.shape)


def distributions(
    series: Mapping[str, Float[ndarray, " n"]], x_label: str, y_label: str, bins: int = 50, *, width: float = PAGE_WIDTH
) -> Figure:
    """Outlined histograms over each other, as shares, each with a dashed line at its mean."""
    figure, axis = plt.subplots(figsize=(width, 2.8))
    edges = np.linspace(min(map(np.min, series.values())), max(map(np.max, series.values())), bins + 1)
    for colour, (name, values) in zip((BLUE, ORANGE, GREEN, PINK), series.items()):
        weights = np.full(len(values), 1 / len(values))
        axis.hist(values, edges, weights=weights, histtype="stepfilled", alpha=0.25, color=colour)
        axis.hist(
            values,
            edges,
            weights=weights,
            histtype="step",
            linewidth=1.6,
            color=colour,
            label=f"{name} (mean {values.mean():.2f})",
        )
        axis.axvline(values.mean(), color=colour, linestyle="--", linewidth=1.2)
    axis.set(xlabel=x_label, ylabel=y_label)
    _legend(axis, width, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=min(len(series), 2))
    return figure


def block_maps(
    matrices: Sequence[Float[ndarray, "rows columns"]],
    row_names: Sequence[Sequence[str]],
    column_names: Sequence[Sequence[str]],
    titles: Sequence[str],
    label: str,
    widths: Sequence[float] = (1,),
    *,
    width: float = PAGE_WIDTH,
) -> Figure:
    """Maps of values from -1 to 1 side by side,
    cut into blocks of equal size with a name for each row and column of blocks.
    """
    figure, axes = _beside_or_below(widths, width)
    for axis, matrix, rows, columns, title in zip(axes, matrices, row_names, column_names, titles):
        image = axis.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
        axis.set_title(title)
        for draw, names, ticks, count in (
            (axis.axhline, rows, axis.set_yticks, matrix.shape[0]),
            (axis.axvline, columns, axis.set_xticks, matrix.shape[1]),
        ):
            size = count / len(names)
            for cut in range(1, len(names)):
                draw(cut * size - 0.5, color="#444444", linewidth=0.8)
            ticks((np.arange(len(names)) + 0.5) * size - 0.5, names)
        axis.tick_params(length=0)
        if max(map(len, columns)) > 8:
            axis.tick_params(axis="x", rotation=90)
        axis.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, shrink=0.85, label=label, location="right" if width >= PAGE_WIDTH else "bottom")
    return figure


def _beside_or_below(widths: Sequence[float], width: float) -> tuple[Figure, list[Axes]]:
    """Axes with these shares of the width and room for a colour bar:
    the first is about square, on a narrow page each is.
    """
    if width >= PAGE_WIDTH:
        height = 0.8 + (width - 2.6) * widths[0] / sum(widths)
        figure, axes = plt.subplots(1, len(widths), figsize=(width, height), squeeze=False, width_ratios=widths)
    else:
        figure, axes = plt.subplots(len(widths), 1, figsize=(width, 0.8 + (width - 0.8) * len(widths)), squeeze=False)
    return figure, list(axes.flat)


def boxes(groups: Mapping[str, Float[ndarray, " n"]], y_label: str, *, width: float = PAGE_WIDTH) -> Figure:
    """A box plot (median, quartiles, whiskers of 1.5 box heights) for each group,
    with all its values as dots beside it.
    """
    figure, axis = plt.subplots(figsize=(width, 3.0))
    places = np.arange(len(groups))
    line = {"color": "#888888", "linewidth": 1.4}
    axis.boxplot(
        list(groups.values()),
        positions=places,
        widths=0.4,
        showfliers=False,
        boxprops={"color": BLUE, "linewidth": 1.6},
        medianprops={"color": ORANGE, "linewidth": 2},
        whiskerprops=line,
        capprops=line,
    )
    for place, values in zip(places, groups.values()):
        spread = np.random.default_rng(0).uniform(0.26, 0.38, len(values))
        axis.plot(place + spread, values, "o", color=BLUE, markersize=3, alpha=0.5)
    axis.set(ylabel=y_label, xlim=(-0.6, len(groups) - 0.4))
    axis.set_xticks(places, [fitted(name, (width - 0.8) / len(groups)) for name in groups])
    axis.grid(axis="y", alpha=0.25)
    return figure


def lines_with_intervals(
    series: Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[float]]],
    x: Sequence[float],
    x_label: str,
    y_label: str,
    log: bool = False,
    log_y: bool = False,
    *,
    width: float = PAGE_WIDTH,
) -> Figure:
    """Lines of (values, lows, highs) over a common axis, with the interval as a band;
    ``log`` makes that axis logarithmic, with a tick at each x, and ``log_y`` the other one.
    """
    figure, axis = plt.subplots(figsize=(width, 2.8))
    for name, (values, lows, highs) in series.items():
        (line,) = axis.plot(x, values, marker="o", markersize=4, linewidth=1.6, label=name)
        axis.fill_between(x, lows, highs, color=line.get_color(), alpha=0.2, linewidth=0)
    axis.set(xlabel=fitted(x_label, width - 1), ylabel=y_label)
    if log:
        axis.set_xscale("log")
        axis.xaxis.set(major_locator=FixedLocator(x), major_formatter="{x:g}", minor_locator=NullLocator())
    elif all(float(place).is_integer() for place in x):
        axis.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    if log_y:
        _log_y(axis)
    axis.grid(alpha=0.25)
    _legend(axis, width, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
