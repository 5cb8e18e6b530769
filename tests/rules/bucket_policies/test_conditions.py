"""Conditions of bucket policies: on what is asked, and on who asks and how. S3: userguide/amazon-s3-policy-keys.html"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.config import Config

from fakes3 import FakeS3

from .statements import (
    BOB,
    BUCKET,
    CAT,
    DAY,
    OBJECTS,
    OTHER,
    OWNER,
    WRITING,
    Under,
    get,
    statement,
    status,
    when,
)


class TestConditionsOnWhatIsAsked:
    """Conditions look at the members of a request: one that fulfils them is allowed, another is not."""

    @pytest.mark.parametrize(
        ("action", "condition", "operation", "fulfilling", "other"),
        [
            ("s3:ListBucket", when("StringEquals", "s3:prefix", "home/"), "list_objects_v2", {"Prefix": "home/"}, {}),
            (
                "s3:ListBucket",
                when("StringLike", "s3:prefix", "home/*"),
                "list_objects",
                {"Prefix": "home/dog"},
                {"Prefix": "hom"},
            ),
            (
                "s3:ListBucketVersions",
                when("StringEquals", "s3:prefix", "home/"),
                "list_object_versions",
                {"Prefix": "home/"},
                {"Prefix": ""},
            ),
            ("s3:ListBucket", when("StringEquals", "s3:delimiter", "/"), "list_objects_v2", {"Delimiter": "/"}, {}),
            (
                "s3:ListBucket",
                when("NumericLessThanEquals", "s3:max-keys", "10"),
                "list_objects_v2",
                {"MaxKeys": 10},
                {"MaxKeys": 11},
            ),
            ("s3:ListBucket", when("NumericLessThanEquals", "s3:max-keys", "10"), "list_objects", {"MaxKeys": 1}, {}),
            (
                WRITING[:2],
                when("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control"),
                "put_object",
                {"Key": "new", "ACL": "bucket-owner-full-control"},
                {"Key": "new"},
            ),
            (
                "s3:PutObject",
                when("StringEquals", "s3:x-amz-server-side-encryption", "AES256"),
                "put_object",
                {"Key": "new", "ServerSideEncryption": "AES256"},
                {"Key": "new"},
            ),
            (
                "s3:PutObject",
                when("StringEquals", "s3:x-amz-server-side-encryption", "aws:kms"),
                "create_multipart_upload",
                {"Key": "new", "ServerSideEncryption": "aws:kms"},
                {"Key": "new", "ServerSideEncryption": "AES256"},
            ),
            (
                "s3:PutObject",
                when("StringEquals", "s3:x-amz-storage-class", "STANDARD_IA"),
                "put_object",
                {"Key": "new", "StorageClass": "STANDARD_IA"},
                {"Key": "new", "StorageClass": "ONEZONE_IA"},
            ),
            (
                "s3:PutObject",
                when("StringEquals", "s3:x-amz-website-redirect-location", "/"),
                "put_object",
                {"Key": "new", "WebsiteRedirectLocation": "/"},
                {"Key": "new"},
            ),
            (
                "s3:PutObject",
                when("Null", "s3:if-none-match", "false"),
                "put_object",
                {"Key": "new", "IfNoneMatch": "*"},
                {},
            ),
            ("s3:DeleteObject", when("Null", "s3:if-match", "false"), "delete_object", {"IfMatch": "*"}, {}),
            (
                WRITING[::2],
                when("StringEquals", "s3:RequestObjectTag/Team", "blue"),
                "put_object",
                {"Tagging": "Team=blue"},
                {"Tagging": "Team=red"},
            ),
            (
                "s3:PutObjectTagging",
                when("StringEquals", "s3:RequestObjectTag/Team", "blue"),
                "put_object_tagging",
                {"Key": "cat", "Tagging": {"TagSet": [{"Key": "Team", "Value": "blue"}]}},
                {"Key": "cat", "Tagging": {"TagSet": []}},
            ),
            (
                "s3:PutObjectTagging",
                when("ForAllValues:StringEquals", "s3:RequestObjectTagKeys", "Team", "Stage"),
                "put_object_tagging",
                {"Key": "cat", "Tagging": {"TagSet": [{"Key": "Team", "Value": "blue"}]}},
                {"Key": "cat", "Tagging": {"TagSet": [{"Key": "Other", "Value": "blue"}]}},
            ),
            (
                "s3:GetObject",
                when("StringEquals", "s3:ExistingObjectTag/Team", "blue"),
                "get_object",
                {"Key": "tagged"},
                {"Key": "cat"},
            ),
        ],
    )
    def test_condition(
        self,
        under: Under,
        owner,
        bob,
        action,
        condition: dict[str, Any],
        operation: str,
        fulfilling: dict[str, Any],
        other: dict[str, Any],
    ) -> None:
        owner.put_object(Bucket="pictures", Key="tagged", Tagging="Team=blue")
        resource = BUCKET if "List" in str(action) else OBJECTS
        under(statement({"AWS": BOB}, action, resource, Condition=condition))
        call = getattr(bob, operation)
        defaults = {"Bucket": "pictures"} | ({"Key": "cat"} if resource == OBJECTS else {})
        assert 403 == status(call, **defaults | other)
        assert status(call, **defaults | fulfilling) in {200, 204}

    def test_grants(self, owner, under: Under, bob) -> None:
        owner.put_bucket_ownership_controls(
            Bucket="pictures", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        )
        grantee = f'id="{owner.get_bucket_acl(Bucket="pictures")["Owner"]["ID"]}"'
        condition = when("StringEquals", "s3:x-amz-grant-read", grantee)
        under(statement({"AWS": BOB}, WRITING[:2], Condition=condition))
        assert 403 == status(bob.put_object, **CAT)
        assert 403 == status(bob.put_object, **CAT, GrantFullControl=grantee)
        assert 200 == status(bob.put_object, **CAT, GrantRead=grantee)

    def test_object_creation(self, under: Under, bob) -> None:
        """A policy can ask for conditional writes, and spare what only prepares one.

        S3: userguide/conditional-writes-enforce.html
        """
        denial = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
        under(
            statement({"AWS": BOB}, ["s3:PutObject", "s3:GetObject"]),
            statement("*", "s3:PutObject", effect="Deny", Condition=denial),
        )
        where = {"Bucket": "pictures", "Key": "new"}
        assert 403 == status(bob.put_object, **where)
        assert 403 == status(bob.copy_object, **where, CopySource="pictures/cat")
        upload = {**where, "UploadId": bob.create_multipart_upload(**where)["UploadId"]}
        part = bob.upload_part(**upload, PartNumber=1, Body=b"meow")
        listed = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        assert 403 == status(bob.complete_multipart_upload, **upload, MultipartUpload=listed)
        assert 200 == status(bob.complete_multipart_upload, **upload, MultipartUpload=listed, IfNoneMatch="*")

    def test_copy_source(self, under: Under, bob) -> None:
        under(
            statement({"AWS": BOB}, "s3:GetObject"),
            statement(
                {"AWS": BOB}, "s3:PutObject", Condition=when("StringLike", "s3:x-amz-copy-source", "pictures/home/*")
            ),
        )
        copy = {"Bucket": "pictures", "Key": "copy"}
        assert 403 == status(bob.copy_object, **copy, CopySource="pictures/cat")
        assert 403 == status(bob.put_object, **copy)
        assert 200 == status(bob.copy_object, **copy, CopySource="pictures/home/dog")

    def test_metadata_directive(self, under: Under, bob) -> None:
        under(
            statement({"AWS": BOB}, "s3:GetObject"),
            statement(
                {"AWS": BOB}, "s3:PutObject", Condition=when("StringEquals", "s3:x-amz-metadata-directive", "REPLACE")
            ),
        )
        copy = {"Bucket": "pictures", "Key": "copy", "CopySource": "pictures/cat"}
        assert 403 == status(bob.copy_object, **copy)
        assert 200 == status(bob.copy_object, **copy, MetadataDirective="REPLACE")

    def test_version_id(self, under: Under, owner, bob) -> None:
        owner.put_bucket_versioning(Bucket="pictures", VersioningConfiguration={"Status": "Enabled"})
        old, new = (owner.put_object(**CAT)["VersionId"] for _ in range(2))
        under(
            statement(
                {"AWS": BOB},
                ["s3:GetObjectVersion", "s3:DeleteObjectVersion"],
                Condition=when("StringEquals", "s3:VersionId", old),
            ),
            statement({"AWS": BOB}, "s3:PutObject"),
        )
        copy = {"Bucket": "pictures", "Key": "copy"}
        for version, expected in ((new, 403), (old, 200)):
            assert expected == status(bob.get_object, **CAT, VersionId=version)
            source = {"Bucket": "pictures", "Key": "cat", "VersionId": version}
            assert expected == status(bob.copy_object, **copy, CopySource=source)
        named = {"Objects": [{"Key": "cat", "VersionId": each} for each in (new, old)]}
        answer = bob.delete_objects(Bucket="pictures", Delete=named)
        assert ([old], [new]) == tuple([each["VersionId"] for each in answer[what]] for what in ("Deleted", "Errors"))

    def test_existing_tags_of_a_version(self, under: Under, owner, bob) -> None:
        owner.put_bucket_versioning(Bucket="pictures", VersioningConfiguration={"Status": "Enabled"})
        blue = owner.put_object(**CAT, Tagging="team=blue")["VersionId"]
        red = owner.put_object(**CAT, Tagging="team=red")["VersionId"]
        condition = when("StringEquals", "s3:ExistingObjectTag/team", "blue")
        under(statement({"AWS": BOB}, ["s3:GetObject", "s3:GetObjectVersion"], Condition=condition))
        assert [403, 403, 200] == [
            status(bob.get_object, **CAT),
            status(bob.get_object, **CAT, VersionId=red),
            status(bob.get_object, **CAT, VersionId=blue),
        ]

    def test_object_lock(self, s3: FakeS3, bob) -> None:
        s3.create_bucket("locked", object_lock=True)
        s3.clock.freeze(datetime(2026, 1, 1, tzinfo=UTC))
        now = s3.clock.now()
        rights = ["s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"]
        limits = [
            (rights[:2], when("NumericLessThanEquals", "s3:object-lock-remaining-retention-days", "10")),
            (rights[2:], when("StringEquals", "s3:object-lock-legal-hold", "ON")),
        ]
        statements = [
            statement({"AWS": BOB}, actions, "arn:aws:s3:::locked/*", Condition=condition)
            for actions, condition in limits
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        s3.client().put_bucket_policy(Bucket="locked", Policy=policy)

        def put(days: int) -> int:
            until = now + days * DAY
            return status(
                bob.put_object,
                Bucket="locked",
                Key="cat",
                ObjectLockMode="GOVERNANCE",
                ObjectLockRetainUntilDate=until,
                ChecksumAlgorithm="CRC32",
            )

        assert [403, 200] == [put(11), put(10)]
        retention = {"Mode": "GOVERNANCE", "RetainUntilDate": now + 11 * DAY}
        assert 403 == status(bob.put_object_retention, Bucket="locked", Key="cat", Retention=retention)
        retention["RetainUntilDate"] = now + 10 * DAY
        assert 200 == status(bob.put_object_retention, Bucket="locked", Key="cat", Retention=retention)
        for hold, expected in (("OFF", 403), ("ON", 200)):
            assert expected == status(bob.put_object_legal_hold, Bucket="locked", Key="cat", LegalHold={"Status": hold})

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [("COMPLIANCE", 403), ("GOVERNANCE", 200)],
    )
    def test_lock_mode_and_date(self, s3: FakeS3, bob, mode: str, expected: int) -> None:
        s3.create_bucket("locked", object_lock=True)
        s3.clock.freeze(datetime(2026, 1, 1, tzinfo=UTC))
        condition = when("StringEquals", "s3:object-lock-mode", "GOVERNANCE") | when(
            "DateLessThan", "s3:object-lock-retain-until-date", "2027-01-01T00:00:00Z"
        )
        rights = ["s3:PutObject", "s3:PutObjectRetention"]
        allowed = statement({"AWS": BOB}, rights, "arn:aws:s3:::locked/*", Condition=condition)
        policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        s3.client().put_bucket_policy(Bucket="locked", Policy=policy)
        put = {"Bucket": "locked", "Key": "cat", "ChecksumAlgorithm": "CRC32", "ObjectLockMode": mode}
        soon, late = datetime(2026, 2, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
        assert expected == status(bob.put_object, **put, ObjectLockRetainUntilDate=soon)
        assert 403 == status(bob.put_object, **put, ObjectLockRetainUntilDate=late)

    def test_location_constraint(self, s3: FakeS3) -> None:
        """Where there is no bucket yet, only policies of identities speak."""
        allowed = {"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "*"}
        allowed["Condition"] = when("StringEquals", "s3:LocationConstraint", "eu-west-1")  # type: ignore[assignment]
        bob = s3.user("bob", policy={"Version": "2012-10-17", "Statement": allowed}).client()
        assert 403 == status(bob.create_bucket, Bucket="here")
        constraint = {"LocationConstraint": "eu-central-1"}
        assert 403 == status(bob.create_bucket, Bucket="here", CreateBucketConfiguration=constraint)
        constraint = {"LocationConstraint": "eu-west-1"}
        assert 200 == status(bob.create_bucket, Bucket="here", CreateBucketConfiguration=constraint)


class TestConditionsOnWhoAsksAndHow:
    """Conditions look at the caller, the connection and the signature."""

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (when("Bool", "aws:SecureTransport", "true"), 200),
            (when("Bool", "aws:SecureTransport", "false"), 403),
            (when("IpAddress", "aws:SourceIp", "127.0.0.0/8"), 200),
            (when("IpAddress", "aws:SourceIp", "192.0.2.0/24"), 403),
            (when("NotIpAddress", "aws:SourceIp", "192.0.2.0/24"), 200),
            (when("StringEquals", "s3:signatureversion", "AWS4-HMAC-SHA256"), 200),
            (when("StringEquals", "s3:signatureversion", "AWS"), 403),
            (when("StringEquals", "s3:authType", "REST-HEADER"), 200),
            (when("StringEquals", "s3:authType", "REST-QUERY-STRING"), 403),
            (when("StringEquals", "aws:username", "bob"), 200),
            (when("StringEquals", "aws:username", "alice"), 403),
            (when("StringLike", "aws:userid", "AIDA*"), 200),
            (when("StringLike", "aws:userid", "AROA*"), 403),
            (when("ArnEquals", "aws:PrincipalArn", BOB), 200),
            (when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"), 403),
            (when("StringEquals", "aws:PrincipalAccount", OWNER), 200),
            (when("StringEquals", "aws:PrincipalType", "User"), 200),
            (when("StringEquals", "s3:ResourceAccount", OWNER), 200),
            (when("StringEquals", "s3:ResourceAccount", OTHER), 403),
            (when("StringEquals", "aws:RequestedRegion", "us-east-1"), 200),
            (when("StringLike", "aws:UserAgent", "*Boto3/*"), 200),
            (when("StringLike", "aws:UserAgent", "curl/*"), 403),
            (when("DateGreaterThan", "aws:CurrentTime", "2026-01-01T00:00:00Z"), 200),
            (when("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z"), 403),
            (when("NumericGreaterThan", "aws:EpochTime", "1767225600"), 200),
            (when("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d"), 403),
            (when("StringNotEquals", "aws:SourceVpce", "vpce-1a2b3c4d"), 200),
            (when("Bool", "aws:MultiFactorAuthPresent", "true"), 403),
            (when("BoolIfExists", "aws:MultiFactorAuthPresent", "true"), 200),
        ],
    )
    def test_user(self, s3: FakeS3, under: Under, bob, condition: dict[str, Any], expected: int) -> None:
        s3.clock.freeze(datetime(2026, 6, 1, tzinfo=UTC))
        under(statement({"AWS": BOB}, "s3:GetObject", Condition=condition))
        assert expected == status(bob.get_object, **CAT)

    def test_without_tls(self, under: Under, bob, ssl_free_bob) -> None:
        """The policy that S3's own guide gives: userguide/security-best-practices.html."""
        under(
            statement({"AWS": BOB}, "s3:GetObject"),
            statement("*", "s3:*", [BUCKET, OBJECTS], "Deny", Condition=when("Bool", "aws:SecureTransport", "false")),
        )
        assert 200 == status(bob.get_object, **CAT)
        assert 403 == status(ssl_free_bob.get_object, **CAT)

    def test_session(self, s3: FakeS3, under: Under) -> None:
        role = s3.role("deploy", session="friday")
        condition = when("StringLike", "aws:userid", "AROA*:friday") | when(
            "ArnEquals", "aws:PrincipalArn", role.role_arn
        )
        under(statement({"AWS": role.role_arn}, "s3:GetObject", Condition=condition))
        assert 200 == status(role.client().get_object, **CAT)
        assert 403 == status(s3.role("deploy", session="monday").client().get_object, **CAT)

    def test_variables(self, under: Under, bob, owner) -> None:
        owner.put_object(Bucket="pictures", Key="bob/cat")
        under(statement({"AWS": BOB}, "s3:GetObject", "arn:aws:s3:::pictures/${aws:username}/*"))
        assert 200 == status(bob.get_object, Bucket="pictures", Key="bob/cat")
        assert 403 == status(bob.get_object, Bucket="pictures", Key="home/dog")

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (when("NumericLessThan", "s3:signatureAge", "600000"), 200),
            (when("NumericGreaterThan", "s3:signatureAge", "600000"), 403),
            (when("StringEquals", "s3:authType", "REST-QUERY-STRING"), 200),
            (when("StringEquals", "s3:authType", "REST-HEADER"), 403),
        ],
    )
    def test_presigned_urls(self, s3: FakeS3, under: Under, bob, condition: dict[str, Any], expected: int) -> None:
        client = s3.user("bob").client(config=Config(signature_version="s3v4"))
        under(statement({"AWS": BOB}, "s3:GetObject", Condition=condition))
        url = client.generate_presigned_url("get_object", Params=CAT, ExpiresIn=3600)
        s3.clock.advance(minutes=5)
        assert expected == get(s3, url)
        s3.clock.advance(minutes=10)
        if "signatureAge" in str(condition):
            assert {200: 403, 403: 200}[expected] == get(s3, url)
