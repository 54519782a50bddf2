"""The chapter's figures: data in, figure with caption and alt text out."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from IPython.display import HTML
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor

from ganbook import metrics, viz
from ganbook.data import DIGIT_WORDS, GridDigits

DIGITS = range(len(DIGIT_WORDS))
SIX = slice(6)
"""As many images stand side by side on the page."""


def training_images(grids: GridDigits) -> HTML:
    """The first six images with their four labels."""
    texts = [_digits(labels) for labels in grids.labels[SIX]]
    return viz.show(
        viz.image_grid,
        grids.images[SIX],
        texts,
        alt="Six GridMNIST images, each a 2 by 2 grid of handwritten digits. "
        f"Their labels, in reading order: {'; '.join(texts)}.",
        caption="Six training images with their four labels. Any one of the four is a correct caption.",
    )


def distances_of_codes(codes: Float[Tensor, "captions sentence"]) -> HTML:
    """How far the sentence vectors of the ten words stand from each other."""
    distance = pairwise_distances(codes)
    return viz.show(
        viz.heatmaps,
        [distance],
        ["distance between sentence vectors"],
        DIGITS,
        ["Euclidean distance"],
        [False],
        alt="Heat map of the distances between the ten sentence vectors: zero on the diagonal, "
        f"at least {closest(distance):.1f} everywhere else.",
        caption="The codes of the ten words stand well apart, with no order among them: "
        "the text side knows nothing of the shapes of digits.",
    )


def first_losses(curves: Mapping[str, Sequence[float]], steps: int) -> HTML:
    """The losses of a short training."""
    d_loss, g_loss, information = _losses(curves).values()
    return viz.show(
        viz.curves,
        _losses(curves),
        curves["step"],
        "step",
        "loss",
        alt=f"Losses over {steps} steps. The discriminator's falls from {d_loss[0]:.2f} to {d_loss[-1]:.2f}, "
        f"the generator's goes from {g_loss[0]:.2f} to {g_loss[-1]:.2f}, "
        f"the squared error of Q stays near {np.mean(information):.1f}.",
        caption="The first steps. Q's error of 3 means that captions carry nothing about c yet.",
    )


def all_losses(curves: Mapping[str, Sequence[float]], steps: int) -> HTML:
    """The losses of a whole training."""
    d_loss, g_loss, information = _losses(curves).values()
    return viz.show(
        viz.curves,
        _losses(curves),
        curves["step"],
        "step",
        "loss",
        alt=f"Losses of the shipped run over {steps} steps. Q's squared error starts at {information[0]:.2f} and ends "
        f"at {information[-1]:.2f}; the discriminator's loss ends at {d_loss[-1]:.2f}, "
        f"the generator's at {g_loss[-1]:.2f}.",
        caption="Watch Q's squared error: at 3, captions carry nothing about c; "
        "it falls when the generator begins to let c choose.",
    )


def preference_histograms(results: Mapping[str, ndarray]) -> HTML:
    """The paper's figure 3 for the two most decided of the fixed c (results of ``analysis.fixed_and_random``)."""
    fixed, random = results["histogram_same"], results["histogram_different"]
    most = np.argsort(metrics.total_variation_from_uniform(fixed))[::-1][:2]
    accuracy = results["right_same"].mean(axis=1)
    titles = [f"c = ({', '.join(f'{value:.1f}' for value in results['latents'][k])}): {accuracy[k]:.1%}" for k in most]
    first, second = (" and ".join(DIGIT_WORDS[label] for label in fixed[k].argsort()[:-3:-1]) for k in most)
    return viz.show(
        viz.histograms,
        fixed[most],
        random,
        titles,
        DIGITS,
        alt=f"Two label histograms. The first c prefers {first}, the second {second}; behind both, the histogram for "
        f"random c is nearly even, between {random.min():.0%} and {random.max():.0%}.",
        caption=f"The paper's figure 3, remade with the two most decided of {in_words(fixed)} c. "
        "No label can exceed about 40 %: that is how often it is in the image.",
    )


def preferred_together_and_alike(
    together: Float[ndarray, "10 10"], alike: Float[ndarray, "10 10"], correlation: float
) -> HTML:
    """Which digits the same c prefer, beside which look alike."""
    rows, columns = np.triu_indices(len(together), 1)
    best = np.argsort(together[rows, columns])[::-1][:3]
    pairs = ", ".join(f"{rows[k]} & {columns[k]}" for k in best)
    off_diagonal = together - np.eye(len(together)) * together
    return viz.show(
        viz.heatmaps,
        [off_diagonal, alike],
        ["preferred by the same c", "look alike to a weak classifier"],
        DIGITS,
        ["correlation over c", "confusion"],
        [True, False],
        alt=f"Two 10 by 10 heat maps over digits. The first, correlation of preference: highest for {pairs}. "
        "The second, confusion of a weak classifier. "
        f"Their rank correlation over the {len(rows)} pairs is {correlation:.2f}.",
        caption="Which digits the same c prefer together, and which digits a weak classifier mixes up. "
        "Do the bright spots agree?",
    )


def pairs_of_digits(together: Float[ndarray, "10 10"], alike: Float[ndarray, "10 10"], correlation: float) -> HTML:
    """A dot for each pair of digits: confusion against preference by the same c."""
    count = len(alike) * (len(alike) - 1) // 2
    return viz.show(
        viz.scatter_pairs,
        alike,
        together,
        DIGITS,
        "confusion of the weak classifier",
        "preferred together (correlation over c)",
        alt=f"Scatter plot of the {count} pairs of digits, confusion against co-preference; "
        f"rank correlation {correlation:.2f}.",
        caption="Each dot is a pair of digits. If look-alikes shared subgroups, dots to the right would lie high.",
    )


def hardest_images(results: Mapping[str, ndarray], grids: GridDigits, captions: Sequence[str]) -> HTML:
    """The six images that most values of c caption wrongly, each with what the first such c says."""
    right = results["right_same"]
    hardest = right.mean(axis=0).argsort()[SIX]
    wrongly = [results["same"][(~right[:, i]).argmax(), i] for i in hardest]
    said = [f"says {captions[n] if n >= 0 else '(no word)'}" for n in wrongly]
    shares = [f"right for {right[:, i].mean():.0%} of c" for i in hardest]
    each = (f"digits {_digits(grids.labels[i])}, {says}, {share}" for i, says, share in zip(hardest, said, shares))
    return viz.show(
        viz.image_grid,
        grids.images[hardest],
        [f"{says}\n{share}" for says, share in zip(said, shares)],
        alt=f"The six test images that are captioned wrongly by most values of c: {'; '.join(each)}.",
        caption="The images that fail most often. "
        "Look at the digit that was misread rather than at the c that chose it.",
    )


def with_and_without_the_term(
    term: Mapping[int, Mapping[str, float]], without: Mapping[int, Mapping[str, float]]
) -> HTML:
    """``tv_same`` and ``tv_different`` with the information term and without it, over seeds."""
    bars = {
        f"{name}, {which}": [summary[name] for summary in summaries.values()]
        for name in ("tv_same", "tv_different")
        for which, summaries in (("with the term", term), ("without", without))
    }
    means = "; ".join(f"{name} {np.mean(values):.2f}" for name, values in bars.items())
    return viz.show(
        viz.bars_over_seeds,
        bars,
        "total-variation distance from the even histogram",
        alt=f"Bars of total variation, means over seeds: {means}.",
        caption="Dots are seeds. Where fixed c is skewed and random c even, c chooses; "
        "where the two agree, c is ignored.",
    )


def preferred_labels(planes: Sequence[Int[ndarray, "side side"]], sphere: Int[ndarray, "side side"]) -> HTML:
    """Maps of the preferred label: the planes c1-c2 and c1-c3 and the sphere of radius 2."""
    present = ", ".join(str(label) for label in np.unique(sphere))
    return viz.show(
        viz.label_maps,
        [*planes, sphere],
        [(-3, 3, -3, 3)] * 2 + [(-180, 180, -90, 90)],
        ["plane of $c_1$ and $c_2$", "plane of $c_1$ and $c_3$", "sphere of radius 2"],
        [("$c_1$", "$c_2$"), ("$c_1$", "$c_3$"), ("longitude (degrees)", "latitude (degrees)")],
        DIGITS,
        alt="Three maps of the preferred label: two planes through the origin and the sphere of radius 2. "
        f"On the sphere these labels have a region: {present}.",
        caption="Which label comes out most often, for each c. "
        "The regions meet near the origin and run outwards like slices.",
    )


def named_again(predicted: Float[ndarray, "10"], chance: Float[ndarray, "10"]) -> HTML:
    """How often a digit is named again under the c that Q read off one example, and under random c."""
    return viz.show(
        viz.grouped_bars,
        {"c predicted by Q": predicted, "random c": chance},
        list(map(str, DIGITS)),
        "share of images",
        "digit that was named in the one example",
        alt="For each digit, the share of other images holding it whose caption names it: "
        f"{predicted.mean():.0%} on average with the predicted c, {chance.mean():.0%} with random c.",
        caption="One example of somebody naming a digit: does the model go on naming it wherever it can, "
        "more often than with random c?",
    )


def two_tellings(told: Mapping[str, ndarray], grids: GridDigits, captions: Sequence[str]) -> HTML:
    """The sentences on the first six images for two values of c: the first, and what differs most from it there."""
    same = told["same"][:, SIX]
    other = (same != same[0]).sum(axis=1).argmax()
    pairs = [[captions[n] if n >= 0 else "(none)" for n in said] for said in same[[0, other]].T]
    shortened = ["\n".join(text.replace("a ", "", 1).replace(" at the ", "\n") for text in pair) for pair in pairs]
    each = (f"{_digits(labels)}: {' / '.join(pair)}" for labels, pair in zip(grids.labels, pairs))
    return viz.show(
        viz.image_grid,
        grids.images[SIX],
        shortened,
        alt=f"Six test images with the sentences for two values of c: {'; '.join(each)}.",
        caption="Two values of c (first and second sentence, shortened) on six images.",
    )


def _digits(labels: Int[ndarray, "4"]) -> str:
    return " ".join(map(str, labels))


def in_words(values: ndarray) -> str:
    """How many, as a sentence says it; the chapter takes sixteen fixed c."""
    return {3: "three", 16: "sixteen"}.get(len(values), str(len(values)))


def _losses(curves: Mapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    names = {"D: adversarial": "d_loss", "G: adversarial": "g_loss", "Q: squared error": "information_loss"}
    return {name: curves[column] for name, column in names.items()}


def pairwise_distances(codes: Float[Tensor, "n size"]) -> Float[ndarray, "n n"]:
    return torch.cdist(codes, codes).numpy()


def closest(distance: Float[ndarray, "n n"]) -> float:
    return distance[~np.eye(len(distance), dtype=bool)].min()
