"""Interactive explorers of text and context: live in Jupyter and on pages,
a still picture where neither Python nor scripts run.
"""

from ganbook.chapters.context_aware.widgets.context_mixer import ContextMixer
from ganbook.chapters.context_aware.widgets.stage_timeline import StageTimeline

__all__ = ["ContextMixer", "StageTimeline"]
