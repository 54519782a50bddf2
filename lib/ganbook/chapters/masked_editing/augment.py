"""What the judge's pictures go through, so that it reads generated ones, too: blur, noise, shifted colours."""

from jaxtyping import Float
from torch import Tensor

from ganbook.chapters.masked_editing.config import Config
from ganbook.nn import augmentation
from ganbook.training.draws import Draws


def worn(
    pictures: Float[Tensor, "batch 3 side side"], draws: Draws, config: Config
) -> Float[Tensor, "batch 3 side side"]:
    """Each picture with its own blur, shift of colours and noise, from none to the largest of the settings."""
    strength = {name: getattr(config, name) for name in ("blur", "colour_shift", "pixel_noise")}
    return augmentation.worn(pictures, draws, config.batch_size, **strength)
