"""The models of the chapter: the prior, short trainings of it that differ in one setting, and what measures it."""

from typing import Any

import torch
from jaxtyping import UInt8
from torch import Tensor

from ganbook.chapters.style_prior import instruments
from ganbook.chapters.style_prior.analysis import labels_of, prior_numbers, read
from ganbook.chapters.style_prior.config import PROFILES, Config
from ganbook.chapters.style_prior.game import adversarial_training
from ganbook.chapters.style_prior.inference import Prior, load_prior, load_reader, load_segmenter
from ganbook.chapters.style_prior.instruments import InstrumentConfig, LandmarkReader, Segmenter
from ganbook.chapters.style_prior.studies import Judges, claim_numbers, evenness
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.flow import landmarks
from ganbook.data.avatars.free import free_avatars, free_parameters
from ganbook.metrics import class_iou
from ganbook.training import Model, Recipe, Variant

TESTED = 2_000
"""Renders of the test split by which instruments and prior are measured."""

LEARNS, MEASURES = 0, 1
"""Seeds of the segmenters: the first may annotate and enter losses, the second only measures."""


def only_source(source: str) -> str:
    """The book's own avatars; there are no others."""
    return "embedded" if source == "auto" else source


def from_style_prior(name: str, source: str, seed: int = 0) -> Any:
    """A trained network of this chapter for another one, by the name of its variant.

    Args:
        name: "main" (the prior), "segmenter" or "landmarks".
        source: of the data.
        seed: of its training; of a segmenter ``LEARNS`` or ``MEASURES``.

    Raises:
        UserError: it is not there yet: train it first.
    """
    with torch.random.fork_rng(devices=[]):  # a run's seed decides its weights, whatever is loaded before
        return RECIPE.load_or_train(name, profile="quick", data=only_source(source), seed=seed)


def pictures(config: Config, source: str, seed: int) -> UInt8[Tensor, "n 3 side side"]:
    """Renders without labels; the same ones for every seed."""
    return free_avatars("train", config.train_images, config.resolution).pictures


def measure_prior(prior: Prior, source: str) -> dict[str, float]:
    """How like the data samples are, read by the instruments that come with the book, and what claims need; at a
    resolution that these do not read, how even paths are.
    """
    judges = Judges(
        *(
            RECIPE.load_or_train(name, profile="quick", data=source, seed=seed)
            for name, seed in (("segmenter", MEASURES), ("landmarks", 0))
        )
    )
    if prior.config.resolution != judges.segmenter.side:
        return {"path_evenness": evenness(prior)}
    train, test = (free_avatars(split, TESTED).pictures for split in ("train", "test"))
    return prior_numbers(prior.generator, *judges, train, test) | claim_numbers(prior, judges, test)


def measure_segmenter(segmenter: Segmenter, source: str) -> dict[str, float]:
    """Intersection over union of each class on renders of the test split, and their mean."""
    test = free_avatars("test", TESTED, segmenter.side)
    found = class_iou(labels_of(segmenter, test.pictures), test.labels, len(LABELS))
    return {f"iou_{name}": float(value) for name, value in zip(LABELS, found)} | {"miou": float(found.mean())}


def measure_landmarks(reader: LandmarkReader, source: str) -> dict[str, float]:
    """Mean distance of a landmark from where it lies, as a share of the picture's width."""
    test = free_avatars("test", TESTED, reader.side)
    true = landmarks(*free_parameters("test", TESTED))
    return {"landmark_error": float((read(reader, test.pictures) - true).square().sum(2).sqrt().mean() / 2)}


PRIOR = Model(
    "style_prior",
    Config,
    PROFILES,
    data=pictures,
    game=adversarial_training,
    ships=lambda config: ("generator",),
    load=load_prior,
    measure=measure_prior,
    source=only_source,
    films=lambda config: config.preview_every > 0,
)


def instrument(game, load, measure) -> Model:
    """A network that measures pictures."""
    return Model(
        "style_prior",
        InstrumentConfig,
        instruments.PROFILES,
        data=instruments.make_data,
        game=game,
        ships=lambda config: ("model",),
        load=load,
        measure=measure,
        source=only_source,
    )


SEGMENTER = instrument(instruments.train_segmenter, load_segmenter, measure_segmenter)
LANDMARKS = instrument(instruments.train_landmarks, load_reader, measure_landmarks)

SHORT = {"steps": 1_000, "preview_every": 0}

RECIPE = Recipe(
    "style_prior",
    {
        "main": Variant(PRIOR, live=True),
        "short": Variant(PRIOR, sizes=SHORT),
        "no_path_length": Variant(PRIOR, {"path_weight": 0.0}, SHORT),
        "strong_r1": Variant(PRIOR, {"r1_weight": 1.0}, SHORT),
        "noise": Variant(PRIOR, {"noise": True}, SHORT),
        "segmenter": Variant(SEGMENTER),
        "landmarks": Variant(LANDMARKS),
    },
)
"""``short`` is the moment with which the three after it are compared."""
