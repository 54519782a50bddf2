"""A small model that was not trained, for widgets, and references. Also the first cell of a notebook."""

from dataclasses import replace

import torch
import torch.nn.functional as F

from ganbook.chapters.class_styles.config import PROFILES
from ganbook.chapters.class_styles.game import Material, settle
from ganbook.chapters.class_styles.inference import Styler
from ganbook.chapters.class_styles.model import Encoder, Generator
from ganbook.data.avatars import LABELS

SIDE, CLASSES = PROFILES["smoke"].resolution, len(LABELS)


def some_maps(n=4, cell=8):
    """A class for each square; none of the first map is an accessory, and all of the last is background but a pixel."""
    draws = torch.Generator().manual_seed(0)
    squares = torch.randint(CLASSES - 1, (n, SIDE // cell, SIDE // cell), generator=draws)
    maps = squares.repeat_interleave(cell, 1).repeat_interleave(cell, 2).to(torch.uint8)
    maps[1, :16, :16] = LABELS.index("accessory")
    maps[-1] = 0
    maps[-1, 5, 5] = LABELS.index("mouth")  # an odd place, which no level sees
    return maps


def some_pictures(maps):
    """Each class of each picture in one colour."""
    colours = torch.randint(256, (len(maps), CLASSES, 3), generator=torch.Generator().manual_seed(1))
    return torch.einsum("nhwk,nkc->nchw", F.one_hot(maps.long(), CLASSES), colours).to(torch.uint8)


def some_styler(styles="class and level"):
    """Codes of every class and level show, and few values are clipped."""
    torch.manual_seed(0)
    config = replace(PROFILES["smoke"], styles=styles, channels=4)
    encoder, generator = (kind(config, CLASSES).requires_grad_(False).eval() for kind in (Encoder, Generator))
    for network in (encoder, generator):
        for name, weight in network.named_parameters():
            if "weight" in name and weight.ndim > 1:
                weight.copy_(0.3 * torch.randn_like(weight))
    maps = some_maps(8)
    settle(encoder, generator, Material(some_pictures(maps), maps, CLASSES, torch.nn.Identity()), config)
    generator.paint.weight.mul_(0.4)
    return Styler(config, encoder, generator)
