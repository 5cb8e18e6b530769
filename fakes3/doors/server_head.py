"""The head of a request, and the chunks of its body, as a server reads them: strictly.

What one reader could take for one request and another reader for two is refused: a length beside chunks, several
lengths, several hosts, line ends without CR, folded lines, blanks before a colon, chunk sizes that are no plain
hexadecimal number.

S3: RFC 9112
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from fakes3.doors.messages import join_headers
from fakes3.model.errors import BadRequest, NotImplemented_, RequestHeaderSectionTooLarge
from fakes3.model.numbers import read_int
from fakes3.wire.header_section import MOST_BYTES
from fakes3.wire.message import Request

MOST_HEAD = 64 * 1024
"""The most bytes that a head may have here. Whether S3 allows that many is judged once it has arrived."""

_END = b"\r\n\r\n"
_LINE_END = b"\r\n"
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_TEXT = bytes(code for code in range(256) if (code >= 0x20 and code != 0x7F) or code == 0x09)
"""The bytes that a head may have beside the ends of its lines."""
_TLS_HANDSHAKE = b"\x16"
"""The type of the record with which TLS begins (RFC 8446, section 5.1)."""
_VERSIONS = {"HTTP/1.1": True, "HTTP/1.0": False}
_MOST_SIZE_LINE = 256
_MOST_TRAILERS = 8192
_HEX = frozenset(b"0123456789abcdefABCDEF")
_MOST_SIZE_DIGITS = 16


class Head(NamedTuple):
    """The head of a request, and what it says about the connection."""

    request: Request
    """The request without its body."""
    length: int | None
    """The length of the body; None where it comes in chunks."""
    expects: bool
    """Whether the client waits for `100 Continue` before it sends the body."""
    keeps: bool
    """Whether the client keeps the connection for its next request."""
    is_proxied: bool = False
    """Whether the target names the host, as clients write it for a proxy."""


def find_end(data: bytes) -> int:
    """Return where the head ends that data begins with; -1 if its end has not arrived.

    Raises: RequestHeaderSectionTooLarge; BadRequest, where the end may never arrive: a line ends without CR, or another
    protocol than HTTP is spoken.
    """
    end = data.find(_END)
    if end > MOST_HEAD or (end < 0 and len(data) > MOST_HEAD):
        raise RequestHeaderSectionTooLarge(MaxSizeAllowed=MOST_BYTES)
    if end < 0:
        _check_start(data[:1])
        if data.count(b"\n") != data.count(_LINE_END):
            raise unreadable("a line of its head ends without CR")
    return end


def _check_start(first: bytes) -> None:
    """Refuse what begins with a byte with which no request begins. Raises: BadRequest."""
    if first == _TLS_HANDSHAKE:
        raise unreadable("it begins as TLS does", "Ask for http:// instead of https://, or start the server with TLS.")
    if first not in {b"", b"\r"} and not _is_token(first.decode("latin-1")):
        raise unreadable("it does not begin with a method")


def read_head(data: bytes, *, scheme: str, host: str, client: str) -> Head:
    """Return the head of a request, given without the empty line at its end.

    Args:
        data: The request line and the header lines.
        scheme: The scheme of the connection.
        host: The host of the connection, for a request of HTTP/1.0 without a Host header.
        client: The address of the client.

    Raises: BadRequest, NotImplemented_ (a transfer coding that S3 does not take).
    """
    request_line, *lines = data.decode("latin-1").split("\r\n")
    if data.translate(None, _TEXT) != _LINE_END * len(lines):
        raise unreadable("its head has a control character, or a line that ends without CR")
    words = request_line.split(" ")
    if len(words) != 3 or not _is_token(words[0]) or not words[1] or words[2] not in _VERSIONS:
        raise unreadable("its first line is not METHOD TARGET HTTP/1.1")
    method, target, version = words
    headers = _read_headers(lines)
    is_newest = _VERSIONS[version]
    length = _read_length(headers, is_newest)
    if method == "CONNECT" and length != 0:
        raise unreadable("it asks for a tunnel, and has a body")
    request = _make_request(method, target, headers, scheme, host if not is_newest else "", client)
    connection = headers.get("connection")
    if connection is None:
        keeps = is_newest
    else:
        options = {each.strip().lower() for each in connection.split(",")}
        keeps = "close" not in options and (is_newest or "keep-alive" in options)
    expects = "expect" in headers and headers["expect"].lower() == "100-continue" and length != 0 and is_newest
    return Head(request, length, expects, keeps, is_proxied=not target.startswith("/"))


def _read_headers(lines: Sequence[str]) -> dict[str, str]:
    """Return headers by lower-case name. Values of one name are joined with ",". Raises: BadRequest."""
    pairs = [line.split(":", 1) for line in lines]
    try:
        headers = {lower_name(name): value.strip(" \t") for name, value in pairs}
    except ValueError:
        raise unreadable("a line of its head is no header") from None
    return headers if len(headers) == len(pairs) else join_headers((name, value) for name, value in pairs)


def unreadable(why: str, remedy: str = "Send it as RFC 9112 says.") -> BadRequest:
    """Return the error for a request that cannot be read."""
    return BadRequest(reason=f"the request cannot be read: {why}. {remedy}")


@lru_cache(maxsize=1024)
def lower_name(name: str) -> str:
    """Return the name of a header in lower case. Raises: BadRequest, where it is none."""
    if not _is_token(name):
        raise unreadable(f"{name[:100]!r} is no name of a header")
    return name.lower()


def _is_token(text: str) -> bool:
    return text != "" and _TOKEN.issuperset(text)


def _read_length(headers: dict[str, str], is_newest: bool) -> int | None:
    """Return the length of the body; None where it comes in chunks."""
    coding, stated = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is None:
        length = 0 if stated is None else read_int(stated)
        if length is None:
            raise unreadable("its Content-Length is no number")
        return length
    if stated is not None or not is_newest:
        raise unreadable("it has a Transfer-Encoding beside a Content-Length, or in HTTP/1.0")
    if coding.lower() != "chunked":
        raise NotImplemented_(
            Header="Transfer-Encoding", reason="The only transfer coding of HTTP/1.1 here is chunked."
        )
    return None


def _make_request(
    method: str, target: str, headers: dict[str, str], scheme: str, fallback: str, client: str
) -> Request:
    """Return the request for a target: `/path?query`, or for a proxy `http://host/path?query` or `host:port`.

    For a proxy it is the host of the target that counts, and not the Host header.
    S3: RFC 9112, section 3.2
    """
    host = headers.get("host") or fallback
    if not host or "," in host:
        raise unreadable("it has no Host header, or several")
    if method == "CONNECT":
        return Request(method, scheme, target, "/", "", headers, client=client)
    if not target.startswith("/"):
        if not target.lower().startswith(("http://", "https://")):
            raise unreadable("its target is neither a path nor a URL")
        scheme, _, target = target.partition("://")
        scheme = scheme.lower()
        cut = min(at for at in (target.find("/"), target.find("?"), len(target)) if at >= 0)
        host, target = target[:cut], target[cut:]
        if not host:
            raise unreadable("the URL that is its target has no host")
    path, _, query = target.partition("?")
    return Request(method, scheme, host, path or "/", query, headers, client=client)


class Sized:
    """Takes a body of a stated length from the bytes that arrive."""

    def __init__(self, length: int) -> None:
        self.left = length

    @property
    def is_done(self) -> bool:
        """Whether the whole body was taken."""
        return not self.left

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the bytes of the body that data begins with, and what follows it."""
        if len(data) <= self.left:
            self.left -= len(data)
            return data, b""
        body, rest = data[: self.left], data[self.left :]
        self.left = 0
        return body, rest


class InChunks:
    r"""Takes a body with the chunked transfer coding from the bytes that arrive, strictly.

    >>> chunks = InChunks()
    >>> chunks.take(b"5\r\nhel"), chunks.take(b"lo\r\n0\r\n\r\nGET"), chunks.is_done
    ((b'hel', b''), (b'lo', b'GET'), True)
    """

    def __init__(self) -> None:
        self.is_done = False
        self._held = b""
        self._left = 0
        """How many bytes of the chunk are still to come, with the line end behind it: 2 more than there is data."""
        self._trailers = -1
        """How many bytes of trailers there were; -1 before the last chunk."""

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Return the data of the body that these bytes hold, and what follows the body.

        Raises: BadRequest.
        """
        if self._held:
            data, self._held = self._held + data, b""
        parts: list[bytes] = []
        at = 0
        while at < len(data):
            if self._left > 2:
                part = data[at : at + self._left - 2]
                parts.append(part)
                self._left -= len(part)
                at += len(part)
            elif self._left:
                if len(data) - at < 2:
                    break
                if data[at : at + 2] != _LINE_END:
                    raise unreadable("a chunk of its body is longer than its size")
                self._left, at = 0, at + 2
            else:
                end = data.find(_LINE_END, at)
                if end < 0:
                    self._check_unended(data[at:])
                    break
                self._read_line(data[at:end])
                at = end + 2
                if self.is_done:
                    return b"".join(parts), data[at:]
        self._held = data[at:]
        return parts[0] if len(parts) == 1 else b"".join(parts), b""

    def _check_unended(self, line: bytes) -> None:
        if b"\n" in line or len(line) > (_MOST_SIZE_LINE if self._trailers < 0 else _MOST_TRAILERS):
            raise unreadable("a line between the chunks of its body is too long, or ends without CR")

    def _read_line(self, line: bytes) -> None:
        """Read the line with the size of a chunk, or a trailer, or the empty line at the end."""
        if self._trailers >= 0:
            self._trailers += len(line) + 2
            if self._trailers > _MOST_TRAILERS or line.translate(None, _TEXT):
                raise unreadable("the trailers of its body are too long, or have control characters")
            self.is_done = not line
            return
        size = _read_size(line)
        self._left = size + 2 if size else 0
        self._trailers = -1 if size else 0


def _read_size(line: bytes) -> int:
    """Return the size in the line that begins a chunk, whose extensions mean nothing. Raises: BadRequest."""
    digits, _, extension = line.partition(b";")
    digits = digits.rstrip(b" \t")
    is_plain = 0 < len(digits) <= _MOST_SIZE_DIGITS and _HEX.issuperset(digits) and not extension.translate(None, _TEXT)
    if not is_plain:
        raise unreadable("the size of a chunk of its body is no hexadecimal number")
    return int(digits, 16)
