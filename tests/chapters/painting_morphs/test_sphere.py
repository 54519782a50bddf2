"""Ways on the sphere, against the textbook's formula, and where that has none."""

import math

import pytest
import torch
import torch.nn.functional as F

from ganbook.chapters.painting_morphs import sphere
from ganbook.errors import UserError

SHARES = torch.linspace(0, 1, 9)


def vectors(n: int = 6, size: int = 12, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, size, generator=torch.Generator().manual_seed(seed))


def test_on_the_sphere_the_mean_square_is_one():
    found = sphere.on_sphere(7 * vectors())
    torch.testing.assert_close(found.square().mean(1), torch.ones(6))
    torch.testing.assert_close(F.normalize(found, dim=1), F.normalize(vectors(), dim=1))


def test_angles():
    one = torch.tensor([[3.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    other = torch.tensor([[0.0, 0.5], [0.0, 9.0], [-1.0, 0.0], [1.0, 1e-5]])
    torch.testing.assert_close(sphere.angle(one, other), torch.tensor([math.pi / 2, 0.0, math.pi, 1e-5]))


def test_slerp_is_the_textbooks():
    start, end = vectors(), vectors(seed=1)
    a, b = (F.normalize(each.double(), dim=1)[:, None] for each in (start, end))
    t, omega = SHARES.double()[:, None], (a * b).sum(2, keepdim=True).arccos()
    wanted = (((1 - t) * omega).sin() * a + (t * omega).sin() * b) / omega.sin() * 12**0.5
    found = sphere.slerp(start, end, SHARES)
    assert found.shape == (6, 9, 12) and found.dtype == torch.float32
    torch.testing.assert_close(found, wanted.float(), atol=1e-5, rtol=0)


@pytest.mark.parametrize("nearly", [0.0, 1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_way_has_one_length_and_even_steps_also_between_parallel_and_opposite_vectors(nearly, sign):
    start = vectors()
    end = sign * start + nearly * vectors(seed=1)
    way = sphere.slerp(start, end, SHARES)
    assert ((way.norm(dim=2) / 12**0.5 - 1).abs() < 1e-5).all()
    ends = torch.stack([way[:, 0], way[:, -1]])
    torch.testing.assert_close(ends, sphere.on_sphere(torch.stack([start, end])), atol=1e-5, rtol=0)
    steps = sphere.angle(way[:, :-1], way[:, 1:])
    torch.testing.assert_close(steps, sphere.angle(start, end)[:, None].expand(-1, 8) / 8, atol=1e-5, rtol=0)


def test_gradients_of_the_middle_reach_both_ends():
    start, end = vectors().requires_grad_(), vectors(seed=1).requires_grad_()
    sphere.slerp(start, end, torch.tensor([0.5]))[..., 0].sum().backward()
    assert start.grad.abs().sum() > 0 and end.grad.abs().sum() > 0


def test_the_mean_of_two_is_half_way():
    start, end = vectors(1), vectors(1, seed=1)
    half = sphere.slerp(start, end, torch.tensor([0.5]))[0, 0]
    torch.testing.assert_close(sphere.mean_on_sphere(torch.cat([3 * start, end])), half)


def test_what_has_no_mean():
    with pytest.raises(UserError, match="at least one latent vector, got none"):
        sphere.mean_on_sphere(torch.zeros(0, 4))
    with pytest.raises(UserError, match="cancel each other out"):
        sphere.mean_on_sphere(torch.cat([vectors(), -vectors()]))
