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
from fakes3.model.lifecycle_run import DAY, HIDE, Done, Ran, is_colder, next_run, run_lifecycle
from fakes3.model.versions import Attributes, DeleteMarker, Version, Versioning, Versions

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
        bucket = bucket_of(versions, versioning, *rules)
        first = Ran(bucket, sequence)
        done: list[Done] = []
        stepwise, since, now = first, next_run(at), at
        for step in hours:
            now += timedelta(hours=step)
            stepwise = run(stepwise, since, now)
            since = next_run(now)
            done += stepwise.done
        at_once = run(first, next_run(at), now)
        assert shown(at_once.bucket) == shown(stepwise.bucket)
        assert [(each.at, each.key, each.to) for each in at_once.done] == [
            (each.at, each.key, each.to) for each in done
        ]
        assert at_once.bucket is run(at_once, next_run(now), now).bucket


def run(before: Ran, since: datetime, now: datetime) -> Ran:
    """What the runs up to a moment make of a bucket."""
    if now < since:
        return Ran(before.bucket, before.sequence)
    return run_lifecycle(before.bucket, since=since, now=now, ids=IDS, sequence=before.sequence)


def shown(bucket: Bucket) -> list[tuple[str, datetime, str]]:
    """The entries of a bucket, newest first, without what tells their order among all commits."""
    return [
        (key, entry.last_modified, entry.attributes.storage_class if isinstance(entry, Version) else "marker")
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
        older, sequence, done = run_lifecycle(bucket, since=START + DAY, now=START + DAY, ids=IDS, sequence=2)
        markers = [entry for _, entry in older.versions.past.items() if isinstance(entry, DeleteMarker)]
        assert 4 == sequence
        assert [IDS.version_id(3), IDS.version_id(4)] == [marker.id for marker in markers]
        assert bucket.owner == markers[0].owner
        assert [(START + DAY, "cat", markers[0], HIDE), (START + DAY, "dog", markers[1], HIDE)] == list(done)

    def test_what_is_not_due_is_the_same_bucket(self) -> None:
        bucket = bucket_of(Versions().written("cat", version(1, START), None), None, rule(Expiration={"Days": 2}))
        assert Ran(bucket, 1) == run_lifecycle(bucket, since=START + DAY, now=START + DAY, ids=IDS, sequence=1)
