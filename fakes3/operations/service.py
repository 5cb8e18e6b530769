"""One S3: the world as it stands, and the only place where it is swapped for the next.

An operation decides on the world it was given. If nobody committed meanwhile, its next world becomes the world; if
somebody did, it is done once more, this time while the lock is held, so what it checked and what it commits are one
moment. Reading and hashing of bodies is done on the first try, outside the lock, and kept. Readers never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from importlib import import_module
from threading import Lock
from typing import Any, NamedTuple

from fakes3.model.clock import Clock, Ids
from fakes3.model.errors import S3Error
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY, AccessKey, Principal
from fakes3.model.regions import partition_of
from fakes3.model.world import World
from fakes3.operations.call import Ask, Call, Done, Right
from fakes3.operations.members import Members
from fakes3.operations.registry import REGISTRY
from fakes3.operations.settings import Settings

for _noun in (
    "acls",
    "archive",
    "bucket_configurations",
    "buckets",
    "copies",
    "listings",
    "object_attributes",
    "object_lock",
    "objects",
    "policies",
    "tagging",
    "uploads",
    "versioning",
):
    import_module(f"fakes3.operations.{_noun}")  # which registers its operations


class Recorded(NamedTuple):
    """A request that was answered."""

    operation: str
    """The API's name of the operation; the HTTP method where the request fits none."""
    parameters: Members
    """The members it came with, but not the bytes of a body."""
    status: int
    error: str | None
    """The S3 code of the refusal, None where there was none."""
    principal: Principal
    reason: str | None = None
    """Which rule refused, and what would allow it, where the refusal can say."""
    rights: Sequence[Right] = ()
    """What the caller needed to be allowed, and was."""


class Service:
    """A whole S3: its world, clock, ids and access keys.

    Args:
        settings: What the test author chose.
        world: The world it begins with; an empty one unless it is a fork.
        clock: Its clock; the process's time unless it is a fork.
    """

    def __init__(
        self, settings: Settings | None = None, *, world: World | None = None, clock: Clock | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.world = world or World()
        self.clock = clock or Clock()
        self.ids = Ids(self.settings.seed)
        self.root = Principal(self.settings.account, partition_of(self.settings.region))
        own = AccessKey(ACCESS_KEY_ID, SECRET_ACCESS_KEY, self.root)
        self.access_keys: dict[str, AccessKey] = {own.id: own}
        self.calls: list[Recorded] = []
        self._commit = Lock()

    def perform(self, ask: Ask) -> Done:
        """Do one built operation and commit what comes of it.

        Raises: the S3 errors of the operation, which have the rights that were allowed before the refusal. The world
            is then what it was.
        """
        function = REGISTRY[ask.operation].function
        if self.world.lifecycle_due is not None:
            self.present()
        call = self._call(ask)
        before = call.world
        try:
            members = function(call, **ask.members)
            if call.world is not before:
                with self._commit:
                    if self.world is not before:
                        call = self._call(ask, call.results)
                        members = function(call, **ask.members)
                    self.world = call.world
        except S3Error as refusal:
            refusal.rights = call.rights
            raise
        if call.is_charged:
            members["RequestCharged"] = "requester"
        return Done(members, call.rights)

    def present(self) -> World:
        """Return the world as it stands now, after whatever lifecycle had to do since somebody asked last.

        This is when lifecycle runs: before any request and any look from outside, so nobody meets a world on which
        it should have run, and nothing runs while nobody looks.
        """
        if not self.world.is_current(self.clock.now()):
            with self._commit:
                self.world = self.world.run_lifecycle(self.clock.now(), self.ids)
        return self.world

    def replace_world(self, world: World) -> None:
        """Put another world in place, as a test author may. Ids go on where they were: none is used twice."""
        with self._commit:
            self.world = replace(world, sequence=max(world.sequence, self.world.sequence))

    def change_world(self, change: Callable[[World], World]) -> None:
        """Put in place what `change` makes of the world as it stands, in one commit."""
        with self._commit:
            self.world = change(self.world)

    def fork(self) -> Service:
        """Return another S3 with the same content, in O(1). What either does, the other never sees."""
        twin = Service(self.settings, world=self.world, clock=self.clock.copy())
        twin.access_keys = dict(self.access_keys)
        return twin

    def _call(self, ask: Ask, results: dict[Hashable, Any] | None = None) -> Call:
        return Call(ask, self.world, self.clock.now(), self.ids, self.settings, results)
