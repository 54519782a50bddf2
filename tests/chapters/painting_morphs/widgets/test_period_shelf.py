import io

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.chapters.painting_morphs import morphs
from ganbook.chapters.painting_morphs.widgets import PeriodShelf
from ganbook.errors import UserError

SIDE, FRAMES = 16, 5
SETS = {"first": ([3, 0, 2, 1], [8, 9, 10, 11, 7]), "others": ([0, 1, 2, 3, 4, 5], [6, 7, 8, 9])}


@pytest.fixture(scope="module")
def located(stand_ins):
    return stand_ins.some_located(12)


@pytest.fixture(scope="module")
def shelf(stand_ins, located):
    return PeriodShelf(stand_ins.some_painter(), located, SETS, FRAMES)


def ask(shelf, sent, start, end):
    shelf._on_message(shelf, {"id": "view-1", "start": start, "end": end}, [])
    return sent[-1]


@pytest.mark.parametrize(("start", "end"), SETS.values())
def test_pairs_are_those_of_the_library(shelf, sent, located, start, end):
    content, films = ask(shelf, sent, start, end)
    first, last = sorted(start), sorted(end)
    wanted = morphs.alike_pairs(located[first], located[last])
    found = [(a, b, backwards) for a, b, _, backwards in content["pairs"]]
    assert found == [
        (first[a], last[b], False) for a, b in zip(wanted.start.tolist(), wanted.end.tolist(), strict=True)
    ]
    np.testing.assert_allclose([pair[2] for pair in content["pairs"]], wanted.distances, rtol=1e-6)
    paired = {number for a, b, _ in found for number in (a, b)}
    assert content["alone"] == [number for number in (*first, *last) if number not in paired] and content["alone"]
    assert content["note"] == "" and len(films) == len(found) > 0


def test_films_are_morphs_on_the_sphere(shelf, sent, stand_ins, located):
    content, films = ask(shelf, sent, *SETS["first"])
    for (a, b, *_), row in zip(content["pairs"], films, strict=True):
        sheet = np.array(Image.open(io.BytesIO(row)).convert("RGB")).reshape(SIDE, FRAMES, SIDE, 3)
        drawn = morphs.morph(located[[a]], located[[b]], FRAMES).draw(stand_ins.some_painter())[0]
        np.testing.assert_allclose(sheet.transpose(1, 0, 2, 3), drawn.permute(0, 2, 3, 1), atol=1)


def test_the_order_of_a_set_does_not_matter(shelf, sent):
    start, end = SETS["first"]
    assert ask(shelf, sent, start, end) == ask(shelf, sent, start[::-1], end[::-1])


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        ([], [8, 9, 10, 11], "The start set needs at least 4 pictures, it is empty."),
        ([0, 1, 2, 3], [], "The end set needs at least 4 pictures, it is empty."),
        ([0], [8, 9, 10, 11], "The start set needs at least 4 pictures, it has 1."),
        ([0, 1, 2, 3], [8, 9, 10], "The end set needs at least 4 pictures, it has 3."),
        ([8, 9, 10, 11], [0, 1, 2, 3], "The start set must be earlier than the end set, got years 1889.6 and 1882.4."),
    ],
)
def test_sets_that_cannot_be_morphed_get_a_sentence(shelf, sent, start, end, says):
    content, films = ask(shelf, sent, start, end)
    assert content == {"id": "view-1", "note": says, "pairs": [], "alone": []} and films == []


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"sets": {"mine": ([0, 1, 2, 3], [3, 4, 5, 6])}}, "^mine: painting 3 is in both sets, it can be in one$"),
        ({"sets": {"mine": ([0, 1, 2, 2], [4, 5, 6, 7])}}, "^mine: a painting is in a set twice$"),
        ({"sets": {"mine": ([0, 1, 2, 3], [4, 5, 6, 12])}}, "there is no painting 12, they have the numbers 0 to 11"),
        ({"sets": {"mine": ([0, 1, 2], [4, 5, 6, 7])}}, "the start set needs at least 4 pictures, it has 3"),
        ({"sets": {"mine": ([], [])}}, "the start set needs at least 4 pictures, it is empty"),
        ({"sets": {}}, "at least one choice"),
        ({"frames": 1}, "at least 2 frames"),
    ],
)
def test_first_sets_that_cannot_be_are_refused(stand_ins, located, how, says):
    with pytest.raises(UserError, match=says):
        PeriodShelf(stand_ins.some_painter(), located, **how)


def test_by_default_there_are_the_earliest_and_the_latest_third(stand_ins, located):
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    ((_, start, end),) = PeriodShelf(stand_ins.some_painter(), located[order], frames=2).sets
    assert sorted(order[start].tolist()) == [0, 1, 2, 3] and sorted(order[end].tolist()) == [8, 9, 10, 11]
    with pytest.raises(UserError, match="the start set needs at least 4 pictures, it has 1"):
        PeriodShelf(stand_ins.some_painter(), located[[0, 1, 2, 3, 4]])


def test_a_page_has_the_morphs_of_all_paintings(shelf, stand_ins):
    facts = shelf.page_facts()
    assert facts.model is None and len(facts.facts["films"]) == 12 * 11 / 2
    assert len(facts.facts["thumbnails"]) == 12 * 192 * 4 and facts.facts["size"] == 192
    many = PeriodShelf(stand_ins.some_painter(), stand_ins.some_located(13), frames=2)
    assert many.page_facts() is None


def test_the_text_of_the_still_comes_from_the_data(shelf):
    (panel,) = shelf.still_panels()
    a, b, *_ = shelf.shown["pairs"][0]
    assert f"painting {a + 1} ({shelf.years[a]:.1f}) becomes painting {b + 1} ({shelf.years[b]:.1f})" in panel.alt
    alone = shelf.shown["alone"][0]
    assert f"Without a counterpart: painting {alone + 1} ({shelf.years[alone]:.1f})" in panel.alt
