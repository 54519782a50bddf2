"""Both widgets as Python answers for them, and the networks of the page."""

import io

import numpy as np
import pytest
import torch
from chapters.few_shot_layout.few import CLASSES, LATENT, SIDE, STYLES, squares, tiny_painter
from PIL import Image

from ganbook.chapters.few_shot_layout import web
from ganbook.chapters.few_shot_layout.config import PROFILES
from ganbook.chapters.few_shot_layout.model import LayoutEncoder
from ganbook.chapters.few_shot_layout.pseudo_labels import at_features
from ganbook.chapters.few_shot_layout.refinement import agreement
from ganbook.chapters.few_shot_layout.web import DRAWS
from ganbook.chapters.few_shot_layout.widgets import LayoutPainter, OneShotAnnotator
from ganbook.chapters.style_prior import config as of_prior
from ganbook.chapters.style_prior.model import Generator
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import coloured
from ganbook.data.pixels import shown
from ganbook.errors import UserError
from ganbook.widgets.base import packed
from ganbook.widgets.live import export_model

MAPS, HEIGHT = squares(3), 8


@pytest.fixture(scope="module", params=["dense", "sparse"])
def painter(request):
    return tiny_painter(request.param)


@pytest.fixture(scope="module")
def widget(painter):
    return LayoutPainter(painter, MAPS)


def ask(widget, sent, request, *buffers):
    widget._on_message(widget, {"id": "view-1"} | request, list(buffers))
    content, answered = sent.pop()
    assert content.pop("id") == "view-1"
    return content, answered


def numbers(data, *shape):
    return torch.from_numpy(np.frombuffer(data, "<f4").reshape(shape).copy())


def tiles(sheet, count):
    return np.array(Image.open(io.BytesIO(sheet)).convert("RGB")).reshape(SIDE, count, SIDE, 3).swapaxes(0, 1)


# The painter


def test_a_map_is_encoded_drawn_and_judged_as_the_model_does(widget, painter, sent):
    _, (codes, wanted) = ask(widget, sent, {"kind": "encode"}, MAPS[1].numpy().tobytes())
    ws = painter.codes(MAPS[1:2])
    torch.testing.assert_close(numbers(codes, 1, STYLES, LATENT), ws)
    asked = painter.wanted(MAPS[1:2])
    assert wanted == asked.to(torch.uint8).numpy().tobytes()
    told, (picture, likeness) = ask(widget, sent, {"kind": "draw"}, codes, wanted)
    assert picture == shown(painter.draw(ws))[0].tobytes()
    torch.testing.assert_close(numbers(likeness, 1, CLASSES, HEIGHT, HEIGHT), painter.likeness(ws))
    loss = 1 - agreement(painter.features(ws), asked, painter.given, painter.sparse)
    assert told == {"loss": pytest.approx(float(loss[0]), abs=1e-6)}


def test_a_slope_is_what_a_step_of_the_refinement_needs(widget, painter, sent):
    """Adam on slopes goes where `Painter.refined` goes."""
    labels, lower, (axes, deviations) = MAPS[:1], painter.lower, painter.axes
    ws, wanted = painter.codes(labels), painter.wanted(labels).to(torch.uint8).numpy().tobytes()
    moves = torch.zeros(1, len(axes), requires_grad=True)
    optimizer = torch.optim.Adam([moves], lr=0.05 * float(deviations[0]))
    losses = []
    for _ in range(5):
        below = ws[:, :1] + (moves.detach() @ axes)[:, None]
        codes = torch.cat([below.expand(-1, lower, -1), ws[:, lower:]], 1)
        told, (gradient,) = ask(widget, sent, {"kind": "slope"}, packed(codes), wanted)
        losses.append(told["loss"])
        assert told["by"] == "gradient"
        moves.grad = numbers(gradient, 1, len(axes))
        optimizer.step()
    kept, wanted_losses = painter.refined(ws, labels, 5, 5)
    np.testing.assert_allclose(losses, wanted_losses[:, 0], atol=1e-5)
    moved = ws[:, 0] + moves.detach() @ axes
    torch.testing.assert_close(moved, kept[-1][:, 0], rtol=1e-4, atol=1e-5)


def test_it_opens_with_the_first_map(widget, painter):
    ws = painter.codes(MAPS[:1])
    assert widget.maps == MAPS.numpy().tobytes() and widget.height == HEIGHT and widget.side == SIDE
    assert widget.sizes == {"styles": STYLES, "latent": LATENT, "lower": 4}
    assert widget.names[1:] == list(LABELS[1:]) and (widget.names[0] == "not marked") == painter.sparse
    torch.testing.assert_close(numbers(widget.likeness, 1, CLASSES, HEIGHT, HEIGHT), painter.likeness(ws))
    first, shot, labels = tiles(widget.shown, 3)
    np.testing.assert_array_equal(first, shown(painter.draw(ws))[0])
    np.testing.assert_array_equal(shot, shown(painter.shots.pictures)[0])
    np.testing.assert_array_equal(labels, coloured(painter.shots.labels[0]))
    looks = numbers(widget.looks, DRAWS, LATENT)
    assert torch.equal(looks[5:6], painter.looks(1, 5)) and len(looks.unique(dim=0)) == DRAWS
    assert widget.present == painter.given.present.tolist()


def test_without_maps_it_opens_with_the_annotated_ones(painter):
    assert LayoutPainter(painter).maps == painter.shots.labels.to(torch.uint8).numpy().tobytes()


@pytest.mark.parametrize("value", [0, 3])
def test_an_empty_canvas_one_class_and_one_pixel_are_painted(widget, sent, value):
    labels = torch.full((SIDE, SIDE), value, dtype=torch.uint8)
    for dot in (False, True):
        labels[4, 4] = 2 if dot else value
        _, (codes, wanted) = ask(widget, sent, {"kind": "encode"}, labels.numpy().tobytes())
        told, (picture, _) = ask(widget, sent, {"kind": "draw"}, codes, wanted)
        assert len(picture) == 3 * SIDE**2 and np.isfinite(told["loss"])
        assert np.isfinite(ask(widget, sent, {"kind": "slope"}, codes, wanted)[0]["loss"])


def test_a_single_pixel_of_a_scribble_is_asked_for(sent):
    painter = tiny_painter("sparse")
    for at in range(4):  # also where the nearest pixel of a smaller map is another one
        dot = torch.zeros(1, SIDE, SIDE, dtype=torch.uint8)
        dot[0, at, at] = 3
        assert painter.wanted(dot).unique().tolist() == [0, 3]


@pytest.mark.parametrize(
    ("kind", "buffers", "says"),
    [
        ("encode", (bytes([9]) * SIDE**2,), "expected classes from 0 to 6, got 9 to 9"),
        ("encode", (bytes(3),), f"expected {SIDE**2} bytes, got 3"),
        ("draw", (bytes(4), bytes(HEIGHT**2)), f"expected {4 * STYLES * LATENT} bytes, got 4"),
        ("slope", (bytes(4 * STYLES * LATENT), bytes([7]) * HEIGHT**2), "expected classes from 0 to 6, got 7 to 7"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(widget, sent, kind, buffers, says):
    with pytest.raises(UserError, match=says):
        widget._on_message(widget, {"id": "view-1", "kind": kind}, list(buffers))
    assert sent.pop()[0]["error"].startswith(says)


def test_arguments_that_cannot_be_are_refused(painter):
    with pytest.raises(UserError, match="^painter must be a Painter; got NoneType.$"):
        LayoutPainter(None)
    with pytest.raises(UserError, match="labels must be from 1 to 6 label maps; got 0"):
        LayoutPainter(painter, MAPS[:0])
    with pytest.raises(UserError, match=r"expected label maps of 16 x 16 pixels, got \(8, 8\)"):
        LayoutPainter(painter, MAPS[:, :8, :8])
    with pytest.raises(UserError, match="expected classes from 0 to 6, got 0 to 9"):
        LayoutPainter(painter, torch.where(MAPS == 3, 9, MAPS.long()))


def test_the_text_of_the_still_comes_from_the_data(widget, painter):
    (panel,) = widget.still_panels()
    there = [LABELS[number] for number in MAPS[0].unique().tolist() if number or not painter.sparse]
    assert f"with {', '.join(there)}, the picture that follows" in panel.alt
    empty = LayoutPainter(painter, torch.zeros_like(MAPS[:1])).still_panels()[0].alt
    assert ("Scribbles with nothing marked" if painter.sparse else "A label map with background") in empty


# The annotator


@pytest.fixture(scope="module")
def annotator(painter):
    return OneShotAnnotator(painter, count=4)


def test_features_of_samples_are_those_of_the_generator(annotator, painter, sent):
    others = painter.prior.generator.spread(painter.looks(3, 1_000))
    ws = torch.cat([painter.shots.ws[:1], others])
    for number in range(4):
        _, (features,) = ask(annotator, sent, {"sample": number})
        wanted = painter.features(ws[number : number + 1])
        torch.testing.assert_close(numbers(features, *wanted.shape), wanted)
    np.testing.assert_array_equal(tiles(annotator.shown, 4), shown(painter.draw(ws)))


def test_the_given_labels_are_those_at_the_features(annotator, painter):
    given = at_features(painter.shots.labels[:1], painter.features(painter.shots.ws[:1]))[0]
    found = torch.tensor(list(annotator.given)).view(HEIGHT, HEIGHT)
    assert torch.equal(found, torch.where(given == 0, 255, given) if painter.sparse else given)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"painter": None}, "painter must be a Painter; got NoneType"),
        ({"count": 1}, "count must be from 2 to 12; got 1"),
        ({"count": 99}, "count must be from 2 to 12; got 99"),
        ({"psi": 2}, "psi must be from 0 to 1; got 2"),
    ],
)
def test_arguments_of_the_annotator(painter, how, says):
    with pytest.raises(UserError, match=says):
        OneShotAnnotator(**{"painter": painter} | how)


def test_the_still_of_the_annotator_names_its_classes(annotator, painter):
    given = at_features(painter.shots.labels[:1], painter.features(painter.shots.ws[:1]))
    assert f"annotated with {', '.join(LABELS[n] for n in given.unique().tolist())}," in annotator.still_panels()[0].alt


# The networks of the page


def test_the_networks_do_what_the_model_does(painter):
    model = web.model_of(painter)
    encoding, drawing = (part.network for part in model.parts)
    ws, wanted = encoding(MAPS.int())
    torch.testing.assert_close(ws, painter.codes(MAPS))
    assert torch.equal(wanted.long(), painter.wanted(MAPS))
    pictures, likeness, features = drawing(ws, painter.given.vectors)
    np.testing.assert_allclose(pictures, shown(painter.draw(ws)), atol=1)
    torch.testing.assert_close(likeness, painter.likeness(ws))
    torch.testing.assert_close(features, painter.features(ws))
    assert model.table == {"styles": STYLES, "latent": LATENT}


def test_painters_of_label_maps_and_of_scribbles_draw_with_one_file(tmp_path):
    made = [export_model(web.model_of(tiny_painter(labels)), tmp_path)["id"] for labels in ("dense", "sparse")]
    one, other = ((tmp_path / f"{id}.1.onnx").read_bytes() for id in made)
    assert one == other and made[0] != made[1]


def test_the_model_of_a_checkpoint_is_what_the_recipe_loads(painter, monkeypatch, tmp_path):
    monkeypatch.setattr(web.recipe, "load", lambda folder: painter if folder == tmp_path else None)
    assert web.live_model(tmp_path).id == web.model_of(painter).id


def test_both_widgets_run_one_model(widget, annotator, painter):
    assert widget.page_facts().model == annotator.page_facts().model == web.model_of(painter).id


def test_the_size_of_the_real_one_is_within_what_a_page_takes():
    """Without an export, which takes minutes: half precision needs two bytes a weight."""
    settings = of_prior.PROFILES["quick"]
    prior = Generator(settings)
    encoder = LayoutEncoder(PROFILES["quick"], len(LABELS), 64, prior.mapping.mean, prior.synthesis.styles)
    assert 2 * sum(each.numel() for net in (encoder, prior.synthesis) for each in net.parameters()) < 3_700_000
