import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def captioner() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("captioner.py"))))


@pytest.fixture(scope="session")
def shifter() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("shifter.py"))))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict, list[bytes]]]:
    """What widgets send to their front end."""
    messages = []
    monkeypatch.setattr("ipywidgets.Widget.send", lambda self, content, buffers=None: messages.append((content, buffers)))
    return messages
