"""Painting a layout, and annotating a sample: live in Jupyter and on pages, a still picture where neither runs."""

from ganbook.chapters.few_shot_layout.widgets.layout_painter import LayoutPainter
from ganbook.chapters.few_shot_layout.widgets.one_shot_annotator import OneShotAnnotator

__all__ = ["LayoutPainter", "OneShotAnnotator"]
