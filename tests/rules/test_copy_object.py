"""CopyObject: what travels with a copy, and what does not. S3: API/API_CopyObject.html"""

from __future__ import annotations

from typing import Any

import pytest

from .answers import as_recorded

ILLEGAL = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)

WHOLE = "FULL_OBJECT"
SSE_S3 = {"ServerSideEncryption": "AES256"}


def as_tag_set(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@pytest.fixture
def source(s3_client, bucket: str) -> str:
    """The name of a bucket whose object "source" has everything a writer can set."""
    s3_client.put_object(
        Bucket=bucket,
        Key="source",
        Body=b'{"key": "value"}',
        ContentType="application/json",
        ContentLanguage="en-US",
        Expires="Thu, 01 Dec 1994 16:00:00 GMT",
        Metadata={"key": "value"},
        Tagging="key1=value1",
        StorageClass="STANDARD_IA",
        WebsiteRedirectLocation="/elsewhere",
    )
    return bucket


@pytest.fixture
def copy(s3_client) -> Any:
    """Copies the object "source" of a bucket, to "copy" unless told otherwise."""

    def ask(bucket: str, Key: str = "copy", **headers: Any) -> dict[str, Any]:
        asked = {"Bucket": bucket, "CopySource": f"{bucket}/source", "Key": Key} | headers
        answer: dict[str, Any] = s3_client.copy_object(**asked)
        return answer

    return ask


class TestMetadataDirective:
    """Metadata travel unless the copy says to replace them."""

    @pytest.mark.parametrize("directive", [{}, {"MetadataDirective": "COPY"}])
    def test_copy(self, s3, source, copy, directive):
        copy(source, **directive)
        assert s3[source]["source"].headers == s3[source]["copy"].headers
        assert {"key": "value"} == s3[source]["copy"].metadata

    def test_copy_ignores_what_the_request_says(self, s3, source, copy):
        copy(source, ContentType="image/jpg", Metadata={"big": "x" * 3000}, CacheControl="no-cache")
        assert s3[source]["source"].headers == s3[source]["copy"].headers
        assert {"key": "value"} == s3[source]["copy"].metadata

    # recorded: TestS3::test_s3_copy_metadata_replace
    def test_replace(self, s3, source, copy):
        copy(source, MetadataDirective="REPLACE", ContentType="image/jpg", Metadata={"another-key": "value"})
        assert {"ContentType": "image/jpg"} == s3[source]["copy"].headers
        assert {"another-key": "value"} == s3[source]["copy"].metadata

    # recorded: TestS3::test_s3_copy_object_in_place_versioned
    def test_replace_by_nothing(self, s3, source, copy):
        copy(source, MetadataDirective="REPLACE")
        assert {"ContentType": "binary/octet-stream"} == s3[source]["copy"].headers
        assert {} == s3[source]["copy"].metadata

    def test_replace_by_too_much(self, source, copy, refused):
        with refused("MetadataTooLarge", 400, Size="2049", MaxSizeAllowed="2048"):
            copy(source, MetadataDirective="REPLACE", Metadata={"a": "x" * 2048})

    @pytest.mark.parametrize("directive", ["JUNK", "copy"])
    def test_unknown(self, source, copy, refused, directive):
        argument = {"ArgumentName": "x-amz-metadata-directive", "ArgumentValue": directive}
        with refused("InvalidArgument", 400, "Unknown metadata directive.", **argument):
            copy(source, MetadataDirective=directive)


class TestTaggingDirective:
    """Tags travel unless the copy says to replace them."""

    # recorded: TestS3::test_s3_copy_tagging_directive
    @pytest.mark.parametrize(
        ("directive", "header", "expected"),
        [
            (None, "key2=value2", {"key1": "value1"}),
            (None, "", {"key1": "value1"}),
            ("COPY", "key2=value2", {"key1": "value1"}),
            ("COPY", None, {"key1": "value1"}),
            ("COPY", "not=a=1&=", {"key1": "value1"}),
            ("REPLACE", "key2=value2", {"key2": "value2"}),
            ("REPLACE", "", {}),
            ("REPLACE", None, {}),
        ],
    )
    def test_directive(self, s3_client, source, copy, directive, header, expected):
        asked = {"TaggingDirective": directive, "Tagging": header}
        answer = copy(source, **{name: value for name, value in asked.items() if value is not None})
        result = {"ETag": '"88bac95f31528d13a072c05f2a1cf371"', "ChecksumCRC32": "MzVIGw==", "ChecksumType": WHOLE}
        assert {"status": 200, "CopyObjectResult": result, **SSE_S3} == as_recorded(answer)
        told = s3_client.get_object_tagging(Bucket=source, Key="copy")
        assert {"status": 200, "TagSet": as_tag_set(expected)} == as_recorded(told)

    # recorded: TestS3::test_s3_copy_tagging_directive_versioned
    @pytest.mark.parametrize("number", [0, 1])
    @pytest.mark.parametrize(
        ("directive", "header", "expected"),
        [
            (None, "key2=value2", None),
            (None, "", None),
            ("COPY", "key2=value2", None),
            ("COPY", "", None),
            ("REPLACE", "key2=value2", {"key2": "value2"}),
            ("REPLACE", "", {}),
        ],
    )
    def test_of_a_version(self, s3_client, enabled, copy, number, directive, header, expected):
        bodies, values = (b"test", b"test-v2"), ("value1", "value1-v2")
        checksums = ("2H9+DA==", "BnpCOA==")
        etags = ('"098f6bcd4621d373cade4e832627b4f6"', '"c814444dd0b31747f0a59e12a5351daa"')
        puts = [
            s3_client.put_object(Bucket=enabled, Key="source", Body=body, Tagging=f"key1={value}")
            for body, value in zip(bodies, values, strict=True)
        ]
        ids = [put["VersionId"] for put in puts]
        known = {"ChecksumCRC32": checksums[number], "ChecksumType": WHOLE, "ETag": etags[number]}
        assert {"status": 200, **known, **SSE_S3, "VersionId": ids[number]} == as_recorded(puts[number])
        version = f"?versionId={ids[0]}" if number == 0 else ""
        how = {} if directive is None else {"TaggingDirective": directive}
        answer = as_recorded(copy(enabled, CopySource=f"{enabled}/source{version}", Tagging=header, **how))
        made = answer.pop("VersionId")
        assert {"status": 200, "CopyObjectResult": known, "CopySourceVersionId": ids[number], **SSE_S3} == answer
        tags = {"key1": values[number]} if expected is None else expected
        told = s3_client.get_object_tagging(Bucket=enabled, Key="copy")
        assert {"status": 200, "TagSet": as_tag_set(tags), "VersionId": made} == as_recorded(told)

    def test_bad_tags(self, source, copy, refused):
        with refused("InvalidTag", 400, "Your TagKey cannot be prefixed with aws:", TagKey="aws:x"):
            copy(source, TaggingDirective="REPLACE", Tagging="aws:x=1")

    @pytest.mark.parametrize("directive", ["JUNK", "replace"])
    def test_unknown(self, source, copy, refused, directive):
        argument = {"ArgumentName": "x-amz-tagging-directive", "ArgumentValue": directive}
        with refused("InvalidArgument", 400, "Unknown tagging directive.", **argument):
            copy(source, TaggingDirective=directive)


class TestWhatStaysBehind:
    """Storage class and website redirect never travel: they are sent again, or are gone."""

    # recorded: TestS3::test_s3_copy_object_storage_class
    @pytest.mark.parametrize("directive", ["COPY", "REPLACE"])
    def test_neither(self, s3, s3_client, source, copy, directive):
        copy(source, MetadataDirective=directive)
        assert "STANDARD" == s3[source]["copy"].storage_class
        assert "WebsiteRedirectLocation" not in s3_client.head_object(Bucket=source, Key="copy")

    @pytest.mark.parametrize("directive", ["COPY", "REPLACE"])
    def test_sent_again(self, s3, s3_client, source, copy, directive):
        copy(source, MetadataDirective=directive, StorageClass="GLACIER_IR", WebsiteRedirectLocation="/x")
        answer = s3_client.head_object(Bucket=source, Key="copy")
        assert ("GLACIER_IR", "/x") == (answer["StorageClass"], answer["WebsiteRedirectLocation"])

    def test_into_the_archive(self, s3_client, source, copy, refused):
        copy(source, StorageClass="GLACIER")
        with refused("InvalidObjectState", 403, StorageClass="GLACIER"):
            s3_client.get_object(Bucket=source, Key="copy")


class TestOntoItself:
    """An object is copied onto itself only if that changes something."""

    @pytest.fixture(params=["bucket", "enabled"])
    def place(self, request: pytest.FixtureRequest, s3_client) -> str:
        """A bucket, then a versioned one, with an object "source"."""
        name = str(request.getfixturevalue(request.param))
        s3_client.put_object(Bucket=name, Key="source", Body=b"x", Metadata={"key": "value"}, Tagging="a=1")
        return name

    # recorded: TestS3::test_s3_copy_object_in_place, TestS3::test_s3_copy_object_in_place_versioned
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"MetadataDirective": "COPY", "Metadata": {"other": "value"}},
            {"ACL": "bucket-owner-full-control"},
            {"TaggingDirective": "REPLACE", "Tagging": "b=2"},
            {"ChecksumAlgorithm": "CRC32"},
        ],
    )
    def test_not_enough(self, place, copy, refused, headers):
        with refused("InvalidRequest", 400, ILLEGAL):
            copy(place, "source", **headers)

    # recorded: TestS3::test_s3_copy_object_in_place
    @pytest.mark.parametrize(
        "headers",
        [
            {"MetadataDirective": "REPLACE", "Metadata": {"key": "value"}},
            {"StorageClass": "STANDARD"},
            {"StorageClass": "STANDARD_IA"},
            {"WebsiteRedirectLocation": "/x"},
            {"ServerSideEncryption": "AES256"},
            {"ChecksumAlgorithm": "SHA256"},
        ],
    )
    def test_enough(self, s3, place, copy, headers):
        count = len(s3[place]["source"].versions)
        copy(place, "source", **headers)
        grown = s3[place].versioning is not None
        assert count + grown == len(s3[place]["source"].versions)
        assert b"x" == s3[place]["source"].body

    # recorded: TestS3::test_s3_copy_object_in_place_storage_class
    def test_the_storage_class_it_has_already_is_enough(self, s3_client, bucket, copy):
        known = {"ChecksumCRC32": "2H9+DA==", "ChecksumType": WHOLE, "ETag": '"098f6bcd4621d373cade4e832627b4f6"'}
        put = s3_client.put_object(Bucket=bucket, Key="source", Body="test", StorageClass="STANDARD")
        assert {"status": 200, **known, **SSE_S3} == as_recorded(put)
        assert {
            "status": 200,
            "ContentLength": 4,
            "ContentType": "binary/octet-stream",
            "ETag": known["ETag"],
            "Metadata": {},
            **SSE_S3,
        } == as_recorded(s3_client.head_object(Bucket=bucket, Key="source"))
        asked = {"Bucket": bucket, "Key": "source", "ObjectAttributes": ["StorageClass"]}
        told = {"status": 200, "StorageClass": "STANDARD"}
        assert told == as_recorded(s3_client.get_object_attributes(**asked))
        answer = copy(bucket, "source", StorageClass="STANDARD")
        assert {"status": 200, "CopyObjectResult": known, **SSE_S3} == as_recorded(answer)
        assert told == as_recorded(s3_client.get_object_attributes(**asked))

    # recorded: TestS3::test_s3_copy_object_storage_class
    def test_losing_the_storage_class_is_not_enough(self, s3_client, bucket, copy, refused):
        s3_client.put_object(Bucket=bucket, Key="source", StorageClass="STANDARD_IA")
        with refused("InvalidRequest", 400, ILLEGAL):
            copy(bucket, "source")

    def test_an_encryption_the_bucket_was_given_is_enough(self, s3_client, place, copy):
        rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        s3_client.put_bucket_encryption(Bucket=place, ServerSideEncryptionConfiguration=rules)
        assert 200 == copy(place, "source")["ResponseMetadata"]["HTTPStatusCode"]

    def test_a_former_version_becomes_current_again(self, s3, s3_client, enabled, copy):
        first = s3_client.put_object(Bucket=enabled, Key="source", Body=b"1")["VersionId"]
        s3_client.put_object(Bucket=enabled, Key="source", Body=b"2")
        copy(enabled, "source", CopySource=f"{enabled}/source?versionId={first}")
        assert (b"1", 3) == (s3[enabled]["source"].body, len(s3[enabled]["source"].versions))

    def test_the_date_changes(self, s3, s3_client, bucket, copy):
        s3.clock.freeze("2026-01-01T00:00:00Z")
        s3_client.put_object(Bucket=bucket, Key="source")
        s3.clock.advance(hours=1)
        copy(bucket, "source", MetadataDirective="REPLACE")
        assert 1 == s3[bucket]["source"].last_modified.hour


class TestSource:
    """The header x-amz-copy-source names a bucket, a key and perhaps a version."""

    # recorded: TestS3::test_s3_copy_object_wrong_format
    @pytest.mark.parametrize("header", ["test", "bucket/", "/", "/bucket"])
    def test_without_a_key(self, bucket, ask, header):
        answer = ask("PUT", f"/{bucket}/k", {"x-amz-copy-source": header}).refusal
        members = {"ArgumentName": "x-amz-copy-source", "ArgumentValue": "x-amz-copy-source"}
        assert (400, "InvalidArgument", "Invalid copy source object key", members) == answer

    @pytest.mark.parametrize("key", ["a b", "a+b", "ä/ö", "100%", "q?versionId=x", "//"])
    def test_any_key(self, s3, s3_client, bucket, key):
        s3_client.put_object(Bucket=bucket, Key=key, Body=b"x")
        s3_client.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
        assert b"x" == s3[bucket]["copy"].body

    def test_missing(self, s3_client, bucket, refused):
        with refused("NoSuchKey", 404, Key="nothing"):
            s3_client.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/nothing")
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            s3_client.copy_object(Bucket=bucket, Key="copy", CopySource="nowhere/k")

    def test_delete_marker(self, s3_client, enabled, refused):
        marker = s3_client.delete_object(Bucket=enabled, Key="k")["VersionId"]
        with refused("NoSuchKey", 404, Key="k"):
            s3_client.copy_object(Bucket=enabled, Key="copy", CopySource=f"{enabled}/k")
        message = "The source of a copy request may not specifically refer to a delete marker by version id."
        with refused("InvalidRequest", 400, message):
            s3_client.copy_object(Bucket=enabled, Key="copy", CopySource=f"{enabled}/k?versionId={marker}")


class TestSourcesAsS3TakesThem:
    """A source may be a URL; its escapes and its bucket's name must be possible ones."""

    @pytest.mark.parametrize("start", ["https://s3.us-east-1.amazonaws.com/", "http://localhost:9000/", "/", ""])
    def test_with_or_without_a_host(self, ask, s3, s3_client, source, start):
        s3_client.put_object(Bucket=source, Key="a b", Body=b"1")
        answer = ask("PUT", f"/{source}/copy", {"x-amz-copy-source": f"{start}{source}/a%20b"})
        assert (200, 1) == (answer.status, s3[source]["copy"].size)

    @pytest.mark.parametrize("end", ["%", "%2", "%zz", "a%2gb", "%ff"])
    def test_broken_escapes(self, ask, source, end):
        answer = ask("PUT", f"/{source}/copy", {"x-amz-copy-source": f"{source}/{end}"}).refusal
        assert (400, "InvalidArgument", "Invalid copy source encoding") == answer[:3]

    @pytest.mark.parametrize("name", ["B", "ab", "a_b!", "a b"])
    def test_impossible_bucket_names(self, ask, source, name):
        header = f"{name}/key"
        answer = ask("PUT", f"/{source}/copy", {"x-amz-copy-source": header}).refusal
        argument = {"ArgumentName": "x-amz-copy-source", "ArgumentValue": header}
        assert (400, "InvalidArgument", "Invalid copy source bucket name", argument) == answer

    # observed: verified on S3 by moto's tests of copies in place
    def test_the_current_version_by_its_id(self, enabled, s3_client):
        version = s3_client.put_object(Bucket=enabled, Key="k", Body=b"1")["VersionId"]
        named = {"Bucket": enabled, "Key": "k", "VersionId": version}
        copy = s3_client.copy_object(Bucket=enabled, Key="k", CopySource=named)
        assert version == copy["CopySourceVersionId"] != copy["VersionId"]

    def test_without_versioning_an_id_changes_nothing(self, bucket, s3_client, refused):
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"1")
        with refused("InvalidRequest", 400, ILLEGAL):
            s3_client.copy_object(
                Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k", "VersionId": "null"}
            )
