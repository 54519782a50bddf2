import numpy as np
import pytest

from ganbook.chapters.instruction_editing.widgets import SsimExplorer
from ganbook.chapters.instruction_editing.widgets.ssim_explorer import SHOWN
from ganbook.errors import UserError

N = 40


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (3, N, 12, 12), dtype=np.uint8)
    return {
        "sources": pictures[0],
        "targets": pictures[1],
        "generated": pictures[2],
        "instructions": [f"instruction {n}" for n in range(N)],
        "ssim": rng.uniform(0.31, 1, N),
    }


@pytest.fixture
def explorer(data):
    return SsimExplorer(**data, do_nothing=np.linspace(0.52, 0.98, N))


def ask(explorer, sent, span, page=0):
    explorer._on_message(explorer, {"id": "view-1", "span": span, "page": page}, [])
    content, (pixels,) = sent.pop()
    return content, np.frombuffer(pixels, np.uint8).reshape(-1, 3, 12, 12)


def test_the_histogram_counts_every_picture_once(explorer, data):
    assert (
        explorer.edges[0] == 0.3 and explorer.edges[-1] == 1.0 and sum(explorer.counts) == sum(explorer.do_nothing) == N
    )
    for low, high, count in zip(explorer.edges, explorer.edges[1:], explorer.counts, strict=False):
        assert count == ((low <= data["ssim"]) & (data["ssim"] < high)).sum()
    assert explorer.means == pytest.approx([data["ssim"].mean(), 0.75])


def test_a_perfect_and_a_terrible_picture_are_in_the_histogram(data):
    explorer = SsimExplorer(**(data | {"ssim": np.linspace(-0.13, 1, N)}))
    assert sum(explorer.counts) == N and explorer.edges[0] == -0.2 and explorer.counts[-1] > 0


def test_examples_are_those_of_the_range_with_their_pictures(explorer, data, sent):
    span = [0.5, 0.7]
    inside = {n for n in range(N) if 0.5 <= data["ssim"][n] <= 0.7}
    seen = []
    pages = ask(explorer, sent, span)[0]["pages"]
    assert pages > 1
    for page in range(pages):
        content, pictures = ask(explorer, sent, span, page)
        numbers = [each["number"] for each in content["examples"]]
        assert 1 <= len(numbers) <= SHOWN and content["count"] == len(inside)
        assert content["mean"] == pytest.approx(data["ssim"][list(inside)].mean())
        for example, three in zip(content["examples"], pictures, strict=True):
            n = example["number"]
            assert example["text"] == f"instruction {n}" and example["ssim"] == pytest.approx(data["ssim"][n])
            np.testing.assert_array_equal(three, [data["sources"][n], data["targets"][n], data["generated"][n]])
        assert (np.diff([each["ssim"] for each in content["examples"]]) >= 0).all()
        seen += numbers
    assert sorted(seen) == sorted(inside)
    assert ask(explorer, sent, span, pages)[0] == ask(explorer, sent, span, 0)[0]


def test_an_empty_range_is_no_error(explorer, sent):
    content, pictures = ask(explorer, sent, [-1.0, -0.5])
    assert content["count"] == 0 and content["mean"] is None and content["examples"] == [] and len(pictures) == 0
    explorer.span = [-1.0, -0.5]
    assert explorer.summary() == f"SSIM from -1.00 to -0.50: 0 of {N} pictures (0%)."
    assert "data:image/webp" in explorer._repr_mimebundle_()[0]["text/html"]


def test_the_span_can_be_set_and_is_checked(explorer, data):
    explorer.span = (0.5, 0.7)
    assert explorer.span == [0.5, 0.7]
    assert set(explorer.chosen()) == {n for n in range(N) if 0.5 <= data["ssim"][n] <= 0.7}
    for wrong in ([0.7, 0.5], [0, 2], [0.5], [np.nan, 1]):
        with pytest.raises(UserError, match="from <= to"):
            explorer.span = wrong


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"targets": np.zeros((N, 12, 12))}, "targets must be uint8.*float64"),
        ({"generated": np.zeros((N - 1, 12, 12), np.uint8)}, "generated must be"),
        ({"sources": np.zeros((0, 12, 12), np.uint8)}, "sources must be"),
        ({"ssim": np.zeros(3)}, "ssim must be 40 numbers"),
        ({"ssim": np.full(N, np.nan)}, "NaN"),
        ({"instructions": ["one"]}, "40 sentences"),
        ({"do_nothing": np.full(N, 2.0)}, "do_nothing must be"),
    ],
)
def test_arguments_that_cannot_be_are_refused(data, change, says):
    with pytest.raises(UserError, match=says):
        SsimExplorer(**(data | change))


def test_the_text_of_the_still_comes_from_the_data(explorer, data):
    histogram, examples = (panel.alt for panel in explorer.still_panels())
    quartiles = ", ".join(f"{value:.2f}" for value in np.quantile(data["ssim"], (0.25, 0.5, 0.75)))
    assert f"mean {data['ssim'].mean():.2f}, quartiles {quartiles}. Doing nothing has mean 0.75." in histogram
    assert f"“instruction {data['ssim'].argmin()}”, SSIM {data['ssim'].min():.2f}" in examples
