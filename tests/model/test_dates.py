"""The two ways S3 writes a moment, and the one in which it reads one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.dates import as_http_date, as_iso8601, http_date

WHEN = datetime(2015, 10, 21, 7, 28, tzinfo=UTC)
MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))


class TestHttpDates:
    """Headers have the date form of HTTP, whatever the locale."""

    @given(MOMENTS)
    def test_as_the_standard_has_it(self, moment: datetime) -> None:
        assert format_datetime(moment, usegmt=True) == as_http_date(moment)

    @given(MOMENTS)
    def test_read_back_it_is_the_same_second(self, moment: datetime) -> None:
        assert moment.replace(microsecond=0) == http_date(as_http_date(moment))

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
        read = http_date(text)
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
        assert http_date(text) is None

    @given(st.text())
    def test_any_text_may_be_sent(self, text: str) -> None:
        http_date(text)

    @given(st.lists(st.sampled_from(["Wed,", "21", "Oct", "2015", "07:28:00", "GMT", "-", ":", "99:", "+0200", "0"])))
    def test_anything_like_a_date_may_be_sent(self, words: list[str]) -> None:
        http_date(" ".join(words))


class TestIso8601:
    """Documents have ISO 8601 with milliseconds, and Z for UTC."""

    @given(MOMENTS)
    def test_as_python_has_it(self, moment: datetime) -> None:
        assert moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z" == as_iso8601(moment)

    def test_moments_differ_by_their_zone_only_before_they_come_here(self) -> None:
        there = WHEN.astimezone(timezone(timedelta(hours=2)))
        assert as_iso8601(WHEN) == as_iso8601(there.astimezone(UTC))
