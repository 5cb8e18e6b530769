"""Events of what S3 does by itself, and what EventBridge gets of all events.

S3: userguide/lifecycle-configure-notification.html, userguide/ev-events.html
"""

from __future__ import annotations

from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.identity import retail_id

from .test_notifications import notify, told

START = "2026-09-21T09:26:38.378Z"


def delete_after(client: Any, bucket: str, **actions: Any) -> None:
    rules = [{"ID": "r", "Status": "Enabled", "Filter": {}, **actions}]
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def restore(client: Any, bucket: str, days: int = 1, tier: str = "Expedited") -> None:
    request = {"Days": days, "GlacierJobParameters": {"Tier": tier}}
    client.restore_object(Bucket=bucket, Key="k", RestoreRequest=request)


class TestLifecycle:
    """S3 tells of what its rules do, as itself."""

    def test_expiration(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        s3.clock.freeze("2026-01-01T12:00:00Z")
        s3_client.put_object(Bucket=bucket, Key="expiration/delete", Body=b"x")
        notify(s3_client, bucket)
        delete_after(s3_client, bucket, Expiration={"Days": 1})
        s3.clock.advance(days=10)
        s3_client.list_objects_v2(Bucket=bucket)
        (record,) = s3.events
        assert ("LifecycleExpiration:Delete", "2026-01-03T00:00:00.000Z") == (record["eventName"], record["eventTime"])
        assert {"principalId": "s3.amazonaws.com"} == record["userIdentity"]
        assert {"sourceIPAddress": "s3.amazonaws.com"} == record["requestParameters"]
        assert {"x-amz-request-id", "x-amz-id-2"} == record["responseElements"].keys()
        assert ["key", "sequencer"] == list(record["s3"]["object"])

    def test_transition_and_delete_marker(self, s3: FakeS3, s3_client: Any, enabled: str) -> None:
        s3.clock.freeze("2026-01-01T12:00:00Z")
        s3_client.put_object(Bucket=enabled, Key="k", Body=bytes(200_000))
        notify(s3_client, enabled)
        delete_after(
            s3_client,
            enabled,
            Transitions=[{"Days": 30, "StorageClass": "GLACIER"}],
            Expiration={"Days": 60},
            NoncurrentVersionExpiration={"NoncurrentDays": 1},
        )
        s3.clock.advance(days=100)
        assert "k" not in s3[enabled]
        names = ["LifecycleTransition", "LifecycleExpiration:DeleteMarkerCreated", "LifecycleExpiration:Delete"]
        assert names == [name for name, _ in told(s3)]
        moved, hidden, removed = s3.events
        assert {"transitionEventData": {"destinationStorageClass": "GLACIER"}} == moved["lifecycleEventData"]
        assert ["key", "size", "eTag", "versionId"] == list(moved["s3"]["object"])
        assert ["key", "eTag", "versionId", "sequencer"] == list(hidden["s3"]["object"])
        assert ["key", "versionId", "sequencer"] == list(removed["s3"]["object"])
        assert hidden["s3"]["object"]["sequencer"] < removed["s3"]["object"]["sequencer"]

    def test_events_come_in_the_order_of_time(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        s3.clock.freeze("2026-01-01T12:00:00Z")
        notify(s3_client, bucket)
        delete_after(s3_client, bucket, Expiration={"Days": 1})
        s3_client.put_object(Bucket=bucket, Key="z")
        s3.clock.advance(hours=20)
        s3_client.put_object(Bucket=bucket, Key="a")
        s3.clock.advance(days=10)
        assert 0 == len(s3[bucket])
        assert ["z", "a"] == [each["key"] for name, each in told(s3) if name.startswith("Lifecycle")]


class TestRestores:
    """S3 tells of a restore that was asked for, that is complete, and whose copy is gone."""

    # recorded: TestS3NotificationsToSQS::test_restore_object
    # observed: radkawar/stackd, testdata/aws/s3/restore_delivery_replay.json
    def test_of_a_copy(self, s3: FakeS3, s3_client: Any, enabled: str) -> None:
        s3.clock.freeze(START)
        notify(s3_client, enabled)
        s3_client.put_object(Bucket=enabled, Key="k", Body=b"something", StorageClass="GLACIER")
        restore(s3_client, enabled)
        assert 2 == len(s3.events), "the copy takes its time"
        s3.clock.advance(days=10)
        s3_client.head_object(Bucket=enabled, Key="k")
        written, post, completed, deleted = s3.events
        assert ["ObjectRestore:Post", "ObjectRestore:Completed", "ObjectRestore:Delete"] == [
            each["eventName"] for each in (post, completed, deleted)
        ]
        assert [START, "2026-09-21T09:31:38.378Z", "2026-09-23T00:00:00.000Z"] == [
            each["eventTime"] for each in (post, completed, deleted)
        ]
        assert written["s3"]["object"] == post["s3"]["object"] == completed["s3"]["object"]
        assert "glacierEventData" not in post
        assert {
            "restoreEventData": {
                "lifecycleRestorationExpiryTime": "2026-09-23T00:00:00.000Z",
                "lifecycleRestoreStorageClass": "GLACIER",
            }
        } == completed["glacierEventData"]
        assert "glacierEventData" == list(completed)[-1]
        assert {"principalId": "AWS:123456789012"} == post["userIdentity"]
        assert {"principalId": f"AmazonCustomer:{retail_id('123456789012')}"} == completed["userIdentity"]
        assert {"sourceIPAddress": "s3.amazonaws.com"} == completed["requestParameters"]

    # observed: radkawar/stackd, testdata/aws/s3/restore_delivery_replay.json ("extend", "shorten")
    def test_of_a_copy_that_stays_longer(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        s3.clock.freeze(START)
        s3_client.put_object(Bucket=bucket, Key="k", StorageClass="GLACIER")
        notify(s3_client, bucket)
        restore(s3_client, bucket)
        s3.clock.advance(hours=1)
        restore(s3_client, bucket, days=5)
        s3.clock.advance(days=4)
        s3_client.head_object(Bucket=bucket, Key="k")
        assert ["ObjectRestore:Post", "ObjectRestore:Completed", "ObjectRestore:Post"] == [name for name, _ in told(s3)]
        s3.clock.advance(days=4)
        s3_client.head_object(Bucket=bucket, Key="k")
        assert "2026-09-27T00:00:00.000Z" == s3.events[-1]["eventTime"]
        assert "ObjectRestore:Delete" == s3.events[-1]["eventName"]

    def test_not_of_an_object_that_is_gone(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", StorageClass="GLACIER")
        restore(s3_client, bucket, tier="Bulk")
        s3_client.delete_object(Bucket=bucket, Key="k")
        notify(s3_client, bucket)
        s3.clock.advance(days=10)
        s3_client.list_objects_v2(Bucket=bucket)
        assert [] == told(s3)


class TestEventBridge:
    """A bucket with the switch sends all events to EventBridge, in its own form."""

    @pytest.fixture
    def switched(self, s3: FakeS3, s3_client: Any, enabled: str) -> str:
        s3.clock.freeze(START)
        document: dict[str, Any] = {"EventBridgeConfiguration": {}}
        s3_client.put_bucket_notification_configuration(Bucket=enabled, NotificationConfiguration=document)
        return enabled

    # recorded: TestS3NotificationsToEventBridge::test_object_created_put
    # observed: radkawar/stackd, testdata/aws/s3/multipart_events_replay.json
    def test_message(self, s3: FakeS3, s3_client: Any, switched: str) -> None:
        answer = s3_client.put_object(Bucket=switched, Key="my key", Body=b"data")
        ((bus, message, failure),) = s3.events.deliveries
        assert ("arn:aws:events:us-east-1:123456789012:event-bus/default", None) == (bus, failure)
        assert {
            "version": "0",
            "id": message["id"],
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": "123456789012",
            "time": "2026-09-21T09:26:38Z",
            "region": "us-east-1",
            "resources": [f"arn:aws:s3:::{switched}"],
            "detail": {
                "version": "0",
                "event-version": "1.2",
                "bucket": {"name": switched},
                "object": {
                    "key": "my key",
                    "size": 4,
                    "etag": "8d777f385d3dfec8815d20f7496026dc",
                    "version-id": answer["VersionId"],
                    "sequencer": message["detail"]["object"]["sequencer"],
                },
                "request-id": answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"],
                "requester": "123456789012",
                "source-ip-address": "127.0.0.1",
                "reason": "PutObject",
            },
        } == message
        assert 0 == len(s3.events)

    # recorded: TestS3NotificationsToEventBridge::test_object_created_put_versioned, test_restore_object
    def test_of_every_event(self, s3: FakeS3, s3_client: Any, switched: str) -> None:
        s3_client.put_object(Bucket=switched, Key="k", StorageClass="GLACIER")
        restore(s3_client, switched)
        s3_client.put_object_tagging(Bucket=switched, Key="k", Tagging={"TagSet": []})
        s3_client.delete_object_tagging(Bucket=switched, Key="k")
        s3.clock.advance(days=10)
        marker = s3_client.delete_object(Bucket=switched, Key="k")["VersionId"]
        s3_client.delete_object(Bucket=switched, Key="k", VersionId=marker)
        messages = [each.message for each in s3.events.deliveries]
        assert [
            *("Object Created", "Object Restore Initiated", "Object Tags Added", "Object Tags Deleted"),
            *("Object Restore Completed", "Object Restore Expired", "Object Deleted", "Object Deleted"),
        ] == [each["detail-type"] for each in messages]
        _, initiated, tagged, _, completed, expired, hidden, removed = (each["detail"] for each in messages)
        assert "reason" not in tagged
        assert "sequencer" not in initiated["object"]
        assert ["GLACIER"] * 3 == [each["source-storage-class"] for each in (initiated, completed, expired)]
        assert "2026-09-23T00:00:00Z" == completed["restore-expiry-time"]
        assert "s3.amazonaws.com" == completed["requester"] == expired["requester"]
        assert "source-ip-address" not in completed
        assert ("DeleteObject", "Delete Marker Created") == (hidden["reason"], hidden["deletion-type"])
        assert ("DeleteObject", "Permanently Deleted") == (removed["reason"], removed["deletion-type"])
        assert {"key", "version-id", "sequencer"} == removed["object"].keys()

    def test_of_lifecycle(self, s3: FakeS3, s3_client: Any, switched: str) -> None:
        s3_client.put_object(Bucket=switched, Key="k", Body=bytes(200_000))
        delete_after(
            s3_client, switched, Transitions=[{"Days": 30, "StorageClass": "GLACIER"}], Expiration={"Days": 60}
        )
        s3.clock.advance(days=100)
        assert "k" not in s3[switched]
        _, moved, hidden = (each.message for each in s3.events.deliveries)
        assert ("Object Storage Class Changed", "GLACIER") == (
            moved["detail-type"],
            moved["detail"]["destination-storage-class"],
        )
        assert ("Lifecycle Expiration", "Delete Marker Created") == (
            hidden["detail"]["reason"],
            hidden["detail"]["deletion-type"],
        )

    # observed: radkawar/stackd, testdata/aws/s3/object_lock_delivery_replay.json
    def test_of_retention(self, s3: FakeS3, s3_client: Any) -> None:
        s3.clock.freeze(START)
        s3.create_bucket("locked", object_lock=True)
        document: dict[str, Any] = {"EventBridgeConfiguration": {}}
        s3_client.put_bucket_notification_configuration(Bucket="locked", NotificationConfiguration=document)
        s3_client.put_object(Bucket="locked", Key="k")
        retention = {"Mode": "GOVERNANCE", "EventHold": "ON", "EventHoldDuration": {"Days": 2}}
        s3_client.put_object_retention(Bucket="locked", Key="k", Retention=retention)
        message = s3.events.deliveries[-1].message
        assert "Object Retention Updated" == message["detail-type"]
        assert {
            "mode": "GOVERNANCE",
            "retain-until-date": "2026-09-23T09:26:38.378Z",
            "event-hold": "ON",
            "event-hold-duration": {"days": 2},
        } == message["detail"]["object-retention-event-data"]
