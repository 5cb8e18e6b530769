"""`mock_s3`: everything in this process that talks to S3 talks to a fake, for as long as it is entered.

One object is decorator, context manager (also asynchronous) and a pair of `start` and `stop`. Each entry makes a fresh
fake. Entries may be nested, repeated, left in another order than they were entered, and made from several threads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from types import TracebackType
from typing import Any, TypeVar, cast, overload

from fakes3.doors.door import Endpoint, Entrance
from fakes3.doors.processes import NoPart
from fakes3.model.errors import UsageError
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.testing.decorated import decorated
from fakes3.testing.fake import FakeS3
from fakes3.testing.libraries import doors_by_library

Target = TypeVar("Target", bound=Callable[..., Any])

_NAMED_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""Variables by which AWS's tools are told another endpoint for S3: that endpoint is the fake's."""

_REMOVED = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""Variables that would lead a client past the dummy credentials."""

_MAKING = ("region", "account", "seed", "bucket_defaults", "enforce_iam", "verify_signatures")
"""Options of the fakes that a mock makes."""


@dataclass(eq=False, slots=True)
class Entry:
    """One entry of a mock: the fake that answers, how doors see it, and what stood in the environment before."""

    fake: FakeS3
    endpoint: Endpoint
    before: dict[str, str | None] = field(default_factory=dict)


class _Active:
    """Every entry of the process that has not been left, and what they touched."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.entries: list[Entry] = []
        self.entrance = Entrance(doors_by_library(self._answering, stand_guard))
        self._default_session: Any = None

    def enter(self, entry: Entry, instead_of: Entry | None = None) -> None:
        """Make an entry the one that answers."""
        with self.lock:
            self.entrance.enter(entry.endpoint, instead_of=None if instead_of is None else instead_of.endpoint)
            if not self.entries:
                self._remember_session()
            self.entries.append(entry)
            entry.before = _set_environment(_environment(entry.fake.region))

    def leave(self, entry: Entry) -> None:
        """Take an entry away, wherever in the order of entries it is."""
        with self.lock:
            place = self.entries.index(entry)
            del self.entries[place]
            if place < len(self.entries):
                # What stood before this entry is what the next one will have to put back.
                self.entries[place].before = entry.before
            else:
                _set_environment(entry.before)
            if not self.entries:
                self._restore_session()
            self.entrance.leave(entry.endpoint)

    def current(self) -> FakeS3 | None:
        """The fake that answers this thread or task."""
        endpoint = self.entrance.current()
        with self.lock:
            return next((entry.fake for entry in self.entries if entry.endpoint is endpoint), None)

    def _answering(self) -> Endpoint | None:
        return self.entrance.current()

    def _remember_session(self) -> None:
        boto3: Any = sys.modules.get("boto3")
        # boto3's own session may hold credentials and a region that were found before.
        self._default_session = getattr(boto3, "DEFAULT_SESSION", None)
        if boto3 is not None:
            boto3.DEFAULT_SESSION = None

    def _restore_session(self) -> None:
        boto3: Any = sys.modules.get("boto3")
        if boto3 is not None:
            boto3.DEFAULT_SESSION = self._default_session
        self._default_session = None


def _environment(region: str) -> dict[str, str | None]:
    """What stands in the environment while a fake of this region is entered; None for what must not."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        **dict.fromkeys(_REMOVED),
    }


def _set_environment(wanted: Mapping[str, str | None]) -> dict[str, str | None]:
    """Make the environment so; what of it stood there before."""
    before = {name: os.environ.get(name) for name in wanted}
    for name, value in wanted.items():
        if value is not None:
            os.environ[name] = value
        elif before[name] is not None:
            del os.environ[name]
    return before


def stand_guard(endpoints: tuple[str, ...], passthrough: tuple[str, ...]) -> None:
    """Stop requests for S3 in a process that was spawned under a mock, until it enters one itself."""
    if _ACTIVE.entrance.current() is None:
        _ACTIVE.entrance.enter(NoPart(endpoints, passthrough))


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
        self,
        *,
        fake: FakeS3 | None,
        endpoints: Iterable[str],
        passthrough: Iterable[str],
        direct: bool,
        **made: Any,
    ) -> None:
        self._given = fake
        self._made = made
        self._endpoints = tuple(endpoints)
        self._passthrough = tuple(passthrough)
        self._direct = direct
        self._open: list[Entry] = []
        if fake is None:
            FakeS3(**made)  # a wrong option is told where it is written, not where it is used

    def start(self) -> FakeS3:
        """Enter; what `with` does, for `setUp` and the like."""
        entry = self._enter(self._given or FakeS3(**self._made))
        with _ACTIVE.lock:
            self._open.append(entry)
        return entry.fake

    def stop(self) -> None:
        """Leave the latest entry of this thread or task, or else of all.

        Raises: UsageError, when there is none.
        """
        with _ACTIVE.lock:
            if not self._open:
                raise UsageError("This mock_s3 is not active, so it cannot be stopped. Call start() before stop().")
            mine = [entry for entry in self._open if _ACTIVE.entrance.is_mine(entry.endpoint)]
            entry = (mine or self._open)[-1]
            self._open.remove(entry)
            _ACTIVE.leave(entry)

    @contextmanager
    def entered(self) -> Iterator[FakeS3]:
        """One entry, which is left by whoever leaves this, in whatever thread or task that may be."""
        entry = self._enter(self._given or FakeS3(**self._made))
        try:
            yield entry.fake
        finally:
            self.leave(entry)

    def enter_class(self) -> Entry:
        """Enter for a class of tests."""
        return self._enter(self._given or FakeS3(**self._made))

    def enter_test(self, of_class: Entry | None, test: object) -> Entry:
        """Enter for one test, with a fork of its class's fake; a fake that was given is entered as it is."""
        fake = self._given or (FakeS3(**self._made) if of_class is None else of_class.fake.fork())
        entry = self._enter(fake, instead_of=of_class)
        # An IsolatedAsyncioTestCase runs its tests in a context that it copied when it was made.
        context = getattr(test, "_asyncioTestContext", None)
        if context is not None:
            context.run(_ACTIVE.entrance.adopt, entry.endpoint)
        return entry

    def leave(self, entry: Entry) -> None:
        """Leave one entry."""
        _ACTIVE.leave(entry)

    def _enter(self, fake: FakeS3, instead_of: Entry | None = None) -> Entry:
        named = [os.environ[name] for name in _NAMED_ENDPOINTS if os.environ.get(name)]
        endpoint = Endpoint(
            fake.service,
            endpoints=(*self._endpoints, *named),
            passthrough=self._passthrough,
            direct=self._direct,
        )
        entry = Entry(fake, endpoint)
        _ACTIVE.enter(entry, instead_of)
        return entry

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
        return cast(Target, decorated(target, self))


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

    On a class, `setup_class` or `setUpClass` meets a fake of the class, and each test a fork of that: it finds what
    the class's set-up made, and what it does itself no other test sees.

    Args:
        target: What to decorate, where it is used without parentheses.
        **options: `region` and `account` of plain clients; `seed` of ids; `bucket_defaults`, "2022" for new buckets as
            before April 2023; `enforce_iam`, whether callers who are no known identity are refused;
            `verify_signatures`, whether every signature is verified; `endpoints`, base URLs that are this S3 too;
            `passthrough`, hosts whose requests go out; `fake`, a fake to enter, as it is, instead of fresh ones;
            `direct`, whether boto3's calls are answered above HTTP, which takes a fraction of the time.

    Raises: UsageError, for an option that there is not.

    Example:
        >>> with mock_s3() as s3:
        ...     s3
        <FakeS3 of account 123456789012 in us-east-1: 0 buckets>
    """
    known = {*_MAKING, "endpoints", "passthrough", "fake", "direct"}
    for name in options:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, known, n=1)
            guess = f"Did you mean {near[0]}=?" if near else f"The options are {', '.join(sorted(known))}."
            raise UsageError(f"mock_s3 has no option {name!r}. {guess}")
    mock = MockS3(
        fake=_given(options.pop("fake", None), options),
        endpoints=_several("endpoints", options.pop("endpoints", ())),
        passthrough=_several("passthrough", options.pop("passthrough", ())),
        direct=bool(options.pop("direct", False)),
        **options,
    )
    return mock if target is None else mock(target)


def _given(fake: Any, options: Mapping[str, Any]) -> FakeS3 | None:
    if fake is None:
        return None
    if not isinstance(fake, FakeS3):
        raise UsageError(f"mock_s3(fake=...) cannot enter {fake!r}. Give a FakeS3, such as s3.fork().")
    made = [name for name in _MAKING if name in options]
    if made:
        raise UsageError(
            f"mock_s3(fake=...) enters a fake as it is, so {made[0]}= would be ignored. "
            f"Give {made[0]}= to the FakeS3 when you make it."
        )
    return fake


def _several(name: str, value: Any) -> Iterable[str]:
    if isinstance(value, str):
        raise UsageError(f"mock_s3({name}=...) takes several hosts. Give a list: {name}=[{value!r}].")
    several = tuple(value)
    for each in several:
        if not (isinstance(each, str) and each.strip()):
            raise UsageError(
                f'mock_s3({name}=...) cannot take {each!r} for a host. Give hosts or URLs, such as "http://minio:9000".'
            )
    return several
