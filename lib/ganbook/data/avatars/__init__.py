"""Avatars: drawn faces whose attributes, label map, landmarks and motion are known exactly.

Two ways to draw from one renderer: portraits in a fixed pose with 14 kinds of attributes (:mod:`.attributes`), and free
looks in free poses (:mod:`.sampling`).
"""

from ganbook.data.avatars.attributes import COUNTS, KINDS, looks
from ganbook.data.avatars.flow import LANDMARKS, Flow, flow_between, landmarks
from ganbook.data.avatars.look import Look
from ganbook.data.avatars.pose import Pose, portrait, random_poses
from ganbook.data.avatars.render import LABELS, Drawing, render
from ganbook.data.avatars.sampling import free_looks, hair_colours, random_attributes, skin_tones

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
    "portrait",
    "random_attributes",
    "random_poses",
    "render",
    "skin_tones",
]
