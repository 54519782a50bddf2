"""Encoders from one and five annotated pictures, and what they are compared with."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from ganbook import training
from ganbook.chapters.class_styles.recipe import STYLER
from ganbook.chapters.class_styles.recipe import Material as StyledPictures
from ganbook.chapters.few_shot_layout import analysis, game
from ganbook.chapters.few_shot_layout.config import PROFILES, Config
from ganbook.chapters.few_shot_layout.inference import Painter, load_painter
from ganbook.chapters.few_shot_layout.shots import Shots, inverted, labeller, samples, scribbled, showing_most
from ganbook.chapters.style_prior.recipe import LEARNS, MEASURES, from_style_prior, only_source
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.free import free_avatars
from ganbook.training import Model, Recipe, Settings, Variant

MOST = 5
"""Pictures that are annotated; an encoder from fewer takes the first of them."""

TESTED = 500
"""Label maps of the test split by which an encoder is measured."""


def annotation(prior: Any, config: Config, source: str, seed: int) -> Shots:
    """The annotated pictures of a seed, with label maps or scribbles.

    A segmenter stands for the person who annotates samples; renders come with label maps of their own.
    """
    learned = from_style_prior("segmenter", source, LEARNS)
    side = prior.config.resolution
    if config.annotated == "render":
        shots = inverted(prior, *renders(config.shots, seed, side), learned.features, config.invert_steps)
    else:
        found = samples(prior, lambda pictures: analysis.labels_of(learned, pictures), MOST, len(LABELS), seed)
        shots = found.few(config.shots)
    return scribbled(shots, seed) if config.labels == "sparse" else shots


def renders(n: int, seed: int, side: int) -> tuple[UInt8[Tensor, "n 3 side side"], Int[Tensor, "n side side"]]:
    """Renders of the dev split with label maps: of a hundred for each seed those that show most of all classes."""
    drawn = free_avatars("dev", 100 * (seed + 1), side, progress=False)
    pictures, labels = drawn.pictures[-100:], drawn.labels[-100:].long()
    chosen = showing_most(labels, len(LABELS))[:n]
    return pictures[chosen], labels[chosen]


def quietly(make: Callable[[], Any]) -> Any:
    """What is made without touching the random numbers of a run, whose seed decides its weights."""
    with torch.random.fork_rng(devices=[]):
        return make()


def make_material(config: Config, source: str, seed: int) -> game.Material:
    """The prior, and what labels its samples.

    Raises:
        UserError: prior or segmenter are not there yet: train them first.
    """
    prior = from_style_prior("main", source)
    shots = quietly(lambda: annotation(prior, config, source, seed))
    label = labeller(config, prior, shots, from_style_prior("segmenter", source, LEARNS), LABELS)
    generator = prior.generator
    mean, styles = generator.mapping.mean, generator.synthesis.styles
    return game.Material(generator.mapping, label, len(LABELS), prior.config.resolution, mean, styles)


def make_pairs(config: Config, source: str, seed: int) -> game.Pairs:
    """The annotated pictures alone, for an encoder in the manner of pSp; raises as :func:`make_material`."""
    prior = from_style_prior("main", source)
    shots = quietly(lambda: annotation(prior, config, source, seed))
    learned, generator = from_style_prior("segmenter", source, LEARNS), prior.generator
    mean, styles = generator.mapping.mean, generator.synthesis.styles
    return game.Pairs(shots.pictures, shots.labels, generator.synthesis, learned, len(LABELS), mean, styles)


def load(folder: Path, one_code: bool = True) -> Painter:
    """A shipped encoder with its prior and its annotated pictures; ``one_code`` as of ``Painter``.

    Raises:
        UserError: there is none, it is damaged, or it belongs to another model.
    """
    run = training.read_run(folder)
    config = training.resolve(Config, PROFILES, profile=run["profile"], overrides=run["config"])
    prior = from_style_prior("main", run["data"])
    return load_painter(folder, prior, annotation(prior, config, run["data"], run["seed"]), one_code)


BRIEF = 100
"""Steps below which a training is one of the tests; what comes of it is measured on little."""


def test_set(config: Settings, side: int) -> tuple[Tensor, Tensor]:
    """Pictures and label maps that no training has seen."""
    drawn, n = (100, 24) if config.steps < BRIEF else (TESTED, TESTED)
    test = free_avatars("test", drawn, side, progress=False)
    return test.pictures[:n], test.labels[:n].long()


def measure_painter(painter: Painter, source: str) -> dict[str, float]:
    """The numbers of :func:`analysis.painter_numbers`."""
    little = {"pool": 60, "refined": 4, "refine_steps": 4} if painter.config.steps < BRIEF else {}
    given = test_set(painter.config, painter.side)
    if painter.config.labels == "segmenter":  # the nearest neighbour gets the same labels as the encoder
        learned = from_style_prior("segmenter", source, LEARNS)
        little["label"] = labeller(painter.config, painter.prior, painter.shots, learned, LABELS)
    return analysis.painter_numbers(painter, from_style_prior("segmenter", source, MEASURES), *given, **little)


def measure_baseline(painter: Painter, source: str) -> dict[str, float]:
    """The numbers of :func:`analysis.fidelity_numbers` of an encoder in the manner of pSp."""
    pictures, labels = test_set(painter.config, painter.side)
    judge = from_style_prior("segmenter", source, MEASURES)
    return analysis.fidelity_numbers(judge, painter.paint(labels), pictures, labels, len(LABELS))


ENCODER = Model(
    "few_shot_layout",
    Config,
    PROFILES,
    data=make_material,
    game=game.train,
    ships=lambda config: ("encoder",),
    load=load,
    measure=measure_painter,
    source=only_source,
)

PSP_LIKE = replace(
    ENCODER,
    data=make_pairs,
    game=game.train_on_pictures,
    load=partial(load, one_code=False),
    measure=measure_baseline,
)


def spade_like(shots: int) -> Model:
    """SPADE with one code for the whole picture, the control of `class_styles`, on nothing but annotated pictures."""

    def few_pairs(config: Any, source: str, seed: int) -> Any:
        prior = from_style_prior("main", source)
        settings = replace(PROFILES["quick"], shots=shots)
        given = quietly(lambda: annotation(prior, settings, source, seed))
        times = -(-config.batch_size // shots)
        pictures, labels = given.pictures.repeat(times, 1, 1, 1), given.labels.repeat(times, 1, 1).to(torch.uint8)
        learned = from_style_prior("segmenter", source, LEARNS)
        return StyledPictures(pictures, labels, len(LABELS), learned)

    def measure(styler: Any, source: str) -> Mapping[str, float]:
        pictures, labels = test_set(styler.config, styler.config.resolution)
        made, judge = styler.paint(labels, styler.drawn(len(labels))), from_style_prior("segmenter", source, MEASURES)
        return analysis.fidelity_numbers(judge, made, pictures, labels, len(LABELS))

    return replace(STYLER, data=few_pairs, measure=measure, films=lambda config: False)


FIVE, VOTES = {"shots": 5}, {"labels": "sparse"}
SPARSE = VOTES | {"votes": 1_024, "threshold": 0.7, "strokes": 2}
"""Strokes drawn into what exemplars vote for among all 32 x 32 places, instead of the votes as printed."""

SHORT = {"steps": 1_000}
"""Of trainings on nothing but the annotated pictures."""

SPADE = {"styles": "nothing", "resolution": 64, "kl_weight": 0.1}
"""Of the size of the generator's pictures, at every profile."""

RECIPE = Recipe(
    "few_shot_layout",
    {
        "main": Variant(ENCODER, live=True),
        "dense_5": Variant(ENCODER, FIVE),
        "sparse_1": Variant(ENCODER, SPARSE, live=True),
        "sparse_5": Variant(ENCODER, SPARSE | FIVE),
        "votes_1": Variant(ENCODER, VOTES),
        "votes_5": Variant(ENCODER, VOTES | FIVE),
        "inverted": Variant(ENCODER, {"annotated": "render"}),
        "segmenter": Variant(ENCODER, {"labels": "segmenter"}),
        "psp_1": Variant(PSP_LIKE, {}, SHORT),
        "psp_5": Variant(PSP_LIKE, FIVE, SHORT),
        "spade_1": Variant(spade_like(1), SPADE, SHORT | {"preview_every": 0}),
        "spade_5": Variant(spade_like(5), SPADE, SHORT | {"preview_every": 0}),
    },
)
"""``main`` is dense labels from one annotated picture; ``segmenter`` the upper bound."""
