"""Small pictures that look the same, and pages that carry no picture within themselves."""

import io

import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from ganbook.viz import pictures

RNG = np.random.default_rng(0)


def decoded(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


def webp(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (2, 2), colour).save(file, format="WEBP", lossless=True)
    return file.getvalue()


def drawn(figure: plt.Figure, dpi: float = 100) -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi)
    return np.asarray(Image.open(file).convert("RGB"))


def png(picture: np.ndarray) -> int:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="PNG", optimize=True)
    return file.tell()


def test_lines_and_letters_keep_every_pixel_in_fewer_bytes():
    figure, (lines, maps) = plt.subplots(1, 2, figsize=(7, 3))
    lines.plot(RNG.random(40), label="a line")
    lines.legend()
    figure.colorbar(maps.imshow(RNG.integers(0, 256, (12, 12)), cmap="RdBu_r"))
    expected, picture = drawn(figure, 200), pictures.picture_of(figure, dpi=200)
    plt.close(figure)
    np.testing.assert_array_equal(decoded(picture), expected)
    assert len(picture) < 0.8 * png(expected)


def test_photographs_look_the_same_in_fewer_bytes():
    figure, axis = plt.subplots(figsize=(4, 4))
    waves = (
        np.sin(np.linspace(0, 9, 64))[:, None, None] * np.cos(np.linspace(0, 7, 64))[:, None] * (0.3, 0.2, 0.4) + 0.5
    )
    axis.imshow(np.clip(waves + RNG.normal(0, 0.04, (64, 64, 3)), 0, 1), interpolation="nearest")
    expected, picture = drawn(figure, 50), pictures.picture_of(figure, dpi=50)
    plt.close(figure)
    error = np.abs(decoded(picture).astype(int) - expected)
    assert error.mean() < 4 and len(picture) < 0.6 * png(expected)


def test_a_figure_brings_its_own_paper():
    with plt.rc_context({"figure.facecolor": "#121212", "savefig.transparent": True}):
        figure = plt.figure(figsize=(1, 1))
        found = decoded(pictures.picture_of(figure, dpi=50))
    plt.close(figure)
    assert (found == 0x12).all()


@pytest.fixture
def page() -> tuple[str, list[bytes]]:
    colours = [webp(colour) for colour in ("red", "blue", "green")]
    uris = [pictures.data_uri(colour) for colour in colours]
    html = (
        f'<p>data:image/png;base64,AAAA</p><img class="gb-light" src="{uris[0]}" width="2" alt="a &quot;b&quot;">'
        f'<img class="gb-dark" src="{uris[1]}" alt="c" style="display:none"><img alt="again" src="{uris[0]}">'
        f'<img src="x.png" alt="d"><source media="(max-width: 600px)" srcset="{uris[2]}" width="1">'
    )
    return html, colours


def test_a_page_has_its_pictures_beside_it(page, tmp_path):
    html, colours = page
    found = pictures.laid_beside(html, tmp_path / "pictures", "_static/pictures")
    files = {path.read_bytes(): path.name for path in (tmp_path / "pictures").iterdir()}
    assert set(files) == set(colours)
    red, blue = (f'loading="lazy" src="_static/pictures/{files[colour]}"' for colour in colours[:2])
    expected = (
        f'<p>data:image/png;base64,AAAA</p><img class="gb-light" {red} width="2" alt="a &quot;b&quot;">'
        f'<img class="gb-dark" {blue} alt="c" style="display:none"><img alt="again" {red}><img src="x.png" alt="d">'
        f'<source media="(max-width: 600px)" srcset="_static/pictures/{files[colours[2]]}" width="1">'
    )
    assert found == expected


def test_a_page_without_pictures_stays_as_it_is(tmp_path):
    assert pictures.laid_beside("<p>text</p>", tmp_path / "pictures", "x") == "<p>text</p>"
    assert not (tmp_path / "pictures").exists()


def test_a_picture_says_its_own_kind():
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, format="PNG")
    assert pictures.data_uri(file.getvalue()).startswith("data:image/png;base64,iVBOR")
    assert pictures.data_uri(webp("red")).startswith("data:image/webp;base64,UklGR")
