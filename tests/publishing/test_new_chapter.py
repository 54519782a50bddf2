"""A new chapter works before anybody has written a line of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ganbook
from ganbook import paths
from ganbook.cli.main import app
from ganbook.publishing.new_chapter import abbreviation

SLUG, REAL = "empty_rings", Path(ganbook.__file__).parents[2]


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The book, by links to the real one, with folders of its own where a chapter lies."""
    root = tmp_path_factory.mktemp("book")
    own = {
        "lib",
        "lib/ganbook",
        "lib/ganbook/chapters",
        "book",
        "book/claims",
        "tests",
        "tests/chapters",
        "tests/notebooks",
        "exercises",
    }
    own |= {"tests/notebooks/bands", "tests/notebooks/faults", "tests/teaching", "tests/teaching/exercises"}
    own |= {"tests/teaching/exercises/mistakes", "tests/teaching/exercises/alternatives"}
    for folder in ("", *sorted(own)):
        (root / folder).mkdir(exist_ok=True)
        for path in (REAL / folder).iterdir():
            name = path.relative_to(REAL).as_posix()
            if name not in own and not path.name.startswith((".", "_")) and path.name not in ("runs", "__pycache__"):
                (root / name).symlink_to(path)
    for path in (
        *(REAL / "lib" / "ganbook").glob("*.py"),
        REAL / "lib" / "ganbook" / "chapters" / "__init__.py",
        REAL / "_toc.yml",
    ):
        copied = root / path.relative_to(REAL)  # modules that ask where they lie
        copied.unlink(missing_ok=True)
        shutil.copy(path, copied)
    return root


def ran(root: Path, *command: str, code: int = 0) -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": str(root / "lib"),
        "GANBOOK_BUILD": str(root / "_build"),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run([sys.executable, "-m", *command], cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def begun(copy) -> Path:
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file() and not path.is_symlink()}
    said = ran(copy, "ganbook.cli", "new-chapter", SLUG, "--title", "Empty rings")
    changed = [path.name for path, content in before.items() if path.read_bytes() != content]
    assert changed == ["_toc.yml"], "adding a chapter touches no list outside its own files"
    files = said.partition("\n\nnext: ")[0].splitlines()
    assert len(files) >= 18 and all((copy / name).is_file() for name in files)
    return copy


def test_it_is_in_the_table_of_contents(begun):
    assert (
        f"      - file: failure_museum\n      - file: {SLUG}\n  - caption: Appendices"
        in (begun / "_toc.yml").read_text()
    )
    assert "# Empty rings" in (begun / "book" / f"{SLUG}.md").read_text()


def test_its_models_pass_the_tests_of_all_recipes_and_its_own(begun):
    tests = ["tests/chapters/test_recipes.py", f"tests/chapters/{SLUG}"]
    said = ran(begun, "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", SLUG)
    assert "failed" not in said and int(said.split(" passed")[0].split()[-1]) >= 12


def test_its_page_runs_and_keeps_its_bands(begun):
    assert f"{SLUG}: pass" in ran(begun, "ganbook.cli", "check", SLUG, "--profile", "smoke", "--data", "embedded")


def test_what_is_there_is_not_overwritten(begun):
    ours = begun / "book" / f"{SLUG}.md"
    ours.write_text("my work")
    said = ran(begun, "ganbook.cli", "new-chapter", SLUG, code=2)
    assert said.startswith("error: nothing was written, for ") and ours.read_text() == "my work"


@pytest.mark.parametrize("slug", ["Drag", "drag-editing", "1st", "a__b", "drag editing", "../x", ""])
def test_a_name_that_is_no_module_is_refused(slug):
    result = CliRunner().invoke(app, ["new-chapter", slug])
    assert result.exit_code == 2 and "small letters" in result.stderr
    assert f"file: {slug}\n" not in (paths.root() / "_toc.yml").read_text()


def test_abbreviations_are_those_that_the_chapters_use():
    assert [abbreviation(slug) for slug in ("latent_captions", "instruction_editing", "failure_museum", "avatars")] == [
        "lc",
        "ie",
        "fm",
        "av",
    ]
