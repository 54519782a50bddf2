import pytest
import torch
from torch import nn

from ganbook.errors import UserError
from ganbook.training import Ema


def test_follows_the_recursion_by_hand():
    module = nn.Linear(3, 2)
    ema = Ema(module, decay=0.3)
    expected = module.weight.detach().clone()
    for n in range(20):
        with torch.no_grad():
            module.weight.add_(torch.randn(2, 3))
        ema.update()
        decay = min(0.3, (1 + n) / (10 + n))
        expected = decay * expected + (1 - decay) * module.weight.detach()
    torch.testing.assert_close(ema.module.weight, expected)
    assert not torch.allclose(ema.module.weight, module.weight)


def test_buffers_are_copied_and_nothing_needs_gradients():
    module = nn.BatchNorm1d(3)
    ema = Ema(module, decay=0.9)
    module(torch.randn(8, 3) + 5)
    ema.update()
    assert torch.equal(ema.module.running_mean, module.running_mean)
    assert ema.module.num_batches_tracked == 1
    assert not ema.module.training and not any(p.requires_grad for p in ema.module.parameters())
    assert module.training and all(p.requires_grad for p in module.parameters())


def test_decay_out_of_range():
    with pytest.raises(UserError, match="from 0 to 1, got 1.5"):
        Ema(nn.Linear(1, 1), decay=1.5)
