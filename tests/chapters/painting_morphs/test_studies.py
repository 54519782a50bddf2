"""The experiment with a painter of whom everything is known: light is the year, and the rest is content."""

from dataclasses import replace

import pytest
import torch
from few_paintings import few_paintings, reader, settings_of, train

from ganbook import training
from ganbook.chapters.painting_morphs import morphs, studies
from ganbook.chapters.painting_morphs.growth import Phase
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.model import Generator
from ganbook.chapters.painting_morphs.morphs import Located
from ganbook.chapters.painting_morphs.projection import own_samples
from ganbook.chapters.painting_morphs.sphere import on_sphere
from ganbook.chapters.painting_morphs.style_axis import StyleAxis, style_axis
from ganbook.errors import UserError

SIDE = 16
MIDDLE, RATE = 1886.0, 8.0


class Light(torch.nn.Module):
    """The first number of z is the light of a picture, the others say what it shows."""

    def forward(self, z):
        places = torch.randn(z.shape[1] - 1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
        shown = 0.02 * torch.einsum("nk,kchw->nchw", z[:, 1:], places)
        maps = 0.25 * z[:, :1, None, None] + shown - shown.mean((1, 2, 3), keepdim=True)
        return maps.repeat_interleave(2, 2).repeat_interleave(2, 3)


class LightReader:
    """Reads the year off the light."""

    def __call__(self, pictures):
        return MIDDLE + RATE * (pictures.float() / 127.5 - 1).mean((1, 2, 3))

    def apart(self, first, second):
        return (first.float() - second.float()).abs().mean((1, 2, 3))


PAINTER = Painter(settings_of("progressive", latent_dim=9), Light(), None)


def located(n: int = 60) -> Located:
    draws = torch.Generator().manual_seed(1)
    latents = on_sphere(torch.randn(n, 9, generator=draws))
    pictures = PAINTER.draw(latents)
    return Located(pictures, LightReader()(pictures), latents)


@pytest.fixture(scope="module")
def study():
    whole = located()
    return studies.morph_study(
        PAINTER, LightReader(), whole, (1880, 1885.5), (1886.5, 1892), style_axis(whole.latents, whole.years), frames=9
    )


def test_the_years_between_are_those_between_and_controls_are_not(study):
    pairs, shown, numbers = study
    assert set(shown) == {"alike", "random", "detour", "shuffled", "mean", "axis", "faded"}
    for name in ("alike", "axis", "faded"):
        assert 0.9 < numbers[f"year_slope_{name}"] < 1.1 and numbers[f"year_rank_{name}"] > 0.95
    assert numbers["year_error_alike"] < 0.5
    assert abs(numbers["year_slope_shuffled"]) < 0.5 and numbers["year_rank_shuffled"] < 0.6
    assert numbers["year_error_shuffled"] > 3 * numbers["year_error_alike"]
    assert 1 <= numbers["smooth_alike"] < 1.5
    assert numbers["alone"] == pytest.approx(1 - 2 * len(pairs) / sum(map(len, sets_of(located()))))


def sets_of(whole: Located) -> tuple[Located, Located]:
    return morphs.period(whole, 1880, 1885.5), morphs.period(whole, 1886.5, 1892)


def test_each_control_differs_in_one_thing(study):
    pairs, shown, numbers = study
    first, last = sets_of(located())
    start = PAINTER.draw(first[pairs.start].latents)
    for name in ("alike", "random", "faded", "axis", "detour"):
        assert (shown[name].pictures[:, 0].int() - start.int()).abs().max() <= 1, name
    assert torch.equal(shown["faded"].pictures[:, -1], shown["alike"].pictures[:, -1])
    assert (shown["detour"].pictures[:, -1].int() - shown["alike"].pictures[:, -1].int()).abs().max() <= 1
    assert numbers["year_middle_detour"] > numbers["year_middle_alike"]
    assert torch.equal(shown["faded"].years, shown["alike"].years)
    assert torch.equal(shown["axis"].years, shown["alike"].years)
    torch.testing.assert_close(shown["alike"].years[:, -1], last[pairs.end].years)
    ends, others = (shown[name].pictures[:, -1] for name in ("alike", "random"))
    assert sorted(ends.float().mean((1, 2, 3)).tolist()) == sorted(others.float().mean((1, 2, 3)).tolist())
    assert not torch.equal(ends, others)
    assert shown["mean"].pictures.shape == (1, 9, 3, SIDE, SIDE)
    errors = {
        name: (LightReader()(each.pictures.flatten(0, 1)) - each.years.flatten()).abs() for name, each in shown.items()
    }
    assert numbers["pairs_gain"] == pytest.approx(float(errors["random"].mean() - errors["alike"].mean()), abs=1e-4)


def test_without_an_axis_and_with_periods_that_cannot_be(study):
    whole = located()
    _, shown, again = studies.morph_study(PAINTER, LightReader(), whole, (1880, 1885.5), (1886.5, 1892), frames=9)
    assert "axis" not in shown and again["year_slope_random"] == study[2]["year_slope_random"]
    with pytest.raises(UserError, match="start set must be earlier"):
        studies.morph_study(PAINTER, LightReader(), whole, (1886.5, 1892), (1880, 1885.5))
    with pytest.raises(UserError, match="no pictures from 1900 to 1905"):
        studies.morph_study(PAINTER, LightReader(), whole, (1880, 1885.5), (1900, 1905))


def test_a_walk_beside_each_morph_goes_as_many_years():
    whole = located()[[0, 1]]
    axis = StyleAxis(torch.eye(9)[0], MIDDLE, 1.0, 0.0)
    years = torch.tensor([[1885.0, 1885.5], [1884.0, 1884.25]])
    found = studies.walked(axis, whole, years)
    torch.testing.assert_close(found.latents[:, 0], whole.latents, atol=1e-4, rtol=0)
    gained = axis.year(found.latents[:, 1]) - axis.year(whole.latents)
    torch.testing.assert_close(gained, torch.tensor([0.5, 0.25]), atol=1e-3, rtol=0)
    assert torch.equal(found.years, years)


def test_projections_of_several_sets():
    torch.manual_seed(0)
    config = settings_of("progressive")
    generator = Generator(config).requires_grad_(False).eval()
    generator.to_rgb[2].weight *= 0.2
    painter = Painter(config, generator, Phase(2))
    sets = {"own": own_samples(painter, 2)[1], "other": located(2).pictures}
    found, numbers = studies.projection_study(painter, reader(), sets, steps=20, restarts=2, learning_rate=0.1)
    assert found["own"].losses.shape == (21, 2, 2)
    assert numbers["psnr_own"] > numbers["psnr_other"] and numbers["perceptual_own"] < numbers["perceptual_other"]
    assert {"psnr_28_own", "psnr_least_other", "year_shift_other"} <= set(numbers)
    known = own_samples(painter, 2)[0]
    found, _ = studies.projection_study(painter, reader(), sets, lambda pictures: known, steps=1, restarts=1)
    assert float(found["own"].losses[0].max()) < 1e-2 < float(found["other"].losses[0].min()), "begun where it is told"


def test_numbers_by_name():
    assert studies.named({"own": {"psnr": 30.0}, "other": {"psnr": 20.0}}) == {"psnr_own": 30.0, "psnr_other": 20.0}


def test_the_papers_periods_where_there_are_pictures_of_both():
    assert studies.periods(torch.linspace(1881, 1890.9, 30)) == studies.PERIODS
    (_, last), (first, _) = studies.periods(torch.linspace(20, 80, 31))
    assert last == pytest.approx(40) and first == pytest.approx(60)


def test_paintings_of_both_periods_are_located_and_measured():
    torch.manual_seed(0)
    config = settings_of("progressive")
    painter = Painter(config, Generator(config).requires_grad_(False).eval(), Phase(2))
    paintings = few_paintings(24)
    whole, found = studies.locate(painter, paintings, 5, steps=3)
    early, late = studies.periods(paintings.years)
    assert len(whole) == 10 and found.losses.shape == (4, 1, 10)
    assert (whole.years[:5] < early[1]).all() and (whole.years[5:] >= late[0]).all()
    assert torch.equal(whole.latents, found.latents)
    numbers = studies.paper_numbers(painter, reader(), paintings, 5, steps=1)
    assert {"psnr", "year_slope_alike", "year_slope_detour", "pairs_gain", "alone"} <= set(numbers)


def test_all_that_were_located_are_morphed_where_periods_are_thirds(monkeypatch):
    """The thirds of the located pictures are others: between them lies nobody."""
    config, whole = settings_of("progressive"), few_paintings(24)
    painter = Painter(config, Generator(config).requires_grad_(False).eval(), Phase(2))
    people = replace(whole, years=whole.years - 1850)
    early, late = studies.periods(people.years)
    asked = []
    monkeypatch.setattr(studies, "morph_study", lambda *given: asked.append(given) or (None, None, {}))
    studies.paper_numbers(painter, reader(), people, 5, steps=1)
    ((_, _, located, *periods),) = asked
    assert periods == [early, late] and len(located) == 10


def test_the_film_of_a_training_is_cut_into_samples(tmp_path):
    config = settings_of("progressive", preview_every=2, steps=6)
    assert studies.course(tmp_path, config, 3) is None
    run = train("progressive", tmp_path / "run", preview_every=2, steps=6)
    run.ship(tmp_path / "shipped", only=["generator"], previews=True)
    course = studies.course(tmp_path / "shipped", config, moments=3, n=5)
    assert course.pictures.shape == (3, 5, 16, 16, 3)
    assert [each.split(":")[0] for each in course.told] == ["step 2", "step 4", "step 6"]
    whole = training.read_film(tmp_path / "shipped")[1]
    assert (course.pictures[0, 2] == whole[16:32, 32:48]).all()


def test_what_was_painted_at_the_end_of_a_training(tmp_path):
    assert studies.painted_at_the_end(tmp_path, 32) is None
    train("dcgan", tmp_path / "run", preview_every=2, steps=4).ship(tmp_path, only=["generator"], previews=True)
    painted = studies.painted_at_the_end(tmp_path, 32, n=5)
    assert painted.shape == (5, 3, 32, 32)
    last = training.read_film(tmp_path)[-1]
    assert (painted[3].permute(1, 2, 0).numpy() == last[32:64, 96:128]).all()
