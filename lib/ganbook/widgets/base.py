"""What widgets share in Python: the way questions of the front end reach it, and their form on plain pages."""

import re
from pathlib import Path

import anywidget
import numpy as np
import torch
from numpy.typing import DTypeLike
from torch import Tensor

from ganbook.errors import UserError
from ganbook.widgets import page, still

FOLDER = Path(__file__).parent
IMPORT_OF_SHARED = re.compile(r'^import \{[^}]*\} from "\./common\.js";\n', re.MULTILINE)


def module_source(path: Path) -> str:
    """A widget's ES module with the shared one written into it: a front end loads one file and knows no folder."""
    own = own_source(path)
    return shared_source() + own


def shared_source() -> str:
    """The ES module that all widgets share."""
    return (FOLDER / "common.js").read_text(encoding="utf-8")


def own_source(path: Path) -> str:
    """A widget's ES module without its import of the shared one."""
    source, n_imports = IMPORT_OF_SHARED.subn("", path.read_text(encoding="utf-8"))
    if n_imports != 1:
        raise RuntimeError(f'{path.name} must hold exactly one import from "./common.js"; found {n_imports}.')
    return source


def packed(numbers: Tensor) -> bytes:
    """Single-precision numbers in the order of their places, for the front end."""
    return np.ascontiguousarray(numbers.numpy(), "<f4").tobytes()


def unpacked(buffer: bytes | memoryview, kind: DTypeLike, shape: tuple[int, ...]) -> Tensor:
    """Numbers that the front end sent, of a kind that numpy knows.

    Raises:
        UserError: not as many as expected.
    """
    data, wanted = bytes(buffer), int(np.prod(shape)) * np.dtype(kind).itemsize
    if len(data) != wanted:
        raise UserError(f"expected {wanted} bytes, got {len(data)}")
    return torch.from_numpy(np.frombuffer(data, kind).reshape(shape).copy())


class Explorer(anywidget.AnyWidget):
    """A widget whose front end asks Python;
    on pages where no Python answers it asks ``ganbook/widgets/live``, or is a still picture.

    The front end sends ``{id, ...}`` with buffers and gets ``{id, ...}`` with the buffers that ``_reply`` gives, or
    ``{id, error}`` with one sentence for the person.
    """

    _css = FOLDER / "widgets.css"
    _answers_from = "model"

    def __init__(self, **traits: object) -> None:
        super().__init__(**traits)
        self.on_msg(self._on_message)

    def still_panels(self) -> list[still.Panel]:
        """The present state as pictures, each with the same in words and numbers for who does not see it."""
        raise NotImplementedError

    def page_facts(self) -> page.Facts | None:
        """What a page with no kernel needs to answer in Python's place;
        ``None``: it cannot, and shows the still picture.
        """
        return None

    def _reply(self, request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        """What the front end gets for a request."""
        raise NotImplementedError

    def _on_message(self, _widget: anywidget.AnyWidget, content: dict, buffers: list) -> None:
        try:
            answer, answer_buffers = self._reply(content, buffers)
        except Exception as error:
            self.send({"id": content["id"], "error": _sentence(error, self._answers_from)})
            raise
        self.send({"id": content["id"]} | answer, answer_buffers)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return data | {"text/html": self._html()}, metadata

    def _html(self) -> str:
        facts, panels = self.page_facts(), self.still_panels()
        if facts is None:
            return still.html(panels)
        own = set(self.keys) - set(anywidget.AnyWidget.class_trait_names())
        traits = {name: getattr(self, name) for name in sorted(own) if not name.startswith("_")}
        return page.live_html(
            type(self).__module__.rpartition(".")[2], still.html(panels, still.HOW_TO_START), traits, facts
        )


def _sentence(error: Exception, model: str) -> str:
    if isinstance(error, UserError):
        return str(error)
    first_line = str(error).partition("\n")[0]
    return f"The {model} failed: {type(error).__name__}: {first_line}"
