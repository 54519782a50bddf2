"""Interactive explorers of morphs: live in Jupyter and on pages,
a still picture where neither Python nor scripts run.
"""

from ganbook.chapters.painting_morphs.widgets.latent_search import LatentSearch
from ganbook.chapters.painting_morphs.widgets.morph_player import MorphPlayer
from ganbook.chapters.painting_morphs.widgets.period_shelf import PeriodShelf

__all__ = ["LatentSearch", "MorphPlayer", "PeriodShelf"]
