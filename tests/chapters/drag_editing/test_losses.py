"""The losses: known answers, forms written out with loops, and what gets a gradient."""

import math

import numpy as np
import pytest
import torch

from ganbook.chapters.drag_editing.losses import at_size, end_point_error, left_over


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_an_error_of_1_is_no_move_at_all():
    still, signs = torch.zeros(4, 3, 2), torch.tensor([[[-1.0, 1.0]]]).expand(4, 3, -1)
    assert float(left_over(still, 0.1 * signs, 0.1)) == pytest.approx(1.0)
    assert float(left_over(0.05 * signs, 0.1 * signs, 0.1)) == pytest.approx(0.25)
    assert float(left_over(-0.1 * signs, 0.1 * signs, 0.1)) == pytest.approx(4.0), "the wrong way is worse than none"


def test_what_is_left_over_is_a_quotient_of_sums_of_squares():
    start, move, moved = drawn(5, 1, 8), 0.2 * drawn(5, 3, 8, seed=1), drawn(5, 3, 8, seed=2)
    end = start + move
    size = math.sqrt(float((move**2).mean()))
    expected = np.square((moved - end).numpy()).sum() / np.square(move.numpy()).sum()
    assert float(left_over(moved, end, size)) == pytest.approx(float(expected), rel=1e-5)


def test_the_gradient_of_what_is_left_over_points_from_the_end_to_the_moved_code():
    moved, end = drawn(2, 3, 4).requires_grad_(), drawn(2, 3, 4, seed=1)
    (slope,) = torch.autograd.grad(left_over(moved, end, 0.1), moved)
    torch.testing.assert_close(slope, 2 * (moved - end).detach() / (24 * 0.01))


def test_the_error_of_a_flow():
    flow = torch.zeros(1, 2, 2, 2)
    flow[0, 0, 0], flow[0, 1, 0] = 3.0, 4.0
    assert float(end_point_error(flow, torch.zeros_like(flow))) == pytest.approx(2.5, abs=1e-3)
    where = torch.tensor([[[True, True], [False, False]]])
    assert float(end_point_error(flow, torch.zeros_like(flow), where)) == pytest.approx(5.0, abs=1e-3)


def test_the_error_of_a_flow_is_a_mean_of_distances_over_the_pixels_of_a_mask():
    flow, truth, where = drawn(3, 2, 4, 5), drawn(3, 2, 4, 5, seed=1), drawn(3, 4, 5, seed=2) > 0
    far = [
        math.dist(flow[n, :, y, x].tolist(), truth[n, :, y, x].tolist()) for n, y, x in torch.nonzero(where).tolist()
    ]
    assert float(end_point_error(flow, truth, where)) == pytest.approx(sum(far) / len(far), rel=1e-5)


def test_every_pixel_pulls_at_its_flow_with_the_same_force_and_none_where_it_is_right():
    flow, truth = drawn(1, 2, 3, 3).requires_grad_(), drawn(1, 2, 3, 3, seed=1)
    with torch.no_grad():
        truth[0, :, 1, 1] = flow[0, :, 1, 1]
    (slope,) = torch.autograd.grad(end_point_error(flow, truth), flow)
    forces = slope.norm(dim=1)[0]
    assert forces[1, 1] == 0
    forces[1, 1] = 1 / 9
    torch.testing.assert_close(forces, torch.full((3, 3), 1 / 9), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("side", "small"), [(8, 4), (16, 2)])
def test_a_flow_at_another_size_is_the_mean_of_each_square_in_the_same_unit(side, small):
    flow, like, width = drawn(2, 2, side, side), torch.zeros(2, 2, small, small), side // small
    expected = [
        flow[:, :, y * width : (y + 1) * width, x * width : (x + 1) * width].mean((2, 3))
        for y in range(small)
        for x in range(small)
    ]
    torch.testing.assert_close(at_size(flow, like), torch.stack(expected, 2).unflatten(2, (small, small)))
    torch.testing.assert_close(at_size(torch.full_like(flow, 3.0), like), torch.full_like(like, 3.0))
