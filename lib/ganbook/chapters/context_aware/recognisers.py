"""The recognisers (figure 3, algorithm 1): where is it, and who is it about?"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.context_aware.config import RecogniserConfig
from ganbook.chapters.context_aware.context import WHERE, WHO, Seen
from ganbook.data.pixels import from_bytes
from ganbook.data.scenes import Scenes, width_of
from ganbook.training.draws import Draws


class PictureStack(nn.Module):
    """Convolutions, and of each of the last maps the largest value and the mean.

    So it counts what is there, and not where.

    Attributes:
        features: length of the vector.
    """

    def __init__(self, channels: tuple[int, ...]):
        super().__init__()
        self.look = nn.Sequential(nn.Conv2d(3, channels[0], 3, padding=1), nn.LeakyReLU(0.2))
        self.halve = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(n_in, n_out, 4, stride=2, padding=1, bias=False),
                    nn.BatchNorm2d(n_out),
                    nn.LeakyReLU(0.2, inplace=True),
                )
                for n_in, n_out in pairwise(channels)
            )
        )
        self.features = 2 * channels[-1]

    def forward(
        self,
        pictures: Float[Tensor, "batch 3 height width"],
    ) -> Float[Tensor, "batch features"]:
        maps = self.halve(self.look(pictures))  # (batch, channels, height / 8, width / 8)
        return torch.cat([maps.amax((2, 3)), maps.mean((2, 3))], 1)  # (batch, 2 channels)


class Recogniser(nn.Module):
    """R of equation 2: convolutions and a softmax, which the loss brings."""

    def __init__(self, channels: tuple[int, ...], classes: int):
        super().__init__()
        self.stack = PictureStack(channels)
        self.classify = nn.Linear(self.stack.features, classes)

    def forward(
        self,
        pictures: Float[Tensor, "batch 3 height width"],
    ) -> Float[Tensor, "batch classes"]:
        """Logits."""
        return self.classify(self.stack(pictures)).float()


class Recognisers(nn.Module):
    """The background's and the foreground's, two networks that share nothing."""

    def __init__(self, config: RecogniserConfig):
        super().__init__()
        self.place, self.person = (Recogniser(config.channels, classes) for classes in (WHERE, WHO))

    def forward(self, pictures: Float[Tensor, "batch 3 height width"]) -> tuple[Tensor, Tensor]:
        """Logits of indoors and outdoors, and of the 20 people."""
        return self.place(pictures), self.person(pictures)


def recognition_loss(logits: Float[Tensor, "batch classes"], labels: Int[Tensor, " batch"]) -> Float[Tensor, ""]:
    """Equation 2, for a mean over the batch: -label log R(I); a picture without a label (-1) counts nothing."""
    return F.cross_entropy(logits, labels, ignore_index=-1, reduction="sum") / len(labels)


def train_recognisers(run: training.Run, scenes: Scenes) -> None:
    """Algorithm 1, for both at once."""
    config: RecogniserConfig = run.config
    module = Recognisers(config)
    optimizer = torch.optim.Adam(module.parameters(), lr=config.learning_rate)
    module, optimizer = run.setup(recognisers=(module, optimizer)).recognisers
    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(optimizer, config.learning_rate * left)
        index = run.draws.batch(len(scenes), config.batch_size)
        pictures = from_bytes(scenes.pictures[index].to(run.device))
        if config.mirrored:
            pictures = mirrored(pictures, run.draws, config.batch_size)
        place, person = module(pictures)
        place_loss = recognition_loss(place, scenes.outdoors[index].to(run.device))
        person_loss = recognition_loss(person, scenes.people[index].to(run.device))
        optimizer.zero_grad()
        run.backward(place_loss + person_loss)
        optimizer.step()
        run.log(place_loss=place_loss, person_loss=person_loss)


def mirrored(
    pictures: Float[Tensor, "n 3 height width"], draws: Draws, whole: int
) -> Float[Tensor, "n 3 height width"]:
    """Half of the pictures mirrored, at random; ``whole`` is the batch over all devices."""
    return torch.where(draws.rand(whole, 1, 1, 1) < 0.5, pictures.flip(3), pictures)


@dataclass(frozen=True)
class Recognition:
    """Trained recognisers in use."""

    config: RecogniserConfig
    recognisers: Recognisers

    @torch.no_grad()
    def __call__(self, pictures: UInt8[Tensor, "n 3 height width"]) -> Seen:
        """The probabilities of places and people; pictures of other sizes are scaled."""
        found = [
            [logits.softmax(1) for logits in self.recognisers(at_height(from_bytes(some), self.config.height))]
            for some in pictures.split(500)
        ]
        return Seen(*(torch.cat(each) for each in zip(*found)))


def at_height(pictures: Float[Tensor, "n 3 height width"], height: int) -> Float[Tensor, "n 3 h w"]:
    """Pictures scaled to a height and its width, if they have another."""
    size = height, width_of(height)
    if tuple(pictures.shape[2:]) == size:
        return pictures
    return F.interpolate(pictures, size, mode="bilinear", antialias=True)
