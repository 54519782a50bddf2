"""The figures of the page, one function each: data in, the figure with caption and an alt text made from the data out.

Pictures are uint8 (n, side, side), ink 255 on paper 0; states are int (n, 5): digit (10: none), x, y, w, h. What is
returned can be displayed (see :func:`ganbook.viz.show`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML
from jaxtyping import Bool, Float, Int, UInt8
from numpy import ndarray

from ganbook import viz
from ganbook.chapters.instruction_editing.analysis import Chain, opposite_directions
from ganbook.data import DIGIT_WORDS
from ganbook.data.digit_edits import LABELS
from ganbook.data.edits import ACTIONS, DIRECTED, DIRECTIONS, EMPTY, POSITIONS, State
from ganbook.metrics import bootstrap_interval, ssim

Pictures = UInt8[ndarray, "n side side"]
Curves = Mapping[str, Sequence[float]]
"""What :func:`ganbook.training.read_curves` gives."""

KINDS = ["source", "target", "generated"]


# The data


def all_states(pictures: Pictures, states: Sequence[State]) -> HTML:
    """One digit sample in every state, the empty canvas first."""
    word = DIGIT_WORDS[states[-1].digit]
    return viz.show(
        viz.image_grid,
        pictures,
        [f"{s.x} {s.y} {s.w} {s.h}" if s != EMPTY else "empty" for s in states],
        columns=11,
        alt=f"The {len(states)} states of a digit: pictures of the same handwritten {word}: the empty canvas, "
        f"then the {word} in boxes of 1 to 3 cells width and height at all places where they fit.",
        caption=f"All {len(states)} states of one digit sample, with x, y, w, h: the empty canvas and "
        f"{len(states) - 1} boxes.",
    )


def triples(source: Pictures, target: Pictures, sentences: Sequence[str]) -> HTML:
    """The first triples of each action: two of the first, one of each other."""
    rows = []
    for action, count in zip(ACTIONS, (2, 1, 1, 1, 1)):
        rows += [row for row, text in enumerate(sentences) if text.startswith(action)][:count]
    texts = [sentences[row] for row in rows]
    return viz.show(
        viz.examples,
        np.stack([source[rows], target[rows]], axis=1),
        texts,
        ["source", "target"],
        across=3,
        alt="Triples of the test set, source and target picture: " + "; ".join(texts) + ".",
        caption="Six triples, at least one for each action. The digit itself is one that no training has seen.",
    )


# The training


def live_curves(curves: Curves, steps: int) -> HTML:
    """What the classifiers on D pay in the short run."""
    real, fake = curves["label_loss_real"], curves["label_loss_fake"]
    return viz.show(
        viz.curves,
        {"real pictures": real, "generated pictures": fake},
        curves["step"],
        "step",
        "classifiers' loss (nats)",
        alt=f"Loss of D's classifiers over {steps} steps: on real pictures from {real[0]:.1f} to {real[-1]:.1f} nats, "
        f"on generated ones from {fake[0]:.1f} to {fake[-1]:.1f}.",
        caption="G can draw only what D can read: the curve of the generated pictures follows that of the real ones.",
    )


def live_pictures(source: Pictures, target: Pictures, made: Pictures, sentences: Sequence[str], steps: int) -> HTML:
    """What the short run draws, for the first triples."""
    n = len(made)
    return viz.show(
        viz.examples,
        np.stack([source[:n], target[:n], made], axis=1),
        sentences[:n],
        KINDS,
        alt=f"{viz.count(n)} test triples after {steps} steps of training: source, target and generated picture; "
        f"mean SSIM of generated and target {ssim(made, target[:n]).mean():.2f}.",
        caption="Is there a blot where the digit should be? Place and size come first.",
    )


def shipped_curves(curves: Curves, steps: int) -> HTML:
    """The losses of the run that is shipped."""
    real, fake, total = (curves[name] for name in ("label_loss_real", "label_loss_fake", "d_loss"))
    return viz.show(
        viz.curves,
        {"classifiers, real": real, "classifiers, generated": fake, "D: total": total},
        curves["step"],
        "step",
        "loss (nats)",
        log=True,
        alt=f"Losses of the shipped run over {steps:,} steps: the classifiers' on real pictures end at {real[-1]:.2f} "
        f"nats, on generated ones at {fake[-1]:.2f}, D's total at {total[-1]:.2f}.",
        caption="The shipped run, on a logarithmic axis: what D's classifiers pay, and D's whole loss.",
    )


def recorded_runs(curves: Mapping[str, Curves]) -> HTML:
    """The classifiers' loss on generated pictures in several runs, as far as the shortest goes."""
    shortest = min(len(each["step"]) for each in curves.values())
    series = {name: each["label_loss_fake"][:shortest] for name, each in curves.items()}
    ends = {name: values[-1] for name, values in series.items()}
    return viz.show(
        viz.curves,
        series,
        next(iter(curves.values()))["step"][:shortest],
        "step",
        "classifiers' loss, generated (nats)",
        alt=f"Loss of D's classifiers on generated pictures in short runs; at the end {viz.listed(ends, 1)} nats.",
        caption="Is what the generator draws where it should be? Each D judges its own generator, so compare the table "
        "above, too.",
    )


# Like the target, and right


def by_likeness(
    source: Pictures, target: Pictures, made: Pictures, sentences: Sequence[str], likeness: Float[ndarray, " n"]
) -> HTML:
    """Figure 6 of the paper: triples at twelve evenly spaced ranks of SSIM, the best first."""
    order = likeness.argsort()
    rows = order[np.linspace(0, len(order) - 1, 12).astype(int)][::-1]
    return viz.show(
        viz.examples,
        np.stack([source, target, made], axis=1)[rows],
        [f"{sentences[row]}: {likeness[row]:.2f}" for row in rows],
        KINDS,
        alt="Twelve test triples from the best to the worst SSIM: "
        + "; ".join(f"{sentences[row]} {likeness[row]:.2f}" for row in rows)
        + ".",
        caption="The paper's figure 6, remade: evenly spaced ranks from the best SSIM (the first) to the worst (the "
        "last).",
    )


def likeness_distributions(
    likeness: Float[ndarray, " n"], do_nothing: Float[ndarray, " n"], of_baseline: Float[ndarray, " n"] | None = None
) -> HTML:
    """SSIM with the target: of the editor's pictures, of the sources, of the baseline's pictures if there are any."""
    series = {"generated and target": likeness, "do nothing": do_nothing}
    if of_baseline is not None:
        series["cap2image and target"] = of_baseline
    means = "; ".join(f"{name}, mean {values.mean():.2f}" for name, values in series.items())
    return viz.show(
        viz.distributions,
        series,
        "SSIM",
        "share of triples",
        alt=f"Distributions of SSIM with the target: {means}.",
        caption="How like the target is what we get? Read SSIM against doing nothing: where the edit is small, so is "
        "the change. Dashed: means.",
    )


def read_right(shares: Mapping[str, Mapping[str, float]]) -> HTML:
    """What :func:`~ganbook.chapters.instruction_editing.analysis.correct` says of several kinds of pictures."""
    each = "; ".join(f"{name}: {viz.listed(parts)}" for name, parts in shares.items())
    return viz.show(
        viz.grouped_bars,
        {name: list(parts.values()) for name, parts in shares.items()},
        [*LABELS, "all five"],
        "share read right",
        alt=f"Share of pictures of which the judge reads each part of the target's state: {each}.",
        caption="What the judge reads. The source, too, is right in what the instruction leaves alone.",
    )


def right_by_tenth(tenths: Mapping[str, Sequence[float]]) -> HTML:
    """The shares of :func:`~ganbook.chapters.instruction_editing.analysis.right_by_tenth`."""
    box, digit = tenths["box"], tenths["digit"]
    return viz.show(
        viz.curves,
        {"x, y, w, h all right": box, "digit right": digit},
        range(1, len(box) + 1),
        "tenth of the triples, by SSIM (1: lowest)",
        "share read right",
        alt=f"Share read right by tenth of SSIM. Box: {box[0]:.2f} in the lowest tenth, {box[-1]:.2f} in the highest; "
        f"digit: {digit[0]:.2f} and {digit[-1]:.2f}.",
        caption="If the paper is right, the line of place and size stays high to the left, and that of the digit "
        "falls. Mind the axis.",
    )


def without_instruction(
    source: Pictures, made: Pictures, kept: Float[ndarray, " n"], states: Int[ndarray, "n 5"], count: int = 9
) -> HTML:
    """The first pictures with a digit, and what comes back when nothing is said; ``kept`` is the SSIM of the two."""
    rows = np.flatnonzero(states[:, 0] != EMPTY.digit)[:count]
    return viz.show(
        viz.examples,
        np.stack([source[rows], made[rows]], axis=1),
        [f"no instruction: {kept[row]:.2f}" for row in rows],
        ["source", "generated"],
        across=3,
        alt=f"{viz.count(len(rows))} pictures and what the model makes of them without an instruction; "
        f"SSIM from {kept[rows].min():.2f} to {kept[rows].max():.2f}.",
        caption="No instruction: how much of box, digit and handwriting stays?",
    )


# What the instructions mean


def cosine_maps(cosines: Float[ndarray, "240 240"], put_remove: Float[ndarray, "90 10"]) -> HTML:
    """Figure 7 of the paper: cosines of the directed instructions, and of "put" with "remove"."""
    blocks = cosines.reshape(3, 80, 3, 80).mean((1, 3))
    pairs = [(row, column) for row in range(3) for column in range(row, 3)]
    means = {f"{DIRECTED[row]} and {DIRECTED[column]}": blocks[row, column] for row, column in pairs}
    return viz.show(
        viz.block_maps,
        [cosines, put_remove],
        [DIRECTED, POSITIONS],
        [DIRECTED, ["remove"]],
        ["action, then direction, then digit", "put and remove"],
        "cosine",
        [4, 1],
        alt="Two maps. The first: the cosines of 240 instructions in 3 by 3 blocks of actions; "
        f"mean of the blocks: {viz.listed(means)}. The second: put against remove, mean {put_remove.mean():.2f}.",
        caption="The paper's figure 7, remade. Red: alike, blue: opposed. Look for the block of expand and compress, "
        "and for the stripes inside the blocks.",
    )


def move_map(cosines: Float[ndarray, "240 240"]) -> HTML:
    """Figure 8 of the paper: the block of "move" in the first of the :func:`cosine_maps`."""
    return viz.show(
        viz.block_maps,
        [cosines[:80, :80]],
        [DIRECTIONS],
        [DIRECTIONS],
        ["move"],
        "cosine",
        alt="Map of the cosines of the 80 move instructions in 8 by 8 squares of directions. "
        f"Opposite directions: {viz.listed(opposite_directions(cosines))}.",
        caption="The paper's figure 8, remade. Each square holds ten by ten digits: if it has one colour, digits "
        "hardly matter.",
    )


def factor_variances(variances: Mapping[str, Float[ndarray, " blocks"]]) -> HTML:
    """Figure 9 of the paper: how much the cosines vary inside blocks in which one factor differs."""
    medians = {name: np.median(values) for name, values in variances.items()}
    each = "; ".join(f"only the {name} differs, median {median:.3f}" for name, median in medians.items())
    return viz.show(
        viz.boxes,
        {f"{name} ({len(variances[name])} blocks)": variances[name] for name in ("action", "direction", "digit")},
        "variance inside a block",
        alt=f"Box plot of variances of the cosine map inside blocks: {each}.",
        caption="The paper's figure 9, remade: small means that the factor hardly changes what an instruction means.",
    )


# Studies


def moved_digits(
    drawings: Mapping[str, Pictures],
    sentences: Sequence[str],
    captions: Sequence[str],
    boxes: Int[ndarray, "n 5"],
    kept: Mapping[str, Float[ndarray, " n"]],
) -> HTML:
    """Four moves of large digits, as several hands draw them; ``kept`` is the SSIM of the digit before and after."""
    rows = np.flatnonzero((boxes[:, 3] > 1) & (boxes[:, 4] > 1))[:4]
    means = {name.replace("_", " "): values[rows].mean() for name, values in kept.items()}
    return viz.show(
        viz.examples,
        np.stack(list(drawings.values()), axis=1)[rows],
        [f"{sentences[row]}  (caption: {captions[row]})" for row in rows],
        list(drawings),
        across=1,
        alt=f"{viz.count(len(rows))} moves: source picture, the editor's result, and three pictures of the baseline: "
        "for the caption before the move, and for the caption after it with the same and with other noise. SSIM of the "
        f"digit before and after: {viz.listed(means)}.",
        caption="Same digit, another place. The editor has the handwriting to look at; the baseline has a word and "
        "noise.",
    )


GROUPS = {"action": "action", "digit": "digit in the target", "box": "size of the target's box"}
SCORES = ("judge: all five right", "the same on true targets", "SSIM", "SSIM of doing nothing")


def by_group(kind: str, scores: Mapping[object, tuple[float, float, float, float]]) -> HTML:
    """The four ``SCORES`` of each group of triples, grouped by action, digit or number of cells of the box."""
    names = [f"{key} {'cell' if key == 1 else 'cells'}" if kind == "box" else str(key) for key in scores]
    each = "; ".join(
        f"{name}: right {right:.2f}, on true targets {on_targets:.2f}, SSIM {like:.2f}, doing nothing {nothing:.2f}"
        for name, (right, on_targets, like, nothing) in zip(names, scores.values())
    )
    columns = zip(*scores.values())
    return viz.show(
        viz.grouped_bars,
        dict(zip(SCORES, map(list, columns))),
        names,
        "share, SSIM",
        GROUPS[kind],
        alt=f"By {kind}: {each}.",
    )


def read_wrongly(
    source: Pictures,
    target: Pictures,
    made: Pictures,
    sentences: Sequence[str],
    read: Int[ndarray, "n 5"],
    right: Bool[ndarray, "n 5"],
    order: Int[ndarray, " n"],
) -> HTML:
    """Up to six pictures that the judge reads wrongly, at most two with a wrong box; ``order`` is by rising SSIM."""
    wrong_box = [row for row in order if not right[row, 1:].all()]
    wrong_digit = [row for row in order if right[row, 1:].all() and not right[row, 0]]
    rows = (wrong_box[:2] + wrong_digit)[:6]
    texts = [f"{sentences[row]} → {_as_read(read[row])}" for row in rows]
    return viz.show(
        viz.examples,
        np.stack([source, target, made], axis=1)[rows],
        texts,
        KINDS,
        alt="Pictures that the judge reads wrongly: " + "; ".join(texts) + ".",
        caption=f"Of {len(order):,} pictures {len(wrong_box)} are read with a wrong box and {len(wrong_digit)} with "
        "the right box and another digit; here up to two of the first kind, then the others by rising SSIM. Behind "
        "the arrow: what the judge reads, digit (x y w h). The judge can be wrong, too.",
    )


def _as_read(state: Int[ndarray, " 5"]) -> str:
    return "nothing" if state[0] == EMPTY.digit else f"{state[0]} ({' '.join(map(str, state[1:]))})"


def chain_numbers(
    right: Bool[ndarray, "steps n"], like: Float[ndarray, "steps n"], like_fresh: Float[ndarray, "steps n"]
) -> HTML:
    """What accumulates over several edits: shares right and SSIM of the chain, SSIM of steps on true pictures."""
    steps = len(right)
    series = {"SSIM, own pictures": like, "SSIM, true pictures": like_fresh, "all five right": right}
    return viz.show(
        viz.lines_with_intervals,
        {name: _with_intervals(values) for name, values in series.items()},
        range(1, steps + 1),
        "instructions given",
        "SSIM, share right",
        alt=f"Over {steps} instructions the SSIM of the model's own chain goes from {like[0].mean():.2f} to "
        f"{like[-1].mean():.2f}, on true pictures from {like_fresh[0].mean():.2f} to {like_fresh[-1].mean():.2f}; the "
        f"share right goes from {right[0].mean():.2f} to {right[-1].mean():.2f}.",
        caption='Errors over a chain, with 95 % bootstrap intervals over digits. "True pictures" gives each step the '
        "true last picture.",
    )


def _with_intervals(values: ndarray) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
    """Means of rows, and the lower and upper ends of their intervals."""
    return values.mean(1), *zip(*(bootstrap_interval(row) for row in values.astype(float)))


def chain_pictures(run: Chain, like: Float[ndarray, " n"]) -> HTML:
    """The chain whose last picture is of median likeness: the model's pictures, and below each the true one."""
    one = int(np.abs(like - np.median(like)).argmin())
    told = [step[one] for step in run.told]
    rows = [run.start[one], *run.made[:, one], run.start[one], *run.truth[:, one]]
    return viz.show(
        viz.image_grid,
        np.stack(rows),
        ["start", *(f"{each.action}\n{each.where}" for each in told), *[""] * (len(told) + 1)],
        columns=len(told) + 1,
        aligned=True,
        alt=f"A chain of median quality on one {DIGIT_WORDS[told[0].digit]}: {', '.join(each.text for each in told)}. "
        "Above the model's pictures, below each the true one.",
        caption="A chain of median quality: each of the model's own pictures, and below it the true one.",
    )
