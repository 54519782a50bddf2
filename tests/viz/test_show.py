"""Figures: one picture for each theme, alt text, nothing cut."""

import base64
import io
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import combinations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from ganbook import viz
from ganbook.viz.pictures import picture_of
from ganbook.viz.style import LIGHT, NARROW_WIDTH, PAGE_WIDTH


def pictures(displayed) -> list[np.ndarray]:
    return [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
        for data in re.findall(r"base64,([^\"]+)", displayed.data)
    ]


def test_show_makes_light_and_dark_pictures_for_wide_and_narrow_pages_and_escapes_its_texts():
    displayed = viz.show(
        viz.curves, {"a": [1, 2, 3]}, [0, 1, 2], "step", "loss", alt='rises from "1" & up', caption="1 < 3"
    )
    narrow, light, narrow_dark, dark = pictures(displayed)
    # each on the paper of its page
    assert light.shape == dark.shape and (light[0, 0] == 255).all() and (dark[0, 0] == 0x12).all()
    assert narrow.shape == narrow_dark.shape and narrow.shape[1] == 640 and light.shape[1] == 1184
    for name, picture in (("img class", light), ("source media", narrow)):
        size = f'width="{picture.shape[1] / 1.6:.0f}" height="{picture.shape[0] / 1.6:.0f}"'
        assert len(re.findall(f"<{name}=[^>]* {size}", displayed.data)) == 2
    assert (
        displayed.data.count('alt="rises from &quot;1&quot; &amp; up"') == 2
        and "<figcaption>1 &lt; 3</figcaption>" in displayed.data
    )
    assert 'class="gb-dark"' in displayed.data and displayed.data.count("display:none") == 1
    assert plt.get_fignums() == []


def test_show_refuses_a_figure_without_alt_text():
    with pytest.raises(ValueError, match="alt text"):
        viz.show(viz.curves, {"a": [1]}, [0], "x", "y", alt=" ")


RNG = np.random.default_rng(0)
MATRIX = RNG.random((10, 10))
DIGITS = list("0123456789")
FIGURES = {
    "image_grid": partial(
        viz.image_grid, RNG.integers(0, 255, (7, 8, 8), dtype=np.uint8), ["three\nright"] * 7, columns=4
    ),
    "curves": partial(
        viz.curves, {"real pictures": [1, 2], "pictures with a wrong condition": [2, 1]}, [0, 1], "step", "loss"
    ),
    "histograms": partial(viz.histograms, MATRIX[:2] / 5, MATRIX[2] / 5, ["first", "second"], DIGITS),
    "grouped_bars": partial(
        viz.grouped_bars,
        {"the judge: all five right": MATRIX[0, :5], "on true targets": MATRIX[1, :5]},
        [f"{n} cells" for n in range(5)],
        "share",
    ),
    "bars_over_seeds": partial(
        viz.bars_over_seeds,
        {"fixed, with the term": [0.4, 0.5], "without": [0.1, 0.2]},
        "distance from the even histogram over all labels",
    ),
    "heatmaps": partial(viz.heatmaps, [MATRIX, MATRIX], ["a", "b"], DIGITS, ["x", "y"], [True, False]),
    "scatter_pairs": partial(viz.scatter_pairs, MATRIX, MATRIX.T, DIGITS, "x", "y"),
    "examples": partial(
        viz.examples,
        RNG.integers(0, 255, (5, 3, 8, 8), dtype=np.uint8),
        ["compress three to the bottom right: 0.45"] * 5,
        ["source", "target", "generated"],
    ),
    "examples in colours": partial(
        viz.examples,
        RNG.integers(0, 255, (2, 8, 8, 8, 3), dtype=np.uint8),
        ["without SIM", "with SIM"],
        [f"phase {phase}" for phase in range(0, 120, 15)],
        across=1,
    ),
    "distributions": partial(
        viz.distributions, {"one": MATRIX[0], "the other one": MATRIX[1]}, "SSIM", "share of triples"
    ),
    "block_maps": partial(
        viz.block_maps,
        [MATRIX, MATRIX[:9, :5]],
        [["expand", "compress"], list("abc")],
        [["move", "compress"], ["bottom right"]],
        ["a", "b"],
        "cosine",
        [4, 1],
    ),
    "boxes": partial(viz.boxes, {"digit": MATRIX[0], "action (80 blocks)": MATRIX[1, :5]}, "variance"),
    "lines_with_intervals": partial(
        viz.lines_with_intervals, {"a": ([1, 2], [0, 1], [2, 3]), "b": ([2, 1], [1, 1], [2, 2])}, [1, 2], "x", "y"
    ),
    "lines on a logarithmic axis": partial(
        viz.lines_with_intervals, {"cosine": ([1, 2, 3], [0, 1, 2], [2, 3, 4])}, [1, 4, 37], "forms", "y", log=True
    ),
    "lines with a logarithmic y axis": partial(
        viz.lines_with_intervals, {"KID": ([900, 30], [800, 20], [1000, 40])}, [500, 6500], "step", "KID", log_y=True
    ),
    "label_maps": partial(
        viz.label_maps, [np.indices((9, 9))[0] // 3] * 3, [(-3, 3, -3, 3)] * 3, list("abc"), [("x", "y")] * 3, DIGITS
    ),
}


@pytest.fixture(params=[PAGE_WIDTH, NARROW_WIDTH], ids=["wide", "narrow"])
def width(request) -> float:
    return request.param


@pytest.fixture
def drawn(name, width) -> Iterator[Figure]:
    with plt.rc_context(LIGHT):
        figure = FIGURES[name](width=width)
        figure.canvas.draw()
    yield figure
    plt.close(figure)


def shown(texts: Iterable[Text]) -> list[Text]:
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("name", FIGURES)
def test_texts_are_large_enough_and_nothing_is_cut(drawn, width):
    box, (_, height) = drawn.get_tightbbox(), drawn.get_size_inches()
    assert min(text.get_fontsize() for text in shown(drawn.findobj(Text))) >= 9
    assert box.x0 >= -0.02 and box.y0 >= -0.02 and box.x1 <= width + 0.02 and box.y1 <= height + 0.02, box


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_stands_on_another(drawn):
    ticks = [labels for axis in drawn.axes for labels in (axis.get_xticklabels(), axis.get_yticklabels())]
    others = set(drawn.findobj(Text)).difference(*ticks)
    pairs = [pair for texts in (*ticks, others) for pair in combinations(shown(texts), 2)]
    assert [
        (one.get_text(), other.get_text())
        for one, other in pairs
        if one.get_window_extent().overlaps(other.get_window_extent())
    ] == []


@pytest.mark.parametrize("name", ["histograms", "heatmaps", "label_maps", "block_maps"])
def test_panels_stand_side_by_side_or_on_a_narrow_page_below_each_other(drawn, width):
    first, second = (axis.get_position() for axis in drawn.axes[:2])
    if width == PAGE_WIDTH:
        assert first.x1 < second.x0
    else:
        assert first.y0 > second.y1 and first.x0 == pytest.approx(second.x0, abs=0.02)


@pytest.mark.parametrize("aligned, below_the_first", [(True, 4), (False, 2)])
def test_a_grid_of_pictures_has_fewer_columns_on_a_narrow_page(aligned, below_the_first):
    pictures = np.arange(8, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2)
    with plt.rc_context(LIGHT):
        figure = viz.image_grid(pictures, list("abcdefgh"), columns=4, aligned=aligned, width=NARROW_WIDTH)
        figure.canvas.draw()
    places = {int(image.get_array()[0, 0]): image.get_extent() for image in figure.axes[0].images}
    plt.close(figure)
    lefts, tops = ({n: round(place[edge], 3) for n, place in places.items()} for edge in (0, 3))
    assert len(places) == 8 and len(set(lefts.values())) == 2
    assert lefts[below_the_first] == lefts[0]
    assert min((top, n) for n, top in tops.items() if top > tops[0])[1] == below_the_first


def test_every_digit_has_its_own_colour():
    assert len(set(viz.DIGIT_COLOURS)) == 10


def test_examples_keep_rows_together_and_frame_every_picture():
    pictures = np.arange(12, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2).reshape(4, 3, 4, 4)
    with plt.rc_context(LIGHT):
        figure = viz.examples(pictures, list("abcd"), ["source", "target", "generated"])
    axis = figure.axes[0]
    assert [image.get_array()[0, 0] for image in axis.images] == list(range(12))
    tops = [round(image.get_extent()[3], 6) for image in axis.images]
    assert len(set(tops[:6])) == len(set(tops[6:])) == 1 and tops[0] < tops[6]
    frames = [tuple(np.round(patch.get_extents().get_points(), 3).flat) for patch in axis.patches]
    assert len(set(frames)) == 12
    plt.close(figure)


def test_enlarged_pictures_have_no_colours_of_their_own():
    pictures = RNG.choice(np.uint8([60, 200]), (6, 64, 64))
    with plt.rc_context(LIGHT):
        figure = viz.image_grid(pictures, [""] * 6)
    drawn = Image.open(io.BytesIO(picture_of(figure, 160))).convert("RGB")
    plt.close(figure)
    assert len(drawn.getcolors(2**20)) < 20  # two, the paper's, and those of the frames over them


def test_pictures_keep_their_proportions():
    pictures = np.zeros((4, 60, 105, 3), np.uint8)
    with plt.rc_context(LIGHT):
        figures = viz.image_grid(pictures, list("abcd"), columns=2), viz.examples(pictures[None], ["a"], list("abcd"))
    for figure in figures:
        for left, right, bottom, top in (image.get_extent() for image in figure.axes[0].images):
            assert (bottom - top) / (right - left) == pytest.approx(60 / 105)
        plt.close(figure)


def test_blocks_carry_their_names_in_the_middle():
    with plt.rc_context(LIGHT):
        axis = viz.block_maps([np.zeros((6, 8))], [["a", "b", "c"]], [["d", "e"]], ["t"], "cosine").axes[0]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["a", "b", "c"]
    assert axis.get_yticks().tolist() == [0.5, 2.5, 4.5]
    assert [text.get_text() for text in axis.get_xticklabels()] == ["d", "e"]
    assert axis.get_xticks().tolist() == [1.5, 5.5]
    plt.close(axis.figure)


def test_distributions_are_shares():
    with plt.rc_context(LIGHT):
        axis = viz.distributions({"one": MATRIX[0], "two": MATRIX[:5].ravel()}, "x", "y", bins=4).axes[0]
    assert max(patch.get_path().vertices[:, 1].max() for patch in axis.patches) <= 1
    assert "one (mean" in axis.get_legend().get_texts()[0].get_text()
    plt.close(axis.figure)


@pytest.mark.parametrize(
    "settings", [{"text.usetex": True}, {"lines.linewidth": 9}, {"axes.grid": True, "savefig.bbox": "tight"}]
)
def test_a_persons_matplotlibrc_changes_no_figure(settings):
    """``text.usetex`` stopped a chapter: "latex could not be found"."""

    def figure(width):
        drawn, axes = plt.subplots(figsize=(width, 1))
        axes.plot([0, 1], label="a line")
        axes.set_title("a title")
        return drawn

    plain = viz.show(figure, alt="A line.").data
    with plt.rc_context(settings):
        assert viz.show(figure, alt="A line.").data == plain


def test_a_logarithmic_y_axis_leaves_x_as_it_is():
    figure = viz.lines_with_intervals({"KID": ([9, 3], [8, 2], [10, 4])}, [500, 6500], "step", "KID", log_y=True)
    assert (figure.axes[0].get_xscale(), figure.axes[0].get_yscale()) == ("linear", "log")
