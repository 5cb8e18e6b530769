"""The operations of objects, called without the wire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes3.model.errors import AccessDenied, MalformedXML, NoSuchKey
from fakes3.model.identity import Principal
from fakes3.operations.service import Service

STRANGER = Principal("210987654321")


class TestPut:
    """A put writes an object whole."""

    def test_members(self, perform, sent) -> None:
        assert {
            "ETag": '"5d41402abc4b2a76b9719d911017c592"',
            "ServerSideEncryption": "AES256",
            "ChecksumCRC64NVME": "M3eFcAZSQlc=",
            "ChecksumType": "FULL_OBJECT",
        } == perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"hello"))

    def test_what_is_kept(self, service: Service, perform, sent) -> None:
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"hello"), Metadata={"A": " b "}, ContentType="c/d")
        version = service.world.buckets["bucket"].versions.current["k"]
        assert ("null", b"hello", datetime(2026, 1, 1, tzinfo=UTC), "123456789012") == (
            version.id,
            bytes(version.body),
            version.last_modified,
            version.owner,
        )
        assert ((("a", "b"),), (("ContentType", "c/d"),)) == (
            version.attributes.metadata,
            version.attributes.headers,
        )

    def test_its_body_is_not_read_for_a_stranger(self, perform, sent) -> None:
        body = sent(b"hello")
        with pytest.raises(AccessDenied):
            perform("PutObject", Bucket="bucket", Key="k", Body=body, caller=STRANGER)
        assert 0 == body.times_read


class TestRead:
    """A read shares the object's bytes."""

    def test_members(self, perform, sent) -> None:
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"hello"))
        answer = perform("GetObject", Bucket="bucket", Key="k")
        assert b"hello" == bytes(answer.pop("Body"))
        assert answer == perform("HeadObject", Bucket="bucket", Key="k")
        assert {
            "AcceptRanges": "bytes",
            "LastModified": datetime(2026, 1, 1, tzinfo=UTC),
            "ContentLength": 5,
            "ETag": '"5d41402abc4b2a76b9719d911017c592"',
            "ServerSideEncryption": "AES256",
            "ContentType": "binary/octet-stream",
        } == answer

    def test_all_bytes_are_the_very_bytes_that_were_put(self, service: Service, perform, sent) -> None:
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"hello"))
        answer = perform("GetObject", Bucket="bucket", Key="k")
        assert service.world.buckets["bucket"].versions.current["k"].body is answer["Body"]

    def test_a_range(self, perform, sent) -> None:
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"hello"))
        answer = perform("GetObject", Bucket="bucket", Key="k", Range="bytes=1-3")
        assert (b"ell", 3, "bytes 1-3/5") == (bytes(answer["Body"]), answer["ContentLength"], answer["ContentRange"])


class TestDelete:
    """DeleteObjects is as many deletes, in one commit of all that succeed."""

    def test_members(self, perform, document) -> None:
        answer = perform("DeleteObjects", Bucket="bucket", Delete=document(Objects=[{"Key": "k"}]))
        assert {"Deleted": [{"Key": "k"}], "Errors": []} == answer

    def test_a_key_that_is_named_twice_is_gone_once(self, service: Service, perform, sent, document) -> None:
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"hello"))
        answer = perform("DeleteObjects", Bucket="bucket", Delete=document(Objects=[{"Key": "k"}, {"Key": "k"}]))
        assert [{"Key": "k"}, {"Key": "k"}] == answer["Deleted"]
        assert not service.world.buckets["bucket"].versions

    @pytest.mark.parametrize("objects", [[], [{"Key": "k"}] * 1001])
    def test_none_or_too_many(self, perform, document, objects: list[dict[str, str]]) -> None:
        with pytest.raises(MalformedXML):
            perform("DeleteObjects", Bucket="bucket", Delete=document(Objects=objects))

    def test_a_stranger_deletes_nothing(self, perform, sent) -> None:
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"hello"))
        with pytest.raises(AccessDenied):
            perform("DeleteObject", Bucket="bucket", Key="k", caller=STRANGER)
        perform("HeadObject", Bucket="bucket", Key="k")

    def test_gone_is_gone(self, perform, sent) -> None:
        perform("PutObject", Bucket="bucket", Key="k", Body=sent(b"hello"))
        assert {} == perform("DeleteObject", Bucket="bucket", Key="k")
        with pytest.raises(NoSuchKey):
            perform("HeadObject", Bucket="bucket", Key="k")
