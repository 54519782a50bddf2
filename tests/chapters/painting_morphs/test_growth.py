"""When Progressive GAN grows, and what D then sees of real pictures."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from ganbook.chapters.painting_morphs.config import PROGRESSIVE_PROFILES
from ganbook.chapters.painting_morphs.growth import Phase, at_phase, begins_stage, doubled, halved, phase_at

CONFIG = replace(PROGRESSIVE_PROFILES["smoke"], batch_size=8, channels=(4, 4, 4), stabilise=32, fade=16)


def test_the_schedule_by_hand():
    wanted = [(0, 1.0)] * 4 + [(1, 0.0), (1, 0.5)] + [(1, 1.0)] * 4 + [(2, 0.0), (2, 0.5)] + [(2, 1.0)] * 4
    assert [phase_at(CONFIG, step) for step in range(len(wanted))] == wanted
    assert phase_at(CONFIG, 10**9) == (2, 1.0), "the last level is trained until the end"
    assert [phase_at(CONFIG, step).side for step in (0, 4, 10)] == [4, 8, 16]


def test_a_stage_begins_where_a_fade_begins_or_ends():
    assert [step for step in range(40) if begins_stage(CONFIG, step)] == [4, 6, 10, 12]


def test_growth_without_fades():
    config = replace(CONFIG, fade=0)
    assert [phase_at(config, step) for step in (3, 4, 7, 8, 99)] == [(0, 1), (1, 1), (1, 1), (2, 1), (2, 1)]
    assert [step for step in range(40) if begins_stage(config, step)] == [4, 8]


@pytest.mark.parametrize("profile", ["quick", "paper"])
def test_the_profiles_grow_to_the_end_and_stay_there(profile):
    config = PROGRESSIVE_PROFILES[profile]
    steps = [phase_at(config, step) for step in range(0, config.steps, 100)]
    assert {phase.side for phase in steps} == {4, 8, 16, 32, 64} and steps[0] == (0, 1.0)
    assert steps[len(steps) * 5 // 6] == steps[-1] == (4, 1.0)
    assert all(after.level - before.level in (0, 1) for before, after in pairwise(steps))


def test_doubling_and_halving():
    maps = torch.arange(8.0).view(1, 2, 2, 2)
    assert doubled(maps)[0, 0].tolist() == [[0, 0, 1, 1]] * 2 + [[2, 2, 3, 3]] * 2
    torch.testing.assert_close(halved(doubled(maps)), maps)
    assert halved(maps).flatten().tolist() == [1.5, 5.5]


def test_real_pictures_are_faded_in_like_layers():
    pictures = torch.rand(2, 3, 16, 16)
    assert torch.equal(at_phase(pictures, Phase(2)), pictures)
    means = pictures.view(2, 3, 8, 2, 8, 2).mean((3, 5))
    torch.testing.assert_close(at_phase(pictures, Phase(1)), means)
    coarse = means.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(at_phase(pictures, Phase(2, 0.0)), coarse)
    torch.testing.assert_close(at_phase(pictures, Phase(2, 0.25)), 0.75 * coarse + 0.25 * pictures)
    torch.testing.assert_close(halved(at_phase(pictures, Phase(2, 0.0))), at_phase(pictures, Phase(1)))
