"""Layers by number, in groups and in words."""

import pytest
import torch

from ganbook.chapters.style_prior.config import PROFILES
from ganbook.chapters.style_prior.model import Generator
from ganbook.chapters.style_prior.widgets import layers
from ganbook.errors import UserError


def test_each_layer_has_the_side_of_what_it_makes():
    generator = Generator(PROFILES["smoke"])
    made = [noise.shape[-1] for noise in generator.synthesis.noises(1, lambda *shape: torch.zeros(shape))]
    assert layers.sides_of(generator.synthesis.styles) == [*made, made[-1]] == [4, 8, 8, 16, 16, 16]


def test_groups_are_those_of_the_paper_at_64_pixels_and_thirds_elsewhere():
    assert layers.checked_groups(None, 10) == [
        ("coarse", [0, 1, 2]),
        ("middle", [3, 4, 5, 6]),
        ("fine", [7, 8, 9]),
    ]
    assert layers.checked_groups(None, 6) == [("coarse", [0]), ("middle", [1, 2]), ("fine", [3, 4, 5])]
    assert layers.checked_groups(None, 2) == [("coarse", [0, 1])]
    assert layers.checked_groups({"pose": [1, 0, 1]}, 6) == [("pose", [0, 1])]


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        ({}, "groups must be layers by the name of their group, at least one; got {}"),
        ([[0, 1]], r"by the name of their group, at least one; got \[\[0, 1\]\]"),
        ({"none": []}, "group none: expected layers from 0 to 5, at least 1; got \\[\\]"),
        ({"far": [5, 6]}, "group far: expected layers from 0 to 5.*got \\[5, 6\\]"),
        ({"half": [0.5]}, "got \\[0.5\\]"),
    ],
)
def test_groups_that_cannot_be_are_refused(groups, says):
    with pytest.raises(UserError, match=says):
        layers.checked_groups(groups, 6)


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([], "no layer"),
        ([4], "layer 4"),
        ([0, 1, 2], "layers 0 to 2"),
        ([0, 2, 3, 5], "layers 0, 2 to 3 and 5"),
    ],
)
def test_layers_in_words(numbers, told):
    assert layers.ranges(numbers) == told
