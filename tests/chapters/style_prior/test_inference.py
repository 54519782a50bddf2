"""The prior and its instruments as they are shipped and loaded."""

from dataclasses import replace

import pytest
import torch

from ganbook import training
from ganbook.chapters.style_prior import inference, instruments, recipe
from ganbook.chapters.style_prior.config import PROFILES
from ganbook.chapters.style_prior.projection import perceptual_distance, project
from ganbook.data.avatars import free
from ganbook.data.pixels import from_bytes
from ganbook.errors import UserError

TINY = replace(PROFILES["smoke"], steps=2, batch_size=4, channels=(4, 4), latent_dim=4)


@pytest.fixture(autouse=True)
def few(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    monkeypatch.setattr(recipe, "TESTED", 100)
    monkeypatch.setattr(free, "SPLITS", {"train": 200, "dev": 100, "test": 100})


def shipped(model, config, folder):
    run = model.train(config, profile="smoke", data="embedded", folder=folder / "run", progress=False)
    return model.ship(run, folder / "shipped")


@pytest.fixture
def prior(tmp_path):
    small = recipe.PRIOR.__class__(
        **{**vars(recipe.PRIOR), "data": lambda *_: torch.zeros(8, 3, 8, 8, dtype=torch.uint8)}
    )
    return shipped(small, TINY, tmp_path)


def test_a_prior_draws_from_codes_of_one_or_of_all_layers(prior):
    loaded = inference.load_prior(prior)
    codes = loaded.codes(3)
    pictures = loaded.draw(codes)
    assert pictures.shape == (3, 3, 8, 8) and pictures.dtype == torch.uint8
    assert torch.equal(loaded.draw(codes[:, None].expand(-1, 4, -1)), pictures)
    assert torch.equal(loaded.codes(3), codes) and not torch.equal(loaded.codes(3, seed=1), codes)
    still = loaded.codes(3, psi=0.0)
    torch.testing.assert_close(still, loaded.generator.mapping.mean.expand(3, -1))
    loaded.generator.synthesis.convs[0].strength.fill_(3.0)
    assert torch.equal(loaded.draw(codes, seed=2), loaded.draw(codes, seed=2))
    assert not torch.equal(loaded.draw(codes, seed=2), loaded.draw(codes, seed=3))


def test_given_pictures_are_looked_for(prior):
    loaded = inference.load_prior(prior)
    pictures = loaded.draw(loaded.codes(2))
    found = loaded.find(pictures, lambda x: [x], "w+", steps=3, seed=4)
    distance = perceptual_distance(lambda x: [x])
    wanted = project(loaded.generator, from_bytes(pictures), distance, "w+", 3, seed=4)
    assert torch.equal(found.ws, wanted.ws) and torch.equal(found.losses, wanted.losses)


@pytest.mark.parametrize(("model", "number"), [(recipe.SEGMENTER, "miou"), (recipe.LANDMARKS, "landmark_error")])
def test_instruments_are_shipped_with_what_they_get_right(model, number, tmp_path):
    config = replace(instruments.PROFILES["smoke"], steps=2)
    folder = shipped(model, config, tmp_path)
    found = training.read_run(folder)["metrics"][number]
    assert 0 < found < 1 and model.measure(model.load(folder), "embedded")[number] == pytest.approx(found)


@pytest.mark.parametrize("variant", recipe.RECIPE.variants)
def test_every_variant_trains_at_smoke(variant, tmp_path):
    config = recipe.RECIPE.settings(variant, "smoke", "embedded", {"steps": 1})
    model = recipe.RECIPE.model(variant)
    assert model.train(config, profile="smoke", data="embedded", folder=tmp_path / "run", progress=False).finished


def test_another_model_is_refused(prior):
    with pytest.raises(UserError):
        inference.load_segmenter(prior)
