from pathlib import Path

import pytest

from ganbook import paths
from ganbook.errors import UserError

HERE = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in ("GANBOOK_BUILD", "GANBOOK_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_root_is_the_nearest_book_above_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "_toc.yml").write_text("# Steering GANs")
    inside = tmp_path / "book" / "deep"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert paths.root() == tmp_path
    assert paths.build_dir() == tmp_path / "_build"
    assert paths.checkpoints_dir() == tmp_path / "checkpoints"


@pytest.mark.parametrize("content", [b"format: jb-book\nroot: index\n", b"\xff\xfe"])
def test_another_book_is_not_ours(tmp_path, monkeypatch, content):
    (tmp_path / "_toc.yml").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert paths.root() == HERE


def test_root_outside_any_book_is_the_one_of_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert paths.root() == HERE


def test_no_book_anywhere_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "site-packages" / "ganbook" / "paths.py"))
    with pytest.raises(FileNotFoundError, match=r"no _toc\.yml.*Change into your clone"):
        paths.root()


def test_build_and_cache_folders_can_be_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path / "made"))
    monkeypatch.setenv("GANBOOK_CACHE", "~/kept")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.build_dir() == tmp_path / "made"
    assert paths.cache_dir() == tmp_path / "kept"


def test_cache_lies_in_the_users_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.cache_dir() == tmp_path / ".cache" / "ganbook"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert paths.cache_dir() == tmp_path / "xdg" / "ganbook"


def test_a_persons_own_data_must_lie_in_a_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("GANBOOK_DATA", raising=False)
    assert paths.own_data_dir() is None
    monkeypatch.setenv("GANBOOK_DATA", str(tmp_path))
    assert paths.own_data_dir() == tmp_path
    monkeypatch.setenv("GANBOOK_DATA", str(tmp_path / "none"))
    with pytest.raises(UserError, match="GANBOOK_DATA is .*none, which is not a folder"):
        paths.own_data_dir()


def test_chapters_need_a_page_and_a_package(tmp_path, monkeypatch):
    package = tmp_path / "lib" / "ganbook"
    for slug in ("alpha", "beta"):
        (package / "chapters" / slug).mkdir(parents=True)
        (package / "chapters" / slug / "__init__.py").touch()
    (package / "data").mkdir()
    (tmp_path / "book").mkdir()
    (tmp_path / "_toc.yml").write_text("# Steering GANs")
    for page in ("beta", "alpha", "data", "index"):
        (tmp_path / "book" / f"{page}.md").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "__file__", str(package / "paths.py"))
    assert paths.chapters() == ("alpha", "beta")


def test_a_text_that_travels_names_no_folder_of_this_machine(tmp_path, monkeypatch):
    (tmp_path / "_toc.yml").write_text("# Steering GANs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path.parent / "elsewhere"))
    said = paths.shortened(
        f"see {tmp_path.parent / 'elsewhere' / 'a.ipynb'}, {tmp_path / 'b.yml'}, {Path.home() / 'c'} and /usr/bin"
    )
    assert said == "see _build/a.ipynb, ./b.yml, ~/c and /usr/bin"


def test_pages_are_those_of_the_table_of_contents_in_its_order(tmp_path, monkeypatch):
    (tmp_path / "_toc.yml").write_text(
        "# Steering GANs\nroot: index\nparts:\n- chapters:\n  - file: zebra\n"
        "    sections: [{file: data/a}, {glob: data/*}]\n- chapters: [{file: ape}]\n"
    )
    monkeypatch.chdir(tmp_path)
    assert paths.pages() == ["index", "zebra", "data/a", "ape"]
