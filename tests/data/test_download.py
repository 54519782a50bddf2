import errno
import hashlib
import multiprocessing
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time

import pytest

from ganbook.data.download import fetch
from ganbook.errors import DataUnavailable, UserError

CONTENT = bytes(range(256)) * 800
FILES = [("digits.gz", hashlib.sha256(CONTENT).hexdigest())]
OTHER = CONTENT[::-1]


@pytest.fixture
def good(new_mirror):
    return new_mirror({"digits.gz": CONTENT})


def only_the_file(folder):
    assert [path.name for path in folder.iterdir()] == ["digits.gz"]
    assert (folder / "digits.gz").read_bytes() == CONTENT


def test_downloads_into_a_new_folder_with_a_progress_bar(good, tmp_path, capsys):
    fetch(FILES, [good.url], tmp_path / "a" / "b")
    only_the_file(tmp_path / "a" / "b")
    assert "100%" in capsys.readouterr().err


def test_no_progress_bar_when_not_wanted(good, tmp_path, capsys):
    fetch(FILES, [good.url], tmp_path, progress=False)
    assert capsys.readouterr() == (f"downloading {good.url}digits.gz\n", "")


def test_a_whole_file_is_not_downloaded_again(good, tmp_path):
    (tmp_path / "digits.gz").write_bytes(CONTENT)
    fetch(FILES, [good.url], tmp_path)
    assert good.requested == []


def test_a_damaged_file_is_replaced(good, tmp_path):
    (tmp_path / "digits.gz").write_bytes(CONTENT[:1000])
    fetch(FILES, [good.url], tmp_path)
    only_the_file(tmp_path)


def test_a_damaged_file_stays_when_there_is_nothing_better(new_mirror, tmp_path):
    (tmp_path / "digits.gz").write_bytes(CONTENT[:1000])
    with pytest.raises(DataUnavailable):
        fetch(FILES, [new_mirror({"digits.gz": OTHER}).url], tmp_path)
    assert (tmp_path / "digits.gz").read_bytes() == CONTENT[:1000]


@pytest.mark.parametrize("fault", ["wrong checksum", "answered 404", "broke off the transfer", "cannot be reached"])
def test_next_mirror_is_tried(good, new_mirror, tmp_path, capsys, fault):
    bad = new_mirror({"digits.gz": OTHER})
    if fault == "answered 404":
        bad.files = {}
    elif fault == "broke off the transfer":
        bad.files, bad.cut_after = {"digits.gz": CONTENT}, 1000
    elif fault == "cannot be reached":
        bad.url = "http://127.0.0.1:1/"
    fetch(FILES, [bad.url, good.url], tmp_path)
    only_the_file(tmp_path)
    said = capsys.readouterr().out
    assert f"\ndigits.gz: {bad.url} " in said
    assert fault in said


@pytest.mark.parametrize(
    ("proxy", "advice"),
    [
        ("socks5h://127.0.0.1:1", "needs PySocks: install it"),
        ("socks4://127.0.0.1:1", "needs PySocks: install it"),
        ("http://127.0.0.1:1", "gives no way; set the right one"),
        ("no proxy", "gives no way; set the right one"),
        ("ftp://127.0.0.1:1", "gives no way; set the right one"),
    ],
)
def test_what_is_wrong_with_a_proxy_is_said(tmp_path, monkeypatch, proxy, advice):
    monkeypatch.setitem(sys.modules, "socks", None)
    for name in ("ALL_PROXY", "HTTP_PROXY", "NO_PROXY", "all_proxy", "https_proxy", "http_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(DataUnavailable, match=f"https://mirror.invalid/ cannot be reached.*: .*{advice}"):
        fetch(FILES, ["https://mirror.invalid/"], tmp_path)


def test_a_proxy_that_wants_a_password_is_named(good, tmp_path, monkeypatch):
    """The mirror's server plays the proxy: it knows no CONNECT, and says so."""
    for name in ("ALL_PROXY", "NO_PROXY", "all_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(good.server.RequestHandlerClass, "do_CONNECT", lambda self: self.send_error(407), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", good.url)
    with pytest.raises(
        DataUnavailable, match="407 Proxy Authentication Required.*: the proxy that HTTPS_PROXY.*USER:PASSWORD"
    ):
        fetch(FILES, ["https://mirror.invalid/"], tmp_path)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_of_a_certificate_that_is_not_trusted_it_is_said_how_to_trust_it(good, tmp_path, monkeypatch):
    """As behind a proxy that opens encrypted traffic; with the file that the message asks for it works."""
    made = tmp_path / "made.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    files = ["-keyout", made, "-out", tmp_path / "certificate.pem"]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    made.write_text(made.read_text() + (tmp_path / "certificate.pem").read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made)
    good.server.socket = context.wrap_socket(good.server.socket, server_side=True)
    url = good.url.replace("http://127.0.0.1", "https://localhost")
    monkeypatch.setenv("NO_PROXY", "localhost")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(
        DataUnavailable, match="cannot be reached safely .*certificate.*: .*set REQUESTS_CA_BUNDLE to a file"
    ):
        fetch(FILES, [url], tmp_path / "cache")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
    fetch(FILES, [url], tmp_path / "cache")
    only_the_file(tmp_path / "cache")


def test_all_mirrors_fail(new_mirror, tmp_path):
    empty, wrong = new_mirror({}), new_mirror({"digits.gz": OTHER})
    with pytest.raises(DataUnavailable) as caught:
        fetch(FILES, [empty.url, wrong.url], tmp_path)
    message = str(caught.value)
    assert f"{empty.url} answered 404 Not Found; {wrong.url} sent a file with the wrong checksum" in message
    assert "Check the network" in message
    assert "GANBOOK_DATA" in message
    assert list(tmp_path.iterdir()) == []


def test_folder_below_a_regular_file(good, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UserError, match="cannot be written .*set GANBOOK_CACHE to another folder"):
        fetch(FILES, [good.url], tmp_path / "file" / "cache")
    assert (tmp_path / "file").read_text() == "not a folder"


@pytest.mark.parametrize("code", [errno.EACCES, errno.ENOSPC, errno.EROFS], ids=errno.errorcode.get)
def test_forbidden_or_full_disk_is_not_blamed_on_the_mirror(good, tmp_path, monkeypatch, code):
    def refuse(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    with pytest.raises(UserError, match=f"cannot be written .{os.strerror(code)}"):
        fetch(FILES, [good.url, good.url], tmp_path)
    assert good.requested == []


def test_missing_pooch(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(DataUnavailable, match="Install pooch, or set GANBOOK_DATA"):
        fetch(FILES, [], tmp_path)


def start_process(mirror, folder):
    process = multiprocessing.get_context("spawn").Process(target=fetch, args=(FILES, [mirror.url], folder, False))
    process.start()
    return process


def test_two_processes_fill_the_cache_at_once(good, tmp_path):
    good.gate = threading.Barrier(2, timeout=60).wait
    processes = [start_process(good, tmp_path) for _ in range(2)]
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(good.requested) == 2
    only_the_file(tmp_path)


def test_killed_in_the_middle_of_a_download(good, tmp_path):
    half_sent, released = threading.Event(), threading.Event()

    def hold():
        half_sent.set()
        released.wait(60)

    good.gate = hold
    process = start_process(good, tmp_path)
    assert half_sent.wait(60)
    while not any(path.stat().st_size for path in tmp_path.iterdir()):
        time.sleep(0.01)
    process.kill()
    process.join(60)
    released.set()
    assert not (tmp_path / "digits.gz").exists()
    fetch(FILES, [good.url], tmp_path, progress=False)
    assert (tmp_path / "digits.gz").read_bytes() == CONTENT
