"""How scenes are put together, drawn, described, kept and written to files."""

import json
from collections import Counter
from itertools import pairwise

import pytest
import torch

from ganbook.data import kept
from ganbook.data import scenes as data
from ganbook.data.scenes import PEOPLE, PLACES, POSES, THINGS, captions, compose, from_json, render, to_json
from ganbook.data.scenes import drawn as keeping
from ganbook.data.scenes.captions import caption_words
from ganbook.data.scenes.scene import Item, Scene
from ganbook.errors import UserError

SAMPLE = [compose(number) for number in range(1500)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    return tmp_path / "data"


# Putting together


def test_a_number_gives_one_scene():
    assert compose(7) == compose(7) and len({scene.items for scene in SAMPLE}) == len(SAMPLE)


def independence(pairs, rows, columns):
    """Pearson's chi-square over its degrees of freedom: about 1 if two things are independent."""
    n = len(pairs)
    counts, first, second = Counter(pairs), Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    terms = [
        (counts[a, b] - first[a] * second[b] / n) ** 2 / (first[a] * second[b] / n)
        for a in range(rows)
        for b in range(columns)
    ]
    return sum(terms) / ((rows - 1) * (columns - 1))


def test_nobody_is_tied_to_a_place_or_to_what_they_do():
    assert independence([(scene.person, scene.place) for scene in SAMPLE], 20, 10) < 1.4
    assert independence([(scene.person, scene.items[0].look) for scene in SAMPLE], 20, len(POSES)) < 1.4
    assert independence([(scene.place, scene.items[0].look) for scene in SAMPLE], 10, len(POSES)) < 1.4
    carried = [(scene.person, thing) for scene in SAMPLE for thing in scene.things if THINGS[thing].belongs == "both"]
    numbers = sorted({thing for _, thing in carried})
    assert independence([(p, numbers.index(t)) for p, t in carried], 20, len(numbers)) < 1.4


def test_things_are_where_they_belong():
    for scene in SAMPLE:
        place = PLACES[scene.place]
        for thing in (THINGS[number] for number in scene.things):
            assert thing.belongs in ("both", "indoors" if place.indoors else "outdoors")
            assert not thing.places or place.name in thing.places
    assert {thing for scene in SAMPLE for thing in scene.things} == set(range(len(THINGS)))


def test_a_second_person_is_farther_off_and_of_another_kind():
    several = [scene for scene in SAMPLE if sum(item.sort == "human" for item in scene.items) > 1]
    assert 0.1 < len(several) / len(SAMPLE) < 0.2
    for first, second in (scene.items[:2] for scene in several):
        one, other = PEOPLE[first.number], PEOPLE[second.number]
        assert second.z == first.z + 2 and (one.gender, one.age) != (other.gender, other.age)


def test_what_is_farther_is_drawn_first_and_walls_before_all():
    scene = Scene(0, 0, 0, (Item("human", 0, 0, 300, 384, 0, 0), Item("animal", 0, 0, 300, 284, 4, 0),
                            Item("smallObject", 17, 0, 300, 90, 0, 0, layer=1)))  # fmt: skip
    assert [item.sort for item in scene.in_order()] == ["smallObject", "animal", "human"]


# Files


def test_a_scene_file_has_the_public_form_and_is_read_again():
    for scene in SAMPLE[:40]:
        content = json.loads(json.dumps(to_json(scene)))
        again = from_json(content)
        assert again.place == scene.place and again.person == scene.person and again.things == scene.things
    assert torch.equal(render(again, 15), render(scene, 15))
    kind, _, place = content["scene"]["sceneType"].partition("-")
    assert kind in ("Living", "Park") and place.replace("_", " ") in {each.name for each in PLACES}
    group = content["scene"]["availableObject"][0]
    assert {"numInstance", "smallestUnusedInstanceIdx", "instance"} == set(group)
    expected = {"type", "name", "present", "deformable", "poseID", "numPose", "x", "y", "z", "flip", "depth0", "depth1"}
    assert expected <= set(group["instance"][0])


@pytest.mark.parametrize("content", [{}, [], {"scene": 3}, {"scene": {"sceneType": "Park"}}])
def test_another_file_is_no_scene(content):
    with pytest.raises(UserError, match="not a scene file of this book"):
        from_json(content)


# Pictures


@pytest.mark.parametrize(("height", "width"), [(15, 26), (30, 52), (60, 105), (400, 700)])
def test_sizes(height, width):
    picture = render(SAMPLE[0], height)
    assert picture.shape == (3, height, width) and picture.dtype == torch.uint8


def test_a_small_picture_is_the_large_one_made_smaller():
    large, small = render(SAMPLE[1], 400).float(), render(SAMPLE[1], 60).float()
    shrunk = torch.nn.functional.interpolate(large[None], (60, 105), mode="area")[0]
    assert (shrunk - small).abs().mean() < 4


@pytest.mark.parametrize("height", [14, 401])
def test_heights_that_cannot_be_had(height):
    with pytest.raises(UserError, match="expected a height from 15 to 400 pixels"):
        render(SAMPLE[0], height)


def test_an_item_outside_the_picture_changes_nothing():
    scene = SAMPLE[2]
    beside = Scene(0, scene.place, scene.look, (*scene.items, Item("animal", 0, 0, -500, 384, 0, 0)))
    assert torch.equal(render(scene), render(beside))


# Captions


def test_captions_are_true_and_varied():
    told = [(scene, caption) for scene in SAMPLE for caption in captions(scene)]
    assert captions(SAMPLE[3]) == captions(SAMPLE[3]) and len(told) == 5 * len(SAMPLE)
    assert len({caption.text.lower().strip(".") for _, caption in told}) > 0.85 * len(told)
    for scene, caption in told:
        assert scene.person in caption.fits and caption.place in (None, scene.place)
        assert set(caption.things) <= set(scene.things)
        assert (
            not {"{", "}", "  "} & set(caption.text)
            and " ," not in caption.text
            and caption.text == caption.text.strip()
        )
    assert 0.2 < sum(caption.place is not None for _, caption in told) / len(told) < 0.4
    assert 0.15 < sum(len(caption.fits) < 3 for _, caption in told) / len(told) < 0.45


def test_the_vocabulary_holds_every_word_of_captions():
    known = {
        word
        for text in caption_words()
        for word in text.lower().replace(",", " ").replace(":", " ").replace(".", " ").split()
    }
    for scene in SAMPLE[:300]:
        for caption in captions(scene):
            words = caption.text.lower().replace(",", " ").replace(":", " ").replace(".", " ").split()
            assert set(words) <= known


# The set


def test_it_is_drawn_once_and_goes_on(folder, monkeypatch):
    whole = keeping.drawn_scenes("dev", 120, height=15, progress=False)
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[: 3 * 15 * 26 * 100 + 7])
    again = keeping.drawn_scenes("dev", 120, height=15, progress=False)
    assert torch.equal(again.pictures, whole.pictures)
    calls = []
    monkeypatch.setattr(keeping, "render", lambda *args: calls.append(1) or render(*args))
    assert torch.equal(keeping.drawn_scenes("dev", 120, height=15, progress=False).pictures, whole.pictures)
    assert len(calls) == kept.SAMPLE
    assert len(whole) == 120 and whole.pictures.shape == (120, 3, 15, 26)


def test_what_is_known_of_a_picture(capsys):
    found = data.scenes("test", "embedded", n=4, height=15, progress=False)
    assert "scenes: embedded (drawn here), 4 test pictures" in capsys.readouterr().out
    for row, (scene, told) in enumerate(keeping.parameters("test", 4)):
        assert found.places[row] == scene.place and found.people[row] == scene.person
        assert found.outdoors[row] == int(not PLACES[scene.place].indoors)
        assert tuple(found.things[row].nonzero()[:, 0].tolist()) == scene.things
        assert found.captions[row] == tuple(caption.text for caption in told)
        assert torch.equal(found.pictures[row], render(scene, 15))


def test_splits_share_no_scene():
    assert keeping.SPLITS == {"train": 18_000, "dev": 1_000, "test": 1_000}
    ends = [(first, first + keeping.SPLITS[split]) for split, first in keeping.FIRST.items()]
    assert all(stop <= start for (_, stop), (start, _) in pairwise(ends))


@pytest.mark.parametrize(
    ("split", "n", "said"), [("training", None, "expected one of train, dev, test"), ("dev", 0, "from 1 to 1,000"),
                             ("test", 1001, "from 1 to 1,000")]
)  # fmt: skip
def test_what_cannot_be_had(split, n, said):
    with pytest.raises(UserError, match=said):
        data.scenes(split, "embedded", n)


def test_an_unknown_source():
    with pytest.raises(UserError, match="unknown source 'coco': expected one of auto, embedded, vqa"):
        data.scenes("test", "coco")
