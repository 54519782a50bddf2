"""The figures of the page, one function each: data in, the figure with caption and an alt text made from the data out.

Pictures are uint8 (n, side, side, 3). What is returned can be displayed (see :func:`ganbook.viz.show`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML
from jaxtyping import Float, Int, UInt8
from numpy import ndarray

from ganbook import viz
from ganbook.chapters.masked_editing.analysis import Pictures, mask_iou
from ganbook.chapters.masked_editing.studies import Chain, change_map, grey, looks_of
from ganbook.data.avatar_edits import AvatarEdits
from ganbook.data.avatars import KINDS
from ganbook.metrics import bootstrap_interval, ssim

Curves = Mapping[str, Sequence[float]]
"""What :func:`ganbook.training.read_curves` gives."""

VOTES = (0.09, 0.14, 0.13, 0.37, 0.27)
"""The paper's figure 14, from "without SIM is much better" to "with SIM is much better"."""

STEPS = (
    "without SIM\nmuch better",
    "without SIM\nbetter",
    "about\nthe same",
    "with SIM\nbetter",
    "with SIM\nmuch better",
)

NAMES = {"sim": "with SIM", "plain": "without SIM", "paste": "pasting"}


def in_order(values: Mapping) -> dict:
    """The editor with SIM first, the one without second, then all others: each has its colour in all charts."""
    return {name: values[name] for name in (*NAMES, *values) if name in values}


# The data


def values_of(kind: str, pictures: Pictures) -> HTML:
    """One avatar with each value of a kind of attribute."""
    names = list(KINDS[kind])
    return viz.show(
        viz.image_grid,
        pictures,
        [name.replace(" ", "\n", 1) for name in names],
        columns=6,
        alt=f"The same avatar with each of the {len(names)} values of {kind}: {', '.join(names)}.",
        caption=f"One avatar with all {len(names)} values of one kind of attribute ({kind}).",
    )


def triples(edits: AvatarEdits, source: Pictures, target: Pictures, rows: Sequence[int]) -> HTML:
    """Figure 10 of the paper: triples of the data set."""
    texts = [edits.instructions[row] for row in rows]
    return viz.show(
        viz.examples,
        np.stack([source[rows], target[rows]], axis=1),
        texts,
        ["source", "target"],
        across=3,
        alt=f"{viz.count(len(texts))} triples, source and target avatar: {'; '.join(texts)}.",
        caption="The paper's figure 10, remade: triples of the test set, one for each kind of attribute that is in it. "
        "Only one thing differs; sometimes it is a few pixels.",
    )


def true_masks(
    source: Pictures, target: Pictures, kept: Float[ndarray, "n side side"], sentences: Sequence[str]
) -> HTML:
    """Source, target, true mask and what is left of the source behind it, of a few triples."""
    gate = grey(kept)
    shares = ", ".join(f"{share:.1%}" for share in 1 - kept.mean((1, 2)))
    return viz.show(
        viz.examples,
        np.stack([source, target, gate, passing(source, kept)], axis=1),
        sentences,
        ["source", "target", "true mask", "source × mask"],
        alt=f"{viz.count(len(source))} triples with their true masks, white where source and target are the same and "
        f"black where they differ, on {shares} of the pixels: {'; '.join(sentences)}.",
        caption="The mask that SIM should make: white passes, black is held back. What is held back is a middle grey, "
        "the 0 of pictures from -1 to 1.",
    )


def masks(source: Pictures, target: Pictures, made: Float[ndarray, "n side side"], sentences: Sequence[str]) -> HTML:
    """The true masks of triples beside those that the mask generator makes."""
    true = (source == target).all(-1).astype(np.float32)
    fit = ", ".join(f"{value:.2f}" for value in mask_iou(made, source, target))
    return viz.show(
        viz.examples,
        np.stack([source, target, grey(true), grey(made), passing(source, made)], axis=1),
        sentences,
        ["source", "target", "true mask", "MGen's mask", "what passes"],
        across=1,
        alt=f"{viz.count(len(source))} triples with the true mask and the generator's: {'; '.join(sentences)}. "
        f"Intersection over union of the regions held back: {fit}.",
        caption="White passes, black is held back. The last column is all that the masked encoder sees.",
    )


def passing(source: Pictures, masks: Float[ndarray, "n side side"]) -> Pictures:
    """What the masked encoder sees: sources times masks, in the range from -1 to 1."""
    return (127.5 + (source - 127.5) * masks[..., None]).round().astype(np.uint8)


# The training


def live_curves(curves: Curves, steps: int, lazy: float) -> HTML:
    """What the short run pays for its masks and its pixels; ``lazy``: what it would for masks of ones."""
    rows = [row for row, value in enumerate(curves["mask_loss"]) if value is not None]
    mask, pixels = ([curves[name][row] for row in rows] for name in ("mask_loss", "pixel_loss"))
    return viz.show(
        viz.curves,
        {"mask": mask, "pixels": pixels, "a mask of ones": [lazy] * len(mask)},
        [curves["step"][row] for row in rows],
        "step",
        "mean squared error",
        log=True,
        alt=f"Mean squared errors over {steps} steps: of the mask from {mask[0]:.2f} to {mask[-1]:.3f}, of the pixels "
        f"from {pixels[0]:.2f} to {pixels[-1]:.3f}; a mask of ones would pay {lazy:.3f}.",
        caption=f"Two numbers with a known meaning. A mask that says 0.5 everywhere pays 0.25, one that is always 1 "
        f"pays {lazy:.3f}.",
    )


def live_pictures(
    source: Pictures, target: Pictures, made: Pictures, masks: Float[ndarray, "n side side"], steps: int
) -> HTML:
    """What the short run draws, and its masks."""
    return viz.show(
        viz.examples,
        np.stack([source, target, made, grey(masks)], axis=1),
        [""] * len(made),
        ["source", "target", "generated", "mask"],
        alt=f"{viz.count(len(made))} triples of the development set after {steps} steps: source, target, generated "
        f"picture and mask; mean SSIM of generated and target {ssim(made, target).mean():.2f}.",
        caption=f"What {steps} small steps make. Is a face there yet? Does the mask know of the sentence?",
    )


def shipped_losses(runs: Mapping[str, Curves], name: str, words: str) -> HTML:
    """One loss of the shipped runs, over phases."""
    shortest = min(len(each["step"]) for each in runs.values())
    series = {NAMES[run]: each[name][:shortest] for run, each in in_order(runs).items()}
    steps = next(iter(runs.values()))["step"][:shortest]
    ends = {run: values[-1] for run, values in series.items()}
    return viz.show(
        viz.curves,
        series,
        steps,
        "step",
        words,
        log=True,
        alt=f"{words.capitalize()} over {steps[-1]:,} steps; at the end {viz.listed(ends, 3)}.",
        caption="The shipped runs, on a logarithmic axis.",
    )


def over_phases(
    films: Mapping[str, UInt8[ndarray, "n height width 3"]], phases: Sequence[int], sentence: str, column: int = 0
) -> HTML:
    """Figure 11 of the paper: one triple of the development set at some phases, without and with SIM, and the mask.

    ``films`` are previews (see :func:`ganbook.training.read_film`) after ``phases``.
    """
    chosen = np.unique(np.linspace(0, len(phases) - 1, min(6, len(phases))).round().astype(int))
    side = next(iter(films.values())).shape[2] // 12
    at = slice(column * side, (column + 1) * side)
    rows, texts = [], []
    for name, row in (("plain", 2), ("sim", 2), ("sim", 3)):
        if name in films and films[name].shape[1] >= (row + 1) * side:
            rows.append(films[name][chosen, row * side : (row + 1) * side, at])
            texts.append(NAMES[name] if row == 2 else "the mask")
    first = next(iter(films.values()))[0]
    shown = [phases[number] for number in chosen]
    ends = {
        text: ssim(pictures[-1:], first[None, side : 2 * side, at])[0]
        for text, pictures in zip(texts, rows)
        if text != "the mask"
    }
    return viz.show(
        viz.examples,
        np.stack(rows),
        texts,
        [f"phase\n{phase}" for phase in shown],
        across=1,
        alt=f"“{sentence}” after phases {', '.join(map(str, shown))}: {', '.join(texts)}. SSIM with the target at the "
        f"end: {viz.listed(ends)}.",
        caption=f"The paper's figure 11, remade for “{sentence.rstrip('.')}”.",
    )


def source_and_target(film: UInt8[ndarray, "n height width 3"], sentence: str, column: int = 0) -> HTML:
    """The triple of :func:`over_phases`."""
    side = film.shape[2] // 12
    at = slice(column * side, (column + 1) * side)
    pair = np.stack([film[0, row * side : (row + 1) * side, at] for row in (0, 1)])
    return viz.show(
        viz.examples,
        pair[None],
        [sentence],
        ["source", "target"],
        across=3,
        alt=f"Source and target of “{sentence}”.",
        caption="The triple of the next figure, of the development set.",
    )


DEVELOPMENT = {
    "dev_ssim": ("SSIM with the target", "How soon are the pictures like their targets?"),
    "dev_feature_loss": (
        "feature matching loss",
        "The paper's figure 12, remade: of the later looks, the lowest point is the model that is kept. Each run has "
        "its own D, so compare where a line turns, not how high it is.",
    ),
}


def development(runs: Mapping[str, Curves], name: str, level: float | None = None) -> HTML:
    """What the runs found on the development set, against phases; ``name`` is one of ``DEVELOPMENT``."""
    words, caption = DEVELOPMENT[name]
    found = {NAMES[run]: looks_of(curves, name) for run, curves in in_order(runs).items()}
    shortest = min(len(phases) for phases, _ in found.values())
    phases = next(iter(found.values()))[0][:shortest]
    series = {run: values[:shortest] for run, (_, values) in found.items()}
    ends = "; ".join(f"{run} from {values[0]:.2f} to {values[-1]:.2f}" for run, values in series.items())
    if level is not None:
        series["level"] = [level] * shortest
        caption += f" The level is {level:.2f}."
    return viz.show(
        viz.curves,
        series,
        phases,
        "phase",
        words,
        alt=f"{words[0].upper()}{words[1:]} on the development set over phases {phases[0]} to {phases[-1]}: {ends}.",
        caption=caption,
    )


# Like the target, and right


def likeness(values: Mapping[str, Float[ndarray, " n"]]) -> HTML:
    """Figure 13 of the paper: SSIM with the target; ``values`` by what made the pictures."""
    series = {NAMES.get(name, name): each for name, each in in_order(values).items()}
    means = "; ".join(f"{name}, mean {each.mean():.2f}" for name, each in series.items())
    return viz.show(
        viz.distributions,
        series,
        "SSIM",
        "share of triples",
        bins=30,
        alt=f"Distributions of SSIM with the target: {means}.",
        caption="The paper's figure 13, remade, with doing nothing beside it. Dashed: means.",
    )


def gain(differences: Float[ndarray, " n"]) -> HTML:
    """SSIM with SIM minus SIM without, triple by triple."""
    low, high = bootstrap_interval(differences)
    return viz.show(
        viz.distributions,
        {"with - without": differences},
        "difference of SSIM, the same triple",
        "share of triples",
        bins=30,
        alt=f"Distribution of the paired differences of SSIM, with SIM less without: mean {differences.mean():.3f}, "
        f"95 % interval {low:.3f} to {high:.3f}; above zero on {(differences > 0).mean():.0%} of the triples.",
        caption="Each triple is its own control. Dashed: the mean.",
    )


def by_likeness(
    source: Pictures,
    target: Pictures,
    made: Mapping[str, Pictures],
    sentences: Sequence[str],
    like: Float[ndarray, " n"],
    count: int = 4,
) -> HTML:
    """Triples at evenly spaced ranks of SSIM, the best first."""
    rows = like.argsort()[np.linspace(0, len(like) - 1, count).astype(int)][::-1]
    texts = [f"{sentences[row].rstrip('.')}: {like[row]:.2f}" for row in rows]
    return viz.show(
        viz.examples,
        np.stack([source, target, *made.values()], axis=1)[rows],
        texts,
        ["source", "target", *(NAMES[name] for name in made)],
        alt=f"{viz.count(len(rows))} test triples from the best to the worst SSIM of the editor with SIM: "
        f"{'; '.join(texts)}.",
        caption="Evenly spaced ranks of SSIM (with SIM), from the best to the worst.",
    )


def votes(counts: Sequence[float] = VOTES) -> HTML:
    """Figure 14 of the paper: which picture is closer to what was meant."""
    each = viz.listed({name.replace("\n", " "): 100 * share for name, share in zip(STEPS, counts)}, 0)
    return viz.show(
        viz.grouped_bars,
        {"votes of the paper's crowd": [100 * share for share in counts]},
        STEPS,
        "% of 1,380 votes",
        alt=f"Per cent of votes: {each}.",
        caption="The paper's figure 14: its votes, not ours.",
    )


def stand_in(shares: Mapping[str, tuple[float, float]]) -> HTML:
    """What a machine can say in place of people: named attribute moved, others kept; by who made the pictures."""
    each = "; ".join(
        f"{NAMES.get(name, name)}: moved {moved:.2f}, kept {kept:.2f}" for name, (moved, kept) in shares.items()
    )
    return viz.show(
        viz.grouped_bars,
        {NAMES.get(name, name): list(pair) for name, pair in shares.items()},
        ["named attribute moved", "others kept"],
        "share, read by the judge",
        alt=f"What the judge reads: {each}.",
        caption="The stand-in. An editor must do both at once: doing nothing keeps everything and moves nothing.",
    )


def unnamed(
    source: Pictures,
    target: Pictures,
    made: Mapping[str, Pictures],
    masks: Float[ndarray, "n side side"] | None,
    sentences: Sequence[str],
) -> HTML:
    """Figure 15 of the paper: results without and with SIM, each with its change map, and the mask."""
    columns, kinds = [source, target], ["source", "target"]
    for name in ("plain", "sim"):
        if name in made:
            columns += [made[name], change_map(made[name], source)]
            kinds += [NAMES[name], "its change"]
    if masks is not None:
        columns, kinds = [*columns, grey(masks)], [*kinds, "the mask"]
    changes = {
        NAMES[name]: np.abs(pictures.astype(float) - source).mean() / 255 for name, pictures in sorted(made.items())
    }
    return viz.show(
        viz.examples,
        np.stack(columns, axis=1),
        sentences,
        kinds,
        across=1,
        alt=f"{viz.count(len(source))} edits without and with SIM, with maps of the change: {'; '.join(sentences)}. "
        f"Mean absolute change of all pixels: {viz.listed(changes, 3)}; a perfect editor "
        f"{np.abs(target.astype(float) - source).mean() / 255:.3f}.",
        caption="The paper's figure 15, remade. In the change maps black is no change, white a quarter of the range or "
        "more: is anything bright that nobody named?",
    )


def pasted(sim: UInt8[ndarray, "h w 3"], paste: UInt8[ndarray, "h w 3"], sentences: Sequence[str]) -> HTML:
    """The last previews of the editors with SIM and with pasting, of the first few triples."""
    side = sim.shape[1] // 12

    def row_of(preview: UInt8[ndarray, "h w 3"], row: int) -> Pictures:
        cells = preview[row * side : (row + 1) * side].reshape(side, -1, side, 3)
        return cells.swapaxes(0, 1)[: len(sentences)]

    source, target, with_sim, result, mask = (
        row_of(preview, row) for preview, row in ((sim, 0), (sim, 1), (sim, 2), (paste, 2), (paste, 3))
    )
    like = {name: ssim(each, target).mean() for name, each in (("sim", with_sim), ("paste", result))}
    return viz.show(
        viz.examples,
        np.stack([source, target, with_sim, result, mask], axis=1),
        sentences,
        ["source", "target", NAMES["sim"], NAMES["paste"], "its mask"],
        across=1,
        alt=f"{viz.count(len(source))} edits with SIM and by pasting: {'; '.join(sentences)}. Mean SSIM with the "
        f"targets: {viz.listed({NAMES[name]: value for name, value in like.items()})}.",
        caption="Where the mask is white, the source is pasted. Triples of the development set.",
    )


def masks_by_sentence(source: Pictures, masks: Float[ndarray, "n side side"], sentences: Sequence[str]) -> HTML:
    """One avatar's masks under several sentences."""
    held = {sentence: float(share) for sentence, share in zip(sentences, 1 - masks.mean((1, 2)))}
    return viz.show(
        viz.image_grid,
        np.concatenate([source[:1], grey(masks)]),
        ["the avatar", *(sentence.replace(" ", "\n", 1) for sentence in sentences)],
        columns=5,
        alt=f"The masks of one avatar; how much of the picture each holds back: {viz.listed(held)}.",
        caption="The same avatar, other words: what is held back?",
    )


def mean_masks(means: Mapping[str, tuple[Float[ndarray, "side side"], Float[ndarray, "side side"]]]) -> HTML:
    """What the true masks hold back on average, and what the generator's do, by kind of attribute."""
    close = {kind: float(np.corrcoef(true.ravel(), ours.ravel())[0, 1]) for kind, (true, ours) in means.items()}
    scale = {kind: max(true.max(), 1e-9) for kind, (true, _) in means.items()}
    pairs = [grey(np.stack([true, ours]) / scale[kind]) for kind, (true, ours) in means.items()]
    return viz.show(
        viz.examples,
        np.stack(pairs),
        [f"{kind}: {close[kind]:.2f}" for kind in means],
        ["true", "MGen's"],
        across=5,
        alt="Mean of what is held back by kind of attribute, by the true masks and by those of the mask generator; "
        f"correlation over pixels: {viz.listed(close)}.",
        caption="What is held back for each kind of attribute, the mean over its test triples. Brightness: how often, "
        "relative to the true masks' brightest pixel. With the correlation of the two.",
    )


# What the sentences mean


def opposites(cosines: Float[ndarray, "10 10"]) -> HTML:
    """Figure 16 of the paper: cosines of five sentences and their opposites; sentence 2k + 1 is the opposite of 2k."""
    names = [f"{pair}{side}" for pair in range(1, 6) for side in "ab"]
    of_pairs = {f"{pair + 1}a and {pair + 1}b": cosines[2 * pair, 2 * pair + 1] for pair in range(5)}
    apart = ~np.kron(np.eye(5, dtype=bool), np.ones((2, 2), dtype=bool))
    return viz.show(
        viz.block_maps,
        [cosines],
        [names],
        [names],
        ["five pairs of opposites"],
        "cosine",
        alt=f"Map of the cosines of ten sentences. Opposites: {viz.listed(of_pairs)}; mean of sentences of different "
        f"pairs {cosines[apart].mean():.2f}.",
        caption="The paper's figure 16, remade. Red: alike, blue: opposed. Opposites stand beside each other: look at "
        "the small squares next to the diagonal.",
    )


def kinds_of_pairs(groups: Mapping[str, Float[ndarray, " n"]]) -> HTML:
    """Cosines of several kinds of pairs of sentences."""
    medians = {name: float(np.median(values)) for name, values in groups.items()}
    return viz.show(
        viz.boxes,
        groups,
        "cosine",
        alt=f"Box plot of the cosines of pairs of sentences; medians: {viz.listed(medians)}.",
        caption="If opposites were opposed, their box would lie below zero, as for “expand” and “compress” of the "
        "digits.",
    )


STUDIED = {
    "cos_opposites_first": "opposite",
    "cos_unrelated_first": "another attribute",
    "cos_opposites": "opposite, in all forms learned",
}


def forms_study(found: Mapping[int, Mapping[str, Sequence[float]]]) -> HTML:
    """Cosines against the number of surface forms; ``found`` by that number, then by name, one value a seed."""
    forms = sorted(found)
    series = {
        words: tuple([summary(found[n][name]) for n in forms] for summary in (np.mean, min, max))
        for name, words in STUDIED.items()
    }
    ends = "; ".join(
        f"{words} {means[0]:.2f} with {forms[0]}, {means[-1]:.2f} with {forms[-1]}"
        for words, (means, _, _) in series.items()
    )
    seeds = min(len(each["cos_opposites"]) for each in found.values())
    return viz.show(
        viz.lines_with_intervals,
        series,
        forms,
        "surface forms of each kind of attribute",
        "mean cosine",
        log=True,
        alt=f"Mean cosines of pairs of sentences against the number of surface forms in training: {ends}.",
        caption="Small editors that learned to read few ways to say a thing, or many; asked in the first form, or in "
        "all that they learned. "
        + (f"Bands: the least and the most of {seeds} seeds." if seeds > 1 else "One seed each."),
    )


# Chains


def chain_numbers(values: Mapping[str, Float[ndarray, "steps n"]], words: str, caption: str) -> HTML:
    """What is kept after each of several instructions, with 95 % intervals over avatars."""
    series = {NAMES.get(name, name): _with_intervals(each) for name, each in in_order(values).items()}
    steps = len(next(iter(values.values())))
    ends = "; ".join(f"{name} from {means[0]:.2f} to {means[-1]:.2f}" for name, (means, _, _) in series.items())
    return viz.show(
        viz.lines_with_intervals,
        series,
        range(1, steps + 1),
        "instructions given",
        words,
        alt=f"{words} over {steps} instructions: {ends}.",
        caption=f"{caption} Bands: 95 % bootstrap intervals over avatars.",
    )


def _with_intervals(values: ndarray) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
    """Means of rows, and the lower and upper ends of their intervals."""
    return values.mean(1), *zip(*(bootstrap_interval(row) for row in values.astype(float)))


def chain_pictures(
    chain: Chain, made: Mapping[str, UInt8[ndarray, "steps n side side 3"]], like: Float[ndarray, " n"]
) -> HTML:
    """The chain of median likeness: the true pictures, and each editor's."""
    one = int(np.abs(like - np.median(like)).argmin())
    told = [step[one] for step in chain.told]
    rows = [np.stack([chain.start[one], *each[:, one]]) for each in (chain.truth, *made.values())]
    return viz.show(
        viz.examples,
        np.stack(rows),
        ["the true pictures", *(NAMES[name] for name in made)],
        ["start", *(f"{number}." for number in range(1, len(told) + 1))],
        across=1,
        alt=f"A chain of median quality: {'; '.join(told)}. The true pictures, and those of the editors "
        f"{' and '.join(NAMES[name] for name in made)}, each made from its own last one.",
        caption="; ".join(f"{number}. {text}" for number, text in enumerate(told, start=1))
        + ". The chain of median likeness with SIM.",
    )


# Where it fails


def not_moved(
    source: Pictures, target: Pictures, made: Pictures, sentences: Sequence[str], rows: Int[ndarray, " few"], total: int
) -> HTML:
    """Pictures in which the judge does not find the named attribute moved."""
    texts = [sentences[row] for row in rows]
    return viz.show(
        viz.examples,
        np.stack([source, target, made, change_map(made, source)], axis=1)[rows],
        texts,
        ["source", "target", "with SIM", "its change"],
        alt=f"{viz.count(len(texts))} edits that the judge does not find made: {'; '.join(texts)}.",
        caption=f"The first {len(texts)} of {total} pictures in which the judge finds the old value more likely than "
        "the new.",
    )
