"""Intelligent tiering: when an object that nobody reads moves to which archive access tier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL
from fakes3.model.lifecycle_rules import Conditions
from fakes3.model.storage_classes import ARCHIVE_ACCESS, DEEP_ARCHIVE_ACCESS, INTELLIGENT_TIERING, Archive
from fakes3.model.tierings import SMALLEST, Tierings, is_monitored, latest_run, moves_of, next_look, tierings_of
from fakes3.model.versions import Attributes, Version

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 2, tzinfo=UTC)
CONTENT = Rope.of(b"x" * SMALLEST)


def version(content: Rope = CONTENT, storage_class: str = INTELLIGENT_TIERING, **since: Any) -> Version:
    attributes = Attributes(storage_class=storage_class)
    return Version(1, NULL, START, "1" * 12, content, "etag", None, attributes).became(**since)


def days(archive: int | None = None, deep: int | None = None) -> Tierings:
    """Return a configuration for all objects."""
    stated = {ARCHIVE_ACCESS: archive, DEEP_ARCHIVE_ACCESS: deep}
    return Tierings(Conditions(), {tier: after for tier, after in stated.items() if after is not None})


def moves(version: Version, *rules: Tierings, since: datetime = START) -> list[tuple[int, str]]:
    """Return when a version moves, in days after the first midnight, and where to."""
    return [((at - MIDNIGHT).days, tier) for at, tier in moves_of("cat", version, rules, since)]


class TestMoves:
    """An object moves at the first midnight after the days without access."""

    def test_to_one_tier_and_then_to_the_other(self) -> None:
        assert [(90, ARCHIVE_ACCESS), (180, DEEP_ARCHIVE_ACCESS)] == moves(version(), days(90, 180))

    def test_counted_from_the_last_access(self) -> None:
        assert [(100, ARCHIVE_ACCESS)] == moves(version(accessed=START + timedelta(10)), days(90))

    def test_the_fewest_days_count(self) -> None:
        assert [(90, ARCHIVE_ACCESS), (200, DEEP_ARCHIVE_ACCESS)] == moves(version(), days(100, 200), days(90, 300))

    def test_past_the_upper_tier_where_the_deep_one_comes_first(self) -> None:
        assert [(180, DEEP_ARCHIVE_ACCESS)] == moves(version(), days(365), days(None, 180))

    def test_not_before_a_configuration_was_made(self) -> None:
        since = MIDNIGHT + timedelta(365)
        assert [(365, DEEP_ARCHIVE_ACCESS)] == moves(version(), days(90, 180), since=since)

    def test_on_from_the_upper_tier_but_never_back(self) -> None:
        upper, deep = (version(archive=Archive(tier)) for tier in (ARCHIVE_ACCESS, DEEP_ARCHIVE_ACCESS))
        assert [(180, DEEP_ARCHIVE_ACCESS)] == moves(upper, days(90, 180))
        assert [] == moves(deep, days(90, 180))

    def test_again_after_it_was_brought_back(self) -> None:
        back = version(archive=Archive(ARCHIVE_ACCESS, ready=START + timedelta(365)))
        assert [(365 + 90, ARCHIVE_ACCESS)] == moves(back, days(90))

    def test_no_object_that_is_small_or_of_another_class(self) -> None:
        assert [] == moves(version(Rope.of(b"x" * (SMALLEST - 1))), days(90))
        assert [] == moves(version(storage_class="STANDARD"), days(90))

    def test_only_those_that_a_configuration_selects(self) -> None:
        assert [] == moves(version(), days(90)._replace(conditions=Conditions(prefix="dogs/")))

    def test_without_a_configuration(self) -> None:
        assert [] == moves(version())
        assert next_look("cat", version(), (), START) is None


ARCHIVING = st.none() | st.integers(90, 730)
DEEP = st.none() | st.integers(180, 730)
RULES = st.lists(st.builds(days, ARCHIVING, DEEP), max_size=3)


@given(RULES, st.integers(0, 1000), st.integers(0, 1000))
def test_moves_go_down_in_order_of_time_and_an_access_never_hastens_them(
    rules: list[Tierings], accessed: int, since: int
) -> None:
    looked = MIDNIGHT + timedelta(since)
    before = {tier: at for at, tier in moves_of("cat", version(), rules, looked)}
    read = version(accessed=START + timedelta(accessed))
    found = list(moves_of("cat", read, rules, looked))
    after = {tier: at for at, tier in found}
    assert found == sorted(found)
    assert [tier for tier in (ARCHIVE_ACCESS, DEEP_ARCHIVE_ACCESS) if tier in after] == [tier for _, tier in found]
    assert all(at >= max(looked, START + timedelta(accessed + 90)) for at, _ in found)
    assert all(after[tier] >= before[tier] for tier in after.keys() & before.keys())
    assert (found[0][0] if found else None) == next_look("cat", read, rules, looked)


@pytest.mark.parametrize("storage_class", ["STANDARD", INTELLIGENT_TIERING])
def test_what_is_written_now_moves_no_earlier_than_the_latest_run(storage_class: str) -> None:
    written = version(storage_class=storage_class)
    assert is_monitored(written) is (storage_class == INTELLIGENT_TIERING)
    assert all(at >= latest_run(START) for at, _ in moves_of("cat", written, [days(90, 180)], START))


def test_a_disabled_configuration_says_nothing() -> None:
    document = {"Id": "all", "Status": "Disabled", "Tierings": [{"AccessTier": ARCHIVE_ACCESS, "Days": 90}]}
    assert tierings_of(document) is None
    assert tierings_of(document | {"Status": "Enabled"}) == days(90)


def test_a_read_does_not_make_it_another_object() -> None:
    assert version(accessed=START + timedelta(1)) == version()
