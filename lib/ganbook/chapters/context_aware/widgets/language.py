"""What the mixer asks of the language: trees for showing, a note on what cannot be read, and the rules for a page."""

import unicodedata
from dataclasses import asdict
from typing import Any

from ganbook.chapters.context_aware.text import ALPHABET, LETTERS
from ganbook.data import scene_grammar as grammar
from ganbook.data import scene_language as language
from ganbook.data.scene_language import NOT_SAID, Reading, Slot
from ganbook.data.scenes import PEOPLE, THINGS, Person

NOTES = {
    "empty": "The caption is empty",
    "foreign": "Only English is understood here",
    "nothing": "Nothing understood",
    "from_context": "so all comes from the context picture.",
    "from_nothing": "and no context picture says anything, so all is left open.",
    "long": f"That is {{n}} letters: the text encoder sees {LETTERS}, the parser {grammar.MAX_LETTERS:,}.",
}
"""Parts of the sentences that :func:`note` and the page say."""

CALLED = {
    ("female", "child"): "girl",
    ("female", "adult"): "woman",
    ("female", "old"): "old woman",
    ("male", "child"): "boy",
    ("male", "adult"): "man",
    ("male", "old"): "old man",
}


def named(person: Person) -> str:
    """Somebody in a few words: "old man, white hair, brown suit"."""
    covered = {"bald": "bald", "scarf": f"{person.accent} scarf", "cap": f"{person.accent} cap"}
    head = covered.get(person.style, f"{person.hair} hair")
    whole = person.wear in ("dress", "coat", "suit")
    clothes = f"{person.top} {person.wear}" if whole else f"{person.top} top, {person.below} {person.wear}"
    return f"{CALLED[person.gender, person.age]}, {head}, {clothes}"


NAMES = {
    "place": ["indoors", "outdoors"],
    "person": [named(person) for person in PEOPLE],
    "things": [thing.name for thing in THINGS],
}
"""Of the values of each slot."""


def value(slot: Slot) -> str:
    """What the value of a slot means, or "open"."""
    numbers = slot.value if isinstance(slot.value, tuple) else () if slot.value is None else (slot.value,)
    return ", ".join(NAMES[slot.name][number] for number in numbers) or "open"


def note(text: str, reading: Reading, has_context: bool) -> str:
    """A sentence on what cannot be read of a text, or "".

    Args:
        has_context: whether a context picture is there to fill what stays open.
    """
    rest = NOTES["from_context" if has_context else "from_nothing"]
    if not text.strip():
        return f"{NOTES['empty']}, {rest}"
    if not (reading.entities or reading.place or reading.person):
        known = [sign for sign in text if sign.isalpha()]
        abroad = sum(not any("a" <= each <= "z" for each in _plain(sign)) for sign in known)
        return f"{NOTES['foreign' if abroad > len(known) / 2 else 'nothing']}, {rest}"
    return NOTES["long"].replace("{n}", f"{len(text):,}") if len(text) > LETTERS else ""


def _plain(sign: str) -> str:
    return unicodedata.normalize("NFKD", sign).lower()


def shown(tree: Any) -> dict[str, Any] | list[str]:
    """An ``nltk.Tree`` as plain JSON types: {label, parts}, leaves [word, tag]."""
    return list(tree) if isinstance(tree, tuple) else {"label": tree.label(), "parts": [shown(part) for part in tree]}


def tables() -> dict[str, Any]:
    """What the page must know to read as :func:`ganbook.data.scene_language.read` does; it finds slips by itself."""
    rules = {name: table for name, table in language.rules().items() if name != "slips"}
    return rules | {
        "signs": [each.pattern for each in (grammar.SENTENCE_END, grammar.COMMA, grammar.WORD)],
        "max_letters": grammar.MAX_LETTERS,
        "max_words": grammar.MAX_WORDS,
        "meant": grammar.MEANT,
        "not_said": NOT_SAID,
        "ages": language._AGES,
        "skins": language._SKIN,
        "people": [asdict(person) for person in PEOPLE],
        "things": NAMES["things"],
        "alphabet": ALPHABET,
        "letters": LETTERS,
        "notes": NOTES,
    }
