"""Studies of the page: pictures to look at, contexts mixed, stages and schedules compared, numbers over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Int, UInt8
from numpy import ndarray
from torch import Tensor

from ganbook.chapters.context_aware.analysis import Trials, passes
from ganbook.chapters.context_aware.config import STAGES, Config
from ganbook.chapters.context_aware.context import NOT_SAID, WHERE, WHO, Seen, said
from ganbook.chapters.context_aware.inference import Painter, nothing_seen
from ganbook.chapters.context_aware.judge import SceneReader, Verdict
from ganbook.chapters.context_aware.model import picture_sizes
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.data.scenes import INDOORS, OUTDOORS, Scenes
from ganbook.metrics import kernel_distance

Curves = Mapping[str, Sequence[float | None]]
"""What :func:`ganbook.training.read_curves` gives."""

Pictures = UInt8[ndarray, "n height width 3"]

LEVEL = 1_500
"""The KID (times 1,000) that a stage passes when it is called ready."""

LEVELS = (1_200, 1_400, 1_600, 1_800, 2_000)
"""Other levels, at which the order of the stages is looked at."""

ABOVE = 1.25
"""The level of the study of weights lies above what all its runs have at the end, by this factor."""

# Pictures to look at


def enlarged(pictures: UInt8[ndarray, "*n h w 3"], size: tuple[int, int]) -> UInt8[ndarray, "*n height width 3"]:
    """Pictures of an earlier stage at another size, each pixel as a square; the last column is repeated as needed."""
    times = size[0] // pictures.shape[-3]
    large = pictures.repeat(times, -3).repeat(times, -2)
    missing = size[1] - large.shape[-2]
    return np.pad(large, [(0, 0)] * (large.ndim - 2) + [(0, missing), (0, 0)], mode="edge")


def same_size(stages: Sequence[UInt8[ndarray, "*n h w 3"]]) -> list[ndarray]:
    """The pictures of all stages at the size of the last."""
    return [enlarged(each, stages[-1].shape[-3:-1]) for each in stages]


def one_of_each_place(scenes: Scenes) -> list[int]:
    """The first scene of each kind of place, in the order of the places."""
    places = scenes.places.tolist()
    return [places.index(place) for place in sorted(set(places))]


def two_contexts(scenes: Scenes, number: int = 0) -> UInt8[Tensor, "2 3 height width"]:
    """A context picture from indoors and one from outdoors: number so-and-so of each, with the same person if there is
    one in both.
    """
    inside, outside = (torch.nonzero(scenes.outdoors == place).flatten() for place in (INDOORS, OUTDOORS))
    first = inside[number % len(inside)]
    same = outside[scenes.people[outside] == scenes.people[first]]
    second = same[0] if len(same) else outside[number % len(outside)]
    return scenes.pictures[torch.stack([first, second])]


def context_of(scenes: Scenes, person: int) -> int:
    """The first scene that is about a person.

    Raises:
        ValueError: none is.
    """
    return scenes.people.tolist().index(person)


# What is mixed


@torch.no_grad()
def outdoors_by_mixture(
    painter: Painter, judge: SceneReader, texts: Sequence[str], shares: Sequence[float], seed: int = 0
) -> list[float]:
    """How often the judge reads "outdoors" if the place's vector is (1 - share, share), for each share; texts that name
    no place, without a person from the context.

    The painter gets the vectors as they are, also one that learned from one-hot vectors only.
    """
    soft = replace(painter, config=replace(painter.config, hard=False))
    spoken, found = said(texts), []
    for share in shares:
        seen = Seen(torch.tensor([[1 - share, share]]).repeat(len(texts), 1), torch.zeros(len(texts), WHO))
        verdict = judge(soft.paint(texts, spoken, seen, seed)[-1])
        found.append(float((verdict.outdoors.argmax(1) == OUTDOORS).float().mean()))
    return found


def place_of_words(painter: Painter, judge: SceneReader, tried: Trials, seed: int = 0) -> dict[str, float]:
    """Of texts that name a place: how often the judge reads that place, by what the slot of the place says.

    Returns:
        "filled": the slot says the same; "open": it says nothing, so that the words are alone; "contradicted": it says
        the other place.
    """
    rows = torch.nonzero(~tried.open_place).flatten()
    texts, spoken = [tried.texts[row] for row in rows], tried.said.take(rows)
    silent = spoken._replace(place=torch.full_like(spoken.place, NOT_SAID))
    nothing = nothing_seen(len(texts))
    other = nothing._replace(outdoors=torch.eye(WHERE)[1 - spoken.place])
    shares = {}
    for name, told in {"filled": (spoken, nothing), "open": (silent, nothing), "contradicted": (silent, other)}.items():
        read_as = judge(painter.paint(texts, *told, seed)[-1]).outdoors.argmax(1)
        shares[name] = float((read_as == spoken.place).float().mean())
    return shares


# What goes wrong


def wrong_place(verdict: Verdict, tried: Trials) -> Bool[Tensor, " n"]:
    """Pictures whose text leaves the place open and in which the judge reads the other place than the context's."""
    return tried.open_place & (verdict.outdoors.argmax(1) != tried.outdoors)


def missing_things(verdict: Verdict, tried: Trials) -> Int[Tensor, " n"]:
    """Of each picture the number of things that its text names and the judge does not see."""
    there = verdict.things > 0
    return torch.tensor([sum(not there[row, thing] for thing in things) for row, things in enumerate(tried.things)])


# Stages over training


def looks_of(curves: Curves, name: str) -> tuple[list[int], list[float]]:
    """Steps at which a number was measured, and its values."""
    found = [(round(step), value) for step, value in zip(curves["step"], curves[name]) if value is not None]
    return [step for step, _ in found], [value for _, value in found]


def smoothed(values: Sequence[float], parts: int = 40) -> list[float]:
    """Means over about so many equal parts of a curve."""
    return [float(part.mean()) for part in np.array_split(np.asarray(values, float), min(parts, len(values)))]


def passed(curves: Curves, level: float) -> dict[str, int]:
    """``passes_1`` to ``passes_3``: the steps after which each stage stays below a level; without those that do not."""
    found = {f"passes_{stage}": passes(curves, stage, level) for stage in range(1, STAGES + 1)}
    return {name: step for name, step in found.items() if step is not None}


def orders(curves: Curves, levels: Sequence[float] = LEVELS) -> dict[str, float]:
    """Whether the order of the stages is that of the paper, whichever level is asked about.

    Returns:
        ``last_stage_first``: share of the levels that the last stage passes before both others; ``order_of_paper``:
        share of those that it passes first and the first stage last. A stage that never passes is the last.
    """
    steps = [passed(curves, level) for level in levels]
    ready = [[each.get(f"passes_{stage}", np.inf) for stage in range(1, STAGES + 1)] for each in steps]
    return {
        "last_stage_first": float(np.mean([third < min(first, second) for first, second, third in ready])),
        "order_of_paper": float(np.mean([third < second < first for first, second, third in ready])),
    }


def yardsticks(judge: SceneReader, scenes: Scenes, config: Config) -> dict[str, list[float]]:
    """What KIDs (times 1,000) mean at the size of each stage: between two halves of real scenes, and between all of
    them and the same ones at half the resolution.
    """
    kids: dict[str, list[float]] = {"two halves of real scenes": [], "real scenes at half the resolution": []}
    for height, width in picture_sizes(config):
        real = F.adaptive_avg_pool2d(from_bytes(scenes.pictures), (height, width))
        coarse = F.interpolate(F.adaptive_avg_pool2d(real, (height // 2, width // 2)), (height, width), mode="bilinear")
        sharp, blurred = (judge.features(to_bytes(each)) for each in (real, coarse))
        for known, (first, second) in zip(kids.values(), ((sharp[::2], sharp[1::2]), (sharp, blurred))):
            known.append(1e3 * kernel_distance(first, second))
    return kids


SCHEDULES = ("uniform", "coarse_first", "fade")


def compared_schedules(runs: Mapping[str, Mapping[int, Curves]]) -> dict[str, list[float]]:
    """The study of stage weights: each number once for each seed that all schedules have.

    Args:
        runs: curves by schedule, then by seed; at least of ``uniform`` and another one.

    Returns:
        ``level_weights`` (one number: ``ABOVE`` times the largest KID of the last stage at the end of any run), the
        step after which the last stage stays below it by schedule (``passes_<schedule>``), its KID at the end
        (``kid_end_<schedule>``), and for the others the share of the steps of ``uniform`` that they save
        (``gain_<schedule>``).
    """
    seeds = sorted(set.intersection(*(set(each) for each in runs.values())))
    ends = {name: [looks_of(each[seed], f"kid_{STAGES}")[1][-1] for seed in seeds] for name, each in runs.items()}
    level = ABOVE * max(map(max, ends.values()))
    steps = {name: [passes(each[seed], STAGES, level) for seed in seeds] for name, each in runs.items()}
    gains = {
        name: [1 - step / usual for step, usual in zip(values, steps["uniform"], strict=True)]
        for name, values in steps.items()
        if name != "uniform"
    }
    found = {"passes": {name: list(map(float, each)) for name, each in steps.items()}, "kid_end": ends, "gain": gains}
    numbers = {f"{what}_{name}": each for what, by_name in found.items() for name, each in by_name.items()}
    return {"level_weights": [level], **numbers}


# Numbers over training seeds

OF_PAGE = {
    **{
        name: ("main", name)
        for name in (
            "place_from_context",
            "place_from_context_indoors",
            "place_from_context_outdoors",
            "place_against_things",
            "place_from_text",
            "r_precision",
            "r_precision_no_context",
            "entities",
            "entities_else",
            "entities_animal",
            "entities_animal_else",
            "entities_largeobject",
            "entities_largeobject_else",
            "entities_smallobject",
            "entities_smallobject_else",
        )
    },
    "place_if_context_wins": ("main", "place_from_context_if_it_wins"),
    "person_place_only": ("main", "person_from_context"),
    "person_from_context": ("foreground", "person_from_context"),
    "person_fits_text": ("foreground", "person_fits_text"),
    "person_chance": ("foreground", "person_chance"),
    "place_foreground": ("foreground", "place_from_context"),
    "r_precision_foreground": ("foreground", "r_precision"),
    "place_text_only": ("text_only", "place_from_context"),
    "person_text_only": ("text_only", "person_from_context"),
    "r_precision_text_only": ("text_only", "r_precision"),
    "entities_text_only": ("text_only", "entities"),
    "place_uniform": ("uniform", "place_from_context"),
    "r_precision_uniform": ("uniform", "r_precision"),
    "place_soft": ("soft_context", "place_from_context"),
    "r_precision_soft": ("soft_context", "r_precision"),
}
"""The page's numbers of GANs: of which variant, and what its record calls them."""


def numbers_of(found: Mapping[str, Mapping[int, Mapping[str, float]]]) -> dict[str, dict[int, float]]:
    """The page's numbers by seed, of what was measured: ``found`` by variant, then by seed, then by name."""
    return {
        name: {seed: numbers[key] for seed, numbers in found[variant].items() if key in numbers}
        for name, (variant, key) in OF_PAGE.items()
        if found.get(variant)
    }
