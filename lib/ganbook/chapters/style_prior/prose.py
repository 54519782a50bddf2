"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import Markdown

from ganbook import viz
from ganbook.chapters.style_prior.config import Config
from ganbook.chapters.style_prior.figures import NAMES, VARIANTS
from ganbook.chapters.style_prior.studies import GROUPS, KINDS, SPACES
from ganbook.data.avatars import LABELS

NEAR = 0.2
"""How far areas may be from those of renders, as a share."""

SPREAD = 0.7
"""Share of the renders' spread of heads from which heads are called free."""

COPIES = 0.8
"""Distance to the training set, as a share of that of unseen renders, below which samples look like copies."""

GOOD = 0.2
"""KID that was hoped for, as a share of that of slightly blurred renders."""

CLEAR = 1.1
"""Ratio from which two numbers of one training each are called different."""


PRINTED = {
    "latent_dim": "512",
    "mapping_layers": "8",
    "channels": "512 up to 64 pixels, halved from there on",
    "batch_size": "32",
    "learning_rate": "0.002",
    "r1_weight": "10 (at 1024 pixels)",
    "r1_every": "16",
    "path_weight": "2",
    "path_every": "8",
    "style_mixing": "0.9",
    "beta1": "0",
    "beta2": "0.99",
}
"""Settings of StyleGAN2 for faces of 1024 pixels, from its appendix B and its code."""


# Which models, and the instruments


def departures(config: Config) -> Markdown:
    """The settings of a training beside those of the paper."""
    rows = [[f"`{name}`", shown(getattr(config, name)), printed] for name, printed in PRINTED.items()]
    seen = config.steps * config.batch_size
    rows.append(["pictures seen", f"{seen:,}", "25 million"])
    return Markdown(viz.markdown_table(["", "here", "StyleGAN2"], rows))


def shown(value: object) -> str:
    """A setting as the table has it."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"


def shipped_runs(runs: Mapping[str, Mapping], trained: Mapping[str, int]) -> Markdown:
    """How the shipped priors were trained; ``runs`` by variant, and how many trainings of each there are records of."""
    each = "; ".join(
        f"`{name}` {run['step']:,} steps of {run['config']['batch_size']} renders "
        f"({run['step'] * run['config']['batch_size'] / 1e3:,.0f} thousand pictures) in {run['minutes']:.0f} min "
        f"on {run['device']}"
        for name, run in runs.items()
    )
    text = f"The priors of this chapter were trained by `ganbook train`: {each}. What is shipped is the average of the "
    text += "weights over the last steps. "
    several = {name: number for name, number in trained.items() if number > 1}
    if several:
        text += f"How many seeds were trained: {viz.listed(several, 0)}; of the others one. The book calls a claim "
        text += "*reproduced* only where there are three."
    else:
        text += "Each was trained once, with one seed. The book calls a claim *reproduced* only after three trainings, "
        text += "so nothing that rests on these can be called that."
    return Markdown(text + viz.unfinished(runs))


def instruments(iou: Mapping[str, float], landmark_error: float, side: int, renders: int) -> Markdown:
    """How well segmenter and reader of landmarks do on renders that they never saw.

    Args:
        iou: intersection over union of each class.
        landmark_error: mean distance, as a share of the picture's width.
        side: pixels of a side.
        renders: how many were tried.
    """
    worst = min(iou, key=iou.get)
    name = NAMES.get(worst, worst)
    return Markdown(
        f"On {renders:,} unseen renders the segmenter has a mean intersection over union of "
        f"**{np.mean(list(iou.values())):.2f}** (worst: {name}, {iou[worst]:.2f}), and landmarks are off by "
        f"**{100 * landmark_error:.1f} %** of the width, {landmark_error * side:.1f} pixels."
    )


# How good


def learned(found: Mapping[str, Sequence[float]], steps: Sequence[int], near: float = NEAR) -> Markdown:
    """In which order classes come to the area that they have in renders; ``found`` as areas over the training."""
    reached = {}
    for name, values in found.items():
        inside = [abs(value - 1) <= near for value in values]
        late = [k for k in range(len(inside)) if all(inside[k:])]
        if late:
            reached[NAMES.get(name, name)] = steps[late[0]]
    text = f"Within {near:.0%} of the renders' area, and staying there: "
    text += "; ".join(f"{name} from step {step:,}" for name, step in sorted(reached.items(), key=lambda pair: pair[1]))
    ends = {NAMES.get(name, name): values[-1] for name, values in found.items()}
    missing = {name: value for name, value in ends.items() if name not in reached}
    if not reached:
        text = f"**No class stays within {near:.0%} of the renders' area.**"
        return Markdown(text + " (Truncation at 0.7 may have a part in it.)")
    text += "."
    if missing:
        text += f" Not so at truncation 0.7: {viz.listed(missing)} at the end."
    return Markdown(text)


def quality(numbers: Mapping[str, float], faults: Mapping[str, float], n: int) -> Markdown:
    """KID of the samples beside that of renders with faults, and what it does not see."""
    ours, data, blurred = (numbers[name] for name in ("kid_1e3", "kid_1e3_data", "kid_1e3_blurred"))
    text = f"1,000 KID of {n:,} samples is **{ours:,.1f}**, that of training renders {data:,.1f}, that of "
    text += f"slightly blurred renders {blurred:,.1f}. "
    if ours <= GOOD * blurred:
        text += f"The goal, {GOOD:.0%} of what the blur costs, is reached. "
    else:
        text += f"**The goal, {GOOD:.0%} of what the blur costs, is missed.** "
    if ours < blurred:
        text += "By KID the samples are better than slightly blurred renders. Look at both: would you say so? "
    unseen = [name for name, value in faults.items() if value < ours]
    if unseen:
        text += f"Faults that KID weighs less than all that is wrong with the samples: {', '.join(unseen)}. "
    return Markdown(text + "KID is one number for all faults together, so other instruments stand beside it.")


def gates(numbers: Mapping[str, float]) -> Markdown:
    """Areas, spread of heads and copies against what was wanted."""
    areas = {NAMES.get(label, label): numbers[f"area_{label}"] for label in LABELS if f"area_{label}" in numbers}
    off = {label: value for label, value in areas.items() if abs(value - 1) > NEAR}
    spread, copies = numbers["spread"], numbers["copies"]
    rows = [
        [
            f"area of each class within {NEAR:.0%} of the renders'",
            viz.listed(off) if off else "all",
            viz.reached(not off),
        ],
        [
            f"heads are spread at least {SPREAD:.0%} as far as in renders",
            f"{spread:.0%}",
            viz.reached(spread >= SPREAD),
        ],
        [
            f"samples at least {COPIES:.0%} as far from training renders as unseen ones",
            f"{copies:.0%}",
            viz.reached(copies >= COPIES),
        ],
    ]
    return Markdown(viz.markdown_table(["wanted", "found", ""], rows))


# Layers


def mixing(groups: Mapping[str, Mapping[str, float]]) -> Markdown:
    """What coarse, middle and fine layers decide."""
    head = ["layers that take another code", *(f"{kind}" for kind in KINDS)]
    rows = [[name, *(f"{groups[name][kind]:.2f}" for kind in KINDS)] for name in GROUPS if name in groups]
    text = viz.markdown_table(head, rows) + "\n\n"
    deciding = {kind: max(groups, key=lambda name: groups[name][kind]) for kind in KINDS}
    text += "Most is changed by: " + ", ".join(f"{kind} by the {name} layers" for kind, name in deciding.items()) + ". "
    pose, colours = (list(groups).index(deciding[kind]) for kind in ("pose", "colours"))
    if pose < colours:
        text += "So pose lies in coarser layers than colours do, and nobody asked for it."
        if groups["coarse"]["colours"] >= groups["fine"]["colours"]:
            text += (
                " **But the coarse layers change colours more than the fine ones do: who takes the pose from another "
                "picture takes much of its colours along.**"
            )
    elif pose == colours:
        text += "**Pose and colours are not apart here.**"
    else:
        text += "**Pose lies in finer layers than colours do: not what the paper shows.**"
    return Markdown(text)


def one_input(parts: Mapping[str, Mapping[str, float]], layers: Mapping[str, Mapping[str, float]]) -> Markdown:
    """How alike the parts of z are beside how different the layers are."""
    of_parts, of_layers = (
        {kind: share_ratio([each[kind] for each in found.values()]) for kind in KINDS} for found in (parts, layers)
    )
    text = f"The largest share over the smallest: parts of z {viz.listed(of_parts, 1)}; layers "
    text += f"{viz.listed(of_layers, 1)}. "
    if sum(of_layers[kind] > 2 * of_parts[kind] for kind in KINDS) >= 2:
        return Markdown(text + "Which layer gets another w matters far more than which numbers of z are exchanged.")
    return Markdown(text + "**Layers do not differ much more than parts of z do.**")


def share_ratio(values: Sequence[float]) -> float:
    """The largest over the smallest, which counts as at least a hundredth."""
    return max(values) / max(min(values), 0.01)


def truncation(found: Mapping[float, Mapping[str, float]]) -> Markdown:
    """What truncation gives and takes."""
    psis = sorted(found, reverse=True)
    names = {"precision": "precision", "recall": "recall", "variety": "variety", "kid_1e3": "1,000 KID"}
    rows = [[f"{psi:g}", *(decimals(found[psi][name]) for name in names)] for psi in psis]
    text = viz.markdown_table(["psi", *names.values()], rows) + "\n\n"
    full, half = found[psis[0]], found[min(psis, key=lambda psi: abs(psi - 0.5))]
    better, poorer = half["precision"] > full["precision"], half["recall"] < full["recall"]
    if better and poorer:
        text += "Precision rises and recall falls: quality for variety, as the paper says. "
    elif poorer:
        text += "**Variety is lost, and precision does not rise.** "
    else:
        text += "**No trade is seen here.** "
    best = min(found, key=lambda psi: found[psi]["kid_1e3"])
    text += f"KID, which wants both, is best at {best:g}. A number of a model that does not say its psi should be of "
    text += "psi = 1."
    return Markdown(text)


def noise(numbers: Mapping[str, float]) -> Markdown:
    """How much noise changes beside what codes change."""
    share, labels, codes = (numbers[name] for name in ("noise_share", "noise_labels", "code_labels"))
    text = (
        f"Other noise changes a picture by {share:.0%} of what another code does (root of the mean square), and the "
        f"class of {labels:.1%} of the pixels (another code: {codes:.0%}). "
    )
    if share < 0.02:
        text += "So far the generator has hardly any use for its noise: these avatars have no stray hairs, and the "
        return Markdown(text + "training was short.")
    details = numbers["noise_in_details"]
    text += f"In eyes, mouths, hats and glasses it is {details:.1f} times as strong as elsewhere. "
    if share > 0.5 or labels > 0.25 * codes:
        return Markdown(text + "**Noise decides about more than details here.**")
    if details > 2:
        text += "**That is not what noise is for:** it looks as if what the generator cannot draw sharply there, it "
        return Markdown(text + "fills with grain.")
    return Markdown(text + "So noise changes little things, and leaves what is where to the code.")


# W


def lengths(found: Mapping[str, float]) -> Markdown:
    """Perceptual path length in z and in w."""
    z, w = found["z"], found["w"]
    text = f"Perceptual path length is {z:.2f} in z and {w:.2f} in w. "
    if w * CLEAR < z:
        return Markdown(text + "The way through w is the shorter one, as the paper says.")
    if z * CLEAR < w:
        return Markdown(text + "**The way through w is the longer one here.**")
    return Markdown(text + "**Neither is clearly shorter here.**")


def regression(found: Mapping[str, Mapping[str, float]]) -> Markdown:
    """How much of the measures is read off z and w by a straight line."""
    means = {space: float(np.mean(list(values.values()))) for space, values in found.items()}
    order = sorted(found["w"], key=lambda name: -found["w"][name])
    rows = [[name, f"{found['z'][name]:.2f}", f"{found['w'][name]:.2f}"] for name in order]
    best = order[0]
    text = viz.markdown_table(["R² on codes left out", "z", "w"], rows)
    text += (
        f"\n\nOn average a straight direction explains {means['z']:.0%} of a measure in z and {means['w']:.0%} in w "
    )
    text += f"(most: {best}, {found['w'][best]:.0%}). "
    if means["w"] > means["z"] + 0.02:
        return Markdown(text + "So what a picture shows is easier to read from w than from z.")
    return Markdown(text + "**The mapping has not made it easier to read.**")


def short_runs(found: Mapping[str, Mapping[str, float]], steps: Mapping[str, int]) -> Markdown:
    """Short trainings that differ in one setting: path length, how even it is, KID; numbers and steps by variant."""
    names = {
        "path_w": "perceptual path length in w",
        "path_evenness": "unevenness of path lengths",
        "kid_1e3": "1,000 KID",
    }
    names |= {f"area_{label}": f"area of {NAMES.get(label, label)}" for label in ("eyes", "mouth", "accessory")}
    rows = [
        [VARIANTS.get(variant, variant), *(decimals(each[name]) if name in each else "" for name in names)]
        for variant, each in found.items()
    ]
    text = viz.markdown_table(["", *names.values()], rows)
    told = sorted({steps[variant] for variant in found if variant in steps})
    if told and "main" in steps:
        text += f"\n\nThey have {' or '.join(f'{number:,}' for number in told)} steps; the main training has "
        text += f"{steps['main']:,}."
    if not {"short", "no_path_length"} <= found.keys():
        return Markdown(text)
    with_it, without = found["short"], found["no_path_length"]
    text += "\n\nWithout the penalty "
    text += f"path lengths are {less_or_more(without['path_evenness'], with_it['path_evenness'])} uneven "
    text += f"and the way through w is {less_or_more(without['path_w'], with_it['path_w'])} long as with it. "
    text += (
        "These are numbers of one training each, so small differences may be chance, and after so few steps KID may "
    )
    return Markdown(text + "be far from where a full training takes it.")


def decimals(value: float) -> str:
    """A number with two decimals, or none if it is large."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.2f}"


def less_or_more(value: float, than: float) -> str:
    """How many times as large a number is, in words that go before an adjective."""
    return f"{value / max(than, 1e-9):.1f} times as"


def directions(names: Sequence[str], principal: float, random: float, share: float, first: int) -> Markdown:
    """What the principal directions change.

    Args:
        names: of the directions.
        principal, random: mean of the largest effects, of principal and of random directions, in deviations.
        share: of the variance of w that the first directions have.
        first: how many those are.
    """
    named = [name for name in names if name != "other"]
    text = (
        f"The first {first} of them have {share:.0%} of the variance of w. Of {len(names)} directions {len(named)} "
        "change something that we measure by half a deviation or more. Along the first five, a step of two deviations "
        f"moves the measure that it moves most by {principal:.1f} deviations on average; along five random directions, "
        f"walked as far, it is {random:.1f}. "
    )
    if principal <= CLEAR * random:
        return Markdown(text + "**Random directions do as well.**")
    if not named:
        return Markdown(text + "**That is more than at random, and yet too little to give any of them a name.**")
    return Markdown(text + "So there are handles among the axes of w, which nobody labelled.")


# Projection


def projections(
    psnr: Mapping[str, Mapping[str, Sequence[float]]],
    layout: Mapping[str, Mapping[str, float]],
    away: Mapping[str, Mapping[str, float]],
) -> Markdown:
    """How near searches come, by what was looked for and in which space."""
    rows = [
        [
            name,
            words,
            str(len(values[space])),
            f"{np.median(values[space]):.1f}",
            f"{layout[name][space]:.0%}",
            f"{away[name][space]:.1f}",
        ]
        for name, values in psnr.items()
        for space, words in SPACES.items()
    ]
    head = ["looked for", "in", "pictures", "PSNR, median (dB)", "pixels that keep their class", "distance from mean w"]
    text = viz.markdown_table(head, rows)
    text += "\n\nDistance: root of the mean square, in deviations of w; samples have 1. "
    medians = {name: {space: float(np.median(values[space])) for space in SPACES} for name, values in psnr.items()}
    if all(each["w+"] > each["w"] for each in medians.values()):
        text += "By the median W+ comes nearer than W, whatever was looked for. "
    else:
        text += "**W+ does not always come nearer than W**, though it contains W: a search need not find the best. "
    farther = [name for name, each in away.items() if each["w+"] > CLEAR * each["w"]]
    if farther:
        text += f"The codes of W+ lie farther from where the generator was trained ({', '.join(farther)}). "
    text += "Own samples can certainly be drawn: what is missing there is the fault of the search. Where a render is "
    return Markdown(text + "found less well than they are, the prior may not be able to draw it.")


def edited(own: float, in_w: float, in_w_plus: float, name: str) -> Markdown:
    """What a step along a direction does to samples, and to renders found in W and W+; in deviations of a measure."""
    text = (
        f"The step “{name}” moves its measure by {own:+.2f} deviations in samples, by {in_w:+.2f} in renders that were "
        f"found in W, and by {in_w_plus:+.2f} in those found in W+. "
    )
    same = np.sign(own)
    if max(same * in_w, same * in_w_plus) <= 0:
        return Markdown(text + "**Neither follows the step as samples do.**")
    if same * in_w > CLEAR * same * in_w_plus:
        return Markdown(text + "What was found in W+ follows it less.")
    return Markdown(text + "Here what was found in W+ follows it as well.")


# Where it fails


def failures(odd: Sequence[float], missing: Mapping[str, float]) -> Markdown:
    """How many samples are far from all renders, and what they have too seldom.

    Args:
        odd: of each sample, how far it is from renders.
        missing: presence of classes, samples over renders.
    """
    far = float(np.mean(np.array(odd) > 1.5))
    rare = {NAMES.get(label, label): value for label, value in missing.items() if value < 1 - NEAR}
    text = f"{far:.1%} of the samples are more than one and a half times as far from the nearest renders as those are "
    text += "from each other. "
    if rare:
        return Markdown(text + f"In too few pictures (share of samples over that of renders): {viz.listed(rare)}.")
    return Markdown(text + f"No class is there less often than in renders by more than {NEAR:.0%}.")
