import gzip
import hashlib
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganbook.data.idx import read_idx
from ganbook.errors import UserError

IMAGES = np.arange(3 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(3, 28, 28)


@pytest.fixture
def content(idx_bytes):
    return idx_bytes(IMAGES)


def test_plain_and_gzipped_files_read_alike(tmp_path, content):
    (tmp_path / "images").write_bytes(content)
    (tmp_path / "images.gz").write_bytes(gzip.compress(content))
    checksum = hashlib.sha256(content).hexdigest()
    for name in ("images", "images.gz"):
        read = read_idx(tmp_path / name, IMAGES.shape, checksum)
        np.testing.assert_array_equal(read, IMAGES)
        assert read.dtype == np.uint8
        assert read.flags.writeable


DAMAGES = {
    "empty": (lambda c: b"", "magic number is missing, expected 00000803"),
    "another format": (lambda c: b"\x89PNG" + c[4:], "magic number is 89504e47, expected 00000803"),
    "labels, not images": (
        lambda c: struct.pack(">II", 0x0801, 3) + bytes(3),
        "magic number is 00000801, expected 00000803",
    ),
    "cut in the header": (lambda c: c[:10], "ends inside its header, after 10 of 16 bytes"),
    "wrong count": (
        lambda c: c[:4] + struct.pack(">I", 4) + c[8:],
        "announces 4 x 28 x 28 bytes, expected 3 x 28 x 28",
    ),
    "short payload": (lambda c: c[:-100], "2,252 bytes follow its header, expected 2,352"),
    "long payload": (lambda c: c + b"x", "2,353 bytes follow its header, expected 2,352"),
    "one bit flipped": (lambda c: c[:-1] + bytes([c[-1] ^ 1]), "another checksum than the published file"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("packed", [True, False], ids=["gzipped", "plain"])
def test_damage_is_named_and_nothing_is_deleted(tmp_path, content, damage, message, packed):
    path = tmp_path / ("images.gz" if packed else "images")
    damaged = gzip.compress(damage(content)) if packed else damage(content)
    path.write_bytes(damaged)
    with pytest.raises(UserError, match=message) as caught:
        read_idx(path, IMAGES.shape, hashlib.sha256(content).hexdigest())
    assert str(path) in str(caught.value)
    assert "ganbook data get digits" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed[:5],
        lambda packed: b"",
        lambda packed: b"<html>",
        lambda packed: packed[:40] + b"\xff" * 40 + packed[80:],
        lambda packed: packed + b"tail",
    ],
    ids=["half", "header", "empty", "a web page", "overwritten", "tail"],
)
def test_bad_gzip_is_refused(tmp_path, content, damage):
    path = tmp_path / "images.gz"
    path.write_bytes(damage(gzip.compress(content)))
    with pytest.raises(UserError, match="cannot be unpacked|magic number is missing"):
        read_idx(path, IMAGES.shape)
    assert path.exists()


@settings(deadline=None)
@given(junk=st.binary(max_size=200), packed=st.booleans())
def test_hostile_files_never_raise_anything_else(tmp_path_factory, junk, packed):
    path = tmp_path_factory.mktemp("junk") / ("file.gz" if packed else "file")
    path.write_bytes(junk)
    with pytest.raises(UserError):
        read_idx(path, (3, 28, 28))


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match="cannot be read .*Is a directory"):
        read_idx(tmp_path, (3,))
    with pytest.raises(UserError, match="cannot be read .*No such file"):
        read_idx(tmp_path / "absent", (3,))
