"""Pictures as bytes, as they are kept and shown, and in the range that networks see."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float32, UInt8
from numpy import ndarray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from ganbook.errors import UserError


def to_bytes(pictures: Float[Tensor, "..."]) -> UInt8[Tensor, "..."]:
    """From [-1, 1] to 0..255; what lies outside is clipped."""
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


def from_bytes(pictures: UInt8[Tensor, "..."]) -> Float32[Tensor, "..."]:
    """From 0..255 to [-1, 1]."""
    return pictures.float() / 127.5 - 1


def shown(pictures: UInt8[Tensor, "*n 3 height width"]) -> UInt8[ndarray, "*n height width 3"]:
    """Pictures as figures take them."""
    return pictures.movedim(-3, -1).cpu().numpy()


def softened(pictures: Float[Tensor, "n channels height width"]) -> Float[Tensor, "n channels height width"]:
    """Slightly blurred: each pixel the mean of 3 × 3, with edges continued. A yardstick for measures of quality."""
    return F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, stride=1)


def read_pixels(source: object, convert: Callable[[Image.Image], Image.Image]) -> ndarray:
    """What a person gives as a picture: a tensor or an array as it is, a Pillow image or a file after ``convert``.

    Raises:
        UserError: no picture that can be read.
    """
    if isinstance(source, Tensor):
        return source.cpu().numpy()
    if isinstance(source, ndarray):
        return source
    try:
        return np.array(convert(source if isinstance(source, Image.Image) else Image.open(source)))
    except FileNotFoundError as error:
        raise UserError(f"no picture that can be read: there is no file {source}") from error
    except Image.DecompressionBombError as error:
        raise UserError(f"no picture that can be read: {source} is far too large") from error
    except (OSError, UnidentifiedImageError, TypeError, ValueError, AttributeError, SyntaxError) as error:
        raise UserError(f"no picture that can be read: {error}") from error


def as_numbers(image: Image.Image) -> Image.Image:
    """Grey and indexed pictures as they are: their numbers may be classes. Others in colours."""
    return image if image.mode in ("P", "L", "I", "1") else in_colours(image)


def in_colours(image: Image.Image) -> Image.Image:
    """Three channels, 0 to 255."""
    return image.convert("RGB")
