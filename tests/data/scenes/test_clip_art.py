"""Every piece of clip art can be drawn, and the 20 people can be told apart at 60 x 105."""

from collections import Counter

import numpy as np
import pytest
import torch

from ganbook.data.scenes.canvas import Canvas, colour, polygon
from ganbook.data.scenes.people import AGES, GENDERS, HAIRS, PEOPLE, POSES, SKINS
from ganbook.data.scenes.places import LOOKS, PLACES, background
from ganbook.data.scenes.render import drawing
from ganbook.data.scenes.scene import SHRINK
from ganbook.data.scenes.things import NUMBERS, PAINTS, THINGS, draw_thing


def small(number, pose=0, z=1):
    """Somebody as in a picture of 60 x 105, on white, and the share that is covered."""
    picture = drawing("human", number, pose).picture
    size = 0.15 * SHRINK**z
    picture = picture.resize((round(picture.width * size), round(picture.height * size)))
    pixels = np.frombuffer(picture.tobytes(), np.uint8).reshape(picture.height, picture.width, 4) / 255
    return pixels[..., :3] + 1 - pixels[..., 3:]


def test_people_can_be_told_apart():
    seen = [small(number) for number in range(20)]
    away = [np.abs(seen[a] - seen[b]).mean(-1) for a in range(20) for b in range(a)]
    differing = [(difference > 0.15).sum() for difference in away]
    assert min(differing) >= 25, "pixels of the most similar pair"


def test_skin_hair_gender_and_age_are_evenly_varied():
    assert set(Counter(person.skin for person in PEOPLE).values()) == {5} and len(SKINS) == 4
    assert Counter(person.gender for person in PEOPLE) == dict.fromkeys(GENDERS, 10)
    assert Counter(person.age for person in PEOPLE) == {"adult": 10, "old": 4, "child": 6}
    assert {person.hair for person in PEOPLE} == set(HAIRS) and set(AGES) == {person.age for person in PEOPLE}
    for gender in GENDERS:
        assert {person.skin for person in PEOPLE if person.gender == gender} == set(SKINS)
    clothes = [(each.wear, each.top, each.below, each.pattern) for each in PEOPLE]
    assert len(set(clothes)) == 20


@pytest.mark.parametrize("pose", range(len(POSES)), ids=POSES)
def test_a_person_stands_on_the_ground_in_every_pose(pose):
    art = drawing("human", 4, pose)
    covered = np.frombuffer(art.picture.tobytes(), np.uint8).reshape(art.picture.height, art.picture.width, 4)[..., 3]
    rows = np.flatnonzero(covered.any(1))
    foot = rows[-1] - art.foot[1]
    lowest = -50 if POSES[pose] == "jumping" else -8
    assert lowest < foot < 14
    assert not covered[:, [0, -1]].any(), "nothing is cut off"


@pytest.mark.parametrize("number", range(len(THINGS)), ids=[thing.name for thing in THINGS])
def test_a_thing_fills_its_size_and_is_not_cut_off(number):
    thing = THINGS[number]
    for look in range(len(thing.types)):
        covered = draw_thing(number, look).picture()[..., 3] > 0
        assert not covered[0].any() and not covered[:, 0].any() and not covered[:, -1].any()
    rows = covered.any(1).nonzero()
    assert len(rows) > 0.85 * thing.size[1]


def test_things_are_named_once_and_have_known_colours():
    assert len(NUMBERS) == len(THINGS) and {look for thing in THINGS for look in thing.types} <= set(PAINTS)
    names = {place.name for place in PLACES}
    assert all(set(thing.places) <= names for thing in THINGS)
    for thing in THINGS:
        indoors = {place.name for place in PLACES if place.indoors}
        where = set(thing.places)
        assert thing.belongs == "both" or where <= (indoors if thing.belongs == "indoors" else names - indoors)


@pytest.mark.parametrize("place", [0, 6], ids=["living room", "beach"])
def test_the_looks_of_a_place_differ_and_cover_the_picture(place):
    looks = [background(place, look).picture() for look in range(LOOKS)]
    assert all(look.shape == (400, 700, 4) and (look[..., 3] == 255).all() for look in looks)
    assert min((a.float() - b.float()).abs().mean() for a in looks for b in looks if a is not b) > 5


def test_a_polygon_is_negative_inside_and_a_distance_outside():
    x, y = torch.meshgrid(torch.arange(-3.0, 4), torch.arange(-3.0, 4), indexing="xy")
    square = [(-2, -2), (2, -2), (2, 2), (-2, 2)]
    expected = torch.maximum(x.abs() - 2, y.abs() - 2)
    found = polygon(x, y, square)
    sides = (x.abs() <= 2) | (y.abs() <= 2)
    assert torch.allclose(found[sides], expected[sides], atol=1e-5)
    assert found[0, 0] == pytest.approx(2**0.5)
    arrow = [(0, -3), (3, 3), (0, 1), (-3, 3)]  # not convex
    assert polygon(torch.tensor([0.0, 0.0]), torch.tensor([0.0, 2.0]), arrow).sign().tolist() == [-1, 1]


def test_what_lies_outside_the_sheet_is_left_out():
    canvas = Canvas(0, 0, 10, 10)
    canvas.ellipse(-40, -40, 5, 5, colour("ff0000"))
    canvas.box(100, 3, 5, 5, colour("ff0000"))
    assert not canvas.picture().any()
    canvas.rectangle(-5, -5, 5, 5, colour("ff8000"), rounding=0, edge=0)
    assert canvas.picture()[2, 2].tolist() == [255, 128, 0, 255] and canvas.picture()[8, 8, 3] == 0
