"""Projection finds what the painter drew, keeps to the sphere, and treats each picture on its own."""

import signal

import pytest
import torch
from few_paintings import few_paintings, settings_of

from ganbook.chapters.painting_morphs import projection
from ganbook.chapters.painting_morphs.growth import Phase
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.model import Generator, dcgan_generator
from ganbook.chapters.painting_morphs.sphere import on_sphere
from ganbook.data.pixels import from_bytes
from ganbook.errors import UserError
from ganbook.metrics import psnr


@pytest.fixture(scope="module")
def painter():
    torch.manual_seed(0)
    config = settings_of("progressive", latent_dim=6, channels=(8, 8, 8))
    generator = Generator(config).requires_grad_(False).eval()
    generator.to_rgb[2].weight *= 0.2  # colours in [-1, 1], as of trained ones
    return Painter(config, generator, Phase(2))


def wanted(painter, n=3):
    return from_bytes(projection.own_samples(painter, n, seed=5)[1])


def test_own_samples_are_drawn_from_the_sphere(painter):
    latents, pictures = projection.own_samples(painter, 4, seed=1)
    torch.testing.assert_close(latents.square().mean(1), torch.ones(4))
    assert torch.equal(pictures, painter.draw(latents)) and pictures.shape == (4, 3, 16, 16)


def test_the_painters_own_pictures_are_found(painter):
    found = projection.project(painter, wanted(painter), steps=80, restarts=3)
    assert (psnr(found.pictures.numpy(), projection.own_samples(painter, 3, seed=5)[1].numpy()) > 28).all()
    assert found.losses.shape == (81, 3, 3) and not found.interrupted and found.looks == {}
    torch.testing.assert_close(found.latents.square().mean(1), torch.ones(3))
    assert torch.equal(found.pictures, painter.draw(found.latents))


def test_the_best_of_all_starts_and_steps_is_kept(painter):
    calls = []

    def least_after_two_steps(drawn, theirs):
        calls.append(1)
        return projection.picture_distance(drawn, theirs) + 10 * abs(len(calls) - 3)

    pictures = wanted(painter)
    found = projection.project(painter, pictures, steps=4, restarts=3, distance=least_after_two_steps, looks=(2,))
    assert torch.equal(found.best, found.losses[2].argmin(0)) and (found.losses.argmin(0) == 2).all()
    assert torch.equal(found.pictures, found.looks[2][found.best, [0, 1, 2]])
    with torch.no_grad():
        torch.testing.assert_close(
            projection.picture_distance(painter(found.latents), pictures), found.losses[2].amin(0)
        )


def test_each_picture_on_its_own_and_the_same_each_time(painter):
    pictures = wanted(painter)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    whole = projection.project(painter, pictures, steps=4, restarts=2)
    assert torch.equal(torch.get_rng_state(), before)
    alone = projection.project(painter, pictures[1:2], steps=4, restarts=2)
    torch.testing.assert_close(alone.losses[..., 0], whole.losses[..., 1])
    torch.testing.assert_close(alone.latents[0], whole.latents[1], atol=1e-4, rtol=0)
    again = projection.project(painter, pictures, steps=4, restarts=2)
    assert torch.equal(again.latents, whole.latents)
    other = projection.project(painter, pictures, steps=4, restarts=2, seed=1)
    assert not torch.equal(other.losses[0], whole.losses[0])


def test_some_at_a_time_is_all_at_once(painter, monkeypatch):
    whole = projection.project(painter, wanted(painter), steps=3, restarts=2)
    monkeypatch.setattr(projection, "AT_ONCE", 4)
    parts = projection.project(painter, wanted(painter), steps=3, restarts=2)
    torch.testing.assert_close(parts.losses, whole.losses)


def test_a_step_is_adams_and_ends_on_the_sphere(painter):
    """Adam's first step is the rate times the gradient's sign."""
    pictures = wanted(painter, 1)
    z = on_sphere(painter.latents(1, projection.APART + 3)).requires_grad_()
    projection.picture_distance(painter(z), pictures).sum().backward()
    stepped = on_sphere(z.detach() - 0.01 * z.grad.sign())
    with torch.no_grad():
        away = projection.picture_distance(painter(stepped), pictures)
    found = projection.project(painter, pictures, restarts=1, steps=1, learning_rate=0.01, seed=3)
    torch.testing.assert_close(found.losses[1, 0], away, atol=1e-5, rtol=0)


def test_the_rate_falls_over_the_last_half(painter, monkeypatch):
    rates = []
    monkeypatch.setattr(projection.training, "set_learning_rate", lambda optimizer, rate: rates.append(rate))
    projection.project(painter, wanted(painter, 1), restarts=1, steps=4, learning_rate=0.1)
    assert rates == pytest.approx([0.1, 0.1, 0.1, 0.05])


def test_one_start_is_given_and_the_others_are_not(painter):
    latents, pictures = projection.own_samples(painter, 3, seed=5)
    found = projection.project(painter, from_bytes(pictures), start=5 * latents, restarts=2, steps=1)
    assert (found.losses[0, 0] < 0.005).all() and (found.losses[0, 1] > 0.02).all()
    assert found.best.tolist() == [0, 0, 0]


def test_a_bar_is_shown_on_request(painter, capsys):
    projection.project(painter, wanted(painter, 1), restarts=1, steps=2)
    assert capsys.readouterr() == ("", "")
    projection.project(painter, wanted(painter, 1), restarts=1, steps=2, progress=True)
    shown = capsys.readouterr()
    assert shown.out == "" and "projecting" in shown.err and "2/2" in shown.err


def test_dcgan_is_searched_as_well():
    torch.manual_seed(0)
    config = settings_of("dcgan")
    generator = dcgan_generator(config).requires_grad_(False).eval()
    generator.last.weight *= 200  # colours as bold as of trained ones
    painter = Painter(config, generator)
    found = projection.project(painter, wanted(painter, 2), restarts=2, steps=15, learning_rate=0.1)
    assert (found.losses[-1] < 0.7 * found.losses[0]).any(0).all() and found.pictures.shape == (2, 3, 32, 32)
    torch.testing.assert_close(found.latents.norm(dim=1), torch.full((2,), config.latent_dim**0.5))


def test_its_course_can_be_looked_at(painter):
    found = projection.project(painter, wanted(painter), restarts=2, steps=3, looks=(0, 3))
    assert list(found.looks) == [0, 3] and found.looks[0].shape == (2, 3, 3, 16, 16)
    assert torch.equal(found.looks[0][:, 0], painter.draw(on_sphere(painter.latents(2, projection.APART))))
    away = projection.picture_distance(from_bytes(found.looks[3][1]), wanted(painter))
    torch.testing.assert_close(away, found.losses[3, 1], atol=5e-3, rtol=0)


def test_ctrl_c_returns_what_was_found(painter):
    calls = []

    def distance(drawn, theirs):
        calls.append(1)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return projection.picture_distance(drawn, theirs)

    found = projection.project(painter, wanted(painter), restarts=2, steps=50, distance=distance)
    assert found.interrupted and len(calls) == 3 and found.losses.shape == (3, 2, 3)
    assert torch.equal(found.pictures, painter.draw(found.latents))


def test_the_distance_is_a_mean_over_sizes_and_strokes():
    one, other = (from_bytes(few_paintings(3, 16, split).pictures) for split in ("train", "dev"))
    assert [tuple(maps.shape[1:]) for maps in projection.pyramid(one)] == [
        (3, 16, 16), (3, 4, 4), (3, 8, 8), (3, 2, 2), (3, 4, 4)
    ]  # fmt: skip
    assert projection.picture_distance(one, one).abs().max() == 0

    def blocks(pictures, size):
        n, _, side, _ = pictures.shape
        return pictures.view(n, 3, side // size, size, side // size, size).mean((3, 5))

    def plain(pictures):
        half = blocks(pictures, 2)
        strokes = [
            (each - blocks(each, 2).repeat_interleave(2, 2).repeat_interleave(2, 3)).abs() for each in (pictures, half)
        ]
        return [pictures, blocks(strokes[0], 4), half, blocks(strokes[1], 4), blocks(pictures, 4)]

    apart = [(first - second).abs().mean((1, 2, 3)) for first, second in zip(plain(one), plain(other))]
    torch.testing.assert_close(projection.picture_distance(one, other), sum(apart) / 5)


def test_strokes_count_where_pixels_cannot_agree():
    """Beside a fine pattern its shifted self is nearer than grey, though grey differs less pixel by pixel."""
    columns = torch.arange(16) % 2 * 2.0 - 1
    pattern = columns.expand(1, 3, 16, 16)
    shifted, grey = pattern.roll(1, 3), torch.zeros(1, 3, 16, 16)
    assert (shifted - pattern).abs().mean() == 2 * (grey - pattern).abs().mean()
    strokes = projection.pyramid(pattern)[1]
    torch.testing.assert_close(strokes, projection.pyramid(shifted)[1])
    assert projection.pyramid(grey)[1].max() == 0 and strokes.min() == 1


BAD = torch.zeros(2, 3, 16, 16)
BAD[1, 0, 0, 0] = torch.nan


@pytest.mark.parametrize(
    ("pictures", "how", "message"),
    [
        (torch.zeros(1, 3, 32, 32), {}, r"at least one picture, \(n, 3, 16, 16\), got \(1, 3, 32, 32\)"),
        (torch.zeros(0, 3, 16, 16), {}, r"at least one picture, \(n, 3, 16, 16\), got \(0, 3, 16, 16\)"),
        (BAD, {}, "NaN or infinity in number 1$"),
        (torch.full((1, 3, 16, 16), 255.0), {}, r"must be in \[-1, 1\], got values from 255 to 255"),
        (BAD[:1], {"start": torch.ones(2, 6)}, r"a start for each picture, \(1, 6\), got \(2, 6\)"),
        (BAD[:1], {"restarts": 0}, "at least one start and one step, got 0 and 500"),
        (BAD[:1], {"steps": 0}, "at least one start and one step, got 8 and 0"),
    ],
)
def test_what_cannot_be_projected(painter, pictures, how, message):
    with pytest.raises(UserError, match=message) as error:
        projection.project(painter, pictures, **how)
    assert "\n" not in str(error.value)


def test_no_search_begins_at_the_sample_that_it_is_to_find(painter):
    """Both are drawn with a seed; with the same numbers a search would be perfect before its first step."""
    latents, pictures = projection.own_samples(painter, 4, seed=0)
    found = projection.project(painter, from_bytes(pictures), restarts=4, steps=1, seed=0)
    assert float(found.losses[0].min()) > 1e-3
    begin = projection.nearest_samples(painter, from_bytes(pictures), samples=50, seed=0)
    assert float((begin - latents).abs().amax(1).min()) > 0.1
    again = projection.nearest_samples(painter, from_bytes(painter.draw(begin)), samples=50, seed=0)
    torch.testing.assert_close(again, begin)  # its own nearest sample is itself


def test_the_first_of_what_was_found(painter):
    _, pictures = projection.own_samples(painter, 4)
    found = projection.project(painter, from_bytes(pictures), restarts=2, steps=2, looks=[0, 2])
    few = found.first(3)
    assert few.latents.shape[0] == few.pictures.shape[0] == few.losses.shape[2] == len(few.best) == 3
    assert all(torch.equal(few.looks[step], found.looks[step][:, :3]) for step in (0, 2))
