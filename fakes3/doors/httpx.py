"""The door of httpx, synchronous and asynchronous, on asyncio and on trio.

The transports that would open a connection are replaced, so that signing, redirects, cookies and hooks stay real. A
transport of the user's own is left alone; where it hands on to one of httpx's, it meets the fake there.

Other mocks replace the transports too. So a client is asked first which transport it would take, and what is S3's is
taken out in front of that one, whoever entered last. Only the transport itself stops what nothing serves: by then no
other mock wanted it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from http.client import responses
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.asynchronous import answered, checkpoint, encoded, headers_of, parts
from fakes3.doors.door import Door, Endpoint
from fakes3.model.bytes_rope import Rope
from fakes3.wire.message import Request, Response

PIECE = 64 * 1024
"""How much of a response comes at a time; httpcore reads as much from its sockets."""


class HttpxDoor(Door):
    """Answers every client of httpx.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "httpx"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Both transports, and each client's choice of one."""
        really_handle = module.HTTPTransport.handle_request
        really_handle_async = module.AsyncHTTPTransport.handle_async_request

        def handle_request(transport: Any, request: Any) -> Any:
            endpoint = self._serving(request)
            if endpoint is None:
                return really_handle(transport, request)
            asked = replace(_asked(request), body=request.stream)
            return _received(module, endpoint.handle(asked))

        async def handle_async_request(transport: Any, request: Any) -> Any:
            endpoint = self._serving(request)
            if endpoint is None:
                return await really_handle_async(transport, request)
            pieces = [piece async for piece in request.stream]
            return _received(module, await answered(endpoint, _asked(request), pieces))

        yield module.HTTPTransport, "handle_request", handle_request
        yield module.AsyncHTTPTransport, "handle_async_request", handle_async_request
        for client_class, transport_class, name, ours in (
            (module.Client, module.HTTPTransport, "handle_request", handle_request),
            (module.AsyncClient, module.AsyncHTTPTransport, "handle_async_request", handle_async_request),
        ):
            if "_transport_for_url" in vars(client_class):
                in_front = self._in_front(client_class._transport_for_url, transport_class, name, ours)
                yield client_class, "_transport_for_url", in_front

    def _serving(self, request: Any) -> Endpoint | None:
        """The fake that answers a request, if one does. Raises UnmockedRequest."""
        endpoint = self._current()
        if endpoint is None:
            return None
        asked = _asked(request)
        return endpoint if endpoint.serves(_host(request), asked.headers, asked.query) else None

    def _in_front(
        self, really_choose: Callable[..., Any], transport_class: Any, name: str, ours: Callable[..., Any]
    ) -> Callable[..., Any]:
        """A choice of transport that goes to the fake first, if it is one of httpx's and the request is S3's."""

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
            return _InFront(transport, self._is_ours, ours, getattr(transport, name))

        return choose

    def _is_ours(self, request: Any) -> bool:
        endpoint, asked = self._current(), _asked(request)
        return endpoint is not None and endpoint.takes(_host(request), asked.headers, asked.query)


class Httpx2Door(HttpxDoor):
    """The same for httpx2, the fork of httpx on which aiobotocore stands since 3."""

    module = "httpx2"


class _InFront:
    """A transport that another mock has replaced, with the fake in front of it."""

    def __init__(
        self,
        transport: Any,
        is_ours: Callable[[Any], bool],
        ours: Callable[[Any, Any], Any],
        theirs: Callable[[Any], Any],
    ) -> None:
        self._transport = transport
        self._is_ours = is_ours
        self._ours = ours
        self._theirs = theirs

    def handle_request(self, request: Any) -> Any:
        """What the fake answers, or the other mock; for an asynchronous transport something to await."""
        return self._ours(self._transport, request) if self._is_ours(request) else self._theirs(request)

    handle_async_request = handle_request


def _host(request: Any) -> str:
    """The host to which the connection would be made."""
    return str(request.url.netloc.decode("ascii"))


def _asked(request: Any) -> Request:
    """The request without its body."""
    # What stands in the request's line; botocore's clients give it, for httpx would tidy the dots of a key.
    target = request.extensions.get("target", request.url.raw_path).decode("latin-1")
    if not target.startswith("/"):
        parsed = urlsplit(target)
        target = f"{parsed.path or '/'}?{parsed.query}"
    path, _, query = target.partition("?")
    headers = headers_of((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return Request(request.method, request.url.scheme, headers.get("host", _host(request)), path, query, headers)


def _received(httpx: Any, response: Response) -> Any:
    """The response as httpx has it."""
    reason = responses.get(response.status, "").encode("ascii")
    return httpx.Response(
        response.status,
        headers=encoded(response),
        stream=_stream_class(httpx)(response.body),
        extensions={"http_version": b"HTTP/1.1", "reason_phrase": reason},
    )


@cache
def _stream_class(httpx: Any) -> Any:
    class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):  # type: ignore[misc]
        """The body of a response, in pieces."""

        def __init__(self, body: Rope) -> None:
            self._body = body

        def __iter__(self) -> Iterator[bytes]:
            yield from parts(self._body, PIECE)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for number, piece in enumerate(parts(self._body, PIECE)):
                if number:
                    await checkpoint()
                yield piece

    return Stream
