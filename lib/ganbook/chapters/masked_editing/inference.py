"""Trained models in use: pictures and instructions in, edited pictures, masks or read attributes out."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from torch import Tensor

from ganbook import training
from ganbook.chapters.masked_editing.config import PROFILES, Config
from ganbook.chapters.masked_editing.model import EditingNetworks, Judge, Selected
from ganbook.data.avatar_edits import EditBatch
from ganbook.data.avatar_language import tokenise
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.errors import UserError
from ganbook.nn import weights_id

SLUG = "masked_editing"


@dataclass(frozen=True)
class Edited:
    """What an editor made.

    Attributes:
        pictures: uint8 (n, side, side, 3).
        masks: float (n, side, side) in [0, 1], 1 where the source stays; None of an editor without SIM.
    """

    pictures: UInt8[ndarray, "n side side 3"]
    masks: Float[ndarray, "n side side"] | None


@dataclass(frozen=True)
class Editor:
    """Trained networks: pictures and instructions in, edited pictures out.

    Attributes:
        config: settings of the training; ``config.resolution`` is the side of the pictures.
        networks: in evaluation mode.
    """

    config: Config
    networks: EditingNetworks

    @torch.no_grad()
    def edit(self, pictures: UInt8[ndarray, "n side side 3"], instructions: list[str | None], seed: int = 0) -> Edited:
        """Edit each picture by its own instruction; None leaves it as it is (the zero vector of equation 17).

        Args:
            pictures: RGB, 0 to 255.
            instructions: sentences.
            seed: of z.

        Raises:
            UserError: pictures of another size or type, not one instruction a picture.
        """
        check_pictures(pictures, self.config.resolution)
        if len(instructions) != len(pictures):
            raise UserError(f"expected one instruction a picture, got {len(instructions)} for {len(pictures)}")
        text = torch.zeros(len(pictures), self.config.text_dim)
        told = [row for row, instruction in enumerate(instructions) if instruction is not None]
        if told:
            text[told] = torch.from_numpy(self.instruction_vectors([instructions[row] for row in told]))
        return self._made(to_tensor(pictures), text, seed)

    def __call__(
        self, pictures: UInt8[ndarray, "n side side 3"], instructions: list[str | None], seed: int = 0
    ) -> UInt8[ndarray, "n side side 3"]:
        """The pictures of :meth:`edit` alone."""
        return self.edit(pictures, instructions, seed).pictures

    @torch.no_grad()
    def answer(self, edits: EditBatch, seed: int = 0) -> Edited:
        """What the model makes of the sources and instructions of triples."""
        return self._made(edits.source, self.networks.text_encoder(edits.tokens, edits.lengths), seed)

    @torch.no_grad()
    def instruction_vectors(self, instructions: list[str]) -> Float[ndarray, "n text"]:
        """The unit vectors phi_i of instructions."""
        return self.networks.text_encoder(*tokenise(instructions)).numpy()

    def _made(self, source: Float[Tensor, "n 3 side side"], text: Float[Tensor, "n text"], seed: int) -> Edited:
        noise = noise_for(len(source), self.config, seed)
        made, masks = self.networks(to_range(source, self.config), noise, text)
        return Edited(to_pictures(made, self.config), None if masks is None else masks[:, 0].numpy())


def load_editor(folder: Path) -> Editor:
    """Load a shipped editor, with SIM or without.

    Raises:
        UserError: there is none, it is damaged, or it belongs to another model.
    """
    config = _config(folder, "editor")
    selected = Selected(EditingNetworks.made(config))
    training.load_checkpoint(folder, {"selected": selected}, slug=SLUG)
    return Editor(config, selected.networks.eval())


def pair_id(sim: object, plain: object) -> str | None:
    """What the two editors of a widget are called on the page, see ``ganbook.nn.weights_id``; None if one holds no
    networks.
    """
    networks = {"sim": getattr(sim, "networks", None), "plain": getattr(plain, "networks", None)}
    return weights_id(SimpleNamespace(**networks)) if all(networks.values()) else None


@dataclass(frozen=True)
class AttributeReader:
    """The judge, trained: reads the 14 attributes off pictures."""

    config: Config
    judge: Judge

    def __call__(self, pictures: UInt8[ndarray, "n side side 3"]) -> Int[ndarray, "n 14"]:
        """The most likely value of each kind of attribute.

        Raises:
            UserError: pictures of another size or type than the judge was trained on.
        """
        return np.stack([chances.argmax(1) for chances in self.chances(pictures).values()], axis=1)

    @torch.no_grad()
    def chances(self, pictures: UInt8[ndarray, "n side side 3"]) -> dict[str, Float[ndarray, "n values"]]:
        """How likely each value of each kind is; raises as the call."""
        check_pictures(pictures, self.config.resolution)
        return {kind: logits.softmax(1).numpy() for kind, logits in self.judge(to_tensor(pictures)).items()}


def load_judge(folder: Path) -> AttributeReader:
    """Load the shipped judge; raises as :func:`load_editor`."""
    config = _config(folder, "judge")
    judge = Judge(config)
    training.load_checkpoint(folder, {"judge": judge}, slug=SLUG)
    return AttributeReader(config, judge.requires_grad_(False).eval())


def _config(folder: Path, model: str) -> Config:
    run = training.read_run(folder)
    config = training.resolve(Config, PROFILES, profile=run["profile"], overrides=run["config"])
    if config.model != model:
        raise UserError(f"the checkpoint in {folder} is of {config.model}, expected {model}")
    return config


def noise_for(n: int, config: Config, seed: int) -> Float[Tensor, "n noise"]:
    """z for n pictures, the same for the same seed."""
    return torch.randn(n, config.noise_dim, generator=torch.Generator().manual_seed(seed))


def to_range(pictures: Float[Tensor, "n 3 side side"], config: Config) -> Float[Tensor, "n 3 side side"]:
    """Pictures in [-1, 1] in the range of the output activation: [0, 1] for "sigmoid" (section 5.2)."""
    return (pictures + 1) / 2 if config.output == "sigmoid" else pictures


def to_pictures(outputs: Float[Tensor, "n 3 side side"], config: Config) -> UInt8[ndarray, "n side side 3"]:
    """Generated pictures, clipped to the range of their activation, as values from 0 to 255, colours last."""
    return shown(outputs * 2 - 1 if config.output == "sigmoid" else outputs)


def shown(pictures: Float[Tensor, "n 3 side side"]) -> UInt8[ndarray, "n side side 3"]:
    """Pictures in [-1, 1] as values from 0 to 255, colours last."""
    return to_bytes(pictures).permute(0, 2, 3, 1).cpu().numpy()


def to_tensor(pictures: UInt8[ndarray, "n side side 3"]) -> Float[Tensor, "n 3 side side"]:
    """The other way."""
    return from_bytes(torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2))


def check_pictures(pictures: ndarray, side: int) -> None:
    """Refuse what is not a uint8 batch of pictures of the right size.

    Raises:
        UserError: says what was expected and what came.
    """
    if not isinstance(pictures, np.ndarray) or pictures.dtype != np.uint8 or pictures.shape[1:] != (side, side, 3):
        found = f"{pictures.dtype} {pictures.shape}" if isinstance(pictures, np.ndarray) else type(pictures).__name__
        raise UserError(f"pictures: expected uint8 (n, {side}, {side}, 3), red, green, blue; got {found}")
