"""The shipped form of a trained model: `model.safetensors` (half precision),
`run.json` (how it was made), `curves.csv`.
"""

import hashlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from ganbook.errors import UserError
from ganbook.training.checkpoint import check_match, to_bytes, unpacked
from ganbook.training.curves import CSV
from ganbook.training.files import make_folder, write_files
from ganbook.training.state import prefixed, under

FORMAT = 1
MODEL, RECORD = "model.safetensors", "run.json"


def write_shipped(
    dest: Path,
    modules: Mapping[str, nn.Module],
    record: Mapping[str, Any],
    curves: str,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write the shipped form of `modules`, with other `files` by their names, into the folder `dest`; returns it.

    Raises:
        UserError: a weight does not fit into half precision, or the folder cannot be written to.
    """
    make_folder(dest)
    tensors: dict[str, Tensor] = {}
    for name, module in modules.items():
        tensors |= prefixed(name, {key: _half(f"{name}.{key}", value) for key, value in module.state_dict().items()})
    blob = to_bytes(tensors, {"slug": record["slug"], "format": str(FORMAT)})
    record = {**record, "format": FORMAT, "modules": sorted(modules), "sha256": hashlib.sha256(blob).hexdigest()}
    others = {dest / name: content for name, content in (files or {}).items()}
    write_files({dest / MODEL: blob, dest / CSV: curves.encode(), **others, dest / RECORD: record_bytes(record)})
    return dest


def record_bytes(record: Mapping[str, Any]) -> bytes:
    """A run record as the bytes of a JSON file."""
    return (json.dumps(record, indent=2, allow_nan=False) + "\n").encode()


def _half(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():
        return tensor
    half = tensor.detach().to(torch.float16)
    if not torch.isfinite(half).all():
        raise UserError(
            f"{name} has values that are not finite in half precision (largest {tensor.abs().max().item():g})"
        )
    return half


def read_run(folder: str | Path) -> dict[str, Any]:
    """The record of a run folder or a shipped checkpoint:
    slug, profile, seed, data, config, commit, device, minutes, metrics ...

    Raises:
        UserError: no such record, or it is damaged.
    """
    path = Path(folder) / RECORD
    if not path.is_file():
        raise UserError(f"no {RECORD} in {folder}: expected a trained model there; train it with `ganbook train`")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is damaged ({error}); restore it or train again") from error
    if not isinstance(record, dict) or "slug" not in record:
        raise UserError(f"{path} is not a run record of ganbook: it has no slug")
    return record


def load_checkpoint(folder: str | Path, modules: Mapping[str, nn.Module], slug: str | None = None) -> dict[str, Any]:
    """Load shipped weights into `modules`; they keep their own device and precision.
    Nothing is changed unless all of them fit.

    Args:
        folder: where `model.safetensors` and `run.json` lie.
        modules: the modules to fill, by the names they were exported under; the file may hold others too.
        slug: refuse the file if it is of another chapter.

    Returns:
        The run record (see `read_run`).

    Raises:
        UserError: nothing there, damaged, of another chapter, or tensors missing, unexpected or of another shape.
    """
    folder = Path(folder)
    path = folder / MODEL
    if not path.is_file():
        raise UserError(f"no {MODEL} in {folder}: train it with `ganbook train {slug or '<chapter>'}` or restore it")
    record = read_run(folder)
    if slug is not None and record["slug"] != slug:
        raise UserError(f"the checkpoint in {folder} is of the chapter {record['slug']}, expected {slug}")
    tensors = unpacked(verified(path, record))
    for name, module in modules.items():
        check_match(prefixed(name, module.state_dict()), prefixed(name, under(name, tensors)), str(path))
    for name, module in modules.items():
        module.load_state_dict(under(name, tensors))
    return record


def verified(path: Path, record: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors of a file as they lie there.

    Raises:
        UserError: its hash is not that of the record, or it is no safetensors file.
    """
    blob = path.read_bytes()
    found = hashlib.sha256(blob).hexdigest()
    if found != record.get("sha256"):
        raise UserError(
            f"{path} is damaged: its sha256 begins with {found[:12]}, {RECORD} says {str(record.get('sha256'))[:12]}; "
            "restore both files or train again"
        )
    try:
        return safetensors.torch.load(blob)
    except safetensors.SafetensorError as error:
        raise UserError(f"{path} is not a safetensors file: {error}") from error


def git_commit() -> str | None:
    """The commit of the source this package runs from, with "+changes" if files differ from it;
    None outside a repository.
    """

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None
