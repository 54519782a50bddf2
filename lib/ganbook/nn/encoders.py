"""Encoders of sentences and pictures to unit vectors (Shinagawa et al., equations 1 and 2)."""

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganbook.nn.dcgan import DownStack


def full_size(unit: Float[Tensor, "batch size"]) -> Float[Tensor, "batch size"]:
    """Unit vectors with components of order 1 instead of 1 / sqrt(size), which suits the usual initial weights.

    The same as larger initial weights (and a larger learning rate) in the layer behind; the directions are untouched.
    """
    return unit * unit.shape[1] ** 0.5


class TextEncoder(nn.Module):
    """Paper's IEnc (equation 2): word vectors and an LSTM; its last state is phi_i.

    Args:
        size: of word vectors and of the state.
        words: size of the vocabulary; tokens are 1 to ``words``, 0 stands behind a sentence.
    """

    def __init__(self, size: int, words: int):
        super().__init__()
        self.words = nn.Embedding(words + 1, size, padding_idx=0)
        self.lstm = nn.LSTM(size, size, batch_first=True)

    def forward(
        self, tokens: Int[Tensor, "batch words"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch text"]:
        """Unit vectors; ``lengths`` says how many tokens of each row are words."""
        vectors = self.words(tokens)  # (batch, words, text)
        states, _ = self.lstm(vectors)  # (batch, words, text): a state after each
        # the one after the last word (indexing by rows would fix the batch size in exports)
        last = (lengths - 1)[:, None, None]  # (batch, 1, 1)
        last = last.expand(-1, 1, states.shape[2])  # (batch, 1, text)
        state = states.gather(1, last)[:, 0]  # (batch, text)
        return F.normalize(state.float(), dim=1)


class ImageEncoder(nn.Module):
    """Paper's ImEnc (equation 1): convolutions and a linear layer.

    Args:
        channels: width of the first convolution.
        resolution: side of the pictures, a multiple of 16.
        size: of the vector phi_im.
        colours: channels of the pictures.
        widest: most channels of any convolution; none by default.
    """

    def __init__(
        self,
        channels: int,
        resolution: int,
        size: int,
        colours: int = 1,
        widest: int | None = None,
    ):
        super().__init__()
        self.stack = DownStack(channels, resolution, colours=colours, widest=widest)
        self.project = nn.Linear(self.stack.features, size)

    def forward(
        self,
        pictures: Float[Tensor, "batch colours height width"],
    ) -> Float[Tensor, "batch image"]:
        """Unit vectors phi_im."""
        maps = self.stack(pictures)[-1]  # (batch, 8 channels, height / 16, width / 16)
        features = maps.flatten(1)  # (batch, features)
        return F.normalize(self.project(features).float(), dim=1)  # (batch, image)
