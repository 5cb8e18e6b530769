"""The door of urllib3 used by itself, as minio-py does, and the last one before the network for what stands on it.

A pool that is asked for something of S3's hands the request to a twin of itself, whose one connection leads to the fake
instead of a socket. So all that urllib3 does stays real: retries, redirects, framing, parsing and streaming.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from functools import cache, wraps
from http.client import responses
from queue import LifoQueue
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.door import Door, Endpoint, RopeReader
from fakes3.model.bytes_rope import Rope
from fakes3.wire.message import Request, Response


class Urllib3Door(Door):
    """Answers every pool of urllib3.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "urllib3.connectionpool"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The pool's `urlopen`, of which pools for https have no other."""
        pool_class = module.HTTPConnectionPool
        really_open = pool_class.urlopen

        @wraps(really_open)
        def urlopen(
            pool: Any, method: str, url: str, body: Any = None, headers: Any = None, *args: Any, **kwargs: Any
        ) -> Any:
            endpoint = self._current()
            if endpoint is not None and pool.pool is not None:  # a closed pool says so itself
                scheme, host, query = _called(pool, url)
                if endpoint.serves(host, _by_lower_name(pool.headers if headers is None else headers), query):
                    pool = _twin(pool, _connection_class(module.HTTPConnection), scheme, endpoint)
            return really_open(pool, method, url, body, headers, *args, **kwargs)

        yield pool_class, "urlopen", urlopen


def _called(pool: Any, url: str) -> tuple[str, str, str]:
    """The scheme, host and query that are called: a pool that leads to a proxy is given whole URLs."""
    parts = urlsplit(url)
    if "://" in url.partition("?")[0] and not url.startswith("/"):
        return parts.scheme, parts.netloc, parts.query
    is_usual = pool.port in (None, _PORTS.get(pool.scheme))
    return pool.scheme, pool.host if is_usual else f"{pool.host}:{pool.port}", parts.query


_PORTS = {"http": 80, "https": 443}


def _by_lower_name(headers: Mapping[Any, Any]) -> dict[str, str]:
    return {_text(name).lower(): _text(value) for name, value in headers.items()}


def _text(given: Any) -> str:
    return given.decode("latin-1") if isinstance(given, bytes) else str(given)


def _twin(pool: Any, connection_class: Any, scheme: str, endpoint: Endpoint) -> Any:
    """A pool like this one, with a single connection that leads to the fake, past any proxy."""
    twin = copy(pool)
    twin.pool = LifoQueue(1)
    twin.pool.put(connection_class(pool, scheme, endpoint))
    twin.ConnectionCls = connection_class  # vcrpy throws connections of another class out of pools
    twin.proxy = None
    twin.proxy_headers = {}
    return twin


@cache
def _connection_class(real: Any) -> Any:
    class Connection(real):  # type: ignore[misc]
        """A connection of urllib3's that leads to the fake."""

        def __init__(self, pool: Any, scheme: str, endpoint: Endpoint) -> None:
            self.default_port = _PORTS[pool.scheme]
            super().__init__(pool.host, pool.port)
            self._leads_to = scheme, endpoint

        def connect(self) -> None:
            self.sock = _Line(*self._leads_to)
            self.is_verified = True  # or urllib3 warns of an https that nobody vouched for

    return Connection


class _Line:
    """What stands for the socket: takes the request as it is written, and lets the response be read."""

    def __init__(self, scheme: str, endpoint: Endpoint) -> None:
        self._scheme = scheme
        self._endpoint = endpoint
        self._sent: list[bytes] = []

    def sendall(self, data: Any) -> None:
        self._sent.append(bytes(data))

    def makefile(self, *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        """The response: only now is it asked for."""
        sent, self._sent = self._sent, []
        return io.BufferedReader(RopeReader(_written(self._endpoint.handle(_read(self._scheme, sent)))))

    def settimeout(self, _seconds: Any) -> None:
        """Nothing is waited for."""

    def shutdown(self, _how: int) -> None:
        """Nobody is at the other end."""

    def close(self) -> None:
        """What was answered can still be read, as it can with a socket."""


def _read(scheme: str, sent: list[bytes]) -> Request:
    """The request that was written; http.client writes its head in one piece."""
    head, _, begun = sent[0].partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if "://" in target.partition("?")[0] and not target.startswith("/"):
        target = "/" + target.split("://", 1)[1].partition("/")[2]  # as it is written to proxies
    path, _, query = target.partition("?")
    pieces = [begun, *sent[1:]]
    is_chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    body = _without_frames(b"".join(pieces)) if is_chunked else iter(pieces)
    return Request(method, scheme, headers.get("host", ""), path, query, headers, body)


def _without_frames(framed: bytes) -> Iterator[bytes]:
    at = 0
    while size := int(framed[at : (start := framed.index(b"\r\n", at) + 2)].partition(b";")[0], 16):
        yield framed[start : start + size]
        at = start + size + 2


def _written(response: Response) -> Rope:
    lines = [f"HTTP/1.1 {response.status} {responses.get(response.status, '')}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return Rope(["\r\n".join([*lines, "", ""]).encode(), *response.body.pieces])
