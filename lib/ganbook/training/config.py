"""Settings of a training run: typed, checked, refused when unknown.

A chapter subclasses `Settings`, adds its own fields with `option`, and lists its presets in a mapping of profiles::

    @dataclass(frozen=True)
    class Config(Settings):
        lambda_info: float = option(1.0, "weight of the information term", low=0.0)

    PROFILES = {"smoke": {"steps": 20}, "quick": {}, "paper": {"steps": 100_000}}
    config = resolve(Config, PROFILES, "quick", ["lambda_info=0.3"])

Types and ranges are checked by pydantic in its strict mode. Texts are read as on a command line; nothing else is
converted but whole numbers to numbers and lists to tuples, as JSON keeps them.
"""

import dataclasses
import difflib
import functools
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from ganbook.errors import UserError

ConfigT = TypeVar("ConfigT", bound="Settings")
STRICT = ConfigDict(strict=True, allow_inf_nan=False)
ANY = TypeAdapter(Any)
WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def option(default: Any, text: str = "", *, low: int | float | None = None, high: int | float | None = None) -> Any:
    """A dataclass field with a help text and an inclusive range of allowed values."""
    return dataclasses.field(default=default, metadata={"help": text, "low": low, "high": high})


@dataclass(frozen=True)
class Settings:
    """What every training run can be told. Values are checked when an instance is made;
    a bad one raises `UserError`.
    """

    steps: int = option(1_000, "training steps in all", low=1)
    batch_size: int = option(64, "examples a step, over all devices together", low=1)
    precision: Literal["auto", "32-true", "bf16-mixed"] = option(
        "auto", "number format of the forward passes; auto: what the machine is fast in"
    )
    channels_last: bool = option(
        False, "keep convolution weights channels-last in bfloat16 (in 32 bits it does not pay: batch norm is slower)"
    )
    ema_decay: float = option(0.999, "decay of the averaged weights, a step", low=0.0, high=1.0)
    log_every: int = option(50, "steps between two lines of curves.jsonl", low=1)
    preview_every: int = option(500, "steps between two preview pictures (0: none)", low=0)
    checkpoint_every: int = option(0, "steps between two checkpoints (0: by time only)", low=0)
    checkpoint_seconds: float = option(60.0, "seconds between two checkpoints", low=0.0)
    threads: int | None = option(None, "CPU threads of torch (none: torch decides)", low=1)

    def __post_init__(self) -> None:
        for name, value in _checked(type(self), vars(self)).items():
            object.__setattr__(self, name, value)


# Two runs that differ only in these follow the same trajectory, so a run may be resumed with other values of them.
# Precision and layout follow the machine, on which a run may go on: the record tells which ones it saw.
FREE_KEYS = frozenset(
    {
        "steps",
        "precision",
        "channels_last",
        "log_every",
        "preview_every",
        "checkpoint_every",
        "checkpoint_seconds",
        "threads",
    }
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
    values = dict(base if isinstance(base, Mapping) else vars(base))
    values.update(overrides if isinstance(overrides, Mapping) else map(_pair, overrides or ()))
    return config_class(**_checked(config_class, values))


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UserError(f"expected key=value, got {text!r}")
    return key.strip(), value.strip()


def differing_keys(ours: Settings, theirs: Mapping[str, Any]) -> list[str]:
    """Lines `key: theirs there, ours now` for each setting that matters to the result and is not the same.

    A setting younger than `theirs` was at its default then.
    """
    mine, theirs = as_dict(ours), {**as_dict(type(ours)()), **theirs}
    return [
        f"{key}: {theirs[key]!r} there, {mine.get(key, 'not set')!r} now"
        for key in sorted(theirs.keys() - FREE_KEYS)
        if key not in mine or mine[key] != theirs[key]
    ]


def as_dict(config: Settings) -> dict[str, Any]:
    """The settings as plain JSON values (tuples become lists)."""
    return ANY.dump_python(config, mode="json")


def unknown_word(kind: str, word: str, known: Iterable[str]) -> str:
    """The sentence for a person who named a profile, setting or variant (``kind``) that there is not."""
    close = difflib.get_close_matches(word, list(known), n=1)
    meant = f" (did you mean {close[0]!r}?)" if close else ""
    return f"unknown {kind} {word!r}{meant}; known {kind}s: {', '.join(known)}"


def _checked(config_class: type[Settings], values: Mapping[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(config_class, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(config_class)}
    if unknown := [name for name in values if name not in fields]:
        raise UserError(unknown_word("setting", unknown[0], fields))
    return {name: _converted(value, hints[name], fields[name]) for name, value in values.items()}


def _converted(value: Any, hint: Any, field: dataclasses.Field) -> Any:
    bounds, is_text = (field.metadata.get("low"), field.metadata.get("high")), isinstance(value, str)
    if is_text and value.lower() == "none" and NoneType in get_args(hint):
        return None
    given = value.strip("()[], ").split(",") if is_text and get_origin(hint) is tuple else value
    given = tuple(given) if isinstance(given, list) else given
    try:
        return _adapter(hint, *bounds).validate_python(given, strict=not is_text)
    except ValidationError as error:
        raise UserError(f"{field.name} must be {_expected(hint, *bounds, field.default)}, got {value!r}") from error


@functools.cache
def _adapter(hint: Any, low: int | float | None, high: int | float | None) -> TypeAdapter:
    return TypeAdapter(Annotated[hint, Field(ge=low, le=high)], config=STRICT)


def _expected(hint: Any, low: int | float | None, high: int | float | None, default: Any) -> str:
    """What a setting takes, in words."""
    parts = get_args(hint)
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, parts))}"
    if get_origin(hint) is tuple:
        count = "a list" if parts[-1] is Ellipsis else f"{len(parts)} values"
        return f"{count} such as {','.join(map(str, default))}"
    bounds = f", at least {low}" if high is None else f", at most {high}" if low is None else f" from {low} to {high}"
    words = WORDS[parts[0] if NoneType in parts else hint] + ("" if low is high is None else bounds)
    return f"{words} or none" if NoneType in parts else words
