"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import Markdown
from jaxtyping import Bool, Float
from numpy import ndarray
from scipy.stats import spearmanr

from ganbook import viz
from ganbook.chapters.masked_editing.config import Config
from ganbook.chapters.masked_editing.figures import NAMES, in_order
from ganbook.data.avatars import KINDS
from ganbook.metrics import bootstrap_interval

CLOSE = 0.05
"""Cosines that are no further apart are called equal."""

NEAR, FAR = 0.01, 0.1
"""Differences of SSIM: below the first two small editors are not told apart, above the second one has not learned."""

SURE = 0.09
"""Differences of shares of the 230 test triples: below two standard errors (of halves) they may be chance."""

# Which models


def shipped_runs(runs: Mapping[str, Mapping], used: Config, paper: Config) -> Markdown:
    """How the shipped editors were trained, beside the paper; ``runs`` by variant."""
    each = ", ".join(
        f"{NAMES[name]} {run['step']:,} steps ({run['step'] / used.phase_steps:.0f} phases) in {run['minutes']:.0f} "
        "minutes"
        for name, run in runs.items()
    )
    return Markdown(
        f"The two editors of this chapter were trained by `ganbook train` at profile `{runs['sim']['profile']}` on "
        f"{runs['sim']['device']}: {each}. A step sees {used.batch_size} avatars. Beside the paper: "
        f"{used.steps // used.phase_steps} phases "
        f"({paper.steps // paper.phase_steps:,}), convolutions {used.channels} wide ({paper.channels}), "
        f"$\\phi^{{im}}$ with {used.image_dim} numbers ({paper.image_dim}), $\\phi^i$ and $\\phi^{{fc}}$ with "
        f"{used.text_dim} ({paper.text_dim}), {used.singles:,} avatars without instruction ({paper.singles:,}), "
        f"learning rate {used.learning_rate:g} falling over the last {used.decay_share:.0%} ({paper.learning_rate:g}, "
        f"constant). Weights of the losses: feature matching {used.feature_weight:g} on means ({paper.feature_weight:g}"
        f", on sums), pixels {used.pixel_weight:g} ({paper.pixel_weight:g}), mask {used.mask_weight:g} "
        f"({paper.mask_weight:g}). What is shipped is an average of the weights over the last steps (`track_ema`), "
        "chosen on the development set." + viz.unfinished(runs)
    )


def phases_to_level(level: float, phases: Mapping[str, int]) -> Markdown:
    """How soon each run was as good as the poorer one nearly gets."""
    sim, plain = phases["sim"], phases["plain"]
    text = (
        f"An SSIM of {level:.3f} on the development set is reached after phase {sim} with SIM and after phase {plain} "
        "without. "
    )
    if 2 * sim <= plain:
        return Markdown(text + f"SIM is faster, by a factor of {plain / sim:.1f}.")
    if sim < plain:
        return Markdown(text + "SIM is faster, but not twice as fast.")
    return Markdown(text + "By this measure SIM is not faster here.")


def activations(found: Mapping[str, Mapping[str, float]]) -> Markdown:
    """A table of small editors that differ in the output's activation; numbers by activation."""
    rows = [
        f"| {name} | {each['ssim']:.3f} | {each['off_target']:.4f} | {each['on_target']:.2f} |"
        for name, each in found.items()
    ]
    best, second, *_ = sorted(found, key=lambda name: -found[name]["ssim"])
    gap = found[best]["ssim"] - found[second]["ssim"]
    head = "| activation | SSIM with the target | change off the target | error on the target |\n|---|---|---|---|"
    text = f"Closest to its targets: **{best}**, by {gap:.3f} before {second}; one seed each"
    if gap < NEAR:
        text += ", so that the two are not told apart"
    text += "; the paper's best is tanh."
    if "linear" in found:
        learned = found["linear"]["ssim"] > found[best]["ssim"] - FAR
        text += " The linear output learns here, " if learned else " The linear output falls behind, "
        text += "where in the paper it does not." if learned else "as in the paper."
    return Markdown("\n".join([head, *rows, "", text]))


# What the editors do


def gain(differences: Float[ndarray, " n"], interval: tuple[float, float], do_nothing: float, sim: float) -> Markdown:
    """What SIM gains in SSIM, and how it stands to doing nothing."""
    low, high = interval
    text = (
        f"With SIM a picture is nearer to its target on {(differences > 0).mean():.0%} of the triples; SSIM is higher "
        f"by {differences.mean():.3f} on average (95 % interval {low:.3f} to {high:.3f}). "
    )
    if high < 0:
        text += "So SIM makes it worse here. "
    elif low <= 0:
        text += "So no difference is sure. "
    if sim < do_nothing:
        text += (
            f"With {sim:.3f} it stays below doing nothing ({do_nothing:.3f}): with one attribute changed, nearly all "
            "of the target *is* the source, and whoever draws all pixels anew pays for all of them."
        )
    else:
        text += f"With {sim:.3f} it beats doing nothing ({do_nothing:.3f})."
    return Markdown(text)


def beside(scores: Mapping[str, Mapping[str, float]]) -> Markdown:
    """A table: a row for each number, a column for each hand that made the pictures."""
    names = list(next(iter(scores.values())))
    head = "| | " + " | ".join(NAMES.get(hand, hand) for hand in scores) + " |"
    rows = [f"| {name} | " + " | ".join(f"{each[name]:.3f}" for each in scores.values()) + " |" for name in names]
    return Markdown("\n".join([head, "|---|" + "---|" * len(scores), *rows]))


def as_told(table: Mapping[str, Mapping[str, float]]) -> Markdown:
    """What the judge reads of both editors, doing nothing and the true targets, and whether an editor does as told."""
    sim, plain, true = (table[hand]["moved"] for hand in ("sim", "plain", "true target"))
    text = f"\n\nOf the true targets the judge reads {true:.0%} as moved, of the pictures with SIM {sim:.0%}"
    if max(sim, plain) < 0.5:
        text += (
            f" and without {plain:.0%}. **So neither editor does what it is told more often than not.** What changes "
            "is read as the old value still: the networks have learned to give a picture back, and hardly learned to "
            "edit it. How long they were trained, and how long the paper's were, stands under *The shipped runs*."
        )
    else:
        text += f" and without {plain:.0%}."
    kept = {hand: table[hand]["others kept"] for hand in ("sim", "plain")}
    lost = {hand: (len(KINDS) - 1) * (1 - share) for hand, share in kept.items()}
    text += (
        f" And of the 13 attributes that nobody named, {lost['sim']:.1f} are read otherwise with SIM and "
        f"{lost['plain']:.1f} without."
    )
    return Markdown(beside(table).data + text)


def dong(both: Mapping[str, Mapping[str, float]], ours: str, theirs: str) -> Markdown:
    """The small editor beside the one whose D sees the sentence only, by their names in ``both``."""
    like, kept = (both[theirs][name] - both[ours][name] for name in ("SSIM", "SSIM, nothing said"))
    nearer = [
        f"{'as near' if abs(value) < NEAR else 'nearer' if value > 0 else 'less near'} ({value:+.3f})"
        for value in (like, kept)
    ]
    text = (
        f"\n\nWith such a $D$ the pictures are {nearer[0]} to their targets in SSIM; a picture about which nothing is "
        f"said comes back {nearer[1]} to itself. One seed."
    )
    return Markdown(beside(both).data + text)


def pasting(table: Mapping[str, Mapping[str, float]], pasted: Mapping[str, float], keys: Mapping[str, str]) -> Markdown:
    """What changes if the mask pastes the source.

    Args:
        table: numbers of "sim" and "do nothing", by the words for them.
        pasted: the record of the editor that pastes.
        keys: names in that record, by the words for them.
    """
    table = {**table, "paste": {words: pasted[key] for words, key in keys.items()}}
    sim, paste, idle = (table[hand] for hand in ("sim", "paste", "do nothing"))
    more, obeys = (paste[name] - sim[name] for name in ("SSIM", "moved"))
    text = (
        f"\n\nPasting brings SSIM {'up' if more > 0 else 'down'} by {abs(more):.3f}, "
        f"{'above' if paste['SSIM'] > idle['SSIM'] else 'but not to'} that of doing nothing ({idle['SSIM']:.3f}). The "
        f"named attribute moves on {paste['moved']:.0%} of the triples, with SIM on {sim['moved']:.0%}: "
    )
    if abs(obeys) < SURE:
        text += "no more of a difference than chance makes. "
    else:
        text += f"so it {'also obeys more' if obeys > 0 else 'obeys less'} often. "
    text += f"Where something should change, its mask is {pasted['mask_inside']:.2f} on average, and 0 would be right."
    return Markdown(beside(in_order(table)).data + text)


def by_kind(
    moved: Mapping[str, Mapping[str, float]], counts: Mapping[str, int], own: Mapping[str, float], chance: float
) -> Markdown:
    """A table by kind of attribute.

    Args:
        moved: shares of triples whose named attribute moved, by who made the pictures, then by kind.
        counts: triples of each kind.
        own: share of each kind that the judge reads right on true targets.
        chance: what an answer drawn at random would have.
    """
    hands = list(in_order(moved))
    head = "| attribute | triples | " + " | ".join(NAMES.get(hand, hand) for hand in hands) + " | judge's own |"
    rows = [
        f"| {kind} | {counts[kind]} | "
        + " | ".join(f"{moved[hand][kind]:.2f}" for hand in hands)
        + f" | {own[kind]:.2f} |"
        for kind in counts
    ]
    text = (
        f"\n\nBetween two values, old and new, chance is {chance:.2f}; doing nothing has next to 0. With "
        f"{np.mean(list(counts.values())):.0f} triples of a kind on average, the standard error of a share is up to "
        f"{0.5 / np.mean(list(counts.values())) ** 0.5:.2f}."
    )
    return Markdown("\n".join([head, "|---|---|" + "---|" * (len(hands) + 1), *rows]) + text)


def seen_and_unseen(values: Mapping[str, Mapping[str, ndarray]], unseen: Bool[ndarray, " n"]) -> Markdown:
    """A table of numbers on seen and on held-out surface forms, by who made the pictures, then by name."""
    names = list(next(iter(values.values())))
    columns = [(hand, name) for hand in values for name in names]
    head = "| surface forms | triples | " + " | ".join(f"{name}, {NAMES[hand]}" for hand, name in columns) + " |"
    rows = [
        f"| {words} | {rows.sum()} | "
        + " | ".join(f"{values[hand][name][rows].astype(float).mean():.3f}" for hand, name in columns)
        + " |"
        for words, rows in (("seen in training", ~unseen), ("held out", unseen))
        if rows.any()
    ]
    table = "\n".join([head, "|---|---|" + "---|" * len(columns), *rows])
    if unseen.all() or not unseen.any():
        return Markdown(table)
    seen, held_out = (values["sim"]["moved"][part].astype(float) for part in (~unseen, unseen))
    error = (seen.var() / len(seen) + held_out.var() / len(held_out)) ** 0.5
    sure = abs(seen.mean() - held_out.mean()) > 2 * error
    text = (
        f"\n\nWith SIM the named attribute moves on {seen.mean():.0%} in forms seen and on {held_out.mean():.0%} in "
        f"held-out ones, which is {'more' if sure else 'no more'} of a difference than chance makes (standard error "
        f"{error:.0%})."
    )
    return Markdown(table + text)


def consistency(changes: Mapping[str, float], targets: Mapping[str, float], less: Float[ndarray, " n"]) -> Markdown:
    """Change where nothing was named, and error where something was.

    Args:
        changes, targets: by variant.
        less: how much less a picture changes with SIM where nothing was named, triple by triple.
    """
    low, high = bootstrap_interval(less)
    text = (
        f"Where nothing should change, a pixel changes by {changes['plain']:.4f} without SIM and by "
        f"{changes['sim']:.4f} with it (of 1): less by {less.mean():.4f} (95 % interval {low:.4f} to {high:.4f}), on "
        f"{(less > 0).mean():.0%} of the triples. "
    )
    right = {NAMES[name]: value for name, value in targets.items()}
    text += (
        "Where something should change, the error is, as a share of that of doing nothing: "
        f"{viz.listed(right)}; 0 would be perfect, and more than 1 is worse than leaving it."
    )
    return Markdown(text)


def masks(iou: Mapping[str, float], inside: float, outside: float) -> Markdown:
    """Whether the masks fit, and whether their generator listens to sentence and picture.

    Args:
        iou: see :func:`~...studies.iou_with_others`.
        inside, outside: mean value of the masks where something changes, and where nothing does.
    """
    text = (
        f"Mean IoU with the true region: {viz.listed(iou)}. The masks are {inside:.2f} on average where something "
        f"changes (0 is right) and {outside:.2f} where nothing does (1 is right). "
    )
    if iou["own"] < 0.2:
        return Markdown(text + "They do not fit well enough to say what their generator listens to.")
    heard, seen = (iou["own"] - iou[f"other {what}"] for what in ("sentence", "picture"))
    text += (
        "With another triple's sentence they fit worse: the sentence says what to hold back. "
        if heard > 0.05
        else "With another triple's sentence they fit as well: it hardly decides what is held back. "
    )
    text += (
        "With another picture, too: the generator looks where this face has its parts. "
        if seen > 0.02
        else "With another picture they fit as well: all faces are in the same place. "
    )
    if iou["own"] < iou["usual for kind"]:
        text += "What usually changes for the kind of attribute would fit better than what was learned."
    return Markdown(text.strip())


# What the sentences mean


def opposites(cosines: Sequence[float], numbers: Mapping[str, float]) -> Markdown:
    """Whether opposites are alike; ``numbers`` are those of :func:`~...analysis.vector_numbers`."""
    positive = sum(value > 0 for value in cosines)
    same, back, other = (numbers[f"cos_{name}"] for name in ("same", "opposites", "unrelated"))
    text = (
        f"{positive} of the paper's five pairs have a positive cosine, {np.mean(cosines):.2f} on average; pairs of the "
        f"grammar (“wider” against “narrower”) {numbers['cos_grammar']:.2f}. Over random changes and their opposites "
        f"it is {back:.2f}, over two ways to say the same {same:.2f}, over different attributes {other:.2f}. "
    )
    if back > max(other, 0):
        text += (
            "So opposites are alike, more than strangers are: what the vectors share is *what the sentence is about*. "
        )
    elif back > other:
        text += "So opposites are not alike, only less opposed than strangers. "
    else:
        text += "So opposites are no more alike than strangers. "
    text += (
        "Which way to go is the smaller part of the vector."
        if same - back < back - other
        else "Which way to go is as large a part of the vector as what to change."
    )
    return Markdown(text)


def forms_study(found: Mapping[int, Mapping[str, Sequence[float]]]) -> Markdown:
    """Does the variety of the text explain it? ``found`` as in :func:`~...figures.forms_study`."""
    few, many = min(found), max(found)
    means = {n: {name: float(np.mean(each[name])) for name in each} for n, each in found.items()}
    measured = [found[n]["cos_opposites_first"] for n in (few, many)]
    before, after = (means[n]["cos_opposites_first"] for n in (few, many))
    seeds = min(len(each["cos_opposites_first"]) for each in found.values())
    ranges = [(min(each), max(each)) for each in measured]
    apart = seeds > 1 and (ranges[0][1] < ranges[1][0] or ranges[1][1] < ranges[0][0])
    text = (
        f"Said in the first form, opposites have a mean cosine of {before:.2f} where the editor has learned {few} form"
        f"{'s' * (few > 1)} of each kind, and of {after:.2f} where it has learned {many}. "
    )
    if not apart:
        text += "The seeds do not tell the two apart"
        text += ". " if seeds > 1 else ", for there is one of each. "
    elif after > before:
        text += "Variety makes opposites more alike, as the paper guesses. "
    else:
        text += "Variety makes opposites *less* alike, against the paper's guess. "
    strangers = means[few]["cos_unrelated_first"]
    if before > strangers + CLOSE:
        text += (
            f"With the smallest variety, too, opposites are more alike than sentences about different attributes "
            f"({strangers:.2f}), so variety is not the whole cause: in a template the two sentences share every word "
            "but the name of the value. "
        )
    elif before < 0:
        text += "With the smallest variety they are opposed, as the digits' are. "
    else:
        text += (
            "With the smallest variety they are neither opposed nor more alike than sentences about different "
            f"attributes ({strangers:.2f}). "
        )
    return Markdown(text.strip())


# Studies


def chains(outside: Mapping[str, ndarray], kept: Mapping[str, ndarray]) -> Markdown:
    """What is left after a chain of edits."""
    each = "; ".join(
        f"{NAMES[name]}: change outside the named regions {outside[name][0].mean():.3f} after the first and "
        f"{outside[name][-1].mean():.3f} after the last, other attributes read as before {kept[name][-1].mean():.2f}"
        for name in outside
    )
    more = {NAMES[name]: values[-1].mean() - values[0].mean() for name, values in outside.items()}
    return Markdown(
        f"Over {len(next(iter(outside.values())))} instructions, {each}. What the first edit costs is the way through "
        f"the networks; from the first to the last the change outside grows by {viz.listed(more, 3)}."
    )


def hard_kinds(
    moved: Mapping[str, float], counts: Mapping[str, int], own: Mapping[str, float], pixels: Mapping[str, float]
) -> Markdown:
    """Which kinds of attributes fail.

    Args:
        moved, own: see :func:`by_kind`, of one editor.
        counts: triples of each kind.
        pixels: the share of the picture that changes, by kind.
    """
    kinds = [kind for kind in moved if kind != "all"]
    ranked = sorted(kinds, key=lambda kind: moved[kind])
    worst, best = ranked[:3], ranked[-3:][::-1]
    rank = spearmanr([pixels[kind] for kind in kinds], [moved[kind] for kind in kinds]).statistic
    last, first = (
        ", ".join(f"{kind} ({moved[kind]:.2f} of {counts[kind]})" for kind in each) for each in (worst, best)
    )
    text = (
        f"Worst moved: {last}; best: {first}. Rank correlation over the {len(kinds)} kinds with the share of pixels "
        f"that change: {rank:.2f}; above zero, larger changes are easier. "
    )
    blind = [kind for kind in worst if own[kind] < 0.9]
    if blind:
        text += f"The judge itself is unsure of {', '.join(blind)} on true pictures: believe those least."
    return Markdown(text)
