import io

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.chapters.class_styles import web
from ganbook.chapters.class_styles.config import PROFILES
from ganbook.chapters.class_styles.model import Encoder, Generator, Styles
from ganbook.chapters.class_styles.web import DRAWS
from ganbook.chapters.class_styles.widgets import ClassStyler
from ganbook.chapters.class_styles.widgets.class_styler import flat
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import CLASS_COLOURS
from ganbook.errors import UserError
from ganbook.widgets.base import packed

SIDE, SIZE = 32, 8 + 3 * 7 * 4


@pytest.fixture(scope="module")
def styler(stand_ins):
    return stand_ins.some_styler()


@pytest.fixture(scope="module")
def maps(stand_ins):
    return stand_ins.some_maps()


@pytest.fixture(scope="module")
def pictures(stand_ins, maps):
    return stand_ins.some_pictures(maps)


@pytest.fixture(scope="module")
def widget(styler, pictures, maps):
    return ClassStyler(styler, pictures, maps, references=3)


def ask(widget, sent, kind, *buffers):
    widget._on_message(widget, {"id": "view-1", "kind": kind}, list(buffers))
    content, answered = sent.pop()
    assert content == {"id": "view-1"}
    return answered[0]


def draws_of(widget):
    return torch.from_numpy(np.frombuffer(widget.draws, "<f4").reshape(DRAWS, SIZE).copy())


def test_codes_in_a_row_are_those_of_the_model_again(widget, styler):
    styles = styler.drawn(2, seed=3)
    row = flat(styles)
    assert row.shape == (2, SIZE) and torch.equal(row[:, :8], styles.whole)
    assert torch.equal(row[1, 8 + (2 * 7 + 5) * 4 :][:4], styles.local[1, 2, 5])
    assert all(torch.equal(one, other) for one, other in zip(widget._styles(row), styles, strict=True))


def test_a_label_map_with_codes_is_painted_as_the_model_does(widget, styler, maps, sent):
    styles = styler.drawn(1, seed=5)
    found = np.frombuffer(ask(widget, sent, "paint", maps[2].numpy().tobytes(), packed(flat(styles))), np.uint8)
    np.testing.assert_array_equal(found.reshape(SIDE, SIDE, 3), styler.paint(maps[2:3], styles)[0].permute(1, 2, 0))


def test_a_reference_is_read_as_the_model_does(widget, styler, pictures, maps, sent):
    pixels = pictures[1].permute(1, 2, 0).contiguous().numpy().tobytes()
    found = np.frombuffer(ask(widget, sent, "read", pixels, maps[1].numpy().tobytes()), "<f4")
    np.testing.assert_allclose(found, flat(styler.read(pictures[1:2], maps[1:2]).mean)[0], rtol=1e-5, atol=1e-6)


def test_it_opens_with_the_first_label_map_and_the_first_draw(widget, styler, pictures, maps):
    assert widget.levels == [16, 8, 4] and widget.names == list(LABELS) and widget.side == SIDE
    assert widget.sizes == {"whole": 8, "codes": 3, "classes": 7, "code": 4}
    assert widget.maps == maps[:3].numpy().tobytes()
    sheet = np.array(Image.open(io.BytesIO(widget.shown)).convert("RGB")).reshape(SIDE, 4, SIDE, 3).swapaxes(0, 1)
    np.testing.assert_array_equal(sheet[0], styler.paint(maps[:1], styler.drawn(1, 0))[0].permute(1, 2, 0))
    np.testing.assert_array_equal(sheet[1:], pictures[:3].permute(0, 2, 3, 1))
    colours = [tuple(bytes.fromhex(colour[1:])) for colour in widget.colours]
    assert colours == [tuple(colour) for colour in CLASS_COLOURS.tolist()] and len(colours) == len(LABELS)


def test_draw_n_is_that_of_seed_n(widget, styler):
    assert torch.equal(draws_of(widget)[7:8], flat(styler.drawn(1, seed=7)))
    assert len({row.tobytes() for row in draws_of(widget).numpy()}) == DRAWS


def test_axes_are_of_length_one_and_at_right_angles(widget):
    axes = np.frombuffer(widget.axes, "<f4")
    assert np.linalg.norm(axes[:8]) == pytest.approx(1, abs=1e-5)
    local = axes[8:].reshape(3, 7, 3, 4)
    np.testing.assert_allclose(local @ local.swapaxes(2, 3), np.broadcast_to(np.eye(3), (3, 7, 3, 3)), atol=1e-5)


def test_one_class_alone_and_a_class_of_one_pixel_are_painted(widget, sent):
    codes = draws_of(widget)[:1]
    for labels in (np.full((SIDE, SIDE), 3, np.uint8), np.zeros((SIDE, SIDE), np.uint8)):
        labels[5, 5] = labels[5, 5] or 4
        assert len(ask(widget, sent, "paint", labels.tobytes(), packed(codes))) == 3 * SIDE**2


@pytest.mark.parametrize(
    ("kind", "buffers", "says"),
    [
        ("paint", (bytes([9]) * SIDE**2, bytes(4 * SIZE)), "a label map of another palette: numbers from 9 to 9"),
        ("paint", (bytes(SIDE**2), bytes(4)), f"expected {4 * SIZE} bytes, got 4"),
        ("paint", (bytes(3), bytes(4 * SIZE)), f"expected {SIDE**2} bytes, got 3"),
        ("read", (bytes(SIDE**2), bytes(SIDE**2)), f"expected {3 * SIDE**2} bytes, got {SIDE**2}"),
    ],
)
def test_what_cannot_be_painted_is_refused_in_a_sentence(widget, sent, kind, buffers, says):
    with pytest.raises(UserError, match=says):
        widget._on_message(widget, {"id": "view-1", "kind": kind}, list(buffers))
    assert sent.pop()[0]["error"].startswith(says)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"styler": None}, "^styler must be a Styler; got NoneType.$"),
        ({"references": 0}, "^references must be from 1 to 4; got 0.$"),
        ({"references": 5}, "references must be from 1 to 4; got 5"),
        ({"references": 1.5}, "references must be from 1 to 4; got 1.5"),
    ],
)
def test_arguments_that_cannot_be_are_refused(styler, pictures, maps, how, says):
    with pytest.raises(UserError, match=says):
        ClassStyler(**{"styler": styler, "pictures": pictures, "labels": maps} | how)


def test_unknown_classes_and_models_without_codes_are_refused(stand_ins, styler, pictures, maps):
    with pytest.raises(UserError, match="another palette: numbers from 0 to 7"):
        ClassStyler(styler, pictures, torch.where(maps == 5, 7, maps), references=1)
    with pytest.raises(UserError, match="one code for the picture as a whole"):
        ClassStyler(stand_ins.some_styler("nothing"), pictures, maps)


def test_a_model_with_one_code_for_all_levels_has_one_level(stand_ins, pictures, maps):
    widget = ClassStyler(stand_ins.some_styler("class"), pictures, maps, references=1)
    assert widget.levels == [16] and widget.sizes["codes"] == 1 and widget.telling == [0] * 7


def test_it_opens_at_the_level_that_says_the_most(widget, styler, pictures, maps):
    posterior = styler.read(pictures, maps)
    mean, log_variance, there = posterior.mean.local, posterior.log_variance.local, posterior.present
    kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(3)
    for number, level in enumerate(widget.telling):
        of_levels = [float(kl[there[:, each, number], each, number].mean()) for each in range(3)]
        assert of_levels[level] == max(each for each in of_levels if each == each)


def test_the_text_of_the_still_comes_from_the_data(widget, styler, pictures, maps):
    (panel,) = widget.still_panels()
    largest = torch.bincount(maps[0].long().flatten(), minlength=7).argsort(descending=True)[:3]
    assert f"another one for {' and for '.join(LABELS[n] for n in largest)} alone" in panel.alt
    one = ClassStyler(styler, pictures[3:], maps[3:], references=1).still_panels()[0].alt
    assert one.startswith("A label map with background, mouth,") and "for background and for mouth alone" in one


def test_nothing_of_the_model_is_changed(stand_ins, styler, widget):
    widget._repr_mimebundle_()
    fresh = stand_ins.some_styler()
    for one, other in ((styler.encoder, fresh.encoder), (styler.generator, fresh.generator)):
        assert all(torch.equal(each, other.state_dict()[name]) for name, each in one.state_dict().items())


# The networks of the page


def test_folded_networks_do_what_the_model_does(styler, pictures, maps):
    reading, painting = (part.network for part in web.model_of(styler).parts)
    styles = styler.drawn(4)
    made = painting(maps.int(), *styles)
    np.testing.assert_allclose(made.permute(0, 3, 1, 2), styler.paint(maps, styles), atol=1)
    found = Styles(*reading(pictures.permute(0, 2, 3, 1), maps.int()))
    for one, other in zip(found, styler.read(pictures, maps).mean, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_the_model_of_a_checkpoint_is_that_of_its_widget(styler, widget, monkeypatch, tmp_path):
    monkeypatch.setattr(web, "load_styler", lambda folder: styler if folder == tmp_path else None)
    assert web.live_model(tmp_path).id == widget.page_facts().model


def test_the_size_of_the_real_one_is_within_what_a_page_takes():
    """Without an export, which takes half a minute: half precision needs two bytes a weight."""
    networks = [kind(PROFILES["quick"], len(LABELS)) for kind in (Encoder, Generator)]
    assert 2 * sum(each.numel() for network in networks for each in network.parameters()) < 2_000_000
