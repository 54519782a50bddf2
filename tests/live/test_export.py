"""Exported models answer as torch does, are small, are named by their weights, and a wrong export is refused."""

import dataclasses
import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from ganbook import paths
from ganbook.data import grid_digits
from ganbook.data.digit_edits import tokenise
from ganbook.data.edits import instructions
from ganbook.errors import UserError
from ganbook.export import export_chapter
from ganbook.instruction_editing import inference
from ganbook.latent_captions import analysis
from ganbook.latent_captions import live as captions
from ganbook.live import LiveModel, export_model
from ganbook.live.models import LARGEST, largest_difference
from ganbook.nn import weights_id

EDITOR = paths.checkpoints_dir() / "instruction_editing" / "mnist-imi-s0"
CAPTIONER = paths.checkpoints_dir() / "latent_captions" / "embedded-main-s0"


@pytest.fixture
def folder(exported):
    return exported.folder


@pytest.fixture
def editor(exported):
    return exported.editor


@pytest.fixture
def captioner(exported):
    return exported.captioner


def session(folder, record):
    return onnxruntime.InferenceSession(folder / f"{record['id']}.onnx", providers=["CPUExecutionProvider"])


def test_the_exported_editor_edits_like_the_chapters(folder, editor):
    trained, side = inference.load_editor(EDITOR), editor["table"]["resolution"]
    pictures = np.random.default_rng(0).integers(0, 256, (1, side, side), dtype=np.uint8)
    for instruction in instructions(4)[::5]:
        tokens, lengths = tokenise([instruction.text])
        inputs = {
            "pictures": pictures, "tokens": tokens.numpy().astype(np.int32), "lengths": lengths.numpy().astype(np.int32),
            "noise": np.array(editor["table"]["noise"][0], np.float32)[None],
        }  # fmt: skip
        (found,) = session(folder, editor).run(["edited"], inputs)
        np.testing.assert_allclose(found.astype(int), trained(pictures, [instruction.text]), atol=1)
        assert (found == trained(pictures, [instruction.text])).mean() > 0.999


def test_two_pictures_get_the_noise_that_python_gives_them(folder, editor):
    trained, side = inference.load_editor(EDITOR), editor["table"]["resolution"]
    pictures = np.random.default_rng(1).integers(0, 256, (2, side, side), dtype=np.uint8)
    told = ["move four to the top", "remove four"]
    tokens, lengths = (each.numpy().astype(np.int32) for each in tokenise(told))
    noise = np.array(editor["table"]["noise"][1], np.float32).reshape(2, -1)
    (found,) = session(folder, editor).run(None, {"pictures": pictures, "tokens": tokens, "lengths": lengths, "noise": noise})
    np.testing.assert_allclose(found.astype(int), trained(pictures, told), atol=1)


def test_the_exported_captioner_captions_like_the_chapters(folder, captioner):
    grids = grid_digits("test", "embedded", n=100, seed=3)
    labeller = analysis.Labeller(analysis.load_captioner(CAPTIONER), grids.images)
    latents = np.random.default_rng(0).standard_normal((7, 3), dtype=np.float32)
    (found,) = session(folder, captioner).run(None, {"latents": latents, "features": labeller.features.numpy()})
    np.testing.assert_array_equal(found, labeller(latents))
    assert captioner["id"] == weights_id(labeller)


@pytest.mark.parametrize("which", ["editor", "captioner"])
def test_the_record_tells_size_checksum_and_tolerance(folder, which, request):
    record = request.getfixturevalue(which)
    file = folder / f"{record['id']}.onnx"
    assert json.loads(file.with_suffix(".json").read_text()) == record
    assert record["bytes"] == file.stat().st_size < LARGEST
    assert record["largest_difference"] <= record["tolerance"]
    onnx.checker.check_model(onnx.load(file), full_check=True)


def test_large_weights_lie_in_half_precision_without_loss(folder, editor):
    model = onnx.load(folder / f"{editor['id']}.onnx")
    stored = {weight.name: onnx.numpy_helper.to_array(weight) for weight in model.graph.initializer}
    assert all(array.dtype != np.float32 or array.size < 1024 for array in stored.values())
    shipped = inference.load_editor(EDITOR).generator.stack.last.weight.numpy()
    assert any(array.size == shipped.size and np.array_equal(array.reshape(shipped.shape), shipped) for array in stored.values())


def test_what_was_exported_is_kept_and_what_is_damaged_is_made_again(folder, captioner):
    model, file = captions.live_model(CAPTIONER), folder / f"{captioner['id']}.onnx"
    before = file.stat().st_mtime_ns
    assert export_model(model, folder) == captioner
    assert file.stat().st_mtime_ns == before
    file.write_bytes(file.read_bytes()[:-7])
    assert export_model(model, folder)["sha256"] == captioner["sha256"]
    assert file.stat().st_size == captioner["bytes"]


class Shift(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = nn.Parameter(torch.tensor(by))

    def forward(self, values):
        return values + self.by


def toy(by=0.5, **changes):
    def inputs(n, seed):
        return {"values": torch.randn(n, 3, generator=torch.Generator().manual_seed(seed))}

    return dataclasses.replace(LiveModel("toy", Shift(by).eval(), "shifted", inputs, [("values", 0)], 1e-6), **changes)


def test_a_wrong_export_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    wrong = toy(0.75)
    monkeypatch.setattr("ganbook.live.models.to_onnx", lambda *_: right)
    from ganbook.live.convert import to_onnx

    right = to_onnx(toy().network, toy().random_inputs(3, 0), "shifted", toy().dynamic)
    assert largest_difference(toy(), right) == 0
    assert largest_difference(wrong, right) == pytest.approx(0.25, abs=1e-6)
    with pytest.raises(UserError, match="differs from torch by 0.25"):
        export_model(wrong, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_code_that_changed_exports_again(tmp_path, monkeypatch):
    export_model(toy(), tmp_path)
    before = (tmp_path / "toy.onnx").stat().st_mtime_ns
    export_model(toy(), tmp_path)
    assert (tmp_path / "toy.onnx").stat().st_mtime_ns == before
    monkeypatch.setattr("ganbook.live.models._code_id", lambda _: "other code")
    assert export_model(toy(), tmp_path)["code"] == "other code"
    assert (tmp_path / "toy.onnx").stat().st_mtime_ns > before


def test_a_model_too_large_for_a_page_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ganbook.live.models.LARGEST", 100)
    with pytest.raises(UserError, match="a page takes 100 at most"):
        export_model(toy(), tmp_path)


@dataclasses.dataclass(frozen=True)
class Holder:
    inner: nn.Module
    other: object = None


def test_an_id_depends_on_the_weights_alone():
    one, same, other = (Shift(by) for by in (0.5, 0.5, 0.75))
    assert weights_id(Holder(one)) == weights_id(Holder(same)) == weights_id(Holder(same, "x"))
    assert weights_id(Holder(one)) != weights_id(Holder(other))
    assert weights_id(Holder("x", Holder(one))) == weights_id(Holder(one))
    assert weights_id(Holder("x")) is None and weights_id(len) is None and weights_id(lambda: 1) is None


def test_a_chapter_exports_the_wanted_checkpoints_only(tmp_path, monkeypatch, captioner):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    assert [each["checkpoint"] for each in export_chapter("latent_captions", {captioner["id"]})] == ["embedded-main-s0"]
    assert sorted(path.name for path in (tmp_path / "live").iterdir()) == [f"{captioner['id']}.json", f"{captioner['id']}.onnx"]
    assert export_chapter("bench") == []
