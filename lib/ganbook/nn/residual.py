"""A small residual stage, of which the classifiers that only measure are made."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class ResidualStage(nn.Module):
    """A convolution to other channels, and a residual one."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.first = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        self.second = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(n_out) for _ in range(2))

    def forward(self, maps: Float[Tensor, "batch n_in h w"]) -> Float[Tensor, "batch n_out h w"]:
        maps = F.relu(self.norms[0](self.first(maps)))
        return F.relu(maps + self.norms[1](self.second(maps)))
