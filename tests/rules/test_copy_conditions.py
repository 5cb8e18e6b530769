"""Conditions of copies: on the destination, as of any write, and on the source, of whole copies and of parts.

S3: userguide/conditional-writes.html, API/API_CopyObject.html, API/API_UploadPartCopy.html
"""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import pytest

from fakes3 import FakeS3

ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]
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

    # recorded: test_copy_object_if_none_match
    def test_if_none_match_copies_once(self, bucket: str, source: str, s3_client, refused) -> None:
        assert source == copied(s3_client, bucket, "new", IfNoneMatch="*")["CopyObjectResult"]["ETag"]
        with refused("PreconditionFailed", 412, Condition="If-None-Match"):
            copied(s3_client, bucket, "new", IfNoneMatch="*")

    # recorded: test_copy_object_if_match
    def test_if_match(self, bucket: str, source: str, s3: FakeS3, s3_client, refused) -> None:
        etag = s3_client.put_object(Bucket=bucket, Key="target", Body=b"old")["ETag"]
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            copied(s3_client, bucket, "target", IfMatch=source)
        with refused("NoSuchKey", 404, Key="non-existent-key"):
            copied(s3_client, bucket, "non-existent-key", IfMatch=etag)
        copied(s3_client, bucket, "target", IfMatch=etag)
        assert b"source content" == s3[bucket]["target"].body

    # recorded: test_copy_object_if_match_in_place
    def test_if_match_in_place(self, bucket: str, source: str, s3_client) -> None:
        answer = copied(s3_client, bucket, "source", IfMatch=source, MetadataDirective="REPLACE", Metadata={"k": "v"})
        assert source == answer["CopyObjectResult"]["ETag"]

    # recorded: test_copy_object_if_match_versioned_bucket
    def test_if_match_looks_at_the_current_version_only(self, enabled: str, s3_client, refused) -> None:
        s3_client.put_object(Bucket=enabled, Key="source", Body=b"source content")
        old = s3_client.put_object(Bucket=enabled, Key="dest", Body=b"old")["ETag"]
        new = s3_client.put_object(Bucket=enabled, Key="dest", Body=b"new")["ETag"]
        with refused("PreconditionFailed", 412, Condition="If-Match"):
            copied(s3_client, enabled, "dest", IfMatch=old)
        marker = s3_client.delete_object(Bucket=enabled, Key="dest")["VersionId"]
        with refused("NoSuchKey", 404, Key="dest"):
            copied(s3_client, enabled, "dest", IfMatch=new)
        s3_client.delete_object(Bucket=enabled, Key="dest", VersionId=marker)
        answer = copied(s3_client, enabled, "dest", IfMatch=new)
        assert {"CopySourceVersionId", "VersionId"} <= answer.keys()

    # recorded: test_copy_object_precondition_write_validation
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

    # recorded: test_upload_part_copy_with_copy_source_if_match_success, ..._if_match_none_success,
    # ..._if_modified_since_success, ..._if_unmodified_since_success,
    # test_upload_part_copy_with_copy_source_if_match_and_if_unmodified_since_match
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
        assert source == answer["CopyPartResult"]["ETag"]
        (part,) = s3_client.list_parts(**{name: upload[name] for name in ("Bucket", "Key", "UploadId")})["Parts"]
        assert (source, 1, 14) == (part["ETag"], part["PartNumber"], part["Size"])

    # recorded: test_upload_part_copy_with_copy_source_if_match_failed, ..._if_none_match_failed,
    # test_upload_part_copy_with_if_modified_since_failed
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

    # recorded: test_s3_copy_object_if_source_unmodified_since_versioned
    def test_unmodified_since(self, enabled: str, s3: FakeS3, s3_client, refused) -> None:
        put = s3_client.put_object(Bucket=enabled, Key="source", Body=b"data")
        written = s3[enabled]["source"].last_modified
        answer = copied(s3_client, enabled, "copy", CopySourceIfUnmodifiedSince=written)
        assert put["VersionId"] == answer["CopySourceVersionId"]
        with refused("PreconditionFailed", 412, Condition="x-amz-copy-source-If-Unmodified-Since"):
            copied(s3_client, enabled, "copy", CopySourceIfUnmodifiedSince=written - timedelta(minutes=1))


class TestChecksum:
    """A copy has the checksum algorithm of its source unless another is asked for."""

    # recorded: test_s3_copy_object_with_default_checksum, test_s3_copy_md5
    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_it_is_kept(self, bucket: str, s3_client, algorithm: str) -> None:
        put = s3_client.put_object(Bucket=bucket, Key="source", Body=b"test-checksum", ChecksumAlgorithm=algorithm)
        expected = {name: put[name] for name in ("ETag", f"Checksum{algorithm}", "ChecksumType")}
        for key, how in (("source", {"MetadataDirective": "REPLACE"}), ("copy", {})):
            result = copied(s3_client, bucket, key, **how)["CopyObjectResult"]
            result.pop("LastModified")
            assert expected == result
            told = s3_client.get_object_attributes(Bucket=bucket, Key=key, ObjectAttributes=["Checksum"])["Checksum"]
            assert {name: expected[name] for name in expected if name != "ETag"} == told

    # recorded: test_s3_checksum_with_content_encoding, test_s3_upload_download_gzip
    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_an_encoded_body_is_hashed_as_it_is_sent(self, bucket: str, s3_client, algorithm: str) -> None:
        body = gzip.compress(b"1234567890 " * 100)
        put = s3_client.put_object(
            Bucket=bucket, Key="k", Body=body, ContentEncoding="gzip", ChecksumAlgorithm=algorithm
        )
        got = s3_client.get_object(Bucket=bucket, Key="k")
        assert (body, "gzip") == (got["Body"].read(), got["ContentEncoding"])
        assert put[f"Checksum{algorithm}"] == got[f"Checksum{algorithm}"]
