"""`mock_s3`: everything in this process that talks to S3 talks to a fake while it is entered.

One object is a decorator, a context manager (also asynchronous) and a pair of `start` and `stop`. Each entry makes a
fresh fake. Entries may be nested, repeated, left in another order than they were entered, and made from several
threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast, overload

from fakes3.doors.endpoint import NAMED_ENDPOINTS, Endpoint
from fakes3.doors.environment import read_variables
from fakes3.model.errors import UsageError
from fakes3.operations.settings import SMALLEST_PART, Settings
from fakes3.testing.decorated import decorate
from fakes3.testing.entries import ENTRIES, Entry, Hold
from fakes3.testing.fake import FakeS3
from fakes3.testing.hosts import read_hosts
from fakes3.testing.nesting import UNSAID, check_nested, check_shared, find_around, find_outer
from fakes3.testing.options import check_settings

Target = TypeVar("Target", bound=Callable[..., Any])

_DEFAULTS = cast(dict[str, Any], FakeS3.__init__.__kwdefaults__)


def current() -> FakeS3:
    """Return the active fake.

    Raises: UsageError, when there is none.
    """
    entry = ENTRIES.current()
    if entry is None:
        raise UsageError("No fake S3 is active. Call fakes3.current() inside @mock_s3 or `with mock_s3():`.")
    return entry.fake


@dataclass(eq=False, repr=False)
class MockS3:
    """A decorator, a context manager and a pair of `start` and `stop`. `mock_s3` makes it."""

    _options: Mapping[str, Any]
    _given: FakeS3 | None
    _endpoints: tuple[str, ...]
    _passthrough: tuple[str, ...]
    _direct: bool | Literal["auto"]
    _nested: str | None
    """None where the test author did not say."""

    _owner: object = field(default_factory=object)
    """What its entries are found by. It is not this object, which may then be gone before they are left."""
    _holds: list[Hold] = field(default_factory=list)

    def start(self) -> FakeS3:
        """Enter, as `with` does, for `setUp` and the like."""
        fake = self.__enter__()
        ENTRIES.latest(self._owner).keeps = self
        return fake

    def stop(self) -> None:
        """Leave the latest entry of this thread or task, or the latest of all if this one has none.

        Raises: UsageError, when it was not started.
        """
        entry = ENTRIES.latest(self._owner)
        (hold,) = (each for each in self._holds if each.entry is entry)
        hold.__exit__()
        self._holds.remove(hold)

    @contextmanager
    def entered(self) -> Iterator[FakeS3]:
        """Enter once. Leaving the context leaves this entry, even from another thread or task."""
        with Hold(self.make_entry()) as entry:
            yield entry.fake

    def make_entry(self, owner: object = None, *, of_class: Entry | None = None) -> Entry:
        """Return an entry of the given fake, that of the mock around, a fork of the class's of a test, or a fresh one.

        Raises: UsageError, for options that a shared fake would not follow.
        """
        hosts = (*self._endpoints, *filter(None, read_variables(NAMED_ENDPOINTS).values()))
        passthrough, direct = self._passthrough, self._direct
        outer = find_outer(self._nested, of_class) if self._given is None else None
        if outer is not None:
            fake, shared = outer.fake, outer.endpoint
            check_shared(fake, {name: self._options[name] for name in self.options_given() if name in self._options})
            hosts, passthrough = (*hosts, *shared.base_hosts), (*passthrough, *shared.passthrough)
            direct = shared.direct if direct == "auto" else direct
        else:
            fake = self._given or (of_class.fake.fork() if of_class is not None else FakeS3(**self._options))
        around = find_around(outer, of_class) if self._given is None else ()
        options: dict[str, Any] = {"endpoints": hosts, "passthrough": passthrough, "direct": direct}
        endpoint = Endpoint(fake.service, **options, around=around)
        return Entry(fake, endpoint, owner, shares=outer is not None)

    def options_given(self) -> list[str]:
        """Return the names of the options that are not left at their defaults."""
        given = [name for name, value in self._options.items() if value != _DEFAULTS[name]]
        others = {"fake": self._given, "endpoints": self._endpoints, "passthrough": self._passthrough}
        return given + [name for name, value in others.items() if value] + ["direct"] * (self._direct != "auto")

    def __enter__(self) -> FakeS3:
        hold = Hold(self.make_entry(self._owner))
        self._holds.append(hold)
        return hold.__enter__().fake

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> FakeS3:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    def __call__(self, target: Target) -> Target:
        """Decorate a function, coroutine function, generator function or class."""
        return cast(Target, decorate(target, self))


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
    bucket_defaults: Literal["today", "2025", "2022"] = ...,
    seed: int = ...,
    fake: FakeS3 | None = ...,
    direct: bool | Literal["auto"] = ...,
    nested: Literal["fresh", "share"] = ...,
    min_part_size: int = ...,
) -> MockS3: ...
def mock_s3(
    target: Any = None,
    /,
    *,
    region: str = "us-east-1",
    account: str = "123456789012",
    enforce_iam: bool = False,
    verify_signatures: bool = False,
    endpoints: Iterable[str] = (),
    passthrough: Iterable[str] = (),
    bucket_defaults: str = "today",
    seed: int = 0,
    fake: FakeS3 | None = None,
    direct: bool | Literal["auto"] = "auto",
    nested: str = UNSAID,
    min_part_size: int = SMALLEST_PART,
) -> Any:
    """Make everything in this process that talks to S3 talk to a fresh, isolated fake.

    On a class, `setup_class` or `setUpClass` has a fake of the class, and each test has a fork of it: the test sees
    what that set-up made, and no other test sees what the test does.

    Args:
        target: The function or class to decorate, when it is used without parentheses.
        region: The region of plain clients and of the buckets they create.
        account: The account that plain clients act for: 12 digits.
        enforce_iam: Whether callers that are no known identity are refused.
        verify_signatures: Whether the signature of every request is verified, and unknown keys are refused.
        endpoints: Hosts or base URLs that are this S3 too, such as "http://minio:9000", with their path if any.
        passthrough: Hosts whose requests go out.
        bucket_defaults: "today"; "2025" for new buckets as before April 2026, which take customers' keys (SSE-C); or
            "2022" for new buckets as before April 2023: ACLs in force, no public access block, no default encryption.
        seed: The same calls with the same seed get the same version ids.
        fake: A fake to enter as it is, instead of a fresh one.
        direct: "auto" answers calls of boto3 and aiobotocore above HTTP, which takes a fraction of the time, unless the
            program could see that nothing is sent: by a listener to sending, a function of its own in the place of
            one of botocore's or aiohttp's, botocore's log, a proxy. True asks for less of that, False never does it.
        nested: "fresh": a mock inside another one has its own fake. "share": it has the fake of the mock around it,
            as with moto. The ini option `s3_nested` and `@pytest.mark.s3(nested=...)` say it for many tests.
        min_part_size: The fewest bytes of a part of a multipart upload, except the last. S3's own are 5 MiB.

    Raises: UsageError, for a value that an option does not take, and for options that exclude each other.

    Example:
        >>> with mock_s3() as s3:
        ...     s3
        <FakeS3 of account 123456789012 in us-east-1: 0 buckets>
    """
    check_nested(nested)
    if not isinstance(direct, bool) and direct != "auto":
        raise UsageError(f'mock_s3(direct=...) cannot be {direct!r}. Give True, False or "auto".')
    options: dict[str, Any] = {"region": region, "account": account, "bucket_defaults": bucket_defaults, "seed": seed}
    options |= {"enforce_iam": enforce_iam, "verify_signatures": verify_signatures, "min_part_size": min_part_size}
    if fake is None:
        # A wrong option raises where it is written.
        check_settings(Settings(account, region, seed, enforce_iam, verify_signatures, bucket_defaults, min_part_size))
    else:
        _check_given(fake, options, nested)
    hosts, ways_out = (
        read_hosts("mock_s3(endpoints=...)", endpoints),
        read_hosts("mock_s3(passthrough=...)", passthrough),
    )
    is_said = None if nested is UNSAID else nested
    mock = MockS3(options, fake, hosts, ways_out, direct, is_said)
    return mock if target is None else mock(target)


def _check_given(fake: object, options: Mapping[str, Any], nested: str) -> None:
    """Refuse what is no fake, and options that a fake entered as it is would not follow."""
    if not isinstance(fake, FakeS3):
        raise UsageError(f"mock_s3(fake=...) cannot enter {fake!r}. Give a FakeS3, such as s3.fork().")
    for name, value in options.items():
        if value != _DEFAULTS[name]:
            raise UsageError(
                f"mock_s3(fake=...) enters a fake as it is, so {name}= would be ignored. "
                f"Give {name}= to the FakeS3 when you make it."
            )
    if nested == "share":
        raise UsageError(
            'mock_s3(fake=...) enters this fake, and nested="share" that of the mock around it. Leave out one of them.'
        )
