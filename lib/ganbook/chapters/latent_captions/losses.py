"""The objective of the chapter, term by term, with the numbers of the paper's equations.

D judges noisy sentence vectors throughout ("instance noise", Sonderby et al. 2017), and Q reads noisy ones: without it
the generator could hide c in decimals that change no word.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from ganbook.chapters.latent_captions.config import Config
from ganbook.chapters.latent_captions.model import Discriminator, Recovery
from ganbook.losses import fake_loss, gaussian_information_loss, r1_penalty, real_loss


def discriminator_loss(
    discriminator: Discriminator,
    images: Float[Tensor, "batch 1 64 64"],
    real: Float[Tensor, "batch sentence"],
    mismatched: Float[Tensor, "batch sentence"],
    fake: Float[Tensor, "batch sentence"],
    config: Config,
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Equation 5 as D sees it, and what the paper lacks: mismatched pairs and R1.

    A mismatched pair is a real caption beside another image (Reed et al. 2016). It
    tells D at once that the caption must fit the image; the fake pairs alone teach
    this only when the generator already speaks well.

    Returns:
        The adversarial loss in nats, and the R1 penalty (before its weight).
    """
    real = real.detach().requires_grad_()
    candidates = torch.stack([real, mismatched, fake.detach()], dim=1)
    logits = discriminator(images, candidates)  # (batch, 3)
    weight = config.mismatch_weight
    loss = real_loss(logits[:, 0])
    loss = loss + weight * fake_loss(logits[:, 1])
    loss = loss + (1 - weight) * fake_loss(logits[:, 2])
    return loss, r1_penalty(logits[:, 0], real)


def generator_loss(
    discriminator: Discriminator,
    recovery: Recovery,
    latents: Float[Tensor, "batch latent"],
    images: Float[Tensor, "batch 1 64 64"],
    judged: Float[Tensor, "batch sentence"],
    heard: Float[Tensor, "batch sentence"],
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Equation 5 as G sees it, in its non-saturating form, and equation 6.

    ``judged`` and ``heard`` are the generator's sentence vectors with the noise that D
    and Q get to see them through.

    Returns:
        The adversarial loss in nats, and E||c - Q(G(c, X), X)||^2, without lambda_I.
    """
    adversarial = real_loss(discriminator(images, judged[:, None]))
    return adversarial, gaussian_information_loss(latents, recovery(images, heard))
