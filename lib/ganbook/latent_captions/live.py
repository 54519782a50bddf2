"""The chapter's model on the web page: from c and the features of images to the numbers of captions."""

from pathlib import Path

import torch
from jaxtyping import Float, Int32
from torch import Tensor, nn

from ganbook.latent_captions.analysis import NO_LABEL, Captioner, load_captioner
from ganbook.live import LiveModel
from ganbook.nn import weights_id

VARIANTS = ("main",)
"""Those with a widget."""


class LabelNetwork(nn.Module):
    """What ``Labeller.__call__`` does: the number of the caption of every image under every c, ``NO_LABEL`` for text that is no caption."""

    def __init__(self, captioner: Captioner):
        super().__init__()
        self.generator, self.autoencoder = captioner.generator, captioner.autoencoder
        vocabulary = captioner.autoencoder.vocabulary
        self.register_buffer("captions", vocabulary.encode(captioner.config.all_captions()))

    def forward(self, latents: Float[Tensor, "n size"], features: Float[Tensor, "images cells features"]) -> Int32[Tensor, "n images"]:
        generator = self.generator
        hidden = generator.cell_to_hidden(features) + generator.latent_to_hidden(latents)[:, None, None]
        attention = generator.score(hidden).squeeze(-1).softmax(-1)
        sentences = (attention[..., None] * generator.say(features)).sum(-2)
        words = self.autoencoder.decode(sentences.flatten(0, 1)).argmax(2)
        said = words * ((words == 0).cumsum(1) == 0)  # nothing counts behind the end of the sentence
        matches = (said[:, None] == self.captions).all(2)
        numbers = torch.where(matches.any(1), matches.int().argmax(1), NO_LABEL)
        return numbers.reshape(latents.shape[0], features.shape[0]).int()


def live_model(folder: Path) -> LiveModel:
    """The captioner of a checkpoint; raises as :func:`ganbook.latent_captions.analysis.load_captioner`."""
    captioner = load_captioner(folder)
    config = captioner.config

    def random_inputs(n: int, seed: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        images = 2 * torch.rand(2 * n, 1, 64, 64, generator=generator) - 1
        with torch.no_grad():
            features = captioner.generator.image_network(images)
        return {"latents": torch.randn(n, config.latent_dim, generator=generator), "features": features}

    network = LabelNetwork(captioner).eval()
    dynamic = [("latents", 0), ("features", 0)]
    table = {"captions": config.all_captions(), "words": list(captioner.autoencoder.vocabulary.words)}
    return LiveModel(weights_id(captioner), network, "labels", random_inputs, dynamic, tolerance=0.0, table=table)
