"""Listings of objects and of buckets. S3: userguide/using-prefixes.html, API/API_ListObjectsV2.html"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3 import FakeS3
from fakes3.model.identity import canonical_id

FOLDERS = ["folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/file1", "folder/file2"]
OWNER = {"ID": canonical_id("123456789012")}


def keys_of(answer: dict[str, Any]) -> list[str]:
    return [each["Key"] for each in answer.get("Contents", [])]


def prefixes_of(answer: dict[str, Any]) -> list[str]:
    return [each["Prefix"] for each in answer.get("CommonPrefixes", [])]


def told_by(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.fixture
def folders(s3: FakeS3) -> str:
    s3.create_bucket("folders", objects=dict.fromkeys(FOLDERS, "content-123"))
    return "folders"


@pytest.fixture(params=["list_objects", "list_objects_v2"])
def listing(request: pytest.FixtureRequest, s3_client) -> Any:
    """Both versions of the operation."""
    return getattr(s3_client, request.param)


class TestOrder:
    """Keys are listed in the order of their UTF-8 bytes."""

    def test_of_all_characters(self, s3: FakeS3, listing) -> None:
        keys = ["A", "a", "a-b", "a.b", "a/b", "a0b", "~", "é", "\uffee", "\U0001f600"]
        s3.create_bucket("listed", objects=dict.fromkeys(reversed(keys), ""))
        assert keys == keys_of(listing(Bucket="listed"))

    # recorded: TestS3::test_object_with_slashes_in_key[False], TestS3::test_url_encoded_key[False]
    def test_nothing_is_normalised(self, s3: FakeS3, listing) -> None:
        keys = ["/", "//", "//a", "/a", "a", "a/", "a//b", "test key/", "test%40key", "test%40key/", "test@key/"]
        s3.create_bucket("listed", objects=dict.fromkeys(keys, ""))
        assert sorted(keys) == keys_of(listing(Bucket="listed"))


class TestPrefix:
    """Only keys that begin with the prefix are listed."""

    # recorded: TestS3ListObjectsV2::test_list_objects_v2_with_prefix
    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [
            ("test/", ["test/bar/foo/123", "test/foo/bar/123", "test/foo/bar/456"]),
            ("test/foo", ["test/foo/bar/123", "test/foo/bar/456"]),
            ("test/foo/bar/4", ["test/foo/bar/456"]),
            ("test/foo/bar/456", ["test/foo/bar/456"]),
            ("test/foo/bar/456/and/more", []),
            ("TEST/", []),
            ("est", []),
        ],
    )
    def test_it_is_a_plain_beginning(self, s3: FakeS3, listing, prefix: str, expected: list[str]) -> None:
        s3.create_bucket(
            "listed", objects=dict.fromkeys(["test/bar/foo/123", "test/foo/bar/123", "test/foo/bar/456"], "")
        )
        answer = listing(Bucket="listed", Prefix=prefix)
        assert (prefix, expected) == (answer["Prefix"], keys_of(answer))


class TestDelimiter:
    """Keys that contain the delimiter after the prefix roll up to a common prefix."""

    # recorded: TestS3ListObjectsV2::test_list_objects_v2_with_prefix_and_delimiter
    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [
            ("test/", ["test/bar/", "test/foo/"]),
            ("test/foo", ["test/foo/"]),
            ("test/foo/bar", ["test/foo/bar/"]),
        ],
    )
    def test_it_ends_each_common_prefix(self, s3: FakeS3, listing, prefix: str, expected: list[str]) -> None:
        s3.create_bucket(
            "listed", objects=dict.fromkeys(["test/bar/foo/123", "test/foo/bar/123", "test/foo/bar/456"], "")
        )
        answer = listing(Bucket="listed", Prefix=prefix, Delimiter="/")
        assert ("/", [], expected) == (answer["Delimiter"], keys_of(answer), prefixes_of(answer))

    def test_it_may_have_several_characters(self, s3: FakeS3, listing) -> None:
        s3.create_bucket("listed", objects=dict.fromkeys(["a--b", "a--c", "a-b", "b"], ""))
        answer = listing(Bucket="listed", Delimiter="--")
        assert (["a-b", "b"], ["a--"]) == (keys_of(answer), prefixes_of(answer))

    def test_an_empty_one_is_none(self, folders: str, listing) -> None:
        answer = listing(Bucket=folders, Delimiter="")
        assert (FOLDERS, []) == (keys_of(answer), prefixes_of(answer))
        assert "Delimiter" not in answer

    def test_a_key_that_ends_with_it_rolls_up_too(self, s3: FakeS3, listing) -> None:
        s3.create_bucket("listed", objects={"dir/": "", "dir/a": ""})
        assert (["dir/"], []) == (
            prefixes_of(listing(Bucket="listed", Delimiter="/")),
            keys_of(listing(Bucket="listed", Delimiter="/")),
        )

    def test_a_key_that_is_the_prefix_is_listed_itself(self, s3: FakeS3, listing) -> None:
        s3.create_bucket("listed", objects={"dir/": "", "dir/a": "", "dir/b/c": ""})
        answer = listing(Bucket="listed", Prefix="dir/", Delimiter="/")
        assert (["dir/", "dir/a"], ["dir/b/"]) == (keys_of(answer), prefixes_of(answer))


class TestMaxKeys:
    """A page has as many keys and common prefixes as asked for, and never more than a thousand."""

    def test_it_is_a_thousand_where_nobody_asks(self, s3: FakeS3, listing) -> None:
        s3.create_bucket("listed", objects={f"test-key-{number}": "" for number in range(1010)})
        answer = listing(Bucket="listed")
        assert (1000, 1000, True) == (answer["MaxKeys"], len(keys_of(answer)), answer["IsTruncated"])

    @pytest.mark.parametrize("wanted", [1001, 5000, 2**31 - 1])
    def test_more_than_a_thousand_is_a_thousand(self, s3: FakeS3, listing, wanted: int) -> None:
        s3.create_bucket("listed", objects={f"{number:04}": "" for number in range(1001)})
        answer = listing(Bucket="listed", MaxKeys=wanted)
        assert (1000, 1000, True) == (answer["MaxKeys"], len(keys_of(answer)), answer["IsTruncated"])

    def test_none_are_none(self, folders: str, listing) -> None:
        answer = listing(Bucket=folders, MaxKeys=0)
        assert (0, [], False) == (answer["MaxKeys"], keys_of(answer), answer["IsTruncated"])

    def test_all_there_are_is_not_truncated(self, folders: str, listing) -> None:
        answer = listing(Bucket=folders, MaxKeys=4)
        assert (4, FOLDERS, False) == (answer["MaxKeys"], keys_of(answer), answer["IsTruncated"])

    def test_fewer_than_none_are_refused(self, folders: str, listing, refused) -> None:
        with refused(
            "InvalidArgument",
            400,
            "Argument maxKeys must be an integer between 0 and 2147483647",
            ArgumentName="maxKeys",
            ArgumentValue="-1",
        ):
            listing(Bucket=folders, MaxKeys=-1)

    @pytest.mark.parametrize("junk", ["x", "2147483648", "99999999999999999999", "1.5", "0x10"])
    @pytest.mark.parametrize("version", ["", "list-type=2&"])
    def test_no_integer_is_refused(self, folders: str, ask, version: str, junk: str) -> None:
        assert (
            400,
            "InvalidArgument",
            "Provided max-keys not an integer or within integer range",
            {"ArgumentName": "max-keys", "ArgumentValue": junk},
        ) == ask("GET", f"/{folders}?{version}max-keys={junk}").refusal

    @pytest.mark.parametrize("version", ["", "list-type=2&", "versions&"])
    def test_an_empty_one_counts_as_absent(self, folders: str, ask, version: str) -> None:
        answer = ask("GET", f"/{folders}?{version}max-keys=")
        assert (200, True) == (answer.status, "<MaxKeys>1000</MaxKeys>" in answer.text)

    def test_common_prefixes_count(self, s3: FakeS3, listing) -> None:
        s3.create_bucket("listed", objects=dict.fromkeys(["a/1", "a/2", "b"], ""))
        answer = listing(Bucket="listed", Delimiter="/", MaxKeys=1)
        assert ([], ["a/"], True) == (keys_of(answer), prefixes_of(answer), answer["IsTruncated"])


class TestEncodingType:
    """`encoding-type=url` lets any character through XML; boto3 asks for it and decodes."""

    def test_there_is_no_other(self, folders: str, ask) -> None:
        assert (
            400,
            "InvalidArgument",
            "Invalid Encoding Method specified in Request",
            {"ArgumentName": "encoding-type", "ArgumentValue": "base64"},
        ) == ask("GET", f"/{folders}?encoding-type=base64").refusal

    @pytest.mark.parametrize("word", ["url", "Url", "URL"])
    @pytest.mark.parametrize("query", ["", "list-type=2&", "versions&"])
    def test_its_case_does_not_matter(self, s3: FakeS3, ask, query: str, word: str) -> None:
        s3.create_bucket("listed", objects={"a b": ""})
        text = ask("GET", f"/listed?{query}encoding-type={word}").text
        assert "<EncodingType>url</EncodingType>" in text
        assert "<Key>a+b</Key>" in text

    # recorded: TestS3ListObjectsV2::test_list_objects_v2_continuation_token_safe_chars
    def test_keys_are_percent_encoded_but_for_slashes(self, s3: FakeS3, s3_client) -> None:
        s3.create_bucket("listed", objects=dict.fromkeys(["a/\U0001f600/", "date=2026-03-01/", "test%40@"], ""))
        answer = s3_client.list_objects_v2(Bucket="listed", EncodingType="url")
        assert ["a/%F0%9F%98%80/", "date%3D2026-03-01/", "test%2540%40"] == keys_of(answer)
        assert "url" == answer["EncodingType"]

    # recorded: TestS3ListObjectsV2::test_list_objects_v2_continuation_token_safe_chars
    def test_so_are_all_members_that_hold_keys(self, s3: FakeS3, s3_client) -> None:
        s3.create_bucket("listed", objects=dict.fromkeys(["=a=b", "=b=c"], ""))
        answer = s3_client.list_objects_v2(
            Bucket="listed", EncodingType="url", Prefix="=", Delimiter="=", StartAfter="=a", MaxKeys=1
        )
        names = ("Prefix", "Delimiter", "StartAfter", "CommonPrefixes")
        assert ["%3D", "%3D", "%3Da", [{"Prefix": "%3Da%3D"}]] == [answer[name] for name in names]
        answer = s3_client.list_objects(
            Bucket="listed", EncodingType="url", Prefix="=", Delimiter="=", Marker="=0", MaxKeys=1
        )
        assert ["%3D0", "%3Da%3D"] == [answer["Marker"], answer["NextMarker"]]

    @pytest.mark.parametrize("target", ["/listed", "/listed?list-type=2"])
    def test_without_it_keys_are_as_they_are(self, s3: FakeS3, ask, target: str) -> None:
        s3.create_bucket("listed", objects={"a&b <é>\x01": ""})
        body = ask("GET", target).text
        assert "<Key>a&amp;b &lt;é&gt;&#x1;</Key>" in body
        assert "EncodingType" not in body

    @settings(max_examples=50)
    @given(st.sets(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).map("k".__add__), max_size=8))
    def test_any_key_is_listed_as_it_was_put(self, keys: set[str]) -> None:
        s3 = FakeS3()
        s3.create_bucket("listed", objects=dict.fromkeys(keys, ""))
        assert sorted(keys) == keys_of(s3.client().list_objects_v2(Bucket="listed"))


class TestEntries:
    """What a listing tells of an object, and of itself."""

    # recorded: TestS3ListObjects::test_list_objects_marker_common_prefixes
    def test_of_version_1(self, s3: FakeS3, s3_client) -> None:
        s3.clock.freeze("2026-01-01T00:00:00.9Z")
        s3.create_bucket("listed", objects={"folder/file1": "content-123"})
        assert {
            "Name": "listed",
            "Prefix": "",
            "Marker": "",
            "MaxKeys": 1000,
            "IsTruncated": False,
            "EncodingType": "url",
            "Contents": [
                {
                    "Key": "folder/file1",
                    "LastModified": datetime(2026, 1, 1, tzinfo=UTC),
                    "ETag": '"c1d463e053ba580b1289bfc227562920"',
                    "Size": 11,
                    "StorageClass": "STANDARD",
                    "ChecksumAlgorithm": ["CRC32"],
                    "ChecksumType": "FULL_OBJECT",
                    "Owner": OWNER,
                }
            ],
        } == told_by(s3_client.list_objects(Bucket="listed"))

    # recorded: TestS3ListObjectsV2::test_list_objects_v2_continuation_common_prefixes
    def test_of_version_2(self, s3: FakeS3, s3_client) -> None:
        s3.create_bucket("listed", objects={"folder/file1": "content-123"})
        answer = s3_client.list_objects_v2(Bucket="listed")
        assert {"Name", "Prefix", "MaxKeys", "KeyCount", "IsTruncated", "EncodingType", "Contents"} == set(
            told_by(answer)
        )
        (entry,) = answer["Contents"]
        assert "Owner" not in entry

    # recorded: TestS3::test_empty_bucket_fixture
    def test_of_an_empty_bucket(self, bucket: str, s3_client) -> None:
        assert {
            "Name": bucket,
            "Prefix": "",
            "MaxKeys": 1000,
            "KeyCount": 0,
            "IsTruncated": False,
            "EncodingType": "url",
        } == told_by(s3_client.list_objects_v2(Bucket=bucket))

    def test_the_owner_is_told_of_version_2_on_demand(self, folders: str, s3_client) -> None:
        answer = s3_client.list_objects_v2(Bucket=folders, FetchOwner=True)
        assert [OWNER] * 4 == [each["Owner"] for each in answer["Contents"]]

    @pytest.mark.parametrize("query", ["", "list-type=2&fetch-owner=true&"])
    def test_the_owner_is_not_told_to_who_did_not_sign(self, folders: str, s3_client, ask, query: str) -> None:
        s3_client.delete_public_access_block(Bucket=folders)
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::folders"}
        s3_client.put_bucket_policy(
            Bucket=folders, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
        signed, unsigned = (ask("GET", f"/{folders}?{query}", signed=signs) for signs in (True, False))
        assert (200, 200) == (signed.status, unsigned.status)
        assert (True, False) == ("<Owner>" in signed.text, "<Owner>" in unsigned.text)

    @pytest.mark.parametrize(
        "query",
        [
            "delimiter=/&encoding-type=url",
            "delimiter=/&encoding-type=url&max-keys=1",
            "list-type=2&delimiter=/&encoding-type=url&max-keys=2",
            "list-type=2&start-after=a",
        ],
    )
    def test_the_objects_come_last(self, s3: FakeS3, ask, query: str) -> None:
        s3.create_bucket("listed", objects=dict.fromkeys(["b", "c/d", "e"], ""))
        names = [each.tag.rpartition("}")[2] for each in ElementTree.fromstring(ask("GET", f"/listed?{query}").body)]
        assert "Contents" in names
        assert {"Contents"} == set(names[names.index("Contents") :])

    def test_last_modified_is_written_with_milliseconds(self, s3: FakeS3, ask) -> None:
        s3.clock.freeze("2026-01-01T00:00:00.9Z")
        s3.create_bucket("listed", objects={"k": ""})
        assert b"<LastModified>2026-01-01T00:00:00.000Z</LastModified>" in ask("GET", "/listed").body

    @pytest.mark.parametrize("query", ["", "?list-type=2"])
    def test_the_region_of_the_bucket_is_a_header(self, folders: str, ask, query: str) -> None:
        assert "us-east-1" == ask("GET", f"/{folders}{query}").headers["x-amz-bucket-region"]

    def test_documents_are_in_s3s_namespace(self, folders: str, ask) -> None:
        response = ask("GET", f"/{folders}")
        assert "application/xml" == response.headers["Content-Type"]
        assert response.body.startswith(
            b'<?xml version="1.0" encoding="UTF-8"?>\n'
            b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        )

    def test_a_key_behind_a_delete_marker_is_not_listed(self, versioned: str, s3_client, listing) -> None:
        s3_client.put_object(Bucket=versioned, Key="k", Body=b"")
        s3_client.delete_object(Bucket=versioned, Key="k")
        assert [] == keys_of(listing(Bucket=versioned))

    def test_noncurrent_versions_are_not_listed(self, enabled: str, s3_client, listing) -> None:
        s3_client.put_object(Bucket=enabled, Key="k", Body=b"1")
        s3_client.put_object(Bucket=enabled, Key="k", Body=b"22")
        assert [2] == [each["Size"] for each in listing(Bucket=enabled)["Contents"]]

    def test_only_the_restore_status_is_optional(self, folders: str, listing, refused) -> None:
        assert FOLDERS == keys_of(listing(Bucket=folders, OptionalObjectAttributes=["RestoreStatus"]))
        with refused(
            "InvalidArgument",
            400,
            "Invalid attribute name specified.",
            ArgumentName="x-amz-optional-object-attributes",
            ArgumentValue="Size",
        ):
            listing(Bucket=folders, OptionalObjectAttributes=["Size"])

    # recorded: TestS3::test_bucket_availability
    def test_of_no_bucket(self, listing, refused) -> None:
        with refused("NoSuchBucket", 404, "The specified bucket does not exist", BucketName="nowhere"):
            listing(Bucket="nowhere")


class TestMarker:
    """ListObjects goes on after its marker. S3: API/API_ListObjects.html"""

    def test_the_marker_need_not_exist_and_is_not_listed(self, folders: str, s3_client) -> None:
        answer = s3_client.list_objects(Bucket=folders, Marker="folder/file1")
        assert ("folder/file1", ["folder/file2"]) == (answer["Marker"], keys_of(answer))
        assert ["folder/file1", "folder/file2"] == keys_of(s3_client.list_objects(Bucket=folders, Marker="folder/b"))

    def test_an_empty_marker_is_the_beginning(self, folders: str, s3_client) -> None:
        answer = s3_client.list_objects(Bucket=folders, Marker="")
        assert ("", FOLDERS) == (answer["Marker"], keys_of(answer))

    def test_without_a_delimiter_there_is_no_next_marker(self, folders: str, s3_client) -> None:
        answer = s3_client.list_objects(Bucket=folders, MaxKeys=1)
        assert (True, False) == (answer["IsTruncated"], "NextMarker" in answer)

    # recorded: TestS3ListObjects::test_list_objects_marker_common_prefixes
    def test_with_one_it_is_the_last_key_or_common_prefix(self, folders: str, s3_client) -> None:
        told: list[tuple[Any, ...]] = []
        marker = ""
        while True:
            answer = s3_client.list_objects(Bucket=folders, Prefix="folder/", Delimiter="/", MaxKeys=1, Marker=marker)
            told.append((answer["Marker"], prefixes_of(answer), keys_of(answer), answer.get("NextMarker")))
            if not answer["IsTruncated"]:
                break
            marker = answer["NextMarker"]
        assert [
            ("", ["folder/aSubfolder/"], [], "folder/aSubfolder/"),
            ("folder/aSubfolder/", [], ["folder/file1"], "folder/file1"),
            ("folder/file1", [], ["folder/file2"], None),
        ] == told

    # recorded: TestS3ListObjects::test_list_objects_marker_common_prefixes
    def test_a_marker_within_a_common_prefix_steps_over_it(self, folders: str, s3_client) -> None:
        answer = s3_client.list_objects(
            Bucket=folders, Prefix="folder/", Delimiter="/", MaxKeys=1, Marker="folder/aSubfolder/subFile1"
        )
        assert ([], ["folder/file1"], "folder/file1") == (
            prefixes_of(answer),
            keys_of(answer),
            answer["NextMarker"],
        )

    # recorded: TestS3::test_s3_put_more_than_1000_items
    def test_the_next_marker_of_a_full_page(self, s3: FakeS3, s3_client) -> None:
        s3.create_bucket("listed", objects={f"test-key-{number}": "" for number in range(1010)})
        answer = s3_client.list_objects(Bucket="listed", Delimiter="/")
        assert "test-key-99" == answer["NextMarker"]
        rest = keys_of(s3_client.list_objects(Bucket="listed", Delimiter="/", Marker="test-key-99"))
        assert [f"test-key-99{number}" for number in range(10)] == rest


class TestContinuation:
    """ListObjectsV2 goes on from a token, or after a key of the caller's choice."""

    KEYS = ["test_0", "test_1", "test_10", "test_11", *(f"test_{number}" for number in range(2, 10))]

    @pytest.fixture
    def twelve(self, s3: FakeS3) -> str:
        s3.create_bucket("twelve", objects=dict.fromkeys(self.KEYS, "content-123"))
        return "twelve"

    # recorded: TestS3ListObjectsV2::test_list_objects_v2_continuation_start_after
    def test_a_token_goes_on(self, twelve: str, s3_client) -> None:
        first = s3_client.list_objects_v2(Bucket=twelve, MaxKeys=5)
        assert (5, self.KEYS[:5], True) == (first["KeyCount"], keys_of(first), first["IsTruncated"])
        token = first["NextContinuationToken"]
        rest = s3_client.list_objects_v2(Bucket=twelve, ContinuationToken=token)
        assert (7, self.KEYS[5:], token) == (rest["KeyCount"], keys_of(rest), rest["ContinuationToken"])
        assert "NextContinuationToken" not in rest

    # recorded: TestS3ListObjectsV2::test_list_objects_v2_continuation_start_after
    def test_start_after_is_exclusive(self, twelve: str, s3_client) -> None:
        answer = s3_client.list_objects_v2(Bucket=twelve, MaxKeys=2, StartAfter="test_7")
        assert ("test_7", ["test_8", "test_9"], False) == (
            answer["StartAfter"],
            keys_of(answer),
            answer["IsTruncated"],
        )

    # recorded: TestS3ListObjectsV2::test_list_objects_v2_continuation_start_after
    def test_a_token_beats_start_after(self, twelve: str, s3_client) -> None:
        token = s3_client.list_objects_v2(Bucket=twelve, MaxKeys=5)["NextContinuationToken"]
        answer = s3_client.list_objects_v2(Bucket=twelve, StartAfter="test_7", ContinuationToken=token)
        assert (self.KEYS[5:], False) == (keys_of(answer), "StartAfter" in answer)

    # recorded: TestS3ListObjectsV2::test_list_objects_v2_continuation_start_after
    @pytest.mark.parametrize("token", ["", "test_7", "not-a-token"])
    def test_a_token_s3_never_gave_out_is_refused(self, twelve: str, s3_client, refused, token: str) -> None:
        with refused(
            "InvalidArgument",
            400,
            "The continuation token provided is incorrect",
            ArgumentName="continuation-token",
        ):
            s3_client.list_objects_v2(Bucket=twelve, ContinuationToken=token)

    # recorded: TestS3ListObjectsV2::test_list_objects_v2_continuation_common_prefixes
    def test_common_prefixes_are_not_repeated(self, folders: str, s3_client) -> None:
        told = []
        options: dict[str, Any] = {"Bucket": folders, "Prefix": "folder/", "Delimiter": "/", "MaxKeys": 1}
        while True:
            answer = s3_client.list_objects_v2(**options)
            told.append((answer["KeyCount"], prefixes_of(answer), keys_of(answer)))
            if not answer["IsTruncated"]:
                break
            options["ContinuationToken"] = answer["NextContinuationToken"]
        assert [(1, ["folder/aSubfolder/"], []), (1, [], ["folder/file1"]), (1, [], ["folder/file2"])] == told

    def test_a_listing_goes_on_though_its_last_key_is_gone(self, twelve: str, s3_client) -> None:
        token = s3_client.list_objects_v2(Bucket=twelve, MaxKeys=5)["NextContinuationToken"]
        s3_client.delete_object(Bucket=twelve, Key="test_2")
        assert self.KEYS[5:] == keys_of(s3_client.list_objects_v2(Bucket=twelve, ContinuationToken=token))

    def test_other_parameters_hold_from_the_token_on(self, twelve: str, s3_client) -> None:
        token = s3_client.list_objects_v2(Bucket=twelve, MaxKeys=5)["NextContinuationToken"]
        answer = s3_client.list_objects_v2(Bucket=twelve, ContinuationToken=token, Prefix="test_9")
        assert ["test_9"] == keys_of(answer)

    @pytest.mark.parametrize("size", [1, 3, 7])
    @pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
    def test_paginators_find_everything(self, twelve: str, s3_client, operation: str, size: int) -> None:
        pages = s3_client.get_paginator(operation).paginate(Bucket=twelve, PaginationConfig={"PageSize": size})
        assert self.KEYS == [key for answer in pages for key in keys_of(answer)]


class TestBuckets:
    """ListBuckets tells the caller's buckets, of all regions, by name. S3: API/API_ListBuckets.html"""

    @pytest.fixture
    def four(self, s3: FakeS3) -> list[str]:
        s3.clock.freeze("2026-01-01T00:00:00.5Z")
        names = ["aaa", "aab", "bbb", "ccc"]
        for name in reversed(names):
            s3.create_bucket(name, region="eu-west-1" if name == "bbb" else "us-east-1")
        return names

    @staticmethod
    def names(answer: dict[str, Any]) -> list[str]:
        return [each["Name"] for each in answer["Buckets"]]

    # recorded: TestS3::test_delete_bucket_with_content
    def test_a_plain_list(self, four: list[str], s3_client) -> None:
        created = datetime(2026, 1, 1, tzinfo=UTC)
        assert {
            "Owner": OWNER,
            "Buckets": [{"Name": name, "CreationDate": created, "BucketArn": f"arn:aws:s3:::{name}"} for name in four],
        } == told_by(s3_client.list_buckets())

    def test_there_may_be_none(self, s3_client) -> None:
        assert {"Owner": OWNER, "Buckets": []} == told_by(s3_client.list_buckets())

    # recorded: TestS3ListBuckets::test_list_buckets_with_max_buckets
    def test_pages(self, four: list[str], s3_client) -> None:
        first = s3_client.list_buckets(MaxBuckets=3)
        assert four[:3] == self.names(first)
        assert ["us-east-1", "us-east-1", "eu-west-1"] == [each["BucketRegion"] for each in first["Buckets"]]
        rest = s3_client.list_buckets(MaxBuckets=3, ContinuationToken=first["ContinuationToken"])
        assert (four[3:], False) == (self.names(rest), "ContinuationToken" in rest)

    def test_the_last_page_is_not_empty(self, four: list[str], s3_client) -> None:
        assert "ContinuationToken" not in s3_client.list_buckets(MaxBuckets=4)

    @pytest.mark.parametrize("wanted", [0, -1, 10_001])
    def test_a_page_has_one_to_ten_thousand(self, ask, wanted: int) -> None:
        assert (
            400,
            "InvalidArgument",
            "Argument max-buckets must be an integer between 1 and 10000",
            {"ArgumentName": "max-buckets", "ArgumentValue": str(wanted)},
        ) == ask("GET", f"/?max-buckets={wanted}").refusal

    # recorded: TestS3::test_create_bucket_aws_global
    def test_a_prefix_is_echoed(self, four: list[str], s3_client) -> None:
        answer = s3_client.list_buckets(Prefix="aa")
        assert ("aa", ["aaa", "aab"]) == (answer["Prefix"], self.names(answer))

    def test_of_one_region(self, four: list[str], s3_client) -> None:
        assert ["bbb"] == self.names(s3_client.list_buckets(BucketRegion="eu-west-1"))

    # recorded: TestS3ListBuckets::test_list_buckets_region_validation
    @pytest.mark.parametrize("region", ["mars-east-1", "eu-east-1", "us-east-9", "junk"])
    def test_of_no_region(self, s3_client, refused, region: str) -> None:
        with refused(
            "InvalidArgument",
            400,
            f"Argument value {region} is not a valid AWS Region",
            ArgumentName="bucket-region",
        ):
            s3_client.list_buckets(BucketRegion=region)

    def test_an_empty_token_counts_as_absent(self, four: list[str], s3_client, ask) -> None:
        assert four == self.names(s3_client.list_buckets(ContinuationToken=""))
        assert ask("GET", "/").body == ask("GET", "/?continuation-token=&max-buckets=").body

    def test_a_token_s3_never_gave_out_is_refused(self, s3_client, refused) -> None:
        with refused(
            "InvalidArgument",
            400,
            "The continuation token provided is incorrect",
            ArgumentName="continuation-token",
        ):
            s3_client.list_buckets(ContinuationToken="aaa")

    def test_nobody_in_particular_owns_any(self, ask) -> None:
        answer = ask("GET", "/", {"authorization": None})
        assert (307, "https://aws.amazon.com/s3/", b"") == (
            answer.status,
            answer.headers["Location"],
            answer.body,
        )

    @pytest.mark.s3(endpoints=["http://minio:9000"])
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_at_an_endpoint_that_is_not_amazons_nobody_is_sent_away(self, ask, s3, method: str) -> None:
        """Programs probe a server so, and must not end in the internet."""
        s3.create_bucket("ours")
        answer = ask(method, "/", host="minio:9000", signed=False)
        assert answer.status == 200, answer.refusal
        body = answer.body.decode()
        assert (method == "GET") is ("<ListAllMyBucketsResult" in body and "<Buckets" in body)
        assert "ours" not in body
        assert ["ListBuckets"] == [call.operation for call in s3.calls]

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_what_is_no_probe_is_refused_there_too(self, ask, method: str) -> None:
        answer = ask(method, "/", host="minio:9000", signed=False)
        assert (405, "MethodNotAllowed") == answer.refusal[:2]

    @pytest.mark.parametrize(
        "agent", ["Boto3/1.44 Botocore/1.44", "aiobotocore/2.25 botocore/1.40", "aws-cli/2.31 md/awscrt"]
    )
    def test_botocore_which_cannot_read_that_redirect_is_refused(self, ask, agent: str) -> None:
        answer = ask("GET", "/", {"authorization": None, "user-agent": agent})
        assert (403, "AccessDenied", "Access Denied", {}) == answer.refusal


def test_spaces_are_plus_signs_where_keys_are_encoded(s3: FakeS3, s3_client) -> None:
    s3.create_bucket("listed", objects={"a b+c": ""})
    assert [quote_plus("a b+c")] == keys_of(s3_client.list_objects_v2(Bucket="listed", EncodingType="url"))
