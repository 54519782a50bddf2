"""How good samples are: how far from paintings in the regressor's features, and whether they are copies."""

from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from ganbook import training
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.regressor import YearReader
from ganbook.chapters.painting_morphs.watching import enlarged
from ganbook.data.paintings import Paintings
from ganbook.data.pixels import from_bytes
from ganbook.metrics import copies, kernel_distance

THUMBNAIL = 8
"""Pixels of a side at which composition and colours are compared, and strokes are not."""


def kid_over_training(folder: str | Path) -> tuple[list[int], list[float]]:
    """The steps of a run or shipped checkpoint at which one looked, and what KID, times 1,000, was there."""
    curves = training.read_curves(folder)
    looks = [(step, kid) for step, kid in zip(curves["step"], curves.get("kid", [])) if kid is not None]
    return [int(step) for step, _ in looks], [kid for _, kid in looks]


def thumbnails(pictures: UInt8[Tensor, "n 3 side side"]) -> Float[Tensor, "n pixels"]:
    """Very small pictures, as vectors."""
    return F.adaptive_avg_pool2d(from_bytes(pictures), THUMBNAIL).flatten(1)  # (n, 192)


def nearest(
    made: UInt8[Tensor, "n 3 side side"], train: UInt8[Tensor, "m 3 side side"], reader: YearReader
) -> Int[Tensor, " n"]:
    """Which training picture is nearest to each sample, in the regressor's features."""
    of_made, of_train = reader.features(made), reader.features(train)
    scale = of_train.std(0).clamp(min=1e-6)
    return torch.cdist(of_made / scale, of_train / scale).argmin(1)


def painter_numbers(
    painter: Painter,
    reader: YearReader,
    train: UInt8[Tensor, "m 3 side side"],
    unseen: UInt8[Tensor, "k 3 side side"],
    seed: int = 2,
) -> dict[str, float]:
    """How like paintings samples are, as many as there are unseen pictures.

    Returns:
        ``kid_1e3`` of samples and ``kid_1e3_data`` of training pictures, both against unseen ones; ``copies`` in the
        regressor's features and ``copies_thumbnails``, see :func:`ganbook.metrics.copies`: well below 1 means copies;
        ``year_mean``, the mean year of samples less that of unseen pictures, and ``year_spread``, the deviation of
        their years over that of unseen pictures, as the regressor reads both.
    """
    made = drawn(painter, len(unseen), unseen.shape[-1], seed)
    of_made, of_train, of_unseen = (reader.features(each) for each in (made, train, unseen))
    years, true = reader(made), reader(unseen)
    return {
        "kid_1e3": 1e3 * kernel_distance(of_unseen, of_made),
        "kid_1e3_data": 1e3 * kernel_distance(of_unseen, of_train),
        "copies": float(copies(of_made, of_train, of_unseen)),
        "copies_thumbnails": float(copies(*(thumbnails(each) for each in (made, train, unseen)))),
        "year_mean": float(years.mean() - true.mean()),
        "year_spread": float(years.std() / true.std()),
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
