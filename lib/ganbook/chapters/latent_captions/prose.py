"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

from collections.abc import Mapping
from typing import Any

from IPython.display import Markdown
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from ganbook import metrics
from ganbook.chapters.latent_captions.figures import closest, in_words, pairwise_distances


def noise_beside_distances(codes: Float[Tensor, "captions sentence"], noise: float) -> Markdown:
    """What the noise on a code is, beside the way to its nearest neighbour."""
    nearest = closest(pairwise_distances(codes))
    return Markdown(
        f"The two closest codes are {nearest:.1f} apart. Noise of standard deviation {noise} moves a code by about "
        f"{noise:.1f} along the line to its neighbour, while confusion needs {nearest / 2:.1f}."
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


def how_far_it_whispers(heard: Mapping[str, float]) -> Markdown:
    """Q's error beside the floor (see :func:`ganbook.chapters.latent_captions.analysis.whisper`)."""
    side = "below" if heard["whispered"] > 0 else "above"
    text = f"$Q$'s error is {abs(heard['whispered']):.2f} {side} the floor. "
    if heard["whispered"] <= 0:
        return Markdown(text + "So nothing is seen to get through beside the word.")
    text += "That a little gets through is no wonder: attention is soft, where $c$ is near the border of two words the "
    return Markdown(text + "vector is a mixture of both, and the shares tell how near.")


def agreement_over_seeds(by_model: Mapping[int, tuple[float, float]]) -> Markdown:
    """Rank correlation and p value of each seed, and what they can show."""
    agreement = "; ".join(f"seed {seed}: {rank:+.2f} (p = {p:.3f})" for seed, (rank, p) in by_model.items())
    return Markdown(
        f"Rank correlation of the two matrices: {agreement}. The p value is that of a Mantel test: how often a random "
        "renaming of the digits agrees as well. Any model can show *some* pair of look-alikes in some histogram; "
        "only the correlation over all pairs, in every seed, would carry the paper's conclusion. "
        "The claim table below computes the verdict."
    )


def range_of_accuracy(results: Mapping[str, ndarray]) -> Markdown:
    """Accuracy over the fixed c, and with random c with its interval over images."""
    accuracy, random = results["right_same"].mean(axis=1), results["right_different"]
    low, high = metrics.bootstrap_interval(random)
    return Markdown(
        f"Over the {in_words(accuracy)} fixed c, accuracy runs from {accuracy.min():.1%} to {accuracy.max():.1%}; "
        f"with random c it is {random.mean():.1%} (95 % interval over images {low:.1%} to {high:.1%}; images that "
        "share a digit's handwriting count as independent in it, so that it is rather too narrow)."
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
