"""The style axis against other formulas, and the walk along it."""

import numpy as np
import pytest
import torch

from ganbook.chapters.painting_morphs import style_axis
from ganbook.chapters.painting_morphs.sphere import on_sphere
from ganbook.errors import UserError


def painted(n: int = 30, size: int = 6, noise: float = 0.1) -> tuple[torch.Tensor, torch.Tensor]:
    draws = torch.Generator().manual_seed(0)
    latents = on_sphere(torch.randn(n, size, generator=draws))
    weights = torch.tensor([1.0, -2.0, 0.5, 0.0, 0.0, 0.0])[:size]
    return latents, 1886 + latents @ weights + noise * torch.randn(n, generator=draws)


@pytest.mark.parametrize(("n", "strength"), [(30, 0.1), (30, 10.0), (4, 1.0)])
def test_the_fit_is_that_of_the_normal_equations(n, strength):
    latents, years = painted(n)
    z = (latents - latents.mean(0)).double().numpy()
    y = (years.double() - years.double().mean()).numpy()
    weights = np.linalg.solve(z.T @ z + strength * np.eye(6), z.T @ y)
    found = style_axis.ridge(latents, years, strength)
    np.testing.assert_allclose(found.weights, weights, rtol=1e-4, atol=1e-6)
    assert found.year(latents).mean() == pytest.approx(float(years.mean()), abs=1e-3)
    torch.testing.assert_close(found.year(latents[0]), found.year(latents)[0])


def test_the_error_is_that_of_vectors_left_out():
    latents, years = painted(8)
    apart = []
    for k in range(8):
        others = [j for j in range(8) if j != k]
        fit = style_axis.ridge(latents[others], years[others], 0.5)
        apart.append(abs(float(fit.year(latents[k]) - years[k])))
    assert style_axis.ridge(latents, years, 0.5).error == pytest.approx(np.mean(apart), rel=2e-2)


def test_the_penalty_with_the_least_error_is_taken():
    clear, noisy = painted(), painted(12, noise=30.0)
    for latents, years in (clear, noisy):
        errors = {each: style_axis.ridge(latents, years, each).error for each in style_axis.STRENGTHS}
        found = style_axis.style_axis(latents, years)
        assert found.strength == min(errors, key=errors.get) and found.error == min(errors.values())
        assert max(errors.values()) > 1.05 * found.error


def test_the_true_direction_is_found():
    found = style_axis.style_axis(*painted(200))
    torch.testing.assert_close(found.weights, torch.tensor([1.0, -2.0, 0.5, 0, 0, 0]), atol=0.05, rtol=0)
    assert found.bias == pytest.approx(1886, abs=0.05) and found.error < 0.15


def test_a_walk_goes_as_many_years_as_it_should_on_the_sphere():
    latents, years = painted()
    axis = style_axis.style_axis(latents, years)
    way = style_axis.walk(axis, latents[:5], torch.tensor([-0.5, 0.0, 0.5]))
    assert way.shape == (5, 3, 6)
    torch.testing.assert_close(way[:, 1], latents[:5], atol=1e-4, rtol=0)
    torch.testing.assert_close(way.norm(dim=2), torch.full((5, 3), 6**0.5))
    here = axis.year(latents[:5])[:, None]
    reach = axis.bias + 6**0.5 * axis.weights.norm()
    assert (here + 0.5 < reach).all(), "the test's own vectors can go so far"
    torch.testing.assert_close(axis.year(way) - here, torch.tensor([[-0.5, 0.0, 0.5]]).expand(5, 3), atol=2e-3, rtol=0)


def test_a_walk_turns_no_more_than_it_must():
    """In the plane of the vector and the axis, and the shorter way round."""
    axis = style_axis.StyleAxis(torch.tensor([0.0, 2.0, 0.0]), 1886.0, 1.0, 0.0)
    start = on_sphere(torch.tensor([[1.0, 0.0, 0.0]]))
    later = style_axis.walk(axis, start, torch.tensor([3**0.5]))[0, 0]
    torch.testing.assert_close(later, 3**0.5 * torch.tensor([0.75**0.5, 0.5, 0.0]))


def test_a_walk_ends_at_the_latest_and_the_earliest_point():
    axis = style_axis.StyleAxis(torch.tensor([0.0, 2.0, 0.0]), 1886.0, 1.0, 0.0)
    start = on_sphere(torch.tensor([[1.0, 1.0, 1.0], [0.0, 1.0, 0.0]]))
    way = style_axis.walk(axis, start, torch.tensor([-100.0, 100.0]))
    ends = 3**0.5 * torch.tensor([[0.0, -1.0, 0.0], [0.0, 1.0, 0.0]])
    torch.testing.assert_close(way[0], ends, atol=1e-5, rtol=0)
    assert way.isfinite().all()


@pytest.mark.parametrize(
    ("latents", "years", "message"),
    [
        (torch.ones(3, 2), torch.ones(4), "a year for each latent vector, got 4 for 3"),
        (torch.ones(2, 2), torch.tensor([1.0, 2.0]), "at least 3 pictures, got 2"),
        (torch.ones(3, 2), torch.full((3,), 1885.0), "several years, all are of 1885.0"),
    ],
)
def test_what_has_no_axis(latents, years, message):
    with pytest.raises(UserError, match=message):
        style_axis.style_axis(latents, years)
