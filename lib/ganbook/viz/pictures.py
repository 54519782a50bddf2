"""The pictures of pages: small, and beside the pages rather than inside them."""

import base64
import hashlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

EMBEDDED = re.compile(r'<(img|source)\b([^>]*?) (src|srcset)="data:image/(png|webp);base64,([A-Za-z0-9+/=]+)"')


QUALITY = 80
"""Of lossy pictures: at two dots to a point no difference was seen."""

WORTH_IT = 0.8
"""A lossy picture must take less than this share of a lossless one. Photographs do, lines and letters do not."""


def picture_of(figure: "Figure", dpi: float) -> bytes:
    """A figure on its own paper as a WebP, lossless unless that is much larger; about half the bytes of a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # once; `savefig` would do it twice where a layout is constrained
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    exact = _webp(picture, lossless=True, method=1)  # as small as by the usual method, in half the time
    near = _webp(picture, quality=QUALITY)
    return near if len(near) < WORTH_IT * len(exact) else exact


def _webp(picture: "Image", **how: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, format="WEBP", **how)
    return file.getvalue()


def data_uri(picture: bytes) -> str:
    """A WebP or a PNG as the address of itself."""
    kind = "webp" if picture[8:12] == b"WEBP" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def laid_beside(html: str, folder: Path, url: str) -> str:
    """The page's embedded pictures as files of ``folder``, which the page knows as ``url``:
    a browser loads those that come into view.
    """

    def moved(found: re.Match) -> str:
        picture = base64.b64decode(found[5])
        name = f"{hashlib.sha256(picture).hexdigest()[:16]}.{found[4]}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture)
        lazy = ' loading="lazy"' if found[1] == "img" else ""  # a source is loaded when its img is
        return f'<{found[1]}{found[2]}{lazy} {found[3]}="{url}/{name}"'

    return EMBEDDED.sub(moved, html)
