"""The regressor: what it learns, in what unit, and all its settings."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
from few_paintings import few_paintings, reader

from ganbook import training
from ganbook.chapters.painting_morphs.config import REGRESSOR_PROFILES, RegressorConfig
from ganbook.chapters.painting_morphs.regressor import YearReader, YearRegressor, train_regressor, whitened, year_loss
from ganbook.data.pixels import from_bytes
from ganbook.losses import feature_distance
from ganbook.training.checkpoint import load_state
from ganbook.training.config import FREE_KEYS

CONFIG = replace(REGRESSOR_PROFILES["smoke"], precision="32-true", paintings=24, batch_size=12, resolution=8)


def train(config: RegressorConfig, folder: Path) -> training.Run:
    identity = {"slug": "painting_morphs", "profile": "smoke", "data": "embedded", "seed": 0}
    run = training.Run(folder, config, **identity, device="cpu", progress=False)
    train_regressor(run, few_paintings(config.paintings, config.resolution))
    return run


def test_years_are_learned_from_brightness(tmp_path):
    config = replace(CONFIG, steps=120, learning_rate=1e-2, blur=0.0, pixel_noise=0.0, colour_shift=0.0)
    read = YearReader(config, train(config, tmp_path)._raw["regressor"].module.eval())
    unseen = few_paintings(40, 8, "test")
    error = (read(unseen.pictures) - unseen.years).abs().mean()
    assert error < 0.4 * (unseen.years.median() - unseen.years).abs().mean()


def test_the_loss_is_the_mean_absolute_error():
    assert float(year_loss(torch.tensor([1.0, -1.0]), torch.tensor([3.0, 0.0]))) == 1.5


def test_the_scale_of_years_survives_half_precision():
    module = YearRegressor((4, 4))
    years = torch.tensor([1881.2, 1890.9, 1886.4])
    module.learn_scale(years)
    assert float(module.middle) == 1886 and float(module.spread) == pytest.approx(
        float(years.std(unbiased=False)), 1e-3
    )
    assert all(float(value.half()) == float(value) for value in (module.middle, module.spread))
    module.learn_scale(torch.full((3,), 1888.0))
    assert (float(module.middle), float(module.spread)) == (1888, 1)


def test_a_year_is_the_middle_and_so_many_deviations():
    read = reader()
    read.regressor.learn_scale(torch.tensor([1880.0, 1890.0]))
    read.regressor.forward = lambda pictures: torch.tensor([0.0, 1.0, -0.5])
    assert read(few_paintings(3).pictures).tolist() == [1885, 1890, 1882.5]


def test_features_are_means_and_deviations_of_every_stage():
    read = reader()
    pictures = torch.rand(3, 3, 16, 16)
    found = read.regressor.features(pictures)
    assert found.shape == (3, 2 * (4 + 4 + 8))
    maps = read.regressor.stages[0](pictures)
    torch.testing.assert_close(found[:, :4], maps.mean((2, 3)))
    torch.testing.assert_close(found[:, 4:8], maps.flatten(2).std(2, unbiased=False), atol=2e-3, rtol=1e-3)


def test_pictures_are_compared_pixel_by_pixel_in_the_maps_of_all_stages():
    read = reader()
    first, second = few_paintings(5).pictures, few_paintings(5, 16, "dev").pictures
    found = read.apart(first, second)
    assert found.shape == (5,) and (found > 0).all() and (read.apart(first, first) == 0).all()
    with torch.no_grad():
        one, other = (read.regressor.maps(from_bytes(each)) for each in (first, second))
    assert [tuple(maps.shape[1:]) for maps in one] == [(4, 16, 16), (4, 8, 8), (8, 4, 4)]
    torch.testing.assert_close(found, feature_distance(one, other))
    shifted = first.roll(1, 3)
    assert (read.apart(first, shifted) > 0.001).all(), "where something is counts, too"
    large = first.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert read.apart(large, large).shape == (5,)


def test_pictures_of_any_size_are_scaled():
    read = reader()
    large = few_paintings(3, 16).pictures.repeat_interleave(4, 2).repeat_interleave(4, 3)
    assert read(large).shape == (3,) and read.features(large).shape == read.features(few_paintings(3).pictures).shape
    flat = torch.full((2, 3, 40, 40), 90, dtype=torch.uint8)
    torch.testing.assert_close(read(flat), read(flat[..., :16, :16]))


VALUES = {"paintings": 20, "channels": (4, 4, 6), "batch_size": 8, "resolution": 12, "decay_share": 0.9}
SETTINGS = [field.name for field in fields(RegressorConfig) if field.name not in FREE_KEYS | {"channels_last", "about"}]


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "ema_decay"])
def test_every_setting_matters(name, tmp_path):
    config = replace(CONFIG, steps=3)
    value = VALUES[name] if name in VALUES else getattr(config, name) / 2 + 0.05
    train(config, tmp_path / "one"), train(replace(config, **{name: value}), tmp_path / "two")
    one, two = (load_state(tmp_path / folder, print)[0] for folder in ("one", "two"))
    assert any(one[key].shape != two[key].shape or not torch.equal(one[key], two[key]) for key in one)


def test_whitened_features_are_uncorrelated_and_tell_bad_samples_from_noise():
    draws = torch.Generator().manual_seed(0)
    pictures = torch.randint(256, (200, 3, 16, 16), generator=draws).to(torch.uint8)
    pictures[:4] //= 20  # a few night pieces, with features far from all others
    read = reader()
    features = whitened(read, pictures, components=12)
    found = features(pictures)
    assert found.shape == (200, 12)
    torch.testing.assert_close(torch.cov(found.T), torch.eye(12), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(found.mean(0), torch.zeros(12), atol=1e-4, rtol=0)
    few = whitened(read, pictures[:5], components=12)
    assert few(pictures).shape[1] <= 4 and few(pictures).isfinite().all()
