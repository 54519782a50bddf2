"""How alike two pictures are."""

import numpy as np
from jaxtyping import Float, UInt8
from numpy import ndarray


def ssim(
    first: UInt8[ndarray, "n height width *colours"], second: UInt8[ndarray, "n height width *colours"]
) -> Float[ndarray, " n"]:
    """Structural similarity of each pair of pictures, grey or with colours last, 1 for equal ones.

    scikit-image with its default window of 7 pixels and a data range of 255; of colours the mean over the channels
    (Shinagawa et al., equations 42 and 43).

    Raises:
        ValueError: not the same number or size of pictures, or pictures of less than 7 pixels.
    """
    from skimage.metrics import structural_similarity

    colours = -1 if first.ndim == 4 else None
    pairs = zip(first, second, strict=True)
    return np.array([structural_similarity(one, other, data_range=255, channel_axis=colours) for one, other in pairs])


def psnr(first: UInt8[ndarray, " n *shape"], second: UInt8[ndarray, " n *shape"]) -> Float[ndarray, " n"]:
    """Peak signal-to-noise ratio of each pair of pictures in dB: 10 log10(255^2 / mean squared error).

    Infinite for equal ones; 20 dB is a typical error of 25 of 255, 28 dB one of 10.
    """
    error = (first.astype(float) - second).reshape(len(first), -1)
    with np.errstate(divide="ignore"):
        return 10 * np.log10(255**2 / np.square(error).mean(1))
