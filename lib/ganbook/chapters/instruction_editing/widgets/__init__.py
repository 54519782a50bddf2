"""Interactive explorers of edits: live in Jupyter and on pages,
a still picture where neither Python nor scripts run.
"""

from ganbook.chapters.instruction_editing.widgets.cosine_map_explorer import CosineMapExplorer
from ganbook.chapters.instruction_editing.widgets.instruction_editor import InstructionEditor
from ganbook.chapters.instruction_editing.widgets.ssim_explorer import SsimExplorer

__all__ = ["CosineMapExplorer", "InstructionEditor", "SsimExplorer"]
