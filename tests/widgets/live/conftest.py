"""A small site with the five live widgets on the shipped models, over http and from disk."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ganbook import chapters, paths
from ganbook.chapters.instruction_editing import analysis as editing_analysis
from ganbook.chapters.instruction_editing import inference
from ganbook.chapters.instruction_editing import web as editing
from ganbook.chapters.instruction_editing.widgets import CosineMapExplorer, InstructionEditor, SsimExplorer
from ganbook.chapters.latent_captions import analysis
from ganbook.chapters.latent_captions import web as captions
from ganbook.chapters.latent_captions.widgets import LatentLabelExplorer, LatentMap
from ganbook.data import DIGIT_WORDS, digit_edits, grid_digits, load_digits
from ganbook.data.edits import instructions
from ganbook.widgets.live import export_model, site

EDITOR = paths.checkpoints_dir() / "instruction_editing" / "mnist-imi-s0"
CAPTIONER = paths.checkpoints_dir() / "latent_captions" / "embedded-main-s0"
HEAD = """<!doctype html><html lang="en" data-theme="{theme}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A page</title><link rel="icon" href="data:,">
<script>var DOCUMENTATION_OPTIONS = {{}};</script><script src="_static/ganbook.js"></script><body>"""


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Folder of the exported editor and captioner, and their records."""
    folder = tmp_path_factory.mktemp("exported")
    editor = export_model(editing.live_model(EDITOR), folder)
    captioner = export_model(captions.live_model(CAPTIONER), folder)
    return SimpleNamespace(folder=folder, editor=editor, captioner=captioner)


@pytest.fixture(scope="session")
def made() -> SimpleNamespace:
    """The trained models and the five widgets on them."""
    editor = inference.load_editor(EDITOR)
    side = editor.config.resolution
    digits = load_digits("test", "embedded")
    chosen = np.concatenate([np.flatnonzero(digits.labels == digit)[:2] for digit in range(10)])
    samples, classes = digits.images[chosen], digits.labels[chosen].astype(int)
    told = [each for digit in (3, 6) for each in instructions(digit)]
    vectors = editor.instruction_vectors(told)
    triples = editing_analysis.some_triples(digit_edits("test", "embedded", resolution=side), 80)
    pictures = [inference.grey(triples.source), inference.grey(triples.target), editor.answer(triples)]
    likeness = editing_analysis.ssim(pictures[2], pictures[1])
    grids = grid_digits("test", "embedded", n=77, seed=0)  # an odd number: no share of it ends in a half per cent
    labeller = analysis.Labeller(analysis.load_captioner(CAPTIONER), grids.images)
    widgets = {
        "editor": InstructionEditor(editor, samples, classes, resolution=side, sample=12),
        "cosines": CosineMapExplorer(editor, vectors @ vectors.T, told, samples, classes, resolution=side),
        "ssim": SsimExplorer(*pictures, editing_analysis.sentences(triples), likeness),
        "explorer": LatentLabelExplorer(labeller, grids.images[:6], grids.labels, DIGIT_WORDS, random_draws=8),
        "map": LatentMap(labeller, grids.labels, DIGIT_WORDS, cells=9),
    }
    return SimpleNamespace(editor=editor, labeller=labeller, grids=grids, samples=samples, told=told, widgets=widgets)


@pytest.fixture(scope="session")
def folder(made: SimpleNamespace, exported: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site: light.html and dark.html."""
    folder = tmp_path_factory.mktemp("site")
    parts = [widget._repr_mimebundle_()[0]["text/html"] for widget in made.widgets.values()]
    asked = site.models_asked_for("".join(parts))
    assert asked == {exported.editor["id"], exported.captioner["id"]}
    site.write_site(folder / "_static" / "live", exported.folder, asked, chapters.widget_folders())
    shutil.copy(paths.root() / "book" / "_static" / "ganbook.js", folder / "_static")
    for theme in ("light", "dark"):
        body = "".join(f'<div class="text_html">{part}</div>' for part in parts)
        body = site.laid_beside(body, folder / "_static" / "live")
        (folder / f"{theme}.html").write_text(HEAD.format(theme=theme) + body, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def served(folder: Path, serve: Callable) -> str:
    """The site's address over http."""
    return serve(folder).url
