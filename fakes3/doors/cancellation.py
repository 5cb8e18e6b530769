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
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from threading import Thread
from typing import Any

from fakes3.doors.endpoint import Endpoint
from fakes3.doors.messages import PIECE, cut
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import S3Error
from fakes3.wire.message import Request, Response

SMALL = 256 * 1024
"""The longest body, in bytes, that is handled without a thread: hashing it takes less time than starting one."""

TAIL = 64 * 1024
"""How many bytes at the end of a large body the thread holds back. All that follows the data of an upload fits in."""


async def respond(endpoint: Endpoint, request: Request, pieces: Iterable[bytes]) -> Response:
    """Return the response to a request whose body has arrived, in these pieces. The request's own body is ignored.

    Raises: the exception that cancels the task. Then the request has no effect.
    """
    try:
        body = Rope(pieces)
    except S3Error as refusal:  # of a body that is not framed as it should be
        return endpoint.handle(request._replace(body=_refuse(refusal)))
    if len(body) <= SMALL:
        return endpoint.handle(request._replace(body=bytes(body)))
    tail: Future[bytes] = Future()
    response: Future[Response] = Future()
    notify, wait = _make_signal()

    def hold_back_tail() -> Iterator[bytes]:
        for piece in cut(body[:-TAIL], PIECE):
            if tail.cancelled():
                break
            yield piece
        notify()
        yield tail.result()  # raises CancelledError if the task was cancelled

    def run() -> None:
        try:
            response.set_result(endpoint.handle(request._replace(body=hold_back_tail())))
        except BaseException as error:
            response.set_exception(error)
        finally:
            notify()

    Thread(target=copy_context().run, args=(run,), name="fakes3", daemon=True).start()
    try:
        await wait()  # until only the tail is left, or the request is handled without it
    except BaseException:
        tail.cancel()
        raise
    tail.set_result(bytes(body[-TAIL:]))
    return response.result()


def _refuse(refusal: S3Error) -> Iterator[bytes]:
    """Return a body that raises when it is read."""
    yield b""
    raise refusal


async def checkpoint() -> None:
    """Let other tasks run."""
    trio = _trio()
    await (asyncio.sleep(0) if trio is None else trio.lowlevel.checkpoint())


def _trio() -> Any:
    """Return the module trio if trio runs this task, or else None."""
    trio = sys.modules.get("trio")
    if trio is None:
        return None
    try:
        trio.lowlevel.current_task()  # in_trio_task() is new in trio 0.29
    except RuntimeError:
        return None
    return trio


def _make_signal() -> tuple[Callable[[], None], Callable[[], Awaitable[Any]]]:
    """Return a function for another thread, and one that waits in this task until the first has been called.

    The first does nothing if the event loop is closed: then no task waits.
    """
    trio = _trio()
    event: Any = asyncio.Event() if trio is None else trio.Event()
    if trio is None:
        call_soon, closed = asyncio.get_running_loop().call_soon_threadsafe, RuntimeError
    else:
        call_soon, closed = trio.lowlevel.current_trio_token().run_sync_soon, trio.RunFinishedError

    def notify() -> None:
        with suppress(closed):
            call_soon(event.set)

    return notify, event.wait
