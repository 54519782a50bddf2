import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ganbook.chapters.painting_morphs.widgets import pictures


@pytest.fixture(scope="session")
def stand_ins() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("stand_ins.py"))))


@pytest.fixture(autouse=True, scope="package")
def nothing_lost() -> Iterator[None]:
    """What was not trained draws noise, of which WebP keeps little: here it keeps all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "QUALITY", None)
        yield
