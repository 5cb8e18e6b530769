"""Many clients of a server, slow ones and ones that are killed: what they cost others, and what they leave."""

from __future__ import annotations

import gc
import socket
import struct
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from fakes3 import FakeS3
from fakes3.doors import server
from fakes3.doors.server import Site, serving
from fakes3.doors.server_certificates import Authority
from fakes3.operations.service import Service
from fakes3.operations.settings import Settings

from .raw_http import TIMEOUT, Raw, connected, head

MEBIBYTE = 1024 * 1024
LARGE = 4 * MEBIBYTE
HELLO = head("GET", "/bucket/hello.txt")


@pytest.fixture
def raw(url: str) -> Iterator[Raw]:
    with connected(url) as raw:
        yield raw


class TestTwoHundredSlowClients:
    """200 clients that are slow in each of the ways there are keep nobody waiting, and all get their answers."""

    def test_at_once(self, url: str, raw: Raw, fake: FakeS3):
        fake.create_bucket("large", objects={"k": b"x" * LARGE})
        with ExitStack() as stack:
            idle, reading, asking, small, large = (
                [stack.enter_context(connected(url)) for _ in range(count)] for count in (100, 40, 20, 20, 20)
            )
            for each in reading:
                each.send(head("GET", "/large/k"))
            for number, each in enumerate(small):
                each.send(head("PUT", f"/bucket/small-{number}", "Content-Length: 3"))
            for number, each in enumerate(large):
                each.send(head("PUT", f"/bucket/large-{number}", f"Content-Length: {2 * MEBIBYTE + 3}"))
                each.send(b"x" * 2 * MEBIBYTE)
            for at in range(3):  # a byte a turn
                for each in (*small, *large):
                    each.send(b"x")
                for each in asking:
                    each.send(HELLO[at : at + 1])
                assert b"hello" == raw.ask(HELLO).body
            for each in asking:
                each.send(HELLO[3:])
            for each in idle:
                each.send(HELLO)
            assert [200] * 40 == [each.receive().status for each in (*small, *large)]
            assert [b"hello"] * 120 == [each.receive().body for each in (*asking, *idle)]
            assert [LARGE] * 40 == [len(each.receive().body) for each in reading]
        assert 41 == len(fake["bucket"])


UNFINISHED = {
    "half a head": HELLO[: len(HELLO) // 2],
    "half a small body": head("PUT", "/bucket/k", "Content-Length: 10") + b"x" * 5,
    "half a large body": head("PUT", "/bucket/k", f"Content-Length: {LARGE}") + b"x" * (LARGE // 2),
    "half of a body in chunks": head("PUT", "/bucket/k", "Transfer-Encoding: chunked") + b"5\r\nhel",
    "half of a large chunk": head(
        "PUT", "/bucket/k", "Content-Encoding: aws-chunked", f"x-amz-decoded-content-length: {LARGE}",
        f"Content-Length: {LARGE + 50}", "x-amz-trailer: x-amz-checksum-crc32",
    ).replace(b"UNSIGNED-PAYLOAD", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    + b"400000\r\n" + b"x" * (LARGE // 2),
    "half of a part": head("PUT", "/bucket/k?partNumber=1&uploadId=UPLOAD", f"Content-Length: {LARGE}")
    + b"x" * (LARGE // 2),
    "a form without its end": head(
        "POST", "/bucket", f"Content-Length: {LARGE}", "Content-Type: multipart/form-data; boundary=b"
    )
    + b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + b"x" * (LARGE // 2),
}  # fmt: skip


class TestKilledClients:
    """A client that is killed in the middle of a request leaves neither a part of it nor a thread."""

    @pytest.mark.parametrize("sent", UNFINISHED.values(), ids=UNFINISHED)
    def test_in_the_middle_of_a_request(
        self, url: str, raw: Raw, fake: FakeS3, sent: bytes, caplog: pytest.LogCaptureFixture
    ):
        upload = fake.client().create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
        before = fake.snapshot()
        with connected(url) as killed:
            killed.send(sent.replace(b"UPLOAD", upload.encode(), 1) if b"uploadId" in sent else sent)
            killed.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert b"hello" == raw.ask(HELLO).body
        assert b"hello" == raw.ask(HELLO).body
        assert not threads_left()
        assert not before.diff(fake.snapshot())
        assert not fake.client().list_parts(Bucket="bucket", Key="k", UploadId=upload).get("Parts")
        assert [] == caplog.messages


class TestEnd:
    """A server that ends closes every connection, also those that it has only just accepted."""

    @pytest.mark.parametrize("grace", [0.0, 0.3])
    @pytest.mark.parametrize(("scheme", "rounds"), [("http", 20), ("https", 3)])
    def test_beside_clients_that_come_at_that_moment(
        self, scheme: str, rounds: int, grace: float, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(server, "_GRACE", grace)
        tls = Authority().context() if scheme == "https" else None
        for number in range(rounds):
            with ExitStack() as stack:
                with serving(Site(Service(Settings())), tls=tls) as url:
                    place = ("127.0.0.1", int(url.rpartition(":")[2]))
                    clients = [socket.create_connection(place, timeout=TIMEOUT) for _ in range(number % 4)]
                for each in clients:
                    with suppress(ConnectionResetError), stack.enter_context(each):
                        assert b"" == each.recv(1)


def threads_left() -> list[threading.Thread]:
    """The threads of requests that have not ended, though they were waited for."""
    found = [each for each in threading.enumerate() if each.name.startswith(("fakes3-request", "fakes3-digest"))]
    for each in found:
        each.join(TIMEOUT)
    return [each for each in found if each.is_alive()]


class TestMemory:
    """What was answered is forgotten, but for the latest calls."""

    def test_requests_leave_nothing(self):
        service = Service(Settings(), keep_calls=10)
        FakeS3._of(service).create_bucket("bucket", objects={"hello.txt": "hello"})
        body = b"x" * 1024
        asked = (
            *(HELLO, head("GET", "/bucket?list-type=2"), head("GET", "/bucket/none"), head("DELETE", "/bucket/other")),
            head("PUT", "/bucket/k", f"Content-Length: {len(body)}") + body,
        )
        with serving(Site(service)) as url, connected(url) as raw:
            for _ in range(60):
                for each in asked:
                    raw.ask(each)
            gc.collect()
            tracemalloc.start()
            try:
                before = tracemalloc.get_traced_memory()[0]
                for _ in range(100):
                    for each in asked:
                        raw.ask(each)
                gc.collect()
                held = tracemalloc.get_traced_memory()[0] - before
            finally:
                tracemalloc.stop()
        assert held < 500 * 64, "500 requests leave 64 bytes each, or more"
