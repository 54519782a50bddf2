import subprocess
import sys

import numpy as np
import pytest
import torch

from ganbook.data import Digits, load_digits, mnist, to_tensor
from ganbook.errors import DataUnavailable, UserError

IMAGES = np.zeros((2, 28, 28), np.uint8)
LABELS = np.array([0, 9], np.uint8)


def test_auto_falls_back_to_the_embedded_digits_and_says_so(capsys):
    digits = load_digits("test")
    assert (digits.source, digits.split, len(digits)) == ("embedded", "test", 382)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "embedded (scikit-learn), 382 test images" in said
    assert "ganbook data get digits" in said


def test_auto_takes_mnist_where_it_is(tiny_mnist, write_files, cache, capsys):
    write_files(cache / "mnist", tiny_mnist)
    digits = load_digits("train")
    assert (digits.source, digits.split, len(digits)) == ("mnist", "train", 40)
    assert capsys.readouterr().out == "digits: MNIST, 40 train images\n"


def test_embedded_when_asked_even_beside_mnist(tiny_mnist, write_files, cache, capsys):
    write_files(cache / "mnist", tiny_mnist)
    assert load_digits("test", "embedded").source == "embedded"
    assert "as asked" in capsys.readouterr().out


def test_auto_never_downloads(tiny_mnist, new_mirror, monkeypatch):
    mirror = new_mirror(tiny_mnist)
    monkeypatch.setattr(mnist, "MIRRORS", (mirror.url,))
    load_digits("test")
    assert mirror.requested == []


def test_mnist_when_asked_is_downloaded_once(tiny_mnist, new_mirror, monkeypatch, cache):
    mirror = new_mirror(tiny_mnist)
    monkeypatch.setattr(mnist, "MIRRORS", (mirror.url,))
    for split, n in (("train", 40), ("test", 20)):
        assert len(load_digits(split, "mnist")) == n
    assert sorted(mirror.requested) == sorted(tiny_mnist)
    assert sorted(path.name for path in (cache / "mnist").iterdir()) == sorted(tiny_mnist)


def test_mnist_when_asked_and_not_to_be_had(monkeypatch):
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:1/",))
    with pytest.raises(DataUnavailable, match="the embedded data need no download"):
        load_digits("train", "mnist")


def test_damaged_mnist_is_not_passed_over(tiny_mnist, write_files, cache):
    name = "t10k-images-idx3-ubyte.gz"
    write_files(cache / "mnist", tiny_mnist | {name: tiny_mnist[name][:-50]})
    with pytest.raises(UserError, match=f"{name} is damaged"):
        load_digits("test")


@pytest.mark.parametrize(
    ("split", "source", "message"),
    [
        ("validation", "auto", "unknown split 'validation': expected one of train, test"),
        ("train", "cifar", "unknown source 'cifar': expected one of auto, mnist, embedded"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(split, source, message):
    with pytest.raises(UserError, match=message):
        load_digits(split, source)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES.astype(np.float32), LABELS, r"expected uint8 \(n, 28, 28\), got float32"),
        (IMAGES[:, :27], LABELS, r"got uint8 \(2, 27, 28\)"),
        (IMAGES, LABELS[:1], r"expected uint8 \(2,\), got uint8 \(1,\)"),
        (IMAGES, LABELS.astype(np.int64), "got int64"),
        (IMAGES, LABELS + 1, "expected 0..9, got 10"),
    ],
)
def test_malformed_digits_are_refused(images, labels, message):
    with pytest.raises(UserError, match=message):
        Digits(images, labels, source="embedded", split="train")


def test_to_tensor_range_shape_and_type():
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16).repeat(2, axis=0)
    images.flags.writeable = False
    tensor = to_tensor(images)
    assert tensor.shape == (2, 1, 16, 16)
    assert tensor.dtype == torch.float32
    assert tensor.min() == -1
    assert tensor.max() == 1
    back = ((tensor + 1) * 127.5).round().to(torch.uint8).squeeze(1)
    np.testing.assert_array_equal(back.numpy(), images)


@pytest.mark.parametrize("images", [IMAGES.astype(float), IMAGES[0], torch.zeros(1, 28, 28, dtype=torch.uint8), [[0]]])
def test_to_tensor_refuses_anything_else(images):
    with pytest.raises(UserError, match=r"expected a uint8 array \(n, height, width\), got"):
        to_tensor(images)


def test_importing_the_room_is_light():
    code = (
        "import sys, ganbook.data.catalogue;"
        " print(sys.modules.keys() & {'sklearn', 'scipy', 'pooch', 'requests', 'PIL'})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
