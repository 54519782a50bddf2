import errno
import multiprocessing
import os
import random
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import toy
from torch import nn

from ganbook.errors import UserError
from ganbook.training import checkpoint, files, read_curves
from ganbook.training.checkpoint import load_state, save_state
from ganbook.training.curves import CurveWriter
from ganbook.training.state import Part, pack, unpack

FAST = toy.Config(steps=12, width=4, preview_every=0, log_every=3, checkpoint_every=4)


def states(folder):
    return sorted((folder / "state").iterdir())


def tensors_of(folder):
    tensors, record = load_state(folder, print)
    return tensors, record["step"]


def assert_same_state(one, other):
    (a, step_a), (b, step_b) = tensors_of(one), tensors_of(other)
    assert step_a == step_b and a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


def test_state_comes_back_to_the_bit(tmp_path):
    tensors = {
        "a": torch.randn(3, 4),
        "b": torch.tensor(3),
        "c": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
    }
    tensors["shared"] = tensors["a"].t()
    save_state(tmp_path, 5, tensors, {"seconds": 0.1}, also={tmp_path / "run.json": b"{}"})
    loaded, record = load_state(tmp_path, print)
    assert record["step"] == 5 and record["seconds"] == 0.1
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)
    assert (tmp_path / "run.json").read_bytes() == b"{}"


def test_no_state_yet(tmp_path):
    assert load_state(tmp_path, print) is None


def test_the_newest_two_are_kept(tmp_path):
    for step in range(1, 6):
        save_state(tmp_path, step, {"a": torch.full((2,), float(step))}, {}, also={})
    assert [path.name[:9] for path in states(tmp_path)] == ["000000004", "000000005"]


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b""])
def test_a_damaged_newest_falls_back_to_the_one_before(tmp_path, damage):
    toy.train(tmp_path / "a", FAST)
    toy.train(tmp_path / "b", FAST)
    newest = states(tmp_path / "a")[-1]
    newest.write_bytes(damage(newest.read_bytes()))
    warnings = []
    assert load_state(tmp_path / "a", warnings.append)[1]["step"] == 8
    assert len(warnings) == 1 and str(newest) in warnings[0]
    run = toy.train(tmp_path / "a", FAST)
    assert run.finished
    assert_same_state(tmp_path / "a", tmp_path / "b")


def test_a_damaged_file_does_not_crowd_out_whole_ones(tmp_path):
    for step in (8, 12):
        save_state(tmp_path, step, {"a": torch.ones(2)}, {}, also={})
    states(tmp_path)[-1].write_bytes(b"x")
    os.utime(states(tmp_path)[0], ns=(1, 1))
    os.utime(states(tmp_path)[1], ns=(2, 2))
    for step in (9, 10):
        save_state(tmp_path, step, {"a": torch.ones(2)}, {}, also={})
    assert [path.name[:9] for path in states(tmp_path)] == ["000000009", "000000010"]


def test_all_damaged(tmp_path):
    toy.train(tmp_path, FAST)
    for path in states(tmp_path):
        path.write_bytes(b"x")
    with pytest.raises(UserError, match="all checkpoints in .* are damaged; delete that folder"):
        toy.train(tmp_path, FAST)


class Disk:
    """A disk of so many bytes for what lies in a folder; the small files beside the states always fit."""

    def __init__(self, patch: pytest.MonkeyPatch, folder, code: int = errno.ENOSPC) -> None:
        self.folder, self.size, self.code, self.write = folder, None, code, files._write_and_sync
        patch.setattr(files, "_write_and_sync", self.take)

    def used(self, but=None) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file() and path != but)

    def take(self, path, content) -> None:
        limited = self.size is not None and "safetensors" in path.name
        free = max(0, self.size - self.used(but=path)) if limited else len(content)
        self.write(path, content[:free])
        if free < len(content):
            raise OSError(self.code, os.strerror(self.code))


def trained_until_full(folder, patch, room, code=errno.ENOSPC):
    """12 steps, then 20 with no more than this room beside what lies there by then; what the person is told of it."""
    toy.train(folder, FAST)
    disk = Disk(patch, folder, code)
    disk.size = disk.used() + room
    with pytest.raises(UserError) as caught:
        toy.train(folder, replace(FAST, steps=20))
    return str(caught.value)


def as_if_never_stopped(folder):
    toy.train(folder, replace(FAST, steps=20))
    toy.train(folder.with_name("straight"), replace(FAST, steps=20))
    assert_same_state(folder, folder.with_name("straight"))


def test_on_a_full_disk_the_older_state_makes_room(tmp_path, monkeypatch):
    """Room for two states, where three are needed while the third is written."""
    toy.train(tmp_path / "run", FAST)
    with monkeypatch.context() as patch:
        disk = Disk(patch, tmp_path / "run")
        disk.size = disk.used() + states(tmp_path / "run")[0].stat().st_size // 2
        assert toy.train(tmp_path / "run", replace(FAST, steps=20)).finished
    assert [path.name[:9] for path in states(tmp_path / "run")] == ["000000016", "000000020"]
    as_if_never_stopped(tmp_path / "run")


def test_the_older_state_stays_if_the_newer_one_is_damaged(tmp_path, monkeypatch):
    for step in (4, 8):
        save_state(tmp_path, step, {"a": torch.ones(99)}, {}, also={})
    states(tmp_path)[-1].write_bytes(b"x")
    disk = Disk(monkeypatch, tmp_path)
    disk.size = 0
    with pytest.raises(files.NotWritten):
        save_state(tmp_path, 12, {"a": torch.ones(99)}, {}, also={})
    assert load_state(tmp_path, print)[1]["step"] == 4


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS], ids=errno.errorcode.get)
def test_a_state_that_cannot_be_saved_is_no_silent_loss(tmp_path, monkeypatch, code):
    with monkeypatch.context() as patch:
        said = trained_until_full(tmp_path / "run", patch, -(10**9), code)
    assert "the 4 steps since the last checkpoint are lost" in said and said.endswith(
        "the same command goes on after step 12"
    )
    assert ("free some space" in said) == (code in files.FULL) and "nothing" not in said
    assert load_state(tmp_path / "run", print)[1]["step"] == 12 and not list((tmp_path / "run").rglob("*.tmp"))
    as_if_never_stopped(tmp_path / "run")


def test_curves_that_cannot_be_written_lose_no_step(tmp_path, monkeypatch):
    """The disk fills up between two checkpoints: the line of the curves at step 15 finds no room, the state does."""
    toy.train(tmp_path / "run", FAST)
    with monkeypatch.context() as patch:
        write = CurveWriter.append

        def append(self, step, seconds, values):
            if step == 15:
                self._file.close()
                self._file = open("/dev/full", "a", encoding="utf-8")  # noqa: SIM115
            write(self, step, seconds, values)

        patch.setattr(CurveWriter, "append", append)
        with pytest.raises(
            UserError, match="no space left .*curves.jsonl; nothing is lost: free .*goes on after step 15"
        ):
            toy.train(tmp_path / "run", replace(FAST, steps=20))
    as_if_never_stopped(tmp_path / "run")


def test_a_preview_that_cannot_be_written_loses_no_step(tmp_path, monkeypatch):
    config = replace(FAST, preview_every=5)
    toy.train(tmp_path / "run", config)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full_for_previews(Path.mkdir))
        with pytest.raises(
            UserError, match="no space left .*previews.*; nothing is lost: free .*goes on after step 15"
        ):
            toy.train(tmp_path / "run", replace(config, steps=20))
    as_if_never_stopped(tmp_path / "run")


def full_for_previews(mkdir):
    def refuse(path, *arguments, **options):
        if path.name == "previews":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        mkdir(path, *arguments, **options)

    return refuse


@pytest.mark.parametrize("folder", ["file/run", "file"])
def test_unwritable_folder(tmp_path, folder):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=f"cannot write to the folder {tmp_path / folder}: .*; choose another"):
        toy.train(tmp_path / folder, FAST)


def test_folder_without_permission(tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files.Path, "touch", refuse)
    with pytest.raises(UserError, match=f"cannot write to the folder {tmp_path}: Permission denied"):
        toy.train(tmp_path, FAST)


def test_another_model_is_refused_by_name_and_nothing_is_changed(tmp_path):
    def part(module):
        return {"net": Part(module, torch.optim.Adam(module.parameters()))}

    tensors, record = pack(part(nn.Linear(3, 2)), {})
    other = nn.Sequential(nn.Linear(3, 2))
    before = other[0].weight.clone()
    with pytest.raises(UserError) as error:
        unpack(part(other), {}, tensors, record, "the checkpoint")
    assert "the checkpoint is of another model: missing: model.net.0.bias, model.net.0.weight" in str(error.value)
    assert "unexpected: model.net.bias, model.net.weight" in str(error.value)
    with pytest.raises(UserError, match=r"model.net.weight is \(2, 3\) there, \(2, 5\) expected"):
        unpack(part(nn.Linear(5, 2)), {}, tensors, record, "the checkpoint")
    assert torch.equal(other[0].weight, before)


def test_another_kind_of_optimizer_is_refused():
    module = nn.Linear(3, 2)
    tensors, record = pack({"net": Part(module, torch.optim.Adam(module.parameters()))}, {})
    with pytest.raises(UserError, match="optimizers {'net': 'Adam'}, this run has {'net': 'SGD'}"):
        unpack({"net": Part(module, torch.optim.SGD(module.parameters(), 0.1))}, {}, tensors, record, "the checkpoint")


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.Adam(p, 0.1, betas=(0.0, 0.99), amsgrad=True),
        lambda p: torch.optim.AdamW(p, torch.tensor(0.1)),
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
        lambda p: torch.optim.RMSprop(p, 0.1),
        lambda p: torch.optim.NAdam(p, 0.1),
    ],
)
def test_optimizers_go_on_to_the_bit(make):
    def step(module, optimizer):
        optimizer.zero_grad()
        module(torch.ones(2, 3)).square().sum().backward()
        optimizer.step()

    module = nn.Linear(3, 2)
    optimizer = make(list(module.parameters()))
    for _ in range(3):
        step(module, optimizer)
    tensors, record = pack({"net": Part(module, optimizer)}, {})
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    again = nn.Linear(3, 2)
    optimizer_again = make(list(again.parameters()))
    unpack({"net": Part(again, optimizer_again)}, {}, tensors, record, "the checkpoint")
    for _ in range(3):
        step(module, optimizer)
        step(again, optimizer_again)
    assert torch.equal(module.weight, again.weight)
    types = [{key: type(value) for key, value in o.param_groups[0].items()} for o in (optimizer, optimizer_again)]
    assert types[0] == types[1]


def train_for_ever(folder):
    toy.train(folder, replace(FAST, steps=10**6, checkpoint_every=1))


def test_kill_9_at_any_moment(tmp_path):
    """A process that does little but save is killed several times;
    each time it goes on, and ends as an undisturbed run does.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ganbook.training"])
    waits, reached = random.Random(0), 0
    for _ in range(4):
        process = context.Process(target=train_for_ever, args=(tmp_path / "killed",))
        process.start()
        deadline = time.monotonic() + 300
        while newest_step(tmp_path / "killed") <= reached:
            assert process.is_alive() and time.monotonic() < deadline, "the run makes no progress"
            time.sleep(0.005)
        time.sleep(waits.uniform(0, 0.1))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        problems = []
        reached = load_state(tmp_path / "killed", problems.append)[1]["step"]
        assert problems == []
    end = replace(FAST, steps=reached + 3)
    assert toy.train(tmp_path / "killed", end).finished
    assert toy.train(tmp_path / "straight", end).finished
    assert_same_state(tmp_path / "killed", tmp_path / "straight")
    assert not list((tmp_path / "killed").rglob("*.tmp"))
    steps = read_curves(tmp_path / "killed")["step"]
    assert steps == sorted(set(steps)) and steps[-1] == end.steps


def newest_step(folder):
    return max((int(path.name[:9]) for path in folder.glob("state/*-*.safetensors")), default=0)


def test_hidden_leftovers_of_a_killed_process_are_removed(tmp_path):
    toy.train(tmp_path, FAST)
    leftover = tmp_path / "state" / ".000000016-abc.safetensors.123.tmp"
    leftover.write_bytes(b"half")
    toy.train(tmp_path, replace(FAST, steps=13))
    assert not leftover.exists()


def test_when_a_run_saves():
    rhythm = checkpoint.Rhythm(every=4, seconds=60.0, now=100.0)
    assert [step for step in range(1, 13) if rhythm.is_due(step, now=101.0)] == [4, 8, 12]
    assert not rhythm.is_due(1, now=159.0) and rhythm.is_due(1, now=160.0)
    rhythm.saved(began=160.0, now=170.0)
    assert not rhythm.is_due(1, now=369.0) and rhythm.is_due(1, now=370.0), "saving took 10 s: at most 5 % of the time"
    assert not checkpoint.Rhythm(every=0, seconds=60.0, now=0.0).is_due(4, now=1.0)


def hold_lock(folder, connection):
    with files.locked(folder):
        connection.send("held")
        connection.recv()


def test_two_processes_cannot_train_in_one_folder(tmp_path):
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("forkserver").Process(target=hold_lock, args=(tmp_path, theirs))
    process.start()
    assert ours.poll(60) and ours.recv() == "held"
    with pytest.raises(UserError, match=f"another process is training in {tmp_path}"):
        toy.train(tmp_path, FAST)
    process.kill()
    process.join()
    assert toy.train(tmp_path, FAST).finished, "a dead process leaves no lock"


def test_a_process_may_go_on_where_an_error_left_its_own_loop_open(tmp_path):
    """A notebook remembers the last error, and with it the loop in which it was raised."""
    run, parts = toy.make_run(tmp_path, FAST)
    left_open = toy.train_steps(run, parts, FAST)
    next(left_open)
    assert toy.train(tmp_path, FAST).finished
    left_open.close()


def test_where_nothing_can_be_locked(tmp_path, monkeypatch):
    def without_locks(*_args, **_options):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("filelock.FileLock.acquire", without_locks)
    with pytest.raises(UserError, match=f"cannot lock the folder {tmp_path}: No locks available; use another"):
        toy.train(tmp_path, FAST)


def test_another_format_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "FORMAT", 99)
    save_state(tmp_path, 1, {"a": torch.ones(1)}, {}, also={})
    monkeypatch.undo()
    with pytest.raises(UserError, match="format 99"):
        load_state(tmp_path, print)
