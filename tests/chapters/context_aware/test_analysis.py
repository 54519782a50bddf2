"""The numbers: known answers, chance, and painters that do as they should or not."""

import pytest
import torch
from few_scenes import embedding, few_scenes, judge, recognition, settings_of

from ganbook.chapters.context_aware import analysis
from ganbook.chapters.context_aware.analysis import (
    Trials,
    decided,
    entities,
    entity_numbers,
    passes,
    r_precision,
    same_group_chance,
    trials,
    wins_among,
)
from ganbook.chapters.context_aware.context import said
from ganbook.chapters.context_aware.inference import Painter
from ganbook.chapters.context_aware.judge import Verdict
from ganbook.chapters.context_aware.model import generators
from ganbook.data.scene_language import read
from ganbook.data.scenes import PEOPLE, THINGS

TEXTS = (
    "a woman is sitting",  # open, neutral
    "a woman and a dog",  # open, neutral
    "a man next to a fridge",  # open, but a fridge is indoors
    "a boy at the beach",  # outdoors
    "the bald man in the kitchen",  # indoors, exact
)
OUTDOORS, PERSON = torch.tensor([1, 0, 1, 0, 0]), torch.tensor([0, 1, 5, 17, 6])


def tried() -> Trials:
    return Trials(TEXTS, said(TEXTS), tuple(read(text).things for text in TEXTS), OUTDOORS, PERSON)


def test_which_texts_leave_what_open():
    shown = tried()
    assert shown.open_place.tolist() == [True, True, True, False, False]
    assert shown.neutral.tolist() == [True, True, False, False, False]
    assert shown.open_person.tolist() == [True, True, True, True, False]
    assert analysis.against_things(shown).tolist() == [False, False, True, False, False]


def test_pictures_that_follow_the_rule():
    shown = tried()
    right = torch.tensor([1, 0, 1, 1, 0])
    numbers = decided(right, PERSON, shown)
    assert set(numbers.values()) == {1.0} and numbers["place_from_text"] == 1, "the boy is at the beach all the same"
    numbers = decided(1 - right, torch.full((5,), 5), shown)
    assert numbers["place_from_context"] == 0 and numbers["place_from_text"] == 0
    assert numbers["person_from_context"] == pytest.approx(1 / 4) and numbers["person_fits_text"] == pytest.approx(
        1 / 4
    )


def test_the_texts_of_which_a_share_is_one_are_named():
    counts = {name: int(among.sum()) for name, among in analysis.asked(tried()).items()}
    assert counts.keys() == decided(OUTDOORS, PERSON, tried()).keys()
    assert counts["place_from_context"] == 2 and counts["place_against_things"] == 1
    assert counts["person_from_context"] == counts["person_fits_text"] == 4


def test_chance_that_anybody_fits_the_words():
    meant = [sum(each.gender == gender and each.age != "child" for each in PEOPLE) for gender in ("female", "male")]
    boys = sum(each.gender == "male" and each.age == "child" for each in PEOPLE)
    expected = (2 * meant[0] + meant[1] + boys) / 4 / len(PEOPLE)
    assert analysis.fitting_chance(tried()) == pytest.approx(expected)


def test_chance_of_a_person_is_that_of_the_group():
    sizes = [sum(each.gender == gender and each.age != "child" for each in PEOPLE) for gender in ("female", "male")]
    boys = sum(each.gender == "male" and each.age == "child" for each in PEOPLE)
    expected = (2 / sizes[0] + 1 / sizes[1] + 1 / boys) / 4
    assert same_group_chance(tried()) == pytest.approx(expected)


def test_trials_draw_contexts_that_the_words_allow():
    shown = trials(few_scenes(), 24)
    assert len(shown) == 24 and set(shown.outdoors.tolist()) == {0, 1}
    assert shown.said.people.gather(1, shown.person[:, None]).all()
    again, other = trials(few_scenes(), 24), trials(few_scenes(), 24, seed=1)
    assert torch.equal(shown.outdoors, again.outdoors) and not torch.equal(shown.person, other.person)
    assert torch.equal(shown.seen.outdoors.argmax(1), shown.outdoors)


def test_r_precision_of_perfect_and_of_random_scores():
    texts = [f"text {k}" for k in range(300)]
    assert wins_among(torch.eye(300), texts, 10, seed=0).all()
    noise = wins_among(torch.randn(300, 300, generator=torch.Generator().manual_seed(0)), texts, 10, seed=0)
    assert 0.04 < noise.float().mean() < 0.17
    twins = ["same"] * 10 + texts[:20]
    assert wins_among(torch.eye(30), twins, 10, seed=0).all(), "a text of the same words is no rival"
    assert 0 <= r_precision(embedding(), few_scenes().pictures, [each[0] for each in few_scenes().captions]) <= 1


def test_entities_by_kind():
    class Sees:
        def __call__(self, pictures):
            there = torch.full((20, len(THINGS)), -1.0)
            there[:10, 0] = 1
            there[:, 1] = 1
            return Verdict(None, None, None, there)

    found = entities(Sees(), torch.zeros(20, 3, 1, 1), [(0, 1)] * 5 + [(1, 2)] * 4 + [()] * 11)
    first, second = (THINGS[kind].name for kind in (0, 1))
    assert set(found) == {first, second}, "the third is named too seldom"
    assert found[first] == {"named": 5, "seen": 1.0, "else": pytest.approx(5 / 15)}
    assert found[second] == {"named": 9, "seen": 1.0, "else": 1.0}
    numbers = entity_numbers(found)
    assert numbers["entities"] == 1 and numbers["entities_else"] == pytest.approx((5 / 3 + 9) / 14)
    assert numbers["entities_animal"] == 1 and numbers["entities_smallobject"] == 0


def test_when_a_stage_is_ready():
    curves = {"step": [10, 20, 30, 40, 50], "kid_1": [None, 9.0, 4.0, None, 3.0], "kid_2": [5.0, 9.0, 3.0, 6.0, 1.0]}
    assert passes(curves, 1, 5) == 30 and passes(curves, 2, 5) == 50 and passes(curves, 2, 0.5) is None
    assert passes(curves, 1, 10) == 20


def test_a_painters_numbers_are_shares():
    torch.manual_seed(0)
    config = settings_of(context="place and person")
    painter = Painter(config, torch.nn.ModuleList(generators(config)).eval(), embedding(), recognition())
    numbers = analysis.painter_numbers(painter, few_scenes(), judge(), embedding("words"), n=24)
    assert {"place_from_context", "place_from_text", "person_from_context", "r_precision"} < set(numbers)
    assert all(0 <= value <= 1 for value in numbers.values())


def test_numbers_of_readers():
    scenes = few_scenes()
    assert analysis.recognition_numbers(recognition(), scenes) == {"recognise_place": 1.0, "recognise_person": 1.0}
    numbers = analysis.judge_numbers(judge(), scenes)
    assert set(numbers) == {f"judge_{name}" for name in ("place", "kind_of_place", "person", "recall", "precision")}
    assert set(analysis.embedding_numbers(embedding(), scenes)) == {"r_precision_real"}
