"""What bucket policies do: who gets in by them and who does not, on what conditions, and what S3 says to whom.

What the language means is told in tests/model/test_policy.py; here policies are put, and requests made under them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from ..ask import Ask

OWNER, OTHER = "123456789012", "210987654321"
BUCKET, OBJECTS = "arn:aws:s3:::pictures", "arn:aws:s3:::pictures/*"
EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
BOB = f"arn:aws:iam::{OWNER}:user/bob"


def statement(
    principal: Any, action: Any, resource: Any = OBJECTS, effect: str = "Allow", **more: Any
) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}


class Under(Protocol):
    """Puts a bucket policy of these statements."""

    def __call__(self, *statements: dict[str, Any]) -> None: ...


@pytest.fixture
def owner(s3: FakeS3, s3_client) -> Any:
    """A client of the owner of the bucket "pictures", which blocks no public access."""
    s3.create_bucket("pictures", objects={"cat": "meow", "home/dog": "woof"})
    s3_client.delete_public_access_block(Bucket="pictures")
    return s3_client


@pytest.fixture
def under(owner) -> Under:
    """`under(statement(...))` puts that policy."""

    def put(*statements: dict[str, Any]) -> None:
        policy = {"Version": "2012-10-17", "Statement": statements}
        owner.put_bucket_policy(Bucket="pictures", Policy=json.dumps(policy))

    return put


@pytest.fixture
def anonymous(s3: FakeS3) -> Any:
    """A client that does not sign."""
    return s3.client(config=Config(signature_version=UNSIGNED))


@pytest.fixture
def bob(s3: FakeS3) -> Any:
    """A client of a user of the owner's account whom no identity policy allows anything."""
    return s3.user("bob", policy=None).client()


@pytest.fixture
def ssl_free_bob(s3: FakeS3, bob) -> Any:
    """The same, over HTTP without TLS."""
    return s3.user("bob").client(use_ssl=False)


@pytest.fixture
def guest(s3: FakeS3) -> Any:
    """A client of a user of another account, whose own account allows it everything."""
    return s3.account(OTHER).user("guest", policy=EVERYTHING).client()


def status(call: Callable[..., Any], **options: Any) -> int:
    """The status of the answer to a call."""
    try:
        answer = call(**options)
    except ClientError as error:
        answer = error.response
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def message(call: Callable[..., Any], **options: Any) -> str:
    """The text of the refusal of a call."""
    with pytest.raises(ClientError) as caught:
        call(**options)
    return str(caught.value.response["Error"]["Message"])


CAT = {"Bucket": "pictures", "Key": "cat"}
MISSING = {"Bucket": "pictures", "Key": "missing"}


class TestPublicPolicy:
    """A policy for everybody lets in callers who did not sign, once no public access is blocked."""

    def test_anonymous_read(self, s3: FakeS3, under: Under, anonymous) -> None:
        assert 403 == status(anonymous.get_object, **CAT)
        under(statement("*", "s3:GetObject"))
        assert b"meow" == anonymous.get_object(**CAT)["Body"].read()
        assert 403 == status(anonymous.put_object, **CAT, Body=b"purr")
        assert 403 == status(anonymous.list_objects_v2, Bucket="pictures")

    def test_restricted_buckets_let_in_nobody_from_outside(self, under: Under, owner, anonymous, guest, bob) -> None:
        under(statement("*", "s3:GetObject"))
        owner.put_public_access_block(Bucket="pictures", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
        assert [403, 403, 200] == [status(each.get_object, **CAT) for each in (anonymous, guest, bob)]

    def test_a_new_bucket_takes_none(self, s3: FakeS3, refused) -> None:
        s3.create_bucket("blocked")
        policy = {"Version": "2012-10-17", "Statement": statement("*", "s3:GetObject", "arn:aws:s3:::blocked/*")}
        expected = (
            f"User: arn:aws:iam::{OWNER}:root is not authorized to perform: s3:PutBucketPolicy on resource: "
            '"arn:aws:s3:::blocked" because public policies are prevented by the BlockPublicPolicy setting in S3 Block '
            "Public Access."
        )
        with refused("AccessDenied", 403, expected):
            s3.client().put_bucket_policy(Bucket="blocked", Policy=json.dumps(policy))

    @pytest.mark.parametrize(
        ("statements", "is_public"),
        [
            ([statement("*", "s3:GetObject")], True),
            ([statement({"AWS": "*"}, "s3:GetObject")], True),
            ([statement({"AWS": OTHER}, "s3:GetObject")], False),
            ([statement("*", "s3:GetObject", effect="Deny")], False),
            ([statement({"AWS": OTHER}, "s3:GetObject"), statement("*", "s3:PutObject")], True),
            (
                [statement("*", "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})],
                False,
            ),
            ([statement("*", "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}})], True),
            (
                [statement("*", "s3:GetObject", Condition={"StringEquals": {"aws:SourceVpc": "vpc-91237329"}})],
                False,
            ),
            (
                [statement("*", "s3:GetObject", Condition={"StringLike": {"aws:SourceVpc": "vpc-9123*"}})],
                True,
            ),
        ],
    )
    def test_status(self, owner, under: Under, statements: list[dict[str, Any]], is_public: bool) -> None:
        """S3: userguide/access-control-block-public-access.html, "The meaning of "public\""""
        under(*statements)
        assert is_public is owner.get_bucket_policy_status(Bucket="pictures")["PolicyStatus"]["IsPublic"]


class TestDenyWins:
    """An explicit deny anywhere wins over every allow."""

    def test_over_an_allow_beside_it(self, under: Under, guest, anonymous) -> None:
        under(
            statement("*", "s3:GetObject"),
            statement("*", "s3:GetObject", "arn:aws:s3:::pictures/home/*", "Deny"),
        )
        for client in (guest, anonymous):
            assert 200 == status(client.get_object, **CAT)
            assert 403 == status(client.get_object, Bucket="pictures", Key="home/dog")

    def test_over_an_identity_policy(self, s3: FakeS3, under: Under) -> None:
        bob = s3.user("bob", policy=EVERYTHING).client()
        assert 200 == status(bob.get_object, **CAT)
        under(statement({"AWS": BOB}, "s3:GetObject", effect="Deny"))
        assert 403 == status(bob.get_object, **CAT)

    def test_of_an_identity_policy_over_the_bucket_s(self, s3: FakeS3, under: Under) -> None:
        denial = {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"},
        }
        bob = s3.user("bob", policy=denial).client()
        under(statement({"AWS": BOB}, "s3:GetObject"))
        assert 403 == status(bob.get_object, **CAT)

    def test_over_the_owner_s_root_user(self, under: Under, owner) -> None:
        under(statement("*", "s3:*", [BUCKET, OBJECTS], "Deny"))
        assert 403 == status(owner.get_object, **CAT)
        assert 403 == status(owner.delete_bucket, Bucket="pictures")
        assert 200 == status(owner.get_bucket_policy, Bucket="pictures")
        assert 204 == status(owner.delete_bucket_policy, Bucket="pictures")
        assert 200 == status(owner.get_object, **CAT)

    def test_but_not_over_users_for_the_policy_calls(self, s3: FakeS3, under: Under) -> None:
        """Only the root user may always put the policy."""
        bob = s3.user("bob", policy=EVERYTHING).client()
        under(statement("*", "s3:*", [BUCKET, OBJECTS], "Deny"))
        assert 403 == status(bob.get_bucket_policy, Bucket="pictures")
        assert 403 == status(bob.delete_bucket_policy, Bucket="pictures")


class TestSameAccount:
    """In the bucket owner's own account, the bucket policy or an identity policy is enough."""

    def test_bucket_policy(self, under: Under, bob) -> None:
        assert 403 == status(bob.get_object, **CAT)
        under(statement({"AWS": BOB}, "s3:GetObject"))
        assert 200 == status(bob.get_object, **CAT)

    def test_identity_policy(self, s3: FakeS3, owner) -> None:
        assert 200 == status(s3.user("bob", policy=EVERYTHING).client().get_object, **CAT)

    def test_the_account_hands_it_to_its_identity_policies(self, under: Under, bob) -> None:
        under(statement({"AWS": OWNER}, "s3:GetObject"))
        assert 403 == status(bob.get_object, **CAT)

    def test_session_policy(self, s3: FakeS3, under: Under) -> None:
        listing = {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"},
        }
        role = s3.role("deploy", policy=EVERYTHING, session_policy=listing)
        assert 200 == status(role.client().list_objects_v2, Bucket="pictures")
        assert 403 == status(role.client().get_object, **CAT)
        under(statement({"AWS": role.role_arn}, "s3:GetObject"))
        assert 403 == status(role.client().get_object, **CAT)
        # What is granted to the session itself is beside what its policy limits: IAM/UserGuide/access_policies.html
        under(statement({"AWS": role.arn}, "s3:GetObject"))
        assert 200 == status(role.client().get_object, **CAT)
        assert 403 == status(s3.role("deploy", session_policy=listing, session="another").client().get_object, **CAT)


class TestCrossAccount:
    """Across accounts it takes both sides: the bucket's policy, and the policies of the caller's account."""

    @pytest.mark.parametrize(
        ("identity", "principal", "expected"),
        [
            (EVERYTHING, {"AWS": OTHER}, 200),
            (EVERYTHING, {"AWS": f"arn:aws:iam::{OTHER}:root"}, 200),
            (EVERYTHING, {"AWS": f"arn:aws:iam::{OTHER}:user/guest"}, 200),
            (EVERYTHING, "*", 200),
            (EVERYTHING, {"AWS": OWNER}, 403),
            (EVERYTHING, {"AWS": f"arn:aws:iam::{OTHER}:user/bob"}, 403),
            (None, {"AWS": OTHER}, 403),
            (None, {"AWS": f"arn:aws:iam::{OTHER}:user/guest"}, 403),
            (None, "*", 403),
        ],
    )
    def test_user(self, s3: FakeS3, under: Under, identity, principal, expected: int) -> None:
        guest = s3.account(OTHER).user("guest", policy=identity).client()
        under(statement(principal, "s3:GetObject"))
        assert expected == status(guest.get_object, **CAT)

    def test_without_a_bucket_policy(self, owner, guest) -> None:
        assert 403 == status(guest.get_object, **CAT)

    def test_root_user(self, s3: FakeS3, under: Under, stranger) -> None:
        assert 403 == status(stranger.get_object, **CAT)
        under(statement({"AWS": OTHER}, "s3:GetObject"))
        assert 200 == status(stranger.get_object, **CAT)

    def test_canonical_id(self, s3: FakeS3, under: Under, stranger) -> None:
        under(statement({"CanonicalUser": s3.account(OTHER).canonical_id}, "s3:GetObject"))
        assert 200 == status(stranger.get_object, **CAT)

    def test_the_policy_of_a_bucket_does_not_reach_objects_of_others(
        self, s3: FakeS3, under: Under, owner, stranger
    ) -> None:
        """Where objects belong to who wrote them, the bucket's owner cannot give them away."""
        owner.put_bucket_ownership_controls(
            Bucket="pictures", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        )
        under(statement({"AWS": [OTHER, "345678901234"]}, ["s3:GetObject", "s3:PutObject"]))
        stranger.put_object(Bucket="pictures", Key="theirs", Body=b"purr")
        third = s3.account("345678901234").client()
        assert 200 == status(third.get_object, **CAT)
        assert 403 == status(third.get_object, Bucket="pictures", Key="theirs")
        owner.put_bucket_ownership_controls(
            Bucket="pictures", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        )
        assert 200 == status(third.get_object, Bucket="pictures", Key="theirs")


class TestMissingKeys:
    """Whoever may not list the bucket is not told that there is no such object."""

    @pytest.mark.parametrize("operation", ["get_object", "head_object", "get_object_tagging"])
    def test_403_or_404(self, under: Under, guest, operation: str) -> None:
        reading = statement("*", ["s3:GetObject", "s3:GetObjectTagging"])
        under(reading)
        assert 403 == status(getattr(guest, operation), **MISSING)
        under(reading, statement("*", "s3:ListBucket", BUCKET))
        assert 404 == status(getattr(guest, operation), **MISSING)

    def test_nothing_is_told_to_whom_may_list_only(self, under: Under, guest) -> None:
        under(statement("*", "s3:ListBucket", BUCKET))
        assert 403 == status(guest.get_object, **MISSING)


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {operator: {key: list(values)}}


WRITING = ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"]
DAY = timedelta(days=1)


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


def get(s3: FakeS3, url: str) -> int:
    """The status of the answer to a GET of a URL."""
    host, _, rest = url.removeprefix("https://").partition("/")
    return Ask(s3.service)("GET", f"/{rest}", host=host, signed=False).status


class TestTexts:
    """S3 tells callers of the bucket owner's account why they are refused, others only that they are."""

    def test_no_policy_allows_it(self, owner, bob) -> None:
        assert (
            f'User: {BOB} is not authorized to perform: s3:GetObject on resource: "{BUCKET}/cat" because no '
            "identity-based policy allows the s3:GetObject action"
        ) == message(bob.get_object, **CAT)

    def test_the_bucket_policy_denies_it(self, under: Under, bob, guest) -> None:
        under(statement("*", "s3:ListBucket", BUCKET, "Deny"))
        assert (
            f'User: {BOB} is not authorized to perform: s3:ListBucket on resource: "{BUCKET}" with an explicit deny in '
            "a resource-based policy"
        ) == message(bob.list_objects_v2, Bucket="pictures")
        assert "Access Denied" == message(guest.list_objects_v2, Bucket="pictures")

    def test_an_identity_policy_denies_it(self, s3: FakeS3, owner) -> None:
        denial = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
        assert (
            f'User: {BOB} is not authorized to perform: s3:GetObject on resource: "{BUCKET}/cat" with an explicit deny '
            "in an identity-based policy"
        ) == message(s3.user("bob", policy=denial).client().get_object, **CAT)

    def test_the_session_policy_does_not_allow_it(self, s3: FakeS3, owner) -> None:
        nothing = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}}
        role = s3.role("deploy", policy=EVERYTHING, session_policy=nothing, session="friday")
        assert (
            f"User: arn:aws:sts::{OWNER}:assumed-role/deploy/friday is not authorized to perform: s3:GetObject on "
            f'resource: "{BUCKET}/cat" because no session policy allows the s3:GetObject action'
        ) == message(role.client().get_object, **CAT)

    def test_others(self, owner, guest, anonymous) -> None:
        for client in (guest, anonymous):
            assert "Access Denied" == message(client.get_object, **CAT)


class TestReasons:
    """Beside S3's answer, a refusal says to the test author which rule refused, and what would allow it."""

    def test_nobody_allows_it(self, s3: FakeS3, owner, bob) -> None:
        message(bob.get_object, **CAT)
        assert (
            f"{BOB} may not s3:GetObject on {BUCKET}/cat: no identity policy of {BOB} allows s3:GetObject on "
            f"{BUCKET}/cat. Add one."
        ) == s3.calls[-1].reason

    def test_a_statement_denies_it(self, s3: FakeS3, under: Under, bob) -> None:
        under(
            statement("*", "s3:GetObject"),
            statement("*", "s3:PutObject", effect="Deny", Sid="ReadOnly"),
            statement("*", "s3:DeleteObject", effect="Deny"),
        )
        message(bob.put_object, **CAT)
        assert str(s3.calls[-1].reason).endswith(
            'Statement "ReadOnly" of the bucket policy denies it. Take it out, or narrow it.'
        )
        message(bob.delete_object, **CAT)
        assert str(s3.calls[-1].reason).endswith(
            "Statement 3 of the bucket policy denies it. Take it out, or narrow it."
        )

    def test_the_other_side_is_missing(self, s3: FakeS3, under: Under, guest) -> None:
        message(guest.get_object, **CAT)
        assert (
            f"arn:aws:iam::{OTHER}:user/guest may not s3:GetObject on {BUCKET}/cat: no bucket policy allows "
            f"s3:GetObject on {BUCKET}/cat, and its ACLs are switched off (BucketOwnerEnforced). Allow it in the "
            "bucket's policy."
        ) == s3.calls[-1].reason
        under(statement({"AWS": OTHER}, "s3:GetObject"))
        idle = s3.account(OTHER).user("idle")
        message(idle.client().get_object, **CAT)
        assert (
            f"{idle.arn} may not s3:GetObject on {BUCKET}/cat: the caller's own account has to allow it too, and no "
            f"identity policy of {idle.arn} allows s3:GetObject on {BUCKET}/cat. Add one."
        ) == s3.calls[-1].reason

    def test_public_access_is_restricted(self, s3: FakeS3, under: Under, owner, anonymous) -> None:
        under(statement("*", "s3:GetObject"))
        owner.put_public_access_block(Bucket="pictures", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
        message(anonymous.get_object, **CAT)
        assert (
            f"anonymous may not s3:GetObject on {BUCKET}/cat: the bucket's policy is public and RestrictPublicBuckets "
            "is on, which lets in nobody from outside the owner's account. Make the policy name its callers, or switch "
            "RestrictPublicBuckets off."
        ) == s3.calls[-1].reason

    def test_the_exception_has_it_as_a_note(self, owner, bob, s3: FakeS3) -> None:
        with pytest.raises(ClientError) as caught:
            bob.get_object(**CAT)
        assert [f"fakes3: {s3.calls[-1].reason}"] == caught.value.__notes__


ANYBODY = statement({"AWS": OTHER}, "s3:GetObject")


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ANYBODY.items() if key != name}


class TestMalformedPolicies:
    """S3 refuses what is no policy with 400 MalformedPolicy, and says what is wrong with it."""

    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            ("[]", "Policies must be valid JSON and the first byte must be '{'"),
            (" {}", "Policies must be valid JSON and the first byte must be '{'"),
            ("{", "This policy contains invalid Json"),
            ({}, "Missing required field Statement"),
            ({"Statement": []}, "Could not parse the policy: Statement is empty!"),
            ({"Version": "2026-11-22", "Statement": [ANYBODY]}, "The policy must contain a valid version string"),
            (ANYBODY | {"Effect": "Maybe"}, "Invalid effect: Maybe"),
            (without("Effect"), "Missing required field Effect"),
            (without("Principal"), "Missing required field Principal"),
            (ANYBODY | {"Principal": {"AWS": "nobody"}}, "Invalid principal in policy"),
            (ANYBODY | {"Principal": {"AWS": "AIDAEXAMPLEOFADELETED"}}, "Invalid principal in policy"),
            (without("Action"), "Missing required field Action"),
            (ANYBODY | {"Action": "s3:ReadObject"}, "Policy has invalid action"),
            (ANYBODY | {"Action": "ec2:RunInstances"}, "Policy has invalid action"),
            (without("Resource"), "Missing required field Resource"),
            (ANYBODY | {"Resource": "arn:aws:s3:::others/*"}, "Policy has invalid resource"),
            (ANYBODY | {"Resource": "pictures/*"}, "Policy has invalid resource"),
            (ANYBODY | {"Resource": BUCKET}, "Action does not apply to any resource(s) in statement"),
            (
                ANYBODY | {"Action": "s3:ListBucket"},
                "Action does not apply to any resource(s) in statement",
            ),
            (ANYBODY | {"Condition": {"Equals": {"s3:prefix": "a"}}}, "Invalid Condition type : Equals"),
            (
                ANYBODY | {"Condition": {"StringEquals": {"s3:color": "a"}}},
                "Policy has an invalid condition key",
            ),
        ],
    )
    def test_message(self, owner, refused, policy, expected: str) -> None:
        if isinstance(policy, dict) and policy.keys() & ANYBODY.keys():
            policy = {"Version": "2012-10-17", "Statement": [policy]}
        text = policy if isinstance(policy, str) else json.dumps(policy)
        with refused("MalformedPolicy", 400, expected):
            owner.put_bucket_policy(Bucket="pictures", Policy=text)


class TestCallersWhoDidNotSign:
    """Some things nobody can do who does not sign, and S3 has a text for each."""

    def test_bucket_configurations(self, owner, anonymous) -> None:
        calls = [
            (anonymous.get_bucket_versioning, {}),
            (anonymous.get_bucket_encryption, {}),
            (anonymous.get_bucket_lifecycle_configuration, {}),
            (anonymous.get_bucket_policy_status, {}),
            (anonymous.delete_bucket, {}),
            (anonymous.put_bucket_request_payment, {"RequestPaymentConfiguration": {"Payer": "Requester"}}),
        ]
        for call, options in calls:
            expected = "Anonymous users cannot invoke this API. Please authenticate."
            assert expected == message(call, Bucket="pictures", **options)

    @pytest.mark.parametrize("is_public", [False, True])
    def test_copies_and_uploads(self, under: Under, anonymous, is_public: bool) -> None:
        if is_public:
            under(statement("*", ["s3:PutObject", "s3:GetObject"]))
        where = {"Bucket": "pictures", "Key": "new"}
        expected = "Anonymous users cannot copy objects. Please authenticate."
        assert expected == message(anonymous.copy_object, **where, CopySource="pictures/cat")
        expected = "Anonymous users cannot initiate multipart uploads. Please authenticate."
        assert expected == message(anonymous.create_multipart_upload, **where)

    def test_copies_and_uploads_to_no_bucket(self, anonymous) -> None:
        where = {"Bucket": "nowhere", "Key": "new"}
        assert 404 == status(anonymous.copy_object, **where, CopySource="pictures/cat")
        assert 404 == status(anonymous.create_multipart_upload, **where)

    def test_headers_of_their_choice(self, under: Under, anonymous) -> None:
        under(statement("*", "s3:GetObject"))
        expected = "Request specific response headers cannot be used for anonymous GET requests."
        assert expected == message(anonymous.get_object, **CAT, ResponseContentType="text/plain")

    def test_signed_chunks(self, under: Under, ask) -> None:
        under(statement("*", "s3:PutObject"))
        headers = {"authorization": None, "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
        answer = ask("PUT", "/pictures/cat", headers, b"0\r\n\r\n").refusal
        assert (
            400,
            "InvalidRequest",
            "Anonymous requests don't support this x-amz-content-sha256 value. Please use UNSIGNED-PAYLOAD or "
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER.",
        ) == answer[:3]

    def test_create_bucket(self, anonymous) -> None:
        assert "Access Denied" == message(anonymous.create_bucket, Bucket="new")

    def test_list_of_all_buckets(self, ask) -> None:
        """Whoever asks S3 for its root and does not sign is sent to its home page."""
        answer = ask("GET", "/", {"authorization": None})
        assert (307, b"") == (answer.status, answer.body)
        assert "https://aws.amazon.com/s3/" == answer.headers["Location"]
        assert "Content-Type" not in answer.headers
