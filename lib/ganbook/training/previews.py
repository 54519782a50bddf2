"""The preview pictures of a run."""

import io
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor

from ganbook.errors import UserError
from ganbook.training.files import make_folder, write_files

PREVIEWS = "previews"


def write_preview(folder: Path, step: int, image: UInt8[np.ndarray, "h w *rgb"] | UInt8[Tensor, "h w *rgb"]) -> Path:
    """Write `image` (uint8, grey or RGB) to `<folder>/previews/<step, six digits>.png`; raise `UserError` if it is not such a picture."""
    array = image.cpu().numpy() if isinstance(image, Tensor) else np.asarray(image)
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        raise UserError(f"a preview must be uint8 of shape (h, w) or (h, w, 3), got {array.dtype} of shape {array.shape}")
    png = io.BytesIO()
    Image.fromarray(array).save(png, format="png")
    path = make_folder(folder / PREVIEWS) / f"{step:06d}.png"
    write_files({path: png.getvalue()})
    return path
