"""The networks of the paper's section 3 (encoders, generator, discriminator), the baseline's encoder and the judge.

A comment behind a line gives the shape of what it makes. A picture of ``side`` pixels has maps of side / 16 after the
convolutions, eight times as many as ``channels``; ``features`` is what they come to when flattened.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganbook.chapters.instruction_editing.config import Config
from ganbook.data.digit_edits import CAPTION_WORDS, LABELS
from ganbook.nn import DownStack, ImageEncoder, TextEncoder, UpStack, full_size


class Encoder(nn.Module):
    """Picture and instruction to the joint vector phi_fc (equations 1 to 3)."""

    def __init__(self, config: Config):
        super().__init__()
        self.image = ImageEncoder(config.channels, config.resolution, config.image_dim)
        self.text = TextEncoder(config.text_dim, len(CAPTION_WORDS))
        self.from_image = nn.Linear(config.image_dim, config.text_dim, bias=False)
        self.from_text = nn.Linear(config.text_dim, config.text_dim, bias=False)

    def forward(
        self,
        source: Float[Tensor, "batch 1 height width"],
        target: Float[Tensor, "batch 1 height width"],
        tokens: Int[Tensor, "batch words"],
        lengths: Int[Tensor, " batch"],
    ) -> Float[Tensor, "three batch joint"]:
        """Equations 17 to 19: phi_fc of source, of target, and of the edited source."""
        of_both = self.image(torch.cat([source, target]))  # (2 batch, image)
        of_source, of_target = of_both.chunk(2)  # (batch, image) each
        told = self.text(tokens, lengths)  # (batch, text)
        joint = self.fuse(of_source), self.fuse(of_target), self.fuse(of_source, told)
        return torch.stack(joint)  # (3, batch, joint)

    def fuse(
        self,
        image: Float[Tensor, "batch image"],
        text: Float[Tensor, "batch text"] | None = None,
    ) -> Float[Tensor, "batch joint"]:
        """phi_fc = sigmoid(W_im phi_im + W_i phi_i) as unit vector; no text: no phi_i."""
        total = self.from_image(full_size(image))  # (batch, joint)
        if text is not None:
            total = total + self.from_text(full_size(text))  # (batch, joint)
        return F.normalize(total.float().sigmoid(), dim=1)


class CaptionEncoder(TextEncoder):
    """The baseline's encoder (cap2image, Reed et al. 2016): a full caption, no picture."""

    def __init__(self, config: Config):
        super().__init__(config.text_dim, len(CAPTION_WORDS))


class Generator(nn.Module):
    """Paper's Gen (equation 4): DCGAN's generator on z and the condition."""

    def __init__(self, config: Config):
        super().__init__()
        self.noise_dim = config.noise_dim
        size = config.noise_dim + config.text_dim
        self.stack = UpStack(size, config.channels, config.resolution, config.output)

    def forward(
        self,
        noise: Float[Tensor, "batch noise"],
        condition: Float[Tensor, "batch joint"],
    ) -> Float[Tensor, "batch 1 height width"]:
        """Pictures in the range of the activation; of "linear", to be clipped."""
        vectors = [noise, full_size(condition)]
        vectors = torch.cat(vectors, dim=1)  # (batch, noise + joint)
        return self.stack(vectors)  # (batch, 1, height, width)


class Judgement(NamedTuple):
    """What the discriminator says of a batch of pictures.

    Attributes:
        hidden: its hidden layers, phi_d last.
        labels: logits of the auxiliary classifiers, (batch, values) for each name of ``LABELS``.
        logits: (batch, conditions), the logit of y (equation 6) for each condition that was asked about.
    """

    hidden: list[Tensor]
    labels: dict[str, Tensor]
    logits: Float[Tensor, "batch conditions"]


class StateHeads(nn.Module):
    """One linear classifier for each part of a state (equations 29 to 33)."""

    def __init__(self, features: int):
        super().__init__()
        heads = {name: nn.Linear(features, values) for name, values in LABELS.items()}
        self.heads = nn.ModuleDict(heads)

    def forward(
        self,
        features: Float[Tensor, "batch features"],
    ) -> dict[str, Float[Tensor, "batch values"]]:
        """Logits for each name of ``LABELS``."""
        logits = {name: head(features) for name, head in self.heads.items()}  # (batch, values)
        return {name: each.float() for name, each in logits.items()}


class Discriminator(nn.Module):
    """Paper's Dis (equations 5, 6) with the auxiliary classifiers of section 3.5.1."""

    def __init__(self, config: Config):
        super().__init__()
        norm = config.discriminator_norm
        self.stack = DownStack(config.channels, config.resolution, norm)
        self.project = nn.Linear(self.stack.features, config.image_dim)
        self.labels = StateHeads(config.image_dim)
        self.from_image = nn.Linear(config.image_dim, config.text_dim, bias=False)
        self.from_condition = nn.Linear(config.text_dim, config.text_dim)
        self.decide = nn.Linear(config.text_dim, 1)

    def forward(
        self,
        pictures: Float[Tensor, "batch 1 height width"],
        *conditions: Float[Tensor, "batch joint"],
    ) -> Judgement:
        """Real, and fitting? The convolutions run once for all conditions."""
        maps = self.stack(pictures)  # of every layer
        features = maps[-1].flatten(1)  # (batch, features)
        vector = F.leaky_relu(self.project(features), 0.2)  # (batch, image): phi_d
        of_pictures = self.from_image(vector)  # (batch, joint)
        logits = []
        for condition in conditions:
            told = self.from_condition(full_size(condition))  # (batch, joint)
            joined = of_pictures + told  # (batch, joint)
            logits.append(self.decide(F.leaky_relu(joined, 0.2)))  # (batch, 1)
        y = torch.cat(logits, dim=1).float()  # (batch, conditions)
        return Judgement([*maps, vector], self.labels(vector), y)


class Judge(nn.Module):
    """The independent reader of pictures: what a person would say is there.

    Never part of the game; trained on rendered pictures only.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.stack = DownStack(config.channels, config.resolution)
        self.heads = StateHeads(self.stack.features)

    def forward(
        self,
        pictures: Float[Tensor, "batch 1 height width"],
    ) -> dict[str, Float[Tensor, "batch values"]]:
        """Logits for each name of ``LABELS``."""
        maps = self.stack(pictures)[-1]  # (batch, 8 channels, height / 16, width / 16)
        features = maps.flatten(1)  # (batch, features)
        features = F.dropout(features, 0.3, self.training)
        return self.heads(features)  # (batch, values) each
