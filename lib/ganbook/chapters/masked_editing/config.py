"""Settings of the chapter's models and their three profiles."""

from dataclasses import dataclass, replace
from typing import Literal

from ganbook.training import Settings, option


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides what is trained, beside data and seed. Sizes are vector lengths or channel counts."""

    model: Literal["editor", "judge"] = option(
        "editor", "the paper's model, or the classifier that reads attributes off pictures"
    )

    # data
    resolution: int = option(64, "side of the pictures in pixels, a multiple of 16", low=32, high=256)
    singles: int = option(161_065, "avatars without an instruction; of the judge: portraits that it learns from", low=2)
    forms: int | None = option(None, "surface forms of the instructions (none: all of the grammar)", low=1)

    # networks
    masking: bool = option(True, "source image masking (SIM, section 3.4)")
    pasting: bool = option(False, "where the mask is 1 the source itself is in the result (beyond the paper)")
    discriminator_told: Literal["joint", "sentence"] = option(
        "joint", "what D judges a picture by: the joint vector phi_fc, or the sentence's phi_i alone"
    )
    output: Literal["linear", "sigmoid", "tanh"] = option("tanh", "activation of the generator's last layer")
    channels: int = option(64, "width of the convolution stacks beside the picture", low=1)
    widest: int | None = option(None, "most channels of any of their convolutions (none: eight times as many)", low=1)
    mask_channels: int = option(64, "the same of the mask generator", low=1)
    discriminator_channels: int = option(64, "the same of the discriminator", low=1)
    discriminator_widest: int | None = option(None, "most channels of the discriminator's convolutions", low=1)
    image_dim: int = option(1024, "size of phi_im and phi_d, and of the judge's hidden layer", low=1)
    text_dim: int = option(128, "size of word vectors, of the LSTM's state phi_i and of the joint vector phi_fc", low=1)
    noise_dim: int = option(100, "size of z", low=1)
    discriminator_norm: Literal["batch", "none"] = option("batch", "normalisation in the discriminator")

    # objective: the factors of equations 21 and 22, and of the mask's loss (section 5.2)
    real_right_weight: float = option(1.0, "lambda_rr", low=0.0)
    real_wrong_weight: float = option(1.0, "lambda_rw", low=0.0)
    fake_right_weight: float = option(1.0, "lambda_fr", low=0.0)
    generator_weight: float = option(1.0, "lambda_gfr", low=0.0)
    feature_weight: float = option(1.0, "lambda_f, of feature matching", low=0.0)
    pixel_weight: float = option(0.0, "of feature matching of the pictures themselves (0 in the paper)", low=0.0)
    mask_weight: float = option(1.0, "of the mask's squared error", low=0.0)
    update_rule: Literal["larger_loss", "both"] = option(
        "larger_loss", "who learns in a step: equation 23, or both always"
    )

    # the rhythm of section 5.2
    half_samples: int = option(2_200, "samples in each half of a phase, without and with an instruction", low=1)
    edit_share: float = option(1 / 3, "share of the triples that are edited as told, of equation 20", low=0.0, high=1.0)
    task_choice: Literal["iteration", "sample"] = option(
        "iteration", "what draws one of the three tasks of equation 20: each step, or each triple"
    )
    select_every: int = option(50, "phases between two looks at the development set", low=1)
    select_from: int = option(500, "phase from which on the weights of the best look are kept", low=0)

    # optimisation
    learning_rate: float = option(2e-4, "of Adam, for all networks", low=0.0)
    discriminator_rate: float = option(1.0, "the discriminator's learning rate, as a share of the others'", low=0.0)
    mask_rate: float = option(1.0, "the mask generator's learning rate, as a multiple of the others'", low=0.0)
    beta1: float = option(0.5, "Adam's first decay rate", low=0.0, high=0.9999)
    beta2: float = option(0.999, "Adam's second decay rate", low=0.0, high=0.9999)
    decay_share: float = option(
        0.0, "the learning rate falls linearly to zero over this last share of the steps", low=0.0, high=1.0
    )

    # what the judge's pictures go through, so that it reads generated ones, too
    blur: float = option(0.7, "largest share of a blurred picture that is mixed in", low=0.0, high=1.0)
    pixel_noise: float = option(0.08, "largest standard deviation of noise, of pictures in [-1, 1]", low=0.0)
    colour_shift: float = option(0.06, "largest shift of each colour, and of its contrast", low=0.0, high=1.0)

    @property
    def half_steps(self) -> int:
        """Steps in each half of a phase."""
        return max(1, round(self.half_samples / self.batch_size))

    @property
    def phase_steps(self) -> int:
        """Steps in a phase."""
        return 2 * self.half_steps


PRINTED = Config(steps=5_000 * 68)
"""The settings as the paper prints them: 5,000 phases of twice 34 steps, which are 2,176 of the 2,200 samples."""

TRAINABLE = {
    "task_choice": "sample",
    "edit_share": 0.6,
    "update_rule": "both",
    "feature_weight": 100.0,
    "mask_weight": 300.0,
    "discriminator_rate": 0.1,
    "decay_share": 0.6,
}
"""Our departures from the print, most of them as in the chapter on digits; quick compares pixels, too (see losses)."""

PROFILES = {
    "smoke": Config(
        steps=12,
        batch_size=8,
        resolution=32,
        singles=32,
        channels=4,
        mask_channels=4,
        discriminator_channels=4,
        image_dim=32,
        text_dim=16,
        noise_dim=8,
        half_samples=16,
        select_every=1,
        select_from=1,
        log_every=4,
        threads=1,
        task_choice="sample",
        update_rule="both",
    ),
    "quick": Config(
        steps=70 * 68,
        singles=20_000,
        channels=24,
        widest=96,
        mask_channels=8,
        mask_rate=5.0,
        discriminator_channels=32,
        discriminator_widest=48,
        image_dim=64,
        text_dim=64,
        noise_dim=8,
        pixel_weight=1_000.0,
        select_every=2,
        select_from=36,
        learning_rate=1e-3,
        **TRAINABLE,
        channels_last=True,
        preview_every=5 * 68,
    ),
    "paper": replace(PRINTED, **TRAINABLE, channels_last=True, preview_every=50 * 68),
}
