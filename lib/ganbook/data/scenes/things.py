"""Animals, furniture and objects of the scenes: what they are, where they belong, and how they are drawn."""

from collections.abc import Callable
from dataclasses import dataclass

from ganbook.data.scenes.canvas import Canvas, Colour, colour, darker, lighter
from ganbook.data.scenes.people import COLOURS

Draw = Callable[[Canvas, Colour], None]

INK, WOOD, STEEL, WHITE, LEAF = (colour(name) for name in ("26221f", "a5713f", "b4bac2", "fbfaf6", "3f9a4a"))


@dataclass(frozen=True)
class Thing:
    """A piece of clip art that is no person.

    Attributes:
        name: also its word in captions.
        sort: "animal", "largeObject" or "smallObject", as in the public scenes.
        belongs: "indoors", "outdoors" or "both".
        stands: "ground", "wall", "sky" or "top" (on something that holds it).
        types: words of its looks, each a colour; "" where it has but one.
        size: half its width and its height.
        holds: how high something may stand on it, 0 if nothing may.
        places: where it may be; () for every place where it belongs.
        draw: on a canvas, in its colour, facing left.
    """

    name: str
    sort: str
    belongs: str
    stands: str
    types: tuple[str, ...]
    size: tuple[int, int]
    holds: int
    places: tuple[str, ...]
    draw: Draw


_FOUND: list[Thing] = []

PAINTS = COLOURS | {"grey": "9aa0a8", "brown": "8f5c31", "white": "f7f4ec", "black": "3a3a40"}


def thing(
    name: str,
    sort: str,
    belongs: str,
    types: str,
    size: tuple[int, int],
    stands: str = "ground",
    holds: int = 0,
    places: tuple[str, ...] = (),
) -> Callable[[Draw], Draw]:
    """Enter what the function draws into ``THINGS``."""

    def enter(draw: Draw) -> Draw:
        _FOUND.append(Thing(name, sort, belongs, stands, tuple(types.split(" ")), size, holds, places, draw))
        return draw

    return enter


def draw_thing(number: int, look: int) -> Canvas:
    """One of ``THINGS`` in one of its looks; its foot (on a wall or in the sky, its lower end) is at y = 0."""
    found = THINGS[number]
    width, height = found.size
    canvas = Canvas(-width - 6, -height - 6, width + 6, 10)
    found.draw(canvas, colour(PAINTS.get(found.types[look], "000000")))
    return canvas


# Animals


@thing("dog", "animal", "both", "brown white black", (50, 76))
def _dog(c: Canvas, fur: Colour) -> None:
    dark = darker(fur, 0.72)
    c.limb([(36, -38), (44, -58)], (6, 3), fur)
    for x in (-16, -6, 24, 34):
        c.limb([(x, -28), (x, -4)], (7, 6), fur if x in (-16, 34) else dark)
    c.limb([(-14, -36), (30, -34)], (17, 16), fur)
    c.limb([(-18, -40), (-24, -54)], (12, 12), fur)
    c.ellipse(-26, -56, 17, 15, fur)
    c.ellipse(-38, -51, 11, 8, lighter(fur, 0.3))
    c.ellipse(-46, -54, 4, 3.5, INK)
    c.ellipse(-15, -54, 6, 13, dark, turn=-14)
    c.dots([(-30, -60)], 3, INK)
    c.line([(-16, -39), (-26, -36)], 3, colour("d8262c"), edge=0.8)


@thing("cat", "animal", "both", "orange grey black", (36, 56))
def _cat(c: Canvas, fur: Colour) -> None:
    dark = darker(fur, 0.7)
    c.line([(20, -12), (32, -16), (32, -40)], 4.5, fur)
    c.ellipse(6, -20, 18, 21, fur)
    for x in (-6, 6):
        c.limb([(x, -18), (x - 2, -4)], (6, 5), fur)
    for x, tip in ((-15, -20), (3, 8)):
        c.polygon([(x - 6, -44), (tip, -56), (x + 7, -46)], fur, rounding=1)
    c.ellipse(-6, -38, 16, 14, fur)
    c.dots([(-13, -40), (-1, -40)], 3, colour("2f9a4a"), edge=0.8)
    c.dots([(-7, -34)], 2, colour("e88a8a"))
    for y in (-34, -31):
        c.line([(-26, y - 1), (-14, y)], 0.7, dark, edge=0)
        c.line([(0, y), (12, y - 1)], 0.7, dark, edge=0)


@thing("rabbit", "animal", "both", "white brown", (28, 54))
def _rabbit(c: Canvas, fur: Colour) -> None:
    c.ellipse(20, -14, 6, 6, WHITE)
    c.ellipse(5, -16, 18, 16, fur)
    c.ellipse(-10, -42, 4.5, 13, fur, turn=-8)
    c.ellipse(-1, -41, 4.5, 13, fur, turn=14)
    c.ellipse(-9, -26, 12, 11, fur)
    c.ellipse(-6, -3, 9, 4, fur)
    c.dots([(-13, -28)], 2.2, INK)
    c.dots([(-20, -24)], 2, colour("e58a9a"))


@thing("bird", "animal", "outdoors", "blue red yellow", (30, 34), stands="sky")
def _bird(c: Canvas, fur: Colour) -> None:
    c.polygon([(14, -14), (29, -20), (28, -8)], darker(fur))
    c.ellipse(0, -14, 18, 10, fur)
    c.ellipse(-16, -20, 9, 8, fur)
    c.polygon([(-23, -21), (-30, -18), (-23, -16)], colour("f6a821"))
    c.polygon([(-6, -16), (12, -16), (10, -34)], darker(fur, 0.8), rounding=1)
    c.dots([(-18, -22)], 2, INK)


@thing("duck", "animal", "outdoors", "yellow white", (34, 44), places=("park", "beach", "garden"))
def _duck(c: Canvas, fur: Colour) -> None:
    for x in (-4, 8):
        c.line([(x, -8), (x, -1), (x - 6, -1)], 2, colour("ef7d1a"), edge=0.8)
    c.limb([(-8, -16), (24, -20)], (11, 4), fur)
    c.ellipse(2, -16, 22, 12, fur)
    c.limb([(-14, -20), (-16, -34)], (7, 8), fur)
    c.ellipse(-16, -34, 10, 9, fur)
    c.polygon([(-24, -36), (-34, -31), (-24, -29)], colour("ef7d1a"), rounding=1)
    c.ellipse(6, -18, 11, 6, darker(fur, 0.85))
    c.dots([(-19, -36)], 2.2, INK)


@thing("butterfly", "animal", "outdoors", "orange purple", (20, 32), stands="sky")
def _butterfly(c: Canvas, wing: Colour) -> None:
    for side in (-1, 1):
        c.ellipse(side * 10, -22, 10, 9, wing)
        c.ellipse(side * 8, -9, 8, 7, lighter(wing))
    c.line([(0, -26), (0, -5)], 2, INK, edge=0)


@thing("horse", "animal", "outdoors", "brown white", (88, 150), places=("park", "forest", "beach"))
def _horse(c: Canvas, fur: Colour) -> None:
    mane = darker(fur, 0.5) if fur != colour(PAINTS["white"]) else colour("c9b48a")
    c.limb([(66, -92), (82, -70), (78, -34)], (7, 8, 3), mane)
    for x in (-30, -18, 44, 58):
        c.limb([(x, -66), (x, -34), (x, -6)], (11, 7, 6), fur if x in (-30, 58) else darker(fur, 0.8))
        c.box(x - 1, -4, 7, 4, INK)
    c.limb([(-28, -84), (52, -84)], (25, 24), fur)
    c.limb([(-34, -92), (-56, -128)], (18, 12), fur)
    c.limb([(-54, -130), (-80, -112)], (13, 9), fur)
    c.polygon([(-52, -140), (-48, -152), (-43, -138)], fur, rounding=1)
    c.limb([(-48, -138), (-38, -116), (-26, -98)], (5, 7, 4), mane)
    c.dots([(-60, -130)], 3, INK)


# Indoors


@thing("sofa", "largeObject", "indoors", "red blue green", (118, 104), places=("living room", "office"))
def _sofa(c: Canvas, cloth: Colour) -> None:
    for x in (-96, 96):
        c.box(x, -5, 6, 6, darker(WOOD))
    c.box(0, -62, 100, 40, cloth, rounding=16)
    for x in (-46, 46):
        c.box(x, -36, 46, 16, lighter(cloth, 0.15), rounding=8)
    c.box(0, -16, 100, 10, darker(cloth, 0.85), rounding=4)
    for x in (-104, 104):
        c.box(x, -36, 13, 29, cloth, rounding=11)


@thing("armchair", "largeObject", "indoors", "orange purple green", (66, 110), places=("living room", "bedroom"))
def _armchair(c: Canvas, cloth: Colour) -> None:
    for x in (-42, 42):
        c.box(x, -5, 5, 6, darker(WOOD))
    c.box(0, -66, 48, 42, cloth, rounding=20)
    c.box(0, -34, 40, 15, lighter(cloth, 0.2), rounding=8)
    c.box(0, -16, 48, 9, darker(cloth, 0.85), rounding=4)
    for x in (-52, 52):
        c.box(x, -36, 12, 28, cloth, rounding=10)


@thing("table", "largeObject", "both", "brown white", (86, 82), holds=80)
def _table(c: Canvas, top: Colour) -> None:
    for x in (-66, 66):
        c.box(x, -36, 6, 36, darker(top, 0.82))
    c.rectangle(-84, -80, 84, -68, top, rounding=3)


@thing("desk", "largeObject", "indoors", "brown white", (90, 86), holds=84, places=("office", "classroom", "bedroom"))
def _desk(c: Canvas, top: Colour) -> None:
    c.rectangle(-80, -74, -66, 0, darker(top, 0.82))
    c.rectangle(18, -74, 80, 0, darker(top, 0.88))
    for y in (-60, -38, -16):
        c.box(49, y, 27, 9, top)
        c.dots([(49, y)], 3, STEEL, edge=1)
    c.rectangle(-88, -84, 88, -72, top, rounding=2)


@thing("chair", "largeObject", "both", "brown red blue", (32, 104))
def _chair(c: Canvas, fill: Colour) -> None:
    for x in (-20, 20):
        c.limb([(x, -44), (x * 1.2, -2)], (4.5, 4), darker(fill, 0.8))
    for x in (-20, 20):
        c.line([(x, -46), (x, -98)], 4.5, fill)
    for y in (-94, -76):
        c.rectangle(-22, y - 5, 22, y + 5, fill)
    c.rectangle(-27, -52, 27, -42, lighter(fill, 0.2), rounding=4)


@thing("lamp", "smallObject", "indoors", "yellow white red", (32, 170))
def _lamp(c: Canvas, shade: Colour) -> None:
    c.ellipse(0, -4, 22, 6, darker(STEEL, 0.6))
    c.line([(0, -6), (0, -130)], 3, darker(STEEL, 0.6), edge=1)
    c.polygon([(-30, -122), (30, -122), (18, -166), (-18, -166)], shade, rounding=2)


@thing("fridge", "largeObject", "indoors", "white grey red", (48, 196), places=("kitchen",))
def _fridge(c: Canvas, fill: Colour) -> None:
    c.rectangle(-44, -192, 44, -2, fill, rounding=7)
    c.line([(-44, -126), (44, -126)], 1.2, darker(fill), edge=0)
    for y in (-148, -104):
        c.rectangle(-34, y - 16, -28, y + 16, darker(STEEL, 0.7))
    c.box(16, -88, 8, 6, colour("f6cf2c"))
    c.box(24, -108, 6, 7, colour("27b5b0"))


@thing("television", "largeObject", "indoors", "black", (80, 128), places=("living room", "bedroom"))
def _television(c: Canvas, _: Colour) -> None:
    c.rectangle(-70, -34, 70, -2, WOOD)
    for x in (-34, 34):
        c.box(x, -18, 28, 10, darker(WOOD, 0.85))
    c.rectangle(-14, -48, 14, -34, INK)
    c.rectangle(-76, -126, 76, -42, colour("2a2c31"), rounding=4)
    c.gradient(-69, -119, 69, -49, colour("5fb8e8"), colour("bfe6c8"))


@thing("plant", "smallObject", "indoors", "orange white blue", (40, 118))
def _plant(c: Canvas, pot: Colour) -> None:
    for x, y in ((-30, -82), (-16, -104), (2, -112), (20, -100), (32, -78)):
        c.limb([(0, -38), (x * 0.8, y * 0.82), (x, y)], (3, 7, 1.5), LEAF)
    c.polygon([(-22, -42), (22, -42), (16, -2), (-16, -2)], pot, rounding=2)
    c.rectangle(-25, -48, 25, -38, lighter(pot, 0.2))


@thing("bookcase", "largeObject", "indoors", "brown white", (58, 186), places=("living room", "bedroom", "classroom"))
def _bookcase(c: Canvas, fill: Colour) -> None:
    c.rectangle(-54, -182, 54, -2, fill)
    for row in range(4):
        c.rectangle(-48, -176 + 43 * row, 48, -140 + 43 * row, darker(fill, 0.55), edge=0)
        for k in range(7):
            spine = colour(("d8262c", "2d62c8", "2f9a4a", "f0871e", "7a3fa8")[(k * 3 + row) % 5])
            c.rectangle(
                -46 + 13 * k, -166 + 43 * row - 6 * ((k + row) % 2), -36 + 13 * k, -140 + 43 * row, spine, edge=0.7
            )


@thing("clock", "smallObject", "indoors", "red white black", (28, 56), stands="wall")
def _clock(c: Canvas, rim: Colour) -> None:
    c.ellipse(0, -28, 25, 25, rim)
    c.ellipse(0, -28, 19, 19, WHITE, edge=1)
    c.line([(0, -28), (0, -42)], 1.8, INK, edge=0)
    c.line([(0, -28), (9, -24)], 1.8, INK, edge=0)


@thing("painting", "smallObject", "indoors", "yellow brown blue", (50, 76), stands="wall")
def _painting(c: Canvas, frame: Colour) -> None:
    c.rectangle(-48, -74, 48, -2, frame)
    c.gradient(-40, -66, 40, -10, colour("8fd0f5"), colour("f4e3b0"))
    c.polygon([(-40, -10), (-14, -48), (4, -26), (18, -40), (40, -10)], colour("5a8f5f"), edge=0)
    c.ellipse(24, -54, 7, 7, colour("f6a821"), edge=0)


@thing("rug", "smallObject", "indoors", "red blue green", (104, 26))
def _rug(c: Canvas, fill: Colour) -> None:
    c.ellipse(0, -10, 100, 14, fill)
    c.ellipse(0, -10, 80, 10, lighter(fill, 0.4), edge=0)
    c.ellipse(0, -10, 58, 6.5, fill, edge=0)


@thing("teddy bear", "smallObject", "indoors", "brown pink", (28, 62))
def _teddy(c: Canvas, fur: Colour) -> None:
    for x in (-11, 11):
        c.ellipse(x * 1.5, -7, 9, 7, fur)
        c.ellipse(x * 1.7, -27, 6, 10, fur, turn=30 if x < 0 else -30)
        c.ellipse(x * 1.1, -54, 6, 6, fur)
    c.ellipse(0, -20, 15, 17, fur)
    c.ellipse(0, -20, 9, 11, lighter(fur, 0.4), edge=0)
    c.ellipse(0, -44, 15, 13, fur)
    c.ellipse(0, -40, 7, 5, lighter(fur, 0.5), edge=0.8)
    c.dots([(-6, -47), (6, -47), (0, -42)], 2, INK)


@thing("laptop", "smallObject", "indoors", "grey black", (34, 44), stands="top")
def _laptop(c: Canvas, fill: Colour) -> None:
    c.rectangle(-27, -42, 27, -6, fill, rounding=3)
    c.gradient(-23, -38, 23, -10, colour("7cc4f0"), colour("d6f0e0"))
    c.polygon([(-29, -6), (29, -6), (33, -1), (-33, -1)], darker(fill, 0.85))


@thing("cake", "smallObject", "both", "pink white brown", (26, 44), stands="top")
def _cake(c: Canvas, icing: Colour) -> None:
    c.ellipse(0, -3, 25, 4, WHITE)
    c.rectangle(-20, -22, 20, -3, colour("c98a4a"), rounding=3)
    c.rectangle(-20, -25, 20, -14, icing, rounding=4)
    for x in (-10, 0, 10):
        c.line([(x, -25), (x, -34)], 1.6, colour("2d62c8"), edge=0)
        c.dots([(x, -38)], 3, colour("f6a821"))


@thing("vase", "smallObject", "indoors", "blue purple", (20, 58), stands="top")
def _vase(c: Canvas, fill: Colour) -> None:
    for x, name in ((-11, "d8262c"), (0, "f6cf2c"), (11, "ee6fa8")):
        c.line([(0, -24), (x, -46)], 1.6, LEAF, edge=0)
        c.dots([(x, -48)], 7, colour(name), edge=1)
    c.limb([(0, -28), (0, -12)], (6, 12), fill)


# Outdoors


@thing("tree", "largeObject", "outdoors", "green orange", (78, 226), places=("park", "garden", "street"))
def _tree(c: Canvas, leaf: Colour) -> None:
    c.limb([(0, -110), (0, -4)], (12, 17), colour("7a5230"))
    for x, y, r in ((-36, -112, 36), (36, -112, 36), (-22, -156, 38), (24, -156, 38), (0, -186, 36), (0, -132, 40)):
        c.ellipse(x, y, r, r, leaf)
    for x, y in ((-30, -150), (14, -176), (32, -118), (-8, -116)):
        c.ellipse(x, y, 11, 8, lighter(leaf, 0.22), edge=0)


@thing("palm", "largeObject", "outdoors", "green", (84, 220), places=("beach",))
def _palm(c: Canvas, leaf: Colour) -> None:
    c.limb([(10, -4), (2, -90), (-8, -172)], (12, 9, 7), colour("9a7040"))
    for x, y in ((-78, -150), (-62, -204), (-4, -214), (56, -196), (66, -146)):
        c.limb([(-8, -174), ((x - 8) * 0.55, (y - 200) * 0.5), (x, y)], (5, 11, 2), leaf)
    c.dots([(-16, -168), (0, -166)], 7, colour("6b4526"), edge=1)


@thing("bush", "largeObject", "outdoors", "green", (62, 72), places=("park", "garden", "forest", "street"))
def _bush(c: Canvas, leaf: Colour) -> None:
    for x, y, r in ((-34, -24, 25), (34, -24, 25), (-14, -44, 26), (18, -42, 26), (0, -22, 28)):
        c.ellipse(x, y, r, r * 0.86, darker(leaf, 0.86))
    c.dots([(-30, -30), (-8, -50), (18, -34), (36, -20), (2, -18)], 4, colour("ee6fa8"))


@thing("bench", "largeObject", "outdoors", "brown green", (88, 84), places=("park", "garden", "street", "beach"))
def _bench(c: Canvas, fill: Colour) -> None:
    for x in (-68, 68):
        c.line([(x, -2), (x, -80)], 4.5, INK, edge=0)
    for y in (-76, -60):
        c.rectangle(-84, y - 6, 84, y + 6, fill)
    c.rectangle(-86, -44, 86, -34, lighter(fill, 0.15))


@thing("slide", "largeObject", "outdoors", "red yellow blue", (98, 150), places=("park", "garden"))
def _slide(c: Canvas, fill: Colour) -> None:
    for x in (44, 66):
        c.line([(x, -2), (x, -142)], 4, STEEL)
    for y in (-24, -52, -80, -108):
        c.line([(44, y), (66, y)], 3, STEEL, edge=1)
    c.line([(52, -118), (30, -112), (-66, -14), (-88, -10)], 8, fill)


@thing("parasol", "largeObject", "outdoors", "red blue yellow", (84, 176), places=("beach", "garden"))
def _parasol(c: Canvas, cloth: Colour) -> None:
    c.line([(0, -2), (0, -160)], 3.5, WHITE)
    c.polygon([(-80, -112), (-60, -146), (0, -172), (60, -146), (80, -112)], cloth, rounding=2)
    c.polygon([(-30, -112), (-16, -168), (0, -172), (16, -168), (30, -112)], WHITE, rounding=1, edge=1)


@thing("car", "largeObject", "outdoors", "red blue green yellow", (124, 96), places=("street",))
def _car(c: Canvas, paint: Colour) -> None:
    c.polygon([(-62, -54), (-40, -88), (44, -88), (74, -54)], paint, rounding=5)
    c.polygon([(-52, -54), (-35, -80), (-2, -80), (-2, -54)], colour("cfe8f5"), edge=1)
    c.polygon([(6, -54), (6, -80), (38, -80), (60, -54)], colour("cfe8f5"), edge=1)
    c.box(0, -36, 118, 20, paint, rounding=13)
    for x in (-66, 66):
        c.ellipse(x, -17, 20, 20, INK)
        c.ellipse(x, -17, 9, 9, STEEL, edge=0)
    c.ellipse(-112, -40, 5, 7, colour("fff2b0"))


@thing("bicycle", "largeObject", "outdoors", "red blue", (74, 90), places=("street", "park", "forest"))
def _bicycle(c: Canvas, paint: Colour) -> None:
    for x in (-42, 42):
        c.paint(
            (x - 34, -64, x + 34, 2),
            lambda u, v, x=x: ((u - x) ** 2 + (v + 29) ** 2).sqrt().sub(26).abs() - 2.6,
            INK,
            edge=0,
        )
    c.line([(42, -29), (20, -62), (-24, -62), (2, -28), (42, -29)], 3.2, paint, edge=1)
    c.line([(-42, -29), (-26, -74), (-38, -80)], 3.2, paint, edge=1)
    c.line([(2, -28), (24, -72)], 3.2, paint, edge=1)
    c.line([(14, -74), (34, -74)], 4, INK, edge=0)


@thing("tent", "largeObject", "outdoors", "orange green blue", (104, 118), places=("forest", "park"))
def _tent(c: Canvas, cloth: Colour) -> None:
    c.polygon([(-98, -2), (-16, -112), (24, -112), (100, -2)], darker(cloth, 0.8), rounding=2)
    c.polygon([(-98, -2), (-16, -112), (56, -2)], cloth, rounding=2)
    c.polygon([(-42, -2), (-16, -78), (12, -2)], darker(cloth, 0.4), edge=0)


@thing("sandcastle", "smallObject", "outdoors", "yellow", (44, 66), places=("beach",))
def _sandcastle(c: Canvas, _: Colour) -> None:
    sand = colour("d9a95a")
    c.rectangle(-40, -24, 40, 0, sand, rounding=2)
    for x, high in ((-28, 42), (0, 54), (28, 42)):
        c.rectangle(x - 11, -high, x + 11, -2, sand)
        for k in (-8, 0, 8):
            c.rectangle(x + k - 3, -high - 6, x + k + 3, -high, sand, edge=0.8)
    c.polygon([(0, -64), (14, -60), (0, -55)], colour("d8262c"))


@thing("flower", "smallObject", "outdoors", "red yellow purple", (18, 56), places=("park", "garden", "forest"))
def _flower(c: Canvas, petal: Colour) -> None:
    c.line([(0, -2), (0, -38)], 2.4, LEAF, edge=0.8)
    c.ellipse(8, -16, 8, 4, LEAF, turn=-25)
    for x, y in ((0, -53), (0, -33), (-10, -43), (10, -43), (-7, -50), (7, -50), (-7, -36), (7, -36)):
        c.ellipse(x, y, 6.5, 6.5, petal, edge=0.8)
    c.ellipse(0, -43, 6, 6, colour("ffe27a"))


@thing("mushroom", "smallObject", "outdoors", "red brown", (24, 42), places=("forest", "garden"))
def _mushroom(c: Canvas, cap: Colour) -> None:
    c.limb([(0, -22), (0, -5)], (7, 8), colour("f5ecd8"))
    c.polygon([(-22, -20), (-17, -34), (0, -41), (17, -34), (22, -20)], cap, rounding=1)
    c.dots([(-10, -28), (2, -34), (11, -26)], 3.4, WHITE)


@thing(
    "kite", "smallObject", "outdoors", "red purple green", (34, 110), stands="sky", places=("park", "beach", "street")
)
def _kite(c: Canvas, fill: Colour) -> None:
    c.line([(0, -46), (6, -30), (-4, -16), (4, -2)], 1.4, INK, edge=0)
    c.polygon([(0, -106), (26, -78), (0, -42), (-26, -78)], fill)
    c.polygon([(0, -106), (26, -78), (0, -78)], lighter(fill, 0.5), edge=0)
    c.polygon([(0, -42), (-26, -78), (0, -78)], lighter(fill, 0.5), edge=0)


# Both


@thing("ball", "smallObject", "both", "red blue yellow", (20, 40))
def _ball(c: Canvas, fill: Colour) -> None:
    c.ellipse(0, -19, 19, 19, fill)
    c.ellipse(0, -19, 7, 19, WHITE, edge=0)
    c.ellipse(-6, -28, 5, 3.5, WHITE, edge=0, share=0.7)


@thing("balloon", "smallObject", "both", "red blue green yellow", (22, 110), stands="sky")
def _balloon(c: Canvas, fill: Colour) -> None:
    c.line([(0, -56), (4, -36), (-3, -18), (0, -2)], 1.2, INK, edge=0)
    c.ellipse(0, -82, 20, 25, fill)
    c.polygon([(-4, -54), (4, -54), (0, -60)], fill)
    c.ellipse(-7, -92, 4, 6, WHITE, edge=0, share=0.7)


@thing("book", "smallObject", "both", "red blue green", (26, 24))
def _book(c: Canvas, fill: Colour) -> None:
    c.polygon([(-24, -6), (0, -2), (24, -6), (24, -20), (0, -15), (-24, -20)], fill, rounding=1.5)
    c.polygon([(-20, -9), (0, -6), (0, -18), (-20, -22)], WHITE, edge=0.8)
    c.polygon([(20, -9), (0, -6), (0, -18), (20, -22)], WHITE, edge=0.8)


@thing("bag", "smallObject", "both", "brown pink blue", (28, 54))
def _bag(c: Canvas, fill: Colour) -> None:
    c.line([(-13, -36), (-10, -50), (10, -50), (13, -36)], 2.6, darker(fill), edge=0)
    c.box(0, -19, 25, 18, fill, rounding=7)
    c.rectangle(-25, -30, 25, -22, darker(fill, 0.8), edge=0.8)
    c.box(0, -22, 4, 5, colour("f6cf2c"))


@thing("guitar", "smallObject", "both", "brown red", (34, 122))
def _guitar(c: Canvas, fill: Colour) -> None:
    c.line([(0, -40), (0, -112)], 3.6, darker(WOOD, 0.6), edge=1)
    c.box(0, -112, 6, 9, darker(WOOD, 0.7))
    c.ellipse(0, -25, 25, 23, fill)
    c.ellipse(0, -54, 17, 15, fill)
    c.ellipse(0, -40, 14, 12, fill, edge=0)
    c.ellipse(0, -36, 8, 8, INK, edge=0)


@thing("present", "smallObject", "both", "red green purple", (28, 52))
def _present(c: Canvas, paper: Colour) -> None:
    ribbon = colour("f6cf2c")
    c.rectangle(-25, -38, 25, -2, paper)
    c.rectangle(-5, -38, 5, -2, ribbon, edge=0)
    for side in (-1, 1):
        c.ellipse(side * 8, -44, 8, 5, ribbon, turn=side * -20)


@thing("basket", "smallObject", "both", "brown", (34, 62))
def _basket(c: Canvas, fill: Colour) -> None:
    c.line([(-24, -28), (-18, -56), (18, -56), (24, -28)], 3, darker(fill), edge=0)
    c.dots([(-14, -32), (0, -35), (14, -32)], 9, colour("d8262c"), edge=1.2)
    c.polygon([(-32, -30), (32, -30), (24, -2), (-24, -2)], lighter(fill, 0.25), rounding=2)
    for y in (-22, -13):
        c.line([(-28, y), (28, y)], 1.2, darker(fill), edge=0)


THINGS = tuple(_FOUND)
"""In the order of their numbers."""

NUMBERS = {found.name: number for number, found in enumerate(THINGS)}
