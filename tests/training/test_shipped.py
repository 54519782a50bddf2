"""What is shipped was trained with the settings that its name stands for."""

import importlib

import pytest

from ganbook import paths, training
from ganbook.training.config import differing_keys

FOLDERS = [
    folder
    for slug in ("instruction_editing", "latent_captions")
    for folder in sorted((paths.checkpoints_dir() / slug).iterdir())
    if folder.is_dir()
]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_shipped_run_has_the_settings_of_its_variant(folder):
    chapter = importlib.import_module(f"ganbook.{folder.parent.name}.config")
    name, _, seed = folder.name.rpartition("-s")
    data, _, variant = name.partition("-")
    wanted = training.resolve(chapter.Config, chapter.PROFILES, "quick", chapter.variant_settings(variant, "quick", data))
    run = training.read_run(folder)
    assert (run["slug"], run["data"], run["seed"], run["finished"]) == (folder.parent.name, data, int(seed), True)
    assert differing_keys(wanted, run["config"]) == []
    assert run["step"] == run["config"]["steps"] == wanted.steps
