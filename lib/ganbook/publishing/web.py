"""Export the models that the chapters' widgets show, for the plain web page: into ``live/`` of the build folder."""

import importlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ganbook import chapters, paths
from ganbook.errors import UserError


def live_dir() -> Path:
    """Where exported models lie."""
    return paths.build_dir() / "live"


def export_chapter(slug: str, wanted: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Export a chapter's checkpoints, shipped ones and those that were trained in the chapter; returns their records.

    Args:
        slug: of the chapter; one without live variants has nothing to export.
        wanted: only the models with these ids (see :func:`ganbook.nn.weights_id`).

    Raises:
        UserError: a checkpoint is damaged, an export differs from its model or is too large for a page.
    """
    from ganbook.widgets.live import export_model

    records = []
    for folder in _live_checkpoints(slug):
        model = importlib.import_module(f"ganbook.chapters.{slug}.web").live_model(folder)
        if wanted is None or model.id in wanted:
            try:
                records.append({"checkpoint": folder.name, **export_model(model, live_dir())})
            except UserError as error:
                raise UserError(f"{folder}: {error}") from error
    return records


def _live_checkpoints(slug: str) -> Iterator[Path]:
    """The folders with weights of the variants that widgets show."""
    places = (paths.checkpoints_dir() / slug, "*-{}-s*"), (paths.build_dir() / "runs" / slug, "*-{}-s*/shipped")
    variants = chapters.recipe(slug).variants if slug in chapters.slugs() else {}
    for name in (name for name, variant in variants.items() if variant.live):
        for folder, pattern in places:
            yield from sorted(path.parent for path in folder.glob(f"{pattern.format(name)}/model.safetensors"))
