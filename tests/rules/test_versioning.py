"""Versioning: its three states, and the listing of all versions.

S3: userguide/Versioning.html, API/API_PutBucketVersioning.html, API/API_ListObjectVersions.html
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import md5
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3 import FakeS3
from fakes3.model.versions import Versioning

MALFORMED = ("MalformedXML", 400)


def configured(bucket: str, inside: str, ask: Any) -> Any:
    """Answers PutBucketVersioning with this inside the document."""
    body = f"<VersioningConfiguration>{inside}</VersioningConfiguration>".encode()
    return ask("PUT", f"/{bucket}?versioning", {"Content-MD5": b64encode(md5(body).digest()).decode()}, body)


def listed(client: Any, bucket: str, **parameters: Any) -> list[tuple[str, str]]:
    """Keys and version ids of one page, objects before delete markers of a key as boto3 tells them."""
    page = client.list_object_versions(Bucket=bucket, **parameters)
    return [(each["Key"], each["VersionId"]) for each in page.get("Versions", []) + page.get("DeleteMarkers", [])]


class TestState:
    """A bucket is in one of three states: unversioned (the default), versioning-enabled, versioning-suspended."""

    # recorded: TestS3BucketVersioning::test_bucket_versioning_crud
    def test_one_that_never_had_it_tells_nothing(self, bucket: str, s3_client, ask) -> None:
        assert "Status" not in s3_client.get_bucket_versioning(Bucket=bucket)
        body = ask("GET", f"/{bucket}?versioning").body
        assert body.endswith(
            b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></VersioningConfiguration>'
        )

    @pytest.mark.parametrize("states", [["Enabled"], ["Suspended"], ["Enabled", "Suspended"], ["Suspended", "Enabled"]])
    def test_it_is_what_was_put_last(self, bucket: str, s3_client, states: list[str]) -> None:
        for state in states:
            s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": state})
            assert state == s3_client.get_bucket_versioning(Bucket=bucket)["Status"]

    # recorded: TestS3BucketVersioning::test_bucket_versioning_crud
    @pytest.mark.parametrize("status", ["enabled", "Disabled", "", "ENABLED"])
    def test_other_words_are_malformed(self, bucket: str, s3_client, refused, status: str) -> None:
        with refused(*MALFORMED):
            s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})

    # recorded: TestS3BucketVersioning::test_bucket_versioning_crud
    def test_a_status_must_be_given(self, bucket: str, s3_client, refused) -> None:
        with refused("IllegalVersioningConfigurationException", 400, "The Versioning element must be specified"):
            s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={})

    # recorded: TestS3BucketVersioning::test_bucket_versioning_crud
    @pytest.mark.parametrize("operation", ["get_bucket_versioning", "put_bucket_versioning", "list_object_versions"])
    def test_of_no_bucket(self, s3_client, refused, operation: str) -> None:
        body = {"VersioningConfiguration": {"Status": "Enabled"}} if operation.startswith("put") else {}
        with refused("NoSuchBucket", 404, BucketName="absent"):
            getattr(s3_client, operation)(Bucket="absent", **body)

    def test_with_an_integrity_header_it_is_taken(self, bucket: str, s3: FakeS3, ask) -> None:
        assert 200 == configured(bucket, "<Status>Enabled</Status>", ask).status
        assert "Enabled" == s3[bucket].versioning

    def test_of_another_account(self, bucket: str, s3: FakeS3, stranger, refused) -> None:
        with refused("AccessDenied", 403):
            stranger.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


class TestObjectsThatWereThere:
    """Objects stored before versioning was enabled have the version id null, and do not change when it is."""

    def test_an_overwrite_keeps_the_null_version(self, bucket: str, s3_client) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"old")
        s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        new = s3_client.put_object(Bucket=bucket, Key="k", Body=b"new")["VersionId"]
        assert [("k", new), ("k", "null")] == listed(s3_client, bucket)
        assert b"old" == s3_client.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read()

    def test_suspending_keeps_every_version(self, enabled: str, s3_client) -> None:
        ids = [s3_client.put_object(Bucket=enabled, Key="k", Body=b"x")["VersionId"] for _ in range(3)]
        s3_client.put_bucket_versioning(Bucket=enabled, VersioningConfiguration={"Status": "Suspended"})
        s3_client.put_object(Bucket=enabled, Key="k", Body=b"null")
        s3_client.put_object(Bucket=enabled, Key="k", Body=b"null again")
        assert [("k", "null"), *(("k", id_) for id_ in reversed(ids))] == listed(s3_client, enabled)


class TestVersionIds:
    """Version IDs are Unicode, UTF-8 encoded, URL-ready, opaque strings of no more than 1,024 bytes."""

    # recorded: TestS3BucketVersioning::test_object_version_id_format
    def test_form(self, enabled: str, s3_client) -> None:
        ids = {s3_client.put_object(Bucket=enabled, Key="k", Body=b"")["VersionId"] for _ in range(20)}
        assert 20 == len(ids)
        assert all(re.fullmatch(r"[A-Za-z0-9._-]{32}", id_) for id_ in ids)


class TestListing:
    """Versions are listed by key, and those of a key from the newest to the oldest."""

    def test_of_a_bucket_that_never_had_versioning(self, bucket: str, s3_client) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"x")
        (version,) = s3_client.list_object_versions(Bucket=bucket)["Versions"]
        assert ("null", True) == (version["VersionId"], version["IsLatest"])

    # recorded: TestS3ObjectCRUD::test_delete_object_versioned
    def test_versions_and_delete_markers_tell_what_they_are(self, enabled: str, s3_client) -> None:
        put = s3_client.put_object(Bucket=enabled, Key="k", Body=b"x")
        marker = s3_client.delete_object(Bucket=enabled, Key="k")["VersionId"]
        page = s3_client.list_object_versions(Bucket=enabled)
        (version,), (hidden,) = page["Versions"], page["DeleteMarkers"]
        assert {"Key", "VersionId", "IsLatest", "LastModified", "Owner"} == hidden.keys()
        assert (marker, True) == (hidden["VersionId"], hidden["IsLatest"])
        assert (put["VersionId"], False, 1, "STANDARD") == (
            version["VersionId"], version["IsLatest"], version["Size"], version["StorageClass"],
        )  # fmt: skip
        assert (put["ETag"], ["CRC32"], "FULL_OBJECT") == (
            version["ETag"], version["ChecksumAlgorithm"], version["ChecksumType"],
        )  # fmt: skip

    def test_they_are_one_sequence(self, enabled: str, s3_client, ask) -> None:
        for key in ("a", "b"):
            s3_client.put_object(Bucket=enabled, Key=key, Body=b"")
            s3_client.delete_object(Bucket=enabled, Key=key)
        body = ask("GET", f"/{enabled}?versions").text
        assert ["DeleteMarker", "Version"] * 2 == re.findall(r"<(DeleteMarker|Version)>", body)

    # recorded: TestS3ListObjectVersions::test_list_objects_versions_with_prefix
    @pytest.mark.parametrize(
        ("prefix", "keys", "prefixes"),
        [
            ("dir/", ["dir/test", "dir/test"], ["dir/subdir/"]),
            ("dir/s", [], ["dir/subdir/"]),
            ("dir/test", ["dir/test", "dir/test"], []),
            ("dir/subdir", [], ["dir/subdir/"]),
            ("dir/subdir/", ["dir/subdir/test2", "dir/subdir/test2"], []),
            ("dir/subdir/test2", ["dir/subdir/test2", "dir/subdir/test2"], []),
        ],
    )
    def test_prefix_and_delimiter(
        self, enabled: str, s3_client, prefix: str, keys: list[str], prefixes: list[str]
    ) -> None:
        for key in ("dir/test", "dir/subdir/test2") * 2:
            s3_client.put_object(Bucket=enabled, Key=key, Body=b"x")
        page = s3_client.list_object_versions(Bucket=enabled, Prefix=prefix, Delimiter="/")
        assert keys == [each["Key"] for each in page.get("Versions", [])]
        assert prefixes == [each["Prefix"] for each in page.get("CommonPrefixes", [])]

    def test_what_is_told_of_an_empty_page(self, bucket: str, ask) -> None:
        body = ask("GET", f"/{bucket}?versions").text
        for element in ("<Prefix></Prefix>", "<KeyMarker></KeyMarker>", "<VersionIdMarker></VersionIdMarker>"):
            assert element in body
        assert "<MaxKeys>1000</MaxKeys>" in body
        assert "<IsTruncated>false</IsTruncated>" in body
        assert "Delimiter" not in body


class TestPages:
    """A truncated page names the pair of markers after which the next one begins."""

    # recorded: TestS3ListObjectVersions::test_list_objects_versions_with_prefix_only_and_pagination
    @pytest.fixture
    def ids(self, enabled: str, s3_client) -> list[str]:
        made = [s3_client.put_object(Bucket=enabled, Key="prefixed_key", Body=b"")["VersionId"] for _ in range(5)]
        return made[::-1]

    def test_it_goes_on_strictly_after_the_pair(self, enabled: str, s3_client, ids: list[str]) -> None:
        page = s3_client.list_object_versions(Bucket=enabled, MaxKeys=3, Prefix="prefix")
        assert ("prefixed_key", ids[2]) == (page["NextKeyMarker"], page["NextVersionIdMarker"])
        rest = listed(s3_client, enabled, KeyMarker="prefixed_key", VersionIdMarker=ids[2])
        assert [("prefixed_key", id_) for id_ in ids[3:]] == rest

    def test_a_key_marker_alone_passes_every_version(self, enabled: str, s3_client, ids: list[str]) -> None:
        assert [] == listed(s3_client, enabled, KeyMarker="prefixed_key")

    def test_the_marker_s_version_may_be_gone(self, enabled: str, s3_client, ids: list[str]) -> None:
        s3_client.delete_object(Bucket=enabled, Key="prefixed_key", VersionId=ids[2])
        rest = listed(s3_client, enabled, KeyMarker="prefixed_key", VersionIdMarker=ids[2])
        assert [("prefixed_key", id_) for id_ in ids[3:]] == rest

    def test_null_is_a_marker_too(self, bucket: str, s3_client) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"")
        s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"")
        s3_client.put_object(Bucket=bucket, Key="l", Body=b"")
        page = s3_client.list_object_versions(Bucket=bucket, MaxKeys=2)
        assert ("k", "null") == (page["NextKeyMarker"], page["NextVersionIdMarker"])
        assert ["l"] == [key for key, _ in listed(s3_client, bucket, KeyMarker="k", VersionIdMarker="null")]

    def test_at_a_common_prefix_there_is_no_version_marker(self, enabled: str, s3_client) -> None:
        for key in ("a/1", "b"):
            s3_client.put_object(Bucket=enabled, Key=key, Body=b"")
        page = s3_client.list_object_versions(Bucket=enabled, MaxKeys=1, Delimiter="/")
        assert ("a/", True, False) == (page["NextKeyMarker"], page["IsTruncated"], "NextVersionIdMarker" in page)

    @settings(max_examples=25)
    @given(st.data())
    def test_pages_of_any_size_are_the_whole(self, data) -> None:
        s3 = FakeS3()
        s3.create_bucket("any", versioning=True)
        client = s3.client()
        for key in data.draw(st.lists(st.sampled_from(["a", "a/1", "a/2", "b", "c/"]), max_size=12)):
            act = data.draw(st.sampled_from(["put", "put", "delete"]))
            client.put_object(Bucket="any", Key=key) if act == "put" else client.delete_object(Bucket="any", Key=key)
        size = data.draw(st.integers(1, 4))
        pages = client.get_paginator("list_object_versions").paginate(Bucket="any", PaginationConfig={"PageSize": size})
        found = [
            (each["Key"], each["VersionId"])
            for page in pages
            for each in page.get("Versions", []) + page.get("DeleteMarkers", [])
        ]
        assert sorted(listed(client, "any")) == sorted(found)


class TestMarkersThatAreNone:
    """A version id marker needs a key marker and must be a version id. observed: two fakes checked against AWS."""

    NAME = {"ArgumentName": "version-id-marker"}

    def test_without_a_key_marker(self, bucket: str, s3_client, refused) -> None:
        text = "A version-id marker cannot be specified without a key marker."
        with refused("InvalidArgument", 400, text, ArgumentValue="x", **self.NAME):
            s3_client.list_object_versions(Bucket=bucket, VersionIdMarker="x")

    def test_empty(self, bucket: str, ask) -> None:
        answer = ask("GET", f"/{bucket}?versions&key-marker=k&version-id-marker=").refusal
        assert (400, "InvalidArgument", "A version-id marker cannot be empty.") == answer[:3]

    def test_malformed(self, enabled: str, s3_client, refused) -> None:
        with refused("InvalidArgument", 400, "Invalid version id specified", ArgumentValue="x", **self.NAME):
            s3_client.list_object_versions(Bucket=enabled, KeyMarker="k", VersionIdMarker="x")

    def test_negative_max_keys_have_words_of_their_own(self, bucket: str, s3_client, refused) -> None:
        with refused("InvalidArgument", 400, "max-keys cannot be negative", ArgumentName="maxKeys", ArgumentValue="-1"):
            s3_client.list_object_versions(Bucket=bucket, MaxKeys=-1)

    def test_a_key_has_no_versions_of_its_own(self, bucket: str, ask) -> None:
        answer = ask("GET", f"/{bucket}/k?versions").refusal
        text = "There is no such thing as the ?versions sub-resource for a key"
        assert (400, "InvalidRequest", text) == answer[:3]


class TestManyVersions:
    """A key may have any number of versions, and the next costs no more than the first."""

    def test_ten_thousand_versions_share_all_but_the_path_to_the_newest(self, s3: FakeS3, enabled: str) -> None:
        client = s3.client()
        client.put_object(Bucket=enabled, Key="k", Body=b"")
        versions = s3.service.world.buckets[enabled].versions
        for _ in range(10_000):
            current = versions.current["k"]
            versions = versions.written("k", type(current)(**_next(current)), Versioning.ENABLED)
        before = versions.past
        after = versions.written("k", type(current)(**_next(versions.current["k"])), Versioning.ENABLED).past
        assert (10_000, 10_001) == (len(before), len(after))
        assert 1 == sum(1 for _ in before.diff(after))


def _next(version: Any) -> dict[str, Any]:
    fields = {name: getattr(version, name) for name in type(version).__dataclass_fields__}
    return fields | {"sequence": version.sequence + 1, "id": f"v{version.sequence + 1}"}
