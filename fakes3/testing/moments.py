"""The state of a fake at one moment, and examples of hypothesis, which all begin with the same.

hypothesis calls a test again and again, for one example after the other. Each begins with the state in which the test
began: what is in S3, the clock, the identities, the faults, the recorded calls, and the handlers and records of events.
Keeping and putting back takes the same time whatever is in S3. The numbers of writes are put back too, so the same
example gets the same version ids. A race does the same for each order of requests.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from fakes3.testing.fake import FakeS3


class Moment:
    """The state of a fake when this was made."""

    def __init__(self, fake: FakeS3) -> None:
        service = fake.service
        self._service = service
        self._world, self._clock = service.world, service.clock.copy()
        self._access_keys, self._calls = dict(service.access_keys), tuple(service.calls)
        self._handlers, self._deliveries = tuple(service.notifier.handlers), tuple(service.notifier.deliveries)
        self._put_faults_back = service.faults.keep()

    def put_back(self) -> None:
        """Put the fake back into this state."""
        service = self._service
        service.world = self._world
        service.clock.show_time_of(self._clock)
        service.access_keys.clear()
        service.access_keys.update(self._access_keys)
        service.calls.clear()
        service.calls.extend(self._calls)
        service.notifier.handlers[:] = self._handlers
        service.notifier.deliveries.clear()
        service.notifier.deliveries.extend(self._deliveries)
        self._put_faults_back()


class Entered(Protocol):
    """An entry, as far as examples need it."""

    fake: FakeS3
    start: Moment | None


def begin_example(entries: Iterable[Entered]) -> None:
    """Put the fakes of entries back into the state of their first example."""
    for entry in entries:
        if entry.start is None:
            entry.start = Moment(entry.fake)
        else:
            entry.start.put_back()


def is_for_examples(function: Any) -> bool:
    """Whether hypothesis's `given` made this function."""
    return bool(getattr(function, "is_hypothesis_test", False)) and hasattr(function, "hypothesis")


def is_in_example() -> bool:
    """Whether hypothesis is calling a test."""
    module = sys.modules.get("hypothesis")
    return module is not None and bool(module.currently_in_test_context())


@contextmanager
def as_it_was(fake: FakeS3) -> Iterator[None]:
    """Put a fake back at the end of the block into the state of its beginning."""
    before = Moment(fake)
    try:
        yield
    finally:
        before.put_back()


def before_each_call(function: Any, begin: Callable[..., None]) -> Any:
    """Return the function, plain or a coroutine function, with a call of `begin` with its arguments before each.

    Arguments given by name come last.
    """
    if inspect.iscoroutinefunction(function):

        async def call_async(*args: Any, **kwargs: Any) -> Any:
            begin(*args, *kwargs.values())
            return await function(*args, **kwargs)

        return wraps(function)(call_async)

    def call(*args: Any, **kwargs: Any) -> Any:
        begin(*args, *kwargs.values())
        return function(*args, **kwargs)

    return wraps(function)(call)
