"""What records say of events that other rooms' tests do not meet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.event_records import (
    event_bridge_message,
    record_of,
    replication_data,
    restored_data,
    tiering_data,
)
from fakes3.model.events import Event, Origin
from fakes3.model.storage_classes import Restore
from fakes3.model.versions import Attributes, Version

AT = datetime(2026, 9, 21, 9, 30, tzinfo=UTC)
BUCKET = Bucket(name="pictures", owner="111122223333", region="cn-north-1", created=AT)
VERSION = Version(7, "v7", AT, None, Rope.of(b"meow"), "4a4be40c96ac6314e91d93f38043a634", None, Attributes())
ITSELF = Origin("REQUEST", "host", "s3.amazonaws.com")


def event(name: str, data: dict[str, Any], sequence: int = 9, place: int = 0) -> Event:
    return Event(name, BUCKET, "a/b c", VERSION, AT, sequence, place=place, data=data)


class TestIntelligentTiering:
    """S3: userguide/intelligent-tiering-managing.html"""

    def test_record(self) -> None:
        record = record_of(event("IntelligentTiering", tiering_data("ARCHIVE_ACCESS")), ITSELF, "rule")
        assert {"destinationAccessTier": "ARCHIVE_ACCESS"} == record["intelligentTieringEventData"]
        assert {"principalId": "s3.amazonaws.com"} == record["userIdentity"]
        assert {"key": "a/b+c", "size": 4, "eTag": VERSION.etag, "versionId": "v7"} == record["s3"]["object"]
        assert ("cn-north-1", "arn:aws-cn:s3:::pictures") == (record["awsRegion"], record["s3"]["bucket"]["arn"])

    def test_message(self) -> None:
        message = event_bridge_message(event("IntelligentTiering", tiering_data("DEEP_ARCHIVE_ACCESS")), ITSELF, "id")
        assert message is not None
        assert "Object Access Tier Changed" == message["detail-type"]
        assert "DEEP_ARCHIVE_ACCESS" == message["detail"]["destination-access-tier"]


class TestReplication:
    """S3: userguide/replication-metrics-events.html"""

    FAILED = "Replication:OperationFailedReplication"
    DATA = replication_data(
        "rule", "arn:aws:s3:::copies", "OBJECT_PUT", "2026-09-21T09:29:00.000Z", "DstBucketNotFound"
    )

    def test_record(self) -> None:
        record = record_of(event(self.FAILED, self.DATA), ITSELF, "rule")
        assert "replicationEventData" == list(record)[-1]
        assert {"principalId": "s3.amazonaws.com"} == record["userIdentity"]
        assert {"principalId": "111122223333"} == record["s3"]["bucket"]["ownerIdentity"]
        assert ["key", "size", "eTag", "versionId", "sequencer"] == list(record["s3"]["object"])

    def test_event_bridge_gets_none(self) -> None:
        assert event_bridge_message(event(self.FAILED, self.DATA), ITSELF, "id") is None


class TestCopies:
    """S3: userguide/ev-events.html: whether the copy has annotations"""

    COPIED = event("ObjectCreated:Copy", {})

    def test_record(self) -> None:
        about = record_of(self.COPIED, ITSELF, "rule")["s3"]["object"]
        assert ["key", "size", "eTag", "versionId", "hasObjectAnnotation", "sequencer"] == list(about)

    def test_message(self) -> None:
        message = event_bridge_message(self.COPIED, ITSELF, "id")
        assert message is not None
        assert message["detail"]["object"]["has-object-annotation"] is False


class TestSequencers:
    def test_grow_with_the_commits_and_within_one(self) -> None:
        events = [event("ObjectRemoved:Delete", {}, sequence, place) for sequence in (1, 255, 256) for place in (0, 1)]
        sequencers = [record_of(each, ITSELF, "rule")["s3"]["object"]["sequencer"] for each in events]
        assert sorted(set(sequencers)) == sequencers
        assert {18} == set(map(len, sequencers))

    @pytest.mark.parametrize("name", ["Post", "Completed", "Delete"])
    def test_of_restores_are_those_of_the_write(self, name: str) -> None:
        data = restored_data("GLACIER", Restore("Standard", 1, AT, AT))
        written = record_of(event("ObjectCreated:Put", {}, VERSION.sequence), ITSELF, "rule")
        restored = record_of(event(f"ObjectRestore:{name}", data), ITSELF, "rule")
        assert written["s3"]["object"] == restored["s3"]["object"]
