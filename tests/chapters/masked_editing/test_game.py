"""Training: the halves of a phase, who learns what from which term, the best weights, settings, learning by heart."""

import dataclasses
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin, get_type_hints

import few_avatars
import numpy as np
import pytest
import torch

from ganbook import training
from ganbook.bench.hardware import count_flops
from ganbook.chapters.masked_editing import augment, data, game, inference, selection
from ganbook.chapters.masked_editing.config import PRINTED, Config
from ganbook.chapters.masked_editing.losses import (
    fake_right_loss,
    fooling_loss,
    mask_loss,
    real_right_loss,
    real_wrong_loss,
)
from ganbook.chapters.masked_editing.model import Discriminator, EditingNetworks
from ganbook.chapters.masked_editing.recipe import RECIPE, load, make_data
from ganbook.data.avatar_edits import changed, single_avatars
from ganbook.errors import UserError
from ganbook.losses import feature_matching_loss
from ganbook.nn import augmentation
from ganbook.training.checkpoint import load_state
from ganbook.training.config import FREE_KEYS
from ganbook.training.draws import Draws

SIM = {"encoder", "text_encoder", "generator", "mask_generator", "masked_encoder"}


def test_a_phase_is_two_halves():
    """Section 5.2: 2,200 samples without an instruction, then 2,200 with."""
    assert (PRINTED.half_steps, PRINTED.phase_steps, PRINTED.steps // PRINTED.phase_steps) == (34, 68, 5_000)
    told = [game.with_instruction(step, PRINTED) for step in range(3 * 68)]
    assert told == [*[False] * 34, *[True] * 34] * 3
    few = Config(batch_size=4, half_samples=10)
    assert [game.with_instruction(step, few) for step in range(8)] == [False, False, True, True] * 2
    assert Config(batch_size=64, half_samples=1).half_steps == 1


# What a step is about


def fake_run(config: Config, seed: int = 0) -> SimpleNamespace:
    """What posing a task needs of a run."""
    return SimpleNamespace(config=config, draws=Draws(seed, torch.device("cpu")), device=torch.device("cpu"))


def networks_of(config: Config) -> training.Parts:
    torch.manual_seed(0)
    networks = EditingNetworks.made(config).eval()
    return training.Parts({name: training.Part(module, None) for name, module in networks.named_children()})


def config_of(**overrides: object) -> Config:
    return Config(**{**few_avatars.SMALL, "batch_size": 16, "task_choice": "sample", **overrides})


@pytest.mark.parametrize("output", ["tanh", "sigmoid"])
def test_without_an_instruction_it_is_each_avatar_against_anothers(output):
    """Equations 39 to 41: x is the picture itself, c_w that of another one, the instruction zero."""
    config = config_of(output=output)
    parts, pictures = networks_of(config), few_avatars.few_portraits(16, 32).pictures
    posed = game.untold_task(fake_run(config), parts, pictures)
    order = Draws(0, torch.device("cpu")).batch(16, 16)
    x = pictures[order].float() / 127.5 - 1 if output == "tanh" else pictures[order].float() / 255
    torch.testing.assert_close(posed.source, x)
    assert posed.real is posed.source and posed.wanted is None
    image, told, untold = parts.encoder.module(posed.source, torch.zeros(16, 8))
    right, wrong = posed.asked
    torch.testing.assert_close(right, untold)
    torch.testing.assert_close(posed.condition, told)
    partner = torch.cdist(wrong, right).argmin(1)
    torch.testing.assert_close(wrong, right[partner])
    assert (partner != torch.arange(16)).all() and len(partner.unique()) == 16
    torch.testing.assert_close(posed.mask, parts.mask_generator.module(image, torch.zeros(16, 8)))
    assert not posed.mask.requires_grad and posed.condition.requires_grad


def test_partners_are_a_permutation_without_a_fixed_point():
    run = fake_run(config_of())
    drawn = torch.stack([game.partners(run, 7) for _ in range(200)])  # of a batch of 16, on a rank with 7
    assert (drawn.sort(1).values == torch.arange(7)).all() and (drawn != torch.arange(7)).all()
    counts = torch.stack([(drawn == row).sum(0) for row in range(7)])
    assert counts[~torch.eye(7, dtype=torch.bool)].min() > 10, "each may be each other's: 33 times, give or take"


def test_with_an_instruction_there_are_three_tasks():
    """Equation 20: (c_r, c_w, x) is (s, t, X_s), (t, s, X_t) or (edited s, s, X_t), and what changes is masked."""
    config = config_of(batch_size=20)
    parts, triples = networks_of(config), few_avatars.few_edits()
    posed = game.told_task(fake_run(config), parts, triples)
    draws = Draws(0, torch.device("cpu"))
    edits = triples.batch(draws.batch(20, 20))
    task = game.draw_tasks(SimpleNamespace(config=config, draws=draws), 20)
    assert set(task.tolist()) == {0, 1, 2}
    text, silence = parts.text_encoder.module(edits.tokens, edits.lengths), torch.zeros(20, 8)
    encode = parts.encoder.module
    of_source, of_target = encode(edits.source, silence), encode(edits.target, silence)
    of_edit = encode(edits.source, text)
    for row, which in enumerate(task.tolist()):
        start = (edits.source, edits.target, edits.source)[which][row]
        x = (edits.source, edits.target, edits.target)[which][row]
        right = (of_source.told, of_target.told, of_edit.told)[which][row]
        wrong = (of_target.told, of_source.told, of_source.told)[which][row]
        image = (of_source.image, of_target.image, of_source.image)[which][row]
        said = text[row] if which == game.EDIT else silence[row]
        assert torch.equal(posed.source[row], start) and torch.equal(posed.real[row], x)
        torch.testing.assert_close(posed.condition[row], right)
        torch.testing.assert_close(posed.asked[0][row], right)
        torch.testing.assert_close(posed.asked[1][row], wrong)
        torch.testing.assert_close(posed.mask[row], parts.mask_generator.module(image[None], said[None])[0])
        same = (start == x).all(0, keepdim=True)
        assert torch.equal(posed.wanted[row], same)
        assert same.all() == (which != game.EDIT), "only an edit lets something go"


@pytest.mark.parametrize("share", [0.0, 1 / 3, 0.6, 1.0])
@pytest.mark.parametrize("choice", ["sample", "iteration"])
def test_shares_of_the_tasks(share, choice):
    config = config_of(edit_share=share, task_choice=choice, batch_size=100)
    drawn = torch.stack([game.draw_tasks(fake_run(config, seed), 100) for seed in range(100)])
    if choice == "iteration":
        assert (drawn == drawn[:, :1]).all()
    spread = 0.02 if choice == "sample" else 0.16  # three standard deviations and more
    wanted = torch.tensor([(1 - share) / 2, (1 - share) / 2, share])
    assert (drawn.flatten().bincount(minlength=3) / drawn.numel() - wanted).abs().max() < spread


def test_dongs_discriminator_is_told_the_sentence_alone():
    config = config_of(masking=False, discriminator_told="sentence", edit_share=1.0)
    parts, triples = networks_of(config), few_avatars.few_edits()
    posed = game.told_task(fake_run(config), parts, triples)
    draws = Draws(0, torch.device("cpu"))
    edits = triples.batch(draws.batch(20, 16))
    text = parts.text_encoder.module(edits.tokens, edits.lengths)
    right, wrong = posed.asked
    torch.testing.assert_close(right, text)
    assert (torch.cdist(wrong, text).min(1).values < 1e-5).all() and (wrong - right).abs().amax(1).min() > 1e-4
    torch.testing.assert_close(posed.condition, parts.encoder.module(edits.source, text).told)
    assert posed.mask is None and posed.wanted is None
    silent = game.untold_task(fake_run(config), parts, few_avatars.few_portraits(16, 32).pictures)
    assert len(silent.asked) == 1 and not silent.asked[0].any() and silent.mask is None


# Who learns


def states_of(run: training.Run) -> dict[str, torch.Tensor]:
    """All numbers of each network, those of batch norm included."""
    found = {}
    for name, part in run._raw.items():
        if name != "selected":
            found[name] = torch.cat([value.detach().flatten().float() for value in part.module.state_dict().values()])
    return found


@pytest.fixture
def watched(monkeypatch):
    """For each step of a run: the names of the networks that changed, and the losses."""
    runs, steps, setup, batch, log = [], [], training.Run.setup, Draws.batch, training.Run.log
    before: dict[str, torch.Tensor] = {}

    def begin(run, **parts):
        runs.append(run)
        return setup(run, **parts)

    def at_the_start(draws, *given):
        before.update(states_of(runs[-1]))
        return batch(draws, *given)

    def at_the_end(run, **values):
        if "d_loss" in values:
            steps.append(({name for name, now in states_of(run).items() if not torch.equal(now, before[name])}, values))
        log(run, **values)

    monkeypatch.setattr(training.Run, "setup", begin)
    monkeypatch.setattr(Draws, "batch", at_the_start)
    monkeypatch.setattr(training.Run, "log", at_the_end)
    return steps


@pytest.mark.parametrize("masking", [True, False])
def test_the_mask_generator_is_frozen_where_nothing_is_told(tmp_path, watched, masking):
    """Its batch norm, too; and IEnc has nothing to read."""
    few_avatars.train(tmp_path, steps=8, masking=masking, select_every=9)
    mask_generator, masked_encoder = ({"mask_generator"}, {"masked_encoder"}) if masking else (set(), set())
    untold = {"encoder", "generator", "discriminator"} | masked_encoder
    told = untold | {"text_encoder"} | mask_generator
    assert [learned for learned, _ in watched] == [untold, untold, told, told] * 2
    assert all(("mask_loss" in values) == (masking and learned == told) for learned, values in watched)


def test_the_one_with_the_larger_loss_learns(tmp_path, monkeypatch):
    """Equation 23: D and the encoders, or G, SIM and the encoders."""
    names = []
    who = game.who_learns

    def noted(config, told, d_learns, g_learns):
        names.append((told, d_learns, g_learns, who(config, told, d_learns, g_learns)))
        return names[-1][-1]

    monkeypatch.setattr(game, "who_learns", noted)
    factors = {"generator_weight": 2.7, "feature_weight": 0.03, "learning_rate": 5e-3}
    few_avatars.train(tmp_path, steps=24, update_rule="larger_loss", **factors)
    losses = training.read_curves(tmp_path)
    for (told, d_learns, g_learns, learners), d_loss, g_loss in zip(names, losses["d_loss"], losses["g_loss"]):
        assert d_learns == (d_loss > g_loss) and g_learns == (not d_learns)
        encoders = {"encoder", "text_encoder"} if told else {"encoder"}
        sim = {"masked_encoder", "mask_generator"} if told else {"masked_encoder"}
        assert set(learners) == encoders | ({"discriminator"} if d_learns else {"generator", *sim})
    assert len({(told, d_learns) for told, d_learns, *_ in names}) == 4, "each learns in each half"


@pytest.mark.parametrize("masking", [True, False])
def test_the_gradients_of_a_step(tmp_path, monkeypatch, masking):
    """The same as of the terms, written down one by one: each network gets its own, in both halves."""
    gradients = []

    def keep(run, **values):
        if "d_loss" in values:
            parts = {name: list(part.module.parameters()) for name, part in run._raw.items() if name != "selected"}
            gradients.append({name: [each.grad for each in parameters] for name, parameters in parts.items()})

    monkeypatch.setattr(training.Run, "log", keep)
    factors = {
        "real_right_weight": 0.7,
        "real_wrong_weight": 0.3,
        "fake_right_weight": 0.6,
        "generator_weight": 0.5,
        "feature_weight": 2.3,
        "pixel_weight": 1.7,
        "mask_weight": 3.0,
    }
    usual = {"steps": 2, "half_samples": 4, "learning_rate": 0.0, "update_rule": "both", "masking": masking}
    config = few_avatars.train(tmp_path, **usual, **factors).config

    torch.manual_seed(0)
    networks, discriminator, draws = EditingNetworks.made(config), Discriminator(config), Draws(0, torch.device("cpu"))
    triples, singles, silence = few_avatars.few_edits(), few_avatars.few_portraits(16, 32).pictures, torch.zeros(4, 8)

    def rest_of(source, real, right, wrong, mask):
        kept = networks.masked_encoder(source, mask) if masking else None
        made = networks.generator(draws.randn(4, 4), right, kept)
        judged, fooled = discriminator(real, right, wrong), discriminator(made.detach(), right)
        d_loss = 0.7 * real_right_loss(judged) + 0.3 * real_wrong_loss(judged) + 0.6 * fake_right_loss(fooled)
        seen = discriminator(made, right)
        return d_loss, (
            0.5 * fooling_loss(seen)
            + 2.3 * feature_matching_loss(judged.hidden, seen.hidden)
            + 1.7 * (made - real).square().mean()
        )

    def compare(name, loss, found):
        parameters = list(getattr(networks, name, discriminator).parameters())
        wanted = torch.autograd.grad(loss, parameters, retain_graph=True)
        assert sum(each.abs().sum() for each in wanted) > 0
        torch.testing.assert_close(found[name], list(wanted), rtol=1e-3, atol=1e-5, msg=lambda text: f"{name}: {text}")

    # without an instruction
    untold, told = gradients
    pictures = singles[draws.batch(16, 4)].float() / 127.5 - 1
    image, right, _ = networks.encoder(pictures, silence)
    wrong = right[game.partners(SimpleNamespace(config=config, draws=draws, device="cpu"), 4)]
    mask = None
    if masking:
        mask = networks.mask_generator.eval()(image, silence).detach()
        networks.mask_generator.train()
    d_loss, g_loss = rest_of(pictures, pictures, right, wrong, mask)
    wanted = {"discriminator": d_loss, "generator": g_loss, "masked_encoder": g_loss}
    for name in wanted if masking else ("discriminator", "generator"):
        compare(name, wanted[name], untold)
    assert untold["text_encoder"] == [None] * len(untold["text_encoder"])
    assert not masking or untold["mask_generator"] == [None] * len(untold["mask_generator"])
    compare("encoder", d_loss + g_loss, untold)

    # with one
    draws.begin(1)
    edits = triples.batch(draws.batch(20, 4))
    task = game.draw_tasks(SimpleNamespace(config=config, draws=draws), 4)
    source = game.choose(task == game.AS_TARGET, edits.target, edits.source)
    other = game.choose(task == game.AS_TARGET, edits.source, edits.target)
    real = game.choose(task == game.EDIT, edits.target, source)
    text = networks.text_encoder(edits.tokens, edits.lengths) * (task == game.EDIT)[:, None]
    image, right, alone = networks.encoder(torch.cat([source, other]), torch.cat([text, silence]))
    mask = networks.mask_generator(image[:4], text) if masking else None
    d_loss, g_loss = rest_of(source, real, right[:4], game.choose(task == game.EDIT, alone[:4], alone[4:]), mask)
    m_loss = 3.0 * mask_loss(mask, ~changed(source, real)) if masking else 0.0
    assert (task == game.EDIT).any() and (task != game.EDIT).any()
    compare("discriminator", d_loss, told)
    compare("generator", g_loss, told)
    compare("text_encoder", d_loss + g_loss + m_loss, told)
    compare("encoder", d_loss + g_loss + m_loss, told)
    if masking:
        compare("masked_encoder", g_loss, told)
        compare("mask_generator", g_loss + m_loss, told)


def test_rates_of_the_networks(tmp_path, monkeypatch):
    rates = []

    def keep(run, **values):
        optimizers = {name: part.optimizer for name, part in run._raw.items() if part.optimizer}
        if "d_loss" in values:
            rates.append({name: each.param_groups[0]["lr"] for name, each in optimizers.items()})

    monkeypatch.setattr(training.Run, "log", keep)
    few_avatars.train(tmp_path, steps=4, learning_rate=1e-3, discriminator_rate=0.5, mask_rate=3.0, decay_share=0.5)
    others = {"discriminator": 5e-4, "mask_generator": 3e-3}
    for factor, found in zip([1, 1, 1, 0.5], rates, strict=True):
        wanted = dict.fromkeys(SIM, 1e-3) | others
        assert found == pytest.approx({name: factor * rate for name, rate in wanted.items()})


# The best weights


def with_losses(monkeypatch, losses: list[float]) -> None:
    """The development set finds these losses, by phase."""
    monkeypatch.setattr(selection, "development", lambda run, *_: (losses[(run.step + 1) // 4 - 1], 0.5))


def tensors_of(folder: Path) -> dict[str, torch.Tensor]:
    return load_state(folder, print)[0]


def differing(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> list[str]:
    assert first.keys() == second.keys()
    return [name for name in first if not torch.equal(first[name], second[name])]


def kept(folder: Path) -> tuple[int, float, int]:
    state = tensors_of(folder)
    return tuple(round(state[f"model.selected.{name}"].item(), 3) for name in ("phase", "loss", "looks"))


@pytest.mark.parametrize(
    ("losses", "settings", "wanted"),
    [
        ([3.0, 1.0, 2.0, 1.5], {}, (2, 1.0, 4)),
        ([1.0, 3.0, 2.0, 2.5], {"select_from": 3}, (3, 2.0, 2)),
        ([1.0, 3.0, 2.0, 2.5], {"select_every": 2}, (4, 2.5, 2)),
        ([1.0, 3.0, 2.0, 2.5], {"select_from": 9}, (4, 2.5, 1)),
    ],
)
def test_the_best_look_is_kept(tmp_path, monkeypatch, losses, settings, wanted):
    with_losses(monkeypatch, losses)
    taken, offer = {}, selection.Selected.offer

    def noted(selected, networks, loss, phase):
        taken[phase] = {name: value.clone() for name, value in networks.state_dict().items()}
        offer(selected, networks, loss, phase)

    monkeypatch.setattr(selection.Selected, "offer", noted)
    run = few_avatars.train(tmp_path, steps=16, **settings)
    assert kept(tmp_path) == wanted
    assert differing(taken[wanted[0]], run._raw["selected"].module.networks.state_dict()) == []
    looks = [phase for phase in training.read_curves(tmp_path)["phase"] if phase is not None]
    assert looks == list(range(1, 5))[settings.get("select_every", 1) - 1 :: settings.get("select_every", 1)]


def test_a_stopped_run_keeps_the_best_and_equals_an_unbroken_one(tmp_path, monkeypatch):
    """Stopped after the best look and before a worse one; the state is the same to the bit."""
    with_losses(monkeypatch, [3.0, 1.0, 2.0, 1.5])
    few_avatars.train(tmp_path / "whole", steps=16)
    clock = training.Run._reason_to_stop
    for stop in (6, 9):

        def stopped(run, signals, at=stop):
            return "minutes" if run.step == at else clock(run, signals)

        monkeypatch.setattr(training.Run, "_reason_to_stop", stopped)
        assert few_avatars.train(tmp_path / "broken", steps=16).step == stop
    monkeypatch.setattr(training.Run, "_reason_to_stop", clock)
    assert few_avatars.train(tmp_path / "broken", steps=16).finished
    assert kept(tmp_path / "broken") == (2, 1.0, 4)
    assert differing(tensors_of(tmp_path / "whole"), tensors_of(tmp_path / "broken")) == []


def test_a_look_at_the_development_set(tmp_path):
    """The mean over all triples of feature matching in evaluation mode; nothing of the game is changed by looking."""
    run = few_avatars.train(tmp_path, steps=4)
    dev, discriminator = few_avatars.few_edits(5, 32), run._raw["discriminator"].module
    averaged = EditingNetworks(**{name: run.ema(name) for name in SIM}).requires_grad_(False)
    before = {name: value.clone() for name, value in discriminator.state_dict().items()}
    loss, likeness = selection.development(run, averaged, discriminator, dev)
    assert differing(before, discriminator.state_dict()) == [] and discriminator.training
    edits, discriminator = dev.batch(torch.arange(5)), discriminator.requires_grad_(False)
    text = averaged.text_encoder(edits.tokens, edits.lengths)
    noise = torch.cat([inference.noise_for(4, run.config, 0), inference.noise_for(1, run.config, 4)])
    made, _ = averaged(edits.source, noise, text)
    real, fake = (discriminator.eval()(pictures, text).hidden for pictures in (edits.target, made))
    assert loss == pytest.approx(float(feature_matching_loss(real, fake)), rel=1e-4)
    pictures = [inference.shown(each) for each in (made, edits.target)]
    assert likeness == pytest.approx(selection.ssim(*pictures).mean(), abs=1e-4)


# Settings, runs, learning


TOLD = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "settings.py")))
SETTINGS = [
    (variant, field.name)
    for variant, others in TOLD.CONCERN_OTHERS.items()
    for field in dataclasses.fields(Config)
    if field.name not in FREE_KEYS | {"channels_last"} | others
]


def another(config: Config, name: str) -> Any:
    """Another value of a setting, in its range."""
    hint, value = get_type_hints(Config)[name], getattr(config, name)
    if get_origin(hint) is Literal:
        return next(each for each in get_args(hint) if each != value)
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else value / 2 + 0.05


VALUES = {"ema_decay": 0.05, "model": "judge", **TOLD.VALUES}


@pytest.fixture(scope="module")
def unchanged() -> dict[str, dict[str, torch.Tensor]]:
    """The state of each variant's run with nothing changed, when one was trained."""
    return {}


def state_of(folder: Path, variant: str, **overrides: object) -> dict[str, torch.Tensor]:
    few_avatars.train(folder, **TOLD.TINY | dict(RECIPE.variants[variant].settings) | {"steps": 3} | overrides)
    return tensors_of(folder)


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    shapes = [{name: value.shape for name, value in each.items()} for each in (first, second)]
    return shapes[0] == shapes[1] and not differing(first, second)


@pytest.mark.parametrize(("variant", "name"), [each for each in SETTINGS if each != ("judge", "model")])
def test_every_setting_matters(variant, name, unchanged, tmp_path):
    """It changes the state after three steps, so that a dropped term is seen."""
    if variant not in unchanged:
        unchanged[variant] = state_of(tmp_path / "unchanged", variant)
    config = RECIPE.settings(variant, "smoke", overrides=TOLD.TINY)
    value = VALUES[name] if name in VALUES else another(config, name)
    assert value != getattr(config, name)
    assert not same(unchanged[variant], state_of(tmp_path / "changed", variant, **{name: value}))


@pytest.mark.parametrize("variant", TOLD.CONCERN_OTHERS)
def test_settings_of_other_models_change_nothing(variant, unchanged, tmp_path):
    if variant not in unchanged:
        unchanged[variant] = state_of(tmp_path / "unchanged", variant)
    config = RECIPE.settings(variant, "smoke", overrides=TOLD.TINY)
    others = {name: VALUES[name] if name in VALUES else another(config, name) for name in TOLD.CONCERN_OTHERS[variant]}
    assert same(unchanged[variant], state_of(tmp_path / "changed", variant, **others))


@pytest.mark.parametrize("variant", ["sim", "plain", "paste", "dong", "sigmoid", "judge"])
def test_a_variant_trains_ships_and_loads(tmp_path, variant):
    run = few_avatars.train(tmp_path / "run", steps=4, select_from=1, **RECIPE.variants[variant].settings)
    folder = few_avatars.ship(run, tmp_path / "shipped")
    loaded = load(folder)
    assert loaded.config == run.config
    name = "judge" if variant == "judge" else "selected"
    trained = run._raw[name].module if variant == "judge" else run._raw[name].module.networks
    shipped = loaded.judge if variant == "judge" else loaded.networks
    assert not shipped.training and not any(parameter.requires_grad for parameter in shipped.parameters())
    for key, value in shipped.state_dict().items():
        theirs = trained.state_dict()[key]
        assert torch.equal(value, theirs.half().float() if theirs.is_floating_point() else theirs), key


@pytest.mark.parametrize(("variant", "loader"), [("plain", inference.load_judge), ("judge", inference.load_editor)])
def test_checkpoints_of_another_model_are_refused(tmp_path, variant, loader):
    run = few_avatars.train(tmp_path / "run", steps=1, **RECIPE.variants[variant].settings)
    with pytest.raises(UserError, match="expected"):
        loader(few_avatars.ship(run, tmp_path / "shipped"))


def test_what_the_recipe_trains_on(monkeypatch, tmp_path):
    """The settings say which avatars, how large, and in how many ways the instructions are said."""
    asked = []

    def some_edits(split, side, forms=None):
        asked.append((split, side, forms))
        return few_avatars.few_edits(5, side)

    monkeypatch.setattr(data, "avatar_edits", some_edits)
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    config = RECIPE.settings("sim", "smoke", overrides={"singles": 300, "forms": 7})
    material = make_data(config, "embedded", seed=3)
    assert asked == [("train", 32, 7), ("dev", 32, None)] and material.singles.shape == (300, 3, 32, 32)
    again = single_avatars(torch.tensor([299]), 32).pictures
    assert torch.equal(data.from_bytes(material.singles[-1:]), again)
    judged = make_data(RECIPE.settings("judge", "smoke"), "embedded", seed=0)
    assert judged.pictures.shape == (32, 3, 32, 32) and judged.attributes.shape == (32, 14)
    other = data.portraits(32, 32, seed=1)
    assert not torch.equal(judged.attributes, other.attributes)


def test_previews_show_source_target_answer_and_mask(tmp_path):
    from PIL import Image

    for name, masking, rows in (("sim", True, 4), ("plain", False, 3)):
        few_avatars.train(tmp_path / name, steps=2, preview_every=2, masking=masking)
        written = sorted((tmp_path / name / "previews").iterdir())
        assert [path.name for path in written] == ["000000.png", "000002.png"]
        assert np.asarray(Image.open(written[0])).shape == (rows * 32, 5 * 32, 3)


def test_what_the_judges_pictures_go_through():
    config = Config(batch_size=200, blur=0.0, pixel_noise=0.0, colour_shift=0.0)
    pictures = torch.rand(200, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    draws = Draws(0, torch.device("cpu"))
    torch.testing.assert_close(augment.worn(pictures, draws, config), pictures)

    def by_setting(**strong):
        return augment.worn(pictures, draws, dataclasses.replace(config, **strong)) - pictures

    blur = by_setting(blur=1.0) / (augmentation.blurred(pictures) - pictures)
    shares = blur.flatten(1).median(1).values
    assert shares.min() < 0.05 and shares.max() > 0.95 and (blur - shares[:, None, None, None]).abs().median() < 1e-4
    spread = by_setting(pixel_noise=0.3).flatten(1).std(1)
    assert spread.min() < 0.03 and 0.27 < spread.max() < 0.33
    shift = by_setting(colour_shift=0.2)
    assert shift.mean((2, 3)).abs().max() < 0.22 and shift.mean((2, 3)).abs().max() > 0.15
    assert (shift.mean((2, 3)).std(1) > 0.01).float().mean() > 0.9, "each colour its own"
    assert shift.std((2, 3)).max() > 0.08, "contrast"
    ones = torch.ones(1, 3, 16, 16)
    torch.testing.assert_close(augmentation.blurred(ones), ones)


@pytest.mark.parametrize("variant", ["sim", "plain", "judge"])
def test_a_training_of_profile_quick_costs_at_most_half_a_petaflop(tmp_path, monkeypatch, variant):
    monkeypatch.setattr(game, "look", lambda *_: None)
    whole = RECIPE.settings(variant, "quick")
    small = {"singles": 16, "steps": 2, "batch_size": 2, "half_samples": 2, "preview_every": 0, "threads": 1}
    settings = {**vars(whole), **small, "precision": "32-true"}
    operations = count_flops(lambda: few_avatars.train(tmp_path, **settings))
    of_a_picture = operations / (small["steps"] * small["batch_size"])
    assert 3e13 < of_a_picture * whole.batch_size * whole.steps < 5e14


BY_HEART = {
    "steps": 300,
    "batch_size": 8,
    "half_samples": 8,
    "edit_share": 0.8,
    "channels": 10,
    "mask_channels": 6,
    "discriminator_channels": 10,
    "image_dim": 48,
    "text_dim": 24,
    "ema_decay": 0.9,
    "decay_share": 0.5,
    "feature_weight": 100.0,
    "pixel_weight": 1_000.0,
    "mask_weight": 300.0,
    "discriminator_rate": 0.1,
    "learning_rate": 4e-3,
    "select_every": 25,
    "select_from": 75,
}
BIG_EDITS = few_avatars.few_edits(6, kinds=("background", "clothes", "hair"))


@pytest.fixture(scope="module")
def by_heart(tmp_path_factory) -> inference.Editor:
    folder = tmp_path_factory.mktemp("by_heart")
    singles = data.to_bytes(BIG_EDITS.batch(torch.arange(6)).source)
    run = few_avatars.train(folder, data.Material(BIG_EDITS, BIG_EDITS, singles), **BY_HEART)
    return inference.load_editor(few_avatars.ship(run, folder / "shipped"))


def test_it_learns_a_few_edits_by_heart(by_heart):
    from ganbook.chapters.masked_editing.analysis import edit_numbers

    numbers = edit_numbers(by_heart, BIG_EDITS.batch(torch.arange(6)))
    print(numbers)
    assert numbers["on_target"] < 0.6 and numbers["mask_iou"] > 0.5


def test_the_judge_learns_a_few_pictures_by_heart(tmp_path):
    portraits = few_avatars.few_portraits(24, 32)
    settings = {"model": "judge", "steps": 150, "channels": 6, "image_dim": 48, "batch_size": 24, "learning_rate": 5e-3}
    run = few_avatars.train(tmp_path / "run", portraits, **settings)
    reader = inference.load_judge(few_avatars.ship(run, tmp_path / "shipped"))
    read = reader(portraits.pictures.permute(0, 2, 3, 1).numpy())
    assert (read == portraits.attributes.numpy()).mean() > 0.95


def test_two_processes_equal_one(tmp_path, monkeypatch):
    """With each picture normalised by itself, and without wrong conditions: both are of a rank's share of the batch."""
    command = [sys.executable, few_avatars.__file__, str(tmp_path / "two")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    apart = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    with monkeypatch.context() as patch:
        few_avatars.without_batch_norm(patch)
        few_avatars.train(tmp_path / "one", steps=6, real_wrong_weight=0.0)
    errors = apart.communicate(timeout=300)[1]
    assert (apart.returncode, errors) == (0, "")
    one, two = (training.read_curves(tmp_path / name) for name in ("one", "two"))
    assert training.read_run(tmp_path / "two")["devices"] == 2
    for name in ("d_loss", "g_loss", "feature_loss"):
        np.testing.assert_allclose(two[name], one[name], rtol=1e-3, err_msg=name)
    alone, together = tensors_of(tmp_path / "one"), tensors_of(tmp_path / "two")
    assert alone.keys() == together.keys()
    for name in (name for name in alone if name.startswith("model.")):
        torch.testing.assert_close(together[name], alone[name], rtol=1e-2, atol=3e-4, msg=name)
