"""The chapter's figures: alt texts say the given numbers, and they can be drawn on a wide and a narrow page."""

import numpy as np
import pytest

from ganbook.chapters.context_aware import figures

RNG = np.random.default_rng(0)
SIZES = (4, 7), (8, 14), (16, 28)
STAGES = [RNG.integers(0, 256, (3, *size, 3), dtype=np.uint8) for size in SIZES]
PICTURES = STAGES[-1]
TEXTS = ["a woman is sitting.", "a man", "a dog"]
CURVES = {
    "step": [10, 20, 30, 40],
    **{f"d_loss_{k}": [1.5, 1.5, 1.0, 0.5] for k in (1, 2, 3)},
    **{f"g_loss_{k}": [None, 1.0, None, 2.0] for k in (1, 2, 3)},
    **{f"kid_{k}": [None, 400.0 / k, None, 20.0 / k] for k in (1, 2, 3)},
}


def test_scenes_stand_with_place_and_caption(drawn):
    figures.scenes(PICTURES, ["park", "kitchen", "office"], TEXTS)
    assert drawn["alt"].startswith("Three scenes") and "kitchen: a man" in drawn["alt"]
    assert drawn["data"][1][0] == "park: a woman is sitting."


def test_what_was_recognised(drawn):
    figures.recognised(PICTURES, ["indoors 1.00", "outdoors 0.75", "?"])
    assert drawn["alt"].endswith("say of them: indoors 1.00; outdoors 0.75; ?.")


def test_two_forms_of_a_loss(drawn):
    figures.two_forms([-6.0, 0.0, 6.0], {"log D": [-1.0, -0.5, 0.0], "log(1 - D)": [-0.0025, -0.5, -1.0]})
    assert "from -6 to 6" in drawn["alt"] and drawn["alt"].endswith("generated: log D 1.000, log(1 - D) 0.003.")


@pytest.mark.parametrize(("name", "ends", "figure"), [("d_loss", "1.50 to 0.50", "6"), ("g_loss", "1.00 to 2.00", "7")])
def test_losses_by_stage(drawn, name, ends, figure):
    figures.losses(CURVES, name)
    assert f"up to step 40: stage 1 from {ends}" in drawn["alt"] and f"figure {figure}, remade" in drawn["caption"]
    assert list(drawn["data"][0]) == ["stage 1", "stage 2", "stage 3"]
    figures.losses(CURVES, name, shipped=False)
    assert drawn["caption"].startswith("The short run.")


def test_distances_of_the_stages(drawn):
    figures.distances(CURVES, 30.0)
    assert "over 40 steps: stage 1 from 400 to 20; stage 2 from 200 to 10;" in drawn["alt"]
    assert drawn["data"][0]["level"] == [30.0, 30.0] and drawn["data"][1] == [20, 40]
    figures.distances(CURVES | {"kid_3": [None, 1.0, None, -0.5]}, 30.0)  # unbiased, so it may be below zero
    assert "stage 3 from 1 to -0" in drawn["alt"]


def test_stages_over_the_training(drawn):
    film = [np.repeat(each[:1], 7, 0)[:, None].repeat(2, 1) for each in STAGES]
    for number, each in enumerate(film):
        each[3, 1] = number
    figures.stages_over_training(film, [0, 10, 20, 30, 40, 50, 60], 1, "A woman.", moments=3)
    pictures, rows, columns = drawn["data"]
    assert rows == ["stage 1", "stage 2", "stage 3"] and columns == ["step\n0", "step\n30", "step\n60"]
    assert (pictures[:, 1] == np.arange(3)[:, None, None, None]).all()
    assert drawn["alt"] == "“A woman.” by the three stages at steps 0, 30, 60."


def test_pictures_of_the_live_run(drawn):
    figures.live_pictures(STAGES, [(text, "indoors") for text in TEXTS], 220)
    assert drawn["data"][0].shape == (3, 3, 16, 28, 3) and "after 220 steps" in drawn["alt"]
    assert drawn["data"][1][0] == "a woman is sitting (indoors)"


def test_the_same_text_with_another_context(drawn):
    made = np.stack([PICTURES, 255 - PICTURES])
    figures.another_context(TEXTS, PICTURES[:2], made)
    pictures, texts, _ = drawn["data"]
    assert texts == ["the two context pictures", "a woman is sitting", "a man", "a dog"]
    np.testing.assert_array_equal(pictures[0], PICTURES[:2])
    np.testing.assert_array_equal(pictures[2], [PICTURES[1], 255 - PICTURES[1]])
    assert "for 3 texts: a woman is sitting; a man; a dog." in drawn["alt"]


def test_stages_of_some_texts(drawn):
    figures.stages_of(TEXTS, STAGES)
    np.testing.assert_array_equal(drawn["data"][0][1, 2], PICTURES[1])
    assert drawn["alt"].startswith("Three texts by the three stages")


def test_contradictions(drawn):
    figures.contradictions(TEXTS, PICTURES, PICTURES, 255 - PICTURES)
    np.testing.assert_array_equal(drawn["data"][0][2, 2], 255 - PICTURES[2])
    assert drawn["data"][2] == ["context", "text decides", "context decides"]


def test_a_mixture_of_places(drawn):
    figures.mixture([0.0, 0.5, 1.0], {"read as outdoors": [0.0, 0.25, 1.0]})
    assert drawn["alt"].endswith("from 0 to 1: read as outdoors 0.00, 0.25, 1.00.")
    assert drawn["data"][0]["as mixed"] == [0.0, 0.5, 1.0]


def test_people(drawn):
    figures.people("somebody", PICTURES, {"told": PICTURES, "not told": PICTURES}, ["old man", "girl", "boy"])
    assert drawn["data"][2] == ["context", "told", "not told"] and "of: old man; girl; boy" in drawn["alt"]


def test_schedules_of_stage_weights(drawn):
    more = CURVES | {"kid_3": [None, 200.0, None, 40.0]}
    figures.schedules({"fade": {0: CURVES, 1: more}, "uniform": {0: CURVES, 1: CURVES}}, 3, 15.0)
    series, steps = drawn["data"][:2]
    assert list(series) == ["uniform", "fade", "level"] and steps == [20, 40]
    means, least, most = series["fade"]
    assert means[1] == pytest.approx((20 / 3 + 40) / 2) and least[1] == pytest.approx(20 / 3) and most[1] == 40
    assert "uniform 133 to 7; fade 167 to 23" in drawn["alt"] and drawn["caption"].endswith("of 2 seeds.")
    longer = CURVES | {"step": [10, 20, 30, 40, 50], "kid_1": [None, 4.0, None, 2.0, 1.0]}
    figures.schedules({"uniform": {0: longer}, "fade": {0: CURVES}}, 1)
    assert drawn["data"][1] == [20, 40] and list(drawn["data"][0]["uniform"][0]) == [4.0, 2.0]
    figures.schedules({"uniform": {0: CURVES}}, 1)
    assert drawn["caption"].endswith("One seed each.")


def test_failures(drawn):
    figures.failed(TEXTS, PICTURES, PICTURES, ["no dog", "no cat", "no tree"], 12, "named things are not seen")
    assert drawn["alt"].startswith("Three pictures in which named things are not seen: a woman is sitting: no dog;")
    assert drawn["caption"] == "The first 3 of 12 pictures in which named things are not seen."


def test_odd_texts_and_contexts(drawn):
    figures.odd(["an empty text", "noise", "large"], PICTURES, PICTURES[::-1])
    assert drawn["alt"].endswith("each of these: an empty text; noise; large.")
    assert drawn["data"][0].shape == (3, 2, 16, 28, 3) and drawn["data"][2] == ["context", "painted"]
