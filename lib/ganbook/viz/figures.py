"""Kinds of figure that several chapters use."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float, Int, UInt8
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy import ndarray

from ganbook.viz.style import BLUE, DIGIT_COLOURS, ORANGE, PAGE_WIDTH


def image_grid(images: UInt8[ndarray, "n height width"], labels: Sequence[str], columns: int = 6) -> Figure:
    """Grey images in rows with a line or two of text under each."""
    rows = -(-len(images) // columns)
    lines = max(text.count("\n") + 1 for text in labels)
    side = PAGE_WIDTH / columns
    figure, axes = plt.subplots(rows, columns, figsize=(PAGE_WIDTH, rows * (side + 0.1 + 0.2 * lines)), squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, image, text in zip(axes.flat, images, labels):
        axis.imshow(image, vmin=0, vmax=255)
        axis.text(0.5, -0.06, text, transform=axis.transAxes, ha="center", va="top", fontsize=9.5)
    return figure


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
