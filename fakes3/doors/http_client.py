"""The door of http.client, for `urllib.request` and every program that uses the standard library alone.

A connection that is to send a request for S3 gets a socket that leads to the fake. So redirects, handlers, proxies,
framing and parsing stay real. Each request decides anew, since one connection may serve several fakes in turn.

urllib3 stands on http.client, but its door has answered before. Its connections to the fake are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.endpoint import Endpoint
from fakes3.doors.entrance import Door, Replacements
from fakes3.doors.messages import FakeSocket, read_head

_HTTPS = 443
_PORTS = (80, _HTTPS)


class HttpClientDoor(Door):
    """Answers every connection of http.client."""

    module = "http.client"

    def replacements(self, module: Any) -> Replacements:
        """Return the methods that end a head, that send bytes, and that connect."""
        # vcrpy puts other classes in their places, which use the real ones.
        plain, secure = (getattr(each, "_baseclass", each) for each in (module.HTTPConnection, module.HTTPSConnection))
        yield plain, "endheaders", _mark_head(plain.endheaders)
        yield plain, "send", self._send(plain.send)
        yield plain, "connect", self._connect(plain.connect)
        yield secure, "connect", self._connect(secure.connect)

    def _send(self, really: Any) -> Any:
        @wraps(really)
        def send(connection: Any, data: Any) -> Any:
            if not getattr(connection, "fakes3_awaits_head", False):
                return really(connection, data)
            connection.fakes3_awaits_head = False
            if self._current() is None or _is_decided(connection):
                return really(connection, data)
            endpoint = self._endpoint_for(connection, bytes(data).partition(b"\r\n\r\n")[0])
            if endpoint is not None:
                if connection.sock is not None:
                    connection.sock.close()
                connection.sock = _Socket(connection, endpoint)
                return really(connection, data)
            if isinstance(connection.sock, FakeSocket):
                connection.sock = None
            with _decided(connection):
                return really(connection, data)

        return send

    def _endpoint_for(self, connection: Any, head: bytes) -> Endpoint | None:
        """Return the endpoint that answers the request with this head."""
        request = read_head(head, scheme=_scheme(connection), host=_host(connection))
        target = head.split(b" ", 2)[1].decode("latin-1")
        # A connection to a proxy sends whole URLs.
        is_whole = "://" in target.partition("?")[0] and not target.startswith("/")
        host = urlsplit(target).netloc if is_whole else _host(connection)
        return self._find_endpoint(host, request.headers, request.query)

    def _connect(self, really: Any) -> Any:
        """Return a `connect`, which a program may call before it sends: it looks up no host of Amazon's."""

        @wraps(really)
        def connect(connection: Any) -> Any:
            if self._current() is None or _is_decided(connection):
                return really(connection)
            endpoint = self._find_endpoint(_host(connection), {}, "")
            if endpoint is None:
                return really(connection)
            connection.sock = _Socket(connection, endpoint)
            return None

        return connect


class _Socket(FakeSocket):
    """A socket for one request: its connection opens another one for the next."""

    def __init__(self, connection: Any, endpoint: Endpoint) -> None:
        super().__init__(_scheme(connection), endpoint)
        self._connection = connection

    def makefile(self, *args: Any, **kwargs: Any) -> Any:
        """Handle the request, and return a file of the response."""
        if self._connection.sock is self:
            self._connection.sock = None
        return super().makefile(*args, **kwargs)


def _mark_head(really: Any) -> Any:
    """Return an `endheaders` that marks what is sent first as the head of a request."""

    @wraps(really)
    def endheaders(connection: Any, *args: Any, **kwargs: Any) -> Any:
        connection.fakes3_awaits_head = True
        try:
            return really(connection, *args, **kwargs)
        finally:
            connection.fakes3_awaits_head = False

    return endheaders


def _is_decided(connection: Any) -> bool:
    """Whether it is decided already where a connection leads."""
    return getattr(connection, "fakes3_is_decided", False)


@contextmanager
def _decided(connection: Any) -> Iterator[None]:
    connection.fakes3_is_decided = True
    try:
        yield
    finally:
        connection.fakes3_is_decided = False


def _scheme(connection: Any) -> str:
    return "https" if connection.default_port == _HTTPS else "http"


def _host(connection: Any) -> str:
    """Return the host that a connection leads to in the end, also through a tunnel, with a port that is not usual."""
    host, port = connection.host, connection.port
    if connection._tunnel_host:
        host, port = connection._tunnel_host, connection._tunnel_port
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return host if port in (None, *_PORTS) else f"{host}:{port}"
