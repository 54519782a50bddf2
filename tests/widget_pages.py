"""What the tests of widgets do on a page, whoever wrote the page: look at a canvas, type an instruction."""

import base64
import io

import numpy as np
from PIL import Image
from playwright.sync_api import Locator


def shown(canvas: Locator) -> np.ndarray:
    """The pixels of a canvas, grey or colours."""
    data = canvas.evaluate("one => one.toDataURL()").partition(",")[2]
    return np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


def tell(editor: Locator, text: str) -> None:
    """Type an instruction into an editor and send it."""
    field = editor.get_by_label("Instruction", exact=True)
    field.fill(text)
    field.press("Enter")
