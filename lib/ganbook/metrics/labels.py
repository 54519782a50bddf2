"""Which labels come out, how evenly, and how much they tell about what steered them."""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray


def label_histogram(labels: Int[ndarray, "*batch n"], classes: int) -> Float[ndarray, "*batch classes"]:
    """Share of each of ``classes`` labels along the last axis, in [0, 1].

    Labels outside 0 .. classes - 1 (such as -1 for text that is no label) count in ``n`` but in no class.
    """
    return (labels[..., None] == np.arange(classes)).mean(-2)


def total_variation_from_uniform(histogram: Float[ndarray, "*batch classes"]) -> Float[ndarray, "*batch"]:
    """Total-variation distance of a histogram from the even one: 0 for even, 1 - 1/classes if one label takes all."""
    return np.abs(histogram - 1 / histogram.shape[-1]).sum(-1) / 2


def entropy(histogram: Float[ndarray, "*batch classes"]) -> Float[ndarray, "*batch"]:
    """Entropy of a histogram in bits, with 0 log 0 = 0."""
    return 0.0 - (histogram * np.log2(np.where(histogram > 0, histogram, 1))).sum(-1)


def mutual_information(histograms: Float[ndarray, "conditions classes"]) -> Float[ndarray, ""]:
    """I(condition; label) in bits, for the label histograms of equally likely conditions: H(mean histogram) - mean of H."""
    return entropy(histograms.mean(0)) - entropy(histograms).mean()
