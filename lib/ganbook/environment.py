"""The environment of what runs for the book: chapters' kernels, Sphinx, Snakemake.

What a person has set for other work (a Snakemake profile, start-up files of IPython, Jupyter's and matplotlib's
settings, foreign packages on ``PYTHONPATH``) does not reach them, and what they keep lies where writing is possible,
even without a home folder.
"""

import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import ganbook
from ganbook import paths

SETTINGS = ("GANBOOK_BUILD", "GANBOOK_CACHE", "GANBOOK_DATA")
"""What a person may set for the book."""

FOREIGN = re.compile(
    "PYTHON(?!HASHSEED$|DONTWRITEBYTECODE$|PYCACHEPREFIX$)|IPYTHON|JUPYTER|JPY_|PYDEVD_|MPL|MATPLOTLIB|SNAKEMAKE_(PROFILE|OUTPUT_CACHE)$|SPHINX|TQDM_"
    "|(FORCE_COLOR|CLICOLOR_FORCE|PY_COLORS)$|LC_|LANG$|LANGUAGE$"
)
"""A locale, too: one that is not installed, as often over ssh, stops Sphinx; without any, Python takes UTF-8."""
THREADING = re.compile("OMP_|MKL_|KMP_|GOMP_|OPENBLAS_|NUMEXPR_")
COUNTS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def own(threads: int | None = None) -> dict[str, str]:
    """Environment variables for a process that works for the book.

    Args:
        threads: of the numeric libraries, in place of all that the person has set for them; without, those settings
            stay.
    """
    kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    if threads is not None:
        kept = {name: value for name, value in kept.items() if not THREADING.match(name)} | dict.fromkeys(
            COUNTS, str(threads)
        )
    return kept | _python() | _folders()


def without_meaning() -> list[str]:
    """A sentence for each variable that is called like a setting of the book and is none:
    a slip, or a setting of another version.
    """
    ends = {name.removeprefix("GANBOOK_"): name for name in SETTINGS}
    sentences = []
    for name in sorted(os.environ):
        alike = re.fullmatch("GAN_?BOOK_?(.*)", name.upper())
        if alike and name not in SETTINGS:
            near = difflib.get_close_matches(alike[1], ends, n=1)
            meant = f"did you mean {ends[near[0]]}?" if near else f"the book knows {', '.join(SETTINGS)}"
            sentences.append(f"{name} has no effect: there is no such setting; {meant}")
    return sentences


def fill_font_cache() -> None:
    """Let matplotlib look for fonts now: what it says of that the first time would stand in a chapter."""
    environment = own(threads=1)
    if not any(Path(environment["MPLCONFIGDIR"]).glob("fontlist*.json")):
        subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], env=environment, capture_output=True)


def font_lists() -> dict[str, str]:
    """What matplotlib has found, by the names of its files: for a place where it would look anew each time."""
    fill_font_cache()
    return {file.name: file.read_text(encoding="utf-8") for file in Path(own()["MPLCONFIGDIR"]).glob("fontlist*.json")}


def _python() -> dict[str, str]:
    """Python as the book wants it: this very library, no packages of the person's own, UTF-8 wherever it writes."""
    ours = {Path(folder).resolve() for folder in ganbook.__path__}
    entries = [Path(entry).resolve() for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    library = os.pathsep.join(str(entry) for entry in entries if entry / "ganbook" in ours)
    return {"PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"} | ({"PYTHONPATH": library} if library else {})


def _folders() -> dict[str, str]:
    """Settings and caches of the tools, and a home folder if the person has none to write to."""
    place = _place()
    tools = {"MPLCONFIGDIR": "matplotlib", "IPYTHONDIR": "ipython"}
    tools |= {f"JUPYTER_{name}_DIR": f"jupyter/{name.lower()}" for name in ("CONFIG", "DATA", "RUNTIME")}
    home = paths.home()
    if not (home and home.is_dir() and os.access(home, os.W_OK)):
        home = place / "home"
        tools["HOME"] = "home"
    if not _writable(Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")):
        tools["XDG_CACHE_HOME"] = "cache"
    for folder in tools.values():
        (place / folder).mkdir(parents=True, exist_ok=True)
    ours = {
        name: str(Path(os.environ[name]).expanduser().resolve())
        for name in ("GANBOOK_BUILD", "GANBOOK_DATA")
        if os.environ.get(name)
    }
    return (
        {name: str(place / folder) for name, folder in tools.items()} | ours | {"GANBOOK_CACHE": str(paths.cache_dir())}
    )


def _place() -> Path:
    """Beside the packages, where all of the installation lies; else in the build folder;
    else in the system's folder for such things.
    """
    installed = [Path(sys.prefix) / "ganbook"] if sys.prefix != sys.base_prefix else []
    places = [*installed, paths.build_dir() / "ganbook"]
    return next(
        (place for place in places if _writable(place)),
        Path(tempfile.gettempdir()) / f"ganbook-{getattr(os, 'getuid', int)()}",
    )


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
