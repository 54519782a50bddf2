import re
from pathlib import Path

import pytest

from ganbook import chapters
from ganbook.widgets import base
from ganbook.widgets.live import site

MODULES = [path for folder in chapters.__path__ for path in sorted(Path(folder).glob("*/widgets/*.js"))]
"""Also of chapters that have no recipe yet."""

of_every_widget = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)


def test_there_are_widgets():
    assert len({path.stem for path in MODULES}) == len(MODULES) >= 5


@of_every_widget
def test_a_module_stands_alone(path):
    source = base.module_source(path)
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)
    assert source.count("export default") == 1


@of_every_widget
def test_a_module_imports_what_the_shared_one_exports_and_uses_it(path):
    text = path.read_text(encoding="utf-8")
    shared = (base.FOLDER / "common.js").read_text(encoding="utf-8")
    names, body = re.search(r"import \{([^}]*)\}(.*)", text, re.DOTALL).groups()
    imported = re.findall(r"\w+", names)
    exported = re.findall(r"^export (?:function|const) (\w+)", shared, re.MULTILINE)
    assert set(imported) <= set(exported)
    assert [word for word in imported if not re.search(rf"\b{word}\b", body)] == []


def test_shares_are_rounded_as_python_rounds_them(browser):
    shares = [count / total for total in (7, 80, 500, 2000) for count in range(total + 1)]
    page = browser.new_page()
    url = "URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))"
    page.evaluate(
        f"async text => {{ window.shared = await import({url}); }}", (base.FOLDER / "common.js").read_text("utf-8")
    )
    texts = "shares => [0, 1, 2].map((digits) => shares.map((share) => shared.percent(share, digits)))"
    found = page.evaluate(texts, shares)
    assert found == [[f"{share:.{digits}%}" for share in shares] for digits in range(3)]


@of_every_widget
def test_no_name_of_a_module_hides_a_shared_one(path):
    pattern = re.compile(r"^(?:export )?(?:function|const|let) (\w+)", re.MULTILINE)
    shared, own = (pattern.findall(file.read_text(encoding="utf-8")) for file in (base.FOLDER / "common.js", path))
    assert not set(shared) & set(own)


def test_no_answer_has_a_name_twice():
    """The page's engine takes the answers of all chapters as one module."""
    pattern = re.compile(r"^(?:async )?(?:function|const|let) (\w+)", re.MULTILINE)
    answers = [path for folder in chapters.__path__ for path in Path(folder).glob("*/widgets/answers/*.js")]
    files = [*answers, Path(site.__file__).with_name("host.js")]
    names = [name for file in files for name in pattern.findall(file.read_text(encoding="utf-8"))]
    assert answers and len(names) == len(set(names))


def test_a_module_without_the_one_import_is_refused(tmp_path):
    (tmp_path / "lonely.js").write_text("export default {};")
    with pytest.raises(RuntimeError, match="exactly one import"):
        base.module_source(tmp_path / "lonely.js")
