"""Moving pictures, as other programs read them."""

import io

import imageio.v3 as imageio
import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from ganbook.chapters.painting_morphs import film
from ganbook.errors import UserError
from ganbook.training.files import NotWritten


def flat(*greys: int) -> torch.Tensor:
    return torch.tensor(greys, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 8, 12).contiguous()


def read(content: bytes) -> tuple[list[np.ndarray], Image.Image]:
    picture = Image.open(io.BytesIO(content))
    return [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)], picture


def test_a_gif_shows_the_frames_in_time_and_repeats_for_ever():
    frames, picture = read(film.as_gif(flat(10, 90, 250), seconds=1.5))
    assert [frame.shape for frame in frames] == [(8, 12, 3)] * 3
    assert [int(frame.mean().round()) for frame in frames] == [10, 90, 250]
    assert picture.info["duration"] == 500 and picture.info["loop"] == 0


def test_colours_stay_in_their_place():
    frame = torch.zeros(1, 3, 8, 12, dtype=torch.uint8)
    frame[0, 0, :4], frame[0, 2, 4:, 6:] = 255, 255
    (found, *_), _ = read(film.as_gif(torch.cat([frame, 255 - frame])))
    np.testing.assert_array_equal(found, frame[0].permute(1, 2, 0).numpy())


def test_there_and_back_repeats_neither_end():
    assert film.there_and_back(flat(1, 2, 3, 4))[:, 0, 0, 0].tolist() == [1, 2, 3, 4, 3, 2]
    assert film.there_and_back(flat(1, 2))[:, 0, 0, 0].tolist() == [1, 2]
    assert film.there_and_back(flat(1))[:, 0, 0, 0].tolist() == [1]


@pytest.mark.parametrize(("loop", "n"), [(True, 4), (False, 3)])
def test_it_is_written(tmp_path, loop, n):
    path = film.save_film(tmp_path / "some" / "morph.gif", flat(10, 90, 250), loop=loop)
    assert len(read(path.read_bytes())[0]) == n and [each.name for each in path.parent.iterdir()] == ["morph.gif"]


@pytest.mark.parametrize(
    ("name", "frames", "seconds", "message"),
    [
        ("a.mov", flat(1, 2), 1.0, "expected a name that ends in .gif or .mp4"),
        ("a.mp4", flat(), 1.0, "a film needs frames and time, got 0 frames in 1 seconds"),
        ("a.gif", flat(), 1.0, "a film needs frames and time, got 0 frames in 1 seconds"),
        ("a.gif", flat(1, 2), 0.0, "got 2 frames in 0 seconds"),
        ("a.gif", flat(1, 2), float("nan"), "got 2 frames in nan seconds"),
    ],
)
def test_what_cannot_be_written(tmp_path, name, frames, seconds, message):
    with pytest.raises(UserError, match=message):
        film.save_film(tmp_path / name, frames, seconds)
    assert not [*tmp_path.iterdir()]


def test_an_mp4_shows_the_frames_in_time(tmp_path):
    path = film.save_film(tmp_path / "morph.MP4", flat(10, 90, 250)[..., :11], seconds=1.5, loop=False)
    found = imageio.imread(path, plugin="pyav")
    assert found.shape == (3, 8, 10, 3) and not path.read_bytes().startswith(b"GIF")
    np.testing.assert_allclose(found.mean((1, 2, 3)), [10, 90, 250], atol=4)
    told = imageio.immeta(path, plugin="pyav")
    assert told["codec"] == "h264" and told["fps"] == 2 and told["duration"] == 1.5
    assert len(imageio.imread(film.save_film(path, flat(10, 90, 250)), plugin="pyav")) == 4, "there and back"


def test_an_mp4_without_its_package(tmp_path, monkeypatch):
    monkeypatch.setattr(film, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="MP4 needs the package av.*or write a .gif"):
        film.save_film(tmp_path / "a.mp4", flat(1, 2))
    assert not [*tmp_path.iterdir()]


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotWritten):
        film.save_film(tmp_path / "file" / "a.gif", flat(1, 2))
