"""Block Public Access of buckets, as far as ACLs go. S3: userguide/access-control-block-public-access.html"""

from __future__ import annotations

from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.acl import ALL_USERS
from fakes3.model.identity import canonical_id
from fakes3.model.public_access import PublicAccessBlock

OWNER = canonical_id("123456789012")
OTHER = canonical_id("210987654321")
SWITCHES = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
OFF = dict.fromkeys(SWITCHES, False)


@pytest.fixture
def writable(s3: FakeS3) -> str:
    """The name of a bucket whose ACLs are in force."""
    s3.create_bucket("writable", ownership="ObjectWriter", objects={"k": b"1"})
    return "writable"


class TestConfiguration:
    """A bucket has four switches; all are on in a new one."""

    # recorded: TestS3PublicAccessBlock::test_crud_public_access_block
    def test_a_new_bucket_blocks_everything(self, s3_client) -> None:
        s3_client.create_bucket(Bucket="new")
        answer = s3_client.get_public_access_block(Bucket="new")["PublicAccessBlockConfiguration"]
        assert dict.fromkeys(SWITCHES, True) == answer

    # recorded: TestS3PublicAccessBlock::test_crud_public_access_block
    def test_it_may_be_deleted_again_and_again(self, bucket: str, s3_client, refused) -> None:
        for _ in range(2):
            answer = s3_client.delete_public_access_block(Bucket=bucket)
            assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
        with refused("NoSuchPublicAccessBlockConfiguration", 404, BucketName=bucket):
            s3_client.get_public_access_block(Bucket=bucket)

    # recorded: TestS3PublicAccessBlock::test_crud_public_access_block
    def test_everything_may_be_switched_off(self, bucket: str, s3_client) -> None:
        s3_client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=OFF)
        assert OFF == s3_client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]

    @pytest.mark.parametrize("switch", SWITCHES)
    def test_what_is_not_named_is_off(self, bucket: str, s3_client, switch: str) -> None:
        answer = s3_client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={switch: True})
        assert 200 == answer["ResponseMetadata"]["HTTPStatusCode"]
        answer = s3_client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert OFF | {switch: True} == answer

    def test_it_says_something(self, bucket: str, s3_client, refused) -> None:
        with refused("InvalidRequest", 400, "Must specify at least one configuration."):
            s3_client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={})

    def test_unknown_switches(self, bucket: str, s3: FakeS3, ask) -> None:
        body = (
            b"<PublicAccessBlockConfiguration><BlockEverything>true</BlockEverything></PublicAccessBlockConfiguration>"
        )
        answer = ask("PUT", "/never?publicAccessBlock", {"content-md5": "yZP+IHkR7XxZ2O8OlY5Fmw=="}, body).refusal
        assert "BadDigest" == answer.code
        answer = ask("PUT", "/never?publicAccessBlock", {"x-amz-checksum-crc32": crc32_of(body)}, body).refusal
        assert (400, "MalformedXML") == (answer.status, answer.code)

    def test_of_a_missing_bucket(self, s3_client, refused) -> None:
        with refused("NoSuchBucket", 404, BucketName="missing"):
            s3_client.get_public_access_block(Bucket="missing")


def crc32_of(body: bytes) -> str:
    from base64 import b64encode
    from zlib import crc32

    return b64encode(crc32(body).to_bytes(4, "big")).decode()


class TestBlockPublicAcls:
    """No public ACL is written, to a bucket or an object, by whatever way. ACLs that are there stay."""

    PUBLIC = ({"ACL": "public-read"}, {"ACL": "authenticated-read"}, {"GrantReadACP": f"uri={ALL_USERS}"})

    @pytest.fixture
    def ask(self, writable: str, s3_client) -> Any:
        asks = {
            "PutObject": lambda **acl: s3_client.put_object(Bucket=writable, Key="new", Body=b"1", **acl),
            "CopyObject": lambda **acl: s3_client.copy_object(
                Bucket=writable, Key="new", CopySource="writable/k", **acl
            ),
            "CreateMultipartUpload": lambda **acl: s3_client.create_multipart_upload(Bucket=writable, Key="new", **acl),
            "PutObjectAcl": lambda **acl: s3_client.put_object_acl(Bucket=writable, Key="k", **acl),
            "PutBucketAcl": lambda **acl: s3_client.put_bucket_acl(Bucket=writable, **acl),
        }
        return lambda operation, acl: asks[operation](**acl)

    def text(self, action: str, resource: str) -> str:
        return (
            f"User: arn:aws:iam::123456789012:root is not authorized to perform: {action} on resource: "
            f'"arn:aws:s3:::{resource}" because public ACLs are prevented by the BlockPublicAcls setting in S3 Block '
            "Public Access."
        )

    OPERATIONS = {
        "PutObject": ("s3:PutObject", "writable/new"),
        "CopyObject": ("s3:CopyObject", "writable/new"),
        "CreateMultipartUpload": ("s3:PutObject", "writable/new"),
        "PutObjectAcl": ("s3:PutObjectAcl", "writable/k"),
        "PutBucketAcl": ("s3:PutBucketAcl", "writable"),
    }

    # S3: userguide/troubleshoot-403-errors.html, "Block Public Access settings"
    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize("acl", PUBLIC)
    def test_public_acls(self, ask, refused, operation: str, acl) -> None:
        with refused("AccessDenied", 403, self.text(*self.OPERATIONS[operation])):
            ask(operation, acl)

    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize("acl", [{"ACL": "private"}, {"GrantRead": f"id={OTHER}"}])
    def test_others(self, ask, operation: str, acl) -> None:
        assert 200 == ask(operation, acl)["ResponseMetadata"]["HTTPStatusCode"]

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_where_it_is_off(self, ask, writable: str, s3_client, operation: str) -> None:
        others = dict.fromkeys(SWITCHES[1:], True)
        s3_client.put_public_access_block(Bucket=writable, PublicAccessBlockConfiguration=others)
        assert 200 == ask(operation, {"ACL": "public-read"})["ResponseMetadata"]["HTTPStatusCode"]

    def test_the_account_blocks_as_well(self, ask, writable: str, s3: FakeS3, s3_client, refused) -> None:
        s3_client.delete_public_access_block(Bucket=writable)
        blocking = PublicAccessBlock(block_public_acls=True)
        s3.service.change_world(
            lambda world: world._replace(account_blocks=world.account_blocks.set("123456789012", blocking))
        )
        with refused("AccessDenied", 403, self.text("s3:PutBucketAcl", "writable")):
            ask("PutBucketAcl", {"ACL": "public-read"})

    def test_other_accounts_are_not_told_why(self, writable: str, s3_client, stranger, refused) -> None:
        s3_client.put_bucket_acl(Bucket=writable, GrantWrite=f"id={OTHER}")
        with refused("AccessDenied", 403):
            stranger.put_object(Bucket=writable, Key="new", Body=b"1", ACL="public-read")

    def test_what_is_there_stays(self, writable: str, s3: FakeS3, s3_client) -> None:
        s3_client.delete_public_access_block(Bucket=writable)
        s3_client.put_bucket_acl(Bucket=writable, ACL="public-read")
        s3_client.put_public_access_block(Bucket=writable, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
        assert ("AllUsers", "READ") in s3[writable].acl


class TestIgnorePublicAcls:
    """Public grants mean nothing and are not shown; they may still be written, and are there again afterwards."""

    def test_they_are_not_shown(self, writable: str, s3_client) -> None:
        s3_client.put_public_access_block(Bucket=writable, PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
        s3_client.put_bucket_acl(Bucket=writable, ACL="public-read")
        s3_client.put_object_acl(Bucket=writable, Key="k", ACL="public-read")

        def shown() -> list[int]:
            answers = s3_client.get_bucket_acl(Bucket=writable), s3_client.get_object_acl(Bucket=writable, Key="k")
            return [len(each["Grants"]) for each in answers]

        assert [1, 1] == shown()
        s3_client.delete_public_access_block(Bucket=writable)
        assert [2, 2] == shown()
