"""The explorer of drags: live in Jupyter and on pages, a still picture where neither Python nor scripts run."""

from ganbook.chapters.drag_editing.widgets.drag_editor import DragEditor

__all__ = ["DragEditor"]
