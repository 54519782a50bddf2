"""What the test "every setting matters" must know of this chapter."""

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
