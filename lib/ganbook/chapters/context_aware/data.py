"""What the GAN learns from: scenes, their captions as vectors, what these say, and what context pictures show."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from ganbook.chapters.context_aware.config import Config
from ganbook.chapters.context_aware.context import Said, Seen, said, said_once
from ganbook.chapters.context_aware.judge import SceneReader
from ganbook.chapters.context_aware.recognisers import Recognisers, Recognition
from ganbook.chapters.context_aware.text import Embedding, PictureEncoder, captions_of
from ganbook.data.scenes import CAPTIONS, INDOORS, OUTDOORS, Scenes
from ganbook.errors import UserError

PROMPTS = (
    ("A woman is sitting.", INDOORS),
    ("A woman is sitting.", OUTDOORS),
    ("a boy is playing with a ball", OUTDOORS),
    ("a boy is playing with a ball", INDOORS),
    ("an old man and a dog", INDOORS),
    ("A girl is dancing at the beach", INDOORS),
)
"""Texts, and where their context pictures are: what previews show at fixed moments of every training."""


class Groups(NamedTuple):
    """Scenes that share place and person, from which context pictures are drawn.

    Attributes:
        order: (n,) scenes, group by group.
        first, count: (n,) of each scene's group: where it begins in ``order``, and how many it has.
    """

    order: Tensor
    first: Tensor
    count: Tensor

    @classmethod
    def of(cls, outdoors: Int[Tensor, " n"], people: Int[Tensor, " n"]) -> "Groups":
        """Groups by these labels."""
        _, group, counts = torch.stack([outdoors, people]).unique(dim=1, return_inverse=True, return_counts=True)
        return cls(group.argsort(stable=True), (counts.cumsum(0) - counts)[group], counts[group])

    def draw(self, index: Int[Tensor, " batch"], chance: Float[Tensor, " batch"]) -> Int[Tensor, " batch"]:
        """A scene of the same group for each; ``chance`` in [0, 1)."""
        return self.order[self.first[index] + (chance * self.count[index]).long()]


class Pictured(NamedTuple):
    """Scenes as the GAN sees them.

    Attributes:
        pictures: uint8 (n, 3, height, width).
        texts: float16 (n, captions, text), vectors of the captions.
        said: (n, captions), what they say of place and person.
        seen: (n, ...), what the recognisers make of each as a context picture.
        groups: of scenes with the same place and person.
    """

    pictures: UInt8[Tensor, "n 3 height width"]
    texts: Tensor
    said: Said
    seen: Seen
    groups: Groups


class Prompts(NamedTuple):
    """Of the previews: vectors of texts, what these say, and what is seen on their context pictures."""

    texts: Float[Tensor, "n text"]
    said: Said
    seen: Seen


class Material(NamedTuple):
    """All that a training needs.

    Attributes:
        recognisers: those that read the context pictures, and may read generated ones.
        describer: the text encoder's picture side, which may score generated pictures; discriminators may see with
            its trained classifier.
        judge: it looks on, if there is one, and decides nothing.
    """

    train: Pictured
    dev: Pictured
    prompts: Prompts
    recognisers: Recognisers
    describer: PictureEncoder
    judge: SceneReader | None = None


def material(
    config: Config,
    train: Scenes,
    dev: Scenes,
    embedding: Embedding,
    recognition: Recognition,
    judge: SceneReader | None = None,
) -> Material:
    """Encode, parse and recognise everything once.

    Raises:
        UserError: the text encoder's vectors have another length than the settings say.
    """
    if embedding.config.text_dim != config.text_dim:
        raise UserError(
            f"text_dim is {config.text_dim}, but the text encoder makes {embedding.config.text_dim} numbers"
        )
    train_part, dev_part = (pictured(scenes, embedding, recognition) for scenes in (train, dev))
    spoken = prompts(dev, dev_part.seen, embedding)
    return Material(train_part, dev_part, spoken, recognition.recognisers, embedding.picture, judge)


def pictured(scenes: Scenes, embedding: Embedding, recognition: Recognition) -> Pictured:
    """Scenes with their captions encoded and parsed and their pictures recognised."""
    captions = captions_of(scenes)
    texts = embedding.of_texts([text for each in captions for text in each])
    return Pictured(
        scenes.pictures,
        texts.half().unflatten(0, (len(scenes), CAPTIONS)),
        said_once(f"scenes-{scenes.source}-{scenes.split}", captions),
        recognition(scenes.pictures),
        Groups.of(scenes.outdoors, scenes.people),
    )


def prompts(dev: Scenes, seen: Seen, embedding: Embedding) -> Prompts:
    """``PROMPTS``; the context of each is the first scene of the development set at such a place."""
    texts = [text for text, _ in PROMPTS]
    rows = [int((dev.outdoors == place).int().argmax()) for _, place in PROMPTS]
    return Prompts(embedding.of_texts(texts), said(texts), seen.take(rows))
