"""Draw avatars at random, from a seed."""

import torch
from jaxtyping import Float32
from torch import Tensor

from ganbook.data.avatars import attributes
from ganbook.data.avatars.look import FEATURES, TEXTURED, Look

SKIN = (
    (1.0, 0.87, 0.78),
    (0.95, 0.77, 0.64),
    (0.87, 0.66, 0.5),
    (0.72, 0.5, 0.35),
    (0.53, 0.34, 0.23),
    (0.36, 0.23, 0.16),
)
"""Tones from light to dark; what lies between them is as likely as they are."""

HAIR = (
    (0.09, 0.07, 0.07),
    (0.22, 0.13, 0.08),
    (0.42, 0.26, 0.15),
    (0.62, 0.31, 0.12),
    (0.86, 0.68, 0.36),
    (0.72, 0.7, 0.68),
)
"""Natural colours: black, dark brown, brown, red, blond, grey."""


def skin_tones(n: int, generator: torch.Generator) -> Float32[Tensor, "n 3"]:
    """Evenly from light to dark."""
    tones = torch.tensor(SKIN)
    place = torch.rand(n, generator=generator) * (len(SKIN) - 1)
    low = place.long()
    return torch.lerp(tones[low], tones[low + 1], (place - low)[:, None])


def hair_colours(n: int, generator: torch.Generator, fancy: float = 0.0) -> Float32[Tensor, "n 3"]:
    """Natural colours, evenly, each a little varied; a share ``fancy`` has any colour."""
    natural = torch.tensor(HAIR)[torch.randint(len(HAIR), (n,), generator=generator)]
    natural = natural * (0.8 + 0.4 * torch.rand(n, 1, generator=generator))
    dyed = any_colours(n, generator)
    return torch.where(torch.rand(n, 1, generator=generator) < fancy, dyed, natural).clamp(0, 1)


def any_colours(n: int, generator: torch.Generator) -> Float32[Tensor, "n 3"]:
    """Every hue, from pale to full, from dark to bright."""
    hue, saturation, value = torch.rand(3, n, 1, generator=generator)
    saturation, value = 0.25 + 0.65 * saturation, 0.35 + 0.6 * value
    wheel = ((hue + torch.tensor([0.0, 2 / 3, 1 / 3])) * 6 % 6 - 3).abs() - 1
    return value * (1 - saturation * (1 - wheel.clamp(0, 1)))


def random_attributes(n: int, generator: torch.Generator) -> Tensor:
    """Each kind's values evenly, one independent of the other, (n, 14)."""
    return torch.stack([torch.randint(count, (n,), generator=generator) for count in attributes.COUNTS], dim=1)


GLASSES, BEARDS, MUSTACHES, HATS = 0.3, 0.15, 0.15, 0.4
"""Shares of the free looks with glasses, beard, mustache, hat."""


def free_looks(n: int, generator: torch.Generator) -> Look:
    """Looks with free colours and proportions: the attributes' kinds as a start, every length moved a little.

    Hats exist here only. Colours and textures of background, clothes, hair and hat are drawn independently.
    """
    kinds = random_attributes(n, generator)
    for name, share in (("glasses", GLASSES), ("beard", BEARDS), ("mustache", MUSTACHES)):
        bare = torch.rand(n, generator=generator) >= share
        kinds[bare, list(attributes.KINDS).index(name)] = 0
    skin, hair = skin_tones(n, generator), hair_colours(n, generator, fancy=0.35)
    look = attributes.looks(kinds, skin, hair)
    _vary(look, generator)
    for name in TEXTURED:
        _texture(look, name, generator)
    look.set("hair_second", (hair * (0.55 + 0.9 * torch.rand(n, 1, generator=generator))).clamp(0, 1))
    for name in ("trim", "rim"):
        look.set(name, any_colours(n, generator) * 0.9)
    hatted = torch.rand(n, generator=generator) < HATS
    _hats(look, hatted, generator)
    look.set("light", torch.rand(n, generator=generator) * 2 - 1)
    for name in ("eye_width", "eye_height", "iris_size"):  # large enough for a generator of 64 px
        look.set(name, look.number(name)[:, 0, 0] * 1.12)
    look.set("earring", 0.0)
    look.set("blush", torch.rand(n, generator=generator))
    look.set("gaze", torch.rand(n, generator=generator) * 0.7 - 0.35)
    return look


LENGTHS = tuple(
    name
    for name in FEATURES
    if name.split("_")[0]
    in ("face", "chin", "jaw", "eye", "iris", "brow", "nose", "mouth", "lip", "smile", "line", "shoulders", "neck")
    and name not in ("neckline", "neckline_v", "line_zigzag")
)


def _vary(look: Look, generator: torch.Generator, share: float = 0.08) -> None:
    """Move every proportion by some of its range."""
    for name in LENGTHS:
        low, high, _ = FEATURES[name]
        moved = look.number(name)[:, 0, 0] + (high - low) * share * torch.randn(len(look), generator=generator).clamp(
            -2, 2
        )
        look.set(name, moved)


def _texture(look: Look, name: str, generator: torch.Generator) -> None:
    """Colours and a texture of a class: flat in half of the looks."""
    n = len(look)
    if name != "hair":
        first, second = any_colours(n, generator), any_colours(n, generator)
        second = torch.lerp(first, second, 0.6)
        if name == "background":
            first, second = (colour * 0.55 + 0.45 for colour in (first, second))
        look.set(name, first)
        look.set(f"{name}_second", second)
    kind = torch.randint(1, 4, (n,), generator=generator)
    kind = kind.clamp(max={"hair": 1, "background": 2}.get(name, 3))
    kind = kind * (torch.rand(n, generator=generator) < {"hair": 0.25, "background": 0.35}.get(name, 0.5))
    look.set(f"{name}_texture", kind.float())
    for feature in ("period", "angle", "phase"):
        low, high, _ = FEATURES[f"{name}_{feature}"]
        look.set(f"{name}_{feature}", low + (high - low) * torch.rand(n, generator=generator))


def _hats(look: Look, hatted: Tensor, generator: torch.Generator) -> None:
    n = len(look)
    look.set("has_hat", hatted.float())
    look.set("bun", 0.0, hatted)
    look.set("hair_top", 0.06, hatted)
    look.set("hair_wave", 0.0, hatted)
    look.set("hair_side", look.number("hair_side")[hatted, 0, 0].clamp(max=0.09), hatted)
    look.set("hair_narrow", 1.0, hatted)
    kind = torch.randint(4, (n,), generator=generator)  # beanie, cap, bowler, top hat
    table = {
        "hat_height": (0.32, 0.27, 0.3, 0.5),
        "hat_brim": (0.0, 0.16, 0.2, 0.24),
        "hat_round": (1.0, 1.0, 1.0, 0.0),
        "hat_peak": (0.0, 1.0, 0.0, 0.0),
    }
    for name, values in table.items():
        value = torch.tensor(values)[kind]
        if name == "hat_height":
            value = value * (0.85 + 0.3 * torch.rand(n, generator=generator))
        if name == "hat_peak":
            value = value * (torch.randint(2, (n,), generator=generator) * 2 - 1)
        look.set(name, value)
