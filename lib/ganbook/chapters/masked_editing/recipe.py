"""What the chapter registers: its editor with SIM and without, the related work, the judge, and what is compared."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ganbook.chapters.masked_editing.analysis import edit_numbers, reading_numbers, vector_numbers
from ganbook.chapters.masked_editing.config import PROFILES, Config
from ganbook.chapters.masked_editing.data import Material, Portraits, material, portraits
from ganbook.chapters.masked_editing.game import train
from ganbook.chapters.masked_editing.inference import AttributeReader, Editor, load_editor, load_judge
from ganbook.data.avatar_edits import avatar_edits
from ganbook.data.avatar_forms import MOST_FORMS
from ganbook.training import Model, Recipe, Variant, read_run

LOADERS = {"editor": load_editor, "judge": load_judge}


def make_data(config: Config, source: str, seed: int) -> Material | Portraits:
    """What the model of the settings learns from; there is one source, the book's own drawings."""
    if config.model == "judge":
        return portraits(config.singles, config.resolution, seed)
    return material(config)


def load(folder: Path) -> Editor | AttributeReader:
    """Whichever model the folder holds, ready for use."""
    return LOADERS[read_run(folder)["config"]["model"]](folder)


def measure(model: Editor | AttributeReader, source: str) -> dict[str, float]:
    """On the 230 test triples.

    Of the judge: how often it reads each kind of attribute right. Of an editor: how right its pictures are, what its
    instruction vectors mean to each other, and where a judge for pictures of this size is shipped, what that one reads.
    """
    test = avatar_edits("test", model.config.resolution)
    edits = test.batch(torch.arange(len(test)))
    if isinstance(model, AttributeReader):
        return reading_numbers(model, edits)
    return edit_numbers(model, edits, shipped_judge(model.config, source)) | vector_numbers(model)


def shipped_judge(config: Config, source: str) -> AttributeReader | None:
    """The judge that comes with the book, if it reads pictures of this size."""
    folder = RECIPE.checkpoint_folder("judge", profile="quick", data=source, seed=0)
    if not folder.is_dir() or read_run(folder)["config"]["resolution"] != config.resolution:
        return None
    return load_judge(folder)


EDITOR = Model(
    "masked_editing",
    Config,
    PROFILES,
    data=make_data,
    game=train,
    ships=lambda config: ("judge",) if config.model == "judge" else ("selected",),
    load=load,
    measure=measure,
    films=lambda config: config.model == "editor" and config.preview_every > 0,
    source=lambda source: "embedded" if source == "auto" else source,
    paper_examples=5_000 * 4_400,
)

JUDGE = {
    "channels": 16,
    "steps": 20_000,
    "image_dim": 128,
    "learning_rate": 2e-3,
    "beta1": 0.9,
    "decay_share": 1.0,
    "singles": 40_000,
    "preview_every": 0,
}

SMALL = {
    "resolution": 32,
    "singles": 5_000,
    "channels": 12,
    "widest": 48,
    "discriminator_channels": 16,
    "discriminator_widest": 24,
    "steps": 40 * 68,
    "select_from": 20,
    "preview_every": 0,
}
"""For what needs many editors: half as large pictures, half as many maps."""

STUDIED = (1, 2, 4, 8, 16, MOST_FORMS)
"""Surface forms of each kind of attribute that the small editors of the study learn."""

OTHERWISE = {
    "dong": {"discriminator_told": "sentence", "edit_share": 1.0},
    "sigmoid": {"output": "sigmoid"},
    "linear": {"output": "linear"},
}
"""What else is tried on the small editor of all forms, one thing each.

``dong``: as Dong et al. (2017), D judges a picture by the sentence alone, so that each triple is edited as told.
"""


def small(settings: Mapping[str, Any]) -> Variant:
    """A small editor without SIM with these settings."""
    return Variant(EDITOR, {"masking": False} | settings, SMALL)


RECIPE = Recipe(
    "masked_editing",
    {
        "sim": Variant(EDITOR, live=True),
        "plain": Variant(EDITOR, {"masking": False}),
        "paste": Variant(EDITOR, {"pasting": True}, {"steps": 35 * 68, "select_from": 18}),
        "judge": Variant(EDITOR, {"model": "judge"}, JUDGE),
        **{f"forms_{forms}": small({"forms": forms}) for forms in STUDIED},
        **{name: small({"forms": MOST_FORMS} | differs) for name, differs in OTHERWISE.items()},
    },
)
