"""Digit editing: triples of a picture, an instruction and the picture after it, made as batches on the training device.

Nothing is stored but the digits themselves. A picture is two matrix products: a matrix that stretches the rows of a
28 x 28 digit, puts them at their height on the canvas and shrinks the canvas to the wanted resolution, and another that
does the same with its columns.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from ganbook.data.digits import DATA_SET as DIGITS
from ganbook.data.digits import Digits, load_digits
from ganbook.data.edits import (
    DIRECTED,
    DIRECTIONS,
    GRID,
    NULL,
    WORDS,
    Instruction,
    State,
    all_instructions,
    allowed,
    apply,
    describe,
    split_words,
    states,
)
from ganbook.errors import UserError

DIGIT = 28
"""Side of a digit and of a canvas cell, in pixels before the canvas is brought to the wanted resolution."""

PER_CLASS = {"mnist": {"train": 900, "dev": 100, "test": 100}, "embedded": {"train": 118, "dev": 12, "test": 30}}
"""Digit samples of each class in a split. MNIST as in the paper (section 4.2): 1,000 a class, of which a tenth for
development, and 100 others for the tests, all of MNIST's training digits. The embedded digits are fewer; their test
samples are test digits."""

LABELS = {"digit": NULL + 1, "x": GRID, "y": GRID, "w": GRID + 1, "h": GRID + 1}
"""What a state is described by, and how many values each has. The empty canvas has digit 10 and zeros."""

CAPTION_WORDS = (*WORDS, "wide", "high", "at", "nothing")
"""The words of captions are those of instructions and four more; token 0 is the padding behind a short sentence."""

MAX_WORDS = 10
"""Length of a row of tokens. The longest caption has 9 words, the longest instruction 6."""


class Renderer(nn.Module):
    """Draws digits into boxes of the 3 x 3 canvas, on the device that it is moved to.

    The digit is stretched to 28 w x 28 h pixels (bilinear), put at (28 x, 28 y) on an 84 x 84 canvas, which is shrunk
    to ``resolution`` (bilinear, antialiased). Each step is linear and works on rows and columns apart, so all three
    together are one matrix for each side; the matrices are made by sending the identity through the same steps.

    Args:
        resolution: side of the pictures in pixels, 12 to 84.

    Raises:
        UserError: another resolution.
    """

    def __init__(self, resolution: int):
        super().__init__()
        if not 12 <= resolution <= GRID * DIGIT:
            raise UserError(f"expected a resolution from 12 to {GRID * DIGIT}, got {resolution}")
        self.resolution = resolution
        sides = [_side(resolution, start, length) for start in range(GRID) for length in range(GRID + 1)]
        self.register_buffer("sides", torch.stack(sides))
        self.register_buffer("paper", torch.full((1, 1, 1), -1.0))

    def forward(
        self, digits: Float[Tensor, "batch 28 28"], states: Int[Tensor, "batch 5"]
    ) -> Float[Tensor, "batch 1 resolution resolution"]:
        """Pictures in [-1, 1] (no ink: -1) of digits in [0, 1], each in the box of its state (digit, x, y, w, h).

        A box that leaves the canvas makes a picture of NaN.
        """
        _, x, y, w, h = states.unbind(1)
        columns, rows = self.sides[x * (GRID + 1) + w], self.sides[y * (GRID + 1) + h]
        return torch.baddbmm(self.paper, rows @ digits, columns.mT, alpha=2)[:, None]


def _side(resolution: int, start: int, length: int) -> Float[Tensor, "resolution 28"]:
    """The matrix that takes one side of a digit to one side of the canvas;
    zero for no length, NaN for a box that leaves the canvas.
    """
    if length == 0 or start + length > GRID:
        return torch.full((resolution, DIGIT), torch.nan if length else 0.0)
    stretched = F.interpolate(torch.eye(DIGIT)[None], size=DIGIT * length, mode="linear", align_corners=False)[0]
    canvas = F.pad(stretched, (DIGIT * start, DIGIT * (GRID - start - length)))[None, None]
    shrunk = F.interpolate(canvas, size=(DIGIT, resolution), mode="bilinear", align_corners=False, antialias=True)
    return shrunk[0, 0].T.contiguous()


@dataclass(frozen=True, eq=False)
class Edits:
    """A batch of triples, on one device.

    Attributes:
        source, target: float32 (batch, 1, resolution, resolution) in [-1, 1].
        tokens: int64 (batch, ``MAX_WORDS``), numbers of words behind which zeros follow; ``lengths``: int64 (batch,),
            how many words.
        source_state, target_state: int64 (batch, 5): digit, x, y, w, h.
        caption_tokens, caption_lengths: the full caption of the target in the same form.
        sample: int64 (batch,), the number of the digit sample, which many triples share.
    """

    source: Float[Tensor, "batch 1 height width"]
    target: Float[Tensor, "batch 1 height width"]
    tokens: Int[Tensor, "batch words"]
    lengths: Int[Tensor, " batch"]
    source_state: Int[Tensor, "batch 5"]
    target_state: Int[Tensor, "batch 5"]
    caption_tokens: Int[Tensor, "batch words"]
    caption_lengths: Int[Tensor, " batch"]
    sample: Int[Tensor, " batch"]


class DigitEdits:
    """All triples (digit sample, state, instruction) of a split:
    those of the first sample in the order of :func:`edits_of`, then the second's.

    Args:
        images, labels: the samples, as in :class:`ganbook.data.Digits`; at least one.
        resolution: side of the pictures in pixels.
        source, split: of the digits, for the record.
        without: instructions that are left out, such as those held out for a study of generalisation.
        device: where everything lies and batches are made.

    Raises:
        UserError: no samples or malformed ones, a resolution that cannot be drawn, or something in ``without`` that is
            no instruction.
    """

    def __init__(
        self,
        images: UInt8[np.ndarray, "n 28 28"],
        labels: UInt8[np.ndarray, " n"],
        *,
        resolution: int = 64,
        source: str = "",
        split: str = "",
        without: Iterable[Instruction] = (),
        device: str | torch.device = "cpu",
    ):
        samples, without = Digits(images, labels, source, split), frozenset(without)
        if not len(samples):
            raise UserError("there are no digits to edit")
        if strange := without - all_instructions():
            raise UserError(f"cannot leave out {min(strange, key=repr)!r}: it is no instruction")
        self.source, self.split, self.resolution = source, split, resolution
        self.renderer = Renderer(resolution)
        self.digits = torch.tensor(samples.images)
        self.labels = torch.tensor(samples.labels, dtype=torch.int64)
        self.edits = [[edit for edit in edits_of(digit) if edit[1] not in without] for digit in range(NULL)]

        befores, told, afters = zip(*(edit for edits in self.edits for edit in edits), strict=True)
        self._befores, self._afters = torch.tensor([befores, afters])
        self._tokens, self._lengths = tokenise([instruction.text for instruction in told])
        self._captions, self._caption_lengths = tokenise([describe(state) for state in afters])

        rows = torch.tensor([len(edits) for edits in self.edits])
        triples = rows[self.labels]
        self._ends = triples.cumsum(0)
        self._to_row = (rows.cumsum(0) - rows)[self.labels] - (self._ends - triples)
        self._len = int(self._ends[-1])
        self.to(device)

    def __len__(self) -> int:
        return self._len

    def to(self, device: str | torch.device) -> Self:
        """Move everything to a device; from then on batches are made there."""
        self.device = torch.device(device)
        self.renderer.to(self.device)
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                setattr(self, name, value.to(self.device))
        return self

    def batch(self, indices: Int[Tensor, " batch"]) -> Edits:
        """The triples of these numbers, 0 .. len - 1.

        Indices on the CPU keep a GPU from waiting: their range is checked before they go there.

        Raises:
            UserError: a number outside that range.
        """
        if len(indices) and not 0 <= indices.min() <= indices.max() < self._len:
            raise UserError(
                f"expected numbers of triples from 0 to {self._len - 1}, got {indices.min()} to {indices.max()}"
            )
        indices = indices.to(self.device)
        sample = torch.searchsorted(self._ends, indices, right=True)
        return self.render(sample, indices + self._to_row[sample])

    def render(self, sample: Int[Tensor, " batch"], row: Int[Tensor, " batch"]) -> Edits:
        """The triples of digit samples and rows of the table of edits
        (those of digit 0 first, then those of 1, ...).
        """
        ink = self.digits[sample].float() / 255
        before, after = self._befores[row], self._afters[row]
        source, target = self.renderer(ink.repeat(2, 1, 1), torch.cat([before, after])).chunk(2)
        return Edits(
            source,
            target,
            self._tokens[row],
            self._lengths[row],
            before,
            after,
            self._captions[row],
            self._caption_lengths[row],
            sample,
        )


@cache
def edits_of(digit: int) -> tuple[tuple[State, Instruction, State], ...]:
    """The 315 edits of one digit sample: state before, instruction, state after.
    The paper counts 369; the data set's card explains the gap.
    """
    return tuple(
        (before, instruction, apply(instruction, before))
        for before in states(digit)
        for instruction in allowed(before, digit)
    )


def held_out() -> frozenset[Instruction]:
    """The 24 instructions of the study of generalisation, among them "expand seven to the top left":
    one for each (action, direction).

    Pair number i, in the order of the paper's figure 7, is held out for digit (i + 5) mod 10. So a network that is
    trained without them sees every (action, direction) with nine digits, every (digit, action) in seven directions at
    least, and every (digit, direction) with two actions at least; "put" and "remove" are not touched.
    """
    pairs = product(DIRECTED, DIRECTIONS)
    return frozenset(
        Instruction(action, (number + 5) % NULL, direction) for number, (action, direction) in enumerate(pairs)
    )


def tokenise(texts: list[str]) -> tuple[Int[Tensor, "texts words"], Int[Tensor, " texts"]]:
    """Numbers of words (1 .. in the order of ``CAPTION_WORDS``, zeros behind the end) and lengths of sentences; int64.

    Capitals, spaces and a full stop at the end do not matter. Whether a sentence means anything is for
    :func:`ganbook.data.edits.parse`.

    Raises:
        UserError: an empty text, an unknown word (the known ones are listed) or too many words.
    """
    number = {word: position for position, word in enumerate(CAPTION_WORDS, start=1)}
    rows = [[number[word] for word in split_words(text, CAPTION_WORDS, MAX_WORDS)] for text in texts]
    tokens = torch.tensor([row + [0] * (MAX_WORDS - len(row)) for row in rows], dtype=torch.int64)
    return tokens.reshape(-1, MAX_WORDS), torch.tensor([len(row) for row in rows], dtype=torch.int64)


def digit_edits(
    split: str,
    source: str = "auto",
    *,
    resolution: int = 64,
    without: Iterable[Instruction] = (),
    seed: int = 0,
    device: str | torch.device = "cpu",
) -> DigitEdits:
    """The book's triples: "train", "dev" and "test" share no digit sample;
    "judge" holds all training digits that are in neither of the last two.

    Args:
        split: "train", "dev", "test" or "judge".
        source: of the digits, see :func:`ganbook.data.load_digits`, whose errors and printed line these are.
        resolution, without, device: see :class:`DigitEdits`.
        seed: of the choice of samples.

    Raises:
        UserError: unknown split, a negative seed.
    """
    if split not in ("train", "dev", "test", "judge"):
        raise UserError(f"unknown split {split!r}: expected one of train, dev, test, judge")
    if seed < 0:
        raise UserError(f"seed must be at least 0, got {seed}")
    pool = load_digits("train", source)
    train, dev, test = PER_CLASS[pool.source].values()
    sizes = [train, dev, test]
    if pool.source == "embedded":
        pool, sizes = (load_digits("test", "embedded"), [0, 0, test]) if split == "test" else (pool, [train, dev, 0])
    rng = np.random.default_rng(seed)
    chosen = np.concatenate(
        [_part(split, rng.permutation(np.flatnonzero(pool.labels == digit)), sizes) for digit in range(NULL)]
    )
    return DigitEdits(
        pool.images[chosen],
        pool.labels[chosen],
        resolution=resolution,
        source=pool.source,
        split=split,
        without=without,
        device=device,
    )


def _part(split: str, digits: Int[np.ndarray, " n"], sizes: list[int]) -> Int[np.ndarray, " part"]:
    train, dev, test, rest = np.split(digits, np.cumsum(sizes))
    return {"train": train, "dev": dev, "test": test, "judge": np.concatenate([train, rest])}[split]


DATA_SET = replace(
    DIGITS,
    name="digit_edits",
    title="Digit edits: a picture, an instruction, and the picture after it",
    splits={
        source: {split: n * sum(len(edits_of(digit)) for digit in range(10)) for split, n in sizes.items()}
        for source, sizes in PER_CLASS.items()
    },
    schema={
        "source, target": "float32 (batch, 1, resolution, resolution), paper -1, ink 1",
        "tokens, lengths": (
            "int64 (batch, 10) numbers of the instruction's words, zeros behind them; int64 (batch,) how many words"
        ),
        "source_state, target_state": "int64 (batch, 5): digit 0..9 or 10 for none, x, y, w, h in cells",
        "caption_tokens, caption_lengths": "the same for the full caption of the target",
    },
)
