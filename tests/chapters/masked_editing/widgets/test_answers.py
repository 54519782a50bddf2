"""What the page's JavaScript understands, draws and reads, sentence by sentence against Python."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

from ganbook.chapters.masked_editing import preferences, widgets
from ganbook.chapters.masked_editing.widgets import language
from ganbook.data.avatar_edits import NOTHING
from ganbook.data.avatar_language import instruct, understand
from ganbook.data.avatars import KINDS, hair_colours, looks, portrait, random_attributes, render, skin_tones
from ganbook.data.avatars.program import portrait_program
from ganbook.data.pixels import to_bytes
from ganbook.errors import UserError
from ganbook.widgets.base import own_source

FOLDER = Path(widgets.__file__).parent
ODD = """
make it rain|mach seine haare kurz bitte|make his beard longer and shorter
<b>give</b> her <i>red</i> glasses|😀 make her smile 😀|hair & beard|  |!!!
<script>alert(1)</script>make him bald|<script>|glasse|gve him a bread|make the hiar shortr|give her a hta
remove the glasses and the beard|no beard|a beard|change his nose|make the nose red|keep everything
don't change her hair|replace the black glasses with red round ones|from a smile to a frown
turn his short hair into an afro|not so wide a mouth|make the woman's hair blonde|the woman's|man
give the man a hat|facial hair|happier|happy|sad eyes|bigger eyes|bigger pupils|less smiling|without glasses
no longer bald|round face with glasses|glasses instead of sunglasses|rather a bob than an afro
chin beard on the chin|make his chin and jaw fuller|put transparent lenses on the face|t-shirt
T\u2011shirt red|caf\u00e9 background|purple|striped|wider|open|close|make it darker, please
face: longer; nose: shorter|nose shorter/longer|&lt;b&gt; wide nose|&amp; blue eyes|&eacute;&nbsp;green eyes
постав окуляри|眼鏡をかけて|ＢＬＵＥ ＥＹＥＳ|bLuE bAcKgRoUnD!!!|five o'clock shadow|five o\u2019clock shadow
make the beard beard beard|xqzv|supercalifragilistic|eyebrowss thicker|moustashe|mustachio|spectacle
spectacls|earringz|hairr|the the the|please|make|thing|give|add|add glasses|add a beard and glasses
add earrings|take the earrings off|lose the beard
""".replace("\n", "|").split("|")


def sentences() -> list[str]:
    """The odd ones, what the grammar says of every kind, with many slips, and mixtures of both."""
    random, told = (
        Random(0),
        [*ODD, *NOTHING.replace("\n", " ").split("; "), "nose " * 30, "a" * 300, "wide " * 24 + "nose"],
    )
    for kind, values in KINDS.items():
        for number in range(26):
            pair = random.sample(range(len(values)), 2)
            how = {"unseen": number % 2 == 1, "typos": (0.0, 0.3)[number % 3 == 0]}
            told.append(instruct(kind, *pair, random.choice(["woman", "man"]), random, **how).text)
    words = " ".join(told[len(ODD) :]).split()
    told += [" ".join(random.sample(words, random.randint(1, 7))) for _ in range(150)]
    return told + [
        f"{one}{random.choice([', ', ' and ', ' but ', '; '])}{other}"
        for one, other in zip(told[150:250], told[250:350])
    ]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    """A blank page with the answers as plain functions, and the language made from Python's tables."""
    page = browser.new_page()
    answers = "".join((FOLDER / "answers" / name).read_text() for name in ("language.js", "drawing.js", "editor.js"))
    panel = (
        own_source(FOLDER / "preference_panel.js")
        .replace("export function", "function")
        .partition("function render")[0]
    )
    page.add_script_tag(content="const answers = {};" + answers + panel)
    page.evaluate("tables => { window.language = avatarLanguage(tables); }", json.loads(json.dumps(language.tables())))
    yield page
    page.close()


def test_every_sentence_is_understood_as_python_does(page):
    told = sentences()
    assert len(told) > 600
    found = page.evaluate("told => told.map((text) => language.understand(text))", told)
    problems = set()
    for text, ours in zip(told, found, strict=True):
        expected = understand(text)
        meanings = [
            {
                "kind": each.kind,
                "values": sorted(each.values),
                "before": sorted(each.before),
                "trends": [list(trend) for trend in each.trends],
            }
            for each in expected.meanings
        ]
        problems.add(expected.problem)
        assert ours["sentence"] == expected.sentence, text
        assert ours["problem"] == expected.problem and ours["meanings"] == meanings, text
        assert ours["corrections"] == expected.corrections, text
        assert ours["unknown"] == {word: list(near) for word, near in expected.unknown.items()}, text
    assert problems >= {
        "",
        "empty",
        "long",
        "language",
        "nothing",
        "unknown",
        "vague",
        "unfit",
        "several",
        "contradiction",
    }


def refusal_or(work, *arguments):
    try:
        return work(*arguments)
    except UserError as refusal:
        return str(refusal)


def test_an_editor_is_told_the_same_words_or_refuses_in_the_same_ones(page):
    told = [*sentences()[::4], "the woman's woman's nose longer " * 8, "make the hiar shortr"]
    found = page.evaluate(
        """told => told.map((text) => {
            try { const { words, understood } = language.told(text); return [words.join(" "), understood]; }
            catch (refusal) { return refusal.message; } })""",
        told,
    )
    for text, ours in zip(told, found, strict=True):
        expected = refusal_or(language.told, text)
        assert ours == (expected if isinstance(expected, str) else list(expected)), text


@pytest.mark.parametrize("side", [32, 64])
def test_avatars_are_drawn_to_the_pixel_as_python_draws_them(page, side):
    generator = torch.Generator().manual_seed(side)
    n = 40
    attributes = random_attributes(n, generator)
    skin, hair = skin_tones(n, generator), hair_colours(n, generator)
    drawn = to_bytes(render(looks(attributes, skin, hair), portrait(n), side).pictures).permute(0, 2, 3, 1).numpy()
    rows = list(zip(attributes.tolist(), skin.tolist(), hair.tolist(), strict=True))
    found = page.evaluate(
        "([program, side, rows]) => { const paint = avatarPainter(program, side);"
        " return rows.map((row) => [...paint(...row)]); }",
        [portrait_program(side), side, rows],
    )
    difference = np.abs(np.reshape(found, drawn.shape) - drawn.astype(int))
    assert difference.max() <= 1 and (difference == 0).mean() > 0.9999


HEADER = "participant,study,triple,position,left,answer,preference\n"
GOOD = HEADER + "p1,abc,0,1,without,4,4\np1,abc,1,2,with,4,2\n"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "\ufeff" + GOOD.replace("\n", "\r\n"),
        GOOD.replace(",", ";"),
        GOOD.replace("p1", '"p,1"'),
        GOOD.replace("participant", " Participant "),
        "",
        "\n\n",
        HEADER,
        GOOD.replace("preference", "choice"),
        GOOD.replace("4,4", "6,4"),
        GOOD.replace("4,4", "4,"),
        GOOD.replace("4,4", "4,2"),
        GOOD.replace("without", "left"),
        GOOD.replace("abc,1", "abc,0"),
        GOOD + "p1,abc\n",
    ],
)
def test_a_file_of_answers_is_read_or_refused_in_the_same_words(page, text):
    found = page.evaluate(
        """([text, columns]) => { try { return parseAnswers(text, "a.csv", columns); }
            catch (refusal) { return refusal.message; } }""",
        [text, list(preferences.COLUMNS)],
    )
    expected = refusal_or(preferences.parse, text, "a.csv")
    if not isinstance(expected, str):
        expected = [{column: getattr(each, column) for column in preferences.COLUMNS} for each in expected]
    assert found == expected


def test_order_and_sides_depend_on_seed_and_code(page):
    first, again, other = page.evaluate("() => ['0 a', '0 a', '0 b'].map((key) => trialsOf(20, key))")
    assert first == again != other
    assert sorted(each["triple"] for each in first) == list(range(20))
    many = page.evaluate("() => Array.from({ length: 300 }, (_, i) => trialsOf(20, `0 p${i}`)).flat()")
    share = np.mean([each["left"] == "with" for each in many])
    assert 0.48 < share < 0.52
