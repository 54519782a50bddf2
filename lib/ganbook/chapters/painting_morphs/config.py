"""Settings of the chapter's models and their profiles: two GANs, the regressor that reads years, and the encoder."""

from dataclasses import dataclass
from typing import Literal

from ganbook.training import Settings, option


@dataclass(frozen=True)
class Learned(Settings):
    """Which pictures are learned from."""

    paintings: int = option(3_200, "pictures to learn from, if there are so many", low=16)
    about: str = option("", "a word that their titles have, such as house (empty: any title)")


@dataclass(frozen=True)
class GanConfig(Learned):
    """What both GANs can be told."""

    mirrored: bool = option(True, "show half of the pictures mirrored")

    # adaptive augmentation of what D sees, for small sets of pictures
    ada: bool = option(False, "whether pictures are augmented (Karras et al. 2020)")
    ada_target: float = option(0.6, "how sure D may be of real pictures", low=0.0, high=1.0)
    ada_images: int = option(500_000, "pictures that it takes from no augmentation to all", low=1)
    ada_every: int = option(4, "steps between two changes of the probability", low=1)

    # what is watched
    look_every: int = option(1_000, "steps between two looks at how far the pictures are (0: none)", low=0)
    looked_at: int = option(400, "pictures of each look", low=4)


@dataclass(frozen=True)
class DcganConfig(GanConfig):
    """Settings of DCGAN (Radford et al. 2016)."""

    resolution: int = option(64, "pixels of a side, a multiple of 16", low=32)
    latent_dim: int = option(100, "size of z", low=2)
    channels: int = option(64, "of the maps beside the picture; each halving doubles them", low=1)
    widest: int = option(512, "most channels of any maps", low=1)
    discriminator_norm: Literal["batch", "none"] = option("batch", "normalisation in D")
    learning_rate: float = option(2e-4, "of Adam, for both networks", low=0.0)
    beta1: float = option(0.5, "Adam's first decay rate", low=0.0, high=0.9999)
    beta2: float = option(0.999, "Adam's second decay rate", low=0.0, high=0.9999)


@dataclass(frozen=True)
class ProgressiveConfig(GanConfig):
    """Settings of Progressive GAN (Karras et al. 2018)."""

    latent_dim: int = option(512, "size of z", low=2)
    channels: tuple[int, ...] = option((512, 512, 512, 512, 256), "of both networks at 4, 8, 16 ... pixels")
    stabilise: int = option(600_000, "pictures that a resolution is trained with before the next one", low=1)
    fade: int = option(600_000, "pictures over which a new resolution is faded in", low=0)
    group: int = option(4, "pictures whose deviation D sees", low=2)
    penalty_weight: float = option(10.0, "of the gradient penalty", low=0.0)
    drift_weight: float = option(1e-3, "of the squared score of real pictures", low=0.0)
    learning_rate: float = option(1e-3, "of Adam, for both networks", low=0.0)
    beta1: float = option(0.0, "Adam's first decay rate", low=0.0, high=0.9999)
    beta2: float = option(0.99, "Adam's second decay rate", low=0.0, high=0.9999)

    @property
    def resolution(self) -> int:
        """Pixels of a side at the end."""
        return 4 * 2 ** (len(self.channels) - 1)


@dataclass(frozen=True)
class RegressorConfig(Learned):
    """Settings of the regressor. It sees worn pictures, so that it reads generated ones, too."""

    resolution: int = option(64, "pixels of a side", low=8)
    channels: tuple[int, ...] = option((16, 32, 64, 96), "at the full, half, quarter ... resolution")
    learning_rate: float = option(2e-3, "of AdamW", low=0.0)
    decay_share: float = option(
        0.7, "the rate falls linearly to zero over this last share of the steps", low=0.0, high=1.0
    )
    blur: float = option(0.5, "largest share of a blurred picture that is mixed in", low=0.0, high=1.0)
    pixel_noise: float = option(0.04, "largest standard deviation of noise, of pictures in [-1, 1]", low=0.0)
    colour_shift: float = option(0.03, "largest shift of each colour, and of its contrast", low=0.0, high=1.0)


@dataclass(frozen=True)
class EncoderConfig(Settings):
    """Settings of the encoder, from which a projection begins."""

    resolution: int = option(64, "pixels of a side, as the generator draws, a multiple of 16", low=32)
    latent_dim: int = option(512, "size of the generator's z", low=2)
    channels: int = option(64, "of the maps beside the picture; each halving doubles them", low=1)
    widest: int = option(512, "most channels of any maps", low=1)
    learning_rate: float = option(1e-3, "of Adam", low=0.0)
    decay_share: float = option(
        0.5, "the rate falls linearly to zero over this last share of the steps", low=0.0, high=1.0
    )
    latent_weight: float = option(1.0, "of 1 - cosine between the vectors, found and true", low=0.0)
    picture_weight: float = option(1.0, "of the distance between the pictures drawn from both", low=0.0)


SMOKE = {"steps": 12, "batch_size": 8, "paintings": 40, "log_every": 4, "threads": 1}
LOOKS = {"preview_every": 6, "look_every": 6, "looked_at": 20}

DCGAN_PROFILES = {
    "smoke": DcganConfig(**SMOKE, **LOOKS, resolution=32, latent_dim=8, channels=2, widest=8),
    "quick": DcganConfig(steps=12_000, batch_size=32, channels=32, widest=128, preview_every=500),
    "paper": DcganConfig(steps=60_000, batch_size=128, preview_every=1_000),
}

PROGRESSIVE_PROFILES = {
    "smoke": ProgressiveConfig(**SMOKE, **LOOKS, latent_dim=8, channels=(8, 8, 4), stabilise=16, fade=16),
    "quick": ProgressiveConfig(
        steps=17_000,
        batch_size=16,
        latent_dim=128,
        channels=(64, 64, 64, 32, 16),
        stabilise=20_000,
        fade=20_000,
        preview_every=500,
        channels_last=True,
    ),
    "paper": ProgressiveConfig(steps=187_500, batch_size=32, preview_every=5_000, look_every=5_000),
}
"""Full grown, G is trained until the steps end: with 112,000 of 272,000 pictures at quick, 1.2 of 6 million else."""

REGRESSOR_PROFILES = {
    "smoke": RegressorConfig(**SMOKE, preview_every=0, resolution=16, channels=(4, 4, 8)),
    "quick": RegressorConfig(steps=6_000, batch_size=32, preview_every=0),
    "paper": RegressorConfig(steps=20_000, preview_every=0, channels=(32, 64, 128, 192)),
}

ENCODER_PROFILES = {
    "smoke": EncoderConfig(
        steps=12,
        batch_size=8,
        log_every=4,
        threads=1,
        preview_every=0,
        latent_dim=128,
        channels=2,
        widest=8,
    ),
    "quick": EncoderConfig(steps=4_000, batch_size=32, preview_every=0, latent_dim=128, channels=32, widest=128),
    "paper": EncoderConfig(steps=60_000, batch_size=64, preview_every=0),
}
"""The painter whose latent vectors it reads is that of quick at smoke, too, as it comes with the book."""
