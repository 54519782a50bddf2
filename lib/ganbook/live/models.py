"""A chapter's model as the page needs it, and its export: ``<id>.onnx`` and ``<id>.json`` with tables and how well it was checked."""

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganbook.errors import UserError
from ganbook.live.convert import to_onnx
from ganbook.training.files import make_folder, write_files

LARGEST = 4 * 1024 * 1024
"""Bytes that a model on a page may have."""

CHECKED_SIZES = (1, 2, 5)


@dataclass(frozen=True)
class LiveModel:
    """A network for the page.

    Attributes:
        id: ``weights_id`` of what the chapter's widgets get.
        network: in evaluation mode, all that a question of the page needs in one.
        output: name of what it answers.
        random_inputs: inputs by name for n questions, from a seed.
        dynamic: (input, dimension) pairs that may have any size.
        tolerance: how far the exported network's answers may be from torch's.
        table: what the page must know beside the network, fit for JSON.
    """

    id: str
    network: nn.Module
    output: str
    random_inputs: Callable[[int, int], dict[str, Tensor]]
    dynamic: Sequence[tuple[str, int]]
    tolerance: float
    table: Mapping[str, Any] = field(default_factory=dict)


def export_model(model: LiveModel, folder: Path) -> dict[str, Any]:
    """Write ``<id>.onnx`` and ``<id>.json`` into ``folder``, unless this code wrote them before; returns the latter's content.

    Raises:
        UserError: the answers differ from torch's by more than the tolerance, or the file is too large for a page.
    """
    weights, record = folder / f"{model.id}.onnx", folder / f"{model.id}.json"
    code = _code_id(model)
    if (known := _exported(weights, record)) and known["code"] == code:
        return known
    blob = to_onnx(model.network, model.random_inputs(3, 0), model.output, model.dynamic)
    if len(blob) > LARGEST:
        raise UserError(f"the exported model has {len(blob):,} bytes; a page takes {LARGEST:,} at most")
    difference = largest_difference(model, blob)
    if not difference <= model.tolerance:
        raise UserError(f"the exported model differs from torch by {difference:g}, more than the tolerance of {model.tolerance:g}")
    content = {
        "id": model.id,
        "code": code,
        "bytes": len(blob),
        "sha256": hashlib.sha256(blob).hexdigest(),
        "inputs": {name: str(value.dtype).removeprefix("torch.") for name, value in model.random_inputs(1, 0).items()},
        "output": model.output,
        "tolerance": model.tolerance,
        "largest_difference": difference,
        "table": dict(model.table),
    }
    make_folder(folder)
    write_files({weights: blob, record: (json.dumps(content) + "\n").encode()})
    return content


def _exported(weights: Path, record: Path) -> dict[str, Any] | None:
    """The record of an exported model that is whole."""
    if not (weights.is_file() and record.is_file()):
        return None
    content = json.loads(record.read_text(encoding="utf-8"))
    return content if content["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest() else None


def _code_id(model: LiveModel) -> str:
    """Changes with the code that exports, and with that of the network and its parts."""
    classes = {type(part) for part in model.network.modules()}
    sources = {*Path(__file__).parent.glob("*.py"), *(Path(inspect.getfile(each)) for each in classes)}
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:16]


def largest_difference(model: LiveModel, blob: bytes) -> float:
    """Between the answers of torch and of onnxruntime to random inputs of several sizes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(blob, options, providers=["CPUExecutionProvider"])
    largest = 0.0
    for seed, n in enumerate(CHECKED_SIZES):
        inputs = model.random_inputs(n, seed)
        with torch.no_grad():
            expected = model.network(*inputs.values()).numpy()
        (found,) = session.run([model.output], {name: value.numpy() for name, value in inputs.items()})
        if found.shape != expected.shape or found.dtype != expected.dtype:
            raise UserError(f"the exported model answers {found.dtype} {found.shape}, torch {expected.dtype} {expected.shape}")
        largest = max(largest, float(np.abs(found.astype(float) - expected).max()))
    return largest
