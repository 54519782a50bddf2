"""The text side: captions as word numbers, and the LSTM autoencoder that turns them into sentence vectors and back.

LaTextGAN (Donahue & Rumshisky 2018) trains its GAN on the sentence vectors of an autoencoder, because words are
discrete and no gradient passes through the choice of a word.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganbook.errors import UserError

END = "<end>"


class Vocabulary:
    """The words of a list of captions, numbered; number 0 ends (and pads) a sentence."""

    def __init__(self, captions: Sequence[str]):
        words = dict.fromkeys(word for caption in captions for word in caption.split())
        self.words = (END, *words)
        self.number = {word: number for number, word in enumerate(self.words)}
        self.length = 1 + max(len(caption.split()) for caption in captions)

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, captions: Sequence[str]) -> Int[Tensor, "batch length"]:
        """Word numbers (int64), each sentence ended and padded with 0.

        Raises:
            UserError: a word is not in the vocabulary, a caption is empty, or longer than any that the vocabulary was
                made from.
        """
        return torch.tensor([self._encode_one(caption) for caption in captions])

    def _encode_one(self, caption: str) -> list[int]:
        words = caption.split()
        unknown = [word for word in words if word not in self.number]
        if unknown:
            known = ", ".join(self.words[1:])
            missing = f"{unknown[0]!r} in the caption {caption!r}"
            raise UserError(f"{missing} is not in the vocabulary; known words: {known}.")
        if not 0 < len(words) < self.length:
            raise UserError(f"A caption has 1 to {self.length - 1} words, not {len(words)}: {caption!r}.")
        return [self.number[word] for word in words] + [0] * (self.length - len(words))

    def decode(self, numbers: Int[Tensor, "batch length"]) -> list[str]:
        """Captions as text; each stops at its first end mark."""
        rows = ([*row, 0] for row in numbers.tolist())
        return [" ".join(self.words[n] for n in row[: row.index(0)] if n) for row in rows]


class SentenceAutoencoder(nn.Module):
    """LSTM encoder -> sentence vector -> LSTM decoder, after LaTextGAN.

    The sentence vector has mean 0 and variance 1 over its components, so that noise of a given size means the same for
    every caption.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        embedding_dim: int,
        hidden_dim: int,
        sentence_dim: int,
    ):
        super().__init__()
        self.vocabulary = vocabulary
        self.sentence_dim = sentence_dim
        self.embedding = nn.Embedding(len(vocabulary), embedding_dim)
        self.encoder = nn.LSTM(embedding_dim, hidden_dim, batch_first=True)
        self.to_sentence = nn.Sequential(
            nn.Linear(hidden_dim, sentence_dim),
            nn.LayerNorm(sentence_dim, elementwise_affine=False),
        )
        self.from_sentence = nn.Linear(sentence_dim, hidden_dim)
        self.decoder = nn.LSTMCell(embedding_dim, hidden_dim)
        self.to_word = nn.Linear(hidden_dim, len(vocabulary))

    def encode(self, numbers: Int[Tensor, "batch length"]) -> Float[Tensor, "batch sentence"]:
        """Sentence vectors of captions given as word numbers (see :meth:`Vocabulary.encode`)."""
        words = self.embedding(numbers)  # (batch, length, embedding)
        states, _ = self.encoder(words)  # (batch, length, hidden)
        end = (numbers != 0).sum(1).clamp(max=numbers.shape[1] - 1)  # (batch,): where the end mark stands
        last = states[torch.arange(len(states), device=states.device), end]  # (batch, hidden)
        return self.to_sentence(last)  # (batch, sentence)

    def decode(
        self, sentences: Float[Tensor, "batch sentence"], teacher: Int[Tensor, "batch length"] | None = None
    ) -> Float[Tensor, "batch length words"]:
        """Word logits, step by step.

        Each step is fed the word before it: the teacher's if given, else the decoder's own best one.
        """
        hidden = torch.tanh(self.from_sentence(sentences))  # (batch, hidden)
        cell = torch.zeros_like(hidden)
        batch = sentences.shape[0]  # len() would fix it in an export
        word = torch.zeros(batch, dtype=torch.long, device=sentences.device)  # (batch,): the end mark, as a start
        logits = []
        for step in range(self.vocabulary.length):
            hidden, cell = self.decoder(self.embedding(word), (hidden, cell))
            logits.append(self.to_word(hidden))  # (batch, words)
            word = logits[-1].argmax(1) if teacher is None else teacher[:, step]  # (batch,)
        return torch.stack(logits, 1)  # (batch, length, words)

    @torch.no_grad()
    def to_text(self, sentences: Float[Tensor, "batch sentence"]) -> list[str]:
        """Captions decoded greedily from sentence vectors."""
        return self.vocabulary.decode(self.decode(sentences).argmax(2))


def reconstruction_loss(
    autoencoder: SentenceAutoencoder, numbers: Int[Tensor, "batch length"], noise: Float[Tensor, "batch sentence"]
) -> Float[Tensor, ""]:
    """Cross entropy (nats a word) of captions decoded from their own sentence vectors plus noise.

    The noise makes it a denoising autoencoder (Vincent et al. 2008): captions move apart, and a vector that the
    generator gets nearly right is still read as the right caption.
    """
    logits = autoencoder.decode(autoencoder.encode(numbers) + noise, teacher=numbers)
    return F.cross_entropy(logits.flatten(0, 1), numbers.flatten())


def pretrain(
    autoencoder: SentenceAutoencoder,
    captions: Sequence[str],
    steps: int,
    noise: float,
    seed: int,
) -> list[float]:
    """Train the autoencoder on all captions at once, ``steps`` times, then freeze it.

    Returns:
        The loss (nats a word) of every step.

    Raises:
        RuntimeError: reconstruction is not exact on every caption after ``steps`` steps.
    """
    generator = torch.Generator().manual_seed(seed)
    numbers = autoencoder.vocabulary.encode(captions)
    optimizer = torch.optim.Adam(autoencoder.parameters(), lr=3e-3)
    losses = []
    for _ in range(steps):
        drawn = torch.randn(len(numbers), autoencoder.sentence_dim, generator=generator)
        loss = reconstruction_loss(autoencoder, numbers, noise * drawn)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    autoencoder.requires_grad_(False).eval()
    read_back = autoencoder.to_text(autoencoder.encode(numbers))
    wrong = [caption for caption, read in zip(captions, read_back) if caption != read]
    if wrong:
        misread = f"{len(wrong)} captions, such as {wrong[0]!r}"
        raise RuntimeError(f"After {steps} steps the autoencoder still misreads {misread}: train it longer.")
    return losses
