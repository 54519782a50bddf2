"""How an avatar's pixels move from one pose to another, and where its landmarks lie: exact, by the parts' affine
maps.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float32, UInt8
from torch import Tensor

from ganbook.data.avatars import pose as posing
from ganbook.data.avatars.look import Look
from ganbook.data.avatars.pose import FRAMES, Pose
from ganbook.data.avatars.render import Drawing, render

LANDMARKS = (
    "crown",
    "chin",
    "left cheek",
    "right cheek",
    "left eye",
    "right eye",
    "left brow",
    "right brow",
    "nose tip",
    "mouth left",
    "mouth right",
    "mouth middle",
)


@dataclass(frozen=True)
class Flow:
    """From the pixels of a first pose to where they lie in a second.

    Attributes:
        shift: along x and y, in pixels.
        visible: whether the same part lies there in the second pose.
        expansion: logarithm of the growth of lengths.
    """

    shift: Float32[Tensor, "n 2 side side"]
    visible: Bool[Tensor, "n side side"]
    expansion: Float32[Tensor, "n side side"]


def flow_between(look: Look, first: Pose, second: Pose, side: int = 64) -> tuple[Drawing, Drawing, Flow]:
    """Draw the same looks in two poses, with the exact flow from the first to the second."""
    before, after = render(look, first, side), render(look, second, side)
    there, growth = _moved(first, second, before.parts)
    return before, after, Flow(_shift(there), _visible(before, after, there), growth)


def part_motion(
    first: Pose, second: Pose, parts: UInt8[Tensor, "n side side"]
) -> tuple[Float32[Tensor, "n 2 side side"], Float32[Tensor, "n side side"]]:
    """Shift and expansion as in :class:`Flow`, of pixels whose parts (indices into ``FRAMES``) are known."""
    there, growth = _moved(first, second, parts)
    return _shift(there), growth


def _moved(first: Pose, second: Pose, parts: Tensor) -> tuple[Tensor, Tensor]:
    """Where each pixel comes to lie on the canvas, (n, side, side, 2), and the logarithm of its growth."""
    n, side = parts.shape[:2]
    maps = [_between(posing.frame_of(first, name), posing.frame_of(second, name)) for name in FRAMES]
    table = torch.stack(maps, 1)  # (n, parts, 2, 3)
    chosen = table.gather(1, parts.long().flatten(1)[:, :, None, None].expand(-1, -1, 2, 3))
    chosen = chosen.view(n, side, side, 2, 3)
    x, y = _centres(side).unbind(-1)
    there = chosen[..., 0] * x[None, :, :, None] + chosen[..., 1] * y[None, :, :, None] + chosen[..., 2]
    growth = (chosen[..., 0, 0] * chosen[..., 1, 1] - chosen[..., 0, 1] * chosen[..., 1, 0]).abs().log() / 2
    return there, growth


def _centres(side: int) -> Float32[Tensor, "side side 2"]:
    """x and y of the pixels on the canvas."""
    centres = (torch.arange(side, dtype=torch.float32) + 0.5) * (2 / side) - 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    return torch.stack([x, y], -1)


def _shift(there: Float32[Tensor, "n side side 2"]) -> Float32[Tensor, "n 2 side side"]:
    """In pixels, from each pixel to where it comes to lie."""
    side = there.shape[1]
    return ((there - _centres(side)) * (side / 2)).permute(0, 3, 1, 2)


def _between(first: Tensor, second: Tensor) -> Float32[Tensor, "n 2 3"]:
    """The map from canvas to canvas that takes a part from its first place to its second."""
    last = torch.tensor([0.0, 0.0, 1.0]).expand(len(first), 1, 3)
    return second @ torch.cat([posing.inverse(first), last], 1)


def _visible(before: Drawing, after: Drawing, there: Tensor) -> Bool[Tensor, "n side side"]:
    """Whether all four pixels round the place where a pixel comes to lie belong to its part and class."""
    n, side = before.parts.shape[:2]
    place = (there + 1) * side / 2 - 0.5
    corner = place.floor().long()
    inside = ((corner >= 0) & (corner < side - 1)).all(-1)
    corner = corner.clamp(0, side - 2)
    same, one = inside, torch.arange(n)[:, None, None]
    for dy in (0, 1):
        for dx in (0, 1):
            row, column = corner[..., 1] + dy, corner[..., 0] + dx
            same = same & (after.parts[one, row, column] == before.parts)
            same = same & (after.labels[one, row, column] == before.labels)
    return same


def landmarks(look: Look, pose: Pose) -> Float32[Tensor, "n 12 2"]:
    """x and y of each of ``LANDMARKS`` on the canvas, which reaches from -1 to 1."""

    def number(name: str) -> Tensor:
        return look.number(name)[:, 0, 0]

    zero = torch.zeros(len(look))
    gap, width, brow = number("eye_gap"), number("face_width"), 0.0 - number("brow_y")
    mouth_y = 0.285 + number("mouth_skew") * 0.0 - 0.35 * number("smile")
    lift = number("mouth_skew") * number("mouth_width") * 0.4
    places = (
        ("head", zero, zero - 0.5),
        ("head", zero, number("chin")),
        ("head", -width, zero),
        ("head", width, zero),
        ("left_eye", -gap, zero + 0.02),
        ("right_eye", gap, zero + 0.02),
        ("left_eye", -gap, brow),
        ("right_eye", gap, brow),
        ("nose", zero, number("nose_length") - 0.04),
        ("mouth", -number("mouth_width"), mouth_y - lift),
        ("mouth", number("mouth_width"), mouth_y + lift),
        ("mouth", zero, 0.285 + 0.65 * number("smile")),
    )
    points = [torch.stack(posing.apply(posing.frame_of(pose, frame), x, y), -1) for frame, x, y in places]
    return torch.stack(points, 1)
