"""Generator G(c, X), discriminator D(s, X) and recovery network Q(s, X), each with its own image network.

The paper gives their inputs and outputs (section 3, figure 1) but no layers; the layers here are ours and are explained
in the chapter.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganbook.chapters.latent_captions.config import Config
from ganbook.errors import UserError
from ganbook.nn import CellEncoder, mlp

IMAGE_SHAPE = (1, 64, 64)


def check_images(images: Tensor) -> None:
    """Refuse what is not a float batch of 64 x 64 grey images, or holds NaN."""
    if images.ndim != 4 or tuple(images.shape[1:]) != IMAGE_SHAPE or not images.is_floating_point():
        shape, dtype = tuple(images.shape), images.dtype
        expected = "images of shape (batch, 1, 64, 64), a float dtype and values in [-1, 1]"
        raise UserError(f"Expected {expected}; got {shape}, {dtype}.")
    if images.isnan().any():
        raise UserError("The images hold NaN; expected values in [-1, 1].")


def check_vectors(name: str, vectors: Tensor, size: int) -> None:
    """Refuse what is not a float batch of vectors of the given size, or holds NaN."""
    if vectors.ndim < 2 or vectors.shape[-1] != size or not vectors.is_floating_point():
        shape, dtype = tuple(vectors.shape), vectors.dtype
        raise UserError(f"Expected {name} of shape (batch, {size}) and a float dtype; got {shape}, {dtype}.")
    if vectors.isnan().any():
        raise UserError(f"The {name} hold NaN; expected finite numbers.")


class Generator(nn.Module):
    """Paper's G(c, X): looks at the cells, lets the latent vector c choose among them, and says what it sees there.

    Each cell gets a score from its features and c; the softmax of the scores mixes the cells' sentence vectors (soft
    attention, Xu et al. 2015). c can be ignored: nothing in the layers makes it matter.
    """

    def __init__(self, config: Config):
        super().__init__()
        features, hidden = config.feature_dim, config.hidden_dim
        self.latent_dim = config.latent_dim
        self.image_network = CellEncoder(
            config.channels,
            features,
            positions=config.positions,
            batch_norm=config.generator_norm == "batch",
        )
        self.cell_to_hidden = nn.Linear(features, hidden)
        self.latent_to_hidden = nn.Linear(config.latent_dim, hidden)
        self.score = nn.Sequential(nn.LeakyReLU(0.2), mlp(hidden, features, 1))
        self.say = mlp(features, hidden, config.sentence_dim)

    def forward(
        self, latents: Float[Tensor, "batch latent"], images: Float[Tensor, "batch 1 64 64"]
    ) -> Float[Tensor, "batch sentence"]:
        """Sentence vectors for images in [-1, 1], one latent vector c ~ N(0, I) for each image."""
        check_images(images)
        features = self.image_network(images)  # (batch, 4, features)
        return self.from_features(latents, features)  # (batch, sentence)

    def from_features(
        self, latents: Float[Tensor, "batch latent"], features: Float[Tensor, "batch cells features"]
    ) -> Float[Tensor, "batch sentence"]:
        """The part after the image network, so that many c can be tried on the same images at little cost."""
        check_vectors("latents", latents, self.latent_dim)
        shares = self.attention(latents, features)  # (batch, 4)
        said = self.say(features)  # (batch, 4, sentence)
        return (shares[..., None] * said).sum(-2)  # (batch, sentence)

    def attention(
        self, latents: Float[Tensor, "batch latent"], features: Float[Tensor, "batch cells features"]
    ) -> Float[Tensor, "batch cells"]:
        """The share of each cell in the caption; sums to 1 over the cells."""
        wish = self.latent_to_hidden(latents)[..., None, :]  # (batch, 1, hidden), the same for every cell
        hidden = self.cell_to_hidden(features) + wish  # (batch, 4, hidden)
        scores = self.score(hidden).squeeze(-1)  # (batch, 4)
        return scores.softmax(-1)


class PairNetwork(nn.Module):
    """What D and Q share: reads an image and a sentence vector together.

    Every cell is compared with the sentence (products of their projections and sums of others, as in projection
    discriminators, Miyato & Koyama 2018); the results are added up over the cells, since their order carries no meaning
    (Zaheer et al. 2017).
    """

    def __init__(self, config: Config, outputs: int):
        super().__init__()
        features, hidden = config.feature_dim, config.hidden_dim
        self.sentence_dim = config.sentence_dim
        self.image_network = CellEncoder(
            config.channels,
            features,
            positions=config.positions,
        )
        self.cell_factor = nn.Linear(features, hidden)
        self.cell_term = nn.Linear(features, hidden)
        self.sentence_factor = nn.Linear(config.sentence_dim, hidden)
        self.sentence_term = nn.Linear(config.sentence_dim, hidden)
        self.compare = nn.Sequential(
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(0.2),
        )
        self.conclude = mlp(hidden, hidden // 2, outputs)

    def forward(
        self,
        images: Float[Tensor, "batch 1 64 64"],
        sentences: Float[Tensor, "batch candidates sentence"],
    ) -> Float[Tensor, "batch candidates outputs"]:
        """Judge several candidate sentences of each image, which is looked at once."""
        check_images(images)
        check_vectors("sentence vectors", sentences, self.sentence_dim)
        cells = self.image_network(images)[:, None]  # (batch, 1, 4, features)
        sentences = sentences[:, :, None]  # (batch, candidates, 1, sentence)
        scale = self.sentence_dim**0.5
        # every cell with every sentence: (batch, candidates, 4, hidden)
        hidden = self.cell_factor(cells) * self.sentence_factor(sentences) / scale
        hidden = hidden + self.cell_term(cells) + self.sentence_term(sentences)
        compared = self.compare(hidden).sum(2)  # (batch, candidates, hidden)
        return self.conclude(compared)  # (batch, candidates, outputs)


class Discriminator(PairNetwork):
    """Paper's D(s, X), as logits: is this a person's caption of this image?"""

    def __init__(self, config: Config):
        super().__init__(config, outputs=1)

    def forward(
        self,
        images: Float[Tensor, "batch 1 64 64"],
        sentences: Float[Tensor, "batch candidates sentence"],
    ) -> Float[Tensor, "batch candidates"]:
        """Logits of "real" for each candidate sentence of each image."""
        return super().forward(images, sentences).squeeze(-1)  # (batch, candidates)


class Recovery(PairNetwork):
    """Paper's Q(s, X): guesses c from the image and the caption that G chose."""

    def __init__(self, config: Config):
        super().__init__(config, outputs=config.latent_dim)

    def forward(
        self,
        images: Float[Tensor, "batch 1 64 64"],
        sentences: Float[Tensor, "batch sentence"],
    ) -> Float[Tensor, "batch latent"]:
        """The mean of Q's Gaussian over c."""
        guesses = super().forward(images, sentences[:, None])  # (batch, 1, latent)
        return guesses.squeeze(1)  # (batch, latent)


def build(config: Config, seed: int) -> tuple[Generator, Discriminator, Recovery]:
    """The three networks with weights drawn from ``seed``, without touching the global random state."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Generator(config), Discriminator(config), Recovery(config)
