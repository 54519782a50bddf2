"""Fully connected stacks, and an image network for pictures that are grids of independent cells."""

from itertools import pairwise

from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn


def mlp(*widths: int) -> nn.Sequential:
    """Linear layers of these widths with leaky ReLU (slope 0.2) between them.

    ``mlp(64, 128, 10)`` has one hidden layer.
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.LeakyReLU(0.2)]  # (..., n_out)
    return nn.Sequential(*layers[:-1])


class CellEncoder(nn.Module):
    """A small CNN applied to every cell of a square grid with the same weights.

    It is an ordinary strided CNN whose receptive fields stop at the borders of the cells. Nothing tells it where a cell
    stands, so that the features of a picture are a *set* (Zaheer et al. 2017) unless ``positions`` adds a learned
    vector for each place.

    Args:
        channels: width of the first of three convolutions; the others are twice and four times as wide.
        features: size of the vector that describes one cell.
        cell_size: side of a cell in pixels, a multiple of 8.
        grid: cells along a side.
        positions: add a learned vector for each place in the grid.
        batch_norm: normalise the two inner convolutions over the batch, as DCGAN's generator does.
    """

    def __init__(
        self,
        channels: int,
        features: int,
        cell_size: int = 32,
        grid: int = 2,
        positions: bool = False,
        batch_norm: bool = False,
    ):
        super().__init__()
        self.grid = grid
        norm = nn.BatchNorm2d if batch_norm else nn.Identity
        wide, wider = 2 * channels, 4 * channels
        self.convolutions = nn.Sequential(  # (n, 1, 32, 32): every cell by itself
            nn.Conv2d(1, channels, 5, stride=2, padding=2),  # (n, channels, 16, 16)
            nn.LeakyReLU(0.2),
            nn.Conv2d(channels, wide, 4, stride=2, padding=1),  # (n, wide, 8, 8)
            norm(wide),
            nn.LeakyReLU(0.2),
            nn.Conv2d(wide, wider, 4, stride=2, padding=1),  # (n, wider, 4, 4)
            norm(wider),
            nn.LeakyReLU(0.2),
            nn.Flatten(),  # (n, wider * 4 * 4)
            nn.Linear(wider * (cell_size // 8) ** 2, features),  # (n, features)
            nn.LayerNorm(features),
        )
        self.positions = nn.Embedding(grid**2, features) if positions else None

    def forward(self, images: Float[Tensor, "batch 1 height width"]) -> Float[Tensor, "batch cells features"]:
        """One feature vector a cell, cells in reading order (top left, top right, bottom left, bottom right)."""
        cells = rearrange(  # (batch, 1, 64, 64) -> (batch * 4, 1, 32, 32)
            images, "b 1 (row h) (col w) -> (b row col) 1 h w", row=self.grid, col=self.grid
        )
        features = self.convolutions(cells)  # (batch * 4, features)
        features = rearrange(features, "(b n) f -> b n f", n=self.grid**2)  # (batch, 4, features)
        if self.positions is not None:
            features = features + self.positions.weight  # (4, features), the same for every image
        return features
