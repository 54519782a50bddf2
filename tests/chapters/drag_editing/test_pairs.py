"""Pairs of renders: their flow leads from one picture to the other, and drawing them again gives the same."""

import pytest
import torch

from ganbook.chapters.drag_editing.flow import warped
from ganbook.chapters.drag_editing.pairs import avatar_pairs
from ganbook.errors import UserError


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANBOOK_BUILD", str(tmp_path_factory.mktemp("pairs")))
        return avatar_pairs("test", 100, 32, progress=False), avatar_pairs("test", 100, 32, progress=False)


def test_the_flow_leads_there(pairs):
    pairs, again = pairs
    assert torch.equal(pairs.before, again.before) and torch.equal(pairs.visible, again.visible)
    shift, growth = pairs.motion(slice(None))
    there = warped(pairs.after.float(), shift * (2 / 32))
    moving = pairs.visible & (shift.square().sum(1).sqrt() > 1)
    apart, unmoved = (
        (each - pairs.before.float()).abs().mean(1)[moving].mean() for each in (there, pairs.after.float())
    )
    assert apart < 0.5 * unmoved and moving.any() and growth.std() > 0.01


def test_some_of_the_pairs(pairs):
    chosen = torch.tensor([3, 1])
    for some, every in zip(pairs[0].motion(chosen), pairs[0].motion(slice(None))):
        torch.testing.assert_close(some, every[chosen])


def test_what_cannot_be_had():
    with pytest.raises(UserError, match="unknown split 'dev'"):
        avatar_pairs("dev", 100)
    with pytest.raises(UserError, match="multiple of 100"):
        avatar_pairs("test", 50)
