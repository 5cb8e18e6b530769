"""Which events S3 tells of, and what it says of them.

S3: userguide/notification-how-to-event-types-and-destinations.html, userguide/notification-content-structure.html
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from fakes3 import FakeS3, mock_s3
from fakes3.model.identity import retail_id

QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"
ALL = [
    *("s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:*", "s3:ObjectAcl:Put", "s3:ObjectTagging:*"),
    *("s3:LifecycleTransition", "s3:LifecycleExpiration:*", "s3:ObjectRetention:Put"),
]
GRANT = "http://acs.amazonaws.com/groups/s3/LogDelivery"


def notify(client: Any, bucket: str, **rule: Any) -> None:
    """Let a bucket tell a queue of all events."""
    rules = [{"Id": "all", "QueueArn": QUEUE, "Events": ALL} | rule]
    client.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": rules}, SkipDestinationValidation=True
    )


def told(s3: FakeS3) -> list[tuple[str, dict[str, Any]]]:
    """The names of the events so far, and what each record says of its object, but the sequencer."""
    return [
        (each["eventName"], {name: value for name, value in each["s3"]["object"].items() if name != "sequencer"})
        for each in s3.events
    ]


class TestTheRecord:
    """A record has S3's members, in S3's order."""

    # recorded: TestS3NotificationsToSQS::test_xray_header (its members), test_object_created_put
    def test_of_a_put(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        s3.clock.freeze("2026-09-20T07:44:33.306Z")
        notify(s3_client, bucket)
        answer = s3_client.put_object(Bucket=bucket, Key="test-data", Body=b"something")
        (record,) = s3.events
        sent = answer["ResponseMetadata"]["HTTPHeaders"]
        assert {
            "eventVersion": "2.6",  # observed: radkawar/stackd, testdata/aws/s3/multipart_events_replay.json
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": "2026-09-20T07:44:33.306Z",
            "eventName": "ObjectCreated:Put",
            "userIdentity": {"principalId": "AWS:123456789012"},
            "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {
                "x-amz-request-id": sent["x-amz-request-id"],
                "x-amz-id-2": sent["x-amz-id-2"],
            },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "all",
                "bucket": {
                    "name": bucket,
                    "ownerIdentity": {"principalId": retail_id("123456789012")},
                    "arn": f"arn:aws:s3:::{bucket}",
                },
                "object": {
                    "key": "test-data",
                    "size": 9,
                    "eTag": "437b930db84b8079c2dd804a71936b5f",
                    "sequencer": record["s3"]["object"]["sequencer"],
                },
            },
        } == record
        assert [
            *("eventVersion", "eventSource", "awsRegion", "eventTime", "eventName", "userIdentity"),
            *("requestParameters", "responseElements", "s3"),
        ] == list(record)
        assert ["s3SchemaVersion", "configurationId", "bucket", "object"] == list(record["s3"])
        assert ["key", "size", "eTag", "sequencer"] == list(record["s3"]["object"])

    # recorded: TestS3NotificationsToSQS::test_key_encoding
    # observed: radkawar/stackd, testdata/aws/s3/object_lock_delivery_replay.json
    @pytest.mark.parametrize(
        ("key", "encoded"),
        [
            ("a@b", "a%40b"),
            ("red flower.jpg", "red+flower.jpg"),
            ("fixed/space + percent% unicode-é", "fixed/space+%2B+percent%25+unicode-%C3%A9"),
        ],
    )
    def test_the_key_is_encoded_as_in_forms(
        self, s3: FakeS3, s3_client: Any, bucket: str, key: str, encoded: str
    ) -> None:
        notify(s3_client, bucket)
        s3_client.put_object(Bucket=bucket, Key=key)
        assert encoded == s3.events[0]["s3"]["object"]["key"]

    # observed: radkawar/stackd, testdata/aws/s3/restore_delivery_replay.json
    def test_who_did_it(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        notify(s3_client, bucket)
        allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        user = s3.user("alice", policy={"Version": "2012-10-17", "Statement": allowed})
        role = s3.role("loader", policy={"Version": "2012-10-17", "Statement": allowed}, session="nightly")
        user.client().put_object(Bucket=bucket, Key="k")
        role.client().put_object(Bucket=bucket, Key="k")
        of_user, of_role = (each["userIdentity"]["principalId"] for each in s3.events)
        assert of_user.startswith("AWS:AIDA")
        assert of_role.startswith("AWS:AROA")
        assert of_role.endswith(":nightly")


class TestWritesAndDeletes:
    """Each write and each removal is told once, whichever way it comes."""

    # recorded: TestS3NotificationsToSQS::test_object_created_and_object_removed
    def test_put_copy_delete(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        notify(s3_client, bucket)
        s3_client.put_object(Bucket=bucket, Key="src", Body=b"something")
        s3_client.copy_object(Bucket=bucket, Key="dst", CopySource=f"{bucket}/src")
        s3_client.delete_object(Bucket=bucket, Key="dst")
        about = {"size": 9, "eTag": "437b930db84b8079c2dd804a71936b5f"}
        assert [
            ("ObjectCreated:Put", {"key": "src"} | about),
            ("ObjectCreated:Copy", {"key": "dst"} | about | {"hasObjectAnnotation": False}),
            ("ObjectRemoved:Delete", {"key": "dst"}),
        ] == told(s3)

    # recorded: TestS3NotificationsToSQS::test_object_created_complete_multipart_upload
    @pytest.mark.s3(min_part_size=0)
    def test_a_multipart_upload_is_told_when_it_is_complete(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        notify(s3_client, bucket)
        upload = s3_client.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
        part = s3_client.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"one")
        assert [] == told(s3)
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        answer = s3_client.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload=parts)
        about = {"key": "k", "size": 3, "eTag": answer["ETag"].strip('"')}
        assert [("ObjectCreated:CompleteMultipartUpload", about)] == told(s3)

    # recorded: TestS3NotificationsToLambda::test_create_object_by_presigned_request_via_dynamodb
    def test_a_form(self, s3_client: Any) -> None:
        with mock_s3() as s3:
            s3.create_bucket("forms")
            notify(s3_client, "forms")
            form = s3_client.generate_presigned_post("forms", "k")
            requests.post(form["url"], data=form["fields"], files={"file": b"meow"}, timeout=5)
            assert ["ObjectCreated:Post"] == [name for name, _ in told(s3)]

    # recorded: TestS3NotificationsToSQS::test_delete_objects
    def test_many_deletes(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        for key in ("a", "b"):
            s3_client.put_object(Bucket=bucket, Key=key)
        notify(s3_client, bucket)
        names = [{"Key": key} for key in ("a", "missing", "b")]
        s3_client.delete_objects(Bucket=bucket, Delete={"Objects": names})
        assert [("ObjectRemoved:Delete", {"key": "a"}), ("ObjectRemoved:Delete", {"key": "b"})] == told(s3)
        first, second = (each["s3"]["object"]["sequencer"] for each in s3.events)
        assert first < second

    # recorded: TestS3NotificationsToSQS::test_object_created_put_versioned
    def test_versions(self, s3: FakeS3, s3_client: Any, enabled: str) -> None:
        notify(s3_client, enabled)
        first = s3_client.put_object(Bucket=enabled, Key="test-key", Body=b"data")["VersionId"]
        second = s3_client.put_object(Bucket=enabled, Key="test-key", Body=b"data-version2")["VersionId"]
        marker = s3_client.delete_object(Bucket=enabled, Key="test-key")["VersionId"]
        s3_client.delete_object(Bucket=enabled, Key="test-key", VersionId=first)
        s3_client.delete_object(Bucket=enabled, Key="test-key", VersionId=marker)
        key = {"key": "test-key"}
        assert [
            ("ObjectCreated:Put", key | {"size": 4, "eTag": "8d777f385d3dfec8815d20f7496026dc", "versionId": first}),
            ("ObjectCreated:Put", key | {"size": 13, "eTag": "6869c34ca384e0ed836d49214f881e87", "versionId": second}),
            (
                "ObjectRemoved:DeleteMarkerCreated",
                key | {"eTag": "d41d8cd98f00b204e9800998ecf8427e", "versionId": marker},
            ),
            ("ObjectRemoved:Delete", key | {"versionId": first}),
            ("ObjectRemoved:Delete", key | {"versionId": marker}),
        ] == told(s3)
        sequencers = [each["s3"]["object"]["sequencer"] for each in s3.events]
        assert sorted(sequencers) == sequencers
        assert 5 == len(set(sequencers))

    def test_null_versions_have_no_version_id(self, s3: FakeS3, s3_client: Any, suspended: str) -> None:
        notify(s3_client, suspended)
        s3_client.put_object(Bucket=suspended, Key="k")
        s3_client.delete_object(Bucket=suspended, Key="k")
        assert ["ObjectCreated:Put", "ObjectRemoved:DeleteMarkerCreated"] == [name for name, _ in told(s3)]
        assert not any("versionId" in about for _, about in told(s3))

    def test_a_refused_request_is_not_told(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        notify(s3_client, bucket)
        with pytest.raises(s3_client.exceptions.ClientError):
            s3_client.put_object(Bucket=bucket, Key="k", IfMatch='"0"')
        s3_client.delete_object(Bucket=bucket, Key="missing")
        assert [] == told(s3)


class TestChanges:
    """What changes an object without writing it is told, without a sequencer."""

    # recorded: TestS3NotificationsToSQS::test_object_tagging_put_event, test_object_tagging_delete_event
    def test_tags(self, s3: FakeS3, s3_client: Any, enabled: str) -> None:
        version = s3_client.put_object(Bucket=enabled, Key="k", Body=b"something")["VersionId"]
        notify(s3_client, enabled)
        s3_client.put_object_tagging(Bucket=enabled, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        s3_client.delete_object_tagging(Bucket=enabled, Key="k")
        about = {"key": "k", "eTag": "437b930db84b8079c2dd804a71936b5f", "versionId": version}
        assert [("ObjectTagging:Put", about), ("ObjectTagging:Delete", about)] == told(s3)
        assert not any("sequencer" in each["s3"]["object"] for each in s3.events)

    # recorded: TestS3NotificationsToSQS::test_object_put_acl
    # observed: radkawar/stackd, testdata/aws/s3/acl_notifications_replay.json
    def test_an_acl_only_where_it_changes(self, s3: FakeS3, s3_client: Any) -> None:
        s3.create_bucket("acls", ownership="ObjectWriter", objects={"k": b"something"})
        notify(s3_client, "acls")
        owner = s3_client.get_object_acl(Bucket="acls", Key="k")["Owner"]["ID"]
        for _ in range(2):
            s3_client.put_object_acl(
                Bucket="acls", Key="k", GrantFullControl=f'id="{owner}"', GrantReadACP=f'uri="{GRANT}"'
            )
        s3_client.put_object_acl(Bucket="acls", Key="k", ACL="private")
        about = {"key": "k", "eTag": "437b930db84b8079c2dd804a71936b5f"}
        assert [("ObjectAcl:Put", about), ("ObjectAcl:Put", about)] == told(s3)

    # observed: radkawar/stackd, testdata/aws/s3/object_lock_delivery_replay.json
    def test_retention(self, s3: FakeS3, s3_client: Any) -> None:
        s3.clock.freeze("2026-09-21T07:20:05.622Z")
        s3.create_bucket("locked", object_lock=True)
        s3_client.put_object(Bucket="locked", Key="k", Body=b"something")
        notify(s3_client, "locked")
        for retention in (
            {"Mode": "GOVERNANCE", "RetainUntilDate": "2026-09-22T07:20:01Z"},
            {"Mode": "GOVERNANCE", "EventHold": "ON", "EventHoldDuration": {"Days": 2}},
            {"Mode": "GOVERNANCE", "EventHold": "OFF"},
            {},
        ):
            s3_client.put_object_retention(
                Bucket="locked", Key="k", Retention=retention, BypassGovernanceRetention=True
            )
        assert 4 * ["ObjectRetention:Put"] == [name for name, _ in told(s3)]
        assert {"key", "size", "eTag", "versionId"} == told(s3)[0][1].keys()
        assert [
            {"mode": "GOVERNANCE", "retainUntilDate": "2026-09-22T07:20:01.000Z"},
            {
                "mode": "GOVERNANCE",
                "retainUntilDate": "2026-09-23T07:20:05.622Z",
                "eventHold": "ON",
                "eventHoldDuration": {"days": 2},
            },
            {"mode": "GOVERNANCE", "retainUntilDate": "2026-09-23T07:20:05.622Z", "eventHold": "OFF"},
            None,
        ] == [each.get("objectRetentionEventData") for each in s3.events]


class TestRules:
    """A record goes to each destination whose rule matches."""

    # recorded: TestS3NotificationsToSQS::test_notifications_with_filter
    def test_a_filter(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        rules = [{"Name": "Prefix", "Value": "testupload/"}, {"Name": "Suffix", "Value": "testfile.txt"}]
        notify(s3_client, bucket, Filter={"Key": {"FilterRules": rules}})
        for key in ("testupload/dir1/testfile.txt", "testupload/other", "testfile.txt"):
            s3_client.put_object(Bucket=bucket, Key=key)
        assert ["testupload/dir1/testfile.txt"] == [about["key"] for _, about in told(s3)]

    def test_several_destinations(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        topic = "arn:aws:sns:us-east-1:123456789012:topic"
        document = {
            "QueueConfigurations": [{"Id": "puts", "QueueArn": QUEUE, "Events": ["s3:ObjectCreated:Put"]}],
            "TopicConfigurations": [{"Id": "tags", "TopicArn": topic, "Events": ["s3:ObjectTagging:*"]}],
        }
        s3_client.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=document)
        s3_client.put_object(Bucket=bucket, Key="k")
        s3_client.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": []})
        assert [(QUEUE, "puts"), (topic, "tags")] == [
            (each.destination, each.message["Records"][0]["s3"]["configurationId"])
            for each in s3.events.deliveries
            if "Records" in each.message
        ]

    def test_none_after_the_configuration_is_gone(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        notify(s3_client, bucket)
        s3_client.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
        s3_client.put_object(Bucket=bucket, Key="k")
        assert [] == told(s3)


class TestTheTestEvent:
    """A new configuration is tried: each queue and each topic gets a test message, and no function does."""

    # observed: radkawar/stackd, testdata/aws/s3/acl_notifications_replay.json
    def test_message(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        s3.clock.freeze("2026-09-21T15:04:37.498Z")
        topic = "arn:aws:sns:us-east-1:123456789012:topic"
        function = "arn:aws:lambda:us-east-1:123456789012:function:f"
        document = {
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": function, "Events": ["s3:ObjectAcl:Put"]}],
            "QueueConfigurations": [
                {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]},
                {"QueueArn": QUEUE, "Events": ["s3:ObjectRemoved:*"]},
            ],
            "TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectTagging:*"]}],
        }
        answer = s3_client.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=document)
        sent = answer["ResponseMetadata"]["HTTPHeaders"]
        message = {
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": "2026-09-21T15:04:37.498Z",
            "Bucket": bucket,
            "RequestId": sent["x-amz-request-id"],
            "HostId": sent["x-amz-id-2"],
        }
        assert [(topic, message, None), (QUEUE, message, None)] == s3.events.deliveries
        assert list(message) == list(s3.events.deliveries[0].message)
        assert 0 == len(s3.events)
