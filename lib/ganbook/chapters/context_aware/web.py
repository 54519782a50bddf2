"""The chapter's models on the web page: the text encoder, and the three generators in a chain."""

from pathlib import Path

import torch
from jaxtyping import Float, Int32, UInt8
from torch import Tensor, nn

from ganbook.chapters.context_aware.context import PARTS
from ganbook.chapters.context_aware.inference import Painter
from ganbook.chapters.context_aware.model import Condition, chain, fixed_noise
from ganbook.chapters.context_aware.text import ALPHABET, LETTERS, LetterEncoder
from ganbook.data.pixels import to_bytes
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.widgets.live import LiveModel, LivePart

TOLERANCE = 3.0
"""Levels of 255 that a value on the page may be off."""

DRAWS = 12
"""How many z the page has; on both kinds of page number n is that of seed n."""


class TextNetwork(nn.Module):
    """What ``LetterEncoder`` does, from the numbers that the page sends."""

    def __init__(self, encoder: LetterEncoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, letters: Int32[Tensor, "n letters"]) -> Float[Tensor, "n text"]:
        return self.encoder(letters.long())


class PaintingNetwork(nn.Module):
    """What ``Painter.paint`` does behind the text encoder, to bytes; z comes from outside."""

    def __init__(self, generators: nn.ModuleList):
        super().__init__()
        self.generators = generators

    def forward(
        self, text: Float[Tensor, "n text"], context: Float[Tensor, "n context"], noise: Float[Tensor, "n noise"]
    ) -> tuple[UInt8[Tensor, "n h w 3"], ...]:
        made = chain(self.generators, noise, Condition(text, context))
        return tuple(to_bytes(each).permute(0, 2, 3, 1) for each in made)


def live_model(folder: Path) -> LiveModel:
    """The GAN of a checkpoint with its text encoder; raises as ``load_painter``, and :func:`model_of`."""
    from ganbook.chapters.context_aware.recipe import load_painter

    return model_of(load_painter(folder))


def model_of(painter: Painter) -> LiveModel:
    """A painter as the page needs it. The recognisers stay away: what they see on the shelf comes with the widget.

    Raises:
        UserError: its text encoder reads words, or it takes nothing from a context picture.
    """
    config, encoder = painter.config, painter.embedding.text
    told = sum(PARTS[config.context])
    if not isinstance(encoder, LetterEncoder) or not told:
        raise UserError(
            "the page runs a text encoder that reads letters and generators that take something from a context picture;"
            f" got one that reads {painter.embedding.config.reads}, and generators that take {config.context}"
        )

    def random_inputs(n: int, seed: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        return {
            "letters": torch.randint(len(ALPHABET) + 1, (n, LETTERS), generator=generator, dtype=torch.int32),
            "context": torch.rand(n, told, generator=generator),
            "noise": fixed_noise(n, config, seed),
        }

    network = PaintingNetwork(painter.generators)
    parts = [
        _part(TextNetwork(encoder), ("letters",), ("text",)),
        _part(network, ("text", "context", "noise"), ("small", "middle", "large")),
    ]
    table = {"noise": [fixed_noise(1, config, seed)[0].tolist() for seed in range(DRAWS)]}
    return LiveModel(weights_id(painter), parts, random_inputs, TOLERANCE, table)


def _part(network: nn.Module, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> LivePart:
    return LivePart(network.eval(), inputs, outputs, [(each, 0) for each in inputs])
