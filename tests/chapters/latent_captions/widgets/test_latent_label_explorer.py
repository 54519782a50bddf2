import io
import json
import time

import numpy as np
import pytest
from PIL import Image

from ganbook.chapters.latent_captions.widgets import LatentLabelExplorer
from ganbook.errors import UserError


@pytest.fixture
def explorer(captioner):
    return LatentLabelExplorer(
        captioner.labeller, captioner.images[:12], captioner.truth, captioner.NAMES, c=(0.5, -1.2, 0)
    )


def request(c):
    return {"id": "view-1"}, [memoryview(np.array(c, np.float32).tobytes())]


def test_the_front_end_gets_what_it_shows(explorer, captioner):
    state = explorer.get_state()
    assert state["names"] == captioner.NAMES and len(state["colours"]) == 10
    np.testing.assert_array_equal(np.frombuffer(state["truth"], np.uint8).reshape(-1, 4), captioner.truth)
    sprite = np.array(Image.open(io.BytesIO(state["sprite"])))
    np.testing.assert_array_equal(sprite.reshape(-1, 64, 64), captioner.images[:12])
    expected = captioner.labeller(np.array([[0.5, -1.2, 0]], np.float32))[0]
    np.testing.assert_array_equal(np.frombuffer(state["first_labels"], np.uint8), expected)
    assert state["first_c"] == state["c"] == [0.5, -1.2, 0.0]


def test_the_state_is_small(captioner):
    noise = np.random.default_rng(0).integers(0, 256, (12, 64, 64), dtype=np.uint8)  # no PNG can make noise smaller
    many = np.resize(captioner.truth, (10_000, 4))
    state = LatentLabelExplorer(lambda c: np.zeros((len(c), 10_000), int), noise, many, captioner.NAMES).get_state()
    assert sum(len(value) if isinstance(value, bytes) else len(json.dumps(value)) for value in state.values()) < 500_000


def test_a_request_is_answered_with_labels_under_its_id(explorer, captioner, sent):
    explorer._on_message(explorer, *request([1, 2, -3]))
    [(content, buffers)] = sent
    assert content == {"id": "view-1"}
    expected = captioner.labeller(np.array([[1, 2, -3]], np.float32))[0]
    np.testing.assert_array_equal(np.frombuffer(buffers[0], np.uint8), expected)


def test_an_answer_for_a_thousand_images_takes_little_time(captioner, sent):
    labels = np.resize(captioner.truth[:, 0], (1, 1000))
    explorer = LatentLabelExplorer(
        lambda c: np.repeat(labels, len(c), 0),
        captioner.images[:12],
        np.resize(captioner.truth, (1000, 4)),
        captioner.NAMES,
    )
    start = time.process_time()
    for _ in range(20):
        explorer._on_message(explorer, *request([0, 0, 0]))
    assert (time.process_time() - start) / 20 < 0.01


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (KeyError("no weights"), "The captioner failed: KeyError: 'no weights'"),
        (RuntimeError("sizes differ\nat layer 3"), "The captioner failed: RuntimeError: sizes differ"),
        (UserError("Train it first."), "Train it first."),
    ],
)
def test_a_failing_labeller_is_told_to_the_person_and_raised(captioner, sent, failure, says):
    healthy = True

    def labeller(latents):
        if not healthy:
            raise failure
        return captioner.labeller(latents)

    explorer = LatentLabelExplorer(labeller, captioner.images[:12], captioner.truth, captioner.NAMES)
    healthy = False
    with pytest.raises(type(failure)):
        explorer._on_message(explorer, *request([0, 0, 0]))
    assert sent == [({"id": "view-1", "error": says}, None)]


@pytest.mark.parametrize(("c", "says"), [([np.nan, 0, 0], "NaN"), ([0, 0, 0, 0], None)])
def test_a_malformed_request_is_told_and_raised(explorer, sent, c, says):
    with pytest.raises(ValueError, match=says):
        explorer._on_message(explorer, *request(c))
    assert sent[0][0].keys() == {"id", "error"}


def test_c_can_be_set_and_is_checked(explorer):
    explorer.c = np.array([1, 2, 3], np.float32)
    assert explorer.c == [1.0, 2.0, 3.0] and all(type(value) is float for value in explorer.c)
    for wrong in ([1, 2], [1, 2, np.nan], [4, 0, 0]):
        with pytest.raises(UserError, match="c must|of c must"):
            explorer.c = wrong
    assert explorer.c == [1.0, 2.0, 3.0]


def test_histogram_accuracy_and_summary_agree(explorer, captioner):
    labels = captioner.labeller(np.array([explorer.c], np.float32))[0]
    np.testing.assert_allclose(explorer.histogram(), np.bincount(labels, minlength=10) / 300)
    right = np.mean([label in own for label, own in zip(labels, captioner.truth, strict=True)])
    assert explorer.accuracy() == pytest.approx(right) and right < 1
    most = explorer.histogram().argmax()
    assert explorer.summary().startswith(
        f"c = (0.50, -1.20, 0.00): “{captioner.NAMES[most]}” for {explorer.histogram()[most]:.0%} of 300 test images, "
        f"accuracy {right:.1%}, total variation 0."
    )


def test_the_random_histogram_is_that_of_many_latents_and_seeded(captioner):
    def build(**options):
        return LatentLabelExplorer(
            captioner.labeller, captioner.images[:2], captioner.truth, captioner.NAMES, **options
        )

    latents = np.random.default_rng(7).standard_normal((2000, 3)).astype(np.float32)
    expected = np.bincount(captioner.labeller(latents).ravel(), minlength=10) / (2000 * 300)
    np.testing.assert_allclose(build(random_draws=2000, seed=1).random_histogram, expected, atol=0.02)
    assert build(seed=1).random_histogram == build(seed=1).random_histogram != build(seed=2).random_histogram
    assert build(random_histogram=np.eye(10)[3]).random_histogram == np.eye(10)[3].tolist()


def test_the_text_of_the_still_comes_from_the_data(explorer, captioner):
    before = [panel.alt for panel in explorer.still_panels()]
    explorer.c = [2, -1, 0.5]
    captions, histogram = (panel.alt for panel in explorer.still_panels())
    assert captions != before[0] and histogram != before[1]
    labels = captioner.labeller(np.array([[2, -1, 0.5]], np.float32))[0]
    verdicts = ["right" if labels[i] in captioner.truth[i] else "wrong" for i in range(12)]
    assert set(verdicts) == {"right", "wrong"}
    expected = [f"{captioner.NAMES[label]} ({verdict})" for label, verdict in zip(labels, verdicts, strict=False)]
    assert f"Captions of 12 test images: {', '.join(expected)}." in captions
    assert explorer.summary() in histogram
    for label, name in enumerate(captioner.NAMES):
        assert f"{name} {np.mean(labels == label):.0%}" in histogram


def test_what_a_notebook_stores_has_the_widget_and_the_still(explorer):
    data, _metadata = explorer._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "text/html"} <= data.keys()
    assert data["text/html"].count("data:image/webp;base64,") == 4
    assert len(data["text/html"]) < 400_000


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"images": np.zeros((12, 28, 28), np.uint8)}, r"uint8 of shape \(M, 64, 64\); got uint8 \(12, 28, 28\)"),
        ({"images": np.zeros((12, 64, 64), np.float32)}, "got float32"),
        ({"images": np.zeros((0, 64, 64), np.uint8)}, "1 to 24 images"),
        ({"images": np.zeros((25, 64, 64), np.uint8)}, "1 to 24 images"),
        ({"truth": np.zeros((300, 3), int)}, r"shape \(N, 4\)"),
        ({"truth": np.zeros((299, 4), int)}, r"returned int64 \(1, 300\)"),
        ({"names": ["zero", "one"]}, "label indices 0 to 1"),
        ({"c": (0, 0)}, "3 numbers"),
        ({"c": (0, 0, np.nan)}, "NaN"),
        ({"presets": {"far": (9, 0, 0)}}, r"within \[-3, 3\]"),
        ({"random_histogram": np.ones(10)}, "10 fractions with sum 1"),
        ({"random_histogram": [1.0]}, "10 fractions with sum 1"),
        ({"random_draws": 0}, "random_draws must be at least 1"),
        ({"labeller": "model"}, "must be a function"),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_wrong_arguments_are_refused_in_one_sentence(captioner, change, says):
    arguments = {"labeller": captioner.labeller, "images": captioner.images[:12]}
    arguments |= {"truth": captioner.truth, "names": captioner.NAMES}
    with pytest.raises(UserError, match=says) as caught:
        LatentLabelExplorer(**arguments | change)
    assert "\n" not in str(caught.value)
