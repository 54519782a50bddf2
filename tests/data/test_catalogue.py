import json
import math

import pytest

import ganbook.data
from ganbook.data import catalogue, digit_edits, grid_digits, load_digits, mnist
from ganbook.data.avatar_edits import SINGLES, avatar_edits
from ganbook.data.avatars import COUNTS
from ganbook.data.scenes import SPLITS as SCENES
from ganbook.errors import DataUnavailable, UserError

NAMES = ("avatar_edits", "avatars", "digit_edits", "digits", "grid_digits", "paintings", "people", "scenes")
IMAGES = "train-images-idx3-ubyte.gz"


@pytest.fixture
def mirror(tiny_mnist, new_mirror, monkeypatch):
    mirror = new_mirror(dict(tiny_mnist))
    monkeypatch.setattr(mnist, "MIRRORS", (mirror.url,))
    return mirror


def test_descriptions_are_plain_json_and_complete():
    assert catalogue.names() == NAMES
    for name in catalogue.names():
        entry = catalogue.describe(name)
        assert json.loads(json.dumps(entry)) == entry
        assert entry["name"] == name
        assert all(entry[key] for key in ("title", "origin", "licence", "splits", "schema"))
        assert bool(entry["files"]) == bool(entry["mirrors"]) == (len(entry["origin"]) > 1)
        assert entry["origin"].keys() == entry["licence"].keys() == entry["splits"].keys()
        assert all(file["sha256"] is None or len(file["sha256"]) == 64 for file in entry["files"])


@pytest.mark.parametrize(
    ("name", "load"), [("digits", load_digits), ("grid_digits", grid_digits), ("digit_edits", digit_edits)]
)
def test_described_sizes_are_the_datas(name, load):
    described = catalogue.describe(name)["splits"]["embedded"]
    assert described == {split: len(load(split, "embedded")) for split in described}
    assert described.keys() >= {"train", "test"}


def test_described_sizes_of_the_scenes():
    described = catalogue.describe("scenes")["splits"]["embedded"]
    assert described == SCENES and sum(described.values()) == 20_000


@pytest.mark.parametrize("name", ["paintings", "people"])
def test_described_sizes_of_the_paintings_and_people(name):
    assert catalogue.describe(name)["splits"]["embedded"] == {"train": 3_200, "dev": 400, "test": 400}


def test_described_sizes_of_the_avatars():
    described = catalogue.describe("avatar_edits")["splits"]["embedded"]
    assert described == {split: len(avatar_edits(split)) for split in ("train", "dev", "test")} | {"singles": SINGLES}
    assert catalogue.describe("avatars")["splits"]["embedded"]["portraits"] == math.prod(COUNTS)


@pytest.mark.parametrize("name", ["avatars", "avatar_edits", "people"])
def test_what_is_drawn_here_is_always_here(name):
    expected = {
        "name": name,
        "source": "embedded",
        "found": "ganbook",
        "verified": True,
        "problem": None,
        "unused": None,
    }
    assert catalogue.status(name) == expected
    with pytest.raises(UserError, match=f"{name} needs no download"):
        catalogue.fetch(name)


def test_status_without_mnist():
    expected = {
        "name": "digits",
        "source": "embedded",
        "found": "scikit-learn",
        "verified": True,
        "problem": None,
        "unused": None,
    }
    assert catalogue.status("digits") == expected


def test_status_with_mnist(tiny_mnist, write_files, cache):
    folder = write_files(cache / "mnist", tiny_mnist)
    expected = {
        "name": "grid_digits",
        "source": "mnist",
        "found": str(folder),
        "verified": True,
        "problem": None,
        "unused": None,
    }
    assert catalogue.status("grid_digits") == expected


def test_status_reports_damage(tiny_mnist, write_files, cache):
    write_files(cache / "mnist", tiny_mnist | {IMAGES: b"junk"})
    status = catalogue.status("digits")
    assert (status["source"], status["verified"]) == ("mnist", False)
    assert IMAGES in status["problem"]


def test_status_reports_a_wrong_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("GANBOOK_DATA", str(tmp_path / "typo"))
    assert "not a folder" in catalogue.status("digits")["problem"]


def test_status_reports_a_data_folder_without_effect(monkeypatch, tmp_path, tiny_mnist, write_files, cache):
    own = write_files(tmp_path / "own", {"train-images.png": b"a picture"})
    monkeypatch.setenv("GANBOOK_DATA", str(own))
    assert "GANBOOK_DATA has no effect" in catalogue.status("digits")["unused"]
    write_files(cache / "mnist", tiny_mnist)
    status = catalogue.status("digits")
    assert status["source"] == "mnist" and status["verified"] and f"no MNIST was found in {own}" in status["unused"]
    write_files(own, tiny_mnist)
    assert catalogue.status("digits")["unused"] is None


def test_fetch_fills_the_cache_once(mirror, cache):
    assert catalogue.fetch("digits") == cache / "mnist"
    assert catalogue.fetch("grid_digits", progress=False) == cache / "mnist"
    assert len(mirror.requested) == 4
    assert catalogue.status("digits")["verified"]


def test_fetch_completes_and_repairs_the_cache(mirror, tiny_mnist, write_files, cache):
    whole = {name: data for name, data in tiny_mnist.items() if name.startswith("t10k")}
    write_files(cache / "mnist", whole | {IMAGES: b"junk"})
    catalogue.fetch("digits", progress=False)
    assert sorted(mirror.requested) == sorted(tiny_mnist.keys() - whole.keys())
    assert catalogue.status("digits")["verified"]


def test_fetch_keeps_to_the_data_folder(mirror, tiny_mnist, write_files, tmp_path, monkeypatch):
    own = write_files(tmp_path / "own", tiny_mnist)
    monkeypatch.setenv("GANBOOK_DATA", str(own))
    assert catalogue.fetch("digits") == own
    (own / IMAGES).write_bytes(b"junk")
    with pytest.raises(UserError, match=f"{own / IMAGES} is damaged"):
        catalogue.fetch("digits")
    assert (own / IMAGES).read_bytes() == b"junk"
    assert mirror.requested == []


def test_fetch_when_nothing_can_be_had(mirror, cache):
    mirror.files = {}
    with pytest.raises(DataUnavailable, match="answered 404"):
        catalogue.fetch("digits", progress=False)
    assert catalogue.status("digits")["source"] == "embedded"


@pytest.mark.parametrize("function", [catalogue.describe, catalogue.status, catalogue.fetch])
def test_unknown_data_set(function):
    with pytest.raises(
        UserError,
        match="unknown data set 'cats': expected one of avatar_edits, avatars, digit_edits, digits, .*, scenes",
    ):
        function("cats")


NEW = """
from ganbook.data.catalogue import DataSet, Found

DATA_SET = DataSet(
    "rings", "Rings", {"drawn": "made here"}, {"drawn": "CC0"}, {"drawn": {"train": 8}}, {"points": "float32 (n, 2)"},
    look=lambda: Found("drawn", "ganbook", verified=True),
    notice=lambda source: "rings are round" if source == "drawn" else None,
)
"""


def test_a_new_module_is_all_that_a_data_set_needs(tmp_path, monkeypatch):
    (tmp_path / "rings.py").write_text(NEW)
    monkeypatch.setattr("ganbook.data.__path__", [*ganbook.data.__path__, str(tmp_path)])
    assert catalogue.names() == tuple(sorted((*NAMES, "rings")))
    assert "drawn" in catalogue.sources() and json.dumps(catalogue.describe("rings"))
    assert catalogue.status("rings") == {
        "name": "rings",
        "source": "drawn",
        "found": "ganbook",
        "verified": True,
        "problem": None,
        "unused": None,
    }
    assert catalogue.notices("drawn") == ("rings are round",) and catalogue.notices() == ()
    with pytest.raises(UserError, match="rings needs no download: it is made here"):
        catalogue.fetch("rings")
