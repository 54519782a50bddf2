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
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")) for data in re.findall(r"base64,([^\"]+)", displayed.data)]


def test_show_makes_a_light_and_a_dark_picture_and_escapes_its_texts():
    displayed = viz.show(viz.curves, {"a": [1, 2, 3]}, [0, 1, 2], "step", "loss", alt='rises from "1" & up', caption="1 < 3")
    light, dark = pictures(displayed)
    assert light.shape == dark.shape and (light[0, 0] == 255).all() and (dark[0, 0] == 0x12).all()  # each on the paper of its page
    size = f'width="{light.shape[1] / 1.6:.0f}" height="{light.shape[0] / 1.6:.0f}"'
    assert displayed.data.count(size) == 2
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
    "examples": lambda: viz.examples(
        RNG.integers(0, 255, (5, 3, 8, 8), dtype=np.uint8), ["compress three to the bottom right: 0.45"] * 5, ["source", "target", "generated"]
    ),
    "distributions": lambda: viz.distributions({"one": MATRIX[0], "the other one": MATRIX[1]}, "SSIM", "share of triples"),
    "block_maps": lambda: viz.block_maps(
        [MATRIX, MATRIX[:9, :5]], [["expand", "compress"], list("abc")], [["move", "compress"], ["bottom right"]], ["a", "b"], "cosine", [4, 1]
    ),
    "boxes": lambda: viz.boxes({"digit": MATRIX[0], "action (80 blocks)": MATRIX[1, :5]}, "variance"),
    "lines_with_intervals": lambda: viz.lines_with_intervals({"a": ([1, 2], [0, 1], [2, 3]), "b": ([2, 1], [1, 1], [2, 2])}, [1, 2], "x", "y"),
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


def test_examples_keep_rows_together_and_frame_every_picture():
    pictures = np.arange(12, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2).reshape(4, 3, 4, 4)
    with plt.rc_context(LIGHT):
        figure = viz.examples(pictures, list("abcd"), ["source", "target", "generated"])
    assert [axis.images[0].get_array()[0, 0] for axis in figure.axes] == list(range(12))
    heights = [round(axis.get_position().y0, 6) for axis in figure.axes]
    assert len(set(heights[:6])) == len(set(heights[6:])) == 1 and heights[0] > heights[6]
    assert all(axis.spines["left"].get_visible() for axis in figure.axes)
    plt.close(figure)


def test_blocks_carry_their_names_in_the_middle():
    with plt.rc_context(LIGHT):
        axis = viz.block_maps([np.zeros((6, 8))], [["a", "b", "c"]], [["d", "e"]], ["t"], "cosine").axes[0]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["a", "b", "c"] and axis.get_yticks().tolist() == [0.5, 2.5, 4.5]
    assert [text.get_text() for text in axis.get_xticklabels()] == ["d", "e"] and axis.get_xticks().tolist() == [1.5, 5.5]
    plt.close(axis.figure)


def test_distributions_are_shares():
    with plt.rc_context(LIGHT):
        axis = viz.distributions({"one": MATRIX[0], "two": MATRIX[:5].ravel()}, "x", "y", bins=4).axes[0]
    assert max(patch.get_path().vertices[:, 1].max() for patch in axis.patches) <= 1
    assert "one (mean" in axis.get_legend().get_texts()[0].get_text()
    plt.close(axis.figure)


@pytest.mark.parametrize("settings", [{"text.usetex": True}, {"lines.linewidth": 9}, {"axes.grid": True, "savefig.bbox": "tight"}])
def test_a_persons_matplotlibrc_changes_no_figure(settings):
    """``text.usetex`` stopped a chapter: "latex could not be found"."""

    def figure():
        drawn, axes = plt.subplots(figsize=(2, 1))
        axes.plot([0, 1], label="a line")
        axes.set_title("a title")
        return drawn

    plain = viz.show(figure, alt="A line.").data
    with plt.rc_context(settings):
        assert viz.show(figure, alt="A line.").data == plain
