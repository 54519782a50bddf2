import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import toy
from PIL import Image
from torch import nn

from ganbook import training
from ganbook.errors import UserError
from ganbook.training import checkpoint
from ganbook.training.checkpoint import load_state
from ganbook.training.devices import bf16_is_possible

needs_bf16 = pytest.mark.skipif(not bf16_is_possible("cpu"), reason="this processor cannot compute in bfloat16")
CONFIG = toy.Config(steps=20, width=8, checkpoint_every=0)


def tensors_of(folder):
    return load_state(folder, print)[0]


def assert_equal(one, other):
    a, b = tensors_of(one), tensors_of(other)
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


def bare_run(folder, config):
    return training.Run(folder, config, slug="toy", profile="quick", data="none", seed=0, device="cpu", progress=False)


def distance_from_ring(points):
    return ((points - torch.tensor(toy.CENTRE)).norm(dim=1) - toy.RADIUS).abs().mean().item()


def test_the_toy_gan_learns_its_ring(tmp_path):
    run, parts = toy.make_run(tmp_path, toy.Config(steps=1000, preview_every=0, checkpoint_every=0))
    z = torch.randn(500, 4, generator=torch.Generator().manual_seed(3))
    untrained = distance_from_ring(run.ema("generator")(z))
    for _ in toy.train_steps(run, parts, run.config):
        pass
    points = run.ema("generator")(z)
    assert untrained > 1.0
    assert distance_from_ring(points) < 0.3
    assert (points.mean(dim=0) - torch.tensor(toy.CENTRE)).norm() < 0.4
    assert points.std(dim=0).min() > 0.4  # the whole ring, not one place


@pytest.mark.parametrize("stop", [1, 7, 10, 19])
def test_stop_and_resume_is_exact(tmp_path, stop):
    toy.train(tmp_path / "straight", CONFIG)
    toy.train(tmp_path / "twice", replace(CONFIG, steps=stop))
    torch.manual_seed(99)  # what happens in between must not matter
    toy.train(tmp_path / "twice", CONFIG)
    assert_equal(tmp_path / "straight", tmp_path / "twice")


def test_dropout_and_batch_norm_resume_exactly(tmp_path):
    def go(folder, steps):
        config = replace(CONFIG, steps=steps)
        run = bare_run(folder, config)
        net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))
        net, optimizer = run.setup(net=(net, torch.optim.SGD(net.parameters(), 0.1, momentum=0.9))).net
        for _ in run.steps():
            optimizer.zero_grad()
            run.backward(net(run.draws.randn(16, 3)).square().mean())
            optimizer.step()

    go(tmp_path / "straight", 10)
    go(tmp_path / "twice", 4)
    go(tmp_path / "twice", 10)
    assert_equal(tmp_path / "straight", tmp_path / "twice")


def test_seeds_matter_and_repeat(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        toy.train(tmp_path / name, CONFIG, seed=seed)
    assert_equal(tmp_path / "a", tmp_path / "b")
    a, c = tensors_of(tmp_path / "a"), tensors_of(tmp_path / "c")
    assert not torch.equal(a["model.generator.0.weight"], c["model.generator.0.weight"])


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_finishes_the_step_saves_and_tells_how_to_go_on(tmp_path, name, capsys):
    handler = signal.getsignal(signal.Signals[name])
    run, parts = toy.make_run(tmp_path / "a", CONFIG)
    for step in toy.train_steps(run, parts, CONFIG):
        if step == 4:
            signal.raise_signal(signal.Signals[name])
    assert (run.step, run.finished, run.stopped_by) == (5, False, name)
    assert signal.getsignal(signal.Signals[name]) is handler
    told = capsys.readouterr().err
    assert f"stopped by {name} after step 5 of 20, saved in {tmp_path / 'a'}; run the same command again" in told
    record = training.read_run(tmp_path / "a")
    assert (record["step"], record["finished"], record["stopped_by"]) == (5, False, name)
    toy.train(tmp_path / "a", CONFIG)
    assert "resuming" in capsys.readouterr().err
    toy.train(tmp_path / "b", CONFIG)
    assert_equal(tmp_path / "a", tmp_path / "b")


def test_a_second_signal_acts_as_usual(tmp_path):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background inherits "ignore"
    try:
        run, parts = toy.make_run(tmp_path, CONFIG)
        with pytest.raises(KeyboardInterrupt):
            for _ in toy.train_steps(run, parts, CONFIG):
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_minutes_and_going_on_in_the_same_process(tmp_path):
    run, parts = toy.make_run(tmp_path / "a", replace(CONFIG, steps=400), minutes=1e-5)
    for _ in toy.train_steps(run, parts, run.config):
        pass
    first = run.step
    assert run.stopped_by == "minutes" and 0 < first < 400
    for _ in toy.train_steps(run, parts, run.config):
        pass
    assert run.stopped_by == "minutes" and run.step > first
    toy.train(tmp_path / "b", replace(CONFIG, steps=run.step))
    assert_equal(tmp_path / "a", tmp_path / "b")


def test_finished_run_is_left_alone(tmp_path, capsys):
    toy.train(tmp_path, CONFIG)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert toy.train(tmp_path, CONFIG).finished
    assert "all 20 steps are done; set more steps to go on" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_other_settings_are_refused_by_name(tmp_path):
    toy.train(tmp_path, replace(CONFIG, steps=5))
    with pytest.raises(
        UserError, match=r"other settings \(learning_rate: 0.002 there, 0.1 now; width: 8 there, 16 now\)"
    ):
        toy.train(tmp_path, replace(CONFIG, width=16, learning_rate=0.1))
    with pytest.raises(UserError, match="seed: 0 there, 1 now"):
        toy.train(tmp_path, CONFIG, seed=1)
    with pytest.raises(UserError, match="slug: 'toy' there, 'other' now"):
        toy.train(tmp_path, CONFIG, slug="other")
    assert toy.train(tmp_path, replace(CONFIG, log_every=2, threads=None)).finished


@needs_bf16
def test_a_run_goes_on_in_another_precision_and_the_record_lists_both(tmp_path, capsys):
    for precision, steps in (("32-true", 10), ("32-true", 15), ("bf16-mixed", 20), ("32-true", 30)):
        run = toy.train(tmp_path, replace(CONFIG, precision=precision, steps=steps), progress=True)
        assert run.finished and run.precision == precision
    assert training.read_run(tmp_path)["precisions"] == ["32-true", "bf16-mixed", "32-true"]
    said = capsys.readouterr().err
    assert said.count("32-bit numbers") == 3 and said.count("bfloat16 forward passes") == 1


def test_the_record_lists_the_machines_that_trained_and_not_the_one_that_ships(tmp_path, monkeypatch):
    for machine, steps in (("a GPU", 10), ("a GPU", 15), ("a laptop", 20), ("another", 20)):
        monkeypatch.setattr("ganbook.training.loop.device_name", lambda _, name=machine: name)
        run = toy.train(tmp_path, replace(CONFIG, steps=steps))
    assert run.record()["device"] == training.read_run(tmp_path)["device"] == "a GPU, then a laptop"


def test_a_run_from_before_a_setting_existed_goes_on(tmp_path, monkeypatch):
    """It was at the setting's default then; and its record knows no list of precisions and of machines."""
    save = checkpoint.save_state

    def as_before(folder, step, tensors, record, also):
        config = {key: value for key, value in record["config"].items() if key not in ("penalty", "precision")}
        record = {key: value for key, value in record.items() if key not in ("precisions", "machines")} | {
            "config": {**config, "precision": "32-true"}
        }
        save(folder, step, tensors, record, also=also)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save_state", as_before)
        toy.train(tmp_path, replace(CONFIG, steps=10))
    with pytest.raises(UserError, match="penalty: 0.1 there, 0.5 now"):
        toy.train(tmp_path, replace(CONFIG, penalty=0.5))
    run = toy.train(tmp_path, CONFIG)
    assert run.finished and run.precisions == ["32-true"]


def test_starting_over(tmp_path):
    toy.train(tmp_path / "a", CONFIG, seed=1)
    toy.train(tmp_path / "a", replace(CONFIG, steps=10), resume=False)
    toy.train(tmp_path / "b", replace(CONFIG, steps=10))
    assert_equal(tmp_path / "a", tmp_path / "b")
    assert training.read_curves(tmp_path / "a")["step"] == [10]
    assert sorted(path.name for path in (tmp_path / "a" / "previews").iterdir()) == ["000000.png", "000010.png"]


def test_curves_previews_and_record(tmp_path):
    config = replace(CONFIG, steps=45, log_every=10, preview_every=20)
    toy.train(tmp_path, config)
    curves = training.read_curves(tmp_path)
    assert curves["step"] == [10, 20, 30, 40, 45]
    assert curves["seconds"] == sorted(curves["seconds"])
    assert set(curves) == {"step", "seconds", "rate", "d_loss", "g_loss", "penalty"}
    assert sorted(path.stem for path in (tmp_path / "previews").iterdir()) == ["000000", "000020", "000040", "000045"]
    assert np.asarray(Image.open(tmp_path / "previews" / "000045.png")).shape == (8, 4)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["config"]["steps"] == 45 and record["finished"] and record["slug"] == "toy"
    assert {"profile", "seed", "data", "commit", "device", "torch", "minutes", "date"} <= record.keys()


def test_the_curves_are_means_of_what_was_logged(tmp_path):
    run = bare_run(tmp_path, CONFIG)
    run.setup(net=nn.Linear(1, 1))
    for step in run.steps():
        run.log(value=float(step))
    assert training.read_curves(tmp_path)["value"] == [4.5, 14.5]


def test_divergence_stops_the_run_and_spares_the_last_checkpoint(tmp_path):
    run = bare_run(tmp_path, replace(CONFIG, checkpoint_every=1))
    run.setup(net=nn.Linear(1, 1))
    with pytest.raises(UserError, match="the training diverged: loss is nan at step 8"):
        for step in run.steps():
            run.log(loss=float("nan") if step == 7 else 1.0)
    assert load_state(tmp_path, print)[1]["step"] == 7


def test_an_error_in_a_step_leaves_the_run_resumable(tmp_path):
    run, parts = toy.make_run(tmp_path / "a", replace(CONFIG, checkpoint_every=4))
    with pytest.raises(ZeroDivisionError):
        for step in toy.train_steps(run, parts, run.config):
            if step == 9:
                raise ZeroDivisionError
    toy.train(tmp_path / "a", CONFIG)
    toy.train(tmp_path / "b", CONFIG)
    assert_equal(tmp_path / "a", tmp_path / "b")


def test_checkpoints_by_time(tmp_path):
    run, parts = toy.make_run(tmp_path, replace(CONFIG, checkpoint_seconds=0.0))
    for step in toy.train_steps(run, parts, run.config):
        if step == 0:  # saved at once; the next one waits at least 20 times as long as that took
            time.sleep(0.01)
        elif step == 1:
            first = load_state(tmp_path, print)[1]["step"]
            time.sleep(20 * run._rhythm.cost)
        elif step == 2:
            assert (first, load_state(tmp_path, print)[1]["step"]) == (1, 2)
            break


def test_no_checkpoint_before_its_time(tmp_path):
    run, parts = toy.make_run(tmp_path, replace(CONFIG, checkpoint_seconds=3600.0))
    for _ in toy.train_steps(run, parts, run.config):
        assert load_state(tmp_path, print) is None
    assert load_state(tmp_path, print)[1]["step"] == 20


@pytest.mark.parametrize(
    ("image", "text"),
    [(np.zeros((4, 4)), "got float64 of shape"), (np.zeros((2, 4, 4), np.uint8), r"got uint8 of shape \(2, 4, 4\)")],
)
def test_a_preview_that_is_no_picture(tmp_path, image, text):
    run, _ = toy.make_run(tmp_path, CONFIG)
    run.preview_with(lambda: image)
    with pytest.raises(UserError, match=text):
        next(run.steps())


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"minutes": 0}, "minutes must be more than 0, got 0"),
        ({"minutes": float("nan")}, "minutes must be more than 0, got nan"),
        ({"device": "abacus"}, "unknown device 'abacus'"),
        ({"devices": 3}, "batch_size 32 cannot be divided evenly over 3 devices"),
        ({"seed": -1}, "seed must be at least 0"),
    ],
)
def test_bad_arguments(tmp_path, options, text):
    with pytest.raises(UserError, match=text):
        toy.make_run(tmp_path, CONFIG, **options)


def test_unknown_parts(tmp_path):
    run, parts = toy.make_run(tmp_path, CONFIG)
    with pytest.raises(UserError, match="no part 'encoder'; parts set up: generator, discriminator"):
        run.track_ema("encoder")
    for ask in (run.ema, run.restart_ema):
        with pytest.raises(UserError, match="no average of 'discriminator' is kept"):
            ask("discriminator")
    with pytest.raises(AttributeError, match="no part 'encoder'; parts: generator, discriminator"):
        _ = parts.encoder


def test_parts_without_an_optimizer_are_saved_too(tmp_path):
    run = bare_run(tmp_path, CONFIG)
    fixed, free = nn.Linear(2, 2).requires_grad_(False), nn.Linear(2, 2)
    parts = run.setup(fixed=fixed, free=free)
    assert parts.fixed.optimizer is None and parts["free"].optimizer is None
    torch.testing.assert_close(parts.fixed.module(torch.ones(1, 2)), fixed(torch.ones(1, 2)))
    for _ in run.steps():
        pass
    assert "model.fixed.weight" in tensors_of(tmp_path) and "model.free.weight" in tensors_of(tmp_path)


@needs_bf16
def test_bf16_and_channels_last(tmp_path):
    config = replace(CONFIG, precision="bf16-mixed", channels_last=True, steps=3)
    run = bare_run(tmp_path, config)
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.LeakyReLU(), nn.Conv2d(8, 1, 3))
    net, optimizer = run.setup(net=(net, torch.optim.Adam(net.parameters()))).net
    inside = []

    def note(_module, _inputs, output):
        inside.append((output.dtype, output.is_contiguous(memory_format=torch.channels_last)))

    net.module[1].register_forward_hook(note)
    for _ in run.steps():
        optimizer.zero_grad()
        run.backward(net(run.draws.randn(4, 3, 8, 8)).square().mean())
        optimizer.step()
    assert inside == [(torch.bfloat16, True)] * 3
    run = bare_run(tmp_path, replace(config, steps=5))
    net = net.module
    run.setup(net=(net, torch.optim.Adam(net.parameters())))
    assert list(run.steps()) == [3, 4]
    assert net[0].weight.dtype == torch.float32 and net[0].weight.is_contiguous(memory_format=torch.channels_last)


def test_a_mean_over_one_process_is_the_number_itself(tmp_path):
    run = bare_run(tmp_path, CONFIG)
    number = torch.tensor(2.5, requires_grad=True)
    assert run.mean(number * 2) == 5.0 and isinstance(run.mean(number), float)


def test_another_learning_rate_holds_for_all_groups_from_the_next_step_on():
    weights = [torch.zeros(1, requires_grad=True) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": weights[:1]}, {"params": weights[1:], "lr": 5.0}], lr=1.0)
    for rate in (0.5, 0.0, 0.25):
        training.set_learning_rate(optimizer, rate)
        optimizer.zero_grad()
        sum(weights).backward()
        optimizer.step()
    assert [weight.item() for weight in weights] == [-0.75, -0.75]


def test_the_loop_costs_less_than_a_millisecond_a_step(tmp_path):
    config = toy.Config(steps=1000, preview_every=0, checkpoint_every=0)
    run, _ = toy.make_run(tmp_path, config, progress=True)
    began = time.process_time()
    for _ in run.steps():
        run.draws.batch(10_000, 64)
        run.draws.randn(64, 4)
        run.log(d_loss=1.0, g_loss=2.0)
    assert (time.process_time() - began) / config.steps < 1e-3


def start_script(folder, *arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(toy.__file__)), str(folder), *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def test_two_processes_equal_one(tmp_path):
    process = start_script(tmp_path / "two", "--devices", "2", "--set", "steps=12")
    toy.train(tmp_path / "one", toy.Config(steps=12))
    assert process.wait(timeout=300) == 0
    assert process.stderr.read() == ""
    assert training.read_run(tmp_path / "two")["devices"] == 2
    one, two = tensors_of(tmp_path / "one"), tensors_of(tmp_path / "two")
    assert one.keys() == two.keys()
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=1e-3, atol=1e-5, msg=name)
    curves = [training.read_curves(tmp_path / name) for name in ("one", "two")]
    np.testing.assert_allclose(curves[1]["d_loss"], curves[0]["d_loss"], rtol=1e-4)
    assert [(tmp_path / "two" / f"mean-{rank}").read_text() for rank in (0, 1)] == ["0.5", "0.5"], (
        "both ranks know the mean of 0 and 1"
    )


def test_two_processes_stop_together_and_go_on_as_one(tmp_path):
    process = start_script(tmp_path, "--devices", "2", "--set", "steps=1000000")
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob("state/*")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=300) == 3
    assert "stopped by SIGTERM" in process.stderr.read()
    record = training.read_run(tmp_path)
    assert record["stopped_by"] == "SIGTERM" and record["step"] == load_state(tmp_path, print)[1]["step"]
    assert toy.train(tmp_path, toy.Config(steps=record["step"] + 2)).finished
