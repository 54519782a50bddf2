"""Pictures of people's own, of any size and mode, as red, green and blue."""

import unicodedata
import warnings
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps


class OutsideFolder(ValueError):
    """A name that leads out of the folder it should lie in."""


class UnreadablePicture(ValueError):
    """No picture, or a damaged one, or one too large to be safe."""


def picture_file(folder: Path, name: str) -> Path | None:
    """The file of a name as a table has it, whichever way its letters are composed; None where there is none.

    Raises:
        OutsideFolder: the name leads out of the folder.
    """
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in name:
        raise OutsideFolder(name)
    spellings = (unicodedata.normalize(form, str(place)) for form in ("NFC", "NFD"))
    try:
        return next((folder / each for each in spellings if (folder / each).is_file()), None)
    except (OSError, ValueError) as error:
        raise UnreadablePicture(str(error)) from None


def read_rgb(file: Path) -> Image.Image:
    """A picture as mode RGB: turned as its camera says, laid on white where it is transparent, 16 bits brought to 8.

    Raises:
        UnreadablePicture: it cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _on_white(file)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadablePicture(str(error)) from None


def _on_white(file: Path) -> Image.Image:
    with Image.open(file) as opened:
        picture = ImageOps.exif_transpose(opened)
        if picture.mode.startswith(("I", "F")):
            picture = _eight_bits(picture)
        if picture.mode not in ("RGB", "RGBA", "L", "LA", "P", "PA", "1"):
            picture = picture.convert("RGB")
        picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """A grey picture of more than 8 bits: whole numbers reach to 65,535, others to 1 or 255."""
    values = np.asarray(picture).astype(np.float64)
    small, large = (1.0, 255.0) if picture.mode == "F" else (255.0, 65_535.0)
    full = small if values.max(initial=0) <= small and picture.mode in "FI" else large
    return Image.fromarray((values / full * 255).round().clip(0, 255).astype(np.uint8))
