from html.parser import HTMLParser

import pytest

from ganbook import paths
from ganbook.errors import UserError
from ganbook.publishing import claims_page, ledger
from ganbook.record import Record

FILE = """
paper: A. Author, A title, 2021
claims:
  - id: toy.accuracy
    claim: The caption is one of the <four> labels.
    where: Section 4
    paper_value: 98.7 %
    metrics: [accuracy, accuracy_mean]
    how: Over 1,000 images.
    reproduced: ["accuracy >= 0.97", "low(accuracy_mean) >= 0.97"]
    partly: ["accuracy >= 0.90"]
    differences: Smaller | networks.
  - id: toy.skew
    claim: A fixed latent prefers some labels.
    where: Figure 5
    paper_value: null
    metrics: [tv_same]
    how: Total variation.
    reproduced: ["tv_same >= 3 * tv_different"]
    differences: None.
    tried: A larger
      weight.
numbers:
  accuracy: {words: share of true captions, chance: "0.40 by lot, {tv_same} for another"}
  accuracy_mean: {words: "the same, mean over c"}
  tv_same: {words: how uneven the labels are}
  tv_different: {words: how uneven they are with a fresh latent}
"""


@pytest.fixture
def record(book) -> Record:
    book.chapter("toy")
    book.claims("toy", FILE)
    record = Record("toy", profile="smoke", seed=0, data="embedded")
    record.metric_over_seeds("accuracy_mean", [0.98, 0.99, 0.97])
    return record


def verdicts(record):
    return [row["verdict"] for row in ledger.table("toy", record).rows]


def test_a_claim_may_be_for_people_to_measure(book):
    book.chapter("toy")
    book.claims("toy", FILE.replace("differences: None.", "differences: None.\n    people: true"))
    assert [claim.people for claim in ledger.load("toy").claims] == [False, True]
    book.claims("toy", FILE.replace("differences: None.", "differences: None.\n    people: perhaps"))
    with pytest.raises(UserError, match="perhaps"):
        ledger.load("toy")


def test_verdicts_follow_the_numbers(record):
    assert verdicts(record) == ["not measured", "not measured"]
    record.metric("accuracy", 0.97)
    record.metric("tv_same", 0.3)
    assert verdicts(record) == ["reproduced", "not measured"]
    record.metric("tv_different", 0.1001)
    assert verdicts(record) == ["reproduced", "not"]


def test_one_seed_is_not_called_seeds(book):
    book.claims("toy", FILE)
    record = Record("toy", profile="smoke", seed=0, data="embedded")
    record.metric_over_seeds("tv_same", [0.3])
    assert ledger.table("toy", record).rows[1]["measured"] == {"tv_same": "0.300 (0.300 to 0.300, 1 seed)"}


@pytest.mark.parametrize(
    ("accuracy", "verdict"), [(0.97, "reproduced"), (0.9699, "partly"), (0.90, "partly"), (0.8999, "not")]
)
def test_partly_lies_between(record, accuracy, verdict):
    record.metric("accuracy", accuracy)
    assert verdicts(record)[0] == verdict


def test_a_missing_interval_is_not_measured(book):
    book.claims("toy", FILE)
    record = Record("toy", profile="smoke", seed=0, data="embedded")
    record.metric("accuracy", 0.99)
    record.metric("accuracy_mean", 0.99)
    assert verdicts(record)[0] == "not measured"


class Cells(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes).get("scope")))

    def handle_data(self, data):
        self.texts.append(data)


def test_the_table_is_accessible_and_escaped(record):
    record.metric("accuracy", 0.95)
    table = ledger.table("toy", record)
    cells = Cells(table._repr_html_())
    assert cells.tags.count(("th", "col")) == 4 and cells.tags.count(("th", "row")) == 2
    assert ("caption", None) in cells.tags and ("four", None) not in cells.tags
    assert "The caption is one of the <four> labels. (Section 4)" in cells.texts
    assert (
        "<code>accuracy</code> 0.950<br><code>accuracy_mean</code> 0.980 (0.970 to 0.990, 3 seeds)</td>"
        in table._repr_html_()
    )
    assert "◐ partly reproduced" in cells.texts and "– not measured" in cells.texts
    assert any("Profile smoke, seed 0, data embedded, on cpu" in text for text in cells.texts)


def test_markdown_and_text_say_the_same(record):
    record.metric("accuracy", 0.95)
    table = ledger.table("toy", record)
    lines = table._repr_markdown_().splitlines()
    assert r"Smaller \| networks." in lines[4] and "partly reproduced" in lines[4]
    assert {line.replace(r"\|", "").count("|") for line in lines[2:]} == {6}
    assert "[toy.accuracy]" in str(table) and "here:  tv_same –" in str(table)


def test_without_a_record_the_latest_run_is_judged(record):
    assert ledger.table("toy").run == "Not measured yet"
    assert verdicts(None) == ["not measured", "not measured"]
    record.metric("accuracy", 0.99)
    record.save()
    assert verdicts(None) == ["reproduced", "not measured"]


def test_the_page_of_all_claims(record, book):
    record.metric("accuracy", 0.99)
    record.save()
    book.chapter("other")
    book.claims("other", FILE.replace("toy.", "other."))
    book.chapter("without_claims")
    page = claims_page.page_markdown()
    assert page.startswith("# All claims\n")
    assert "In all: 1 reproduced, 0 partly reproduced, 0 not reproduced, 3 not measured." in page
    assert "## The toy chapter" in page and "{doc}`toy`. Profile smoke, seed 0, data embedded, on cpu" in page
    assert "{doc}`other`. Not measured yet." in page
    assert "  - ✔ reproduced\n  - 98.7 %\n  - share of true captions: 0.990<br>the same, mean over c: 0.980" in page
    assert "(claim-toy-skew)=\n### toy.skew: – not measured" in page and "(#claim-toy-skew)" in page
    assert "- **Tried:** A larger weight." in page and "`low(accuracy_mean) >= 0.97`" in page


def test_each_number_of_the_page_has_words_and_what_would_be_chance(record):
    assert (
        "  - share of true captions (`accuracy`): –. *Chance or floor:* 0.40 by lot, – for another"
        in claims_page.page_markdown().splitlines()
    )
    record.metric("accuracy", 0.99)
    record.metric("tv_same", 0.3)
    record.save()
    lines = claims_page.page_markdown().splitlines()
    assert "  - share of true captions (`accuracy`): 0.990. *Chance or floor:* 0.40 by lot, 0.300 for another" in lines
    assert "  - how uneven they are with a fresh latent (`tv_different`): –" in lines, "only the rule names it"


@pytest.mark.parametrize("slug", paths.chapters())
def test_the_claims_of_the_book_are_well_formed_and_all_their_numbers_have_words(slug):
    chapter = ledger.load(slug)
    assert all(len(chapter.numbers[name].words.split()) >= 3 for claim in chapter.claims for name in claim.names)


def test_the_mean_of_seeds_has_the_words_of_its_number(book):
    book.claims("toy", FILE.replace("metrics: [tv_same]", "metrics: [tv_same_seeds]"))
    assert ledger.load("toy").numbers["tv_same_seeds"].words == "how uneven the labels are; mean of the training seeds"


def test_the_page_of_all_claims_has_the_order_of_the_book(record, book):
    book.chapter("another")
    book.claims("another", FILE.replace("toy.", "another."))
    (book.root / "_toc.yml").write_text("# Steering GANs\nroot: index\nchapters:\n- file: toy\n- file: another\n")
    page = claims_page.page_markdown()
    assert 0 < page.index("{doc}`toy`") < page.index("{doc}`another`")


def test_the_page_refuses_an_id_of_two_chapters(record, book):
    book.chapter("other")
    book.claims("other", FILE)
    with pytest.raises(UserError, match=r"'toy\.accuracy' stands in two chapters"):
        claims_page.page_markdown()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("where:", "were:", "'were' was unexpected.*known: id, claim, where"),
        ("    where: Section 4\n", "", "claims/0: 'where' is a required property"),
        ("toy.skew", "toy.accuracy", r"'toy\.accuracy' stands twice"),
        ("accuracy >= 0.90", "accuracy == 0.90", "expected a comparison"),
        ("accuracy >= 0.90", "os.remove(x) >= 0.90", "is not allowed"),
        ("[tv_same]", "[]", "claims/1/metrics"),
        ("paper: A", "papers: A", "unexpected"),
        ("claims:", "claims: 3\nmore:", "claims"),
        ("id: toy.accuracy", "id: Toy accuracy", "claims/0/id"),
        ("Section 4", "[4", "not valid YAML"),
        (
            "  tv_same: {words: how uneven the labels are}\n",
            "",
            "the claims name tv_same without words for people; add them under 'numbers'",
        ),
        ("[tv_same]", "[tv_same, tv_image]", "the claims name tv_image without words"),
        ("tv_same >= 3 * tv_different", "tv_same >= 0.1", "'numbers' has words for tv_different, which no claim names"),
        (
            "{words: how uneven the labels are}",
            "{chance: 0.40 by lot}",
            "numbers/tv_same: 'words' is a required property",
        ),
        ("    how: Over 1,000 images.\n", "    how: A.\n    how: B.\n", "'how' stands twice"),
    ],
)
def test_malformed_files_are_refused_with_the_place(book, old, new, message):
    book.claims("toy", FILE.replace(old, new, 1))
    with pytest.raises(UserError, match=rf"toy\.yml.*{message}"):
        ledger.load("toy")


def test_a_chapter_without_claims_says_what_is_expected(book):
    with pytest.raises(FileNotFoundError, match=r"book/claims/toy\.yml"):
        ledger.load("toy")
