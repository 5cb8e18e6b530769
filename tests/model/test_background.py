"""What S3 will do by itself: each kind of work is due once, the earliest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.background import IDLE, Background, Due

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours))
WORK = st.sampled_from(["lifecycle", "logging", "replication"])


def test_the_earlier_of_two_moments_counts() -> None:
    later = START + timedelta(hours=1)
    assert (Due(START, "logging"),) == IDLE.with_due("logging", later).with_due("logging", START).due
    due = IDLE.with_due("logging", START)
    assert due is due.with_due("logging", later)


def test_rescheduled_work_is_due_at_that_moment_only() -> None:
    later = START + timedelta(hours=1)
    assert (Due(later, "logging"),) == IDLE.with_due("logging", START).rescheduled("logging", later).due
    assert IDLE == IDLE.with_due("logging", START).rescheduled("logging", None)


@given(st.lists(st.tuples(WORK, MOMENTS, st.booleans())))
def test_each_kind_of_work_stands_once_and_the_earliest_first(changes: list[tuple[str, datetime, bool]]) -> None:
    background: Background = IDLE
    for work, at, is_moved in changes:
        background = background.rescheduled(work, at) if is_moved else background.with_due(work, at)
    assert list(background.due) == sorted(background.due)
    assert len(background.due) == len({each.work for each in background.due})
