"""What is trained, as it is shipped and loaded; and what it is trained on."""

from dataclasses import replace

import pytest
import torch
from few_paintings import few_paintings, material, reader, settings_of

from ganbook import training
from ganbook.chapters.painting_morphs import inference, recipe
from ganbook.chapters.painting_morphs.config import REGRESSOR_PROFILES
from ganbook.chapters.painting_morphs.growth import Phase
from ganbook.data.people import drawn_people
from ganbook.errors import UserError

MODELS = {"dcgan": recipe.DCGAN, "progressive": recipe.PROGRESSIVE}


@pytest.fixture
def paintings(monkeypatch):
    """Few pictures in the place of our painter's, and what was asked for."""
    asked = []

    def few(split, source, n, side, progress):
        asked.append((split, source, n, side))
        return few_paintings(n or 30, side, split)

    monkeypatch.setattr(recipe.data, "paintings", few)
    return asked


def shipped(model: training.Model, config: training.Settings, folder):
    run = model.train(config, profile="smoke", data="embedded", folder=folder / "run", device="cpu", progress=False)
    return run, model.ship(run, folder / "shipped")


@pytest.mark.parametrize("kind", MODELS)
def test_a_gan_is_loaded_as_it_was_averaged_and_as_far_as_it_has_grown(kind, tmp_path):
    config = settings_of(kind, steps=3)
    model = replace(MODELS[kind], data=lambda config, *_: material(config), measure=lambda *_: {"some": 1.0})
    run, folder = shipped(model, config, tmp_path)
    painter = model.load(folder)
    z = painter.latents(5)
    assert torch.equal(z, painter.latents(5)) and not torch.equal(z, painter.latents(5, seed=1))
    with torch.no_grad():
        averaged = run.ema("generator")
        wanted = averaged(z) if kind == "dcgan" else averaged(z, Phase(1))
    torch.testing.assert_close(painter(z), wanted, rtol=2e-2, atol=2e-2)
    assert painter.phase == (None if kind == "dcgan" else Phase(1)) and painter.config == config
    made = painter.draw(z)
    assert made.dtype == torch.uint8 and made.shape == (5, 3, *wanted.shape[2:])
    z.requires_grad_()
    painter(z).sum().backward()
    assert z.grad.abs().sum() > 0 and not any(weight.requires_grad for weight in painter.generator.parameters())
    with pytest.raises(UserError):
        inference.load_regressor(folder)


def test_the_regressor_is_shipped_with_its_errors(paintings, tmp_path):
    config = replace(REGRESSOR_PROFILES["smoke"], steps=2, precision="32-true", paintings=16)
    run, folder = shipped(recipe.REGRESSOR, config, tmp_path)
    numbers = training.read_run(folder)["metrics"]
    assert numbers["year_error"] > 0 and 1 < numbers["year_error_constant"] < 4
    assert [ask[0] for ask in paintings] == ["train", "test"]
    read, module = inference.load_regressor(folder), run._raw["regressor"].module.eval()
    assert read.config == config and float(read.regressor.middle) == float(module.middle)
    unseen = few_paintings(4, 16, "dev").pictures
    torch.testing.assert_close(read(unseen), inference.YearReader(config, module)(unseen), atol=0.1, rtol=0)


def test_paintings_are_asked_for_and_shrunk_as_the_settings_say(paintings):
    config = settings_of("progressive", paintings=20)
    found = recipe.pictures(config, "embedded")
    assert paintings == [("train", "embedded", 20, 64)] and found.pictures.shape == (20, 3, 16, 16)
    whole = few_paintings(20, 64)
    assert torch.equal(found.years, whole.years) and found.titles == whole.titles
    means = whole.pictures.float().view(20, 3, 16, 4, 16, 4).mean((3, 5))
    assert (found.pictures - means).abs().max() <= 0.51


def test_of_a_persons_own_paintings_some_are_taken_from_all_years(paintings):
    """They come in the order of their years."""
    config = settings_of("dcgan", paintings=16)
    found = recipe.pictures(config, "folder", split="dev")
    assert paintings == [("dev", "folder", None, 64)] and len(found) == 16
    numbers = [int(title.split()[1]) for title in found.titles]
    assert numbers == sorted(numbers) and max(numbers) > 20
    assert found.years.tolist() == few_paintings(30, 64, "dev").years[numbers].tolist()
    assert recipe.pictures(config, "folder", split="dev").titles == found.titles


def test_a_narrower_choice_is_taken_by_words_of_titles(paintings):
    config = settings_of("dcgan", paintings=16, about="Number 1")
    found = recipe.pictures(config, "embedded")
    assert paintings == [("train", "embedded", None, 64)]
    numbers = [int(title.split()[1]) for title in found.titles]
    assert numbers == [1, *range(10, 20)]
    assert found.years.tolist() == few_paintings(30, 64).years[numbers].tolist()
    with pytest.raises(UserError, match="about 'sea': 0 of 30 train pictures have it in their titles"):
        recipe.pictures(replace(config, about="sea"), "embedded")


def test_a_painter_of_a_part_is_measured_over_the_whole(paintings, monkeypatch):
    measured = []
    monkeypatch.setattr(recipe, "shipped_reader", lambda source, subject="paintings": reader())
    for name in ("painter_numbers", "copy_numbers"):
        monkeypatch.setattr(recipe.analysis, name, lambda painter, read, *sets: measured.append(sets) or {})
    recipe.measure_samples(inference.Painter(settings_of("dcgan", about="number 2"), None), "embedded")
    assert [[len(each) for each in sets] for sets in measured] == [[11, 24], [11, 11, 24]]


def test_material_of_a_gan(paintings, monkeypatch):
    monkeypatch.setattr(recipe, "shipped_reader", lambda source, subject="paintings": reader())
    torch.manual_seed(5)
    before = torch.get_rng_state()
    shown = recipe.make_material(settings_of("progressive"), "embedded", 0)
    assert [ask[0] for ask in paintings] == ["train", "dev"]
    assert shown.train.shape == shown.dev.shape == (24, 3, 16, 16) and not torch.equal(shown.train, shown.dev)
    assert shown.reader is not None and torch.equal(torch.get_rng_state(), before), "the seed decides, not the reader"


def test_without_a_regressor_nothing_is_measured(monkeypatch):
    monkeypatch.setattr(recipe, "shipped_reader", lambda source, subject="paintings": None)
    assert recipe.measure_painter(None, "embedded") == {}


def test_people_are_drawn_whatever_source_is_asked_for(paintings, tmp_path, monkeypatch):
    monkeypatch.setattr(recipe.data, "look", lambda: recipe.data.Found("commons"))
    model = recipe.RECIPE.model("people_regressor")
    assert model.source("auto") == "embedded" and recipe.source_of("auto") == "commons"
    found = model.data(replace(REGRESSOR_PROFILES["smoke"], paintings=16), "auto", 0)
    assert found.pictures.shape == (16, 3, 16, 16) and found.years.min() >= 20 and found.years.max() > 50
    assert found.titles == drawn_people("train", 16, 64, progress=False).titles and paintings == []


@pytest.mark.parametrize(("variant", "wanted"), [("people", "people_regressor"), ("main", "regressor")])
def test_each_subject_has_its_own_regressor(variant, wanted, monkeypatch, tmp_path):
    asked = []
    folder_of = lambda self, name, **which: asked.append((name, which["data"])) or tmp_path / "none"
    monkeypatch.setattr(training.Recipe, "checkpoint_folder", folder_of)
    monkeypatch.setattr(recipe, "pictures", lambda *given, **told: few_paintings(16))
    model = recipe.RECIPE.model(variant)
    assert model.data(settings_of("progressive"), "embedded", 0).reader is None
    assert model.measure(None, "embedded") == {} and asked == [(wanted, "embedded")] * 2


def test_people_are_learned_measured_and_shipped(tmp_path):
    model = recipe.RECIPE.model("people_regressor")
    config = replace(REGRESSOR_PROFILES["smoke"], steps=2, precision="32-true", paintings=16)
    _, folder = shipped(model, config, tmp_path)
    numbers = training.read_run(folder)["metrics"]
    assert numbers["year_error"] > 0 and 8 < numbers["year_error_constant"] < 22


def test_every_variant_has_its_settings():
    for name in recipe.RECIPE.variants:
        for profile in ("smoke", "quick", "paper"):
            assert recipe.RECIPE.settings(name, profile, "embedded")
    few, ada = (recipe.RECIPE.settings(name, "quick", "embedded") for name in ("few", "few_ada"))
    assert few.paintings == 300 and replace(few, ada=True) == ada
