"""Path lengths against a matrix that is known and against the Jacobian written out."""

import pytest
import torch

from ganbook.chapters.style_prior.losses import path_lengths
from ganbook.chapters.style_prior.model import Synthesis


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_those_of_a_linear_generator_are_those_of_its_matrix():
    matrix, ws = torch.randn(3 * 16, 5), torch.randn(4, 2, 5, requires_grad=True)
    pictures = (ws.sum(1) @ matrix.T).view(4, 3, 4, 4)
    direction = torch.randn(4, 3, 4, 4)
    expected = (direction.flatten(1) / 4 @ matrix).norm(dim=1)
    torch.testing.assert_close(path_lengths(pictures, ws, direction), expected)


def test_those_of_each_picture_are_from_its_own_jacobian():
    synthesis, ws = Synthesis((4, 3), 3), torch.randn(2, 4, 3, requires_grad=True)
    direction = torch.randn(2, 3, 8, 8)
    found = path_lengths(synthesis(ws), ws, direction)
    for number in range(2):
        jacobian = torch.autograd.functional.jacobian(synthesis, ws[number : number + 1])[0, :, :, :, 0]
        product = torch.einsum("chwsl,chw->sl", jacobian, direction[number]) / 8
        torch.testing.assert_close(found[number], product.square().sum(1).mean().sqrt(), rtol=1e-3, atol=1e-5)


def test_every_weight_gets_a_gradient_that_of_the_last_biases_is_nothing():
    """Processes that share a step wait for all of them."""
    synthesis, ws = Synthesis((4, 3), 3), torch.randn(2, 4, 3, requires_grad=True)
    pictures = synthesis(ws)
    path_lengths(pictures, ws, torch.randn_like(pictures)).sum().backward()
    gradients = {name: weight.grad for name, weight in synthesis.named_parameters() if "strength" not in name}
    assert [name for name, each in gradients.items() if each is None] == []
    assert gradients["to_rgb.1.bias"].abs().sum() == 0 < gradients["to_rgb.1.weight"].abs().sum()
