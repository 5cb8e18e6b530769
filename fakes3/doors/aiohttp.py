"""The door of aiohttp, and of every library that uses it.

The connector's method that would open a connection is replaced: it returns a connection to the fake. So all of aiohttp
stays real, up to the bytes that it writes and parses: redirects, cookies, forms, framing, timeouts, decompression,
tracing, and the release of connections. Only the socket is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial, wraps
from inspect import signature
from types import SimpleNamespace
from typing import Any

from fakes3.doors.cancellation import respond
from fakes3.doors.endpoint import Endpoint, check_key
from fakes3.doors.entrance import Door, Guard
from fakes3.doors.messages import (
    PIECE,
    check_connection,
    cut,
    is_chunked,
    join_headers,
    read_chunks,
    read_head,
    write_head,
)
from fakes3.wire.message import Request, Response

READ = 64 * 1024
"""How many bytes of a response arrive at a time."""

_READY: ContextVar[list[Response] | None] = ContextVar("fakes3_ready", default=None)
"""The response to the next request of this task, if that was handled before it was sent."""


class AiohttpDoor(Door):
    """Answers every session of aiohttp."""

    module = "aiohttp.connector"
    replaces = ("BaseConnector.connect",)

    def replace(self, really: Any) -> Any:
        """Return a `connect` that leads requests for S3 to the fake."""

        async def connect(connector: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            from aiohttp import ClientConnectionError
            from aiohttp.connector import Connection

            # aiohttp itself refuses values that are no texts, when it writes them.
            url = request.url
            headers = join_headers((name, str(value)) for name, value in request.headers.items())
            endpoint = self._find_endpoint(url.raw_authority, headers, url.raw_query_string)
            if endpoint is None:
                return await really(connector, request, *args, **kwargs)
            if connector.closed:  # aiohttp tries a lost request again, also when its session has been closed meanwhile
                raise ClientConnectionError("Connector is closed")
            loop = asyncio.get_running_loop()
            protocol = _protocol_class()(loop, endpoint)
            protocol.connection_made(_Transport(loop, protocol, url))
            # Now closing the connector closes this connection too. It is never kept alive for another request.
            connector._acquired.add(protocol)
            return Connection(connector, request.connection_key, protocol, loop)

        return connect


@contextmanager
def answering_with(response: Response) -> Iterator[None]:
    """Let this task's next request have a response that is there already."""
    token = _READY.set([response])
    try:
        yield
    finally:
        _READY.reset(token)


async def make_client_response(method: str, address: str, response: Response) -> Any:
    """Return aiohttp's kind of response to a request for this URL with this method, as if it had been sent."""
    from aiohttp import ClientResponse, RequestInfo
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection
    from multidict import CIMultiDict, CIMultiDictProxy
    from yarl import URL

    loop, url = asyncio.get_running_loop(), URL(address, encoded=True)
    protocol = ResponseHandler(loop)
    transport = _Transport(loop, protocol, url)
    protocol.connection_made(transport)
    protocol.set_response_params(skip_payload=method == "HEAD", read_until_eof=True, auto_decompress=False)
    transport.send_response(response)
    place: Any = url.raw_authority
    # It is older than what it brings, as a real one is: the garbage collector goes by age, and aiohttp tells of either.
    connection = Connection(_NO_CONNECTOR, place, protocol, loop)
    about: dict[str, Any] = dict.fromkeys(_keywords())  # most are of a request that is still being sent
    about |= {
        "request_info": RequestInfo(url, method, CIMultiDictProxy(CIMultiDict()), url),
        "traces": [],
        "loop": loop,
    }
    if "stream_writer" in about:
        about["stream_writer"] = SimpleNamespace(output_size=0)
    return await ClientResponse(method, url, **about).start(connection)


class _NoConnector:
    """Takes the place of aiohttp's connector for connections that it has not made."""

    def _release(self, _key: Any, protocol: Any, **_others: Any) -> None:
        """Part the two sides of a connection. They know each other, and would wait for the garbage collector."""
        protocol.transport = None


_NO_CONNECTOR: Any = _NoConnector()


def open_session() -> Callable[[], None]:
    """Return what closes a session of aiohttp, one that cannot send. aiohttp tells of it if nothing closes it."""
    from aiohttp import ClientSession

    session: Any = ClientSession.__new__(ClientSession)
    session._connector = SimpleNamespace(closed=False)
    session._loop = asyncio.get_running_loop()
    session._source_traceback = None
    return partial(setattr, session, "_connector", None)


@cache
def _keywords() -> tuple[str, ...]:
    """Return the names of what this release of aiohttp makes a response with, but for the method and the URL."""
    from aiohttp import ClientResponse

    return tuple(each.name for each in signature(ClientResponse).parameters.values() if each.kind == each.KEYWORD_ONLY)


class AiohttpGuard(Guard):
    """Guards the place where a session makes a request, since it looks up the host before it sends."""

    module = "aiohttp.client_reqrep"
    replaces = ("ClientRequest.__init__",)

    def replace(self, really: Any) -> Any:
        """Return an `__init__` that looks which key the request is signed with, once it is made."""

        @wraps(really)
        def init(request: Any, *args: Any, **kwargs: Any) -> None:
            really(request, *args, **kwargs)
            if self._current() is None:
                url = request.url
                check_key(url.raw_authority, request.headers.get("Authorization", ""), url.raw_query_string)

        return init


@cache
def _protocol_class() -> Any:
    from aiohttp.client_proto import ResponseHandler

    class Protocol(ResponseHandler):
        """aiohttp's side of a connection. It handles the request when aiohttp reads the response."""

        def __init__(self, loop: asyncio.AbstractEventLoop, endpoint: Endpoint) -> None:
            super().__init__(loop)
            self.force_close()
            self._endpoint = endpoint
            self._progress = asyncio.Event()
            self._is_sent = False
            self._is_answered = False

        def start_timeout(self) -> None:
            # aiohttp calls this after it has written the whole request.
            super().start_timeout()
            self._is_sent = True
            self._progress.set()

        def set_exception(self, *args: Any, **kwargs: Any) -> None:
            super().set_exception(*args, **kwargs)
            self._progress.set()

        def head_received(self) -> None:
            """Wake `read`: the headers of the request have arrived."""
            self._progress.set()

        async def read(self) -> Any:
            while not self._is_answered and self.exception() is None:
                transport: Any = self.transport
                if transport is None:
                    break  # the connection is closed, and connection_lost follows
                if self._is_sent:
                    request, pieces = transport.read_request()
                    ready = _READY.get()
                    response = ready.pop() if ready else await respond(self._endpoint, request, pieces)
                    self._is_answered = True
                    if not transport.is_closing():
                        transport.send_response(response)
                elif transport.expects_continue():
                    self.data_received(b"HTTP/1.1 100 Continue\r\n\r\n")
                    break
                else:
                    await self._progress.wait()
                    self._progress.clear()
            return await super().read()

    return Protocol


class _Transport(asyncio.Transport):
    """The fake's side of a connection: collects the request, and sends the response as fast as it is read."""

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
        self._unsent: Iterator[bytes] = iter(())
        self._is_reading = True
        self._is_feeding = False
        self._ends_early = False

    # ---- The request ----

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        """Collect what is written. After each MiB the writer pauses, so that other tasks can run."""
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
        """Collect several pieces."""
        for data in list_of_data:
            self.write(data)

    def expects_continue(self) -> bool:
        """Whether the request waits for `100 Continue` before its body. True at most once."""
        if self._continued or self._head is None:
            return False
        self._continued = True
        return b"\r\nexpect: 100-continue" in self._head.lower()

    def read_request(self) -> tuple[Request, Iterable[bytes]]:
        """Return the request, and the pieces of its body."""
        assert self._head is not None
        request = read_head(self._head, scheme=self._url.scheme, host=self._url.raw_authority)
        return request, read_chunks(self._written) if is_chunked(request) else self._written

    # ---- The response ----

    def send_response(self, response: Response) -> None:
        """Send a response."""
        if response.breaks in {"reset", "time-out"}:
            self._break(response)
            return
        self._protocol.data_received(write_head(response))
        self._unsent = cut(response.body, READ)
        self._ends_early = response.breaks == "end"
        self._feed()

    def _break(self, response: Response) -> None:
        from aiohttp import SocketTimeoutError

        try:
            check_connection(response)
        except TimeoutError as error:
            self._protocol.set_exception(SocketTimeoutError(str(error)))
            self.close()
        except OSError as error:
            self._is_closing = True
            self._protocol.connection_lost(error)

    def _feed(self) -> None:
        """Send the rest of the response, until the reader pauses."""
        self._is_feeding = False
        while self._is_reading and not self._is_closing:
            piece = next(self._unsent, None)
            if piece is None:
                if self._ends_early:
                    self.close()
                return
            self._protocol.data_received(piece)

    def pause_reading(self) -> None:
        """Send nothing until `resume_reading`."""
        self._is_reading = False

    def resume_reading(self) -> None:
        """Continue to send, once the reader has taken what it is reading."""
        self._is_reading = True
        if not self._is_feeding:
            self._is_feeding = True
            self._loop.call_soon(self._feed)

    def is_reading(self) -> bool:
        """Whether reading is not paused."""
        return self._is_reading

    # ---- The connection ----

    def is_closing(self) -> bool:
        """Whether the connection was closed."""
        return self._is_closing

    def close(self) -> None:
        """Close the connection. A request that was not answered yet never will be."""
        if not self._is_closing:
            self._is_closing = True
            self._written, self._unsent = [], iter(())
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close
