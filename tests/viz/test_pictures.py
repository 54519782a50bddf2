"""Small PNGs that look the same, and pages that carry no picture within themselves."""

import base64
import io

import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from ganbook.viz import pictures

RNG = np.random.default_rng(0)


def decoded(png: bytes) -> tuple[str, np.ndarray]:
    picture = Image.open(io.BytesIO(png))
    return picture.mode, np.asarray(picture.convert("RGB"))


def full(picture: np.ndarray) -> int:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="PNG", optimize=True)
    return len(file.getvalue())


def test_few_colours_stay_what_they_are():
    greys = np.arange(256, dtype=np.uint8).repeat(32).reshape(64, 128)
    for pixels in (
        np.stack([greys] * 3, 2),
        np.uint8([[[0, 114, 178], [255, 255, 255]], [[213, 94, 0], [34, 34, 34]]]),
    ):
        mode, found = decoded(pictures.smallest_png(Image.fromarray(pixels)))
        assert mode == "P"
        np.testing.assert_array_equal(found, pixels)


def test_too_many_colours_stay_what_they_are():
    pixels = RNG.integers(0, 256, (60, 60, 3), dtype=np.uint8)
    mode, found = decoded(pictures.smallest_png(Image.fromarray(pixels)))
    assert mode == "RGB"
    np.testing.assert_array_equal(found, pixels)


def test_no_palette_is_sought_for_a_picture_with_many_colours(monkeypatch):
    def quantize(*_, **__):
        raise AssertionError("to find a palette takes a second")

    monkeypatch.setattr(Image.Image, "quantize", quantize)
    pixels = np.stack(np.unravel_index(np.arange(pictures.MANY + 16), (256, 256, 256)), 1).astype(np.uint8)
    pictures.smallest_png(Image.fromarray(pixels.reshape(16, -1, 3)))
    with pytest.raises(AssertionError, match="a second"):
        pictures.smallest_png(Image.fromarray(pixels[: pictures.MANY].reshape(16, -1, 3)))


def test_a_single_dot_of_a_rare_colour_is_not_lost():
    pixels = RNG.integers(0, 40, (200, 200, 3), dtype=np.uint8)
    pixels[100, 100] = (255, 0, 0)
    _, found = decoded(pictures.smallest_png(Image.fromarray(pixels)))
    assert np.abs(found[100, 100].astype(int) - (255, 0, 0)).max() <= pictures.WORST


def drawn(figure: plt.Figure) -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return np.asarray(Image.open(file).convert("RGB"))


def test_a_figure_looks_the_same_in_fewer_bytes():
    figure, (lines, digits) = plt.subplots(1, 2, figsize=(7, 3))
    lines.plot(RNG.random(40), label="a line")
    lines.legend()
    digits.imshow(RNG.integers(0, 256, (28, 28)), cmap="gray")
    expected, png = drawn(figure), pictures.png_of(figure, dpi=100)
    plt.close(figure)
    mode, found = decoded(png)
    assert mode == "P" and len(png) < 0.6 * full(expected)
    error = np.abs(found.astype(int) - expected).max(2)
    assert (
        found.shape == expected.shape
        and error.max() <= pictures.WORST
        and (error > pictures.NEAR).mean() <= pictures.FEW
    )


def test_a_colour_bar_shows_no_steps():
    figure, axis = plt.subplots(figsize=(5, 3))
    figure.colorbar(axis.imshow(RNG.normal(0, 0.3, (60, 60)), cmap="RdBu_r", vmin=-1, vmax=1))
    expected = drawn(figure)
    _, found = decoded(pictures.png_of(figure, dpi=100))
    plt.close(figure)
    bar = np.abs(found.astype(int) - expected)[:, 380:420]  # pixels from left: the bar, and little of its numbers
    assert (bar.max(2) > pictures.NEAR).mean() < 0.01


def test_a_figure_brings_its_own_paper():
    with plt.rc_context({"figure.facecolor": "#121212", "savefig.transparent": True}):
        figure = plt.figure(figsize=(1, 1))
        _, found = decoded(pictures.png_of(figure, dpi=50))
    plt.close(figure)
    assert (found == 0x12).all()


@pytest.fixture
def page() -> tuple[str, list[bytes]]:
    pngs = [pictures.smallest_png(Image.new("RGB", (2, 2), colour)) for colour in ("red", "blue", "green")]
    uris = [f"data:image/png;base64,{base64.b64encode(png).decode()}" for png in pngs]
    html = (
        f'<p>data:image/png;base64,AAAA</p><img class="gb-light" src="{uris[0]}" width="2" alt="a &quot;b&quot;">'
        f'<img class="gb-dark" src="{uris[1]}" alt="c" style="display:none"><img alt="again" src="{uris[0]}">'
        f'<img src="x.png" alt="d"><source media="(max-width: 600px)" srcset="{uris[2]}" width="1">'
    )
    return html, pngs


def test_a_page_has_its_pictures_beside_it(page, tmp_path):
    html, pngs = page
    found = pictures.laid_beside(html, tmp_path / "pictures", "_static/pictures")
    files = {path.read_bytes(): path.name for path in (tmp_path / "pictures").iterdir()}
    assert set(files) == set(pngs)
    red, blue = (f'loading="lazy" src="_static/pictures/{files[png]}"' for png in pngs[:2])
    expected = (
        f'<p>data:image/png;base64,AAAA</p><img class="gb-light" {red} width="2" alt="a &quot;b&quot;">'
        f'<img class="gb-dark" {blue} alt="c" style="display:none"><img alt="again" {red}><img src="x.png" alt="d">'
        f'<source media="(max-width: 600px)" srcset="_static/pictures/{files[pngs[2]]}" width="1">'
    )
    assert found == expected


def test_a_page_without_pictures_stays_as_it_is(tmp_path):
    assert pictures.laid_beside("<p>text</p>", tmp_path / "pictures", "x") == "<p>text</p>"
    assert not (tmp_path / "pictures").exists()
