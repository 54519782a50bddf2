"""What probes and checks measure with."""

import numpy as np
import torch
from torch import Tensor, nn


def gradient(loss: object, of: Tensor | nn.Module) -> Tensor:
    """d loss / d ``of``, with zeros where no gradient flows; all parameters of a module as one vector.

    Nothing is written to ``.grad``, and the graph is kept. A loss that is no tensor, or has no graph, sends nothing.
    """
    inputs = list(of.parameters()) if isinstance(of, nn.Module) else [of]
    wanted = [each for each in inputs if each.requires_grad]
    slopes = [torch.zeros_like(each) for each in inputs]
    if wanted and isinstance(loss, Tensor) and loss.requires_grad:
        found = iter(
            torch.autograd.grad(loss.sum(), wanted, retain_graph=True, allow_unused=True, materialize_grads=True)
        )
        slopes = [next(found) if each.requires_grad else zeros for each, zeros in zip(inputs, slopes)]
    return torch.cat([each.flatten() for each in slopes]) if isinstance(of, nn.Module) else slopes[0]


def close(got: object, want: object, rtol: float = 1e-4, atol: float = 1e-5) -> bool:
    """Whether two arrays have the same shape and the same finite numbers, up to rounding."""
    got, want = (np.asarray(each.detach() if isinstance(each, Tensor) else each, dtype=float) for each in (got, want))
    return got.shape == want.shape and bool(np.isfinite(got).all() and np.allclose(got, want, rtol=rtol, atol=atol))


def value(loss: object) -> float:
    """The number that a loss is, without its history; the mean, if it holds several numbers."""
    return float(torch.as_tensor(loss).detach().double().mean())
