"""What the chapter will register: the model, its control, and what it is compared with.

It becomes ``recipe.py`` once page, claims, bands, exercises and shipped weights are there, which the tests ask for, and
``style_prior`` has its own, from which the segmenters come.
"""

import torch
from torch import nn

from ganbook.chapters.class_styles import analysis
from ganbook.chapters.class_styles.config import PROFILES, Config
from ganbook.chapters.class_styles.game import Material, adversarial_training
from ganbook.chapters.class_styles.inference import Styler, load_styler
from ganbook.chapters.style_prior.recipe import RECIPE as STYLE_PRIOR
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.free import free_avatars
from ganbook.training import Model, Recipe, Variant

LEARNS, MEASURES = 0, 1
"""Seeds of the segmenters: the first enters the perceptual loss, the second only measures."""

TESTED = 500
"""Avatars of the test split by which a model is measured."""


def only_source(source: str) -> str:
    """The book's own avatars; there are no others."""
    return "embedded" if source == "auto" else source


def segmenter(source: str, seed: int) -> nn.Module:
    """A segmenter of `style_prior`.

    Args:
        source: of the data.
        seed: ``LEARNS`` or ``MEASURES``.

    Raises:
        UserError: it is not there yet: train it first.
    """
    return STYLE_PRIOR.load_or_train("segmenter", profile="quick", data=only_source(source), seed=seed)


def make_material(config: Config, source: str, seed: int) -> Material:
    """Training renders with their label maps, the same for every seed, and the trained segmenter of `style_prior`.

    Raises:
        UserError: the segmenter is not there yet: train it first.
    """
    with torch.random.fork_rng(devices=[]):  # the run's seed decides its weights, whatever is loaded before
        learned = segmenter(source, LEARNS)
    avatars = free_avatars("train", config.train_images, config.resolution)
    return Material(avatars.pictures, avatars.labels, len(LABELS), learned)


def measure_styler(styler: Styler, source: str) -> dict[str, float]:
    """The numbers of :func:`analysis.styler_numbers`, on avatars of the test split."""
    test = free_avatars("test", TESTED, styler.config.resolution)
    return analysis.styler_numbers(styler, segmenter(source, MEASURES), test.pictures, test.labels)


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

RECIPE = Recipe(
    "class_styles",
    {
        "main": Variant(STYLER, live=True),
        "global_only": Variant(STYLER, {"styles": "nothing"}),
        "one_level": Variant(STYLER, {"styles": "class"}),
        "no_kl": Variant(STYLER, {"kl_weight": 0.0}),
        "no_batch_norm": Variant(STYLER, {"generator_norm": "position"}),
    },
)
"""``global_only`` is the control: SPADE with one code for the whole picture."""
