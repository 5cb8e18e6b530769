"""What is read of multipart uploads: lists, single parts, copies. S3: userguide/mpuoverview.html"""

from __future__ import annotations

import io
import os
import re
from http import HTTPStatus
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

from fakes3 import FakeS3

from .multipart import FIVE_MIB, MIB, begin, checksum, etag, etag_of_parts, finish, pick, read, send, whole


class TestListParts:
    """The parts that have arrived are listed by number."""

    # recorded: TestS3ListParts::test_list_parts_pagination
    def test_pagination(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)

        def page(**options: Any) -> Any:
            answer = s3_client.list_parts(Bucket=bucket, Key="key", UploadId=upload, **options)
            numbers = [part["PartNumber"] for part in answer.get("Parts", [])]
            return numbers, *(
                answer[name] for name in ("PartNumberMarker", "NextPartNumberMarker", "MaxParts", "IsTruncated")
            )

        assert ([], 0, 0, 1000, False) == page()
        for number in (1, 2):
            send(s3_client, bucket, upload, number, b"test")
        assert ([1, 2], 0, 2, 1000, False) == page()
        assert ([1], 0, 1, 1, True) == page(MaxParts=1)
        assert ([2], 1, 2, 1, False) == page(MaxParts=1, PartNumberMarker=1)
        assert ([], 10, 0, 1, False) == page(MaxParts=1, PartNumberMarker=10)
        assert ([1, 2], 0, 2, 1000, False) == page(MaxParts=2000)
        assert ([], 0, 0, 0, False) == page(MaxParts=0)

    # recorded: TestS3Multipart::test_upload_part_copy_no_copy_source_range
    def test_answer(self, s3: FakeS3, s3_client, bucket: str) -> None:
        s3.clock.freeze("2026-01-01T00:00:00Z")
        upload = begin(s3_client, bucket)
        s3.clock.advance(seconds=5)
        send(s3_client, bucket, upload, 1, b"test")
        answer = s3_client.list_parts(Bucket=bucket, Key="key", UploadId=upload)
        assert {"ID", "DisplayName"} == answer["Initiator"].keys()
        assert {"ID": answer["Initiator"]["ID"]} == answer["Owner"]
        assert (bucket, "key", upload, "STANDARD") == tuple(
            answer[name] for name in ("Bucket", "Key", "UploadId", "StorageClass")
        )
        assert answer.keys().isdisjoint({"ChecksumAlgorithm", "ChecksumType"})
        (part,) = answer["Parts"]
        assert "2026-01-01T00:00:05+00:00" == part.pop("LastModified").isoformat()
        assert {"PartNumber": 1, "ETag": f'"{etag(b"test")}"', "Size": 4} == part

    @pytest.mark.parametrize("name", ["max-parts", "part-number-marker"])
    def test_bad_numbers(self, s3_client, bucket: str, ask, name: str) -> None:
        upload = begin(s3_client, bucket)
        for value, text in (
            ("-1", f"Argument {name} must be an integer between 0 and 2147483647"),
            ("x", f"Provided {name} not an integer or within integer range"),
        ):
            answer = ask("GET", f"/{bucket}/key?uploadId={upload}&{name}={value}").refusal
            assert (400, "InvalidArgument", text, {"ArgumentName": name, "ArgumentValue": value}) == answer

    def test_paginator(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)
        for number in range(1, 6):
            send(s3_client, bucket, upload, number, b"x")
        paginator = s3_client.get_paginator("list_parts")
        pages = paginator.paginate(Bucket=bucket, Key="key", UploadId=upload, PaginationConfig={"PageSize": 2})
        assert [[1, 2], [3, 4], [5]] == [[part["PartNumber"] for part in page["Parts"]] for page in pages]


class TestListMultipartUploads:
    """The uploads under way are listed by key; those of one key by when they began."""

    def page(self, client: Any, bucket: str, **options: Any) -> Any:
        answer = client.list_multipart_uploads(Bucket=bucket, **options)
        found = [each["UploadId"] for each in answer.get("Uploads", [])]
        prefixes = [each["Prefix"] for each in answer.get("CommonPrefixes", [])]
        return found, prefixes, answer["IsTruncated"], answer["NextKeyMarker"], answer["NextUploadIdMarker"]

    # recorded: TestS3ListMultipartUploads::test_list_multiparts_next_marker
    def test_markers(self, s3_client, bucket: str, refused) -> None:
        assert ([], [], False, "", "") == self.page(s3_client, bucket)
        one, two, three, four, five = (begin(s3_client, bucket, key) for key in "cbaaa")
        page = self.page
        assert ([three, four, five, two, one], [], False, "c", one) == page(s3_client, bucket)
        first: Any = ([three], [], True, "a", three)
        assert first == page(s3_client, bucket, MaxUploads=1)
        assert ([two], [], True, "b", two) == page(s3_client, bucket, MaxUploads=1, KeyMarker="a")
        assert ([], [], False, "", "") == page(s3_client, bucket, MaxUploads=1, KeyMarker="c")
        assert first == page(s3_client, bucket, MaxUploads=1, UploadIdMarker=five)
        assert ([four], [], True, "a", four) == page(
            s3_client, bucket, MaxUploads=1, KeyMarker="a", UploadIdMarker=three
        )
        assert ([two], [], True, "b", two) == page(s3_client, bucket, MaxUploads=1, KeyMarker="a", UploadIdMarker=five)
        assert ([one], [], False, "c", one) == page(s3_client, bucket, MaxUploads=1, KeyMarker="b", UploadIdMarker=two)
        with refused(
            "InvalidArgument", 400, "Invalid uploadId marker", ArgumentName="upload-id-marker", ArgumentValue=two
        ):
            page(s3_client, bucket, KeyMarker="a", UploadIdMarker=two)
        assert first == page(s3_client, bucket, MaxUploads=1, KeyMarker="")

    # recorded: TestS3ListMultipartUploads::test_list_multiparts_next_marker
    def test_echoes(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)
        answer = s3_client.list_multipart_uploads(Bucket=bucket, UploadIdMarker=upload)
        assert {"Bucket": bucket, "KeyMarker": "", "UploadIdMarker": "", "MaxUploads": 1000} == pick(
            answer, "Bucket", "KeyMarker", "UploadIdMarker", "MaxUploads", "Prefix", "Delimiter", "EncodingType"
        )

    # recorded: TestS3ListMultipartUploads::test_list_multipart_uploads_marker_common_prefixes
    def test_page_that_ends_with_a_common_prefix_names_no_marker(self, s3_client, bucket: str) -> None:
        for key in ("folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2"):
            begin(s3_client, bucket, key)
        first = begin(s3_client, bucket, "folder/file1")
        begin(s3_client, bucket, "folder/file2")
        options: dict[str, Any] = {"Prefix": "folder/", "Delimiter": "/", "MaxUploads": 1}
        page = self.page
        assert ([], ["folder/aSubfolder/"], True, "", "") == page(s3_client, bucket, **options)
        for marker in ("folder/aSubfolder/", "folder/aSubfolder/subFile1"):
            assert ([first], [], True, "folder/file1", first) == page(s3_client, bucket, **options, KeyMarker=marker)

    # recorded: TestS3ListMultipartUploads::test_list_multiparts_with_prefix_and_delimiter
    def test_prefix_and_delimiter(self, s3_client, bucket: str) -> None:
        ids = [begin(s3_client, bucket, key) for key in ("test/foo/bar/123", "test/foo/bar/456", "test/bar/foo")]
        options: dict[str, Any] = {"Delimiter": "/", "EncodingType": "url"}
        page = self.page
        assert ([], ["test/bar/", "test/foo/"], False, "", "") == page(s3_client, bucket, Prefix="test/", **options)
        assert ([], ["test/foo/bar/"], False, "", "") == page(s3_client, bucket, Prefix="test/foo/", **options)
        assert ([], ["test/foo/bar/"], False, "", "") == page(s3_client, bucket, Prefix="test/foo/bar", **options)
        assert (ids[:2], [], False, "test/foo/bar/456", ids[1]) == page(s3_client, bucket, Prefix="test/foo")

    def test_url_encoding(self, s3_client, bucket: str, ask) -> None:
        begin(s3_client, bucket, "a b/ü+")
        told = ask("GET", f"/{bucket}?uploads&encoding-type=url").text
        assert ["a+b/%C3%BC%2B"] == re.findall("<Key>(.*?)</Key>", told)
        assert ["a+b/%C3%BC%2B"] == re.findall("<NextKeyMarker>(.*?)</NextKeyMarker>", told)

    def test_entry(self, s3: FakeS3, s3_client, bucket: str) -> None:
        s3.clock.freeze("2026-01-01T00:00:00Z")
        upload = begin(s3_client, bucket, ChecksumAlgorithm="SHA256")
        (entry,) = s3_client.list_multipart_uploads(Bucket=bucket)["Uploads"]
        assert {"ID", "DisplayName"} == entry.pop("Initiator").keys()
        assert {"ID"} == entry.pop("Owner").keys()
        assert "2026-01-01T00:00:00+00:00" == entry.pop("Initiated").isoformat()
        assert {
            "Key": "key",
            "UploadId": upload,
            "StorageClass": "STANDARD",
            "ChecksumAlgorithm": "SHA256",
            "ChecksumType": "COMPOSITE",
        } == entry

    def test_order_is_that_of_utf_8(self, s3_client, bucket: str) -> None:
        keys = ["~", "a", "A", "é", "\U0001f600", "\uffee"]
        for key in keys:
            begin(s3_client, bucket, key)
        told = [each["Key"] for each in s3_client.list_multipart_uploads(Bucket=bucket)["Uploads"]]
        assert sorted(keys, key=str.encode) == told

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("-1", "Argument max-uploads must be an integer between 0 and 2147483647"),
            ("x", "Provided max-uploads not an integer or within integer range"),
        ],
    )
    def test_bad_numbers(self, bucket: str, ask, value: str, text: str) -> None:
        answer = ask("GET", f"/{bucket}?uploads&max-uploads={value}").refusal
        assert (400, "InvalidArgument", text, {"ArgumentName": "max-uploads", "ArgumentValue": value}) == answer

    def test_uploads_may_be_aborted_page_by_page(self, s3_client, bucket: str) -> None:
        for key in "aabbc":
            begin(s3_client, bucket, key)
        options: dict[str, Any] = {"Bucket": bucket, "MaxUploads": 2}
        aborted = []
        while True:
            page = s3_client.list_multipart_uploads(**options)
            for each in page["Uploads"]:
                s3_client.abort_multipart_upload(Bucket=bucket, Key=each["Key"], UploadId=each["UploadId"])
                aborted.append(each["Key"])
            if not page["IsTruncated"]:
                break
            options |= {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
        assert list("aabbc") == aborted

    def test_uploads_are_not_of_a_key(self, bucket: str, ask) -> None:
        answer = ask("GET", f"/{bucket}/key?uploads").refusal
        assert (400, "InvalidRequest", "Key is not expected for the GET method ?uploads subresource", {}) == answer


class TestPartNumber:
    """An object can be read part by part, as it was uploaded."""

    @pytest.fixture
    def two_parts(self, s3_client, bucket: str) -> str:
        whole(s3_client, bucket, bytes(FIVE_MIB + 16), b"test content 123")
        return bucket

    # recorded: TestS3::test_get_object_part
    @pytest.mark.parametrize("mode", [{}, {"ChecksumMode": "ENABLED"}])
    def test_part(self, s3_client, two_parts: str, mode: dict[str, str]) -> None:
        expected = {"ContentLength": 16, "ContentRange": "bytes 5242896-5242911/5242912", "PartsCount": 2}
        head = s3_client.head_object(Bucket=two_parts, Key="key", PartNumber=2, **mode)
        got = s3_client.get_object(Bucket=two_parts, Key="key", PartNumber=2, **mode)
        for answer in (head, got):
            assert 206 == answer["ResponseMetadata"]["HTTPStatusCode"]
            assert expected == pick(answer, *expected)
            assert [] == [name for name in answer if name.startswith("Checksum")]
        assert b"test content 123" == got["Body"].read()

    def test_parts_count_is_told_only_with_a_part(self, s3_client, two_parts: str) -> None:
        assert "PartsCount" not in s3_client.head_object(Bucket=two_parts, Key="key")

    # recorded: TestS3::test_get_object_part
    def test_beyond_the_last(self, s3_client, two_parts: str, refused) -> None:
        with refused("InvalidPartNumber", 416, ActualPartCount="2", PartNumberRequested="10"):
            s3_client.get_object(Bucket=two_parts, Key="key", PartNumber=10)
        with refused("416", 416, HTTPStatus(416).phrase):  # botocore's own text, where there is no document
            s3_client.head_object(Bucket=two_parts, Key="key", PartNumber=10)

    # recorded: TestS3::test_get_object_part
    def test_with_range(self, s3_client, two_parts: str, refused) -> None:
        text = "Cannot specify both Range header and partNumber query parameter"
        with refused("InvalidRequest", 400, text):
            s3_client.get_object(Bucket=two_parts, Key="key", PartNumber=1, Range="bytes=0-1")

    @pytest.mark.parametrize("number", ["0", "-1", "10001", "x"])
    def test_bad_number(self, two_parts: str, ask, number: str) -> None:
        text = "Part number must be an integer between 1 and 10000, inclusive"
        answer = ask("GET", f"/{two_parts}/key?partNumber={number}").refusal
        assert (400, "InvalidArgument", text, {"ArgumentName": "partNumber", "ArgumentValue": number}) == answer

    # recorded: TestS3::test_get_object_part
    def test_object_written_in_one_go_is_its_first_part(self, s3_client, bucket: str, refused) -> None:
        s3_client.put_object(Bucket=bucket, Key="key", Body=b"test-123")
        got = s3_client.get_object(Bucket=bucket, Key="key", PartNumber=1, ChecksumMode="ENABLED")
        assert 206 == got["ResponseMetadata"]["HTTPStatusCode"]
        expected = {"ContentRange": "bytes 0-7/8", "ChecksumCRC32": "MAPXAg==", "ChecksumType": "FULL_OBJECT"}
        assert expected == pick(got, *expected, "PartsCount")
        assert b"test-123" == got["Body"].read()
        with refused("InvalidPartNumber", 416, ActualPartCount="1", PartNumberRequested="2"):
            s3_client.get_object(Bucket=bucket, Key="key", PartNumber=2)

    def test_empty_object_has_no_range(self, s3_client, bucket: str) -> None:
        s3_client.put_object(Bucket=bucket, Key="key", Body=b"")
        got = s3_client.get_object(Bucket=bucket, Key="key", PartNumber=1)
        assert (b"", 0) == (got["Body"].read(), got["ContentLength"])
        assert "ContentRange" not in got

    # recorded: TestS3::test_get_object_part_checksum
    @pytest.mark.parametrize(("declared", "whole_value"), [("COMPOSITE", "sZB91Q==-1"), ("FULL_OBJECT", "fwuu0Q==")])
    def test_only_part_tells_its_checksum(self, s3_client, bucket: str, declared: str, whole_value: str) -> None:
        upload = begin(s3_client, bucket, ChecksumAlgorithm="CRC32C", ChecksumType=declared)
        part = send(s3_client, bucket, upload, 1, b"test content 123", ChecksumAlgorithm="CRC32C")
        done = finish(s3_client, bucket, upload, part | {"ChecksumCRC32C": "fwuu0Q=="})
        assert whole_value == done["ChecksumCRC32C"]
        head = s3_client.head_object(Bucket=bucket, Key="key", PartNumber=1, ChecksumMode="ENABLED")
        expected = {
            "ChecksumCRC32C": "fwuu0Q==",
            "ChecksumType": declared,
            "ContentRange": "bytes 0-15/16",
            "PartsCount": 1,
        }
        assert expected == pick(head, *expected)

    @pytest.mark.s3(min_part_size=0)
    def test_parts_keep_their_numbers(self, s3_client, bucket: str, refused) -> None:
        upload = begin(s3_client, bucket)
        finish(s3_client, bucket, upload, *(send(s3_client, bucket, upload, n, bytes([n])) for n in (2, 5)))
        assert b"\x05" == read(s3_client, bucket, PartNumber=5)
        with refused("InvalidPartNumber", 416, ActualPartCount="2", PartNumberRequested="3"):
            s3_client.get_object(Bucket=bucket, Key="key", PartNumber=3)


class TestCopyOfAnUpload:
    """A copy of an object of parts is an object written in one go."""

    @pytest.mark.s3(min_part_size=0)
    def test_copy(self, s3: FakeS3, s3_client, bucket: str, refused) -> None:
        whole(s3_client, bucket, b"one", b"two")
        s3_client.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")
        head = s3_client.head_object(Bucket=bucket, Key="copy", ChecksumMode="ENABLED")
        expected = {
            "ETag": f'"{etag(b"onetwo")}"',
            "ChecksumCRC64NVME": checksum("CRC64NVME", b"onetwo"),
            "ChecksumType": "FULL_OBJECT",
        }
        assert expected == pick(head, *expected)
        with refused("InvalidPartNumber", 416, ActualPartCount="1", PartNumberRequested="2"):
            s3_client.get_object(Bucket=bucket, Key="copy", PartNumber=2)
        world = s3.service.world.buckets[bucket].versions.current
        assert world["key"].body is world["copy"].body, "no bytes were copied"


class TestTransferManager:
    """boto3's transfer manager uploads in parts what is large, and downloads it in ranges."""

    def test_files(self, s3: FakeS3, s3_client, bucket: str, tmp_path) -> None:
        (tmp_path / "up").write_bytes(block := os.urandom(MIB) * 64)
        s3_client.upload_file(str(tmp_path / "up"), bucket, "key", ExtraArgs={"ContentType": "text/plain"})
        assert 8 == s3.calls.count("UploadPart")
        s3_client.download_file(bucket, "key", str(tmp_path / "down"))
        assert block == (tmp_path / "down").read_bytes()
        head = s3_client.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
        parts = [block[at : at + 8 * MIB] for at in range(0, len(block), 8 * MIB)]
        assert (f'"{etag_of_parts(*parts)}"', "text/plain") == (head["ETag"], head["ContentType"])

    @pytest.mark.parametrize("size", [0, 1, 8 * MIB - 1, 8 * MIB, 20 * MIB + 1])
    def test_stream_of_unknown_length(self, s3_client, bucket: str, size: int) -> None:
        class Stream(io.RawIOBase):
            left = size

            def readable(self) -> bool:
                return True

            def read(self, wanted: int = -1) -> bytes:
                given = self.left if wanted < 0 else min(wanted, self.left)
                self.left -= given
                return b"x" * given

        s3_client.upload_fileobj(Stream(), bucket, "key")
        got = s3_client.head_object(Bucket=bucket, Key="key")
        assert (size, "-" in got["ETag"]) == (got["ContentLength"], size >= 8 * MIB)

    def test_copy_in_parts(self, s3_client, bucket: str) -> None:
        body = os.urandom(12 * MIB)
        s3_client.put_object(Bucket=bucket, Key="source", Body=body)
        config = TransferConfig(multipart_threshold=6 * MIB, multipart_chunksize=6 * MIB)
        s3_client.copy({"Bucket": bucket, "Key": "source"}, bucket, "key", Config=config)
        assert body == read(s3_client, bucket)
        assert (
            f'"{etag_of_parts(body[: 6 * MIB], body[6 * MIB :])}"'
            == (s3_client.head_object(Bucket=bucket, Key="key")["ETag"])
        )
