"""What the page's JavaScript reads in captions, and what it makes of it, sentence by sentence against Python."""

import json
from itertools import product
from pathlib import Path
from random import Random

import pytest
import torch
import yaml
from playwright.sync_api import Browser, Page

from ganbook.chapters.context_aware import widgets
from ganbook.chapters.context_aware.context import Seen, context_vectors, fill, said
from ganbook.chapters.context_aware.inference import answers
from ganbook.chapters.context_aware.text import letters
from ganbook.chapters.context_aware.widgets import language
from ganbook.data import scene_grammar as grammar
from ganbook.data.scene_language import Entity, read
from ganbook.data.scenes import PEOPLE, parameters

FILE = Path(widgets.__file__).parent / "answers" / "scene_language.js"
BY_HAND = yaml.safe_load((Path(__file__).parents[3] / "data" / "scene_sentences.yml").read_text(encoding="utf-8"))
ODD = """
|.|...|!?|😀|a|A|the of and|犬がいる|женщина на кухне|eine Frau in der Küche|امرأة في المطبخ|ผู้หญิงในครัว
एक औरत रसोई में|café|ｗｏｍａｎ ｉｎ ａ ｋｉｔｃｈｅｎ|wo\u0301man|KI\u0307tchen İ ß ſ|<b>a dog</b> 🐕 in the park
<script>a woman</script> a man|<script>a woman|a &lt;b&gt; &amp; a boy|&eacute;&nbsp;girl|a <woman
a > man < outside|constructor|__proto__ in the toString|hasOwnProperty's dog|can't won't isn't
a woman isn't outside|she's not in the kitchen|the man's dog|o'clock man's|'s|''|dogs' house
w/ a dog w/o a cat|kichen kitchn kitchenn ikthcen|wmoan in the gardne|a wooman|mann|boyy|beech baech
grrandmother|old-man|a man, a plan, a canal: panama|A WOMAN SITS; A MAN STANDS|orange|an orange
the orange dog|an orange and red ball|no one|nobody is here|no woman outside|neither a man nor a dog
not indoors|a picture of a beach|a photo of a man|home|at home|go home|inside the house|outside of the school
out of the house|looking out of the window at the street|i|we|twelve men|two women|redhead girls
a bald old man with a white beard and a brown suit in front of the shop|women's hats|kitchen table|park|the park
""".replace("\n", "|").split("|")
ODD += ["", " ", "\n\n", "a boy\nand a dog\r\nin the park", "a\tman"]
ODD += ["no's\0outside\x1c", "\ufeff", "\x1c\x85", "ａ'sᾳ wasn'tß", "1\u20e3 dog\ufe0fs", "＜b＞ woman"]
ODD += ["a woman " * 300, "x" * 5_000, "woman," * 100, "the " * 61 + "dog in the park"]


def sentences() -> list[str]:
    """The odd ones, those written by hand, the grammar's own, mixtures of both, and half of them with slips."""
    random = Random(0)
    told = [text for *_, text in BY_HAND] + [each.text for _, some in parameters("test", 60) for each in some]
    pool = " ".join(told).split()
    told += [" ".join(random.sample(pool, random.randint(1, 12))) for _ in range(150)]

    def slipped(text: str) -> str:
        letters = list(text)
        for _ in range(3):
            at = random.randrange(len(letters) + 1)
            letters[at : at + random.randint(0, 1)] = random.choice(["", "a", "e", "'", "-", ",", "xq", " ", "t", "é"])
        return "".join(letters)

    return [*ODD, *told, *(slipped(text) for text in told[::2])]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    """A blank page with the reader made from Python's tables."""
    page = browser.new_page()
    page.add_script_tag(content=FILE.read_text(encoding="utf-8"))
    page.evaluate("rules => { window.language = sceneLanguage(rules); }", json.loads(json.dumps(language.tables())))
    yield page
    page.close()


def plain(entity: Entity | None) -> dict | None:
    return None if entity is None else entity._asdict() | {"looks": [list(look) for look in entity.looks]}


def test_every_sentence_is_read_as_python_reads_it(page):
    told = sentences()
    assert len(told) > 1_000
    found = page.evaluate("told => told.map((text) => language.read(text))", told)
    kinds = set()
    for text, ours in zip(told, found, strict=True):
        expected = read(text)
        kinds |= {each.kind for each in expected.entities}
        assert ours["trees"] == [language.shown(tree) for tree in expected.trees], text
        assert ours["entities"] == [plain(each) for each in expected.entities], text
        assert ours["place"] == plain(expected.place) and ours["person"] == plain(expected.person), text
    assert kinds == {"person", "thing", "place", "nobody"}


def test_the_same_slips_are_mended(page):
    random, slips = Random(1), grammar._slips()
    words = random.sample(sorted(slips), 600)
    near = ["".join(random.sample(word, len(word))) for word in words[:150]] + [f"{word}q" for word in words[:150]]
    found = page.evaluate(
        "words => words.map((word) => language.read(word).trees.map(({ parts }) => parts))", words + near
    )

    def first(part: list | dict) -> str:
        return part[0] if isinstance(part, list) else first(part["parts"][0])

    for word, trees in zip(words + near, found, strict=True):
        assert first(trees[0][0]) == (grammar.read_as(word) or word), word


def contexts() -> tuple[list[tuple[int | None, int | None]], Seen]:
    """What context pictures may show, as answers and as probabilities; the first of them is no picture."""
    torch.manual_seed(0)
    outdoors, people = torch.randn(7, 2).softmax(1), torch.randn(7, len(PEOPLE)).mul(3).softmax(1)
    outdoors[0], people[0] = 0, 0
    return list(zip(answers(outdoors), answers(people), strict=True)), Seen(outdoors, people)


TOLD = [*(text for *_, text in BY_HAND[::8]), *ODD[::2]]


def test_slots_and_contradictions_are_those_of_python(page):
    shown, _ = contexts()
    shown += [(place, None) for place, _ in shown[:3]]
    for wins in ("text", "context"):
        found = page.evaluate(
            """([told, shown, wins]) => told.map((text) => {
                const reading = language.read(text);
                return shown.map(([place, person]) => language.fill(reading, place, person, wins)); })""",
            [TOLD, shown, wins],
        )
        for text, rows in zip(TOLD, found, strict=True):
            for (place, person), ours in zip(shown, rows, strict=True):
                expected = fill(read(text), place, person, wins)
                for row, slot in zip(ours, expected.rows, strict=True):
                    value = list(slot.value) if isinstance(slot.value, tuple) else slot.value
                    clashes = slot.name in expected.contradictions
                    assert row == slot._asdict() | {"value": value, "contradicted": clashes}, (text, place, person)


def test_context_vectors_are_those_of_python(page):
    _, seen = contexts()
    told = said(TOLD)
    for takes, hard, wins in product(("place", "place and person"), (True, False), ("text", "context")):
        found = page.evaluate(
            """([told, seen, takes, wins]) => told.map((text) => {
                const reading = language.read(text);
                return seen.map(([outdoors, people]) =>
                    language.context(reading, { outdoors, people }, takes, wins)); })""",
            [
                TOLD,
                list(zip(seen.outdoors.tolist(), seen.people.tolist(), strict=True)),
                {"takes": takes, "hard": hard},
                wins,
            ],
        )
        for picture in range(len(seen.outdoors)):
            shown = seen.take([picture] * len(TOLD))
            expected = context_vectors(told, shown, takes, hard, wins)
            torch.testing.assert_close(torch.tensor([rows[picture] for rows in found], dtype=torch.float32), expected)


def test_notes_and_letters_are_those_of_python(page):
    told = sentences()[::3] + ODD
    found = page.evaluate(
        "told => told.map((text) => [true, false].map((given) => language.note(text, language.read(text), given)))",
        told,
    )
    for text, ours in zip(told, found, strict=True):
        assert ours == [language.note(text, read(text), given) for given in (True, False)], text
    numbers = page.evaluate("told => told.map((text) => [...language.letters(text)])", told)
    assert torch.equal(torch.tensor(numbers), letters(told))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The caption is empty, so all comes from the context picture."),
        (" \n", "The caption is empty, so all comes from the context picture."),
        ("犬がいる", "Only English is understood here, so all comes from the context picture."),
        ("it rains", "Nothing understood, so all comes from the context picture."),
        ("12 !!", "Nothing understood, so all comes from the context picture."),
        ("a woman " * 400, "That is 3,200 letters: the text encoder sees 201, the parser 2,000."),
        ("a woman", ""),
    ],
)
def test_a_note_says_what_is_not_read_in_one_line(text, says):
    assert language.note(text, read(text), True) == says
    assert says == "" or "all is left open" in language.note(text, read(text), False) or "letters" in says


def test_people_have_names_of_their_own_and_rules_are_small():
    assert len(set(language.NAMES["person"])) == len(PEOPLE)
    assert language.NAMES["person"][12] == "old man, white hair, brown suit"
    assert len(json.dumps(language.tables())) < 60_000
