import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest
import yaml
from typer.testing import CliRunner

from ganbook.cli.main import app
from ganbook.data import mnist
from ganbook.record import Record

from ..publishing.test_check import BANDS, good

CONFIG = """
from dataclasses import dataclass
from ganbook.training import Settings

@dataclass(frozen=True)
class Config(Settings):
    width: int = 3

PROFILES = {
    "smoke": Config(steps=5, batch_size=4),
    "quick": Config(steps=100_000, batch_size=4, checkpoint_seconds=1e9),
}
"""
RECIPE = """
import time
from types import SimpleNamespace

import torch

from ganbook.chapters.trained.config import PROFILES, Config
from ganbook.training import Model, Recipe, Variant

def make_data(config, source, seed):
    print("data: embedded")
    return SimpleNamespace(source="embedded")

def game(run, data):
    net = torch.nn.Linear(2, run.config.width)
    (net, optimizer), = run.setup(net=(net, torch.optim.SGD(net.parameters(), lr=0.01))).values()
    for step in run.steps():
        optimizer.zero_grad()
        loss = net(run.draws.randn(4, 2)).square().mean()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss)
        time.sleep(0.001)

LINE = Model(
    "trained", Config, PROFILES, data=make_data, game=game,
    ships=lambda config: ["net"], load=str, measure=lambda *_: {"good": 1.0},
)
RECIPE = Recipe("trained", {"main": Variant(LINE), "wide": Variant(LINE, {"width": 30})})
"""


def call(*arguments, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def refused(*arguments):
    """The one line on stderr of a refused command."""
    result = call(*arguments, code=2)
    assert result.stdout == "" and result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    return result.stderr


@pytest.fixture
def toy(book, monkeypatch):
    monkeypatch.setenv("GANBOOK_CACHE", str(book.root / "cache"))
    monkeypatch.delenv("GANBOOK_DATA", raising=False)
    book.chapter("toy", good("toy", 0.95))
    book.bands("toy", BANDS)
    return book


@pytest.fixture
def trained(toy):
    toy.chapter("trained", config=CONFIG, recipe=RECIPE)
    yield toy
    for name in [name for name in sys.modules if name.startswith("ganbook.chapters.trained")]:
        del sys.modules[name]


def test_help_teaches():
    result = call("--help")
    for word in ("run", "check", "train", "data", "claims", "build", "bench", "Exit codes", "130"):
        assert word in result.stdout
    assert "..." not in result.stdout.split("Commands:")[1].replace("[ARGS]...", "")


@pytest.mark.parametrize(
    "command",
    [
        ["run"],
        ["check"],
        ["train"],
        ["claims"],
        ["build"],
        ["bench"],
        ["data", "list"],
        ["data", "show"],
        ["data", "get"],
        ["exercises", "hand-out"],
        ["exercises", "solutions"],
        ["exercises", "class-copy"],
        ["grade"],
    ],
)
def test_every_command_shows_an_example(command):
    text = call(*command, "--help").stdout
    assert "Example" in text and f"\n    ganbook {' '.join(command)}" in text


def test_help_comes_at_once():
    heavy = {"torch", "numpy", "papermill", "nbformat", "jinja2", "yaml"}
    code = f"import sys, ganbook.cli.main; print(*{heavy}.intersection(sys.modules))"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert result.stdout.strip() == ""
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1


def test_version():
    assert call("--version").stdout.startswith("ganbook ")


@pytest.mark.parametrize("command", ["run", "check", "train", "claims", "bench"])
def test_an_unknown_chapter_is_refused_with_the_known_ones(toy, command):
    assert refused(command, "tyo") == "error: no chapter 'tyo'; the chapters are toy\n"


@pytest.mark.parametrize("command", ["train", "bench"])
def test_a_chapter_without_models_is_not_trained(trained, command):
    assert "toy has no models to train; those that have: trained" in refused(command, "toy")


@pytest.mark.parametrize("command", [["run", "toy"], ["check"], ["build"]])
def test_an_unknown_profile_or_source_is_refused_with_the_known_ones(toy, command):
    assert "no profile 'fast'; the profiles are smoke, quick, paper" in refused(*command, "--profile", "fast")
    assert "no data source 'mnsit'; the sources are auto, embedded, mnist" in refused(*command, "--data", "mnsit")


def test_outside_the_book_one_line_says_where_to_go(toy, tmp_path, monkeypatch):
    monkeypatch.setattr("ganbook.paths.MARKER", "no_such_file")
    assert "Change into your clone" in refused("claims")


def test_run_says_where_its_results_are(toy):
    output = call("run", "toy", "--profile", "smoke").stdout
    assert f"{toy.root}/_build/executed/toy.ipynb" in output and f"{toy.root}/_build/metrics/toy.json" in output
    assert json.loads((toy.root / "_build/metrics/toy.json").read_text())["profile"] == "smoke"


def test_a_chapter_that_fails_is_exit_code_1(toy):
    toy.chapter("bad", "raise ValueError('no luck')")
    result = call("run", "bad", code=1)
    assert result.stderr.startswith("bad: the cell `raise ValueError('no luck')` raised ValueError: no luck")
    assert "Traceback" not in result.stderr


def test_check_passes_and_fails(toy, without_kernels):
    assert call("check", "--profile", "smoke").stderr.startswith("toy: pass")
    result = json.loads(call("check", "toy", "--profile", "smoke", "--json").stdout)
    assert result["passed"] and result["chapters"][0]["last_metrics"] == {"accuracy": 0.95}
    toy.bands("toy", BANDS.replace("0.9", "0.96"))
    broken = call("check", "--profile", "smoke", "--json", code=1)
    assert json.loads(broken.stdout)["chapters"][0]["status"] == "fail"
    assert "accuracy = 0.95 is too low; its band is 0.96 to 1" in broken.stderr and broken.stderr.endswith(
        "failed: toy\n"
    )


def test_check_proposes_bands(toy, without_kernels):
    output = call("check", "--profile", "smoke", "--propose-bands", "0,1,2").stdout
    assert yaml.safe_load(output)["smoke"]["embedded"]["found"]["seeds"] == [0, 1, 2]
    assert "three different seeds" in refused("check", "--profile", "smoke", "--propose-bands", "0")
    assert "wants seeds" in refused("check", "--propose-bands", "a,b")


def test_claims_prints_verdicts(toy):
    assert "book/claims/toy.yml" in refused("claims")
    claim = {"id": "toy.a", "claim": "It works.", "where": "Figure 1", "paper_value": None, "metrics": ["accuracy"]}
    claim |= {"how": "Once.", "reproduced": ["accuracy > 0.9"], "differences": "None."}
    toy.claims(
        "toy",
        yaml.safe_dump(
            {"paper": "A paper", "claims": [claim], "numbers": {"accuracy": {"words": "share of right answers"}}}
        ),
    )
    assert "not measured  [toy.a]" in call("claims").stdout
    record = Record("toy", profile="smoke", seed=0, data="embedded")
    record.metric("accuracy", 0.95)
    record.save()
    assert "✔ reproduced  [toy.a]" in call("claims", "toy").stdout
    assert json.loads(call("claims", "--json").stdout)["toy"][0]["verdict"] == "reproduced"


@pytest.mark.parametrize("option", ["--ship", "--export"])
def test_train_finishes_and_ships(trained, option):
    dest = trained.root / "shipped"
    result = call("train", "trained", "--profile", "smoke", "--set", "width=2", option, dest, "--json")
    summary = json.loads(result.stdout)
    assert summary == {
        "chapter": "trained",
        "variant": "main",
        "profile": "smoke",
        "seed": 0,
        "folder": str(trained.root / "runs/trained/smoke-auto-s0"),
        "finished": True,
        "stopped_by": None,
        "shipped": str(dest),
    }
    assert "data: embedded" in result.stderr
    assert (dest / "model.safetensors").exists()
    record = json.loads((dest / "run.json").read_text())
    assert record["config"]["width"] == 2 and record["metrics"] == {"good": 1.0}


def test_train_trains_a_variant_by_name(trained):
    summary = json.loads(call("train", "trained", "--variant", "wide", "--profile", "smoke", "--json").stdout)
    assert (summary["variant"], summary["folder"]) == ("wide", str(trained.root / "runs/trained/smoke-auto-wide-s0"))
    assert json.loads((trained.root / "runs/trained/smoke-auto-wide-s0/run.json").read_text())["config"]["width"] == 30
    assert "unknown variant 'wied' (did you mean 'wide'?); known variants: main, wide" in refused(
        "train", "trained", "--variant", "wied"
    )


def test_train_stops_after_minutes_and_goes_on(trained):
    arguments = [
        "train",
        "trained",
        "--folder",
        trained.root / "r",
        "--minutes",
        "0.005",
        "--ship",
        trained.root / "shipped",
        "--json",
    ]
    first = call(*arguments)
    assert json.loads(first.stdout)["stopped_by"] == "minutes" and "not shipped" in first.stderr
    step = json.loads((trained.root / "r/run.json").read_text())["step"]
    call(*arguments)
    assert json.loads((trained.root / "r/run.json").read_text())["step"] > step > 0
    call(*arguments, "--fresh")
    assert not (trained.root / "shipped").exists()


def test_an_interrupted_training_says_how_to_go_on(trained):
    command = [sys.executable, "-m", "ganbook.cli", "train", "trained", "--folder", "r"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ)
    curves, deadline = trained.root / "r/curves.jsonl", time.monotonic() + 300
    while not (curves.exists() and curves.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=200)
    assert process.returncode == 130 and "run the same command again to go on" in stderr and "Traceback" not in stderr
    assert json.loads((trained.root / "r/run.json").read_text())["step"] > 0


def test_train_refuses_what_it_does_not_know(trained):
    assert "known profiles: smoke, quick" in refused("train", "trained", "--profile", "fast")
    assert "widht" in refused("train", "trained", "--set", "widht=3")
    assert "whole number" in refused("train", "trained", "--set", "width=wide")
    assert "minutes must be more than 0" in refused("train", "trained", "--minutes", "0")
    assert "error: " in refused("train", "trained", "--profile", "smoke", "--device", "abacus")


def test_bench_times_the_step(trained):
    timing = json.loads(call("bench", "trained", "--steps", "3", "--json", "--device", "cpu").stdout)
    assert 0.001 <= timing["fastest_seconds"] <= timing["median_seconds"] <= timing["slowest_seconds"] < 1
    assert timing["images_per_second"] == pytest.approx(4 / timing["median_seconds"])
    assert "images/s" in call("bench", "trained", "--steps", "1", "--device", "cpu").stdout
    assert "abacus" in refused("bench", "trained", "--device", "abacus")


def test_data_says_what_is_in_use(toy):
    assert "digits: embedded, from scikit-learn" in call("data", "list").stdout
    assert {entry["name"] for entry in json.loads(call("data", "list", "--json").stdout)} >= {"digits", "grid_digits"}
    shown = json.loads(call("data", "show", "digits", "--json").stdout)
    assert shown["licence"]["embedded"] and shown["here"]["source"] == "embedded"
    assert yaml.safe_load(call("data", "show", "digits").stdout) == shown
    assert "unknown data set 'digit'" in refused("data", "show", "digit")
    assert "unknown data set 'digit'" in refused("data", "get", "digit")


@pytest.mark.parametrize(
    "command",
    [
        ["run", "toy", "--profile", "smoke"],
        ["check", "--profile", "smoke"],
        ["build"],
        ["data", "list"],
        ["data", "get", "digits"],
    ],
)
@pytest.mark.parametrize("cached", [False, True])
def test_a_data_folder_without_effect_is_said_on_the_terminal(toy, monkeypatch, tmp_path, command, cached):
    """Also where the cache holds MNIST, so that all goes well, but with other files than a person thinks."""
    monkeypatch.setattr("ganbook.publishing.build.build_book", lambda **_: tmp_path / "index.html")
    monkeypatch.setattr("ganbook.data.catalogue.fetch", lambda name: tmp_path)
    monkeypatch.setattr("ganbook.data.mnist.check", lambda folder: None)
    if cached:
        mnist.cache_folder().mkdir(parents=True)
        for name in mnist._NAMES:
            (mnist.cache_folder() / name).touch()
    assert "GANBOOK_DATA" not in call(*command).stderr
    monkeypatch.setenv("GANBOOK_DATA", str(tmp_path))
    lines = [line for line in call(*command).stderr.splitlines() if "GANBOOK_DATA" in line]
    assert len(lines) == 1 and lines[0].startswith(
        f"warning: GANBOOK_DATA has no effect: no MNIST was found in {tmp_path}."
    )
    if command[0] != "data":
        assert lines[0].endswith("In use: " + ("MNIST in the cache" if cached else "the embedded digits"))
        assert "GANBOOK_DATA" not in call(*command, "--data", "embedded").stderr


def test_mnist_that_is_asked_for_and_not_in_the_data_folder_is_refused_at_once(toy, monkeypatch, tmp_path):
    monkeypatch.setenv("GANBOOK_DATA", str(tmp_path))
    assert "GANBOOK_DATA has no effect: no MNIST" in refused("run", "toy", "--data", "mnist")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("GANBOOK_DTAA", "there is no such setting; did you mean GANBOOK_DATA?"),
        ("GANBOOK_CACHE_DIR", "there is no such setting; did you mean GANBOOK_CACHE?"),
        ("GANBOOKBUILD", "there is no such setting; did you mean GANBOOK_BUILD?"),
        ("GAN_BOOK_DATA", "there is no such setting; did you mean GANBOOK_DATA?"),
        ("ganbook_data", "there is no such setting; did you mean GANBOOK_DATA?"),
        ("GANBOOK_VERBOSITY", "there is no such setting; the book knows GANBOOK_BUILD, GANBOOK_CACHE, GANBOOK_DATA"),
    ],
)
def test_a_mistyped_setting_is_said_in_one_line(toy, monkeypatch, name, sentence):
    assert call("data", "list").stderr == ""
    monkeypatch.setenv(name, "/somewhere")
    result = call("data", "list")
    assert result.stderr == f"warning: {name} has no effect: {sentence}\n" and "digits: embedded" in result.stdout


def test_data_get_reports_a_download_that_fails(toy, monkeypatch):
    from ganbook.data import catalogue
    from ganbook.errors import DataUnavailable

    def offline(name):
        raise DataUnavailable(f"{name} could not be downloaded:\n no network")

    monkeypatch.setattr(catalogue, "fetch", offline)
    assert refused("data", "get", "digits") == "error: digits could not be downloaded: no network\n"


def test_build_reports_where_the_book_is_and_what_is_broken(toy, monkeypatch):
    from ganbook.publishing import build

    asked = {}

    def built(**options):
        asked.update(options)
        return toy.root / "_build/html/index.html"

    monkeypatch.setattr(build, "build_book", built)
    assert call("build", "--profile", "smoke", "--no-execute").stdout == f"book: {toy.root}/_build/html/index.html\n"
    assert asked == {"profile": "smoke", "seed": 0, "data": "auto", "execute": False, "force": False}

    def broken(**options):
        raise build.BuildFailed("the book's pages have mistakes:\nindex.md:3: WARNING: no such link")

    monkeypatch.setattr(build, "build_book", broken)
    assert call("build", code=1).stderr.endswith("index.md:3: WARNING: no such link\n")


def test_a_missing_package_is_named(toy, monkeypatch):
    def missing(*_):
        raise ModuleNotFoundError("No module named 'papermill'", name="papermill")

    monkeypatch.setattr("ganbook.cli.main.known_data", missing)
    assert "this needs papermill, which is not installed" in refused("run", "toy")


@pytest.mark.parametrize("encoding", ["latin-1", "euc_jp", "shift_jis", "cp1252", "utf-8"])
def test_a_terminal_that_cannot_show_a_sign_gets_the_rest(toy, monkeypatch, encoding):
    """The verdicts' ticks, and names in any language; JSON stays whole."""
    claim = {
        "id": "toy.a",
        "claim": "It wörks, 試験 ✔.",
        "where": "Figure 1",
        "paper_value": None,
        "metrics": ["accuracy"],
    }
    claim |= {"how": "Once.", "reproduced": ["accuracy > 0.9"], "differences": "None."}
    toy.claims(
        "toy",
        yaml.safe_dump(
            {"paper": "A paper", "claims": [claim], "numbers": {"accuracy": {"words": "share of right answers"}}}
        ),
    )
    record = Record("toy", profile="smoke", seed=0, data="embedded")
    record.metric("accuracy", 0.95)
    record.save()
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    command = [sys.executable, "-m", "ganbook.cli"]
    text = subprocess.run([*command, "claims"], capture_output=True, check=True).stdout.decode(encoding)
    assert ("✔" if encoding == "utf-8" else "?") + " reproduced  [toy.a]" in text
    rows = subprocess.run([*command, "claims", "--json"], capture_output=True, check=True).stdout.decode(encoding)
    assert json.loads(rows)["toy"][0]["claim"] == claim["claim"]
    wrong = subprocess.run([*command, "claims", "試験✔"], capture_output=True)
    assert wrong.returncode == 2 and wrong.stderr.decode(encoding).startswith("error: no chapter '")


@pytest.mark.parametrize(
    "command", [["claims"], ["data", "list"], ["data", "show", "digits"], ["run", "toy", "--profile", "smoke"]]
)
def test_commands_need_no_home_folder(toy, monkeypatch, command):
    """Neither HOME nor an entry in the list of users, as a container may start people."""

    def unknown(number):
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", unknown)
    for name in ("HOME", "XDG_CACHE_HOME", "GANBOOK_CACHE"):
        monkeypatch.delenv(name, raising=False)
    claim = {"id": "toy.a", "claim": "It works.", "where": "Figure 1", "paper_value": None, "metrics": ["accuracy"]}
    claim |= {"how": "Once.", "reproduced": ["accuracy > 0.9"], "differences": "None."}
    toy.claims(
        "toy",
        yaml.safe_dump(
            {"paper": "A paper", "claims": [claim], "numbers": {"accuracy": {"words": "share of right answers"}}}
        ),
    )
    call(*command)


def test_a_home_folder_that_is_asked_for_and_missing_is_named(toy, monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("ganbook.paths.build_dir", homeless)
    assert "set HOME" in refused("claims")
