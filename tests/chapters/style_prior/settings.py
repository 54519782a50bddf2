"""What the tests over all recipes need to know of the settings."""

from ganbook.chapters.style_prior import game, recipe, studies

TINY = {
    "batch_size": 4,
    "latent_dim": 4,
    "channels": (4, 4),
    "noise": True,
    "r1_every": 1,
    "path_every": 1,
    "style_mixing": 1.0,
    "ada": True,
    "ada_target": 0.0,
    "ada_images": 20,
    "ada_every": 1,
}

VALUES = {
    "train_images": 200,
    "channels": (4, 3),
    "batch_size": 6,
    "r1_every": 2,
    "path_every": 2,
    "style_mixing": 0.0,
    "ada_target": 1.0,
}


MEASURED_ON = {"TESTED": 100}


def prepare(monkeypatch) -> None:
    """D is always a little sure of real pictures."""
    original = game.AdaptiveAugmentation.follow
    monkeypatch.setattr(game.AdaptiveAugmentation, "follow", lambda self, sure, seen: original(self, 0.5, seen))


def measure_again(prior, source):
    """How long and how even paths are; all numbers take minutes."""
    segmenter = recipe.RECIPE.load_or_train("segmenter", profile="quick", data=source, seed=recipe.MEASURES)
    lengths = {f"path_{space}": studies.perceptual_length(prior, segmenter, space, 200) for space in ("z", "w")}
    return lengths | {"path_evenness": studies.evenness(prior, 40)}
