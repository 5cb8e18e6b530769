"""The calls of a fake: every request so far, in order."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias, overload

from fakes3.model.errors import UsageError
from fakes3.operations.service import Recorded, Service
from fakes3.testing.tables import html_table, text_table
from fakes3.wire.routing import POST_OBJECT
from fakes3.wire.table import CONTROL, operations

if TYPE_CHECKING:
    from fakes3.model.identity import Principal
    from fakes3.testing.costs import Cost
    from fakes3.testing.identities import Identity

Where: TypeAlias = Callable[[Recorded], bool]


class CallsTable(Iterable[Recorded]):
    """What is told of several calls at once."""

    @property
    def received(self) -> int:
        """How many bytes the bodies of their requests have."""
        return sum(call.received for call in self)

    @property
    def sent(self) -> int:
        """How many bytes the bodies of their responses have."""
        return sum(call.sent for call in self)

    @property
    def spent(self) -> dict[str, int]:
        """How many calls of each operation there are, the most first."""
        return dict(Counter(call.operation for call in self).most_common())

    @property
    def cost(self) -> Cost:
        """What Amazon charges for these requests in us-east-1, in dollars, by its public price list.

        It is an estimate, of requests alone: not of storage, of bytes retrieved or sent out, of lifecycle, replication,
        encryption with KMS or monitoring. Refusals that S3 does not bill are free, as are deletions. Requests whose
        price is not known here are counted apart (`cost.unpriced`): restores, writes of DEEP_ARCHIVE, and reads of it
        and of GLACIER. Requests about the tags or the ACL of an object count as of STANDARD.
        """
        from fakes3.testing.costs import cost_of  # few tests ask

        return cost_of(self)

    def table(self) -> str:
        """Return a table of the calls, one on each line, with the reasons of refusals and the cost below."""
        return f"{table_of(self)}\n{_COST}: {self.cost}"

    def _repr_html_(self) -> str:
        return f"{html_table(_HEAD, _rows(self))}<p>{_COST}: {self.cost}</p>"


class CallList(CallsTable, list[Recorded]):
    """Some of the calls, as `s3.calls.filter` returns them."""

    def __iter__(self) -> Iterator[Recorded]:
        return list.__iter__(self)


class Calls(CallsTable, Sequence[Recorded]):
    """The requests a fake answered: who asked for what, and whether it was refused, but not the response.

    Example:
        >>> from fakes3 import FakeS3
        >>> s3 = FakeS3()
        >>> bucket = s3.create_bucket("pictures", objects={"cat.txt": "meow"})
        >>> text = s3.client().get_object(Bucket="pictures", Key="cat.txt")["Body"].read()
        >>> [call.operation for call in s3.calls]
        ['GetObject']
        >>> print(s3.calls.table())
        #  operation  bucket    key      status  error  received  sent
        1  GetObject  pictures  cat.txt     200                0     4
        cost of requests: $0.0000004
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def _recorded(self) -> deque[Recorded]:
        return self._service.calls

    def filter(
        self,
        operation: str | None = None,
        *,
        bucket: str | None = None,
        key: str | None = None,
        error: str | None = None,
        status: int | None = None,
        principal: Identity | Principal | str | None = None,
        where: Where | None = None,
    ) -> CallList:
        """Return the calls that match every given criterion.

        Args:
            operation: The operation's name, such as "PutObject".
            bucket: The bucket's name.
            key: The object's key.
            error: The S3 error code they were refused with.
            status: The status of the response.
            principal: Who made them: an identity such as `s3.user(...)`, the principal of a call, or an ARN.
            where: A function that returns whether a call matches.

        Raises: UsageError, for what is no principal, and for what is no operation, since a typing error would else
            match no call.
        """
        if operation is not None and not is_operation(operation):
            raise UsageError(
                f'S3 has no operation {operation!r}. Name operations as the API does, such as "PutObject".'
            )
        is_theirs = _made_by(principal)
        return CallList(
            call
            for call in list(self._recorded)
            if operation in {None, call.operation}
            and bucket in {None, call.parameters.get("Bucket")}
            and key in {None, call.parameters.get("Key")}
            and error in {None, call.error}
            and status in {None, call.status}
            and (is_theirs is None or is_theirs(call))
            and (where is None or where(call))
        )

    def count(
        self,
        operation: str | None = None,
        *,
        bucket: str | None = None,
        key: str | None = None,
        error: str | None = None,
        status: int | None = None,
        principal: Identity | Principal | str | None = None,
        where: Where | None = None,
    ) -> int:
        """Return how many calls `filter` returns; all of them without arguments."""
        found = self.filter(
            operation, bucket=bucket, key=key, error=error, status=status, principal=principal, where=where
        )
        return len(found)

    def clear(self) -> None:
        """Forget all calls so far."""
        self._recorded.clear()

    @overload
    def __getitem__(self, index: int) -> Recorded: ...
    @overload
    def __getitem__(self, index: slice) -> CallList: ...
    def __getitem__(self, index: int | slice) -> Recorded | CallList:
        return self._recorded[index] if isinstance(index, int) else CallList(list(self._recorded)[index])

    def __len__(self) -> int:
        return len(self._recorded)

    def __iter__(self) -> Iterator[Recorded]:
        return iter(list(self._recorded))

    def __repr__(self) -> str:
        spent = ", ".join(f"{count} {operation}" for operation, count in self.spent.items())
        return f"<Calls: {len(self)} ({spent})>" if spent else "<Calls: 0>"


def is_operation(name: object) -> bool:
    """Whether calls may have this as their operation: one of S3 or of S3 Control, a form, or the method of none."""
    if not isinstance(name, str):
        return False
    return name in operations() or name in operations(CONTROL) or name == POST_OBJECT or name.isupper()


def _made_by(principal: Identity | Principal | str | None) -> Where | None:
    """Return what tells the calls of a principal; None where it does not matter."""
    if principal is None:
        return None
    from fakes3.testing.least_privilege import arn_of, is_made_by  # it has all identities, and few tests ask

    name = arn_of(principal)
    return lambda call: is_made_by(call, name)


_COST = "cost of requests"
_HEAD = ("#", "operation", "bucket", "key", "status", "error", "received", "sent")


def table_of(calls: Iterable[Recorded], first: int = 1) -> str:
    """Return a table of calls, numbered from `first` on, with the reasons of refusals below."""
    shown = list(calls)
    reasons = [f"{number}: {call.reason}" for number, call in enumerate(shown, first) if call.reason]
    return "\n".join([text_table(_HEAD, _rows(shown, first)), *reasons])


def _rows(calls: Iterable[Recorded], first: int = 1) -> Iterator[tuple[str, ...]]:
    for number, call in enumerate(calls, first):
        bucket, key = (str(call.parameters.get(name, "")) for name in ("Bucket", "Key"))
        facts = str(call.status), call.error or "", str(call.received), str(call.sent)
        yield str(number), call.operation, bucket, key, *facts
