"""What the trained editor does: how right its pictures are, what its instruction vectors mean, studies of its use."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from numpy import ndarray

from ganbook.chapters.instruction_editing.inference import (
    Editor,
    StateReader,
    grey,
)
from ganbook.data import DIGIT_WORDS
from ganbook.data.digit_edits import CAPTION_WORDS, LABELS, DigitEdits, Edits, held_out
from ganbook.data.edits import (
    DIRECTED,
    DIRECTIONS,
    GRID,
    POSITIONS,
    Instruction,
    State,
    allowed,
    apply,
    parse,
    reverse,
    states,
    undo,
)
from ganbook.errors import UserError
from ganbook.metrics import ssim

OPPOSITES = (("top", "bottom"), ("left", "right"), ("top left", "bottom right"), ("top right", "bottom left"))
CIRCLE = ("top", "top right", "right", "bottom right", "bottom", "bottom left", "left", "top left")
NEIGHBOURS = tuple(zip(CIRCLE, (*CIRCLE[1:], CIRCLE[0])))


def correct(read: Int[ndarray, "n 5"], truth: Int[ndarray, "n 5"]) -> dict[str, float]:
    """Share of pictures of which the judge reads each part of the state right, and all five ("all")."""
    right = read == truth
    shares = {name: float(right[:, column].mean()) for column, name in enumerate(LABELS)}
    return shares | {"all": float(right.all(1).mean())}


def right_by_tenth(right: Bool[ndarray, "n 5"], order: Int[ndarray, " n"]) -> dict[str, list[float]]:
    """Shares of pictures with the right ``box`` (x, y, w, h) and the right ``digit``, by tenths of an order."""
    tenths = np.array_split(order, 10)
    return {
        "box": [float(right[rows, 1:].all(1).mean()) for rows in tenths],
        "digit": [float(right[rows, 0].mean()) for rows in tenths],
    }


def some_triples(triples: DigitEdits, n: int, seed: int = 0) -> Edits:
    """``n`` different triples drawn from a data set, the same for the same seed."""
    return triples.batch(torch.randperm(len(triples), generator=torch.Generator().manual_seed(seed))[:n])


# The instruction vectors (section 4.5)


def directed_instructions() -> list[Instruction]:
    """The 240 instructions of figure 7 left, in its order: action, then direction, then digit."""
    digits = range(len(DIGIT_WORDS))
    return [Instruction(action, digit, where) for action in DIRECTED for where in DIRECTIONS for digit in digits]


def put_instructions() -> list[Instruction]:
    """The 90 "put" instructions of figure 7 right: position, then digit."""
    return [Instruction("put", digit, where) for where in POSITIONS for digit in range(len(DIGIT_WORDS))]


def remove_instructions() -> list[Instruction]:
    """The 10 "remove" instructions of figure 7 right."""
    return [Instruction("remove", digit) for digit in range(len(DIGIT_WORDS))]


def cosine_map(
    rows: Float[ndarray, "rows text"], columns: Float[ndarray, "columns text"]
) -> Float[ndarray, "rows columns"]:
    """Cosines of unit vectors."""
    return rows @ columns.T


def mean_cosine(
    cosines: Float[ndarray, "n n"], instructions: list[Instruction], pairs: list[tuple[dict, dict]]
) -> float:
    """Mean cosine of all pairs of instructions, one matching the first and one the second description of a pair.

    A description is a mapping of fields of an instruction to values, such as ``{"action": "move", "where": "top"}``. An
    instruction is never paired with itself.
    """
    chosen = np.zeros_like(cosines, dtype=bool)
    for first, second in pairs:
        chosen |= np.outer(_matching(instructions, first), _matching(instructions, second))
    np.fill_diagonal(chosen, False)
    if not chosen.any():
        raise UserError("no two instructions match the descriptions")
    return float(cosines[chosen].mean())


def _matching(instructions: list[Instruction], wanted: dict) -> Bool[ndarray, " n"]:
    return np.array([all(getattr(each, name) == value for name, value in wanted.items()) for each in instructions])


def factor_variances(cosines: Float[ndarray, "240 240"]) -> dict[str, Float[ndarray, " blocks"]]:
    """Figure 9: variance of cosines among instructions that differ in one factor only, for each choice of the others.

    The map is that of :func:`directed_instructions`. Entries of the diagonal (always 1) count, as in the paper's 10 x
    10 blocks.

    Returns:
        ``digit`` (24 blocks of 10 x 10), ``direction`` (30 of 8 x 8) and ``action`` (80 of 3 x 3).
    """
    shape = (len(DIRECTED), len(DIRECTIONS), len(DIGIT_WORDS))
    numbers = np.arange(np.prod(shape)).reshape(shape)
    variances = {}
    for axis, name in enumerate(("action", "direction", "digit")):
        groups = np.moveaxis(numbers, axis, -1).reshape(-1, shape[axis])
        variances[name] = np.array([cosines[np.ix_(group, group)].var() for group in groups])
    return variances


def opposite_directions(cosines: Float[ndarray, "240 240"]) -> dict[str, float]:
    """Figure 8: mean cosine of the "move" instructions to one side and of those to the opposite side, of any digits."""
    squares = cosines[:80, :80].reshape(8, 10, 8, 10).mean((1, 3))
    place = {direction: number for number, direction in enumerate(DIRECTIONS)}
    return {f"{one} and {other}": float(squares[place[one], place[other]]) for one, other in OPPOSITES}


# Numbers of one trained editor, by the names of the claim ledger


def edit_numbers(editor: Editor, edits: Edits, reader: StateReader, seed: int = 0) -> dict[str, float]:
    """How right an editor's pictures are on triples: SSIM with the targets and what the judge reads.

    ``judge_box`` is the share with x, y, w and h all right, ``judge_box_poorest`` the same among the quarter of the
    lowest SSIM; ``ssim_identity`` is the similarity with the source when nothing is said.
    """
    made, source, target = editor.answer(edits, seed), grey(edits.source), grey(edits.target)
    like, read, truth = ssim(made, target), reader(made), edits.target_state.numpy()
    box = (read == truth)[:, 1:].all(1)
    unchanged = editor(source, [None] * len(source), seed)
    return {
        **{f"judge_{name}": value for name, value in correct(read, truth).items()},
        "judge_box": float(box.mean()),
        "judge_box_poorest": float(box[like <= np.quantile(like, 0.25)].mean()),
        "ssim_mean": float(like.mean()),
        "ssim_identity": float(ssim(unchanged, source).mean()),
    }


def vector_numbers(editor: Editor) -> dict[str, float]:
    """Mean cosines of the instruction vectors (figures 7 and 8) and mean variances in blocks of their map (figure 9).

    ``cos_resize_undo`` is of "expand" and "compress" to opposite directions (one undoes the other),
    ``cos_resize_same_side`` to the same one, each for one digit; ``negative_expand_compress`` is the share of negative
    cosines in the block of the two. ``centred_...`` are the means of blocks when the mean of all 240 vectors, which
    they have in common, is taken off first.
    """
    directed = directed_instructions()
    vectors = editor.instruction_vectors(directed)
    cosines = cosine_map(vectors, vectors)
    apart = vectors - vectors.mean(0)
    apart /= np.linalg.norm(apart, axis=1, keepdims=True)
    centred = cosine_map(apart, apart)
    put, remove = (editor.instruction_vectors(each) for each in (put_instructions(), remove_instructions()))

    def moves(pairs: tuple[tuple[str, str], ...]) -> float:
        described = [[{"action": "move", "where": side} for side in sides] for sides in pairs]
        return mean_cosine(cosines, directed, described)

    move, expand, compress = ({"action": action} for action in DIRECTED)
    expanding, compressing = (np.flatnonzero(_matching(directed, each)) for each in (expand, compress))
    undoing = [directed.index(reverse(directed[row])) for row in expanding]
    return {
        "cos_same_action": mean_cosine(cosines, directed, [(each, each) for each in (move, expand, compress)]),
        "cos_move_resize": mean_cosine(cosines, directed, [(move, expand), (move, compress)]),
        "cos_expand_compress": mean_cosine(cosines, directed, [(expand, compress)]),
        "cos_resize_undo": float(cosines[expanding, undoing].mean()),
        "cos_resize_same_side": float(cosines[expanding, compressing].mean()),
        "centred_move_resize": mean_cosine(centred, directed, [(move, expand), (move, compress)]),
        "centred_expand_compress": mean_cosine(centred, directed, [(expand, compress)]),
        "negative_expand_compress": float((cosines[np.ix_(expanding, compressing)] < 0).mean()),
        "cos_put_remove": float(cosine_map(put, remove).mean()),
        "cos_move_opposite": moves(OPPOSITES),
        "cos_move_neighbour": moves(NEIGHBOURS),
        **{f"var_{name}": float(values.mean()) for name, values in factor_variances(cosines).items()},
    }


# Studies: consistency, chains, chosen instructions


def sentences(edits: Edits) -> list[str]:
    """The instructions of triples as text."""
    rows = zip(edits.tokens.tolist(), edits.lengths.tolist())
    return [" ".join(CAPTION_WORDS[number - 1] for number in row[:length]) for row, length in rows]


def triples_of(triples: DigitEdits, wanted: Collection[Instruction], n: int, seed: int = 0) -> Edits:
    """``n`` triples, drawn with replacement from those that carry one of the ``wanted`` instructions.

    Raises:
        UserError: the data set holds none of them.
    """
    table = [instruction for edits in triples.edits for _, instruction, _ in edits]
    here = set(triples.labels.tolist())
    rows = [row for row, instruction in enumerate(table) if instruction in wanted and instruction.digit in here]
    if not rows:
        raise UserError("the data set holds no triple with these instructions")
    rng = np.random.default_rng(seed)
    chosen = rng.choice(rows, n)
    samples = [rng.choice(np.flatnonzero(triples.labels.numpy() == table[row].digit)) for row in chosen]
    return triples.render(torch.tensor(np.array(samples)), torch.from_numpy(chosen))


def generalisation_numbers(
    editor: Editor, triples: DigitEdits, reader: StateReader, n: int = 1_000, seed: int = 0
) -> dict[str, float]:
    """How right an editor is on instructions that the study of generalisation kept out of its training ("new").

    Beside them all others ("known"): SSIM with the targets, and the share of pictures of which the judge reads all
    parts of the state right, on ``n`` triples each.
    """
    kept_out, every = held_out(), {instruction for edits in triples.edits for _, instruction, _ in edits}
    numbers = {}
    for kind, wanted in {"new": kept_out, "known": every - kept_out}.items():
        part = triples_of(triples, wanted, n, seed)
        made = editor.answer(part, seed)
        numbers[f"judge_all_{kind}"] = correct(reader(made), part.target_state.numpy())["all"]
        numbers[f"ssim_{kind}"] = float(ssim(made, grey(part.target)).mean())
    return numbers


def samples_to_try(triples: DigitEdits, each: int = 3) -> tuple[UInt8[ndarray, "n 28 28"], Int[ndarray, " n"]]:
    """The first samples of every digit, and which digits they are: what a widget offers to begin with."""
    labels = triples.labels.numpy()
    rows = np.concatenate([np.flatnonzero(labels == digit)[:each] for digit in range(len(DIGIT_WORDS))])
    return triples.digits[rows].numpy(), labels[rows]


def drawn(triples: DigitEdits, samples: Int[ndarray, " n"], boxes: list[State]) -> UInt8[ndarray, "n side side"]:
    """Digit samples of a data set in given states, as grey values."""
    return grey(triples.renderer(triples.digits[torch.as_tensor(samples)].float() / 255, torch.tensor(boxes)))


def in_box(pictures: UInt8[ndarray, "n side side"], boxes: Int[ndarray, "n 5"]) -> list[UInt8[ndarray, "height width"]]:
    """What stands in the boxes of the given states, one a picture."""
    cell = pictures.shape[1] / GRID
    starts, lengths = np.rint(boxes[:, 1:3] * cell).astype(int), np.rint(boxes[:, 3:5] * cell).astype(int)
    return [picture[y : y + h, x : x + w] for picture, (x, y), (w, h) in zip(pictures, starts, lengths)]


def same_digit(
    before: UInt8[ndarray, "n side side"],
    boxes_before: Int[ndarray, "n 5"],
    after: UInt8[ndarray, "n side side"],
    boxes_after: Int[ndarray, "n 5"],
) -> Float[ndarray, " n"]:
    """SSIM of what stands in a digit's box before and after a move: 1 if it kept its shape. Boxes of equal size."""
    pairs = zip(in_box(before, boxes_before), in_box(after, boxes_after), strict=True)
    return np.array([ssim(one[None], other[None])[0] for one, other in pairs])


@dataclass(frozen=True)
class Chain:
    """Several edits in a row.

    Attributes:
        told: the instructions, by step, then by picture.
        boxes: int (steps, n, 5), the true states after each step.
        truth, made, fresh: uint8 (steps, n, side, side): the true pictures; what the editor makes of its own last
            picture; and what it makes of the true last picture.
        start: uint8 (n, side, side), the true pictures at the start.
    """

    told: list[list[Instruction]]
    boxes: Int[ndarray, "steps n 5"]
    truth: UInt8[ndarray, "steps n side side"]
    made: UInt8[ndarray, "steps n side side"]
    fresh: UInt8[ndarray, "steps n side side"]
    start: UInt8[ndarray, "n side side"]


def chain(editor: Editor, triples: DigitEdits, n: int, steps: int, seed: int = 0) -> Chain:
    """Random directed instructions that the true state allows, given one after the other to ``n`` different digits."""
    rng = np.random.default_rng(seed)
    samples = rng.permutation(len(triples.labels))[:n]
    now = [states(digit)[rng.integers(1, len(states(digit)))] for digit in triples.labels[samples].tolist()]
    start = true = own = drawn(triples, samples, now)
    rows = []
    for _ in range(steps):
        choices = [[each for each in allowed(state) if each.action in DIRECTED] for state in now]
        told = [each[rng.integers(len(each))] for each in choices]
        now = [apply(instruction, state) for instruction, state in zip(told, now)]
        fresh, own = editor(true, told, seed), editor(own, told, seed)
        true = drawn(triples, samples, now)
        rows.append((told, now, true, own, fresh))
    told, boxes, truth, made, from_truth = zip(*rows)
    return Chain(list(told), np.array(boxes), np.stack(truth), np.stack(made), np.stack(from_truth), start)


def there_and_back(editor: Editor, edits: Edits, seed: int = 0) -> UInt8[ndarray, "n side side"]:
    """Apply each instruction, then the opposite one to the result: pictures that should be the sources again.

    Raises:
        UserError: an instruction whose opposite is not one instruction.
    """
    there = [parse(text) for text in sentences(edits)]
    befores = [State(*row) for row in edits.source_state.tolist()]
    back = [undo(instruction, state) for instruction, state in zip(there, befores)]
    return editor(editor(grey(edits.source), there, seed), back, seed)
