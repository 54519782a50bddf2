"""The runs of the museum: the chapters' models, trained with one or two decisions undone that keep them healthy, and healthy ones beside them."""

from functools import partial

from ganbook import training
from ganbook.chapters.instruction_editing import game as editing
from ganbook.chapters.instruction_editing.inference import Editor, load_editor
from ganbook.chapters.latent_captions import game as captions
from ganbook.chapters.latent_captions.analysis import Captioner, load_captioner

SLUG = "failure_museum"

EARLY = {"steps": 1500, "decay_share": 0.0}
"""A captioner that is trained for 1,500 steps only, at a constant learning rate."""

CAPTIONERS = {
    "early": EARLY,
    "collapsed": EARLY | {"generator_norm": "none"},
    "overfitted": {"train_images": 40},
    "no_noise": {"sentence_noise": 0.0},
}
"""What differs from the captioner of `latent_captions`."""

SMALL_EDITOR = {"channels": 8, "image_dim": 128, "text_dim": 64, "output": "sigmoid", "steps": 3000, "preview_every": 0}
"""The museum's editors are smaller and trained for less long than their chapter's."""

EDITORS = {
    "healthy_editor": SMALL_EDITOR,
    "condition_ignored": SMALL_EDITOR | {"feature_weight": 0.0, "label_weight": 0.0},
    "discriminator_too_strong": SMALL_EDITOR | {"feature_weight": 0.0, "discriminator_rate": 3.0},
    "no_feature_matching": SMALL_EDITOR | {"feature_weight": 0.0},
    "no_classifiers": SMALL_EDITOR | {"label_weight": 0.0},
    "fast_discriminator": SMALL_EDITOR | {"discriminator_rate": 3.0},
}
"""What differs from the editor of `instruction_editing`; the last three undo one of the two patients' decisions each."""

RUNS = CAPTIONERS | EDITORS
SIZES = ("steps", "channels", "image_dim", "text_dim")


def load_or_train(name: str, *, profile: str, data: str, seed: int, train_anew: bool = False, progress: bool = True) -> Captioner | Editor:
    """A shipped run of the museum, or on request one trained now.

    Args:
        name: a key of ``RUNS``.
        profile: "smoke" and "quick" load the runs of profile quick; none are shipped for "paper".
        data: "embedded", or with ``train_anew`` also "mnist".
        seed: of the training.
        train_anew: train at ``profile`` instead of loading; goes on where an earlier call stopped.
        progress: show a progress bar.

    Raises:
        UserError: nothing is shipped for this profile, data and seed, and training was not asked for.
    """
    chapter, load = (captions, load_captioner) if name in CAPTIONERS else (editing, load_editor)
    which = {"profile": profile, "data": data, "seed": seed}
    if not train_anew:
        return load(training.shipped_checkpoint(SLUG, name, **which))
    folder = checkpoint_folder(name, **which, train_anew=True)
    config = training.resolve(chapter.Config, chapter.PROFILES, profile=profile, overrides=settings(name, profile))
    chapter.export(chapter.train(config, **which, folder=folder.parent, progress=progress), folder)
    return load(folder)


def settings(name: str, profile: str) -> dict[str, object]:
    """What differs from the profile in a run; at smoke not the sizes, for there all are small."""
    return {key: value for key, value in RUNS[name].items() if profile != "smoke" or key not in SIZES}


checkpoint_folder = partial(training.checkpoint_folder, SLUG)
shipped_seeds = partial(training.shipped_seeds, SLUG)
