"""Faults: S3 fails where a test says so, so that the client's own retries and checks run.

A fault is chosen when the operation and its members are known, before the operation is done. What a fault says is in
`fault.py`. What then goes wrong is done by `wire/faults.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from fakes3.model.identity import Principal

if TYPE_CHECKING:
    from fakes3.operations.fault import Counts, Effect, EffectOptions, Facts, Fault


class Asked(NamedTuple):
    """A call, as far as it is known before it is done."""

    operation: str
    """The API's name of the operation."""
    parameters: Mapping[str, Any]
    """The members of the request."""
    principal: Principal


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
        from fakes3.operations.fault import Fault, check_counts, check_place, read_effect, read_operations

        operations = read_operations(on, frozenset(self._operations()))
        check_place(bucket, key, when)
        check_counts(after, every, times, probability)
        number = f"{self._seed}:{next(self._added)}"
        made = read_effect(effect)
        fault = Fault(made, operations, bucket, key, when, after, every, times, probability, number, self)
        self.append(fault)
        return fault

    def append(self, fault: Fault) -> None:
        """Let a fault happen from now on."""
        self._faults += (fault,)

    def adopt(self, facts: Facts) -> Fault:
        """Return a fault that was added in another process."""
        from fakes3.operations.fault import Fault

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
