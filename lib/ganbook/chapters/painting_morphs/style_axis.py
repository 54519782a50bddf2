"""The style axis: the direction of latent space in which paintings become later, and a walk along it."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganbook.errors import UserError

STRENGTHS = tuple(10.0**power for power in range(-2, 5))
"""Penalties that are tried."""

FEWEST = 3


@dataclass(frozen=True, eq=False)
class StyleAxis:
    """A ridge regression of years on latent vectors.

    Attributes:
        weights: years for each unit of each component.
        bias: the year of the vector 0.
        strength: of the penalty on squared weights.
        error: mean absolute error in years of vectors that were left out of the fit, one at a time.
    """

    weights: Float[Tensor, " latent"]
    bias: float
    strength: float
    error: float

    def year(self, latents: Float[Tensor, "*n latent"]) -> Float[Tensor, "*n"]:
        """The year that the regression finds."""
        return latents @ self.weights + self.bias


def style_axis(
    latents: Float[Tensor, "n latent"], years: Float[Tensor, " n"], strengths: tuple[float, ...] = STRENGTHS
) -> StyleAxis:
    """Fit ||y - Z w||^2 + lambda ||w||^2 in closed form, both centred.

    Of the penalties lambda the one with the least error of left-out vectors is taken; that follows from one fit with
    all: residual / (1 - leverage) (Allen's PRESS).

    Raises:
        UserError: fewer than 3 vectors, not a year for each, or all of one year.
    """
    if len(latents) != len(years):
        raise UserError(f"expected a year for each latent vector, got {len(years)} for {len(latents)}")
    if len(latents) < FEWEST:
        raise UserError(f"a style axis needs at least {FEWEST} pictures, got {len(latents)}")
    if float(years.max()) == float(years.min()):
        raise UserError(f"a style axis needs pictures of several years, all are of {float(years[0]):.1f}")
    return min((ridge(latents, years, strength) for strength in strengths), key=lambda axis: axis.error)


def ridge(
    latents: Float[Tensor, "n latent"],
    years: Float[Tensor, " n"],
    strength: float,
) -> StyleAxis:
    """The fit for one penalty, above 0."""
    centre, middle = latents.double().mean(0), years.double().mean()
    z, y = latents.double() - centre, years.double() - middle
    inverse = torch.linalg.inv(z @ z.T + strength * torch.eye(len(z), dtype=z.dtype))  # (n, n)
    weights = z.T @ (inverse @ y)  # (latent,), as (Z^T Z + lambda)^-1 Z^T y
    leverage = (z @ z.T @ inverse).diagonal() + 1 / len(z)  # the last term is the mean's
    error = ((y - z @ weights) / (1 - leverage)).abs().mean()
    offset = float(middle - centre @ weights)
    return StyleAxis(weights.to(latents.dtype), offset, strength, float(error))


def walk(
    axis: StyleAxis, latents: Float[Tensor, "n latent"], years: Float[Tensor, " steps"]
) -> Float[Tensor, "n steps latent"]:
    """Points of the sphere at which the axis finds so many years more than at these ones.

    Along the great circle on which the year rises fastest; what it does not reach ends at its latest, or earliest,
    point.

    Args:
        latents: of any one length each, which is kept.
        years: more, or less if negative, than :meth:`StyleAxis.year` of the vectors.
    """
    length = latents.double().norm(dim=1, keepdim=True)  # (n, 1)
    here, weights = latents.double() / length, axis.weights.double()
    along = here @ weights  # (n,)
    across = weights - along[:, None] * here  # (n, latent)
    slope = across.norm(dim=1)
    # the year is bias + length (along cos t + slope sin t) = bias + length top cos(t - latest)
    top, latest = torch.hypot(along, slope)[:, None], torch.atan2(slope, along)[:, None]  # (n, 1)
    wanted = along[:, None] + years.double() / length  # (n, steps)
    turn = (latest - torch.arccos((wanted / top).clamp(-1, 1)))[..., None]  # (n, steps, 1)
    there = across / slope.clamp(min=1e-12)[:, None]
    return (length[..., None] * (turn.cos() * here[:, None] + turn.sin() * there[:, None])).to(latents.dtype)
