"""Two things are wrong at once: which of them S3 tells. S3: API/ErrorResponses.html"""

from __future__ import annotations

from typing import Any

import pytest

from fakes3 import FakeS3

OTHER_MD5 = "dGVzdC1zdHJpbmctMTIzNA=="
LONG = "k" * 1025


class TestPut:
    """A put is judged by its headers, then by its bucket, its caller, its conditions, and at last by its body."""

    @pytest.mark.parametrize(
        ("first", "target", "headers"),
        [
            # what is wrong whatever the bucket comes before the bucket
            ("InvalidDigest", "/nowhere/k", {"Content-MD5": "junk"}),
            ("InvalidRequest", "/nowhere/k", {"x-amz-checksum-crc32": "junk"}),
            ("InvalidRequest", "/nowhere/k", {"x-amz-sdk-checksum-algorithm": "CRC32"}),
            ("NotImplemented", "/nowhere/k", {"If-Match": "*"}),
            ("MissingContentLength", "/nowhere/k", {"Content-Length": None}),
            ("EntityTooLarge", "/nowhere/k", {"Content-Length": "9" * 12}),
            ("KeyTooLongError", f"/nowhere/{LONG}", {}),
            ("InvalidURI", "/nowhere/%ff", {}),
            # a bucket that is not there comes before who may do what
            ("NoSuchBucket", "/nowhere/k", {"x-amz-expected-bucket-owner": "210987654321"}),
            ("NoSuchBucket", "/nowhere/k", {"If-None-Match": "*"}),
            ("NoSuchBucket", "/nowhere/k", {"Content-MD5": OTHER_MD5}),
            ("NoSuchBucket", "/nowhere/k", {"authorization": None}),
            # who may do what comes before the object that is there
            ("AccessDenied", "/mine/k", {"x-amz-expected-bucket-owner": "210987654321", "If-None-Match": "*"}),
            ("AccessDenied", "/mine/k", {"authorization": None, "If-None-Match": "*"}),
            ("AccessDenied", "/mine/k", {"authorization": None, "x-amz-meta-a": "x" * 2049}),
            # the headers come before the object that is there
            ("MetadataTooLarge", "/mine/k", {"x-amz-meta-a": "x" * 2049, "If-None-Match": "*"}),
            # the object that is there comes before the body
            ("PreconditionFailed", "/mine/k", {"If-None-Match": "*", "Content-MD5": OTHER_MD5}),
            ("PreconditionFailed", "/mine/k", {"If-None-Match": "*", "Content-Length": "99"}),
            ("NoSuchKey", "/mine/missing", {"If-Match": "etag", "x-amz-checksum-crc32": "AAAAAA=="}),
            # the body comes last: whether it is whole, then whether it is right
            ("IncompleteBody", "/mine/k", {"Content-Length": "99", "Content-MD5": OTHER_MD5}),
            ("XAmzContentSHA256Mismatch", "/mine/k", {"x-amz-content-sha256": "0" * 64, "Content-MD5": OTHER_MD5}),
            ("BadDigest", "/mine/k", {"Content-MD5": OTHER_MD5}),
        ],
    )
    def test_first(self, s3: FakeS3, ask, first: str, target: str, headers: dict[str, str | None]) -> None:
        s3.create_bucket("mine", objects={"k": "mine"})
        world = s3.service.world
        assert first == ask("PUT", target, headers, b"hello").refusal.code
        assert world is s3.service.world

    def test_a_bucket_of_another_region_comes_before_its_owner(self, s3: FakeS3, ask) -> None:
        s3.create_bucket("far", region="eu-west-1")
        assert "PermanentRedirect" == ask("PUT", "/far/k", {"authorization": None}, b"hello").refusal.code

    def test_the_body_is_not_read_in_vain(self, s3: FakeS3, ask) -> None:
        class Body(list[bytes]):
            def __iter__(self) -> Any:
                raise AssertionError("the body was read")

        s3.create_bucket("mine", objects={"k": "mine"})
        for status, target, condition in [(404, "/nowhere/k", None), (412, "/mine/k", "*")]:
            response = ask("PUT", target, {"Content-Length": "5", "If-None-Match": condition}, Body())
            assert status == response.status


class TestGet:
    """A read is judged by its bucket, its caller, its object, its conditions and its range, in this order."""

    @pytest.mark.parametrize(
        ("first", "target", "headers"),
        [
            ("NoSuchBucket", "/nowhere/k?versionId=junk", {}),
            ("NoSuchBucket", "/nowhere/k", {"authorization": None}),
            ("AccessDenied", "/mine/missing", {"authorization": None}),
            ("AccessDenied", "/mine/k?versionId=junk", {"authorization": None}),
            ("NoSuchKey", "/mine/missing", {"If-Match": "etag", "Range": "bytes=99-"}),
            ("InvalidArgument", "/mine/k?versionId=junk", {"If-Match": "etag"}),
            ("PreconditionFailed", "/mine/k", {"If-Match": "etag", "If-None-Match": "*", "Range": "bytes=99-"}),
            ("InvalidRange", "/mine/k", {"Range": "bytes=99-"}),
        ],
    )
    def test_first(self, s3: FakeS3, ask, first: str, target: str, headers: dict[str, str | None]) -> None:
        s3.create_bucket("mine", objects={"k": "mine"})
        assert first == ask("GET", target, headers).refusal.code

    def test_not_modified_comes_before_the_range(self, s3: FakeS3, ask) -> None:
        s3.create_bucket("mine", objects={"k": "mine"})
        assert 304 == ask("GET", "/mine/k", {"If-None-Match": "*", "Range": "bytes=99-"}).status


class TestDocuments:
    """A configuration is not looked at before its bucket."""

    @pytest.mark.parametrize("body", [b"", b"nonsense", b"<Delete/>"])
    def test_a_bucket_that_is_not_there_comes_first(self, ask, body: bytes) -> None:
        assert "NoSuchBucket" == ask("POST", "/nowhere?delete", body=body).refusal.code


class TestStrangers:
    """A caller without rights learns whether a bucket is there, and nothing of its keys."""

    @pytest.mark.parametrize("key", ["k", "missing"])
    def test_keys_are_hidden(self, s3: FakeS3, stranger, refused, key: str) -> None:
        s3.create_bucket("mine", objects={"k": "mine"})
        for operation in (stranger.get_object, stranger.put_object, stranger.delete_object):
            with refused("AccessDenied", 403, "Access Denied"):
                operation(Bucket="mine", Key=key)

    def test_buckets_are_not(self, stranger, refused) -> None:
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            stranger.get_object(Bucket="nowhere", Key="k")
