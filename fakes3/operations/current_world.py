"""Which world is the current one, and whose next world replaces it. Nothing here holds a lock.

While a lock is held, the garbage collector or a signal may run code of the program: a finalizer that talks to S3, or
one that waits for a thread that does. Both would wait for ever. So a world is replaced in one step of the interpreter,
`dict.setdefault`, during which no such code runs, and whoever was too late tries again on the newer world. A process
that is forked in between, or a thread that a signal stops, leaves nothing half done.

Somebody always succeeds, but long work might lose to short work again and again. So after some lost races a request
takes its turn, and others let it go first. They wait for a limited time: it might be waiting for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid
from threading import Lock, get_ident
from typing import Final

from fakes3.model.world import World

_NEXT: Final = "next"

PATIENCE: Final = 0.25
"""How many seconds others wait for a turn that makes no step."""


class _Moment:
    """A world, and the moment that follows once the world is replaced."""

    __slots__ = ("following", "world")

    def __init__(self, world: World) -> None:
        self.world = world
        self.following: dict[str, _Moment] = {}


class CurrentWorld:
    """Holds the current world."""

    __slots__ = ("_moment",)

    def __init__(self, world: World) -> None:
        self._moment = _Moment(world)

    def get(self) -> World:
        """Return the current world."""
        moment = self._moment
        return self._latest().world if moment.following else moment.world

    def replace(self, before: World, after: World) -> bool:
        """Let `after` be the current world if `before` still is; return whether it became so."""
        latest = self._moment
        if latest.following:
            latest = self._latest()
        if latest.world is not before:
            return False
        moment = _Moment(after)
        if latest.following.setdefault(_NEXT, moment) is not moment:
            return False
        self._moment = moment
        return True

    def _latest(self) -> _Moment:
        moment = self._moment
        if moment.following:
            while moment.following:
                moment = moment.following[_NEXT]
            # Another thread may have set a later one by now. That is found again from this one.
            self._moment = moment
        return moment


class Turn:
    """Work that goes first until it is done."""

    __slots__ = ("done", "patience", "process", "steps", "thread")

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.steps = 0
        self.thread, self.process = get_ident(), getpid()
        self.done = Lock()
        self.done.acquire()

    def step(self) -> None:
        """Show that the work goes on, so that others wait for it longer."""
        self.steps += 1

    @property
    def is_foreign(self) -> bool:
        """Whether this thread can wait for the work: another thread of this process does it."""
        return self.thread != get_ident() and self.process == getpid()


class Turns:
    """Lets one request go first."""

    __slots__ = ("turn",)

    def __init__(self) -> None:
        self.turn: Turn | None = None
        """The turn that others wait for."""

    @contextmanager
    def take(self, patience: float) -> Iterator[Turn]:
        """Go first while in this context. Others wait as long as `patience` for each step."""
        turn = self.turn = Turn(patience)
        try:
            yield turn
        finally:
            self._end(turn)
            turn.done.release()

    def give_way(self) -> None:
        """Wait until the request that goes first is done, or has made no step for too long."""
        turn = self.turn
        if turn is None:
            return
        seen = -1
        while turn.is_foreign and turn.steps != seen:
            seen = turn.steps
            if turn.done.acquire(timeout=turn.patience):
                turn.done.release()
                return
        if turn.is_foreign or turn.process != getpid():
            self._end(turn)

    def _end(self, turn: Turn) -> None:
        if self.turn is turn:
            self.turn = None
