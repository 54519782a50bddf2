"""What the test "every setting matters" must know of this chapter."""

from ganbook.chapters.few_shot_layout import recipe

ON_PICTURES = {"perceptual_weight", "offset_weight", "ema_decay"}
"""Of trainings on pictures; and nothing is averaged."""

FROM_VOTES = {"votes", "threshold", "strokes"}
FROM_SHOTS = FROM_VOTES | {"annotated", "invert_steps"}

CONCERN_OTHERS = {
    "main": ON_PICTURES | FROM_VOTES | {"invert_steps"},
    "sparse_1": ON_PICTURES | {"invert_steps"},
    "inverted": ON_PICTURES | FROM_VOTES,
    "segmenter": ON_PICTURES | FROM_SHOTS | {"shots"},
    "psp_1": FROM_VOTES | {"feature_layers", "invert_steps", "ema_decay"},
}

VALUES = {"votes": 1, "threshold": 0.9, "feature_layers": (3,), "channels": (4, 4, 6)}

measure_again = recipe.measure_baseline
"""Layout and likeness of what is painted; all numbers take minutes."""
