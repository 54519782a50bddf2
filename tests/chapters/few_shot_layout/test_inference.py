"""The trained encoder in use, and what a person may bring that does not fit."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from chapters.few_shot_layout.few import CLASSES, LATENT, SIDE, STYLES, BySum, squares, tiny_painter
from PIL import Image

from ganbook.chapters.few_shot_layout import inference
from ganbook.chapters.few_shot_layout.inference import annotated, principal, read_map, read_picture
from ganbook.chapters.few_shot_layout.pseudo_labels import coarsened
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import CLASS_COLOURS, coloured
from ganbook.errors import UserError

MAPS = squares(3)


@pytest.fixture(scope="module")
def painter():
    return tiny_painter()


def test_pictures_of_label_maps_in_any_batch(painter, monkeypatch):
    made = painter.paint(MAPS)
    assert made.shape == (3, 3, SIDE, SIDE) and made.dtype == torch.uint8
    assert painter.side == SIDE and painter.lower == 4 and not painter.sparse
    monkeypatch.setattr(inference, "BATCH", 2)
    assert (painter.paint(MAPS).int() - made.int()).abs().max() <= 1


def test_the_encoder_sees_what_it_saw_in_training(painter):
    given = squares(2, cell=1)
    for kind, wanted in (
        ("dense", coarsened(given.long(), 8, False)),
        ("sparse", coarsened(given.long(), 8, True)),
        ("segmenter", coarsened(given.long(), 8, False)),
    ):
        other = replace(painter, config=replace(painter.config, labels=kind))
        assert torch.equal(other.prepared(given), wanted)
        torch.testing.assert_close(other.said(given), painter.encoder(wanted))
    on_pictures = replace(painter, one_code=False)
    assert torch.equal(on_pictures.prepared(given), given.long()), "it learned from whole label maps"


def test_all_layers_take_the_mean_of_what_the_heads_say(painter):
    ws, said = painter.codes(MAPS), painter.said(MAPS)
    assert (said[:, :1] - said).abs().max() > 0.1
    for number in range(STYLES):
        torch.testing.assert_close(ws[:, number], said.mean(1))
    assert torch.equal(replace(painter, one_code=False).codes(MAPS), said)


def test_a_new_look_changes_the_upper_layers_alone(painter):
    ws, looks = painter.codes(MAPS), painter.looks(3)
    new = painter.restyled(ws, looks)
    assert torch.equal(new[:, :4], ws[:, :4]) and torch.equal(new[:, 4], looks) and torch.equal(new[:, 5], looks)
    assert torch.equal(painter.restyled(ws, looks, STYLES), ws)


def test_principal_axes_of_known_codes():
    draws = torch.Generator().manual_seed(0)
    codes = torch.randn(4_000, LATENT, generator=draws) * torch.tensor([1.0, 5.0, 0.1, 3.0, 0.1, 0.1]) + 7
    found = principal(codes, 2)
    assert found.directions[0, 1].abs() > 0.99 and found.directions[1, 3].abs() > 0.99
    torch.testing.assert_close(found.deviations, torch.tensor([5.0, 3.0]), rtol=0.05, atol=0.0)


def test_likeness_is_a_cosine_with_each_prototype(painter):
    ws = painter.codes(MAPS)
    found, features = painter.likeness(ws), painter.features(ws)
    one = torch.nn.functional.cosine_similarity(features[1, :, 2, 3], painter.given.vectors[0], dim=0)
    torch.testing.assert_close(found[1, 0, 2, 3], one)
    assert found.shape == (3, CLASSES, 8, 8) and found.abs().max() <= 1 + 1e-5


def test_refinement_begins_with_the_encoder_and_lowers_the_loss(painter):
    ws = painter.codes(MAPS)
    kept, losses = painter.refined(ws, MAPS, steps=6, keep_every=3)
    assert len(kept) == 3 and torch.equal(kept[0], ws) and losses.shape == (6, 3)
    assert torch.equal(kept[-1][:, painter.lower :], ws[:, painter.lower :])
    assert losses[-1].mean() < losses[0].mean()


def test_label_maps_that_do_not_fit(painter):
    with pytest.raises(UserError, match=r"expected label maps of 16 x 16 pixels, got \(8, 8\)"):
        painter.codes(MAPS[:, :8, :8])
    with pytest.raises(UserError, match="expected classes from 0 to 6, got 0 to 9"):
        painter.refined(painter.codes(MAPS), torch.where(MAPS == 3, 9, MAPS.long()), 1)


# What a person brings


def indexed(labels):
    image = Image.fromarray(labels.numpy(), "P")
    image.putpalette(range(21))
    return image


def test_a_label_map_that_fits_is_taken_as_it_is(tmp_path):
    indexed(MAPS[0]).save(tmp_path / "map.png")
    for source in (tmp_path / "map.png", str(tmp_path / "map.png"), indexed(MAPS[0]), MAPS[0], MAPS[0].long().numpy()):
        found = read_map(source, SIDE)
        assert torch.equal(found.labels, MAPS[0]) and found.labels.dtype == torch.uint8 and found.notes == []


def test_classes_that_there_are_not_are_ignored_and_said():
    labels = MAPS[0].long()
    labels[:4] = 200
    labels[4, 0] = -1
    found = read_map(labels, SIDE)
    assert not found.labels[:4].any() and torch.equal(found.labels[5:], MAPS[0][5:])
    assert found.notes == ["ignored: 25% of the pixels, of classes that there are not (-1, 200)"]


def test_colours_of_the_palette_are_understood():
    picture = coloured(MAPS[0])
    found = read_map(Image.fromarray(picture), SIDE)
    assert torch.equal(found.labels, MAPS[0]) and found.notes[0].startswith("understood: colours as classes")
    darker = np.clip(picture.astype(int) - 5, 0, 255).astype(np.uint8)
    assert torch.equal(read_map(darker, SIDE).labels, MAPS[0])
    picture[:2] = (255, 0, 255)
    strange = read_map(picture, SIDE)
    assert not strange.labels[:2].any() and "ignored: 12% of the pixels, whose colours" in strange.notes[1]


def test_a_photograph_is_no_label_map():
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    with pytest.raises(UserError, match="expected a label map, got a picture with 4,0.. colours"):
        read_map(photo, SIDE)
    with pytest.raises(UserError, match="that are not those of the classes"):
        read_map(np.full((8, 8, 3), (255, 0, 255), np.uint8), SIDE)


def test_other_sizes_are_understood():
    large = MAPS[0].repeat_interleave(3, 0).repeat_interleave(3, 1)
    found = read_map(large, SIDE)
    assert torch.equal(found.labels, MAPS[0]) and found.notes == ["understood: 48 x 48 pixels as 16 x 16"]
    assert torch.equal(read_map(MAPS[0][::4, ::4], SIDE).labels, MAPS[0])
    wide = torch.nn.functional.pad(MAPS[0], (3, 3))
    found = read_map(wide, SIDE)
    assert torch.equal(found.labels, MAPS[0]) and "middle square of 16 of 16 x 22 pixels" in found.notes[0]


def test_what_is_thin_survives_a_smaller_size():
    large = torch.zeros(160, 160, dtype=torch.uint8)
    large[33, 61] = 5
    found = read_map(large, SIDE).labels
    assert found[3, 6] == 5 and (found > 0).sum() == 1


@pytest.mark.parametrize(
    ("labels", "sparse", "note"),
    [
        (torch.zeros(SIDE, SIDE, dtype=torch.uint8), True, "nothing is marked, so the picture"),
        (torch.zeros(SIDE, SIDE, dtype=torch.uint8), False, "all is background, so the picture"),
        (torch.full((SIDE, SIDE), 3, dtype=torch.uint8), False, "hair and nothing else"),
        (torch.eye(SIDE, dtype=torch.uint8) * (torch.arange(SIDE) == 7), True, "a single pixel of clothes, widened"),
    ],
)
def test_maps_from_which_little_follows(painter, labels, sparse, note):
    found = read_map(labels, SIDE, sparse)
    assert torch.equal(found.labels, labels) and len(found.notes) == 1 and note in found.notes[0]
    kind = replace(painter, config=replace(painter.config, labels="sparse" if sparse else "dense"))
    assert kind.paint(found.labels[None]).shape == (1, 3, SIDE, SIDE), "and is painted"
    kept, losses = kind.refined(kind.codes(found.labels[None]), found.labels[None], 2)
    assert kept[-1].isfinite().all() and losses.isfinite().all(), "and refined"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (torch.zeros(8, 8), "whole numbers, got float32"),
        (torch.zeros(0, 0, dtype=torch.uint8), "got an array of shape .0, 0."),
        (np.zeros(7, np.uint8), "got an array of shape .7,."),
        ("nowhere.png", "no picture that can be read"),
        (None, "no picture that can be read"),
    ],
)
def test_what_is_no_label_map(source, message):
    with pytest.raises(UserError, match=message):
        read_map(source, SIDE)


def test_pictures_of_other_sizes(tmp_path):
    picture = coloured(MAPS[0])
    large = picture.repeat(3, 0).repeat(3, 1)
    Image.fromarray(large).save(tmp_path / "own.png")
    for source in (large, Image.fromarray(large).convert("RGBA"), tmp_path / "own.png"):
        found, notes = read_picture(source, SIDE)
        assert torch.equal(found, torch.from_numpy(picture).permute(2, 0, 1)) and notes == []
    found, notes = read_picture(np.pad(large, ((0, 0), (6, 6), (0, 0))), SIDE)
    assert torch.equal(found, torch.from_numpy(picture).permute(2, 0, 1)) and "middle square of 48" in notes[0]
    assert read_picture(Image.fromarray(large).convert("L"), SIDE)[0].shape == (3, SIDE, SIDE)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match="no picture that can be read"):
        read_picture(tmp_path / "broken.png", SIDE)


def test_a_picture_far_from_the_training_is_said(painter):
    own = painter.draw(painter.codes(MAPS))[0]
    near = annotated(painter.prior, own, MAPS[0], BySum(), steps=40)
    noise = torch.from_numpy(np.random.default_rng(0).integers(0, 256, own.shape, dtype=np.uint8))
    far = annotated(painter.prior, noise, MAPS[0], BySum(), steps=2)
    assert far.psnr < inference.FAR and "unlike those of the training" in far.notes[0]
    assert near.psnr > far.psnr and near.shots.pictures.shape == (1, 3, SIDE, SIDE)
    assert (near.psnr < inference.FAR) == bool(near.notes)


def test_every_class_has_a_colour():
    assert len(CLASS_COLOURS) == len(LABELS) == CLASSES
