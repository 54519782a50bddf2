"""What the trained editor does: its pictures, how right they are, and what its instruction vectors mean to each other."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from numpy import ndarray
from torch import Tensor

from ganbook.data import DIGIT_WORDS, to_tensor
from ganbook.data.digit_edits import CAPTION_WORDS, LABELS, DigitEdits, Edits, tokenise
from ganbook.data.edits import DIRECTED, DIRECTIONS, GRID, POSITIONS, Instruction, State, allowed, apply, parse, states, undo
from ganbook.errors import UserError
from ganbook.instruction_editing.config import PROFILES, Config
from ganbook.instruction_editing.model import CaptionEncoder, Encoder, Generator, Judge
from ganbook.metrics import ssim

SLUG = "instruction_editing"
OPPOSITES = (("top", "bottom"), ("left", "right"), ("top left", "bottom right"), ("top right", "bottom left"))
CIRCLE = ("top", "top right", "right", "bottom right", "bottom", "bottom left", "left", "top left")
NEIGHBOURS = tuple(zip(CIRCLE, (*CIRCLE[1:], CIRCLE[0])))


@dataclass(frozen=True)
class Editor:
    """A trained encoder and generator: pictures and instructions in, edited pictures out.

    Attributes:
        config: settings of the training; ``config.resolution`` is the side of the pictures.
        encoder, generator: in evaluation mode.
    """

    config: Config
    encoder: Encoder
    generator: Generator

    @torch.no_grad()
    def __call__(
        self, pictures: UInt8[ndarray, "n side side"], instructions: list[str | Instruction | None], seed: int = 0
    ) -> UInt8[ndarray, "n side side"]:
        """Edit each picture by its own instruction; None leaves it as it is (the zero vector of equation 17).

        Args:
            pictures: ink 255 on paper 0.
            instructions: sentences of the known words, or :class:`ganbook.data.edits.Instruction`.
            seed: of z.

        Raises:
            UserError: pictures of another size or type, not one instruction a picture, an unknown word.
        """
        self.check(pictures)
        if len(instructions) != len(pictures):
            raise UserError(f"expected one instruction a picture, got {len(instructions)} for {len(pictures)}")
        image = self.encoder.image(to_range(to_tensor(pictures), self.config))
        condition = self.encoder.fuse(image)
        told = [row for row, instruction in enumerate(instructions) if instruction is not None]
        if told:
            vectors = self.instruction_vectors([instructions[row] for row in told])
            condition[told] = self.encoder.fuse(image[told], torch.from_numpy(vectors))
        return self.draw(condition, seed)

    @torch.no_grad()
    def answer(self, edits: Edits, seed: int = 0) -> UInt8[ndarray, "n side side"]:
        """What the model makes of the sources and instructions of triples."""
        source = to_range(edits.source, self.config)
        condition = self.encoder.fuse(self.encoder.image(source), self.encoder.text(edits.tokens, edits.lengths))
        return self.draw(condition, seed)

    def draw(self, condition: Float[Tensor, "n joint"], seed: int = 0) -> UInt8[ndarray, "n side side"]:
        """Pictures of conditions phi_fc, with z drawn from ``seed``."""
        return to_pictures(self.generator(noise_for(condition, self.config, seed), condition), self.config)

    @torch.no_grad()
    def instruction_vectors(self, instructions: list[str | Instruction]) -> Float[ndarray, "n text"]:
        """The unit vectors phi_i of instructions."""
        texts = [each.text if isinstance(each, Instruction) else each for each in instructions]
        return self.encoder.text(*tokenise(texts)).numpy()

    def check(self, pictures: ndarray) -> None:
        """Refuse what is not a uint8 batch of pictures of the right size."""
        side = self.config.resolution
        if not isinstance(pictures, np.ndarray) or pictures.dtype != np.uint8 or pictures.shape[1:] != (side, side):
            found = f"{pictures.dtype} {pictures.shape}" if isinstance(pictures, np.ndarray) else type(pictures).__name__
            raise UserError(f"pictures: expected uint8 (n, {side}, {side}), ink 255 on paper 0; got {found}")


@dataclass(frozen=True)
class Painter:
    """The baseline, trained: captions in, pictures out (see :class:`Editor` for the attributes)."""

    config: Config
    encoder: CaptionEncoder
    generator: Generator

    @torch.no_grad()
    def __call__(self, captions: list[str], seed: int = 0) -> UInt8[ndarray, "n side side"]:
        """A picture for each full caption (see :func:`ganbook.data.edits.describe`)."""
        return self._draw(*tokenise(captions), seed)

    @torch.no_grad()
    def answer(self, edits: Edits, seed: int = 0) -> UInt8[ndarray, "n side side"]:
        """A picture for the caption of each target."""
        return self._draw(edits.caption_tokens, edits.caption_lengths, seed)

    def _draw(self, tokens: Int[Tensor, "n words"], lengths: Int[Tensor, " n"], seed: int) -> UInt8[ndarray, "n side side"]:
        condition = self.encoder(tokens, lengths)
        return to_pictures(self.generator(noise_for(condition, self.config, seed), condition), self.config)


def noise_for(condition: Float[Tensor, "n joint"], config: Config, seed: int) -> Float[Tensor, "n noise"]:
    """z for each condition, the same for the same seed."""
    return torch.randn(len(condition), config.noise_dim, generator=torch.Generator().manual_seed(seed))


def load_painter(folder: Path) -> Painter:
    """Load a shipped checkpoint of the baseline; raises as :func:`load_editor`."""
    from ganbook import training

    config = _config(folder, "cap2image")
    painter = Painter(config, CaptionEncoder(config), Generator(config))
    training.load_checkpoint(folder, {"encoder": painter.encoder, "generator": painter.generator}, slug=SLUG)
    _for_use(painter.encoder, painter.generator)
    return painter


def load_editor(folder: Path) -> Editor:
    """Load a shipped checkpoint of the chapter's model.

    Raises:
        UserError: there is none, it is damaged, or it belongs to another model.
    """
    from ganbook import training

    config = _config(folder, "imi")
    editor = Editor(config, Encoder(config), Generator(config))
    training.load_checkpoint(folder, {"encoder": editor.encoder, "generator": editor.generator}, slug=SLUG)
    _for_use(editor.encoder, editor.generator)
    return editor


@dataclass(frozen=True)
class StateReader:
    """The judge, trained: reads (digit, x, y, w, h) off pictures."""

    config: Config
    judge: Judge

    @torch.no_grad()
    def __call__(self, pictures: UInt8[ndarray, "n side side"]) -> Int[ndarray, "n 5"]:
        """The most likely digit (10: none), x, y, w and h of each picture."""
        logits = self.judge(to_tensor(pictures))
        return torch.stack([logits[name].argmax(1) for name in LABELS], dim=1).numpy()


def load_judge(folder: Path) -> StateReader:
    """Load the shipped judge; raises as :func:`load_editor`."""
    from ganbook import training

    config = _config(folder, "judge")
    judge = Judge(config)
    training.load_checkpoint(folder, {"judge": judge}, slug=SLUG)
    _for_use(judge)
    return StateReader(config, judge)


def _config(folder: Path, model: str) -> Config:
    from ganbook import training

    run = training.read_run(folder)
    config = training.resolve(Config, PROFILES, profile=run["profile"], overrides=run["config"])
    if config.model != model:
        raise UserError(f"the checkpoint in {folder} is of {config.model}, expected {model}")
    return config


def _for_use(*modules: torch.nn.Module) -> None:
    for module in modules:
        module.requires_grad_(False).eval()


def to_pictures(outputs: Float[Tensor, "n 1 side side"], config: Config) -> UInt8[ndarray, "n side side"]:
    """Generated pictures as grey values 0..255: clipped to the range of the output activation, then stretched (paper, section 4.2)."""
    unit = outputs.clamp(0, 1) if config.output == "sigmoid" else (outputs.clamp(-1, 1) + 1) / 2
    return (unit[:, 0] * 255).round().to(torch.uint8).cpu().numpy()


def to_range(pictures: Float[Tensor, "n 1 side side"], config: Config) -> Float[Tensor, "n 1 side side"]:
    """Pictures in [-1, 1] in the range that goes with the output activation: [0, 1] for "sigmoid" (paper, section 4.2)."""
    return (pictures + 1) / 2 if config.output == "sigmoid" else pictures


def grey(pictures: Float[Tensor, "n 1 side side"]) -> UInt8[ndarray, "n side side"]:
    """Rendered pictures in [-1, 1] as grey values 0..255."""
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)[:, 0].cpu().numpy()


def correct(read: Int[ndarray, "n 5"], truth: Int[ndarray, "n 5"]) -> dict[str, float]:
    """Share of pictures of which the judge reads each part of the state right, and all five ("all")."""
    right = read == truth
    return {**{name: float(right[:, column].mean()) for column, name in enumerate(LABELS)}, "all": float(right.all(1).mean())}


def numbers_of(folder: Path, test: DigitEdits) -> dict[str, float]:
    """The numbers of a shipped checkpoint's record, on 1,000 triples of the test digits.

    Of the judge: how often it reads the rendered targets right. Of an editor or the baseline: mean SSIM with the target.
    """
    from ganbook import training

    config = training.read_run(folder)["config"]
    edits = some_triples(test, 1_000)
    if config["model"] == "judge":
        read = load_judge(folder)(grey(edits.target))
        return {f"judge_{name}": value for name, value in correct(read, edits.target_state.numpy()).items()}
    model = load_editor(folder) if config["model"] == "imi" else load_painter(folder)
    return {"ssim_mean": float(ssim(model.answer(edits), grey(edits.target)).mean())}


def some_triples(triples: DigitEdits, n: int, seed: int = 0) -> Edits:
    """``n`` different triples drawn from a data set, the same for the same seed."""
    return triples.batch(torch.randperm(len(triples), generator=torch.Generator().manual_seed(seed))[:n])


# The instruction vectors (section 4.5)


def directed_instructions() -> list[Instruction]:
    """The 240 instructions of figure 7 left, in its order: action, then direction, then digit."""
    return [Instruction(action, digit, where) for action in DIRECTED for where in DIRECTIONS for digit in range(len(DIGIT_WORDS))]


def put_instructions() -> list[Instruction]:
    """The 90 "put" instructions of figure 7 right: position, then digit."""
    return [Instruction("put", digit, where) for where in POSITIONS for digit in range(len(DIGIT_WORDS))]


def remove_instructions() -> list[Instruction]:
    """The 10 "remove" instructions of figure 7 right."""
    return [Instruction("remove", digit) for digit in range(len(DIGIT_WORDS))]


def cosine_map(rows: Float[ndarray, "rows text"], columns: Float[ndarray, "columns text"]) -> Float[ndarray, "rows columns"]:
    """Cosines of unit vectors."""
    return rows @ columns.T


def mean_cosine(cosines: Float[ndarray, "n n"], instructions: list[Instruction], pairs: list[tuple[dict, dict]]) -> float:
    """Mean of the cosines of all pairs of instructions, one matching the first and one the second description of a pair.

    A description is a mapping of fields of an instruction to values, such as ``{"action": "move", "where": "top"}``. An instruction is never
    paired with itself.
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
    """Figure 9: variance of the cosines among instructions that differ in one factor only, for each choice of the other two.

    The map is that of :func:`directed_instructions`. Entries of the diagonal (always 1) count, as in the paper's 10 x 10 blocks.

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


# Numbers of one trained editor, by the names of the claim ledger


def edit_numbers(editor: Editor, edits: Edits, reader: StateReader, seed: int = 0) -> dict[str, float]:
    """How right an editor's pictures are on triples: SSIM with the targets and what the judge reads.

    ``judge_box`` is the share with x, y, w and h all right, ``judge_box_poorest`` the same among the quarter of the lowest SSIM;
    ``ssim_identity`` is the similarity with the source when nothing is said.
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
    """Mean cosines of the instruction vectors (figures 7 and 8) and mean variances inside the blocks of their map (figure 9).

    ``negative_expand_compress`` is the share of negative cosines in the block of "expand" and "compress", ``centred_expand_compress`` the
    mean of that block when the mean of all 240 vectors, which they have in common, is taken off first.
    """
    directed = directed_instructions()
    vectors = editor.instruction_vectors(directed)
    cosines = cosine_map(vectors, vectors)
    apart = vectors - vectors.mean(0)
    apart /= np.linalg.norm(apart, axis=1, keepdims=True)
    expanding, compressing = (_matching(directed, {"action": action}) for action in ("expand", "compress"))
    put, remove = (editor.instruction_vectors(each) for each in (put_instructions(), remove_instructions()))

    def between(*pairs: tuple[dict, dict]) -> float:
        return mean_cosine(cosines, directed, list(pairs))

    def moves(pairs: tuple[tuple[str, str], ...]) -> float:
        return between(*(({"action": "move", "where": one}, {"action": "move", "where": other}) for one, other in pairs))

    move, expand, compress = ({"action": action} for action in DIRECTED)
    return {
        "cos_same_action": between((move, move), (expand, expand), (compress, compress)),
        "cos_move_resize": between((move, expand), (move, compress)),
        "cos_expand_compress": between((expand, compress)),
        "centred_expand_compress": float((apart[expanding] @ apart[compressing].T).mean()),
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


def drawn(triples: DigitEdits, samples: Int[ndarray, " n"], boxes: list[State]) -> UInt8[ndarray, "n side side"]:
    """Digit samples of a data set in given states, as grey values."""
    return grey(triples.renderer(triples.digits[torch.as_tensor(samples)].float() / 255, torch.tensor(boxes)))


def in_box(pictures: UInt8[ndarray, "n side side"], boxes: Int[ndarray, "n 5"]) -> list[UInt8[ndarray, "height width"]]:
    """What stands in the boxes of the given states, one a picture."""
    cell = pictures.shape[1] / GRID
    starts, lengths = np.rint(boxes[:, 1:3] * cell).astype(int), np.rint(boxes[:, 3:5] * cell).astype(int)
    return [picture[y : y + h, x : x + w] for picture, (x, y), (w, h) in zip(pictures, starts, lengths)]


def same_digit(
    before: UInt8[ndarray, "n side side"], boxes_before: Int[ndarray, "n 5"],
    after: UInt8[ndarray, "n side side"], boxes_after: Int[ndarray, "n 5"],
) -> Float[ndarray, " n"]:  # fmt: skip
    """SSIM of what stands in a digit's box before and after it was moved: 1 if the digit kept its shape. Both boxes are of one size."""
    pairs = zip(in_box(before, boxes_before), in_box(after, boxes_after), strict=True)
    return np.array([ssim(one[None], other[None])[0] for one, other in pairs])


@dataclass(frozen=True)
class Chain:
    """Several edits in a row.

    Attributes:
        told: the instructions, by step, then by picture.
        boxes: int (steps, n, 5), the true states after each step.
        truth, made, fresh: uint8 (steps, n, side, side): the true pictures; what the editor makes of its own last picture; and what it
            makes of the true last picture.
        start: uint8 (n, side, side), the true pictures at the start.
    """

    told: list[list[Instruction]]
    boxes: Int[ndarray, "steps n 5"]
    truth: UInt8[ndarray, "steps n side side"]
    made: UInt8[ndarray, "steps n side side"]
    fresh: UInt8[ndarray, "steps n side side"]
    start: UInt8[ndarray, "n side side"]


def chain(editor: Editor, triples: DigitEdits, n: int, steps: int, seed: int = 0) -> Chain:
    """Random "move", "expand" and "compress" instructions that the true state allows, given one after the other to ``n`` different digits."""
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
