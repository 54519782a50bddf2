"""The runs of the museum: models of other chapters with one or two decisions undone, and healthy ones beside them."""

from ganbook.chapters.context_aware.recipe import COMPARED
from ganbook.chapters.context_aware.recipe import GAN as SCENE_PAINTER
from ganbook.chapters.instruction_editing.recipe import EDITOR
from ganbook.chapters.latent_captions.recipe import CAPTIONER
from ganbook.chapters.masked_editing.recipe import EDITOR as AVATAR_EDITOR
from ganbook.training import Recipe, Variant

EARLY = {"steps": 1_500}
"""These captioners are trained for 1,500 steps only, at a constant learning rate."""

CAPTIONERS = {
    "early": Variant(CAPTIONER, {"decay_share": 0.0}, EARLY),
    "collapsed": Variant(CAPTIONER, {"decay_share": 0.0, "generator_norm": "none"}, EARLY),
    "overfitted": Variant(CAPTIONER, {"train_images": 40}),
    "no_noise": Variant(CAPTIONER, {"sentence_noise": 0.0}),
}

SMALL = {"channels": 8, "image_dim": 128, "text_dim": 64, "steps": 3_000, "preview_every": 0}
"""The museum's editors are smaller than their chapter's, and trained for less long."""

SIGMOID = {"output": "sigmoid"}

EDITORS = {
    "healthy_editor": Variant(EDITOR, SIGMOID, SMALL),
    "condition_ignored": Variant(EDITOR, SIGMOID | {"feature_weight": 0.0, "label_weight": 0.0}, SMALL),
    "discriminator_too_strong": Variant(EDITOR, SIGMOID | {"feature_weight": 0.0, "discriminator_rate": 3.0}, SMALL),
    "no_feature_matching": Variant(EDITOR, SIGMOID | {"feature_weight": 0.0}, SMALL),
    "no_classifiers": Variant(EDITOR, SIGMOID | {"label_weight": 0.0}, SMALL),
    "fast_discriminator": Variant(EDITOR, SIGMOID | {"discriminator_rate": 3.0}, SMALL),
}
"""The last three undo one of the decisions each that the two patients before them undo together."""

AVATAR_EDITORS = {
    "unheard_mask": Variant(
        AVATAR_EDITOR,
        {"mask_weight": 1.0, "mask_rate": 1.0, "decay_share": 0.0},
        {"steps": 20 * 68, "select_from": 0, "preview_every": 0},
    )
}
"""The first 20 phases of the editor with SIM, in which its learning rate does not fall yet, but with the mask's
weight and its generator's learning rate as printed.
"""

SCENE_PAINTERS = {
    "right_place_only": Variant(
        SCENE_PAINTER, {"trained_features": False, "r1_weight": 0.0}, COMPARED | {"preview_every": 0}
    )
}
"""A painter of scenes as the chapter's first one was: no penalty on the slope of D, and no trained classifier in it."""

RECIPE = Recipe("failure_museum", CAPTIONERS | EDITORS | AVATAR_EDITORS | SCENE_PAINTERS)
