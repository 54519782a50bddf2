"""The files of a site with live widgets, and what a widget's HTML carries."""

import base64
import gzip
import hashlib
import json
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from ganbook import chapters
from ganbook.chapters.instruction_editing.widgets import InstructionEditor, SsimExplorer
from ganbook.widgets import base
from ganbook.widgets.live import site

SHIFTER = runpy.run_path(str(Path(__file__).parents[2] / "chapters/instruction_editing/widgets/shifter.py"))
ID, OTHER = "0123456789abcdef", "fedcba9876543210"
WIDGETS = [path.stem for folder in chapters.widget_folders() for path in folder.glob("*.js")]


def test_vendored_files_are_those_that_were_recorded():
    record = json.loads((site.ENGINE / "vendor.json").read_text())
    assert set(record["files"]) == set(site.ENGINE_FILES)
    for name, sums in record["files"].items():
        data = (site.ENGINE / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sums["sha256"]
        if name.endswith(".gz"):
            assert hashlib.sha256(gzip.decompress(data)).hexdigest() == sums["sha256_unpacked"]
    assert record["version"].count(".") == 2 and "MIT License" in (site.ENGINE / "LICENSE").read_text()


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / f"{ID}.0.onnx").write_bytes(b"weights")
    (folder / f"{ID}.json").write_text("{}")
    return folder


def test_a_site_has_each_file_and_its_twin(models, tmp_path):
    site.write_site(tmp_path / "live", models, {ID, "f" * 16}, chapters.widget_folders())
    names = {path.name for path in (tmp_path / "live").iterdir()}
    weights = f"{hashlib.sha256(b'weights').hexdigest()[:16]}.onnx.gz"
    read = {*site.ENGINE_FILES, weights, f"{ID}.json.gz"}
    assert names == {"live.js", "live.css", "onnxruntime-web.LICENSE.txt", *read, *(f"{name}.js" for name in read)}
    assert gzip.decompress(twin_of(tmp_path / "live" / weights)) == b"weights"
    assert json.loads(gzip.decompress(twin_of(tmp_path / "live" / f"{ID}.json.gz"))) == {"files": [weights]}
    script = (tmp_path / "live" / "live.js").read_text()
    assert f'mountWhenNear(node, ["{ID}"])' in script and "f" * 16 not in script


def test_models_share_the_weights_that_are_the_same(models, tmp_path):
    for number in range(11):
        (models / f"{OTHER}.{number}.onnx").write_bytes(b"weights" if number == 2 else bytes([number]))
    (models / f"{OTHER}.json").write_text("{}")
    site.write_site(tmp_path / "live", models, {ID, OTHER}, chapters.widget_folders())
    one, other = (files_of(tmp_path / "live", each) for each in (ID, OTHER))
    assert other[2] == one[0] and len(set(other)) == 11
    made = [gzip.decompress((tmp_path / "live" / name).read_bytes()) for name in other]
    assert made == [b"weights" if number == 2 else bytes([number]) for number in range(11)]  # in their order
    assert len(list((tmp_path / "live").glob("*.onnx.gz"))) == 11


def files_of(live: Path, id: str) -> list[str]:
    return json.loads(gzip.decompress((live / f"{id}.json.gz").read_bytes()))["files"]


def test_a_site_without_models_needs_no_engine(models, tmp_path):
    site.write_site(tmp_path / "live", models, [], chapters.widget_folders())
    assert {path.name for path in (tmp_path / "live").iterdir()} == {"live.js", "live.css"}


def test_widgets_know_nothing_of_the_site_they_stand_on():
    for path in base.FOLDER.glob("*.py"):
        assert "ganbook.widgets.live" not in path.read_text(), path.name


def test_the_script_is_classic_and_loads_nothing_from_elsewhere():
    script = site.script([], chapters.widget_folders())
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    assert re.findall(r"https?://[^\s\"'`]+", script) == ["http://www.w3.org/2000/svg"] * script.count(
        "http://www.w3.org/2000/svg"
    )
    assert all(f'"{name}": (() => {{' in script for name in WIDGETS)
    assert script.count("function kernelBackend(") == 1  # what they share is there once


def test_a_widget_on_a_function_of_unknown_inside_stays_a_still():
    widget = InstructionEditor(SHIFTER["edit"], SHIFTER["digits"], SHIFTER["labels"], resolution=30)
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert "gb-live" not in html and "no Python runs behind this page" in html


def test_a_widget_carries_its_state_and_facts():
    digits, n = SHIFTER["digits"], 12
    widget = SsimExplorer(digits[:n], digits[n : 2 * n], digits[:n], ["</script><b>"] * n, np.linspace(0.3, 1, n))
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert site.MARK.match(html) and site.models_asked_for(html) == set()
    text = re.search(r'<script type="application/json">(.*?)</script></div>$', html)[1]
    data = json.loads(text)
    assert set(data["traits"]) == {
        "side",
        "edges",
        "counts",
        "do_nothing",
        "means",
        "colours",
        "span",
        "first_examples",
    }
    assert data["page"]["texts"] == ["</script><b>"] * n and "<" not in text
    pictures = gzip.decompress(base64.b64decode(data["page"]["pictures"]["gzip"]))
    assert pictures == np.stack([digits[:n], digits[n : 2 * n], digits[:n]], axis=1).tobytes()


def test_a_page_has_the_facts_of_its_widgets_beside_it(tmp_path):
    digits, n = SHIFTER["digits"], 12
    widget = SsimExplorer(digits[:n], digits[n : 2 * n], digits[:n], ["</script><b>"] * n, np.linspace(0.3, 1, n))
    html = widget._repr_mimebundle_()[0]["text/html"]
    still, data = re.fullmatch(
        r'<div class="gb-live" data-widget="ssim_explorer">(.*)<script type="application/json">(.*)</script></div>',
        html,
    ).groups()
    found = site.laid_beside(f"<p>before</p>{html}<p>between</p>{html}", tmp_path / "live")
    (name,) = set(re.findall(r'data-facts="([^"]+)"', found))
    mount = f'<div class="gb-live" data-widget="ssim_explorer" data-facts="{name}">{still}</div>'
    assert found == f"<p>before</p>{mount}<p>between</p>{mount}"
    assert gzip.decompress((tmp_path / "live" / name).read_bytes()).decode() == data
    assert twin_of(tmp_path / "live" / name) == (tmp_path / "live" / name).read_bytes()


def twin_of(file: Path) -> bytes:
    text = file.with_name(f"{file.name}.js").read_text()
    return base64.b64decode(
        re.fullmatch(rf'\(self\.ganbookFiles \?\?= {{}}\)\["{re.escape(file.name)}"\] = "(.*)";\n', text)[1]
    )


def test_pages_tell_which_models_they_ask_for():
    html = (
        f'<div class="gb-live" data-widget="latent_map" data-model="{ID}"><figure></figure></div>'
        '<div class="gb-live" data-widget="ssim_explorer">'
    )
    assert site.models_asked_for(html) == {ID}
