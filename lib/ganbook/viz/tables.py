"""Tables of numbers that several chapters show."""

from collections.abc import Mapping, Sequence

from IPython.display import Markdown


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))


def over_seeds(numbers: Mapping[int, Mapping[str, float]]) -> Markdown:
    """A row for each number, a column for each training seed."""
    names = next(iter(numbers.values()))
    rows = [[f"`{name}`", *(f"{each[name]:.3f}" for each in numbers.values())] for name in names]
    return Markdown(markdown_table(["metric", *(f"seed {seed}" for seed in numbers)], rows))
