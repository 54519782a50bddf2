"""The encoder: shapes, where it starts, which map each layer reads."""

import pytest
import torch

from ganbook.chapters.few_shot_layout.config import PROFILES
from ganbook.chapters.few_shot_layout.model import LayoutEncoder, level_of

MEAN = torch.arange(6.0)


@pytest.mark.parametrize(("profile", "side", "styles"), [("smoke", 16, 6), ("quick", 64, 10)])
def test_codes_for_every_layer_start_at_the_mean(profile, side, styles):
    torch.manual_seed(0)
    encoder = LayoutEncoder(PROFILES[profile], 7, side, MEAN, styles).eval()
    codes = encoder(torch.randint(7, (2, side, side)))
    assert codes.shape == (2, styles, 6) and (codes - MEAN).abs().max() < 1
    assert not torch.equal(codes[0], codes[1])


def test_coarse_layers_read_the_coarsest_map():
    assert [level_of(layer) for layer in range(10)] == [0, 0, 0, 1, 1, 2, 2, 2, 2, 2]
    encoder = LayoutEncoder(PROFILES["quick"], 3, 32, MEAN, 10)
    encoder(torch.randint(3, (2, 32, 32)))[:, :3].sum().backward()
    assert not any(lateral.weight.grad.any() for lateral in encoder.laterals)
    encoder(torch.randint(3, (2, 32, 32)))[:, 3:5].sum().backward()
    assert [bool(lateral.weight.grad.any()) for lateral in encoder.laterals] == [True, False]


def test_every_parameter_learns():
    torch.manual_seed(0)
    encoder = LayoutEncoder(PROFILES["smoke"], 3, 16, MEAN, 6)
    encoder(torch.randint(3, (16, 16, 16))).square().sum().backward()
    assert [name for name, value in encoder.named_parameters() if not value.grad.any()] == []
