"""The chapter's figures: data in, figure with caption and alt text out. Also the sentences that its numbers make."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from IPython.display import HTML, Markdown
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
    distance = _distances(codes)
    return viz.show(
        viz.heatmaps,
        [distance],
        ["distance between sentence vectors"],
        DIGITS,
        ["Euclidean distance"],
        [False],
        alt="Heat map of the distances between the ten sentence vectors: zero on the diagonal, "
        f"at least {_nearest(distance):.1f} everywhere else.",
        caption="The codes of the ten words stand well apart, with no order among them: "
        "the text side knows nothing of the shapes of digits.",
    )


def noise_beside_distances(codes: Float[Tensor, "captions sentence"], noise: float) -> Markdown:
    """What the noise on a code is, beside the way to its nearest neighbour."""
    nearest = _nearest(_distances(codes))
    return Markdown(
        f"The two closest codes are {nearest:.1f} apart. Noise of standard deviation {noise} moves a code by about "
        f"{noise:.1f} along the line to its neighbour, while confusion needs {nearest / 2:.1f}."
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


def how_it_was_trained(run: Mapping[str, Any]) -> Markdown:
    """The record of a shipped run in a sentence."""
    config = run["config"]
    return Markdown(
        f"The model used from here on was trained by `ganbook train` at profile `{run['profile']}` with seed "
        f"{run['seed']}: {run['step']:,} steps of {config['batch_size']} images in {run['minutes']:.0f} minutes on "
        f"{run['device']} ({config['threads'] or 'all'} thread(s)), "
        f"$\\lambda_I$ = {config['information_weight']}, then {config['late_information_weight']}."
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
        caption="Watch Q's squared error: it stays at 3 while the generator learns to read digits, "
        "then falls when the generator begins to let c choose.",
    )


def how_far_it_whispers(heard: Mapping[str, float]) -> Markdown:
    """Q's error beside the floor (see :func:`ganbook.chapters.latent_captions.analysis.whisper`)."""
    side = "below" if heard["whispered"] > 0 else "above"
    return Markdown(
        f"$Q$'s error is {abs(heard['whispered']):.2f} {side} the floor. "
        "That a little gets through is no wonder: attention is soft, where $c$ is near the border of two words the "
        "vector is a mixture of both, and the shares tell how near."
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
        caption=f"The paper's figure 3, remade with the two most decided of {_count(fixed)} c. "
        "No label can exceed about 40 %: that is how often it is in the image.",
    )


def table_over_seeds(summaries: Mapping[int, Mapping[str, float]]) -> Markdown:
    """A row for each number, a column for each seed."""
    names = next(iter(summaries.values()))
    rows = [
        ["metric", *(f"seed {seed}" for seed in summaries)],
        ["---"] * (1 + len(summaries)),
        *([f"`{name}`", *(f"{summary[name]:.3f}" for summary in summaries.values())] for name in names),
    ]
    return Markdown("\n".join(f"| {' | '.join(row)} |" for row in rows))


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


def agreement_over_seeds(by_model: Mapping[int, tuple[float, float]]) -> Markdown:
    """Rank correlation and p value of each seed, and what they can show."""
    agreement = "; ".join(f"seed {seed}: {rank:+.2f} (p = {p:.3f})" for seed, (rank, p) in by_model.items())
    return Markdown(
        f"Rank correlation of the two matrices: {agreement}. The p value is that of a Mantel test: how often a random "
        "renaming of the digits agrees as well. Any model can show *some* pair of look-alikes in some histogram; "
        "only the correlation over all pairs, in every seed, would carry the paper's conclusion. "
        "The claim table below computes the verdict."
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


def range_of_accuracy(results: Mapping[str, ndarray]) -> Markdown:
    """Accuracy over the fixed c, and with random c with its interval over images."""
    accuracy, random = results["right_same"].mean(axis=1), results["right_different"]
    low, high = metrics.bootstrap_interval(random)
    return Markdown(
        f"Over the {_count(accuracy)} fixed c, accuracy runs from {accuracy.min():.1%} to {accuracy.max():.1%}; "
        f"with random c it is {random.mean():.1%} (95 % interval over images {low:.1%} to {high:.1%}; images that "
        "share a digit's handwriting count as independent in it, so that it is rather too narrow)."
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
        caption="Dots are seeds. With the term, fixed c is skewed and random c even: c chooses. "
        "Without it, same and different agree: c is ignored.",
    )


def what_the_term_does(measured: Mapping[str, float]) -> Markdown:
    """The information that c carries with the term and without it, from the chapter's metrics."""
    return Markdown(
        f"Without the term, knowing c tells {measured['information_no_info']:.3f} bits about the label, against "
        f"{measured['information']:.3f} with it. For a single image, random c spreads the caption over its digits by "
        f"{measured['information_image']:.2f} of at most 2 bits with the term and "
        f"{measured['information_image_no_info']:.2f} without. The control is a good captioner "
        f"(accuracy {measured['accuracy_same_mean_no_info']:.1%}) with a habit instead of a choice."
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
        caption="One example of somebody naming a digit, and the model goes on naming it wherever it can.",
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


def what_sentences_say(factors: Mapping[str, float], heard: Mapping[str, float]) -> Markdown:
    """What c chooses in sentences of digit and place (``analysis.two_factors``), and what it whispers besides."""
    bits = {factor: factors[f"information_{factor}"] for factor in ("digit", "place")}
    error, floor = f"{heard['q_error']:.2f}", f"{heard['words_floor']:.2f}"
    beyond_words = f"Q's squared error is {error}, where sentences alone would leave {floor}"
    less_noise = (
        "Forty sentences stand closer together than ten words, "
        "so this model trains with less noise (0.3 instead of 0.5), and"
    )
    if max(bits.values()) <= 0.05:
        verdict = (
            f"So c chooses **neither**, and yet {beyond_words}: c is written into shifts of the sentence vector "
            f"that change no word. {less_noise} the whisper gets through. A clear failure, and what the noise is for. "
            "To say the longer sentences *and* drown the whisper, "
            "longer sentence vectors with more noise are the thing to try."
        )
    else:
        verdict = (
            f"So c chooses by {max(bits, key=bits.get)}, mostly. "
            "Nothing in the objective prefers either: both are ways to make c readable."
        )
        if heard["whispered"] > 0.5:
            verdict += f" And it whispers besides: {beyond_words}. {less_noise} shifts that change no word get through."
    return Markdown(
        f"The whole sentence is true for {factors['accuracy_same_mean']:.1%} of captions, for the worst of the sixteen "
        f"c for {factors['accuracy_same_min']:.1%} (a mean can hide one that fails); the digit alone is right for "
        f"{factors['accuracy_digit']:.1%}. With a fixed c the histogram of digits is {factors['tv_same_digit']:.2f} "
        f"from even, that of places {factors['tv_same_place']:.2f} (at most 0.90 and 0.75); knowing c tells "
        f"{bits['digit']:.2f} bits about the digit and {bits['place']:.2f} bits about the place. {verdict}"
    )


def _digits(labels: Int[ndarray, "4"]) -> str:
    return " ".join(map(str, labels))


def _count(values: ndarray) -> str:
    """How many, as a sentence says it; the chapter takes sixteen fixed c."""
    return {3: "three", 16: "sixteen"}.get(len(values), str(len(values)))


def _losses(curves: Mapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    names = {"D: adversarial": "d_loss", "G: adversarial": "g_loss", "Q: squared error": "information_loss"}
    return {name: curves[column] for name, column in names.items()}


def _distances(codes: Float[Tensor, "n size"]) -> Float[ndarray, "n n"]:
    return torch.cdist(codes, codes).numpy()


def _nearest(distance: Float[ndarray, "n n"]) -> float:
    return distance[~np.eye(len(distance), dtype=bool)].min()
