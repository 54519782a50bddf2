"""The variants of the draft train, ship, load and are measured. Goes when the recipe comes in: then those of all do."""

import json
import math

import pytest
import torch
from chapters.drag_editing.few import CHANNELS, LATENT, prior
from chapters.drag_editing.test_analysis import Reader, Segmenter

from ganbook.chapters.drag_editing import recipe_draft as recipe
from ganbook.chapters.drag_editing.config import FLOW_PROFILES
from ganbook.chapters.drag_editing.flow import FlowNet
from ganbook.errors import UserError

TINY = {
    "steps": 2,
    "precision": "32-true",
    "latent_dim": LATENT,
    "feature_channels": CHANNELS,
    "feature_layer": 2,
    "layers": 3,
}


@pytest.fixture(autouse=True)
def few(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path_factory.getbasetemp() / "drag_editing"))
    monkeypatch.setattr(recipe, "TESTED_PAIRS", 100)
    monkeypatch.setattr(recipe, "SIDE", 32)
    monkeypatch.setattr(recipe, "TESTED_MOVES", 100)
    monkeypatch.setattr(recipe, "TESTED", 4)


@pytest.fixture
def tools(monkeypatch):
    """A tiny generator and instruments in place of those of `style_prior`, and a flow net that nobody trained."""
    found = {"main": prior(), "landmarks": Reader(), "segmenter": Segmenter()}
    torch.manual_seed(2)
    flow = FlowNet(FLOW_PROFILES["smoke"]).requires_grad_(False).eval()
    monkeypatch.setattr(recipe, "from_style_prior", lambda name, source, seed=0: found[name])
    monkeypatch.setattr(recipe, "trained_flow", lambda source: flow)


@pytest.mark.parametrize("variant", [name for name in recipe.RECIPE.variants if name != "flow"])
def test_every_variant_trains_ships_loads_and_is_measured(variant, tools, tmp_path):
    model, config = recipe.RECIPE.model(variant), recipe.RECIPE.settings(variant, "smoke", "embedded", TINY)
    run = model.train(config, profile="smoke", data="embedded", folder=tmp_path / "run", progress=False)
    folder = model.ship(run, tmp_path / "shipped")
    editor = recipe.load(folder)
    assert editor.config == run.config
    for name, value in run._raw["transformer"].module.state_dict().items():
        torch.testing.assert_close(editor.transformer.state_dict()[name], value, atol=2e-3, rtol=2e-3)
    metrics = json.loads((folder / "run.json").read_text())["metrics"]
    assert {
        "latent_error",
        "latent_error_4",
        "drag_slope",
        "colour_change",
        "anchor_motion",
        "zoom_rank",
    } <= metrics.keys()
    assert all(map(math.isfinite, metrics.values()))


def test_the_flow_net_trains_ships_loads_and_is_measured(tmp_path):
    model, config = recipe.RECIPE.model("flow"), recipe.RECIPE.settings("flow", "smoke", "embedded", {"steps": 2})
    run = model.train(config, profile="smoke", data="embedded", folder=tmp_path / "run", progress=False)
    folder = model.ship(run, tmp_path / "shipped")
    metrics = json.loads((folder / "run.json").read_text())["metrics"]
    assert metrics["flow_epe"] > 0 and isinstance(model.load(folder), FlowNet)


@pytest.mark.parametrize("changed", [{"latent_dim": 9}, {"feature_channels": 5}, {"feature_layer": 7}, {"layers": 6}])
def test_another_generator_is_refused(changed, tools):
    config = recipe.RECIPE.settings("main", "smoke", "embedded", {**TINY, **changed})
    with pytest.raises(UserError, match="the generator has codes of 8 and .* channels at layer"):
        recipe.make_material(config, "embedded", 0)


def test_generator_and_flow_net_come_first(monkeypatch, tmp_path):
    monkeypatch.setattr(recipe.RECIPE.__class__, "checkpoint_folder", lambda self, *_, **__: tmp_path / "none")
    for ask in (recipe.trained_flow, lambda source: recipe.from_style_prior("main", source)):
        with pytest.raises(UserError, match="No checkpoint none is shipped"):
            ask("auto")
