import io

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.chapters.style_prior import analysis
from ganbook.chapters.style_prior.web import DRAWS
from ganbook.chapters.style_prior.widgets import StyleMixer
from ganbook.errors import UserError

SIDE, COUNT, STYLES = 16, 3, 6


@pytest.fixture(scope="module")
def prior(stand_ins):
    return stand_ins.some_prior()


@pytest.fixture(scope="module")
def mixer(prior):
    return StyleMixer(prior, count=COUNT)


def ask(mixer, sent, **request):
    start = {"seeds": [0, 0], "layers": [3, 4, 5], "psi": 1.0, "noise": False, "cells": [[0, 0]]}
    mixer._on_message(mixer, {"id": "view-1"} | start | request, [])
    content, buffers = sent.pop()
    assert content == {"id": "view-1"}
    return np.stack([np.frombuffer(each, np.uint8).reshape(SIDE, SIDE, 3) for each in buffers])


def rows(prior, seed, row):
    """Codes of a row of sources."""
    return prior.codes(2 * COUNT, seed=seed)[row * COUNT : (row + 1) * COUNT]


EVERY = [[a, b] for a in range(COUNT) for b in range(COUNT)]


@pytest.mark.parametrize("switch", range(STYLES + 1))
def test_each_with_each_is_mixed_as_the_analysis_does(mixer, prior, sent, switch):
    found = ask(mixer, sent, seeds=[2, 5], layers=list(range(switch, STYLES)), cells=EVERY)
    wanted = analysis.mixed(prior.generator, rows(prior, 2, 0), rows(prior, 5, 1), switch)
    np.testing.assert_allclose(found, wanted.flatten(0, 1).permute(0, 2, 3, 1), atol=1)


def test_single_layers_are_taken_one_by_one(mixer, prior, sent):
    (found,) = ask(mixer, sent, layers=[0, 4], cells=[[1, 2]])
    ws = prior.generator.spread(rows(prior, 0, 0)[1:2]).clone()
    ws[:, [0, 4]] = rows(prior, 0, 1)[2]
    np.testing.assert_allclose(found, prior.draw(ws)[0].permute(1, 2, 0), atol=1)


def test_truncation_pulls_both_rows_to_the_average(mixer, prior, sent):
    half = ask(mixer, sent, psi=0.5, cells=EVERY)
    codes = [prior.generator.truncate(rows(prior, 0, row), 0.5) for row in (0, 1)]
    wanted = analysis.mixed(prior.generator, *codes, 3)
    np.testing.assert_allclose(half, wanted.flatten(0, 1).permute(0, 2, 3, 1), atol=1)
    none = ask(mixer, sent, psi=0.0, cells=EVERY)
    assert (none == none[0]).all()
    spread = [ask(mixer, sent, psi=psi, cells=EVERY).astype(float).std(0).mean() for psi in (0.25, 0.5, 1.0)]
    assert spread == sorted(spread) and spread[0] > 1


def test_noise_is_the_same_for_all_pictures_and_off_means_none(mixer, prior, sent):
    plain, noisy = (ask(mixer, sent, noise=noise, cells=[[0, 0], [0, 0], [1, 1]]) for noise in (False, True))
    assert (noisy[0] == noisy[1]).all() and np.abs(noisy[0].astype(int) - plain[0]).mean() > 3
    np.testing.assert_array_equal(ask(mixer, sent, noise=True), noisy[:1])


def test_each_draw_has_sources_of_its_own(mixer, sent):
    first = [ask(mixer, sent, seeds=[seed, 0], layers=[]) for seed in range(DRAWS)]
    assert len({each.tobytes() for each in first}) == DRAWS
    assert (ask(mixer, sent, seeds=[0, 0], layers=list(range(STYLES))) != first[0]).any(), "row B is not row A"


def test_it_opens_with_all_pictures(mixer, sent):
    assert mixer.side == SIDE and mixer.sides == [4, 8, 8, 16, 16, 16] and mixer.noisy and mixer.draws == DRAWS
    assert mixer.groups == [["coarse", [0]], ["middle", [1, 2]], ["fine", [3, 4, 5]]]
    choice = {"seeds": [0, 0], "layers": [1, 2, 3, 4, 5], "psi": 0.7, "noise": False}
    assert mixer.start == choice | {"chosen": [0, 0]}
    sheet = np.array(Image.open(io.BytesIO(mixer.shown)).convert("RGB"))
    tiles = sheet.reshape(COUNT + 1, SIDE, COUNT + 1, SIDE, 3).transpose(0, 2, 1, 3, 4)
    np.testing.assert_allclose(
        tiles[1:, 1:].reshape(-1, SIDE, SIDE, 3), ask(mixer, sent, **choice, cells=EVERY), atol=1
    )
    row_a = ask(mixer, sent, **choice | {"layers": []}, cells=[[n, 0] for n in range(COUNT)])
    row_b = ask(mixer, sent, **choice | {"layers": list(range(STYLES))}, cells=[[0, n] for n in range(COUNT)])
    np.testing.assert_allclose(tiles[1:, 0], row_a, atol=1)
    np.testing.assert_allclose(tiles[0, 1:], row_b, atol=1)


def test_what_the_page_says_at_the_start_decides(prior):
    mixer = StyleMixer(prior, count=1, layers=[5, 0, 0], groups={"pose": [0, 1], "rest": [4]}, psi=1, noise=True)
    assert mixer.start["layers"] == [0, 5] and mixer.start["noise"] and mixer.start["psi"] == 1.0
    assert mixer.groups == [["pose", [0, 1]], ["rest", [4]]] and mixer.count == 1
    assert StyleMixer(prior, count=1, groups={"all": range(6)}).start["layers"] == [0, 1, 2, 3, 4, 5]


def test_a_generator_without_noise_has_no_switch_for_it(stand_ins):
    assert not StyleMixer(stand_ins.some_prior(noise=False), count=1).noisy


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"prior": None}, "^prior must be a Prior; got NoneType.$"),
        ({"count": 0}, "^count must be from 1 to 6; got 0.$"),
        ({"count": 7}, "count must be from 1 to 6; got 7"),
        ({"count": 2.5}, "count must be from 1 to 6; got 2.5"),
        ({"layers": 3}, "layers: expected layers from 0 to 5, at least 0; got 3"),
        ({"layers": ["fine", 3]}, r"got \['fine', 3\]"),
        ({"psi": "half"}, "psi must be from 0 to 1; got 'half'"),
        ({"layers": [6]}, r"^layers: expected layers from 0 to 5, at least 0; got \[6\].$"),
        ({"psi": 1.5}, "^psi must be from 0 to 1; got 1.5.$"),
        ({"psi": float("nan")}, "psi must be from 0 to 1; got nan"),
        ({"groups": {"fine": [-1]}}, "group fine: expected layers from 0 to 5"),
    ],
)
def test_arguments_that_cannot_be_are_refused_in_a_sentence(prior, how, says):
    with pytest.raises(UserError, match=says):
        StyleMixer(**{"prior": prior} | how)


def test_the_page_gets_the_codes_and_the_average(mixer, prior):
    facts = mixer.page_facts()
    codes = np.frombuffer(facts.facts["codes"], "<f4").reshape(DRAWS, 2 * COUNT, -1)
    np.testing.assert_array_equal(codes[3], prior.codes(2 * COUNT, seed=3))
    np.testing.assert_array_equal(np.frombuffer(facts.facts["mean"], "<f4"), prior.generator.mapping.mean)


def test_a_failure_is_told_and_raised(mixer, sent):
    with pytest.raises(IndexError):
        ask(mixer, sent, cells=[[0, COUNT]])
    assert sent[-1][0]["error"].startswith("The generator failed: IndexError")


def test_the_text_of_the_still_comes_from_the_data(mixer, prior):
    (panel,) = mixer.still_panels()
    assert panel.alt == (
        "Style mixing at psi 0.70: 3 sources A at the left, 3 sources B above. Each other picture is that of its row,"
        " with layers 1 to 5 from that of its column."
    )
    assert "with no layer from" in StyleMixer(prior, count=2, layers=[]).still_panels()[0].alt


def test_nothing_of_the_prior_is_changed(prior, stand_ins):
    StyleMixer(prior)._repr_mimebundle_()
    fresh = stand_ins.some_prior().generator.state_dict()
    assert all(torch.equal(each, fresh[name]) for name, each in prior.generator.state_dict().items())
