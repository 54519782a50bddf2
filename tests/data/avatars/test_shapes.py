"""Distances of shapes whose outline is known."""

import pytest
import torch
from torch import tensor

from ganbook.data.avatars import shapes


def at(x, y):
    return torch.tensor([[[float(x)]]]), torch.tensor([[[float(y)]]])


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (shapes.ellipse(*at(3, 4), 2.0, 2.0), 3.0),
        (shapes.ellipse(*at(0, 1.01), 2.0, 1.0), 0.01),
        (shapes.box(*at(3, 0), 1.0, 2.0), 2.0),
        (shapes.box(*at(4, 6), 1.0, 2.0), 5.0),
        (shapes.box(*at(0, 0), 1.0, 2.0, 0.5), -1.0),
        (shapes.capsule(*at(1, 3), 0.0, 0.0, 2.0, 0.0, 1.0), 2.0),
        (shapes.capsule(*at(5, 4), 0.0, 0.0, 2.0, 0.0, 1.0), 4.0),
        (shapes.egg(*at(0, -0.5), 0.4, 0.5, 0.6), 0.0),
        (shapes.egg(*at(0, 0.6), 0.4, 0.5, 0.6, 3.0, 0.3), 0.0),
        (shapes.egg(*at(0.4, 0), 0.4, 0.5, 0.6, 3.0, 0.3), 0.0),
    ],
)
def test_known_distances(found, expected):
    assert found.item() == pytest.approx(expected, abs=2e-4)


def test_an_edge_is_one_pixel_wide():
    assert shapes.cover(tensor([-1.0, -0.5, 0.0, 0.25, 0.5, 1.0]), 1.0).tolist() == [1, 1, 0.5, 0.25, 0, 0]


def test_sets():
    inside, outside = tensor([-1.0]), tensor([2.0])
    assert shapes.union(inside, outside) == -1 and shapes.both(inside, outside) == 2
    assert shapes.without(inside, outside) == -1 and shapes.without(inside, inside) == 1
    assert shapes.blend(inside, inside, 0.4) == pytest.approx(-1.1) and shapes.blend(inside, outside, 0.4) == -1
