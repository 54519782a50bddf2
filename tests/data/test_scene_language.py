"""What captions say: on sentences written by hand, on the grammar's own, and on anything at all."""

import json
from pathlib import Path

import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ganbook.data import scene_grammar as grammar
from ganbook.data import scene_language as language
from ganbook.data.scene_language import FIRST, MAX_WORDS, UNKNOWN, Slot, fits, read, slots, tokenise, vocabulary
from ganbook.data.scenes import PEOPLE, PLACES, parameters
from ganbook.errors import DataUnavailable

SENTENCES = yaml.safe_load((Path(__file__).parent / "scene_sentences.yml").read_text(encoding="utf-8"))
WHERE = {"in": "indoors", "out": "outdoors", "-": None}
WHO = {
    "W": "female grown",
    "M": "male grown",
    "WA": "female adult",
    "MA": "male adult",
    "WO": "female old",
    "MO": "male old",
    "G": "female child",
    "B": "male child",
    "C": "any child",
    "S": "any old",
    "A": "any adult",
    "F": "female any",
    "H": "male any",
    "P": "any any",
    "N": "nobody",
    "-": None,
}


def test_there_are_three_hundred_sentences_or_more():
    assert len(SENTENCES) >= 300 and len({text for *_, text in SENTENCES}) > 0.98 * len(SENTENCES)


@pytest.mark.parametrize("which", [0, 1], ids=["place", "person"])
def test_sentences_written_by_hand(which):
    wrong = []
    for row in SENTENCES:
        reading = read(row[2])
        found = (reading.place, reading.person)[which]
        if (found.meaning if found else None) != (WHERE, WHO)[which][row[which]]:
            wrong.append((row, found))
    assert len(wrong) <= 0.02 * len(SENTENCES), wrong


def test_the_grammars_own_captions_are_read_as_they_are_meant():
    told = [caption for _, captions in parameters("test", 120) for caption in captions]
    wrong = {"place": 0, "person": 0, "things": 0}
    for caption in told:
        reading = read(caption.text)
        place = None if caption.place is None else "indoors" if PLACES[caption.place].indoors else "outdoors"
        wrong["place"] += place != (reading.place.meaning if reading.place else None)
        wrong["person"] += not reading.person or fits(reading.person) != caption.fits
        wrong["things"] += set(reading.things) != set(caption.things)
    assert max(wrong.values()) <= 0.01 * len(told), wrong


def test_trees_hold_noun_and_prepositional_phrases():
    (tree,) = read("An old woman is sitting in the kitchen.").trees
    found = list(language.phrases(tree))
    assert ("NP", "an old woman") in found and ("PP", "in the kitchen") in found and ("NP", "the kitchen") in found
    assert found[0] == ("S", "an old woman is sitting in the kitchen")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_raises(text):
    reading = read(text)
    slots(reading, 1, 3)
    tokenise([text])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "?!",
        "\x00\x01",
        "\ud800",
        "red " * 600,
        "the of and " * 300,
        "'s 's 's",
        "in in in",
        "a" * 5000,
        ", , ,",
    ],
)
def test_odd_texts_say_nothing(text):
    reading = read(text)
    assert reading.place is None and reading.person is None and reading.things == ()
    assert [slot.source for slot in slots(reading, None, None)] == ["nothing"] * 3


@pytest.mark.parametrize("given", [None, 3, b"a man", ["a man"]])
def test_what_is_no_text_says_nothing(given):
    assert read(given) == language.Reading("")


def test_a_very_long_text_is_read_as_far_as_it_counts():
    text = "A woman is in the park. " + "She likes it very much and " * 500
    assert read(text).place.meaning == "outdoors" and read(text).person.meaning == "female grown"


def test_words_are_what_nltk_makes_of_them():
    from nltk.tokenize import RegexpTokenizer

    tokeniser = RegexpTokenizer(grammar.WORD.pattern)
    for *_, text in SENTENCES:
        assert tokeniser.tokenize(text.lower()) == grammar.WORD.findall(text.lower())


def test_without_nltk(monkeypatch):
    grammar.chunker.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "nltk", None)
    with pytest.raises(DataUnavailable, match="needs NLTK"):
        read("a man who has never been read before")
    tokenise(["a man in the park"])
    monkeypatch.undo()
    grammar.chunker.cache_clear()


# Who is meant


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a woman", {0, 1, 2, 3, 4, 10, 11}),
        ("an old woman", {10, 11}),
        ("a young woman", {0, 1, 2, 3, 4}),
        ("a little boy", {17, 18, 19}),
        ("a kid", {14, 15, 16, 17, 18, 19}),
        ("someone", set(range(20))),
        ("a woman in a red dress", {0}),
        ("a blond boy", {17}),
        ("a man with a beard", {5, 13}),
        ("a man with glasses", {8, 12}),
        ("a bald man", {6}),
        ("a girl with pigtails", {14}),
        ("the woman with the headscarf", {4}),
        ("a man with a violet shirt", {9}),
        ("a woman in a golden dress", {0, 1, 2, 3, 4, 10, 11}),
        ("someone in a blue suit", {7}),
    ],
)
def test_who_fits_the_words(words, expected):
    assert fits(read(words).person) == expected


def test_looks_that_nobody_has_do_not_count():
    assert fits(read("a girl with a beard").person) == {
        n for n, p in enumerate(PEOPLE) if (p.gender, p.age) == ("female", "child")
    }


# The rule of the paper


@pytest.mark.parametrize(
    ("text", "context", "place", "person"),
    [
        ("a woman is dancing", (0, 3), ("not said", 0, "context"), ("a woman", 3, "text and context")),
        ("a woman is dancing", (1, 10), ("not said", 1, "context"), ("a woman", 10, "text and context")),
        ("a woman in the park", (0, 3), ("in the park", 1, "text"), ("a woman", 3, "text and context")),
        ("a woman in a red dress", (0, 3), ("not said", 0, "context"), ("a woman", 0, "text")),
        ("a boy is dancing", (0, 3), ("not said", 0, "context"), ("a boy", None, "text")),
        ("a dog in the kitchen", (1, 3), ("in the kitchen", 0, "text"), ("not said", 3, "context")),
        ("nobody is in the kitchen", (1, 3), ("in the kitchen", 0, "text"), ("nobody", None, "text")),
        ("", (1, 3), ("not said", 1, "context"), ("not said", 3, "context")),
        ("", (None, None), ("not said", None, "nothing"), ("not said", None, "nothing")),
        ("a woman", (None, None), ("not said", None, "nothing"), ("a woman", None, "text")),
    ],
)
def test_text_decides_where_it_speaks_and_context_where_it_does_not(text, context, place, person):
    found = slots(read(text), *context)
    assert found[0] == Slot("place", *place) and found[1] == Slot("person", *person)


def test_things_come_from_the_text_alone():
    found = slots(read("A girl with a puppy, two balloons and a puppy on a couch"), 0, 14)[2]
    assert found == Slot("things", "a puppy, two balloons, a puppy, a couch", (0, 38, 7), "text")


# Tokens and rules


def test_tokens_are_numbers_of_words():
    tokens, lengths = tokenise(["A woman is zzz.", "", "man " * 40])
    assert tokens.shape == (3, MAX_WORDS) and lengths.tolist() == [4, 1, MAX_WORDS]
    words = vocabulary()
    assert [words[token - FIRST] for token in tokens[0, :3]] == ["a", "woman", "is"] and tokens[0, 3] == UNKNOWN
    assert tokens[0, 4:].eq(0).all() and tokens[1, 0] == UNKNOWN
    assert tokenise([])[0].shape == (0, MAX_WORDS)


def test_every_word_of_the_captions_has_a_number():
    told = [caption.text for _, captions in parameters("train", 200) for caption in captions]
    tokens, lengths = tokenise(told)
    assert not (tokens == UNKNOWN).any() and lengths.max() < MAX_WORDS
    assert torch.equal(tokens.ne(0).sum(1), lengths)


def test_rules_are_plain_json():
    found = language.rules()
    assert json.loads(json.dumps(found))["lexicon"]["kitchen"] == "PLC"
    assert set(found["lexicon"].values()) <= set(grammar.TAGS)
    assert found["slips"]["kichen"] == "kitchen" and "man" not in found["slips"]


def test_no_word_of_the_lexicon_is_a_slip_of_another():
    assert not set(grammar._slips()) & set(grammar.LEXICON)
