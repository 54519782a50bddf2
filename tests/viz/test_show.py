"""Figures: one picture for each theme, alt text, nothing cut."""

import base64
import io
import re

import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from ganbook import viz
from ganbook.viz.style import LIGHT


def pictures(displayed) -> list[np.ndarray]:
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in re.findall(r"base64,([^\"]+)", displayed.data)]


def test_show_makes_a_light_and_a_dark_picture_and_escapes_its_texts():
    displayed = viz.show(viz.curves, {"a": [1, 2, 3]}, [0, 1, 2], "step", "loss", alt='rises from "1" & up', caption="1 < 3")
    light, dark = pictures(displayed)
    assert light.shape == dark.shape and (light != dark).any()
    assert displayed.data.count('alt="rises from &quot;1&quot; &amp; up"') == 2 and "<figcaption>1 &lt; 3</figcaption>" in displayed.data
    assert 'class="gb-dark"' in displayed.data and displayed.data.count("display:none") == 1
    assert plt.get_fignums() == []


def test_show_refuses_a_figure_without_alt_text():
    with pytest.raises(ValueError, match="alt text"):
        viz.show(viz.curves, {"a": [1]}, [0], "x", "y", alt=" ")


RNG = np.random.default_rng(0)
MATRIX = RNG.random((10, 10))
DIGITS = list("0123456789")
FIGURES = {
    "image_grid": lambda: viz.image_grid(RNG.integers(0, 255, (7, 8, 8), dtype=np.uint8), ["three\nright"] * 7, columns=4),
    "curves": lambda: viz.curves({"one": [1, 2], "two": [2, 1]}, [0, 1], "step", "loss"),
    "histograms": lambda: viz.histograms(MATRIX[:2] / 5, MATRIX[2] / 5, ["first", "second"], DIGITS),
    "grouped_bars": lambda: viz.grouped_bars({"a": MATRIX[0], "b": MATRIX[1]}, DIGITS, "share"),
    "bars_over_seeds": lambda: viz.bars_over_seeds({"with": [0.4, 0.5], "without": [0.1, 0.2]}, "distance"),
    "heatmaps": lambda: viz.heatmaps([MATRIX, MATRIX], ["a", "b"], DIGITS, ["x", "y"], [True, False]),
    "scatter_pairs": lambda: viz.scatter_pairs(MATRIX, MATRIX, DIGITS, "x", "y"),
    "label_maps": lambda: viz.label_maps([RNG.integers(0, 10, (9, 9))], [(-3, 3, -3, 3)], ["plane"], [("x", "y")], DIGITS),
}


@pytest.mark.parametrize("name", FIGURES)
def test_texts_are_large_enough_and_nothing_is_cut(name):
    with plt.rc_context(LIGHT):
        figure = FIGURES[name]()
        figure.canvas.draw()
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    sizes = [text.get_fontsize() for text in figure.findobj(plt.Text) if text.get_text().strip() and text.get_visible()]
    plt.close(figure)
    assert sizes and min(sizes) >= 9
    assert drawn.x0 >= -0.02 and drawn.y0 >= -0.02 and drawn.x1 <= width + 0.02 and drawn.y1 <= height + 0.02, drawn


def test_every_digit_has_its_own_colour():
    assert len(set(viz.DIGIT_COLOURS)) == 10
