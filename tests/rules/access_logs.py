"""What the tests of access logs share: buckets, a configuration, and a look at the lines that arrived."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from fakes3 import FakeS3

Configure: TypeAlias = Callable[..., None]
Read: TypeAlias = Callable[..., list[list[str]]]

FIELD = re.compile(r'\[.*?\]|"[^"]*"|\S+')
"""A field of a line, as parsers of Amazon's examples have it."""


def begin(s3: FakeS3) -> FakeS3:
    """Return the fake in which it is twenty past ten, with a bucket to be logged and one that its log may go into."""
    s3.clock.freeze("2026-03-01T10:20:30Z")
    s3.create_bucket("source")
    s3.create_bucket("target")
    allow(s3, "target")
    return s3


def allow(s3: FakeS3, bucket: str, **more: Any) -> None:
    """Allow log delivery to write into a bucket, as Amazon's example does."""
    condition = {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"},
        "StringEquals": {"aws:SourceAccount": s3.account_id},
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": condition,
    }
    s3.client().put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": statement | more}))


def configure_by(client: Any) -> Configure:
    """Return what logs "source" into "target", under "logs/": `configure(TargetPrefix="x/")`."""

    def put(bucket: str = "source", **more: Any) -> None:
        stated = {"TargetBucket": "target", "TargetPrefix": "logs/"} | more
        client.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": stated})

    return put


def read_from(s3: FakeS3) -> Read:
    """Return what reads the fields of all lines that were delivered, after an hour: `read("target")`."""

    def lines(bucket: str = "target", prefix: str = "logs/") -> list[list[str]]:
        s3.clock.advance(hours=1)
        texts = [s3[bucket][key].text for key in s3[bucket] if key.startswith(prefix)]
        return [FIELD.findall(line) for text in texts for line in text.splitlines()]

    return lines


def operations(lines: list[list[str]]) -> list[tuple[str, str]]:
    """Return what was done to which key, without what configured the log."""
    return [(fields[6], fields[7]) for fields in lines if fields[6] != "REST.PUT.LOGGING_STATUS"]
