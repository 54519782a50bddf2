"""Trained models in use: texts and context pictures in, pictures of three stages and filled slots out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from numpy import ndarray
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.context_aware import config as settings
from ganbook.chapters.context_aware.config import STAGES, Config
from ganbook.chapters.context_aware.context import PARTS, WHERE, WHO, Filled, Said, Seen, Winner, context_vectors, fill
from ganbook.chapters.context_aware.context import said as read_all
from ganbook.chapters.context_aware.judge import Judge, SceneReader
from ganbook.chapters.context_aware.model import Condition, chain, fixed_noise, generators
from ganbook.chapters.context_aware.recognisers import Recognisers, Recognition
from ganbook.chapters.context_aware.text import Embedding, PictureEncoder, text_encoder
from ganbook.data.pixels import to_bytes
from ganbook.data.scene_language import read
from ganbook.errors import UserError

SLUG = "context_aware"


@dataclass(frozen=True)
class Painted:
    """What the GAN made.

    Attributes:
        stages: uint8 pictures of each stage, (n, 3, 15, 26), (n, 3, 30, 52) and (n, 3, 60, 105).
        slots: of each picture: what it is to show, and who said so.
    """

    stages: tuple[UInt8[Tensor, "n 3 h w"], ...]
    slots: tuple[Filled, ...]


@dataclass(frozen=True)
class Painter:
    """A trained Context-aware GAN with its text encoder and recognisers.

    Attributes:
        config: settings of the training.
        generators: G_1 to G_3, in evaluation mode.
    """

    config: Config
    generators: nn.ModuleList
    embedding: Embedding
    recognition: Recognition

    def __call__(
        self,
        texts: Sequence[str],
        contexts: UInt8[Tensor, "n 3 height width"] | None = None,
        seed: int = 0,
        wins: Winner = "text",
    ) -> Painted:
        """Paint texts, each with its context picture.

        Args:
            texts: in people's English; what cannot be read says nothing.
            contexts: one picture each, of any size (see :func:`picture_of` for files); None for none at all.
            seed: of z.
            wins: who decides where text and context contradict each other.

        Raises:
            UserError: not one context picture a text.
        """
        if contexts is not None and len(contexts) != len(texts):
            raise UserError(f"expected one context picture a text, got {len(contexts)} for {len(texts)} texts")
        seen = self.recognition(contexts) if contexts is not None else nothing_seen(len(texts))
        return Painted(self.paint(texts, read_all(texts), seen, seed, wins), self.slots(texts, seen, wins))

    @torch.no_grad()
    def paint(
        self, texts: Sequence[str], said: Said, seen: Seen, seed: int = 0, wins: Winner = "text"
    ) -> tuple[UInt8[Tensor, "n 3 h w"], ...]:
        """The pictures alone, of texts that are parsed and context pictures that are recognised."""
        context = context_vectors(said, seen, self.config.context, self.config.hard, wins)
        told = self.embedding.of_texts(texts), fixed_noise(len(texts), self.config, seed), context
        made = [
            chain(self.generators, noise, Condition(text, vector))
            for text, noise, vector in zip(*(each.split(100) for each in told))
        ]
        return tuple(to_bytes(torch.cat(each)) for each in zip(*made))

    def slots(self, texts: Sequence[str], seen: Seen, wins: Winner = "text") -> tuple[Filled, ...]:
        """The filled slots of each picture; of the context picture only what this model takes from it."""
        used = PARTS[self.config.context]
        places = answers(seen.outdoors) if WHERE in used else [None] * len(texts)
        people = answers(seen.people) if WHO in used else [None] * len(texts)
        return tuple(fill(read(text), *each, wins) for text, *each in zip(texts, places, people))


def answers(probabilities: Tensor) -> list[int | None]:
    """The most likely class of each row; None for a row of zeros."""
    return [int(row.argmax()) if row.sum() > 0 else None for row in probabilities]


def nothing_seen(n: int) -> Seen:
    """What is seen without context pictures."""
    return Seen(torch.zeros(n, WHERE), torch.zeros(n, WHO))


def picture_of(source: object) -> UInt8[Tensor, "3 height width"]:
    """A context picture from a file, a Pillow image or an array, of any size and mode; what is transparent is white.

    Raises:
        UserError: nothing that can be read as a picture.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        if isinstance(source, Image.Image):
            image = source
        elif isinstance(source, ndarray):
            image = Image.fromarray(source)
        else:
            image = Image.open(source)
        image = image.convert("RGBA")
    except (OSError, UnidentifiedImageError, TypeError, ValueError, AttributeError, SyntaxError) as error:
        raise UserError(f"no picture that can be used as context: {error}") from error
    white = Image.new("RGBA", image.size, "white")
    pixels = np.array(Image.alpha_composite(white, image).convert("RGB"))
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


# Loading what is shipped


def load_painter(folder: Path, embedding: Embedding, recognition: Recognition) -> Painter:
    """Load a shipped GAN; it needs the text encoder and the recognisers that it was trained with.

    Raises:
        UserError: there is none, it is damaged, belongs to another model, or the text encoder is another.
    """
    config = settings_of(folder, Config, settings.PROFILES)
    if embedding.config.text_dim != config.text_dim:
        found, wanted = embedding.config.text_dim, config.text_dim
        raise UserError(f"the text encoder makes {found} numbers, but {folder} was trained with {wanted}")
    stages = nn.ModuleList(generators(config))
    names = {f"generator_{k}": stages[k - 1] for k in range(1, STAGES + 1)}
    training.load_checkpoint(folder, names, slug=SLUG)
    return Painter(config, still(stages), embedding, recognition)


def load_recognisers(folder: Path) -> Recognition:
    """Load the shipped recognisers; raises as :func:`load_painter`."""
    config = settings_of(folder, settings.RecogniserConfig, settings.RECOGNISER_PROFILES)
    recognisers = Recognisers(config)
    training.load_checkpoint(folder, {"recognisers": recognisers}, slug=SLUG)
    return Recognition(config, still(recognisers))


def load_embedding(folder: Path) -> Embedding:
    """Load a shipped text encoder with its picture encoder; raises as :func:`load_painter`."""
    config = settings_of(folder, settings.EncoderConfig, settings.ENCODER_PROFILES)
    encoders = {"text": text_encoder(config), "picture": PictureEncoder(config)}
    training.load_checkpoint(folder, encoders, slug=SLUG)
    return Embedding(config, **{name: still(each) for name, each in encoders.items()})


def load_judge(folder: Path) -> SceneReader:
    """Load the shipped judge; raises as :func:`load_painter`."""
    config = settings_of(folder, settings.JudgeConfig, settings.JUDGE_PROFILES)
    judge = Judge(config.channels)
    training.load_checkpoint(folder, {"judge": judge}, slug=SLUG)
    return SceneReader(config, still(judge))


def settings_of(folder: Path, kind: type, profiles: dict) -> training.Settings:
    """The settings with which a shipped model was trained."""
    run = training.read_run(folder)
    return training.resolve(kind, profiles, profile=run["profile"], overrides=run["config"])


def still(module: nn.Module) -> nn.Module:
    """A network in evaluation mode, that learns nothing more."""
    return module.requires_grad_(False).eval()
