"""What is watched while the GAN learns: previews of all stages, and how far each stage's pictures are from the data."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from ganbook.chapters.context_aware.config import Config
from ganbook.chapters.context_aware.context import context_vectors
from ganbook.chapters.context_aware.data import Material
from ganbook.chapters.context_aware.model import Condition, chain, fixed_noise, picture_sizes
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.metrics import kernel_distance


class Look:
    """A look at the development set: each stage's KID in the judge's features, and whether the place is right.

    The same texts, contexts and z at every look: of each scene the first caption, and itself as context picture.
    """

    def __init__(self, config: Config, stages: Sequence[nn.Module], data: Material, device: torch.device):
        n = min(config.looked_at, len(data.dev.pictures))
        said, seen = data.dev.said.take((slice(n), 0)), data.dev.seen.take(slice(n))
        context = context_vectors(said, seen, config.context, config.hard)
        self.told = [each.to(device) for each in (fixed_noise(n, config), data.dev.texts[:n, 0].float(), context)]
        self.outdoors = seen.outdoors.argmax(1)
        self.stages, self.judge = stages, data.judge
        real = from_bytes(data.dev.pictures[:n])
        self.real = [data.judge.features(to_bytes(F.adaptive_avg_pool2d(real, size))) for size in picture_sizes(config)]

    @torch.no_grad()
    def __call__(self) -> dict[str, float]:
        """``kid_1`` to ``kid_3``, times 1,000, and ``place_right``."""
        batches = zip(*(each.split(100) for each in self.told))
        made = [chain(self.stages, noise, Condition(text, context)) for noise, text, context in batches]
        pictures = [to_bytes(torch.cat(each)).cpu() for each in zip(*made)]
        numbers = {
            f"kid_{k}": 1e3 * kernel_distance(real, self.judge.features(each))
            for k, (real, each) in enumerate(zip(self.real, pictures), start=1)
        }
        right = self.judge(pictures[-1]).outdoors.argmax(1) == self.outdoors
        return numbers | {"place_right": float(right.float().mean())}


def collage(stages: Sequence[Float[Tensor, "n 3 h w"]]) -> UInt8[np.ndarray, "height width 3"]:
    """Pictures of three stages, each at its own size: a column for each of n, the last stage above the others."""
    small, middle, large = (to_bytes(each).permute(0, 2, 3, 1).cpu().numpy() for each in stages)
    n, height, width = large.shape[:3]
    sheet = np.full((n, height + middle.shape[1], width, 3), 255, np.uint8)
    sheet[:, :height] = large
    sheet[:, height:, : middle.shape[2]] = middle
    sheet[:, height : height + small.shape[1], width - small.shape[2] :] = small
    return np.concatenate(list(sheet), axis=1)


def stages_of(
    film: UInt8[np.ndarray, "moments height width 3"], prompts: int, config: Config
) -> list[UInt8[np.ndarray, "moments prompts h w 3"]]:
    """The three stages' pictures out of a film of :func:`collage`."""
    columns = np.stack(np.split(film, prompts, axis=2), axis=1)  # (moments, prompts, height, width, 3)
    (small, left), (middle, right), (height, width) = picture_sizes(config)
    below = columns[:, :, height:]
    return [below[:, :, :small, width - left :], below[:, :, :middle, :right], columns[:, :, :height]]
