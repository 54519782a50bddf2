"""Many pictures as one compressed file, for a widget to cut up."""

import io
from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8
from numpy.typing import ArrayLike
from PIL import Image

from ganbook.errors import UserError


def checked(pictures: Mapping[str, ArrayLike]) -> dict[str, UInt8[np.ndarray, "n side side 3"]]:
    """Arrays of pictures by name, all of one shape.

    Raises:
        UserError: otherwise.
    """
    arrays = {name: np.asarray(each) for name, each in pictures.items()}
    shape = next(iter(arrays.values())).shape
    for name, each in arrays.items():
        if each.dtype != np.uint8 or each.ndim != 4 or each.shape[1:] != (each.shape[1], each.shape[1], 3):
            raise UserError(f"{name} must be uint8 (n, side, side, 3); got {each.dtype} {each.shape}.")
        if each.shape != shape or not len(each):
            raise UserError(f"{name} must be as many and as large as the others, {shape}; got {each.shape}.")
    return arrays


def sheet(rows: UInt8[np.ndarray, "rows columns height width 3"], quality: int | None = None) -> bytes:
    """Pictures in rows and columns as a WebP; without ``quality`` nothing is lost."""
    n_rows, n_columns, height, width = rows.shape[:4]
    whole = rows.transpose(0, 2, 1, 3, 4).reshape(n_rows * height, n_columns * width, 3)
    file = io.BytesIO()
    how = {"lossless": True} if quality is None else {"quality": quality}
    Image.fromarray(whole).save(file, "webp", method=6, **how)
    return file.getvalue()
