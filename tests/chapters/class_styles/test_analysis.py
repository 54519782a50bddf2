"""Numbers against known answers: pictures that are made so that the answer is known."""

import math
from dataclasses import replace

import pytest
import torch
from chapters.class_styles.few import CLASSES, SIDE, SMOKE, TwoLayers, label_maps, pictures_of
from torch import nn

from ganbook.chapters.class_styles import analysis
from ganbook.chapters.class_styles.inference import Styler
from ganbook.chapters.class_styles.model import Encoder, FittedPrior, Generator, Posterior, Styles
from ganbook.data.avatars import LABELS, render
from ganbook.data.avatars.free import free_parameters
from ganbook.data.scenes import squares

MAPS = label_maps(12)
SKIN = LABELS.index("skin")


class Colouring(nn.Module):
    """A generator whose classes have the colours that their codes say, and nothing else."""

    def forward(self, labels, styles):
        hot = nn.functional.one_hot(labels.long(), CLASSES).float()
        return torch.einsum("nhwk,nkc->nchw", hot, styles.local.mean(1)[..., :3].tanh())


class Flooding(nn.Module):
    """A generator that has one colour for all, from the code of the picture as a whole."""

    def forward(self, labels, styles):
        return styles.whole[:, :3, None, None].tanh().expand(-1, -1, *labels.shape[1:])


class Reading(nn.Module):
    """An encoder that reads each class's mean colour, at every level alike; its codes are drawn from N(0, I)."""

    def __init__(self, config=SMOKE):
        super().__init__()
        self.prior = FittedPrior(config, CLASSES)

    def forward(self, pictures, labels):
        hot = nn.functional.one_hot(labels.long(), CLASSES).float()
        count = hot.sum((1, 2))  # (n, classes)
        colours = torch.einsum("nhwk,nchw->nkc", hot, pictures) / count.clamp(min=1)[..., None]
        local = torch.zeros(len(labels), SMOKE.levels, CLASSES, SMOKE.code_dim)
        local[..., :3] = colours.clamp(-0.99, 0.99).atanh()[:, None]
        whole = torch.zeros(len(labels), SMOKE.global_dim)
        mean = Styles(whole, local)
        present = (count > 0)[:, None].expand(-1, SMOKE.levels, -1)
        return Posterior(mean, Styles(whole, torch.zeros_like(local)), present)


@pytest.fixture
def perfect():
    return Styler(SMOKE, Reading(), Colouring())


# Changes


def test_regions_grow_and_shrink():
    mask = torch.zeros(1, 9, 9, dtype=torch.bool)
    mask[0, 2:7, 2:7] = True
    assert analysis.dilated(mask, 1).sum() == 49 and analysis.eroded(mask, 1).sum() == 9
    assert analysis.eroded(mask, 3).sum() == 0
    assert analysis.eroded(torch.ones(1, 9, 9, dtype=torch.bool), 3).all()  # the border is no edge


def test_a_change_is_found_where_it_is():
    mask = torch.zeros(2, SIDE, SIDE, dtype=torch.bool)
    mask[0, 8:24, 8:24] = True
    before = torch.zeros(2, 3, SIDE, SIDE, dtype=torch.uint8)
    after = before.clone()
    after[:, :, 8:24, 8:24] = 51
    found = analysis.change(before, after, mask)
    assert found.inside[0] == pytest.approx(0.2) and found.outside[0] == 0 and found.leak == 0
    assert found.inside[1].isnan()  # the second holds no such class
    assert analysis.change(before, after, ~mask).leak > 1


def test_no_change_leaks_nothing():
    mask, picture = torch.ones(1, SIDE, SIDE, dtype=torch.bool), torch.zeros(1, 3, SIDE, SIDE, dtype=torch.uint8)
    mask[..., 16:] = False
    assert analysis.change(picture, picture, mask).leak == 0


def test_a_model_that_keeps_its_classes_apart_leaks_nothing(perfect):
    for found in (analysis.restyled(perfect, MAPS, "skin"), analysis.swapped(perfect, MAPS, "skin")):
        assert found.leak == 0 and found.inside.nanmean() > 0.1


def test_one_code_for_all_leaks_all():
    config = replace(SMOKE, styles="nothing")
    found = analysis.restyled(Styler(config, Reading(config), Flooding()), MAPS, "skin")
    assert found.leak == pytest.approx(1)


def test_swapping_is_no_change_where_both_have_the_same_code(perfect, monkeypatch):
    same = Styles(*(each[:1].expand(12, *each.shape[1:]) for each in perfect.drawn(1)))
    monkeypatch.setattr(Styler, "drawn", lambda self, n, seed=0: same)
    assert not analysis.swapped(perfect, MAPS, "skin").inside.nan_to_num().any()


def test_the_renderer_changes_colours_and_no_shapes():
    looks, poses = free_parameters("test", 100)
    looks, poses = looks[:8], type(poses)(**{name: value[:8] for name, value in vars(poses).items()})
    found = analysis.renderer_variation(looks, poses, LABELS, SIDE)
    assert 0.05 < found["background"] < 0.5 and 0.1 < found["clothes"] < 0.6 and found["skin"] > 0.05
    same = looks.__class__(looks.features[:1].repeat(8, 1), looks.colours[:1].repeat(8, 1, 1))
    assert analysis.renderer_variation(same, poses, LABELS, SIDE)["clothes"] == 0


def test_the_renderer_transfers_colours_as_far_as_label_maps_allow():
    found = analysis.renderer_transfer(*free_parameters("test", 100), LABELS, SIDE)
    assert found["background"] > 0.99 and found["skin"] > 0.97 and found["hair"] > 0.9
    assert found["accessory"] < 0.9  # a hat's colour says nothing of a rim's


def test_another_s_textures_leave_label_maps_as_they_are(monkeypatch):
    looks, poses = free_parameters("test", 100)
    seen = []
    monkeypatch.setattr(analysis, "render", lambda *told: seen.append(render(*told)) or seen[-1])
    analysis.renderer_variation(looks, poses, LABELS, SIDE)
    assert torch.equal(seen[0].labels, seen[1].labels)
    assert not torch.equal(seen[0].pictures, seen[1].pictures)


# Layout and likeness


class Knowing(nn.Module):
    """A segmenter for pictures whose first colour is the class."""

    def forward(self, pictures):
        number = ((pictures[:, 0] + 1) * 127.5 / 30).round().long().clamp(0, CLASSES - 1)
        return nn.functional.one_hot(number, CLASSES).permute(0, 3, 1, 2).float()


def test_layouts_are_kept_or_not():
    pictures = (MAPS * 30)[:, None].expand(-1, 3, -1, -1)
    assert analysis.layout(Knowing(), pictures, MAPS, CLASSES) == {"miou": 1, "pixel_accuracy": 1}
    half = pictures.clone()
    half[:, :, :16] = 0
    found = analysis.layout(Knowing(), half, MAPS, CLASSES)
    expected = float((MAPS[:, :16] == 0).sum() + MAPS[:, 16:].numel()) / MAPS.numel()
    assert found["pixel_accuracy"] == pytest.approx(expected) and found["miou"] < expected


def test_variety_is_nothing_where_codes_say_nothing(perfect):
    torch.manual_seed(0)
    segmenter = TwoLayers()
    config = replace(SMOKE, styles="class")
    silent = Styler(config, Reading(config), Flooding())
    silent.generator.forward = lambda labels, styles: torch.zeros(len(labels), 3, SIDE, SIDE)
    assert analysis.variety(silent, segmenter, MAPS) == (0, 0)
    apart, pixels = analysis.variety(perfect, segmenter, MAPS)
    assert apart > 0 and 0.1 < pixels < 0.6


@pytest.mark.parametrize(("norm", "least"), [("batch", 1e-3), ("position", 0.0)])
def test_kept_statistics_that_do_not_fit_are_seen(norm, least):
    torch.manual_seed(0)
    config = replace(SMOKE, generator_norm=norm, channels=4)
    styler = Styler(config, Encoder(config, CLASSES).eval(), Generator(config, CLASSES).eval())
    styler.generator.paint.weight.data.mul_(50)
    gap = analysis.statistics_gap(styler, MAPS)
    assert gap > least if least else gap == 0
    assert not styler.generator.training  # and nothing is kept of it
    assert analysis.statistics_gap(styler, MAPS) == gap


# Levels


@pytest.mark.parametrize("cycles", [1, 3, 7])
def test_the_centroid_of_a_wave_is_its_frequency(cycles):
    wave = torch.cos(2 * math.pi * cycles * torch.arange(SIDE) / SIDE).expand(1, 3, SIDE, SIDE)
    assert analysis.spectral_centroid(wave).item() == pytest.approx(cycles, abs=1e-3)
    assert analysis.spectral_centroid(wave.transpose(2, 3)).item() == pytest.approx(cycles, abs=1e-3)


def test_constants_have_frequency_0_and_nothing_has_none():
    assert analysis.spectral_centroid(torch.ones(1, 3, SIDE, SIDE)).item() == pytest.approx(0, abs=1e-3)
    assert analysis.spectral_centroid(torch.zeros(1, 3, SIDE, SIDE)).isnan()


class Waves(nn.Module):
    """Level 0 makes fine, the others coarse waves."""

    def forward(self, labels, styles):
        x = torch.arange(SIDE) / SIDE
        made = sum(
            styles.local[:, level, 0, 0, None] * torch.cos(2 * math.pi * cycles * x)
            for level, cycles in enumerate((9, 4, 1))
        )
        return made[:, None, None].expand(-1, 3, SIDE, SIDE) / 12


def test_levels_are_told_apart():
    styler = Styler(SMOKE, Reading(), Waves())
    found = analysis.level_centroids(styler, MAPS)
    assert found.shape == (3, 12)
    assert found.nanmedian(1).values.tolist() == pytest.approx([9, 4, 1], rel=0.2)  # rounded to bytes
    assert analysis.finer(found[0], found[2]) < 0.01 < 0.9 < analysis.finer(found[2], found[0])
    assert analysis.finer(found[0], found[0]) == 1


# Transfer


def test_correlation_by_known_answers():
    colours = torch.rand(20, 3)
    holed = colours.clone()
    holed[3] = torch.nan
    assert analysis.correlation(colours, 0.3 * holed + 0.1) == pytest.approx(1, abs=1e-5)
    assert analysis.correlation(colours, -colours) == pytest.approx(-1, abs=1e-5)
    assert analysis.correlation(colours, torch.ones(20, 3)) == 0


def test_what_is_copied_has_the_reference_s_colour(perfect):
    follows, found = analysis.transfer(perfect, pictures_of(MAPS), MAPS, "skin")
    assert follows > 0.99 and found.leak == 0
    deaf = Styler(replace(SMOKE), Reading(), Flooding())
    assert abs(analysis.transfer(deaf, pictures_of(MAPS), MAPS, "skin")[0]) < 0.9


# Codes


def posterior(local, present=None):
    n, codes, classes, _ = local.shape
    present = torch.ones(n, codes, classes, dtype=torch.bool) if present is None else present
    styles = Styles(torch.zeros(n, 2), local)
    return Posterior(styles, styles, present)


def test_units_are_active_where_their_means_vary_over_pictures_that_hold_the_class():
    local = torch.zeros(50, 2, 3, 4)
    local[:, 0, 1, :3] = torch.randn(50, 3)
    local[:, 1, 1, 0] = 0.05 * torch.randn(50)  # too little
    local[:, 0, 2] = torch.randn(50, 4)
    present = torch.ones(50, 2, 3, dtype=torch.bool)
    present[1:, :, 2] = False  # one picture tells nothing of variance
    assert analysis.active_units(posterior(local, present)).tolist() == [[0, 3, 0], [0, 0, 0]]


def test_a_probe_finds_colours_that_codes_hold():
    torch.manual_seed(0)
    local = torch.randn(200, 2, 3, 4)
    colours = torch.full((200, 3, 3), torch.nan)
    colours[:, 1] = local[:, 0, 1] @ torch.randn(4, 3) + 0.5
    colours[:, 2] = torch.rand(200, 3)
    colours[::3, 1] = torch.nan
    assert analysis.colour_probe(posterior(local), colours, 1) > 0.99
    assert analysis.colour_probe(posterior(local), colours, 2) < 0.2


# All of it


def numbers(styler):
    torch.manual_seed(0)
    return analysis.styler_numbers(styler, TwoLayers(), pictures_of(MAPS), MAPS)


def test_a_record_has_every_number_and_all_are_finite(perfect):
    found = numbers(perfect)
    wanted = {"miou", "pixel_accuracy", "miou_data", "pixel_accuracy_data", "kid_1e3", "kid_1e3_blurred", "variety"}
    wanted |= {
        "kid_1e3_unfitted",
        "kid_1e3_own",
        "variety_pixels",
        "statistics_gap",
        "centroid_0",
        "centroid_1",
        "centroid_2",
        "finer_p",
    }
    wanted |= {f"active_level_{level}" for level in range(3)}
    for kind in ("inside", "leak", "swap_leak", "colour", "transfer_leak", "active", "probe"):
        wanted |= {f"{kind}_{name}" for name in ("background", "clothes", "skin", "hair")}  # the last class is in none
    assert found.keys() == wanted and all(isinstance(v, float) and math.isfinite(v) for v in found.values())
    assert found["leak_skin"] == found["swap_leak_skin"] == 0 and found["colour_skin"] > 0.99
    assert found["active_skin"] == 9  # three colours at three levels


def test_other_pictures_have_numbers_of_their_own_classes(perfect):
    found = numbers(Styler(perfect.config, perfect.encoder, perfect.generator, (*squares.LABELS, "none")))
    assert {name for name in found if name.startswith("leak")} == {
        f"leak_{name}" for name in ("background", "ground", "person", "furniture")
    }


def test_quality_is_measured_with_fitted_codes_codes_of_the_training_s_prior_and_own_ones(perfect):
    before = numbers(perfect)
    assert before["kid_1e3"] == before["kid_1e3_unfitted"]  # the prior is not fitted yet
    perfect.encoder.prior.fit(perfect.read(pictures_of(MAPS), MAPS))
    after = numbers(perfect)
    assert after["kid_1e3_unfitted"] == before["kid_1e3_unfitted"] and after["kid_1e3"] != before["kid_1e3"]
    assert after["kid_1e3_own"] == before["kid_1e3_own"] != after["kid_1e3_unfitted"]


def test_a_model_that_does_nothing_has_finite_numbers_too(perfect):
    perfect.generator.forward = lambda labels, styles: torch.zeros(len(labels), 3, SIDE, SIDE)
    found = numbers(perfect)
    assert all(math.isfinite(value) for value in found.values()) and "centroid_0" not in found
    assert found["leak_skin"] == found["inside_skin"] == 0 and found["finer_p"] == 1
    assert found["colour_skin"] == pytest.approx(0, abs=0.01)


def test_the_control_has_the_numbers_that_it_can_have():
    config = replace(SMOKE, styles="nothing")
    found = numbers(Styler(config, Reading(config), Flooding()))
    assert found["leak_skin"] == pytest.approx(1) and not [name for name in found if name.startswith("colour")]
