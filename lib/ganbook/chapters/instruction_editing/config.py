"""Settings of the chapter's models and their three profiles."""

from dataclasses import dataclass, replace
from typing import Literal

from ganbook.training import Settings, option


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides what is trained, beside data and seed. Sizes are vector lengths or channel counts."""

    model: Literal["imi", "cap2image", "judge"] = option(
        "imi", "the paper's model, its baseline, or the classifier that reads states off pictures"
    )

    # data
    resolution: int = option(64, "side of the pictures in pixels", low=32, high=80)
    held_out: bool = option(False, "leave out the instructions of the study of generalisation")

    # networks
    channels: int = option(64, "width of the convolution stacks beside the picture", low=1)
    image_dim: int = option(1024, "size of phi_im and phi_d", low=1)
    text_dim: int = option(128, "size of word vectors, of the LSTM's state phi_i and of the joint vector phi_fc", low=1)
    noise_dim: int = option(100, "size of z", low=1)
    output: Literal["linear", "sigmoid", "tanh"] = option("linear", "activation of the generator's last layer")
    discriminator_norm: Literal["batch", "none"] = option("batch", "normalisation in the discriminator")

    # objective: the factors of equations 37 and 38
    real_right_weight: float = option(1.0, "lambda_rr", low=0.0)
    real_wrong_weight: float = option(0.5, "lambda_rw", low=0.0)
    fake_right_weight: float = option(0.5, "lambda_fr", low=0.0)
    generator_weight: float = option(2.0, "lambda_gfr", low=0.0)
    feature_weight: float = option(2.0, "lambda_f, of feature matching", low=0.0)
    label_weight: float = option(1.0, "of the auxiliary classifiers (1 in the paper)", low=0.0)
    task_choice: Literal["iteration", "sample"] = option(
        "iteration", "what draws one of the three tasks of equation 20: each step, or each triple"
    )
    update_rule: Literal["larger_loss", "both"] = option(
        "larger_loss", "who learns in a step: equation 23, or both always"
    )

    # optimisation
    learning_rate: float = option(2e-4, "of Adam, for all networks", low=0.0)
    discriminator_rate: float = option(1.0, "the discriminator's learning rate, as a share of the others'", low=0.0)
    beta1: float = option(0.5, "Adam's first decay rate", low=0.0, high=0.9999)
    beta2: float = option(0.999, "Adam's second decay rate", low=0.0, high=0.9999)
    decay_share: float = option(
        0.0, "the learning rate falls linearly to zero over this last share of the steps", low=0.0, high=1.0
    )


PRINTED = Config(steps=885_938)
"""The settings as the paper prints them; the steps are 20 epochs of our triples."""

TRAINABLE = {
    "task_choice": "sample",
    "update_rule": "both",
    "feature_weight": 100.0,
    "discriminator_rate": 0.3,
    "decay_share": 0.6,
}
"""Our departures from the print, without which nothing was learned here (see the chapter)."""

PROFILES = {
    "smoke": Config(
        steps=20,
        batch_size=16,
        resolution=32,
        channels=4,
        image_dim=32,
        text_dim=16,
        noise_dim=8,
        log_every=5,
        threads=1,
        task_choice="sample",
        update_rule="both",
    ),
    "quick": Config(
        steps=24_000,
        resolution=48,
        channels=16,
        image_dim=256,
        noise_dim=16,
        learning_rate=1e-3,
        **TRAINABLE,
        channels_last=True,
        preview_every=2_000,
    ),
    "paper": replace(PRINTED, **TRAINABLE, channels_last=True, preview_every=10_000),
}
