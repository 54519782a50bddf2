import pytest

from ganbook.errors import UserError
from ganbook.publishing import bands

FILE = """
smoke:
  embedded:
    found: {seeds: [0, 1, 2], date: 2026-11-20, note: one thread}
    metrics:
      accuracy: {low: 0.9, high: 1.0}
      tv_same: {low: 0.2, high: 0.4}
"""


def record(data="embedded", seed=0, **metrics):
    return {
        "slug": "toy",
        "profile": "smoke",
        "data": data,
        "seed": seed,
        "date": "2026-11-20T10:00:00",
        "metrics": metrics,
    }


def test_each_metric_gets_its_status(book):
    book.bands("toy", FILE)
    results = bands.compare(record(accuracy=0.9, extra=7.0))
    assert [(result.name, result.status) for result in results] == [
        ("accuracy", "ok"),
        ("tv_same", "missing"),
        ("extra", "not banded"),
    ]
    assert [result.broken for result in results] == [False, True, False]


@pytest.mark.parametrize(
    ("value", "status"), [(0.2, "ok"), (0.4, "ok"), (0.1999, "low"), (0.4001, "high"), (float("inf"), "high")]
)
def test_the_ends_of_a_band_belong_to_it(book, value, status):
    book.bands("toy", FILE)
    assert bands.compare(record(accuracy=1.0, tv_same=value))[1].status == status


def test_without_bands_nothing_is_banded(book):
    assert [result.status for result in bands.compare(record(accuracy=0.9))] == ["not banded"]
    book.bands("toy", FILE)
    assert [result.status for result in bands.compare(record("mnist", accuracy=0.9))] == ["not banded"]


def test_a_metric_can_be_said_to_have_no_band_but_not_to_have_both(book):
    book.bands("toy", FILE + "    no_band: {p_value: chance moves it}\n")
    assert (
        bands.without_band(record(p_value=0.3)) == {"p_value": "chance moves it"}
        and bands.without_band(record("mnist")) == {}
    )
    book.bands("toy", FILE + "    no_band: {accuracy: chance moves it}\n")
    with pytest.raises(UserError, match="accuracy: it has a band and is said to have none"):
        bands.load("toy")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("low: 0.9,", "", "accuracy: 'low' is a required property"),
        ("low: 0.9", "lo: 0.9, low: 0.9", "'lo' was unexpected.*known: low, high"),
        ("low: 0.9", "low: abc", "'abc' is not of type 'number'"),
        ("low: 0.9", "low: 2", "finite low <= high"),
        ("low: 0.9", "low: .nan", "finite low <= high"),
        ("high: 1.0", "high: .inf", "finite low <= high"),
        ("tv_same:", "accuracy:", "'accuracy' stands twice"),
        ("seeds: [0, 1, 2], ", "", "'seeds' is a required property"),
        ("2026-11-20", "yesterday", "yesterday"),
        ("smoke:", "smoke: [", "not valid YAML"),
        ("tv_same", "TV same", "TV same"),
    ],
)
def test_malformed_files_are_refused_with_the_place(book, old, new, message):
    book.bands("toy", FILE.replace(old, new, 1))
    with pytest.raises(UserError, match=rf"toy\.yml.*{message}"):
        bands.load("toy")


def test_an_empty_file_is_malformed(book):
    book.bands("toy", "")
    with pytest.raises(UserError, match=r"toy\.yml, top level"):
        bands.load("toy")


def test_proposed_bands_hold_their_own_seeds_and_are_loadable(book):
    import yaml

    records = [record(seed=seed, accuracy=value, constant=0.5) for seed, value in enumerate([0.90, 0.94, 0.92])]
    proposed = bands.propose(records)
    book.bands("toy", yaml.safe_dump(proposed))
    assert {result.status for one in records for result in bands.compare(one)} == {"ok"}
    group = bands.load("toy")["smoke"]["embedded"]
    assert group["found"] == {"seeds": [0, 1, 2], "date": "2026-11-20"}
    assert group["metrics"]["accuracy"] == {"low": pytest.approx(0.84), "high": pytest.approx(1.0)}
    assert group["metrics"]["constant"] == {"low": 0.49, "high": 0.51}


def test_the_band_of_a_mean_over_trainings_knows_their_spread():
    intervals = {"mean": {"low": 0.2, "high": 0.4, "seeds": [0.2, 0.3, 0.4]}, "other": {"low": 0.0, "high": 1.0}}
    records = [record(seed=seed, mean=0.3, other=0.3) | {"intervals": intervals} for seed in range(3)]
    metrics = bands.propose(records)["smoke"]["embedded"]["metrics"]
    margin = 3 * 0.1 / 3**0.5
    assert metrics["mean"] == {
        "low": pytest.approx(0.3 - margin, abs=1e-4),
        "high": pytest.approx(0.3 + margin, abs=1e-4),
    }
    assert metrics["other"] == {"low": 0.294, "high": 0.306}


def test_bands_come_from_three_seeds_of_one_setting():
    with pytest.raises(UserError, match="three different seeds"):
        bands.propose([record(seed=0, a=1.0), record(seed=0, a=1.0), record(seed=1, a=1.0)])
    with pytest.raises(UserError, match="one chapter"):
        bands.propose([record(seed=0, a=1.0), record(seed=1, a=1.0), record("mnist", seed=2, a=1.0)])
