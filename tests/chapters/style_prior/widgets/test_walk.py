import dataclasses
import io

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.chapters.style_prior import analysis
from ganbook.chapters.style_prior.web import DRAWS
from ganbook.chapters.style_prior.widgets import Walk
from ganbook.errors import UserError

SIDE, STYLES, LATENT = 16, 6, 8
NAMES = ["more: hat area", "other", "other"]


@pytest.fixture(scope="module")
def prior(stand_ins):
    return stand_ins.some_prior()


@pytest.fixture(scope="module")
def found(stand_ins):
    return stand_ins.some_directions()


@pytest.fixture(scope="module")
def walk(prior, found):
    return Walk(prior, found, NAMES)


def ask(walk, sent, moves, seed=0, layers=range(STYLES)):
    walk._on_message(walk, {"id": "view-1", "seed": seed, "moves": moves, "layers": list(layers)}, [])
    content, buffers = sent.pop()
    assert content == {"id": "view-1"}
    return np.stack([np.frombuffer(each, np.uint8).reshape(SIDE, SIDE, 3) for each in buffers])


def as_shown(pictures):
    return pictures.permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("axis", range(3))
def test_a_step_is_one_deviation_along_the_axis_as_in_the_analysis(walk, prior, found, sent, axis):
    moves = [[value if n == axis else 0 for n in range(3)] for value in (-2.0, 0.0, 1.5)]
    w = prior.codes(1, 0.7, seed=4)
    steps = torch.tensor([-2.0, 0.0, 1.5])[:, None] * found.deviations[axis] * found.axes[axis]
    np.testing.assert_allclose(
        ask(walk, sent, moves, seed=4), as_shown(analysis.drawn(prior.generator, w + steps)), atol=1
    )


def test_directions_add_up_and_only_chosen_layers_move(walk, prior, found, sent):
    ws = prior.generator.spread(prior.codes(1, 0.7, seed=1)).clone()
    ws[:, [1, 4]] += 2 * found.deviations[0] * found.axes[0] - found.deviations[2] * found.axes[2]
    np.testing.assert_allclose(ask(walk, sent, [[2, 0, -1]], seed=1, layers=[1, 4]), as_shown(prior.draw(ws)), atol=1)
    still = ask(walk, sent, [[0, 0, 0]], seed=1)
    np.testing.assert_array_equal(ask(walk, sent, [[3, 3, 3]], seed=1, layers=[]), still)


def test_it_opens_with_the_strip_of_the_first_direction(walk, sent):
    assert walk.stops == [-3, -2, -1, 0, 1, 2, 3] and walk.side == SIDE and walk.sides == [4, 8, 8, 16, 16, 16]
    sheet = np.array(Image.open(io.BytesIO(walk.shown)).convert("RGB"))
    strip = sheet.reshape(SIDE, 7, SIDE, 3).transpose(1, 0, 2, 3)
    np.testing.assert_allclose(strip, ask(walk, sent, [[stop, 0, 0] for stop in walk.stops]), atol=1)
    assert len({each.tobytes() for each in strip}) == 7


def test_names_are_the_pages_and_what_is_said_twice_gets_a_number(walk, prior, found):
    assert walk.names == ["more: hat area", "other (direction 2)", "other (direction 3)"]
    assert Walk(prior, found).names == [f"direction {number}" for number in range(1, 7)]
    few = dataclasses.replace(found, axes=found.axes[:2], deviations=found.deviations[:2])
    assert Walk(prior, few).names == ["direction 1", "direction 2"]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"prior": None}, "^prior must be a Prior; got NoneType.$"),
        ({"found": torch.eye(LATENT)}, "^found must be Directions; got Tensor.$"),
        ({"names": []}, r"^names must be a list of 1 to 8 names; got \[\].$"),
        ({"names": "pose"}, "names must be a list of 1 to 8 names; got 'pose'"),
        ({"names": ["x"] * 9}, "names must be a list of 1 to 8 names"),
        ({"names": ["hat", " "]}, "each direction needs a name of at least one letter"),
        ({"names": ["hat", 3]}, "each direction needs a name"),
        ({"groups": {"far": [6]}}, "group far: expected layers from 0 to 5"),
        ({"psi": -0.1}, "^psi must be from 0 to 1; got -0.1.$"),
    ],
)
def test_arguments_that_cannot_be_are_refused_in_a_sentence(prior, found, how, says):
    with pytest.raises(UserError, match=says):
        Walk(**{"prior": prior, "found": found} | how)


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"axes": torch.eye(5)}, r"axes \(n, 8\) and as many deviations; got \(5, 5\) and \(8,\)"),
        ({"deviations": torch.ones(7)}, r"got \(8, 8\) and \(7,\)"),
        ({"deviations": torch.full((8,), torch.nan)}, "finite axes and deviations"),
    ],
)
def test_directions_of_another_space_are_refused(prior, found, part, says):
    with pytest.raises(UserError, match=says):
        Walk(prior, dataclasses.replace(found, **part))


def test_the_page_gets_the_codes_and_the_steps(walk, prior, found):
    facts = walk.page_facts().facts
    codes = np.frombuffer(facts["codes"], "<f4").reshape(DRAWS, LATENT)
    np.testing.assert_array_equal(codes[2], prior.codes(1, 0.7, seed=2)[0])
    steps = np.frombuffer(facts["steps"], "<f4").reshape(3, LATENT)
    np.testing.assert_allclose(np.linalg.norm(steps, axis=1), found.deviations[:3], rtol=1e-5)


def test_the_text_of_the_still_comes_from_the_data(walk, prior, found):
    (panel,) = walk.still_panels()
    assert panel.alt == (
        "A walk in W along more: hat area, from -3 to 3 standard deviations: 7 pictures of one code, moved in all"
        " layers. Other directions: other (direction 2), other (direction 3)."
    )
    (alone,) = Walk(prior, found, ["pose"]).still_panels()
    assert alone.alt.endswith("Other directions: none.")
