"""One connection to a server: requests in, responses out, one after the other.

All of it runs on the loop, and nothing here waits. A body that is small is collected, and the request is answered on
the loop, in some tens of microseconds. A body that is large is read by a thread while it arrives, so that hashing it
keeps nobody waiting, and it is held once. Copies have a thread too. A request whose body is large, or comes only after
`100 Continue`, is first answered without it: if the answer does not depend on the body, the client has it at once.

A response is written as fast as the client reads it, however slowly that is. A body that nobody wanted is read and
thrown away before the next request, since a client that is still sending it sees no answer if the connection is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from enum import Enum, auto
from threading import Thread
from typing import Protocol, cast

from fakes3.doors.messages import write_head
from fakes3.doors.server_head import Head, InChunks, Sized, find_end, read_head, unreadable
from fakes3.doors.server_proxy import Here, Out, Proxy, ProxyRefusal, forwarded_head, unreachable
from fakes3.doors.server_tunnel import CONNECTED, Ends, Pipe
from fakes3.doors.server_upload import MOST_WAITING, Absent, BodyWanted, Upload
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import IncompleteBody, S3Error
from fakes3.model.numbers import LARGEST
from fakes3.wire.chunked import WRONG_LENGTH
from fakes3.wire.endpoint import UNREADABLE
from fakes3.wire.message import Request, Response

MOST_COLLECTED = 1024 * 1024
"""The most bytes of a body that are collected before a thread reads it."""

_WRITTEN_AT_ONCE = 256 * 1024
_MOST_UNREAD = 256 * 1024
"""The most bytes of later requests that are kept while a response is written."""

_LINGER = 5.0
"""For how many seconds a connection that is being closed takes what the client is still sending, so that the client
reads the answer instead of a broken pipe."""

_COPY_SOURCE = "x-amz-copy-source"
"""The header of copies, which may hash a whole object. Nothing else that has its body takes long."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Answers(Protocol):
    """What a connection asks for responses."""

    proxy: Proxy
    """Where requests go whose targets name a host."""

    def answer(self, request: Request) -> Response:
        """Return the response to a request."""
        ...

    def refuse(self, error: S3Error) -> Response:
        """Return the response to a request that could not be read."""
        ...

    def tell(self, what: str) -> None:
        """Tell whoever runs the server of a request that never came to be answered."""
        ...


class State(Enum):
    """What a connection is doing."""

    HEAD = auto()
    """Waiting for the head of the next request."""
    COLLECTING = auto()
    """Collecting a body."""
    BUSY = auto()
    """A thread answers, and reads the body while it arrives."""
    WRITING = auto()
    """Writing a response that the client is slow to read."""
    DISCARDING = auto()
    """Throwing away a body that was not wanted."""
    LEAVING = auto()
    """Waiting for TLS to begin or for a host that is let out. Then another protocol takes the connection over."""
    CLOSING = auto()
    """Throwing away everything until the client closes."""


class Connection(asyncio.BufferedProtocol):
    """One connection to a server.

    Args:
        answers: What answers the requests.
        scheme: `http` or `https`.
        buffer: Where what arrives is put first. All connections of a loop may share it: the loop asks for it, fills it
            and tells so before it turns to another connection.
        opened, closed: Called with this connection when it opens and when it is gone.
    """

    _transport: asyncio.Transport
    _head: Head
    _body: Sized | InChunks
    _peer: str
    _host: str
    _own: tuple[str, int]
    """The address and the port at which the client found the server."""
    _change: asyncio.Task[None]
    """What the connection waits for while it leaves."""

    def __init__(
        self,
        answers: Answers,
        scheme: str,
        buffer: memoryview,
        opened: Callable[[Ends], None],
        closed: Callable[[Ends], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._answers = answers
        self._scheme = scheme
        self._buffer = buffer
        self._opened, self._closed = opened, closed
        self._state = State.HEAD
        self._unread = b""
        self._pieces: list[bytes] = []
        self._size = 0
        self._upload: Upload | None = None
        self._outgoing: Iterator[memoryview] = iter(())
        self._keeps = True
        """Whether the connection stays open after the response."""
        self._is_full = False
        """Whether the client is slow to read what was written."""
        self._is_paused = False
        """Whether nothing more is read from the client for now."""
        self._is_ending = False
        """Whether the server stops, and this connection closes after the response."""
        self._has_ended = False
        """Whether the client will send nothing more."""
        self._is_made = False
        """Whether asyncio has given it its transport. Data may come before, in the packet that ends TLS's handshake."""

    # ---- What asyncio calls ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(_WRITTEN_AT_ONCE)
        self._peer = (transport.get_extra_info("peername") or ("127.0.0.1",))[0]
        host, port, *_ = self._own = transport.get_extra_info("sockname")[:2]
        self._host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._opened(self)
        self._is_made = True
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed(self)
        self._state = State.CLOSING
        self._outgoing = iter(())
        self._end_upload(IncompleteBody(WRONG_LENGTH))

    def eof_received(self) -> bool:
        """Keep the connection open for the answer, if one is to come."""
        self._has_ended = True
        if self._upload is not None:
            self._end_upload(IncompleteBody(WRONG_LENGTH))
        elif self._state is State.COLLECTING:
            self._respond(self._head.request._replace(body=self._cut_short()), closes=True)
        # TLS has no half of a connection: asyncio closes it, and complains of another answer.
        return self._scheme == "http" and self._state in (State.BUSY, State.WRITING)

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        if self._state is State.WRITING:
            self._pump()
            self._go_on()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._buffer[:nbytes])
        self._unread = self._unread + data if self._unread else data
        if self._is_made:
            self._go_on()

    # ---- Requests ----

    def end(self) -> None:
        """Close now, or after the response that is under way."""
        self._is_ending = True
        if self._state not in (State.BUSY, State.WRITING):
            self._transport.close()

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()

    def _go_on(self) -> None:
        """Take up what has arrived, as far as it goes."""
        try:
            while self._unread and self._take():
                pass
        except S3Error as error:
            self._refuse(error)
        if self._has_ended and self._state in (State.HEAD, State.DISCARDING):
            self._transport.close()
        self._pause_or_resume()

    def _take(self) -> bool:
        """Do the next step with what has arrived. Return False if it has to wait."""
        match self._state:
            case State.HEAD:
                return self._begin()
            case State.COLLECTING | State.BUSY | State.DISCARDING:
                if self._body.is_done:
                    return False  # of a later request
                self._take_body()
                return True
            case State.CLOSING:
                self._unread = b""
        return False

    def _begin(self) -> bool:
        data = self._unread
        if data.startswith(b"\r\n"):
            self._unread = data[2:]  # some clients send an empty line behind a body. S3: RFC 9112, section 2.2
            return True
        end = find_end(data)
        if end < 0:
            return False
        self._unread = data[end + 4 :]
        self._head = head = read_head(data[:end], scheme=self._scheme, host=self._host, client=self._peer)
        self._keeps, length = head.keeps, head.length
        self._body = InChunks() if length is None else Sized(length)
        if head.is_proxied and not self._stays(head):
            return True
        if self._body.is_done:
            self._respond(head.request)
            return True
        self._state = State.COLLECTING
        self._take_body()
        if self._state is State.COLLECTING and (head.expects or length is None or length > MOST_COLLECTED):
            self._answer_without_body(head)
        return True

    def _answer_without_body(self, head: Head) -> None:
        """Answer a request without its body, if that can be done. Else ask the client for it, if the client waits."""
        try:
            response = self._answers.answer(head.request._replace(body=Absent()))
        except BodyWanted:
            if head.expects:
                self._transport.write(_CONTINUE)
            return
        self._collected()
        # A client that waits may send the body or not, so what follows could be the body or the next request.
        self._send(response, closes=head.expects)

    def _take_body(self) -> None:
        """Take what has arrived of the body, and answer once it is whole."""
        try:
            piece, self._unread = self._body.take(self._unread)
        except S3Error as error:
            if self._upload is None:
                raise
            # The thread answers. Nobody knows where the next request begins, so all that comes belongs to this body.
            self._unread, self._body = b"", Sized(LARGEST)
            self._keeps = False
            self._end_upload(error)
            return
        if self._state is State.COLLECTING:
            self._collect(piece)
        elif self._upload is not None:
            if piece:
                self._upload.put(piece)
            if self._body.is_done:
                self._end_upload()
        elif self._state is State.DISCARDING and self._body.is_done:
            self._state = State.HEAD

    def _collect(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._size += len(piece)
        if self._body.is_done:
            self._respond(self._head.request._replace(body=b"".join(self._collected())))
        elif self._size > MOST_COLLECTED:
            self._read_in_thread()

    def _collected(self) -> list[bytes]:
        pieces, self._pieces, self._size = self._pieces, [], 0
        return pieces

    def _cut_short(self) -> Iterator[bytes]:
        yield from self._collected()
        raise IncompleteBody(WRONG_LENGTH)

    # ---- As a proxy ----

    def _stays(self, head: Head) -> bool:
        """Whether a request that names its host is to be answered here and now. Otherwise this sees to it."""
        request = head.request
        try:
            way = self._answers.proxy.find_way(request, *self._own)
        except ProxyRefusal as refusal:
            self._refuse_way(refusal)
            return False
        if isinstance(way, Out):
            self._leave(self._let_out(head, way))
        elif way.tls is not None:
            if self._unread:
                raise unreadable("its client does not wait for the answer to CONNECT")
            self._transport.pause_reading()  # before the client can answer what comes next
            self._transport.write(CONNECTED)
            self._leave(self._secure(way))
        elif request.method == "CONNECT":
            self._transport.write(CONNECTED)
        else:
            return True
        return False

    def _refuse_way(self, refusal: ProxyRefusal) -> None:
        request = self._head.request
        self._answers.tell(f"{request.method} {request.host}: {refusal.status}: {refusal}")
        self._transport.write(refusal.write(request.method))
        self._keeps = False
        self._close()

    def _leave(self, change: Coroutine[None, None, None]) -> None:
        self._state = State.LEAVING
        self._transport.pause_reading()
        self._change = self._loop.create_task(change)

    async def _secure(self, way: Here) -> None:
        """Begin TLS, and let another connection read the requests in it."""
        within = Connection(self._answers, "https", self._buffer, self._opened, self._closed)
        assert way.tls is not None
        try:
            transport = await self._loop.start_tls(self._transport, within, way.tls, server_side=True)
        except OSError as error:
            why = f"{type(error).__name__}: {error}".removesuffix(": ")
            self._answers.tell(
                f"CONNECT {self._head.request.host}: the client broke off TLS ({why}). Let it trust the certificate of "
                "this server."
            )
        else:
            if transport is not None and not transport.is_closing():
                within.connection_made(transport)
        self._closed(self)

    async def _let_out(self, head: Head, way: Out) -> None:
        """Connect to a host, and hand on what the client sends to it, and what it sends to the client."""
        is_tunnel = head.request.method == "CONNECT"
        near = Pipe(self._opened, self._closed, None if is_tunnel else self._body)
        try:
            await near.reach(self._loop, way.host, way.port)
        except OSError as error:
            self._refuse_way(unreachable(way, error))
            return
        self._closed(self)
        near.take_over(self._transport, self._unread, b"" if is_tunnel else forwarded_head(head))

    # ---- Large bodies ----

    def _read_in_thread(self) -> None:
        """Let a thread read the body from here on, and answer."""

        def took(size: int) -> None:
            self._tell_loop(self._took, upload, size)

        upload = self._upload = Upload(took)
        for piece in self._collected():
            upload.put(piece)
        self._answer_in_thread(self._head.request._replace(body=upload))

    def _answer_in_thread(self, request: Request) -> None:
        def run() -> None:
            self._tell_loop(self._answered, self._answers.answer(request))

        self._state = State.BUSY
        Thread(target=run, name="fakes3-request", daemon=True).start()

    def _tell_loop(self, call: Callable[..., None], *arguments: object) -> None:
        """Let the loop call something; called in a thread. A server that has stopped has no loop any more."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *arguments)

    def _end_upload(self, error: S3Error | None = None) -> None:
        if self._upload is not None:
            self._upload.end(error)
            self._upload = None

    def _took(self, upload: Upload, size: int) -> None:
        upload.waiting -= size
        if upload is self._upload:
            self._pause_or_resume()

    def _answered(self, response: Response) -> None:
        self._upload = None
        if self._state is State.BUSY:
            self._send(response)
            self._go_on()

    # ---- Responses ----

    def _respond(self, request: Request, *, closes: bool = False) -> None:
        if _COPY_SOURCE in request.headers:
            self._answer_in_thread(request)
        else:
            self._send(self._answers.answer(request), closes=closes)

    def _refuse(self, error: S3Error) -> None:
        """Answer what cannot be read. Where the next request begins is not known, so the connection is closed."""
        self._unread = b""
        self._pieces.clear()
        self._head = Head(UNREADABLE, 0, expects=False, keeps=False)
        self._keeps = False
        self._body = Sized(LARGEST)
        self._send(self._answers.refuse(error))

    def _send(self, response: Response, *, closes: bool = False) -> None:
        self._keeps = self._keeps and not closes and not self._is_ending
        if not self._keeps:
            response.headers["Connection"] = "close"
        elif "connection" in self._head.request.headers:
            response.headers["Connection"] = "keep-alive"
        if response.breaks is not None:
            self._keeps = False
            if response.breaks == "reset":
                self.abort()
                return
            if response.breaks == "time-out":
                self._state = State.BUSY  # until the client gives up
                return
        head, body = write_head(response), response.body
        if len(body) <= _WRITTEN_AT_ONCE:
            self._transport.write(b"".join((head, *body.pieces)))
        else:
            self._transport.write(head)
            self._outgoing = _views(body)
        self._pump()

    def _pump(self) -> None:
        """Write the response until it ends or the client is slow."""
        self._state = State.WRITING
        while not self._is_full:
            if self._transport.is_closing():  # the client is gone
                self._state = State.CLOSING
                return
            piece = next(self._outgoing, None)
            if piece is None:
                self._finish()
                return
            self._transport.write(piece)

    def _finish(self) -> None:
        """Go over to the next request, or close."""
        if not self._keeps or self._is_ending:
            self._close()
        else:
            self._state = State.HEAD if self._body.is_done else State.DISCARDING

    def _close(self) -> None:
        self._state = State.CLOSING
        self._unread = b""
        if self._has_ended or (self._body.is_done and not self._head.expects):
            self._transport.close()
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(_LINGER, self._transport.close)

    def _pause_or_resume(self) -> None:
        if self._upload is not None:
            pauses = self._upload.waiting > MOST_WAITING
        else:
            pauses = self._state in (State.WRITING, State.BUSY) and len(self._unread) > _MOST_UNREAD
        if pauses != self._is_paused:
            self._is_paused = pauses
            if pauses:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()


def _views(body: Rope) -> Iterator[memoryview]:
    for piece in body.pieces:
        view = memoryview(piece)
        for start in range(0, len(view), _WRITTEN_AT_ONCE):
            yield view[start : start + _WRITTEN_AT_ONCE]
