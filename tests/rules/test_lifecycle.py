"""Lifecycle: what a bucket's rules do to its objects, versions, delete markers and uploads, day by day.

S3: userguide/object-lifecycle-mgmt.html, userguide/intro-lifecycle-rules.html, userguide/lifecycle-conflicts.html
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

NOON = "2026-01-01T12:00:00Z"
LARGE = b"x" * (128 * 1024)


@pytest.fixture
def s3(s3: FakeS3) -> FakeS3:
    """A fake in which it is noon of New Year's Day."""
    s3.clock.freeze(NOON)
    return s3


@pytest.fixture
def client(s3_client) -> Any:
    return s3_client


def put_rules(client: Any, bucket: str, *rules: dict[str, Any], **more: Any) -> None:
    whole = [{"ID": f"rule-{number}", "Status": "Enabled", "Filter": {}} | rule for number, rule in enumerate(rules)]
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": whole}, **more)


def midnight(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def kinds(s3: FakeS3, bucket: str, key: str = "cat") -> list[str]:
    """The entries of a key, newest first: the text of an object, or "marker"."""
    return ["marker" if each.is_delete_marker else each.text for each in s3[bucket].versions(key)]  # type: ignore[union-attr]


def expiration(date: str, rule: str) -> str:
    return f'expiry-date="{date} 00:00:00 GMT", rule-id="{rule}"'


def moved_on(month: int, day: int, storage_class: str) -> dict[str, Any]:
    return {"Date": midnight(month, day), "StorageClass": storage_class}


class TestExpiryDate:
    """The date is the object's Last-Modified plus the days of the rule, rounded up to the next midnight UTC."""

    @pytest.mark.parametrize(
        ("at", "expires"),
        [
            ("2026-01-01T00:00:01Z", "Sat, 03 Jan 2026"),
            ("2026-01-01T23:59:59Z", "Sat, 03 Jan 2026"),
            ("2026-01-02T00:00:00Z", "Sat, 03 Jan 2026"),
        ],
    )
    def test_days(self, s3: FakeS3, client, bucket: str, at: str, expires: str) -> None:
        put_rules(client, bucket, {"Expiration": {"Days": 1}})
        s3.clock.freeze(at)
        assert expiration(expires, "rule-0") == client.put_object(Bucket=bucket, Key="cat")["Expiration"]

    def test_a_date_is_told_as_it_is(self, client, bucket: str) -> None:
        put_rules(client, bucket, {"Expiration": {"Date": midnight(3, 4)}})
        answer = client.put_object(Bucket=bucket, Key="cat")
        assert expiration("Wed, 04 Mar 2026", "rule-0") == answer["Expiration"]

    def test_the_id_of_the_rule_is_url_encoded(self, client, bucket: str) -> None:
        put_rules(client, bucket, {"ID": "a rule/ü", "Expiration": {"Days": 1}})
        answer = client.put_object(Bucket=bucket, Key="cat")
        assert expiration("Sat, 03 Jan 2026", "a%20rule%2F%C3%BC") == answer["Expiration"]


class TestExpirationIsTold:
    """Writes and reads of a current object tell when it expires and by which rule."""

    # recorded: TestS3BucketLifecycle::test_object_expiry_after_bucket_lifecycle_configuration
    def test_objects_that_were_there_before_the_rule(self, client, bucket: str) -> None:
        assert "Expiration" not in client.put_object(Bucket=bucket, Key="cat")
        put_rules(client, bucket, {"Expiration": {"Days": 1}})
        expected = expiration("Sat, 03 Jan 2026", "rule-0")
        assert expected == client.head_object(Bucket=bucket, Key="cat")["Expiration"]
        assert expected == client.put_object(Bucket=bucket, Key="cat")["Expiration"]
        assert expected == client.get_object(Bucket=bucket, Key="cat")["Expiration"]
        copied = client.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/cat")
        assert expected == copied["Expiration"]

    def test_completed_uploads(self, client, bucket: str) -> None:
        put_rules(client, bucket, {"Expiration": {"Days": 1}})
        upload = client.create_multipart_upload(Bucket=bucket, Key="cat")["UploadId"]
        part = client.upload_part(Bucket=bucket, Key="cat", UploadId=upload, PartNumber=1, Body=b"meow")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        answer = client.complete_multipart_upload(Bucket=bucket, Key="cat", UploadId=upload, MultipartUpload=parts)
        assert expiration("Sat, 03 Jan 2026", "rule-0") == answer["Expiration"]

    # recorded: TestS3BucketLifecycle::test_bucket_lifecycle_configuration_object_expiry_versioned
    def test_reads_by_version_id_tell_nothing(self, client, enabled: str) -> None:
        put_rules(client, enabled, {"Expiration": {"Days": 1}})
        old = client.put_object(Bucket=enabled, Key="cat")["VersionId"]
        new = client.put_object(Bucket=enabled, Key="cat")["VersionId"]
        assert "Expiration" in client.head_object(Bucket=enabled, Key="cat")
        for version in (old, new):
            assert "Expiration" not in client.head_object(Bucket=enabled, Key="cat", VersionId=version)

    # recorded: TestS3BucketLifecycle::test_bucket_lifecycle_multiple_rules
    def test_of_several_rules_the_earliest(self, client, bucket: str) -> None:
        put_rules(
            client,
            bucket,
            {"Filter": {"Prefix": "testobject"}, "Expiration": {"Days": 7}},
            {"Filter": {"Prefix": "test"}, "Expiration": {"Days": 3}},
            {"Filter": {"Prefix": "t"}, "Expiration": {"Days": 9}},
        )
        expected = expiration("Mon, 05 Jan 2026", "rule-1")
        assert expected == client.put_object(Bucket=bucket, Key="testobject")["Expiration"]
        assert "Expiration" not in client.put_object(Bucket=bucket, Key="other")

    # recorded: TestS3BucketLifecycle::test_lifecycle_expired_object_delete_marker
    @pytest.mark.parametrize(
        "rule", [{"Expiration": {"ExpiredObjectDeleteMarker": True}}, {"Status": "Disabled", "Expiration": {"Days": 1}}]
    )
    def test_rules_for_markers_and_disabled_ones_tell_nothing(self, client, bucket: str, rule: dict[str, Any]) -> None:
        put_rules(client, bucket, rule)
        assert "Expiration" not in client.put_object(Bucket=bucket, Key="cat")
        assert "Expiration" not in client.head_object(Bucket=bucket, Key="cat")


class TestFilters:
    """A rule is for the objects that meet all its conditions."""

    # recorded: TestS3BucketLifecycle::test_bucket_lifecycle_object_size_rules
    @pytest.mark.parametrize(("size", "matches"), [(20, False), (21, True), (10, False), (9, True), (0, True)])
    def test_sizes_are_strict(self, client, bucket: str, size: int, matches: bool) -> None:
        put_rules(
            client,
            bucket,
            {"Filter": {"ObjectSizeGreaterThan": 20}, "Expiration": {"Days": 1}},
            {"Filter": {"ObjectSizeLessThan": 10}, "Expiration": {"Days": 1}},
        )
        assert matches == ("Expiration" in client.put_object(Bucket=bucket, Key="cat", Body=b"x" * size))

    # recorded: TestS3BucketLifecycle::test_bucket_lifecycle_tag_rules
    @pytest.mark.parametrize(
        ("tags", "rule"),
        [("a=1&b=2", "rule-1"), ("a=1", "rule-0"), ("a=2&b=2", None), ("A=1", None), ("", None)],
    )
    def test_every_tag_must_match(self, client, bucket: str, tags: str, rule: str | None) -> None:
        both = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
        put_rules(
            client,
            bucket,
            {"Filter": {"Tag": both[0]}, "Expiration": {"Days": 2}},
            {"Filter": {"And": {"Tags": both}}, "Expiration": {"Days": 1}},
        )
        told = client.put_object(Bucket=bucket, Key="cat", Tagging=tags).get("Expiration")
        assert rule == (None if told is None else told.split('"')[3])


class TestDailyRun:
    """Rules are carried out once a day, from midnight UTC on; what is due before is still there."""

    def test_an_object_expires_at_its_midnight(self, s3: FakeS3, client, bucket: str) -> None:
        put_rules(client, bucket, {"Expiration": {"Days": 1}})
        client.put_object(Bucket=bucket, Key="cat", Body=b"meow")
        s3.clock.freeze("2026-01-02T23:59:59.999999Z")
        assert b"meow" == client.get_object(Bucket=bucket, Key="cat")["Body"].read()
        s3.clock.freeze("2026-01-03T00:00:00Z")
        with pytest.raises(ClientError, match="NoSuchKey"):
            client.get_object(Bucket=bucket, Key="cat")

    def test_what_is_overdue_waits_for_the_next_midnight(self, s3: FakeS3, client, bucket: str) -> None:
        client.put_object(Bucket=bucket, Key="cat")
        s3.clock.advance(days=10)
        put_rules(client, bucket, {"Expiration": {"Days": 1}})
        assert "cat" in s3[bucket]
        s3.clock.advance(hours=12)
        assert "cat" not in s3[bucket]

    @pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(days=1), timedelta(days=16)])
    def test_the_size_of_the_steps_changes_nothing(self, s3: FakeS3, client, enabled: str, step: timedelta) -> None:
        put_rules(client, enabled, {"Expiration": {"Days": 3}, "NoncurrentVersionExpiration": {"NoncurrentDays": 12}})
        client.put_object(Bucket=enabled, Key="cat", Body=b"meow")
        for _ in range(timedelta(days=16) // step):
            s3.clock.advance(step)
            s3.tree()
        assert ["marker"] == kinds(s3, enabled)
        assert midnight(1, 5) == s3[enabled].versions("cat")[0].last_modified

    def test_views_and_snapshots_show_it_too(self, s3: FakeS3, client, bucket: str) -> None:
        client.put_object(Bucket=bucket, Key="cat")
        put_rules(client, bucket, {"Expiration": {"Days": 1}})
        before = s3.snapshot()
        twin = s3.fork()
        s3.clock.advance(days=2)
        assert 0 == len(s3[bucket])
        assert ["cat"] == [each.key for each in before.diff(s3.snapshot()).removed]
        assert 1 == len(twin[bucket])
        twin.clock.advance(days=2)
        assert 0 == len(twin[bucket])

    def test_a_restored_snapshot_is_as_old_as_the_clock_says(self, s3: FakeS3, client, bucket: str) -> None:
        client.put_object(Bucket=bucket, Key="cat")
        put_rules(client, bucket, {"Expiration": {"Days": 1}})
        before = s3.snapshot()
        s3.clock.advance(days=2)
        s3.restore(before)
        assert [] == list(s3[bucket])

    def test_a_clock_that_is_set_back_does_not_stop_it(self, s3: FakeS3, client, bucket: str) -> None:
        put_rules(client, bucket, {"Expiration": {"Days": 1}})
        s3.clock.freeze("2020-01-01T12:00:00Z")
        client.put_object(Bucket=bucket, Key="cat")
        s3.clock.advance(days=2)
        assert [] == list(s3[bucket])

    def test_no_rule_no_change(self, s3: FakeS3, client, bucket: str) -> None:
        put_rules(client, bucket, {"Expiration": {"Days": 1}})
        client.put_object(Bucket=bucket, Key="cat")
        client.delete_bucket_lifecycle(Bucket=bucket)
        s3.clock.advance(days=365)
        assert ["cat"] == list(s3[bucket])


class TestExpiration:
    """What an expired object becomes depends on the bucket's versioning."""

    def test_never_versioned_it_is_removed(self, s3: FakeS3, client, bucket: str) -> None:
        put_rules(client, bucket, {"Expiration": {"Days": 1}})
        client.put_object(Bucket=bucket, Key="cat", Body=b"meow")
        s3.clock.advance(days=2)
        assert [] == kinds(s3, bucket)

    def test_enabled_it_is_hidden_by_a_delete_marker(self, s3: FakeS3, client, enabled: str) -> None:
        put_rules(client, enabled, {"Expiration": {"Days": 1}})
        version = client.put_object(Bucket=enabled, Key="cat", Body=b"meow")["VersionId"]
        s3.clock.advance(days=2)
        assert ["marker", "meow"] == kinds(s3, enabled)
        (marker,) = client.list_object_versions(Bucket=enabled)["DeleteMarkers"]
        assert (True, midnight(1, 3)) == (marker["IsLatest"], marker["LastModified"])
        assert marker["VersionId"] not in {version, "null"}
        client.delete_object(Bucket=enabled, Key="cat", VersionId=marker["VersionId"])
        assert ["meow"] == kinds(s3, enabled)

    def test_suspended_a_null_marker_takes_the_place_of_the_null_version(
        self, s3: FakeS3, client, suspended: str
    ) -> None:
        put_rules(client, suspended, {"Expiration": {"Days": 1}})
        client.put_object(Bucket=suspended, Key="cat", Body=b"meow")
        s3.clock.advance(days=2)
        assert ["marker"] == kinds(s3, suspended)
        assert "null" == s3[suspended].versions("cat")[0].version_id

    def test_a_hidden_key_is_not_hidden_again(self, s3: FakeS3, client, enabled: str) -> None:
        put_rules(client, enabled, {"Expiration": {"Days": 1}})
        client.put_object(Bucket=enabled, Key="cat", Body=b"meow")
        client.delete_object(Bucket=enabled, Key="cat")
        s3.clock.advance(days=30)
        assert ["marker", "meow"] == kinds(s3, enabled)

    def test_a_date_goes_on_to_expire_what_comes_later(self, s3: FakeS3, client, bucket: str) -> None:
        put_rules(client, bucket, {"Expiration": {"Date": midnight(1, 3)}})
        s3.clock.advance(days=5)
        client.put_object(Bucket=bucket, Key="cat")
        assert "cat" in s3[bucket]
        s3.clock.advance(days=1)
        assert "cat" not in s3[bucket]


class TestNoncurrentVersions:
    """NoncurrentDays count from the moment a version became noncurrent: when its successor was written."""

    def test_days_count_from_the_successor(self, s3: FakeS3, client, enabled: str) -> None:
        put_rules(client, enabled, {"NoncurrentVersionExpiration": {"NoncurrentDays": 2}})
        client.put_object(Bucket=enabled, Key="cat", Body=b"old")
        s3.clock.advance(days=10)
        client.put_object(Bucket=enabled, Key="cat", Body=b"new")
        s3.clock.advance(days=2)
        assert ["new", "old"] == kinds(s3, enabled)
        s3.clock.advance(days=1)
        assert ["new"] == kinds(s3, enabled)

    def test_the_newest_noncurrent_ones_are_kept(self, s3: FakeS3, client, enabled: str) -> None:
        rule = {"NoncurrentDays": 1, "NewerNoncurrentVersions": 2}
        put_rules(client, enabled, {"NoncurrentVersionExpiration": rule})
        for number in range(5):
            client.put_object(Bucket=enabled, Key="cat", Body=str(number))
        s3.clock.advance(days=30)
        assert ["4", "3", "2"] == kinds(s3, enabled)

    def test_current_versions_are_not_touched(self, s3: FakeS3, client, any_bucket: str) -> None:
        put_rules(client, any_bucket, {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}})
        client.put_object(Bucket=any_bucket, Key="cat", Body=b"meow")
        s3.clock.advance(days=365)
        assert ["meow"] == kinds(s3, any_bucket)


class TestExpiredDeleteMarkers:
    """A delete marker that is all there is of a key hides nothing, and can be removed."""

    @pytest.fixture(autouse=True)
    def hidden(self, client, enabled: str) -> None:
        version = client.put_object(Bucket=enabled, Key="cat", Body=b"meow")["VersionId"]
        client.put_object(Bucket=enabled, Key="dog", Body=b"woof")
        client.delete_object(Bucket=enabled, Key="cat")
        client.delete_object(Bucket=enabled, Key="dog")
        client.delete_object(Bucket=enabled, Key="cat", VersionId=version)

    def test_lone_markers_go(self, s3: FakeS3, client, enabled: str) -> None:
        put_rules(client, enabled, {"Expiration": {"ExpiredObjectDeleteMarker": True}})
        s3.clock.advance(days=1)
        assert ([], ["marker", "woof"]) == (kinds(s3, enabled), kinds(s3, enabled, "dog"))

    def test_with_days_they_go_when_they_are_so_old(self, s3: FakeS3, client, enabled: str) -> None:
        put_rules(client, enabled, {"Expiration": {"Days": 3}})
        s3.clock.advance(days=3)
        assert ["marker"] == kinds(s3, enabled)
        s3.clock.advance(days=1)
        assert ([], ["marker", "woof"]) == (kinds(s3, enabled), kinds(s3, enabled, "dog"))

    def test_a_marker_may_become_one_by_lifecycle(self, s3: FakeS3, client, enabled: str) -> None:
        put_rules(
            client,
            enabled,
            {
                "Expiration": {"ExpiredObjectDeleteMarker": True},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            },
        )
        s3.clock.freeze("2026-01-03T01:00:00Z")
        assert ["marker"] == kinds(s3, enabled, "dog")
        s3.clock.advance(days=1)
        assert [] == kinds(s3, enabled, "dog")


class TestIncompleteUploads:
    """An upload that nobody completed is aborted some days after it was begun."""

    def test_an_id_that_no_header_can_hold(self, client, bucket: str) -> None:
        put_rules(client, bucket, {"ID": "漢 \n", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}})
        answer = client.create_multipart_upload(Bucket=bucket, Key="cat")
        assert "%E6%BC%A2%20%0A" == answer["AbortRuleId"]

    def test_it_is_told_and_then_done(self, s3: FakeS3, client, bucket: str) -> None:
        put_rules(client, bucket, {"ID": "tidy", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}})
        answer = client.create_multipart_upload(Bucket=bucket, Key="cat")
        assert (midnight(1, 4), "tidy") == (answer["AbortDate"], answer["AbortRuleId"])
        upload = answer["UploadId"]
        answer = client.list_parts(Bucket=bucket, Key="cat", UploadId=upload)
        assert (midnight(1, 4), "tidy") == (answer["AbortDate"], answer["AbortRuleId"])
        s3.clock.advance(days=2)
        assert 1 == len(client.list_multipart_uploads(Bucket=bucket)["Uploads"])
        s3.clock.advance(days=1)
        with pytest.raises(ClientError, match="NoSuchUpload"):
            client.upload_part(Bucket=bucket, Key="cat", UploadId=upload, PartNumber=1, Body=b"")

    def test_only_under_the_prefix(self, s3: FakeS3, client, bucket: str) -> None:
        rule = {"Filter": {"Prefix": "tmp/"}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
        put_rules(client, bucket, rule)
        assert "AbortDate" not in client.create_multipart_upload(Bucket=bucket, Key="cat")
        client.create_multipart_upload(Bucket=bucket, Key="tmp/cat")
        s3.clock.advance(days=9)
        assert ["cat"] == [each["Key"] for each in client.list_multipart_uploads(Bucket=bucket)["Uploads"]]


class TestTransitions:
    """Objects move to colder storage classes as they are: same version, same date."""

    def test_a_move_changes_nothing_but_the_class(self, s3: FakeS3, client, enabled: str) -> None:
        put_rules(client, enabled, {"Transitions": [{"Days": 0, "StorageClass": "GLACIER"}]})
        client.put_object(Bucket=enabled, Key="cat", Body=LARGE)
        before = client.head_object(Bucket=enabled, Key="cat")
        s3.clock.advance(days=1)
        after = client.head_object(Bucket=enabled, Key="cat")
        assert "GLACIER" == after["StorageClass"]
        same = ("VersionId", "LastModified", "ETag", "ContentLength")
        assert [before[name] for name in same] == [after[name] for name in same]

    def test_one_after_the_other(self, s3: FakeS3, client, bucket: str) -> None:
        moves = [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "DEEP_ARCHIVE"}]
        put_rules(client, bucket, {"Transitions": moves, "Expiration": {"Days": 365}})
        client.put_object(Bucket=bucket, Key="cat", Body=LARGE)
        seen = []
        for days in (30, 1, 59, 1):
            s3.clock.advance(days=days)
            seen.append(s3[bucket]["cat"].storage_class)
        assert ["STANDARD", "STANDARD_IA", "STANDARD_IA", "DEEP_ARCHIVE"] == seen
        s3.clock.advance(days=365)
        assert "cat" not in s3[bucket]

    def test_noncurrent_versions(self, s3: FakeS3, client, enabled: str) -> None:
        moves = [{"NoncurrentDays": 1, "StorageClass": "GLACIER_IR", "NewerNoncurrentVersions": 1}]
        put_rules(client, enabled, {"NoncurrentVersionTransitions": moves})
        for _ in range(3):
            client.put_object(Bucket=enabled, Key="cat", Body=LARGE)
        s3.clock.advance(days=2)
        classes = [each.storage_class for each in s3[enabled].versions("cat")]  # type: ignore[union-attr]
        assert ["STANDARD", "STANDARD", "GLACIER_IR"] == classes

    def test_of_several_due_at_once_the_coldest(self, s3: FakeS3, client, bucket: str) -> None:
        client.put_object(Bucket=bucket, Key="cat", Body=LARGE)
        s3.clock.advance(days=100)
        put_rules(
            client,
            bucket,
            {"Transitions": [{"Days": 60, "StorageClass": "GLACIER"}]},
            {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]},
        )
        s3.clock.advance(days=1)
        assert "GLACIER" == s3[bucket]["cat"].storage_class

    def test_removal_beats_a_move(self, s3: FakeS3, client, bucket: str) -> None:
        client.put_object(Bucket=bucket, Key="cat", Body=LARGE)
        put_rules(
            client,
            bucket,
            {"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]},
            {"Filter": {"Prefix": "c"}, "Expiration": {"Days": 1}},
        )
        s3.clock.advance(days=2)
        assert "cat" not in s3[bucket]

    def test_nothing_moves_to_a_warmer_class(self, s3: FakeS3, client, bucket: str) -> None:
        put_rules(client, bucket, {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]})
        client.put_object(Bucket=bucket, Key="cat", Body=LARGE, StorageClass="GLACIER")
        s3.clock.advance(days=60)
        assert "GLACIER" == s3[bucket]["cat"].storage_class


class TestSmallObjects:
    """Objects of less than 128 KiB stay where they are, unless the rule or the configuration says otherwise.

    S3: userguide/lifecycle-transition-general-considerations.html
    """

    @pytest.mark.parametrize(
        ("minimum", "rule_filter", "to", "expected"),
        [
            ("all_storage_classes_128K", {}, "GLACIER", "STANDARD"),
            ("varies_by_storage_class", {}, "GLACIER", "GLACIER"),
            ("varies_by_storage_class", {}, "GLACIER_IR", "STANDARD"),
            ("all_storage_classes_128K", {"ObjectSizeGreaterThan": 1}, "GLACIER_IR", "GLACIER_IR"),
        ],
    )
    def test_minimum(
        self, s3: FakeS3, client, bucket: str, minimum: str, rule_filter: dict[str, Any], to: str, expected: str
    ) -> None:
        rule = {"Filter": rule_filter, "Transitions": [{"Days": 1, "StorageClass": to}]}
        put_rules(client, bucket, rule, TransitionDefaultMinimumObjectSize=minimum)
        client.put_object(Bucket=bucket, Key="cat", Body=LARGE[:-1])
        s3.clock.advance(days=2)
        assert expected == s3[bucket]["cat"].storage_class


class TestLockedVersions:
    """Lifecycle may put a delete marker on top of a locked version, but never removes one."""

    @pytest.fixture
    def locked(self, client) -> str:
        client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
        put_rules(client, "locked", {"Expiration": {"Days": 1}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}})
        return "locked"

    @pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
    def test_until_its_retention_is_over(self, s3: FakeS3, client, locked: str, mode: str) -> None:
        until = datetime(2026, 2, 1, 12, tzinfo=UTC)
        client.put_object(Bucket=locked, Key="cat", Body=b"meow", ObjectLockMode=mode, ObjectLockRetainUntilDate=until)
        s3.clock.freeze("2026-02-01T13:00:00Z")
        assert ["marker", "meow"] == kinds(s3, locked)
        s3.clock.freeze("2026-02-02T00:00:00Z")
        assert ["marker"] == kinds(s3, locked)

    def test_until_its_legal_hold_is_lifted(self, s3: FakeS3, client, locked: str) -> None:
        version = client.put_object(Bucket=locked, Key="cat", Body=b"meow", ObjectLockLegalHoldStatus="ON")["VersionId"]
        s3.clock.advance(days=1000)
        assert ["marker", "meow"] == kinds(s3, locked)
        client.put_object_legal_hold(Bucket=locked, Key="cat", VersionId=version, LegalHold={"Status": "OFF"})
        s3.clock.advance(days=1)
        assert ["marker"] == kinds(s3, locked)


class TestRefusedConfigurations:
    """A configuration is refused with the code and text of its first fault, and the old one stays."""

    # recorded: TestS3BucketLifecycle::test_put_bucket_lifecycle_conf_exc, and the pages of the elements
    @pytest.mark.parametrize(
        "rule",
        [
            {"Filter": None, "Expiration": {"Days": 7}},
            {"NoncurrentVersionExpiration": {}},
            {"Filter": {"Prefix": "a"}, "Prefix": "a", "Expiration": {"Days": 7}},
            {"Filter": {"And": {"Prefix": "test"}, "Prefix": ""}, "Expiration": {"Days": 7}},
            {"Filter": {"And": {"Prefix": "test"}, "ObjectSizeGreaterThan": 1}, "Expiration": {"Days": 7}},
            {"Filter": {"And": {"Prefix": "test"}}, "Expiration": {"Days": 7}},
            {"Expiration": {"Days": 7, "ExpiredObjectDeleteMarker": True}},
            {"Expiration": {"Days": 7, "Date": midnight(1, 1)}},
            {"Expiration": {}},
            {"Status": "enabled", "Expiration": {"Days": 7}},
            {"AbortIncompleteMultipartUpload": {}},
            {"Transitions": [{"Days": 1}]},
            {"Transitions": [{"StorageClass": "GLACIER"}]},
            {"Transitions": [{"Days": 1, "StorageClass": "STANDARD"}]},
            {"NoncurrentVersionTransitions": [{"StorageClass": "GLACIER"}]},
            {"Expiration": {"Days": 2**31}},
        ],
    )
    def test_malformed(self, client, bucket: str, refused, rule: dict[str, Any]) -> None:
        whole = (
            {"ID": "rule", "Status": "Enabled", "Filter": {}} | ({"Filter": None} if "Prefix" in rule else {}) | rule
        )
        if "Prefix" in rule and "Filter" in rule:
            whole["Filter"] = rule["Filter"]
        kept = {name: value for name, value in whole.items() if value is not None}
        with refused("MalformedXML", 400):
            client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [kept]})

    # observed: the tests of the AWS SDK for .NET (LifecycleTests)
    def test_an_and_with_two_prefixes(self, bucket: str, ask) -> None:
        body = (
            b"<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><And><Prefix>a</Prefix><Prefix>b</Prefix>"
            b"</And></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
        )
        headers = {"content-md5": b64encode(md5(body).digest()).decode()}
        text = "An And operator may only contain one 'Prefix'."
        assert (400, "InvalidRequest", text, {}) == ask("PUT", f"/{bucket}?lifecycle", headers, body).refusal

    # observed: aws/aws-sdk-ruby#1653, ansible/ansible#53751
    @pytest.mark.parametrize("reverse", [False, True])
    def test_rules_with_a_prefix_beside_rules_with_a_filter(self, client, bucket: str, refused, reverse: bool) -> None:
        does = {"Status": "Enabled", "Expiration": {"Days": 1}}
        rules = [{"ID": "old", "Prefix": "dir/"} | does, {"ID": "new", "Filter": {"Prefix": "x"}} | does]
        configuration = {"Rules": rules[::-1] if reverse else rules}
        with refused("InvalidRequest", 400, "Filter element can only be used in Lifecycle V2."):
            client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=configuration)

    def test_no_rules_or_too_many(self, client, bucket: str, refused) -> None:
        for number in (0, 1001):
            with refused("MalformedXML", 400):
                put_rules(client, bucket, *[{"Expiration": {"Days": 1}}] * number)

    # recorded: TestS3BucketLifecycle::test_put_bucket_lifecycle_conf_exc (duplicate-tag-keys)
    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            (
                {
                    "Filter": {"And": {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}},
                    "Expiration": {"Days": 1},
                },
                "Duplicate Tag Keys are not allowed.",
            ),
            ({}, "At least one action needs to be specified in a rule"),
            (
                {
                    "Filter": {"Tag": {"Key": "a", "Value": "1"}},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                },
                "AbortIncompleteMultipartUpload cannot be specified with Tags.",
            ),
            (
                {"Filter": {"Tag": {"Key": "a", "Value": "1"}}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
                "ExpiredObjectDeleteMarker cannot be specified with Tags.",
            ),
            (
                {"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}], "Expiration": {"Date": midnight(2, 1)}},
                "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule "
                "for filter '(prefix=)'",
            ),
        ],
    )
    def test_what_does_not_go_together(self, client, bucket: str, refused, rule: dict[str, Any], message: str) -> None:
        with refused("InvalidRequest", 400, message):
            put_rules(client, bucket, rule)

    @pytest.mark.parametrize(
        ("rule", "message", "name", "value"),
        [
            ({"Expiration": {"Days": 0}}, "'Days' for Expiration action must be a positive integer", "Days", "0"),
            (
                {"NoncurrentVersionExpiration": {"NoncurrentDays": 0}},
                "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer",
                "NoncurrentDays",
                "0",
            ),
            (
                {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}},
                "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
                "DaysAfterInitiation",
                "0",
            ),
            (
                {"Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]},
                "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
                "Days",
                "29",
            ),
            # recorded: TestS3BucketLifecycle::test_put_bucket_lifecycle_conf_exc (wrong-data-no-midnight)
            (
                {"Expiration": {"Date": datetime(2023, 1, 1, 2, 2, 2, tzinfo=UTC)}},
                "'Date' must be at midnight GMT",
                "Date",
                "Sat Dec 31 18:02:02 PST 2022",
            ),
            (
                {"ID": "x" * 256, "Expiration": {"Days": 1}},
                "ID length should not exceed allowed limit of 255",
                "ID",
                "x" * 256,
            ),
        ],
    )
    def test_values(
        self, client, bucket: str, refused, rule: dict[str, Any], message: str, name: str, value: str
    ) -> None:
        with refused("InvalidArgument", 400, message, ArgumentName=name, ArgumentValue=value):
            put_rules(client, bucket, rule)

    def test_expiration_comes_after_the_last_transition(self, client, bucket: str, refused) -> None:
        message = (
            "'Days' in the Expiration action for filter '(prefix=logs/)' must be greater than "
            "'Days' in the Transition action"
        )
        moves = [{"Days": 30, "StorageClass": "GLACIER"}]
        with refused("InvalidArgument", 400, message):
            put_rules(client, bucket, {"Filter": {"Prefix": "logs/"}, "Transitions": moves, "Expiration": {"Days": 30}})

    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            (
                {"Filter": {"ObjectSizeGreaterThan": 1}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
                "AbortIncompleteMultipartUpload cannot be specified with Object Size.",
            ),
            (
                {"Filter": {"ObjectSizeGreaterThan": -1}, "Expiration": {"Days": 1}},
                "'ObjectSizeGreaterThan' has to be a value greater than or equal to 0",
            ),
            (
                {"Filter": {"ObjectSizeLessThan": 0}, "Expiration": {"Days": 1}},
                "'ObjectSizeLessThan' has to be a value greater than 0",
            ),
            (
                {
                    "Filter": {"And": {"ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 5}},
                    "Expiration": {"Days": 1},
                },
                "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'",
            ),
            (
                {"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}, moved_on(1, 2, "DEEP_ARCHIVE")]},
                "Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for filter '(prefix=)'",
            ),
            (
                {"Transitions": [moved_on(1, 2, "GLACIER")], "Expiration": {"Days": 1}},
                "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule "
                "for filter '(prefix=)'",
            ),
            (
                {"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}, {"Days": 2, "StorageClass": "GLACIER"}]},
                "'StorageClass' must be different for 'Transition' actions in same 'Rule' for filter '(prefix=)'",
            ),
        ],
    )
    def test_sizes_and_moves_that_do_not_go_together(
        self, client, bucket: str, refused, rule: dict[str, Any], message: str
    ) -> None:
        with refused("InvalidRequest", 400, message):
            put_rules(client, bucket, rule)

    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            (
                {"Transitions": [moved_on(1, 2, "GLACIER")], "Expiration": {"Date": midnight(1, 2)}},
                "'Date' in the Expiration action for filter '(prefix=)' must be later than "
                "'Date' in the Transition action",
            ),
            (
                {
                    "NoncurrentVersionTransitions": [{"NoncurrentDays": 9, "StorageClass": "GLACIER"}],
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 9},
                },
                "'NoncurrentDays' in the NoncurrentVersionExpiration action for filter '(prefix=)' must be greater "
                "than 'NoncurrentDays' in the NoncurrentVersionTransition action",
            ),
        ],
    )
    def test_what_comes_last(self, client, bucket: str, refused, rule: dict[str, Any], message: str) -> None:
        with refused("InvalidArgument", 400, message):
            put_rules(client, bucket, rule)

    @pytest.mark.parametrize(
        ("rule", "message", "name", "value"),
        [
            (
                {"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 101}},
                "'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must be a positive integer",
                "NewerNoncurrentVersions",
                "101",
            ),
            (
                {"Transitions": [{"Days": -1, "StorageClass": "GLACIER"}]},
                "'Days' in Transition action must be nonnegative",
                "Days",
                "-1",
            ),
        ],
    )
    def test_numbers_out_of_range(
        self, client, bucket: str, refused, rule: dict[str, Any], message: str, name: str, value: str
    ) -> None:
        with refused("InvalidArgument", 400, message, ArgumentName=name, ArgumentValue=value):
            put_rules(client, bucket, rule)

    def test_ids_are_unique(self, client, bucket: str, refused) -> None:
        rule = {"ID": "same", "Expiration": {"Days": 1}}
        message = "Rule ID must be unique. Found same ID for more than one rule."
        with refused("InvalidArgument", 400, message, ArgumentName="ID", ArgumentValue="same"):
            put_rules(client, bucket, rule, rule)

    def test_the_minimum_size_has_two_values(self, client, bucket: str, refused) -> None:
        with refused("InvalidRequest", 400, "Invalid TransitionDefaultMinimumObjectSize found: none"):
            put_rules(client, bucket, {"Expiration": {"Days": 1}}, TransitionDefaultMinimumObjectSize="none")
