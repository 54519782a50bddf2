"""Likeness of pictures; structural similarity of grey ones is used and tested in the chapter on digits."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from ganbook.metrics import psnr, ssim


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


def test_psnr_is_scikit_images():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 256, (2, 3, 3, 8, 8), dtype=np.uint8)
    expected = [peak_signal_noise_ratio(one, other, data_range=255) for one, other in zip(first, second)]
    np.testing.assert_allclose(psnr(first, second), expected)
    assert np.isinf(psnr(first, first)).all()
    np.testing.assert_allclose(psnr(np.zeros((1, 4), np.uint8), np.full((1, 4), 10, np.uint8)), 28.13, atol=0.01)
