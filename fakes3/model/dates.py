"""The two ways S3 writes a moment: HTTP dates in headers, ISO 8601 in documents. Both are in UTC.

S3: API/CommonResponseHeaders.html, RFC 7231 section 7.1.1.1
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_second = (datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))
"""The first and the last moment of the second that was asked for last."""


def whole_second(moment: datetime) -> datetime:
    """A moment without its fraction of a second; one value for all that asks in the same second."""
    global _second
    first, last = _second
    if not first <= moment <= last:  # every request asks, and replace() takes thirty times as long
        first = moment.replace(microsecond=0)
        _second = first, first.replace(microsecond=999_999)
    return first


@lru_cache(maxsize=256)  # many answers fall into one second
def as_http_date(moment: datetime) -> str:
    """A moment as HTTP writes it, whatever the process's locale.

    >>> as_http_date(datetime(2012, 12, 21, tzinfo=UTC))
    'Fri, 21 Dec 2012 00:00:00 GMT'
    """
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year:04} {moment:%H:%M:%S} GMT"


@lru_cache(maxsize=256)
def as_iso8601(moment: datetime) -> str:
    """A moment as S3's XML documents write it: milliseconds, and Z for UTC.

    >>> as_iso8601(datetime(2012, 12, 21, tzinfo=UTC))
    '2012-12-21T00:00:00.000Z'
    """
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def http_date(text: str | None) -> datetime | None:
    """The moment an HTTP date names; None when there is none or it is no date, which S3 takes for absent."""
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the second for a year, or an offset from UTC, that no datetime has
        return None
