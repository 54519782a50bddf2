import gzip

import numpy as np
import pytest

from ganbook.data import load_digits, mnist
from ganbook.errors import UserError

IMAGES = "train-images-idx3-ubyte.gz"


def test_nothing_is_found_on_an_empty_machine():
    assert mnist.find() is None


@pytest.mark.parametrize("inside", [".", "mnist", "MNIST", "MNIST/raw", "raw"])
@pytest.mark.parametrize("dot", [False, True], ids=["dash", "dot"])
@pytest.mark.parametrize("packed", [True, False], ids=["gzipped", "plain"])
def test_data_folder_holds_mnist_or_is_its_folder(
    tmp_path, monkeypatch, tiny_mnist, write_files, make_digits, inside, packed, dot
):
    files = (
        tiny_mnist if packed else {name.removesuffix(".gz"): gzip.decompress(data) for name, data in tiny_mnist.items()}
    )
    files = {name.replace("-idx", ".idx") if dot else name: data for name, data in files.items()}
    folder = write_files(tmp_path / "own" / inside, files)
    monkeypatch.setenv("GANBOOK_DATA", str(tmp_path / "own"))
    assert mnist.find() == folder
    for split, n in (("train", 40), ("test", 20)):
        images, labels = mnist.load(folder, split)
        np.testing.assert_array_equal(images, make_digits(n).images)
        np.testing.assert_array_equal(labels, make_digits(n).labels)


def test_data_folder_comes_before_the_cache(tmp_path, monkeypatch, tiny_mnist, write_files, cache):
    write_files(cache / "mnist", tiny_mnist)
    assert mnist.find() == cache / "mnist"
    own = write_files(tmp_path / "own", {})
    monkeypatch.setenv("GANBOOK_DATA", str(own))
    assert mnist.find() == cache / "mnist"
    write_files(own, tiny_mnist)
    assert mnist.find() == own


def test_data_folder_that_does_not_exist(monkeypatch, tmp_path):
    monkeypatch.setenv("GANBOOK_DATA", str(tmp_path / "typo"))
    with pytest.raises(UserError, match="typo, which is not a folder. Point it at your data folder, or unset it"):
        mnist.find()


def test_data_folder_without_mnist_is_said(monkeypatch, tmp_path, tiny_mnist, write_files, capsys):
    assert mnist.without_effect() is None
    own = write_files(tmp_path / "own", {"train-images.png": b"a picture"})
    monkeypatch.setenv("GANBOOK_DATA", str(own))
    with pytest.raises(
        UserError, match=f"GANBOOK_DATA has no effect: no MNIST was found in {own}. Looked for {IMAGES}"
    ):
        load_digits("train", "mnist")
    load_digits("test", "auto")
    said = capsys.readouterr().out
    assert "(GANBOOK_DATA has no effect: no MNIST was found there;" in said and str(own) not in said, (
        "a page keeps this line"
    )
    write_files(own, tiny_mnist)
    assert mnist.without_effect() is None


def test_data_folder_with_a_file_missing(monkeypatch, tmp_path, tiny_mnist, write_files):
    del tiny_mnist[IMAGES]
    monkeypatch.setenv("GANBOOK_DATA", str(write_files(tmp_path / "own", tiny_mnist)))
    with pytest.raises(UserError, match=f"only in part, without {IMAGES}"):
        mnist.find()


def test_half_filled_cache_counts_as_empty(tiny_mnist, write_files, cache):
    del tiny_mnist[IMAGES]
    write_files(cache / "mnist", tiny_mnist)
    assert mnist.find() is None


def test_cache_below_a_regular_file_holds_nothing(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("GANBOOK_CACHE", str(tmp_path / "file" / "cache"))
    assert mnist.find() is None


def test_whole_files_of_another_data_set_are_refused(tmp_path, tiny_mnist, write_files, make_digits, idx_bytes):
    other = make_digits(41).images[1:]
    tiny_mnist[IMAGES] = gzip.compress(idx_bytes(other))
    folder = write_files(tmp_path / "own", tiny_mnist)
    with pytest.raises(
        UserError, match=f"{IMAGES} is damaged or not the expected file: its content has another checksum"
    ):
        mnist.check(folder)


def test_published_facts():
    for split, n in (("train", 60_000), ("test", 10_000)):
        assert [file.shape for file in mnist.SPLITS[split]] == [(n, 28, 28), (n,)]
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in mnist.MIRRORS)
