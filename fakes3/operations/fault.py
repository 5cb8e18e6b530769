"""One fault: which calls it is for, on which of them it happens, and what goes wrong.

This is imported with the first fault that a test adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from hashlib import blake2b
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypedDict, cast

from fakes3.model.error_codes import BY_CODE
from fakes3.model.errors import S3Error, UsageError

if TYPE_CHECKING:
    from fakes3.operations.faults import Asked, Faults

Moment = Literal["before", "after"]

_MOMENTS = ("before", "after")


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


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < inf


def _is_status(value: object) -> bool:
    return _is_count(value) and 200 <= cast(int, value) <= 599


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_SWITCH = "Give True or False."
_COUNT = "Give a whole number from 0 on."
_KINDS: tuple[tuple[str, Callable[[object], bool], str], ...] = (
    ("status", _is_status, "Give the status of a response, from 200 to 599."),
    ("message", _is_text, "Give a text."),
    ("applied", _is_switch, _SWITCH),
    ("retry_after", _is_count, _COUNT),
    ("delay", _is_seconds, "Give a number of seconds from 0 on."),
    ("real_time", _is_switch, _SWITCH),
    ("truncate", _is_count, _COUNT),
    ("corrupt", _is_switch, _SWITCH),
)
"""What each value of an effect has to be, and the remedy where it is not."""

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


def _check(holds: bool, problem: str, remedy: str) -> None:
    if not holds:
        raise UsageError(f"{problem} {remedy}")


def read_operations(given: object, known: frozenset[str]) -> frozenset[str] | None:
    """Return the operations that `on=` names; None for all. Raises: UsageError, where S3 has no such operation."""
    if given is None:
        return None
    names: list[Any] = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    remedy = 'Give the API\'s name of an operation, such as "PutObject".'
    _check(bool(names), "faults.add(on=...) was given no operation.", remedy)
    for name in names:
        _check(
            isinstance(name, str) and name in known,
            f"faults.add(on=...) cannot be {name!r}: S3 has no such operation, or fakes3 has not built it.",
            remedy,
        )
    return frozenset(names)


def check_place(bucket: object, key: object, when: object) -> None:
    """Refuse what could match no call. Raises: UsageError."""
    for name, value in (("bucket", bucket), ("key", key)):
        _check(
            value is None or isinstance(value, str),
            f"faults.add({name}=...) cannot be {value!r}.",
            "Give its text, in which * and ? stand for any characters.",
        )
    _check(
        when is None or callable(when),
        f"faults.add(when=...) cannot be {when!r}.",
        'Give a function of a call, such as lambda call: call.parameters["Key"] == "may.txt".',
    )


def check_counts(after: object, every: object, times: object, probability: object) -> None:
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


def _check_kinds(effect: Effect) -> None:
    """Refuse values of another kind than an effect has. Raises: UsageError."""
    for name, holds, remedy in _KINDS:
        value = getattr(effect, name)
        if value is not None:
            _check(holds(value), f"faults.add({name}=...) cannot be {value!r}.", remedy)


def read_effect(given: Mapping[str, Any]) -> Effect:
    """Return what goes wrong. Raises: UsageError, where nothing does, or where it cannot."""
    names = ", ".join(f"{each}=" for each in _EFFECTS)
    for name in given:
        _check(name in _EFFECTS, f"faults.add() has no argument {name}=.", f"Give some of {names}.")
    effect = Effect(**given)
    _check_kinds(effect)
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
