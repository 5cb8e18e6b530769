"""The two ways S3 writes a moment, and the one in which it reads one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.dates import (
    LATEST,
    format_http_date,
    format_iso8601,
    format_pacific_time,
    format_seconds,
    later,
    midnight_from,
    parse_basic,
    parse_http_date,
    parse_iso8601,
    parse_policy_date,
    whole_millisecond,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
WHEN = datetime(2015, 10, 21, 7, 28, tzinfo=UTC)
MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))


class TestLaterMoments:
    """A moment can be as late as the calendar goes, and not later."""

    @given(MOMENTS, st.one_of(st.timedeltas(min_value=timedelta()), st.integers(0, 10**30)))
    def test_none_is_beyond_the_calendar(self, moment: datetime, by: timedelta | int) -> None:
        assert moment <= later(moment, by) <= LATEST

    @given(MOMENTS, st.integers(0, 1000))
    def test_days(self, moment: datetime, days: int) -> None:
        expected = timedelta(days=days)
        assert later(moment, days) in {moment + expected if moment <= LATEST - expected else LATEST}

    @given(MOMENTS)
    def test_the_next_midnight(self, moment: datetime) -> None:
        midnight = midnight_from(moment)
        assert (timedelta() <= midnight - moment < timedelta(days=1), 0) == (True, midnight.hour)

    def test_after_the_last_midnight_comes_none(self) -> None:
        assert "9999-12-31T00:00:00+00:00" == midnight_from(LATEST).isoformat()


class TestHttpDates:
    """Headers have the date form of HTTP, whatever the locale."""

    @given(MOMENTS)
    def test_as_the_standard_has_it(self, moment: datetime) -> None:
        assert format_datetime(moment, usegmt=True) == format_http_date(moment)

    @given(MOMENTS)
    def test_read_back_it_is_the_same_second(self, moment: datetime) -> None:
        assert moment.replace(microsecond=0) == parse_http_date(format_http_date(moment))

    @pytest.mark.parametrize(
        "text",
        [
            "Wed, 21 Oct 2015 07:28:00 GMT",
            "Wednesday, 21-Oct-15 07:28:00 GMT",
            "Wed Oct 21 07:28:00 2015",
            "Wed, 21 Oct 2015 09:28:00 +0200",
            "21 Oct 2015 07:28:00 GMT",
        ],
    )
    def test_the_forms_it_reads(self, text: str) -> None:
        read = parse_http_date(text)
        assert read is not None
        assert (WHEN, timedelta()) == (read, read.utcoffset())

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            "junk",
            "0",
            "2015-10-21",
            "Wed, 32 Oct 2015 07:28:00 GMT",
            "Wed, 21 Oct 2015 25:28:00 GMT",
            f"Wed, 21 Oct {'9' * 30} 07:28:00 GMT",
            "Fri, 31 Dec 9999 23:59:59 -2359",
            "Wed, 21 Oct 2015 07:28:00 +99999999",
        ],
    )
    def test_what_is_no_date_is_none(self, text: str | None) -> None:
        assert parse_http_date(text) is None

    @given(st.text())
    def test_any_text_may_be_sent(self, text: str) -> None:
        parse_http_date(text)

    @given(st.lists(st.sampled_from(["Wed,", "21", "Oct", "2015", "07:28:00", "GMT", "-", ":", "99:", "+0200", "0"])))
    def test_anything_like_a_date_may_be_sent(self, words: list[str]) -> None:
        parse_http_date(" ".join(words))


class TestIso8601:
    """Documents have ISO 8601 with milliseconds, and Z for UTC."""

    @given(MOMENTS)
    def test_as_python_has_it(self, moment: datetime) -> None:
        assert moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z" == format_iso8601(moment)

    def test_moments_differ_by_their_zone_only_before_they_come_here(self) -> None:
        there = WHEN.astimezone(timezone(timedelta(hours=2)))
        assert format_iso8601(WHEN) == format_iso8601(there.astimezone(UTC))

    @given(MOMENTS)
    def test_whole_seconds_as_python_has_it(self, moment: datetime) -> None:
        assert moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z" == format_seconds(moment)

    def test_early_years_have_four_digits(self) -> None:
        assert "0001-01-01T00:00:00.000Z" == format_iso8601(datetime(1, 1, 1, tzinfo=UTC))

    @given(MOMENTS)
    def test_read_back_it_is_the_same_millisecond(self, moment: datetime) -> None:
        assert whole_millisecond(moment) == parse_iso8601(format_iso8601(moment))

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-01-02T12:00:00Z", NOON),
            ("2026-01-02T12:00:00.000Z", NOON),
            ("2026-01-02T12:00:00", NOON),
            ("2026-01-02T13:30:00+01:30", NOON),
            ("20260102T120000Z", NOON),
            ("2026-01-02", NOON.replace(hour=0)),
            ("2026-01-02T12:00:00.123456Z", NOON.replace(microsecond=123_456)),
            ("", None),
            ("mars", None),
            ("1767355200", None),
            ("Fri, 02 Jan 2026 12:00:00 GMT", None),
            ("9999-12-31T23:59:59-12:00", None),
            ("0001-01-01T00:00:00+12:00", None),
            (f"{'9' * 30}-01-01", None),
        ],
    )
    def test_the_forms_it_reads(self, text: str, moment: datetime | None) -> None:
        assert moment == parse_iso8601(text)

    @given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)?", fullmatch=True))
    def test_any_text_may_be_sent(self, text: str) -> None:
        for parse in (parse_iso8601, parse_basic, parse_policy_date):
            parse(text)


class TestPacificTime:
    """Errors show dates of the past in Pacific time."""

    @pytest.mark.parametrize(
        ("moment", "text"),
        [
            ("2020-01-01T00:00:00+00:00", "Tue Dec 31 16:00:00 PST 2019"),
            ("2020-07-01T06:59:59+00:00", "Tue Jun 30 23:59:59 PDT 2020"),
            ("2026-03-08T09:59:59+00:00", "Sun Mar 08 01:59:59 PST 2026"),
            ("2026-03-08T10:00:00+00:00", "Sun Mar 08 03:00:00 PDT 2026"),
            ("2026-11-01T08:59:59+00:00", "Sun Nov 01 01:59:59 PDT 2026"),
            ("2026-11-01T09:00:00+00:00", "Sun Nov 01 01:00:00 PST 2026"),
            ("0001-01-01T00:00:00+00:00", "Mon Jan 01 00:00:00 PST 0001"),
        ],
    )
    def test_pacific_time(self, moment: str, text: str) -> None:
        assert text == format_pacific_time(datetime.fromisoformat(moment))

    @given(st.datetimes(datetime(2008, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
    def test_pacific_time_is_that_moment(self, moment: datetime) -> None:
        day, month, number, time, zone, year = format_pacific_time(moment).split()
        ahead = timezone(timedelta(hours={"PST": -8, "PDT": -7}[zone]))
        there = datetime.strptime(f"{day} {month} {number} {time} {year}", "%a %b %d %H:%M:%S %Y").replace(tzinfo=ahead)
        assert moment.replace(microsecond=0) == there
