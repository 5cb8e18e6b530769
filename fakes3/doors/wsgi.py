"""The door for other processes and languages: S3 as a WSGI application, and a server for it.

Any WSGI server can run the application. To keep object keys as they were sent it wants the server to hand over the
request line's target (`REQUEST_URI` or `RAW_URI`); without it, an encoded slash cannot be told from a plain one.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from http.client import responses
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from fakes3.model.errors import UsageError
from fakes3.model.numbers import read_int
from fakes3.operations.service import Service
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PIECE = 1024 * 1024
_THREADS = 16
_BACKLOG = 128


class Application:
    """S3 as a WSGI application.

    Args:
        service: The S3 behind it.
        base_hosts: Hosts below which a bucket's name may stand: `bucket.localhost`. Everywhere else, and there too,
            a bucket may be the first part of the path.
    """

    def __init__(self, service: Service, *, base_hosts: Iterable[str] = ("localhost",)) -> None:
        self.service = service
        self._base_hosts = frozenset(base_hosts)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = handle(self.service, request_of(environ), self._base_hosts)
        status = f"{response.status} {responses.get(response.status, '')}"
        headers = [(name, value.encode().decode("latin-1")) for name, value in response.headers.items()]
        start_response(status, headers)
        return (piece if isinstance(piece, bytes) else bytes(piece) for piece in response.body.pieces)


def request_of(environ: WSGIEnvironment) -> Request:
    """What a WSGI server received."""
    path, query = _target(environ)
    return Request(
        method=environ["REQUEST_METHOD"],
        scheme=environ["wsgi.url_scheme"],
        host=environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}",
        path=path,
        query=query,
        headers=dict(_headers(environ)),
        body=_pieces(environ),
        client=environ.get("REMOTE_ADDR") or "127.0.0.1",
    )


def _target(environ: WSGIEnvironment) -> tuple[str, str]:
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if not raw:
        path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")
        return quote(path, safe="/~") or "/", environ.get("QUERY_STRING", "")
    if "://" in raw.partition("?")[0] and not raw.startswith("/"):
        raw = "/" + raw.split("://", 1)[1].partition("/")[2]  # the absolute form, which proxies send
    path, _, query = raw.partition("?")
    return path, query


def _headers(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-").lower(), value
        elif name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value:
            yield name.replace("_", "-").lower(), value


def _pieces(environ: WSGIEnvironment) -> Iterator[bytes]:
    """The body as it comes, and no byte more than was announced: behind it lies the next request."""
    source = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated") and environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        # AWS's C++ SDK, and so pyarrow, sends so what it signs in chunks. The server took the framing off.
        while piece := source.read(_PIECE):
            yield piece
        return
    left = read_int(environ.get("CONTENT_LENGTH")) or 0
    while left:
        piece = source.read(min(left, _PIECE))
        if not piece:
            return
        left -= len(piece)
        yield piece


class Server(Protocol):
    """A server that is ready for connections."""

    url: str

    def serve(self) -> None:
        """Answer requests until `stop` is called."""

    def stop(self) -> None:
        """Answer no more."""


class _CherootServer:
    def __init__(self, server: Any, url: str) -> None:
        self._server = server
        self.url = url

    def serve(self) -> None:
        self._server.serve()

    def stop(self) -> None:
        self._server.stop()


def server(application: Callable[..., Iterable[bytes]], *, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Open a port and make a server for it; port 0 takes a free one.

    Raises: UsageError, when the server's library is missing or the port cannot be had.
    """
    try:
        from cheroot.wsgi import Server as WSGIServer
    except ImportError:
        raise UsageError(
            'The server needs cheroot, which is not installed. Run: pip install "fakes3[server]"'
        ) from None
    listener = WSGIServer((host, port), application, numthreads=_THREADS, request_queue_size=_BACKLOG)
    try:
        # cheroot leaks the socket of a port that it cannot open, so it is tried here first.
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
        listener.prepare()
    except OSError as error:
        raise UsageError(
            f"Port {port} of {host} cannot be opened ({error}). Choose another one, or 0 for any that is free."
        ) from None
    place = f"[{host}]" if ":" in host else host
    return _CherootServer(listener, f"http://{place}:{listener.bind_addr[1]}")
