"""Execute a chapter: MyST page -> notebook -> papermill -> executed notebook, in this interpreter's own kernel."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import papermill
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import NBClientEngine, papermill_engines

from ganbook import environment, paths
from ganbook.errors import UserError
from ganbook.record import write_atomically

HIDDEN = "remove-cell"  # myst-nb's tag for a cell that no reader sees
SHOWN = "hide-input"  # myst-nb's tag for a cell that readers see folded: a figure or a sentence from the numbers
ASIDE = "aside"  # our tag for a slow cell that no metric depends on: a widget, a short live training

LONGEST_SOCKET_FOLDER = 90
"""A socket's path may have 103 characters on macOS and 107 on Linux."""

LAST_CELL = """\
import json, pathlib, sys, ganbook
library = pathlib.Path(ganbook.__file__).parent
files = (pathlib.Path(file) for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None)))
print(json.dumps(sorted(file.relative_to(library).as_posix() for file in files if library in file.parents)))
"""
"""Which files of the library the chapter's process imported."""


class _SavesAtTheEnd(NBClientEngine):
    """Papermill's own engine, which writes the notebook before and after every cell:
    with pictures in it that takes as long as the cells.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **options):
        save, nb_man.save = nb_man.save, lambda **_: None
        try:
            super().execute_managed_notebook(nb_man, kernel_name, **options)
        finally:
            nb_man.save = save


papermill_engines.register("saves at the end", _SavesAtTheEnd)


class ChapterFailed(RuntimeError):
    """A chapter stopped at a cell. The text names the chapter, the cell,
    the error and the notebook kept for inspection.
    """


def execute(
    slug: str,
    *,
    profile: str = "quick",
    seed: int = 0,
    train: bool = False,
    data: str = "auto",
    out_dir: Path | None = None,
    timeout: float | None = None,
    threads: int | None = None,
    inject: str | None = None,
) -> Path:
    """Execute ``book/<slug>.md`` with the given parameters and write the notebook, widget state stripped.

    Its metadata name the files of the library that the chapter imported, relative to the library:
    ``{"ganbook": {"imported": [...]}}``.

    Args:
        out_dir: where ``<slug>.ipynb`` is written; ``_build/executed`` by default.
        timeout: seconds one cell may take; no limit by default.
        threads: threads of the numeric libraries; by default 1 (at these sizes two that share a busy core are many
            times slower), and at profile ``paper`` what the machine has.
        inject: Python code run right after the parameters, to plant a fault on purpose.

    Raises:
        UserError: no such chapter, or its page has no cell tagged ``parameters``.
        ChapterFailed: a cell raised an error, took too long or killed the kernel; ``<slug>.partial.ipynb`` shows how
            far it came.
    """
    notebook = read_chapter(slug, inject)
    notebook.cells.append(nbformat.v4.new_code_cell(LAST_CELL, metadata={"tags": [HIDDEN]}))
    out_dir = Path(out_dir or paths.build_dir() / "executed").resolve()
    out_dir.mkdir(parents=True, exist_ok=True)
    partial, done = out_dir / f"{slug}.partial.ipynb", out_dir / f"{slug}.ipynb"
    if threads is None and profile != "paper":
        threads = 1
    environment.fill_font_cache()
    surroundings = environment.own(threads)  # here, where folders that a person named mean what they meant
    try:
        with tempfile.TemporaryDirectory(prefix="ganbook-") as sockets:
            executed = papermill.execute_notebook(
                notebook,
                partial,
                parameters={"profile": profile, "seed": seed, "train": train, "data": data},
                engine_name="saves at the end",
                kernel_name="python3",
                kernel_manager_class=_kernel_of_this_interpreter(surroundings, sockets),
                cwd=paths.root() / "book",
                execution_timeout=timeout,
                progress_bar=False,
                coalesce_streams=True,
            )
    except papermill.PapermillExecutionError as error:
        line = _first_line(error.source)
        raise ChapterFailed(
            f"{slug}: the cell `{line}` raised {error.ename}: {error.evalue} (see {partial})"
        ) from error
    except (CellTimeoutError, DeadKernelError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ChapterFailed(f"{slug}: {reason} (see {partial})") from error
    for cell in executed.cells:
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell.metadata.tags.append(HIDDEN)
    executed.metadata.ganbook = {"imported": json.loads(executed.cells.pop().outputs[0].text)}
    executed.metadata.pop("widgets", None)
    for folder_of_ours in ("input_path", "output_path"):
        executed.metadata.get("papermill", {}).pop(folder_of_ours, None)
    write_atomically(done, nbformat.writes(executed))
    partial.unlink()
    return done


def read_chapter(slug: str, inject: str | None = None) -> NotebookNode:
    """A chapter's page as a notebook that has not run, with ``inject`` as a cell after the parameters."""
    if slug not in paths.chapters():
        raise UserError(f"no chapter {slug!r}; the chapters are {', '.join(paths.chapters()) or 'none yet'}")
    page = paths.root() / "book" / f"{slug}.md"
    notebook = jupytext.read(page)
    tagged = [index for index, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", ())]
    if len(tagged) != 1:
        raise UserError(
            f"{page} has {len(tagged)} cells tagged 'parameters', but needs one, with profile, seed, train and data"
        )
    if inject is not None:
        cell = nbformat.v4.new_code_cell(inject, metadata={"tags": ["injected-fault"]})
        notebook.cells.insert(tagged[0] + 1, cell)
    return notebook


def measuring_cells(slug: str, **parameters: object) -> Iterator[dict[str, object]]:
    """Run the cells that metrics depend on in this process, without a kernel or pictures, one cell a step. Each step
    gives the page's names as they are by then, the first with its parameters.

    That is every cell but those tagged ``aside`` and ``hide-input``, which show what others measured. For runs with a
    planted fault, of which there are many: the code of each may change the library, so each wants a process of its own.
    """
    names: dict[str, object] = {"__name__": "__main__"}
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.chdir(paths.root() / "book"):
        begun = False
        for cell in read_chapter(slug).cells:
            tags = set(cell.metadata.get("tags", ()))
            if cell.cell_type != "code" or {ASIDE, SHOWN} & tags:
                continue
            exec(compile(cell.source, f"<{slug}: {_first_line(cell.source)}>", "exec"), names)
            if "parameters" in tags:
                names |= parameters
                begun = True
            if begun:
                yield names


def stderr_lines(notebook: Path | NotebookNode) -> list[str]:
    """Lines of an executed notebook that went to stderr, warnings above all: what no reader should meet."""
    if isinstance(notebook, Path):
        notebook = nbformat.read(notebook, as_version=4)
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    text = "\n".join(output.text for output in outputs if output.get("name") == "stderr")
    return [line for line in text.splitlines() if line.strip()]


def _first_line(source: str) -> str:
    return next((line.strip() for line in source.splitlines() if line.strip()), "")


def _kernel_of_this_interpreter(surroundings: dict[str, str], sockets: str) -> type[AsyncKernelManager]:
    """A kernel manager that starts this interpreter's ipykernel, whatever kernels and settings the person has.

    It is reached by files in the folder ``sockets``, where the system has such: of two kernels that start at once, one
    may take the port that was found free for the other.
    """
    by_files = os.name == "posix" and len(sockets) <= LONGEST_SOCKET_FOLDER

    class Kernel(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            quiet = get_kernel_dict(extra_arguments=["--IPKernelApp.log_level=CRITICAL"])
            return KernelSpec(**quiet)

        async def start_kernel(self, **options: object) -> None:
            if by_files:
                self.transport, self.ip = "ipc", f"{sockets}/kernel"
            await super().start_kernel(**options, env=surroundings)

    return Kernel
