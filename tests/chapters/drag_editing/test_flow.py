"""Flow and expansion: independent references and known answers."""

import numpy as np
import pytest
import torch

from ganbook.chapters.drag_editing import flow as module
from ganbook.chapters.drag_editing.config import FLOW_PROFILES

DRAWS = torch.Generator().manual_seed(0)


def affine_flow(matrix, side=12):
    """The flow of an affine map of pixels round the middle."""
    at = torch.arange(side).float() - (side - 1) / 2
    y, x = torch.meshgrid(at, at, indexing="ij")
    return torch.einsum("ij,jhw->ihw", torch.tensor(matrix, dtype=torch.float32) - torch.eye(2), torch.stack([x, y]))[
        None
    ]


@pytest.mark.parametrize("growth", [0.8, 1.0, 1.25])
def test_expansion_of_a_known_growth(growth):
    c, s = growth * np.cos(0.3), growth * np.sin(0.3)
    found = module.expansion(affine_flow([[c, -s], [s, c]]))
    torch.testing.assert_close(found, torch.full((1, 12, 12), -np.log(growth)).float(), atol=1e-5, rtol=0)


def test_expansion_is_that_of_least_squares():
    flow = affine_flow([[1.1, 0.2], [-0.1, 0.9]]) + 0.1 * torch.randn(2, 2, 12, 12, generator=DRAWS)
    found = module.expansion(flow)
    at = np.array([(1, dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)], float)
    zeros = 0
    for n, y, x in ((n, y, x) for n in range(2) for y in range(1, 11) for x in range(1, 11)):
        here = flow[n, :, y - 1 : y + 2, x - 1 : x + 2].reshape(2, 9).T.double().numpy()
        fit, *_ = np.linalg.lstsq(at, here, rcond=None)
        missed = np.sqrt(((at @ fit - here) ** 2).sum() / 9)
        growth = np.sqrt(abs(np.linalg.det(np.eye(2) + fit[1:].T))).clip(0.5, 2)
        expected = 0.0 if missed > module.FLAT else -np.log(growth)
        zeros += expected == 0
        assert float(found[n, y, x]) == pytest.approx(expected, abs=1e-4)
    assert 0 < zeros < 200


def test_expansion_is_held():
    assert module.expansion(affine_flow([[9.0, 0.0], [0.0, 9.0]])).unique().item() == pytest.approx(-np.log(2))
    assert module.expansion(affine_flow([[0.1, 0.0], [0.0, 0.1]])).unique().item() == pytest.approx(np.log(2))


def test_warping_by_a_whole_shift_is_a_shift():
    maps = torch.randn(1, 3, 8, 8, generator=DRAWS)
    flow = torch.zeros(1, 2, 8, 8)
    flow[:, 0], flow[:, 1] = 2 * 2 / 8, -1 * 2 / 8  # 2 pixels right, 1 up
    found = module.warped(maps, flow)
    torch.testing.assert_close(found[:, :, 1:, :-2], maps[:, :, :-1, 2:], atol=1e-5, rtol=1e-4)


def test_maps_are_read_at_points():
    maps = torch.randn(2, 3, 4, 8, generator=DRAWS)
    points = module.centres(4, 8, maps).flatten(0, 1).expand(2, -1, -1)
    torch.testing.assert_close(module.read_at(maps, points), maps.flatten(2).transpose(1, 2), atol=1e-5, rtol=1e-4)


def test_correlation_against_loops():
    first, second = torch.randn(2, 1, 3, 4, 5, generator=DRAWS)
    found = module.correlation(first, second, 1)
    for dy, dx, y, x in ((dy, dx, y, x) for dy in (-1, 0, 1) for dx in (-1, 0, 1) for y in range(4) for x in range(5)):
        inside = 0 <= y + dy < 4 and 0 <= x + dx < 5
        expected = float((first[0, :, y, x] * second[0, :, y + dy, x + dx]).mean()) if inside else 0.0
        assert float(found[0, (dy + 1) * 3 + dx + 1, y, x]) == pytest.approx(expected, abs=1e-6)


def test_tvl1_has_x_first():
    rows, columns = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")

    def blob(x, y):
        return (2 * torch.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 30) - 1).expand(1, 3, 32, 32)

    found = module.tvl1(blob(14, 15), blob(16, 15))[0, :, 12:19, 11:18].mean((1, 2))
    assert found[0] == pytest.approx(2, abs=0.5) and found[1] == pytest.approx(0, abs=0.3)


def test_the_net_compares_pictures():
    torch.manual_seed(0)
    net = module.FlowNet(FLOW_PROFILES["smoke"])
    before, after = torch.randn(2, 2, 3, 32, 32)
    levels = net(before, after)
    assert [each.shape[2] for each in levels] == [8, 16] and net.flow(before, after).shape == (2, 2, 32, 32)
    assert not torch.equal(net.flow(before, after), net.flow(before, before))
    net.flow(before, after).square().sum().backward()
    assert [name for name, value in net.named_parameters() if not value.grad.any()] == []
