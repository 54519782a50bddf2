"""The text side: vocabulary and autoencoder."""

import pytest
import torch

from ganbook.chapters.latent_captions.analysis import new_autoencoder
from ganbook.chapters.latent_captions.config import Config
from ganbook.chapters.latent_captions.text import Vocabulary, pretrain, reconstruction_loss
from ganbook.errors import UserError

SMALL = {"embedding_dim": 8, "text_hidden_dim": 32, "sentence_dim": 16}


@pytest.mark.parametrize("kind", ["label", "label_and_place"])
def test_encoding_and_decoding_word_numbers_is_exact(kind):
    captions = Config(captions=kind).all_captions()
    vocabulary = Vocabulary(captions)
    assert vocabulary.decode(vocabulary.encode(captions)) == captions


def test_decoding_stops_at_the_first_end_mark():
    vocabulary = Vocabulary(["three", "one two"])
    assert vocabulary.decode(torch.tensor([[1, 0, 3], [0, 1, 2], [1, 2, 3]])) == ["three", "", "three one two"]


@pytest.mark.parametrize(
    ("caption", "message"),
    [
        ("eleven", "'eleven' .* not in the vocabulary; known words: zero, one"),
        ("", "1 to 1 words"),
        ("one two", "1 to 1 words"),
    ],
)
def test_bad_captions_are_refused_with_what_was_expected(caption, message):
    vocabulary = Vocabulary(Config().all_captions())
    with pytest.raises(UserError, match=message):
        vocabulary.encode([caption])


def test_pretraining_makes_reconstruction_exact_even_with_noise():
    config = Config()
    autoencoder = new_autoencoder(config, seed=0)
    captions = config.all_captions()
    losses = pretrain(autoencoder, captions, config.autoencoder_steps, config.sentence_noise, seed=0)
    assert losses[-1] < losses[0] / 4
    sentences = autoencoder.encode(autoencoder.vocabulary.encode(captions))
    assert autoencoder.to_text(sentences) == captions
    noisy = sentences + 0.2 * torch.randn(sentences.shape, generator=torch.Generator().manual_seed(0))
    assert autoencoder.to_text(noisy) == captions


def test_too_short_pretraining_is_an_error_not_a_bad_autoencoder():
    config = Config(**SMALL)
    with pytest.raises(RuntimeError, match="train it longer"):
        pretrain(new_autoencoder(config, seed=0), config.all_captions(), steps=1, noise=0.5, seed=0)


def test_pretraining_freezes_and_same_seed_gives_same_weights():
    config = Config(**SMALL)
    first, second = new_autoencoder(config, seed=3), new_autoencoder(config, seed=3)
    for autoencoder in (first, second):
        pretrain(autoencoder, config.all_captions(), 200, 0.3, seed=3)
    assert not any(parameter.requires_grad for parameter in first.parameters())
    assert all(torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values()))


def test_sentence_vectors_are_standardised():
    config = Config()
    autoencoder = new_autoencoder(config, seed=0)
    sentences = autoencoder.encode(autoencoder.vocabulary.encode(config.all_captions()))
    torch.testing.assert_close(sentences.mean(1), torch.zeros(10), atol=1e-5, rtol=0)
    torch.testing.assert_close(sentences.var(1, unbiased=False), torch.ones(10), atol=1e-2, rtol=0)


def test_the_encoder_reads_every_word_and_ignores_padding():
    config = Config(captions="label_and_place")
    autoencoder = new_autoencoder(config, seed=0)
    numbers = autoencoder.vocabulary.encode(
        ["a three at the top left", "a four at the top left", "a three at the bottom left"]
    )
    sentences = autoencoder.encode(numbers)
    assert torch.cdist(sentences, sentences)[~torch.eye(3, dtype=torch.bool)].min() > 1e-3


def test_reconstruction_gradient_reaches_both_halves():
    config = Config(**SMALL)
    autoencoder = new_autoencoder(config, seed=0)
    reconstruction_loss(autoencoder, autoencoder.vocabulary.encode(["three"]), torch.zeros(1, 16)).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in autoencoder.parameters())
