"""Draw a person of the scenes in a pose, facing left."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from ganbook.data.scenes.canvas import Canvas, Colour, Point, colour, darker, lighter
from ganbook.data.scenes.people import PEOPLE, POSES, Person

INK, LIPS, SHOE = colour("2a2022"), colour("b03a3a"), colour("3a2c2a")


@dataclass(frozen=True)
class Build:
    """Lengths of a body: of a leg, of the trunk, half sides of the head, and how thick the rest is."""

    leg: float
    trunk: float
    head: tuple[float, float]
    thick: float


BUILDS = {
    "adult": Build(100, 78, (28, 32), 1.0),
    "old": Build(88, 74, (28, 31), 1.05),
    "child": Build(54, 52, (28, 29), 0.82),
}


class Pose(NamedTuple):
    """Angles from straight down, to the right positive, in degrees: of both parts of each arm and each leg."""

    arms: tuple[tuple[float, float], tuple[float, float]]
    legs: tuple[tuple[float, float], tuple[float, float]]
    lift: float = 0
    lean: float = 0


_STANDING = ((-5, -2), (5, 2))
SHAPES = {
    "standing": Pose(((-18, -8), (18, 8)), _STANDING),
    "waving": Pose(((-18, -8), (118, 172)), _STANDING),
    "walking": Pose(((-38, -62), (32, 18)), ((-30, -16), (20, 40))),
    "running": Pose(((-62, -135), (58, 0)), ((-66, -6), (34, 96)), lift=8, lean=-10),
    "sitting": Pose(((-26, -44), (24, 8)), ((-84, -86), (-118, -28))),
    "jumping": Pose(((-142, -164), (142, 164)), ((-40, 24), (40, -24)), lift=44),
    "pointing": Pose(((-90, -94), (24, 8)), _STANDING),
    "dancing": Pose(((-104, -172), (76, 120)), ((-10, -4), (48, -40)), lean=7),
}
assert tuple(SHAPES) == POSES


class Joints(NamedTuple):
    """Where a body's joints are."""

    hip: Point
    neck: Point
    head: Point
    arms: tuple[tuple[Point, Point, Point], tuple[Point, Point, Point]]
    legs: tuple[tuple[Point, Point, Point], tuple[Point, Point, Point]]


def joints(build: Build, pose: Pose) -> Joints:
    """Shoulders, elbows, hands; hips, knees, feet. The lowest foot stands on the ground, or ``lift`` above it."""
    t, upper, lower = build.thick, 0.5 * build.leg, 0.5 * build.leg
    lean = math.radians(pose.lean)
    hips = ((-9 * t, 0.0), (9 * t, 0.0))
    legs = tuple(_chain(hip, (upper, lower), angles) for hip, angles in zip(hips, pose.legs))
    neck = (math.sin(lean) * -1 * -build.trunk, -math.cos(lean) * build.trunk)
    half, arm = 22 * t, 0.46 * build.trunk + 0.08 * build.leg
    shoulders = ((neck[0] - half, neck[1] + 8 * t), (neck[0] + half, neck[1] + 8 * t))
    arms = tuple(_chain(start, (arm, arm), angles) for start, angles in zip(shoulders, pose.arms))
    head = (neck[0] * 1.25, neck[1] - 0.92 * build.head[1] - 3 * t)
    floor = -max(max(leg[2][1], leg[1][1] + 4) for leg in legs) - 7 * t - pose.lift
    if pose == SHAPES["sitting"]:
        floor = -21 * t

    def down(point: Point) -> Point:
        return point[0], point[1] + floor

    return Joints(
        down((0.0, 0.0)),
        down(neck),
        down(head),
        tuple(tuple(map(down, arm)) for arm in arms),
        tuple(tuple(map(down, leg)) for leg in legs),
    )


def _chain(start: Point, lengths: tuple[float, float], angles: tuple[float, float]) -> tuple[Point, Point, Point]:
    points = [start]
    for length, angle in zip(lengths, angles):
        x, y = points[-1]
        points.append((x + length * math.sin(math.radians(angle)), y + length * math.cos(math.radians(angle))))
    return tuple(points)


def draw_person(number: int, pose: int) -> Canvas:
    """Somebody of ``PEOPLE`` in one of ``POSES``, facing left, the lowest foot at y = 0."""
    person = PEOPLE[number]
    canvas = Canvas(-130, -310, 130, 16)
    _Figure(person, POSES[pose], canvas).draw()
    return canvas


class _Figure:
    """Draws one person, from back to front."""

    def __init__(self, person: Person, pose: str, canvas: Canvas) -> None:
        self.person, self.pose, self.canvas = person, pose, canvas
        self.build = BUILDS[person.age]
        self.t = self.build.thick
        self.joints = joints(self.build, SHAPES[pose])
        self.skin, self.hair = person.colours("skin"), person.colours("hair")
        self.top, self.below = person.colours("top"), person.colours("below")
        self.x, self.y = self.joints.head
        self.width, self.height = self.build.head

    def draw(self) -> None:
        if self.person.cane:
            self._cane()
        self._hair_behind()
        self._legs()
        self._trunk()
        self._arms()
        self._head()
        self._face()
        self._hair()
        if self.person.glasses:
            self._glasses()

    @property
    def dressed(self) -> bool:
        return self.person.wear in ("dress", "skirt", "coat")

    # Body

    def _legs(self) -> None:
        bare = self.person.wear in ("dress", "skirt", "shorts")
        cloth = self.skin if bare else self.below
        for hip, knee, foot in self.joints.legs:
            thick = (12 * self.t, 10 * self.t, 8 * self.t) if not bare else (11 * self.t, 8 * self.t, 6.5 * self.t)
            self._shoe(knee, foot)
            self.canvas.limb((hip, knee, foot), thick, cloth)
        if self.person.wear == "shorts":
            for hip, knee, _ in self.joints.legs:
                end = (hip[0] + 0.8 * (knee[0] - hip[0]), hip[1] + 0.8 * (knee[1] - hip[1]))
                self.canvas.limb((hip, end), (14 * self.t, 13 * self.t), self.below)
        elif not bare:
            (left, _, _), (right, _, _) = self.joints.legs
            self.canvas.line((left, right), 12 * self.t, self.below)

    def _shoe(self, knee: Point, foot: Point) -> None:
        angle = math.atan2(foot[0] - knee[0], foot[1] - knee[1])
        x, y = foot[0] - 6 * self.t * math.cos(angle), foot[1] + 3 * self.t + 5 * self.t * math.sin(angle) * 0.5
        turn = -math.degrees(angle)
        self.canvas.ellipse(x, y, 12 * self.t, 6.5 * self.t, SHOE, turn=turn)

    def _trunk(self) -> None:
        points = self._outline()
        self.canvas.polygon(points, self.top, rounding=7 * self.t)
        if self.person.pattern != "plain":
            self._pattern(points)
        wear = getattr(self, f"_{self.person.wear}", None)
        if wear:
            wear()
        x, y = self.joints.neck
        self.canvas.box(x * 1.06, y - 3 * self.t, 8 * self.t, 9 * self.t, darker(self.skin, 0.88), rounding=5)

    def _outline(self) -> list[Point]:
        (x, y), (nx, ny), t = self.joints.hip, self.joints.neck, self.t
        shoulder, waist = (19, 15) if self.person.gender == "male" else (16, 12)
        middle = ((x + nx) / 2, (y + ny) / 2)
        return [
            (nx - shoulder * t, ny + 8 * t),
            (nx + shoulder * t, ny + 8 * t),
            (middle[0] + waist * t, middle[1] + 4),
            (x + 15 * t, y),
            (x - 15 * t, y),
            (middle[0] - waist * t, middle[1] + 4),
        ]

    def _pattern(self, points: list[Point]) -> None:
        top, bottom = points[0][1], points[3][1]
        wide = [(x + (5 if x > self.joints.hip[0] else -5), y) for x, y in points]
        stripe = colour("d8262c")
        if self.person.pattern == "stripes":
            step = (bottom - top) / 3
            rows = [(-60, top + step * k - 1, 60, top + step * (k + 0.45)) for k in range(4)]
            self.canvas.clipped(wide, rows, stripe)

    def _hem(self, reach: float) -> list[Point]:
        """Waist and hem of what hangs down from the hips, ``reach`` of the way to the knees."""
        (x, y), t = self.joints.hip, self.t
        knees = [
            (hip[0] + reach * (knee[0] - hip[0]), hip[1] + reach * (knee[1] - hip[1]))
            for hip, knee, _ in self.joints.legs
        ]
        left, right = sorted(knees)
        if self.pose == "sitting":
            return [
                (x - 14 * t, y - 22 * t),
                (x + 15 * t, y - 22 * t),
                (x + 19 * t, y + 10 * t),
                (left[0] - 8 * t, y + 10 * t),
                (left[0] - 8 * t, min(left[1], right[1]) - 10 * t),
            ]
        low = max(left[1], right[1]) + 3 * t
        return [(x - 13 * t, y - 24 * t), (x + 13 * t, y - 24 * t), (right[0] + 16 * t, low), (left[0] - 16 * t, low)]

    def _dress(self) -> None:
        self.canvas.polygon(self._hem(1.0), self.top, rounding=5 * self.t)
        if self.person.pattern == "dots":
            (x, y), t = self.joints.hip, self.t
            spots = [(-12, -36), (8, -30), (-4, -14), (14, -8), (-16, 2), (4, 10), (-8, 22), (16, 20), (0, -48)]
            self.canvas.dots([(x + dx * t, y + dy * t) for dx, dy in spots], 4.5 * t, colour("fffbe8"))
        self._belt()

    def _skirt(self) -> None:
        self.canvas.polygon(self._hem(1.0), self.below, rounding=5 * self.t)

    def _belt(self) -> None:
        (x, y), (nx, _), t = self.joints.hip, self.joints.neck, self.t
        self.canvas.line(
            ((x + nx * 0.25 - 14 * t, y - 24 * t), (x + nx * 0.25 + 14 * t, y - 24 * t)), 4 * t, self.below
        )

    def _coat(self) -> None:
        self.canvas.polygon(self._hem(0.82), self.top, rounding=5 * self.t)
        (x, y), (nx, ny), t = self.joints.hip, self.joints.neck, self.t
        self.canvas.line(((nx, ny + 10 * t), (x, y + 20 * t)), 1.2, darker(self.top), edge=0)
        self.canvas.dots([(x + 6 * t, y - 44 * t), (x + 6 * t, y - 24 * t), (x + 6 * t, y - 4 * t)], 3 * t, INK)
        self._belt()

    def _suit(self) -> None:
        (x, y), (nx, ny), t = self.joints.hip, self.joints.neck, self.t
        self.canvas.polygon(
            [(x - 17 * t, y - 10), (x + 17 * t, y - 10), (x + 17 * t, y + 12 * t), (x - 17 * t, y + 12 * t)],
            self.top,
            rounding=4,
        )
        self.canvas.polygon([(nx - 11 * t, ny + 2), (nx + 11 * t, ny + 2), (nx, ny + 42 * t)], colour("fbfbf9"), edge=0)
        tie = colour("c8202c") if self.person.age == "adult" else colour("2f7a4a")
        self.canvas.polygon(
            [
                (nx - 4 * t, ny + 6 * t),
                (nx + 4 * t, ny + 6 * t),
                (nx + 5 * t, ny + 32 * t),
                (nx, ny + 40 * t),
                (nx - 5 * t, ny + 32 * t),
            ],
            tie,
            edge=0,
        )

    def _overalls(self) -> None:
        (x, y), (nx, ny), t = self.joints.hip, self.joints.neck, self.t
        self.canvas.polygon(
            [(nx - 12 * t, ny + 26 * t), (nx + 12 * t, ny + 26 * t), (x + 18 * t, y + 4), (x - 18 * t, y + 4)],
            self.below,
            rounding=3,
        )
        for side in (-1, 1):
            self.canvas.line(((nx + side * 10 * t, ny + 28 * t), (nx + side * 14 * t, ny + 6 * t)), 3.5 * t, self.below)

    def _arms(self) -> None:
        long = self.person.wear in ("coat", "suit") or self.person.age == "old" or self.person.accent == "turquoise"
        for shoulder, elbow, hand in self.joints.arms:
            t = self.t
            self.canvas.limb((shoulder, elbow, hand), (8.5 * t, 7 * t, 6 * t), self.top if long else self.skin)
            if not long:
                end = (shoulder[0] + 0.85 * (elbow[0] - shoulder[0]), shoulder[1] + 0.85 * (elbow[1] - shoulder[1]))
                self.canvas.limb((shoulder, end), (10 * t, 9.5 * t), self.top)
            self.canvas.ellipse(*hand, 8 * t, 8 * t, self.skin)

    def _cane(self) -> None:
        x, y = self.joints.arms[0][2]
        self.canvas.line(((x - 2, y), (x - 9, min(-2, y + 66))), 3, colour("8a5a2b"))

    # Head

    def _head(self) -> None:
        for side in (-1, 1):
            self.canvas.ellipse(self.x + side * self.width, self.y + 3, 5, 7, darker(self.skin, 0.93))
        self.canvas.ellipse(self.x, self.y, self.width, self.height, self.skin)

    def _face(self) -> None:
        x, y, canvas = self.x - 4, self.y, self.canvas
        for side in (-1, 1):
            canvas.ellipse(x + side * 11, y + 10, 5.5, 4, colour("f08a7a"), edge=0, share=0.35)
            canvas.ellipse(x + side * 10, y - 1, 4.4, 5.6, colour("ffffff"), edge=0.8, line=INK)
            canvas.ellipse(x + side * 10 - 1, y, 3, 3.9, INK, edge=0)
            brow = darker(self.hair, 0.7) if self.person.age != "old" else colour("e8e8e8")
            canvas.line(((x + side * 10 - 5, y - 10), (x + side * 10 + 5, y - 10)), 1.5, brow, edge=0)
            if self.person.gender == "female":
                canvas.line(((x + side * 12, y - 6), (x + side * 16, y - 8)), 1.1, INK, edge=0)
        canvas.line(((x - 1, y + 3), (x - 3, y + 7), (x + 1, y + 8)), 1.2, darker(self.skin, 0.66), edge=0)
        if self.person.beard == "beard":
            self._beard()
        lips = LIPS if self.person.gender == "female" else darker(LIPS, 0.75)
        canvas.line(((x - 8, y + 14), (x - 4, y + 17.5), (x + 4, y + 17.5), (x + 8, y + 14)), 1.9, lips, edge=0)
        if self.person.beard == "moustache":
            canvas.limb(((x - 14, y + 13), (x, y + 10), (x + 14, y + 13)), (2, 4.5, 2), self.hair, edge=0.8)
        if self.person.age == "old":
            for side in (-1, 1):
                canvas.line(((x + side * 15, y + 8), (x + side * 13, y + 13)), 0.8, darker(self.skin, 0.72), edge=0)

    def _beard(self) -> None:
        x, y = self.x, self.y
        points = [
            (x - 27, y + 2),
            (x - 17, y + 10),
            (x, y + 8),
            (x + 17, y + 10),
            (x + 27, y + 2),
            (x + 22, y + 24),
            (x + 8, y + 36),
            (x - 8, y + 36),
            (x - 22, y + 24),
        ]
        self.canvas.polygon(points, self.hair, rounding=1.5)

    def _glasses(self) -> None:
        x, y = self.x - 4, self.y - 1
        for side in (-1, 1):
            self.canvas.ellipse(x + side * 11, y, 9.5, 8.5, colour("dff2fb"), edge=2.2, line=INK, share=0.55)
            self.canvas.ellipse(x + side * 10 - 1, y + 1, 3, 3.9, INK, edge=0)
        self.canvas.line(((x - 3, y - 1), (x + 3, y - 1)), 1.2, INK, edge=0)

    # Hair

    def _hair_behind(self) -> None:
        x, y, w, h, hair, canvas = self.x, self.y, self.width, self.height, self.hair, self.canvas
        match self.person.style:
            case "long":
                canvas.polygon(
                    [(x - w - 2, y - 10), (x + w + 2, y - 10), (x + w + 7, y + 52), (x - w - 7, y + 52)],
                    hair,
                    rounding=8,
                )
            case "bob":
                canvas.box(x, y + 6, w + 9, 27, hair, rounding=14)
            case "curly":
                canvas.ellipse(x, y - 10, w + 17, h + 10, hair)
            case "ponytail":
                canvas.limb(((x + 16, y - 26), (x + 46, y - 14), (x + 50, y + 38)), (9, 13, 5), hair)
            case "bun":
                canvas.ellipse(x + 2, y - h - 12, 15, 14, hair)
            case "pigtails":
                for side in (-1, 1):
                    canvas.limb(
                        ((x + side * w, y - 4), (x + side * (w + 18), y + 8), (x + side * (w + 20), y + 34)),
                        (7, 11, 4),
                        hair,
                    )
            case "puffs":
                for side in (-1, 1):
                    canvas.ellipse(x + side * (w + 2), y - 24, 18, 18, hair)
            case "scarf":
                cloth = self.person.colours("accent")
                canvas.polygon(
                    [(x - w - 3, y - 8), (x + w + 3, y - 8), (x + w + 4, y + 44), (x - w - 4, y + 44)],
                    cloth,
                    rounding=8,
                )

    def _hair(self) -> None:
        x, y, w, h, hair, canvas = self.x, self.y, self.width, self.height, self.hair, self.canvas
        match self.person.style:
            case "bald":
                canvas.ellipse(x + 10, y - h + 10, 7, 4, lighter(self.skin, 0.4), edge=0, share=0.7)
            case "fringe":
                for side in (-1, 1):
                    canvas.ellipse(x + side * (w + 1), y - 4, 8, 13, hair)
            case "scarf":
                self._cap_of_hair(self.person.colours("accent"), 4, 10)
                cloth = self.person.colours("accent")
                canvas.limb(
                    ((x - w + 1, y), (x - 14, y + h - 2), (x + 14, y + h - 2), (x + w - 1, y)), (4, 6, 6, 4), cloth
                )
            case "spiky":
                points = [
                    (x - w - 3, y - 4),
                    (x - w - 6, y - 26),
                    (x - 18, y - 26),
                    (x - 16, y - h - 16),
                    (x - 3, y - h - 1),
                    (x + 6, y - h - 19),
                    (x + 13, y - h),
                    (x + 27, y - h - 9),
                    (x + 24, y - 24),
                    (x + w + 6, y - 22),
                    (x + w + 2, y - 3),
                    (x + 20, y - 15),
                    (x + 8, y - 18),
                    (x - 8, y - 16),
                    (x - 20, y - 13),
                ]
                canvas.polygon(points, hair, rounding=1)
            case "flat":
                canvas.polygon(
                    [
                        (x - w, y - 6),
                        (x - w + 1, y - h - 12),
                        (x + w - 1, y - h - 12),
                        (x + w, y - 6),
                        (x + 20, y - 17),
                        (x - 20, y - 17),
                    ],
                    hair,
                    rounding=2,
                )
            case "cap":
                cloth = self.person.colours("accent")
                self._cap_of_hair(cloth, 3, 13)
                canvas.limb(((x + 6, y - 14), (x - w - 18, y - 11)), (5, 4), cloth)
            case _:
                self._cap_of_hair(hair, 4 if self.person.style != "short" else 2.5, 12)

    def _cap_of_hair(self, fill: Colour, out: float, line: float) -> None:
        """What covers the upper head down to ``line`` above its middle, a little lower at the sides."""
        x, y, w, h = self.x, self.y, self.width, self.height
        turns = [math.radians(180 + 12 * k) for k in range(-1, 17)]
        arc = [(x + (w + out) * math.cos(turn), y + (h + out) * math.sin(turn)) for turn in turns]
        self.canvas.polygon(
            [*arc, (x + w - 4, y - line - 2), (x + 10, y - line - 6), (x - 12, y - line), (x - w + 4, y - line + 1)],
            fill,
        )
