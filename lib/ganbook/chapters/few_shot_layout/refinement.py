"""Refinement of a picture towards its label map: the leading principal coefficients of its code are optimised.

Endo and Kanamori (2022), "Controlling StyleGANs using rough scribbles via one-shot learning", as their released code
does it.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganbook.chapters.few_shot_layout.pseudo_labels import Prototypes, at_features, cosines


def refine(
    draw: Callable[[Tensor], tuple[Tensor, Float[Tensor, "n channels height width"]]],
    ws: Float[Tensor, "n styles latent"],
    labels: Int[Tensor, "n side side"],
    given: Prototypes,
    mean: Float[Tensor, " latent"],
    axes: Float[Tensor, "components latent"],
    deviations: Float[Tensor, " components"],
    lower: int,
    sparse: bool = False,
    steps: int = 200,
    learning_rate: float = 0.05,
    keep_every: int = 10,
) -> tuple[list[Float[Tensor, "n styles latent"]], Float[Tensor, "steps n"]]:
    """Move codes so that what is drawn has the features of the classes that the label map asks for.

    The layers below ``lower`` are one code from now on, that of layer 0, of which only the
    coefficients of ``axes`` change; the other layers stay.

    Args:
        draw: codes -> pictures and the features of the layer that the prototypes are of.
        ws, labels: codes to start with, and what is wanted; in scribbles 0 asks for nothing.
        given: prototypes of the annotated pictures.
        mean, axes, deviations: the middle of W, its leading principal axes (unit vectors), spread
            along each.
        lower: number of layers that change.
        sparse: whether ``labels`` are scribbles.
        steps, learning_rate: of Adam; the rate is for coefficients in units of the first axis's
            deviation.
        keep_every: steps between two codes that are kept.

    Returns:
        The kept codes, the start first and the end last, and the loss of each picture at each step.
    """
    start = (ws[:, 0] - mean) @ axes.T  # (n, components)
    rest = ws[:, 0] - start @ axes
    coefficients = start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([coefficients], lr=learning_rate * float(deviations[0]))
    kept, losses = [ws], []

    def codes() -> Tensor:
        below = rest + coefficients @ axes  # (n, latent)
        return torch.cat([below[:, None].expand(-1, lower, -1), ws[:, lower:]], 1)

    for step in range(steps):
        _, features = draw(codes())
        loss = 1 - agreement(features, labels, given, sparse)
        optimizer.zero_grad()
        loss.sum().backward(inputs=[coefficients])
        optimizer.step()
        losses.append(loss.detach())
        if (step + 1) % keep_every == 0 or step + 1 == steps:
            kept.append(codes().detach())
    return kept, torch.stack(losses)


def slope(
    draw: Callable[[Tensor], tuple[Tensor, Float[Tensor, "n channels height width"]]],
    ws: Float[Tensor, "n styles latent"],
    labels: Int[Tensor, "n side side"],
    given: Prototypes,
    axes: Float[Tensor, "components latent"],
    lower: int,
    sparse: bool = False,
) -> tuple[Float[Tensor, " n"], Float[Tensor, "n components"]]:
    """The loss of :func:`refine` at codes, and its gradient by the coefficients of ``axes`` in the layers below
    ``lower``: what one of its steps needs. The arguments are those of :func:`refine`.
    """
    moves = ws.new_zeros(len(ws), len(axes)).requires_grad_(True)
    below = ws[:, :lower] + (moves @ axes)[:, None]
    _, features = draw(torch.cat([below, ws[:, lower:]], 1))
    loss = 1 - agreement(features, labels, given, sparse)
    (gradient,) = torch.autograd.grad(loss.sum(), moves)
    return loss.detach(), gradient


def agreement(
    features: Float[Tensor, "n channels height width"],
    labels: Int[Tensor, "n side side"],
    given: Prototypes,
    sparse: bool,
) -> Float[Tensor, " n"]:
    """The mean cosine of each pixel's feature with the prototype of the class that is wanted there.

    Pixels of classes without a prototype, and of scribbles those that are not marked, are left out.
    """
    wanted = at_features(labels, features)
    counts = given.present[wanted] & ((wanted > 0) if sparse else True)  # (n, height, width)
    likeness = cosines(features, given.vectors).gather(1, wanted[:, None])[:, 0]
    return (likeness * counts).sum((1, 2)) / counts.sum((1, 2)).clamp(min=1)
