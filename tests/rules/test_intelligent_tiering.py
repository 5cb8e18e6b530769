"""Intelligent tiering: what nobody reads for long is archived by the clock, and restored for good.

S3: userguide/intelligent-tiering-overview.html, userguide/restoring-objects.html, API/API_RestoreObject.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from fakes3 import FakeS3

from .conftest import Head, Refused

ARCHIVE, DEEP = "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"
LARGE = b"x" * 128 * 1024
NOT_READABLE = "The operation is not valid for the object's storage class"
OF_THE_SOURCE = "Operation is not valid for the source object's storage class"

Configure = Callable[..., None]
Put = Callable[..., Any]


@pytest.fixture
def configure(s3: FakeS3, s3_client: Any, bucket: str) -> Configure:
    """Puts the configuration "a", which archives after 90 days if nothing else is said. It is noon on 1 January."""
    s3.clock.freeze("2026-01-01T12:00:00Z")

    def put(*, archive: int | None = 90, deep: int | None = None, config_id: str = "a", **more: Any) -> None:
        days = {ARCHIVE: archive, DEEP: deep}
        tiers = [{"AccessTier": tier, "Days": number} for tier, number in days.items() if number is not None]
        document = {"Id": config_id, "Status": "Enabled", "Tierings": tiers} | more
        s3_client.put_bucket_intelligent_tiering_configuration(
            Bucket=bucket, Id=config_id, IntelligentTieringConfiguration=document
        )

    return put


@pytest.fixture
def put(s3_client: Any, bucket: str) -> Put:
    """Puts an object of the storage class that is just large enough."""

    def write(key: str = "k", body: bytes = LARGE, **more: Any) -> Any:
        wanted = {"Bucket": bucket, "Key": key, "Body": body, "StorageClass": "INTELLIGENT_TIERING"}
        return s3_client.put_object(**wanted | more)

    return write


@pytest.fixture
def archived(s3: FakeS3, configure: Configure, put: Put, bucket: str) -> str:
    """The name of the bucket whose object "k" is in the tier ARCHIVE_ACCESS."""
    configure()
    put()
    s3.clock.advance(days=91)
    s3.service.present()  # so that a refusal is seen to change nothing
    return bucket


def restoring(bucket: str, tier: str | None = "Standard", **more: Any) -> dict[str, Any]:
    """The parameters of a RestoreObject."""
    wanted: dict[str, Any] = {} if tier is None else {"GlacierJobParameters": {"Tier": tier}}
    return {"Bucket": bucket, "Key": "k", "RestoreRequest": wanted | more}


class TestMoves:
    """An object moves at the first midnight after so many days without access, on to the deeper tier."""

    def test_by_the_clock(self, s3: FakeS3, configure: Configure, put: Put, head: Head, bucket: str) -> None:
        configure(deep=180)
        put()
        s3.clock.advance(days=90)
        assert "ArchiveStatus" not in head(bucket)
        s3.clock.advance(hours=12)
        assert (ARCHIVE, "INTELLIGENT_TIERING") == (head(bucket)["ArchiveStatus"], head(bucket)["StorageClass"])
        s3.clock.freeze("2026-06-30T23:59:59Z")
        assert ARCHIVE == head(bucket)["ArchiveStatus"]
        s3.clock.advance(seconds=1)
        assert DEEP == head(bucket)["ArchiveStatus"]

    def test_only_what_is_large_and_of_the_class(
        self, s3: FakeS3, configure: Configure, put: Put, head: Head, bucket: str
    ) -> None:
        configure()
        put("small", LARGE[1:])
        put("other", StorageClass="STANDARD_IA")
        s3.clock.advance(days=400)
        assert not any("ArchiveStatus" in head(bucket, key) for key in ("small", "other"))

    @pytest.mark.parametrize(
        ("conditions", "moved"),
        [
            ({"Prefix": "k"}, True),
            ({"Prefix": "x"}, False),
            ({"Tag": {"Key": "a", "Value": "b"}}, True),
            ({"And": {"Prefix": "k", "Tags": [{"Key": "a", "Value": "c"}]}}, False),
        ],
    )
    def test_only_what_the_filter_selects(
        self,
        s3: FakeS3,
        configure: Configure,
        put: Put,
        head: Head,
        bucket: str,
        conditions: dict[str, Any],
        moved: bool,
    ) -> None:
        configure(Filter=conditions)
        put(Tagging="a=b")
        s3.clock.advance(days=91)
        assert moved is ("ArchiveStatus" in head(bucket))

    def test_a_tag_that_comes_later_counts(
        self, s3: FakeS3, s3_client: Any, configure: Configure, put: Put, head: Head, bucket: str
    ) -> None:
        configure(Filter={"Tag": {"Key": "a", "Value": "b"}})
        put()
        s3.clock.advance(days=200)
        assert "ArchiveStatus" not in head(bucket)
        tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
        s3_client.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags)
        s3.clock.advance(days=1)
        assert ARCHIVE == head(bucket)["ArchiveStatus"]

    def test_a_new_configuration_is_for_what_exists(
        self, s3: FakeS3, configure: Configure, put: Put, head: Head, bucket: str
    ) -> None:
        s3.clock.freeze("2026-01-01T12:00:00Z")
        put()
        s3.clock.advance(days=200)
        configure(deep=180)
        s3.clock.freeze("2026-07-20T00:00:00Z")
        configure(deep=180)
        s3.clock.advance(days=1)
        assert DEEP == head(bucket)["ArchiveStatus"]

    def test_of_several_the_fewest_days_count(
        self, s3: FakeS3, configure: Configure, put: Put, head: Head, bucket: str
    ) -> None:
        configure(archive=300, deep=301)
        configure(archive=None, deep=180, config_id="b")
        put()
        s3.clock.advance(days=181)
        assert DEEP == head(bucket)["ArchiveStatus"]
        s3.clock.advance(days=200)
        assert DEEP == head(bucket)["ArchiveStatus"]

    @pytest.mark.parametrize("how", ["disable", "delete"])
    def test_what_is_archived_stays_so(
        self, s3: FakeS3, s3_client: Any, archived: str, configure: Configure, put: Put, head: Head, how: str
    ) -> None:
        put("later")
        if how == "disable":
            configure(Status="Disabled")
        else:
            s3_client.delete_bucket_intelligent_tiering_configuration(Bucket=archived, Id="a")
        s3.clock.advance(days=400)
        assert ARCHIVE == head(archived)["ArchiveStatus"]
        assert "ArchiveStatus" not in head(archived, "later")

    def test_noncurrent_versions_move_too(
        self, s3: FakeS3, s3_client: Any, configure: Configure, put: Put, head: Head, bucket: str
    ) -> None:
        configure()
        s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        older = put()["VersionId"]
        s3.clock.advance(days=40)
        put()
        s3_client.delete_object(Bucket=bucket, Key="gone")
        s3.clock.advance(days=51)
        assert ARCHIVE == head(bucket, VersionId=older)["ArchiveStatus"]
        assert "ArchiveStatus" not in head(bucket)

    def test_from_when_lifecycle_moved_it_to_the_class(
        self, s3: FakeS3, s3_client: Any, configure: Configure, put: Put, head: Head, bucket: str
    ) -> None:
        configure()
        rule = {"ID": "r", "Status": "Enabled", "Filter": {}}
        moving = [rule | {"Transitions": [{"Days": 30, "StorageClass": "INTELLIGENT_TIERING"}]}]
        s3_client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": moving})
        put(StorageClass="STANDARD")
        s3.clock.freeze("2026-04-30T23:00:00Z")
        assert ("INTELLIGENT_TIERING", None) == (head(bucket)["StorageClass"], head(bucket).get("ArchiveStatus"))
        s3.clock.freeze("2026-05-02T00:00:00Z")
        assert ARCHIVE == head(bucket)["ArchiveStatus"]

    def test_events(self, s3: FakeS3, configure: Configure, put: Put, bucket: str) -> None:
        configure(deep=180)
        put()
        told: list[dict[str, Any]] = []
        s3.on_event(bucket, "s3:IntelligentTiering", lambda event: told.extend(event["Records"]))
        s3.clock.advance(days=365)
        assert ["k"] == list(s3[bucket])
        shown = [(each["s3"]["object"]["key"], each["eventTime"][5:10]) for each in told]
        assert [("k", "04-02"), ("k", "07-01")] == shown
        tiers = [each["intelligentTieringEventData"]["destinationAccessTier"] for each in told]
        assert ["ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"] == tiers

    def test_an_event_says_that_it_is_back(self, s3: FakeS3, s3_client: Any, archived: str) -> None:
        told: list[dict[str, Any]] = []
        s3.on_event(archived, "s3:ObjectRestore:*", lambda event: told.extend(event["Records"]))
        s3_client.restore_object(Bucket=archived, Key="k", RestoreRequest={})
        s3.clock.advance(days=2)
        s3_client.head_object(Bucket=archived, Key="k")
        assert ["ObjectRestore:Post", "ObjectRestore:Completed"] == [each["eventName"] for each in told]

    def test_a_listing_does_not_show_it(self, s3_client: Any, archived: str) -> None:
        (listed,) = s3_client.list_objects_v2(Bucket=archived)["Contents"]
        assert "INTELLIGENT_TIERING" == listed["StorageClass"]


class TestAccess:
    """A read keeps an object from moving. To look at it does not."""

    @pytest.mark.parametrize(
        ("operation", "more", "counts"),
        [
            ("get_object", {"Key": "k"}, True),
            ("get_object", {"Key": "k", "Range": "bytes=0-0"}, True),
            ("copy_object", {"Key": "copy", "CopySource": "never/k"}, True),
            ("head_object", {"Key": "k"}, False),
            ("get_object_tagging", {"Key": "k"}, False),
            ("list_objects_v2", {}, False),
        ],
    )
    def test_which_operations_count(
        self,
        s3: FakeS3,
        s3_client: Any,
        configure: Configure,
        put: Put,
        head: Head,
        bucket: str,
        operation: str,
        more: dict[str, Any],
        counts: bool,
    ) -> None:
        configure()
        put()
        s3.clock.advance(days=60)
        getattr(s3_client, operation)(Bucket=bucket, **more)
        s3.clock.advance(days=31)
        assert counts is not ("ArchiveStatus" in head(bucket))
        s3.clock.advance(days=60)
        assert ARCHIVE == head(bucket)["ArchiveStatus"]

    def test_a_copied_part_counts(
        self, s3: FakeS3, s3_client: Any, configure: Configure, put: Put, head: Head, bucket: str
    ) -> None:
        configure()
        put()
        s3.clock.advance(days=60)
        upload = {"Bucket": bucket, "Key": "parts"}
        upload["UploadId"] = s3_client.create_multipart_upload(**upload)["UploadId"]
        s3_client.upload_part_copy(**upload, PartNumber=1, CopySource=f"{bucket}/k")
        s3.clock.advance(days=31)
        assert "ArchiveStatus" not in head(bucket)

    def test_it_is_no_change(self, s3: FakeS3, s3_client: Any, configure: Configure, put: Put, bucket: str) -> None:
        """Snapshots are the same before and after a read."""
        put()
        configure()
        s3.clock.advance(days=2)
        before = s3.snapshot()
        s3_client.get_object(Bucket=bucket, Key="k")
        assert not before.diff(s3.snapshot())

    def test_a_copy_onto_itself(self, s3: FakeS3, s3_client: Any, configure: Configure, put: Put, bucket: str) -> None:
        configure()
        put()
        s3.clock.advance(days=60)
        again = {"StorageClass": "INTELLIGENT_TIERING"}
        s3_client.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k", **again)
        s3.clock.advance(days=31)
        assert LARGE == s3_client.get_object(Bucket=bucket, Key="k")["Body"].read()


class TestArchived:
    """An archived object cannot be read until it is restored. Then it is in the frequent tier again."""

    def test_it_cannot_be_read(self, s3_client: Any, archived: str, refused: Refused) -> None:
        members: Any = {"StorageClass": "INTELLIGENT_TIERING", "AccessTier": ARCHIVE}
        with refused("InvalidObjectState", 403, NOT_READABLE, **members):
            s3_client.get_object(Bucket=archived, Key="k")
        with refused("InvalidObjectState", 403, OF_THE_SOURCE, **members):
            s3_client.copy_object(Bucket=archived, Key="copy", CopySource=f"{archived}/k")

    @pytest.mark.parametrize(
        ("deep", "tier", "hours"),
        [
            (None, "Expedited", 5 / 60),
            (None, "Standard", 5),
            (None, None, 5),
            (None, "Bulk", 12),
            (180, "Standard", 12),
            (180, "Bulk", 48),
        ],
    )
    def test_a_restore(
        self,
        s3: FakeS3,
        s3_client: Any,
        configure: Configure,
        put: Put,
        head: Head,
        bucket: str,
        deep: int | None,
        tier: str | None,
        hours: float,
    ) -> None:
        configure(deep=deep)
        put()
        s3.clock.advance(days=181)
        answer = s3_client.restore_object(**restoring(bucket, tier))
        assert 202 == answer["ResponseMetadata"]["HTTPStatusCode"]
        found = head(bucket)
        assert (DEEP if deep else ARCHIVE, 'ongoing-request="true"') == (found["ArchiveStatus"], found["Restore"])
        s3.clock.advance(hours=hours - 0.01)
        assert "ArchiveStatus" in head(bucket)
        s3.clock.advance(hours=0.01)
        assert not {"ArchiveStatus", "Restore"} & head(bucket).keys()
        assert LARGE == s3_client.get_object(Bucket=bucket, Key="k")["Body"].read()

    def test_then_the_days_are_counted_again(self, s3: FakeS3, s3_client: Any, archived: str, head: Head) -> None:
        s3_client.restore_object(**restoring(archived, "Expedited"))
        s3.clock.advance(days=90)
        assert "ArchiveStatus" not in head(archived)
        s3.clock.advance(days=1)
        assert ARCHIVE == head(archived)["ArchiveStatus"]

    def test_another_request_can_only_be_faster(
        self, s3: FakeS3, s3_client: Any, archived: str, refused: Refused, head: Head
    ) -> None:
        s3_client.restore_object(**restoring(archived, "Bulk"))
        s3_client.restore_object(**restoring(archived, "Standard"))
        with refused("RestoreAlreadyInProgress", 409):
            s3_client.restore_object(**restoring(archived, "Standard"))
        s3.clock.advance(hours=5)
        assert "ArchiveStatus" not in head(archived)

    def test_a_restore_knows_no_days(self, s3_client: Any, archived: str, refused: Refused) -> None:
        text = (
            "INTELLIGENT_TIERING objects are not subject to restore expiry. "
            "Do not specify Days when restoring this object"
        )
        with refused("InvalidArgument", 400, text, ArgumentName="Days", ArgumentValue="1"):
            s3_client.restore_object(**restoring(archived, Days=1))

    def test_deep_archive_access_has_no_expedited_retrieval(
        self, s3: FakeS3, s3_client: Any, configure: Configure, put: Put, bucket: str, refused: Refused
    ) -> None:
        configure(deep=180)
        put()
        s3.clock.advance(days=181)
        s3.service.present()
        text = "Retrieval option is not supported by this storage class"
        with refused("InvalidArgument", 400, text, ArgumentName="Tier", ArgumentValue="Expedited"):
            s3_client.restore_object(**restoring(bucket, "Expedited"))

    def test_what_is_active_is_not_restored(self, s3: FakeS3, s3_client: Any, archived: str, refused: Refused) -> None:
        s3_client.restore_object(**restoring(archived, "Expedited"))
        s3.clock.advance(minutes=5)
        with refused("ObjectAlreadyInActiveTierError", 403):
            s3_client.restore_object(**restoring(archived))

    def test_a_replica_is_active(self, s3: FakeS3, s3_client: Any, put: Put, bucket: str) -> None:
        """It is another object, whose own bucket decides."""
        s3.clock.freeze("2026-01-01T00:00:00Z")
        s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.create_bucket("copies", versioning=True)
        rule = {"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::copies"}}
        document = {"Role": f"arn:aws:iam::{s3.account_id}:role/r", "Rules": [rule]}
        s3_client.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=document)
        put()
        s3.clock.advance(minutes=15)
        assert LARGE == s3_client.get_object(Bucket="copies", Key="k")["Body"].read()


def test_its_dates_are_those_of_the_write(s3: FakeS3, archived: str, head: Head) -> None:
    assert datetime(2026, 1, 1, 12) == head(archived)["LastModified"].replace(tzinfo=None)
