"""What a test author sees of notifications: the records that were sent, and handlers that get them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, overload

from fakes3.model.errors import UsageError
from fakes3.operations.notifications import Delivery, Handler, Notifier
from fakes3.testing.options import check_text

if TYPE_CHECKING:
    from fakes3.model.event_records import Record


_NAME_ONE = 'Name one as in a notification configuration, such as "s3:ObjectCreated:*".'


class Events(Sequence["Record"]):
    """The records of events that were sent, the oldest first: one for each destination and each handler.

    A record is what stands in the `Records` of a message, as JSON has it. `deliveries` has the messages whole, those of
    EventBridge and test messages too, and where they went.

    Example:
        >>> from fakes3 import FakeS3
        >>> s3 = FakeS3()
        >>> bucket = s3.create_bucket("pictures")
        >>> handler = s3.on_event("pictures", "s3:ObjectCreated:*", print)
        >>> handler.remove()
        >>> len(s3.events)
        0
    """

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier

    @property
    def deliveries(self) -> list[Delivery]:
        """Every message that was sent: its `destination`, the `message`, and the `failure` where it did not arrive."""
        return list(self._notifier.deliveries)

    def filter(
        self, event: str | None = None, *, bucket: str | None = None, destination: str | None = None
    ) -> list[Record]:
        """Return the records that match every given criterion.

        Args:
            event: An event such as "s3:ObjectCreated:*" or "s3:ObjectRemoved:Delete".
            bucket: The bucket's name.
            destination: The ARN of a destination, or the name of a handler.

        Raises: UsageError, for what is no event: a typing error would else match no record.
        """
        # It takes long to import, and most tests ask for no events.
        from fakes3.model.notifications import EVENT_NAMES, is_wanted

        if event is not None and event not in EVENT_NAMES:
            raise UsageError(f"No record can be of {event!r}, which is no event of S3. {_NAME_ONE}")
        return [
            record
            for record, went_to in self._records()
            if (event is None or is_wanted(record["eventName"], [event]))
            and bucket in {None, record["s3"]["bucket"]["name"]}
            and destination in {None, went_to}
        ]

    def clear(self) -> None:
        """Forget all messages so far."""
        self._notifier.deliveries.clear()

    def _records(self) -> Iterator[tuple[Record, str]]:
        for each in self.deliveries:
            for record in each.message.get("Records", ()):
                yield record, each.destination

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        return list(self)[index]

    def __len__(self) -> int:
        return sum(1 for _ in self._records())

    def __iter__(self) -> Iterator[Record]:
        return (record for record, _ in list(self._records()))

    def __repr__(self) -> str:
        return f"<Events: {len(self)}>"


class Registration:
    """A handler that is registered. It is also a context manager, which removes the handler at its end."""

    def __init__(self, notifier: Notifier, handler: Handler) -> None:
        self._notifier = notifier
        self._handler = handler
        notifier.handlers.append(handler)

    def remove(self) -> None:
        """Call the handler no more."""
        if self._handler in self._notifier.handlers:
            self._notifier.handlers.remove(self._handler)

    def __enter__(self) -> Registration:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<handler {self._handler.name} of events in {self._handler.bucket!r}>"


def make_handler(
    bucket: str, events: str | Iterable[str], function: Callable[[Record], object], prefix: str, suffix: str
) -> Handler:
    """Return a handler. Raises: UsageError, for what is no event, and for what is no plain function."""
    from fakes3.model.notifications import EVENT_NAMES

    given: object = events
    names: tuple[Any, ...] = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
    check_text("bucket", bucket, "pictures")
    check_text("prefix", prefix, "uploads/")
    check_text("suffix", suffix, ".jpg")
    for name in names:
        if name not in EVENT_NAMES:
            raise UsageError(f"on_event cannot wait for {name!r}, which is no event of S3. {_NAME_ONE}")
    if not names:
        raise UsageError('on_event was given no event. Name one, such as "s3:ObjectCreated:*".')
    if not callable(function):
        raise UsageError(f"on_event cannot call {function!r}. Give a plain function that takes the event.")
    if inspect.iscoroutinefunction(function):
        raise UsageError(
            f"on_event cannot call {function!r}: S3 waits for no coroutine. Give a plain function that takes the event."
        )
    return Handler(bucket, names, prefix, suffix, function)
