"""What the test "every setting matters" must know of this chapter."""

from ganbook.chapters.few_shot_layout import recipe

ON_PICTURES = {"perceptual_weight", "offset_weight", "ema_decay"}
"""Of trainings on pictures; and nothing is averaged."""

FROM_SHOTS = {"votes", "threshold", "annotated", "invert_steps"}

CONCERN_OTHERS = {
    "main": ON_PICTURES | {"votes", "threshold", "invert_steps"},
    "sparse_1": ON_PICTURES | {"invert_steps"},
    "inverted": ON_PICTURES | {"votes", "threshold"},
    "segmenter": ON_PICTURES | FROM_SHOTS | {"shots"},
    "psp_1": {"feature_layers", "votes", "threshold", "invert_steps", "ema_decay"},
}

VALUES = {"threshold": 0.9, "feature_layers": (3,), "channels": (4, 4, 6)}

measure_again = recipe.measure_baseline
"""Layout and likeness of what is painted; all numbers take minutes."""
