"""Trained models in use: latent vectors in, pictures out; pictures in, years out."""

from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.painting_morphs.config import (
    DCGAN_PROFILES,
    PROGRESSIVE_PROFILES,
    REGRESSOR_PROFILES,
    DcganConfig,
    GanConfig,
    ProgressiveConfig,
    RegressorConfig,
)
from ganbook.chapters.painting_morphs.growth import Phase, phase_at
from ganbook.chapters.painting_morphs.model import Generator, dcgan_generator
from ganbook.chapters.painting_morphs.regressor import YearReader, YearRegressor
from ganbook.chapters.painting_morphs.watching import fixed_latents
from ganbook.data.pixels import to_bytes

SLUG = "painting_morphs"


@dataclass(frozen=True)
class Painter:
    """A trained GAN of either kind.

    Attributes:
        config: settings of the training.
        generator: in evaluation mode, without gradients for its weights.
        phase: how far Progressive GAN has grown; None for DCGAN.
    """

    config: GanConfig
    generator: nn.Module
    phase: Phase | None = None

    @property
    def side(self) -> int:
        """Pixels of a side of what it draws."""
        return self.config.resolution if self.phase is None else self.phase.side

    def __call__(self, latents: Float[Tensor, "n latent"]) -> Float[Tensor, "n 3 side side"]:
        """Pictures, about in [-1, 1]; gradients reach the latent vectors."""
        return self.generator(latents) if self.phase is None else self.generator(latents, self.phase)

    def latents(self, n: int, seed: int = 0) -> Float[Tensor, "n latent"]:
        """Standard normal vectors."""
        return fixed_latents(n, self.config, seed)

    @torch.no_grad()
    def draw(self, latents: Float[Tensor, "n latent"]) -> UInt8[Tensor, "n 3 side side"]:
        """Pictures, 0 to 255."""
        return torch.cat([to_bytes(self(part)) for part in latents.split(100)])


def load_dcgan(folder: Path) -> Painter:
    """Load a shipped DCGAN.

    Raises:
        UserError: there is none, it is damaged, or it belongs to another model.
    """
    config = settings_of(folder, DcganConfig, DCGAN_PROFILES)
    return Painter(config, loaded(folder, generator=dcgan_generator(config)))


def load_progressive(folder: Path) -> Painter:
    """Load a shipped Progressive GAN, as far as it has grown; raises as :func:`load_dcgan`."""
    config = settings_of(folder, ProgressiveConfig, PROGRESSIVE_PROFILES)
    phase = phase_at(config, training.read_run(folder)["step"])
    return Painter(config, loaded(folder, generator=Generator(config)), phase)


def load_regressor(folder: Path) -> YearReader:
    """Load a shipped regressor; raises as :func:`load_dcgan`."""
    config = settings_of(folder, RegressorConfig, REGRESSOR_PROFILES)
    return YearReader(config, loaded(folder, regressor=YearRegressor(config.channels)))


def settings_of(folder: Path, kind: type, profiles: dict) -> training.Settings:
    """The settings with which a shipped model was trained."""
    run = training.read_run(folder)
    return training.resolve(kind, profiles, profile=run["profile"], overrides=run["config"])


def loaded(folder: Path, **module: nn.Module) -> nn.Module:
    """A network, by its name, with the shipped weights: in evaluation mode, it learns nothing more."""
    training.load_checkpoint(folder, module, slug=SLUG)
    (network,) = module.values()
    return network.requires_grad_(False).eval()
