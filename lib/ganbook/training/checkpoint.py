"""The state of a training run on disk: everything of one moment in one safetensors file.

`<run folder>/state/<step>-<hash>.safetensors` holds the tensors of all models, optimizers and averages; its metadata
hold the rest as JSON. The two written last are kept. A file appears under its name only when it is whole, and the hash
of its bytes in the name tells whether it still is.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from ganbook.errors import UserError
from ganbook.training.curves import JSONL, PREVIEWS
from ganbook.training.files import NotWritten, write_files

FORMAT = 1
KEEP = 2
STATE = "state"


def save_state(
    folder: Path, step: int, tensors: Mapping[str, Tensor], record: Mapping[str, Any], *, also: Mapping[Path, bytes]
) -> None:
    """Write the state of `step` (and the small files `also`), then delete all states but the two written last.

    On a full disk the older of those two makes room, if the newer one is whole.

    Raises:
        NotWritten: no room even so, or the folder cannot be written; the newest whole state is still there.
    """
    blob = to_bytes(tensors, {"record": json.dumps({"format": FORMAT, "step": step, **record})})
    path = folder / STATE / f"{step:09d}-{_hash(blob)}.safetensors"
    try:
        write_files({path: blob, **also})
    except NotWritten as error:
        if not (error.full and _make_room(folder)):
            raise
        write_files({path: blob, **also})
    # a later step may be an older, damaged file
    written = sorted(_state_files(folder), key=lambda file: file.stat().st_mtime_ns)
    for old in [file for file in written if file != path][: 1 - KEEP]:
        old.unlink()


def _make_room(folder: Path) -> bool:
    """Delete all states but the newest, if that one is whole; whether any was deleted."""
    *older, newest = _state_files(folder) or [None]
    if not (older and _is_whole(newest)):
        return False
    for path in older:
        path.unlink()
    return True


def last_step(folder: Path) -> int:
    """The step from which the run in `folder` would go on; 0 without a whole state."""
    return next((int(path.name[:9]) for path in reversed(_state_files(folder)) if _is_whole(path)), 0)


def what_is_lost(folder: Path, step: int, error: NotWritten) -> UserError:
    """What to tell a person whose run stands at `step` and could not write a file."""
    kept = last_step(folder)
    lost = f"the {step - kept} steps since the last checkpoint are lost" if kept < step else "nothing is lost"
    mend = "free some space" if error.full else "mend that"
    return UserError(f"{error}; {lost}: {mend}, and the same command goes on after step {kept}")


class Rhythm:
    """When a run saves its state: every so many steps (0: never) and every so many seconds, on a slow disk less often.

    Times are in seconds of training.
    """

    def __init__(self, every: int, seconds: float, now: float) -> None:
        self.every, self.seconds = every, seconds
        self.saved_at, self.cost = now, 0.0

    def is_due(self, step: int, now: float) -> bool:
        """Whether to save after `step`."""
        pause = max(self.seconds, 20 * self.cost)  # a slow disk costs 5 % of the time at most
        return bool(self.every and step % self.every == 0) or now - self.saved_at >= pause

    def saved(self, began: float, now: float) -> None:
        """Saving took from `began` to `now`."""
        self.saved_at, self.cost = now, now - began


def load_state(folder: Path, warn: Callable[[str], None]) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """The newest whole state as (tensors, record); None if the run has none yet.

    A damaged file is reported through `warn` and the one before it is taken.

    Raises:
        UserError: there are states but none of them is whole.
    """
    files = _state_files(folder)
    for path in reversed(files):
        if _is_whole(path):
            return _read(path)
        warn(f"warning: the checkpoint {path} is damaged; trying the one before it")
    if files:
        raise UserError(f"all checkpoints in {folder / STATE} are damaged; delete that folder to start over")
    return None


def clear(folder: Path) -> None:
    """Delete what a run has written down: states, curves, previews."""
    for path in _state_files(folder):
        path.unlink()
    (folder / JSONL).unlink(missing_ok=True)
    if (folder / PREVIEWS).exists():
        shutil.rmtree(folder / PREVIEWS)


def _state_files(folder: Path) -> list[Path]:
    return sorted((folder / STATE).glob("*-*.safetensors"), key=lambda path: (path.name[:9], path.stat().st_mtime_ns))


def _hash(blob: bytes) -> str:
    return hashlib.sha256(blob).hexdigest()[:16]


def _is_whole(path: Path) -> bool:
    return _hash(path.read_bytes()) == path.stem.partition("-")[2]


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    with safetensors.safe_open(path, framework="pt") as file:
        record = json.loads(file.metadata()["record"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if record["format"] != FORMAT:
        raise UserError(
            f"{path} has the format {record['format']}, this ganbook reads {FORMAT}; start over in another folder"
        )
    return tensors, record


def to_bytes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """A safetensors file in memory; tensors may lie on any device, be strided in any way and share storage."""
    plain = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    return safetensors.torch.save(plain, dict(metadata))


SCALE = "::scale"
"""Behind the name of a packed tensor: that of its scales."""


def packed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of two and more dimensions as int8, with a float32 scale for each of their rows: the largest of a row is
    127 or -127, the others are rounded. All other tensors stay as they are.
    """
    found = {}
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() or tensor.ndim < 2:
            found[name] = tensor
            continue
        largest = tensor.float().flatten(1).abs().amax(1)
        scale = torch.where(largest > 0, largest / 127, 1.0)
        found |= {name: (tensor.float() / _rows(scale, tensor)).round().to(torch.int8), name + SCALE: scale}
    return found


def unpacked(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What :func:`packed` gave, in float32, rounded to numbers of half precision, which an export for the browser keeps
    without loss; other tensors as they are.
    """
    return {
        name: (tensor * _rows(tensors[name + SCALE], tensor)).half().float() if name + SCALE in tensors else tensor
        for name, tensor in tensors.items()
        if not name.endswith(SCALE)
    }


def _rows(scale: Tensor, tensor: Tensor) -> Tensor:
    return scale.view(-1, *[1] * (tensor.ndim - 1))


def check_match(expected: Mapping[str, Tensor], found: Mapping[str, Tensor], where: str) -> None:
    """Raise `UserError` naming tensors that are missing, unexpected or of another shape."""
    problems = list(_differences(expected, found))
    if problems:
        raise UserError(f"{where} is of another model: {'; '.join(problems)}")


def _differences(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Iterator[str]:
    shapes = [
        f"{name} is {tuple(found[name].shape)} there, {tuple(tensor.shape)} expected"
        for name, tensor in expected.items()
        if name in found and found[name].shape != tensor.shape
    ]
    missing = sorted(expected.keys() - found.keys())
    unexpected = sorted(found.keys() - expected.keys())
    for text, names in (("missing", missing), ("unexpected", unexpected), ("wrong shape", shapes)):
        if names:
            yield f"{text}: {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if len(names) > 3 else "")
