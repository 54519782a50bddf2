"""Exported models answer as torch does, are small, are named by their weights, and a wrong export is refused."""

import dataclasses
import gzip
import json
import shutil

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from ganbook import paths
from ganbook.chapters.instruction_editing import inference
from ganbook.chapters.latent_captions import analysis
from ganbook.chapters.masked_editing import web as avatar_editors
from ganbook.chapters.masked_editing.inference import shown
from ganbook.data import grid_digits
from ganbook.data.avatar_edits import avatar_edits
from ganbook.data.digit_edits import tokenise
from ganbook.data.edits import instructions
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.publishing import web
from ganbook.publishing.web import export_chapter
from ganbook.widgets.live import LiveModel, LivePart, export_model
from ganbook.widgets.live.convert import to_onnx
from ganbook.widgets.live.models import LARGEST, largest_difference

EDITOR = paths.checkpoints_dir() / "instruction_editing" / "mnist-imi-s0"
CAPTIONER = paths.checkpoints_dir() / "latent_captions" / "embedded-main-s0"
AVATARS = paths.checkpoints_dir() / "masked_editing" / "embedded-sim-s0"


@pytest.fixture
def folder(exported):
    return exported.folder


@pytest.fixture
def editor(exported):
    return exported.editor


@pytest.fixture
def captioner(exported):
    return exported.captioner


@pytest.fixture(scope="session")
def avatars(tmp_path_factory):
    """Folder and record of the two avatar editors that are shipped."""
    folder = tmp_path_factory.mktemp("avatars")
    return folder, export_model(avatar_editors.live_model(AVATARS), folder)


def session(folder, record, part=0):
    return onnxruntime.InferenceSession(folder / f"{record['id']}.{part}.onnx", providers=["CPUExecutionProvider"])


def test_the_exported_editor_edits_like_the_chapters(folder, editor):
    trained, side = inference.load_editor(EDITOR), editor["table"]["resolution"]
    pictures = np.random.default_rng(0).integers(0, 256, (1, side, side), dtype=np.uint8)
    for instruction in instructions(4)[::5]:
        tokens, lengths = tokenise([instruction.text])
        inputs = {
            "pictures": pictures,
            "tokens": tokens.numpy().astype(np.int32),
            "lengths": lengths.numpy().astype(np.int32),
            "noise": np.array(editor["table"]["noise"][0], np.float32)[None],
        }
        (found,) = session(folder, editor).run(["edited"], inputs)
        np.testing.assert_allclose(found.astype(int), trained(pictures, [instruction.text]), atol=1)
        assert (found == trained(pictures, [instruction.text])).mean() > 0.999


def test_two_pictures_get_the_noise_that_python_gives_them(folder, editor):
    trained, side = inference.load_editor(EDITOR), editor["table"]["resolution"]
    pictures = np.random.default_rng(1).integers(0, 256, (2, side, side), dtype=np.uint8)
    told = ["move four to the top", "remove four"]
    tokens, lengths = (each.numpy().astype(np.int32) for each in tokenise(told))
    noise = np.array(editor["table"]["noise"][1], np.float32).reshape(2, -1)
    (found,) = session(folder, editor).run(
        None, {"pictures": pictures, "tokens": tokens, "lengths": lengths, "noise": noise}
    )
    np.testing.assert_allclose(found.astype(int), trained(pictures, told), atol=1)


def test_the_exported_captioner_captions_like_the_chapters(folder, captioner):
    grids = grid_digits("test", "embedded", n=100, seed=3)
    labeller = analysis.Labeller(analysis.load_captioner(CAPTIONER), grids.images)
    latents = np.random.default_rng(0).standard_normal((7, 3), dtype=np.float32)
    hidden, sentences = session(folder, captioner).run(["hidden", "sentences"], {"features": labeller.features.numpy()})
    (found,) = session(folder, captioner, 1).run(
        ["labels"], {"latents": latents, "hidden": hidden, "sentences": sentences}
    )
    np.testing.assert_array_equal(found, labeller(latents))
    assert captioner["id"] == weights_id(labeller)


def test_models_are_light_on_the_page(folder, editor, captioner, avatars):
    """``tests/book/test_weight.py`` counts on it: the two avatar editors are the largest model of a page."""
    for where, record in ((folder, editor), (folder, captioner), avatars):
        files = [where / f"{record['id']}.{number}.onnx" for number in range(len(record["parts"]))]
        assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) <= 2_000_000


def test_the_avatar_editors_differ_from_the_chapters_by_little(avatars):
    """Their weights lie in eight bits."""
    folder, record = avatars
    model = avatar_editors.live_model(AVATARS)
    inputs = model.random_inputs(4, 1)
    inputs["pictures"] = torch.from_numpy(shown(avatar_edits("test", 64).batch(torch.arange(4)).source))
    for part, network in enumerate(model.parts):
        wanted = network.network(*(inputs[name] for name in network.inputs))
        found = session(folder, record, part).run(None, {name: inputs[name].numpy() for name in network.inputs})
        for one, other in zip(found, wanted if isinstance(wanted, tuple) else (wanted,), strict=True):
            difference = np.abs(one.astype(int) - other.numpy())
            assert difference.mean() < 1 and difference.max() <= avatar_editors.TOLERANCE


@pytest.mark.parametrize("which", ["editor", "captioner"])
def test_the_record_tells_size_checksum_and_tolerance(folder, which, request):
    record = request.getfixturevalue(which)
    files = [folder / f"{record['id']}.{number}.onnx" for number in range(len(record["parts"]))]
    assert json.loads((folder / f"{record['id']}.json").read_text()) == record
    assert record["bytes"] == sum(file.stat().st_size for file in files) < LARGEST
    assert record["largest_difference"] <= record["tolerance"]
    for file, part in zip(files, record["parts"], strict=True):
        made = onnx.load(file)
        onnx.checker.check_model(made, full_check=True)
        assert [each.name for each in made.graph.input] == list(part["inputs"]) and [
            each.name for each in made.graph.output
        ] == part["outputs"]


def test_large_weights_lie_in_half_precision_without_loss(folder, editor):
    model = onnx.load(folder / f"{editor['id']}.0.onnx")
    stored = {weight.name: onnx.numpy_helper.to_array(weight) for weight in model.graph.initializer}
    assert all(array.dtype != np.float32 or array.size < 1024 for array in stored.values())
    shipped = inference.load_editor(EDITOR).generator.stack.last.weight.numpy()
    assert any(
        array.size == shipped.size and np.array_equal(array.reshape(shipped.shape), shipped)
        for array in stored.values()
    )


def test_large_weights_may_lie_in_eight_bits_with_a_scale_for_each_row():
    torch.manual_seed(0)
    network = nn.Linear(128, 128, bias=False).eval()
    with torch.no_grad():
        network.weight *= torch.logspace(-3, 2, 128)[:, None]
        network.weight[5] = 0
    example = {"values": torch.randn(3, 128)}
    half, eight = (to_onnx(network, example, ["out"], [("values", 0)], eight_bits=each) for each in (False, True))
    assert len(eight) < 0.6 * len(half)
    (found,) = onnxruntime.InferenceSession(eight).run(None, {"values": example["values"].numpy()})
    error = np.abs(found - network(example["values"]).detach().numpy())
    step = network.weight.detach().abs().amax(1).numpy() / 127
    within = example["values"].abs().sum(1).numpy()[:, None] * step / 2
    assert (error <= within + 1e-4).all() and error[:, 5].max() == 0
    assert (error.max(0)[6:] > within.max(0)[6:] / 1000).all()  # it is really kept in steps


class Shift(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = nn.Parameter(torch.tensor(by))

    def forward(self, values):
        return values + self.by


def toy(by=0.5, **changes):
    def inputs(n, seed):
        return {"values": torch.randn(n, 3, generator=torch.Generator().manual_seed(seed))}

    part = LivePart(Shift(by).eval(), ("values",), ("shifted",), [("values", 0)])
    return dataclasses.replace(LiveModel("toy", [part], inputs, 1e-6), **changes)


def test_what_was_exported_is_kept_and_what_is_damaged_is_made_again(tmp_path):
    made, file = export_model(toy(), tmp_path), tmp_path / "toy.0.onnx"
    before = file.stat().st_mtime_ns
    assert export_model(toy(), tmp_path) == made
    assert file.stat().st_mtime_ns == before
    file.write_bytes(file.read_bytes()[:-7])
    assert export_model(toy(), tmp_path)["sha256"] == made["sha256"]
    assert file.stat().st_size == made["bytes"]


def test_a_wrong_export_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    wrong = toy(0.75)
    part = toy().parts[0]
    right = to_onnx(part.network, toy().random_inputs(3, 0), part.outputs, part.dynamic)
    monkeypatch.setattr("ganbook.widgets.live.models.to_onnx", lambda *_: right)
    assert largest_difference(toy(), [right]) == 0
    assert largest_difference(wrong, [right]) == pytest.approx(0.25, abs=1e-6)
    with pytest.raises(UserError, match="differs from torch by 0.25"):
        export_model(wrong, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_parts_are_checked_as_a_chain(tmp_path):
    first, second = Shift(0.5).eval(), Shift(2.0).eval()
    parts = [
        LivePart(first, ("values",), ("once",), [("values", 0)]),
        LivePart(second, ("once",), ("twice",), [("once", 0)]),
    ]
    record = export_model(toy(parts=parts), tmp_path)
    assert record["largest_difference"] == 0
    assert record["parts"] == [
        {"inputs": {"values": "float32"}, "outputs": ["once"]},
        {"inputs": {"once": "float32"}, "outputs": ["twice"]},
    ]
    blobs = [(tmp_path / f"toy.{number}.onnx").read_bytes() for number in (0, 1)]
    swapped = dataclasses.replace(parts[0], network=Shift(0.75).eval())
    assert largest_difference(toy(parts=[swapped, parts[1]]), blobs) == pytest.approx(0.25, abs=1e-6)


def test_code_that_changed_exports_again(tmp_path, monkeypatch):
    export_model(toy(), tmp_path)
    monkeypatch.setattr("ganbook.widgets.live.models._code_id", lambda _: "other code")
    before = (tmp_path / "toy.0.onnx").stat().st_mtime_ns
    assert export_model(toy(), tmp_path)["code"] == "other code"
    assert (tmp_path / "toy.0.onnx").stat().st_mtime_ns > before


def test_a_model_too_large_for_a_page_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ganbook.widgets.live.models.LARGEST", 100)
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


def test_runs_of_which_only_the_record_is_shipped_are_passed_over():
    assert (
        not (EDITOR.with_name("mnist-imi-s1") / "model.safetensors").exists()
        and EDITOR.with_name("mnist-imi-s1").is_dir()
    )
    assert [folder.name for folder in web._live_checkpoints("instruction_editing")][-1] == "mnist-imi-s0"


def test_a_chapter_exports_the_wanted_checkpoints_only(tmp_path, monkeypatch, folder, captioner):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    files = [f"{captioner['id']}.{kind}" for kind in ("0.onnx", "1.onnx", "json")]
    (tmp_path / "live").mkdir()
    for name in files:
        shutil.copy(folder / name, tmp_path / "live")  # exporting takes seconds
    assert [each["checkpoint"] for each in export_chapter("latent_captions", {captioner["id"]})] == ["embedded-main-s0"]
    assert sorted(path.name for path in (tmp_path / "live").iterdir()) == files
    assert export_chapter("bench") == []


def test_an_exported_model_does_not_tell_where_it_was_made(folder):
    """The exporter keeps Python's stack at each node."""
    blobs = [path.read_bytes() for path in folder.glob("*.onnx")]
    assert blobs and not any(str(paths.root()).encode() in blob or b"stack_trace" in blob for blob in blobs)
