"""Sentences and tables of the page that say numbers, or depend on them: no number in the text is typed."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from IPython.display import Markdown

from ganbook import viz
from ganbook.chapters.context_aware.analysis import Trials, asked, fitting_chance, same_group_chance
from ganbook.chapters.context_aware.config import STAGES, Config
from ganbook.chapters.context_aware.context import Filled
from ganbook.chapters.context_aware.figures import SCHEDULE_NAMES
from ganbook.chapters.context_aware.studies import LEVEL, LEVELS, Curves, orders, passed
from ganbook.chapters.context_aware.widgets.language import value
from ganbook.data.scenes import PEOPLE

MIXED = 0.1, 0.9
"""Shares of pictures between which they are called mixed."""

FAR = 0.95, 0.60
"""From the first share on a rule is followed, from the second more often than not."""

NAMES = {
    "main": "place from the context (main)",
    "uniform": "the same, as short as its rivals, no second opinion",
    "soft_context": "the same, soft vectors",
    "text_only": "text alone",
    "foreground": "place and person",
    "true": "real pictures",
}


def sure(n: int) -> float:
    """Two standard errors of the difference of two shares of n pictures, at a half: smaller ones may be chance."""
    return 2 * math.sqrt(0.5 / max(n, 1))


# Which models


def shipped_runs(runs: Mapping[str, Mapping], used: Config, paper: Config) -> Markdown:
    """How the shipped GANs were trained, beside the paper; ``runs`` by variant."""
    each = ", ".join(f"`{name}` {run['step']:,} steps in {run['minutes']:.0f} minutes" for name, run in runs.items())
    main = runs["main"]
    text = (
        f"The GANs of this chapter were trained by `ganbook train` at profile `{main['profile']}` on "
        f"{main['device']}: {each}. Beside the paper: batches of {used.batch_size}, {main['step']:,} steps of the main "
        f"one ({paper.steps:,}); maps {wide(used)} wide, from the deepest to the last ({wide(paper)}); "
        f"text vectors of {used.text_dim} numbers ({paper.text_dim}), squeezed to {used.text_code} "
        f"({paper.text_code}); z of {used.noise_dim} ({paper.noise_dim}); {used.blocks} residual blocks "
        f"({paper.blocks}). In brackets the paper's, or those of the papers that it follows. What is shipped is an "
        "average of the weights over the last steps (`track_ema`); the looks during the training saw that average, too."
    )
    return Markdown(text + viz.unfinished(runs))


def wide(config: Config) -> str:
    """The widths of a generator's maps."""
    return ", ".join(map(str, config.channels))


# Reading


def slots(filled: Mapping[str, Filled]) -> Markdown:
    """The filled slots of some texts: what each says, what it comes to, and from where."""
    rows = [
        [f"“{text}”" if not number else "", slot.name, slot.said, value(slot), origin(slot.source)]
        for text, found in filled.items()
        for number, slot in enumerate(found.rows)
    ]
    return Markdown(viz.markdown_table(["text", "slot", "the words", "value", "comes from"], rows))


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
    text = viz.markdown_table(["on real test pictures", "place", "person", "things"], rows)
    if min(judge["judge_place"], judge["judge_person"]) >= FAR[0]:
        text += "\n\nThe judge reads place and person of real pictures nearly without error; "
    else:
        text += "\n\n**The judge itself errs on real pictures**, which bounds what it can say; "
    text += (
        f"of the things it misses {1 - judge['judge_recall']:.0%}, so a generator that draws things as the scenes have "
        f"them would score about {judge['judge_recall']:.2f} there."
    )
    return Markdown(text)


# Who decides


def decides(found: Mapping[str, Mapping[str, float]], judge: Mapping[str, float], trials: Trials) -> Markdown:
    """Who decides on place and person, by variant; numbers of :func:`~...analysis.who_decides` on these trials, and the
    judge's own.
    """
    keys = {
        "place_from_context": "place is the context's",
        "place_from_text": "place is the text's",
        "place_against_things": "place is the context's, against a thing",
        "person_from_context": "person is the context's",
        "person_fits_text": "person fits the words",
    }
    counts = {name: int(among.sum()) for name, among in asked(trials).items()}
    rows = [[NAMES[name], *(f"{each[key]:.2f}" for key in keys)] for name, each in found.items()]
    guesses = ["0.50"] * 3 + [f"{same_group_chance(trials):.2f}", f"{fitting_chance(trials):.2f}"]
    rows.append(["a guess", *guesses])
    rows.append(["pictures of each", *(f"{counts[key]:,}" for key in keys)])
    main, alone = found["main"], found.get("text_only")
    text = viz.markdown_table(["", *keys.values()], rows)
    text += "\n\nThe guess of the context's person is made among those whom the words may mean, the other among all. "
    text += "Where the text says nothing about the place, the picture shows the context's on "
    text += f"{main['place_from_context']:.0%}: "
    text += verdict(main["place_from_context"], "the context decides", "the context decides more often than not")
    text += f" Where it names another place, the picture shows the text's on {main['place_from_text']:.0%}: "
    text += verdict(main["place_from_text"], "the text decides", "the text decides more often than not")
    if alone:
        guessing = abs(alone["place_from_context"] - 0.5) < sure(counts["place_from_context"])
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


def two_rules(by_text: float, by_context: float, texts: int) -> Markdown:
    """Who wins if text and context contradict each other, by the rule that filled the slots.

    Args:
        by_text: share of pictures with the text's place if the text decides.
        by_context: share with the context's place if the context decides.
        texts: how many there are.
    """
    text = (
        f"If the text is to decide, {by_text:.0%} of {texts} pictures show its place; if the context is, "
        f"{by_context:.0%} show the "
        f"context's, although the words that name the other place are still in the text's vector. "
    )
    if by_context >= by_text - sure(texts):
        text += "So it is the one-hot vector that decides, and the slots are a real switch."
    elif by_context > 0.5:
        text += "So the one-hot vector is the stronger of the two, but the words pull against it."
    else:
        text += "So the words outweigh the one-hot vector: the text's vector, too, says where it is, and wins."
    return Markdown(text)


def sources(shares: Mapping[str, float], alone: float | None, texts: int) -> Markdown:
    """Whether the words or the slot bring the place into the picture.

    Args:
        shares: see :func:`~...studies.place_of_words`.
        alone: the share for a model that never had a slot; None if it is not here.
        texts: how many there are.
    """
    rows = [["the slot says the same", shares["filled"]], ["the slot is open: words alone", shares["open"]]]
    rows.append(["the slot says the other place", shares["contradicted"]])
    if alone is not None:
        rows.append(["a model without slots (text alone)", alone])
    head = [f"{texts} texts that name a place", "read as that place"]
    text = viz.markdown_table(head, [[words, f"{share:.2f}"] for words, share in rows]) + "\n\n"
    if shares["contradicted"] > 0.5:
        text += "The words win even against the slot. "
    elif shares["open"] > 0.5 + sure(texts):
        text += "Words alone bring the place, too, but where the two disagree the slot wins. "
    else:
        text += "**Words alone do not bring the place:** the generator has left that to the slot. "
    gain = shares["filled"] - max(shares["open"], alone or 0.0)
    text += (
        f"A parser in front is worth {gain:+.2f} over words alone."
        if abs(gain) > sure(texts)
        else "A parser in front is worth no more than chance makes where the words are plain; where they are silent, "
        "nothing else can bring in the context."
    )
    return Markdown(text)


def mixing(shares: Sequence[float], outdoors: Sequence[float], certain: float) -> Markdown:
    """Hard against soft: where pictures flip, and how soft the recogniser's answers are at all.

    Args:
        shares: of "outdoors" in the vectors.
        outdoors: what the judge reads for each.
        certain: mean largest probability of the place's recogniser on test pictures.
    """
    between = [share for share, found in zip(shares, outdoors) if MIXED[0] < found < MIXED[1]]
    text = (
        f"The recogniser gives its likeliest answer a probability of {certain:.4f} on average: here a soft vector *is* "
        "nearly a hard one. "
    )
    if not (outdoors[0] < MIXED[0] and outdoors[-1] > MIXED[1]):
        return Markdown(text + "And not even the two one-hot vectors turn all pictures from one place to the other.")
    text += (
        f"Some pictures are indoors and some outdoors where the vector's share is {min(between):.1f} to "
        f"{max(between):.1f}; beside that they are all one or the other."
        if between
        else "Between the two one-hot vectors the pictures flip from one place to the other at once."
    )
    return Markdown(text)


def hard_or_soft(hard: Mapping[str, float], soft: Mapping[str, float], trials: Trials) -> Markdown:
    """The variant with soft context vectors beside the one that differs in that alone."""
    counts = {name: int(among.sum()) for name, among in asked(trials).items()}
    counts |= {"r_precision": len(trials), "entities": sum(map(len, trials.things))}
    keys = {"place_from_context": "place from the context", "place_from_text": "place from the text"}
    keys |= {"r_precision": "R-precision", "entities": "entities"}
    rows = [[words, f"{hard[key]:.3f}", f"{soft[key]:.3f}", f"{counts[key]:,}"] for key, words in keys.items()]
    apart = [words for key, words in keys.items() if abs(hard[key] - soft[key]) > sure(counts[key])]
    text = viz.markdown_table(["", "hard one-hot vectors", "soft", "of so many"], rows)
    text += (
        f"\n\nThey differ by more than chance in {' and '.join(apart)}. One seed each."
        if apart
        else "\n\nNo number differs by more than chance: with recognisers as sure as these it does not matter."
    )
    return Markdown(text)


def foreground(numbers: Mapping[str, float], main: Mapping[str, float], trials: Trials) -> Markdown:
    """Whether the person comes from the context if the person's one-hot vector is given, too."""
    found, chance = numbers["person_from_context"], numbers["person_chance"]
    people, places = (int(asked(trials)[name].sum()) for name in ("person_from_context", "place_from_context"))
    text = (
        f"Told the person, too, the picture shows whom the context shows on {found:.0%}. Somebody drawn from all "
        f"{len(PEOPLE)} is right on {1 / len(PEOPLE):.0%}, somebody of whom the words are true on {chance:.0%}, and "
        f"the model that takes only the place on {main['person_from_context']:.0%}. "
    )
    if found >= FAR[1]:
        text += (
            "So the paper's open question has an answer: the foreground can be taken from a context in the same way."
        )
    elif found > chance + sure(people):
        text += "So the person's vector is used, but not enough to be sure of the person in the picture."
    else:
        text += "**So the person's vector is not used here:** words alone would do as well."
    lost = main["place_from_context"] - numbers["place_from_context"]
    text += (
        f" The place is taken from the context on {numbers['place_from_context']:.0%} "
        f"(`main`: {main['place_from_context']:.0%})"
        + (
            ", so that one does not cost the other."
            if lost < sure(places)
            else ": the person is bought with the place."
        )
    )
    return Markdown(text)


# Does it follow the text


def follows(found: Mapping[str, Mapping[str, float]], real: float, candidates: int, texts: int, named: int) -> Markdown:
    """R-precision and entities by variant.

    Args:
        found: numbers by variant.
        real: the R-precision of real pictures.
        candidates: captions among which R-precision chooses.
        texts, named: how many there are, and how many things they name.
    """
    keys = {"r_precision": "R-precision", "r_precision_no_context": "without a context picture"}
    keys |= {"entities": "named things seen", "entities_else": "seen where not named"}
    rows = [[NAMES[name], *(f"{each[key]:.2f}" for key in keys)] for name, each in found.items()]
    rows.append([NAMES["true"], f"{real:.2f}", "", "", ""])
    rows.append(["a guess", f"{1 / candidates:.2f}", f"{1 / candidates:.2f}", "", ""])
    main = found["main"]
    text = viz.markdown_table(["", *keys.values()], rows)
    text += (
        f"\n\nAmong {candidates} captions the picture's own scores highest on {main['r_precision']:.0%}; on real "
        f"pictures it does on {real:.0%}. "
    )
    text += "So the pictures follow their texts" if main["r_precision"] >= 0.5 else "So the pictures follow them weakly"
    text += ". " + of_context(main["r_precision"] - main["r_precision_no_context"], texts)
    more = main["entities"] - main["entities_else"]
    text += (
        f" A thing that the text names is seen on {main['entities']:.0%}, one that it does not name on "
        f"{main['entities_else']:.0%}"
        + (
            ": naming a thing brings it into the picture."
            if more > sure(named)
            else ": naming a thing hardly matters. What the captions are told apart by is the place, and whoever it is."
        )
    )
    return Markdown(text)


def of_context(gain: float, texts: int) -> str:
    """What a fitting context picture adds to R-precision."""
    if abs(gain) <= sure(texts):
        return "With a fitting context picture or without one makes no difference beyond chance."
    return f"A fitting context picture {'adds' if gain > 0 else 'costs'} {abs(gain):.2f}."


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
    text = viz.markdown_table(["thing", "texts that name it", "seen there", "seen elsewhere"], rows)
    never = [name for name in order if found[name]["seen"] == 0]
    text += f"\n\nOf the {len(found)} things that are named at least five times, "
    return Markdown(text + (f"never seen: {', '.join(sorted(never))}." if never else "each is seen at least once."))


# Stages


def stages(curves: Curves, yardsticks: Mapping[str, Sequence[float]]) -> Markdown:
    """When each stage passes a fixed KID for good, for several of them; and what such a KID means at each size."""
    levels = sorted({LEVEL, *LEVELS})
    rows = []
    for level in levels:
        steps = passed(curves, level)
        each = [steps.get(f"passes_{stage}") for stage in range(1, STAGES + 1)]
        rows.append([f"below {level:,} after step", *("never" if step is None else f"{step:,}" for step in each)])
    rows += [[f"KID of {name}", *(f"{kid:,.0f}" for kid in kids)] for name, kids in yardsticks.items()]
    found = orders(curves)
    text = viz.markdown_table(["1,000 KID", *(f"stage {stage}" for stage in range(1, STAGES + 1))], rows) + "\n\n"
    text += (
        f"Of the {len(LEVELS)} levels besides {LEVEL:,} the last stage passes {share_of(found['last_stage_first'])} "
        f"before both others, and {share_of(found['order_of_paper'])} in the paper's order: last, middle, first. "
    )
    if found["order_of_paper"] >= FAR[0]:
        return Markdown(text + "So the paper's order holds, whichever level is asked about.")
    if found["last_stage_first"] >= FAR[0]:
        return Markdown(text + "So the last stage is ready first, as the paper sees; the other two change places.")
    return Markdown(text + "So the order depends on the level that is asked about.")


def share_of(share: float) -> str:
    """How many of the levels."""
    count = round(share * len(LEVELS))
    return {0: "none", len(LEVELS): "all"}.get(count, str(count))


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
    head = ["schedule", "stage 3 below the level after step", "its 1,000 KID at the end"]
    text = (
        viz.markdown_table(head, rows)
        + f"\n\nThe level is {numbers['level_weights'][0]:.0f}; one number for each seed. "
    )
    for name in names:
        if name != "uniform":
            text += gained(SCHEDULE_NAMES[name], numbers[f"gain_{name}"])
    ends = {SCHEDULE_NAMES[name]: fmean(numbers[f"kid_end_{name}"]) for name in names}
    text += (
        f"At the end the best is **{min(ends, key=ends.get)}** (means: {viz.listed(ends, 0)}). Looks are far apart, "
        "and a KID goes up and down from look to look. Nor are all steps equal work: with coarse stages first, the "
        "large pictures are drawn late."
    )
    alone = len(numbers["passes_uniform"]) == 1
    return Markdown(text + (" One seed each: no more than a hint." if alone else ""))


def gained(name: str, gains: Sequence[float]) -> str:
    """How much earlier than with uniform weights the level is reached."""
    by = f"on average {abs(fmean(gains)):.0%} of the steps {'earlier' if fmean(gains) > 0 else 'later'}"
    if min(gains) > 0:
        return f"With {name} it is reached before uniform weights reach it in every seed, {by}. "
    if max(gains) < 0:
        return f"With {name} it is reached after uniform weights reach it in every seed, {by}. "
    return f"With {name} it is not reached earlier in every seed ({by}). "


# Where it fails


def failures(place: int, open_places: int, things_missing: float, texts: int) -> Markdown:
    """How often place and things go wrong.

    Args:
        place: pictures with the other place than the context's, of ``open_places`` whose text names none.
        things_missing: mean number of named things that are not seen, of ``texts`` pictures.
    """
    return Markdown(
        f"On {place} of {open_places} pictures whose text names no place (here also those with a fridge or the like) "
        f"the judge reads the other one than the context's. Of the things that a text names, "
        f"{things_missing:.2f} are not seen on average ({texts} texts)."
    )
