"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from IPython.display import Markdown

from ganbook.chapters.context_aware.config import Config
from ganbook.chapters.context_aware.context import Filled
from ganbook.chapters.context_aware.figures import SCHEDULE_NAMES, listed
from ganbook.chapters.context_aware.widgets.language import value
from ganbook.data.scenes import PEOPLE

SURE = 0.09
"""Differences of shares of 500 pictures: below two standard errors of a difference (of halves) they may be chance."""

MIXED = 0.1, 0.9
"""Shares of pictures between which they are called mixed."""

FAR = 0.95, 0.60
"""From the first share on a rule is followed, from the second more often than not."""

NAMES = {
    "main": "place from the context (main)",
    "uniform": "the same, as short as its rivals",
    "soft_context": "the same, soft vectors",
    "text_only": "text alone",
    "foreground": "place and person",
    "true": "real pictures",
}

# Which models


def shipped_runs(runs: Mapping[str, Mapping], used: Config, paper: Config) -> Markdown:
    """How the shipped GANs were trained, beside the paper; ``runs`` by variant."""
    each = ", ".join(f"`{name}` {run['step']:,} steps in {run['minutes']:.0f} minutes" for name, run in runs.items())
    main = runs["main"]
    early = [f"{name} after {run['step']:,} steps" for name, run in runs.items() if not run.get("finished", True)]
    text = (
        f"The GANs of this chapter were trained by `ganbook train` at profile `{main['profile']}` on "
        f"{main['device']}: {each}. Beside the paper: batches of {used.batch_size}, {main['step']:,} steps of the main "
        f"one ({paper.steps:,}); maps {wide(used)} wide, from the deepest to the last ({wide(paper)}); "
        f"text vectors of {used.text_dim} numbers ({paper.text_dim}), squeezed to {used.text_code} "
        f"({paper.text_code}); z of {used.noise_dim} ({paper.noise_dim}); {used.blocks} residual blocks "
        f"({paper.blocks}). In brackets the paper's, or those of the papers that it follows. What is shipped is an "
        "average of the weights over the last steps (`track_ema`); the looks during the training saw that average, too."
    )
    if early:
        text += f" **Shipped before the end of the training: {', '.join(early)}.**"
    return Markdown(text)


def wide(config: Config) -> str:
    """The widths of a generator's maps."""
    return ", ".join(map(str, config.channels))


# Reading


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def slots(filled: Mapping[str, Filled]) -> Markdown:
    """The filled slots of some texts: what each says, what it comes to, and from where."""
    rows = [
        [f"“{text}”" if not number else "", slot.name, slot.said, value(slot), origin(slot.source)]
        for text, found in filled.items()
        for number, slot in enumerate(found.rows)
    ]
    return Markdown(table(["text", "slot", "the words", "value", "comes from"], rows))


def origin(source: str) -> str:
    """Where the value of a slot comes from, in the page's words."""
    return {"nothing": "nobody"}.get(source, source)


def left_open(place: float, person: float, captions: int) -> Markdown:
    """How many captions leave place and person open."""
    return Markdown(
        f"Of {captions:,} captions of the test set, {place:.0%} name no place, and {person:.0%} leave open which of "
        f"the {len(PEOPLE)} people is meant. That is what the context picture is for."
    )


def readers(recognisers: Mapping[str, float], judge: Mapping[str, float]) -> Markdown:
    """How well recognisers and judge read real test pictures."""
    place, person = recognisers["recognise_place"], recognisers["recognise_person"]
    rows = [
        ["recognisers", f"{place:.3f}", f"{person:.3f}", ""],
        [
            "judge",
            f"{judge['judge_place']:.3f}",
            f"{judge['judge_person']:.3f}",
            f"finds {judge['judge_recall']:.2f} of them; {judge['judge_precision']:.2f} of those found are there",
        ],
        ["chance", "0.500", f"{1 / len(PEOPLE):.3f}", ""],
    ]
    text = table(["on real test pictures", "place", "person", "things"], rows)
    if min(judge["judge_place"], judge["judge_person"]) >= FAR[0]:
        text += "\n\nThe judge reads place and person of real pictures nearly without error; "
    else:
        text += "\n\n**The judge itself errs on real pictures**, which bounds what it can say; "
    text += (
        f"of the things it misses {1 - judge['judge_recall']:.0%}, so no generator can score more than about "
        f"{judge['judge_recall']:.2f} there."
    )
    return Markdown(text)


# Who decides


def decides(found: Mapping[str, Mapping[str, float]], judge: Mapping[str, float]) -> Markdown:
    """Who decides on place and person, by variant; numbers of :func:`~...analysis.who_decides`, and the judge's own."""
    keys = {
        "place_from_context": "place is the context's",
        "place_from_text": "place is the text's",
        "place_against_things": "place is the context's, against a thing",
        "person_from_context": "person is the context's",
        "person_fits_text": "person fits the words",
    }
    rows = [[NAMES[name], *(f"{each[key]:.2f}" for key in keys)] for name, each in found.items()]
    chance = next(iter(found.values()))["person_chance"]
    rows.append(["a guess", "0.50", "0.50", "0.50", f"{chance:.2f} of those whom the words may mean", ""])
    main, alone = found["main"], found.get("text_only")
    text = table(["", *keys.values()], rows) + "\n\n"
    text += f"Where the text names no place, the picture shows the context's on {main['place_from_context']:.0%}: "
    text += verdict(main["place_from_context"], "the context decides", "the context decides more often than not")
    text += f" Where it names another place, the picture shows the text's on {main['place_from_text']:.0%}: "
    text += verdict(main["place_from_text"], "the text decides", "the text decides more often than not")
    if alone:
        guessing = abs(alone["place_from_context"] - 0.5) < SURE
        text += (
            f" Without a context picture it is right by chance at best, and that is what it is: "
            f"{alone['place_from_context']:.2f}."
            if guessing
            else f" The control without a context picture has {alone['place_from_context']:.2f}, where 0.50 was to be "
            "expected."
        )
    text += f" The judge reads the place of real pictures right on {judge['judge_place']:.0%}."
    return Markdown(text)


def verdict(share: float, followed: str, mostly: str) -> str:
    """Words for how often a rule is followed."""
    if share >= FAR[0]:
        return f"{followed}."
    return f"{mostly}." if share >= FAR[1] else "**it hardly does better than a guess.**"


def two_rules(by_text: float, by_context: float) -> Markdown:
    """Who wins if text and context contradict each other, by the rule that filled the slots.

    Args:
        by_text: share of pictures with the text's place if the text decides.
        by_context: share with the context's place if the context decides.
    """
    text = (
        f"If the text is to decide, {by_text:.0%} of the pictures show its place; if the context is, {by_context:.0%} "
        "show the context's, although the words that name the other place are still in the text's vector. "
    )
    if by_context >= by_text - SURE:
        text += "So it is the one-hot vector that decides, and the slots are a real switch."
    elif by_context > 0.5:
        text += "So the one-hot vector is the stronger of the two, but the words pull against it."
    else:
        text += "So the words outweigh the one-hot vector: the text's vector, too, says where it is, and wins."
    return Markdown(text)


def sources(shares: Mapping[str, float], alone: float | None) -> Markdown:
    """Whether the words or the slot bring the place into the picture.

    Args:
        shares: see :func:`~...studies.place_of_words`.
        alone: the share for a model that never had a slot; None if it is not here.
    """
    rows = [["the slot says the same", shares["filled"]], ["the slot is open: words alone", shares["open"]]]
    rows.append(["the slot says the other place", shares["contradicted"]])
    if alone is not None:
        rows.append(["a model without slots (text alone)", alone])
    head = ["texts that name a place", "read as that place"]
    text = table(head, [[words, f"{share:.2f}"] for words, share in rows]) + "\n\n"
    if shares["contradicted"] > 0.5:
        text += "The words win even against the slot. "
    elif shares["open"] > 0.5 + SURE:
        text += "Words alone bring the place, too, but where the two disagree the slot wins. "
    else:
        text += "**Words alone do not bring the place:** the generator has left that to the slot. "
    gain = shares["filled"] - max(shares["open"], alone or 0.0)
    text += (
        f"A parser in front is worth {gain:+.2f} over words alone."
        if abs(gain) > SURE
        else "A parser in front is worth no more than chance makes where the words are plain; where they are silent, "
        "nothing else can bring in the context."
    )
    return Markdown(text)


def mixing(shares: Sequence[float], outdoors: Sequence[float], sure: float) -> Markdown:
    """Hard against soft: where pictures flip, and how soft the recogniser's answers are at all.

    Args:
        shares: of "outdoors" in the vectors.
        outdoors: what the judge reads for each.
        sure: mean largest probability of the place's recogniser on test pictures.
    """
    between = [share for share, found in zip(shares, outdoors) if MIXED[0] < found < MIXED[1]]
    text = f"The recogniser gives its answer {sure:.4f} on average: here a soft vector *is* nearly a hard one. "
    if not (outdoors[0] < MIXED[0] and outdoors[-1] > MIXED[1]):
        return Markdown(text + "And not even the two one-hot vectors turn all pictures from one place to the other.")
    text += (
        f"Some pictures are indoors and some outdoors where the vector's share is {min(between):.1f} to "
        f"{max(between):.1f}; beside that they are all one or the other."
        if between
        else "Between the two one-hot vectors the pictures flip from one place to the other at once."
    )
    return Markdown(text)


def hard_or_soft(hard: Mapping[str, float], soft: Mapping[str, float]) -> Markdown:
    """The variant with soft context vectors beside the one that differs in that alone."""
    keys = {"place_from_context": "place from the context", "place_from_text": "place from the text"}
    keys |= {"r_precision": "R-precision", "entities": "entities"}
    rows = [[words, f"{hard[key]:.3f}", f"{soft[key]:.3f}"] for key, words in keys.items()]
    apart = [words for key, words in keys.items() if abs(hard[key] - soft[key]) > SURE]
    text = table(["", "hard one-hot vectors", "soft"], rows)
    text += (
        f"\n\nThey differ by more than chance in {' and '.join(apart)}. One seed each."
        if apart
        else "\n\nNo number differs by more than chance: with recognisers as sure as these it does not matter."
    )
    return Markdown(text)


def foreground(numbers: Mapping[str, float], main: Mapping[str, float]) -> Markdown:
    """Whether the person comes from the context if the person's one-hot vector is given, too."""
    found, chance = numbers["person_from_context"], numbers["person_chance"]
    text = (
        f"Told the person, too, the picture shows whom the context shows on {found:.0%}. Somebody drawn from all "
        f"{len(PEOPLE)} is right on {1 / len(PEOPLE):.0%}, somebody of whom the words are true on {chance:.0%}, and "
        f"the model that takes only the place on {main['person_from_context']:.0%}. "
    )
    if found >= FAR[1]:
        text += (
            "So the paper's open question has an answer: the foreground can be taken from a context in the same way."
        )
    elif found > chance + SURE:
        text += "So the person's vector is used, but not enough to be sure of the person in the picture."
    else:
        text += "**So the person's vector is not used here:** words alone would do as well."
    lost = main["place_from_context"] - numbers["place_from_context"]
    text += (
        f" The place is taken from the context on {numbers['place_from_context']:.0%} "
        f"(`main`: {main['place_from_context']:.0%})"
        + (", so that one does not cost the other." if lost < SURE else ": the person is bought with the place.")
    )
    return Markdown(text)


# Does it follow the text


def follows(found: Mapping[str, Mapping[str, float]], real: float, candidates: int) -> Markdown:
    """R-precision and entities by variant; ``real`` is the R-precision of real pictures."""
    keys = {"r_precision": "R-precision", "r_precision_no_context": "without a context picture"}
    keys |= {"entities": "named things seen", "entities_else": "seen where not named"}
    rows = [[NAMES[name], *(f"{each[key]:.2f}" for key in keys)] for name, each in found.items()]
    rows.append([NAMES["true"], f"{real:.2f}", "", "", ""])
    rows.append(["a guess", f"{1 / candidates:.2f}", f"{1 / candidates:.2f}", "", ""])
    main = found["main"]
    text = table(["", *keys.values()], rows)
    text += (
        f"\n\nAmong {candidates} captions the picture's own scores highest on {main['r_precision']:.0%}; on real "
        f"pictures it does on {real:.0%}. "
    )
    text += "So the pictures follow their texts" if main["r_precision"] >= 0.5 else "So the pictures follow them weakly"
    more = main["entities"] - main["entities_else"]
    text += (
        f". A thing that the text names is seen on {main['entities']:.0%}, one that it does not name on "
        f"{main['entities_else']:.0%}"
        + (": naming a thing brings it into the picture." if more > SURE else ": naming a thing hardly matters.")
    )
    return Markdown(text)


def things(found: Mapping[str, Mapping[str, float]], most: int = 6) -> Markdown:
    """The things that are drawn best and worst when they are named; see :func:`~...analysis.entities`."""
    if not found:
        return Markdown("No thing is named five times in these few texts.")
    gain = {name: each["seen"] - each["else"] for name, each in found.items()}
    order = sorted(found, key=lambda name: -gain[name])
    shown = order if len(order) <= 2 * most else [*order[:most], *order[-most:]]
    rows = [
        [name, str(found[name]["named"]), f"{found[name]['seen']:.2f}", f"{found[name]['else']:.2f}"] for name in shown
    ]
    text = table(["thing", "texts that name it", "seen there", "seen elsewhere"], rows)
    never = [name for name in order if found[name]["seen"] == 0]
    text += f"\n\nOf the {len(found)} things that are named at least five times, "
    return Markdown(text + (f"never seen: {', '.join(sorted(never))}." if never else "each is seen at least once."))


# Stages


def stages(passed: Mapping[str, float], level: float) -> Markdown:
    """The order in which the three stages of the main training come below one level."""
    steps = {name: passed[f"passes_{name}"] for name in ("1", "2", "3") if f"passes_{name}" in passed}
    order = sorted(steps, key=lambda name: steps[name])
    text = (
        f"Below {level:.0f} (1,000 KID) for good: "
        + ", ".join(f"stage {name} after step {steps[name]:,.0f}" for name in order)
        + ". "
    )
    if len(set(steps.values())) < len(steps):
        first = [name for name in order if steps[name] == steps[order[0]]]
        text += f"Stage {order[0]} is first. " if len(first) == 1 else ""
        return Markdown(text + "Two of them do so at the same look, so that their order stays open.")
    if order == ["3", "2", "1"]:
        return Markdown(text + "The last stage is there first and the first one last: the order that the paper sees.")
    if order == ["1", "2", "3"]:
        return Markdown(text + "Each stage is ready before the next: the *opposite* of the order that the paper sees.")
    return Markdown(text + "That is neither the order that the paper sees (3, 2, 1) nor its opposite.")


def weights(numbers: Mapping[str, Sequence[float]]) -> Markdown:
    """What the schedules of stage weights do; see :func:`~...studies.compared_schedules`."""
    names = [name for name in SCHEDULE_NAMES if f"passes_{name}" in numbers]
    rows = [
        [
            SCHEDULE_NAMES[name],
            ", ".join(f"{step:,.0f}" for step in numbers[f"passes_{name}"]),
            ", ".join(f"{kid:.0f}" for kid in numbers[f"kid_end_{name}"]),
        ]
        for name in names
    ]
    gains = numbers["gain_by_weights"]
    head = ["schedule", "stage 3 below the level after step", "its 1,000 KID at the end"]
    text = table(head, rows) + f"\n\nThe level is {numbers['level_weights'][0]:.0f}; one number for each seed. "
    ends = {SCHEDULE_NAMES[name]: fmean(numbers[f"kid_end_{name}"]) for name in names}
    if min(gains) > 0:
        text += (
            f"{'In every seed t' if len(gains) > 1 else 'T'}he quicker of the other schedules is there before uniform "
            f"weights, {fmean(gains):.0%} earlier on average: weights matter, as the paper concludes. "
        )
    elif max(gains) < 0:
        text += f"Uniform weights are there first, by {-fmean(gains):.0%} of their steps: no schedule helps here. "
    else:
        text += (
            "No schedule is earlier than uniform weights in every seed: in this respect weights do not matter here. "
        )
    text += f"At the end the best is **{min(ends, key=ends.get)}** (means: {listed(ends, 0)})."
    return Markdown(text + (" One seed each: no more than a hint." if len(gains) == 1 else ""))


# Where it fails


def failures(place: int, open_places: int, things_missing: float, texts: int) -> Markdown:
    """How often place and things go wrong.

    Args:
        place: pictures with the other place than the context's, of ``open_places`` whose text names none.
        things_missing: mean number of named things that are not seen, of ``texts`` pictures.
    """
    return Markdown(
        f"On {place} of {open_places} pictures whose text names no place the judge reads the other one than the "
        f"context's. Of the things that a text names, {things_missing:.2f} are not seen on average ({texts} texts)."
    )
