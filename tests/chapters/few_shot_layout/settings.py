"""What the test "every setting matters" must know of this chapter."""

ON_PICTURES = {"perceptual_weight", "offset_weight"}
FROM_LABELS = {"labels", "feature_layers", "votes", "threshold", "annotated", "invert_steps"}

CONCERN_OTHERS = {
    "main": ON_PICTURES | {"votes", "threshold", "invert_steps"},
    "sparse_1": ON_PICTURES | {"invert_steps"},
    "inverted": ON_PICTURES | {"votes", "threshold"},
    "segmenter": ON_PICTURES | FROM_LABELS | {"shots"},
    "psp_1": {"feature_layers", "votes", "threshold", "invert_steps"},
}

VALUES = {"threshold": 0.9, "feature_layers": (1,)}
