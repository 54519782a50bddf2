"""Losses that two or more models of the book share, each a plain function of tensors."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def real_loss(logits: Float[Tensor, "*batch"]) -> Float[Tensor, ""]:
    """-E[log D] for logits of D, in nats: what a discriminator pays for pairs that it should call real.

    Also the non-saturating loss of a generator (Goodfellow et al. 2014, section 3) when the logits are those of
    generated pairs.
    """
    return F.softplus(-logits).mean()


def fake_loss(logits: Float[Tensor, "*batch"]) -> Float[Tensor, ""]:
    """-E[log(1 - D)] for logits of D, in nats: what a discriminator pays for pairs that it should call fake."""
    return F.softplus(logits).mean()


def r1_penalty(logits: Float[Tensor, " batch"], inputs: Float[Tensor, " batch *features"]) -> Float[Tensor, ""]:
    """E[||d logit / d input||^2] on real inputs (Mescheder et al. 2018, eq. 9, without the factor gamma / 2).

    The squared norm is taken for each sample. ``inputs`` must require a gradient and ``logits`` must depend on them.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()


def gaussian_information_loss(
    latents: Float[Tensor, "batch latent"], recovered: Float[Tensor, "batch latent"]
) -> Float[Tensor, ""]:
    """E||c - Q||^2, the InfoGAN bound for a Gaussian posterior of fixed variance,
    up to scale and constant (InfoGAN, eq. 5).
    """
    return (latents - recovered).square().sum(1).mean()


def feature_matching_loss(
    real: list[Float[Tensor, " batch *units"]], generated: list[Float[Tensor, " batch *units"]]
) -> Float[Tensor, ""]:
    """Squared difference of a discriminator's hidden layers
    for real pictures and the generated pictures that go with them, one to one.

    The mean over samples and units of a layer, summed over the layers (Salimans et al. 2016, section 3.1, in the form
    of Shinagawa et al.'s equation 16, which sums over the units). No gradient reaches the real side.
    """
    return sum(
        (theirs.detach().float() - ours.float()).square().mean() for theirs, ours in zip(real, generated, strict=True)
    )
