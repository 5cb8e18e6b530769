"""The calls of a fake: every request so far, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableSequence, Sequence
from typing import overload

from fakes3.operations.service import Recorded


class Calls(Sequence[Recorded]):
    """The requests a fake answered.

    Example:
        >>> from fakes3 import FakeS3
        >>> s3 = FakeS3()
        >>> s3.client().list_buckets()["Buckets"]
        []
        >>> [call.operation for call in s3.calls]
        ['ListBuckets']
    """

    def __init__(self, recorded: MutableSequence[Recorded]) -> None:
        self._recorded = recorded

    def filter(
        self,
        operation: str | None = None,
        *,
        bucket: str | None = None,
        key: str | None = None,
        error: str | None = None,
        where: Callable[[Recorded], bool] | None = None,
    ) -> list[Recorded]:
        """Return the calls that match every given criterion.

        Args:
            operation: The operation's name, such as "PutObject".
            bucket: The bucket's name.
            key: The object's key.
            error: The S3 error code they were refused with.
            where: A function that returns whether a call matches.
        """
        return [
            call
            for call in list(self._recorded)
            if operation in {None, call.operation}
            and bucket in {None, call.parameters.get("Bucket")}
            and key in {None, call.parameters.get("Key")}
            and error in {None, call.error}
            and (where is None or where(call))
        ]

    def count(
        self,
        operation: str | None = None,
        *,
        bucket: str | None = None,
        key: str | None = None,
        error: str | None = None,
        where: Callable[[Recorded], bool] | None = None,
    ) -> int:
        """Return how many calls `filter` returns; all of them without arguments."""
        return len(self.filter(operation, bucket=bucket, key=key, error=error, where=where))

    def clear(self) -> None:
        """Forget all calls so far."""
        self._recorded.clear()

    @overload
    def __getitem__(self, index: int) -> Recorded: ...
    @overload
    def __getitem__(self, index: slice) -> list[Recorded]: ...
    def __getitem__(self, index: int | slice) -> Recorded | list[Recorded]:
        return list(self._recorded)[index] if isinstance(index, slice) else self._recorded[index]

    def __len__(self) -> int:
        return len(self._recorded)

    def __iter__(self) -> Iterator[Recorded]:
        return iter(list(self._recorded))

    def __repr__(self) -> str:
        return f"<Calls: {len(self)}>"
