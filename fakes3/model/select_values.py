"""The values of S3 Select: what a record holds, and what an expression gives.

A text is a `str`, a whole number an `int`, any other number a `Decimal` or a `float`, NULL is None, a list or structure
of JSON a `list` or `dict`. All columns of a CSV object are texts. MISSING is what a record does not have.

S3: userguide/s3-select-sql-reference-data-types.html
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from math import isfinite
from typing import Any, Final, NamedTuple

from fakes3.model.numbers import read_int
from fakes3.model.select_errors import (
    AmbiguousFieldName,
    CastFailed,
    IncorrectSqlFunctionArgumentType,
    IntegerOverflow,
    UnsupportedTypeForQuerying,
)
from fakes3.model.select_timestamps import Timestamp, format_timestamp, parse_timestamp


class Missing(Enum):
    """The type of MISSING."""

    MISSING = "MISSING"


MISSING: Final = Missing.MISSING
Value = Any
"""One of the values above."""

LARGEST_INT = 2**63 - 1

_DIGITS_OF_INT = 19
_MOST_ZEROS = 1000


class Name(NamedTuple):
    """A name in a statement. In double quotation marks its case counts."""

    text: str
    is_quoted: bool = False

    def fits(self, other: str) -> bool:
        """Whether it names what is called so."""
        return self.text == other if self.is_quoted else self.text.lower() == other.lower()


class Row(NamedTuple):
    """A record of an object with columns. A record of JSON is its value."""

    names: tuple[str, ...]
    values: tuple[Value, ...]


def find_member(value: Value, name: Name) -> Value:
    """Return a column of a row, by its name or as `_N`, or a member of a structure; MISSING where there is none.

    Raises: AmbiguousFieldName.
    """
    if isinstance(value, Row):
        index = find_column(value.names, name)
        return MISSING if index is None or index >= len(value.values) else value.values[index]
    if isinstance(value, dict):
        index = find_name(tuple(value), name)
        return MISSING if index is None else list(value.values())[index]
    return MISSING


def find_column(names: tuple[str, ...], name: Name) -> int | None:
    """Return the place of a column, by its name or as `_N`; None where it has neither."""
    index = find_name(names, name)
    return index_of(name) if index is None else index


def index_of(name: Name) -> int | None:
    """Return the place that a name such as `_1` means; None for another name.

    >>> index_of(Name("_3")), index_of(Name("three"))
    (2, None)
    """
    place = read_int(name.text[1:]) if name.text.startswith("_") else None
    return place - 1 if place else None


@lru_cache(256)
def find_name(names: tuple[str, ...], name: Name) -> int | None:
    """Return the place of a name among others; None where it is not there. Raises: AmbiguousFieldName."""
    found = [index for index, each in enumerate(names) if name.fits(each)]
    if len(found) > 1:
        raise AmbiguousFieldName
    return found[0] if found else None


def is_unknown(value: Value) -> bool:
    """Whether a value is NULL or MISSING."""
    return value is None or value is MISSING


def is_number(value: Value) -> bool:
    """Whether a value is a number of any type."""
    return isinstance(value, int | Decimal | float) and not isinstance(value, bool)


def check_number(value: Value) -> Value:
    """Return a number as it is. Raises: IncorrectSqlFunctionArgumentType, for what is none."""
    if not is_number(value):
        raise IncorrectSqlFunctionArgumentType
    return value


def check_text(value: Value) -> str:
    """Return a text as it is. Raises: IncorrectSqlFunctionArgumentType, for what is none."""
    if not isinstance(value, str):
        raise IncorrectSqlFunctionArgumentType
    return value


def check_int(value: int) -> int:
    """Return a whole number as it is. Raises: IntegerOverflow, where it needs more than 8 bytes."""
    if not -LARGEST_INT - 1 <= value <= LARGEST_INT:
        raise IntegerOverflow
    return value


def same_type(one: Value, other: Value) -> tuple[Value, Value]:
    """Return two numbers as ones that Python can put together: a float makes both floats."""
    if isinstance(one, float) or isinstance(other, float):
        try:
            return float(one), float(other)
        except OverflowError:
            raise IntegerOverflow from None
    return one, other


def is_equal(one: Value, other: Value) -> bool:
    """Whether two values are equal: `1.0` and `1` are, `1` and `'1'` are not."""
    if is_number(one) and is_number(other):
        one, other = same_type(one, other)
        return bool(one == other)
    if isinstance(one, Timestamp) and isinstance(other, Timestamp):
        return one.instant == other.instant
    return type(one) is type(other) and bool(one == other)


def compare(one: Value, other: Value) -> int:
    """Return below 0, 0 or above 0, as the first value is less, equal or greater.

    Raises: UnsupportedTypeForQuerying, for values of different types and those that have no order.
    """
    if is_number(one) and is_number(other):
        one, other = same_type(one, other)
    elif isinstance(one, Timestamp) and isinstance(other, Timestamp):
        one, other = one.instant, other.instant
    elif not (isinstance(one, str) and isinstance(other, str)):
        raise UnsupportedTypeForQuerying
    return int(one > other) - int(one < other)


def to_text(value: Value) -> str:
    """Return a value as a text, as CAST and CSV have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Timestamp):
        return format_timestamp(value)
    # A decimal may have an exponent of ten digits, and all its zeros would not fit into memory.
    return format(value, "f") if isinstance(value, Decimal) and abs(value.adjusted()) < _MOST_ZEROS else str(value)


def _to_bool(value: Value) -> bool:
    if isinstance(value, str):
        return {"true": True, "false": False}[value.lower()]
    return value if isinstance(value, bool) else bool(check_number(value))


def _to_int(value: Value) -> int:
    if isinstance(value, Decimal) and value.adjusted() > _DIGITS_OF_INT:
        raise IntegerOverflow  # before all its digits are worked out
    return check_int(int(value))


def read_decimal(text: str) -> Decimal:
    """Return a number that is not whole, or has an exponent. Raises: ValueError, where the exponent is too long."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None


def _to_decimal(value: Value) -> Decimal:
    found = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not found.is_finite():
        raise ValueError
    return found


def _to_float(value: Value) -> float:
    found = float(value)
    if not isfinite(found):
        raise ValueError
    return found


def _to_timestamp(value: Value) -> Timestamp:
    return value if isinstance(value, Timestamp) else parse_timestamp(check_text(value))


CASTS: dict[str, Callable[[Value], Value]] = {
    "bool": _to_bool,
    "int": _to_int,
    "integer": _to_int,
    "string": to_text,
    "float": _to_float,
    "decimal": _to_decimal,
    "numeric": _to_decimal,
    "timestamp": _to_timestamp,
}
"""What converts a value, by the name of the type. S3: userguide/s3-select-sql-reference-data-types.html"""


def cast(value: Value, kind: str) -> Value:
    """Return a value as one of another type; what is unknown stays so. Raises: CastFailed, IntegerOverflow."""
    if is_unknown(value):
        return value
    if isinstance(value, list | dict | Row):
        raise CastFailed
    try:
        return CASTS[kind](value)
    except (ValueError, TypeError, KeyError, InvalidOperation, OverflowError, IncorrectSqlFunctionArgumentType):
        raise CastFailed from None
