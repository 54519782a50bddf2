"""What this recipe refuses, beside what the tests of all recipes ask for."""

import pytest
from chapters.drag_editing.few import CHANNELS, LATENT, prior

from ganbook.chapters.drag_editing import recipe
from ganbook.errors import UserError

FITTING = {"latent_dim": LATENT, "feature_channels": CHANNELS, "feature_layer": 2, "layers": 3}


@pytest.mark.parametrize("changed", [{"latent_dim": 9}, {"feature_channels": 5}, {"feature_layer": 7}, {"layers": 6}])
def test_another_generator_is_refused(changed, monkeypatch):
    monkeypatch.setattr(recipe, "from_style_prior", lambda name, source: prior())
    config = recipe.RECIPE.settings("main", "smoke", "embedded", FITTING | changed)
    with pytest.raises(UserError, match="the generator has codes of 8 and .* channels at layer"):
        recipe.make_material(config, "embedded", 0)


def test_generator_and_flow_net_come_first(monkeypatch, tmp_path):
    monkeypatch.setattr(recipe.RECIPE.__class__, "checkpoint_folder", lambda self, *_, **__: tmp_path / "none")
    for ask in (recipe.trained_flow, lambda source: recipe.from_style_prior("main", source)):
        with pytest.raises(UserError, match="No checkpoint none is shipped"):
            ask("auto")
