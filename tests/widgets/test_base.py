import re

import pytest

from ganbook.widgets import base

MODULES = [path.name for path in sorted(base.FOLDER.glob("*.js")) if path.name != "common.js"]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_stands_alone(name):
    source = base.module_source(name)
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)
    assert source.count("export default") == 1


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_what_the_shared_one_exports_and_uses_it(name):
    text = (base.FOLDER / name).read_text(encoding="utf-8")
    shared = (base.FOLDER / "common.js").read_text(encoding="utf-8")
    names, body = re.search(r"import \{([^}]*)\}(.*)", text, re.DOTALL).groups()
    imported = re.findall(r"\w+", names)
    exported = re.findall(r"^export (?:function|const) (\w+)", shared, re.MULTILINE)
    assert set(imported) <= set(exported)
    assert [word for word in imported if not re.search(rf"\b{word}\b", body)] == []


@pytest.mark.parametrize("name", MODULES)
def test_no_name_of_a_module_hides_a_shared_one(name):
    pattern = re.compile(r"^(?:export )?(?:function|const|let) (\w+)", re.MULTILINE)
    shared, own = (pattern.findall((base.FOLDER / file).read_text(encoding="utf-8")) for file in ("common.js", name))
    assert not set(shared) & set(own)


def test_a_module_without_the_one_import_is_refused(tmp_path, monkeypatch):
    (tmp_path / "lonely.js").write_text("export default {};")
    monkeypatch.setattr(base, "FOLDER", tmp_path)
    with pytest.raises(RuntimeError, match="exactly one import"):
        base.module_source("lonely.js")
