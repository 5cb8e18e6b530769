"""The door of http.client, for `urllib.request` and every program that uses the standard library alone.

At the end of a request's head it is decided where the request goes. One for S3 gets a socket that leads to the fake,
and loses it with the response. So redirects, handlers, proxies, framing and parsing stay real, and no connection
remembers a fake: it may send its next request to another one, or out.

urllib3 stands on http.client too. Its door has decided before; what it lets out, this door lets out.
"""

from __future__ import annotations

from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.endpoint import Endpoint
from fakes3.doors.entrance import Door, Guard, Replacements
from fakes3.doors.messages import FakeSocket, read_head
from fakes3.wire.addressing import is_aws_host
from fakes3.wire.message import Request

_HTTPS = 443
_USUAL_PORTS = (None, 80, _HTTPS)


class HttpClientDoor(Door):
    """Answers every connection of http.client."""

    module = "http.client"

    def replacements(self, module: Any) -> Replacements:
        """Return the methods that end the head of a request, and those that connect."""
        plain, secure = _find_class(module.HTTPConnection), _find_class(module.HTTPSConnection)
        for kind, name, replace in (
            (plain, "endheaders", self._decide_first),
            (plain, "connect", self._connect_later),
            (secure, "connect", self._connect_later),
        ):
            if name in vars(kind):
                yield kind, name, self.replace_again(f"{kind.__name__}.{name}", getattr(kind, name), replace)

    def _decide_first(self, really: Any) -> Any:
        @wraps(really)
        def endheaders(connection: Any, *args: Any, **kwargs: Any) -> Any:
            if self._current() is not None and not hasattr(connection, "leads_to_fake"):
                endpoint = self._endpoint_for(connection)
                if endpoint is not None:
                    if connection.sock is not None:
                        connection.sock.close()
                    connection.sock = _Socket(connection, endpoint)
            return really(connection, *args, **kwargs)

        return endheaders

    def _endpoint_for(self, connection: Any) -> Endpoint | None:
        """Return the endpoint that answers the request whose head a connection is about to send."""
        host, request = _read_request(connection)
        return self._find_endpoint(host, request.headers, request.query)

    def _connect_later(self, really: Any) -> Any:
        """Return a `connect` that looks up no host of Amazon's. A program may call it before it sends a request."""

        @wraps(really)
        def connect(connection: Any) -> Any:
            host = _find_host(connection)
            if is_aws_host(host) and self._find_endpoint(host, {}, "") is not None:
                return None
            return really(connection)

        return connect


class HttpClientGuard(Guard):
    """Guards the place where the head of a request is sent, and so where it connects."""

    module = "http.client"

    def replacements(self, module: Any) -> Replacements:
        """Return the method that sends the head."""
        plain = _find_class(module.HTTPConnection)
        if "_send_output" in vars(plain):
            yield plain, "_send_output", self.replace(plain._send_output)

    def read(self, connection: Any, *_: Any, **__: Any) -> tuple[str, Any, str]:
        """Return what tells where a request goes and with which key."""
        host, request = _read_request(connection)
        return host, request.headers.get("authorization", ""), request.query


class _Socket(FakeSocket):
    """A socket for one request."""

    def __init__(self, connection: Any, endpoint: Endpoint) -> None:
        super().__init__(_find_scheme(connection), endpoint)
        self._connection = connection

    def makefile(self, *args: Any, **kwargs: Any) -> Any:
        """Handle the request, and return a file of the response."""
        self._connection.sock = None
        return super().makefile(*args, **kwargs)


def _find_class(known: Any) -> Any:
    """Return http.client's own class. A cassette of vcrpy puts others in the places of both, which use the real ones.

    If somebody's mock took the place of the whole class, that answers, and is returned.
    """
    return getattr(known, "_baseclass", known)


def _read_request(connection: Any) -> tuple[str, Request]:
    """Return the request whose head a connection is about to send, and the host that it goes to in the end."""
    lines = (line.encode() if isinstance(line, str) else line for line in connection._buffer)
    head = b"\r\n".join(lines).rstrip(b"\r\n")
    target = head.split(b" ", 2)[1].decode("latin-1")
    # A connection to a proxy sends whole URLs.
    is_whole = "://" in target.partition("?")[0] and not target.startswith("/")
    host = urlsplit(target).netloc if is_whole else _find_host(connection)
    return host, read_head(head, scheme=_find_scheme(connection), host="")


def _find_scheme(connection: Any) -> str:
    return "https" if connection.default_port == _HTTPS else "http"


def _find_host(connection: Any) -> str:
    """Return the host that a connection leads to in the end, also through a tunnel, with a port that is not usual."""
    host, port = connection.host, connection.port
    if connection._tunnel_host:
        host, port = connection._tunnel_host, connection._tunnel_port
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return host if port in _USUAL_PORTS else f"{host}:{port}"
