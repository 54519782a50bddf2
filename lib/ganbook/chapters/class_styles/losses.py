"""The objectives: hinge losses, distances in features of the discriminators and of a trained net, and KL divergences::

    L_D = E[max(0, 1 - D(x))] + E[max(0, 1 + D(G))]
    L_G = -E[D(G)] + w_f sum_l |D^l(G) - D^l(x)| + w_p sum_k w_k |Phi_k(G) - Phi_k(x)| + w_kl KL

D is a mean over two scales, x and G a picture and what the generator makes of its codes; distances are means over all
entries.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from ganbook.chapters.class_styles.model import Posterior

Layers = Sequence[Tensor]
"""What the layers of a network make."""


def discriminator_loss(real: Sequence[Layers], fake: Sequence[Layers]) -> Float[Tensor, ""]:
    """L_D: the hinge loss, a mean over the scales; the last layer of each has the logits."""
    losses = [(1 - x[-1]).relu().mean() + (1 + y[-1]).relu().mean() for x, y in zip(real, fake, strict=True)]
    return sum(losses) / len(losses)


def fooling_loss(fake: Sequence[Layers]) -> Float[Tensor, ""]:
    """-E[D(G)], a mean over the scales."""
    return -sum(layers[-1].mean() for layers in fake) / len(fake)


def matching_loss(real: Sequence[Layers], fake: Sequence[Layers]) -> Float[Tensor, ""]:
    """Mean absolute difference in each hidden layer, summed over the layers, a mean over the scales.

    No gradient reaches the real side (Wang et al. 2018, pix2pixHD, eq. 4).
    """
    apart = [
        (y.float() - x.detach().float()).abs().mean()
        for scales in zip(real, fake, strict=True)
        for x, y in zip(scales[0][:-1], scales[1][:-1], strict=True)
    ]
    return sum(apart) / len(fake)


def perceptual_loss(real: Layers, fake: Layers) -> Float[Tensor, ""]:
    """Mean absolute difference of a trained net's features at each scale; the coarsest counts 1, each finer one half.

    The last two differ by a factor of four, as in pix2pixHD: 1/16, 1/8, 1/4, 1 for four scales.
    """
    finer = [2.0 ** (number - len(fake)) for number in range(len(fake) - 1)]
    apart = [(y.float() - x.detach().float()).abs().mean() for x, y in zip(real, fake, strict=True)]
    return sum(weight * each for weight, each in zip([*finer, 1.0], apart, strict=True))


def normal_kl(
    mean: Float[Tensor, "*batch code"], log_variance: Float[Tensor, "*batch code"]
) -> Float[Tensor, "*batch"]:
    """KL(N(mu, sigma^2) || N(0, I)) in nats: -1/2 sum(1 + log sigma^2 - mu^2 - sigma^2)."""
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(-1)


def style_kl(posterior: Posterior) -> Float[Tensor, ""]:
    """KL of a picture's codes in nats, a mean over the batch.

    That of the whole, plus for each level the mean over the classes that it holds. The published code sums over the
    batch, while its other terms are means: its weight of 0.05 at a batch of 4 is one of 0.2 here.
    """
    mean, log_variance, present = posterior
    local = normal_kl(mean.local, log_variance.local) * present  # (batch, codes, classes)
    of_levels = local.sum(2) / present.sum(2).clamp(min=1)  # (batch, codes)
    return (normal_kl(mean.whole, log_variance.whole) + of_levels.sum(1)).mean()
