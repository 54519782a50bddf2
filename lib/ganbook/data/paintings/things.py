"""Things in a landscape: sky, hills, fields, trees, houses. Each lays itself onto a layout; sizes in sides."""

import numpy as np

from ganbook.data.paintings.layout import Layout, X, Y, noise, ripple

Random = np.random.Generator


def between(rng: Random, low: float, high: float) -> float:
    """A number drawn evenly from a range."""
    return low + (high - low) * float(rng.random())


def pick(rng: Random, *choices: str) -> str:
    """One of the choices, each as often."""
    return choices[int(rng.random() * len(choices))]


# The sky


def sky(layout: Layout, rng: Random, horizon: float, weather: str) -> None:
    """The sky down to the horizon, lighter below, with clouds, sun, moon, stars or rain as the weather asks."""
    tone = (Y / horizon * 1.7 - 0.9) + 0.25 * noise(rng, 2)
    layout.lay(np.ones_like(X, bool), "sky", tone, (1.0, 0.15 * noise(rng, 1)))
    centres = [(between(rng, 0, 1), between(rng, 0.1, 0.9) * horizon, between(rng, 0.09, 0.2)) for _ in range(3)]
    if weather == "night":
        centres += _stars(layout, rng, horizon)
    elif weather != "storm" and rng.random() < (0.95 if weather == "evening" else 0.35):
        low = 0.65 if weather == "evening" else 0.2
        centres += [_disc(layout, rng, between(rng, 0.15, 0.85), between(rng, low, low + 0.2) * horizon, 0.045)]
    for _ in range({"clear": 2, "cloudy": 5, "storm": 6, "evening": 3, "night": 2}[weather]):
        _cloud(layout, rng, horizon)
    _whirls(layout, rng, centres)
    if weather == "storm" and rng.random() < 0.6:
        _rain(layout, rng, horizon)


def _stars(layout: Layout, rng: Random, horizon: float) -> list[tuple[float, float, float]]:
    found = [_disc(layout, rng, between(rng, 0.7, 0.9), between(rng, 0.15, 0.35) * horizon, 0.055)]
    n = 5 + int(4 * rng.random())
    for k in range(n):
        x, y = (k + between(rng, 0.1, 0.9)) / n * 0.8, between(rng, 0.08, 0.75) * horizon
        found.append(_disc(layout, rng, x, y, between(rng, 0.009, 0.017)))
    return found


def _disc(layout: Layout, rng: Random, x: float, y: float, radius: float) -> tuple[float, float, float]:
    """A sun, moon or star with rings of light round it; returns the whirl that belongs to it."""
    dx, dy = X - x, Y - y
    far = np.hypot(dx, dy) / radius
    rings = 1.2 - 0.8 * far + 0.35 * np.cos(4 * far)
    layout.lay(far < 2.7 + 0.25 * noise(rng, 5), "halo", rings, (-dy, dx), 0.0, 0.75)
    layout.lay(far < 1, "sun", 0.6 - far, (-dy, dx), 0.0, 0.6)
    return x, y, 3.5 * radius


def _cloud(layout: Layout, rng: Random, horizon: float) -> None:
    x, y = between(rng, 0, 1), between(rng, 0.08, 0.85) * horizon
    wide, high = between(rng, 0.1, 0.24), between(rng, 0.035, 0.07) * (0.6 + horizon)
    dx, dy = (X - x) / wide, (Y - y) / high
    body = 1 - dx**2 - np.where(dy > 0, 2.2, 1) * dy**2 + 0.4 * noise(rng, 5)
    where = (body > 0) & (horizon > Y)
    layout.lay(where, "cloud", 0.3 - 0.9 * dy + 0.3 * noise(rng, 4), (1.0, -0.5 * dx), 1.0, 0.9)


def _whirls(layout: Layout, rng: Random, centres: list[tuple[float, float, float]]) -> None:
    """The flow of whirls round some centres over a waving wind, kept in the layout for late years."""
    u, v = 0.5 + 0.3 * noise(rng, 1.2), 0.55 * noise(rng, 1.7)
    for x, y, radius in centres:
        turn = 1 if rng.random() < 0.5 else -1
        dx, dy = (X - x) / radius, (Y - y) / radius
        force = 2.2 * turn * np.exp(-(dx**2 + dy**2) / 2.5)
        u, v = u - force * dy, v + force * dx
    layout.whirl[:] = np.stack([u, v]) / np.maximum(np.hypot(u, v), 0.4)


def _rain(layout: Layout, rng: Random, horizon: float) -> None:
    lean = between(rng, -0.35, 0.35)
    for x, y, long in rng.random((46, 3)):
        start, length = np.array([1.2 * x - 0.1, y * (horizon + 0.2)]), 0.08 + 0.1 * long
        layout.line([start, start + length * np.array([lean, 1])], "rain", 0.006, 0.2)


# The ground


def hills(layout: Layout, rng: Random, horizon: float, height: float) -> None:
    """Two ridges that rise above the horizon."""
    for part, tone in ((1.0, 0.35), (0.55, -0.15)):
        ridge = horizon - height * part * (0.6 + 0.35 * ripple(rng, X[0], 1.3))
        slope = np.gradient(ridge, X[0])
        layout.lay(ridge < Y, "hill", tone + 0.35 * noise(rng, 4), (1.0, slope[None] * np.ones_like(X)), 0.5, 0.75)
        layout.line(np.stack([X[0], ridge], 1)[::8], "hill", 0.012, -1.0, contour=True)


def distant_trees(layout: Layout, rng: Random, horizon: float) -> None:
    """A hem of bushes along the horizon."""
    top = horizon - 0.012 - 0.022 * np.abs(ripple(rng, X[:1], 6)) - 0.012
    tone = 0.6 * noise(rng, 7) + 8 * (top - Y)
    layout.lay((top < Y) & (horizon + 0.02 > Y), "far", tone, (0.2, 1.0), 0.4, 0.5)


def ground(layout: Layout, rng: Random, horizon: float, materials: tuple[str, ...]) -> None:
    """Strips of field from the horizon to the lower edge, broader as they come nearer."""
    n = len(materials)
    vanishing = between(rng, 0.2, 0.8)
    slants = [0.0, *(between(rng, -0.12, 0.12) for _ in range(n - 1))]
    for k, (material, slant) in enumerate(zip(materials, slants, strict=True)):
        edge = horizon + (1 - horizon) * (k / n) ** 1.35 + slant * (X - 0.5) + 0.008 * k * ripple(rng, X[:1], 2)
        near = ((Y - horizon) / (1 - horizon)).clip(0, 1)
        rows = np.sin((X - vanishing) / (Y - horizon + 0.12) * between(rng, 14, 22))
        tone = 0.35 * noise(rng, 5) + between(rng, 0.2, 0.6) * rows * near**0.7 + between(rng, -0.35, 0.25)
        grain = 0.65 + 0.5 * (k + 0.5) / n
        layout.lay(edge < Y, material, tone, _lie(rng, horizon, vanishing, material), 0.55, grain)


def _lie(rng: Random, horizon: float, vanishing: float, material: str) -> tuple[np.ndarray, np.ndarray]:
    """How strokes lie on a field: corn stands and leans with the wind, the rest runs in rows or lies flat."""
    if material == "wheat" and rng.random() < 0.7:
        return between(rng, -0.5, 0.5) + 0.3 * noise(rng, 1.5), np.ones_like(X)
    if rng.random() < 0.6:
        return X - vanishing, Y - horizon + 0.08
    return np.ones_like(X), 0.25 * noise(rng, 1.5)


def way(layout: Layout, rng: Random, horizon: float, material: str, breadth: float) -> None:
    """A path or river that winds from the horizon to the lower edge."""
    near = ((Y - horizon) / (1 - horizon)).clip(0, 1)
    start, end, bend = between(rng, 0.25, 0.75), between(rng, 0.1, 0.9), between(rng, -0.25, 0.25)
    middle = start + (end - start) * near + bend * np.sin(np.pi * near)
    half = breadth * (0.05 + near**1.3)
    along = (end - start + bend * np.pi * np.cos(np.pi * near), np.full_like(X, 1 - horizon))
    flat = material == "water"
    where = (np.abs(X - middle) < half) & (horizon < Y)
    tone = 0.5 - 1.0 * near + 0.5 * noise(rng, 6) if flat else 0.2 + 0.4 * noise(rng, 6)
    layout.lay(where, material, tone, (1.0, 0.1 * noise(rng, 3)) if flat else along, 0.35, 0.8)


def water(layout: Layout, rng: Random, top: float, bottom: float) -> None:
    """A broad river across the picture, with light on it."""
    near, far = bottom + 0.03 * ripple(rng, X[:1], 1.2), top + 0.006 * ripple(rng, X[:1], 2)
    depth = ((Y - far) / (near - far)).clip(0, 1)
    mirrored = np.exp(-6 * depth) * (1 + noise(rng, 5))
    tone = 0.6 - 1.0 * depth - 0.8 * mirrored + 0.4 * noise(rng, 7)
    layout.lay((far < Y) & (near > Y), "water", tone, (1.0, 0.12 * noise(rng, 3)), 0.4, 0.8)
    layout.line(np.stack([X[0], near[0]], 1)[::8], "dark", 0.008, 0.0, contour=True)


def flowers(layout: Layout, rng: Random, horizon: float, n: int) -> None:
    """Dabs of flowers, denser in the distance."""
    for x, y, tone in rng.random((n, 3)):
        near = y**0.8
        place = np.array([x, horizon + 0.06 + (0.94 - horizon) * near])
        layout.line([place, place + 0.012 * (0.4 + near)], "flower", 0.012 * (0.5 + near), 2 * tone - 1)


def figure(layout: Layout, rng: Random, x: float, foot: float, height: float) -> None:
    """Somebody at work: legs, a jacket, an arm, a head under a straw hat."""
    hip, neck = foot - 0.42 * height, foot - 0.78 * height
    stride, lean = between(rng, -0.2, 0.2) * height, between(rng, -0.1, 0.1) * height
    coat = pick(rng, "slate", "trunk", "dark")
    layout.tone[((X - x) / (0.5 * height)) ** 2 + ((Y - foot) / (0.09 * height)) ** 2 < 1] -= 0.8
    for side in (-1, 1):
        layout.line([(x + side * stride, foot), (x, hip)], "dark", 0.13 * height, 0.2)
    layout.line([(x, hip + 0.06 * height), (x + lean, neck)], coat, 0.3 * height, 0.1)
    reach = between(rng, 0.2, 0.4) * height * (1 if stride > 0 else -1)
    layout.line([(x + lean, neck + 0.08 * height), (x + lean + reach, hip)], coat, 0.1 * height, 0.5)
    head = np.array([x + 1.3 * lean, neck - 0.06 * height])
    layout.line([head, head - (0, 0.1 * height)], "thatch", 0.16 * height, 0.9)
    layout.line(
        [head - (0.14 * height, 0.12 * height), head + (0.14 * height, -0.12 * height)], "stack", 0.1 * height, 0.3
    )


def birds(layout: Layout, rng: Random, horizon: float) -> None:
    """Crows over the field."""
    x0, y0 = between(rng, 0.2, 0.6), horizon * between(rng, 0.5, 0.9)
    for dx, dy, size in rng.random((9, 3)):
        x, y, s = x0 + 0.4 * (dx - 0.3), y0 + 0.25 * (dy - 0.5), 0.014 + 0.014 * size
        layout.line([(x - s, y - 0.5 * s), (x, y), (x + s, y - 0.6 * s)], "dark", 0.007, -1.0)


# Trees


def tree(layout: Layout, rng: Random, x: float, foot: float, height: float, bare: bool) -> None:
    """A tree with a crooked trunk and a round crown; in winter only branches."""
    lean, wide = between(rng, -0.12, 0.12) * height, height * between(rng, 0.26, 0.36)
    top = foot - height * 0.62
    _shadow(layout, rng, x, foot, wide)
    trunk = [(x, foot), (x + 0.3 * lean, foot - 0.3 * height), (x + lean, top)]
    layout.line(trunk, "trunk", 0.055 * height, -0.5)
    if bare:
        _branches(layout, rng, x + lean, top + 0.1 * height, height, 11)
        return
    _crown(layout, rng, x + lean, top, wide, height * 0.4)
    layout.line(np.array(trunk) + (0.012 * height, 0), "trunk", 0.025 * height, 0.6)
    _branches(layout, rng, x + lean, top + 0.1 * height, 0.7 * height, 4)


def _crown(layout: Layout, rng: Random, x: float, y: float, wide: float, high: float) -> None:
    """A crown of clumps, the darker ones behind and below, the lighter ones in front and above."""
    n = 9
    for k in range(n):
        angle, far = 2.4 * k + between(rng, -0.3, 0.3), 0.62 * np.sqrt((n - k - 0.5) / n)
        cx, cy = x + wide * far * np.cos(angle), y + high * far * np.sin(angle) + high * (0.12 - 0.03 * k)
        radius = wide * between(rng, 0.36, 0.5)
        _clump(layout, rng, cx, cy, radius, radius * min(1.1, high / wide), -0.5 + 0.75 * k / n)


def _clump(layout: Layout, rng: Random, x: float, y: float, wide: float, high: float, light: float) -> None:
    dx, dy = (X - x) / wide, (Y - y) / high
    bumps = 0.12 * np.sin(6 * np.arctan2(dy, dx) + between(rng, 0, 6.28)) + 0.1 * noise(rng, 12)
    tone = light - 0.4 * dx - 0.5 * dy + 0.35 * noise(rng, 10)
    layout.lay(np.hypot(dx, dy) < 1 + bumps, "foliage", tone, (-dy + 0.4, dx - 0.3), 0.3, 0.45)
    turn = np.linspace(-0.4, 1.9, 9) + between(rng, -0.4, 0.4)
    points = np.stack([x + wide * np.cos(turn), y + high * np.sin(turn)], 1)
    layout.line(points, "cypress", 0.007, -1.0, contour=True)


def _branches(layout: Layout, rng: Random, x: float, y: float, height: float, n: int) -> None:
    for k in range(n):
        angle = np.pi * (0.12 + 0.76 * (k + between(rng, 0.2, 0.8)) / n)
        reach = height * between(rng, 0.28, 0.5)
        way = np.array([np.cos(angle), -np.sin(angle)]) * reach
        bend = np.array([way[1], -way[0]]) * between(rng, -0.25, 0.25)
        points = [(x, y), np.array([x, y]) + 0.5 * way + bend, np.array([x, y]) + way]
        layout.line(points, "trunk", 0.028 * height, between(rng, -0.8, 0.5))


def _shadow(layout: Layout, rng: Random, x: float, foot: float, wide: float) -> None:
    where = ((X - x - 0.3 * wide) / wide) ** 2 + ((Y - foot) / (0.16 * wide)) ** 2 < 1
    layout.tone[where] -= 0.75


def cypress(layout: Layout, rng: Random, x: float, foot: float, height: float) -> None:
    """A cypress: a dark flame."""
    wide = height * between(rng, 0.075, 0.11)
    up = ((foot - Y) / height).clip(0, 1)
    sway = 0.3 * wide * np.sin(between(rng, 0, 6) + 5 * up)
    half = wide * np.sqrt(up.clip(1e-4)) * (1 - up) ** 0.62 * 2.0 * (1 + 0.12 * np.sin(24 * up))
    dx = X - x - sway
    where = (np.abs(dx) < half) & (foot > Y) & (foot - height < Y)
    _shadow(layout, rng, x, foot, 1.5 * wide)
    layout.lay(
        where, "cypress", 0.5 * noise(rng, 9) - 0.5 * dx / wide, (0.9 * np.sin(11 * up + 14 * X), -1.0), 0.4, 0.75
    )


def stack(layout: Layout, rng: Random, x: float, foot: float, size: float) -> None:
    """A stack of corn."""
    up = (foot - Y) / size
    half = size * np.where(up < 0.45, 0.42 + 0.12 * up, 0.475 * (1 - (up - 0.45) / 0.6).clip(0))
    _shadow(layout, rng, x, foot, 0.5 * size)
    where = (np.abs(X - x) < half) & (up > 0) & (up < 1.05)
    layout.lay(where, "stack", 0.1 - 2.2 * (X - x) / size + 0.4 * noise(rng, 8), (2 * (X - x), size), 0.3, 0.6)
    _outline(layout, [(x - 0.42 * size, foot), (x - 0.47 * size, foot - 0.45 * size), (x, foot - 1.03 * size)])
    _outline(layout, [(x + 0.42 * size, foot), (x + 0.47 * size, foot - 0.45 * size), (x, foot - 1.03 * size)])


# Houses


def house(layout: Layout, rng: Random, x: float, foot: float, width: float) -> None:
    """A cottage seen from the side: wall, roof, gable end in shadow, door, windows, chimney."""
    wall, roof = width * between(rng, 0.32, 0.42), width * between(rng, 0.28, 0.4)
    cover = pick(rng, "tiles", "thatch", "slate")
    end = x + width * between(rng, 0.28, 0.4)
    left, right, eaves, ridge = x, x + width, foot - wall, foot - wall - roof
    beside = (left < X) & (end > X) & (eaves - roof * (1 - np.abs(2 * X - left - end) / (end - left)) < Y) & (foot > Y)
    front = (end <= X) & (right > X) & (eaves < Y) & (foot > Y)
    peak = (left + end) / 2
    slide = (Y - ridge) / roof
    cover_at = (peak + (end - peak) * slide < X) & (peak + width * 0.72 + (right - peak - width * 0.72) * slide > X)
    tilt = (0.35, 1.0)
    layout.lay(beside, "wall", -0.55 + 0.2 * noise(rng, 6), (0.1, 1.0), 0.15, 0.55)
    layout.lay(front, "wall", 0.45 + 0.25 * noise(rng, 6), (1.0, 0.05), 0.15, 0.55)
    layout.lay(cover_at & (slide > 0) & (slide < 1.06), cover, 0.4 * noise(rng, 7), tilt, 0.2, 0.55)
    smoke = peak + 0.45 * width
    layout.line([(smoke, ridge + 0.02 * width), (smoke, ridge - 0.14 * width)], "tiles", 0.07 * width, -0.5)
    _openings(layout, rng, end, right, eaves, foot)
    _outline(layout, [(left, foot), (left, eaves), (peak, ridge)])
    _outline(layout, [(peak, ridge), (end, eaves), (end, foot)])
    _outline(layout, [(peak, ridge), (peak + 0.72 * width, ridge), (right, eaves), (right, foot)])
    _outline(layout, [(end, eaves), (right, eaves)])


def _openings(layout: Layout, rng: Random, left: float, right: float, top: float, foot: float) -> None:
    broad, high = right - left, foot - top
    door = int(3 * rng.random())
    for k in range(3):
        x = left + broad * (0.2 + 0.3 * k)
        if k == door:
            layout.line([(x, foot), (x, foot - 0.62 * high)], "dark", 0.15 * broad, 0.2)
        else:
            layout.line([(x, foot - 0.4 * high), (x, foot - 0.68 * high)], "dark", 0.13 * broad, 0.5)


def _outline(layout: Layout, points: list[tuple[float, float]]) -> None:
    layout.line(points, "dark", 0.008, 0.0, contour=True)


def church(layout: Layout, rng: Random, x: float, foot: float, size: float) -> None:
    """A church with a pointed tower."""
    house(layout, rng, x, foot, size)
    half, wall, top = 0.11 * size, foot - 0.85 * size, foot - 1.6 * size
    layout.lay((np.abs(X - x) < half) & (wall < Y) & (foot > Y), "wall", 0.5 - 6 * (X - x), (0.0, 1.0), 0.1, 0.5)
    spire = (np.abs(X - x) < 1.2 * half * (Y - top) / (wall - top)) & (wall >= Y) & (top < Y)
    layout.lay(spire, "slate", -0.2 - 6 * (X - x), (0.0, 1.0), 0.1, 0.5)
    _outline(layout, [(x - half, foot), (x - half, wall), (x, top)])
    _outline(layout, [(x + half, foot), (x + half, wall), (x, top)])
