"""Sentences of the page say the numbers that they are given, and draw the conclusion that goes with them."""

from dataclasses import replace

from chapters.class_styles.few import SMOKE

from ganbook.chapters.class_styles import prose
from ganbook.chapters.class_styles.studies import Kept

RUN = {"step": 6_000, "minutes": 41.2, "finished": True, "device": "a GPU", "config": {"batch_size": 16}}
NUMBERS = {
    "miou": 0.9,
    "miou_data": 0.93,
    "pixel_accuracy": 0.97,
    "pixel_accuracy_data": 0.99,
    "variety": 0.5,
    "variety_pixels": 0.2,
    "kid_1e3": 3.0,
    "kid_1e3_blurred": 15.5,
}


def test_shipped_runs():
    text = prose.shipped_runs({"main": RUN, "global_only": RUN | {"step": 800}}).data
    assert "`main` 6,000 steps of 16 renders in 41 min on a GPU" in text and "`global_only` 800 steps" in text
    early = prose.shipped_runs({"main": RUN | {"finished": False}}).data
    assert "before the end of the training: main after 6,000" in early and "before the end" not in text


def test_departures_from_the_print():
    text = prose.departures(replace(SMOKE, steps=100, batch_size=16)).data
    assert "| `code_dim` | 4 | the number of classes: 151, 16 or 20 |" in text
    assert "| pictures seen | 1,600 | 50 epochs |" in text and "| `generator_rate` | 0.0002 | 0.0001 |" in text


def test_instruments():
    text = prose.instruments(NUMBERS, 500).data
    assert "On 500 unseen renders" in text and "**0.93**" in text and "**99.0%**" in text


def test_what_levels_hold():
    text = prose.held({16: ["skin", "eyes"], 8: ["skin", "eyes"], 4: ["skin"]}).data
    assert "| 16 × 16 | skin, eyes |" in text and "coarsest level: eyes." in text
    assert "No class is lost" in prose.held({16: ["skin"], 4: ["skin"]}).data


def test_the_live_run():
    first, last = {"perceptual": 0.5, "kl": 1.0}, {"perceptual": 0.4, "kl": 2.0}
    text = prose.live(first, last).data
    assert "| perceptual | 0.50 | 0.40 |" in text and "come nearer" in text and "not come nearer" not in text
    assert "not come nearer" in prose.live(last, first).data


def test_layout():
    text = prose.layout(NUMBERS, NUMBERS | {"miou": 0.8}).data
    assert "| mean IoU | 0.900 | 0.800 | 0.930 | 0.85 | reached |" in text
    assert "| 0.95 | **missed** |" in prose.layout(NUMBERS | {"pixel_accuracy": 0.94}, NUMBERS).data


def test_diversity_at_equal_quality():
    poorer = NUMBERS | {"variety": 0.3}
    text = prose.diversity(NUMBERS, poorer).data
    assert "| 0.500 | 0.300 |" in text and "KID of 15.5" in text and "quality does not suffer" in text
    assert "but quality suffers" in prose.diversity(NUMBERS | {"kid_1e3": 9.0}, poorer).data
    assert "do not make pictures of one map more different" in prose.diversity(NUMBERS, NUMBERS).data


def test_codes_that_are_drawn():
    numbers = {"kid_1e3_own": 100.0, "kid_1e3": 120.0, "kid_1e3_unfitted": 480.0}
    text = prose.drawn(numbers).data
    assert "| drawn from the fitted prior | 120.0 |" in text and "most of what drawn codes cost is gone." in text
    assert "far from those with their own" in prose.drawn(numbers | {"kid_1e3": 400.0}).data
    assert "**The fit does not make" in prose.drawn(numbers | {"kid_1e3": 470.0}).data


def test_inside_beside_the_renderer():
    renderer = {"skin": 0.1, "hair": 0.4}
    text = prose.inside({"skin": 0.08, "hair": 0.3}, renderer).data
    assert "skin 0.80, hair 0.75" in text and "at least the 50%" in text
    assert "Wanted was 50%; hair has 25%" in prose.inside({"skin": 0.08, "hair": 0.1}, renderer).data


def test_leaks():
    control = {"skin": 0.9, "hair": 1.1}
    text = prose.leaks({"skin": 0.05, "hair": 0.1}, control).data
    assert "| skin | 0.05 | 0.90 |" in text and "All are at most 0.2" in text and "0.90 to 1.10: whatever" in text
    poor = prose.leaks({"skin": 0.05, "hair": 0.3}, {"skin": 0.1}).data
    assert "Wanted was at most 0.2: hair 0.30." in poor and "**not near 1, either.**" in poor


def test_levels_in_order():
    numbers = {"centroid_0": 8.0, "centroid_1": 3.0, "finer_p": 1e-5, "active_level_0": 2.0, "active_level_1": 1.0}
    text = prose.ordered(numbers, [32, 16]).data
    assert "32 × 32 8.0, 16 × 16 3.0" in text and "p = 1e-05. So the finest level changes the finer" in text
    assert "No code says anything" not in text
    assert "not seen" in prose.ordered(numbers | {"finer_p": 0.2}, [32, 16]).data
    assert "not seen" in prose.ordered(numbers | {"centroid_1": 9.0}, [32, 16]).data
    assert "p =" not in prose.ordered({"centroid_0": 8.0, "active_level_0": 2.0}, [32]).data


def test_silent_levels_are_not_compared():
    numbers = {"centroid_0": 8.0, "centroid_1": 3.0, "centroid_2": 9.0, "finer_p": 1e-5}
    numbers |= {"active_level_0": 2.0, "active_level_1": 1.0, "active_level_2": 0.0}
    text = prose.ordered(numbers, [32, 16, 8]).data
    assert "says anything at 8 × 8" in text and "32 × 32 changes finer things than 16 × 16" in text
    assert "So the finest level changes" in text
    assert "no two levels" in prose.ordered(numbers | {"active_level_1": 0.0}, [32, 16, 8]).data


def test_levels_in_order_over_seeds():
    first = {"centroid_finest": 8.0, "centroid_coarsest": 3.0, "finer_p": 1e-5}
    unsure, reversed_ = first | {"finer_p": 0.2}, first | {"centroid_coarsest": 9.0}
    assert prose.ordered_over_seeds({0: first}).data == ""
    assert prose.ordered_over_seeds({0: first, 1: first}).data.startswith("In two of 2 trainings the finest level")
    assert "In one of 3 trainings" in (text := prose.ordered_over_seeds({0: unsure, 1: first, 2: reversed_}).data)
    assert "the seed alone" in text and "the seed alone" not in prose.ordered_over_seeds({0: unsure, 1: reversed_}).data


def test_codes():
    text = prose.codes({"skin": 5.0, "hair": 2.0}, {"skin": 0.9, "hair": 0.8}).data
    assert "| skin | 5 | 0.90 |" in text and "no class's codes have collapsed" in text
    assert "active units: hair. These" in prose.codes({"skin": 5.0, "hair": 1.0}, {"skin": 0.9, "hair": 0.8}).data


def test_axes():
    assert "second walk hardly" in prose.axes([0.95, 0.05]).data and "both walks" in prose.axes([0.6, 0.4]).data


def test_transfers():
    renderer = {"skin": 1.0, "hair": 0.7}
    text = prose.transfers({"skin": 0.9, "hair": 0.6}, {"skin": 0.1, "hair": 0.05}, renderer).data
    assert "| skin | 0.90 | 1.00 | 0.10 |" in text and "at least 80% as well as in the" in text
    assert "The renderer itself stays below 0.8 for hair." in text
    weak = prose.transfers({"skin": 0.5, "hair": 0.6}, {"skin": 0.1, "hair": 0.5}, {"skin": 1.0, "hair": 1.0}).data
    assert "correlation below 80% of the renderer's: skin, hair; change elsewhere above 0.2: hair.**" in weak
    assert "itself" not in weak


def test_swaps():
    assert "Only that class" in prose.swaps({"skin": 0.2}).data
    assert "skin 0.30. **More than the 0.2" in prose.swaps({"skin": 0.3}).data


def test_styles_that_are_kept():
    nan = float("nan")
    text = prose.kept(Kept({"skin": 0.01, "hair": nan}, {"skin": 0.2, "hair": 0.1})).data
    assert "| skin | 0.010 | 0.200 |" in text and "hair" not in text and "styles are kept" in text
    assert "less than by half: skin" in prose.kept(Kept({"skin": 0.15}, {"skin": 0.2})).data


def test_what_own_codes_give_back():
    text = prose.own_codes([20.0, 24.0, 30.0], 0.12).data
    assert "**24.0 dB** (median; from 20.0 to 30.0)" in text and "differ by 12% of" in text


def test_scenes_beside_avatars():
    of_avatars = {"miou": 0.9, "miou_data": 0.93, "leak": 0.1, "swap_leak": 0.1, "colour": 0.9, "active": 9.0}
    inside, leaks = {"person": 0.2, "ground": 0.01}, {"person": 0.1, "ground": 0.2}
    text = prose.scenes(of_avatars | {"leak": 0.2, "miou": 0.7}, 17.0, of_avatars, 24.5, inside, leaks).data
    assert "| mean IoU | 0.70 | 0.90 |" in text and "| own codes, PSNR in dB | 17.0 | 24.5 |" in text
    assert "person and ground stay with their class: no leak above 0.2. Every class follows" in text
    assert "worse than an avatar, by 7.5 dB." in text
    leaks["ground"] = 0.5
    poor = prose.scenes(of_avatars | {"colour": 0.3}, 24.0, of_avatars, 24.5, inside, leaks).data
    assert "codes of person stay" in poor and "**Those of ground do not.**" in poor
    assert "range ground 0.010: next to nothing." in poor
    assert "a correlation of 0.30.** Own codes give a scene back about as well" in poor
    inside["ground"] = 0.2
    assert "next to" not in prose.scenes(of_avatars, 24.0, of_avatars, 24.5, inside, leaks).data


def test_scenes_with_more_kl():
    less = {"active": 14.0, "leak": 0.3, "colour": 0.1}
    assert prose.more_kl({"active": 0.0, "leak": 0.4}, less).data.endswith(
        "a class's codes have collapsed there: what they could say did not pay its price."
    )
    text = prose.more_kl({"active": 3.0, "leak": 0.4}, less).data
    assert "are 3 instead of 14, and the classes' leaks reach 0.40 instead of 0.30" in text
    assert text.endswith("**So the weight is not what decides it.**")


def test_failures():
    assert "less than 14.2 dB" in prose.failures(14.2, 28.0, []).data
    assert "without a number on this page: eyes, mouth." in prose.failures(14.2, 28.0, ["eyes", "mouth"]).data


MAIN = {
    "miou": 0.9,
    "kid_1e3": 3.0,
    "kid_1e3_unfitted": 6.0,
    "variety": 0.4,
    "leak": 0.1,
    "inside_share": 0.8,
    "colour": 0.9,
    "active": 4.0,
}


def test_variants():
    def of(*trainings, **found):
        return prose.variants(found, trainings or [MAIN]).data

    poor = MAIN | {"kid_1e3": 2.0, "kid_1e3_unfitted": 30.0}
    text = of(main=MAIN, short=MAIN, no_kl=poor, one_level=MAIN, global_only={"kid_1e3": 3.0})
    assert "| short, and no KL divergence | 0.90 | 2.00 | 30.00 | 0.40 | 0.10 | 0.80 | 0.90 | 4.00 |" in text
    assert "| one code for the picture as a whole |  | 3.00 |" in text
    assert "codes of $\\mathcal{N}(0, I)$ give worse pictures" in text and "fitted prior give better pictures" in text
    assert "all levels is **no worse** by KID" in text
    assert "all levels is **better** by KID" in of(main=MAIN, one_level=MAIN | {"kid_1e3": 2.0})
    assert "all levels is worse by KID" in of(main=MAIN, one_level=MAIN | {"kid_1e3": 4.0})
    assert "Without KL" not in of(short=MAIN)
    assert "fitted prior give no clearly worse" in (text := of(short=MAIN, no_kl=MAIN)) and "do less" not in text
    silent = of(short=MAIN, no_kl=MAIN | {"inside_share": 0.04})
    assert "changes its class by 4% of what the renderer's looks differ by, instead of 80%. The code" in silent
    assert "transfers colours better than any" in of(main=MAIN, one_level=MAIN | {"colour": 0.95})


def test_variants_no_farther_apart_than_trainings_with_other_seeds_are_called_alike():
    trainings = [MAIN, MAIN | {"kid_1e3": 6.0}]
    found = {"main": MAIN, "short": MAIN, "no_kl": MAIN | {"kid_1e3": 5.5}, "one_level": MAIN | {"kid_1e3": 1.6}}
    text = prose.variants(found, trainings).data
    assert "Two of the main model, alike but for the seed, differ 2.0-fold in KID. What" in text
    assert "fitted prior give no clearly worse" in text and "is **no worse** by KID" in text
