"""Figures: each is a function that takes data and returns a matplotlib Figure.

:func:`show` puts one on the page for both themes, :func:`source` puts the library's own code there.
"""

from ganbook.viz.figures import (
    bars_over_seeds,
    block_maps,
    boxes,
    curves,
    distributions,
    grouped_bars,
    heatmaps,
    histograms,
    label_maps,
    lines_with_intervals,
    scatter_pairs,
)
from ganbook.viz.models import loaded, not_here
from ganbook.viz.picture_tables import examples, image_grid
from ganbook.viz.source import source
from ganbook.viz.style import DIGIT_COLOURS, show
from ganbook.viz.tables import markdown_table, over_seeds
from ganbook.viz.training_curves import losses
from ganbook.viz.words import count, listed, numbered, reached, unfinished

__all__ = [
    "DIGIT_COLOURS",
    "bars_over_seeds",
    "block_maps",
    "boxes",
    "count",
    "curves",
    "distributions",
    "examples",
    "grouped_bars",
    "heatmaps",
    "histograms",
    "image_grid",
    "label_maps",
    "lines_with_intervals",
    "listed",
    "loaded",
    "losses",
    "markdown_table",
    "not_here",
    "numbered",
    "over_seeds",
    "reached",
    "scatter_pairs",
    "show",
    "source",
    "unfinished",
]
