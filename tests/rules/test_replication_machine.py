"""A bucket and the bucket that it is replicated to, beside a list of entries for each key and a queue.

The machine writes to both, deletes, deletes by version, tags and lets time pass. Replicas stand among the versions of
their bucket in the order of the first writes, whenever they arrive, and every entry is found by its id.

S3: userguide/replication-what-is-isnot-replicated.html
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fakes3.model.bytes_rope import Rope
from fakes3.operations.background import MadeBody
from fakes3.operations.call import Ask
from fakes3.operations.service import Service

from .test_configurations_machine import ROLE, Sent

KEYS = st.sampled_from(["a", "b"])
BUCKETS = st.sampled_from(["src", "dst"])
DELAY = timedelta(minutes=15)


@dataclass
class Entry:
    """A version, or a delete marker."""

    number: int
    id: str
    is_marker: bool = False
    status: str | None = None
    tags: str = ""

    def copied(self) -> Entry:
        return Entry(self.number, self.id, self.is_marker, None if self.is_marker else "REPLICA", self.tags)


@dataclass
class Oracle:
    """What is in both buckets, and what is to be copied."""

    entries: dict[tuple[str, str], list[Entry]] = field(default_factory=dict)
    queue: list[tuple[datetime, str, Entry, bool]] = field(default_factory=list)
    count: int = 0

    def of(self, bucket: str, key: str) -> list[Entry]:
        return self.entries.setdefault((bucket, key), [])

    def add(self, bucket: str, key: str, entry: Entry) -> None:
        self.of(bucket, key).append(entry)
        self.of(bucket, key).sort(key=lambda each: -each.number)

    def find(self, bucket: str, key: str, version_id: str) -> Entry | None:
        return next((each for each in self.of(bucket, key) if each.id == version_id), None)

    def catch_up(self, now: datetime) -> None:
        while self.queue and self.queue[0][0] <= now:
            _, key, entry, is_change = self.queue.pop(0)
            if entry not in self.of("src", key):
                continue
            replica = self.find("dst", key, entry.id)
            if is_change and replica is None:
                entry.status = "FAILED"
                continue
            if is_change and replica is not None:
                replica.tags = entry.tags
            elif replica is None:
                self.add("dst", key, entry.copied())
            entry.status = None if entry.is_marker else "COMPLETED"


class Replicated(RuleBasedStateMachine):
    """Two versioned buckets, of which one is replicated to the other with its delete markers."""

    @initialize()
    def begin(self) -> None:
        self.service = Service()
        self.service.clock.freeze(datetime(2026, 1, 1, tzinfo=UTC))
        self.oracle = Oracle()
        for bucket in ("src", "dst"):
            self.ask("CreateBucket", Bucket=bucket)
            self.ask("PutBucketVersioning", Bucket=bucket, VersioningConfiguration=Sent({"Status": "Enabled"}))
        copied = {"Status": "Enabled", "Filter": {}, "Priority": 1, "DeleteMarkerReplication": {"Status": "Enabled"}}
        document = {"Role": ROLE, "Rules": [copied | {"Destination": {"Bucket": "arn:aws:s3:::dst"}}]}
        self.ask("PutBucketReplication", Bucket="src", ReplicationConfiguration=Sent(document))

    def ask(self, operation: str, **members: Any) -> dict[str, Any]:
        return self.service.perform(Ask(operation, members, self.service.root)).members

    def wrote(self, bucket: str, key: str, version_id: str, *, is_marker: bool = False) -> None:
        self.oracle.count += 1
        entry = Entry(self.oracle.count, version_id, is_marker)
        self.oracle.add(bucket, key, entry)
        if bucket == "src":
            entry.status = None if is_marker else "PENDING"
            self.oracle.queue.append((self.service.clock.now() + DELAY, key, entry, False))

    @rule(bucket=BUCKETS, key=KEYS)
    def put(self, bucket: str, key: str) -> None:
        answer = self.ask("PutObject", Bucket=bucket, Key=key, Body=MadeBody(Rope()))
        self.wrote(bucket, key, answer["VersionId"])

    @rule(bucket=BUCKETS, key=KEYS)
    def delete(self, bucket: str, key: str) -> None:
        answer = self.ask("DeleteObject", Bucket=bucket, Key=key)
        self.wrote(bucket, key, answer["VersionId"], is_marker=True)

    @precondition(lambda self: any(self.oracle.entries.values()))
    @rule(data=st.data())
    def delete_version(self, data: st.DataObject) -> None:
        places = [(*place, each) for place, entries in self.oracle.entries.items() for each in entries]
        bucket, key, entry = data.draw(st.sampled_from(places))
        self.ask("DeleteObject", Bucket=bucket, Key=key, VersionId=entry.id)
        self.oracle.of(bucket, key).remove(entry)

    @precondition(lambda self: any(each.status for one in self.oracle.entries.values() for each in one))
    @rule(data=st.data(), value=st.sampled_from(["x", "y"]))
    def tag(self, data: st.DataObject, value: str) -> None:
        """Tag a version of the source, or a replica: that goes nowhere, since no rule says so."""
        entries = self.oracle.entries.items()
        places = [(*place, each) for place, one in entries for each in one if each.status is not None]
        bucket, key, entry = data.draw(st.sampled_from(places))
        tags = Sent({"TagSet": [{"Key": "t", "Value": value}]})
        self.ask("PutObjectTagging", Bucket=bucket, Key=key, VersionId=entry.id, Tagging=tags)
        if entry.tags != value:
            entry.tags = value
            if entry.status in ("COMPLETED", "FAILED"):
                entry.status = "PENDING"
                self.oracle.queue.append((self.service.clock.now() + DELAY, key, entry, True))

    @rule(minutes=st.integers(1, 20))
    def wait(self, minutes: int) -> None:
        self.service.clock.advance(minutes=minutes)
        self.oracle.catch_up(self.service.clock.now())

    @invariant()
    def lists_agree(self) -> None:
        for bucket in ("src", "dst"):
            entries = self.ask("ListObjectVersions", Bucket=bucket)["Entries"]
            listed = [(each["Key"], each["VersionId"], name == "DeleteMarkers") for name, each in entries]
            expected = [(key, each.id, each.is_marker) for key in ("a", "b") for each in self.oracle.of(bucket, key)]
            assert expected == listed

    @invariant()
    def each_is_found(self) -> None:
        for (bucket, key), entries in self.oracle.entries.items():
            for entry in (each for each in entries if not each.is_marker):
                found = self.ask("HeadObject", Bucket=bucket, Key=key, VersionId=entry.id)
                tags = self.ask("GetObjectTagging", Bucket=bucket, Key=key, VersionId=entry.id)["TagSet"]
                shown = found["VersionId"], found.get("ReplicationStatus"), "".join(each["Value"] for each in tags)
                assert (entry.id, entry.status, entry.tags) == shown


TestReplicated = Replicated.TestCase
IS_LONG = os.environ.get("FAKES3_HYPOTHESIS") == "long"
TestReplicated.settings = settings(max_examples=400 if IS_LONG else 30, stateful_step_count=30)
