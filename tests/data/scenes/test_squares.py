"""Label maps of scenes say what is drawn where."""

import pytest
import torch

from ganbook.data.scenes import Item, Scene, compose, render
from ganbook.data.scenes.places import FLOOR, HEIGHT
from ganbook.data.scenes.squares import LABELS, label_map, square_scenes
from ganbook.errors import UserError

EMPTY = Scene(0, 0, 0, ())


def test_an_empty_place_is_wall_and_ground():
    labels, line = label_map(EMPTY, 100), round(100 * FLOOR / HEIGHT)
    assert labels.shape == (100, 175) and labels.dtype == torch.uint8
    assert (labels[:line] == 0).all() and (labels[line:] == 1).all()


@pytest.mark.parametrize("number", range(0, 40, 4))
def test_an_item_s_class_is_where_it_changes_the_picture(number):
    scene = compose(number)
    items = {"human": "person", "largeObject": "furniture", "animal": "animal", "smallObject": "thing"}
    for item in scene.items:
        alone = Scene(0, scene.place, scene.look, (item,))
        bare = Scene(0, scene.place, scene.look, ())
        labels = label_map(alone, 100)
        mine = labels == LABELS.index(items[item.sort])
        changed = (render(alone, 100).int() - render(bare, 100).int()).abs().sum(0) > 0
        assert mine.any() and (labels[~mine] == label_map(bare, 100)[~mine]).all()
        assert not (mine & ~changed).float().mean() > 0.02  # where it has the colour of the wall
        assert (changed & ~mine).sum() < 0.5 * mine.sum() + 60  # its edge


def test_what_is_nearer_hides_what_is_behind():
    person = compose(0).items[0]
    behind = Item("human", (person.number + 1) % 20, 0, person.x, person.y, person.z + 1, 0)
    both, front = (label_map(Scene(0, 0, 0, items), 100) for items in ((person, behind), (person,)))
    assert (both[front == 2] == 2).all() and (both == 2).sum() >= (front == 2).sum()


def test_squares_show_the_person(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    found = square_scenes("test", 30, 32, progress=False)
    assert found.pictures.shape == (30, 3, 32, 32) and found.labels.shape == (30, 32, 32) and len(found) == 30
    assert found.labels.max() < len(LABELS) and (found.labels == LABELS.index("person")).flatten(1).any(1).all()
    again = square_scenes("test", 30, 32, progress=False)
    assert torch.equal(found.pictures, again.pictures) and torch.equal(found.labels, again.labels)


def test_squares_are_cut_out_of_the_rendered_scene(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    found, scene = square_scenes("train", 1, 32, progress=False), compose(0)
    whole, labels = render(scene, 32), label_map(scene, 32)
    cuts = [torch.equal(whole[:, :, left : left + 32], found.pictures[0]) for left in range(whole.shape[2] - 31)]
    assert sum(cuts) == 1 and torch.equal(labels[:, cuts.index(True) : cuts.index(True) + 32], found.labels[0])


def test_what_cannot_be_had():
    with pytest.raises(UserError, match="unknown split 'val'"):
        square_scenes("val")
    with pytest.raises(UserError, match="n must be from 1 to 1,000"):
        square_scenes("test", 0)
