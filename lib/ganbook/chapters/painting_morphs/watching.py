"""What is watched while a GAN learns: samples, and how far they are from paintings that it never saw."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Shaped, UInt8
from torch import Tensor

from ganbook.chapters.painting_morphs.config import GanConfig
from ganbook.chapters.painting_morphs.regressor import YearReader, whitened
from ganbook.data.pixels import to_bytes
from ganbook.metrics import kernel_distance

SHOWN = 12
"""Columns of a preview."""

Draw = Callable[[Float[Tensor, "n latent"]], Float[Tensor, "n 3 h w"]]


class Material(NamedTuple):
    """What a GAN learns from, and is watched with.

    Attributes:
        train: uint8 (n, 3, side, side), pictures to learn from.
        dev: uint8 (m, 3, side, side), held out.
        reader: in whose features distances are measured; None where no regressor is trained yet.
    """

    train: Tensor
    dev: Tensor
    reader: YearReader | None


def fixed_latents(n: int, config: GanConfig, seed: int = 0) -> Float[Tensor, "n latent"]:
    """The same z at each call."""
    return torch.randn(n, config.latent_dim, generator=torch.Generator().manual_seed(seed))


def enlarged(pictures: Shaped[Tensor, "n 3 h w"], side: int) -> Shaped[Tensor, "n 3 side side"]:
    """Pictures of a network that is not full grown, with larger pixels."""
    return F.interpolate(pictures, size=(side, side), mode="nearest")


class Look:
    """KID of samples of the averaged generator, always of the same z, to held-out paintings at full size."""

    def __init__(self, config: GanConfig, material: Material, draw: Draw, device: torch.device):
        self.config, self.draw = config, draw
        self.latents = fixed_latents(config.looked_at, config, seed=1).to(device)
        self.features = whitened(material.reader, material.train)
        self.real = self.features(material.dev[: config.looked_at])

    @torch.no_grad()
    def __call__(self) -> dict[str, float]:
        """``kid``, times 1,000."""
        side = self.config.resolution
        made = torch.cat([to_bytes(enlarged(self.draw(part), side)).cpu() for part in self.latents.split(100)])
        return {"kid": 1e3 * kernel_distance(self.real, self.features(made))}


def preview_of(
    config: GanConfig, material: Material, draw: Draw, device: torch.device, rows: int = 3
) -> Callable[[], UInt8[np.ndarray, "height width 3"]]:
    """A function that draws some paintings, and below them samples of the averaged generator, always of the same z."""
    latents = fixed_latents(SHOWN * rows, config).to(device)

    def picture() -> UInt8[np.ndarray, "height width 3"]:
        made = to_bytes(enlarged(draw(latents), config.resolution)).cpu()
        return sheet(torch.cat([material.train[:SHOWN].cpu(), made]), SHOWN)

    return picture


def sheet(pictures: UInt8[Tensor, "n 3 side side"], columns: int) -> UInt8[np.ndarray, "height width 3"]:
    """Pictures in rows of so many."""
    table = pictures.unflatten(0, (-1, columns)).permute(0, 3, 1, 4, 2)  # (rows, side, columns, side, 3)
    return table.flatten(2, 3).flatten(0, 1).numpy()
