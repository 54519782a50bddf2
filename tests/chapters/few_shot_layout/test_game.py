"""The encoder learns to tell codes from label maps when labels tell them."""

from dataclasses import replace

import torch

from ganbook import training
from ganbook.chapters.few_shot_layout import game
from ganbook.chapters.few_shot_layout.config import PROFILES

LATENT, STYLES, SIDE = 2, 6, 16
CONFIG = replace(PROFILES["smoke"], steps=150, batch_size=16, log_every=10, learning_rate=5e-3)


def label(ws):
    """A square whose place is the code of the first layer."""
    maps = torch.zeros(len(ws), SIDE, SIDE, dtype=torch.long)
    at = (ws[:, 0].clamp(-1.5, 1.5) * 3 + 6).round().long()
    for row, (y, x) in enumerate(at.tolist()):
        maps[row, y : y + 4, x : x + 4] = 1
    return maps


MATERIAL = game.Material(lambda z: z * 0.7, label, 2, SIDE, torch.zeros(LATENT), STYLES)


def trained(folder, **how):
    run = training.Run(
        folder, CONFIG, slug="few_shot_layout", profile="smoke", data="avatars", seed=0, progress=False, **how
    )
    game.train(run, MATERIAL)
    return run


def test_codes_are_learned(tmp_path):
    run = trained(tmp_path)
    curves = training.read_curves(tmp_path)
    assert curves["loss"][-1] < 0.3 * curves["mean_code_loss"][-1]
    encoder = run._raw["encoder"].module.eval()
    ws = torch.tensor([[0.9, -0.9], [-0.9, 0.9]])[:, None].expand(-1, STYLES, -1)
    assert (encoder(label(ws)) - ws).abs().mean() < 0.4


def test_going_on_gives_the_same_to_the_bit(tmp_path):
    whole, _ = trained(tmp_path / "whole"), trained(tmp_path / "parts", minutes=1e-9)
    parts = trained(tmp_path / "parts")
    for one, other in zip(whole._raw["encoder"].module.parameters(), parts._raw["encoder"].module.parameters()):
        assert torch.equal(one, other)
