"""Morphs as moving pictures (the paper shows them so, with imageio)."""

from importlib.util import find_spec
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

    refuse_nothing(frames, seconds)
    shown = frames.permute(0, 2, 3, 1).cpu().numpy()  # (frames, height, width, 3)
    each = max(20, round(1000 * seconds / len(shown)))  # milliseconds
    return imageio.imwrite("<bytes>", shown, extension=".gif", duration=each, loop=0)


def as_mp4(frames: UInt8[Tensor, "frames 3 height width"], seconds: float = 4.0) -> bytes:
    """A film in H.264, for programs that show no GIF; a program repeats it if it is told to.

    Args:
        frames: 0 to 255; a last odd row or column is left out, as the format has colours for every second pixel.
        seconds: of the film.

    Raises:
        UserError: as :func:`as_gif`, or the package ``av`` is not installed.
    """
    import imageio.v3 as imageio

    refuse_nothing(frames, seconds)
    if not find_spec("av"):
        raise UserError("MP4 needs the package av, which comes with ganbook[book]; install it, or write a .gif")
    even = frames[..., : frames.shape[2] // 2 * 2, : frames.shape[3] // 2 * 2].permute(0, 2, 3, 1).cpu().numpy()
    rate = max(1, round(64 * len(even) / seconds)) / 64  # frames a second; players want a short fraction
    return imageio.imwrite(
        "<bytes>", even, extension=".mp4", plugin="pyav", codec="libx264", fps=rate, out_pixel_format="yuv420p"
    )


KINDS = {".gif": as_gif, ".mp4": as_mp4}


def save_film(
    path: str | Path, frames: UInt8[Tensor, "frames 3 height width"], seconds: float = 4.0, loop: bool = True
) -> Path:
    """Write a GIF or an MP4, whole or not at all; returns its path.

    Args:
        path: ends in .gif or .mp4.
        frames, seconds: see :func:`as_gif`.
        loop: add the way back, see :func:`there_and_back`.

    Raises:
        UserError: another kind of file, as :func:`as_gif` and :func:`as_mp4`, or it cannot be written.
    """
    path = Path(path)
    write = KINDS.get(path.suffix.lower())
    if write is None:
        raise UserError(f"{path}: expected a name that ends in {' or '.join(KINDS)}")
    write_files({path: write(there_and_back(frames) if loop else frames, seconds)})
    return path


def refuse_nothing(frames: UInt8[Tensor, "frames 3 height width"], seconds: float) -> None:
    """Raise `UserError` if there are no frames, or no time."""
    if not len(frames) or not seconds > 0:
        raise UserError(f"a film needs frames and time, got {len(frames)} frames in {seconds:g} seconds")
