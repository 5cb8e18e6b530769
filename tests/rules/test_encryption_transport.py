"""How a request must come to have encrypted objects: signed with version 4 for KMS, over TLS for a customer's key."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import md5

import pytest

from fakes3 import FakeS3
from fakes3.model.identity import ACCESS_KEY_ID
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request

from ..ask import Answer, signed_by

MINE = b"a" * 32
MINE_MD5 = b64encode(md5(MINE).digest()).decode()


@pytest.fixture
def open_bucket(s3: FakeS3, s3_client) -> str:
    """The name of a bucket that takes customers' keys."""
    s3.create_bucket("open")
    rule = {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
    s3_client.put_bucket_encryption(Bucket="open", ServerSideEncryptionConfiguration={"Rules": [rule]})
    return "open"


class TestSignatureVersion4:
    """What KMS has to do with needs Signature Version 4. S3: userguide/UsingKMSEncryption.html"""

    TEXT = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
    REFUSAL = (400, "InvalidArgument", TEXT, {"ArgumentName": "Authorization", "ArgumentValue": "null"})
    BY_VERSION_2 = {"authorization": f"AWS {ACCESS_KEY_ID}:AAAA"}

    @pytest.fixture
    def locked(self, open_bucket: str, s3_client) -> str:
        """The target of an object with a KMS key."""
        s3_client.put_object(Bucket=open_bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")
        s3_client.put_object(Bucket=open_bucket, Key="plain", Body=b"x")
        return f"/{open_bucket}/k"

    # observed: aws/aws-cli#1006, boto/boto3#2680
    def test_reads(self, locked: str, open_bucket: str, ask) -> None:
        assert self.REFUSAL == ask("GET", locked, self.BY_VERSION_2).refusal
        assert 400 == ask("HEAD", locked, self.BY_VERSION_2).status
        assert 200 == ask("GET", locked).status
        assert 200 == ask("GET", f"/{open_bucket}/plain", self.BY_VERSION_2).status
        source = {"x-amz-copy-source": locked}
        assert self.REFUSAL == ask("PUT", f"/{open_bucket}/copy", self.BY_VERSION_2 | source).refusal

    def test_anonymous_reads(self, locked: str, open_bucket: str, s3_client, ask) -> None:
        s3_client.delete_public_access_block(Bucket=open_bucket)
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{open_bucket}/*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        s3_client.put_bucket_policy(Bucket=open_bucket, Policy=json.dumps(document))
        assert self.REFUSAL == ask("GET", locked, signed=False).refusal
        assert 200 == ask("GET", f"/{open_bucket}/plain", signed=False).status

    # observed: s3tools/s3cmd#765
    @pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
    def test_writes_that_ask_for_it(self, open_bucket: str, ask, algorithm: str) -> None:
        headers = self.BY_VERSION_2 | {"x-amz-server-side-encryption": algorithm}
        assert self.REFUSAL == ask("PUT", f"/{open_bucket}/new", headers).refusal
        assert self.REFUSAL == ask("POST", f"/{open_bucket}/new?uploads", headers).refusal

    def test_buckets_that_default_to_it(self, open_bucket: str, s3_client, ask) -> None:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        s3_client.put_bucket_encryption(Bucket=open_bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        assert self.REFUSAL == ask("PUT", f"/{open_bucket}/new", self.BY_VERSION_2).refusal
        named = self.BY_VERSION_2 | {"x-amz-server-side-encryption": "AES256"}
        assert 200 == ask("PUT", f"/{open_bucket}/new", named).status

    def test_parts(self, open_bucket: str, s3_client, ask) -> None:
        upload = s3_client.create_multipart_upload(Bucket=open_bucket, Key="k", ServerSideEncryption="aws:kms")
        target = f"/{open_bucket}/k?partNumber=1&uploadId={upload['UploadId']}"
        assert self.REFUSAL == ask("PUT", target, self.BY_VERSION_2, b"x").refusal
        assert 200 == ask("PUT", target, body=b"x").status


class TestCustomersKeysNeedTls:
    """S3 takes no customer's key without TLS. S3: userguide/ServerSideEncryptionCustomerKeys.html"""

    @pytest.mark.parametrize(
        ("scheme", "host", "status"),
        [
            ("https", "s3.us-east-1.amazonaws.com", 200),
            ("http", "s3.us-east-1.amazonaws.com", 400),
            ("http", "localhost:9000", 200),  # where fakes3 serves
        ],
    )
    def test_at(self, s3: FakeS3, open_bucket: str, scheme: str, host: str, status: int) -> None:
        sent = {"authorization": signed_by(), "content-length": "1"} | {
            "x-amz-server-side-encryption-customer-algorithm": "AES256",
            "x-amz-server-side-encryption-customer-key": b64encode(MINE).decode(),
            "x-amz-server-side-encryption-customer-key-md5": MINE_MD5,
        }
        for method in ("PUT", "GET"):
            answer = Answer(handle(s3.service, Request(method, scheme, host, f"/{open_bucket}/k", "", sent, b"x")))
            assert status == answer.status, answer
            if status == 400:
                text = "Requests specifying Server Side Encryption with Customer provided keys must be made over a "
                if method == "PUT":
                    assert ("InvalidRequest", f"{text}secure connection.") == answer.refusal[1:3]
                    s3.client().put_object(
                        Bucket=open_bucket, Key="k", SSECustomerAlgorithm="AES256", SSECustomerKey=MINE
                    )
