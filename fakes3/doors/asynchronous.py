"""What asynchronous doors share: a request is answered at once, or in a thread, and never after it was cancelled.

A body is collected by the door, piece by piece, in the task that sends it: whoever cancels meanwhile cancels a request
that never arrived. A small body is then answered without a pause. A large one is hashed in a thread, all but its tail;
for the tail the thread needs leave of the task, which gives it while it runs and waits for the rest without a pause.
So the commit and the task's going on are one step, and between them no cancellation fits: a task that is cancelled has
changed nothing, and one that goes on has changed everything it was told of.

The tail is short, so neither the loop nor the thread waits for long.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from contextvars import copy_context
from dataclasses import replace
from threading import Event, Thread
from typing import Any

from fakes3.doors.door import PIECE, Endpoint
from fakes3.model.bytes_rope import Rope
from fakes3.wire.message import Request, Response

SMALL = 256 * 1024
"""How long a body may be to be answered without a thread: to hash it takes less than to ask one."""

TAIL = 64 * 1024
"""How many bytes at the end of a large body wait for leave: enough for all that follows the data of an upload."""


async def answered(endpoint: Endpoint, request: Request, pieces: Iterable[bytes]) -> Response:
    """Answer a request whose body has arrived, for the task that waits for it.

    Args:
        endpoint: The fake.
        request: The request; its body is not looked at.
        pieces: The body.

    Raises: what cancels the task; nothing has then happened, and nothing will.
    """
    body = Rope(pieces)
    if len(body) <= SMALL:
        return endpoint.handle(replace(request, body=bytes(body)))
    handling = _Handling(endpoint, request, body)
    await handling.until_tail()
    return handling.finish()


def parts(body: Rope, most: int) -> Iterator[bytes]:
    """A body in pieces of at most so many bytes, which are copied only where its own are longer."""
    for piece in body.pieces:
        if len(piece) <= most:
            yield piece if isinstance(piece, bytes) else bytes(piece)
        else:
            for start in range(0, len(piece), most):
                yield bytes(piece[start : start + most])


async def checkpoint() -> None:
    """Let other tasks run."""
    trio = _trio()
    await (asyncio.sleep(0) if trio is None else trio.lowlevel.checkpoint())


class _Abandoned(Exception):
    """Nobody waits for the answer any more."""


class _Handling:
    """A request that is answered in a thread, but for the tail of its body, which waits for leave."""

    def __init__(self, endpoint: Endpoint, request: Request, body: Rope) -> None:
        self._endpoint = endpoint
        self._request = request
        self._body = body
        self._tell: Callable[[], object] = bool
        self._decided = Event()
        self._abandoned = False
        self._finished = Event()
        self._outcome: Response | BaseException | None = None

    async def until_tail(self) -> None:
        """Begin, and wait until only the tail is left, or everything is said already."""
        self._tell, told = _signal()
        Thread(target=copy_context().run, args=(self._run,), name="fakes3", daemon=True).start()
        try:
            await told
        except BaseException:
            self._abandoned = True
            self._decided.set()
            raise

    def finish(self) -> Response:
        """Give leave for the tail; what was answered."""
        self._decided.set()
        self._finished.wait()
        if isinstance(self._outcome, Response):
            return self._outcome
        assert self._outcome is not None
        raise self._outcome

    def _run(self) -> None:
        try:
            self._outcome = self._endpoint.handle(replace(self._request, body=self._pieces()))
        except BaseException as error:
            self._outcome = error
        finally:
            self._finished.set()
            self._tell()

    def _pieces(self) -> Iterator[bytes]:
        for piece in parts(self._body[:-TAIL], PIECE):
            if self._abandoned:
                raise _Abandoned
            yield piece
        self._tell()
        self._decided.wait()
        if self._abandoned:
            raise _Abandoned
        yield bytes(self._body[-TAIL:])


def _trio() -> Any:
    """The module trio, if it is trio that runs this task."""
    trio = sys.modules.get("trio")
    return trio if trio is not None and trio.lowlevel.in_trio_task() else None


def _signal() -> tuple[Callable[[], object], Awaitable[Any]]:
    """What another thread calls, any number of times, and what this task awaits to know of the first."""
    trio = _trio()
    if trio is not None:
        event = trio.Event()
        token = trio.lowlevel.current_trio_token()
        return _unless_over(lambda: token.run_sync_soon(event.set), trio.RunFinishedError), event.wait()
    loop = asyncio.get_running_loop()
    told = loop.create_future()
    return _unless_over(lambda: loop.call_soon_threadsafe(_set, told), RuntimeError), told


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _unless_over(tell: Callable[[], object], over: type[Exception]) -> Callable[[], object]:
    """The same, for a loop that may be closed: then nobody waits."""

    def told() -> None:
        with suppress(over):
            tell()

    return told


def headers_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name, the values of repeated ones joined."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        name = name.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def encoded(response: Response) -> list[tuple[bytes, bytes]]:
    """The headers of a response as they stand on the wire."""
    return [(name.encode("ascii"), value.encode()) for name, value in response.headers.items()]
