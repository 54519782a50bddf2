"""Text vectors: Reed et al.'s structured joint embedding, with an encoder of letters or of words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Int64, UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.context_aware.config import EncoderConfig
from ganbook.chapters.context_aware.judge import Judge, SceneReader
from ganbook.chapters.context_aware.losses import joint_embedding_loss
from ganbook.chapters.context_aware.recognisers import at_height
from ganbook.data.pixels import from_bytes
from ganbook.data.scene_language import FIRST, tokenise, vocabulary
from ganbook.data.scenes import CAPTIONS, Scenes
from ganbook.errors import UserError
from ganbook.nn import TextEncoder, full_size

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-,;.!?:'\"/\\|_@#$%^&*~`+-=<>()[]{} "
"""Reed et al.'s 70 symbols. The hyphen stands twice, so that one of them is never used."""

LETTERS = 201
"""Length of a text; longer ones are cut, shorter ones padded."""

_NUMBERS = {symbol: number for number, symbol in enumerate(ALPHABET, start=1)}


def letters(texts: Sequence[str]) -> Int64[Tensor, "n letters"]:
    """The number of each letter in ``ALPHABET``, from 1 on; 0 for other signs and behind the end."""
    rows = [[_NUMBERS.get(symbol, 0) for symbol in text.lower()[:LETTERS]] for text in texts]
    padded = [row + [0] * (LETTERS - len(row)) for row in rows]
    return torch.tensor(padded, dtype=torch.int64).reshape(-1, LETTERS)


class LetterEncoder(nn.Module):
    """The char-CNN-RNN: convolutions over letters, a recurrent layer, the mean of its states."""

    def __init__(self, config: EncoderConfig):
        super().__init__()
        first, second, third = config.channels
        self.convolutions = nn.Sequential(  # (batch, 70, 201)
            nn.Conv1d(len(ALPHABET), first, 4),  # (batch, first, 198)
            nn.ReLU(inplace=True),
            nn.MaxPool1d(3, 3),  # (batch, first, 66)
            nn.Conv1d(first, second, 4),  # (batch, second, 63)
            nn.ReLU(inplace=True),
            nn.MaxPool1d(3, 3),  # (batch, second, 21)
            nn.Conv1d(second, third, 4),  # (batch, third, 18)
            nn.ReLU(inplace=True),
            nn.MaxPool1d(3, 2),  # (batch, third, 8)
        )
        self.rnn = nn.RNN(third, config.state, nonlinearity="relu", batch_first=True)
        self.project = nn.Linear(config.state, config.text_dim)

    @staticmethod
    def inputs(texts: Sequence[str]) -> tuple[Tensor, ...]:
        """What :meth:`forward` takes."""
        return (letters(texts),)

    def forward(self, numbers: Int[Tensor, "batch letters"]) -> Float[Tensor, "batch text"]:
        one_hot = F.one_hot(numbers, len(ALPHABET) + 1)[..., 1:]  # (batch, 201, 70)
        maps = self.convolutions(one_hot.float().mT)  # (batch, third, 8)
        states, _ = self.rnn(maps.mT)  # (batch, 8, state)
        return self.project(states.mean(1)).float()  # (batch, text)


class WordEncoder(nn.Module):
    """Word vectors and an LSTM, whose last state speaks."""

    def __init__(self, config: EncoderConfig):
        super().__init__()
        self.encoder = TextEncoder(config.state, FIRST - 1 + len(vocabulary()))
        self.project = nn.Linear(config.state, config.text_dim)

    @staticmethod
    def inputs(texts: Sequence[str]) -> tuple[Tensor, ...]:
        """What :meth:`forward` takes."""
        return tokenise(texts)

    def forward(
        self, tokens: Int[Tensor, "batch words"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch text"]:
        state = full_size(self.encoder(tokens, lengths))  # (batch, state)
        return self.project(state).float()  # (batch, text)


class PictureEncoder(nn.Module):
    """What pictures come to: features of a trained classifier, and a linear layer, which alone learns.

    Reed et al. take the features of a trained GoogLeNet; ours are those of a judge of another seed than
    the one that measures.
    """

    def __init__(self, config: EncoderConfig):
        super().__init__()
        self.reader = Judge(config.reader_channels).requires_grad_(False)
        self.norm = nn.BatchNorm1d(self.reader.size, affine=False)
        self.project = nn.Linear(self.reader.size, config.text_dim)

    def features(self, pictures: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch size"]:
        """What :meth:`forward` takes."""
        return self.reader.features(pictures)

    def forward(self, features: Float[Tensor, "batch size"]) -> Float[Tensor, "batch text"]:
        return self.project(self.norm(features)).float()


def text_encoder(config: EncoderConfig) -> LetterEncoder | WordEncoder:
    """The encoder that the settings name."""
    return LetterEncoder(config) if config.reads == "letters" else WordEncoder(config)


def captions_of(scenes: Scenes) -> list[list[str]]:
    """Five captions of each scene; where the public release has fewer, some stand twice."""
    found = [texts or ("",) for texts in scenes.captions]
    return [[texts[k % len(texts)] for k in range(CAPTIONS)] for texts in found]


class Lesson(NamedTuple):
    """What the text encoder learns from: scenes, and the classifier whose features stand for their pictures."""

    scenes: Scenes
    reader: SceneReader


def train_text_encoder(run: training.Run, lesson: Lesson) -> None:
    """Learn to score a picture's own caption higher than those of other pictures, and the other way round.

    Raises:
        UserError: the classifier is not as wide as the settings say.
    """
    config: EncoderConfig = run.config
    scenes, reader = lesson
    if reader.config.channels != config.reader_channels:
        raise UserError(f"reader_channels is {config.reader_channels}, but the reader has {reader.config.channels}")
    modules = {"text": text_encoder(config), "picture": PictureEncoder(config)}
    modules["picture"].reader.load_state_dict(reader.judge.state_dict())
    features = reader.features(scenes.pictures).to(run.device)
    rate = config.learning_rate
    parts = run.setup(
        **{
            name: (each, torch.optim.RMSprop([p for p in each.parameters() if p.requires_grad], rate))
            for name, each in modules.items()
        }
    )
    inputs = type(modules["text"]).inputs([text for texts in captions_of(scenes) for text in texts])
    for step in run.steps():
        index = run.draws.batch(len(scenes), config.batch_size)
        which = index * CAPTIONS + run.draws.randint(CAPTIONS, (config.batch_size,)).cpu()
        pictures = parts.picture.module(features[index])
        texts = parts.text.module(*(each[which].to(run.device) for each in inputs))
        loss = joint_embedding_loss(pictures, texts, config.margin, config.symmetric)
        epochs = step * config.batch_size // len(scenes)
        for _, optimizer in parts.values():
            training.set_learning_rate(optimizer, rate * config.epoch_decay**epochs)
            optimizer.zero_grad()
        run.backward(loss)
        for _, optimizer in parts.values():
            optimizer.step()
        run.log(loss=loss)


@dataclass(frozen=True)
class Embedding:
    """A trained pair of encoders in use."""

    config: EncoderConfig
    text: LetterEncoder | WordEncoder
    picture: PictureEncoder

    @torch.no_grad()
    def of_texts(self, texts: Sequence[str]) -> Float[Tensor, "n text"]:
        """The vectors of texts, whatever they are; an empty text has one, too."""
        inputs = self.text.inputs(texts)
        found = [self.text(*some) for some in zip(*(each.split(500) for each in inputs))]
        return torch.cat([torch.zeros(0, self.config.text_dim), *found])

    @torch.no_grad()
    def of_pictures(self, pictures: UInt8[Tensor, "n 3 height width"]) -> Float[Tensor, "n text"]:
        """The vectors of pictures; pictures of other sizes are scaled."""
        some = (at_height(from_bytes(each), self.config.height) for each in pictures.split(500))
        return torch.cat([self.picture(self.picture.features(each)) for each in some])
