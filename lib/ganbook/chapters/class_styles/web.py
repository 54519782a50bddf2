"""The model on the web page: the encoder, which reads references, and the generator, which paints label maps."""

import copy
from pathlib import Path

import torch
from jaxtyping import Float, Int32, UInt8
from torch import Tensor, nn

from ganbook.chapters.class_styles.inference import Styler, load_styler
from ganbook.chapters.class_styles.model import Encoder, Generator, SpectralConv, Styles, shapes
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.nn import weights_id
from ganbook.widgets.live import LiveModel, LivePart

TOLERANCE = 3.0
"""Levels of 255 that a value on the page may be off."""

DRAWS = 24
"""How many draws of codes the page has; on both kinds of page draw number n is that of seed n."""


def folded(network: nn.Module) -> nn.Module:
    """A copy whose convolutions hold weights that are divided by their spectral norm already: what the page needs."""
    network = copy.deepcopy(network)
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, SpectralConv):
                setattr(module, name, plain_convolution(child))
    return network


@torch.no_grad()
def plain_convolution(conv: SpectralConv) -> nn.Conv2d:
    """A convolution with the normalised weights of another, in evaluation mode."""
    plain = nn.Conv2d(
        conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding, bias=conv.bias is not None
    )
    plain.weight.copy_(conv.weight)
    if conv.bias is not None:
        plain.bias.copy_(conv.bias)
    return plain.requires_grad_(False).eval()


class ReadingNetwork(nn.Module):
    """What ``Styler.read`` does, means alone: of pictures with their label maps."""

    def __init__(self, encoder: Encoder):
        super().__init__()
        self.encoder = folded(encoder)

    def forward(
        self, pictures: UInt8[Tensor, "n side side 3"], labels: Int32[Tensor, "n side side"]
    ) -> tuple[Float[Tensor, "n global"], Float[Tensor, "n codes classes code"]]:
        mean = self.encoder(from_bytes(pictures.permute(0, 3, 1, 2)), labels).mean
        return mean.whole, mean.local


class PaintingNetwork(nn.Module):
    """What ``Styler.paint`` does."""

    def __init__(self, generator: Generator):
        super().__init__()
        self.generator = folded(generator)

    def forward(
        self,
        labels: Int32[Tensor, "n side side"],
        whole: Float[Tensor, "n global"],
        local: Float[Tensor, "n codes classes code"],
    ) -> UInt8[Tensor, "n side side 3"]:
        return to_bytes(self.generator(labels, Styles(whole, local))).permute(0, 2, 3, 1)


def live_model(folder: Path) -> LiveModel:
    """Both networks of a checkpoint; raises as ``load_styler``."""
    return model_of(load_styler(folder))


def model_of(styler: Styler) -> LiveModel:
    """A styler as the page needs it: part 0 reads references, part 1 paints."""
    side, classes = styler.config.resolution, len(styler.names)

    def random_inputs(n: int, seed: int) -> dict[str, Tensor]:
        draws = torch.Generator().manual_seed(seed)
        squares = torch.randint(classes, (n, 8, 8), generator=draws, dtype=torch.int32)
        labels = squares.repeat_interleave(side // 8, 1).repeat_interleave(side // 8, 2)
        pictures = torch.randint(256, (n, side, side, 3), generator=draws, dtype=torch.uint8)
        whole, local = (torch.randn(size, generator=draws) for size in shapes(styler.config, classes, n))
        return {"pictures": pictures, "labels": labels, "whole": whole, "local": local}

    reading = _part(ReadingNetwork(styler.encoder), ("pictures", "labels"), ("read_whole", "read_local"))
    painting = _part(PaintingNetwork(styler.generator), ("labels", "whole", "local"), ("made",))
    return LiveModel(weights_id(styler), [reading, painting], random_inputs, TOLERANCE)


def _part(network: nn.Module, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> LivePart:
    return LivePart(network.eval(), inputs, outputs, [(each, 0) for each in inputs])
