"""The door for other processes and languages: S3 as a WSGI application, and a server for it.

Any WSGI server can run the application. The server should pass the request target (`REQUEST_URI` or `RAW_URI`), so that
object keys stay as they were sent. Without it, an encoded slash looks like a plain one.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from fakes3.doors.messages import PIECE, make_request, reason_phrase
from fakes3.model.errors import UsageError
from fakes3.model.numbers import read_int
from fakes3.operations.service import Service
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_THREADS = 16
_BACKLOG = 128


class Application:
    """S3 as a WSGI application.

    Args:
        service: The S3 that answers.
        base_hosts: Hosts under which a bucket may be a subdomain: `bucket.localhost`. At every host, the first part of
            the path may be a bucket.
    """

    def __init__(self, service: Service, *, base_hosts: Iterable[str] = ("localhost",)) -> None:
        self.service = service
        self._base_hosts = frozenset(base_hosts)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = handle(self.service, read_environ(environ), self._base_hosts, logs_faults=True)
        status = f"{response.status} {reason_phrase(response.status)}"
        headers = [(name, value.encode().decode("latin-1")) for name, value in response.headers.items()]
        start_response(status, headers)
        return (piece if isinstance(piece, bytes) else bytes(piece) for piece in response.body.pieces)


def read_environ(environ: WSGIEnvironment) -> Request:
    """Return the request that a WSGI server received."""
    request = make_request(
        environ["REQUEST_METHOD"],
        environ.get("REQUEST_URI") or environ.get("RAW_URI") or _rebuild_target(environ),
        dict(_headers(environ)),
        scheme=environ["wsgi.url_scheme"],
        host=f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}",
    )
    return replace(request, body=_pieces(environ), client=environ.get("REMOTE_ADDR") or "127.0.0.1")


def _rebuild_target(environ: WSGIEnvironment) -> str:
    path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")
    return f"{quote(path, safe='/~')}?{environ.get('QUERY_STRING', '')}"


def _headers(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-").lower(), value
        elif name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value:
            yield name.replace("_", "-").lower(), value


def _pieces(environ: WSGIEnvironment) -> Iterator[bytes]:
    """Yield the body as it arrives, up to its Content-Length: the next bytes belong to the next request."""
    source = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated") and environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        # AWS's C++ SDK, and so pyarrow, sends signed chunks in this coding. The server has removed it.
        while piece := source.read(PIECE):
            yield piece
        return
    left = read_int(environ.get("CONTENT_LENGTH")) or 0
    while left:
        piece = source.read(min(left, PIECE))
        if not piece:
            return
        left -= len(piece)
        yield piece


class Server(NamedTuple):
    """A server whose port is open."""

    url: str
    serve: Callable[[], None]
    """Answers requests until `stop` is called."""
    stop: Callable[[], None]
    """Closes the port, and lets `serve` return."""


def server(application: Callable[..., Iterable[bytes]], *, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Open a port, and return a server for it. Port 0 means any free port.

    Raises: UsageError, if cheroot is not installed or the port cannot be opened.
    """
    try:
        from cheroot.wsgi import Server as WSGIServer
    except ImportError:
        raise UsageError(
            'The server needs cheroot, which is not installed. Run: pip install "fakes3[server]"'
        ) from None
    listener = WSGIServer((host, port), application, numthreads=_THREADS, request_queue_size=_BACKLOG)
    try:
        # cheroot leaks the socket of a port that it cannot open, so the port is tried here first.
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
        listener.prepare()
    except OSError as error:
        raise UsageError(
            f"Port {port} of {host} cannot be opened ({error}). Choose another one, or 0 for any that is free."
        ) from None
    place = f"[{host}]" if ":" in host else host
    return Server(f"http://{place}:{listener.bind_addr[1]}", listener.serve, listener.stop)
