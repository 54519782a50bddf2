"""Where an avatar's parts lie on the canvas: one affine map for each part, so that the flow between two poses is
exact.
"""

from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Float32
from torch import Tensor

HEAD = 0.39
"""Half the width of a head, and the depth of a face's front, in units of the head's frame."""

FRAMES = (
    "canvas",
    "body",
    "neck",
    "head",
    "front",
    "face",
    "nose",
    "mouth",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
)
"""The parts that move as one. ``head`` is the outline of the skull, ``front`` the hairline, ``face`` the middle of the
face.
"""


@dataclass(frozen=True)
class Pose:
    """Poses of n avatars. The canvas reaches from -1 to 1 in both directions; x points right, y down.

    Attributes:
        x, y: middle of the head.
        scale: canvas units of a unit of the head's frame, in which a face is about 1 high.
        roll: clockwise tilt of the head, radians.
        yaw: turn of the head, radians; positive to the picture's right.
        body_x, body_y: middle of the collar.
        body_scale: as ``scale``, of the body.
    """

    x: Float32[Tensor, " n"]
    y: Float32[Tensor, " n"]
    scale: Float32[Tensor, " n"]
    roll: Float32[Tensor, " n"]
    yaw: Float32[Tensor, " n"]
    body_x: Float32[Tensor, " n"]
    body_y: Float32[Tensor, " n"]
    body_scale: Float32[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, chosen: Tensor | slice) -> "Pose":
        """The poses of some of the avatars."""
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def portrait(n: int) -> Pose:
    """The fixed pose of a portrait: upright, frontal, large."""
    values = {
        "x": 0.0,
        "y": -0.06,
        "scale": 1.12,
        "roll": 0.0,
        "yaw": 0.0,
        "body_x": 0.0,
        "body_y": 0.66,
        "body_scale": 1.12,
    }
    return Pose(**{name: torch.full((n,), value) for name, value in values.items()})


def random_poses(n: int, generator: torch.Generator) -> Pose:
    """Free poses: place (standard deviation 0.06 of the width), size, roll (8 degrees) and yaw (to 32 degrees)."""

    def normal(spread: float, limit: float = 2.5) -> Tensor:
        return torch.randn(n, generator=generator).clamp(-limit, limit) * spread

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n, generator=generator)

    x, y, scale = normal(0.12), normal(0.12) - 0.02, 0.94 * uniform(0.82, 1.18)
    roll, yaw = normal(0.14), uniform(-0.56, 0.56)
    body_scale = 0.94 + 0.6 * (scale - 0.94)
    body_x = 0.75 * x + normal(0.03) - 0.25 * roll
    body_y = y + 0.66 * scale + normal(0.02)
    return Pose(x, y, scale, roll, yaw, body_x, body_y, body_scale)


def frame_of(pose: Pose, name: str) -> Float32[Tensor, "n 2 3"]:
    """The affine map from a part's own coordinates to the canvas.

    The front of a head is taken as a sphere of radius ``HEAD``: a feature in the middle of the part moves by the turn
    of the sphere, and is narrowed as the sphere's surface is there, so the far eye is the narrower."""
    zero, one = torch.zeros_like(pose.x), torch.ones_like(pose.x)
    if name == "canvas":
        return _affine(one, zero, zero, one, zero, zero)
    if name == "body":
        return _affine(pose.body_scale, zero, zero, pose.body_scale, pose.body_x, pose.body_y)
    if name == "neck":
        # From the collar (0, 0) to the middle of the head (0, -1); sides stay level.
        return _affine(pose.body_scale, pose.body_x - pose.x, zero, pose.body_y - pose.y, pose.body_x, pose.body_y)
    shift, narrowing = _turn(pose.yaw, name)
    cos, sin = pose.roll.cos() * pose.scale, pose.roll.sin() * pose.scale
    return _affine(cos * narrowing, -sin, sin * narrowing, cos, pose.x + cos * shift, pose.y + sin * shift)


CENTRES = {"left_eye": -0.17, "right_eye": 0.17, "nose": 0.0, "mouth": 0.0, "face": 0.0, "front": 0.0}
"""Where on the front of a head the middle of a part lies, along x, when it looks ahead."""


def _turn(yaw: Tensor, name: str) -> tuple[Tensor, Tensor]:
    """Shift along x and narrowing of a part by the turn of the head. A part's own coordinates have the head's
    origin.
    """
    if name == "head":
        return torch.zeros_like(yaw), torch.ones_like(yaw)
    if name.endswith("ear"):
        return -0.12 * yaw.sin(), torch.ones_like(yaw)
    centre = CENTRES[name]
    depth = (HEAD**2 - centre**2) ** 0.5 * {"nose": 1.15, "front": 0.55, "face": 0.8}.get(name, 0.9)
    turned = centre * yaw.cos() + depth * yaw.sin()
    narrowing = yaw.cos() - centre / depth * yaw.sin()
    return turned - centre * narrowing, narrowing


def _affine(a: Tensor, b: Tensor, c: Tensor, d: Tensor, x: Tensor, y: Tensor) -> Float32[Tensor, "n 2 3"]:
    return torch.stack([torch.stack([a, b, x], -1), torch.stack([c, d, y], -1)], -2)


def inverse(frame: Float32[Tensor, "n 2 3"]) -> Float32[Tensor, "n 2 3"]:
    """The map back, from the canvas to the part's coordinates."""
    (a, b, x), (c, d, y) = frame.unbind(-2)[0].unbind(-1), frame.unbind(-2)[1].unbind(-1)
    det = a * d - b * c
    return _affine(d / det, -b / det, -c / det, a / det, (b * y - d * x) / det, (c * x - a * y) / det)


def apply(frame: Float32[Tensor, "n 2 3"], x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Map points; ``x`` and ``y`` are (n, ...) or broadcast to it."""
    shape = (-1, *[1] * (x.ndim - 1))
    (a, b, tx), (c, d, ty) = (row.unbind(-1) for row in frame.unbind(-2))
    a, b, tx, c, d, ty = (value.view(shape) for value in (a, b, tx, c, d, ty))
    return a * x + b * y + tx, c * x + d * y + ty


def unit(frame: Float32[Tensor, "n 2 3"]) -> Float32[Tensor, "n 1 1"]:
    """Canvas units of one unit of the part: the root of the area's ratio."""
    return (frame[:, 0, 0] * frame[:, 1, 1] - frame[:, 0, 1] * frame[:, 1, 0]).abs().sqrt()[:, None, None]
