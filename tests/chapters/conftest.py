"""What the tests of all chapters share."""

from typing import Any

import pytest
from matplotlib import pyplot as plt

from ganbook import viz
from ganbook.viz.style import NARROW_WIDTH, PAGE_WIDTH


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the last figure was made of (``data``, ``alt``, ``caption``); drawn once at each width, in one theme."""
    found: dict[str, Any] = {}

    def show(figure, *data, alt, caption="", **options):
        for width in (PAGE_WIDTH, NARROW_WIDTH):
            plt.close(figure(*data, width=width, **options))
        found.update(data=data, alt=alt, caption=caption)
        return found

    monkeypatch.setattr(viz, "show", show)
    return found
