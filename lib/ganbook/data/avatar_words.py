"""What the words of an instruction mean for an avatar: nouns, looks, comparatives, and whether they are true of a pair.

Every kind of attribute has three lists. *Nouns* name it. A *look* is a word or phrase that is true of some of its
values. A *trend* is a comparative: one of the kind's measures, which come from the features of the drawing, goes up or
down. In all of them small words (articles, pronouns, "a bit") are left out.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ganbook.data.avatars.attributes import KINDS
from ganbook.data.avatars.look import COLOURS, FEATURES

NAMES = {kind: tuple(values) for kind, values in KINDS.items()}
"""The names of each kind's values, in the order of their numbers."""

EVERY = {kind: frozenset(range(len(values))) for kind, values in KINDS.items()}
NONE = {"glasses": 0, "mustache": 0, "beard": 0}
"""The value of a kind that means that there is nothing."""

GONE = NONE | {"hair": 0}
"""What is left when the thing itself is removed."""

Numbers = frozenset[int]
Trend = tuple[str, int]
"""A measure, and 1 for up or -1 for down."""


@dataclass(frozen=True)
class Meaning:
    """What an instruction asks for.

    Attributes:
        kind: one of ``KINDS``.
        values: numbers of the values that the target may have.
        before: numbers of the values that the source may have; those of ``values`` are taken out, unless these are all.
        trends: what must go up or down.
    """

    kind: str
    values: Numbers
    before: Numbers
    trends: tuple[Trend, ...] = ()

    def __post_init__(self) -> None:
        if self.values != EVERY[self.kind]:
            object.__setattr__(self, "before", self.before - self.values)

    def fits(self, kind: str, source: int, target: int) -> bool:
        """Whether it is true of a pair. If it says what the target is, the source is not that already."""
        if kind != self.kind or target not in self.values or source not in self.before:
            return False
        return all(trend in trends(kind, source, target) for trend in self.trends)

    @property
    def possible(self) -> bool:
        """Whether it contradicts itself nowhere."""
        names = [measure for measure, _ in self.trends]
        return bool(self.values and self.before) and len(set(names)) == len(names)


def word_set(text: str) -> set[str]:
    return set(text.split())


# Looks

_LOOKS = {
    "gender": """
        woman, lady, girl, female, feminine, womanly: =woman
        man, guy, gentleman, boy, male, masculine, manly: =man
    """,
    "face shape": """
        narrow, slim, thin, slender: narrow
        medium, normal, average: !narrow, wide
        wide, broad: wide
        round, rounder, circular, chubby: round
        oval, egg shaped: oval
        square, squarer, angular, boxy: square
        long, elongated, oblong: long
        pointed, pointy, pointier, sharper, heart shaped, v shaped, triangular: pointed
    """,
    "mouth": """
        small, tiny: =small
        neutral, straight, serious, expressionless: =neutral
        wide: =wide
        gentle smile, slight smile, soft smile, faint smile, small smile, smile gently, smile softly: =gentle smile
        normal smile, friendly smile, medium smile: =smile
        broad smile, big smile, wide smile, smile broadly: =broad smile
        smile, smiling: =gentle smile, =smile, =broad smile
        frown, frowning, sad, unhappy: =frown, =deep frown
        slight frown, small frown, frown gently: =frown
        deep frown, frown deeply, miserable: =deep frown
        smirk, smirking, crooked, lopsided, crooked smile, lopsided smile: =smirk
        pout, pouting, pursed, kissing: =pout
        laugh, laughing: =laugh
        grin, grinning: =grin
        surprised, surprise, astonished: =surprise
        shout, shouting, yell, yelling, scream, screaming: =shout
        talk, talking, speak, speaking: =talking
        open, wide open, half open: =laugh, =grin, =surprise, =shout, =talking
        closed, close, shut: !=laugh, =grin, =surprise, =shout, =talking
        teeth, toothy: =laugh, =grin, =shout
        happy, cheerful: =gentle smile, =smile, =broad smile, =laugh, =grin
    """,
    "nose": """
        short, small, tiny: short
        medium, normal, average: !short, long
        long: long
        button, snub: button
        broad, wide, flat: broad
        pointed, pointy, sharp: pointed
        wedge, wedge shaped, triangular: wedge
        straight, slim: straight
        big, large: =long broad, =long wedge
    """,
    "ears": """
        small, tiny: =small
        medium, normal, average: =medium, =earrings
        large, big, huge: =large, =large with earrings
        protruding, stick out, sticking out, jug: =protruding
        pointed, pointy, elf: =pointed
        earrings, earring, hoops, ears with earrings, ears with hoops: earrings
        ears without earrings: !earrings
    """,
    "eye shape": """
        small, tiny: =small
        round, circular: =round
        large, big, huge: =large
        wide, broad: =wide
        narrow, slim: =narrow
        almond, almond shaped: =almond
        slanted, slanting, tilted: =slanted
        drooping, droopy: =drooping
        sleepy, drowsy: =sleepy
        tired, weary, exhausted: =tired
        half closed, half shut, half open, hooded: =half closed
        squinting, squinty, screwed up: =squinting
        happy, cheerful, smiling: =happy
        cat, cat like, catlike, feline: =cat-like
        startled, shocked, surprised, astonished, wide open: =startled
    """,
    "iris": """
        black, jet black: =black
        brown, chestnut: =brown
        hazel: =hazel
        amber, golden: =amber
        green, emerald: =green
        turquoise, teal, aqua: =turquoise
        blue, dark blue, deep blue: =blue
        light blue, pale blue, sky blue: =light blue
        grey, gray: =grey
        violet, purple: =violet
    """,
    "eyebrows": """
        thin, fine, narrow: thin
        medium, normal, average: !thin, thick
        thick, bushy, heavy: thick
        straight, flat: straight
        arched, curved: arched
        angry, stern: angry
        sad, worried: sad
        short, stubby: short
    """,
    "glasses": """
        black: black, =yellow lenses
        red: red
        gold, golden: gold, =aviator glasses, =pink lenses
        blue, dark blue, light blue: blue
        white: white
        round, circular: round, =pink lenses
        square: square, =yellow lenses
        narrow, slim: narrow
        cat eye, cat: cat eye
        large, big, oversized: large
        aviator, aviators, pilot: =aviator glasses, =sunglasses
        sunglasses, shades, dark: =sunglasses
        pink, glasses with pink lenses: =pink lenses
        yellow, glasses with yellow lenses: =yellow lenses
        tinted, coloured, colored: =sunglasses, =pink lenses, =yellow lenses
        clear, transparent, glasses with clear lenses: !=no glasses, =sunglasses, =pink lenses, =yellow lenses
    """,
    "hair": """
        bald, hairless: =bald
        shaved, buzz cut, crew cut, buzzed: =shaved
        shave head, shaven: =bald, =shaved
        short: =shaved, =short, =side parting, =quiff, =spiky, =receding, =short curls
        plain, simple, neat: =short
        side parting, side part, parted, parting: =side parting
        quiff, pompadour: =quiff
        spiky, spikes, spiked: =spiky
        mohawk, mohican: =mohawk
        receding, thinning: =receding
        curly, curls: =short curls, =afro
        short curls, short curly: =short curls
        afro, frizzy: =afro
        bob: =bob, =bob with fringe
        bob with fringe, bob with bangs: =bob with fringe
        bob without fringe: =bob
        long hair with fringe, long hair with bangs: =long with fringe
        long straight hair without fringe: =long straight
        fringe, bangs: =bob with fringe, =long with fringe
        long: =long straight, =long with fringe, =long waves
        straight: =long straight, =long with fringe
        wavy, waves: =long waves
        bun, top knot, topknot: =bun
        pony tail, ponytail: =pony tail
        pigtails, pig tails, bunches: =pigtails
        tied back, tie hair back, tied up: =bun, =pony tail, =pigtails
    """,
    "mustache": """
        pencil: pencil
        narrow: =pencil mustache
        wide, broad: wide, =english mustache, =handlebar mustache
        split, parted, divided: split
        thin, fine: pencil, =english mustache
        toothbrush, chaplin: =toothbrush mustache
        small, tiny, short: =small mustache
        chevron: =chevron mustache
        thick, bushy, heavy: =thick mustache, =split thick mustache
        plain: =pencil mustache, =thick mustache
        walrus: =walrus mustache
        horseshoe: =horseshoe mustache
        handlebar, curled, twirled: =handlebar mustache
        english: =english mustache
        clean shaven: =no mustache
    """,
    "beard": """
        stubble, stubbly, unshaven, five o'clock shadow: =stubble
        soul patch: =soul patch
        goatee: goatee
        short goatee, small goatee: =goatee
        chin beard, chin curtain: =chin beard
        chin strap, chinstrap: chin strap
        thin chin strap, thin chinstrap, narrow chin strap: =chin strap
        thick chin strap, thick chinstrap, wide chin strap: =thick chin strap
        short, boxed, trimmed, neat: =short boxed beard
        full: =full beard
        bushy, thick, wild: =bushy beard
        long: =long beard, =long goatee
        long beard: =long beard
        low, jawline: =low beard
        clean shaven: =no beard
    """,
    "clothes": """
        white: =white T-shirt
        red: =red T-shirt
        t shirt, tee, tshirt: T-shirt
        black: =black turtleneck
        turtleneck, polo neck, roll neck: =black turtleneck
        blue, dark blue, deep blue: =blue V-neck
        v neck, v neck sweater, v neck jumper: =blue V-neck
        striped, stripes, stripy, shirt with stripes: =striped shirt
        dotted, dots, spotted, polka dot, polka dots, pink, dress, dress with spots: =dotted dress
        checked, checks, plaid, tartan, chequered, checkered, lumberjack: =checked shirt
        green, hoodie, hooded, sweatshirt: =green hoodie
        suit, tie, grey, gray, suit with tie, suit and tie: =suit with tie
        yellow, cardigan: =yellow cardigan
        purple, violet, straps, strappy, tank, top with straps: =purple top with straps
        orange, sweater, jumper, pullover: =orange sweater
        turquoise, teal, blouse: =turquoise blouse
    """,
    "background": """
        white: white
        grey, gray: grey
        black: black
        red: red
        orange: orange
        yellow: yellow
        green: green
        blue, light blue, pale blue, sky blue: blue
        purple, violet, lilac, lavender: purple
        pink: pink
        stripes, striped, stripy: stripes
        blue and white stripes: blue stripes
        yellow and white stripes: yellow stripes
        dots, dotted, spots, spotted, polka dots, polka dot: dots
        checks, checked, chequered, checkered, check, squares: checks
        plain, solid: !stripes, dots, checks
        patterned, pattern: stripes, dots, checks
    """,
}
"""A line is a list of words and phrases, and after the colon the values of which they are true: those whose name has a
word, ``=`` those of this name, ``!`` all but these."""


def _numbers(kind: str, rule: str) -> Numbers:
    names = {number: spaced(name) for number, name in enumerate(NAMES[kind])}
    parts = [part.strip() for part in rule.removeprefix("!").split(",")]
    found = {
        number
        for number, name in names.items()
        for part in parts
        if (name == spaced(part[1:]) if part[0] == "=" else f" {spaced(part)} " in f" {name} ")
    }
    if not found:
        raise ValueError(f"no value of {kind} is meant by {rule!r}")
    return frozenset(names.keys() - found if rule.startswith("!") else found)


def spaced(name: str) -> str:
    """Small letters, and spaces for hyphens."""
    return name.lower().replace("-", " ")


def _lines(block: str) -> list[tuple[list[str], str]]:
    rows = [line.strip().rpartition(": ") for line in block.strip().splitlines()]
    return [([phrase.strip() for phrase in left.split(",")], right) for left, _, right in rows]


LOOKS: dict[str, dict[str, Numbers]] = {
    kind: {phrase: _numbers(kind, rule) for phrases, rule in _lines(block) for phrase in phrases}
    for kind, block in _LOOKS.items()
}

# Measures and trends

_Feature = Callable[[str], float]


def _light(red: float, green: float, blue: float) -> float:
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _only(there: bool, value: float) -> float:
    return value if there else math.nan


def _jaw(f: _Feature) -> float:
    """Half the width of the lower face, a little above the chin; as ``shapes.egg`` draws it."""
    down = 0.35 / f("chin")
    power = f("jaw_square")
    return f("face_width") * (1 - f("jaw_taper") * down) * (1 - down**power) ** (1 / power)


def _opening(f: _Feature) -> float:
    return f("eye_height") * (1 - f("lid_upper") - f("lid_lower"))


def _loose(f: _Feature) -> bool:
    return f("has_hair") == 1 and f("hair_narrow") == 1 and not (f("bun") or f("tails") or f("tail"))


def _brightness(name: str) -> Callable[[_Feature], float]:
    return lambda f: (f(f"light {name}") + f(f"light {name}_second" if f(f"{name}_texture") else f"light {name}")) / 2


_NECKLINES = lambda f: _only(not (f("tie") or f("straps")), f("neckline"))
_THERE = lambda part, value: lambda f: _only(f(f"has_{part}") > 0, value(f))

MEASURES: dict[str, dict[str, tuple[Callable[[_Feature], float], float]]] = {
    "gender": {},
    "face shape": {
        "width": (lambda f: f("face_width"), 0.03),
        "length": (lambda f: f("chin"), 0.03),
        "jaw": (_jaw, 0.03),
    },
    "mouth": {
        "width": (lambda f: f("mouth_width"), 0.03),
        "smile": (lambda f: f("smile"), 0.03),
        "opening": (lambda f: f("mouth_open"), 0.04),
    },
    "nose": {
        "length": (lambda f: f("nose_length"), 0.04),
        "width": (lambda f: f("nose_width"), 0.02),
        "size": (lambda f: f("nose_length") * f("nose_width"), 0.003),
    },
    "ears": {"size": (lambda f: f("ear_size"), 0.012), "out": (lambda f: f("ear_out"), 0.03)},
    "eye shape": {
        "size": (lambda f: f("eye_width") * _opening(f), 0.0015),
        "width": (lambda f: f("eye_width"), 0.015),
        "opening": (_opening, 0.015),
        "pupils": (lambda f: f("iris_size"), 0.006),
    },
    "iris": {"light": (lambda f: f("light iris"), 0.1)},
    "eyebrows": {
        "thickness": (lambda f: f("brow_thick"), 0.008),
        "length": (lambda f: f("brow_width"), 0.03),
        "size": (lambda f: f("brow_thick") * f("brow_width"), 0.0008),
        "arch": (lambda f: f("brow_arch"), 0.03),
        "anger": (lambda f: f("brow_slope"), 0.3),
    },
    "glasses": {
        "size": (_THERE("glasses", lambda f: f("lens_width") * f("lens_height")), 0.002),
        "rim": (_THERE("glasses", lambda f: f("rim_width")), 0.003),
        "tint": (_THERE("glasses", lambda f: f("lens_tint")), 0.2),
        "width": (_THERE("glasses", lambda f: f("lens_width")), 0.012),
        "height": (_THERE("glasses", lambda f: f("lens_height")), 0.02),
    },
    "hair": {
        "length": (lambda f: _only(_loose(f), f("back_length")), 0.4),
        "volume": (lambda f: _only(_loose(f), f("hair_top") + f("hair_side")), 0.07),
        "height": (lambda f: _only(_loose(f), f("hair_top")), 0.06),
    },
    "mustache": {
        "width": (_THERE("mustache", lambda f: f("mustache_width")), 0.03),
        "thickness": (_THERE("mustache", lambda f: f("mustache_thick")), 0.012),
        "size": (_THERE("mustache", lambda f: f("mustache_width") * f("mustache_thick")), 0.002),
        "droop": (_THERE("mustache", lambda f: f("mustache_droop")), 0.06),
    },
    "beard": {"length": (_THERE("beard", lambda f: f("beard_length")), 0.05)},
    "clothes": {"light": (_brightness("clothes"), 0.2), "neckline": (_NECKLINES, 0.1)},
    "background": {"light": (_brightness("background"), 0.1)},
}
"""What can be compared, from the features of the drawing, and the least difference that people would name."""


def _features(kind: str, number: int) -> _Feature:
    """A value's features by name, where it has none the usual ones; "light X" is how light the colour X is."""
    changes = KINDS[kind][NAMES[kind][number]]

    def feature(name: str) -> float:
        if name.startswith("light "):
            return _light(*changes.get(name[6:], COLOURS[name[6:]]))
        return float(changes.get(name, FEATURES[name][2]))

    return feature


@cache
def measures(kind: str, number: int) -> dict[str, float]:
    """The measures of a value; not a number where there is nothing to measure."""
    return {name: measure(_features(kind, number)) for name, (measure, _) in MEASURES[kind].items()}


@cache
def trends(kind: str, source: int, target: int) -> tuple[Trend, ...]:
    """The comparatives that are true of a pair of values."""
    steps = {
        name: (measures(kind, target)[name] - measures(kind, source)[name]) / least
        for name, (_, least) in MEASURES[kind].items()
    }
    return tuple((name, 1 if step > 0 else -1) for name, step in steps.items() if abs(step) >= 1)


def trend_of(text: str) -> Trend:
    """A trend as the forms write it: "length+"."""
    return text[:-1], 1 if text[-1] == "+" else -1


_MORE = {
    "face shape": """
        width +: wider, broader | widen, too narrow, too thin
        width -: narrower, slimmer, thinner | slim down, too wide, too broad
        length +: longer | lengthen, stretch, too short
        length -: shorter | shorten, too long
        jaw +: fuller, stronger, heavier | too weak
        jaw -: finer, more delicate, slighter | too heavy
    """,
    "mouth": """
        width +: wider, bigger, larger | widen, too narrow, too small
        width -: narrower, smaller | too wide, too big
        smile +: happier, more cheerful, friendlier | cheer up, smile more, too sad
        smile -: sadder, less happy, gloomier | smile less, too happy
        opening +: more open | open more, open wider
        opening -: more closed, less open | too open
    """,
    "nose": """
        length +: longer | lengthen, too short
        length -: shorter | shorten, too long
        width +: wider, broader, flatter | widen, too narrow, too thin
        width -: narrower, slimmer, thinner | too wide, too broad
        size +: bigger, larger | enlarge, increase, too small
        size -: smaller, tinier | shrink, reduce, decrease, too big, too large
    """,
    "ears": """
        size +: bigger, larger | enlarge, increase, too small
        size -: smaller, tinier | shrink, reduce, decrease, too big, too large
        out +: more protruding | stick out more
        out -: less protruding, flatter | pin back, stick out less
    """,
    "eye shape": """
        size +: bigger, larger | enlarge, increase, too small
        size -: smaller, tinier | shrink, reduce, decrease, too big, too large
        width +: wider, broader | widen, too narrow
        width -: narrower | too wide
        opening +: more open, wider open | open, open wider, open more
        opening -: more closed, less open | close, shut, close more, too open
        pupils +: bigger, larger | bigger pupils, larger pupils, pupils bigger, pupils larger, bigger irises
        pupils -: smaller, tinier | smaller pupils, pupils smaller, pupils tinier, smaller irises
    """,
    "iris": """
        light +: lighter, brighter, paler | lighten, brighten, too dark
        light -: darker, deeper | darken, too light, too bright, too pale
    """,
    "eyebrows": """
        thickness +: thicker, bushier, heavier | thicken, too thin
        thickness -: thinner, finer | thin out, pluck, too thick, too bushy
        length +: longer, wider | lengthen, too short
        length -: shorter, narrower | shorten, too long
        size +: bigger, larger | enlarge, increase, too small
        size -: smaller, tinier | shrink, reduce, decrease, too big, too large
        arch +: more curved, rounder | too flat, too straight
        arch -: straighter, flatter | too curved
        anger +: angrier, sterner | too sad
        anger -: sadder, more worried | too angry
    """,
    "glasses": """
        size +: bigger, larger | enlarge, increase, too small
        size -: smaller, tinier | shrink, reduce, decrease, too big, too large
        rim +: thicker, heavier, chunkier | thicken, too thin
        rim -: thinner, finer | too thick, too heavy
        tint +: darker | darken, too light
        tint -: lighter, clearer | lighten, too dark
        width +: wider, broader | widen, too narrow
        width -: narrower | too wide
        height +: taller, higher | too low
        height -: flatter, lower | too tall, too high
    """,
    "hair": """
        length +: longer | lengthen, too short
        length -: shorter | shorten, trim, too long
        volume +: fuller, bigger | more volume, volume
        volume -: thinner | less volume
        height +: higher, taller | too flat
        height -: flatter, lower | too high, too tall
    """,
    "mustache": """
        width +: wider, broader, longer | widen, too narrow, too short
        width -: narrower, shorter | too wide, too long
        thickness +: thicker, bushier, heavier | thicken, too thin
        thickness -: thinner, finer | thin out, too thick, too bushy
        size +: bigger, larger | enlarge, increase, too small
        size -: smaller, tinier | shrink, reduce, decrease, trim, too big, too large
        droop +: droopier, more drooping | droop more
        droop -: less drooping, less droopy | droop less, too droopy
    """,
    "beard": """
        length +: longer | lengthen, too short
        length -: shorter | shorten, trim, too long
    """,
    "clothes": """
        light +: lighter, brighter | lighten, brighten, too dark
        light -: darker | darken, too light, too bright
        neckline +: lower, deeper, wider | too high
        neckline -: higher, closer | too low, too deep
    """,
    "background": """
        light +: lighter, brighter, paler | lighten, brighten, too dark
        light -: darker, deeper | darken, too light, too bright, too pale
    """,
}
"""A line is a measure and its direction, the comparatives, and behind the bar what else means the same."""


def _more() -> dict[str, dict[Trend, tuple[str, ...]]]:
    table = {}
    for kind, block in _MORE.items():
        rows = [line.strip().split(": ") for line in block.strip().splitlines()]
        table[kind] = {(name[:-2], 1 if name[-1] == "+" else -1): words for name, words in rows}
    return table


COMPARATIVES: dict[str, dict[Trend, tuple[str, ...]]] = {
    kind: {trend: tuple(word.strip() for word in words.split("|")[0].split(",")) for trend, words in rows.items()}
    for kind, rows in _more().items()
}
"""The comparatives of each kind that can follow "make it"."""

TRENDS: dict[str, dict[str, Trend]] = {kind: {} for kind in KINDS}
for _kind, _rows in _more().items():
    for _trend, _words in _rows.items():
        for _phrase in _words.replace("|", ",").split(","):
            TRENDS[_kind].setdefault(_phrase.strip(), _trend)
"""What each comparative of a kind means. Of "bigger", said of eyes, the first line is meant: their size."""

# Nouns and small words

NOUNS: dict[str, tuple[str, ...]] = {
    noun.strip(): tuple(kind.strip() for kind in kinds.split("/"))
    for kinds, nouns in {
        "gender": "gender, sex",
        "face shape": "face, head, jaw, chin, cheeks, face shape, shape face",
        "mouth": "mouth, lips, expression",
        "nose": "nose",
        "ears": "ears, ear",
        "eye shape / iris": "eyes, eye, pupils, pupil",
        "eye shape": "eye shape, shape eyes, eyelids, lids",
        "iris": "iris, irises, eye colour, eye color, colour eyes, color eyes, contact lenses",
        "eyebrows": "eyebrows, eyebrow, brows, brow",
        "glasses": "glasses, eyeglasses, spectacles, specs, frame, frames, rim, rims, lenses, eye glasses",
        "hair": "hair, hairstyle, haircut, hairdo, hairline, hair style",
        "mustache": "mustache, moustache",
        "beard": "beard",
        "mustache / beard": "facial hair, whiskers",
        "clothes": "clothes, clothing, outfit, shirt, top, neckline, collar",
        "background": "background, backdrop, wall, behind",
    }.items()
    for noun in nouns.split(",")
}
"""The kinds that a noun may mean."""

PLACES = {"face", "head", "jaw", "chin", "cheeks", "expression"}
"""Nouns that often only say where: "a beard on the chin"."""

PEOPLE = {"woman", "lady", "girl", "man", "guy", "gentleman", "boy"}
"""Looks of the kind gender that often only say whose: "give the man glasses"."""

FEELINGS = word_set(
    """
    happy cheerful sad unhappy surprised surprise astonished serious smiling frowning angry sadder happier
    gloomier friendlier
    """
)
"""Looks and trends that are the mouth's where no noun says whose."""

REMOVE = word_set("remove off away delete erase lose loses shave without no stop") | {"get rid", "no longer"}
"""What takes away."""

WITHOUT = {"without", "no", "no longer", "stop"}
"""Those of them that concern only what follows."""

LESS = {"less", "not"}
OLD = {"replace", "swap", "exchange", "from", "instead", "rather"}
NEW = {"with", "for", "by", "to", "into", "becomes", "become"}
"""Between a word of ``OLD`` and one of ``NEW`` stands what was there before."""

AND = {"and", "but", "also", "plus", "then", "with"}
WHERE = {"on", "over", "under", "around", "above", "below", "at", "in", "from", "onto", "across"} | {
    f"dress {whom}in" for whom in ("", "woman ", "man ")
}
KEEP = {"keep", "leave", "unchanged", "don't", "dont", "never"}
CHANGE = {"change", "different", "another", "other", "modify", "fix", "replace", "swap", "edit", "adjust"}
"""Of a thing alone they do not say what it should become."""

OTHER = word_set(
    """
    be is are was being get gets have has had do does did make made put give let want wants would could should
    can will shall need needs like see show look looks wear wears set turn draw or if as than so all both some
    any same there here which who what more most too also only even still again down up out than one ones ok
    okay yes thanks thank hi hello we us think say color colour shape size style kind type version
    """
)
"""Further words that say nothing of their own."""

SMALL = word_set(
    """
    a an the this that these those his her hers him he she it its their them they person person's avatar picture
    image my your me i of bit little lot much slightly somewhat very really quite so just now please
    """
)
"""Words that may stand anywhere and mean nothing here."""


def longest(words: list[str], table: dict | set) -> str:
    """The longest phrase of a table with which a list of words begins, or nothing."""
    starts = (" ".join(words[:n]) for n in range(min(len(words), 5), 0, -1))
    return next((start for start in starts if start in table), "")


def look_of(kind: str, phrase: str) -> Numbers:
    """The values of a kind of which a phrase is true: "red round glasses", "a bob without a fringe", "no beard"."""
    words = [word for word in spaced(phrase).split() if word not in SMALL]
    found, without = EVERY[kind], False
    while words:
        look = longest(words, LOOKS[kind])
        if look:
            found &= EVERY[kind] - LOOKS[kind][look] if without else LOOKS[kind][look]
        elif without and kind in NONE and kind in NOUNS.get(words[0], ()):
            found &= {NONE[kind]}
        without = not look and (without or words[0] in WITHOUT)
        words = words[max(1, len(look.split())) :]
    return some(kind) if found == EVERY[kind] else found


def some(kind: str) -> Numbers:
    """The values that are not nothing."""
    return EVERY[kind] - {NONE[kind]} if kind in NONE else EVERY[kind]
