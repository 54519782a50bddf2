"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import Markdown

from ganbook import viz
from ganbook.chapters.class_styles.config import Config
from ganbook.chapters.class_styles.studies import Kept, speaking_levels
from ganbook.data.avatars import LABELS

MIOU, ACCURACY = 0.85, 0.95
"""Wanted of layouts."""

LEAK = 0.2
"""Largest change outside a class, as a share of that inside, from which styles count as apart."""

SHARE = 0.5
"""Least change inside a class, as a share of that between the renderer's own looks."""

LEVEL = 0.01
"""Largest p value from which levels count as ordered."""

FOLLOWS = 0.8
"""Least correlation of colours from which a style counts as transferred, as a share of the renderer's own."""

ACTIVE = 2
"""Least number of active units of a large class."""

ONE_AXIS = 0.9
"""Share of the variance along the first axis from which the others count for nothing."""

SILENT = 0.03
"""Change inside a class, as a share of the range, below which its codes say next to nothing."""

CLEAR = 1.1
"""Ratio from which two numbers of one training each are called different."""

DECIBELS = 1.0
"""Difference of two PSNR from which they are called different."""

PRINTED = {
    "resolution": "256 (512 × 256 for GTA5)",
    "code_dim": "the number of classes: 151, 16 or 20",
    "global_dim": "256",
    "channels": "64 (160 for DeepFashion)",
    "widest": "16 times",
    "spade_channels": "128",
    "spade_kernel": "3",
    "plain_convolutions": "0",
    "discriminator_channels": "64",
    "batch_size": "4",
    "generator_rate": "0.0001",
    "discriminator_rate": "0.0004",
    "beta1": "0",
    "beta2": "0.9",
    "feature_weight": "10",
    "perceptual_weight": "10 (features of VGG-19)",
    "kl_weight": "0.2 (0.05, summed over a batch of 4)",
    "kl_warmup": "0",
    "decay_share": "0",
}
"""Settings of the authors' released code."""

VARIANTS = {
    "main": "a code for each class and level",
    "global_only": "one code for the picture as a whole",
    "one_level": "a code for each class, the same at all levels",
    "short": "a code for each class and level, a short training",
    "no_kl": "short, and no KL divergence",
    "no_batch_norm": "short, and normalised over channels alone",
}
"""What the trainings of avatars are called on the page."""


def departures(config: Config) -> Markdown:
    """The settings of a training beside those of the authors' code."""
    rows = [[f"`{name}`", f"{getattr(config, name):g}", printed] for name, printed in PRINTED.items()]
    rows.append(["pictures seen", f"{config.steps * config.batch_size:,}", "50 epochs"])
    return Markdown(viz.markdown_table(["", "here", "released code"], rows))


def shipped_runs(runs: Mapping[str, Mapping]) -> Markdown:
    """How the shipped models were trained; ``runs`` by variant."""
    each = "; ".join(
        f"`{name}` {run['step']:,} steps of {run['config']['batch_size']} renders in {run['minutes']:.0f} min on "
        f"{run['device']}"
        for name, run in runs.items()
    )
    text = f"The models of this chapter were trained by `ganbook train`: {each}. What is shipped is the average of the "
    text += "weights over the last steps, with batch statistics of its own."
    return Markdown(text + viz.unfinished(runs))


def instruments(numbers: Mapping[str, float], renders: int) -> Markdown:
    """How well the segmenter reads renders that it never saw: the ceiling of what it can say of painted pictures."""
    return Markdown(
        f"On {renders:,} unseen renders the segmenter has a mean IoU of "
        f"**{numbers['miou_data']:.2f}** and finds **{numbers['pixel_accuracy_data']:.1%}** of the pixels. Painted "
        "pictures can hardly do better."
    )


def held(found: Mapping[int, Sequence[str]]) -> Markdown:
    """Which classes each level of a label map holds."""
    rows = [[f"{side} × {side}", ", ".join(names)] for side, names in found.items()]
    first, last = (set(found[side]) for side in (max(found), min(found)))
    text = viz.markdown_table(["level", "classes"], rows)
    if lost := [name for name in LABELS if name in first - last]:
        return Markdown(f"{text}\n\nLost on the way to the coarsest level: {', '.join(lost)}.")
    return Markdown(f"{text}\n\nNo class is lost here.")


# The training


def live(first: Mapping[str, float], last: Mapping[str, float]) -> Markdown:
    """Losses at the beginning and in the last third of a short run."""
    rows = [[name, f"{first[name]:.2f}", f"{last[name]:.2f}"] for name in first]
    text = viz.markdown_table(["", "first", "last third"], rows) + "\n\n"
    if last["perceptual"] < first["perceptual"]:
        return Markdown(text + "Pictures come nearer to what they should be like. A minute is not enough for more.")
    return Markdown(text + "**Pictures have not come nearer to what they should be like.**")


# Layout and diversity


def layout(main: Mapping[str, float], control: Mapping[str, float]) -> Markdown:
    """Whether pictures keep their label maps."""
    rows = [
        [
            words,
            *(f"{each[name]:.3f}" for each in (main, control)),
            f"{main[f'{name}_data']:.3f}",
            f"{wanted}",
            viz.reached(main[name] >= wanted),
        ]
        for name, words, wanted in (
            ("miou", "mean IoU", MIOU),
            ("pixel_accuracy", "share of the pixels", ACCURACY),
        )
    ]
    head = ["", "a code for each class", "one code", "renders", "wanted", ""]
    return Markdown(viz.markdown_table(head, rows))


def diversity(main: Mapping[str, float], control: Mapping[str, float]) -> Markdown:
    """Variety beside quality, with codes of classes and with one code."""
    rows = [
        [words, f"{main[name]:.3f}", f"{control[name]:.3f}"]
        for name, words in (
            ("variety", "variety (distance of features)"),
            ("variety_pixels", "variety (share of the range)"),
            ("kid_1e3", "1,000 KID"),
        )
    ]
    text = viz.markdown_table(["", "a code for each class", "one code"], rows)
    text += f"\n\nSlightly blurred renders have a 1,000 KID of {main['kid_1e3_blurred']:.1f}. "
    more, as_good = main["variety"] > CLEAR * control["variety"], main["kid_1e3"] <= CLEAR * control["kid_1e3"]
    if more and as_good:
        return Markdown(
            text + "Two pictures of one map differ more with codes of classes, and quality does not suffer."
        )
    if more:
        return Markdown(text + "Two pictures of one map differ more with codes of classes, **but quality suffers.**")
    return Markdown(text + "**Codes of classes do not make pictures of one map more different.**")


def drawn(numbers: Mapping[str, float]) -> Markdown:
    """Pictures with codes of their own, of the fitted prior, and of N(0, I)."""
    words = {
        "_own": "of the picture's own posterior",
        "": "drawn from the fitted prior",
        "_unfitted": "drawn from $\\mathcal{N}(0, I)$",
    }
    rows = [[text, f"{numbers[f'kid_1e3{end}']:.1f}"] for end, text in words.items()]
    text = viz.markdown_table(["codes", "1,000 KID"], rows) + "\n\n"
    own, fitted, unfitted = (numbers[f"kid_1e3{end}"] for end in words)
    if unfitted <= CLEAR * fitted:
        return Markdown(text + "**The fit does not make pictures clearly better.**")
    text += "Pictures with codes of the fitted prior are better"
    near = fitted - own < 0.5 * (unfitted - own)
    return Markdown(
        text + (", and most of what drawn codes cost is gone." if near else ", **but far from those with their own.**")
    )


def inside(main: Mapping[str, float], renderer: Mapping[str, float]) -> Markdown:
    """How much of the renderer's own variation a class's codes bring."""
    shares = {name: value / renderer[name] for name, value in main.items()}
    least = min(shares, key=shares.get)
    text = f"As a share of what the renderer's own looks differ by: {viz.listed(shares)}. "
    if shares[least] >= SHARE:
        return Markdown(text + f"Each is at least the {SHARE:.0%} that was wanted.")
    return Markdown(text + f"**Wanted was {SHARE:.0%}; {least} has {shares[least]:.0%}.**")


# Where a change goes


def leaks(main: Mapping[str, float], control: Mapping[str, float]) -> Markdown:
    """Change outside a class as a share of that inside, with codes of classes and with one code."""
    rows = [[name, f"{value:.2f}", f"{control[name]:.2f}" if name in control else ""] for name, value in main.items()]
    text = viz.markdown_table(["new codes of", "a code for each class", "one code"], rows) + "\n\n"
    over = {name: value for name, value in main.items() if value > LEAK}
    if over:
        text += f"**Wanted was at most {LEAK}: {viz.listed(over)}.** "
    else:
        text += f"All are at most {LEAK}: a class's codes are that class's matter. "
    if control:
        text += f"With one code the share is {min(control.values()):.2f} to {max(control.values()):.2f}: "
        text += "whatever one turns, all changes." if min(control.values()) > 3 * LEAK else "**not near 1, either.**"
    return Markdown(text)


# Levels and codes


def ordered(numbers: Mapping[str, float], sides: Sequence[int]) -> Markdown:
    """Whether finer levels change finer things."""
    words = [f"{side} × {side}" for side in sides]
    means = {each: numbers[f"centroid_{level}"] for level, each in enumerate(words) if f"centroid_{level}" in numbers}
    text = f"Mean frequency of what changes, in cycles a width: {viz.listed(means, 1)}. "
    if len(means) < 2:
        return Markdown(text)
    speaking = speaking_levels(numbers)
    if silent := [each for level, each in enumerate(words) if level not in speaking]:
        text += f"No code says anything at {' and '.join(silent)}, so what changes there counts for nothing. "
    if len(speaking) < 2:
        return Markdown(text + "**There are no two levels to compare.**")
    finest, coarsest = speaking[0], speaking[-1]
    text += f"That {words[finest]} changes finer things than {words[coarsest]}: p = {numbers['finer_p']:.2g}. "
    if are_ordered(numbers, f"centroid_{finest}", f"centroid_{coarsest}"):
        return Markdown(text + "So the finest level changes the finer things.")
    return Markdown(text + "**That order is not seen.**")


def ordered_over_seeds(seeds: Mapping[int, Mapping[str, float]]) -> Markdown:
    """In how many trainings finer levels change finer things."""
    are = sum(are_ordered(numbers, "centroid_finest", "centroid_coarsest") for numbers in seeds.values())
    if len(seeds) < 2:
        return Markdown("")
    text = (
        f"In {viz.count(are).lower()} of {len(seeds)} trainings the finest level changes finer things than the "
        "coarsest that says something."
    )
    if 0 < are < len(seeds):
        text += " No part of the loss asks for an order, and the seed alone can change it."
    return Markdown(text)


def are_ordered(numbers: Mapping[str, float], finest: str, coarsest: str) -> bool:
    """Whether the finest level changes finer things than the coarsest, by the means of both names and the test."""
    return numbers["finer_p"] < LEVEL and numbers[finest] > numbers[coarsest]


def codes(active: Mapping[str, float], probe: Mapping[str, float]) -> Markdown:
    """How many dimensions of each class's codes say something, and whether they say the colour."""
    rows = [[name, f"{active[name]:.0f}", f"{probe[name]:.2f}"] for name in active]
    text = viz.markdown_table(["", "active units, all levels", "R² of its mean colour"], rows) + "\n\n"
    idle = [name for name, value in active.items() if value < ACTIVE]
    if idle:
        return Markdown(text + f"**Fewer than {ACTIVE} active units: {', '.join(idle)}. These codes have collapsed.**")
    return Markdown(text + f"Every class has at least {ACTIVE}: no class's codes have collapsed.")


def axes(shares: Sequence[float]) -> Markdown:
    """What to expect of walks along the first two axes, from their shares of the variance."""
    if shares[0] > ONE_AXIS:
        return Markdown("One direction has nearly all of the variance, so the second walk hardly changes the picture.")
    return Markdown("Both directions have a part in the variance, so both walks change the picture.")


# Transfer


def transfers(colour: Mapping[str, float], leak: Mapping[str, float], renderer: Mapping[str, float]) -> Markdown:
    """Whether a class takes the colour of its reference, and whether anything else does.

    Args:
        colour: correlation of its mean colour with that in the reference, by class.
        leak: change outside over that inside, by class.
        renderer: the same correlation where the renderer transfers colours and textures itself.
    """
    rows = [[name, f"{value:.2f}", f"{renderer[name]:.2f}", f"{leak[name]:.2f}"] for name, value in colour.items()]
    head = ["style of", "correlation of its mean colour", "the renderer's own", "change outside / inside"]
    text = viz.markdown_table(head, rows) + "\n\n"
    if mixed := [name for name in colour if renderer[name] < FOLLOWS]:
        text += f"The renderer itself stays below {FOLLOWS} for {', '.join(mixed)}. "
    weak = [name for name, value in colour.items() if value < FOLLOWS * renderer[name]]
    far = [name for name, value in leak.items() if value > LEAK]
    if not weak and not far:
        return Markdown(
            f"{text}Every class follows its reference at least {FOLLOWS:.0%} as well as in the renderer, and changes "
            f"elsewhere are at most {LEAK} of those inside."
        )
    parts = [f"correlation below {FOLLOWS:.0%} of the renderer's: {', '.join(weak)}"] if weak else []
    parts += [f"change elsewhere above {LEAK}: {', '.join(far)}"] if far else []
    return Markdown(text + f"**Not as wanted: {'; '.join(parts)}.**")


def swaps(found: Mapping[str, float]) -> Markdown:
    """Whether swapping two pictures' codes of one class swaps that class only."""
    text = f"Change outside over change inside, when two pictures swap the codes of one class: {viz.listed(found)}. "
    if max(found.values()) <= LEAK:
        return Markdown(text + "Only that class is swapped.")
    return Markdown(text + f"**More than the {LEAK} that was wanted, so not only that class is swapped.**")


def kept(found: Kept) -> Markdown:
    """How far classes' colours move when the map is edited, beside how far they are from those of other codes."""
    there = [name for name, value in found.same.items() if np.isfinite(value) and np.isfinite(found.other[name])]
    rows = [[name, f"{found.same[name]:.3f}", f"{found.other[name]:.3f}"] for name in there]
    text = viz.markdown_table(["mean colour of", "map edited, codes kept", "codes changed, too"], rows) + "\n\n"
    lost = [name for name in there if found.same[name] > 0.5 * found.other[name]]
    if lost:
        return Markdown(text + f"**Kept less than by half: {', '.join(lost)}.**")
    return Markdown(
        text + "An edit of the map moves colours by less than half of what other codes do: styles are kept."
    )


def own_codes(psnr: Sequence[float], variety: float) -> Markdown:
    """How well a picture's own codes give it back."""
    return Markdown(
        f"Own codes give a picture back with a PSNR of **{np.median(psnr):.1f} dB** (median; from {min(psnr):.1f} to "
        f"{max(psnr):.1f}). Two pictures of one map with drawn codes differ by {variety:.0%} of the range."
    )


# Other pictures


def scenes(
    numbers: Mapping[str, float],
    psnr: float,
    avatars: Mapping[str, float],
    own: float,
    inside: Mapping[str, float],
    leaks: Mapping[str, float],
) -> Markdown:
    """The numbers of claims on scenes, beside those on avatars.

    Args:
        numbers: of scenes, from :func:`ganbook.chapters.class_styles.studies.claim_numbers`, with ``miou_data``.
        psnr: of scenes that their own codes give back, the median in dB.
        avatars, own: the same of avatars.
        inside: how much new codes of each class of a scene change it, as a share of the range.
        leaks: change outside over that inside, by class.
    """
    words = {
        "miou": "mean IoU",
        "miou_data": "the same of renders",
        "leak": "worst leak",
        "swap_leak": "worst leak of a swap",
        "colour": "worst colour transfer",
        "active": "fewest active units",
    }
    rows = [[words[name], f"{numbers[name]:.2f}", f"{avatars[name]:.2f}"] for name in words]
    rows.append(["own codes, PSNR in dB", f"{psnr:.1f}", f"{own:.1f}"])
    text = viz.markdown_table(["", "scenes", "avatars"], rows) + "\n\n"
    apart = [name for name, leak in leaks.items() if leak <= LEAK]
    leaking = {name: inside[name] for name, leak in leaks.items() if leak > LEAK}
    if apart:
        text += f"New codes of {' and '.join(apart)} stay with their class: no leak above {LEAK}. "
    if leaking:
        text += f"**Those of {' and '.join(leaking)} do not.** But a leak is a share of what changes inside, "
        text += f"as a share of the range {viz.listed(leaking, 3)}"
        text += ": next to nothing. " if max(leaking.values()) < SILENT else ". "
    if numbers["colour"] >= FOLLOWS:
        text += "Every class follows its reference. "
    else:
        text += f"**Not every class follows its reference: a correlation of {numbers['colour']:.2f}.** "
    if psnr < own - DECIBELS:
        return Markdown(text + f"Own codes give a scene back worse than an avatar, by {own - psnr:.1f} dB.")
    return Markdown(text + "Own codes give a scene back about as well as an avatar.")


def more_kl(found: Mapping[str, float], less: Mapping[str, float]) -> Markdown:
    """What scenes are like with all the weight of KL that avatars have, beside a third of it.

    Args:
        found: numbers of claims with all of it.
        less: the same with a third.
    """
    text = (
        f"With all of it the fewest active units of a class are {found['active']:.0f} instead of {less['active']:.0f}, "
        f"and the classes' leaks reach {found['leak']:.2f} instead of {less['leak']:.2f}. "
    )
    if found["active"] < ACTIVE <= less["active"]:
        return Markdown(text + "So a class's codes have collapsed there: what they could say did not pay its price.")
    return Markdown(text + "**So the weight is not what decides it.**")


# Where it fails, and variants


def failures(worst: float, best: float, thin: Sequence[str]) -> Markdown:
    """How far the worst is from the best, and what has no number.

    Args:
        worst, best: PSNR of reconstructions in dB, a twentieth from each end.
        thin: classes that have no inside at this size.
    """
    text = (
        f"A twentieth of the renders come back with less than {worst:.1f} dB, a twentieth with more than {best:.1f}. "
    )
    if thin:
        return Markdown(text + f"Too thin for an inside, so without a number on this page: {', '.join(thin)}.")
    return Markdown(text + "Every class has an inside somewhere.")


def variants(found: Mapping[str, Mapping[str, float]], trainings: Sequence[Mapping[str, float]]) -> Markdown:
    """The numbers of claims for each variant that was measured.

    Args:
        found: by variant.
        trainings: those of the main model, of other seeds; variants that differ by no more are called alike.
    """
    names = {
        "miou": "mean IoU",
        "kid_1e3": "1,000 KID",
        "kid_1e3_unfitted": "the same with codes of $\\mathcal{N}(0, I)$",
        "variety": "variety",
        "leak": "worst leak",
        "inside_share": "least change inside",
        "colour": "worst colour transfer",
        "active": "fewest active units",
    }
    rows = [
        [VARIANTS.get(variant, variant), *(f"{each[name]:.2f}" if name in each else "" for name in names)]
        for variant, each in found.items()
    ]
    text = viz.markdown_table(["", *names.values()], rows)
    kids = [each["kid_1e3"] for each in trainings]
    clear = max(CLEAR, max(kids) / min(kids))
    text += (
        f"\n\nOne training each. {viz.count(len(trainings))} of the main model, alike but for the seed, differ "
        f"{max(kids) / min(kids):.1f}-fold in KID. What differs by less, or by less than a tenth, is not called "
        "different."
    )
    if {"short", "no_kl"} <= found.keys():
        drawn_from = {"kid_1e3_unfitted": "$\\mathcal{N}(0, I)$", "kid_1e3": "the fitted prior"}
        for name, source in drawn_from.items():
            without, usual = (found[variant][name] for variant in ("no_kl", "short"))
            words = "worse" if without > clear * usual else "better" if clear * without < usual else "no clearly worse"
            text += f" Without KL, codes of {source} give {words} pictures than with it."
        without, usual = found["no_kl"], found["short"]
        if 2 * without["inside_share"] < usual["inside_share"]:
            text += (
                f" But codes of classes do less then: that which does least changes its class by "
                f"{without['inside_share']:.0%} of what the renderer's looks differ by, instead of "
                f"{usual['inside_share']:.0%}. The code of the whole says the rest."
            )
    if {"main", "one_level"} <= found.keys():
        one, usual = (found[name]["kid_1e3"] for name in ("one_level", "main"))
        words = "worse" if one > clear * usual else "**better**" if clear * one < usual else "**no worse**"
        text += f" One code for all levels is {words} by KID than one for each"
        more, least = found["one_level"]["colour"], max(each["colour"] for each in trainings)
        text += ", and transfers colours better than any of the main trainings." if more > least else "."
    return Markdown(text)
