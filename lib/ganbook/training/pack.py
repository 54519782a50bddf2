"""Halve the weights of shipped checkpoints: ``python -m ganbook.training.pack FOLDER...``.

:func:`ganbook.training.load_checkpoint` reads packed weights as it reads others.
"""

import hashlib
import sys
from pathlib import Path

import safetensors

from ganbook.errors import UserError
from ganbook.training.checkpoint import packed, to_bytes
from ganbook.training.files import write_files
from ganbook.training.shipped import MODEL, RECORD, read_run, record_bytes, verified


def pack(folder: Path) -> tuple[int, int]:
    """Write a shipped checkpoint anew with :func:`ganbook.training.checkpoint.packed` weights; packed ones stay.

    Returns:
        Bytes of its weights before and after.

    Raises:
        UserError: no checkpoint there, or it is damaged.
    """
    path, record = folder / MODEL, read_run(folder)
    if not path.is_file():
        raise UserError(f"no {MODEL} in {folder}: expected a shipped checkpoint there")
    before, tensors = path.stat().st_size, verified(path, record)
    small = packed(tensors)
    if small.keys() == tensors.keys():
        return before, before
    with safetensors.safe_open(path, framework="pt") as file:
        blob = to_bytes(small, file.metadata())
    record["sha256"] = hashlib.sha256(blob).hexdigest()
    write_files({path: blob, folder / RECORD: record_bytes(record)})
    return before, len(blob)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("error: expected folders of shipped checkpoints")
    for each in sys.argv[1:]:
        try:
            was, now = pack(Path(each))
        except UserError as error:
            sys.exit(f"error: {error}")
        print(f"{each}: {was:,} bytes, now {now:,}")
