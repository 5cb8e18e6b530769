"""Which world is the current one: nobody waits for a lock, and nobody loses for ever."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest

from fakes3.model import lifecycle_run
from fakes3.model.lifecycle_run import Ran
from fakes3.model.world import World
from fakes3.operations import lifecycle
from fakes3.operations.call import Ask
from fakes3.operations.current_world import CurrentWorld, Turns
from fakes3.operations.registry import REGISTRY
from fakes3.operations.service import Service

pytestmark = pytest.mark.timeout(60)

EXPIRING = {
    "Rules": [{"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}],
}


class Unclosed:
    """A file that nobody closed: the garbage collector runs what closing it does."""

    def __init__(self, close: Callable[[], object]) -> None:
        self.itself = self
        self.close = close

    def __del__(self) -> None:
        self.close()


def here(work: Callable[[], object]) -> None:
    """Do it in this thread."""
    work()


def elsewhere(work: Callable[[], object]) -> None:
    """Do it in another thread, and wait for that, as fsspec does."""
    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join()


@pytest.fixture(params=[here, elsewhere])
def collect(request, service, sent) -> Callable[..., None]:
    """Let the collector find a file nobody closed: its thread, or another one, then puts the object "late"."""

    def close() -> None:
        members = {"Bucket": "bucket", "Key": "late", "Body": sent(b"late")}
        request.param(lambda: service.perform(Ask("PutObject", members, service.root)))

    def collect() -> None:
        Unclosed(close)
        gc.collect()

    return collect


@contextmanager
def during(name: str, *meanwhile: Callable[[], object]) -> Iterator[None]:
    """Do one of these in each try of an operation, after it read the world and before it commits."""
    real, left = REGISTRY[name].function, list(meanwhile)

    def function(call: Any, **members: Any) -> Any:
        answer = real(call, **members)
        if left:
            left.pop(0)()
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(REGISTRY[name], "function", function)
        yield


def keys(service: Service) -> set[str]:
    return set(service.world.buckets["bucket"].versions.current)


class TestFinalizers:
    """The collector runs finalizers at any moment: each may talk to the same S3, also by a thread that it waits for."""

    @pytest.mark.parametrize("lost", range(6))
    def test_while_a_request_is_tried(self, service, perform, sent, collect, lost):
        def lose() -> None:
            service.change_world(lambda world: world.with_bucket(world.buckets["bucket"]))

        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"x"))
        with during("DeleteObject", *[lose] * lost, collect):
            perform("DeleteObject", Bucket="bucket", Key="k")
        assert {"late"} == keys(service)

    def test_while_lifecycle_runs(self, service, perform, sent, document, collect, monkeypatch):
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"x"))
        rules = document(**EXPIRING)
        perform("PutBucketLifecycleConfiguration", Bucket="bucket", LifecycleConfiguration=rules)
        service.clock.advance(days=3)
        real, left = lifecycle_run.run_lifecycle, [collect]

        def run_lifecycle(*args: Any, **options: Any) -> Ran:
            if left:
                left.pop()()
            return real(*args, **options)

        monkeypatch.setattr(lifecycle, "run_lifecycle", run_lifecycle)
        service.present()
        assert {"late"} == keys(service)

    def test_while_the_test_author_changes_the_world(self, service, collect):
        left = [collect]

        def change(world: World) -> World:
            if left:
                left.pop()()
            return world.with_bucket(world.buckets["bucket"])

        service.change_world(change)
        assert {"late"} == keys(service)

    def test_at_any_moment(self, service, perform, sent):
        """The collector runs as often as it can, and each time there is a file that nobody closed."""
        closed: list[int] = []

        def close() -> None:
            number = len(closed)
            closed.append(number)
            elsewhere(lambda: perform("PutObject", Bucket="bucket", Key=f"late-{number}", Body=sent(b"x")))

        thresholds = gc.get_threshold()
        gc.set_threshold(1, 1, 1)
        try:
            for number in range(60):
                Unclosed(close)
                perform("PutObject", Bucket="bucket", Key=f"key-{number}", Body=sent(b"x"))
        finally:
            gc.set_threshold(*thresholds)
        gc.collect()
        assert {f"late-{number}" for number in closed} | {f"key-{number}" for number in range(60)} == keys(service)
        assert 60 == len(closed)


class TestTurns:
    """Long work loses no more than some races against short work: then others let it go first."""

    def test_who_always_loses_goes_first_in_the_end(self, service, perform, sent, monkeypatch):
        monkeypatch.setattr("fakes3.operations.service.PATIENCE", 3600)
        tries: list[int] = []

        def lose() -> None:
            """Let another thread put, which from the fifth try on waits."""
            tries.append(len(tries))
            thread = Thread(target=perform, args=("PutObject",), kwargs=members(f"{len(tries)}"), daemon=True)
            thread.start()
            thread.join(None if len(tries) <= 4 else 0.05)

        def members(key: str) -> dict[str, Any]:
            return {"Bucket": "bucket", "Key": key, "Body": sent(b"x")}

        perform("PutObject", **members("k"))
        with during("DeleteObject", *[lose] * 9):
            perform("DeleteObject", Bucket="bucket", Key="k")
        assert 5 == len(tries)

    @staticmethod
    def other() -> tuple[Turns, list[str], Thread]:
        """A thread that gives way and then says so."""
        turns, order = Turns(), list[str]()

        def work() -> None:
            turns.give_way()
            order.append("other")

        return turns, order, Thread(target=work, daemon=True)

    def test_nobody_waits_for_itself(self):
        turns = Turns()
        with turns.take(patience=3600):
            turns.give_way()

    def test_others_wait_until_it_is_done(self):
        turns, order, waiting = self.other()
        with turns.take(patience=3600):
            waiting.start()
            order.append("first")
        waiting.join()
        assert ["first", "other"] == order

    def test_others_wait_while_it_makes_steps(self):
        turns, order, waiting = self.other()
        with turns.take(patience=0.2) as turn:
            waiting.start()
            for _ in range(10):
                turn.step()
                waiting.join(0.05)
            order.append("first")
        waiting.join()
        assert ["first", "other"] == order

    def test_nobody_waits_for_work_that_is_stuck(self):
        turns = Turns()
        with turns.take(patience=0.01):
            elsewhere(turns.give_way)
            elsewhere(turns.give_way)

    def test_nobody_waits_for_a_thread_of_another_process(self):
        turns = Turns()
        with turns.take(patience=3600) as turn:
            turn.process += 1  # as the child of a fork finds it
            elsewhere(turns.give_way)


class TestCurrentWorld:
    def test_one_of_two_followers_wins(self):
        first, second, late = World(), World(sequence=1), World(sequence=1)
        current = CurrentWorld(first)
        assert (True, False) == (current.replace(first, second), current.replace(first, late))
        assert second is current.get()

    def test_a_thread_that_was_slow_hides_no_later_world(self):
        """As where it stood still between its commit and noting that down, while others went on."""
        first, second, third = World(), World(sequence=1), World(sequence=2)
        current = CurrentWorld(first)
        begun = current._moment
        current.replace(first, second)
        current.replace(second, third)
        current._moment = begun
        assert (False, third) == (current.replace(second, World()), current.get())

    def test_what_is_over_is_not_kept(self):
        current = CurrentWorld(World())
        for number in range(1, 20):
            current.replace(current.get(), World(sequence=number))
        assert [19] == [current.get().sequence]
        assert not current._moment.following
