"""Trained models in use: any text, any context picture; shipping and loading."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from few_scenes import (
    TrueRecognition,
    embedding,
    few_scenes,
    judge,
    lesson,
    recognition,
    settings_of,
    supervised,
    train,
)
from PIL import Image

from ganbook.chapters.context_aware import inference, recognisers, text
from ganbook.chapters.context_aware import judge as judging
from ganbook.chapters.context_aware.config import ENCODER_PROFILES, JUDGE_PROFILES, RECOGNISER_PROFILES
from ganbook.chapters.context_aware.inference import Painter, picture_of
from ganbook.chapters.context_aware.model import generators
from ganbook.errors import UserError

ODD = [
    "",
    "a woman is sitting",
    "x" * 5_000,
    "犬がいる",
    "the of and",
    "<b>a dog</b> 🐕",
    "a man in the kitchen\nand a dog",
]


def painter(true: bool = True, **overrides: object) -> Painter:
    torch.manual_seed(0)
    config = settings_of(**overrides)
    return Painter(config, torch.nn.ModuleList(generators(config)).eval(), embedding(), recognition(true))


def test_any_text_is_painted():
    shown = few_scenes().pictures[: len(ODD)]
    made = painter(true=False)(ODD, shown)
    assert [tuple(each.shape) for each in made.stages] == [(7, 3, 4, 7), (7, 3, 8, 14), (7, 3, 16, 28)]
    assert all(each.dtype == torch.uint8 for each in made.stages) and len(made.slots) == 7
    assert made.slots[6].place.source == "text" and made.slots[0].place.source == "context"


def test_slots_tell_only_what_the_model_uses():
    scenes = few_scenes()
    texts = ["it rains"] * 3
    for context, place, person in (
        ("place", "context", "nothing"),
        ("place and person", "context", "context"),
        ("nothing", "nothing", "nothing"),
    ):
        slots = painter(context=context)(texts, scenes.pictures[:3]).slots
        assert [(each.place.source, each.person.source) for each in slots] == [(place, person)] * 3
    slots = painter(context="place and person")(texts, scenes.pictures[:3]).slots
    assert [each.place.value for each in slots] == scenes.outdoors[:3].tolist()
    assert [each.person.value for each in slots] == scenes.people[:3].tolist()


def test_the_context_picture_counts_where_the_text_is_silent():
    scenes, paint = few_scenes(), painter()
    with torch.no_grad():
        paint.generators[0].code.context.weight.mul_(1_000)  # one that listens
    inside, outside = (int((scenes.outdoors == where).int().argmax()) for where in (0, 1))
    both = scenes.pictures[[inside, outside]]
    open_, named = (paint([text] * 2, both, seed=3) for text in ("a woman", "a woman in the kitchen"))
    z = paint.paint(["a woman"] * 2, inference.read_all(["a woman"] * 2), inference.nothing_seen(2), seed=3)
    assert not torch.equal(z[0][0], open_.stages[0][0]), "no context picture is not the same as one"
    told = [paint.slots(["a woman in the kitchen"] * 2, paint.recognition(both), wins) for wins in ("text", "context")]
    assert [each.place.value for each in told[0]] == [0, 0] and [each.place.value for each in told[1]] == [0, 1]
    assert told[0][1].contradictions == ("place",) and told[0][0].contradictions == ()
    assert named.slots == told[0]


def test_as_many_contexts_as_texts():
    with pytest.raises(UserError, match="expected one context picture a text, got 2 for 1 texts"):
        painter()(["a woman"], few_scenes().pictures[:2])
    assert painter()(["a woman"]).slots[0].place.source == "nothing"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16"])
def test_context_pictures_of_any_mode_and_size(mode, tmp_path):
    image = Image.new(mode, (90, 33)) if mode == "I;16" else Image.new("RGB", (90, 33), (255, 0, 0)).convert(mode)
    assert picture_of(image).shape == (3, 33, 90)
    ending = "tiff" if mode in ("CMYK", "I;16") else "png"
    image.save(tmp_path / f"context.{ending}")
    found = picture_of(tmp_path / f"context.{ending}")
    assert found.dtype == torch.uint8 and torch.equal(found, picture_of(image))
    assert painter(true=False)(["a woman"], found[None]).stages[2].shape == (1, 3, 16, 28)


def test_what_is_transparent_is_white():
    clear = np.zeros((4, 6, 4), np.uint8)
    clear[:2, :, 3] = 255
    found = picture_of(clear)
    assert (found[:, :2] == 0).all() and (found[:, 2:] == 255).all()


@pytest.mark.parametrize("wrong", [b"", "no such file.png", None, np.zeros((2, 2, 7), np.uint8)])
def test_what_is_no_picture_is_refused(wrong, tmp_path):
    if isinstance(wrong, bytes):
        wrong = tmp_path / "broken.png"
        wrong.write_bytes(b"\x89PNG broken")
    with pytest.raises(UserError, match="no picture that can be used as context"):
        picture_of(wrong)


# Shipping


def test_a_painter_is_shipped_and_loaded(tmp_path):
    run = train(tmp_path / "run", steps=1)
    folder = run.ship(tmp_path / "shipped", only=["generator_1", "generator_2", "generator_3"])
    loaded = inference.load_painter(folder, embedding(), recognition())
    assert loaded.config == run.config
    stages = torch.nn.ModuleList(run.ema(f"generator_{k}") for k in (1, 2, 3)).half().float()
    own = Painter(run.config, stages, embedding(), recognition())
    texts, shown = ["a woman", "a dog outside"], few_scenes().pictures[:2]
    assert all(torch.equal(one, other) for one, other in zip(loaded(texts, shown).stages, own(texts, shown).stages))
    with pytest.raises(UserError, match="the text encoder makes 8 numbers, but .* was trained with 16"):
        inference.load_painter(folder, embedding(text_dim=8), recognition())


FEW = {"steps": 1, "batch_size": 4, "precision": "32-true"}
READERS = {
    "recognisers": (recognisers.train_recognisers, RECOGNISER_PROFILES, inference.load_recognisers, ["recognisers"]),
    "letters": (text.train_text_encoder, ENCODER_PROFILES, inference.load_embedding, ["text", "picture"]),
    "judge": (judging.train_judge, JUDGE_PROFILES, inference.load_judge, ["judge"]),
}


@pytest.mark.parametrize("name", READERS)
def test_readers_are_shipped_and_loaded(name, tmp_path):
    learn, profiles, load, ships = READERS[name]
    shown = lesson() if name == "letters" else few_scenes()
    run = supervised(learn, replace(profiles["smoke"], **FEW), shown, tmp_path / "run")
    loaded = load(run.ship(tmp_path / "shipped", only=ships))
    assert loaded.config == run.config
    for part in ships:
        module, own = getattr(loaded, {"recognisers": "recognisers"}.get(part, part)), run._raw[part].module
        assert not module.training and not any(each.requires_grad for each in module.parameters())
        for one, other in zip(module.parameters(), own.parameters()):
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)
    with pytest.raises(UserError, match=r"no run\.json"):
        load(tmp_path / "nothing")


def test_the_judge_and_the_recognisers_read_alike_in_parts():
    pictures = few_scenes().pictures
    whole = judge()(pictures)
    torch.testing.assert_close(whole.people[:3], judge()(pictures[:3]).people)
    assert isinstance(recognition(), TrueRecognition)
