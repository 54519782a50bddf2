"""The encoder learns to tell codes from label maps when labels tell them."""

from dataclasses import replace
from typing import ClassVar

import pytest
import torch
from chapters.few_shot_layout.few import CLASSES, SIDE, STYLES, BySum, annotate, tiny_prior

from ganbook import training
from ganbook.chapters.few_shot_layout import game
from ganbook.chapters.few_shot_layout.config import PROFILES
from ganbook.chapters.few_shot_layout.model import LayoutEncoder
from ganbook.chapters.few_shot_layout.pseudo_labels import SegmenterLabels
from ganbook.chapters.few_shot_layout.shots import samples

LATENT = 2
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


def test_networks_that_label_are_copied_and_stay_as_they_are(tmp_path):
    prior = tiny_prior()
    label = SegmenterLabels(prior.generator.synthesis, BySum(), 8)
    material = game.Material(prior.generator.mapping, label, CLASSES, SIDE, prior.generator.mapping.mean, STYLES)
    before = {name: value.clone() for name, value in prior.generator.state_dict().items()}
    config = replace(CONFIG, steps=2, log_every=1)
    run = training.Run(
        tmp_path, config, slug="few_shot_layout", profile="smoke", data="avatars", seed=0, progress=False
    )
    game.train(run, material)
    assert all(torch.equal(value, before[name]) for name, value in prior.generator.state_dict().items())


def pairs_of(n):
    prior = tiny_prior()
    shots = samples(prior, annotate, n, CLASSES, among=20)
    return game.Pairs(
        shots.pictures,
        shots.labels,
        prior.generator.synthesis,
        BySum(),
        CLASSES,
        prior.generator.mapping.mean,
        STYLES,
    )


def on_pictures(folder, pairs, **settings):
    config = replace(CONFIG, batch_size=4, steps=60, learning_rate=1e-2, **settings)
    run = training.Run(folder, config, slug="few_shot_layout", profile="smoke", data="avatars", seed=0, progress=False)
    game.train_on_pictures(run, pairs)
    return run


def test_the_usual_way_learns_the_pairs(tmp_path):
    pairs = pairs_of(2)
    run = on_pictures(tmp_path, pairs)
    curves = training.read_curves(tmp_path)
    assert curves["pixels"][-1] < 0.7 * curves["pixels"][0]
    assert curves["perceptual"][-1] < 0.8 * curves["perceptual"][0]
    assert run._raw["encoder"].module(pairs.labels).shape == (2, STYLES, 6)


@pytest.mark.parametrize("term", ["perceptual_weight", "offset_weight"])
def test_each_term_of_the_usual_way_counts(tmp_path, term):
    pairs = pairs_of(1)
    runs = [on_pictures(tmp_path / str(weight), pairs, **{term: weight}) for weight in (0.0, 3.0)]
    weights = [run._raw["encoder"].module.heads[0].code.weight for run in runs]
    assert not torch.allclose(*weights)
    if term == "offset_weight":
        curves = [training.read_curves(tmp_path / str(weight))["offset"][-1] for weight in (0.0, 3.0)]
        assert curves[1] < curves[0]


def test_the_rate_falls_at_the_end():
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.AdamW([weight])
    config, rates = replace(CONFIG, steps=8, decay_share=0.5, learning_rate=0.1), []
    for step in range(8):
        game.slow_down(optimizer, config, step)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates[:4] == [0.1] * 4 and rates[4:] == sorted(rates[4:], reverse=True) and rates[-1] < 0.05


class Looking(BySum):
    """Remembers what it was shown."""

    seen: ClassVar[list] = []

    def features(self, pictures):
        self.seen.append(pictures.detach())
        return super().features(pictures)


class Reading(LayoutEncoder):
    """Remembers what it read."""

    read: ClassVar[list] = []

    def forward(self, labels):
        self.read.append(labels)
        return super().forward(labels)


def test_pictures_are_mirrored_with_their_label_maps(tmp_path, monkeypatch):
    monkeypatch.setattr(game, "LayoutEncoder", Reading)
    labels = torch.zeros(1, SIDE, SIDE, dtype=torch.long)
    labels[:, :, :5] = 3
    picture = (labels[:, None].expand(-1, 3, -1, -1) * 60).to(torch.uint8)
    pairs = pairs_of(1)._replace(labels=labels, pictures=picture, segmenter=Looking())
    config = replace(CONFIG, steps=4, batch_size=8)
    run = training.Run(
        tmp_path, config, slug="few_shot_layout", profile="smoke", data="avatars", seed=0, progress=False
    )
    game.train_on_pictures(run, pairs)
    read, wanted = torch.cat(Reading.read), torch.cat(Looking.seen[1::2])
    assert torch.equal(wanted[:, 0] > 0, read == 3)
    left = (read[:, 0, 0] == 3).float().mean()
    assert 0.2 < left < 0.8


def test_pixels_alone_teach_the_usual_way_something(tmp_path):
    on_pictures(tmp_path, pairs_of(1), perceptual_weight=0.0, offset_weight=0.0)
    curves = training.read_curves(tmp_path)
    assert curves["pixels"][-1] < 0.8 * curves["pixels"][0]
