"""What the tests of directory buckets share: one such bucket beside an ordinary one, and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3

from ..conftest import shared_client

BUCKET = "logs--use1-az4--x-s3"
ARN = f"arn:aws:s3express:us-east-1:123456789012:bucket/{BUCKET}"
PLACE = {
    "Location": {"Type": "AvailabilityZone", "Name": "use1-az4"},
    "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
}
KMS_KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ANY_HOST = "localhost:9000"


@pytest.fixture
def client() -> Any:
    return shared_client("us-east-1")


def fetch(url: str) -> tuple[int, str | None, bytes]:
    """What a URL is answered with: status, code of the error, body."""
    answer = requests.get(url)
    code = None if answer.ok else ElementTree.fromstring(answer.content).findtext("Code")
    return answer.status_code, code, answer.content


@pytest.fixture
def s3() -> Iterator[FakeS3]:
    with mock_s3() as s3:
        s3.clock.freeze("2026-01-01T00:00:00Z")
        s3.create_bucket(BUCKET)
        s3.create_bucket("plain", objects={"from": b"plain bytes"})
        yield s3


def refusal(call: Any, **parameters: Any) -> tuple[int, str, str]:
    """The status, the code and the text with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response: Any = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def put_kms(client: Any, key: str = KMS_KEY, **more: Any) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}} | more
    client.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
