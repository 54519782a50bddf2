"""The studies of the page: pictures put side by side, contexts mixed, levels, schedules, numbers over seeds."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from few_scenes import embedding, few_scenes, recognition, settings_of

from ganbook.chapters.context_aware import studies
from ganbook.chapters.context_aware.analysis import Trials
from ganbook.chapters.context_aware.context import context_vectors, said
from ganbook.chapters.context_aware.inference import Painter
from ganbook.chapters.context_aware.judge import Verdict
from ganbook.chapters.context_aware.model import generators
from ganbook.data.scenes import THINGS


def curves(*kids, every=10):
    """Of three stages, looked at at every other entry."""
    steps = [every * number for number in range(1, 2 * len(kids[0]) + 1)]
    return {"step": steps} | {
        f"kid_{stage}": [value for kid in each for value in (None, kid)] for stage, each in enumerate(kids, start=1)
    }


def test_pictures_of_earlier_stages_are_enlarged_pixel_by_pixel():
    small = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(1, 2, 3, 3)
    large = studies.enlarged(small, (4, 7))
    assert large.shape == (1, 4, 7, 3)
    assert (large[0, :2, :2] == small[0, 0, 0]).all() and (large[0, 2:, 4:] == small[0, 1, 2]).all()
    film = np.zeros((2, 5, 15, 26, 3), np.uint8), np.zeros((2, 5, 60, 105, 3), np.uint8)
    assert [each.shape for each in studies.same_size(film)] == [(2, 5, 60, 105, 3)] * 2


def test_scenes_to_look_at():
    scenes = few_scenes()
    rows = studies.one_of_each_place(scenes)
    assert [int(scenes.places[row]) for row in rows] == sorted(set(scenes.places.tolist()))
    inside, outside = studies.two_contexts(scenes)
    assert inside[0, 0, 0] == 0 and outside[0, 0, 0] == 255, "the sky of the simple pictures tells"
    person = int(scenes.people[5])
    assert int(scenes.people[studies.context_of(scenes, person)]) == person
    with pytest.raises(ValueError, match="99"):
        studies.context_of(scenes, 99)


def test_two_contexts_show_the_same_person_if_there_is_one_in_both():
    scenes = few_scenes()
    inside = torch.nonzero(scenes.outdoors == 0).flatten()
    both = [n for n, row in enumerate(inside) if (scenes.people[scenes.outdoors == 1] == scenes.people[row]).any()]
    pair = studies.two_contexts(scenes, both[0])
    assert torch.equal(pair[0, :, 8:], pair[1, :, 8:]), "the ground tells who"


def test_a_mixture_gives_the_generator_the_vector_as_it_is():
    config = settings_of()
    painter = Painter(config, torch.nn.ModuleList(generators(config)).eval(), embedding(), recognition())
    given = []

    class Spy(Painter):
        def paint(self, texts, spoken, seen, seed=0, wins="text"):
            given.append((self.config.hard, seen.outdoors[0].tolist()))
            return super().paint(texts, spoken, seen, seed, wins)

    class Outdoors:
        def __call__(self, pictures):
            return Verdict(torch.tensor([[0.0, 1.0]]).repeat(len(pictures), 1), None, None, None)

    spy = Spy(painter.config, painter.generators, painter.embedding, painter.recognition)
    assert studies.outdoors_by_mixture(spy, Outdoors(), ["a woman", "a man"], [0.0, 0.25]) == [1.0, 1.0]
    assert given == [(False, [1.0, 0.0]), (False, [0.75, 0.25])] and painter.config.hard


def test_the_place_of_words_is_painted_with_and_without_its_slot():
    texts = ("a boy at the beach", "a woman in the kitchen", "a man")
    tried = Trials(texts, said(texts), ((),) * 3, torch.tensor([0, 0, 0]), torch.tensor([17, 0, 5]))

    class ByTheSlot:
        """Shows what the slot says, and indoors where it is open."""

        def paint(self, texts, spoken, seen, seed=0, wins="text"):
            assert len(texts) == 2, "those that name a place"
            vectors = context_vectors(spoken, seen, "place")
            return [vectors]

    class Reads:
        def __call__(self, vectors):
            return Verdict(vectors, None, None, None)

    assert studies.place_of_words(ByTheSlot(), Reads(), tried) == {"filled": 1.0, "open": 0.5, "contradicted": 0.0}


def test_what_goes_wrong():
    texts = ("a woman is sitting", "a boy at the beach")
    tried = Trials(texts, said(texts), ((0, 1), (1,)), torch.tensor([1, 0]), torch.tensor([0, 17]))
    there = torch.full((2, len(THINGS)), -1.0)
    there[:, 1] = 1
    verdict = Verdict(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), None, None, there)
    assert studies.wrong_place(verdict, tried).tolist() == [True, False], "the boy's text names its place"
    assert studies.missing_things(verdict, tried).tolist() == [1, 0]


def test_looks_and_levels():
    found = curves([9.0, 4.0, 4.0, 2.0], [8.0, 8.0, 3.0, 3.0], [1.0, 1.0, 1.0, 1.0])
    assert studies.looks_of(found, "kid_1") == ([20, 40, 60, 80], [9.0, 4.0, 4.0, 2.0])
    assert studies.passed(found, 3.5) == {"passes_1": 80, "passes_2": 60, "passes_3": 20}
    assert studies.passed(found, 2.5) == {"passes_1": 80, "passes_3": 20}, "the middle one never does"


@pytest.mark.parametrize(
    ("ends", "first", "paper"),
    [((9.0, 5.0, 1.0), 1, 1), ((5.0, 9.0, 1.0), 1, 0), ((1.0, 5.0, 9.0), 0, 0), ((5.0, 5.0, 5.0), 0, 0)],
)
def test_the_order_of_the_stages_at_several_levels(ends, first, paper):
    """Each stage falls from 10 by 1 a look until it is where it ends."""
    found = curves(*([max(end, 10.0 - look) for look in range(11)] for end in ends))
    levels = (9.5, 9.6)  # passed at the first look after the start by all
    assert studies.orders(found, levels) == {"last_stage_first": 0, "order_of_paper": 0}
    found = curves(*([20.0] * round(end) + [0.0] * (11 - round(end)) for end in ends))
    assert studies.orders(found, (1, 10)) == {"last_stage_first": first, "order_of_paper": paper}


def test_a_stage_that_never_passes_is_the_last():
    found = curves([9.0, 9.0], [9.0, 1.0], [1.0, 1.0])
    assert studies.orders(found, (5,)) == {"last_stage_first": 1, "order_of_paper": 1}
    assert studies.orders(found, (0.5,)) == {"last_stage_first": 0, "order_of_paper": 0}


def test_yardsticks_tell_equal_clouds_from_others():
    """Pictures of noise, by a judge who sees how bright and how rough they are."""
    noise = torch.randint(256, (200, 3, 60, 105), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    judge = SimpleNamespace(
        features=lambda pictures: torch.stack([pictures.float().mean((1, 2, 3)), pictures.float().std((1, 2, 3))], 1)
    )
    found = studies.yardsticks(judge, SimpleNamespace(pictures=noise), settings_of(height=60))
    halves, coarse = found.values()
    assert len(halves) == len(coarse) == 3
    assert max(map(abs, halves)) * 10 < min(coarse)


def test_a_smoothed_curve_is_as_long_as_asked_and_keeps_its_mean():
    assert studies.smoothed([1.0, 3.0, 5.0, 7.0], 2) == [2.0, 6.0] and studies.smoothed([1.0], 40) == [1.0]


def test_schedules_are_compared_seed_by_seed():
    other = [1.0] * 5
    late, early = [9.0, 9.0, 2.0, 2.0, 2.0], [9.0, 2.0, 2.0, 2.0, 2.0]
    runs = {
        "uniform": {0: curves(other, other, late), 1: curves(other, other, late)},
        "coarse_first": {0: curves(other, other, early), 1: curves(other, other, late), 2: curves(other, other, late)},
        "fade": {0: curves(other, other, late), 1: curves(other, other, [*late[:4], 2.5])},
    }
    found = studies.compared_schedules(runs)
    assert found["level_weights"] == [studies.ABOVE * 2.5]
    assert found["passes_uniform"] == [60.0, 60.0] and found["passes_coarse_first"] == [40.0, 60.0]
    assert found["kid_end_fade"] == [2.0, 2.5]
    assert found["gain_coarse_first"] == pytest.approx([1 / 3, 0]), "the third seed is not there for all"
    assert found["gain_fade"] == [0, 0] and "gain_uniform" not in found


def test_numbers_of_the_page_by_seed():
    main = {"place_from_context": 0.9, "place_from_context_if_it_wins": 0.5}
    found = studies.numbers_of({"main": {0: main, 2: main}, "text_only": {0: {"place_from_context": 0.4}}, "fade": {}})
    assert found["place_from_context"] == {0: 0.9, 2: 0.9} and found["place_text_only"] == {0: 0.4}
    assert found["place_if_context_wins"] == {0: 0.5, 2: 0.5}
    assert "person_from_context" not in found, "no training with the person"
