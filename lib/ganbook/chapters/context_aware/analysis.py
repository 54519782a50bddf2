"""What the GAN does: who decides on place and person, whether pictures follow the text, which stage is ready when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from ganbook.chapters.context_aware.context import NOT_SAID, WHERE, WHO, Said, Seen, Winner, said
from ganbook.chapters.context_aware.inference import Painter, nothing_seen
from ganbook.chapters.context_aware.judge import SceneReader, things_of
from ganbook.chapters.context_aware.recognisers import Recognition
from ganbook.chapters.context_aware.text import Embedding, captions_of
from ganbook.data.scene_language import read
from ganbook.data.scenes import THINGS, Scenes

CANDIDATES = 10
"""Captions among which a picture's own is looked for."""


@dataclass(frozen=True)
class Trials:
    """Texts, and what their context pictures show.

    Attributes:
        texts: captions of test scenes.
        said: what they say.
        things: numbers of the things that each names.
        outdoors, person: what the context picture shows, 0 or 1, and 0..19.
    """

    texts: tuple[str, ...]
    said: Said
    things: tuple[tuple[int, ...], ...]
    outdoors: Int[Tensor, " n"]
    person: Int[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def seen(self) -> Seen:
        """What recognisers that never err say of the context pictures."""
        one_hot = torch.nn.functional.one_hot
        return Seen(one_hot(self.outdoors, WHERE).float(), one_hot(self.person, WHO).float())

    @property
    def open_place(self) -> Bool[Tensor, " n"]:
        """Which texts leave the place open: they name none."""
        return self.said.place == NOT_SAID

    @property
    def neutral(self) -> Bool[Tensor, " n"]:
        """Which texts name no place and nothing that is found in one kind of place only."""
        both = [all(THINGS[thing].belongs == "both" for thing in named) for named in self.things]
        return self.open_place & torch.tensor(both, dtype=torch.bool)

    @property
    def open_person(self) -> Bool[Tensor, " n"]:
        """Which texts name a person whom the context makes specific: several are meant, and the one seen is one."""
        meant = self.said.people
        return (meant.sum(1) > 1) & meant.gather(1, self.person[:, None])[:, 0]


def trials(scenes: Scenes, n: int, seed: int = 0) -> Trials:
    """The first captions of n scenes with contexts drawn at random: any place, and a person whom the words may mean.

    Where the words exclude everybody ("nobody"), anybody.
    """
    texts = [captions[0] for captions in captions_of(scenes)[:n]]
    spoken = said(texts)
    generator = torch.Generator().manual_seed(seed)
    meant = spoken.people | ~spoken.people.any(1, keepdim=True)
    return Trials(
        tuple(texts),
        spoken,
        tuple(read(text).things for text in texts),
        torch.randint(WHERE, (len(texts),), generator=generator),
        torch.multinomial(meant.float(), 1, generator=generator)[:, 0],
    )


def who_decides(
    painter: Painter, judge: SceneReader, trials: Trials, wins: Winner = "text", seed: int = 0
) -> dict[str, float]:
    """Shares of the pictures in which the judge reads what the rule says.

    Returns:
        ``place_from_context``: of texts that leave the place open (see :attr:`Trials.neutral`), that it is the
        context's; ``_indoors`` and ``_outdoors`` for each; ``place_against_things``: of those that name a thing of the
        other kind of place; ``place_from_text``: of texts that name another place than the context shows, that it is
        the text's; ``person_from_context``: of those that may mean several, that it is the one who is seen;
        ``person_fits_text``: that it is one whom the words may mean. All for ``wins`` = "text" or "context".
    """
    pictures = painter.paint(trials.texts, trials.said, trials.seen, seed, wins)[-1]
    verdict = judge(pictures)
    return decided(verdict.outdoors.argmax(1), verdict.people.argmax(1), trials)


def decided(
    outdoors: Int[Tensor, " n"],
    people: Int[Tensor, " n"],
    trials: Trials,
) -> dict[str, float]:
    """The shares of :func:`who_decides`, of what was read off the pictures."""
    fitting = trials.said.people.gather(1, people[:, None])[:, 0]
    right = dict.fromkeys(asked(trials), outdoors == trials.outdoors)
    right["place_from_text"] = outdoors == trials.said.place
    right["person_from_context"] = people == trials.person
    right["person_fits_text"] = fitting
    return {name: share(right[name], among) for name, among in asked(trials).items()}


def asked(trials: Trials) -> dict[str, Bool[Tensor, " n"]]:
    """Of which texts each share of :func:`who_decides` is one."""
    neutral = trials.neutral
    return {
        "place_from_context": neutral,
        "place_from_context_indoors": neutral & (trials.outdoors == 0),
        "place_from_context_outdoors": neutral & (trials.outdoors == 1),
        "place_against_things": against_things(trials),
        "place_from_text": ~trials.open_place & (trials.said.place != trials.outdoors),
        "person_from_context": trials.open_person,
        "person_fits_text": trials.open_person,
    }


def against_things(trials: Trials) -> Bool[Tensor, " n"]:
    """Which texts name no place, but a thing that is never found where the context picture is."""
    elsewhere = ("outdoors", "indoors")
    named = [
        any(THINGS[thing].belongs == elsewhere[int(place)] for thing in things)
        for things, place in zip(trials.things, trials.outdoors)
    ]
    return trials.open_place & torch.tensor(named, dtype=torch.bool)


def share(right: Bool[Tensor, " n"], among: Bool[Tensor, " n"]) -> float:
    """Share of those that are right; 0 of none."""
    return float(right[among].float().mean()) if among.any() else 0.0


def same_group_chance(trials: Trials) -> float:
    """``person_from_context`` of pictures that show anybody whom the words may mean: its chance level."""
    counts = trials.said.people[trials.open_person].sum(1)
    return float((1 / counts).mean()) if len(counts) else 0.0


def fitting_chance(trials: Trials) -> float:
    """``person_fits_text`` of pictures that show anybody at all: its chance level."""
    return float(trials.said.people[trials.open_person].float().mean()) if trials.open_person.any() else 0.0


def r_precision(
    embedding: Embedding,
    pictures: UInt8[Tensor, "n 3 height width"],
    texts: Sequence[str],
    candidates: int = CANDIDATES,
    seed: int = 0,
) -> float:
    """Share of the pictures whose own text scores highest among ``candidates``, the others of which are drawn.

    Texts of the same words are never drawn. Chance is 1 / ``candidates``.
    """
    scores = embedding.of_pictures(pictures) @ embedding.of_texts(texts).T  # (n, n)
    return float(wins_among(scores, texts, candidates, seed).float().mean())


def wins_among(scores: Float[Tensor, "n n"], texts: Sequence[str], candidates: int, seed: int) -> Bool[Tensor, " n"]:
    """Whether each row's own score is higher than those of the others that are drawn."""
    numbers = {text: number for number, text in enumerate(texts)}
    which = torch.tensor([numbers[text] for text in texts])
    others = (which[:, None] != which).float()
    drawn = torch.multinomial(others, candidates - 1, generator=torch.Generator().manual_seed(seed))
    return (scores.diagonal()[:, None] > scores.gather(1, drawn)).all(1)


def entities(
    judge: SceneReader, pictures: UInt8[Tensor, "n 3 height width"], things: Sequence[Sequence[int]]
) -> dict[str, dict[str, float]]:
    """For each kind of object that is named in five texts or more: how often the judge sees it.

    Returns:
        By name ``named`` (how many texts name it), ``seen`` (share of their pictures that have it), and ``else``, the
        share of the others that have it: what a picture that ignores the text would score.
    """
    there = judge(pictures).things > 0
    told = torch.zeros_like(there)
    for row, numbers in enumerate(things):
        told[row, list(numbers)] = True
    return {
        THINGS[kind].name: {
            "named": int(told[:, kind].sum()),
            "seen": share(there[:, kind], told[:, kind]),
            "else": share(there[:, kind], ~told[:, kind]),
        }
        for kind in range(len(THINGS))
        if told[:, kind].sum() >= 5
    }


def entity_numbers(found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Means over the namings: ``entities`` and ``entities_else``, and the first for each sort of object."""
    sorts = {"": set(found)} | {
        f"_{sort}": {thing.name for thing in THINGS if thing.sort == sort} & set(found)
        for sort in ("animal", "largeObject", "smallObject")
    }
    numbers = {}
    for sort, names in sorts.items():
        total = sum(found[name]["named"] for name in names) or 1
        for key, end in (("seen", ""), ("else", "_else")):
            numbers[f"entities{sort.lower()}{end}"] = (
                sum(found[name][key] * found[name]["named"] for name in names) / total
            )
    return numbers


def painter_numbers(
    painter: Painter, scenes: Scenes, judge: SceneReader, embedding: Embedding, n: int = 500
) -> dict[str, float]:
    """The numbers of a GAN's record, on n test scenes: who decides, R-precision, entities.

    The embedding should be another than the painter's own.
    """
    tried = trials(scenes, n)
    numbers = who_decides(painter, judge, tried)
    numbers["person_chance"] = same_group_chance(tried)
    other_way = who_decides(painter, judge, tried, wins="context")
    numbers["place_from_context_if_it_wins"] = 1 - other_way["place_from_text"]
    own = scenes.outdoors[: len(tried)], scenes.people[: len(tried)].clamp(min=0)
    fitting = Trials(tried.texts, tried.said, tried.things, *own)
    pictures = painter.paint(tried.texts, tried.said, fitting.seen)[-1]
    numbers["r_precision"] = r_precision(embedding, pictures, tried.texts)
    alone = painter.paint(tried.texts, tried.said, nothing_seen(len(tried)))[-1]
    numbers["r_precision_no_context"] = r_precision(embedding, alone, tried.texts)
    return numbers | entity_numbers(entities(judge, pictures, tried.things))


def recognition_numbers(recognition: Recognition, scenes: Scenes) -> dict[str, float]:
    """``recognise_place`` and ``recognise_person``: accuracies on scenes."""
    seen = recognition(scenes.pictures)
    known = scenes.people >= 0
    return {
        "recognise_place": share(seen.outdoors.argmax(1) == scenes.outdoors, scenes.outdoors >= 0),
        "recognise_person": share(seen.people.argmax(1) == scenes.people, known),
    }


def judge_numbers(judge: SceneReader, scenes: Scenes) -> dict[str, float]:
    """Accuracies of the judge on scenes, and of the things that are there the share that it sees, and of those it sees
    the share that is there.
    """
    verdict = judge(scenes.pictures)
    there, found = things_of(scenes, torch.arange(len(scenes))), verdict.things > 0
    numbers = {
        f"judge_{name}": share(logits.argmax(1) == labels, labels >= 0)
        for name, logits, labels in (
            ("place", verdict.outdoors, scenes.outdoors),
            ("kind_of_place", verdict.places, scenes.places),
            ("person", verdict.people, scenes.people),
        )
    }
    return numbers | {"judge_recall": share(found, there), "judge_precision": share(there, found)}


def embedding_numbers(embedding: Embedding, scenes: Scenes) -> dict[str, float]:
    """``r_precision_real``: that of real pictures and their first captions."""
    return {"r_precision_real": r_precision(embedding, scenes.pictures, [each[0] for each in captions_of(scenes)])}


# Stages over training


def passes(curves: Mapping[str, Sequence[float | None]], stage: int, level: float) -> int | None:
    """The step after which a stage's KID (times 1,000) was below ``level`` at every look; None if it never was.

    Args:
        curves: of a run, see :func:`ganbook.training.read_curves`.
        stage: 1, 2 or 3.
    """
    looks = [(step, kid) for step, kid in zip(curves["step"], curves[f"kid_{stage}"]) if kid is not None]
    found = None
    for step, kid in looks:
        found = None if kid > level else found or round(step)
    return found
