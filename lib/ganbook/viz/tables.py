"""Tables of numbers that several chapters show."""

from collections.abc import Mapping

from IPython.display import Markdown


def over_seeds(numbers: Mapping[int, Mapping[str, float]]) -> Markdown:
    """A row for each number, a column for each training seed."""
    names = next(iter(numbers.values()))
    rows = [
        ["metric", *(f"seed {seed}" for seed in numbers)],
        ["---"] * (1 + len(numbers)),
        *([f"`{name}`", *(f"{each[name]:.3f}" for each in numbers.values())] for name in names),
    ]
    return Markdown("\n".join(f"| {' | '.join(row)} |" for row in rows))
