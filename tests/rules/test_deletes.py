"""Deleting objects, versions and delete markers. S3: userguide/DeletingObjectVersions.html"""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.clock import Ids

from .answers import as_recorded

NEVER_MADE = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"
GONE = Ids().version_id(10**6)
"""A version id as S3 makes them, of nothing that was ever written."""


def told_by(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def history(s3: FakeS3, bucket: str, key: str = "k") -> list[str]:
    """The ids of a key's versions and delete markers, newest first, markers in brackets."""
    versions = s3.service.world.buckets[bucket].versions
    return [entry.id if hasattr(entry, "body") else f"({entry.id})" for entry in versions.of(key)]


class TestWithoutVersioning:
    """Where versioning was never enabled, a deleted object is gone."""

    # recorded: TestS3ObjectCRUD::test_delete_object
    @pytest.mark.parametrize("version", [{}, {"VersionId": "null"}])
    @pytest.mark.parametrize("key", ["k", "missing"])
    def test_it_is_gone_or_never_was(
        self, bucket: str, s3: FakeS3, s3_client, key: str, version: dict[str, str]
    ) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"x")
        answer = s3_client.delete_object(Bucket=bucket, Key=key, **version)
        assert (204, {}) == (answer["ResponseMetadata"]["HTTPStatusCode"], told_by(answer))
        assert (["null"] if key == "missing" else []) == history(s3, bucket)

    # recorded: TestS3ObjectCRUD::test_delete_object
    @pytest.mark.parametrize("id_", [GONE, "nonsense"])
    def test_there_are_no_versions(self, bucket: str, s3_client, refused, id_: str) -> None:
        with refused(
            "InvalidArgument", 400, "Invalid version id specified", ArgumentName="versionId", ArgumentValue=id_
        ):
            s3_client.delete_object(Bucket=bucket, Key="k", VersionId=id_)

    def test_the_answer_is_bare(self, bucket: str, ask) -> None:
        response = ask("DELETE", f"/{bucket}/k")
        assert (204, b"") == (response.status, response.body)
        assert {"x-amz-request-id", "x-amz-id-2", "Date", "Server"} == set(response.headers)


class TestWithVersioning:
    """Where versioning is enabled, a delete marker is put on top."""

    # recorded: TestS3ObjectCRUD::test_delete_object_versioned
    def test_on_top_of_an_object(self, enabled: str, s3: FakeS3, s3_client) -> None:
        version = s3_client.put_object(Bucket=enabled, Key="k", Body=b"x")["VersionId"]
        answer = told_by(s3_client.delete_object(Bucket=enabled, Key="k"))
        assert True is answer.pop("DeleteMarker")
        assert {"VersionId"} == set(answer)
        assert [f"({answer['VersionId']})", version] == history(s3, enabled)

    # recorded: TestS3ObjectCRUD::test_delete_object_versioned
    def test_on_top_of_a_marker_and_of_nothing(self, enabled: str, s3: FakeS3, s3_client) -> None:
        first = s3_client.delete_object(Bucket=enabled, Key="k")["VersionId"]
        second = s3_client.delete_object(Bucket=enabled, Key="k")["VersionId"]
        assert [f"({second})", f"({first})"] == history(s3, enabled)

    def test_headers(self, enabled: str, ask) -> None:
        headers = ask("DELETE", f"/{enabled}/k").headers
        assert "true" == headers["x-amz-delete-marker"]
        assert 32 == len(headers["x-amz-version-id"])

    # recorded: TestS3::test_get_object_after_deleted_in_versioned_bucket
    def test_what_was_read_before_is_hidden(self, enabled: str, s3_client, refused) -> None:
        put = s3_client.put_object(Bucket=enabled, Key="my-key", Body=b"abcdefgh")
        assert {
            "status": 200,
            "Body": b"abcdefgh",
            "ChecksumCRC32": "ru8qUA==",
            "ChecksumType": "FULL_OBJECT",
            "ContentLength": 8,
            "ContentType": "binary/octet-stream",
            "ETag": '"e8dc4081b13434b45189a720b77b6818"',
            "Metadata": {},
            "ServerSideEncryption": "AES256",
            "VersionId": put["VersionId"],
        } == as_recorded(s3_client.get_object(Bucket=enabled, Key="my-key"))
        s3_client.delete_object(Bucket=enabled, Key="my-key")
        with refused("NoSuchKey", 404, Key="my-key"):
            s3_client.get_object(Bucket=enabled, Key="my-key")


class TestWithSuspendedVersioning:
    """Where versioning is suspended, the "null" version makes room for a "null" delete marker."""

    # recorded: TestS3ObjectCRUD::test_delete_object_on_suspended_bucket
    def test_the_null_version_is_gone(self, suspended: str, s3: FakeS3, s3_client) -> None:
        s3_client.put_object(Bucket=suspended, Key="k", Body=b"x")
        answer = s3_client.delete_object(Bucket=suspended, Key="k")
        assert {"DeleteMarker": True, "VersionId": "null"} == told_by(answer)
        assert ["(null)"] == history(s3, suspended)

    def test_a_null_object_takes_the_marker_s_place(self, suspended: str, s3: FakeS3, s3_client) -> None:
        s3_client.delete_object(Bucket=suspended, Key="k")
        s3_client.put_object(Bucket=suspended, Key="k", Body=b"x")
        assert ["null"] == history(s3, suspended)

    def test_again_and_again_there_is_one_marker(self, suspended: str, s3: FakeS3, s3_client) -> None:
        s3_client.delete_object(Bucket=suspended, Key="k")
        s3_client.delete_object(Bucket=suspended, Key="k")
        assert ["(null)"] == history(s3, suspended)


class TestOneVersion:
    """A version that is named is gone for good; the newest that is left is current."""

    def test_an_object(self, enabled: str, s3: FakeS3, s3_client) -> None:
        first = s3_client.put_object(Bucket=enabled, Key="k", Body=b"1")["VersionId"]
        second = s3_client.put_object(Bucket=enabled, Key="k", Body=b"2")["VersionId"]
        answer = s3_client.delete_object(Bucket=enabled, Key="k", VersionId=second)
        assert {"VersionId": second} == told_by(answer)
        assert first == s3_client.get_object(Bucket=enabled, Key="k")["VersionId"]

    # recorded: TestS3BucketCRUD::test_delete_versioned_bucket_with_objects
    def test_a_delete_marker(self, versioned: str, s3: FakeS3, s3_client) -> None:
        marker = s3_client.delete_object(Bucket=versioned, Key="k")["VersionId"]
        answer = s3_client.delete_object(Bucket=versioned, Key="k", VersionId=marker)
        assert {"VersionId": marker, "DeleteMarker": True} == told_by(answer)
        assert [] == history(s3, versioned)

    def test_an_object_behind_a_removed_marker_reappears(self, enabled: str, s3_client) -> None:
        s3_client.put_object(Bucket=enabled, Key="k", Body=b"back")
        marker = s3_client.delete_object(Bucket=enabled, Key="k")["VersionId"]
        s3_client.delete_object(Bucket=enabled, Key="k", VersionId=marker)
        assert b"back" == s3_client.get_object(Bucket=enabled, Key="k")["Body"].read()

    @pytest.mark.parametrize("key", ["k", "missing"])
    @pytest.mark.parametrize("id_", [GONE, "null"])
    def test_one_that_is_not_there(self, enabled: str, s3: FakeS3, s3_client, key: str, id_: str) -> None:
        s3_client.put_object(Bucket=enabled, Key="k", Body=b"x")
        before = s3.service.world
        answer = s3_client.delete_object(Bucket=enabled, Key=key, VersionId=id_)
        assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
        assert before is s3.service.world

    # recorded: TestS3ObjectCRUD::test_delete_object_versioned
    @pytest.mark.parametrize("id_", ["nonsense", NEVER_MADE])
    def test_one_that_s3_never_made(self, versioned: str, s3_client, refused, id_: str) -> None:
        text = "Invalid version id specified"
        with refused("InvalidArgument", 400, text, ArgumentName="versionId", ArgumentValue=id_):
            s3_client.delete_object(Bucket=versioned, Key="k", VersionId=id_)
        with refused("InvalidArgument", 400, text, ArgumentName="versionId", ArgumentValue=id_):
            s3_client.get_object(Bucket=versioned, Key="k", VersionId=id_)


class TestManyObjects:
    """DeleteObjects deletes up to a thousand, each for itself. S3: API/API_DeleteObjects.html"""

    @staticmethod
    def delete(client: Any, bucket: str, *objects: dict[str, str], **more: Any) -> dict[str, Any]:
        return told_by(client.delete_objects(Bucket=bucket, Delete={"Objects": list(objects), **more}))

    # recorded: TestS3ObjectCRUD::test_delete_objects
    def test_those_there_are_and_those_there_are_not(self, bucket: str, s3: FakeS3, s3_client) -> None:
        s3_client.put_object(Bucket=bucket, Key="test-delete", Body=b"x")
        keys = [{"Key": "a-wrong-key"}, {"Key": "c-wrong-key"}, {"Key": "test-delete"}]
        assert {"Deleted": keys} == self.delete(s3_client, bucket, *keys)
        assert [] == history(s3, bucket, "test-delete")

    # recorded: TestS3::test_delete_objects_encoding
    def test_keys_are_taken_as_they_are(self, s3: FakeS3, s3_client) -> None:
        keys = ["a%2Fb", "a/%F0%9F%98%80", " a ", "<&>", "\r\n"]
        s3.create_bucket("odd", objects=dict.fromkeys(keys, "x"))
        answer = self.delete(s3_client, "odd", *({"Key": key} for key in keys))
        assert keys == [each["Key"] for each in answer["Deleted"]]
        assert 0 == len(s3["odd"])

    # recorded: TestS3::test_delete_keys_in_versioned_bucket
    def test_with_versioning(self, enabled: str, s3: FakeS3, s3_client) -> None:
        ids = [s3_client.put_object(Bucket=enabled, Key="k", Body=b"x")["VersionId"] for _ in range(2)]
        answer = self.delete(s3_client, enabled, {"Key": "k"})
        (marked,) = answer["Deleted"]
        marker = marked["DeleteMarkerVersionId"]
        assert {"Deleted": [{"Key": "k", "DeleteMarker": True, "DeleteMarkerVersionId": marker}]} == answer
        versions = [{"Key": "k", "VersionId": id_} for id_ in ids]
        assert {"Deleted": versions} == self.delete(s3_client, enabled, *versions)
        assert [f"({marker})"] == history(s3, enabled)
        assert {
            "Deleted": [
                {"Key": "k", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker},
            ]
        } == self.delete(s3_client, enabled, {"Key": "k", "VersionId": marker})

    def test_with_suspended_versioning(self, suspended: str, s3_client) -> None:
        expected = {"Key": "k", "DeleteMarker": True, "DeleteMarkerVersionId": "null"}
        assert {"Deleted": [expected]} == self.delete(s3_client, suspended, {"Key": "k"})

    # recorded: TestS3ObjectCRUD::test_delete_objects
    @pytest.mark.parametrize("id_", [NEVER_MADE, "nonsense"])
    def test_a_version_that_s3_never_made(self, any_bucket: str, s3_client, id_: str) -> None:
        s3_client.put_object(Bucket=any_bucket, Key="k", Body=b"x")
        expected = {
            "Key": "k",
            "VersionId": id_,
            "Code": "NoSuchVersion",
            "Message": "The specified version does not exist.",
        }
        assert {"Errors": [expected]} == self.delete(s3_client, any_bucket, {"Key": "k", "VersionId": id_}, Quiet=True)

    # observed: minio/minio#11086 quotes S3's answer
    @pytest.mark.parametrize("key", ["k", "missing"])
    def test_a_version_that_is_gone(self, versioned: str, s3: FakeS3, s3_client, key: str) -> None:
        s3_client.put_object(Bucket=versioned, Key="k", Body=b"x")
        before = s3.service.world
        for id_ in (GONE, "null") if versioned == "enabled" else (GONE,):
            named = {"Key": key, "VersionId": id_}
            assert {"Deleted": [named]} == self.delete(s3_client, versioned, named)
        assert before is s3.service.world

    def test_one_that_fails_does_not_keep_the_others(self, enabled: str, s3: FakeS3, s3_client) -> None:
        for key in ("a", "b"):
            s3_client.put_object(Bucket=enabled, Key=key, Body=b"x")
        answer = self.delete(
            s3_client, enabled, {"Key": "a"}, {"Key": "b", "VersionId": NEVER_MADE}, {"Key": "c" * 1025}
        )
        assert ["a"] == [each["Key"] for each in answer["Deleted"]]
        assert ["NoSuchVersion", "KeyTooLongError"] == [each["Code"] for each in answer["Errors"]]
        assert ["b"] == list(s3[enabled])

    # recorded: TestS3::test_s3_batch_delete_objects
    def test_each_is_told(self, s3: FakeS3, s3_client) -> None:
        keys = [f"key-{number}" for number in range(5)]
        s3.create_bucket("listed", objects=dict.fromkeys(keys, "This body document"))
        assert {"status": 200, "Deleted": [{"Key": key} for key in keys]} == as_recorded(
            s3_client.delete_objects(Bucket="listed", Delete={"Objects": [{"Key": key} for key in keys]})
        )
        assert {
            "status": 200,
            "EncodingType": "url",
            "IsTruncated": False,
            "Marker": "",
            "MaxKeys": 1000,
            "Name": "listed",
            "Prefix": "",
        } == as_recorded(s3_client.list_objects(Bucket="listed"))

    # recorded: TestS3::test_delete_non_existing_keys_quiet
    def test_quietly(self, any_bucket: str, s3_client) -> None:
        assert {} == self.delete(s3_client, any_bucket, {"Key": "k"}, Quiet=True)

    def test_a_thousand(self, s3: FakeS3, s3_client) -> None:
        keys = [f"{number:04}" for number in range(1000)]
        s3.create_bucket("many", objects=dict.fromkeys(keys, ""))
        assert 1000 == len(self.delete(s3_client, "many", *({"Key": key} for key in keys))["Deleted"])
        assert 0 == len(s3["many"])

    @pytest.mark.parametrize("count", [0, 1001])
    def test_none_or_more_than_a_thousand(self, bucket: str, s3_client, refused, count: int) -> None:
        with refused(
            "MalformedXML",
            400,
            "The XML you provided was not well-formed or did not validate against our published schema",
        ):
            self.delete(s3_client, bucket, *({"Key": str(number)} for number in range(count)))

    BODY = b"<Delete><Object><Key>k</Key></Object></Delete>"

    def test_an_integrity_header_is_required(self, bucket: str, ask) -> None:
        assert (
            400,
            "InvalidRequest",
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
            {},
        ) == ask("POST", f"/{bucket}?delete", body=self.BODY).refusal

    def test_content_md5_is_one(self, bucket: str, ask) -> None:
        digest = b64encode(md5(self.BODY).digest()).decode()
        response = ask("POST", f"/{bucket}?delete", {"Content-MD5": digest}, self.BODY)
        assert (200, b"<Deleted><Key>k</Key></Deleted>" in response.body) == (response.status, True)

    def test_of_no_bucket(self, s3_client, refused) -> None:
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            self.delete(s3_client, "nowhere", {"Key": "k"})


class TestWritesOverTheHistory:
    """What a write keeps is a matter of the bucket's versioning. S3: userguide/versioning-workflows.html"""

    def test_without_versioning_it_replaces(self, bucket: str, s3: FakeS3, s3_client) -> None:
        for body in (b"1", b"2"):
            assert "VersionId" not in s3_client.put_object(Bucket=bucket, Key="k", Body=body)
        assert ["null"] == history(s3, bucket)

    # recorded: TestS3BucketVersioning::test_object_version_id_format
    def test_with_versioning_it_adds(self, enabled: str, s3: FakeS3, s3_client) -> None:
        ids = [s3_client.put_object(Bucket=enabled, Key="k", Body=b"x")["VersionId"] for _ in range(3)]
        assert ids[::-1] == history(s3, enabled)
        assert 3 == len(set(ids))

    # recorded: TestS3ObjectCRUD::test_put_object_on_suspended_bucket
    def test_with_suspended_versioning_it_replaces_null(self, suspended: str, s3: FakeS3, s3_client) -> None:
        for body in (b"1", b"2"):
            assert "VersionId" not in s3_client.put_object(Bucket=suspended, Key="k", Body=body)
        assert ["null"] == history(s3, suspended)
