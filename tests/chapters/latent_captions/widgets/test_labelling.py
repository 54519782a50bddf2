import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganbook.chapters.latent_captions.widgets import labelling
from ganbook.errors import UserError
from ganbook.viz import DIGIT_COLOURS

PROTANOPIA = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]


def oklab(linear):
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.cbrt(linear @ np.transpose(to_lms)) @ np.transpose(to_lab)


@pytest.mark.parametrize("eyes", [np.eye(3), PROTANOPIA, DEUTERANOPIA], ids=["usual", "protanopia", "deuteranopia"])
def test_label_colours_stay_apart_for_other_eyes(eyes):
    """Machado, Oliveira and Fernandes (2009), full severity."""
    rgb = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in DIGIT_COLOURS]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lab = oklab(np.clip(linear @ np.transpose(eyes), 0, 1))
    distances = np.linalg.norm(lab[:, None] - lab, axis=2)
    assert distances[~np.eye(len(lab), dtype=bool)].min() >= 0.1


@pytest.mark.parametrize(
    ("latents", "says"),
    [
        ([1, 2], r"3 numbers.*shape \(2,\)"),
        (np.zeros((2, 4)), r"shape \(n, 3\); got shape \(2, 4\)"),
        (np.zeros((1, 1, 3)), r"got shape \(1, 1, 3\)"),
        ([0, np.nan, 0], "NaN"),
        ([0, np.inf, 0], "infinity"),
        ("abc", "3 numbers"),
        ([[0, 0], [1]], "3 numbers"),
        (None, "3 numbers|got shape"),
    ],
)
def test_latents_of_another_form_are_refused(latents, says):
    with pytest.raises(UserError, match=says):
        labelling.checked_latents(latents)


def test_latents_become_float32_rows():
    checked = labelling.checked_latents([1, 2, 3])
    assert checked.shape == (1, 3) and checked.dtype == np.float32


@pytest.mark.parametrize(("c", "says"), [([0, 0, 3.1], r"within \[-3, 3\]"), (np.zeros((2, 3)), "got 2 of them")])
def test_positions_out_of_reach_are_refused(c, says):
    with pytest.raises(UserError, match=says):
        labelling.checked_position(c)


@pytest.mark.parametrize("names", [["a"], ["a", "a"], ["a", ""], [1, 2], [str(i) for i in range(11)]])
def test_names_must_be_two_to_ten_words(names):
    with pytest.raises(UserError, match="names must"):
        labelling.checked_names(names)


@pytest.mark.parametrize(
    "truth", [np.zeros((3, 3), int), np.zeros((3, 4)), np.zeros((0, 4), int), np.full((1, 4), 5), np.full((1, 4), -1)]
)
def test_truth_must_be_four_known_labels_an_image(truth):
    with pytest.raises(UserError, match="truth must hold"):
        labelling.checked_truth(truth, 5)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (np.zeros((2, 4), int), r"shape \(2, 5\).*returned int64 \(2, 4\)"),
        (np.zeros(5, int), r"returned int64 \(5,\)"),
        (np.zeros((2, 5)), "integers.*float64"),
        (np.full((2, 5), 3), "0 to 2; it returned 3 to 3"),
        (np.full((2, 5), -1), "0 to 2; it returned -1"),
        (None, "integers"),
    ],
)
def test_an_answer_of_another_form_is_refused(answer, says):
    with pytest.raises(UserError, match=says):
        labelling.labels_for(lambda latents: answer, np.zeros((2, 3)), n_images=5, n_names=3)


def test_the_labeller_is_asked_in_batches(captioner):
    sizes = []

    def watched(latents):
        sizes.append(len(latents))
        return captioner.labeller(latents)

    latents = np.random.default_rng(0).standard_normal((10, 3)).astype(np.float32)
    labels = labelling.labels_for(watched, latents, captioner.N_IMAGES, 10, batch_size=4)
    assert sizes == [4, 4, 2]
    np.testing.assert_array_equal(labels, captioner.labeller(latents))


def test_counts_of_a_known_case():
    labels = np.array([[0, 1, 1], [2, 2, 2]])
    truth = np.array([[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 0]])
    np.testing.assert_array_equal(labelling.label_counts(labels, 5), [[1, 2, 0, 0, 0], [0, 0, 3, 0, 0]])
    np.testing.assert_array_equal(labelling.right_counts(labels, truth), [2, 3])
    assert labelling.commonest_presence(truth, 5) == 1.0
    assert labelling.commonest_presence(truth[:, :1], 5) == pytest.approx(1 / 3)


def test_total_variation_of_known_histograms():
    assert labelling.total_variation(np.full(10, 0.1)) == pytest.approx(0)
    assert labelling.total_variation(np.eye(10)[0]) == pytest.approx(0.9)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=10).filter(any))
def test_total_variation_is_what_must_move_to_be_even(counts):
    fractions = np.array(counts) / sum(counts)
    above = np.clip(fractions - 1 / len(counts), 0, None).sum()
    assert labelling.total_variation(fractions) == pytest.approx(above)


def test_written_has_no_minus_zero():
    assert labelling.written([0.5, -1.2, -0.0]) == "(0.50, -1.20, 0.00)"
