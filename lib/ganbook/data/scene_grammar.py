"""A constituency grammar for captions, with NLTK: tokens, tags, and a tree of phrases.

A caption is cut into sentences and words (:func:`sentences`), each word or known phrase gets a tag (:func:`tag`), and
a cascade of chunk rules (:data:`GRAMMAR`, an ``nltk.RegexpParser``) puts tags together to noun phrases, prepositional
phrases, verb phrases and clauses. A chunk grammar gives a tree to every text, a whole sentence or not: what fits no
rule stays a leaf. Nothing is downloaded.
"""

import html
import re
import unicodedata
from functools import cache
from typing import NamedTuple

from ganbook.data import scene_words as lexicon
from ganbook.errors import DataUnavailable

MAX_LETTERS, MAX_WORDS = 2_000, 60
"""What is behind so many letters is not read; a longer sentence is cut."""

GRAMMAR = r"""
  NP: {<DT|CD|POS>*<JJ|COL|AGE|RB>*(<CC><JJ|COL|AGE>+)*(<PER|PLC|THG|N><POS><JJ|COL|AGE>*)?<PLC|THG|GAR|N>*<PER>+}
  NP: {<DT|CD|POS>*<JJ|COL|AGE|RB>*(<CC><JJ|COL|AGE>+)*(<PER|PLC|THG|N><POS><JJ|COL|AGE>*)?<PLC|THG|GAR|N>+}
  NP: {<DT>?<NOB>}
  PP: {<NEG>?<IN>+<NP>(<CC><NP>)?}
  PP: {<NEG>?<IN>?<LOC>}
  VP: {<AUX|NEG|RB>*<V><RB|NEG>*<IN>?<NP|PP>*}
  CL: {<NP><PP>*<AUX>?<VP>}
"""
"""The rules, from words to clauses. Tags are those of :func:`tag`, after the Penn Treebank where it has one."""

TAGS = {
    "DT": "article or pronoun before a noun",
    "CD": "number word",
    "JJ": "adjective",
    "COL": "colour",
    "AGE": "adjective of age",
    "PER": "noun for a person",
    "NOB": "nobody",
    "PLC": "noun for a place",
    "THG": "noun for a thing or an animal",
    "GAR": "what somebody wears, or hair",
    "N": "any other noun, and every unknown word",
    "POS": "'s",
    "PRP": "pronoun",
    "LOC": "adverb of place",
    "IN": "preposition",
    "V": "verb",
    "AUX": "form of be, have, do and the like",
    "NEG": "not",
    "RB": "other adverb",
    "CC": "and, or, but",
    "WH": "who, which, where",
    ",": "comma",
}

SENTENCE_END, COMMA = re.compile(r"[.!?;\n\r\u2026:]+"), re.compile(r"[,()/&+\u2013\u2014|]|--")


class Token(NamedTuple):
    """A word or a known phrase: as the text has it (in small letters), as it is read, and its tag."""

    text: str
    word: str
    tag: str


def sentences(text: str) -> list[list[str]]:
    """The words of each sentence, in small letters; HTML, accents and signs other than commas are dropped."""
    plain = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<[^<>]*>", " ", html.unescape(text[:MAX_LETTERS]))
    plain = unicodedata.normalize("NFKD", plain.replace("\u2019", "'")).lower()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).replace("-", " ")
    plain = re.sub(r"\bw/ ?", "with ", plain.replace("w/o", "without"))
    cut = [COMMA.sub(" , ", part) for part in SENTENCE_END.split(plain)]
    found = [WORD.findall(re.sub(r"n't\b", " not", re.sub(r"\bcan't\b", "can not", part))) for part in cut]
    return [
        pieces[at : at + MAX_WORDS]
        for pieces in found
        if any(piece[0].isalpha() for piece in pieces)
        for at in range(0, len(pieces), MAX_WORDS)
    ]


WORD = re.compile(r"[a-z]+(?='s\b)|'[a-z]+|[a-z]+(?:'[a-z]+)?|,")
"""What is a word; ``nltk.RegexpTokenizer`` with this pattern gives the same."""


@cache
def chunker():
    """The grammar, ready to parse lists of (word, tag).

    Raises:
        DataUnavailable: NLTK is not installed.
    """
    try:
        from nltk import RegexpParser
    except ImportError as error:
        raise DataUnavailable("Parsing captions needs NLTK, which is not installed: install nltk.") from error

    return RegexpParser(GRAMMAR, root_label="S")


def tag(words: list[str]) -> list[Token]:
    """A tag for every word; phrases of the lexicon become one token."""
    found: list[Token] = []
    at = 0
    while at < len(words):
        for size in range(min(LONGEST, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + size])
            read = phrase if phrase in LEXICON else singular(phrase) if size > 1 else read_as(phrase)
            if read is not None:
                found.append(Token(phrase, read, LEXICON[read]))
                break
        else:
            size = 1
            found.append(Token(words[at], words[at], _guessed(words[at])))
        at += size
    return _in_context(found)


def _in_context(tokens: list[Token]) -> list[Token]:
    """Tags that depend on the neighbours."""
    found = list(tokens)
    for at, token in enumerate(tokens):
        before = found[at - 1].tag if at else ""
        behind = tokens[at + 1].tag if at + 1 < len(tokens) else ""
        nouns = ("DT", "JJ", "COL", "AGE", "PER", "PLC", "THG", "N", "CD", "PRP", "GAR")
        if token.word in lexicon.ADVERBS:
            of = behind == "IN" and tokens[at + 1].word == "of"
            if token.word == "home":
                name = "PLC" if before in ("DT", "IN", "JJ", "PRP") else "LOC"
            else:
                name = (
                    "IN"
                    if (behind in ("DT", "PLC", "JJ", "AGE") or of) and token.word in ("inside", "outside")
                    else "LOC"
                )
            found[at] = token._replace(tag=name)
        elif token.word == "'s":
            found[at] = token._replace(
                tag="AUX" if behind in ("V", "DT", "IN", "NEG", "RB", "LOC") or not behind else "POS"
            )
        elif token.tag == "N" and before == "PER" and token.word not in LEXICON:
            found[at] = token._replace(tag="V")
        elif token.tag == "IN" and token.word in lexicon.TAGS["RB"] and behind not in nouns:
            found[at] = token._replace(tag="RB")
        elif token.word == "no" and behind in nouns:
            found[at] = token._replace(tag="DT")
        elif (
            token.tag == "COL"
            and behind not in (*nouns, "CC", ",")
            and token.word == "orange"
            and before in ("DT", "COL")
        ):
            found[at] = token._replace(tag="N")
    return found


def _guessed(word: str) -> str:
    """The tag of an unknown word, by its ending."""
    if word == ",":
        return ","
    if word.endswith("ing") or (word.endswith("ed") and len(word) > 4):
        return "V"
    return "RB" if word.endswith("ly") and len(word) > 4 else "N"


# Reading words


@cache
def _lexicon() -> dict[str, str]:
    found = dict.fromkeys(lexicon.OTHER, "N")
    for name, table in lexicon.TAGS.items():
        found |= dict.fromkeys(table, name)
    found |= dict.fromkeys((*lexicon.LOOKING, *lexicon.GOING, *lexicon.LATER, *VERBS), "V")
    found |= dict.fromkeys((*lexicon.LOCATIVES, *lexicon.ELSEWHERE), "IN")
    found |= dict.fromkeys((*lexicon.LOOKS, *lexicon.HAIRY), "JJ")
    found |= dict.fromkeys(lexicon.GARMENTS, "GAR")
    found |= dict.fromkeys(lexicon.COLOUR_WORDS, "COL")
    found |= dict.fromkeys(lexicon.PLACES, "PLC")
    found |= dict.fromkeys(lexicon.SYNONYMS, "THG")
    found |= dict.fromkeys(lexicon.AGES, "AGE")
    found |= dict.fromkeys((*lexicon.PEOPLE, *lexicon.PLURALS), "PER")
    found |= dict.fromkeys(lexicon.PRONOUNS, "PRP")
    found |= dict.fromkeys(lexicon.NOBODY, "NOB")
    found |= dict.fromkeys(lexicon.ADVERBS, "LOC")
    found |= {"her": "DT", "his": "DT", "on": "IN", "in": "IN", ",": ","}
    return found


VERBS = lexicon.words(
    """
    sit, sits, sitting, sat, stand, stands, standing, stood, eat, eats, eating, play, plays, playing, played,
    jump, jumps, jumping, wave, waves, waving, point, points, pointing, dance, dances, dancing, sleep, sleeps,
    sleeping, smiles, smiling, laughs, laughing, cries, crying, holds, holding, hold, having, wearing, wears,
    dressed, feeds, feeding, pets, petting, gives, giving, throws, throwing, kicks, kicking, catches,
    catching, sings, singing, cooks, cooking, works, working, cleans, cleaning, drinks, drinking, swim, swims,
    swimming, climbs, climbing, hugs, hugging, waits, waiting, jogs, jogging, lies, lying, rests, resting,
    seems, enjoys, enjoying, stays, stayed, staying, lives, relaxing, relaxes, camping, hiking, makes, making,
    gets, got, takes, taking, shows, showing, likes, needs, keeps, chases, chasing, follows, leaves, left,
    stuck, bakes, baking, studies, studying, teaches, teaching, rides, celebrates, waking, wakes, skips,
    skipping, leaping, leaps, carrying, carries, pushing, pulls, picks, picking, plants, planting, hides,
    hiding, visits, visiting, wandering, meets, sunbathing, sunbathes, vacuuming, builds, building a, strolls,
    flying, flies, opens, opening, brings, bringing, say, says
    """
)

LEXICON = _lexicon()
LONGEST = max(len(phrase.split()) for phrase in LEXICON)


def singular(phrase: str) -> str | None:
    """The entry of the lexicon of which it is a plural, or None."""
    for ending, put in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", "")):
        if phrase.endswith(ending) and LEXICON.get(phrase.removesuffix(ending) + put) in ("THG", "PER", "PLC", "GAR"):
            return phrase.removesuffix(ending) + put
    return None


@cache
def read_as(word: str) -> str | None:
    """The entry of the lexicon that a word is meant to be: itself, its singular, or one of which it is a slip."""
    return word if word in LEXICON else singular(word) or _slips().get(word)


MEANT = ("PER", "PLC", "THG", "LOC", "PRP")
"""Tags of the words whose slips are mended."""


@cache
def _slips() -> dict[str, str]:
    """The word behind every slip (a letter dropped, added twice, swapped or changed) that leaves no doubt.

    The first letter of a word is never the slip, and no entry of the lexicon is a slip.
    """
    found: dict[str, str] = {}
    for word in sorted(word for word, name in LEXICON.items() if name in MEANT and len(word) >= 3 and word.isalpha()):
        for slip in _slips_of(word):
            if slip not in LEXICON and singular(slip) is None:
                found[slip] = "" if found.get(slip, word) != word else word
    return {slip: word for slip, word in found.items() if word}


def _slips_of(word: str) -> set[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    found = {word[:at] + word[at] + word[at:] for at in range(len(word))}
    if len(word) == 3:
        return found
    found |= {word[:at] + word[at + 1 :] for at in range(1, len(word))}
    found |= {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    if len(word) >= 5:
        found |= {word[:at] + letter + word[at + 1 :] for at in range(1, len(word)) for letter in letters}
    if len(word) >= 6:
        found |= {word[:at] + letter + word[at:] for at in range(1, len(word)) for letter in letters}
    return {slip for slip in found if len(slip) > 3} - {word}
