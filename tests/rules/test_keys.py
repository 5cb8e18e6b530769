"""Keys and names of buckets that clients and URLs could change on the way. S3: userguide/object-keys.html"""

from __future__ import annotations

from hashlib import md5
from typing import Any
from xml.etree import ElementTree

import boto3
import pytest
from botocore.config import Config

from fakes3 import FakeS3
from fakes3.model.identity import canonical_id

from ..ask import Ask
from .answers import as_recorded

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
SSE_S3 = {"ServerSideEncryption": "AES256"}


@pytest.fixture(params=["path", "virtual"])
def client(request: pytest.FixtureRequest, s3: FakeS3) -> Any:
    """Names a bucket in the path, then in the host."""
    return boto3.client("s3", region_name=s3.region, config=Config(s3={"addressing_style": request.param}))


def entry(key: str, body: bytes) -> dict[str, Any]:
    """Return how a listing tells an object that boto3 has put."""
    return {
        "ChecksumAlgorithm": ["CRC32"],
        "ChecksumType": "FULL_OBJECT",
        "ETag": f'"{md5(body).hexdigest()}"',
        "Key": key,
        "Size": len(body),
        "StorageClass": "STANDARD",
    }


def page(bucket: str, objects: dict[str, bytes]) -> dict[str, Any]:
    """Return what ListObjectsV2 answers of a bucket with these objects."""
    return {
        "status": 200,
        "Contents": [entry(key, objects[key]) for key in sorted(objects)],
        "EncodingType": "url",
        "IsTruncated": False,
        "KeyCount": len(objects),
        "MaxKeys": 1000,
        "Name": bucket,
        "Prefix": "",
    }


class TestNothingIsNormalised:
    """A key is the bytes that were sent: slashes and escapes mean nothing."""

    # recorded: TestS3::test_object_with_slashes_in_key, TestS3::test_url_encoded_key
    @pytest.mark.parametrize(
        ("objects", "others"),
        [
            ({"/foo": b"foobar", "bar": b"barfoo", "/bar/foo/": b"test"}, ["foo", "//foo", "/bar"]),
            (
                {
                    "test@key/": b"test-non-encoded",
                    "test%40key/": b"test-encoded",
                    "test%40key": b"test-encoded-no-trailing",
                },
                ["test@key", "test%2540key"],
            ),
        ],
    )
    def test_keys_that_look_alike(
        self, bucket: str, client: Any, refused, objects: dict[str, bytes], others: list[str]
    ) -> None:
        for key, body in objects.items():
            client.put_object(Bucket=bucket, Key=key, Body=body)
        assert page(bucket, objects) == as_recorded(client.list_objects_v2(Bucket=bucket))
        for key, body in objects.items():
            assert body == client.get_object(Bucket=bucket, Key=key)["Body"].read()
        for key in others:
            with refused("NoSuchKey", 404, Key=key):
                client.get_object(Bucket=bucket, Key=key)

    # recorded: TestS3::test_put_and_get_object_with_utf8_key, TestS3::test_put_and_get_object_with_hash_prefix,
    # TestS3::test_put_get_object_single_character_trailing_slash
    @pytest.mark.parametrize(
        ("key", "body", "checksum"),
        [
            ("Ā0Ä", b"abc123", "zwK7XA=="),
            ("#key-with-hash-prefix", b"test 123", "wmkP3w=="),
            ("a/", b"test", "2H9+DA=="),
            ("t/", b"test", "2H9+DA=="),
            ("u/", b"test", "2H9+DA=="),
            ("a//", b"test", "2H9+DA=="),
            ("//a", b"test", "2H9+DA=="),
            *((key, b"test", "2H9+DA==") for key in ("+", "%2F", " ", "a b", "*", "a?b", "a;b=c")),
        ],
    )
    def test_odd_keys(self, bucket: str, client: Any, key: str, body: bytes, checksum: str) -> None:
        known = {
            "ChecksumCRC32": checksum,
            "ChecksumType": "FULL_OBJECT",
            "ETag": f'"{md5(body).hexdigest()}"',
            **SSE_S3,
        }
        assert {"status": 200, **known} == as_recorded(client.put_object(Bucket=bucket, Key=key, Body=body))
        assert {
            "status": 200,
            "Body": body,
            "ContentLength": len(body),
            "ContentType": "binary/octet-stream",
            "Metadata": {},
            **known,
        } == as_recorded(client.get_object(Bucket=bucket, Key=key))
        assert page(bucket, {key: body}) == as_recorded(client.list_objects_v2(Bucket=bucket))


class TestDotsInTheNameOfABucket:
    """A bucket whose name has dots is reached by path and, without TLS, by host."""

    NAME = "my.bucket.name.with.dots"

    # recorded: TestS3::test_bucket_name_with_dots
    def test_by_client_and_by_hand(self, s3: FakeS3, s3_client: Any, ask: Ask) -> None:
        s3.create_bucket(self.NAME, bucket_defaults="2022")
        s3_client.put_bucket_acl(Bucket=self.NAME, ACL="public-read")
        s3_client.put_object(Bucket=self.NAME, Key="my-content", Body=b"something")
        owner = {"ID": canonical_id("123456789012")}
        assert {
            "status": 200,
            "Contents": [{**entry("my-content", b"something"), "Owner": owner}],
            "EncodingType": "url",
            "IsTruncated": False,
            "Marker": "",
            "MaxKeys": 1000,
            "Name": self.NAME,
            "Prefix": "",
        } == as_recorded(s3_client.list_objects(Bucket=self.NAME))
        by_host = ask("GET", "/", host=f"{self.NAME}.s3.us-east-1.amazonaws.com", signed=False)
        by_path = ask("GET", f"/{self.NAME}", signed=False)
        assert (200, by_path.body) == (by_host.status, by_host.body)
        root = ElementTree.fromstring(by_host.body)
        told = {each.tag.removeprefix(NAMESPACE): each.text for each in root if not len(each)}
        assert {"IsTruncated": "false", "Marker": None, "MaxKeys": "1000", "Name": self.NAME, "Prefix": None} == told
        (listed,) = root.iter(f"{NAMESPACE}Contents")
        members = {each.tag.removeprefix(NAMESPACE): each.text for each in listed}
        del members["LastModified"]
        assert {
            "ChecksumAlgorithm": "CRC32",
            "ChecksumType": "FULL_OBJECT",
            "ETag": '"437b930db84b8079c2dd804a71936b5f"',
            "Key": "my-content",
            "Size": "9",
            "StorageClass": "STANDARD",
        } == members
