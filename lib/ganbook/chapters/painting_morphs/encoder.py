"""The encoder: reads off a picture about where in latent space it lies, so that a projection begins nearby.

It learns from samples of the generator, whose latent vectors are known. A painting of someone else's it has never seen;
what it says of one is a guess, from which the search goes on.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.painting_morphs.config import ENCODER_PROFILES, EncoderConfig
from ganbook.chapters.painting_morphs.inference import Painter, loaded, settings_of
from ganbook.chapters.painting_morphs.projection import own_samples, picture_distance
from ganbook.chapters.painting_morphs.sphere import on_sphere
from ganbook.data.pixels import from_bytes
from ganbook.errors import UserError
from ganbook.metrics import psnr
from ganbook.nn import ImageEncoder, full_size


class LatentEncoder(nn.Module):
    """Pictures to points of the sphere."""

    def __init__(self, config: EncoderConfig):
        super().__init__()
        size, widest = config.latent_dim, config.widest
        self.unit = ImageEncoder(config.channels, config.resolution, size, colours=3, widest=widest)

    def forward(self, pictures: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch latent"]:
        return full_size(self.unit(pictures))  # (batch, latent), of length sqrt(latent)


def latent_loss(found: Float[Tensor, "batch latent"], true: Float[Tensor, "batch latent"]) -> Float[Tensor, ""]:
    """1 - cosine, on average: 0 where vectors have one direction, 1 where they have nothing to do with each other."""
    return (1 - F.cosine_similarity(found, true, dim=1)).mean()


def train_encoder(run: training.Run, painter: Painter) -> None:
    """Both terms: the vector that a sample was drawn from, and the picture that is drawn from the
    answer.

    Raises:
        UserError: the painter draws pictures of another size, or from other vectors, than the
            settings say.
    """
    config: EncoderConfig = run.config
    check(painter, config)
    module = LatentEncoder(config)
    optimizer = torch.optim.Adam(module.parameters(), config.learning_rate)
    encoder, optimizer = run.setup(encoder=(module, optimizer)).encoder
    painter.generator.to(run.device)
    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(optimizer, config.learning_rate * left)
        true = on_sphere(run.draws.randn(config.batch_size, config.latent_dim))
        with torch.no_grad():
            pictures = painter(true)
        found = encoder(pictures)

        # lambda_z (1 - cos(E(G(z)), z)) + lambda_x d(G(E(G(z))), G(z))
        of_latents = latent_loss(found, true)
        of_pictures = picture_distance(painter(found), pictures).mean()
        loss = config.latent_weight * of_latents + config.picture_weight * of_pictures
        optimizer.zero_grad()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss, of_latents=of_latents, of_pictures=of_pictures)


def check(painter: Painter, config: EncoderConfig) -> None:
    """Raises ``UserError`` as :func:`train_encoder` says."""
    if (painter.side, painter.config.latent_dim) != (config.resolution, config.latent_dim):
        raise UserError(
            f"the painter draws {painter.side} pixels from {painter.config.latent_dim} numbers, the encoder's settings"
            f" say {config.resolution} and {config.latent_dim}"
        )


@dataclass(frozen=True)
class LatentReader:
    """The trained encoder in use."""

    config: EncoderConfig
    encoder: LatentEncoder

    @torch.no_grad()
    def __call__(self, pictures: UInt8[Tensor, "n 3 side side"]) -> Float[Tensor, "n latent"]:
        """A point of the sphere for each picture.

        Raises:
            UserError: pictures of another size than those that it was trained on.
        """
        side = self.config.resolution
        if pictures.ndim != 4 or tuple(pictures.shape[1:]) != (3, side, side):
            raise UserError(f"expected pictures (n, 3, {side}, {side}), got {tuple(pictures.shape)}")
        return torch.cat([self.encoder(from_bytes(part)) for part in pictures.split(200)])


def load_encoder(folder: Path) -> LatentReader:
    """Load a shipped encoder; raises as :func:`ganbook.chapters.painting_morphs.inference.load_dcgan`."""
    config = settings_of(folder, EncoderConfig, ENCODER_PROFILES)
    return LatentReader(config, loaded(folder, encoder=LatentEncoder(config)))


def encoder_numbers(painter: Painter, read: LatentReader, n: int = 400, seed: int = 1) -> dict[str, float]:
    """How near the encoder's answers come to samples that it never saw.

    Returns:
        ``cosine`` with the vectors that they were drawn from, on average, and ``psnr`` of what is drawn from the
        answer, the median in dB.
    """
    latents, pictures = own_samples(painter, n, seed)
    found = read(pictures)
    return {
        "cosine": float(F.cosine_similarity(found, latents).mean()),
        "psnr": float(np.median(psnr(painter.draw(found).numpy(), pictures.numpy()))),
    }
