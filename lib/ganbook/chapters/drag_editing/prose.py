"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from IPython.display import Markdown

from ganbook import viz
from ganbook.chapters.drag_editing.analysis import HANDLES, PUBLISHED, Value, value_of
from ganbook.chapters.drag_editing.config import Config
from ganbook.chapters.drag_editing.studies import Background, Case, Own, asked_words

FLOW_ERROR = 0.5
"""Largest error of the flow net, in pixels."""

SIGN = 0.95
"""Wanted share of right signs, of expansions and of zooms."""

MOTION = 0.7
"""Wanted cosine between the motion that moved codes make and that of the true move."""

COSINE = 0.8
"""Wanted cosine between drags and the ways of handles."""

SLOPE = (0.6, 1.4)
"""Wanted way gone over way wanted."""

ERROR = 0.5
"""Largest distance from the target over the way wanted."""

HELD = 0.5
"""Largest motion under anchors, over that without anchors."""

RANK = 0.9
"""Wanted rank correlation of wanted and found zoom."""

COLOUR = 0.05
"""Largest change of a class's mean colour."""

PRINTED = {
    "layers": "6, of 14 to 18",
    "truncation": "0.3",
    "mixing": "0.1",
    "grid": "16",
    "dim": "512",
    "heads": "8",
    "depth": "6",
    "hidden": "512",
    "batch_size": "1",
    "steps": "60,100",
    "learning_rate": "0.001 (Ranger)",
}
"""Settings of the authors' released code."""

VARIANTS = {
    "main": "half of the time only some motions shown",
    "all_motions": "all motions shown, always",
    "fourier": "the same, and told where a motion is",
    "shuffled": "motions of other moves (control)",
    "flow": "the flow net",
}
"""What the trainings are called on the page."""

WAYS = {
    "transformer": "the transformer",
    "ridge": "a linear map",
    "scaled": "the map with a gain",
    "direction": "one axis",
    "optimised": "an optimised code",
}
"""What the ways of editing are called."""


def departures(config: Config) -> Markdown:
    """The settings of a training beside those of the authors' code."""
    rows = [[f"`{name}`", f"{getattr(config, name):,}", printed] for name, printed in PRINTED.items()]
    return Markdown(viz.markdown_table(["", "here", "released code"], rows))


def shipped_runs(runs: Mapping[str, Mapping]) -> Markdown:
    """How the shipped models were trained; ``runs`` by variant."""
    each = "; ".join(
        f"`{name}` ({VARIANTS[name]}) {run['step']:,} steps of {run['config']['batch_size']} in "
        f"{run['minutes']:.0f} min on {run['device']}"
        for name, run in runs.items()
    )
    text = f"The models of this chapter were trained by `ganbook train`: {each}."
    return Markdown(text + viz.unfinished(runs))


def spread(value: Value, digits: int = 2) -> str:
    """A number with its interval, if it has one."""
    if value.low == value.high:
        return f"{value.value:.{digits}f}"
    return f"{value.value:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f})"


def of_record(numbers: Mapping[str, float], name: str, digits: int = 2) -> str:
    """A number of a record, with its interval if there is one; nothing if it is not there."""
    return spread(value_of(numbers, name), digits) if name in numbers else ""


# Flow and moves


def flow(numbers: Mapping[str, float]) -> Markdown:
    """How well the flow net finds flow, and whether it knows what comes nearer."""
    error, beside = numbers["flow_epe"], numbers["flow_epe_tvl1"]
    sign, said = numbers["expansion_sign"], numbers["expansion_said"]
    text = (
        f"On pairs that it has not learned the net misses the exact flow by **{error:.2f} pixels** on average (wanted "
    )
    text += f"at most {FLOW_ERROR}: {viz.reached(error <= FLOW_ERROR)}); no flow at all would miss by "
    text += f"{numbers['flow_epe_still']:.2f}. Where content moves it is {numbers['flow_epe_moving']:.2f} instead of "
    text += f"{numbers['flow_epe_moving_still']:.2f}. On the first pairs TV-L1, which learned nothing, misses by "
    text += (
        f"{beside:.2f} and the net by {numbers['flow_epe_beside_tvl1']:.2f}. Expansion is said for {said:.0%} of the "
    )
    text += f"pixels that grow or shrink, with the right sign for **{sign:.0%}** of these (wanted {SIGN:.0%}: "
    return Markdown(text + f"{viz.reached(sign >= SIGN)}).")


def scales(flow_unit: float, expansion_unit: float, side: int) -> Markdown:
    """Units of motions, beside those of the released code."""
    return Markdown(
        f"A usual motion is $\\sigma_f$ = {flow_unit:.2f} pixels, {flow_unit / side:.1%} of the width (released "
        f"code: 1.6 to 4.7 %), and $\\sigma_e$ = {expansion_unit:.3f}."
    )


def moves(numbers: Mapping[str, float], others: Mapping[str, Mapping[str, float]]) -> Markdown:
    """How much of a move is left over, beside what needs no motion, and whether pictures move alike.

    Args:
        numbers: of the main run.
        others: records of other variants, by name; those that there are.
    """
    text = (
        f"Of a move that was not learned the transformer leaves **{of_record(numbers, 'latent_error')}** (squared; 1: "
    )
    text += "no edit). Not all below 1 is learned from motions: what is mixed in lies round the middle of W, so "
    text += (
        f"whoever goes a little towards it, and is told nothing, leaves {of_record(numbers, 'latent_error_untold')}. "
    )
    if control := others.get("shuffled"):
        lower = value_of(numbers, "latent_error").high < value_of(control, "latent_error").low
        text += (
            f"The control, which learned from the motions of other moves, leaves {of_record(control, 'latent_error')}: "
        )
        text += "motions tell something. " if lower else "**no clear difference: motions tell nothing.** "
    if placed := others.get("fourier"):
        told_less = others["all_motions"]
        apart = value_of(placed, "latent_error").high < value_of(told_less, "latent_error").low
        text += f"A network that is always shown all motions leaves {of_record(told_less, 'latent_error')}, and one "
        text += f"that is also told where each of them is (`fourier`) {of_record(placed, 'latent_error')}: "
        text += (
            "the features do not say all of it. " if apart else "not clearly less, so the features say enough of it. "
        )
    if "flow_cosine" not in numbers:
        return Markdown(text + "Nothing in these pictures moves, so directions cannot be compared.")
    cosine = numbers["flow_cosine"]
    text += "Much of a move cannot be seen, so what counts is the motion: that of the moved codes has a cosine of "
    return Markdown(
        text + f"**{of_record(numbers, 'flow_cosine')}** with the true one (wanted {MOTION}: "
        f"{viz.reached(cosine >= MOTION)})."
    )


def tokens(numbers: Mapping[int, Value], all_motions: Mapping[int, Value] | None, untold: float) -> Markdown:
    """What fewer motions cost, and whether training with few helps.

    Args:
        numbers: of the main run, by the number of motions.
        all_motions: of the run that was always shown all of them, if its record is here.
        untold: what is left without any motion.
    """
    few, many = min(numbers), max(numbers)
    text = f"Shown {viz.count(few).lower()} motion instead of {many}, the network leaves {numbers[few].value:.2f} "
    text += f"instead of {numbers[many].value:.2f}. "
    if numbers[few].low > untold:
        text += f"**Who is told nothing leaves {untold:.2f}: one motion is worse than none.** "
    elif numbers[few].high < untold:
        text += f"Who is told nothing leaves {untold:.2f}, so even a single motion tells something. "
    if not all_motions:
        return Markdown(text + "*The training with all motions does not come with this copy of the book.*")
    helps = numbers[few].high < all_motions[few].low
    text += "One that was always shown all of them (`all_motions`) leaves "
    text += f"{all_motions[few].value:.2f} and {all_motions[many].value:.2f}: "
    end = "to have learned from few helps." if helps else "**to have learned from few helps little.**"
    return Markdown(text + end)


# Drags


def drags(numbers: Mapping[str, float], missed: float) -> Markdown:
    """Whether handles go where they should; ``missed``: mean error of the reader of landmarks, in pixels."""
    rows = [
        [
            "direction (cosine)",
            of_record(numbers, "drag_cosine"),
            f"≥ {COSINE}",
            viz.reached(numbers["drag_cosine"] >= COSINE),
        ],
        [
            "way gone over way wanted",
            of_record(numbers, "drag_slope"),
            f"{SLOPE[0]} to {SLOPE[1]}",
            viz.reached(SLOPE[0] <= numbers["drag_slope"] <= SLOPE[1]),
        ],
        [
            "distance left over way wanted",
            of_record(numbers, "drag_error"),
            f"≤ {ERROR} (no edit: 1)",
            viz.reached(numbers["drag_error"] <= ERROR),
        ],
        [
            "change of a class's colour",
            of_record(numbers, "colour_change", 3),
            f"≤ {COLOUR} (two samples: {numbers['colour_change_others']:.3f})",
            viz.reached(numbers["colour_change"] <= COLOUR),
        ],
        ["1,000 KID to unedited pictures", of_record(numbers, "edited_kid_1e3", 1), "", ""],
        ["seconds of an edit", of_record(numbers, "seconds", 3), "", ""],
    ]
    table = viz.markdown_table(["", "found", "wanted", ""], rows)
    return Markdown(
        f"{table}\n\nThe reader itself is off by {missed:.2f} pixels on renders, on average: of ways of two pixels "
        "that is much, of longer ones little."
    )


def ways_of_editing(numbers: Mapping[str, Mapping[str, float]], n: Mapping[str, int]) -> Markdown:
    """The ways of editing side by side; ``n`` drags of each were measured."""
    names = ("drag_cosine", "drag_slope", "drag_error")
    rows = [
        [WAYS[way], f"{n[way]:,}", *(of_record(each, name) for name in names), f"{each['seconds']:.3f}"]
        for way, each in numbers.items()
    ]
    table = viz.markdown_table(["", "drags", "cosine", "slope", "distance left", "seconds"], rows)
    least = min(numbers, key=lambda way: numbers[way]["drag_error"])
    fastest = min(numbers, key=lambda way: numbers[way]["seconds"])
    text = f"{table}\n\nNearest to the targets comes {WAYS[least]}; fastest is {WAYS[fastest]}."
    if value_of(numbers["scaled"], "drag_error").high < value_of(numbers["transformer"], "drag_error").low:
        text += (
            " **A linear map with a gain does better than the transformer.** It moves the whole face alike, wherever"
        )
        text += " the handle is; and with these faces nearly all motion is that of the whole head."
    return Markdown(text)


def drag_gan() -> Markdown:
    """The published comparison, with its source."""
    rows = [
        [
            name,
            *(f"{each[key]:.2f}" for key in ("1", "5", "68")),
            f"{each['fid']:.2f}" if "fid" in each else "",
            f"{each['seconds']:g}" if "seconds" in each else "",
        ]
        for name, each in PUBLISHED.items()
    ]
    head = ["as published", "1 landmark", "5", "68", "FID", "seconds"]
    return Markdown(viz.markdown_table(head, rows))


def landmarks(ours: Mapping[str, float], beside: Mapping[str, float], slow: Mapping[str, float], n: int) -> Markdown:
    """Share of the distance that is left here, beside the published one.

    Args:
        ours: of the transformer, on all pairs.
        beside, slow: of the transformer and of the optimisation, on the same ``n`` pairs.
    """
    still, theirs, dragged = (PUBLISHED[name] for name in PUBLISHED)
    left = {key: theirs[key] / still[key] for key in ("1", "5", "68")}
    optimised = {key: dragged[key] / still[key] for key in ("1", "5", "68")}
    text = "Of the distance is left, for one, five and all landmarks: published for this method "
    text += f"{left['1']:.2f}, {left['5']:.2f} and {left['68']:.2f}, for DragGAN {optimised['1']:.2f}, "
    text += f"{optimised['5']:.2f} and {optimised['68']:.2f}; here {of_record(ours, 'landmarks_1')}, "
    text += f"{of_record(ours, 'landmarks_5')} and {of_record(ours, 'landmarks_12')}. Other pictures and another size: "
    text += "shares are all that can be compared. The optimisation is slow, so the figure shows both on the same "
    text += f"{viz.count(n).lower()} pairs: the transformer leaves "
    text += ", ".join(f"{beside[f'landmarks_{key}']:.2f}" for key in HANDLES) + ", the optimisation "
    return Markdown(text + ", ".join(f"{slow[f'landmarks_{key}']:.2f}" for key in HANDLES) + ".")


def held_or_weaker(numbers: Mapping[str, float]) -> str:
    """Whether anchors hold places more than they weaken the whole edit."""
    if value_of(numbers, "anchor_slope").high >= value_of(numbers, "free_slope").low:
        return ""
    if numbers["anchor_motion"] < numbers["anchor_slope"] / numbers["free_slope"]:
        return "A part of the holding is that the whole edit is weaker. "
    return "**It loses as large a share as they do: anchors weaken the whole edit, they do not hold places.** "


def anchors(numbers: Mapping[str, float]) -> Markdown:
    """Whether anchors hold, and whether it is their features that do."""
    held, shuffled = value_of(numbers, "anchor_motion"), numbers["anchor_motion_shuffled"]
    text = (
        f"With three anchors the held landmarks go **{spread(held)}** of the way that they go without (wanted at most "
    )
    text += f"{HELD}: {viz.reached(held.value <= HELD)}), while the dragged one keeps a cosine of "
    text += f"{of_record(numbers, 'anchor_cosine')} with its arrow, of which it goes "
    text += f"{of_record(numbers, 'anchor_slope')} instead of {of_record(numbers, 'free_slope')}. "
    text += held_or_weaker(numbers)
    text += f"With features of another picture under the anchors the held ones go {shuffled:.2f}: "
    text += "the place counts. " if held.high < shuffled else "**that it is these places hardly counts.** "
    return Markdown(text)


def zoom(numbers: Mapping[str, float]) -> Markdown:
    """Whether faces grow and shrink as asked."""
    sign, rank = numbers["zoom_sign"], numbers["zoom_rank"]
    return Markdown(
        f"Faces grow or shrink as asked in **{of_record(numbers, 'zoom_sign')}** of the cases (wanted {SIGN}: "
        f"{viz.reached(sign >= SIGN)}); the rank correlation of zooms asked and found is "
        f"{of_record(numbers, 'zoom_rank')} (wanted {RANK}: {viz.reached(rank >= RANK)})."
    )


FORMULAS = {
    "drag_cosine": "direction of drags (cosine)",
    "drag_slope": "way gone over way wanted",
    "drag_error": "distance left over way wanted",
    "anchor_motion": "way of held landmarks over their way without anchors",
    "anchor_cosine": "direction while others are held (cosine)",
    "anchor_slope": "way gone over way wanted while others are held",
    "zoom_sign": "share of right signs of zooms",
    "zoom_rank": "rank correlation of zooms",
    "colour_change": "change of colours",
}
"""Numbers by which the editor and the paper's formula are compared."""


def formulas(ours: Mapping[str, float], no_gain: Mapping[str, float], printed: Mapping[str, float]) -> Markdown:
    """The editor, which takes off the answer to no motion and has a gain, beside itself without gain and the paper."""
    errors = [value_of(each, "drag_error") for each in (ours, no_gain, printed)]
    nearer = [one.high < other.low for one, other in pairwise(errors)]
    comes = [f"drags {'come nearer' if each else '**do not come clearly nearer**'} to their targets" for each in nearer]
    head = ["", "taken off, with the gain", "taken off, without a gain", "as printed, without a gain"]
    rows = [[words, *(of_record(each, name) for each in (ours, no_gain, printed))] for name, words in FORMULAS.items()]
    both = f"Once the answer to no motion is taken off, {comes[1]}; with the gain, too, {comes[0]} than without."
    return Markdown(f"{viz.markdown_table(head, rows)}\n\n{both}")


def cases(found: Sequence[Case]) -> Markdown:
    """The six cases in numbers."""
    rows = []
    for case in found:
        (drag,) = case.drags
        dx, dy = case.gone[case.handle].tolist()
        both = (float(gone[list(case.held)].norm(dim=1).mean()) for gone in (case.gone, case.free))
        held = "{:.1f} ({:.1f})".format(*both) if case.held else ""
        asked = f"({drag.dx:+.1f}, {drag.dy:+.1f})"
        rows.append([case.name, asked_words(case), asked, f"({dx:+.1f}, {dy:+.1f})", f"{case.grown:+.0%}", held])
    head = ["", "what", "wanted, pixels", "gone, pixels", "face grew", "held went, pixels (without anchors)"]
    return Markdown(viz.markdown_table(head, rows).replace("-0.0", "+0.0"))


# Where it fails


def failures(by_length: Mapping[float, Mapping[str, Value]], apart: float) -> Markdown:
    """Long drags, and drags that contradict each other."""
    far = max(by_length)
    text = f"**Exactness.** Of {far:g} pixels asked, {spread(by_length[far]['gone'], 1)} are gone; "
    text += (
        f"{spread(by_length[far]['error'])} of the way is left as distance from the target. **Contradictions.** Eyes "
    )
    text += f"that are dragged apart go apart by {apart:.0%} of what was asked: "
    return Markdown(text + ("they do, at least in part." if apart >= 0.5 else "**they hardly do.**"))


def background(found: Background) -> Markdown:
    """What a drag of the background does without the check."""
    text = f"The {viz.count(len(found.drags)).lower()} drags of a corner move landmarks by **{found.gone:.1f} pixels** "
    text += f"on average, the same drags of the nose by {found.gone_nose:.1f}. "
    if found.gone < 0.25 * found.gone_nose:
        return Markdown(text + "Next to nothing comes of it: better to say so than to leave a person waiting.")
    return Markdown(text + "**The face moves although nobody touched it**, so the editor refuses such a handle.")


def own_pictures(found: Own) -> Markdown:
    """How near what was found comes, and whether it can be dragged."""
    asked = torch.tensor([(drag.dx, drag.dy) for drag in found.drags])
    along = (found.gone * asked).sum(1) / asked.square().sum(1)
    shares = ", ".join(f"{each:.2f}" for each in along.tolist())
    return Markdown(
        f"What was found has a PSNR of {found.psnr.mean():.1f} dB to what was given, on average (20 dB: an error of a "
        f"tenth of the range). Of the way asked, the noses go {shares} along the arrow."
    )


def notes(found: Mapping[str, Sequence[str]]) -> Markdown:
    """What the editor says to odd wishes."""
    rows = [[what, "<br>".join(lines) or "done as it is"] for what, lines in found.items()]
    return Markdown(viz.markdown_table(["asked", "said"], rows))


def live_flow(errors: Sequence[float]) -> Markdown:
    """How a short training of a flow net went."""
    first, last = first_and_last(errors)
    text = f"Its flow missed the exact one by {first:.2f} pixels at first and by {last:.2f} at the end. "
    return Markdown(text + learned(last < first))


def live(losses: Sequence[float]) -> Markdown:
    """How a short training of a transformer went."""
    first, last = first_and_last(losses)
    text = f"Of a move it left {first:.2f} at first and {last:.2f} at the end (1: no edit). "
    return Markdown(text + learned(last < min(first, 1)))


def first_and_last(losses: Sequence[float]) -> tuple[float, float]:
    """The means of the first and of the last third of a curve."""
    third = max(1, len(losses) // 3)
    return sum(losses[:third]) / third, sum(losses[-third:]) / third


def learned(better: bool) -> str:
    """What a short training shows."""
    return "It learns." if better else "**It has not learned anything yet; it needs longer.**"
