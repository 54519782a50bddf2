"""Draw avatars: colours, labels and parts of every pixel, for a whole batch at once.

Every shape is a signed distance in the coordinates of the part that it belongs to, so it moves with the part; layers
are laid over each other from back to front."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from jaxtyping import Float32, UInt8
from torch import Tensor

from ganbook.data.avatars import pose as posing
from ganbook.data.avatars.look import Look
from ganbook.data.avatars.pose import FRAMES, Pose
from ganbook.data.avatars.shapes import Number, both, box, capsule, cover, egg, ellipse, union, without

LABELS = ("background", "clothes", "skin", "hair", "eyes", "mouth", "accessory")
"""Names of the classes of a label map. An accessory is a hat or a pair of glasses."""

WHITE, BLACK = (0.97, 0.97, 0.97), (0.1, 0.08, 0.08)

Crease = Callable[[str, Tensor, float], None]
"""Draws a wrinkle: the part that it moves with, distances to its line, and how dark it is, 0..1."""


@dataclass(frozen=True)
class Drawing:
    """Drawn avatars.

    Attributes:
        pictures: colours in [-1, 1].
        labels: class of each pixel, an index into ``LABELS``.
        parts: which part each pixel moves with, an index into ``FRAMES``.
    """

    pictures: Float32[Tensor, "n 3 side side"]
    labels: UInt8[Tensor, "n side side"]
    parts: UInt8[Tensor, "n side side"]


def render(look: Look, pose: Pose, side: int = 64) -> Drawing:
    """Draw n avatars, each with its look and pose, ``side`` pixels wide and high.

    Raises:
        ValueError: looks and poses differ in number.
    """
    if len(look) != len(pose):
        raise ValueError(f"render needs as many looks as poses; got {len(look)} and {len(pose)}.")
    paper = _Paper.empty(pose, side)
    for draw in LAYERS:
        draw(look, paper)
    return Drawing(paper.rgb.mul_(2).sub_(1).clamp_(-1, 1), paper.labels, paper.parts)


class _Paper:
    """The pictures while they are drawn, or a window of each."""

    def __init__(self, pose: Pose, side: int, x: Tensor, y: Tensor, rgb: Tensor, labels: Tensor, parts: Tensor):
        self._pose, self._side, self._x, self._y, self._known = pose, side, x, y, {}
        self.rgb, self.labels, self.parts = rgb, labels, parts

    @classmethod
    def empty(cls, pose: Pose, side: int) -> "_Paper":
        n, centres = len(pose), (torch.arange(side, dtype=torch.float32) + 0.5) * (2 / side) - 1
        y, x = (grid[None] for grid in torch.meshgrid(centres, centres, indexing="ij"))
        labels, parts = (torch.zeros(n, side, side, dtype=torch.uint8) for _ in range(2))
        return cls(pose, side, x, y, torch.zeros(n, 3, side, side), labels, parts)

    @contextmanager
    def window(self, frame: str, x: Tensor | float, y: float, reach: float) -> Iterator["_Paper"]:
        """The square of each picture that holds all points within ``reach`` of the point (x, y) of a part."""
        n, side = len(self._pose), self._side
        size, *starts = self._window(frame, x, y, reach)
        columns, rows = (start[:, None] + torch.arange(size) for start in starts)
        one, rows, columns = torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]
        grid = (torch.arange(side, dtype=torch.float32) + 0.5) * (2 / side) - 1
        shape = (n, size, size)
        rgb = self.rgb.permute(0, 2, 3, 1)[one, rows, columns].permute(0, 3, 1, 2)
        inner = _Paper(
            self._pose,
            side,
            grid[columns].expand(shape),
            grid[rows].expand(shape),
            rgb.contiguous(),
            self.labels[one, rows, columns],
            self.parts[one, rows, columns],
        )
        yield inner
        self.rgb.permute(0, 2, 3, 1)[one, rows, columns] = inner.rgb.permute(0, 2, 3, 1)
        self.labels[one, rows, columns], self.parts[one, rows, columns] = inner.labels, inner.parts

    def _window(self, frame: str, x: Tensor | float, y: float, reach: float) -> tuple[int, Tensor, Tensor]:
        """Its side, and its first column and row in each picture."""
        n, side = len(self._pose), self._side
        map_ = posing.frame_of(self._pose, frame)
        middle = posing.apply(map_, torch.as_tensor(x).expand(n), torch.full((n,), y))
        scale = self._pose.scale.max() if frame != "body" else self._pose.body_scale.max()
        size = min(side, 2 * math.ceil(reach * float(scale) * side / 2) + 2)
        columns, rows = (((place + 1) * side / 2 - size / 2).round().long().clamp(0, side - size) for place in middle)
        return size, columns, rows

    def points(self, frame: str) -> tuple[Tensor, Tensor]:
        """Coordinates of every pixel in a part, (n, side, side) each."""
        if frame not in self._known:
            back = posing.inverse(posing.frame_of(self._pose, frame))
            self._known[frame] = *posing.apply(back, self._x, self._y), 2 / self._side * posing.unit(back)
        return self._known[frame][:2]

    def pixel(self, frame: str) -> Tensor:
        """Side of a pixel in a part's own units, (n, 1, 1)."""
        self.points(frame)
        return self._known[frame][2]

    def paint(
        self,
        frame: str,
        distance: Tensor,
        colour: Tensor | tuple,
        label: str | None = None,
        share: Number = 1.0,
        moves: bool = False,
    ) -> None:
        """Lay a shape over what is there; ``share`` below one lets it shine through.

        A pixel that is covered by more than a half takes over the class ``label`` and moves with the part from now on.
        Without a label it keeps its class, and its part too unless ``moves`` is set.
        """
        alpha = cover(distance, self.pixel(frame)) * share
        if isinstance(colour, tuple):
            colour = torch.tensor(colour)[None, :, None, None]
        self.rgb.lerp_(colour.expand_as(self.rgb), alpha[:, None])
        if label is None and not moves:
            return
        on = alpha > 0.5 if label else distance < 0
        self.parts.masked_fill_(on, FRAMES.index(frame))
        if label is not None:
            self.labels.masked_fill_(on, LABELS.index(label))


def _textured(look: Look, name: str, x: Tensor, y: Tensor, scale: float = 1.0) -> Tensor:
    """Colours (n, 3, height, width) of a textured class; ``x`` and ``y`` are the coordinates of its part."""
    kind = look.number(f"{name}_texture").round()
    first, second = look.colour(name), look.colour(f"{name}_second")
    if not (kind > 0).any():
        return first
    angle, period, phase = (
        look.number(f"{name}_angle"),
        look.number(f"{name}_period") * scale,
        look.number(f"{name}_phase"),
    )
    u = (x * angle.cos() + y * angle.sin()) / period + phase
    v = (y * angle.cos() - x * angle.sin()) / period
    pixel = 0.03 / period
    stripes = cover((u - u.floor() - 0.5).abs() - 0.25, pixel)
    centred_u, centred_v = u - u.floor() - 0.5, v + 0.5 * u.floor()
    dots = cover((centred_u**2 + (centred_v - centred_v.floor() - 0.5) ** 2).sqrt() - 0.28, pixel)
    across = cover((v - v.floor() - 0.5).abs() - 0.25, pixel)
    share = (kind == 1) * stripes + (kind == 2) * dots + (kind == 3) * (0.5 * stripes + 0.5 * across)
    return torch.lerp(first, second, share[:, None])


def _lit(look: Look, colour: Tensor, x: Tensor, y: Tensor, strength: float = 0.12) -> Tensor:
    """A colour under soft light from the upper left or right."""
    light = look.number("light")
    return colour * (1 + strength * (light * x - 0.8 * y).clamp(-1, 1))[:, None]


def _waves(look: Look, x: Tensor, y: Tensor, size: Number) -> Tensor:
    """How far hair sticks out in each direction: curls or spikes."""
    turn = torch.atan2(x, -y) * look.number("hair_waves")
    curls, spikes = turn.sin().abs(), 1 - (turn / 1.5708 % 2 - 1).abs()
    spiky = look.number("hair_spiky")
    return size * (spiky * spikes + (1 - spiky) * curls)


def _strands(look: Look, x: Tensor, y: Tensor) -> Tensor:
    """Colours of hair: second colour and texture, darker strands that run down from the crown, and a gloss."""
    top = y + 0.62
    turn = torch.atan2(x, top.clamp(min=0.05) + 0.25)
    colour = _textured(look, "hair", turn * 0.9, top * 0.25)
    radius = (x * x + top * top).sqrt()
    shade = 1 - 0.1 * (turn * 15).sin().abs() - 0.16 * (radius - 0.45).clamp(0, 1)
    gloss = (
        0.16
        * torch.exp(-(((radius - 0.3) / 0.07) ** 2))
        * (1 - (turn - 0.35 * look.number("light")).abs() / 1.1).clamp(0, 1)
    )
    return (colour * shade[:, None] + gloss[:, None]).clamp(0, 1)


def _background(look: Look, paper: _Paper) -> None:
    x, y = paper.points("canvas")
    colour = _textured(look, "background", x, y) * (1 - 0.08 * y[:, None])
    paper.rgb.copy_(colour).clamp_(0, 1)


def _hair_behind(look: Look, paper: _Paper) -> None:
    x, y = paper.points("head")
    length, width, wave = look.number("back_length"), look.number("back_width"), look.number("back_wave")
    sway = wave * (y * 16).sin()
    side = (x.abs() - width - sway - 0.06 * (y - 0.2).clamp(min=0)) * 0.97
    long = both(side, y - length - 0.03 * (x * 30).sin() * (wave > 0), -y - 0.1)
    top = egg(
        x, y + 0.08, look.number("face_width") + look.number("hair_side") + 0.01, 0.44 + look.number("hair_top"), 0.4
    )
    behind = union(long, both(top, y - length.clamp(min=0.05)))
    bun, tails, one = look.number("bun"), look.number("tails"), look.number("tail")
    behind = union(
        behind, _gone(ellipse(x, y + 0.5 + look.number("hair_top") + 0.6 * bun, bun * 1.15 + 1e-3, bun + 1e-3), bun)
    )
    two = ellipse(x.abs() - look.number("face_width") - 0.16, y - 0.1, tails * 0.62 + 1e-3, tails * 1.6 + 1e-3)
    single = ellipse(
        x - one.sign() * (look.number("face_width") + 0.12), y - 0.06, one.abs() * 0.17 + 1e-3, one.abs() * 0.52 + 1e-3
    )
    behind = union(behind, _gone(two, tails), _gone(single, one.abs()))
    behind = _gone(behind, look.number("has_hair") * (length > -0.55) + bun + tails + one.abs())
    paper.paint("head", behind, _strands(look, x, y) * 0.86, "hair")


def _gone(distance: Tensor, amount: Tensor) -> Tensor:
    """The shape where ``amount`` is above zero, nothing elsewhere."""
    return torch.where(amount > 0.01, distance, 9.0)


def _neck(look: Look, paper: _Paper) -> None:
    x, y = paper.points("neck")
    skin = look.colour("skin")
    width = look.number("neck")
    shape = both(x.abs() - width - 0.05 * (y + 0.1).clamp(min=0) * 4, y - 0.3, -y - 1)
    shadow = (1 - 0.22 * ((-y - 0.12) * 4).clamp(0, 1))[:, None]
    paper.paint("neck", shape, _lit(look, skin * shadow * 0.97, x, y * 0), "skin")


def _clothes(look: Look, paper: _Paper) -> None:
    x, y = paper.points("body")
    shoulders, square = look.number("shoulders"), look.number("shoulder_square")
    body = _shoulders(x, y, shoulders, square)
    depth, width, v = look.number("neckline"), look.number("neckline_width"), look.number("neckline_v")
    round_cut = ellipse(x, y + 0.02, width, depth + 0.03)
    v_cut = both((x.abs() / width + (y + 0.02) / (depth + 0.03) - 1) * width * 0.7, -y - 0.6)
    cut = torch.where(v > 0.5, v_cut, round_cut)
    skin = _lit(look, look.colour("skin"), x, y - 0.3)
    paper.paint("body", both(body, cut - 0.06), skin, "skin")
    bare = look.number("straps")
    cloth = without(body, cut)
    cloth = torch.where(bare > 0.5, union(both(cloth, 0.16 - y), both(cloth, (x.abs() - 0.33).abs() - 0.06)), cloth)
    paper.paint("body", both(body, torch.where(bare > 0.5, -torch.ones_like(x), torch.ones_like(x))), skin, "skin")
    colour = _textured(look, "clothes", x, y)
    shade = 1 - 0.14 * ((x.abs() - 0.5 * shoulders) / shoulders).clamp(0, 1)
    paper.paint("body", cloth, _lit(look, colour * shade[:, None], x, y - 0.3), "clothes")
    _trim(look, paper, x, y, body, cut)


def _shoulders(x: Tensor, y: Tensor, width: Tensor, square: Tensor) -> Tensor:
    u, v = (x / width).abs(), ((0.75 - y) / 0.78).clamp(min=0)
    return ((u**square + v**square).clamp(min=1e-9) ** (1 / square) - 1) * width * 0.8


def _trim(look: Look, paper: _Paper, x: Tensor, y: Tensor, body: Tensor, cut: Tensor) -> None:
    """Collar, buttons and tie."""
    trim = look.colour("trim")
    collar, placket, tie = look.number("collar"), look.number("placket"), look.number("tie")
    ring = both(body - 0.02, cut.abs() - 0.045)
    paper.paint("body", _gone(ring, collar), trim, "clothes")
    edge = look.number("neckline")
    line = both((x.abs() - 0.015), edge - y)
    paper.paint("body", _gone(line, placket), trim * 0.8, "clothes")
    buttons = ((x - 0.05) ** 2 + (((y - edge) * 5).frac() / 5 - 0.1) ** 2).sqrt() - 0.028
    paper.paint("body", _gone(both(buttons, edge - y), placket), trim, "clothes")
    knot = both(x.abs() - 0.05 - 0.16 * (y - edge + 0.03).clamp(0, 0.3), edge - 0.06 - y)
    paper.paint("body", _gone(knot, tie), trim, "clothes")


def _ears(look: Look, paper: _Paper) -> None:
    size, out, point, ring = (look.number(name) for name in ("ear_size", "ear_out", "ear_point", "earring"))
    for frame, side in (("left_ear", -1), ("right_ear", 1)):
        x, y = paper.points(frame)
        u, v = (x - side * (look.number("face_width") + out + 0.005)) * side, y - 0.02
        ear = ellipse(u - point * 0.25 * (-v).clamp(min=0), v, size * 0.62, size * (1 + 0.5 * point * (v < 0)))
        skin = _lit(look, look.colour("skin") * 0.95, x, y)
        paper.paint(frame, ear, skin, "skin")
        paper.paint(frame, ellipse(u, v, size * 0.3, size * 0.6), look.colour("skin") * 0.8)
        hoop = (ellipse(u - 0.01, v - size - 0.04, 0.045, 0.05)).abs() - 0.016
        paper.paint(frame, _gone(hoop, ring), (0.93, 0.76, 0.28), "accessory")


def _face_shape(look: Look, x: Tensor, y: Tensor, longer: Number = 0.0, wider: Number = 0.0) -> Tensor:
    width = look.number("face_width") + wider
    return egg(x, y, width, 0.5, look.number("chin") + longer, look.number("jaw_square"), look.number("jaw_taper"))


def _face(look: Look, paper: _Paper) -> None:
    x, y = paper.points("head")
    shape = _face_shape(look, x, y)
    edge = 0.16 * ((shape + 0.1) / 0.1).clamp(0, 1) ** 2
    colour = _lit(look, look.colour("skin"), x, y, 0.1) * (1 - edge)[:, None]
    paper.paint("head", shape, colour, "skin")
    fx, fy = paper.points("face")
    cheek = ((fx.abs() - 0.22) ** 2 + (fy - 0.16) ** 2).sqrt()
    blush = look.number("blush") * 0.35 * (1 - cheek / 0.13).clamp(0, 1)
    paper.paint("face", both(shape, cheek - 0.13), (0.92, 0.42, 0.4), share=blush, moves=True)
    spots = (((fx * 17).frac().abs() - 0.5) ** 2 + ((fy * 17 + 0.3).frac().abs() - 0.5) ** 2).sqrt() - 0.22
    paper.paint("face", both(spots / 17, cheek - 0.1), look.colour("skin") * 0.7, share=look.number("freckles") * 0.8)


def _wrinkles(look: Look, paper: _Paper) -> None:
    """Lines across the forehead, from the nose past the mouth, below the mouth's corners, and round the eyes."""
    depth = look.number("wrinkles")
    if not depth.any():
        return
    face = _face_shape(look, *paper.points("head")) + 0.02
    thick, colour = 0.004 + 0.008 * depth, look.colour("skin") * torch.tensor([0.66, 0.57, 0.54])[:, None, None]

    def crease(frame: str, distance: Tensor, share: float) -> None:
        paper.paint(frame, both(face, _gone(distance - thick, depth)), colour, share=share * depth)

    _on_the_forehead(look, paper, crease)
    _beside_the_mouth(look, paper, crease)
    for frame, side in (("left_eye", -1), ("right_eye", 1)):
        _round_the_eye(look, paper, frame, side, crease)


def _on_the_forehead(look: Look, paper: _Paper, crease: Crease) -> None:
    """Three lines above the brows, and two between them."""
    x, y = paper.points("face")
    above = y + look.number("brow_y") + 0.075 - 0.5 * x * x
    for number, half in enumerate((0.2, 0.22, 0.17)):
        crease("face", both((above + 0.062 * number).abs(), x.abs() - half), 0.75)
    crease("face", both((x.abs() - 0.032).abs(), (y + 0.1).abs() - 0.05), 0.6)


def _beside_the_mouth(look: Look, paper: _Paper, crease: Crease) -> None:
    """From the nose past the corners of the mouth, and below them."""
    x, y = paper.points("mouth")
    corner = look.number("mouth_width").clamp(max=0.15) + 0.04
    nostril = look.number("nose_width").clamp(max=0.09) + 0.03
    down = ((y - 0.14) / 0.2).clamp(0, 1)
    fold = (x.abs() - nostril - (corner - nostril) * down**0.7).abs()
    crease("mouth", both(fold, (y - 0.23).abs() - 0.09), 0.8)
    crease("mouth", both((x.abs() - corner + 0.012).abs(), (y - 0.375).abs() - 0.03), 0.5)


def _round_the_eye(look: Look, paper: _Paper, frame: str, side: int, crease: Crease) -> None:
    """A bag below the eye, and lines that spread from its outer corner."""
    x, y = paper.points(frame)
    width, height = look.number("eye_width"), look.number("eye_height")
    u, v = (x - side * look.number("eye_gap")) * side, y - 0.02
    crease(frame, both(ellipse(u, v, 0.95 * width, height + 0.05).abs(), 0.75 * height - v), 0.7)
    start = width + 0.03
    for rise in (-0.035, 0.005, 0.045):
        crease(frame, capsule(u, v, start, 0.4 * rise, start + 0.05, rise, 0.0), 0.6)


def _beard(look: Look, paper: _Paper) -> None:
    x, y = paper.points("head")
    top, width, length = look.number("beard_top"), look.number("beard_width"), look.number("beard_length")
    there, hollow = look.number("has_beard"), look.number("beard_hollow")
    shape = _face_shape(look, x, y, longer=length, wider=0.012)
    cheeks = top + 0.24 * (1 - (x / 0.4).abs()).clamp(0, 1) ** 0.5 - y
    area = both(shape, cheeks * 0.9, x.abs() - width)
    mouth = ellipse(x, y - 0.29, 0.13, 0.085)
    area = without(area, mouth)
    area = torch.where(hollow > 0.01, without(area, _face_shape(look, x, y, longer=-hollow, wider=-hollow)), area)
    colour = look.colour("beard") * (1 - 0.12 * (x * 40).sin().abs())[:, None]
    paper.paint("head", _gone(area, there), colour, "hair", share=there)


def _nose(look: Look, paper: _Paper) -> None:
    x, y = paper.points("nose")
    skin = look.colour("skin")
    length, width = look.number("nose_length"), look.number("nose_width")
    y = y - 0.02
    tip = y - (length - 0.06)
    bridge = capsule(x + 0.3 * width * look.number("light").sign(), y, 0.0, -0.06, 0.0, length - 0.08, 0.022)
    paper.paint("nose", bridge, skin * 0.66, "skin", share=look.number("nose_bridge"))
    round_tip = ellipse(x, tip, width, 0.045)
    triangle = both((x.abs() - width * (1 + tip / 0.16)) * 0.8, tip - 0.04, -tip - 0.16)
    roundness = look.number("nose_round")
    shape = roundness * round_tip + (1 - roundness) * triangle
    paper.paint("nose", shape - 0.008, skin * torch.tensor([0.72, 0.60, 0.57])[:, None, None], "skin")
    paper.paint(
        "nose",
        ellipse(x - 0.2 * width * look.number("light"), tip + 0.015, width * 0.5, 0.03),
        (skin * 1.1).clamp(0, 1),
        share=0.7,
    )
    holes = ellipse(x.abs() - 0.55 * width, tip - 0.03, 0.015, 0.011)
    paper.paint("nose", holes, skin * 0.3)


def _mouth(look: Look, paper: _Paper) -> None:
    x, y = paper.points("mouth")
    width, smile, opening, lip = (look.number(name) for name in ("mouth_width", "smile", "mouth_open", "lip_thick"))
    y = y - 0.285 - look.number("mouth_skew") * x * 0.4
    u = (x / width).clamp(-1, 1)
    arch = 1 - u * u
    middle = smile * arch - 0.35 * smile
    inside = x.abs() - width
    upper, lower = middle - 0.25 * opening * arch, middle + opening * arch
    lips = both(upper - lip * (0.25 + 0.75 * arch) - y, y - lower - 1.3 * lip * (0.2 + 0.8 * arch), inside)
    paper.paint("mouth", lips, look.colour("lip"), "mouth")
    gap = both(upper - y, y - lower, inside + lip)
    paper.paint("mouth", _gone(gap, opening), (0.32, 0.07, 0.09), "mouth")
    teeth = both(gap + 0.004, y - upper - 0.035)
    paper.paint("mouth", _gone(teeth, opening * look.number("teeth")), WHITE, "mouth")
    line = both((y - middle).abs() - 0.009, inside + 0.01)
    paper.paint("mouth", torch.where(opening > 0.01, 9.0, line), look.colour("lip") * 0.5, "mouth")


def _mustache(look: Look, paper: _Paper) -> None:
    x, y = paper.points("mouth")
    width, thick, droop, gap = (look.number(f"mustache_{name}") for name in ("width", "thick", "droop", "gap"))
    u = (x.abs() - gap).clamp(min=0) / width
    middle = 0.2 + droop * u * u
    body = both((y - middle).abs() - thick * (1 - u * u * 0.85), x.abs() - width - gap, gap - x.abs())
    colour = look.colour("beard") * (1 - 0.12 * (x * 40).sin().abs())[:, None]
    paper.paint("mouth", _gone(body, look.number("has_mustache")), colour, "hair")


def _eye(look: Look, paper: _Paper, frame: str, side: int) -> None:
    gap, width, height = (look.number(name) for name in ("eye_gap", "eye_width", "eye_height"))
    x, y = paper.points(frame)
    u, v = (x - side * gap) * side, y - 0.02
    v = v + look.number("eye_tilt") * u
    eye = ellipse(u, v, width, height)
    lid = both(eye, -v - height * (1 - 2 * look.number("lid_upper")))
    open_eye = both(
        eye, -v - height * (1 - look.number("lid_upper") * 2), v - height * (1 - look.number("lid_lower") * 2)
    )
    paper.paint(frame, lid - 0.012, look.colour("skin") * 0.78, moves=True)
    paper.paint(frame, open_eye - 0.018, BLACK, "eyes", share=0.75)
    paper.paint(frame, open_eye, WHITE, "eyes")
    size = look.number("iris_size")
    off = look.number("gaze") * width * side
    iris = ((u - off) ** 2 + v**2).sqrt() - size
    paper.paint(frame, both(iris, open_eye), look.colour("iris"), "eyes")
    paper.paint(frame, both(iris + 0.55 * size, open_eye), BLACK, "eyes")
    shine = ((u - off + side * 0.4 * size) ** 2 + (v + 0.4 * size) ** 2).sqrt() - 0.3 * size
    paper.paint(frame, both(shine, open_eye), WHITE, "eyes")
    upper = both((eye.abs() - 0.014), v + 0.012)
    upper = both(upper, -v - height * (1 - 2 * look.number("lid_upper")) - 0.02)
    lashes = look.number("lashes")
    wing = capsule(u, v, width * 0.8, -height * 0.45, width * 1.25, -height * 0.95, 0.013)
    paper.paint(frame, union(upper, _gone(wing, lashes - 0.5)), BLACK, "eyes", share=0.4 + 0.6 * lashes)


def _brow(look: Look, paper: _Paper, frame: str, side: int) -> None:
    place, width, thick = (look.number(f"brow_{name}") for name in ("y", "width", "thick"))
    x, y = paper.points(frame)
    u = (x - side * look.number("eye_gap")) * side / width
    curve = -place - look.number("brow_arch") * (1 - u * u) - look.number("brow_slope") * u * width
    taper = thick * (1 - look.number("brow_taper") * (u * 0.5 + 0.5).clamp(0, 1))
    paper.paint(frame, both((y - curve).abs() - taper, (u.abs() - 1) * width), look.colour("brow"), "hair")


def _hair(look: Look, paper: _Paper) -> None:
    x, y = paper.points("head")
    fx, fy = paper.points("front")
    width, side, top = look.number("face_width"), look.number("hair_side"), look.number("hair_top")
    waves = _waves(look, x, y, look.number("hair_wave"))
    cap = egg(x / look.number("hair_narrow"), y + 0.08, width + side, 0.42 + top, 0.5) - waves
    lock = both(x.abs() - width - side * 0.9 - 0.6 * waves, -y - 0.1, y - look.number("hair_lock"))
    outer = both(union(cap, lock), y - look.number("hair_lock").clamp(min=-0.3))
    v = fx - look.number("line_part")
    line = -look.number("line_y") + look.number("line_slope") * 0.3 * v.abs() ** 1.5 * 2
    zigzag = look.number("line_zigzag") * (1 - (v * 9 % 2 - 1).abs()) * 2
    window = both(line + zigzag - fy, fx.abs() - width + 0.035 + 0.04 * (side > 0.02))
    hair = without(outer, window)
    paper.paint(
        "head", _gone(hair, look.number("has_hair")), _strands(look, x, y), "hair", share=look.number("has_hair")
    )


def _glasses(look: Look, page: _Paper) -> None:
    with page.window("face", 0.0, 0.02, 0.46) as paper:
        _frames_and_lenses(look, paper)


def _frames_and_lenses(look: Look, paper: _Paper) -> None:
    there, rim = look.number("has_glasses"), look.number("rim_width")
    if not there.any():
        return
    width, height, roundness = (look.number(f"lens_{name}") for name in ("width", "height", "round"))
    colour = look.colour("rim")
    for frame, side in (("left_eye", -1), ("right_eye", 1)):
        x, y = paper.points(frame)
        u, v = (x - side * look.number("eye_gap")) * side, y - 0.02
        v = v + look.number("lens_tilt") * u
        small = torch.minimum(width, height)
        lens = roundness * ellipse(u, v, width, height) + (1 - roundness) * box(u, v, width, height, 0.25 * small)
        paper.paint(frame, _gone(lens, there), look.colour("lens"), share=look.number("lens_tint"), moves=True)
        paper.paint(frame, _gone(lens.abs() - rim, there), colour, "accessory")
        arm = both((v + 0.02).abs() - rim * 0.8, width - u, u - 0.26)
        paper.paint(frame, _gone(arm, there), colour, "accessory")
    x, y = paper.points("face")
    bridge = both((y - 0.005).abs() - rim * 0.9, x.abs() - look.number("eye_gap") + width)
    paper.paint("face", _gone(bridge, there), colour, "accessory")


def _hat(look: Look, paper: _Paper) -> None:
    x, y = paper.points("head")
    there, height, brim = look.number("has_hat"), look.number("hat_height"), look.number("hat_brim")
    width = look.number("face_width") + look.number("hair_side") + 0.03
    foot = -0.27
    roundness = look.number("hat_round")
    dome = egg(x, y - foot, width, height + 0.14, 0.05)
    tall = box(x / (1 + 0.12 * (foot - y)), y - foot + 0.5 * height + 0.05, width * 0.92, 0.5 * height + 0.07, 0.05)
    crown = both(roundness * dome + (1 - roundness) * tall, y - foot - 0.03)
    colour = _lit(look, _textured(look, "hat", x, y, 0.8), x, y + 0.5)
    paper.paint("head", _gone(crown, there), colour, "accessory")
    band = both(crown, -(y - foot + 0.1))
    paper.paint("head", _gone(band, there), look.colour("hat_second") * 0.85, "accessory")
    rim = box(x - look.number("hat_peak") * brim, y - foot - 0.02, width + brim * 0.8, 0.035, 0.03)
    paper.paint("head", _gone(rim, there * (brim > 0.03)), look.colour("hat") * 0.8, "accessory")


def _head(look: Look, paper: _Paper) -> None:
    """What lies within the outline of a head and its ears."""
    with paper.window("head", 0.0, 0.06, 0.78) as head:
        for draw in (_ears, _face, _wrinkles, _beard):
            draw(look, head)
    with paper.window("mouth", 0.0, 0.16, 0.36) as middle:
        for draw in (_nose, _mouth, _mustache):
            draw(look, middle)
    for frame, side in (("left_eye", -1), ("right_eye", 1)):
        with paper.window(frame, side * look.number("eye_gap")[:, 0, 0], -0.04, 0.23) as around:
            _eye(look, around, frame, side)
            _brow(look, around, frame, side)


LAYERS = (_background, _hair_behind, _neck, _clothes, _head, _hair, _glasses, _hat)
"""From back to front."""
