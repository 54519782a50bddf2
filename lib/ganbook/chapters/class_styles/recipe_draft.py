"""What the chapter will register: the model, its control, what it is compared with, and the same model of scenes.

It becomes ``recipe.py`` once page, claims, bands, exercises and shipped weights are there, which the tests ask for, and
``style_prior`` has its own, from which the segmenters come.
"""

from dataclasses import replace
from functools import partial

import torch
from torch import nn

from ganbook.chapters.class_styles import analysis
from ganbook.chapters.class_styles.config import PROFILES, Config
from ganbook.chapters.class_styles.game import Material, adversarial_training
from ganbook.chapters.class_styles.inference import Styler, load_styler
from ganbook.chapters.style_prior.recipe import RECIPE as STYLE_PRIOR
from ganbook.chapters.style_prior.recipe import only_source
from ganbook.data import avatars
from ganbook.data.avatars.free import FreeAvatars, free_avatars
from ganbook.data.scenes import squares
from ganbook.data.scenes.squares import Squares, square_scenes
from ganbook.training import Model, Recipe, Settings, Variant

LEARNS, MEASURES = 0, 1
"""Seeds of the segmenters: the first enters the perceptual loss, the second only measures."""

TESTED = 500
"""Pictures of the test split by which a model is measured."""

CLASSES = {"avatars": avatars.LABELS, "scenes": squares.LABELS}
"""Subjects that there are, each with the classes of its label maps."""


def segmenter(source: str, seed: int) -> nn.Module:
    """A segmenter of `style_prior`.

    Args:
        source: of the data.
        seed: ``LEARNS`` or ``MEASURES``.

    Raises:
        UserError: it is not there yet: train it first.
    """
    return STYLE_PRIOR.load_or_train("segmenter", profile="quick", data=only_source(source), seed=seed)


def pictures(split: str, n: int, side: int, subject: str = "avatars") -> FreeAvatars | Squares:
    """The first pictures of a split with their label maps."""
    return (square_scenes if subject == "scenes" else free_avatars)(split, n, side)


def train_pictures(config: Settings, source: str, seed: int, subject: str = "avatars") -> FreeAvatars | Squares:
    """What is learned from; the same for every seed."""
    return pictures("train", config.train_images, config.resolution, subject)


def make_material(config: Config, source: str, seed: int, subject: str = "avatars") -> Material:
    """Training pictures with their label maps, and the trained segmenter of `style_prior`.

    It has seen avatars alone. For scenes it is what VGG-19 is for the paper: a network that has learned to see
    something else.

    Raises:
        UserError: the segmenter is not there yet: train it first.
    """
    with torch.random.fork_rng(devices=[]):  # the run's seed decides its weights, whatever is loaded before
        learned = segmenter(source, LEARNS)
    found = train_pictures(config, source, seed, subject)
    return Material(found.pictures, found.labels, len(CLASSES[subject]), learned)


def judge(source: str, subject: str = "avatars") -> nn.Module:
    """What only measures: a segmenter of avatars or of scenes.

    Raises:
        UserError: it is not there yet: train it first.
    """
    if subject == "avatars":
        return segmenter(source, MEASURES)
    return RECIPE.load_or_train("scene_segmenter", profile="quick", data=only_source(source), seed=0)


def measure_styler(styler: Styler, source: str, subject: str = "avatars") -> dict[str, float]:
    """The numbers of :func:`analysis.styler_numbers`, on pictures of the test split."""
    test = pictures("test", TESTED, styler.config.resolution, subject)
    return analysis.styler_numbers(styler, judge(source, subject), test.pictures, test.labels)


def measure_scene_segmenter(segmenter: nn.Module, source: str) -> dict[str, float]:
    """How well it reads the label maps of scenes of the test split."""
    test = pictures("test", TESTED, segmenter.side, "scenes")
    return analysis.layout(segmenter, test.pictures, test.labels, len(CLASSES["scenes"]))


STYLER = Model(
    "class_styles",
    Config,
    PROFILES,
    data=make_material,
    game=adversarial_training,
    ships=lambda config: ("encoder", "generator"),
    load=load_styler,
    measure=measure_styler,
    source=only_source,
    films=lambda config: config.preview_every > 0,
)

SCENES = replace(
    STYLER,
    data=partial(make_material, subject="scenes"),
    load=partial(load_styler, names=CLASSES["scenes"]),
    measure=partial(measure_styler, subject="scenes"),
)

SCENE_SEGMENTER = replace(
    STYLE_PRIOR.model("segmenter"),
    data=partial(train_pictures, subject="scenes"),
    measure=measure_scene_segmenter,
)
"""The network of `style_prior`; the last of its seven classes is in no scene."""

RECIPE = Recipe(
    "class_styles",
    {
        "main": Variant(STYLER, live=True),
        "global_only": Variant(STYLER, {"styles": "nothing"}),
        "one_level": Variant(STYLER, {"styles": "class"}),
        "no_kl": Variant(STYLER, {"kl_weight": 0.0}),
        "no_batch_norm": Variant(STYLER, {"generator_norm": "position"}),
        "scene_segmenter": Variant(SCENE_SEGMENTER, sizes={"steps": 2_000}),
        "scenes": Variant(SCENES, sizes={"steps": 4_000, "train_images": 18_000, "preview_every": 1_000}),
    },
)
"""``global_only`` is the control: SPADE with one code for the whole picture. ``scenes`` is ``main`` of other pictures,
with fewer steps; what measures it, ``scene_segmenter``, is trained first.
"""
