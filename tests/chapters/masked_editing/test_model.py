"""The networks against the paper's equations written out, and what each may and may not depend on."""

from dataclasses import replace

import few_avatars
import numpy as np
import pytest
import torch
from torch import nn

from ganbook.chapters.masked_editing.config import PROFILES, Config
from ganbook.chapters.masked_editing.model import (
    Discriminator,
    EditingNetworks,
    Encoder,
    Generator,
    Judge,
    MaskedEncoder,
    MaskGenerator,
    Selected,
    pasted,
)
from ganbook.data.avatars import COUNTS, KINDS

CONFIG = Config(**few_avatars.SMALL)
PLAIN = replace(CONFIG, masking=False)


@pytest.fixture(scope="module")
def edits():
    return few_avatars.few_edits().batch(torch.arange(6))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def units(n=6, size=8, seed=1):
    return nn.functional.normalize(torch.randn(n, size, generator=torch.Generator().manual_seed(seed)), dim=1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def unit(rows):
    return rows / np.sqrt((rows**2).sum(1, keepdims=True))


def test_a_picture_and_a_sentence_become_one_vector(edits):
    """Equations 1 and 3, with unit vectors stretched to components of order one; 17 and 18 with nothing said."""
    encoder, text = Encoder(CONFIG).eval(), units()
    with torch.no_grad():
        image, told, untold = encoder(edits.source, text)
        of_image, of_text = encoder.from_image.weight.numpy(), encoder.from_text.weight.numpy()
        torch.testing.assert_close(image, encoder.image(edits.source))
        of_picture = 12**0.5 * image.numpy() @ of_image.T
        np.testing.assert_allclose(told, unit(sigmoid(of_picture + 8**0.5 * text.numpy() @ of_text.T)), rtol=1e-4)
        np.testing.assert_allclose(untold, unit(sigmoid(of_picture)), rtol=1e-4)
        silent = encoder(edits.source, torch.zeros(6, 8))
    assert torch.equal(silent.told, silent.untold) and torch.equal(silent.untold, untold)
    assert (told - untold).abs().amax(1).min() > 1e-4


def test_masks_lie_between_0_and_1_and_hear_picture_and_sentence():
    """Equation 24."""
    generator, image, text = MaskGenerator(CONFIG).eval(), units(size=12), units(seed=2)
    mask = generator(image, text)
    assert mask.shape == (6, 1, 32, 32) and 0 <= mask.min() < mask.max() <= 1
    by_hand = generator.stack(torch.cat([12**0.5 * image, 8**0.5 * text], dim=1))
    torch.testing.assert_close(mask, by_hand)
    for other in (generator(-image, text), generator(image, -text)):
        assert (other - mask).abs().amax((1, 2, 3)).min() > 1e-6


def test_what_is_masked_does_not_reach_the_generator(edits):
    """Equations 25 and 26: one mask for all colours, 0 where nothing gets through."""
    encoder = MaskedEncoder(CONFIG).eval()
    mask = torch.ones(6, 1, 32, 32)
    mask[:, :, 8:24, 8:24] = 0
    other = torch.where(mask > 0, edits.source, torch.randn(6, 3, 32, 32))
    kept = encoder(edits.source, mask)
    assert kept.shape == (6, 16, 2, 2) and torch.equal(kept, encoder(other, mask))
    half = 0.5 * mask.expand(-1, 3, -1, -1) * edits.source
    torch.testing.assert_close(encoder(edits.source, 0.5 * mask), encoder.stack(half)[-1])
    assert (encoder(edits.target, mask) - kept).abs().max() > 1e-5


def test_the_generator_sees_noise_condition_and_what_is_kept():
    """Equation 27."""
    generator, noise, condition, kept = Generator(CONFIG).eval(), torch.randn(6, 4), units(), torch.randn(6, 16, 2, 2)
    made = generator(noise, condition, kept)
    assert made.shape == (6, 3, 32, 32) and made.abs().max() <= 1
    torch.testing.assert_close(made, generator.stack(torch.cat([noise, 8**0.5 * condition], dim=1), kept))
    for given in ((-noise, condition, kept), (noise, -condition, kept), (noise, condition, -kept)):
        assert (generator(*given) - made).abs().amax((1, 2, 3)).min() > 1e-5


def test_without_sim_there_is_no_mask_network(edits):
    """Equation 4."""
    networks = EditingNetworks.made(PLAIN).eval()
    assert [name for name, _ in networks.named_children()] == ["encoder", "text_encoder", "generator"]
    noise, text = torch.randn(6, 4), units()
    made, mask = networks(edits.source, noise, text)
    assert mask is None
    torch.testing.assert_close(made, networks.generator(noise, networks.encoder(edits.source, text).told))


def test_the_editing_networks_are_their_parts_in_a_row(edits):
    networks = EditingNetworks.made(CONFIG).eval()
    noise, text = torch.randn(6, 4), networks.text_encoder(edits.tokens, edits.lengths)
    made, mask = networks(edits.source, noise, text)
    image, told, _ = networks.encoder(edits.source, text)
    torch.testing.assert_close(mask, networks.mask_generator(image, text))
    torch.testing.assert_close(made, networks.generator(noise, told, networks.masked_encoder(edits.source, mask)))


def test_where_the_mask_is_1_the_source_is_pasted(edits):
    mask = torch.zeros(6, 1, 32, 32, requires_grad=True)
    with torch.no_grad():
        mask[:, :, 8:] = 1
        mask[:, :, :, :4] = 0.25
    made = torch.rand(6, 3, 32, 32, requires_grad=True)
    result = pasted(edits.source, made, mask)
    assert torch.equal(result[:, :, 8:, 4:], edits.source[:, :, 8:, 4:])
    assert torch.equal(result[:, :, :8, 4:], made[:, :, :8, 4:])
    torch.testing.assert_close(result[..., :4], (edits.source + 3 * made)[..., :4] / 4)
    result.sum().backward()
    assert mask.grad is None
    torch.testing.assert_close(made.grad, (1 - mask.detach()).expand_as(made))


def test_an_editor_may_paste(edits):
    usual = EditingNetworks.made(CONFIG).eval()
    pasting = EditingNetworks.made(replace(CONFIG, pasting=True)).eval()
    pasting.load_state_dict(usual.state_dict())
    asked = edits.source, torch.randn(6, 4), units()
    (made, mask), (result, same) = usual(*asked), pasting(*asked)
    assert torch.equal(mask, same) and not torch.equal(made, result)
    torch.testing.assert_close(result, pasted(edits.source, made, mask))


def test_the_head_of_the_discriminator(edits):
    """Equations 5 and 6, with the activation of the last hidden layer and biases written out."""
    discriminator, one, other = Discriminator(CONFIG).eval(), units(), units(seed=2)
    given = {name: value.numpy() for name, value in discriminator.state_dict().items()}
    with torch.no_grad():
        judged = discriminator(edits.target, one, other)
        features = discriminator.stack(edits.target)[-1].flatten(1).numpy()

    def bent(x):
        return np.where(x > 0, x, 0.2 * x)

    phi_d = bent(features @ given["project.weight"].T + given["project.bias"])
    for column, condition in enumerate((one, other)):
        told = 8**0.5 * condition.numpy() @ given["from_condition.weight"].T + given["from_condition.bias"]
        logits = bent(phi_d @ given["from_image.weight"].T + told) @ given["decide.weight"].T + given["decide.bias"]
        np.testing.assert_allclose(judged.logits[:, column], logits[:, 0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(judged.hidden[-1], phi_d, rtol=1e-4, atol=1e-6)
    assert len(judged.hidden) == 5 and (judged.logits[:, 0] - judged.logits[:, 1]).abs().min() > 1e-5


def test_the_judge_reads_all_kinds(edits):
    judge = Judge(CONFIG)
    learning = [judge(edits.source)["hair"] for _ in range(2)]
    assert (learning[0] - learning[1]).abs().max() > 1e-4, "dropout"
    judge.eval()
    logits = judge(edits.source)
    assert {kind: values.shape for kind, values in logits.items()} == {kind: (6, n) for kind, n in zip(KINDS, COUNTS)}


def test_in_use_each_row_is_on_its_own(edits):
    networks, discriminator = EditingNetworks.made(CONFIG).eval(), Discriminator(CONFIG).eval()
    judge = Judge(CONFIG).eval()
    noise, text = torch.randn(6, 4), units()

    def all_of(rows):
        judged = discriminator(edits.source[rows], text[rows])
        made = networks(edits.source[rows], noise[rows], text[rows])
        return [*made, judged.logits, *judged.hidden, *judge(edits.source[rows]).values()]

    order = torch.tensor([4, 2, 0, 5, 1, 3])
    with torch.no_grad():
        for whole, permuted, alone in zip(all_of(slice(None)), all_of(order), all_of(slice(2, 3)), strict=True):
            torch.testing.assert_close(permuted, whole[order], rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(alone, whole[2:3], rtol=1e-4, atol=1e-5)


def test_the_best_weights_are_kept():
    networks = EditingNetworks.made(PLAIN)
    selected, seen = Selected(networks), []
    for phase, loss in ((2, 5.0), (4, 3.0), (6, 4.0), (8, 2.5)):
        nn.init.constant_(networks.generator.stack.last.bias, float(phase))
        selected.offer(networks, loss, phase)
        seen.append((int(selected.phase), float(selected.loss), float(selected.networks.generator.stack.last.bias[0])))
    assert seen == [(2, 5.0, 2.0), (4, 3.0, 4.0), (4, 3.0, 4.0), (8, 2.5, 8.0)] and selected.looks == 4
    assert not any(parameter.requires_grad for parameter in selected.parameters()) and not selected.networks.training


def test_the_sizes_of_the_paper():
    """Section 5.2: 64 x 64, phi_im of 1024, phi_i and phi_fc of 128, phi_m of 512 x 4 x 4."""
    with torch.device("meta"):
        config = PROFILES["paper"]
        networks, discriminator = EditingNetworks.made(config), Discriminator(config)
        picture, text = torch.zeros(2, 3, 64, 64), torch.zeros(2, 128)
        image, told, _ = networks.encoder(picture, text)
        mask = networks.mask_generator(image, text)
        kept = networks.masked_encoder(picture, mask)
        assert (image.shape, told.shape) == ((2, 1024), (2, 128))
        assert (mask.shape, kept.shape) == ((2, 1, 64, 64), (2, 512, 4, 4))
        assert networks.generator(torch.zeros(2, 100), told, kept).shape == (2, 3, 64, 64)
        hidden = [(64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (1024,)]
        assert [tuple(each.shape[1:]) for each in discriminator(picture, told).hidden] == hidden
