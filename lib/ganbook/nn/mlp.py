"""Fully connected stacks."""

from torch import nn


def mlp(*widths: int) -> nn.Sequential:
    """Linear layers of these widths with leaky ReLU (slope 0.2) between them.

    ``mlp(64, 128, 10)`` has one hidden layer.
    """
    layers: list[nn.Module] = []
    for n_in, n_out in zip(widths[:-1], widths[1:]):
        layers += [nn.Linear(n_in, n_out), nn.LeakyReLU(0.2)]  # (..., n_in) -> (..., n_out)
    return nn.Sequential(*layers[:-1])
