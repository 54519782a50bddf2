"""Compositions: which things stand where, from the number of a picture alone."""

from collections.abc import Callable

from ganbook.data.paintings import things
from ganbook.data.paintings.layout import Layout
from ganbook.data.paintings.motif import MOTIFS, SEASONS, WEATHERS, Motif, dice
from ganbook.data.paintings.things import Random, between, pick

FIELDS = ("wheat", "grass", "plough")


def compose(motif: Motif) -> Layout:
    """The layout of a picture; the year has no part in it."""
    rng = dice(motif.number, "composition")
    layout = Layout()
    season, weather = SEASONS[motif.season], WEATHERS[motif.weather]
    _COMPOSERS[MOTIFS[motif.motif]](layout, rng, season, weather)
    return layout


def _land(layout: Layout, rng: Random, weather: str, low: float, high: float, first: str | None = None) -> float:
    """Sky, what stands at the horizon, and two to four strips of field; returns where the horizon is."""
    horizon = between(rng, low, high)
    things.sky(layout, rng, horizon, weather)
    if rng.random() < 0.55:
        things.hills(layout, rng, horizon, between(rng, 0.06, 0.16))
    things.distant_trees(layout, rng, horizon)
    n = 2 + int(3 * rng.random())
    things.ground(
        layout, rng, horizon, tuple(pick(rng, *FIELDS) for _ in range(n - 1)) + (first or pick(rng, *FIELDS),)
    )
    return horizon


def _bloom(layout: Layout, rng: Random, season: str, horizon: float) -> None:
    if season in ("spring", "summer") and rng.random() < 0.7:
        things.flowers(layout, rng, horizon, 60)


def _work(layout: Layout, rng: Random, horizon: float, often: float) -> None:
    """Perhaps somebody in the fields."""
    if rng.random() < often:
        near = between(rng, 0.2, 0.55)
        things.figure(layout, rng, between(rng, 0.15, 0.85), horizon + (1 - horizon) * near, 0.06 + 0.3 * near)


def _field(layout: Layout, rng: Random, season: str, weather: str) -> None:
    horizon = _land(layout, rng, weather, 0.3, 0.46, "wheat")
    _bloom(layout, rng, season, horizon)
    if rng.random() < 0.4:
        things.way(layout, rng, horizon, "path", between(rng, 0.08, 0.14))
    for _ in range(int(4 * rng.random())):
        near = between(rng, 0.15, 0.6)
        things.stack(layout, rng, between(rng, 0.1, 0.9), horizon + (1 - horizon) * near, 0.07 + 0.24 * near)
    _work(layout, rng, horizon, 0.55)
    if rng.random() < 0.4:
        things.birds(layout, rng, horizon)


def _trees(layout: Layout, rng: Random, season: str, weather: str) -> None:
    horizon = _land(layout, rng, weather, 0.42, 0.6, "grass")
    _bloom(layout, rng, season, horizon)
    n = 3 + int(4 * rng.random())
    nearness = sorted(between(rng, 0.1, 0.75) for _ in range(n))
    for k, near in enumerate(nearness):
        place = ((k * 0.382 * 2 + between(rng, 0, 0.25)) % 1) * 0.9 + 0.05
        things.tree(layout, rng, place, horizon + (1 - horizon) * near, 0.2 + 0.55 * near, season == "winter")


def _cypresses(layout: Layout, rng: Random, season: str, weather: str) -> None:
    horizon = _land(layout, rng, weather, 0.5, 0.66, "wheat")
    _bloom(layout, rng, season, horizon)
    x = between(rng, 0.15, 0.75)
    foot = horizon + between(rng, 0.16, 0.26)
    if rng.random() < 0.6:
        beside = between(rng, 0.08, 0.2) * (1 if x < 0.5 else -1)
        things.cypress(layout, rng, x + beside, foot - 0.04, between(rng, 0.35, 0.5))
    things.cypress(layout, rng, x, foot, between(rng, 0.6, 0.8))


def _house(layout: Layout, rng: Random, season: str, weather: str) -> None:
    horizon = _land(layout, rng, weather, 0.45, 0.58, "grass")
    if rng.random() < 0.6:
        things.way(layout, rng, horizon, "path", between(rng, 0.1, 0.18))
    width = between(rng, 0.36, 0.55)
    x, foot = between(rng, 0.08, 0.9 - width), horizon + between(rng, 0.1, 0.2)
    side = between(rng, 0.02, 0.12) if x + width / 2 > 0.5 else between(rng, 0.88, 0.98)
    things.tree(layout, rng, side, foot - 0.03, between(rng, 0.4, 0.6), season == "winter")
    things.house(layout, rng, x, foot, width)
    if rng.random() < 0.5:
        things.tree(layout, rng, between(rng, 0.1, 0.9), foot + 0.2, between(rng, 0.3, 0.42), season == "winter")
    _work(layout, rng, foot, 0.3)
    _bloom(layout, rng, season, foot + 0.02)


def _village(layout: Layout, rng: Random, season: str, weather: str) -> None:
    horizon = _land(layout, rng, weather, 0.45, 0.58)
    _work(layout, rng, horizon + 0.1, 0.4)
    n = 4 + int(3 * rng.random())
    spire = int(n * rng.random())
    for k in range(n):
        x, foot = (k + between(rng, 0, 0.35)) / n - 0.02, horizon + between(rng, 0.03, 0.07)
        if rng.random() < 0.6:
            things.tree(layout, rng, x + 0.02, foot, between(rng, 0.13, 0.2), season == "winter")
        draw = things.church if k == spire else things.house
        draw(layout, rng, x, foot, between(rng, 0.15, 0.21))


def _sky(layout: Layout, rng: Random, season: str, weather: str) -> None:
    horizon = _land(layout, rng, weather, 0.68, 0.8)
    if rng.random() < 0.5:
        things.birds(layout, rng, horizon)
    if rng.random() < 0.5:
        things.house(layout, rng, between(rng, 0.05, 0.75), horizon + 0.05, between(rng, 0.14, 0.2))
    if rng.random() < 0.5:
        things.tree(layout, rng, between(rng, 0.1, 0.9), horizon + 0.06, between(rng, 0.18, 0.3), season == "winter")


def _river(layout: Layout, rng: Random, season: str, weather: str) -> None:
    horizon = _land(layout, rng, weather, 0.34, 0.48, "grass")
    if rng.random() < 0.5:
        things.house(layout, rng, between(rng, 0.05, 0.7), horizon + 0.04, between(rng, 0.16, 0.24))
    things.water(layout, rng, horizon + 0.06, between(rng, 0.72, 0.86))
    for _ in range(1 + int(3 * rng.random())):
        x, bare = between(rng, 0.05, 0.95), season == "winter"
        things.tree(layout, rng, x, horizon + 0.05, between(rng, 0.16, 0.3), bare)
    if rng.random() < 0.6:
        x = pick(rng, "left", "right")
        x = between(rng, 0.02, 0.14) if x == "left" else between(rng, 0.86, 0.98)
        things.tree(layout, rng, x, 0.93, between(rng, 0.6, 0.8), season == "winter")
    _bloom(layout, rng, season, 0.8)


_COMPOSERS: dict[str, Callable[[Layout, Random, str, str], None]] = {
    "field": _field,
    "trees": _trees,
    "cypresses": _cypresses,
    "house": _house,
    "village": _village,
    "sky": _sky,
    "river": _river,
}
