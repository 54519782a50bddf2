"""Interactive explorers of c: live in Jupyter and on pages, a still picture where neither Python nor scripts run."""

from ganbook.chapters.latent_captions.widgets.latent_label_explorer import LatentLabelExplorer
from ganbook.chapters.latent_captions.widgets.latent_map import LatentMap

__all__ = ["LatentLabelExplorer", "LatentMap"]
