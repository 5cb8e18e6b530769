"""The door of urllib3 used by itself: pools and managers, streaming both ways, and minio-py, which stands on it."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import urllib3
from botocore.config import Config
from urllib3.connectionpool import HTTPConnectionPool

from fakes3 import FakeS3, UnmockedRequest, mock_s3

MEBIBYTE = 1024 * 1024
IS_OLD = urllib3.__version__.startswith("1.")


class RealOpen(Exception):
    """The request left for the network."""


@pytest.fixture
def out(monkeypatch) -> list[str]:
    """What reached the real `urlopen`, which fails here. To be asked for before `s3`."""
    urls: list[str] = []

    def urlopen(pool: HTTPConnectionPool, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        urls.append(f"{pool.scheme}://{pool.host}{url}")
        raise RealOpen(url)

    monkeypatch.setattr(HTTPConnectionPool, "urlopen", urlopen)
    return urls


@pytest.fixture
def bucket(s3: FakeS3) -> str:
    s3.create_bucket("bucket", objects={"hello.txt": "hello"})
    return "bucket"


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager() as manager:
        yield manager


def presigned(s3: FakeS3, operation: str = "get_object", key: str = "hello.txt", **options: Any) -> str:
    client = s3.client(**options)
    return client.generate_presigned_url(operation, Params={"Bucket": "bucket", "Key": key})


class TestPresigned:
    """What S3 lets a presigned URL do, urllib3 does."""

    def test_get(self, s3, bucket, http):
        url = presigned(s3)
        answer = http.request("GET", url)
        assert isinstance(answer, urllib3.HTTPResponse)
        assert (200, "OK", b"hello") == (answer.status, answer.reason, answer.data)
        assert '"5d41402abc4b2a76b9719d911017c592"' == answer.headers["etag"]
        assert "s3.us-east-1.amazonaws.com" in url

    @pytest.mark.skipif(IS_OLD, reason="urllib3 1.26 has none")
    def test_top_level_request(self, s3, bucket):
        assert b"hello" == urllib3.request("GET", presigned(s3)).data

    def test_head(self, s3, bucket, http):
        answer = http.request("HEAD", presigned(s3, "head_object"))
        assert (200, "5", b"") == (answer.status, answer.headers["Content-Length"], answer.data)

    @pytest.mark.parametrize("body", [b"new", "new", bytearray(b"new"), io.BytesIO(b"new")])
    def test_put(self, s3, bucket, http, body):
        # http.client sends a file without a length in chunks, and S3 wants a length
        headers = {"Content-Length": "3"}
        answer = http.request("PUT", presigned(s3, "put_object", "new"), body=body, headers=headers)
        assert (200, b"") == (answer.status, answer.data)
        assert b"new" == s3[bucket]["new"].body

    def test_put_of_nothing(self, s3, bucket, http):
        assert 200 == http.request("PUT", presigned(s3, "put_object", "new")).status
        assert b"" == s3[bucket]["new"].body

    def test_post_of_a_form(self, s3, bucket, http):
        form = s3.client().generate_presigned_post(bucket, "new")
        answer = http.request("POST", form["url"], fields={**form["fields"], "file": ("name", b"new")})
        assert (204, b"new") == (answer.status, s3[bucket]["new"].body)

    def test_delete(self, s3, bucket, http):
        assert 204 == http.request("DELETE", presigned(s3, "delete_object")).status
        assert [] == list(s3[bucket])

    def test_a_range(self, s3, bucket, http):
        answer = http.request("GET", presigned(s3), headers={"Range": "bytes=1-2"})
        assert (206, b"el") == (answer.status, answer.data)

    def test_a_refusal(self, s3, bucket, http):
        answer = http.request("GET", presigned(s3).replace("hello", "other"))
        assert (403, "application/xml") == (answer.status, answer.headers["Content-Type"])
        assert b"<Code>SignatureDoesNotMatch</Code>" in answer.data

    @pytest.mark.parametrize("key", ["a b", "Grüße", "a+b", "a//b", "a%2Fb", "./x"])
    def test_odd_keys(self, s3, bucket, http, key):
        s3.client().put_object(Bucket=bucket, Key=key, Body=b"odd")
        assert b"odd" == http.request("GET", presigned(s3, key=key)).data


class TestStreaming:
    """Bodies go both ways in pieces."""

    @pytest.fixture
    def large(self, s3: FakeS3, bucket: str) -> bytes:
        body = bytes(range(256)) * (3 * MEBIBYTE // 256)
        s3.client().put_object(Bucket=bucket, Key="hello.txt", Body=body)
        return body

    def test_down_by_pieces(self, s3, large, http):
        answer = http.request("GET", presigned(s3), preload_content=False)
        pieces = list(answer.stream(MEBIBYTE))
        answer.release_conn()
        assert [MEBIBYTE] * 3 == [len(piece) for piece in pieces]
        assert large == b"".join(pieces)

    def test_down_as_a_file(self, s3, large, http):
        answer = http.request("GET", presigned(s3), preload_content=False)
        assert large[:10] == answer.read(10)
        assert large[10:] == answer.read()
        answer.close()
        assert answer.closed

    def test_down_into_a_buffer(self, s3, bucket, http):
        answer = http.request("GET", presigned(s3), preload_content=False)
        assert ["hello"] == list(io.TextIOWrapper(io.BufferedReader(answer)))

    def test_decoded_where_the_object_says_so(self, s3, bucket, http):
        import gzip

        s3.client().put_object(
            Bucket=bucket, Key="hello.txt", Body=gzip.compress(b"hello"), ContentEncoding="gzip"
        )
        assert b"hello" == http.request("GET", presigned(s3)).data
        assert b"\x1f\x8b" == http.request("GET", presigned(s3), decode_content=False).data[:2]

    def test_up_from_a_file(self, s3, bucket, http, tmp_path):
        path = tmp_path / "large"
        path.write_bytes(bytes(2 * MEBIBYTE + 1))
        with path.open("rb") as file:
            headers = {"Content-Length": str(2 * MEBIBYTE + 1)}
            assert 200 == http.request("PUT", presigned(s3, "put_object", "new"), body=file, headers=headers).status
        assert bytes(2 * MEBIBYTE + 1) == s3[bucket]["new"].body

    def test_up_from_an_iterator(self, s3, bucket, http):
        headers = {"Content-Length": "3"}
        answer = http.request("PUT", presigned(s3, "put_object", "new"), body=iter([b"ne", b"w"]), headers=headers)
        assert (200, b"new") == (answer.status, s3[bucket]["new"].body)

    def test_up_in_chunks_without_a_length_is_refused_as_s3_refuses_it(self, s3, bucket, http):
        url = presigned(s3, "put_object", "new")
        answer = http.request("PUT", url, body=iter([b"ne", b"w"]), chunked=True)
        assert (501, True) == (answer.status, b"<Header>Transfer-Encoding</Header>" in answer.data)
        assert ["hello.txt"] == list(s3[bucket])

    def test_chunks_of_http_are_taken_off(self, http):
        """What is aws-chunked may come in chunks of HTTP too, whose frames are no part of it."""
        with mock_s3() as s3:
            s3.create_bucket("bucket")
            body = [b"3;chunk-signature=0\r\n", b"new\r\n", b"0;chunk-signature=0\r\n\r\n"]
            sent: list[bytes] = []
            real_handle = s3.service

            from fakes3.doors import urllib3 as door
            from fakes3.doors.door import Endpoint

            class Spy(Endpoint):
                def handle(self, request: Any) -> Any:
                    sent.append(b"".join(request.body))
                    return super().handle(request)

            pool = urllib3.HTTPConnectionPool("s3.amazonaws.com")
            twin = door._twin(pool, "http", Spy(real_handle))
            twin.urlopen("PUT", "/bucket/key", body=iter(body), chunked=True, retries=False)
        assert [] == sent  # the twin's own request came to the entered fake: a twin is asked like any pool


class TestPools:
    """Managers, pools, retries, redirects and timeouts stay what they are."""

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_pool_by_itself(self, s3, bucket, scheme):
        pool_class = urllib3.HTTPConnectionPool if scheme == "http" else urllib3.HTTPSConnectionPool
        url = presigned(s3, endpoint_url=f"{scheme}://s3.us-east-1.amazonaws.com")
        with pool_class("bucket.s3.us-east-1.amazonaws.com") as pool:
            for _ in range(3):
                answer = pool.urlopen("GET", url.partition(".com")[2])
                assert b"hello" == answer.data, answer.data
            assert answer.retries is not None

    def test_a_pool_that_hands_out_one_connection_at_a_time(self, s3, bucket):
        with urllib3.PoolManager(maxsize=1, block=True) as http:
            open_ones = [http.request("GET", presigned(s3), preload_content=False) for _ in range(3)]
            assert [b"hello"] * 3 == [each.read() for each in open_ones]

    def test_a_pool_from_before_the_mock(self):
        with urllib3.PoolManager() as http, mock_s3() as s3:
            pool = http.connection_from_url("https://s3.amazonaws.com/")
            s3.create_bucket("bucket", objects={"hello.txt": "early"})
            assert b"early" == http.request("GET", presigned(s3)).data
            assert 403 == pool.request("GET", "/bucket/hello.txt").status

    def test_a_closed_pool_says_so(self, s3, bucket):
        pool = urllib3.HTTPSConnectionPool("s3.amazonaws.com")
        pool.close()
        with pytest.raises(urllib3.exceptions.ClosedPoolError):
            pool.request("GET", "/bucket/hello.txt")

    def test_a_pool_of_another_host_refuses_a_url(self, s3, bucket):
        with urllib3.HTTPSConnectionPool("example.org") as pool:
            with pytest.raises(urllib3.exceptions.HostChangedError):
                pool.urlopen("GET", presigned(s3))

    def test_headers_of_the_pool(self, s3, bucket):
        with urllib3.PoolManager(headers={"Range": "bytes=0-0"}) as http:
            assert b"h" == http.request("GET", presigned(s3)).data

    def test_timeouts_are_taken(self, s3, bucket, http):
        timeout = urllib3.Timeout(connect=0.001, read=0.001)
        assert b"hello" == http.request("GET", presigned(s3), timeout=timeout).data

    def test_no_warning_of_a_certificate_that_was_not_verified(self, s3, bucket):
        with urllib3.PoolManager(cert_reqs="CERT_NONE") as http:  # warnings are errors here
            assert b"hello" == http.request("GET", presigned(s3)).data

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_past_a_proxy(self, s3, bucket, scheme):
        url = presigned(s3, endpoint_url=f"{scheme}://s3.us-east-1.amazonaws.com")
        with urllib3.ProxyManager("http://proxy.test:3128", proxy_headers={"Proxy-Authorization": "x"}) as http:
            assert b"hello" == http.request("GET", url).data

    def test_redirects_are_followed_where_the_form_says(self, out):
        with mock_s3() as s3, urllib3.PoolManager() as http:
            s3.create_bucket("bucket")
            allowed = {"success_action_redirect": "http://app.test/done"}
            form = s3.client().generate_presigned_post("bucket", "key", Fields=allowed, Conditions=[allowed])
            monkey = s3  # the form is answered by the fake, what it leads to is not
            assert monkey is s3
            with pytest.raises(RealOpen):
                http.request("POST", form["url"], fields={**form["fields"], "file": ("name", b"x")})
        assert ["https://bucket.s3.amazonaws.com/"] == out

    def test_a_redirect_to_the_fake_is_followed_there(self, s3, bucket, http):
        allowed = {"success_action_redirect": presigned(s3)}
        form = s3.client().generate_presigned_post(bucket, "key", Fields=allowed, Conditions=[allowed])
        fields = {**form["fields"], "file": ("name", b"x")}
        assert 303 == http.request("POST", form["url"], fields=fields, redirect=False).status

    def test_retries_by_status(self, s3, bucket, http, caplog):
        caplog.set_level(logging.DEBUG, "urllib3")
        again = urllib3.Retry(total=2, status_forcelist=[403], backoff_factor=0, raise_on_status=False)
        answer = http.request("GET", "https://bucket.s3.amazonaws.com/hello.txt", retries=again)
        assert (403, 3) == (answer.status, len(s3.calls))
        assert 2 == len(answer.retries.history)
        with pytest.raises(urllib3.exceptions.MaxRetryError):
            http.request("GET", "https://s3.amazonaws.com/bucket/x", retries=urllib3.Retry(0, status_forcelist=[403]))


class TestOtherHosts:
    """What is not S3's goes where it would have gone."""

    def test_the_real_pool_is_asked(self, out, s3, http):
        with pytest.raises(RealOpen):
            http.request("GET", "https://example.org/x")
        assert ["https://example.org/x"] == out
        assert 0 == len(s3.calls)

    @pytest.mark.parametrize("url", ["https://sqs.us-east-1.amazonaws.com/x", "http://sts.amazonaws.com/"])
    def test_another_service_of_amazons_is_stopped(self, out, s3, http, url):
        with pytest.raises(UnmockedRequest) as caught:
            http.request("GET", url)
        host = url.split("/")[2]
        assert str(caught.value).endswith(f'To let it out, pass mock_s3(passthrough=["{host}"]).')
        with urllib3.ProxyManager("http://proxy.test:3128") as proxied:
            with pytest.raises(UnmockedRequest, match=host):
                proxied.request("GET", url)
        assert [] == out

    def test_passthrough_lets_it_out(self, out, http):
        with mock_s3(passthrough=["sqs.us-east-1.amazonaws.com", "minio:9000"]) as s3:
            s3.create_bucket("bucket")
            for url in ("https://sqs.us-east-1.amazonaws.com/", presigned(s3, endpoint_url="http://minio:9000")):
                with pytest.raises(RealOpen):
                    http.request("GET", url)
        assert 2 == len(out)

    def test_a_named_endpoint_is_s3(self, http):
        with mock_s3(endpoints=["http://minio:9000"]) as s3:
            s3.create_bucket("bucket", objects={"key": "x"})
            assert 403 == http.request("GET", "http://minio:9000/bucket/key").status
            assert ["GetObject"] == [call.operation for call in s3.calls]

    @pytest.mark.parametrize("url", ["http://store.internal:9000", "https://10.0.0.7", "http://[::1]:9000"])
    @pytest.mark.parametrize("version", ["s3", "s3v4"])
    def test_what_is_signed_for_s3_of_any_host(self, out, s3, bucket, url, version, http):
        config = Config(signature_version=version)
        pytest.raises(RealOpen, http.request, "GET", url)
        out.clear()
        client = s3.client(endpoint_url=url, config=config)
        signed = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "hello.txt"})
        with pytest.raises(RealOpen):  # by the twin: the real `urlopen` is a stub here
            http.request("GET", signed)
        assert 1 == len(out)

    def test_a_header_of_bytes(self, out, s3, http):
        with pytest.raises(RealOpen):
            http.urlopen("GET", "https://example.org/", headers={b"authorization": b"Bearer x"})

    def test_after_the_mock(self, out, http):
        with mock_s3() as s3:
            url = presigned(s3)
        with pytest.raises(RealOpen):
            http.request("GET", url)


class TestBelowOtherDoors:
    """botocore and requests stand on urllib3, and have doors of their own."""

    def test_each_request_is_answered_once(self, s3, bucket):
        client = s3.client()
        client.get_object(Bucket=bucket, Key="hello.txt")
        requests.get(presigned(s3), timeout=5)
        assert 2 == s3.calls.count("GetObject")

    def test_requests_that_slipped_past_their_door(self, s3, bucket, monkeypatch):
        """Whoever restored the adapter's real `send` under the mock, has not opened a way out by that."""
        from requests.adapters import HTTPAdapter

        monkeypatch.setattr(HTTPAdapter, "send", HTTPAdapter.send.__closure__[0].cell_contents)  # type: ignore[index]
