"""The timestamps of S3 Select: a moment, how precise it is, and how far its place is from UTC.

S3: userguide/s3-select-sql-reference-data-types.html, userguide/s3-select-sql-reference-date.html
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fakes3.model.select_errors import (
    EvaluatorInvalidTimestampFormatPatternSymbol,
    EvaluatorUnterminatedTimestampFormatPatternToken,
    IntegerOverflow,
)

PARTS = ("year", "month", "day", "hour", "minute", "second")
"""The parts of a timestamp, from the coarsest. A timestamp with hours has minutes."""

_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND = range(6)


class Timestamp(NamedTuple):
    """A moment as its place shows it."""

    local: datetime
    """Without a time zone."""
    precision: int
    """The place of its finest part in `PARTS`."""
    digits: int = 0
    """How many digits its second has after the point."""
    offset: int | None = None
    """The minutes from UTC; None where they are not known."""

    @property
    def instant(self) -> datetime:
        """The moment, in UTC."""
        return self.local - timedelta(minutes=self.offset or 0)


_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(?:(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?(Z|[+-]\d\d:\d\d)?)?)?",
    re.ASCII,
)


def parse_timestamp(text: str) -> Timestamp:
    """Return the timestamp that a text is.

    >>> parse_timestamp("2010T").precision, parse_timestamp("2017-01-02T03:04Z").offset
    (0, 0)

    Raises: ValueError.
    """
    found = _FORM.fullmatch(text)
    if found is None or (found[3] is None and "T" not in text):
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if hour is not None and day is None:
        raise ValueError(text)
    micro = int((fraction or "").ljust(6, "0"))
    local = datetime(
        int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), micro
    )
    parts = (month, day, hour, minute, second)
    return Timestamp(local, sum(each is not None for each in parts), len(fraction or ""), _parse_offset(zone))


def _parse_offset(zone: str | None) -> int | None:
    if zone is None or zone == "-00:00":
        return None
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:])
    if minutes >= 24 * 60:
        raise ValueError(zone)
    return -minutes if zone[0] == "-" else minutes


def from_moment(moment: datetime, *, digits: int = 3) -> Timestamp:
    """Return a moment as a timestamp in UTC."""
    return Timestamp(moment.astimezone(UTC).replace(tzinfo=None), _SECOND, digits, 0)


def format_timestamp(value: Timestamp) -> str:
    """Return a timestamp as a text, no more precise than it is.

    >>> format_timestamp(parse_timestamp("2010-02T")), format_timestamp(parse_timestamp("2017-01-02T03:04Z"))
    ('2010-02T', '2017-01-02T03:04Z')
    """
    whole = value.local.isoformat()
    if value.precision <= _MONTH:
        return whole[:4] + "T" if value.precision == _YEAR else whole[:7] + "T"
    if value.precision == _DAY:
        return whole[:10]
    text = whole[:16] if value.precision == _MINUTE else whole[:19]
    if value.digits and value.precision == _SECOND:
        text += f".{value.local:%f}"[: value.digits + 1]
    return text + ("-00:00" if value.offset is None else _format_offset(value.offset, colon=":"))


def _format_offset(offset: int, *, colon: str = "", zero: str = "Z", minutes: bool = True) -> str:
    if not offset and zero:
        return zero
    hours, rest = divmod(abs(offset), 60)
    sign = "-" if offset < 0 else "+"
    return f"{sign}{hours:02}{colon}{rest:02}" if minutes else f"{sign}{hours:02}"


def add(part: str, quantity: int, value: Timestamp) -> Timestamp:
    """Return a timestamp that is later by so many parts. It becomes as precise as the part.

    Raises: IntegerOverflow, where there is no such moment.
    """
    index = PARTS.index(part)
    precision = max(value.precision, _MINUTE if index == _HOUR else index)
    try:
        if index > _MONTH:
            return value._replace(local=value.local + timedelta(**{f"{part}s": quantity}), precision=precision)
        months = value.local.year * 12 + value.local.month - 1 + quantity * (12 if index == _YEAR else 1)
        year, month = divmod(months, 12)
        day = min(value.local.day, monthrange(year, month + 1)[1])
        return value._replace(local=value.local.replace(year=year, month=month + 1, day=day), precision=precision)
    except (OverflowError, ValueError):
        raise IntegerOverflow from None


def difference(part: str, one: Timestamp, other: Timestamp) -> int:
    """Return how many whole parts the second timestamp is later than the first."""
    if one.instant > other.instant:
        return -difference(part, other, one)
    index = PARTS.index(part)
    if index > _MONTH:
        seconds = (other.instant - one.instant) // timedelta(seconds=1)
        return seconds // {"day": 86400, "hour": 3600, "minute": 60, "second": 1}[part]
    begun, ended = one.instant, other.instant
    months = (ended.year - begun.year) * 12 + ended.month - begun.month
    is_short = (ended.day, ended.time()) < (begun.day, begun.time())
    months -= is_short
    return months // 12 if index == _YEAR else months


def extract(part: str, value: Timestamp) -> int | None:
    """Return a part of a timestamp, as its place shows it."""
    if part in PARTS:
        return int(getattr(value.local, part))
    if value.offset is None:
        return None
    hours, minutes = divmod(abs(value.offset), 60)
    sign = -1 if value.offset < 0 else 1
    return sign * (hours if part == "timezone_hour" else minutes)


_TOKENS = re.compile(r"'((?:[^']|'')*)'|(')|([A-Za-z])\3*|[^A-Za-z']")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def format_pattern(value: Timestamp, pattern: str) -> str:
    """Return a timestamp in the form of TO_STRING's pattern.

    >>> format_pattern(parse_timestamp("1969-07-20T20:18Z"), "MMMM d, y h:m a")
    'July 20, 1969 8:18 PM'

    Raises: EvaluatorInvalidTimestampFormatPatternSymbol, EvaluatorUnterminatedTimestampFormatPatternToken.
    """
    parts = []
    for token in _TOKENS.finditer(pattern):
        if token[2]:
            raise EvaluatorUnterminatedTimestampFormatPatternToken
        if token[1] is not None:
            parts.append(token[1].replace("''", "'") or "'")
        else:
            parts.append(_format_symbol(value, token[0]) if token[3] else token[0])
    return "".join(parts)


def _format_symbol(value: Timestamp, symbol: str) -> str:
    local, month = value.local, _MONTHS[value.local.month - 1]
    plain = {
        **{"y": str(local.year), "yy": f"{local.year % 100:02}", "yyyy": f"{local.year:04}"},
        **{"M": str(local.month), "MM": f"{local.month:02}", "MMM": month[:3], "MMMM": month, "MMMMM": month[0]},
        **{"d": str(local.day), "dd": f"{local.day:02}", "a": "PM" if local.hour > 11 else "AM"},
        **{"h": str((local.hour - 1) % 12 + 1), "hh": f"{(local.hour - 1) % 12 + 1:02}"},
        **{"H": str(local.hour), "HH": f"{local.hour:02}", "m": str(local.minute), "mm": f"{local.minute:02}"},
        **{"s": str(local.second), "ss": f"{local.second:02}", "n": str(local.microsecond * 1000)},
    }
    if symbol in plain:
        return plain[symbol]
    if symbol[0] == "S" and len(symbol) <= 9:
        return f"{local.microsecond:06}000"[: len(symbol)]
    if symbol[0] in "xX" and len(symbol) <= 5:
        colon = ":" if len(symbol) in {3, 5} else ""
        zero = "Z" if symbol[0] == "X" else ""
        return _format_offset(value.offset or 0, colon=colon, zero=zero, minutes=len(symbol) > 1)
    raise EvaluatorInvalidTimestampFormatPatternSymbol
