"""The door of httpx, synchronous and asynchronous, on asyncio and on trio.

The transports that would open a connection are replaced. So signing, redirects, cookies and hooks stay real. A
transport of the user's own is left alone; if it calls one of httpx's, it meets the fake there.

Other mocks replace the transports too. So each client's choice of a transport is replaced as well: requests for S3 go
to the fake before the chosen transport, whichever mock was entered last. Only the transport itself stops requests that
nothing serves, since no other mock has answered by then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache, wraps
from types import SimpleNamespace
from typing import Any

from fakes3.doors.cancellation import checkpoint, respond
from fakes3.doors.endpoint import Endpoint, check_key
from fakes3.doors.entrance import Door, Guard, Replacements
from fakes3.doors.messages import check_connection, cut, encode_headers, join_headers, make_request, reason_phrase
from fakes3.wire.message import Request, Response, WatchedBody

PIECE = 64 * 1024
"""How many bytes of a response come at a time; httpcore reads as many from a socket."""


class HttpxDoor(Door):
    """Answers every client of httpx."""

    module = "httpx"

    def replacements(self, module: Any) -> Replacements:
        """Return the methods of both transports, and each client's choice of a transport."""
        really_handle = module.HTTPTransport.handle_request
        really_handle_async = module.AsyncHTTPTransport.handle_async_request

        def handle_request(transport: Any, request: Any) -> Any:
            read = _read_request(request)
            endpoint = self._endpoint_for(request, read)
            if endpoint is None:
                return really_handle(transport, request)
            _check_as_h11(module, request)
            return _make_response(module, endpoint.handle(read._replace(body=request.stream)))

        async def handle_async_request(transport: Any, request: Any) -> Any:
            read = _read_request(request)
            endpoint = self._endpoint_for(request, read)
            if endpoint is None:
                return await really_handle_async(transport, request)
            _check_as_h11(module, request)
            pieces = [piece async for piece in request.stream]
            return _make_response(module, await respond(endpoint, read, pieces))

        for client_class, transport_class, name, ours in (
            (module.Client, module.HTTPTransport, "handle_request", handle_request),
            (module.AsyncClient, module.AsyncHTTPTransport, "handle_async_request", handle_async_request),
        ):
            yield transport_class, name, ours
            if "_transport_for_url" in vars(client_class):
                choose = self._choose_fake_first(client_class._transport_for_url, transport_class, name, ours)
                yield client_class, "_transport_for_url", choose

    def _endpoint_for(self, request: Any, read: Request, *, stops: bool = True) -> Endpoint | None:
        """Return the endpoint that answers a request, by the host that its connection would be made to."""
        return self._find_endpoint(_host(request), read.headers, read.query, stops=stops)

    def _choose_fake_first(
        self, really_choose: Callable[..., Any], transport_class: Any, name: str, ours: Callable[..., Any]
    ) -> Callable[..., Any]:
        """Return a choice of transport that puts the fake before one of httpx's that another mock has replaced."""

        def choose(client: Any, url: Any) -> Any:
            transport = really_choose(client, url)
            replaced = getattr(transport_class, name)
            if (
                replaced is ours
                or self._current() is None
                or not isinstance(transport, transport_class)
                or getattr(type(transport), name) is not replaced
            ):
                return transport
            theirs = getattr(transport, name)

            def answer(request: Any) -> Any:
                # What the functions of an asynchronous transport return is an awaitable.
                is_ours = self._endpoint_for(request, _read_request(request), stops=False) is not None
                return ours(transport, request) if is_ours else theirs(request)

            return SimpleNamespace(**{name: answer})

        return choose


class Httpx2Door(HttpxDoor):
    """The same for httpx2, the fork of httpx that aiobotocore uses since version 3."""

    module = "httpx2"


class HttpcoreGuard(Guard):
    """Guards httpcore, with which the transports of httpx send."""

    module = "httpcore"
    replaces = ("ConnectionPool.handle_request", "AsyncConnectionPool.handle_async_request")

    def replace(self, really: Any) -> Any:
        """Return a method with the same parameters, which respx looks at; asynchronous pools' returns an awaitable."""

        @wraps(really)
        def handle(pool: Any, request: Any) -> Any:
            if self._current() is None:
                pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers)
                query = request.url.target.partition(b"?")[2].decode("latin-1")
                check_key(request.url.host.decode("ascii"), join_headers(pairs).get("authorization", ""), query)
            return really(pool, request)

        return handle


class Httpcore2Guard(HttpcoreGuard):
    """The same for httpcore2, with which httpx2 sends."""

    module = "httpcore2"


def _host(request: Any) -> str:
    """Return the host that the connection would be made to."""
    return str(request.url.netloc.decode("ascii"))


def _read_request(request: Any) -> Request:
    """Return a request of httpx, without its body."""
    # The target is what stands in the request line. botocore's clients set it, because httpx normalises dots in a key.
    target = request.extensions.get("target", request.url.raw_path).decode("latin-1")
    headers = join_headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return make_request(request.method, target, headers, scheme=request.url.scheme, host=_host(request))


def _check_as_h11(httpx: Any, request: Any) -> None:
    """Refuse headers that h11 refuses to write. It writes what httpx sends over HTTP/1.1.

    Raises: httpx's LocalProtocolError.
    """
    import h11

    try:
        h11.Request(method=request.method, target="/", headers=request.headers.raw)
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error


def _make_response(httpx: Any, response: Response) -> Any:
    """Return httpx's kind of response. Raises: httpx's ReadError, ReadTimeout, where the connection breaks."""
    try:
        check_connection(response)
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error)) from error
    except OSError as error:
        raise httpx.ReadError(str(error)) from error
    return httpx.Response(
        response.status,
        headers=encode_headers(response),
        stream=_stream_class(httpx)(response),
        extensions={"http_version": b"HTTP/1.1", "reason_phrase": reason_phrase(response.status).encode("ascii")},
    )


@cache
def _stream_class(httpx: Any) -> Any:
    class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):  # type: ignore[misc]
        """The body of a response, in pieces."""

        def __init__(self, response: Response) -> None:
            self._body = response.body
            self._is_whole = response.breaks is None

        def __iter__(self) -> Iterator[bytes]:
            yield from cut(self._body, PIECE)
            self._check_whole()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for number, piece in enumerate(cut(self._body, PIECE)):
                if number:
                    await checkpoint()
                yield piece
            self._check_whole()

        def close(self) -> None:
            if isinstance(self._body, WatchedBody):
                self._body.close()

        async def aclose(self) -> None:
            self.close()

        def _check_whole(self) -> None:
            if not self._is_whole:
                raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    return Stream
