"""How much each stage counts in the sums over stages, and when: what the paper's section 4.2 asks for."""

from ganbook.chapters.context_aware.config import STAGES

COARSE, FINE = (1.75, 1.0, 0.25), (0.25, 1.0, 1.75)
"""Where the schedule ``fade`` begins, and where it ends."""

JOINS = (0.0, 0.2, 0.4)
"""Share of the training after which a stage joins in the schedule ``coarse_first``."""


def stage_weights(schedule: str, done: float) -> tuple[float, ...]:
    """The weights w_k of the stages, from the coarsest to the finest.

    Args:
        schedule: "uniform", the paper's: all alike; "coarse_first", after its section 3.6:
            a stage joins when the ones before had their time; "fade": all learn all the time, but
            the weight goes from coarse to fine.
        done: share of the training that is done, in [0, 1).
    """
    if schedule == "coarse_first":
        return tuple(float(done >= joins) for joins in JOINS)
    if schedule == "fade":
        return tuple((1 - done) * coarse + done * fine for coarse, fine in zip(COARSE, FINE))
    return (1.0,) * STAGES


def stages_in_use(weights: tuple[float, ...]) -> int:
    """How many stages there are up to the last one that counts."""
    return max(number for number, weight in enumerate(weights, start=1) if weight > 0)
