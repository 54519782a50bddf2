"""Morphs as moving pictures (the paper shows them so, with imageio)."""

from pathlib import Path

from jaxtyping import UInt8
from torch import Tensor

from ganbook.errors import UserError
from ganbook.training.files import write_files


def there_and_back(frames: UInt8[Tensor, "frames 3 height width"]) -> UInt8[Tensor, "more 3 height width"]:
    """The frames, then back to the second one: repeated, they never jump."""
    return frames[[*range(len(frames)), *range(len(frames) - 2, 0, -1)]]


def as_gif(frames: UInt8[Tensor, "frames 3 height width"], seconds: float = 4.0) -> bytes:
    """A GIF that repeats for ever.

    Args:
        frames: 0 to 255.
        seconds: of one round; browsers show no frame shorter than 0.02 seconds.

    Raises:
        UserError: no frames, or no time.
    """
    import imageio.v3 as imageio

    if not len(frames) or not seconds > 0:
        raise UserError(f"a film needs frames and time, got {len(frames)} frames in {seconds:g} seconds")
    shown = frames.permute(0, 2, 3, 1).cpu().numpy()  # (frames, height, width, 3)
    each = max(20, round(1000 * seconds / len(shown)))  # milliseconds
    return imageio.imwrite("<bytes>", shown, extension=".gif", duration=each, loop=0)


def save_film(
    path: str | Path, frames: UInt8[Tensor, "frames 3 height width"], seconds: float = 4.0, loop: bool = True
) -> Path:
    """Write a GIF, whole or not at all; returns its path.

    Args:
        path: ends in .gif.
        frames, seconds: see :func:`as_gif`.
        loop: add the way back, see :func:`there_and_back`.

    Raises:
        UserError: another kind of file, as :func:`as_gif`, or it cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() == ".mp4":
        raise UserError(f"{path}: MP4 needs FFmpeg, which the book does not install; write a .gif")
    if path.suffix.lower() != ".gif":
        raise UserError(f"{path}: expected a name that ends in .gif")
    write_files({path: as_gif(there_and_back(frames) if loop else frames, seconds)})
    return path
