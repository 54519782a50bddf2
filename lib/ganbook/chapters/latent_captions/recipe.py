"""What the chapter registers: its captioner, the control without the information term, and the study of sentences."""

from dataclasses import replace
from importlib.util import find_spec

from ganbook.chapters.latent_captions import symptoms
from ganbook.chapters.latent_captions.analysis import (
    Captioner,
    Labeller,
    co_preference,
    digit_confusion,
    fixed_and_random,
    information,
    load_captioner,
    preference_histograms,
    summary,
)
from ganbook.chapters.latent_captions.config import PROFILES, Config
from ganbook.chapters.latent_captions.game import adversarial_training
from ganbook.data import GridDigits, digit_source, grid_digits, load_digits
from ganbook.metrics import off_diagonal_rank_correlation
from ganbook.training import Model, Recipe, Variant


def make_data(config: Config, source: str, seed: int) -> GridDigits:
    """Grids of training digits."""
    return grid_digits("train", source, n=config.train_images, seed=seed, distinct=config.distinct)


TESTED = 1_000
"""Test images by which a captioner is measured."""


def measure(captioner: Captioner, source: str) -> dict[str, float]:
    """The numbers of the paper's experiment, what c decides in bits, and the symptoms, on test images."""
    known, test = make_data(captioner.config, source, seed=0), grid_digits("test", source, TESTED, seed=0)
    known = replace(known, images=known.images[: len(test.images)], labels=known.labels[: len(test.images)])
    labeller = Labeller(captioner, test.images)
    in_all, in_one = information(labeller, count=60)
    return {
        **summary(fixed_and_random(labeller, test.labels)),
        "information": in_all,
        "information_image": in_one,
        **symptoms.measure(captioner, known, test),
        **(likeness(labeller, source) if find_spec("sklearn") else {}),  # a machine lent for training may have none
    }


def likeness(labeller: Labeller, source: str) -> dict[str, float]:
    """Whether digits that look alike are preferred by the same c:
    the rank correlation over all pairs, and its p value.
    """
    alike = digit_confusion(load_digits("train", source), load_digits("test", source))
    together = co_preference(preference_histograms(labeller, count=200))
    correlation, p_value = off_diagonal_rank_correlation(alike, together)
    return {"subgroup_rank_correlation": correlation, "subgroup_p_value": p_value}


CAPTIONER = Model(
    "latent_captions",
    Config,
    PROFILES,
    data=make_data,
    source=digit_source,
    game=adversarial_training,
    ships=lambda config: ("generator", "recovery", "autoencoder"),
    load=load_captioner,
    measure=measure,
)

RECIPE = Recipe(
    "latent_captions",
    {
        "main": Variant(CAPTIONER, live=True),
        "no_information": Variant(CAPTIONER, {"information_weight": 0.0, "late_information_weight": 0.0}),
        "places": Variant(
            CAPTIONER,
            {"captions": "label_and_place", "positions": True, "sentence_noise": 0.3, "autoencoder_steps": 2_000},
        ),
    },
)
