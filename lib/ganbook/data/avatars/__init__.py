"""Avatars: drawn faces whose attributes, label map, landmarks and motion are known exactly.

Two ways to draw from one renderer: portraits in a fixed pose with 14 kinds of attributes (:mod:`.attributes`), and free
looks in free poses (:mod:`.sampling`).
"""

import math

from ganbook.data.avatars.attributes import COUNTS, KINDS, looks
from ganbook.data.avatars.flow import LANDMARKS, Flow, flow_between, landmarks, part_motion
from ganbook.data.avatars.look import Look
from ganbook.data.avatars.pose import Pose, portrait, random_poses
from ganbook.data.avatars.render import LABELS, Drawing, render
from ganbook.data.avatars.sampling import free_looks, hair_colours, random_attributes, skin_tones
from ganbook.data.catalogue import DataSet, Found

__all__ = [
    "COUNTS",
    "KINDS",
    "LABELS",
    "LANDMARKS",
    "Drawing",
    "Flow",
    "Look",
    "Pose",
    "flow_between",
    "free_looks",
    "hair_colours",
    "landmarks",
    "looks",
    "part_motion",
    "portrait",
    "random_attributes",
    "random_poses",
    "render",
    "skin_tones",
]

DATA_SET = DataSet(
    name="avatars",
    title="Avatars: drawn faces with attributes, label maps, landmarks and flow",
    origin={"embedded": "the book's own renderer"},
    licence={"embedded": "as the book: MIT for the code, CC BY 4.0 for pictures"},
    splits={"embedded": {"portraits": math.prod(COUNTS)}},
    schema={
        "pictures": "float32 (n, 3, side, side) in [-1, 1]",
        "labels": "uint8 (n, side, side): " + ", ".join(f"{number} {name}" for number, name in enumerate(LABELS)),
        "attributes": "int64 (n, 14): the value of each kind, of " + ", ".join(map(str, COUNTS)),
    },
    look=lambda: Found("embedded", "ganbook", verified=True),
)
"""Portraits are counted by their attributes; free looks in free poses are without number."""
