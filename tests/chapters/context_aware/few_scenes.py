"""A handful of scenes with simple pictures, and small networks that were not trained."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import torch

from ganbook import training
from ganbook.chapters.context_aware import config as settings
from ganbook.chapters.context_aware import data, game
from ganbook.chapters.context_aware.config import PROFILES, Config
from ganbook.chapters.context_aware.judge import Judge, SceneReader
from ganbook.chapters.context_aware.recognisers import Recognisers, Recognition
from ganbook.chapters.context_aware.text import Embedding, Lesson, PictureEncoder, text_encoder
from ganbook.data.scenes import PLACES, THINGS, Scenes, parameters, width_of

SMALL = {
    "scenes": 24,
    "batch_size": 4,
    "text_dim": 16,
    "noise_dim": 4,
    "text_code": 6,
    "context_code": 3,
    "channels": (4, 4, 4, 4, 4),
    "discriminator_channels": 3,
    "discriminator_widest": 6,
    "precision": "32-true",
    "preview_every": 0,
    "look_every": 0,
    "log_every": 1,
}


@cache
def few_scenes(n: int = 24, height: int = 16, split: str = "train") -> Scenes:
    """Real labels and captions; the sky tells where it is, and the ground who."""
    found = parameters(split, n)
    scenes = [scene for scene, _ in found]
    outdoors = torch.tensor([int(not PLACES[scene.place].indoors) for scene in scenes])
    people = torch.tensor([scene.person for scene in scenes])
    pictures = torch.zeros(n, 3, height, width_of(height), dtype=torch.uint8)
    half = height // 2
    pictures[:, 0, :half] = (255 * outdoors).to(torch.uint8)[:, None, None]
    for channel, weight in ((0, 12), (1, 5), (2, 3)):
        shade = ((people * weight) % 20 * 13).to(torch.uint8)
        pictures[:, channel, half:] = shade[:, None, None]
    there = torch.zeros(n, len(THINGS), dtype=torch.bool)
    for row, scene in enumerate(scenes):
        there[row, list(scene.things)] = True
    return Scenes(
        "embedded",
        split,
        pictures,
        outdoors,
        torch.tensor([scene.place for scene in scenes]),
        people,
        there,
        tuple(thing.name for thing in THINGS),
        tuple(tuple(caption.text for caption in captions) for _, captions in found),
        torch.tensor([scene.number for scene in scenes]),
    )


def embedding(reads: str = "letters", text_dim: int = 16) -> Embedding:
    """Untrained encoders."""
    torch.manual_seed(0)
    config = replace(settings.ENCODER_PROFILES["smoke"], reads=reads, text_dim=text_dim)
    return Embedding(config, text_encoder(config).eval(), PictureEncoder(config).eval())


class TrueRecognition(Recognition):
    """Reads the simple pictures without an error."""

    def __call__(self, pictures):
        shown = few_scenes(24, pictures.shape[2])
        known = {picture.numpy().tobytes(): row for row, picture in enumerate(shown.pictures)}
        rows = [known.get(picture.numpy().tobytes(), 0) for picture in pictures]
        one_hot = torch.nn.functional.one_hot
        return data.Seen(one_hot(shown.outdoors[rows], 2).float(), one_hot(shown.people[rows], 20).float())


def recognition(true: bool = True) -> Recognition:
    torch.manual_seed(0)
    config = settings.RECOGNISER_PROFILES["smoke"]
    kind = TrueRecognition if true else Recognition
    return kind(config, Recognisers(config).eval())


def judge(**overrides: object) -> SceneReader:
    torch.manual_seed(0)
    config = replace(settings.JUDGE_PROFILES["smoke"], **overrides)
    return SceneReader(config, Judge(config.channels).eval())


def lesson(scenes: Scenes | None = None) -> Lesson:
    """What text encoders learn from, with an untrained reader of pictures."""
    return Lesson(scenes or few_scenes(), judge(channels=settings.ENCODER_PROFILES["smoke"].reader_channels))


def settings_of(**overrides: object) -> Config:
    return training.resolve(Config, PROFILES, "smoke", SMALL | overrides)


def material(config: Config, with_judge: bool = False, true: bool = True) -> data.Material:
    """What the settings train on, in small."""
    train = few_scenes(min(config.scenes, 24), config.height)
    with torch.random.fork_rng():
        parts = embedding(text_dim=config.text_dim), recognition(true)
        return data.material(config, train, train, *parts, judge() if with_judge else None)


def train(folder: Path, shown: data.Material | None = None, seed: int = 0, **overrides: object) -> training.Run:
    config = settings_of(**overrides)
    identity = {"slug": "context_aware", "profile": "smoke", "data": "embedded", "seed": seed}
    run = training.Run(folder, config, **identity, device="cpu", progress=False)
    game.adversarial_training(run, shown or material(config))
    return run


def supervised(learn, config: training.Settings, shown: Scenes | Lesson, folder: Path) -> training.Run:
    """A run of the recognisers, the text encoder or the judge."""
    run = training.Run(
        folder, config, slug="context_aware", profile="smoke", data="embedded", seed=0, device="cpu", progress=False
    )
    learn(run, shown)
    return run
