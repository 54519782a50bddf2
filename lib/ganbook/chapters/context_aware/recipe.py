"""What the chapter registers: the GAN and what it is compared with, its recognisers, text encoders, and the judge.

The order of the paper: recognisers and text encoder first, then the GAN, which loads them.
"""

from pathlib import Path
from typing import Any

import torch

from ganbook.chapters.context_aware import analysis, inference
from ganbook.chapters.context_aware import config as settings
from ganbook.chapters.context_aware.config import DESCRIBED, STAGES, Config
from ganbook.chapters.context_aware.data import Material, material
from ganbook.chapters.context_aware.game import adversarial_training
from ganbook.chapters.context_aware.inference import Painter
from ganbook.chapters.context_aware.judge import SceneReader, train_judge
from ganbook.chapters.context_aware.recognisers import Recognition, train_recognisers
from ganbook.chapters.context_aware.text import Embedding, Lesson, train_text_encoder
from ganbook.data import scenes as data
from ganbook.data.scenes import Scenes
from ganbook.training import Model, Recipe, Variant, read_run

MEASURES, LEARNS = 0, 1
"""Seeds of the judges: the first only measures, and no GAN meets it; discriminators see with the second."""

DEV = 1_000
"""Scenes of the development set, and of the test set."""


def source_of(source: str) -> str:
    """The source that is meant: "auto" is the public release if it is on this machine."""
    return data.look().source if source == "auto" else source


def pictures(config: Any, source: str, seed: int) -> Scenes:
    """What recognisers and judge learn from; the same for every seed."""
    return data.scenes("train", source, config.scenes, config.height, progress=False)


def make_lesson(config: Any, source: str, seed: int) -> Lesson:
    """What text encoders learn from, with a trained reader of pictures.

    The encoder of words only measures, so it sees with the judge that only measures. The encoder that the GAN hears
    with has another reader, with which discriminators see, too.
    """
    seed = MEASURES if config.reads == "words" else LEARNS
    reader = RECIPE.load_or_train("judge", profile="quick", data=source_of(source), seed=seed)
    return Lesson(pictures(config, source, seed), reader)


def make_material(config: Config, source: str, seed: int) -> Material:
    """What a GAN learns from, with the text encoder and the recognisers that come with the book.

    Raises:
        UserError: they are not there yet: train them first.
    """
    source = source_of(source)
    train, dev = (
        data.scenes(split, source, n, config.height, progress=False)
        for split, n in (("train", config.scenes), ("dev", min(DEV, config.scenes)))
    )
    with torch.random.fork_rng(devices=[]):  # the run's seed decides its weights, whatever is loaded before
        return material(config, train, dev, *readers(source), judge=shipped_judge(source))


def readers(source: str) -> tuple[Embedding, Recognition]:
    """The text encoder and the recognisers that come with the book."""
    shipped = {"profile": "quick", "data": source, "seed": 0}
    return RECIPE.load_or_train("text_encoder", **shipped), RECIPE.load_or_train("recognisers", **shipped)


def shipped_judge(source: str) -> SceneReader | None:
    """The judge that comes with the book and measures."""
    folder = RECIPE.checkpoint_folder("judge", profile="quick", data=source, seed=MEASURES)
    return inference.load_judge(folder) if folder.is_dir() else None


def load_painter(folder: Path) -> Painter:
    """A shipped GAN with the text encoder and the recognisers that it was trained with."""
    return inference.load_painter(folder, *readers(read_run(folder)["data"]))


def held_out(config: Any, source: str) -> Scenes:
    """The scenes that numbers of the records are measured on."""
    return data.scenes("test", source, DEV, config.height, progress=False)


def measure_painter(painter: Painter, source: str) -> dict[str, float]:
    """Who decides, R-precision by the encoder of words, entities; nothing where there is no judge."""
    judge = shipped_judge(source)
    if judge is None:
        return {}
    words = RECIPE.load_or_train("words", profile="quick", data=source, seed=0)
    return analysis.painter_numbers(painter, held_out(painter.config, source), judge, words)


def measure_recognisers(recognition: Recognition, source: str) -> dict[str, float]:
    """Accuracies on the test scenes."""
    return analysis.recognition_numbers(recognition, held_out(recognition.config, source))


def measure_embedding(embedding: Embedding, source: str) -> dict[str, float]:
    """R-precision of real pictures."""
    return analysis.embedding_numbers(embedding, held_out(embedding.config, source))


def measure_judge(judge: SceneReader, source: str) -> dict[str, float]:
    """Accuracies on the test scenes."""
    return analysis.judge_numbers(judge, held_out(judge.config, source))


def model(
    config: type, profiles: dict, game: Any, ships: tuple[str, ...], load: Any, measure: Any, shown: Any = pictures
) -> Model:
    """A supervised model."""
    return Model(
        "context_aware",
        config,
        profiles,
        data=shown,
        game=game,
        ships=lambda config: ships,
        load=load,
        measure=measure,
        source=source_of,
    )


GAN = Model(
    "context_aware",
    Config,
    settings.PROFILES,
    data=make_material,
    game=adversarial_training,
    ships=lambda config: tuple(f"generator_{k}" for k in range(1, STAGES + 1)),
    load=load_painter,
    measure=measure_painter,
    source=source_of,
    films=lambda config: config.preview_every > 0,
)

RECOGNISERS = model(
    settings.RecogniserConfig,
    settings.RECOGNISER_PROFILES,
    train_recognisers,
    ("recognisers",),
    inference.load_recognisers,
    measure_recognisers,
)

TEXT_ENCODER = model(
    settings.EncoderConfig,
    settings.ENCODER_PROFILES,
    train_text_encoder,
    ("text", "picture"),
    inference.load_embedding,
    measure_embedding,
    make_lesson,
)

JUDGE = model(
    settings.JudgeConfig,
    settings.JUDGE_PROFILES,
    train_judge,
    ("judge",),
    inference.load_judge,
    measure_judge,
)

COMPARED = {"steps": 3_000}
"""What is compared with ``uniform``: it differs from the main one in ``DESCRIBED``, and is as short as its rivals."""

TEXT_ALONE = {"context": "nothing", "wrong_text_weight": 0.5, "wrong_context_weight": 0.0}
"""Reed et al.'s model: no context vector, and their weights in D's loss."""

FOREGROUND = {"context": "place and person", "recognised_weight": 0.25}
"""The person as context, too, whom the recognisers have to find again."""

RECIPE = Recipe(
    "context_aware",
    {
        "main": Variant(GAN, DESCRIBED, live=True),
        "text_only": Variant(GAN, TEXT_ALONE, COMPARED),
        "soft_context": Variant(GAN, {"hard": False}, COMPARED),
        "foreground": Variant(GAN, FOREGROUND, {"steps": 5_000}, live=True),
        "uniform": Variant(GAN, sizes=COMPARED),
        "coarse_first": Variant(GAN, {"schedule": "coarse_first"}, COMPARED),
        "fade": Variant(GAN, {"schedule": "fade"}, COMPARED),
        "recognisers": Variant(RECOGNISERS),
        "text_encoder": Variant(TEXT_ENCODER),
        "words": Variant(TEXT_ENCODER, {"reads": "words"}),
        "judge": Variant(JUDGE),
    },
)
"""``uniform``, ``coarse_first`` and ``fade`` compare stage weights; ``words`` and ``judge`` measure."""
