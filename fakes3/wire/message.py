"""A request and a response of S3 as HTTP has them, with nothing of any client or server library in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fakes3.model.bytes_rope import Rope

EMPTY = Rope()


class ChunkSignatures(Protocol):
    """Checks the signatures in a body that is sent in signed chunks, in their order."""

    def verify_chunk(self, data: bytes | memoryview, signature: str, /) -> None:
        """Refuse a chunk that has another signature than its own."""

    def verify_trailer(self, canonical: bytes | memoryview, signature: str, /) -> None:
        """Refuse trailing headers, `name:value` and a line feed each, that have another signature than theirs."""


@dataclass(frozen=True, slots=True)
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
        client: The address it came from.
        trailers: What follows a body that says it comes in chunks, where a door has it before it is cut into them;
            complete when the body was read.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes | Iterable[bytes] = b""
    client: str = "127.0.0.1"
    trailers: Mapping[str, str] | None = None


@dataclass(slots=True)
class Response:
    """What goes out: a status, headers by the name S3 gives them, and a body that shares the object's bytes."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Rope = EMPTY
