"""The download of dated paintings, from a server on this machine that speaks the formats of Wikidata and Commons."""

import http.server
import io
import json
import threading
from collections import Counter
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.data import catalogue, download
from ganbook.data.paintings import commons, paintings
from ganbook.data.report import Report
from ganbook.errors import DataUnavailable, UserError

N = 24


def jpeg(k, size=(500, 380)):
    out = io.BytesIO()
    values = np.random.default_rng(k).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    Image.fromarray(values).resize(size).save(out, "JPEG")
    return out.getvalue()


def row(k, date=None, precision=9, file=None, label=None):
    """A row of an answer in the format of SPARQL results as JSON."""
    base = "http://www.wikidata.org/entity"
    file = file or f"Van%20Gogh%20-%20Landschaft%20{k}%20D%C3%BCnen.jpg"
    return {
        "item": {"type": "uri", "value": f"{base}/Q{1000 + k}"},
        "itemLabel": {"xml:lang": "en", "type": "literal", "value": label or f"Landscape {k}"},
        "date": {"type": "literal", "value": date or f"{1881 + k % 10}-01-01T00:00:00Z"},
        "precision": {"type": "literal", "value": str(precision)},
        "image": {"type": "uri", "value": f"http://commons.wikimedia.org/wiki/Special:FilePath/{file}"},
    }


def answer(rows):
    head = {"vars": ["item", "itemLabel", "date", "precision", "image"]}
    return json.dumps({"head": head, "results": {"bindings": rows}}).encode()


class Server(http.server.ThreadingHTTPServer):
    """Answers the query, sends thumbnails round a corner as Commons does, and can be busy."""

    def __init__(self):
        self.list, self.busy, self.asked, self.headers = answer([row(k) for k in range(N)]), [], [], []
        self.files = {f"Van Gogh - Landschaft {k} Dünen.jpg": jpeg(k) for k in range(N)}
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        where = urlsplit(self.path)
        query, name = parse_qs(where.query), unquote(where.path.rpartition("/")[2])
        self.server.asked.append((name, query))
        self.server.headers.append(self.headers)
        if self.server.busy:
            self.refuse(*self.server.busy.pop(0))
        elif name == "sparql":
            self.give(self.server.list, "application/sparql-results+json")
        elif name not in self.server.files:
            self.send_error(404)
        elif "/thumb/" not in where.path:
            self.send_response(301)
            self.send_header("Location", f"/thumb/{where.path.rpartition('/')[2]}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.give(self.server.files[name], "image/jpeg")

    def refuse(self, code, after):
        self.send_response(code)
        self.send_header("Content-Length", "0")
        if after is not None:
            self.send_header("Retry-After", after)
        self.end_headers()

    def give(self, content, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def waits(monkeypatch):
    """The seconds that were waited, without waiting."""
    found = []
    monkeypatch.setattr(download.time, "sleep", found.append)
    return found


@pytest.fixture
def server(monkeypatch, waits, tmp_path):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path / "build"))
    found = Server()
    monkeypatch.setattr(commons, "LIST_URL", f"{found.url}sparql")
    monkeypatch.setattr(commons, "FILE_URL", f"{found.url}wiki/Special:FilePath/")
    yield found
    found.shutdown()
    found.server_close()


def everything(**how):
    found = [commons.commons_paintings(split, progress=False, **how) for split in ("train", "dev", "test")]
    return [split for split, _ in found], found[0][1]


def test_download_and_read(server):
    splits, report = everything()
    assert [len(split) for split in splits] == [20, 2, 2] and str(report) == f"{N} of {N} pictures are used"
    for split in splits:
        assert split.source == "commons" and split.pictures.shape[1:] == (3, 64, 64)
        assert split.pictures.dtype == torch.uint8 and split.years.dtype == torch.float32
        for title, year, page in zip(split.titles, split.years.tolist(), split.sources, strict=True):
            k = int(title.split()[1])
            assert year == 1881.5 + k % 10 and page == f"File:Van Gogh - Landschaft {k} Dünen.jpg"
    name, query = server.asked[0]
    assert name == "sparql" and query["format"] == ["json"] and "wd:Q5582" in query["query"][0]
    assert [query.get("width") for name, query in server.asked[1:3]] == [["500"], None]
    assert {headers["User-Agent"].partition(" ")[0] for headers in server.headers} == {"ganbook/0.1"}


def test_who_asks_can_be_told(server, monkeypatch):
    monkeypatch.setenv("GANBOOK_CONTACT", "teacher@school.example")
    commons.download(progress=False)
    assert all("teacher@school.example" in headers["User-Agent"] for headers in server.headers)


def test_nothing_is_asked_for_twice_and_there_is_a_pause(server, waits, cache):
    commons.download(progress=False)
    n = len(server.asked)
    assert n == 1 + 2 * N and waits == [download.PAUSE_SECONDS] * (N + 1)
    commons.download(progress=False)
    assert len(server.asked) == n and not list(cache.rglob("*.part"))
    noted = json.loads((cache / "van_gogh" / commons.SUMS).read_text())
    assert len(noted) == N and all(len(each) == 64 for each in noted.values())


def test_a_download_that_was_stopped_goes_on(server, monkeypatch, cache):
    bring = commons._bring

    def stop(work, *rest):
        if work.item == "Q1009":
            raise KeyboardInterrupt
        return bring(work, *rest)

    monkeypatch.setattr(commons, "_bring", stop)
    with pytest.raises(KeyboardInterrupt):
        commons.download(progress=False)
    monkeypatch.setattr(commons, "_bring", bring)
    commons.download(progress=False)
    assert Counter(name for name, _ in server.asked).most_common(1)[0][1] == 2  # asked once, and sent round once
    assert everything(fetch=False)[1].used == N


@pytest.mark.parametrize("after", ["7", None, "date"])
def test_a_busy_server_is_asked_again(server, waits, after):
    server.busy = [(429, formatdate(download.time.time() + 30, usegmt=True) if after == "date" else after), (503, None)]
    assert not commons.download(progress=False).problems
    assert waits[1] == 2 and waits[0] == pytest.approx({"7": 7, None: 1, "date": 30}[after], abs=2)


def test_a_server_that_stays_busy(server, waits):
    server.busy = [(503, "100000")] * 99
    with pytest.raises(DataUnavailable, match="list of paintings could not be downloaded: .* answered 503"):
        commons.download(progress=False)
    assert waits == [download.LONGEST_WAIT] * (download.TRIES - 1)


def test_the_network_goes_in_the_middle_and_what_came_is_used(server, capsys, cache):
    commons.download(progress=False)
    for k in (3, 7, 9, 11):
        (cache / "van_gogh" / f"Q{1000 + k}-500.jpg").unlink()
    server.busy = [(500, None)] * 99
    splits, report = everything()
    assert "the download stopped" in capsys.readouterr().out
    assert report.used == N - 4 == sum(map(len, splits))
    assert report.count(commons.REFUSED) + report.count(commons.NOT_HERE) == 4


def test_no_network_at_all(server, monkeypatch, cache):
    server.shutdown()
    server.server_close()
    with pytest.raises(DataUnavailable, match="list of paintings could not be downloaded: .*cannot be reached"):
        paintings("train", "commons", progress=False)
    (cache / "van_gogh").mkdir(parents=True, exist_ok=True)
    (cache / "van_gogh" / commons.LIST).write_bytes(server.list)
    with pytest.raises(DataUnavailable, match="no painting could be downloaded: .*Check the network and run again"):
        paintings("train", "commons", progress=False)


def test_a_file_that_changed_at_the_source_is_told(server, cache):
    commons.download(progress=False)
    server.files["Van Gogh - Landschaft 5 Dünen.jpg"] = jpeg(99)
    assert everything()[1].used == N  # what is here is still what was recorded
    (cache / "van_gogh" / "Q1005-500.jpg").write_bytes(b"damaged")
    report = everything()[1]
    assert report.used == N - 1 and report.problems == {commons.CHANGED: ["Q1005"]}
    sums = cache / "van_gogh" / commons.SUMS
    noted = json.loads(sums.read_text())
    del noted["Q1005-500.jpg"]
    sums.write_text(json.dumps(noted))
    (cache / "van_gogh" / "Q1005-500.jpg").unlink(missing_ok=True)
    assert everything()[1].used == N


def test_a_file_that_was_damaged_here_is_fetched_again(server, cache):
    commons.download(progress=False)
    (cache / "van_gogh" / "Q1005-500.jpg").write_bytes(b"damaged")
    assert everything()[1].used == N


def test_pictures_that_cannot_be_used_are_told(server):
    del server.files["Van Gogh - Landschaft 1 Dünen.jpg"]
    server.files["Van Gogh - Landschaft 2 Dünen.jpg"] = b"<html>sorry</html>"
    server.files["Van Gogh - Landschaft 3 Dünen.jpg"] = jpeg(3, (500, 160))
    splits, report = everything()
    assert report.used == N - 3 == sum(map(len, splits)) and report.pictures == N
    assert report.problems == {
        commons.REFUSED: ["Q1001: 404"],
        commons.UNREADABLE: ["Q1002"],
        "left out because one side is more than 3 times the other": ["Q1003"],
    }


def test_dates_of_the_list():
    rows = [
        row(0, "1888-06-01T00:00:00Z", 10),
        row(1, "1888-06-16T00:00:00Z", 11),
        row(2, "1880-01-01T00:00:00Z", 8),
        row(3, "1885-01-01T00:00:00Z"),
        row(3, "1886-01-01T00:00:00Z"),
        row(4, "t123456"),
        {"item": {"value": "http://www.wikidata.org/entity/Q7"}},
        row(5, "1888-00-00T00:00:00Z", 9),
        None,
    ]
    report = Report()
    works = commons.read_list(answer(rows), report)
    assert [work.item for work in works] == ["Q1000", "Q1001", "Q1003", "Q1005"]
    expected = [1888 + 5.5 / 12, 1888 + (5 + 15.5 / 31) / 12, 1886.0, 1888.5]
    assert [work.year for work in works] == pytest.approx(expected)
    assert works[0].file == "Van Gogh - Landschaft 0 Dünen.jpg"
    assert report.count(commons.VAGUE) == 1 and report.count(commons.ODD) == 3 and report.count(commons.SEVERAL) == 1
    assert report.pictures == 8


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"<html>", b'{"results": 3}'])
def test_a_list_that_is_none(server, cache, content):
    good, server.list = server.list, content
    with pytest.raises(DataUnavailable, match="sent no list of paintings"):
        commons.download(progress=False)
    server.list = good
    assert not commons.download(progress=False).problems


def test_too_few(server):
    server.list = answer([row(k) for k in range(5)])
    with pytest.raises(UserError, match="too few pictures, at least 20 are needed: 5 of 5 pictures are used"):
        commons.commons_paintings("train", progress=False)


def test_auto_takes_what_was_downloaded_and_never_downloads(server, capsys):
    assert catalogue.status("paintings")["source"] == "embedded"
    assert catalogue.fetch("paintings", progress=False) == commons.cache_folder()
    n = len(server.asked)
    assert catalogue.status("paintings")["source"] == "commons"
    found = paintings("train", progress=False)
    assert found.source == "commons" and len(server.asked) == n
    assert "van Gogh, Wikidata and Commons, 20 train pictures; 24 of 24" in capsys.readouterr().out


def test_progress_is_shown(server, capsys):
    commons.download(progress=True)
    assert "downloading paintings" in capsys.readouterr().err
