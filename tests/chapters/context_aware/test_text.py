"""Letters, words, the text encoders and how they learn."""

from dataclasses import replace

import pytest
import torch
from few_scenes import embedding, few_scenes, judge, lesson, supervised
from hypothesis import given, settings
from hypothesis import strategies as st

from ganbook.chapters.context_aware import text
from ganbook.chapters.context_aware.config import ENCODER_PROFILES
from ganbook.chapters.context_aware.text import ALPHABET, LETTERS, Lesson, LetterEncoder, captions_of, letters
from ganbook.errors import UserError

SMALL = ENCODER_PROFILES["smoke"]
PAPER = ENCODER_PROFILES["paper"]


def test_reeds_alphabet():
    assert len(ALPHABET) == 70 and len(set(ALPHABET)) == 69 and ALPHABET.count("-") == 2


def test_letters_are_cut_and_padded():
    numbers = letters(["Ab c", "", "é!", "x" * 999])
    assert numbers.shape == (4, LETTERS) and numbers.dtype == torch.int64
    assert numbers[0, :5].tolist() == [1, 2, 70, 3, 0]
    assert numbers[1].sum() == 0 and numbers[2, :3].tolist() == [0, ALPHABET.index("!") + 1, 0]
    assert (numbers[3] == 24).all()
    assert letters([]).shape == (0, LETTERS)


def test_the_paper_sized_encoder_has_eight_steps():
    encoder = LetterEncoder(PAPER)
    maps = encoder.convolutions(torch.zeros(1, 70, LETTERS))
    assert maps.shape == (1, 256, 8) and encoder(letters(["a woman"])).shape == (1, 1024)
    assert [each.out_channels for each in encoder.convolutions if hasattr(each, "out_channels")] == [384, 512, 256]


def test_the_recurrent_layer_in_plain_formulas():
    """h_t = max(0, W x_t + U h_(t-1) + b), and the mean of all h_t."""
    encoder = embedding().text
    numbers = letters(["A woman is sitting.", "a dog"])
    one_hot = torch.zeros(2, LETTERS, 71).scatter_(2, numbers[..., None], 1.0)[..., 1:]
    steps = encoder.convolutions(one_hot.mT)
    rnn, state, states = encoder.rnn, torch.zeros(2, encoder.rnn.hidden_size), []
    for step in steps.unbind(2):
        state = step @ rnn.weight_ih_l0.T + rnn.bias_ih_l0 + state @ rnn.weight_hh_l0.T + rnn.bias_hh_l0
        state = state.clamp(min=0)
        states.append(state)
    expected = torch.stack(states).mean(0) @ encoder.project.weight.T + encoder.project.bias
    torch.testing.assert_close(encoder(numbers), expected)


@pytest.mark.parametrize("reads", ["letters", "words"])
@settings(deadline=None, max_examples=30)
@given(texts=st.lists(st.text(max_size=300), max_size=3))
def test_every_text_has_a_vector(reads, texts):
    vectors = embedding(reads).of_texts(texts)
    assert vectors.shape == (len(texts), 16) and vectors.isfinite().all()


def test_captions_are_five_a_scene():
    scenes = few_scenes()
    assert captions_of(scenes) == [list(each) for each in scenes.captions]
    odd = replace(scenes, captions=(("one", "two"), (), *scenes.captions[2:]))
    assert captions_of(odd)[:2] == [["one", "two", "one", "two", "one"], [""] * 5]


@pytest.mark.parametrize("reads", ["letters", "words"])
def test_pairs_are_learned_by_heart(reads, tmp_path):
    scenes = few_scenes(12)
    scenes = replace(scenes, captions=tuple((each[0],) for each in scenes.captions))
    config = replace(
        SMALL,
        reads=reads,
        scenes=12,
        batch_size=12,
        steps=250,
        state=16,
        channels=(16, 16, 16),
        learning_rate=3e-3,
        epoch_decay=1.0,
        precision="32-true",
    )
    run = supervised(text.train_text_encoder, config, lesson(scenes), tmp_path)
    encoders = {name: run._raw[name].module.eval() for name in ("text", "picture")}
    learned = text.Embedding(config, **encoders)
    scores = learned.of_pictures(scenes.pictures) @ learned.of_texts([each[0] for each in scenes.captions]).T
    assert (scores.argmax(1) == torch.arange(12)).float().mean() > 0.7


def test_texts_do_not_depend_on_their_company():
    one, other = embedding().of_texts(["a woman"]), embedding().of_texts(["a dog", "a woman"])
    torch.testing.assert_close(one[0], other[1])
    assert not torch.allclose(other[0], other[1])


def test_what_reads_the_pictures_learns_nothing_more(tmp_path):
    shown = lesson()
    config = replace(SMALL, batch_size=4, steps=2, learning_rate=1e-2, precision="32-true")
    run = supervised(text.train_text_encoder, config, shown, tmp_path)
    encoder = run._raw["picture"].module
    for name, value in encoder.reader.state_dict().items():
        torch.testing.assert_close(value, shown.reader.judge.state_dict()[name], msg=name)
    torch.manual_seed(0)
    assert not torch.equal(encoder.project.weight, text.PictureEncoder(config).project.weight)


def test_a_reader_of_another_width_is_refused(tmp_path):
    config = replace(SMALL, batch_size=4, steps=1)
    with pytest.raises(UserError, match=r"reader_channels is \(12, 32, 64, 96\), but the reader has \(4, 4, 8, 8\)"):
        supervised(text.train_text_encoder, config, Lesson(few_scenes(), judge()), tmp_path)
