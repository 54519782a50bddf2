"""What a chapter must have: each test names what is missing."""

from pathlib import Path

import pytest
import yaml

from ganbook import chapters, paths
from ganbook.publishing import bands, ledger
from ganbook.teaching.exercises import source

OF_A_CHAPTER = (
    "book/{slug}.md",
    "book/claims/{slug}.yml",
    "exercises/{slug}.md",
    "tests/notebooks/bands/{slug}.yml",
    "tests/notebooks/faults/{slug}.yml",
    "tests/teaching/exercises/mistakes/{slug}.yml",
    "lib/ganbook/chapters/{slug}/recipe.py",
    "lib/ganbook/chapters/{slug}/figures.py",
    "tests/chapters/{slug}/test_figures.py",
)
OF_A_MODEL = tuple(
    f"lib/ganbook/chapters/{{slug}}/{name}.py" for name in ("config", "model", "losses", "game", "analysis")
) + tuple(f"tests/chapters/{{slug}}/test_{name}.py" for name in ("model", "losses", "game"))
each_chapter = pytest.mark.parametrize("slug", chapters.slugs())


def own_models(slug: str) -> list[str]:
    return [name for name, variant in chapters.recipe(slug).variants.items() if variant.model.slug == slug]


@each_chapter
def test_files(slug):
    wanted = OF_A_CHAPTER + (OF_A_MODEL if own_models(slug) else ())
    assert [name for name in (name.format(slug=slug) for name in wanted) if not (paths.root() / name).is_file()] == []


@each_chapter
def test_seed_0_of_every_variant_is_shipped(slug):
    folder = paths.checkpoints_dir() / slug
    sources = {path.name.partition("-")[0] for path in folder.glob("*-s0")}
    here = {
        name
        for name in chapters.recipe(slug).variants
        for data in sources
        if (folder / f"{data}-{name}-s0" / "run.json").is_file()
    }
    assert set(chapters.recipe(slug).variants) - here == set()


@each_chapter
def test_contracts(slug):
    groups = bands.load(slug)
    assert {(profile, "embedded") for profile in ("smoke", "quick")} <= {
        (profile, data) for profile in groups for data in groups[profile]
    }
    assert ledger.load(slug).claims
    faults = yaml.safe_load((paths.root() / "tests" / "notebooks" / "faults" / f"{slug}.yml").read_text())
    assert len(faults) >= 5


@each_chapter
def test_exercises(slug):
    exercises = source.read(slug)[1]
    checked = [exercise.name for exercise in exercises if exercise.texts("checks")]
    least = 7 if own_models(slug) else 1
    assert len(checked) >= least and len(exercises) > len(checked), f"at least {least} checked ones, and an open study"


def test_every_chapter_stands_in_the_readme_and_on_the_page_to_play():
    readme, play = (Path(paths.root() / name).read_text() for name in ("README.md", "book/play.md"))
    assert [slug for slug in chapters.slugs() if f"`{slug}`" not in readme] == []
    with_widgets = {folder.parent.name for folder in chapters.widget_folders() if any(folder.glob("*.js"))}
    assert [slug for slug in sorted(with_widgets) if f"{{live-widget}} {slug} " not in play] == []


def test_widgets_of_a_chapter_without_a_recipe_stay_away(book):
    for slug, modules in (("one", {"recipe": "RECIPE = None"}), ("two", {})):
        book.chapter(slug, **modules)
        (book.library / "chapters" / slug / "widgets").mkdir()
    assert [folder.parent.name for folder in chapters.widget_folders()] == ["one"]
