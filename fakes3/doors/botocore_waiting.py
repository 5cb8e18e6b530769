"""Lets botocore's clients and waiters of S3 wait on the clock of the fake, so that no test really sleeps.

Between two tries of a request botocore sleeps, and so do waiters between two looks. Under the mock the same time passes
on the clock of the fake instead; a frozen clock stands. Clients of other services, and requests to hosts that are let
out, sleep as they do without a mock.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import partial, wraps
from inspect import isawaitable
from types import MethodType
from typing import Any
from urllib.parse import urlsplit

from fakes3.doors.entrance import Door, Replacements
from fakes3.model.clock import Clock


class RetryDoor(Door):
    """Lets no time pass for real before a request is tried again."""

    module = "botocore.endpoint"
    replaces: tuple[str, ...] = ("Endpoint._needs_retry",)

    def replace(self, really: Any) -> Any:
        """Return the method that decides whether to try again, and sleeps first; aiobotocore's returns an awaitable."""

        @wraps(really)
        def needs_retry(endpoint: Any, attempts: Any, operation: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            if self._current() is None or operation.service_model.service_name != "s3":
                return really(endpoint, attempts, operation, request, *args, **kwargs)
            # The clock is needed only where a listener wants a delay.
            waiting = _with_clock(endpoint, partial(self._clock_for, request))
            return really(waiting, attempts, operation, request, *args, **kwargs)

        return needs_retry

    def _clock_for(self, request: Any) -> Clock | None:
        """Return the clock of the fake that answered a request for S3; None if none did."""
        fake = self._current()
        return None if fake is None or fake.passes(urlsplit(request["url"]).netloc) else fake.service.clock


def _with_clock(endpoint: Any, find_clock: Callable[[], Clock | None]) -> Any:
    """Return a copy of a client's endpoint that never sleeps long, if a clock is found when it would sleep."""
    twin = object.__new__(type(endpoint))  # every call comes here, and copy() is five times slower
    twin.__dict__.update(endpoint.__dict__)
    twin._event_emitter = _Emitter(endpoint, find_clock)
    return twin


class _Emitter:
    """Emits the events of an endpoint. The delay that the listeners want passes on a clock, and none is left."""

    def __init__(self, endpoint: Any, find_clock: Callable[[], Clock | None]) -> None:
        self._endpoint = endpoint
        self._find_clock = find_clock

    def emit(self, event_name: str, **about: Any) -> Any:
        """Call the listeners of an event, and return their answers, or an awaitable of them as aiobotocore's does."""
        about["endpoint"] = self._endpoint
        answers = self._endpoint._event_emitter.emit(event_name, **about)
        return self._pass_time(answers) if type(answers) is list or not isawaitable(answers) else self._await(answers)

    async def _await(self, answers: Any) -> Any:
        return self._pass_time(await answers)

    def _pass_time(self, answers: Any) -> Any:
        """Let the first delay pass that a listener wants. Without one nothing is tried again."""
        for listener, delay in answers:
            if delay is not None and delay is not False:
                clock = self._find_clock()
                if clock is None:
                    break
                clock.pass_time(delay)
                return [(listener, 0)]
        return answers


class WaiterDoor(Door):
    """Lets no time pass for real between two looks of a waiter."""

    module = "botocore.waiter"
    replaces: tuple[str, ...] = ("Waiter.wait",)

    def replace(self, really: Any) -> Any:
        """Return the method that waits; aiobotocore's returns an awaitable."""

        @wraps(really)
        def wait(waiter: Any, **kwargs: Any) -> Any:
            clock = self._clock_for(waiter)
            return really(waiter, **kwargs) if clock is None else _wait_by(clock, waiter, really, kwargs)

        return wait

    def _clock_for(self, waiter: Any) -> Clock | None:
        fake = self._current()
        client = getattr(getattr(waiter._operation_method, "_client_method", None), "__self__", None)
        if fake is None or client is None or client.meta.service_model.service_name != "s3":
            return None
        return None if fake.passes(urlsplit(client.meta.endpoint_url).netloc) else fake.service.clock


def _wait_by(clock: Clock, waiter: Any, really: Any, given: dict[str, Any]) -> Any:
    """Wait by a clock. Between two looks the waiter's delay passes on it."""
    config = dict(given.get("WaiterConfig", {}))
    delay = config.get("Delay", waiter.config.delay)
    look, looked = waiter._operation_method, False

    def pass_time_and_look(**kwargs: Any) -> Any:
        nonlocal looked
        if looked:
            clock.pass_time(delay)
        looked = True
        return look(**kwargs)

    twin = copy(waiter)
    twin._operation_method = pass_time_and_look
    return really(twin, **{**given, "WaiterConfig": {**config, "Delay": 0}})


class RateDoor(Door):
    """Lets no time pass for real until the rate of adaptive retries allows a request."""

    module = "botocore.retries.bucket"
    class_name = "TokenBucket"

    def replacements(self, module: Any) -> Replacements:
        """Return the method that takes a token; aiobotocore has a class of its own since 2.22 only."""
        bucket = getattr(module, self.class_name, None)
        if bucket is not None:
            yield bucket, "acquire", self.replace_again(self.class_name, bucket.acquire, self.replace)

    def replace(self, really: Any) -> Any:
        """Return the method that takes a token, and waits for it first; aiobotocore's returns an awaitable."""

        @wraps(really)
        def acquire(bucket: Any, amount: int = 1, block: bool = True) -> Any:
            fake = self._current()
            if fake is not None and block:
                _fill(bucket, amount, fake.service.clock)
            return really(bucket, amount, block)

        return acquire


def _fill(bucket: Any, amount: int, clock: Clock) -> None:
    """Let the time pass on a clock in which a bucket gets enough tokens."""
    bucket._refill()
    wait = (amount - bucket._current_capacity) / bucket._fill_rate
    if wait > 0:
        clock.pass_time(wait)
        bucket._last_timestamp -= wait


def wait_by_clock(client: Any, clock: Clock) -> None:
    """Let one client, and its waiters, wait by this clock, whether or not fakes are entered."""
    endpoint = client._endpoint
    endpoint._needs_retry = lambda *args, **kwargs: type(endpoint)._needs_retry(
        _with_clock(endpoint, lambda: clock), *args, **kwargs
    )
    client.get_waiter = _make_waiters(client.get_waiter, clock)


def _make_waiters(get_waiter: Callable[[str], Any], clock: Clock) -> Callable[[str], Any]:
    def get(waiter_name: str) -> Any:
        waiter = get_waiter(waiter_name)
        really = type(waiter).wait
        waiter.wait = MethodType(lambda self, **given: _wait_by(clock, self, really, given), waiter)
        return waiter

    return get
