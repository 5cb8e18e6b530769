"""The runs of lifecycle, and the laws of what time makes of a bucket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL, Ids
from fakes3.model.configurations import LIFECYCLE, VERSIONING, Document
from fakes3.model.lifecycle_run import DAY, is_colder, next_run, run_lifecycle
from fakes3.model.versions import Attributes, DeleteMarker, Version, Versioning, Versions
from fakes3.model.world import World

START = datetime(2026, 1, 1, tzinfo=UTC)
IDS = Ids(0)


def version(sequence: int, at: datetime) -> Version:
    return Version(sequence, IDS.version_id(sequence), at, "1" * 12, Rope.of(b"x"), "etag", None, Attributes())


def bucket_of(versions: Versions, versioning: Versioning | None, *rules: Document) -> Bucket:
    bucket = Bucket("pictures", "1" * 12, "us-east-1", START, versions=versions)
    if versioning is not None:
        bucket = bucket.configure(VERSIONING, {"Status": versioning})
    return bucket.configure(LIFECYCLE, {"Rules": rules})


def rule(**actions: Any) -> Document:
    """A rule for all objects, or for those of its Filter."""
    return {"ID": "rule", "Status": "Enabled", "Filter": {}, **actions}


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


class TestWorld:
    """A world knows when lifecycle runs next, and asks nothing of buckets before."""

    def test_without_rules_nothing_is_ever_due(self) -> None:
        world = World()
        assert world is world.run_lifecycle(START + 1000 * DAY, IDS)

    def test_a_run_without_effect_is_no_commit(self) -> None:
        world = World().with_bucket(bucket_of(Versions(), None)).with_lifecycle(START)
        later = world.run_lifecycle(START + 3 * DAY, IDS)
        assert (world.sequence, START + 4 * DAY) == (later.sequence, later.lifecycle_due)
        assert world.buckets is later.buckets

    def test_commits_keep_the_next_run(self) -> None:
        world = World().with_lifecycle(START)
        bucket = bucket_of(Versions(), None)
        assert (
            next_run(START)
            == world.with_bucket(bucket).lifecycle_due
            == world.with_bucket(bucket).without_bucket("x").lifecycle_due
        )


def histories() -> st.SearchStrategy[list[tuple[str, int]]]:
    return st.lists(st.tuples(st.sampled_from(["put", "delete"]), st.integers(0, 50)), max_size=6)


def actions(name: str, strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.just({}) | strategy.map(lambda action: {name: action})


RULES = st.builds(
    lambda expiration, noncurrent, move: rule(**expiration, **noncurrent, **move),
    actions(
        "Expiration",
        st.integers(1, 5).map(lambda days: {"Days": days})
        | st.just({"ExpiredObjectDeleteMarker": True})
        | st.just({"Date": START + 4 * DAY}),
    ),
    actions(
        "NoncurrentVersionExpiration",
        st.fixed_dictionaries(
            {"NoncurrentDays": st.integers(1, 4)}, optional={"NewerNoncurrentVersions": st.integers(1, 2)}
        ),
    ),
    st.just({})
    | st.integers(1, 5).map(
        lambda days: {
            "Filter": {"ObjectSizeGreaterThan": 0},
            "Transitions": [{"Days": days, "StorageClass": "GLACIER"}],
        }
    ),
)


class TestLaws:
    """What time makes of a bucket depends on how much of it passes, not on how often anybody looks."""

    @given(
        histories(),
        st.lists(RULES, min_size=1, max_size=3),
        st.sampled_from([None, Versioning.ENABLED, Versioning.SUSPENDED]),
        st.lists(st.integers(1, 100), max_size=8),
    )
    def test_steps_add_up(
        self, history: list[tuple[str, int]], rules: list[Document], versioning: Versioning | None, hours: list[int]
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
        world = World().with_bucket(bucket_of(versions, versioning, *rules)).with_lifecycle(at)
        world = World(world.buckets, max(sequence, world.sequence), world.lifecycle_due)
        stepwise, now = world, at
        for step in hours:
            now += timedelta(hours=step)
            stepwise = stepwise.run_lifecycle(now, IDS)
        at_once = world.run_lifecycle(now, IDS)
        assert shown(at_once) == shown(stepwise)
        assert at_once is at_once.run_lifecycle(now, IDS)


def shown(world: World) -> list[tuple[str, datetime, str]]:
    """The entries of every bucket, newest first, without what tells their order among all commits."""
    return [
        (key, entry.last_modified, entry.attributes.storage_class if isinstance(entry, Version) else "marker")
        for bucket in world.buckets.values()
        for key, entry in bucket.versions.scan(("", 0))
    ]


class TestRun:
    """The runs take sequence numbers as commits do."""

    def test_delete_markers_have_ids_of_their_own(self) -> None:
        daily = rule(Expiration={"Days": 1})
        versions = Versions()
        for number, key in enumerate(("cat", "dog"), 1):
            versions = versions.written(key, version(number, START), Versioning.ENABLED)
        bucket = bucket_of(versions, Versioning.ENABLED, daily)
        older, sequence = run_lifecycle(bucket, since=START + DAY, now=START + DAY, ids=IDS, sequence=2)
        markers = [entry for _, entry in older.versions.past.items() if isinstance(entry, DeleteMarker)]
        assert 4 == sequence
        assert [IDS.version_id(3), IDS.version_id(4)] == [marker.id for marker in markers]
        assert bucket.owner == markers[0].owner

    def test_what_is_not_due_is_the_same_bucket(self) -> None:
        bucket = bucket_of(Versions().written("cat", version(1, START), None), None, rule(Expiration={"Days": 2}))
        assert (bucket, 1) == run_lifecycle(bucket, since=START + DAY, now=START + DAY, ids=IDS, sequence=1)
