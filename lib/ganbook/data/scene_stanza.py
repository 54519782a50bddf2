"""Captions parsed by Stanza's neural constituency parser, where it is installed: the real one beside the grammar.

Words and tags stay those of :mod:`.scene_grammar`; only what belongs together comes from Stanza's tree::

    reading = read("A woman is sitting in the corner of a kitchen", StanzaParser())
"""

from collections.abc import Iterator
from typing import Any

from ganbook.data import scene_grammar as grammar
from ganbook.data.scene_grammar import MAX_LETTERS, Token
from ganbook.errors import DataUnavailable

NOUNS = {"PER", "PLC", "THG", "GAR", "N", "NOB"}
PHRASES = ("NP", "PP", "VP", "S", "SBAR", "SINV", "SQ", "SBARQ", "FRAG", "UCP")
WRITTEN = {"n't": "not", "ca": "can", "wo": "will", "\u2019s": "'s"}
"""Words as the grammar has them, where Stanza cuts them otherwise."""


class StanzaParser:
    """A parser for :func:`ganbook.data.scene_language.read`.

    Args:
        pipeline: Stanza's, with a constituency parser; loaded by default.

    Raises:
        DataUnavailable: Stanza or its English models are not installed.
    """

    def __init__(self, pipeline: Any = None) -> None:
        self.pipeline = pipeline or loaded()

    def __call__(self, text: str) -> list[tuple[list[Token], Any]]:
        """Of each sentence tokens, and a tree over them."""
        if not text.strip():
            return []
        found = (parsed(sentence.constituency) for sentence in self.pipeline(text[:MAX_LETTERS]).sentences)
        return [(tokens, tree) for tokens, tree in found if tokens]


def loaded() -> Any:
    """Stanza's English pipeline with a constituency parser; nothing is downloaded."""
    try:
        import stanza
    except ImportError as error:
        raise DataUnavailable("Stanza is not installed: install stanza, or use the grammar of the book.") from error
    try:
        return stanza.Pipeline("en", processors="tokenize,pos,constituency", download_method=None, verbose=False)
    except Exception as error:
        text = f"Stanza cannot load its English models ({error}): run stanza.download('en') once."
        raise DataUnavailable(text) from error


def parsed(sentence: Any) -> tuple[list[Token], Any]:
    """Tokens and an ``nltk.Tree`` in the grammar's form: noun phrases are flat, and what is around them is nested.

    Args:
        sentence: Stanza's tree: ``label``, ``children``, and ``is_preterminal()`` above each word.
    """
    from nltk import Tree

    words: list[str] = []
    nodes = _numbered(sentence, words)
    tokens = grammar.tag(words)
    at, leaves = 0, {}
    for token in tokens:
        leaves[at] = (token.word, token.tag)
        at += len(token.text.split())
    return tokens, Tree("S", list(_phrases(nodes, leaves)))


def _numbered(node: Any, words: list[str]) -> Any:
    """The tree as (label, children), each word as its number; marks other than commas are left out."""
    if node.is_preterminal():
        word = node.children[0].label.lower()
        word = WRITTEN.get(word, word)
        if not word.strip("'")[:1].isalpha() and word != ",":
            return None
        words.append(word)
        return len(words) - 1
    children = [_numbered(child, words) for child in node.children]
    return node.label, [child for child in children if child is not None]


def _phrases(node: Any, leaves: dict[int, tuple[str, str]]) -> Iterator[Any]:
    """What the node becomes: itself, if it is a phrase with something in it, else its parts."""
    from nltk import Tree

    if isinstance(node, int):
        yield from [leaves[node]] if node in leaves else []
        return
    label, children = node
    parts = [part for child in children for part in _phrases(child, leaves)]
    if label == "NP":
        flat = [leaf for part in parts for leaf in (part.leaves() if isinstance(part, Tree) else [part])]
        if _is_one(node) and any(tag in NOUNS for _, tag in flat):
            parts, label = [Tree("NP", flat)], ""
    keeps = parts and label in ("PP", "VP")
    yield from [Tree(label, parts)] if keeps else parts


def _is_one(node: Any) -> bool:
    """Whether a noun phrase has no other phrase in it, but an owner ("the woman's dog")."""
    _, children = node
    inner = [child for child in children if not isinstance(child, int)]
    return all(_is_one(child) and (child[0] not in PHRASES or _is_owner(child, node)) for child in inner)


def _is_owner(child: Any, parent: Any) -> bool:
    """Whether a noun phrase stands before the noun that it owns."""
    return child[0] == "NP" and child is parent[1][0] and len(parent[1]) > 1 and isinstance(parent[1][-1], int)
