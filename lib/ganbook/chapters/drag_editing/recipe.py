"""What the chapter trains: the transformer, two forms of it and a control, and the flow net it learns from."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import nn

from ganbook.chapters.drag_editing import analysis
from ganbook.chapters.drag_editing.config import FLOW_PROFILES, PROFILES, Config, FlowConfig
from ganbook.chapters.drag_editing.flow import FlowNet
from ganbook.chapters.drag_editing.game import Material, train, train_flow
from ganbook.chapters.drag_editing.inference import Editor, load_flow, load_transformer
from ganbook.chapters.drag_editing.moves import make_moves
from ganbook.chapters.drag_editing.pairs import Pairs, avatar_pairs
from ganbook.chapters.style_prior.recipe import MEASURES, from_style_prior, only_source
from ganbook.errors import UserError
from ganbook.training import Model, Recipe, Variant

GAINS = {"main": 2.25, "all_motions": 1.5}
"""About 1 / slope of the drags of seed 0 on 32 samples, found by trying four or five. The others get that of
``all_motions``, whose training is theirs.
"""

TESTED_PAIRS, TESTED_MOVES, TESTED, TESTED_AS_PRINTED = 500, 1_000, 200, 40
"""Pairs of renders, moves, and dragged pictures by which the networks are measured; the last by the paper's formula."""


def trained_flow(source: str) -> FlowNet:
    """The flow net of seed 0.

    Raises:
        UserError: it is not there yet: train it first.
    """
    with torch.random.fork_rng(devices=[]):
        return RECIPE.load_or_train("flow", profile="quick", data=only_source(source), seed=0)


def make_pairs(config: FlowConfig, source: str, seed: int) -> Pairs:
    """Pairs of renders with exact flow, the same for every seed."""
    return avatar_pairs("train", config.train_pairs, config.resolution)


def make_material(config: Config, source: str, seed: int) -> Material:
    """Moves of the generator of `style_prior` with their motions, the same for every seed.

    Raises:
        UserError: generator or flow net is not there yet, or the settings fit another generator.
    """
    return moves_for(config, source, config.moves, "train")


def moves_for(config: Config, source: str, n: int, split: str, progress: bool = True) -> Material:
    """Moves of a split, drawn with a bar or without; raises as :func:`make_material`."""
    prior = from_style_prior("main", source)
    refuse_another_generator(config, prior)
    return make_moves(prior, trained_flow(source), config, n, split, progress)


def refuse_another_generator(config: Config, prior: object) -> None:
    """Raises ``UserError`` where the transformer's settings do not fit the generator."""
    convs, latent = prior.generator.synthesis.convs, prior.config.latent_dim
    channels = len(convs[config.feature_layer].bias) if config.feature_layer < len(convs) else None
    if (config.latent_dim, config.feature_channels) != (latent, channels) or config.layers > len(convs):
        raise UserError(
            f"the generator has codes of {latent} and {channels} channels at layer {config.feature_layer} of"
            f" {len(convs)}: set latent_dim, feature_layer, feature_channels and layers accordingly"
        )


def load(folder: Path, gain: float = GAINS["main"]) -> Editor:
    """A shipped transformer with its generator and the segmenter that tells background from avatar.

    Raises:
        UserError: something of it is not there, or damaged.
    """
    config, transformer = load_transformer(folder)
    prior, segmenter = (from_style_prior(name, "auto") for name in ("main", "segmenter"))
    return Editor(config, prior, transformer, segmenter, gain)


def measure_flow(net: FlowNet, source: str) -> dict[str, float]:
    """The numbers of :func:`analysis.flow_numbers` on pairs of the test split, at 64 pixels."""
    return analysis.flow_numbers(net, avatar_pairs("test", TESTED_PAIRS, SIDE))


SIDE = 64
"""Pixels of the pairs on which the flow net is measured: those of the generator."""


def measure(editor: Editor, source: str) -> dict[str, float]:
    """The numbers of section C6: moves, drags, anchors, zoom; the last three also by the paper's formula."""
    held_out = moves_for(editor.config, source, TESTED_MOVES, "test")
    reader, segmenter = (from_style_prior(*which) for which in (("landmarks", source), ("segmenter", source, MEASURES)))
    as_printed = replace(editor, subtract_still=False, gain=1.0)
    printed = edit_numbers(as_printed, reader, segmenter, TESTED_AS_PRINTED)
    return {
        **analysis.move_numbers(editor.transformer, editor.prior, trained_flow(source), held_out),
        **edit_numbers(editor, reader, segmenter, TESTED),
        **{f"{name}_printed": value for name, value in printed.items() if not name.endswith(("_low", "_high"))},
        **analysis.landmark_numbers(lambda ws, drags: editor.edit(ws, drags).ws, editor.prior, reader, TESTED),
    }


def edit_numbers(editor: Editor, reader: nn.Module, segmenter: nn.Module, n: int) -> dict[str, float]:
    """Numbers of drags, anchors and zooms, of ``n`` pictures."""
    return {
        **analysis.drag_numbers(editor.edit_each, editor.prior, reader, segmenter, n),
        **analysis.anchor_numbers(editor, reader, n),
        **analysis.zoom_numbers(editor, reader, n),
    }


FLOW = Model(
    "drag_editing",
    FlowConfig,
    FLOW_PROFILES,
    data=make_pairs,
    game=train_flow,
    ships=lambda config: ("model",),
    load=load_flow,
    measure=measure_flow,
    source=only_source,
)

TRANSFORMER = Model(
    "drag_editing",
    Config,
    PROFILES,
    data=make_material,
    game=train,
    ships=lambda config: ("transformer",),
    load=load,
    measure=measure,
    source=only_source,
)

ALL_MOTIONS = replace(TRANSFORMER, load=partial(load, gain=GAINS["all_motions"]))

RECIPE = Recipe(
    "drag_editing",
    {
        "main": Variant(TRANSFORMER, live=True),
        "all_motions": Variant(ALL_MOTIONS, {"subsets": False}),
        "fourier": Variant(ALL_MOTIONS, {"subsets": False, "fourier_bands": 4}),
        "shuffled": Variant(ALL_MOTIONS, {"subsets": False, "shuffled": True}, {"steps": 4_000}),
        "flow": Variant(FLOW),
    },
)
"""``all_motions``, ``fourier`` and ``shuffled`` are always shown all motions, as in the released code. ``shuffled`` is
the control: it learns from motions of other moves. ``flow`` is trained first.
"""
