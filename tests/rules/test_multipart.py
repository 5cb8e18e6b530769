"""Multipart uploads, sentence by sentence. S3: userguide/mpuoverview.html and the API pages of the operations."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.configurations import VERSIONING

from .multipart import (
    FIVE_MIB,
    begin,
    checksum,
    etag,
    etag_of_parts,
    finish,
    pick,
    read,
    send,
    whole,
)


class TestUpload:
    """The parts of an upload, in the order of their numbers, become one object when it is completed."""

    def test_object_is_its_parts_by_number(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)
        last = send(s3_client, bucket, upload, 2, b"end")
        first = send(s3_client, bucket, upload, 1, bytes(FIVE_MIB))
        answer = finish(s3_client, bucket, upload, first, last)
        assert bytes(FIVE_MIB) + b"end" == read(s3_client, bucket)
        assert f'"{etag_of_parts(bytes(FIVE_MIB), b"end")}"' == answer["ETag"]

    # recorded: TestS3::test_get_object_part
    def test_answer_to_complete(self, s3_client, bucket: str) -> None:
        answer = whole(s3_client, bucket, bytes(FIVE_MIB), b"test content 123", key="a/test.file")
        told = pick(answer, "Bucket", "Key", "Location", "ETag", "ServerSideEncryption", "ChecksumType", "VersionId")
        assert {
            "Bucket": bucket,
            "Key": "a/test.file",
            "Location": f"https://{bucket}.s3.us-east-1.amazonaws.com/a%2Ftest.file",
            "ETag": f'"{etag_of_parts(bytes(FIVE_MIB), b"test content 123")}"',
            "ServerSideEncryption": "AES256",
            "ChecksumType": "FULL_OBJECT",
        } == told
        assert checksum("CRC64NVME", bytes(FIVE_MIB) + b"test content 123") == answer["ChecksumCRC64NVME"]

    # recorded: TestS3::test_multipart_overwrite_key
    def test_known_etag_and_checksum(self, s3_client, bucket: str) -> None:
        s3_client.put_object(Bucket=bucket, Key="key", Body=b"test content 123")
        answer = whole(s3_client, bucket, b"test content 123")
        assert {
            "ChecksumCRC64NVME": "BsLNlKumA5I=",
            "ChecksumType": "FULL_OBJECT",
            "ETag": '"b972025bc34adf8d76d6d51e93c035cc-1"',
        } == pick(answer, "ChecksumCRC64NVME", "ChecksumType", "ETag")

    # recorded: TestS3::test_multipart_with_unicode_character_location
    def test_location_is_percent_encoded(self, s3_client, bucket: str) -> None:
        answer = whole(s3_client, bucket, b"x", key="test-unicode_—_file")
        assert f"https://{bucket}.s3.us-east-1.amazonaws.com/test-unicode_%E2%80%94_file" == answer["Location"]

    def test_location_is_in_the_partition_of_the_bucket(self, s3: FakeS3) -> None:
        s3.create_bucket("chinese", region="cn-north-1")
        answer = whole(s3.client(region_name="cn-north-1"), "chinese", b"x")
        assert "https://chinese.s3.cn-north-1.amazonaws.com.cn/key" == answer["Location"]

    def test_nothing_is_there_before_the_completion(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        send(s3_client, bucket, upload, 1, b"x")
        assert 0 == s3_client.list_objects_v2(Bucket=bucket)["KeyCount"]
        with refused("NoSuchKey", 404, Key="key"):
            s3_client.get_object(Bucket=bucket, Key="key")

    def test_uploads_of_one_key_are_independent(self, s3_client, bucket: str) -> None:
        one, other = begin(s3_client, bucket), begin(s3_client, bucket)
        of_one, of_other = send(s3_client, bucket, one, 1, b"one"), send(s3_client, bucket, other, 1, b"other")
        finish(s3_client, bucket, other, of_other)
        finish(s3_client, bucket, one, of_one)
        assert b"one" == read(s3_client, bucket)

    def test_attributes_are_those_of_the_beginning(self, s3_client, bucket: str) -> None:
        whole(
            s3_client,
            bucket,
            b"x",
            ContentType="text/plain",
            CacheControl="no-store",
            Metadata={"Who": "me"},
            StorageClass="STANDARD_IA",
            WebsiteRedirectLocation="/other",
            Tagging="a=1&b=2",
        )
        expected = {
            "ContentType": "text/plain",
            "CacheControl": "no-store",
            "Metadata": {"who": "me"},
            "StorageClass": "STANDARD_IA",
            "WebsiteRedirectLocation": "/other",
            "TagCount": 2,
        }
        assert expected == pick(s3_client.head_object(Bucket=bucket, Key="key"), *expected)

    def test_listings_tell_the_storage_class_of_the_beginning(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket, StorageClass="GLACIER_IR")
        (entry,) = s3_client.list_multipart_uploads(Bucket=bucket)["Uploads"]
        parts = s3_client.list_parts(Bucket=bucket, Key="key", UploadId=upload)
        assert ("GLACIER_IR", "GLACIER_IR") == (entry["StorageClass"], parts["StorageClass"])

    def test_last_modified_is_when_the_upload_began(self, s3: FakeS3, s3_client, bucket: str) -> None:
        s3.clock.freeze("2026-01-01T00:00:00Z")
        upload = begin(s3_client, bucket)
        s3.clock.advance(hours=1)
        finish(s3_client, bucket, upload, send(s3_client, bucket, upload, 1, b"x"))
        assert (
            "2026-01-01T00:00:00+00:00" == s3_client.head_object(Bucket=bucket, Key="key")["LastModified"].isoformat()
        )

    def test_version_id_comes_with_the_completion(self, s3: FakeS3, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)
        s3_client.put_object(Bucket=bucket, Key="key", Body=b"old")
        part = send(s3_client, bucket, upload, 1, b"new")
        s3.service.replace_world(versioned(s3, bucket))
        answer = finish(s3_client, bucket, upload, part)
        assert answer["VersionId"] == s3_client.head_object(Bucket=bucket, Key="key")["VersionId"] != "null"
        assert b"old" == read(s3_client, bucket, VersionId="null")

    def test_suspended_bucket_shows_no_version_id(self, s3_client, suspended: str) -> None:
        assert "VersionId" not in whole(s3_client, suspended, b"x")
        assert "null" == s3_client.head_object(Bucket=suspended, Key="key")["VersionId"]

    def test_failed_completion_keeps_the_old_object_and_the_upload(self, s3_client, bucket: str, refused) -> None:
        s3_client.put_object(Bucket=bucket, Key="key", Body=b"old")
        upload = begin(s3_client, bucket)
        part = send(s3_client, bucket, upload, 1, b"new")
        with refused("InvalidPart", 400, UploadId=upload, PartNumber="2", ETag=etag(b"")):
            finish(s3_client, bucket, upload, part, {"PartNumber": 2, "ETag": etag(b"")})
        assert b"old" == read(s3_client, bucket)
        finish(s3_client, bucket, upload, part)
        assert b"new" == read(s3_client, bucket)


class TestCreate:
    """An upload declares its checksum when it begins, and is told what was understood."""

    def test_undeclared(self, s3_client, bucket: str) -> None:
        answer = s3_client.create_multipart_upload(Bucket=bucket, Key="key")
        assert {"Bucket", "Key", "UploadId", "ServerSideEncryption", "ResponseMetadata"} == answer.keys()

    # recorded: TestS3MultipartUploadChecksum::test_multipart_checksum_type_compatibility
    @pytest.mark.parametrize(
        ("algorithm", "types"),
        [
            ("CRC32", ["COMPOSITE", "FULL_OBJECT"]),
            ("CRC32C", ["COMPOSITE", "FULL_OBJECT"]),
            ("CRC64NVME", ["FULL_OBJECT"]),
            ("SHA1", ["COMPOSITE"]),
            ("SHA256", ["COMPOSITE"]),
        ],
    )
    def test_types_of_an_algorithm(self, s3_client, bucket: str, refused, algorithm: str, types: list[str]) -> None:
        default = s3_client.create_multipart_upload(Bucket=bucket, Key="key", ChecksumAlgorithm=algorithm)
        assert (algorithm, types[0]) == (default["ChecksumAlgorithm"], default["ChecksumType"])
        for each in ("COMPOSITE", "FULL_OBJECT"):
            declared = {"ChecksumAlgorithm": algorithm, "ChecksumType": each}
            if each in types:
                answer = s3_client.create_multipart_upload(Bucket=bucket, Key="key", **declared)
                assert declared == pick(answer, "ChecksumAlgorithm", "ChecksumType")
                continue
            text = f"The {each} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
            with refused("InvalidRequest", 400, text):
                s3_client.create_multipart_upload(Bucket=bucket, Key="key", **declared)

    def test_unknown_algorithm(self, s3_client, bucket: str, refused) -> None:
        text = (
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            "[CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]"
        )
        with refused("InvalidRequest", 400, text):
            begin(s3_client, bucket, ChecksumAlgorithm="CRC7")

    def test_type_without_algorithm(self, s3_client, bucket: str, refused) -> None:
        text = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
        with refused("InvalidRequest", 400, text):
            begin(s3_client, bucket, ChecksumType="COMPOSITE")

    def test_unknown_type(self, s3_client, bucket: str, refused) -> None:
        with refused("InvalidRequest", 400, "Value for x-amz-checksum-type header is invalid."):
            begin(s3_client, bucket, ChecksumAlgorithm="CRC32", ChecksumType="HALF")

    def test_case_does_not_matter(self, s3_client, bucket: str) -> None:
        answer = s3_client.create_multipart_upload(
            Bucket=bucket, Key="key", ChecksumAlgorithm="crc32", ChecksumType="full_object"
        )
        assert ("CRC32", "FULL_OBJECT") == (answer["ChecksumAlgorithm"], answer["ChecksumType"])

    def test_bucket_must_exist(self, s3_client, refused) -> None:
        with refused("NoSuchBucket", 404, BucketName="missing"):
            begin(s3_client, "missing")

    def test_key_too_long(self, s3_client, bucket: str, refused) -> None:
        with refused("KeyTooLongError", 400, Size="1025", MaxSizeAllowed="1024"):
            begin(s3_client, bucket, "k" * 1025)

    def test_storage_class_and_acl_are_judged_at_once(self, s3_client, bucket: str, refused) -> None:
        with refused("InvalidStorageClass", 400, StorageClassRequested="TAPE"):
            begin(s3_client, bucket, StorageClass="TAPE")
        with refused("AccessControlListNotSupported", 400):
            begin(s3_client, bucket, ACL="public-read")

    def test_metadata_too_large(self, s3_client, bucket: str, refused) -> None:
        with refused("MetadataTooLarge", 400, Size="2049", MaxSizeAllowed="2048"):
            begin(s3_client, bucket, Metadata={"k": "v" * 2048})


class TestAbort:
    """An aborted upload is gone, with its parts."""

    def test_abort(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        send(s3_client, bucket, upload, 1, b"x")
        answer = s3_client.abort_multipart_upload(Bucket=bucket, Key="key", UploadId=upload)
        assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
        assert "Uploads" not in s3_client.list_multipart_uploads(Bucket=bucket)
        with refused("NoSuchUpload", 404, UploadId=upload):
            s3_client.list_parts(Bucket=bucket, Key="key", UploadId=upload)

    # observed: minio/minio#2250, beyondstorage/go-storage#963
    @pytest.mark.parametrize("end", ["complete", "abort", "lifecycle"])
    def test_it_succeeds_again_for_a_day(self, s3: FakeS3, s3_client, bucket: str, refused, end: str) -> None:
        s3.clock.freeze("2026-01-01T12:00:00Z")
        upload = begin(s3_client, bucket)
        here = {"Bucket": bucket, "Key": "key", "UploadId": upload}
        part = send(s3_client, bucket, upload, 1, b"x")
        if end == "complete":
            finish(s3_client, bucket, upload, part)
        elif end == "abort":
            s3_client.abort_multipart_upload(**here)
        else:
            rule = {"Status": "Enabled", "Prefix": "", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
            s3_client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
            s3.clock.freeze("2026-01-03T00:00:00Z")
        s3.clock.advance(hours=23, minutes=59)
        assert "Uploads" not in s3_client.list_multipart_uploads(Bucket=bucket)
        before = s3.snapshot()
        assert 204 == s3_client.abort_multipart_upload(**here)["ResponseMetadata"]["HTTPStatusCode"]
        assert not before.diff(s3.snapshot())
        s3.clock.advance(minutes=1)
        assert "Uploads" not in s3_client.list_multipart_uploads(Bucket=bucket)
        with refused("NoSuchUpload", 404, UploadId=upload):
            s3_client.abort_multipart_upload(**here)

    def test_directory_buckets_header_is_not_taken(self, s3_client, bucket: str, ask) -> None:
        upload = begin(s3_client, bucket)
        headers = {"x-amz-if-match-initiated-time": "Thu, 01 Jan 2026 00:00:00 GMT"}
        assert 501 == ask("DELETE", f"/{bucket}/key?uploadId={upload}", headers).status

    def test_open_uploads_do_not_keep_a_bucket(self, s3: FakeS3, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        s3_client.delete_bucket(Bucket=bucket)
        s3_client.create_bucket(Bucket=bucket)
        assert "Uploads" not in s3_client.list_multipart_uploads(Bucket=bucket)
        with refused("NoSuchUpload", 404, UploadId=upload):
            s3_client.list_parts(Bucket=bucket, Key="key", UploadId=upload)


def versioned(s3: FakeS3, name: str) -> Any:
    """The world with versioning enabled on a bucket."""
    world = s3.service.world
    return world.with_bucket(world.buckets[name].configure(VERSIONING, {"Status": "Enabled"}))
