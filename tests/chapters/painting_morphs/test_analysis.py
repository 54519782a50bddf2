"""Numbers about samples, the regressor, projections and morphs, where the answer is known."""

import math

import pytest
import torch
from few_paintings import few_paintings, material, reader, settings_of, train
from scipy import stats

from ganbook.chapters.painting_morphs import analysis
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.regressor import whitened
from ganbook.errors import UserError
from ganbook.metrics import bootstrap_interval, kernel_distance


class Memory(torch.nn.Module):
    """A generator that shows these pictures one after the other."""

    def __init__(self, pictures):
        super().__init__()
        self.pictures = pictures.float() / 127.5 - 1

    def forward(self, z):
        return self.pictures[: len(z)]


def test_kid_is_read_off_the_curves(tmp_path):
    shown = material(settings_of("progressive"), with_reader=True)
    train("progressive", tmp_path, shown, steps=5, look_every=2, looked_at=8)
    steps, kid = analysis.kid_over_training(tmp_path)
    assert steps == [2, 4] and len(kid) == 2 and kid[0] != kid[1]
    train("dcgan", tmp_path / "without", steps=1)
    assert analysis.kid_over_training(tmp_path / "without") == ([], [])


def test_whether_kid_falls_by_hand():
    assert analysis.kid_falls([1, 2, 3], [9.0, 5.0, 4.0]) == pytest.approx(-1)
    assert analysis.kid_falls([1, 2, 3], [4.0, 9.0, 5.0]) == pytest.approx(0.5)


def test_the_nearest_painting_of_a_copy_is_its_original():
    train_set, unseen = few_paintings(24).pictures, few_paintings(24, 16, "dev").pictures
    order = torch.randperm(24, generator=torch.Generator().manual_seed(0))
    copying = Painter(settings_of("progressive"), Memory(train_set[order] // 2 * 2))
    found = analysis.copy_numbers(copying, reader(), train_set, unseen)
    assert [found[f"nearest_{k}"] for k in range(analysis.NEAREST)] == order[: analysis.NEAREST].tolist()


def test_thumbnails_are_means():
    pictures = few_paintings(3, 16).pictures
    means = (pictures.float().view(3, 3, 8, 2, 8, 2).mean((3, 5)) / 127.5 - 1).flatten(1)
    torch.testing.assert_close(analysis.thumbnails(pictures), means)


def test_a_painter_that_copies_and_one_that_does_not():
    seen, unseen, fresh = (few_paintings(24, 16, split).pictures for split in ("train", "dev", "test"))
    config, read = settings_of("progressive"), reader()
    copying, painting = (
        analysis.copy_numbers(Painter(config, Memory(each)), read, seen, unseen) for each in (seen, fresh)
    )
    assert copying["copies"] < 0.01 and copying["copies_thumbnails"] < 0.01
    assert 0.7 < painting["copies"] < 1.4 and 0.7 < painting["copies_thumbnails"] < 1.4
    assert [copying[f"nearest_{k}"] for k in range(analysis.NEAREST)] == list(range(analysis.NEAREST))
    assert copying["kid_1e3_data"] == painting["kid_1e3_data"]
    of_copies = analysis.painter_numbers(Painter(config, Memory(seen)), read, unseen)
    assert of_copies["kid_1e3"] == pytest.approx(copying["kid_1e3_data"])
    same = analysis.painter_numbers(Painter(config, Memory(unseen)), read, unseen)
    assert same["year_mean"] == pytest.approx(0, abs=1e-3) and same["year_spread"] == pytest.approx(1, abs=1e-3)
    assert same["kid_1e3"] < of_copies["kid_1e3"]


def test_parts_and_the_whole_are_measured_alike():
    """Features are whitened over the whole, and as many samples are drawn as it has pictures."""
    whole, painted = few_paintings(24).pictures, few_paintings(24, 16, "test").pictures
    painter, read = Painter(settings_of("progressive"), Memory(painted)), reader()
    features = whitened(read, whole)
    by_hand = 1e3 * kernel_distance(features(whole[:8]), features(painted))
    assert analysis.painter_numbers(painter, read, whole[:8], whole)["kid_1e3"] == pytest.approx(by_hand)
    level = 1e3 * kernel_distance(features(whole[:8]), features(painted[:24]))
    assert analysis.copy_numbers(painter, read, painted, whole[:8], whole)["kid_1e3_data"] == pytest.approx(level)


def test_samples_of_a_network_that_is_not_full_grown_are_enlarged():
    small = few_paintings(4, 8).pictures
    found = analysis.drawn(Painter(settings_of("progressive"), Memory(small)), 4, 16, seed=0)
    assert torch.equal(found, small.repeat_interleave(2, 2).repeat_interleave(2, 3))


def test_errors_of_the_regressor_by_hand():
    paintings = few_paintings(40)
    read = lambda pictures: 0.5 * (paintings.years - 1886) + 1887
    found = analysis.regressor_numbers(read, paintings)
    off = (0.5 * (paintings.years - 1886) + 1887 - paintings.years).numpy()
    assert found["year_error"] == pytest.approx(abs(off).mean(), abs=1e-3)
    assert found["year_bias"] == pytest.approx(off.mean(), abs=1e-3) and found["year_slope"] == pytest.approx(
        0.5, abs=1e-3
    )
    assert 2 < found["year_error_constant"] < 3


# Projection and morphs


def test_numbers_of_a_projection():
    wanted = few_paintings(3).pictures
    found = wanted.clone()
    found[0] += 10
    found[1] += 40
    read = reader()
    numbers = analysis.projection_numbers(found[:2], wanted[:2], read)
    likeness = [20 * math.log10(255 / off) for off in (10, 40)]
    assert numbers["psnr"] == pytest.approx(sum(likeness) / 2) and numbers["psnr_least"] == pytest.approx(likeness[1])
    assert numbers["psnr_28"] == 0.5
    assert numbers["perceptual"] == pytest.approx(float(read.apart(found[:2], wanted[:2]).mean()))
    assert numbers["year_shift"] == pytest.approx(float((read(found[:2]) - read(wanted[:2])).abs().mean()))
    same = analysis.projection_numbers(wanted, wanted, read)
    assert same["psnr_28"] == 1 and same["perceptual"] == same["year_shift"] == 0


WANTED = torch.tensor([[1884.0, 1885, 1886, 1887, 1888], [1886, 1886.5, 1887, 1887.5, 1888]])


def test_years_that_follow_and_years_that_do_not():
    right = analysis.year_numbers(WANTED, WANTED)
    assert right == pytest.approx(
        {"year_slope": 1, "year_slope_low": 1, "year_slope_high": 1, "year_rank": 1, "year_error": 0, "year_middle": 0}
    )
    half = analysis.year_numbers(1886 + 0.5 * (WANTED - 1886) + torch.tensor([[0.3], [-0.7]]), WANTED)
    assert half["year_slope"] == pytest.approx(0.5) and half["year_rank"] == pytest.approx(1)
    assert half["year_middle"] == pytest.approx((0.3 + 1.2) / 2, abs=1e-3)
    back = analysis.year_numbers(WANTED.flip(1), WANTED)
    assert back["year_slope"] == pytest.approx(-1) and back["year_rank"] == pytest.approx(-1)
    assert back["year_error"] == pytest.approx((2.4 + 1.2) / 2) and back["year_middle"] == 0
    still = analysis.year_numbers(torch.full((2, 5), 1886.0), WANTED)
    assert still["year_slope"] == still["year_rank"] == 0


def test_slopes_are_scipys():
    found = WANTED + torch.randn(2, 5, generator=torch.Generator().manual_seed(0))
    for k in range(2):
        both = torch.stack([found, WANTED], 2)[k : k + 1].double().numpy()
        line = stats.linregress(both[0, :, 1], both[0, :, 0])
        assert analysis.slope(both) == pytest.approx(line.slope)
    numbers = analysis.year_numbers(found, WANTED)
    assert numbers["year_slope_low"] <= numbers["year_slope"] <= numbers["year_slope_high"]
    assert numbers["year_slope_low"] < numbers["year_slope_high"]


def test_the_course_of_years_has_its_band():
    spread = 3 * torch.randn(50, 1, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 0.0, 0.1])
    mean, low, high = analysis.year_course(torch.tensor([1884.0, 1886.0, 1888.0]) + spread)
    assert mean == pytest.approx([1884, 1886, 1888], abs=1.5) and low[1] == mean[1] == high[1]
    # a mean of 50 is known to about 1.96 deviations / sqrt(50)
    assert high[0] - low[0] == pytest.approx(2 * 1.96 * float(spread[:, 0].std()) / 50**0.5, rel=0.2)
    assert high[2] - low[2] == pytest.approx(0.1 * (high[0] - low[0]), rel=0.1)


def test_years_are_read_frame_by_frame():
    frames = few_paintings(6).pictures.view(2, 3, 3, 16, 16)
    read = reader()
    torch.testing.assert_close(analysis.read_years(read, frames)[1], read(frames[1]))


def test_steady_and_jumping_morphs():
    class Brightness:
        def apart(self, first, second):
            return (second.float() - first.float()).abs().mean((1, 2, 3))

    greys = torch.tensor([[0, 20, 40, 60, 80], [0, 0, 0, 0, 80], [0, 10, 10, 40, 40], [7, 7, 7, 7, 7]])
    frames = greys[:, :, None, None, None].expand(-1, -1, 3, 8, 8).to(torch.uint8)
    torch.testing.assert_close(analysis.smoothness(Brightness(), frames), torch.tensor([1.0, 4.0, 3.0, 0.0]))
    with pytest.raises(UserError, match="steps are between frames, got 1 frame in a morph"):
        analysis.smoothness(Brightness(), frames[:, :1])


def test_what_chosen_pairs_gain():
    chosen, random = torch.tensor([1.0, 0.5, 0.75, 1.25]), torch.tensor([1.5, 1.5, 1.25, 1.25])
    found = analysis.pairs_gain(chosen, random)
    assert found["pairs_gain"] == pytest.approx(0.5)
    low, high = bootstrap_interval((random - chosen).numpy())
    assert (found["pairs_gain_low"], found["pairs_gain_high"]) == pytest.approx((low, high)) and low < 0.5 < high
    assert analysis.pairs_gain(random, chosen)["pairs_gain"] == pytest.approx(-0.5)
