"""Instructions for avatars: true of their pair, read again as what they say, whatever is typed."""

import re
from itertools import permutations
from random import Random

import pytest
import torch

from ganbook.data import avatar_forms as said
from ganbook.data import avatar_words as words
from ganbook.data.avatar_forms import FORMS, MOST_FORMS, SEEN, UNSEEN
from ganbook.data.avatar_language import (
    FIRST,
    KNOWN,
    MAX_WORDS,
    UNKNOWN,
    WORDS,
    corrected,
    instruct,
    slips_of,
    tokenise,
    understand,
    words_of,
)
from ganbook.data.avatar_words import EVERY, LOOKS, NAMES, NOUNS, Meaning
from ganbook.data.avatars import KINDS
from ganbook.errors import UserError

PAIRS = [(kind, *pair) for kind in KINDS for pair in permutations(range(len(KINDS[kind])), 2)]


def number(kind: str, name: str) -> int:
    return NAMES[kind].index(name)


def template_words(form: said.Form) -> set[str]:
    return set(words_of(re.sub(r"\{.*?\}", " ", form.template)))


# Forms


def test_several_hundred_forms_and_at_least_twenty_of_each_kind():
    assert len(FORMS) == len({(form.kind, form.template, form.when) for form in FORMS}) == 485
    assert [form.number for form in FORMS] == list(range(485))
    for kind in KINDS:
        assert len(SEEN[kind]) >= 20 and len(UNSEEN[kind]) >= 4


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_form_fits_every_pair_and_so_does_one_that_is_held_out(kind):
    for source, target in permutations(range(len(KINDS[kind])), 2):
        usable = said.usable(kind, source, target)
        assert SEEN[kind][0] in usable
        assert any(form.unseen for form in usable)


def test_every_form_can_be_used():
    assert {form for kind, *pair in PAIRS for form in said.usable(kind, *pair)} == set(FORMS)


def test_held_out_forms_have_no_words_of_their_own():
    seen = set().union(*(template_words(form) for form in FORMS if not form.unseen))
    fillers = {word for texts in said.WHOSE["man"].values() for word in words_of(texts)}
    fillers |= {
        word
        for slots in said.PHRASES.values()
        for group in slots.values()
        for phrase in group
        for word in words_of(phrase)
    }
    assert set().union(*(template_words(form) for form in FORMS if form.unseen)) <= seen | fillers


@pytest.mark.parametrize("kind", KINDS)
def test_phrases_are_true_of_some_values_only(kind):
    for slot in said.PHRASES[kind].keys() - said.NOUN_SLOTS:
        for phrase in said.PHRASES[kind][slot]:
            found = words.look_of(kind, phrase)
            assert found and found != EVERY[kind], phrase
            assert set(words_of(phrase)) <= KNOWN


def test_every_value_has_a_phrase_of_its_own():
    """With one form a kind, the sentence decides the target."""
    for kind, source, target in PAIRS:
        text = instruct(kind, source, target, "man", Random(0), forms=1, typos=0).text
        assert len(understand(text).meaning.values) == 1 or kind in ("glasses", "hair", "clothes"), text
        assert target in understand(text).meaning.values


@pytest.mark.parametrize(
    ("kind", "source", "target", "expected"),
    [
        ("nose", "short button", "long button", {("length", 1), ("size", 1)}),
        ("nose", "broad", "straight", {("width", -1), ("size", -1)}),
        ("eyebrows", "thick arched", "thin arched", {("thickness", -1), ("size", -1)}),
        ("face shape", "pointed", "square", {("jaw", 1), ("length", -1)}),
        ("glasses", "red cat-eye glasses", "aviator glasses", {("rim", -1), ("size", 1), ("height", 1)}),
        ("glasses", "no glasses", "sunglasses", set()),
        ("hair", "bob", "long straight", {("length", 1)}),
        ("hair", "bald", "long straight", set()),
        ("beard", "full beard", "long beard", {("length", 1)}),
        ("iris", "brown", "light blue", {("light", 1)}),
        ("background", "white", "black", {("light", -1)}),
        ("gender", "woman", "man", set()),
    ],
)
def test_trends_come_from_the_drawing(kind, source, target, expected):
    pair = number(kind, source), number(kind, target)
    assert set(words.trends(kind, *pair)) == expected
    assert set(words.trends(kind, *reversed(pair))) == {(name, -step) for name, step in expected}


# Saying and reading


def check(saying, kind: str, source: int, target: int) -> None:
    """The meaning by the making and the one by the words are the same, true of the pair and not of its mirror image."""
    read = understand(saying.text).meaning
    assert read == saying.meaning, saying
    assert read.fits(kind, source, target) and not read.fits(kind, target, source), saying
    assert len(words_of(saying.text)) <= MAX_WORDS


def test_instructions_for_every_pair_are_read_as_what_they_mean():
    random = Random(1)
    for kind, source, target in PAIRS:
        check(instruct(kind, source, target, random.choice(["woman", "man"]), random, typos=0.1), kind, source, target)


def test_instructions_of_every_form_are_read_as_what_they_mean(monkeypatch):
    random, pairs = Random(2), {form: [] for form in FORMS}
    for pair in PAIRS:
        for form in said.usable(*pair):
            pairs[form].append(pair)
    for form, usable in pairs.items():
        monkeypatch.setattr(said, "usable", lambda *_, form=form: (form,))
        for pair in random.sample(usable, min(6, len(usable))):
            saying = instruct(*pair, random.choice(["woman", "man"]), random, unseen=form.unseen)
            assert saying.form is form
            check(saying, *pair)


def test_a_seed_decides_the_instruction():
    texts = [[instruct("nose", 0, 9, "man", Random(seed)).text for seed in range(30)] for _ in range(2)]
    assert texts[0] == texts[1] and len(set(texts[0])) > 20


@pytest.mark.parametrize("forms", [1, 2, 5, MOST_FORMS])
def test_a_limit_of_forms(forms):
    random = Random(0)
    for kind, source, target in PAIRS[::7]:
        saying = instruct(kind, source, target, "woman", random, forms=forms)
        assert saying.form in SEEN[kind][:forms]


def test_with_one_form_there_is_one_sentence_for_a_pair():
    texts = {instruct("iris", 1, 4, "woman", Random(seed), forms=1, typos=0).text for seed in range(20)}
    assert texts == {"change the eye colour to green"}


def test_slips_come_at_their_rate():
    wrong = eligible = 0
    for seed in range(1500):
        kind, source, target = PAIRS[seed]
        clean, slipped = (
            words_of(instruct(kind, source, target, "man", Random(seed), typos=rate).text) for rate in (0.0, 0.1)
        )
        for before, after in zip(clean, slipped, strict=True):
            wrong += before != after
            eligible += len(before) >= 4 and bool(slips_of(before))
            assert before == after or (len(before) >= 4 and corrected(after) == before)
    assert abs(wrong / eligible - 0.1) < 0.015


def test_a_slip_drops_doubles_or_swaps_a_letter():
    assert {"gren", "grreen", "geren"} <= set(slips_of("green"))
    assert all(corrected(slip) == word for word in ("green", "glasses", "eyebrows") for slip in slips_of(word))
    assert slips_of("eye") == ()


READ = {
    "make his nose a bit longer": ("nose", None, [("length", 1)]),
    "thinner eyebrows": ("eyebrows", None, [("thickness", -1)]),
    "make his chin and jaw fuller": ("face shape", None, [("jaw", 1)]),
    "make his eyebrows smaller": ("eyebrows", None, [("size", -1)]),
    "increase the eyes size concretely his pupils": ("eye shape", None, [("size", 1)]),
    "make the eyeglasses frame thinner": ("glasses", None, [("rim", -1)]),
    "the t-shir become opened": ("clothes", ["white T-shirt", "red T-shirt"], []),
    "shave off his beard": ("beard", ["no beard"], []),
    "turn him into a woman": ("gender", ["woman"], []),
    "give her red round glasses": ("glasses", ["red round glasses"], []),
    "change the background to blue stripes": ("background", ["blue stripes"], []),
    "MAKE HIS EYES GREEEN!!!": ("iris", ["green"], []),
    "red t-shirt": ("clothes", ["red T-shirt"], []),
    "remove the man's spectacles": ("glasses", ["no glasses"], []),
    "take his specs off": ("glasses", ["no glasses"], []),
    "he should not wear glasses": ("glasses", ["no glasses"], []),
    "a bob without a fringe": ("hair", ["bob"], []),
    "shave the man's head": ("hair", ["bald", "shaved"], []),
    "remove her hair": ("hair", ["bald"], []),
    "large ears without earrings": ("ears", ["large"], []),
    "change his eyes from brown to green": ("iris", ["green"], []),
    "replace the suit with a tie with a hoodie": ("clothes", ["green hoodie"], []),
    "a hoodie instead of the suit": ("clothes", ["green hoodie"], []),
    "a wide, round face": ("face shape", ["wide round"], []),
    "the nose is too long": ("nose", None, [("length", -1)]),
    "give the man an afro": ("hair", ["afro"], []),
    "keep the glasses but make them blue and square": ("glasses", ["blue square glasses"], []),
    "put a smile on her face": ("mouth", ["gentle smile", "smile", "broad smile"], []),
    "make her sad": ("mouth", ["frown", "deep frown"], []),
    "make the eyebrows sad and thin": ("eyebrows", ["thin sad"], []),
    "make the nose longer and wider": ("nose", None, [("length", 1), ("width", 1)]),
    "<b>blue and white stripes</b> as background &amp; no more \U0001f600": ("background", ["blue stripes"], []),
    "<script>alert('x')</script>make his eyes green": ("iris", ["green"], []),
    "mustasche please, a walrus one": ("mustache", ["walrus mustache"], []),
}
"""What is typed, the kind that it is about, the values and the trends."""


@pytest.mark.parametrize("text", READ)
def test_reading(text):
    kind, values, trends = READ[text]
    read = understand(text)
    assert read.problem == "" and read.kinds == (kind,)
    wanted = EVERY[kind] if values is None else {number(kind, name) for name in values}
    assert (read.meaning.values, list(read.meaning.trends)) == (wanted, trends)
    assert read.sentence.startswith(f"Understood: {kind}, ")


def test_what_was_there_before_is_read_too():
    read = understand("replace the red glasses with sunglasses").meaning
    assert {NAMES["glasses"][value] for value in read.before} == {
        "red round glasses",
        "red narrow glasses",
        "red cat-eye glasses",
    }
    less = understand("less pointed chin").meaning
    assert less.before == LOOKS["face shape"]["pointed"] and not less.before & less.values


BAD = {
    "": ("empty", "There is no instruction: say what should change"),
    " \n\t ": ("empty", "There is no instruction"),
    "\U0001f642\U0001f642 !!": ("empty", "There is no instruction"),
    "<b></b>": ("empty", "There is no instruction"),
    "12345": ("empty", "There is no instruction"),
    "longer nose " * 20: ("long", "That is 40 words: say it in 24 at most."),
    "make it rain": ("nothing", "Nothing in this is about the picture. What can be changed: gender, face shape"),
    "keep the nose as it is": ("nothing", "This asks for no change"),
    "don't change the nose": ("nothing", "This asks for no change"),
    "make his nose elefantine": ("unknown", 'I do not know "elefantine"'),
    "make his eyes gleen": ("unknown", 'I do not know "gleen"; the nearest words are "green"'),
    "mach ihm eine l\u00e4ngere Nase bitte": ("language", "Only English is understood here."),
    "rends son nez plus long": ("language", "Only English is understood here."),
    "ponle las gafas por favor": ("language", "Only English is understood here."),
    "\u5f7c\u306e\u9f3b\u3092\u9577\u304f\u3057\u3066": ("language", "Only English is understood here."),
    "\u0434\u043b\u0438\u043d\u043d\u044b\u0439 \u043d\u043e\u0441": ("language", "Only English is understood here."),
    "blue eyes and a red shirt": ("several", "That changes more than one thing (iris and clothes): say one at a time."),
    "remove the beard and add glasses": ("several", "more than one thing (beard and glasses)"),
    "a long face and a wide nose": ("several", "more than one thing (face shape and nose)"),
    "make the nose longer and shorter": ("contradiction", 'These contradict each other: "longer", "shorter".'),
    "make him bald with long hair": ("contradiction", 'These contradict each other: "bald", "long".'),
    "from red glasses to red glasses": ("contradiction", "These contradict each other"),
    "change the nose": ("vague", 'It does not say what the nose should be like: say for instance "longer".'),
    "blue please": ("vague", '"blue" may be about iris or glasses or clothes or background: name what you mean.'),
    "make the hair blue": ("unfit", '"blue" cannot be said of the hair here.'),
}
"""What is typed, the problem, and how the sentence on it begins or what it holds."""


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_read_is_said(text):
    problem, sentence = BAD[text]
    read = understand(text)
    assert read.problem == problem and sentence in read.sentence
    assert read.meaning is None and "\n" not in read.sentence and read.sentence.endswith(".")


@pytest.mark.parametrize("thing", [None, 3, b"make his eyes green", ["long nose"], float("nan")])
def test_what_is_no_text(thing):
    read = understand(thing)
    assert (read.problem, read.sentence) == ("no text", f"An instruction must be text, not {type(thing).__name__}.")


def test_unknown_words_are_named_beside_what_is_understood():
    read = understand("make his nosse lonnger lol")
    assert read.problem == "" and read.corrections == {"nosse": "nose", "lonnger": "longer"}
    assert list(read.unknown) == ["lol"]
    assert read.sentence.startswith(
        'Understood: nose, longer. I read "nosse" as "nose", "lonnger" as "longer". I do not know "lol"'
    )


def test_nothing_that_is_typed_raises():
    random = Random(3)
    pool = [*KNOWN, *"<>&;,.!'\"\\\0\ud800\u00df\u0130", "<script>", "\U0001f600", "'s", "--"]
    for _ in range(1500):
        text = random.choice(["", " "]).join(random.choices(pool, k=random.randint(1, 12)))
        read = understand(text)
        assert read.sentence and (read.problem != "") == (read.meaning is None)


def test_a_meaning_fits_its_kind_only():
    red = Meaning("glasses", LOOKS["glasses"]["red"], EVERY["glasses"])
    red_round, black_round = number("glasses", "red round glasses"), number("glasses", "black round glasses")
    assert red.fits("glasses", black_round, red_round)
    assert not red.fits("glasses", red_round, black_round)
    assert not red.fits("glasses", number("glasses", "red narrow glasses"), red_round)
    assert not red.fits("hair", black_round, red_round)


def test_nouns_name_kinds():
    assert {kind for kinds in NOUNS.values() for kind in kinds} == set(KINDS)


# Tokens


def test_tokens():
    tokens, lengths = tokenise(["Make his nose longer!", "red t-shirt", "a qwxyz nose"])
    assert tokens.dtype == lengths.dtype == torch.int64 and tokens.shape == (3, MAX_WORDS)
    assert lengths.tolist() == [4, 3, 3]
    assert [WORDS[token - FIRST] for token in tokens[0, :4]] == ["make", "his", "nose", "longer"]
    assert tokens[2, 1] == UNKNOWN and (tokens[0, 4:] == 0).all()
    assert len(set(WORDS)) == len(WORDS) and list(WORDS) == sorted(WORDS)
    assert tokenise([])[0].shape == (0, MAX_WORDS)


def test_the_grammar_says_no_word_outside_its_vocabulary():
    random = Random(2)
    for kind, source, target in PAIRS[::3]:
        text = instruct(kind, source, target, "woman", random, typos=0).text
        assert set(words_of(text)) <= set(WORDS)


@pytest.mark.parametrize("text", ["", "!!!", "nose " * (MAX_WORDS + 1)])
def test_tokens_of_no_instruction(text):
    with pytest.raises(UserError, match=f"expected 1 to {MAX_WORDS} words, got"):
        tokenise(["blue background", text])
