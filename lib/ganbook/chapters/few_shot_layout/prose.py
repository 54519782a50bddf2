"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import Markdown

from ganbook import viz
from ganbook.chapters.few_shot_layout.analysis import Value
from ganbook.chapters.few_shot_layout.config import Config
from ganbook.chapters.few_shot_layout.studies import Split

PSEUDO = 0.6
"""Wanted mean IoU of dense pseudo-labels from one picture."""

BOUND = 0.7
"""Wanted share of the upper bound's mean IoU."""

HITS = 0.2
"""Wanted lead over the mean code in hits under strokes."""

DROP = 0.05
"""Largest loss of mean IoU by a new look."""

KEPT = 0.9
"""Wanted mean IoU of the layouts before and after a new look."""

DECIBELS = 25.0
"""Wanted PSNR of a picture whose codes are looked for."""

LEVEL = 0.05
"""Largest p value from which refinement counts as a help."""

PRINTED = {
    "feature_layers": "8, of 64 × 64 pixels",
    "votes": "3",
    "threshold": "0.5",
    "strokes": "0: the votes as they are",
    "channels": "64, 128, 256, 512 (IR-SE-50, a residual network of 50 layers)",
    "head_channels": "512",
    "batch_size": "2",
    "steps": "100,000",
    "learning_rate": "0.0001 (Ranger)",
    "decay_share": "0",
    "invert_steps": "2,000",
}
"""Settings of the authors' released code."""

VARIANTS = {
    "main": "dense, one picture",
    "dense_5": "dense, five pictures",
    "sparse_1": "sparse, one picture",
    "sparse_5": "sparse, five pictures",
    "votes_1": "the votes as they are, one picture",
    "votes_5": "the votes as they are, five pictures",
    "inverted": "dense, one render whose codes were looked for",
    "segmenter": "a segmenter's labels (upper bound)",
    "psp_1": "pSp-like, on one pair",
    "psp_5": "pSp-like, on five pairs",
    "spade_1": "SPADE-like, on one pair",
    "spade_5": "SPADE-like, on five pairs",
}
"""What the trainings are called on the page."""


def departures(config: Config) -> Markdown:
    """The settings of a training beside those of the authors' code."""
    rows = [[f"`{name}`", written(getattr(config, name)), printed] for name, printed in PRINTED.items()]
    return Markdown(viz.markdown_table(["", "here", "released code"], rows))


def written(value: object) -> str:
    """A setting as a table shows it."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value:,}" if value != 0 else "0"


def shipped_runs(runs: Mapping[str, Mapping]) -> Markdown:
    """How the shipped models were trained; ``runs`` by variant."""
    each = "; ".join(
        f"`{name}` {run['step']:,} steps of {run['config']['batch_size']} in {run['minutes']:.0f} min on "
        f"{run['device']}"
        for name, run in runs.items()
    )
    text = f"The models of this chapter were trained by `ganbook train`: {each}."
    return Markdown(text + viz.unfinished(runs))


def instruments(numbers: Mapping[str, float], renders: int) -> Markdown:
    """How well the second segmenter reads renders: the ceiling of what it can say of painted pictures."""
    return Markdown(
        f"On {renders:,} unseen renders the second segmenter has a mean IoU of **{numbers['miou_data']:.2f}**. Painted "
        "pictures can hardly do better."
    )


def spread(value: Value, digits: int = 2) -> str:
    """A number with its interval."""
    return f"{value.value:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f})"


def of_record(numbers: Mapping[str, float], name: str, digits: int = 2) -> str:
    """A number of a record, with its interval if there is one; nothing if it is not there."""
    if name not in numbers:
        return ""
    if f"{name}_low" not in numbers:
        return f"{numbers[name]:.{digits}f}"
    return spread(Value(numbers[name], numbers[f"{name}_low"], numbers[f"{name}_high"]), digits)


# Pseudo-labels


def pseudo(one: Value, five: Value, most: float) -> Markdown:
    """Whether dense pseudo-labels are good enough, from one picture and from five; ``most``: what the resolution of
    the features allows.
    """
    text = (
        f"Mean IoU with the second segmenter's labels: {spread(one)} from one picture, {spread(five)} from five. "
        f"Wanted was {PSEUDO} from one: {viz.reached(one.value >= PSEUDO)}. The segmenter's own labels, made of as "
        f"large squares, have {most:.2f}. "
    )
    if five.value >= one.value:
        return Markdown(text + "Five pictures are at least as good as one.")
    return Markdown(text + "**Five pictures are worse than one.**")


def layers(found: Sequence[Value], sides: Sequence[int], most: Sequence[float]) -> Markdown:
    """Which layer's features know the classes best, also as a share of what each resolution allows (``most``)."""
    values = [each.value for each in found]
    best = int(np.argmax(values))
    text = f"Best is layer {best} ({sides[best]} × {sides[best]}), with {values[best]:.2f}; "
    text += f"the ends have {values[0]:.2f} and {values[-1]:.2f}. "
    middle = 0 < best < len(values) - 1
    text += "A layer in the middle knows the classes best. " if middle else "**The best layer is not in the middle.** "
    shares = [value / limit for value, limit in zip(values, most, strict=True)]
    top = int(np.argmax(shares))
    text += "Part of that is resolution: not even the segmenter's own labels survive squares of so few places. Of what "
    text += f"its resolution allows, most is known to layer {top} ({sides[top]} × {sides[top]}): {shares[top]:.0%}; "
    text += f"layer {best} knows {shares[best]:.0%}, the ends {shares[0]:.0%} and {shares[-1]:.0%}. "
    if 0 < top < len(shares) - 1:
        return Markdown(text + "That, too, is in the middle.")
    return Markdown(text + "**So it is the resolution by which the middle leads, and not what its features know.**")


def together(alone: Sequence[Value], both: Value, taken: Sequence[int], sides: Sequence[int]) -> Markdown:
    """Whether features of several layers know more than the best of all layers alone.

    Args:
        alone: of each layer.
        both: of those that are taken.
        taken: their numbers.
        sides: pixels of a side of each layer.
    """
    which = " and ".join(f"{number} ({sides[number]} × {sides[number]})" for number in taken)
    if len(taken) == 1:
        return Markdown(f"The models of this chapter take layer {which} alone, with {spread(both)}.")
    best = max(each.value for each in alone)
    text = f"The models of this chapter take layers {which} together: {spread(both)}, against {best:.2f} of the best"
    text += " layer alone."
    return Markdown(text if both.value > best else f"{text} **They know no more than that one.**")


# Layout


def live(loss: Sequence[float], mean_code: Sequence[float]) -> Markdown:
    """What a short run has learned: its error beside that of always saying the mean code."""
    third = max(1, len(loss) // 3)
    last, at_mean = float(np.mean(loss[-third:])), float(np.mean(mean_code[-third:]))
    text = f"Squared error of the codes {loss[0]:.3f} at first and {last:.3f} in the last third; the mean code has "
    text += f"{at_mean:.3f}. "
    if last < at_mean:
        return Markdown(text + "Label maps already say something of the codes.")
    return Markdown(text + "**No better than saying the mean code.**")


def usual(pixels: Sequence[float], perceptual: Sequence[float]) -> Markdown:
    """What a short run on the annotated pair alone has learned."""
    ends = [(name, float(each[0]), float(each[-1])) for name, each in (("pixels", pixels), ("features", perceptual))]
    parts = " and ".join(f"of {name} from {first:.3f} to {last:.3f}" for name, first, last in ends)
    text = f"The error {parts}. "
    if all(last < first for _, first, last in ends):
        return Markdown(
            text + "One picture is soon learned by heart; what that is worth for other maps is measured below."
        )
    return Markdown(text + "**So few steps do not even learn the one picture.**")


def fidelity(found: Mapping[str, Mapping[str, float]]) -> Markdown:
    """Layout, strokes and quality of every training that was measured."""
    rows = [
        [VARIANTS.get(name, name), *(of_record(each, kind) for kind in ("miou", "hits", "centroid_error"))]
        + [of_record(each, "kid_1e3", 1)]
        for name, each in found.items()
    ]
    head = ["", "mean IoU", "hits under strokes", "error of centres (width)", "1,000 KID"]
    return Markdown(viz.markdown_table(head, rows))


def simple(
    numbers: Mapping[str, float], pool: int, record: Mapping[str, float] | None = None, pool_of_record: int = 0
) -> Markdown:
    """An encoder beside what needs none.

    Args:
        numbers: measured here.
        pool: samples among which the nearest was looked for.
        record: of the same training, if there is one: with more samples.
        pool_of_record: how many.
    """
    rows = [
        ["the encoder", of_record(numbers, "miou"), ""],
        [f"nearest of {pool:,} samples", of_record(numbers, "miou_nearest"), of_record(numbers, "gain_nearest")],
        ["the mean code", of_record(numbers, "miou_mean"), of_record(numbers, "gain_mean")],
        ["random codes", of_record(numbers, "miou_random"), ""],
    ]
    strictest = numbers
    if record:
        strictest = numbers | {"gain_nearest_low": record["gain_nearest_low"]}
        most = [of_record(record, "miou_nearest"), of_record(record, "gain_nearest", 3)]
        rows.insert(2, [f"nearest of {pool_of_record:,} (the record)", *most])
    text = viz.markdown_table(["", "mean IoU", "the encoder's lead"], rows) + "\n\n"
    text += "The more samples are looked through, the harder it is to beat the nearest. " if record else ""
    below = [name for name in ("nearest", "mean") if strictest[f"gain_{name}_low"] <= 0]
    if below:
        words = {"nearest": "the nearest neighbour", "mean": "the mean code"}
        return Markdown(text + f"**Not clearly above {' and '.join(words[name] for name in below)}.**")
    return Markdown(text + "Above both with the whole interval.")


def classes(found: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> Markdown:
    """Which classes are kept well, and which are not, of each training that says so."""
    rows = [[name, *(of_record(each, f"iou_{name}") for each in found.values())] for name in names]
    text = viz.markdown_table(["intersection over union", *(VARIANTS[name] for name in found)], rows)
    first, of_first = next((name, each) for name, each in found.items())
    values = {name: of_first[f"iou_{name}"] for name in names if f"iou_{name}" in of_first}
    least, most = min(values, key=values.get), max(values, key=values.get)
    return Markdown(
        f"{text}\n\nWith {VARIANTS[first]}, {least} comes out worst ({values[least]:.2f}) and {most} best "
        f"({values[most]:.2f}): what is small or has many looks is hard."
    )


def without(left_out: str, taken_for: Mapping[str, float]) -> Markdown:
    """What a class without a prototype is taken for; shares of its places by name."""
    most = max(taken_for, key=taken_for.get)
    return Markdown(
        f"Without the prototype of {left_out}, its places in other samples are taken for {most} ({taken_for[most]:.0%})"
        f"{''.join(f', {name} ({share:.0%})' for name, share in taken_for.items() if name != most and share >= 0.05)}."
    )


def own(numbers: Mapping[str, float], searched: float) -> Markdown:
    """How well maps are kept that the generator can draw, beside those of renders; ``searched``: mean IoU of the
    layouts of renders whose codes were looked for.
    """
    lead = of_record(numbers, "own_gain_nearest", 3)
    text = f"Mean IoU of such maps: **{of_record(numbers, 'own_miou')}**, {lead} more than the nearest neighbour has. "
    text += (
        "Above it with the whole interval. " if numbers["own_gain_nearest_low"] > 0 else "**Not clearly above it.** "
    )
    if numbers["own_miou"] <= numbers["miou"]:
        return Markdown(text + "**Maps of renders are kept as well, so the generator is not what limits them.**")
    text += (
        f"Of maps of renders it is {numbers['miou']:.2f}. That the generator cannot draw all of them is one possible "
    )
    text += "reason; that the encoder has never met such maps is another. "
    if searched > numbers["miou"]:
        text += f"For the second speaks that the search above drew layouts of renders that agree by {searched:.2f}, "
        text += "with a code for each layer and the pictures themselves to go by."
    return Markdown(text)


def one_code(numbers: Mapping[str, float]) -> Markdown:
    """What the mean over heads is worth, beside a code of its own for each layer."""
    text = "Mean IoU with one code for all layers, less that with a code for each: "
    text += f"{of_record(numbers, 'gain_one_code', 3)}. 1,000 KID: {numbers['kid_1e3']:.0f} with one code, "
    text += f"{numbers['kid_1e3_each']:.0f} with a code for each. "
    if numbers["gain_one_code_low"] <= 0:
        return Markdown(text + "**The mean keeps maps no better than what each head says.**")
    if numbers["kid_1e3"] <= numbers["kid_1e3_each"]:
        return Markdown(text + "Several guesses of one code, averaged, are better than a code for each layer.")
    return Markdown(text + "The mean of several guesses keeps maps better, at a price in quality.")


def bound(ours: Mapping[str, float], best: Mapping[str, float]) -> Markdown:
    """How near an encoder from few labels comes to one from many, of maps that the generator can draw."""
    if best["own_gain_nearest_low"] <= 0:
        return Markdown("**Even with a segmenter's labels an encoder is no better than the nearest neighbour.**")
    share = ours["own_miou"] / best["own_miou"]
    text = f"An encoder from a segmenter's labels keeps {of_record(best, 'own_miou')} of such maps, "
    text += f"{of_record(best, 'own_gain_nearest', 3)} more than the nearest neighbour; one annotated picture gives "
    text += f"{share:.0%} of that mean IoU. Wanted was {BOUND:.0%}: {viz.reached(share >= BOUND)}. "
    if best["gain_nearest_low"] > 0:
        return Markdown(text + "Of maps of renders it is above the nearest neighbour, too.")
    return Markdown(
        text + f"Of maps of renders **even that encoder is not clearly above the nearest neighbour**: "
        f"{best['miou']:.2f}, and {best['miou_nearest']:.2f} for the neighbour. More labels do not help there, where "
        f"one annotated picture gives {ours['miou']:.2f}: of maps of renders it is no bound."
    )


def strokes(
    numbers: Mapping[str, float], pool: int, record: Mapping[str, float] | None = None, pool_of_record: int = 0
) -> Markdown:
    """Whether scribbles are obeyed; the arguments are those of :func:`simple`."""
    text = (
        f"Under its strokes a picture has the right class at {of_record(numbers, 'hits')} of the pixels; the mean code "
        f"has {of_record(numbers, 'hits_mean')}. Lead: {of_record(numbers, 'hits_gain')}, wanted {HITS}: "
        f"{viz.reached(numbers['hits_gain'] >= HITS)}. The nearest of {pool:,} samples, labelled everywhere by the "
        f"prototypes of the strokes, has {numbers['hits_nearest']:.2f}; lead of the encoder: "
        f"{of_record(numbers, 'hits_gain_nearest')}. "
    )
    if record:
        text += (
            f"In the record, with {pool_of_record:,} samples, the nearest has {record['hits_nearest']:.2f}; lead of "
        )
        text += f"the encoder: {of_record(record, 'hits_gain_nearest')}. "
    strictest = record or numbers
    if strictest["hits_gain_nearest_low"] > 0:
        return Markdown(text + "The encoder obeys strokes better than a look through so many samples.")
    if strictest["hits_gain_nearest_high"] < 0:
        return Markdown(text + "**A look through so many samples obeys strokes better than the encoder.**")
    return Markdown(text + "**The encoder is not clearly better than a look through so many samples.**")


def votes_or_strokes(found: Mapping[str, Mapping[int, Mapping[str, float]]], errors: Mapping[str, float]) -> Markdown:
    """Whether an encoder should learn from strokes or from the votes as they are, and whether five pictures teach more.

    Args:
        found: the records by variant and seed.
        errors: of the codes at the end of the training, by variant (lowest seed), as a share of the mean code's.
    """
    rows = [
        [VARIANTS[name], f"{errors[name]:.2f}", *(each_of(of_seeds, kind) for kind in ("hits", "hits_gain", "miou"))]
        for name, of_seeds in found.items()
    ]
    head = ["learned from", "error in training", "hits", "lead over the mean code", "mean IoU"]
    text = []
    hits = {name: [each["hits"] for each in of_seeds.values()] for name, of_seeds in found.items()}
    if {"sparse_1", "votes_1"} <= hits.keys():
        text.append(strokes_better(hits["sparse_1"], hits["votes_1"]))
    if {"main", "sparse_1", "votes_1"} <= hits.keys():
        text.append(what_votes_tell(*(errors[name] for name in ("main", "sparse_1", "votes_1"))))
    if hits.get("main") and max(hits["main"]) <= max(hits.get("sparse_1", [0])):
        text.append(
            "The encoder of label maps is given the whole map and not the strokes. It keeps the layout as a whole; "
            "under the strokes it need not be ahead."
        )
    if {"sparse_1", "sparse_5"} <= hits.keys():
        text.append(five_better(hits["sparse_1"], hits["sparse_5"]))
    return Markdown(f"{viz.markdown_table(head, rows)}\n\n{' '.join(text)}")


def each_of(of_seeds: Mapping[int, Mapping[str, float]], kind: str) -> str:
    """One number of several trainings."""
    return ", ".join(f"{each[kind]:.2f}" for each in of_seeds.values())


def strokes_better(strokes: Sequence[float], votes: Sequence[float]) -> str:
    """Hits of encoders that learned from strokes and from votes."""
    if min(strokes) <= max(votes):
        return "**Encoders that learned from strokes are not clearly better than those from votes.**"
    return "An encoder that learned from strokes obeys strokes better in every training."


def what_votes_tell(maps: float, strokes: float, votes: float) -> str:
    """What errors in training say of the fingerprint that votes are."""
    if votes >= strokes:
        return "**Votes tell no more of a code than strokes do, so it is no fingerprint by which they fail.**"
    nearly = votes < (maps + strokes) / 2
    much = (
        "more of a code than" if votes <= maps else "almost as much of a code as" if nearly else "less of a code than"
    )
    return (
        f"Votes mark few places, and yet in training they give away {much} whole label maps, and more than strokes: "
        "they tell something that is no layout."
    )


def five_better(one: Sequence[float], five: Sequence[float]) -> str:
    """Hits of encoders that learned from strokes in one picture, and in five."""
    if min(five) > max(one):
        return "Strokes in five pictures teach more than those in one, in every training that there is."
    if max(five) < min(one):
        return "**Strokes in five pictures teach less than those in one**, in every training that there is."
    return "**No clear difference between strokes in five pictures and in one.**"


def rivals(found: Mapping[str, Mapping[str, float]]) -> Markdown:
    """The method beside encoders that learn from the same pairs and nothing else."""
    text = []
    for shots, ours in (("one", "main"), ("five", "dense_5")):
        others = {name: found[name] for name in found if name.endswith("5" if shots == "five" else "1")}
        others = {name: each for name, each in others.items() if name.startswith(("psp", "spade"))}
        if ours not in found or not others:
            continue
        best = max(others, key=lambda name: others[name]["miou"])
        ahead = found[ours]["miou"] > others[best]["miou"]
        better = found[ours]["kid_1e3"] < min(each["kid_1e3"] for each in others.values())
        words = {
            (True, True): "ahead in layout and in quality (KID)",
            (True, False): "ahead in layout, **but not in quality (KID)**",
            (False, True): "**behind in layout**, but ahead in quality (KID)",
            (False, False): "**behind in layout and in quality (KID)**",
        }[ahead, better]
        text.append(f"With {shots} annotated, pseudo-labels are {words} (best layout: {VARIANTS[best]}).")
        if not ahead and best.startswith("spade"):
            text.append("That one paints at each pixel what the map says there, whatever the picture looks like.")
    return Markdown(" ".join(text) or "*None of the others comes with this copy of the book.*")


# Looks and refinement


def split(found: Split, chosen: int) -> Markdown:
    """Whether the layer from which codes are exchanged is a good one."""
    text = f"Other codes from layer {chosen} on keep the layout by {found.kept[chosen]:.2f} (mean IoU) and make "
    text += f"{found.changed[chosen]:.0%} of the change that a wholly other picture makes."
    return Markdown(text)


def looks(numbers: Mapping[str, float]) -> Markdown:
    """What a new look costs in layout."""
    share = numbers["look_change"] / max(numbers["look_all"], 1e-9)
    return Markdown(
        f"On label maps, a new look costs {of_record(numbers, 'look_drop', 3)} of mean IoU with the map (wanted at "
        f"most {DROP}: {viz.reached(numbers['look_drop'] <= DROP)}) and changes the picture by {share:.0%} of what new "
        "codes in all layers change. But the layout does move: before and after agree by "
        f"{of_record(numbers, 'look_kept')}, wanted {KEPT}: {viz.reached(numbers['look_kept'] >= KEPT)}. Where a map "
        "is kept only in part, what is lost "
        "and what is won by chance make up for each other."
    )


def refinement(numbers: Mapping[str, float], sparse: bool) -> Markdown:
    """Whether refinement helps."""
    what = "hits under strokes" if sparse else "right pixels"
    text = (
        f"Gain in {what}, picture by picture: {of_record(numbers, 'refined_gain', 3)}, p = {numbers['refined_p']:.2g}."
    )
    text += f" Loss {numbers['unrefined_loss']:.3f} before and {numbers['refined_loss']:.3f} after; mean IoU "
    text += f"{numbers['unrefined_miou']:.3f} and {numbers['refined_miou']:.3f}. "
    if numbers["refined_gain"] > 0 and numbers["refined_p"] < LEVEL:
        if numbers["refined_miou"] < numbers["unrefined_miou"]:
            helped = "Under the strokes refinement helps." if sparse else "Refinement makes more pixels right."
            return Markdown(f"{text}{helped} **The layout as a whole, by mean IoU, becomes worse.**")
        return Markdown(text + "Refinement helps.")
    if numbers["refined_loss"] >= numbers["unrefined_loss"]:
        return Markdown(text + "**Refinement does not help.**")
    better = (
        "that the picture fits better is not shown" if numbers["refined_gain"] > 0 else "the picture fits no better"
    )
    return Markdown(text + f"**What it lowers falls, but {better}.**")


# Given pictures


def inversion(psnr: Sequence[float], miou: float) -> Markdown:
    """How well given pictures are found."""
    middle = float(np.median(psnr))
    return Markdown(
        f"Found with **{middle:.1f} dB** (median; {min(psnr):.1f} to {max(psnr):.1f}), wanted {DECIBELS:.0f}: "
        f"{viz.reached(middle >= DECIBELS)}. Their layouts agree with the true label maps by {miou:.2f} (mean IoU)."
    )


def routes(sample: Value, render: Value) -> Markdown:
    """Pseudo-labels from an annotated sample, and from a render whose codes were looked for."""
    text = f"Mean IoU of pseudo-labels: {spread(sample)} from a sample, {spread(render)} from a render that was looked "
    text += "for. "
    if sample.low > render.high:
        return Markdown(text + "To annotate a sample is the better way.")
    if render.low > sample.high:
        return Markdown(text + "**To annotate a render is the better way, against what was expected.**")
    return Markdown(text + "No clear difference.")


def notes(found: Mapping[str, Sequence[str]]) -> Markdown:
    """What was understood of odd input, and what was ignored."""
    rows = [[what, "<br>".join(lines) or "taken as it is"] for what, lines in found.items()]
    return Markdown(viz.markdown_table(["given", "said"], rows))
