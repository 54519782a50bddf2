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
    A last bias decides no slope; it gets a gradient of zero, for processes that share a step wait for every gradient.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean() + 0 * logits.sum()


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


def feature_distance(
    first: list[Float[Tensor, "n channels h w"]], second: list[Float[Tensor, "n channels h w"]]
) -> Float[Tensor, " n"]:
    """LPIPS's form (Zhang et al. 2018, eq. 1) without learned weights, for the maps of any network; 0 for equal ones.

    Features of each pixel are scaled to length 1; squared differences are summed over channels, averaged over pixels,
    summed over layers.
    """
    apart = [
        (F.normalize(one, dim=1) - F.normalize(other, dim=1)).square().sum(1).mean((1, 2))
        for one, other in zip(first, second, strict=True)
    ]
    return torch.stack(apart).sum(0)
