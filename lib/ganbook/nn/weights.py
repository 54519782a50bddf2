"""What a trained model is called on the page: a fingerprint of its weights,
so that a page never shows another model than its chapter used.
"""

import dataclasses
import hashlib
from collections.abc import Iterator

import torch
from torch import nn


def weights_id(holder: object) -> str | None:
    """Sixteen hexadecimal digits that stand for the weights of all networks that an object holds;
    ``None`` if it holds none.

    Networks are looked for among the object's attributes, and in dataclasses among them. Weights are compared in half
    precision, as they are shipped and exported. The same networks under the same names give the same digits, whatever
    holds them.
    """
    networks = sorted(_networks(holder))
    if not networks:
        return None
    digest = hashlib.sha256()
    for name, network in networks:
        for key, tensor in network.state_dict().items():
            values = tensor.detach().cpu()
            values = values.to(torch.float16) if values.is_floating_point() else values
            digest.update(f"{name}.{key} {tuple(values.shape)}\n".encode())
            digest.update(values.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _networks(holder: object) -> Iterator[tuple[str, nn.Module]]:
    for name, value in getattr(holder, "__dict__", {}).items():
        if isinstance(value, nn.Module):
            yield name, value
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            yield from _networks(value)
