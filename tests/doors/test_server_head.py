"""The head of a request and its chunks, as the server reads them."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.doors.server_head import Head, InChunks, Sized, find_end, read_head
from fakes3.model.errors import BadRequest, RequestHeaderSectionTooLarge


def read(*lines: str) -> Head:
    data = "\r\n".join(("PUT /bucket/a%2Fb?x=%20&y HTTP/1.1", "Host: h", *lines)).encode("latin-1")
    return read_head(data, scheme="http", host="127.0.0.1:9000", client="203.0.113.9")


class TestHead:
    def test_path_query_and_values_stay_as_they_were_sent(self):
        request = read("X-A:  a b\t", "x-a: \xc3\xa9").request
        assert ("PUT", "http", "h", "/bucket/a%2Fb", "x=%20&y") == (
            *(request.method, request.scheme, request.host),
            *(request.path, request.query),
        )
        assert {"host": "h", "x-a": "a b,\xc3\xa9"} == request.headers
        assert "203.0.113.9" == request.client

    @pytest.mark.parametrize(
        ("line", "length"),
        [
            ("X-A: 1", 0),
            ("Content-Length: 0", 0),
            ("content-length: 007", 7),
            ("Content-Length: " + "9" * 5000, 10**19),
            ("Transfer-Encoding: Chunked", None),
        ],
    )
    def test_how_long_the_body_is(self, line: str, length: int | None):
        assert length == read(line).length

    @pytest.mark.parametrize(
        ("lines", "expects"),
        [
            (("Expect: 100-continue", "Content-Length: 1"), True),
            (("Expect: 100-Continue", "Transfer-Encoding: chunked"), True),
            (("Expect: 100-continue", "Content-Length: 0"), False),
            (("Expect: 100-continue",), False),
            (("Content-Length: 1",), False),
        ],
    )
    def test_whether_the_client_waits(self, lines: tuple[str, ...], expects: bool):
        assert expects == read(*lines).expects

    def test_why_it_cannot_be_read_is_told(self):
        with pytest.raises(BadRequest) as refusal:
            read("Content-Length: -1")
        assert "the request cannot be read: its Content-Length is no number. Send it as RFC 9112 says." == (
            refusal.value.reason
        )

    def test_its_end(self):
        assert [-1, -1, 3] == [find_end(data) for data in (b"", b"a\r\nb\r\n", b"a\rb\r\n\r\nc")]

    def test_another_protocol_has_no_end(self):
        """TLS and SOCKS begin with a byte with which no method begins, and wait for an answer."""
        refusals = []
        for data in (b"\x16\x03\x01\x02\x00\n", b"\x05\x01\x00"):
            with pytest.raises(BadRequest) as refusal:
                find_end(data)
            refusals.append(str(refusal.value.reason))
        assert refusals == [
            "the request cannot be read: it begins as TLS does. "
            "Ask for http:// instead of https://, or start the server with TLS.",
            "the request cannot be read: it does not begin with a method. Send it as RFC 9112 says.",
        ]

    @pytest.mark.parametrize("data", [b"a" * 70_000, b"a" * 70_000 + b"\r\n\r\n"])
    def test_it_may_not_be_endless(self, data: bytes):
        with pytest.raises(RequestHeaderSectionTooLarge):
            find_end(data)


class TestSized:
    def test_takes_what_belongs_to_the_body(self):
        body = Sized(5)
        assert ((b"hel", b""), False) == (body.take(b"hel"), body.is_done)
        assert ((b"lo", b"GET"), True) == (body.take(b"loGET"), body.is_done)
        assert Sized(0).is_done


class TestInChunks:
    @given(st.lists(st.binary(min_size=1, max_size=40)), st.binary(max_size=9), st.lists(st.integers(0, 300)))
    def test_gives_back_what_was_cut_into_chunks(self, chunks: list[bytes], rest: bytes, cuts: list[int]):
        """However the bytes arrive, and whatever follows them."""
        sent = b"".join(b"%x;a=b\r\n%b\r\n" % (len(each), each) for each in chunks) + b"0\r\nx-a: b\r\n\r\n" + rest
        places = sorted({0, *(cut for cut in cuts if cut < len(sent)), len(sent)})
        body, got, left = InChunks(), b"", b""
        for start, stop in pairwise(places):
            if body.is_done:
                left += sent[start:stop]
            else:
                piece, after = body.take(sent[start:stop])
                got, left = got + piece, left + after
        assert (b"".join(chunks), rest, True) == (got, left, body.is_done)

    @given(st.binary(max_size=60))
    def test_whatever_arrives_is_taken_or_refused(self, sent: bytes):
        with suppress(BadRequest):
            body, _ = InChunks().take(sent)
            assert len(body) < len(sent) or not sent
