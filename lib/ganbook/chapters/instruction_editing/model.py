"""The networks of the paper's section 3: encoders and their fusion, generator, discriminator; the baseline's encoder; the judge."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganbook.data.digit_edits import CAPTION_WORDS, LABELS
from ganbook.chapters.instruction_editing.config import Config
from ganbook.nn import DownStack, UpStack


def full_size(unit: Float[Tensor, "batch size"]) -> Float[Tensor, "batch size"]:
    """Unit vectors with components of order 1 instead of 1 / sqrt(size), so that the usual initial weights of a linear layer suit them.

    The same as larger initial weights (and a larger learning rate) in the layer behind; the directions are untouched.
    """
    return unit * unit.shape[1] ** 0.5


class TextEncoder(nn.Module):
    """Paper's IEnc (equation 2): word vectors and one LSTM whose last state, brought to unit length, is phi_i."""

    def __init__(self, size: int):
        super().__init__()
        self.words = nn.Embedding(len(CAPTION_WORDS) + 1, size, padding_idx=0)
        self.lstm = nn.LSTM(size, size, batch_first=True)

    def forward(self, tokens: Int[Tensor, "batch words"], lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch text"]:
        """Unit vectors; ``lengths`` says how many tokens of each row are words."""
        states, _ = self.lstm(self.words(tokens))
        last = states.gather(1, (lengths - 1)[:, None, None].expand(-1, 1, states.shape[2]))[:, 0]  # indexing would fix the batch size in an export
        return F.normalize(last.float(), dim=1)


class ImageEncoder(nn.Module):
    """Paper's ImEnc (equation 1): the discriminator's convolution stack and a linear layer, brought to unit length."""

    def __init__(self, config: Config):
        super().__init__()
        self.stack = DownStack(config.channels, config.resolution)
        self.project = nn.Linear(self.stack.features, config.image_dim)

    def forward(self, pictures: Float[Tensor, "batch 1 height width"]) -> Float[Tensor, "batch image"]:
        """Unit vectors phi_im."""
        return F.normalize(self.project(self.stack(pictures)[-1].flatten(1)).float(), dim=1)


class Encoder(nn.Module):
    """Source picture and instruction to the joint vector phi_fc, equations 1 to 3: what the target picture should be."""

    def __init__(self, config: Config):
        super().__init__()
        self.image, self.text = ImageEncoder(config), TextEncoder(config.text_dim)
        self.from_image = nn.Linear(config.image_dim, config.text_dim, bias=False)
        self.from_text = nn.Linear(config.text_dim, config.text_dim, bias=False)

    def forward(
        self,
        source: Float[Tensor, "batch 1 height width"],
        target: Float[Tensor, "batch 1 height width"],
        tokens: Int[Tensor, "batch words"],
        lengths: Int[Tensor, " batch"],
    ) -> Float[Tensor, "three batch joint"]:
        """What training needs: phi_fc of the source as it is, of the target as it is, and of the source and the instruction (equations 17 to 19)."""
        of_source, of_target = self.image(torch.cat([source, target])).chunk(2)
        return torch.stack([self.fuse(of_source), self.fuse(of_target), self.fuse(of_source, self.text(tokens, lengths))])

    def fuse(
        self, image: Float[Tensor, "batch image"], text: Float[Tensor, "batch text"] | None = None
    ) -> Float[Tensor, "batch joint"]:
        """phi_fc = sigmoid(W_im phi_im + W_i phi_i), brought to unit length; without an instruction phi_i is zero."""
        total = self.from_image(full_size(image))
        if text is not None:
            total = total + self.from_text(full_size(text))
        return F.normalize(total.float().sigmoid(), dim=1)


class CaptionEncoder(TextEncoder):
    """The baseline's encoder (cap2image, Reed et al. 2016): the full caption of the wanted picture, and no source picture."""

    def __init__(self, config: Config):
        super().__init__(config.text_dim)


class Generator(nn.Module):
    """Paper's Gen (equation 4): DCGAN's generator on z and the condition."""

    def __init__(self, config: Config):
        super().__init__()
        self.noise_dim = config.noise_dim
        self.stack = UpStack(config.noise_dim + config.text_dim, config.channels, config.resolution, config.output)

    def forward(
        self, noise: Float[Tensor, "batch noise"], condition: Float[Tensor, "batch joint"]
    ) -> Float[Tensor, "batch 1 height width"]:
        """Pictures in the range of the output activation; clip those of "linear" to [-1, 1]."""
        return self.stack(torch.cat([noise, full_size(condition)], dim=1))


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
        self.heads = nn.ModuleDict({name: nn.Linear(features, values) for name, values in LABELS.items()})

    def forward(self, features: Float[Tensor, "batch features"]) -> dict[str, Float[Tensor, "batch values"]]:
        """Logits for each name of ``LABELS``."""
        return {name: head(features).float() for name, head in self.heads.items()}


class Discriminator(nn.Module):
    """Paper's Dis (equations 5 and 6) with the auxiliary classifiers of section 3.5.1."""

    def __init__(self, config: Config):
        super().__init__()
        self.stack = DownStack(config.channels, config.resolution, config.discriminator_norm)
        self.project = nn.Linear(self.stack.features, config.image_dim)
        self.labels = StateHeads(config.image_dim)
        self.from_image = nn.Linear(config.image_dim, config.text_dim, bias=False)
        self.from_condition = nn.Linear(config.text_dim, config.text_dim)
        self.decide = nn.Linear(config.text_dim, 1)

    def forward(self, pictures: Float[Tensor, "batch 1 height width"], *conditions: Float[Tensor, "batch joint"]) -> Judgement:
        """Are these real pictures that fit the condition? The convolutions run once, however many conditions are tried."""
        maps = self.stack(pictures)
        vector = F.leaky_relu(self.project(maps[-1].flatten(1)), 0.2)
        of_pictures = self.from_image(vector)
        hidden = [F.leaky_relu(of_pictures + self.from_condition(full_size(condition)), 0.2) for condition in conditions]
        logits = torch.cat([self.decide(each) for each in hidden], dim=1)
        return Judgement([*maps, vector], self.labels(vector), logits.float())


class Judge(nn.Module):
    """The independent reader of pictures: what a person would say is there. Never part of the game; trained on rendered pictures only."""

    def __init__(self, config: Config):
        super().__init__()
        self.stack = DownStack(config.channels, config.resolution)
        self.heads = StateHeads(self.stack.features)

    def forward(self, pictures: Float[Tensor, "batch 1 height width"]) -> dict[str, Float[Tensor, "batch values"]]:
        """Logits for each name of ``LABELS``."""
        return self.heads(F.dropout(self.stack(pictures)[-1].flatten(1), 0.3, self.training))
