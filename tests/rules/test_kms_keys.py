"""Where something answers for KMS beside the fake, S3 encrypts with the keys that are there.

S3: userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.kms_keys import KeyName, KmsKey
from fakes3.operations import neighbours

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER = "00000000-12ab-34cd-56ef-1234567890ab"
ARN = f"arn:aws:kms:us-east-1:123456789012:key/{ID}"
KMS: dict[str, Any] = {"ServerSideEncryption": "aws:kms"}
WHERE = {"Bucket": "bucket", "Key": "key"}


class Neighbour:
    """A mock of KMS with one key, which has one alias."""

    is_active = True
    state = "Enabled"

    def has_keys(self, account: str) -> bool:
        return account == "123456789012"

    def find_key(self, name: KeyName) -> KmsKey | None:
        return KmsKey(ARN, self.state) if name.id == ID or name.alias == "alias/mine" else None


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Neighbour:
    made = Neighbour()
    monkeypatch.setattr(neighbours, "NEIGHBOURS", [made])
    return made


@pytest.fixture
def client(s3: FakeS3, s3_client: Any) -> Any:
    s3.create_bucket("bucket")
    return s3_client


def code(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    return str(refusal.value.response["Error"]["Code"])


class TestWrites:
    @pytest.mark.parametrize("key", [ID, ARN, "alias/mine", "arn:aws:kms:us-east-1:123456789012:alias/mine"])
    def test_with_a_key_by_each_of_its_names(self, kms: Neighbour, client: Any, key: str) -> None:
        assert ARN == client.put_object(**WHERE, **KMS, SSEKMSKeyId=key)["SSEKMSKeyId"]
        assert ARN == client.create_multipart_upload(**WHERE, **KMS, SSEKMSKeyId=key)["SSEKMSKeyId"]

    def test_with_the_default_of_the_bucket(self, kms: Neighbour, client: Any) -> None:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"}}
        client.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": [rule]})
        assert ARN == client.put_object(**WHERE)["SSEKMSKeyId"]
        kms.state = "Disabled"
        assert "KMS.DisabledException" == code(client.put_object, **WHERE)

    def test_a_default_is_not_checked_before_a_write_needs_it(self, kms: Neighbour, client: Any) -> None:
        """S3: API/API_PutBucketEncryption.html, which says that the key is not validated."""
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": OTHER}}
        client.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": [rule]})
        assert "KMS.NotFoundException" == code(client.put_object, **WHERE)
        client.put_object(**WHERE, ServerSideEncryption="AES256")

    def test_with_the_key_of_aws(self, kms: Neighbour, client: Any) -> None:
        assert client.put_object(**WHERE, **KMS)["SSEKMSKeyId"].startswith("arn:aws:kms:us-east-1:123456789012:key/")

    # recorded: TestS3::test_s3_sse_validate_kms_key
    @pytest.mark.parametrize("key", [OTHER, "alias/other"])
    def test_with_a_key_that_is_not_there(self, kms: Neighbour, client: Any, s3: FakeS3, key: str) -> None:
        assert "KMS.NotFoundException" == code(client.put_object, **WHERE, **KMS, SSEKMSKeyId=key)
        assert str(s3.calls[-1].reason) == (
            "moto answers for KMS, and has other keys in this account. Use one of them, or make this one there, by "
            'boto3.client("kms", region_name="us-east-1").'
        )

    # recorded: TestS3::test_s3_sse_validate_kms_key_state
    def test_with_a_key_that_cannot_be_used(self, kms: Neighbour, client: Any) -> None:
        for kms.state, error in (
            ("Disabled", "KMS.DisabledException"),
            ("PendingDeletion", "KMS.KMSInvalidStateException"),
        ):
            assert error == code(client.put_object, **WHERE, **KMS, SSEKMSKeyId=ID)

    def test_with_a_key_of_an_account_that_has_none_there(self, kms: Neighbour, client: Any) -> None:
        key = f"arn:aws:kms:us-east-1:111122223333:key/{OTHER}"
        assert key == client.put_object(**WHERE, **KMS, SSEKMSKeyId=key)["SSEKMSKeyId"]

    def test_nothing_answers_for_kms(self, kms: Neighbour, client: Any) -> None:
        kms.is_active = False
        assert client.put_object(**WHERE, **KMS, SSEKMSKeyId=OTHER)["SSEKMSKeyId"].endswith(OTHER)


class TestReads:
    # recorded: TestS3::test_s3_sse_validate_kms_key_state
    def test_the_bytes_need_a_key_that_can_be_used(self, kms: Neighbour, client: Any) -> None:
        """A HEAD reads no bytes. S3: API/API_HeadObject.html, which needs kms:Decrypt for checksums alone."""
        client.put_object(**WHERE, **KMS, SSEKMSKeyId=ID, Body=b"x")
        kms.state = "PendingDeletion"
        assert "KMS.KMSInvalidStateException" == code(client.get_object, **WHERE)
        copy = {"Bucket": "bucket", "Key": "copy", "CopySource": WHERE}
        assert "KMS.KMSInvalidStateException" == code(client.copy_object, **copy)
        assert ARN == client.head_object(**WHERE)["SSEKMSKeyId"]
        kms.state = "Enabled"
        assert b"x" == client.get_object(**WHERE)["Body"].read()

    def test_a_key_from_before(self, kms: Neighbour, client: Any) -> None:
        kms.is_active = False
        client.put_object(**WHERE, **KMS, SSEKMSKeyId=OTHER, Body=b"x")
        kms.is_active = True
        assert b"x" == client.get_object(**WHERE)["Body"].read()
