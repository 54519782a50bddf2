"""What the test "every setting matters" must know of this chapter."""

from ganbook.chapters.class_styles import analysis, recipe

TINY = {"batch_size": 4, "spade_channels": 2, "discriminator_channels": 2}

CONCERN_OTHERS = {"main": set()}

VALUES = {
    "train_images": 200,
    "resolution": 64,
    "spade_kernel": 3,
    "discriminator_layers": 2,
    "kl_weight": 1.0,
    "kl_warmup": 0.9,
}

MEASURED_ON = {"TESTED": 100}


def measure_again(styler, source):
    """Layouts are kept; all numbers take minutes."""
    test = recipe.pictures("test", recipe.TESTED, styler.config.resolution, "avatars")
    made = styler.paint(test.labels, styler.drawn(len(test.labels)))
    return analysis.layout(recipe.judge(source, "avatars"), made, test.labels, len(styler.names))
