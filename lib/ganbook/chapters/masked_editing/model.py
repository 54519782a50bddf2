"""The networks of the paper's sections 3.1, 3.2 and 3.4 for avatars in colours, and the judge.

A comment behind a line gives the shape of what it makes. A picture of ``side`` pixels has maps of side / 16 after the
convolutions, eight times as many as ``channels``; ``features`` is what they come to when flattened.
"""

import copy
import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ganbook.chapters.masked_editing.config import Config
from ganbook.data.avatar_language import FIRST, WORDS
from ganbook.data.avatars import COUNTS, KINDS
from ganbook.nn import DownStack, ImageEncoder, TextEncoder, UpStack, full_size

RGB = 3

VOCABULARY = FIRST - 1 + len(WORDS)
"""Words of the grammar, and one that stands for all others."""


class Encoded(NamedTuple):
    """What pictures and sentences come to, as unit vectors.

    Attributes:
        image: (batch, image), phi_im.
        told: (batch, joint), phi_fc of picture and sentence (equation 19).
        untold: (batch, joint), phi_fc of the picture alone (equations 17, 18, 40 and 41).
    """

    image: Tensor
    told: Tensor
    untold: Tensor


class Encoder(nn.Module):
    """Paper's ImEnc and FC (equations 1 and 3): a picture and phi_i to the joint vector phi_fc."""

    def __init__(self, config: Config):
        super().__init__()
        side, channels, widest = config.resolution, config.channels, config.widest
        self.image = ImageEncoder(channels, side, config.image_dim, RGB, widest)
        self.from_image = nn.Linear(config.image_dim, config.text_dim, bias=False)
        self.from_text = nn.Linear(config.text_dim, config.text_dim, bias=False)

    def forward(
        self,
        pictures: Float[Tensor, "batch 3 side side"],
        text: Float[Tensor, "batch text"],
    ) -> Encoded:
        """``text`` is phi_i, or zero where nothing is said; then told and untold are the same."""
        image = self.image(pictures)  # (batch, image)
        of_image = self.from_image(full_size(image))  # (batch, joint)
        of_text = self.from_text(full_size(text))  # (batch, joint)
        told = F.normalize((of_image + of_text).float().sigmoid(), dim=1)  # (batch, joint)
        untold = F.normalize(of_image.float().sigmoid(), dim=1)  # (batch, joint)
        return Encoded(image, told, untold)


class MaskGenerator(nn.Module):
    """Paper's MGen (equation 24): where the source stays (1) and where it changes (0)."""

    def __init__(self, config: Config):
        super().__init__()
        size = config.image_dim + config.text_dim
        self.stack = UpStack(size, config.mask_channels, config.resolution, "sigmoid")

    def forward(
        self,
        image: Float[Tensor, "batch image"],
        text: Float[Tensor, "batch text"],
    ) -> Float[Tensor, "batch 1 side side"]:
        """Values in [0, 1], from phi_im and phi_i."""
        vectors = [full_size(image), full_size(text)]
        vectors = torch.cat(vectors, dim=1)  # (batch, image + text)
        return self.stack(vectors)  # (batch, 1, side, side)


class MaskedEncoder(nn.Module):
    """Paper's ImEncM (equations 25 and 26): what is left of the source, with its places."""

    def __init__(self, config: Config):
        super().__init__()
        side, channels, widest = config.resolution, config.channels, config.widest
        self.stack = DownStack(channels, side, colours=RGB, widest=widest)

    def forward(
        self,
        pictures: Float[Tensor, "batch 3 side side"],
        mask: Float[Tensor, "batch 1 side side"],
    ) -> Float[Tensor, "batch wide height width"]:
        """phi_m; at the paper's sizes 512 maps of 4 x 4."""
        kept = pictures * mask  # (batch, 3, side, side): one mask for all colours
        return self.stack(kept)[-1]  # (batch, 8 channels, side / 16, side / 16)


class Generator(nn.Module):
    """Paper's Gen: DCGAN's generator on z, phi_fc (equation 4) and with SIM phi_m (equation 27)."""

    def __init__(self, config: Config):
        super().__init__()
        size, side = config.noise_dim + config.text_dim, config.resolution
        channels, widest = config.channels, config.widest
        kept = min(8 * channels, widest or math.inf) if config.masking else 0
        self.stack = UpStack(size, channels, side, config.output, RGB, kept, widest)

    def forward(
        self,
        noise: Float[Tensor, "batch noise"],
        condition: Float[Tensor, "batch joint"],
        kept: Float[Tensor, "batch wide height width"] | None = None,
    ) -> Float[Tensor, "batch 3 side side"]:
        """Pictures in the range of the activation; of "linear", to be clipped."""
        vectors = [noise, full_size(condition)]
        vectors = torch.cat(vectors, dim=1)  # (batch, noise + joint)
        return self.stack(vectors, kept)  # (batch, 3, side, side)


class Judgement(NamedTuple):
    """What the discriminator says of a batch of pictures.

    Attributes:
        hidden: its hidden layers, phi_d last.
        logits: (batch, conditions), the logit of y (equation 6) for each condition that was asked about.
    """

    hidden: list[Tensor]
    logits: Float[Tensor, "batch conditions"]


class Discriminator(nn.Module):
    """Paper's Dis (equations 5 and 6)."""

    def __init__(self, config: Config):
        super().__init__()
        norm = config.discriminator_norm
        channels, widest = config.discriminator_channels, config.discriminator_widest
        self.stack = DownStack(channels, config.resolution, norm, RGB, widest)
        self.project = nn.Linear(self.stack.features, config.image_dim)
        self.from_image = nn.Linear(config.image_dim, config.text_dim, bias=False)
        self.from_condition = nn.Linear(config.text_dim, config.text_dim)
        self.decide = nn.Linear(config.text_dim, 1)

    def forward(
        self,
        pictures: Float[Tensor, "batch 3 side side"],
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
        return Judgement([*maps, vector], y)


def pasted(
    source: Float[Tensor, "batch 3 side side"],
    made: Float[Tensor, "batch 3 side side"],
    mask: Float[Tensor, "batch 1 side side"],
) -> Float[Tensor, "batch 3 side side"]:
    """The source where the mask is 1, what was made where it is 0. The mask is not taught by it."""
    mask = mask.detach()
    return mask * source + (1 - mask) * made


class EditingNetworks(nn.Module):
    """All that edits: the paper's model without its discriminator, with SIM or without."""

    def __init__(
        self,
        encoder: Encoder,
        text_encoder: TextEncoder,
        generator: Generator,
        mask_generator: MaskGenerator | None = None,
        masked_encoder: MaskedEncoder | None = None,
        pasting: bool = False,
    ):
        super().__init__()
        self.pasting = pasting
        self.encoder, self.text_encoder, self.generator = encoder, text_encoder, generator
        self.mask_generator, self.masked_encoder = mask_generator, masked_encoder

    @classmethod
    def made(cls, config: Config) -> "EditingNetworks":
        """New ones, with SIM if ``config.masking``."""
        usual = Encoder(config), TextEncoder(config.text_dim, VOCABULARY), Generator(config)
        if not config.masking:
            return cls(*usual)
        return cls(*usual, MaskGenerator(config), MaskedEncoder(config), config.pasting)

    def forward(
        self,
        source: Float[Tensor, "batch 3 side side"],
        noise: Float[Tensor, "batch noise"],
        text: Float[Tensor, "batch text"],
    ) -> tuple[Float[Tensor, "batch 3 side side"], Float[Tensor, "batch 1 side side"] | None]:
        """Sources changed as the vectors phi_i (zero: not at all) say, and the masks, if there are any."""
        encoded = self.encoder(source, text)
        if self.mask_generator is None:
            return self.generator(noise, encoded.told), None  # (batch, 3, side, side)
        mask = self.mask_generator(encoded.image, text)  # (batch, 1, side, side)
        kept = self.masked_encoder(source, mask)  # (batch, 8 channels, side / 16, side / 16)
        made = self.generator(noise, encoded.told, kept)  # (batch, 3, side, side)
        return (pasted(source, made, mask) if self.pasting else made), mask


class Selected(nn.Module):
    """The weights that did best on the development set so far; part of a run's state, and what is shipped.

    Attributes:
        networks: the weights.
        loss: their mean feature matching loss.
        phase: after which they were taken; 0 for none yet.
        looks: how many were compared.
    """

    def __init__(self, networks: EditingNetworks):
        super().__init__()
        self.networks = copy.deepcopy(networks).requires_grad_(False).eval()
        self.register_buffer("loss", torch.zeros(()))
        self.register_buffer("phase", torch.zeros((), dtype=torch.long))
        self.register_buffer("looks", torch.zeros((), dtype=torch.long))

    def offer(self, networks: EditingNetworks, loss: float, phase: int) -> None:
        """Take these weights if they are the first or better."""
        self.looks += 1
        if self.phase == 0 or loss < self.loss:
            self.networks.load_state_dict(networks.state_dict())
            self.loss.fill_(loss)
            self.phase.fill_(phase)


class Judge(nn.Module):
    """The independent reader of pictures: what a person would say is there.

    Never part of the game; trained on drawn portraits only. It begins at full size, for an iris is
    three pixels wide.
    """

    def __init__(self, config: Config):
        super().__init__()
        width, side = config.channels, config.resolution // 8
        self.look = nn.Sequential(nn.Conv2d(RGB, width, 3, padding=1), nn.LeakyReLU(0.2))
        self.stages = nn.Sequential(
            halved(width, 2 * width), halved(2 * width, 4 * width), halved(4 * width, 4 * width)
        )
        self.squeeze = nn.Conv2d(4 * width, 2 * width, 1)
        self.hidden = nn.Linear(2 * width * side**2, config.image_dim)
        self.heads = nn.ModuleList(nn.Linear(config.image_dim, count) for count in COUNTS)

    def forward(
        self,
        pictures: Float[Tensor, "batch 3 side side"],
    ) -> dict[str, Float[Tensor, "batch values"]]:
        """Logits for each kind of attribute, by its name."""
        maps = self.stages(self.look(pictures))  # (batch, 4 channels, side / 8, side / 8)
        features = F.leaky_relu(self.squeeze(maps), 0.2)  # (batch, 2 channels, side / 8, side / 8)
        features = features.flatten(1)  # (batch, 2 channels * (side / 8)^2)
        features = F.dropout(features, 0.2, self.training)
        vector = F.leaky_relu(self.hidden(features), 0.2)  # (batch, image)
        # (batch, values) each
        return {kind: head(vector).float() for kind, head in zip(KINDS, self.heads)}


def halved(n_in: int, n_out: int) -> nn.Sequential:
    """A convolution of stride 2 with batch norm and leaky ReLU (slope 0.2)."""
    convolution = nn.Conv2d(n_in, n_out, 4, stride=2, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(n_out), nn.LeakyReLU(0.2))
