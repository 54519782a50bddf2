"""What was computed, and what the hardware could have computed."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ganbook.training.devices import bf16_is_possible, pick_precision

PEAK_TFLOPS = {
    "NVIDIA B200": 2250,
    "NVIDIA H200": 989,
    "NVIDIA H200 NVL": 835,
    "NVIDIA H100 80GB HBM3": 989,
    "NVIDIA H100 NVL": 835,
    "NVIDIA H100 PCIe": 756,
    "NVIDIA A100-SXM4-40GB": 312,
    "NVIDIA A100-SXM4-80GB": 312,
    "NVIDIA A100-PCIE-40GB": 312,
    "NVIDIA A100 80GB PCIe": 312,
    "NVIDIA L40S": 362,
    "NVIDIA L4": 121,
    "NVIDIA GeForce RTX 4090": 165,
    "NVIDIA GeForce RTX 3090": 71,
}
"""Peak of whole GPUs by the name that torch gives them, in 10^12 operations a second: bfloat16 with float32 sums, dense
matrices, from the makers' data sheets (those of H100 and later print the double, for sparse matrices). A part of a GPU
has another name and is not listed."""


def count_flops(work: Callable[[], object]) -> int:
    """Floating-point operations of ``work()``, a multiplication and an addition being two.

    Convolutions and matrix products are counted, forward and backward. Not counted: recurrent layers that run as one
    kernel, normalisation, activations, losses and optimizers.
    """
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def share_of_peak(flops_per_step: float, seconds_per_step: float, name: str) -> float | None:
    """Part of a GPU's bfloat16 peak that is used, 0 to 1; None for a GPU that is not in ``PEAK_TFLOPS``."""
    if name not in PEAK_TFLOPS:
        return None
    return flops_per_step / seconds_per_step / (PEAK_TFLOPS[name] * 1e12)


INSTRUCTIONS = ("avx2", "avx512_f", "avx512_bf16", "avx512_fp16", "amx_bf16", "sve", "bf16")
"""What decides how fast a processor trains, by torch's names."""


@dataclass(frozen=True)
class Machine:
    """What computes, and how fast.

    Attributes:
        processor: its name, or that of the GPU.
        instructions: those of ``INSTRUCTIONS`` that the processor has (a limit set by ``ONEDNN_MAX_CPU_ISA`` does not
            show).
        gflops_fp32, gflops_bf16: 10^9 operations a second of a convolution, forward and backward; ``None`` for bfloat16
            where it cannot be computed.
        precision: what "auto" chooses here.
    """

    processor: str
    instructions: list[str]
    gflops_fp32: float
    gflops_bf16: float | None
    precision: str

    def __str__(self) -> str:
        bf16 = "not possible" if self.gflops_bf16 is None else f"{self.gflops_bf16:.0f}"
        return (
            f"{self.processor} ({', '.join(self.instructions) or 'none of the instruction sets that matter'}):"
            f" convolutions at {self.gflops_fp32:.0f} GFLOP/s in fp32, {bf16} in bf16;"
            f" precision chosen: {self.precision}"
        )


def look_at(device: torch.device) -> Machine:
    """Measure a convolution in both precisions, and ask the hardware what it is."""
    flags = torch.cpu.get_capabilities()
    name = (
        torch.cuda.get_device_name(device) if device.type == "cuda" else flags.get("cpu_name") or platform.processor()
    )
    possible = bf16_is_possible(device.type)
    return Machine(
        processor=name,
        instructions=[each for each in INSTRUCTIONS if flags.get(each)],
        gflops_fp32=convolution_gflops(device),
        gflops_bf16=convolution_gflops(device, bf16=True) if possible else None,
        precision=pick_precision("auto", device.type),
    )


def convolution_gflops(device: torch.device, *, bf16: bool = False, repeats: int = 3) -> float:
    """10^9 operations a second of a 4 x 4 convolution of stride 2 from 64 to 128 channels,
    forward and backward: the best of some tries.
    """
    layer = nn.Conv2d(64, 128, 4, stride=2, padding=1, device=device)
    pictures = torch.randn(16, 64, 32, 32, device=device, requires_grad=True)

    def work() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            layer(pictures).float().sum().backward()
        synchronise(device)

    operations = count_flops(work)
    return max(operations / seconds(work) for _ in range(repeats)) / 1e9


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds that ``work()`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def synchronise(device: torch.device) -> None:
    """Wait until a GPU has done what it was told; on a CPU nothing is left to wait for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
