"""Whatever is called, the direct door answers as HTTP does."""

from __future__ import annotations

import hashlib
import io
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3.model.errors import InternalError, SlowDown
from fakes3.operations.service import Service

from .ways import (
    BEGIN,
    BUCKET,
    CUSTOMER_KEY,
    Way,
    check_both_ways,
    made_client,
    plain_client,
)

# ---- Calls ----

keys = st.sampled_from(["a", "b/c", "b/d e", "b/ü+%26", "/x//y", "\u2028&<'\">", ".", "c\r\nd"])
bodies = st.sampled_from([b"", b"hello", b"x" * 3000, "text ü", bytearray(b"array")]) | st.binary(max_size=20).map(
    lambda data: data
)
numbers = st.integers(0, 3)
etag_conditions = st.sampled_from(["*", '"none"', 'W/"x"']) | numbers
moments = st.sampled_from(
    [datetime(2026, 1, 2, 12, tzinfo=UTC), datetime(2020, 5, 5), "2030-01-01", 1_600_000_000, "garbage"]
)
metadata = st.dictionaries(
    st.sampled_from(["Author", "author", "x-y", "ü"]),
    st.sampled_from(["me", "", " a  b ", "ü", "x" * 2100]),
    max_size=2,
)


def some(required: dict[str, Any], **optional: Any) -> Any:
    return st.fixed_dictionaries({"Bucket": st.just(BUCKET), **required}, optional=optional)


customer_key = {
    "SSECustomerAlgorithm": st.just("AES256"),
    "SSECustomerKey": st.sampled_from([CUSTOMER_KEY, CUSTOMER_KEY.decode("latin-1"), b"short"]),
}
read_members: dict[str, Any] = {
    "VersionId": numbers | st.just("nonsense"),
    "Range": st.sampled_from(["bytes=0-1", "bytes=-2", "bytes=9000-", "letters=1"]),
    "PartNumber": st.integers(0, 3),
    "IfMatch": etag_conditions,
    "IfNoneMatch": etag_conditions,
    "IfModifiedSince": moments,
    "IfUnmodifiedSince": moments,
    "ChecksumMode": st.just("ENABLED"),
    "ResponseContentType": st.sampled_from(["text/plain", "a/b; c=ü"]),
    "ResponseExpires": moments,
}
write_members: dict[str, Any] = {
    "Metadata": metadata,
    "ContentType": st.sampled_from(["text/plain", "a/b; c=ü"]),
    "ContentEncoding": st.sampled_from(["gzip", "aws-chunked"]),
    "Expires": moments,
    "Tagging": st.sampled_from(["a=b", "a=b&c=%20", "a=b&a=c", "=&"]),
    "StorageClass": st.sampled_from(["STANDARD_IA", "GLACIER", "CHEAP"]),
    "ServerSideEncryption": st.sampled_from(["AES256", "aws:kms"]),
    "WebsiteRedirectLocation": st.sampled_from(["/elsewhere", "elsewhere"]),
    "ACL": st.sampled_from(["private", "public-read", "nobody"]),
}
checks: dict[str, Any] = {
    "ChecksumAlgorithm": st.sampled_from(["CRC32", "SHA1", "SHA256", "CRC64NVME", "NONE"]),
    "ChecksumSHA256": st.sampled_from([b64encode(hashlib.sha256(b"hello").digest()).decode(), "bm9uZQ=="]),
    "ContentMD5": st.sampled_from([b64encode(hashlib.md5(b"hello").digest()).decode(), "none"]),
    "ContentLength": st.sampled_from([5, 4]),
}
listed: dict[str, Any] = {
    "Prefix": st.sampled_from(["", "b/", "b/ü+", "/"]),
    "Delimiter": st.sampled_from(["/", "/x/", "", "&"]),
    "EncodingType": st.sampled_from(["url", "none"]),
    "MaxKeys": st.sampled_from([0, 1, 2, 1000, -1]),
}
key = {"Key": keys}
upload = {"UploadId": numbers}

CALLS: dict[str, Any] = {
    "put_object": some(key | {"Body": bodies}, **write_members, **checks, IfNoneMatch=st.just("*"), IfMatch=numbers),
    "get_object": some(key, **read_members),
    "head_object": some(key, **read_members),
    "delete_object": some(key, VersionId=numbers | st.just("nonsense"), IfMatch=etag_conditions),
    "delete_objects": some({"Delete": st.fixed_dictionaries({"Objects": st.lists(st.fixed_dictionaries(key))})}),
    "list_objects": some({}, **listed, Marker=keys),
    "list_objects_v2": some({}, **listed, StartAfter=keys, FetchOwner=st.booleans()),
    "list_object_versions": some({}, **listed, KeyMarker=keys),
    "copy_object": some(
        key
        | {
            "CopySource": st.fixed_dictionaries({"Bucket": st.just(BUCKET)} | key)
            | st.sampled_from([f"{BUCKET}/a", f"/{BUCKET}/b/c", "nonsense", "nowhere/a"])
        },
        MetadataDirective=st.sampled_from(["COPY", "REPLACE"]),
        CopySourceIfMatch=etag_conditions.filter(lambda each: isinstance(each, str)),
        Metadata=metadata,
    ),
    "create_multipart_upload": some(key, **write_members, ChecksumAlgorithm=checks["ChecksumAlgorithm"]),
    "upload_part": some(upload | {"PartNumber": st.integers(0, 3), "Body": bodies}, **checks),
    "complete_multipart_upload": some(upload | {"MultipartUpload": st.lists(st.integers(1, 3), max_size=2)}),
    "abort_multipart_upload": some(upload),
    "list_parts": some(upload, MaxParts=numbers),
    "list_multipart_uploads": some({}, Prefix=keys),
    "put_object_tagging": some(
        key
        | {
            "Tagging": st.fixed_dictionaries(
                {"TagSet": st.lists(st.fixed_dictionaries({"Key": keys, "Value": keys}), max_size=2)}
            )
        }
    ),
    "get_object_tagging": some(key, VersionId=numbers),
    "delete_object_tagging": some(key),
    "get_object_attributes": some(
        key | {"ObjectAttributes": st.just(["ETag", "Checksum", "ObjectSize", "StorageClass"])}
    ),
    "put_bucket_versioning": some(
        {"VersioningConfiguration": st.sampled_from([{"Status": "Enabled"}, {"Status": "Suspended"}, {}])}
    ),
    "get_bucket_versioning": some({}),
    "get_bucket_location": some({}),
    "head_bucket": some({}, ExpectedBucketOwner=st.sampled_from(["123456789012", "999999999999", "x"])),
    "list_buckets": st.just({}),
    "delete_bucket": some({}),
    "create_bucket": some({}, CreateBucketConfiguration=st.just({"LocationConstraint": "nowhere-1"})),
    # What the fake does not model, what the client refuses, and what is not there.
    "get_bucket_metrics_configuration": some({"Id": st.just("x")}),
    "upload_part_copy": some(upload | {"PartNumber": st.just(1), "CopySource": st.just(f"{BUCKET}/a")}),
}
strange: list[tuple[str, Any]] = [
    ("get_object", {"Bucket": BUCKET}),
    ("get_object", {"Bucket": BUCKET, "Key": ""}),
    ("get_object", {"Bucket": BUCKET, "Key": 5}),
    ("get_object", {"Bucket": {"a": "b"}, "Key": "a"}),
    ("list_objects_v2", {"Bucket": ["a"]}),
    ("get_object", {"Bucket": "No Bucket", "Key": "a"}),
    ("get_object", {"Bucket": "nowhere", "Key": "a"}),
    ("head_object", {"Bucket": "nowhere", "Key": "a"}),
    ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": 5}),
    ("put_object", {"Bucket": BUCKET, "Key": "a", "Nonsense": 5}),
    ("put_object", {"Bucket": BUCKET, "Key": "a"}),
    ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": "b", "Metadata": {"big": "x" * 9000}}),
    ("put_object", {"Bucket": BUCKET, "Key": "a", "Body": b"z", "SSECustomerAlgorithm": "AES256", **{
        "SSECustomerKey": CUSTOMER_KEY}}),
    ("get_object", {"Bucket": BUCKET, "Key": "a", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": CUSTOMER_KEY}),
    ("get_object", {"Bucket": "arn:aws:s3:us-east-1:123456789012:accesspoint/mine", "Key": "a"}),
    ("list_objects_v2", {"Bucket": "arn:aws:s3::123456789012:accesspoint/mine.mrap"}),
    ("head_bucket", {"Bucket": "zonal--use1-az1--x-s3"}),
    ("get_object", {"Bucket": "dotted.bucket", "Key": "a"}),
]  # fmt: skip
steps = st.one_of(
    *(st.tuples(st.just(name), members) for name, members in CALLS.items()),
    st.tuples(st.just("put_object"), CALLS["put_object"]),
    st.tuples(st.just("get_object"), CALLS["get_object"]),
    st.sampled_from(strange),
)


class TestTwoWays:
    """A direct call answers, raises, changes and records what the same call does over HTTP."""

    @given(st.lists(steps, max_size=12))
    @settings(max_examples=60)
    def test_whatever_is_called(self, calls):
        check_both_ways(BEGIN + calls)

    @pytest.mark.parametrize("name", sorted(CALLS))
    def test_each_call_alone(self, name):
        given_members = CALLS[name]

        @given(st.booleans(), st.lists(given_members, min_size=1, max_size=2))
        @settings(max_examples=6)
        def both_ways(versioned, several):
            versioning = [
                ("put_bucket_versioning", {"Bucket": BUCKET, "VersioningConfiguration": {"Status": "Enabled"}})
            ]
            puts = [("put_object", {"Bucket": BUCKET, "Key": each, "Body": b"hello"}) for each in ("a", "b/c")]
            uploads = [("create_multipart_upload", {"Bucket": BUCKET, "Key": "a"})]
            check_both_ways(
                BEGIN + (versioning if versioned else []) + puts + uploads + [(name, each) for each in several]
            )

        both_ways()

    def test_members_have_the_same_order(self):
        put = {"Bucket": BUCKET, "Key": "a", "Metadata": {"author": "me"}, "StorageClass": "STANDARD_IA"}
        calls: list[tuple[str, Any]] = [("put_object", put), ("head_object", {"Bucket": BUCKET, "Key": "a"})]
        check_both_ways([*BEGIN, *calls, *calls])

    @pytest.mark.parametrize(("name", "members"), strange)
    def test_what_somebody_refuses(self, name, members):
        check_both_ways([*BEGIN, (name, members)])

    @pytest.mark.parametrize("length", [4, 5, 6, 300])
    @pytest.mark.parametrize(
        "check",
        [
            {"ChecksumSHA256": b64encode(hashlib.sha256(b"hello").digest()).decode()},
            {"ContentMD5": b64encode(hashlib.md5(b"hello").digest()).decode()},
            {},
        ],
    )
    def test_the_length_is_not_that_of_the_body(self, length, check):
        upload = {"UploadId": 0, "PartNumber": 1}
        for body in (b"hello", b"hello" * 60):
            members = {"Bucket": BUCKET, "Key": "a", "Body": body, "ContentLength": length, **check}
            calls = [("create_multipart_upload", {"Bucket": BUCKET, "Key": "a"}), ("upload_part", members | upload)]
            check_both_ways([*BEGIN, ("put_object", members), *calls])

    def test_the_region_is_another(self):
        there = {"Bucket": "elsewhere", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
        calls: list[tuple[str, Any]] = [
            ("put_object", {"Bucket": "elsewhere", "Key": "a", "Body": b"x"}),
            ("get_object", {"Bucket": "elsewhere", "Key": "a"}),
            ("get_object", {"Bucket": "elsewhere", "Key": "b"}),
            ("list_objects_v2", {"Bucket": "elsewhere"}),
        ]
        over_http, directly = Way(made_client(), direct=False), Way(made_client(), direct=True)
        expected = over_http.go([("create_bucket", there), *calls])
        assert expected == directly.go([("create_bucket", there), *calls])
        assert over_http.s3.service.calls == directly.s3.service.calls
        assert "TemporaryRedirect" in [call.error for call in directly.s3.service.calls]

    def test_s3_fails_at_first(self):
        def answers(*, direct: bool) -> list[Any]:
            way = Way(plain_client(), direct=direct)
            way.s3.create_bucket(BUCKET, objects={"a": "x"})
            failures = [InternalError(), None, SlowDown(), None, InternalError(), None, InternalError(), None]
            really_perform = Service.perform

            def perform(*args: Any, **kwargs: Any) -> Any:
                failure = failures.pop(0)
                if failure is not None:
                    raise failure
                return really_perform(*args, **kwargs)

            with mock.patch.object(Service, "perform", perform), mock.patch("time.sleep"):
                found = way.go(
                    [
                        ("put_object", {"Bucket": BUCKET, "Key": "k", "Body": b"hello"}),
                        ("put_object", {"Bucket": BUCKET, "Key": "k", "Body": io.BytesIO(b"hello")}),
                        ("list_objects_v2", {"Bucket": BUCKET}),
                        ("delete_objects", {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": "a"}]}}),
                    ]
                )
            assert way.s3[BUCKET]["k"].text == "hello"
            return [found, way.s3.service.calls]

        expected = answers(direct=False)
        assert expected == answers(direct=True)
        assert [each["ResponseMetadata"]["RetryAttempts"] for each in expected[0]] == [1, 1, 1, 1]
