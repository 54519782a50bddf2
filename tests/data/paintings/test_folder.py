"""A folder of one's own paintings: whatever is wrong is counted and told in a line, and the rest is used."""

import os

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.data.paintings import folder as folder_module
from ganbook.data.paintings import folder_paintings
from ganbook.errors import UserError

N = 30


def picture(path, k=0, size=(80, 60), mode="RGB"):
    """A picture unlike those with another k."""
    values = np.random.default_rng(k).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)
    Image.fromarray(values).convert(mode).save(path)


@pytest.fixture
def rows():
    return [(f"p{k}.png", f"Picture {k}", str(1881 + k % 10)) for k in range(N)]


@pytest.fixture
def folder(tmp_path, rows):
    for k, (name, _, _) in enumerate(rows):
        picture(tmp_path / name, k)
    return tmp_path


def write(folder, rows, name="paintings.csv", header="file,title,year"):
    (folder / name).write_text("\n".join([header, *(",".join(row) for row in rows)]), encoding="utf-8")
    return folder


def everything(folder, **how):
    found = [folder_paintings(folder, split, **how) for split in ("train", "dev", "test")]
    return [split for split, _ in found], found[0][1]


def test_every_picture_is_in_one_split(folder, rows):
    splits, report = everything(write(folder, rows))
    assert [len(split) for split in splits] == [24, 3, 3] and str(report) == "30 of 30 pictures are used"
    assert sorted(name for split in splits for name in split.sources) == sorted(name for name, _, _ in rows)
    for split in splits:
        assert split.source == "folder" and split.pictures.shape == (len(split), 3, 64, 64)
        assert split.pictures.dtype == torch.uint8 and split.years.dtype == torch.float32
        assert (split.years.diff() >= 0).all()
        for name, title, year in zip(split.sources, split.titles, split.years.tolist(), strict=True):
            k = int(name[1:-4])
            assert title == f"Picture {k}" and year == 1881.5 + k % 10


def test_the_middle_square_is_taken(folder, rows):
    wide = np.zeros((90, 150, 3), np.uint8)
    wide[:, 30:120] = (200, 30, 40)
    Image.fromarray(wide).save(folder / "p0.png")
    splits, _ = everything(write(folder, rows), side=128)
    (found,) = [split.pictures[split.sources.index("p0.png")] for split in splits if "p0.png" in split.sources]
    assert found.shape == (3, 128, 128) and (found[0, :, 3:-3] > 190).all() and (found[1, :, 3:-3] < 40).all()


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA", "I;16", "F"])
def test_pictures_of_any_mode(folder, rows, mode):
    name = "p0.tif" if mode in ("CMYK", "F", "I;16") else "p0.png"
    if mode == "I;16":
        Image.fromarray((np.arange(4800).reshape(60, 80) * 13).astype(np.uint16)).save(folder / name)
    else:
        picture(folder / name, 0, mode=mode)
    splits, report = everything(write(folder, [(name, *rows[0][1:]), *rows[1:]]))
    assert report.used == N and not report.problems
    (found,) = [split.pictures[split.sources.index(name)] for split in splits if name in split.sources]
    assert found.float().std() > 10


def test_what_is_transparent_is_white(folder, rows):
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(folder / "p0.png")
    splits, _ = everything(write(folder, rows))
    (found,) = [split.pictures[split.sources.index("p0.png")] for split in splits if "p0.png" in split.sources]
    assert (found == 255).all()


def test_everything_that_can_be_wrong_is_told_and_the_rest_used(folder, rows):
    (folder / "p0.png").write_bytes((folder / "p0.png").read_bytes()[:300])
    (folder / "p1.png").write_bytes(b"no picture")
    picture(folder / "p2.png", 2, (400, 100))
    picture(folder / "p3.png", 3, (30, 30))
    (folder / "p4.png").unlink()
    (folder / "p5.png").write_bytes((folder / "p6.png").read_bytes())
    rows[7] = ("p7.png", "Picture 7", "long ago")
    rows[8] = ("p8.png", "", "1885-86")
    rows[9] = ("../p9.png", "Picture 9", "1885")
    rows[10] = ("p10.png", "Picture 10", "")
    rows.append(("p11.png", "again", "1889"))
    splits, report = everything(write(folder, rows))
    assert report.pictures == N + 1 and report.used == N - 9 == sum(map(len, splits))
    expected = {
        folder_module.UNREADABLE: 2,
        "left out because one side is more than 3 times the other": 1,
        "left out because they are less than 32 pixels high or wide": 1,
        folder_module.MISSING: 1,
        folder_module.TWICE: 2,
        folder_module.BAD_YEAR: 1,
        folder_module.RANGED: 1,
        folder_module.OUTSIDE: 1,
        folder_module.NO_CELL: 1,
    }
    assert {sort: report.count(sort) for sort in report.problems} == expected
    told = str(report)
    assert "\n" not in told and told.startswith("21 of 31 pictures are used; ")
    assert "line 9: long ago" in told and "line 10: 1885-86 is taken as 1886" in told
    (split,) = [split for split in splits if "p8.png" in split.sources]
    place = split.sources.index("p8.png")
    assert split.titles[place] == "p8.png" and split.years[place] == 1886


def test_a_row_that_is_not_utf8(folder, rows):
    write(folder, rows)
    with open(folder / "paintings.csv", "ab") as out:
        out.write(b"\np1.png,Caf\xe9,1885")
    report = everything(folder)[1]
    assert report.count(folder_module.NOT_UTF8) == 1 and report.used == N


def test_semicolons_and_other_columns(folder, rows):
    lines = ["Year;museum;FILE;Title", *(f"{year};x;{name};{title}" for name, title, year in rows)]
    (folder / "mine.csv").write_text("\r\n".join(lines), encoding="utf-16")
    assert everything(folder)[1].used == N
    assert folder_paintings(folder / "mine.csv")[1].used == N


@pytest.mark.parametrize("n", [0, 3, 19])
def test_too_few_pictures(folder, rows, n):
    with pytest.raises(UserError, match=rf"too few pictures, at least 20 are needed: {n} of {max(n, 1)} pictures"):
        folder_paintings(write(folder, rows[:n] or [("gone.png", "x", "1885")]))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty: it needs a line with the columns file, title, year"),
        ("file,title\np0.png,x", "has no column year"),
        ("file,title,year\n", "has no rows"),
    ],
)
def test_a_table_that_is_none(folder, text, told):
    (folder / "paintings.csv").write_text(text)
    with pytest.raises(UserError, match=told):
        folder_paintings(folder)


def test_no_table_and_too_many(folder, rows):
    with pytest.raises(UserError, match=r"should hold one CSV file, or one called paintings\.csv"):
        folder_paintings(folder)
    write(folder, rows, "a.csv")
    write(folder, rows, "b.csv")
    with pytest.raises(UserError, match=r"but 2: a\.csv, b\.csv"):
        folder_paintings(folder)
    assert folder_paintings(write(folder, rows))[1].used == N
    with pytest.raises(UserError, match="neither a folder nor a file"):
        folder_paintings(folder / "typo")


def test_how_many_and_which_split(folder, rows):
    write(folder, rows)
    assert len(folder_paintings(folder, "train", 5)[0]) == 5
    with pytest.raises(UserError, match="n must be from 1 to 3 for dev, got 4"):
        folder_paintings(folder, "dev", 4)
    with pytest.raises(UserError, match="unknown split 'all' of the paintings"):
        folder_paintings(folder, "all")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(folder, rows):
    (folder / "p0.png").chmod(0)
    assert everything(write(folder, rows))[1].count(folder_module.UNREADABLE) == 1
