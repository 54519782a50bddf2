"""Settings of the flow net and of the latent transformer, and their profiles."""

from dataclasses import dataclass

from ganbook.training import Settings, option

DECAY = "the rate falls linearly to zero over this last share of the steps"


@dataclass(frozen=True)
class FlowConfig(Settings):
    """Everything that decides the flow net, beside the seed."""

    # pairs of renders
    train_pairs: int = option(6_000, "pairs of renders, a multiple of 100", low=100)
    resolution: int = option(64, "pixels of a side", low=16)
    noise: float = option(0.05, "deviation of noise on the pictures, which reach from -1 to 1", low=0.0)

    # network
    channels: tuple[int, ...] = option((16, 24, 32), "of the features at half, quarter, eighth resolution")
    radius: int = option(2, "of the window in which features are compared, at each resolution", low=1)

    # optimisation
    learning_rate: float = option(1e-3, "of AdamW", low=0.0)
    decay_share: float = option(0.5, DECAY, low=0.0, high=1.0)


FLOW_PROFILES = {
    "smoke": FlowConfig(
        steps=8,
        batch_size=4,
        train_pairs=100,
        resolution=32,
        channels=(4, 6),
        log_every=2,
        preview_every=0,
        threads=1,
    ),
    "quick": FlowConfig(steps=5_000, batch_size=16, preview_every=0),
    "paper": FlowConfig(
        steps=40_000, batch_size=32, train_pairs=30_000, channels=(32, 48, 64), radius=3, preview_every=0
    ),
}


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides the transformer, beside the generator, the flow net and the seed."""

    # what the generator gives
    latent_dim: int = option(128, "size of w", low=2)
    feature_layer: int = option(6, "layer whose output is the feature under the pointer", low=0)
    feature_channels: int = option(48, "channels of that layer", low=1)
    layers: int = option(5, "lower layers whose codes move", low=1)

    # moves to learn from
    moves: int = option(20_000, "training moves, a multiple of 100", low=100)
    truncation: float = option(0.3, "how far a start lies from the middle of W", low=0.0, high=1.0)
    mixing: float = option(0.5, "share of another code that is mixed in", low=0.0, high=1.0)
    grid: int = option(16, "motions are read on a grid of so many points a side", low=1)
    subsets: bool = option(True, "half of the time show only some of the motions")
    most: int = option(64, "the largest number of motions in a subset", low=1)
    shuffled: bool = option(False, "show the motions of another move: a control")

    # network
    dim: int = option(128, "size of a token", low=4)
    heads: int = option(4, "of each attention", low=1)
    depth: int = option(3, "layers of the encoder, and of the decoder", low=1)
    hidden: int = option(192, "width inside a layer's perceptron", low=1)
    fourier_bands: int = option(0, "frequencies that tell where a motion is; 0: only the feature there tells it", low=0)

    # optimisation
    learning_rate: float = option(5e-4, "of AdamW", low=0.0)
    decay_share: float = option(0.5, DECAY, low=0.0, high=1.0)


PROFILES = {
    "smoke": Config(
        steps=8,
        batch_size=4,
        moves=100,
        grid=4,
        most=8,
        dim=16,
        heads=2,
        depth=1,
        hidden=16,
        log_every=2,
        preview_every=0,
        threads=1,
    ),
    "quick": Config(steps=8_000, batch_size=32, preview_every=0),
    "paper": Config(steps=60_100, batch_size=32, moves=50_000, dim=512, heads=8, depth=6, hidden=512, preview_every=0),
}
