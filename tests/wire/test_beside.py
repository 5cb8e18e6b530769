"""An update in a thread of its own."""

from __future__ import annotations

from threading import Thread, current_thread

import pytest

from fakes3.wire.beside import Update, beside


class TestBeside:
    def test_all_is_done_in_order_when_it_is_left(self):
        done: list[tuple[bytes, bool]] = []
        caller = current_thread()
        updates: list[Update] = [lambda piece: done.append((piece, current_thread() is caller))]
        with beside(updates):
            for number in range(100):
                updates[0](b"%d" % number)
        assert [(b"%d" % number, False) for number in range(100)] == done

    def test_also_when_it_is_left_by_an_error(self):
        done: list[bytes] = []
        updates: list[Update] = [done.append]
        with pytest.raises(KeyboardInterrupt), beside(updates):
            updates[0](b"a")
            raise KeyboardInterrupt
        assert [b"a"] == done

    def test_the_caller_does_it_where_no_thread_can_start(self, monkeypatch: pytest.MonkeyPatch):
        def refuse(_thread: Thread) -> None:
            raise RuntimeError("can't create new thread at interpreter shutdown")

        monkeypatch.setattr(Thread, "start", refuse)
        done: list[bytes] = []
        updates: list[Update] = [done.append]
        with beside(updates):
            updates[0](b"a")
            assert [b"a"] == done
