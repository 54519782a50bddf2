"""Interactive explorers of edited avatars: live in Jupyter and on pages,
a still picture where neither Python nor scripts run.
"""

from ganbook.chapters.masked_editing.widgets.avatar_editor import AvatarEditor
from ganbook.chapters.masked_editing.widgets.phase_slider import PhaseSlider
from ganbook.chapters.masked_editing.widgets.preference_panel import PreferencePanel

__all__ = ["AvatarEditor", "PhaseSlider", "PreferencePanel"]
