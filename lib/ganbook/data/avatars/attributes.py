"""The 14 kinds of attributes of the paper's avatars, with its counts, and what each value changes in a look.

The web site that the paper collected from does not say how its pictures are drawn; kinds and counts are the paper's
(section 5.1), the values are ours.
"""

import torch
from jaxtyping import Int64
from torch import Tensor

from ganbook.data.avatars.look import Look, usual

Values = dict[str, dict[str, float | tuple[float, float, float]]]


def _grid(names: str, **columns: tuple[float, ...]) -> Values:
    """Values that all set the same features: a name and a number of each column for each."""
    rows = zip(*columns.values(), strict=True)
    return {name: dict(zip(columns, row, strict=True)) for name, row in zip(names.split(", "), rows, strict=True)}


GENDER: Values = {
    "woman": {"lashes": 1.0, "lip_thick": 0.03, "neck": 0.145, "shoulders": 0.66, "lip_red": 1.0},
    "man": {"lashes": 0.15, "lip_thick": 0.018, "neck": 0.185, "shoulders": 0.76, "lip_red": 0.0},
}

FACE_SHAPE = {
    f"{size}{kind}": {"face_width": width, "chin": chin, "jaw_square": square, "jaw_taper": taper}
    for size, width in (("narrow ", 0.36), ("", 0.395), ("wide ", 0.43))
    for kind, chin, square, taper in (
        ("round", 0.45, 2.1, 0.0),
        ("oval", 0.52, 2.0, 0.15),
        ("square", 0.48, 3.4, 0.1),
        ("long", 0.575, 2.4, 0.12),
        ("pointed", 0.54, 1.9, 0.48),
    )
}

MOUTH = _grid(
    "small, neutral, wide, gentle smile, smile, broad smile, frown, deep frown, smirk, pout, "
    "laugh, grin, surprise, shout, talking",
    mouth_width=(0.09, 0.14, 0.19, 0.11, 0.15, 0.19, 0.12, 0.17, 0.14, 0.085, 0.17, 0.19, 0.075, 0.15, 0.11),
    smile=(0.0, 0.0, 0.0, 0.04, 0.065, 0.08, -0.045, -0.07, 0.04, -0.01, 0.05, 0.07, 0.0, -0.03, 0.01),
    mouth_open=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.11, 0.055, 0.1, 0.12, 0.05),
    lip_more=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.018, 0.0, 0.0, 0.004, 0.0, 0.002),
    teeth=(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0),
    mouth_skew=(0, 0, 0, 0, 0, 0, 0, 0, -0.75, 0, 0, 0, 0, 0, 0),
)

NOSE = {
    f"{size}{kind}": {"nose_length": length, "nose_width": width * factor, "nose_round": round_, "nose_bridge": bridge}
    for size, length, factor in (("short ", 0.115, 1.0), ("", 0.18, 1.1), ("long ", 0.255, 1.2))
    for kind, width, round_, bridge in (
        ("button", 0.06, 1.0, 0.0),
        ("broad", 0.105, 1.0, 0.0),
        ("pointed", 0.05, 0.0, 0.3),
        ("wedge", 0.105, 0.0, 0.0),
        ("straight", 0.032, 1.0, 1.0),
    )
}

EARS = _grid(
    "small, medium, large, protruding, pointed, earrings, large with earrings",
    ear_size=(0.065, 0.09, 0.125, 0.11, 0.105, 0.085, 0.12),
    ear_out=(0.0, 0.015, 0.02, 0.06, 0.03, 0.015, 0.02),
    ear_point=(0, 0, 0, 0, 1, 0, 0),
    earring=(0, 0, 0, 0, 0, 1, 1),
)

EYE_SHAPE = _grid(
    "small, round, large, wide, narrow, almond, slanted, drooping, sleepy, tired, "
    "half closed, squinting, happy, cat-like, startled",
    eye_width=(0.075, 0.085, 0.115, 0.125, 0.115, 0.11, 0.11, 0.11, 0.105, 0.1, 0.11, 0.12, 0.105, 0.115, 0.1),
    eye_height=(0.052, 0.085, 0.098, 0.07, 0.042, 0.06, 0.062, 0.066, 0.082, 0.07, 0.096, 0.05, 0.075, 0.078, 0.105),
    eye_tilt=(0, 0, 0, 0, 0, 0.1, 0.3, -0.3, -0.08, -0.18, 0, 0, 0, 0.34, 0),
    lid_upper=(0.0, 0.0, 0.0, 0.05, 0.05, 0.08, 0.05, 0.05, 0.32, 0.2, 0.48, 0.2, 0.0, 0.12, 0.0),
    lid_lower=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.22, 0.0, 0.25, 0.42, 0.0, 0.0),
    iris_size=(0.048, 0.055, 0.064, 0.058, 0.05, 0.054, 0.054, 0.054, 0.058, 0.054, 0.06, 0.05, 0.058, 0.056, 0.05),
)

IRIS = {
    name: {"iris": colour}
    for name, colour in (
        ("black", (0.10, 0.09, 0.10)),
        ("brown", (0.40, 0.22, 0.10)),
        ("hazel", (0.60, 0.45, 0.16)),
        ("amber", (0.92, 0.62, 0.10)),
        ("green", (0.16, 0.58, 0.22)),
        ("turquoise", (0.10, 0.72, 0.68)),
        ("blue", (0.16, 0.36, 0.85)),
        ("light blue", (0.50, 0.74, 0.97)),
        ("grey", (0.56, 0.58, 0.60)),
        ("violet", (0.60, 0.26, 0.80)),
    )
}

EYEBROWS = {
    f"{weight}{kind}": {
        "brow_thick": thick,
        "brow_arch": arch,
        "brow_slope": slope,
        "brow_taper": taper,
        "brow_width": width,
    }
    for weight, thick in (("thin ", 0.013), ("", 0.025), ("thick ", 0.042))
    for kind, arch, slope, taper, width in (
        ("straight", 0.0, 0.0, 0.1, 0.115),
        ("arched", 0.055, 0.05, 0.5, 0.115),
        ("angry", 0.01, 0.38, 0.4, 0.11),
        ("sad", 0.01, -0.38, 0.4, 0.11),
        ("short", 0.015, 0.0, 0.2, 0.07),
    )
}

_RIMS = {
    "black": (0.1, 0.1, 0.12),
    "red": (0.8, 0.12, 0.14),
    "gold": (0.86, 0.66, 0.2),
    "blue": (0.14, 0.3, 0.8),
    "white": (0.95, 0.95, 0.95),
}


def _pair(kind: str, rim: str, lens: tuple[float, float, float] = (0.85, 0.92, 0.96), tint: float = 0.15) -> dict:
    width, height, roundness, tilt, thick = {
        "round": (0.135, 0.135, 1.0, 0.0, 0.018),
        "square": (0.145, 0.11, 0.0, 0.0, 0.02),
        "narrow": (0.15, 0.07, 0.2, 0.0, 0.016),
        "cat-eye": (0.15, 0.1, 0.5, 0.34, 0.022),
        "large": (0.165, 0.145, 0.35, 0.0, 0.018),
        "aviator": (0.15, 0.125, 0.75, -0.2, 0.012),
    }[kind]
    shape = {"lens_width": width, "lens_height": height, "lens_round": roundness, "lens_tilt": tilt, "rim_width": thick}
    return {"has_glasses": 1.0, **shape, "rim": _RIMS[rim], "lens": lens, "lens_tint": tint}


GLASSES: Values = {"no glasses": {"has_glasses": 0.0}} | {
    **{
        f"{rim} {kind} glasses": _pair(kind, rim)
        for kind, rims in (
            ("round", ("black", "gold", "red")),
            ("square", ("black", "blue", "white")),
            ("narrow", ("black", "red")),
            ("cat-eye", ("black", "red", "blue")),
            ("large", ("black", "gold")),
        )
        for rim in rims
    },
    "aviator glasses": _pair("aviator", "gold"),
    "sunglasses": _pair("aviator", "black", (0.12, 0.14, 0.2), 0.5),
    "pink lenses": _pair("round", "gold", (0.95, 0.35, 0.6), 0.45),
    "yellow lenses": _pair("square", "black", (0.98, 0.85, 0.1), 0.45),
}

HAIR: Values = {
    "bald": {"has_hair": 0.0, "back_length": -0.6},
    "shaved": {
        "has_hair": 0.6,
        "hair_top": 0.03,
        "hair_side": 0.005,
        "hair_lock": -0.1,
        "line_y": 0.3,
        "line_slope": 0.5,
    },
    "short": {"hair_top": 0.09, "hair_side": 0.04, "hair_lock": -0.04, "line_y": 0.29, "line_slope": 0.3},
    "side parting": {"hair_top": 0.13, "hair_side": 0.05, "line_part": -0.24, "line_slope": 0.75, "line_y": 0.4},
    "quiff": {
        "hair_top": 0.24,
        "hair_side": 0.03,
        "hair_lock": -0.08,
        "line_y": 0.36,
        "hair_wave": 0.04,
        "hair_waves": 3.0,
    },
    "spiky": {
        "hair_top": 0.1,
        "hair_side": 0.05,
        "hair_wave": 0.1,
        "hair_waves": 7.0,
        "hair_spiky": 1.0,
        "line_zigzag": 0.045,
        "line_y": 0.33,
    },
    "mohawk": {
        "hair_top": 0.22,
        "hair_side": 0.0,
        "hair_narrow": 0.36,
        "hair_lock": -0.3,
        "line_y": 0.36,
        "hair_wave": 0.05,
        "hair_waves": 9.0,
        "hair_spiky": 1.0,
    },
    "receding": {"hair_top": 0.05, "hair_side": 0.04, "line_y": 0.36, "line_slope": -0.55, "hair_lock": 0.0},
    "short curls": {
        "hair_top": 0.12,
        "hair_side": 0.08,
        "hair_wave": 0.05,
        "hair_waves": 7.0,
        "line_zigzag": 0.03,
        "line_y": 0.31,
    },
    "afro": {
        "hair_top": 0.27,
        "hair_side": 0.2,
        "hair_wave": 0.03,
        "hair_waves": 10.0,
        "hair_lock": -0.02,
        "line_y": 0.32,
        "back_length": 0.0,
        "back_width": 0.56,
    },
    "bob": {
        "hair_top": 0.1,
        "hair_side": 0.07,
        "back_length": 0.4,
        "back_width": 0.5,
        "line_y": 0.36,
        "line_slope": 0.6,
    },
    "bob with fringe": {
        "hair_top": 0.11,
        "hair_side": 0.07,
        "back_length": 0.4,
        "back_width": 0.5,
        "line_y": 0.265,
        "line_slope": 0.02,
    },
    "long straight": {
        "hair_top": 0.1,
        "hair_side": 0.06,
        "back_length": 0.95,
        "back_width": 0.48,
        "line_y": 0.38,
        "line_slope": 0.75,
    },
    "long with fringe": {
        "hair_top": 0.1,
        "hair_side": 0.06,
        "back_length": 0.95,
        "back_width": 0.48,
        "line_y": 0.265,
        "line_slope": 0.02,
    },
    "long waves": {
        "hair_top": 0.13,
        "hair_side": 0.1,
        "back_length": 0.9,
        "back_width": 0.57,
        "back_wave": 0.045,
        "hair_wave": 0.03,
        "hair_waves": 6.0,
        "line_part": 0.2,
        "line_y": 0.39,
        "line_slope": 0.7,
    },
    "bun": {"hair_top": 0.07, "hair_side": 0.03, "bun": 0.17, "line_y": 0.37, "line_slope": 0.3},
    "pony tail": {
        "hair_top": 0.09,
        "hair_side": 0.03,
        "tail": 1.0,
        "line_y": 0.36,
        "line_slope": 0.4,
        "line_part": 0.15,
    },
    "pigtails": {"hair_top": 0.09, "hair_side": 0.03, "tails": 0.18, "line_y": 0.35, "line_slope": 0.6},
}

MUSTACHE: Values = {"no mustache": {"has_mustache": 0.0}} | {
    name: {
        "has_mustache": 1.0,
        "mustache_width": width,
        "mustache_thick": thick,
        "mustache_droop": droop,
        "mustache_gap": gap,
    }
    for name, width, thick, droop, gap in (
        ("pencil mustache", 0.12, 0.014, 0.0, 0.0),
        ("wide pencil mustache", 0.18, 0.014, 0.03, 0.0),
        ("split pencil mustache", 0.12, 0.016, 0.03, 0.03),
        ("toothbrush mustache", 0.05, 0.05, 0.0, 0.0),
        ("small mustache", 0.09, 0.032, 0.01, 0.0),
        ("chevron mustache", 0.15, 0.044, 0.045, 0.0),
        ("thick mustache", 0.16, 0.062, 0.02, 0.0),
        ("walrus mustache", 0.19, 0.06, 0.1, 0.0),
        ("horseshoe mustache", 0.19, 0.03, 0.2, 0.0),
        ("handlebar mustache", 0.21, 0.034, -0.07, 0.0),
        ("split thick mustache", 0.15, 0.05, 0.03, 0.034),
        ("english mustache", 0.24, 0.022, -0.02, 0.02),
    )
}

BEARD: Values = {"no beard": {"has_beard": 0.0}} | {
    name: {"has_beard": share, "beard_top": top, "beard_width": width, "beard_length": length, "beard_hollow": hollow}
    for name, share, top, width, length, hollow in (
        ("stubble", 0.35, 0.02, 0.6, 0.0, 0.0),
        ("soul patch", 1.0, 0.13, 0.035, -0.05, 0.0),
        ("goatee", 1.0, 0.14, 0.1, 0.02, 0.0),
        ("long goatee", 1.0, 0.14, 0.1, 0.2, 0.0),
        ("chin beard", 1.0, 0.2, 0.2, 0.05, 0.0),
        ("chin strap", 1.0, -0.3, 0.6, 0.0, 0.035),
        ("thick chin strap", 1.0, -0.3, 0.6, 0.02, 0.09),
        ("short boxed beard", 1.0, 0.08, 0.6, 0.0, 0.0),
        ("full beard", 1.0, 0.0, 0.6, 0.07, 0.0),
        ("bushy beard", 1.0, -0.05, 0.6, 0.16, 0.0),
        ("long beard", 1.0, 0.02, 0.6, 0.28, 0.0),
        ("low beard", 1.0, 0.17, 0.6, 0.03, 0.0),
    )
}

_WHITE, _NAVY, _RED = (0.95, 0.95, 0.95), (0.12, 0.18, 0.38), (0.8, 0.16, 0.18)
CLOTHES: Values = {
    "white T-shirt": {"clothes": _WHITE},
    "red T-shirt": {"clothes": _RED},
    "black turtleneck": {"clothes": (0.13, 0.13, 0.15), "neckline": -0.2, "trim": (0.2, 0.2, 0.23), "collar": 1.0},
    "blue V-neck": {"clothes": (0.2, 0.4, 0.82), "neckline": 0.3, "neckline_v": 1.0},
    "striped shirt": {
        "clothes": _WHITE,
        "clothes_second": _NAVY,
        "clothes_texture": 1,
        "clothes_angle": 1.5708,
        "clothes_period": 0.22,
    },
    "dotted dress": {
        "clothes": (0.88, 0.2, 0.45),
        "clothes_second": _WHITE,
        "clothes_texture": 2,
        "clothes_period": 0.26,
        "neckline": 0.26,
        "neckline_width": 0.32,
    },
    "checked shirt": {
        "clothes": (0.75, 0.2, 0.16),
        "clothes_second": (0.2, 0.12, 0.14),
        "clothes_texture": 3,
        "clothes_period": 0.34,
        "placket": 1.0,
        "collar": 1.0,
        "trim": (0.85, 0.4, 0.35),
    },
    "green hoodie": {
        "clothes": (0.2, 0.55, 0.32),
        "collar": 1.0,
        "trim": (0.13, 0.4, 0.23),
        "neckline": 0.18,
        "neckline_width": 0.26,
    },
    "suit with tie": {
        "clothes": (0.2, 0.22, 0.28),
        "tie": 1.0,
        "trim": (0.75, 0.12, 0.15),
        "neckline": 0.04,
        "neckline_v": 1.0,
        "shoulder_square": 3.6,
    },
    "yellow cardigan": {
        "clothes": (0.93, 0.76, 0.2),
        "placket": 1.0,
        "neckline": 0.22,
        "neckline_v": 1.0,
        "trim": (0.55, 0.38, 0.1),
    },
    "purple top with straps": {"clothes": (0.52, 0.25, 0.65), "straps": 1.0, "neckline": 0.2},
    "orange sweater": {"clothes": (0.92, 0.48, 0.14), "collar": 1.0, "trim": (0.7, 0.32, 0.06), "neckline": 0.06},
    "turquoise blouse": {
        "clothes": (0.25, 0.72, 0.7),
        "neckline": 0.2,
        "neckline_width": 0.34,
        "collar": 1.0,
        "trim": _WHITE,
    },
}

BACKGROUND: Values = {
    **{
        name: {"background": colour}
        for name, colour in (
            ("white", (0.93, 0.93, 0.93)),
            ("grey", (0.62, 0.63, 0.65)),
            ("black", (0.2, 0.2, 0.22)),
            ("red", (0.86, 0.36, 0.36)),
            ("orange", (0.95, 0.66, 0.36)),
            ("yellow", (0.96, 0.88, 0.5)),
            ("green", (0.55, 0.78, 0.5)),
            ("blue", (0.5, 0.68, 0.93)),
            ("purple", (0.7, 0.55, 0.85)),
            ("pink", (0.96, 0.72, 0.82)),
        )
    },
    "blue stripes": {
        "background": (0.62, 0.78, 0.95),
        "background_second": (0.86, 0.93, 0.99),
        "background_texture": 1,
        "background_angle": 0.78,
    },
    "yellow stripes": {
        "background": (0.97, 0.85, 0.45),
        "background_second": (0.99, 0.95, 0.78),
        "background_texture": 1,
        "background_angle": 0.0,
    },
    "pink dots": {"background": (0.97, 0.85, 0.9), "background_second": (0.93, 0.55, 0.7), "background_texture": 2},
    "green dots": {"background": (0.82, 0.93, 0.8), "background_second": (0.45, 0.7, 0.42), "background_texture": 2},
    "checks": {"background": (0.88, 0.88, 0.92), "background_second": (0.6, 0.62, 0.72), "background_texture": 3},
}

KINDS: dict[str, Values] = {
    "gender": GENDER,
    "face shape": FACE_SHAPE,
    "mouth": MOUTH,
    "nose": NOSE,
    "ears": EARS,
    "eye shape": EYE_SHAPE,
    "iris": IRIS,
    "eyebrows": EYEBROWS,
    "glasses": GLASSES,
    "hair": HAIR,
    "mustache": MUSTACHE,
    "beard": BEARD,
    "clothes": CLOTHES,
    "background": BACKGROUND,
}
"""The kinds, each with its values: what they are called and what they set."""

COUNTS = tuple(len(values) for values in KINDS.values())


def looks(attributes: Int64[Tensor, "n 14"], skin: Tensor, hair: Tensor) -> Look:
    """Looks of avatars with these attributes.

    Args:
        attributes: a value for each of ``KINDS``, from 0 to below its count.
        skin, hair: colours (n, 3), which belong to no kind and stay through an edit.

    Raises:
        ValueError: wrong shape or a value that its kind does not have.
    """
    if (
        attributes.ndim != 2
        or attributes.shape[1] != len(KINDS)
        or (attributes < 0).any()
        or (attributes >= torch.tensor(COUNTS)).any()
    ):
        raise ValueError(
            f"attributes must be (n, {len(KINDS)}), each from 0 to below {COUNTS}; got {tuple(attributes.shape)}."
        )
    look = usual(len(attributes))
    look.set("skin", skin)
    look.set("hair", hair)
    look.set("hair_second", hair * 0.75 + 0.1)
    look.set("brow", hair * 0.62)
    look.set("beard", hair * 0.78)
    for column, values in enumerate(KINDS.values()):
        for number, changes in enumerate(values.values()):
            where = attributes[:, column] == number
            for name, value in changes.items():
                _change(look, name, value, where)
    return look


def _change(look: Look, name: str, value: float | tuple, where: Tensor) -> None:
    if name == "lip_more":
        look.set("lip_thick", look.number("lip_thick")[where, 0, 0] + value, where)
    elif name == "lip_red":
        skin = look.colour("skin")[where, :, 0, 0]
        red = torch.tensor((0.82, 0.22, 0.3)) if value else torch.tensor((0.7, 0.36, 0.34))
        look.set(
            "lip", red * (0.45 + 0.4 * value) + skin * (0.55 - 0.4 * value) * torch.tensor((0.95, 0.75, 0.75)), where
        )
    else:
        look.set(name, value, where)
