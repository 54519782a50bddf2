"""Our own painter: the year decides the style and nothing else, and the number everything else."""

import numpy as np
import pytest
import torch
from scipy import stats

from ganbook.data.paintings import (
    FIRST_YEAR,
    LAST_YEAR,
    MOTIFS,
    SEASONS,
    WEATHERS,
    Style,
    motif_of,
    paint,
    style_of,
    year_of,
)
from ganbook.data.paintings.composing import compose
from ganbook.data.paintings.palette import MATERIALS, lab, of_the_year, paints, rgb
from ganbook.errors import UserError

N_TRAIN, N_TEST = 180, 60
EARLY, MIDDLE, LATE = 1881.5, 1886.2, 1890.9


@pytest.fixture(scope="module")
def painted():
    """Numbers 0, 1, ... each in its own year: pictures as float64 (n, side, side, 3) in [0, 1], and years."""
    numbers = range(N_TRAIN + N_TEST)
    pictures = np.stack([paint(number, year_of(number)).numpy() for number in numbers])
    return pictures.transpose(0, 2, 3, 1) / 255, np.array([year_of(number) for number in numbers])


@pytest.fixture(scope="module")
def three_times():
    """Numbers 0 to 13 in an early, a middle and a late year: float64 (14, 3, 3, 64, 64) in [0, 1]."""
    return np.stack([[paint(number, year).numpy() / 255 for year in (EARLY, MIDDLE, LATE)] for number in range(14)])


# What a call gives


@pytest.mark.parametrize("side", [64, 100, 256])
def test_a_picture(side):
    found = paint(3, 1888.25, side)
    assert found.shape == (3, side, side) and found.dtype == torch.uint8
    assert torch.equal(found, paint(3, 1888.25, side)) and found.float().std() > 10
    assert not torch.equal(found, paint(4, 1888.25, side)) and not torch.equal(found, paint(3, 1884.25, side))
    assert not torch.equal(found, paint(3, 1888.25, side, hand=1))


def test_a_larger_picture_shows_the_same():
    small, large = paint(8, 1889.2, 64).float(), paint(8, 1889.2, 256).float()
    reduced = torch.nn.functional.avg_pool2d(large, 4)
    assert np.corrcoef(small.ravel(), reduced.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("year", [1880.99, 1891.0, float("nan"), float("inf")])
def test_a_year_that_was_not_painted(year):
    with pytest.raises(UserError, match="year must be from 1881 up to, not including, 1891"):
        paint(0, year)


@pytest.mark.parametrize("side", [0, 63, 257])
def test_a_side_that_cannot_be_had(side):
    with pytest.raises(UserError, match="side must be from 64 to 256"):
        paint(0, 1885, side)


def test_a_number_below_zero():
    with pytest.raises(UserError, match="must be 0 or above"):
        paint(-1, 1885)


@pytest.mark.parametrize("number", range(0, 90, 3))
def test_every_layout_is_whole(number):
    layout = compose(motif_of(number))
    assert layout.material.max() < len(MATERIALS) and np.isfinite(layout.tone).all()
    assert np.allclose(np.hypot(*layout.flow), 1, atol=1e-3) and np.hypot(*layout.whirl).max() < 1 + 1e-6
    assert all(np.isfinite(line.points).all() and line.width > 0 for line in layout.lines)
    assert len(np.unique(layout.depth)) > 3


# What the year decides, and what not


def low(pictures):
    """Where it is light and dark, by 16 x 16 blocks, without mean and spread."""
    blocks = pictures.mean(-3).reshape(*pictures.shape[:-3], 16, 4, 16, 4).mean((-3, -1))
    flat = blocks.reshape(*blocks.shape[:-2], -1)
    return (flat - flat.mean(-1, keepdims=True)) / flat.std(-1, keepdims=True)


def test_the_year_leaves_the_composition(three_times):
    early, middle, late = low(three_times).swapaxes(0, 1)
    for other in (middle, late):
        alike = early @ other.T / early.shape[1]
        own = np.diag(alike)
        assert own.mean() > 0.75 and np.median(own - (alike - np.diag(own)).sum(1) / (len(own) - 1)) > 0.4
        assert (alike.argmax(1) == np.arange(len(own))).mean() > 0.75


def test_early_is_dark_and_earthy_and_late_bright_and_colourful(three_times):
    colours = lab(three_times.transpose(0, 1, 3, 4, 2))
    light = colours[..., 0].mean((2, 3))
    chroma = np.hypot(colours[..., 1], colours[..., 2]).mean((2, 3))
    assert (light[:, 2] > light[:, 0] + 0.03).mean() > 0.9
    assert (chroma[:, 2] > chroma[:, 0]).mean() > 0.9  # a white winter hardly is
    assert chroma[:, 2].mean() > 1.5 * chroma[:, 0].mean()


def test_the_way_from_early_to_late_is_no_straight_line(three_times):
    """The middle year is no cross-fade of the ends, and that is not the doing of other strokes."""
    crossfade = (three_times[:, 0] + three_times[:, 2]) / 2
    redrawn = np.stack([paint(number, MIDDLE, hand=1).numpy() / 255 for number in range(14)])
    smooth = lambda pictures: pictures.reshape(14, 3, 16, 4, 16, 4).mean((3, 5))
    off = np.sqrt(((smooth(three_times[:, 1]) - smooth(crossfade)) ** 2).mean((1, 2, 3)))
    redraw = np.sqrt(((smooth(three_times[:, 1]) - smooth(redrawn)) ** 2).mean((1, 2, 3)))
    assert np.median(off / redraw) > 1.5, (off, redraw)


def test_a_little_later_looks_a_little_different():
    start = paint(5, 1888.0).float()
    apart = [(paint(5, 1888.0 + step).float() - start).abs().mean() for step in (0.02, 2.5)]
    assert 0 < apart[0] < 0.75 * apart[1]


def test_every_trait_drifts_and_no_two_years_are_alike():
    years = np.linspace(FIRST_YEAR, LAST_YEAR - 0.01, 41)
    traits = np.array([list(vars(style_of(year)).values()) for year in years])
    assert (np.ptp(traits, 0) > 0).all() and len(Style.__dataclass_fields__) == traits.shape[1]
    scaled = (traits - traits.mean(0)) / traits.std(0)
    assert np.linalg.norm(np.diff(scaled, axis=0), axis=1).min() > 0.05
    late, early = traits[-1], traits[0]
    for trait in ("length", "curl", "swirl", "impasto", "contour", "chroma", "contrast"):
        place = list(vars(style_of(1881))).index(trait)
        assert late[place] > early[place]


def statistics(pictures):
    """Means and spreads of colours, and of differences between neighbours, of each picture."""
    colours = lab(pictures)
    chroma = np.hypot(colours[..., 1], colours[..., 2])
    across, down = np.abs(np.diff(colours, axis=2)), np.abs(np.diff(colours, axis=1))
    parts = [colours.mean((1, 2)), colours.std((1, 2)), across.mean((1, 2)), down.mean((1, 2))]
    parts += [np.quantile(colours[..., 0], (0.05, 0.5, 0.95), axis=(1, 2)).T]
    parts += [np.quantile(chroma, (0.1, 0.5, 0.9), axis=(1, 2)).T]
    return np.concatenate(parts, 1)


def test_the_year_can_be_read_off(painted):
    pictures, years = painted
    found = statistics(pictures)
    train, test = slice(N_TRAIN), slice(N_TRAIN, None)
    found = (found - found[train].mean(0)) / found[train].std(0)
    weights = np.linalg.solve(found[train].T @ found[train] + 3 * np.eye(found.shape[1]),
                              found[train].T @ (years[train] - years[train].mean()))  # fmt: skip
    error = np.abs(found[test] @ weights + years[train].mean() - years[test]).mean()
    assert error < 1.2 and np.abs(years[test] - years[train].mean()).mean() > 2


# What is independent of what


@pytest.fixture(scope="module")
def draws():
    """Motif, season, weather and year of 6,000 numbers."""
    found = [motif_of(number) for number in range(6_000)]
    return np.array([(each.motif, each.season, each.weather, year_of(each.number)) for each in found])


def test_motif_season_weather_and_year_are_independent(draws):
    years = np.digitize(draws[:, 3], np.arange(FIRST_YEAR, LAST_YEAR)) - 1
    columns = [*draws[:, :3].astype(int).T, years]
    for first in range(4):
        for second in range(first):
            table = np.zeros((columns[first].max() + 1, columns[second].max() + 1))
            np.add.at(table, (columns[first], columns[second]), 1)
            assert stats.chi2_contingency(table).pvalue > 0.001, (first, second)


def test_every_motif_season_and_weather_is_there_and_years_are_even(draws):
    for column, names in enumerate((MOTIFS, SEASONS, WEATHERS)):
        assert np.bincount(draws[:, column].astype(int), minlength=len(names)).min() > 500
    assert stats.kstest((draws[:, 3] - FIRST_YEAR) / (LAST_YEAR - FIRST_YEAR), "uniform").pvalue > 0.001


def test_titles_say_what_is_there():
    found = motif_of(0)
    assert found.title == f"{MOTIFS[found.motif].capitalize()} in {SEASONS[found.season]}, {WEATHERS[found.weather]}"


# Colours


def test_oklab_and_back():
    colours = np.random.default_rng(0).random((50, 3))
    assert np.allclose(rgb(lab(colours)), colours, atol=1e-6)
    assert np.allclose(lab(np.ones(3)), [1, 0, 0], atol=1e-3) and np.allclose(lab(np.zeros(3)), 0)


def test_every_paint_of_every_season_weather_and_year_is_a_colour():
    for season in range(len(SEASONS)):
        for weather in range(len(WEATHERS)):
            table = paints(season, weather)
            assert table.shape == (len(MATERIALS), 3, 3) and np.isfinite(table).all()
            for year in np.arange(FIRST_YEAR, LAST_YEAR):
                made = of_the_year(table, style_of(year))
                assert np.isfinite(made).all() and made[..., 0].min() >= 0 and made[..., 0].max() <= 1
