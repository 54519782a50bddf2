import numpy as np
import pytest

from ganbook.chapters.latent_captions.widgets import LatentMap
from ganbook.chapters.latent_captions.widgets.latent_map import largest_regions
from ganbook.errors import UserError


@pytest.fixture
def latent_map(captioner):
    return LatentMap(captioner.labeller, captioner.truth, captioner.NAMES, cells=11)


def test_counts_are_those_of_every_single_c(captioner):
    plane = LatentMap(
        captioner.labeller, captioner.truth, captioner.NAMES, axes=(0, 2), c=(0, 1.2, 0), cells=11, batch_size=7
    )
    counts = plane.counts()
    for row, column in [(0, 0), (0, 10), (10, 0), (3, 7)]:
        c = np.array([[plane.grid()[column], 1.2, plane.grid()[row]]], np.float32)
        np.testing.assert_array_equal(counts[row, column], np.bincount(captioner.labeller(c)[0], minlength=10))
    assert (counts.sum(axis=2) == captioner.N_IMAGES).all()


def test_the_front_end_gets_its_first_plane(latent_map, captioner):
    table = np.frombuffer(latent_map.first_table, np.uint32).reshape(11, 11, 11)
    np.testing.assert_array_equal(table[..., :10], latent_map.counts())
    assert latent_map.first_plane == [0, 1, 0.0]
    labels = captioner.labeller(np.array([[3, -3, 0]], np.float32))[0]
    assert table[0, 10, 10] == sum(label in own for label, own in zip(labels, captioner.truth, strict=True))


def test_a_request_is_answered_with_counts_and_right_ones(latent_map, captioner, sent):
    latents = np.random.default_rng(0).standard_normal((70, 3)).astype(np.float32)
    latent_map._on_message(latent_map, {"id": 1}, [memoryview(latents.tobytes())])
    [(content, buffers)] = sent
    table = np.frombuffer(buffers[0], np.uint32).reshape(70, 11)
    labels = captioner.labeller(latents)
    assert content == {"id": 1}
    np.testing.assert_array_equal(table[:, :10], [np.bincount(row, minlength=10) for row in labels])
    np.testing.assert_array_equal(table[:, 10], (labels[..., None] == captioner.truth).any(2).sum(1))


def test_a_plane_is_computed_once(captioner):
    n_asked = 0

    def counting(latents):
        nonlocal n_asked
        n_asked += len(latents)
        return captioner.labeller(latents)

    plane = LatentMap(counting, captioner.truth, captioner.NAMES, cells=11)
    plane.counts()
    plane.c = [1.2, 1.2, 0]
    plane.counts()
    assert n_asked == 121
    plane.axes = [1, 2]
    plane.counts()
    assert n_asked == 242


def test_c_is_kept_on_the_grid(latent_map):
    latent_map.c = [0.29, -0.31, 3]
    assert latent_map.c == [0.0, -0.6, 3.0]
    with pytest.raises(UserError, match="NaN"):
        latent_map.c = [np.nan, 0, 0]
    with pytest.raises(UserError, match=r"\(0, 1\), \(0, 2\) or \(1, 2\)"):
        latent_map.axes = [1, 0]


def test_the_text_of_the_still_comes_from_the_data(latent_map, captioner):
    preferred = latent_map.counts().argmax(axis=2)
    plane, histogram = (panel.alt for panel in latent_map.still_panels())
    most = np.bincount(preferred.ravel()).argmax()
    assert f"Share of the plane: {captioner.NAMES[most]} on {np.mean(preferred == most):.0%}" in plane
    assert latent_map.summary() in histogram and "c1 (across) and c2 (up)" in plane
    latent_map.axes, latent_map.c = [1, 2], [1.2, 0, 0]
    other, other_histogram = (panel.alt for panel in latent_map.still_panels())
    assert "c2 (across) and c3 (up), each from -3 to 3, with c1 = 1.20" in other
    labels = captioner.labeller(np.array([[1.2, 0, 0]], np.float32))[0]
    assert f"three {np.mean(labels == 3):.0%}" in other_histogram != histogram


def test_what_a_notebook_stores_has_the_widget_and_the_still(latent_map):
    data, _metadata = latent_map._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "text/html"} <= data.keys()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cells": 40}, "odd whole number"),
        ({"cells": 3}, "odd whole number"),
        ({"cells": 11.0}, "odd whole number"),
        ({"axes": (0, 0)}, "axes must be"),
        ({"axes": (0, 1, 2)}, "axes must be"),
        ({"c": (0, 0, 7)}, r"within \[-3, 3\]"),
        ({"truth": np.zeros((4, 4), int)}, r"shape \(64, 4\)"),
        ({"names": ["zero"]}, "2 to 10"),
    ],
)
def test_wrong_arguments_are_refused(captioner, change, says):
    arguments = {"labeller": captioner.labeller, "truth": captioner.truth, "names": captioner.NAMES, "cells": 11}
    with pytest.raises(UserError, match=says):
        LatentMap(**arguments | change)


def test_the_largest_regions_of_a_known_map():
    preferred = np.zeros((9, 9), int)
    preferred[1:4, 1:4] = 1  # nine cells, middle (2, 2)
    preferred[6:8, 6:8] = 1  # four cells, a smaller area of the same label
    preferred[0, 8] = 2  # too small to carry a name
    regions = {label: (row, column) for label, row, column in largest_regions(preferred)}
    assert regions.keys() == {0, 1}
    assert regions[1] == (2, 2) and preferred[regions[0]] == 0
