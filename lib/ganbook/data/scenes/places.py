"""The places of the scenes: ten backgrounds of 400 x 700, five indoors and five outdoors, each with four looks."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from ganbook.data.scenes.canvas import Canvas, colour, darker, lighter

HEIGHT, WIDTH = 400, 700
FLOOR = 238
"""Where the wall ends and the floor begins, and where the ground meets the sky."""

LOOKS = 4


@dataclass(frozen=True)
class Place:
    """Where a scene is: name, whether it is indoors, and how a look of it is drawn."""

    name: str
    indoors: bool
    draw: Callable[[Canvas, int], None]


def background(place: int, look: int) -> Canvas:
    """The empty place number ``place`` of ``PLACES`` in one of its looks."""
    canvas = Canvas(0, 0, WIDTH, HEIGHT)
    PLACES[place].draw(canvas, look)
    return canvas


# Indoors


def _room(canvas: Canvas, wall: str, floor: str, kind: str) -> None:
    """Wall, skirting board, and a floor of planks, tiles or carpet."""
    paint, ground = colour(wall), colour(floor)
    canvas.gradient(0, 0, WIDTH, FLOOR, lighter(paint, 0.12), paint)
    canvas.gradient(0, FLOOR, WIDTH, HEIGHT, darker(ground, 0.86), ground)
    line = darker(ground, 0.78)
    if kind == "carpet":
        spots = Random(wall)
        canvas.dots(
            [(spots.random() * WIDTH, FLOOR + 12 + spots.random() * 148) for _ in range(90)], 1.6, darker(ground, 0.9)
        )
    else:
        for k in range(-9, 10):
            canvas.line(((350 + k * 46, FLOOR), (350 + k * 110, HEIGHT)), 0.7, line, edge=0)
    if kind == "tiles":
        for y in (FLOOR + 14, FLOOR + 34, FLOOR + 64, FLOOR + 106):
            canvas.line(((0, y), (WIDTH, y)), 0.7, line, edge=0)
    canvas.rectangle(-4, FLOOR - 9, WIDTH + 4, FLOOR, lighter(paint, 0.6), edge=1)


def _window(canvas: Canvas, x: float, y: float, width: float, height: float, curtain: str | None = None) -> None:
    canvas.box(x, y, width + 6, height + 6, colour("f4efe6"), rounding=3)
    canvas.gradient(x - width, y - height, x + width, y + height, colour("8ecbf2"), colour("dff1fb"))
    canvas.line(((x, y - height), (x, y + height)), 2.2, colour("f4efe6"), edge=0.6)
    canvas.line(((x - width, y), (x + width, y)), 2.2, colour("f4efe6"), edge=0.6)
    if curtain:
        cloth = colour(curtain)
        for side in (-1, 1):
            edge = x + side * (width + 20)
            points = [
                (edge, y - height - 12),
                (x + side * width * 0.45, y - height - 12),
                (x + side * width * 0.75, y + 4),
                (x + side * (width + 2), y + height + 22),
                (edge, y + height + 22),
            ]
            canvas.polygon(points, cloth, rounding=2)
        canvas.line(((x - width - 28, y - height - 14), (x + width + 28, y - height - 14)), 3.5, colour("8a5a34"))


def _living_room(canvas: Canvas, look: int) -> None:
    wall, floor, kind, curtain = (
        ("f2d9a6", "b98350", "planks", "b23a48"),
        ("a9cfd0", "c9a26b", "planks", "f1ead9"),
        ("e7b7a0", "8d6a58", "carpet", "4f7d5c"),
        ("cfc3e3", "d9c7a9", "planks", "5a4b8a"),
    )[look]
    _room(canvas, wall, floor, kind)
    _window(canvas, (200, 480, 350, 250)[look], 100, 74, 54, curtain)
    x = (520, 150, 110, 560)[look]
    brick = colour("a8553f")
    canvas.rectangle(x - 62, 128, x + 62, FLOOR, brick)
    for row in range(4):
        canvas.line(((x - 60, 150 + 22 * row), (x + 60, 150 + 22 * row)), 0.8, darker(brick), edge=0)
    canvas.rectangle(x - 74, 116, x + 74, 130, colour("efe6d6"))
    canvas.box(x, 206, 34, 32, colour("2a1d1a"), rounding=10)
    canvas.polygon(
        [(x - 20, 236), (x - 14, 208), (x - 4, 220), (x + 4, 196), (x + 12, 218), (x + 18, 206), (x + 22, 236)],
        colour("f28a1e"),
        rounding=2,
        edge=0,
    )


def _kitchen(canvas: Canvas, look: int) -> None:
    wall, floor, cupboard, top = (
        ("fbf1d0", "d9d4c8", "4f93a6", "6b5b4d"),
        ("dcebe0", "c98f6a", "f5f0e4", "4a4a4f"),
        ("f7d9c4", "bfc7cf", "c4503c", "f2ece0"),
        ("d6e2f0", "a9b1a0", "7d9a4c", "8a6a48"),
    )[look]
    _room(canvas, wall, floor, "tiles")
    for row in range(5):
        canvas.line(((0, 112 + 14 * row), (WIDTH, 112 + 14 * row)), 0.6, darker(colour(wall), 0.88), edge=0)
    for column in range(24):
        canvas.line(((30 * column, 112), (30 * column, 170)), 0.6, darker(colour(wall), 0.88), edge=0)
    fill, middle = colour(cupboard), (350, 250, 450, 320)[look]
    for k in range(9):
        x = k * 80
        if abs(x + 40 - middle) > 90:
            canvas.rectangle(x + 2, 18, x + 78, 100, fill)
            canvas.box(x + 66, 84, 2, 8, colour("e8e4da"))
        canvas.rectangle(x + 2, 180, x + 78, FLOOR + 4, fill)
        canvas.box(x + 66, 196, 2, 8, colour("e8e4da"))
    canvas.rectangle(-4, 168, WIDTH + 4, 181, colour(top))
    _window(canvas, middle, 66, 66, 44)
    canvas.line(((middle - 6, 168), (middle - 6, 140), (middle + 12, 140), (middle + 12, 148)), 4, colour("cfd4d8"))
    stove = middle + (190 if middle < 350 else -190)
    canvas.rectangle(stove - 40, 166, stove + 40, FLOOR + 4, colour("e9e9ea"))
    canvas.rectangle(stove - 30, 194, stove + 30, 228, colour("33363b"))
    canvas.dots([(stove - 26 + 13 * k, 182) for k in range(5)], 3.5, colour("4a4d55"))
    canvas.box(stove - 14, 152, 20, 12, colour("b9bec4"), rounding=3)
    canvas.line(((stove + 6, 146), (stove + 30, 144)), 2.4, colour("3a3a3d"))


def _bedroom(canvas: Canvas, look: int) -> None:
    wall, floor, paper, curtain = (
        ("bcd4ee", "c59a6d", "dots", "f4f0e6"),
        ("f4cfdd", "e6dccb", "stripes", "c9648a"),
        ("cbe0b8", "9b6f4a", "plain", "e9a23b"),
        ("8b86b8", "6c5a54", "stars", "e8d36a"),
    )[look]
    _room(canvas, wall, floor, "carpet" if look == 1 else "planks")
    light = lighter(colour(wall), 0.45)
    if paper == "stripes":
        for x in range(20, WIDTH, 56):
            canvas.rectangle(x, 0, x + 20, FLOOR - 9, light, edge=0)
    elif paper != "plain":
        spots = [(30 + 70 * k + 35 * (row % 2), 24 + 44 * row) for k in range(10) for row in range(5)]
        canvas.dots(spots, 6, light if paper == "dots" else colour("f6e27a"))
    _window(canvas, (540, 160, 200, 520)[look], 104, 58, 58, curtain)
    x = (170, 540, 540, 150)[look]
    wood = colour(("a86b3c", "fbf7ef", "7a4b2a", "4e3b36")[look])
    canvas.rectangle(x - 120, 128, x + 120, FLOOR + 6, wood, rounding=12)
    canvas.rectangle(
        x - 110, 190, x + 110, FLOOR + 34, colour(("e0574f", "9fc6ea", "5b8f6a", "6d5bb0")[look]), rounding=10
    )
    canvas.rectangle(x - 112, 186, x + 112, 208, colour("fbfaf5"), rounding=8)
    for side in (-1, 1):
        canvas.box(x + side * 54, 178, 44, 17, colour("ffffff"), rounding=13)


def _office(canvas: Canvas, look: int) -> None:
    wall, floor = (("d9dde2", "77828f"), ("e9e2d0", "a58a68"), ("c7d8d2", "5f6a63"), ("e3d3c6", "8b8d99"))[look]
    _room(canvas, wall, floor, "carpet")
    x = (190, 500, 230, 480)[look]
    canvas.box(x, 92, 118, 58, colour("fdfdfd"), rounding=3, edge=3, line=colour("8f959c"))
    for k, name in enumerate(("d8262c", "2d62c8", "2f9a4a", "f0871e")):
        canvas.rectangle(
            x - 84 + 44 * k, 132 - (30, 58, 44, 72)[(k + look) % 4], x - 56 + 44 * k, 132, colour(name), edge=0
        )
    canvas.line(((x - 96, 132), (x + 100, 132)), 1.4, colour("555b63"), edge=0)
    shelf = (540, 150, 570, 140)[look]
    wood = colour("8c6a4a")
    canvas.rectangle(shelf - 84, 28, shelf + 84, FLOOR, wood)
    books = Random(look)
    for row in range(3):
        canvas.rectangle(shelf - 76, 36 + 66 * row, shelf + 76, 94 + 66 * row, darker(wood, 0.7), edge=0)
        for k in range(10):
            tall = 34 + 18 * books.random()
            fill = colour(("b23a48", "2f5d8a", "3f7d58", "d9a441", "6c5a8c")[int(books.random() * 5)])
            canvas.rectangle(
                shelf - 72 + 14.5 * k, 94 + 66 * row - tall, shelf - 60 + 14.5 * k, 94 + 66 * row, fill, edge=0.8
            )


def _classroom(canvas: Canvas, look: int) -> None:
    wall, floor = (("f6e7b4", "c08a55"), ("cfe3f2", "b7b2a4"), ("e4efd0", "a97c50"), ("f6d5c0", "8f9a8c"))[look]
    _room(canvas, wall, floor, "tiles" if look % 2 else "planks")
    x = (350, 260, 430, 350)[look]
    canvas.box(
        x,
        100,
        190,
        68,
        colour(("2f5d45", "2c3a40", "2f5d45", "23403a")[look]),
        rounding=2,
        edge=6,
        line=colour("9a6a3a"),
    )
    chalk = colour("f2f2ea")
    canvas.line(((x - 160, 70), (x - 150, 50), (x - 140, 70)), 1.8, chalk, edge=0)
    canvas.line(((x - 156, 62), (x - 144, 62)), 1.6, chalk, edge=0)
    canvas.ellipse(x - 110, 60, 9, 10, colour("2f5d45"), edge=2.2, line=chalk)
    for row in range(3):
        canvas.line(((x - 60, 58 + 26 * row), (x + 90 - 30 * (row % 2), 58 + 26 * row)), 1.8, chalk, edge=0)
    canvas.ellipse(x + 140, 118, 20, 20, colour(("2f5d45", "2c3a40", "2f5d45", "23403a")[look]), edge=1.8, line=chalk)
    canvas.rectangle(x - 190, 172, x + 190, 178, colour("b07a44"), edge=1)
    for k in range(12):
        fill = colour(("d8262c", "f6cf2c", "2d62c8", "2f9a4a")[k % 4])
        canvas.polygon([(8 + 60 * k, 4), (56 + 60 * k, 4), (32 + 60 * k, 28)], fill, edge=0.8)


# Outdoors

SKIES = (("6db7ee", "d4edfb"), ("8fd0f5", "eaf7fd"), ("f2a65a", "fbe3b0"), ("a9b9c8", "dde4ea"))
"""Noon, morning, evening, an overcast day."""


def _sky(canvas: Canvas, look: int, clouds: int = 3, sun: bool = True) -> None:
    upper, lower = SKIES[look]
    canvas.gradient(0, 0, WIDTH, FLOOR + 6, colour(upper), colour(lower))
    if sun and look != 3:
        x, y = ((610, 52), (90, 60), (520, 190), (0, 0))[look]
        canvas.ellipse(x, y, 34, 34, colour("ffdf4f" if look != 2 else "ff7b3a"), edge=0)
    spots = Random(look)
    white = colour(("ffffff", "ffffff", "fbd3b0", "eef1f4")[look])
    for _ in range(clouds + (look == 3) * 2):
        x, y, size = spots.random() * WIDTH, 30 + spots.random() * 90, 0.7 + 0.6 * spots.random()
        for dx, dy, r in ((-34, 6, 18), (-10, -4, 25), (20, 0, 22), (44, 8, 15)):
            canvas.ellipse(x + dx * size, y + dy * size, r * 1.4 * size, r * 0.8 * size, white, edge=0)


def _tree(canvas: Canvas, x: float, y: float, size: float, leaf: str) -> None:
    canvas.rectangle(x - 6 * size, y - 46 * size, x + 6 * size, y, colour("7a5230"), edge=1)
    for dx, dy, r in ((-22, -62, 26), (22, -62, 26), (0, -86, 30), (0, -58, 26)):
        canvas.ellipse(x + dx * size, y + dy * size, r * size, r * size, colour(leaf), edge=1)


def _park(canvas: Canvas, look: int) -> None:
    _sky(canvas, look)
    hill, lawn, leaf = (
        ("7cc05c", "63b04a", "3d8f3f"),
        ("a5cf62", "8cc152", "5da13a"),
        ("8fae4a", "7a9e3f", "b5752a"),
        ("6fae78", "5a9c66", "2f7c4c"),
    )[look]
    canvas.ellipse(140, FLOOR + 30, 320, 78, colour(hill), edge=0)
    canvas.ellipse(590, FLOOR + 34, 300, 92, colour(hill), edge=0)
    canvas.gradient(0, FLOOR, WIDTH, HEIGHT, colour(hill), colour(lawn))
    start = (330, 420, 280, 380)[look]
    canvas.polygon(
        [(start - 16, FLOOR), (start + 16, FLOOR), (start + 130, HEIGHT + 4), (start - 150, HEIGHT + 4)],
        colour("e3cf9c"),
        edge=0,
    )
    spots = Random(look + 10)
    for k in range(7):
        _tree(canvas, 40 + 105 * k + 30 * spots.random(), FLOOR + 6 * spots.random(), 0.8 + 0.5 * spots.random(), leaf)


def _beach(canvas: Canvas, look: int) -> None:
    _sky(canvas, look, clouds=2)
    sea, sand = (("1f8fc4", "f3dc9b"), ("2bb3b8", "f7e6b8"), ("2f6f9c", "e8b878"), ("5f8ba0", "dccfae"))[look]
    canvas.gradient(0, 168, WIDTH, FLOOR + 26, colour(sea), lighter(colour(sea), 0.3))
    spots = Random(look)
    for _ in range(16):
        x, y = spots.random() * WIDTH, 178 + spots.random() * 60
        canvas.line(((x - 16, y), (x - 5, y - 3), (x + 5, y), (x + 16, y - 3)), 1.1, colour("eaf7fb"), edge=0)
    shore = (
        [(0, FLOOR + 10 + 0)]
        + [(50 * k, FLOOR + 12 + 8 * math.sin(k + look)) for k in range(15)]
        + [(WIDTH + 5, FLOOR + 12)]
    )
    canvas.polygon(
        [*((x, y - 7) for x, y in shore), (WIDTH + 5, HEIGHT + 5), (-5, HEIGHT + 5)], colour("ffffff"), edge=0
    )
    canvas.polygon([*shore, (WIDTH + 5, HEIGHT + 5), (-5, HEIGHT + 5)], colour(sand), edge=0)
    canvas.dots(
        [(spots.random() * WIDTH, 268 + spots.random() * 130) for _ in range(60)], 1.5, darker(colour(sand), 0.85)
    )
    x = (560, 120, 600, 160)[look]
    canvas.polygon([(x - 46, 176), (x + 46, 176), (x + 30, 194), (x - 34, 194)], colour("b5482f"))
    canvas.line(((x, 176), (x, 108)), 2, colour("6a4526"))
    canvas.polygon([(x + 4, 112), (x + 4, 168), (x + 42, 168)], colour("fdfaf0"))


def _street(canvas: Canvas, look: int) -> None:
    _sky(canvas, look, clouds=2)
    walls = (
        ("d98a6a", "e8cf9a", "8fb0c9", "c96a5a"),
        ("f0d6b0", "a7c3a0", "e0a08a", "b9b0d0"),
        ("c9785a", "d9a76a", "a08a7a", "b5604a"),
        ("a9b0b8", "c2a58f", "8f9f96", "b9a9a0"),
    )[look]
    for k in range(5):
        x, wide, high = 150 * k - 20, 138, (150, 186, 132, 170, 158)[(k + look) % 5]
        fill = colour(walls[k % 4])
        canvas.rectangle(x, FLOOR - high, x + wide, FLOOR, fill)
        if (k + look) % 2:
            canvas.polygon(
                [(x - 8, FLOOR - high), (x + wide / 2, FLOOR - high - 42), (x + wide + 8, FLOOR - high)],
                colour("8a3f33"),
            )
        for row in range(int((high - 60) / 48) + 1):
            for column in range(3):
                canvas.box(
                    x + 26 + 43 * column,
                    FLOOR - high + 30 + 48 * row,
                    11,
                    15,
                    colour("cfe8f5"),
                    edge=2,
                    line=lighter(fill, 0.6),
                )
        canvas.rectangle(
            x + 56, FLOOR - 46, x + 82, FLOOR, colour(("5a3a2a", "2f5d8a", "2f6a4a", "7a2f3a")[(k + look) % 4])
        )
    canvas.gradient(0, FLOOR, WIDTH, 292, colour("b9b6b0"), colour("cbc8c1"))
    for k in range(18):
        canvas.line(((42 * k - 20, FLOOR + 2), (46 * k - 52, 290)), 0.8, colour("99968f"), edge=0)
    canvas.rectangle(-4, 290, WIDTH + 4, 300, colour("e3e0d8"), edge=1)
    canvas.gradient(0, 300, WIDTH, HEIGHT, colour("5d6066"), colour("4b4e54"))
    for k in range(6):
        canvas.rectangle(20 + 126 * k, 346, 84 + 126 * k, 353, colour("f4efdc"), edge=0)


def _garden(canvas: Canvas, look: int) -> None:
    _sky(canvas, look, clouds=2)
    lawn, fence, bloom = (
        ("78bf55", "f7f4ec", "e8408a"),
        ("93c862", "b07a45", "f6cf2c"),
        ("94a84a", "7a5230", "d8452c"),
        ("66a877", "d9d3c4", "8a5ac8"),
    )[look]
    canvas.gradient(0, FLOOR, WIDTH, HEIGHT, darker(colour(lawn), 0.92), colour(lawn))
    for k in range(9):
        canvas.ellipse(90 * k - 10, FLOOR - 74, 70, 50, darker(colour(lawn), 0.66), edge=1)
    canvas.rectangle(-4, FLOOR - 76, WIDTH + 4, FLOOR - 4, darker(colour(lawn), 0.66), edge=0)
    for y in (FLOOR - 66, FLOOR - 30):
        canvas.rectangle(-4, y, WIDTH + 4, y + 9, colour(fence))
    for k in range(24):
        x = 30 * k + 4
        canvas.polygon(
            [(x, FLOOR + 4), (x, FLOOR - 80), (x + 9, FLOOR - 92), (x + 18, FLOOR - 80), (x + 18, FLOOR + 4)],
            colour(fence),
        )
    spots = Random(look + 20)
    canvas.rectangle(-4, FLOOR + 4, WIDTH + 4, FLOOR + 24, colour("7a5436"), edge=0)
    for k in range(30):
        x, y = 24 * k + 8 * spots.random(), FLOOR - 6 + 8 * spots.random()
        canvas.line(((x, y + 24), (x, y)), 1.6, colour("2f7a3a"), edge=0)
        canvas.dots([(x - 5, y), (x + 5, y), (x, y - 5), (x, y + 5)], 4.6, colour(bloom), edge=0.6)
        canvas.dots([(x, y)], 3.2, colour("fff2b0"))


def _forest(canvas: Canvas, look: int) -> None:
    far, near, ground, trunk = (
        ("a9d8b8", "2f7d46", "5f8f45", "6b4a2f"),
        ("cfe6b0", "5a9a3a", "86a84f", "7d5a3a"),
        ("f0c98a", "c06a24", "9a7a3c", "5a3a28"),
        ("b8c9c4", "2f5f52", "56705a", "4a4038"),
    )[look]
    canvas.gradient(0, 0, WIDTH, FLOOR + 10, lighter(colour(far), 0.35), colour(far))
    spots = Random(look + 30)
    for k in range(16):
        x = 46 * k + 16 * spots.random()
        canvas.rectangle(x - 5, 20, x + 5, FLOOR + 6, lighter(colour(trunk), 0.4), edge=0)
    for k in range(13):
        x, top = 58 * k + 10 * spots.random(), 60 + 50 * spots.random()
        canvas.polygon([(x - 56, FLOOR + 4), (x, top), (x + 56, FLOOR + 4)], lighter(colour(near), 0.22), edge=0)
    canvas.gradient(0, FLOOR, WIDTH, HEIGHT, darker(colour(ground), 0.8), colour(ground))
    for k in range(8):
        x = 96 * k + 30 * spots.random() - 10
        canvas.rectangle(x - 11, 0, x + 11, FLOOR + 16 + 8 * spots.random(), colour(trunk))
        for dx, dy, r in ((-40, 20, 44), (36, 14, 46), (0, 44, 48)):
            canvas.ellipse(x + dx, dy, r, r * 0.8, colour(near), edge=1)
    for _ in range(40):
        x, y = spots.random() * WIDTH, 258 + spots.random() * 140
        canvas.line(((x - 4, y - 9), (x, y), (x + 4, y - 10)), 1.1, darker(colour(ground), 0.7), edge=0)


PLACES = (
    Place("living room", True, _living_room),
    Place("kitchen", True, _kitchen),
    Place("bedroom", True, _bedroom),
    Place("office", True, _office),
    Place("classroom", True, _classroom),
    Place("park", False, _park),
    Place("beach", False, _beach),
    Place("street", False, _street),
    Place("garden", False, _garden),
    Place("forest", False, _forest),
)
"""In the order of their numbers."""

NAMES = tuple(place.name for place in PLACES)
