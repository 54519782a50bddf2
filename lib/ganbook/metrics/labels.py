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
    """Total-variation distance of a histogram from the even one: 0 for even, 1 - 1/classes if one label takes all.

    What a histogram lacks of 1 (text that is no label) is a class of its own, of which the even one has nothing: 1 if
    there is no label at all.
    """
    return (np.abs(histogram - 1 / histogram.shape[-1]).sum(-1) + _rest(histogram)) / 2


def entropy(histogram: Float[ndarray, "*batch classes"], samples: int | None = None) -> Float[ndarray, "*batch"]:
    """Entropy of a histogram in bits, with 0 log 0 = 0. What it lacks of 1 (text that is no label) is one class more.

    Args:
        histogram: shares.
        samples: how many labels were counted for each histogram. A histogram of few samples looks less even than what
            they were drawn from: by (classes that occur - 1) / (2 samples) nats on average (Miller and Madow). With
            ``samples`` this is added; without it nothing is.
    """
    shares = np.concatenate([histogram, _rest(histogram)[..., None]], -1)
    bits = 0.0 - (shares * np.log2(np.where(shares > 0, shares, 1))).sum(-1)
    if samples is None:
        return bits
    return bits + ((shares > 0).sum(-1) - 1) / (2 * samples * np.log(2))


def _rest(histogram: Float[ndarray, "*batch classes"]) -> Float[ndarray, "*batch"]:
    """What shares lack of 1, and nothing for rounding."""
    rest = 1 - histogram.sum(-1)
    return np.where(rest > 1e-9, rest, 0.0)


def mutual_information(histograms: Float[ndarray, "conditions classes"]) -> Float[ndarray, ""]:
    """I(condition; label) in bits, for label histograms of equally likely conditions: H(mean histogram) - mean of H."""
    return entropy(histograms.mean(0)) - entropy(histograms).mean()


def information_shares(labels: Int[ndarray, "latents images"], classes: int = 10) -> dict[str, float]:
    """How the information in a label is shared between a latent c and an image, in bits, from the labels of all pairs.

    Args:
        labels: label (0 .. classes - 1) of each pair; others, such as -1 for text that is no label, are one class more.

    Returns:
        ``said``, the entropy of all labels (at most log2 classes); ``by_c`` = I(c; label), what c tells about the label
        if the image is not known; and ``by_c_in_image`` = I(c; label | image), what c decides once the image is fixed
        (2 if it chooses evenly among four labels), corrected for the finite number of c.
    """
    histograms = label_histogram(labels, classes)
    return {
        "said": float(entropy(histograms.mean(0))),
        "by_c": float(mutual_information(histograms)),
        "by_c_in_image": float(entropy(label_histogram(labels.T, classes), samples=len(labels)).mean()),
    }
