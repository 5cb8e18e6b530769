"""Moments read from text and written as text. All parsers of dates are here.

S3 writes HTTP dates in headers and ISO 8601 in documents, both in UTC. It reads more forms than it writes, and each
place where it reads takes its own forms. So there is one function for each; where a place takes fewer forms than its
function reads, it checks the form first. Every `parse_...` returns None for text that is not a date. It does the same
for a date that no datetime in UTC can hold, such as one past the last hour of the year 9999. None of them raises.

S3: API/CommonResponseHeaders.html, RFC 7231 section 7.1.1.1
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_BASIC = re.compile(r"[0-9]{8}T(?!24)[0-9]{6}Z")  # later versions of Python read 24 o'clock, too
_POLICY_DATE = (  # it is compiled at first use: few requests meet a policy with a date
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}(?:\.[0-9]{1,9})?))?"
    r"(?:Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))?)?)?"
)
_EPOCH = date(1970, 1, 1).toordinal()

_second = (datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))
"""The first and the last moment of the second that `whole_second` returned last."""


# ---- Fractions of seconds ----


def whole_second(moment: datetime) -> datetime:
    """Return a moment without its fraction of a second: the same object for all calls within one second."""
    global _second
    first, last = _second
    if not first <= moment <= last:  # every request calls this, and replace() takes thirty times as long
        first = moment.replace(microsecond=0)
        _second = first, first.replace(microsecond=999_999)
    return first


def whole_millisecond(moment: datetime) -> datetime:
    """Return a moment as exact as S3's documents show it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


# ---- Other moments ----

LATEST = datetime.max.replace(tzinfo=UTC)
"""The last moment of the calendar. What would come later is at this moment."""


def later(moment: datetime, by: timedelta | int) -> datetime:
    """Return the moment that is later by a time, or by a number of days; `LATEST` where the calendar ends before.

    >>> later(datetime(2012, 12, 21, tzinfo=UTC), 10).isoformat(), later(LATEST, 10**30) == LATEST
    ('2012-12-31T00:00:00+00:00', True)
    """
    try:
        return moment + (timedelta(days=by) if isinstance(by, int) else by)
    except OverflowError:
        return LATEST


def midnight_from(moment: datetime) -> datetime:
    """Return the first midnight, UTC, that is not before a moment; the calendar's last one where none follows."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == moment or midnight.date() == LATEST.date() else midnight + timedelta(days=1)


# ---- Moments to text ----


@lru_cache(maxsize=256)  # many responses fall into one second
def format_http_date(moment: datetime) -> str:
    """Return a moment as HTTP writes it, whatever the process's locale.

    >>> format_http_date(datetime(2012, 12, 21, tzinfo=UTC))
    'Fri, 21 Dec 2012 00:00:00 GMT'
    """
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year:04} {moment:%H:%M:%S} GMT"


@lru_cache(maxsize=256)
def format_iso8601(moment: datetime) -> str:
    """Return a moment as S3's XML documents write it: with milliseconds, and Z for UTC.

    >>> format_iso8601(datetime(2012, 12, 21, tzinfo=UTC))
    '2012-12-21T00:00:00.000Z'
    """
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def format_seconds(moment: datetime) -> str:
    """Return a moment as S3's errors write it: in whole seconds, and Z for UTC.

    >>> format_seconds(datetime(2012, 12, 21, tzinfo=UTC))
    '2012-12-21T00:00:00Z'
    """
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def format_pacific_time(moment: datetime) -> str:
    """Return a moment as S3's errors show a date that is in the past: on a clock in Seattle.

    Summer time follows today's rule in every year.

    recorded: TestS3ObjectLockRetention::test_s3_object_retention_exc

    >>> format_pacific_time(datetime(2020, 1, 1, tzinfo=UTC))
    'Tue Dec 31 16:00:00 PST 2019'
    """
    begins = _sunday(moment.year, month=3, number=2).replace(hour=10)  # 2 o'clock PST
    ends = _sunday(moment.year, month=11, number=1).replace(hour=9)  # 2 o'clock PDT
    zone, ahead = ("PDT", -7) if begins <= moment < ends else ("PST", -8)
    try:
        there = moment + timedelta(hours=ahead)
    except OverflowError:  # in the first hours of the first year
        there = moment
    day, month = _DAYS[there.weekday()], _MONTHS[there.month - 1]
    return f"{day} {month} {there.day:02} {there:%H:%M:%S} {zone} {there.year:04}"


def _sunday(year: int, *, month: int, number: int) -> datetime:
    first = datetime(year, month, 1, tzinfo=UTC)
    return first + timedelta(days=6 - first.weekday() + 7 * (number - 1))


# ---- Text to moments ----


def parse_http_date(text: str | None) -> datetime | None:
    """Return the moment of an HTTP date, in any of the forms that HTTP ever had; UTC where it names no zone."""
    if text is None:
        return None
    try:
        return _in_utc(parsedate_to_datetime(text))
    except (ValueError, IndexError, OverflowError):  # some versions of Python index an empty word of a broken date
        return None


def parse_iso8601(text: str) -> datetime | None:
    """Return the moment of an ISO 8601 text, as headers and documents have it; UTC where it names no zone."""
    try:
        return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def parse_basic(text: str) -> datetime | None:
    """Return the moment of an `X-Amz-Date`: ISO 8601 without separators, in UTC, and no other form.

    >>> parse_basic("20130524T000000Z")
    datetime.datetime(2013, 5, 24, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return parse_iso8601(text) if _BASIC.fullmatch(text) else None


def parse_policy_date(text: str) -> Decimal | None:
    """Return a date in a policy's condition as seconds since 1970.

    Policies take the forms of the W3C's profile of ISO 8601, from `2013-05` to nanoseconds. Seconds keep what a
    datetime would lose: the nanoseconds, and moments that an offset moves out of the calendar.

    S3: IAM/UserGuide/reference_policies_elements_condition_operators.html, "Date condition operators"

    >>> parse_policy_date("1970-01-02T00:00:00.5Z")
    Decimal('86400.5')
    """
    found = re.fullmatch(_POLICY_DATE, text)
    if found is None:
        return None
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"] or 1))
    except ValueError:
        return None
    hour, minute, second = int(found["hour"] or 0), int(found["minute"] or 0), Decimal(found["second"] or 0)
    if hour > 23 or minute > 59 or second >= 60:
        return None
    ahead = int(f"{found['sign'] or '+'}1") * (int(found["hours"] or 0) * 60 + int(found["minutes"] or 0))
    return Decimal(((day.toordinal() - _EPOCH) * 24 + hour) * 3600 + (minute - ahead) * 60) + second


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
