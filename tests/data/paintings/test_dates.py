"""Years as people write them."""

import pytest

from ganbook.data.paintings.dates import date_of


@pytest.mark.parametrize(
    ("text", "year", "ranged"),
    [
        ("1885", 1885.5, False),
        (" c. 1885 ", 1885.5, False),
        ("ca 1885", 1885.5, False),
        ("1885.25", 1885.25, False),
        ("1885-86", 1886.0, True),
        ("1885\u201386", 1886.0, True),
        ("1885/1886", 1886.0, True),
        ("1885 - 1888", 1887.0, True),
        ("1885-06", 1885 + 5.5 / 12, False),
        ("1885-06-15", 1885 + (5 + 14.5 / 31) / 12, False),
        ("1885-06-15T00:00:00Z", 1885 + (5 + 14.5 / 31) / 12, False),
        ("June 1885", 1885 + 5.5 / 12, False),
        ("1885 June", 1885 + 5.5 / 12, False),
        ("Sept. 1888", 1888 + 8.5 / 12, False),
    ],
)
def test_dates(text, year, ranged):
    found = date_of(text)
    assert found.year == pytest.approx(year) and found.ranged == ranged


@pytest.mark.parametrize(
    "text",
    ["", "unknown", "85", "188", "18855", "1885-84", "1885-13", "1885-06-32", "1880-1990", "3000", "0999", "nan", "inf",
     "1885?", "Foo 1885", "18 85", "-1885", "\u0661\u0668\u0668\u0665x"],
)  # fmt: skip
def test_what_is_no_date(text):
    assert date_of(text) is None
