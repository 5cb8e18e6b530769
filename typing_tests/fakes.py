"""The members of `FakeS3`, and the clients of boto3 as its stubs type them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, assert_type

import pytest
from mypy_boto3_s3 import S3Client, S3ServiceResource

from fakes3 import FakeS3, S3Error, UnmockedRequest, UsageError, mock_s3
from fakes3.testing.identities import Account, RoleSession, User
from fakes3.testing.servers import ServerUrl, StorageOptions
from fakes3.testing.snapshots import Change, Difference, Snapshot
from fakes3.testing.views import BucketView, DeleteMarkerView, KeyView, ObjectView


def buckets(s3: FakeS3) -> None:
    bucket = s3.create_bucket("pictures", versioning=True, objects={"cat": "meow", "dog": b"woof"})
    assert_type(bucket, BucketView)
    assert_type(s3["pictures"], BucketView)
    assert_type(s3.buckets["pictures"]["cat"], KeyView)
    assert_type(s3["pictures"]["cat"].body, bytes)
    assert_type(s3["pictures"]["cat"].tags, dict[str, str])
    assert_type(bucket.versions("cat"), list[ObjectView | DeleteMarkerView])
    assert_type("pictures" in s3, bool)
    assert_type(s3.tree(), str)
    s3.create_bucket("pictures", objects={"cat": 3})  # type: ignore[dict-item]
    s3.create_bucket("pictures", lock=True)  # type: ignore[call-arg]


def server(s3: FakeS3) -> None:
    with s3.server(tls=True) as address:
        assert_type(address, ServerUrl)
        assert_type(address.url, str)
        assert_type(address.env, dict[str, str])
        assert_type(address.storage_options, StorageOptions)
        assert_type(address.storage_options.fsspec, dict[str, Any])


def state(s3: FakeS3) -> None:
    assert_type(s3.snapshot(), Snapshot)
    assert_type(s3.fork(), FakeS3)
    assert_type(s3.restore(s3.snapshot()), None)
    assert_type(s3.reset(), None)
    assert_type(s3.diff(s3.fork()), Difference)
    assert_type(s3.snapshot().diff(s3.snapshot()).added, tuple[Change, ...])
    assert_type(s3.clock.now(), datetime)
    s3.clock.advance(days=30)


def calls(s3: FakeS3) -> None:
    assert_type(s3.calls.count("PutObject", bucket="pictures", where=lambda call: call.status == 200), int)
    assert_type(s3.calls[0].operation, str)
    assert_type([call.error for call in s3.calls.filter(error="NoSuchKey")], list[str | None])
    s3.calls.count("PutObject", buckets="pictures")  # type: ignore[call-arg]


def events(s3: FakeS3) -> None:
    assert_type(s3.events[0], dict[str, Any])
    assert_type([record["eventName"] for record in s3.events], list[Any])
    registration = s3.on_event("pictures", "s3:ObjectCreated:*", print, suffix=".jpg")
    registration.remove()
    s3.on_event("pictures", ["s3:ObjectCreated:*"], lambda event: event["Records"][0])
    s3.on_event("pictures", "s3:ObjectCreated:*", len("handler"))  # type: ignore[arg-type]


def identities(s3: FakeS3) -> None:
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/*"}
    alice = s3.user("alice", policy={"Version": "2012-10-17", "Statement": reading})
    assert_type(alice, User)
    assert_type(alice.client(), S3Client)
    assert_type(s3.role("app", lasts=timedelta(hours=1)), RoleSession)
    assert_type(s3.account("111122223333"), Account)
    assert_type(s3.least_privilege(alice), dict[str, Any])
    assert_type(alice.credentials, dict[str, Any])


def clients(s3: FakeS3) -> None:
    client = s3.client(region_name="eu-west-1")
    assert_type(client, S3Client)
    assert_type(client.get_object(Bucket="pictures", Key="cat")["Body"].read(), bytes)
    assert_type(s3.resource(), S3ServiceResource)
    client.get_objects(Bucket="pictures")  # type: ignore[attr-defined]
    client.get_object(Bucket="pictures")  # type: ignore[call-arg]


@pytest.fixture
@mock_s3
def filled() -> Iterator[FakeS3]:
    s3 = FakeS3()
    yield s3
    s3.reset()


def errors() -> None:
    try:
        mock_s3()
    except UnmockedRequest as stopped:
        mistake: UsageError = stopped
        print(mistake)
    except S3Error as error:
        print(error)
