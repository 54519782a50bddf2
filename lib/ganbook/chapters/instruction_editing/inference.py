"""Trained models in use: pictures and instructions in, edited pictures or read states out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from torch import Tensor

from ganbook import training
from ganbook.chapters.instruction_editing.config import PROFILES, Config
from ganbook.chapters.instruction_editing.model import CaptionEncoder, Encoder, Generator, Judge
from ganbook.data import to_tensor
from ganbook.data.digit_edits import LABELS, Edits, tokenise
from ganbook.data.edits import Instruction
from ganbook.errors import UserError

SLUG = "instruction_editing"


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
        check_pictures(pictures, self.config.resolution)
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

    def _draw(
        self, tokens: Int[Tensor, "n words"], lengths: Int[Tensor, " n"], seed: int
    ) -> UInt8[ndarray, "n side side"]:
        condition = self.encoder(tokens, lengths)
        return to_pictures(self.generator(noise_for(condition, self.config, seed), condition), self.config)


def noise_for(condition: Float[Tensor, "n joint"], config: Config, seed: int) -> Float[Tensor, "n noise"]:
    """z for each condition, the same for the same seed."""
    return torch.randn(len(condition), config.noise_dim, generator=torch.Generator().manual_seed(seed))


def load_painter(folder: Path) -> Painter:
    """Load a shipped checkpoint of the baseline; raises as :func:`load_editor`."""
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
        """The most likely digit (10: none), x, y, w and h of each picture.

        Raises:
            UserError: pictures of another size or type than the judge was trained on.
        """
        check_pictures(pictures, self.config.resolution)
        logits = self.judge(to_tensor(pictures))
        return torch.stack([logits[name].argmax(1) for name in LABELS], dim=1).numpy()


def load_judge(folder: Path) -> StateReader:
    """Load the shipped judge; raises as :func:`load_editor`."""
    config = _config(folder, "judge")
    judge = Judge(config)
    training.load_checkpoint(folder, {"judge": judge}, slug=SLUG)
    _for_use(judge)
    return StateReader(config, judge)


def _config(folder: Path, model: str) -> Config:
    run = training.read_run(folder)
    config = training.resolve(Config, PROFILES, profile=run["profile"], overrides=run["config"])
    if config.model != model:
        raise UserError(f"the checkpoint in {folder} is of {config.model}, expected {model}")
    return config


def _for_use(*modules: torch.nn.Module) -> None:
    for module in modules:
        module.requires_grad_(False).eval()


def to_pictures(outputs: Float[Tensor, "n 1 side side"], config: Config) -> UInt8[ndarray, "n side side"]:
    """Generated pictures as grey values 0..255 (see :func:`to_grey`)."""
    return to_grey(outputs, config).cpu().numpy()


def to_grey(outputs: Float[Tensor, "n 1 side side"], config: Config) -> UInt8[Tensor, "n side side"]:
    """The generator's outputs clipped to the range of its activation, then stretched to 0..255 (paper, section 4.2)."""
    unit = outputs.clamp(0, 1) if config.output == "sigmoid" else (outputs.clamp(-1, 1) + 1) / 2
    return (unit[:, 0] * 255).round().to(torch.uint8)


def to_range(pictures: Float[Tensor, "n 1 side side"], config: Config) -> Float[Tensor, "n 1 side side"]:
    """Pictures in [-1, 1] in the range of the output activation: [0, 1] for "sigmoid" (paper, section 4.2)."""
    return (pictures + 1) / 2 if config.output == "sigmoid" else pictures


def grey(pictures: Float[Tensor, "n 1 side side"]) -> UInt8[ndarray, "n side side"]:
    """Rendered pictures in [-1, 1] as grey values 0..255."""
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)[:, 0].cpu().numpy()


def check_pictures(pictures: ndarray, side: int) -> None:
    """Refuse what is not a uint8 batch of pictures of the right size.

    Raises:
        UserError: says what was expected and what came.
    """
    if not isinstance(pictures, np.ndarray) or pictures.dtype != np.uint8 or pictures.shape[1:] != (side, side):
        found = f"{pictures.dtype} {pictures.shape}" if isinstance(pictures, np.ndarray) else type(pictures).__name__
        raise UserError(f"pictures: expected uint8 (n, {side}, {side}), ink 255 on paper 0; got {found}")
