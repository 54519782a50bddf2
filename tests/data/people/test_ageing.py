"""What the years change in a look, and what they leave."""

from dataclasses import fields

import pytest
import torch

from ganbook.data.avatars import free_looks
from ganbook.data.avatars.look import COLOURS, FEATURES
from ganbook.data.people import FIRST_AGE, LAST_AGE, Ageing, aged, ageing_of

AGES = torch.linspace(FIRST_AGE, LAST_AGE, 61)
CHANGE = {"skin", "hair", "hair_second", "brow", "beard", "lip"}


def looks(n: int = 40):
    return free_looks(n, torch.Generator().manual_seed(5))


def test_at_the_first_age_everyone_is_as_they_are():
    young = looks()
    found = aged(young, torch.full((40,), FIRST_AGE))
    assert torch.equal(found.features, young.features) and torch.equal(found.colours, young.colours)


def test_only_face_and_hair_change_and_the_look_that_was_given_does_not():
    young = looks()
    before = young.features.clone(), young.colours.clone()
    old = aged(young, torch.full((40,), LAST_AGE))
    assert torch.equal(young.features, before[0]) and torch.equal(young.colours, before[1])
    changed = {name for name in COLOURS if not torch.equal(old.colour(name), young.colour(name))}
    assert changed == CHANGE
    same = [name for name in FEATURES if torch.equal(old.number(name), young.number(name))]
    kept = ("clothes", "background", "hat", "lens", "has_glasses", "shoulder", "neck", "back", "tail", "has_beard")
    assert {name for name in FEATURES if name.startswith(kept)} <= set(same)


@pytest.mark.parametrize("name", ["grey", "white", "receded", "wrinkles", "sagging", "pale"])
def test_what_only_grows(name):
    curve = getattr(ageing_of(AGES), name)
    assert (curve.diff() >= 0).all() and curve[0] == 0 and curve[-1] > 0.9


@pytest.mark.parametrize("name", ["stout", "weathered"])
def test_what_is_most_in_the_middle_of_life(name):
    curve = getattr(ageing_of(AGES), name)
    assert 42 <= AGES[curve.argmax()] <= 54 and curve.max() > 0.85 and curve[0] == 0 and curve[-1] < 0.05


def test_traits_are_shares_and_change_smoothly():
    for field in fields(Ageing):
        curve = getattr(ageing_of(AGES), field.name)
        assert curve.shape == AGES.shape and curve.min() >= 0 and curve.max() <= 1 and curve.diff().abs().max() < 0.08


def test_hair_loses_its_colour_year_by_year():
    red = looks(1)
    red.set("hair", (0.62, 0.31, 0.12))
    hair = torch.cat([aged(red, age[None]).colour("hair")[:, :, 0, 0] for age in AGES])
    colourful = hair.amax(1) - hair.amin(1)
    assert (colourful.diff() < 3e-3).all() and colourful[0] == 0.5 and colourful[-1] < 0.03
    assert hair[-1].min() > 0.85 and hair[45].max() < 0.7  # white at 80, grey at 65
