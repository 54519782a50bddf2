"""Training of the encoder: from pseudo-labels of samples back to the codes of the samples."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.few_shot_layout.config import Config
from ganbook.chapters.few_shot_layout.model import LayoutEncoder


class Material(NamedTuple):
    """What an encoder learns from.

    Attributes:
        codes: z -> the code w of a sample, (batch, latent).
        label: codes for all layers -> label maps of what the generator draws from them, (batch, side, side).
        classes, side: of the label maps.
        mean: the middle of W.
        styles: layers of the generator that take a code.
    """

    codes: Callable[[Float[Tensor, "batch latent"]], Tensor]
    label: Callable[[Float[Tensor, "batch styles latent"]], Int[Tensor, "batch side side"]]
    classes: int
    side: int
    mean: Float[Tensor, " latent"]
    styles: int


def train(run: training.Run, material: Material) -> None:
    """Samples of the generator, their pseudo-labels, and the squared error of the codes alone (section 3.3)."""
    config: Config = run.config
    encoder = LayoutEncoder(config, material.classes, material.side, material.mean, material.styles)
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=config.learning_rate)
    encoder, optimizer = run.setup(encoder=(encoder, optimizer)).encoder
    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(optimizer, config.learning_rate * left)
        with torch.no_grad():
            w = material.codes(run.draws.randn(config.batch_size, len(material.mean)))
            ws = w[:, None].expand(-1, material.styles, -1)
            labels = material.label(ws)
        loss = nn.functional.mse_loss(encoder(labels), ws)
        optimizer.zero_grad()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss, mean_code_loss=nn.functional.mse_loss(material.mean.expand_as(w), w))
