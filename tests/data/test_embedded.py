import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits as load_small_digits

from ganbook.data import embedded
from ganbook.errors import DataUnavailable


@pytest.fixture(scope="module")
def both():
    return {split: embedded.load_embedded(split) for split in embedded.SIZES}


def test_splits_share_no_digit_and_lose_none(both):
    train, test = both["train"], both["test"]
    assert (len(train[1]), len(test[1])) == (1415, 382)
    np.testing.assert_array_equal(np.concatenate([train[1], test[1]]), load_small_digits().target)
    drawn = [{image.tobytes() for image in images} for images, _ in (train, test)]
    assert drawn[0].isdisjoint(drawn[1])


def test_every_class_has_nearly_the_same_share_of_the_test_set(both):
    shares = np.bincount(both["test"][1]) / np.bincount(load_small_digits().target)
    assert shares.min() > 0.19
    assert shares.max() < 0.23


def test_the_test_set_begins_with_a_new_form():
    labels = "".join(map(str, load_small_digits().target))
    form = labels[:60]
    assert form.startswith("0123456789" * 3)
    assert labels[embedded.SIZES["train"] :].startswith(form)


def test_digits_look_like_mnist(both):
    images = np.concatenate([images for images, _ in both.values()])
    assert images.dtype == np.uint8
    assert images.shape == (1797, 28, 28)
    frame = np.ones((28, 28), bool)
    frame[3:25, 3:25] = False
    assert images[:, frame].max() == 0, "the digit's place is the middle 20 x 20 pixels, give or take a smooth edge"
    assert 0.14 < (images > 127).mean() < 0.18, "MNIST: 0.13"
    inked = images[images > 25]
    assert (inked < 230).mean() < 0.4, "strokes are crisp; MNIST: 0.49"
    assert images.max(axis=(1, 2)).min() == 255


def test_a_stroke_keeps_its_place_and_symmetry():
    ink = np.zeros((1, 8, 8))
    ink[:, :, 3:5] = 1
    drawn = embedded.enlarge(ink)[0]
    np.testing.assert_array_equal(drawn, drawn[::-1])
    np.testing.assert_array_equal(drawn, drawn[:, ::-1])
    assert (drawn[8:20, 13:15] == 255).all()
    assert (drawn[:, :9] == 0).all()


def test_empty_paper_stays_black():
    assert not embedded.enlarge(np.zeros((2, 8, 8))).any()


def test_missing_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(DataUnavailable, match="Install scikit-learn, or set GANBOOK_DATA"):
        embedded.load_embedded("train")


def test_other_digits_in_scikit_learn_are_refused(monkeypatch):
    small = load_small_digits()
    shuffled = (small.data[::-1], small.target[::-1])
    monkeypatch.setattr("sklearn.datasets.load_digits", lambda return_X_y: shuffled)
    with pytest.raises(DataUnavailable, match="other digits than expected"):
        embedded.load_embedded("train")
