"""Pictures as bytes and back, and as figures take them."""

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.data.pixels import as_numbers, from_bytes, in_colours, read_pixels, shown, softened, to_bytes
from ganbook.errors import UserError


def test_every_byte_comes_back_and_what_lies_outside_is_clipped():
    every = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(to_bytes(from_bytes(every)), every)
    assert from_bytes(every)[[0, -1]].tolist() == [-1, 1]
    assert to_bytes(torch.tensor([-9.0, 0.001, 9.0])).tolist() == [0, 128, 255]


def test_softening_spreads_a_point_and_leaves_an_even_picture():
    even, point = torch.full((2, 3, 5, 4), 0.3), torch.zeros(1, 1, 5, 5)
    torch.testing.assert_close(softened(even), even)
    point[0, 0, 2, 3] = 9.0
    assert softened(point)[0, 0, 1:4, 2:].tolist() == [[1.0] * 3] * 3 and float(softened(point).sum()) == 9


def test_pictures_have_colours_last():
    pictures = torch.arange(2 * 3 * 4 * 5, dtype=torch.uint8).reshape(2, 3, 4, 5)
    np.testing.assert_array_equal(shown(pictures)[1, 2, 3], pictures[1, :, 2, 3])
    assert shown(pictures[None]).shape == (1, 2, 4, 5, 3)


def test_given_pictures_are_read_as_numbers_or_in_colours(tmp_path):
    indexed = Image.fromarray(np.array([[0, 3], [2, 1]], np.uint8), "P")
    indexed.putpalette([9, 9, 9] + [0] * 6 + [50, 60, 70])
    indexed.save(tmp_path / "map.png")
    assert read_pixels(tmp_path / "map.png", as_numbers).tolist() == [[0, 3], [2, 1]]
    assert read_pixels(indexed, in_colours)[0].tolist() == [[9, 9, 9], [50, 60, 70]]
    assert read_pixels(torch.ones(2, 2), in_colours).tolist() == [[1, 1], [1, 1]]
    for wrong in (tmp_path / "none.png", None):
        with pytest.raises(UserError, match="no picture that can be read"):
            read_pixels(wrong, in_colours)


def test_a_file_that_is_not_there_and_one_that_is_far_too_large(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="there is no file .*none.png$"):
        read_pixels(tmp_path / "none.png", as_numbers)
    Image.new("L", (30, 30)).save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UserError, match="large.png is far too large$"):
        read_pixels(tmp_path / "large.png", as_numbers)
