"""Training: the gradients of one step by plain formulas, who learns from what, and the same to the bit after a stop."""

import copy
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from chapters.class_styles.few import CLASSES, SMOKE, material
from torch.utils.flop_counter import FlopCounterMode

from ganbook import training
from ganbook.chapters.class_styles import game
from ganbook.chapters.class_styles.config import PROFILES
from ganbook.chapters.class_styles.model import Discriminator, Encoder, Generator, Styles, shapes
from ganbook.data.pixels import from_bytes
from ganbook.training.draws import Draws

CONFIG = replace(SMOKE, steps=3, preview_every=0, log_every=1, precision="32-true", kl_warmup=0.0)


def run_of(folder, config=CONFIG, seed=0, **how):
    return training.Run(
        folder, config, slug="class_styles", profile="smoke", data="embedded", seed=seed, progress=False, **how
    )


def train(folder, data=None, **settings):
    run = run_of(folder, replace(CONFIG, **settings))
    game.adversarial_training(run, data or material())
    return run


def weights(run):
    return {
        f"{name}.{key}": value.clone() for name in run._raw for key, value in run._raw[name].module.state_dict().items()
    }


def gradients_of(module):
    return {key: each.grad.clone() for key, each in module.named_parameters() if each.grad is not None}


@pytest.fixture
def descents(monkeypatch):
    """The gradients of each descent, in place of steps."""
    found = []

    def descend(run, learners, loss):
        for module, _ in learners:
            module.zero_grad()
        run.backward(loss)
        found.append([gradients_of(part.module.module) for part in learners])

    monkeypatch.setattr(game, "descend", descend)
    return found


def expected_gradients(config, data, seed=0):
    """One step in plain formulas: of E and G, and of D."""
    torch.manual_seed(seed)
    encoder, generator, discriminator = (kind(config, CLASSES) for kind in (Encoder, Generator, Discriminator))
    draws = Draws(seed, torch.device("cpu"))
    index = draws.batch(len(data.pictures), config.batch_size)
    real, labels = data.pictures[index] / 127.5 - 1, data.labels[index].long()
    if config.flip:
        for n in torch.nonzero(draws.rand(config.batch_size) < 0.5).flatten():
            real[n], labels[n] = real[n].flip(2), labels[n].flip(1)
    (mean, local_mean), (log_variance, local_log_variance), present = encoder(real, labels)
    sizes = shapes(config, CLASSES, config.batch_size)
    whole = mean + torch.exp(log_variance) ** 0.5 * draws.randn(*sizes.whole)
    local = local_mean + torch.exp(local_log_variance) ** 0.5 * draws.randn(*sizes.local)
    fake = generator(labels, Styles(whole, local))

    def divergence(mu, log_sigma2):
        return 0.5 * (mu**2 + log_sigma2.exp() - log_sigma2 - 1).sum(-1)

    kl = divergence(mean, log_variance)
    for level in range(present.shape[1]):
        at = present[:, level].float()
        kl = kl + (divergence(local_mean[:, level], local_log_variance[:, level]) * at).sum(1) / at.sum(1)
    judged, true = discriminator(fake, labels), discriminator(real, labels)
    loss = config.kl_weight * kl.mean()
    for x, y in zip(true, judged):
        loss = loss - y[-1].mean() / 2
        loss = loss + config.feature_weight / 2 * sum(F.l1_loss(b, a.detach()) for a, b in zip(x[:-1], y[:-1]))
    for weight, x, y in zip((1 / 4, 1), data.segmenter.features(real), data.segmenter.features(fake)):
        loss = loss + config.perceptual_weight * weight * F.l1_loss(y, x)
    theirs = [*encoder.named_parameters()], [*generator.named_parameters()]
    gradients = [
        dict(
            zip(
                [k for k, _ in part],
                torch.autograd.grad(loss, [p for _, p in part], retain_graph=True, allow_unused=True),
            )
        )
        for part in theirs
    ]
    true, judged = discriminator(real, labels), discriminator(fake.detach(), labels)
    d_loss = sum(torch.relu(1 - x[-1]).mean() + torch.relu(1 + y[-1]).mean() for x, y in zip(true, judged)) / 2
    own = [*discriminator.named_parameters()]
    return [gradients, [dict(zip([k for k, _ in own], torch.autograd.grad(d_loss, [p for _, p in own])))]]


@pytest.mark.parametrize(
    "settings",
    [{}, {"flip": False, "styles": "class"}, {"styles": "nothing"}, {"generator_norm": "position", "channels": 6}],
)
def test_the_gradients_of_a_step_by_plain_formulas(settings, descents, tmp_path):
    data, config = material(), replace(CONFIG, steps=1, **settings)
    data.segmenter.eval()
    train(tmp_path, data, steps=1, **settings)
    expected = expected_gradients(config, data)
    assert len(descents) == len(expected) == 2
    for ours, theirs in zip(descents, expected):
        for one, other in zip(ours, theirs, strict=True):
            assert one.keys() == {key for key, value in other.items() if value is not None} and one
            for key in one:
                torch.testing.assert_close(one[key], other[key], rtol=1e-3, atol=1e-6, msg=key)


def test_training_is_finite_and_moves_every_network(tmp_path):
    before = weights(train(tmp_path / "one", steps=1))
    run = train(tmp_path / "three")
    after = weights(run)
    assert all(value.isfinite().all() for value in after.values())
    learned = {f"{name}.{key}" for name in run._raw for key, _ in run._raw[name].module.named_parameters()}
    still = {key for key in learned if torch.equal(before[key], after[key])}
    assert still <= {f"discriminator.scales.{scale}.3.bias" for scale in (0, 1)}  # real and generated pull alike
    curves = training.read_curves(tmp_path / "three")
    assert {"d_loss", "fooling", "matching", "perceptual", "kl"} <= curves.keys() and len(curves["kl"]) == 3


def test_under_bfloat16_too(tmp_path):
    """Spectral norms, maxima and codes are found in 32 bits, so that nothing there lacks a kernel."""
    if not training.devices.bf16_is_possible("cpu"):
        pytest.skip("no bfloat16 on this processor")
    found = weights(train(tmp_path, precision="bf16-mixed"))
    assert all(value.isfinite().all() and value.dtype in (torch.float32, torch.int64) for value in found.values())


def test_the_segmenter_learns_nothing(tmp_path):
    data = material()
    before = copy.deepcopy(data.segmenter.state_dict())
    train(tmp_path, data)
    assert all(torch.equal(value, before[key]) for key, value in data.segmenter.state_dict().items())
    assert all(each.grad is None for each in data.segmenter.parameters())


def test_going_on_gives_the_same_to_the_bit(tmp_path):
    whole = train(tmp_path / "whole")
    for minutes in (1e-9, None):
        run = run_of(tmp_path / "parts", minutes=minutes)
        game.adversarial_training(run, material())
    assert run.finished
    ours, theirs = weights(whole), weights(run)
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    for name in ("encoder", "generator"):
        pairs = zip(whole.ema(name).state_dict().values(), run.ema(name).state_dict().values())
        assert all(torch.equal(one, other) for one, other in pairs)


def test_pictures_are_mirrored_with_their_label_maps(tmp_path):
    data = material()
    data = data._replace(pictures=data.labels[:, None].expand(-1, 3, -1, -1).clone())
    run = run_of(tmp_path, replace(CONFIG, batch_size=12))
    real, labels = game.batch(run, data)
    assert torch.allclose((real[:, 0] + 1) * 127.5, labels.float(), atol=1e-3)
    run.draws.begin(0)
    index = run.draws.batch(12, 12)
    same = [torch.equal(labels[n], data.labels[index[n]].long()) for n in range(12)]
    assert 0 < sum(same) < 12


def test_the_weight_of_kl_grows_and_stays():
    config = replace(CONFIG, steps=100, kl_weight=0.5, kl_warmup=0.2)
    assert [game.kl_weight(config, step) for step in (0, 10, 20, 99)] == pytest.approx([0, 0.25, 0.5, 0.5])
    assert game.kl_weight(replace(config, kl_warmup=0.0), 0) == 0.5


def test_rates_fall_at_the_end(tmp_path, monkeypatch):
    rates = []
    monkeypatch.setattr(game.training, "set_learning_rate", lambda optimizer, rate: rates.append(rate))
    train(tmp_path, steps=4, decay_share=0.5, generator_rate=0.4, discriminator_rate=0.8)
    assert rates[::3] == rates[1::3] == pytest.approx([0.4, 0.4, 0.4, 0.2])
    assert rates[2::3] == pytest.approx([0.8, 0.8, 0.8, 0.4])


def test_averaged_weights_get_statistics_of_their_own(tmp_path):
    """In evaluation mode they then make what they make in training mode, but for chance."""
    data = material(40)
    run = train(tmp_path, data, steps=12, ema_decay=0.9, generator_rate=0.02, batch_size=8)
    encoder, generator = run.ema("encoder"), run.ema("generator")
    norms = [each for each in generator.modules() if isinstance(each, torch.nn.BatchNorm2d)]
    assert not generator.training and not encoder.training
    assert all(int(norm.num_batches_tracked) == 5 and norm.momentum == 0.1 for norm in norms)

    labels = data.labels.long()
    styles = encoder(from_bytes(data.pictures), labels).sample(
        Styles(*(torch.randn(size, generator=torch.Generator().manual_seed(3)) for size in shapes(CONFIG, CLASSES, 40)))
    )
    copied = copy.deepcopy(run._raw["generator"].module).eval()
    stale = copy.deepcopy(generator)
    stale.load_state_dict(generator.state_dict() | {k: v for k, v in copied.state_dict().items() if "running" in k})
    lively = copy.deepcopy(generator).train()
    with torch.no_grad():
        wanted = lively(labels, styles)
        gaps = [(each(labels, styles) - wanted).abs().mean() for each in (generator.eval(), stale.eval())]
    assert gaps[0] < 0.5 * gaps[1]


def test_averaged_weights_get_a_prior_that_is_fitted_to_their_own_codes(tmp_path):
    data = material(40)
    run = train(tmp_path, data, steps=3, batch_size=8)
    encoder = run.ema("encoder")
    wanted = copy.deepcopy(encoder.prior)
    with torch.no_grad():
        wanted.fit(encoder(from_bytes(data.pictures), data.labels))
    for found, buffer in zip(encoder.prior.buffers(), wanted.buffers()):
        torch.testing.assert_close(found, buffer)
    assert encoder.prior.local_mean.abs().max() > 0.01 and not run._raw["encoder"].module.prior.local_mean.any()


def test_previews_show_the_data_what_its_codes_give_and_samples(tmp_path):
    run, data = run_of(tmp_path), material()
    encoder, generator = Encoder(CONFIG, CLASSES).eval(), Generator(CONFIG, CLASSES).eval()
    with torch.no_grad():
        picture = game.preview_of(run, encoder, generator, data, columns=5, samples=2)()
    assert picture.shape == (4 * 32, 5 * 32, 3) and picture.dtype == "uint8"
    assert (picture[:32, 32:64] == data.pictures[1].permute(1, 2, 0).numpy()).all()


def test_a_training_costs_a_third_of_a_petaflop():
    """Multiplications and additions of a step at quick, forward and backward, with the segmenter that it has."""
    from ganbook.chapters.style_prior.instruments import PROFILES as INSTRUMENTS
    from ganbook.chapters.style_prior.instruments import Segmenter

    config, size = PROFILES["quick"], 2
    labels, real = torch.randint(CLASSES, (size, 64, 64)), torch.rand(size, 3, 64, 64)
    encoder, generator, discriminator = (kind(config, CLASSES) for kind in (Encoder, Generator, Discriminator))
    segmenter = Segmenter(INSTRUMENTS["quick"]).requires_grad_(False).eval()
    noise = Styles(*(torch.randn(each) for each in shapes(config, CLASSES, size)))
    with FlopCounterMode(display=False) as counter:
        posterior = encoder(real, labels)
        fake = generator(labels, posterior.sample(noise))
        with training.frozen(discriminator) as judge:
            judged, true = judge(fake, labels), judge(real, labels)
        loss = game.fooling_loss(judged) + game.matching_loss(true, judged) + game.style_kl(posterior)
        (loss + game.perceptual_loss(segmenter.features(real), segmenter.features(fake))).backward()
        game.discriminator_loss(discriminator(real, labels), discriminator(fake.detach(), labels)).backward()
    whole = counter.get_total_flops() / size * config.batch_size * config.steps
    assert whole == pytest.approx(0.225e15, rel=0.02)  # as config.py says; at most 0.5 is allowed
