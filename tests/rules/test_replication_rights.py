"""What lets replication fail: buckets that are not as they were, and rights that the role does not have.

S3: userguide/replication-failure-codes.html, userguide/setting-repl-config-perm-overview.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from .conftest import Head, Replicate
from .test_replication import TAG, to
from .test_replication_configuration import OFF, ON, ROLE, allow, rules

OTHER = "111122223333"


def summary(record: dict[str, Any]) -> tuple[str, str]:
    """The event of a record, and the bucket."""
    return record["eventName"], record["s3"]["bucket"]["name"]


class TestFailures:
    """A source fails where one destination does not take it. Nothing is tried again by itself."""

    @pytest.mark.parametrize("fault", ["gone", "suspended", "configuration"])
    def test_what_is_missing_by_then(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head, fault: str
    ) -> None:
        replicate(to())
        s3_client.put_object(Bucket="src", Key="k")
        if fault == "gone":
            s3_client.delete_bucket(Bucket="dst")
        elif fault == "suspended":
            s3_client.put_bucket_versioning(Bucket="dst", VersioningConfiguration={"Status": "Suspended"})
        else:
            s3_client.delete_bucket_replication(Bucket="src")
        s3.clock.advance(minutes=15)
        assert "FAILED" == head("src")["ReplicationStatus"]

    def test_one_of_two_destinations(self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head) -> None:
        s3.create_bucket("more", versioning=True)
        replicate(to(), to("more") | {"ID": "more", "Priority": 2})
        for key in ("both", "k"):
            s3_client.put_object(Bucket="src", Key=key)
        s3.clock.advance(minutes=15)
        assert ("COMPLETED", ["both", "k"]) == (head("src")["ReplicationStatus"], list(s3["more"]))
        s3_client.put_bucket_versioning(Bucket="more", VersioningConfiguration={"Status": "Suspended"})
        s3_client.put_object(Bucket="src", Key="one")
        s3.clock.advance(minutes=15)
        assert ("FAILED", True, False) == (
            head("src", "one")["ReplicationStatus"],
            "one" in s3["dst"],
            "one" in s3["more"],
        )

    @pytest.mark.parametrize("metrics", [ON, OFF])
    def test_events(self, s3: FakeS3, s3_client: Any, replicate: Replicate, metrics: dict[str, str]) -> None:
        """S3: userguide/replication-metrics-events.html: a failure is told only where the rule has metrics."""
        replicate(to(Metrics=metrics) | {"DeleteMarkerReplication": ON})
        told: list[tuple[str, str]] = []
        for name in ("src", "dst"):
            events = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:Replication:*"]
            s3.on_event(name, events, lambda event: told.append(summary(event["Records"][0])))
        s3_client.put_object(Bucket="src", Key="k")
        s3_client.delete_object(Bucket="src", Key="k")
        s3.clock.advance(minutes=15)
        assert [] == list(s3["dst"])
        assert [("ObjectCreated:Put", "dst"), ("ObjectRemoved:DeleteMarkerCreated", "dst")] == told[2:]
        s3_client.put_bucket_versioning(Bucket="dst", VersioningConfiguration={"Status": "Suspended"})
        s3_client.put_object(Bucket="src", Key="k")
        s3.clock.advance(minutes=15)
        assert ["k"] == list(s3["src"])
        failed = [("Replication:OperationFailedReplication", "src")] if metrics == ON else []
        assert failed == told[5:]

    def test_event_of_a_failure_tells_the_reason(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> None:
        """S3: userguide/replication-metrics-events.html, the example; userguide/replication-failure-codes.html"""
        replicate(to(Metrics=ON) | {"ID": "all"})
        told: list[dict[str, Any]] = []
        s3.on_event("src", "s3:Replication:*", lambda event: told.append(event["Records"][0]["replicationEventData"]))
        s3_client.put_object(Bucket="src", Key="k")
        requested = f"{s3['src']['k'].last_modified:%Y-%m-%dT%H:%M:%S}.000Z"
        s3_client.put_bucket_versioning(Bucket="dst", VersioningConfiguration={"Status": "Suspended"})
        s3.clock.advance(minutes=15)
        s3_client.put_object(Bucket="src", Key="k")
        s3_client.delete_bucket(Bucket="dst")
        s3.clock.advance(minutes=15)
        assert "FAILED" == s3_client.head_object(Bucket="src", Key="k")["ReplicationStatus"]
        assert ["DstBucketUnversioned", "DstBucketNotFound"] == [each["failureReason"] for each in told]
        assert {
            "replicationRuleId": "all",
            "destinationBucket": "arn:aws:s3:::dst",
            "s3Operation": "OBJECT_PUT",
            "requestTime": requested,
            "failureReason": "DstBucketUnversioned",
        } == told[0]


READS = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
LOCKS = ["s3:GetObjectRetention", "s3:GetObjectLegalHold"]
WRITES = ["s3:ReplicateObject", "s3:ReplicateTags", "s3:ReplicateDelete"]


class TestRole:
    """A role that the fake knows needs the rights of replication; one that it does not know has them all.

    observed: radkawar/stackd, testdata/aws/s3/replication_authority_replay.json
    """

    @staticmethod
    def allow_all_but(*missing: str) -> dict[str, Any]:
        kept = sorted({*READS, *LOCKS, *WRITES} - set(missing))
        return {"Version": "2012-10-17", "Statement": allow(kept, "*")}

    @pytest.fixture
    def locked(self, s3: FakeS3, s3_client: Any) -> None:
        for name in ("src", "dst"):
            s3.create_bucket(name, object_lock=True)
        document = rules(to() | {"DeleteMarkerReplication": ON})
        s3_client.put_bucket_replication(Bucket="src", ReplicationConfiguration=document)

    def put(self, s3: FakeS3, s3_client: Any) -> Any:
        lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2040-01-01T00:00:00Z"}
        s3_client.put_object(Bucket="src", Key="k", Tagging="a=b", ObjectLockLegalHoldStatus="ON", **lock)
        s3.clock.advance(minutes=15)
        return s3_client.head_object(Bucket="src", Key="k")["ReplicationStatus"]

    def test_with_all_rights(self, s3: FakeS3, s3_client: Any, locked: None) -> None:
        s3.role("copier", policy=self.allow_all_but())
        assert "COMPLETED" == self.put(s3, s3_client)

    @pytest.mark.parametrize("missing", [*READS[:2], *LOCKS, WRITES[0]])
    def test_without_one_nothing_is_copied(self, s3: FakeS3, s3_client: Any, locked: None, missing: str) -> None:
        s3.role("copier", policy=self.allow_all_but(missing))
        assert ("FAILED", []) == (self.put(s3, s3_client), list(s3["dst"]))

    @pytest.mark.parametrize("missing", [READS[2], WRITES[1]])
    def test_without_those_to_tags_the_replica_has_none(
        self, s3: FakeS3, s3_client: Any, locked: None, missing: str
    ) -> None:
        s3.role("copier", policy=self.allow_all_but(missing))
        assert ("FAILED", {}) == (self.put(s3, s3_client), s3["dst"]["k"].tags)
        s3.role("copier", policy=self.allow_all_but())
        s3.clock.advance(days=1)
        assert "FAILED" == s3_client.head_object(Bucket="src", Key="k")["ReplicationStatus"]
        s3_client.put_object_tagging(Bucket="src", Key="k", Tagging=TAG)
        s3.clock.advance(minutes=15)
        assert "COMPLETED" == s3_client.head_object(Bucket="src", Key="k")["ReplicationStatus"]
        assert {"phase": "two"} == s3["dst"]["k"].tags

    # S3: userguide/annotations-overview.html
    @pytest.mark.parametrize(
        "missing", [None, "s3:GetObjectVersionAnnotationForReplication", "s3:ReplicateObjectAnnotation"]
    )
    def test_annotations_are_copied_by_rights_of_their_own(
        self, s3: FakeS3, s3_client: Any, locked: None, missing: str | None
    ) -> None:
        def annotate(name: str) -> None:
            s3_client.put_object_annotation(Bucket="src", Key="k", AnnotationName=name, AnnotationPayload=b"x")
            s3.clock.advance(minutes=15)

        def outcome() -> tuple[str, list[str]]:
            listed = s3_client.list_object_annotations(Bucket="dst", Key="k").get("Annotations", [])
            status = s3_client.head_object(Bucket="src", Key="k")["ReplicationStatus"]
            return status, [each["AnnotationName"] for each in listed]

        also = ("s3:GetObjectVersionAnnotationForReplication", "s3:ReplicateObjectAnnotation")
        everything = [*READS, *LOCKS, *WRITES, *also]
        allowed = [each for each in everything if each != missing]
        s3.role("copier", policy={"Version": "2012-10-17", "Statement": allow(allowed, "*")})
        s3_client.put_object(Bucket="src", Key="k")
        annotate("first")
        assert (("COMPLETED", ["first"]) if missing is None else ("FAILED", [])) == outcome()
        annotate("second")
        assert (("COMPLETED", ["first", "second"]) if missing is None else ("FAILED", [])) == outcome()
        s3_client.delete_object_annotation(Bucket="src", Key="k", AnnotationName="first")
        s3.clock.advance(minutes=15)
        assert (("COMPLETED", ["second"]) if missing is None else ("FAILED", [])) == outcome()

    # S3: userguide/replication-failure-codes.html
    @pytest.mark.parametrize(
        ("missing", "reason"),
        [
            (READS[0], "SrcGetObjectNotPermitted"),
            (READS[1], "SrcGetAclNotPermitted"),
            (READS[2], "SrcGetTaggingNotPermitted"),
            (WRITES[0], "DstPutObjectNotPermitted"),
            (WRITES[1], "DstPutTaggingNotPermitted"),
            (LOCKS[0], None),
        ],
    )
    def test_the_event_names_the_right_where_s3_has_a_name_for_it(
        self, s3: FakeS3, s3_client: Any, locked: None, missing: str, reason: str | None
    ) -> None:
        s3_client.put_bucket_replication(Bucket="src", ReplicationConfiguration=rules(to(Metrics=ON)))
        s3.role("copier", policy=self.allow_all_but(missing))
        told: list[Any] = []
        s3.on_event("src", "s3:Replication:*", lambda event: told.append(event["Records"][0]))
        assert "FAILED" == self.put(s3, s3_client)
        assert [reason] == [each.get("replicationEventData", {}).get("failureReason") for each in told]

    def test_without_that_to_delete_no_marker_is_copied(self, s3: FakeS3, s3_client: Any, locked: None) -> None:
        s3.role("copier", policy=self.allow_all_but(WRITES[2]))
        self.put(s3, s3_client)
        s3_client.delete_object(Bucket="src", Key="k")
        s3.clock.advance(minutes=15)
        assert ["k"] == list(s3["dst"])

    def test_a_deny_in_the_destination(self, s3: FakeS3, s3_client: Any, locked: None) -> None:
        denied = allow("s3:ReplicateTags", "arn:aws:s3:::dst/*", Effect="Deny", Principal={"AWS": ROLE})
        policy = {"Version": "2012-10-17", "Statement": denied}
        s3_client.put_bucket_policy(Bucket="dst", Policy=json.dumps(policy))
        assert ("FAILED", {}) == (self.put(s3, s3_client), s3["dst"]["k"].tags)


class TestAccounts:
    """A bucket of another account takes replicas where its policy allows the role."""

    @pytest.fixture
    def theirs(self, s3: FakeS3, s3_client: Any, replicate: Replicate) -> Any:
        """The client of another account, which owns the bucket "theirs" in another region."""
        client = s3.account(OTHER).client(region_name="eu-west-1")
        where = {"LocationConstraint": "eu-west-1"}
        client.create_bucket(Bucket="theirs", CreateBucketConfiguration=where, ObjectOwnership="ObjectWriter")
        client.put_bucket_versioning(Bucket="theirs", VersioningConfiguration={"Status": "Enabled"})
        return client

    def let_in(self, client: Any, *actions: str) -> None:
        statement = allow([*actions], "arn:aws:s3:::theirs/*", Principal={"AWS": ROLE})
        policy = {"Version": "2012-10-17", "Statement": statement}
        client.put_bucket_policy(Bucket="theirs", Policy=json.dumps(policy))

    def test_without_a_policy_it_fails(self, s3: FakeS3, s3_client: Any, theirs: Any, replicate: Replicate) -> None:
        replicate(to("theirs"))
        s3_client.put_object(Bucket="src", Key="k")
        s3.clock.advance(minutes=15)
        assert "FAILED" == s3_client.head_object(Bucket="src", Key="k")["ReplicationStatus"]

    def test_the_source_keeps_owning_it(self, s3: FakeS3, s3_client: Any, theirs: Any, replicate: Replicate) -> None:
        self.let_in(theirs, "s3:ReplicateObject")
        replicate(to("theirs"))
        s3_client.put_object(Bucket="src", Key="k", Body=b"x")
        s3.clock.advance(minutes=15)
        with pytest.raises(ClientError, match="403"):
            theirs.head_object(Bucket="theirs", Key="k")
        read = s3.client(region_name="eu-west-1").get_object(Bucket="theirs", Key="k")
        assert b"x" == read["Body"].read()

    @pytest.mark.parametrize("right", [(), ("s3:ObjectOwnerOverrideToBucketOwner",)])
    def test_the_rule_may_change_the_owner(
        self, s3: FakeS3, s3_client: Any, theirs: Any, replicate: Replicate, right: tuple[str, ...]
    ) -> None:
        """S3: userguide/replication-change-owner.html"""
        self.let_in(theirs, "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", *right)
        owned = to("theirs", Account=OTHER, AccessControlTranslation={"Owner": "Destination"})
        replicate(owned | {"DeleteMarkerReplication": ON})
        s3_client.put_object(Bucket="src", Key="k", Body=b"x")
        s3_client.put_object(Bucket="src", Key="gone")
        s3_client.delete_object(Bucket="src", Key="gone")
        s3.clock.advance(minutes=15)
        assert ("COMPLETED" if right else "FAILED") == s3_client.head_object(Bucket="src", Key="k")["ReplicationStatus"]
        if right:
            assert b"x" == theirs.get_object(Bucket="theirs", Key="k")["Body"].read()
            (marker,) = theirs.list_object_versions(Bucket="theirs")["DeleteMarkers"]
            assert s3.account(OTHER).canonical_id == marker["Owner"]["ID"]
            s3_client.put_object_tagging(Bucket="src", Key="k", Tagging=TAG)
            s3.clock.advance(minutes=15)
            assert TAG["TagSet"] == theirs.get_object_tagging(Bucket="theirs", Key="k")["TagSet"]

    def test_only_to_the_account_that_it_names(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, head: Head
    ) -> None:
        replicate(to(Account=OTHER, AccessControlTranslation={"Owner": "Destination"}))
        s3_client.put_object(Bucket="src", Key="k")
        s3.clock.advance(minutes=15)
        assert "FAILED" == head("src")["ReplicationStatus"]

    @pytest.mark.parametrize(("acl", "status"), [("private", "FAILED"), ("bucket-owner-full-control", "COMPLETED")])
    def test_objects_that_their_writers_own(
        self, s3: FakeS3, s3_client: Any, replicate: Replicate, acl: str, status: str
    ) -> None:
        """The owner of the bucket has to be able to read an object and its ACL."""
        s3.create_bucket("open", versioning=True, ownership="ObjectWriter")
        anybody = allow(["s3:PutObject", "s3:PutObjectAcl"], "arn:aws:s3:::open/*", Principal={"AWS": OTHER})
        policy = {"Version": "2012-10-17", "Statement": anybody}
        s3_client.put_bucket_policy(Bucket="open", Policy=json.dumps(policy))
        replicate(to(), bucket="open")
        s3.account(OTHER).client().put_object(Bucket="open", Key="k", ACL=acl)
        s3.clock.advance(minutes=15)
        assert status == s3.service.present().buckets["open"].versions.current["k"].replication
