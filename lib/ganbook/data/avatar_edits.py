"""Avatar edits: two avatars that differ in one attribute, and an instruction that leads from one to the other.

The paper (section 5.1) made 8,000 pairs, had people write an instruction for each, and had two others throw away what
was wrong, such as instructions in the wrong direction: 4,756 triples stayed. Here a grammar writes them, faults
included (:func:`raw_edits`), and :func:`clean` throws away what does not fit.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float32, Int64, UInt8
from torch import Tensor

from ganbook.data import avatars
from ganbook.data.avatar_forms import MOST_FORMS, split
from ganbook.data.avatar_language import FIRST, MAX_WORDS, TYPOS, WORDS, instruct, tokenise, understand
from ganbook.data.avatar_words import NAMES
from ganbook.data.avatars import COUNTS, KINDS
from ganbook.data.catalogue import DataSet, Found
from ganbook.data.kept import drawn_once
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.errors import UserError

PAIRS = 8_000
FAULTS = {"mirrored": 1_622, "other kind": 649, "other value": 649, "nothing": 324}
"""What is wrong with the 3,244 instructions that the paper's cleaners threw away; the shares are ours."""

SPLITS = {"train": 4_296, "dev": 230, "test": 230}
UNSEEN = 115
"""Triples of the test split whose surface form is held out of training."""

SINGLES = 161_065
"""Avatars without an instruction."""

SIDES = (16, 512)
"""The smallest and the largest picture, in pixels."""

_KINDS, _SPLITS = tuple(KINDS), tuple(SPLITS)


class EditBatch(NamedTuple):
    """Triples of a batch.

    Attributes:
        source, target: in [-1, 1].
        tokens, lengths: as :func:`ganbook.data.avatar_language.tokenise` gives them.
        kind: of the attribute that differs, an index into ``KINDS``; -1 where it is not known.
        source_attributes, target_attributes: the values of all kinds; -1 where they are not known.
    """

    source: Float32[Tensor, "batch 3 side side"]
    target: Float32[Tensor, "batch 3 side side"]
    tokens: Int64[Tensor, "batch words"]
    lengths: Int64[Tensor, " batch"]
    kind: Int64[Tensor, " batch"]
    source_attributes: Int64[Tensor, "batch 14"]
    target_attributes: Int64[Tensor, "batch 14"]


class Avatars(NamedTuple):
    """Avatars without an instruction: pictures in [-1, 1], attributes, colours of skin and hair."""

    pictures: Float32[Tensor, "n 3 side side"]
    attributes: Int64[Tensor, "n 14"]
    skin: Float32[Tensor, "n 3"]
    hair: Float32[Tensor, "n 3"]


@dataclass(frozen=True, eq=False)
class RawEdits:
    """Pairs with instructions as people would write them, wrong ones included.

    Attributes:
        instructions: a sentence for each pair.
        kinds: what differs, an index into ``KINDS``.
        source, target: the attributes, which differ in that column only.
        skin, hair: colours that both have.
        forms: number of the surface form; -1 where the sentence is none.
        unseen: whether the form is held out of training.
        splits: where a triple goes if it survives the cleaning, an index into ``SPLITS``; faulty ones are in training.
        faults: 0 where the instruction is right, else 1 + an index into ``FAULTS``. A cleaner does not know it.
    """

    instructions: tuple[str, ...]
    kinds: Int64[Tensor, " n"]
    source: Int64[Tensor, "n 14"]
    target: Int64[Tensor, "n 14"]
    skin: Float32[Tensor, "n 3"]
    hair: Float32[Tensor, "n 3"]
    forms: Int64[Tensor, " n"]
    unseen: Bool[Tensor, " n"]
    splits: Int64[Tensor, " n"]
    faults: Int64[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.instructions)


NOTHING = """
make it nicer; i like the second one; the same person; no difference; looks good to me; change something; hello; cool;
i see no change here; the second picture is better; nice picture; make it like the other image; not sure what changed;
please edit the picture; it is more beautiful now; do the same again; i do not know; what a funny avatar; both look the
same; make the person more interesting; it should look better; make a new version; the person is different now; keep
everything as it is
"""
"""Instructions that say nothing."""


def raw_edits(seed: int = 0, forms: int | None = None, typos: float = TYPOS) -> RawEdits:
    """8,000 pairs and what was written to them; pairs, faults and splits depend on the seed alone.

    Development and test use forms that occur in training, but for the half of the test that uses held-out ones.

    Args:
        seed: at least 0.
        forms: surface forms of each kind that may be used, from 1 to ``MOST_FORMS``; None for all. It also limits what
            may fill a slot. Held-out forms and what says nothing are not touched.
        typos: share of the words of four letters and more that have a slip.

    Raises:
        UserError: one of them is out of range.
    """
    _check(seed, forms, typos)
    generator = torch.Generator().manual_seed(seed)
    source, target, kinds = _pairs(generator)
    skin, hair = avatars.skin_tones(PAIRS, generator), avatars.hair_colours(PAIRS, generator)
    faults, splits, unseen = _plan(torch.randperm(PAIRS, generator=generator))
    rows = list(zip(*(each.tolist() for each in (unseen, source, target, kinds, faults)), strict=True))

    def write(row: int, attempt: int = 0) -> tuple[str, int]:
        held, *pair = rows[row]
        how = {"forms": forms, "unseen": held, "typos": typos}
        return _write(*pair, how, Random(f"{seed} {row} {attempt}"))

    written = [write(row) for row in range(PAIRS)]
    trained = {written[row][1] for row in torch.nonzero((splits == 0) & (faults == 0)).flatten().tolist()}
    for row in torch.nonzero((splits > 0) & ~unseen).flatten().tolist():
        attempt = 0
        while written[row][1] not in trained:
            attempt += 1
            written[row] = write(row, attempt)
    texts, numbers = zip(*written, strict=True)
    return RawEdits(texts, kinds, source, target, skin, hair, torch.tensor(numbers), unseen, splits, faults)


def _pairs(generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Attributes before and after, and the kind that differs: any kind, and any other value."""
    source = avatars.random_attributes(PAIRS, generator)
    kinds = torch.randint(len(_KINDS), (PAIRS,), generator=generator)
    counts, rows = torch.tensor(COUNTS)[kinds], torch.arange(PAIRS)
    step = 1 + (torch.rand(PAIRS, generator=generator) * (counts - 1)).long().clamp(max=counts - 2)
    target = source.clone()
    target[rows, kinds] = (source[rows, kinds] + step) % counts
    return source, target, kinds


def _plan(order: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Fault, split and whether the form is held out, of each pair; ``order`` is a random order of them."""
    faults, splits = torch.zeros(PAIRS, dtype=torch.int64), torch.zeros(PAIRS, dtype=torch.int64)
    numbers = torch.repeat_interleave(torch.arange(1, len(FAULTS) + 1), torch.tensor([*FAULTS.values()]))
    faults[order[: len(numbers)]] = numbers
    test, dev, _ = order[len(numbers) :].split([SPLITS["test"], SPLITS["dev"], SPLITS["train"]])
    splits[test], splits[dev] = _SPLITS.index("test"), _SPLITS.index("dev")
    return faults, splits, torch.zeros(PAIRS, dtype=torch.bool).index_fill_(0, test[:UNSEEN], True)


def _check(seed: int, forms: int | None, typos: float) -> None:
    if seed < 0:
        raise UserError(f"seed must be at least 0, got {seed}")
    if forms is not None and not 1 <= forms <= MOST_FORMS:
        raise UserError(f"forms must be from 1 to {MOST_FORMS}, or None for all, got {forms}")
    if not 0 <= typos <= 1:
        raise UserError(f"typos must be a share from 0 to 1, got {typos}")


def _write(source: list[int], target: list[int], column: int, fault: int, how: dict, random: Random) -> tuple[str, int]:
    """An instruction for a pair, with the fault that it is to have, and the number of its form."""
    kind, old, new, wrong = _KINDS[column], source[column], target[column], ("", *FAULTS)[fault]
    gender = NAMES["gender"][source[0]]
    if wrong == "nothing":
        nothing = split(NOTHING.strip(), "; ")
        return nothing[int(random.random() * len(nothing))], -1
    if wrong == "mirrored":
        said = instruct(kind, new, old, gender, random, **how)
    elif wrong == "other kind" or (wrong == "other value" and COUNTS[column] == 2):
        other = (column + 1 + int(random.random() * (len(_KINDS) - 1))) % len(_KINDS)
        said = instruct(_KINDS[other], *_step(source, other, random), gender, random, **how)
    elif wrong:
        said = instruct(kind, *_step(source, column, random), gender, random, **how)
        while said.meaning.fits(kind, old, new):  # true of this target too, by chance
            said = instruct(kind, *_step(source, column, random), gender, random, **how)
    else:
        said = instruct(kind, old, new, gender, random, **how)
    return said.text, said.form.number


def _step(source: list[int], column: int, random: Random) -> tuple[int, int]:
    """An avatar's value of a kind, and any other."""
    step = 1 + int(random.random() * (COUNTS[column] - 1))
    return source[column], (source[column] + step) % COUNTS[column]


def clean(raw: RawEdits) -> Bool[Tensor, " n"]:
    """Which triples a careful reader keeps: the instruction is understood, and it is true of the pair.

    Only sentence and pair are looked at, not how they were made.
    """
    old, new = (each.gather(1, raw.kinds[:, None])[:, 0].tolist() for each in (raw.source, raw.target))
    meanings = [understand(text).meaning for text in raw.instructions]
    rows = zip(meanings, raw.kinds.tolist(), old, new, strict=True)
    return torch.tensor([meaning is not None and meaning.fits(_KINDS[kind], *pair) for meaning, kind, *pair in rows])


@dataclass(frozen=True, eq=False)
class AvatarEdits:
    """The triples of a split. Pictures are drawn when a batch first asks for them, and kept.

    Attributes:
        split, side: "train", "dev" or "test"; side of the pictures in pixels.
        instructions, kinds, source, target, skin, hair, forms, unseen: as in :class:`RawEdits`.
    """

    split: str
    side: int
    instructions: tuple[str, ...]
    kinds: Int64[Tensor, " n"]
    source: Int64[Tensor, "n 14"]
    target: Int64[Tensor, "n 14"]
    skin: Float32[Tensor, "n 3"]
    hair: Float32[Tensor, "n 3"]
    forms: Int64[Tensor, " n"]
    unseen: Bool[Tensor, " n"]
    _tokens: tuple[Tensor, Tensor] = field(init=False, repr=False)
    _pictures: UInt8[Tensor, "n 2 3 side side"] = field(init=False, repr=False)
    _drawn: Bool[Tensor, " n"] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = len(self.instructions)
        object.__setattr__(self, "_tokens", tokenise(self.instructions))
        object.__setattr__(self, "_pictures", torch.empty(n, 2, 3, self.side, self.side, dtype=torch.uint8))
        object.__setattr__(self, "_drawn", torch.zeros(n, dtype=torch.bool))

    def __len__(self) -> int:
        return len(self.instructions)

    def pictures(self, index: Int64[Tensor, " batch"]) -> UInt8[Tensor, "batch 2 3 side side"]:
        """Source and target, 0 to 255.

        Raises:
            UserError: a number outside 0 .. len - 1.
        """
        check_numbers(index, len(self))
        for missing in index[~self._drawn[index]].unique().split(_AT_ONCE):
            colours = self.skin[missing], self.hair[missing], self.side
            both = [_draw(attributes[missing], *colours) for attributes in (self.source, self.target)]
            self._pictures[missing] = torch.stack(both, dim=1)
            self._drawn[missing] = True
        return self._pictures[index]

    def batch(self, index: Int64[Tensor, " batch"]) -> EditBatch:
        """The triples of these numbers, from 0 to len - 1; on the CPU.

        Raises:
            UserError: a number outside that range.
        """
        source, target = (from_bytes(each) for each in self.pictures(index).unbind(1))
        tokens, lengths = (each[index] for each in self._tokens)
        return EditBatch(source, target, tokens, lengths, self.kinds[index], self.source[index], self.target[index])


_AT_ONCE = 64


def check_numbers(index: Tensor, n: int) -> None:
    """Raises ``UserError`` if a number is outside 0 .. n - 1."""
    if len(index) and not 0 <= index.min() <= index.max() < n:
        raise UserError(f"expected numbers from 0 to {n - 1}, got {index.min()} to {index.max()}")


def _draw(attributes: Tensor, skin: Tensor, hair: Tensor, side: int) -> UInt8[Tensor, "n 3 side side"]:
    if not len(attributes):
        return torch.empty(0, 3, side, side, dtype=torch.uint8)
    drawn = avatars.render(avatars.looks(attributes, skin, hair), avatars.portrait(len(attributes)), side)
    return to_bytes(drawn.pictures)


Pictures = Float32[Tensor, "batch 3 side side"]


def changed(source: Pictures, target: Pictures) -> Bool[Tensor, "batch 1 side side"]:
    """The true mask of an edit: pixels in which source and target differ. The paper's mask is 1 where this is False."""
    return (source != target).any(dim=1, keepdim=True)


def avatar_edits(
    split: str, side: int = 64, seed: int = 0, forms: int | None = None, typos: float = TYPOS
) -> AvatarEdits:
    """The triples that survive the cleaning: 4,296 for training, 230 for development, 230 for the test.

    Half of the test split uses surface forms that are held out of training (``unseen``); all others are seen in it. The
    same seed gives the same pairs in the same order whatever ``forms`` and ``typos`` are.

    Args:
        split: "train", "dev" or "test".
        side: of the pictures, 16 to 512 pixels.
        seed, forms, typos: see :func:`raw_edits`.

    Raises:
        UserError: unknown split, or another argument out of range.
    """
    if split not in SPLITS:
        raise UserError(f"unknown split {split!r}: expected one of {', '.join(SPLITS)}")
    check_side(side)
    raw, kept = _cleaned(seed, forms, typos)
    rows = torch.nonzero(kept & (raw.splits == _SPLITS.index(split))).flatten()
    names = ("kinds", "source", "target", "skin", "hair", "forms", "unseen")
    tensors = {name: getattr(raw, name)[rows] for name in names}
    return AvatarEdits(split, side, tuple(raw.instructions[row] for row in rows.tolist()), **tensors)


def check_side(side: int) -> None:
    """Raises ``UserError`` if pictures of this side cannot be had."""
    low, high = SIDES
    if not low <= side <= high:
        raise UserError(f"expected a side from {low} to {high} pixels, got {side}")


@lru_cache(4)
def _cleaned(seed: int, forms: int | None, typos: float) -> tuple[RawEdits, Tensor]:
    raw = raw_edits(seed, forms, typos)
    return raw, clean(raw)


@lru_cache(1)
def _singles() -> tuple[Tensor, Tensor, Tensor]:
    """Attributes, skin and hair of all avatars without an instruction."""
    generator = torch.Generator().manual_seed(SINGLES)
    attributes = avatars.random_attributes(SINGLES, generator)
    return attributes, avatars.skin_tones(SINGLES, generator), avatars.hair_colours(SINGLES, generator)


def single_avatars(numbers: Int64[Tensor, " n"], side: int = 64) -> Avatars:
    """Some of the 161,065 avatars without an instruction: each is decided by its number.

    Args:
        numbers: from 0 to ``SINGLES`` - 1.
        side: of the pictures, 16 to 512 pixels.

    Raises:
        UserError: a number or the side is out of range.
    """
    check_numbers(numbers, SINGLES)
    check_side(side)
    attributes, skin, hair = (each[numbers] for each in _singles())
    return Avatars(from_bytes(_draw_many(attributes, skin, hair, side)), attributes, skin, hair)


def first_singles(n: int, side: int = 64, progress: bool = True) -> UInt8[Tensor, "n 3 side side"]:
    """The pictures of the first n of them, 0 to 255: drawn once, kept beside what the book builds.

    Raises:
        UserError: as :func:`single_avatars`.
    """
    check_numbers(torch.tensor([0, n - 1]), SINGLES)
    check_side(side)

    def draw(start: int, stop: int) -> Tensor:
        return _draw_many(*(each[start:stop] for each in _singles()), side)

    return drawn_once(f"avatar-singles-{side}", n, (3, side, side), draw, progress)


def _draw_many(attributes: Tensor, skin: Tensor, hair: Tensor, side: int) -> UInt8[Tensor, "n 3 side side"]:
    chunks = zip(*(each.split(_AT_ONCE) for each in (attributes, skin, hair)), strict=True)
    return torch.cat([_draw(*chunk, side) for chunk in chunks])


DATA_SET = DataSet(
    name="avatar_edits",
    title="Avatar edits: two avatars that differ in one attribute, and an instruction in free language",
    origin={"embedded": "the book's own renderer of avatars and grammar of instructions"},
    licence={"embedded": "as the book: MIT for the code, CC BY 4.0 for pictures and texts"},
    splits={"embedded": {**SPLITS, "singles": SINGLES}},
    schema={
        "source, target": "float32 (batch, 3, side, side) in [-1, 1]",
        "tokens, lengths": f"int64 (batch, {MAX_WORDS}): 0 behind the end, 1 an unknown word, from {FIRST} the "
        f"{len(WORDS)} words of the grammar; int64 (batch,) how many",
        "kind": "int64 (batch,): which of the 14 kinds differs",
        "source_attributes, target_attributes": "int64 (batch, 14): the value of each kind",
    },
    look=lambda: Found("embedded", "ganbook", verified=True),
)
