"""Lints: what a test did to S3 that would go wrong with real data. What is right is not told of."""

from __future__ import annotations

import asyncio
from hashlib import md5

import httpx
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3
from fakes3.testing.lints import lint


@pytest.fixture
def s3() -> FakeS3:
    fake = FakeS3()
    fake.create_bucket("reports")
    return fake


@pytest.fixture
def client(s3):
    return s3.client()


@pytest.fixture
def findings(s3):
    """Returns what lints find since the test's set-up."""
    before = s3.snapshot().world
    return lambda: list(map(str, lint(list(s3.calls), before, s3.snapshot().world)))


class TestOpenUploads:
    def test_left_open(self, client, findings):
        client.create_multipart_upload(Bucket="reports", Key="may")
        assert [
            "open-upload: the multipart upload of 'may' to reports is left open, and its parts are paid for. "
            "Complete it, or abort it when something fails."
        ] == findings()

    def test_aborted(self, client, findings):
        id_ = client.create_multipart_upload(Bucket="reports", Key="may")["UploadId"]
        client.abort_multipart_upload(Bucket="reports", Key="may", UploadId=id_)
        assert [] == findings()

    def test_open_before(self, s3, client):
        client.create_multipart_upload(Bucket="reports", Key="may")
        world = s3.snapshot().world
        assert [] == lint([], world, world)


class TestTruncatedListings:
    @pytest.fixture(autouse=True)
    def full(self, s3):
        s3.create_bucket("full", objects={f"a/{number:04}": "" for number in range(1001)})

    @pytest.fixture
    def findings(self, s3, full):
        before = s3.snapshot().world
        return lambda: list(map(str, lint(list(s3.calls), before, s3.snapshot().world)))

    @pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2", "list_object_versions"])
    def test_one_page_only(self, client, findings, operation):
        getattr(client, operation)(Bucket="full", Prefix="a/")
        name = "".join(map(str.capitalize, operation.split("_")))
        assert [
            f"truncated-listing: {name} of full/a/ returned one page of several, and nobody asked for the next. "
            "Go on while IsTruncated is true, or use a paginator."
        ] == findings()

    @pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2", "list_object_versions"])
    def test_all_pages(self, client, findings, operation):
        assert 2 == len(list(client.get_paginator(operation).paginate(Bucket="full")))
        assert [] == findings()

    def test_another_list_is_no_next_page(self, client, findings):
        client.list_objects_v2(Bucket="full")
        client.list_objects_v2(Bucket="full", Prefix="a/", StartAfter="a/0999")
        assert 1 == len(findings())

    @pytest.mark.parametrize("how", [{"MaxKeys": 1}, {"Prefix": "a/00"}, {"StartAfter": "a/0000", "MaxKeys": 2}])
    def test_as_many_as_were_asked_for(self, client, findings, how):
        client.list_objects_v2(Bucket="full", **how)
        assert [] == findings()


class TestOverwriteRaces:
    def test_looked_whether_it_is_there(self, client, findings):
        with pytest.raises(ClientError):
            client.head_object(Bucket="reports", Key="may")
        client.put_object(Bucket="reports", Key="may", Body=b"")
        assert [
            "overwrite-race: HeadObject found no reports/may, and PutObject then wrote it without a condition: what "
            'another has put in between is lost. Give PutObject IfNoneMatch="*".'
        ] == findings()

    def test_looked_at_what_is_there(self, client, findings):
        client.put_object(Bucket="reports", Key="may", Body=b"")
        client.head_object(Bucket="reports", Key="may")
        client.put_object(Bucket="reports", Key="may", Body=b"")
        assert [
            "overwrite-race: HeadObject found reports/may, and PutObject then wrote it without a condition: what "
            "another has put in between is lost. Give PutObject IfMatch= with the ETag that it found."
        ] == findings()

    def test_with_a_condition(self, client, findings):
        with pytest.raises(ClientError):
            client.head_object(Bucket="reports", Key="may")
        etag = client.put_object(Bucket="reports", Key="may", Body=b"", IfNoneMatch="*")["ETag"]
        client.head_object(Bucket="reports", Key="may")
        client.put_object(Bucket="reports", Key="may", Body=b"", IfMatch=etag)
        assert [] == findings()

    def test_of_another_key_or_caller_or_later(self, s3, client, findings):
        other = s3.account().client()
        for key in ("a", "b", "c"):
            with pytest.raises(ClientError):
                client.head_object(Bucket="reports", Key=key)
        client.put_object(Bucket="reports", Key="d", Body=b"")
        client.get_object(Bucket="reports", Key="d")
        client.put_object(Bucket="reports", Key="d", Body=b"")
        rights = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        other = s3.user("other", policy={"Version": "2012-10-17", "Statement": rights}).client()
        other.put_object(Bucket="reports", Key="a", Body=b"")
        assert [] == findings()


class TestEtags:
    BODY = b"all is well"

    @pytest.fixture
    def multipart(self, client):
        id_ = client.create_multipart_upload(Bucket="reports", Key="may")["UploadId"]
        place = {"Bucket": "reports", "Key": "may", "UploadId": id_}
        etag = client.upload_part(**place, PartNumber=1, Body=self.BODY)["ETag"]
        client.complete_multipart_upload(**place, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})

    def test_taken_for_an_md5(self, s3, client, multipart, findings):
        with pytest.raises(ClientError):
            client.get_object(Bucket="reports", Key="may", IfMatch=md5(self.BODY).hexdigest())
        assert [
            "etag-as-md5: GetObject of reports/may has a condition on the MD5 of its bytes, but its ETag is "
            f"{s3['reports']['may'].etag}: that of a multipart upload, or of an object with a KMS key, is no MD5. "
            "Keep the ETag that S3 returned."
        ] == findings()

    def test_where_it_is_one(self, client, findings):
        client.put_object(Bucket="reports", Key="may", Body=self.BODY)
        client.get_object(Bucket="reports", Key="may", IfMatch=md5(self.BODY).hexdigest())
        client.get_object(Bucket="reports", Key="may")
        assert [] == findings()

    def test_of_other_bytes(self, client, multipart, findings):
        with pytest.raises(ClientError):
            client.get_object(Bucket="reports", Key="may", IfMatch="0" * 32)
        assert [] == findings()


class TestPresignedUrls:
    """A URL presigned with temporary credentials expires with them, whatever it says itself."""

    @pytest.fixture
    def role(self, s3):
        s3.client().put_object(Bucket="reports", Key="may", Body=b"")
        rights = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        return s3.role("app", policy={"Version": "2012-10-17", "Statement": rights}, lasts=3600)

    @pytest.mark.parametrize("version", ["s3v4", "s3"])
    @pytest.mark.parametrize(("seconds", "found"), [(3000, 0), (7200, 1)])
    def test_of_temporary_credentials(self, s3, role, findings, version, seconds, found):
        place = {"Bucket": "reports", "Key": "may"}
        signing = Config(signature_version=version)
        url = role.client(config=signing).generate_presigned_url("get_object", Params=place, ExpiresIn=seconds)
        with mock_s3(fake=s3):
            assert 200 == requests.get(url, timeout=5).status_code
        assert [
            "url-outlives-key: the presigned URL for GetObject of reports/may is to be valid for longer than the "
            "temporary credentials that signed it, with which it expires. Presign it with a shorter ExpiresIn, or with "
            "credentials that last."
        ] * found == findings()

    def test_of_credentials_that_last(self, s3, role, client, findings):
        place = {"Bucket": "reports", "Key": "may"}
        url = s3.client(config=Config(signature_version="s3v4")).generate_presigned_url("get_object", Params=place)
        with mock_s3(fake=s3):
            assert 200 == requests.get(url, timeout=5).status_code
        assert [] == findings()


class TestUnreadBodies:
    @pytest.fixture(autouse=True)
    def watched(self, s3):
        s3.create_bucket("read", objects={"may": "all is well", "empty": ""})
        s3.service.watches_bodies = True

    @pytest.fixture(params=[True, False], ids=["direct", "over HTTP"])
    def client(self, request, s3):
        with mock_s3(fake=s3, direct=request.param):
            yield s3.client()

    def test_neither_read_nor_closed(self, client, findings):
        client.get_object(Bucket="read", Key="may")
        assert [
            "unread-body: GetObject of read/may returned 11 bytes, and nobody has read or closed the body, so its "
            "connection can serve no other request. Read it, close it, or ask with HeadObject."
        ] == findings()

    @pytest.mark.parametrize(
        "use",
        [
            lambda body: body.read(),
            lambda body: body.read(1),
            lambda body: body.close(),
            lambda body: list(body.iter_lines()),
        ],
        ids=["read", "read in part", "closed", "iterated"],
    )
    def test_used(self, client, findings, use):
        use(client.get_object(Bucket="read", Key="may")["Body"])
        assert [] == findings()

    def test_nothing_to_read(self, client, findings):
        client.get_object(Bucket="read", Key="empty")
        client.head_object(Bucket="read", Key="may")
        with pytest.raises(ClientError):
            client.get_object(Bucket="read", Key="none")
        assert [] == findings()

    def test_a_body_that_a_fault_has_broken(self, s3, client, findings):
        s3.faults.add(truncate=2, on="GetObject")
        with pytest.raises(Exception, match="2 read, but total bytes expected is 11"):
            client.get_object(Bucket="read", Key="may")["Body"].read()
        assert [] == findings()

    def test_a_stream_of_httpx_is_closed(self, s3, findings):
        url = s3.client().generate_presigned_url("get_object", Params={"Bucket": "read", "Key": "may"})
        with mock_s3(fake=s3):
            with httpx.stream("GET", url):
                pass
            assert [] == findings()
            assert b"all is well" == httpx.get(url).content

    async def _stream(self, url):
        async with httpx.AsyncClient() as client, client.stream("GET", url):
            pass

    def test_a_stream_of_httpx_is_closed_in_a_coroutine(self, s3, findings):
        url = s3.client().generate_presigned_url("get_object", Params={"Bucket": "read", "Key": "may"})
        with mock_s3(fake=s3):
            asyncio.run(self._stream(url))
        assert [] == findings()

    def test_looking_at_the_calls_reads_nothing(self, s3, client, findings):
        client.get_object(Bucket="read", Key="may")
        assert "<Rope of 11 bytes that are not here yet>" == repr(s3.calls[0].body)
        assert 1 == len(findings())
