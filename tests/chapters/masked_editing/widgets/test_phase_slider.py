import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from ganbook.chapters.masked_editing.widgets import PhaseSlider
from ganbook.chapters.masked_editing.widgets.phase_slider import Film, fewer, read
from ganbook.errors import UserError


def film(stand_ins, rows, phases=(0.0, 5.0, 10.0)):
    seeds = range(len(phases))
    pictures = np.stack([stand_ins.some_pictures(2 * rows, seed).reshape(rows, 2, 32, 32, 3) for seed in seeds])
    pictures[:, :2] = pictures[0, :2]
    return Film(phases, pictures, (2.0, 4.0), (0.5, 0.75))


@pytest.fixture
def films(stand_ins):
    return film(stand_ins, 4), film(stand_ins, 3, (0.0, 10.0, 15.0))


def test_the_sheet_has_both_editors_at_common_phases(films):
    sim, plain = films
    slider = PhaseSlider(sim, plain, ["one", "two"])
    assert slider.phases == [0.0, 10.0]
    sheet = np.array(Image.open(io.BytesIO(slider.pictures)))
    assert sheet.shape == (8 * 32, 2 * 32, 3)
    np.testing.assert_array_equal(slider._sheet[0], sim.pictures[0, 0])
    np.testing.assert_array_equal(slider._sheet[5], sim.pictures[2, 2])
    np.testing.assert_array_equal(slider._sheet[6], sim.pictures[2, 3])
    np.testing.assert_array_equal(slider._sheet[7], plain.pictures[1, 2])
    assert slider.curves["sim"] == [[2.0, 4.0], [0.5, 0.75]]


def test_films_that_do_not_fit_are_refused(films, stand_ins):
    sim, plain = films
    with pytest.raises(UserError, match="same triples at common phases"):
        PhaseSlider(plain, plain, ["one", "two"])
    with pytest.raises(UserError, match="same triples at common phases"):
        PhaseSlider(sim, dataclasses.replace(plain, phases=(1.0, 2.0, 3.0)), ["one", "two"])
    with pytest.raises(UserError, match="expected 2 instructions"):
        PhaseSlider(sim, plain, ["one"])


def test_a_page_gets_fewer_triples_and_phases(films):
    sim, _ = films
    few = fewer(sim, triples=1, every=2)
    assert few.phases == (0.0, 10.0) and few.ssim == sim.ssim
    np.testing.assert_array_equal(few.pictures, sim.pictures[::2, :, :1])
    assert fewer(short := dataclasses.replace(sim, phases=(0.0, 5.0), pictures=sim.pictures[:2]), 2, 2).phases == (5.0,)
    assert fewer(short, 2).phases == (0.0, 5.0)


def test_a_folder_without_previews_is_refused(tmp_path):
    with pytest.raises(UserError, match="run.json"):
        read(tmp_path)


def test_the_text_of_the_still_comes_from_the_data(films):
    shown, curves = (panel.alt for panel in PhaseSlider(*films, ["one", "two"]).still_panels())
    assert "“one”, at the phases 0, 10" in shown
    assert "with SIM from 0.50 at phase 2 to 0.75 at phase 4" in curves
