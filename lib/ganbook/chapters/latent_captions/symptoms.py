"""Symptoms of a captioner: numbers that tell the ways in which it goes wrong apart, and what it says under a few c."""

import numpy as np
from jaxtyping import Int, UInt8
from numpy import ndarray

from ganbook.chapters.latent_captions.analysis import CLASSES, Captioner, Labeller, is_correct, whisper
from ganbook.data import GridDigits
from ganbook.metrics import information_shares


def measure(
    captioner: Captioner, known: GridDigits, new: GridDigits, latents: int = 64, seed: int = 0
) -> dict[str, float]:
    """Who decides what is said of new images, and whether it is true.

    The captions are those of ``latents`` random c, each given to all images.

    Returns:
        ``right_known`` and ``right_new``, the shares of true captions for ``known`` (training) and ``new`` images;
        :func:`ganbook.metrics.information_shares` of the digits named in the new ones; ``words_floor``, ``q_error`` and
        ``whispered`` (see :func:`ganbook.chapters.latent_captions.analysis.whisper`), measured on training images,
        since Q has learned from these.
    """
    c = np.random.default_rng(seed).standard_normal((latents, captioner.config.latent_dim), dtype=np.float32)
    said = {name: Labeller(captioner, grids.images)(c) for name, grids in (("known", known), ("new", new))}
    right = {
        f"right_{name}": float(is_correct(said[name], grids.labels, captioner.config).mean())
        for name, grids in (("known", known), ("new", new))
    }
    spoken = information_shares(said["new"], CLASSES)
    return right | spoken | whisper(captioner, known.images[:100], count=2 * latents, seed=seed)


def digits_named(
    captioner: Captioner, images: UInt8[ndarray, "images height width"], latents: int = 4, seed: int = 1
) -> Int[ndarray, "latents images"]:
    """The digits that are named in a few images, each under the same few c; -1 where a caption names none."""
    c = np.random.default_rng(seed).standard_normal((latents, captioner.config.latent_dim), dtype=np.float32)
    return Labeller(captioner, images)(c)
