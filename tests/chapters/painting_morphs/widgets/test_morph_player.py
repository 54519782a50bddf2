import io

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.chapters.painting_morphs import film, morphs, studies
from ganbook.chapters.painting_morphs.widgets import MorphPlayer
from ganbook.errors import UserError

SIDE, FRAMES = 16, 5


@pytest.fixture(scope="module")
def sets(stand_ins):
    located = stand_ins.some_located(12)
    return located[[0, 1]], located[[9, 10, 11]]


@pytest.fixture(scope="module")
def player(stand_ins, sets):
    return MorphPlayer(stand_ins.some_painter(), stand_ins.some_reader(), *sets, 0.5, stand_ins.some_axis(), FRAMES)


def ask(player, sent, **request):
    player._on_message(player, {"id": "view-1"} | request, [])
    content, buffers = sent[-1]
    return content, buffers


def frames_in(row: bytes) -> np.ndarray:
    sheet = np.array(Image.open(io.BytesIO(row)).convert("RGB"))
    return sheet.reshape(SIDE, -1, SIDE, 3).transpose(1, 0, 2, 3)


def expected(stand_ins, sets, start, end, path):
    """Frames as the library makes them."""
    first, last = sets[0][[start]], sets[1][[end]]
    way = morphs.morph(first, last, FRAMES)
    if path == "axis":
        way = studies.walked(stand_ins.some_axis(), first, way.years)
    shown = way.draw(stand_ins.some_painter())
    return morphs.cross_fade(shown[:, 0], shown[:, -1], FRAMES)[0] if path == "fade" else shown[0]


@pytest.mark.parametrize("path", ["sphere", "fade", "axis"])
def test_each_way_is_that_of_the_library_with_the_years_read_off_it(player, sent, stand_ins, sets, path):
    content, (row,) = ask(player, sent, start=1, end=2, path=path)
    wanted = expected(stand_ins, sets, 1, 2, path)
    found = frames_in(row)
    assert found.shape == (FRAMES, SIDE, SIDE, 3)
    np.testing.assert_allclose(content["read"], stand_ins.some_reader()(wanted), atol=1e-3)
    np.testing.assert_array_equal(found, wanted.permute(0, 2, 3, 1))
    years = [float(each.years[number]) for each, number in zip(sets, (1, 2), strict=True)]
    np.testing.assert_allclose(content["due"], np.linspace(*years, FRAMES), rtol=1e-6)


def test_ways_and_ends_differ(player, sent):
    asked = [(0, 0, "sphere"), (1, 0, "sphere"), (0, 1, "sphere"), (0, 0, "fade"), (0, 0, "axis")]
    rows = [ask(player, sent, start=start, end=end, path=path)[1][0] for start, end, path in asked]
    assert len(set(rows)) == len(rows)


def test_a_gif_of_any_way_goes_there_and_back(player, sent, stand_ins, sets):
    for path in ("sphere", "fade"):
        _, (gif,) = ask(player, sent, start=0, end=1, path=path, gif=True)
        assert gif == film.as_gif(film.there_and_back(expected(stand_ins, sets, 0, 1, path)))
        assert Image.open(io.BytesIO(gif)).n_frames == 2 * FRAMES - 2


def test_it_opens_with_the_first_morph(player, sent):
    content, (row,) = ask(player, sent, start=0, end=0, path="sphere")
    assert player.chosen == {"start": 0, "end": 0, "path": "sphere"}
    assert player.shown["buffers"] == [row] and player.shown["read"] == content["read"]
    assert [name for name, _ in player.paths] == ["sphere", "fade", "axis"]
    assert [len(frames_in(row)) for row in player.paintings] == [2, 3]


def test_without_an_axis_there_are_two_ways_and_one_picture_each_is_enough(stand_ins, sets):
    one = [each[[0]] for each in sets]
    alone = MorphPlayer(stand_ins.some_painter(), stand_ins.some_reader(), *one, 0.5)
    assert [name for name, _ in alone.paths] == ["sphere", "fade"] and alone.frames == 17


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"start": []}, "^the start set needs at least 1 picture, it is empty$"),
        ({"end": []}, "^the end set needs at least 1 picture, it is empty$"),
        ({"end": [0, 3]}, "every start picture must be earlier than every end picture.*up to 1881.9 and.*from 1881.0"),
        ({"error": 0.0}, "mean absolute error of the regressor must be a number above 0, got 0.0"),
        ({"error": float("nan")}, "above 0, got nan"),
        ({"frames": 1}, "a morph needs at least 2 frames.*got 1"),
    ],
)
def test_what_cannot_be_played_is_refused_in_a_sentence(stand_ins, how, says):
    located = stand_ins.some_located(12)
    good = {"start": [0, 1], "end": [9], "error": 0.5, "frames": 3} | how
    with pytest.raises(UserError, match=says):
        MorphPlayer(
            stand_ins.some_painter(),
            stand_ins.some_reader(),
            located[good["start"]],
            located[good["end"]],
            good["error"],
            frames=good["frames"],
        )


def test_a_page_has_every_morph_and_the_gifs_of_those_on_the_sphere(player, sent):
    films = player.page_facts().facts["films"]
    assert len(films) == 2 * 3 * 3 and player.page_facts().model is None
    content, buffers = ask(player, sent, start=1, end=2, path="axis")
    assert films["1-2-axis"] == {"read": content["read"], "due": content["due"], "film": buffers[0], "gif": None}
    assert films["1-2-sphere"]["gif"] == ask(player, sent, start=1, end=2, path="sphere", gif=True)[1][0]


def test_a_page_with_too_many_morphs_shows_the_still(stand_ins):
    located = stand_ins.some_located(12)
    many = MorphPlayer(
        stand_ins.some_painter(), stand_ins.some_reader(), located[[0, 1]], located[[6, 7, 8, 9]], 0.5, frames=3
    )
    assert many.page_facts() is None
    html = many._repr_mimebundle_()[0]["text/html"]
    assert "gb-widget-still" in html and "gb-live" not in html


def test_the_text_of_the_still_comes_from_the_data(player):
    frames, years = (panel.alt for panel in player.still_panels())
    assert frames == "A morph on the sphere from a painting of 1881.0 to one of 1889.2: 5 of its frames."
    read = player.shown["read"]
    assert f"goes from {read[0]:.1f} to {read[-1]:.1f}, give or take 0.5 years" in years
    assert torch.tensor(read).std() > 0.05
