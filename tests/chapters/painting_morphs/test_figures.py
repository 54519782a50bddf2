"""The chapter's figures: alt texts say the given numbers, and they can be drawn on a wide and a narrow page."""

import numpy as np
import pytest
import torch

from ganbook.chapters.painting_morphs import figures
from ganbook.chapters.painting_morphs.studies import Frames

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
ROWS = np.stack([PICTURES] * 4, axis=1)  # (3, 4, 16, 16, 3)
YEARS = [1880.0, 1885.25, 1889.5]
TITLES = ["a house", "a field", "a tree"]
CURVES = {"step": [1, 2, 3, 4], "g": [None, 2.0, 3.0, 4.0], "d": [1.0, None, 0.5, 0.25]}


def test_one_motif_in_several_years(drawn):
    figures.one_motif(ROWS, TITLES, [1880, 1883, 1886, 1890])
    assert drawn["alt"] == "Three motifs, each painted in the years 1880, 1883, 1886, 1890: a house; a field; a tree."


def test_the_mean_of_the_ends_stands_beside_the_middle(drawn):
    figures.middles(ROWS, TITLES, (1880, 1885, 1890))
    assert drawn["data"][2] == ["1880", "mean of the ends", "1885", "1890"]
    assert "in 1880 and 1890" in drawn["alt"] and "beside the true 1885" in drawn["caption"]


def test_paintings_and_samples_carry_their_years(drawn):
    figures.paintings(PICTURES, YEARS, "Some.")
    assert drawn["alt"] == "Three paintings of the years 1880.0, 1885.2, 1889.5." and drawn["caption"] == "Some."
    figures.samples(PICTURES, YEARS, "a GAN")
    assert drawn["alt"] == "Three pictures by a GAN, read as of the years 1880.0, 1885.2, 1889.5."


def test_lengths_of_ways(drawn):
    figures.lengths([0.0, 0.5, 1.0], {"line": [1.0, 0.71, 1.0], "sphere": [1.0, 1.0, 1.0]})
    assert drawn["alt"].endswith("radius: line between 0.71 and 1.00; sphere between 1.00 and 1.00.")


def test_losses_leave_out_steps_at_which_one_of_them_is_missing(drawn):
    figures.losses(CURVES, {"g": "generator", "d": "critic"}, "A run.")
    assert drawn["data"][1] == [3, 4] and drawn["data"][0] == {"generator": [3.0, 4.0], "critic": [0.5, 0.25]}
    assert drawn["alt"] == "Over 4 steps: generator from 3.00 to 4.00; critic from 0.50 to 0.25."


def test_samples_while_the_network_grows(drawn):
    figures.grown(ROWS, ["step 0, 4 pixels", "step 5, 8 pixels", "step 9, 16 pixels"])
    assert drawn["alt"].startswith("Four samples of the same z at 3 moments: step 0, 4 pixels; step 5")


def test_distances_end_with_the_shortest_run_and_span_the_seeds(drawn):
    two = [([100, 200, 300], [900.0, 400.0, 350.0]), ([100, 200, 300], [700.0, 500.0, 450.0])]
    figures.distances({"DCGAN": two, "Progressive": [([100, 200], [600.0, 300.0])]}, -1.4)
    means, least, most = drawn["data"][0]["DCGAN"]
    assert drawn["data"][1] == [100, 200]
    np.testing.assert_array_equal([means, least, most], [[800, 450], [700, 400], [900, 500]])
    assert "DCGAN from 800 to 450; Progressive from 600 to 300. Training paintings: -1." in drawn["alt"]
    assert "the least and the most of 2 seeds" in drawn["caption"]
    figures.distances({"Progressive": [([100, 200], [600.0, -3.0])]}, -1.4)  # unbiased, so it may be below zero
    assert "seeds" not in drawn["caption"]


@pytest.mark.parametrize(
    ("figure", "labels", "begins"),
    [
        (figures.neighbours, ["new", "nearest"], "Three samples, each beside the training painting nearest"),
        (figures.projected, ["looked for", "found"], "Three pictures beside what was found in latent space"),
        (figures.pairs, ["start", "end"], "Three pairs of a start and an end painting"),
    ],
)
def test_pictures_beside_each_other(drawn, figure, labels, begins):
    figure(PICTURES, 255 - PICTURES, TITLES)
    both, told, columns = drawn["data"]
    np.testing.assert_array_equal(both[:, 1], 255 - PICTURES)
    assert columns == labels and told == TITLES and drawn["alt"].startswith(begins)
    assert drawn["alt"].endswith("a house; a field; a tree.")


def test_likeness_by_origin(drawn):
    figures.likeness({"own": np.array([20.0, 30.0, 31.0]), "another": np.array([12.0, 14.0])})
    assert drawn["alt"].endswith("medians in dB: own 30.0, another 13.0.")


def test_paintings_without_a_counterpart(drawn):
    figures.alone(PICTURES, TITLES)
    assert drawn["alt"] == "Three paintings without a counterpart: a house, a field, a tree."


def test_a_morph_on_several_ways(drawn):
    figures.morph(ROWS[:2], ["on the sphere", "faded"], [1880, 1883.3, 1886.7, 1890], "Figure 4. ")
    assert drawn["alt"].startswith("A morph on 2 ways: on the sphere; faded.") and "1883.3" in drawn["alt"]
    assert drawn["caption"].startswith("Figure 4. One pair")


def test_courses_of_years_end_where_they_end(drawn):
    found = {name: torch.tensor([[1881.0, 1884.0, 1889.0], [1883.0, 1886.0, 1887.0]]) for name in ("alike", "faded")}
    due = Frames(torch.zeros(2, 3, 3, 4, 4), torch.tensor([[1880.0, 1885.0, 1890.0]] * 2))
    figures.courses(found, due, ["alike"])
    series, way = drawn["data"][:2]
    assert list(series) == ["on the sphere, alike pairs", "as it should be"] and list(way) == [0, 50, 100]
    assert "alike pairs 1882.0 to 1888.0; it should go from 1880.0 to 1890.0." in drawn["alt"]
    assert "Means over 2 morphs" in drawn["caption"]


def test_walks_along_the_axis_say_the_steps(drawn):
    figures.walks(ROWS, TITLES, [-4, 0, 2, 4], "years")
    assert drawn["data"][2] == ["-4", "+0", "+2", "+4"] and "by -4, +0, +2, +4 years: a house" in drawn["alt"]


def test_morphs_that_fail(drawn):
    figures.failed(ROWS, TITLES, "Why.")
    assert drawn["alt"] == "Three morphs that fail: a house; a field; a tree." and drawn["caption"] == "Why."
