"""`ganbook bench`: the two loops are what they claim to be, the arithmetic is right, the command says what it found."""

import importlib
import json
import math
import signal
import time
from contextlib import closing
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from ganbook import chapters
from ganbook.bench import comparison, dcgan, hardware
from ganbook.bench.chapter import TrainingTime
from ganbook.cli.main import app
from ganbook.data.digit_edits import DigitEdits
from ganbook.errors import UserError
from ganbook.training.devices import bf16_is_possible

CPU = torch.device("cpu")
DCGAN = comparison.DcganStep(64, 3, 64, 10, 2, 180.0, 90.0, 2.0, 1.9, 2.1, 140.0, 155.0)
DATA = comparison.DataPipeline("embedded", 64, 64, 64_000.0)
EDITOR = comparison.EditorStep("paper", 64, 64, 20, 100.0, 6_400.0)
MACHINE = hardware.Machine("Some processor", ["avx2"], 50.0, None, "32-true")
TRAINING = TrainingTime("instruction_editing", "imi", "quick", 24_000, 0.2, 80.0)
RESULT = comparison.Comparison(
    "2026-11-21", "cpu", 2, 2, 0.5, 0.95, "2.13", MACHINE, DCGAN, DATA, EDITOR, None, [TRAINING]
)


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def pictures(n=8, colours=1):
    return torch.rand(n, colours, 64, 64) * 2 - 1


def test_the_tutorial_has_the_standard_architecture():
    """The numbers are those that anyone gets who counts the parameters of the public example."""
    generator, discriminator = dcgan.tutorial_generator(3), dcgan.tutorial_discriminator(3)
    assert parameters(generator) == 3_576_704 and parameters(discriminator) == 2_765_568
    made = generator(torch.randn(2, 100, 1, 1))
    assert made.shape == (2, 3, 64, 64) and made.abs().max() <= 1
    judged = discriminator(made)
    assert judged.shape == (2, 1, 1, 1) and 0 <= judged.min() <= judged.max() <= 1
    assert all(layer.bias is None for layer in generator if isinstance(layer, nn.ConvTranspose2d))
    weights = [layer.weight.detach().flatten() for layer in generator if isinstance(layer, nn.ConvTranspose2d)]
    assert torch.cat(weights).std().item() == pytest.approx(0.02, rel=0.01)


@pytest.mark.parametrize("colours", [1, 3])
def test_both_train_networks_of_the_same_size(colours, tmp_path):
    """The book's stacks have a bias in the first layer of D and the last of G and D,
    and nothing else beside the tutorial's weights.
    """
    ours = parameters(dcgan.UpStack(100, 64, 64, "tanh", colours)), parameters(dcgan.Discriminator(colours))
    theirs = parameters(dcgan.tutorial_generator(colours)), parameters(dcgan.tutorial_discriminator(colours))
    assert (ours[0] - theirs[0], ours[1] - theirs[1]) == (colours, 64 + 1)


def watch_optimizers(monkeypatch):
    """The parameters and their gradients at every step of every Adam, in order."""
    seen, step = [], torch.optim.Adam.step

    def spy(self, *arguments, **options):
        weights = self.param_groups[0]["params"]
        before = [weight.detach().clone() for weight in weights]
        assert all(weight.grad is not None and weight.grad.dtype == torch.float32 for weight in weights)
        result = step(self, *arguments, **options)
        moved = all(not torch.equal(old, new) for old, new in zip(before, weights))
        seen.append((sum(weight.numel() for weight in weights), self.defaults["lr"], self.defaults["betas"], moved))
        return result

    monkeypatch.setattr(torch.optim.Adam, "step", spy)
    return seen


@pytest.mark.parametrize("kind", ["tutorial", "book"])
def test_a_step_trains_the_discriminator_and_then_the_generator(kind, tmp_path, monkeypatch):
    seen = watch_optimizers(monkeypatch)
    loop = dcgan.tutorial_steps(pictures(), 2) if kind == "tutorial" else dcgan.book_steps(pictures(), tmp_path, 2)
    with closing(loop):
        next(loop)
        next(loop)
    d, g = (2_763_520, 3_574_656) if kind == "tutorial" else (2_763_585, 3_574_657)
    assert [size for size, *_ in seen] == [d, g, d, g]
    assert {(rate, betas) for _, rate, betas, _ in seen} == {(2e-4, (0.5, 0.999))}
    assert all(moved for *_, moved in seen)


def test_ctrl_c_is_not_swallowed_by_the_engine(tmp_path):
    with closing(dcgan.book_steps(pictures(), tmp_path, 2)) as loop:
        next(loop)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            next(loop)


def test_flops_of_known_layers():
    pictures, vectors = torch.randn(2, 3, 8, 8), torch.randn(5, 7)
    convolution, linear = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(7, 11)
    forward = 2 * (2 * 8 * 8 * 4) * (3 * 3 * 3)
    assert hardware.count_flops(lambda: convolution(pictures)) == forward
    # the pictures need no gradient
    assert hardware.count_flops(lambda: convolution(pictures).sum().backward()) == 2 * forward
    assert hardware.count_flops(lambda: linear(vectors)) == 2 * 5 * 7 * 11


def test_flops_of_both_steps_are_those_of_their_layers(tmp_path):
    """Per picture: D and G cost 2 * 33.6 M operations for each of three inner layers, the outer ones less.

    The tutorial passes D three times forward and backward (weights and inputs) and G once. The book passes generated
    pictures through D once for both losses, and does not take the gradients of D's weights while G learns.
    """
    first, inner, last = 2 * 64 * 16 * 32**2, 2 * 3 * 64 * 128 * 16 * 16**2, 2 * 512 * 16
    d_forward = first + inner + last
    g_forward = 2 * 100 * 512 * 16 + inner + first
    d_learns = 2 * (3 * d_forward - first)  # the gradient by the pictures is not asked for
    g_learns = 3 * d_forward + 3 * g_forward - 2 * 100 * 512 * 16  # nor that by z
    with closing(dcgan.tutorial_steps(pictures(), 4)) as loop:
        assert hardware.count_flops(lambda: next(loop)) == 4 * (d_learns + g_learns)
    with closing(dcgan.book_steps(pictures(), tmp_path, 4)) as loop:
        assert hardware.count_flops(lambda: next(loop)) == 4 * (d_learns + g_learns - 2 * d_forward)


def test_what_a_machine_is():
    machine = hardware.look_at(CPU)
    assert (
        machine.processor
        and machine.gflops_fp32 > 0.1
        and (machine.gflops_bf16 is None) == (not bf16_is_possible("cpu"))
    )
    assert set(machine.instructions) <= set(hardware.INSTRUCTIONS)


def test_gflops_are_operations_by_time(monkeypatch):
    """A 4 x 4 convolution of 64 to 128 channels on 16 pictures, 16 x 16 each:
    2 * 16 * 256 * 128 * 64 * 16 operations, three times.
    """
    monkeypatch.setattr(hardware, "seconds", lambda work: 0.5)
    assert hardware.convolution_gflops(CPU) == pytest.approx(3 * 2 * 16 * 256 * 128 * 64 * 16 / 0.5 / 1e9)


def test_share_of_the_peak():
    assert hardware.share_of_peak(98.9e12, 0.5, "NVIDIA H200") == pytest.approx(0.2)
    assert hardware.share_of_peak(98.9e12, 0.5, "NVIDIA H200 MIG 1g.18gb") is None


def test_jobs_run_in_turns_and_the_first_round_is_not_timed():
    calls = []
    seconds = comparison.in_turns([lambda: (calls.append("a"), time.sleep(0.02)), lambda: calls.append("b")], rounds=3)
    assert calls == list("abababab")
    assert [len(each) for each in seconds] == [3, 3] and min(seconds[0]) >= 0.02 > max(seconds[1])


def test_the_ratio_is_taken_within_each_round():
    """A machine that becomes ten times slower half-way does not change it."""
    assert comparison.round_ratios([1, 10, 100], [2, 20, 300]) == [2, 2, 3]


def test_compare_dcgan_is_consistent(monkeypatch):
    seconds = [[0.5, 1.0, 2.0], [1.0, 3.0, 8.0]]
    monkeypatch.setattr(comparison, "in_turns", lambda jobs, rounds: seconds)
    found = comparison.compare_dcgan(CPU, batch_size=2, rounds=3, steps_per_round=5)
    assert (found.book_images_per_second, found.tutorial_images_per_second) == (10.0, pytest.approx(10 / 3))
    assert (found.ratio, found.lowest_ratio, found.highest_ratio) == (3, 2, 4)
    assert 0.8 < found.book_gflop / found.tutorial_gflop < 1


def test_the_data_pipeline_is_timed_by_its_triples(monkeypatch):
    triples = DigitEdits(np.full((1, 28, 28), 255, np.uint8), np.zeros(1, np.uint8), resolution=12)
    sizes, batch = [], triples.batch
    monkeypatch.setattr(
        triples, "batch", lambda indices: (sizes.append(len(indices)), time.sleep(0.005), batch(indices))[2]
    )
    found = comparison.time_data(triples, batch_size=3, batches=4, rounds=2)
    assert sizes == [3] * 4 * 3
    assert 0 < found.triples_per_second < 3 / 0.005 and (found.resolution, found.batch_size) == (12, 3)


def test_projection_to_the_papers_training():
    """73.8 M triples at 6,400 a second: 192 minutes. Data at ten times that rate: a tenth of the step."""
    gpu = comparison.paper_on_gpu(EDITOR, DATA, DCGAN, flops=98.9e9, name="NVIDIA H200")
    assert gpu.triples == 73_800_000 and gpu.minutes == pytest.approx(73_800_000 / 6_400 / 60)
    assert gpu.data_share == pytest.approx(0.1)
    assert gpu.peak_share == pytest.approx(0.01)  # 98.9e9 * 100 a second of 989e12
    assert gpu.dcgan_peak_share == pytest.approx(140e9 * 180 / 64 / 989e12)
    text = str(replace(RESULT, gpu=gpu))
    assert "73.8 M triples at profile paper: 192 minutes" in text and text.count("IMI step") == 1
    assert "10.0% of a step" in text and "1.0% by IMI" in text
    assert str(replace(RESULT, editor=replace(EDITOR, profile="quick"), gpu=gpu)).count("IMI step") == 2
    unknown = comparison.paper_on_gpu(EDITOR, DATA, DCGAN, flops=98.9e9, name="Some GPU")
    assert unknown.peak_tflops is unknown.peak_share is unknown.dcgan_peak_share is None
    assert "peak" not in str(replace(RESULT, gpu=unknown))


def test_a_busy_machine_is_told():
    assert "busy" not in str(RESULT)
    assert "got 30% of the time of its 2 thread(s)" in str(replace(RESULT, cpu_share=0.3))


def test_operations_of_the_editor_are_those_of_its_training(monkeypatch):
    """Each step adds the same to what is done once (a picture of the previews). Tiny sizes in the paper's place."""
    config = importlib.import_module("ganbook.chapters.instruction_editing.config")
    smoke = chapters.recipe("instruction_editing").settings("imi", "smoke")
    monkeypatch.setitem(config.PROFILES, "paper", smoke)
    once, twice, thrice = (steps * comparison.editor_flops("embedded", "cpu", steps) for steps in (1, 2, 3))
    assert thrice - twice == twice - once > 0
    assert twice - once > once / 2


def ask(*arguments, code=0):
    result = CliRunner().invoke(app, ["bench", *map(str, arguments)])
    assert result.exit_code == code, (result.output, result.exception)
    return result


SOME = {
    "latent_captions": ("main",),
    "instruction_editing": ("imi", "judge"),
    "masked_editing": ("sim",),
    "context_aware": ("main", "recognisers", "text_encoder", "judge"),
    "painting_morphs": ("main", "dcgan", "encoder"),
    "style_prior": ("main", "segmenter"),
    "class_styles": ("main",),
    "few_shot_layout": ("main", "psp_1"),
    "drag_editing": ("main", "flow"),
}


@pytest.fixture
def small(monkeypatch, tmp_path):
    """The comparison with fewer pictures a batch; its file goes to ``tmp_path``."""
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    real = comparison.compare_dcgan
    monkeypatch.setattr(comparison, "compare_dcgan", lambda device, **options: real(device, batch_size=2, **options))
    monkeypatch.setattr(comparison, "ROUNDS", 2)
    monkeypatch.setattr(comparison, "BATCHES", 2)
    for slug, variants in SOME.items():
        recipe = chapters.recipe(slug)
        monkeypatch.setitem(recipe.__dict__, "variants", {name: recipe.variants[name] for name in variants})
    return tmp_path


SCHEMA = {
    "type": "object",
    "required": [
        "date",
        "device",
        "threads",
        "cpus",
        "load",
        "cpu_share",
        "torch",
        "machine",
        "dcgan",
        "data",
        "editor",
        "gpu",
        "trainings",
    ],
    "additionalProperties": False,
    "properties": {
        "date": {"type": "string"},
        "device": {"type": "string"},
        "torch": {"type": "string"},
        "threads": {"type": "integer", "minimum": 1},
        "cpus": {"type": "integer", "minimum": 1},
        "load": {"type": ["number", "null"]},
        "cpu_share": {"type": ["number", "null"], "exclusiveMinimum": 0},
        "dcgan": {
            "type": "object",
            "required": list(asdict(DCGAN)),
            "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
        },
        "data": {
            "type": "object",
            "required": list(asdict(DATA)),
            "properties": {"source": {"enum": ["embedded"]}},
            "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
        },
        "editor": {
            "type": "object",
            "required": list(asdict(EDITOR)),
            "properties": {"profile": {"enum": ["smoke"]}},
            "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
        },
        "gpu": {"type": "null"},
        "machine": {
            "type": "object",
            "required": list(asdict(MACHINE)),
            "properties": {
                "gflops_fp32": {"type": "number", "exclusiveMinimum": 0},
                "precision": {"enum": ["32-true", "bf16-mixed"]},
            },
        },
        "trainings": {"type": "array", "items": {"type": "object", "required": list(asdict(TRAINING))}},
    },
}


def test_the_command_measures_everything_and_writes_it(small):
    import jsonschema

    result = ask("--profile", "smoke", "--device", "cpu", "--steps", 2, "--colours", 3, "--json")
    found = json.loads(result.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found == json.loads((small / "bench.json").read_text()) and f"{small}/bench.json" in result.stderr
    assert (
        found["dcgan"]["colours"] == 3
        and found["dcgan"]["lowest_ratio"] <= found["dcgan"]["ratio"] <= found["dcgan"]["highest_ratio"]
    )
    trained = {(each["slug"], each["variant"]) for each in found["trainings"]}
    assert trained == {(slug, variant) for slug, variants in SOME.items() for variant in variants}
    assert all(each["minutes"] * 60 >= each["steps"] * each["seconds_per_step"] > 0 for each in found["trainings"])
    editor = found["editor"]
    assert editor["steps"] == 2 and math.isclose(
        editor["triples_per_second"], editor["steps_per_second"] * editor["batch_size"]
    )


def test_for_a_person_it_says_a_line_for_each_part(small, monkeypatch):
    monkeypatch.setattr("ganbook.bench.compare", lambda **_: RESULT)
    text = ask().stdout
    assert "180 images/s, the tutorial loop 90; 2.00 times as fast (rounds from 1.90 to 2.10)" in text
    assert (
        "Some processor (avx2): convolutions at 50 GFLOP/s in fp32, not possible in bf16; precision chosen: 32-true"
        in text
    )
    assert "instruction_editing imi (quick): 24,000 steps, 80.0 minutes" in text
    assert "3 colours" in text and "64,000 triples/s" in text and "100.00 steps/s" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--colours", 2], "1 colour or 3, not 2"),
        (["--colours", 0], "1 colour or 3, not 0"),
        (["--profile", "fast"], "known profiles: smoke, quick, paper"),
        (["--device", "abacus"], "unknown device 'abacus'"),
        (["--data", "mnsit"], "no data source 'mnsit'"),
        (["latent_captions", "--colours", 1], "--colours is for the comparison"),
        (["tyo"], "no chapter 'tyo'"),
    ],
)
def test_bad_input_is_one_line_before_anything_is_measured(arguments, message, monkeypatch):
    monkeypatch.setattr(comparison, "compare_dcgan", None)
    result = ask(*arguments, code=2)
    assert result.stdout == "" and result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert message in result.stderr


def test_no_steps_are_refused():
    with pytest.raises(UserError, match="at least one step"):
        comparison.compare(steps=0)
