"""One interface for all sources; what is painted here is painted once."""

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.data import catalogue
from ganbook.data.paintings import (
    FIRST,
    SPLITS,
    drawn,
    drawn_paintings,
    motif_of,
    paint,
    paintings,
    parameters,
    year_of,
)
from ganbook.errors import UserError


@pytest.fixture(autouse=True)
def build(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path / "build"))


@pytest.mark.parametrize("split", SPLITS)
def test_what_a_split_holds(split, capsys):
    found = paintings(split, "embedded", n=4, progress=False)
    first = FIRST[split]
    assert f"embedded (painted here), 4 {split} pictures" in capsys.readouterr().out
    assert (found.source, found.split, len(found)) == ("embedded", split, 4)
    assert found.pictures.shape == (4, 3, 64, 64) and found.pictures.dtype == torch.uint8
    assert found.years.dtype == torch.float32 and torch.allclose(
        found.years, torch.tensor([year_of(first + k) for k in range(4)], dtype=torch.float32)
    )
    assert torch.equal(found.pictures[2], paint(first + 2, year_of(first + 2)))
    assert found.titles == tuple(motif_of(first + k).title for k in range(4))
    assert found.sources == tuple(f"number {first + k}" for k in range(4))
    assert [each.number for each in parameters(split, 4)] == [first + k for k in range(4)]


def test_pictures_are_painted_once(monkeypatch):
    calls = []
    monkeypatch.setattr(drawn, "paint", lambda number, year, side: calls.append(number) or paint(number, year, side))
    first = drawn_paintings("test", 3, progress=False)
    again = drawn_paintings("test", 3, progress=False)
    assert torch.equal(first.pictures, again.pictures) and len(calls) == 6  # to see whether they are still the same


def test_splits_share_no_picture():
    numbers = [{motif.number for motif in parameters(split)} for split in SPLITS]
    assert sum(map(len, numbers)) == len(set().union(*numbers)) == sum(SPLITS.values()) == 4_000


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"split": "all"}, "unknown split 'all' of the paintings: expected one of train, dev, test"),
        ({"source": "rembrandt"}, "unknown source 'rembrandt': expected one of auto, embedded, commons, folder"),
        ({"n": 0}, "n must be from 1 to 400 for dev, got 0"),
        ({"n": 401}, "n must be from 1 to 400 for dev, got 401"),
        ({"side": 32}, "side must be from 64 to 256 pixels, got 32"),
        ({"source": "folder"}, "no folder of paintings"),
    ],
)
def test_what_cannot_be_had(how, told):
    with pytest.raises(UserError, match=told):
        paintings(**({"split": "dev", "progress": False, "n": 1} | how))


def own(folder):
    folder.mkdir(parents=True)
    lines = ["file,title,year"]
    for k in range(20):
        values = np.random.default_rng(k).integers(0, 255, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(values).save(folder / f"{k}.png")
        lines.append(f"{k}.png,Picture {k},{1880 + k}")
    (folder / "paintings.csv").write_text("\n".join(lines))
    return folder


def test_a_folder_of_ones_own_is_found(tmp_path, monkeypatch, capsys):
    folder = own(tmp_path / "data" / "paintings")
    monkeypatch.setenv("GANBOOK_DATA", str(folder.parent))
    assert paintings("train").source == "folder" == paintings("dev", "folder").source
    assert "16 train pictures; 20 of 20 pictures are used" in capsys.readouterr().out
    assert catalogue.status("paintings")["found"] == str(folder) == str(catalogue.fetch("paintings"))
    assert paintings("test", "embedded", n=1, progress=False).source == "embedded"


def test_other_things_in_the_data_folder_do_not_matter(tmp_path, monkeypatch):
    (tmp_path / "paintings").mkdir()
    (tmp_path / "paintings" / "facts.csv").write_text("title,year\na,1885\n")
    monkeypatch.setenv("GANBOOK_DATA", str(tmp_path))
    assert paintings("test", n=1, progress=False).source == "embedded"


def test_a_data_folder_that_does_not_exist(monkeypatch, tmp_path):
    monkeypatch.setenv("GANBOOK_DATA", str(tmp_path / "typo"))
    with pytest.raises(UserError, match="not a folder"):
        paintings("test", n=1)
    assert "not a folder" in catalogue.status("paintings")["problem"]
