"""django-storages' S3Storage, whose `default_acl` is sent with every file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

pytest.importorskip("django", reason="Django is not installed: pip install django-storages[s3]")
pytest.importorskip("storages", reason="django-storages is not installed: pip install django-storages[s3]")

OTHER = "210987654321"


@pytest.fixture(scope="module", autouse=True)
def settings() -> None:
    from django.conf import settings

    if not settings.configured:
        settings.configure()


@pytest.fixture
def bucket(s3: FakeS3) -> str:
    return s3.create_bucket("media").name


def storage(acl: str | None, **options: Any) -> Any:
    from storages.backends.s3 import S3Storage

    return S3Storage(bucket_name="media", region_name="us-east-1", default_acl=acl, **options)


def content(body: bytes) -> Any:
    from django.core.files.base import ContentFile

    return ContentFile(body)


@pytest.mark.parametrize("acl", [None, "private", "bucket-owner-full-control"])
def test_a_file_is_saved_read_listed_and_deleted(s3: FakeS3, bucket: str, acl: str | None) -> None:
    files = storage(acl)
    assert "avatars/a b.txt" == files.save("avatars/a b.txt", content(b"cat"))
    assert b"cat" == s3[bucket]["avatars/a b.txt"].body
    (put,) = s3.calls.filter(operation="PutObject")
    assert acl == put.parameters.get("ACL")
    assert (True, 3) == (files.exists("avatars/a b.txt"), files.size("avatars/a b.txt"))
    with files.open("avatars/a b.txt") as file:
        assert b"cat" == file.read()
    assert (["avatars"], []) == files.listdir("")
    files.delete("avatars/a b.txt")
    assert not files.exists("avatars/a b.txt")


def test_a_file_that_is_written_is_uploaded_in_parts(s3: FakeS3, bucket: str) -> None:
    with storage("private").open("log", "wb") as file:
        file.write(b"x" * 6 * 1024**2)
    assert 6 * 1024**2 == s3[bucket]["log"].size
    (create,) = s3.calls.filter(operation="CreateMultipartUpload")
    assert "private" == create.parameters["ACL"]


@pytest.mark.parametrize("acl", ["public-read", "authenticated-read"])
def test_other_acls_are_refused(s3: FakeS3, bucket: str, acl: str) -> None:
    with pytest.raises(ClientError, match="AccessControlListNotSupported"):
        storage(acl).save("k", content(b"cat"))
    assert 0 == len(s3[bucket])


def test_private_of_another_account_is_refused(s3: FakeS3, bucket: str) -> None:
    """What `private` says, that the writer alone has rights, would not hold for a writer of another account."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::media", "arn:aws:s3:::media/*"]}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Principal": {"AWS": OTHER}}]}
    s3.client().put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    other = s3.account(OTHER)
    keys = {"access_key": other.access_key_id, "secret_key": other.secret_access_key}
    with pytest.raises(ClientError, match="AccessControlListNotSupported"):
        storage("private", **keys).save("k", content(b"cat"))
    assert "k" == storage("bucket-owner-full-control", **keys).save("k", content(b"cat"))
