"""People with their ages: portraits by the avatars' renderer, in which everyone can be drawn at any age.

Who somebody is (proportions, colours, hairstyle, glasses, clothes, pose) comes from a number; what the years do to a
face is the same for all (:mod:`.ageing`). So it is known what a portrait between two ages should look like.
"""

from ganbook.data.catalogue import DataSet, Found
from ganbook.data.paintings.dated import SPLITS
from ganbook.data.people.ageing import FIRST_AGE, LAST_AGE, Ageing, aged, ageing_of
from ganbook.data.people.drawn import FIRST, age_of, draw_person, drawn_people

__all__ = [
    "FIRST",
    "FIRST_AGE",
    "LAST_AGE",
    "SPLITS",
    "Ageing",
    "age_of",
    "aged",
    "ageing_of",
    "draw_person",
    "drawn_people",
]

DATA_SET = DataSet(
    name="people",
    title="People with their ages: drawn portraits from 20 to 80",
    origin={"embedded": "the book's own renderer"},
    licence={"embedded": "as the book: MIT for the code, CC BY 4.0 for pictures"},
    splits={"embedded": SPLITS},
    schema={
        "pictures": "uint8 (n, 3, side, side), red, green, blue; 64 x 64 by default, up to 512 x 512",
        "years": f"float32 (n,), ages from {FIRST_AGE:.0f} up to, not including, {LAST_AGE:.0f}",
        "titles": "of each picture: the person's number and age",
        "sources": "of each picture: the person's number",
    },
    look=lambda: Found("embedded", "ganbook", verified=True),
)
