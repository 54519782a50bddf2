"""What the editor's widget asks of the language: how an instruction is read, and the tables to do so on a page."""

from typing import Any

from ganbook.data import avatar_language as language
from ganbook.data import avatar_words as words
from ganbook.data.avatars import KINDS
from ganbook.errors import UserError


def told(text: str) -> tuple[str, str]:
    """What an editor is told when a person types ``text``, slips mended, and in a sentence how it was read.

    Raises:
        UserError: it means nothing here, too much, or something impossible; the message is meant for the person.
    """
    found = language.understand(text)
    if found.problem:
        raise UserError(found.sentence)
    mended = [language.corrected(word) or word for word in language.words_of(text)]
    if len(mended) > language.MAX_WORDS:
        raise UserError(f"That is {len(mended)} words: say it in {language.MAX_WORDS} at most.")
    return " ".join(mended), found.sentence


def tables() -> dict[str, Any]:
    """What the page must know to understand as :func:`ganbook.data.avatar_language.understand` does."""
    return {
        "kinds": list(KINDS),
        "names": words.NAMES,
        "looks": {
            kind: {phrase: sorted(found) for phrase, found in rows.items()} for kind, rows in words.LOOKS.items()
        },
        "trends": words.TRENDS,
        "comparatives": {
            kind: {f"{name},{step}": rows[name, step][0] for name, step in rows}
            for kind, rows in words.COMPARATIVES.items()
        },
        "examples": {kind: language._example(kind) for kind in KINDS},
        "nouns": words.NOUNS,
        "none": words.NONE,
        "gone": words.GONE,
        "words": language.WORDS,
        "max_words": language.MAX_WORDS,
        "sets": {name.lower(): sorted(getattr(words, name)) for name in SETS} | {"foreign": sorted(language._FOREIGN)},
    }


SETS = (
    *("PEOPLE", "PLACES", "SMALL", "OTHER", "FEELINGS"),
    *("REMOVE", "WITHOUT", "LESS", "OLD", "NEW", "AND", "WHERE", "KEEP", "CHANGE"),
)
