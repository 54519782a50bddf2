"""The map that says how much pictures differ."""

import pytest
import torch

from ganbook.nn import MinibatchDeviation


def test_it_is_the_mean_deviation_of_the_group():
    maps = torch.randn(8, 3, 2, 5)
    found = MinibatchDeviation(4)(maps)
    assert found.shape == (8, 4, 2, 5) and torch.equal(found[:, :3], maps)
    for start in (0, 4):
        group = maps[start : start + 4].numpy()
        torch.testing.assert_close(found[start : start + 4, 3], torch.full((4, 2, 5), float(group.std(0).mean())))


@pytest.mark.parametrize(("n", "group"), [(6, 6), (3, 3), (8, 4)])
def test_a_batch_that_is_no_multiple_is_one_group(n, group):
    maps = torch.randn(n, 2, 1, 1)
    torch.testing.assert_close(
        MinibatchDeviation(4)(maps)[0, 2, 0, 0], maps[:group].std(0, unbiased=False).mean(), atol=1e-5, rtol=1e-4
    )


def test_equal_pictures_have_none_and_a_gradient_all_the_same():
    maps = torch.ones(4, 2, 3, 3, requires_grad=True)
    found = MinibatchDeviation()(maps)[:, 2]
    assert found.max() < 1e-3
    found.sum().backward()
    assert maps.grad.isfinite().all()


def test_half_precision_stays():
    assert MinibatchDeviation()(torch.randn(4, 2, 3, 3).bfloat16()).dtype == torch.bfloat16
