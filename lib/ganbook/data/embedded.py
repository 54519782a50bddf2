"""The digits that need no download: scikit-learn's 8 x 8 handwritten digits, enlarged to MNIST's frame."""

import hashlib

import numpy as np
from jaxtyping import Float, UInt8

from ganbook.errors import DataUnavailable

SIZES = {"train": 1415, "test": 382}
"""The file is a pile of 14 forms, on each of which a writer copied out one sequence of some 130 digits. The last three
are the test set: no form is in both parts, and each digit has nearly the same share of both."""

SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
"""Of the 8 x 8 images (0..16) and then the labels, as bytes: the split depends on their order."""


def load_embedded(split: str) -> tuple[UInt8[np.ndarray, "n 28 28"], UInt8[np.ndarray, " n"]]:
    """Images 0..255 and labels 0..9 of ``"train"`` or ``"test"``.

    Raises:
        DataUnavailable: scikit-learn is not installed, or brings other digits than those known here.
    """
    try:
        from sklearn.datasets import load_digits as load_small_digits
    except ImportError as error:
        raise DataUnavailable(
            "The embedded digits come with scikit-learn, which is not installed. "
            "Install scikit-learn, or set GANBOOK_DATA to a folder with MNIST."
        ) from error
    pixels, labels = (part.astype(np.uint8) for part in load_small_digits(return_X_y=True))
    if hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest() != SHA256:
        raise DataUnavailable(
            "The installed scikit-learn brings other digits than expected. "
            "Install the version in constraints.txt, or set GANBOOK_DATA to a folder with MNIST."
        )
    first = SIZES["train"]
    part = slice(first) if split == "train" else slice(first, None)
    return enlarge(pixels[part].reshape(-1, 8, 8) / 16), labels[part]


def enlarge(ink: Float[np.ndarray, "n 8 8"]) -> UInt8[np.ndarray, "n 28 28"]:
    """Redraw small digits with smooth strokes: 20 x 20 pixels in the middle of a black 28 x 28 frame, as MNIST's are.

    Each small pixel is the share of ink (0..1) in its 4 x 4 block of the scan, so the outline runs about where the
    smoothly interpolated share is one half. Raising the local contrast first keeps faint strokes whole and opens the
    holes of 8 and 9; a steep sigmoid then makes ink nearly white and paper nearly black.
    """
    from scipy.ndimage import gaussian_filter, zoom

    framed = np.pad(ink, ((0, 0), (2, 2), (2, 2)))
    smooth = zoom(framed, (1, 2.5, 2.5), order=3, mode="grid-constant", grid_mode=True)[:, 1:-1, 1:-1]
    contrast = smooth + 1.5 * (smooth - gaussian_filter(smooth, sigma=(0, 2.5, 2.5)))
    stroke = 1 / (1 + np.exp(-8 * (contrast - 0.6)))
    return np.rint(255 * np.clip((stroke - 0.03) / 0.94, 0, 1)).astype(np.uint8)
