"""Captions through Stanza's trees, with a small stand-in for them: Stanza itself is not installed here."""

import re
import sys
from types import SimpleNamespace

import pytest

from ganbook.data.scene_language import fits, read
from ganbook.data.scene_stanza import StanzaParser
from ganbook.errors import DataUnavailable


class Node:
    """What Stanza's ``Tree`` offers and the parser uses."""

    def __init__(self, label, *children):
        self.label, self.children = label, children

    def is_preterminal(self):
        return len(self.children) == 1 and not self.children[0].children


def tree_of(text):
    """A tree from its usual notation: (S (NP (DT a) (NN dog)))."""
    pieces = re.findall(r"[()]|[^\s()]+", text)

    def node():
        assert pieces.pop(0) == "("
        label, children = pieces.pop(0), []
        while pieces[0] != ")":
            children.append(node() if pieces[0] == "(" else Node(pieces.pop(0)))
        pieces.pop(0)
        return Node(label, *children)

    return node()


def parser(*trees):
    document = SimpleNamespace(sentences=[SimpleNamespace(constituency=tree_of(each)) for each in trees])
    return StanzaParser(lambda text: document)


WOMAN = "(NP (DT A) (NN woman))"
CASES = {
    "A woman is sitting in the kitchen.": (
        f"(ROOT (S {WOMAN} (VP (VBZ is) (VP (VBG sitting) (PP (IN in) (NP (DT the) (NN kitchen))))) (. .)))"
    ),
    "A woman is in the corner of the living room with a cat": (
        f"(ROOT (S {WOMAN} (VP (VBZ is) (PP (IN in) (NP (NP (DT the) (NN corner)) (PP (IN of) (NP (DT the)"
        " (NN living) (NN room))))) (PP (IN with) (NP (DT a) (NN cat))))))"
    ),
    "A man and a dog, outside": (
        "(ROOT (NP (NP (NP (DT A) (NN man)) (CC and) (NP (DT a) (NN dog))) (, ,) (ADVP (RB outside))))"
    ),
    "The girl's ball is at the beach": (
        "(ROOT (S (NP (NP (DT The) (NN girl) (POS 's)) (NN ball)) (VP (VBZ is) (PP (IN at) (NP (DT the) (NN beach))))))"
    ),
    "She isn't in the park": ("(ROOT (S (NP (PRP She)) (VP (VBZ is) (RB n't) (PP (IN in) (NP (DT the) (NN park))))))"),
    "A woman in a red dress is waving": (
        f"(ROOT (S (NP {WOMAN} (PP (IN in) (NP (DT a) (JJ red) (NN dress)))) (VP (VBZ is) (VP (VBG waving)))))"
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_both_parsers_find_the_same(text):
    ours, theirs = read(text), read(text, parser(CASES[text]))
    found = [
        (
            reading.place and reading.place.meaning,
            reading.person and (reading.person.meaning, fits(reading.person)),
            reading.things,
        )
        for reading in (ours, theirs)
    ]
    assert found[0] == found[1]


def test_every_sentence_counts_and_none_may_be_empty():
    both = parser("(ROOT (FRAG (. ...)))", f"(ROOT {WOMAN})", "(ROOT (NP (DT the) (NN beach)))")
    reading = read("... A woman. the beach", both)
    assert reading.person.words == "a woman" and len(reading.trees) == 2
    assert read("   ", both).entities == ()


def test_without_stanza_it_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "stanza", None)
    with pytest.raises(DataUnavailable, match="install stanza, or use the grammar of the book"):
        StanzaParser()


def test_without_its_models_it_says_what_to_do(monkeypatch):
    def pipeline(*_, **__):
        raise FileNotFoundError("resources.json")

    monkeypatch.setitem(sys.modules, "stanza", SimpleNamespace(Pipeline=pipeline))
    with pytest.raises(DataUnavailable, match=r"resources\.json.*stanza\.download"):
        StanzaParser()
