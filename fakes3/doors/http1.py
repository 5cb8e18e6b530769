"""HTTP/1.1 messages as bytes, for the doors that take the place of a socket.

Paths and values of headers stay as they were sent, since they are signed as they were sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http.client import responses

from fakes3.doors.bodies import PIECE, cut
from fakes3.model.bytes_rope import Rope
from fakes3.wire.message import Request, Response

_CHUNK_HEAD = 1024
"""How many bytes are searched for the end of the line that opens a chunk. Such lines are short."""


def make_request(method: str, target: str, headers: Mapping[str, str], *, scheme: str, host: str) -> Request:
    """Return a request without a body.

    Args:
        method: The method.
        target: The request target as sent. A proxy receives the absolute form, `http://host/path?query`, in which the
            path may be missing.
        headers: The headers, by lower-case name.
        scheme: The scheme of the connection.
        host: The host of the connection, for a request without a Host header.
    """
    path, _, query = target.partition("?")
    if "://" in path and not path.startswith("/"):
        path = "/" + path.partition("://")[2].partition("/")[2]
    return Request(method, scheme, headers.get("host") or host, path or "/", query, headers)


def read_head(head: bytes, *, scheme: str, host: str) -> Request:
    """Return the request without a body that begins with this request line and these headers.

    Args:
        head: All that stands before the empty line.
        scheme: The scheme of the connection.
        host: The host of the connection.
    """
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
    return [(name.encode("ascii"), value.encode()) for name, value in response.headers.items()]


def write_head(response: Response) -> bytes:
    """Return the status line and the headers of a response, with the empty line that follows them."""
    status_line = f"HTTP/1.1 {response.status} {reason_phrase(response.status)}".encode("ascii")
    return b"\r\n".join([status_line, *map(b": ".join, encode_headers(response)), b"", b""])
