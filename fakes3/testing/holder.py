"""The process that holds the state of a fake while `s3.server(process=True)` runs, and what is said over its pipe.

The test's process asks and this one answers, one after the other, over a pipe that only these two have. So each knows
what the other has: of the world and of the faults, only what is new is told.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import datetime, timedelta
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from fakes3.model.clock import Clock
from fakes3.model.deltas import Delta, apply_delta, delta_of, receive, send
from fakes3.model.errors import UsageError
from fakes3.model.events import Event
from fakes3.model.identity import AccessKey
from fakes3.model.world import World
from fakes3.operations.fault import Counts, Effect, Facts
from fakes3.operations.faults import Asked
from fakes3.operations.notifications import Notifier
from fakes3.operations.service import Recorded, Service
from fakes3.operations.settings import Settings
from fakes3.testing.fake import FakeS3
from fakes3.testing.servers import ServerUrl, served

ClockState: TypeAlias = tuple[datetime | None, timedelta]
"""When a clock stands still, and how far it is ahead of the process's time."""

FaultStates: TypeAlias = tuple[tuple[Facts, Counts], ...]

_LEFT: Final = 1 << 40
"""How many ids of requests, and names of faults, are left to the test's process."""

_TRAVELLED: Final = 5
"""By how many seconds the times of two processes differ at least where one was moved, as by time-machine."""


class Start(NamedTuple):
    """The state of a fake, and how it is to be served."""

    settings: Settings
    world: World
    clock: ClockState
    access_keys: Mapping[str, AccessKey]
    faults: FaultStates
    port: int
    tls: bool
    proxy: bool
    passthrough: tuple[str, ...]


class Ask(NamedTuple):
    """What the test's process wants: the news, and one change at the most."""

    time: float = 0
    """The time of the test's process."""
    world: Delta = None
    """What is to change in the world, if it is still the one that both have."""
    clock: tuple[ClockState, ClockState] | None = None
    """What the clock is to be, if it is still what it was before."""
    access_keys: Mapping[str, AccessKey] | None = None
    """All access keys."""
    added: Facts | None = None
    """A fault to add."""
    removed: str | None = None
    """The name of a fault to remove."""
    faults: FaultStates | None = None
    """All faults."""
    asked: Asked | None = None
    """A call that the faults are asked about."""
    counts: bool = False
    """Whether the counts of the faults are wanted."""
    is_last: bool = False
    """Whether the server is to stop first."""


NEWS: Final = Ask()
"""Wants nothing but the news."""


class News(NamedTuple):
    """What is new since the last news, and what came of the change."""

    is_done: bool
    """Whether what was wanted has been done. It was not where something else came first."""
    world: Delta
    clock: ClockState
    faults: tuple[tuple[Facts, int], ...] | None
    """All faults, and how often each has happened; None where nothing is new."""
    calls: Sequence[Recorded]
    events: Sequence[Event]
    """What happened and nobody was told of: queues and handlers are in the test's process."""
    effects: Sequence[Effect] = ()
    counts: FaultStates = ()


class Refused(NamedTuple):
    """There is no server."""

    why: str


def clock_state(clock: Clock) -> ClockState:
    """Return the state of a clock."""
    return clock._frozen, clock._ahead


def set_clock(clock: Clock, state: ClockState) -> None:
    """Set a clock to a state."""
    clock._frozen, clock._ahead = state


def fault_states(service: Service) -> FaultStates:
    """Return all faults with how often each has matched and happened."""
    return tuple((fault.facts, fault.read_counts()) for fault in service.faults)


class _Waiting(Notifier):
    """Keeps what happened until the test's process tells of it."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events

    def hears(self, events: Sequence[Event]) -> bool:
        """Return True: who listens is known in the test's process."""
        return True

    def tell(self, events: Sequence[Event]) -> None:
        """Keep the events, without the content of their buckets."""
        self._events += [each._replace(bucket=each.bucket.emptied()) for each in events]


class Holder:
    """Holds the state, and answers what the test's process asks."""

    def __init__(self, start: Start) -> None:
        self.service = service = Service(start.settings, world=start.world)
        self._agreed = start.world
        self._events: list[Event] = []
        self._told_faults: tuple[tuple[Facts, int], ...] = ()
        self._skew = timedelta()
        set_clock(service.clock, start.clock)
        service.access_keys = dict(start.access_keys)
        service.faults.set(start.faults)
        service.ids.leave_requests(_LEFT)
        service.faults.leave_names(_LEFT)
        service.notifier = _Waiting(self._events)

    def answer(self, ask: Ask) -> News:
        """Do what is asked, and return the news."""
        service, faults = self.service, self.service.faults
        self._follow(ask.time)
        is_done = ask.clock is None or self._set_clock(*ask.clock)
        if ask.access_keys is not None:
            service.access_keys = dict(ask.access_keys)
        if ask.faults is not None:
            faults.set(ask.faults)
        for fault in faults:
            if fault.facts.name == ask.removed:
                faults.remove(fault)
        if ask.added is not None:
            faults.append(faults.adopt(ask.added))
        effects = () if ask.asked is None else faults.choose(ask.asked)
        counts = fault_states(service) if ask.counts else ()
        is_done &= self._change_world(ask.world)
        before, self._agreed = self._agreed, service.world
        change = delta_of(before, self._agreed)
        news = News(is_done, change, self._clock_state(), self._new_faults(), self._new_calls(), self._new_events())
        return news._replace(effects=effects, counts=counts)

    def _change_world(self, change: Delta) -> bool:
        wanted: World = apply_delta(self._agreed, change)
        if change is not None and not self.service.commit(self._agreed, wanted):
            return False
        self._agreed = wanted
        return True

    def _follow(self, others: float) -> None:
        """Let the clock follow where a test moved the time of its process."""
        skew = timedelta(seconds=others - time.time())
        if abs(skew).total_seconds() < _TRAVELLED:
            skew = timedelta()
        if abs(skew - self._skew).total_seconds() >= _TRAVELLED:
            state = self._clock_state()
            self._skew = skew
            self._put_clock(state)

    def _clock_state(self) -> ClockState:
        """Return the state of the clock, as it is over the time of the test's process."""
        frozen, ahead = clock_state(self.service.clock)
        return frozen, ahead - self._skew

    def _put_clock(self, state: ClockState) -> None:
        frozen, ahead = state
        set_clock(self.service.clock, (frozen, ahead + self._skew))

    def _set_clock(self, before: ClockState, after: ClockState) -> bool:
        if self._clock_state() != before:
            return False
        self._put_clock(after)
        return True

    def _new_calls(self) -> list[Recorded]:
        calls = self.service.calls
        return [calls.popleft() for _ in range(len(calls))]

    def _new_events(self) -> list[Event]:
        found = self._events[:]
        del self._events[: len(found)]
        return found

    def _new_faults(self) -> tuple[tuple[Facts, int], ...] | None:
        faults = tuple((fault.facts, fault.happened) for fault in self.service.faults)
        if faults == self._told_faults:
            return None
        self._told_faults = faults
        return faults


def hold(asks: BinaryIO, answers: BinaryIO) -> None:
    """Hold a state, and serve it, until the test's process has it back or is gone."""
    with suppress(EOFError, BrokenPipeError):
        start: Start = receive(asks)
        holder = Holder(start)
        with ExitStack() as stack:
            try:
                url = stack.enter_context(_served(holder.service, start))
            except UsageError as error:
                send(answers, Refused(str(error)))
                return
            send(answers, url)
            ask: Ask = receive(asks)
            while not ask.is_last:
                send(answers, holder.answer(ask))
                ask = receive(asks)
        send(answers, holder.answer(ask))


def _served(service: Service, start: Start) -> AbstractContextManager[ServerUrl]:
    fake = FakeS3._of(service)
    return served(fake, port=start.port, tls=start.tls, proxy=start.proxy, passthrough=start.passthrough)


def main() -> None:
    """Hold the state of the process that started this one. Its standard input and output are the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the test, which then takes its state back
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what else is printed must not get among the answers
    hold(sys.stdin.buffer, answers)
