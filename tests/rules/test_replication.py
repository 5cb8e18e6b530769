"""Replication: what a rule selects is copied to other buckets by the clock, and copied again where it changes.

S3: userguide/replication.html, userguide/replication-status.html, userguide/replication-what-is-isnot-replicated.html
"""

from __future__ import annotations

from typing import Any

import pytest

from fakes3 import FakeS3

from .conftest import Head, Replicate
from .test_replication_configuration import KEY, OFF, ON, V1, V2, rules
from .test_replication_configuration import to as rule_to

TAG = {"TagSet": [{"Key": "phase", "Value": "two"}]}


def to(bucket: str = "dst", **destination: Any) -> dict[str, Any]:
    """A rule for all objects."""
    return rule_to(Bucket=f"arn:aws:s3:::{bucket}", **destination)


def of(document: dict[str, Any], bucket: str = "dst") -> dict[str, Any]:
    """A rule, with another destination."""
    return document | {"Destination": {"Bucket": f"arn:aws:s3:::{bucket}"}}


def exists(s3_client: Any, bucket: str, key: str = "k") -> bool:
    return key in [each["Key"] for each in s3_client.list_objects_v2(Bucket=bucket).get("Contents", [])]


class TestStatus:
    """A write that a rule selects is pending for 15 minutes, and then completed. The copy is a replica."""

    def test_by_the_clock(self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head) -> None:
        replicate(to())
        written = s3_client.put_object(Bucket="src", Key="k", Body=b"body")
        s3.clock.advance(minutes=14, seconds=59)
        assert "PENDING" == head("src")["ReplicationStatus"]
        assert not exists(s3_client, "dst")
        s3.clock.advance(seconds=1)
        assert "COMPLETED" == head("src")["ReplicationStatus"]
        got = s3_client.get_object(Bucket="dst", Key="k")
        assert ("REPLICA", b"body") == (got["ReplicationStatus"], got["Body"].read())
        assert (written["VersionId"], written["ETag"]) == (got["VersionId"], got["ETag"])
        assert head("src")["LastModified"] == got["LastModified"]

    def test_what_no_rule_selects_has_none(self, s3_client: Any, replicate: Replicate, head: Head) -> None:
        s3_client.put_object(Bucket="src", Key="logs/before")
        replicate(of(V1), of(V1 | {"ID": "off", "Prefix": "", "Status": "Disabled"}))
        s3_client.put_object(Bucket="src", Key="k")
        for key in ("logs/before", "k"):
            assert "ReplicationStatus" not in head("src", key)
        s3_client.put_object(Bucket="src", Key="logs/after")
        assert "PENDING" == head("src", "logs/after")["ReplicationStatus"]

    def test_every_way_to_write(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        replicate(to())
        s3_client.put_object(Bucket="src", Key="put")
        s3_client.copy_object(Bucket="src", Key="copy", CopySource="src/put")
        upload = {"Bucket": "src", "Key": "parts"}
        upload["UploadId"] = s3_client.create_multipart_upload(**upload)["UploadId"]
        etag = s3_client.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
        s3_client.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
        s3.clock.advance(minutes=15)
        assert ["copy", "parts", "put"] == sorted(s3["dst"])
        one, other = (s3_client.head_object(Bucket=each, Key="parts", PartNumber=1) for each in ("src", "dst"))
        assert one["ETag"] == other["ETag"]

    def test_each_waits_for_itself(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        replicate(to())
        for key in ("a", "b", "c"):
            s3_client.put_object(Bucket="src", Key=key)
            s3.clock.advance(minutes=7)
        assert ["a"] == list(s3["dst"])
        s3.clock.advance(minutes=2)
        assert ["a", "b"] == list(s3["dst"])
        s3.clock.advance(days=365)
        assert ["a", "b", "c"] == list(s3["dst"])

    def test_where_the_clock_was_set_back(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        replicate(to())
        s3_client.put_object(Bucket="src", Key="k")
        s3.clock.freeze("2025-06-01T00:00:00Z")
        assert [] == list(s3["dst"])
        s3.clock.advance(minutes=15)
        assert ["k"] == list(s3["dst"])

    def test_forks_and_snapshots_have_the_queue(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        replicate(to())
        s3_client.put_object(Bucket="src", Key="k")
        fork, snapshot = s3.fork(), s3.snapshot()
        fork.clock.advance(minutes=15)
        assert (["k"], []) == (list(fork["dst"]), list(s3["dst"]))
        s3_client.delete_object(Bucket="src", Key="k", VersionId=s3["src"]["k"].version_id)
        s3.clock.advance(minutes=15)
        assert [] == list(s3["dst"])
        s3.restore(snapshot)
        assert ["k"] == list(s3["dst"])

    def test_what_is_gone_is_not_copied(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        replicate(to())
        version = s3_client.put_object(Bucket="src", Key="k")["VersionId"]
        s3_client.delete_object(Bucket="src", Key="k", VersionId=version)
        s3_client.delete_bucket(Bucket="src")
        s3.clock.advance(minutes=15)
        assert [] == list(s3["dst"])


class TestSelection:
    """A rule selects by prefix, tags and encryption; of rules with one destination, that of the highest priority."""

    def test_tags(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        both = {"And": {"Prefix": "x", "Tags": [{"Key": "a", "Value": "1"}]}}
        replicate(to() | {"Filter": both})
        s3_client.put_object(Bucket="src", Key="x1", Tagging="a=1&b=2")
        s3_client.put_object(Bucket="src", Key="x2", Tagging="a=2")
        s3_client.put_object(Bucket="src", Key="y", Tagging="a=1")
        s3.clock.advance(minutes=15)
        assert ["x1"] == list(s3["dst"])

    def test_priority(self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head) -> None:
        warm, cold = to(StorageClass="STANDARD_IA"), to(StorageClass="GLACIER_IR")
        replicate(cold, warm | {"ID": "b", "Priority": 2, "Filter": {"Prefix": "k"}})
        for key in ("k", "other"):
            s3_client.put_object(Bucket="src", Key=key)
        s3.clock.advance(minutes=15)
        assert ("STANDARD_IA", "GLACIER_IR") == (head("dst")["StorageClass"], head("dst", "other")["StorageClass"])

    def test_a_kms_key_only_where_the_rule_says_so(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head
    ) -> None:
        criteria = {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}}
        with_key = to(EncryptionConfiguration={"ReplicaKmsKeyID": KEY}) | criteria
        replicate(to() | {"Filter": {"Prefix": "a"}}, with_key | {"ID": "b", "Priority": 2, "Filter": {"Prefix": "b"}})
        for key in ("a", "b"):
            s3_client.put_object(Bucket="src", Key=key, ServerSideEncryption="aws:kms")
        s3.clock.advance(minutes=15)
        assert ["b"] == list(s3["dst"])
        assert KEY == head("dst", "b")["SSEKMSKeyId"]
        assert head("src", "b")["ETag"] == head("dst", "b")["ETag"]
        assert "ReplicationStatus" not in head("src", "a")

    @pytest.mark.parametrize("name", ["GLACIER", "DEEP_ARCHIVE"])
    def test_nothing_that_is_archived(self, s3_client: Any, replicate: Replicate, head: Head, name: str) -> None:
        replicate(to())
        s3_client.put_object(Bucket="src", Key="k", StorageClass=name)
        assert "ReplicationStatus" not in head("src")


class TestReplica:
    """A replica is the same version. The rule may give it another storage class, another owner and another key."""

    def test_it_has_metadata_and_tags(self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head) -> None:
        replicate(to())
        more = {"Metadata": {"a": "b"}, "ContentType": "text/plain", "WebsiteRedirectLocation": "/x"}
        s3_client.put_object(Bucket="src", Key="k", Tagging="a=b", StorageClass="STANDARD_IA", **more)
        s3.clock.advance(minutes=15)
        found = head("dst")
        assert more == {name: found[name] for name in more}
        assert (1, "STANDARD_IA") == (found["TagCount"], found["StorageClass"])

    def test_customers_keys(self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head) -> None:
        """observed: radkawar/stackd, testdata/aws/s3/customer_encryption_replication_replay.json"""
        open_ = {"Rules": [{"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]}
        key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0123456789abcdef0123456789abcdef"}
        for bucket in ("src", "dst"):
            s3_client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=open_)
        replicate(to())
        s3_client.put_object(Bucket="src", Key="k", Body=b"x", **key)
        s3.clock.advance(minutes=15)
        assert b"x" == s3_client.get_object(Bucket="dst", Key="k", **key)["Body"].read()
        assert head("src", **key)["ETag"] == head("dst", **key)["ETag"]
        shut = {"Rules": [{"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]}
        s3_client.put_bucket_encryption(Bucket="dst", ServerSideEncryptionConfiguration=shut)
        s3_client.put_object(Bucket="src", Key="blocked", **key)
        s3_client.put_object_tagging(Bucket="src", Key="k", Tagging=TAG)
        s3.clock.advance(minutes=15)
        assert ("FAILED", ["k"]) == (head("src", "blocked", **key)["ReplicationStatus"], list(s3["dst"]))
        assert TAG["TagSet"] == s3_client.get_object_tagging(Bucket="dst", Key="k")["TagSet"]

    def test_what_is_not_encrypted_gets_the_default_of_its_bucket(self, s3: FakeS3, s3_client: Any, head: Head) -> None:
        s3.clock.freeze("2026-01-01T00:00:00Z")
        s3.create_bucket("src", versioning=True, bucket_defaults="2022")
        s3.create_bucket("dst", versioning=True)
        default = {
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}]
        }
        s3_client.put_bucket_encryption(Bucket="dst", ServerSideEncryptionConfiguration=default)
        s3_client.put_bucket_replication(Bucket="src", ReplicationConfiguration=rules(to()))
        s3_client.put_object(Bucket="src", Key="k")
        s3.clock.advance(minutes=15)
        assert KEY == head("dst")["SSEKMSKeyId"]
        assert head("src")["ETag"] != head("dst")["ETag"]

    def test_the_key_of_another_region_is_not_found(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head
    ) -> None:
        elsewhere = to(EncryptionConfiguration={"ReplicaKmsKeyID": KEY.replace("us-east-1", "eu-west-1")})
        replicate(elsewhere | {"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ON}})
        s3_client.put_object(Bucket="src", Key="k", ServerSideEncryption="aws:kms")
        s3.clock.advance(minutes=15)
        assert "FAILED" == head("src")["ReplicationStatus"]

    def test_a_lock(self, s3: FakeS3, s3_client: Any, head: Head) -> None:
        """Its source's, or else the default of its bucket. A destination without Object Lock takes nothing."""
        s3.clock.freeze("2026-01-01T00:00:00Z")
        for name in ("src", "dst"):
            s3.create_bucket(name, object_lock=True)
        default = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
        lock = {"ObjectLockEnabled": "Enabled", "Rule": default}
        s3_client.put_object_lock_configuration(Bucket="dst", ObjectLockConfiguration=lock)
        s3.create_bucket("open", versioning=True)
        both = to("open") | {"ID": "open", "Priority": 2, "Filter": {"Prefix": "open"}}
        s3_client.put_bucket_replication(Bucket="src", ReplicationConfiguration=rules(to(), both))
        until = "2026-03-01T00:00:00Z"
        s3_client.put_object(Bucket="src", Key="k", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)
        s3_client.put_object(Bucket="src", Key="plain", ObjectLockLegalHoldStatus="OFF")
        s3_client.put_object(Bucket="src", Key="open")
        s3.clock.advance(minutes=15)
        shown = [(head("dst", key)["ObjectLockMode"], f"{head('dst', key)['ObjectLockRetainUntilDate']:%d %B}")
                 for key in ("k", "plain")]  # fmt: skip
        assert [("COMPLIANCE", "01 March"), ("GOVERNANCE", "02 January")] == shown
        assert ("FAILED", []) == (head("src", "open")["ReplicationStatus"], list(s3["open"]))

    def test_it_is_not_copied_again(self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head) -> None:
        """Chains of three buckets copy nothing to the third."""
        s3.create_bucket("third", versioning=True)
        replicate(to())
        replicate(to("third"), bucket="dst")
        s3_client.put_object(Bucket="src", Key="k")
        s3_client.put_object(Bucket="dst", Key="own")
        s3.clock.advance(days=1)
        assert ["own"] == list(s3["third"])
        assert "REPLICA" == head("dst")["ReplicationStatus"]


class TestVersionsOfReplicas:
    """Replicas have the ids and the order of their sources, among the versions of their own bucket."""

    def test_a_later_write_in_the_destination_stays_current(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate
    ) -> None:
        replicate(to())
        older = s3_client.put_object(Bucket="dst", Key="k")["VersionId"]
        replica = s3_client.put_object(Bucket="src", Key="k")["VersionId"]
        newer = s3_client.put_object(Bucket="dst", Key="k")["VersionId"]
        s3.clock.advance(minutes=15)
        listed = s3_client.list_object_versions(Bucket="dst")["Versions"]
        assert [newer, replica, older] == [each["VersionId"] for each in listed]
        assert [True, False, False] == [each["IsLatest"] for each in listed]
        page = s3_client.list_object_versions(Bucket="dst", KeyMarker="k", VersionIdMarker=replica)
        assert [older] == [each["VersionId"] for each in page["Versions"]]

    def test_each_is_deleted_by_its_id(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        replicate(to())
        ids = [s3_client.put_object(Bucket=each, Key="k")["VersionId"] for each in ("src", "dst", "src")]
        s3.clock.advance(minutes=15)
        s3_client.delete_object(Bucket="dst", Key="k", VersionId=ids[2])
        assert ids[1] == s3["dst"]["k"].version_id
        assert ids[2] == s3["src"]["k"].version_id
        s3_client.delete_object(Bucket="dst", Key="k", VersionId=ids[1])
        assert ids[0] == s3["dst"]["k"].version_id


class TestDeletes:
    """Only delete markers are replicated, and only those of users, where the rule says so."""

    @pytest.mark.parametrize(
        ("rule", "copied"),
        [
            (of(V2), False),
            (of(V2 | {"DeleteMarkerReplication": ON}), True),
            (of(V2 | {"Filter": {"Tag": {"Key": "a", "Value": "b"}}}), False),
            (of(V1 | {"Prefix": ""}), True),
        ],
        ids=["off", "on", "by tags", "first version"],
    )
    def test_a_delete_marker(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, rule: dict[str, Any], copied: bool
    ) -> None:
        replicate(rule)
        s3_client.put_object(Bucket="src", Key="k", Tagging="a=b")
        s3.clock.advance(minutes=15)
        marker = s3_client.delete_object(Bucket="src", Key="k")["VersionId"]
        s3.clock.advance(minutes=15)
        found = s3_client.list_object_versions(Bucket="dst").get("DeleteMarkers", [])
        assert ([marker] if copied else []) == [each["VersionId"] for each in found]
        assert copied is not exists(s3_client, "dst")

    def test_a_version_never(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        replicate(of(V2 | {"DeleteMarkerReplication": ON}))
        version = s3_client.put_object(Bucket="src", Key="k")["VersionId"]
        s3.clock.advance(minutes=15)
        s3_client.delete_object(Bucket="src", Key="k", VersionId=version)
        s3.clock.advance(days=1)
        assert ["k"] == list(s3["dst"])

    def test_nothing_that_lifecycle_does(self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head) -> None:
        replicate(of(V1 | {"Prefix": ""}))
        rule = {"ID": "r", "Status": "Enabled", "Filter": {}}
        expiring = [rule | {"Expiration": {"Days": 1}}]
        s3_client.put_bucket_lifecycle_configuration(Bucket="src", LifecycleConfiguration={"Rules": expiring})
        s3_client.put_object(Bucket="src", Key="k")
        s3.clock.advance(days=10)
        assert ([], ["k"]) == (list(s3["src"]), list(s3["dst"]))


class TestChanges:
    """Tags, lock and ACL are copied again when they change, and the source is pending meanwhile."""

    def test_tags(self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head) -> None:
        replicate(to())
        s3_client.put_object(Bucket="src", Key="k", Tagging="phase=one")
        s3.clock.advance(minutes=15)
        s3_client.put_object_tagging(Bucket="src", Key="k", Tagging=TAG)
        assert ("PENDING", "REPLICA") == (head("src")["ReplicationStatus"], head("dst")["ReplicationStatus"])
        s3.clock.advance(minutes=15)
        assert "COMPLETED" == head("src")["ReplicationStatus"]
        assert TAG["TagSet"] == s3_client.get_object_tagging(Bucket="dst", Key="k")["TagSet"]
        s3_client.delete_object_tagging(Bucket="src", Key="k")
        s3.clock.advance(minutes=15)
        assert [] == s3_client.get_object_tagging(Bucket="dst", Key="k")["TagSet"]

    def test_before_the_copy_they_are_in_it(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        replicate(to())
        s3_client.put_object(Bucket="src", Key="k")
        s3.clock.advance(minutes=10)
        s3_client.put_object_tagging(Bucket="src", Key="k", Tagging=TAG)
        s3.clock.advance(minutes=5)
        assert {"phase": "two"} == s3["dst"]["k"].tags

    def test_a_lock(self, s3: FakeS3, s3_client: Any) -> None:
        for name in ("src", "dst"):
            s3.create_bucket(name, object_lock=True)
        s3_client.put_bucket_replication(Bucket="src", ReplicationConfiguration=rules(to()))
        where = {"Bucket": "src", "Key": "k"}
        s3_client.put_object(**where, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate="2040-01-01T00:00:00Z")
        s3.clock.advance(minutes=15)
        until = {"Mode": "COMPLIANCE", "RetainUntilDate": "2050-01-01T00:00:00Z"}
        s3_client.put_object_legal_hold(**where, LegalHold={"Status": "ON"})
        s3_client.put_object_retention(**where, Retention=until, BypassGovernanceRetention=True)
        s3.clock.advance(minutes=15)
        found = s3_client.head_object(Bucket="dst", Key="k")
        shown = found["ObjectLockMode"], found["ObjectLockRetainUntilDate"].year, found["ObjectLockLegalHoldStatus"]
        assert ("COMPLIANCE", 2050, "ON") == shown

    def test_a_lock_of_the_replica_that_yields_to_nobody_stays(self, s3: FakeS3, s3_client: Any, head: Head) -> None:
        for name in ("src", "dst"):
            s3.create_bucket(name, object_lock=True)
        s3_client.put_bucket_replication(Bucket="src", ReplicationConfiguration=rules(to()))
        s3_client.put_object(Bucket="src", Key="k")
        s3.clock.advance(minutes=15)
        long, short = ({"Mode": "COMPLIANCE", "RetainUntilDate": f"{year}-01-01T00:00:00Z"} for year in (2050, 2040))
        s3_client.put_object_retention(Bucket="dst", Key="k", Retention=long)
        s3_client.put_object_retention(Bucket="src", Key="k", Retention=short)
        s3.clock.advance(minutes=15)
        assert ("FAILED", 2050) == (head("src")["ReplicationStatus"], head("dst")["ObjectLockRetainUntilDate"].year)

    def test_an_acl(self, s3: FakeS3, s3_client: Any, head: Head) -> None:
        for name in ("src", "dst"):
            s3.create_bucket(name, versioning=True, ownership="ObjectWriter")
            s3_client.delete_public_access_block(Bucket=name)
        s3_client.put_bucket_replication(Bucket="src", ReplicationConfiguration=rules(to()))
        s3_client.put_object(Bucket="src", Key="k", ACL="public-read")
        s3.clock.advance(minutes=15)
        assert 2 == len(s3_client.get_object_acl(Bucket="dst", Key="k")["Grants"])
        s3_client.put_object_acl(Bucket="src", Key="k", ACL="private")
        assert "PENDING" == head("src")["ReplicationStatus"]
        s3.clock.advance(minutes=15)
        assert 1 == len(s3_client.get_object_acl(Bucket="dst", Key="k")["Grants"])

    def test_a_version_that_is_no_longer_there_fails(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head
    ) -> None:
        """S3: userguide/replication-failure-codes.html, "DstVersionNotFound" """
        replicate(to())
        version = s3_client.put_object(Bucket="src", Key="k")["VersionId"]
        s3.clock.advance(minutes=15)
        s3_client.delete_object(Bucket="dst", Key="k", VersionId=version)
        s3_client.put_object_tagging(Bucket="src", Key="k", Tagging=TAG)
        s3.clock.advance(minutes=15)
        assert ("FAILED", []) == (head("src")["ReplicationStatus"], list(s3["dst"]))

    def test_of_what_was_never_replicated_none(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head
    ) -> None:
        s3_client.put_object(Bucket="src", Key="k")
        replicate(to())
        s3_client.put_object_tagging(Bucket="src", Key="k", Tagging=TAG)
        assert "ReplicationStatus" not in head("src")

    @pytest.mark.parametrize("state", [ON, OFF])
    def test_of_replicas_only_where_a_rule_says_so(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head, state: dict[str, str]
    ) -> None:
        """S3: userguide/replication-for-metadata-changes.html"""
        synced = {"SourceSelectionCriteria": {"ReplicaModifications": state}}
        replicate(to() | synced)
        replicate(to("src") | synced, bucket="dst")
        s3_client.put_object(Bucket="src", Key="k")
        s3.clock.advance(minutes=15)
        s3_client.put_object_tagging(Bucket="dst", Key="k", Tagging=TAG)
        assert ("PENDING" if state == ON else "REPLICA") == head("dst")["ReplicationStatus"]
        s3.clock.advance(minutes=15)
        assert ("COMPLETED", "REPLICA") == (head("src")["ReplicationStatus"], head("dst")["ReplicationStatus"])
        found = s3_client.get_object_tagging(Bucket="src", Key="k")["TagSet"]
        assert (TAG["TagSet"] if state == ON else []) == found
