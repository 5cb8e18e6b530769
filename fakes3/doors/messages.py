"""Requests and responses as client libraries have them: objects, or the bytes of HTTP/1.1, in pieces or as a file.

Paths and values of headers stay as they were sent, since they are signed as they were sent.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from errno import ECONNRESET
from functools import cache, lru_cache, partial
from http import HTTPStatus
from operator import attrgetter
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.endpoint import Endpoint
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import BadRequest, IncompleteBody
from fakes3.model.header_text import is_header_value
from fakes3.wire.chunked import TERMINATED
from fakes3.wire.message import Request, Response, WatchedBody

PIECE = 1024 * 1024
"""How many bytes of a request body are read at a time. botocore's aws-chunked wrapper is quadratic when read whole."""

_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;|\Z)")
_CHUNK_HEAD = 1024
"""How many bytes are searched for the end of the line that opens a chunk. Such lines are short."""


def read_prepared(prepared: Any) -> Request:
    """Return the request that a client is about to send."""
    url = urlsplit(prepared.url)
    headers = {
        # Blanks around a value are no part of it: servers remove them.
        name: value.decode("latin-1").strip(" \t") if isinstance(value, bytes) else value.strip(" \t")
        for name, value in _lower_items(prepared.headers)
    }
    return Request(prepared.method, url.scheme, url.netloc, url.path or "/", url.query, headers, _pieces(prepared.body))


def check_as_http_client(request: Request, given: Mapping[Any, Any]) -> None:
    """Raise what http.client raises for headers that it refuses to send, so that they never reach a socket.

    `given` are the headers of the request as the client library hands them to http.client.

    Raises: ValueError; UnicodeEncodeError, which is one.
    """
    if not has_plain_headers(request.headers):
        from http.client import HTTPConnection

        connection = HTTPConnection("localhost")  # nothing connects until the headers end
        connection.putrequest("GET", "/")
        for name, value in given.items():
            connection.putheader(name, value)


def has_plain_headers(headers: Mapping[str, str]) -> bool:
    """Whether every client library would send these headers. Of others, each refuses some."""
    return are_plain_names(tuple(headers)) and is_header_value("".join(headers.values()))


@lru_cache(maxsize=256)  # a client sends the same headers again and again
def are_plain_names(names: tuple[str, ...]) -> bool:
    """Whether every client library would send headers of these names."""
    return "" not in names and not _ODD_IN_NAME("".join(names))


_ODD_IN_NAME = re.compile(r"[^!-9;-~]").search


def _lower_items(headers: Any) -> Iterable[tuple[str, Any]]:
    """Return the headers, each with its lower-case name.

    botocore's `HeadersDict` makes a new key object whenever a header is looked up. Over all headers that takes as long
    as the rest of a GET, so its keys, which have the lower-case names, are read directly.
    """
    if type(headers).__name__ == "HeadersDict":
        with suppress(AttributeError):  # another release of botocore may keep them in another way
            return zip(list(map(_find_lower, headers._dict)), headers._dict.values(), strict=True)
    return [(name.lower(), value) for name, value in headers.items()]


_find_lower = attrgetter("_lower")


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


def read_unchunked(body: Any, name: str, *, late: bool) -> tuple[bytes | Iterable[bytes], dict[str, str]]:
    """Return the bytes that botocore's `body` would cut into chunks, and their trailers: a checksum under this name.

    With `late` they are read, and the trailers are there, only once they are asked for. A client that expects
    "100 Continue", as botocore does for files, sends nothing of a body that S3 refuses before.
    """
    if not late:
        data = body._raw.read()
        return data, compute_trailers(name, body._checksum, data)
    trailers: dict[str, str] = {}

    def read() -> Iterator[bytes]:
        data = body._raw.read()
        trailers.update(compute_trailers(name, body._checksum, data))
        yield data

    return read(), trailers


def compute_trailers(name: str, checksum: Any, body: bytes) -> dict[str, str]:
    """Return the trailers of a body: the checksum that botocore's new object computes, under this name."""
    checksum.update(body)
    return {name: checksum.b64digest()}


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
    method, _, rest = request_line.partition(" ")
    target, _, _version = rest.rpartition(" ")
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
    """Yield the data of a body, given in pieces, that has the chunked transfer coding.

    Raises: IncompleteBody, where it ends too soon; BadRequest, where it is not in chunks.
    """
    body, position = Rope(pieces), 0
    while True:
        line, end, _ = bytes(body[position : position + _CHUNK_HEAD]).partition(b"\r\n")
        size = _CHUNK_SIZE.match(line)
        if size is None and (end or len(line) == _CHUNK_HEAD):
            raise BadRequest
        start = position + len(line) + 2
        stop = start + (0 if size is None else int(size[1], 16))
        if not end or stop + 2 > len(body):
            raise IncompleteBody(TERMINATED)
        if start == stop:
            return
        if bytes(body[stop : stop + 2]) != b"\r\n":
            raise BadRequest
        yield from cut(body[start:stop], PIECE)
        position = stop + 2


_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def reason_phrase(status: int) -> str:
    """Return the words that follow a status code; "" for a code that HTTP does not define."""
    return _PHRASES.get(status, "")


def encode_headers(response: Response) -> list[tuple[bytes, bytes]]:
    """Return the names and values of a response's headers, encoded."""
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.headers.items()]


def write_head(response: Response) -> bytes:
    """Return the status line and the headers of a response, with the empty line that follows them."""
    lines = [f"{name}: {value}\r\n" for name, value in response.headers.items()]
    return f"HTTP/1.1 {response.status} {reason_phrase(response.status)}\r\n{''.join(lines)}\r\n".encode("latin-1")


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

    def __init__(self, body: Rope, position: int = 0) -> None:
        super().__init__()
        self._body = body
        self._position = position

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
    """The body of a response, as http.client has it below urllib3's response."""

    def read(self, amt: int | None = None) -> bytes:
        """Return the next `amt` bytes, or all that are left if `amt` is None or negative."""
        start = self._position
        stop = len(self._body) if amt is None or amt < 0 else min(start + amt, len(self._body))
        self._position = stop
        return bytes(self._body[start:stop])

    read1 = read

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self._position

    def close(self) -> None:
        """Drop the bytes that are left, as a closed connection does."""
        self._position = len(self._body)
        _close(self._body)

    @property
    def closed(self) -> bool:
        """Whether all bytes were read or dropped."""
        return self._position >= len(self._body)

    def settimeout(self, _seconds: Any) -> None:
        """Do nothing: the fake never waits."""

    @property
    def fp(self) -> RawBody:
        """The body itself. At `fp.raw._sock` programs look for the socket, to set its timeout."""
        return self

    raw = _sock = fp


def _close(body: Rope) -> None:
    """Let a body know that its reader is closed, unless that is closed only since nobody refers to it any more."""
    if isinstance(body, WatchedBody) and not _is_finalized():
        body.close()


def _is_finalized() -> bool:
    """Whether what is being closed is closed only since nobody refers to it any more.

    Python's `io` marks a reader before it calls its `close` for this reason. That may be one around the one that asks.
    """
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_name == "close":
        if getattr(frame.f_locals.get("self"), "__dict__", {}).get("_finalizing"):
            return True
        frame = frame.f_back
    return False


def check_connection(response: Response) -> None:
    """Raise what a socket raises whose connection breaks before an answer comes.

    Raises: ConnectionResetError, TimeoutError.
    """
    if response.breaks == "reset":
        raise ConnectionResetError(ECONNRESET, "Connection reset by peer")
    if response.breaks == "time-out":
        raise TimeoutError("timed out")


def make_raw(response: Response, method: str) -> Any:
    """Return urllib3's kind of response to a request with this method, whose body nobody has read yet."""
    return _raw_class()(response, method)


@cache
def _raw_class() -> Any:
    from urllib3.response import HTTPResponse

    class Raw(HTTPResponse):
        """urllib3's response. Most programs only read its bytes, so all else is made when somebody asks for it."""

        def __init__(self, response: Response, method: str) -> None:
            self._response = response
            self._method = method
            self._bytes: RawBody | None = None
            """The body as urllib3 reads it; None until all is made."""
            self._size = len(response.body)
            self._position = 0
            """How many bytes were read before all was made."""
            if response.breaks is not None:
                _ = self.headers  # now urllib3 itself reads, and finds that the body is too short

        def __getattr__(self, name: str) -> Any:
            """Return an attribute that urllib3 sets when it makes a response, after it has set them all."""
            if self._bytes is not None:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            answer = self._response
            self._bytes = RawBody(answer.body, self._position)
            super().__init__(
                body=self._bytes,
                headers=answer.headers,
                status=answer.status,
                version=11,
                reason=reason_phrase(answer.status),
                preload_content=False,
                decode_content=False,
                request_method=self._method,
            )
            if self.length_remaining:
                self.length_remaining -= self._bytes.tell()
            return getattr(self, name)

        def read(self, amt: int | None = None, decode_content: bool | None = None, cache_content: bool = False) -> Any:
            """Return the next `amt` bytes, or all that are left if `amt` is None or negative."""
            if decode_content or self._bytes is not None:
                return super().read(amt, decode_content, cache_content)
            start, body = self._position, self._response.body
            self._position = stop = self._size if amt is None or amt < 0 else min(start + amt, self._size)
            return bytes(body if stop - start == self._size else body[start:stop])

        def stream(self, amt: int | None = PIECE, decode_content: bool | None = None) -> Generator[bytes]:
            """Yield the bytes that are left in pieces of `amt` bytes."""
            if decode_content:
                yield from super().stream(amt, decode_content)
            while data := self.read(amt or PIECE):
                yield data

        def tell(self) -> int:
            """Return how many bytes were read."""
            return self._position if self._bytes is None else self._bytes.tell()

        def close(self) -> None:
            """Drop the bytes that are left."""
            if self._bytes is not None:
                self._bytes.close()
            else:
                self._position = self._size
                _close(self._response.body)

        def release_conn(self) -> None:
            """Do nothing: there is no connection."""

        @property
        def closed(self) -> bool:
            """Whether all bytes were read or dropped."""
            return self._position >= self._size if self._bytes is None else self._bytes.closed

    return Raw


class _LateReader(io.RawIOBase):
    """Reads what is made at the first read, and raises what goes wrong there, as a real socket does.

    http.client cannot close a response whose file could not even be made.
    """

    def __init__(self, make: Callable[[], RopeReader]) -> None:
        super().__init__()
        self._make = make
        self._reader: RopeReader | None = None

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the next bytes, and return how many there were."""
        if self._reader is None:
            self._reader = RopeReader(Rope())  # which is at its end, where the next line raises
            self._reader = self._make()
        return self._reader.readinto(buffer)


class FakeSocket:
    """Takes the place of the socket of http.client's connection: collects the request and returns the response."""

    def __init__(self, scheme: str, endpoint: Endpoint) -> None:
        self._scheme = scheme
        self._endpoint = endpoint
        self._sent: list[bytes] = []

    def sendall(self, data: Any) -> None:
        """Collect a piece of the request."""
        self._sent.append(bytes(data))

    def makefile(self, *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        """Return a file of the response to the request that was sent."""
        sent, self._sent = self._sent, []
        return io.BufferedReader(_LateReader(partial(self._respond, sent)))

    def _respond(self, sent: list[bytes]) -> RopeReader:
        """Handle a request. Raises: what a connection does that breaks, and what the endpoint raises."""
        head, _, rest = sent[0].partition(b"\r\n\r\n")  # http.client sends the head in one piece
        request = read_head(head, scheme=self._scheme, host="")
        body = [rest, *sent[1:]]
        response = self._endpoint.handle(request._replace(body=read_chunks(body) if is_chunked(request) else body))
        check_connection(response)
        return RopeReader(Rope([write_head(response), *response.body.pieces]))

    def settimeout(self, _seconds: Any) -> None:
        """Do nothing: the fake never waits."""

    def shutdown(self, _how: int) -> None:
        """Do nothing: there is no other side."""

    def close(self) -> None:
        """Do nothing: the response can be read after the socket is closed, as with a real one."""
