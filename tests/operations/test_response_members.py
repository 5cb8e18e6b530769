"""What responses say of objects: how they are encrypted, and their version ids."""

from __future__ import annotations

import pytest

from fakes3.model.bucket import Bucket
from fakes3.model.clock import Clock
from fakes3.model.configurations import VERSIONING
from fakes3.model.encryption import SSE_S3, Encryption
from fakes3.operations.response_members import context_members, encryption_members, shown_version_id
from fakes3.operations.service import Service

CONTEXT = "eyJhIjoiYiJ9"  # {"a":"b"}
ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def plain() -> Bucket:
    return Bucket("bucket", "123456789012", "us-east-1", Clock().now())


class TestEncryption:
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


class TestVersionId:
    def test_none_without_versioning(self, service: Service, perform, sent) -> None:
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b""))
        bucket = service.world.buckets["bucket"]
        version = bucket.versions.current["k"]
        assert shown_version_id(bucket, version) is None
        assert "null" == shown_version_id(bucket.configure(VERSIONING, {"Status": "Suspended"}), version)
