"""The chapters. A package here with a module ``recipe`` is one: nothing else lists them."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from ganbook.errors import UserError

if TYPE_CHECKING:
    from ganbook.training import Recipe


def slugs() -> tuple[str, ...]:
    """The chapters that train models, in the alphabet's order."""
    return tuple(sorted(module.parent.name for folder in __path__ for module in Path(folder).glob("*/recipe.py")))


def widget_folders() -> tuple[Path, ...]:
    """Where the chapters' widgets lie; those of a chapter that has no recipe yet stay away."""
    found = sorted(module for folder in __path__ for module in Path(folder).glob("*/widgets"))
    return tuple(module for module in found if module.parent.name in slugs())


def recipe(slug: str) -> "Recipe":
    """What a chapter registers.

    Raises:
        UserError: there is no such chapter, or it trains nothing; the text lists those that do.
    """
    if slug not in slugs():
        raise UserError(f"{slug} has no models to train; those that have: {', '.join(slugs()) or 'none yet'}")
    return importlib.import_module(f"{__name__}.{slug}.recipe").RECIPE
