"""Faults are planted where they belong, each into a page that is as if none had been there before."""

import planted
import pytest

CELLS = (
    "from ganbook.record import Record\nrecord = Record('toy', profile=profile, seed=seed, data=data)\nx = 1",
    "open(here, 'a').write('ran ')\nrecord.metric('first', x)",
    "record.metric('second', 2 * x)",
    "record.metric('third', 3 * x)",
)


@pytest.fixture
def page(book, tmp_path, monkeypatch):
    """A page that notes in the file ``ran`` how often its first metric was measured."""
    monkeypatch.setattr(planted, "FORKSERVER", planted.FORK)  # a copy of this process knows the book that is made here
    here, first, *others = f"here = {str(tmp_path / 'ran')!r}", *CELLS
    book.chapter("toy", f"{here}\n{first}", *others)
    page = planted.Page("toy", tmp_path / "pages", {"profile": "smoke", "seed": 0, "data": "embedded"})
    yield page
    page.close()


def test_a_fault_changes_what_comes_after_it_and_nothing_for_the_next(page, tmp_path):
    assert page.record_with("x = 5", ["second"], after="first")["metrics"] == {"first": 1.0, "second": 10.0}
    assert page.record_with("x += 6", ["third"], after="first")["metrics"] == {"first": 1, "second": 14, "third": 21}
    assert page.record()["metrics"] == {"first": 1.0, "second": 2.0, "third": 3.0}
    assert (tmp_path / "ran").read_text() == "ran ", "the cells before both ran once"


def test_a_page_that_has_gone_too_far_begins_again(page, tmp_path):
    page.record_with("x = 5", ["third"], after="second")
    assert page.record_with("seed = 5", ["first"])["seed"] == 5
    assert page.record_with("x = 5", ["second"], after="first")["metrics"] == {"first": 1.0, "second": 10.0}
    assert (tmp_path / "ran").read_text().split() == ["ran"] * 3, "the first page, the fault, the second page"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (("pass", ["fourth"]), "no cell records fourth"),
        (("pass", ["third"], "fourth"), "no cell records fourth"),
        (("1 / 0", ["first"]), "ZeroDivisionError"),
        (("import os; os._exit(3)", ["first"]), "toy: the process with the fault ended with 3"),
    ],
)
def test_what_goes_wrong_is_said(page, fault, message):
    with pytest.raises(RuntimeError, match=message):
        page.record_with(*fault)


def test_a_lost_page_is_said(page):
    page.close()
    with pytest.raises(RuntimeError, match="toy: the page's process is lost"):
        page.record()
