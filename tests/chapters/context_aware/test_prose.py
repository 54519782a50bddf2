"""Sentences of the page say the numbers that they are given, and draw the conclusion that goes with them."""

import pytest
from few_scenes import few_scenes

from ganbook.chapters.context_aware import prose
from ganbook.chapters.context_aware.analysis import asked, fitting_chance, same_group_chance, trials
from ganbook.chapters.context_aware.config import PRINTED, PROFILES
from ganbook.chapters.context_aware.context import fill
from ganbook.data.scene_language import read

NUMBERS = {
    "place_from_context": 0.96,
    "place_from_text": 0.7,
    "place_against_things": 0.6,
    "person_from_context": 0.25,
    "person_fits_text": 0.5,
    "person_chance": 0.2,
    "r_precision": 0.6,
    "r_precision_no_context": 0.5,
    "entities": 0.5,
    "entities_else": 0.1,
}
JUDGE = {"judge_place": 1.0, "judge_person": 0.99, "judge_recall": 0.75, "judge_precision": 0.9}


def test_the_shipped_runs_stand_beside_the_paper():
    run = {"step": 13_000, "minutes": 90.4, "finished": True, "profile": "quick", "device": "cpu (1 thread)"}
    text = prose.shipped_runs({"main": run, "fade": run | {"step": 6_500}}, PROFILES["quick"], PRINTED).data
    assert "`main` 13,000 steps in 90 minutes, `fade` 6,500 steps" in text and "before the end" not in text
    assert "batches of 16, 13,000 steps of the main one (150,000)" in text and "128 numbers (1024)" in text
    assert "maps 48, 48, 48, 32, 16 wide" in text
    early = {"main": run | {"step": 68, "finished": False}}
    assert "before the end of the training: main after 68 steps" in prose.shipped_runs(early, PRINTED, PRINTED).data


def test_the_table_of_slots_says_where_each_comes_from():
    texts = ("a woman is sitting", "a man at the beach", "")
    text = prose.slots({each: fill(read(each), 0, 0) for each in texts}).data
    lines = text.splitlines()
    assert len(lines) == 2 + 3 * 3 and lines[2] == "| “a woman is sitting” | place | not said | indoors | context |"
    assert "| a woman | woman, blond hair" in lines[3] and lines[3].endswith("| text and context |")
    assert lines[5].endswith("| at the beach | outdoors | text |") and lines[6].endswith("| a man | open | text |")
    assert lines[10].endswith("| open | nobody |"), "no things"


def test_how_much_is_left_open():
    assert "Of 5,000 captions of the test set, 70% name no place, and 72%" in prose.left_open(0.7, 0.72, 5000).data


def test_readers_and_what_they_bound():
    found = {"recognise_place": 1.0, "recognise_person": 0.997}
    text = prose.readers(found, JUDGE).data
    assert "| recognisers | 1.000 | 0.997 |" in text and "| chance | 0.500 | 0.050 |" in text
    assert "nearly without error" in text and "misses 25%" in text and "would score about 0.75" in text
    assert "judge itself errs" in prose.readers(found, JUDGE | {"judge_person": 0.6}).data


TRIED = trials(few_scenes(300), 300)


def test_sure_is_two_standard_errors_of_a_difference():
    assert prose.sure(500) == pytest.approx(2 * (2 * 0.25 / 500) ** 0.5) and prose.sure(0) == prose.sure(1)


def test_who_decides():
    alone = NUMBERS | {"place_from_context": 0.47}
    text = prose.decides({"main": NUMBERS, "text_only": alone}, JUDGE, TRIED).data
    assert "| place from the context (main) | 0.96 | 0.70 | 0.60 | 0.25 | 0.50 |" in text
    assert "the context's on 96%: the context decides. Where" in text
    assert "the text's on 70%: the text decides more often than not." in text
    assert "that is what it is: 0.47" in text
    chances = f"{same_group_chance(TRIED):.2f} | {fitting_chance(TRIED):.2f}"
    assert f"| a guess | 0.50 | 0.50 | 0.50 | {chances} |" in text
    counts = [int(among.sum()) for among in asked(TRIED).values()]
    assert f"| pictures of each | {counts[0]} | {counts[4]} | {counts[3]} | {counts[5]} | {counts[6]} |" in text
    odd = prose.decides({"main": NUMBERS | {"place_from_context": 0.5}, "text_only": NUMBERS}, JUDGE, TRIED).data
    assert "hardly does better than a guess" in odd and "control without a context picture has 0.96, where" in odd
    assert "control" not in prose.decides({"main": NUMBERS}, JUDGE, TRIED).data


@pytest.mark.parametrize(
    ("by_context", "words"), [(0.95, "a real switch"), (0.7, "the stronger of the two"), (0.3, "the words outweigh")]
)
def test_who_wins_a_contradiction(by_context, words):
    text = prose.two_rules(0.97, by_context, 500).data
    assert f"97% of 500 pictures show its place; if the context is, {by_context:.0%}" in text and words in text


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((0.9, 0.9, 0.6), "words win even against the slot"),
        ((0.9, 0.8, 0.2), "the slot wins"),
        ((0.9, 0.5, 0.1), "Words alone do not bring the place"),
    ],
)
def test_what_brings_the_place(shares, words):
    found = dict(zip(("filled", "open", "contradicted"), shares))
    text = prose.sources(found, 0.6, 500).data
    assert words in text and "| a model without slots (text alone) | 0.60 |" in text
    assert f"| the slot is open: words alone | {shares[1]:.2f} |" in text
    text = prose.sources(found | {"open": 0.5}, None, 500).data
    assert "without slots" not in text and "worth +0.40 over words alone" in text
    assert "no more than chance" in prose.sources(found | {"open": 0.9}, None, 500).data


def test_where_pictures_flip():
    shares = [0.0, 0.25, 0.5, 0.75, 1.0]
    text = prose.mixing(shares, [0.0, 0.0, 0.5, 0.8, 1.0], 0.9995).data
    assert "probability of 0.9995 on average" in text and "vector's share is 0.5 to 0.8" in text
    assert "at once" in prose.mixing(shares, [0.0, 0.0, 1.0, 1.0, 1.0], 0.9).data
    assert "not even the two one-hot vectors" in prose.mixing(shares, [0.0, 0.0, 0.0, 0.0, 0.5], 0.9).data


def test_hard_and_soft():
    text = prose.hard_or_soft(NUMBERS, NUMBERS | {"entities": 0.1, "r_precision": 0.4}, TRIED).data
    assert (
        "| entities | 0.500 | 0.100 |" in text
        and "| R-precision | 0.600 | 0.400 | 300 |" in text
        and "more than chance in R-precision and entities. One seed each." in text
    )
    assert "No number differs" in prose.hard_or_soft(NUMBERS, NUMBERS, TRIED).data


@pytest.mark.parametrize(
    ("found", "words"), [(0.8, "has an answer"), (0.4, "not enough to be sure"), (0.25, "vector is not used")]
)
def test_whether_the_person_comes_from_the_context(found, words):
    text = prose.foreground(NUMBERS | {"person_from_context": found}, NUMBERS, TRIED).data
    assert f"whom the context shows on {found:.0%}. Somebody drawn from all 20 is right on 5%" in text and words in text
    assert "one does not cost the other" in text
    assert "bought with the place" in prose.foreground(NUMBERS | {"place_from_context": 0.1}, NUMBERS, TRIED).data


def test_whether_pictures_follow_their_texts():
    text = prose.follows({"main": NUMBERS, "text_only": NUMBERS}, 0.79, 10, 500, 300).data
    assert "| real pictures | 0.79 |" in text and "| a guess | 0.10 | 0.10 |" in text
    assert "highest on 60%; on real pictures it does on 79%. So the pictures follow their texts. " in text
    assert "A fitting context picture adds 0.10." in text and "naming a thing brings it" in text
    text = prose.follows({"main": NUMBERS | {"r_precision": 0.2, "entities": 0.15}}, 0.79, 10, 500, 300).data
    assert "follow them weakly" in text and "hardly matters" in text and "picture costs 0.30" in text
    text = prose.follows({"main": NUMBERS}, 0.79, 10, 20, 300).data
    assert "no difference beyond chance" in text


def test_things_from_the_best_to_the_worst():
    found = {name: {"named": 9, "seen": seen, "else": 0.1} for name, seen in (("dog", 0.2), ("cat", 0.9), ("cup", 0))}
    lines = prose.things(found).data.splitlines()
    assert [line.split(" |")[0] for line in lines[2:5]] == ["| cat", "| dog", "| cup"]
    assert lines[-1] == "Of the 3 things that are named at least five times, never seen: cup."
    assert prose.things({}).data == "No thing is named five times in these few texts."
    assert len(prose.things(found, most=1).data.splitlines()) == 2 + 2 + 2


def curves(*stages: list[float]) -> dict[str, list[float]]:
    """KID of each stage at looks every 500 steps."""
    found = {f"kid_{number}": values for number, values in enumerate(stages, start=1)}
    return {"step": [500.0 * look for look in range(1, 4)], **found}


HIGH, LOW = 5_000.0, 100.0


@pytest.mark.parametrize(
    ("stages", "words", "row"),
    [
        (([HIGH, HIGH, LOW], [HIGH, LOW, LOW], [LOW, LOW, LOW]), "paper's order holds", "1,500 | 1,000 | 500"),
        (([HIGH, LOW, LOW], [HIGH, HIGH, HIGH], [LOW, LOW, LOW]), "other two change places", "1,000 | never | 500"),
        (([LOW, LOW, LOW], [LOW, LOW, LOW], [LOW, LOW, LOW]), "depends on the level", "500 | 500 | 500"),
    ],
)
def test_the_order_of_the_stages(stages, words, row):
    text = prose.stages(curves(*stages), {"two halves": [1.0, 2.0, 3.0]}).data
    assert (
        words in text and f"| below 1,500 after step | {row} |" in text and "| KID of two halves | 1 | 2 | 3 |" in text
    )


def test_stage_weights():
    numbers = {
        "level_weights": [40.0],
        "passes_uniform": [4000.0, 5000.0],
        "passes_coarse_first": [3000.0, 4000.0],
        "passes_fade": [5000.0, 6000.0],
        "kid_end_uniform": [20.0, 20.0],
        "kid_end_coarse_first": [30.0, 30.0],
        "kid_end_fade": [10.0, 20.0],
        "gain_coarse_first": [0.25, 0.2],
        "gain_fade": [-0.25, -0.2],
    }
    text = prose.weights(numbers).data
    assert "| coarse first | 3,000, 4,000 | 30, 30 |" in text and "The level is 40;" in text
    assert "With coarse first it is reached before uniform weights reach it in every seed, on average 22%" in text
    assert "With fade it is reached after uniform weights reach it in every seed" in text and "steps later" in text
    assert "**fade** (means: uniform 20, coarse first 30, fade 15)." in text and "hint" not in text
    assert "not reached earlier in every seed" in prose.weights(numbers | {"gain_fade": [0.1, 0.0]}).data
    one = prose.weights({name: values[:1] for name, values in numbers.items()}).data
    assert one.endswith("no more than a hint.")


def test_failures_are_counted():
    text = prose.failures(12, 200, 0.5, 300).data
    assert text.startswith("On 12 of 200 pictures") and "0.50 are not seen on average (300 texts)" in text
