"""Settings of the class- and layer-wise VAE and its three profiles.

What a step costs, in millions of multiply-adds a picture (MMAC), counted by torch's FlopCounterMode at 64 pixels:

    ============================  ==========  =====  ===========================
    part                          start here  quick  times in a step
    ============================  ==========  =====  ===========================
    generator                           1365    159  3: forward, and twice back
    of these inside SPADE layers        1106     74
    encoder                                9      3  3
    discriminators                        53     31  9: 3 for G's step, 6 for D's
    segmenter's features                  48     48  3
    a step, all together                4684    881
    ============================  ==========  =====  ===========================

The start has 24 channels at the full resolution, 8 times as many at the coarsest, 64 hidden channels and kernels of
3 x 3 in SPADE. Four fifths of its generator go into scales and shifts. Cut were, in this order: the kernel that makes
scales and shifts, 3 to 1, for label maps are flat but at their edges, and one convolution of 3 x 3 still sees those;
SPADE's hidden channels, 64 to 32; the channels, 24 to 16; how often they double, 3 times to 2, which saves weights
rather than time; the discriminators' first channels, 32 to 24; the code of the whole, 64 to 32. D's step reuses the
picture that G's step was about, instead of making it again. So a training of quick costs 0.23 PFLOP (two operations a
multiply-add), and six (three seeds of ``main`` and ``global_only``) 1.4. Short ones and scenes have 4,000 steps of 16,
which is 0.11 each, and the segmenter of scenes 2,000 of 32, which is 0.06.
"""

from dataclasses import dataclass
from typing import Literal

from ganbook.errors import UserError
from ganbook.training import Settings, option

START = 4
"""Pixels of a side at which the generator begins."""


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides what is trained, beside the data source and the seed."""

    # data
    train_images: int = option(30_000, "renders of avatars with their label maps, a multiple of 100", low=100)
    resolution: int = option(64, "pixels of a side, a power of two", low=32, high=256)
    flip: bool = option(True, "show half of the pictures mirrored, with their label maps")

    # what has a style of its own
    styles: Literal["class and level", "class", "nothing"] = option(
        "class and level", "each class at each level, each class, or nothing but the picture as a whole"
    )
    code_dim: int = option(12, "size of each class's code z, and of the vectors that stand for classes", low=1)
    global_dim: int = option(32, "size of the code of the picture as a whole", low=1)

    # networks
    channels: int = option(16, "of generator's and encoder's maps at the full and at half the resolution", low=1)
    widest: int = option(4, "times that many have the coarsest at most; each halving doubles them", low=1)
    spade_channels: int = option(32, "hidden channels of each SPADE layer", low=1)
    spade_kernel: int = option(1, "side of the kernel that makes a SPADE layer's scale and shift, odd", low=1, high=7)
    generator_norm: Literal["batch", "instance", "position"] = option(
        "batch", "what SPADE normalises over: pictures and places, places, or channels alone"
    )
    plain_convolutions: int = option(2, "first convolutions of the encoder without instance normalisation", low=0)
    discriminator_channels: int = option(24, "of its first convolution; each one after doubles them", low=1)
    discriminator_layers: int = option(3, "convolutions before the one that gives logits", low=2)

    # objective
    feature_weight: float = option(10.0, "of the distance in the discriminators' features", low=0.0)
    perceptual_weight: float = option(10.0, "of the distance in a trained segmenter's features", low=0.0)
    kl_weight: float = option(0.3, "of the codes' KL divergence from N(0, I), a mean over the batch", low=0.0)
    kl_warmup: float = option(0.2, "share of the steps over which that weight grows from 0", low=0.0, high=1.0)

    # optimisation
    generator_rate: float = option(2e-4, "learning rate of generator and encoder", low=0.0)
    discriminator_rate: float = option(4e-4, "learning rate of the discriminators", low=0.0)
    beta1: float = option(0.0, "Adam's first decay rate", low=0.0, high=0.9999)
    beta2: float = option(0.9, "Adam's second decay rate", low=0.0, high=0.9999)
    decay_share: float = option(
        0.5, "the rates fall linearly to zero over this last share of the steps", low=0.0, high=1.0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.resolution & (self.resolution - 1):
            raise UserError(f"resolution must be a power of two, got {self.resolution}")
        if self.spade_kernel % 2 == 0:
            raise UserError(f"spade_kernel must be odd, got {self.spade_kernel}")
        if self.resolution < START * 2**self.discriminator_layers:
            most = (self.resolution // START).bit_length() - 1
            raise UserError(f"discriminator_layers must be at most {most} at a resolution of {self.resolution}")

    @property
    def levels(self) -> int:
        """Sizes of label maps that have codes: half the resolution is level 0, the coarsest is ``START``."""
        return (self.resolution // START).bit_length() - 1

    @property
    def codes(self) -> int:
        """Codes of a class."""
        return {"class and level": self.levels, "class": 1, "nothing": 0}[self.styles]


PROFILES = {
    "smoke": Config(
        steps=12,
        batch_size=4,
        train_images=100,
        resolution=32,
        code_dim=4,
        global_dim=8,
        channels=2,
        spade_channels=4,
        discriminator_channels=4,
        log_every=4,
        preview_every=6,
        threads=1,
    ),
    "quick": Config(steps=8_000, batch_size=16, channels_last=True, ema_decay=0.999, preview_every=1_000),
    "paper": Config(
        steps=50_000,
        batch_size=16,
        global_dim=256,
        channels=64,
        widest=16,
        spade_channels=128,
        spade_kernel=3,
        discriminator_channels=64,
        discriminator_layers=4,
        generator_rate=1e-4,
        kl_weight=0.2,
        kl_warmup=0.0,
        decay_share=0.0,
        channels_last=True,
        preview_every=1_000,
    ),
}
