"""Sentences of the page say the numbers that they are given, and draw the conclusion that goes with them."""

from dataclasses import replace

from ganbook.chapters.style_prior import prose
from ganbook.chapters.style_prior.config import PROFILES
from ganbook.data.avatars import LABELS

RUN = {"step": 6_000, "minutes": 41.2, "finished": True, "device": "a GPU", "config": {"batch_size": 64}}


def shares(layout, pose, colours):
    return {"layout": layout, "pose": pose, "colours": colours}


def test_shipped_runs():
    once = {"main": 1, "short": 0}
    text = prose.shipped_runs({"main": RUN, "short": RUN | {"step": 800}}, once).data
    assert "`main` 6,000 steps of 64 renders (384 thousand pictures) in 41 min on a GPU" in text
    assert "`short` 800 steps" in text and "before the end" not in text
    assert "Each was trained once, with one seed." in text
    several = prose.shipped_runs({"main": RUN, "short": RUN}, {"main": 3, "short": 1}).data
    assert "were trained: main 3; of the others one." in several and "Each was" not in several
    assert (
        "before the end of the training: main after 6,000"
        in prose.shipped_runs({"main": RUN | {"finished": False}}, once).data
    )


def test_departures_from_the_print():
    text = prose.departures(replace(PROFILES["quick"], steps=100, batch_size=16)).data
    assert "| `latent_dim` | 128 | 512 |" in text and "| pictures seen | 1,600 | 25 million |" in text
    assert "128, 128, 96, 48, 24" in text and "| `learning_rate` | 0.0025 | 0.002 |" in text


def test_instruments():
    text = prose.instruments({"skin": 0.9, "mouth": 0.8}, 0.007, 64, 2_000).data
    assert "On 2,000 unseen renders" in text and "**0.85** (worst: mouth, 0.80)" in text
    assert "**0.7 %** of the width, 0.4 pixels" in text


def test_what_is_learned_when():
    found = {"skin": [0.2, 0.9, 1.0], "eyes": [0.9, 0.5, 1.1], "mouth": [0.0, 0.1, 0.5]}
    text = prose.learned(found, [0, 250, 500]).data
    assert "skin from step 250; eyes from step 500. Not so at truncation 0.7: mouth 0.50" in text
    assert "hat or glasses from step 0" in prose.learned({"accessory": [1.0, 0.9]}, [0, 250]).data
    assert "hat or glasses 0.10" in prose.learned(found | {"accessory": [0.0, 0.1, 0.1]}, [0, 250, 500]).data
    assert "No class stays within 20%" in prose.learned({"skin": [0.1, 0.2]}, [0, 250]).data


QUALITY = {"kid_1e3": 2.5, "kid_1e3_data": -0.04, "kid_1e3_blurred": 15.5}


def test_quality_beside_blur():
    text = prose.quality(QUALITY, {"darker": 1.0, "blind": 4.0}, 2_000).data
    assert "of 2,000 samples is **2.5**, that of training renders -0.0," in text and "blurred renders 15.5" in text
    assert "20% of what the blur costs, is reached" in text and "would you say so" in text
    assert "the samples: darker." in text
    poor = prose.quality(QUALITY | {"kid_1e3": 20.0}, {"darker": 30.0}, 2_000).data
    assert "is missed" in poor and "would you" not in poor and "weighs less" not in poor


def test_gates():
    good = {f"area_{label}": 1.1 for label in LABELS} | {"spread": 0.9, "copies": 1.2}
    text = prose.gates(good).data
    assert text.count("reached") == 3 and "| all | reached |" in text
    poor = prose.gates(good | {"area_mouth": 0.7, "spread": 0.5, "copies": 0.4}).data
    assert poor.count("**missed**") == 3 and "mouth 0.70" in poor and "| 50% |" in poor


def test_mixing():
    groups = {"coarse": shares(0.8, 0.9, 0.2), "middle": shares(0.4, 0.3, 0.9), "fine": shares(0.1, 0.1, 0.3)}
    text = prose.mixing(groups).data
    assert "| coarse | 0.80 | 0.90 | 0.20 |" in text and "pose by the coarse layers, colours by the middle" in text
    assert "pose lies in coarser layers than colours do" in text
    same = prose.mixing({"coarse": shares(0.8, 0.9, 0.9), "fine": shares(0.1, 0.1, 0.3)}).data
    assert "not apart" in same
    turned = {"coarse": shares(0.8, 0.1, 0.9), "middle": shares(0.4, 0.3, 0.3), "fine": shares(0.1, 0.9, 0.2)}
    assert "finer layers than colours" in prose.mixing(turned).data


def test_one_input_has_no_order():
    parts = {"part 1": shares(0.5, 0.5, 0.5), "part 2": shares(0.6, 0.5, 0.4)}
    layers = {"0": shares(0.9, 0.9, 0.1), "1": shares(0.1, 0.1, 0.8)}
    text = prose.one_input(parts, layers).data
    assert "parts of z layout 1.2, pose 1.0, colours 1.2; layers layout 9.0" in text and "matters far more" in text
    assert "do not differ much more" in prose.one_input(parts, parts).data
    colours_alike = {name: each | {"colours": 0.5} for name, each in layers.items()}
    assert "matters far more" in prose.one_input(parts, colours_alike).data
    assert prose.share_ratio([0.5, 0.0]) == 50


def test_truncation():
    full = {"precision": 0.5, "recall": 0.8, "variety": 1.0, "kid_1e3": 2.0}
    half = {"precision": 0.9, "recall": 0.2, "variety": 0.5, "kid_1e3": 9.0}
    text = prose.truncation({0.5: half, 1.0: full}).data
    assert text.splitlines()[2] == "| 1 | 0.50 | 0.80 | 1.00 | 2.00 |"
    assert "quality for variety" in text and "is best at 1." in text
    assert "precision does not rise" in prose.truncation({0.5: half | {"precision": 0.4}, 1.0: full}).data
    assert "No trade" in prose.truncation({0.5: full, 1.0: full}).data


def test_noise():
    found = {"noise_share": 0.1, "noise_labels": 0.012, "code_labels": 0.3, "noise_in_details": 1.5}
    text = prose.noise(found).data
    assert (
        "by 10% of" in text and "1.2% of the pixels (another code: 30%)" in text and "what is where to the code" in text
    )
    assert "hardly any use" in prose.noise(found | {"noise_share": 0.01}).data
    grain = prose.noise(found | {"noise_in_details": 4.0}).data
    assert "4.0 times as strong as elsewhere" in grain and "fills with grain" in grain and "to the code" not in grain
    for much in ({"noise_share": 0.6}, {"noise_labels": 0.1}):
        assert prose.noise(found | much).data.endswith("**Noise decides about more than details here.**")


def test_w_against_z():
    assert "2.00 in z and 1.00 in w. The way through w is the shorter" in prose.lengths({"z": 2.0, "w": 1.0}).data
    assert "Neither is clearly shorter" in prose.lengths({"z": 1.05, "w": 1.0}).data
    assert "w is the longer one" in prose.lengths({"z": 1.0, "w": 1.2}).data
    found = {"z": {"tilted": 0.1, "skin": 0.1}, "w": {"tilted": 0.7, "skin": 0.5}}
    text = prose.regression(found).data
    assert text.splitlines()[2] == "| tilted | 0.10 | 0.70 |"
    assert "10% of a measure in z and 60% in w (most: tilted, 70%)" in text and "easier to read from w" in text
    assert "not made it easier" in prose.regression({"z": found["w"], "w": found["z"]}).data


def test_short_runs():
    one = {"path_w": 2.0, "path_evenness": 0.2, "kid_1e3": 40.0, "area_eyes": 0.5}
    found = {"short": one, "no_path_length": one | {"path_w": 3.0, "path_evenness": 0.5}}
    text = prose.short_runs(found, {"main": 9_000, "short": 1_200, "no_path_length": 1_200}).data
    assert "| no path length penalty | 3.00 | 0.50 | 40.00 | 0.50 |  |  |" in text
    assert {line.count("|") for line in text.splitlines() if line.startswith("|")} == {8}, "no bar inside a cell"
    assert "2.5 times as uneven and the way through w is 1.5 times as long" in text
    assert "They have 1,200 steps; the main training has 9,000." in text
    alone = prose.short_runs({"short": one}, {}).data
    assert "Without" not in alone and "steps" not in alone
    assert "area of hat or glasses" in text and prose.decimals(15_371.6) == "15,372"


def test_directions():
    names = ["more: head size", "other", "less: hair area"]
    text = prose.directions(names, 1.5, 0.5, 0.42, 3).data
    assert "The first 3 of them have 42%" in text and "Of 3 directions 2 change" in text
    assert (
        "by 1.5 deviations on average; along five random directions, walked as far, it is 0.5" in text
        and "there are handles" in text
    )
    assert "too little" in prose.directions(["other", "other"], 0.4, 0.2, 0.42, 2).data
    assert "do as well" in prose.directions(names, 1.0, 1.0, 0.42, 3).data


def test_projections():
    psnr = {"own": {"w": [28.0, 30.0], "w+": [33.0, 35.0]}, "renders": {"w": [20.0], "w+": [24.0]}}
    layout = {name: {"w": 0.9, "w+": 0.95} for name in psnr}
    away = {"own": {"w": 1.0, "w+": 1.05}, "renders": {"w": 1.0, "w+": 2.0}}
    text = prose.projections(psnr, layout, away).data
    assert "| own | W | 2 | 29.0 | 90% | 1.0 |" in text and "| renders | W+ | 1 | 24.0 | 95% | 2.0 |" in text
    assert "W+ comes nearer than W, whatever was looked for" in text and "was trained (renders)" in text
    worse = prose.projections(psnr | {"renders": {"w": [25.0], "w+": [24.0]}}, layout, away).data
    assert "**W+ does not always come nearer" in worse and "whatever" not in worse


def test_edits():
    text = prose.edited(2.0, 1.5, 0.5, "more: hair area").data
    assert "by +2.00 deviations in samples, by +1.50" in text and "follows it less" in text
    assert "follows it as well" in prose.edited(2.0, 0.5, 1.5, "more: hair area").data
    assert "follows it as well" in prose.edited(-2.0, -1.5, -1.49, "less: hair area").data
    assert "Neither follows" in prose.edited(2.0, -0.1, -1.5, "more: hair area").data
    assert "follows it less" in prose.edited(-2.0, -0.1, 1.5, "less: hair area").data


def test_failures():
    text = prose.failures([1.0, 1.0, 1.0, 2.0], {"mouth": 0.5, "eyes": 1.0}).data
    assert text.startswith("25.0% of the samples") and "mouth 0.50" in text and "eyes" not in text
    assert "No class is there less often than in renders by more than 20%" in prose.failures([1.0], {"eyes": 0.9}).data
