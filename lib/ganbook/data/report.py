"""What was found in somebody else's files, and what was left out: one line that says so."""

from dataclasses import dataclass, field

SHOWN = 3
"""Examples that a report gives of each sort of problem."""


@dataclass
class Report:
    """What was found, and what was left out or odd, by sort, each with its id and a word."""

    pictures: int = 0
    used: int = 0
    problems: dict[str, list[str]] = field(default_factory=dict)

    def add(self, sort: str, what: str) -> None:
        self.problems.setdefault(sort, []).append(what)

    def count(self, sort: str) -> int:
        return len(self.problems.get(sort, ()))

    def __str__(self) -> str:
        parts = []
        for sort, found in self.problems.items():
            more = ", ..." if len(found) > SHOWN else ""
            parts.append(f"{len(found):,} {sort} ({', '.join(found[:SHOWN])}{more})")
        told = f"; {'; '.join(parts)}" if parts else ""
        return f"{self.used:,} of {self.pictures:,} pictures are used{told}"
