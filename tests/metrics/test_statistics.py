"""Intervals and rank correlations against known answers and scipy."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from ganbook.metrics import bootstrap_interval, off_diagonal_rank_correlation, rank_correlations


def test_bootstrap_interval_covers_a_proportion_about_as_the_normal_approximation_does():
    samples = np.arange(1000) < 900
    low, high = bootstrap_interval(samples)
    half = 1.96 * (0.9 * 0.1 / 1000) ** 0.5
    assert low == pytest.approx(0.9 - half, abs=0.004) and high == pytest.approx(0.9 + half, abs=0.004)


def test_bootstrap_interval_of_a_constant_has_no_width():
    assert bootstrap_interval(np.full(20, 3.0)) == (3.0, 3.0)


def test_an_interval_over_groups_counts_groups_and_not_their_copies():
    values, copies = np.random.default_rng(0).normal(size=60), 25
    alone, copied = bootstrap_interval(values), bootstrap_interval(np.repeat(values, copies))
    grouped = bootstrap_interval(np.repeat(values, copies), groups=np.repeat(np.arange(60), copies))
    assert grouped == pytest.approx(alone)  # the same 60 draws each time
    assert np.diff(copied) < np.diff(grouped) / 4  # narrower by the root of 25, were they independent


def test_an_interval_over_groups_of_different_size_keeps_groups_whole():
    groups = np.array(["a", "b", "b", "b"])
    low, high = bootstrap_interval(np.array([0.0, 1, 1, 1]), groups=groups)
    assert (low, high) == (0, 1)
    assert bootstrap_interval(np.array([2.0, 1, 2, 3]), np.ptp, groups=np.zeros(4)) == (2, 2)


def symmetric(seed):
    matrix = np.random.default_rng(seed).normal(size=(8, 8))
    return matrix + matrix.T


def test_rank_correlation_is_spearmans_over_pairs():
    first, second = symmetric(0), symmetric(1)
    pairs = np.triu_indices(8, 1)
    assert off_diagonal_rank_correlation(first, second)[0] == pytest.approx(spearmanr(first[pairs], second[pairs])[0])


def test_rank_correlation_of_a_monotone_copy_is_one_and_unlikely_by_chance():
    first = symmetric(0)
    correlation, p = off_diagonal_rank_correlation(first, np.exp(first))
    assert correlation == pytest.approx(1) and p < 0.001
    assert off_diagonal_rank_correlation(first, -first)[1] > 0.99


def test_a_constant_matrix_agrees_with_nothing():
    assert off_diagonal_rank_correlation(symmetric(0), np.ones((8, 8))) == (0.0, 1.0)


def test_rank_correlations_of_rows_are_scipys_with_ties_and_0_for_a_constant():
    draws = np.random.default_rng(0)
    first, second = draws.integers(0, 6, (4, 9)).astype(float), draws.normal(size=(4, 9))
    first[3] = 2.0
    found = rank_correlations(first, second)
    assert found[:3] == pytest.approx([spearmanr(a, b).statistic for a, b in zip(first[:3], second)])
    assert found[3] == 0
