"""The library's own code on a page."""

import inspect
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.display import Code


def source(*things: object) -> "Code":
    """The source of functions, methods and classes, as it stands in the library, one below the other.

    Lay what you show out for the width of a page, 100 columns; ``tests/notebooks/test_cells.py`` looks.
    """
    from IPython.display import Code

    return Code("\n\n".join(map(text, things)), language="python")


def text(thing: object) -> str:
    """The source of one function, method or class, moved to the margin."""
    return textwrap.dedent(inspect.getsource(thing)).rstrip("\n")
