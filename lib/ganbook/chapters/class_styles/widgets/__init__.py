"""The painter of label maps: live in Jupyter and on pages, a still picture where neither Python nor scripts run."""

from ganbook.chapters.class_styles.widgets.class_styler import ClassStyler

__all__ = ["ClassStyler"]
