"""A user's folder of triples: pictures of any kind are read, and whatever is wrong is said at once."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.data.avatar_language import MAX_WORDS
from ganbook.data.avatars import KINDS
from ganbook.data.triple_folder import load_folder
from ganbook.errors import UserError

GOOD = 'source,instruction,target\na.png,make his nose longer,b.png\nb.png,"red glasses, please",a.png\n'


def picture(
    path: Path, colour: tuple[int, ...] = (255, 0, 0), size: tuple[int, int] = (20, 20), mode: str = "RGB"
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "my triples"
    picture(folder / "a.png")
    picture(folder / "b.png", (0, 0, 255))
    return folder


def write(folder: Path, text: str | bytes, name: str = "triples.csv") -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_a_folder(folder):
    edits = load_folder(write(folder, GOOD), side=32)
    batch = edits.batch(torch.tensor([1, 0]))
    assert len(edits) == 2 and edits.ids == ("1", "2")
    assert edits.instructions == ("make his nose longer", "red glasses, please")
    assert batch.source.shape == batch.target.shape == (2, 3, 32, 32) and batch.source.dtype == torch.float32
    red, blue = torch.tensor([1.0, -1, -1]), torch.tensor([-1.0, -1, 1])
    assert torch.equal(batch.source[1, :, 3, 3], red) and torch.equal(batch.target[1, :, 3, 3], blue)
    assert torch.equal(batch.source[0], batch.target[1])
    assert batch.tokens.shape == (2, MAX_WORDS) and batch.lengths.tolist() == [3, 4]
    assert [list(KINDS)[kind] for kind in batch.kind] == ["glasses", "nose"]
    assert (batch.source_attributes == -1).all() and batch.target_attributes.shape == (2, 14)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.encode("utf-16"),
        GOOD.replace("\n", "\r\n").encode(),
        b"Source;Instruction ;TARGET;note\na.png;make his nose longer;b.png;x\nb.png;red glasses, please;a.png;\n;;;\n",
        b"target\tsource\tinstruction\nb.png\ta.png\tmake his nose longer\na.png\tb.png\tred glasses, please\n",
    ],
    ids=["mark", "utf-16", "windows", "semicolons", "tabs"],
)
def test_csv_of_other_programs(folder, content):
    edits = load_folder(write(folder, content))
    assert edits.instructions == ("make his nose longer", "red glasses, please")


def test_the_file_itself_ids_and_folders_below(folder):
    picture(folder / "m\u00fcller" / "c.jpg")
    write(
        folder,
        "id,source,instruction,target\n7,m\u00fcller\\c.jpg,gr\u00fcn?!,a.png\nx,a.png,Look \u2019ere,a.png\n",
        "mine.CSV",
    )
    edits = load_folder(folder / "mine.CSV")
    assert edits.ids == ("7", "x") and edits.kinds.tolist() == [-1, -1]
    assert load_folder(folder).ids == edits.ids


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGB", (10, 20, 30), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 128), (127, 127, 127)),
        ("L", 77, (77, 77, 77)),
        ("LA", (77, 0), (255, 255, 255)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 77 * 257, (77, 77, 77)),
        ("P", 0, (0, 0, 0)),
    ],
)
def test_modes(folder, mode, colour, expected):
    picture(folder / "a.png", colour, mode=mode)
    shown = load_folder(write(folder, GOOD), side=16).pictures[0, 0, :, 8, 8]
    assert (shown.long() - torch.tensor(expected)).abs().max() <= 1


@pytest.mark.parametrize(
    ("mode", "value"), [("CMYK", (0, 0, 0, 0)), ("F", 1.0), ("F", 255.0), ("I", 255), ("I", 65_535)]
)
def test_modes_of_tiff(folder, mode, value):
    Image.new(mode, (20, 20), value).save(folder / "a.tif")
    edits = load_folder(write(folder, GOOD.replace("a.png", "a.tif")), side=16)
    assert (edits.pictures[0, 0] >= 254).all()


def test_transparent_palettes(folder):
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([200, 0, 0])
    palette.save(folder / "a.png", transparency=0)
    assert (load_folder(write(folder, GOOD), side=16).pictures[0, 0] == 255).all()


def test_other_sizes_stand_in_a_white_square(folder):
    picture(folder / "a.png", size=(200, 100))
    picture(folder / "b.png", size=(1, 1))
    wide, tiny = load_folder(write(folder, GOOD), side=32).pictures[0]
    assert (wide[:, :7] == 255).all() and (wide[:, 25:] == 255).all()
    red = torch.tensor([255, 0, 0], dtype=torch.uint8)
    assert (wide[:, 9:23] == red[:, None, None]).all() and (tiny == red[:, None, None]).all()


def test_turned_photographs_stand_upright(folder):
    upright = np.zeros((20, 20, 3), np.uint8)
    upright[:10] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by half
    Image.fromarray(upright[::-1]).save(folder / "a.png", exif=exif)
    assert (load_folder(write(folder, GOOD), side=16).pictures[0, 0, :, 2] == 255).all()


HEAD = "source,instruction,target\n"
BAD = {
    "missing column": ("source,target\na.png,b.png\n", "csv has no column instruction: its columns are source, target"),
    "missing columns": (
        "picture;text\na;b\n",
        "has no column source, instruction, target: its columns are picture, text",
    ),
    "empty": ("", r"triples.csv is empty: it needs a line with the columns source, instruction, target"),
    "no rows": (HEAD + "\n ,,\n", "has no rows below its header"),
    "missing files": (
        HEAD + "".join(f"a.png,blue eyes,{n}.png\n" for n in range(5)),
        r"nothing was loaded. Missing pictures: 5 \(line 2: 0.png; line 3: 1.png; line 4: 2.png; and 2 more\)\.$",
    ),
    "duplicate ids": (
        "id,source,instruction,target\n1,a.png,blue eyes,b.png\n2,a.png,red hair,b.png\n1,b.png,grey eyes,a.png\n",
        r"Duplicate ids: 1 \(line 4: 1, first in line 2\)\.$",
    ),
    "duplicate rows": (
        HEAD + "a.png,blue eyes,b.png\na.png,blue eyes,b.png\n",
        r"Duplicate rows: 1 \(line 3: blue eyes, first in line 2\)\.$",
    ),
    "cells": (
        HEAD + "a.png,blue eyes\n,,b.png\n",
        r"Rows with an empty or missing cell: 2 \(line 2: target; line 3: source, instruction\)",
    ),
    "encoding": (
        (HEAD + "a.png,blue eyes,b.png\na.png,gr\u00fcne Augen,b.png\n").encode("latin-1"),
        r"Rows that are not UTF-8 \(save the file as CSV UTF-8\): 1 \(line 3: a.png gr\?ne Augen b.png\)\.$",
    ),
    "no words": (
        HEAD + "a.png,!!!,b.png\n",
        rf"Instructions that have not 1 to {MAX_WORDS} words: 1 \(line 2: 0 in !!!\)",
    ),
    "too many words": (HEAD + f"a.png,{'nose ' * 30},b.png\n", r"words: 1 \(line 2: 30 in nose nose"),
    "outside": (
        HEAD + "../a.png,blue eyes,/etc/passwd\nC:\\a.png,blue eyes,b.png\n",
        r"Pictures outside the folder of the CSV: 3 \(line 2: ../a.png; line 2: /etc/passwd; line 3: C:\\a.png\)",
    ),
    "no picture": (HEAD + "a.png,blue eyes,triples.csv\n", r"Pictures that cannot be read: 1 \(line 2: triples.csv\)"),
    "nul": (HEAD + "a\0.png,blue eyes,b.png\n", r"(that cannot be read|Missing pictures): 1 \(line 2: a\?.png\)"),
    "long cell": (HEAD + "a.png," + "x" * 200_000 + ",b.png\n", "line 2 cannot be read as CSV"),
}
"""What is in the CSV, and what is said."""


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_in_one_line(folder, case):
    content, message = BAD[case]
    with pytest.raises(UserError, match=message) as error:
        load_folder(write(folder, content))
    assert "\n" not in str(error.value) and len(str(error.value)) < 600


def test_all_problems_are_said_at_once(folder):
    (folder / "cut.png").write_bytes((folder / "a.png").read_bytes()[:40])
    rows = ["a.png,blue eyes,none.png", "cut.png,,b.png", "cut.png,blue eyes,b.png"]
    with pytest.raises(UserError) as error:
        load_folder(write(folder, HEAD + "\n".join(rows)))
    assert str(error.value) == (
        f"{folder / 'triples.csv'}: nothing was loaded. Rows with an empty or missing cell: 1 (line 3: instruction). "
        "Missing pictures: 1 (line 2: none.png). Pictures that cannot be read: 1 (line 4: cut.png)."
    )


def test_bombs_are_refused(folder, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UserError, match="Pictures that cannot be read: 4"):
        load_folder(write(folder, GOOD))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ((), "should hold one CSV file, or one called triples.csv$"),
        (("x.csv", "y.csv"), r"triples.csv, but 2: x.csv, y.csv"),
    ],
)
def test_which_csv(folder, files, message):
    for name in files:
        write(folder, GOOD, name)
    with pytest.raises(UserError, match=message):
        load_folder(folder)


def test_no_folder_and_no_such_number(folder, tmp_path):
    with pytest.raises(UserError, match="is neither a folder nor a file"):
        load_folder(tmp_path / "none")
    with pytest.raises(UserError, match="expected a side from 16 to 512 pixels, got 7"):
        load_folder(write(folder, GOOD), side=7)
    with pytest.raises(UserError, match="expected numbers from 0 to 1, got 2 to 2"):
        load_folder(folder).batch(torch.tensor([2]))
