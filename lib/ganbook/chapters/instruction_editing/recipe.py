"""What the chapter registers: its editor, the baseline, the judge, the study of generalisation, the printed recipe."""

from dataclasses import replace
from pathlib import Path

from ganbook.chapters.instruction_editing import symptoms
from ganbook.chapters.instruction_editing.analysis import (
    correct,
    edit_numbers,
    generalisation_numbers,
    some_triples,
    vector_numbers,
)
from ganbook.chapters.instruction_editing.config import PRINTED, PROFILES, TRAINABLE, Config
from ganbook.chapters.instruction_editing.game import train
from ganbook.chapters.instruction_editing.inference import (
    Editor,
    Painter,
    StateReader,
    grey,
    load_editor,
    load_judge,
    load_painter,
)
from ganbook.data import DigitEdits, digit_edits, digit_source, held_out
from ganbook.metrics import ssim
from ganbook.training import Model, Recipe, Variant, read_run

LOADERS = {"imi": load_editor, "cap2image": load_painter, "judge": load_judge}


def make_data(config: Config, source: str, seed: int) -> DigitEdits:
    """Triples of training digits; the split is the same for every seed."""
    split, left_out = "judge" if config.model == "judge" else "train", held_out() if config.held_out else ()
    return digit_edits(split, source, resolution=config.resolution, without=left_out)


def load(folder: Path) -> Editor | Painter | StateReader:
    """Whichever model the folder holds, ready for use."""
    return LOADERS[read_run(folder)["config"]["model"]](folder)


def measure(model: Editor | Painter | StateReader, source: str) -> dict[str, float]:
    """On 1,000 triples of the test digits.

    Of the judge: how often it reads the rendered targets right. Of a painter: mean SSIM with the target. Of an editor:
    what its instruction vectors mean to each other and, where a judge is shipped for these digits and this size, how
    right its pictures are and its symptoms.
    """
    test = digit_edits("test", source, resolution=model.config.resolution)
    edits = some_triples(test, 1_000)
    if isinstance(model, StateReader):
        read = model(grey(edits.target))
        return {f"judge_{name}": value for name, value in correct(read, edits.target_state.numpy()).items()}
    if isinstance(model, Painter) or (reader := shipped_judge(model.config, source)) is None:
        return {"ssim_mean": float(ssim(model.answer(edits), grey(edits.target)).mean())}
    return edit_numbers(model, edits, reader) | vector_numbers(model) | symptoms.measure(model, test, reader)


def measure_generalisation(editor: Editor, source: str) -> dict[str, float]:
    """What is measured of every editor, and how right it is on instructions that were kept out of a training."""
    reader = shipped_judge(editor.config, source)
    test = digit_edits("test", source, resolution=editor.config.resolution)
    return measure(editor, source) | (generalisation_numbers(editor, test, reader) if reader else {})


def shipped_judge(config: Config, source: str) -> StateReader | None:
    """The judge that comes with the book for these digits, if it reads pictures of this size."""
    folder = RECIPE.checkpoint_folder("judge", profile="quick", data=source, seed=0)
    if not folder.is_dir() or read_run(folder)["config"]["resolution"] != config.resolution:
        return None
    return load_judge(folder)


EDITOR = Model(
    "instruction_editing",
    Config,
    PROFILES,
    data=make_data,
    source=digit_source,
    game=train,
    ships=lambda config: ("judge",) if config.model == "judge" else ("encoder", "generator"),
    load=load,
    measure=measure,
    paper_examples=3_690_000 * 20,
)

GENERALISING = replace(EDITOR, measure=measure_generalisation)

EMBEDDED = {"embedded": {"steps": 12_000}}
"""Half as many steps on the embedded digits, for there are few digits."""

SHORT = {"steps": 3_000, "preview_every": 0}
JUDGE = {"steps": 8_000, "channels": 32, "batch_size": 64, "learning_rate": 2e-3, "decay_share": 1.0}
AS_PRINTED = {name: getattr(PRINTED, name) for name in TRAINABLE}

RECIPE = Recipe(
    "instruction_editing",
    {
        "imi": Variant(EDITOR, on=EMBEDDED, live=True),
        "cap2image": Variant(EDITOR, {"model": "cap2image"}, on=EMBEDDED),
        "held_out": Variant(GENERALISING, {"held_out": True}, {"steps": 8_000}),
        "held_out_control": Variant(GENERALISING, sizes={"steps": 8_000}),
        "judge": Variant(EDITOR, {"model": "judge"}, JUDGE),
        "short": Variant(EDITOR, sizes=SHORT),
        "sigmoid": Variant(EDITOR, {"output": "sigmoid"}, SHORT),
        "tanh": Variant(EDITOR, {"output": "tanh"}, SHORT),
        "printed": Variant(EDITOR, AS_PRINTED, SHORT | {"learning_rate": PRINTED.learning_rate}),
    },
)
"""The control of ``held_out`` learns as long, with no instruction left out; the last four are compared."""
