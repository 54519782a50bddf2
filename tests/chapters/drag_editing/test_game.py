"""Training: one step by plain formulas, what is learned, and the same to the bit after a stop."""

import math
from dataclasses import fields, replace

import pytest
import torch
from chapters.drag_editing.few import CONFIG, LAYERS, STYLES, material
from torch.utils.flop_counter import FlopCounterMode

from ganbook import training
from ganbook.chapters.drag_editing import game
from ganbook.chapters.drag_editing.config import FLOW_PROFILES, PROFILES
from ganbook.chapters.drag_editing.flow import FlowNet
from ganbook.chapters.drag_editing.losses import end_point_error
from ganbook.chapters.drag_editing.model import Transformer
from ganbook.chapters.drag_editing.pairs import avatar_pairs
from ganbook.chapters.drag_editing.recipe import make_pairs
from ganbook.chapters.style_prior.config import PROFILES as PRIORS
from ganbook.chapters.style_prior.model import Generator
from ganbook.training.config import FREE_KEYS
from ganbook.training.draws import Draws

FLOW = replace(FLOW_PROFILES["smoke"], precision="32-true", noise=0.0)


def run_of(folder, config=CONFIG, **how):
    return training.Run(
        folder, config, slug="drag_editing", profile="smoke", data="embedded", seed=0, progress=False, **how
    )


def trained(folder, data=None, how=None, **settings):
    run = run_of(folder, replace(CONFIG, **settings), **(how or {}))
    game.train(run, data or material())
    return run


def weights(run):
    return torch.cat([value.flatten() for part in run._raw.values() for value in part.module.parameters()])


def test_one_step_is_adam_on_the_plain_error(tmp_path):
    data = material()
    run = trained(tmp_path, data, steps=1, decay_share=0.0, subsets=False)
    torch.manual_seed(0)
    expected = Transformer(CONFIG, data.scales)
    index = Draws(0, torch.device("cpu")).batch(len(data.starts), CONFIG.batch_size)
    ws = data.starts[index][:, None].repeat(1, STYLES, 1)
    points = data.points.repeat(len(ws), 1, 1)
    moved = expected(ws, data.motions[index], data.features(ws, points), points)
    loss = ((moved[:, :LAYERS] - data.ends[index]) ** 2).mean() / data.scales.move**2
    loss.backward()
    torch.optim.AdamW(expected.parameters(), lr=CONFIG.learning_rate).step()
    torch.testing.assert_close(weights(run), torch.cat([value.flatten() for value in expected.parameters()]))


def test_moves_are_learned_and_not_from_the_motions_of_others(tmp_path):
    how = {"steps": 150, "batch_size": 16, "learning_rate": 5e-3, "log_every": 10}
    losses = {}
    for shuffled in (False, True):
        trained(tmp_path / str(shuffled), shuffled=shuffled, **how)
        losses[shuffled] = training.read_curves(tmp_path / str(shuffled))["loss"][-1]
    assert losses[False] < 0.3 and losses[True] > 0.7


def test_going_on_gives_the_same_to_the_bit(tmp_path):
    whole = trained(tmp_path / "whole")
    trained(tmp_path / "parts", how={"minutes": 1e-9})
    assert torch.equal(weights(whole), weights(trained(tmp_path / "parts")))


@pytest.mark.parametrize("changed", [{"subsets": False}, {"fourier_bands": 1}, {"shuffled": True}])
def test_variants_train_otherwise(changed, tmp_path):
    plain, other = trained(tmp_path / "plain"), trained(tmp_path / "other", **changed)
    assert len(weights(plain)) != len(weights(other)) or not torch.equal(weights(plain), weights(other))


def test_half_of_the_samples_show_a_few_motions(tmp_path):
    config = replace(CONFIG, batch_size=2_000, most=5)
    run = run_of(tmp_path, config)
    present = game.shown(run, config, 12)
    counts = present.sum(1)
    assert 0.4 < (counts == 12).float().mean() < 0.6 and set(counts.tolist()) == {1, 2, 3, 4, 5, 12}
    few = present[counts < 12].float().mean(0)
    assert (few - few.mean()).abs().max() < 0.08  # no place is preferred
    for n in range(1, 6):  # uniform in the logarithm
        share = (counts[counts < 12] == n).float().mean()
        assert abs(share - math.log((n + 1) / n) / math.log(6)) < 0.05
    assert game.shown(run, replace(config, most=64), 12).any(1).all()


def test_flow_of_a_few_pairs_is_learned_by_heart(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    pairs = avatar_pairs("train", 100, 32, progress=False)
    few = game.Pairs(*(each[:4] for each in vars(pairs).values()))
    run = run_of(tmp_path / "run", replace(FLOW, steps=150, learning_rate=5e-3, channels=(8, 12)))
    game.train_flow(run, few)
    net: FlowNet = run._raw["model"].module
    truth, _ = few.motion(slice(None))
    with torch.no_grad():
        found = net.flow(few.before / 127.5 - 1, few.after / 127.5 - 1)
    middle = truth.mean((0, 2, 3), keepdim=True).expand_as(truth)
    assert end_point_error(found, truth) < 0.6 * end_point_error(middle, truth)


def first_loss(folder, config, play, rank=0, ranks=1):
    """The loss of one of several processes in the first step."""
    run, found = run_of(folder, replace(config, steps=1)), []
    run.draws, backward = Draws(0, torch.device("cpu"), rank, ranks), run.backward
    torch.manual_seed(0)  # as all processes begin
    run.backward = lambda loss: found.append(loss.item()) or backward(loss)
    play(run)
    return found[0]


def test_every_resolution_of_the_flow_counts(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    pairs = avatar_pairs("train", 100, 32, progress=False)
    loss = first_loss(tmp_path / "run", FLOW, lambda run: game.train_flow(run, pairs))
    torch.manual_seed(0)
    net = FlowNet(FLOW)
    index = Draws(0, torch.device("cpu")).batch(100, FLOW.batch_size)
    truth, _ = pairs.motion(index)
    found = net(*(each[index] / 127.5 - 1 for each in (pairs.before, pairs.after)))
    sizes = [truth.unflatten(3, (size, -1)).unflatten(2, (size, -1)).mean((3, 5)) for size in (8, 16)]
    apart = [(one - other).norm(dim=1).mean().item() for one, other in zip(found, sizes, strict=True)]
    assert loss == pytest.approx(sum(apart), rel=1e-3)


def test_two_processes_share_a_batch(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    pairs, data = avatar_pairs("train", 100, 32, progress=False), material()
    for config, play in (
        (replace(FLOW, noise=0.3), lambda run: game.train_flow(run, pairs)),
        (CONFIG, lambda run: game.train(run, data)),
        (replace(CONFIG, shuffled=True), lambda run: game.train(run, data)),
    ):
        kind = f"{type(config).__name__}-{getattr(config, 'shuffled', '')}"
        whole = first_loss(tmp_path / f"{kind}-whole", config, play)
        parts = [first_loss(tmp_path / f"{kind}-{rank}", config, play, rank, 2) for rank in (0, 1)]
        assert sum(parts) / 2 == pytest.approx(whole, rel=1e-4) and parts[0] != pytest.approx(parts[1], rel=1e-3)


VALUES = {"train_pairs": 200, "resolution": 16, "channels": (4, 4), "radius": 1, "batch_size": 6, "decay_share": 0.9}
SETTINGS = [field.name for field in fields(FLOW) if field.name not in FREE_KEYS | {"channels_last", "ema_decay"}]


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_of_the_flow_net_matters(name, tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path.parent / "pairs"))

    def trained_with(folder, **settings):
        config = replace(FLOW_PROFILES["smoke"], precision="32-true", steps=3, **settings)
        run = run_of(folder, config)
        game.train_flow(run, make_pairs(config, "embedded", 0))
        return weights(run)

    value = VALUES[name] if name in VALUES else getattr(FLOW_PROFILES["smoke"], name) / 2 + 0.05
    before, after = trained_with(tmp_path / "one"), trained_with(tmp_path / "two", **{name: value})
    assert before.shape != after.shape or not torch.equal(before, after)


def test_cost_of_training():
    """At most 0.5 PFLOP a model (three passes for training, one of the generator for features)."""
    config, flow = PROFILES["quick"], FLOW_PROFILES["quick"]
    tokens, n = config.grid**2, 1
    unit = game.Scales(torch.zeros(config.latent_dim), 1.0, 1.0, 1.0, 1.0)
    generator = Generator(PRIORS["quick"])
    ws = torch.zeros(n, generator.synthesis.styles, config.latent_dim)
    with FlopCounterMode(display=False) as counter:
        _, maps = generator.synthesis(ws, features=config.feature_layer)
    assert maps.shape[1] == config.feature_channels
    once = counter.get_total_flops()
    with FlopCounterMode(display=False) as counter:
        motions, features = torch.zeros(n, tokens, 3), torch.zeros(n, tokens, config.feature_channels)
        Transformer(config, unit)(ws, motions, features, torch.zeros(n, tokens, 2))
    each = once + 3 * counter.get_total_flops()
    assert each * config.steps * config.batch_size < 0.5e15
    with FlopCounterMode(display=False) as counter:
        FlowNet(flow)(*torch.zeros(2, n, 3, flow.resolution, flow.resolution))
    assert 3 * counter.get_total_flops() * flow.steps * flow.batch_size < 0.1e15
