"""How good samples are, how near projections come, and whether morphs look like the years between."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from ganbook import training
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.regressor import YearReader, whitened
from ganbook.chapters.painting_morphs.watching import enlarged
from ganbook.data.paintings import Paintings
from ganbook.data.pixels import from_bytes
from ganbook.errors import UserError
from ganbook.metrics import bootstrap_interval, copies, kernel_distance, psnr, rank_correlations

THUMBNAIL = 8
"""Pixels of a side at which composition and colours are compared, and strokes are not."""

NEAREST = 6
"""Samples of which the records say which training picture is nearest."""


def kid_over_training(folder: str | Path) -> tuple[list[int], list[float]]:
    """The steps of a run or shipped checkpoint at which one looked, and what KID, times 1,000, was there."""
    curves = training.read_curves(folder)
    looks = [(step, kid) for step, kid in zip(curves["step"], curves.get("kid", [])) if kid is not None]
    return [int(step) for step, _ in looks], [kid for _, kid in looks]


def kid_falls(steps: Sequence[int], kid: Sequence[float]) -> float:
    """Spearman's correlation of KID with the steps: -1 if it falls at every look."""
    from scipy.stats import spearmanr

    return float(spearmanr(steps, kid).statistic)


def thumbnails(pictures: UInt8[Tensor, "n 3 side side"]) -> Float[Tensor, "n pixels"]:
    """Very small pictures, as vectors."""
    return F.adaptive_avg_pool2d(from_bytes(pictures), THUMBNAIL).flatten(1)  # (n, 192)


def painter_numbers(
    painter: Painter,
    reader: YearReader,
    unseen: UInt8[Tensor, "k 3 side side"],
    whole: UInt8[Tensor, "n 3 side side"] | None = None,
    seed: int = 2,
) -> dict[str, float]:
    """How like paintings samples are, as many as there are in ``whole``.

    Args:
        unseen: pictures of the kind that the painter learned, none of which it saw.
        whole: over which features are whitened, so that painters of a part of a set and of all of it are measured
            alike; by default the unseen ones.

    Returns:
        ``kid_1e3`` of samples against unseen pictures, in the regressor's features; ``year_mean``, the mean year of
        samples less that of unseen pictures, and ``year_spread``, the deviation of their years over that of unseen
        pictures, as the regressor reads both.
    """
    whole = unseen if whole is None else whole
    made, features = drawn(painter, len(whole), unseen.shape[-1], seed), whitened(reader, whole)
    years, true = reader(made), reader(unseen)
    return {
        "kid_1e3": 1e3 * kernel_distance(features(unseen), features(made)),
        "year_mean": float(years.mean() - true.mean()),
        "year_spread": float(years.std() / true.std()),
    }


def copy_numbers(
    painter: Painter,
    reader: YearReader,
    train: UInt8[Tensor, "m 3 side side"],
    unseen: UInt8[Tensor, "k 3 side side"],
    whole: UInt8[Tensor, "n 3 side side"] | None = None,
    seed: int = 2,
) -> dict[str, float]:
    """Whether the samples of :func:`painter_numbers` are copies; its arguments, and those that were learned.

    Returns:
        ``copies`` in the regressor's features, whitened over the training pictures, and ``copies_thumbnails``, see
        :func:`ganbook.metrics.copies`: well below 1 means copies; ``kid_1e3_data`` of as many training pictures, for
        comparison; ``nearest_0`` and so on, which training picture is nearest to each of the first samples.
    """
    whole = unseen if whole is None else whole
    made, features = drawn(painter, len(whole), unseen.shape[-1], seed), whitened(reader, whole)
    of_made, of_train, of_unseen = map(whitened(reader, train), (made, train, unseen))
    near = torch.cdist(of_made[:NEAREST], of_train).argmin(1).tolist()
    return {
        "copies": float(copies(of_made, of_train, of_unseen)),
        "copies_thumbnails": float(copies(*map(thumbnails, (made, train, unseen)))),
        "kid_1e3_data": 1e3 * kernel_distance(features(unseen), features(train[: len(whole)])),
        **{f"nearest_{k}": float(number) for k, number in enumerate(near)},
    }


def drawn(painter: Painter, n: int, side: int, seed: int) -> UInt8[Tensor, "n 3 side side"]:
    """Samples, enlarged where the network is not full grown."""
    return enlarged(painter.draw(painter.latents(n, seed)), side)


def regressor_numbers(reader: YearReader, paintings: Paintings) -> dict[str, float]:
    """Of held-out paintings.

    Returns:
        ``year_error``, the mean absolute error in years; ``year_error_constant``, that of the middle year for all;
        ``year_bias``, the mean error; ``year_slope``, of found years against true ones.
    """
    found, true = reader(paintings.pictures), paintings.years
    return {
        "year_error": float((found - true).abs().mean()),
        "year_error_constant": float((true.median() - true).abs().mean()),
        "year_bias": float((found - true).mean()),
        "year_slope": float(torch.cov(torch.stack([true, found]))[0, 1] / true.var()),
    }


# Projection


def projection_numbers(
    found: UInt8[Tensor, "n 3 side side"], wanted: UInt8[Tensor, "n 3 side side"], reader: YearReader
) -> dict[str, float]:
    """How near projections come to the pictures that were looked for.

    Returns:
        ``psnr``, the median in dB, ``psnr_least`` and ``psnr_28``, the share of pictures with at least 28 dB;
        ``perceptual``, the mean of :meth:`YearReader.apart`, and ``year_shift``, by how many years the regressor reads
        the found ones otherwise, on average of absolute values.
    """
    likeness = psnr(found.numpy(), wanted.numpy())
    return {
        "psnr": float(np.median(likeness)),
        "psnr_least": float(likeness.min()),
        "psnr_28": float((likeness >= 28).mean()),
        "perceptual": float(reader.apart(found, wanted).mean()),
        "year_shift": float((reader(found) - reader(wanted)).abs().mean()),
    }


# Morphs


def read_years(reader: YearReader, frames: UInt8[Tensor, "morphs frames 3 h w"]) -> Float[Tensor, "morphs frames"]:
    """The year that the regressor reads off each frame."""
    return reader(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])


def year_numbers(found: Float[Tensor, "morphs frames"], wanted: Float[Tensor, "morphs frames"]) -> dict[str, float]:
    """Whether years that were read off frames follow those that they should show; ideally slope and rank are 1.

    Returns:
        ``year_slope``, see :func:`slope`, with its 95 % bootstrap interval over morphs, ``year_slope_low`` to
        ``year_slope_high``; ``year_rank``, Spearman's correlation of found and wanted years of a morph, on average;
        ``year_error``, the mean absolute difference in years, and ``year_middle``, the same of the middle frames alone.
    """
    both = torch.stack([found, wanted], 2).double().numpy()  # (morphs, frames, 2)
    low, high = bootstrap_interval(both, slope)
    middle = found.shape[1] // 2
    return {
        "year_slope": slope(both),
        "year_slope_low": low,
        "year_slope_high": high,
        "year_rank": float(rank_correlations(found.numpy(), wanted.numpy()).mean()),
        "year_error": float(year_errors(found, wanted).mean()),
        "year_middle": float((found - wanted)[:, middle].abs().mean()),
    }


def year_course(
    found: Float[Tensor, "morphs frames"],
) -> tuple[Float[np.ndarray, " frames"], Float[np.ndarray, " frames"], Float[np.ndarray, " frames"]]:
    """The year at each place of the way: the mean over morphs, and its 95 % bootstrap interval, low and high."""
    columns = found.double().numpy().T  # (frames, morphs)
    low, high = np.array([bootstrap_interval(column) for column in columns]).T
    return columns.mean(1), low, high


def slope(years: Float[np.ndarray, "morphs frames found_and_wanted"]) -> float:
    """Years found for each year wanted: the line of least squares, with an offset of its own for each morph."""
    found, wanted = np.moveaxis(years - years.mean(1, keepdims=True), 2, 0)
    return float((found * wanted).sum() / (wanted**2).sum())


def year_errors(
    found: Float[Tensor, "morphs frames"], wanted: Float[Tensor, "morphs frames"]
) -> Float[Tensor, " morphs"]:
    """Mean absolute difference of each morph's frames, in years."""
    return (found - wanted).abs().mean(1)


def smoothness(reader: YearReader, frames: UInt8[Tensor, "morphs frames 3 h w"]) -> Float[Tensor, " morphs"]:
    """The largest over the mean perceptual step (:meth:`YearReader.apart`) from frame to frame of each morph: 1 if all
    are the same, and for a jump as many as there are steps.

    Raises:
        UserError: a morph of one frame.
    """
    if frames.shape[1] < 2:
        raise UserError(f"steps are between frames, got {frames.shape[1]} frame in a morph")
    steps = reader.apart(frames[:, :-1].flatten(0, 1), frames[:, 1:].flatten(0, 1)).unflatten(0, (len(frames), -1))
    return steps.amax(1) / steps.mean(1).clamp(min=1e-12)


def pairs_gain(chosen: Float[Tensor, " pairs"], random: Float[Tensor, " pairs"]) -> dict[str, float]:
    """What it helps to choose pairs that are alike.

    Args:
        chosen, random: a number of each morph for which less is better, such as :func:`year_errors`; morphs in the same
            place begin with the same picture.

    Returns:
        ``pairs_gain``, the mean of random less chosen, with its 95 % bootstrap interval over start pictures,
        ``pairs_gain_low`` to ``pairs_gain_high``.
    """
    gain = (random - chosen).double().numpy()
    low, high = bootstrap_interval(gain)
    return {"pairs_gain": float(gain.mean()), "pairs_gain_low": low, "pairs_gain_high": high}
