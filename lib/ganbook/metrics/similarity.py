"""How alike two pictures are."""

import numpy as np
from jaxtyping import Float, UInt8
from numpy import ndarray


def ssim(first: UInt8[ndarray, "n height width"], second: UInt8[ndarray, "n height width"]) -> Float[ndarray, " n"]:
    """Structural similarity of each pair of grey pictures, 1 for equal ones.

    scikit-image with its default window of 7 pixels and a data range of 255 (Shinagawa et al., equations 42 and 43).

    Raises:
        ValueError: not the same number or size of pictures, or pictures of less than 7 pixels.
    """
    from skimage.metrics import structural_similarity

    return np.array(
        [structural_similarity(one, other, data_range=255) for one, other in zip(first, second, strict=True)]
    )
