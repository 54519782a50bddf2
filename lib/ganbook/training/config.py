"""Settings of a training run: typed, checked, refused when unknown.

A chapter subclasses `Settings`, adds its own fields with `option`, and lists its presets in a mapping of profiles::

    @dataclass(frozen=True)
    class Config(Settings):
        lambda_info: float = option(1.0, "weight of the information term", low=0.0)

    PROFILES = {"smoke": {"steps": 20}, "quick": {}, "paper": {"steps": 100_000}}
    config = resolve(Config, PROFILES, "quick", ["lambda_info=0.3"])
"""

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, Union

from ganbook.errors import UserError

ConfigT = TypeVar("ConfigT", bound="Settings")
TRUE_WORDS = ("true", "yes", "on", "1")
FALSE_WORDS = ("false", "no", "off", "0")


def option(default: Any, text: str = "", *, low: int | float | None = None, high: int | float | None = None) -> Any:
    """A dataclass field with a help text and an inclusive range of allowed values."""
    return dataclasses.field(default=default, metadata={"help": text, "low": low, "high": high})


@dataclass(frozen=True)
class Settings:
    """What every training run can be told. Values are checked when an instance is made; a bad one raises `UserError`."""

    steps: int = option(1_000, "training steps in all", low=1)
    batch_size: int = option(64, "examples a step, over all devices together", low=1)
    precision: Literal["auto", "32-true", "bf16-mixed"] = option("auto", "number format of the forward passes; auto: what the machine is fast in")
    channels_last: bool = option(False, "keep convolution weights channels-last in bfloat16 (in 32 bits it does not pay: batch norm is slower)")
    ema_decay: float = option(0.999, "decay of the averaged weights, a step", low=0.0, high=1.0)
    log_every: int = option(50, "steps between two lines of curves.jsonl", low=1)
    preview_every: int = option(500, "steps between two preview pictures (0: none)", low=0)
    checkpoint_every: int = option(0, "steps between two checkpoints (0: by time only)", low=0)
    checkpoint_seconds: float = option(60.0, "seconds between two checkpoints", low=0.0)
    threads: int | None = option(None, "CPU threads of torch (none: torch decides)", low=1)

    def __post_init__(self) -> None:
        for name, value in _checked(type(self), _values(self)).items():
            object.__setattr__(self, name, value)


# Two runs that differ only in these follow the same trajectory, so a run may be resumed with other values of them.
# The precision follows the machine, on which a run may go on: the record tells which ones it saw.
FREE_KEYS = frozenset(
    {"steps", "precision", "log_every", "preview_every", "checkpoint_every", "checkpoint_seconds", "threads"}
)


def resolve(
    config_class: type[ConfigT],
    profiles: Mapping[str, Mapping[str, Any] | ConfigT],
    profile: str,
    overrides: Mapping[str, Any] | Iterable[str] | None = None,
) -> ConfigT:
    """The settings of `profile` with `overrides` put on top.

    Args:
        config_class: dataclass derived from `Settings`.
        profiles: for each profile a mapping of values that differ from the defaults (or a ready instance).
        profile: name of a profile.
        overrides: a mapping, or strings `key=value` as typed on a command line.

    Raises:
        UserError: unknown profile or key (the known ones are listed), wrong type, value out of range.
    """
    if profile not in profiles:
        raise UserError(unknown_word("profile", profile, profiles))
    base = profiles[profile]
    values = dict(base) if isinstance(base, Mapping) else _values(base)
    values |= _as_mapping(overrides)
    known = [field.name for field in dataclasses.fields(config_class)]
    for key in values:
        if key not in known:
            raise UserError(unknown_word("setting", key, known))
    return config_class(**_checked(config_class, values))


def differing_keys(ours: Settings, theirs: Mapping[str, Any]) -> list[str]:
    """Lines `key: theirs there, ours now` for each setting that matters to the result and is not the same.

    A setting younger than `theirs` was at its default then.
    """
    mine = _jsonable(_values(ours))
    theirs = _jsonable({field.name: field.default for field in dataclasses.fields(ours)}) | theirs
    return [
        f"{key}: {theirs[key]!r} there, {mine.get(key, 'not set')!r} now"
        for key in sorted(theirs.keys() - FREE_KEYS)
        if key not in mine or mine[key] != theirs[key]
    ]


def as_dict(config: Settings) -> dict[str, Any]:
    """The settings as plain JSON values (tuples become lists)."""
    return _jsonable(_values(config))


def _values(config: Settings) -> dict[str, Any]:
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}


def _checked(config_class: type[Settings], values: Mapping[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(config_class)
    metadata = {field.name: field.metadata for field in dataclasses.fields(config_class)}
    converted = {name: _convert(name, value, hints[name]) for name, value in values.items()}
    for name, value in converted.items():
        _check_range(name, value, metadata[name])
    return converted


def _jsonable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


def unknown_word(kind: str, word: str, known: Iterable[str]) -> str:
    """The sentence for a person who named a profile, setting or variant (``kind``) that there is not."""
    close = difflib.get_close_matches(word, list(known), n=1)
    meant = f" (did you mean {close[0]!r}?)" if close else ""
    return f"unknown {kind} {word!r}{meant}; known {kind}s: {', '.join(known)}"


def _as_mapping(overrides: Mapping[str, Any] | Iterable[str] | None) -> dict[str, Any]:
    if overrides is None:
        return {}
    if isinstance(overrides, Mapping):
        return dict(overrides)
    pairs = {}
    for text in [overrides] if isinstance(overrides, str) else overrides:
        key, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"expected key=value, got {text!r}")
        pairs[key.strip()] = value.strip()
    return pairs


def _convert(name: str, value: Any, hint: Any) -> Any:
    """`value` as the type `hint`; strings are read as on a command line, nothing else is coerced but int to float."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        if value is None or (isinstance(value, str) and value.lower() == "none"):
            return None
        (hint,) = [argument for argument in arguments if argument is not type(None)]
        return _convert(name, value, hint)
    if origin is Literal:
        if value not in arguments:
            raise UserError(f"{name} must be one of {', '.join(map(str, arguments))}, got {value!r}")
        return value
    if origin is tuple:
        return _convert_tuple(name, value, arguments)
    return _convert_scalar(name, value, hint)


def _convert_tuple(name: str, value: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    items = [item for item in value.strip("()[] ").split(",") if item.strip()] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise UserError(f"{name} must be a list such as 1,2,3, got {value!r}")
    kinds = [arguments[0]] * len(items) if arguments[-1] is Ellipsis else list(arguments)
    if len(kinds) != len(items):
        raise UserError(f"{name} must have {len(kinds)} values, got {value!r}")
    return tuple(_convert(name, item, kind) for item, kind in zip(items, kinds, strict=True))


def _convert_scalar(name: str, value: Any, kind: type) -> Any:
    refusal = UserError(f"{name} must be {_KINDS.get(kind, kind.__name__)}, got {value!r}")
    if isinstance(value, str) and kind is not str:
        value = _parse(value, kind, refusal)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise refusal
    return value


_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def _parse(text: str, kind: type, refusal: UserError) -> Any:
    text = text.strip()
    if kind is bool:
        if text.lower() not in TRUE_WORDS + FALSE_WORDS:
            raise refusal
        return text.lower() in TRUE_WORDS
    try:
        return kind(text)
    except (TypeError, ValueError) as error:
        raise refusal from error


def _check_range(name: str, value: Any, metadata: Mapping[str, Any]) -> None:
    low, high = metadata.get("low"), metadata.get("high")
    for item in value if isinstance(value, tuple) else [value]:
        if isinstance(item, float) and item != item:
            raise UserError(f"{name} must be a number, got nan")
        if isinstance(item, (int, float)) and ((low is not None and item < low) or (high is not None and item > high)):
            wanted = f"at least {low}" if high is None else f"at most {high}" if low is None else f"from {low} to {high}"
            raise UserError(f"{name} must be {wanted}, got {item}")
