"""Training of both GANs: losses of a step, growth, augmentation, looks, stops, every setting."""

import dataclasses
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from few_paintings import few_paintings, material, settings_of, train
from PIL import Image

from ganbook import training
from ganbook.chapters.painting_morphs import game, watching
from ganbook.chapters.painting_morphs.growth import Phase
from ganbook.chapters.painting_morphs.watching import Material
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.errors import UserError
from ganbook.training.checkpoint import load_state
from ganbook.training.config import FREE_KEYS

TOLD = runpy.run_path(str(Path(__file__).parent / "settings.py"))
KINDS = ["dcgan", "progressive"]


def weights(run: training.Run, name: str) -> dict[str, torch.Tensor]:
    return {key: value.clone() for key, value in run._raw[name].module.state_dict().items()}


def state(folder: Path) -> dict[str, torch.Tensor]:
    return load_state(folder, print)[0]


def differing(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> list[str]:
    return [name for name in one if name not in two or not torch.equal(one[name], two[name])]


# Losses of a step


@pytest.fixture
def kept(monkeypatch) -> dict:
    """What D saw in a step that is not taken (real, generated, generated for G), and the gradients of both losses."""
    kept = {"seen": [], "steps": [], "share": None}
    whole, penalty = game.augmented, game.gradient_penalty

    def augmented(run, parts, pictures):
        kept["seen"].append(whole(run, parts, pictures))
        return kept["seen"][-1]

    def gradient_penalty(*given):
        kept["share"] = given[3]
        return penalty(*given)

    def descend(run, player, loss):
        module = player.module.module
        found = torch.autograd.grad(loss, list(module.parameters()), retain_graph=True, allow_unused=True)
        kept["steps"].append((module, found))

    monkeypatch.setattr(game, "augmented", augmented)
    monkeypatch.setattr(game, "gradient_penalty", gradient_penalty)
    monkeypatch.setattr(game, "descend", descend)
    return kept


def compare(module: torch.nn.Module, found: list, loss: torch.Tensor) -> None:
    wanted = torch.autograd.grad(loss, list(module.parameters()), retain_graph=True, allow_unused=True)
    largest = max(float(each.abs().max()) for each in wanted if each is not None)
    for mine, each in zip(found, wanted, strict=True):
        assert (mine is None) == (each is None)
        if each is not None:
            torch.testing.assert_close(mine, each, rtol=1e-3, atol=1e-4 * largest)


def test_gradients_of_dcgan_are_those_of_plain_formulas(kept, tmp_path):
    """With logarithms taken of probabilities."""
    train("dcgan", tmp_path, steps=1)
    (real, fake, again), ((d, of_d), (_, of_g)) = kept["seen"], kept["steps"]
    assert torch.equal(fake, again.detach()) and not fake.requires_grad and again.requires_grad
    compare(d, of_d, -d(real).sigmoid().log().mean() - (1 - d(fake).sigmoid()).log().mean())
    g = kept["steps"][1][0]
    compare(g, of_g, -d(again).sigmoid().log().mean())


def test_gradients_of_progressive_gan_are_those_of_plain_formulas(kept, tmp_path, monkeypatch):
    """In the middle of a fade, the slopes of one picture after the other."""
    phase = Phase(1, 0.4)
    monkeypatch.setattr(game, "phase_at", lambda config, step: phase)
    train("progressive", tmp_path, steps=1, penalty_weight=3.0, drift_weight=0.7, group=4)
    (real, fake, again), ((d, of_d), (g, of_g)) = kept["seen"], kept["steps"]
    assert torch.equal(fake, again.detach()) and not fake.requires_grad and again.requires_grad
    assert len(kept["share"].unique()) == 4 and kept["share"].min() >= 0 and kept["share"].max() <= 1
    mixed = ((1 - kept["share"]) * real + kept["share"] * fake).requires_grad_()
    slopes = torch.autograd.grad(d(mixed, phase).sum(), mixed, create_graph=True)[0]
    lengths = torch.stack([slope.square().sum().sqrt() for slope in slopes])
    score = d(real, phase)
    loss = d(fake, phase).mean() - score.mean() + 3 * ((lengths - 1) ** 2).mean() + 0.7 * (score**2).mean()
    compare(d, of_d, loss)
    compare(g, of_g, -d(again, phase).mean())


def test_paintings_are_faded_in_like_the_layers(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(game, "phase_at", lambda config, step: Phase(1, 0.0))
    train("progressive", tmp_path, steps=1)
    real, fake, _ = kept["seen"]
    assert real.shape == fake.shape == (4, 3, 8, 8)
    for pictures in (real, fake):
        assert torch.equal(pictures[:, :, ::2, ::2], pictures[:, :, 1::2, 1::2])


def test_half_of_the_paintings_are_mirrored(kept, tmp_path):
    """A stripe at the left of all pictures."""
    shown = torch.zeros(60, 3, 32, 32, dtype=torch.uint8)
    shown[..., :4] = 255
    for mirrored in (True, False):
        train(
            "dcgan", tmp_path / str(mirrored), Material(shown, shown, None), steps=1, batch_size=60, mirrored=mirrored
        )
    turned, plain = (kept["seen"][at][:, 0, 0, 0] < 0 for at in (0, 3))
    assert 18 < turned.sum() < 42 and not plain.any()


# Growth


@pytest.fixture(scope="module")
def grown(tmp_path_factory) -> dict[int, training.Run]:
    """Runs of 1, 3 and 6 steps: of level 0, in the middle of the first fade, in the middle of the second."""
    schedule = {"stabilise": 4, "fade": 8, "ada": True, "ada_images": 40, "ada_every": 1}
    return {n: train("progressive", tmp_path_factory.mktemp(str(n)), steps=n, **schedule) for n in (1, 3, 6)}


def test_layers_to_come_wait(grown):
    for name, entry in (("generator", "to_rgb"), ("discriminator", "from_rgb")):
        one, three, six = (weights(grown[n], name) for n in (1, 3, 6))
        assert {key.rsplit(".", 1)[0] for key in differing(one, three)} >= {f"{entry}.0", f"{entry}.1"}
        later = [key for key in one if key.startswith(("blocks.1", f"{entry}.2"))]
        assert not set(later) & set(differing(one, three)) and set(later) & set(differing(three, six))


def test_adams_moments_are_forgotten_where_a_stage_begins(grown):
    """Fades begin with steps 1 and 4; of what Adam knew of the layers before, nothing is left."""
    for name, entry in (("generator", "to_rgb"), ("discriminator", "from_rgb")):
        for steps, wanted in ((1, 1), (3, 2), (6, 2)):
            module, optimizer = grown[steps]._raw[name]
            moments = optimizer.state_dict()["state"]
            names = [key for key, _ in module.named_parameters()]
            counts = {names[at]: int(moment["step"]) for at, moment in moments.items()}
            assert counts[f"{entry}.{0 if steps == 1 else 1}.weight"] == wanted


def test_the_average_follows_closely_where_a_stage_begins(grown):
    """Else previews of a new resolution show the first random weights of its layers for a thousand steps."""
    for steps, since in ((1, 1), (3, 2), (6, 2)):
        run = grown[steps]
        assert run._emas["generator"].updates == since
        averages, presents = (module.state_dict() for module in (run.ema("generator"), run._raw["generator"].module))
        for name, present in presents.items():
            torch.testing.assert_close(averages[name], present, atol=0.01, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_run_equals_an_unbroken_one_and_the_seed_decides(kind, tmp_path, monkeypatch):
    """Progressive GAN stops in the middle of a fade; augmentation is under way."""
    TOLD["prepare"](monkeypatch)
    told = {"steps": 5, "ada": True, "ada_images": 40, "ada_every": 1, "ada_target": 0.0}
    train(kind, tmp_path / "whole", **told)
    clock = training.Run._reason_to_stop
    stop = lambda run, signals: "minutes" if run.step == 2 else clock(run, signals)
    monkeypatch.setattr(training.Run, "_reason_to_stop", stop)
    assert train(kind, tmp_path / "parts", **told).step == 2
    if kind == "progressive":
        assert 0 < game.phase_at(settings_of(kind), 2).alpha < 1
    monkeypatch.setattr(training.Run, "_reason_to_stop", clock)
    assert train(kind, tmp_path / "parts", **told).finished
    whole, parts = state(tmp_path / "whole"), state(tmp_path / "parts")
    assert whole.keys() == parts.keys() and differing(whole, parts) == []
    assert whole["model.augmentation.p"] > 0
    train(kind, tmp_path / "other", seed=1, **told)
    assert differing(whole, state(tmp_path / "other"))


def test_progressive_gan_trains_on_one_device_only(tmp_path):
    run = type("Run", (), {"config": settings_of("progressive"), "fabric": type("Fabric", (), {"world_size": 2})})
    with pytest.raises(UserError, match="one device only"):
        game.progressive_training(run, None)


# Augmentation


@pytest.mark.parametrize("kind", KINDS)
def test_augmentation_follows_how_sure_d_is(kind, tmp_path, monkeypatch):
    TOLD["prepare"](monkeypatch)
    usual = {"steps": 3, "ada_images": 80, "ada_every": 2}
    up, down, off = (
        train(kind, tmp_path / name, **usual, **told)._raw["augmentation"].module.p
        for name, told in (("up", {"ada": True, "ada_target": 0.4}), ("down", {"ada": True}), ("off", {}))
    )
    assert float(up) == pytest.approx(2 * 2 * 4 / 80) and float(down) == float(off) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_d_sees_all_pictures_augmented_and_gradients_reach_g_through_it(kind, kept, tmp_path, monkeypatch):
    monkeypatch.setattr(game.AdaptiveAugmentation, "forward", lambda self, pictures, draws: 0 * pictures + 0.25)
    train(kind, tmp_path, steps=1)
    assert len(kept["seen"]) == 3 and all((pictures == 0.25).all() for pictures in kept["seen"])
    assert all(not gradient.any() for gradient in kept["steps"][1][1] if gradient is not None)


@pytest.mark.parametrize("kind", KINDS)
def test_how_sure_is_measured_on_the_pictures_of_the_step(kind, kept, tmp_path, monkeypatch):
    given, name = [], {"dcgan": "sign_of_real", "progressive": "real_above_fake"}[kind]
    whole = getattr(game, name)
    monkeypatch.setattr(game, name, lambda *scores: given.append(scores) or whole(*scores))
    train(kind, tmp_path, steps=1, ada=True)
    (real, fake, _), discriminator = kept["seen"], kept["steps"][0][0]
    seen, phase = ((real,), ()) if kind == "dcgan" else ((real, fake), (Phase(0),))
    for mine, pictures in zip(given[0], seen, strict=True):
        torch.testing.assert_close(mine, discriminator(pictures, *phase))
    found = training.read_curves(tmp_path)["sure"][0]
    assert found == pytest.approx(float(whole(*given[0]))) and abs(found) <= 1


# What is watched


@pytest.mark.parametrize("kind", KINDS)
def test_previews_show_paintings_and_samples_at_full_size(kind, tmp_path):
    run = train(kind, tmp_path, steps=2, preview_every=2)
    side = run.config.resolution
    film = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "previews").iterdir())]
    assert [each.shape for each in film] == [(4 * side, 12 * side, 3)] * 2
    paintings = material(run.config).train
    assert np.array_equal(film[0][:side, side : 2 * side], paintings[1].permute(1, 2, 0))
    assert np.array_equal(film[0][:side], film[1][:side]) and not np.array_equal(film[0][side:], film[1][side:])


@pytest.mark.parametrize("kind", KINDS)
def test_looks_are_logged_and_change_nothing(kind, tmp_path):
    plain = train(kind, tmp_path / "plain", steps=4)
    looks = {"look_every": 2, "looked_at": 8}
    shown = material(settings_of(kind), with_reader=True)
    looked = train(kind, tmp_path / "looked", shown, steps=4, **looks)
    assert differing(weights(plain, "generator"), weights(looked, "generator")) == []
    assert [kid is not None for kid in training.read_curves(tmp_path / "looked")["kid"]] == [False, True, False, True]


def test_a_look_at_the_data_itself_finds_no_distance():
    config = settings_of("progressive", looked_at=20)
    shown = material(config, with_reader=True)
    real = from_bytes(shown.dev)[:20]
    noise = torch.randn(real.shape, generator=torch.Generator().manual_seed(0)).clamp(-1, 1)
    found, other = (
        watching.Look(config, shown, lambda z, made=made: made, torch.device("cpu"))()["kid"] for made in (real, noise)
    )
    assert found < 1 < other


# Settings


FIELDS = {
    kind: [field.name for field in dataclasses.fields(type(settings_of(kind))) if field.name not in FREE_KEYS]
    for kind in KINDS
}
ELSEWHERE = {"channels_last", "about"}
"""What does not show here; ``about`` chooses pictures, see test_inference.py."""

SETTINGS = [(kind, name) for kind in KINDS for name in FIELDS[kind] if name not in ELSEWHERE]
OF_KIND = {"progressive": (TOLD["TINY"], TOLD["VALUES"]), "dcgan": (TOLD["TINY_DCGAN"], TOLD["VALUES_DCGAN"])}


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory) -> dict[str, dict[str, torch.Tensor]]:
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        TOLD["prepare"](patch)
        for kind in KINDS:
            folder = tmp_path_factory.mktemp(kind)
            train(kind, folder, **OF_KIND[kind][0], steps=3)
            found[kind] = state(folder)
    return found


@pytest.mark.parametrize(("kind", "name"), SETTINGS)
def test_every_setting_matters(kind, name, unchanged, tmp_path, monkeypatch):
    TOLD["prepare"](monkeypatch)
    tiny, values = OF_KIND[kind]
    value = getattr(settings_of(kind, **tiny), name)
    usual = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else None
    tried = values | {"ema_decay": 0.05}
    other = tried[name] if name in tried else usual if usual is not None else value / 2 + 0.05
    train(kind, tmp_path, **tiny | {name: other}, steps=3)
    after = state(tmp_path)
    shapes = [{key: value.shape for key, value in each.items()} for each in (unchanged[kind], after)]
    nothing = shapes[0] == shapes[1] and not differing(unchanged[kind], after)
    assert nothing == (name in TOLD["CONCERN_OTHERS"]["main"])


def test_progressive_gan_learns_what_is_bright(tmp_path):
    """Pictures that are bright above and dark below."""
    shown = few_paintings(24, 8).pictures // 8
    shown[:, :, :4] += 200
    told = {"channels": (8, 8), "stabilise": 600, "fade": 600, "learning_rate": 5e-3, "ema_decay": 0.9}
    run = train("progressive", tmp_path, Material(shown, shown, None), steps=200, batch_size=8, **told, log_every=50)
    with torch.no_grad():
        made = to_bytes(run.ema("generator")(torch.randn(16, 4), Phase(1))).float()
    assert made[:, :, :3].mean() - made[:, :, 5:].mean() > 120
