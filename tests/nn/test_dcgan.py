"""The convolution stacks against DCGAN's published sizes and a plain formulation of each layer."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ganbook.errors import UserError
from ganbook.nn import DownStack, UpStack


def pictures(n, side, colours=1, seed=1):
    return torch.rand(n, colours, side, side, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def lively(module):
    """Give batch norm statistics and weights that are not those of the start, so that leaving one out shows."""
    generator = torch.Generator().manual_seed(2)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            for values in (part.weight, part.bias, part.running_mean, part.running_var):
                values.data = torch.rand(values.shape, generator=generator) + 0.5
    return module


def normalised(maps, norm, training):
    """Batch norm written out."""
    if not isinstance(norm, nn.BatchNorm2d):
        return maps
    mean, variance = norm.running_mean, norm.running_var
    if training:
        mean = maps.mean((0, 2, 3))
        variance = (maps - mean[:, None, None]).square().mean((0, 2, 3))
    scaled = (maps - mean[:, None, None]) / (variance[:, None, None] + norm.eps).sqrt()
    return scaled * norm.weight[:, None, None] + norm.bias[:, None, None]


def convolved(maps, weight, bias, stride, padding):
    """Convolution as a matrix product over windows."""
    windows = F.unfold(maps, weight.shape[2:], stride=stride, padding=padding)
    side = int(windows.shape[2] ** 0.5)
    result = (weight.flatten(1) @ windows).unflatten(2, (side, side))
    return result if bias is None else result + bias[:, None, None]


def transposed(maps, layer):
    """Transposed convolution: zeros between the pixels, then an ordinary convolution with the kernel turned round."""
    spread = maps.new_zeros(*maps.shape[:2], 2 * maps.shape[2] - 1, 2 * maps.shape[3] - 1)
    spread[:, :, ::2, ::2] = maps
    return convolved(spread, layer.weight.flip(2, 3).transpose(0, 1), layer.bias, 1, 2)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_down_is_convolutions_normalised_and_bent(norm, training):
    stack = lively(DownStack(3, 32, norm)).train(training)
    inputs = pictures(5, 32)
    maps, expected = inputs, []
    for number, (convolution, normalisation, _) in enumerate(stack.stages):
        assert isinstance(normalisation, nn.BatchNorm2d) == (norm == "batch" and number > 0)
        maps = normalised(convolved(maps, convolution.weight, convolution.bias, 2, 1), normalisation, training)
        maps = torch.where(maps > 0, maps, 0.2 * maps)
        expected.append(maps)
    with torch.no_grad():
        for ours, theirs in zip(stack(inputs), expected, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_up_is_transposed_convolutions_normalised_and_bent(training):
    stack = lively(UpStack(6, 2, 32, "linear")).train(training)
    vectors = torch.randn(5, 6, generator=torch.Generator().manual_seed(0))
    linear, _, norm, _ = stack.first
    maps = (vectors @ linear.weight.T).reshape(5, 16, 2, 2)
    maps = normalised(maps, norm, training).clamp(min=0)
    for convolution, norm, _ in stack.stages:
        maps = normalised(transposed(maps, convolution), norm, training).clamp(min=0)
    with torch.no_grad():
        torch.testing.assert_close(stack(vectors), transposed(maps, stack.last), rtol=1e-4, atol=1e-5)


def test_the_sizes_are_those_of_dcgan():
    """The public DCGAN example has 2,765,568 and 3,576,704 parameters (64 x 64, three colours, z of 100).

    Ours differ by the discriminator's last layer (8,192, not part of the stack) and by biases at the picture.
    """
    assert parameters(DownStack(64, 64, colours=3)) == 2_765_568 - 8_192 + 64
    assert parameters(UpStack(100, 64, 64, colours=3)) == 3_576_704 + 3


@pytest.mark.parametrize("side", [32, 48, 64, 80])
def test_four_times_half_and_four_times_double(side):
    down, up = DownStack(2, side), UpStack(5, 2, side)
    maps = down(pictures(2, side))
    assert [tuple(each.shape) for each in maps] == [
        (2, 2 << stage, side >> stage + 1, side >> stage + 1) for stage in range(4)
    ]
    assert down.features == maps[-1][0].numel()
    assert up(torch.randn(2, 5)).shape == (2, 1, side, side)


@pytest.mark.parametrize("side", [-32, 0, 16, 40, 63])
@pytest.mark.parametrize("make", [lambda side: DownStack(2, side), lambda side: UpStack(5, 2, side)])
def test_other_resolutions_are_refused(make, side):
    with pytest.raises(UserError, match=f"multiple of 16 and at least 32, got {side}"):
        make(side)


@pytest.mark.parametrize(("output", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1), ("linear", -1e9, 1e9)])
def test_the_output_activation_sets_the_range(output, low, high):
    stack = UpStack(5, 2, 32, output)
    stack.last.weight.data *= 1e3
    made = stack(torch.randn(8, 5, generator=torch.Generator().manual_seed(0)))
    assert low <= made.min() and made.max() <= high
    reached = {"sigmoid": (0, 1), "tanh": (-1, 1), "linear": (-10, 10)}[output]
    assert made.min() <= reached[0] + 0.01 and made.max() >= reached[1] - 0.01, (
        "the whole range, and linear goes beyond [-1, 1]"
    )


def test_all_weights_get_a_gradient():
    for module, outputs in (
        ((down := DownStack(2, 32)), sum(maps.square().sum() for maps in down(pictures(4, 32)))),
        ((up := UpStack(5, 2, 32)), up(torch.randn(4, 5)).square().sum()),
    ):
        outputs.backward()
        for name, parameter in module.named_parameters():
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("training", [True, False])
def test_the_order_of_a_batch_means_nothing(training):
    order = torch.tensor([2, 0, 3, 1])
    down, up = lively(DownStack(2, 32)).train(training), lively(UpStack(5, 2, 32)).train(training)
    inputs, vectors = pictures(4, 32), torch.randn(4, 5, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        torch.testing.assert_close(down(inputs[order])[-1], down(inputs)[-1][order], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(up(vectors[order]), up(vectors)[order], rtol=1e-4, atol=1e-5)


def test_pictures_of_a_batch_do_not_meet_without_batch_norm_or_in_use():
    for stack in (DownStack(2, 32, "none"), lively(DownStack(2, 32)).eval()):
        inputs = pictures(4, 32)
        with torch.no_grad():
            torch.testing.assert_close(stack(inputs[:1])[-1], stack(inputs)[-1][:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("widest", [None, 12])
def test_no_stage_is_wider_than_the_widest(widest):
    down, up = DownStack(4, 32, widest=widest), UpStack(3, 4, 32, beside=5, widest=widest)
    maps = down(torch.zeros(2, 1, 32, 32))
    assert [each.shape[1] for each in maps] == ([4, 8, 16, 32] if widest is None else [4, 8, 12, 12])
    assert down.features == maps[-1][0].numel()
    widths = [stage[0].in_channels for stage in up.stages] + [up.last.in_channels]
    assert widths == ([37, 16, 8, 4] if widest is None else [17, 12, 8, 4])
    assert up(torch.zeros(2, 3), torch.zeros(2, 5, 2, 2)).shape == (2, 1, 32, 32)
