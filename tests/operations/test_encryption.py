"""What the operations of encryption keep, and what their helpers answer."""

from __future__ import annotations

import pytest

from fakes3.model.bucket import Bucket
from fakes3.model.clock import Clock
from fakes3.model.encryption import SSE_S3, BucketEncryption, Encryption
from fakes3.operations.encryption import context_members, customer_key_in, encryption_members

CONTEXT = "eyJhIjoiYiJ9"  # {"a":"b"}
ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def plain() -> Bucket:
    return Bucket("bucket", "123456789012", "us-east-1", Clock().now())


class TestMembers:
    """Answers tell the encryption of an object, and never its key."""

    @pytest.mark.parametrize(
        ("encryption", "expected"),
        [
            (SSE_S3, {"ServerSideEncryption": "AES256"}),
            (Encryption("aws:kms", ARN), {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ARN}),
            (
                Encryption("aws:kms", ARN, bucket_key=True, context=CONTEXT),
                {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": ARN, "BucketKeyEnabled": True},
            ),
            (Encryption("aws:kms:dsse", ARN), {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": ARN}),
            (Encryption(None, customer_key_md5="x"), {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": "x"}),
        ],
    )
    def test_each_mode_has_its_members(self, encryption, expected):
        assert expected == encryption_members(encryption)

    def test_a_context_is_told_only_where_one_was_given(self, plain):
        assert {} == context_members(plain, "k", Encryption("aws:kms", ARN))
        assert ["SSEKMSEncryptionContext"] == list(
            context_members(plain, "k", Encryption("aws:kms", ARN, False, CONTEXT))
        )

    def test_the_key_of_a_copys_source_has_members_of_its_own(self):
        headers = {"CopySourceSSECustomerKey": "k", "SSECustomerKeyMD5": "m"}
        assert (None, "k", None) == customer_key_in(headers, "CopySourceSSECustomer")
        assert (None, None, "m") == customer_key_in(headers)


class TestBucketEncryption:
    """The configuration is part of the bucket's value."""

    def test_a_new_bucket_has_the_fallback(self, plain):
        assert BucketEncryption() == plain.encryption

    def test_put_and_delete_keep_objects_and_configurations_apart(self, s3, s3_client):
        s3.create_bucket("bucket", objects={"k": b"x"})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        s3_client.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": [rule]})
        kept = s3.service.world.buckets["bucket"]
        assert BucketEncryption("aws:kms", is_set=True) == kept.encryption
        assert SSE_S3 == kept.versions.current["k"].attributes.encryption
        s3_client.delete_bucket_encryption(Bucket="bucket")
        assert BucketEncryption() == s3.service.world.buckets["bucket"].encryption
