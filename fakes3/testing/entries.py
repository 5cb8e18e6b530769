"""The stack of entries: every fake that was entered in this process and has not been left.

A mock that is started, a decorated call, a class of tests and a test each push one entry. Entries are found by what
they were made for, and may be left in any order and from any thread. The first entry opens the doors to client
libraries and the last one to be left closes them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from threading import RLock
from typing import Any
from weakref import finalize

from fakes3.doors.endpoint import Endpoint
from fakes3.doors.entrance import Entrance, finish
from fakes3.doors.environment import read_variables, restore_variables, set_variables
from fakes3.doors.locks import give_lock
from fakes3.doors.processes import NoPart
from fakes3.model.errors import UsageError
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.testing.fake import FakeS3
from fakes3.testing.libraries import doors_by_library
from fakes3.testing.moments import Moment

_REMOVED = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""Variables that would make a client use other credentials than the dummy ones."""


@dataclass(eq=False, repr=False)
class Entry:
    """One entry: the fake that answers, and the endpoint that doors send its requests to."""

    fake: FakeS3
    endpoint: Endpoint
    owner: object = None
    """What it was made for: the starts of a mock, a class or a test; None for one call."""
    before: dict[str, str | None] = field(default_factory=dict)
    """The environment variables that it set, with their values before."""
    keeps: object = None
    """What lives on until it is left."""
    start: Moment | None = None
    """The state in which every example of hypothesis begins; None before the first."""
    shares: bool = False
    """Whether its fake is that of a mock around it."""


class Entries:
    """The stack of entries, the latest last."""

    def __init__(self) -> None:
        self._lock: RLock
        give_lock(self)
        self._stack: list[Entry] = []
        self.nested = "fresh"
        """What a mock inside another one is where it does not say so itself: see `mock_s3`."""
        self.entrance = Entrance({})
        self.entrance.doors = doors_by_library(self.entrance.current, stand_guard)
        self._session_before: list[Any] = []
        """boto3's default session before the first entry; nothing where there was no entry yet."""
        self.watchers: list[Callable[[Entry], None]] = []
        """Are told of each entry when it is entered."""

    def enter(self, entry: Entry, instead_of: Entry | None = None) -> None:
        """Make an entry the one that answers, also in the threads and tasks that inherited the one it is instead of."""
        try:
            with self._lock:
                self._stack.append(entry)
                if self._stack == [entry]:
                    self._session_before = [_session()]
                    _set_session(None)
                wanted = _environment(entry.fake.region)
                entry.before = read_variables(wanted)
                set_variables(wanted, entry.before)
            self.entrance.enter(entry.endpoint, instead_of=None if instead_of is None else instead_of.endpoint)
            for watch in list(self.watchers):
                watch(entry)
        except BaseException:
            self.leave(entry)
            raise

    def leave(self, entry: Entry) -> None:
        """Remove an entry, wherever it is in the stack, if it is there."""
        finish(self._leave, entry)

    def _leave(self, entry: Entry) -> None:
        self.entrance.leave(entry.endpoint)
        with self._lock:
            if entry not in self._stack:
                return
            place = self._stack.index(entry)
            if place + 1 < len(self._stack):
                # The entry above now restores the environment that this one found.
                self._stack[place + 1].before = entry.before or self._stack[place + 1].before
            else:
                restore_variables(entry.before)
            if self._stack == [entry]:
                for session in self._session_before:
                    _set_session(session)
                self._session_before = []
            del self._stack[place]
            if entry.endpoint.around:
                self._tell_outer(entry.endpoint)

    def _tell_outer(self, inner: Endpoint) -> None:
        """Let the mock around one that ends know what was in it."""
        for each in self._stack:
            if each.fake.service is inner.around[0]:
                each.endpoint.remember(inner)

    def latest(self, owner: object) -> Entry:
        """Return the latest entry of an owner: that of this thread or task if it has one, else the latest of all.

        Raises: UsageError, when the owner has no entry.
        """
        entries = [entry for entry in list(self._stack) if entry.owner is owner]
        if not entries:
            raise UsageError("This mock_s3 is not active, so it cannot be stopped. Call start() before stop().")
        mine = [entry for entry in entries if self.entrance.is_mine(entry.endpoint)]
        return (mine or entries)[-1]

    def active(self) -> list[Entry]:
        """Return all entries that have not been left, the latest last."""
        return list(self._stack)

    def find(self, owner: object) -> Entry | None:
        """Return the entry that was made for a class or a test, or None."""
        return next((entry for entry in list(self._stack) if entry.owner is owner), None)

    def current(self) -> Entry | None:
        """Return the entry that answers this thread or task, or None."""
        endpoint = self.entrance.current()
        return next((entry for entry in list(self._stack) if entry.endpoint is endpoint), None)


def stand_guard(endpoints: tuple[str, ...], passthrough: tuple[str, ...]) -> None:
    """Stop requests for S3 in a process that was spawned under a mock, until it enters one itself."""
    if ENTRIES.entrance.current() is None:
        ENTRIES.entrance.enter(NoPart(endpoints, passthrough))


def _session() -> Any:
    """Return boto3's default session, which may hold credentials and a region found earlier."""
    return getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)


def _set_session(session: Any) -> None:
    boto3: Any = sys.modules.get("boto3")
    if boto3 is not None:
        boto3.DEFAULT_SESSION = session


@lru_cache(maxsize=8)
def _environment(region: str) -> dict[str, str | None]:
    """Return the variables to set while a fake of this region is entered; None for those to remove."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        **dict.fromkeys(_REMOVED),
    }


ENTRIES = Entries()


class Hold:
    """Has an entry entered inside its `with` block, and at the longest until nobody has it any more.

    A signal may raise before the first line of `__exit__`: then the end of the hold itself leaves the entry.
    """

    def __init__(self, entry: Entry, instead_of: Entry | None = None) -> None:
        self.entry = entry
        self._instead_of = instead_of
        self._end = finalize(self, ENTRIES.leave, entry)
        self._end.atexit = False

    def __enter__(self) -> Entry:
        ENTRIES.enter(self.entry, self._instead_of)
        return self.entry

    def __exit__(self, *_: object) -> None:
        ENTRIES.leave(self.entry)
        self._end.detach()
