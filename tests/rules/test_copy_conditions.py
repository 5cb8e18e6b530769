"""Conditions of copies: on the destination, as of any write, and on the source, of whole copies and of parts.

S3: userguide/conditional-writes.html, API/API_CopyObject.html, API/API_UploadPartCopy.html
"""

from __future__ import annotations

import gzip
from datetime import timedelta
from hashlib import md5
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.identity import canonical_id

from .answers import as_recorded, without_dates

OWNER = {"ID": canonical_id("123456789012")}
ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]
COPIED = {
    "status": 200,
    "CopyObjectResult": {
        "ChecksumCRC32": "wmoL/Q==",
        "ChecksumType": "FULL_OBJECT",
        "ETag": '"4d96fd1280dd67fe2eac895339a0a8e3"',
    },
    "ServerSideEncryption": "AES256",
}
"""What a copy of `source` is answered with."""

NOT_ACCEPTED = "We don't accept the provided value of {} header for this API"


@pytest.fixture
def source(bucket: str, s3_client) -> str:
    """The ETag of the object `source`."""
    return str(s3_client.put_object(Bucket=bucket, Key="source", Body=b"source content")["ETag"])


def copied(client: Any, bucket: str, key: str, **conditions: Any) -> dict[str, Any]:
    return dict(
        client.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": "source"}, **conditions)
    )


class TestDestination:
    """Conditional copies add a precondition on the destination: its ETag, or that there is none."""

    # recorded: TestS3ObjectWritePrecondition::test_copy_object_if_none_match
    def test_if_none_match_copies_once(self, bucket: str, source: str, s3_client, refused) -> None:
        assert COPIED == as_recorded(copied(s3_client, bucket, "new", IfNoneMatch="*"))
        with refused("PreconditionFailed", 412, Condition="If-None-Match"):
            copied(s3_client, bucket, "new", IfNoneMatch="*")

    # recorded: TestS3ObjectWritePrecondition::test_copy_object_if_match
    def test_if_match(self, bucket: str, source: str, s3: FakeS3, s3_client, refused) -> None:
        etag = s3_client.put_object(Bucket=bucket, Key="target", Body=b"old")["ETag"]
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            copied(s3_client, bucket, "target", IfMatch=source)
        with refused("NoSuchKey", 404, Key="non-existent-key"):
            copied(s3_client, bucket, "non-existent-key", IfMatch=etag)
        assert COPIED == as_recorded(copied(s3_client, bucket, "target", IfMatch=etag))
        assert b"source content" == s3[bucket]["target"].body

    # recorded: TestS3ObjectWritePrecondition::test_copy_object_if_match_in_place
    def test_if_match_in_place(self, bucket: str, source: str, s3_client) -> None:
        answer = copied(s3_client, bucket, "source", IfMatch=source, MetadataDirective="REPLACE", Metadata={"k": "v"})
        assert COPIED == as_recorded(answer)

    # recorded: TestS3ObjectWritePrecondition::test_copy_object_if_match_versioned_bucket
    def test_if_match_looks_at_the_current_version_only(self, enabled: str, s3_client, refused) -> None:
        origin = s3_client.put_object(Bucket=enabled, Key="source", Body=b"source content")["VersionId"]
        old = s3_client.put_object(Bucket=enabled, Key="dest", Body=b"old")["ETag"]
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            copied(s3_client, enabled, "dest", IfMatch='"other"')
        deleted = as_recorded(s3_client.delete_object(Bucket=enabled, Key="dest"))
        marker = deleted.pop("VersionId")
        assert {"status": 204, "DeleteMarker": True} == deleted
        with refused("NoSuchKey", 404, Key="dest"):
            copied(s3_client, enabled, "dest", IfMatch=old)
        new = s3_client.put_object(Bucket=enabled, Key="dest", Body=b"new")
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            copied(s3_client, enabled, "dest", IfMatch=old)
        answer = as_recorded(copied(s3_client, enabled, "dest", IfMatch=new["ETag"]))
        version = answer["VersionId"]
        assert {**COPIED, "CopySourceVersionId": origin, "VersionId": version} == answer
        listed = s3_client.list_object_versions(Bucket=enabled)
        kinds = [(each["VersionId"], each["IsLatest"]) for each in listed["Versions"] if each["Key"] == "dest"]
        assert [(version, True), (new["VersionId"], False)] == kinds[:2]
        latest = without_dates(listed["Versions"][0])
        assert {
            "ChecksumAlgorithm": ["CRC32"],
            "ChecksumType": "FULL_OBJECT",
            "ETag": '"4d96fd1280dd67fe2eac895339a0a8e3"',
            "IsLatest": True,
            "Key": "dest",
            "Owner": OWNER,
            "Size": 14,
            "StorageClass": "STANDARD",
            "VersionId": version,
        } == latest
        assert [{"IsLatest": False, "Key": "dest", "Owner": OWNER, "VersionId": marker}] == without_dates(
            listed["DeleteMarkers"]
        )

    # recorded: TestS3ObjectWritePrecondition::test_copy_object_precondition_write_validation
    def test_what_no_write_takes(self, bucket: str, source: str, s3_client, refused) -> None:
        for header, conditions in (("If-None-Match", {"IfNoneMatch": source}), ("If-Match", {"IfMatch": "*"})):
            with refused("NotImplemented", 501, Header=header, additionalMessage=NOT_ACCEPTED.format(header)):
                copied(s3_client, bucket, "new", **conditions)
        several = "Multiple conditional request headers present in the request"
        with refused("NotImplemented", 501, Header="If-Match,If-None-Match", additionalMessage=several):
            copied(s3_client, bucket, "new", IfMatch=source, IfNoneMatch="*")


class TestSourceOfAPart:
    """A part is copied only if the conditions on its source hold; one that does not is answered with 412."""

    @pytest.fixture
    def upload(self, bucket: str, source: str, s3_client) -> dict[str, Any]:
        upload_id = s3_client.create_multipart_upload(Bucket=bucket, Key="target")["UploadId"]
        return {
            "Bucket": bucket,
            "Key": "target",
            "UploadId": upload_id,
            "PartNumber": 1,
            "CopySource": {"Bucket": bucket, "Key": "source"},
        }

    # recorded: TestS3Multipart::test_upload_part_copy_with_copy_source_if_match_success,
    # TestS3Multipart::test_upload_part_copy_with_copy_source_if_match_none_success,
    # TestS3Multipart::test_upload_part_copy_with_copy_source_if_modified_since_success,
    # TestS3Multipart::test_upload_part_copy_with_copy_source_if_unmodified_since_success,
    # TestS3Multipart::test_upload_part_copy_with_copy_source_if_match_and_if_unmodified_since_match
    @pytest.mark.parametrize(
        "conditions",
        [
            {"CopySourceIfMatch": "same"},
            {"CopySourceIfNoneMatch": "other"},
            {"CopySourceIfModifiedSince": "before"},
            {"CopySourceIfUnmodifiedSince": "after"},
            {"CopySourceIfMatch": "same", "CopySourceIfUnmodifiedSince": "before"},
        ],
    )
    def test_that_hold(
        self, upload: dict[str, Any], source: str, s3: FakeS3, s3_client, conditions: dict[str, str]
    ) -> None:
        answer = s3_client.upload_part_copy(**upload, **self.meant(conditions, source, s3))
        expected = {"status": 200, "CopyPartResult": {"ETag": source}, "ServerSideEncryption": "AES256"}
        assert expected == as_recorded(answer)
        place = {name: upload[name] for name in ("Bucket", "Key", "UploadId")}
        assert {
            "status": 200,
            **place,
            "Initiator": {"DisplayName": "123456789012", **OWNER},
            "IsTruncated": False,
            "MaxParts": 1000,
            "NextPartNumberMarker": 1,
            "Owner": OWNER,
            "PartNumberMarker": 0,
            "Parts": [{"ETag": source, "PartNumber": 1, "Size": 14}],
            "StorageClass": "STANDARD",
        } == as_recorded(s3_client.list_parts(**place))

    # recorded: TestS3Multipart::test_upload_part_copy_with_copy_source_if_match_failed,
    # TestS3Multipart::test_upload_part_copy_with_copy_source_if_none_match_failed,
    # TestS3Multipart::test_upload_part_copy_with_if_modified_since_failed
    @pytest.mark.parametrize(
        ("conditions", "condition"),
        [
            ({"CopySourceIfMatch": "other"}, "If-Match"),
            ({"CopySourceIfNoneMatch": "same"}, "If-None-Match"),
            ({"CopySourceIfModifiedSince": "now"}, "If-Modified-Since"),
            ({"CopySourceIfUnmodifiedSince": "before"}, "If-Unmodified-Since"),
        ],
    )
    def test_that_do_not(
        self,
        upload: dict[str, Any],
        source: str,
        s3: FakeS3,
        s3_client,
        refused,
        conditions: dict[str, str],
        condition: str,
    ) -> None:
        with refused("PreconditionFailed", 412, Condition=f"x-amz-copy-source-{condition}"):
            s3_client.upload_part_copy(**upload, **self.meant(conditions, source, s3))

    def meant(self, conditions: dict[str, str], source: str, s3: FakeS3) -> dict[str, Any]:
        written = s3["never"]["source"].last_modified
        values = {
            "same": source,
            "other": "not-the-etag",
            "before": written - timedelta(hours=1),
            "now": written,
            "after": written + timedelta(hours=1),
        }
        return {name: values[value] for name, value in conditions.items()}


class TestSourceOfAVersion:
    """A version has a Last-Modified of its own, by which a condition judges it."""

    # recorded: TestS3CopySourcePreconditions::test_s3_copy_object_if_source_unmodified_since_versioned
    def test_unmodified_since(self, enabled: str, s3: FakeS3, s3_client, refused) -> None:
        put = s3_client.put_object(Bucket=enabled, Key="source", Body=b"source content")
        head = s3_client.head_object(Bucket=enabled, Key="source")
        assert {
            "status": 200,
            "ContentLength": 14,
            "ContentType": "binary/octet-stream",
            "ETag": '"4d96fd1280dd67fe2eac895339a0a8e3"',
            "Metadata": {},
            "ServerSideEncryption": "AES256",
            "VersionId": put["VersionId"],
        } == as_recorded(head)
        written = head["LastModified"]
        answer = as_recorded(copied(s3_client, enabled, "copy", CopySourceIfUnmodifiedSince=written))
        version = answer.pop("VersionId")
        assert {**COPIED, "CopySourceVersionId": put["VersionId"]} == answer
        assert version == s3[enabled]["copy"].version_id
        with refused("PreconditionFailed", 412, Condition="x-amz-copy-source-If-Unmodified-Since"):
            copied(s3_client, enabled, "copy", CopySourceIfUnmodifiedSince=written - timedelta(minutes=1))


class TestChecksum:
    """A copy has the checksum algorithm of its source unless another is asked for."""

    # recorded: TestS3::test_s3_copy_object_with_default_checksum, TestS3PresignedUrl::test_s3_copy_md5
    @pytest.mark.parametrize(
        ("algorithm", "checksum"),
        [
            ("CRC32", "MzVIGw=="),
            ("CRC32C", "078Ilw=="),
            ("CRC64NVME", "pX30eiUx5C0="),
            ("SHA1", "5zXdjmjYk4EJ8Cw4PMnQVslCpRQ="),
            ("SHA256", "lyTB4g5uPk1/V+0l+dTvsAblCFkNUoyQ2ll/andcE+U="),
        ],
    )
    def test_it_is_kept(self, bucket: str, s3_client, algorithm: str, checksum: str) -> None:
        body = b'{"key": "value"}'
        told = {f"Checksum{algorithm}": checksum, "ChecksumType": "FULL_OBJECT"}
        etag, encryption = {"ETag": '"88bac95f31528d13a072c05f2a1cf371"'}, {"ServerSideEncryption": "AES256"}
        put = s3_client.put_object(Bucket=bucket, Key="source", Body=body, ChecksumAlgorithm=algorithm)
        assert {"status": 200, **told, **etag, **encryption} == as_recorded(put)
        for key, how in (("source", {"MetadataDirective": "REPLACE"}), ("copy", {})):
            answer = as_recorded(copied(s3_client, bucket, key, **how))
            assert {"status": 200, "CopyObjectResult": {**told, **etag}, **encryption} == answer
            attributes = s3_client.get_object_attributes(Bucket=bucket, Key=key, ObjectAttributes=["Checksum"])
            assert {"status": 200, "Checksum": told} == as_recorded(attributes)

    # recorded: TestS3PutObjectChecksum::test_s3_checksum_with_content_encoding, TestS3::test_s3_upload_download_gzip
    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_an_encoded_body_is_hashed_as_it_is_sent(self, bucket: str, s3_client, algorithm: str) -> None:
        body = gzip.compress(b"1234567890 " * 100)
        put = as_recorded(
            s3_client.put_object(Bucket=bucket, Key="k", Body=body, ContentEncoding="gzip", ChecksumAlgorithm=algorithm)
        )
        told = {f"Checksum{algorithm}": put[f"Checksum{algorithm}"], "ChecksumType": "FULL_OBJECT"}
        known = {"ETag": f'"{md5(body).hexdigest()}"', "ServerSideEncryption": "AES256"}
        assert {"status": 200, **told, **known} == put
        for mode in ({}, {"ChecksumMode": "ENABLED"}):
            assert {
                "status": 200,
                "Body": body,
                "ContentEncoding": "gzip",
                "ContentLength": len(body),
                "ContentType": "binary/octet-stream",
                "Metadata": {},
                **told,
                **known,
            } == as_recorded(s3_client.get_object(Bucket=bucket, Key="k", **mode))
        attributes = s3_client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum"])
        assert {"status": 200, "Checksum": told} == as_recorded(attributes)
