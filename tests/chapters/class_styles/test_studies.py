"""Experiments against known answers: models whose pictures are functions of their codes."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from chapters.class_styles.few import CLASSES, SIDE, SMOKE, label_maps
from chapters.class_styles.test_analysis import Colouring, Flooding, Reading
from PIL import Image

from ganbook import training
from ganbook.chapters.class_styles import studies
from ganbook.chapters.class_styles.inference import Styler
from ganbook.chapters.class_styles.model import Posterior, Styles
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.free import free_parameters

MAPS = label_maps(12)
SKIN, HAIR, EYES, MOUTH = (LABELS.index(name) for name in ("skin", "hair", "eyes", "mouth"))
LARGE = ["background", "clothes", "skin", "hair"]


@pytest.fixture
def perfect():
    return Styler(SMOKE, Reading(), Colouring())


@pytest.fixture
def flooding():
    return Styler(config := replace(SMOKE, styles="nothing"), Reading(config), Flooding())


def posterior_of(local, present=None, log_variance=None):
    """Of means (n, codes, classes, code)."""
    whole = torch.zeros(len(local), SMOKE.global_dim)
    present = torch.ones(local.shape[:3], dtype=torch.bool) if present is None else present
    spread = torch.zeros_like(local) if log_variance is None else log_variance
    return Posterior(Styles(whole, local), Styles(whole, spread), present)


def test_the_renderer_s_looks_of_one_layout():
    looks, poses = free_parameters("test", 100)
    pictures, labels = studies.looks_of_one(looks, poses, 3, SIDE)
    assert pictures.shape == (3, 3, SIDE, SIDE) and labels.shape == (SIDE, SIDE) and labels.unique().numel() > 3
    inside = labels == SKIN
    assert (pictures[0].float()[:, inside].mean(1) - pictures[1].float()[:, inside].mean(1)).abs().max() > 3


def test_styles_of_chosen_classes_go_from_one_to_another(perfect):
    one, other = perfect.drawn(1), perfect.drawn(1, seed=1)
    found = studies.between(one, other, perfect.chosen(["hair"]), [0.0, 0.25, 1.0])
    wanted = 0.75 * one.local[0, :, HAIR] + 0.25 * other.local[0, :, HAIR]
    torch.testing.assert_close(found.local[1, :, HAIR], wanted)
    assert torch.equal(found.local[0], one.local[0]) and torch.equal(found.local[2, :, HAIR], other.local[0, :, HAIR])
    assert torch.equal(found.local[2, :, SKIN], one.local[0, :, SKIN]) and torch.equal(found.whole[2], one.whole[0])


# Codes


def test_axes_point_where_means_vary():
    draws = torch.Generator().manual_seed(0)
    spread = torch.tensor([0.1, 3.0, 1.0, 0.01])
    local = spread * torch.randn(300, SMOKE.levels, CLASSES, 4, generator=draws) + 5
    found = studies.principal_axes(posterior_of(local), 2)
    assert found.local.shape == (SMOKE.levels, CLASSES, 2, 4)
    torch.testing.assert_close(found.local[1, HAIR], torch.eye(4)[[1, 2]], atol=0.1, rtol=0)


def test_only_pictures_that_hold_a_class_give_its_axes():
    local = torch.zeros(20, SMOKE.levels, CLASSES, 4)
    local[:10, :, :, 2], local[10:, :, :, 0] = torch.arange(10.0)[:, None, None], 100.0
    present = torch.zeros(local.shape[:3], dtype=torch.bool)
    present[:10] = True
    present[:, :, EYES] = False
    found = studies.principal_axes(posterior_of(local, present), 1)
    torch.testing.assert_close(found.local[0, HAIR, 0], torch.eye(4)[2])
    torch.testing.assert_close(found.local[0, EYES, 0], torch.eye(4)[0])  # any


def test_what_codes_say_is_their_kl_where_the_class_is():
    local = torch.zeros(4, SMOKE.levels, CLASSES, 4)
    local[..., 0] = 2.0  # 2 nats
    present = torch.ones(local.shape[:3], dtype=torch.bool)
    present[2:, 1, SKIN] = False
    local[2:, 1, SKIN] = 100.0
    present[:, 0, EYES] = False
    found = studies.told(posterior_of(local, present))
    assert found[1, SKIN] == pytest.approx(2) and found[2, HAIR] == pytest.approx(2) and found[0, EYES].isnan()


def test_own_codes_give_back_what_they_can_say(perfect):
    colours = torch.randint(40, 200, (12, CLASSES, 3), generator=torch.Generator().manual_seed(0))
    hot = torch.nn.functional.one_hot(MAPS.long(), CLASSES)
    pictures = torch.einsum("nhwk,nkc->nchw", hot, colours).to(torch.uint8)
    made, psnr = studies.reconstructed(perfect, pictures, MAPS)
    assert (made.int() - pictures.int()).abs().max() <= 1 and min(psnr) > 40
    noisy = torch.randint(256, pictures.shape, generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    assert max(studies.reconstructed(perfect, noisy, MAPS)[1]) < 15


# Where a change goes


def test_a_leak_table_is_diagonal_or_full(perfect, flooding):
    apart = studies.leak_table(perfect, MAPS, LARGE)
    assert apart.diagonal().min() > 0.05 and (apart - apart.diag().diag()).abs().max() == 0
    every = studies.leak_table(flooding, MAPS, LARGE)
    assert every.min() > 0.05
    assert studies.leak_table(perfect, MAPS, ["skin", "accessory"])[0, 1].isnan(), "no map holds any"


class Bleeding(Colouring):
    """Colours that run over the edges of classes."""

    def forward(self, labels, styles):
        return torch.nn.functional.avg_pool2d(super().forward(labels, styles), 3, 1, 1)


def test_insides_are_measured_without_their_edges():
    apart = studies.leak_table(Styler(SMOKE, Reading(), Bleeding()), MAPS, LARGE)
    assert apart.diagonal().min() > 0.05 and (apart - apart.diag().diag()).abs().max() == 0


def test_leaks_fall_with_the_distance(perfect, flooding):
    bleeding = Styler(SMOKE, Reading(), Bleeding())
    found = studies.leak_by_distance(bleeding, MAPS, "skin", [0, 1, 4])
    assert found[0] > 0 and found[1] == found[2] == 0
    assert studies.leak_by_distance(perfect, MAPS, "skin", [0]) == 0
    even = studies.leak_by_distance(flooding, MAPS, "skin", [0, 4])
    assert even[1] > 0.05


# Edits


def test_styles_are_kept_where_the_map_changes(perfect):
    edited = MAPS.roll(5, 2)
    found = studies.styles_kept(perfect, MAPS, edited, LARGE)
    assert max(found.same.values()) == 0 and min(found.other.values()) > 0.05 and list(found.same) == LARGE


def test_a_class_grows_over_the_named_ones():
    labels = torch.zeros(1, 16, 16, dtype=torch.uint8)
    labels[0, :, 8:], labels[0, 4:6, 4:6] = SKIN, HAIR
    found = studies.grown(labels, "hair", 3, over=("background",))
    assert (found[0, 1:9, 1:8] == HAIR).all() and (found[0, :, 8:] == SKIN).all() and (found[0, 10:, :8] == 0).all()
    assert found.dtype == torch.uint8


def test_odd_maps_are_maps():
    found = studies.odd_maps(MAPS[0])
    assert all(each.shape == (SIDE, SIDE) and each.dtype == torch.uint8 for each in found.values())
    assert all(each.max() < CLASSES for each in found.values())
    assert len(found["one class"].unique()) == 1 and (found["eyes of one pixel"] == EYES).sum() == 1
    assert not (found["all hair is mouth"] == HAIR).any() and (found["all hair is mouth"] == MOUTH).any()
    seen = studies.seen_at(found["eyes of one pixel"], SMOKE.levels)
    assert seen == {side: ["skin", "eyes"] for side in (16, 8, 4)}


# Levels


def test_levels_change_alone(perfect):
    one, *others = studies.level_changes(perfect, MAPS, [0, 2])
    styles = perfect.drawn(12)
    assert torch.equal(one, perfect.paint(MAPS, styles)) and len(others) == 2
    assert torch.equal(others[1], perfect.paint(MAPS, perfect.resampled(styles, levels=[2])))
    assert studies.level_sides(perfect) == [16, 8, 4]
    assert studies.level_sides(replace(perfect, config=replace(SMOKE, styles="class"))) == [16]


# Claims


def test_the_worst_large_class_stands_for_all():
    numbers = {"miou": 0.9, "kid_1e3": 3.0, "kid_1e3_unfitted": 9.0, "kid_1e3_own": 2.0, "variety": 0.4}
    numbers |= {"finer_p": 0.001, "centroid_0": 5.0, "centroid_1": 2.0, "centroid_2": 7.0}
    numbers |= {"active_level_0": 4.0, "active_level_1": 2.0, "active_level_2": 0.0}  # the coarsest says nothing
    numbers |= {"leak_skin": 0.1, "leak_hair": 0.3, "colour_skin": 0.9, "colour_hair": 0.8, "leak_eyes": 9.0}
    numbers |= {"active_skin": 3.0, "active_hair": 2.0, "inside_skin": 0.1, "inside_hair": 0.3}
    found = studies.claim_numbers(numbers, studies.Renderer({"skin": 0.2, "hair": 0.3}, {"skin": 1.0, "hair": 0.8}))
    assert found == {
        "miou": 0.9,
        "kid_1e3": 3.0,
        "kid_1e3_unfitted": 9.0,
        "kid_1e3_own": 2.0,
        "variety": 0.4,
        "finer_p": 0.001,
        "centroid_finest": 5.0,
        "centroid_coarsest": 2.0,
        "leak": 0.3,
        "leak_least": 0.1,
        "colour": 0.8,
        "active": 2.0,
        "inside_share": pytest.approx(0.5),
        "colour_share": pytest.approx(0.9),
    }
    assert "inside_share" not in studies.claim_numbers(numbers)
    del numbers["centroid_0"]  # new codes of the finest level change nothing
    assert "centroid_finest" not in studies.claim_numbers(numbers)
    assert studies.of_classes(numbers, "leak") == {"skin": 0.1, "hair": 0.3}


# The film


def test_a_film_is_cut_into_its_pictures(tmp_path, monkeypatch):
    """Five frames of renders, own codes and two draws, two columns."""
    values = np.arange(5)[:, None, None] * 40 + np.arange(4)[:, None] * 10 + np.arange(2)
    film = values[..., None, None].repeat(SIDE, 3).repeat(SIDE, 4).swapaxes(2, 3).reshape(5, 4 * SIDE, 2 * SIDE)
    film = film[..., None].repeat(3, -1).astype(np.uint8)
    monkeypatch.setattr(training, "read_film", lambda folder: film)
    (tmp_path / "run.json").write_text(json.dumps({}))
    monkeypatch.setattr(
        training, "read_run", lambda folder: {"previews": [0, 1, 2, 3, 9], "config": {"resolution": SIDE}}
    )
    assert studies.course(tmp_path, 2) is None
    Image.new("RGB", (1, 1)).save(tmp_path / "previews.webp")
    found = studies.course(tmp_path, 2)
    assert found.steps == [0, 9] and found.given[:, 0, 0, 0].tolist() == [0, 1]
    assert found.own[:, :, 0, 0, 0].tolist() == [[10, 11], [170, 171]]
    assert found.drawn[1, :, 0, 0, 0].tolist() == [180, 181, 190, 191]
