"""What a site needs for live widgets: one script, one style sheet, the engine, the exported models."""

import base64
import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from ganbook.widgets import base

FOLDER = Path(__file__).parent
ENGINE = FOLDER / "vendor" / "onnxruntime-web"
ENGINE_FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm.gz")
MARK = re.compile(r'<div class="gb-live" data-widget="[a-z_]+"(?: data-model="([0-9a-f]{16})")?')
FACTS = re.compile(r'(<div class="gb-live"[^>]*)>(.*?)<script type="application/json">(.*?)</script></div>', re.DOTALL)


def models_asked_for(html: str) -> set[str]:
    """Ids of the models that the live widgets of a page run."""
    return {found for found in MARK.findall(html) if found}


def laid_beside(html: str, dest: Path) -> str:
    """The page's widgets with their state and facts in files of ``dest``,
    named by their content, instead of in the page.
    """

    def moved(found: re.Match) -> str:
        data = gzip.compress(found[3].encode(), 9, mtime=0)
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.facts.json.gz"
        _write(dest, name, data)
        return f'{found[1]} data-facts="{name}">{found[2]}</div>'

    return FACTS.sub(moved, html)


def write_site(dest: Path, models: Path, ids: Collection[str], folders: Collection[Path]) -> None:
    """Fill the folder ``dest``, beside which the pages look: ``_static/live``.

    Every file that pages read has a twin, a script that holds it as base64: opened from disk, a page may load scripts
    but no data.

    Args:
        models: where the exported models lie.
        ids: those that the pages need; of one that was not exported the pages show the still picture.
        folders: of the chapters' widgets, see :func:`script`.
    """
    dest.mkdir(parents=True, exist_ok=True)
    there = sorted(each for each in ids if (models / f"{each}.json").is_file())
    (dest / "live.js").write_text(script(there, folders), encoding="utf-8")
    (dest / "live.css").write_text(
        (base.FOLDER / "widgets.css").read_text() + (FOLDER / "live.css").read_text(), encoding="utf-8"
    )
    if not there:
        return
    shutil.copy(ENGINE / "LICENSE", dest / "onnxruntime-web.LICENSE.txt")
    for name in ENGINE_FILES:
        _write(dest, name, (ENGINE / name).read_bytes())
    for each in there:
        _write_model(dest, models, each)


def _write_model(dest: Path, models: Path, id: str) -> None:
    """A model's record with the names of its files of weights, which go by content: models share what is the same."""
    record, files = json.loads((models / f"{id}.json").read_text(encoding="utf-8")), []
    for path in sorted(models.glob(f"{id}.*.onnx"), key=lambda path: int(path.suffixes[0][1:])):
        data = path.read_bytes()
        files.append(f"{hashlib.sha256(data).hexdigest()[:16]}.onnx.gz")
        _write(dest, files[-1], gzip.compress(data, 9, mtime=0))
    _write(dest, f"{id}.json.gz", gzip.compress(json.dumps(record | {"files": files}).encode(), 9, mtime=0))


def script(ids: Collection[str], folders: Collection[Path]) -> str:
    """All widgets, their answers and their host as one classic script.

    Args:
        ids: models that are there.
        folders: ``<widget>.js`` in them draw the widgets, ``answers/*.js`` answer in Python's place.
    """
    views = (path for folder in folders for path in sorted(folder.glob("*.js")))
    widgets = ",\n".join(f"{json.dumps(path.stem)}: {_as_function(base.own_source(path))}" for path in views)
    shared = _without_exports(base.shared_source())
    answers = "\n".join(
        path.read_text(encoding="utf-8") for folder in folders for path in sorted(folder.glob("answers/*.js"))
    )
    host = (FOLDER / "host.js").read_text(encoding="utf-8")
    start = f"document.querySelectorAll('.gb-live').forEach((node) => mountWhenNear(node, {json.dumps(list(ids))}));"
    drawn = f"const widgets = (() => {{\n{shared}\nreturn {{\n{widgets},\n}};\n}})();"
    return f'(() => {{\n"use strict";\n{drawn}\nconst answers = {{}};\n{host}\n{answers}\n{start}\n}})();\n'


def _as_function(module: str) -> str:
    """An ES module of a widget as an expression that gives its default export."""
    body, n_defaults = re.subn(r"^export default (.*);\s*\Z", r"return \1;", _without_exports(module), flags=re.M)
    if n_defaults != 1:
        raise RuntimeError("a widget's module must end with its default export")
    return f"(() => {{\n{body}}})()"


def _without_exports(module: str) -> str:
    return re.sub(r"^export (?!default)", "", module, flags=re.M)


def _write(dest: Path, name: str, data: bytes) -> None:
    """A file and its twin, the script that holds it."""
    dest.mkdir(parents=True, exist_ok=True)
    (dest / name).write_bytes(data)
    text = base64.b64encode(data).decode("ascii")
    (dest / f"{name}.js").write_text(
        f"(self.ganbookFiles ??= {{}})[{json.dumps(name)}] = {json.dumps(text)};\n", encoding="ascii"
    )
