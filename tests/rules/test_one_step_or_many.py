"""However the clock comes to a moment, S3 is the same then: what one kind of work does, the others see in time.

Lifecycle, access logs, replication, intelligent tiering and inventories are all at work in the same buckets.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.versions import Entry, Version

UNIQUE = re.compile(r"-[0-9A-F]{16}$|[0-9a-f-]{36}")
"""What is chosen by chance in the keys of logs and reports."""

SERVICES = ["logging.s3.amazonaws.com", "s3.amazonaws.com"]
BUCKETS = ("source", "copies", "logs", "reports")


def content(s3: FakeS3) -> list[tuple[str, ...]]:
    """Return what is in every bucket, without what chance has chosen."""
    return sorted(
        (bucket.name, UNIQUE.sub("", key), str(entry.last_modified), *of_object(entry))
        for bucket in s3.snapshot().world.buckets.values()
        for key, entry in bucket.versions.scan(("", 0))
    )


def of_object(entry: Entry) -> tuple[str, ...]:
    if not isinstance(entry, Version):
        return ()
    return entry.attributes.storage_class, str(entry.replication), str(entry.archive)


def events(s3: FakeS3) -> list[tuple[str, ...]]:
    return sorted(
        (
            each["eventTime"],
            each["eventName"],
            each["s3"]["bucket"]["name"],
            UNIQUE.sub("", each["s3"]["object"]["key"]),
        )
        for each in s3.events
    )


def begin(s3: FakeS3, s3_client: Any, at: str) -> None:
    """Make four buckets at a moment, in which every kind of background work but inventories has something to do."""
    s3.clock.freeze(at)
    for name in BUCKETS:
        s3.create_bucket(name, versioning=name in {"source", "copies"})
        allowed = {"Principal": {"Service": SERVICES}, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | allowed]})
        s3_client.put_bucket_policy(Bucket=name, Policy=policy)
        s3.on_event(name, ["s3:ObjectCreated:*", "s3:LifecycleExpiration:*", "s3:LifecycleTransition"], bool)
    for name in BUCKETS:
        logging = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": f"{name}/"}}
        s3_client.put_bucket_logging(Bucket=name, BucketLoggingStatus=logging)
        expiration = {"ID": "e", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 2}}
        s3_client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [expiration]})
        tiering = {"Id": "t", "Status": "Enabled", "Tierings": [{"AccessTier": "ARCHIVE_ACCESS", "Days": 90}]}
        s3_client.put_bucket_intelligent_tiering_configuration(
            Bucket=name, Id="t", IntelligentTieringConfiguration=tiering
        )
    rule = {"ID": "r", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}}
    rule |= {"DeleteMarkerReplication": {"Status": "Enabled"}, "Destination": {"Bucket": "arn:aws:s3:::copies"}}
    replication = {"Role": "arn:aws:iam::123456789012:role/r", "Rules": [rule]}
    s3_client.put_bucket_replication(Bucket="source", ReplicationConfiguration=replication)
    s3_client.put_object(Bucket="source", Key="large", Body=bytes(128 * 1024), StorageClass="INTELLIGENT_TIERING")
    s3_client.put_object(Bucket="source", Key="small", Body=b"small")
    s3_client.delete_object(Bucket="source", Key="small")


def report(client: Any) -> None:
    """Have reports of all buckets, whose work is due at each midnight."""
    for name in BUCKETS:
        destination = {"Bucket": "arn:aws:s3:::reports", "Format": "CSV", "Prefix": name}
        inventory = {"Id": "i", "IsEnabled": True, "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Weekly"}}
        inventory["Destination"] = {"S3BucketDestination": destination}
        client.put_bucket_inventory_configuration(Bucket=name, Id="i", InventoryConfiguration=inventory)


@pytest.mark.parametrize("with_reports", [False, True])
def test_a_week_in_one_step_and_in_steps_of_six_hours(s3: FakeS3, s3_client: Any, with_reports: bool) -> None:
    begin(s3, s3_client, "2026-01-01T10:30:00Z")
    if with_reports:
        report(s3_client)
    at_once, in_steps = s3.fork(), s3.fork()
    at_once.clock.advance(days=7)
    for _ in range(7 * 4):
        in_steps.clock.advance(hours=6)
        in_steps.snapshot()
    assert content(in_steps) == content(at_once)
    assert events(in_steps) == events(at_once)


def test_the_whole_calendar_in_one_step(s3: FakeS3, s3_client: Any) -> None:
    """A log that expires in a bucket that logs into itself leads to no other log."""
    begin(s3, s3_client, "2026-01-01T10:30:00Z")
    for name in BUCKETS:
        s3_client.delete_bucket_intelligent_tiering_configuration(Bucket=name, Id="t")
    s3.clock.freeze("9999-12-31T23:59:59.999999Z")
    assert [] == [each for each in content(s3) if each[0] == "logs"]


def test_the_end_of_the_calendar(s3: FakeS3, s3_client: Any) -> None:
    """What would come later never comes, and nothing waits for it."""
    begin(s3, s3_client, "9999-12-20T10:30:00Z")
    report(s3_client)
    s3.clock.freeze("9999-12-31T23:59:59.999999Z")
    s3_client.put_object(Bucket="source", Key="last", Body=b"")
    assert "last" in s3["source"]
    assert "last" not in s3["copies"]
