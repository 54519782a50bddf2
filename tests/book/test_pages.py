"""Every built page, read as a file: links, alt texts, headings, nothing from elsewhere."""

import gzip
import os
import re
import tempfile
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from ganbook import chapters, paths
from ganbook.publishing import ledger

ELSEWHERE = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
LOADED_BY_CSS = re.compile(r"(?:url\(\s*|@import\s+)[\"']?\s*((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path: Path) -> frozenset[str]:
    return frozenset(tag["id"] for tag in soup(path).find_all(id=True))


def broken_links(page: Path) -> list[str]:
    broken = []
    for tag in soup(page).find_all("a", href=True):
        link = urlsplit(tag["href"])
        if link.scheme or link.netloc:
            continue
        target = (page.parent / unquote(link.path)).resolve() if link.path else page
        if (
            target.is_dir()
            or not target.exists()
            or (link.fragment and target.suffix == ".html" and unquote(link.fragment) not in anchors(target))
        ):
            broken.append(tag["href"])
    return broken


def loads_from_elsewhere(page: Path) -> list[str]:
    tags = soup(page).select("[src], [srcset], [poster], object[data], link[href], image[href], use[href]")
    values = [tag.get(name, "") for tag in tags for name in ("src", "srcset", "poster", "data", "href")]
    styles = [tag["style"] for tag in soup(page).select("[style]")] + [tag.text for tag in soup(page).find_all("style")]
    return [*filter(ELSEWHERE.match, values), *(hit for style in styles for hit in LOADED_BY_CSS.findall(style))]


def test_internal_links_lead_somewhere(page):
    assert broken_links(page) == []


def test_every_image_has_an_alternative_text(page):
    assert [str(tag)[:120] for tag in soup(page).find_all("img") if not tag.get("alt", "").strip()] == []


def test_headings_are_in_order(page):
    headings = soup(page).select("main :is(h1, h2, h3, h4, h5, h6):not(#jb-print-docs-body *)")
    levels = [int(tag.name[1]) for tag in headings]
    assert levels[:1] == [1] and levels.count(1) == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_nothing_is_loaded_from_elsewhere(page):
    assert loads_from_elsewhere(page) == []


def test_no_error_of_a_cell_is_printed(page):
    assert soup(page).select(".output.traceback") == []


def test_no_file_tells_where_the_builder_keeps_them(book):
    folders = {f"{folder}/" for folder in (paths.root(), paths.cache_dir(), tempfile.gettempdir(), Path.home())}
    folders |= {named for name in ("GANBOOK_DATA", "GANBOOK_CACHE", "GANBOOK_BUILD") if (named := os.environ.get(name))}
    telling = {folder.encode() for folder in folders if folder.strip("/")}
    files = [path for path in (*book.rglob("*"), *(book.parent / "executed").glob("*.ipynb")) if path.is_file()]
    hits = [(path.name, folder) for path in files for folder in telling if folder in unpacked(path)]
    assert len(files) > 100 and hits == []


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def test_no_code_stands_between_readers_and_what_they_may_play_with(book):
    for slug in paths.chapters():
        heading = soup(book / f"{slug}.html").select_one("#play-first h2, #how-health-looks h2")
        assert [
            str(code)[:80] for code in heading.find_all_previous(class_="cell_input") if not code.find_parent("details")
        ] == []


def test_all_widgets_stand_on_one_page_without_code_and_one_on_the_start_page(book):
    widgets = [widget["data-widget"] for widget in soup(book / "play.html").select(".gb-live")]
    assert sorted(widgets) == sorted(path.stem for folder in chapters.widget_folders() for path in folder.glob("*.js"))
    assert soup(book / "play.html").select("article pre") == []
    assert len(soup(book / "index.html").select(".gb-live")) == 1 and soup(book / "index.html").select(
        'article a[href="play.html"]'
    )


def test_every_number_of_the_page_of_all_claims_has_words(book):
    claims = [claim for slug in paths.chapters() for claim in ledger.load(slug).claims]
    names = {name for claim in claims for name in claim.names}
    by_people = {name for claim in claims if claim.people for name in claim.names}  # none until people were asked
    lines = [
        " ".join(item.text.split())
        for item in soup(book / "claims.html").select("article section section section li li")
    ]
    said = [
        re.fullmatch(
            r"(?P<words>\w.{9,}) \((?P<name>\w+)\): (?P<value>–|-?[\d.]+( \(.+? to .+?\))?)"
            r"(\. Chance or floor: (?P<chance>.+))?",
            line,
        )
        for line in lines
    ]
    assert [line for line, found in zip(lines, said) if not found] == []
    assert {found["name"] for found in said} == names
    assert {found["name"] for found in said if found["value"] == "–"} <= by_people
    assert [found["name"] for found in said if "–" in (found["chance"] or "") or "{" in (found["chance"] or "")] == []


def test_style_sheets_load_nothing_from_elsewhere(book):
    sheets = list(book.rglob("*.css"))
    assert book / "_static" / "ganbook.css" in sheets
    assert {
        sheet.name: hits for sheet in sheets if (hits := LOADED_BY_CSS.findall(sheet.read_text(encoding="utf-8")))
    } == {}


def test_formulas_are_set_by_the_book_itself(book):
    scripts = [tag["src"] for tag in soup(book / "glossary.html").select("script[src]") if "mathjax" in tag["src"]]
    assert len(scripts) == 1
    assert (book / urlsplit(scripts[0]).path).stat().st_size > 500_000


def test_every_page_is_known_to_these_tests(book, request):
    items = [item for item in request.session.items if "page_name" in getattr(item, "fixturenames", ())]
    built = {path.relative_to(book).as_posix() for path in book.rglob("*.html") if book / "_static" not in path.parents}
    assert built == {item.callspec.params["page_name"] for item in items}


def test_the_checks_see_planted_mistakes(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<a href="gone.html">x</a><a href="#nowhere">y</a><a href="#here">z</a><a href="https://example.org">ok</a>'
        '<p id="here"></p><img src="//cdn.example/x.png"><p style="background: url(https://cdn.example/y.png)"></p>'
        '<style>@import "//cdn.example/z.css"</style>'
    )
    assert broken_links(page) == ["gone.html", "#nowhere"]
    assert loads_from_elsewhere(page) == ["//cdn.example/x.png", "https://cdn.example/y.png", "//cdn.example/z.css"]
