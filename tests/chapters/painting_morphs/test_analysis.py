"""Numbers about samples and about the regressor, where the answer is known."""

import pytest
import torch
from few_paintings import few_paintings, material, reader, settings_of, train

from ganbook.chapters.painting_morphs import analysis
from ganbook.chapters.painting_morphs.inference import Painter


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


def test_the_nearest_painting_of_a_copy_is_its_original():
    train_set = few_paintings(24).pictures
    order = torch.randperm(24, generator=torch.Generator().manual_seed(0))
    assert torch.equal(analysis.nearest(train_set[order] // 2 * 2, train_set, reader()), order)


def test_thumbnails_are_means():
    pictures = few_paintings(3, 16).pictures
    means = (pictures.float().view(3, 3, 8, 2, 8, 2).mean((3, 5)) / 127.5 - 1).flatten(1)
    torch.testing.assert_close(analysis.thumbnails(pictures), means)


def test_a_painter_that_copies_and_one_that_does_not():
    seen, unseen, fresh = (few_paintings(24, 16, split).pictures for split in ("train", "dev", "test"))
    config, read = settings_of("progressive"), reader()
    copying, painting = (
        analysis.painter_numbers(Painter(config, Memory(each)), read, seen, unseen) for each in (seen, fresh)
    )
    assert copying["copies"] < 0.01 and copying["copies_thumbnails"] < 0.01
    assert 0.7 < painting["copies"] < 1.4 and 0.7 < painting["copies_thumbnails"] < 1.4
    assert copying["kid_1e3"] == pytest.approx(copying["kid_1e3_data"]) == pytest.approx(painting["kid_1e3_data"])
    same = analysis.painter_numbers(Painter(config, Memory(unseen)), read, seen, unseen)
    assert same["year_mean"] == pytest.approx(0, abs=1e-3) and same["year_spread"] == pytest.approx(1, abs=1e-3)
    assert same["kid_1e3"] < painting["kid_1e3"]


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
