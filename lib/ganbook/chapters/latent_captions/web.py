"""The chapter's model on the web page: from c and the features of images to the numbers of captions."""

from pathlib import Path

import torch
from jaxtyping import Float, Int32, Int64
from torch import Tensor, nn

from ganbook.chapters.latent_captions.analysis import NO_LABEL, Captioner, load_captioner
from ganbook.nn import weights_id
from ganbook.widgets.live import LiveModel, LivePart


class CellsNetwork(nn.Module):
    """What does not depend on c in the generator: what each cell brings to the attention, and what it would say."""

    def __init__(self, captioner: Captioner):
        super().__init__()
        self.generator = captioner.generator

    def forward(
        self, features: Float[Tensor, "images cells features"]
    ) -> tuple[Float[Tensor, "images cells hidden"], Float[Tensor, "images cells sentence"]]:
        # (images, 4, hidden) and (images, 4, sentence)
        return self.generator.cell_to_hidden(features), self.generator.say(features)


class LabelNetwork(nn.Module):
    """The rest of what ``Labeller.__call__`` does: the number of the caption of every image under every c.

    The number is ``NO_LABEL`` for what is no caption. The browser's engine is slow at leaky ReLU and at small steps, so
    both are written in another way than in the generator and the decoder.
    """

    def __init__(self, captioner: Captioner):
        super().__init__()
        self.latent_to_hidden, self.score = captioner.generator.latent_to_hidden, captioner.generator.score
        self.autoencoder = captioner.autoencoder
        vocabulary, decoder = captioner.autoencoder.vocabulary, captioner.autoencoder.decoder
        self.register_buffer("captions", vocabulary.encode(captioner.config.all_captions()))
        with torch.no_grad():
            of_words = captioner.autoencoder.embedding.weight @ decoder.weight_ih.T
        self.register_buffer("gates_of_words", of_words + decoder.bias_ih + decoder.bias_hh)

    def forward(
        self,
        latents: Float[Tensor, "n size"],
        hidden: Float[Tensor, "images cells hidden"],
        sentences: Float[Tensor, "images cells sentence"],
    ) -> Int32[Tensor, "n images"]:
        scores = hidden + self.latent_to_hidden(latents)[:, None, None]  # (n, images, 4, hidden)
        for layer in self.score.modules():
            if isinstance(layer, nn.LeakyReLU):
                scores = torch.maximum(scores, layer.negative_slope * scores)
            elif isinstance(layer, nn.Linear):
                scores = layer(scores)
        attention = scores.squeeze(-1).softmax(-1)  # (n, images, 4)
        mixed = (attention[..., None] * sentences).sum(-2)  # (n, images, sentence)
        words = self._words(mixed.flatten(0, 1))  # (n * images, length)
        said = words * ((words == 0).cumsum(1) == 0)  # nothing counts behind the end of the sentence
        matches = (said[:, None] == self.captions).all(2)  # (n * images, captions)
        numbers = torch.where(matches.any(1), matches.int().argmax(1), NO_LABEL)
        return numbers.reshape(latents.shape[0], hidden.shape[0]).int()  # (n, images)

    def _words(self, sentences: Float[Tensor, "batch sentence"]) -> Int64[Tensor, "batch length"]:
        """``SentenceAutoencoder.decode`` and its best words; what a word adds to the gates comes from a table."""
        hidden = torch.tanh(self.autoencoder.from_sentence(sentences))
        memory, from_word, words = torch.zeros_like(hidden), self.gates_of_words[:1], []
        for _ in range(self.autoencoder.vocabulary.length):
            gates = nn.functional.linear(hidden, self.autoencoder.decoder.weight_hh) + from_word
            take, keep, new, show = gates.unflatten(1, (4, -1)).unbind(1)
            memory = keep.sigmoid() * memory + take.sigmoid() * new.tanh()
            hidden = show.sigmoid() * memory.tanh()
            words.append(self.autoencoder.to_word(hidden).argmax(1))
            from_word = self.gates_of_words[words[-1]]
        return torch.stack(words, 1)


def live_model(folder: Path) -> LiveModel:
    """The captioner of a checkpoint; raises as :func:`ganbook.chapters.latent_captions.analysis.load_captioner`."""
    captioner = load_captioner(folder)
    config = captioner.config

    def random_inputs(n: int, seed: int) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        images = 2 * torch.rand(2 * n, 1, 64, 64, generator=generator) - 1
        with torch.no_grad():
            features = captioner.generator.image_network(images)
        return {"latents": torch.randn(n, config.latent_dim, generator=generator), "features": features}

    parts = [
        LivePart(CellsNetwork(captioner).eval(), ("features",), ("hidden", "sentences"), [("features", 0)]),
        LivePart(
            LabelNetwork(captioner).eval(),
            ("latents", "hidden", "sentences"),
            ("labels",),
            [("latents", 0), ("hidden", 0), ("sentences", 0)],
        ),
    ]
    table = {"captions": config.all_captions(), "words": list(captioner.autoencoder.vocabulary.words)}
    return LiveModel(weights_id(captioner), parts, random_inputs, tolerance=0.0, table=table)
