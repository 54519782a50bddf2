"""What comes from where: the paper's rule, contradictions, and the same for many captions at once."""

import itertools
from pathlib import Path

import pytest
import torch
import yaml

from ganbook.chapters.context_aware import context
from ganbook.chapters.context_aware.context import PARTS, Seen, context_vectors, fill, said, said_once
from ganbook.data.kept import SAMPLE
from ganbook.data.scene_language import read
from ganbook.data.scenes import PEOPLE

WOMAN, OTHER_WOMAN, MAN = 0, 1, 5
ROWS = yaml.safe_load((Path(__file__).parents[2] / "data" / "scene_sentences.yml").read_text(encoding="utf-8"))
SENTENCES = [row[2] for row in ROWS][::6] + ["", "nobody is here", "the man in the blue suit", "someone in the kitchen"]


def table(text, outdoors, person, wins="text"):
    filled = fill(read(text), outdoors, person, wins)
    return [(slot.value, slot.source) for slot in filled.rows[:2]], filled.contradictions


@pytest.mark.parametrize(
    ("text", "outdoors", "person", "place_slot", "person_slot", "contradictions"),
    [
        ("a woman is sitting", 1, WOMAN, (1, "context"), (WOMAN, "text and context"), ()),
        ("a woman is sitting", 0, OTHER_WOMAN, (0, "context"), (OTHER_WOMAN, "text and context"), ()),
        ("a woman in the kitchen", 0, WOMAN, (0, "text"), (WOMAN, "text and context"), ()),
        ("a woman in the kitchen", 1, WOMAN, (0, "text"), (WOMAN, "text and context"), ("place",)),
        ("a woman is sitting", 1, MAN, (1, "context"), (None, "text"), ("person",)),
        ("the bald man at the beach", 0, MAN, (1, "text"), (6, "text"), ("place", "person")),
        ("nobody is in the kitchen", 1, MAN, (0, "text"), (None, "text"), ("place", "person")),
        ("a dog", 1, MAN, (1, "context"), (MAN, "context"), ()),
        ("a dog", None, None, (None, "nothing"), (None, "nothing"), ()),
        ("a woman in the kitchen", None, None, (0, "text"), (None, "text"), ()),
        ("qwertz", 0, WOMAN, (0, "context"), (WOMAN, "context"), ()),
    ],
)
def test_the_text_decides_where_it_speaks(text, outdoors, person, place_slot, person_slot, contradictions):
    assert table(text, outdoors, person) == ([place_slot, person_slot], contradictions)


def test_who_wins_can_be_chosen():
    assert table("a woman in the kitchen", 1, MAN, "context") == (
        [(1, "context"), (MAN, "context")],
        ("place", "person"),
    )
    assert table("a woman in the kitchen", None, None, "context")[0] == [(0, "text"), (None, "text")]
    words = fill(read("a woman in the kitchen"), 1, MAN, "context")
    assert words.place.said == "in the kitchen" and words.person.said == "a woman", "what the text says stays visible"


@pytest.mark.parametrize("wins", ["text", "context"])
def test_many_captions_at_once_get_the_same_slots(wins):
    contexts = [(None, None), *itertools.product((0, 1), (WOMAN, OTHER_WOMAN, MAN, 6, 19))]
    cases = list(itertools.product(SENTENCES, contexts))
    texts = [text for text, _ in cases]
    seen = Seen(torch.zeros(len(cases), 2), torch.zeros(len(cases), 20))
    for row, (_, (outdoors, person)) in enumerate(cases):
        if outdoors is not None:
            seen.outdoors[row, outdoors] = seen.people[row, person] = 1
    vectors = context_vectors(said(texts), seen, "place and person", wins=wins)
    for (text, shown), vector in zip(cases, vectors):
        filled = fill(read(text), *shown, wins)
        for part, slot in zip(vector.split(PARTS["place and person"]), filled.rows):
            expected = torch.zeros(len(part))
            if slot.value is not None:
                expected[slot.value] = 1
            assert torch.equal(part, expected), (text, shown, slot)


def test_the_vector_has_the_parts_that_are_taken():
    spoken, seen = said(["a woman", "a boy outside"]), Seen(torch.eye(2), torch.eye(20)[[0, 19]])
    whole = context_vectors(spoken, seen, "place and person")
    assert whole.shape == (2, 22) and context_vectors(spoken, seen, "nothing").shape == (2, 0)
    assert torch.equal(context_vectors(spoken, seen, "place"), whole[:, :2])


def test_soft_and_hard_answers_differ_only_where_the_context_decides():
    seen = Seen(torch.tensor([[0.7, 0.3]] * 3), torch.softmax(torch.randn(3, 20), 1))
    seen.people[:, WOMAN] = 0.9
    spoken = said(["a woman", "a woman in the park", "the bald man"])
    soft, hard = (context_vectors(spoken, seen, "place and person", hard=each) for each in (False, True))
    assert torch.equal(soft[0], torch.cat([seen.outdoors[0], seen.people[0]]))
    assert torch.equal(soft[1, :2], torch.tensor([0.0, 1.0])) and torch.equal(soft[1, 2:], seen.people[1])
    assert torch.equal(soft[2, 2:], torch.eye(20)[6])
    assert torch.equal(hard[0, :2], torch.tensor([1.0, 0.0])) and hard[:, 2:].sum(1).tolist() == [1, 1, 1]


def test_what_captions_say_as_numbers():
    spoken = said(["a woman in the kitchen", "someone outside", "a dog", "nobody", "the bald man", ""])
    assert spoken.place.tolist() == [0, 1, 2, 2, 2, 2]
    assert spoken.people.sum(1).tolist() == [7, 20, 20, 0, 1, 20]
    assert all(PEOPLE[n].gender == "female" for n in spoken.people[0].nonzero()[:, 0].tolist())


def test_captions_are_parsed_once(monkeypatch):
    captions = [["a woman in the kitchen", "a dog"], ["a man outside", "nobody"]] * 5
    found = said_once("some", captions)
    texts = [text for each in captions for text in each]
    assert torch.equal(found.place.flatten(), said(texts).place)
    assert torch.equal(found.people.flatten(0, 1), said(texts).people)
    asked = []
    monkeypatch.setattr(context, "said", lambda texts: asked.extend(texts) or said(texts))
    again = said_once("some", captions)
    assert asked == texts[: 2 * SAMPLE]  # to compare
    assert all(torch.equal(one, other) for one, other in zip(found, again))
    assert found.take((torch.tensor([0, 1]), torch.tensor([1, 0]))).place.tolist() == [2, 1]
