"""Pictures as bytes and back, and as figures take them."""

import numpy as np
import torch

from ganbook.data.pixels import from_bytes, shown, to_bytes


def test_every_byte_comes_back_and_what_lies_outside_is_clipped():
    every = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(to_bytes(from_bytes(every)), every)
    assert from_bytes(every)[[0, -1]].tolist() == [-1, 1]
    assert to_bytes(torch.tensor([-9.0, 0.001, 9.0])).tolist() == [0, 128, 255]


def test_pictures_have_colours_last():
    pictures = torch.arange(2 * 3 * 4 * 5, dtype=torch.uint8).reshape(2, 3, 4, 5)
    np.testing.assert_array_equal(shown(pictures)[1, 2, 3], pictures[1, :, 2, 3])
    assert shown(pictures[None]).shape == (1, 2, 4, 5, 3)
