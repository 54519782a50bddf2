"""Plant faults in the code of chapters, one at a time, and see that a test breaks.

`make mutants`, or `python tests/mutants.py SLUG ...`. Two kinds: what `chapters/<slug>/mutants.yml` lists (a term of a
loss dropped, a sign turned, a network that does not step), and each setting that decides the training replaced by its
default wherever the chapter's code reads it. A fault that has nothing to do with training names the test file that
should notice it, such as ``test: morphs``. Slow: some seconds each, so not part of the suite.
"""

import argparse
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from tqdm import tqdm

from ganbook import chapters, paths
from ganbook.training.config import FREE_KEYS

ROOT = paths.root()


TRAINING = ("losses", "model", "game", "train", "text", "recognisers", "growth", "regressor")
"""Names of the test files that a fault in the training should break."""


class Mutant(NamedTuple):
    """A fault: what it is, the new text of a file of the library, and which tests are likely to notice (as for -k)."""

    name: str
    file: Path
    text: str
    noticed_by: str
    test: str | None = None


def planted(slug: str) -> Iterator[Mutant]:
    """The faults that the chapter lists."""
    for entry in yaml.safe_load((ROOT / "tests" / "chapters" / slug / "mutants.yml").read_text(encoding="utf-8")):
        file = Path("ganbook", "chapters", slug, entry["file"])
        text = (ROOT / "lib" / file).read_text(encoding="utf-8")
        if text.count(entry["replace"]) != 1:
            raise SystemExit(
                f"{slug}, {entry['name']}: {entry['replace']!r} stands {text.count(entry['replace'])} times in {file},"
                " not once"
            )
        mutated = text.replace(entry["replace"], entry["by"])
        yield Mutant(entry["name"], file, mutated, "gradients", entry.get("test"))


def ignored_settings(slug: str) -> Iterator[Mutant]:
    """Each setting that decides the training, ignored in each file that reads it; none of a draft without recipe."""
    if slug not in chapters.slugs():
        return
    recipe = chapters.recipe(slug)
    settings = recipe.model(recipe.main).config
    for field in (field for field in dataclasses.fields(settings) if field.name not in FREE_KEYS):
        for path in sorted((ROOT / "lib" / "ganbook" / "chapters" / slug).glob("*.py")):
            text = path.read_text(encoding="utf-8")
            mutated = re.sub(rf"\bconfig\.{field.name}\b", repr(field.default), text)
            if mutated != text and path.stem in ("game", "losses", "model"):
                likely = f"every_setting_matters and {field.name}"
                yield Mutant(f"{field.name} ignored in {path.name}", path.relative_to(ROOT / "lib"), mutated, likely)


def survives(mutant: Mutant, slug: str) -> bool:
    """Whether the tests pass with the fault in place: all of the chapter's training, or those of one file."""
    names = (mutant.test,) if mutant.test else TRAINING
    tests = [f"tests/chapters/{slug}/test_{name}.py" for name in names]
    tests += [] if mutant.test else ["tests/chapters/test_recipes.py"]
    tests = [name for name in tests if (ROOT / name).is_file()]
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "lib"
        shutil.copytree(ROOT / "lib", library, ignore=shutil.ignore_patterns("__pycache__", "vendor", "*.egg-info"))
        (library / mutant.file).write_text(mutant.text, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(library), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests, "-k"]
        for wanted in (f"{slug} and {mutant.noticed_by}", f"{slug} and not shipped"):
            code = subprocess.run([*command, wanted], cwd=ROOT, env=environment, capture_output=True).returncode
            if code == pytest.ExitCode.TESTS_FAILED:
                return False
            if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
                raise SystemExit(f"{slug}, {mutant.name}: pytest ended with {code} instead of running its tests")
        return True


def main() -> None:
    """Plant them all; exit 1 if one survives."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("slugs", nargs="*", help="chapters; all that list mutants by default")
    listing = [slug for slug in chapters.slugs() if (ROOT / "tests" / "chapters" / slug / "mutants.yml").is_file()]
    mutants = [
        (slug, each)
        for slug in parser.parse_args().slugs or listing
        for kind in (planted, ignored_settings)
        for each in kind(slug)
    ]
    survivors = 0
    for slug, mutant in tqdm(mutants, unit="mutant"):
        if survives(mutant, slug):
            survivors += 1
            tqdm.write(f"no test noticed: {slug}, {mutant.name}")
    print(f"{len(mutants)} mutants, {survivors} of which no test noticed")
    raise SystemExit(bool(survivors))


if __name__ == "__main__":
    main()
