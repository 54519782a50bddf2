"""The words that the reader of captions knows: people, places, things, and the small words round them.

Tables only, so that the page of the book can have the same ones: :func:`ganbook.data.scene_language.rules` hands them
out as plain JSON types. A phrase of several words is one entry; the longest that fits is taken.
"""

from ganbook.data.scenes.people import COLOURS, HAIRS
from ganbook.data.scenes.things import THINGS


def words(text: str) -> tuple[str, ...]:
    """Phrases between commas, without what surrounds them."""
    return tuple(" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip())


def _table(rows: dict[str, str]) -> dict[str, str]:
    return {phrase: meaning for meaning, text in rows.items() for phrase in words(text)}


# People: who somebody may be, as "gender age"; "any" is open

PEOPLE = _table(
    {
        "female grown": """
            woman, lady, mother, mom, mum, mommy, wife, aunt, housewife, businesswoman, policewoman, waitress, actress,
            madam, gal, saleswoman, female, queen, policewoman, ma'am, girlfriend""",
        "male grown": """
            man, guy, gentleman, father, dad, daddy, husband, uncle, businessman, policeman, waiter, fellow, dude,
            bloke,
            chap, sir, mailman, fireman, salesman, male, king, fisherman, boyfriend, lad""",
        "female old": "old woman, old lady, grandmother, grandma, granny, nana, grandmom, elderly lady, elderly woman",
        "male old": "old man, grandfather, grandpa, granddad, grandad, gramps, old guy, elderly man, elderly gentleman",
        "female adult": "young woman, young lady",
        "male adult": "young man",
        "female child": "girl, schoolgirl, daughter, little girl, baby girl, granddaughter, little lady, lass",
        "male child": "boy, schoolboy, son, little boy, baby boy, grandson, little guy, little man",
        "any child": """
            child, kid, toddler, baby, infant, pupil, youngster, schoolchild, kiddo, little one, small child,
            newborn""",
        "any old": "senior, pensioner, old person, elderly person, grandparent, retiree, senior citizen",
        "any adult": "adult, grown up, parent, young adult",
        "any any": """
            person, someone, somebody, human, figure, friend, worker, teacher, doctor, student, chef, cook, player,
            tourist,
            neighbor, neighbour, character, individual, runner, jogger, dancer, artist, gardener, driver, boss, nurse,
            stranger, teenager, teen, visitor, walker, anyone, anybody, human being, cousin, twin, redhead, blonde,
            brunette""",
        "female any": "sister",
        "male any": "brother",
    }
)
"""Words for one person; grown is adult or old."""

PLURALS = {
    "women": "woman",
    "ladies": "lady",
    "men": "man",
    "guys": "guy",
    "gentlemen": "gentleman",
    "girls": "girl",
    "boys": "boy",
    "children": "child",
    "kids": "kid",
    "babies": "baby",
    "people": "person",
    "persons": "person",
    "folks": "person",
    "friends": "friend",
    "students": "student",
    "couple": "person",
    "family": "person",
    "seniors": "senior",
    "adults": "adult",
    "parents": "parent",
    "grandparents": "grandparent",
    "toddlers": "toddler",
    "crowd": "person",
    "everybody": "person",
    "everyone": "person",
    "brothers": "brother",
    "sisters": "sister",
    "teenagers": "teenager",
    "pupils": "pupil",
}

PRONOUNS = {"she": "female any", "he": "male any", "i": "any any", "we": "any any"}
"""Used where no noun says who it is."""

NOBODY = words("nobody, no one, noone, no people, no person, no humans, no human, no man, no woman, no one else")

AGES = _table(
    {
        "old": "old, elderly, aged, senior, ancient, retired",
        "child": "little, small, tiny",
        "adult": "adult, grown, middle aged",
        "young": "young, younger",
    }
)
"""Adjectives that say more of an age: what young means depends on the noun."""

# Places

INDOORS = words(
    """
    living room, lounge, sitting room, kitchen, bedroom, office, classroom, school, room, house, home,
    apartment, flat, hallway, hall, corridor, bathroom, dining room, study, den, library, museum, shop, store,
    supermarket, restaurant, cafe, bar, hotel, hospital, gym, basement, attic, cellar, indoors, inside,
    playroom, nursery, family room, lobby, elevator, theater, theatre, cinema, workplace, cabin, kitchenette,
    livingroom, bed room, nurserey, church, mall, indoor, interior, building, carpet, floor, lecture hall,
    waiting room, laundry room, art room, fireplace, daycare, kindergarten, bakery, workshop, ballroom, dorm,
    dormitory, parlor, parlour, drawing room, staircase, stairs
    """
)
OUTDOORS = words(
    """
    park, beach, street, garden, forest, woods, wood, yard, backyard, front yard, lawn, meadow, field,
    playground, road, sidewalk, pavement, city, town, village, countryside, country, farm, mountain,
    mountains, hill, hills, lake, river, sea, seaside, ocean, shore, coast, seashore, sand, grass, desert,
    jungle, snow, outdoors, outside, outdoor, path, trail, campsite, campground, camp, zoo, square, plaza,
    market place, parking lot, driveway, patio, terrace, bus stop, open air, fresh air, great outdoors,
    nature, picnic, courtyard, pond, riverbank, water, waterfront, dune, dunes, highway, alley, avenue, block,
    neighborhood, neighbourhood, orchard, vineyard, woodland, wilderness, valley, island, harbor, harbour,
    pier, boardwalk, promenade, cliff, cave mouth, rain, sunshine, open, wild, crosswalk, intersection, main
    street, back yard, back garden, front garden, side walk, play ground, soccer field, football field, golf
    course, bridge, canyon, waterside, lakeside, puddle, camping trip, hiking trail, treetops, flower bed,
    flowerbed
    """
)
PLACES = dict.fromkeys(INDOORS, "indoors") | dict.fromkeys(OUTDOORS, "outdoors")

ADVERBS = _table(
    {
        "indoors": "indoors, inside, home, upstairs, downstairs",
        "outdoors": "outdoors, outside, out of doors, under the trees, among the trees, between the trees",
    }
)
"""Words that say where without a noun."""

BUILDINGS = words(
    "house, houses, home, building, school, shop, store, church, cabin, restaurant, hotel, museum, library"
)
"""What one may stand outside of."""

OUTSIDE_OF = words(
    """
    outside, outside of, behind, in front of, in the back of, out of, opposite, around, on top of, near, by,
    next to, beside, past, towards, toward, close to, against, along, in the middle of, to the left of, to the
    right of, between
    """
)
WITHIN = words("in, at, inside, inside of, within, into, through, throughout")

WEAK = words(
    """
    water, rain, floor, carpet, stairs, staircase, block, square, bar, sunshine, puddle, picnic, nature, camp,
    hall, bridge, country, wood, field, building, interior, snow, grass, sand, fireplace, wild, elevator,
    study, den, flat, room, open, town, path, store, camping trip, indoor, outdoor, church, hospital, island,
    mall, hill, plaza, bakery
    """
)
"""Nouns that say where only behind a preposition: somebody may drink water anywhere."""

LOCATIVES = words(
    """
    in, at, on, inside, within, through, across, into, by, along, near, around, under, over, between, among,
    beside, next to, in front of, behind, outside, outside of, down, up, onto, beneath, amid, amidst, past,
    throughout, inside of, in the middle of, on top of, in the back of, upon, opposite, close to, towards,
    toward, out in, out on, out at, off, against, above, below, underneath, to the left of, to the right of,
    out of, off of
    """
)
ELSEWHERE = words(
    "about, of, for, from, without, than, like, as, since, to, until, before, after, except, with, via, per"
)
"""Prepositions whose noun is not where it happens."""

LOOKING = words(
    """
    look, looks, looking, looked, stare, stares, staring, gaze, gazes, gazing, watch, watches, watching,
    think, thinks, thinking, dream, dreaming, talk, talks, talking, reads, reading, imagines, imagining,
    misses, missing, remembers, remembering, draws, paints, prefers, longs, longing, loves, hates, peeks,
    peeking, glances, glancing, wanting
    """
)
"""Verbs whose object is far away."""

GOING = words(
    """
    go, goes, going, went, come, comes, coming, came, walk, walks, walking, walked, run, runs, running, ran,
    ride, rides, riding, drive, drives, driving, bike, bikes, biking, rush, rushes, rushing, trip, trips,
    stroll, strolls, strolling, invited, welcome
    """
)
"""Verbs behind which "to" says where."""

LATER = words(
    """
    want, wants, wanted, wish, wishes, wishing, hope, hopes, hoping, plan, plans, planning, would, ready,
    tomorrow, later, yesterday, dreams, wanting, about to, going to go, supposed, decides, promised, waiting
    to, should, might
    """
)
"""Behind them it is not said that it is so."""

PICTURES = words(
    "picture, photo, photograph, painting, poster, drawing, postcard, image, mural, map, book, movie, model, toy"
)
"""What shows something that need not be there."""

PARTS = words(
    "corner, middle, edge, side, end, back, front, top, heart, center, centre, rest, other side, bottom, part"
)
"""Nouns whose place is that of what follows them: the corner of the street."""

FIXED = words(
    """
    table, floor, counter, window, sink, stove, wall, door, path, bench, gate, fence, corner, bed, trail,
    swing, sidewalk, entrance, island, tree, trees, cupboard, cabinets, area, scene, setting, setup, carpet,
    rug, scenery, background
    """
)
"""What does not leave the place that stands before it: a kitchen table, a park bench."""

# Things

SYNONYMS = _table(
    {
        "dog": "dog, puppy, pup, doggy, hound, doggie",
        "cat": "cat, kitten, kitty",
        "rabbit": "rabbit, bunny, hare",
        "bird": "bird, sparrow, robin, pigeon, seagull",
        "duck": "duck, duckling",
        "butterfly": "butterfly",
        "horse": "horse, pony",
        "sofa": "sofa, couch, settee",
        "armchair": "armchair, easy chair, arm chair, recliner",
        "table": "table, coffee table, picnic table",
        "desk": "desk",
        "chair": "chair, stool, seat",
        "lamp": "lamp, floor lamp",
        "fridge": "fridge, refrigerator",
        "television": "television, tv, telly, tv set",
        "plant": "plant, pot plant, houseplant, potted plant",
        "bookcase": "bookcase, bookshelf, book shelf, shelf",
        "clock": "clock, wall clock",
        "painting": "painting, wall picture",
        "rug": "rug, mat",
        "teddy bear": "teddy bear, teddy, stuffed animal, stuffed bear, plush toy",
        "laptop": "laptop, computer, notebook computer",
        "cake": "cake, birthday cake",
        "vase": "vase",
        "tree": "tree, oak",
        "palm": "palm, palm tree",
        "bush": "bush, hedge, shrub",
        "bench": "bench",
        "slide": "slide",
        "parasol": "parasol, umbrella, sunshade",
        "car": "car, automobile, vehicle",
        "bicycle": "bicycle, bike",
        "tent": "tent",
        "sandcastle": "sandcastle, sand castle",
        "flower": "flower, rose, tulip, daisy",
        "mushroom": "mushroom, toadstool",
        "kite": "kite",
        "ball": "ball, football, soccer ball, beach ball, basketball",
        "balloon": "balloon",
        "book": "book, novel",
        "bag": "bag, handbag, purse, backpack, briefcase",
        "guitar": "guitar",
        "present": "present, gift, parcel, package",
        "basket": "basket, picnic basket",
    }
)
assert set(SYNONYMS.values()) == {thing.name for thing in THINGS}

GARMENTS = _table(
    {
        "dress": "dress, gown",
        "skirt": "skirt",
        "trousers": "trousers, pants, jeans, slacks",
        "shorts": "shorts",
        "coat": "coat, jacket",
        "suit": "suit",
        "overalls": "overalls, dungarees",
        "shirt": "shirt, t shirt, tee shirt, tshirt, sweater, blouse, top, pullover, jumper, hoodie",
        "cap": "cap, hat, baseball cap",
        "scarf": "scarf, headscarf, hijab, head scarf",
        "glasses": "glasses, spectacles, eyeglasses",
        "cane": "cane, walking stick",
        "beard": "beard",
        "moustache": "moustache, mustache",
        "hair": "hair",
        "pigtails": "pigtails, pig tails",
        "ponytail": "ponytail, pony tail",
        "bun": "bun",
    }
)
"""What is said of somebody's looks, by the word for it here."""

HAIRY = {
    "blonde": "blond",
    "blond": "blond",
    "redhead": "red",
    "redheaded": "red",
    "redhaired": "red",
    "red haired": "red",
    "brunette": "brown",
    "dark haired": "black",
    "black haired": "black",
    "brown haired": "brown",
    "blond haired": "blond",
    "grey haired": "grey",
    "gray haired": "grey",
    "white haired": "white",
    "fair haired": "blond",
    "blonde haired": "blond",
}
LOOKS = {
    "bald": "bald",
    "bearded": "beard",
    "curly": "curly",
    "curly haired": "curly",
    "spiky": "spiky",
    "long haired": "long",
    "long": "long",
    "striped": "stripes",
}
COLOUR_WORDS = {name: name for name in (*COLOURS, *HAIRS)} | {
    "gray": "grey", "teal": "turquoise", "violet": "purple", "gold": "yellow", "golden": "yellow", "navy": "blue",
    "beige": "brown"}  # fmt: skip

# Small words, by tag

TAGS: dict[str, tuple[str, ...]] = {
    "DT": words(
        """
    a, an, the, this, that, these, those, some, any, each, every, another, his, her, their, its, my, our,
    your, both, all, several, many, few, a few, a lot of, lots of, a couple of, a pair of, no, a group of, one
    of, plenty of
    """
    ),
    "CD": words("one, two, three, four, five, six, seven, eight, nine, ten"),
    "CC": words("and, or, but, plus, while, as well as, then, so, because, yet, also, when, and then, whereas"),
    "NEG": words("not, never, n't, isnt, arent, wasnt, no longer, neither, nor, instead of, rather than, aint"),
    "AUX": words(
        """
    is, are, was, were, be, being, been, am, has, have, had, do, does, did, can, could, will, would, should,
    may, might, must, 's, 're, 've, 'll, 'm, there is, there are, there's, it's, he's, she's, that's
    """
    ),
    "WH": words("who, which, whose, whom, where, what, why, how"),
    "PRP": words(
        "it, they, them, him, himself, herself, itself, you, me, us, there, here, something, nothing, everything"
    ),
    "RB": words(
        """
    very, really, just, now, again, too, together, alone, happily, quickly, slowly, away, back, around,
    nearby, still, already, even, only, well, always, often, maybe, perhaps, quite, right, left, up, down,
    out, off, today, tonight, not far, far, all day, fast, joyfully, quietly, sadly, loudly, outdoorsy
    """
    ),
    "JJ": words(
        """
    big, large, great, nice, happy, sad, angry, tall, short, thin, fat, beautiful, pretty, cute, lovely,
    funny, sunny, dark, bright, clean, dirty, tidy, messy, empty, busy, new, good, bad, hot, cold, warm, cool,
    lonely, tired, excited, hungry, smiling, sleepy, african, american, asian, caucasian, hispanic, indian,
    european, crowded, quiet, noisy, cozy, cosy, modern, wooden, other, same, own, whole, colorful, colourful,
    snowy, rainy, green, local, nearby, favorite, favourite, pregnant, friendly, handsome, bored, wet, dry,
    public, spotted, light, pale, skinned, dark skinned
    """
    ),
}

OTHER = words(
    """
    sun, sky, cloud, clouds, day, morning, evening, night, afternoon, weather, world, time, life, fun, way,
    thing, things, hand, hands, arm, arms, head, face, smile, door, window, windows, wall, walls, tie, shoes,
    food, drink, water, tea, coffee, milk, bread, apple, apples, cup, glass, bottle, plate, pizza, lunch,
    dinner, breakfast, party, music, song, game, games, toy, toys, phone, camera, box, blanket, pillow, bed,
    toilet, shower, bath, stove, oven, sink, counter, cupboard, fire, wood, leaf, leaves, rock, rocks, stone,
    mouse, horse, hose, house, roof, root, board, broom, zoom, room, rooms, part, bark, mark, dark, each,
    reach, teach, peach, lazy, chill, chilly, mild, wild, chicken, sweet, men, man, woman, women, bay, buy,
    joy, girl, grill, beard, beach, breach, bench, bunch, punch, dog, fog, log, doll, dig, cat, hat, bat, rat,
    cap, map, coat, boat, goat, goal, lamb, lamp, camp, damp, tramp, stamp, tray, yard, card, hard, guard,
    ward, word, land, sand, band, wand, field, yield, file, hall, ball, call, fall, tall, mall, bar, car, far,
    jar, war, tree, three, free, street, greet, sheet, park, pork, shop, ship, stop, step, store, shore,
    score, story, lake, cake, bake, make, take, wake, like, bike, hike, kite, bite, site, white, write, sea,
    pea, see, set, sit, sits, stand, stands, eat, eats, play, plays, jump, jumps, wave, waves, point, points,
    dance, dances, sleep, sleeps, smiles, laughs, cries, holds, holding, hold, has, have, having, wearing,
    wears, reads, feeds, pets, pet, gives, throws, kicks, catches, sings, cooks, works, cleans, drinks, swim,
    swims, climbs, hug, hugs, petting, fence, gate, rest, hello, name, lot, side, front, end, top, line,
    light, color, colour, group, number, place, scene, picture, left, right, middle, center, centre, corner,
    edge, air, wind, heat, star, moon, ice, mud, dirt, ground, earth, hole, wheel, rope, swing, net, sled,
    owl, frog, fish, cow, pig, sheep, bee, ant, squirrel, turtle, fox, bear, deer, monkey, lion, tiger, hen,
    chick, sandwich, burger, hamburger, cookie, cookies, fruit, banana, orange, grape, pear, cheese, meat,
    egg, soup, salad, corn, potato, tomato, carrot, barbecue
    """
)
"""Words that mean nothing here, and that no slip of another word is."""
