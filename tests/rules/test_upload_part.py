"""Uploading and copying parts. S3: API/API_UploadPart.html, API/API_UploadPartCopy.html"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.errors import NoSuchUpload

from .multipart import (
    FIVE_MIB,
    KEY_OF_THE_CUSTOMER,
    begin,
    checksum,
    customer,
    etag,
    finish,
    pick,
    read,
    send,
)


@pytest.fixture
def open_to_sse_c(s3: FakeS3) -> tuple[Any, str]:
    """A client and the name of a bucket that takes customers' keys."""
    client = s3.client(region_name="me-south-1")
    client.create_bucket(Bucket="open-to-sse-c", CreateBucketConfiguration={"LocationConstraint": "me-south-1"})
    return client, "open-to-sse-c"


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
