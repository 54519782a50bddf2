"""Building blocks that two or more models of the book share."""

from ganbook.nn.cells import CellEncoder, mlp
from ganbook.nn.dcgan import DownStack, UpStack
from ganbook.nn.weights import weights_id

__all__ = ["CellEncoder", "DownStack", "UpStack", "mlp", "weights_id"]
