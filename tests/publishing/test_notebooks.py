import contextlib
import os
import sys
import tempfile

import nbformat
import pytest

from ganbook.errors import UserError
from ganbook.publishing import notebooks


def outputs(path):
    cells = nbformat.read(path, as_version=4).cells
    return [output.text for cell in cells for output in cell.get("outputs", ()) if output.get("name") == "stdout"]


def test_a_chapter_is_executed_with_its_parameters(book):
    book.chapter("toy", "print(profile, seed, train, data)", "import os, sys; print(sys.executable, os.getcwd())")
    path = notebooks.execute("toy", profile="smoke", seed=7, train=True, data="embedded")
    assert path == book.root / "_build" / "executed" / "toy.ipynb"
    assert outputs(path) == ["smoke 7 True embedded\n", f"{sys.executable} {book.root / 'book'}\n"]
    assert os.listdir(path.parent) == ["toy.ipynb"]


def test_an_executed_notebook_names_the_files_that_it_imported(book):
    book.chapter("toy", "from ganbook import losses")
    notebook = nbformat.read(notebooks.execute("toy"), as_version=4)
    imported = notebook.metadata.ganbook.imported
    assert {"__init__.py", "losses.py"} <= set(imported) and "record.py" not in imported
    assert notebook.cells[-1].source == "from ganbook import losses"


def test_injected_parameters_are_hidden_from_readers(book):
    book.chapter("toy", "print(1)")
    cells = nbformat.read(notebooks.execute("toy"), as_version=4).cells
    hidden = [cell for cell in cells if "remove-cell" in cell.metadata.get("tags", ())]
    assert len(hidden) == 1 and 'profile = "quick"' in hidden[0].source


def test_widget_state_is_stripped(book):
    page = book.root / "book" / "toy.md"
    book.chapter("toy", "import ipywidgets; display(ipywidgets.IntSlider())")
    notebook = nbformat.read(notebooks.execute("toy"), as_version=4)
    assert "widgets" not in notebook.metadata
    assert any(
        "application/vnd.jupyter.widget-view+json" in output.data
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )
    assert page.exists()


@pytest.mark.parametrize(
    ("profile", "threads", "seen"), [("quick", None, "1"), ("paper", None, "5"), ("quick", 2, "2")]
)
def test_threads(book, monkeypatch, profile, threads, seen):
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    book.chapter("toy", "import os; print(os.environ['OMP_NUM_THREADS'])")
    assert outputs(notebooks.execute("toy", profile=profile, threads=threads)) == [f"{seen}\n"]


def test_a_build_folder_named_from_here_is_the_same_one_in_a_chapter(book, monkeypatch):
    monkeypatch.chdir(book.root)
    monkeypatch.setenv("GANBOOK_BUILD", "made")
    book.chapter("toy", "from ganbook import paths; print(paths.build_dir())")
    assert outputs(notebooks.execute("toy")) == [f"{book.root / 'made'}\n"]


def test_what_a_cell_prints_is_one_output(book):
    book.chapter("toy", "import sys, time\nfor n in range(3):\n    print(n, flush=True)\n    time.sleep(0.4)")
    assert outputs(notebooks.execute("toy")) == ["0\n1\n2\n"]


def test_the_notebook_is_not_written_after_every_cell(book, monkeypatch):
    written = []
    monkeypatch.setattr("papermill.engines.write_ipynb", lambda nb, path: written.append(len(nb.cells)))
    book.chapter("toy", *["print(1)"] * 9)
    with contextlib.suppress(FileNotFoundError):  # the partial notebook, which was not written at all
        notebooks.execute("toy")
    assert 1 <= len(written) <= 2


CONNECTION = (
    "import json; from ipykernel import get_connection_file as file; print(json.load(open(file()))['transport'])"
)


@pytest.mark.parametrize("folder", ["", "x" * 90])
def test_kernels_take_no_ports_where_they_need_none(book, monkeypatch, tmp_path, folder):
    book.chapter("toy", CONNECTION)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / folder) if folder else None)
    (tmp_path / folder).mkdir(exist_ok=True)
    assert outputs(notebooks.execute("toy")) == ["tcp\n" if folder or os.name != "posix" else "ipc\n"]


def test_a_failing_cell_is_named_and_the_notebook_kept(book):
    book.chapter("toy", "print('before')", "\n# a comment\nraise KeyError('lost')", "print('never')")
    earlier = book.root / "_build" / "executed" / "toy.ipynb"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("the last good one")
    with pytest.raises(notebooks.ChapterFailed, match=r"toy: the cell `# a comment` raised KeyError: 'lost'") as caught:
        notebooks.execute("toy")
    partial = earlier.with_name("toy.partial.ipynb")
    assert str(partial) in str(caught.value)
    assert outputs(partial) == ["before\n"]
    assert earlier.read_text() == "the last good one"


def test_a_dead_kernel_and_a_slow_cell_are_failures_too(book):
    book.chapter("dead", "import os; os._exit(1)")
    with pytest.raises(notebooks.ChapterFailed, match="dead: Kernel died"):
        notebooks.execute("dead")
    book.chapter("slow", "import time; time.sleep(60)")
    with pytest.raises(notebooks.ChapterFailed, match="slow: .*timed out"):
        notebooks.execute("slow", timeout=1)


def test_a_fault_is_injected_after_the_parameters(book):
    book.chapter("toy", "import math; print(math.sqrt(4), fault)")
    path = notebooks.execute("toy", seed=5, inject="import math\nmath.sqrt = lambda x: -1\nfault = 'planted'")
    assert outputs(path) == ["-1 planted\n"]
    assert outputs(notebooks.execute("toy", inject="fault = 0")) == ["2.0 0\n"]


def test_an_unknown_chapter_is_refused_with_the_known_ones(book):
    with pytest.raises(UserError, match="no chapter 'toy'.*none yet"):
        notebooks.execute("toy")
    book.chapter("other")
    with pytest.raises(UserError, match="no chapter '../toy'.*chapters are other"):
        notebooks.execute("../toy")


def test_a_page_without_parameters_is_refused(book):
    book.chapter("toy")
    page = book.root / "book" / "toy.md"
    page.write_text(page.read_text().replace(":tags: [parameters]\n", ""))
    with pytest.raises(UserError, match=r"toy\.md has 0 cells tagged 'parameters'"):
        notebooks.execute("toy")


def test_stderr_lines_are_found(book):
    book.chapter(
        "toy",
        "import warnings; warnings.warn('careful')",
        "print('fine')",
        "import sys; print('loud', file=sys.stderr)",
    )
    lines = notebooks.stderr_lines(notebooks.execute("toy"))
    assert any("careful" in line for line in lines) and lines[-1] == "loud" and "fine" not in lines
    book.chapter("quiet", "print('fine')")
    assert notebooks.stderr_lines(notebooks.execute("quiet")) == []


def test_measuring_cells_leave_out_what_only_shows(book, capsys):
    book.chapter(
        "toy",
        "x = 1",
        ":tags: [aside]\n\nraise ValueError('slow')",
        ":tags: [hide-input]\n\nraise ValueError('a figure')",
        "x += seed; print('unseen')",
    )
    steps = [dict(names) for names in notebooks.measuring_cells("toy", profile="smoke", seed=3, data="embedded")]
    assert [(step["seed"], step.get("x")) for step in steps] == [(3, None), (3, 1), (3, 4)]
    assert capsys.readouterr().out == ""
