"""The objectives of the chapter: algorithm 2 in one consistent form, and the text encoder's.

The paper prints the game twice, and the prints disagree. Its objective (section 3.4) lets the
generators *maximise* the sum over stages of log D; its algorithm 2 lets them *descend* log(1 - D),
and takes the logarithm of a sum over stages where the objective sums logarithms. One form says what
both mean: each stage has its own two losses, logarithms first, and stages are summed last.

    L_D = sum_k w_k (-E log D_k(x_k, t, c) - E log(1 - D_k(I(G_k), t, c)))
    L_G = sum_k w_k (-E log D_k(I(G_k), t, c))        or  sum_k w_k E log(1 - D_k(I(G_k), t, c))

Both are descended. The two forms of L_G have the same fixed point; the first has a gradient where
D_k is sure. All w_k are 1 in the paper; its section 4.2 asks for better ones (see stage_weights).
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from ganbook.chapters.context_aware.config import Config
from ganbook.losses import fake_loss, real_loss


def discriminator_loss(
    real: Float[Tensor, "batch asked"], fake: Float[Tensor, "batch 1"], config: Config
) -> Float[Tensor, ""]:
    """One stage's L_D, with the wrong pairs of Reed et al. (GAN-CLS), for texts and for contexts.

    Args:
        real: logits of real pictures, asked about the right condition, a wrong text, and where
            there is a context, a wrong one.
        fake: logits of generated pictures, asked about the right condition; detach them before.
    """
    loss = real_loss(real[:, 0]) + config.fake_weight * fake_loss(fake[:, 0])
    loss = loss + config.wrong_text_weight * fake_loss(real[:, 1])
    if real.shape[1] > 2:
        loss = loss + config.wrong_context_weight * fake_loss(real[:, 2])
    return loss


def generator_loss(fake: Float[Tensor, "batch 1"], config: Config) -> Float[Tensor, ""]:
    """One stage's L_G, in one of the paper's two forms."""
    if config.generator_term == "log D":
        return real_loss(fake[:, 0])
    return -fake_loss(fake[:, 0])


def recognised_loss(
    logits: Sequence[Float[Tensor, "batch classes"]], context: Float[Tensor, "batch context"]
) -> Float[Tensor, ""]:
    """Recognisers should read off generated pictures what was asked for: a mean cross entropy for
    each part of the context.

    So does InfoGAN's Q, but that here the recognisers came trained and learn nothing. Parts that
    are zeros, which ask for nothing, count nothing.
    """
    asked = context.split([each.shape[1] for each in logits], dim=1)
    right = (part * each.log_softmax(1) for part, each in zip(asked, logits, strict=True))
    return -sum(each.sum(1).mean() for each in right)


def over_stages(losses: Sequence[Float[Tensor, ""]], weights: Sequence[float]) -> Float[Tensor, ""]:
    """The sum over stages, each with its weight w_k."""
    return sum(weight * loss for weight, loss in zip(weights, losses, strict=True))


def joint_embedding_loss(
    pictures: Float[Tensor, "n size"],
    texts: Float[Tensor, "n size"],
    margin: float = 1.0,
    symmetric: bool = True,
) -> Float[Tensor, ""]:
    """The structured joint embedding loss of Reed et al. (CVPR 2016) for n pairs.

    A picture should score its own text higher, by the margin, than anyone else's; in the symmetric
    form a text its own picture, too. The score s_ij of picture i and text j is their inner product:

        sum over i and j != i of max(0, 1 + s_ij - s_ii) / n^2, and in the other direction of s_ji.
    """
    scores = pictures @ texts.T  # (n, n): s_ij
    others = ~torch.eye(len(scores), dtype=torch.bool, device=scores.device)
    own = scores.diagonal()[:, None]  # (n, 1): s_ii
    loss = (margin + scores - own).clamp(min=0)[others].sum()
    if symmetric:
        loss = loss + (margin + scores.T - own).clamp(min=0)[others].sum()
    return loss / len(scores) ** 2
