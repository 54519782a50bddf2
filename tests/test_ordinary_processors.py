"""On a processor without bfloat16 instructions, as most laptops have:
such a one, or a newer one that is told to be such a one.

The limit is told to oneDNN and to torch when a process starts, so all of this runs in processes of its own. All pages
run so, too: the book that tests read is made under the limit (``smoke_book``).
"""

import json
import os
import subprocess
import sys

import pytest

from ganbook import chapters

TWO_STEPS = """
import dataclasses, json, os
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
from ganbook.bench.chapter import training_time
from ganbook.training.devices import bf16_is_possible, pick_precision
assert (bf16_is_possible("cpu"), pick_precision("auto", "cpu")) == (False, "32-true")
models = json.loads(os.environ["MODELS"])
times = [training_time(*model, profile="quick", data="embedded", device="cpu", steps=1, warm_up=1) for model in models]
print(json.dumps([dataclasses.asdict(each) for each in times]))
"""

MODELS = {
    "latent_captions": ("main", "no_information", "places"),
    "instruction_editing": ("imi", "cap2image", "judge", "held_out"),
    "masked_editing": ("sim", "plain", "paste", "judge", "dong"),
    "context_aware": ("main", "foreground", "recognisers", "text_encoder", "judge"),
    "painting_morphs": (
        "main",
        "few_ada",
        "dcgan",
        "dcgan_few_ada",
        "encoder",
        "regressor",
        "people",
        "people_regressor",
    ),
    "style_prior": ("main", "noise", "segmenter", "landmarks"),
    "few_shot_layout": ("main", "psp_1"),
    "drag_editing": ("main", "all_motions", "fourier", "flow"),
    "class_styles": ("main", "global_only", "no_batch_norm", "scenes"),
}
"""Each kind of network; the other variants differ from one of these in settings only."""


@pytest.fixture
def limited(ordinary_processor):
    """``limited(*arguments, **environment)``: a Python process with the limit, when it has ended."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
        env = os.environ | ordinary_processor | environment
        return subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True, timeout=1_500)

    return run


def test_every_kind_of_model_trains_two_steps_at_quick(limited):
    models = [(slug, variant) for slug, variants in MODELS.items() for variant in variants]
    done = limited("-c", TWO_STEPS, MODELS=json.dumps(models))
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert [(each["slug"], each["variant"]) for each in found] == models
    assert all(each["profile"] == "quick" and each["seconds_per_step"] > 0 for each in found)


def test_no_kind_of_model_is_left_out():
    """Each chapter's own classes of models: all are among those that are trained."""
    for slug in chapters.slugs():
        recipe = chapters.recipe(slug)
        own = {id(recipe.model(name)) for name, variant in recipe.variants.items() if variant.model.slug == slug}
        assert own <= {id(recipe.model(name)) for name in MODELS.get(slug, ())}, slug


def test_what_failed_there_is_refused_with_one_line(limited, tmp_path):
    """An LSTM under bfloat16 autocast:
    "could not create a primitive descriptor for the LSTM forward propagation primitive".
    """
    command = "-m ganbook.cli.main train instruction_editing --profile smoke --data embedded --precision bf16-mixed"
    done = limited(*command.split(), "--folder", str(tmp_path))
    assert done.returncode == 2
    assert "error: this processor cannot compute in bfloat16: use precision 32-true, or auto" in done.stderr
    assert "Traceback" not in done.stderr
