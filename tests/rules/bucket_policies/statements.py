"""What the tests of bucket policies say: statements, whom they name, and how a call ends under them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from ...ask import Ask

OWNER, OTHER = "123456789012", "210987654321"
BUCKET, OBJECTS = "arn:aws:s3:::pictures", "arn:aws:s3:::pictures/*"
EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
BOB = f"arn:aws:iam::{OWNER}:user/bob"


def statement(
    principal: Any, action: Any, resource: Any = OBJECTS, effect: str = "Allow", **more: Any
) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}


class Under(Protocol):
    """Puts a bucket policy of these statements."""

    def __call__(self, *statements: dict[str, Any]) -> None: ...


def status(call: Callable[..., Any], **options: Any) -> int:
    """The status of the answer to a call."""
    try:
        answer = call(**options)
    except ClientError as error:
        answer = error.response
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def message(call: Callable[..., Any], **options: Any) -> str:
    """The text of the refusal of a call."""
    with pytest.raises(ClientError) as caught:
        call(**options)
    return str(caught.value.response["Error"]["Message"])


CAT = {"Bucket": "pictures", "Key": "cat"}
MISSING = {"Bucket": "pictures", "Key": "missing"}


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {operator: {key: list(values)}}


WRITING = ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"]
DAY = timedelta(days=1)


def get(s3: FakeS3, url: str) -> int:
    """The status of the answer to a GET of a URL."""
    host, _, rest = url.removeprefix("https://").partition("/")
    return Ask(s3.service)("GET", f"/{rest}", host=host, signed=False).status


ANYBODY = statement({"AWS": OTHER}, "s3:GetObject")
