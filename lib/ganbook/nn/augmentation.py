"""Random changes of pictures: adaptive discriminator augmentation, and wear for the classifiers that measure.

In adaptive discriminator augmentation (ADA; Karras et al. 2020, "Training GANs with limited data") D sees real and
generated pictures only through random changes, each made with probability p; as long as p is below about 0.8 the
generator cannot profit from drawing the changes themselves. p follows how sure D is of real pictures.
"""

import math
from typing import Protocol

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class Draws(Protocol):
    """Where random numbers come from, such as ``run.draws``: shapes begin with the batch."""

    def rand(self, *shape: int) -> Tensor:
        """Uniform in [0, 1)."""

    def randn(self, *shape: int) -> Tensor:
        """Standard normal."""


class AdaptiveAugmentation(nn.Module):
    """Changes pictures with probability p, and steers p.

    Attributes:
        p: the probability of each change, from 0 to 1; part of a run's state.
    """

    def __init__(self, target: float = 0.6, images: int = 500_000):
        """``target`` of the mean sign of D on real pictures; from 0 to 1 p takes so many ``images``."""
        super().__init__()
        self.target, self.images = target, images
        self.register_buffer("p", torch.zeros(()))

    @torch.no_grad()
    def follow(self, sure: float, seen: int) -> None:
        """Move p after ``seen`` pictures: up if ``sure``, D's mean sign on real ones (r_t), is above the target."""
        towards = (sure > self.target) - (sure < self.target)
        self.p.add_(towards * seen / self.images).clamp_(0, 1)

    def forward(self, pictures: Float[Tensor, "n 3 side side"], draws: Draws) -> Float[Tensor, "n 3 side side"]:
        """Pictures in about [-1, 1], each changed in its own way; differentiable. In 32 bits, also under autocast:
        in 16 a place in the picture is off by some pixels, and a GPU has no inverse of such matrices.
        """
        if not self.p:
            return pictures
        with torch.autocast(pictures.device.type, enabled=False):
            pictures = pictures.float()
            place = geometry(len(pictures), float(self.p), pictures.shape[-1], draws)
            return recoloured(moved(pictures, place), colours(len(pictures), float(self.p), draws))


def sometimes(p: float, changes: Float[Tensor, "n k k"], draws: Draws) -> Float[Tensor, "n k k"]:
    """Each matrix with probability p, else the identity."""
    still = torch.eye(changes.shape[1], device=changes.device)
    return torch.where(draws.rand(len(changes), 1, 1) < p, changes, still)


def matrices(n: int, size: int, entries: dict[tuple[int, int], Tensor | float], device: torch.device) -> Tensor:
    """n identities of ``size`` x ``size``, but for these entries: a number for each, or one for all."""
    made = torch.eye(size, device=device).repeat(n, 1, 1)
    for (row, column), value in entries.items():
        made[:, row, column] = value
    return made


def geometry(n: int, p: float, side: int, draws: Draws) -> Float[Tensor, "n 3 3"]:
    """Where each picture's content goes, in coordinates from -1 to 1: flips, quarter turns, whole pixels; then scale,
    rotation, aspect, fractions of pixels.
    """
    device = draws.rand(n).device
    whole = None

    def add(entries: dict[tuple[int, int], Tensor | float], chance: float = p) -> None:
        nonlocal whole
        change = sometimes(chance, matrices(n, 3, entries, device), draws)
        whole = change if whole is None else change @ whole

    def turn(angle: Tensor, chance: float = p) -> None:
        add({(0, 0): angle.cos(), (0, 1): -angle.sin(), (1, 0): angle.sin(), (1, 1): angle.cos()}, chance)

    either = 1 - math.sqrt(1 - p)  # twice: p for at least one of two rotations
    add({(0, 0): torch.where(draws.rand(n) < 0.5, -1.0, 1.0)})
    turn((draws.rand(n) * 4).floor() * (math.pi / 2))
    add({(axis, 2): ((draws.rand(n) * 2 - 1) * 0.125 * side).round() * 2 / side for axis in (0, 1)})
    scale = torch.exp2(0.2 * draws.randn(n))
    add({(0, 0): scale, (1, 1): scale})
    turn((draws.rand(n) * 2 - 1) * math.pi, either)
    aspect = torch.exp2(0.2 * draws.randn(n))
    add({(0, 0): aspect, (1, 1): 1 / aspect})
    turn((draws.rand(n) * 2 - 1) * math.pi, either)
    add({(axis, 2): 2 * 0.125 * draws.randn(n) for axis in (0, 1)})
    return whole


def moved(pictures: Float[Tensor, "n 3 side side"], place: Float[Tensor, "n 3 3"]) -> Float[Tensor, "n 3 side side"]:
    """Pictures with their content where ``place`` sends it; what is uncovered is the mirrored rest."""
    grid = F.affine_grid(torch.linalg.inv(place)[:, :2], pictures.shape, align_corners=False)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def colours(n: int, p: float, draws: Draws) -> Float[Tensor, "n 4 4"]:
    """What becomes of (red, green, blue, 1): brightness, contrast, inverted luma, hue, saturation."""
    device = draws.rand(n).device
    grey = torch.full((3,), 3**-0.5, device=device)  # the axis of luma
    along = F.pad(torch.outer(grey, grey), (0, 1, 0, 1))  # (4, 4)
    one = torch.eye(4, device=device)
    shift = 0.2 * draws.randn(n)
    whole = sometimes(p, matrices(n, 4, {(axis, 3): shift for axis in range(3)}, device), draws)
    gain = torch.exp2(0.5 * draws.randn(n))
    whole = sometimes(p, matrices(n, 4, {(axis, axis): gain for axis in range(3)}, device), draws) @ whole
    flip = (draws.rand(n) < 0.5).float()[:, None, None]
    whole = sometimes(p, one - 2 * flip * along, draws) @ whole
    whole = sometimes(p, around(grey, (draws.rand(n) * 2 - 1) * math.pi), draws) @ whole
    vivid = torch.exp2(draws.randn(n))[:, None, None]
    return sometimes(p, along + vivid * (one - along) + (1 - vivid) * F.pad(one[3:, 3:], (3, 0, 3, 0)), draws) @ whole


def around(axis: Float[Tensor, "3"], angle: Float[Tensor, " n"]) -> Float[Tensor, "n 4 4"]:
    """Rotations about an axis (Rodrigues), as matrices of 4 x 4."""
    x, y, z = axis.tolist()
    cross = torch.tensor([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]], device=angle.device)
    sine, cosine = angle.sin()[:, None, None], angle.cos()[:, None, None]
    turned = torch.eye(3, device=angle.device) + sine * cross + (1 - cosine) * (cross @ cross)
    return F.pad(turned, (0, 1, 0, 1)) + F.pad(torch.ones(1, 1, device=angle.device), (3, 0, 3, 0))


def recoloured(
    pictures: Float[Tensor, "n 3 side side"], colours: Float[Tensor, "n 4 4"]
) -> Float[Tensor, "n 3 side side"]:
    """Each pixel's colour through its picture's matrix."""
    return torch.einsum("nij,njhw->nihw", colours[:, :3, :3], pictures) + colours[:, :3, 3, None, None]


# What the pictures of a classifier go through, so that it reads generated ones, too

TAPS = (1.0, 4.0, 6.0, 4.0, 1.0)


def worn(
    pictures: Float[Tensor, "n 3 height width"],
    draws: Draws,
    whole: int,
    *,
    blur: float,
    colour_shift: float,
    pixel_noise: float,
) -> Float[Tensor, "n 3 height width"]:
    """Each picture with its own blur, shift of colours and noise, from none to the largest of these.

    Args:
        pictures: in [-1, 1].
        whole: size of the batch over all devices.
        blur: share of a blurred picture that is mixed in.
        colour_shift: of each colour, and of its contrast.
        pixel_noise: standard deviation of the noise.
    """
    share = blur * draws.rand(whole, 1, 1, 1)
    shift, contrast = ((2 * draws.rand(whole, 3, 1, 1) - 1) * colour_shift for _ in range(2))
    spread = pixel_noise * draws.rand(whole, 1, 1, 1)
    pictures = torch.lerp(pictures, blurred(pictures), share)
    pictures = pictures * (1 + contrast) + shift
    return pictures + spread * draws.randn(whole, *pictures.shape[1:])


def blurred(pictures: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n 3 height width"]:
    """Filtered with [1, 4, 6, 4, 1] / 16 in both directions; edges are continued."""
    taps = torch.tensor(TAPS, device=pictures.device)
    kernel = torch.outer(taps, taps) / taps.sum() ** 2
    padded = F.pad(pictures, (2, 2, 2, 2), mode="replicate")
    return F.conv2d(padded, kernel.expand(3, 1, 5, 5), groups=3)
