import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganbook.errors import UserError
from ganbook.publishing.rules import Condition, NotMeasured

RECORD = {"metrics": {"a": 0.3, "b": 0.1, "c": 2}, "intervals": {"a": {"low": 0.25, "high": 0.35}}}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a >= 0.3", True),
        ("a > 0.3", False),
        ("a < 0.31", True),
        ("a >= 3 * b", False),  # 0.3 < 0.30000000000000004
        ("a >= 2.9 * b", True),
        ("low(a) >= 0.25", True),
        ("low(a) > 0.25", False),
        ("high(a) < 0.36", True),
        ("0.2 <= a <= 0.4", True),
        ("0.2 <= a <= 0.25", False),
        ("a - b >= -1", True),
        ("a + b * c > 0.49", True),
        ("-a < 0", True),
        ("  a\n  > b ", True),
    ],
)
def test_conditions_hold_as_arithmetic_says(text, holds):
    assert Condition(text).holds(RECORD) is holds


@pytest.mark.parametrize("text", ["missing > 0", "a > missing", "low(b) > 0", "high(missing) > 0", "0 <= missing <= 1"])
def test_what_is_not_in_the_record_is_not_measured(text):
    with pytest.raises(NotMeasured):
        Condition(text).holds(RECORD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a >",
        "a = 3",
        "a == 0.3",
        "a != 0.3",
        "a in b",
        "a and b > 1",
        "not a > 1",
        "a > True",
        "a > 'x'",
        "a > None",
        "a > 1j",
        "a / b > 1",
        "a ** 99999 > 1",
        "a // b > 1",
        "max(a, b) > 1",
        "low(3) > 1",
        "low(a, b) > 1",
        "low(x=a) > 1",
        "a.b > 1",
        "a[0] > 1",
        "__import__('os').system('true') > 0",
        "(lambda: 1)() > 0",
        "a > 1; b > 1",
        "1 > 0",
        "a > (b := 1)",
        "a > f'{b}'",
        "a > 1\x00",
    ],
)
def test_everything_else_is_refused(text):
    with pytest.raises(UserError, match="rule"):
        Condition(text)


def test_the_metrics_of_a_condition():
    assert Condition("low(a) >= 3 * b - 1").metrics == {"a", "b"}


@given(st.text(max_size=30))
def test_no_text_does_worse_than_a_clear_error(text):
    try:
        condition = Condition(text)
    except UserError:
        return
    with pytest.raises(NotMeasured):
        condition.holds({"metrics": {}})
