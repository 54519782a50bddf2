"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import Markdown

from ganbook import viz
from ganbook.chapters.painting_morphs.figures import WAYS
from ganbook.chapters.painting_morphs.morphs import Pairs

STEADY = 0.7, 1.3
"""Slopes of years found against years wanted between which a morph goes at the right speed."""

IN_ORDER = 0.9
"""Rank correlation from which the frames of a morph are in the order of the years."""

STEP = 3.0
"""Largest over mean perceptual step up to which a morph is called steady."""

FOUND = 28.0
"""PSNR in dB from which a sample counts as found."""

COPIES = 0.8
"""Distance to the training set, as a share of that of unseen paintings, below which samples look like copies."""


# Which models


def shipped_runs(runs: Mapping[str, Mapping]) -> Markdown:
    """How the shipped GANs were trained; ``runs`` by what they are called."""
    each = "; ".join(
        f"{name} {run['step']:,} steps of {run['config']['batch_size']} paintings in {run['minutes']:.0f} minutes on "
        f"{run['device']}"
        for name, run in runs.items()
    )
    text = f"The GANs of this chapter were trained by `ganbook train`: {each}. What is shipped is an average of the "
    text += "weights over the last steps (`track_ema`); the looks during the training saw that average, too."
    return Markdown(text + viz.unfinished(runs))


# Data and yardstick


def regressor(numbers: Mapping[str, float], paintings: int) -> Markdown:
    """How well the regressor reads years of paintings that it never saw."""
    text = (
        f"On {paintings} test paintings it errs by **{numbers['year_error']:.2f} years** on average (mean absolute "
        f"error; saying the middle year each time, {numbers['year_error_constant']:.2f}), with a bias of "
        f"{numbers['year_bias']:+.2f}; where the true years differ by one, its answers differ by "
        f"{numbers['year_slope']:.2f}."
    )
    return Markdown(text)


def straight(found: Sequence[float], wanted: float, true: Sequence[float]) -> Markdown:
    """What the regressor reads off the pixel mean of two years, and off the painting of the year between."""
    mean, of_true = float(np.mean(found)), float(np.mean(true))
    text = (
        f"The regressor reads {mean:.1f} off the means on average, and {of_true:.1f} off the true paintings of "
        f"{wanted:.0f}. "
    )
    if abs(mean - wanted) > abs(of_true - wanted) + 0.2:
        return Markdown(text + "The middle of the pixels is **not** the middle of the years: style bends on its way.")
    return Markdown(
        text + "As a number the middle of the pixels passes. Look at the pictures: two motifs shine through."
    )


# Samples


def epochs(courses: Sequence[tuple[Sequence[int], Sequence[float]]], epoch: float) -> Markdown:
    """How KID goes with the length of the training, one or more seeds; ``epoch`` is its length in steps."""
    first = float(np.mean([kid[0] for _, kid in courses]))
    last = float(np.mean([kid[-1] for _, kid in courses]))
    steps = courses[0][0]
    text = (
        f"From {steps[0] / epoch:.0f} to {steps[-1] / epoch:.0f} epochs 1,000 KID goes from {first:,.0f} to {last:,.0f}"
        f" ({len(courses)} {'seeds' if len(courses) > 1 else 'seed'}). "
    )
    half = float(np.mean([np.median(kid[len(kid) // 2 :]) for _, kid in courses]))
    if last >= first:
        return Markdown(text + "**More epochs did not help here.**")
    if last > 0.8 * half:
        text += f"Most of it comes early: the median of the second half is {half:,.0f}."
    return Markdown(text + " So the paper's observation holds, and so does its wish for more hours.")


def samples(found: Mapping[str, Mapping[str, float]]) -> Markdown:
    """How like paintings samples are, by what painted them."""
    rows = [
        [
            name,
            f"{each['kid_1e3']:,.0f}",
            f"{each['year_mean']:+.2f}",
            f"{each['year_spread']:.2f}",
            *(f"{each[key]:.2f}" if key in each else "" for key in ("copies", "copies_thumbnails")),
        ]
        for name, each in found.items()
    ]
    data = [each["kid_1e3_data"] for each in found.values() if "kid_1e3_data" in each]
    rows += [["training paintings", f"{data[0]:.0f}", "", "", "", ""]] if data else []
    head = ["", "1,000 KID", "mean year, off by", "spread of years", "distance to training set", "the same, thumbnails"]
    text = viz.markdown_table(head, rows)
    near = {name: each["copies"] for name, each in found.items() if "copies" in each}
    if near and min(near.values()) >= COPIES:
        text += "\n\nSamples are no nearer to the training paintings than unseen paintings are (1: as near), so they "
        text += "are **no copies**."
    elif near:
        low = ", ".join(f"{name} ({value:.2f})" for name, value in near.items() if value < COPIES)
        text += f"\n\n**Samples lie nearer to training paintings than unseen paintings do: {low}.**"
    return Markdown(text)


# Projection


def projections(numbers: Mapping[str, float], names: Mapping[str, str], count: Mapping[str, int]) -> Markdown:
    """How near projections come; ``names`` has what each set is called."""
    rows = [
        [
            words,
            f"{count[name]}",
            f"{numbers[f'psnr_{name}']:.1f}",
            f"{numbers[f'psnr_least_{name}']:.1f}",
            f"{numbers[f'psnr_28_{name}']:.0%}",
            f"{numbers[f'year_shift_{name}']:.2f}",
        ]
        for name, words in names.items()
    ]
    head = ["", "pictures", "PSNR, median (dB)", "least", f"at least {FOUND:.0f} dB", "year shifted by"]
    text = viz.markdown_table(head, rows)
    own, held = numbers["psnr_own"], numbers["psnr_held_out"]
    text += (
        f"\n\nOwn samples, which certainly can be painted, are found at {own:.1f} dB; paintings that the GAN never saw "
        f"come out at {held:.1f} dB: "
    )
    text += (
        "the search works, and what is lost there the GAN cannot paint."
        if own - held > 3
        else "the search itself is what fails."
    )
    shift = numbers["year_shift_held_out"]
    text += f" Their year moves by {shift:.2f} years on the way, which everything below inherits."
    return Markdown(text)


def starts(found: Mapping[str, float], steps: int) -> Markdown:
    """PSNR of held-out paintings by where the search begins."""
    rows = [[name, f"{value:.1f}"] for name, value in found.items()]
    return Markdown(viz.markdown_table([f"the search begins at; {steps} steps", "PSNR, median (dB)"], rows))


# Morphs


def paired(pairs: Pairs, random: float) -> Markdown:
    """How many pairs there are, and how alike; ``random`` is the mean distance of pairs in random order."""
    return Markdown(
        f"{pairs}. Content distance of the pairs {float(pairs.distances.mean()):.2f} on average, of the same paintings "
        f"in random order {random:.2f} (0 for equal thumbnails, 1.41 where two have nothing to do with each other)."
    )


def ways(numbers: Mapping[str, float], error: float, names: Sequence[str]) -> Markdown:
    """The numbers of all ways from one period to the other; ``error`` is the regressor's own."""
    rows = [
        [
            WAYS[name],
            f"{numbers[f'year_slope_{name}']:.2f}",
            f"{numbers[f'year_slope_low_{name}']:.2f} to {numbers[f'year_slope_high_{name}']:.2f}",
            f"{numbers[f'year_rank_{name}']:.2f}",
            f"{numbers[f'year_error_{name}']:.2f}",
            f"{numbers[f'year_middle_{name}']:.2f}",
            f"{numbers[f'smooth_{name}']:.1f}",
        ]
        for name in names
    ]
    head = ["", "slope", "95 % interval", "rank", "error (years)", "error in the middle", "largest / mean step"]
    return Markdown(
        viz.markdown_table(head, rows)
        + f"\n\nSlope: years read off for each year that should pass; rank: correlation of their orders. The regressor "
        f"itself errs by {error:.2f} years."
    )


def years(numbers: Mapping[str, float]) -> Markdown:
    """Whether the middle of a morph looks like the middle years, against the controls."""
    slope, rank = numbers["year_slope_alike"], numbers["year_rank_alike"]
    fade, shuffled = numbers["year_middle_faded"], numbers["year_slope_shuffled"]
    middle = numbers["year_middle_alike"]
    text = f"Years on the morphs run at {slope:.2f} of the right speed, with rank correlation {rank:.2f}: "
    good = STEADY[0] <= slope <= STEADY[1] and rank >= IN_ORDER
    text += "the frames between do look like the years between." if good else "**short of what was hoped for.**"
    text += f" With shuffled dates the slope is {shuffled:.2f}. "
    text += (
        f"The middle frame is off by {middle:.2f} years, that of a cross-fade by {fade:.2f}: "
        + ("the latent space knows more of the years than the pixels do." if middle < fade else "")
        + ("**the cross-fade of pixels does as well.**" if middle >= fade else "")
    )
    return Markdown(text)


def gain(numbers: Mapping[str, float]) -> Markdown:
    """Whether alike pairs help."""
    value, low, high = (numbers[name] for name in ("pairs_gain", "pairs_gain_low", "pairs_gain_high"))
    text = (
        f"Random pairs of the same paintings err by {value:+.2f} years more than alike ones (95 % interval {low:+.2f} "
        f"to {high:+.2f}): "
    )
    if low > 0:
        return Markdown(text + "alike pairs help.")
    return Markdown(text + ("alike pairs hurt." if high < 0 else "**no difference that chance would not make.**"))


def steady(numbers: Mapping[str, float]) -> Markdown:
    """Whether morphs change steadily."""
    alike, faded, random = (numbers[f"smooth_{name}"] for name in ("alike", "faded", "random"))
    text = f"The largest step of a morph is {alike:.1f} times its mean step (random pairs {random:.1f}, cross-fade "
    text += f"{faded:.1f}). "
    if alike <= STEP:
        text += "No jump on the way."
    else:
        text += "**There are jumps.**"
    if alike > faded:
        text += " A cross-fade is steadier still: it shows no third picture, only two at once."
    return Markdown(text)


def of_axis(walk: Mapping[str, float], numbers: Mapping[str, float], error: float, learned: int) -> Markdown:
    """How the walk along the style axis does beside the morphs.

    Args:
        walk: numbers of the walk.
        numbers: those of the morphs.
        error: of the regression, on vectors left out of it.
        learned: how many vectors it learned from.
    """
    return Markdown(
        f"The regression learned from {learned} paintings; on vectors left out of it, it errs by {error:.2f} years. On "
        f"the walk, years run at {walk['year_slope']:.2f} of the right speed (morphs "
        f"{numbers['year_slope_alike']:.2f}), rank correlation {walk['year_rank']:.2f} "
        f"({numbers['year_rank_alike']:.2f})."
    )


def few(found: Mapping[str, Mapping[str, float]], augmented: Mapping[str, float]) -> Markdown:
    """GANs trained with few paintings, with and without augmentation, beside those with all.

    Args:
        found: what the records say of each.
        augmented: of those with augmentation, with which probability pictures were changed at the end.
    """
    text = of_trainings(found, augmented)
    never = [name for name, share in augmented.items() if share < 0.01]
    if never:
        text += f"\n\nOf “{' and '.join(never)}” no picture was changed: its critic was never as sure of the real ones "
        text += "as it may be, so nothing asked for augmentation, and the two trainings without and with it are alike."
    return Markdown(text)


def narrower(found: Mapping[str, Mapping[str, float]], augmented: Mapping[str, float]) -> Markdown:
    """GANs trained with as many paintings of all motifs and of one: two rows without and two rows with augmentation."""
    text = of_trainings(found, augmented) + "\n\nEach is compared with held-out paintings of its own kind. "
    for wide, narrow in (tuple(found)[:2], tuple(found)[2:]):
        of_all, of_one = (found[name]["kid_1e3"] for name in (wide, narrow))
        verdict = "nearer to its kind" if of_one < of_all else "no nearer to its kind"
        text += f"“{narrow}” comes {verdict} than “{wide}”: 1,000 KID of {of_one:,.0f} against {of_all:,.0f}. "
    return Markdown(text + "One training each.")


def of_trainings(found: Mapping[str, Mapping[str, float]], augmented: Mapping[str, float]) -> str:
    """How like paintings the samples of each training are, as a table."""
    rows = [
        [
            name,
            f"{each['kid_1e3']:,.0f}",
            f"{each['kid_1e3_data']:.0f}" if "kid_1e3_data" in each else "",
            f"{each['copies']:.2f}" if "copies" in each else "",
            f"{each['year_spread']:.2f}",
            f"{augmented[name]:.2f}" if name in augmented else "",
        ]
        for name, each in found.items()
    ]
    head = ["trained with", "1,000 KID", "of the training set", "distance to it", "spread of years"]
    head.append("augmented at the end")
    return viz.markdown_table(head, rows)
