import json

import pytest
from typer.testing import CliRunner

from ganbook.chapters.masked_editing.preferences import COLUMNS, PAPER, merge, parse, read, to_csv
from ganbook.cli.main import app
from ganbook.errors import UserError

HEADER = ",".join(COLUMNS) + "\n"


def rows(person: str, answers: dict[int, int], study: str = "abc") -> str:
    """Answers with "without" on the left: preference and answer are the same."""
    return "".join(
        f"{person},{study},{triple},{n + 1},without,{given},{given}\n"
        for n, (triple, given) in enumerate(answers.items())
    )


@pytest.fixture
def files(tmp_path):
    ours, theirs = tmp_path / "one.csv", tmp_path / "two.csv"
    ours.write_text(HEADER + rows("p1", {0: 4, 1: 5, 2: 1}))
    theirs.write_text(HEADER + rows("p2", {0: 4, 2: 3}))
    return ours, theirs


def test_shares_are_of_all_answers(files):
    merged = merge(files)
    assert list(merged.rows.values()) == [3, 2] and merged.repeated == 0
    assert merged.shares == pytest.approx((0.2, 0, 0.2, 0.4, 0.2))
    assert sum(PAPER) == pytest.approx(1)


def test_a_file_that_comes_twice_counts_once(files, tmp_path):
    copy = tmp_path / "copy.csv"
    copy.write_bytes(files[0].read_bytes())
    merged = merge([*files, copy])
    assert len(merged.answers) == 5 and merged.repeated == 3


def test_a_merged_file_can_be_merged_again(files, tmp_path):
    whole = tmp_path / "all.csv"
    whole.write_text(to_csv(merge(files).answers))
    assert merge([whole]).shares == merge(files).shares
    assert merge([whole, *files]).repeated == 5


def test_the_side_decides_what_an_answer_means():
    [answer] = parse(HEADER + "p1,abc,0,1,with,1,5\n", "a.csv")
    assert (answer.answer, answer.preference) == (1, 5)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"participant,study\np1,abc\n", "has no column triple, position, left, answer, preference"),
        (HEADER.encode(), "has no answers"),
        (
            (HEADER + rows("p1", {0: 4}) + rows("p1", {0: 4})).encode(),
            "line 3: p1 has answered triple 0 already, in line 2",
        ),
        ((HEADER + "p1,abc,0,1,without,9,9\n").encode(), "line 2: answer must be 1 to 5, not '9'"),
        ((HEADER + "p1,abc,0,1,without,4,2\n").encode(), "contradict"),
        ((HEADER + "J\xfcrgen,abc,0,1,without,4,4\n").encode("latin-1"), "not UTF-8"),
        ((HEADER + rows("p1", {0: 4})).encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_is_refused_in_one_line(tmp_path, content, says):
    file = tmp_path / "wrong.csv"
    file.write_bytes(content)
    with pytest.raises(UserError, match=says) as error:
        read(file)
    assert "wrong.csv" in str(error.value) and "\n" not in str(error.value)


def test_what_two_files_contradict_each_other_in_is_said(files, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text(HEADER + rows("p1", {0: 2}))
    with pytest.raises(UserError, match="other.csv, line 2: p1 answers triple 0 otherwise than in one.csv, line 2"):
        merge([*files, other])
    other.write_text(HEADER + rows("p3", {0: 2}, study="xyz"))
    with pytest.raises(UserError, match="different pictures"):
        merge([*files, other])


def test_the_command_writes_the_merged_file_and_prints_the_shares(files, tmp_path):
    out = tmp_path / "class.csv"
    told = CliRunner().invoke(app, ["preferences", *map(str, files), "--out", str(out)])
    assert told.exit_code == 0, told.output
    assert "one.csv: 3 rows" in told.output and "5 answers of 2 people" in told.output
    assert "with is better" in told.output and "40%" in told.output and "paper  37%" in told.output
    assert len(read(out)) == 5
    told = CliRunner().invoke(app, ["preferences", *map(str, files), "--out", str(out), "--json"])
    assert json.loads(told.stdout)["shares"] == [0.2, 0, 0.2, 0.4, 0.2]


def test_the_command_says_what_is_wrong_in_one_line_and_writes_nothing(files, tmp_path):
    out = tmp_path / "class.csv"
    for given, says in (([tmp_path / "none.csv"], "none.csv"), ([*files, out], "choose another name")):
        told = CliRunner().invoke(app, ["preferences", *map(str, given), "--out", str(out)])
        assert told.exit_code == 2 and says in told.output and not out.exists()
