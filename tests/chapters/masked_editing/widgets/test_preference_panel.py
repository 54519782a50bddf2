import io

import numpy as np
import pytest
from PIL import Image

from ganbook.chapters.masked_editing.widgets import PreferencePanel
from ganbook.errors import UserError


@pytest.fixture
def data(stand_ins):
    smooth = [np.repeat(np.repeat(stand_ins.some_pictures(4, seed)[:, ::8, ::8], 8, 1), 8, 2) for seed in range(3)]
    return dict(zip(("sources", "with_sim", "without_sim"), smooth, strict=True)) | {
        "instructions": [f"instruction {n}" for n in range(4)]
    }


def test_the_front_end_gets_the_pictures(data):
    panel = PreferencePanel(**data)
    sheet = np.array(Image.open(io.BytesIO(panel.pictures)).convert("RGB"))
    assert sheet.shape == (3 * 32, 4 * 32, 3)
    found = sheet.reshape(3, 32, 4, 32, 3).transpose(0, 2, 1, 3, 4).astype(int)
    expected = np.stack([data["sources"], data["with_sim"], data["without_sim"]])
    assert np.abs(found - expected).mean() < 25  # little colour is lost; another picture would be some 85 away
    assert panel.texts == data["instructions"] and panel.answers == []


def test_a_study_is_named_by_its_pictures(data):
    name = PreferencePanel(**data).study
    assert name == PreferencePanel(**data, seed=1).study
    assert name != PreferencePanel(**(data | {"with_sim": data["sources"]})).study


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sources": np.zeros((4, 32, 32, 3))}, "sources must be uint8.*float64"),
        ({"with_sim": np.zeros((3, 32, 32, 3), np.uint8)}, "as many"),
        ({"without_sim": np.zeros((4, 32, 16, 3), np.uint8)}, "without_sim must be"),
        ({"instructions": ["one"]}, "4 sentences"),
        ({"instructions": [""] * 4}, "4 sentences"),
    ],
)
def test_arguments_that_cannot_be_are_refused(data, change, says):
    with pytest.raises(UserError, match=says):
        PreferencePanel(**(data | change))


def test_too_many_triples_are_refused(stand_ins):
    many = stand_ins.some_pictures(61)
    with pytest.raises(UserError, match="At most 60"):
        PreferencePanel(many, many, many, ["text"] * 61)


def test_the_still_does_not_say_which_is_which(data):
    pairs, paper = (panel.alt for panel in PreferencePanel(**data).still_panels())
    assert "SIM" not in pairs and "“instruction 0”" in pairs
    assert "without is much better 9%" in paper and "with is much better 27%" in paper
