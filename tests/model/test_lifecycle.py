"""Rules of lifecycle as values, and the laws of what time makes of a bucket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL, Ids
from fakes3.model.lifecycle import (
    DAY,
    Expiration,
    Filter,
    LifecycleConfiguration,
    NoncurrentVersionExpiration,
    Rule,
    Transition,
    abortion,
    aged,
    expiration_header,
    is_colder,
    next_run,
)
from fakes3.model.versions import Attributes, DeleteMarker, Version, Versioning, Versions
from fakes3.model.world import World

START = datetime(2026, 1, 1, tzinfo=UTC)
IDS = Ids(0)


def version(sequence: int, at: datetime, size: int = 1, *, tags: tuple[tuple[str, str], ...] = ()) -> Version:
    body = Rope.of(b"x" * size)
    return Version(sequence, IDS.version_id(sequence), at, "1" * 12, body, "etag", None, Attributes(tags=tags))


def bucket_of(versions: Versions, versioning: Versioning | None, *rules: Rule) -> Bucket:
    return Bucket(
        "pictures",
        "1" * 12,
        "us-east-1",
        START,
        versioning=versioning,
        versions=versions,
        lifecycle=LifecycleConfiguration(rules),
    )


class TestRule:
    """A rule matches what meets every one of its conditions."""

    @pytest.mark.parametrize(
        ("conditions", "matches"),
        [
            (Filter(), True),
            (Filter("c"), True),
            (Filter("d"), False),
            (Filter(larger_than=4), False),
            (Filter(larger_than=3), True),
            (Filter(smaller_than=4), False),
            (Filter(smaller_than=5), True),
            (Filter(tags=(("a", "1"),)), True),
            (Filter(tags=(("a", "2"),)), False),
            (Filter(every=Filter("c", (("a", "1"), ("b", "2")), 3, 5)), True),
            (Filter(every=Filter("c", (("a", "1"), ("c", "2")), 3, 5)), False),
        ],
    )
    def test_matches(self, conditions: Filter, matches: bool) -> None:
        entry = version(1, START, 4, tags=(("a", "1"), ("b", "2")))
        assert matches == Rule("rule", True, conditions).matches("cat", entry)

    def test_a_prefix_without_a_filter(self) -> None:
        rule = Rule("rule", True, prefix="c")
        entry = version(1, START)
        assert (True, False) == (rule.matches("cat", entry), rule.matches("dog", entry))

    def test_delete_markers_have_no_tags_and_no_size(self) -> None:
        marker = DeleteMarker(1, NULL, START, None)
        assert not Rule("rule", True, Filter(tags=(("a", "1"),))).matches("cat", marker)
        assert not Rule("rule", True, Filter(larger_than=0)).matches("cat", marker)


class TestColder:
    """Moves go down the waterfall of storage classes, never up."""

    @pytest.mark.parametrize(
        ("to", "than", "expected"),
        [
            ("STANDARD_IA", "STANDARD", True),
            ("STANDARD_IA", "STANDARD_IA", False),
            ("STANDARD_IA", "ONEZONE_IA", False),
            ("GLACIER_IR", "ONEZONE_IA", False),
            ("GLACIER", "ONEZONE_IA", True),
            ("DEEP_ARCHIVE", "GLACIER", True),
            ("GLACIER", "DEEP_ARCHIVE", False),
        ],
    )
    def test_is_colder(self, to: str, than: str, expected: bool) -> None:
        assert expected is is_colder(to, than)


class TestWhatIsTold:
    """What is told ahead is the earliest of all that is due."""

    def test_days_beyond_all_calendars(self) -> None:
        rule = Rule("rule", True, Filter(), expiration=Expiration(days=2**31 - 1))
        told = expiration_header("cat", version(1, START), LifecycleConfiguration((rule,)))
        assert 'expiry-date="Fri, 31 Dec 9999 00:00:00 GMT", rule-id="rule"' == told

    def test_nothing(self) -> None:
        assert expiration_header("cat", version(1, START), None) is None
        assert abortion("cat", START, None) is None


class TestWorld:
    """A world knows when lifecycle runs next, and asks nothing of buckets before."""

    def test_without_rules_nothing_is_ever_due(self) -> None:
        world = World()
        assert world is world.aged(START + 1000 * DAY, IDS)

    def test_a_run_without_effect_is_no_commit(self) -> None:
        world = World().having(bucket_of(Versions(), None)).with_lifecycle(START)
        later = world.aged(START + 3 * DAY, IDS)
        assert (world.sequence, START + 4 * DAY) == (later.sequence, later.lifecycle_due)
        assert world.buckets is later.buckets

    def test_commits_keep_the_next_run(self) -> None:
        world = World().with_lifecycle(START)
        bucket = bucket_of(Versions(), None)
        assert next_run(START) == world.having(bucket).lifecycle_due == world.having(bucket).without("x").lifecycle_due


def histories() -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(st.tuples(st.sampled_from(["put", "delete"]), st.integers(0, 50)), max_size=6)


RULES = st.builds(
    lambda expiration, noncurrent, move: Rule(
        "rule",
        True,
        Filter(larger_than=0) if move else Filter(),
        expiration=expiration,
        noncurrent_expiration=noncurrent,
        transitions=(Transition("GLACIER", days=move),) if move else (),
    ),
    st.none()
    | st.integers(1, 5).map(lambda days: Expiration(days=days))
    | st.just(Expiration(expired_delete_marker=True))
    | st.just(Expiration(date=START + 4 * DAY)),
    st.none()
    | st.tuples(st.integers(1, 4), st.none() | st.integers(1, 2)).map(lambda two: NoncurrentVersionExpiration(*two)),
    st.none() | st.integers(1, 5),
)


class TestAgedLaws:
    """What time makes of a bucket depends on how much of it passes, not on how often anybody looks."""

    @given(
        histories(),
        st.lists(RULES, min_size=1, max_size=3),
        st.sampled_from([None, Versioning.ENABLED, Versioning.SUSPENDED]),
        st.lists(st.integers(1, 100), max_size=8),
    )
    def test_steps_add_up(
        self, history: list[tuple[str, int]], rules: list[Rule], versioning: Versioning | None, hours: list[int]
    ) -> None:
        versions, at, sequence = Versions(), START, 0
        for what, wait in history:
            sequence, at = sequence + 1, at + timedelta(hours=wait)
            one = version(sequence, at)
            if versioning is not Versioning.ENABLED:
                one = Version(sequence, NULL, at, one.owner, one.body, one.etag, None, one.attributes)
            if what == "put":
                versions = versions.written("cat", one, versioning)
            elif versioning is not None:
                versions = versions.hidden("cat", DeleteMarker(sequence, one.id, at, None))
        world = World().having(bucket_of(versions, versioning, *rules)).with_lifecycle(at)
        world = World(world.buckets, max(sequence, world.sequence), world.lifecycle_due)
        stepwise, now = world, at
        for step in hours:
            now += timedelta(hours=step)
            stepwise = stepwise.aged(now, IDS)
        at_once = world.aged(now, IDS)
        assert shown(at_once) == shown(stepwise)
        assert at_once is at_once.aged(now, IDS)


def shown(world: World) -> list[tuple[str, datetime, str]]:
    """The entries of every bucket, newest first, without what tells their order among all commits."""
    return [
        (key, entry.last_modified, entry.attributes.storage_class if isinstance(entry, Version) else "marker")
        for bucket in world.buckets.values()
        for key, entry in bucket.versions.scan(("", 0))
    ]


class TestAged:
    """The runs take sequence numbers as commits do."""

    def test_delete_markers_have_ids_of_their_own(self) -> None:
        rule = Rule("rule", True, Filter(), expiration=Expiration(days=1))
        versions = Versions()
        for number, key in enumerate(("cat", "dog"), 1):
            versions = versions.written(key, version(number, START), Versioning.ENABLED)
        bucket = bucket_of(versions, Versioning.ENABLED, rule)
        older, sequence = aged(bucket, since=START + DAY, now=START + DAY, ids=IDS, sequence=2)
        markers = [entry for _, entry in older.versions.past.items() if isinstance(entry, DeleteMarker)]
        assert 4 == sequence
        assert [IDS.version_id(3), IDS.version_id(4)] == [marker.id for marker in markers]
        assert bucket.owner == markers[0].owner

    def test_what_is_not_due_is_the_same_bucket(self) -> None:
        rule = Rule("rule", True, Filter(), expiration=Expiration(days=2))
        bucket = bucket_of(Versions().written("cat", version(1, START), None), None, rule)
        assert (bucket, 1) == aged(bucket, since=START + DAY, now=START + DAY, ids=IDS, sequence=1)
