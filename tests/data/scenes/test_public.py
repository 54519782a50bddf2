"""The loader of the public abstract scenes, on small releases of that format made here."""

import hashlib
import http.server
import io
import json
import re
import shutil
import threading
import zipfile

import pytest
import torch
from PIL import Image

from ganbook.data import catalogue, download, scenes
from ganbook.data.scenes import compose, public, to_json
from ganbook.errors import DataUnavailable, UserError

N = 24
RED, GREEN = (200, 30, 40), (30, 160, 60)


@pytest.fixture(autouse=True)
def build(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path / "build"))


def instance(name="Doll03", sort="human", z=1, present=True, **more):
    return {"name": name, "type": sort, "z": z, "x": 100, "y": 200, "flip": 0, "present": present} | more


def scene(*instances, kind="Living"):
    groups = [{"numInstance": 1, "smallestUnusedInstanceIdx": 1, "instance": [each]} for each in instances]
    return {
        "file_name": "some.png",
        "scene": {"sceneType": kind, "sceneConfigFile": "x.json", "availableObject": groups},
    }


def release():
    """Content by name: pictures, scene files, captions."""
    files, captions = {}, []
    for number in range(N):
        picture = io.BytesIO()
        Image.new("RGBA", (700, 400), GREEN if number % 2 else RED).save(picture, "PNG")
        files[public.file_name(number, "png")] = picture.getvalue()
        kind = "Park" if number % 2 else "Living-All"
        found = [instance(f"Doll{number % 20 + 1:02d}"), instance("Doll01", z=4), instance("dog", "animal", poseID=2),
                 instance("sofa", "largeObject", present=False)]  # fmt: skip
        files[public.file_name(number, "json")] = json.dumps(scene(*found, kind=kind)).encode()
        captions += [
            {"image_id": number, "id": 10 * number + k, "caption": f"Caption {k}  of {number}."} for k in range(5)
        ]
    files["captions_abstract_v002_train2015.json"] = json.dumps({"info": {}, "annotations": captions}).encode()
    return files


def archive(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as out:
        for name, content in files.items():
            out.writestr(f"folder/{name}", content)
    return packed.getvalue()


def archives(files):
    """The three public files."""
    kinds = [re.compile(r"\.png$"), re.compile(r"v002_train2015_\d+\.json$"), re.compile("captions")]
    names = [name.rpartition("/")[2] for name in public.ARCHIVES]
    return {
        name: archive({each: content for each, content in files.items() if kind.search(each)})
        for name, kind in zip(names, kinds, strict=True)
    }


def put(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def everything(folder, **how):
    found = [public.public_scenes(folder, split, height=15, progress=False, **how) for split in scenes.SPLITS]
    return [scenes for scenes, _ in found], found[0][1]


@pytest.mark.parametrize("packed", [True, False], ids=["archives", "unpacked"])
def test_every_picture_is_read_once(tmp_path, packed):
    files = release()
    folder = put(tmp_path / "own", archives(files) if packed else files)
    splits, report = everything(folder)
    splits = [split for split in splits if len(split)]
    assert sum(map(len, splits)) == N == report.pictures == report.used and not report.problems
    numbers = torch.cat([split.numbers for split in splits])
    assert sorted(numbers.tolist()) == list(range(N))
    for split in splits:
        assert split.source == "vqa" and split.thing_names == ("dog",) and split.things.all()
        assert torch.equal(split.outdoors, split.numbers % 2) and torch.equal(split.people, split.numbers % 20)
        assert split.places.eq(-1).all() and split.pictures.shape[1:] == (3, 15, 26)
        for row, number in enumerate(split.numbers.tolist()):
            assert split.captions[row] == tuple(f"Caption {k} of {number}." for k in range(5))
            assert split.pictures[row, :, 7, 7].tolist() == list(GREEN if number % 2 else RED)


def test_what_is_odd_is_counted_and_the_rest_kept(tmp_path):
    files = release()
    files[public.file_name(2, "png")] = files[public.file_name(2, "png")][:200]
    files[public.file_name(3, "png")] = b"junk"
    files[public.file_name(4, "json")] = b"{"
    files[public.file_name(5, "json")] = json.dumps(scene(instance(), kind="Moon")).encode()
    del files[public.file_name(6, "json")]
    files[public.file_name(7, "json")] = json.dumps(scene(instance("dog", "animal"))).encode()
    files[public.file_name(8, "json")] = json.dumps(scene(instance("Mike"))).encode()
    files[public.file_name(9, "json")] = json.dumps(scene(instance(), instance("ufo", "vehicle"))).encode()
    told = json.loads(files["captions_abstract_v002_train2015.json"])
    told["annotations"] = [each for each in told["annotations"] if each["image_id"] != 10]
    told["annotations"] += [None, {"image_id": "x", "caption": "a"}, {"image_id": 10, "caption": "  "}, {"caption": 3}]
    files["captions_abstract_v002_train2015.json"] = json.dumps(told).encode()
    folder = put(tmp_path / "own", files)
    loaded = [public.public_scenes(folder, split, height=15, progress=False) for split in scenes.SPLITS]
    report = loaded[0][1]
    assert report.count(public.NO_SCENE) == 3 and report.count(public.NO_CAPTION) == 1
    assert report.count(public.NO_PERSON) == 2 and report.count(public.UNKNOWN) == 1
    assert sum(report.count(public.UNREADABLE) for _, report in loaded) == 2
    assert sum(len(split) for split, _ in loaded) == N - 6
    people = {int(n): int(p) for split, _ in loaded for n, p in zip(split.numbers, split.people, strict=True)}
    assert people[7] == people[8] == -1 and people[9] == 2
    assert all(split.thing_names == ("dog", "ufo") for split, _ in loaded)
    assert "3 left out because the scene file is missing or cannot be read (4: JSONDecodeError, 5: KeyError" in str(
        report
    )
    again = public.public_scenes(folder, "train", height=15, progress=False)
    assert str(again[1]) == str(report) and torch.equal(again[0].pictures, loaded[0][0].pictures)


def test_a_damaged_archive_is_told(tmp_path):
    packed = archives(release())
    name = public.ARCHIVES[0].rpartition("/")[2]
    folder = put(tmp_path / "own", packed | {name: packed[name][: len(packed[name]) // 2]})
    with pytest.raises(
        UserError, match="no abstract scenes that can be used: 0 of 0 .* 1 archives that cannot be read"
    ):
        public.public_scenes(folder, "train", progress=False)


def test_one_flipped_byte_costs_one_picture(tmp_path):
    packed = archives(release())
    name = public.ARCHIVES[0].rpartition("/")[2]
    broken = bytearray(packed[name])
    broken[600] ^= 255
    splits, _ = everything(put(tmp_path / "own", packed | {name: bytes(broken)}))
    assert sum(map(len, splits)) == N - 1


@pytest.mark.parametrize("content", [None, b"{", b"[]", b'{"annotations": 3}'])
def test_captions_that_are_none(tmp_path, content):
    files = release()
    del files["captions_abstract_v002_train2015.json"]
    files |= {"captions_abstract_v002_train2015.json": content} if content else {}
    with pytest.raises(UserError, match="missing or is no list of captions in the format of MSCOCO"):
        public.public_scenes(put(tmp_path / "own", files), "train", progress=False)


def test_a_changed_file_is_read_again(tmp_path):
    files = release()
    folder = put(tmp_path / "own", files)
    everything(folder)
    put(
        folder, {public.file_name(1, "json"): json.dumps(scene(instance("Doll20"), instance("cat", "animal"))).encode()}
    )
    splits, _ = everything(folder)
    assert splits[0].thing_names == ("cat", "dog")


def test_our_own_scene_files_are_read_by_the_same_reader(tmp_path):
    files, pictures, drawn = {}, release(), [compose(number) for number in range(30)]
    for number, each in enumerate(drawn):
        content = to_json(each)
        for group in content["scene"]["availableObject"]:
            for one in group["instance"]:
                one["name"] = one["name"].replace("Person", "Doll")
        files[public.file_name(number, "png")] = pictures[public.file_name(number % N, "png")]
        files[public.file_name(number, "json")] = json.dumps(content).encode()
    told = [{"image_id": number, "caption": "a"} for number in range(30)]
    files["captions_abstract_v002_train2015.json"] = json.dumps({"annotations": told}).encode()
    (train, *_), report = everything(put(tmp_path / "own", files))
    assert not report.problems
    for row, number in enumerate(train.numbers.tolist()):
        assert train.people[row] == drawn[number].person
        assert train.outdoors[row] == int(not scenes.PLACES[drawn[number].place].indoors)


# Where it lies


@pytest.mark.parametrize("inside", [".", "vqa", "Abstract_v002"])
def test_it_is_found_in_the_persons_folder_and_used(tmp_path, monkeypatch, capsys, inside):
    assert public.find() is None and catalogue.status("scenes")["source"] == "embedded"
    own = tmp_path / "own"
    put(own / inside, archives(release()))
    monkeypatch.setenv("GANBOOK_DATA", str(own))
    found = scenes.scenes("train", height=15, progress=False)
    assert found.source == "vqa" and "VQA abstract scenes" in capsys.readouterr().out
    status = catalogue.status("scenes")
    assert status["source"] == "vqa" and status["verified"] and catalogue.fetch("scenes") == (own / inside).resolve()
    assert scenes.scenes("test", "embedded", n=1, height=15, progress=False).source == "embedded"


def test_too_few_pictures_for_a_split(tmp_path, monkeypatch):
    files = {
        name: content
        for name, content in release().items()
        if "caption" in name or public.file_name(0, "")[:-1] in name
    }
    monkeypatch.setenv("GANBOOK_DATA", str(put(tmp_path / "own", files)))
    assert len(scenes.scenes("train", height=15, progress=False)) == 1
    with pytest.raises(UserError, match="too few pictures: none of them belongs to the test split"):
        scenes.scenes("test", height=15, progress=False)


def test_a_persons_folder_that_does_not_exist(monkeypatch, tmp_path):
    monkeypatch.setenv("GANBOOK_DATA", str(tmp_path / "typo"))
    with pytest.raises(UserError, match="not a folder"):
        public.find()
    assert "not a folder" in catalogue.status("scenes")["problem"]


# Download


class Mirror(http.server.ThreadingHTTPServer):
    """Serves bytes by their last name, parts of them too, and can break off."""

    def __init__(self, files):
        self.files, self.cut, self.asked = files, None, []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        content = self.server.files.get(self.path.rpartition("/")[2])
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        self.server.asked.append((self.path, start))
        if content is None or (start and start >= len(content)):
            self.send_error(404 if content is None else 416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : self.server.cut])

    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Mirror(archives(release()))
    monkeypatch.setattr(public, "MIRRORS", (server.url,))
    yield server
    server.shutdown()
    server.server_close()


def test_download_notes_checksums_and_is_done_once(mirror, cache, capsys):
    folder = catalogue.fetch("scenes", progress=False)
    assert folder == cache / "abstract_v002" == public.find()
    assert [path for path, _ in mirror.asked] == [f"/{name}" for name in public.ARCHIVES]
    noted = json.loads((folder / public.SUMS).read_text())
    assert noted == {name: hashlib.sha256(content).hexdigest() for name, content in mirror.files.items()}
    catalogue.fetch("scenes", progress=False)
    assert len(mirror.asked) == 3 and not list(folder.glob("*.part"))
    assert scenes.scenes("train", "vqa", height=15, progress=False).source == "vqa"


def test_a_transfer_that_broke_off_goes_on(mirror, cache, monkeypatch):
    monkeypatch.setattr(download, "PIECE", 1000)
    mirror.cut = 5000
    with pytest.raises(DataUnavailable, match="broke off the transfer"):
        public.download(progress=False)
    (part,) = (cache / "abstract_v002").glob("*.part")
    assert part.stat().st_size == 5000
    mirror.cut = None
    public.download(progress=False)
    assert [start for _, start in mirror.asked[:2]] == [0, 5000]
    name = public.ARCHIVES[0].rpartition("/")[2]
    assert (cache / "abstract_v002" / name).read_bytes() == mirror.files[name]


def test_a_part_that_is_too_long_is_begun_again(mirror, cache):
    name = public.ARCHIVES[0].rpartition("/")[2]
    put(cache / "abstract_v002", {f"{name}.part": b"x" * (len(mirror.files[name]) + 5)})
    public.download(progress=False)
    assert (cache / "abstract_v002" / name).read_bytes() == mirror.files[name]


def test_an_archive_that_comes_damaged_is_removed(mirror, cache):
    name = public.ARCHIVES[1].rpartition("/")[2]
    good = mirror.files[name]
    mirror.files[name] = good[:-300] + b"0" * 300
    with pytest.raises(UserError, match=f"{name} came damaged .* was removed"):
        public.download(progress=False)
    assert not (cache / "abstract_v002" / name).exists()
    mirror.files[name] = good
    assert public.download(progress=False) and len(mirror.asked) == 4


def test_a_file_that_changed_since_is_fetched_again(mirror, cache):
    folder = public.download(progress=False)
    name = public.ARCHIVES[2].rpartition("/")[2]
    (folder / name).write_bytes(b"something else")
    public.download(progress=False)
    assert (folder / name).read_bytes() == mirror.files[name]


def test_nothing_to_be_had(mirror, cache):
    mirror.files = {}
    with pytest.raises(DataUnavailable, match="answered 404"):
        scenes.scenes("train", "vqa", progress=False)
    shutil.rmtree(cache, ignore_errors=True)
    assert scenes.scenes("test", "auto", n=1, height=15, progress=False).source == "embedded"
