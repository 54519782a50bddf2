"""Sentences of the page say the numbers that they are given, and draw the conclusion that goes with them."""

import torch

from ganbook.chapters.painting_morphs import prose
from ganbook.chapters.painting_morphs.figures import WAYS
from ganbook.chapters.painting_morphs.morphs import Pairs

RUN = {"step": 17_000, "minutes": 90.4, "finished": True, "device": "a processor", "config": {"batch_size": 16}}
OF_WAY = {
    "year_slope": 0.9,
    "year_slope_low": 0.8,
    "year_slope_high": 1.0,
    "year_rank": 0.95,
    "year_error": 1.1,
    "year_middle": 1.2,
    "smooth": 2.0,
}
NUMBERS = {f"{key}_{way}": value for way in WAYS for key, value in OF_WAY.items()}


def test_the_shipped_runs_say_steps_minutes_and_machine():
    text = prose.shipped_runs({"Progressive GAN": RUN}).data
    assert "Progressive GAN 17,000 steps of 16 paintings in 90 minutes on a processor" in text
    assert "before the end" not in text
    early = prose.shipped_runs({"DCGAN": RUN | {"step": 68, "finished": False}}).data
    assert "before the end of the training: DCGAN after 68 steps" in early


def test_the_regressors_error_stands_beside_a_constants():
    numbers = {"year_error": 0.3, "year_error_constant": 2.5, "year_bias": -0.02, "year_slope": 0.98}
    text = prose.regressor(numbers, 400).data
    assert "On 400 test paintings it errs by **0.30 years**" in text and "2.50), with a bias of -0.02" in text


def test_whether_the_middle_of_pixels_passes():
    assert "is **not** the middle" in prose.straight([1883.0, 1884.0], 1885.0, [1885.0, 1885.2]).data
    passes = prose.straight([1885.0], 1885.0, [1885.1]).data
    assert "reads 1885.0 off the means" in passes and "As a number the middle of the pixels passes" in passes


def test_epochs_help_or_do_not():
    steps = [100, 200, 300, 400]
    helped = prose.epochs([(steps, [900.0, 500.0, 300.0, 100.0]), (steps, [1100.0, 500.0, 300.0, 100.0])], 50).data
    assert "From 2 to 8 epochs 1,000 KID goes from 1,000 to 100 (2 seeds)" in helped
    assert "paper's observation holds" in helped and "Most of it" not in helped
    early = prose.epochs([(steps, [900.0, 110.0, 100.0, 100.0])], 50).data
    assert "Most of it comes early: the median of the second half is 100" in early and "(1 seed)" in early
    assert "**More epochs did not help here.**" in prose.epochs([(steps, [100.0, 90.0, 95.0, 100.0])], 50).data


def test_samples_are_copies_or_not():
    each = {"kid_1e3": 250.0, "year_mean": 0.5, "year_spread": 0.9, "kid_1e3_data": -1.2}
    text = prose.samples({"DCGAN": each | {"copies": 1.4, "copies_thumbnails": 1.2}, "other": each}).data
    assert "| DCGAN | 250 | +0.50 | 0.90 | 1.40 | 1.20 |" in text and "| other | 250 | +0.50 | 0.90 |  |  |" in text
    assert "| training paintings | -1 |" in text and "**no copies**" in text
    near = prose.samples({"DCGAN": each | {"copies": 0.5}}).data
    assert "than unseen paintings do: DCGAN (0.50)" in near and "no copies" not in near


def test_projections_say_whose_fault_it_is():
    numbers = {"psnr": 30.0, "psnr_least": 25.0, "psnr_28": 0.875, "year_shift": 0.4}
    found = {f"{key}_{name}": value for name in ("own", "held_out") for key, value in numbers.items()}
    names, count = {"own": "own samples", "held_out": "test paintings"}, {"own": 8, "held_out": 6}
    text = prose.projections(found | {"psnr_held_out": 21.0}, names, count).data
    assert "| own samples | 8 | 30.0 | 25.0 | 88% | 0.40 |" in text and "at least 28 dB" in text
    assert "what is lost there the GAN cannot paint" in text and "moves by 0.40 years" in text
    assert "the search itself is what fails" in prose.projections(found, names, count).data


def test_where_a_search_begins():
    text = prose.starts({"a random place": 15.25, "the encoder's place": 20.0}, 120).data
    assert "| a random place | 15.2 |" in text and "120 steps" in text


def test_pairs_say_how_many_and_how_alike():
    none = torch.zeros(0, dtype=torch.int64)
    pairs = Pairs(torch.tensor([0, 1]), torch.tensor([1, 0]), torch.tensor([0.2, 0.4]), none, torch.tensor([2]))
    text = prose.paired(pairs, 0.9).data
    assert text.startswith("2 pairs; without a counterpart: 0 of the start set, 1 of the end set.")
    assert "0.30 on average, of the same paintings in random order 0.90" in text


def test_all_ways_in_one_table():
    text = prose.ways(NUMBERS, 0.3, ["alike", "faded"]).data
    assert "| pixel cross-fade | 0.90 | 0.80 to 1.00 | 0.95 | 1.10 | 1.20 | 2.0 |" in text
    assert len(text.split("\n\n")[0].splitlines()) == 4 and "itself errs by 0.30 years" in text


def test_years_go_right_or_not():
    told = NUMBERS | {"year_middle_faded": 2.5, "year_slope_shuffled": 0.1}
    text = prose.years(told).data
    assert "run at 0.90 of the right speed, with rank correlation 0.95: the frames between do look" in text
    assert "shuffled dates the slope is 0.10" in text and "knows more of the years than the pixels do" in text
    for short in ({"year_slope_alike": 0.6}, {"year_slope_alike": 1.4}, {"year_rank_alike": 0.8}):
        assert "**short of what was hoped for.**" in prose.years(told | short).data
    assert "**the cross-fade of pixels does as well.**" in prose.years(NUMBERS).data


def test_alike_pairs_help_hurt_or_do_nothing():
    def told(value, low, high):
        return prose.gain({"pairs_gain": value, "pairs_gain_low": low, "pairs_gain_high": high}).data

    assert "err by +0.30 years more" in told(0.3, 0.1, 0.5) and told(0.3, 0.1, 0.5).endswith("alike pairs help.")
    assert told(-0.3, -0.5, -0.1).endswith("alike pairs hurt.") and "chance" in told(0.1, -0.1, 0.3)


def test_morphs_are_steady_or_jump():
    assert prose.steady(NUMBERS).data.endswith("No jump on the way.")
    text = prose.steady(NUMBERS | {"smooth_alike": 3.5, "smooth_faded": 1.0}).data
    assert "is 3.5 times its mean step" in text and "**There are jumps.**" in text and "steadier still" in text


def test_the_style_axis_stands_beside_the_morphs():
    text = prose.of_axis({"year_slope": 0.5, "year_rank": 0.7}, NUMBERS, 1.25, 300).data
    assert "learned from 300 paintings; on vectors left out of it, it errs by 1.25 years" in text
    assert "0.50 of the right speed (morphs 0.90), rank correlation 0.70 (0.95)" in text


def test_few_paintings():
    each = {"kid_1e3": 900.0, "year_spread": 0.8}
    found = {"all": each | {"copies": 1.1, "kid_1e3_data": 7.6}, "300": each, "300 and ADA": each}
    text = prose.few(found, {"300 and ADA": 0.45}).data
    assert "| all | 900 | 8 | 1.10 | 0.80 |  |" in text and "| 300 | 900 |  |  | 0.80 |  |" in text
    assert "| 300 and ADA | 900 |  |  | 0.80 | 0.45 |" in text and "no picture was changed" not in text
    assert "Of “300 and ADA” no picture was changed" in prose.few(found, {"300 and ADA": 1e-5}).data


def test_a_narrower_choice_helps_or_does_not():
    names = ("all motifs", "houses", "all motifs, augmented", "houses, augmented")
    found = {name: {"kid_1e3": kid, "year_spread": 1.0} for name, kid in zip(names, (1900.0, 2000.0, 260.0, 200.0))}
    text = prose.narrower(found, {names[2]: 0.4, names[3]: 0.5}).data
    assert "| houses, augmented | 200 |  |  | 1.00 | 0.50 |" in text
    assert "“houses” comes no nearer to its kind than “all motifs”: 1,000 KID of 2,000 against 1,900." in text
    assert "“houses, augmented” comes nearer to its kind than “all motifs, augmented”: 1,000 KID of 200" in text
