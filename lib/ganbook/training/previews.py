"""The preview pictures of a run."""

import io
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from ganbook.errors import UserError
from ganbook.training.files import write_files

PREVIEWS = "previews"


def write_preview(folder: Path, step: int, image: np.ndarray | Tensor) -> Path:
    """Write a picture to `<folder>/previews/<step, six digits>.png` and return that path.

    Args:
        image: uint8 of shape (height, width) or (height, width, 3).

    Raises:
        UserError: another dtype or shape, or the file cannot be written.
    """
    array = image.cpu().numpy() if isinstance(image, Tensor) else np.asarray(image)
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        raise UserError(f"a preview must be uint8 of shape (h, w) or (h, w, 3), got {array.dtype} of shape {array.shape}")
    png = io.BytesIO()
    Image.fromarray(array).save(png, format="png")
    path = folder / PREVIEWS / f"{step:06d}.png"
    write_files({path: png.getvalue()})
    return path
