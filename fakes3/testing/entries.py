"""The stack of entries: every fake that was entered in this process and has not been left.

A mock that is started, a decorated call, a class of tests and a test each push one entry. Entries are found by what
they were made for, and may be left in any order and from any thread. The first entry opens the doors to client
libraries and the last one to be left closes them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from fakes3.doors.endpoint import Endpoint
from fakes3.doors.entrance import Entrance
from fakes3.doors.environment import set_variables
from fakes3.doors.processes import NoPart
from fakes3.model.errors import UsageError
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.testing.fake import FakeS3
from fakes3.testing.libraries import doors_by_library

_REMOVED = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""Variables that would make a client use other credentials than the dummy ones."""


@dataclass(eq=False, slots=True)
class Entry:
    """One entry: the fake that answers, and the endpoint that doors send its requests to."""

    fake: FakeS3
    endpoint: Endpoint
    owner: object = None
    """What it was made for: the mock that was started, a class or a test; None for one call."""
    before: dict[str, str | None] = field(default_factory=dict)
    """The environment variables that it set, with their values before."""


class Entries:
    """The stack of entries, the latest last."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._stack: list[Entry] = []
        self.entrance = Entrance(doors_by_library(lambda: self.entrance.current(), stand_guard))
        self._default_session: Any = None

    def enter(self, entry: Entry, instead_of: Entry | None = None) -> None:
        """Make an entry the one that answers, also in the threads and tasks that inherited the one it is instead of."""
        with self._lock:
            self.entrance.enter(entry.endpoint, instead_of=None if instead_of is None else instead_of.endpoint)
            if not self._stack:
                self._default_session = _exchange_session(None)
            self._stack.append(entry)
            entry.before = set_variables(_environment(entry.fake.region))

    def leave(self, entry: Entry) -> None:
        """Remove an entry, wherever it is in the stack."""
        with self._lock:
            place = self._stack.index(entry)
            del self._stack[place]
            if place < len(self._stack):
                # The entry above now restores the environment that this one found.
                self._stack[place].before = entry.before
            else:
                set_variables(entry.before)
            if not self._stack:
                _exchange_session(self._default_session)
            self.entrance.leave(entry.endpoint)

    def leave_latest(self, owner: object) -> None:
        """Leave the latest entry of an owner: that of this thread or task if it has one, else the latest of all.

        Raises: UsageError, when the owner has no entry.
        """
        with self._lock:
            entries = [entry for entry in self._stack if entry.owner is owner]
            if not entries:
                raise UsageError("This mock_s3 is not active, so it cannot be stopped. Call start() before stop().")
            mine = [entry for entry in entries if self.entrance.is_mine(entry.endpoint)]
            self.leave((mine or entries)[-1])

    def find(self, owner: object) -> Entry | None:
        """Return the entry that was made for a class or a test, or None."""
        with self._lock:
            return next((entry for entry in self._stack if entry.owner is owner), None)

    def current(self) -> FakeS3 | None:
        """Return the fake that answers this thread or task, or None."""
        endpoint = self.entrance.current()
        with self._lock:
            return next((entry.fake for entry in self._stack if entry.endpoint is endpoint), None)


def stand_guard(endpoints: tuple[str, ...], passthrough: tuple[str, ...]) -> None:
    """Stop requests for S3 in a process that was spawned under a mock, until it enters one itself."""
    if ENTRIES.entrance.current() is None:
        ENTRIES.entrance.enter(NoPart(endpoints, passthrough))


def _exchange_session(session: Any) -> Any:
    """Replace boto3's default session, which may hold credentials and a region found earlier; return the old one."""
    boto3: Any = sys.modules.get("boto3")
    before = getattr(boto3, "DEFAULT_SESSION", None)
    if boto3 is not None:
        boto3.DEFAULT_SESSION = session
    return before


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
