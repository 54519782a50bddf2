import errno
import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from PIL import Image
from safetensors.torch import load_file
from torch import nn

from ganbook import training
from ganbook.errors import UserError
from ganbook.training import files
from ganbook.training import shipped as shipping
from ganbook.training.checkpoint import packed, unpacked
from ganbook.training.pack import pack
from ganbook.training.shipped import git_commit, load_checkpoint, read_run

CONFIG = toy.Config(steps=6, width=8, log_every=2, preview_every=0, checkpoint_every=0)


@pytest.fixture
def shipped(tmp_path):
    run = toy.train(tmp_path / "run", CONFIG)
    run.ship(tmp_path / "shipped", metrics={"accuracy": 0.5})
    return run, tmp_path / "shipped"


def modules(width=8):
    return {"generator": toy.mlp(4, 2, width), "discriminator": toy.mlp(2, 1, width)}


def test_shipped_weights_are_the_average_in_half_precision(shipped):
    run, folder = shipped
    assert sorted(path.name for path in folder.iterdir()) == ["curves.csv", "model.safetensors", "run.json"]
    loaded = modules()
    record = load_checkpoint(folder, loaded, slug="toy")
    for name, tensor in loaded["generator"].state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, run.ema("generator").state_dict()[name].half().float())
    assert not torch.equal(loaded["generator"][0].weight, run._raw["generator"].module[0].weight.half().float())
    stored = load_file(folder / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    assert {name.partition(".")[0] for name in stored} == {"generator", "discriminator"}
    assert record["metrics"] == {"accuracy": 0.5} and record["config"]["width"] == 8 and record["step"] == 6
    assert record["modules"] == ["discriminator", "generator"]


def test_packed_weights_are_read_as_others(shipped):
    run, folder = shipped
    _, after = pack(folder)
    assert (folder / "model.safetensors").stat().st_size == after
    stored, loaded = load_file(folder / "model.safetensors"), modules()
    record = load_checkpoint(folder, loaded, slug="toy")
    for name, tensor in run.ema("generator").state_dict().items():
        found, step = loaded["generator"].state_dict()[name], 0.0
        if tensor.ndim == 2:
            assert stored[f"generator.{name}"].dtype == torch.int8
            step = tensor.abs().amax(1, keepdim=True) / 127
        assert ((found - tensor).abs() <= 0.5 * step + 1e-3 * tensor.abs() + 1e-6).all(), name
    assert record["metrics"] == {"accuracy": 0.5} and record["step"] == 6
    again = (folder / "model.safetensors").read_bytes()
    assert pack(folder) == (after, after) and (folder / "model.safetensors").read_bytes() == again


def test_rows_of_zeros_and_integers_are_packed_without_loss():
    given = {"w": torch.tensor([[0.0, 0.0], [3.0, -127.0]]), "bias": torch.rand(2), "n": torch.tensor([[300]])}
    found = unpacked(packed(given))
    assert found.keys() == given.keys() and all(torch.equal(found[name], given[name]) for name in given)


def test_unpacked_weights_are_numbers_of_half_precision():
    """Which is how the page's models keep theirs."""
    (found,) = unpacked(packed({"w": torch.randn(9, 40, generator=torch.Generator().manual_seed(0))})).values()
    assert found.dtype == torch.float32 and torch.equal(found.half().float(), found)


def test_nothing_to_pack(shipped, tmp_path):
    with pytest.raises(UserError, match="no run.json in"):
        pack(tmp_path / "x")
    (shipped[1] / "model.safetensors").unlink()
    with pytest.raises(UserError, match="expected a shipped checkpoint there"):
        pack(shipped[1])


def test_the_curves_go_along(shipped):
    run, folder = shipped
    kept, whole = training.read_curves(folder), training.read_curves(run.folder)
    assert kept.keys() == whole.keys() and kept["step"] == [2, 4, 6]
    for name, values in whole.items():
        assert kept[name] == pytest.approx(values, rel=6e-5), name


def test_only_some_parts(tmp_path):
    run = toy.train(tmp_path / "run", CONFIG)
    run.ship(tmp_path / "shipped", only=["generator"])
    load_checkpoint(tmp_path / "shipped", {"generator": toy.mlp(4, 2, 8)})
    with pytest.raises(UserError, match="missing: discriminator.0.bias, discriminator.0.weight"):
        load_checkpoint(tmp_path / "shipped", modules())
    with pytest.raises(UserError, match="no part 'encoder'; parts set up: generator, discriminator"):
        run.ship(tmp_path / "other", only=["encoder"])


def test_integers_stay_integers(tmp_path):
    run = training.Run(
        tmp_path / "run", CONFIG, slug="toy", profile="quick", data="none", seed=0, device="cpu", progress=False
    )
    norm = nn.BatchNorm1d(2)
    run.setup(norm=norm)
    for _ in run.steps():
        run.log(loss=0.0)
        norm(torch.randn(4, 2))
    run.ship(tmp_path / "shipped")
    again = nn.BatchNorm1d(2)
    load_checkpoint(tmp_path / "shipped", {"norm": again})
    assert again.num_batches_tracked == 6 and again.num_batches_tracked.dtype == torch.int64


def test_shipping_again_after_going_on(shipped, tmp_path):
    _, folder = shipped
    toy.train(tmp_path / "run", replace(CONFIG, steps=8)).ship(folder)
    assert load_checkpoint(folder, {"generator": toy.mlp(4, 2, 8)})["step"] == 8


def test_missing_folder_says_what_to_run(tmp_path):
    with pytest.raises(UserError, match=f"no model.safetensors in {tmp_path / 'x'}: train it with `ganbook train toy`"):
        load_checkpoint(tmp_path / "x", modules(), slug="toy")
    with pytest.raises(UserError, match="no run.json in"):
        read_run(tmp_path / "x")


@pytest.mark.parametrize("damage", [lambda b: b[:-100], lambda b: b"", lambda b: b[:-1] + bytes([b[-1] ^ 1])])
def test_damaged_weights(shipped, damage):
    path = shipped[1] / "model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(
        UserError, match="model.safetensors is damaged: its sha256 begins with .*; restore both files or"
    ):
        load_checkpoint(shipped[1], modules())


@pytest.mark.parametrize("text", ["", '{"slug": "toy"', "[]", "{}", "\x00\xff"])
def test_damaged_record(shipped, text):
    (shipped[1] / "run.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match=r"run.json is (damaged|not a run record)"):
        load_checkpoint(shipped[1], modules())


def test_not_a_safetensors_file_even_if_the_hash_fits(shipped):
    path, record = shipped[1] / "model.safetensors", read_run(shipped[1])
    path.write_bytes(b"\x80\x04pickle")
    record["sha256"] = hashlib.sha256(b"\x80\x04pickle").hexdigest()
    (shipped[1] / "run.json").write_text(json.dumps(record))
    with pytest.raises(UserError, match="is not a safetensors file"):
        load_checkpoint(shipped[1], modules())


def test_another_chapter_is_refused(shipped):
    with pytest.raises(UserError, match="is of the chapter toy, expected drag_editing"):
        load_checkpoint(shipped[1], modules(), slug="drag_editing")


def test_another_model_is_refused_by_name_and_nothing_is_changed(shipped):
    target = {"discriminator": toy.mlp(2, 1, 8), "generator": toy.mlp(4, 2, 16)}
    before = target["discriminator"][0].weight.clone()
    with pytest.raises(
        UserError, match=r"wrong shape: generator.0.weight is \(8, 4\) there, \(16, 4\) expected.* and 2 more"
    ):
        load_checkpoint(shipped[1], target)
    assert torch.equal(target["discriminator"][0].weight, before)
    with pytest.raises(UserError, match="unexpected: generator.4.bias, generator.4.weight"):
        load_checkpoint(shipped[1], {"generator": toy.mlp(4, 2, 8)[:4]})


def test_weights_beyond_half_precision_are_refused(tmp_path):
    run = toy.train(tmp_path / "run", CONFIG)
    with torch.no_grad():
        run.ema("generator")[0].weight[0, 0] = 1e6
    with pytest.raises(UserError, match=r"generator.0.weight has values that are not finite .* \(largest 1e\+06\)"):
        run.ship(tmp_path / "shipped")
    assert not (tmp_path / "shipped" / "model.safetensors").exists()


def test_full_disk_leaves_the_old_files(shipped, monkeypatch):
    run, folder = shipped
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write = files._write_and_sync

    def full(path, content):
        if "run.json" in path.name:  # the last of the three
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    monkeypatch.setattr(files, "_write_and_sync", full)
    with pytest.raises(UserError, match="no space left on the disk"):
        run.ship(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_time_after_training_does_not_count(tmp_path, monkeypatch):
    run = toy.train(tmp_path, CONFIG)
    seconds = run._watch.total
    assert 0 < seconds == run._watch.total


def test_commit_of_the_source_or_none(monkeypatch, tmp_path):
    assert git_commit() is None or len(git_commit().removesuffix("+changes")) == 40
    monkeypatch.setattr(shipping, "__file__", str(tmp_path / "shipped.py"))
    assert git_commit() is None


@pytest.mark.parametrize("greys", [(0, 0, 128, 128, 128, 0), (7, 7, 7), (7,)])
def test_a_film_has_all_previews_where_they_are_equal(tmp_path, greys):
    run = toy.train(tmp_path / "run", CONFIG)
    (run.folder / "previews").mkdir(exist_ok=True)
    for step, grey in enumerate(greys):
        Image.new("RGB", (24, 16), (grey,) * 3).save(run.folder / "previews" / f"{step:06d}.png")
    frames = training.read_film(run.ship(tmp_path / "shipped", previews=True))
    assert np.abs(frames.mean((1, 2, 3)) - greys).max() < 8


def test_previews_are_shipped_as_a_film(tmp_path):
    run = toy.train(tmp_path / "run", CONFIG)
    with pytest.raises(UserError, match="no previews in .*: expected some"):
        run.ship(tmp_path / "none", previews=True)
    for step, grey in ((0, 0), (4, 128), (8, 255)):
        (run.folder / "previews").mkdir(exist_ok=True)
        Image.new("RGB", (24, 16), (grey, 0, 255 - grey)).save(run.folder / "previews" / f"{step:06d}.png")
    folder = run.ship(tmp_path / "shipped", previews=True)
    frames = training.read_film(folder)
    assert frames.shape == (3, 16, 24, 3) and training.read_run(folder)["previews"] == [0, 4, 8]
    assert np.abs(frames[:, :, :, 0].mean((1, 2)) - [0, 128, 255]).max() < 8
    (folder / "previews.webp").write_bytes(b"RIFF")
    with pytest.raises(UserError, match="is damaged"):
        training.read_film(folder)
    with pytest.raises(UserError, match="expected the previews of a training there"):
        training.read_film(run.folder)
