"""Requests of coroutines: small ones are answered at once, large ones in a thread, none after it was cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable

import anyio
import pytest
import trio

from fakes3.doors.cancellation import SMALL, TAIL, _make_signal, checkpoint, respond
from fakes3.doors.endpoint import Endpoint
from fakes3.doors.messages import PIECE, cut
from fakes3.model.bytes_rope import Rope
from fakes3.operations.service import Service
from fakes3.wire.message import Request, Response

pytestmark = pytest.mark.anyio

LARGE = 4 * PIECE
REQUEST = Request("PUT", "https", "bucket.s3.amazonaws.com", "/key", "", {})


class Handling(Endpoint):
    """An endpoint that does nothing but read the body, and tells how far it came and where."""

    def __init__(self, before: Callable[[bytes], object] = bool) -> None:
        super().__init__(Service())
        self.read: list[int] = []
        self.done = threading.Event()
        self.is_committed = False
        self.thread: int | None = None
        self._before = before

    def handle(self, request: Request) -> Response:
        self.thread = threading.get_ident()
        try:
            pieces = [request.body] if isinstance(request.body, bytes) else request.body
            for piece in pieces:
                self._before(piece)
                self.read.append(len(piece))
            self.is_committed = True
            return Response(200)
        finally:
            self.done.set()


class TestAnswering:
    @pytest.mark.parametrize("pieces", [[], [b"small"], [b"sm", b"all"], [bytes(SMALL)]])
    async def test_a_small_body_is_answered_here_and_now(self, pieces):
        endpoint = Handling()
        assert 200 == (await respond(endpoint, REQUEST, pieces)).status
        assert (threading.get_ident(), [len(b"".join(pieces))]) == (endpoint.thread, endpoint.read)

    @pytest.mark.parametrize("size", [SMALL + 1, LARGE, LARGE + 1])
    async def test_a_large_body_is_answered_in_a_thread(self, size):
        endpoint = Handling()
        assert 200 == (await respond(endpoint, REQUEST, [bytes(size)])).status
        assert threading.get_ident() != endpoint.thread
        assert (size, TAIL) == (sum(endpoint.read), endpoint.read[-1])

    async def test_beside_a_trio_of_an_earlier_release(self, monkeypatch):
        """`trio.lowlevel.in_trio_task` is new in trio 0.29."""
        monkeypatch.delattr(trio.lowlevel, "in_trio_task", raising=False)
        assert 200 == (await respond(Handling(), REQUEST, [bytes(LARGE)])).status
        await checkpoint()

    async def test_other_tasks_run_meanwhile(self):
        went_on = threading.Event()
        endpoint = Handling(lambda _: went_on.wait(10))
        async with anyio.create_task_group() as group:
            group.start_soon(respond, endpoint, REQUEST, [bytes(LARGE)])
            await checkpoint()
            went_on.set()
        assert endpoint.is_committed

    @pytest.mark.parametrize("size", [1, LARGE])
    async def test_what_goes_wrong_is_told(self, size):
        def fail(_piece: bytes) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await respond(Handling(fail), REQUEST, [bytes(size)])

    async def test_a_refusal_needs_no_body(self):
        class Refusing(Handling):
            def handle(self, request: Request) -> Response:
                return Response(403)

        assert 403 == (await respond(Refusing(), REQUEST, [bytes(LARGE)])).status


class TestCancelling:
    async def test_while_the_body_is_hashed(self):
        reached, go_on = threading.Event(), threading.Event()

        def before(_piece: bytes) -> None:
            reached.set()
            go_on.wait(10)

        endpoint = Handling(before)
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(respond, endpoint, REQUEST, [bytes(LARGE)])
                await anyio.to_thread.run_sync(reached.wait, 10)
                scope.cancel()
        go_on.set()
        assert endpoint.done.wait(10)
        assert ([PIECE], False) == (endpoint.read, endpoint.is_committed)

    async def test_when_the_tail_waits_for_leave(self):
        tail_is_next = threading.Event()

        def before(piece: bytes) -> None:
            if sum(endpoint.read) + len(piece) == LARGE - TAIL:
                tail_is_next.set()

        endpoint = Handling(before)
        with anyio.CancelScope() as scope:
            scope.cancel()  # it is told at the first pause, and there is none but the one before the tail
            await respond(endpoint, REQUEST, [bytes(LARGE)])
        assert endpoint.done.wait(10)
        assert TAIL not in endpoint.read
        assert not endpoint.is_committed

    @pytest.mark.parametrize("turns", range(12))
    @pytest.mark.parametrize("size", [1, LARGE])
    async def test_at_any_moment_it_is_all_or_nothing(self, size, turns):
        endpoint = Handling()
        told: list[int] = []

        async def put() -> None:
            told.append((await respond(endpoint, REQUEST, [bytes(size)])).status)

        async with anyio.create_task_group() as group:
            group.start_soon(put)
            for _ in range(turns):
                await checkpoint()
            group.cancel_scope.cancel()
        if endpoint.thread is not None:
            assert endpoint.done.wait(10)
        assert bool(told) == endpoint.is_committed

    def test_of_a_loop_that_is_over_nobody_is_told(self):
        async def make_signal() -> Callable[[], None]:
            notify, _wait = _make_signal()
            return notify

        for backend in ("asyncio", "trio"):
            anyio.run(make_signal, backend=backend)()


class TestParts:
    def test_pieces_are_not_copied_where_they_are_short(self):
        piece = b"short"
        assert [piece] == list(cut(Rope([piece]), 5))
        assert piece is next(cut(Rope([piece]), 5))

    def test_long_pieces_are_cut(self):
        assert [b"abc", b"d", b"bc"] == list(cut(Rope([b"abcd", b"bc"]), 3))

    def test_views_become_bytes(self):
        assert [b"bc"] == list(cut(Rope([b"abcd"])[1:3], 3))
