"""The cards state facts on the data: each is compared with the data."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganbook.data import cards, catalogue, grid_digits, load_digits

CARDS = Path(__file__).parents[2] / "datasets"


def counts(card: str, *column: str) -> list[int]:
    """The numbers in one column of a card's table of counts: 0..9, then the total."""
    _, table = (CARDS / f"{card}.md").read_text().split("| digit |")
    heads, _, *rows = [[cell.strip() for cell in row.strip("| ").split("|")] for row in table.split("\n\n")[0].splitlines()]
    place = heads.index(", ".join(f"`{name}`" for name in column)) + 1
    assert [row[0] for row in rows[:10]] == list("0123456789")
    return [int(row[place]) for row in rows]


@pytest.mark.parametrize("split", ["train", "test"])
def test_counts_of_the_digits(source, split):
    *classes, total = counts("digits", source, split)
    assert classes == np.bincount(load_digits(split, source).labels).tolist()
    assert total == sum(classes)


@pytest.mark.parametrize("source", ["mnist", "embedded"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_totals_of_the_digits(source, split):
    *classes, total = counts("digits", source, split)
    assert sum(classes) == total == catalogue.describe("digits")["splits"][source][split]


@pytest.mark.parametrize("split", ["train", "test"])
def test_counts_of_the_grids(source, split):
    *classes, total = counts("grid_digits", split)
    grids = grid_digits(split, source)
    assert classes == np.bincount(grids.labels.ravel()).tolist()
    assert total == len(grids)


def test_share_of_ink(source):
    stated = {"embedded": 16, "mnist": 13}[source]
    assert f"{stated} %" in (CARDS / "digits.md").read_text()
    assert round(100 * load_digits("train", source).images.mean() / 255) == stated


def test_pictures_can_be_made_again(tmp_path):
    written = cards.write_pictures(tmp_path)
    assert [path.name for path in written] == ["digits.png", "grid_digits.png"]
    for path in written:
        shown, made = (np.asarray(Image.open(folder / path.name)) for folder in (CARDS, tmp_path))
        np.testing.assert_array_equal(shown, made)


def test_alt_text_reads_the_grids_out():
    (alt,) = re.findall(r"!\[(.+)\]\(grid_digits.png\)", (CARDS / "grid_digits.md").read_text())
    read_out = [[int(digit) for digit in grid.split()] for grid in re.findall(r"\d \d \d \d", alt)]
    assert read_out == cards.grid_digits_sample().labels.tolist()


def test_tile_lays_out_rows_and_columns():
    images = np.arange(6, dtype=np.uint8).reshape(2, 3, 1, 1).repeat(4, 2).repeat(5, 3)
    sheet = cards.tile(images)[:: cards.ENLARGEMENT, :: cards.ENLARGEMENT]
    assert sheet.shape == (2 + 2 * 6, 2 + 3 * 7)
    for row in range(2):
        for column in range(3):
            assert (sheet[2 + 6 * row : 6 + 6 * row, 2 + 7 * column : 7 + 7 * column] == images[row, column]).all()
    assert (sheet[:2] == cards.GAP_GREY).all()


@pytest.mark.parametrize("page", sorted(CARDS.glob("*.md")), ids=lambda page: page.name)
def test_pages_have_one_title_alt_texts_and_whole_links(page):
    text = page.read_text()
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"^# ", prose, re.MULTILINE)) == 1
    assert "![](" not in text
    assert all((CARDS / target).is_file() for target in re.findall(r"\]\(([^):]+)\)", prose))


def test_every_data_set_has_a_card_and_a_line_in_the_index():
    index = (CARDS / "index.md").read_text()
    for name in catalogue.names():
        assert f"[`{name}`]({name}.md)" in index
        assert (CARDS / f"{name}.md").is_file()
