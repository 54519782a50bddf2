"""The cards state facts on the data: each is compared with the data."""

import math
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganbook.data import cards, catalogue, digit_edits, grid_digits, load_digits
from ganbook.data.avatar_edits import FAULTS, SINGLES, avatar_edits
from ganbook.data.avatar_forms import SEEN, UNSEEN
from ganbook.data.avatar_language import MAX_WORDS, WORDS
from ganbook.data.avatars import COUNTS, KINDS
from ganbook.data.digit_edits import edits_of
from ganbook.data.edits import ACTIONS
from ganbook.data.paintings import MOTIFS, SEASONS, WEATHERS
from ganbook.data.paintings import SPLITS as PAINTINGS
from ganbook.data.people import FIRST as FIRST_PERSON
from ganbook.data.people import FIRST_AGE, LAST_AGE, Ageing
from ganbook.data.scenes import FIRST, PEOPLE, PLACES, POSES, THINGS, captions, compose
from ganbook.data.scenes import SPLITS as SCENES

CARDS = Path(__file__).parents[2] / "datasets"


def counts(card: str, *column: str) -> list[int]:
    """The numbers in one column of a card's table of counts: 0..9, then the totals."""
    _, table = (CARDS / f"{card}.md").read_text().split("| digit |")
    heads, _, *rows = [
        [cell.strip() for cell in row.strip("| ").split("|")] for row in table.split("\n\n")[0].splitlines()
    ]
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


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_counts_of_the_edits(source, split):
    *classes, samples, triples = counts("digit_edits", source, split)
    edits = digit_edits(split, source, resolution=12)
    assert classes == np.bincount(edits.labels).tolist()
    assert (samples, triples) == (len(edits.labels), len(edits))


def test_counts_of_the_edits_of_one_digit():
    card = (CARDS / "digit_edits.md").read_text()
    for action in ACTIONS:
        assert f"| {action} | {sum(instruction.action == action for _, instruction, _ in edits_of(0))} |" in card
    assert f"| all | {len(edits_of(0))} |" in card


def test_share_of_ink(source):
    stated = {"embedded": 16, "mnist": 13}[source]
    assert f"{stated} %" in (CARDS / "digits.md").read_text()
    assert round(100 * load_digits("train", source).images.mean() / 255) == stated


def test_pictures_can_be_made_again(tmp_path):
    written = cards.write_pictures(tmp_path)
    names = ["digits", "grid_digits", "digit_edits", "avatars", "avatar_edits", "scenes", "paintings", "people"]
    assert [path.name for path in written] == [f"{name}.webp" for name in names]
    for path in (path for path in written if path.name != "paintings.webp"):
        shown, made = (np.asarray(Image.open(folder / path.name)).astype(int) for folder in (CARDS, tmp_path))
        np.testing.assert_allclose(
            shown, made, rtol=0, atol=path.name.startswith(("avatar", "scenes", "people"))
        )  # to 1/255 elsewhere


def test_the_picture_of_the_paintings_can_be_made_again():
    """Up to single points at the edges of strokes, where processors round differently."""
    shown = np.asarray(Image.open(CARDS / "paintings.webp")).astype(int)
    assert (np.abs(shown - cards.paintings_picture()) > 2).mean() < 0.01
    assert (CARDS / "paintings.webp").stat().st_size < 250_000


def test_the_card_of_the_paintings_says_what_is_there():
    card = (CARDS / "paintings.md").read_text()
    for each in (*MOTIFS, *SEASONS, *WEATHERS):
        assert each in card
    assert {split: int(n.replace(",", "")) for split, n, *_ in rows_of("paintings", "split | pictures | numbers")} == (
        PAINTINGS
    )
    (caption,) = re.findall(r"\(paintings.webp\)\n\n\*(.+)\*\n", card)
    assert [int(year) for year in re.findall(r"\b18\d\d\b", caption)] == [int(year) for year in cards.PAINTINGS_YEARS]


def test_the_card_of_the_people_says_what_is_there():
    card = (CARDS / "people.md").read_text()
    stated = {
        split: (int(n.replace(",", "")), numbers)
        for split, n, numbers in rows_of("people", "split | pictures | numbers")
    }
    assert stated == {
        split: (n, f"{FIRST_PERSON[split]:,} to {FIRST_PERSON[split] + n - 1:,}") for split, n in PAINTINGS.items()
    }
    (caption,) = re.findall(r"\(people.webp\)\n\n\*(.+)\*\n", card)
    assert [int(age) for age in re.findall(r"\b\d\d\b", caption)] == list(cards.PEOPLE_AGES)
    assert f"from {FIRST_AGE:.0f} up to, not including, {LAST_AGE:.0f}" in card
    assert all(f"**{field.name}" in card for field in fields(Ageing))


def test_alt_text_reads_the_grids_out():
    (alt,) = re.findall(r"!\[(.+)\]\(grid_digits.webp\)", (CARDS / "grid_digits.md").read_text())
    read_out = [[int(digit) for digit in grid.split()] for grid in re.findall(r"\d \d \d \d", alt)]
    assert read_out == cards.grid_digits_sample().labels.tolist()


def test_caption_reads_the_edits_out():
    (caption,) = re.findall(r"\(digit_edits.webp\)\n\n\*(.+)\*\n", (CARDS / "digit_edits.md").read_text())
    assert re.findall(r'"(.+?)"', caption) == [text for text, _ in cards.DIGIT_EDITS_SAMPLE]


def test_caption_reads_the_instructions_for_avatars_out():
    (caption,) = re.findall(r"\(avatar_edits.webp\)\n\n\*(.+)\*\n", (CARDS / "avatar_edits.md").read_text())
    told = avatar_edits("test").instructions
    assert re.findall(r'"(.+?)"', caption) == [told[number] for number in cards.AVATAR_EDITS_SAMPLE]


def rows_of(card: str, head: str) -> list[list[str]]:
    _, table = (CARDS / f"{card}.md").read_text().split(f"| {head} |", 1)
    return [[cell.strip() for cell in row.strip("| ").split("|")] for row in table.split("\n\n")[0].splitlines()[2:]]


def test_counts_of_the_avatar_edits():
    *kinds, total = rows_of("avatar_edits", "kind")
    splits = [avatar_edits(split) for split in ("train", "dev", "test")]
    for column, (kind, *numbers) in enumerate(kinds):
        found = [int((split.kinds == column).sum()) for split in splits]
        expected = [COUNTS[column], len(SEEN[kind]), len(UNSEEN[kind]), *found]
        assert (kind, list(map(int, numbers))) == (list(KINDS)[column], expected)
    sums = [sum(int(row[column]) for row in kinds) for column in range(1, 7)]
    assert total == ["all", *map(str, sums)]


def test_faults_words_and_forms_of_the_avatar_edits():
    assert [row[:2] for row in rows_of("avatar_edits", "fault")] == [
        *([fault, str(n)] for fault, n in FAULTS.items()),
        ["all", str(sum(FAULTS.values()))],
    ]
    card = (CARDS / "avatar_edits.md").read_text()
    forms = [len(SEEN[kind]) + len(UNSEEN[kind]) for kind in KINDS]
    assert f"{sum(forms)} surface forms, {min(forms)} to {max(forms)} for each kind" in card
    assert f"{sum(map(len, UNSEEN.values()))} forms are **held out**" in card
    assert f"the {len(WORDS)} words of the grammar" in card and f"{len(WORDS)} words, where people" in card
    assert f"(batch, {MAX_WORDS})" in card and f"{SINGLES:,} avatars" in card


def test_counts_of_the_avatars():
    cells = [cell for row in rows_of("avatars", "kind | values | kind | values") for cell in (row[:2], row[2:])]
    assert {kind: int(n) for kind, n in cells} == dict(zip(KINDS, COUNTS, strict=True))
    assert f"{math.prod(COUNTS):,} rows" in (CARDS / "avatars.md").read_text()


def test_the_card_of_the_scenes_says_what_is_there():
    card = (CARDS / "scenes.md").read_text()
    for each in (PLACES, THINGS, POSES, PEOPLE):
        assert f"{len(each)} " in card
    rows = rows_of("scenes", "number | who | skin | hair | clothes")
    assert len(rows) == len(PEOPLE)
    for number, (row, person) in enumerate(zip(rows, PEOPLE, strict=True)):
        assert row[:3] == [str(number), f"{person.age}, {person.gender}", person.skin] and person.top in row[4]
    told = {name: names.split(", ") for name, names in rows_of("scenes", "where | things")}
    for belongs in ("indoors", "outdoors", "both"):
        assert told[belongs] == [thing.name for thing in THINGS if thing.belongs == belongs]
    assert all(f"{n:,}" in card for n in SCENES.values())


def test_captions_on_the_card_of_the_scenes():
    (caption,) = re.findall(r"\(scenes.webp\)\n\n\*(.+)\*\n", (CARDS / "scenes.md").read_text())
    told = [captions(compose(FIRST["test"] + number)) for number in cards.SCENES_SAMPLE[:4]]
    quoted = re.findall(r'"(.+?)"', caption)
    assert all(any(text == each.text for each in texts) for text, texts in zip(quoted, told, strict=True))


def test_picture_of_the_edits_shows_sources_above_targets():
    sheet = cards.digit_edits_picture()[:: cards.ENLARGEMENT, :: cards.ENLARGEMENT]
    sources, targets = (sheet[2 + 66 * row :][:64, 2:].reshape(64, 5, 66)[:, :, :64] for row in (0, 1))
    assert [sources[:, column].any() for column in range(5)] == [state.w > 0 for _, state in cards.DIGIT_EDITS_SAMPLE]
    assert [targets[:, column].any() for column in range(5)] == [True, True, True, True, False]
    rows, columns = np.nonzero(targets[:, 0])
    assert 21 < rows.min() < rows.max() < 43
    assert 21 < columns.min() < columns.max() < 43


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
