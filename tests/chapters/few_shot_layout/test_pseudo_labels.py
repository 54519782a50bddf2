"""Pseudo-labels against slow loops and known answers."""

import pytest
import torch
import torch.nn.functional as F
from chapters.few_shot_layout.few import LATENT, SIDE, STYLES, tiny_prior

from ganbook.chapters.few_shot_layout import pseudo_labels as module
from ganbook.errors import UserError

CLASSES = 4


def draw(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def some_labels(n, side, high=CLASSES):
    return torch.randint(high, (n, side, side), generator=torch.Generator().manual_seed(n))


def test_features_of_one_layer_are_as_they_are_and_of_several_side_by_side():
    synthesis = tiny_prior().generator.synthesis
    ws = draw(2, STYLES, LATENT)
    picture, *each = synthesis(ws), *(synthesis(ws, None, number)[1] for number in range(5))
    alone = module.drawn(synthesis, ws, (2,))
    assert torch.equal(alone[0], picture) and torch.equal(alone[1], each[2])
    picture, both = module.drawn(synthesis, ws, (1, 4))  # of 8 and of 16 pixels
    assert torch.equal(picture, alone[0]) and both.shape[2:] == (SIDE // 2, SIDE // 2)
    fine = each[4].unflatten(3, (8, 2)).unflatten(2, (8, 2)).mean((3, 5))
    wanted = [F.normalize(one, dim=1) for one in (each[1], fine)]
    torch.testing.assert_close(both, torch.cat(wanted, 1))
    _, coarse = module.drawn(synthesis, ws, (0, 1))
    corner = coarse[:, : each[0].shape[1], 0, 0]  # nothing lies beyond the first pixel's centre
    torch.testing.assert_close(corner, F.normalize(each[0][:, :, 0, 0], dim=1))


def test_prototypes_are_means_over_pixels_then_over_pictures():
    features, labels = draw(3, 5, 4, 4) + 1, some_labels(3, 8)
    labels[0][labels[0] == 2] = 1
    found = module.prototypes(features, labels, CLASSES)
    small = labels[:, 1::2, 1::2]  # the nearest pixel's centre lies between two
    small = module.at_features(labels, features)
    for number in range(CLASSES):
        means = [features[shot][:, small[shot] == number].mean(1) for shot in range(3) if (small[shot] == number).any()]
        torch.testing.assert_close(found.vectors[number], F.normalize(torch.stack(means).mean(0), dim=0))
    assert found.present.all()


def test_a_class_that_nobody_shows_never_wins():
    labels = some_labels(1, 4, high=2)
    found = module.prototypes(draw(1, 5, 4, 4), labels, CLASSES)
    assert found.present.tolist() == [True, True, False, False] and found.vectors[2:].abs().sum() == 0
    away = -found.vectors[:2].sum(0)[None, :, None, None].expand(1, 5, 4, 4)  # all cosines negative: 0 would be largest
    assert module.dense_labels(away, found).max() <= 1


def test_dense_labels_give_the_nearest_direction():
    vectors = F.normalize(draw(CLASSES, 6), dim=1)
    given = module.Prototypes(vectors, torch.ones(CLASSES, dtype=torch.bool))
    wanted = some_labels(2, 4)
    features = 7 * vectors[wanted].permute(0, 3, 1, 2) + 0.01 * draw(2, 6, 4, 4)
    assert torch.equal(module.dense_labels(features, given), wanted)


def slow_votes(features, given, votes, threshold):
    n, _, height, width = features.shape
    labels = torch.zeros(n, height, width, dtype=torch.long)
    for sample in range(n):
        best = {}
        units = [F.normalize(features[sample, :, y, x], dim=0) for y in range(height) for x in range(width)]
        for number, marked in enumerate(given):
            for exemplar in marked:
                scores = sorted(((float(exemplar @ unit), at) for at, unit in enumerate(units)), reverse=True)
                for score, at in scores[:votes]:
                    if score > threshold and score > best.get(at, (threshold,))[0]:
                        best[at] = (score, number)
        for at, (_, number) in best.items():
            labels[sample, at // width, at % width] = number
    return labels


@pytest.mark.parametrize("votes", [3, 20, 100])
@pytest.mark.parametrize("threshold", [-1.0, 0.2, 0.5])
def test_votes_are_those_of_the_slow_loop(threshold, votes):
    features, shot = draw(3, 3, 4, 5), draw(1, 3, 8, 8)
    scribbles = torch.zeros(1, 8, 8, dtype=torch.long)
    scribbles[0, 2, 1:4], scribbles[0, 5, 5], scribbles[0, 6:8, 0] = 1, 2, 3
    given = module.exemplars(shot, scribbles, CLASSES)
    assert [len(marked) for marked in given] == [0, 3, 1, 2]
    found = module.sparse_labels(features, given, votes, threshold)
    assert torch.equal(found, slow_votes(features, given, votes, threshold))
    assert len(found.unique()) > 2 and ((found == 0).any() or votes > 3)


def labels_of_votes(strokes):
    """Sparse labels of a tiny generator's samples: from what is marked in one of them."""
    prior = tiny_prior()
    synthesis, ws = prior.generator.synthesis, prior.generator.spread(prior.codes(3, seed=1))
    _, features = module.drawn(synthesis, ws[:1], (2,))
    marks = torch.zeros(1, SIDE, SIDE, dtype=torch.long)
    marks[0, 2:9, 3:8], marks[0, 12, 2:12] = 1, 2
    given = module.exemplars(features, marks, CLASSES)
    return module.PseudoLabels(synthesis, (2,), SIDE, given, votes=40, threshold=-1.0, strokes=strokes), ws


def test_of_many_votes_a_few_strokes_are_left():
    all_marked, ws = labels_of_votes(strokes=0)
    few_marked, _ = labels_of_votes(strokes=1)
    voted = all_marked(ws)
    torch.manual_seed(3)
    found, others = few_marked(ws), few_marked(ws)
    left = found > 0
    assert torch.equal(found[left], voted[left]) and 0 < left.sum() < (voted > 0).sum()
    for one, whole in zip(found, voted):
        assert set(one.unique().tolist()) - {0} == set(whole.unique().tolist()) - {0}, "each class keeps a stroke"
    assert not torch.equal(found, others), "other places each time"
    torch.manual_seed(3)
    assert torch.equal(few_marked(ws), found), "which torch's random numbers decide, as those of dropout"


def test_thin_strokes_are_not_lost_between_pixels_of_the_features():
    scribbles = torch.zeros(1, 16, 16, dtype=torch.long)
    scribbles[0, 7, 3] = 2
    given = module.exemplars(draw(1, 3, 4, 4), scribbles, CLASSES)
    assert [len(marked) for marked in given] == [0, 0, 1, 0]
    torch.testing.assert_close(given[2][0], F.normalize(draw(1, 3, 4, 4)[0, :, 1, 0], dim=0))


def test_long_strokes_are_thinned_evenly():
    scribbles = torch.ones(1, 16, 16, dtype=torch.long)
    features = draw(1, 3, 16, 16)
    given = module.exemplars(features, scribbles, CLASSES, most=10)
    units = F.normalize(features, dim=1)[0].flatten(1).T
    assert len(given[1]) == 10 and torch.equal(given[1][[0, -1]], units[[0, -1]])


def test_enlarged_labels_are_squares():
    small = some_labels(1, 3)
    large = module.enlarged(small, 9)
    assert torch.equal(large[:, 1::3, 1::3], small) and torch.equal(large[:, ::3, 2::3], small)


def test_what_is_no_annotation():
    features = draw(1, 3, 4, 4)
    with pytest.raises(UserError, match="labels: expected 0 to 3, got 0 to 9"):
        module.prototypes(features, torch.tensor([[[0, 9], [1, 1]]]), CLASSES)
    with pytest.raises(UserError, match="nothing is marked"):
        module.exemplars(features, torch.zeros(1, 8, 8, dtype=torch.long), CLASSES)


def test_label_maps_are_made_of_squares_like_pseudo_labels():
    labels = some_labels(3, 8)
    found = module.coarsened(labels, 4, sparse=False)
    assert torch.equal(found[:, ::2, ::2], found[:, 1::2, 1::2]) and torch.equal(
        found[:, ::2, ::2], labels[:, 1::2, 1::2]
    )


def test_no_stroke_gets_lost_in_squares():
    labels = torch.zeros(1, 8, 8, dtype=torch.long)
    labels[0, 3, 5] = 2
    labels[0, 4:6, 0], labels[0, 5, 1] = 1, 3
    found = module.coarsened(labels, 4, sparse=True)
    wanted = torch.zeros(1, 8, 8, dtype=torch.long)
    wanted[0, 2:4, 4:6], wanted[0, 4:6, :2] = 2, 1
    assert torch.equal(found, wanted)
    empty = torch.zeros(1, 8, 8, dtype=torch.long)
    assert torch.equal(module.coarsened(empty, 4, sparse=True), empty)
