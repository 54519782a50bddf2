"""What the tests over all recipes, and test_game.py while the chapter is a draft, need to know of the settings."""

TINY = {
    "scenes": 24,
    "batch_size": 4,
    "text_dim": 16,
    "channels": (4, 4, 4, 4, 4),
    "discriminator_channels": 3,
    "discriminator_widest": 6,
    "silent": 0.5,
    "r1_weight": 1.0,
    "look_every": 0,
}

CONCERN_OTHERS = {"main": {"look_every", "looked_at"}}
"""Looks decide nothing."""

VALUES = {
    "scenes": 20,
    "batch_size": 6,
    "height": 20,
    "text_dim": 12,
    "channels": (4, 4, 4, 4, 6),
    "halvings": 1,
    "discriminator_widest": 8,
    "silent": 0.0,
    "schedule": "fade",
    "hard": False,
    "recognised_weight": 1.0,
    "trained_features": False,
    "decay_share": 0.9,
}
