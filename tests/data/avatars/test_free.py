"""The data set of free avatars: drawn once, resumed, the same whatever is asked for first."""

import pytest
import torch

from ganbook.data.avatars import free, render
from ganbook.errors import UserError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    return tmp_path / "data"


def test_pictures_and_labels_are_those_of_the_parameters():
    found = free.free_avatars("dev", 100, side=16, progress=False)
    drawing = render(*free.free_parameters("dev", 100), 16)
    assert torch.equal(found.labels, drawing.labels) and len(found) == 100
    assert (found.pictures.float() - (drawing.pictures + 1) * 127.5).abs().max() <= 0.5001


def test_it_is_drawn_once(folder, monkeypatch):
    first = free.free_avatars("test", 200, side=16, progress=False)
    calls = []
    monkeypatch.setattr(free, "render", lambda *args: calls.append(1) or render(*args))
    assert torch.equal(free.free_avatars("test", 200, side=16, progress=False).pictures, first.pictures)
    assert len(calls) == 1  # the first few again, to compare; not both blocks


def test_a_stopped_drawing_goes_on(folder):
    whole = free.free_avatars("dev", 300, side=8, progress=False)
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[: 100 * 4 * 64 + 1234])  # one block and a bit
    again = free.free_avatars("dev", 300, side=8, progress=False)
    assert torch.equal(whole.pictures, again.pictures) and torch.equal(whole.labels, again.labels)


def test_splits_differ():
    shown = [free.free_avatars(split, 100, side=8, progress=False).pictures for split in free.SPLITS]
    assert not torch.equal(shown[0], shown[1]) and not torch.equal(shown[1], shown[2])


@pytest.mark.parametrize(("split", "n"), [("train", 0), ("train", 150), ("test", 2_100), ("training", 100)])
def test_what_cannot_be_had(split, n):
    with pytest.raises(UserError, match="a multiple of 100 from 100 to|expected one of train, dev, test"):
        free.free_avatars(split, n)
