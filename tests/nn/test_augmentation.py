"""Adaptive augmentation against known transforms, and how its probability follows the discriminator."""

import math

import pytest
import torch

from ganbook.nn import augmentation as ada
from ganbook.training.draws import Draws


@pytest.fixture
def draws():
    return Draws(0, torch.device("cpu"))


def place(**entries):
    names = {"x": (0, 2), "y": (1, 2), "xx": (0, 0), "xy": (0, 1), "yx": (1, 0), "yy": (1, 1)}
    return ada.matrices(1, 3, {names[name]: value for name, value in entries.items()}, torch.device("cpu"))


PICTURE = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_flips_turns_and_whole_pixels_are_exact():
    close = {"rtol": 1e-4, "atol": 1e-5}
    torch.testing.assert_close(ada.moved(PICTURE, place()), PICTURE, **close)
    torch.testing.assert_close(ada.moved(PICTURE, place(xx=-1.0)), PICTURE.flip(3), **close)
    turned = ada.moved(PICTURE, place(xx=0.0, xy=-1.0, yx=1.0, yy=0.0))
    torch.testing.assert_close(turned, PICTURE.rot90(-1, (2, 3)), **close)
    shifted = ada.moved(PICTURE, place(x=2 * 2 / 8))
    torch.testing.assert_close(shifted[..., 2:], PICTURE[..., :-2], **close)
    torch.testing.assert_close(shifted[..., :2], PICTURE[..., :2].flip(3), **close)


def test_hue_turns_red_to_green_to_blue():
    grey = torch.full((3,), 3**-0.5)
    third = ada.around(grey, torch.tensor([2 * math.pi / 3]))[0]
    torch.testing.assert_close(third[:3, :3] @ torch.eye(3)[0], torch.eye(3)[1], rtol=1e-4, atol=1e-5)
    half = ada.around(grey, torch.tensor([math.pi]))[0]
    torch.testing.assert_close(half @ half, torch.eye(4), rtol=1e-4, atol=1e-5)


def test_grey_pictures_stay_grey_and_hue_and_saturation_keep_luma(draws):
    matrices = ada.colours(500, 0.9, draws)
    grey = torch.full((1, 3, 4, 4), 0.3).expand(500, -1, -1, -1)
    made = ada.recoloured(grey, matrices)
    assert (made.amax(1) - made.amin(1)).max() < 1e-4 and made.std() > 0.1
    assert (matrices[:, 3] - torch.tensor([0.0, 0, 0, 1])).abs().max() < 1e-6


@pytest.mark.parametrize("p", [0.2, 0.7])
def test_each_change_is_made_with_probability_p(p, draws):
    changes = torch.full((4_000, 3, 3), 7.0)
    made = (ada.sometimes(p, changes, draws) == 7).all((1, 2)).float().mean()
    assert abs(float(made) - p) < 0.03
    geometry, colours = ada.geometry(2_000, p, 64, draws), ada.colours(2_000, p, draws)
    assert (geometry.det().abs() > 0.05).all()
    untouched = (geometry - torch.eye(3)).abs().amax((1, 2)) < 1e-5
    # flip and quarter turn may draw "no change"; the two rotations share p
    expected = (1 - p / 2) * (1 - 3 * p / 4) * (1 - p) ** 5
    assert abs(float(untouched.float().mean()) - expected) < 0.04
    untouched = (colours - torch.eye(4)).abs().amax((1, 2)) < 1e-5
    assert abs(float(untouched.float().mean()) - (1 - p / 2) * (1 - p) ** 4) < 0.04


def test_nothing_at_zero_and_gradients_at_more(draws):
    augment = ada.AdaptiveAugmentation()
    assert augment(PICTURE, draws) is PICTURE
    augment.p.fill_(0.8)
    pictures = PICTURE.expand(16, -1, -1, -1).clone().requires_grad_(True)
    changed = augment(pictures, draws)
    assert changed.shape == pictures.shape and changed.isfinite().all()
    assert (changed - pictures).abs().amax((1, 2, 3)).gt(0.05).sum() > 12 and not torch.equal(changed[0], changed[1])
    changed.square().sum().backward()
    assert (pictures.grad.abs().amax((1, 2, 3)) > 0).all()


def test_autocast_changes_nothing():
    augment = ada.AdaptiveAugmentation()
    augment.p.fill_(1.0)
    pictures = torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    plain = augment(pictures, Draws(0, torch.device("cpu")))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under = augment(pictures, Draws(0, torch.device("cpu")))
    assert under.dtype == torch.float32 and torch.equal(under, plain)


def test_p_follows_how_sure_d_is():
    augment = ada.AdaptiveAugmentation(target=0.6, images=1_000)
    sure, unsure = 1.0, 0.0
    for _ in range(3):
        augment.follow(sure, 100)
    assert float(augment.p) == pytest.approx(0.3)
    augment.follow(unsure, 100)
    assert float(augment.p) == pytest.approx(0.2)
    for _ in range(9):
        augment.follow(unsure, 100)
    assert float(augment.p) == 0
    for _ in range(12):
        augment.follow(sure, 100)
    assert float(augment.p) == 1 and "p" in augment.state_dict()
