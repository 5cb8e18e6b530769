"""What the doors of all libraries of HTTP do alike: presigned URLs and forms, other hosts, opening and closing."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
from typing import Any

import pytest
from botocore.config import Config

from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.model.identity import ACCESS_KEY_ID
from fakes3.testing.views import BucketView

from .http_libraries import LIBRARIES, Library

V4 = Config(signature_version="s3v4")  # signs no Content-Type, which some add by themselves
QUEUES = "https://sqs.us-east-1.amazonaws.com/"


@pytest.fixture(params=LIBRARIES, ids=lambda library: type(library).__name__)
def library(request: pytest.FixtureRequest) -> Library:
    found: Library = request.param
    return found


@pytest.fixture(autouse=True)
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that were looked up on the way out, which fails here."""
    hosts: list[str] = []

    def getaddrinfo(host: Any, *_: Any, **__: Any) -> Any:
        hosts.append(host.decode() if isinstance(host, bytes) else host)
        raise socket.gaierror(socket.EAI_NONAME, f"no way to {host}")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return hosts


@pytest.fixture
def bucket(s3: FakeS3) -> BucketView:
    return s3.create_bucket("bucket", objects={"hello.txt": "hello"})


def url_of(s3: FakeS3, operation: str = "get_object", key: str = "hello.txt", **options: Any) -> str:
    client = s3.client(config=V4, **options)
    return str(client.generate_presigned_url(operation, Params={"Bucket": "bucket", "Key": key}))


class TestPresigned:
    """What S3 lets a presigned URL do, every library does."""

    def test_get(self, library, s3, bucket):
        answer = library.send("GET", url_of(s3))
        assert (200, b"hello") == (answer.status, answer.body)
        assert ('"5d41402abc4b2a76b9719d911017c592"', "5") == (answer.headers["ETag"], answer.headers["Content-Length"])

    def test_head(self, library, s3, bucket):
        answer = library.send("HEAD", url_of(s3, "head_object"))
        assert (200, "5", b"") == (answer.status, answer.headers["Content-Length"], answer.body)

    @pytest.mark.parametrize("body", [b"", b"new"])
    def test_put(self, library, s3, bucket, body):
        assert 200 == library.send("PUT", url_of(s3, "put_object", "new"), body).status
        assert body == bucket["new"].body

    def test_delete(self, library, s3, bucket):
        assert 204 == library.send("DELETE", url_of(s3, "delete_object")).status
        assert [] == list(bucket)

    def test_a_form(self, library, s3, bucket):
        form = s3.client().generate_presigned_post("bucket", "new")
        assert 204 == library.post_form(form["url"], form["fields"], b"new")
        assert b"new" == bucket["new"].body

    def test_a_range(self, library, s3, bucket):
        answer = library.send("GET", url_of(s3), Range="bytes=1-2")
        assert (206, b"el") == (answer.status, answer.body)

    def test_an_object_that_was_not_modified(self, library, s3, bucket):
        answer = library.send("GET", url_of(s3), If_None_Match=bucket["hello.txt"].etag)
        assert (304, b"") == (answer.status, answer.body)

    def test_a_refusal(self, library, s3, bucket):
        answer = library.send("GET", url_of(s3).replace("hello", "other"))
        assert (403, "application/xml") == (answer.status, answer.headers["Content-Type"])
        assert b"<Code>SignatureDoesNotMatch</Code>" in answer.body

    @pytest.mark.parametrize("key", ["a b", "a+b", "a%2Fb", "a//b", "Grüße /+%", "ends/"])
    def test_any_key(self, library, s3, bucket, key):
        assert 200 == library.send("PUT", url_of(s3, "put_object", key), b"odd").status
        assert b"odd" == bucket[key].body == library.send("GET", url_of(s3, key=key)).body


class TestOtherHosts:
    """What is not S3's goes where it would have gone."""

    def test_goes_out(self, library, s3, looked_up):
        with pytest.raises(library.no_connection):
            library.send("GET", "https://example.org/x")
        assert (["example.org"], []) == (looked_up[:1], list(s3.calls))

    @pytest.mark.parametrize("host", ["sqs.us-east-1.amazonaws.com", "sts.amazonaws.com"])
    def test_another_service_of_amazons_is_stopped(self, library, s3, looked_up, host):
        with pytest.raises(UnmockedRequest) as caught:
            library.send("GET", f"https://{host}/")
        assert str(caught.value).endswith(f'To let it out, pass mock_s3(passthrough=["{host}"]).')
        assert [] == looked_up

    def test_passthrough_lets_it_out(self, library, looked_up):
        with mock_s3(passthrough=["sqs.us-east-1.amazonaws.com", "minio:9000"]) as s3:
            s3.create_bucket("bucket")
            for url in (QUEUES, url_of(s3, endpoint_url="http://minio:9000")):
                with pytest.raises(library.no_connection):
                    library.send("GET", url)
        assert {"sqs.us-east-1.amazonaws.com", "minio"} == set(looked_up)

    def test_a_named_endpoint_is_s3(self, library):
        with mock_s3(endpoints=["http://minio:9000"]) as s3:
            s3.create_bucket("bucket", objects={"key": "x"})
            assert 403 == library.send("GET", "http://minio:9000/bucket/key").status
            assert [("GetObject", 403)] == [(call.operation, call.status) for call in s3.calls]

    def test_a_presigned_url_of_any_host_is_s3s(self, library, s3, bucket, looked_up):
        assert b"hello" == library.send("GET", url_of(s3, endpoint_url="http://store.internal:9000")).body
        assert [] == looked_up


class TestOpening:
    """The door is open while a fake is entered, and the library need not be imported before."""

    def test_the_inner_fake_answers(self, library, s3, bucket):
        url = url_of(s3)
        with mock_s3() as inner:
            assert 404 == library.send("GET", url).status
            assert 1 == len(inner.calls)
        assert 200 == library.send("GET", url).status

    def test_afterwards_requests_go_out(self, library, looked_up):
        with mock_s3() as s3:
            s3.create_bucket("bucket", objects={"hello.txt": "x"})
            url = url_of(s3)
            assert 200 == library.send("GET", url).status
        with pytest.raises(library.no_connection):
            library.send("GET", url.replace(ACCESS_KEY_ID, "AKIDEXAMPLE"))
        assert 1 <= len(looked_up)

    def test_afterwards_what_is_signed_with_the_dummy_key_is_stopped(self, library, looked_up):
        with mock_s3() as s3:
            url = url_of(s3)
        scope = f"{ACCESS_KEY_ID}/20260101/us-east-1/s3/aws4_request"
        signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        for where, headers in ((url, {}), ("https://store.internal/bucket/key", {"Authorization": signed})):
            with pytest.raises(UnmockedRequest, match=r"was stopped: it is signed with the dummy key of mock_s3"):
                library.send("GET", where, **headers)
        assert [] == looked_up

    def test_opened_when_it_is_imported_inside_the_mock(self, library):
        script = f"""
            import asyncio, sys
            from fakes3 import mock_s3

            async def get(url):
                import aiohttp

                async with aiohttp.ClientSession() as session, session.get(url) as answer:
                    return answer.status

            sys.modules["boto3"] = sys.modules["botocore"] = None
            url = "https://bucket.s3.amazonaws.com/key"
            with mock_s3() as s3:
                assert "{library.module}" not in sys.modules
                s3.create_bucket("bucket", objects={{"key": "late"}})
                print({library.program}, s3.calls[0].operation, s3.calls[0].principal)
        """
        run = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, timeout=60
        )
        assert ("403 GetObject anonymous\n", "") == (run.stdout, run.stderr)
