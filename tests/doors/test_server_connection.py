"""Connections to the server, byte for byte: what is read, what is answered, and who waits for whom."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from freezegun import freeze_time

from fakes3 import FakeS3
from fakes3.doors.server import Site, serving

from .raw_http import Raw, connected, head

MEBIBYTE = 1024 * 1024
LARGE = 8 * MEBIBYTE
HELLO = head("GET", "/bucket/hello.txt")


@pytest.fixture
def raw(url: str) -> Iterator[Raw]:
    with connected(url) as raw:
        yield raw


def put(target: str, body: bytes, *lines: str | bytes, host: str = "localhost") -> bytes:
    return head("PUT", target, f"Content-Length: {len(body)}", *lines, host=host) + body


class TestHeaders:
    """Header lines of one name are one header, names keep their letters, and values keep their bytes."""

    def test_lines_of_one_name_are_joined(self, raw: Raw, fake: FakeS3):
        assert 200 == raw.ask(put("/bucket/k", b"x", "x-amz-meta-a: 1", "X-Amz-Meta-A: 2")).status
        assert {"a": "1,2"} == fake["bucket"]["k"].metadata

    def test_attributes_in_lines_of_their_own(self, raw: Raw):
        """The Go SDK sends a line for each."""
        lines = ("x-amz-object-attributes: ETag", "x-amz-object-attributes: ObjectSize")
        answer = raw.ask(head("GET", "/bucket/hello.txt?attributes", *lines))
        assert 200 == answer.status
        assert b"<ETag>" in answer.body
        assert b"<ObjectSize>5</ObjectSize>" in answer.body

    def test_an_underscore_in_a_name_stays(self, raw: Raw, fake: FakeS3):
        raw.ask(put("/bucket/k", b"x", "x-amz-meta-a_b: 1"))
        assert {"a_b": "1"} == fake["bucket"]["k"].metadata

    def test_bytes_of_utf_8_come_back_as_they_were_sent(self, raw: Raw):
        value = 'attachment; filename="é€😀.txt"'.encode()
        raw.ask(put("/bucket/k", b"x", b"Content-Disposition: " + value))
        assert value == raw.ask(head("GET", "/bucket/k")).headers[b"content-disposition"]

    def test_text_from_a_query_comes_as_latin_1(self, raw: Raw):
        """S3 refuses other text: "Header value cannot be represented using ISO-8859-1."."""
        answer = raw.ask(head("GET", "/bucket/hello.txt?response-content-disposition=%C3%A9"))
        assert b"\xe9" == answer.headers[b"content-disposition"]

    def test_more_than_8_kb_are_refused_however_many_there_are(self, raw: Raw):
        assert "RequestHeaderSectionTooLarge" == raw.ask(head("GET", "/bucket/k", f"x-a: {'a' * 9000}")).code
        raw.send(head("GET", "/bucket/k")[:-2], *[b"x-a: %b\r\n" % (b"a" * 1000)] * 100)
        assert "RequestHeaderSectionTooLarge" == raw.receive().code
        assert raw.is_closed()


class TestTargets:
    """A target is a path as it was sent, or, at a proxy, a URL."""

    @pytest.mark.parametrize(("target", "key"), [("//key", "/key"), ("/%2Fkey", "/key"), ("/a%2Fb//c", "a/b//c")])
    def test_a_key_after_a_bucket_in_the_host(self, raw: Raw, fake: FakeS3, target: str, key: str):
        assert 200 == raw.ask(put(target, b"x", host="bucket.localhost")).status
        assert b"x" == fake["bucket"][key].body

    @pytest.mark.parametrize(
        "target", ["http://bucket.s3.amazonaws.com/hello.txt", "HTTPS://s3.us-east-1.amazonaws.com/bucket/hello.txt"]
    )
    def test_a_url_counts_with_its_host(self, raw: Raw, target: str):
        assert b"hello" == raw.ask(head("GET", target, host="elsewhere.example")).body

    def test_a_url_without_a_path_is_that_of_the_root(self, raw: Raw):
        assert b"<ListBucketResult" in raw.ask(head("GET", "http://bucket.s3.amazonaws.com?list-type=2")).body

    def test_the_host_of_the_connection_stands_in_for_none(self, raw: Raw):
        request = head("GET", "/bucket/hello.txt", version="1.0").replace(b"Host: localhost\r\n", b"")
        assert b"hello" == raw.ask(request).body


UNREADABLE = {
    "a negative length": head("PUT", "/bucket/k", "Content-Length: -1"),
    "a length with a sign": head("PUT", "/bucket/k", "Content-Length: +1") + b"x",
    "a length that is no number": head("PUT", "/bucket/k", "Content-Length: 1x") + b"x",
    "two lengths": head("PUT", "/bucket/k", "Content-Length: 1", "Content-Length: 2") + b"xy",
    "one length twice": head("PUT", "/bucket/k", "Content-Length: 1", "Content-Length: 1") + b"x",
    "a length and chunks": head("PUT", "/bucket/k", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "chunks in HTTP/1.0": head("PUT", "/bucket/k", "Transfer-Encoding: chunked", version="1.0") + b"0\r\n\r\n",
    "two hosts": head("GET", "/bucket/hello.txt", "Host: elsewhere"),
    "no host": HELLO.replace(b"Host: localhost\r\n", b""),
    "lines that end without CR": HELLO.replace(b"\r\n", b"\n"),
    "one line that ends without CR": HELLO.replace(b"Host: localhost\r\n", b"Host: localhost\n"),
    "a CR within a line": head("GET", "/bucket/hello.txt", "x-a: 1\r2"),
    "a NUL": head("GET", "/bucket/hello.txt", "x-a: 1\0"),
    "a folded line": head("GET", "/bucket/hello.txt", "x-a: 1", " 2"),
    "a blank before a colon": head("GET", "/bucket/hello.txt", "Content-Length : 0"),
    "a header without a name": head("GET", "/bucket/hello.txt", ": 1"),
    "a header without a colon": head("GET", "/bucket/hello.txt", "x-a"),
    "a blank in the target": head("GET", "/bucket/hello.txt x"),
    "a target without a slash": head("GET", "bucket/hello.txt"),
    "a URL without a host": head("GET", "http:///bucket/hello.txt"),
    "a method that is none": head("G@T", "/bucket/hello.txt"),
    "another version": head("GET", "/bucket/hello.txt", version="2.0"),
    "no HTTP": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "SOCKS": b"\x05\x01\x00",
}

CHUNKED = ("Transfer-Encoding: chunked", "Content-Encoding: aws-chunked", "x-amz-decoded-content-length: 5")


def in_chunks(target: str, body: bytes) -> bytes:
    """A put whose body, of signed chunks without signatures, comes in chunks of HTTP."""
    request = head("PUT", target, *CHUNKED).replace(b"UNSIGNED-PAYLOAD", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    return request + body


ODD_CHUNKS = [
    *(b"0x5\r\nhello", b"+5\r\nhello", b" 5\r\nhello", b"5\nhello\n0\n\n", b"5\r\nhello!\r\n", b"zz\r\n", b"-1\r\n"),
    *(b"\r\n", b"1" * 17 + b"\r\n", b"5;" + b"a" * 300, b"5;\x00\r\n", b"0\r\na: \x01\r\n"),
    *(b"0\r\n" + b"a: b\r\n" * 2000, b"0\r\n" + b"a" * 10_000),
]


class TestWhatCannotBeRead:
    """What two readers could read as different requests is refused, and the connection is closed."""

    @pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE.keys())
    def test_is_a_bad_request(self, raw: Raw, fake: FakeS3, sent: bytes):
        answer = raw.ask(sent)
        assert (400, "BadRequest") == (answer.status, answer.code)
        assert b"<Message>An error occurred when parsing the HTTP request.</Message>" in answer.body
        assert raw.is_closed()
        assert ["hello.txt"] == list(fake["bucket"])

    @pytest.mark.parametrize("body", ODD_CHUNKS)
    def test_odd_chunks(self, raw: Raw, fake: FakeS3, body: bytes):
        answer = raw.ask(in_chunks("/bucket/k", body))
        assert (400, "BadRequest") == (answer.status, answer.code)
        assert raw.is_closed()
        assert ["hello.txt"] == list(fake["bucket"])

    def test_odd_chunks_of_a_large_body(self, raw: Raw, fake: FakeS3):
        request = in_chunks("/bucket/k", b"").replace(b"content-length: 5", b"content-length: 3000000")
        raw.send(request, b"200000\r\n2dc6c0\r\n", b"x" * (2 * MEBIBYTE - 8), b"\r\nno size\r\n")
        answer = raw.receive()
        assert (400, "BadRequest") == (answer.status, answer.code)
        assert raw.is_closed()
        assert ["hello.txt"] == list(fake["bucket"])

    def test_another_transfer_coding_is_not_implemented(self, raw: Raw):
        answer = raw.ask(head("PUT", "/bucket/k", "Transfer-Encoding: gzip, chunked"))
        assert (501, "NotImplemented") == (answer.status, answer.code)


class TestChunks:
    """A body may come in chunks, cut anywhere, with extensions and trailers that mean nothing."""

    SIGNED = b"5\r\nhello\r\n0\r\n\r\n"

    @pytest.mark.parametrize("step", [1, 2, 7, 1000])
    def test_cut_anywhere(self, raw: Raw, fake: FakeS3, step: int):
        body = b"7;a=b\r\n" + self.SIGNED[:7] + b"\r\n8 \r\n" + self.SIGNED[7:] + b"\r\n0\r\nx-a: b\r\n\r\n"
        request = in_chunks("/bucket/k", body) + HELLO
        raw.send(*(request[at : at + step] for at in range(0, len(request), step)))
        assert 200 == raw.receive().status
        assert b"hello" == raw.receive().body
        assert b"hello" == fake["bucket"]["k"].body


class TestKeepingConnections:
    """A connection serves one request after the other, until one of both sides says that it ends."""

    def test_many_are_kept(self, url: str):
        with ExitStack() as stack:
            connections = [stack.enter_context(connected(url)) for _ in range(50)]
            for _ in range(3):
                for each in connections:
                    each.send(HELLO)
                for each in connections:
                    answer = each.receive()
                    assert (b"hello", None) == (answer.body, answer.headers.get(b"connection"))

    def test_requests_in_one_piece_are_answered_in_order(self, raw: Raw):
        written = put("/bucket/k", b"abc") + b"\r\n"  # some clients send an empty line behind a body
        raw.send(head("HEAD", "/bucket/hello.txt") + written + head("GET", "/bucket/k") + HELLO)
        answers = [raw.receive(method) for method in ("HEAD", "PUT", "GET", "GET")]
        assert [b"", b"", b"abc", b"hello"] == [each.body for each in answers]
        assert [200] * 4 == [each.status for each in answers]

    def test_a_request_behind_a_large_response(self, raw: Raw, fake: FakeS3):
        fake.create_bucket("large", objects={"k": b"x" * LARGE})
        raw.send(head("GET", "/large/k") + HELLO * 50)
        assert LARGE == len(raw.receive().body)
        assert [b"hello"] * 50 == [raw.receive().body for _ in range(50)]

    @pytest.mark.parametrize(
        ("version", "lines", "keeps"),
        [
            ("1.1", [], True),
            ("1.1", ["Connection: Keep-Alive"], True),
            ("1.1", ["Connection: close"], False),
            ("1.1", ["Connection: TE, Close"], False),
            ("1.0", [], False),
            ("1.0", ["Connection: keep-alive"], True),
        ],
    )
    def test_the_client_says_whether(self, raw: Raw, version: str, lines: list[str], keeps: bool):
        assert b"hello" == raw.ask(head("GET", "/bucket/hello.txt", *lines, version=version)).body
        if keeps:
            assert b"hello" == raw.ask(HELLO).body
        else:
            assert raw.is_closed()

    @pytest.mark.parametrize("size", [5, LARGE])
    def test_a_client_that_has_said_all_gets_its_answers(self, raw: Raw, fake: FakeS3, size: int):
        fake.create_bucket("other", objects={"k": b"x" * size})
        raw.send(head("GET", "/other/k") * 2)
        raw.sock.shutdown(socket.SHUT_WR)
        assert [size, size] == [len(raw.receive().body) for _ in range(2)]
        assert raw.is_closed()

    @pytest.mark.parametrize("size", [10, 3 * MEBIBYTE])
    def test_a_body_cut_short_is_refused_and_leaves_nothing(self, raw: Raw, fake: FakeS3, size: int):
        raw.send(head("PUT", "/bucket/k", f"Content-Length: {size}"), b"x" * (size - 1))
        raw.sock.shutdown(socket.SHUT_WR)
        assert "IncompleteBody" == raw.receive().code
        assert raw.is_closed()
        assert ["hello.txt"] == list(fake["bucket"])


class TestRefusedUploads:
    """A client that is still sending reads why it was refused."""

    @pytest.mark.parametrize("size", [100_000, LARGE])
    @pytest.mark.parametrize(
        ("target", "line", "expected"),
        [
            ("/nobucket/k", "x-amz-acl: private", (404, "NoSuchBucket")),
            ("/bucket/hello.txt", "If-None-Match: *", (412, "PreconditionFailed")),
        ],
    )
    def test_after_the_body_was_sent(self, raw: Raw, size: int, target: str, line: str, expected: tuple[int, str]):
        raw.send(put(target, b"x" * size, line))
        answer = raw.receive()
        assert expected == (answer.status, answer.code)
        assert b"hello" == raw.ask(HELLO).body

    def test_before_the_body_was_sent(self, raw: Raw):
        assert "NoSuchBucket" == raw.ask(head("PUT", "/nobucket/k", f"Content-Length: {LARGE}")).code
        raw.send(b"x" * LARGE)
        assert b"hello" == raw.ask(HELLO).body

    def test_in_chunks(self, raw: Raw):
        raw.send(in_chunks("/nobucket/k", b"7a1200\r\n" + b"x" * 8_000_000 + b"\r\n0\r\n\r\n"))
        assert "NoSuchBucket" == raw.receive().code
        assert b"hello" == raw.ask(HELLO).body

    def test_in_the_middle_of_the_body(self, raw: Raw, fake: FakeS3):
        request = head("PUT", "/bucket/k", "x-amz-decoded-content-length: 8000000", f"Content-Length: {LARGE}")
        raw.send(request.replace(b"UNSIGNED-PAYLOAD", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"), b"no size" * 1_000_000)
        assert "IncompleteBody" == raw.receive().code
        raw.send(b"x" * (LARGE - 7_000_000))
        assert b"hello" == raw.ask(HELLO).body

    def test_a_client_that_waits_for_100_is_refused_instead(self, raw: Raw):
        answer = raw.ask(head("PUT", "/nobucket/k", "Content-Length: 5", "Expect: 100-continue"))
        assert (404, "NoSuchBucket") == (answer.status, answer.code)
        assert raw.is_closed()  # nobody knows whether the body will come

    @pytest.mark.parametrize("size", [5, 3 * MEBIBYTE])
    def test_a_client_that_waits_for_100_is_asked_for_the_body(self, raw: Raw, fake: FakeS3, size: int):
        assert 100 == raw.ask(head("PUT", "/bucket/k", f"Content-Length: {size}", "Expect: 100-continue")).status
        raw.send(b"x" * size)
        assert 200 == raw.receive().status
        assert b"hello" == raw.ask(HELLO).body
        assert size == len(fake["bucket"]["k"].body)
        assert ["PutObject", "GetObject"] == [call.operation for call in fake.calls][-2:]


class TestManyClients:
    """Whoever is slow keeps nobody waiting, and is not cut off."""

    def test_bodies_that_come_in_turns_stay_apart(self, url: str, fake: FakeS3):
        """All connections are read into one buffer."""
        requests = {name: put(f"/bucket/{name}", name.encode() * 1000) for name in "abc"}
        with ExitStack() as stack:
            raws = {name: stack.enter_context(connected(url)) for name in requests}
            for start in range(0, 2000, 100):
                for name, raw in raws.items():
                    raw.send(requests[name][start : start + 100])
            assert [200] * 3 == [each.receive("PUT").status for each in raws.values()]
        assert all(name.encode() * 1000 == fake["bucket"][name].body for name in requests)

    @pytest.mark.parametrize("size", [10, 2 * MEBIBYTE])
    def test_bodies_that_come_slowly(self, url: str, raw: Raw, fake: FakeS3, size: int):
        with ExitStack() as stack:
            slow = [stack.enter_context(connected(url)) for _ in range(40)]
            for number, each in enumerate(slow):
                each.send(head("PUT", f"/bucket/{number}", f"Content-Length: {size}"), b"x" * (size // 2))
            assert b"hello" == raw.ask(HELLO).body
            for each in slow:
                each.send(b"x" * (size - size // 2))
                assert 200 == each.receive().status
        assert 41 == len(fake["bucket"])

    def test_connections_that_say_nothing(self, url: str, raw: Raw):
        with ExitStack() as stack:
            idle = [stack.enter_context(connected(url)) for _ in range(200)]
            assert b"hello" == raw.ask(HELLO).body
            assert b"hello" == idle[-1].ask(HELLO).body

    def test_readers_that_pause(self, url: str, raw: Raw, fake: FakeS3):
        fake.create_bucket("large", objects={"k": b"x" * LARGE})
        with ExitStack() as stack:
            readers = [stack.enter_context(connected(url)) for _ in range(20)]
            for each in readers:
                each.send(head("GET", "/large/k"))
            assert b"hello" == raw.ask(HELLO).body
            assert [LARGE] * 20 == [len(each.receive().body) for each in readers]

    def test_a_copy_is_answered_beside_others(self, raw: Raw, fake: FakeS3):
        lines = ("x-amz-copy-source: /bucket/hello.txt", "x-amz-checksum-algorithm: SHA256", "Content-Length: 0")
        assert 200 == raw.ask(head("PUT", "/bucket/copy", *lines)).status
        assert b"hello" == fake["bucket"]["copy"].body

    def test_a_reader_that_is_killed_is_nothing_to_tell_of(
        self, url: str, raw: Raw, fake: FakeS3, caplog: pytest.LogCaptureFixture
    ):
        fake.create_bucket("large", objects={"k": b"x" * 4 * LARGE})
        with connected(url) as killed:
            killed.send(head("GET", "/large/k"))
            killed.sock.recv(1)
            killed.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert b"hello" == raw.ask(HELLO).body
        assert b"hello" == raw.ask(HELLO).body
        assert [] == caplog.messages

    def test_a_client_that_is_killed_leaves_nothing(self, url: str, raw: Raw, fake: FakeS3):
        with connected(url) as killed:
            killed.send(head("PUT", "/bucket/k", f"Content-Length: {LARGE}"), b"x" * (LARGE - 1))
            killed.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert b"hello" == raw.ask(HELLO).body
        assert ["hello.txt"] == list(fake["bucket"])


class TestStopping:
    """A server stops within a second, whatever its clients do."""

    def test_while_the_clock_stands(self, fake: FakeS3):
        fake.create_bucket("large", objects={"k": b"x" * 4 * LARGE})
        with freeze_time("2026-01-02"), ExitStack() as stack:
            with serving(Site(fake.service)) as url:
                reading = stack.enter_context(connected(url))
                assert b"hello" == reading.ask(HELLO).body
                reading.send(head("GET", "/large/k"))
                assert b"H" == reading.sock.recv(1)

    def test_beside_clients_that_are_idle_slow_or_paused(self, fake: FakeS3):
        fake.create_bucket("large", objects={"k": b"x" * 4 * LARGE})
        with ExitStack() as stack:
            with serving(Site(fake.service)) as url:
                idle, reading, small, large = (stack.enter_context(connected(url)) for _ in range(4))
                assert b"hello" == idle.ask(HELLO).body
                reading.send(head("GET", "/large/k"))
                small.send(head("PUT", "/bucket/k", "Content-Length: 10"), b"x")
                large.send(head("PUT", "/bucket/k", f"Content-Length: {LARGE}"), b"x" * 2 * MEBIBYTE)
                with connected(url) as last:
                    assert b"hello" == last.ask(HELLO).body
            assert idle.is_closed()
            assert small.is_closed()
            with pytest.raises((EOFError, ConnectionError)):
                reading.receive()
        assert ["hello.txt"] == list(fake["bucket"])
