import dataclasses

import numpy as np
import pytest
import torch

from ganbook.chapters.masked_editing.config import PROFILES
from ganbook.chapters.masked_editing.inference import Editor
from ganbook.chapters.masked_editing.model import EditingNetworks
from ganbook.chapters.masked_editing.widgets import AvatarEditor
from ganbook.chapters.masked_editing.widgets.avatar_editor import HAIRS, SKINS, change
from ganbook.data.avatars import KINDS, looks, portrait, render
from ganbook.data.avatars.program import look_of
from ganbook.data.pixels import to_bytes
from ganbook.errors import UserError

SIDE = 32


@pytest.fixture
def editor(stand_ins):
    return AvatarEditor(stand_ins.Darker(True), stand_ins.Darker(False), resolution=SIDE)


def ask(editor, sent, buffers=(), **request):
    editor._on_message(
        editor, {"id": "view-1"} | request, [memoryview(np.ascontiguousarray(each).tobytes()) for each in buffers]
    )
    content, answer = sent.pop()
    return content, [np.frombuffer(each, np.uint8) for each in answer or []]


def drawn(attributes, skin, hair):
    look = looks(torch.tensor([attributes]), torch.tensor([skin]), torch.tensor([hair]))
    return to_bytes(render(look, portrait(1), SIDE).pictures)[0].permute(1, 2, 0).numpy()


def test_it_opens_with_an_edit_done(editor):
    face, edited = editor.face, editor.get_state()["edited"]
    source = drawn(face["attributes"], face["skin"], face["hair"])
    np.testing.assert_array_equal(np.frombuffer(editor.drawn["buffers"][0], np.uint8), source.ravel())
    sim, plain, mask = (np.frombuffer(each, np.uint8) for each in edited["buffers"])
    np.testing.assert_array_equal(plain, source.ravel() // 2)
    np.testing.assert_array_equal(sim.reshape(SIDE, SIDE, 3)[: SIDE // 2], source[: SIDE // 2])
    assert mask.reshape(SIDE, SIDE)[0, 0] == 255 and mask[-1] == 0
    assert edited["understood"] == "Understood: beard, shorter."


def test_every_face_can_be_drawn(editor, sent):
    random = np.random.default_rng(0)
    for _ in range(5):
        attributes = [int(random.integers(len(values))) for values in KINDS.values()]
        colours = {"skin": SKINS["brown"], "hair": HAIRS["red"]}
        _, (picture,) = ask(editor, sent, kind="draw", attributes=attributes, **colours)
        np.testing.assert_array_equal(picture, drawn(attributes, **colours).ravel())


def test_each_editor_goes_on_from_its_own_picture_and_is_told_the_mended_words(editor, sent, stand_ins):
    first, second = stand_ins.some_pictures(2)
    content, (sim, plain, _) = ask(editor, sent, [first, second], kind="edit", text="  Make the hiar   SHORTER. ")
    np.testing.assert_array_equal(plain, second.ravel() // 2)
    np.testing.assert_array_equal(sim[: sim.size // 2], first.ravel()[: first.size // 2])
    assert content["text"] == "Make the hiar SHORTER." and content["told"] == "make the hair shorter"
    assert editor._editors["sim"].told[-1] == editor._editors["plain"].told[-1] == "make the hair shorter"
    assert content["understood"].startswith('Understood: hair, shorter. I read "hiar" as "hair".')


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "There is no instruction"),
        ("😀 <b></b>", "There is no instruction"),
        ("nose " * 40, "say it in 24 at most"),
        ("make it rain", "Nothing in this is about the picture"),
        ("mach seine haare kurz bitte", "Only English"),
        ("give him a hta", '"hta"'),
        ("make the beard longer and shorter", "contradict"),
        ("a longer nose and short hair", "one at a time"),
    ],
)
def test_what_cannot_be_told_is_answered_and_nobody_edits(editor, sent, stand_ins, text, says):
    before = len(editor._editors["sim"].told)
    content, buffers = ask(editor, sent, stand_ins.some_pictures(2), kind="edit", text=text)
    assert content.keys() == {"id", "error"} and says in content["error"] and not buffers
    assert "\n" not in content["error"] and len(editor._editors["sim"].told) == before


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"attributes": [0] * 13}, "14 numbers"),
        ({"attributes": [2] + [0] * 13}, "14 numbers"),
        ({"instruction": "make it rain"}, "Nothing in this"),
        ({"sim": None}, "sim must be an editor"),
    ],
)
def test_arguments_that_cannot_be_are_refused(stand_ins, how, says):
    both = {"sim": stand_ins.Darker(True), "plain": stand_ins.Darker(False)}
    with pytest.raises(UserError, match=says):
        AvatarEditor(**(both | {"resolution": SIDE} | how))


def test_the_look_that_the_page_draws_from_is_that_of_the_attributes():
    for number in range(18):
        attributes = torch.tensor([[number % len(values) for values in KINDS.values()]])
        skin, hair = torch.rand(1, 3), torch.rand(1, 3)
        expected, found = looks(attributes, skin, hair), look_of(attributes, skin, hair)
        for name in ("lip_thick", "back_length", "lens_tint", "jaw_square", "clothes_texture", "has_hat"):
            assert torch.equal(found.number(name), expected.number(name)), name
        for name in ("lip", "skin", "hair_second", "brow", "beard", "rim", "trim", "background_second"):
            assert torch.equal(found.colour(name), expected.colour(name)), name


def test_the_text_of_the_still_comes_from_the_data(editor):
    [panel] = editor.still_panels()
    source, sim, plain, _ = editor._first_pictures()
    assert f"with SIM, which changes a pixel by {change(source, sim):.1%}" in panel.alt
    assert f"without, by {change(source, plain):.1%}" in panel.alt and "lets 50% of the picture go" in panel.alt


def test_without_networks_there_is_a_still_and_with_two_one_model(editor, stand_ins):
    assert editor.page_facts() is None
    made = []
    for masking in (True, False):
        config = dataclasses.replace(PROFILES["smoke"], masking=masking)
        made.append(Editor(config, EditingNetworks.made(config).eval()))
    facts = AvatarEditor(*made, resolution=SIDE).page_facts()
    assert len(facts.model) == 16 and set(facts.facts) == {"language"}
    assert AvatarEditor(made[0], stand_ins.Darker(False), resolution=SIDE).page_facts() is None
