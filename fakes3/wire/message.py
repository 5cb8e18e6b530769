"""A request and a response as HTTP has them, independent of any client or server library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from fakes3.model.bytes_rope import LateRope, Rope
from fakes3.model.errors import S3Error

EMPTY = Rope()


class WatchedBody(LateRope):
    """The body of a response that knows whether anybody has asked for its bytes, or has closed it."""

    __slots__ = ("_is_closed",)

    _is_closed: bool

    def __init__(self, body: Rope) -> None:
        super().__init__(len(body), lambda: body.pieces)
        object.__setattr__(self, "_is_closed", False)

    @property
    def is_forgotten(self) -> bool:
        """Whether nobody has."""
        return not (self._is_closed or self.is_here)

    def close(self) -> None:
        """Take note that its reader is done with it."""
        object.__setattr__(self, "_is_closed", True)


Break: TypeAlias = Literal["reset", "time-out", "end"]
"""How a connection breaks: it is reset before any answer, no answer comes, or it ends before the body does."""


class Broken(Exception):  # it is no error of S3
    """The connection breaks before anything is done."""

    kind: Break

    def __init__(self, kind: Break) -> None:
        self.kind = kind


class Request(NamedTuple):
    """A request as it was received.

    Args:
        method: GET, HEAD, PUT, POST, DELETE, ...
        scheme: `http` or `https`.
        host: The host that was called, with its port if it has one.
        path: As sent, percent-encoded.
        query: As sent, without the question mark.
        headers: By lower-case name; repeated ones joined with a comma, values as latin-1 text.
        body: The whole body, or its pieces as they arrive. It is read at most once.
        client: The address of the caller.
        trailers: The trailing headers of a body that a door took before the client cut it into chunks. They are
            complete once the body has been read. None for all other bodies.
        is_new: Whether it was signed just now, by a client that sees another time than the process. Then its date is
            not compared with the time.
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
    is_new: bool = False

    @property
    def pieces(self) -> Iterable[bytes]:
        """The body in pieces."""
        return (self.body,) if isinstance(self.body, bytes) else self.body


@dataclass(slots=True)
class Response:
    """A response to send: a status, headers by the names S3 gives them, and a body that shares the object's bytes."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Rope = EMPTY
    refusal: S3Error | None = None
    """Why S3 refused; None where it did not."""
    breaks: Break | None = None
    """How the connection breaks; None where it does not, as always without a fault that a test added."""
    written: tuple[str, Mapping[str, Any]] | None = None
    """The operation whose document is the body, and the members it was written of; None for every other body."""
