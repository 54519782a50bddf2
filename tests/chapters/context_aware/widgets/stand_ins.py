"""A small painter that was not trained but hears well, and pictures for widgets. Also the first cell of a notebook."""

from dataclasses import replace

import numpy as np
import torch

from ganbook.chapters.context_aware import config as settings
from ganbook.chapters.context_aware.inference import Painter
from ganbook.chapters.context_aware.model import generators, picture_sizes
from ganbook.chapters.context_aware.recognisers import Recognisers, Recognition
from ganbook.chapters.context_aware.text import Embedding, PictureEncoder, text_encoder
from ganbook.chapters.context_aware.widgets.stage_timeline import Course

SHELF = 5


def some_painter(context="place and person", hard=True):
    torch.manual_seed(0)
    config = replace(settings.PROFILES["smoke"], context=context, hard=hard)
    reading = replace(settings.ENCODER_PROFILES["smoke"], text_dim=config.text_dim)
    seeing = settings.RECOGNISER_PROFILES["smoke"]
    stages = torch.nn.ModuleList(generators(config)).eval()
    recognisers = Recognisers(seeing).eval()
    with torch.no_grad():
        for weight in (each for each in stages.parameters() if each.ndim > 1):
            weight.mul_(2.5)  # every stage depends on all that it is told
        for each in (recognisers.place, recognisers.person):  # its answers differ from picture to picture
            each.classify.weight.mul_(60)
            each.classify.bias.zero_()
    embedding = Embedding(reading, text_encoder(reading).eval(), PictureEncoder(reading).eval())
    return Painter(config, stages, embedding, Recognition(seeing, recognisers))


def some_contexts(n=SHELF):
    """Pictures whose colours differ."""
    generator = torch.Generator().manual_seed(1)
    tint = torch.randint(256, (n, 3, 1, 1), generator=generator)
    return ((tint + torch.randint(60, (n, 3, 16, 28), generator=generator)) % 256).to(torch.uint8)


def some_course(moments=3, prompts=2, seen=True):
    random = np.random.default_rng(0)
    sizes = picture_sizes(settings.PROFILES["smoke"])
    stages = tuple(random.integers(0, 256, (moments, prompts, *size, 3), dtype=np.uint8) for size in sizes)
    steps = tuple(500 * (number + 1) for number in range(moments))
    kid = tuple(tuple(100.0 * stage / (number + 1) for number in range(moments)) for stage in (1, 2, 3))
    return Course(steps, stages, steps, kid) if seen else Course(steps, stages)
