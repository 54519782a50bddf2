"""What comes from where: the text where it speaks, the context picture where it does not (section 3.2).

The rule stands in ``ganbook.data.scene_language.slots``. Here it is read for many captions at once, and it is told what
to do when text and context contradict each other, which the paper leaves open.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ganbook.data import scene_grammar, scene_language, scene_words
from ganbook.data.kept import drawn_once
from ganbook.data.scene_language import Reading, Slot, fits, read, slots
from ganbook.data.scenes import PEOPLE

Winner = Literal["text", "context"]
"""Whose word counts where text and context contradict each other; the text's by default."""

WHERE, WHO = 2, len(PEOPLE)
"""Lengths of the two one-hot vectors: indoors and outdoors, and the people."""

NOT_SAID = 2
"""Of a place in ``Said``: beside 0 indoors and 1 outdoors."""

PARTS = {"nothing": (), "place": (WHERE,), "place and person": (WHERE, WHO)}
"""The one-hot vectors that a context vector is made of, by what is taken from a context picture."""


@dataclass(frozen=True)
class Filled:
    """What a picture is to show, and who said so.

    Attributes:
        place, person, things: the slots: the words of the text, the value, and its source.
        contradictions: names of the slots for which text and context say different things.
    """

    place: Slot
    person: Slot
    things: Slot
    contradictions: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Slot, Slot, Slot]:
        """The table that page and widget show."""
        return self.place, self.person, self.things


def fill(reading: Reading, outdoors: int | None, person: int | None, wins: Winner = "text") -> Filled:
    """The slots of one picture.

    Args:
        reading: of the text.
        outdoors: what the context picture shows, 0 indoors or 1 outdoors; None without a context picture.
        person: who is in it, 0..19; None without one, or if the foreground is not to be used.
        wins: who decides where they contradict each other.
    """
    by_text = slots(reading, outdoors, person)
    silent = slots(read(""), outdoors, person)
    clashing = tuple(slot.name for slot, other in zip(by_text[:2], silent) if contradicted(slot, other))
    chosen = [
        Slot(slot.name, slot.said, other.value, "context") if wins == "context" and slot.name in clashing else slot
        for slot, other in zip(by_text, silent)
    ]
    return Filled(*chosen, contradictions=clashing)


def contradicted(slot: Slot, context: Slot) -> bool:
    """Whether the words of a slot exclude what the context picture shows."""
    return slot.source == "text" and context.value is not None and slot.value != context.value


class Said(NamedTuple):
    """What captions say of place and person, as numbers.

    Attributes:
        place: (...,) 0 indoors, 1 outdoors, 2 not said.
        people: (..., 20) of whom the words for the person may be true; all of them where nobody is named.
    """

    place: Int[Tensor, "*captions"]
    people: Bool[Tensor, "*captions people"]

    def take(self, index: object) -> "Said":
        """Some of them."""
        return Said(self.place[index], self.people[index])


def said(texts: Sequence[str]) -> Said:
    """Parse captions: (texts,) and (texts, 20)."""
    readings = [read(text) for text in texts]
    places = [int(each.place.meaning == "outdoors") if each.place else NOT_SAID for each in readings]
    people = torch.zeros(len(readings), WHO, dtype=torch.bool)
    for row, each in enumerate(readings):
        people[row, list(meant(each))] = True
    return Said(torch.tensor(places, dtype=torch.int64), people)


def meant(reading: Reading) -> frozenset[int]:
    """Of whom the words for the person may be true: everybody where nobody is named, nobody where it says "nobody"."""
    if reading.person is None:
        return frozenset(range(WHO))
    return frozenset() if reading.person.kind == "nobody" else fits(reading.person)


def said_once(name: str, captions: Sequence[Sequence[str]]) -> Said:
    """What the captions of scenes say, (scenes, captions) each; parsed once and kept, for that takes minutes.

    Args:
        name: of the captions: those of another name are others.
        captions: as many of each scene.
    """
    each = len(captions[0])

    def parse(start: int, stop: int) -> Tensor:
        found = said([text for texts in captions[start:stop] for text in texts])
        packed = torch.cat([found.place[:, None], found.people], 1).to(torch.uint8)
        return packed.view(stop - start, each, 1 + WHO)

    packed = drawn_once(f"{name}-said-{parsers_version()}", len(captions), (each, 1 + WHO), parse, progress=False)
    return Said(packed[..., 0].long(), packed[..., 1:].bool())


def parsers_version() -> str:
    """Eight digits that change with the parser's source."""
    sources = (Path(module.__file__).read_bytes() for module in (scene_grammar, scene_language, scene_words))
    return hashlib.sha256(b"".join(sources)).hexdigest()[:8]


class Seen(NamedTuple):
    """What the recognisers make of context pictures.

    Attributes:
        outdoors: (..., 2) probabilities of indoors and outdoors.
        people: (..., 20) probabilities of each person.
    """

    outdoors: Float[Tensor, "*pictures 2"]
    people: Float[Tensor, "*pictures people"]

    def take(self, index: object) -> "Seen":
        """Some of them."""
        return Seen(self.outdoors[index], self.people[index])


def context_vectors(
    said: Said, seen: Seen, context: str, hard: bool = True, wins: Winner = "text"
) -> Float[Tensor, "n context"]:
    """The context vectors C of pictures: a part for the place, and one for the person if it is taken, too.

    As :func:`fill`, for many at once: a one-hot vector from the text if it decides; else what the recogniser says, as a
    one-hot vector or (``hard`` false) as it is; zeros where a slot stays open.

    Args:
        said: (n,), what the texts say.
        seen: (n, ...), what the context pictures show; rows of zeros where there is none.
        context: a key of ``PARTS``.
    """
    told = [told_place(said, seen.outdoors, hard, wins), told_person(said, seen.people, hard, wins)]
    return torch.cat([seen.outdoors[:, :0], *told[: len(PARTS[context])]], 1)


def told_place(said: Said, seen: Float[Tensor, "n 2"], hard: bool, wins: Winner) -> Float[Tensor, "n 2"]:
    """The vector of the place."""
    by_text = F.one_hot(said.place, NOT_SAID + 1)[:, :NOT_SAID].to(seen)
    by_context = one_hot(seen) if hard else seen
    speaks = seen.sum(1) > 0 if wins == "context" else said.place == NOT_SAID
    return torch.where(speaks[:, None], by_context, by_text)


def told_person(said: Said, seen: Float[Tensor, "n people"], hard: bool, wins: Winner) -> Float[Tensor, "n people"]:
    """The vector of the person: of the one who is meant, or of the one seen if the words may mean her or him."""
    shown = one_hot(seen)
    exact = said.people.sum(1, keepdim=True) == 1
    agrees = (shown.bool() & said.people).any(1, keepdim=True)
    by_context = (shown if hard else seen) * (agrees | (wins == "context"))
    by_text = said.people * exact
    takes_text = exact & ((wins == "text") | (seen.sum(1, keepdim=True) == 0))
    return torch.where(takes_text, by_text.to(seen), by_context)


def one_hot(probabilities: Float[Tensor, "n classes"]) -> Float[Tensor, "n classes"]:
    """1 for the largest of each row and 0 for the others; a row of zeros stays one."""
    hard = F.one_hot(probabilities.argmax(1), probabilities.shape[1]).to(probabilities)
    return hard * (probabilities.sum(1, keepdim=True) > 0)
