"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

from collections.abc import Mapping, Sequence

from IPython.display import Markdown

from ganbook import viz
from ganbook.chapters.drag_editing.analysis import PUBLISHED, Value, value_of
from ganbook.chapters.drag_editing.config import Config
from ganbook.chapters.drag_editing.studies import Case, asked_words

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
    "main": "all motions shown",
    "subsets": "half of the time only some motions",
    "fourier": "also told where a motion is",
    "shuffled": "motions of other moves (control)",
    "flow": "the flow net",
}
"""What the trainings are called on the page."""

WAYS = {"transformer": "the transformer", "ridge": "a linear map", "direction": "one axis", "optimised": "optimisation"}
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


def yes(holds: bool) -> str:
    """Whether a wish is met."""
    return "reached" if holds else "**missed**"


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
    text += f"at most {FLOW_ERROR}: {yes(error <= FLOW_ERROR)}); no flow at all would miss by "
    text += f"{numbers['flow_epe_still']:.2f}. Where content moves it is {numbers['flow_epe_moving']:.2f} instead of "
    text += f"{numbers['flow_epe_moving_still']:.2f}. On the first pairs TV-L1, which learned nothing, misses by "
    text += (
        f"{beside:.2f} and the net by {numbers['flow_epe_beside_tvl1']:.2f}. Expansion is said for {said:.0%} of the "
    )
    text += f"pixels that grow or shrink, with the right sign for **{sign:.0%}** of these (wanted {SIGN:.0%}: "
    return Markdown(text + f"{yes(sign >= SIGN)}).")


def scales(flow_unit: float, expansion_unit: float, side: int) -> Markdown:
    """Units of motions, beside those of the released code."""
    return Markdown(
        f"A usual motion is $\\sigma_f$ = {flow_unit:.2f} pixels, {flow_unit / side:.1%} of the width (released "
        f"code: 1.6 to 4.7 %), and $\\sigma_e$ = {expansion_unit:.3f}."
    )


def moves(numbers: Mapping[str, float], control: Mapping[str, float] | None) -> Markdown:
    """How much of a move is left over, beside the control that saw other motions, and whether pictures move alike."""
    text = (
        f"Of a move that was not learned the transformer leaves **{of_record(numbers, 'latent_error')}** (squared; 1: "
    )
    text += "no edit). "
    if control:
        lower = value_of(numbers, "latent_error").high < value_of(control, "latent_error").low
        text += (
            f"The control, which learned from the motions of other moves, leaves {of_record(control, 'latent_error')}: "
        )
        text += "motions tell something. " if lower else "**no clear difference: motions tell nothing.** "
    if "flow_cosine" not in numbers:
        return Markdown(text + "Nothing in these pictures moves, so directions cannot be compared.")
    cosine = numbers["flow_cosine"]
    text += "Much of a move cannot be seen, so what counts is the motion: that of the moved codes has a cosine of "
    return Markdown(
        text + f"**{of_record(numbers, 'flow_cosine')}** with the true one (wanted {MOTION}: {yes(cosine >= MOTION)})."
    )


def tokens(numbers: Mapping[int, Value], subsets: Mapping[int, Value] | None) -> Markdown:
    """What fewer motions cost, and whether training with subsets helps."""
    few, many = min(numbers), max(numbers)
    text = f"Shown {viz.count(few).lower()} motion instead of {many}, the network that always saw all of them leaves "
    text += f"{numbers[few].value:.2f} instead of {numbers[many].value:.2f}. "
    if numbers[few].low > 1:
        text += "**That is worse than no edit: it has not learned to be told little.** "
    if not subsets:
        return Markdown(text + "*The training with subsets does not come with this copy of the book.*")
    helps = subsets[few].high < numbers[few].low
    text += f"Trained with subsets it leaves {subsets[few].value:.2f} and {subsets[many].value:.2f}: "
    return Markdown(text + ("that helps where little is said." if helps else "**that does not help clearly.**"))


# Drags


def drags(numbers: Mapping[str, float]) -> Markdown:
    """Whether handles go where they should."""
    rows = [
        ["direction (cosine)", of_record(numbers, "drag_cosine"), f"≥ {COSINE}", yes(numbers["drag_cosine"] >= COSINE)],
        [
            "way gone over way wanted",
            of_record(numbers, "drag_slope"),
            f"{SLOPE[0]} to {SLOPE[1]}",
            yes(SLOPE[0] <= numbers["drag_slope"] <= SLOPE[1]),
        ],
        [
            "distance left over way wanted",
            of_record(numbers, "drag_error"),
            f"≤ {ERROR} (no edit: 1)",
            yes(numbers["drag_error"] <= ERROR),
        ],
        [
            "change of a class's colour",
            of_record(numbers, "colour_change", 3),
            f"≤ {COLOUR}",
            yes(numbers["colour_change"] <= COLOUR),
        ],
        ["1,000 KID to unedited pictures", of_record(numbers, "edited_kid_1e3", 1), "", ""],
        ["seconds of an edit", of_record(numbers, "seconds", 3), "", ""],
    ]
    return Markdown(viz.markdown_table(["", "found", "wanted", ""], rows))


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
    return Markdown(f"{table}\n\nNearest to the targets comes {WAYS[least]}; fastest is {WAYS[fastest]}.")


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


def landmarks(ours: Mapping[str, float]) -> Markdown:
    """Share of the distance that is left here, beside the published one."""
    still, theirs, dragged = (PUBLISHED[name] for name in PUBLISHED)
    left = {key: theirs[key] / still[key] for key in ("1", "5", "68")}
    optimised = {key: dragged[key] / still[key] for key in ("1", "5", "68")}
    text = "Of the distance is left, for one, five and all landmarks: published for this method "
    text += f"{left['1']:.2f}, {left['5']:.2f} and {left['68']:.2f}, for DragGAN {optimised['1']:.2f}, "
    text += f"{optimised['5']:.2f} and {optimised['68']:.2f}; here {of_record(ours, 'landmarks_1')}, "
    text += f"{of_record(ours, 'landmarks_5')} and {of_record(ours, 'landmarks_12')}. Other pictures and another size: "
    return Markdown(text + "shares are all that can be compared.")


def anchors(numbers: Mapping[str, float]) -> Markdown:
    """Whether anchors hold, and whether it is their features that do."""
    held, shuffled = value_of(numbers, "anchor_motion"), numbers["anchor_motion_shuffled"]
    text = (
        f"With three anchors the held landmarks go **{spread(held)}** of the way that they go without (wanted at most "
    )
    text += f"{HELD}: {yes(held.value <= HELD)}), while the dragged one keeps a cosine of "
    text += (
        f"{of_record(numbers, 'anchor_cosine')} with its arrow. With features of another picture under the anchors it "
    )
    text += f"is {shuffled:.2f}: "
    return Markdown(
        text + ("the place counts." if held.high < shuffled else "**that it is these places hardly counts.**")
    )


def zoom(numbers: Mapping[str, float]) -> Markdown:
    """Whether faces grow and shrink as asked."""
    sign, rank = numbers["zoom_sign"], numbers["zoom_rank"]
    return Markdown(
        f"Faces grow or shrink as asked in **{of_record(numbers, 'zoom_sign')}** of the cases (wanted {SIGN}: "
        f"{yes(sign >= SIGN)}); the rank correlation of zooms asked and found is {of_record(numbers, 'zoom_rank')} "
        f"(wanted {RANK}: {yes(rank >= RANK)})."
    )


def cases(found: Sequence[Case]) -> Markdown:
    """The six cases in numbers."""
    rows = []
    for case in found:
        (drag,) = case.drags
        dx, dy = case.gone[case.handle].tolist()
        held = f"{float(case.gone[list(case.held)].norm(dim=1).mean()):.1f}" if case.held else ""
        asked = f"({drag.dx:+.1f}, {drag.dy:+.1f})"
        rows.append([case.name, asked_words(case), asked, f"({dx:+.1f}, {dy:+.1f})", held])
    head = ["", "what", "wanted, pixels", "gone, pixels", "held went, pixels"]
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
