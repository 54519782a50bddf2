"""The numbers of a record against slow loops and known answers."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from chapters.few_shot_layout.few import CLASSES, LATENT, SIDE, BySum, annotate, squares, tiny_painter

from ganbook.chapters.few_shot_layout import analysis, studies
from ganbook.chapters.few_shot_layout.analysis import Pool
from ganbook.chapters.few_shot_layout.scribbles import strokes_in
from ganbook.metrics import class_iou

LABELS, OTHERS = squares(6).long(), squares(6, seed=1).long()


def test_tables_count_pixels():
    found = analysis.tables_of(LABELS, OTHERS, CLASSES)
    assert found.shape == (6, CLASSES, CLASSES) and (found.sum((1, 2)) == SIDE**2).all()
    assert found[4, 2, 5] == int(((LABELS[4] == 2) & (OTHERS[4] == 5)).sum())


def test_mean_iou_is_that_of_the_library():
    found = analysis.mean_iou(analysis.tables_of(LABELS, OTHERS, CLASSES))
    assert found == pytest.approx(float(class_iou(LABELS, OTHERS, CLASSES).nanmean()))
    assert analysis.mean_iou(analysis.tables_of(LABELS, LABELS, CLASSES)) == 1
    few = LABELS.clamp(max=2)
    assert analysis.mean_iou(analysis.tables_of(few, few, CLASSES)) == 1, "classes that nobody has do not count"


def test_intervals_hold_the_value():
    tables = analysis.tables_of(torch.where(torch.rand(6, SIDE, SIDE) < 0.7, LABELS, OTHERS), LABELS, CLASSES)
    value = analysis.with_interval(tables, analysis.mean_iou)
    assert value.low <= value.value <= value.high and value.low < value.high
    assert value.named("miou") == {"miou": value.value, "miou_low": value.low, "miou_high": value.high}


def test_a_gain_is_paired():
    right, wrong = (analysis.tables_of(each, LABELS, CLASSES) for each in (LABELS, OTHERS))
    gain = analysis.with_interval(np.stack([right, wrong], 1), analysis.iou_gain)
    assert gain.value == pytest.approx(1 - analysis.mean_iou(wrong)) and gain.low > 0
    none = analysis.with_interval(np.stack([wrong, wrong], 1), analysis.iou_gain)
    assert none == (0, 0, 0)


def test_hits_under_strokes():
    strokes = torch.zeros(3, SIDE, SIDE, dtype=torch.long)
    strokes[0, 0, :4], strokes[2, 5, 5] = 1, 3
    found = torch.zeros_like(strokes)
    found[0, 0, :3] = 1
    assert analysis.hits(found, strokes).tolist() == [0.75, 0.0]


def test_centres_of_classes():
    true, found = torch.zeros(2, 8, 8, dtype=torch.long), torch.zeros(2, 8, 8, dtype=torch.long)
    true[0, :2, :2], found[0, 4:6, 3:5] = 1, 1
    errors = analysis.centroid_errors(found, true, CLASSES)
    assert errors[0, 1] == pytest.approx(5 / 8) and np.isnan(errors[1, 1]) and errors[1, 0] == 0


def slow_nearest(pool, wanted, sparse):
    found = []
    for each in wanted:
        counts = each > 0 if sparse else torch.ones_like(each, dtype=torch.bool)
        scores = [int(((labels == each) & counts).sum()) for labels in pool.labels]
        found.append(pool.codes[scores.index(max(scores))])
    return torch.stack(found)


@pytest.mark.parametrize("sparse", [False, True])
def test_the_nearest_neighbour(sparse, monkeypatch):
    monkeypatch.setattr(analysis, "BATCH", 2)
    pool = Pool(torch.randn(30, LATENT), squares(30, seed=5))
    wanted = strokes_in(LABELS) if sparse else LABELS
    assert torch.equal(analysis.nearest(pool, wanted, CLASSES, sparse), slow_nearest(pool, wanted, sparse))
    itself = analysis.nearest(pool, pool.labels[7:8].long(), CLASSES, sparse)
    assert torch.equal(itself[0], pool.codes[7])


def test_sparse_labels_count_where_there_are_any():
    mine = torch.zeros(1, 4, 4, dtype=torch.long)
    mine[0, 0] = torch.tensor([1, 1, 2, 0])
    theirs = torch.full((1, 4, 4), 3)
    theirs[0, 0, :2] = 1
    found = analysis.agreement(mine, theirs, CLASSES, sparse=True)
    assert found.value == pytest.approx(1 / 3), "class 1 is right, 2 is wrong, 3 is missed; what is unmarked is none"
    assert analysis.agreement(mine, theirs, CLASSES, sparse=False).value < found.value
    theirs[0, 0, 2] = 0  # what is marked is background
    assert analysis.agreement(mine, theirs, CLASSES, sparse=True).value == pytest.approx(1 / 2), "no class 0"
    theirs[0, 0, 2] = 2
    assert analysis.agreement(mine, theirs, CLASSES, sparse=True).value == 1


def test_no_gain_is_no_gain():
    assert analysis.above_zero(np.zeros(5)) == 1
    assert analysis.above_zero(np.arange(1.0, 9.0)) < 0.01 < 0.9 < analysis.above_zero(-np.arange(1.0, 9.0))


@pytest.fixture(scope="module")
def painters():
    return {kind: tiny_painter(kind) for kind in ("dense", "sparse")}


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_what_labels_samples_is_what_the_encoder_learned_from(painters, kind):
    painter = painters[kind]
    label = analysis.label_of(painter)
    pool = analysis.pool_of(painter, label, n=12)
    assert torch.equal(pool.labels[:3].long(), label(painter.prior.generator.spread(pool.codes[:3])))
    assert label.sparse == painter.sparse and pool.labels.shape == (12, SIDE, SIDE)


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_all_numbers(painters, kind):
    painter, pictures = (
        painters[kind],
        painters[kind].draw(painters[kind].prior.generator.spread(torch.randn(6, LATENT))),
    )
    labels = annotate(pictures)
    found = analysis.painter_numbers(painter, BySum(), pictures, labels, pool=20, refine_steps=2)
    assert all(map(math.isfinite, found.values()))
    assert found["miou_data"] == 1 and found["miou_low"] <= found["miou"] <= found["miou_high"]
    given = strokes_in(labels) if painter.sparse else labels
    read = annotate(painter.paint(given))
    assert found["miou"] == pytest.approx(analysis.mean_iou(analysis.tables_of(read, labels, CLASSES)))
    assert found["pixel_accuracy"] == pytest.approx(float((read == labels).float().mean()))
    mean = annotate(painter.draw(painter.prior.generator.spread(painter.encoder.mean.expand(6, -1))))
    at_mean = analysis.mean_iou(analysis.tables_of(mean, labels, CLASSES))
    assert found["miou_mean"] == pytest.approx(at_mean) and found["gain_mean"] == pytest.approx(found["miou"] - at_mean)
    each = analysis.mean_iou(analysis.tables_of(annotate(painter.draw(painter.said(given))), labels, CLASSES))
    assert found["gain_one_code"] == pytest.approx(found["miou"] - each) and found["kid_1e3_each"] != found["kid_1e3"]
    assert 0 < found["pseudo_share"] <= 1 and {"refined_gain", "refined_p", "hits_gain_low"} <= found.keys()
    assert found["look_change"] > 0 and "inversion_psnr" not in found
    ious = torch.tensor([found[f"iou_{name}"] for name in painter.names if f"iou_{name}" in found])
    assert found["miou"] == pytest.approx(float(ious.mean()), abs=1e-6)
    ws, looks = painter.codes(given), painter.looks(6)
    layouts = [annotate(painter.draw(each)) for each in (painter.restyled(ws, looks), ws)]
    assert found["look_kept"] == pytest.approx(analysis.mean_iou(analysis.tables_of(*layouts, CLASSES)))
    lead = found["hits"] - found["hits_nearest"]
    assert found["hits_gain_nearest"] == pytest.approx(lead, abs=1e-6)


def test_the_neighbour_is_labelled_everywhere(painters):
    painter = painters["sparse"]
    labels = analysis.dense_label_of(painter)(painter.shots.ws)
    assert (labels > 0).all() and not analysis.label_of(painter)(painter.shots.ws).all()


def test_own_maps_are_those_of_other_samples(painters):
    painter = painters["dense"]
    labelled = analysis.pool_of(painter, lambda ws: annotate(painter.draw(ws)), 20, seed=6)
    found = analysis.own_numbers(painter, BySum(), labelled, 20)
    made = analysis.tables_of(annotate(painter.paint(labelled.labels)), labelled.labels, CLASSES)
    assert found["own_miou"] == pytest.approx(analysis.mean_iou(made))
    assert found["own_gain_nearest"] <= found["own_miou"] - 0.9, "the nearest of these is the sample itself"
    with_others = analysis.own_numbers(painter, BySum(), analysis.pool_of(painter, analysis.label_of(painter), 20), 20)
    assert with_others["own_gain_nearest"] > found["own_gain_nearest"]
    assert with_others["own_miou"] == found["own_miou"]


def test_upper_bound_and_looked_for_pictures(painters):
    painter = painters["dense"]
    shots = painter.shots._replace(wanted=painter.shots.pictures)
    other = replace(painter, config=replace(painter.config, labels="segmenter"), shots=shots)
    pictures = painter.shots.pictures
    found = analysis.painter_numbers(other, BySum(), pictures, annotate(pictures), pool=20, refined=1, refine_steps=1)
    assert "pseudo_miou" not in found and found["inversion_miou"] == 1 and "inversion_psnr" not in found, "infinite"
    changed = shots._replace(wanted=shots.pictures // 2)
    error = (shots.pictures.double() - (shots.pictures // 2)).square().mean((1, 2, 3))
    wanted = float((10 * (255**2 / error).log10()).mean())
    assert analysis.inversion_numbers(changed, BySum(), CLASSES)["inversion_psnr"] == pytest.approx(wanted)


# Studies


def test_the_layer_sweep_is_the_pseudo_labels_score(painters):
    painter = painters["dense"]
    label = analysis.label_of(painter)
    found = studies.layer_sweep(painter.prior, painter.shots, BySum(), [(0,), painter.config.feature_layers], n=8)
    ws = painter.prior.generator.spread(painter.prior.codes(8, seed=3))
    tables = analysis.tables_of(label(ws), annotate(painter.draw(ws)), CLASSES)
    assert found[1].value == pytest.approx(analysis.mean_iou(tables)) and found[0] != found[1]
    sparse = studies.layer_sweep(painter.prior, painter.shots, BySum(), [(2,)], n=8, sparse=True)
    assert studies.ceilings(painter.prior, BySum(), [16], n=8) == [1.0]
    low, high = studies.ceilings(painter.prior, BySum(), [4, 8], n=8)
    assert 0 < low < high < 1
    assert sparse[0] != found[1] and studies.layer_sides(painter.prior) == [4, 8, 8, 16, 16]


def test_the_split_sweep_ends_are_known(painters):
    found = studies.split_sweep(painters["dense"].prior, BySum(), n=6)
    assert found.changed[0] == pytest.approx(1) and len(found.kept) == 6
    assert found.kept[-1] > found.kept[0], "other colours alone keep more of the layout than another picture"


def test_the_course_of_a_refinement(painters):
    found = studies.refinement_course(painters["dense"], LABELS[:2].to(torch.uint8), steps=5, moments=2)
    assert (
        found.steps == [0, 2, 4, 5] and found.pictures.shape == (4, 2, 3, SIDE, SIDE) and found.losses.shape == (5, 2)
    )


def test_fewer_marks():
    strokes = strokes_in(LABELS, strokes=4)
    half = studies.with_fewer(strokes, 0.5)
    left = float((half > 0).sum() / (strokes > 0).sum())
    assert 0.3 < left < 0.7 and torch.equal(half[half > 0], strokes[half > 0])
    assert torch.equal(studies.with_fewer(strokes, 1.0), strokes) and not studies.with_fewer(strokes, 0.0).any()


def test_odd_maps():
    found = studies.odd_maps(LABELS[0])
    assert all(each.shape == (SIDE, SIDE) for each in found.values())
    assert torch.equal(found["two heads"][:, :8], found["two heads"][:, 8:]) and (found["one pixel"] > 0).sum() == 1
    assert torch.equal(found["far to the left"][:, :11], LABELS[0][:, 5:])


def test_numbers_of_claims():
    numbers = {"miou": 0.5, "miou_low": 0.4, "miou_high": 0.6, "centroid_error": 0.1, "gain_mean": 0.2}
    assert studies.claim_numbers(numbers) == {"miou": 0.5, "gain_mean": 0.2}
    assert studies.interval_of(numbers, "miou") == (0.4, 0.6) and studies.interval_of(numbers, "gain_mean") is None
