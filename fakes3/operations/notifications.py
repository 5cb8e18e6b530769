"""Notifications: S3 tells of events after the commit by which they happened.

Each rule of the bucket that an event matches gets a record of its own. So does each handler, a function of the test
author's, which needs no configuration. All that was sent is kept, with where it went.

A handler is called in the thread of the request, after its response is complete. It may call S3 again, whose events are
told in turn, so how deep this goes is limited.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from fakes3.model.clock import Ids
from fakes3.model.errors import UsageError
from fakes3.model.events import TEST, Event, Origin
from fakes3.model.regions import partition_of
from fakes3.operations.neighbours import find_neighbour

if TYPE_CHECKING:
    from fakes3.model.event_records import Record
    from fakes3.model.notifications import Rule

# What makes and sends records is imported by the functions that do so, since most tests tell nobody of events.

HANDLER_ID: Final = "on_event"
"""The id of the configuration in records that handlers get."""

MOST_NESTED: Final = 10
"""How many handlers may be at work in one request, each called for what the one before did."""
MOST_AT_ONCE: Final = 100
"""How many calls of handlers may be at work in all threads."""

Result = TypeVar("Result")

_depth: ContextVar[int] = ContextVar("depth", default=0)
_logs_faults: ContextVar[bool] = ContextVar("logs_faults", default=False)


class Delivery(NamedTuple):
    """A message that S3 sent, and where it went."""

    destination: str
    """The ARN of a queue, a topic, a function or an event bus; for a handler its name."""
    message: Record
    """What arrived, as JSON has it: `{"Records": [...]}`, a test message, or an event of EventBridge."""
    failure: str | None = None
    """Why it did not arrive; None where it did."""


class Handler(NamedTuple):
    """A function of the test author's that is called with events of a bucket."""

    bucket: str
    events: tuple[str, ...]
    prefix: str
    suffix: str
    function: Callable[[Record], object]

    @property
    def name(self) -> str:
        """The name of the function."""
        return getattr(self.function, "__qualname__", None) or repr(self.function)

    def wants(self, event: Event) -> bool:
        """Whether it is called for an event."""
        from fakes3.model.notifications import is_wanted

        is_here = event.bucket.name == self.bucket and is_wanted(event.name, self.events)
        return is_here and event.key.startswith(self.prefix) and event.key.endswith(self.suffix)


class Notifier:
    """Tells of events, and remembers what it sent: the latest `keep` messages; all where that is None."""

    def __init__(self, ids: Ids, keep: int | None = None) -> None:
        self._ids = ids
        self._at_work: set[object] = set()
        self.handlers: list[Handler] = []
        self.deliveries: deque[Delivery] = deque(maxlen=keep)

    def hears(self, events: Sequence[Event]) -> bool:
        """Whether anybody may want one of these events."""
        return bool(self.handlers) or any(each.bucket.configurations.notifications is not None for each in events)

    def tell(self, events: Sequence[Event]) -> None:
        """Send each event to all who want it.

        Raises: what the first handler raised that did, once all are told; UsageError for handlers that never end.
            At a server it is logged instead.
        """
        from fakes3.model.event_records import S3

        faults: list[Exception] = []
        for event in events:
            request_id, host_id = self._ids.request_id() if event.origin is None else event.origin[:2]
            origin = event.origin or Origin(request_id, host_id, S3)
            self._send(event, origin)
            for handler in [each for each in self.handlers if each.wants(event)]:
                try:
                    self._call(handler, event, origin)
                except Exception as fault:
                    faults.append(fault)
        if faults and not _logs_faults.get():
            raise faults[0]
        for each in faults:
            logging.getLogger("fakes3").error("A handler of an event failed", exc_info=each)

    def _send(self, event: Event, origin: Origin) -> None:
        """Send an event to the destinations that the bucket's configuration names."""
        notifications = event.bucket.configurations.notifications
        if notifications is None:
            return
        from fakes3.model.event_records import record_of, test_message
        from fakes3.model.notifications import FUNCTIONS

        if event.name == TEST:
            tried = {rule.arn: rule for rule in notifications.rules if rule.kind is not FUNCTIONS}
            for rule in tried.values():
                self._deliver(rule, event, test_message(event, origin))
            return
        for rule in notifications.rules:
            if rule.matches(event.name, event.key):
                self._deliver(rule, event, {"Records": [record_of(event, origin, rule.id)]})
        if notifications.has_event_bridge:
            self._publish(event, origin)

    def _deliver(self, rule: Rule, event: Event, message: Record) -> None:
        from fakes3.model.notifications import parse_arn
        from fakes3.operations.destinations import find_fault

        neighbour, failure = find_neighbour(), None
        if neighbour is not None:
            # As at S3, nobody hears of what no longer can be sent.
            failure = find_fault(neighbour, rule, event.bucket)
            if failure is None:
                with _noting() as failures:
                    neighbour.send(rule.kind, parse_arn(rule.kind, rule.arn), json.dumps(message))
                failure = next(iter(failures), None)
        self.deliveries.append(Delivery(rule.arn, message, failure))

    def _publish(self, event: Event, origin: Origin) -> None:
        from fakes3.model.event_records import event_bridge_message

        bucket = event.bucket
        digits = self._ids.opaque(f"event {event.name} {event.place}", event.sequence)
        event_id = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        message = event_bridge_message(event, origin, event_id)
        if message is None:
            return
        neighbour, failure = find_neighbour(), None
        if neighbour is not None:
            with _noting() as failures:
                neighbour.publish(bucket.owner, bucket.region, message)
            failure = next(iter(failures), None)
        bus = f"arn:{partition_of(bucket.region)}:events:{bucket.region}:{bucket.owner}:event-bus/default"
        self.deliveries.append(Delivery(bus, message, failure))

    def _call(self, handler: Handler, event: Event, origin: Origin) -> None:
        """Call a handler, with a record that it may change.

        Raises: what it raises.
        """
        from fakes3.model.event_records import record_of

        depth, at_work = _depth.get(), len(self._at_work)
        if depth >= MOST_NESTED or at_work >= MOST_AT_ONCE:
            raise UsageError(
                f"The handler {handler.name} of events in the bucket {handler.bucket!r} is called for what it does "
                f"itself, and was so {max(depth, at_work)} times. Let it write into another bucket, or give "
                "on_event a prefix= or suffix= that the keys it writes do not have."
            )
        message = {"Records": [record_of(event, origin, HANDLER_ID)]}
        self.deliveries.append(Delivery(handler.name, message))
        token, work = _depth.set(depth + 1), object()
        self._at_work.add(work)
        try:
            handler.function({"Records": [record_of(event, origin, HANDLER_ID)]})
        finally:
            self._at_work.discard(work)
            _depth.reset(token)


@contextmanager
def _noting() -> Iterator[list[str]]:
    """Note what another mock raised, which S3's callers never see."""
    failures: list[str] = []
    try:
        yield failures
    except Exception as fault:
        logging.getLogger("fakes3").warning("A notification did not arrive", exc_info=fault)
        failures.append(f"{type(fault).__name__}: {fault}")


def logging_faults(call: Callable[[], Result]) -> Result:
    """Return what a call returns. What handlers raise in it is logged, instead of being raised."""
    token = _logs_faults.set(True)
    try:
        return call()
    finally:
        _logs_faults.reset(token)
