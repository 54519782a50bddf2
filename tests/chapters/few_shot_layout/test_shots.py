"""Which pictures are annotated, how codes of given ones are found, and what labels samples."""

from dataclasses import replace

import pytest
import torch
from chapters.few_shot_layout.few import (
    CLASSES,
    LAYER,
    SIDE,
    SMOKE,
    STYLES,
    BySum,
    annotate,
    squares,
    tiny_prior,
)

from ganbook.chapters.few_shot_layout import shots as module
from ganbook.chapters.few_shot_layout.pseudo_labels import (
    PseudoLabels,
    SegmenterLabels,
    coarsened,
    dense_labels,
    enlarged,
    exemplars,
    prototypes,
    sparse_labels,
)
from ganbook.data.avatars import LABELS
from ganbook.errors import UserError


@pytest.fixture(scope="module")
def prior():
    return tiny_prior()


@pytest.fixture(scope="module")
def shots(prior):
    return module.samples(prior, annotate, 5, CLASSES, among=20)


def test_samples_that_show_most_come_first(prior, shots):
    assert shots.ws.shape == (5, STYLES, 6) and shots.noises is None
    assert torch.equal(prior.draw(shots.ws), shots.pictures) and torch.equal(annotate(shots.pictures), shots.labels)
    everything = annotate(prior.draw(prior.generator.spread(prior.codes(20, module.PSI, 0))))
    assert shown(shots.labels) == sorted(shown(everything), reverse=True)[:5]
    one = module.samples(prior, annotate, 1, CLASSES, among=20)
    assert torch.equal(one.ws, shots.few(1).ws)
    other = module.samples(prior, annotate, 1, CLASSES, seed=1, among=20)
    assert not torch.equal(one.ws, other.ws)


def shown(labels):
    """How much label maps show of all classes, by hand."""
    return [sum((each == number).sum().item() ** 0.5 for number in range(CLASSES)) for each in labels]


def test_many_classes_weigh_more_than_large_ones():
    labels = torch.zeros(4, 64, 64, dtype=torch.long)
    labels[0, :32] = 1
    labels[1, :8, :8], labels[1, 8:16, :8], labels[1, 16:24, :8], labels[1, 24:32, :8] = 1, 2, 3, 4
    labels[3] = labels[1]
    assert module.showing_most(labels, 5).tolist() == [1, 3, 0, 2], "ties go to the first"


def test_codes_of_a_given_picture_are_found(prior):
    wanted = prior.draw(prior.codes(2, 0.7, seed=3))
    labels = squares(2)
    found = module.inverted(prior, wanted, labels, BySum().features, steps=30)
    begun = module.inverted(prior, wanted, labels, BySum().features, steps=1)
    error = [(each.pictures.float() - wanted.float()).square().mean() for each in (found, begun)]
    assert error[0] < error[1]
    assert torch.equal(found.labels, labels.long()) and len(found.noises) == STYLES - 1
    with torch.no_grad():
        again, features = prior.generator.synthesis(found.ws, found.noises, LAYER)
    assert (again.clamp(-1, 1) - (found.pictures.float() / 127.5 - 1)).abs().max() < 0.01
    assert torch.equal(module.features_of(prior, found, (LAYER,)), features), "with the noise that was found"
    assert [len(each) for each in found.few(1).noises] == [1] * (STYLES - 1)
    with pytest.raises(UserError, match="expected pictures"):
        module.inverted(prior, wanted[..., :8, :8], labels, BySum().features, 1)


def test_strokes_stay_inside(shots):
    found = module.scribbled(shots)
    marked = found.labels > 0
    assert torch.equal(found.labels[marked], shots.labels[marked]) and 0 < marked.float().mean() < 0.5
    assert not torch.equal(found.labels, module.scribbled(shots, seed=9).labels)


@pytest.mark.parametrize("labels", ["dense", "sparse", "segmenter"])
def test_what_labels_samples(prior, shots, labels):
    """Against the functions one by one."""
    config = replace(SMOKE, labels=labels, threshold=0.3, votes=2)
    given = module.scribbled(shots) if labels == "sparse" else shots
    label = module.labeller(config, prior, given, BySum(), LABELS)
    ws = prior.generator.spread(prior.codes(4, seed=5))
    picture, features = prior.generator.synthesis(ws, None, LAYER)
    own = module.features_of(prior, given, (LAYER,))
    if labels == "segmenter":
        assert isinstance(label, SegmenterLabels)
        wanted = coarsened(BySum()(picture).argmax(1), features.shape[-1], sparse=False)
    elif labels == "sparse":
        small = sparse_labels(features, exemplars(own, given.labels, CLASSES), 2, 0.3)
        wanted = enlarged(small, SIDE)
        assert torch.equal(label.small(ws), small)
        few = module.labeller(replace(config, strokes=1), prior, given, BySum(), LABELS)(ws) > 0
        assert torch.equal(few & (wanted > 0), few) and few.sum() < (wanted > 0).sum()
    else:
        wanted = enlarged(dense_labels(features, prototypes(own, given.labels, CLASSES)), SIDE)
    assert torch.equal(label(ws), wanted) and wanted.shape == (4, SIDE, SIDE) and len(wanted.unique()) > 1


def test_every_stroke_makes_a_prototype_and_nobody_marked_the_background(prior, shots):
    thin = torch.zeros_like(shots.labels[:1])
    thin[0, 0, 1] = 3  # beside the pixel that a place of the features would read
    thin[0, 9, 9] = 5
    given = shots.few(1)._replace(labels=thin)
    found = module.shot_prototypes(prior, given, (LAYER,), CLASSES, sparse=True)
    assert found.present.nonzero()[:, 0].tolist() == [3, 5] and not found.vectors[0].any()
    marked = exemplars(module.features_of(prior, given, (LAYER,)), thin, CLASSES)
    for number in (3, 5):
        torch.testing.assert_close(found.vectors[number], marked[number][0])


def test_what_labels_samples_moves_with_its_parts(prior, shots):
    label = module.labeller(replace(SMOKE, labels="dense"), prior, shots, BySum(), LABELS)
    assert isinstance(label, PseudoLabels)
    moved = label.to(torch.float64)
    assert moved.given.vectors.dtype == torch.float64 and moved.given.present.dtype == torch.bool


def test_layers_that_there_are_not(prior, shots):
    with pytest.raises(UserError, match="feature_layers: expected layers from 0 to 4, got 2, 9"):
        module.features_of(prior, shots, (2, 9))
    with pytest.raises(UserError, match="feature_layers: expected layers from 0 to 4, got none"):
        module.features_of(prior, shots, ())
