"""Byte ranges: one range, and whatever is not exactly that is no range at all. S3: API/API_GetObject.html, "Range" """

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import InvalidRange
from fakes3.model.ranges import parse_range

SIZES = st.integers(min_value=0, max_value=300)
ENDS = st.integers(min_value=0, max_value=400)


def read(header: str, body: bytes) -> bytes:
    span = parse_range(header, len(body))
    return body if span is None else body[span.start : span.stop]


class TestOneRange:
    """`bytes=first-last` names the bytes from the first to the last, both included."""

    # recorded: TestS3ObjectCRUD::test_get_object_range, TestS3::test_range_header_body_length
    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            ("bytes=0-9", range(10)),
            ("bytes=1-1", range(1, 2)),
            ("bytes=50-", range(50, 100)),
            ("bytes=50-99", range(50, 100)),
            ("bytes=50-1000", range(50, 100)),
            ("bytes=0-", range(100)),
            ("bytes=0-99", range(100)),
            ("bytes=-10", range(90, 100)),
            ("bytes=-1", range(99, 100)),
            ("bytes=-100", range(100)),
            ("bytes=-1000", range(100)),
            ("bytes=00-01", range(2)),
        ],
    )
    def test_of_a_hundred_bytes(self, header: str, expected: range) -> None:
        assert expected == parse_range(header, 100)

    @given(SIZES, ENDS, ENDS)
    def test_it_is_a_slice(self, size: int, first: int, last: int) -> None:
        body = bytes(index % 256 for index in range(size))
        if last < first:
            assert body == read(f"bytes={first}-{last}", body)
        elif first < size:
            assert body[first : last + 1] == read(f"bytes={first}-{last}", body)
            assert body[first:] == read(f"bytes={first}-", body)

    @given(SIZES.filter(bool), ENDS.filter(bool))
    def test_a_suffix_is_a_slice_from_the_end(self, size: int, length: int) -> None:
        body = bytes(index % 256 for index in range(size))
        assert body[-length:] == read(f"bytes=-{length}", body)


class TestNoRange:
    """A header that is malformed, backwards or names several ranges is ignored."""

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "bytes=10-5",
            "bytes=1-0",
            "bytes=102-0",
            "bytes=abc",
            "bytes=--1",
            "bytes=-1-",
            "bytes=-",
            "bytes=",
            "bytes=0--1",
            "bytes=0-0,1-2",
            "bytes=0-0,",
            "bytes=,",
            "bytes= -1",
            "bytes=0- 1",
            "bytes=0-1 ",
            "Bytes=0-1",
            "foo=0-1",
            "0-1",
            "bytes 0-1",
            "bytes=+0-1",
            "bytes=0x0-0x1",
            "bytes=\u0660-\u0661",
            "bytes=0-1\n",
        ],
    )
    def test_it_is_ignored(self, header: str | None) -> None:
        assert parse_range(header, 100) is None

    # observed: apache/arrow-rs-object-store#846
    @pytest.mark.parametrize("header", ["bytes=-1", "bytes=-8", f"bytes=-{'9' * 30}"])
    def test_the_last_bytes_of_an_empty_object_are_all_of_it(self, header: str) -> None:
        assert parse_range(header, 0) is None

    @pytest.mark.parametrize("header", ["bytes=10-5", "bytes=-", "bytes=0-0,1-2", "foo=0-1"])
    def test_it_is_ignored_of_an_empty_object_too(self, header: str) -> None:
        assert parse_range(header, 0) is None

    @given(st.text())
    def test_any_text_may_be_sent(self, text: str) -> None:
        assert parse_range(text, 100) is None
        assert parse_range("bytes=" + text.replace("-", ""), 100) is None


class TestUnsatisfiableRange:
    """A range must begin before the last byte."""

    # recorded: TestS3::test_invalid_range_error
    @pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-110", "bytes=1000-1000", "bytes=-0", "bytes=-00"])
    def test_beyond_the_last_byte(self, header: str) -> None:
        with pytest.raises(InvalidRange) as caught:
            parse_range(header, 100)
        assert "The requested range is not satisfiable" == caught.value.message
        assert {"RangeRequested": header, "ActualObjectSize": 100} == caught.value.members
        assert {"Content-Range": "bytes */100"} == caught.value.headers

    @pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-0", "bytes=5-9"])
    def test_every_other_range_of_an_empty_object(self, header: str) -> None:
        with pytest.raises(InvalidRange) as caught:
            parse_range(header, 0)
        assert {"Content-Range": "bytes */0"} == caught.value.headers

    def test_numbers_have_no_bounds(self) -> None:
        assert range(100) == parse_range(f"bytes=0-{'9' * 30}", 100)
        with pytest.raises(InvalidRange):
            parse_range(f"bytes={'9' * 30}-", 100)

    def test_numbers_may_have_thousands_of_digits(self) -> None:
        assert range(100) == parse_range(f"bytes=0-{'9' * 5000}", 100)
        assert range(100) == parse_range(f"bytes=-{'9' * 5000}", 100)
        with pytest.raises(InvalidRange):
            parse_range(f"bytes={'9' * 5000}-", 100)
