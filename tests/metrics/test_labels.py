"""Label statistics against known answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganbook.metrics import (
    entropy,
    information_shares,
    label_histogram,
    mutual_information,
    total_variation_from_uniform,
)


def test_histogram_counts_unknown_labels_in_no_class():
    np.testing.assert_allclose(label_histogram(np.array([0, 0, 2, -1]), 3), [0.5, 0, 0.25])
    assert label_histogram(np.zeros((5, 4), int), 3).shape == (5, 3)


def test_total_variation_of_even_and_of_one_label():
    assert total_variation_from_uniform(np.full(10, 0.1)) == pytest.approx(0)
    assert total_variation_from_uniform(np.eye(10)[3]) == pytest.approx(0.9)


def test_a_strict_order_of_preference_over_four_of_ten_distinct_labels_has_total_variation_8_in_15():
    """The largest value possible: the first choice stands in 4 of 10 images,
    the second comes out in 6/10 * 4/9 of them, and so on.
    """
    from math import comb

    shares = np.array([comb(9 - rank, 3) / comb(10, 4) for rank in range(10)])
    assert total_variation_from_uniform(shares) == pytest.approx(8 / 15)


def test_entropy_in_bits():
    np.testing.assert_allclose(entropy(np.array([[0.5, 0.5, 0], [1, 0, 0]])), [1, 0])


def test_text_that_is_no_label_is_never_even_and_is_a_class_of_its_own():
    assert total_variation_from_uniform(np.zeros(10)) == 1
    assert total_variation_from_uniform(np.full(10, 0.05)) == pytest.approx(0.5)
    np.testing.assert_allclose(entropy(np.array([[0, 0, 0], [0.5, 0, 0], [0.25, 0.25, 0]])), [0, 1, 1.5])


@pytest.mark.parametrize("samples", [16, 64])
def test_few_samples_of_an_even_choice_among_four_have_two_bits(samples):
    labels = np.random.default_rng(0).integers(4, size=(20_000, samples))
    counted = label_histogram(labels, 10)
    assert entropy(counted).mean() < 2 - 0.9 * 3 / (2 * samples * np.log(2))  # 1.86 bits of 16
    assert entropy(counted, samples).mean() == pytest.approx(2, abs=0.015)
    assert entropy(np.eye(10)[:1], samples) == 0  # one label for all stays without surprise


def test_mutual_information_of_a_deterministic_and_of_an_ignored_condition():
    assert mutual_information(np.eye(4)) == pytest.approx(2)
    assert mutual_information(np.full((5, 4), 0.25)) == pytest.approx(0)


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=1, max_size=6))
def test_mutual_information_is_between_zero_and_the_entropy_of_the_mean(rows):
    histograms = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    value = mutual_information(histograms)
    assert -1e-9 <= value <= entropy(histograms.mean(0)) + 1e-9


IMAGES, LATENTS = 1000, 40
C, IMAGE = np.arange(LATENTS)[:, None], np.arange(IMAGES)[None, :]


@pytest.mark.parametrize(
    ("digits", "said", "by_c", "by_c_in_image"),
    [
        (np.full((LATENTS, IMAGES), 7), 0, 0, 0),
        (np.broadcast_to(IMAGE % 8, (LATENTS, IMAGES)), 3, 0, 0),
        (np.broadcast_to(C % 8, (LATENTS, IMAGES)), 3, 3, 3),
        (C % 2 + 2 * (IMAGE % 4), 3, 1, 1),
        ((C + IMAGE) % 8, 3, 0, 3),
    ],
    ids=["collapsed", "c ignored", "image ignored", "one bit of c and two of the image", "only the two together"],
)
def test_who_decides_the_label(digits, said, by_c, by_c_in_image):
    # what is added because c are few: see `ganbook.metrics.entropy`
    few = (2**by_c_in_image - 1) / (2 * LATENTS * np.log(2))
    assert information_shares(digits) == pytest.approx(
        {"said": said, "by_c": by_c, "by_c_in_image": by_c_in_image + few}, abs=1e-9
    )
