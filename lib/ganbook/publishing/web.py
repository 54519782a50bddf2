"""Export the models that the chapters' widgets show, for the plain web page: into ``live/`` of the build folder."""

import importlib
import importlib.util
from collections.abc import Collection, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from ganbook import paths
from ganbook.errors import UserError


def live_dir() -> Path:
    """Where exported models lie."""
    return paths.build_dir() / "live"


def export_chapter(slug: str, wanted: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Export a chapter's checkpoints, shipped ones and those that were trained in the chapter; returns their records.

    Args:
        slug: of the chapter; one without a module ``live`` has nothing to export.
        wanted: only the models with these ids (see :func:`ganbook.nn.weights_id`).

    Raises:
        UserError: a checkpoint is damaged, an export differs from its model or is too large for a page.
    """
    from ganbook.widgets.live import export_model

    if importlib.util.find_spec(f"ganbook.{slug}.live") is None:
        return []
    chapter = importlib.import_module(f"ganbook.{slug}.live")
    records = []
    for folder in _checkpoints(slug, chapter):
        model = chapter.live_model(folder)
        if wanted is None or model.id in wanted:
            try:
                records.append({"checkpoint": folder.name, **export_model(model, live_dir())})
            except UserError as error:
                raise UserError(f"{folder}: {error}") from error
    return records


def _checkpoints(slug: str, chapter: ModuleType) -> Iterator[Path]:
    for variant in chapter.VARIANTS:
        yield from sorted((paths.checkpoints_dir() / slug).glob(f"*-{variant}-s*"))
        yield from sorted((paths.build_dir() / "runs" / slug).glob(f"*-{variant}-s*/shipped"))
