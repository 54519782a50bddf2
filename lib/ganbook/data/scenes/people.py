"""The 20 people of the scenes: who they are, and what they may be doing.

Each is one person who always looks the same, as in the public abstract scenes: gender, age, skin, hair and clothes can
be told at 60 x 105. Skin tones are four, five people each. Nobody is tied to a place, an activity or an object:
the composition draws them independently.
"""

from dataclasses import dataclass

from ganbook.data.scenes.canvas import Colour, colour

GENDERS = ("female", "male")
AGES = ("child", "adult", "old")

SKINS = {"light": "f6d3b8", "tan": "dfa878", "brown": "a9713f", "dark": "6b4326"}
HAIRS = {
    "blond": "f2cf5b",
    "red": "c8501e",
    "brown": "6a3f1f",
    "black": "1f1a1a",
    "grey": "b4b4b8",
    "white": "f4f4f2",
}
COLOURS = {
    "red": "d8262c",
    "orange": "f0871e",
    "yellow": "f6cf2c",
    "green": "2f9a4a",
    "turquoise": "27b5b0",
    "blue": "2d62c8",
    "purple": "7a3fa8",
    "pink": "ee6fa8",
    "brown": "85572f",
    "black": "2b2b30",
    "grey": "8f939b",
    "white": "f7f7f5",
}
"""Colours of clothes, by the words that captions use."""


@dataclass(frozen=True)
class Person:
    """Who somebody is.

    Attributes:
        gender, age: one of ``GENDERS`` and ``AGES``.
        skin, hair: keys of ``SKINS`` and ``HAIRS``.
        style: of the hair: long, short, bob, bun, ponytail, pigtails, puffs, curly, spiky, bald, scarf, cap.
        wear: dress, skirt, trousers, shorts, coat, suit, overalls.
        top, below: colours of the upper and lower clothes (of a dress: of the whole, and of its belt).
        pattern: plain, stripes or dots, on the upper clothes, and its colour.
        beard: none, moustache, beard.
        glasses, cane: whether there are any.
        accent: colour of a scarf or a cap.
    """

    gender: str
    age: str
    skin: str
    hair: str
    style: str
    wear: str
    top: str
    below: str
    pattern: str = "plain"
    beard: str = "none"
    glasses: bool = False
    cane: bool = False
    accent: str = "red"

    def colours(self, name: str) -> Colour:
        """The colour of "skin" or "hair", or of a piece of clothing."""
        if name == "skin":
            return colour(SKINS[self.skin])
        return colour(HAIRS[self.hair] if name == "hair" else COLOURS[getattr(self, name)])


PEOPLE = (
    Person("female", "adult", "light", "blond", "long", "dress", "red", "black"),
    Person("female", "adult", "dark", "black", "curly", "skirt", "yellow", "purple"),
    Person("female", "adult", "tan", "black", "ponytail", "coat", "green", "brown"),
    Person("female", "adult", "tan", "brown", "bob", "trousers", "white", "black", glasses=True),
    Person("female", "adult", "brown", "black", "scarf", "dress", "pink", "purple", accent="turquoise"),
    Person("male", "adult", "light", "brown", "short", "trousers", "orange", "blue", beard="beard"),
    Person("male", "adult", "dark", "black", "bald", "shorts", "white", "green"),
    Person("male", "adult", "tan", "black", "short", "suit", "blue", "blue"),
    Person("male", "adult", "brown", "black", "short", "trousers", "yellow", "brown", beard="moustache", glasses=True),
    Person("male", "adult", "brown", "black", "long", "trousers", "purple", "black"),
    Person("female", "old", "light", "white", "bun", "skirt", "purple", "grey", glasses=True),
    Person("female", "old", "brown", "grey", "curly", "dress", "orange", "brown", cane=True),
    Person("male", "old", "tan", "white", "fringe", "suit", "brown", "brown", beard="moustache", glasses=True),
    Person("male", "old", "dark", "white", "short", "trousers", "turquoise", "grey", beard="beard", cane=True),
    Person("female", "child", "light", "red", "pigtails", "dress", "green", "white", "dots"),
    Person("female", "child", "dark", "black", "puffs", "overalls", "yellow", "pink"),
    Person("female", "child", "tan", "black", "bob", "shorts", "blue", "orange"),
    Person("male", "child", "light", "blond", "spiky", "shorts", "white", "blue", "stripes"),
    Person("male", "child", "dark", "black", "flat", "trousers", "orange", "black"),
    Person("male", "child", "brown", "black", "cap", "shorts", "purple", "brown", accent="green"),
)
"""In the order of their numbers."""

POSES = ("standing", "waving", "walking", "running", "sitting", "jumping", "pointing", "dancing")
"""What somebody is doing, in the order of ``poseID``."""
