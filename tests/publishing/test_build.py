import gzip
import re
from pathlib import Path

import nbformat
import pytest

from ganbook import paths
from ganbook.publishing import build, claims_page, notebooks, reference

REAL = Path(__file__).resolve().parents[2]
CONF = """
extensions = ["myst_nb", "sphinx_external_toc"]
external_toc_path = {toc!r}
nb_execution_mode = "off"
"""
CHAPTER = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---
# A chapter

```{code-cell}
:tags: [parameters]

print(6 * 7)
```
"""


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """A book with an index and one chapter, whose runs are counted in ``_build/runs`` instead of being real."""
    (tmp_path / "_toc.yml").write_text(
        "# Steering GANs\nformat: jb-book\nroot: index\nchapters:\n  - file: alpha\n"
        "  - file: datasets/digits\n  - file: claims\n  - file: api/index\n"
    )
    for folder in (
        "book/claims",
        "datasets",
        "checkpoints/alpha",
        "lib/ganbook/chapters/alpha",
        "lib/ganbook/chapters/beta",
    ):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "book" / "conf.py").write_text(CONF.format(toc=str(tmp_path / "_toc.yml")))
    (tmp_path / "book" / "index.md").write_text("# Index\n\nSee {doc}`alpha`.\n")
    (tmp_path / "book" / "alpha.md").write_text(CHAPTER)
    (tmp_path / "datasets" / "digits.md").write_text("# Digits\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GANBOOK_BUILD", raising=False)
    monkeypatch.setattr(paths, "chapters", lambda: ("alpha",))
    monkeypatch.setattr(reference, "pages_markdown", lambda: {"index": "# The library\n"})
    monkeypatch.setattr(notebooks, "execute", run)
    return tmp_path


IMPORTED = {"alpha": ["chapters/alpha/x.py", "x.py"], "beta": ["chapters/beta/model.py"]}


def run(slug: str, *, profile: str, seed: int, data: str) -> Path:
    runs = paths.build_dir() / "runs"
    runs.parent.mkdir(exist_ok=True)
    with runs.open("a") as lines:
        print(slug, profile, seed, data, file=lines)
    cells = [
        nbformat.v4.new_markdown_cell("# A chapter"),
        nbformat.v4.new_code_cell("print(6 * 7)", outputs=[nbformat.v4.new_output("stream", text="forty-two\n")]),
    ]
    path = paths.build_dir() / "executed" / f"{slug}.ipynb"
    path.parent.mkdir(exist_ok=True)
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python", "pygments_lexer": "python"},
        "ganbook": {"imported": IMPORTED[slug]},
    }
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


def runs(root: Path) -> list[str]:
    path = root / "_build" / "runs"
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def no_sphinx(monkeypatch):
    monkeypatch.setattr(build, "_run_sphinx", lambda source, html: None)
    monkeypatch.setattr(claims_page, "page_markdown", lambda: "# All claims\n")


def test_book_holds_pages_cards_claims_and_the_outputs_of_chapters(root):
    index = build.build_book(seed=3)
    assert index == root / "_build" / "html" / "index.html"
    assert "forty-two" in (index.parent / "alpha.html").read_text()
    assert "Digits" in (index.parent / "datasets" / "digits.html").read_text()
    assert "All claims" in (index.parent / "claims.html").read_text()
    assert runs(root) == ["alpha quick 3 auto"]


def test_chapter_that_never_ran_appears_without_outputs_if_execution_is_off(root):
    index = build.build_book(execute=False)
    assert runs(root) == []
    text = (index.parent / "alpha.html").read_text()
    assert "A chapter" in text and "forty-two" not in text


def test_broken_page_is_named_and_the_last_good_book_stays(root):
    index = build.build_book()
    good = index.read_bytes()
    (root / "book" / "index.md").write_text("# Index\n\nSee [](gone.md).\n")
    with pytest.raises(build.BuildFailed, match=r"index\.md:3.*gone\.md"):
        build.build_book()
    assert index.read_bytes() == good


def test_unchanged_chapter_does_not_run_again(root, no_sphinx):
    build.build_book()
    build.build_book()
    assert len(runs(root)) == 1
    build.build_book(force=True)
    assert len(runs(root)) == 2


@pytest.mark.parametrize(
    "changed",
    [
        "book/alpha.md",
        "book/claims/alpha.yml",
        "checkpoints/alpha/run.json",
        "lib/ganbook/chapters/alpha/x.py",
        "lib/ganbook/x.py",
    ],
)
def test_chapter_runs_again_when_what_it_depends_on_changed(root, no_sphinx, changed):
    build.build_book()
    with (root / changed).open("a") as file:
        file.write("\n")
    build.build_book()
    assert len(runs(root)) == 2


def test_chapter_runs_again_for_other_parameters_or_data(root, no_sphinx, monkeypatch):
    build.build_book()
    build.build_book(profile="smoke")
    build.build_book(profile="smoke", seed=1)
    build.build_book(profile="smoke", seed=1, data="embedded")
    monkeypatch.setenv("GANBOOK_DATA", str(root / "elsewhere"))
    build.build_book(profile="smoke", seed=1, data="embedded")
    assert len(runs(root)) == 5


@pytest.mark.parametrize(
    "changed",
    [
        "lib/ganbook/y.py",
        "lib/ganbook/chapters/alpha/widgets/x.js",
        "lib/ganbook/chapters/beta/model.py",
        "checkpoints/beta/run.json",
    ],
)
def test_what_a_chapter_did_not_use_is_no_reason_to_run(root, no_sphinx, changed):
    build.build_book()
    (root / changed).parent.mkdir(parents=True, exist_ok=True)
    (root / changed).write_text("new")
    build.build_book()
    assert len(runs(root)) == 1


def test_a_chapter_whose_code_changed_while_it_ran_runs_again(root, no_sphinx, monkeypatch):
    def run_while_somebody_writes(slug, **parameters):
        (root / "lib" / "ganbook" / "x.py").write_text("x = 1")
        return run(slug, **parameters)

    monkeypatch.setattr(notebooks, "execute", run_while_somebody_writes)
    build.build_book()
    build.build_book()
    assert len(runs(root)) == 2


def test_another_chapters_code_is_no_reason_to_run(root, no_sphinx, monkeypatch):
    monkeypatch.setattr(paths, "chapters", lambda: ("alpha", "beta"))
    (root / "book" / "beta.md").write_text(CHAPTER)
    build.build_book()
    (root / "lib" / "ganbook" / "chapters" / "beta" / "model.py").write_text("x = 1\n")
    build.build_book()
    assert [line.split()[0] for line in runs(root)] == ["alpha", "beta", "beta"]


def test_the_code_of_a_chapter_that_the_page_uses_is_a_reason_to_run(root, no_sphinx, monkeypatch):
    monkeypatch.setattr(paths, "chapters", lambda: ("alpha", "beta"))
    (root / "book" / "beta.md").write_text(CHAPTER)
    monkeypatch.setitem(IMPORTED, "alpha", IMPORTED["alpha"] + IMPORTED["beta"])
    build.build_book()
    (root / "lib" / "ganbook" / "chapters" / "beta" / "model.py").write_text("x = 1\n")
    build.build_book()
    assert [line.split()[0] for line in runs(root)] == ["alpha", "beta", "alpha", "beta"]


def test_chapter_that_failed_runs_again(root, no_sphinx, monkeypatch):
    build.build_book()
    (root / "book" / "alpha.md").write_text(CHAPTER + "\nmore\n")

    def fail(slug: str, **parameters: object) -> Path:
        raise notebooks.ChapterFailed("alpha: the cell `print(6 * 7)` raised ValueError: no")

    with monkeypatch.context() as failing:
        failing.setattr(notebooks, "execute", fail)
        with pytest.raises(notebooks.ChapterFailed, match="raised ValueError"):
            build.build_book()
    build.build_book()
    assert len(runs(root)) == 2


def test_every_chapter_is_in_the_table_of_contents():
    toc = (REAL / "_toc.yml").read_text()
    assert [slug for slug in paths.chapters() if f"file: {slug}\n" not in toc] == []


def test_the_table_of_handles_stands_where_a_page_wants_it(root):
    row = "- {chapter: alpha, handle: a lever, system: a machine, gives: a push, learned: pushes, exact: 'by {hits}'}"
    (root / "book" / "handles.yml").write_text(row)
    (root / "book" / "index.md").write_text("# Index\n\nBefore.\n\n```{handles}\n```\n\nSee {doc}`alpha`.\n")
    page = build.build_book(execute=False).read_text()
    assert "Before." in page and "<strong>a lever</strong>" in page and "not measured yet" in page


def test_exercises_stand_at_the_end_of_their_chapter_and_a_change_of_them_runs_nothing_again(root):
    (root / "exercises").mkdir()
    (root / "book" / "alpha.md").write_text(CHAPTER + '\n## Exercises\n\n+++ {"tags": ["exercises"]}\n\nDo them.\n')
    for title in ("First", "Second"):
        (root / "exercises" / "alpha.md").write_text(
            CHAPTER.replace(":tags: [parameters]", "") + f"\n## al.1 {title}\n\nThe task.\n"
        )
        page = build.build_book(execute=False).with_name("alpha.html").read_text()
        assert f"</code> {title}" in page and page.index("Do them.") < page.index("The task.")
    assert 'id="exercise-al-1"' in page


def test_live_widgets_get_their_script_and_the_models_that_they_ask_for(root, monkeypatch):
    asked, mark = [], '<div class="gb-live" data-widget="latent_map" data-model="0123456789abcdef"'
    widget = f'{mark}><figure></figure><script type="application/json">{{}}</script></div>'

    def run_with_a_widget(slug, **parameters):
        path = run(slug, **parameters)
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": widget})]
        nbformat.write(notebook, path)
        return path

    def export_chapter(slug, wanted):
        asked.append((slug, wanted))
        folder = build.web.live_dir()
        folder.mkdir(parents=True)
        (folder / "0123456789abcdef.0.onnx").write_text("made")
        (folder / "0123456789abcdef.json").write_text("{}")

    (root / "book" / "index.md").write_text("# Index\n\n```{live-widget} alpha latent_map\n```\n\nSee {doc}`alpha`.\n")
    monkeypatch.setattr(notebooks, "execute", run_with_a_widget)
    monkeypatch.setattr(build.web, "export_chapter", export_chapter)
    index = build.build_book()
    assert asked == [("alpha", {"0123456789abcdef"})]
    live = index.parent / "_static" / "live"
    assert [gzip.decompress(path.read_bytes()) for path in live.glob("*.onnx.gz")] == [b"made"]
    assert '["0123456789abcdef"]' in (live / "live.js").read_text()
    page = (index.parent / "alpha.html").read_text()
    assert f'{mark} data-facts="' in page and "<figure></figure></div>" in page and "application/json" not in page
    facts = re.search(r'data-facts="([^"]+)"', page)[1]
    assert gzip.decompress((live / facts).read_bytes()) == b"{}"
    assert f'{mark} data-facts="{facts}"><figure></figure></div>' in index.read_text()  # the start page shows it, too


def test_a_page_says_where_a_widget_will_stand_while_its_chapter_has_not_run(root):
    (root / "book" / "index.md").write_text("# Index\n\n```{live-widget} alpha latent_map\n```\n")
    page = build.build_book(execute=False).read_text()
    assert "Here stands a widget of" in page and 'href="alpha.html"' in page and "gb-live" not in page


def test_pictures_lie_beside_their_page(root, monkeypatch):
    def run_with_a_picture(slug, **parameters):
        path = run(slug, **parameters)
        notebook = nbformat.read(path, as_version=4)
        html = '<img class="gb-light" src="data:image/png;base64,cGljdHVyZQ==" alt="a picture">'
        notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
        nbformat.write(notebook, path)
        return path

    monkeypatch.setattr(notebooks, "execute", run_with_a_picture)
    index = build.build_book()
    page = (index.parent / "alpha.html").read_text()
    shown = r'<img class="gb-light" loading="lazy" src="_static/pictures/(\w+\.png)" alt="a picture">'
    name = re.search(shown, page)[1]
    assert (index.parent / "_static" / "pictures" / name).read_bytes() == b"picture"
    assert (
        "data:image/png" not in page and "data:image/png" in (root / "_build" / "executed" / "alpha.ipynb").read_text()
    )


def test_a_book_without_live_widgets_carries_no_engine(root):
    assert not (build.build_book().parent / "_static" / "live").exists()


def test_what_editors_leave_and_scratch_pages_are_passed_over(root, capsys):
    """A dangling lock link of Emacs, and the notebook that JupyterLab opens first, made the build fail."""
    before = {path.relative_to(root / "_build" / "source") for path in build._gather().rglob("*")}
    book = root / "book"
    (book / ".#alpha.md").symlink_to("somebody@machine.1234")
    for name in (
        "Untitled.ipynb",
        "alpha (copy).md",
        "alpha.md~",
        "#alpha.md#",
        ".DS_Store",
        ".alpha.md.swp",
        "Thumbs.db",
        "~$notes.md",
    ):
        (book / name).write_text("no page of the book")
    (root / "datasets" / "Untitled.ipynb").write_text("{}")
    (root / "datasets" / ".#digits.md").symlink_to("nowhere")
    capsys.readouterr()
    assert {path.relative_to(root / "_build" / "source") for path in build._gather().rglob("*")} == before
    assert (
        capsys.readouterr().out
        == "passed over in book/, for _toc.yml does not name them: Untitled.ipynb, alpha (copy).md\n"
    )


def test_what_editors_leave_does_not_make_a_chapter_run_again(root, no_sphinx):
    build.build_book()
    (root / "checkpoints" / "alpha" / ".run.json.swp").write_text("x")
    build.build_book()
    assert len(runs(root)) == 1


def test_a_page_loads_no_index_of_all_pages():
    tools = '<script src="../_static/searchtools.js"></script>\n  <script src="../searchindex.js"></script>\n  '
    assert build._without_search_tools(f'{tools}<script src="../_static/doctools.js"></script>') == (
        '<script src="../_static/doctools.js"></script>'
    )


def test_a_style_stands_once_on_a_page():
    page = "<style>\n.k { }\n</style><pre>a</pre><style>\n.k { }\n</style><pre>b</pre><style>.m { }</style>"
    assert build._styled_once(page) == "<style>\n.k { }\n</style><pre>a</pre><pre>b</pre><style>.m { }</style>"
