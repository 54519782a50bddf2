"""The prior on the web page: its synthesis network, which makes pictures of one code for each layer."""

from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from ganbook.chapters.style_prior.inference import Prior, load_prior
from ganbook.chapters.style_prior.model import Synthesis
from ganbook.data.pixels import to_bytes
from ganbook.nn import weights_id
from ganbook.widgets.live import LiveModel, LivePart

TOLERANCE = 3.0
"""Levels of 255 that a value on the page may be off."""

DRAWS = 16
"""How many draws of sources the page has; on both kinds of page draw number n is that of seed n."""


class SynthesisNetwork(nn.Module):
    """What ``Prior.draw`` does, with noise that is the same for all pictures, and as much of it as is asked for."""

    def __init__(self, synthesis: Synthesis):
        super().__init__()
        self.synthesis = synthesis
        draws = torch.Generator().manual_seed(0)
        for number, noise in enumerate(synthesis.noises(1, lambda *shape: torch.randn(shape, generator=draws))):
            self.register_buffer(f"noise_{number}", noise)

    @torch.no_grad()
    def forward(
        self, ws: Float[Tensor, "n styles latent"], amount: Float[Tensor, " n"]
    ) -> UInt8[Tensor, "n side side 3"]:
        amount = amount[:, None, None, None]  # (n, 1, 1, 1)
        noises = [amount * getattr(self, f"noise_{number}") for number in range(len(self.synthesis.convs))]
        return to_bytes(self.synthesis(ws, noises)).permute(0, 2, 3, 1)


def live_model(folder: Path) -> LiveModel:
    """The synthesis network of a checkpoint; raises as ``load_prior``."""
    return model_of(load_prior(folder))


def model_of(prior: Prior) -> LiveModel:
    """A prior as the page needs it. The mapping network stays away: codes w come with the widgets."""
    generator = prior.generator
    styles, latent = generator.synthesis.styles, len(generator.mapping.mean)

    def random_inputs(n: int, seed: int) -> dict[str, Tensor]:
        draws = torch.Generator().manual_seed(seed)
        w = generator.mapping(torch.randn(n * styles, latent, generator=draws))
        return {"ws": w.unflatten(0, (n, styles)), "amount": torch.arange(n) / max(1, n - 1)}

    part = LivePart(
        SynthesisNetwork(generator.synthesis).eval(), ("ws", "amount"), ("pictures",), [("ws", 0), ("amount", 0)]
    )
    return LiveModel(weights_id(prior), [part], random_inputs, TOLERANCE)
