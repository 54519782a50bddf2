"""The language of scenes: what a caption says of person, place and things, and what is left to the context picture.

:func:`read` parses a text with the grammar of :mod:`.scene_grammar` and takes entities and place from the tree.
:func:`slots` is the paper's rule (section 3.2): the place comes from the text if it names one, else from the context;
a person whom the text names vaguely is made specific by the context. :func:`tokenise` turns words into numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor

from ganbook.data import scene_grammar as grammar
from ganbook.data import scene_words as lexicon
from ganbook.data.scene_grammar import Token
from ganbook.data.scenes.captions import caption_words
from ganbook.data.scenes.people import PEOPLE, Person
from ganbook.data.scenes.things import NUMBERS

NOT_SAID = "not said"


class Entity(NamedTuple):
    """Somebody or something that a text names.

    Attributes:
        words: as they stand in the text.
        kind: "person", "thing", "place" or "nobody".
        meaning: of a person "gender age", of a place "indoors" or "outdoors", of a thing its name in ``THINGS``.
        several: whether there is more than one.
        looks: of a person, pairs of a colour ("" for none) and what has it: ("red", "dress"), ("", "beard").
    """

    words: str
    kind: str
    meaning: str
    several: bool = False
    looks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a text says.

    Attributes:
        text: as given.
        trees: an ``nltk.Tree`` of each sentence, leaves (word, tag).
        entities: in their order.
        place: what says where it is, or None.
        person: whom it is about: the first one named; None if nobody is, the entity "nobody" if it says that.
    """

    text: str
    trees: tuple[Any, ...] = ()
    entities: tuple[Entity, ...] = ()
    place: Entity | None = None
    person: Entity | None = None

    @property
    def things(self) -> tuple[int, ...]:
        """Numbers of the things that it names, each once."""
        return tuple(dict.fromkeys(NUMBERS[each.meaning] for each in self.entities if each.kind == "thing"))


Parser = Callable[[str], list[tuple[list[Token], Any]]]
"""What makes, of each sentence of a text, tokens and an ``nltk.Tree`` over them, its leaves (word, tag)."""


def chunked(text: str) -> list[tuple[list[Token], Any]]:
    """The parser of :mod:`.scene_grammar`.

    Raises:
        DataUnavailable: NLTK is not installed.
    """
    sentences = [grammar.tag(words) for words in grammar.sentences(text)]
    return [(each, grammar.chunker().parse([(token.word, token.tag) for token in each])) for each in sentences]


def read(text: object, parse: Parser = chunked) -> Reading:
    """What a text says; no text raises anything. What is no text, or says nothing, gives an empty reading.

    Args:
        text: in people's English.
        parse: the grammar's parser, or a neural one (:mod:`.scene_stanza`).

    Raises:
        DataUnavailable: NLTK is not installed.
    """
    return _read(text, parse) if isinstance(text, str) else Reading("")


@lru_cache(20_000)
def _read(text: str, parse: Parser) -> Reading:
    sentences = parse(text)
    found = _Found()
    for tokens, tree in sentences:
        _Walk(tokens, found, _framed(tokens)).walk(tree)
    trees = tuple(tree for _, tree in sentences)
    return Reading(text, trees, tuple(found.entities), found.place(), found.person())


@dataclass
class _Found:
    """What the walk through the trees collects."""

    entities: list[Entity] = field(default_factory=list)
    places: list[tuple[int, Entity]] = field(default_factory=list)
    pronouns: list[Entity] = field(default_factory=list)
    owners: list[Entity] = field(default_factory=list)

    def place(self) -> Entity | None:
        """The first of those that are said most clearly."""
        return max(self.places, key=lambda pair: pair[0])[1] if self.places else None

    def person(self) -> Entity | None:
        people = [each for each in self.entities if each.kind in ("person", "nobody")]
        return next(iter([*people, *self.owners, *self.pronouns]), None)


def _framed(tokens: list[Token]) -> int:
    """How many tokens say only that this is a picture: "this is a picture of", "photo showing"."""
    for at, token in enumerate(tokens[:6]):
        if token.text in lexicon.PICTURES and token.text not in ("book", "toy", "map"):
            before = {each.tag for each in tokens[:at]} - {"DT", "AUX", "PRP", "JJ", "V", "PLC", "COL"}
            behind = tokens[at + 1].text if at + 1 < len(tokens) else ""
            ends = behind in ("of", "showing", "shows", "with", "where", "in")
            return at + 2 if ends and not before else 0
    return 0


class _Walk:
    """Goes through the tree of one sentence from left to right."""

    def __init__(self, tokens: list[Token], found: _Found, start: int) -> None:
        self.tokens, self.found, self.start = tokens, found, start
        self.at = 0
        self.verb = ""
        self.bare = not any(token.tag in ("V", "AUX", "DT", "IN") for token in tokens)
        self.later = self.window = self.negated = self.depicted = False
        self.part = ""
        self.wearer: int | None = None

    def walk(self, tree: Any, preposition: str = "", label: str = "") -> None:
        for child in tree:
            if isinstance(child, tuple):
                if child[1] == "IN":
                    preposition = f"{preposition} {child[0]}".strip() if label == "PP" else child[0]
                self._leaf(self.tokens[self.at], preposition)
                self.at += 1
            elif child.label() == "NP":
                self._noun_phrase(child, preposition)
                preposition = preposition if label == "PP" else ""
            else:
                self.walk(child, "", child.label())
                preposition = ""

    def _leaf(self, token: Token, preposition: str) -> None:
        match token.tag:
            case "V" | "AUX":
                self.negated = self.negated and token.tag == "AUX"
                self.verb, self.depicted = (token.word if token.tag == "V" else self.verb), False
                if token.word in lexicon.LATER:
                    self.later = True
            case "NEG":
                self.negated = True
            case "CC" | ",":
                self.later = self.later and token.word not in (",", "but", "so", "while")
                self.negated = False
                self.depicted = self.depicted and token.word == "and"
                self.window = self.window and token.word == "and"
                self.verb = ""
            case "LOC":
                self._place(token.text, lexicon.ADVERBS[token.word], 2, preposition)
            case "PRP":
                if token.word in lexicon.PRONOUNS:
                    self.found.pronouns.append(Entity(token.text, "person", lexicon.PRONOUNS[token.word]))
            case "COL":
                if preposition == "in":
                    self._wears(lexicon.COLOUR_WORDS[token.word], "clothes")
            case "JJ":
                self.negated = False
                self.verb = "" if self.verb in lexicon.LOOKING else self.verb  # looks happy
                self._look(token)

    def _noun_phrase(self, tree: Any, preposition: str) -> None:
        first, self.at = self.at, self.at + len(tree.leaves())
        tokens = self.tokens[first : self.at]
        if self.at <= self.start:
            return
        if tokens[0].tag == "NOB":
            self.found.entities.append(Entity(tokens[0].text, "nobody", "nobody"))
            return
        preposition = self.part if preposition == "of" and self.part else preposition
        self._nouns(tokens, preposition)
        self.part = preposition if tokens[-1].word in lexicon.PARTS else ""
        if preposition in lexicon.ADVERBS and tokens[-1].tag == "PER":
            self._place(preposition, lexicon.ADVERBS[preposition], 2, "")
        if any(token.word in ("window", "windows") for token in tokens):
            self.window = self.window or preposition in ("out", "out of", "through", "at", "from", "out at", "by", "")
        if tokens[-1].word in lexicon.PICTURES and first + len(tokens) > self.start:
            self.depicted = True
        elif preposition != "of":
            self.depicted = False

    def _nouns(self, tokens: list[Token], preposition: str) -> None:
        """Whom and what a noun phrase names."""
        shown = self.depicted and preposition in ("of", "with", "showing")
        away = shown or preposition in ("like", "as")
        words = " ".join(token.text for token in tokens)
        colour = ""
        for at, token in enumerate(tokens):
            behind = [each.tag for each in tokens[at + 1 :]]
            last = not behind or behind[0] == "POS" or all(name == "PER" for name in behind)
            if token.tag == "COL":
                colour = lexicon.COLOUR_WORDS[token.word]
            elif token.tag == "PER" and behind[:1] == ["POS"] and not away:
                self.found.owners.append(self._person(tokens[: at + 1], words))
            elif token.tag == "PER" and not behind and not away and not self._denied(tokens):
                self.wearer = len(self.found.entities)
                self.found.entities.append(self._person(tokens, words))
            elif token.tag == "GAR":
                styles = [lexicon.LOOKS[each.word] for each in tokens[:at] if each.word in lexicon.LOOKS]
                self._wears(colour, lexicon.GARMENTS[token.word])
                for style in styles if token.word == "hair" or "stripes" in styles else ():
                    self._wears("", style)
                colour = ""
            elif token.tag == "THG" and last and not away and not self._denied(tokens):
                name = lexicon.SYNONYMS[token.word]
                self.found.entities.append(Entity(words, "thing", name, token.text != token.word))
            elif token.tag == "PLC" and not away:
                fixed = all(each.word in lexicon.FIXED or self.bare for each in tokens[at + 1 :]) and bool(behind)
                if not behind or fixed:
                    self._place_noun(token, words, preposition, fixed)

    def _denied(self, tokens: list[Token]) -> bool:
        return tokens[0].word == "no" or self.negated

    # Places

    def _place_noun(self, token: Token, words: str, preposition: str, fixed: bool) -> None:
        meaning, strength = lexicon.PLACES[token.word], 3 if preposition else 1
        last = preposition.split()[-1] if preposition and preposition not in lexicon.LOCATIVES else preposition
        if token.word in lexicon.BUILDINGS and not fixed:
            if preposition in lexicon.OUTSIDE_OF:
                meaning = "outdoors"
            elif preposition not in lexicon.WITHIN and not (preposition == "to" and self.verb in lexicon.GOING):
                return
        elif preposition in ("outside", "outside of", "out of") and meaning == "indoors":
            return
        if not preposition and (token.word in lexicon.WEAK or self.verb in lexicon.LOOKING):
            return
        if preposition and last not in lexicon.LOCATIVES:
            if preposition == "to" and self.verb in lexicon.GOING:
                strength = 2
            elif preposition in ("of", "with", "for", "from") and not self.verb and not self.found.places:
                strength = 1
                if preposition == "from" or token.word in lexicon.WEAK:
                    return
            else:
                return
        self._place(words, meaning, strength, preposition)

    def _place(self, words: str, meaning: str, strength: int, preposition: str) -> None:
        looks = self.verb in lexicon.LOOKING and preposition in (
            "at",
            "into",
            "on",
            "onto",
            "over",
            "towards",
            "toward",
            "out at",
        )
        through = self.window and meaning == "outdoors"
        if self.later or looks or (through and self.verb in lexicon.LOOKING):
            return
        if self.negated:
            self.negated = False
            if words in lexicon.ADVERBS:
                other = "indoors" if meaning == "outdoors" else "outdoors"
                self.found.places.append((1, Entity(f"not {words}", "place", other)))
            return
        entity = Entity(f"{preposition} {words}".strip(), "place", meaning)
        self.found.entities.append(entity)
        self.found.places.append((strength, entity))

    # People

    def _person(self, tokens: list[Token], words: str) -> Entity:
        noun = tokens[-1]
        several = (
            noun.word in lexicon.PLURALS
            or noun.text != noun.word
            or any(each.tag == "CD" and each.word != "one" for each in tokens)
        )
        gender, age = lexicon.PEOPLE[lexicon.PLURALS.get(noun.word, noun.word)].split()
        looks = []
        owners = [at for at, token in enumerate(tokens) if token.tag == "POS"]
        for token in tokens[max(owners, default=-1) + 1 : -1]:
            if token.tag == "AGE":
                age = _aged(age, lexicon.AGES[token.word])
            elif token.tag == "COL":
                looks.append((lexicon.COLOUR_WORDS[token.word], "person"))
            elif token.word in lexicon.HAIRY:
                looks.append((lexicon.HAIRY[token.word], "hair"))
            elif token.word in lexicon.LOOKS and token.word != "long":
                looks.append(("", lexicon.LOOKS[token.word]))
        if noun.word in lexicon.HAIRY:
            looks.append((lexicon.HAIRY[noun.word], "hair"))
        return Entity(words, "person", f"{gender} {age}", several, tuple(looks))

    def _wears(self, colour: str, what: str) -> None:
        if self.wearer is not None:
            entity = self.found.entities[self.wearer]
            self.found.entities[self.wearer] = entity._replace(looks=(*entity.looks, (colour, what)))

    def _look(self, token: Token) -> None:
        if token.word in lexicon.HAIRY:
            self._wears(lexicon.HAIRY[token.word], "hair")
        elif token.word in ("bald", "bearded"):
            self._wears("", lexicon.LOOKS[token.word])


def _aged(noun: str, adjective: str) -> str:
    """The age of somebody whose noun says one thing and whose adjective another."""
    if adjective == "young":
        return {"grown": "adult", "any": "young"}.get(noun, noun)
    return adjective if noun in ("grown", "any") else noun


# Who is meant

_AGES = {
    "grown": ("adult", "old"),
    "any": ("child", "adult", "old"),
    "young": ("child", "adult"),
    "child": ("child",),
    "adult": ("adult",),
    "old": ("old",),
}
_SKIN = {"white": ("light",), "black": ("dark", "brown"), "brown": ("brown", "tan")}


def fits(entity: Entity) -> frozenset[int]:
    """The people of whom the words are true; what is said of looks counts only if it is true of anybody."""
    gender, age = entity.meaning.split()
    group = [n for n, one in enumerate(PEOPLE) if gender in ("any", one.gender) and one.age in _AGES[age]]
    exact = [number for number in group if all(_has(PEOPLE[number], *look) for look in entity.looks)]
    return frozenset(exact or group)


def _has(person: Person, colour: str, what: str) -> bool:
    """Whether somebody has or wears something in a colour."""
    if what == "person":
        return person.skin in _SKIN.get(colour, ()) or person.hair == colour
    if what == "hair":
        return not colour or (person.hair == colour and person.style not in ("bald", "scarf", "cap"))
    if what == "clothes":
        return colour in (person.top, person.below)
    if what in ("dress", "coat", "suit"):
        return person.wear == what and colour in ("", person.top)
    if what in ("skirt", "trousers", "shorts", "overalls"):
        return person.wear == what and colour in ("", person.below)
    if what == "shirt":
        return person.wear not in ("dress", "coat", "suit") and colour in ("", person.top)
    if what in ("cap", "scarf"):
        return person.style == what and colour in ("", person.accent)
    if what in ("beard", "moustache"):
        return person.beard == what
    if what == "stripes":
        return person.pattern == "stripes"
    return {"glasses": person.glasses, "cane": person.cane}.get(what, person.style == what)


# The rule of the paper

Source = Literal["text", "context", "text and context", "nothing"]


class Slot(NamedTuple):
    """One row of the table that says what comes from where.

    Attributes:
        name: "place", "person" or "things".
        said: the words of the text, or "not said".
        value: 0 indoors or 1 outdoors, number of a person, or numbers of things; None if it stays open.
        source: what decided.
    """

    name: str
    said: str
    value: int | tuple[int, ...] | None
    source: Source


def slots(reading: Reading, outdoors: int | None, person: int | None) -> tuple[Slot, Slot, Slot]:
    """What a picture is to show: the text decides where it speaks, the context picture where it does not.

    Args:
        reading: of the text.
        outdoors: what the context picture shows, 0 indoors and 1 outdoors; None without a context picture.
        person: who is in it; None without one, or if the foreground is not to be used.
    """
    things = tuple(each.words for each in reading.entities if each.kind == "thing")
    return (
        _place_slot(reading.place, outdoors),
        _person_slot(reading.person, person),
        Slot("things", ", ".join(things) or NOT_SAID, reading.things, "text" if things else "nothing"),
    )


def _place_slot(said: Entity | None, outdoors: int | None) -> Slot:
    if said:
        return Slot("place", said.words, int(said.meaning == "outdoors"), "text")
    return Slot("place", NOT_SAID, outdoors, "nothing" if outdoors is None else "context")


def _person_slot(said: Entity | None, person: int | None) -> Slot:
    if said is None:
        return Slot("person", NOT_SAID, person, "nothing" if person is None else "context")
    meant = frozenset() if said.kind == "nobody" else fits(said)
    if len(meant) == 1:
        return Slot("person", said.words, next(iter(meant)), "text")
    if person in meant:
        return Slot("person", said.words, person, "text and context")
    return Slot("person", said.words, None, "text")


# Tokens

MAX_WORDS = 24
"""Length of a row of tokens; what is behind is not read by a network."""

UNKNOWN, FIRST = 1, 2


@cache
def vocabulary() -> tuple[str, ...]:
    """The words of the book's captions, in the alphabet's order: token 0 is padding, 1 an unknown word, 2 the first."""
    return tuple(sorted({word for text in caption_words() for words in grammar.sentences(text) for word in words}))


@cache
def _numbers() -> dict[str, int]:
    return {word: number for number, word in enumerate(vocabulary(), start=FIRST)}


def tokenise(texts: Sequence[str]) -> tuple[Int64[Tensor, "n words"], Int64[Tensor, " n"]]:
    """Numbers of words (zeros behind the end), and lengths of texts, at least 1: an empty text is one unknown word."""
    rows = [[_numbers().get(word, UNKNOWN) for words in grammar.sentences(text) for word in words] for text in texts]
    rows = [row[:MAX_WORDS] or [UNKNOWN] for row in rows]
    tokens = torch.tensor([row + [0] * (MAX_WORDS - len(row)) for row in rows], dtype=torch.int64)
    return tokens.reshape(-1, MAX_WORDS), torch.tensor([len(row) for row in rows], dtype=torch.int64)


def rules() -> dict[str, Any]:
    """Grammar and tables as plain JSON types, for the page that parses where there is no Python."""
    tables = {name: table for name, table in vars(lexicon).items() if name.isupper() and name != "THINGS"}
    return {"grammar": grammar.GRAMMAR, "lexicon": grammar.LEXICON, "slips": grammar._slips(), "tables": tables}


def phrases(tree: Any) -> Iterator[tuple[str, str]]:
    """The phrases of a tree with their labels, from the outside in, for showing."""
    for part in tree.subtrees():
        yield part.label(), " ".join(word for word, _ in part.leaves())
