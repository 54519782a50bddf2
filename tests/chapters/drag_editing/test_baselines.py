"""Baselines find what is there to be found where the answer is known."""

import pytest
import torch

from ganbook.chapters.drag_editing.baselines import best_direction, fit_ridge, optimise, window

DRAWS = torch.Generator().manual_seed(0)
SIDE, LAYERS = 32, 2


def test_ridge_is_a_stacked_least_squares():
    motions, moves = torch.randn(60, 4, 3, generator=DRAWS), torch.randn(60, 2, 5, generator=DRAWS)
    mean = motions.mean(1).double()
    rows = torch.cat([mean, torch.diag((0.1 * mean.square().sum(0)).sqrt())])
    wanted = torch.cat([moves.flatten(1).double(), torch.zeros(3, 10)])
    expected = torch.linalg.lstsq(rows, wanted).solution.float()
    found = fit_ridge(motions, moves, penalty=0.1)
    torch.testing.assert_close(found.weights, expected, atol=1e-5, rtol=1e-4)
    ws = torch.randn(2, 4, 5, generator=DRAWS)
    moved = found.moved(ws, motions[:2])
    torch.testing.assert_close(
        (moved - ws)[:, :2].flatten(1), (mean[:2] @ expected.double()).float(), atol=1e-5, rtol=1e-4
    )
    assert torch.equal(moved[:, 2:], ws[:, 2:]) and torch.equal(found.moved(ws, 0 * motions[:2]), ws)


def test_a_motion_that_never_is_moves_nothing():
    motions, moves = torch.randn(60, 4, 3, generator=DRAWS), torch.randn(60, 2, 5, generator=DRAWS)
    motions[..., 2] = 0
    found = fit_ridge(motions, moves)
    assert found.weights.isfinite().all() and not found.weights[2].any() and found.weights[0].any()


def blob(ws):
    """A blob whose place is the mean code of the lower layers: (n, 3, side, side)."""
    at = ws[:, :LAYERS].mean(1)[:, :2, None, None] * SIDE / 2 + SIDE / 2
    centres = torch.arange(SIDE) + 0.5
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    dx, dy = x - at[:, :1], y - at[:, 1:2]
    bump = torch.exp(-(dx**2 + dy**2) / 40)
    return torch.cat([bump, bump * dx / 6, bump * dy / 6], 1)


def test_the_best_direction_is_the_one_that_goes_there():
    def flow(before, after):
        return moved[-1].expand(-1, 2, SIDE, SIDE)

    moved = []

    def synthesis(ws):
        moved.append((ws[:, 0, :2] - start[0, :2])[:, :, None, None] * SIDE / 2)
        return blob(ws)

    start = torch.zeros(4, 6)
    axes, deviations = torch.eye(6)[[5, 0, 1]], torch.tensor([1.0, 0.5, 0.5])
    found = best_direction(synthesis, flow, start, axes, deviations, LAYERS, torch.zeros(2), torch.tensor([0.2, 5.0]))
    expected = torch.zeros(4, 6)
    expected[:LAYERS, 1] = 5 / (SIDE / 2)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)


def test_optimisation_takes_a_blob_where_it_should_go():
    ws = torch.randn(4, 6, generator=DRAWS) * 0.01
    points, targets = torch.tensor([[0.0, 0.0]]), torch.tensor([[0.25, -0.125]])
    done = optimise(blob, ws, LAYERS, points, targets, torch.zeros(0, 2), SIDE)
    assert ((done.points - targets) * SIDE / 2).norm() <= 1.5
    assert (done.ws[:LAYERS].mean(0)[:2] - targets[0]).norm() * SIDE / 2 < 2
    assert torch.equal(done.ws[LAYERS:], ws[LAYERS:])
    assert 0 < done.steps < 150 and done.seconds > 0


def test_anchors_hold():
    ws, nothing = torch.zeros(4, 6), torch.zeros(0, 2)
    points, targets = torch.tensor([[0.0, 0.0]]), torch.tensor([[0.3, 0.0]])
    free, held = (
        optimise(blob, ws, LAYERS, points, targets, anchors, SIDE, steps=30)
        for anchors in (nothing, torch.tensor([[0.1, 0.1], [-0.1, 0.1]]))
    )
    assert held.ws.abs().max() < 0.5 * free.ws.abs().max()


def test_a_handle_that_is_there_needs_no_step():
    at = torch.tensor([[0.1, 0.1]])
    done = optimise(blob, torch.zeros(4, 6), LAYERS, at, at, torch.zeros(0, 2), SIDE)
    assert done.steps == 0 and not done.ws.any()


def test_a_window_has_x_first():
    assert window(1).tolist()[:3] == [[-1, -1], [0, -1], [1, -1]] and len(window(2)) == pytest.approx(25)
