"""Periods, pairs, what is between them, and the controls."""

import itertools

import numpy as np
import pytest
import torch
from few_paintings import few_paintings, settings_of

from ganbook.chapters.painting_morphs import morphs
from ganbook.chapters.painting_morphs.growth import Phase
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.model import Generator
from ganbook.chapters.painting_morphs.morphs import Located
from ganbook.chapters.painting_morphs.sphere import mean_on_sphere, on_sphere
from ganbook.data.paintings import paint
from ganbook.data.pixels import from_bytes
from ganbook.errors import UserError


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def located(n: int = 24, split: str = "train") -> Located:
    found = few_paintings(n, 16, split)
    return Located(found.pictures, found.years, on_sphere(torch.randn(n, 4, generator=draws(n))))


def scenes(contents: list[int], year: float, light: int, contrast: float = 1.0) -> Located:
    """Each picture is one of some compositions, in the light and contrast of its period."""
    kinds = torch.randint(-40, 41, (max(contents) + 1, 3, 8, 8), generator=draws(7)).float()
    wear = torch.randint(-3, 4, (len(contents), 3, 8, 8), generator=draws(int(year))).float()
    maps = (light + contrast * (kinds[contents] + wear)).repeat_interleave(2, 2).repeat_interleave(2, 3)
    latents = on_sphere(torch.randn(len(contents), 4, generator=draws(int(year))))
    return Located(maps.round().to(torch.uint8), torch.full((len(contents),), float(year)), latents)


START, END = scenes([0, 1, 2, 3], 1885, 60), scenes([0, 1, 2, 3], 1889, 170)


def test_a_period_holds_its_years_and_nothing_else():
    whole = located()
    found = morphs.period(whole, 1884, 1886)
    inside = [k for k, year in enumerate(whole.years.tolist()) if 1884 <= year < 1886]
    assert 0 < len(found) == len(inside) < 24
    assert torch.equal(found.pictures, whole.pictures[inside]) and torch.equal(found.latents, whole.latents[inside])
    exact = Located(whole.pictures[:2], torch.tensor([1884.0, 1886.0]), whole.latents[:2])
    assert morphs.period(exact, 1884, 1886).years.tolist() == [1884]


def test_shuffled_dates_are_the_same_dates_on_other_pictures():
    whole = located()
    found = morphs.shuffled(whole)
    assert torch.equal(found.years.sort()[0], whole.years.sort()[0]) and (found.years != whole.years).sum() > 16
    assert torch.equal(found.pictures, whole.pictures) and torch.equal(found.latents, whole.latents)
    assert torch.equal(found.years, morphs.shuffled(whole).years)
    assert not torch.equal(found.years, morphs.shuffled(whole, seed=1).years)


def test_the_same_scenes_are_paired_whatever_light_and_order():
    start, end = scenes([0, 1, 2, 3, 4, 5], 1885, 60), scenes([3, 5, 1, 0, 4, 2], 1889, 170, contrast=0.5)
    pairs = morphs.alike_pairs(start, end)
    assert dict(zip(pairs.start.tolist(), pairs.end.tolist())) == {0: 3, 1: 2, 2: 5, 3: 0, 4: 4, 5: 1}
    assert not len(pairs.start_alone) and not len(pairs.end_alone)
    apart = morphs.content_distances(start, end)
    torch.testing.assert_close(pairs.distances, apart[pairs.start, pairs.end])


def test_the_same_motif_of_our_painter_is_known_in_the_style_of_another_year():
    years = 1882.0, 1890.0
    order = torch.randperm(12, generator=draws()).tolist()
    start, end = (
        Located(
            torch.stack([paint(number, year, 64) for number in numbers]), torch.full((12,), year), torch.zeros(12, 4)
        )
        for year, numbers in zip(years, (range(12), order))
    )
    pairs = morphs.alike_pairs(start, end)
    right = [order[column] == row for row, column in zip(pairs.start.tolist(), pairs.end.tolist())]
    assert sum(right) >= 11


def test_distances_of_content_are_those_of_correlations():
    start, end = located(6), located(5, "dev")
    apart = morphs.content_distances(start, end)
    rows = [morphs.thumbnails(each.pictures).double().numpy() for each in (start, end)]
    rows = [(each - each.mean(0)) / each.std(0) for each in rows]
    for row, column in ((0, 0), (3, 4)):
        same = np.corrcoef(rows[0][row], rows[1][column])[0, 1]
        assert float(apart[row, column]) == pytest.approx((2 - 2 * same) ** 0.5, rel=1e-3)


def test_a_scene_without_a_counterpart_is_reported():
    start, end = scenes([0, 1, 2, 3, 6], 1885, 60), scenes([7, 3, 2, 1, 0, 8, 9], 1889, 170)
    pairs = morphs.alike_pairs(start, end, alike=0.1)
    assert sorted(zip(pairs.start.tolist(), pairs.end.tolist())) == [(0, 4), (1, 3), (2, 2), (3, 1)]
    assert pairs.start_alone.tolist() == [4] and pairs.end_alone.tolist() == [0, 5, 6]
    assert str(pairs) == "4 pairs; without a counterpart: 1 of the start set, 3 of the end set"


@pytest.mark.parametrize(
    ("apart", "alike", "wanted"),
    [
        # both start pictures are nearest to the first end picture
        ([[0.1, 0.2, 5, 5], [0.15, 4, 5, 5], [5, 5, 0.2, 5], [5, 5, 5, 0.3]], 5, [(0, 1), (1, 0), (2, 2), (3, 3)]),
        # a good pair and two left alone are better than two that are not alike
        ([[0.1, 1.5, 5, 5], [1.5, 9, 5, 5], [5, 5, 0.2, 5], [5, 5, 5, 0.3]], 3, [(0, 0), (2, 2), (3, 3)]),
    ],
)
def test_all_distances_together_are_least(apart, alike, wanted, monkeypatch):
    """Against all ways to pair, where a pair that is not alike costs as much as one that just is."""
    monkeypatch.setattr(morphs, "content_distances", lambda *_: torch.tensor(apart))
    pairs = morphs.alike_pairs(START, END, alike=(alike - 0.5) / 15)
    assert list(zip(pairs.start.tolist(), pairs.end.tolist())) == wanted
    limit = float(torch.tensor(apart).flatten().quantile((alike - 0.5) / 15))
    cost = lambda order: sum(min(apart[row][column], limit) for row, column in enumerate(order))
    least = min(map(cost, itertools.permutations(range(4))))
    assert float(pairs.distances.sum()) + (4 - len(pairs)) * limit == pytest.approx(least)


def test_random_pairs_are_of_the_same_pictures():
    start, end = scenes([0, 1, 2, 3, 4, 5], 1885, 60), scenes([3, 5, 1, 0, 4, 2], 1889, 170)
    chosen = morphs.alike_pairs(start, end)
    pairs = morphs.random_pairs(chosen, start, end)
    assert torch.equal(pairs.start, chosen.start) and torch.equal(pairs.end.sort()[0], chosen.end.sort()[0])
    assert pairs.distances.mean() > 2 * chosen.distances.mean()
    assert torch.equal(pairs.end, morphs.random_pairs(chosen, start, end).end)
    assert not torch.equal(pairs.end, morphs.random_pairs(chosen, start, end, seed=1).end)


def test_a_morph_runs_from_picture_to_picture_and_from_year_to_year():
    start, end = scenes([0, 1, 2], 1885, 60), scenes([0, 1, 2], 1889, 170)
    found = morphs.morph(start, end, frames=5)
    assert found.latents.shape == (3, 5, 4) and found.years.tolist() == [[1885, 1886, 1887, 1888, 1889]] * 3
    torch.testing.assert_close(found.latents[:, 0], start.latents, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.latents[:, -1], end.latents, atol=1e-5, rtol=0)
    assert ((found.latents.norm(dim=2) / 2 - 1).abs() < 1e-5).all()
    middle = on_sphere(start.latents + end.latents)
    torch.testing.assert_close(found.latents[:, 2], middle, atol=1e-4, rtol=0)
    one = morphs.morph(start[[1]], end[[1]], frames=5)
    torch.testing.assert_close(one.latents[0], found.latents[1])


def test_frames_are_drawn_in_their_order():
    torch.manual_seed(0)
    config = settings_of("progressive")
    painter = Painter(config, Generator(config).requires_grad_(False).eval(), Phase(2))
    found = morphs.morph(scenes([0, 1], 1885, 60), scenes([0, 1], 1889, 170), frames=3)
    frames = found.draw(painter)
    assert frames.shape == (2, 3, 3, 16, 16) and len(found) == 2
    assert torch.equal(frames[1, 2], painter.draw(found.latents[1, 2:3])[0])


def test_from_mean_to_mean():
    start, end = scenes([0, 1, 2, 3], 1885, 60), scenes([0, 1, 2, 3, 4], 1889, 170)
    found = morphs.mean_morph(start, end, frames=3)
    assert found.years.tolist() == [[1885, 1887, 1889]]
    torch.testing.assert_close(found.latents[0, 0], mean_on_sphere(start.latents), atol=1e-5, rtol=0)
    torch.testing.assert_close(found.latents[0, 2], mean_on_sphere(end.latents), atol=1e-5, rtol=0)
    blurred = morphs.period_mean(start).pictures.float()
    assert (blurred - start.pictures.float().mean(0)).abs().max() <= 0.51


def test_a_cross_fade_mixes_pixels():
    start, end = (few_paintings(2, 16, split).pictures for split in ("train", "dev"))
    found = morphs.cross_fade(start, end, frames=5)
    assert found.shape == (2, 5, 3, 16, 16) and torch.equal(found[:, 0], start) and torch.equal(found[:, 4], end)
    mixed = 0.75 * start.float() + 0.25 * end.float()
    assert (found[:, 1].float() - mixed).abs().max() <= 0.51
    assert from_bytes(found).isfinite().all()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda: morphs.period(located(), 1886, 1886), "must begin before it ends, got 1886 to 1886"),
        (lambda: morphs.period(located(), 1900, 1910), "no pictures from 1900 to 1910; years .* 1881.* to 1890"),
        (lambda: morphs.period(located()[[]], 1881, 1891), "no pictures from 1881 to 1891; .*: none"),
        (lambda: morphs.alike_pairs(START[[]], END), "the start set needs at least 4 pictures, it is empty"),
        (lambda: morphs.alike_pairs(START, END[[0, 1, 2]]), "the end set needs at least 4 pictures, it has 3"),
        (
            lambda: morphs.alike_pairs(END, START),
            "start set must be earlier than the end set, got years 1889.0 and 1885",
        ),
        (lambda: morphs.alike_pairs(START, START), "start set must be earlier"),
        (lambda: morphs.alike_pairs(START, END, alike=0), "above 0 and at most 1, got 0"),
        (lambda: morphs.mean_morph(START, END[[0]]), "the end set needs at least 4 pictures, it has 1"),
        (lambda: morphs.morph(START, END[[0]]), "as many start as end pictures, got 4 and 1"),
        (lambda: morphs.morph(START[[]], END[[]]), "the start set needs at least 1 picture, it is empty"),
        (lambda: morphs.morph(END, START), "start set must be earlier"),
        (lambda: morphs.morph(START, END, frames=1), "at least 2 frames, its start and its end; got 1"),
    ],
)
def test_what_cannot_be_morphed(what, message):
    with pytest.raises(UserError, match=message) as error:
        what()
    assert "\n" not in str(error.value)


def test_together():
    one, other = located(4), located(3)
    both = morphs.together(one, other)
    assert len(both) == 7 and torch.equal(both.latents[4:], other.latents)
