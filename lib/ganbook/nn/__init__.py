"""Building blocks that two or more models of the book share."""

from ganbook.nn.augmentation import AdaptiveAugmentation
from ganbook.nn.cells import CellEncoder, mlp
from ganbook.nn.dcgan import DownStack, UpStack
from ganbook.nn.encoders import ImageEncoder, TextEncoder, full_size
from ganbook.nn.minibatch import MinibatchDeviation
from ganbook.nn.residual import ResidualStage
from ganbook.nn.weights import weights_id

__all__ = [
    "AdaptiveAugmentation",
    "CellEncoder",
    "DownStack",
    "ImageEncoder",
    "MinibatchDeviation",
    "ResidualStage",
    "TextEncoder",
    "UpStack",
    "full_size",
    "mlp",
    "weights_id",
]
