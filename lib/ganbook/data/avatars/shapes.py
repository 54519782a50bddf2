"""Shapes as signed distances on a grid of points: negative inside, in the unit of the coordinates.

Coordinates ``x`` (to the right) and ``y`` (down) are tensors (n, height, width), sizes are tensors (n, 1, 1) or
numbers. Distances to ellipses and eggs are first-order approximations, exact at the outline, which is where an
anti-aliased edge needs them."""

import torch
from torch import Tensor

Number = Tensor | float


def cover(distance: Tensor, pixel: Number) -> Tensor:
    """Share of each pixel (side ``pixel``) that lies inside, 0..1: an edge one pixel wide."""
    return (0.5 - distance / pixel).clamp_(0, 1)


def ellipse(x: Tensor, y: Tensor, width: Number, height: Number) -> Tensor:
    """Half axes ``width`` and ``height``, centred on the origin."""
    u, v = x / width, y / height
    length = (u * u + v * v).sqrt_()
    slope = ((u / width) ** 2 + (v / height) ** 2).sqrt_().clamp_(min=1e-6)
    return length * (length - 1) / slope


def egg(
    x: Tensor, y: Tensor, width: Number, top: Number, bottom: Number, square: Number = 2.0, taper: Number = 0.0
) -> Tensor:
    """An ellipse of half width ``width`` above the origin, and below it a superellipse that narrows downwards.

    Args:
        top, bottom: how far it reaches up and down.
        square: exponent of the lower half; 2 is round, 4 almost a box.
        taper: share of the width that is lost at the bottom.
    """
    below = (y > 0).to(y.dtype)
    v = (y / (bottom * below + top * (1 - below))).abs()
    u = (x / (width * (1 - taper * below * v))).abs()
    power = 2 + (square - 2) * below
    return ((u**power + v**power).clamp_min_(1e-9) ** (1 / power) - 1) * width


def box(x: Tensor, y: Tensor, width: Number, height: Number, rounding: Number = 0.0) -> Tensor:
    """Half sides ``width`` and ``height``; ``rounding`` is the radius of the corners."""
    u, v = x.abs() - width + rounding, y.abs() - height + rounding
    return (u.clamp(min=0) ** 2 + v.clamp(min=0) ** 2).sqrt_() + torch.maximum(u, v).clamp_(max=0) - rounding


def capsule(x: Tensor, y: Tensor, x0: Number, y0: Number, x1: Number, y1: Number, radius: Number) -> Tensor:
    """All points within ``radius`` of the segment from (x0, y0) to (x1, y1)."""
    dx, dy = x1 - x0, y1 - y0
    along = (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy + 1e-9)).clamp_(0, 1)
    return ((x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2).sqrt_() - radius


def union(*distances: Tensor) -> Tensor:
    found = distances[0]
    for distance in distances[1:]:
        found = torch.minimum(found, distance)
    return found


def both(*distances: Tensor) -> Tensor:
    """The intersection."""
    found = distances[0]
    for distance in distances[1:]:
        found = torch.maximum(found, distance)
    return found


def without(distance: Tensor, hole: Tensor) -> Tensor:
    return torch.maximum(distance, -hole)


def blend(first: Tensor, second: Tensor, radius: float) -> Tensor:
    """The union with its inner corner rounded by about ``radius`` (a polynomial smooth minimum)."""
    near = (radius - (first - second).abs()).clamp_(min=0) / radius
    return torch.minimum(first, second) - near * near * (radius / 4)
