"""What the chapter registers: both GANs with and without adaptive augmentation, the regressor that measures, and
the encoder from which projections begin; and a GAN and a regressor of people with their ages.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from ganbook.chapters.painting_morphs import analysis, encoder, inference, studies
from ganbook.chapters.painting_morphs import config as settings
from ganbook.chapters.painting_morphs.config import EncoderConfig, GanConfig, RegressorConfig
from ganbook.chapters.painting_morphs.game import dcgan_training, progressive_training
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.regressor import YearReader, train_regressor
from ganbook.chapters.painting_morphs.watching import Material
from ganbook.data import paintings as data
from ganbook.data.paintings import Paintings
from ganbook.data.people import drawn_people
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.errors import UserError
from ganbook.training import Model, Recipe, Variant

SMALLEST = 64
"""Pixels of a side at which our painter paints; smaller ones are shrunk."""

FEWEST = 4
"""Pictures about what was asked for that there must be at least, to learn from and to measure with."""

READERS = {"paintings": "regressor", "people": "people_regressor"}
"""Subjects that there are, each with the variant that reads years or ages off its pictures."""


def source_of(source: str, subject: str = "paintings") -> str:
    """The source that is meant: "auto" is a person's own folder or van Gogh if they are on this machine. People are
    drawn here whatever is asked for.
    """
    if subject == "people":
        return "embedded"
    return data.look().source if source == "auto" else source


def pictures(config: Any, source: str, seed: int = 0, split: str = "train", subject: str = "paintings") -> Paintings:
    """Pictures of a subject at the size of the settings, as many as they say or as there are; the same for every seed.

    Years of people are their ages.

    Raises:
        UserError: hardly any title has the word that the settings ask for.
    """
    side = max(config.resolution, SMALLEST)
    source = source_of(source, subject)
    drawn_here = source == "embedded" and not config.about
    n = min(config.paintings, data.SPLITS[split]) if drawn_here else None
    if subject == "people":
        found = drawn_people(split, n, side, progress=False)
    else:
        found = data.paintings(split, source, n, side, progress=False)
    order = torch.randperm(len(found), generator=torch.Generator().manual_seed(0)).tolist()
    fitting = [k for k in order if config.about.lower() in found.titles[k].lower()][: config.paintings]
    if config.about and len(fitting) < FEWEST:
        asked = f"about {config.about!r}: {len(fitting)} of {len(found):,} {split} pictures have it in their titles"
        raise UserError(f"{asked}, at least {FEWEST} are needed")
    return some(found, sorted(fitting), config.resolution)


def some(found: Paintings, index: list[int], side: int) -> Paintings:
    """These of the paintings, shrunk to this size."""
    shrunk = F.adaptive_avg_pool2d(from_bytes(found.pictures[index]), side)
    titles, sources = (tuple(each[k] for k in index) for each in (found.titles, found.sources))
    return Paintings(found.source, found.split, to_bytes(shrunk), found.years[index], titles, sources)


def make_material(config: GanConfig, source: str, seed: int, subject: str = "paintings") -> Material:
    """What a GAN learns from, with held-out pictures and the regressor that comes with the book, if there is one."""
    source = source_of(source, subject)
    with torch.random.fork_rng(devices=[]):  # the run's seed decides its weights, whatever is loaded before
        reader = shipped_reader(source, subject)
    train, dev = (pictures(config, source, seed, split, subject).pictures for split in ("train", "dev"))
    return Material(train, dev, reader)


def shipped_reader(source: str, subject: str = "paintings") -> YearReader | None:
    """The regressor that comes with the book, of years or of ages."""
    source = source_of(source, subject)
    folder = RECIPE.checkpoint_folder(READERS[subject], profile="quick", data=source, seed=0)
    return inference.load_regressor(folder) if folder.is_dir() else None


def shipped_painter(config: EncoderConfig, source: str, seed: int = 0) -> Painter:
    """The Progressive GAN that comes with the book, from whose samples the encoder learns.

    Raises:
        UserError: there is none.
    """
    folder = RECIPE.checkpoint_folder("main", profile="quick", data=source_of(source), seed=0)
    with torch.random.fork_rng(devices=[]):  # as above
        return inference.load_progressive(folder)


def measure_encoder(read: encoder.LatentReader, source: str) -> dict[str, float]:
    """How near it comes to samples."""
    return encoder.encoder_numbers(shipped_painter(read.config, source), read)


def measure_samples(painter: Painter, source: str, subject: str = "paintings") -> dict[str, float]:
    """How like the pictures samples are, and whether they are copies; nothing where there is no regressor."""
    reader = shipped_reader(source, subject)
    if reader is None:
        return {}
    train, test = (
        pictures(painter.config, source, split=split, subject=subject).pictures for split in ("train", "test")
    )
    whole = pictures(replace(painter.config, about=""), source, split="test", subject=subject).pictures
    likeness = analysis.painter_numbers(painter, reader, test, whole)
    return likeness | analysis.copy_numbers(painter, reader, train, test, whole)


def measure_painter(painter: Painter, source: str, subject: str = "paintings") -> dict[str, float]:
    """How like paintings samples are, and what :func:`~...studies.paper_numbers` finds; nothing without a regressor."""
    reader = shipped_reader(source, subject)
    if reader is None:
        return {}
    test = pictures(painter.config, source, split="test", subject=subject)
    return analysis.painter_numbers(painter, reader, test.pictures) | studies.paper_numbers(painter, reader, test)


def measure_regressor(reader: YearReader, source: str, subject: str = "paintings") -> dict[str, float]:
    """Errors on the test pictures."""
    return analysis.regressor_numbers(reader, pictures(reader.config, source, split="test", subject=subject))


def gan(
    config: type,
    profiles: dict,
    game: Callable[..., None],
    load: Callable[[Path], Painter],
    measure: Callable[[Painter, str], dict[str, float]] = measure_samples,
) -> Model:
    """A GAN of either kind."""
    return Model(
        inference.SLUG,
        config,
        profiles,
        data=make_material,
        game=game,
        ships=lambda config: ("generator",),
        load=load,
        measure=measure,
        source=source_of,
        films=lambda config: config.preview_every > 0,
    )


PROGRESSIVE = gan(
    settings.ProgressiveConfig, settings.PROGRESSIVE_PROFILES, progressive_training, inference.load_progressive
)

MAIN = replace(PROGRESSIVE, measure=measure_painter)

DCGAN = gan(settings.DcganConfig, settings.DCGAN_PROFILES, dcgan_training, inference.load_dcgan)

REGRESSOR = Model(
    inference.SLUG,
    RegressorConfig,
    settings.REGRESSOR_PROFILES,
    data=pictures,
    game=train_regressor,
    ships=lambda config: ("regressor",),
    load=inference.load_regressor,
    measure=measure_regressor,
    source=source_of,
)

ENCODER = Model(
    inference.SLUG,
    EncoderConfig,
    settings.ENCODER_PROFILES,
    data=shipped_painter,
    game=encoder.train_encoder,
    ships=lambda config: ("encoder",),
    load=encoder.load_encoder,
    measure=measure_encoder,
    source=source_of,
)


def of_people(model: Model) -> Model:
    """The same model of people with their ages."""
    told = {name: partial(getattr(model, name), subject="people") for name in ("data", "measure", "source")}
    return replace(model, **told)


ADA = {"ada": True}

FEW = {"paintings": 300}
"""About as many as a painter leaves of one kind."""

NARROW = FEW | {"about": "house"}
"""As many, all of one kind."""

RECIPE = Recipe(
    inference.SLUG,
    {
        "main": Variant(MAIN),
        "few": Variant(PROGRESSIVE, sizes=FEW),
        "few_ada": Variant(PROGRESSIVE, ADA, FEW),
        "dcgan": Variant(DCGAN),
        "dcgan_few": Variant(DCGAN, sizes=FEW),
        "dcgan_few_ada": Variant(DCGAN, ADA, FEW),
        "dcgan_narrow": Variant(DCGAN, sizes=NARROW),
        "dcgan_narrow_ada": Variant(DCGAN, ADA, NARROW),
        "regressor": Variant(REGRESSOR),
        "encoder": Variant(ENCODER),
        "people": Variant(of_people(MAIN)),
        "people_regressor": Variant(of_people(REGRESSOR)),
    },
)
"""With 300 paintings GANs are trained with and without adaptive augmentation. A subject's regressor is trained
before its GAN, which is watched with it.
"""
