"""Devices and precision, by Lightning Fabric; modules and optimizers in a step."""

import contextlib
import logging
import platform
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganbook.errors import UserError

try:
    from lightning_fabric import Fabric
    from lightning_fabric.plugins.precision import Precision
    from lightning_fabric.utilities.apply_func import apply_to_collection
    from lightning_fabric.wrappers import _FabricModule, is_wrapped
except ModuleNotFoundError:  # the large `lightning` package carries the same code under another name
    from lightning.fabric import Fabric
    from lightning.fabric.plugins.precision import Precision
    from lightning.fabric.utilities.apply_func import apply_to_collection
    from lightning.fabric.wrappers import _FabricModule, is_wrapped

DEVICES = ("auto", "cpu", "cuda", "mps")


class BFloat16Autocast(Precision):
    """Forward passes under bfloat16 autocast; inputs stay as they are, outputs come back as float32.

    Fabric's own "bf16-mixed" rounds every input to bfloat16 and forbids `torch.autograd.grad` on a module's output,
    which a gradient penalty needs.
    """

    precision = "bf16-mixed"

    def __init__(self, device: str) -> None:
        self.device = device

    def forward_context(self) -> contextlib.AbstractContextManager:
        return torch.autocast(self.device, dtype=torch.bfloat16)

    def convert_output(self, data: Any) -> Any:
        return apply_to_collection(data, dtype=Tensor, function=lambda x: x.float() if x.dtype == torch.bfloat16 else x)


def make_fabric(device: str = "auto", devices: int = 1, precision: str = "32-true") -> Fabric:
    """A launched `Fabric` on `devices` devices of the kind `device`; more than one means data-parallel (DDP).

    Raises:
        UserError: unknown kind, not present on this machine, too few of them, several of them inside a notebook,
            bfloat16 asked for where it cannot be computed.
    """
    kind = pick_device(device, devices)
    plugins = [BFloat16Autocast(kind)] if pick_precision(precision, kind) == "bf16-mixed" else []
    # of second derivatives; harmless
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view")
    logging.getLogger(Fabric.__module__.rpartition(".")[0]).setLevel(logging.WARNING)
    if kind == "cuda":
        torch.backends.cudnn.benchmark = True
    fabric = Fabric(accelerator=kind, devices=devices, strategy="ddp" if devices > 1 else "auto", plugins=plugins)
    fabric.launch()
    return fabric


def pick_device(device: str, devices: int = 1) -> str:
    """The kind of device that is meant: "auto" is a CUDA GPU if there is one, else the CPU. Raises as `make_fabric`."""
    if device not in DEVICES:
        raise UserError(f"unknown device {device!r}; known devices: {', '.join(DEVICES)}")
    if devices < 1:
        raise UserError(f"devices must be at least 1, got {devices}")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and torch.cuda.device_count() < devices:
        found = torch.cuda.device_count()
        raise UserError(f"{devices} CUDA device(s) asked for, {found} found; use --device cpu or fewer devices")
    if device == "mps" and (devices > 1 or not torch.backends.mps.is_available()):
        raise UserError("one Apple GPU (mps) at most, and only where torch finds it; use --device cpu")
    if devices > 1 and in_notebook():
        raise UserError(
            "training on several devices starts several processes: run it from the command line, not in a notebook"
        )
    return device


def pick_precision(wanted: str, kind: str) -> str:
    """The number format of the forward passes on a kind of device:
    "auto" is "bf16-mixed" where bfloat16 is native, else "32-true".

    Raises:
        UserError: "bf16-mixed" on a processor for which oneDNN has no bfloat16 kernels at all: an LSTM fails there,
            convolutions are 20 times slower than in 32 bits.
    """
    if wanted == "auto":
        return "bf16-mixed" if bf16_is_native(kind) else "32-true"
    if wanted == "bf16-mixed" and not bf16_is_possible(kind):
        raise UserError("this processor cannot compute in bfloat16: use precision 32-true, or auto")
    return wanted


def bf16_is_possible(kind: str) -> bool:
    """Whether a kind of device can compute all layers in bfloat16, fast or not:
    on a processor oneDNN must have kernels for it.
    """
    return kind != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()


def bf16_is_native(kind: str) -> bool:
    """Whether a kind of device has instructions for bfloat16, by the hardware's flags: a GPU of the Ampere kind or
    newer; a processor with AVX-512 BF16 or AMX, if oneDNN is not told (`ONEDNN_MAX_CPU_ISA`) to leave them alone.
    """
    if kind == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    has_instructions = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return kind == "cpu" and has_instructions and bf16_is_possible(kind)


def in_notebook() -> bool:
    """Whether this process is a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


def device_name(device: torch.device) -> str:
    """A name for a person, such as "NVIDIA H200" or "cpu (x86_64, 2 threads)"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} ({platform.machine()}, {torch.get_num_threads()} threads)"


def prepared(fabric: Fabric, module: nn.Module, optimizer: Optimizer | None) -> tuple[nn.Module, Optimizer | None]:
    """A module and its optimizer on the run's device, in its precision, data-parallel.

    A module that has nothing to train is not data-parallel: it has nothing to exchange.
    """
    if optimizer is not None:
        return fabric.setup(module, optimizer)
    if any(parameter.requires_grad for parameter in module.parameters()):
        return fabric.setup_module(module), None
    return _FabricModule(fabric.to_device(module), fabric.strategy), None


@contextlib.contextmanager
def frozen(module: nn.Module) -> Iterator[nn.Module]:
    """Use a network as a judge: gradients flow through it to its inputs, its own parameters get none.

        with frozen(discriminator) as judge:
            g_loss = softplus(-judge(generator(z))).mean()

    Yields the module in the run's precision but without data-parallel hooks, which would wait for gradients that never
    come. `requires_grad` of every parameter is put back on leaving, also after an error.

    Args:
        module: what `Run.setup` returned, or a plain module.
    """
    raw = module.module if is_wrapped(module) else module
    wanted = [(parameter, parameter.requires_grad) for parameter in raw.parameters()]
    raw.requires_grad_(False)
    try:
        yield _FabricModule(raw, module._strategy) if is_wrapped(module) else raw
    finally:
        for parameter, requires_grad in wanted:
            parameter.requires_grad_(requires_grad)


def remaining(step: int, steps: int, share: float) -> float:
    """Factor on the learning rate: 1, and over the last ``share`` of the steps a straight line to 0."""
    left = 1 - step / steps
    return min(1.0, left / share) if share else 1.0


def set_learning_rate(optimizer: Optimizer, rate: float) -> None:
    """Use ``rate`` from the next step on."""
    for group in optimizer.param_groups:
        group["lr"] = rate
