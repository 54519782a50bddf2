import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganbook.data import DIGIT_WORDS, Digits, grid_digits, load_digits, make_grid_digits
from ganbook.errors import UserError


@st.composite
def synthetic_digits(draw):
    """Digits of at least four classes, each image different."""
    classes = draw(st.lists(st.integers(0, 9), min_size=4, max_size=10, unique=True))
    labels = np.array(classes + draw(st.lists(st.sampled_from(classes), max_size=20)), np.uint8)
    images = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 256, (len(labels), 28, 28), np.uint8)
    return Digits(images, labels, source="embedded", split=draw(st.sampled_from(["train", "test"])))


def cells(images: np.ndarray) -> np.ndarray:
    """(n, 64, 64) -> (n, 4, 32, 32) in reading order, cut out one by one."""
    return np.stack([images[:, y : y + 32, x : x + 32] for y in (0, 32) for x in (0, 32)], axis=1)


@settings(deadline=None, max_examples=50)
@given(digits=synthetic_digits(), n=st.integers(1, 30), seed=st.integers(0, 2**32), distinct=st.booleans())
def test_labels_tell_what_the_cells_hold(digits, n, seed, distinct):
    grids = make_grid_digits(digits, n, seed, distinct)
    assert (grids.images.dtype, grids.images.shape) == (np.uint8, (n, 64, 64))
    assert (grids.labels.dtype, grids.labels.shape) == (np.int64, (n, 4))
    assert (len(grids), grids.source, grids.split, grids.distinct) == (n, digits.source, digits.split, distinct)

    label_of = {image.tobytes(): label for image, label in zip(digits.images, digits.labels, strict=True)}
    for grid, labels in zip(cells(grids.images), grids.labels, strict=True):
        for cell, label in zip(grid, labels, strict=True):
            assert label_of[cell[2:30, 2:30].tobytes()] == label
            assert cell.sum() == cell[2:30, 2:30].sum()
        if distinct:
            assert len(set(labels)) == 4


@settings(deadline=None, max_examples=50)
@given(digits=synthetic_digits(), seed=st.integers(0, 1000), distinct=st.booleans())
def test_same_arguments_same_grids(digits, seed, distinct):
    first, second = (make_grid_digits(digits, 5, seed, distinct) for _ in range(2))
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.labels, second.labels)


def test_small_set_has_not_changed(make_digits):
    grids = make_grid_digits(make_digits(40), 16, seed=7)
    checksum = hashlib.sha256(grids.images.tobytes() + grids.labels.tobytes()).hexdigest()
    assert checksum == "457113a6bb511bf2515c6347fa24751cec14c53df37031d168fa48ccdb2a27c6"


def test_other_seed_or_split_other_labels(make_digits):
    labels = [
        make_grid_digits(make_digits(40, split), 50, seed).labels for split in ("train", "test") for seed in (0, 1)
    ]
    for i, first in enumerate(labels):
        assert all((first != other).mean() > 0.5 for other in labels[i + 1 :])


def test_digits_are_drawn_uniformly(make_digits):
    digits = make_digits(25)
    for distinct in (True, False):
        grids = make_grid_digits(digits, 4000, seed=0, distinct=distinct)
        for place in grids.labels.T:
            np.testing.assert_allclose(np.bincount(place, minlength=10) / 4000, 0.1, atol=0.02)
        names = {image.tobytes(): i for i, image in enumerate(digits.images)}
        drawn = np.bincount([names[cell.tobytes()] for cell in cells(grids.images)[:, :, 2:30, 2:30].reshape(-1, 784)])
        expected = 1600 / np.bincount(digits.labels)[digits.labels]
        np.testing.assert_allclose(drawn, expected, rtol=0.15)


def test_repeats_come_only_when_allowed(make_digits):
    repeats = {
        d: sum(len(set(row)) < 4 for row in make_grid_digits(make_digits(30), 500, 0, d).labels) for d in (True, False)
    }
    assert repeats[True] == 0
    assert repeats[False] / 500 == pytest.approx(1 - 0.9 * 0.8 * 0.7, abs=0.06)


def test_caption_set(make_digits):
    grids = make_grid_digits(make_digits(20), 3, seed=0)
    for i in range(3):
        assert [DIGIT_WORDS.index(word) for word in grids.caption_set(i)] == grids.labels[i].tolist()


def test_the_books_grids_use_their_own_split_only():
    train, test = (grid_digits(split, "embedded", n=200) for split in ("train", "test"))
    for grids, split in ((train, "train"), (test, "test")):
        own = {image.tobytes() for image in load_digits(split, "embedded").images}
        assert all(cell.tobytes() in own for cell in cells(grids.images)[:, :, 2:30, 2:30].reshape(-1, 784))


def test_the_books_sizes():
    assert len(grid_digits("train", "embedded")) == 10_000
    assert len(grid_digits("test", "embedded")) == 1_000


@pytest.mark.parametrize(("n", "seed"), [(0, 0), (-1, 0), (1, -1)])
def test_impossible_requests_are_refused(make_digits, n, seed):
    with pytest.raises(UserError, match=f"at least 1 and a seed of at least 0, got n={n}, seed={seed}"):
        make_grid_digits(make_digits(20), n, seed)


def test_too_few_classes_for_distinct_labels(make_digits):
    three = make_digits(3)
    with pytest.raises(UserError, match="hold 3 different labels, expected at least 4"):
        make_grid_digits(three, 1, seed=0)
    assert set(make_grid_digits(three, 50, seed=0, distinct=False).labels.ravel()) == {0, 1, 2}
