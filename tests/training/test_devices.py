import warnings

import pytest
import torch
from torch import nn

from ganbook import training
from ganbook.errors import UserError
from ganbook.training import devices
from ganbook.training.devices import frozen, make_fabric

needs_bf16 = pytest.mark.skipif(not devices.bf16_is_possible("cpu"), reason="this processor cannot compute in bfloat16")


@pytest.mark.parametrize(
    ("avx512_bf16", "amx", "onednn", "chosen"),
    [
        (True, False, True, "bf16-mixed"),
        (False, True, True, "bf16-mixed"),
        (False, False, True, "32-true"),  # AVX-512 without BF16: oneDNN computes it, slowly
        (False, False, False, "32-true"),  # AVX2
        (True, True, False, "32-true"),  # oneDNN is told to leave the instructions alone
    ],
)
def test_auto_takes_bf16_only_where_the_processor_has_instructions_for_it(
    monkeypatch, avx512_bf16, amx, onednn, chosen
):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512_bf16)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    monkeypatch.setattr(devices, "bf16_is_possible", lambda kind: kind != "cpu" or onednn)
    assert devices.pick_precision("auto", "cpu") == chosen
    assert devices.pick_precision("32-true", "cpu") == "32-true"
    assert devices.pick_precision("auto", "mps") == "32-true"
    if onednn:
        assert devices.pick_precision("bf16-mixed", "cpu") == "bf16-mixed"
    else:
        with pytest.raises(UserError, match="cannot compute in bfloat16: use precision 32-true, or auto"):
            make_fabric("cpu", precision="bf16-mixed")


@pytest.mark.parametrize("native", [True, False])
def test_auto_on_a_gpu_asks_for_native_bf16(monkeypatch, native):
    """A T4 emulates it, and would be slow."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native or including_emulation)
    assert devices.pick_precision("auto", "cuda") == ("bf16-mixed" if native else "32-true")


def wanted(module):
    return [parameter.requires_grad for parameter in module.parameters()]


def test_frozen_lets_gradients_through_but_keeps_none():
    judge, generator = nn.Linear(3, 1), nn.Linear(2, 3)
    judge.bias.requires_grad_(False)
    with frozen(judge) as raw:
        loss = raw(generator(torch.randn(4, 2))).sum()
        assert wanted(judge) == [False, False]
    assert wanted(judge) == [True, False]
    loss.backward()
    assert judge.weight.grad is None
    assert generator.weight.grad.abs().sum() > 0


def test_frozen_restores_after_an_error():
    judge = nn.Linear(3, 1)
    with pytest.raises(RuntimeError, match="on purpose"), frozen(judge):
        raise RuntimeError("on purpose")
    assert wanted(judge) == [True, True]


@pytest.mark.parametrize("precision", ["32-true", pytest.param("bf16-mixed", marks=needs_bf16)])
def test_frozen_computes_what_the_wrapped_module_computes(precision):
    fabric = make_fabric("cpu", precision=precision)
    wrapped = fabric.setup_module(nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 8)))
    x = torch.randn(16, 64)
    with frozen(wrapped) as judge:
        y = judge(x)
        assert judge.module is wrapped.module
    assert torch.equal(y, wrapped(x)) and y.dtype == torch.float32
    assert torch.equal(y, wrapped.module(x)) == (precision == "32-true")


@needs_bf16
def test_bf16_allows_a_gradient_penalty_and_keeps_inputs_exact():
    fabric = make_fabric("cpu", precision="bf16-mixed")
    seen = []

    class Probe(nn.Linear):
        def forward(self, x):
            seen.append(x.dtype)
            return super().forward(x)

    module = Probe(4, 1)
    wrapped, optimizer = fabric.setup(module, torch.optim.SGD(module.parameters(), 0.1))
    x = torch.randn(8, 4, requires_grad=True)
    (slope,) = torch.autograd.grad(wrapped(x).sum(), x, create_graph=True)
    fabric.backward(slope.square().sum())
    optimizer.step()
    assert seen == [torch.float32]
    assert module.weight.grad.abs().sum() > 0 and module.weight.dtype == torch.float32


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"device": "tpu"}, "unknown device 'tpu'; known devices: auto, cpu, cuda, mps"),
        ({"device": "cpu", "devices": 0}, "devices must be at least 1, got 0"),
        ({"device": "cuda", "devices": 99}, "99 CUDA device"),
    ],
)
def test_refused(arguments, text):
    with pytest.raises(UserError, match=text):
        make_fabric(**arguments)


def test_several_devices_in_a_notebook_are_refused(monkeypatch):
    monkeypatch.setattr(devices, "in_notebook", lambda: True)
    with pytest.raises(UserError, match="from the command line, not in a notebook"):
        make_fabric("cpu", devices=2)


def test_a_notebook_is_known_by_its_kernel(monkeypatch):
    assert not devices.in_notebook()
    monkeypatch.setattr("IPython.get_ipython", lambda: type("Shell", (), {"kernel": object()})())
    assert devices.in_notebook()


def test_setting_up_warns_of_nothing(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_fabric("cpu", precision="auto")
    assert capsys.readouterr() == ("", "")


def test_public_names():
    assert all(hasattr(training, name) for name in training.__all__)


def test_the_learning_rate_falls_at_the_end():
    assert [training.remaining(step, 100, 0.5) for step in (0, 50, 75, 99)] == pytest.approx([1, 1, 0.5, 0.02])
    assert training.remaining(99, 100, 0.0) == 1
