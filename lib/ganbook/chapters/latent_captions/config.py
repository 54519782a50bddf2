"""Settings of the chapter's model and its three profiles."""

from dataclasses import dataclass
from typing import Literal

from ganbook.data import DIGIT_WORDS, PLACES, caption
from ganbook.training import Settings, option


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides what is trained, beside the data source and the seed.

    Sizes are vector lengths or channel counts.
    """

    # data
    train_images: int = option(10_000, "training grids, made from training digits", low=1)
    distinct: bool = option(True, "the four labels of a grid differ")
    captions: Literal["label", "label_and_place"] = option(
        "label", 'what a caption says: "three", or "a three at the top left"'
    )

    # sentence autoencoder
    embedding_dim: int = option(32, "size of a word vector", low=1)
    text_hidden_dim: int = option(64, "size of the LSTMs' state", low=1)
    sentence_dim: int = option(32, "size of a sentence vector", low=2)
    autoencoder_steps: int = option(400, "steps of the autoencoder's training", low=1)

    # networks
    latent_dim: int = option(3, "size of c", low=1)
    channels: int = option(16, "width of the image networks' first convolution", low=1)
    feature_dim: int = option(64, "size of the vector that describes a cell", low=2)
    hidden_dim: int = option(128, "width of the other hidden layers", low=2)
    generator_norm: Literal["batch", "none"] = option("batch", "normalisation in the generator's image network")
    positions: bool = option(False, "tell the networks where each cell stands")

    # objective
    information_weight: float = option(3.0, "lambda_I of equation 4 while the learning rate is constant", low=0.0)
    late_information_weight: float = option(0.3, "lambda_I while the learning rate falls", low=0.0)
    sentence_noise: float = option(
        0.5, "standard deviation of the noise on sentence vectors (whose components have variance 1)", low=0.0
    )
    recovery_noise_warmup: int = option(
        1_000, "steps over which the noise before Q grows from zero to full size", low=0
    )
    mismatch_weight: float = option(0.5, "share of mismatched pairs in what D should call fake", low=0.0, high=1.0)
    r1_weight: float = option(1.0, "gamma of the R1 penalty", low=0.0)

    # optimisation
    learning_rate: float = option(1e-3, "of Adam, for all networks", low=0.0)
    beta1: float = option(0.5, "Adam's first decay rate", low=0.0, high=0.9999)
    beta2: float = option(0.99, "Adam's second decay rate", low=0.0, high=0.9999)
    decay_share: float = option(
        0.5, "the learning rate falls linearly to zero over this last share of the steps", low=0.0, high=1.0
    )

    def all_captions(self) -> list[str]:
        """Every caption that the chapter's text side can say."""
        places = range(len(PLACES)) if self.captions == "label_and_place" else [None]
        return [caption(label, place) for label in range(len(DIGIT_WORDS)) for place in places]


PROFILES = {
    "smoke": Config(
        steps=60,
        recovery_noise_warmup=20,
        batch_size=32,
        train_images=200,
        channels=4,
        feature_dim=16,
        hidden_dim=32,
        autoencoder_steps=300,
        log_every=5,
        threads=1,
    ),
    "quick": Config(steps=4_000, batch_size=128, channels_last=True, ema_decay=0.995),
    "paper": Config(steps=40_000, batch_size=256, channels_last=True, channels=32, feature_dim=128, hidden_dim=256),
}
