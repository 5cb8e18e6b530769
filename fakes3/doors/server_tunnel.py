"""Tunnels: what a client sends goes to a host that a server lets out, and what the host sends to the client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from fakes3.doors.server_head import InChunks, Sized
from fakes3.model.errors import S3Error

CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
"""The response to a CONNECT after which the tunnel begins."""

_MOST_SECONDS = 10
"""How long a host that is let out may take to accept a connection."""


class Ends(Protocol):
    """What a server that stops has to end."""

    def end(self) -> None:
        """Close now, or after what is under way."""
        ...

    def abort(self) -> None:
        """Close now."""
        ...


class Pipe(asyncio.Protocol):
    """One end of a tunnel: what it receives, the other end writes, as fast as that is read there.

    Args:
        opened, closed: Called with this end when it opens and when it is gone.
        body: The only part of what it receives that is handed on; None for everything.
    """

    other: Pipe
    _transport: asyncio.Transport

    def __init__(
        self,
        opened: Callable[[Ends], None],
        closed: Callable[[Ends], None],
        body: Sized | InChunks | None = None,
    ) -> None:
        self._opened, self._closed = opened, closed
        self._body = body
        self.has_ended = False
        """Whether it receives nothing more."""

    async def reach(self, loop: asyncio.AbstractEventLoop, host: str, port: int) -> None:
        """Open the other end of the tunnel. Raises: OSError, where it cannot be reached."""
        far = self.other = Pipe(self._opened, self._closed)
        far.other = self
        async with asyncio.timeout(_MOST_SECONDS):
            await loop.create_connection(lambda: far, host, port)

    def take_over(self, transport: asyncio.Transport, unread: bytes, head: bytes) -> None:
        """Become the end of the tunnel at the client, whose connection was read by another protocol until now.

        Args:
            transport: The client's.
            unread: What was received of it and not used.
            head: What is sent in its name first; empty where it asked for the tunnel itself.
        """
        transport.set_protocol(self)
        self.connection_made(transport)
        if head:
            self.other.write(head)
        else:
            self.write(CONNECTED)
        self.data_received(unread)
        self.pause(False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        if self._body is not None:
            if self._body.is_done:
                return  # a request for another host, perhaps
            try:
                _, rest = self._body.take(data)
            except S3Error:  # chunks that are none
                self.end()
                return
            data = data[: len(data) - len(rest)]
        self.other.write(data)

    def eof_received(self) -> bool:
        self.has_ended = True
        self.other.finish()
        return self._transport.can_write_eof() and not self.other.has_ended  # TLS ends as a whole

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed(self)
        self.other.end()

    def pause_writing(self) -> None:
        self.other.pause(True)

    def resume_writing(self) -> None:
        self.other.pause(False)

    def write(self, data: bytes) -> None:
        """Send."""
        self._transport.write(data)

    def finish(self) -> None:
        """Tell whoever reads here that nothing more will come."""
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:  # TLS has no such sign
            self._transport.close()

    def pause(self, pauses: bool) -> None:
        """Read nothing, or read on."""
        if pauses:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def end(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()
