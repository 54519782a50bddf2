"""A scene as a list of what is in it, and as a file in the format of the public abstract scenes.

The format is that of the second version of the abstract scenes (Antol et al., *VQA*, 2015): ``sceneType`` says where,
``availableObject`` lists objects with their instances, and of those that are ``present`` the middle ``x``, ``y`` in a
picture of 400 x 700, the depth ``z`` from 0 (near) to 4, each step of which is smaller by a tenth, and ``flip``: 0
faces left. Ours adds ``look`` (of the place) and, behind a hyphen of ``sceneType``, the place itself, which readers of
the public files drop.
"""

from dataclasses import dataclass
from typing import Any

from ganbook.data.scenes.people import PEOPLE, POSES
from ganbook.data.scenes.places import NAMES, PLACES
from ganbook.data.scenes.things import NUMBERS, THINGS
from ganbook.errors import UserError

DEPTHS = 5
SHRINK = 0.9
"""How much smaller each step of depth is."""

FEET = (384, 356, 330, 306, 284)
"""Where what stands on the ground has its feet, by depth."""


@dataclass(frozen=True)
class Item:
    """Somebody or something in a scene.

    Attributes:
        sort: "human", or as of a `Thing`.
        number: into ``PEOPLE`` or ``THINGS``.
        look: the pose of a person (into ``POSES``), else the look of the thing (into its ``types``).
        x, y: middle of its foot, in pixels of 400 x 700.
        z: depth, 0 to 4.
        flip: 1 if it faces right.
        layer: 1 if it is behind everything that stands on the ground.
        order: of two at one depth, the one with the smaller number is in front.
    """

    sort: str
    number: int
    look: int
    x: float
    y: float
    z: int
    flip: int
    layer: int = 0
    order: int = 5

    @property
    def name(self) -> str:
        return f"Person{self.number + 1:02d}" if self.sort == "human" else THINGS[self.number].name


@dataclass(frozen=True)
class Scene:
    """What is where. The first item is the person whom the scene is about; a second one stands farther off."""

    number: int
    place: int
    look: int
    items: tuple[Item, ...]

    @property
    def person(self) -> int:
        """The number of the person whom it is about."""
        return self.items[0].number

    @property
    def things(self) -> tuple[int, ...]:
        """Numbers of the things in it, each once, in order."""
        return tuple(sorted({item.number for item in self.items if item.sort != "human"}))

    def in_order(self) -> list[Item]:
        """From back to front."""
        return sorted(self.items, key=lambda item: (-item.layer, -item.z, -item.order))


def to_json(scene: Scene) -> dict[str, Any]:
    """The content of its scene file."""
    place = PLACES[scene.place]
    kind = "Living" if place.indoors else "Park"
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in scene.items:
        groups.setdefault(item.name, []).append(_instance(item))
    objects = [
        {"numInstance": len(group), "smallestUnusedInstanceIdx": len(group), "instance": group}
        for group in groups.values()
    ]
    return {
        "file_name": f"ganbook_scenes_{scene.number:012d}.png",
        "id": scene.number,
        "scene": {
            "sceneConfigFile": "ganbook_scenes",
            "sceneType": f"{kind}-{place.name.replace(' ', '_')}",
            "look": scene.look,
            "availableObject": objects,
        },
    }


def _instance(item: Item) -> dict[str, Any]:
    human = item.sort == "human"
    kind, number = ("poseID", "numPose") if human or item.sort == "animal" else ("typeID", "numType")
    looks = len(POSES) if human else len(THINGS[item.number].types)
    return {
        "type": item.sort,
        "name": item.name,
        "present": True,
        "deformable": False,
        kind: item.look,
        number: looks,
        "x": round(item.x, 2),
        "y": round(item.y, 2),
        "z": item.z,
        "flip": item.flip,
        "depth0": item.layer,
        "depth1": item.order,
    } | ({"expressionID": 1, "numExpression": 2, "styleID": 0} if human else {})


def from_json(content: dict[str, Any]) -> Scene:
    """The scene of a file that :func:`to_json` made.

    Raises:
        UserError: another file's content.
    """
    try:
        scene = content["scene"]
        place = scene["sceneType"].split("-")[1].replace("_", " ")
        items = [_item(each) for group in scene["availableObject"] for each in group["instance"] if each["present"]]
        people = sorted((item for item in items if item.sort == "human"), key=lambda item: item.z)
        rest = [item for item in items if item.sort != "human"]
        return Scene(content["id"], NAMES.index(place), scene["look"], (*people, *rest))
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise UserError(f"not a scene file of this book: {type(error).__name__} {error}") from None


def _item(given: dict[str, Any]) -> Item:
    human = given["type"] == "human"
    number = int(given["name"].removeprefix("Person")) - 1 if human else NUMBERS[given["name"]]
    if human and not 0 <= number < len(PEOPLE):
        raise ValueError(given["name"])
    look = given["poseID" if human or given["type"] == "animal" else "typeID"]
    places = (given[name] for name in ("x", "y", "z", "flip", "depth0", "depth1"))
    return Item(given["type"], number, look, *places)
