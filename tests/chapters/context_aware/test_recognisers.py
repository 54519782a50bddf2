"""The recognisers and the judge: what they learn, and how they are asked; all settings of those who read pictures."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
from few_scenes import few_scenes, judge, recognition, supervised

from ganbook.chapters.context_aware import judge as judging
from ganbook.chapters.context_aware import recognisers, text
from ganbook.chapters.context_aware.config import ENCODER_PROFILES, JUDGE_PROFILES, RECOGNISER_PROFILES
from ganbook.chapters.context_aware.judge import Judge, judge_loss, things_of
from ganbook.chapters.context_aware.recognisers import Recognition, mirrored, recognition_loss
from ganbook.data.scenes import THINGS
from ganbook.training import Settings
from ganbook.training.checkpoint import load_state
from ganbook.training.config import FREE_KEYS
from ganbook.training.draws import Draws

HEART = {"scenes": 24, "batch_size": 12, "steps": 150, "learning_rate": 1e-2, "precision": "32-true"}


def test_equation_two():
    torch.manual_seed(0)
    logits, labels = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
    one_hot = torch.eye(3)[labels]
    expected = -(one_hot * logits.softmax(1).log()).sum() / 4
    torch.testing.assert_close(recognition_loss(logits, labels), expected)
    nobody = torch.full((4,), -1)
    assert float(recognition_loss(logits, nobody)) == 0
    torch.testing.assert_close(
        recognition_loss(logits, torch.tensor([0, -1, -1, -1])) * 4, -logits[0].log_softmax(0)[0]
    )


def test_both_recognisers_learn_by_heart(tmp_path):
    config = replace(RECOGNISER_PROFILES["smoke"], **HEART)
    scenes = few_scenes()
    run = supervised(recognisers.train_recognisers, config, scenes, tmp_path)
    seen = Recognition(config, run._raw["recognisers"].module.eval())(scenes.pictures)
    torch.testing.assert_close(seen.outdoors.sum(1), torch.ones(24))
    assert (seen.outdoors.argmax(1) == scenes.outdoors).all()
    assert (seen.people.argmax(1) == scenes.people).float().mean() > 0.8


def test_the_recognisers_share_nothing():
    module = recognition(true=False).recognisers
    module.person(torch.rand(2, 3, 16, 28)).sum().backward()
    assert all(each.grad is None for each in module.place.parameters())


def test_pictures_of_any_size_are_scaled():
    read = recognition(true=False)
    large = torch.full((2, 3, 400, 700), 90, dtype=torch.uint8)
    torch.testing.assert_close(read(large).people, read(large[..., :16, :28]).people)
    assert judge()(large).people.shape == (2, 20) and judge().features(large).shape[0] == 2


def test_half_of_the_pictures_are_mirrored():
    pictures = torch.rand(400, 3, 2, 4)
    turned = mirrored(pictures, Draws(0, torch.device("cpu")), 400)
    flipped = (turned == pictures.flip(3)).all(3).all(2).all(1)
    assert 150 < flipped.sum() < 250 and torch.equal(turned[~flipped], pictures[~flipped])


def test_a_folded_judge_answers_alike(tmp_path):
    scenes = few_scenes()
    module = (
        supervised(judging.train_judge, replace(JUDGE_PROFILES["smoke"], steps=6), scenes, tmp_path)
        ._raw["judge"]
        .module
    )
    before = {name: value.clone() for name, value in module.state_dict().items()}
    folded = judging.folded(module)
    pictures = scenes.pictures[:5].float() / 127.5 - 1
    with torch.no_grad():
        torch.testing.assert_close(folded.maps(pictures), module.eval().maps(pictures), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(folded(pictures), module(pictures), rtol=1e-4, atol=1e-5)
    assert not any(each.requires_grad for each in folded.parameters()) and not folded.training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items()), "it is a copy"


def test_the_judge_learns_by_heart(tmp_path):
    config = replace(JUDGE_PROFILES["smoke"], **HEART | {"steps": 200, "blur": 0.0, "pixel_noise": 0.0})
    scenes = few_scenes()
    run = supervised(judging.train_judge, config, scenes, tmp_path)
    verdict = judging.SceneReader(config, run._raw["judge"].module.eval())(scenes.pictures)
    assert (verdict.outdoors.argmax(1) == scenes.outdoors).all()
    assert (verdict.people.argmax(1) == scenes.people).float().mean() > 0.8


@pytest.mark.parametrize("head", ["outdoors", "places", "people", "things"])
def test_each_head_of_the_judge_learns_from_its_own_term(head):
    module, scenes = Judge(JUDGE_PROFILES["smoke"].channels), few_scenes()
    judge_loss(module(scenes.pictures[:4].float()), scenes, torch.arange(4), 1.0).backward()
    assert module.heads[head].weight.grad.abs().sum() > 0


def test_things_by_name():
    scenes = few_scenes(4)
    assert torch.equal(things_of(scenes, torch.arange(4)), scenes.things)
    other = replace(scenes, things=torch.tensor([[True, False], [False, True]]), thing_names=("Zebra", THINGS[3].name))
    found = things_of(other, torch.tensor([0, 1]))
    assert found.shape == (2, len(THINGS)) and found.sum(1).tolist() == [0, 1] and found[1, 3]


READERS = {
    "recognisers": (recognisers.train_recognisers, RECOGNISER_PROFILES),
    "text encoder": (text.train_text_encoder, ENCODER_PROFILES),
    "judge": (judging.train_judge, JUDGE_PROFILES),
}
BRIEF = {"scenes": 24, "batch_size": 8, "steps": 5, "precision": "32-true"}
"""More than one time through the data, so that a rate that falls with each has fallen."""

OTHER = {
    "scenes": 20,
    "batch_size": 6,
    "height": 20,
    "channels": (4, 4, 6),
    "reader_channels": (4, 4, 8, 8),
    "reads": "words",
    "decay_share": 0.9,
}
TOLD = [
    (reader, field.name)
    for reader, (_, profiles) in READERS.items()
    for field in fields(profiles["smoke"])
    if field.name not in FREE_KEYS | {"channels_last", "ema_decay"}
]
"""Those who read keep no averages."""


def learned(reader: str, folder: Path, **told: object) -> dict[str, torch.Tensor]:
    learn, profiles = READERS[reader]
    config: Settings = replace(profiles["smoke"], **BRIEF | told)
    scenes = few_scenes(config.scenes, config.height)
    leaning = torch.arange(scenes.pictures.shape[3], dtype=torch.uint8)  # in a mirror they are others
    shown = replace(scenes, pictures=scenes.pictures // 2 + leaning)
    if reader == "text encoder":
        shown = text.Lesson(shown, judge(channels=config.reader_channels))
    supervised(learn, config, shown, folder)
    return load_state(folder, print)[0]


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory) -> dict[str, dict[str, torch.Tensor]]:
    return {reader: learned(reader, tmp_path_factory.mktemp("unchanged")) for reader in READERS}


@pytest.mark.parametrize(("reader", "name"), TOLD)
def test_every_setting_of_a_reader_matters(reader, name, unchanged, tmp_path):
    value = getattr(replace(READERS[reader][1]["smoke"], **BRIEF), name)
    usual = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else None
    told = OTHER[name] if name in OTHER else value / 2 + 0.05 if usual is None else usual
    before, after = unchanged[reader], learned(reader, tmp_path, **{name: told})
    shapes = [{key: tensor.shape for key, tensor in each.items()} for each in (before, after)]
    assert shapes[0] != shapes[1] or any(not torch.equal(before[key], after[key]) for key in before)
