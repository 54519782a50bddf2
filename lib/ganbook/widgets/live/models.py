"""A chapter's model as the page needs it, and its export: ``<id>.0.onnx`` ...
and ``<id>.json`` with tables and how well it was checked.
"""

import hashlib
import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganbook.errors import UserError
from ganbook.training.files import make_folder, write_files
from ganbook.widgets.live.convert import to_onnx

LARGEST = 4 * 1024 * 1024
"""Bytes that a model on a page may have."""

CHECKED_SIZES = (1, 2, 5)


@dataclass(frozen=True)
class LivePart:
    """A network in evaluation mode, one step of the way from a question to its answer.

    Attributes:
        inputs, outputs: names; an input is the question's or an earlier part's output.
        dynamic: (input, dimension) pairs that may have any size.
        eight_bits: keep its largest weights in eight bits, as ``LiveModel`` does those of all parts.
    """

    network: nn.Module
    inputs: Sequence[str]
    outputs: Sequence[str]
    dynamic: Sequence[tuple[str, int]]
    eight_bits: bool = False


@dataclass(frozen=True)
class LiveModel:
    """A model for the page.

    Attributes:
        id: ``weights_id`` of what the chapter's widgets get.
        parts: run one after the other; what stays the same from question to question is a part of its own. The answer
            is what no later part takes.
        random_inputs: the question's inputs by name for n questions, from a seed.
        tolerance: how far the exported model's answers may be from torch's.
        table: what the page must know beside the networks, fit for JSON.
        eight_bits: keep its largest weights in eight bits: for models too large for a page.
    """

    id: str
    parts: Sequence[LivePart]
    random_inputs: Callable[[int, int], dict[str, Tensor]]
    tolerance: float
    table: Mapping[str, Any] = field(default_factory=dict)
    eight_bits: bool = False


def export_model(model: LiveModel, folder: Path) -> dict[str, Any]:
    """Write ``<id>.<part>.onnx`` and ``<id>.json`` into ``folder``, unless this code wrote them before;
    returns the latter's content.

    Raises:
        UserError: the answers differ from torch's by more than the tolerance, or the files are too large for a page.
    """
    files = [folder / f"{model.id}.{number}.onnx" for number in range(len(model.parts))]
    record = folder / f"{model.id}.json"
    code = _code_id(model)
    if (known := _exported(files, record)) and known["code"] == code:
        return known
    examples = _in_torch(model, model.random_inputs(3, 0))
    blobs = [
        to_onnx(
            part.network,
            {name: examples[name] for name in part.inputs},
            part.outputs,
            part.dynamic,
            model.eight_bits or part.eight_bits,
        )
        for part in model.parts
    ]
    size = sum(map(len, blobs))
    if size > LARGEST:
        raise UserError(f"the exported model has {size:,} bytes; a page takes {LARGEST:,} at most")
    difference = largest_difference(model, blobs)
    if not difference <= model.tolerance:
        raise UserError(
            f"the exported model differs from torch by {difference:g}, more than the tolerance of {model.tolerance:g}"
        )
    types = {name: str(value.dtype).removeprefix("torch.") for name, value in examples.items()}
    content = {
        "id": model.id,
        "code": code,
        "bytes": size,
        "sha256": _sha256(blobs),
        "parts": [
            {"inputs": {name: types[name] for name in part.inputs}, "outputs": list(part.outputs)}
            for part in model.parts
        ],
        "tolerance": model.tolerance,
        "largest_difference": difference,
        "table": dict(model.table),
    }
    make_folder(folder)
    write_files({**dict(zip(files, blobs, strict=True)), record: (json.dumps(content) + "\n").encode()})
    return content


def _exported(files: Sequence[Path], record: Path) -> dict[str, Any] | None:
    """The record of an exported model that is whole."""
    if not all(path.is_file() for path in (*files, record)):
        return None
    content = json.loads(record.read_text(encoding="utf-8"))
    return content if content["sha256"] == _sha256(path.read_bytes() for path in files) else None


def _sha256(blobs: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(blobs)).hexdigest()


def _code_id(model: LiveModel) -> str:
    """Changes with the code that exports, and with that of the networks and their parts."""
    classes = {type(each) for part in model.parts for each in part.network.modules()}
    sources = {*Path(__file__).parent.glob("*.py"), *(Path(inspect.getfile(each)) for each in classes)}
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:16]


@torch.no_grad()
def _in_torch(model: LiveModel, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The inputs and all that the parts make of them, by name."""
    values = dict(inputs)
    for part in model.parts:
        found = part.network(*(values[name] for name in part.inputs))
        values |= zip(part.outputs, found if isinstance(found, tuple) else (found,), strict=True)
    return values


def _answers(model: LiveModel) -> list[str]:
    taken = {name for part in model.parts for name in part.inputs}
    return [name for part in model.parts for name in part.outputs if name not in taken]


def largest_difference(model: LiveModel, blobs: Sequence[bytes]) -> float:
    """Between the answers of torch and of onnxruntime to random inputs of several sizes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    sessions = [onnxruntime.InferenceSession(blob, options, providers=["CPUExecutionProvider"]) for blob in blobs]
    largest = 0.0
    for seed, n in enumerate(CHECKED_SIZES):
        inputs = model.random_inputs(n, seed)
        expected = {name: value.numpy() for name, value in _in_torch(model, inputs).items()}
        values = {name: value.numpy() for name, value in inputs.items()}
        for part, session in zip(model.parts, sessions, strict=True):
            found = session.run(list(part.outputs), {name: values[name] for name in part.inputs})
            values |= zip(part.outputs, found, strict=True)
        for name in _answers(model):
            one, other = values[name], expected[name]
            if one.shape != other.shape or one.dtype != other.dtype:
                raise UserError(
                    f"the exported model answers {one.dtype} {one.shape}, torch {other.dtype} {other.shape}"
                )
            largest = max(largest, float(np.abs(one.astype(float) - other).max()))
    return largest
