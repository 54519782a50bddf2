"""Settings of the style prior and its three profiles."""

from dataclasses import dataclass

from ganbook.training import Settings, option


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides what is trained, beside the data source and the seed."""

    # data
    train_images: int = option(30_000, "renders of avatars with free pose, a multiple of 100", low=100)
    flip: bool = option(True, "show half of the pictures mirrored")

    # networks
    latent_dim: int = option(128, "size of z and of w", low=2)
    mapping_layers: int = option(4, "layers from z to w", low=1)
    channels: tuple[int, ...] = option((128, 128, 96, 48, 24), "of both networks at 4, 8, 16 ... pixels")
    noise: bool = option(False, "add noise of its own to each layer")

    # objective
    r1_weight: float = option(0.2, "gamma of the R1 penalty", low=0.0)
    r1_every: int = option(16, "steps between two R1 penalties, each so many times as large", low=1)
    path_weight: float = option(2.0, "of the path length penalty", low=0.0)
    path_every: int = option(8, "steps between two path length penalties, each so many times as large", low=1)
    path_decay: float = option(0.01, "rate of the average path length", low=0.0, high=1.0)
    style_mixing: float = option(0.9, "share of the pictures whose layers get two w", low=0.0, high=1.0)
    mean_w_decay: float = option(0.995, "decay of the average w, a step", low=0.0, high=1.0)

    # adaptive augmentation of what D sees, for small sets of pictures
    ada: bool = option(False, "whether pictures are augmented (Karras et al. 2020)")
    ada_target: float = option(0.6, "wanted mean sign of D on real pictures", low=0.0, high=1.0)
    ada_images: int = option(500_000, "pictures that it takes from no augmentation to all", low=1)
    ada_every: int = option(4, "steps between two changes of the probability", low=1)

    # optimisation
    learning_rate: float = option(2.5e-3, "of Adam, for both networks", low=0.0)
    beta1: float = option(0.0, "Adam's first decay rate", low=0.0, high=0.9999)
    beta2: float = option(0.99, "Adam's second decay rate", low=0.0, high=0.9999)

    @property
    def resolution(self) -> int:
        """Pixels of a side."""
        return 4 * 2 ** (len(self.channels) - 1)


PROFILES = {
    "smoke": Config(
        steps=16,
        batch_size=8,
        train_images=100,
        latent_dim=16,
        channels=(16, 16, 8),
        log_every=4,
        preview_every=0,
        threads=1,
    ),
    "quick": Config(steps=18_000, batch_size=32, ema_decay=0.9978, preview_every=1_000),
    "paper": Config(
        steps=25_000,
        batch_size=64,
        latent_dim=256,
        channels=(256, 256, 256, 128, 64),
        noise=True,
        ema_decay=0.9956,
        preview_every=1_000,
    ),
}
