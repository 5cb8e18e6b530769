"""What is said of bucket policies: texts and reasons of refusals, and documents that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from .statements import (
    ANYBODY,
    BOB,
    BUCKET,
    CAT,
    EVERYTHING,
    OTHER,
    OWNER,
    Under,
    message,
    statement,
)


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
            f"anonymous may not s3:GetObject on {BUCKET}/cat: the policy of the bucket is public and "
            "RestrictPublicBuckets "
            "is on, which lets in nobody from outside the owner's account. Make the policy name its callers, or switch "
            "RestrictPublicBuckets off."
        ) == s3.calls[-1].reason

    def test_the_exception_has_it_as_a_note(self, owner, bob, s3: FakeS3) -> None:
        with pytest.raises(ClientError) as caught:
            bob.get_object(**CAT)
        assert [f"fakes3: {s3.calls[-1].reason}"] == caught.value.__notes__


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
