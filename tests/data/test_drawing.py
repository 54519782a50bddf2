import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scipy import ndimage

from ganbook.data.digits import load_digits
from ganbook.data.drawing import centred_digit
from ganbook.errors import UserError


def drawn(lines, side=196, width=16):
    picture = Image.new("L", (side, side))
    for line in lines:
        ImageDraw.Draw(picture).line(line, fill=255, width=width, joint="curve")
    return np.array(picture)


SEVEN = drawn([[(50, 40), (130, 40), (80, 170)]])
ONE = drawn([[(100, 30), (100, 160)]])


def box(digit):
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


@pytest.mark.parametrize("drawing", [SEVEN, ONE], ids=["seven", "one"])
def test_the_digit_fits_the_box_and_its_mass_is_in_the_middle(drawing):
    digit = centred_digit(drawing)
    assert digit.shape == (28, 28) and digit.dtype == np.uint8 and digit.max() > 200
    assert max(box(digit)) == 20
    np.testing.assert_allclose(ndimage.center_of_mass(digit), [14, 14], atol=0.51)


def test_the_aspect_ratio_stays():
    height, width = box(centred_digit(ONE))
    rows, columns = box(ONE)
    assert width == pytest.approx(20 * columns / rows, abs=1) and height == 20


@given(st.integers(-35, 50), st.integers(-25, 10))
def test_where_it_was_drawn_does_not_matter(across, down):
    np.testing.assert_array_equal(centred_digit(np.roll(SEVEN, (down, across), axis=(0, 1))), centred_digit(SEVEN))


def test_how_large_it_was_drawn_hardly_matters():
    large = np.kron(SEVEN, np.ones((2, 2), np.uint8))
    assert np.abs(centred_digit(large).astype(int) - centred_digit(SEVEN)).mean() < 4


@pytest.mark.parametrize("source", ["mnist"], indirect=True)
def test_mnist_digits_stay_as_they_are(source):
    digits = load_digits("train", source).images[:500]
    same = [np.array_equal(centred_digit(digit), digit) for digit in digits]
    assert np.mean(same) > 0.99


def test_a_lopsided_drawing_loses_no_ink_at_the_edge():
    """Its mass is so far off the middle of its box that the box cannot be shifted as far as that."""
    drawing = drawn([[(20, 10), (20, 180)], [(20, 20), (180, 20)]], width=6)
    drawing[5:60, 10:70] = 255
    digit = centred_digit(drawing)
    assert max(box(digit)) == 20
    assert ndimage.center_of_mass(digit)[0] < 13.4
    assert digit[-1].any() and digit[:, -1].any()


@pytest.mark.parametrize(
    ("drawing", "says"),
    [
        (np.zeros((196, 196), np.uint8), "is empty"),
        (np.full((196, 196), 255, np.uint8), "fills 100% of the canvas"),
        (drawn([[(0, 98), (196, 98)]], width=120), "fills 6[0-9]% of the canvas"),
        (drawn([[(98, 98), (100, 100)]], width=8), "only a speck"),
        (np.full((196, 196), 12, np.uint8), "is empty"),
        (np.zeros((20, 20), np.uint8), "at least 28 x 28"),
        (np.zeros((196, 196)), "expected uint8"),
        (np.zeros((196, 196, 3), np.uint8), "expected uint8"),
    ],
)
def test_what_is_no_digit_is_refused(drawing, says):
    with pytest.raises(UserError, match=says):
        centred_digit(drawing)
