import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from ganbook.chapters.painting_morphs.widgets import LatentSearch
from ganbook.chapters.painting_morphs.widgets.latent_search import COLOURS, MOST_PSNR
from ganbook.errors import UserError
from ganbook.metrics import psnr

SIDE = 16


@pytest.fixture(scope="module")
def recorded(stand_ins):
    return stand_ins.some_search()


@pytest.fixture(scope="module")
def search(recorded):
    return LatentSearch(*recorded)


def test_each_picture_has_a_sheet_of_looks_and_starts(search, recorded):
    found, _ = recorded
    assert search.steps == [0, 3, 6, 12] and search.best == found.best.tolist()
    assert Image.open(io.BytesIO(search.targets)).size == (2 * SIDE, SIDE)
    for target, data in enumerate(search.looks):
        sheet = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
        tiles = sheet.reshape(4, SIDE, 3, SIDE, 3).transpose(0, 2, 1, 3, 4)
        for look, step in enumerate(search.steps):
            for start in range(3):
                drawn = found.looks[step][start, target].permute(1, 2, 0).numpy()
                np.testing.assert_array_equal(tiles[look, start], drawn)


def test_psnr_is_that_of_the_pictures(search, recorded):
    found, wanted = recorded
    assert np.shape(search.psnr) == (2, 3, 4)
    for target in range(2):
        for start in range(3):
            for look, step in enumerate(search.steps):
                drawn = found.looks[step][start, [target]].numpy()
                assert search.psnr[target][start][look] == pytest.approx(
                    psnr(drawn, wanted[[target]].numpy())[0], abs=0.01
                )
    assert search.psnr[0][search.best[0]][-1] > search.psnr[0][search.best[0]][0]


def test_equal_pictures_have_a_number(recorded):
    found, wanted = recorded
    equal = dataclasses.replace(found, looks={0: wanted[None], 5: wanted[None]}, best=found.best * 0)
    assert LatentSearch(equal, wanted).psnr == [[[MOST_PSNR] * 2]] * 2


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"looks": {}}, "nothing was recorded: project with looks"),
        ({"wanted": 1}, r"must be the uint8 pictures that were looked for, \(2, 3, 16, 16\), got torch.uint8 \(1, 3"),
        ({"names": ["one"]}, "expected a name for each of 2 pictures, got 1"),
    ],
)
def test_what_does_not_fit_is_refused(recorded, how, says):
    found, wanted = recorded
    found = dataclasses.replace(found, looks=how.get("looks", found.looks))
    with pytest.raises(UserError, match=says):
        LatentSearch(found, wanted[: how.get("wanted", 2)], how.get("names"))
    with pytest.raises(UserError, match="got torch.float32"):
        LatentSearch(recorded[0], wanted.float())


def test_the_text_of_the_still_comes_from_the_data(search):
    looks, curves = (panel.alt for panel in search.still_panels())
    kept = search.psnr[0][search.best[0]]
    assert "Search for picture 1 from 3 starts" in looks and "at the steps 0, 3, 6, 12." in looks
    assert f"goes from {kept[0]:.1f} dB at step 0 to {kept[-1]:.1f} dB at step 12." in curves
    assert len(set(COLOURS.values())) == 3
