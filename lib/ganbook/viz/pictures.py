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

COLOURS = 256
WORST, NEAR, FEW = 64, 4, 0.003
"""How far a palette's colours may be from the true ones, of 255: in no pixel more than WORST, and more than NEAR in a
share of FEW at most.

Edges of letters and lines may be off without being seen; colour bars that are off show steps."""

MANY = 2**10
"""Colours of a picture for which no palette is tried: to find one takes a second then, and 256 never do."""

EMBEDDED = re.compile(r'<(img|source)\b([^>]*?) (src|srcset)="data:image/png;base64,([A-Za-z0-9+/=]+)"')


def png_of(figure: "Figure", dpi: float) -> bytes:
    """A figure on its own paper as a PNG:
    with a palette of 256 colours if nobody would see that, else in full colour.
    """
    from PIL import Image

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi, transparent=False, pil_kwargs={"compress_level": 0})
    return smallest_png(Image.open(drawn).convert("RGB"))


def smallest_png(picture: "Image") -> bytes:
    """A picture (mode RGB) as a PNG, with a palette unless that would be seen (see :data:`WORST`)."""
    from PIL import Image

    chosen = picture
    if picture.getcolors(MANY):
        palette = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
        error = np.abs(np.asarray(palette.convert("RGB"), dtype=int) - np.asarray(picture)).max(2)
        chosen = palette if error.max() <= WORST and (error > NEAR).mean() <= FEW else picture
    file = io.BytesIO()
    chosen.save(
        file, format="PNG", optimize=chosen is not picture
    )  # of full colours it would save 3 % in 4 times as long
    return file.getvalue()


def laid_beside(html: str, folder: Path, url: str) -> str:
    """The page's embedded pictures as files of ``folder``, which the page knows as ``url``:
    a browser loads those that come into view.
    """

    def moved(found: re.Match) -> str:
        png = base64.b64decode(found[4])
        name = f"{hashlib.sha256(png).hexdigest()[:16]}.png"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png)
        lazy = ' loading="lazy"' if found[1] == "img" else ""  # a source is loaded when its img is
        return f'<{found[1]}{found[2]}{lazy} {found[3]}="{url}/{name}"'

    return EMBEDDED.sub(moved, html)
