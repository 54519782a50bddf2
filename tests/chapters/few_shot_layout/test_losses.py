"""The losses: known answers, forms written out with loops, and what gets a gradient."""

import math

import pytest
import torch

from ganbook.chapters.few_shot_layout.losses import code_loss, picture_losses


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_error_of_codes_is_a_mean_over_all_their_entries():
    found, wanted = drawn(3, 4, 5), drawn(3, 4, 5, seed=1)
    apart = [(a - b) ** 2 for a, b in zip(found.flatten().tolist(), wanted.flatten().tolist())]
    assert float(code_loss(found, wanted)) == pytest.approx(sum(apart) / 60, rel=1e-5)


def test_each_entry_of_a_code_is_pulled_to_what_it_should_be():
    found, wanted = drawn(2, 3, 4).requires_grad_(), drawn(2, 3, 4, seed=1)
    (slope,) = torch.autograd.grad(code_loss(found, wanted), found)
    torch.testing.assert_close(slope, 2 * (found - wanted).detach() / 24)


def test_errors_of_pictures_with_known_answers():
    black, white = -torch.ones(2, 3, 4, 4), torch.ones(2, 3, 4, 4)
    east, north = (torch.eye(2)[axis].reshape(1, 2, 1, 1).expand(2, -1, 3, 3) for axis in (0, 1))
    losses = picture_losses(black, white, ([5 * east, east], [north, east]), torch.full((2, 6, 4), 0.5))
    assert [float(each) for each in losses] == pytest.approx([4.0, 2.0, 1.0])


def test_the_offset_is_the_mean_squared_length_of_a_layers_code():
    offsets, picture = drawn(3, 4, 5), torch.zeros(1, 3, 2, 2)
    lengths = [math.hypot(*layer) ** 2 for code in offsets.tolist() for layer in code]
    found = picture_losses(picture, picture, ([picture], [picture]), offsets)
    assert float(found.offset) == pytest.approx(sum(lengths) / len(lengths), rel=1e-5)
    assert float(found.pixels) == float(found.perceptual) == 0


@pytest.mark.parametrize(("term", "reached"), [("pixels", 0), ("perceptual", 1), ("offset", 2)])
def test_each_error_reaches_what_it_is_made_of_and_nothing_else(term, reached):
    picture, features, offsets = drawn(1, 3, 2, 2), drawn(1, 3, 2, 2, seed=1), drawn(1, 2, 4, seed=2)
    parts = [each.requires_grad_() for each in (picture, features, offsets)]
    losses = picture_losses(picture, drawn(1, 3, 2, 2, seed=3), ([features], [drawn(1, 3, 2, 2, seed=4)]), offsets)
    slopes = torch.autograd.grad(getattr(losses, term), parts, allow_unused=True)
    assert [slope is not None for slope in slopes] == [place == reached for place in range(3)]
