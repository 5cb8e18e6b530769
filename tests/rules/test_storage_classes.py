"""Storage classes, and archived objects. S3: userguide/storage-class-intro.html, userguide/archived-objects.html"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

import pytest

from fakes3 import FakeS3

from .answers import as_recorded

CLASSES = [
    *("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING"),
    *("GLACIER", "GLACIER_IR", "DEEP_ARCHIVE"),
]
ARCHIVES = ["GLACIER", "DEEP_ARCHIVE"]
NOT_RESTORABLE = "Restore is not allowed for the object's current storage class"
OF_THE_SOURCE = "Operation is not valid for the source object's storage class"


@pytest.fixture
def archived(s3: FakeS3, s3_client, bucket: str) -> str:
    """The name of a bucket whose object "k" is of GLACIER; it is noon on the first of January 2026."""
    s3.clock.freeze("2026-01-01T12:00:00Z")
    s3_client.put_object(Bucket=bucket, Key="k", Body=b"ice", StorageClass="GLACIER")
    return bucket


@pytest.fixture
def restore(s3_client, archived: str) -> Callable[..., int]:
    """Asks for the archived object to be restored and answers the status."""

    def ask(days: int = 2, tier: str | None = None) -> int:
        wanted: dict[str, Any] = {"Days": days} | ({"GlacierJobParameters": {"Tier": tier}} if tier else {})
        answer = s3_client.restore_object(Bucket=archived, Key="k", RestoreRequest=wanted)
        return int(answer["ResponseMetadata"]["HTTPStatusCode"])

    return ask


class TestStorageClass:
    """Each object has the storage class its writer chose, or STANDARD."""

    # recorded: TestS3::test_put_object_storage_class
    @pytest.mark.parametrize("name", CLASSES)
    def test_is_told_unless_it_is_standard(self, s3_client, bucket, name):
        s3_client.put_object(Bucket=bucket, Key="k", StorageClass=name)
        told = None if name == "STANDARD" else name
        assert told == s3_client.head_object(Bucket=bucket, Key="k").get("StorageClass")
        listed = s3_client.list_objects_v2(Bucket=bucket)["Contents"]
        assert [name] == [each["StorageClass"] for each in listed]
        answer = s3_client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["StorageClass"])
        assert {"status": 200, "StorageClass": name} == as_recorded(answer)

    # recorded: TestS3::test_put_object_storage_class
    @pytest.mark.parametrize("name", sorted(set(CLASSES) - set(ARCHIVES)))
    def test_what_is_not_archived_is_read_at_once(self, s3_client, bucket, name):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"body-test", StorageClass=name)
        told = {} if name == "STANDARD" else {"StorageClass": name}
        assert {
            "status": 200,
            "Body": b"body-test",
            "ChecksumCRC32": "DulxwQ==",
            "ChecksumType": "FULL_OBJECT",
            "ContentLength": 9,
            "ContentType": "binary/octet-stream",
            "ETag": '"43ad557eaff4fdc42b9886b5a68147ab"',
            "Metadata": {},
            "ServerSideEncryption": "AES256",
            **told,
        } == as_recorded(s3_client.get_object(Bucket=bucket, Key="k"))

    # recorded: TestS3PresignedPost::test_post_object_with_storage_class
    @pytest.mark.parametrize("name", ["FakeClass", "standard", "OUTPOSTS", "EXPRESS_ONEZONE"])
    @pytest.mark.parametrize("operation", ["put_object", "create_multipart_upload", "copy_object"])
    def test_unknown(self, s3, s3_client, bucket, refused, name, operation):
        s3_client.put_object(Bucket=bucket, Key="source")
        more = {"CopySource": f"{bucket}/source"} if operation == "copy_object" else {}
        with refused("InvalidStorageClass", 400, StorageClassRequested=name):
            getattr(s3_client, operation)(Bucket=bucket, Key="k", StorageClass=name, **more)

    def test_overwriting_goes_back_to_standard(self, s3, s3_client, bucket):
        s3_client.put_object(Bucket=bucket, Key="k", StorageClass="STANDARD_IA")
        s3_client.put_object(Bucket=bucket, Key="k")
        assert "STANDARD" == s3[bucket]["k"].storage_class


class TestArchived:
    """An archived object is there, but cannot be read."""

    # recorded: TestS3::test_put_object_storage_class[GLACIER-False],
    # TestS3::test_put_object_storage_class[DEEP_ARCHIVE-False]
    @pytest.mark.parametrize("name", ARCHIVES)
    def test_get(self, s3_client, bucket, refused, name):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"body-test", StorageClass=name)
        with refused("InvalidObjectState", 403, StorageClass=name):
            s3_client.get_object(Bucket=bucket, Key="k")

    def test_get_is_refused_before_its_conditions_are_looked_at(self, s3_client, archived, refused):
        with refused("InvalidObjectState", 403, StorageClass="GLACIER"):
            s3_client.get_object(Bucket=archived, Key="k", IfMatch="other")

    def test_head(self, s3_client, archived):
        answer = s3_client.head_object(Bucket=archived, Key="k")
        assert (3, "GLACIER", None) == (answer["ContentLength"], answer["StorageClass"], answer.get("Restore"))

    def test_copy(self, s3_client, archived, refused):
        with refused("InvalidObjectState", 403, OF_THE_SOURCE, StorageClass="GLACIER"):
            s3_client.copy_object(Bucket=archived, Key="copy", CopySource=f"{archived}/k")

    def test_copy_of_a_part(self, s3_client, archived, refused):
        upload = s3_client.create_multipart_upload(Bucket=archived, Key="new")["UploadId"]
        with refused("InvalidObjectState", 403, OF_THE_SOURCE, StorageClass="GLACIER"):
            s3_client.upload_part_copy(
                Bucket=archived, Key="new", UploadId=upload, PartNumber=1, CopySource=f"{archived}/k"
            )

    def test_tags_and_attributes_are_at_hand(self, s3_client, archived):
        s3_client.put_object_tagging(Bucket=archived, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
        answer = s3_client.get_object_attributes(Bucket=archived, Key="k", ObjectAttributes=["ObjectSize"])
        assert 3 == answer["ObjectSize"]

    def test_delete_and_overwrite(self, s3, s3_client, archived):
        s3_client.put_object(Bucket=archived, Key="k", Body=b"warm")
        assert b"warm" == s3_client.get_object(Bucket=archived, Key="k")["Body"].read()
        s3_client.delete_object(Bucket=archived, Key="k")
        assert [] == list(s3[archived])


class TestRestore:
    """A restore takes as long as its tier says; then a copy is there for the days that were asked for."""

    @pytest.mark.parametrize(
        ("tier", "hours", "expiry"),
        [
            ("Expedited", 5 / 60, "Sun, 04 Jan 2026 00:00:00 GMT"),
            (None, 5, "Sun, 04 Jan 2026 00:00:00 GMT"),
            ("Standard", 5, "Sun, 04 Jan 2026 00:00:00 GMT"),
            ("Bulk", 12, "Sun, 04 Jan 2026 00:00:00 GMT"),
        ],
    )
    def test_first(self, s3, s3_client, archived, restore, refused, tier, hours, expiry):
        assert 202 == restore(2, tier)
        s3.clock.advance(hours=hours, seconds=-1)
        with refused("InvalidObjectState", 403, StorageClass="GLACIER"):
            s3_client.get_object(Bucket=archived, Key="k")
        assert 'ongoing-request="true"' == s3_client.head_object(Bucket=archived, Key="k")["Restore"]
        s3.clock.advance(seconds=1)
        answer = s3_client.get_object(Bucket=archived, Key="k")
        assert b"ice" == answer["Body"].read()
        assert f'ongoing-request="false", expiry-date="{expiry}"' == answer["Restore"]
        assert "GLACIER" == answer["StorageClass"]

    def test_is_over_when_it_expires(self, s3, s3_client, archived, restore, refused):
        restore(2)
        s3.clock.freeze("2026-01-03T23:59:59Z")
        assert b"ice" == s3_client.get_object(Bucket=archived, Key="k")["Body"].read()
        s3.clock.freeze("2026-01-04T00:00:00Z")
        assert "Restore" not in s3_client.head_object(Bucket=archived, Key="k")
        with refused("InvalidObjectState", 403, StorageClass="GLACIER"):
            s3_client.get_object(Bucket=archived, Key="k")
        assert 202 == restore(1)

    def test_under_way_cannot_be_asked_for_again(self, s3, restore, refused):
        restore(2)
        s3.clock.advance(hours=1)
        with refused("RestoreAlreadyInProgress", 409):
            restore(2)

    def test_under_way_can_be_made_faster(self, s3, s3_client, archived, restore):
        restore(2, "Bulk")
        assert 202 == restore(2, "Expedited")
        s3.clock.advance(minutes=5)
        assert b"ice" == s3_client.get_object(Bucket=archived, Key="k")["Body"].read()

    def test_there_gets_its_days_anew(self, s3, s3_client, archived, restore):
        restore(2)
        s3.clock.advance(days=1)
        assert 200 == restore(10)
        told = s3_client.head_object(Bucket=archived, Key="k")["Restore"]
        assert 'ongoing-request="false", expiry-date="Tue, 13 Jan 2026 00:00:00 GMT"' == told

    def test_there_can_be_copied(self, s3, s3_client, archived, restore):
        restore(2)
        s3.clock.advance(hours=5)
        s3_client.copy_object(Bucket=archived, Key="warm", CopySource=f"{archived}/k")
        assert ("STANDARD", b"ice") == (s3[archived]["warm"].storage_class, s3[archived]["warm"].body)

    def test_there_can_be_copied_onto_itself(self, s3, s3_client, archived, restore):
        restore(2)
        s3.clock.advance(hours=5)
        s3_client.copy_object(Bucket=archived, Key="k", CopySource=f"{archived}/k")
        answer = s3_client.head_object(Bucket=archived, Key="k")
        assert (None, None) == (answer.get("StorageClass"), answer.get("Restore"))

    def test_of_a_version(self, s3, s3_client, enabled):
        first = s3_client.put_object(Bucket=enabled, Key="k", Body=b"ice", StorageClass="DEEP_ARCHIVE")["VersionId"]
        s3_client.put_object(Bucket=enabled, Key="k", Body=b"new")
        s3_client.restore_object(Bucket=enabled, Key="k", VersionId=first, RestoreRequest={"Days": 1})
        s3.clock.advance(hours=12)
        assert b"ice" == s3_client.get_object(Bucket=enabled, Key="k", VersionId=first)["Body"].read()

    def test_changes_nothing_else(self, s3, archived, restore):
        before = s3[archived]["k"]
        restore()
        after = s3[archived]["k"]
        assert (before.last_modified, before.etag, 1) == (after.last_modified, after.etag, len(after.versions))


class TestRefusedRestore:
    """RestoreObject is for archived objects, says how long, and knows which tiers there are."""

    @pytest.mark.parametrize("name", ["STANDARD", "STANDARD_IA", "GLACIER_IR", "REDUCED_REDUNDANCY"])
    def test_not_archived(self, s3_client, bucket, refused, name):
        s3_client.put_object(Bucket=bucket, Key="k", StorageClass=name)
        with refused("InvalidObjectState", 403, NOT_RESTORABLE, StorageClass=name):
            s3_client.restore_object(Bucket=bucket, Key="k", RestoreRequest={"Days": 1})
        with refused("InvalidObjectState", 403, NOT_RESTORABLE, StorageClass=name):
            s3_client.restore_object(Bucket=bucket, Key="k")

    def test_of_intelligent_tiering(self, s3_client, bucket, refused):
        s3_client.put_object(Bucket=bucket, Key="k", StorageClass="INTELLIGENT_TIERING")
        message = (
            "INTELLIGENT_TIERING objects are not subject to restore expiry. "
            "Do not specify Days when restoring this object"
        )
        with refused("InvalidArgument", 400, message, ArgumentName="Days", ArgumentValue="1"):
            s3_client.restore_object(Bucket=bucket, Key="k", RestoreRequest={"Days": 1})
        with refused("ObjectAlreadyInActiveTierError", 403):
            s3_client.restore_object(
                Bucket=bucket, Key="k", RestoreRequest={"GlacierJobParameters": {"Tier": "Standard"}}
            )

    def test_tier_that_deep_archive_has_not(self, s3_client, bucket, refused):
        s3_client.put_object(Bucket=bucket, Key="k", StorageClass="DEEP_ARCHIVE")
        message = "Retrieval option is not supported by this storage class"
        with refused("InvalidArgument", 400, message, ArgumentName="Tier", ArgumentValue="Expedited"):
            s3_client.restore_object(
                Bucket=bucket, Key="k", RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}
            )

    @pytest.mark.parametrize(
        "inside",
        [
            "",
            "<GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters>",
            "<Days>x</Days>",
            "<Days>1</Days><GlacierJobParameters/>",
            "<Days>1</Days><GlacierJobParameters><Tier>Fast</Tier></GlacierJobParameters>",
            "<Days>1</Days><Tier>Bulk</Tier>",
        ],
    )
    def test_malformed(self, archived, ask, inside):
        body = f"<RestoreRequest>{inside}</RestoreRequest>".encode()
        headers = {"content-md5": b64encode(md5(body).digest()).decode()}
        assert (400, "MalformedXML") == ask("POST", f"/{archived}/k?restore", headers, body).refusal[:2]

    def test_without_a_body(self, s3_client, archived, refused):
        with refused("MalformedXML", 400):
            s3_client.restore_object(Bucket=archived, Key="k")

    def test_for_no_day(self, archived, restore, refused):
        message = "restoration days should be at least 1"
        with refused("InvalidArgument", 400, message, ArgumentName="Days", ArgumentValue="0"):
            restore(0)

    def test_missing(self, s3_client, bucket, refused):
        with refused("NoSuchKey", 404, Key="k"):
            s3_client.restore_object(Bucket=bucket, Key="k", RestoreRequest={"Days": 1})

    def test_delete_marker(self, s3_client, enabled, refused):
        marker = s3_client.delete_object(Bucket=enabled, Key="k")["VersionId"]
        with refused(
            "MethodNotAllowed", 405, headers={"x-amz-version-id": marker}, Method="POST", ResourceType="DeleteMarker"
        ):
            s3_client.restore_object(Bucket=enabled, Key="k", RestoreRequest={"Days": 1})

    def test_select_is_not_modelled(self, archived, ask):
        body = b"<RestoreRequest><Type>SELECT</Type></RestoreRequest>"
        headers = {"content-md5": b64encode(md5(body).digest()).decode()}
        status, code, _, members = ask("POST", f"/{archived}/k?restore", headers, body).refusal
        assert (501, "NotImplemented", "Type") == (status, code, members["Header"])


class TestListing:
    """Listings tell the state of a restore to those who ask for it."""

    @pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
    def test_restore_status(self, s3, s3_client, archived, restore, operation):
        def statuses(**optional: Any) -> list[object]:
            found = getattr(s3_client, operation)(Bucket=archived, **optional)["Contents"]
            return [each.get("RestoreStatus") for each in found]

        asked = {"OptionalObjectAttributes": ["RestoreStatus"]}
        assert [None] == statuses(**asked)
        restore(2)
        assert [None] == statuses()
        assert [{"IsRestoreInProgress": True}] == statuses(**asked)
        s3.clock.advance(hours=5)
        there = {"IsRestoreInProgress": False, "RestoreExpiryDate": datetime(2026, 1, 4, tzinfo=UTC)}
        assert [there] == statuses(**asked)
        s3.clock.advance(days=3)
        assert [None] == statuses(**asked)
