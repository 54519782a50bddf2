"""Distances between sets of pictures."""

import numpy as np
import pytest
import torch

from ganbook.metrics import copies, kernel_distance


def test_kernel_distance_agrees_with_torchmetrics():
    from torchmetrics.image.kid import maximum_mean_discrepancy, poly_mmd

    torch.manual_seed(0)
    first, second = torch.randn(60, 8), torch.randn(60, 8) + 0.5
    first, second = ((each - first.mean(0)) / first.std(0) for each in (first, second))

    def kernel(a, b):
        return (a @ b.T / 8 + 1) ** 3

    expected = maximum_mean_discrepancy(kernel(first, first), kernel(first, second), kernel(second, second))
    assert poly_mmd(first, second, 3, 1 / 8, 1.0) == pytest.approx(float(expected), rel=1e-4)
    assert kernel_distance(first, second) == pytest.approx(float(expected), rel=1e-3)


def test_kernel_distance_of_equal_sets_is_about_nothing():
    generator = torch.Generator().manual_seed(0)
    draws = [kernel_distance(*torch.randn(2, 100, 6, generator=generator)) for _ in range(20)]
    assert abs(np.mean(draws)) < 0.03 and min(draws) < 0


def test_kernel_distance_knows_no_offset_and_no_unit():
    torch.manual_seed(0)
    first, second = torch.randn(60, 8), torch.randn(60, 8) + 0.5
    assert kernel_distance(9 * first + 40, 9 * second + 40) == pytest.approx(kernel_distance(first, second), rel=1e-3)


def test_copies_are_found():
    draws = torch.Generator().manual_seed(0)
    train, unseen, fresh = (torch.randn(n, 5, generator=draws) for n in (200, 100, 100))
    assert copies(train[:50] + 1e-3, train, unseen) < 0.01
    assert 0.8 < copies(fresh, train, unseen) < 1.25
