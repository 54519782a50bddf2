"""Intervals and rank correlations."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Shaped
from numpy import ndarray


def bootstrap_interval(
    samples: Shaped[ndarray, "n *shape"],
    statistic: Callable[[ndarray], float] = np.mean,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of a statistic over independent samples (first axis), in the statistic's unit."""
    rng = np.random.default_rng(seed)
    values = [statistic(samples[rng.integers(len(samples), size=len(samples))]) for _ in range(resamples)]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def off_diagonal_rank_correlation(first: Float[ndarray, "n n"], second: Float[ndarray, "n n"]) -> tuple[float, float]:
    """Spearman's rank correlation of two symmetric matrices over their n (n - 1) / 2 pairs, and its p value.

    The p value is that of a Mantel test: the share of 9,999 random relabellings (seeded) of the second matrix that correlate at least as
    much. Pairs that share a row are not independent, so the textbook p value would be too small. A matrix with one value for all pairs
    has no ranks to agree with: correlation 0, p value 1.
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
    correlations = (relabelled - ranks.mean()) @ (ranks - ranks.mean()) / (len(ranks) * ranks.std() * relabelled[0].std())
    as_high = np.sum(correlations >= correlations[0] - 1e-9)  # rounding must not break ties; the first is the matrix as it is
    return float(correlations[0]), float(as_high / len(orders))
