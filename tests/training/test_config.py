from dataclasses import dataclass
from typing import Literal

import pytest
from pydantic import PositiveInt

from ganbook.errors import UserError
from ganbook.training import Settings, option, resolve
from ganbook.training.config import as_dict, differing_keys


@dataclass(frozen=True)
class Config(Settings):
    width: int = option(64, "units of a layer", low=1, high=4096)
    rate: float = option(1e-3, "learning rate", low=0.0)
    kind: Literal["plain", "residual"] = option("plain", "blocks")
    sizes: tuple[PositiveInt, ...] = option((8, 16), "channels of the layers")
    betas: tuple[float, float] = option((0.5, 0.99), "of Adam")
    note: str = option("", "free text")


PROFILES = {"smoke": {"steps": 3}, "quick": {}, "paper": Config(width=512, steps=9)}


def test_profile_then_overrides():
    assert resolve(Config, PROFILES, "smoke") == Config(steps=3)
    assert resolve(Config, PROFILES, "paper", {"rate": 1}) == Config(width=512, steps=9, rate=1.0)
    assert type(resolve(Config, PROFILES, "paper", {"rate": 1}).rate) is float
    assert resolve(Config, PROFILES, "quick", {"sizes": [2, 3]}).sizes == (2, 3), "as JSON keeps it"


def test_strings_as_typed_on_a_command_line():
    words = "steps=10_000 rate=3e-4 channels_last=yes kind=residual sizes=4,8,16 betas=0,0.9 threads=none note=a=b"
    assert resolve(Config, PROFILES, "quick", words.split()) == Config(
        steps=10_000,
        rate=3e-4,
        channels_last=True,
        kind="residual",
        sizes=(4, 8, 16),
        betas=(0.0, 0.9),
        threads=None,
        note="a=b",
    )
    assert resolve(Config, PROFILES, "quick", ["threads=2"]).threads == 2


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({"widht": 3}, "unknown setting 'widht' (did you mean 'width'?); known settings: steps, batch_size"),
        ({"steps": "many"}, "steps must be a whole number, at least 1, got 'many'"),
        ({"steps": 2.5}, "steps must be a whole number, at least 1, got 2.5"),
        ({"steps": True}, "steps must be a whole number, at least 1, got True"),
        ({"steps": None}, "steps must be a whole number, at least 1, got None"),
        ({"steps": 0}, "steps must be a whole number, at least 1, got 0"),
        ({"width": 5000}, "width must be a whole number from 1 to 4096, got 5000"),
        ({"rate": "nan"}, "rate must be a number, at least 0.0, got 'nan'"),
        ({"rate": -1.0}, "rate must be a number, at least 0.0, got -1.0"),
        ({"channels_last": 1}, "channels_last must be true or false, got 1"),
        ({"channels_last": "maybe"}, "channels_last must be true or false, got 'maybe'"),
        ({"precision": "16-true"}, "precision must be one of auto, 32-true, bf16-mixed, got '16-true'"),
        ({"sizes": "4,x"}, "sizes must be a list such as 8,16, got '4,x'"),
        ({"sizes": (4, 0)}, "sizes must be a list such as 8,16, got (4, 0)"),
        ({"sizes": 4}, "sizes must be a list such as 8,16, got 4"),
        ({"betas": (0.5,)}, "betas must be 2 values such as 0.5,0.99, got (0.5,)"),
        ({"rate": float("inf")}, "rate must be a number, at least 0.0, got inf"),
        ({"rate": True}, "rate must be a number, at least 0.0, got True"),
        ({"threads": "0"}, "threads must be a whole number, at least 1 or none, got '0'"),
        ({"sizes": (4, True)}, "sizes must be a list such as 8,16, got (4, True)"),
        ({"note": 3}, "note must be a text, got 3"),
        (["steps"], "expected key=value, got 'steps'"),
    ],
)
def test_refused(overrides, text):
    with pytest.raises(UserError) as error:
        resolve(Config, PROFILES, "quick", overrides)
    assert text in str(error.value)


def test_unknown_profile_lists_the_known_ones():
    with pytest.raises(
        UserError, match=r"unknown profile 'quik' \(did you mean 'quick'\?\); known profiles: smoke, quick"
    ):
        resolve(Config, PROFILES, "quik")


def test_direct_construction_is_checked_too():
    with pytest.raises(UserError, match="batch_size must be a whole number, at least 1, got -4"):
        Config(batch_size=-4)
    assert Config(rate=1).rate == 1.0


def test_resolve_checks_even_where_a_subclass_forgets_to():
    @dataclass(frozen=True)
    class Careless(Settings):
        def __post_init__(self):
            pass

    assert resolve(Careless, {"quick": {}}, "quick", ["steps=7"]).steps == 7
    with pytest.raises(UserError):
        resolve(Careless, {"quick": {}}, "quick", ["steps=x"])


def test_differing_keys_leave_out_what_does_not_change_the_result():
    stored = as_dict(Config(width=32))
    assert differing_keys(Config(width=32, steps=5, log_every=1, threads=2, checkpoint_seconds=1.0), stored) == []
    assert differing_keys(Config(), stored) == ["width: 32 there, 64 now"]
    assert differing_keys(Config(width=32, precision="32-true"), stored) == [], "a run may go on on another machine"
    del stored["rate"]
    assert differing_keys(Config(width=32), stored) == [], "a younger setting was at its default"
    assert differing_keys(Config(width=32, rate=1.0), stored) == ["rate: 0.001 there, 1.0 now"]
    stored["depth"] = 3
    assert differing_keys(Config(width=32), stored) == ["depth: 3 there, 'not set' now"]
