"""On a processor without bfloat16 instructions, as most laptops have:
such a one, or a newer one that is told to be such a one.

The limit is told to oneDNN and to torch when a process starts, so all of this runs in processes of its own.
"""

import json
import os
import subprocess
import sys

import pytest

from ganbook import paths
from ganbook.publishing import bands, ledger
from ganbook.record import load_metrics

LIMITED = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}
UNDRAWN = "from ganbook.viz import pictures; pictures.picture_of = lambda figure, dpi: b'RIFF....WEBP'"
"""Figures are made, but not their pictures: those take as long as all else, and torch has no part in them."""

TWO_STEPS = """
import dataclasses, json
from ganbook.chapters.masked_editing import config, recipe
config.PROFILES["quick"] = dataclasses.replace(config.PROFILES["quick"], singles=200)
recipe.SMALL["singles"] = recipe.JUDGE["singles"] = 200  # all of them take minutes to draw
from ganbook.chapters.context_aware import config
for profiles in (config.PROFILES, config.RECOGNISER_PROFILES, config.ENCODER_PROFILES, config.JUDGE_PROFILES):
    profiles["quick"] = dataclasses.replace(profiles["quick"], scenes=200)  # all captions take minutes to read
from ganbook.chapters.painting_morphs import config, recipe
for profiles in (config.DCGAN_PROFILES, config.PROGRESSIVE_PROFILES, config.REGRESSOR_PROFILES):
    profiles["quick"] = dataclasses.replace(profiles["quick"], paintings=48)  # all of them take minutes to paint
recipe.FEW["paintings"] = 48
from ganbook.chapters.style_prior import config, instruments
for profiles in (config.PROFILES, instruments.PROFILES):
    profiles["quick"] = dataclasses.replace(profiles["quick"], train_images=200, batch_size=4)  # so do all renders
from ganbook.chapters.few_shot_layout import config
config.PROFILES["quick"] = dataclasses.replace(config.PROFILES["quick"], invert_steps=5)
from ganbook.chapters.drag_editing import config
config.PROFILES["quick"] = dataclasses.replace(config.PROFILES["quick"], moves=100)
config.FLOW_PROFILES["quick"] = dataclasses.replace(config.FLOW_PROFILES["quick"], train_pairs=100)
from ganbook.chapters.class_styles import config, recipe
config.PROFILES["quick"] = dataclasses.replace(config.PROFILES["quick"], train_images=200, batch_size=4)
for name in ("scenes", "scenes_more_kl"):
    recipe.RECIPE.variants[name].sizes["train_images"] = 200
from ganbook.bench.chapter import training_times
from ganbook.training.devices import bf16_is_possible, pick_precision
assert (bf16_is_possible("cpu"), pick_precision("auto", "cpu")) == (False, "32-true")
times = training_times(profile="quick", data="embedded", device="cpu", steps=1, warm_up=1)
print(json.dumps([dataclasses.asdict(each) for each in times]))
"""

PAGES = f"""
from ganbook import paths
from ganbook.publishing.check import check_chapter
how = dict(profile="smoke", data="embedded", seed=0, threads=1, inject={UNDRAWN!r})
outcomes = [check_chapter(slug, **how) for slug in paths.chapters()]
bad = [(each.slug, each.status, each.message, each.results) for each in outcomes if not each.passed]
assert not bad, bad
"""


def limited(*arguments: str, **environment: str) -> str:
    """What a Python process with the limit prints; it must end well."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **LIMITED, **environment},
        capture_output=True,
        text=True,
        timeout=1_500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_model_trains_two_steps_at_quick():
    found = json.loads(limited("-c", TWO_STEPS).splitlines()[-1])
    assert {(each["slug"], each["variant"]) for each in found} >= {
        *(("latent_captions", variant) for variant in ("main", "no_information", "places")),
        *(("instruction_editing", variant) for variant in ("imi", "cap2image", "judge")),
        *(("masked_editing", variant) for variant in ("sim", "plain", "paste", "judge", "dong")),
        *(("context_aware", variant) for variant in ("main", "foreground", "recognisers", "text_encoder", "words")),
        *(
            ("painting_morphs", variant)
            for variant in ("main", "few_ada", "dcgan", "dcgan_few_ada", "encoder", "people")
        ),
        *(("style_prior", variant) for variant in ("main", "noise", "segmenter", "landmarks")),
        *(("drag_editing", variant) for variant in ("main", "all_motions", "fourier", "flow")),
        *(("class_styles", variant) for variant in ("main", "global_only", "no_batch_norm", "scenes")),
    }
    assert all(each["profile"] == "quick" and each["seconds_per_step"] > 0 for each in found)


def test_what_failed_there_is_refused_with_one_line(tmp_path):
    """An LSTM under bfloat16 autocast:
    "could not create a primitive descriptor for the LSTM forward propagation primitive".
    """
    command = "-m ganbook.cli.main train instruction_editing --profile smoke --data embedded --precision bf16-mixed"
    done = subprocess.run(
        [sys.executable, *command.split(), "--folder", str(tmp_path)],
        env={**os.environ, **LIMITED},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 2
    assert "error: this processor cannot compute in bfloat16: use precision 32-true, or auto" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """A build folder in which all chapters were run at smoke and compared with their bands, under the limit."""
    folder = tmp_path_factory.mktemp("limited")
    limited("-c", PAGES, GANBOOK_BUILD=str(folder), OMP_NUM_THREADS="1")
    return folder


@pytest.mark.parametrize("slug", paths.chapters())
def test_a_chapter_keeps_its_bands(slug, checked, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(checked))
    record = load_metrics(slug)
    results = bands.compare(record)
    assert [result for result in results if result.status == "ok"]
    assert [result for result in results if result.broken] == []
    for claim in ledger.load(slug).claims:
        assert (claim.verdict(record) == "not measured") == claim.people, claim.id
