"""Completing multipart uploads. S3: API/API_CompleteMultipartUpload.html"""

from __future__ import annotations

import threading
from typing import Any

import pytest

from fakes3 import FakeS3

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

    @pytest.mark.s3(min_part_size=0)
    def test_numbers_may_have_gaps_and_parts_may_be_left_out(self, s3_client, bucket: str) -> None:
        upload = begin(s3_client, bucket)
        parts = [send(s3_client, bucket, upload, number, str(number).encode()) for number in (2, 5, 8)]
        answer = finish(s3_client, bucket, upload, parts[0], parts[2])
        assert b"28" == read(s3_client, bucket)
        assert f'"{etag_of_parts(b"2", b"8")}"' == answer["ETag"]

    # S3: API/API_CompletedPart.html, "PartNumber"
    @pytest.mark.s3(min_part_size=0)
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
