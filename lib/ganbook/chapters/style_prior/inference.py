"""The trained prior and its instruments, loaded and ready for use."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.style_prior import instruments
from ganbook.chapters.style_prior.config import PROFILES, Config
from ganbook.chapters.style_prior.instruments import InstrumentConfig, LandmarkReader, Segmenter
from ganbook.chapters.style_prior.model import Generator
from ganbook.chapters.style_prior.projection import Projected, perceptual_distance, project
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.training import Settings

SLUG = "style_prior"


@dataclass(frozen=True)
class Prior:
    """The generator, trained on avatars without any label.

    Attributes:
        config: settings of the training.
        generator: in evaluation mode, without gradients for its weights.
    """

    config: Config
    generator: Generator

    @torch.no_grad()
    def codes(self, n: int, psi: float = 1.0, seed: int = 0) -> Float[Tensor, "n latent"]:
        """Codes w of n samples, pulled towards their middle by ``psi``."""
        z = torch.randn(n, self.config.latent_dim, generator=torch.Generator().manual_seed(seed))
        return self.generator.truncate(self.generator.mapping(z), psi)

    @torch.no_grad()
    def draw(self, ws: Tensor, seed: int | None = None) -> UInt8[Tensor, "n 3 side side"]:
        """Pictures, 0 to 255, of codes (n, latent) or of one code for each layer (n, styles, latent).

        The noise of the layers is drawn from ``seed``, or left out.
        """
        ws = self.generator.spread(ws) if ws.ndim == 2 else ws
        noises = None
        if seed is not None:
            draws = torch.Generator().manual_seed(seed)
            noises = self.generator.synthesis.noises(len(ws), lambda *shape: torch.randn(shape, generator=draws))
        return to_bytes(self.generator.synthesis(ws, noises))

    def find(
        self,
        pictures: UInt8[Tensor, "n 3 side side"],
        features: Callable[[Tensor], list[Tensor]],
        space: str = "w",
        steps: int = 1_000,
        seed: int = 0,
    ) -> Projected:
        """Codes and noise that draw given pictures, 0 to 255; ``features`` are those of a feature net.

        Raises:
            UserError: as :func:`ganbook.chapters.style_prior.projection.project`.
        """
        return project(self.generator, from_bytes(pictures), perceptual_distance(features), space, steps, seed=seed)


def load_prior(folder: Path) -> Prior:
    """Load a shipped generator.

    Raises:
        UserError: there is none, it is damaged, or it belongs to another model.
    """
    config = _config(folder, Config, PROFILES)
    generator = Generator(config)
    _load(folder, "generator", generator)
    return Prior(config, generator)


def load_segmenter(folder: Path) -> Segmenter:
    """Load a shipped segmenter; raises as :func:`load_prior`."""
    return _instrument(folder, Segmenter)


def load_reader(folder: Path) -> LandmarkReader:
    """Load a shipped reader of landmarks; raises as :func:`load_prior`."""
    return _instrument(folder, LandmarkReader)


def _instrument(folder: Path, kind: type[nn.Module]) -> nn.Module:
    model = kind(_config(folder, InstrumentConfig, instruments.PROFILES))
    _load(folder, "model", model)
    return model


def _config(folder: Path, kind: type[Settings], profiles: dict) -> Settings:
    run = training.read_run(folder)
    return training.resolve(kind, profiles, profile=run["profile"], overrides=run["config"])


def _load(folder: Path, name: str, module: nn.Module) -> None:
    training.load_checkpoint(folder, {name: module}, slug=SLUG)
    module.requires_grad_(False).eval()
