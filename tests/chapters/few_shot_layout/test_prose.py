"""Sentences of the page say the numbers that they are given, and draw the conclusion that goes with them."""

from dataclasses import replace

from chapters.few_shot_layout.few import SMOKE

from ganbook.chapters.few_shot_layout import prose
from ganbook.chapters.few_shot_layout.analysis import Value
from ganbook.chapters.few_shot_layout.recipe import RECIPE
from ganbook.chapters.few_shot_layout.studies import Split

RUN = {"step": 8_000, "minutes": 41.2, "finished": True, "device": "a GPU", "config": {"batch_size": 16}}
NUMBERS = {
    "miou": 0.7,
    "miou_low": 0.68,
    "miou_high": 0.72,
    "miou_data": 0.93,
    "miou_nearest": 0.6,
    "gain_nearest": 0.1,
    "gain_nearest_low": 0.05,
    "gain_nearest_high": 0.15,
    "miou_mean": 0.3,
    "gain_mean": 0.4,
    "gain_mean_low": 0.38,
    "gain_mean_high": 0.42,
    "miou_random": 0.2,
    "hits": 0.8,
    "hits_low": 0.7,
    "hits_high": 0.9,
    "hits_mean": 0.5,
    "hits_gain": 0.3,
    "hits_gain_low": 0.25,
    "hits_gain_high": 0.35,
    "hits_nearest": 0.6,
    "hits_gain_nearest": 0.2,
    "hits_gain_nearest_low": 0.1,
    "hits_gain_nearest_high": 0.3,
    "centroid_error": 0.05,
    "kid_1e3": 4.0,
    "look_drop": 0.02,
    "look_drop_low": 0.01,
    "look_drop_high": 0.03,
    "look_kept": 0.93,
    "look_change": 0.3,
    "look_all": 0.6,
    "refined_gain": 0.01,
    "refined_gain_low": 0.005,
    "refined_gain_high": 0.015,
    "refined_p": 1e-4,
    "unrefined_loss": 0.4,
    "refined_loss": 0.3,
    "unrefined_miou": 0.7,
    "refined_miou": 0.72,
}
LOW, HIGH = Value(0.3, 0.2, 0.4), Value(0.7, 0.6, 0.8)


def test_every_variant_has_words():
    assert list(prose.VARIANTS) == list(RECIPE.variants)


def test_departures_from_the_print():
    text = prose.departures(replace(SMOKE, steps=8_000)).data
    assert "| `steps` | 8,000 | 100,000 |" in text and "| `channels` | 4, 4, 8 |" in text
    assert "| `threshold` | 0.5 | 0.5 |" in text and "| `decay_share` | 0.5 | 0 |" in text
    assert "| `strokes` | 0 | 0: the votes as they are |" in text


def test_shipped_runs():
    text = prose.shipped_runs({"main": RUN, "dense_5": RUN | {"step": 800}}).data
    assert "`main` 8,000 steps of 16 in 41 min on a GPU" in text and "`dense_5` 800 steps" in text
    early = prose.shipped_runs({"main": RUN | {"finished": False}}).data
    assert "before the end of the training: main after 8,000" in early and "before the end" not in text


def test_instruments():
    assert "On 500 unseen renders" in prose.instruments(NUMBERS, 500).data


def test_numbers_with_intervals():
    assert prose.spread(LOW) == "0.30 (0.20 to 0.40)" and prose.of_record(NUMBERS, "miou") == "0.70 (0.68 to 0.72)"
    assert prose.of_record(NUMBERS, "miou_mean") == "0.30" and prose.of_record(NUMBERS, "nothing") == ""


def test_pseudo_labels():
    text = prose.pseudo(HIGH, HIGH, 0.79).data
    assert "as large squares, have 0.79" in text
    assert "0.70 (0.60 to 0.80) from one" in text and "reached" in text and "at least as good" in text
    text = prose.pseudo(LOW, Value(0.1, 0, 0.2), 0.79).data
    assert "**missed**" in text and "worse than one" in text


def test_layers():
    text = prose.layers([LOW, HIGH, LOW], [4, 8, 16], [0.5, 0.75, 1.0]).data
    assert "Best is layer 1 (8 × 8), with 0.70" in text and "A layer in the middle knows" in text
    assert "most is known to layer 1 (8 × 8): 93%" in text and "the ends 60% and 30%. That, too" in text
    assert "not in the middle" in prose.layers([HIGH, LOW, LOW], [4, 8, 16], [1.0] * 3).data
    by_size = prose.layers([LOW, HIGH, LOW], [4, 8, 16], [0.3, 0.75, 1.0]).data
    assert "layer 1 knows 93%" in by_size and "it is the resolution" in by_size


def test_layers_together():
    text = prose.together([LOW, LOW, LOW], HIGH, (0, 2), [4, 8, 16]).data
    assert "take layers 0 (4 × 4) and 2 (16 × 16) together: 0.70 (" in text and "against 0.30 of the best" in text
    assert "**" not in text and "**They know no more" in prose.together([HIGH, LOW], LOW, (0, 1), [4, 8]).data
    assert "take layer 1 (8 × 8) alone, with 0.70" in prose.together([LOW, HIGH], HIGH, (1,), [4, 8]).data


def test_the_live_run():
    text = prose.live([1.0, 0.5, 0.4], [0.9, 0.9, 0.9]).data
    assert "1.000 at first and 0.400" in text and "already say something" in text
    assert "No better" in prose.live([1.0, 1.0, 1.0], [0.9, 0.9, 0.9]).data


def test_the_usual_way():
    text = prose.usual([0.4, 0.3, 0.2], [1.0, 0.8, 0.5]).data
    assert "of pixels from 0.400 to 0.200 and of features from 1.000 to 0.500" in text and "by heart" in text
    assert "do not even learn" in prose.usual([0.4, 0.5], [1.0, 0.8]).data


def test_fidelity_of_all():
    text = prose.fidelity({"main": NUMBERS, "psp_1": {"miou": 0.4, "kid_1e3": 8.0}}).data
    assert "| dense, one picture | 0.70 (0.68 to 0.72) | 0.80 (0.70 to 0.90) | 0.05 | 4.0 |" in text
    assert "| pSp-like, on one pair | 0.40 |  |  | 8.0 |" in text


def test_beside_what_is_simple():
    text = prose.simple(NUMBERS, 10_000).data
    assert "| nearest of 10,000 samples | 0.60 | 0.10 (0.05 to 0.15) |" in text and "Above both" in text
    poor = prose.simple(NUMBERS | {"gain_nearest_low": -0.01}, 10_000).data
    assert "Not clearly above the nearest neighbour." in poor
    record = NUMBERS | {"miou_nearest": 0.69, "gain_nearest": 0.01, "gain_nearest_low": -0.01}
    more = prose.simple(NUMBERS, 1_000, record, 10_000).data
    assert "| nearest of 10,000 (the record) | 0.69 | 0.010 (-0.010 to 0.150) |" in more
    assert "Not clearly above the nearest neighbour." in more, "the larger pool decides"


def test_classes():
    found = {"main": {"iou_hair": 0.4, "iou_eyes": 0.1}, "sparse_1": {"iou_hair": 0.2}}
    text = prose.classes(found, ["hair", "eyes", "mouth"]).data
    assert "| hair | 0.40 | 0.20 |" in text and "| mouth |  |  |" in text
    assert "eyes comes out worst (0.10) and hair best (0.40)" in text
    without = prose.without("hat", {"hair": 0.7, "skin": 0.29, "eyes": 0.01}).data
    assert "taken for hair (70%), skin (29%)." in without


def test_maps_that_the_generator_can_draw():
    numbers = {"miou": 0.5, "own_miou": 0.7, "own_gain_nearest": 0.04, "own_gain_nearest_low": 0.03}
    numbers |= {"own_gain_nearest_high": 0.05}
    text = prose.own(numbers, 0.76).data
    assert "agree by 0.76" in text and "agree by" not in prose.own(numbers, 0.4).data
    assert "**0.70**, 0.040 (0.030 to 0.050) more" in text and "it is 0.50. That the generator cannot draw" in text
    poor = prose.own(numbers | {"own_gain_nearest_low": -0.01, "own_miou": 0.4}, 0.76).data
    assert "Not clearly above it" in poor and "not what limits them" in poor


def test_one_code_or_one_for_each_layer():
    numbers = {"gain_one_code": 0.011, "gain_one_code_low": 0.008, "gain_one_code_high": 0.014}
    numbers |= {"kid_1e3": 427.1, "kid_1e3_each": 292.4}
    text = prose.one_code(numbers).data
    assert "0.011 (0.008 to 0.014). 1,000 KID: 427 with one code, 292" in text and "at a price in quality" in text
    assert "Several guesses" in prose.one_code(numbers | {"kid_1e3_each": 500}).data
    assert "no better" in prose.one_code(numbers | {"gain_one_code_low": -0.001}).data


def test_the_upper_bound():
    ours = {"own_miou": 0.72, "miou": 0.71}
    best = NUMBERS | {"own_miou": 0.8, "own_miou_low": 0.78, "own_miou_high": 0.82}
    best |= {"own_gain_nearest": 0.12, "own_gain_nearest_low": 0.11, "own_gain_nearest_high": 0.13}
    text = prose.bound(ours, best).data
    assert "keeps 0.80 (0.78 to 0.82) of such maps, 0.120 (0.110 to 0.130) more" in text
    assert "gives 90% of that" in text and "reached" in text and "above the nearest neighbour, too" in text
    assert "**missed**" in prose.bound(ours | {"own_miou": 0.5}, best).data
    poor = prose.bound(ours, best | {"gain_nearest_low": -0.03}).data
    assert "not clearly above the nearest neighbour**: 0.70, and 0.60 for the neighbour" in poor
    assert "gives 0.71: of maps of renders it is no bound" in poor
    assert "no better than the nearest" in prose.bound(ours, best | {"own_gain_nearest_low": -0.1}).data


def test_strokes():
    text = prose.strokes(NUMBERS, 50).data
    assert "0.30 (0.25 to 0.35), wanted 0.2: reached" in text and "record" not in text
    assert "nearest of 50 samples" in text and "has 0.60; lead of the encoder: 0.20 (0.10 to 0.30)" in text
    assert "The encoder obeys strokes better than a look through" in text
    assert "missed" in prose.strokes(NUMBERS | {"hits_gain": 0.1}, 50).data
    worse = NUMBERS | {"hits_nearest": 0.9, "hits_gain_nearest_low": -0.2, "hits_gain_nearest_high": -0.1}
    assert "**A look through so many samples obeys strokes better" in prose.strokes(worse, 50).data
    text = prose.strokes(NUMBERS, 50, worse, 10_000).data
    assert "In the record, with 10,000 samples, the nearest has 0.90" in text, "the stricter one decides"
    assert "**A look through so many samples obeys strokes better" in text
    assert "**The encoder is not clearly better" in prose.strokes(NUMBERS | {"hits_gain_nearest_low": -0.1}, 50).data


def test_votes_or_strokes():
    found = {"sparse_1": {0: NUMBERS, 2: NUMBERS | {"hits": 0.7}}, "votes_1": {0: NUMBERS | {"hits": 0.4}}}
    errors = {"main": 0.5, "sparse_1": 0.8, "votes_1": 0.6, "sparse_5": 0.7}
    text = prose.votes_or_strokes(found, errors).data
    assert "| sparse, one picture | 0.80 | 0.80, 0.70 |" in text and "| 0.60 | 0.40 | 0.30 |" in text
    assert "better in every training." in text and "five" not in text and "give away" not in text
    alike = found | {"votes_1": {0: NUMBERS | {"hits": 0.75}}}
    assert "**Encoders that learned from strokes are not clearly better" in prose.votes_or_strokes(alike, errors).data
    whole = found | {"main": {0: NUMBERS | {"hits": 0.6}}}
    text = prose.votes_or_strokes(whole, errors).data
    assert "give away almost as much of a code as whole label maps" in text and "need not be ahead" in text
    assert "need not be" not in prose.votes_or_strokes(found | {"main": {0: NUMBERS | {"hits": 0.9}}}, errors).data
    more = found | {"sparse_5": {0: NUMBERS | {"hits": 0.9}}}
    assert "five pictures teach more than" in prose.votes_or_strokes(more, errors).data
    fewer = found | {"sparse_5": {0: NUMBERS | {"hits": 0.5}}}
    assert "**Strokes in five pictures teach less than" in prose.votes_or_strokes(fewer, errors).data
    between = found | {"sparse_5": {0: NUMBERS | {"hits": 0.75}}}
    assert "**No clear difference between strokes in five" in prose.votes_or_strokes(between, errors).data


def test_what_votes_tell():
    assert "more of a code than whole" in prose.what_votes_tell(0.5, 0.8, 0.45)
    assert "less of a code than whole" in prose.what_votes_tell(0.5, 0.8, 0.75)
    assert "no fingerprint" in prose.what_votes_tell(0.5, 0.8, 0.8)


def test_rivals():
    worse, best = {"miou": 0.4, "kid_1e3": 9.0}, {"miou": 0.9, "kid_1e3": 9.0}
    text = prose.rivals({"main": NUMBERS, "psp_1": worse, "spade_1": worse | {"miou": 0.5}}).data
    assert "With one annotated, pseudo-labels are ahead in layout and in quality" in text
    assert "(best layout: SPADE-like, on one pair)" in text and "five" not in text and "paints" not in text
    text = prose.rivals({"main": NUMBERS, "psp_1": best | {"kid_1e3": 1.0}}).data
    assert "**behind in layout and in quality" in text and "paints" not in text
    text = prose.rivals({"dense_5": NUMBERS, "psp_5": worse, "spade_5": best}).data
    assert "**behind in layout**, but ahead in quality" in text and "That one paints at each pixel" in text
    text = prose.rivals({"main": NUMBERS, "psp_1": worse | {"kid_1e3": 1.0}}).data
    assert "ahead in layout, **but not in quality" in text
    assert "None of the others" in prose.rivals({"main": NUMBERS}).data


def test_looks():
    assert "by 0.80 (mean IoU) and make 50%" in prose.split(Split([0.3, 0.8], [1.0, 0.5]), 1).data
    text = prose.looks(NUMBERS).data
    assert "0.020 (0.010 to 0.030)" in text and "reached" in text and "by 50%" in text
    assert "missed" in prose.looks(NUMBERS | {"look_drop": 0.1}).data
    assert "agree by 0.93" in text and "missed" in prose.looks(NUMBERS | {"look_kept": 0.8}).data


def test_refinement():
    text = prose.refinement(NUMBERS, sparse=False).data
    assert "Gain in right pixels" in text and "p = 0.0001" in text and "Refinement helps." in text
    elsewhere = prose.refinement(NUMBERS | {"refined_miou": 0.6}, sparse=True).data
    assert "Under the strokes refinement helps. **The layout as a whole" in elsewhere
    assert "fits better is not shown" in prose.refinement(NUMBERS | {"refined_p": 0.06}, True).data
    assert "fits no better" in prose.refinement(NUMBERS | {"refined_gain": -0.1, "refined_p": 0.9}, True).data
    worse = NUMBERS | {"refined_gain": -0.1, "refined_loss": 0.5}
    assert "**Refinement does not help.**" in prose.refinement(worse, True).data


def test_given_pictures():
    text = prose.inversion([24.0, 26.0, 28.0], 0.81).data
    assert "**26.0 dB** (median; 24.0 to 28.0), wanted 25: reached" in text and "0.81" in text
    assert "missed" in prose.inversion([20.0], 0.8).data
    assert "sample is the better way" in prose.routes(HIGH, LOW).data
    assert "against what was expected" in prose.routes(LOW, HIGH).data
    assert "No clear difference" in prose.routes(LOW, LOW).data


def test_notes():
    text = prose.notes({"nothing": [], "a photograph": ["one", "two"]}).data
    assert "| nothing | taken as it is |" in text and "| a photograph | one<br>two |" in text
