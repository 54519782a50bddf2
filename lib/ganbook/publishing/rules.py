"""The rule language of the claim ledger: one comparison of recorded metrics, such as ``tv_same >= 3 * tv_different``.

A condition compares sums, differences and products of numbers, metric names, and ``low(metric)`` or ``high(metric)``,
the ends of a metric's interval (its worst and best seed). It is parsed once and never given to ``eval``.
"""

import ast
import operator
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ganbook.errors import UserError

_COMPARISONS = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}
_ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
_ENDS = ("low", "high")


class NotMeasured(Exception):
    """A condition names a metric, or the end of an interval, that the record does not hold."""


class Condition:
    """One parsed condition.

    Raises:
        UserError: the text is no comparison in the rule language.
    """

    def __init__(self, text: str) -> None:
        self.text = " ".join(text.split())
        try:
            tree = ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            raise UserError(f"rule {self.text!r}: {error.msg}") from error
        if not isinstance(tree, ast.Compare) or not all(type(op) in _COMPARISONS for op in tree.ops):
            raise UserError(f"rule {self.text!r}: expected a comparison with <, <=, > or >=, such as 'tv_same >= 0.15'")
        self._terms = (tree.left, *tree.comparators)
        self._comparisons = tuple(_COMPARISONS[type(op)] for op in tree.ops)
        self.metrics = frozenset().union(*(self._names(term) for term in self._terms))
        if not self.metrics:
            raise UserError(f"rule {self.text!r} names no metric")

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Whether it holds for a saved record (its ``metrics`` and ``intervals``).

        Raises:
            NotMeasured: the record lacks a number that the condition needs.
        """
        values = [_value(term, record) for term in self._terms]
        return all(compare(*pair) for compare, pair in zip(self._comparisons, pairwise(values), strict=True))

    def _names(self, term: ast.expr) -> frozenset[str]:
        """The metrics a term uses; refuses what is not in the language."""
        match term:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return frozenset()
            case ast.Name(id=name):
                return frozenset({name})
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._names(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._names(left) | self._names(right)
            case ast.Call(func=ast.Name(id=end), args=[ast.Name(id=name)], keywords=[]) if end in _ENDS:
                return frozenset({name})
        raise UserError(
            f"rule {self.text!r}: {ast.unparse(term)!r} is not allowed; a rule holds numbers, metric names,"
            " low(metric), high(metric), +, - and *"
        )


def _value(term: ast.expr, record: Mapping[str, Any]) -> float:
    match term:
        case ast.Constant(value=number):
            return number
        case ast.Name(id=name):
            return _lookup(record["metrics"], name)
        case ast.UnaryOp(operand=operand):
            return -_value(operand, record)
        case ast.BinOp(left=left, op=op, right=right):
            return _ARITHMETIC[type(op)](_value(left, record), _value(right, record))
        case ast.Call(func=ast.Name(id=end), args=[ast.Name(id=name)]):
            return _lookup(record.get("intervals", {}).get(name, {}), end)
    raise AssertionError(f"Condition let {ast.dump(term)} through")


def _lookup(numbers: Mapping[str, float], name: str) -> float:
    if name not in numbers:
        raise NotMeasured(name)
    return numbers[name]
