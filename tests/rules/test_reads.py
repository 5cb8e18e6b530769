"""Reading objects: headers, ranges, versions, delete markers. S3: API/API_GetObject.html, API/API_HeadObject.html"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zlib import crc32

import pytest
from botocore.config import Config
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes3 import FakeS3
from fakes3.model.clock import Ids
from fakes3.model.dates import format_http_date

from .answers import as_recorded

HUNDRED = bytes(range(100))
GONE = Ids().version_id(10**6)
"""A version id as S3 makes them, of nothing that was ever written."""

KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(
    lambda key: not {".", ".."} & set(key.split("/")) and len(key.encode()) <= 1024
)
METADATA = st.dictionaries(
    st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)
    .map(str.strip)
    .filter(lambda value: "=?" not in value),
    max_size=5,
)


def answered(answer: dict[str, Any]) -> dict[str, Any]:
    """What was answered, without the metadata of the response itself, and with the body's bytes."""
    found = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    if "Body" in found:
        found["Body"] = found["Body"].read()
    return found


@pytest.fixture
def hundred(s3: FakeS3) -> str:
    """The name of a bucket whose object "k" has a hundred bytes."""
    s3.clock.freeze("2026-01-01T00:00:00.7Z")
    s3.create_bucket("hundred", objects={"k": HUNDRED, "empty": b""})
    return "hundred"


@pytest.fixture(params=["get_object", "head_object"])
def read(request: pytest.FixtureRequest, s3_client) -> Callable[..., dict[str, Any]]:
    """GetObject, then HeadObject."""
    return getattr(s3_client, request.param)


class TestAnswer:
    """An object is answered with its bytes and what S3 keeps with them."""

    # recorded: TestS3PutObjectChecksum::test_s3_get_object_checksum[CRC32]
    def test_of_a_plain_object(self, hundred: str, s3_client) -> None:
        assert {
            "Body": HUNDRED,
            "AcceptRanges": "bytes",
            "ContentLength": 100,
            "ContentType": "binary/octet-stream",
            "ETag": '"7acedd1a84a4cfcb6e7a16003242945e"',
            "LastModified": datetime(2026, 1, 1, tzinfo=UTC),
            "Metadata": {},
            "ServerSideEncryption": "AES256",
            "ChecksumCRC32": b64encode(crc32(HUNDRED).to_bytes(4)).decode(),
            "ChecksumType": "FULL_OBJECT",
        } == answered(s3_client.get_object(Bucket=hundred, Key="k"))

    def test_of_head_is_that_of_get_without_the_bytes(self, hundred: str, s3_client) -> None:
        got = answered(s3_client.get_object(Bucket=hundred, Key="k"))
        del got["Body"]
        assert got == answered(s3_client.head_object(Bucket=hundred, Key="k", ChecksumMode="ENABLED"))

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_its_headers(self, hundred: str, ask, method: str) -> None:
        response = ask(method, f"/{hundred}/k")
        assert (200, HUNDRED if method == "GET" else b"") == (response.status, response.body)
        headers = {name.lower(): value for name, value in response.headers.items()}
        del headers["x-amz-request-id"], headers["x-amz-id-2"]
        assert {
            "etag": '"7acedd1a84a4cfcb6e7a16003242945e"',
            "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
            "content-length": "100",
            "content-type": "binary/octet-stream",
            "accept-ranges": "bytes",
            "x-amz-server-side-encryption": "AES256",
            "date": "Thu, 01 Jan 2026 00:00:00 GMT",
            "server": "AmazonS3",
        } == headers

    @pytest.mark.parametrize("mode", ["ENABLED", "enabled"])
    def test_the_checksum_is_told_on_demand(self, hundred: str, ask, mode: str) -> None:
        response = ask("HEAD", f"/{hundred}/k", {"x-amz-checksum-mode": mode})
        assert "FULL_OBJECT" == response.headers["x-amz-checksum-type"]
        assert "x-amz-checksum-crc32" in response.headers

    # recorded: TestS3PutObjectChecksum::test_s3_get_object_checksum[CRC32] (step get-object: no mode, no checksum)
    def test_it_is_not_told_unasked(self, hundred: str, s3: FakeS3) -> None:
        client = s3.client(config=Config(response_checksum_validation="when_required"))
        assert "ChecksumCRC32" not in client.get_object(Bucket=hundred, Key="k")

    def test_system_metadata_comes_back_as_it_was_sent(self, bucket: str, s3_client, read) -> None:
        sent = {
            "CacheControl": "max-age=0,  no-cache",
            "ContentDisposition": 'attachment; filename="a b.txt"',
            "ContentEncoding": "gzip",
            "ContentLanguage": "de, en",
            "ContentType": "text/plain; charset=UTF-8",
        }
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"x", **sent)
        answer = read(Bucket=bucket, Key="k")
        assert sent == {name: answer[name] for name in sent}

    def test_expires_is_not_judged(self, bucket: str, ask) -> None:
        ask("PUT", f"/{bucket}/k", {"Expires": "never"})
        assert "never" == ask("GET", f"/{bucket}/k").headers["Expires"]

    # recorded: TestS3::test_system_metadata_with_unicode
    def test_system_metadata_in_utf_8_comes_back_byte_for_byte(self, bucket: str, ask) -> None:
        as_latin_1 = "ÄMÄZÕÑ S3".encode().decode("latin-1")
        ask("PUT", f"/{bucket}/k", {"Cache-Control": as_latin_1})
        assert as_latin_1 == ask("GET", f"/{bucket}/k").headers["Cache-Control"]

    # recorded: TestS3::test_metadata_header_character_decoding
    def test_user_metadata_has_lower_case_names(self, bucket: str, s3_client, read) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", Metadata={"TEST_META_1": "foo", "__meta_2": "bar", "empty": ""})
        assert {"test_meta_1": "foo", "__meta_2": "bar", "empty": ""} == read(Bucket=bucket, Key="k")["Metadata"]

    def test_user_metadata_beyond_ascii_is_encoded(self, bucket: str, ask) -> None:
        ask("PUT", f"/{bucket}/k", {"x-amz-meta-who": "=?UTF-8?B?w6k=?=", "x-amz-meta-where": "\xc3\xa9 "})
        headers = ask("GET", f"/{bucket}/k").headers
        assert ["=?UTF-8?Q?=C3=A9?="] * 2 == [headers["x-amz-meta-who"], headers["x-amz-meta-where"]]

    # recorded: TestS3::test_s3_uppercase_key_names
    def test_keys_differ_by_case(self, hundred: str, read, refused, s3_client) -> None:
        with refused("NoSuchKey", 404, "The specified key does not exist.", Key="K"):
            s3_client.get_object(Bucket=hundred, Key="K")

    # recorded: TestS3::test_get_object_no_such_bucket
    def test_of_no_bucket(self, s3_client, refused) -> None:
        with refused("NoSuchBucket", 404, "The specified bucket does not exist", BucketName="nowhere"):
            s3_client.get_object(Bucket="nowhere", Key="k")

    def test_errors_of_head_have_no_body(self, hundred: str, ask) -> None:
        response = ask("HEAD", f"/{hundred}/missing")
        assert (404, b"", "0") == (response.status, response.body, response.headers["Content-Length"])


class TestLaw:
    """What was put is what is got, for whatever may be put."""

    @settings(max_examples=60)
    @given(KEYS, METADATA, st.lists(st.binary(max_size=200), max_size=4))
    @example(" a+b%20%2F//\u00e9\U0001f600\x01\x7f/ ", {}, [b"x"])
    @example("/", {"a": "b"}, [])
    @example("?a=b&c#d", {}, [b""])
    def test_through_boto3(self, key: str, metadata: dict[str, str], pieces: list[bytes]) -> None:
        s3 = FakeS3()
        s3.create_bucket("any")
        client = s3.client()
        put = client.put_object(Bucket="any", Key=key, Body=b"".join(pieces), Metadata=metadata)
        got = client.get_object(Bucket="any", Key=key)
        assert (b"".join(pieces), metadata, put["ETag"]) == (got["Body"].read(), got["Metadata"], got["ETag"])
        assert [key] == [each["Key"] for each in client.list_objects_v2(Bucket="any")["Contents"]]
        client.delete_object(Bucket="any", Key=key)
        assert "Contents" not in client.list_objects_v2(Bucket="any")

    @settings(max_examples=30)
    @given(st.lists(st.binary(max_size=9000), max_size=4), st.booleans())
    def test_in_any_chunking(self, pieces: list[bytes], in_the_trailer: bool) -> None:
        s3 = FakeS3()
        s3.create_bucket("any")
        how: Any = "when_supported" if in_the_trailer else "when_required"
        client = s3.client(config=Config(request_checksum_calculation=how))
        client.put_object(Bucket="any", Key="k", Body=b"".join(pieces))
        assert b"".join(pieces) == client.get_object(Bucket="any", Key="k")["Body"].read()


class TestRange:
    """A range is answered with 206, and what is not one with everything. S3: API/API_GetObject.html, "Range" """

    # recorded: TestS3::test_etag_on_get_object_call
    def test_has_the_etag_of_the_whole(self, bucket: str, s3_client) -> None:
        body = b"Lorem ipsum dolor sit amet, ... " * 30
        s3_client.put_object(Bucket=bucket, Key="k", Body=body)
        known = {
            "ContentType": "binary/octet-stream",
            "ETag": '"c289c6e309be295fe68af649d1e6c6ec"',
            "Metadata": {},
            "ServerSideEncryption": "AES256",
        }
        every = {"Body": body, "ContentLength": 960, "ChecksumCRC32": "K7RDlw==", "ChecksumType": "FULL_OBJECT"}
        assert {"status": 200, **every, **known} == as_recorded(s3_client.get_object(Bucket=bucket, Key="k"))
        some = {"Body": b"Lorem ipsum dolor", "ContentLength": 17, "ContentRange": "bytes 0-16/960"}
        answer = s3_client.get_object(Bucket=bucket, Key="k", Range="bytes=0-16")
        assert {"status": 206, **some, **known} == as_recorded(answer)

    # recorded: TestS3::test_range_header_body_length
    @pytest.mark.parametrize(
        ("wanted", "told"), [("bytes=0-1023", "bytes 0-1023/2048"), ("bytes=1024-2047", "bytes 1024-2047/2048")]
    )
    def test_of_one_half(self, bucket: str, s3_client, wanted: str, told: str) -> None:
        put = s3_client.put_object(Bucket=bucket, Key="k", Body=bytes(1024) + b"x" * 1024)
        assert {
            "status": 206,
            "Body": bytes(1024) if wanted == "bytes=0-1023" else b"x" * 1024,
            "ContentLength": 1024,
            "ContentRange": told,
            "ContentType": "binary/octet-stream",
            "ETag": put["ETag"],
            "Metadata": {},
            "ServerSideEncryption": "AES256",
        } == as_recorded(s3_client.get_object(Bucket=bucket, Key="k", Range=wanted))

    # recorded: TestS3ObjectCRUD::test_get_object_range
    @pytest.mark.parametrize(
        ("wanted", "first", "last"),
        [
            ("bytes=0-9", 0, 9),
            ("bytes=50-", 50, 99),
            ("bytes=50-99", 50, 99),
            ("bytes=50-1000", 50, 99),
            ("bytes=-10", 90, 99),
            ("bytes=-1000", 0, 99),
            ("bytes=00-01", 0, 1),
            ("bytes=1-1", 1, 1),
        ],
    )
    def test_of_a_hundred_bytes(self, hundred: str, read, wanted: str, first: int, last: int) -> None:
        answer = read(Bucket=hundred, Key="k", Range=wanted)
        assert (206, last - first + 1, f"bytes {first}-{last}/100") == (
            answer["ResponseMetadata"]["HTTPStatusCode"],
            answer["ContentLength"],
            answer["ContentRange"],
        )
        if "Body" in answer:
            assert HUNDRED[first : last + 1] == answer["Body"].read()

    # recorded: TestS3ObjectCRUD::test_get_object_range
    @pytest.mark.parametrize(
        "wanted",
        ["bytes=10-5", "bytes=abc", "bytes=--1", "bytes=-1-", "bytes=-", "bytes=0--1", "bytes=0-0,1-2", "foo=0-1"],
    )
    def test_what_is_none(self, hundred: str, read, wanted: str) -> None:
        answer = read(Bucket=hundred, Key="k", Range=wanted)
        assert (200, 100) == (answer["ResponseMetadata"]["HTTPStatusCode"], answer["ContentLength"])
        assert "ContentRange" not in answer

    # recorded: TestS3::test_invalid_range_error
    @pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=100-110", "bytes=-0"])
    def test_what_is_not_there(self, hundred: str, s3_client, refused, wanted: str) -> None:
        with refused(
            "InvalidRange",
            416,
            "The requested range is not satisfiable",
            headers={"content-range": "bytes */100"},
            RangeRequested=wanted,
            ActualObjectSize="100",
        ):
            s3_client.get_object(Bucket=hundred, Key="k", Range=wanted)
        with refused("416", 416, headers={"content-range": "bytes */100"}):
            s3_client.head_object(Bucket=hundred, Key="k", Range=wanted)

    # observed: apache/arrow-rs-object-store#846; readers of Parquet ask for the tail of every file
    @pytest.mark.parametrize("wanted", ["bytes=-1", "bytes=-8"])
    def test_the_last_bytes_of_an_empty_object(self, hundred: str, read, wanted: str) -> None:
        answer = read(Bucket=hundred, Key="empty", Range=wanted)
        assert (200, 0) == (answer["ResponseMetadata"]["HTTPStatusCode"], answer["ContentLength"])
        assert "ContentRange" not in answer

    def test_every_other_of_an_empty_object(self, hundred: str, s3_client, refused) -> None:
        with refused("InvalidRange", 416, RangeRequested="bytes=0-", ActualObjectSize="0"):
            s3_client.get_object(Bucket=hundred, Key="empty", Range="bytes=0-")

    # recorded: TestS3ObjectCRUD::test_get_object_range
    def test_the_checksum_is_told_of_all_bytes_only(self, hundred: str, s3_client) -> None:
        some = s3_client.get_object(Bucket=hundred, Key="k", Range="bytes=0-8", ChecksumMode="ENABLED")
        every = s3_client.get_object(Bucket=hundred, Key="k", Range="bytes=0-", ChecksumMode="ENABLED")
        assert (False, True) == ("ChecksumCRC32" in some, "ChecksumCRC32" in every)

    # recorded: TestS3::test_range_key_not_exists
    def test_of_no_object(self, hundred: str, s3_client, refused) -> None:
        with refused("NoSuchKey", 404, Key="my-key"):
            s3_client.get_object(Bucket=hundred, Key="my-key", Range="bytes=1024-4096")


class TestOverrides:
    """A signed request may say which headers it wants to be answered with."""

    WANTED = {
        "ResponseCacheControl": "max-age=74",
        "ResponseContentDisposition": 'attachment; filename="foo.jpg"',
        "ResponseContentEncoding": "identity",
        "ResponseContentLanguage": "de-DE",
        "ResponseContentType": "image/jpeg",
    }

    # recorded: TestS3::test_s3_get_object_header_overrides
    def test_each(self, hundred: str, s3_client, read) -> None:
        answer = read(Bucket=hundred, Key="k", ResponseExpires=datetime(2015, 10, 21, tzinfo=UTC), **self.WANTED)
        assert self.WANTED == {name: answer[name.removeprefix("Response")] for name in self.WANTED}
        assert "Wed, 21 Oct 2015 00:00:00 GMT" == answer["ExpiresString"]
        assert "binary/octet-stream" == s3_client.head_object(Bucket=hundred, Key="k")["ContentType"]

    def test_nobody_in_particular_has_no_wishes(self, hundred: str, ask) -> None:
        response = ask("GET", f"/{hundred}/k?response-content-type=text/html", {"authorization": None})
        assert (
            400,
            "InvalidRequest",
            "Request specific response headers cannot be used for anonymous GET requests.",
            {},
        ) == response.refusal

    def test_a_header_holds_latin_1(self, hundred: str, s3_client, refused) -> None:
        with refused(
            "InvalidArgument",
            400,
            "Header value cannot be represented using ISO-8859-1.",
            ArgumentName="response-cache-control",
            ArgumentValue="\u4e2d",
        ):
            s3_client.get_object(Bucket=hundred, Key="k", ResponseCacheControl="\u4e2d")

    def test_an_error_is_answered_as_always(self, hundred: str, ask) -> None:
        response = ask("GET", f"/{hundred}/missing?response-content-type=text/html")
        assert (404, "application/xml") == (response.status, response.headers["Content-Type"])


class TestVersions:
    """A version is read by its id. S3: userguide/RetrievingObjectVersions.html"""

    def test_the_current_one_tells_its_id(self, enabled: str, s3_client, read) -> None:
        first = s3_client.put_object(Bucket=enabled, Key="k", Body=b"1")
        second = s3_client.put_object(Bucket=enabled, Key="k", Body=b"2")
        assert second["VersionId"] == read(Bucket=enabled, Key="k")["VersionId"] != first["VersionId"]

    def test_each_is_read_by_its_id(self, enabled: str, s3_client) -> None:
        ids = [s3_client.put_object(Bucket=enabled, Key="k", Body=bytes([n]))["VersionId"] for n in range(3)]
        for number, id_ in enumerate(ids):
            answer = s3_client.get_object(Bucket=enabled, Key="k", VersionId=id_)
            assert (bytes([number]), id_) == (answer["Body"].read(), answer["VersionId"])

    # recorded: TestS3ObjectCRUD::test_get_object_with_version_unversioned_bucket
    def test_without_versioning_there_is_null_and_it_is_not_told(self, hundred: str, read) -> None:
        assert "VersionId" not in read(Bucket=hundred, Key="k")
        assert "VersionId" not in read(Bucket=hundred, Key="k", VersionId="null")

    def test_with_versioning_null_is_told(self, suspended: str, s3_client, read) -> None:
        s3_client.put_object(Bucket=suspended, Key="k", Body=b"")
        assert "null" == read(Bucket=suspended, Key="k")["VersionId"]
        assert "null" == read(Bucket=suspended, Key="k", VersionId="null")["VersionId"]

    # recorded: TestS3ObjectCRUD::test_get_object_with_version_unversioned_bucket
    def test_without_versioning_there_is_no_other(self, hundred: str, s3_client, refused) -> None:
        with refused(
            "InvalidArgument",
            400,
            "Invalid version id specified",
            ArgumentName="versionId",
            ArgumentValue=GONE,
        ):
            s3_client.get_object(Bucket=hundred, Key="k", VersionId=GONE)
        with refused("400", 400):
            s3_client.head_object(Bucket=hundred, Key="k", VersionId=GONE)

    @pytest.mark.parametrize("id_", [GONE, "null"])
    def test_one_that_is_not_there(self, enabled: str, s3_client, refused, id_: str) -> None:
        s3_client.put_object(Bucket=enabled, Key="k", Body=b"")
        with refused("NoSuchVersion", 404, "The specified version does not exist.", Key="k", VersionId=id_):
            s3_client.get_object(Bucket=enabled, Key="k", VersionId=id_)
        with refused("404", 404):
            s3_client.head_object(Bucket=enabled, Key="k", VersionId=id_)

    def test_that_of_another_key_is_not_there(self, enabled: str, s3_client, refused) -> None:
        id_ = s3_client.put_object(Bucket=enabled, Key="other", Body=b"")["VersionId"]
        with refused("NoSuchVersion", 404, Key="k", VersionId=id_):
            s3_client.get_object(Bucket=enabled, Key="k", VersionId=id_)

    @pytest.mark.parametrize("id_", ["nonsense", "NULL", "a" * 31, "a" * 33])
    def test_one_that_s3_could_not_have_made(self, versioned: str, s3_client, refused, id_: str) -> None:
        with refused(
            "InvalidArgument", 400, "Invalid version id specified", ArgumentName="versionId", ArgumentValue=id_
        ):
            s3_client.get_object(Bucket=versioned, Key="k", VersionId=id_)
        with refused("400", 400):
            s3_client.head_object(Bucket=versioned, Key="k", VersionId=id_)

    def test_an_empty_one(self, any_bucket: str, ask) -> None:
        status, code, message, members = ask("GET", f"/{any_bucket}/k?versionId=").refusal
        assert (400, "InvalidArgument", "Version id cannot be the empty string") == (status, code, message)
        assert "versionId" == members["ArgumentName"]


class TestDeleteMarkers:
    """A delete marker hides the key, and is itself no object. S3: userguide/DeleteMarker.html"""

    # recorded: TestS3ObjectCRUD::test_delete_object_versioned
    def test_behind_one_there_is_no_key(self, versioned: str, s3_client, refused) -> None:
        s3_client.put_object(Bucket=versioned, Key="k", Body=b"")
        id_ = s3_client.delete_object(Bucket=versioned, Key="k")["VersionId"]
        headers = {"x-amz-delete-marker": "true", "x-amz-version-id": id_}
        with refused("NoSuchKey", 404, headers=headers, Key="k"):
            s3_client.get_object(Bucket=versioned, Key="k")
        with refused("404", 404, headers=headers):
            s3_client.head_object(Bucket=versioned, Key="k")

    def test_where_nothing_ever_was_there_is_no_marker(self, versioned: str, s3_client, refused) -> None:
        with refused("NoSuchKey", 404, headers={"x-amz-delete-marker": None, "x-amz-version-id": None}, Key="k"):
            s3_client.get_object(Bucket=versioned, Key="k")

    # recorded: TestS3ObjectCRUD::test_delete_object_versioned
    def test_by_its_id_it_may_only_be_deleted(self, s3: FakeS3, versioned: str, s3_client, refused) -> None:
        s3.clock.freeze("2026-01-01T00:00:00Z")
        id_ = s3_client.delete_object(Bucket=versioned, Key="k")["VersionId"]
        s3.clock.advance(days=1)
        headers = {
            "allow": "DELETE",
            "x-amz-delete-marker": "true",
            "x-amz-version-id": id_,
            "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
        }
        with refused(
            "MethodNotAllowed",
            405,
            "The specified method is not allowed against this resource.",
            headers=headers,
            Method="GET",
            ResourceType="DeleteMarker",
        ):
            s3_client.get_object(Bucket=versioned, Key="k", VersionId=id_)
        with refused("405", 405, headers=headers):
            s3_client.head_object(Bucket=versioned, Key="k", VersionId=id_)

    # recorded: TestS3ObjectCRUD::test_delete_object_versioned
    def test_what_it_hides_is_read_by_its_id(self, enabled: str, s3_client) -> None:
        id_ = s3_client.put_object(Bucket=enabled, Key="k", Body=b"hidden")["VersionId"]
        s3_client.delete_object(Bucket=enabled, Key="k")
        assert b"hidden" == s3_client.get_object(Bucket=enabled, Key="k", VersionId=id_)["Body"].read()


class TestKeys:
    """A key is 1 to 1,024 bytes of UTF-8, and stays within its bucket. S3: userguide/object-keys.html"""

    @pytest.mark.parametrize("key", ["k" * 1024, "é" * 512])
    def test_of_1024_bytes(self, bucket: str, s3_client, key: str) -> None:
        s3_client.put_object(Bucket=bucket, Key=key, Body=b"")
        s3_client.head_object(Bucket=bucket, Key=key)

    @pytest.mark.parametrize("key", ["k" * 1025, "é" * 513])
    @pytest.mark.parametrize("operation", ["put_object", "get_object", "delete_object"])
    def test_of_more(self, bucket: str, s3_client, refused, operation: str, key: str) -> None:
        with refused(
            "KeyTooLongError",
            400,
            "Your key is too long",
            Size=str(len(key.encode())),
            MaxSizeAllowed="1024",
        ):
            getattr(s3_client, operation)(Bucket=bucket, Key=key)

    @pytest.mark.parametrize("key", [".", "..", "../x", "a/../../b"])
    @pytest.mark.parametrize("method", ["PUT", "GET", "HEAD", "DELETE"])
    def test_that_climb_out_of_the_bucket(self, bucket: str, ask, method: str, key: str) -> None:
        response = ask(method, f"/{bucket}/{quote(key)}")
        assert (400, b"") == (response.status, response.body)

    @pytest.mark.parametrize("path", ["%ff", "%", "%zz", "a%2"])
    def test_that_are_no_utf_8(self, bucket: str, ask, path: str) -> None:
        status, code, message, _ = ask("PUT", f"/{bucket}/{path}").refusal
        assert (400, "InvalidURI", "Couldn't parse the specified URI.") == (status, code, message)


def test_last_modified_has_whole_seconds(s3: FakeS3, bucket: str, s3_client) -> None:
    s3.clock.freeze("2026-01-01T00:00:00.999Z")
    s3_client.put_object(Bucket=bucket, Key="k", Body=b"")
    answer = s3_client.head_object(Bucket=bucket, Key="k")
    assert datetime(2026, 1, 1, tzinfo=UTC) == answer["LastModified"]
    assert (
        format_http_date(datetime(2026, 1, 1, tzinfo=UTC)) == answer["ResponseMetadata"]["HTTPHeaders"]["last-modified"]
    )
