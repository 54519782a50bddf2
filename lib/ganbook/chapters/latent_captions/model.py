"""Generator G(c, X), discriminator D(s, X) and recovery network Q(X, s), each with its own image network.

The paper gives their inputs and outputs (section 3, figure 1) but no layers; the layers here are ours and are explained in the chapter.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganbook.errors import UserError
from ganbook.chapters.latent_captions.config import Config
from ganbook.nn import CellEncoder, mlp

IMAGE_SHAPE = (1, 64, 64)


def check_images(images: Tensor) -> None:
    """Refuse what is not a float batch of 64 x 64 grey images, or holds NaN."""
    if images.ndim != 4 or tuple(images.shape[1:]) != IMAGE_SHAPE or not images.is_floating_point():
        shape, dtype = tuple(images.shape), images.dtype
        raise UserError(f"Expected images of shape (batch, 1, 64, 64), a float dtype and values in [-1, 1]; got {shape}, {dtype}.")
    if images.isnan().any():
        raise UserError("The images hold NaN; expected values in [-1, 1].")


def check_vectors(name: str, vectors: Tensor, size: int) -> None:
    """Refuse what is not a float batch of vectors of the given size, or holds NaN."""
    if vectors.ndim < 2 or vectors.shape[-1] != size or not vectors.is_floating_point():
        raise UserError(f"Expected {name} of shape (batch, {size}) and a float dtype; got {tuple(vectors.shape)}, {vectors.dtype}.")
    if vectors.isnan().any():
        raise UserError(f"The {name} hold NaN; expected finite numbers.")


class Generator(nn.Module):
    """Paper's G(c, X): looks at the cells, lets the latent vector c choose among them, and says what it sees there.

    Each cell gets a score from its features and c; the softmax of the scores mixes the cells' sentence vectors (soft attention, Xu et al.
    2015). c can be ignored: nothing in the layers makes it matter.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.latent_dim = config.latent_dim
        self.image_network = CellEncoder(config.channels, config.feature_dim, positions=config.positions, batch_norm=config.generator_norm == "batch")
        self.cell_to_hidden = nn.Linear(config.feature_dim, config.hidden_dim)
        self.latent_to_hidden = nn.Linear(config.latent_dim, config.hidden_dim)
        self.score = nn.Sequential(nn.LeakyReLU(0.2), mlp(config.hidden_dim, config.feature_dim, 1))
        self.say = mlp(config.feature_dim, config.hidden_dim, config.sentence_dim)

    def forward(
        self, latents: Float[Tensor, "batch latent"], images: Float[Tensor, "batch 1 64 64"]
    ) -> Float[Tensor, "batch sentence"]:
        """Sentence vectors for images in [-1, 1], one latent vector c ~ N(0, I) for each image."""
        check_images(images)
        return self.from_features(latents, self.image_network(images))

    def from_features(
        self, latents: Float[Tensor, "batch latent"], features: Float[Tensor, "batch cells features"]
    ) -> Float[Tensor, "batch sentence"]:
        """The part after the image network, so that many c can be tried on the same images at little cost."""
        check_vectors("latents", latents, self.latent_dim)
        attention = self.attention(latents, features)
        return (attention[..., None] * self.say(features)).sum(-2)

    def attention(
        self, latents: Float[Tensor, "batch latent"], features: Float[Tensor, "batch cells features"]
    ) -> Float[Tensor, "batch cells"]:
        """The share of each cell in the caption; sums to 1 over the cells."""
        hidden = self.cell_to_hidden(features) + self.latent_to_hidden(latents)[..., None, :]
        return self.score(hidden).squeeze(-1).softmax(-1)


class PairNetwork(nn.Module):
    """What D and Q share: reads an image and a sentence vector together.

    Every cell is compared with the sentence (products of their projections and sums of others, as in projection discriminators, Miyato &
    Koyama 2018); the results are added up over the cells, since their order carries no meaning (Zaheer et al. 2017).
    """

    def __init__(self, config: Config, outputs: int):
        super().__init__()
        hidden = config.hidden_dim
        self.sentence_dim = config.sentence_dim
        self.image_network = CellEncoder(config.channels, config.feature_dim, positions=config.positions)
        self.cell_factor, self.cell_term = nn.Linear(config.feature_dim, hidden), nn.Linear(config.feature_dim, hidden)
        self.sentence_factor, self.sentence_term = nn.Linear(config.sentence_dim, hidden), nn.Linear(config.sentence_dim, hidden)
        self.compare = nn.Sequential(nn.LeakyReLU(0.2), nn.Linear(hidden, hidden), nn.LeakyReLU(0.2))
        self.conclude = mlp(hidden, hidden // 2, outputs)

    def forward(
        self, images: Float[Tensor, "batch 1 64 64"], sentences: Float[Tensor, "batch candidates sentence"]
    ) -> Float[Tensor, "batch candidates outputs"]:
        """Judge several candidate sentences of each image in one pass of the image network."""
        check_images(images)
        check_vectors("sentence vectors", sentences, self.sentence_dim)
        features = self.image_network(images)[:, None]
        sentences = sentences[:, :, None]
        products = self.cell_factor(features) * self.sentence_factor(sentences) / self.sentence_dim**0.5
        hidden = self.compare(products + self.cell_term(features) + self.sentence_term(sentences))
        return self.conclude(hidden.sum(2))


class Discriminator(PairNetwork):
    """Paper's D(s, X), as logits: is this sentence vector a caption of this image that a person wrote?"""

    def __init__(self, config: Config):
        super().__init__(config, outputs=1)

    def forward(
        self, images: Float[Tensor, "batch 1 64 64"], sentences: Float[Tensor, "batch candidates sentence"]
    ) -> Float[Tensor, "batch candidates"]:
        """Logits of "real" for each candidate sentence of each image."""
        return super().forward(images, sentences).squeeze(-1)


class Recovery(PairNetwork):
    """Paper's Q(X, s): guesses the latent vector c from the caption that the generator chose and the image that it had."""

    def __init__(self, config: Config):
        super().__init__(config, outputs=config.latent_dim)

    def forward(
        self, images: Float[Tensor, "batch 1 64 64"], sentences: Float[Tensor, "batch sentence"]
    ) -> Float[Tensor, "batch latent"]:
        """The mean of Q's Gaussian over c."""
        return super().forward(images, sentences[:, None]).squeeze(1)


def build(config: Config, seed: int) -> tuple[Generator, Discriminator, Recovery]:
    """The three networks with weights drawn from ``seed``, without touching the global random state."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Generator(config), Discriminator(config), Recovery(config)
