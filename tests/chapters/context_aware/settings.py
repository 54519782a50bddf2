"""What the tests over all recipes need to know of the settings."""

from dataclasses import replace

from ganbook.chapters.context_aware import data, recipe
from ganbook.chapters.context_aware.config import ENCODER_PROFILES
from ganbook.chapters.context_aware.text import Embedding, PictureEncoder, text_encoder

TINY = {
    "scenes": 24,
    "batch_size": 4,
    "text_dim": 16,
    "channels": (4, 4, 4, 4, 4),
    "discriminator_channels": 3,
    "discriminator_widest": 6,
    "silent": 0.5,
    "r1_weight": 1.0,
    "described_weight": 10.0,
    "described_from": 0.5,
    "look_every": 0,
}

CONCERN_OTHERS = {"main": {"look_every", "looked_at"}}
"""Looks decide nothing."""

VALUES = {
    "scenes": 20,
    "batch_size": 6,
    "height": 20,
    "text_dim": 12,
    "channels": (4, 4, 4, 4, 6),
    "halvings": 1,
    "discriminator_widest": 8,
    "silent": 0.0,
    "schedule": "fade",
    "hard": False,
    "recognised_weight": 1.0,
    "described_from": 0.9,
    "trained_features": False,
    "decay_share": 0.9,
}


MEASURED_ON = {"DEV": 100}


def prepare(patch) -> None:
    """The text encoder that is shipped is too long for tiny networks: untrained ones make as many numbers as asked."""

    def in_small(config, train, dev, shipped, recognition, judge):
        small = replace(ENCODER_PROFILES["smoke"], text_dim=config.text_dim)
        embedding = Embedding(small, text_encoder(small).eval(), PictureEncoder(small).eval())
        return data.material(config, train, dev, embedding, recognition, judge)

    patch.setattr(recipe, "material", in_small)
