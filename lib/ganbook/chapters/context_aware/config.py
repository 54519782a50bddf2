"""Settings of the chapter's models and their profiles: the GAN, its recognisers, its text encoder, and the judge."""

from dataclasses import dataclass, replace
from typing import Literal

from ganbook.errors import UserError
from ganbook.training import Settings, option

STAGES = 3
"""The paper's k. Each stage doubles the height of the one before."""


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides the training of a Context-aware GAN, beside data, seed, recognisers and text encoder."""

    # data
    scenes: int = option(18_000, "scenes to learn from", low=2, high=18_000)
    height: int = option(60, "height of the last stage's pictures in pixels, a multiple of 4", low=16, high=400)

    # what the networks are told
    context: Literal["place", "place and person", "nothing"] = option(
        "place", "what is taken from a context picture; nothing: Reed et al.'s model, which has a text alone"
    )
    hard: bool = option(True, "the recognisers' most likely answer as a one-hot vector; else their probabilities")
    silent: float = option(0.0, "share of the examples that come without a context picture", low=0.0, high=1.0)
    text_dim: int = option(1024, "length of the text encoder's vectors", low=1)

    # networks
    noise_dim: int = option(100, "length of z", low=1)
    text_code: int = option(128, "what each network squeezes a text vector to", low=1)
    context_code: int = option(16, "what each network makes of a context vector", low=1)
    channels: tuple[int, ...] = option(
        (512, 512, 256, 128, 64), "of the generators' maps, from a sixteenth of the height to all of it"
    )
    halvings: int = option(2, "times that a later stage halves the picture before it", low=1, high=2)
    blocks: int = option(4, "residual blocks of a later stage", low=1)
    discriminator_channels: int = option(
        32, "of the discriminators' maps at the full height; each halving doubles them", low=1
    )
    discriminator_widest: int = option(512, "most channels of any of their maps", low=1)
    trained_features: bool = option(
        False, "the last discriminator also gets the maps of the text encoder's trained classifier of pictures"
    )
    discriminator_norm: Literal["batch", "none"] = option("batch", "normalisation in the discriminators")

    # objective (algorithm 2, in the consistent form)
    fake_weight: float = option(1.0, "of generated pictures in D's loss", low=0.0)
    wrong_text_weight: float = option(0.0, "of real pictures with another's text (Reed et al.: 0.5)", low=0.0)
    wrong_context_weight: float = option(0.0, "of real pictures with another context", low=0.0)
    generator_term: Literal["log D", "log(1 - D)"] = option(
        "log D", "what the generators maximise, as the objective prints it, or minimise, as algorithm 2 does"
    )
    recognised_weight: float = option(
        0.0, "of the recognisers' cross entropy in the generators' loss: do they read C off the last picture?", low=0.0
    )
    described_weight: float = option(
        0.0, "of the text encoder's loss in the generators' loss: is the last picture nearest to its own text?", low=0.0
    )
    described_from: float = option(
        0.0, "share of the steps that are done before the text encoder's loss counts", low=0.0, high=1.0
    )
    r1_weight: float = option(0.0, "gamma of the R1 penalty, by which D may not be steep at real pictures", low=0.0)
    r1_every: int = option(8, "steps between two R1 penalties, each so many times as large", low=1)
    schedule: Literal["uniform", "coarse_first", "fade"] = option("uniform", "how much each stage counts, when")

    # optimisation
    learning_rate: float = option(2e-4, "of Adam, for all networks", low=0.0)
    beta1: float = option(0.5, "Adam's first decay rate", low=0.0, high=0.9999)
    beta2: float = option(0.999, "Adam's second decay rate", low=0.0, high=0.9999)
    decay_share: float = option(
        0.0, "the learning rate falls linearly to zero over this last share of the steps", low=0.0, high=1.0
    )
    look_every: int = option(1_000, "steps between two looks at how far each stage is (0: none)", low=0)
    looked_at: int = option(500, "pictures of each look", low=4, high=1_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse(self.height % 4, f"height must be a multiple of 4, got {self.height}")
        refuse(len(self.channels) != LEVELS, f"channels: expected {LEVELS} numbers, got {len(self.channels)}")


LEVELS = 5
"""Sizes of maps: a sixteenth, an eighth, a quarter, a half of the height, and all of it."""


@dataclass(frozen=True)
class RecogniserConfig(Settings):
    """Settings of both recognisers (algorithm 1)."""

    scenes: int = option(18_000, "scenes to learn from", low=2, high=18_000)
    height: int = option(60, "height of the pictures in pixels", low=16, high=400)
    channels: tuple[int, ...] = option((32, 64, 128, 256), "at the full, half, quarter ... resolution")
    learning_rate: float = option(1e-3, "of Adam", low=0.0)
    decay_share: float = option(
        0.5, "the rate falls linearly to zero over this last share of the steps", low=0.0, high=1.0
    )
    mirrored: bool = option(True, "half of the pictures are mirrored, at random")


@dataclass(frozen=True)
class EncoderConfig(Settings):
    """Settings of the text encoder and of the picture encoder that it is trained with (Reed et al. 2016)."""

    scenes: int = option(18_000, "scenes to learn from", low=2, high=18_000)
    height: int = option(60, "height of the pictures in pixels", low=16, high=400)
    reads: Literal["letters", "words"] = option("letters", "char-CNN-RNN, or word vectors and an LSTM")
    channels: tuple[int, int, int] = option((384, 512, 256), "of the three convolutions over letters")
    state: int = option(256, "of the recurrent layer, and of word vectors", low=1)
    text_dim: int = option(1024, "length of the vectors", low=1)
    reader_channels: tuple[int, ...] = option(
        (12, 32, 64, 96), "of the trained classifier whose features stand for a picture"
    )
    margin: float = option(1.0, "by which a pair should score higher than what does not belong together", low=0.0)
    symmetric: bool = option(True, "pictures are ranked for a text, too, and not texts for a picture alone")
    learning_rate: float = option(7e-4, "of RMSprop", low=0.0)
    epoch_decay: float = option(0.98, "factor on the learning rate after each time through the data", low=0.0, high=1.0)


@dataclass(frozen=True)
class JudgeConfig(Settings):
    """Settings of the classifier that only measures. It sees worn pictures, so that it reads generated ones, too."""

    scenes: int = option(18_000, "scenes to learn from", low=2, high=18_000)
    height: int = option(60, "height of the pictures in pixels", low=16, high=400)
    channels: tuple[int, ...] = option((16, 48, 96, 160), "at the full, half, quarter ... resolution")
    learning_rate: float = option(2e-3, "of AdamW", low=0.0)
    decay_share: float = option(
        0.7, "the rate falls linearly to zero over this last share of the steps", low=0.0, high=1.0
    )
    thing_weight: float = option(10.0, "of the things' loss, a mean over many that are mostly not there", low=0.0)
    blur: float = option(0.7, "largest share of a blurred picture that is mixed in", low=0.0, high=1.0)
    pixel_noise: float = option(0.08, "largest standard deviation of noise, of pictures in [-1, 1]", low=0.0)
    colour_shift: float = option(0.06, "largest shift of each colour, and of its contrast", low=0.0, high=1.0)


def refuse(wrong: object, text: str) -> None:
    """Raise `UserError` with this text if something is wrong."""
    if wrong:
        raise UserError(text)


PRINTED = Config(steps=150_000)
"""As the paper prints it, with Reed et al.'s constants where it says nothing."""

TRAINABLE = {
    "fake_weight": 0.5,
    "wrong_text_weight": 0.25,
    "wrong_context_weight": 0.25,
    "silent": 0.1,
    "trained_features": True,
    "r1_weight": 0.3,
}
"""Our departures: D also sees real pictures with a wrong text (Reed et al.) or another context, each a quarter; the
last D sees with trained features (Sauer et al. 2021), and none may be steep at real pictures (Mescheder et al. 2018).
"""

DESCRIBED = {"described_weight": 10.0, "described_from": 0.875}
"""One departure more, of ``main`` alone: in the last eighth its generators hear the text encoder's loss, too."""

SMOKE = {"steps": 12, "batch_size": 8, "scenes": 40, "height": 16, "log_every": 4, "preview_every": 0, "threads": 1}

PROFILES = {
    "smoke": Config(
        **SMOKE | {"preview_every": 6},
        text_dim=128,
        noise_dim=8,
        text_code=8,
        context_code=4,
        channels=(8, 8, 8, 4, 4),
        blocks=1,
        discriminator_channels=4,
        discriminator_widest=8,
        look_every=6,
        looked_at=8,
        **TRAINABLE,
    ),
    "quick": Config(
        steps=8_000,
        batch_size=16,
        text_dim=128,
        noise_dim=32,
        text_code=32,
        context_code=8,
        channels=(48, 48, 48, 32, 16),
        halvings=1,
        blocks=2,
        discriminator_channels=12,
        discriminator_widest=128,
        discriminator_norm="none",
        learning_rate=4e-4,
        decay_share=0.3,
        look_every=500,
        channels_last=True,
        preview_every=500,
        **TRAINABLE,
    ),
    "paper": replace(PRINTED, **TRAINABLE, channels_last=True, preview_every=5_000),
}

RECOGNISER_PROFILES = {
    "smoke": RecogniserConfig(**SMOKE, channels=(4, 4, 8, 8)),
    "quick": RecogniserConfig(steps=4_000, batch_size=32, channels=(12, 24, 48, 64), preview_every=0),
    "paper": RecogniserConfig(steps=20_000, preview_every=0, channels_last=True),
}

ENCODER_PROFILES = {
    "smoke": EncoderConfig(**SMOKE, channels=(8, 8, 8), state=8, text_dim=16),
    "quick": EncoderConfig(
        steps=6_000,
        batch_size=40,
        channels=(96, 128, 128),
        state=128,
        text_dim=128,
        preview_every=0,
    ),
    "paper": EncoderConfig(steps=90_000, batch_size=40, preview_every=0, channels_last=True),
}

JUDGE_PROFILES = {
    "smoke": JudgeConfig(**SMOKE, channels=(4, 4, 8, 8)),
    "quick": JudgeConfig(steps=6_000, batch_size=32, channels=(12, 32, 64, 96), preview_every=0),
    "paper": JudgeConfig(steps=20_000, preview_every=0, channels_last=True),
}
