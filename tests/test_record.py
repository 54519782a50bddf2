import json
import math

import numpy as np
import pytest
import torch

from ganbook.errors import UserError
from ganbook.record import Record, load_metrics, metrics_path, peak_memory_mb, write_atomically


@pytest.fixture
def record(book) -> Record:
    return Record("toy", profile="smoke", seed=3, data="embedded")


def test_saved_record_is_what_the_contract_says(record):
    with record.section("analysis"):
        record.metric("accuracy_same_min", 0.98)
    record.metric("tv_same", np.float32(0.25), interval=(0.2, 0.3))
    record.metric_over_seeds("accuracy_different", [0.9, 1.0, 0.8])
    path = record.save()
    saved = json.loads(path.read_text())
    assert path == metrics_path("toy") and path.parent.name == "metrics"
    assert saved == load_metrics("toy")
    assert {key: saved[key] for key in ("slug", "profile", "seed", "data", "device")} == {
        "slug": "toy",
        "profile": "smoke",
        "seed": 3,
        "data": "embedded",
        "device": "cpu",
    }
    assert saved["metrics"] == {"accuracy_same_min": 0.98, "tv_same": 0.25, "accuracy_different": pytest.approx(0.9)}
    assert saved["intervals"]["tv_same"] == {"low": 0.2, "high": 0.3}
    assert saved["intervals"]["accuracy_different"] == {"low": 0.8, "high": 1.0, "seeds": [0.9, 1.0, 0.8]}
    assert saved["seconds"] >= saved["sections"]["analysis"] >= 0
    assert torch.__version__.startswith(saved["versions"]["torch"])  # the package index leaves "+cu130" out


def test_a_metric_is_recorded_once(record):
    record.metric("tv_same", 0.2)
    with pytest.raises(UserError, match="already recorded"):
        record.metric("tv_same", 0.3)
    with pytest.raises(UserError, match="already recorded"):
        record.metric_over_seeds("tv_same", [0.3])
    assert record.metrics == {"tv_same": 0.2}


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, "0.9", None, True, 1 + 2j, torch.tensor(0.5), np.array([0.5])]
)
def test_only_finite_numbers_are_recorded(record, value):
    with pytest.raises(UserError, match="tv_same"):
        record.metric("tv_same", value)
    with pytest.raises(UserError):
        record.metric_over_seeds("tv_same", [0.5, value])
    assert record.metrics == {} and record.intervals == {}


@pytest.mark.parametrize("name", ["", "Tv", "tv same", "tv-same", "1tv", "tv.same", 3, "ä"])
def test_names_are_lower_case_identifiers(record, name):
    with pytest.raises(UserError, match="lower case"):
        record.metric(name, 0.5)


def test_intervals_are_finite_and_upright(record):
    with pytest.raises(UserError, match="upside down"):
        record.metric("a", 0.5, interval=(0.6, 0.4))
    with pytest.raises(UserError, match="nan"):
        record.metric("a", 0.5, interval=(math.nan, 0.4))
    with pytest.raises(UserError, match="at least one"):
        record.metric_over_seeds("a", [])
    assert record.metrics == {} and record.intervals == {}


@pytest.mark.parametrize(
    "change", [{"profile": "Quick!"}, {"data": "auto"}, {"seed": "0"}, {"seed": True}, {"seed": 0.5}]
)
def test_a_record_knows_its_run(book, change):
    with pytest.raises(UserError):
        Record("toy", **{"profile": "smoke", "seed": 0, "data": "mnist"} | change)


def test_the_time_of_an_answer_is_the_median_of_calls_after_the_first(record, monkeypatch):
    waits, now = iter([9.0, 1.0, 5.0, 2.0]), [0.0]
    monkeypatch.setattr("ganbook.record.time.perf_counter", lambda: now[0])

    def answer():
        now[0] += next(waits)

    assert record.as_dict()["answer_seconds"] is None
    assert record.time_answer(answer, calls=3) == record.as_dict()["answer_seconds"] == 2


def test_sections_add_up_and_survive_errors(record):
    with record.section("train"):
        pass
    first = record.sections["train"]
    with pytest.raises(KeyError), record.section("train"):
        raise KeyError
    assert record.sections["train"] > first


def test_a_crash_while_saving_keeps_the_earlier_file(record, monkeypatch):
    record.metric("tv_same", 0.2)
    path = record.save()
    before = path.read_bytes()

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        record.save()
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_write_atomically_makes_folders_and_replaces(tmp_path):
    path = tmp_path / "a" / "b.txt"
    write_atomically(path, "one")
    write_atomically(path, "två")
    assert path.read_text(encoding="utf-8") == "två"


def test_loading_says_what_to_do(book):
    with pytest.raises(FileNotFoundError, match="ganbook run toy"):
        load_metrics("toy")
    for damaged in ("{", "[]", '{"slug": "toy"}', "\udcff"):
        metrics_path("toy").parent.mkdir(parents=True, exist_ok=True)
        metrics_path("toy").write_text(damaged, errors="surrogateescape")
        with pytest.raises(UserError, match="ganbook run toy"):
            load_metrics("toy")


def test_peak_memory_is_that_of_this_process():
    ballast = np.ones(30_000_000)
    assert 240 < peak_memory_mb() < 100_000
    assert ballast.sum() == 3e7
