"""What bucket policies do: who gets in by them and who does not, on what conditions, and what S3 says to whom.

What the language means is told in tests/model/test_policy.py; here policies are put, and requests made under them.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes3 import FakeS3

from .statements import (
    BOB,
    BUCKET,
    CAT,
    EVERYTHING,
    MISSING,
    OBJECTS,
    OTHER,
    OWNER,
    Under,
    message,
    statement,
    status,
)


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
