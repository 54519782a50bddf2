"""Encoder, generator and discriminators against loops and plain formulas, and what changes what."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from chapters.class_styles.few import CLASSES, SIDE, SMOKE, label_maps
from torch import nn

from ganbook.chapters.class_styles.config import PROFILES, Config
from ganbook.chapters.class_styles.model import (
    Block,
    Discriminator,
    Encoder,
    FittedPrior,
    Generator,
    PositionNorm,
    Posterior,
    Spade,
    SpectralConv,
    Styles,
    class_maxima,
    one_hot,
    pyramid,
    shapes,
)
from ganbook.errors import UserError

LEVELS = SMOKE.levels


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def codes(config: Config, n: int) -> Styles:
    return Styles(*(torch.randn(size) for size in shapes(config, CLASSES, n)))


def lively(module: nn.Module) -> nn.Module:
    """Weights that are not small, as after training; in evaluation mode, so that nothing changes by looking."""
    for each in module.modules():
        if isinstance(each, nn.Linear | nn.Conv2d) and not isinstance(each, SpectralConv):
            nn.init.kaiming_normal_(each.weight)
    return module.eval()


def by_loops(maps, labels):
    """The maximum of each channel over each class's places, one by one."""
    found = torch.zeros(len(maps), CLASSES, maps.shape[1])
    for n in range(len(maps)):
        for number in range(CLASSES):
            places = labels[n] == number
            if places.any():
                found[n, number] = torch.stack([channel[places].max() for channel in maps[n]])
    return found


# Label maps and pooling


def test_maxima_are_those_of_loops_with_their_gradients():
    labels, maps = label_maps(3), torch.randn(3, 5, SIDE, SIDE, requires_grad=True)
    found, present = class_maxima(maps, labels, CLASSES)
    expected, weights = by_loops(maps, labels), torch.randn(3, CLASSES, 5)
    assert torch.equal(found, expected)
    assert torch.equal(present, torch.stack([(labels == k).flatten(1).any(1) for k in range(CLASSES)], 1))
    ours, theirs = (torch.autograd.grad((each * weights).sum(), maps)[0] for each in (found, expected))
    assert torch.equal(ours, theirs) and ours.count_nonzero() == 5 * present.sum()


def test_maxima_below_zero_stay_so():
    labels = torch.zeros(1, 4, 4, dtype=torch.long)
    found, present = class_maxima(torch.full((1, 2, 4, 4), -3.0), labels, 3)
    assert found[0].tolist() == [[-3, -3], [0, 0], [0, 0]] and present[0].tolist() == [True, False, False]


def test_a_pyramid_takes_the_nearest_and_no_level_holds_what_a_finer_one_does_not():
    labels = torch.randint(CLASSES, (4, SIDE, SIDE))
    found = pyramid(labels, LEVELS)
    assert [each.shape[1] for each in found] == [16, 8, 4]
    for each in found:
        assert torch.equal(each, F.interpolate(labels[:, None].float(), each.shape[1:])[:, 0].long())
    held = [one_hot(each, CLASSES).amax((2, 3)) for each in found]
    assert (held[0] >= held[1]).all() and (held[1] >= held[2]).all()


def test_a_label_map_of_bytes_will_do():
    hot = one_hot(label_maps(2), CLASSES)
    assert hot.shape == (2, CLASSES, SIDE, SIDE) and (hot.sum(1) == 1).all()
    assert torch.equal(hot.argmax(1), label_maps(2).long())


# Layers


def conv(x, layer, **how):
    """A convolution by its definition: patches times weights."""
    kernel = layer.kernel_size[0]
    patches = F.unfold(x, kernel, padding=kernel // 2)  # (n, channels * kernel^2, pixels)
    out = layer.weight.detach().flatten(1) @ patches
    out = out if layer.bias is None else out + layer.bias[:, None]
    return out.view(len(x), -1, *x.shape[2:])


def spade_by_hand(spade, x, told):
    mean, variance = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), keepdim=True, correction=0)
    hidden = conv(told, spade.look).clamp(min=0)
    gamma, beta = conv(hidden, spade.say).split(x.shape[1], 1)
    return (x - mean) / (variance + 1e-5).sqrt() * (1 + gamma) + beta


@pytest.mark.parametrize("kernel", [1, 3])
def test_spade_by_its_formula(kernel):
    spade = lively(Spade(5, 4, replace(SMOKE, spade_kernel=kernel))).train()
    x, told = 3 + 2 * torch.randn(2, 5, 8, 8), torch.randn(2, 4, 8, 8)
    torch.testing.assert_close(spade(x, told), spade_by_hand(spade, x, told), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n_out", [6, 4])
def test_a_block_by_its_formula(n_out):
    block = lively(Block(6, n_out, 4, SMOKE))
    for norm in (each for each in block.modules() if isinstance(each, Spade)):
        norm.train()
    x, told = torch.randn(2, 6, 8, 8), torch.randn(2, 4, 8, 8)

    def leaky(y):
        return torch.where(y > 0, y, 0.2 * y)

    change = conv(leaky(spade_by_hand(block.norms[0], x, told)), block.convs[0])
    change = conv(leaky(spade_by_hand(block.norms[1], change, told)), block.convs[1])
    skip = x if n_out == 6 else conv(spade_by_hand(block.skip_norm, x, told), block.skip)
    torch.testing.assert_close(block(x, told), skip + change, rtol=1e-4, atol=1e-4)


def test_spectral_convolutions_have_norm_one():
    layer = SpectralConv(6, 8, 3, padding=1)
    layer.parametrizations.weight.original.data.mul_(30)
    for _ in range(50):
        layer(torch.randn(1, 6, 4, 4))
    assert float(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)) == pytest.approx(1, abs=1e-3)


def test_autocast_leaves_spectral_norms_in_32_bits():
    layer, x = SpectralConv(6, 8, 3, padding=1), torch.randn(1, 6, 4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(x).dtype == torch.bfloat16
    assert {each.dtype for each in layer.state_dict().values()} == {torch.float32}


@pytest.mark.parametrize(("norm", "places", "pictures"), [("batch", 1, 1), ("instance", 1, 0), ("position", 0, 0)])
def test_what_each_normalisation_couples(norm, places, pictures):
    """A change of one pixel reaches other places of its picture, and other pictures, or not."""
    spade = Spade(5, 4, replace(SMOKE, generator_norm=norm)).train()
    x, told = torch.randn(2, 5, 4, 4), torch.randn(2, 4, 4, 4)
    before, other = spade(x, told), x.clone()
    other[0, :, 0, 0] += torch.randn(5)
    moved = (spade(other, told) - before).abs().amax(1) > 1e-6
    assert moved[0, 0, 0] and bool(moved[0, 1:].any()) == bool(places) and bool(moved[1].any()) == bool(pictures)


def test_position_norm_by_its_formula():
    x = 3 + 2 * torch.randn(2, 9, 4, 4)
    out = PositionNorm()(x)
    torch.testing.assert_close(out.mean(1), torch.zeros(2, 4, 4), atol=1e-5, rtol=0)
    torch.testing.assert_close(out.var(1, correction=0), torch.ones(2, 4, 4), atol=1e-4, rtol=0)


# The encoder


def test_a_class_that_vanishes_at_a_level_is_the_prior_there_and_teaches_nothing():
    encoder, labels = lively(Encoder(SMOKE, CLASSES)), torch.zeros(1, SIDE, SIDE, dtype=torch.long)
    labels[0, 2:4, 2:4] = 3  # at 16 x 16 one place, at 8 x 8 and 4 x 4 none
    pictures = torch.rand(1, 3, SIDE, SIDE, requires_grad=True)
    mean, log_variance, present = encoder(pictures, labels)
    assert present[0, :, 3].tolist() == [True, False, False] and present[0, :, 0].all() and not present[0, :, 5].any()
    assert (mean.local[0, 0, 3] != 0).all() and (log_variance.local[0, 0, 3] != 0).all()
    assert (mean.local[0, 1:, 3] == 0).all() and (log_variance.local[0, 1:, 3] == 0).all()
    assert not torch.autograd.grad(mean.local[0, 1:, 3].sum(), pictures, retain_graph=True)[0].any()
    assert torch.autograd.grad(mean.local[0, 0, 3].sum(), pictures)[0].any()


def test_a_class_learns_from_its_own_places_only():
    """Without instance normalisation a code of the finest level sees its places and a pixel around them."""
    encoder = lively(Encoder(replace(SMOKE, plain_convolutions=9), CLASSES))
    labels, pictures = torch.zeros(1, SIDE, SIDE, dtype=torch.long), torch.rand(1, 3, SIDE, SIDE, requires_grad=True)
    labels[0, :, 16:] = 1
    mean = encoder(pictures, labels).mean.local
    (gradient,) = torch.autograd.grad(mean[0, 0, 0].square().sum(), pictures)
    assert gradient[..., :16].any() and not gradient[..., 16:].any()


def test_codes_come_from_maxima_of_normalised_maps_by_two_linear_layers():
    encoder, labels, pictures = lively(Encoder(SMOKE, CLASSES)), label_maps(2), torch.rand(2, 3, SIDE, SIDE)
    mean, log_variance, _ = encoder(pictures, labels)
    x = pictures
    for level, layer in enumerate(encoder.convs):
        maps = F.conv2d(x, layer.weight, layer.bias, stride=2, padding=1)
        if level >= 2:
            variance, middle = torch.var_mean(maps, (2, 3), keepdim=True, correction=0)
            maps = (maps - middle) / (variance + 1e-5).sqrt()
        small = labels[:, :: 2 ** (level + 1), :: 2 ** (level + 1)]
        pooled = F.leaky_relu(by_loops(maps, small), 0.2)
        head, there = encoder.heads[level], one_hot(small, CLASSES).amax((2, 3))[..., None]
        torch.testing.assert_close(mean.local[:, level], head.mean(pooled) * there, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(
            log_variance.local[:, level], head.log_variance(pooled) * there, rtol=1e-3, atol=1e-4
        )
        x = F.leaky_relu(maps, 0.2)
    torch.testing.assert_close(mean.whole, encoder.whole.mean(x.flatten(1)), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("styles", "n"), [("class and level", LEVELS), ("class", 1), ("nothing", 0)])
def test_what_has_codes(styles, n):
    config = replace(SMOKE, styles=styles)
    posterior = Encoder(config, CLASSES)(torch.rand(2, 3, SIDE, SIDE), label_maps(2))
    assert posterior.mean.local.shape == posterior.log_variance.local.shape == (2, n, CLASSES, config.code_dim)
    assert posterior.present.shape == (2, n, CLASSES) and posterior.mean.whole.shape == (2, config.global_dim)
    noise = codes(config, 2)
    assert Generator(config, CLASSES)(label_maps(2), posterior.sample(noise)).shape == (2, 3, SIDE, SIDE)


def test_samples_are_means_plus_deviations_times_noise():
    config = replace(SMOKE, styles="class")
    mean, noise, twice = (
        codes(config, 2),
        codes(config, 2),
        Styles(*(torch.full_like(x, 4.0).log() for x in codes(config, 2))),
    )
    present = torch.ones(2, 1, CLASSES, dtype=torch.bool)
    for found, mu, epsilon in zip(Posterior(mean, twice, present).sample(noise), mean, noise):
        torch.testing.assert_close(found, mu + 2 * epsilon)


# The generator


def a_posterior(n: int) -> Posterior:
    """Of classes that lie in different places; the last one is in no picture, the one before in a third of them."""
    torch.manual_seed(3)
    sizes = shapes(SMOKE, CLASSES, n)
    mean = Styles(*(torch.randn(size) for size in sizes))
    mean = mean._replace(local=mean.local * 0.5 + torch.arange(CLASSES)[:, None])
    present = torch.ones(*sizes.local[:3], dtype=torch.bool)
    present[:, :, -1], present[n // 3 :, :, -2] = False, False
    return Posterior(mean, Styles(*(torch.rand(size) - 2 for size in sizes)), present)


def test_a_fitted_prior_is_like_codes_that_are_drawn_for_pictures():
    prior, posterior = FittedPrior(SMOKE, CLASSES), a_posterior(6_000)
    prior.fit(posterior)
    sizes = shapes(SMOKE, CLASSES, 6_000)
    codes = posterior.sample(Styles(*(torch.randn(size) for size in sizes)))
    found = prior(Styles(*(torch.randn(size) for size in sizes)))
    for number in (0, 3, CLASSES - 2):
        there = codes.local[posterior.present[:, 1, number], 1, number]
        torch.testing.assert_close(found.local[:, 1, number].mean(0), there.mean(0), atol=0.1, rtol=0)
        torch.testing.assert_close(found.local[:, 1, number].T.cov(), there.T.cov(), atol=0.1, rtol=0)
    torch.testing.assert_close(found.whole.T.cov(), codes.whole.T.cov(), atol=0.1, rtol=0)


def test_a_prior_is_standard_normal_where_there_is_nothing_to_fit_it_to():
    prior, noise = FittedPrior(SMOKE, CLASSES), Styles(*(torch.randn(size) for size in shapes(SMOKE, CLASSES, 2)))
    for found, same in zip(prior(noise), noise):
        torch.testing.assert_close(found, same)
    prior.fit(a_posterior(30))
    torch.testing.assert_close(prior(noise).local[:, :, -1], noise.local[:, :, -1])
    assert (prior.local_mean[:, 1:-1].abs().amax(2) > 0.1).all()  # others have moved


def test_a_prior_of_one_picture_is_a_distribution():
    prior = FittedPrior(SMOKE, CLASSES)
    prior.fit(a_posterior(1))
    assert all(torch.isfinite(each).all() for each in prior.buffers())
    assert (prior.local_factor.diagonal(dim1=2, dim2=3) > 0).all()


def test_what_the_generator_is_told_is_the_class_s_vector_plus_its_code():
    generator, styles, labels = Generator(SMOKE, CLASSES), codes(SMOKE, 2), label_maps(2)[:, ::2, ::2]
    told = generator.told(labels, styles, 1)
    for n, y, x in [(0, 0, 0), (1, 9, 3), (1, 15, 15)]:
        number = int(labels[n, y, x])
        torch.testing.assert_close(told[n, :, y, x], generator.vectors[number] + styles.local[n, 1, number])


def test_swapping_one_class_s_codes_swaps_what_is_told_of_that_class_alone():
    generator, styles, labels = Generator(SMOKE, CLASSES), codes(SMOKE, 2), label_maps(2)
    swapped = styles._replace(local=styles.local.clone())
    swapped.local[:, :, 2] = styles.local[:, :, 2].flip(0)
    for level, small in enumerate(pyramid(labels, LEVELS)):
        before, after = (generator.told(small, each, level) for each in (styles, swapped))
        mine = (small == 2)[:, None].expand_as(before)
        assert torch.equal(before[~mine], after[~mine]) and not torch.equal(before, after)
        partner = generator.told(torch.full_like(small, 2), styles, level).flip(0)
        torch.testing.assert_close(after[mine], partner[mine])


def test_every_present_code_reaches_the_picture_and_no_absent_one():
    generator, styles, labels = lively(Generator(SMOKE, CLASSES)), codes(SMOKE, 2), label_maps(2)
    whole, local = (each.requires_grad_() for each in styles)
    generator(labels, styles).square().sum().backward()
    reached = local.grad.abs().sum(3) > 0  # (n, levels, classes)
    held = torch.stack([one_hot(each, CLASSES).amax((2, 3)) > 0 for each in pyramid(labels, LEVELS)], 1)
    assert torch.equal(reached, held) and (whole.grad != 0).any(1).all()


def test_levels_tell_their_blocks_from_coarse_to_fine(monkeypatch):
    generator, seen = Generator(SMOKE, CLASSES), []
    monkeypatch.setattr(
        generator,
        "told",
        lambda labels, styles, level: (
            seen.append((level, labels.shape[1])) or torch.zeros(2, SMOKE.code_dim, *labels.shape[1:])
        ),
    )
    generator(label_maps(2), codes(SMOKE, 2))
    assert seen == [(2, 4), (1, 8), (0, 16)]


def test_one_code_serves_all_levels():
    config = replace(SMOKE, styles="class")
    generator, styles, labels = Generator(config, CLASSES), codes(config, 2), label_maps(2)[:, ::2, ::2]
    assert torch.equal(generator.told(labels, styles, 0), generator.told(labels, styles, 2))


def test_pictures_of_a_batch_do_not_meet_in_evaluation_mode():
    generator, styles, labels = lively(Generator(SMOKE, CLASSES)), codes(SMOKE, 3), label_maps(3)
    order = torch.tensor([2, 0, 1])
    turned = Styles(*(each[order] for each in styles))
    torch.testing.assert_close(generator(labels, styles)[order], generator(labels[order], turned), rtol=1e-3, atol=1e-4)


# The discriminators


def test_two_discriminators_see_two_sizes_with_the_label_map():
    discriminator, labels, pictures = lively(Discriminator(SMOKE, CLASSES)), label_maps(2), torch.rand(2, 3, SIDE, SIDE)
    found = discriminator(pictures, labels)
    widths = SMOKE.discriminator_channels
    assert [tuple(x.shape[1:]) for x in found[0]] == [
        (widths, 16, 16),
        (2 * widths, 8, 8),
        (4 * widths, 7, 7),
        (1, 6, 6),
    ]
    assert [tuple(x.shape[1:]) for x in found[1]] == [(widths, 8, 8), (2 * widths, 4, 4), (4 * widths, 3, 3), (1, 2, 2)]
    both = torch.cat([one_hot(labels, CLASSES), pictures], 1)
    mean = F.pad(both, (1, 1, 1, 1)).unfold(2, 3, 2).unfold(3, 3, 2).sum((4, 5))
    inside = F.pad(torch.ones(1, 1, SIDE, SIDE), (1, 1, 1, 1)).unfold(2, 3, 2).unfold(3, 3, 2).sum((4, 5))
    for ours, theirs in zip(found[1], discriminator.scales[1](mean / inside)):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    other = discriminator(pictures, label_maps(2, seed=1))
    assert not torch.allclose(other[0][-1], found[0][-1])


def test_only_the_middle_layers_are_normalised():
    layers = Discriminator(SMOKE, CLASSES).scales[0]
    spectral = [any(isinstance(each, SpectralConv) for each in layer.modules()) for layer in layers]
    instance = [any(isinstance(each, nn.InstanceNorm2d) for each in layer.modules()) for layer in layers]
    assert spectral == instance == [False, True, True, False]


# Settings


def test_small_weights_where_there_is_no_spectral_norm():
    generator = Generator(SMOKE, CLASSES)
    assert generator.paint.weight.std() < 0.01 and not generator.paint.bias.any()
    assert generator.blocks[0].convs[0].parametrizations.weight.original.std() > 0.02


def test_sizes_that_cannot_be():
    with pytest.raises(UserError, match="resolution must be a power of two, got 48"):
        replace(SMOKE, resolution=48)
    with pytest.raises(UserError, match="discriminator_layers must be at most 3 at a resolution of 32"):
        replace(SMOKE, discriminator_layers=4)
    with pytest.raises(UserError, match="spade_kernel must be odd, got 2"):
        replace(SMOKE, spade_kernel=2)
    with pytest.raises(UserError, match="styles must be one of class and level, class, nothing"):
        replace(SMOKE, styles="level")


@pytest.mark.parametrize("profile", ["quick", "paper"])
def test_levels_of_64_pixels(profile):
    config = PROFILES[profile]
    assert (config.levels, config.codes) == (4, 4) and replace(config, resolution=128).levels == 5
