import csv
import json

import pytest
import torch

from ganbook.errors import UserError
from ganbook.training import read_curves
from ganbook.training.curves import CurveWriter, Means, curves_csv


def write(folder, *steps, start=0):
    with CurveWriter(folder, start) as curves:
        for step in steps:
            curves.append(step, step / 10, {"loss": step / 4} if step % 2 else {"loss": step / 4, "penalty": 1.0})


def test_written_lines_come_back(tmp_path):
    write(tmp_path, 1, 2, 3)
    curves = read_curves(tmp_path)
    assert curves["step"] == [1, 2, 3] and curves["seconds"] == [0.1, 0.2, 0.3]
    assert curves["loss"] == [0.25, 0.5, 0.75] and curves["penalty"] == [None, 1.0, None]
    assert all(rate > 0 for rate in curves["rate"])


def test_each_line_is_on_disk_at_once(tmp_path):
    with CurveWriter(tmp_path, 0) as curves:
        curves.append(5, 1.0, {"loss": 2.0})
        assert read_curves(tmp_path)["step"] == [5]


def test_csv_says_the_same(tmp_path):
    write(tmp_path, 1, 2, 3)
    from_jsonl = read_curves(tmp_path)
    (tmp_path / "curves.csv").write_text(curves_csv(tmp_path))
    (tmp_path / "curves.jsonl").unlink()
    for name, values in read_curves(tmp_path).items():
        assert values == [None if each is None else pytest.approx(each, rel=6e-5) for each in from_jsonl[name]]


def test_csv_has_no_more_digits_than_anybody_sees(tmp_path):
    with CurveWriter(tmp_path, 0) as curves:
        curves.append(5, 12_345.678, {"loss": 1 / 3, "tiny": 1.23456789e-9, "many": 123_456})
    (found,) = csv.DictReader(curves_csv(tmp_path).splitlines())
    assert (found["loss"], found["tiny"], found["many"]) == ("0.33333", "1.2346e-09", "123456")
    assert found["step"] == "5" and found["seconds"] == "12346"


def test_resuming_drops_later_and_half_lines(tmp_path):
    write(tmp_path, 10, 20, 30)
    with open(tmp_path / "curves.jsonl", "a") as file:
        file.write('{"step": 40, "los')
    write(tmp_path, 25, start=20)
    assert read_curves(tmp_path)["step"] == [10, 20, 25]
    assert all(json.loads(line) for line in (tmp_path / "curves.jsonl").read_text().splitlines())


def test_nothing_there_or_damaged(tmp_path):
    with pytest.raises(UserError, match=f"no training curves in {tmp_path}"):
        read_curves(tmp_path)
    (tmp_path / "curves.jsonl").write_text('{"step": 1}\nnonsense\n{"step": 2}\n')
    with pytest.raises(UserError, match="is damaged"):
        read_curves(tmp_path)
    (tmp_path / "curves.jsonl").unlink()
    (tmp_path / "curves.csv").write_text("step,loss\n1,abc\n")
    with pytest.raises(UserError, match="is damaged"):
        read_curves(tmp_path)


def test_means_over_the_steps_that_logged():
    means = Means()
    means.add({"loss": torch.tensor(1.0, requires_grad=True), "penalty": 4})
    means.add({"loss": torch.tensor(2.0)})
    assert means.peek() == {"loss": 1.5, "penalty": 4.0}
    assert means.take() == {"loss": 1.5, "penalty": 4.0}
    assert means.take() == {}
