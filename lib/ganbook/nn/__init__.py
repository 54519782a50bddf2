"""Building blocks that two or more models of the book share."""

from ganbook.nn.cells import CellEncoder
from ganbook.nn.dcgan import DownStack, UpStack
from ganbook.nn.mlp import mlp

__all__ = ["CellEncoder", "DownStack", "UpStack", "mlp"]
