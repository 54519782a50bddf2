"""Refinement changes the leading coefficients of the lower layers only, and helps."""

import torch
import torch.nn.functional as F

from ganbook.chapters.few_shot_layout.pseudo_labels import Prototypes, at_features
from ganbook.chapters.few_shot_layout.refinement import agreement, refine

LOWER, STYLES, LATENT, SIDE = 3, 5, 6, 4
DRAWS = torch.Generator().manual_seed(0)
WEIGHT = torch.randn(SIDE * SIDE * LATENT, LATENT, generator=DRAWS)
AXES = torch.linalg.qr(torch.randn(LATENT, LATENT, generator=DRAWS))[0][:2]
MEAN, DEVIATIONS = torch.randn(LATENT, generator=DRAWS), torch.tensor([2.0, 1.0])
GIVEN = Prototypes(F.normalize(torch.randn(4, LATENT, generator=DRAWS), dim=1), torch.tensor([True, True, True, False]))


def draw(ws):
    features = (ws[:, :LOWER].mean(1) @ WEIGHT.T).view(len(ws), LATENT, SIDE, SIDE)
    return ws[:, LOWER:].sum(), features


def test_the_loss_falls_and_only_what_should_moves():
    ws = torch.randn(2, STYLES, LATENT, generator=DRAWS)
    labels = torch.randint(3, (2, 8, 8), generator=DRAWS)
    kept, losses = refine(draw, ws, labels, GIVEN, MEAN, AXES, DEVIATIONS, LOWER, steps=60, keep_every=25)
    assert len(kept) == 4 and torch.equal(kept[0], ws) and losses.shape == (60, 2)
    assert (losses[-1] < losses[0] - 0.01).all()
    end = kept[-1]
    assert torch.equal(end[:, LOWER:], ws[:, LOWER:])
    assert (end[:, :LOWER] == end[:, :1]).all()
    moved = end[:, 0] - ws[:, 0]
    torch.testing.assert_close(moved @ AXES.T @ AXES, moved, rtol=1e-3, atol=1e-4)
    alone, _ = refine(draw, ws[:1], labels[:1], GIVEN, MEAN, AXES, DEVIATIONS, LOWER, steps=60)
    torch.testing.assert_close(alone[-1], end[:1], rtol=1e-3, atol=1e-3)


def test_agreement_is_a_mean_cosine_over_what_is_wanted():
    features = torch.randn(1, LATENT, SIDE, SIDE, generator=DRAWS)
    labels = torch.randint(4, (1, 8, 8), generator=DRAWS)
    wanted = at_features(labels, features)[0]
    units = F.normalize(features, dim=1)[0]
    for sparse, first in ((False, 0), (True, 1)):
        values = [
            float(units[:, y, x] @ GIVEN.vectors[wanted[y, x]])
            for y in range(SIDE)
            for x in range(SIDE)
            if first <= wanted[y, x] < 3
        ]
        torch.testing.assert_close(agreement(features, labels, GIVEN, sparse)[0], torch.tensor(values).mean())
    nothing = torch.zeros(1, 8, 8, dtype=torch.long)
    assert agreement(features, nothing, GIVEN, sparse=True) == 0
