"""What the chapter trains: the model, its control, what it is compared with, and the same model of scenes."""

from dataclasses import replace
from functools import partial

from torch import nn

from ganbook.chapters.class_styles import analysis
from ganbook.chapters.class_styles.config import PROFILES, Config
from ganbook.chapters.class_styles.game import Material, adversarial_training
from ganbook.chapters.class_styles.inference import Styler, load_styler
from ganbook.chapters.style_prior.recipe import LEARNS, MEASURES, from_style_prior, only_source
from ganbook.chapters.style_prior.recipe import RECIPE as STYLE_PRIOR
from ganbook.data import avatars
from ganbook.data.avatars.free import FreeAvatars, free_avatars
from ganbook.data.scenes import squares
from ganbook.data.scenes.squares import Squares, square_scenes
from ganbook.training import Model, Recipe, Settings, Variant

TESTED = 500
"""Pictures of the test split by which a model is measured."""

CLASSES = {"avatars": avatars.LABELS, "scenes": squares.LABELS}
"""Subjects that there are, each with the classes of its label maps."""


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
    learned = from_style_prior("segmenter", source, LEARNS)
    found = train_pictures(config, source, seed, subject)
    return Material(found.pictures, found.labels, len(CLASSES[subject]), learned)


def judge(source: str, subject: str = "avatars") -> nn.Module:
    """What only measures: a segmenter of avatars or of scenes.

    Raises:
        UserError: it is not there yet: train it first.
    """
    if subject == "avatars":
        return from_style_prior("segmenter", source, MEASURES)
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

SHORT = {"steps": 4_000, "preview_every": 0}
OF_SCENES = SHORT | {"train_images": 18_000}

RECIPE = Recipe(
    "class_styles",
    {
        "main": Variant(STYLER, live=True),
        "global_only": Variant(STYLER, {"styles": "nothing"}, {"preview_every": 0}),
        "one_level": Variant(STYLER, {"styles": "class"}, {"preview_every": 0}),
        "short": Variant(STYLER, sizes=SHORT),
        "no_kl": Variant(STYLER, {"kl_weight": 0.0}, SHORT),
        "no_batch_norm": Variant(STYLER, {"generator_norm": "position"}, SHORT),
        "scene_segmenter": Variant(SCENE_SEGMENTER, sizes={"steps": 2_000, "channels": (16, 24, 32, 48)}),
        "scenes": Variant(SCENES, {"kl_weight": 0.1}, OF_SCENES | {"preview_every": 1_000}),
        "scenes_more_kl": Variant(SCENES, sizes=OF_SCENES),
    },
)
"""``global_only`` is the control: SPADE with one code for the whole picture. The two after ``short`` are compared
with it. ``scenes`` is ``main`` of other pictures, as short and with a third of the weight of KL, for with all of it
(``scenes_more_kl``) codes of classes say next to nothing; what measures both, ``scene_segmenter``, is trained first.
"""
