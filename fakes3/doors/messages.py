"""Requests and responses as client libraries have them: objects, or the bytes of HTTP/1.1, in pieces or as a file.

Paths and values of headers stay as they were sent, since they are signed as they were sent.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from http.client import responses
from typing import Any
from urllib.parse import urlsplit

from fakes3.model.bytes_rope import Rope
from fakes3.wire.message import Request, Response

PIECE = 1024 * 1024
"""How many bytes of a request body are read at a time. botocore's aws-chunked wrapper is quadratic when read whole."""

_CHUNK_HEAD = 1024
"""How many bytes are searched for the end of the line that opens a chunk. Such lines are short."""


def read_prepared(prepared: Any) -> Request:
    """Return the request that a client is about to send."""
    url = urlsplit(prepared.url)
    headers = {
        # Blanks around a value are no part of it: servers remove them.
        name: (value.decode("latin-1") if isinstance(value, bytes) else value).strip(" \t")
        for name, value in _lower_items(prepared.headers)
    }
    return Request(prepared.method, url.scheme, url.netloc, url.path or "/", url.query, headers, _pieces(prepared.body))


def _lower_items(headers: Any) -> Iterable[tuple[str, Any]]:
    """Return the headers, each with its lower-case name.

    botocore's `HeadersDict` makes a new key object whenever a header is looked up. Over all headers that takes as long
    as the rest of a GET, so its keys, which have the lower-case names, are read directly.
    """
    kept = getattr(headers, "_dict", None)
    if type(headers).__name__ == "HeadersDict" and isinstance(kept, dict):
        return [(getattr(key, "_lower", None) or str(key).lower(), value) for key, value in kept.items()]
    return [(name.lower(), value) for name, value in headers.items()]


def _pieces(body: Any) -> bytes | Iterable[bytes]:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    return _read(body) if hasattr(body, "read") else body  # an iterable of pieces


def _read(body: Any) -> Iterator[bytes]:
    while data := body.read(PIECE):
        yield data.encode() if isinstance(data, str) else data


def make_request(method: str, target: str, headers: Mapping[str, str], *, scheme: str, host: str) -> Request:
    """Return a request without a body.

    Args:
        method, headers, scheme: As in `Request`.
        target: The request target as sent. A proxy receives the absolute form, `http://host/path?query`, in which the
            path may be missing.
        host: The host of the connection, for a request without a Host header.
    """
    path, _, query = target.partition("?")
    if "://" in path and not path.startswith("/"):
        path = "/" + path.partition("://")[2].partition("/")[2]
    return Request(method, scheme, headers.get("host") or host, path or "/", query, headers)


def read_head(head: bytes, *, scheme: str, host: str) -> Request:
    """Return the request without a body that begins with these bytes, which end before the empty line."""
    request_line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _version = request_line.split(" ")
    headers = join_headers((name, value) for name, _, value in (line.partition(":") for line in lines))
    return make_request(method, target, headers, scheme=scheme, host=host)


def join_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by lower-case name, without the blanks around values. Values of one name are joined with ","."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def is_chunked(request: Request) -> bool:
    """Whether the body of a request has the chunked transfer coding."""
    return request.headers.get("transfer-encoding", "").lower() == "chunked"


def read_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the data of a body, given in pieces, that has the chunked transfer coding."""
    body, position = Rope(pieces), 0
    while True:
        line, _, _ = bytes(body[position : position + _CHUNK_HEAD]).partition(b"\r\n")
        start = position + len(line) + 2
        size = int(line.partition(b";")[0], 16)
        if not size:
            return
        yield from cut(body[start : start + size], PIECE)
        position = start + size + 2


def reason_phrase(status: int) -> str:
    """Return the words that follow a status code; "" for a code that HTTP does not define."""
    return responses.get(status, "")


def encode_headers(response: Response) -> list[tuple[bytes, bytes]]:
    """Return the names and values of a response's headers, encoded."""
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.headers.items()]


def write_head(response: Response) -> bytes:
    """Return the status line and the headers of a response, with the empty line that follows them."""
    status_line = f"HTTP/1.1 {response.status} {reason_phrase(response.status)}".encode("ascii")
    return b"\r\n".join([status_line, *map(b": ".join, encode_headers(response)), b"", b""])


def cut(body: Rope, most: int) -> Iterator[bytes]:
    """Yield a body in pieces of at most `most` bytes. Bytes are copied only where a piece of the rope is longer."""
    for piece in body.pieces:
        if len(piece) <= most:
            yield piece if isinstance(piece, bytes) else bytes(piece)
        else:
            for start in range(0, len(piece), most):
                yield bytes(piece[start : start + most])


class RopeReader(io.RawIOBase):
    """A file of the bytes of a rope."""

    def __init__(self, body: Rope) -> None:
        super().__init__()
        self._body = body
        self._position = 0

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the next bytes, and return how many there were."""
        data = bytes(self._body[self._position : self._position + len(buffer)])
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class RawBody(RopeReader):
    """The body of a response, which is read as urllib3's is."""

    def read(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """Return the next `amt` bytes, or all that are left if `amt` is None or negative."""
        start = self._position
        stop = len(self._body) if amt is None or amt < 0 else min(start + amt, len(self._body))
        self._position = stop
        return bytes(self._body[start:stop])

    def stream(self, amt: int | None = None, decode_content: bool | None = None) -> Iterator[bytes]:
        """Yield the bytes that are left in pieces of `amt` bytes."""
        while data := self.read(amt or PIECE):
            yield data

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self._position

    def close(self) -> None:
        """Drop the bytes that are left, as a closed connection does."""
        self._position = len(self._body)

    def release_conn(self) -> None:
        """Do nothing: there is no connection."""

    @property
    def closed(self) -> bool:
        """Whether all bytes were read or dropped."""
        return self._position >= len(self._body)
