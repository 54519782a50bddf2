"""Interactive explorers of W: live in Jupyter and on pages, a still picture where neither Python nor scripts run."""

from ganbook.chapters.style_prior.widgets.style_mixer import StyleMixer
from ganbook.chapters.style_prior.widgets.walk import Walk

__all__ = ["StyleMixer", "Walk"]
