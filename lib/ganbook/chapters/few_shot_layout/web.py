"""The model on the web page: the encoder of label maps or scribbles, and the generator with what its features say."""

from pathlib import Path

import torch
from jaxtyping import Float, Int32, UInt8
from torch import Tensor, nn

from ganbook.chapters.few_shot_layout import recipe
from ganbook.chapters.few_shot_layout.inference import Painter
from ganbook.chapters.few_shot_layout.pseudo_labels import at_features, coarsened, cosines, drawn
from ganbook.data.pixels import to_bytes
from ganbook.nn import weights_id
from ganbook.widgets.live import LiveModel, LivePart

TOLERANCE = 2.0
"""Levels of 255 that a value on the page may be off; it was 1. With the encoder's weights in eight bits it would be 9
to 22, for label maps of avatars 6 or 7. Cosines and features stay far below.
"""

DRAWS = 24
"""How many looks the page has; on both kinds of page look number n is that of seed n."""


class EncodingNetwork(nn.Module):
    """What ``Painter.codes`` and ``Painter.wanted`` do."""

    def __init__(self, painter: Painter):
        super().__init__()
        self.encoder, self.classes = painter.encoder, len(painter.names)
        self.register_buffer("features", painter.features(painter.shots.ws[:1]))
        self.height, self.sparse = self.features.shape[-1], painter.sparse
        self.agreed = painter.agreed
        self.plain = not painter.one_code  # it saw whole label maps in its training

    def forward(
        self, labels: Int32[Tensor, "n side side"]
    ) -> tuple[Float[Tensor, "n styles latent"], Int32[Tensor, "n height width"]]:
        maps = labels.long()
        maps = maps if self.plain else coarsened(maps, self.height, self.sparse, self.classes)
        return self.agreed(self.encoder(maps)), at_features(maps, self.features).int()


class DrawingNetwork(nn.Module):
    """What ``Painter.draw``, ``Painter.likeness`` and ``Painter.features`` do. Prototypes come from outside: it is the
    same for all painters with one prior.
    """

    def __init__(self, painter: Painter):
        super().__init__()
        self.synthesis, self.layers = painter.prior.generator.synthesis, painter.config.feature_layers

    def forward(
        self, ws: Float[Tensor, "n styles latent"], prototypes: Float[Tensor, "classes channels"]
    ) -> tuple[
        UInt8[Tensor, "n side side 3"],
        Float[Tensor, "n classes height width"],
        Float[Tensor, "n channels height width"],
    ]:
        pictures, features = drawn(self.synthesis, ws, self.layers)
        return to_bytes(pictures).permute(0, 2, 3, 1), cosines(features, prototypes), features


def live_model(folder: Path) -> LiveModel:
    """Both networks of a checkpoint; raises as the recipe's ``load``."""
    return model_of(recipe.load(folder))


def model_of(painter: Painter) -> LiveModel:
    """A painter as the page needs it: part 0 encodes, part 1 draws."""
    side, classes, prototypes = painter.side, len(painter.names), painter.given.vectors

    def random_inputs(n: int, seed: int) -> dict[str, Tensor]:
        draws = torch.Generator().manual_seed(seed)
        squares = torch.randint(classes, (n, 8, 8), generator=draws, dtype=torch.int32)
        labels = squares.repeat_interleave(side // 8, 1).repeat_interleave(side // 8, 2)
        return {"labels": labels, "prototypes": prototypes}

    encoding = LivePart(EncodingNetwork(painter).eval(), ("labels",), ("ws", "wanted"), [("labels", 0)])
    asked, told = ("ws", "prototypes"), ("pictures", "likeness", "features")
    drawing = LivePart(DrawingNetwork(painter).eval(), asked, told, [("ws", 0)])
    sizes = dict(zip(("styles", "latent"), painter.shots.ws.shape[1:]))
    return LiveModel(weights_id(painter), [encoding, drawing], random_inputs, TOLERANCE, sizes)
