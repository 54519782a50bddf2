"""The trained model in use, and what a person may bring that does not fit."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from chapters.class_styles.few import CLASSES, SIDE, SMOKE, label_maps, pictures_of
from PIL import Image

from ganbook.chapters.class_styles import inference
from ganbook.chapters.class_styles.inference import Styler, label_map, reference_picture
from ganbook.chapters.class_styles.model import Encoder, Generator
from ganbook.data.avatars import LABELS
from ganbook.errors import UserError


def styler_of(styles="class and level", **settings):
    torch.manual_seed(0)
    config = replace(SMOKE, styles=styles, **settings)
    networks = [kind(config, CLASSES).requires_grad_(False).eval() for kind in (Encoder, Generator)]
    for each in networks:
        for weight in (p for name, p in each.named_parameters() if "weight" in name and p.ndim > 1):
            weight.copy_(0.3 * torch.randn_like(weight))
    return Styler(config, *networks)


@pytest.fixture
def styler():
    return styler_of()


MAPS = label_maps(3)
PICTURES = pictures_of(MAPS)


def test_codes_depend_on_the_seed_and_are_standard_normal_before_the_fit(styler):
    one, same, other = styler.drawn(200), styler.drawn(200), styler.drawn(200, seed=1)
    assert torch.equal(one.local, same.local) and not torch.equal(one.local, other.local)
    assert all(abs(each.mean()) < 0.05 and abs(each.std() - 1) < 0.05 for each in one)


def test_codes_are_drawn_from_the_fitted_prior(styler):
    noise = styler.noise(200)
    styler.encoder.prior.fit(styler.read(PICTURES, MAPS))
    found = styler.drawn(200)
    assert torch.equal(found.local, styler.encoder.prior(noise).local)
    assert torch.equal(styler.noise(200).whole, noise.whole) and not torch.equal(found.whole, noise.whole)


def test_batches_do_not_matter(styler, monkeypatch):
    styles, read = styler.drawn(3), styler.read(PICTURES, MAPS)
    whole = styler.paint(MAPS, styles)
    assert whole.shape == (3, 3, SIDE, SIDE) and whole.dtype == torch.uint8
    monkeypatch.setattr(inference, "BATCH", 2)
    assert (styler.paint(MAPS, styles).int() - whole.int()).abs().max() <= 1
    torch.testing.assert_close(styler.read(PICTURES, MAPS).mean.local, read.mean.local)
    assert torch.equal(styler.read(PICTURES, MAPS).present, read.present)


def test_resampling_changes_the_named_class_and_levels_alone(styler):
    styles = styler.drawn(3)
    new = styler.resampled(styles, ["skin", "hair"], levels=[1])
    changed = (new.local != styles.local).any(3)  # (n, levels, classes)
    assert changed[:, 1, [LABELS.index("skin"), LABELS.index("hair")]].all() and changed.sum() == 3 * 2
    assert torch.equal(new.whole, styles.whole)
    assert (styler.resampled(styles).local != styles.local).all()


def test_a_model_without_codes_of_classes_changes_as_a_whole():
    styler = styler_of("nothing")
    styles = styler.drawn(3)
    new = styler.resampled(styles, ["skin"])
    assert (new.whole != styles.whole).all() and new.local.shape == (3, 0, CLASSES, SMOKE.code_dim)


def test_one_code_for_all_levels_is_level_0():
    styler = styler_of("class")
    styles = styler.drawn(3)
    assert (styler.resampled(styles, ["skin"]).local != styles.local).any(3).sum() == 3


def test_a_reference_gives_its_means_for_the_classes_that_it_holds(styler):
    reference, styles = styler.read(PICTURES, MAPS), styler.drawn(3)
    new = styler.copied(styles, reference)
    there = reference.present[..., None].expand_as(new.local)
    assert torch.equal(new.local[there], reference.mean.local[there])
    assert torch.equal(new.local[~there], styles.local[~there]) and not there.all()
    assert torch.equal(new.whole, styles.whole)
    assert torch.equal(styler.copied(styles, reference, whole=True).whole, reference.mean.whole)


def test_one_reference_serves_many_pictures(styler):
    reference, styles = styler.read(PICTURES[:1], MAPS[:1]), styler.drawn(3)
    held = int(reference.present[0].any(0).nonzero()[0])
    new = styler.copied(styles, reference, [LABELS[held]], whole=True)
    assert torch.equal(new.local[0, 0, held], new.local[2, 0, held]) and new.whole.shape == styles.whole.shape
    assert (new.local != styles.local).any(3).sum() == 3 * reference.present[0, :, held].sum()


def test_a_class_that_the_reference_does_not_hold_is_refused_by_name(styler):
    maps = torch.zeros(1, SIDE, SIDE, dtype=torch.uint8)
    maps[:, :, 16:] = LABELS.index("hair")
    reference = styler.read(PICTURES[:1], maps)
    with pytest.raises(UserError, match="the reference holds no eyes and no accessory .*; it holds background, hair"):
        styler.copied(styler.drawn(1), reference, ["eyes", "hair", "accessory"])
    with pytest.raises(UserError, match="unknown class 'hat': expected one of background, clothes, skin"):
        styler.copied(styler.drawn(1), reference, ["hat"])


@pytest.mark.parametrize(("place", "levels"), [((4, 4), [True, True, False]), ((5, 5), [False, False, False])])
def test_a_class_of_one_pixel(styler, place, levels):
    """Where a coarse level loses it, that level keeps its code; where all do, it is as if it were not there."""
    maps = torch.zeros(1, SIDE, SIDE, dtype=torch.uint8)
    maps[0, place[0], place[1]] = 4
    reference, styles = styler.read(PICTURES[:1], maps), styler.drawn(1)
    assert reference.present[0, :, 4].tolist() == levels
    assert styler.paint(maps, styles).shape == (1, 3, SIDE, SIDE)
    assert torch.equal((styler.copied(styles, reference).local != styles.local).any(3)[0, :, 4], torch.tensor(levels))
    if not any(levels):
        with pytest.raises(UserError, match="the reference holds no eyes .or too little of it.; it holds background"):
            styler.copied(styles, reference, ["eyes"])


def test_label_maps_that_do_not_fit(styler):
    styles = styler.drawn(1)
    with pytest.raises(UserError, match="a label map of another palette: numbers from 0 to 7, expected 0 background"):
        styler.paint(torch.tensor([[7]]).new_zeros(1, SIDE, SIDE).index_fill(1, torch.tensor([3]), 7), styles)
    with pytest.raises(UserError, match=r"expected label maps of 32 x 32 pixels, got \(16, 16\)"):
        styler.paint(MAPS[:1, :16, :16], styles)
    with pytest.raises(UserError, match=r"expected 1 pictures of 32 x 32 pixels, got \(1, 3, 16, 16\)"):
        styler.read(PICTURES[:1, :, :16, :16], MAPS[:1])
    with pytest.raises(UserError, match="expected codes for each label map, got 1 for 3"):
        styler.paint(MAPS, styles)


def indexed(labels):
    image = Image.fromarray(labels.numpy(), "P")
    image.putpalette(range(21))
    return image


def test_label_maps_from_files_and_arrays_of_any_size(tmp_path):
    labels = MAPS[0]
    indexed(labels).save(tmp_path / "map.png")
    for source in (
        tmp_path / "map.png",
        str(tmp_path / "map.png"),
        indexed(labels),
        labels,
        labels.numpy().astype(np.int64),
    ):
        found = label_map(source, SIDE)
        assert found.dtype == torch.uint8 and torch.equal(found, labels)
    large = labels.repeat_interleave(2, 0).repeat_interleave(2, 1)
    assert torch.equal(label_map(large, SIDE), labels)
    assert torch.equal(label_map(labels[::8, ::8], SIDE), labels)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (torch.zeros(8, 8, 3, dtype=torch.uint8), "one class number a pixel, got colours .8 x 8 x 3"),
        (Image.new("RGB", (8, 8)), "one class number a pixel, got colours"),
        (torch.full((8, 8), 255), "another palette: numbers from 255 to 255"),
        (torch.full((8, 8), -1), "another palette: numbers from -1 to -1"),
        (torch.zeros(8, 8), "whole numbers, got float32"),
        (torch.zeros(8, 6, dtype=torch.uint8), "expected a square label map, got 8 x 6"),
        (torch.zeros(0, 0, dtype=torch.uint8), "expected a square label map, got 0 x 0"),
        ("nowhere.png", "no picture that can be read"),
        (None, "no picture that can be read"),
    ],
)
def test_what_is_no_label_map(source, message):
    with pytest.raises(UserError, match=message):
        label_map(source, SIDE)


def test_references_of_another_size(tmp_path):
    picture = PICTURES[0].permute(1, 2, 0).numpy()
    large = picture.repeat(3, 0).repeat(3, 1)
    Image.fromarray(large).save(tmp_path / "reference.png")
    for source in (large, Image.fromarray(large).convert("RGBA"), tmp_path / "reference.png"):
        assert torch.equal(reference_picture(source, SIDE), PICTURES[0])
    with pytest.raises(UserError, match="expected a square reference, got 96 x 60 x 3"):
        reference_picture(large[:, :60], SIDE)
    with pytest.raises(UserError, match="expected a picture in colours"):
        reference_picture(large[..., 0], SIDE)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match="no picture that can be read"):
        reference_picture(tmp_path / "broken.png", SIDE)


def test_exchanging_one_class_paints_the_rest_alike_where_codes_cannot_reach():
    """With position norm a pixel depends on a few around it: far from a class its codes change nothing."""
    styler = styler_of(generator_norm="position", channels=4)
    maps = torch.zeros(1, SIDE, SIDE, dtype=torch.uint8)
    maps[:, :2, :2] = 3
    styles = styler.drawn(1)
    new = styler.resampled(styles, [LABELS[3]], levels=[0])
    apart = (styler.paint(maps, styles).int() - styler.paint(maps, new).int()).abs().sum(1)[0]
    assert apart[:8, :8].any() and not apart[16:, 16:].any()
