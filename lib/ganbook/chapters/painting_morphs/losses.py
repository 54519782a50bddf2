"""What is special to WGAN-GP (Gulrajani et al. 2017), with the drift term of Progressive GAN; and what steers ADA."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def critic_loss(real: Float[Tensor, " batch"], fake: Float[Tensor, " batch"]) -> Float[Tensor, ""]:
    """E[D(G(z))] - E[D(x)]: minus the distance of the two kinds of pictures as far as D sees it."""
    return fake.mean() - real.mean()


def drift_penalty(real: Float[Tensor, " batch"]) -> Float[Tensor, ""]:
    """E[D(x)^2], which keeps scores near zero (Karras et al. 2018, appendix A.1); otherwise only
    differences matter.
    """
    return real.square().mean()


def gradient_penalty(
    critic: Callable[[Tensor], Tensor],
    real: Float[Tensor, "batch 3 side side"],
    fake: Float[Tensor, "batch 3 side side"],
    share: Float[Tensor, "batch 1 1 1"],
) -> Float[Tensor, ""]:
    """E[(norm(dD/dx) - 1)^2] at mixtures of real and generated pictures (equation 3).

    ``share`` of each mixture is generated.
    """
    mixed = torch.lerp(real.detach(), fake.detach(), share).requires_grad_()
    (slope,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


@torch.no_grad()
def sign_of_real(real: Float[Tensor, " batch"]) -> Float[Tensor, ""]:
    """r_t = E[sign D(x)] of logits: how sure D is of real pictures, from -1 to 1 (Karras et al.
    2020, equation 1).
    """
    return real.sign().mean()


@torch.no_grad()
def real_above_fake(
    real: Float[Tensor, " batch"],
    fake: Float[Tensor, " batch"],
) -> Float[Tensor, ""]:
    """The same of a critic, whose zero means nothing: E[sign(D(x) - D(G(z)))] over all pairs.

    From -1 to 1: 1 where each real picture scores above each generated one, 0 where D cannot tell.
    Our departure.
    """
    return (real[:, None] - fake[None]).sign().mean()
