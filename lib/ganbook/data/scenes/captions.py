"""Captions of scenes from a grammar: five a scene, of which some name the place and most name the person vaguely.

What a caption says is true of the scene. It is made from parts that are chosen independently: how the person is called,
what is said of place and things, and the form of the sentence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from ganbook.data.scenes.people import GENDERS, PEOPLE, POSES
from ganbook.data.scenes.places import PLACES
from ganbook.data.scenes.scene import Item, Scene
from ganbook.data.scenes.things import THINGS

CAPTIONS = 5
"""Of a scene."""

PLACED, EXACT = 0.35, 0.25
"""Share of the captions that name the place, and of those that say more of a person than gender and age."""


@dataclass(frozen=True)
class Caption:
    """A sentence and what it says.

    Attributes:
        text: as written.
        place: number of the place, if the caption says where it is ("outside" is enough), else None.
        fits: the people of whom its words for the person are true.
        things: numbers of the things that it names.
    """

    text: str
    place: int | None
    fits: frozenset[int]
    things: tuple[int, ...]


CALLED = {
    ("female", "adult"): "woman; lady; woman; woman; young woman",
    ("male", "adult"): "man; guy; man; man; young man",
    ("female", "old"): "old woman; old lady; elderly woman; woman; grandmother; lady",
    ("male", "old"): "old man; elderly man; man; old guy; grandfather",
    ("female", "child"): "girl; little girl; girl; kid; child; young girl",
    ("male", "child"): "boy; little boy; boy; kid; child; young boy",
}
"""Nouns for a person, with the adjectives that only say how old."""

ANYBODY = ("someone", "a person", "somebody")

_ANY_AGE = {"woman": ("adult", "old"), "lady": ("adult", "old"), "man": ("adult", "old"), "guy": ("adult", "old")}

INDOORS = "inside; indoors; in a room; inside the house; at home"
OUTDOORS = "outside; outdoors; out in the open; in the open air; outside"
WHERE = {
    "living room": "in the living room; in a living room; in the lounge; by the fireplace in the living room",
    "kitchen": "in the kitchen; in a kitchen; in a tidy kitchen; in the kitchen",
    "bedroom": "in the bedroom; in a bedroom; in her bedroom; in the bedroom",
    "office": "in the office; in an office; at the office",
    "classroom": "in the classroom; in a classroom; at school",
    "park": "in the park; in a park; at the park; in the park among the trees",
    "beach": "at the beach; on the beach; by the sea; on a beach; at the seaside",
    "street": "on the street; in the street; in the city; in front of the houses; down the street",
    "garden": "in the garden; in a garden; in the yard; in the backyard; in the garden by the fence",
    "forest": "in the forest; in the woods; in a forest; between the trees in the forest",
}

DOING = {
    "standing": "standing; standing around; waiting; standing still",
    "waving": "waving; saying hello; waving a hand; greeting somebody",
    "walking": "walking; taking a walk; strolling; going for a walk",
    "running": "running; jogging; running fast; in a hurry",
    "sitting": "sitting; sitting down; having a rest; taking a break",
    "jumping": "jumping; jumping for joy; jumping up and down; leaping into the air",
    "pointing": "pointing at something; pointing; showing the way; pointing to the side",
    "dancing": "dancing; having fun; dancing happily; enjoying a dance",
}
assert tuple(DOING) == POSES

FORMS = """
{P} is {V}{L}; {P} is {V}{L}; {P} is {V}{L} with {T}; {P} is {V} next to {N}{L}; {P} {V}{L}; {P} and {T}{L};
there is {P}{L}; there is {P} and {T}{L}; {L}, {P} is {V}; {L} {P} is {V} near {N}; {T} is near {P}{L};
I see {P} who is {V}{L}; a picture of {P} {V}{L}; {P} is {V}{L}. There is {T} too; {P} is {V}. I can see {T}{L};
{T} and {T}, and {P} {V}{L}; {P}, {T} and {T}{L}; {P} looks happy{L}; {P} seems to be {V}{L}; {P} with {T}{L};
{P} {V} beside {N}; {T}{L}, and {P} is {V}; {P} can be seen {V}{L}; here {P} is {V}, close to {N};
while {P} is {V}{L}, {T} can be seen; {P} is {V} and {T} is there as well{L}; this is {P} {V}{L};
one can see {P}, {T} and {T}; {P} is near {N}{L}; {P} enjoys the day{L}; {P} is there with {T}{L};
not far from {N}, {P} is {V}; {T} is to be seen{L}, where {P} is {V}; {P} has been {V}{L} for a while;
look at {P} {V}{L}; {P}: {V}{L}, {T} nearby; {P} has a good time{L}; {P} is all smiles next to {N}
"""
"""P: the person; V: what it does; L: the place, or nothing; T: a thing; N: a thing that is near the person."""

_FORMS = tuple(" ".join(form.split()) for form in FORMS.strip().split(";"))


def captions(scene: Scene) -> tuple[Caption, ...]:
    """The five captions of a scene, the same at each call."""
    return tuple(_caption(scene, Random(f"caption {scene.number} {k}")) for k in range(CAPTIONS))


def _caption(scene: Scene, random: Random) -> Caption:
    named = random.random() < PLACED
    things = [item for item in scene.items if item.sort != "human"]
    near = [item for item in things if _near(item, scene.items[0])]
    form = _one(_usable(named, len(things), len(near) > 0), random)
    called, fits = call(scene.person, random)
    place = _where(scene.place, PEOPLE[scene.person].gender, random) if named and "{L}" in form else ""
    left, told = list(things), []

    def fill(found: re.Match) -> str:
        slot = found[1]
        if slot == "P":
            return called
        if slot == "L":
            return f" {place}" if place and found.start() else place
        if slot == "V":
            return _one(_options(DOING[POSES[scene.items[0].look]]), random)
        item = _one(near if slot == "N" else left, random)
        left[:] = [other for other in left if other.number != item.number]
        told.append(item.number)
        return _article(_named(item, random))

    text = " ".join(re.sub(r"\{(\w)\}", fill, form).split()).replace(" ,", ",").replace(" .", ".")
    finished = _one(_FINISHES, random)(text)
    return Caption(finished, scene.place if place else None, fits, tuple(told))


@cache
def _usable(named: bool, things: int, near: bool) -> tuple[str, ...]:
    """The forms that can be filled."""

    def possible(form: str) -> bool:
        needs_place = form.startswith("{L}") or "{L}, where" in form
        wanted = form.count("{T}") + form.count("{N}")
        return (named or not needs_place) and things > wanted and ("{N}" not in form or near)

    return tuple(form for form in _FORMS if possible(form))


def _near(item: Item, person: Item) -> bool:
    return abs(item.x - person.x) < 170 and abs(item.z - person.z) < 3 and item.layer == 0


def _named(item: Item, random: Random) -> str:
    found = THINGS[item.number]
    tone = found.types[item.look]
    return f"{tone} {found.name}" if random.random() < 0.5 and found.name not in _OWN_COLOUR else found.name


_OWN_COLOUR = ("television", "palm", "sandcastle", "painting", "plant", "basket", "cake")
"""Things of which nobody says the colour that is drawn."""


def _where(place: int, gender: str, random: Random) -> str:
    found = PLACES[place]
    if random.random() < 0.25:
        return _one(_options(INDOORS if found.indoors else OUTDOORS), random)
    where = _one(_options(WHERE[found.name]), random)
    return where if gender == GENDERS[0] else where.replace("her bedroom", "his bedroom")


def call(person: int, random: Random) -> tuple[str, frozenset[int]]:
    """Words for a person, and the people of whom they are true."""
    if random.random() < 0.06:
        return _one(ANYBODY, random), frozenset(range(len(PEOPLE)))
    noun = _one(_options(CALLED[PEOPLE[person].gender, PEOPLE[person].age]), random)
    fits = _meant(noun)
    if random.random() < EXACT:
        more, true = _one(details(person), random)
        fits = frozenset(number for number in fits if true in {text for _, text in details(number)})
        noun = more.format(noun)
    article = _one(("a", "the", "a"), random)
    return (f"the {noun}" if article == "the" else _article(noun)), fits


@cache
def _meant(called: str) -> frozenset[int]:
    """The people whom a noun with its adjective fits."""
    noun = called.split()[-1]
    genders = {gender for (gender, _), names in CALLED.items() if noun in re.split(r"\W+", names)}
    ages = {age for (_, age), names in CALLED.items() if called in _options(names)} | set(_ANY_AGE.get(called, ()))
    return frozenset(n for n, other in enumerate(PEOPLE) if other.gender in genders and other.age in ages)


@cache
def details(number: int) -> tuple[tuple[str, str], ...]:
    """What may be said of somebody beyond gender and age: with a gap for the noun, and a name of it."""
    person = PEOPLE[number]
    garment = {"dress": "dress", "coat": "coat", "suit": "suit"}.get(person.wear)
    found = []
    if garment:
        found += [(f"{{}} in {_article(f'{person.top} {garment}')}", f"{person.top} {garment}")]
        found += [(f"{{}} wearing {_article(f'{person.top} {garment}')}", f"{person.top} {garment}")]
    else:
        found += [(f"{{}} in {_article(f'{person.top} shirt')}", f"{person.top} shirt")]
        below = {"skirt": f"a {person.below} skirt", "overalls": f"{person.below} overalls"}
        words = below.get(person.wear, f"{person.below} {person.wear}")
        found += [(f"{{}} with {words}", f"{person.below} {person.wear}")]
    if person.style in ("long", "curly", "spiky"):
        found += [(f"{{}} with {person.style} hair", person.style)]
    if person.style in ("ponytail", "bun", "pigtails"):
        found += [(f"{{}} with {'' if person.style[-1] == 's' else 'a '}{person.style}", person.style)]
    if person.style not in ("scarf", "cap", "bald") and person.age != "old":
        found += [(f"{{}} with {person.hair} hair", f"{person.hair} hair")]
    if person.style == "bald":
        found += [("bald {}", "bald")]
    if person.style == "scarf":
        found += [("{} with a headscarf", "scarf")]
    if person.style == "cap":
        found += [("{} with a green cap", "cap")]
    if person.glasses:
        found += [("{} with glasses", "glasses")]
    if person.beard == "beard":
        found += [("{} with a beard", "beard"), ("bearded {}", "beard")]
    if person.beard == "moustache":
        found += [("{} with a moustache", "moustache")]
    if person.cane:
        found += [("{} with a cane", "cane")]
    return tuple(found)


def _written(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


_FINISHES = (str, str.lower, "{}.".format, _written, _written)


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


@cache
def _options(text: str) -> tuple[str, ...]:
    return tuple(text.split("; "))


def _one(options: Sequence, random: Random):
    return options[int(random.random() * len(options))]


def caption_words() -> tuple[str, ...]:
    """Texts that hold every word that a caption may have."""
    forms = [re.sub(r"\{\w\}", " ", form) for form in _FORMS]
    people = [*(text for texts in CALLED.values() for text in _options(texts)), *ANYBODY, "a an the his her"]
    looks = [text.replace("{}", " ") for number in range(len(PEOPLE)) for text, _ in details(number)]
    where = [text for texts in (*WHERE.values(), INDOORS, OUTDOORS) for text in _options(texts)]
    doing = [text for texts in DOING.values() for text in _options(texts)]
    things = [f"{' '.join(thing.types)} {thing.name}" for thing in THINGS]
    return (*forms, *people, *looks, *where, *doing, *things)
