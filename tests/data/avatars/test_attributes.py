"""The 14 kinds of attributes: counts of the paper, seen in the picture, and nothing else changed."""

import pytest
import torch

from ganbook.data import avatars
from ganbook.data.avatars import COUNTS, KINDS, LABELS

NAMES = list(KINDS)
BARE = torch.tensor([0, 6, 3, 1, 1, 2, 4, 5, 0, 2, 0, 0, 1, 7])
"""A woman with short hair and nothing on her face."""


def draw(attributes: torch.Tensor, side: int = 64) -> avatars.Drawing:
    n = len(attributes)
    looks = avatars.looks(
        attributes, torch.tensor([[0.87, 0.66, 0.5]]).repeat(n, 1), torch.tensor([[0.42, 0.26, 0.15]]).repeat(n, 1)
    )
    return avatars.render(looks, avatars.portrait(n), side)


def all_values(kind: str) -> torch.Tensor:
    column = NAMES.index(kind)
    rows = BARE.repeat(COUNTS[column], 1)
    rows[:, column] = torch.arange(COUNTS[column])
    return rows


def test_kinds_and_counts_are_the_papers():
    assert dict(zip(NAMES, COUNTS, strict=True)) == {
        "gender": 2,
        "face shape": 15,
        "mouth": 15,
        "nose": 15,
        "ears": 7,
        "eye shape": 15,
        "iris": 10,
        "eyebrows": 15,
        "glasses": 18,
        "hair": 18,
        "mustache": 13,
        "beard": 13,
        "clothes": 13,
        "background": 15,
    }


@pytest.mark.parametrize("kind", NAMES)
def test_any_two_values_look_different(kind):
    pictures = draw(all_values(kind)).pictures * 127.5
    for first in range(len(pictures)):
        for second in range(first):
            difference = (pictures[first] - pictures[second]).abs().amax(0)
            assert (difference > 24).sum() >= 6, [list(KINDS[kind])[number] for number in (first, second)]


ALLOWED = {
    "iris": ("eyes",),
    "mouth": ("mouth", "skin"),
    "nose": ("skin",),
    "eyebrows": ("hair", "skin"),
    "mustache": ("hair", "skin", "mouth"),
    "glasses": ("accessory", "eyes", "skin", "hair"),
    "eye shape": ("eyes", "skin"),
    "background": ("background",),
    "clothes": ("clothes", "skin", "background"),
    "ears": ("skin", "accessory", "background", "hair"),
}


@pytest.mark.parametrize("kind", ALLOWED)
def test_a_kind_changes_its_own_pixels_only(kind):
    drawn = draw(all_values(kind), 128)
    for number in range(1, len(drawn.pictures)):
        changed = ((drawn.pictures[number] - drawn.pictures[0]).abs().amax(0) * 127.5) > 24
        own = torch.stack([(drawn.labels[n] == LABELS.index(name)) for n in (0, number) for name in ALLOWED[kind]]).any(
            0
        )
        assert changed.any() and (changed & own).sum() > 0.95 * changed.sum()  # the rest are edges


def test_gender_touches_what_is_declared_only():
    touched = {name for values in KINDS["gender"].values() for name in values}
    assert touched == {"lashes", "lip_thick", "lip_red", "neck", "shoulders"}
    others = {name for kind in NAMES if kind != "gender" for values in KINDS[kind].values() for name in values}
    assert not touched & others


def test_kinds_do_not_undo_each_other():
    own = {kind: {name for values in KINDS[kind].values() for name in values} for kind in NAMES}
    for first in NAMES:
        for second in NAMES:
            assert first == second or not own[first] & own[second], (first, second)


def test_random_attributes_are_even_and_independent():
    found = avatars.random_attributes(20_000, torch.Generator().manual_seed(0))
    for column, count in enumerate(COUNTS):
        shares = torch.bincount(found[:, column], minlength=count) / len(found)
        assert (shares - 1 / count).abs().max() < 0.02
    assert (torch.corrcoef(found.T.float()) - torch.eye(14)).abs().max() < 0.03


def test_wrong_attributes_are_refused():
    one = torch.zeros(1, 3)
    with pytest.raises(ValueError, match=r"attributes must be \(n, 14\)"):
        avatars.looks(torch.zeros(1, 3, dtype=torch.long), one, one)
    with pytest.raises(ValueError, match="each from 0 to below"):
        avatars.looks(torch.full((1, 14), 20), one, one)
