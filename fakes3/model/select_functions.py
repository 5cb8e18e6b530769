"""The functions, comparisons and sums of S3 Select, on values. What is NULL or MISSING has passed by before.

S3: userguide/s3-select-sql-reference-string.html, userguide/s3-select-sql-reference-date.html,
userguide/s3-select-sql-reference-aggregate.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from functools import lru_cache
from math import isfinite
from types import MappingProxyType

from fakes3.model.select_errors import (
    EvaluatorLikePatternInvalidEscapeSequence,
    ExternalEvalException,
    IncorrectSqlFunctionArgumentType,
    LikeInvalidInputs,
    ValueParseFailure,
)
from fakes3.model.select_timestamps import Timestamp, add, difference, extract, format_pattern, parse_timestamp
from fakes3.model.select_values import Value, check_int, check_number, check_text, compare, is_equal, same_type

_PRECISION = 38
"""The digits of a decimal. S3: userguide/s3-select-sql-reference-data-types.html"""


def calculate(sign: str, one: Value, other: Value) -> Value:
    """Return the result of an operator of numbers. Whole numbers give a whole number.

    Raises: IncorrectSqlFunctionArgumentType, IntegerOverflow, ExternalEvalException (a division by zero, say).
    """
    one, other = same_type(check_number(one), check_number(other))
    try:
        return _calculate(sign, one, other)
    except ArithmeticError:
        raise ExternalEvalException from None


def _calculate(sign: str, one: Value, other: Value) -> Value:
    if isinstance(one, int) and isinstance(other, int):
        return check_int(_calculate_int(sign, one, other))
    if isinstance(one, float):
        operators = {"+": one.__add__, "-": one.__sub__, "*": one.__mul__, "/": one.__truediv__, "%": one.__mod__}
        result = operators[sign](other)
        if not isfinite(result):
            raise OverflowError
        return result
    with localcontext(prec=_PRECISION):
        left, right = Decimal(one), Decimal(other)
        if sign == "+":
            return left + right
        if sign == "-":
            return left - right
        if sign == "*":
            return left * right
        return left / right if sign == "/" else left % right


def _calculate_int(sign: str, one: int, other: int) -> int:
    if sign in "/%":
        quotient = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
        return quotient if sign == "/" else one - quotient * other
    return {"+": one + other, "-": one - other, "*": one * other}[sign]


ORDERS: Mapping[str, Callable[[Value, Value], bool]] = MappingProxyType(
    {
        "=": is_equal,
        "<>": lambda one, other: not is_equal(one, other),
        "!=": lambda one, other: not is_equal(one, other),
        "<": lambda one, other: compare(one, other) < 0,
        "<=": lambda one, other: compare(one, other) <= 0,
        ">": lambda one, other: compare(one, other) > 0,
        ">=": lambda one, other: compare(one, other) >= 0,
    }
)
"""The comparisons, by their signs."""


def is_like(text: Value, pattern: Value, escape: Value) -> bool:
    """Whether a text has a form. Raises: LikeInvalidInputs, EvaluatorLikePatternInvalidEscapeSequence."""
    if not isinstance(text, str) or not isinstance(pattern, str):
        raise LikeInvalidInputs
    if escape is not None and (not isinstance(escape, str) or len(escape) != 1):
        raise EvaluatorLikePatternInvalidEscapeSequence
    return _compile_pattern(pattern, escape).fullmatch(text) is not None


@lru_cache(64)
def _compile_pattern(pattern: str, escape: str | None) -> re.Pattern[str]:
    parts = []
    letters = iter(pattern)
    for letter in letters:
        if letter == escape:
            letter = next(letters, "")
            if letter not in {"%", "_", escape}:
                raise EvaluatorLikePatternInvalidEscapeSequence
            parts.append(re.escape(letter))
        else:
            parts.append({"%": ".*", "_": "."}.get(letter) or re.escape(letter))
    return re.compile("".join(parts), re.DOTALL)


def _substring(text: Value, start: Value, length: Value = None) -> str:
    """Return part of a text; the first character is 1. S3: userguide/s3-select-sql-reference-string.html"""
    for each in (start, 0 if length is None else length):
        if type(each) is not int:
            raise IncorrectSqlFunctionArgumentType
    begin = max(start, 1) - 1
    if length is None:
        return check_text(text)[begin:]
    return check_text(text)[begin : max(start + length - 1, begin)]


def _trim(side: str, text: Value, letters: Value = " ") -> str:
    whole = check_text(text)
    return {"leading": whole.lstrip, "trailing": whole.rstrip, "both": whole.strip}[side](check_text(letters))


def _check_timestamp(value: Value) -> Timestamp:
    if not isinstance(value, Timestamp):
        raise IncorrectSqlFunctionArgumentType
    return value


def _date_add(part: str, quantity: Value, value: Value) -> Timestamp:
    if type(quantity) is not int:
        raise IncorrectSqlFunctionArgumentType
    return add(part, quantity, _check_timestamp(value))


def _to_timestamp(_: str, text: Value) -> Timestamp:
    try:
        return parse_timestamp(check_text(text))
    except ValueError:
        raise ValueParseFailure from None


FUNCTIONS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        "char_length": lambda _, text: len(check_text(text)),
        "character_length": lambda _, text: len(check_text(text)),
        "lower": lambda _, text: check_text(text).lower(),
        "upper": lambda _, text: check_text(text).upper(),
        "substring": lambda _, *arguments: _substring(*arguments),
        "trim": _trim,
        "date_add": _date_add,
        "date_diff": lambda part, one, other: difference(part, _check_timestamp(one), _check_timestamp(other)),
        "extract": lambda part, value: extract(part, _check_timestamp(value)),
        "to_string": lambda _, value, pattern: format_pattern(_check_timestamp(value), check_text(pattern)),
        "to_timestamp": _to_timestamp,
    }
)
"""The functions of known values, by their names. Each takes its mode first."""


def _add_up(values: list[Value]) -> Value:
    total: Value = 0
    for each in values:
        total = calculate("+", total, each)
    return total


def _average(values: list[Value]) -> Value:
    total = _add_up(values)
    return calculate("/", Decimal(total) if isinstance(total, int) else total, len(values))


def _extreme(sign: int) -> Callable[[list[Value]], Value]:
    def find(values: list[Value]) -> Value:
        best = check_number(values[0])
        for each in values:
            best = each if compare(check_number(each), best) * sign > 0 else best
        return best

    return find


AGGREGATES: Mapping[str, Callable[[list[Value]], Value]] = MappingProxyType(
    {"sum": _add_up, "avg": _average, "max": _extreme(1), "min": _extreme(-1)}
)
"""The aggregate functions of at least one known value, by their names; COUNT counts."""
