"""How asynchronous doors answer, so that a cancelled request never has an effect.

The door first collects the body in the task that sends it. If the task is cancelled by then, no request has arrived.
A small body is then handled at once, without an await. For a large body, a thread hashes all but the last 64 KiB and
waits. The task wakes it and blocks, without an await, until the commit is done. So a cancellation falls before the
commit or after it, never between, and the task learns the result of every commit.

The rest of the body is short, so the event loop is blocked only for a moment.
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

from fakes3.doors.bodies import PIECE, cut
from fakes3.doors.endpoint import Endpoint
from fakes3.model.bytes_rope import Rope
from fakes3.wire.message import Request, Response

SMALL = 256 * 1024
"""The longest body, in bytes, that is handled without a thread: hashing it takes less time than starting one."""

TAIL = 64 * 1024
"""How many bytes at the end of a large body the thread holds back. All that follows the data of an upload fits in."""


async def respond(endpoint: Endpoint, request: Request, pieces: Iterable[bytes]) -> Response:
    """Return the response to a request whose body has arrived.

    Args:
        endpoint: The fake.
        request: The request; its own body is ignored.
        pieces: The body.

    Raises: the exception that cancels the task. Then the request has no effect.
    """
    body = Rope(pieces)
    if len(body) <= SMALL:
        return endpoint.handle(replace(request, body=bytes(body)))
    handling = _Handling(endpoint, request, body)
    await handling.reach_tail()
    return handling.finish()


async def checkpoint() -> None:
    """Let other tasks run."""
    trio = _trio()
    await (asyncio.sleep(0) if trio is None else trio.lowlevel.checkpoint())


class _CancelledError(Exception):
    """The task that sent the request was cancelled."""


class _Handling:
    """A request with a large body, handled in a thread that waits before the tail of the body."""

    def __init__(self, endpoint: Endpoint, request: Request, body: Rope) -> None:
        self._endpoint = endpoint
        self._request = request
        self._body = body
        self._notify: Callable[[], object] = bool
        self._decided = Event()
        self._is_cancelled = False
        self._finished = Event()
        self._outcome: Response | BaseException | None = None

    async def reach_tail(self) -> None:
        """Start the thread, and wait until only the tail is left or the request is handled without it."""
        self._notify, notified = _make_signal()
        Thread(target=copy_context().run, args=(self._run,), name="fakes3", daemon=True).start()
        try:
            await notified
        except BaseException:
            self._is_cancelled = True
            self._decided.set()
            raise

    def finish(self) -> Response:
        """Let the thread read the tail, and return its response, or raise its exception."""
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
            self._notify()

    def _pieces(self) -> Iterator[bytes]:
        for piece in cut(self._body[:-TAIL], PIECE):
            if self._is_cancelled:
                raise _CancelledError
            yield piece
        self._notify()
        self._decided.wait()
        if self._is_cancelled:
            raise _CancelledError
        yield bytes(self._body[-TAIL:])


def _trio() -> Any:
    """Return the module trio if trio runs this task, or else None."""
    trio = sys.modules.get("trio")
    return trio if trio is not None and trio.lowlevel.in_trio_task() else None


def _make_signal() -> tuple[Callable[[], object], Awaitable[Any]]:
    """Return a function for another thread, and an awaitable that ends when it is called for the first time."""
    trio = _trio()
    if trio is not None:
        event = trio.Event()
        token = trio.lowlevel.current_trio_token()
        return _unless_closed(lambda: token.run_sync_soon(event.set), trio.RunFinishedError), event.wait()
    loop = asyncio.get_running_loop()
    notified = loop.create_future()
    return _unless_closed(lambda: loop.call_soon_threadsafe(_set, notified), RuntimeError), notified


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _unless_closed(notify: Callable[[], object], closed: type[Exception]) -> Callable[[], object]:
    """Return the same function, which does nothing if the event loop is closed: then no task waits."""

    def call() -> None:
        with suppress(closed):
            notify()

    return call
