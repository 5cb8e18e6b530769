"""Another KMS key for an object that exists. S3: API/API_UpdateObjectEncryption.html"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.encryption_updates import NO_KEY, NO_TYPE

from .conftest import Refused

OWNER = "123456789012"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ONLY = "Only source objects encrypted with SSE-S3 or SSE-KMS are supported."
CUSTOMER = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "x" * 32}


def update(client: Any, bucket: str, key_arn: str = KEY, *, of: dict[str, str] | None = None, **more: Any) -> Any:
    wanted = {"SSEKMS": {"KMSKeyArn": key_arn} | more}
    return client.update_object_encryption(Bucket=bucket, Key="k", ObjectEncryption=wanted, **(of or {}))


def document(inside: str) -> bytes:
    return f'<ObjectEncryption xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inside}</ObjectEncryption>'.encode()


@pytest.fixture
def kept(s3_client, bucket) -> str:
    """A bucket with the object "k"."""
    s3_client.put_object(Bucket=bucket, Key="k", Body=b"body", StorageClass="GLACIER", Metadata={"a": "b"})
    return bucket


class TestUpdate:
    """The encryption is another, and all else stays."""

    def test_only_the_encryption_changes(self, s3_client, kept):
        before = s3_client.head_object(Bucket=kept, Key="k")
        update(s3_client, kept, BucketKeyEnabled=True)
        after = s3_client.head_object(Bucket=kept, Key="k")
        assert ("aws:kms", KEY, True) == tuple(
            after[name] for name in ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled")
        )
        same = ("ETag", "LastModified", "StorageClass", "Metadata", "ContentLength")
        assert [before[name] for name in same] == [after[name] for name in same]

    def test_from_one_key_to_another(self, s3_client, bucket):
        s3_client.put_object(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", BucketKeyEnabled=True)
        update(s3_client, bucket)
        after = s3_client.head_object(Bucket=bucket, Key="k")
        assert (KEY, False) == (after["SSEKMSKeyId"], "BucketKeyEnabled" in after)

    def test_of_one_version(self, s3_client, enabled):
        first = s3_client.put_object(Bucket=enabled, Key="k")["VersionId"]
        s3_client.put_object(Bucket=enabled, Key="k")
        update(s3_client, enabled, of={"VersionId": first})
        kinds = [
            s3_client.head_object(Bucket=enabled, Key="k", **where)["ServerSideEncryption"]
            for where in ({"VersionId": first}, {})
        ]
        assert ["aws:kms", "AES256"] == kinds


class TestRefusals:
    """The texts are those of the page."""

    @pytest.mark.parametrize(
        ("inside", "message"),
        [
            ("", NO_TYPE),
            ("<SSE-KMS></SSE-KMS>", NO_KEY),
            (
                "<SSE-KMS><KMSKeyArn>alias/mine</KMSKeyArn></SSE-KMS>",
                "Requests that modify an object's encryption type to SSE-KMS require a valid AWS KMS key Amazon "
                "Resource Name (ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and "
                "then try again.",
            ),
        ],
    )
    def test_documents(self, kept, ask, inside, message):
        answer = ask("PUT", f"/{kept}/k?encryption", body=document(inside))
        assert (400, "InvalidRequest", message) == answer.refusal[:3]

    def test_a_key_of_another_account(self, s3_client, kept, refused: Refused):
        text = (
            "The AWS KMS key in the request must be owned by the same account as the bucket. Modify the request to "
            "specify a KMS key from the same account, and then try again."
        )
        with refused("AccessDenied", 403, text):
            update(s3_client, kept, KEY.replace(OWNER, "210987654321"))

    def test_a_key_of_another_region(self, s3_client, kept):
        with pytest.raises(ClientError, match=r"KMS\.NotFoundException"):
            update(s3_client, kept, KEY.replace("us-east-1", "eu-west-1"))

    def test_an_object_encrypted_otherwise(self, s3_client, bucket, refused: Refused):
        s3_client.put_object(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms:dsse")
        text = (
            "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or "
            f"SSE-C. {ONLY}"
        )
        with refused("InvalidRequest", 400, text):
            update(s3_client, bucket)

    def test_an_object_without_encryption(self):
        s3 = FakeS3(bucket_defaults="2022")
        s3.create_bucket("old", objects={"k": "1"})
        with pytest.raises(ClientError, match=f"doesn't supported unencrypted source objects. {ONLY}"):
            update(s3.client(), "old")

    @pytest.mark.parametrize("lock", ["COMPLIANCE", "GOVERNANCE", "hold"])
    def test_a_locked_object(self, s3: FakeS3, s3_client, lock):
        s3.create_bucket("locked", object_lock=True)
        until = s3.clock.now() + timedelta(days=1)
        kind = {"ObjectLockMode": lock, "ObjectLockRetainUntilDate": until}
        s3_client.put_object(
            Bucket="locked", Key="k", **({"ObjectLockLegalHoldStatus": "ON"} if lock == "hold" else kind)
        )
        with pytest.raises(ClientError, match=r"AccessDenied.*protected by S3 Object Lock"):
            update(s3_client, "locked")
        if lock != "hold":
            s3.clock.advance(days=2)
            update(s3_client, "locked")

    def test_it_needs_a_right_and_signature_version_4(self, s3: FakeS3, kept):
        allow = {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "*"}
        with pytest.raises(ClientError, match="AccessDenied"):
            update(s3.user("ada", policy={"Statement": allow}).client(), kept)
        with pytest.raises(ClientError, match="require AWS Signature Version 4"):
            update(s3.client(config=Config(signature_version="s3")), kept)
        with pytest.raises(ClientError, match="AccessDenied"):
            update(s3.client(config=Config(signature_version=UNSIGNED)), kept)


class TestTorrents:
    """S3 makes none since April 2022. S3: API/API_GetObjectTorrent.html"""

    def test_there_is_none(self, s3: FakeS3, s3_client, kept, refused: Refused):
        with refused("MethodNotAllowed", 405, Method="GET", ResourceType="TORRENT"):
            s3_client.get_object_torrent(Bucket=kept, Key="k")
        with refused("NoSuchKey", 404, Key="other"):
            s3_client.get_object_torrent(Bucket=kept, Key="other")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.user("ada", policy=None).client().get_object_torrent(Bucket=kept, Key="k")
