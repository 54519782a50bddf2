"""Interactive explorers: live in Jupyter, a still picture where no Python answers."""

from ganbook.widgets.latent_label_explorer import LatentLabelExplorer
from ganbook.widgets.latent_map import LatentMap

__all__ = ["LatentLabelExplorer", "LatentMap"]
