"""Kinds of figure that several chapters use."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float, Int, UInt8
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator, NullFormatter
from numpy import ndarray

from ganbook.viz.style import BLUE, DIGIT_COLOURS, GREEN, ORANGE, PAGE_WIDTH, PINK


def image_grid(images: UInt8[ndarray, "n height width"], labels: Sequence[str], columns: int = 6) -> Figure:
    """Grey images in rows with a line or two of text under each."""
    rows = -(-len(images) // columns)
    lines = max(text.count("\n") + 1 for text in labels)
    side = PAGE_WIDTH / columns
    figure, axes = plt.subplots(rows, columns, figsize=(PAGE_WIDTH, rows * (side + 0.1 + 0.2 * lines)), squeeze=False)
    for axis in axes.flat[len(images) :]:
        axis.set_axis_off()
    for axis, image, text in zip(axes.flat, images, labels):
        _picture(axis, image)
        axis.text(0.5, -0.06, text, transform=axis.transAxes, ha="center", va="top", fontsize=9.5)
    return figure


def _picture(axis: Axes, image: UInt8[ndarray, "height width"]) -> None:
    """A grey image in a thin frame: its edge is to be seen on a dark page, too."""
    axis.imshow(image, vmin=0, vmax=255)
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set(visible=True, color="#888888", linewidth=0.6)


def curves(
    series: Mapping[str, Sequence[float]], x: Sequence[float], x_label: str, y_label: str, log: bool = False, height: float = 2.8
) -> Figure:
    """Lines over a common axis, each named in the legend."""
    figure, axis = plt.subplots(figsize=(PAGE_WIDTH, height))
    for name, values in series.items():
        axis.plot(x, values, label=name, linewidth=1.6)
    axis.set(xlabel=x_label, ylabel=y_label)
    if log:
        axis.set_yscale("log")
        axis.yaxis.set(major_locator=LogLocator(subs=(1, 2, 5)), major_formatter="{x:g}", minor_formatter=NullFormatter())
    axis.grid(alpha=0.25)
    if len(series) > 1:
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def histograms(
    front: Float[ndarray, "panels classes"], behind: Float[ndarray, " classes"], titles: Sequence[str], names: Sequence[str]
) -> Figure:
    """Label histograms of several fixed latents, each before the histogram of random latents."""
    figure, axes = plt.subplots(1, len(front), figsize=(PAGE_WIDTH, 2.7), sharey=True, squeeze=False)
    place = np.arange(len(behind))
    for axis, shares, title in zip(axes[0], front, titles):
        axis.bar(place, behind, width=0.9, color=ORANGE, alpha=0.45, label="different: a fresh c for each image")
        axis.bar(place, shares, width=0.5, color=BLUE, label="same: one c for all images")
        axis.set(title=title, xlabel="label", xticks=place)
        axis.set_xticklabels(names)
    axes[0, 0].set_ylabel("share of images")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def grouped_bars(series: Mapping[str, Sequence[float]], groups: Sequence[str], y_label: str, x_label: str = "") -> Figure:
    """Bars side by side for each group."""
    figure, axis = plt.subplots(figsize=(PAGE_WIDTH, 2.8))
    width = 0.8 / len(series)
    for number, (name, values) in enumerate(series.items()):
        axis.bar(np.arange(len(groups)) + (number - (len(series) - 1) / 2) * width, values, width, label=name)
    axis.set(ylabel=y_label, xlabel=x_label, xticks=range(len(groups)))
    axis.set_xticklabels(groups)
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(series))
    return figure


def bars_over_seeds(values: Mapping[str, Sequence[float]], x_label: str, limit: float | None = None) -> Figure:
    """Horizontal bars of means, with a dot for each seed; ``limit`` draws a dashed line to compare with."""
    figure, axis = plt.subplots(figsize=(PAGE_WIDTH, 0.7 + 0.42 * len(values)))
    for row, (name, numbers) in enumerate(values.items()):
        axis.barh(row, np.mean(numbers), height=0.6, color=BLUE, alpha=0.75)
        axis.plot(numbers, [row] * len(numbers), "o", color=ORANGE, markersize=6)
    axis.set(xlabel=x_label, yticks=range(len(values)))
    axis.set_yticklabels(values)
    axis.invert_yaxis()
    if limit is not None:
        axis.axvline(limit, linestyle="--", color="#888888")
    return figure


def heatmaps(
    matrices: Sequence[Float[ndarray, "n n"]], titles: Sequence[str], names: Sequence[str], labels: Sequence[str], diverging: Sequence[bool]
) -> Figure:
    """Square matrices side by side; a diverging one has its colours centred at zero."""
    side = min(PAGE_WIDTH / len(matrices), 4.6)
    figure, axes = plt.subplots(1, len(matrices), figsize=(side * len(matrices), side * 0.88), squeeze=False)
    for axis, matrix, title, label, centred in zip(axes[0], matrices, titles, labels, diverging):
        limit = np.abs(matrix - np.diag(np.diag(matrix))).max()
        options = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit} if centred else {"cmap": "viridis", "vmin": 0, "vmax": limit}
        image = axis.imshow(matrix, **options)
        axis.set(title=title, xticks=range(len(names)), yticks=range(len(names)))
        axis.set_xticklabels(names)
        axis.set_yticklabels(names)
        figure.colorbar(image, ax=axis, shrink=0.85, label=label)
    return figure


def scatter_pairs(
    x: Float[ndarray, "n n"], y: Float[ndarray, "n n"], names: Sequence[str], x_label: str, y_label: str, marked: int = 8
) -> Figure:
    """One dot for each pair of classes; the ``marked`` pairs with the largest x carry their names."""
    figure, axis = plt.subplots(figsize=(PAGE_WIDTH, 3.6))
    rows, columns = np.triu_indices(len(names), 1)
    horizontal, vertical = x[rows, columns], y[rows, columns]
    axis.scatter(horizontal, vertical, s=22)
    for pair in np.argsort(horizontal)[-marked:]:
        text = f"{names[rows[pair]]} & {names[columns[pair]]}"
        axis.annotate(text, (horizontal[pair], vertical[pair]), xytext=(4, 4), textcoords="offset points", fontsize=9.5)
    axis.axhline(0, color="#888888", linewidth=0.8)
    axis.set(xlabel=x_label, ylabel=y_label)
    axis.margins(x=0.08)
    return figure


def label_maps(
    maps: Sequence[Int[ndarray, "side side"]], extents: Sequence[tuple[float, float, float, float]], titles: Sequence[str],
    axis_labels: Sequence[tuple[str, str]], names: Sequence[str],
) -> Figure:  # fmt: skip
    """Maps of the preferred label over two coordinates, regions coloured and named by their label."""
    figure, axes = plt.subplots(1, len(maps), figsize=(PAGE_WIDTH, PAGE_WIDTH / len(maps) * 1.05), squeeze=False)
    outline = [withStroke(linewidth=2.5, foreground="#222222")]
    colours = ListedColormap(DIGIT_COLOURS[: len(names)])
    for axis, labels, extent, title, (horizontal, vertical) in zip(axes[0], maps, extents, titles, axis_labels):
        axis.imshow(labels, origin="lower", extent=extent, cmap=colours, vmin=-0.5, vmax=len(names) - 0.5, aspect="auto")
        axis.set(title=title, xlabel=horizontal, ylabel=vertical)
        for label in np.unique(labels):
            row, column = _middle(labels == label)
            x = extent[0] + (column + 0.5) / labels.shape[1] * (extent[1] - extent[0])
            y = extent[2] + (row + 0.5) / labels.shape[0] * (extent[3] - extent[2])
            axis.text(x, y, names[label], ha="center", va="center", color="white", fontsize=11, fontweight="bold", path_effects=outline)
    return figure


def _middle(region: ndarray) -> tuple[int, int]:
    """The point of a region that lies farthest from its border."""
    from scipy.ndimage import distance_transform_edt

    depth = distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    return np.unravel_index(depth.argmax(), depth.shape)


def examples(
    pictures: UInt8[ndarray, "n kinds height width"], texts: Sequence[str], kinds: Sequence[str], across: int = 2
) -> Figure:
    """Pictures that belong together side by side (such as source, target, generated), with a line of text above each such row."""
    rows, gap = -(-len(pictures) // across), 0.3
    block = (PAGE_WIDTH - gap * (across - 1)) / across
    side = block / len(kinds)
    height = 0.26 + rows * (side + 0.3)
    figure = plt.figure(figsize=(PAGE_WIDTH, height), layout="none")
    for number, (row_of_pictures, text) in enumerate(zip(pictures, texts, strict=True)):
        row, column = divmod(number, across)
        left, top = column * (block + gap), height - 0.26 - row * (side + 0.3)
        figure.text((left + 0.03) / PAGE_WIDTH, (top - 0.13) / height, text, va="center", fontsize=9.5)
        for kind, picture in enumerate(row_of_pictures):
            x, y = left + kind * side + 0.03, top - 0.27 - (side - 0.06)
            axis = figure.add_axes((x / PAGE_WIDTH, y / height, (side - 0.06) / PAGE_WIDTH, (side - 0.06) / height))
            _picture(axis, picture)
            if row == 0:
                middle = (x + side / 2 - 0.03) / PAGE_WIDTH
                figure.text(middle, 1 - 0.13 / height, kinds[kind], ha="center", va="center", fontsize=9.5, fontweight="bold")
    return figure


def distributions(series: Mapping[str, Float[ndarray, " n"]], x_label: str, y_label: str, bins: int = 50) -> Figure:
    """Outlined histograms over each other, as shares, each with a dashed line at its mean."""
    figure, axis = plt.subplots(figsize=(PAGE_WIDTH, 2.8))
    edges = np.linspace(min(map(np.min, series.values())), max(map(np.max, series.values())), bins + 1)
    for colour, (name, values) in zip((BLUE, ORANGE, GREEN, PINK), series.items()):
        weights = np.full(len(values), 1 / len(values))
        axis.hist(values, edges, weights=weights, histtype="stepfilled", alpha=0.25, color=colour)
        axis.hist(values, edges, weights=weights, histtype="step", linewidth=1.6, color=colour, label=f"{name} (mean {values.mean():.2f})")
        axis.axvline(values.mean(), color=colour, linestyle="--", linewidth=1.2)
    axis.set(xlabel=x_label, ylabel=y_label)
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=min(len(series), 2))
    return figure


def block_maps(
    matrices: Sequence[Float[ndarray, "rows columns"]], row_names: Sequence[Sequence[str]], column_names: Sequence[Sequence[str]],
    titles: Sequence[str], label: str, widths: Sequence[float] = (1,),
) -> Figure:  # fmt: skip
    """Maps of values from -1 to 1 side by side, cut into blocks of equal size with a name for each row and column of blocks."""
    height = 0.8 + (PAGE_WIDTH - 2.6) * widths[0] / sum(widths)
    figure, axes = plt.subplots(1, len(matrices), figsize=(PAGE_WIDTH, height), squeeze=False, width_ratios=widths)
    for axis, matrix, rows, columns, title in zip(axes[0], matrices, row_names, column_names, titles):
        image = axis.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
        axis.set_title(title)
        for draw, names, ticks, count in (
            (axis.axhline, rows, axis.set_yticks, matrix.shape[0]), (axis.axvline, columns, axis.set_xticks, matrix.shape[1])
        ):  # fmt: skip
            size = count / len(names)
            for cut in range(1, len(names)):
                draw(cut * size - 0.5, color="#444444", linewidth=0.8)
            ticks((np.arange(len(names)) + 0.5) * size - 0.5, names)
        axis.tick_params(length=0)
        if max(map(len, columns)) > 8:
            axis.tick_params(axis="x", rotation=90)
        axis.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes[0].tolist(), shrink=0.85, label=label)
    return figure


def boxes(groups: Mapping[str, Float[ndarray, " n"]], y_label: str) -> Figure:
    """A box plot (median, quartiles, whiskers of 1.5 box heights) for each group, with all its values as dots beside it."""
    figure, axis = plt.subplots(figsize=(PAGE_WIDTH, 3.0))
    places = np.arange(len(groups))
    line = {"color": "#888888", "linewidth": 1.4}
    axis.boxplot(
        list(groups.values()), positions=places, widths=0.4, showfliers=False, boxprops={"color": BLUE, "linewidth": 1.6},
        medianprops={"color": ORANGE, "linewidth": 2}, whiskerprops=line, capprops=line,
    )  # fmt: skip
    for place, values in zip(places, groups.values()):
        spread = np.random.default_rng(0).uniform(0.26, 0.38, len(values))
        axis.plot(place + spread, values, "o", color=BLUE, markersize=3, alpha=0.5)
    axis.set(ylabel=y_label, xlim=(-0.6, len(groups) - 0.4))
    axis.set_xticks(places, groups)
    axis.grid(axis="y", alpha=0.25)
    return figure


def lines_with_intervals(
    series: Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[float]]], x: Sequence[float], x_label: str, y_label: str
) -> Figure:
    """Lines of (values, lows, highs) over a common axis, with the interval as a band."""
    figure, axis = plt.subplots(figsize=(PAGE_WIDTH, 2.8))
    for name, (values, lows, highs) in series.items():
        (line,) = axis.plot(x, values, marker="o", markersize=4, linewidth=1.6, label=name)
        axis.fill_between(x, lows, highs, color=line.get_color(), alpha=0.2, linewidth=0)
    axis.set(xlabel=x_label, ylabel=y_label)
    axis.grid(alpha=0.25)
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
