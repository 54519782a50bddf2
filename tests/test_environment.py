"""What a person has set for other work does not reach what runs for the book."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import ganbook
from ganbook import environment, paths
from ganbook.publishing import notebooks

FOREIGN = {
    "SNAKEMAKE_PROFILE": "/other",
    "PYTHONSTARTUP": "/other.py",
    "PYTHONHOME": "/other",
    "PYTHONWARNINGS": "error",
    "PYTHONIOENCODING": "latin-1",
    "JUPYTER_PATH": "/other",
    "JUPYTER_PREFER_ENV_PATH": "0",
    "JUPYTER_PLATFORM_DIRS": "1",
    "MPLBACKEND": "no_such_backend",
    "MATPLOTLIBRC": "/other",
    "FORCE_COLOR": "1",
    "TQDM_DISABLE": "1",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_settings_for_other_work_stay_outside(monkeypatch, name):
    monkeypatch.setenv(name, FOREIGN[name])
    assert environment.own().get(name) is None


@pytest.mark.parametrize(
    "name", ["IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"]
)
def test_settings_of_tools_lie_in_a_folder_of_the_books_own(monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, str(tmp_path))
    folder = Path(environment.own()[name])
    assert folder.is_dir() and folder != tmp_path and folder.is_relative_to(environment._place())


def test_what_is_no_setting_of_a_tool_stays(monkeypatch):
    kept = {
        "PATH": os.environ["PATH"],
        "CUDA_VISIBLE_DEVICES": "1",
        "PYTHONHASHSEED": "3",
        "HTTPS_PROXY": "http://proxy",
        "SNAKEMAKE_SLURM_X": "1",
    }
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    assert environment.own().items() >= kept.items()


def test_of_pythonpath_only_this_very_library_stays(monkeypatch, tmp_path):
    (tmp_path / "ganbook").mkdir()
    library = Path(ganbook.__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.path.relpath(library), "/other"]))
    assert environment.own()["PYTHONPATH"] == str(library)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "PYTHONPATH" not in environment.own()


def test_folders_named_from_here_are_the_same_ones_elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANBOOK_BUILD", "out")
    monkeypatch.setenv("GANBOOK_CACHE", "cache")
    assert environment.own()["GANBOOK_BUILD"] == str(tmp_path / "out") and environment.own()["GANBOOK_CACHE"] == str(
        tmp_path / "cache"
    )


def nobody(monkeypatch, home: str | None) -> None:
    """A person whose home folder is this, or who has none: neither HOME nor an entry in the list of users."""

    def unknown(number):
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("GANBOOK_CACHE", raising=False)
    monkeypatch.setenv("HOME", home) if home else monkeypatch.delenv("HOME", raising=False)


@pytest.mark.parametrize("home", [None, "/dev/null", "/nonexistent"])
def test_without_a_home_there_is_one_to_write_to(monkeypatch, home):
    nobody(monkeypatch, home)
    own = environment.own()
    assert own["HOME"] != home and os.access(own["HOME"], os.W_OK) and os.access(Path(own["HOME"]) / ".cache", os.W_OK)
    assert not Path("/nonexistent").exists()
    assert own["GANBOOK_CACHE"] == str(paths.cache_dir())


def test_without_a_home_downloads_go_to_the_build_folder(monkeypatch):
    nobody(monkeypatch, None)
    assert paths.home() is None and paths.cache_dir().is_relative_to(paths.build_dir())


def test_a_home_that_can_be_written_stays(monkeypatch, tmp_path):
    nobody(monkeypatch, str(tmp_path))
    assert environment.own()["HOME"] == str(tmp_path) and "XDG_CACHE_HOME" not in environment.own()
    (tmp_path / ".cache").rmdir()
    (tmp_path / ".cache").write_text("a file")
    assert Path(environment.own()["XDG_CACHE_HOME"]).is_relative_to(environment._place())


def test_where_the_installation_cannot_be_written_the_build_folder_is_taken(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", "/dev/null")
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path / "out"))
    assert environment._place() == tmp_path / "out" / "ganbook"
    monkeypatch.setenv("GANBOOK_BUILD", "/dev/null")
    assert os.access(Path(environment.own()["IPYTHONDIR"]), os.W_OK)


@pytest.mark.parametrize("name", ["LANG", "LC_ALL", "LC_CTYPE"])
@pytest.mark.parametrize("value", ["xx_YY.eucJP", "C"])
def test_another_locale_stops_nothing_in_a_folder_of_any_name(monkeypatch, tmp_path, name, value):
    packages = tmp_path / "\u672c \u306e" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "here.pth").write_text(str(packages), encoding="utf-8")  # as of a library that is installed in place
    monkeypatch.setenv(name, value)
    script = f"import locale, site; locale.setlocale(locale.LC_ALL, ''); site.addsitedir({str(packages)!r})"
    said = subprocess.run([sys.executable, "-c", script], env=environment.own(), capture_output=True, encoding="utf-8")
    assert (said.returncode, said.stderr) == (0, "")


def test_threads_are_all_the_books_or_all_the_persons(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("OMP_DISPLAY_ENV", "TRUE")
    assert environment.own().items() >= {"OMP_NUM_THREADS": "7", "OMP_DISPLAY_ENV": "TRUE"}.items()
    own = environment.own(threads=2)
    assert {own[name] for name in environment.COUNTS} == {"2"} and "OMP_DISPLAY_ENV" not in own


def test_a_chapter_runs_with_another_projects_settings_around_it(book, monkeypatch, tmp_path):
    """A kernel of the same name, start-up files, a package called like ours,
    a matplotlib that complains: nothing of it is seen.
    """
    other = tmp_path / "other"
    for name in ("ganbook", "kernels/python3", "ipython/profile_default/startup", "home"):
        (other / name).mkdir(parents=True)
    loud = "import sys; print('another project', file=sys.stderr)\n"
    for name in ("ganbook/__init__.py", "start.py", "ipython/profile_default/startup/00.py", "sitecustomize.py"):
        (other / name).write_text(loud)
    (other / "matplotlibrc").write_text("figure.dpi: 7\nno.such.setting: 1\n")
    (other / "kernels/python3/kernel.json").write_text(
        '{"argv": ["/bin/false"], "display_name": "other", "language": "python"}'
    )
    settings = {
        "PYTHONSTARTUP": "start.py",
        "IPYTHONDIR": "ipython",
        "JUPYTER_PATH": "",
        "JUPYTER_DATA_DIR": "",
        "MPLCONFIGDIR": "",
        "HOME": "matplotlibrc",
    }
    for name, file in settings.items():
        monkeypatch.setenv(name, str(other / file))
    monkeypatch.setenv("PYTHONPATH", f"{other}{os.pathsep}{os.environ['PYTHONPATH']}")
    monkeypatch.setenv("MPLBACKEND", "no_such_backend")
    monkeypatch.setenv("OMP_DISPLAY_ENV", "TRUE")
    book.chapter(
        "toy",
        "import ganbook, matplotlib.pyplot as plt\nprint(ganbook.__file__)\nplt.plot([1]); print(plt.gcf().dpi > 7)",
    )
    notebook = nbformat.read(notebooks.execute("toy"), as_version=4)
    assert notebooks.stderr_lines(notebook) == []
    said = "".join(
        output.text for cell in notebook.cells for output in cell.get("outputs", ()) if output.get("name") == "stdout"
    )
    assert said == f"{book.library / '__init__.py'}\nTrue\n"


def test_fonts_are_looked_for_before_a_chapter_runs(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "_place", lambda: tmp_path)
    environment.fill_font_cache()
    found = list((tmp_path / "matplotlib").glob("fontlist*.json"))
    assert len(found) == 1
    monkeypatch.setattr(subprocess, "run", None)
    environment.fill_font_cache()
