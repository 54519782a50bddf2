"""The data set of people: the same person at every age, the same picture always, no person twice."""

import pytest
import torch
import torch.nn.functional as F

from ganbook.data.avatars import LABELS, render
from ganbook.data.people import FIRST, SPLITS, age_of, aged, draw_person, drawn, drawn_people
from ganbook.errors import UserError


@pytest.fixture(autouse=True)
def build(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path / "build"))


@pytest.fixture(scope="module")
def persons():
    return drawn._block(3)[:30]


def everyone(persons, age: float):
    return persons.draw(torch.full((len(persons.ages),), age)).float()


@pytest.mark.parametrize("split", SPLITS)
def test_what_a_split_holds(split):
    found = drawn_people(split, 4, 32, progress=False)
    numbers = [FIRST[split] + k for k in range(4)]
    assert (found.source, found.split, len(found)) == ("embedded", split, 4)
    assert found.pictures.shape == (4, 3, 32, 32) and found.pictures.dtype == torch.uint8
    assert found.years.tolist() == [age_of(number) for number in numbers]
    assert found.titles[1] == f"Person {numbers[1]} at {int(age_of(numbers[1]))}"
    assert found.sources == tuple(f"number {number}" for number in numbers)
    alone = torch.stack([draw_person(number, age_of(number), 32) for number in numbers])
    assert (alone.int() - found.pictures.int()).abs().max() <= 1


def test_people_are_drawn_once_and_more_of_them_later(monkeypatch):
    calls = []
    monkeypatch.setattr(drawn, "render", lambda look, *how: calls.append(len(look)) or render(look, *how))
    first = drawn_people("dev", 100, 16, progress=False)
    more = drawn_people("dev", 130, 16, progress=False)
    assert torch.equal(more.pictures[:100], first.pictures) and calls == [100, 8, 30]


def test_numbers_decide_everything():
    assert torch.equal(draw_person(7, 40.0), draw_person(7, 40.0))
    assert not torch.equal(draw_person(7, 40.0), draw_person(7, 41.0))
    assert not torch.equal(draw_person(7, 40.0), draw_person(107, 40.0))
    ages = [age_of(number) for number in (0, FIRST["dev"], FIRST["test"])]
    drawn._block.cache_clear()
    assert ages == [age_of(number) for number in (0, FIRST["dev"], FIRST["test"])] and len(set(ages)) == 3


def test_no_person_is_in_two_splits():
    numbers = [range(FIRST[split], FIRST[split] + n) for split, n in SPLITS.items()]
    assert len(set().union(*numbers)) == sum(SPLITS.values())
    looks = [drawn._block(FIRST[split] // 100).look.features for split in SPLITS]
    together = torch.cat(looks)
    assert len(together.unique(dim=0)) == len(together)


def test_ages_are_even_and_say_nothing_of_who_somebody_is():
    blocks = [drawn._block(which) for which in range(32)]
    ages = torch.cat([block.ages for block in blocks])
    assert ages.min() >= 20 and ages.max() <= 80
    assert ((torch.histc(ages, 6, 20, 80) - 3_200 / 6).abs() < 80).all()
    traits = torch.cat([torch.cat([block.look.features, block.look.colours.flatten(1)], 1) for block in blocks])
    varied = traits[:, traits.std(0) > 0]
    assert torch.corrcoef(torch.cat([ages[:, None], varied], 1).T)[0, 1:].abs().max() < 0.08


@pytest.mark.parametrize("name", ["background", "clothes"])
def test_what_lies_behind_and_below_a_face_stays_to_the_bit(persons, name):
    young, old = (render(aged(persons.look, torch.full((30,), age)), persons.pose) for age in (20.0, 80.0))
    label = LABELS.index(name)
    both = ((young.labels == label) & (old.labels == label)).float()
    inner = F.max_pool2d(1 - both, 5, 1, 2) == 0  # edges mix with what is beside them
    change = (young.pictures - old.pictures).abs().amax(1)
    assert (change[inner] == 0).all() and inner.float().mean() > 0.05
    assert change[young.labels == LABELS.index("hair")].median() > 0.3


def test_somebody_old_is_most_like_the_same_person_young(persons):
    young, old = everyone(persons, 25.0).flatten(1), everyone(persons, 75.0).flatten(1)
    assert (torch.cdist(young, old).argmin(1) == torch.arange(30)).float().mean() > 0.75


def test_the_way_from_young_to_old_is_not_straight(persons):
    """How far the middle of life lies from the straight line in pixels, for each unit of that line's length."""
    young, middle, old = (everyone(persons, age).flatten(1) for age in (20.0, 50.0, 80.0))
    line, way = old - young, middle - young
    share = (way * line).sum(1, keepdim=True) / line.square().sum(1, keepdim=True)
    assert ((way - share * line).norm(dim=1) / line.norm(dim=1)).median() > 0.3


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (lambda: drawn_people("all"), "unknown split 'all' of the people: expected one of train, dev, test"),
        (lambda: drawn_people("dev", 0), "n must be from 1 to 400 for dev, got 0"),
        (lambda: drawn_people("dev", 401), "n must be from 1 to 400 for dev, got 401"),
        (lambda: drawn_people("dev", 1, 8), "side must be from 16 to 512 pixels, got 8"),
        (lambda: draw_person(1, 30.0, 1024), "side must be from 16 to 512 pixels, got 1024"),
        (lambda: draw_person(1, 19.9), "age must be from 20 to 80 years, got 19.9"),
        (lambda: draw_person(1, float("nan")), "age must be from 20 to 80 years, got nan"),
        (lambda: draw_person(-1, 30.0), "number must be 0 or above, got -1"),
    ],
)
def test_what_cannot_be_had(what, told):
    with pytest.raises(UserError, match=told):
        what()
