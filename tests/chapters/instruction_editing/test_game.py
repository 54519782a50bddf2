"""Training: the three tasks, who learns when, learning by heart, planted faults, and runs that stop, ship and load."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import few_digits
import numpy as np
import pytest
import torch

from ganbook import training
from ganbook.chapters.instruction_editing import analysis, inference
from ganbook.chapters.instruction_editing import game as chapter
from ganbook.chapters.instruction_editing.config import PROFILES, Config
from ganbook.chapters.instruction_editing.losses import discriminator_loss, generator_loss
from ganbook.chapters.instruction_editing.model import CaptionEncoder, Discriminator, Encoder, Generator
from ganbook.chapters.instruction_editing.recipe import EDITOR, RECIPE, load
from ganbook.data.digit_edits import held_out, tokenise
from ganbook.errors import UserError
from ganbook.training.checkpoint import load_state
from ganbook.training.draws import Draws


def run_with(config: Config, seed: int = 0) -> SimpleNamespace:
    """What posing a task needs of a run."""
    draws = Draws(seed, torch.device("cpu"))
    return SimpleNamespace(config=config, draws=draws)


def numbered(source, target, tokens, lengths):
    """Conditions that say which they are: (of source, of target or of the edit; row of the batch)."""
    rows = torch.arange(len(source), dtype=torch.float32)
    return torch.stack([torch.stack([torch.full_like(rows, which), rows], dim=1) for which in range(3)])


@pytest.mark.parametrize("choice", ["sample", "iteration"])
@pytest.mark.parametrize("output", ["linear", "sigmoid"])
def test_the_three_tasks(choice, output):
    """Equation 20: (c_r, c_w, x) is (s, t, X_s), (t, s, X_t) or (edited s, s, X_t); each a third of the time."""
    triples, tasks = few_digits.few_triples(), []
    edits = triples.batch(torch.arange(len(triples)))
    config = Config(**few_digits.SMALL, batch_size=len(triples), task_choice=choice, output=output)
    range_of = (lambda pictures: (pictures + 1) / 2) if output == "sigmoid" else (lambda pictures: pictures)
    for seed in range(60):
        right, wrong, pictures, states = chapter.edit_conditions(run_with(config, seed), numbered, edits)
        task = right[:, 0].long()
        if seed < (1 if choice == "sample" else 6):
            assert wrong[:, 0].tolist() == [{0: 1, 1: 0, 2: 0}[int(each)] for each in task]
            assert (right[:, 1] == torch.arange(95)).all() and (wrong[:, 1] == torch.arange(95)).all(), (
                "every row has its own"
            )
            shown = [(edits.source, edits.target, edits.target)[int(each)][row] for row, each in enumerate(task)]
            torch.testing.assert_close(pictures, range_of(torch.stack(shown)))
            labels = [
                (edits.source_state, edits.target_state, edits.target_state)[int(each)][row]
                for row, each in enumerate(task)
            ]
            assert torch.equal(states, torch.stack(labels))
        tasks.append(task)
    tasks = torch.stack(tasks)
    assert choice == "sample" or (tasks == tasks[:, :1]).all()
    spread = 0.02 if choice == "sample" else 0.2  # three standard deviations of 5,700 and of 60 draws
    assert (tasks.flatten().bincount(minlength=3) / tasks.numel() - 1 / 3).abs().max() < spread
    if choice == "sample":
        assert all(len(row.unique()) == 3 for row in tasks)


def test_the_baseline_hears_the_targets_caption_against_anothers():
    edits = few_digits.few_triples().batch(torch.tensor([0, 20, 40, 60]))
    encoder = CaptionEncoder(Config(**few_digits.SMALL))
    right, wrong, pictures, states = chapter.caption_conditions(run_with(Config(output="sigmoid")), encoder, edits)
    torch.testing.assert_close(right, encoder(edits.caption_tokens, edits.caption_lengths))
    torch.testing.assert_close(wrong, right[[3, 0, 1, 2]])
    torch.testing.assert_close(pictures, (edits.target + 1) / 2)
    assert torch.equal(states, edits.target_state)


def weights_of(run) -> dict[str, torch.Tensor]:
    return {
        name: torch.nn.utils.parameters_to_vector(part.module.parameters()).detach().clone()
        for name, part in run._raw.items()
    }


@pytest.fixture
def watched(monkeypatch):
    """For each step of a run: the names of the networks whose weights changed, and what was logged."""
    runs, before, steps, setup, batch, log = [], {}, [], training.Run.setup, Draws.batch, training.Run.log

    def begin(run, **parts):
        runs.append(run)
        return setup(run, **parts)

    def at_the_start(draws, *given):
        before.update(weights_of(runs[-1]))
        return batch(draws, *given)

    def at_the_end(run, **values):
        steps.append(
            ({name for name, weights in weights_of(run).items() if not torch.equal(weights, before[name])}, values)
        )
        log(run, **values)

    monkeypatch.setattr(training.Run, "setup", begin)
    monkeypatch.setattr(Draws, "batch", at_the_start)
    monkeypatch.setattr(training.Run, "log", at_the_end)
    return steps


def test_the_one_with_the_larger_loss_learns(tmp_path, monkeypatch, watched):
    """Equation 23."""
    few_digits.train(
        tmp_path,
        monkeypatch,
        steps=16,
        update_rule="larger_loss",
        generator_weight=1.5,
        feature_weight=0.1,
        learning_rate=5e-3,
    )
    for changed, values in watched:
        learner = "discriminator" if values["d_loss"] > values["g_loss"] else "generator"
        assert changed == {"encoder", learner}
        assert (values["d_learns"], values["g_learns"]) == (learner == "discriminator", learner == "generator")
    assert {values["d_learns"] for _, values in watched} == {True, False}, "both learn in this run"


@pytest.mark.parametrize("model", ["imi", "cap2image"])
def test_both_learn_in_each_step(tmp_path, monkeypatch, watched, model):
    few_digits.train(tmp_path, monkeypatch, steps=3, model=model, update_rule="both")
    assert [changed for changed, _ in watched] == [{"encoder", "generator", "discriminator"}] * 3


def test_equal_losses_teach_the_generator(tmp_path, monkeypatch, watched):
    """ "Otherwise" in equation 23: all factors are zero, so no weights change, but the generator's turn it is."""
    zero = dict.fromkeys(
        ("real_right_weight", "real_wrong_weight", "fake_right_weight", "generator_weight", "feature_weight"), 0.0
    )
    few_digits.train(tmp_path, monkeypatch, steps=1, update_rule="larger_loss", **zero)
    assert watched[0][0] == set() and watched[0][1]["g_learns"] and not watched[0][1]["d_learns"]


@pytest.mark.parametrize("rule", ["both", "larger_loss"])
def test_the_gradients_of_a_step(tmp_path, monkeypatch, rule):
    """The same as of the losses one by one: D's of L_D, G's of L_G, the encoder's of those that are in force."""
    gradients = {}

    def keep(run, **values):
        for name, part in run._raw.items():
            gradients[name] = [parameter.grad for parameter in part.module.parameters()]

    monkeypatch.setattr(training.Run, "log", keep)
    config = few_digits.train(tmp_path, monkeypatch, steps=1, update_rule=rule, generator_weight=0.5).config

    torch.manual_seed(0)
    encoder, generator, discriminator = Encoder(config), Generator(config), Discriminator(config)
    draws, triples = Draws(0, torch.device("cpu")), few_digits.few_triples()
    edits = triples.batch(draws.batch(len(triples), 16))
    right, wrong, pictures, states = chapter.edit_conditions(
        SimpleNamespace(config=config, draws=draws), encoder, edits
    )
    made = generator(draws.randn(16, 4), right)
    real = discriminator(pictures, right, wrong)
    d_loss = discriminator_loss(real, discriminator(made.detach(), right), states, config)
    g_loss = generator_loss(real, discriminator(made, right), states, config)
    assert d_loss > g_loss

    def of(loss, module):
        return torch.autograd.grad(loss, list(module.parameters()), retain_graph=True)

    torch.testing.assert_close(gradients["discriminator"], list(of(d_loss, discriminator)), rtol=1e-3, atol=1e-5)
    if rule == "both":
        torch.testing.assert_close(gradients["generator"], list(of(g_loss, generator)), rtol=1e-3, atol=1e-5)
        torch.testing.assert_close(gradients["encoder"], list(of(d_loss + g_loss, encoder)), rtol=1e-3, atol=1e-5)
    else:
        assert gradients["generator"] == [None] * len(gradients["generator"])
        torch.testing.assert_close(gradients["encoder"], list(of(d_loss, encoder)), rtol=1e-3, atol=1e-5)


def test_rates_of_the_three_networks(tmp_path, monkeypatch):
    rates = []

    def keep(run, **values):
        rates.append(
            [run._raw[name].optimizer.param_groups[0]["lr"] for name in ("encoder", "generator", "discriminator")]
        )

    monkeypatch.setattr(training.Run, "log", keep)
    few_digits.train(tmp_path, monkeypatch, steps=4, learning_rate=1e-3, discriminator_rate=0.5, decay_share=0.5)
    np.testing.assert_allclose(rates, np.outer([1, 1, 1, 0.5], [1e-3, 1e-3, 5e-4]))


@pytest.mark.parametrize("left_out", [True, False])
def test_held_out_instructions_are_never_seen(tmp_path, monkeypatch, left_out):
    seen = []
    monkeypatch.setattr(chapter, "adversarial_training", lambda run, triples: seen.append(triples))
    config = training.resolve(Config, PROFILES, "smoke", {"held_out": left_out})
    EDITOR.train(config, profile="smoke", data="embedded", seed=0, folder=tmp_path, progress=False)
    (triples,) = seen
    batch = triples.batch(torch.randperm(len(triples), generator=torch.Generator().manual_seed(0))[:5_000])
    forbidden, _ = tokenise([instruction.text for instruction in held_out()])
    met = {tuple(row) for row in batch.tokens.tolist()} & {tuple(row) for row in forbidden.tolist()}
    assert len(met) == (0 if left_out else len(held_out()))


BY_HEART = {
    "told": ("move three to the top left", "move three to the bottom right"),
    "steps": 300,
    "batch_size": 18,
    "channels": 8,
    "image_dim": 64,
    "text_dim": 32,
    "ema_decay": 0.9,
    "decay_share": 0.5,
    "feature_weight": 100.0,
    "discriminator_rate": 0.3,
    "learning_rate": 4e-3,
}


def error_left(folder, monkeypatch) -> float:
    """Squared error of the edited pictures after training on 18 triples, as a share of that of doing nothing."""
    run = few_digits.train(folder, monkeypatch, **BY_HEART)
    edits = few_digits.few_triples(told=BY_HEART["told"])
    edits = edits.batch(torch.arange(len(edits)))
    made = inference.Editor(run.config, run.ema("encoder"), run.ema("generator")).answer(edits)
    target, source = inference.grey(edits.target), inference.grey(edits.source)
    return float(np.square(made - 1.0 * target).mean() / np.square(source - 1.0 * target).mean())


def test_it_learns_a_few_edits_by_heart(tmp_path, monkeypatch):
    assert error_left(tmp_path, monkeypatch) < 0.45


def test_the_judge_learns_a_few_pictures_by_heart(tmp_path, monkeypatch):
    run = few_digits.train(
        tmp_path / "run", monkeypatch, model="judge", steps=200, channels=4, batch_size=32, learning_rate=5e-3
    )
    reader = inference.load_judge(EDITOR.ship(run, tmp_path / "shipped"))
    edits = few_digits.few_triples().batch(torch.arange(95))
    assert analysis.correct(reader(inference.grey(edits.target)), edits.target_state.numpy())["all"] > 0.95
    record = json.loads((tmp_path / "shipped" / "run.json").read_text())["metrics"]
    assert (
        set(record) == {f"judge_{name}" for name in ("digit", "x", "y", "w", "h", "all")} and record["judge_all"] > 0.95
    )


def tensors_of(folder):
    return load_state(folder, print)[0]


def test_previews_show_source_target_and_answer(tmp_path, monkeypatch):
    from PIL import Image

    few_digits.train(tmp_path, monkeypatch, steps=4, preview_every=2)
    assert sorted(path.name for path in (tmp_path / "previews").iterdir()) == ["000000.png", "000002.png", "000004.png"]
    assert np.asarray(Image.open(tmp_path / "previews" / "000000.png")).shape == (3 * 32, 16 * 32)


@pytest.mark.parametrize("variant", ["imi", "cap2image", "judge", "sigmoid"])
def test_what_is_loaded_is_what_was_trained(tmp_path, monkeypatch, variant):
    run = few_digits.train(tmp_path / "run", monkeypatch, **RECIPE.variants[variant].settings, steps=2)
    folder = EDITOR.ship(run, tmp_path / "shipped")
    loaded = load(folder)
    assert loaded.config == run.config
    for name in ("encoder", "generator") if variant != "judge" else ("judge",):
        trained, shipped = run.ema(name) if variant != "judge" else run._raw[name].module, getattr(loaded, name)
        assert not shipped.training and not any(parameter.requires_grad for parameter in shipped.parameters())
        for key, value in shipped.state_dict().items():
            theirs = trained.state_dict()[key]
            assert torch.equal(value, theirs.half().float() if theirs.is_floating_point() else theirs), key
    assert json.loads((folder / "run.json").read_text())["metrics"]


def test_a_shipped_editor_answers_as_the_trained_one(tmp_path, monkeypatch):
    run = few_digits.train(tmp_path / "run", monkeypatch, steps=25, learning_rate=1e-2, ema_decay=0.8)
    loaded = inference.load_editor(run.ship(tmp_path / "shipped", only=["encoder", "generator"]))
    edits = few_digits.few_triples().batch(torch.arange(20))
    trained = inference.Editor(run.config, run.ema("encoder"), run.ema("generator")).answer(edits)
    assert np.abs(loaded.answer(edits) - 1.0 * trained).max() <= 3 and trained.std() > 5


@pytest.mark.parametrize(
    ("variant", "loader"),
    [
        ("imi", inference.load_painter),
        ("imi", inference.load_judge),
        ("judge", inference.load_editor),
        ("cap2image", inference.load_editor),
    ],
)
def test_checkpoints_of_another_model_are_refused(tmp_path, monkeypatch, variant, loader):
    run = few_digits.train(tmp_path / "run", monkeypatch, **RECIPE.variants[variant].settings, steps=1)
    with pytest.raises(UserError, match=f"is of {variant}, expected"):
        loader(run.ship(tmp_path / "shipped"))


def test_damaged_and_missing_checkpoints_are_refused(tmp_path, monkeypatch):
    with pytest.raises(UserError):
        inference.load_editor(tmp_path / "nowhere")
    folder = few_digits.train(tmp_path / "run", monkeypatch, steps=1).ship(
        tmp_path / "shipped", only=["encoder", "generator"]
    )
    whole = (folder / "model.safetensors").read_bytes()
    for content in (whole[: len(whole) // 2], whole[:-3] + b"???"):
        (folder / "model.safetensors").write_bytes(content)
        with pytest.raises(UserError, match="damaged|model.safetensors"):
            inference.load_editor(folder)


def two_processes(folder, *arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, few_digits.__file__, str(folder), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def test_two_processes_equal_one(tmp_path, monkeypatch):
    """With each picture normalised by itself. As published, batch norm is of a rank's share:
    that run only has to go well.
    """
    rule = {"update_rule": "larger_loss", "task_choice": "iteration", "generator_weight": 1.5}
    apart = two_processes(
        tmp_path / "two", "--no-batch-norm", *(f"--set={name}={value}" for name, value in rule.items())
    )
    published = two_processes(tmp_path / "published")
    with monkeypatch.context() as patch:
        few_digits.without_batch_norm(patch)
        few_digits.train(tmp_path / "one", patch, steps=6, log_every=1, **rule)
    for process in (apart, published):
        errors = process.communicate(timeout=300)[1]
        assert (process.returncode, errors) == (0, "")
    one, two = (training.read_curves(tmp_path / name) for name in ("one", "two"))
    assert one["d_learns"] == two["d_learns"] and training.read_run(tmp_path / "two")["devices"] == 2
    for name in ("d_loss", "g_loss", "feature_loss", "y_real_wrong", "label_loss_fake"):
        np.testing.assert_allclose(two[name], one[name], rtol=1e-3, err_msg=name)
    alone, together = tensors_of(tmp_path / "one"), tensors_of(tmp_path / "two")
    assert alone.keys() == together.keys()
    for name in alone:
        if name.startswith("model."):
            torch.testing.assert_close(together[name], alone[name], rtol=1e-2, atol=2e-4, msg=name)
