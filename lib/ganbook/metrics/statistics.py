"""Intervals and rank correlations."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Shaped
from numpy import ndarray


def bootstrap_interval(
    samples: Shaped[ndarray, " n *shape"],
    statistic: Callable[[ndarray], float] = np.mean,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    groups: Shaped[ndarray, " n"] | None = None,
) -> tuple[float, float]:
    """Percentile bootstrap interval of a statistic over samples (first axis), in the statistic's unit.

    The samples are independent, or with ``groups`` (a name for each sample) those of different groups are: then whole
    groups are drawn. Many triples of one digit tell about one digit, and taken for independent ones they make the
    interval too narrow.
    """
    rng = np.random.default_rng(seed)
    if groups is None:
        draws = (rng.integers(len(samples), size=len(samples)) for _ in range(resamples))
    else:
        members = [np.flatnonzero(groups == name) for name in np.unique(groups)]
        draws = (
            np.concatenate([members[each] for each in rng.integers(len(members), size=len(members))])
            for _ in range(resamples)
        )
    values = [statistic(samples[chosen]) for chosen in draws]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def off_diagonal_rank_correlation(first: Float[ndarray, "n n"], second: Float[ndarray, "n n"]) -> tuple[float, float]:
    """Spearman's rank correlation of two symmetric matrices over their n (n - 1) / 2 pairs, and its p value.

    The p value is that of a Mantel test: the share of 9,999 random relabellings (seeded) of the second matrix that
    correlate at least as much. Pairs that share a row are not independent, so the textbook p value would be too small.
    A matrix with one value for all pairs has no ranks to agree with: correlation 0, p value 1.
    """
    from scipy.stats import rankdata

    upper = np.triu_indices(len(first), 1)
    if np.ptp(first[upper]) == 0 or np.ptp(second[upper]) == 0:
        return 0.0, 1.0
    ranks = rankdata(first[upper])
    others = np.zeros(second.shape)
    others[upper] = rankdata(second[upper])
    others += others.T

    rng = np.random.default_rng(0)
    orders = np.array([np.arange(len(second)), *(rng.permutation(len(second)) for _ in range(9_999))])
    relabelled = others[orders[:, upper[0]], orders[:, upper[1]]]
    correlations = (
        (relabelled - ranks.mean()) @ (ranks - ranks.mean()) / (len(ranks) * ranks.std() * relabelled[0].std())
    )
    # rounding must not break ties; the first is the matrix as it is
    as_high = np.sum(correlations >= correlations[0] - 1e-9)
    return float(correlations[0]), float(as_high / len(orders))


def rank_correlations(first: Float[ndarray, "n values"], second: Float[ndarray, "n values"]) -> Float[ndarray, " n"]:
    """Spearman's rank correlation of each row with that of the other, -1 to 1; 0 where all values of a row are one."""
    from scipy.stats import rankdata

    first, second = (rankdata(each, axis=1) for each in (first, second))
    first, second = (each - each.mean(1, keepdims=True) for each in (first, second))
    size = np.sqrt((first**2).sum(1) * (second**2).sum(1))
    return (first * second).sum(1) / np.where(size > 0, size, 1)
