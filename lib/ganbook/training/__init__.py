"""The training engine: devices, precision, loop, checkpoints, averages, curves.
The adversarial step stays with the chapter.
"""

from ganbook.training.config import Settings, option, resolve
from ganbook.training.curves import read_curves, read_film
from ganbook.training.devices import frozen, remaining, set_learning_rate
from ganbook.training.ema import Ema
from ganbook.training.loop import Run
from ganbook.training.recipe import Model, Recipe, Variant
from ganbook.training.shipped import load_checkpoint, read_run
from ganbook.training.state import Part, Parts

__all__ = [
    "Ema",
    "Model",
    "Part",
    "Parts",
    "Recipe",
    "Run",
    "Settings",
    "Variant",
    "frozen",
    "load_checkpoint",
    "option",
    "read_curves",
    "read_film",
    "read_run",
    "remaining",
    "resolve",
    "set_learning_rate",
]
