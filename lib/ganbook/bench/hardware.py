"""What was computed, and what the hardware could have computed."""

from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode

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
"""Peak of whole GPUs by the name that torch gives them, in 10^12 operations a second: bfloat16 with float32 sums, dense matrices, from the
makers' data sheets (those of H100 and later print the double, for sparse matrices). A part of a GPU has another name and is not listed."""


def count_flops(work: Callable[[], object]) -> int:
    """Floating-point operations of ``work()``, a multiplication and an addition being two.

    Convolutions and matrix products are counted, forward and backward. Not counted: recurrent layers that run as one kernel, normalisation,
    activations, losses and optimizers.
    """
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def share_of_peak(flops_per_step: float, seconds_per_step: float, name: str) -> float | None:
    """Part of a GPU's bfloat16 peak that is used, 0 to 1; None for a GPU that is not in ``PEAK_TFLOPS``."""
    if name not in PEAK_TFLOPS:
        return None
    return flops_per_step / seconds_per_step / (PEAK_TFLOPS[name] * 1e12)


def synchronise(device: torch.device) -> None:
    """Wait until a GPU has done what it was told; on a CPU nothing is left to wait for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
