"""Tags of objects. S3: userguide/object-tagging.html, API/API_PutObjectTagging.html"""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5
from typing import Any

import pytest

NO_QUERY = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
    "without tag name duplicates."
)
TOO_MANY = "Object tags cannot be greater than 10"


def tag_set(**tags: str) -> dict[str, Any]:
    """The body of PutObjectTagging."""
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}


def document(inside: str) -> dict[str, Any]:
    """The body and headers of a hand-made PutObjectTagging."""
    body = f"<Tagging>{inside}</Tagging>".encode()
    return {"headers": {"content-md5": b64encode(md5(body).digest()).decode()}, "body": body}


@pytest.fixture
def tags_of(s3_client) -> Any:
    """The tags of an object as GetObjectTagging lists them."""

    def ask(bucket: str, key: str = "k", **where: str) -> list[tuple[str, str]]:
        answer = s3_client.get_object_tagging(Bucket=bucket, Key=key, **where)
        return [(tag["Key"], tag["Value"]) for tag in answer["TagSet"]]

    return ask


class TestWritingWithTags:
    """A put may bring tags in the header x-amz-tagging."""

    # recorded: TestS3BucketObjectTagging::test_put_object_with_tags
    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            ("tag1=tag1&tag2=tag2&tag", [("tag", ""), ("tag1", "tag1"), ("tag2", "tag2")]),
            ("wrongquery&wrongagain", [("wrongagain", ""), ("wrongquery", "")]),
            ("key1&&&key2", [("key1", ""), ("key2", "")]),
            ("&", []),
        ],
    )
    def test_they_are_read_back_by_key(self, s3_client, bucket, tags_of, header, expected):
        s3_client.put_object(Bucket=bucket, Key="k", Tagging=header)
        assert expected == tags_of(bucket)

    def test_overwriting_keeps_none(self, s3_client, bucket, tags_of):
        s3_client.put_object(Bucket=bucket, Key="k", Tagging="a=1")
        s3_client.put_object(Bucket=bucket, Key="k")
        assert [] == tags_of(bucket)

    def test_so_may_a_multipart_upload(self, s3_client, bucket, tags_of):
        upload = s3_client.create_multipart_upload(Bucket=bucket, Key="k", Tagging="b=2&a=1")["UploadId"]
        part = s3_client.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3_client.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload=parts)
        assert [("a", "1"), ("b", "2")] == tags_of(bucket)

    @pytest.mark.parametrize("header", ["k=v&k=v", "=", "a=%"])
    def test_a_header_that_is_no_query(self, s3_client, bucket, refused, header):
        argument = {"ArgumentName": "x-amz-tagging", "ArgumentValue": header}
        with refused("InvalidArgument", 400, NO_QUERY, **argument):
            s3_client.put_object(Bucket=bucket, Key="k", Tagging=header)

    def test_too_many(self, s3_client, bucket, refused):
        with refused("BadRequest", 400, TOO_MANY):
            s3_client.put_object(Bucket=bucket, Key="k", Tagging="&".join(f"k{number}" for number in range(11)))

    def test_illegal_characters(self, s3_client, bucket, refused):
        with refused("InvalidTag", 400, "The TagKey you have provided is invalid", TagKey="a,b"):
            s3_client.put_object(Bucket=bucket, Key="k", Tagging="a%2Cb=1")


class TestPutObjectTagging:
    """PutObjectTagging replaces all tags of an object, and makes no new version."""

    # recorded: TestS3::test_put_object_tagging_empty_list
    def test_replaces(self, s3_client, bucket, tags_of):
        s3_client.put_object(Bucket=bucket, Key="k")
        assert [] == tags_of(bucket)
        s3_client.put_object_tagging(Bucket=bucket, Key="k", Tagging=tag_set(tag1="tag1", tag2=""))
        assert [("tag1", "tag1"), ("tag2", "")] == tags_of(bucket)
        s3_client.put_object_tagging(Bucket=bucket, Key="k", Tagging=tag_set(tag3="tag3"))
        assert [("tag3", "tag3")] == tags_of(bucket)
        s3_client.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": []})
        assert [] == tags_of(bucket)

    def test_touches_nothing_else(self, s3, s3_client, any_bucket):
        s3_client.put_object(Bucket=any_bucket, Key="k", Body=b"x", Metadata={"a": "b"})
        before = s3[any_bucket]["k"]
        s3.clock.advance(days=1)
        s3_client.put_object_tagging(Bucket=any_bucket, Key="k", Tagging=tag_set(a="1"))
        after = s3[any_bucket]["k"]
        kept = ("version_id", "etag", "last_modified", "body", "metadata")
        assert [getattr(before, each) for each in kept] == [getattr(after, each) for each in kept]
        assert (1, {"a": "1"}) == (len(after.versions), after.tags)

    def test_shows_no_version_id_where_versioning_never_was(self, s3_client, bucket):
        s3_client.put_object(Bucket=bucket, Key="k")
        answer = s3_client.put_object_tagging(Bucket=bucket, Key="k", Tagging=tag_set(a="1"))
        assert (200, False) == (answer["ResponseMetadata"]["HTTPStatusCode"], "VersionId" in answer)

    # recorded: TestS3BucketObjectTagging::test_tagging_validation
    @pytest.mark.parametrize(
        ("tags", "message", "members"),
        [
            ([("Key1", "a"), ("Key1", "b")], "Cannot provide multiple Tags with the same key", {"TagKey": "Key1"}),
            ([("Key1,Key2", "a")], "The TagKey you have provided is invalid", {"TagKey": "Key1,Key2"}),
            ([("", "a")], "The TagKey you have provided is invalid", {"TagKey": ""}),
            (
                [("Key1", "Val1,Val2")],
                "The TagValue you have provided is invalid",
                {"TagKey": "Key1", "TagValue": "Val1,Val2"},
            ),
            ([("aws:prefixed", "a")], "Your TagKey cannot be prefixed with aws:", {"TagKey": "aws:prefixed"}),
        ],
    )
    def test_refused_tags(self, s3_client, bucket, ask, tags, message, members):
        s3_client.put_object(Bucket=bucket, Key="k")
        inside = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in tags)
        answer = ask("PUT", f"/{bucket}/k?tagging", **document(f"<TagSet>{inside}</TagSet>"))
        assert (400, "InvalidTag", message, members) == answer.refusal

    def test_too_many(self, s3_client, bucket, refused):
        s3_client.put_object(Bucket=bucket, Key="k")
        with refused("BadRequest", 400, TOO_MANY):
            s3_client.put_object_tagging(
                Bucket=bucket, Key="k", Tagging=tag_set(**{f"k{number}": "" for number in range(11)})
            )

    # recorded: TestS3BucketObjectTagging::test_tagging_validation
    @pytest.mark.parametrize(
        "inside",
        [
            "<TagSet><Tag><Value>v</Value></Tag></TagSet>",
            "<TagSet><Tag><Key>k</Key></Tag></TagSet>",
            "<TagSet><Tag><Key>k</Key><Value>v</Value><Other/></Tag></TagSet>",
        ],
    )
    def test_malformed(self, s3_client, bucket, ask, inside):
        s3_client.put_object(Bucket=bucket, Key="k")
        assert (400, "MalformedXML") == ask("PUT", f"/{bucket}/k?tagging", **document(inside)).refusal[:2]

    @pytest.mark.parametrize("inside", ["", "<TagSet/>"])
    def test_a_document_without_tags_removes_all(self, s3_client, bucket, ask, inside):
        s3_client.put_object(Bucket=bucket, Key="k", Tagging="a=1")
        assert 200 == ask("PUT", f"/{bucket}/k?tagging", **document(inside)).status
        assert [] == s3_client.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]

    def test_missing_object(self, s3_client, bucket, refused):
        with refused("NoSuchKey", 404, Key="k"):
            s3_client.put_object_tagging(Bucket=bucket, Key="k", Tagging=tag_set(a="1"))

    def test_missing_bucket(self, s3_client, refused):
        with refused("NoSuchBucket", 404, BucketName="nowhere"):
            s3_client.put_object_tagging(Bucket="nowhere", Key="k", Tagging=tag_set(a="1"))


class TestVersions:
    """Tags belong to a version."""

    @pytest.fixture
    def two(self, s3_client, enabled: str) -> tuple[str, str]:
        """The ids of two versions of the key "k"."""
        first = s3_client.put_object(Bucket=enabled, Key="k", Tagging="n=1")["VersionId"]
        return first, s3_client.put_object(Bucket=enabled, Key="k", Tagging="n=2")["VersionId"]

    # recorded: TestS3::test_s3_copy_tagging_directive_versioned[COPY]
    def test_each_has_its_own(self, s3_client, enabled, two, tags_of):
        assert [("n", "2")] == tags_of(enabled)
        assert [("n", "1")] == tags_of(enabled, VersionId=two[0])
        assert two[1] == s3_client.get_object_tagging(Bucket=enabled, Key="k")["VersionId"]

    def test_are_set_apart(self, s3_client, enabled, two, tags_of):
        answer = s3_client.put_object_tagging(Bucket=enabled, Key="k", VersionId=two[0], Tagging=tag_set(n="old"))
        assert two[0] == answer["VersionId"]
        assert [("n", "2")] == tags_of(enabled)
        assert [("n", "old")] == tags_of(enabled, VersionId=two[0])

    def test_are_deleted_apart(self, s3_client, enabled, two, tags_of):
        answer = s3_client.delete_object_tagging(Bucket=enabled, Key="k", VersionId=two[0])
        assert (204, two[0]) == (answer["ResponseMetadata"]["HTTPStatusCode"], answer["VersionId"])
        assert ([("n", "2")], []) == (tags_of(enabled), tags_of(enabled, VersionId=two[0]))

    def test_of_the_null_version(self, s3_client, suspended, tags_of):
        s3_client.put_object(Bucket=suspended, Key="k", Tagging="a=1")
        answer = s3_client.put_object_tagging(Bucket=suspended, Key="k", VersionId="null", Tagging=tag_set(b="2"))
        assert "null" == answer["VersionId"]
        assert [("b", "2")] == tags_of(suspended)

    @pytest.mark.parametrize("operation", ["get_object_tagging", "delete_object_tagging", "put_object_tagging"])
    def test_a_delete_marker_has_none(self, s3_client, enabled, two, refused, operation):
        marker = s3_client.delete_object(Bucket=enabled, Key="k")["VersionId"]
        more = {"Tagging": tag_set(a="1")} if operation.startswith("put") else {}
        method = operation.partition("_")[0].upper()
        for where in ({}, {"VersionId": marker}):
            with refused(
                "MethodNotAllowed",
                405,
                headers={"x-amz-delete-marker": "true", "x-amz-version-id": marker, "allow": "DELETE"},
                Method=method,
                ResourceType="DeleteMarker",
            ):
                getattr(s3_client, operation)(Bucket=enabled, Key="k", **where, **more)

    def test_missing_version(self, s3_client, enabled, two, refused):
        s3_client.delete_object(Bucket=enabled, Key="k", VersionId=two[0])
        with refused("NoSuchVersion", 404, Key="k", VersionId=two[0]):
            s3_client.get_object_tagging(Bucket=enabled, Key="k", VersionId=two[0])


class TestGetObjectTagging:
    """GetObjectTagging answers the tags of an object."""

    def test_names_the_bucket_of_a_missing_key(self, s3_client, bucket, refused):
        with refused("NoSuchKey", 404, Key="never/a/b"):
            s3_client.get_object_tagging(Bucket=bucket, Key="a/b")

    def test_document(self, s3_client, bucket, ask):
        s3_client.put_object(Bucket=bucket, Key="k", Tagging="b=2&a")
        expected = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>'
            "<Tag><Key>a</Key><Value></Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag></TagSet></Tagging>"
        )
        assert expected == ask("GET", f"/{bucket}/k?tagging").text


class TestDeleteObjectTagging:
    """DeleteObjectTagging takes all tags, and succeeds where there are none."""

    def test_takes_all(self, s3_client, bucket, tags_of):
        s3_client.put_object(Bucket=bucket, Key="k", Tagging="a=1&b=2")
        for _ in range(2):
            answer = s3_client.delete_object_tagging(Bucket=bucket, Key="k")
            assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
            assert [] == tags_of(bucket)

    def test_missing_object(self, s3_client, bucket, refused):
        with refused("NoSuchKey", 404, Key="k"):
            s3_client.delete_object_tagging(Bucket=bucket, Key="k")


class TestTagCount:
    """Reads tell how many tags an object has, if it has any."""

    # recorded: TestS3BucketObjectTagging::test_head_object_with_tags
    def test_follows_the_tags(self, s3_client, bucket):
        def count() -> tuple[object, object]:
            found = (s3_client.head_object(Bucket=bucket, Key="k"), s3_client.get_object(Bucket=bucket, Key="k"))
            return found[0].get("TagCount"), found[1].get("TagCount")

        s3_client.put_object(Bucket=bucket, Key="k", Tagging="a&b&c")
        assert (3, 3) == count()
        s3_client.put_object_tagging(Bucket=bucket, Key="k", Tagging=tag_set(d="1"))
        assert (1, 1) == count()
        s3_client.delete_object_tagging(Bucket=bucket, Key="k")
        assert (None, None) == count()
