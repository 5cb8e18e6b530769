"""What the headers of a PutObject set of an object, and how they are refused. S3: API/API_PutObject.html"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3 import FakeS3, mock_s3
from fakes3.model.identity import canonical_id

OWNER = canonical_id("123456789012")
SYSTEM = {
    "Cache-Control": "max-age=5",
    "Content-Disposition": 'attachment; filename="a.txt"',
    "Content-Encoding": "gzip",
    "Content-Language": "de",
    "Content-Type": "text/plain",
    "Expires": "Thu, 01 Dec 1994 16:00:00 GMT",
}
WRITES = ["put_object", "create_multipart_upload", "copy_object"]


@pytest.fixture(params=WRITES)
def write(request: pytest.FixtureRequest, s3_client, bucket: str) -> Any:
    """PutObject, CreateMultipartUpload, then CopyObject of the object "source"."""
    s3_client.put_object(Bucket=bucket, Key="source", Body=b"x")
    more = {"CopySource": f"{bucket}/source"} if request.param == "copy_object" else {}

    def ask(**headers: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(s3_client, request.param)(Bucket=bucket, Key="k", **headers, **more)
        return answer

    return ask


class TestSystemMetadata:
    """System metadata are stored as they are sent and answered as they are stored."""

    def test_come_back(self, bucket, ask):
        assert 200 == ask("PUT", f"/{bucket}/k", SYSTEM).status
        for method in ("GET", "HEAD"):
            headers = ask(method, f"/{bucket}/k").headers
            assert SYSTEM == {name: headers[name] for name in SYSTEM}

    def test_default_content_type(self, bucket, ask):
        ask("PUT", f"/{bucket}/k")
        assert "binary/octet-stream" == ask("HEAD", f"/{bucket}/k").headers["Content-Type"]

    @pytest.mark.parametrize("value", ["tomorrow", "0", "2026-01-01"])
    def test_expires_need_not_be_a_date(self, bucket, ask, value):
        ask("PUT", f"/{bucket}/k", {"Expires": value})
        assert value == ask("GET", f"/{bucket}/k").headers["Expires"]

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("aws-chunked", None),
            ("gzip,aws-chunked", "gzip"),
            ("aws-chunked, gzip", "gzip"),
            ("gzip", "gzip"),
            ("identity", "identity"),
        ],
    )
    def test_content_encoding_is_without_that_of_the_transfer(self, bucket, ask, sent, kept):
        ask("PUT", f"/{bucket}/k", {"Content-Encoding": sent})
        assert kept == ask("GET", f"/{bucket}/k").headers.get("Content-Encoding")

    # recorded: TestS3::test_system_metadata_with_unicode
    def test_raw_utf_8_comes_back_as_it_is(self, s3_client, bucket):
        disposition = 'attachment; filename="test_—_file%E2%80%94_é_2.pdf"'
        s3_client.put_object(
            Bucket=bucket, Key="k", CacheControl="ÄMÄZÕÑ S3", ContentDisposition=disposition, ContentLanguage="de"
        )
        answer = s3_client.get_object(Bucket=bucket, Key="k")
        expected = ("ÄMÄZÕÑ S3", disposition)
        found = (answer["CacheControl"], answer["ContentDisposition"])
        assert expected == tuple(each.encode("latin-1").decode() for each in found)


class TestUserMetadata:
    """User metadata are kept by lower-case name, up to 2 KB."""

    # recorded: TestS3::test_metadata_header_character_decoding
    def test_names(self, s3_client, bucket):
        s3_client.put_object(Bucket=bucket, Key="k", Metadata={"TEST_META_1": "foo", "__meta_2": "bar"})
        assert {"test_meta_1": "foo", "__meta_2": "bar"} == s3_client.head_object(Bucket=bucket, Key="k")["Metadata"]

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("  trimmed ", "trimmed"),
            ("", ""),
            # recorded: TestS3PresignedUrl::test_put_unicode_metadata_with_sig_s3
            ("non-ascii-%E2%80%94_—_é_", "=?UTF-8?Q?non-ascii-%E2%80%94=5F=E2=80=94=5F=C3=A9=5F?="),
            ("=?UTF-8?Q?=C3=A9_x?=", "=?UTF-8?Q?=C3=A9_x?="),
            ("=?utf-8?b?eA==?=", "x"),
        ],
    )
    def test_values(self, bucket, ask, sent, kept):
        ask("PUT", f"/{bucket}/k", {"x-amz-meta-foo": sent.encode().decode("latin-1")})
        assert kept == ask("HEAD", f"/{bucket}/k").headers["x-amz-meta-foo"]

    def test_two_kilobytes(self, s3_client, bucket, refused):
        s3_client.put_object(Bucket=bucket, Key="k", Metadata={"ab": "x" * 1000, "cd": "y" * 1044})
        with refused("MetadataTooLarge", 400, Size="2049", MaxSizeAllowed="2048"):
            s3_client.put_object(Bucket=bucket, Key="k", Metadata={"ab": "x" * 1000, "cd": "y" * 1045})

    @settings(max_examples=25)
    @given(
        st.dictionaries(st.from_regex("[a-z0-9-]{1,20}", fullmatch=True), st.from_regex("[!-~]{0,20}", fullmatch=True))
    )
    def test_ascii_comes_back(self, metadata):
        metadata = {name: value for name, value in metadata.items() if "=?" not in value}
        with mock_s3() as s3:
            s3.create_bucket("bucket")
            s3.client().put_object(Bucket="bucket", Key="k", Metadata=metadata)
            assert metadata == s3["bucket"]["k"].metadata


class TestHeaderSection:
    """All headers of a request together have up to 8 KB."""

    @pytest.mark.parametrize("headers", [{"x-long": "x" * 8192}, {f"x-{number}": "x" * 100 for number in range(80)}])
    def test_too_large(self, bucket, ask, headers):
        answer = ask("PUT", f"/{bucket}/k", headers).refusal
        assert (400, "RequestHeaderSectionTooLarge", {"MaxSizeAllowed": "8192"}) == (
            answer.status,
            answer.code,
            answer.members,
        )

    def test_comes_before_all_else(self, ask):
        assert "RequestHeaderSectionTooLarge" == ask("GET", "/nowhere/k", {"x-long": "x" * 8192}).refusal.code

    def test_nearly(self, bucket, ask):
        assert 200 == ask("PUT", f"/{bucket}/k", {"x-long": "x" * 7500}).status


class TestWebsiteRedirect:
    """An object may lead visitors of a website elsewhere; over the API it is read like any other."""

    @pytest.mark.parametrize("location", ["/other", "http://example.com/", "https://example.com/a?b#c"])
    def test_is_told(self, s3_client, bucket, location):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"x", WebsiteRedirectLocation=location)
        for read in (s3_client.get_object, s3_client.head_object):
            answer = read(Bucket=bucket, Key="k")
            assert (200, location) == (
                answer["ResponseMetadata"]["HTTPStatusCode"],
                answer["WebsiteRedirectLocation"],
            )

    @pytest.mark.parametrize("location", ["other", "ftp://example.com", "HTTP://example.com"])
    def test_bad(self, write, refused, location):
        with refused("InvalidRedirectLocation", 400):
            write(WebsiteRedirectLocation=location)

    def test_is_gone_when_overwritten(self, s3_client, bucket):
        s3_client.put_object(Bucket=bucket, Key="k", WebsiteRedirectLocation="/x")
        s3_client.put_object(Bucket=bucket, Key="k")
        assert "WebsiteRedirectLocation" not in s3_client.head_object(Bucket=bucket, Key="k")


class TestBucketOwnerEnforced:
    """A bucket without ACLs takes no ACL, but the one that says its owner has full control."""

    @pytest.mark.parametrize(
        "headers",
        [{"ACL": "private"}, {"ACL": "bucket-owner-full-control"}, {"GrantFullControl": f'id="{OWNER}"'}],
    )
    def test_what_holds_anyway_is_taken(self, write, headers):
        assert 200 == write(**headers)["ResponseMetadata"]["HTTPStatusCode"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"ACL": "public-read"},
            {"ACL": "bucket-owner-read"},
            {"GrantRead": f"id={OWNER}"},
            {"GrantReadACP": f"id={OWNER}"},
            {"GrantWriteACP": f"id={OWNER}"},
            {"GrantFullControl": f"id={canonical_id('210987654321')}"},
            {"GrantFullControl": f"id={OWNER}", "GrantRead": f"id={OWNER}"},
        ],
    )
    def test_all_else_is_not(self, write, refused, headers):
        with refused("AccessControlListNotSupported", 400):
            write(**headers)

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    def test_unknown_canned_acl(self, write):
        with pytest.raises(ClientError) as caught:
            write(ACL="fake-acl")
        told = caught.value.response["Error"]
        argument = {"ArgumentName": "x-amz-acl", "ArgumentValue": "fake-acl"}
        assert {"Code": "InvalidArgument", "Message": None} | argument == told  # an empty element

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    def test_both_kinds(self, write, refused):
        with refused("InvalidRequest", 400, "Specifying both Canned ACLs and Header Grants is not allowed"):
            write(ACL="bucket-owner-full-control", GrantFullControl=f"id={OWNER}")

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    def test_bad_grantee(self, write, refused):
        with refused("InvalidArgument", 400, "Invalid id", ArgumentName="id", ArgumentValue="wrong-id"):
            write(GrantRead="id=wrong-id")

    def test_e_mail_address(self, write, refused, request):
        method = "POST" if "create_multipart" in request.node.name else "PUT"
        with refused("MethodNotAllowed", 405, Method=method):
            write(GrantRead="emailAddress=a@example.com")

    def test_a_missing_bucket_comes_first(self, s3_client, refused):
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            s3_client.put_object(Bucket="nowhere", Key="k", ACL="fake-acl")


class TestHeadersOfOthers:
    """A header that means something elsewhere, but nothing to a write, is not taken."""

    @pytest.mark.parametrize("name", ["If-Modified-Since", "If-Unmodified-Since", "x-amz-grant-write"])
    def test_not_implemented(self, bucket, ask, name):
        answer = ask("PUT", f"/{bucket}/k", {name: "x"}).refusal
        assert (501, "NotImplemented", {"Header": name}) == (answer.status, answer.code, answer.members)

    def test_appending_is_of_directory_buckets(self, s3: FakeS3, bucket, ask):
        answer = ask("PUT", f"/{bucket}/k", {"x-amz-write-offset-bytes": "0"}).refusal
        assert (501, "NotImplemented", "x-amz-write-offset-bytes") == (
            answer.status,
            answer.code,
            answer.members["Header"],
        )
        assert [] == list(s3[bucket])


class TestResponseOverrides:
    """A reader who signed may choose headers of the answer."""

    # recorded: TestS3::test_s3_get_object_header_overrides
    def test_signed(self, s3_client, bucket):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"something", ContentType="text/plain")
        answer = s3_client.get_object(
            Bucket=bucket, Key="k", ResponseCacheControl="max-age=74", ResponseContentType="image/jpeg"
        )
        assert ("max-age=74", "image/jpeg") == (answer["CacheControl"], answer["ContentType"])
        assert "text/plain" == s3_client.head_object(Bucket=bucket, Key="k")["ContentType"]

    @pytest.mark.parametrize("name", ["content-type", "content-language", "expires", "cache-control"])
    def test_anonymous(self, s3_client, bucket, ask, name):
        s3_client.put_object(Bucket=bucket, Key="k")
        message = "Request specific response headers cannot be used for anonymous GET requests."
        answer = ask("GET", f"/{bucket}/k?response-{name}=x", {"authorization": None})
        assert (400, "InvalidRequest", message, {}) == answer.refusal

    # recorded: TestS3PresignedUrl::test_get_response_overrides_unicode_metadata_with_sig_s3
    @pytest.mark.parametrize("name", ["response-cache-control", "response-content-disposition", "response-expires"])
    def test_what_is_not_latin_1(self, s3_client, bucket, ask, name):
        s3_client.put_object(Bucket=bucket, Key="k")
        message = "Header value cannot be represented using ISO-8859-1."
        answer = ask("GET", f"/{bucket}/k?{name}=non-ascii-%25E2%2580%2594_%E2%80%94_%C3%A9_").refusal
        members = {"ArgumentName": name, "ArgumentValue": "non-ascii-%E2%80%94_—_é_"}
        assert (400, "InvalidArgument", message, members) == answer

    def test_latin_1(self, s3_client, bucket, ask):
        s3_client.put_object(Bucket=bucket, Key="k")
        answer = ask("GET", f"/{bucket}/k?response-cache-control=%C3%A9")
        assert (200, "é") == (answer.status, answer.headers["Cache-Control"])
