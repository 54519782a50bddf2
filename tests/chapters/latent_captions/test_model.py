"""Shapes, symmetries and refusals of G, D and Q."""

import pytest
import torch

from ganbook.chapters.latent_captions.config import Config
from ganbook.chapters.latent_captions.model import build
from ganbook.errors import UserError
from ganbook.nn import CellEncoder

CONFIG = Config(channels=4, feature_dim=16, hidden_dim=32, sentence_dim=8)


@pytest.fixture
def networks():
    return build(CONFIG, seed=0)


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(6, 1, 64, 64, generator=generator) * 2 - 1
    return images, torch.randn(6, 3, generator=generator), torch.randn(6, 8, generator=generator)


def swap_cells(images: torch.Tensor) -> torch.Tensor:
    """Left and right columns of cells exchanged."""
    return images.roll(32, dims=3)


def test_shapes(networks, batch):
    generator, discriminator, recovery = networks
    images, latents, sentences = batch
    assert generator(latents, images).shape == (6, 8)
    assert discriminator(images, torch.stack([sentences, sentences], 1)).shape == (6, 2)
    assert recovery(images, sentences).shape == (6, 3)


def test_the_generator_without_normalisation_has_none():
    counts = [
        sum(isinstance(each, torch.nn.BatchNorm2d) for each in build(Config(generator_norm=norm), seed=0)[0].modules())
        for norm in ("batch", "none")
    ]
    assert counts[0] > 0 and counts[1] == 0


def test_the_order_of_the_cells_means_nothing(networks, batch):
    generator, discriminator, recovery = networks
    images, latents, sentences = batch
    swapped = swap_cells(images)
    torch.testing.assert_close(generator(latents, swapped), generator(latents, images))
    torch.testing.assert_close(discriminator(swapped, sentences[:, None]), discriminator(images, sentences[:, None]))
    torch.testing.assert_close(recovery(swapped, sentences), recovery(images, sentences))


def test_with_positions_the_order_of_the_cells_matters(batch):
    from dataclasses import replace

    generator, _, _ = build(replace(CONFIG, positions=True), seed=0)
    images, latents, _ = batch
    assert (generator(latents, swap_cells(images)) - generator(latents, images)).abs().max() > 1e-3


def test_cells_are_seen_in_reading_order():
    encoder = CellEncoder(4, 8).eval()
    images = torch.full((1, 1, 64, 64), -1.0)
    empty = encoder(images)
    images[:, :, :32, 32:] = 1.0
    changed = (encoder(images) - empty).abs().sum(2)[0] > 1e-4
    assert changed.tolist() == [False, True, False, False]


def test_candidates_are_judged_independently(networks, batch):
    _, discriminator, _ = networks
    images, _, sentences = batch
    both = discriminator(images, torch.stack([sentences, -sentences], 1))
    torch.testing.assert_close(both[:, :1], discriminator(images, sentences[:, None]))
    torch.testing.assert_close(both[:, 1:], discriminator(images, -sentences[:, None]))


def test_attention_is_a_distribution_over_cells_and_depends_on_c(networks, batch):
    generator, _, _ = networks
    images, latents, _ = batch
    features = generator.image_network(images)
    shares = generator.attention(latents, features)
    torch.testing.assert_close(shares.sum(1), torch.ones(6))
    assert (shares - generator.attention(-latents, features)).abs().max() > 1e-3


def test_build_depends_on_the_seed_only():
    torch.manual_seed(1)
    first = build(CONFIG, seed=5)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    second = build(CONFIG, seed=5)
    assert torch.equal(state, torch.get_rng_state())
    for a, b in zip(first, second):
        assert all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values()))


@pytest.mark.parametrize(
    ("latents", "images", "message"),
    [
        (torch.zeros(2, 4), torch.zeros(2, 1, 64, 64), r"latents of shape \(batch, 3\).*\(2, 4\)"),
        (torch.zeros(2, 3, dtype=torch.long), torch.zeros(2, 1, 64, 64), "float dtype.*int64"),
        (torch.full((2, 3), torch.nan), torch.zeros(2, 1, 64, 64), "latents hold NaN"),
        (torch.zeros(2, 3), torch.zeros(2, 1, 32, 32), r"\(batch, 1, 64, 64\).*\(2, 1, 32, 32\)"),
        (torch.zeros(2, 3), torch.zeros(2, 64, 64), r"\(batch, 1, 64, 64\)"),
        (torch.zeros(2, 3), torch.zeros(2, 1, 64, 64, dtype=torch.uint8), "float dtype.*uint8"),
        (torch.zeros(2, 3), torch.full((2, 1, 64, 64), torch.nan), "images hold NaN"),
    ],
)
def test_bad_input_to_the_generator_is_refused(networks, latents, images, message):
    with pytest.raises(UserError, match=message):
        networks[0](latents, images)


@pytest.mark.parametrize("which", [1, 2])
def test_bad_sentences_are_refused(networks, which):
    images = torch.zeros(2, 1, 64, 64)
    with pytest.raises(UserError, match=r"sentence vectors of shape \(batch, 8\)"):
        networks[which](images, torch.zeros(2, 1, 7) if which == 1 else torch.zeros(2, 7))
