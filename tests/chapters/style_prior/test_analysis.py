"""Numbers of the style prior against known answers."""

from dataclasses import replace

import pytest
import torch

from ganbook.chapters.style_prior import analysis, instruments
from ganbook.chapters.style_prior.config import PROFILES
from ganbook.chapters.style_prior.model import Generator
from ganbook.data.avatars import LABELS, LANDMARKS

CONFIG = replace(PROFILES["smoke"], channels=(8, 8), latent_dim=6)
TOOLS = replace(instruments.PROFILES["smoke"], channels=(4, 6))


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return Generator(CONFIG).requires_grad_(False).eval()


@pytest.fixture
def tools():
    torch.manual_seed(1)
    return instruments.Segmenter(TOOLS).eval(), instruments.LandmarkReader(TOOLS).eval()


def test_samples_depend_on_seed_and_not_on_how_many_are_asked_for(generator):
    some = analysis.samples(generator, 4)
    assert some.shape == (4, 3, 8, 8) and some.dtype == torch.uint8
    assert torch.equal(analysis.samples(generator, 4), some)
    assert not torch.equal(analysis.samples(generator, 4, seed=1), some)
    still = analysis.samples(generator, 3, psi=0.0).float()
    assert (still - still[0]).abs().max() <= 1  # noise has no strength at the start


def test_areas_and_presence():
    labels = torch.zeros(4, 8, 8, dtype=torch.long)
    labels[0, :4] = 2
    labels[1, 0, :6], labels[2, 0, :5] = 3, 3
    areas, presence = analysis.class_areas(labels), analysis.class_presence(labels)
    assert areas[2] == pytest.approx(32 / 256) and areas[3] == pytest.approx(11 / 256)
    assert areas.sum() == pytest.approx(1)
    assert presence.tolist() == [1.0, 0.0, 0.25, 0.25, *[0.0] * (len(LABELS) - 4)]


def test_spread_of_heads():
    places = torch.zeros(1_000, len(LANDMARKS), 2)
    shift = torch.randn(1_000, 1, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([0.3, 0.4])
    assert analysis.head_spread(places + shift) == pytest.approx(0.5, abs=0.02)


def test_prior_numbers_of_the_data_itself(generator, tools, monkeypatch):
    pictures = torch.randint(256, (60, 3, 16, 16), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    monkeypatch.setattr(analysis, "samples", lambda generator, n: pictures[:20])
    numbers = analysis.prior_numbers(generator, *tools, pictures[20:], pictures[:20], n=20)
    assert numbers["spread"] == pytest.approx(1) and numbers["copies"] == pytest.approx(1)
    found = {name: value for name, value in numbers.items() if name.startswith("area_") and value == value}
    assert found and all(value == pytest.approx(1) for value in found.values())
    assert numbers["kid_1e3"] < numbers["kid_1e3_data"] < numbers["kid_1e3_blurred"]


def test_directions_are_the_axes_of_an_ellipsoid(generator, monkeypatch):
    scales = torch.tensor([1.0, 5.0, 0.5, 2.0, 0.1, 3.0])
    monkeypatch.setattr(generator.mapping, "forward", lambda z: z * scales + 7)
    found = analysis.directions(generator)
    assert found.deviations == pytest.approx(sorted(scales.tolist(), reverse=True), rel=0.05)
    assert found.axes[0] == pytest.approx([0, 1, 0, 0, 0, 0], abs=0.05) and found.mean == pytest.approx(
        [7] * 6, abs=0.2
    )
    torch.testing.assert_close(found.axes @ found.axes.T, torch.eye(6), rtol=1e-4, atol=1e-4)


def test_effects_are_named(generator, tools, monkeypatch):
    """A measure that is the first coordinate of w, and an axis along it."""
    size = len(analysis.MEASURES)
    monkeypatch.setattr(analysis, "drawn", lambda generator, w: w)
    monkeypatch.setattr(
        analysis,
        "measured",
        lambda segmenter, reader, w: torch.cat([w[:, :1], 0.1 * w[:, 1:2], w[:, 2:].new_zeros(len(w), size - 2)], 1),
    )
    found = analysis.Directions(torch.zeros(6), torch.eye(6), torch.tensor([2.0, 0.001, 1, 1, 1, 1]))
    effects = analysis.effects(generator, *tools, found, count=3)
    assert effects.shape == (3, size) and effects[0, 0] > 1 and effects[0, 1:].abs().max() < 1e-6
    assert analysis.names(effects) == [f"more: {analysis.MEASURES[0]}", "other", "other"]
    assert analysis.names(-effects)[0] == f"less: {analysis.MEASURES[0]}"


def test_what_does_not_vary_among_samples_is_no_unit(generator, tools, monkeypatch):
    """A pixel more of a class that no sample has is a small effect."""
    size, pixel = len(analysis.MEASURES), 1 / 64**2
    calls = []

    def measured(segmenter, reader, w):
        calls.append(w)
        return w.new_zeros(len(w), size) if len(calls) < 3 else w.new_full((len(w), size), pixel)

    monkeypatch.setattr(analysis, "drawn", lambda generator, w: w)
    monkeypatch.setattr(analysis, "measured", measured)
    found = analysis.Directions(torch.zeros(6), torch.eye(6), torch.ones(6))
    assert 0 < analysis.effects(generator, *tools, found, count=1).max() < 0.5


def test_measures_of_a_head(tools, monkeypatch):
    places = torch.zeros(1, len(LANDMARKS), 2)
    for name, place in {
        "crown": (0.2, -0.4),
        "chin": (0.2, 0.6),
        "left eye": (0.0, 0.1),
        "right eye": (0.4, 0.3),
        "nose tip": (0.3, 0.3),
    }.items():
        places[0, LANDMARKS.index(name)] = torch.tensor(place)
    monkeypatch.setattr(analysis, "read", lambda instrument, pictures: places)
    monkeypatch.setattr(analysis, "labels_of", lambda segmenter, pictures: torch.full((1, 4, 4), 3))
    found = dict(zip(analysis.MEASURES, analysis.measured(*tools, torch.zeros(1, 3, 4, 4))[0].tolist()))
    assert found["hair area"] == 1 and found["skin area"] == 0
    expected = {"head to the right": 0.2, "head down": 0.2, "head size": 1.0, "turned": 0.1, "tilted": 0.5}
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6)


def test_mixing_takes_layers_from_both(generator):
    coarse, fine = torch.randn(2, 6), torch.randn(3, 6)
    table = analysis.mixed(generator, coarse, fine, switch=2)
    assert table.shape == (2, 3, 3, 8, 8)
    torch.testing.assert_close(analysis.mixed(generator, coarse, fine, 4)[:, 0], analysis.drawn(generator, coarse))
    torch.testing.assert_close(analysis.mixed(generator, coarse, fine, 0)[0], analysis.drawn(generator, fine))
    same = analysis.mixed(generator, coarse, coarse, 2)
    torch.testing.assert_close(same[0, 0], analysis.drawn(generator, coarse[:1])[0])
    assert not torch.equal(table[0, 0], table[0, 1]) and not torch.equal(table[0, 0], table[1, 0])
