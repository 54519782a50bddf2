"""Interactive explorers: live in Jupyter, a still picture where no Python answers."""

from ganbook.chapters.instruction_editing.widgets.cosine_map_explorer import CosineMapExplorer
from ganbook.chapters.instruction_editing.widgets.instruction_editor import InstructionEditor
from ganbook.chapters.latent_captions.widgets.latent_label_explorer import LatentLabelExplorer
from ganbook.chapters.latent_captions.widgets.latent_map import LatentMap
from ganbook.chapters.instruction_editing.widgets.ssim_explorer import SsimExplorer

__all__ = ["CosineMapExplorer", "InstructionEditor", "LatentLabelExplorer", "LatentMap", "SsimExplorer"]
