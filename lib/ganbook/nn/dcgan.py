"""The two convolution stacks of DCGAN (Radford et al. 2016, figure 1 and section 3): to features, and to pictures."""

from itertools import pairwise
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganbook.errors import UserError

STAGES = 4
"""Times that a stack halves or doubles the side of a picture."""

Norm = Literal["batch", "none"]
Output = Literal["linear", "sigmoid", "tanh"]


def _smallest_side(resolution: int) -> int:
    if resolution % 2**STAGES or resolution < 2 ** (STAGES + 1):
        wanted = f"a multiple of {2**STAGES} and at least {2 ** (STAGES + 1)}"
        raise UserError(f"expected a resolution that is {wanted}, got {resolution}")
    return resolution // 2**STAGES


def _norm(kind: Norm, channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels) if kind == "batch" else nn.Identity()


def _widths(channels: int, widest: int | None) -> list[int]:
    """Of the maps beside the picture and further inside, each twice as wide, up to the widest."""
    widths = [channels * 2**stage for stage in range(STAGES)]
    return widths if widest is None else [min(width, widest) for width in widths]


class DownStack(nn.Module):
    """DCGAN's discriminator without its last layer.

    Four 4 x 4 convolutions of stride 2 with leaky ReLU (slope 0.2), each twice as wide
    as the one before, batch norm in all but the first.

    Args:
        channels: width of the first convolution (DCGAN: 64).
        resolution: side of the pictures, a multiple of 16.
        norm: "batch" as in DCGAN, or "none".
        colours: channels of the pictures.
        widest: most channels that any stage has; none by default.

    Attributes:
        features: length of the output when flattened.
    """

    def __init__(
        self,
        channels: int,
        resolution: int,
        norm: Norm = "batch",
        colours: int = 1,
        widest: int | None = None,
    ):
        super().__init__()
        widths = [colours, *_widths(channels, widest)]
        norms = ["none", *[norm] * (STAGES - 1)]
        self.features = widths[-1] * _smallest_side(resolution) ** 2
        self.stages = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(n_in, n_out, 4, stride=2, padding=1, bias=kind == "none"),
                _norm(kind, n_out),
                nn.LeakyReLU(0.2, inplace=True),
            )
            for kind, (n_in, n_out) in zip(norms, pairwise(widths))
        )

    def forward(
        self, pictures: Float[Tensor, "batch colours height width"]
    ) -> list[Float[Tensor, "batch channels h w"]]:
        """The output of every stage, the last one last."""
        outputs = []
        for stage in self.stages:
            pictures = stage(pictures)  # twice the channels, half the height and width
            outputs.append(pictures)
        return outputs


class UpStack(nn.Module):
    """DCGAN's generator.

    A linear layer to small maps, then four 4 x 4 transposed convolutions of stride 2,
    each half as wide as the one before, with batch norm and ReLU between them.

    Args:
        inputs: length of the input vectors.
        channels: width before the last convolution (DCGAN: 64), 1/8 of the first maps'.
        resolution: side of the pictures, a multiple of 16.
        output: activation of the last layer.
        colours: channels of the pictures.
        beside: channels of the maps that ``forward`` lays beside the first ones.
        widest: most channels that any stage has; none by default.
    """

    def __init__(
        self,
        inputs: int,
        channels: int,
        resolution: int,
        output: Output = "tanh",
        colours: int = 1,
        beside: int = 0,
        widest: int | None = None,
    ):
        super().__init__()
        side = _smallest_side(resolution)
        widths = _widths(channels, widest)[::-1]
        inner = [widths[0] + beside, *widths[1:-1]]
        self.first = nn.Sequential(
            nn.Linear(inputs, widths[0] * side**2, bias=False),
            nn.Unflatten(1, (widths[0], side, side)),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        )
        self.stages = nn.Sequential(
            *(
                nn.Sequential(
                    nn.ConvTranspose2d(n_in, n_out, 4, stride=2, padding=1, bias=False),
                    nn.BatchNorm2d(n_out),
                    nn.ReLU(inplace=True),
                )
                for n_in, n_out in zip(inner, widths[1:])
            )
        )
        self.last = nn.ConvTranspose2d(widths[-1], colours, 4, stride=2, padding=1)
        outputs = {"linear": nn.Identity(), "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh()}
        self.output = outputs[output]

    def forward(
        self,
        vectors: Float[Tensor, "batch inputs"],
        beside: Float[Tensor, "batch beside h w"] | None = None,
    ) -> Float[Tensor, "batch colours height width"]:
        """Pictures; in (0, 1) for "sigmoid", in (-1, 1) for "tanh", else unbounded."""
        maps = self.first(vectors)  # (batch, 8 channels, height / 16, width / 16)
        if beside is not None:
            maps = torch.cat([maps, beside], dim=1)  # (batch, 8 channels + beside, h, w)
        maps = self.stages(maps)  # (batch, channels, height / 2, width / 2)
        return self.output(self.last(maps))  # (batch, colours, height, width)
