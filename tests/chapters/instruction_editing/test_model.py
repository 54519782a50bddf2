"""The networks against the paper's equations written out, and what each vector may and may not depend on."""

from dataclasses import replace

import few_digits
import numpy as np
import pytest
import torch
from torch import nn

from ganbook.chapters.instruction_editing.config import PROFILES, Config
from ganbook.chapters.instruction_editing.model import (
    CaptionEncoder,
    Discriminator,
    Encoder,
    Generator,
    ImageEncoder,
    Judge,
    TextEncoder,
    full_size,
)
from ganbook.data.digit_edits import CAPTION_WORDS, LABELS, tokenise

CONFIG = Config(**few_digits.SMALL)
ORDER = torch.tensor([4, 2, 0, 5, 1, 3])


@pytest.fixture(scope="module")
def edits():
    return few_digits.few_triples().batch(torch.arange(0, 90, 15))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def conditions(n=6, seed=1):
    return nn.functional.normalize(torch.rand(n, CONFIG.text_dim, generator=torch.Generator().manual_seed(seed)), dim=1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def unit(rows):
    return rows / np.sqrt((rows**2).sum(1, keepdims=True))


def bent(x):
    return np.where(x > 0, x, 0.2 * x)


def lstm_by_hand(encoder: TextEncoder, tokens: np.ndarray) -> np.ndarray:
    """Last state of an LSTM (Hochreiter & Schmidhuber, with a forget gate) that starts from zero, for one sentence."""
    weights = {name: value.detach().numpy() for name, value in encoder.lstm.named_parameters()}
    hidden = cell = np.zeros(encoder.lstm.hidden_size)
    for token in tokens:
        word = encoder.words.weight.detach().numpy()[token]
        gates = (
            weights["weight_ih_l0"] @ word
            + weights["bias_ih_l0"]
            + weights["weight_hh_l0"] @ hidden
            + weights["bias_hh_l0"]
        )
        enter, forget, candidate, leave = np.split(gates, 4)
        cell = sigmoid(forget) * cell + sigmoid(enter) * np.tanh(candidate)
        hidden = sigmoid(leave) * np.tanh(cell)
    return hidden


def test_the_instruction_is_the_last_state_of_an_lstm(edits):
    """Equation 2."""
    encoder = TextEncoder(8, len(CAPTION_WORDS))
    by_hand = np.stack(
        [lstm_by_hand(encoder, row[:length].numpy()) for row, length in zip(edits.tokens, edits.lengths)]
    )
    np.testing.assert_allclose(encoder(edits.tokens, edits.lengths).detach(), unit(by_hand), rtol=1e-4, atol=1e-6)


def test_what_stands_behind_a_sentence_means_nothing(edits):
    encoder = TextEncoder(8, len(CAPTION_WORDS))
    rubbish = torch.where(edits.tokens > 0, edits.tokens, 7)
    assert (rubbish != edits.tokens).any()
    torch.testing.assert_close(encoder(rubbish, edits.lengths), encoder(edits.tokens, edits.lengths))
    torch.testing.assert_close(encoder(edits.tokens[:, :6], edits.lengths), encoder(edits.tokens, edits.lengths))


def test_every_word_and_their_order_count():
    encoder = TextEncoder(8, len(CAPTION_WORDS))
    said = ["move two to the top left", "move two to the left top", "move six to the top left", "move two to the top"]
    vectors = encoder(*tokenise(said))
    assert torch.cdist(vectors, vectors)[~torch.eye(4, dtype=torch.bool)].min() > 1e-3


def test_padding_is_never_learned(edits):
    encoder = TextEncoder(8, len(CAPTION_WORDS))
    encoder(edits.tokens, edits.lengths)[:, 0].sum().backward()
    gradient = encoder.words.weight.grad
    said = {int(token) for row, length in zip(edits.tokens, edits.lengths) for token in row[:length]}
    assert {row for row in range(len(gradient)) if gradient[row].abs().sum() > 0} == said and 0 not in said


def test_the_picture_is_the_stack_and_a_linear_layer(edits):
    """Equation 1."""
    encoder = ImageEncoder(CONFIG.channels, CONFIG.resolution, CONFIG.image_dim).eval()
    with torch.no_grad():
        features = encoder.stack(edits.source)[-1].reshape(6, -1).numpy()
        by_hand = unit(features @ encoder.project.weight.numpy().T + encoder.project.bias.numpy())
        np.testing.assert_allclose(encoder(edits.source), by_hand, rtol=1e-4, atol=1e-6)


def test_fusion():
    """Equation 3, with unit vectors stretched to components of order one."""
    encoder = Encoder(CONFIG)
    image, text = torch.randn(6, 12), torch.randn(6, 8)
    of_image, of_text = encoder.from_image.weight.detach().numpy(), encoder.from_text.weight.detach().numpy()
    told = unit(sigmoid(12**0.5 * image.numpy() @ of_image.T + 8**0.5 * text.numpy() @ of_text.T))
    untold = unit(sigmoid(12**0.5 * image.numpy() @ of_image.T))
    with torch.no_grad():
        np.testing.assert_allclose(encoder.fuse(image, text), told, rtol=1e-4)
        np.testing.assert_allclose(encoder.fuse(image), untold, rtol=1e-4)
        torch.testing.assert_close(encoder.fuse(image, torch.zeros(6, 8)), encoder.fuse(image))


def test_full_size_keeps_directions():
    vectors = conditions()
    assert full_size(vectors).square().mean(1).tolist() == pytest.approx([1] * 6)
    torch.testing.assert_close(nn.functional.normalize(full_size(vectors), dim=1), vectors)


def test_all_vectors_are_of_unit_length(edits):
    encoder = Encoder(CONFIG)
    phi = encoder(edits.source, edits.target, edits.tokens, edits.lengths)
    assert phi.shape == (3, 6, 8) and (phi > 0).all()
    for vectors in (phi, encoder.image(edits.source), encoder.text(edits.tokens, edits.lengths)):
        torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(vectors.shape[:-1]))


def test_the_encoder_gives_source_target_and_edited_source(edits):
    """Equations 17 to 19."""
    encoder = Encoder(CONFIG).eval()
    of_source, of_target, of_edit = encoder(edits.source, edits.target, edits.tokens, edits.lengths)
    source = encoder.image(edits.source)
    torch.testing.assert_close(of_source, encoder.fuse(source))
    torch.testing.assert_close(of_target, encoder.fuse(encoder.image(edits.target)))
    torch.testing.assert_close(of_edit, encoder.fuse(source, encoder.text(edits.tokens, edits.lengths)))
    blank = torch.full_like(edits.target, -1.0)
    torch.testing.assert_close(
        encoder(edits.source, blank, edits.tokens, edits.lengths)[[0, 2]], torch.stack([of_source, of_edit])
    )


def test_the_head_of_the_discriminator(edits):
    """Equations 5 and 6, with the activation of the last hidden layer and biases written out."""
    discriminator, condition = Discriminator(CONFIG).eval(), conditions()
    given = {name: value.numpy() for name, value in discriminator.state_dict().items()}
    with torch.no_grad():
        judged = discriminator(edits.target, condition)
        features = discriminator.stack(edits.target)[-1].flatten(1).numpy()
    phi_d = bent(features @ given["project.weight"].T + given["project.bias"])
    fused = (
        phi_d @ given["from_image.weight"].T
        + 8**0.5 * condition.numpy() @ given["from_condition.weight"].T
        + given["from_condition.bias"]
    )
    y = sigmoid(bent(fused) @ given["decide.weight"].T + given["decide.bias"])
    np.testing.assert_allclose(judged.logits.sigmoid(), y, rtol=1e-4)
    np.testing.assert_allclose(judged.hidden[-1], phi_d, rtol=1e-4, atol=1e-6)
    assert judged.labels.keys() == LABELS.keys()
    for name, values in LABELS.items():
        by_hand = phi_d @ given[f"labels.heads.{name}.weight"].T + given[f"labels.heads.{name}.bias"]
        assert by_hand.shape == (6, values)
        np.testing.assert_allclose(judged.labels[name], by_hand, rtol=1e-4, atol=1e-6)


def test_conditions_are_judged_apart(edits):
    discriminator, one, other = Discriminator(CONFIG).eval(), conditions(seed=1), conditions(seed=2)
    both = discriminator(edits.target, one, other)
    assert both.logits.shape == (6, 2) and len(both.hidden) == 5
    torch.testing.assert_close(both.logits[:, :1], discriminator(edits.target, one).logits)
    torch.testing.assert_close(both.logits[:, 1:], discriminator(edits.target, other).logits)
    assert (both.logits[:, 0] - both.logits[:, 1]).abs().min() > 1e-5


def test_labels_and_hidden_layers_know_no_condition(edits):
    discriminator = Discriminator(CONFIG).eval()
    one, other = (discriminator(edits.target, conditions(seed=seed)) for seed in (1, 2))
    for name in LABELS:
        assert torch.equal(one.labels[name], other.labels[name])
    assert all(torch.equal(first, second) for first, second in zip(one.hidden, other.hidden, strict=True))


def test_the_generator_sees_noise_and_condition():
    generator, condition, noise = Generator(CONFIG).eval(), conditions(), torch.randn(6, 4)
    made = generator(noise, condition)
    assert made.shape == (6, 1, 32, 32)
    torch.testing.assert_close(made, generator.stack(torch.cat([noise, 8**0.5 * condition], dim=1)))
    assert (generator(noise, conditions(seed=2)) - made).abs().amax((1, 2, 3)).min() > 1e-4
    assert (generator(-noise, condition) - made).abs().amax((1, 2, 3)).min() > 1e-4


def networks(edits):
    """Every network as a function of rows of the batch."""
    encoder, captions, generator = Encoder(CONFIG), CaptionEncoder(CONFIG), Generator(CONFIG)
    discriminator, judge, noise, condition = Discriminator(CONFIG), Judge(CONFIG), torch.randn(6, 4), conditions()
    for module in (encoder, captions, generator, discriminator, judge):
        module.eval()
    return {
        "encoder": lambda rows: encoder(
            edits.source[rows], edits.target[rows], edits.tokens[rows], edits.lengths[rows]
        ).unbind(),
        "captions": lambda rows: [captions(edits.caption_tokens[rows], edits.caption_lengths[rows])],
        "generator": lambda rows: [generator(noise[rows], condition[rows])],
        "discriminator": lambda rows: [
            (said := discriminator(edits.source[rows], condition[rows])).logits,
            *said.hidden,
            *said.labels.values(),
        ],
        "judge": lambda rows: list(judge(edits.source[rows]).values()),
    }


@pytest.mark.parametrize("name", ["encoder", "captions", "generator", "discriminator", "judge"])
def test_in_use_each_row_is_on_its_own(edits, name):
    network = networks(edits)[name]
    with torch.no_grad():
        whole, permuted, alone = network(slice(None)), network(ORDER), network(slice(2, 3))
    for all_rows, other_order, one_row in zip(whole, permuted, alone, strict=True):
        torch.testing.assert_close(other_order, all_rows[ORDER], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(one_row, all_rows[2:3], rtol=1e-4, atol=1e-5)


def test_the_judge_drops_features_only_while_it_learns(edits):
    judge = Judge(CONFIG)
    learning = [judge(edits.source)["digit"] for _ in range(2)]
    assert (learning[0] - learning[1]).abs().max() > 1e-4
    judge.eval()
    assert torch.equal(judge(edits.source)["digit"], judge(edits.source)["digit"])
    assert {name: logits.shape[1] for name, logits in judge(edits.source).items()} == LABELS


def test_without_norm_the_discriminator_judges_one_by_one_while_it_learns(edits):
    from dataclasses import replace

    for norm, apart in (("none", True), ("batch", False)):
        discriminator, condition = Discriminator(replace(CONFIG, discriminator_norm=norm)), conditions()
        with torch.no_grad():
            whole = discriminator(edits.target, condition).logits[:3]
            part = discriminator(edits.target[:3], condition[:3]).logits
        assert torch.allclose(whole, part, rtol=1e-4, atol=1e-6) == apart


def test_the_sizes_of_the_paper():
    """Section 4.2: 64 x 64, phi_im of 1024, phi_i and phi_fc of 128."""
    with torch.device("meta"):
        config = PROFILES["paper"]
        encoder, generator, discriminator = Encoder(config), Generator(config), Discriminator(config)
        picture, sentence, length = torch.zeros(2, 1, 64, 64), torch.ones(2, 6, dtype=torch.long), torch.full((2,), 6)
        assert encoder.image(picture).shape == (2, 1024) and encoder.text(sentence, length).shape == (2, 128)
        phi = encoder(picture, picture, sentence, length)
        assert phi.shape == (3, 2, 128)
        assert generator(torch.zeros(2, 100), phi[2]).shape == (2, 1, 64, 64)
        hidden = discriminator(picture, phi[2]).hidden
        sizes = [(64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (1024,)]
        assert [tuple(each.shape[1:]) for each in hidden] == sizes


@pytest.mark.parametrize(("output", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1), ("linear", -9, 9)])
def test_the_generators_last_activation_is_the_one_of_the_settings(output, low, high):
    generator = Generator(replace(CONFIG, output=output)).eval()
    for parameter in generator.parameters():
        parameter.data *= 20  # far beyond any range
    made = generator(torch.randn(6, CONFIG.noise_dim), conditions())
    inside = (low <= made.min()) and (made.max() <= high)
    assert inside == (output != "linear") and (made.min() < 0) == (output != "sigmoid")
