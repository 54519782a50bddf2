"""What a picture shows: motif, season and weather, drawn from its number and from nothing else."""

from dataclasses import dataclass

import numpy as np

MOTIFS = ("field", "trees", "cypresses", "house", "village", "sky", "river")
SEASONS = ("spring", "summer", "autumn", "winter")
WEATHERS = ("clear", "cloudy", "storm", "evening", "night")

_OFTEN = (0.3, 0.3, 0.14, 0.16, 0.1)
"""Share of each weather."""


@dataclass(frozen=True)
class Motif:
    """The subject of one picture.

    Attributes:
        number: of the picture; it also decides the composition.
        motif, season, weather: indices into ``MOTIFS``, ``SEASONS``, ``WEATHERS``.
    """

    number: int
    motif: int
    season: int
    weather: int

    @property
    def title(self) -> str:
        """As a catalogue would print it: "House in autumn, storm"."""
        return f"{MOTIFS[self.motif].capitalize()} in {SEASONS[self.season]}, {WEATHERS[self.weather]}"


def dice(number: int, purpose: str) -> np.random.Generator:
    """Random numbers that depend on a picture's number and on what they are for, never on the year."""
    return np.random.default_rng([number, *purpose.encode()])


def motif_of(number: int) -> Motif:
    """The subject of the picture with this number (0 or above)."""
    which, when, how = dice(number, "motif").random(3)
    weather = int(np.searchsorted(np.cumsum(_OFTEN)[:-1], how, side="right"))
    return Motif(number, int(which * len(MOTIFS)), int(when * len(SEASONS)), weather)
