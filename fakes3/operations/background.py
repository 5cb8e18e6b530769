"""The work that S3 does by itself as time passes, such as lifecycle.

The world keeps when each kind of work is due next (`model/background.py`). The service does what is due before each
request and before each look from outside. So nobody sees a world without work that is due, and nothing runs in a thread
of its own. All that is due at once is one commit.

A kind of work is a function that takes a `Call`, as an operation does: it reads and changes `call.world`, and
`call.now` is the moment at which the work is due, however late it is done. It returns when it is due next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from fakes3.model import checksums
from fakes3.model.background import Background
from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import Ids
from fakes3.model.identity import Principal
from fakes3.model.world import World
from fakes3.operations.call import Ask, Call, FindRole, unknown_role
from fakes3.operations.members import Members
from fakes3.operations.registry import REGISTRY
from fakes3.operations.settings import Settings

Step = Callable[[], object]
"""Is called now and then by long work, to show that it goes on."""


EARLIEST = datetime.min.replace(tzinfo=UTC)
"""The first moment of the calendar."""


class Function(Protocol):
    """Does a kind of work that is due at `s3.now`, and all of its kind that is due up to `until`.

    Until then no other kind of work is due. It returns when it is due next; None for not until it is scheduled again.
    """

    def __call__(self, s3: Call, *, until: datetime, step: Step) -> datetime | None: ...


class Work(NamedTuple):
    """A kind of work."""

    do: Function
    latest: Callable[[datetime], datetime]
    """Returns when, seen from a moment, it is due at the latest. This counts where the clock was set back."""
    earliest: Callable[[datetime], datetime] = lambda _: EARLIEST
    """Returns when, seen from a moment, it is due at the earliest. This counts where the clock went on for years."""


MODULES = {
    "access logs": "log_delivery",
    "intelligent tiering": "tiering",
    "inventories": "inventories",
    "lifecycle": "lifecycle",
    "replication": "replication",
    "restores": "archive",
}
"""The module of this room for each kind of work, by its name. It is imported when work of the kind is first due."""

WORK: dict[str, Work] = {}
"""The kinds of work of the modules that were imported by now, by their names."""


def find_work(name: str) -> Work:
    """Return the kind of work of this name."""
    if name not in WORK:
        import_module(f"fakes3.operations.{MODULES[name]}")
    return WORK[name]


def background(
    name: str,
    *,
    latest: Callable[[datetime], datetime],
    earliest: Callable[[datetime], datetime] = lambda _: EARLIEST,
) -> Callable[[Function], Function]:
    """Register a function as the kind of work of this name."""

    def register(function: Function) -> Function:
        WORK[name] = Work(function, latest, earliest)
        return function

    return register


def is_current(world: World, now: datetime) -> bool:
    """Whether S3 has done everything that is due at a moment."""
    return all(each.at <= find_work(each.work).latest(now) and not each.is_due(now) for each in world.background.due)


def do_due_work(
    world: World,
    now: datetime,
    *,
    ids: Ids,
    settings: Settings,
    find_role: FindRole = unknown_role,
    step: Step = bool,
) -> Call:
    """Do all work that is due up to a moment, the earliest first. Return the call whose world is the next one.

    Where the clock was set back, work that is due too late becomes due earlier.
    """
    s3 = Call(Ask("Background", {}, S3_ITSELF), _brought_near(world, now), now, ids, settings)
    s3.find_role = find_role
    while (due := s3.world.background.due) and due[0].is_due(now):
        first, *others = due
        s3.now = first.at
        until = min([now, *(each.at for each in others)])
        following = find_work(first.work).do(s3, until=until, step=step)
        s3.world = s3.world._replace(background=s3.world.background.rescheduled(first.work, following))
    s3.events.sort(key=attrgetter("at"))
    return s3


def _brought_near(world: World, now: datetime) -> World:
    """Return the world in which no work is due too late or too early, as seen from this moment."""
    background: Background = world.background
    for each in background.due:
        work = find_work(each.work)
        at = min(max(each.at, work.earliest(now)), work.latest(now))
        if at != each.at:
            background = background.rescheduled(each.work, at)
    return world if background is world.background else world._replace(background=background)


S3_ITSELF = Principal.of_service("s3.amazonaws.com")
"""The principal as which S3 does most of its work."""


def perform_as(
    s3: Call, caller: Principal, operation: str, condition_keys: Mapping[str, tuple[str, ...]], **members: Any
) -> Members:
    """Do an operation as part of background work, at its time and on its world. Return the members of its response.

    Raises: the S3 errors of the operation. The world of the work is then unchanged.
    """
    ask = Ask(operation, members, caller, condition_keys=lambda: condition_keys)
    inner = Call(ask, s3.world, s3.now, s3.ids, s3.settings)
    answer = REGISTRY[operation].function(inner, **members)
    s3.world = inner.world
    s3.events += inner.events
    return answer


class MadeBody(NamedTuple):
    """The body of an object that S3 itself writes."""

    body: Rope
    digests: Mapping[str, bytes] = {}
    trailers: Mapping[str, str] = {}
    announced: str | None = None

    def receive(self, *algorithms: str) -> MadeBody:
        """Return the body with these digests."""
        return self._replace(digests={name: checksums.digest_of(name, self.body) for name in algorithms})
