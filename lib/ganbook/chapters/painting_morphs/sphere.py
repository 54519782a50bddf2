"""The sphere of latent vectors: a normal vector of size d has a length near sqrt(d), so all are given this one.

Progressive GAN does the same with z before its first layer (Karras et al. 2018); DCGAN sees other lengths, too, but
seldom.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ganbook.errors import UserError

SMALLEST = 1e-7
"""Length, as a share of the radius, below which a vector has no direction in double precision."""


def on_sphere(latents: Float[Tensor, "*n latent"]) -> Float[Tensor, "*n latent"]:
    """The vectors with length sqrt(latent); gradients flow through."""
    return F.normalize(latents, dim=-1) * latents.shape[-1] ** 0.5


def angle(start: Float[Tensor, "*n latent"], end: Float[Tensor, "*n latent"]) -> Float[Tensor, "*n"]:
    """Between vectors of any length, in radians, 0 to pi."""
    start, end = (F.normalize(each.double(), dim=-1) for each in (start, end))
    # arccos of the product loses half the digits of small angles
    return 2 * torch.atan2((start - end).norm(dim=-1), (start + end).norm(dim=-1)).to(torch.get_default_dtype())


def slerp(
    start: Float[Tensor, "*n latent"], end: Float[Tensor, "*n latent"], shares: Float[Tensor, " frames"]
) -> Float[Tensor, "*n frames latent"]:
    """The shortest way from start to end on the sphere, at these shares of it (Shoemake 1985).

    The same as [sin((1 - t) w) a + sin(t w) b] / sin w, written so that it holds for vectors that are equal, too.
    Between opposite ones all ways are equally short: it takes one through the axis that is nearest to both.

    Args:
        start, end: of any length but 0; only directions count.
        shares: t, 0 at the start and 1 at the end.
    """
    radius, kind = start.shape[-1] ** 0.5, start.dtype
    start, end = (F.normalize(each.double(), dim=-1) for each in (start, end))
    across = perpendicular(start, end)  # (*n, latent), of length 1
    turn = torch.atan2((end * across).sum(-1), (end * start).sum(-1))[..., None, None] * shares[:, None].double()
    way = turn.cos() * start[..., None, :] + turn.sin() * across[..., None, :]  # (*n, frames, latent)
    return (radius * way).to(kind)


def perpendicular(one: Float[Tensor, "*n latent"], other: Float[Tensor, "*n latent"]) -> Float[Tensor, "*n latent"]:
    """The direction in which one must turn to come to the other, both of length 1; any if they are parallel."""
    axis = F.one_hot(one.abs().argmin(-1), one.shape[-1]).to(one.dtype)
    found, spare = (each - (each * one).sum(-1, keepdim=True) * one for each in (other, axis))
    return F.normalize(torch.where(found.norm(dim=-1, keepdim=True) > SMALLEST, found, spare), dim=-1)


def mean_on_sphere(latents: Float[Tensor, "n latent"]) -> Float[Tensor, " latent"]:
    """The point whose squared distances to all vectors have the least sum.

    Raises:
        UserError: no vectors, or they point evenly to all sides, so that there is no such point.
    """
    if not len(latents):
        raise UserError("a mean needs at least one latent vector, got none")
    mean = F.normalize(latents, dim=-1).mean(0)
    if float(mean.norm()) < 1e-6:
        raise UserError("these latent vectors have no mean: they cancel each other out")
    return on_sphere(mean)
