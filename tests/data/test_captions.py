import numpy as np
import pytest

from ganbook.data import DIGIT_WORDS, PLACES, caption
from ganbook.errors import UserError


def test_every_caption_is_different_and_names_its_digit():
    captions = {caption(label, place): (label, place) for label in range(10) for place in (None, 0, 1, 2, 3)}
    assert len(captions) == 50
    for text, (label, place) in captions.items():
        assert DIGIT_WORDS[label] in text.split()
        assert place is None or text.endswith(f" at the {PLACES[place]}")


def test_captions_as_the_chapter_quotes_them():
    assert caption(3) == "three"
    assert caption(3, 0) == "a three at the top left"
    assert caption(8, 3) == "an eight at the bottom right"


def test_numpy_integers_are_whole_numbers_too():
    assert caption(np.uint8(9), np.int64(2)) == "a nine at the bottom left"


@pytest.mark.parametrize("label", [-1, 10, 2.0, "3", None, np.float32(1)])
def test_labels_outside_are_refused(label):
    with pytest.raises(UserError, match="label .*expected a whole number from 0 to 9"):
        caption(label)


@pytest.mark.parametrize("place", [-1, 4, 0.5, "top left"])
def test_places_outside_are_refused(place):
    with pytest.raises(UserError, match="place .*expected a whole number from 0 to 3"):
        caption(1, place)
