"""A request and a response of S3 as HTTP has them, with nothing of any client or server library in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fakes3.model.bytes_rope import Rope

EMPTY = Rope()


@dataclass(slots=True)
class Request:
    """What came in.

    Args:
        method: GET, HEAD, PUT, POST, DELETE, ...
        scheme: `http` or `https`.
        host: The name that was called, with its port if it has one.
        path: As sent, percent-encoded.
        query: As sent, without the question mark.
        headers: By lower-case name; repeated ones joined with a comma, values as latin-1 text.
        body: All of it, or its pieces as they come. It is read at most once.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes | Iterable[bytes] = b""


@dataclass(slots=True)
class Response:
    """What goes out: a status, headers by the name S3 gives them, and a body that shares the object's bytes."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Rope = EMPTY
