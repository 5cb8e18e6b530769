"""A client of HTTP/1.1 that sends what it is given, byte for byte."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

TIMEOUT = 60


class Answer(NamedTuple):
    """A response."""

    status: int
    headers: dict[bytes, bytes]
    """By lower-case name."""
    body: bytes

    @property
    def code(self) -> str:
        """The code of an error document."""
        return self.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()


def head(method: str, target: str, *lines: str | bytes, host: str = "localhost", version: str = "1.1") -> bytes:
    """The head of a request of an unknown key, which acts for the fake's own account."""
    now = datetime.now(UTC)
    signed = (
        f"Host: {host}",
        f"X-Amz-Date: {now:%Y%m%dT%H%M%SZ}",
        "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD",
        f"Authorization: AWS4-HMAC-SHA256 Credential=AKIAUNKNOWN/{now:%Y%m%d}/us-east-1/s3/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
    )
    all_lines = (f"{method} {target} HTTP/{version}", *signed, *lines, "", "")
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in all_lines)


class Raw:
    """A connection to a server."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._held = b""

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.sock.sendall(piece)

    def receive(self, method: str = "GET") -> Answer:
        """The next response, also an interim one, to a request of this method."""
        while b"\r\n\r\n" not in self._held:
            self._more()
        top, _, self._held = self._held.partition(b"\r\n\r\n")
        first, *lines = top.split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        status = int(first.split(b" ")[1])
        size = 0 if method == "HEAD" else int(headers.get(b"content-length", b"0"))
        while len(self._held) < size:
            self._more()
        body, self._held = self._held[:size], self._held[size:]
        return Answer(status, headers, body)

    def ask(self, request: bytes, method: str = "GET") -> Answer:
        self.send(request)
        return self.receive(method)

    def is_closed(self) -> bool:
        """Whether the server sends nothing more; waits for that, or for more."""
        return not self._held and self.sock.recv(1) == b""

    def _more(self) -> None:
        piece = self.sock.recv(256 * 1024)
        if not piece:
            raise EOFError("The server closed the connection.")
        self._held += piece


@contextmanager
def connected(url: str) -> Iterator[Raw]:
    """A connection to the server at a URL."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=TIMEOUT) as sock:
        yield Raw(sock)
