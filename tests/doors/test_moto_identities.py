"""Users and roles that were made in moto sign requests to S3, and are held to their policies where IAM is enforced."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3

moto = pytest.importorskip("moto")

ACCOUNT, OTHER = "123456789012", "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
WHERE = {"Bucket": "bucket", "Key": "key"}


def client(service: str, **credentials: str) -> Any:
    return boto3.session.Session(region_name="us-east-1").client(service, **credentials)  # type: ignore[call-overload]


def allow(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def s3() -> Iterator[FakeS3]:
    """The fake, beside moto, with IAM enforced."""
    with moto.mock_aws(), mock_s3(enforce_iam=True) as s3:
        s3.create_bucket("bucket", objects={"key": "hello"})
        yield s3


@pytest.fixture
def lenient() -> Iterator[FakeS3]:
    """The fake, beside moto, as it is by default."""
    with moto.mock_aws(), mock_s3() as s3:
        s3.create_bucket("bucket", objects={"key": "hello"})
        yield s3


def make_user(path: str = "/") -> Any:
    """Make the user alice in moto, and return a client that signs with her key."""
    iam = client("iam")
    iam.create_user(UserName="alice", Path=path)
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    return client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


def assume(role: str = ROLE, *, token: str | None = None, **options: str) -> Any:
    """Return a client that signs as a session of a role."""
    made = client("sts").assume_role(RoleArn=role, RoleSessionName="session", **options)["Credentials"]
    return client(
        "s3",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=token or made["SessionToken"],
    )


def refusal(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return str(caught.value.response["Error"]["Code"])


class TestUsers:
    def test_of_whom_nothing_is_known_is_allowed_nothing(self, s3: FakeS3) -> None:
        alice = make_user("/team/")
        assert "AccessDenied" == refusal(alice.get_object, **WHERE)
        assert f"arn:aws:iam::{ACCOUNT}:user/team/alice" == s3.calls[-1].principal.arn

    def test_her_own_policy(self, s3: FakeS3) -> None:
        alice = make_user()
        client("iam").put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=allow("s3:GetObject"))
        assert b"hello" == alice.get_object(**WHERE)["Body"].read()
        assert "AccessDenied" == refusal(alice.put_object, **WHERE)

    def test_an_attached_policy_in_its_default_version(self, s3: FakeS3) -> None:
        alice, iam = make_user(), client("iam")
        policy = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:GetObject", "ec2:Describe*"))["Policy"]
        iam.attach_user_policy(UserName="alice", PolicyArn=policy["Arn"])
        alice.get_object(**WHERE)
        iam.create_policy_version(PolicyArn=policy["Arn"], PolicyDocument=allow("s3:PutObject"), SetAsDefault=True)
        alice.put_object(**WHERE)
        assert "AccessDenied" == refusal(alice.get_object, **WHERE)

    def test_a_user_who_was_renamed(self, s3: FakeS3) -> None:
        alice, iam = make_user(), client("iam")
        iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=allow("s3:GetObject"))
        iam.update_user(UserName="alice", NewUserName="bob")
        alice.get_object(**WHERE)
        assert f"arn:aws:iam::{ACCOUNT}:user/bob" == s3.calls[-1].principal.arn

    def test_the_policy_of_a_group(self, s3: FakeS3) -> None:
        alice, iam = make_user(), client("iam")
        iam.create_group(GroupName="readers")
        iam.put_group_policy(GroupName="readers", PolicyName="p", PolicyDocument=allow("s3:GetObject"))
        assert "AccessDenied" == refusal(alice.get_object, **WHERE)
        iam.add_user_to_group(GroupName="readers", UserName="alice")
        alice.get_object(**WHERE)

    def test_a_bucket_policy_names_her(self, s3: FakeS3) -> None:
        alice = make_user()
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bucket/*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        client("s3").put_bucket_policy(Bucket="bucket", Policy=policy)
        assert b"hello" == alice.get_object(**WHERE)["Body"].read()

    def test_what_another_secret_signed_is_refused(self, s3: FakeS3) -> None:
        make_user()
        (key,) = client("iam").list_access_keys(UserName="alice")["AccessKeyMetadata"]
        forged = client("s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key="wrong")
        assert "SignatureDoesNotMatch" == refusal(forged.get_object, **WHERE)

    def test_a_key_that_is_not_active_is_unknown(self, s3: FakeS3) -> None:
        alice, iam = make_user(), client("iam")
        (key,) = iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]
        iam.update_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"], Status="Inactive")
        assert "InvalidAccessKeyId" == refusal(alice.get_object, **WHERE)

    def test_a_url_that_she_presigned(self, s3: FakeS3) -> None:
        alice = make_user()
        client("iam").put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=allow("s3:GetObject"))
        url = alice.generate_presigned_url("get_object", Params=WHERE)
        assert "hello" == requests.get(url, timeout=5).text
        assert 403 == requests.get(url.replace("Signature=", "Signature=0"), timeout=5).status_code


class TestSessions:
    def make_role(self, *actions: str) -> None:
        iam = client("iam")
        iam.create_role(RoleName="reader", AssumeRolePolicyDocument="{}")
        iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=allow(*actions))

    def test_the_policies_of_the_role(self, s3: FakeS3) -> None:
        self.make_role("s3:GetObject")
        session = assume()
        assert b"hello" == session.get_object(**WHERE)["Body"].read()
        assert f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/session" == s3.calls[-1].principal.arn
        assert "AccessDenied" == refusal(session.put_object, **WHERE)

    def test_a_role_of_cloudformation(self, s3: FakeS3) -> None:
        """Its policies are dictionaries."""
        made = {"PolicyName": "p", "PolicyDocument": json.loads(allow("s3:GetObject"))}
        properties = {"AssumeRolePolicyDocument": {}, "RoleName": "reader", "Policies": [made]}
        models = pytest.importorskip("moto.iam.models")
        models.Role.create_from_cloudformation_json("reader", {"Properties": properties}, ACCOUNT, "us-east-1")
        assert b"hello" == assume().get_object(**WHERE)["Body"].read()

    def test_the_policy_of_the_session(self, s3: FakeS3) -> None:
        self.make_role("s3:*")
        session = assume(Policy=allow("s3:GetObject"))
        session.get_object(**WHERE)
        assert "AccessDenied" == refusal(session.put_object, **WHERE)

    def test_a_token_of_another_key(self, s3: FakeS3) -> None:
        self.make_role("s3:*")
        assert "InvalidToken" == refusal(assume(token="of another").get_object, **WHERE)

    def test_a_role_that_nobody_made_is_allowed_nothing(self, s3: FakeS3) -> None:
        assert "AccessDenied" == refusal(assume().get_object, **WHERE)

    def test_of_another_account(self, s3: FakeS3) -> None:
        session = assume(f"arn:aws:iam::{OTHER}:role/reader")
        assert "AccessDenied" == refusal(session.get_object, **WHERE)
        assert OTHER == s3.calls[-1].principal.account


class TestWhereIamIsNotEnforced:
    def test_everybody_is_known_and_allowed_everything_in_the_account(self, lenient: FakeS3) -> None:
        for caller, arn in (
            (make_user(), f"arn:aws:iam::{ACCOUNT}:user/alice"),
            (assume(), f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/session"),
        ):
            caller.put_object(**WHERE)
            assert arn == lenient.calls[-1].principal.arn

    def test_keys_of_other_accounts_are_taken_for_the_root_users(self, lenient: FakeS3) -> None:
        assume(f"arn:aws:iam::{OTHER}:role/reader").get_object(**WHERE)
        assert lenient.account().arn == lenient.calls[-1].principal.arn

    def test_keys_that_nobody_made(self, lenient: FakeS3) -> None:
        client("s3", aws_access_key_id="AKIAANYBODY000000000", aws_secret_access_key="x").get_object(**WHERE)
        assert lenient.account().arn == lenient.calls[-1].principal.arn

    def test_a_session_that_moto_has_forgotten(self, lenient: FakeS3) -> None:
        session = assume()
        for backends in sys.modules["moto.sts.models"].sts_backends.values():
            for backend in backends.values():
                backend.assumed_roles.clear()
        session.get_object(**WHERE)
        assert lenient.account().arn == lenient.calls[-1].principal.arn

    @pytest.mark.parametrize("is_enforced", [True, False])
    def test_motos_own_dummy_key(self, is_enforced: bool) -> None:
        with mock_s3(enforce_iam=is_enforced) as s3, moto.mock_aws():
            client("s3").create_bucket(Bucket="bucket")
            assert s3.account().arn == s3.calls[-1].principal.arn

    def test_nothing_is_noted_in_moto(self, lenient: FakeS3) -> None:
        make_user().get_object(**WHERE)
        (key,) = client("iam").list_access_keys(UserName="alice")["AccessKeyMetadata"]
        used = client("iam").get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        assert "LastUsedDate" not in used["AccessKeyLastUsed"]


def test_when_moto_is_left_its_keys_are_unknown() -> None:
    with mock_s3(enforce_iam=True) as s3:
        s3.create_bucket("bucket", objects={"key": "hello"})
        with moto.mock_aws():
            alice = make_user()
        assert "InvalidAccessKeyId" == refusal(alice.get_object, **WHERE)
