"""Interactive explorers: live in Jupyter, a still picture where no Python answers."""

from ganbook.widgets.cosine_map_explorer import CosineMapExplorer
from ganbook.widgets.instruction_editor import InstructionEditor
from ganbook.widgets.latent_label_explorer import LatentLabelExplorer
from ganbook.widgets.latent_map import LatentMap
from ganbook.widgets.ssim_explorer import SsimExplorer

__all__ = ["CosineMapExplorer", "InstructionEditor", "LatentLabelExplorer", "LatentMap", "SsimExplorer"]
