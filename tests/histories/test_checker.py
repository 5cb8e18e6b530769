"""The checker of histories finds what is wrong with a store, and nothing where nothing is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from random import Random
from typing import Any

import pytest

from .checker import UNKNOWN, Event, is_linearizable, partition
from .store import VERSIONINGS, Call, Program, State, Store, etag_of, keys_of

HISTORIES = 60
"""How many histories of a faulty store there are: some of them show the fault."""


def event(begin: float, end: float, call: Call, answer: Hashable = "ok") -> Event:
    return Event(begin, end, call, answer)


def got(size: int) -> tuple[int, str]:
    return size, etag_of(size)


def check(*events: Event, versioning: str = "") -> bool:
    return is_linearizable(events, (), Store(versioning).step)


class TestByHand:
    """S3: userguide/Welcome.html#ConsistencyModel"""

    def test_calls_one_after_another(self):
        assert check(event(0, 1, ("put", "a", 1)), event(2, 3, ("get", "a"), got(1)))

    def test_a_read_after_a_write_that_does_not_see_it(self):
        assert not check(event(0, 1, ("put", "a", 1)), event(2, 3, ("get", "a"), "missing"))

    def test_a_read_during_a_write_may_or_may_not_see_it(self):
        put = event(0, 3, ("put", "a", 1))
        assert check(put, event(1, 2, ("get", "a"), "missing"))
        assert check(put, event(1, 2, ("get", "a"), got(1)))

    def test_two_reads_during_a_write_of_which_only_the_first_sees_it(self):
        reads = event(1, 2, ("get", "a"), got(1)), event(3, 4, ("get", "a"), "missing")
        assert not check(event(0, 5, ("put", "a", 1)), *reads)

    def test_a_read_of_what_nobody_wrote(self):
        assert not check(event(0, 1, ("put", "a", 1)), event(2, 3, ("get", "a"), got(2)))

    # S3: userguide/conditional-writes.html
    def test_two_winners(self):
        first, second = event(0, 9, ("put_new", "a", 1)), event(0, 9, ("put_new", "a", 2))
        assert not check(first, second)
        assert check(first, event(0, 9, ("put_new", "a", 2), "refused"))

    def test_an_update_that_is_lost(self):
        base = event(0, 1, ("put", "a", 1))
        over = [event(2, 9, ("put_over", "a", size, etag_of(1))) for size in (2, 3)]
        assert not check(base, *over)

    def test_a_deleted_object_that_is_back(self):
        calls = event(0, 1, ("put", "a", 1)), event(2, 3, ("delete", "a"))
        assert not check(*calls, event(4, 5, ("get", "a"), got(1)))

    def test_a_listing_that_no_moment_had(self):
        puts = event(0, 1, ("put", "a", 1)), event(2, 3, ("put", "b", 2))
        assert not check(*puts, event(0, 9, ("list",), (("b", *got(2)),)))
        assert check(*puts, event(0, 9, ("list",), (("a", *got(1)),)))

    def test_a_version_that_is_lost(self):
        puts = event(0, 1, ("put", "a", 1)), event(2, 3, ("put", "a", 2))
        assert check(*puts, event(4, 5, ("list_versions",), (("a", 2), ("a", 1))), versioning="Enabled")
        assert not check(*puts, event(4, 5, ("list_versions",), (("a", 2),)), versioning="Enabled")
        assert check(*puts, event(4, 5, ("list_versions",), (("a", 2),)), versioning="Suspended")

    def test_a_cancelled_call_happened_until_its_end_or_not_at_all(self):
        put = event(0, 2, ("put", "a", 1), UNKNOWN)
        assert check(put, event(3, 4, ("get", "a"), "missing"), event(5, 6, ("get", "a"), "missing"))
        assert check(put, event(3, 4, ("get", "a"), got(1)), event(5, 6, ("get", "a"), got(1)))
        assert not check(put, event(3, 4, ("get", "a"), "missing"), event(5, 6, ("get", "a"), got(1)))


class TestPartition:
    def test_keys_that_nothing_connects(self):
        calls = [("put", "a", 1), ("put", "b", 2), ("get", "a"), ("copy", "b", "c")]
        parts = partition([event(place, place, call) for place, call in enumerate(calls)], keys_of)
        assert [["copy", "put"], ["get", "put"]] == sorted(sorted(each.call[0] for each in part) for part in parts)

    @pytest.mark.parametrize("place", range(3))
    def test_a_listing_connects_all(self, place):
        calls: list[Call] = [("put", "a", 1), ("put", "b", 2)]
        calls.insert(place, ("list",))
        assert 1 == len(partition([event(place, place, call) for place, call in enumerate(calls)], keys_of))


class Stale(Store):
    """Reads see the state before the last write, now and then."""

    before: State = ()

    def step(self, state: State, call: Call) -> tuple[State, Hashable]:
        if call[0] == "get" and chance.random() < 0.3:
            return state, super().step(self.before, call)[1]
        after, answer = super().step(state, call)
        if after != state:
            self.before = state
        return after, answer


class Losing(Store):
    """A write is acknowledged and lost, now and then."""

    def step(self, state: State, call: Call) -> tuple[State, Hashable]:
        after, answer = super().step(state, call)
        return (state, answer) if call[0] in {"put", "upload"} and chance.random() < 0.2 else (after, answer)


class TwoWinners(Store):
    """If-None-Match is not looked at."""

    def _put_new(self, state: State, key: str, size: int) -> tuple[State, Hashable]:
        return self._put(state, key, size)


class Overwriting(Store):
    """If-Match is not looked at."""

    def _put_over(self, state: State, key: str, size: int, etag: str) -> tuple[State, Hashable]:
        return self._put(state, key, size)


class Undeleting(Store):
    """A delete is acknowledged and does nothing."""

    def _delete(self, state: State, key: str) -> tuple[State, Hashable]:
        return state, "ok"


class HalfListing(Store):
    """A listing leaves out the last key, now and then."""

    def _list(self, state: State) -> tuple[State, Hashable]:
        return super()._list(state[:-1] if chance.random() < 0.3 else state)


class Torn(Store):
    """A copy is of the object that was there before, of which the size is another."""

    def _copy(self, state: State, source: str, key: str) -> tuple[State, Hashable]:
        after, answer = super()._copy(state, source, key)
        return (self._written(after, key, (1, etag_of(1))), answer) if answer == "ok" else (after, answer)


class Forgetful(Store):
    """A write removes the versions below."""

    def _written(self, state: State, key: str, version: Any) -> State:
        return tuple((name, versions[:1]) for name, versions in super()._written(state, key, version))


FAULTY = [Stale, Losing, TwoWinners, Overwriting, Undeleting, HalfListing, Torn, Forgetful]
chance = Random(0)


def simulated(store: Store, seed: int, clients: int = 4, calls: int = 7) -> Iterator[Event]:
    """Yield a history of a store: each call happens at a moment of the time it takes, and some are cancelled."""
    chance.seed(seed)
    programs = [Program(seed, client) for client in range(clients)]
    free = [0.0] * clients
    state: State = ()
    moment = 0.0
    for _ in range(clients * calls):
        client = min(range(clients), key=lambda each: free[each])
        begin = max(free[client], moment - chance.random())
        moment = max(moment, begin) + chance.random() / 4
        free[client] = moment + chance.random()
        call = programs[client].next_call()
        is_cancelled = chance.random() < 0.1
        if not (is_cancelled and chance.random() < 0.5):
            state, answer = store.step(state, call)
            programs[client].note(call, answer)
        yield Event(begin, free[client], call, UNKNOWN if is_cancelled else answer, client)


@pytest.mark.parametrize("versioning", VERSIONINGS)
def test_a_store_without_a_fault(versioning):
    for seed in range(HISTORIES):
        assert is_linearizable(simulated(Store(versioning), seed), (), Store(versioning).step)


# What is forgotten below the current version shows only where there are versions.
WHERE_IT_SHOWS = [
    (each, where) for each in FAULTY for where in VERSIONINGS if each is not Forgetful or where == "Enabled"
]


@pytest.mark.parametrize(("faulty", "versioning"), WHERE_IT_SHOWS)
def test_a_fault_is_found(faulty: Callable[[str], Store], versioning):
    step = Store(versioning).step
    assert not all(is_linearizable(simulated(faulty(versioning), seed), (), step) for seed in range(HISTORIES))
