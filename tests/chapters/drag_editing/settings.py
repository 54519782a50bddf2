"""What the test "every setting matters" must know of this chapter."""

import torch

from ganbook.chapters.drag_editing import analysis, recipe
from ganbook.chapters.drag_editing.config import FLOW_PROFILES
from ganbook.chapters.drag_editing.flow import FlowNet
from ganbook.chapters.drag_editing.moves import make_moves
from ganbook.chapters.style_prior.config import Config as PriorConfig
from ganbook.chapters.style_prior.inference import Prior
from ganbook.chapters.style_prior.model import Generator

TINY = {"batch_size": 4}

CONCERN_OTHERS = {"main": {"ema_decay"}, "all_motions": {"most", "ema_decay"}}
"""Nothing is averaged."""

VALUES = {"moves": 200, "grid": 3, "most": 2, "feature_layer": 5, "dim": 20, "heads": 4, "decay_share": 0.9}


MEASURED_ON = {"TESTED_PAIRS": 100, "TESTED_MOVES": 100, "TESTED": 3, "TESTED_AS_PRINTED": 3}


def prepare(patch) -> None:
    """Moves of a tiny generator and a tiny flow net that nobody trained, as large as the settings ask for."""

    def moves_for(config, source, n, split):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            prior_config = PriorConfig(
                latent_dim=config.latent_dim, channels=(8, 8, 8, config.feature_channels), mapping_layers=2
            )
            generator = Generator(prior_config).requires_grad_(False).eval()
            flow = FlowNet(FLOW_PROFILES["smoke"]).requires_grad_(False).eval()
            flow.corrections[-1][-1].weight.mul_(100)  # or nothing would move
        return make_moves(Prior(prior_config, generator), flow, config, n, split, progress=False)

    patch.setattr(recipe, "moves_for", moves_for)


def measure_again(editor, source):
    """Anchors and zooms; drags take minutes."""
    reader = recipe.from_style_prior("landmarks", source)
    return analysis.anchor_numbers(editor, reader, recipe.TESTED) | analysis.zoom_numbers(editor, reader, recipe.TESTED)
