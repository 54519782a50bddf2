"""Words of captions and alt texts."""

from collections.abc import Mapping

COUNTS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def listed(numbers: Mapping[str, float], digits: int = 2) -> str:
    """Names, each with its number: ``a 0.10, b 0.20``."""
    return ", ".join(f"{name} {value:.{digits}f}" for name, value in numbers.items())


def count(n: int) -> str:
    """At the beginning of a sentence, in words as far as they go: ``Six``, ``12``."""
    return COUNTS[n] if n < len(COUNTS) else str(n)


def numbered(what: str, n: int) -> list[str]:
    """A name for each of so many things: ``map 1``, ``map 2``."""
    return [f"{what} {number}" for number in range(1, n + 1)]


def reached(holds: bool) -> str:
    """Whether what was wanted is there, in a table or a sentence."""
    return "reached" if holds else "**missed**"


def unfinished(runs: Mapping[str, Mapping]) -> str:
    """A warning if a model was shipped before the end of its training, else nothing; ``runs`` are records by name."""
    early = [f"{name} after {run['step']:,} steps" for name, run in runs.items() if not run.get("finished", True)]
    return f" **Shipped before the end of the training: {', '.join(early)}.**" if early else ""
