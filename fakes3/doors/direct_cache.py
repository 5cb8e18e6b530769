"""Remembers the requests that botocore built, for calls that differ only in the key and the bytes of an object.

Clients that build the same requests share what is remembered: nearly every test makes a client of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

from fakes3.doors.direct_kinds import freeze, kind_of
from fakes3.doors.messages import compute_trailers
from fakes3.wire.message import Request

Kept = TypeVar("Kept")

_MOST_KEPT = 4096
"""How many values a cache holds before it is emptied."""
_MOST_KINDS = 64
"""How many kinds of clients are remembered before all are forgotten."""

_MOST_MEMBERS = 8
"""How many members a structure or a list among the parameters has at most, if the call is remembered."""

_LONGEST_TEXT = 2048
"""How many characters a text among them has at most."""

_PERISHABLE = ("authorization", "x-amz-date", "x-amz-decoded-content-length", "x-amz-security-token")
"""Headers that differ between requests."""

_OF_CLIENT = frozenset({"client_config", "client_region"})
"""What botocore's context of a call has of the client that makes it."""


class BoundedCache(dict[Hashable, Kept]):
    """A dictionary that is emptied before it grows too large."""

    def __setitem__(self, key: Hashable, value: Kept) -> None:
        if len(self) >= _MOST_KEPT:
            self.clear()
        super().__setitem__(key, value)


class Route(NamedTuple):
    """Where the requests of an operation on a bucket are sent, and the region that their signature names."""

    url: str
    region: str


class Memory:
    """What is remembered for clients that build the same requests. It keeps `parts`, by which these are known."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts
        self.routes: BoundedCache[Route] = BoundedCache()
        self.templates: BoundedCache[Template | None] = BoundedCache()


class Memories:
    """The memories of all kinds of clients."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Memory] = {}

    def find(self, client: Any) -> Memory:
        """Return the memory of a client, which it shares with clients that build the same requests."""
        kind, parts = kind_of(client)
        if kind is None:
            return Memory()
        memory = self._kept.get(kind)
        if memory is None:
            if len(self._kept) >= _MOST_KINDS:
                self._kept.clear()
            memory = self._kept[kind] = Memory(*parts)
        return memory


def cache_key(name: str, parameters: Mapping[str, Any], redirects: Mapping[str, str], builders: int) -> Hashable:
    """Return a value that is equal for calls that differ only in Key and Body; None if the call cannot be cached.

    `redirects` are the regions of buckets that the client was redirected to, `builders` stand for the listeners that
    help to build the request.
    """
    key, bucket = parameters.get("Key", "key"), parameters.get("Bucket", "")
    if type(key) is not str or not key or not key.isascii() or type(parameters.get("Body", b"")) is not bytes:
        return None
    if type(bucket) is not str:
        return None
    others: list[Hashable] = []
    for each in parameters.items():
        if each[0] != "Key" and each[0] != "Body":
            kind = type(each[1])
            if kind is int or (kind is str and len(each[1]) <= _LONGEST_TEXT):
                others.append(each)
                continue
            if kind is str or kind is bytes:
                return None
            try:
                others.append((each[0], freeze(each[1], _MOST_MEMBERS)))
            except TypeError:
                return None
    given = "Key" in parameters, "Body" in parameters
    return name, given, tuple(others), redirects.get(bucket), builders


class Template(NamedTuple):
    """A request that botocore built, without the key and the bytes of the object."""

    request: Request
    """What does not differ between requests. Its path ends before the key, if it has one. Its body is a document."""
    trailer: str
    """The header after the body that holds its checksum; "" if the request has no body."""
    checksum: Callable[[], Any]
    """Makes botocore's object that computes the checksum."""
    context: dict[str, Any]
    """botocore's context of the call, without what belongs to one client. Its listeners to responses only read it."""
    region: str
    built: Mapping[str, Any] | None
    """The whole request as botocore built it; None where it has a key."""

    def build_again(self, client: Any) -> dict[str, Any]:
        """Return the request as botocore would build it for a client; `built` is not None."""
        assert self.built is not None
        built = _copy(self.built)
        built["context"]["client_config"] = client.meta.config
        return built

    def fill(self, key: str | None, body: bytes, signer: Mapping[str, str]) -> Request:
        """Return the request for another key and other bytes, with these headers that name the signer."""
        same = self.request
        headers = {**same.headers, **signer}
        trailers: dict[str, str] | None = None
        pieces = same.body
        if self.trailer:
            headers["x-amz-decoded-content-length"] = str(len(body))
            pieces, trailers = body, compute_trailers(self.trailer, self.checksum(), body)
        path = same.path if key is None else same.path + _encode(key)
        return Request(same.method, same.scheme, same.host, path, same.query, headers, pieces, trailers=trailers)


def make_template(request: Request, given: Mapping[str, Any], built: Mapping[str, Any]) -> Template | None:
    """Return a template of a request; None if more of the request depends on the key or the bytes.

    `given` are the parameters of the call, `built` is the same request as botocore built it.
    """
    key, body = given.get("Key"), built["body"]
    encoded = "" if key is None else _encode(key)
    if key is not None and not request.path.endswith(f"/{encoded}"):
        return None
    has_bytes = "Body" in given
    if not has_bytes and built["context"]["has_streaming_input"]:
        return None  # there are none, or they are a member of another name
    if has_bytes and body and request.trailers is None:
        return None  # its headers contain the checksum of its bytes
    headers = {name: value for name, value in request.headers.items() if name not in _PERISHABLE}
    return Template(
        request._replace(
            path=request.path.removesuffix(encoded),
            headers=headers,
            body=b"" if has_bytes else request.body,
            trailers=None,
        ),
        "" if request.trailers is None else request.headers["x-amz-trailer"],
        type(getattr(body, "_checksum", None)),
        {name: value for name, value in built["context"].items() if name not in _OF_CLIENT},
        built["context"]["signing"]["region"],
        _copy(built) if key is None else None,
    )


def _copy(built: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request that botocore may change, its headers and the parts of its context too."""
    context = {name: dict(value) if type(value) is dict else value for name, value in built["context"].items()}
    return {**built, "headers": dict(built["headers"]), "context": context}


def _encode(key: str) -> str:
    """Return a key as botocore writes it in a path."""
    return key if _is_plain(key) else _percent_encode()(key, safe=_SAFE)


_SAFE = "/~"
_is_plain = re.compile(rf"[A-Za-z0-9_.\-{_SAFE}]*").fullmatch
"""Whether every character of a key is written as it is."""


@cache
def _percent_encode() -> Callable[..., str]:
    from botocore.utils import percent_encode

    return percent_encode
