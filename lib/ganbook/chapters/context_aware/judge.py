"""The judge: reads place, person and things off pictures. It never enters a loss of the GAN; it only measures."""

import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ganbook import training
from ganbook.chapters.context_aware.config import JudgeConfig
from ganbook.chapters.context_aware.context import WHERE, WHO
from ganbook.chapters.context_aware.recognisers import at_height, mirrored, recognition_loss
from ganbook.data.pixels import from_bytes
from ganbook.data.scenes import PLACES, THINGS, Scenes
from ganbook.nn import ResidualStage
from ganbook.nn.augmentation import worn


class Verdict(NamedTuple):
    """What the judge says of pictures, as logits.

    Attributes:
        outdoors: (batch, 2), indoors or outdoors.
        places: (batch, 10), which of ``PLACES``.
        people: (batch, 20), whom it is about.
        things: (batch, things), for each of ``THINGS`` whether it is there.
    """

    outdoors: Tensor
    places: Tensor
    people: Tensor
    things: Tensor


class Judge(nn.Module):
    """A small residual network; the recognisers have no skips, pool otherwise, and see clean pictures."""

    def __init__(self, channels: tuple[int, ...]):
        super().__init__()
        self.stages = nn.ModuleList(ResidualStage(n_in, n_out) for n_in, n_out in pairwise((3, *channels)))
        self.channels, self.size = channels[-1], 2 * channels[-1]
        heads = {"outdoors": WHERE, "places": len(PLACES), "people": WHO, "things": len(THINGS)}
        self.heads = nn.ModuleDict({name: nn.Linear(self.size, classes) for name, classes in heads.items()})

    def maps(self, pictures: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch channels h w"]:
        """The last stage's maps, which still say where something is."""
        maps = pictures
        for number, stage in enumerate(self.stages):
            maps = stage(F.avg_pool2d(maps, 2) if number else maps)
        return maps  # (batch, channels, 7, 13)

    def features(self, pictures: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch size"]:
        """What the heads get, and what distances between sets of pictures (KID) are measured in."""
        maps = self.maps(pictures)
        return torch.cat([maps.mean((2, 3)), maps.flatten(2).logsumexp(2)], 1)  # (batch, 2 channels)

    def forward(self, pictures: Float[Tensor, "batch 3 height width"]) -> Verdict:
        vector = self.features(pictures)
        return Verdict(**{name: head(vector).float() for name, head in self.heads.items()})


def folded(judge: Judge) -> Judge:
    """A copy that answers as a trained judge in use does, quicker: batch normalisation is part of its convolutions."""
    judge = copy.deepcopy(judge).eval()
    for stage in judge.stages:
        stage.first, stage.second = map(fuse_conv_bn_eval, (stage.first, stage.second), stage.norms)
        stage.norms = nn.ModuleList(nn.Identity() for _ in stage.norms)
    return judge.requires_grad_(False)


def judge_loss(verdict: Verdict, scenes: Scenes, index: Tensor, thing_weight: float) -> Float[Tensor, ""]:
    """Cross entropies of place, kind of place and person, and binary ones of the things; -1 for what is unknown."""
    device = verdict.outdoors.device
    labels = (scenes.outdoors, scenes.places, scenes.people)
    classes = sum(recognition_loss(logits, each[index].to(device)) for logits, each in zip(verdict, labels))
    there = things_of(scenes, index).to(verdict.things)
    return classes + thing_weight * F.binary_cross_entropy_with_logits(verdict.things, there)


def things_of(scenes: Scenes, index: Int[Tensor, " batch"]) -> Bool[Tensor, "batch things"]:
    """Which of ``THINGS`` are in some of the scenes; the public release has other names beside."""
    numbers = {name: number for number, name in enumerate(scenes.thing_names)}
    there = torch.cat([scenes.things[index], torch.zeros(len(index), 1, dtype=torch.bool)], 1)
    return there[:, [numbers.get(thing.name, -1) for thing in THINGS]]


def train_judge(run: training.Run, scenes: Scenes) -> None:
    """Supervised training on worn pictures."""
    config: JudgeConfig = run.config
    judge = Judge(config.channels)
    judge, optimizer = run.setup(judge=(judge, torch.optim.AdamW(judge.parameters(), config.learning_rate))).judge
    strength = {name: getattr(config, name) for name in ("blur", "colour_shift", "pixel_noise")}
    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(optimizer, config.learning_rate * left)
        index = run.draws.batch(len(scenes), config.batch_size)
        pictures = mirrored(from_bytes(scenes.pictures[index].to(run.device)), run.draws, config.batch_size)
        pictures = worn(pictures, run.draws, config.batch_size, **strength)
        loss = judge_loss(judge(pictures), scenes, index, config.thing_weight)
        optimizer.zero_grad()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss)


@dataclass(frozen=True)
class SceneReader:
    """The trained judge in use."""

    config: JudgeConfig
    judge: Judge

    @torch.no_grad()
    def __call__(self, pictures: UInt8[Tensor, "n 3 height width"]) -> Verdict:
        """What is in pictures; pictures of other sizes are scaled."""
        found = [self.judge(at_height(from_bytes(some), self.config.height)) for some in pictures.split(250)]
        return Verdict(*(torch.cat(each) for each in zip(*found)))

    @torch.no_grad()
    def features(self, pictures: UInt8[Tensor, "n 3 height width"]) -> Float[Tensor, "n size"]:
        """One vector a picture, for distances between sets; pictures of other sizes are scaled."""
        some = (at_height(from_bytes(each), self.config.height) for each in pictures.split(250))
        return torch.cat([self.judge.features(each) for each in some])
