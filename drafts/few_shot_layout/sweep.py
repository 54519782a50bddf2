"""Which layer's features carry the labels, where the look begins, how well renders are found: with the prior as it is.

Run again when the prior has been trained on: `python drafts/few_shot_layout/sweep.py`, then set `feature_layers` in
config.py and `SPLIT` in inference.py of the chapter.
"""

import sys

import numpy as np

from ganbook.chapters.few_shot_layout import analysis, shots, studies
from ganbook.chapters.few_shot_layout.recipe_draft import LEARNS, MEASURES, MOST, renders, segmenter, style_prior
from ganbook.data.avatars import LABELS
from ganbook.metrics import psnr

SEEDS, SAMPLES, FOUND, STEPS = (0, 1, 2), 100, 4, 200
TOGETHER = ((4, 8), (3, 8), (4, 7), (4, 7, 8), (3, 4, 8), (3, 4, 6, 7, 8))


def sweep_layers(prior, annotator, judge) -> None:
    sides = studies.layer_sides(prior)
    asked = [*((number,) for number in range(len(sides))), *TOGETHER]
    print("mean IoU of pseudo-labels, by layer; sides", *sides, "; columns", *asked)
    for seed in SEEDS:
        five = shots.samples(prior, lambda made: analysis.labels_of(annotator, made), MOST, len(LABELS), seed)
        for sparse in (False, True):
            for n in (1, MOST):
                found = studies.layer_sweep(prior, five.few(n), judge, asked, SAMPLES, sparse)
                what = f"seed {seed}, {'sparse' if sparse else 'dense'}, {n} shots:"
                print(what, *(f"{value.value:.3f}" for value in found), flush=True)


def sweep_split(prior, judge) -> None:
    cut = studies.split_sweep(prior, judge, SAMPLES)
    print("other codes from each layer on: layout kept", *(f"{value:.3f}" for value in cut.kept))
    print("and change of the picture             ", *(f"{value:.3f}" for value in cut.changed), flush=True)


def find_renders(prior, annotator, judge) -> None:
    for steps in (STEPS, 5 * STEPS):
        wanted, labels = renders(FOUND, 0, prior.config.resolution)
        found = shots.inverted(prior, wanted, labels, annotator.features, steps)
        decibels = psnr(found.pictures.numpy(), wanted.numpy())
        told = analysis.inversion_numbers(found, judge, len(LABELS))["inversion_miou"]
        print(f"{steps} steps: {np.round(decibels, 1)} dB, mean IoU {told:.3f}", flush=True)


if __name__ == "__main__":
    given = style_prior("auto"), segmenter("auto", LEARNS), segmenter("auto", MEASURES)
    asked = sys.argv[1:] or ["layers", "split", "renders"]
    if "split" in asked:
        sweep_split(given[0], given[2])
    if "layers" in asked:
        sweep_layers(*given)
    if "renders" in asked:
        find_renders(*given)
