"""Block Public Access of accounts, by S3 Control: what a bucket or its account blocks is blocked.

S3: API/API_control_PutPublicAccessBlock.html, userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

from .conftest import Refused

ACCOUNT = "123456789012"
OTHER = "111122223333"
OFF = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


@cache
def control_client(region: str = "us-east-1") -> Any:
    """One client of S3 Control for all tests, of the root user: it meets the fake that is active."""
    return boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=region).client("s3control")


@pytest.fixture
def control(s3: FakeS3) -> Any:
    return control_client()


def put(client: Any, *, account: str = ACCOUNT, **switches: bool) -> Any:
    return client.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=switches)


def get(client: Any, account: str = ACCOUNT) -> dict[str, bool]:
    block: dict[str, bool] = client.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"]
    return block


class TestTheConfiguration:
    """An account has none at first. A put sets all four switches, in every region."""

    # observed: radkawar/stackd, testdata/aws/s3control/native_read_replay.json
    @pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
    def test_none(self, s3: FakeS3, refused: Refused, region: str) -> None:
        text = "The public access block configuration was not found"
        with refused("NoSuchPublicAccessBlockConfiguration", 404, text, AccountId=ACCOUNT):
            get(control_client(region))

    def test_a_switch_that_is_not_named_is_off(self, s3: FakeS3, control: Any) -> None:
        put(control, BlockPublicAcls=True, IgnorePublicAcls=True)
        put(control, BlockPublicPolicy=True)
        assert OFF | {"BlockPublicPolicy": True} == get(control_client("us-west-2")) == s3.account().public_access_block

    def test_all_off_is_not_none(self, control: Any) -> None:
        control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=OFF)
        assert OFF == get(control)

    def test_no_switch(self, control: Any, refused: Refused) -> None:
        with refused("InvalidRequest", 400, "Must specify at least one configuration."):
            put(control)

    def test_delete(self, s3: FakeS3, control: Any) -> None:
        put(control, BlockPublicAcls=True)
        for _ in range(2):
            control.delete_public_access_block(AccountId=ACCOUNT)
            assert s3.account().public_access_block is None

    def test_the_fake_and_the_client_set_the_same(self, s3: FakeS3, control: Any) -> None:
        s3.account().public_access_block = OFF | {"IgnorePublicAcls": True}
        assert OFF | {"IgnorePublicAcls": True} == get(control)

    def test_calls_are_told_from_those_of_buckets(self, s3: FakeS3, control: Any) -> None:
        put(control, BlockPublicAcls=True)
        assert "PutAccountPublicAccessBlock" == s3.calls[-1].operation

    def test_each_account_has_its_own(self, s3: FakeS3, control: Any) -> None:
        other = boto3.client("s3control", region_name="us-east-1", **s3.account(OTHER).credentials)
        put(control, BlockPublicAcls=True)
        put(other, account=OTHER, IgnorePublicAcls=True)
        assert OFF | {"BlockPublicAcls": True} == get(control)
        assert OFF | {"IgnorePublicAcls": True} == get(other, OTHER)


class TestItsEffect:
    """What the account blocks, is blocked in all its buckets."""

    def test_acls(self, s3: FakeS3, control: Any, s3_client: Any) -> None:
        s3.create_bucket("open", ownership="ObjectWriter")
        s3_client.delete_public_access_block(Bucket="open")
        s3_client.put_bucket_acl(Bucket="open", ACL="public-read")
        put(control, BlockPublicAcls=True)
        with pytest.raises(ClientError, match="public ACLs are prevented by the BlockPublicAcls setting"):
            s3_client.put_bucket_acl(Bucket="open", ACL="public-read")
        control.delete_public_access_block(AccountId=ACCOUNT)
        s3_client.put_bucket_acl(Bucket="open", ACL="public-read")


class TestWhoMay:
    """Callers of the account, with `s3:GetAccountPublicAccessBlock` or `s3:PutAccountPublicAccessBlock`."""

    # observed: radkawar/stackd, testdata/aws/s3control/native_raw_replay.json (owner_foreign_member)
    def test_nobody_of_another_account(self, control: Any, s3: FakeS3, refused: Refused) -> None:
        for call in (
            lambda: get(control, OTHER),
            lambda: put(control, account=OTHER, BlockPublicAcls=True),
            lambda: control.delete_public_access_block(AccountId=OTHER),
        ):
            with refused("AccessDenied", 403):
                call()
        assert (
            f"arn:aws:iam::{ACCOUNT}:root is not of the account {OTHER}. Pass the caller's own account as AccountId."
            == s3.calls[-1].reason
        )

    @pytest.mark.parametrize("right", ["s3:GetAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock"])
    def test_each_right(self, s3: FakeS3, control: Any, right: str) -> None:
        put(control, BlockPublicAcls=True)
        policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": right, "Resource": "*"}}
        user = boto3.client("s3control", region_name="us-east-1", **s3.user("u", policy=policy).credentials)
        for call in (
            lambda: get(user),
            lambda: put(user, IgnorePublicAcls=True),
            lambda: user.delete_public_access_block(AccountId=ACCOUNT),
        ):
            with suppress(ClientError):
                call()
        calls = list(s3.calls)[-3:]
        allowed = {call.operation for call in calls if call.error is None}
        assert {None, "AccessDenied"} == {call.error for call in calls}
        expected = {
            "s3:GetAccountPublicAccessBlock": {"GetAccountPublicAccessBlock"},
            "s3:PutAccountPublicAccessBlock": {"PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"},
        }
        assert expected[right] == allowed

    def test_an_account_that_is_none(self, control: Any, refused: Refused) -> None:
        with refused("AccessDenied", 403, AccountId="invalid"):
            get(control, "invalid")
