"""The language of avatar editing: instructions as people write them, what they mean, and how a network reads them.

:func:`instruct` says what changes between two avatars in one of several hundred ways, slips of the pen included.
:func:`understand` goes the other way: by words alone, whatever the sentence, it finds the kind of attribute, the values
and the comparatives. The words are in :mod:`.avatar_words`, the ways to say it in :mod:`.avatar_forms`.
"""

import difflib
import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from random import Random
from typing import NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor

from ganbook.data import avatar_forms as said
from ganbook.data import avatar_words as words
from ganbook.data.avatar_forms import Form
from ganbook.data.avatar_words import EVERY, GONE, LOOKS, NONE, NOUNS, TRENDS, Meaning
from ganbook.data.avatars.attributes import KINDS
from ganbook.errors import UserError

MAX_WORDS = 24
"""Length of a row of tokens, and the most words that an instruction may have."""

TYPOS = 0.02
"""Share of the words (of four letters and more) with a slip of the pen."""


def words_of(text: str) -> list[str]:
    """The words of a text in small letters: no HTML, accents, digits, signs; "t-shirt" is two words."""
    return [piece for piece in _pieces(text) if piece[0].isalpha()]


def _pieces(text: str) -> list[str]:
    """Words, and the signs that part clauses, as commas."""
    text = html.unescape(text)
    text = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<[^<>]*>", " ", text)
    plain = unicodedata.normalize("NFKD", text.replace("\u2019", "'")).lower().replace("-", " ")
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return [piece if piece[0].isalpha() else "," for piece in re.findall(r"[a-z]+(?:'[a-z]+)*|[,;/&]", plain)]


# What is known


@cache
def grammar_words() -> tuple[str, ...]:
    """Every word that an instruction of the grammar may hold, in the alphabet's order."""
    texts = [re.sub(r"\{.*?\}", " ", form.template) for form in said.FORMS]
    texts += [phrase for slots in said.PHRASES.values() for phrases in slots.values() for phrase in phrases]
    texts += [word for rows in words.COMPARATIVES.values() for more in rows.values() for word in more]
    texts += [whose for slots in said.WHOSE.values() for whose in slots.values()]
    texts += [frames.replace("{}", " ") for frames in said.FRAMES.values()]
    texts += [*said.BITS, *said.COLOUR, "a an"]
    return tuple(sorted({word for text in texts for word in words_of(text)}))


WORDS = grammar_words()
"""The vocabulary of models: token 0 is padding, 1 an unknown word, and from 2 on these."""

UNKNOWN, FIRST = 1, 2
_NUMBER = {word: number for number, word in enumerate(WORDS, start=FIRST)}

SENSES = frozenset(phrase for kind in KINDS for table in (LOOKS[kind], TRENDS[kind]) for phrase in table)
"""All looks and trends."""

_SIGNS = words.REMOVE | words.LESS | words.OLD | words.NEW | words.AND | words.WHERE | words.KEEP | words.CHANGE | {","}
_TABLE = SENSES | set(NOUNS) | _SIGNS
_LEXICON = sorted({word for phrase in _TABLE for word in phrase.split()} - {","})

KNOWN = frozenset({*_LEXICON, *WORDS, *words.SMALL, *words.OTHER})
"""Every word that is understood, those that mean nothing here included."""


def _slips_of(word: str) -> set[str]:
    """A letter dropped, doubled, or swapped with the next; the first stays."""
    dropped = {word[:at] + word[at + 1 :] for at in range(1, len(word))}
    doubled = {word[:at] + word[at] + word[at:] for at in range(1, len(word))}
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1)}
    return (dropped | doubled | swapped) - {word}


@cache
def slips() -> dict[str, str]:
    """The word behind every slip that leaves no doubt."""
    found: dict[str, str] = {}
    for word in sorted(KNOWN):
        if len(word) >= 4 and word.isalpha():
            for slip in _slips_of(word):
                found[slip] = "" if slip in found else word
    return {slip: word for slip, word in found.items() if word and slip not in KNOWN}


@cache
def slips_of(word: str) -> tuple[str, ...]:
    """The slips of a word of which :func:`corrected` makes the word again."""
    return tuple(sorted(slip for slip in _slips_of(word) if slips().get(slip) == word))


@cache
def corrected(word: str) -> str | None:
    """The known word that is meant; None where that is in doubt."""
    if word in KNOWN:
        return word
    if word in slips():
        return slips()[word]
    for ending in ("'s", "s"):
        if word.endswith(ending) and word.removesuffix(ending) in KNOWN:
            return word.removesuffix(ending)
    close = difflib.get_close_matches(word, _LEXICON, n=1, cutoff=0.84) if len(word) >= 5 else []
    return close[0] if close else None


def nearest(word: str) -> tuple[str, ...]:
    """Up to three words that mean something and look like this one."""
    return tuple(difflib.get_close_matches(word, _LEXICON, n=3, cutoff=0.66))


# Saying


@dataclass(frozen=True)
class Saying:
    """An instruction, the form that it is an instance of, and what it means by its making."""

    text: str
    form: Form
    meaning: Meaning


def instruct(
    kind: str,
    source: int,
    target: int,
    gender: str,
    random: Random,
    *,
    forms: int | None = None,
    unseen: bool = False,
    typos: float = TYPOS,
) -> Saying:
    """An instruction that is true of a pair of avatars.

    Args:
        kind: of the attribute that differs, one of ``KINDS``.
        source, target: the numbers of its values.
        gender: of the source, "woman" or "man".
        random: decides form, words, frame and slips.
        forms: only the first so many forms of a kind, and of what may fill a slot only the first so many; None: all.
        unseen: take a form that is held out of training; then ``forms`` has no effect.
        typos: share of the words of four letters and more that get a slip.
    """
    limit = None if unseen else forms
    allowed = said.UNSEEN[kind] if unseen else said.SEEN[kind][:limit]
    form = _one([form for form in said.usable(kind, source, target) if form in allowed], random)
    filled, meaning = _fill(form, source, target, gender, lambda options: _one(options[:limit], random))
    frame = _one(said.split(said.FRAMES[form.mood], "; ")[:limit], random)
    text = " ".join(frame.format(filled).split())
    text = " ".join(_slip(word, random, typos) for word in text.split())
    return Saying(_one(_FINISHES[:limit], random)(text), form, meaning)


_FINISHES = (str, str, str, str.capitalize, "{}.".format, lambda text: f"{text.capitalize()}.")


def _one(options: Sequence, random: Random):
    return options[int(random.random() * len(options))]


def _fill(form: Form, source: int, target: int, gender: str, choose: Callable) -> tuple[str, Meaning]:
    kind, values, before, trends = form.kind, *_condition(form), []
    trends += [words.trend_of(form.when)] if form.when[-1:] in ("+", "-") else []

    def fill(found: re.Match) -> str:
        nonlocal values, before
        slot = found[1].removeprefix("a:")
        options = said.options(kind, slot, source, target, gender)
        chosen = choose(options)
        if slot.startswith("more"):
            trends.append(dict(said.comparatives(kind, slot[5:], source, target))[chosen])
            return (choose(said.BITS) + chosen).strip() if slot == found[1] else said.article(chosen)
        if slot.startswith("old:"):
            before &= words.look_of(kind, chosen)
        elif slot in said.PHRASES[kind] and slot not in said.NOUN_SLOTS:
            values &= words.look_of(kind, chosen)
        return chosen if slot == found[1] else said.article(chosen)

    text = re.sub(r"\{(.+?)\}", fill, form.template)
    return text, Meaning(kind, values, before, tuple(dict.fromkeys(trends)))


def _condition(form: Form) -> tuple[words.Numbers, words.Numbers]:
    """The values that a form's condition leaves to the target and to the source."""
    every, when = EVERY[form.kind], form.when
    if when in ("none", "some"):
        there, gone = words.some(form.kind), frozenset({NONE[form.kind]})
        return (there, gone) if when == "some" else (gone, there)
    if when == "both" or not when or when[-1] in "+-":
        return every, every
    look = LOOKS[form.kind][when.removeprefix("not ")]
    return (every - look, look) if when.startswith("not ") else (look, every)


def _slip(word: str, random: Random, rate: float) -> str:
    slipped = random.random() < rate
    return _one(slips_of(word), random) if slipped and len(word) >= 4 and slips_of(word) else word


# Understanding


@dataclass(frozen=True)
class Understanding:
    """What an instruction says.

    Attributes:
        meanings: what it asks for, one a kind; more than one, or one beside a problem, is not for a model.
        problem: "" where all is well, else one of "no text", "empty", "long", "language", "nothing", "unknown",
            "vague", "unfit", "several", "contradiction".
        sentence: for people: how it was read, or what is wrong and what to do.
        unknown: words that mean nothing here, each with the nearest that do.
        corrections: words that were read as others.
    """

    meanings: tuple[Meaning, ...] = ()
    problem: str = ""
    sentence: str = ""
    unknown: dict[str, tuple[str, ...]] = field(default_factory=dict)
    corrections: dict[str, str] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(meaning.kind for meaning in self.meanings)

    @property
    def meaning(self) -> Meaning | None:
        """The one thing that it asks for, or None."""
        return None if self.problem else self.meanings[0]


def understand(text: object) -> Understanding:
    """Read an instruction by its words; nothing is raised. Capitals, signs, emoji, HTML and slips do not matter."""
    if not isinstance(text, str):
        return Understanding(problem="no text", sentence=f"An instruction must be text, not {type(text).__name__}.")
    return _understand(text[:10_000])


@lru_cache(20_000)
def _understand(text: str) -> Understanding:
    pieces = [piece for piece in _pieces(text) if piece.removesuffix("'s") not in words.PEOPLE or piece in words.PEOPLE]
    plain = [piece for piece in pieces if piece != ","]
    if problem := _unreadable(text, plain):
        return Understanding(problem=problem[0], sentence=problem[1])
    known = [(piece if piece == "," else corrected(piece)) for piece in pieces]
    unknown = {word: nearest(word) for word in dict.fromkeys(plain) if corrected(word) is None}
    corrections = {word: corrected(word) for word in plain if corrected(word) not in (None, word)}
    items = _items([word for word in known if word])
    meanings, problem, sentence = _read(items)
    if problem in ("vague", "nothing") and unknown:
        problem = "unknown" if problem == "vague" else problem
        sentence = f"{sentence if problem == 'nothing' else ''} {_not_known(unknown)}".strip()
    elif not problem:
        sentence = _aloud(meanings[0], corrections, unknown)
    return Understanding(meanings, problem, sentence, unknown, corrections)


_FOREIGN = words.word_set(
    """
    der die das und ein eine bitte mach mache ihm ihr ihre sein seine nicht mit grun augen nase haare brille la
    le les un une des et avec lui mets rends yeux nez cheveux el los las una con por favor pon haz ojos pelo
    gafas il gli che mettere occhi naso o os uma coloque olhos het een maak ogen neus
    """
)


def _unreadable(text: str, plain: list[str]) -> tuple[str, str] | None:
    letters = [sign for sign in unicodedata.normalize("NFKD", html.unescape(text)) if sign.isalpha()]
    if sum(not sign.isascii() for sign in letters) > len(letters) / 2:
        return "language", "Only English is understood here."
    if not plain:
        return "empty", 'There is no instruction: say what should change, for instance "make his nose longer".'
    if len(plain) > MAX_WORDS:
        return "long", f"That is {len(plain)} words: say it in {MAX_WORDS} at most."
    foreign = sum(word in _FOREIGN for word in plain)
    strange = sum(word in _FOREIGN or word not in KNOWN for word in plain)
    if foreign and (foreign + strange) / len(plain) >= 1:
        return "language", "Only English is understood here."
    return None


_OF_FACES = LOOKS["face shape"].keys() | TRENDS["face shape"].keys()


class _Item(NamedTuple):
    """A phrase that means something. ``place``: a noun that says where; ``bound``: behind a look or trend of faces."""

    phrase: str
    place: bool = False
    bound: bool = False

    @property
    def noun(self) -> bool:
        return self.phrase in NOUNS

    @property
    def sense(self) -> bool:
        return self.phrase in SENSES


def _items(known: list[str]) -> list[_Item]:
    """The phrases that mean something, in order."""
    rest, items, where = [word for word in known if word not in words.SMALL], [], False
    while rest:
        phrase = words.longest(rest, _TABLE)
        if phrase:
            items.append(_Item(phrase, where and phrase in NOUNS, bool(items) and items[-1].phrase in _OF_FACES))
            where = phrase in words.WHERE or (where and phrase in words.PEOPLE)
        rest = rest[max(1, len(phrase.split())) :]
    return items


def _read(items: list[_Item]) -> tuple[tuple[Meaning, ...], str, str]:
    """Meanings, problem, and a sentence on it."""
    if not any(item.noun or item.sense for item in items):
        kinds = ", ".join(KINDS)
        return (), "nothing", f"Nothing in this is about the picture. What can be changed: {kinds}."
    parted = any(item.phrase in words.AND - {"with"} or item.phrase == "," for item in items)
    keeps = any(item.phrase in words.KEEP for item in items)
    first = [items, _without(items, place=True), _without(items, people=True), _without(items, place=True, people=True)]
    last = [_without(items, face=True, place=True), _without(items, face=True, place=True, people=True)]
    if not keeps:
        for some in first if parted else first + last:
            if len(found := _chosen(some)) == 1:
                return tuple(found), "", ""
    found = _clauses(items) if parted or keeps else ()
    if not found and not keeps:
        found = next((tuple(chosen) for some in last if len(chosen := _chosen(some)) == 1), ()) or _clauses(items)
    if len(found) > 1:
        kinds = " and ".join(meaning.kind for meaning in found)
        return found, "several", f"That changes more than one thing ({kinds}): say one at a time."
    if found and found[0].possible:
        return found, "", ""
    return (), *_trouble(items, keeps, bool(found))


def _without(items: list[_Item], place: bool = False, people: bool = False, face: bool = False) -> list[_Item]:
    """The items without those that often say only where or whose; all of them if nothing else is left."""

    def goes(item: _Item) -> bool:
        if item.phrase in words.PEOPLE:
            return people
        return (place and item.place) or (face and item.phrase in words.PLACES and not item.bound)

    left = [item for item in items if not goes(item)]
    return left if any(item.noun or item.sense for item in left) else items


def _chosen(items: list[_Item]) -> list[Meaning]:
    """The possible readings; where no noun decides, a feeling is the mouth's."""
    found = [meaning for meaning in _readings(items) if meaning.possible]
    feels = all(item.phrase in words.FEELINGS for item in items if item.sense) and not any(item.noun for item in items)
    return [meaning for meaning in found if meaning.kind == "mouth"] or found if feels else found


def _readings(items: list[_Item]) -> list[Meaning]:
    """What the items may mean together, one for each kind that they may be about."""
    nouns = [set(NOUNS[item.phrase]) for item in items if item.noun]
    kinds = set.intersection(*nouns) if nouns else set(KINDS)
    found = (_meaning(kind, items) for kind in KINDS if kind in kinds)
    return [meaning for meaning in found if meaning]


def _meaning(kind: str, items: list[_Item]) -> Meaning | None:
    """What the items mean if they are about this kind; None if one of them cannot be, or if they ask for nothing."""
    if any(item.sense and not _has_sense(kind, item) for item in items):
        return None
    old, new = _parts(kind, items)
    values, before, trends = EVERY[kind], EVERY[kind], []
    for item in old:
        before &= LOOKS[kind].get(item.phrase, EVERY[kind])
    gone = any(item.phrase in words.REMOVE - words.WITHOUT for item in items)
    without, less, asks = False, False, False
    for item in new:
        without = (without or item.phrase in words.WITHOUT) and item.phrase not in words.AND
        less = less or item.phrase in words.LESS
        if item.sense:
            asks = True
            look = LOOKS[kind].get(item.phrase)
            if item.phrase in TRENDS[kind]:
                name, step = TRENDS[kind][item.phrase]
                trends.append((name, -step if less else step))
            elif gone or without or less:
                keeps = kind in NONE and not less
                values &= frozenset({NONE[kind]}) if keeps else EVERY[kind] - look
                before &= look if gone or less or keeps else EVERY[kind]
            else:
                values &= look
            less = False
        elif item.noun and kind in GONE and (gone or without or less) and not asks:
            values, asks, less = values & {GONE[kind]}, True, False
    if not asks:
        if kind not in NONE or any(item.phrase in words.CHANGE for item in items):
            return None
        values = words.some(kind)
    return Meaning(kind, values, before, tuple(dict.fromkeys(trends)))


def _has_sense(kind: str, item: _Item) -> bool:
    return item.phrase in TRENDS[kind] or item.phrase in LOOKS[kind]


def _parts(kind: str, items: list[_Item]) -> tuple[list[_Item], list[_Item]]:
    """What is said of before, and the rest: "instead of X", "replace X with Y", "from X to Y", "X into Y"."""
    looks = [item.phrase in LOOKS[kind] for item in items]
    for at, item in enumerate(items):
        if item.phrase in ("instead", "rather"):
            return items[at + 1 :], items[:at]
        if item.phrase in words.OLD:
            for new in range(at + 2, len(items)):
                if items[new].phrase in words.NEW and any(looks[new:]):
                    return items[at:new], items[:at] + items[new + 1 :]
    for at, item in enumerate(items):
        if item.phrase in ("to", "into", "becomes", "become") and any(looks[:at]) and any(looks[at:]):
            return items[:at], items[at:]
    return [], items


def _clauses(items: list[_Item]) -> tuple[Meaning, ...]:
    """The meanings of the clauses, one a kind; empty if one of them has none."""
    found: dict[str, Meaning] = {}
    nouns: list[_Item] = []
    for clause in _split(items):
        own = [item for item in clause if item.noun]
        said_of = _one_reading(clause) or (_one_reading(nouns + clause) if not own else None)
        nouns = own or nouns
        if any(item.phrase in words.KEEP for item in clause):
            continue
        if said_of is None:
            if any(item.sense for item in clause) or not all(item.phrase in words.PLACES for item in own):
                return ()
            continue
        before = found.get(said_of.kind)
        found[said_of.kind] = _together(before, said_of) if before else said_of
    return tuple(found.values())


def _split(items: list[_Item]) -> list[list[_Item]]:
    clauses: list[list[_Item]] = [[]]
    for item in items:
        if item.phrase in words.AND or item.phrase == ",":
            clauses.append([])
        else:
            clauses[-1].append(item)
    return [clause for clause in clauses if clause]


def _one_reading(items: list[_Item]) -> Meaning | None:
    ways = (items, _without(items, place=True), _without(items, True, True), _without(items, True, True, True))
    return next((found[0] for some in ways if len(found := _chosen(some)) == 1), None)


def _together(first: Meaning, second: Meaning) -> Meaning:
    trends = tuple(dict.fromkeys(first.trends + second.trends))
    return Meaning(first.kind, first.values & second.values, first.before & second.before, trends)


def _trouble(items: list[_Item], keeps: bool, impossible: bool) -> tuple[str, str]:
    """Why the items have no meaning together."""
    readings = _readings(items) or _readings(_without(items, True, True, True))
    phrases = _quoted([item.phrase for item in items if item.sense])
    if impossible or (readings and not any(meaning.possible for meaning in readings)):
        return "contradiction", f"These contradict each other: {phrases}."
    if keeps:
        return "nothing", "This asks for no change: say what should change, and how."
    nouns = [item.phrase for item in items if item.noun]
    if not phrases:
        example = _example(NOUNS[nouns[0]][0])
        return "vague", f'It does not say what the {nouns[0]} should be like: say for instance "{example}".'
    if nouns and not readings:
        return "unfit", f"{phrases} cannot be said of the {' and the '.join(nouns)} here."
    kinds = " or ".join(meaning.kind for meaning in readings) or "more than one thing"
    return "vague", f"{phrases} may be about {kinds}: name what you mean."


def _example(kind: str) -> str:
    trend = next(iter(words.COMPARATIVES.get(kind, {}).values()), None)
    return trend[0] if trend else next(iter(LOOKS[kind]))


def _quoted(phrases: Sequence[str]) -> str:
    return ", ".join(f'"{phrase}"' for phrase in phrases)


def _not_known(unknown: dict[str, tuple[str, ...]]) -> str:
    near = [phrase for close in unknown.values() for phrase in close]
    known = f"; the nearest words are {_quoted(near[:6])}" if near else ""
    return f"I do not know {_quoted(list(unknown))}{known}."


def _aloud(meaning: Meaning, corrections: dict[str, str], unknown: dict[str, tuple[str, ...]]) -> str:
    """How an instruction was read."""
    parts = [words.COMPARATIVES[meaning.kind][trend][0] for trend in meaning.trends]
    if meaning.values != EVERY[meaning.kind]:
        names = [words.NAMES[meaning.kind][number] for number in sorted(meaning.values)]
        parts.append(" or ".join(names) if len(names) <= 4 else f"{' or '.join(names[:3])} or {len(names) - 3} others")
    sentence = f"Understood: {meaning.kind}, {', '.join(parts)}."
    if corrections:
        sentence += " I read " + ", ".join(f'"{word}" as "{meant}"' for word, meant in corrections.items()) + "."
    return f"{sentence} {_not_known(unknown)}" if unknown else sentence


# Tokens


def tokenise(texts: Sequence[str]) -> tuple[Int64[Tensor, "n words"], Int64[Tensor, " n"]]:
    """Numbers of words (zeros behind the end), and lengths of sentences.

    The vocabulary is fixed: the words of the grammar, and one token for all others. A word with a slip becomes that
    one token, as rare words do in any word vocabulary. Spelling it in letters instead would make sentences three times
    as long, for a network that sees each misspelt word hardly twice. To have slips mended, see :func:`corrected`.

    Args:
        texts: n instructions.

    Returns:
        tokens (n, ``MAX_WORDS``) from 0 to ``FIRST + len(WORDS) - 1``, and lengths (n,) from 1 to ``MAX_WORDS``.

    Raises:
        UserError: a text without a word, or with more than ``MAX_WORDS``.
    """
    rows = [[_NUMBER.get(word, UNKNOWN) for word in words_of(text)] for text in texts]
    for text, row in zip(texts, rows, strict=True):
        if not 0 < len(row) <= MAX_WORDS:
            raise UserError(f"expected 1 to {MAX_WORDS} words, got {len(row)} in {text[:60]!r}")
    tokens = torch.tensor([row + [0] * (MAX_WORDS - len(row)) for row in rows], dtype=torch.int64)
    return tokens.reshape(-1, MAX_WORDS), torch.tensor([len(row) for row in rows], dtype=torch.int64)
