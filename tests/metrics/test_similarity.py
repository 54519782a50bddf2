"""Structural similarity of pictures with colours; that of grey ones is used and tested in the chapter on digits."""

import numpy as np
import pytest

from ganbook.metrics import ssim


def test_of_colours_it_is_the_mean_over_the_channels():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 256, (2, 3, 16, 16, 3), dtype=np.uint8)
    by_channel = np.mean([ssim(first[..., channel], second[..., channel]) for channel in range(3)], axis=0)
    np.testing.assert_allclose(ssim(first, second), by_channel, atol=1e-12)
    np.testing.assert_allclose(ssim(first, first), 1)
    assert (ssim(first, second) < 0.5).all()


def test_pictures_must_come_in_pairs():
    pictures = np.zeros((2, 16, 16, 3), dtype=np.uint8)
    with pytest.raises(ValueError):
        ssim(pictures, pictures[:1])
