"""The server: S3 at a port, for other processes and languages."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from ssl import SSLContext
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakSet

from fakes3.doors.server_connection import Answers, Connection
from fakes3.doors.server_proxy import Proxy
from fakes3.doors.server_tunnel import Ends
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import S3Error, UsageError
from fakes3.operations.service import Service
from fakes3.wire.addressing import host_of
from fakes3.wire.endpoint import handle, refuse
from fakes3.wire.message import EMPTY, Request, Response

if TYPE_CHECKING:
    from fakes3.doors.server_certificates import Authority

_BACKLOG = 1024
_READ_AT_ONCE = 256 * 1024
"""How many bytes are read at a time. All go into one buffer: new memory of this size comes from the system each time
and goes back to it, which takes longer than the answer to a small request."""
_LAST_PORT = 65535
_REFUSED = 400
_READS = frozenset({"GET", "HEAD"})
_LONGEST_TARGET = 300
_GRACE = 0.3
"""For how many seconds a server that stops lets responses finish."""

_PAUSE = 0.01
"""How many seconds pass until it looks again whether they have."""


class Site:
    """S3 as a server answers for it.

    Args:
        service: The S3 that answers. Another one may take its place at any time.
        base_hosts: Hosts under which a bucket may be a subdomain: `bucket.localhost`. At every host, the first part of
            the path may be a bucket.
        tell: Called with a line about each request that was refused.
        authority: Who signs certificates for S3's hosts, which the server answers for as a proxy; None for nobody.
        passthrough: Hosts that it lets out as a proxy.
        pages: What is at its own host beside S3: the content, in JSON, by path.
    """

    def __init__(
        self,
        service: Service,
        *,
        base_hosts: Iterable[str] = ("localhost",),
        tell: Callable[[str], None] | None = None,
        authority: Authority | None = None,
        passthrough: Iterable[str] = (),
        pages: Mapping[str, bytes] | None = None,
    ) -> None:
        self.service = service
        self._pages = pages or {}
        self.base_hosts = frozenset(base_hosts)
        self._tell = tell
        self.proxy = Proxy(self.base_hosts, authority, passthrough)

    def answer(self, request: Request) -> Response:
        """Return the response to a request. A fault of the fake is logged."""
        if request.path in self._pages and request.method in _READS and self._is_own_host(request.host):
            return _page(self._pages[request.path], request.method)
        response = handle(self.service, request, self.base_hosts, logs_faults=True)
        if self._tell is not None and response.status >= _REFUSED and response.refusal is not None:
            target = f"{request.path}?{request.query}" if request.query else request.path
            self._tell(_line_about(f"{request.method} {target}", response.refusal))
        return response

    def _is_own_host(self, host: str) -> bool:
        """Whether a host is a name of this server itself, with no bucket in it."""
        found = host_of(host, self.base_hosts)
        return found.kind in ("custom", "not-aws") and found.bucket is None

    def beside(self, service: Service, base_hosts: Iterable[str]) -> Site:
        """Return the same site for another S3 at other hosts."""
        return Site(service, base_hosts=base_hosts, tell=self._tell)

    def refuse(self, error: S3Error) -> Response:
        """Return the response to a request that could not be read."""
        if self._tell is not None:
            self._tell(_line_about("A request", error))
        return refuse(self.service, error)

    def tell(self, what: str) -> None:
        """Tell of a request that never came to be answered. Nobody but the server sees it, so it is logged at least."""
        (self._tell or logging.getLogger("fakes3").warning)(_printable(what))


def _page(content: bytes, method: str) -> Response:
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    return Response(200, headers, Rope.of(content) if method == "GET" else EMPTY)


def _line_about(what: str, refusal: S3Error) -> str:
    """Return a line that tells which request was refused, and why. Nothing that a client sent can end the line."""
    shown = what if len(what) <= _LONGEST_TARGET else f"{what[:_LONGEST_TARGET]}..."
    reason = f" ({refusal.reason})" if refusal.reason and refusal.reason != refusal.message else ""
    return _printable(f"{shown}: {refusal.status} {refusal.code}: {refusal.message}{reason}")


def _printable(text: str) -> str:
    line = " ".join(text.split())
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)


class Server(NamedTuple):
    """A server whose port is open."""

    url: str
    serve: Callable[[], None]
    """Answers requests until `stop` is called."""
    stop: Callable[[], None]
    """Closes the port, and lets `serve` return. May be called from any thread."""


def open_server(answers: Answers, *, host: str = "127.0.0.1", port: int = 0, tls: SSLContext | None = None) -> Server:
    """Open a port, and return a server for it. Port 0 means any free port.

    Raises: UsageError, if the port cannot be opened.
    """
    listener = _open(host, port)
    _LISTENERS.add(listener)
    loop = asyncio.new_event_loop()
    loop.time = _CLOCK["monotonic"]  # type: ignore[method-assign]
    buffer = memoryview(bytearray(_READ_AT_ONCE))
    connections: set[Ends] = set()
    stopping = loop.create_future()
    scheme = "http" if tls is None else "https"

    async def run() -> None:
        server = await loop.create_server(
            lambda: Connection(answers, scheme, buffer, connections.add, connections.discard),
            sock=listener,
            backlog=_BACKLOG,
            ssl=tls,
        )
        await stopping
        with suppress(NotImplementedError):  # on Windows nothing is lost
            loop.remove_reader(listener)
        # asyncio loses a connection, and leaves its socket open, if the server is closed before its task begins. All
        # that were accepted begin now, and no more are accepted, however many come.
        await asyncio.sleep(0)
        server.close()
        end = loop.time() + _GRACE
        ended: set[Ends] = set()
        while ((making := _others()) or connections) and loop.time() < end:
            for connection in connections - ended:
                connection.end()  # once: a connection with TLS that is closed twice cannot be aborted any more
                ended.add(connection)
            await (asyncio.wait(making, timeout=_PAUSE) if making else asyncio.sleep(_PAUSE))
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)
        for connection in list(connections):
            connection.abort()
        await asyncio.sleep(0)

    def serve() -> None:
        running = loop.create_task(run())
        try:
            loop.run_until_complete(running)
        finally:
            if not running.done():  # KeyboardInterrupt
                ask_to_stop()
                loop.run_until_complete(running)
            listener.close()
            loop.close()

    def ask_to_stop() -> None:
        if not stopping.done():
            stopping.set_result(None)

    def stop() -> None:
        with suppress(RuntimeError):  # it has stopped
            loop.call_soon_threadsafe(ask_to_stop)

    place = f"[{host}]" if ":" in host else host
    return Server(f"{scheme}://{place}:{listener.getsockname()[1]}", serve, stop)


def _others() -> set[asyncio.Task[Any]]:
    """Return the tasks besides the one that asks: each makes a connection."""
    return {each for each in asyncio.all_tasks() if each is not asyncio.current_task()}


@contextmanager
def serving(
    answers: Answers, *, host: str = "127.0.0.1", port: int = 0, tls: SSLContext | None = None
) -> Iterator[str]:
    """Serve on a daemon thread, and give the URL. Leaving stops the server, within a second.

    Raises: UsageError, if the port cannot be opened.
    """
    server = open_server(answers, host=host, port=port, tls=tls)
    thread = Thread(target=server.serve, name="fakes3-server", daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join()


_CLOCK = {"monotonic": time.monotonic}
"""The clock of loops. freezegun stops the clocks that it finds in modules, and a loop whose clock stands never ends."""

_LISTENERS: WeakSet[socket.socket] = WeakSet()


def ports_of_process() -> set[int]:
    """Return the ports at which servers of this process listen."""
    return {each.getsockname()[1] for each in list(_LISTENERS) if each.fileno() >= 0}


def _close_listeners() -> None:
    """Close the ports of this process's parent, which would stay open for as long as this process lives."""
    for each in list(_LISTENERS):
        each.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_listeners)


def _open(host: str, port: int) -> socket.socket:
    try:
        if not 0 <= port <= _LAST_PORT:
            raise OSError(f"ports are numbers from 0 to {_LAST_PORT}")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"Port {port} of {host} cannot be opened ({error}). Choose another one, or 0 for any that is free."
        ) from None
