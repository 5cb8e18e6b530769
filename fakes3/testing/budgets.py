"""A budget of calls: how many of each operation a block may make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

from fakes3.model.errors import UsageError
from fakes3.operations.service import Service
from fakes3.testing.calls import CallList, is_operation, table_of
from fakes3.testing.tables import text_table

MOST_CALLS = 20
"""How many calls of one operation a failure shows."""


def check_budget(limits: Mapping[str, int], others: int | None) -> None:
    """Refuse what is no budget. Raises: UsageError."""
    for name, most in (*limits.items(), ("others", others)):
        if name != "others" and not is_operation(name):
            raise UsageError(f"S3 has no operation {name!r}. Name operations as the API does: s3.budget(PutObject=10).")
        is_count = type(most) is int and most >= 0
        if not is_count and not (name == "others" and most is None):
            raise UsageError(f"s3.budget({name}=...) cannot be {most!r}. Give a number of calls: s3.budget({name}=10).")


@contextmanager
def budget(service: Service, limits: Mapping[str, int], others: int | None) -> Iterator[CallList]:
    """Fail where the block makes more calls than it may; what it yields are its calls, once it is left.

    Raises: AssertionError, with what was spent on what.
    """
    __tracebackhide__ = True
    before, calls = len(service.calls), CallList()
    yield calls
    calls.extend(islice(list(service.calls), before, None))
    if message := overspent(calls, limits, others):
        raise AssertionError(message)


def overspent(calls: CallList, limits: Mapping[str, int], others: int | None) -> str:
    """Return what was spent on what; empty where it is within the limits."""
    spent = calls.spent
    rest = sum(count for name, count in spent.items() if name not in limits)
    over = [name for name, most in limits.items() if spent.get(name, 0) > most]
    if others is not None and rest > others:
        over += [name for name in spent if name not in limits]
    if not over:
        return ""
    rows = [(name, str(limits.get(name, "")), str(spent.get(name, 0))) for name in {**limits, **spent}]
    if others is not None:
        rows.append(("others", str(others), str(rest)))
    costly = [call for call in calls if call.operation in over]
    more = len(costly) - MOST_CALLS
    table = text_table(("operation", "budget", "spent"), rows)
    lines = ["More calls than the budget allows:", table, "", table_of(costly[:MOST_CALLS])]
    return "\n".join([*lines, f"... and {more} more"] if more > 0 else lines)
