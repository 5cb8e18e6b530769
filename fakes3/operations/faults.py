"""Faults: S3 fails where a test says so, so that the client's own retries and checks run.

A fault says which calls it is for, on which of them it happens, and what goes wrong. It is chosen when the operation
and its members are known, before the operation is done. What then goes wrong is done by `wire/faults.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from hashlib import blake2b
from itertools import count
from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict, Unpack

from fakes3.model.error_codes import BY_CODE
from fakes3.model.errors import S3Error, UsageError
from fakes3.model.identity import Principal

Moment = Literal["before", "after"]

_MOMENTS = ("before", "after")


class Asked(NamedTuple):
    """A call, as far as it is known before it is done."""

    operation: str
    """The API's name of the operation."""
    parameters: Mapping[str, Any]
    """The members of the request."""
    principal: Principal


@dataclass(frozen=True)
class Effect:
    """What goes wrong. `Faults.add` says what each of them means."""

    error: str | None = None
    status: int | None = None
    message: str | None = None
    applied: bool = False
    retry_after: int | None = None
    delay: float = 0
    real_time: bool = False
    drop: Moment | None = None
    time_out: Moment | None = None
    truncate: int | None = None
    corrupt: bool = False

    def make_error(self) -> S3Error | None:
        """Return the error with which S3 answers; None if it answers with none."""
        if self.error is None:
            return None
        known = BY_CODE[self.error]
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        error = known(self.message, headers=headers, reason=_REASON)
        if self.status is not None:
            error.status = self.status  # type: ignore[misc]  # of this one answer
        return error


_REASON = "a fault that the test added. To remove all of them, call s3.faults.clear()."
_EFFECTS = {each.name: each.default for each in fields(Effect)}


class EffectOptions(TypedDict, total=False):
    """The members of an effect, as `Faults.add` takes them."""

    error: str
    status: int
    message: str
    applied: bool
    retry_after: int
    delay: float
    real_time: bool
    drop: Moment
    time_out: Moment
    truncate: int
    corrupt: bool


class Facts(NamedTuple):
    """What makes a fault, as far as another process can know it."""

    effect: Effect
    operations: frozenset[str] | None
    bucket: str | None
    key: str | None
    after: int
    every: int
    times: int | None
    probability: float
    name: str
    """Tells the faults of one fake apart."""


Counts: TypeAlias = tuple[int, int, int]
"""How often a fault has matched, was drawn, and has happened."""


@dataclass(eq=False)
class Fault:
    """A fault that was added. As a context manager it is removed at the end of the block."""

    effect: Effect
    operations: frozenset[str] | None
    bucket: str | None
    key: str | None
    when: Callable[[Asked], bool] | None
    after: int
    every: int
    times: int | None
    probability: float
    _seed: str
    _faults: Faults
    _seen: count[int] = field(default_factory=count)
    _drawn: count[int] = field(default_factory=count)
    happened: int = 0
    """How often it has happened."""

    def happens(self, asked: Asked) -> bool:
        """Whether it happens to this call, which is counted if it matches."""
        if not self._matches(asked):
            return False
        number = next(self._seen) - self.after
        if number < 0 or (number + 1) % self.every or self._chance(number) >= self.probability:
            return False
        if self.times is not None and next(self._drawn) >= self.times:
            return False
        self.happened += 1
        return True

    def _matches(self, asked: Asked) -> bool:
        members = asked.parameters
        return (
            (self.operations is None or asked.operation in self.operations)
            and (self.bucket is None or fnmatchcase(members.get("Bucket") or "", self.bucket))
            and (self.key is None or fnmatchcase(members.get("Key") or "", self.key))
            and (self.when is None or bool(self.when(asked)))
        )

    def _chance(self, number: int) -> float:
        """Return a number from 0 to below 1, which depends on the seed of the fake and on the number of the match."""
        digest = blake2b(f"{self._seed}:{number}".encode(), digest_size=6).digest()
        return int.from_bytes(digest) / (1 << 48)

    def remove(self) -> None:
        """Let it happen no more."""
        self._faults.remove(self)

    @property
    def facts(self) -> Facts:
        """What makes it, but for a function."""
        what = self.effect, self.operations, self.bucket, self.key
        return Facts(*what, self.after, self.every, self.times, self.probability, self._seed)

    def read_counts(self) -> Counts:
        """Return how often it has matched and happened by now."""
        counts = next(self._seen), next(self._drawn), self.happened
        self.set_counts(counts)
        return counts

    def set_counts(self, counts: Counts) -> None:
        """Let it have matched and happened so often."""
        seen, drawn, self.happened = counts
        self._seen, self._drawn = count(seen), count(drawn)

    def __enter__(self) -> Fault:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def __repr__(self) -> str:
        said = {name: getattr(self.effect, name) for name in _EFFECTS if getattr(self.effect, name) != _EFFECTS[name]}
        what = ", ".join(f"{name}={value!r}" for name, value in said.items())
        where = "any call" if self.operations is None else ", ".join(sorted(self.operations))
        return f"<fault {what} on {where}: happened {self.happened} times>"


class Faults:
    """The faults of one fake, in the order in which they were added.

    Args:
        seed: The same seed and the same calls have the same faults.
        operations: Returns the names of all operations.
    """

    def __init__(self, seed: int, operations: Callable[[], Iterable[str]]) -> None:
        self._seed = seed
        self._operations = operations
        self._added = count()
        self._faults: tuple[Fault, ...] = ()

    def add(
        self,
        *,
        on: str | Iterable[str] | None = None,
        bucket: str | None = None,
        key: str | None = None,
        when: Callable[[Asked], bool] | None = None,
        after: int = 0,
        every: int = 1,
        times: int | None = None,
        probability: float = 1,
        **effect: Unpack[EffectOptions],
    ) -> Fault:
        """Make S3 fail on purpose, and return the fault. Without the first four arguments every call matches.

        Args:
            on: The operation, such as "PutObject", or several.
            bucket: The name of the bucket; `*` and `?` stand for any characters.
            key: The key of the object; `*` and `?` stand for any characters.
            when: A function of a call, with `.operation`, `.parameters` and `.principal`; returns whether it matches.
            after: How many matching calls pass first.
            every: It happens to each n-th of the following matches.
            times: How often it happens at the most.
            probability: How likely it happens to a match; by the seed of the fake, so a run is like the one before.
            **effect: What goes wrong, one or several of these:

                error: S3's code of an error, such as "SlowDown". With `status=` another status than usual: 200 is what
                CopyObject, UploadPartCopy and CompleteMultipartUpload answer where they fail late. `message=` is
                another text, `retry_after=` the seconds of a Retry-After header. `applied=True` does the operation
                first: it has happened, and the answer says that it has not. "PermanentRedirect" and
                "TemporaryRedirect" lead to the bucket's own endpoint, so a client that follows them gets there.

                delay: Seconds that pass before the answer, on the fake's clock; a frozen clock stays frozen. With
                `real_time=True` the call takes them.

                drop: The connection breaks: "before" the operation is done, or "after" it.

                time_out: No answer comes until the client gives up: "before" or "after" the operation is done.

                truncate: The connection breaks after this many bytes of the body of the answer.

                corrupt: True flips one bit: of the body that an upload sends, else of the body of the answer.

        Raises: UsageError, for a fault that cannot happen.

        Example:
            >>> from fakes3 import FakeS3
            >>> s3 = FakeS3()
            >>> s3.faults.add(error="SlowDown", on="ListBuckets", times=1)
            <fault error='SlowDown' on ListBuckets: happened 0 times>
            >>> s3.client().list_buckets()["ResponseMetadata"]["RetryAttempts"]
            1
        """
        operations = None if on is None else frozenset([on] if isinstance(on, str) else on)
        _check_operations(operations, frozenset(self._operations()))
        _check_counts(after, every, times, probability)
        number = f"{self._seed}:{next(self._added)}"
        made = _read_effect(effect)
        fault = Fault(made, operations, bucket, key, when, after, every, times, probability, number, self)
        self.append(fault)
        return fault

    def append(self, fault: Fault) -> None:
        """Let a fault happen from now on."""
        self._faults += (fault,)

    def adopt(self, facts: Facts) -> Fault:
        """Return a fault that was added in another process."""
        what = facts.effect, facts.operations, facts.bucket, facts.key, None
        return Fault(*what, facts.after, facts.every, facts.times, facts.probability, facts.name, self)

    def set(self, faults: Iterable[tuple[Facts, Counts]]) -> None:
        """Let these be all the faults."""
        adopted = [(self.adopt(facts), counts) for facts, counts in faults]
        for fault, counts in adopted:
            fault.set_counts(counts)
        self._faults = tuple(fault for fault, _ in adopted)

    def leave_names(self, number: int) -> None:
        """Leave so many names of faults to another process. All that is set keeps its name."""
        taken = [int(fault.facts.name.rpartition(":")[2]) for fault in self._faults]
        self._added = count(max(number, *taken, -1) + 1)

    def remove(self, fault: Fault) -> None:
        """Let a fault happen no more."""
        self._faults = tuple(each for each in self._faults if each is not fault)

    def clear(self) -> None:
        """Remove all faults."""
        self._faults = ()

    def keep(self) -> Callable[[], None]:
        """Return what puts the faults back as they are now, with how often each has matched and happened."""
        faults, counts, added = self._faults, [fault.read_counts() for fault in self._faults], next(self._added)

        def put_back() -> None:
            self._faults, self._added = faults, count(added)
            for fault, each in zip(faults, counts, strict=True):
                fault.set_counts(each)

        put_back()
        return put_back

    def choose(self, asked: Asked) -> list[Effect]:
        """Return what goes wrong with a call, in the order in which the faults were added."""
        return [fault.effect for fault in self._faults if fault.happens(asked)]

    def __len__(self) -> int:
        return len(self._faults)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def __repr__(self) -> str:
        return f"<Faults: {len(self)}>"


def _check(holds: bool, problem: str, remedy: str) -> None:
    if not holds:
        raise UsageError(f"{problem} {remedy}")


def _check_operations(operations: frozenset[str] | None, known: frozenset[str]) -> None:
    for name in operations or ():
        _check(
            name in known,
            f"faults.add(on=...) cannot be {name!r}: S3 has no such operation, or fakes3 has not built it.",
            'Give the API\'s name of an operation, such as "PutObject".',
        )


def _check_counts(after: object, every: object, times: object, probability: object) -> None:
    for name, value, least in (("after", after, 0), ("every", every, 1), ("times", times, 1)):
        _check(
            value is None or (isinstance(value, int) and value >= least),
            f"faults.add({name}=...) cannot be {value!r}.",
            f"Give a whole number from {least} on.",
        )
    _check(
        isinstance(probability, int | float) and 0 <= probability <= 1,
        f"faults.add(probability=...) cannot be {probability!r}.",
        "Give a number from 0 to 1.",
    )


def _read_effect(given: Mapping[str, Any]) -> Effect:
    """Return what goes wrong. Raises: UsageError, where nothing does, or where it cannot."""
    names = ", ".join(f"{each}=" for each in _EFFECTS)
    for name in given:
        _check(name in _EFFECTS, f"faults.add() has no argument {name}=.", f"Give some of {names}.")
    effect = Effect(**given)
    for name in ("delay", "truncate", "retry_after"):
        value = getattr(effect, name)
        _check(
            value is None or (isinstance(value, int | float) and value >= 0),
            f"faults.add({name}=...) cannot be {value!r}.",
            "Give a number from 0 on.",
        )
    kinds = [name for name in ("error", "drop", "time_out", "truncate") if getattr(effect, name) is not None]
    _check(
        len(kinds) <= 1,
        f"A call cannot have both {' and '.join(f'{each}=' for each in kinds)}.",
        "Add a fault for each, and tell the calls apart by times= and after=.",
    )
    _check(
        bool(kinds) or effect.corrupt or effect.delay > 0,
        "This fault lets nothing go wrong.",
        'Say what does, for example error="SlowDown" or drop="after".',
    )
    _check(
        effect.error is None or effect.error in BY_CODE,
        f"faults.add(error=...) cannot be {effect.error!r}, which is no error of S3.",
        'Give a code of S3, such as "SlowDown", "InternalError" or "NoSuchKey".',
    )
    for name in ("status", "message", "retry_after"):
        _check(
            effect.error is not None or getattr(effect, name) is None,
            f"faults.add({name}=...) belongs to an error.",
            'Give error= too, for example error="SlowDown".',
        )
    _check(
        effect.error is not None or not effect.applied,
        "faults.add(applied=True) belongs to an error.",
        'Give error= too, or drop="after" for an answer that is lost.',
    )
    for name in ("drop", "time_out"):
        _check(
            getattr(effect, name) in (None, *_MOMENTS),
            f"faults.add({name}=...) cannot be {getattr(effect, name)!r}.",
            'Give "before" (the operation is not done) or "after" (it is).',
        )
    is_real_delay = effect.delay > 0 or not effect.real_time
    _check(is_real_delay, "faults.add(real_time=True) belongs to a delay.", "Give delay= too, in seconds.")
    return effect
