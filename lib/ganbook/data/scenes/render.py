"""Draw scenes: every piece of clip art once at full size, then smaller as a scene asks for it, laid over each other."""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from PIL import Image
from torch import Tensor

from ganbook.data.scenes.canvas import Canvas
from ganbook.data.scenes.figure import draw_person
from ganbook.data.scenes.places import HEIGHT, WIDTH, background
from ganbook.data.scenes.scene import SHRINK, Item, Scene
from ganbook.data.scenes.things import draw_thing
from ganbook.errors import UserError

SIZES = (15, HEIGHT)
"""The least and the largest height of a picture."""


def width_of(height: int) -> int:
    """The width of a picture: 60 -> 105, 30 -> 52, 15 -> 26, as in the paper."""
    return height * WIDTH // HEIGHT


def render(scene: Scene, height: int = 60) -> UInt8[Tensor, "3 height width"]:
    """A picture of a scene, colours 0..255.

    Raises:
        UserError: a height outside ``SIZES``.
    """
    low, high = SIZES
    if not low <= height <= high:
        raise UserError(f"expected a height from {low} to {high} pixels, got {height}")
    picture = _place(scene.place, scene.look, height).copy()
    for part in (laid(item, *picture.shape[:2]) for item in scene.in_order()):
        if part:
            picture[part.rows, part.columns] *= part.left_over
            picture[part.rows, part.columns] += part.ink
    return torch.from_numpy((picture + 0.5).astype(np.uint8)).permute(2, 0, 1).contiguous()


class Art(NamedTuple):
    """A drawing, and where its foot is in it (from the left and from the top)."""

    picture: Image.Image
    foot: tuple[float, float]


@cache
def drawing(sort: str, number: int, look: int) -> Art:
    """A piece of clip art at full size, facing left; its colours are premultiplied ("RGBa")."""
    canvas = draw_person(number, look) if sort == "human" else draw_thing(number, look)
    return Art(_image(canvas), (-canvas.left, -canvas.top))


def _image(canvas: Canvas) -> Image.Image:
    pixels = canvas.picture().numpy()
    return Image.frombytes("RGBa", (pixels.shape[1], pixels.shape[0]), pixels.tobytes())


@cache
def _place(place: int, look: int, height: int) -> Float32[np.ndarray, "height width 3"]:
    picture = _scaled(_image(background(place, look)), width_of(height), height)
    return picture[..., :3].copy()


@cache
def _sprite(
    sort: str, number: int, look: int, flip: int, size: float
) -> tuple[Float32[np.ndarray, "h w 3"], Float32[np.ndarray, "h w 1"], float, float]:
    """Colours times cover, what of the picture behind is left, and the foot, at a scale."""
    art = drawing(sort, number, look)
    picture = art.picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if flip else art.picture
    wide, high = (max(1, round(side * size)) for side in picture.size)
    scaled = _scaled(picture, wide, high)
    foot = art.foot[0] if not flip else picture.size[0] - art.foot[0]
    return scaled[..., :3].copy(), 1 - scaled[..., 3:] / 255, foot * wide / picture.size[0], art.foot[1] * size


def _scaled(picture: Image.Image, width: int, height: int) -> Float32[np.ndarray, "height width 4"]:
    scaled = picture.resize((width, height), Image.Resampling.BOX if height < picture.height else None)
    return np.frombuffer(scaled.tobytes(), np.uint8).reshape(height, width, 4).astype(np.float32)


class Laid(NamedTuple):
    """What a picture gets of an item: where, its colours times its cover, and what is left of what is behind."""

    rows: slice
    columns: slice
    ink: Float32[np.ndarray, "h w 3"]
    left_over: Float32[np.ndarray, "h w 1"]


def laid(item: Item, height: int, width: int) -> Laid | None:
    """An item in a picture of this size; None if it lies outside."""
    scale = height / HEIGHT
    ink, left_over, foot_x, foot_y = _sprite(item.sort, item.number, item.look, item.flip, scale * SHRINK**item.z)
    left, top = round(item.x * scale - foot_x), round(item.y * scale - foot_y)
    rows = slice(max(0, top), min(height, top + len(ink)))
    columns = slice(max(0, left), min(width, left + ink.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    cut = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
    return Laid(rows, columns, ink[cut], left_over[cut])
