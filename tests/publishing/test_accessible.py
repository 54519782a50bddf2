from ganbook.publishing.accessible import mended


def test_a_button_is_named_by_the_text_that_it_shows():
    button = '<button class="btn search-button-field x" title="Search"{} type="button">Search Ctrl+K</button>'
    assert mended(button.format(' aria-label="Search"')) == button.format("")
    fold = "<summary{}>\n<p>Show code cell source</p></summary>"
    assert mended(fold.format(' aria-label="Toggle hidden content"')) == fold.format("")


def test_a_toggle_of_the_sidebar_is_named_by_what_it_unfolds():
    entry = (
        '<a class="reference internal" href="x.html">Data sets</a>'
        '<details><summary{}><span class="toctree-toggle"></span></summary>'
    )
    assert mended(entry.format("")) == entry.format(' aria-label="Data sets: pages below"')


def test_references_are_items_of_their_list():
    item = '<div class="citation" id="id1" role="{}">'
    assert mended(item.format("doc-biblioentry")) == item.format("listitem")


def test_the_rest_of_a_page_stays():
    page = '<button aria-label="Copy">x</button><summary aria-label="Details">y</summary>'
    assert mended(page) == page
