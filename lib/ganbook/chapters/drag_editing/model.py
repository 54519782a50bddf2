"""The user-controllable latent transformer (Endo 2022), section C1: motions on a picture in, moved codes out."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ganbook.chapters.drag_editing.config import Config


class Scales(NamedTuple):
    """Units in which the network sees and says things: standard deviations over the training moves.

    Attributes:
        mean: the middle of W.
        code: deviation of an entry of a starting code from it.
        move: root mean square of an entry of a move.
        flow, expansion: of a motion's x and y, in pixels, and of its expansion (sigma_f and sigma_e).
    """

    mean: Float[Tensor, " latent"]
    code: float
    move: float
    flow: float
    expansion: float


class Attention(nn.Module):
    """Several heads of scaled dot-product attention (Vaswani et al. 2017, section 3.2)."""

    def __init__(self, dim: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(dim, dim, bias=False) for _ in range(3))
        self.out = nn.Linear(dim, dim)

    def forward(
        self,
        x: Float[Tensor, "batch tokens dim"],
        seen: Float[Tensor, "batch others dim"],
        present: Bool[Tensor, "batch others"] | None = None,
    ) -> Float[Tensor, "batch tokens dim"]:
        """What each token of ``x`` gathers from those of ``seen`` that are present."""
        q, k, v = map(self.split, (self.query(x), self.key(seen), self.value(seen)))
        # the same as F.scaled_dot_product_attention, which trains half as fast on a processor
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[3])  # (batch, heads, tokens, others)
        if present is not None:
            scores = scores.masked_fill(~present[:, None, None], -math.inf)
        gathered = scores.softmax(3) @ v  # (batch, heads, tokens, part)
        return self.out(gathered.transpose(1, 2).flatten(2))

    def split(
        self,
        x: Float[Tensor, "batch tokens dim"],
    ) -> Float[Tensor, "batch heads tokens part"]:
        """A part of each token for each head."""
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


def perceptron(dim: int, hidden: int) -> nn.Sequential:
    """What each token does on its own, its norm included."""
    return nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim))


class EncoderLayer(nn.Module):
    """Motions look at each other. Norms stand before each part (pre-norm)."""

    def __init__(self, config: Config):
        super().__init__()
        self.norm, self.look = nn.LayerNorm(config.dim), Attention(config.dim, config.heads)
        self.think = perceptron(config.dim, config.hidden)

    def forward(self, x: Tensor, present: Tensor | None) -> Float[Tensor, "batch tokens dim"]:
        normed = self.norm(x)
        x = x + self.look(normed, normed, present)
        return x + self.think(x)


class DecoderLayer(nn.Module):
    """Codes look at each other, then at the motions; one norm for both sides of the second look."""

    def __init__(self, config: Config):
        super().__init__()
        self.norm, self.look = nn.LayerNorm(config.dim), Attention(config.dim, config.heads)
        self.cross_norm, self.cross = nn.LayerNorm(config.dim), Attention(config.dim, config.heads)
        self.think = perceptron(config.dim, config.hidden)

    def forward(
        self,
        x: Tensor,
        motions: Tensor,
        present: Tensor | None,
    ) -> Float[Tensor, "batch layers dim"]:
        normed = self.norm(x)
        x = x + self.look(normed, normed)
        x = x + self.cross(self.cross_norm(x), self.cross_norm(motions), present)
        return x + self.think(x)


class MotionTokens(nn.Module):
    """A token of a motion: how it goes, and the generator's feature where it starts. Their order tells nothing."""

    def __init__(self, config: Config, scales: Scales):
        super().__init__()
        self.register_buffer("units", torch.tensor([scales.flow, scales.flow, scales.expansion]))
        self.bands = config.fourier_bands
        self.motion = nn.Sequential(nn.Linear(3, config.dim), nn.ReLU())
        self.feature = nn.Sequential(nn.Linear(config.feature_channels + 4 * self.bands, config.dim), nn.ReLU())
        self.joined = nn.Sequential(nn.Linear(2 * config.dim, config.dim), nn.ReLU())

    def forward(
        self,
        motions: Float[Tensor, "batch tokens 3"],
        features: Float[Tensor, "batch tokens channels"],
        points: Float[Tensor, "batch tokens 2"],
    ) -> Float[Tensor, "batch tokens dim"]:
        if self.bands:
            features = torch.cat([features, waves(points, self.bands)], 2)
        return self.joined(torch.cat([self.motion(motions / self.units), self.feature(features)], 2))


def waves(points: Float[Tensor, "batch tokens 2"], bands: int) -> Float[Tensor, "batch tokens waves"]:
    """Sines and cosines of x and y with 1/2, 1, 2 ... periods over the canvas: 4 numbers a band."""
    angles = points[..., None] * (math.pi / 2 * 2 ** torch.arange(bands, device=points.device))
    return torch.cat([angles.sin(), angles.cos()], -1).flatten(2)


class Transformer(nn.Module):
    """Moves the codes of the lower layers as the motions say: w + alpha T(w, motions)."""

    def __init__(self, config: Config, scales: Scales):
        super().__init__()
        self.layers = config.layers
        self.register_buffer("mean", scales.mean.clone())
        self.register_buffer("code_unit", torch.tensor(scales.code))
        self.register_buffer("move_unit", torch.tensor(scales.move))
        self.motions = MotionTokens(config, scales)
        self.codes = nn.Sequential(nn.Linear(config.latent_dim, config.dim), nn.ReLU())
        self.places = nn.Parameter(0.02 * torch.randn(config.layers, config.dim))
        self.encoder = nn.ModuleList(EncoderLayer(config) for _ in range(config.depth))
        self.decoder = nn.ModuleList(DecoderLayer(config) for _ in range(config.depth))
        self.move = nn.Linear(config.dim, config.latent_dim)
        nn.init.normal_(self.move.weight, std=0.01)  # start near no move
        nn.init.zeros_(self.move.bias)

    def forward(
        self,
        ws: Float[Tensor, "batch styles latent"],
        motions: Float[Tensor, "batch tokens 3"],
        features: Float[Tensor, "batch tokens channels"],
        points: Float[Tensor, "batch tokens 2"],
        present: Bool[Tensor, "batch tokens"] | None = None,
        alpha: float | Float[Tensor, "batch 1 1"] = 1.0,
    ) -> Float[Tensor, "batch styles latent"]:
        """Moved codes; layers above ``config.layers`` stay as they are.

        Args:
            ws: a code for each layer of the generator.
            motions: x and y in pixels, expansion (negative: nearer).
            features: of the generator at the motions' starts.
            points: where these are, x, y on the canvas from -1 to 1; only for Fourier bands.
            present: which motions count; at least one in each row. All by default.
            alpha: strength of the move.
        """
        tokens = self.motions(motions, features, points)  # (batch, tokens, dim)
        for layer in self.encoder:
            tokens = layer(tokens, present)
        lower = ws[:, : self.layers]
        x = self.codes((lower - self.mean) / self.code_unit) + self.places  # (batch, layers, dim)
        for layer in self.decoder:
            x = layer(x, tokens, present)
        return torch.cat([lower + alpha * self.move_unit * self.move(x), ws[:, self.layers :]], 1)
