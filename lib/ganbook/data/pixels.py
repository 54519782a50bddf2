"""Pictures as bytes, as they are kept and shown, and in the range that networks see."""

import torch
from jaxtyping import Float, Float32, UInt8
from numpy import ndarray
from torch import Tensor


def to_bytes(pictures: Float[Tensor, "..."]) -> UInt8[Tensor, "..."]:
    """From [-1, 1] to 0..255; what lies outside is clipped."""
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


def from_bytes(pictures: UInt8[Tensor, "..."]) -> Float32[Tensor, "..."]:
    """From 0..255 to [-1, 1]."""
    return pictures.float() / 127.5 - 1


def shown(pictures: UInt8[Tensor, "*n 3 height width"]) -> UInt8[ndarray, "*n height width 3"]:
    """Pictures as figures take them."""
    return pictures.movedim(-3, -1).cpu().numpy()
