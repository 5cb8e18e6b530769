"""One S3: its current world, and the only place where the next world replaces it.

An operation reads one world and may return the next. If the current world is still the one it has read, the next world
replaces it. If another request committed meanwhile, the operation is done once more on the newer world: so what it
checks and what it commits belong to one moment. Bodies are read and hashed on the first try, and the results are kept.
No lock is held meanwhile: see `current_world.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import Clock, Ids
from fakes3.model.errors import S3Error
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY, AccessKey, Principal
from fakes3.model.regions import partition_of
from fakes3.model.world import EMPTY, World
from fakes3.operations.call import Ask, Call, Done, Right
from fakes3.operations.current_world import PATIENCE, CurrentWorld, Turns
from fakes3.operations.faults import Faults
from fakes3.operations.neighbours import find_neighbour
from fakes3.operations.notifications import Notifier
from fakes3.operations.registry import REGISTRY
from fakes3.operations.settings import Settings

if TYPE_CHECKING:
    from fakes3.operations.members import Members

Result = TypeVar("Result")

_EQUAL_TRIES = 3
"""How many tries an operation has, after the first, before others let it go first."""


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
    received: int = 0
    """How many bytes the body of the request has, without the framing of chunks."""
    sent: int = 0
    """How many bytes the body of the response has."""
    is_truncated: bool = False
    """Whether the response is a page of a list that goes on."""
    outlives_key: bool = False
    """Whether it is a presigned URL that is to be valid for longer than its temporary credentials."""
    storage_class: str | None = None
    """The storage class of the object that was read; None where it is STANDARD, and for all other requests."""
    body: Rope | None = None
    """The body of the response to GetObject, if it is watched whether somebody reads it; else None."""

    def __repr__(self) -> str:
        place = "/".join(str(self.parameters[name]) for name in ("Bucket", "Key") if name in self.parameters)
        answer = f"{self.status} {self.error or ''}".rstrip()
        return f"<{f'{self.operation} {place}'.rstrip()}: {answer}>"


@lru_cache(maxsize=8)
def _own_key(account: str, region: str) -> AccessKey:
    """Return the dummy key, as the root user's of this account."""
    return AccessKey(ACCESS_KEY_ID, SECRET_ACCESS_KEY, Principal(account, partition_of(region)))


class Service:
    """A whole S3: its world, clock, ids and access keys.

    It begins with an empty world, and its clock shows the time of the process, where it is given no others. Of its
    calls it remembers the latest `keep_calls`; all where that is None.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        world: World | None = None,
        clock: Clock | None = None,
        keep_calls: int | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._current = CurrentWorld(world or EMPTY)
        self._turns = Turns()
        self.has_logs = self.world.background.logs is not None
        """Whether a bucket ever had an access log. Every request asks, so it is not looked up in the world."""
        self.clock = clock or Clock()
        self.ids = Ids(self.settings.seed)
        own = _own_key(self.settings.account, self.settings.region)
        self.root = own.principal
        self.access_keys: dict[str, AccessKey] = {own.id: own}
        self.calls: deque[Recorded] = deque(maxlen=keep_calls)
        self.pause: Callable[[str], None] | None = None
        """Is called at the points of a request at which another one may come first, where a test races."""
        self.watches_bodies = False
        """Whether calls keep the bodies of objects that were got, so that a lint finds those that nobody reads."""
        self.vpc: str | None = None
        """The VPC from which requests come; None for the internet."""
        self.faults = Faults(self.settings.seed, lambda: REGISTRY)
        self.notifier = Notifier(self.ids, keep_calls)
        """Sends notifications of events. Of those of a request it is told once the response is complete."""

    @property
    def world(self) -> World:
        """The current world."""
        return self._current.get()

    @world.setter
    def world(self, world: World) -> None:
        self.change_world(lambda _: world)

    def perform(self, ask: Ask) -> Done:
        """Do one operation and commit its result.

        Raises: the S3 errors of the operation, with the rights that were allowed before. The world is then unchanged.
        """
        results: dict[Hashable, Any] = {}
        done = self._try(ask, results)
        return done if done is not None else self._until_committed(partial(self._try, ask, results))

    def _try(self, ask: Ask, results: dict[Hashable, Any]) -> Done | None:
        """Do one operation on the world as it is now; return None if that was replaced meanwhile."""
        before = self._current.get()
        if before.background.due:
            before = self.present()
        call = Call(ask, before, self.clock.now(), self.ids, self.settings, results)
        try:
            members = REGISTRY[ask.operation].function(call, **ask.members)
        except S3Error as refusal:
            refusal.rights = call.rights
            raise
        if self.pause is not None:
            self.pause("checked")
        if call.world is not before and not self.commit(before, call.world):
            return None
        if self.pause is not None:
            self.pause("committed")
        if call.is_charged:
            members["RequestCharged"] = "requester"
        return Done(members, call.rights, call.events, call.needs_acl)

    def present(self) -> World:
        """Return the current world, after all background work that is due.

        That is done only here: before each request, and before each look from outside. Where several threads find work
        due, one of them does it while the others wait.
        """
        world = self.world
        if not world.background.due:
            return world
        from fakes3.operations.background import do_due_work, is_current  # in most tests no work is ever due

        while world.background.due and not is_current(world, self.clock.now()):
            self._turns.give_way()
            if world is self.world:
                with self._turns.take(PATIENCE) as turn:
                    now = self.clock.now()
                    work = do_due_work(
                        world, now, ids=self.ids, settings=self.settings, find_role=self.find_role, step=turn.step
                    )
                    is_done = self._current.replace(world, work.world)
                if is_done and self.notifier.hears(work.events):
                    self.notifier.tell(work.events)
            world = self.world
        return world

    def find_access_key(self, key_id: str) -> AccessKey | None:
        """Return the access key with this id: the fake's, or that of a mock of IAM. None for an unknown one.

        Where IAM is not enforced, keys of other accounts in the mock are unknown: plain tests need no bucket policies.
        """
        key = self.access_keys.get(key_id)
        if key is not None:
            return key
        neighbour = find_neighbour()
        if neighbour is None:
            return None
        is_held = self.settings.enforces_iam
        found = neighbour.find_access_key(key_id, is_held=is_held)
        return found if found is not None and (is_held or found.principal.account == self.root.account) else None

    def find_role(self, account: str, name: str) -> Principal | None:
        """Return a session of a role of the fake, with its policies; None where nobody made the role."""
        principals = (key.principal for key in list(self.access_keys.values()))
        return next((each for each in principals if (each.account, each.role) == (account, name)), None)

    def replace_world(self, world: World) -> None:
        """Replace the current world. Sequence numbers continue, so that no id is used twice."""
        self.change_world(lambda before: world._replace(sequence=max(world.sequence, before.sequence)))

    def change_world(self, change: Callable[[World], World]) -> None:
        """Replace the current world by what `change` returns for it, in one commit.

        `change` is called again where another commit came first.
        """

        def change_once() -> bool | None:
            before = self.world
            return self.commit(before, change(before)) or None

        self._until_committed(change_once)

    def commit(self, before: World, after: World) -> bool:
        """Let `after` be the current world if `before` still is; return whether it became so."""
        if self._turns.turn is not None:
            self._turns.give_way()
        if after.background is not before.background and after.background.logs is not None:
            self.has_logs = True
        return self._current.replace(before, after)

    def _until_committed(self, do: Callable[[], Result | None]) -> Result:
        """Return the first result of `do` that is not None. After some lost races it goes first."""
        for _ in range(_EQUAL_TRIES):
            result = do()
            if result is not None:
                return result
        patience = PATIENCE
        while True:
            with self._turns.take(patience):
                result = do()
            if result is not None:
                return result
            patience *= 2

    def fork(self, settings: Settings | None = None) -> Service:
        """Return another S3 with the same content, in O(1), and with other settings if any are given.

        Neither sees what the other does.
        """
        settings = settings or self.settings
        twin = Service(settings, world=self.world, clock=self.clock.copy(), keep_calls=self.calls.maxlen)
        twin.access_keys = self.access_keys | (twin.access_keys if settings != self.settings else {})
        twin.notifier.handlers = list(self.notifier.handlers)
        return twin
