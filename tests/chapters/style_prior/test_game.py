"""Training of the style prior: who learns from what, when, and the same to the bit after a stop."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from ganbook import training
from ganbook.chapters.style_prior import game
from ganbook.chapters.style_prior.config import PROFILES
from ganbook.chapters.style_prior.model import Discriminator, Synthesis

CONFIG = replace(PROFILES["smoke"], steps=4, batch_size=4, channels=(4, 4), latent_dim=4, preview_every=0, log_every=1)
PICTURES = torch.randint(256, (16, 3, 8, 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8)


def train(folder, **settings):
    config = replace(CONFIG, **settings)
    run = training.Run(folder, config, slug="style_prior", profile="smoke", data="avatars", seed=0, progress=False)
    game.adversarial_training(run, PICTURES)
    return run


def weights(run):
    return {
        name: {key: value.clone() for key, value in run._raw[name].module.state_dict().items()} for name in run._raw
    }


def test_a_training_is_finite_and_logs_what_is_due(tmp_path):
    run = train(tmp_path, steps=4, r1_every=2, path_every=3)
    curves = training.read_curves(tmp_path)
    assert [value is not None for value in curves["r1"]] == [True, False, True, False]
    assert [value is not None for value in curves["path_length"]] == [True, False, False, True]
    assert all(value.isfinite().all() for part in weights(run).values() for value in part.values())
    assert not torch.equal(run.ema("generator").synthesis.start, run._raw["generator"].module.synthesis.start)


@pytest.mark.parametrize(("switch", "touched"), [("r1_weight", "discriminator"), ("path_weight", "generator")])
def test_a_regulariser_reaches_its_own_network_only(tmp_path, switch, touched):
    """In the first step, which ends with both regularisers; Adam's rates are the same with and without."""
    usual = {"steps": 1, "r1_every": 1_000, "path_every": 1_000, "learning_rate": 0.01}
    with_it, without = (
        weights(train(tmp_path / name, **usual, **{switch: weight})) for name, weight in (("on", 1.0), ("off", 1e-12))
    )
    for name in ("generator", "discriminator"):
        same = all(torch.equal(with_it[name][key], without[name][key]) for key in with_it[name])
        assert same == (name != touched)


def test_going_on_gives_the_same_to_the_bit(tmp_path):
    whole = weights(train(tmp_path / "whole", ada=True, ada_images=40))
    for minutes in (1e-9, None):
        config = replace(CONFIG, ada=True, ada_images=40)
        run = training.Run(
            tmp_path / "parts",
            config,
            slug="style_prior",
            profile="smoke",
            data="avatars",
            seed=0,
            progress=False,
            minutes=minutes,
        )
        game.adversarial_training(run, PICTURES)
    assert run.finished
    for name, part in weights(run).items():
        assert all(torch.equal(part[key], whole[name][key]) for key in part)


def test_augmentation_starts_at_nothing_and_follows_how_sure_d_is_of_real_pictures(tmp_path, monkeypatch):
    plain, told = train(tmp_path / "plain", ada_images=20), []
    original = game.AdaptiveAugmentation.follow

    def follow(self, sure, seen):
        told.append((sure, seen))
        original(self, 1.0, seen)

    monkeypatch.setattr(game.AdaptiveAugmentation, "follow", follow)
    ada = train(tmp_path / "ada", ada=True, ada_images=20)
    assert float(plain._raw["augmentation"].module.p) == 0
    assert training.read_curves(tmp_path / "ada")["augmentation"] == [pytest.approx(0.8), None, None, None]
    assert [seen for _, seen in told] == [16] and -1 <= told[0][0] <= 1
    assert not torch.equal(
        weights(plain)["discriminator"]["logit.weight"], weights(ada)["discriminator"]["logit.weight"]
    )


def test_d_sees_real_and_generated_pictures_augmented(tmp_path, monkeypatch):
    seen = []
    original = game.AdaptiveAugmentation.forward

    def forward(self, pictures, draws):
        seen.append(tuple(pictures.shape))
        return original(self, pictures, draws)

    monkeypatch.setattr(game.AdaptiveAugmentation, "forward", forward)
    train(tmp_path, steps=1, r1_every=1)
    assert len(seen) >= 3  # generated, real, and real again for R1


def test_the_average_w_is_followed_and_styles_are_mixed(tmp_path, monkeypatch):
    given = []
    original = game.Generator.spread

    def spread(self, w):
        given.append(w.detach().clone())
        return original(self, w)

    monkeypatch.setattr(game.Generator, "spread", spread)
    run = train(tmp_path, mean_w_decay=0.5, style_mixing=1.0, path_weight=0.0)
    assert run._raw["generator"].module.mapping.mean.abs().sum() > 0
    assert len(given) == 2 * CONFIG.steps and not torch.equal(given[0], given[1])


def gradients_of(module):
    return {name: value.grad.clone() for name, value in module.named_parameters() if value.grad is not None}


class Recording(torch.optim.SGD):
    """Notes weights and gradients at each step."""

    def __init__(self, module):
        super().__init__(module.parameters(), lr=0.1)
        self.module, self.steps = module, []

    def step(self, *more):
        weights = {name: value.detach().clone() for name, value in self.module.state_dict().items()}
        gradients = {
            name: value.grad.clone() for name, value in self.module.named_parameters() if value.grad is not None
        }
        self.steps.append((weights, gradients))
        return super().step(*more)


@pytest.fixture
def one_step(tmp_path, monkeypatch):
    """A step with both regularisers, G's first: what optimisers, D and the path lengths were given."""
    optimisers, judged, paths, reached = [], [], [], []

    def adam(module, config, every):
        optimisers.append(Recording(module))
        return optimisers[-1]

    judge, lengths = game.Discriminator.forward, game.path_lengths

    def forward(self, pictures):
        judged.append(pictures.detach().clone())
        if len(judged) == 1:
            pictures.register_hook(lambda gradient: reached.append(gradient.clone()))
        return judge(self, pictures)

    def path_lengths(pictures, ws, direction):
        paths.append((ws.detach().clone(), direction.clone()))
        return lengths(pictures, ws, direction)

    monkeypatch.setattr(game, "adam", adam)
    monkeypatch.setattr(game.Discriminator, "forward", forward)
    monkeypatch.setattr(game, "path_lengths", path_lengths)
    settings = {"steps": 1, "r1_every": 3, "path_every": 5, "r1_weight": 0.7, "path_weight": 0.4}
    settings |= {"path_decay": 0.25, "precision": "32-true"}
    train(tmp_path, **settings)
    monkeypatch.undo()
    return *optimisers, judged, paths, reached


def descent(module, weights, loss_of):
    """The gradients of a loss at these weights."""
    module.load_state_dict(weights, strict=False)
    module.zero_grad()
    loss_of(module).backward()
    return gradients_of(module)


def same(found, wanted):
    assert wanted
    torch.testing.assert_close({name: found[name] for name in wanted}, wanted, rtol=1e-4, atol=1e-6)


def test_gradients_of_d_are_those_of_its_loss(one_step):
    _, optimiser, (fake, real, _), _, _ = one_step
    loss = lambda d: F.softplus(d(fake)).mean() + F.softplus(-d(real)).mean()
    same(optimiser.steps[0][1], descent(Discriminator(CONFIG), optimiser.steps[0][0], loss))


def test_gradients_of_r1_are_those_of_the_slope_at_renders(one_step):
    _, optimiser, (_, _, real), _, _ = one_step
    real = real.requires_grad_(True)

    def penalty(d):
        slope = torch.autograd.grad(d(real).sum(), real, create_graph=True)[0]
        return 3 * 0.7 / 2 * slope.square().sum((1, 2, 3)).mean()

    assert {tuple(row) for row in real.detach().flatten(1).mul(127.5).add(127.5).round().tolist()} <= {
        tuple(row) for side in (PICTURES, PICTURES.flip(3)) for row in side.flatten(1).float().tolist()
    }
    same(optimiser.steps[1][1], descent(Discriminator(CONFIG), optimiser.steps[1][0], penalty))


def test_gradients_that_reach_samples_are_those_of_gs_loss(one_step):
    _, optimiser, (fake, *_), _, (reached,) = one_step
    d = Discriminator(CONFIG)
    d.load_state_dict(optimiser.steps[0][0])
    fake = fake.requires_grad_(True)
    F.softplus(-d(fake)).mean().backward()
    torch.testing.assert_close(reached, fake.grad, rtol=1e-4, atol=1e-7)


def test_gradients_of_paths_are_those_of_their_unevenness(one_step):
    optimiser, _, _, ((ws, direction),), _ = one_step
    assert ws.shape[0] == CONFIG.batch_size // 2 and 0.5 < direction.std() < 1.5
    ws = ws.requires_grad_(True)

    def penalty(synthesis):
        along = torch.autograd.grad((synthesis(ws) * direction).sum() / 8, ws, create_graph=True)[0]
        lengths = along.square().sum(2).mean(1).sqrt()
        return 5 * 0.4 * (lengths - 0.25 * lengths.mean().detach()).square().mean()

    weights, gradients = optimiser.steps[1]
    inside = lambda found: {name.removeprefix("synthesis."): value for name, value in found.items()}
    synthesis = Synthesis(CONFIG.channels, CONFIG.latent_dim)
    same(inside(gradients), descent(synthesis, inside(weights), penalty))
    assert any(value.abs().sum() for name, value in gradients.items() if name.startswith("mapping"))
