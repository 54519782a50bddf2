"""Settings of the encoder and its three profiles."""

from dataclasses import dataclass
from typing import Literal

from ganbook.training import Settings, option


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides what is trained, beside the generator, the annotated pictures and the seed."""

    # annotation
    annotated: Literal["sample", "render"] = option(
        "sample", "what is annotated: samples of the generator, or renders whose codes are looked for first"
    )
    invert_steps: int = option(1_000, "steps of that search", low=1)
    labels: Literal["dense", "sparse", "segmenter"] = option(
        "dense", "label maps, scribbles, or for the upper bound what a segmenter that knows all labels says"
    )
    shots: int = option(1, "annotated pictures", low=1, high=5)
    feature_layers: tuple[int, ...] = option((4, 8), "layers of the generator whose features carry the labels")
    votes: int = option(3, "positions that each exemplar of a scribble votes for", low=1)
    threshold: float = option(0.5, "votes of a smaller cosine do not count", low=-1.0, high=1.0)
    strokes: int = option(
        0, "drawn into each class of what exemplars have voted for; with 0 all that they have is marked", low=0
    )

    # network
    channels: tuple[int, ...] = option(
        (32, 48, 64, 64), "of the encoder, from half the resolution on, each half the one before"
    )
    blocks: int = option(2, "residual blocks at each resolution but the first", low=1)
    head_channels: int = option(32, "width of the heads, one for each layer of the generator", low=1)

    # learning from pictures, for comparison
    perceptual_weight: float = option(0.8, "of the distance in a trained segmenter's features", low=0.0)
    offset_weight: float = option(0.005, "of the codes' distance from their mean", low=0.0)

    # optimisation
    learning_rate: float = option(2e-3, "of AdamW", low=0.0)
    decay_share: float = option(
        0.5, "the rate falls linearly to zero over this last share of the steps", low=0.0, high=1.0
    )


PROFILES = {
    "smoke": Config(
        steps=8,
        batch_size=4,
        invert_steps=4,
        feature_layers=(2,),
        channels=(4, 4, 8),
        blocks=1,
        head_channels=8,
        log_every=2,
        preview_every=0,
        threads=1,
    ),
    "quick": Config(steps=8_000, batch_size=16, preview_every=0),
    "paper": Config(
        steps=100_000, batch_size=2, channels=(64, 128, 256, 512), blocks=4, head_channels=256, preview_every=0
    ),
}
