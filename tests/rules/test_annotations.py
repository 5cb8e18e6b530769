"""Annotations of objects. S3: userguide/annotations-overview.html, API/API_PutObjectAnnotation.html"""

from __future__ import annotations

from datetime import timedelta
from hashlib import md5
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from .conftest import Refused

KEY = "alias/mine"
TEXT = b'{"mood": "good"}'


def put(client: Any, bucket: str, name: str = "ml.mood", text: bytes = TEXT, **more: Any) -> Any:
    return client.put_object_annotation(Bucket=bucket, Key="k", AnnotationName=name, AnnotationPayload=text, **more)


def get(client: Any, bucket: str, name: str = "ml.mood", **more: Any) -> Any:
    return client.get_object_annotation(Bucket=bucket, Key="k", AnnotationName=name, **more)


def delete(client: Any, bucket: str, name: str = "ml.mood", **more: Any) -> Any:
    return client.delete_object_annotation(Bucket=bucket, Key="k", AnnotationName=name, **more)


def names(client: Any, bucket: str, key: str = "k", **more: Any) -> list[str]:
    answer = client.list_object_annotations(Bucket=bucket, Key=key, **more)
    return [each["AnnotationName"] for each in answer.get("Annotations", [])]


@pytest.fixture
def kept(s3_client, bucket) -> str:
    """A bucket with the object "k"."""
    s3_client.put_object(Bucket=bucket, Key="k", Body=b"body")
    return bucket


class TestPut:
    """A named text of 1 byte to 1 MiB, beside the object."""

    def test_it_is_read_back(self, s3_client, kept):
        answer = put(s3_client, kept)
        assert ("k", "ml.mood", "AES256") == tuple(
            answer[name] for name in ("Key", "AnnotationName", "ServerSideEncryption")
        )
        found = get(s3_client, kept, ChecksumMode="ENABLED")
        assert (TEXT, len(TEXT)) == (found["AnnotationPayload"].read(), found["ContentLength"])
        assert f'"{md5(TEXT).hexdigest()}"' == answer["ETag"] == found["ETag"]
        sent = next(name for name in answer if name.startswith("ChecksumC") or name.startswith("ChecksumS"))
        assert answer[sent] == found[sent]
        assert "FULL_OBJECT" == found["ChecksumType"]

    def test_the_object_stays_as_it_is(self, s3_client, kept):
        before = s3_client.head_object(Bucket=kept, Key="k")
        put(s3_client, kept)
        after = s3_client.head_object(Bucket=kept, Key="k")
        assert [before[name] for name in ("ETag", "LastModified")] == [after[name] for name in ("ETag", "LastModified")]

    def test_one_of_the_same_name_is_replaced(self, s3_client, kept):
        put(s3_client, kept)
        put(s3_client, kept, text=b"other")
        assert b"other" == get(s3_client, kept)["AnnotationPayload"].read()
        assert ["ml.mood"] == names(s3_client, kept)

    @pytest.mark.parametrize("name", ["a b", "aws.mine", "S3", "a/b", ""])
    def test_names_it_cannot_have(self, s3_client, kept, refused: Refused, ask, name):
        if name:
            with refused("InvalidAnnotationName", 400):
                put(s3_client, kept, name)
        else:
            answer = ask("PUT", f"/{kept}/k?annotation&annotationName=", body=b"x")
            assert (400, "InvalidAnnotationName") == (answer.status, answer.code)

    def test_a_name_may_have_letters_of_any_script(self, s3_client, kept):
        put(s3_client, kept, "stimmung.äöü_感-1")
        assert ["stimmung.äöü_感-1"] == names(s3_client, kept)

    def test_a_long_name(self, s3_client, kept, refused: Refused):
        put(s3_client, kept, "n" * 512)
        with refused("AnnotationNameTooLong", 400):
            put(s3_client, kept, "é" * 257)

    def test_it_is_text_in_utf_8(self, s3_client, kept, refused: Refused):
        with refused("UnsupportedMediaType", 415):
            put(s3_client, kept, text=b"\xff\xfe")

    def test_it_is_neither_empty_nor_large(self, s3_client, kept, refused: Refused):
        with refused("InvalidRequest", 400, "The annotation payload must be between 1 byte and 1 MiB in size."):
            put(s3_client, kept, text=b"")
        put(s3_client, kept, text=b"x" * 1024**2)
        with refused("EntityTooLarge", 400, ProposedSize="1048577", MaxSizeAllowed="1048576"):
            put(s3_client, kept, text=b"x" * (1024**2 + 1))

    def test_only_if_the_object_is_the_one_expected(self, s3_client, kept, refused: Refused):
        etag = s3_client.head_object(Bucket=kept, Key="k")["ETag"]
        put(s3_client, kept, ObjectIfMatch=etag)
        with refused("PreconditionFailed", 412, Condition="x-amz-object-if-match"):
            put(s3_client, kept, ObjectIfMatch='"other"')
        with refused("PreconditionFailed", 412, Condition="x-amz-object-if-match"):
            delete(s3_client, kept, ObjectIfMatch='"other"')

    def test_its_digests_are_checked(self, s3_client, kept, refused: Refused):
        with refused("BadDigest", 400, "The SHA1 you specified did not match the calculated checksum."):
            put(s3_client, kept, ChecksumSHA1="2jmj7l5rSw0yVb/vlWAYkK/YBwk=")

    def test_no_object_no_annotation(self, s3_client, bucket, refused: Refused):
        with refused("NoSuchKey", 404, Key="k"):
            put(s3_client, bucket)

    def test_it_is_encrypted_as_its_object(self, s3_client, bucket):
        s3_client.put_object(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=KEY)
        answer = put(s3_client, bucket)
        assert "aws:kms" == answer["ServerSideEncryption"]
        assert f'"{md5(TEXT).hexdigest()}"' != answer["ETag"]

    def test_not_with_a_customer_s_key(self, s3: FakeS3, s3_client, refused: Refused):
        s3.create_bucket("keyed")
        s3_client.put_bucket_encryption(
            Bucket="keyed",
            ServerSideEncryptionConfiguration={"Rules": [{"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]},
        )
        customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "x" * 32}
        s3_client.put_object(Bucket="keyed", Key="k", **customer)
        text = "Annotations are not supported for objects encrypted with SSE-C."
        with refused("InvalidRequest", 400, text):
            put(s3_client, "keyed")
        s3_client.put_object(Bucket="keyed", Key="plain")
        s3_client.put_object_annotation(Bucket="keyed", Key="plain", AnnotationName="a", AnnotationPayload=b"1")
        with refused("InvalidRequest", 400, text):
            s3_client.copy_object(Bucket="keyed", Key="copy", CopySource="keyed/plain", **customer)


class TestGet:
    """An annotation by its name."""

    def test_one_that_is_not_there(self, s3_client, kept, refused: Refused):
        with refused("NoSuchAnnotation", 404, AnnotationName="ml.mood"):
            get(s3_client, kept)

    def test_its_date_is_its_own(self, s3: FakeS3, s3_client, kept):
        s3.clock.advance(hours=1)
        put(s3_client, kept)
        written = s3_client.head_object(Bucket=kept, Key="k")["LastModified"]
        assert written + timedelta(hours=1) <= get(s3_client, kept)["LastModified"]


class TestList:
    """The names, sizes and dates, page by page."""

    def test_by_name_with_what_they_are(self, s3_client, kept):
        put(s3_client, kept, "b")
        put(s3_client, kept, "a", b"12")
        answer = s3_client.list_object_annotations(Bucket=kept, Key="k")
        assert ["a", "b"] == [each["AnnotationName"] for each in answer["Annotations"]]
        first = answer["Annotations"][0]
        assert (2, f'"{md5(b"12").hexdigest()}"') == (first["Size"], first["ETag"])
        assert (kept, "k", 2, 1000) == tuple(
            answer[name] for name in ("Bucket", "Key", "AnnotationCount", "MaxAnnotationResults")
        )
        assert 1 == len(first["ChecksumAlgorithm"])

    def test_those_with_a_prefix(self, s3_client, kept):
        for name in ("ml.a", "ml.b", "other"):
            put(s3_client, kept, name)
        answer = s3_client.list_object_annotations(Bucket=kept, Key="k", AnnotationPrefix="ml.")
        assert ("ml.", 2) == (answer["AnnotationPrefix"], answer["AnnotationCount"])

    def test_in_pages(self, s3_client, kept):
        for name in ("a", "b", "c"):
            put(s3_client, kept, name)
        first = s3_client.list_object_annotations(Bucket=kept, Key="k", MaxAnnotationResults=2)
        token = first["NextContinuationToken"]
        second = s3_client.list_object_annotations(Bucket=kept, Key="k", ContinuationToken=token)
        assert (token, ["c"]) == (
            second["ContinuationToken"],
            [each["AnnotationName"] for each in second["Annotations"]],
        )
        assert "NextContinuationToken" not in second

    def test_what_it_refuses(self, s3_client, kept, refused: Refused):
        with refused("InvalidPrefix", 400, "The annotation prefix you provided is invalid."):
            names(s3_client, kept, AnnotationPrefix="a b")
        text = "Argument max-annotation-results must be an integer between 1 and 1000"
        with refused("InvalidArgument", 400, text, ArgumentName="max-annotation-results", ArgumentValue="1001"):
            names(s3_client, kept, MaxAnnotationResults=1001)


class TestDelete:
    """It is gone for good."""

    def test_it_is_gone(self, s3_client, kept):
        put(s3_client, kept)
        put(s3_client, kept, "other")
        assert 204 == delete(s3_client, kept)["ResponseMetadata"]["HTTPStatusCode"]
        assert ["other"] == names(s3_client, kept)
        delete(s3_client, kept)

    def test_with_its_object(self, s3_client, kept):
        put(s3_client, kept)
        s3_client.put_object(Bucket=kept, Key="k")
        assert [] == names(s3_client, kept)


class TestVersions:
    """They belong to a version."""

    def test_each_version_has_its_own(self, s3_client, enabled):
        first = s3_client.put_object(Bucket=enabled, Key="k")["VersionId"]
        second = s3_client.put_object(Bucket=enabled, Key="k")["VersionId"]
        assert first == put(s3_client, enabled, "old", VersionId=first)["ObjectVersionId"]
        assert second == put(s3_client, enabled, "new")["ObjectVersionId"]
        assert (["old"], ["new"]) == (names(s3_client, enabled, VersionId=first), names(s3_client, enabled))
        assert first == get(s3_client, enabled, "old", VersionId=first)["ObjectVersionId"]
        delete(s3_client, enabled, "old", VersionId=first)
        assert [] == names(s3_client, enabled, VersionId=first)

    def test_not_on_a_delete_marker(self, s3_client, enabled, refused: Refused):
        s3_client.delete_object(Bucket=enabled, Key="k")
        with refused("MethodNotAllowed", 405, Method="PUT", ResourceType="DeleteMarker"):
            put(s3_client, enabled)


class TestLocks:
    """A lock of the object protects its annotations."""

    @pytest.fixture
    def locked(self, s3: FakeS3, s3_client) -> str:
        s3.create_bucket("locked", object_lock=True)
        until = s3.clock.now() + timedelta(days=1)
        s3_client.put_object(Bucket="locked", Key="k", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
        put(s3_client, "locked")
        return "locked"

    def test_none_is_deleted_or_replaced(self, s3_client, locked, refused: Refused):
        text = "Access Denied because object protected by object lock."
        with refused("AccessDenied", 403, text):
            delete(s3_client, locked)
        with refused("AccessDenied", 403, text):
            put(s3_client, locked)
        put(s3_client, locked, "another")

    def test_governance_yields_to_the_header(self, locked, ask):
        bypass = {"x-amz-bypass-governance-retention": "true"}
        answer = ask("DELETE", f"/{locked}/k?annotation&annotationName=ml.mood", headers=bypass)
        assert 204 == answer.status

    def test_a_legal_hold_does_not(self, s3_client, locked, ask):
        s3_client.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "ON"})
        bypass = {"x-amz-bypass-governance-retention": "true"}
        answer = ask("DELETE", f"/{locked}/k?annotation&annotationName=ml.mood", headers=bypass)
        assert (403, "AccessDenied") == (answer.status, answer.code)


class TestRights:
    """Actions of their own, with others where a version is named."""

    @pytest.mark.parametrize(
        ("call", "action"),
        [
            (put, "PutObject"),
            (get, "GetObject"),
            (delete, "DeleteObject"),
            (lambda client, bucket, **more: names(client, bucket, **more), "ListObject"),
        ],
    )
    @pytest.mark.parametrize("of_version", [False, True])
    def test_each_needs_its_own(self, s3: FakeS3, s3_client, enabled, call, action, of_version):
        version = s3_client.put_object(Bucket=enabled, Key="k")["VersionId"]
        put(s3_client, enabled)
        where = {"VersionId": version} if of_version else {}
        noun = "Version" * of_version + ("Annotations" if action == "ListObject" else "Annotation")
        allow = {"Effect": "Allow", "Action": f"s3:{action}{noun}", "Resource": "*"}
        call(s3.user("may", policy={"Statement": allow}).client(), enabled, **where)
        others = {"Effect": "Allow", "NotAction": f"s3:{action}{noun}", "Resource": "*"}
        with pytest.raises(ClientError, match="AccessDenied"):
            call(s3.user("may-not", policy={"Statement": others}).client(), enabled, **where)

    def test_conditions(self, s3: FakeS3, kept):
        condition = {
            "StringEquals": {"s3:annotation-prefix": "ml."},
            "NumericLessThan": {"s3:max-annotation-results": "9"},
        }
        allow = {"Effect": "Allow", "Action": "s3:ListObjectAnnotations", "Resource": "*", "Condition": condition}
        client = s3.user("may", policy={"Statement": allow}).client()
        assert [] == names(client, kept, AnnotationPrefix="ml.", MaxAnnotationResults=5)
        with pytest.raises(ClientError, match="AccessDenied"):
            names(client, kept, AnnotationPrefix="ml.", MaxAnnotationResults=10)


class TestCopies:
    """A copy has the annotations of its source, unless they are excluded."""

    def test_copied_or_excluded(self, s3_client, kept, refused: Refused):
        put(s3_client, kept)
        s3_client.copy_object(Bucket=kept, Key="copy", CopySource=f"{kept}/k")
        assert ["ml.mood"] == names(s3_client, kept, "copy")
        s3_client.copy_object(Bucket=kept, Key="copy", CopySource=f"{kept}/k", AnnotationDirective="EXCLUDE")
        assert [] == names(s3_client, kept, "copy")
        text, header = "Unknown object-annotation directive.", "x-amz-object-annotation-directive"
        with refused("InvalidArgument", 400, text, ArgumentName=header, ArgumentValue="REPLACE"):
            s3_client.copy_object(Bucket=kept, Key="copy", CopySource=f"{kept}/k", AnnotationDirective="REPLACE")

    def test_not_into_directory_buckets(self, s3: FakeS3, s3_client, kept):
        """S3: API/API_CopyObject.html"""
        s3.create_bucket("notes--use1-az4--x-s3")
        wanted = {"Bucket": "notes--use1-az4--x-s3", "Key": "copy", "CopySource": f"{kept}/k"}
        s3_client.copy_object(**wanted)
        with pytest.raises(ClientError, match="NotImplemented"):
            s3_client.copy_object(**wanted, AnnotationDirective="COPY")
        put(s3_client, kept)
        with pytest.raises(ClientError, match="NotImplemented"):
            s3_client.copy_object(**wanted)
        s3_client.copy_object(**wanted, AnnotationDirective="EXCLUDE")

    @pytest.mark.parametrize("lacks", ["s3:GetObjectAnnotation", "s3:PutObjectAnnotation"])
    def test_that_needs_rights(self, s3: FakeS3, s3_client, kept, lacks):
        put(s3_client, kept)
        all_but = {"Effect": "Allow", "NotAction": lacks, "Resource": "*"}
        client = s3.user("ada", policy={"Statement": all_but}).client()
        client.copy_object(Bucket=kept, Key="copy", CopySource=f"{kept}/k", AnnotationDirective="EXCLUDE")
        with pytest.raises(ClientError, match="AccessDenied"):
            client.copy_object(Bucket=kept, Key="copy", CopySource=f"{kept}/k")


class TestEvents:
    """A put and a delete are told, and a copy says whether it has any."""

    def test_of_annotations(self, s3: FakeS3, s3_client, kept):
        queue = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectAnnotation:*"]}
        s3_client.put_bucket_notification_configuration(
            Bucket=kept, NotificationConfiguration={"QueueConfigurations": [queue]}, SkipDestinationValidation=True
        )
        put(s3_client, kept)
        delete(s3_client, kept)
        records = list(s3.events)
        assert ["ObjectAnnotation:Put", "ObjectAnnotation:Delete"] == [each["eventName"] for each in records]
        told = {"name": "ml.mood", "size": len(TEXT), "eTag": md5(TEXT).hexdigest()}
        assert [[told], [told]] == [each["s3"]["objectAnnotation"] for each in records]

    def test_of_copies(self, s3: FakeS3, s3_client, kept):
        queue = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectCreated:Copy"]}
        s3_client.put_bucket_notification_configuration(
            Bucket=kept, NotificationConfiguration={"QueueConfigurations": [queue]}, SkipDestinationValidation=True
        )
        put(s3_client, kept)
        s3_client.copy_object(Bucket=kept, Key="copy", CopySource=f"{kept}/k")
        (record,) = s3.events
        assert record["s3"]["object"]["hasObjectAnnotation"] is True
