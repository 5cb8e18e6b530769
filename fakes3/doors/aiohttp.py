"""The door of aiohttp, and of all that stands on it.

The connector is replaced where it would connect: what it gives is a connection to the fake. So everything of aiohttp
is real, to the bytes that it writes and parses: redirects, cookies, forms, framing, timeouts, decompression, tracing,
the release of connections. Only the socket is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from http.client import responses
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.asynchronous import answered, encoded, headers_of, parts
from fakes3.doors.door import PIECE, Door, Endpoint
from fakes3.model.bytes_rope import Rope
from fakes3.wire.message import Request, Response

READ = 64 * 1024
"""How much of a response arrives at a time."""


class AiohttpDoor(Door):
    """Answers every session of aiohttp.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "aiohttp.connector"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The connector's `connect`."""
        connector_class = module.BaseConnector
        really_connect = connector_class.connect

        async def connect(connector: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            endpoint = self._current()
            if endpoint is None:
                return await really_connect(connector, request, *args, **kwargs)
            url = request.url
            if not endpoint.serves(url.raw_authority, headers_of(request.headers.items()), url.raw_query_string):
                return await really_connect(connector, request, *args, **kwargs)
            loop = asyncio.get_running_loop()
            protocol = _protocol_class()(loop, endpoint)
            protocol.connection_made(_Transport(loop, protocol, url))
            # So that whoever closes the connector closes it too. It is never kept alive for another request.
            connector._acquired.add(protocol)
            return module.Connection(connector, request.connection_key, protocol, loop)

        yield connector_class, "connect", connect


@cache
def _protocol_class() -> Any:
    from aiohttp.client_proto import ResponseHandler

    class Protocol(ResponseHandler):
        """aiohttp's end of a connection, which answers in the very step in which the answer is read."""

        def __init__(self, loop: asyncio.AbstractEventLoop, endpoint: Endpoint) -> None:
            super().__init__(loop)
            self.force_close()
            self._endpoint = endpoint
            self._news = asyncio.Event()
            self._is_sent = False
            self._is_answered = False

        def start_timeout(self) -> None:
            # aiohttp says so when it has written all of a request.
            super().start_timeout()
            self._is_sent = True
            self._news.set()

        def set_exception(self, *args: Any, **kwargs: Any) -> None:
            super().set_exception(*args, **kwargs)
            self._news.set()

        def head_received(self) -> None:
            """The headers of the request are there."""
            self._news.set()

        async def read(self) -> Any:
            while not self._is_answered and self.exception() is None:
                transport: Any = self.transport
                if transport is None:
                    break  # closed; that it is lost will be told
                if self._is_sent:
                    request, pieces = transport.received()
                    response = await answered(self._endpoint, request, pieces)
                    self._is_answered = True
                    if not transport.is_closing():
                        transport.answer(response)
                elif transport.expects_continue():
                    self.data_received(b"HTTP/1.1 100 Continue\r\n\r\n")
                    break
                else:
                    await self._news.wait()
                    self._news.clear()
            return await super().read()

    return Protocol


class _Transport(asyncio.Transport):
    """The other end: gathers what is written, and feeds what was answered, as fast as it is read."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: Any, url: Any) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._url = url
        self._is_closing = False
        self._written: list[bytes] = []
        self._head: bytes | None = None
        self._continued = False
        self._since_pause = 0
        self._is_paused = False
        self._answer: Iterator[bytes] = iter(())
        self._is_reading = True
        self._is_feeding = False

    # ---- The request ----

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        """Take what is written; now and then the writer has to let others run."""
        piece = data if type(data) is bytes else bytes(data)
        self._written.append(piece)
        if self._head is None and b"\r\n\r\n" in piece:
            self._head, _, rest = piece.partition(b"\r\n\r\n")
            self._written = [rest]
            self._protocol.head_received()
        self._since_pause += len(piece)
        if self._since_pause >= PIECE and not self._is_paused:
            self._is_paused = True
            self._protocol.pause_writing()
            self._loop.call_soon(self._resume_writing)

    def _resume_writing(self) -> None:
        self._is_paused = False
        self._since_pause = 0
        if not self._is_closing:
            self._protocol.resume_writing()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview[int]]) -> None:
        """Take several pieces."""
        for data in list_of_data:
            self.write(data)

    def expects_continue(self) -> bool:
        """Whether the request waits to be told to send its body. It is told once."""
        if self._continued or self._head is None:
            return False
        self._continued = True
        return b"\r\nexpect: 100-continue" in self._head.lower()

    def received(self) -> tuple[Request, list[bytes]]:
        """The request, and the pieces of its body."""
        assert self._head is not None
        first, *lines = self._head.decode("latin-1").split("\r\n")
        method, target, _version = first.split(" ")
        headers = headers_of((name, value) for name, _, value in (line.partition(": ") for line in lines))
        if not target.startswith("/"):
            parsed = urlsplit(target)  # the absolute form, for proxies
            target = f"{parsed.path or '/'}?{parsed.query}"
        path, _, query = target.partition("?")
        host = headers.get("host") or self._url.raw_authority
        request = Request(method, self._url.scheme, host, path, query, headers)
        chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        return request, list(_unchunked(Rope(self._written))) if chunked else self._written

    # ---- The response ----

    def answer(self, response: Response) -> None:
        """Send a response."""
        lines = [f"HTTP/1.1 {response.status} {responses.get(response.status, '')}".encode("ascii")]
        lines += [b": ".join(header) for header in encoded(response)]
        self._protocol.data_received(b"\r\n".join([*lines, b"", b""]))
        self._answer = parts(response.body, READ)
        self._feed()

    def _feed(self) -> None:
        """Send what is left of the response, until the reader has enough."""
        self._is_feeding = False
        while self._is_reading and not self._is_closing:
            piece = next(self._answer, None)
            if piece is None:
                return
            self._protocol.data_received(piece)

    def pause_reading(self) -> None:
        """Send no more for now."""
        self._is_reading = False

    def resume_reading(self) -> None:
        """Send on, but not before the reader has taken what it is reading."""
        self._is_reading = True
        if not self._is_feeding:
            self._is_feeding = True
            self._loop.call_soon(self._feed)

    def is_reading(self) -> bool:
        """Whether the reader wants more."""
        return self._is_reading

    # ---- The connection ----

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self._is_closing

    def close(self) -> None:
        """End the connection: what was not answered yet never will be."""
        if not self._is_closing:
            self._is_closing = True
            self._written, self._answer = [], iter(())
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close


def _unchunked(body: Rope) -> Iterator[bytes]:
    """The data of a body that came in chunks."""
    at = 0
    while True:
        line, _, _ = bytes(body[at : at + 18]).partition(b"\r\n")
        start = at + len(line) + 2
        size = int(line, 16)
        if not size:
            return
        yield from parts(body[start : start + size], PIECE)
        at = start + size + 2
