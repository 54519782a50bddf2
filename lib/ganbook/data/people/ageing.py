"""What the years do to a face: the same for everyone, on curves that are not straight."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganbook.data.avatars import Look

FIRST_AGE, LAST_AGE = 20.0, 80.0

GREY, WHITE = (0.5, 0.5, 0.52), (0.93, 0.93, 0.94)
"""What hair turns to, one after the other."""


@dataclass(frozen=True)
class Ageing:
    """Traits of faces at n ages, each from 0 to 1.

    Attributes:
        grey, white: how much of the hair has lost its colour, and then its shade.
        receded: how far the hair has gone back from the temples, and lost its volume.
        wrinkles: how deep they are.
        sagging: of lids, brows, cheeks and the corners of the mouth; lips and brows grow thin.
        stout: how full the face is; the most at 50.
        weathered: how tanned the skin is; the most in the middle of life.
        pale: how much colour the skin and lips have lost.
    """

    grey: Float[Tensor, " n"]
    white: Float[Tensor, " n"]
    receded: Float[Tensor, " n"]
    wrinkles: Float[Tensor, " n"]
    sagging: Float[Tensor, " n"]
    stout: Float[Tensor, " n"]
    weathered: Float[Tensor, " n"]
    pale: Float[Tensor, " n"]


def ageing_of(ages: Float[Tensor, " n"]) -> Ageing:
    """The traits of ages in years."""
    return Ageing(
        grey=_rise(ages, 32, 64),
        white=_rise(ages, 54, 84),
        receded=_rise(ages, 24, 76),
        wrinkles=_rise(ages, 22, 84),
        sagging=_rise(ages, 36, 84),
        stout=_rise(ages, 22, 50) * (1 - _rise(ages, 52, 82)),
        weathered=_rise(ages, 20, 44) * (1 - _rise(ages, 46, 74)),
        pale=_rise(ages, 48, 82),
    )


def _rise(ages: Float[Tensor, " n"], start: float, end: float) -> Float[Tensor, " n"]:
    """Smoothly from 0 at one age to 1 at another."""
    share = ((ages - start) / (end - start)).clamp(0, 1)
    return share * share * (3 - 2 * share)


def aged(look: Look, ages: Float[Tensor, " n"]) -> Look:
    """The same n people at these ages: a new look, in which hair, skin and proportions of the face are changed.

    Clothes, glasses, background and everything else stay.
    """
    found, now = Look(look.features.clone(), look.colours.clone()), ageing_of(ages)
    _turn_grey(found, now)
    _skin(found, now)
    _hairline(found, now)
    _sag(found, now)
    found.set("wrinkles", now.wrinkles)
    _scale(found, "face_width", 1 + 0.09 * now.stout - 0.03 * now.sagging)
    _scale(found, "chin", 1 + 0.04 * now.stout)
    _scale(found, "jaw_taper", 1 - 0.6 * now.stout)
    return found


def _scale(look: Look, name: str, factor: Float[Tensor, " n"]) -> None:
    look.set(name, look.number(name)[:, 0, 0] * factor)


def _add(look: Look, name: str, amount: Float[Tensor, " n"]) -> None:
    look.set(name, look.number(name)[:, 0, 0] + amount)


def _towards(look: Look, name: str, colour: tuple[float, float, float] | Tensor, share: Float[Tensor, " n"]) -> None:
    own = look.colour(name)[:, :, 0, 0]
    look.set(name, torch.lerp(own, torch.as_tensor(colour).expand_as(own), share[:, None]))


def _turn_grey(look: Look, now: Ageing) -> None:
    for name, lag in (("hair", 1.0), ("hair_second", 0.75), ("beard", 1.0), ("brow", 0.8)):
        _towards(look, name, GREY, now.grey * lag)
        _towards(look, name, WHITE, now.white * lag)


def _skin(look: Look, now: Ageing) -> None:
    young = look.colour("skin")[:, :, 0, 0].clone()
    tanned = young * torch.tensor([0.87, 0.76, 0.67])
    bleached = 0.7 * young.mean(1, keepdim=True) + 0.3 * young + 0.08
    _towards(look, "skin", tanned, 0.9 * now.weathered)
    _towards(look, "skin", bleached, 0.5 * now.pale)
    _towards(look, "lip", look.colour("skin")[:, :, 0, 0] * 0.78, 0.7 * now.pale)
    look.set("blush", look.number("blush")[:, 0, 0] * (1 - 0.8 * now.sagging))


def _hairline(look: Look, now: Ageing) -> None:
    _add(look, "line_y", 0.09 * now.receded)
    _add(look, "line_slope", -0.45 * now.receded)
    _scale(look, "hair_top", 1 - 0.45 * now.receded)
    _scale(look, "hair_side", 1 - 0.25 * now.receded)
    _scale(look, "has_hair", 1 - 0.2 * now.white)


def _sag(look: Look, now: Ageing) -> None:
    _add(look, "lid_upper", 0.16 * now.sagging)
    _add(look, "lid_lower", 0.06 * now.sagging)
    _add(look, "eye_tilt", -0.12 * now.sagging)
    _scale(look, "eye_height", 1 - 0.12 * now.sagging)
    _add(look, "brow_slope", -0.1 * now.sagging)
    _scale(look, "brow_thick", 1 - 0.35 * now.sagging)
    _scale(look, "lip_thick", 1 - 0.4 * now.sagging)
    _add(look, "smile", -0.02 * now.sagging)
    _scale(look, "lashes", 1 - 0.7 * now.sagging)
    _scale(look, "ear_size", 1 + 0.2 * now.sagging)
    _scale(look, "nose_length", 1 + 0.12 * now.sagging)
    _scale(look, "nose_width", 1 + 0.12 * now.sagging)
    _add(look, "jaw_square", 0.5 * now.sagging)
