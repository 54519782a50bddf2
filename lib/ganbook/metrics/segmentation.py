"""How alike two label maps are."""

import torch
from jaxtyping import Float, Integer
from torch import Tensor


def class_iou(
    found: Integer[Tensor, "n side side"], true: Integer[Tensor, "n side side"], classes: int
) -> Float[Tensor, " classes"]:
    """Intersection over union of each class, over all pixels; nan for a class that is in neither."""
    pairs = torch.bincount((found.long() * classes + true.long()).flatten(), minlength=classes**2)
    table = pairs.view(classes, classes).double()
    overlap = table.diagonal()
    return (overlap / (table.sum(0) + table.sum(1) - overlap)).float()
