"""The figures: what they say to those who do not see them, and that they can be drawn for both widths of a page."""

import html
import re

import numpy as np
import pytest
import torch

from ganbook.chapters.latent_captions import figures, prose
from ganbook.data import GridDigits
from ganbook.viz import style

LABELS = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 0, 1, 2], [3, 4, 5, 6], [7, 8, 9, 0], [0, 2, 4, 6], [1, 3, 5, 7]])
CURVES = {"step": [0, 10, 20], "d_loss": [1.4, 1.3, 1.25], "g_loss": [0.7, 0.9, 2], "information_loss": [3, 2.5, 0.5]}
MEASURED = {"tv_same": 0.5, "tv_different": 0.04}


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Pictures of few pixels: what they look like is tested in tests/viz."""
    picture_of = style.pictures.picture_of
    monkeypatch.setattr(style.pictures, "picture_of", lambda figure, dpi: picture_of(figure, dpi=20))


@pytest.fixture
def grids():
    images = np.random.default_rng(0).integers(0, 255, (len(LABELS), 64, 64), dtype=np.uint8)
    return GridDigits(images, LABELS, source="embedded", split="test", distinct=True)


@pytest.fixture
def results():
    """Three fixed c on seven images: the second is dumb on the first image and wrong on the last."""
    same = np.array([[1, 5, 9, 3, 7, 0, 1], [-1, 6, 0, 4, 8, 2, 8], [1, 5, 9, 3, 7, 0, 1]])
    right = np.array([[1, 1, 1, 1, 1, 1, 1], [0, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 1]], bool)
    fixed = np.full((3, 10), 0.1)
    fixed[0, [3, 8]], fixed[1, [1, 7]] = (0.3, 0.2), (0.4, 0.3)
    fixed /= fixed.sum(axis=1, keepdims=True)
    random = np.array([0.08, 0.12] + [0.1] * 8)
    return {
        "latents": np.array([[1, -2, 0.5], [0, 1, 2], [0, 0, 0]]),
        "same": same,
        "right_same": right,
        "right_different": np.array([1, 1, 1, 1, 1, 1, 0], bool),
        "histogram_same": fixed,
        "histogram_different": random,
    }


def alt(shown) -> str:
    """The alt text of a figure, which has a caption and is drawn for light and dark, narrow and wide."""
    assert shown.data.count("data:image/webp") == 4 and "<figcaption>" in shown.data
    (text,) = set(re.findall(r' alt="([^"]*)"', shown.data))
    return html.unescape(text)


def test_training_images_are_named_by_their_labels(grids):
    assert alt(figures.training_images(grids)).endswith(": 1 2 3 4; 5 6 7 8; 9 0 1 2; 3 4 5 6; 7 8 9 0; 0 2 4 6.")


def test_distances_of_codes_say_how_far_the_nearest_two_are():
    codes = torch.arange(10.0)[:, None] * torch.tensor([[3.0, 4.0]])
    assert "zero on the diagonal, at least 5.0 everywhere else" in alt(figures.distances_of_codes(codes))
    said = prose.noise_beside_distances(codes, 0.5).data
    assert "5.0 apart. Noise of standard deviation 0.5 moves a code by about 0.5" in said
    assert said.endswith("confusion needs 2.5.")


def test_losses_say_where_they_begin_and_end():
    first = alt(figures.first_losses(CURVES, 20))
    assert "over 20 steps" in first and "discriminator's falls from 1.40 to 1.25" in first
    assert "generator's goes from 0.70 to 2.00" in first and "Q stays near 2.0." in first
    whole = alt(figures.all_losses(CURVES, 4_000))
    assert "over 4000 steps. Q's squared error starts at 3.00 and ends at 0.50" in whole
    assert "discriminator's loss ends at 1.25, the generator's at 2.00" in whole


def test_the_shipped_run_is_told_from_its_record():
    config = {"batch_size": 128, "threads": None, "information_weight": 3.0, "late_information_weight": 0.3}
    run = {"profile": "quick", "seed": 2, "step": 4000, "minutes": 9.6, "device": "cpu", "config": config}
    said = prose.how_it_was_trained(run).data
    assert "profile `quick` with seed 2: 4,000 steps of 128 images in 10 minutes on cpu (all thread(s))" in said
    assert said.endswith("$\\lambda_I$ = 3.0, then 0.3.")


@pytest.mark.parametrize(("whispered", "said"), [(0.25, "0.25 below the floor"), (-0.1, "0.10 above the floor")])
def test_a_whisper_is_below_the_floor(whispered, said):
    text = prose.how_far_it_whispers({"whispered": whispered}).data
    assert said in text and ("no wonder" in text) == (whispered > 0)


def test_preference_histograms_are_of_the_most_decided_c(results):
    said = alt(figures.preference_histograms(results))
    assert "The first c prefers one and seven, the second three and eight" in said
    assert "for random c is nearly even, between 8% and 12%" in said


def test_pairs_of_digits():
    together = np.eye(10)
    for (a, b), value in {(3, 8): 0.9, (1, 7): 0.8, (4, 9): 0.7, (0, 6): -0.5}.items():
        together[a, b] = together[b, a] = value
    alike = np.abs(together) * 0.2
    maps = alt(figures.preferred_together_and_alike(together, alike, 0.456))
    assert "highest for 3 & 8, 1 & 7, 4 & 9." in maps and "over the 45 pairs is 0.46" in maps
    dots = alt(figures.pairs_of_digits(together, alike, -0.2))
    assert "45 pairs of digits" in dots and "correlation -0.20" in dots
    said = prose.agreement_over_seeds({0: (0.456, 0.0123), 1: (-0.1, 0.7)}).data
    assert "seed 0: +0.46 (p = 0.012); seed 1: -0.10 (p = 0.700)." in said


def test_hardest_images_come_with_what_was_said_wrongly(results, grids):
    said = alt(figures.hardest_images(results, grids, [str(n) for n in range(10)]))
    assert "digits 1 2 3 4, says (no word), right for 67% of c" in said
    assert "digits 1 3 5 7, says 8, right for 67% of c" in said


def test_range_of_accuracy(results):
    said = prose.range_of_accuracy(results).data
    assert "Over the three fixed c, accuracy runs from 71.4% to 100.0%; with random c it is 85.7%" in said
    assert "(95 % interval over images 57.1% to 100.0%;" in said


def test_with_and_without_the_information_term():
    without = {0: {"tv_same": 0.3, "tv_different": 0.3}, 1: {"tv_same": 0.5, "tv_different": 0.4}}
    said = alt(figures.with_and_without_the_term({0: MEASURED}, without))
    assert "tv_same, with the term 0.50; tv_same, without 0.40;" in said
    assert "tv_different, with the term 0.04; tv_different, without 0.35." in said
    measured = {
        "information": 0.91,
        "information_no_info": 0.002,
        "information_image": 1.8,
        "information_image_no_info": 0.1,
        "accuracy_same_mean_no_info": 0.987,
    }
    said = prose.what_the_term_does(measured).data
    assert "knowing c tells 0.002 bits about the label, against 0.910 with it" in said
    assert "by 1.80 of at most 2 bits with the term and 0.10 without" in said and "accuracy 98.7%" in said


def test_maps_say_which_labels_have_a_region():
    planes = [np.zeros((4, 4), int), np.ones((4, 4), int)]
    said = alt(figures.preferred_labels(planes, np.array([[3, 3], [8, 1]])))
    assert said.endswith("these labels have a region: 1, 3, 8.")


def test_named_again_says_both_means():
    said = alt(figures.named_again(np.full(10, 0.81), np.full(10, 0.24)))
    assert "81% on average with the predicted c, 24% with random c" in said


def test_two_tellings_are_of_the_c_that_differ_most(grids):
    captions = ["a one at the top left", "a two at the top right", "a three at the bottom left"]
    told = {"same": np.array([[0] * 7, [0] * 6 + [1], [2] * 5 + [-1, 0]])}
    said = alt(figures.two_tellings(told, grids, captions))
    assert "1 2 3 4: a one at the top left / a three at the bottom left;" in said
    assert "0 2 4 6: a one at the top left / (none)." in said and "1 3 5 7" not in said


@pytest.mark.parametrize(
    ("digit", "place", "whispered", "wanted", "unwanted"),
    [
        (0.6, 0.1, 0.1, "So c chooses by digit, mostly.", "whispers"),
        (0.1, 0.6, 1.2, "So c chooses by place, mostly. Nothing in the objective prefers either: both", "neither**"),
        (0.1, 0.6, 1.2, "whispers besides: Q's squared error is 1.50, where sentences alone would leave 2.70.", "**"),
        (0.01, 0.02, 1.2, "So c chooses **neither**, and yet Q's squared error is 1.50", "mostly"),
    ],
)
def test_what_sentences_say_follows_the_numbers(digit, place, whispered, wanted, unwanted):
    factors = {
        "accuracy_same_mean": 0.95,
        "accuracy_same_min": 0.9,
        "accuracy_digit": 0.97,
        "tv_same_digit": 0.4,
        "tv_same_place": 0.3,
        "information_digit": digit,
        "information_place": place,
    }
    said = prose.what_sentences_say(factors, {"whispered": whispered, "q_error": 1.5, "words_floor": 2.7}).data
    assert "true for 95.0% of captions, for the worst of the sixteen c for 90.0%" in said
    assert f"tells {digit:.2f} bits about the digit and {place:.2f} bits about the place" in said
    assert wanted in said and unwanted not in said
