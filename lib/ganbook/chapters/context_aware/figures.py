"""The figures of the page, one function each: data in, the figure with caption and an alt text made from the data out.

Pictures are uint8 (n, height, width, 3). What is returned can be displayed (see :func:`ganbook.viz.show`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML
from jaxtyping import UInt8
from numpy import ndarray

from ganbook import viz
from ganbook.chapters.context_aware.config import STAGES
from ganbook.chapters.context_aware.studies import SCHEDULES, Curves, Pictures, looks_of, same_size, smoothed

Film = UInt8[ndarray, "moments prompts h w 3"]

SCHEDULE_NAMES = {"uniform": "uniform", "coarse_first": "coarse first", "fade": "fade"}

LOSSES = {"d_loss": ("discriminators", "6"), "g_loss": ("generators", "7")}


# The data


def scenes(pictures: Pictures, places: Sequence[str], captions: Sequence[str]) -> HTML:
    """A scene of each place with one of its captions."""
    told = "; ".join(f"{place}: {text}" for place, text in zip(places, captions))
    return viz.show(
        viz.examples,
        pictures[:, None],
        [f"{place}: {text}" for place, text in zip(places, captions)],
        [""],
        across=3,
        alt=f"{viz.count(len(pictures))} scenes, each with place and caption. {told.rstrip('.')}.",
        caption="Test scenes at the size that networks see, each with its first caption. How many of these captions "
        "tell you where it is?",
    )


def recognised(pictures: Pictures, answers: Sequence[str]) -> HTML:
    """Context pictures and what the recognisers make of them."""
    return viz.show(
        viz.examples,
        pictures[:, None],
        answers,
        [""],
        across=3,
        alt=f"{viz.count(len(pictures))} context pictures and what the recognisers say of them: {'; '.join(answers)}.",
        caption="Context pictures with the most likely place and person, and how likely each is.",
    )


# The objective


def two_forms(logits: Sequence[float], gradients: Mapping[str, Sequence[float]]) -> HTML:
    """How strongly a generator is pulled by the two printed forms of its loss, against D's logit of its picture."""
    sure = {name: abs(values[0]) for name, values in gradients.items()}
    return viz.show(
        viz.curves,
        gradients,
        logits,
        "D's logit of a generated picture (left: sure that it is generated)",
        "gradient",
        alt=f"Gradients of the two forms against the logit from {logits[0]:g} to {logits[-1]:g}. Their sizes where D "
        f"is surest that a picture is generated: {viz.listed(sure, 3)}.",
        caption="Both pull the logit up (descending a negative gradient). Where D is sure, at the left, one form pulls "
        "with full strength, the other hardly at all.",
    )


# The training


def losses(curves: Curves, name: str, shipped: bool = True) -> HTML:
    """Figures 6 and 7 of the paper: the loss of each stage's players, as means over parts of the training."""
    players, figure = LOSSES[name]
    series = {f"stage {k}": smoothed(looks_of(curves, f"{name}_{k}")[1]) for k in range(1, STAGES + 1)}
    steps = smoothed(looks_of(curves, f"{name}_1")[0])
    ends = "; ".join(f"{stage} from {values[0]:.2f} to {values[-1]:.2f}" for stage, values in series.items())
    caption = f"The paper's figure {figure}, remade, stage by stage." if shipped else "The short run."
    return viz.show(
        viz.curves,
        series,
        steps,
        "step",
        f"loss of the {players}",
        alt=f"Loss of the {players} of each stage up to step {curves['step'][-1]:,.0f}: {ends}.",
        caption=f"{caption} Means over parts of the training.",
    )


def distances(curves: Curves, level: float) -> HTML:
    """How far each stage's pictures are from real ones of their size, over the training."""
    found = {f"stage {k}": looks_of(curves, f"kid_{k}") for k in range(1, STAGES + 1)}
    series = {name: values for name, (_, values) in found.items()}
    steps = found["stage 1"][0]
    ends = "; ".join(f"{name} from {values[0]:.0f} to {values[-1]:.0f}" for name, values in series.items())
    return viz.show(
        viz.curves,
        series | {"level": [level] * len(steps)},
        steps,
        "step",
        "1,000 KID",
        log=min(map(min, series.values())) > 0,
        alt=f"1,000 KID of each stage on the development set over {steps[-1]:,} steps: {ends}; level {level:.0f}.",
        caption="Distance of each stage's pictures from real pictures of the same size, in the judge's features. "
        "Below the line a stage is called ready.",
    )


def stages_over_training(
    stages: Sequence[Film], steps: Sequence[int], prompt: int, text: str, moments: int = 5
) -> HTML:
    """Figure 8 of the paper: what each stage draws of one prompt at some moments of the training."""
    chosen = np.unique(np.linspace(0, len(steps) - 1, min(moments, len(steps))).round().astype(int))
    rows = np.stack([each[chosen, prompt] for each in same_size(list(stages))])
    when = [f"{steps[number]:,}" for number in chosen]
    return viz.show(
        viz.examples,
        rows,
        [f"stage {k}" for k in range(1, STAGES + 1)],
        [f"step\n{step}" for step in when],
        across=1,
        alt=f"“{text}” by the three stages at steps {', '.join(when)}.",
        caption=f"The paper's figure 8, remade for “{text.rstrip('.')}”.",
    )


def live_pictures(stages: Sequence[Pictures], prompts: Sequence[tuple[str, str]], steps: int) -> HTML:
    """What the short run draws, all stages."""
    told = [f"{text.rstrip('.')} ({place})" for text, place in prompts]
    return viz.show(
        viz.examples,
        np.stack(same_size(list(stages)), axis=1),
        told,
        [f"stage {k}" for k in range(1, STAGES + 1)],
        across=2,
        alt=f"{viz.count(len(prompts))} prompts by the three stages after {steps} steps: {'; '.join(told)}.",
        caption=f"What {steps} small steps make; in brackets the place of the context picture. Can you tell rooms from "
        "open air yet?",
    )


# What comes from where


def another_context(texts: Sequence[str], contexts: Pictures, made: UInt8[ndarray, "two n h w 3"]) -> HTML:
    """Figure 5 of the paper: the same texts with a context from indoors and one from outdoors.

    Args:
        contexts: two pictures.
        made: what was painted with each.
    """
    pictures = np.concatenate([np.stack([contexts[0], contexts[1]])[None], made.swapaxes(0, 1)])
    return viz.show(
        viz.examples,
        pictures,
        ["the two context pictures", *(text.rstrip(".") for text in texts)],
        ["context from indoors", "context from outdoors"],
        across=2,
        alt=f"Two context pictures, one from indoors and one from outdoors, and what is painted with each of them for "
        f"{len(texts)} texts: {'; '.join(text.rstrip('.') for text in texts)}.",
        caption="The paper's figure 5, remade. Beside each other: the same text, the same z, another context.",
    )


def stages_of(texts: Sequence[str], stages: Sequence[Pictures]) -> HTML:
    """The three stages' pictures of some texts."""
    return viz.show(
        viz.examples,
        np.stack(same_size(list(stages)), axis=1),
        [text.rstrip(".") for text in texts],
        [f"stage {k}" for k in range(1, STAGES + 1)],
        across=1,
        alt=f"{viz.count(len(texts))} texts by the three stages: {'; '.join(text.rstrip('.') for text in texts)}.",
        caption="The chain: each stage gets the picture of the one before, with text and context again.",
    )


def contradictions(texts: Sequence[str], contexts: Pictures, by_text: Pictures, by_context: Pictures) -> HTML:
    """Texts that name another place than the context picture shows, painted by both rules."""
    return viz.show(
        viz.examples,
        np.stack([contexts, by_text, by_context], axis=1),
        [text.rstrip(".") for text in texts],
        ["context", "text decides", "context decides"],
        across=1,
        alt=f"{viz.count(len(texts))} texts with context pictures that contradict them, painted by both rules: "
        f"{'; '.join(text.rstrip('.') for text in texts)}.",
        caption="The words are the same in both columns, as is the text's vector; only the place's vector differs.",
    )


def mixture(shares: Sequence[float], outdoors: Mapping[str, Sequence[float]]) -> HTML:
    """Where the picture flips if the place's vector is neither of the two one-hot vectors."""
    series = {"as mixed": list(shares)} | dict(outdoors)
    found = "; ".join(f"{name} {', '.join(f'{value:.2f}' for value in values)}" for name, values in outdoors.items())
    return viz.show(
        viz.curves,
        series,
        shares,
        "outdoors in the vector of the place",
        "read as outdoors",
        alt=f"Share of the pictures that the judge reads as outdoors against the share of outdoors in the vector, from "
        f"{shares[0]:g} to {shares[-1]:g}: {found}.",
        caption="A vector between the two one-hot ones. The straight line is what a mixture would be if pictures "
        "mixed as vectors do.",
    )


def people(text: str, contexts: Pictures, made: Mapping[str, Pictures], names: Sequence[str]) -> HTML:
    """One text with context pictures of different people.

    Args:
        made: pictures by what painted them.
        names: who is in each context picture.
    """
    return viz.show(
        viz.examples,
        np.stack([contexts, *made.values()], axis=1),
        names,
        ["context", *made],
        across=1,
        alt=f"“{text}” with {len(names)} context pictures, of: {'; '.join(names)}. Columns: the context picture, "
        f"{', '.join(made)}.",
        caption=f"“{text.rstrip('.')}”: whom does the picture show? Above each row, who is in the context picture.",
    )


def schedules(runs: Mapping[str, Mapping[int, Curves]], stage: int, level: float | None = None) -> HTML:
    """One stage's KID over the training with each schedule of stage weights; ``runs`` by schedule, then by seed."""
    found = {
        name: [looks_of(curves, f"kid_{stage}") for curves in runs[name].values()] for name in SCHEDULES if name in runs
    }
    steps = min((looks for seeds in found.values() for looks, _ in seeds), key=len)
    series = {}
    for name, seeds in found.items():
        values = np.array([kid[: len(steps)] for _, kid in seeds])
        series[SCHEDULE_NAMES[name]] = values.mean(0), values.min(0), values.max(0)
    ends = "; ".join(f"{name} {means[0]:.0f} to {means[-1]:.0f}" for name, (means, _, _) in series.items())
    if level is not None:
        series["level"] = ([level] * len(steps),) * 3
    count = min(len(each) for each in runs.values())
    return viz.show(
        viz.lines_with_intervals,
        series,
        steps,
        "step",
        "1,000 KID",
        log_y=min(min(least) for _, least, _ in series.values()) > 0,
        alt=f"1,000 KID of stage {stage} on the development set up to step {steps[-1]:,}: {ends}.",
        caption=f"Stage {stage} with {len(series) - (level is not None)} schedules of stage weights. "
        + (f"Bands: the least and the most of {count} seeds." if count > 1 else "One seed each."),
    )


# Where it fails


def failed(
    texts: Sequence[str], contexts: Pictures, made: Pictures, what: Sequence[str], total: int, kind: str
) -> HTML:
    """Pictures in which the judge does not find what was asked for.

    Args:
        what: is wrong with each.
        total: how many there are.
        kind: of failure, in words that go on "... in which".
    """
    told = [f"{text.rstrip('.')}: {wrong}" for text, wrong in zip(texts, what)]
    return viz.show(
        viz.examples,
        np.stack([contexts, made], axis=1),
        told,
        ["context", "painted"],
        across=2,
        alt=f"{viz.count(len(told))} pictures in which {kind}: {'; '.join(told)}.",
        caption=f"The first {len(told)} of {total} pictures in which {kind}.",
    )


def odd(names: Sequence[str], contexts: Pictures, painted: Pictures) -> HTML:
    """What is painted of odd texts and context pictures."""
    return viz.show(
        viz.examples,
        np.stack([contexts, painted], axis=1),
        list(names),
        ["context", "painted"],
        across=2,
        alt=f"Context picture and painted picture of each of these: {'; '.join(names)}.",
        caption="Each of these is painted, too. The last two differ in the context picture alone.",
    )
