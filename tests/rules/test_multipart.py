"""Multipart uploads, sentence by sentence. S3: userguide/mpuoverview.html and the API pages of the operations."""

from __future__ import annotations

import base64
import hashlib
import threading
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.configurations import VERSIONING
from fakes3.model.errors import NoSuchUpload

from .multipart import (
    FIVE_MIB,
    KEY_OF_THE_CUSTOMER,
    begin,
    checksum,
    customer,
    etag,
    etag_of_parts,
    finish,
    pick,
    read,
    send,
    whole,
)


@pytest.fixture
def open_to_sse_c(s3: FakeS3) -> tuple[Any, str]:
    """A client and the name of a bucket that takes customers' keys."""
    client = s3.client(region_name="me-south-1")
    client.create_bucket(Bucket="open-to-sse-c", CreateBucketConfiguration={"LocationConstraint": "me-south-1"})
    return client, "open-to-sse-c"


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


class TestUploadPart:
    """A part is taken whole or not at all, and replaces a part of its number."""

    # recorded: TestS3MultipartUploadChecksum::test_multipart_size_validation
    def test_answer(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)
        answer = s3_client.upload_part(
            Bucket=bucket, Key="key", UploadId=upload, PartNumber=1, Body=b"test content 123"
        )
        del answer["ResponseMetadata"]
        assert {
            "ETag": '"eee506dd7ada7ded524c77e359a0e7c6"',
            "ChecksumCRC32": "B18g1g==",
            "ServerSideEncryption": "AES256",
        } == answer

    def test_same_number_replaces_the_part(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        old = send(s3_client, bucket, upload, 1, b"old")
        new = send(s3_client, bucket, upload, 1, b"new")
        with refused("InvalidPart", 400, UploadId=upload, PartNumber="1", ETag=etag(b"old")):
            finish(s3_client, bucket, upload, old)
        finish(s3_client, bucket, upload, new)
        assert b"new" == read(s3_client, bucket)

    @pytest.mark.parametrize("number", ["0", "10001", "-1", "one", "", "1.0", "٣", "99999999999999999999"])
    def test_bad_number(self, s3_client, bucket: str, ask, number: str) -> None:
        from urllib.parse import quote

        upload = begin(s3_client, bucket)
        answer = ask("PUT", f"/{bucket}/key?partNumber={quote(number)}&uploadId={upload}", body=b"x").refusal
        text = "Part number must be an integer between 1 and 10000, inclusive"
        expected = {"ArgumentName": "partNumber", "ArgumentValue": number}
        assert (400, "InvalidArgument", text, expected) == answer

    def test_largest_number(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)
        finish(s3_client, bucket, upload, send(s3_client, bucket, upload, 10_000, b"x"))
        assert b"x" == read(s3_client, bucket)

    def test_upload_is_looked_for_before_the_number_is_judged(self, bucket: str, ask) -> None:
        answer = ask("PUT", f"/{bucket}/key?partNumber=0&uploadId=none", body=b"x").refusal
        assert (404, "NoSuchUpload", NoSuchUpload.message, {"UploadId": "none"}) == answer

    def test_part_number_without_upload_id(self, bucket: str, ask) -> None:
        answer = ask("PUT", f"/{bucket}/key?partNumber=1", body=b"x").refusal
        assert "This operation does not accept partNumber without uploadId" == answer.message
        assert (400, "InvalidArgument") == answer[:2]

    @pytest.mark.parametrize("wrong", ["of another key", "aborted", "completed", "made up"])
    def test_unknown_upload(self, s3_client, bucket: str, refused, wrong: str) -> None:
        upload = begin(s3_client, bucket, "other" if wrong == "of another key" else "key")
        if wrong == "aborted":
            s3_client.abort_multipart_upload(Bucket=bucket, Key="key", UploadId=upload)
        elif wrong == "completed":
            finish(s3_client, bucket, upload, send(s3_client, bucket, upload, 1, b"x"))
        elif wrong == "made up":
            upload = upload.swapcase()
        here: dict[str, Any] = {"Bucket": bucket, "Key": "key", "UploadId": upload}
        s3_client.put_object(Bucket=bucket, Key="source", Body=b"x")
        source = {"CopySource": f"{bucket}/source"}
        listed = {"Parts": [{"PartNumber": 1, "ETag": "other"}]}
        for ask in (
            lambda: s3_client.upload_part(**here, PartNumber=1, Body=b"x"),
            lambda: s3_client.upload_part_copy(**here, PartNumber=1, **source),
            lambda: s3_client.list_parts(**here),
            lambda: s3_client.complete_multipart_upload(**here, MultipartUpload=listed),
        ):
            with refused("NoSuchUpload", 404, UploadId=upload):
                ask()
        if wrong in {"of another key", "made up"}:
            with refused("NoSuchUpload", 404, UploadId=upload):
                s3_client.abort_multipart_upload(**here)

    def test_content_md5_must_match(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        stated = base64.b64encode(bytes(16)).decode()
        calculated = base64.b64encode(hashlib.md5(b"x").digest()).decode()
        # Unlike PutObject, UploadPart tells the digest as it was sent, and not in hex.
        with refused("BadDigest", 400, ExpectedDigest=stated, CalculatedDigest=calculated):
            send(s3_client, bucket, upload, 1, b"x", ContentMD5=stated)

    def test_checksum_must_match(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        with refused("BadDigest", 400, "The CRC32C you specified did not match the calculated checksum."):
            send(s3_client, bucket, upload, 1, b"x", ChecksumCRC32C="AAAAAA==")

    @pytest.mark.parametrize("declared", ["COMPOSITE", "FULL_OBJECT"])
    def test_checksum_of_another_algorithm(self, s3_client, bucket: str, refused, declared: str) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32", ChecksumType=declared)
        text = "Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: sha256"
        with refused("InvalidRequest", 400, text):
            send(s3_client, bucket, upload, 1, b"x", ChecksumSHA256=checksum("SHA256", b"x"))

    def test_composite_upload_wants_a_checksum(self, s3_client, bucket: str, ask) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32")
        answer = ask("PUT", f"/{bucket}/key?partNumber=1&uploadId={upload}", body=b"x").refusal
        text = "Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: null"
        assert (400, "InvalidRequest", text, {}) == answer

    def test_full_object_upload_computes_it(self, s3_client, bucket: str, ask) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
        answer = ask("PUT", f"/{bucket}/key?partNumber=1&uploadId={upload}", body=b"x")
        assert (200, checksum("CRC32", b"x")) == (answer.status, answer.headers["x-amz-checksum-crc32"])
        assert "x-amz-checksum-type" not in answer.headers

    def test_undeclared_upload_takes_any(self, s3_client, bucket: str, ask) -> None:
        upload = begin(s3_client, bucket)
        sent = s3_client.upload_part(
            Bucket=bucket, Key="key", UploadId=upload, PartNumber=1, Body=b"x", ChecksumSHA1=checksum("SHA1", b"x")
        )
        assert checksum("SHA1", b"x") == sent["ChecksumSHA1"]
        plain = ask("PUT", f"/{bucket}/key?partNumber=1&uploadId={upload}", body=b"x")
        assert [] == [name for name in plain.headers if name.startswith("x-amz-checksum")]

    def test_too_large(self, s3_client, bucket: str, ask) -> None:
        upload = begin(s3_client, bucket)
        length = {"Content-Length": "5368709121"}
        answer = ask("PUT", f"/{bucket}/key?partNumber=1&uploadId={upload}", length).refusal
        limits = {"ProposedSize": "5368709121", "MaxSizeAllowed": "5368709120"}
        assert (400, "EntityTooLarge", limits) == (answer.status, answer.code, answer.members)


class TestCustomerKeys:
    """The parts of an SSE-C upload bring the key it began with."""

    NO_KEY = (
        "The multipart upload initiate requested encryption. "
        "Subsequent part requests must include the appropriate encryption parameters."
    )

    # recorded: TestS3SSECEncryption::test_multipart_upload_sse_c
    def test_upload(self, open_to_sse_c) -> None:
        client, bucket = open_to_sse_c
        begun = client.create_multipart_upload(Bucket=bucket, Key="key", **customer())
        assert "AES256" == begun["SSECustomerAlgorithm"]
        assert "ServerSideEncryption" not in begun
        upload, body = begun["UploadId"], bytes(FIVE_MIB + 1)
        parts = [send(client, bucket, upload, number, body, **customer()) for number in (1, 2, 3)]
        assert 3 == len({part["ETag"] for part in parts}), "equal bytes, opaque ETags"
        answer = finish(client, bucket, upload, *parts)
        assert {"ResponseMetadata", "Location", "Bucket", "Key", "ETag"} == answer.keys()
        digests = b"".join(bytes.fromhex(part["ETag"].strip('"')) for part in parts)
        assert f'"{hashlib.md5(digests).hexdigest()}-3"' == answer["ETag"]
        got = client.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED", **customer())
        assert 3 * body == got["Body"].read()
        assert [] == [name for name in got if name.startswith("Checksum")]

    def test_part_without_a_key(self, open_to_sse_c, refused) -> None:
        client, bucket = open_to_sse_c
        upload = begin(client, bucket, **customer())
        with refused("InvalidRequest", 400, self.NO_KEY):
            send(client, bucket, upload, 1, b"x")

    def test_key_where_none_belongs(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        with refused("InvalidRequest", 400, self.NO_KEY):
            send(s3_client, bucket, upload, 1, b"x", **customer())

    def test_another_key(self, open_to_sse_c, refused) -> None:
        client, bucket = open_to_sse_c
        upload = begin(client, bucket, **customer())
        with refused(
            "InvalidRequest", 400, "The provided encryption parameters did not match the ones used originally."
        ):
            send(client, bucket, upload, 1, b"x", **customer(KEY_OF_THE_CUSTOMER[::-1]))

    # recorded: TestS3::test_s3_multipart_upload_sse
    def test_kms_upload_tells_its_checksum_only_to_readers(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket, ServerSideEncryption="aws:kms", BucketKeyEnabled=True)
        part = send(s3_client, bucket, upload, 1, b"test-sse")
        answer = finish(s3_client, bucket, upload, part)
        assert f'"{etag(b"test-sse")}"' != part["ETag"]
        digest = hashlib.md5(bytes.fromhex(part["ETag"].strip('"'))).hexdigest()
        assert (f'"{digest}-1"', "aws:kms", True) == (
            answer["ETag"],
            answer["ServerSideEncryption"],
            answer["BucketKeyEnabled"],
        )
        assert [] == [name for name in answer if name.startswith("Checksum")]
        head = s3_client.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
        assert "Kr7StX/uFlQ=" == head["ChecksumCRC64NVME"]


class TestUploadPartCopy:
    """A part can be made of an object, or of a range of one."""

    @pytest.fixture
    def source(self, s3_client, bucket: str) -> str:
        s3_client.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
        return f"{bucket}/source"

    def copy(self, client: Any, bucket: str, upload: str, source: str, **options: Any) -> Any:
        return client.upload_part_copy(
            Bucket=bucket, Key="key", UploadId=upload, PartNumber=1, CopySource=source, **options
        )

    # recorded: TestS3Multipart::test_upload_part_copy_no_copy_source_range
    def test_whole_object(self, s3_client, bucket: str, source: str) -> None:
        upload = begin(s3_client, bucket)
        answer = self.copy(s3_client, bucket, upload, source)
        assert {"ResponseMetadata", "CopyPartResult", "ServerSideEncryption"} == answer.keys()
        result = answer["CopyPartResult"]
        assert {"ETag", "LastModified"} == result.keys()
        assert '"781e5e245d69b566979b86e28d23f2c7"' == result["ETag"]
        (part,) = s3_client.list_parts(Bucket=bucket, Key="key", UploadId=upload)["Parts"]
        assert (1, 10, result["ETag"]) == (part["PartNumber"], part["Size"], part["ETag"])
        finish(s3_client, bucket, upload, {"PartNumber": 1, "ETag": result["ETag"]})
        assert b"0123456789" == read(s3_client, bucket)

    @pytest.mark.parametrize(
        ("wanted", "body"), [("bytes=0-9", b"0123456789"), ("bytes=3-5", b"345"), ("bytes=9-9", b"9")]
    )
    def test_range(self, s3_client, bucket: str, source: str, wanted: str, body: bytes) -> None:
        upload = begin(s3_client, bucket)
        result = self.copy(s3_client, bucket, upload, source, CopySourceRange=wanted)["CopyPartResult"]
        assert f'"{etag(body)}"' == result["ETag"]
        done = finish(s3_client, bucket, upload, {"PartNumber": 1, "ETag": result["ETag"]})
        assert (body, checksum("CRC64NVME", body)) == (read(s3_client, bucket), done["ChecksumCRC64NVME"])

    @pytest.mark.parametrize("wanted", ["bytes=5-", "bytes=-5", "bytes=5-4", "0-5", "bytes=0-1,3-4", "bytes=a-b", ""])
    def test_other_forms_of_range(self, s3_client, bucket: str, source: str, ask, wanted: str) -> None:
        upload = begin(s3_client, bucket)
        headers = {"x-amz-copy-source": source, "x-amz-copy-source-range": wanted}
        answer = ask("PUT", f"/{bucket}/key?partNumber=1&uploadId={upload}", headers).refusal
        text = (
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy"
        )
        expected = {"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": wanted}
        assert (400, "InvalidArgument", text, expected) == answer

    @pytest.mark.parametrize("wanted", ["bytes=0-10", "bytes=5-100"])
    def test_range_past_the_end(self, s3_client, bucket: str, source: str, refused, wanted: str) -> None:
        upload = begin(s3_client, bucket)
        with refused(
            "InvalidArgument",
            400,
            "Range specified is not valid for source object of size: 10",
            ArgumentName="x-amz-copy-source-range",
            ArgumentValue=wanted,
        ):
            self.copy(s3_client, bucket, upload, source, CopySourceRange=wanted)

    @pytest.mark.parametrize("wanted", ["bytes=10-10", "bytes=10-19", "bytes=100-200"])
    def test_range_behind_the_end(self, s3_client, bucket: str, source: str, refused, wanted: str) -> None:
        upload = begin(s3_client, bucket)
        with refused("InvalidRequest", 400, "The specified copy range is invalid for the source object size"):
            self.copy(s3_client, bucket, upload, source, CopySourceRange=wanted)

    def test_source_is_looked_for_before_the_upload(self, s3_client, bucket: str, refused) -> None:
        with refused("NoSuchKey", 404, Key="missing"):
            self.copy(s3_client, bucket, "none", f"{bucket}/missing")
        with refused("NoSuchBucket", 404, BucketName="missing"):
            self.copy(s3_client, bucket, "none", "missing/source")

    def test_source_version(self, s3_client, enabled: str) -> None:
        first = s3_client.put_object(Bucket=enabled, Key="source", Body=b"first")["VersionId"]
        s3_client.put_object(Bucket=enabled, Key="source", Body=b"second")
        answer = self.copy(s3_client, enabled, begin(s3_client, enabled), f"{enabled}/source?versionId={first}")
        assert (first, f'"{etag(b"first")}"') == (answer["CopySourceVersionId"], answer["CopyPartResult"]["ETag"])

    # recorded: TestS3MultipartUploadChecksum::test_multipart_upload_part_copy_checksum
    @pytest.mark.parametrize(("declared", "expected"), [("COMPOSITE", "F9bAnw==-1"), ("FULL_OBJECT", "iqJrOQ==")])
    def test_declared_checksum_is_computed(self, s3_client, bucket: str, declared: str, expected: str) -> None:
        s3_client.put_object(Bucket=bucket, Key="source", Body=b"this is a part")
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32C", ChecksumType=declared)
        result = self.copy(s3_client, bucket, upload, f"{bucket}/source")["CopyPartResult"]
        del result["LastModified"]
        assert {"ChecksumCRC32C": "iqJrOQ==", "ETag": '"11df95d595559285eb2b042124e74f09"'} == result
        answer = finish(s3_client, bucket, upload, {"PartNumber": 1} | result)
        assert {
            "ChecksumCRC32C": expected,
            "ChecksumType": declared,
            "ETag": '"395d97c07920de036bfa21e7568a2e9f-1"',
        } == pick(answer, "ChecksumCRC32C", "ChecksumType", "ETag")

    def test_source_may_be_larger_than_one_copy_if_the_range_is_not(
        self, s3_client, bucket: str, source: str, refused, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("fakes3.operations.copies.MOST_BYTES", 5)
        upload = begin(s3_client, bucket)
        self.copy(s3_client, bucket, upload, source, CopySourceRange="bytes=0-4")
        text = "The specified copy source is larger than the maximum allowable size for a copy source: 5"
        for options in ({}, {"CopySourceRange": "bytes=0-5"}):
            with refused("InvalidRequest", 400, text):
                self.copy(s3_client, bucket, upload, source, **options)


class TestComplete:
    """An upload is completed with the list of its parts, or not at all."""

    def test_no_body(self, s3_client, bucket: str, ask) -> None:
        upload = begin(s3_client, bucket)
        answer = ask("POST", f"/{bucket}/key?uploadId={upload}").refusal
        assert (400, "InvalidRequest", "You must specify at least one part", {}) == answer

    @pytest.mark.parametrize(
        "document",
        [
            "<CompleteMultipartUpload/>",
            "<CompleteMultipartUpload><Part/></CompleteMultipartUpload>",
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
            "<CompleteMultipartUpload><Part><ETag>x</ETag></Part></CompleteMultipartUpload>",
            "<CompleteMultipartUpload><Part><PartNumber>x</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>",
            "<CompleteMultipartUpload><Whatever/></CompleteMultipartUpload>",
            "<Complete/>",
            "junk",
        ],
    )
    def test_malformed(self, s3_client, bucket: str, ask, document: str) -> None:
        upload = begin(s3_client, bucket)
        answer = ask("POST", f"/{bucket}/key?uploadId={upload}", body=document.encode()).refusal
        assert (400, "MalformedXML") == answer[:2]

    def test_number_below_one(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        with refused("InvalidArgument", 400, "PartNumber must be >= 1", ArgumentName="PartNumber", ArgumentValue="0"):
            finish(s3_client, bucket, upload, {"PartNumber": 0, "ETag": "x"})

    @pytest.mark.parametrize("numbers", [(2, 1), (1, 1), (1, 3, 2)])
    def test_numbers_must_ascend(self, s3_client, bucket: str, refused, numbers) -> None:
        upload = begin(s3_client, bucket)
        parts = [send(s3_client, bucket, upload, number, b"x") for number in numbers]
        with refused("InvalidPartOrder", 400, UploadId=upload):
            finish(s3_client, bucket, upload, *parts)

    @pytest.mark.usefixtures("any_size")
    def test_numbers_may_have_gaps_and_parts_may_be_left_out(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)
        parts = [send(s3_client, bucket, upload, number, str(number).encode()) for number in (2, 5, 8)]
        answer = finish(s3_client, bucket, upload, parts[0], parts[2])
        assert b"28" == read(s3_client, bucket)
        assert f'"{etag_of_parts(b"2", b"8")}"' == answer["ETag"]

    # S3: API/API_CompletedPart.html, "PartNumber"
    @pytest.mark.usefixtures("any_size")
    def test_no_gaps_where_each_part_has_a_checksum(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="SHA256")
        parts = [
            send(s3_client, bucket, upload, number, b"x", ChecksumAlgorithm="SHA256")
            | {"ChecksumSHA256": checksum("SHA256", b"x")}
            for number in (1, 3)
        ]
        with refused("InvalidPartOrder", 400, UploadId=upload):
            finish(s3_client, bucket, upload, *parts)

    def test_quotes_of_etags_do_not_matter(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)
        send(s3_client, bucket, upload, 1, b"x")
        finish(s3_client, bucket, upload, {"PartNumber": 1, "ETag": etag(b"x")})
        assert b"x" == read(s3_client, bucket)

    @pytest.mark.parametrize(("number", "tag"), [(1, etag(b"y")), (2, etag(b"x")), (20_000, etag(b"x"))])
    def test_part_must_be_there_with_this_etag(self, s3_client, bucket: str, refused, number: int, tag: str) -> None:
        upload = begin(s3_client, bucket)
        send(s3_client, bucket, upload, 1, b"x")
        with refused("InvalidPart", 400, UploadId=upload, PartNumber=str(number), ETag=tag):
            finish(s3_client, bucket, upload, {"PartNumber": number, "ETag": f'"{tag}"'})

    def test_small_part(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        small = send(s3_client, bucket, upload, 1, bytes(FIVE_MIB - 1))
        last = send(s3_client, bucket, upload, 2, b"")
        with refused(
            "EntityTooSmall",
            400,
            ETag=etag(bytes(FIVE_MIB - 1)),
            PartNumber="1",
            MinSizeAllowed="5242880",
            ProposedSize="5242879",
        ):
            finish(s3_client, bucket, upload, small, last)
        finish(s3_client, bucket, upload, small)

    def test_last_part_may_be_empty(self, s3_client, bucket: str) -> None:
        answer = whole(s3_client, bucket, b"")
        assert b"" == read(s3_client, bucket)
        assert f'"{etag_of_parts(b"")}"' == answer["ETag"]

    # recorded: TestS3MultipartUploadChecksum::test_multipart_size_validation
    def test_stated_size(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        part = send(s3_client, bucket, upload, 1, b"test")
        text = "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4"
        with refused("InvalidRequest", 400, text):
            finish(s3_client, bucket, upload, part, MpuObjectSize=5)
        finish(s3_client, bucket, upload, part, MpuObjectSize=4)

    @pytest.mark.parametrize(("stated", "text"), [("-1", "less than zero: '-1'"), ("x", "invalid: 'x'")])
    def test_size_that_is_none(self, s3_client, bucket: str, ask, stated: str, text: str) -> None:
        upload = begin(s3_client, bucket)
        answer = ask("POST", f"/{bucket}/key?uploadId={upload}", {"x-amz-mp-object-size": stated}).refusal
        assert (400, "InvalidRequest", f"Value for x-amz-mp-object-size header is {text}", {}) == answer

    def test_stated_size_may_be_beyond_two_gib(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        part = send(s3_client, bucket, upload, 1, b"test")
        text = "The provided 'x-amz-mp-object-size' header value 5000000000 does not match what was computed: 4"
        with refused("InvalidRequest", 400, text):
            finish(s3_client, bucket, upload, part, MpuObjectSize=5_000_000_000)

    def test_repeated_completion_answers_the_same(self, s3: FakeS3, s3_client, enabled: str) -> None:
        upload = begin(s3_client, enabled)
        part = send(s3_client, enabled, upload, 1, b"x")
        first = finish(s3_client, enabled, upload, part)
        before = s3.service.world
        again = finish(s3_client, enabled, upload, part)
        del first["ResponseMetadata"], again["ResponseMetadata"]
        assert first == again
        assert before is s3.service.world

    @pytest.mark.parametrize("since", ["other list", "overwritten", "deleted"])
    def test_repeated_completion_of_something_else(self, s3_client, bucket: str, refused, since: str) -> None:
        upload = begin(s3_client, bucket)
        part = send(s3_client, bucket, upload, 1, b"x")
        finish(s3_client, bucket, upload, part)
        if since == "overwritten":
            s3_client.put_object(Bucket=bucket, Key="key", Body=b"x")
        elif since == "deleted":
            s3_client.delete_object(Bucket=bucket, Key="key")
        else:
            part = part | {"PartNumber": 2}
        with refused("NoSuchUpload", 404, UploadId=upload):
            finish(s3_client, bucket, upload, part)


class TestChecksums:
    """A completed object has a checksum: of its parts' checksums (COMPOSITE), or of all its bytes (FULL_OBJECT)."""

    BODIES = (b"a" * (FIVE_MIB + 1), b"a" * (FIVE_MIB + 1), b"a" * 10)

    def parts(self, client: Any, bucket: str, upload: str, algorithm: str) -> list[Any]:
        name = f"Checksum{algorithm}"
        return [
            send(client, bucket, upload, number, body, ChecksumAlgorithm=algorithm) | {name: checksum(algorithm, body)}
            for number, body in enumerate(self.BODIES, 1)
        ]

    # recorded: TestS3MultipartUploadChecksum::test_complete_multipart_parts_checksum_composite
    @pytest.mark.parametrize(
        ("algorithm", "of_the_upload", "of_the_bytes"),
        [("CRC32", "5FRUiw==-3", "qSEQSA=="), ("CRC32C", "XF5+4A==-3", "eTdAQA==")],
    )
    def test_composite(
        self, s3_client, bucket: str, refused, algorithm: str, of_the_upload: str, of_the_bytes: str
    ) -> None:
        upload, name = begin(s3_client, bucket, ChecksumAlgorithm=algorithm), f"Checksum{algorithm}"
        parts = self.parts(s3_client, bucket, upload, algorithm)
        listing = s3_client.list_parts(Bucket=bucket, Key="key", UploadId=upload)
        assert (algorithm, "COMPOSITE") == (listing["ChecksumAlgorithm"], listing["ChecksumType"])
        assert [part[name] for part in parts] == [part[name] for part in listing["Parts"]]
        wrong = [parts[0] | {name: parts[2][name]}, *parts[1:]]
        with refused("InvalidPart", 400, UploadId=upload, PartNumber="1", ETag="c4c753e69bb853187f5854c46cf801c6"):
            finish(s3_client, bucket, upload, *wrong)
        text = (
            f"The upload was created using a {algorithm.lower()} checksum. The complete request must include the "
            "checksum for each part. It was missing for part 1 in the request."
        )
        with refused("InvalidRequest", 400, text):
            finish(s3_client, bucket, upload, *({k: v for k, v in part.items() if k != name} for part in parts))
        expected = {name: of_the_upload, "ChecksumType": "COMPOSITE", "ETag": '"4d45984fc3feb2ac9b22683c49674b56-3"'}
        assert expected == pick(finish(s3_client, bucket, upload, *parts), *expected)
        head = s3_client.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
        assert expected == pick(head, *expected)
        copied = s3_client.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")["CopyObjectResult"]
        assert {
            name: of_the_bytes,
            "ChecksumType": "FULL_OBJECT",
            "ETag": '"a0397ee2df08832642af5d7e57c5760c"',
        } == pick(copied, *expected)
        third = s3_client.get_object(Bucket=bucket, Key="key", PartNumber=3, ChecksumMode="ENABLED")
        assert b"a" * 10 == third["Body"].read()
        assert {
            name: parts[2][name],
            "ChecksumType": "COMPOSITE",
            "ContentLength": 10,
            "ContentRange": "bytes 10485762-10485771/10485772",
            "PartsCount": 3,
        } == pick(third, name, "ChecksumType", "ContentLength", "ContentRange", "PartsCount")

    # recorded: TestS3MultipartUploadChecksum::test_complete_multipart_parts_checksum_full_object
    @pytest.mark.parametrize(("algorithm", "value"), [("CRC32C", "eTdAQA=="), ("CRC64NVME", "ZMNX55lZurA=")])
    def test_full_object(self, s3_client, bucket: str, refused, algorithm: str, value: str) -> None:
        name = f"Checksum{algorithm}"
        upload = begin(s3_client, bucket, ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT")
        parts = self.parts(s3_client, bucket, upload, algorithm)
        wrong = [parts[0] | {name: parts[2][name]}, *parts[1:]]
        with refused("InvalidPart", 400, UploadId=upload, PartNumber="1", ETag="c4c753e69bb853187f5854c46cf801c6"):
            finish(s3_client, bucket, upload, *wrong)
        expected = {name: value, "ChecksumType": "FULL_OBJECT", "ETag": '"4d45984fc3feb2ac9b22683c49674b56-3"'}
        without = ({k: v for k, v in part.items() if k != name} for part in parts)
        assert expected == pick(finish(s3_client, bucket, upload, *without), *expected)
        head = s3_client.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
        assert expected == pick(head, *expected)
        third = s3_client.head_object(Bucket=bucket, Key="key", PartNumber=3, ChecksumMode="ENABLED")
        assert (3, 10) == (third["PartsCount"], third["ContentLength"])
        assert [] == [each for each in third if each.startswith("Checksum")]

    def test_checksum_of_another_algorithm(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32")
        part = send(s3_client, bucket, upload, 1, b"x", ChecksumAlgorithm="CRC32")
        with refused("BadDigest", 400, "The sha256 you specified for part 1 did not match what we received."):
            finish(s3_client, bucket, upload, part | {"ChecksumSHA256": checksum("SHA256", b"x")})

    def test_checksum_that_was_merely_sent_is_none_of_the_part(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        part = send(s3_client, bucket, upload, 1, b"x")
        assert "ChecksumCRC32" not in s3_client.list_parts(Bucket=bucket, Key="key", UploadId=upload)["Parts"][0]
        with refused("InvalidPart", 400, UploadId=upload, PartNumber="1", ETag=etag(b"x")):
            finish(s3_client, bucket, upload, part | {"ChecksumCRC32": checksum("CRC32", b"x")})

    @pytest.mark.parametrize("given", [{"ChecksumCRC32": "no!"}, {"ChecksumCRC32": "AAAAAA==", "ChecksumSHA1": "AA=="}])
    def test_not_base64_or_several(self, s3_client, bucket: str, refused, given: dict[str, str]) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32")
        part = send(s3_client, bucket, upload, 1, b"x", ChecksumAlgorithm="CRC32")
        text = "Invalid Base64 or multiple checksums present in request"
        with refused("InvalidArgument", 400, text, ArgumentName="Checksum"):
            finish(s3_client, bucket, upload, part | given)

    @pytest.mark.parametrize(("declared", "shown"), [({"ChecksumAlgorithm": "SHA1"}, "COMPOSITE"), ({}, "null")])
    def test_stated_type_must_be_that_of_the_upload(
        self, s3_client, bucket: str, refused, declared: dict[str, str], shown: str
    ) -> None:
        upload = begin(s3_client, bucket, **declared)
        text = (
            f"The upload was created using the {shown} checksum mode. "
            "The complete request must use the same checksum mode."
        )
        with refused("InvalidRequest", 400, text):
            finish(s3_client, bucket, upload, {"PartNumber": 1, "ETag": "x"}, ChecksumType="FULL_OBJECT")

    def test_stated_checksum_of_the_whole(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
        part = send(s3_client, bucket, upload, 1, b"x", ChecksumAlgorithm="CRC32")
        with refused("BadDigest", 400, "The crc32 you specified did not match the calculated checksum."):
            finish(s3_client, bucket, upload, part, ChecksumCRC32=checksum("CRC32", b"y"))
        with refused("InvalidRequest", 400, "Value for x-amz-checksum-crc32 header is invalid."):
            finish(s3_client, bucket, upload, part, ChecksumCRC32="no!")
        finish(s3_client, bucket, upload, part, ChecksumCRC32=checksum("CRC32", b"x"), ChecksumType="FULL_OBJECT")

    def test_stated_checksum_counts_without_its_type(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
        part = send(s3_client, bucket, upload, 1, b"x", ChecksumAlgorithm="CRC32")
        with refused("BadDigest", 400, "The crc32 you specified did not match the calculated checksum."):
            finish(s3_client, bucket, upload, part, ChecksumCRC32=checksum("CRC32", b"y"))
        answer = finish(s3_client, bucket, upload, part, ChecksumCRC32=checksum("CRC32", b"x"))
        assert (checksum("CRC32", b"x"), "FULL_OBJECT") == (answer["ChecksumCRC32"], answer["ChecksumType"])

    def test_stated_checksum_where_none_was_declared(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        part = send(s3_client, bucket, upload, 1, b"x")
        with refused("BadDigest", 400, "The crc64nvme you specified did not match the calculated checksum."):
            finish(s3_client, bucket, upload, part, ChecksumCRC64NVME=checksum("CRC64NVME", b"y"))
        answer = finish(s3_client, bucket, upload, part, ChecksumSHA256=checksum("SHA256", b"y"))
        assert checksum("CRC64NVME", b"x") == answer["ChecksumCRC64NVME"]
        assert "ChecksumSHA256" not in answer

    def test_stated_checksum_by_another_algorithm_than_declared(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
        part = send(s3_client, bucket, upload, 1, b"x", ChecksumAlgorithm="CRC32")
        text = "Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: sha256"
        with refused("InvalidRequest", 400, text):
            finish(s3_client, bucket, upload, part, ChecksumSHA256=checksum("SHA256", b"x"))

    @pytest.mark.parametrize("suffix", ["", "-1"])
    def test_stated_composite_checksum(self, s3_client, bucket: str, suffix: str) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32C")
        part = send(s3_client, bucket, upload, 1, b"this is a part", ChecksumAlgorithm="CRC32C")
        answer = finish(
            s3_client, bucket, upload, part | {"ChecksumCRC32C": "iqJrOQ=="}, ChecksumCRC32C="F9bAnw==" + suffix
        )
        assert "F9bAnw==-1" == answer["ChecksumCRC32C"]


class TestConditions:
    """A completion may depend on what its key holds, and on nobody having touched the key since the upload began."""

    # recorded: TestS3ObjectWritePrecondition::test_multipart_if_match_etag
    def test_if_match(self, s3_client, bucket: str, refused) -> None:
        put = s3_client.put_object(Bucket=bucket, Key="key", Body=b"test")["ETag"]
        first = begin(s3_client, bucket)
        done = finish(s3_client, bucket, first, send(s3_client, bucket, first, 1, b"test"), IfMatch=put)
        second = begin(s3_client, bucket)
        part = send(s3_client, bucket, second, 1, b"test")
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            finish(s3_client, bucket, second, part, IfMatch=put)
        finish(s3_client, bucket, second, part, IfMatch=done["ETag"])

    # recorded: TestS3ObjectWritePrecondition::test_multipart_if_match_with_put_identical
    def test_put_of_the_same_bytes_in_between(self, s3_client, bucket: str, refused) -> None:
        put = s3_client.put_object(Bucket=bucket, Key="key", Body=b"test")["ETag"]
        upload = begin(s3_client, bucket)
        part = send(s3_client, bucket, upload, 1, b"test")
        s3_client.put_object(Bucket=bucket, Key="key", Body=b"test")
        with refused("ConditionalRequestConflict", 409, Condition="If-Match", Key="key"):
            finish(s3_client, bucket, upload, part, IfMatch=put)
        again = begin(s3_client, bucket)
        finish(s3_client, bucket, again, send(s3_client, bucket, again, 1, b"test"), IfMatch=put)

    def test_if_none_match(self, s3_client, any_bucket: str, refused) -> None:
        first, second = begin(s3_client, any_bucket), begin(s3_client, any_bucket)
        parts = [send(s3_client, any_bucket, upload, 1, b"x") for upload in (first, second)]
        finish(s3_client, any_bucket, first, parts[0], IfNoneMatch="*")
        with refused("PreconditionFailed", 412, Condition="If-None-Match"):
            finish(s3_client, any_bucket, second, parts[1], IfNoneMatch="*")

    def test_deleted_in_between(self, s3_client, any_bucket: str, refused) -> None:
        put = s3_client.put_object(Bucket=any_bucket, Key="key", Body=b"test")["ETag"]
        upload = begin(s3_client, any_bucket)
        part = send(s3_client, any_bucket, upload, 1, b"test")
        s3_client.delete_object(Bucket=any_bucket, Key="key")
        with refused("ConditionalRequestConflict", 409, Condition="If-None-Match", Key="key"):
            finish(s3_client, any_bucket, upload, part, IfNoneMatch="*")
        with refused("NoSuchKey", 404, Key="key"):
            finish(s3_client, any_bucket, upload, part, IfMatch=put)

    def test_without_a_condition_the_last_writer_wins(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)
        part = send(s3_client, bucket, upload, 1, b"mine")
        s3_client.put_object(Bucket=bucket, Key="key", Body=b"theirs")
        finish(s3_client, bucket, upload, part)
        assert b"mine" == read(s3_client, bucket)

    def test_conditions_that_no_write_takes(self, s3_client, bucket: str, refused) -> None:
        text = "A header you provided implies functionality that is not implemented"
        for header, condition in (("If-None-Match", {"IfNoneMatch": "etag"}), ("If-Match", {"IfMatch": "*"})):
            refusal = f"We don't accept the provided value of {header} header for this API"
            with refused("NotImplemented", 501, text, Header=header, additionalMessage=refusal):
                finish(s3_client, bucket, "none", {"PartNumber": 1, "ETag": "x"}, **condition)

    def test_one_winner_of_many_threads(self, s3: FakeS3, s3_client, bucket: str) -> None:
        waiting = [begin(s3_client, bucket) for _ in range(8)]
        parts = [send(s3_client, bucket, upload, 1, upload.encode()) for upload in waiting]
        start, outcomes = threading.Barrier(len(waiting), timeout=60), []

        def race(upload: str, part: Any) -> None:
            client = s3.client()
            start.wait()
            try:
                finish(client, bucket, upload, part, IfNoneMatch="*")
                outcomes.append((200, upload))
            except client.exceptions.ClientError as refusal:
                outcomes.append((refusal.response["ResponseMetadata"]["HTTPStatusCode"], upload))

        threads = [threading.Thread(target=race, args=each) for each in zip(waiting, parts, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [200] + 7 * [412] == sorted(status for status, _ in outcomes)
        assert min(outcomes)[1].encode() == read(s3_client, bucket)


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
