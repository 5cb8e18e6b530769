"""Several accounts share the names of buckets and nothing else; partitions do not share even these ARNs.

S3: userguide/creating-buckets-s3.html, userguide/bucket-owner-condition.html, userguide/s3-arn-format.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

OTHER = "111122223333"
IRELAND = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}


@pytest.fixture
def other(s3: FakeS3) -> Any:
    """A boto3 client of another account."""
    return s3.account(OTHER).client()


@pytest.fixture
def theirs(s3: FakeS3, other) -> str:
    """The name of a bucket of another account, with one object."""
    other.create_bucket(Bucket="theirs")
    other.put_object(Bucket="theirs", Key="cat", Body=b"meow")
    return "theirs"


class TestNames:
    """A name is taken for everybody once one account has a bucket of it."""

    def test_by_another_account(self, s3_client, theirs: str, refused) -> None:
        with refused("BucketAlreadyExists", 409, BucketName=theirs):
            s3_client.create_bucket(Bucket=theirs)

    def test_by_the_account_itself(self, s3: FakeS3, s3_client, refused) -> None:
        s3_client.create_bucket(Bucket="mine", **IRELAND)
        with refused("BucketAlreadyOwnedByYou", 409, BucketName="mine"):
            s3_client.create_bucket(Bucket="mine", **IRELAND)
        assert "eu-west-1" == s3["mine"].region

    def test_by_the_account_of_a_user(self, s3: FakeS3, s3_client, refused) -> None:
        s3_client.create_bucket(Bucket="mine", **IRELAND)
        statement = {"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": statement}
        with refused("BucketAlreadyOwnedByYou", 409, BucketName="mine"):
            s3.user("alice", policy=policy).client().create_bucket(Bucket="mine", **IRELAND)
        with refused("BucketAlreadyExists", 409, BucketName="mine"):
            s3.account(OTHER).user("alice", policy=policy).client().create_bucket(Bucket="mine", **IRELAND)

    # S3: userguide/creating-buckets-s3.html: the oldest region answers as if the bucket was made
    def test_by_the_account_itself_in_the_oldest_region(self, s3_client) -> None:
        s3_client.create_bucket(Bucket="mine")
        assert "/mine" == s3_client.create_bucket(Bucket="mine")["Location"]

    def test_is_free_again_once_it_is_deleted(self, s3: FakeS3, s3_client, other, theirs: str) -> None:
        other.delete_object(Bucket=theirs, Key="cat")
        other.delete_bucket(Bucket=theirs)
        s3_client.create_bucket(Bucket=theirs)
        assert s3.account_id == s3.service.world.buckets[theirs].owner


class TestOwners:
    """A bucket belongs to the account that created it, which alone lists it and says who may use it."""

    def test_each_account_lists_its_own(self, s3_client, other, theirs: str) -> None:
        s3_client.create_bucket(Bucket="mine")
        assert ["mine"] == [each["Name"] for each in s3_client.list_buckets()["Buckets"]]
        assert [theirs] == [each["Name"] for each in other.list_buckets()["Buckets"]]

    def test_another_account_may_nothing(self, s3_client, theirs: str, refused) -> None:
        region = {"x-amz-bucket-region": "us-east-1"}
        for call in (
            lambda: s3_client.get_object(Bucket=theirs, Key="cat"),
            lambda: s3_client.get_object(Bucket=theirs, Key="dog"),
            lambda: s3_client.put_object(Bucket=theirs, Key="cat"),
            lambda: s3_client.delete_object(Bucket=theirs, Key="cat"),
            lambda: s3_client.list_objects_v2(Bucket=theirs),
            lambda: s3_client.delete_bucket(Bucket=theirs),
        ):
            with refused("AccessDenied", 403, headers=region):
                call()
        with refused("403", 403, headers=region):
            s3_client.head_bucket(Bucket=theirs)

    def test_the_expected_owner(self, s3: FakeS3, s3_client, other, theirs: str, refused) -> None:
        other.get_object(Bucket=theirs, Key="cat", ExpectedBucketOwner=OTHER)
        with refused("AccessDenied", 403):
            other.get_object(Bucket=theirs, Key="cat", ExpectedBucketOwner=s3.account_id)
        reason = (
            "the bucket belongs to the account 111122223333, and the caller expects 123456789012 to own it. "
            "Correct the expected owner, or leave it out."
        )
        assert reason == s3.calls[-1].reason

    def test_objects_of_guests_belong_to_the_bucket(self, s3: FakeS3, s3_client, other, theirs: str) -> None:
        other.put_bucket_policy(
            Bucket=theirs,
            Policy=policy_of("aws", "s3:PutObject", f"arn:aws:s3:::{theirs}/*", s3.account_id),
        )
        s3_client.put_object(Bucket=theirs, Key="gift")
        assert b"" == other.get_object(Bucket=theirs, Key="gift")["Body"].read()
        with pytest.raises(ClientError, match="AccessDenied"):
            s3_client.get_object(Bucket=theirs, Key="gift")

    def test_uploads_tell_the_accounts_of_who_began_them(self, s3: FakeS3, s3_client, other, theirs: str) -> None:
        other.put_bucket_policy(
            Bucket=theirs,
            Policy=policy_of("aws", "s3:PutObject", f"arn:aws:s3:::{theirs}/*", s3.account_id),
        )
        s3_client.create_multipart_upload(Bucket=theirs, Key="gift")
        (upload,) = other.list_multipart_uploads(Bucket=theirs)["Uploads"]
        assert s3.account().canonical_id == upload["Initiator"]["ID"]


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-northwest-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
class TestPartitions:
    """In China and for the US government, ARNs begin otherwise, and those of elsewhere mean nothing."""

    @pytest.fixture
    def fake(self, region: str) -> FakeS3:
        """A fake in the region, with one object."""
        s3 = FakeS3(region=region)
        s3.create_bucket("pictures", objects={"cat": "meow"})
        return s3

    def test_of_buckets(self, fake: FakeS3, region: str, partition: str) -> None:
        client = fake.client()
        assert f"arn:{partition}:s3:::pictures" == client.head_bucket(Bucket="pictures")["BucketArn"]
        created = client.create_bucket(Bucket="new", CreateBucketConfiguration={"LocationConstraint": region})
        assert f"arn:{partition}:s3:::new" == created["BucketArn"]

    def test_in_the_policies_of_users(self, fake: FakeS3, partition: str) -> None:
        alice = fake.user("alice", policy=policy_of(partition, "s3:GetObject", f"arn:{partition}:s3:::pictures/*"))
        assert b"meow" == alice.client().get_object(Bucket="pictures", Key="cat")["Body"].read()
        elsewhere = "aws" if partition != "aws" else "aws-cn"
        alice.policy = policy_of(partition, "s3:GetObject", f"arn:{elsewhere}:s3:::pictures/*")
        with pytest.raises(ClientError) as caught:
            alice.client().get_object(Bucket="pictures", Key="cat")
        text = (
            f"User: arn:{partition}:iam::123456789012:user/alice is not authorized to perform: s3:GetObject on "
            f'resource: "arn:{partition}:s3:::pictures/cat" because no identity-based policy allows the s3:GetObject '
            "action"
        )
        assert text == caught.value.response["Error"]["Message"]

    def test_in_the_policies_of_buckets(self, fake: FakeS3, partition: str) -> None:
        guest = fake.account(OTHER).user("guest", policy=policy_of(partition, "s3:*", "*"))
        policy = policy_of(partition, "s3:GetObject", f"arn:{partition}:s3:::pictures/*", guest.arn)
        fake.client().put_bucket_policy(Bucket="pictures", Policy=policy)
        assert b"meow" == guest.client().get_object(Bucket="pictures", Key="cat")["Body"].read()

    def test_the_policy_of_a_bucket_names_no_other_partition(self, fake: FakeS3, partition: str) -> None:
        elsewhere = "aws" if partition != "aws" else "aws-cn"
        policy = policy_of(partition, "s3:GetObject", f"arn:{elsewhere}:s3:::pictures/*", OTHER)
        with pytest.raises(ClientError, match=r"\(MalformedPolicy\).*Policy has invalid resource"):
            fake.client().put_bucket_policy(Bucket="pictures", Policy=policy)

    def test_of_the_root_user(self, fake: FakeS3, partition: str) -> None:
        fake.client().list_buckets()
        assert f"arn:{partition}:iam::123456789012:root" == fake.calls[-1].principal.arn


def policy_of(partition: str, action: str, resource: str, principal: str | None = None) -> str:
    """A policy that allows an action on a resource; for a principal, the policy of a bucket."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    if principal is not None:
        arn = principal if principal.startswith("arn:") else f"arn:{partition}:iam::{principal}:root"
        statement["Principal"] = {"AWS": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})
