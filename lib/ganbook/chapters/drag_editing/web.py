"""The editor on the web page: the generator, the segmenter, and the transformer."""

from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from ganbook.chapters.drag_editing.inference import Editor, from_still
from ganbook.chapters.drag_editing.model import Transformer
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.nn import weights_id
from ganbook.widgets.live import LiveModel, LivePart

TOLERANCE = 3.0
"""Levels of 255 that a value on the page may be off."""

DRAWS = 16
"""How many pictures the page has to start from; on both kinds of page picture number n is the same."""


class DrawingNetwork(nn.Module):
    """What ``Prior.draw`` does, and the features under the pointer."""

    def __init__(self, synthesis: nn.Module, layer: int):
        super().__init__()
        self.synthesis, self.layer = synthesis, layer

    def forward(
        self, ws: Float[Tensor, "n styles latent"]
    ) -> tuple[UInt8[Tensor, "n side side 3"], Float[Tensor, "n channels h w"]]:
        pictures, maps = self.synthesis(ws, features=self.layer)
        return to_bytes(pictures).permute(0, 2, 3, 1), maps


class SeeingNetwork(nn.Module):
    """Where in pictures an avatar is: 1, on the background 0."""

    def __init__(self, segmenter: nn.Module):
        super().__init__()
        self.segmenter = segmenter

    def forward(self, pictures: UInt8[Tensor, "n side side 3"]) -> UInt8[Tensor, "n side side"]:
        return (self.segmenter(from_bytes(pictures.permute(0, 3, 1, 2))).argmax(1) > 0).to(torch.uint8)


class MovingNetwork(nn.Module):
    """What the transformer says of motions, less what it says of none, with a strength for each row."""

    def __init__(self, transformer: Transformer):
        super().__init__()
        self.transformer = transformer

    def forward(
        self,
        ws: Float[Tensor, "n styles latent"],
        motions: Float[Tensor, "n tokens 3"],
        features: Float[Tensor, "n tokens channels"],
        points: Float[Tensor, "n tokens 2"],
        alpha: Float[Tensor, " n"],
    ) -> Float[Tensor, "n styles latent"]:
        return from_still(self.transformer, ws, motions, features, points, alpha[:, None, None])


def live_model(folder: Path) -> LiveModel:
    """The networks of a checkpoint, with the generator and the segmenter of `style_prior`; raises as the recipe's
    ``load``.
    """
    from ganbook.chapters.drag_editing.recipe import load

    return model_of(load(folder))


def model_of(editor: Editor) -> LiveModel:
    """An editor as the page needs it: part 0 draws, part 1 sees where the avatar is, part 2 moves codes."""
    config, prior = editor.config, editor.prior

    def random_inputs(n: int, seed: int) -> dict[str, Tensor]:
        draws = torch.Generator().manual_seed(seed)
        ws, codes = (prior.generator.spread(prior.codes(n, seed=2 * seed + one)).contiguous() for one in (0, 1))
        return {
            "ws": ws,
            "seen": prior.draw(codes).permute(0, 2, 3, 1).contiguous(),
            "codes": codes,
            "motions": torch.randn(n, n, 3, generator=draws) * editor.transformer.motions.units,
            "features": torch.randn(n, n, config.feature_channels, generator=draws),
            "points": 2 * torch.rand(n, n, 2, generator=draws) - 1,
            "alpha": torch.rand(n, generator=draws),
        }

    drawing = DrawingNetwork(prior.generator.synthesis, config.feature_layer)
    moving = ("codes", "motions", "features", "points", "alpha")
    tokens = [(name, 1) for name in ("motions", "features", "points")]
    parts = [
        LivePart(drawing.eval(), ("ws",), ("pictures", "maps"), [("ws", 0)]),
        LivePart(SeeingNetwork(editor.segmenter).eval(), ("seen",), ("there",), [("seen", 0)], eight_bits=True),
        LivePart(
            MovingNetwork(editor.transformer).eval(),
            moving,
            ("moved",),
            [(name, 0) for name in moving] + tokens,
            eight_bits=True,
        ),
    ]
    return LiveModel(weights_id(editor), parts, random_inputs, TOLERANCE)
