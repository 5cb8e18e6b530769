"""One S3: its current world, and the only place where the next world replaces it.

An operation reads one world and may return the next. If the current world is still the one it has read, the next world
replaces it. If another request committed meanwhile, the operation is done once more, while the lock is held: so what it
checks and what it commits belong to one moment. Bodies are read and hashed on the first try, outside the lock, and the
results are kept. Requests that only read never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableSequence, Sequence
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
    *("acls", "archive", "bucket_configurations", "buckets", "copies", "listings", "object_attributes", "object_lock"),
    *("objects", "policies", "tagging", "upload_listings", "uploads", "versioning"),
):
    import_module(f"fakes3.operations.{_noun}")  # registers its operations


class Recorded(NamedTuple):
    """A request and how it was answered."""

    operation: str
    """The API's name of the operation; the HTTP method where the request is for none."""
    parameters: Members
    """The members of the request, without the bytes of a body."""
    status: int
    error: str | None
    """S3's code of the error; None where it succeeded."""
    principal: Principal
    reason: str | None = None
    """Which rule refused, and what would allow it; None where nothing more is known."""
    rights: Sequence[Right] = ()
    """The actions that the caller needed to be allowed, and was."""


class Service:
    """A whole S3: its world, clock, ids and access keys.

    It begins with an empty world, and its clock shows the time of the process, where it is given no others.
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
        self.calls: MutableSequence[Recorded] = []
        self._commit = Lock()

    def perform(self, ask: Ask) -> Done:
        """Do one operation and commit its result.

        Raises: the S3 errors of the operation, with the rights that were allowed before. The world is then unchanged.
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
        """Return the current world, after the runs of lifecycle that are due.

        Lifecycle runs only here: before each request, and before each look from outside. So nobody sees a world
        without a run that is due, and nothing runs in the background.
        """
        if not self.world.is_current(self.clock.now()):
            with self._commit:
                self.world = self.world.run_lifecycle(self.clock.now(), self.ids)
        return self.world

    def replace_world(self, world: World) -> None:
        """Replace the current world. Sequence numbers continue, so that no id is used twice."""
        with self._commit:
            self.world = replace(world, sequence=max(world.sequence, self.world.sequence))

    def change_world(self, change: Callable[[World], World]) -> None:
        """Replace the current world by what `change` returns for it, in one commit."""
        with self._commit:
            self.world = change(self.world)

    def fork(self) -> Service:
        """Return another S3 with the same content, in O(1). Neither sees what the other does."""
        twin = Service(self.settings, world=self.world, clock=self.clock.copy())
        twin.access_keys = dict(self.access_keys)
        return twin

    def _call(self, ask: Ask, results: dict[Hashable, Any] | None = None) -> Call:
        return Call(ask, self.world, self.clock.now(), self.ids, self.settings, results)
