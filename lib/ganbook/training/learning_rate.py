"""The learning rate of an optimizer, changed while it trains."""

from torch.optim import Optimizer


def set_learning_rate(optimizer: Optimizer, rate: float) -> None:
    """Use ``rate`` from the next step on."""
    for group in optimizer.param_groups:
        group["lr"] = rate
