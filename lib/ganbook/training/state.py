"""What a training run must remember to go on as if it had never stopped, as named tensors and a JSON-able record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganbook.errors import UserError
from ganbook.training.checkpoint import check_match
from ganbook.training.config import Settings, differing_keys
from ganbook.training.ema import Ema


class Part(NamedTuple):
    """A module and its optimizer, if it has one of its own."""

    module: nn.Module
    optimizer: Optimizer | None


class Parts(dict[str, Part]):
    """The parts of a model by name, as items or as attributes."""

    def __getattr__(self, name: str) -> Part:
        if name not in self:
            raise AttributeError(f"no part {name!r}; parts: {', '.join(self)}")
        return self[name]

    def __missing__(self, name: str) -> Part:
        raise UserError(f"no part {name!r}; parts set up: {', '.join(self) or 'none'}")


def weights(parts: Mapping[str, Part], emas: Mapping[str, Ema]) -> dict[str, Tensor]:
    """The tensors of all modules (`model.<part>.`) and of their averages (`ema.<part>.`)."""
    tensors: dict[str, Tensor] = {}
    for name, part in parts.items():
        tensors |= prefixed(f"model.{name}", part.module.state_dict())
    for name, ema in emas.items():
        tensors |= prefixed(f"ema.{name}", ema.module.state_dict())
    return tensors


def pack(parts: Mapping[str, Part], emas: Mapping[str, Ema]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The whole state: modules, averages, optimizers (`optimizer.<part>.<parameter index>.`)."""
    tensors, optimizers = weights(parts, emas), {}
    for name, part in parts.items():
        if part.optimizer is not None:
            packed, optimizers[name] = pack_optimizer(part.optimizer)
            tensors |= prefixed(f"optimizer.{name}", packed)
    return tensors, {"optimizers": optimizers, "ema_updates": {name: ema.updates for name, ema in emas.items()}}


def unpack(
    parts: Mapping[str, Part],
    emas: Mapping[str, Ema],
    tensors: Mapping[str, Tensor],
    record: Mapping[str, Any],
    where: str,
) -> None:
    """Put back what `pack` took out; raise `UserError` (naming `where`),
    before anything is changed, if the models are others.
    """
    found = {name: tensor for name, tensor in tensors.items() if not name.startswith("optimizer.")}
    check_match(weights(parts, emas), found, where)
    kinds = {name: type(part.optimizer).__name__ for name, part in parts.items() if part.optimizer is not None}
    there = {name: packed["kind"] for name, packed in record["optimizers"].items()}
    if there != kinds:
        raise UserError(f"{where} was made with the optimizers {there}, this run has {kinds}")
    for name, (module, optimizer) in parts.items():
        module.load_state_dict(under(f"model.{name}", tensors))
        if optimizer is not None:
            unpack_optimizer(optimizer, under(f"optimizer.{name}", tensors), record["optimizers"][name])
    for name, ema in emas.items():
        ema.module.load_state_dict(under(f"ema.{name}", tensors))
        ema.updates = record["ema_updates"][name]


def refuse_another_run(folder: Path, identity: Mapping[str, Any], config: Settings, record: Mapping[str, Any]) -> None:
    """Raise `UserError` if the record in `folder` is of a run with another chapter, data, seed or settings."""
    differing = [
        f"{key}: {record[key]!r} there, {value!r} now" for key, value in identity.items() if record[key] != value
    ]
    differing += differing_keys(config, record["config"])
    if differing:
        raise UserError(
            f"{folder} holds a run with other settings ({'; '.join(differing)}): "
            "use another folder, the same settings, or start over without resuming"
        )


def pack_optimizer(optimizer: Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimizer's state as tensors named `<parameter index>.<name>` and a JSON-able record."""
    state = optimizer.state_dict()
    tensors, scalars = {}, {}
    for index, values in state["state"].items():
        for name, value in values.items():
            (tensors if isinstance(value, Tensor) else scalars)[f"{index}.{name}"] = value
    groups = [
        {key: value.item() if isinstance(value, Tensor) else value for key, value in group.items()}
        for group in state["param_groups"]
    ]
    return tensors, {"kind": type(optimizer).__name__, "groups": groups, "scalars": scalars}


def unpack_optimizer(optimizer: Optimizer, tensors: Mapping[str, Tensor], record: Mapping[str, Any]) -> None:
    """Put back what `pack_optimizer` took out."""
    state: dict[int, dict[str, Any]] = {}
    for key, value in {**tensors, **record["scalars"]}.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = value
    present = optimizer.state_dict()["param_groups"]
    groups = [
        {key: _like(now[key], value) if key in now else value for key, value in group.items()}
        for now, group in zip(present, record["groups"], strict=True)
    ]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _like(present: Any, value: Any) -> Any:
    """JSON knows neither tuples (Adam's betas) nor tensors (a learning rate on the GPU)."""
    if isinstance(present, Tensor):
        return torch.full_like(present, value)
    return tuple(value) if isinstance(present, tuple) else value


def prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under `<prefix>.<name>`."""
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors named `<prefix>.<name>`, under `<name>`."""
    return {name.removeprefix(f"{prefix}."): t for name, t in tensors.items() if name.startswith(f"{prefix}.")}
