"""Scribbles stay inside their classes and are decided by the seed."""

import torch

from ganbook.chapters.few_shot_layout.scribbles import scribble

LABELS = torch.zeros(32, 32, dtype=torch.long)
LABELS[4:28, 4:28] = 1
LABELS[10:20, 10:20] = 2
LABELS[31, 31] = 3


def test_strokes_stay_inside():
    for seed in range(20):
        marked = scribble(LABELS, seed, width=3)
        assert ((marked == 0) | (marked == LABELS)).all()
        assert set(marked.unique().tolist()) == {0, 1, 2, 3}
        assert (marked > 0).sum() < 0.25 * LABELS.numel()


def test_the_seed_decides():
    assert torch.equal(scribble(LABELS, 3), scribble(LABELS, 3)) and not torch.equal(
        scribble(LABELS, 3), scribble(LABELS, 4)
    )


def test_length_and_width():
    thin, long, wide = (
        sum(int((scribble(LABELS, seed, **how) > 0).sum()) for seed in range(10))
        for how in ({"length": 0.1}, {"length": 0.5}, {"length": 0.1, "width": 3})
    )
    assert thin < long and thin < wide and scribble(torch.zeros(8, 8, dtype=torch.long)).sum() == 0
