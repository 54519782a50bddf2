import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganbook.errors import UserError
from ganbook.training.draws import Draws, mix

CPU = torch.device("cpu")


def at(step, seed=0, **ranks):
    draws = Draws(seed, CPU, **ranks)
    draws.begin(step)
    return draws


def test_numbers_depend_on_seed_and_step_only():
    assert torch.equal(at(5).randn(4, 3), at(5).randn(4, 3))
    assert not torch.equal(at(5).randn(4, 3), at(6).randn(4, 3))
    assert not torch.equal(at(5).randn(4, 3), at(5, seed=1).randn(4, 3))
    draws = at(5)
    assert not torch.equal(draws.randn(4), draws.randn(4))


def test_global_stream_is_seeded_for_dropout():
    at(3)
    first = torch.rand(4)
    at(3)
    assert torch.equal(first, torch.rand(4))
    at(3, rank=1, ranks=2)
    assert not torch.equal(first, torch.rand(4))


def test_ranges():
    draws = at(0)
    integers, uniform = draws.randint(4, (1000,)), draws.rand(1000)
    assert set(integers.tolist()) == {0, 1, 2, 3} and integers.dtype == torch.int64
    assert uniform.min() >= 0 and uniform.max() < 1
    assert sorted(draws.permutation(9).tolist()) == list(range(9))


def test_ranks_together_draw_what_one_draws():
    one, two = at(2), [at(2, rank=rank, ranks=2) for rank in (0, 1)]
    for draw in (
        lambda d: d.randn(6, 2),
        lambda d: d.randint(9, (6,)),
        lambda d: d.rand(6),
        lambda d: d.batch(10, 6),
    ):
        assert torch.equal(draw(one), torch.cat([draw(draws) for draws in two]))
    whole = two[0].batch(10, 6, whole=True)
    assert torch.equal(whole, two[1].batch(10, 6, whole=True)) and len(whole) == 6
    assert torch.equal(two[0].permutation(5), two[1].permutation(5))


def test_uneven_batch_is_refused():
    with pytest.raises(UserError, match="a batch of 5 cannot be divided evenly over 2 devices"):
        at(0, rank=0, ranks=2).randn(5, 3)


def test_bad_seed_and_empty_data():
    with pytest.raises(UserError, match="seed must be at least 0"):
        Draws(-1, CPU)
    with pytest.raises(UserError, match="at least one example"):
        at(0).batch(0, 4)


@settings(deadline=None, max_examples=30)
@given(examples=st.integers(1, 40), batch_size=st.integers(1, 60), seed=st.integers(0, 2**32))
def test_every_epoch_is_a_permutation(examples, batch_size, seed):
    draws, drawn = Draws(seed, CPU), []
    for step in range(-(-3 * examples // batch_size)):
        draws.begin(step)
        drawn += draws.batch(examples, batch_size).tolist()
    for epoch in range(3):
        assert sorted(drawn[epoch * examples : (epoch + 1) * examples]) == list(range(examples))


def test_batches_need_no_history():
    walked = Draws(0, CPU)
    for step in range(30):
        walked.begin(step)
        here = walked.batch(17, 5)
    assert torch.equal(here, at(29).batch(17, 5))


def test_epochs_and_second_calls_have_their_own_order():
    draws = at(0)
    first, second = draws.batch(100, 100), draws.batch(100, 100)
    assert not torch.equal(first, second)
    assert not torch.equal(first, at(1).batch(100, 100))
    assert torch.equal(first, at(0).batch(100, 100))


def test_mix_tells_its_arguments_apart():
    assert len({mix(a, b, c) for a in range(5) for b in range(5) for c in range(5)}) == 125
