"""The door of urllib3, for programs that use it directly, as minio-py does, and the last door before the network.

When a pool is asked to send a request for S3, a copy of the pool sends it instead. The copy has one connection, which
leads to the fake and not to a socket. So retries, redirects, framing, parsing and streaming stay real.
"""

from __future__ import annotations

import io
from copy import copy
from dataclasses import replace
from functools import cache, wraps
from queue import LifoQueue
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.endpoint import Endpoint
from fakes3.doors.entrance import Door
from fakes3.doors.messages import RopeReader, is_chunked, read_chunks, read_head, write_head
from fakes3.model.bytes_rope import Rope

_PORTS = {"http": 80, "https": 443}


class Urllib3Door(Door):
    """Answers every pool of urllib3."""

    module = "urllib3.connectionpool"
    replaces = ("HTTPConnectionPool.urlopen",)

    def replace(self, really: Any) -> Any:
        """Return an `urlopen` that sends requests for S3 by such a copy. Pools for https inherit it."""

        @wraps(really)
        def urlopen(
            pool: Any, method: str, url: str, body: Any = None, headers: Any = None, *args: Any, **kwargs: Any
        ) -> Any:
            if pool.pool is not None:  # a closed pool raises its own error
                scheme, host, query = _find_destination(pool, url)
                given = pool.headers if headers is None else headers
                given = {_text(name).lower(): _text(value) for name, value in given.items()}
                endpoint = self._find_endpoint(host, given, query)
                if endpoint is not None:
                    pool = _copy_pool(pool, scheme, endpoint)
            return really(pool, method, url, body, headers, *args, **kwargs)

        return urlopen


def _find_destination(pool: Any, url: str) -> tuple[str, str, str]:
    """Return the scheme, host and query of a request. A pool that leads to a proxy is given whole URLs."""
    parts = urlsplit(url)
    if "://" in url.partition("?")[0] and not url.startswith("/"):
        return parts.scheme, parts.netloc, parts.query
    is_usual = pool.port in (None, _PORTS.get(pool.scheme))
    return pool.scheme, pool.host if is_usual else f"{pool.host}:{pool.port}", parts.query


def _text(given: Any) -> str:
    return given.decode("latin-1") if isinstance(given, bytes) else str(given)


def _copy_pool(pool: Any, scheme: str, endpoint: Endpoint) -> Any:
    """Return a copy of a pool, with one connection that leads to the fake, without a proxy."""
    twin, connection_class = copy(pool), _connection_class()
    twin.pool = LifoQueue(1)
    twin.pool.put(connection_class(pool, scheme, endpoint))
    twin.ConnectionCls = connection_class  # vcrpy removes connections of other classes from pools
    twin.proxy = None
    twin.proxy_headers = {}
    return twin


@cache
def _connection_class() -> Any:
    from urllib3.connection import HTTPConnection

    class Connection(HTTPConnection):
        """A connection of urllib3 that leads to the fake."""

        def __init__(self, pool: Any, scheme: str, endpoint: Endpoint) -> None:
            self.default_port = _PORTS[pool.scheme]  # type: ignore[misc]
            super().__init__(pool.host, pool.port)
            self._destination = scheme, endpoint

        def connect(self) -> None:
            self.sock = _Socket(*self._destination)
            self.is_verified = True  # or urllib3 warns that the certificate was not verified

    return Connection


class _Socket:
    """Takes the place of the socket: collects the request and returns the response."""

    def __init__(self, scheme: str, endpoint: Endpoint) -> None:
        self._scheme = scheme
        self._endpoint = endpoint
        self._sent: list[bytes] = []

    def sendall(self, data: Any) -> None:
        self._sent.append(bytes(data))

    def makefile(self, *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        """Handle the request that was sent, and return a file of the response."""
        sent, self._sent = self._sent, []
        head, _, rest = sent[0].partition(b"\r\n\r\n")  # http.client sends the head in one piece
        request = read_head(head, scheme=self._scheme, host="")
        body = [rest, *sent[1:]]
        response = self._endpoint.handle(replace(request, body=read_chunks(body) if is_chunked(request) else body))
        return io.BufferedReader(RopeReader(Rope([write_head(response), *response.body.pieces])))

    def settimeout(self, _seconds: Any) -> None:
        """Do nothing: the fake never waits."""

    def shutdown(self, _how: int) -> None:
        """Do nothing: there is no other side."""

    def close(self) -> None:
        """Do nothing: the response can be read after the socket is closed, as with a real one."""
