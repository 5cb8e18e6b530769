"""`mock_s3`: everything in this process that talks to S3 talks to a fake, for as long as it is entered.

One object is decorator, context manager (also asynchronous) and a pair of `start` and `stop`. Each entry makes a fresh
fake. Entries may be nested, repeated, left in another order than they were entered, and made from several threads.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import unittest
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from contextlib import aclosing
from contextvars import ContextVar
from difflib import get_close_matches
from functools import wraps
from threading import RLock
from types import TracebackType
from typing import Any, NamedTuple, TypeVar, cast, overload

from fakes3.doors.botocore import BotocoreDoor
from fakes3.doors.door import Endpoint, Entrance
from fakes3.doors.requests import RequestsDoor
from fakes3.model.errors import UsageError
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.testing.fake import FakeS3

Target = TypeVar("Target", bound=Callable[..., Any])

_NAMED_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""Variables by which AWS's tools are told another endpoint for S3: that endpoint is the fake's."""

_REMOVED = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""Variables that would lead a client past the dummy credentials."""

_NOT_BUILT = {
    "enforce_iam": False,
    "verify_signatures": False,
    "bucket_defaults": "today",
    "direct": False,
}
"""Options whose only value, so far, is their default."""


class Entry(NamedTuple):
    """One entry of a mock: the fake that answers, and how doors see it."""

    fake: FakeS3
    endpoint: Endpoint


class _Active:
    """Every entry of the process that has not been left, and what they touched."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.entries: list[Entry] = []
        credentials = (ACCESS_KEY_ID, SECRET_ACCESS_KEY)
        self.entrance = Entrance([BotocoreDoor(self._answering, credentials), RequestsDoor(self._answering)])
        self._environment: dict[str, str | None] = {}
        self._default_session: Any = None

    def enter(self, entry: Entry) -> None:
        """Make an entry the one that answers."""
        with self.lock:
            self.entrance.enter(entry.endpoint)
            if not self.entries:
                self._remember()
            self.entries.append(entry)
            self._set_environment(entry)

    def leave(self, entry: Entry) -> None:
        """Take an entry away, wherever in the order of entries it is."""
        with self.lock:
            self.entries.remove(entry)
            self.entrance.leave(entry.endpoint)
            if self.entries:
                self._set_environment(self.entries[-1])
            else:
                self._restore()

    def _answering(self) -> Endpoint | None:
        return self.entrance.current()

    def current(self) -> FakeS3 | None:
        """The fake that answers this thread or task."""
        endpoint = self.entrance.current()
        return next((entry.fake for entry in reversed(self.entries) if entry.endpoint is endpoint), None)

    def _set_environment(self, entry: Entry) -> None:
        os.environ.update(_environment(entry.fake.region))
        for name in _REMOVED:
            os.environ.pop(name, None)

    def _remember(self) -> None:
        touched = (*_environment(""), *_REMOVED)
        self._environment = {name: os.environ.get(name) for name in touched}
        boto3: Any = sys.modules.get("boto3")
        if boto3 is not None:
            # It may hold credentials and a region that were found before.
            self._default_session, boto3.DEFAULT_SESSION = boto3.DEFAULT_SESSION, None

    def _restore(self) -> None:
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        boto3: Any = sys.modules.get("boto3")
        if boto3 is not None:
            boto3.DEFAULT_SESSION, self._default_session = self._default_session, None


def _environment(region: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


_ACTIVE = _Active()


def current() -> FakeS3:
    """The active fake.

    Raises: UsageError, when none is.
    """
    fake = _ACTIVE.current()
    if fake is None:
        raise UsageError("No fake S3 is active. Call fakes3.current() inside @mock_s3 or `with mock_s3():`.")
    return fake


class MockS3:
    """What `mock_s3` answers: a decorator, a context manager and a pair of `start` and `stop`."""

    def __init__(
        self, *, fake: FakeS3 | None, endpoints: Iterable[str], passthrough: Iterable[str], **made: Any
    ) -> None:
        self._given = fake
        self._made = made
        self._endpoints = tuple(endpoints)
        self._passthrough = tuple(passthrough)
        self._open: list[Entry] = []
        self._mine: ContextVar[tuple[Entry, ...]] = ContextVar("fakes3_mock", default=())
        if fake is None:
            FakeS3(**made)  # a wrong option is told where it is written, not where it is used

    def start(self) -> FakeS3:
        """Enter; what `with` does, for `setUp` and the like."""
        fake = self._given or FakeS3(**self._made)
        named = [os.environ[name] for name in _NAMED_ENDPOINTS if os.environ.get(name)]
        endpoint = Endpoint(fake.service, endpoints=(*self._endpoints, *named), passthrough=self._passthrough)
        entry = Entry(fake, endpoint)
        _ACTIVE.enter(entry)
        self._open.append(entry)
        self._mine.set((*self._mine.get(), entry))
        return fake

    def stop(self) -> None:
        """Leave the latest entry of this thread or task, or else of all.

        Raises: UsageError, when there is none.
        """
        with _ACTIVE.lock:
            if not self._open:
                raise UsageError("This mock_s3 is not active, so it cannot be stopped. Call start() before stop().")
            mine = [entry for entry in self._mine.get() if entry in self._open]
            entry = mine.pop() if mine else self._open[-1]
            self._open.remove(entry)
            self._mine.set(tuple(mine))
            _ACTIVE.leave(entry)

    def __enter__(self) -> FakeS3:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> FakeS3:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __call__(self, target: Target) -> Target:
        """Decorate a function, coroutine function, generator function or class."""
        if not callable(target):
            raise UsageError(
                f"mock_s3 cannot decorate {target!r}. Put it on a function or class, or use `with mock_s3():`."
            )
        decorate = _decorated_class if isinstance(target, type) else _decorated
        return cast(Target, decorate(target, self))


def _decorated(function: Any, mock: MockS3) -> Any:
    """The function, each call of which is one entry of the mock."""
    decorated: Any
    if inspect.isasyncgenfunction(function):

        async def decorated(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            async with mock, aclosing(function(*args, **kwargs)) as items:
                async for item in items:
                    yield item

    elif inspect.iscoroutinefunction(function):

        async def decorated(*args: Any, **kwargs: Any) -> Any:
            async with mock:
                return await function(*args, **kwargs)

    elif inspect.isgeneratorfunction(function):

        def decorated(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with mock:
                return (yield from function(*args, **kwargs))

    else:

        def decorated(*args: Any, **kwargs: Any) -> Any:
            with mock:
                return function(*args, **kwargs)

    return wraps(function)(decorated)


def _decorated_class(target: Any, mock: MockS3) -> Any:
    """The class, each of whose tests is one entry of the mock, from its set-up to its tear-down."""
    if issubclass(target, unittest.TestCase):
        target.run = _decorated(target.run, mock)
        return target
    return _with_methods_mocked(target, mock)


def _with_methods_mocked(target: Any, mock: MockS3) -> Any:
    """A class of tests, as pytest runs it: one entry from `setup_method` to `teardown_method`.

    A test method that is called by hand, without them, is an entry of its own.
    """
    for name, method in inspect.getmembers(target, inspect.isfunction):
        if name.startswith("test"):
            setattr(target, name, _decorated_unless_entered(method, mock))
    set_up, tear_down = getattr(target, "setup_method", None), getattr(target, "teardown_method", None)

    def setup_method(self: Any, method: Any = None) -> None:
        mock.start()
        self._fakes3_entered = True
        try:
            _call_with_optional(set_up, self, method)
        except BaseException:
            self._fakes3_entered = False
            mock.stop()
            raise

    def teardown_method(self: Any, method: Any = None) -> None:
        try:
            _call_with_optional(tear_down, self, method)
        finally:
            if self.__dict__.pop("_fakes3_entered", False):
                mock.stop()

    target.setup_method, target.teardown_method = setup_method, teardown_method
    return target


def _decorated_unless_entered(method: Any, mock: MockS3) -> Any:
    entering = _decorated(method, mock)

    @wraps(method)
    def decorated(self: Any, *args: Any, **kwargs: Any) -> Any:
        entered = getattr(self, "_fakes3_entered", False)
        return (method if entered else entering)(self, *args, **kwargs)

    if asyncio.iscoroutinefunction(method):

        @wraps(method)
        async def decorated_coroutine(self: Any, *args: Any, **kwargs: Any) -> Any:
            return await decorated(self, *args, **kwargs)

        return decorated_coroutine
    return decorated


def _call_with_optional(function: Callable[..., None] | None, self: Any, method: Any) -> None:
    """Call a set-up or tear-down, which may take the test's method or not."""
    if function is None:
        return
    if len(inspect.signature(function).parameters) > 1:
        function(self, method)
    else:
        function(self)


@overload
def mock_s3(target: Target, /) -> Target: ...
@overload
def mock_s3(
    *,
    region: str = ...,
    account: str = ...,
    enforce_iam: bool = ...,
    verify_signatures: bool = ...,
    endpoints: Iterable[str] = ...,
    passthrough: Iterable[str] = ...,
    bucket_defaults: str = ...,
    seed: int = ...,
    fake: FakeS3 | None = ...,
    direct: bool = ...,
) -> MockS3: ...
def mock_s3(target: Any = None, /, **options: Any) -> Any:
    """Let everything in this process that talks to S3 talk to a fresh, isolated fake.

    Args:
        target: What to decorate, where it is used without parentheses.
        **options: `region` and `account` of plain clients; `seed` of ids; `endpoints`, base URLs that are this S3
            too; `passthrough`, hosts whose requests go out; `fake`, a fake to enter instead of a fresh one.

    Raises: UsageError, for an option that there is not.

    Example:
        >>> with mock_s3() as s3:
        ...     s3
        <FakeS3 of account 123456789012 in us-east-1: 0 buckets>
    """
    known = {"region", "account", "seed", "endpoints", "passthrough", "fake", *_NOT_BUILT}
    for name in options:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            guess = f"Did you mean {near[0]}=?" if near else f"The options are {', '.join(sorted(known))}."
            raise UsageError(f"mock_s3 has no option {name!r}. {guess}")
    for name, default in _NOT_BUILT.items():
        if options.pop(name, default) != default:
            raise UsageError(f"mock_s3({name}=...) is not modelled yet. Leave {name}= out.")
    mock = MockS3(
        fake=options.pop("fake", None),
        endpoints=_several("endpoints", options.pop("endpoints", ())),
        passthrough=_several("passthrough", options.pop("passthrough", ())),
        **options,
    )
    return mock if target is None else mock(target)


def _several(name: str, value: Any) -> Iterable[str]:
    if isinstance(value, str):
        raise UsageError(f"mock_s3({name}=...) takes several hosts. Give a list: {name}=[{value!r}].")
    return tuple(value)
