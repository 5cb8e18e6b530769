"""Reads the requests of botocore and requests: objects with a method, a URL, headers and a body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.bodies import PIECE
from fakes3.wire.message import Request


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
