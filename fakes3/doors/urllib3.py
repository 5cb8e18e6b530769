"""The door of urllib3, for programs that use it directly, as minio-py does, and the last door before the network.

When a pool is asked to send a request for S3, a copy of the pool sends it instead. The copy has one connection, which
leads to the fake and not to a socket. So retries, redirects, framing, parsing and streaming stay real.
"""

from __future__ import annotations

from copy import copy
from functools import cache, wraps
from queue import LifoQueue
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.endpoint import Endpoint
from fakes3.doors.entrance import Door, Guard
from fakes3.doors.messages import FakeSocket

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


class Urllib3Guard(Guard):
    """Guards the place where pools send, before they connect."""

    module = "urllib3.connectionpool"
    replaces = ("HTTPConnectionPool._make_request",)

    def read(
        self, pool: Any, _connection: Any, _method: str, url: str, body: Any = None, headers: Any = None, **_others: Any
    ) -> tuple[str, Any, str]:
        """Return what tells where a request goes and with which key."""
        _scheme, host, query = _find_destination(pool, url)
        found = (value for name, value in (headers or {}).items() if _text(name).lower() == "authorization")
        return host, next(found, ""), query


def _find_destination(pool: Any, url: str) -> tuple[str, str, str]:
    """Return the scheme, host and query of a request. A pool that leads to a proxy is given whole URLs."""
    parts = urlsplit(url)
    if "://" in url.partition("?")[0] and not url.startswith("/"):
        return parts.scheme, parts.netloc, parts.query
    host = f"[{pool.host}]" if ":" in pool.host and not pool.host.startswith("[") else pool.host
    is_usual = pool.port in (None, _PORTS.get(pool.scheme))
    return pool.scheme, host if is_usual else f"{host}:{pool.port}", parts.query


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
    from urllib3 import connection

    # A cassette of vcrpy puts a class of its own in the place of this one, which has the real one. This class stays.
    real: Any = getattr(connection.HTTPConnection, "_baseclass", connection.HTTPConnection)

    class Connection(real):  # type: ignore[misc]
        """A connection of urllib3 that leads to the fake."""

        leads_to_fake = True  # so the door of http.client, on which urllib3 stands, lets its requests pass

        def __init__(self, pool: Any, scheme: str, endpoint: Endpoint) -> None:
            self.default_port = _PORTS[pool.scheme]
            super().__init__(pool.host, pool.port)
            self._destination = scheme, endpoint

        def connect(self) -> None:
            self.sock = FakeSocket(*self._destination)
            self.is_verified = True  # or urllib3 warns that the certificate was not verified

    return Connection
