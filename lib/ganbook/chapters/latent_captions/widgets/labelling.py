"""What the widgets ask of a captioner: which label it gives to each of a fixed set of images, for a latent c.

A *labeller* is any function from latents, float32 (n, 3), to the index of the label that each of N fixed images gets,
int (n, N).
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Float32, Int
from numpy.typing import ArrayLike

from ganbook.errors import UserError
from ganbook.viz import DIGIT_COLOURS

DIMENSIONS = 3
LIMIT = 3.0
"""The controls reach from -LIMIT to LIMIT in each dimension of c."""

AnyLabeller = Callable[[Float32[np.ndarray, "n 3"]], Int[np.ndarray, "n images"]]


def checked_latents(latents: ArrayLike) -> Float32[np.ndarray, "n 3"]:
    """``latents`` as float32 (n, 3); a single c of shape (3,) counts as n = 1.

    Raises:
        UserError: another size, something that is no number, or not finite.
    """
    try:
        array = np.atleast_2d(np.asarray(latents, dtype=np.float32))
    except (TypeError, ValueError) as error:
        raise UserError(f"c must be {DIMENSIONS} numbers, not {latents!r}.") from error
    if array.ndim != 2 or array.shape[1] != DIMENSIONS:
        shape = np.shape(latents)
        raise UserError(f"c must be {DIMENSIONS} numbers, or an array of shape (n, {DIMENSIONS}); got shape {shape}.")
    if not np.isfinite(array).all():
        raise UserError("c must be finite: it holds NaN or infinity.")
    return array


def checked_position(c: ArrayLike) -> list[float]:
    """One c that the controls can show: three numbers within [-3, 3].

    Raises:
        UserError: as ``checked_latents``, or out of reach of the controls.
    """
    latents = checked_latents(c)
    if len(latents) != 1:
        raise UserError(f"One c of {DIMENSIONS} numbers is needed here; got {len(latents)} of them.")
    if np.abs(latents).max() > LIMIT:
        raise UserError(f"Each number of c must lie within [-{LIMIT:g}, {LIMIT:g}], the reach of the sliders; got {c}.")
    return np.asarray(c, dtype=float).ravel().tolist()


def checked_names(names: Sequence[str]) -> list[str]:
    """Two to ten label words, all different.

    Raises:
        UserError: otherwise.
    """
    words = list(names)
    if not all(isinstance(word, str) and word for word in words) or len(set(words)) != len(words):
        raise UserError(f"names must be different words, one a label; got {words}.")
    if not 2 <= len(words) <= len(DIGIT_COLOURS):
        raise UserError(f"names must hold 2 to {len(DIGIT_COLOURS)} label words; got {len(words)}.")
    return words


def checked_truth(truth: ArrayLike, n_names: int) -> Int[np.ndarray, "images 4"]:
    """The labels of the four digits of each image.

    Raises:
        UserError: no integers, not of shape (N, 4) with N > 0, or an index that has no name.
    """
    array = np.asarray(truth)
    if array.ndim != 2 or array.shape[1] != 4 or len(array) == 0 or not np.issubdtype(array.dtype, np.integer):
        given = f"{array.dtype} {array.shape}"
        raise UserError(f"truth must hold integers of shape (N, 4), four labels an image; got {given}.")
    if array.min() < 0 or array.max() >= n_names:
        raise UserError(f"truth must hold label indices 0 to {n_names - 1}; got {array.min()} to {array.max()}.")
    return array


def labels_for(
    labeller: AnyLabeller, latents: ArrayLike, n_images: int, n_names: int, batch_size: int = 64
) -> Int[np.ndarray, "n images"]:
    """Asks ``labeller``, at most ``batch_size`` latents at a time, and checks its answer.

    Raises:
        UserError: bad latents, or an answer that is not one known label for each latent and image.
    """
    checked = checked_latents(latents)
    batches = [checked[start : start + batch_size] for start in range(0, len(checked), batch_size)]
    return np.concatenate([_answer(labeller, batch, n_images, n_names) for batch in batches])


def _answer(labeller: AnyLabeller, latents: np.ndarray, n_images: int, n_names: int) -> np.ndarray:
    labels = np.asarray(labeller(latents))
    if labels.shape != (len(latents), n_images) or not np.issubdtype(labels.dtype, np.integer):
        raise UserError(
            f"The labeller must return integers of shape ({len(latents)}, {n_images}), a label for each c and image; "
            f"it returned {labels.dtype} {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= n_names:
        raise UserError(
            f"The labeller must return label indices 0 to {n_names - 1}; it returned {labels.min()} to {labels.max()}."
        )
    return labels


def label_counts(labels: Int[np.ndarray, "n images"], n_names: int) -> Int[np.ndarray, "n names"]:
    """How many images get each label, for each latent."""
    return np.stack([np.bincount(row, minlength=n_names) for row in labels])


def right_counts(labels: Int[np.ndarray, "n images"], truth: Int[np.ndarray, "images 4"]) -> Int[np.ndarray, " n"]:
    """For how many images the label is one of the image's own four, for each latent."""
    return (labels[:, :, None] == truth).any(axis=2).sum(axis=1)


def total_variation(fractions: Float[np.ndarray, " names"]) -> float:
    """Total-variation distance of a label histogram (fractions, sum 1) from the even one: 0 even, near 1 one label."""
    return float(np.abs(fractions - 1 / len(fractions)).sum() / 2)


def commonest_presence(truth: Int[np.ndarray, "images 4"], n_names: int) -> float:
    """Fraction of the images that contain the commonest label: no correct captioner can name a label more often."""
    return float(max((truth == label).any(axis=1).mean() for label in range(n_names)))


def written(c: Sequence[float]) -> str:
    """``(0.50, -1.20, 0.00)``."""
    return "(" + ", ".join(f"{value + 0.0:.2f}" for value in c) + ")"
