"""The door of urllib3 used by itself: pools and managers, streaming both ways, and minio-py, which stands on it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import requests
import responses
import urllib3
from botocore.config import Config
from botocore.exceptions import HTTPClientError
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.doors.messages import read_chunks

MEBIBYTE = 1024 * 1024
IS_OLD = isinstance(urllib3.request, ModuleType)


class Connected(Exception):
    """A connection was about to be opened."""


@pytest.fixture
def out(monkeypatch) -> list[str]:
    """The hosts to which urllib3 would have opened a connection, which fails here."""
    hosts: list[str] = []

    def connect(connection: HTTPConnection) -> None:
        hosts.append(connection.host)
        raise Connected(connection.host)

    monkeypatch.setattr(HTTPConnection, "connect", connect)
    monkeypatch.setattr(HTTPSConnection, "connect", connect)
    return hosts


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
    """What urllib3 alone does with a presigned URL; what all libraries do is in test_http_libraries.py."""

    def test_get(self, s3, bucket, http):
        answer = http.request("GET", presigned(s3))
        assert isinstance(answer, urllib3.HTTPResponse)
        assert (200, "OK", b"hello") == (answer.status, answer.reason, answer.data)
        assert '"5d41402abc4b2a76b9719d911017c592"' == answer.headers["etag"]

    @pytest.mark.skipif(IS_OLD, reason="urllib3 1.26 has none")
    def test_top_level_request(self, s3, bucket):
        assert b"hello" == urllib3.request("GET", presigned(s3)).data

    @pytest.mark.parametrize("body", [b"new", "new", bytearray(b"new"), io.BytesIO(b"new")])
    def test_put(self, s3, bucket, http, body):
        # http.client sends a file without a length in chunks, and S3 wants a length
        headers = {"Content-Length": "3"}
        answer = http.request("PUT", presigned(s3, "put_object", "new"), body=body, headers=headers)
        assert (200, b"") == (answer.status, answer.data)
        assert b"new" == s3[bucket]["new"].body


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
        answer.auto_close = False
        assert ["hello"] == list(io.TextIOWrapper(io.BufferedReader(answer)))

    def test_decoded_where_the_object_says_so(self, s3, bucket, http):
        import gzip

        s3.client().put_object(Bucket=bucket, Key="hello.txt", Body=gzip.compress(b"hello"), ContentEncoding="gzip")
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

    def test_up_aws_chunked_in_chunks_of_http(self, s3, bucket, http):
        """S3 wants no length of the request where it is told that of the object."""
        now = s3.clock.now()
        scope = f"AKIDEXAMPLE/{now:%Y%m%d}/us-east-1/s3/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}",
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            "Content-Encoding": "aws-chunked",
            "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "X-Amz-Decoded-Content-Length": "3",
        }
        body = iter([b"3\r\nne", b"w\r\n", b"0\r\n\r\n"])
        answer = http.request("PUT", "https://minio/bucket/new", body=body, headers=headers, chunked=True)
        assert (200, b"") == (answer.status, answer.data)
        assert b"new" == s3[bucket]["new"].body

    def test_frames_of_chunks_are_taken_off(self):
        framed = b"3;name=value\r\nhel\r\nA\r\nlo\r\n, worl\r\n1\r\nd\r\n0\r\n\r\n"
        assert [b"hel", b"lo\r\n, worl", b"d"] == list(read_chunks([framed]))


class TestPools:
    """Managers, pools, retries, redirects and timeouts stay what they are."""

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_pool_by_itself(self, s3, bucket, scheme):
        pool_class = urllib3.HTTPConnectionPool if scheme == "http" else urllib3.HTTPSConnectionPool
        url = urlsplit(presigned(s3, endpoint_url=f"{scheme}://s3.us-east-1.amazonaws.com"))
        with pool_class(url.netloc) as pool:
            for _ in range(3):
                answer = pool.urlopen("GET", f"{url.path}?{url.query}")
                assert b"hello" == answer.data
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

    def test_past_a_proxy_without_a_path(self, s3, bucket):
        with urllib3.ProxyManager("http://proxy.test:3128") as http:
            assert 403 == http.request("GET", f"http://{bucket}.s3.amazonaws.com?acl").status
        assert ["GetBucketAcl"] == [call.operation for call in s3.calls]

    def test_redirects_are_followed_where_the_form_says(self, out, s3, bucket, http):
        allowed = {"success_action_redirect": "http://app.test/done"}
        form = s3.client().generate_presigned_post(bucket, "key", Fields=allowed, Conditions=[allowed])
        fields = {**form["fields"], "file": ("name", b"x")}
        answer = http.request("POST", form["url"], fields=fields, redirect=False)
        assert (303, "http://app.test/done?bucket") == (answer.status, answer.headers["Location"].partition("=")[0])
        with pytest.raises(Connected):
            http.request("POST", form["url"], fields=fields)
        assert ["app.test"] == out

    @pytest.mark.parametrize("is_pool", [True, False], ids=["pool", "manager"])
    def test_redirects_within_s3_are_followed(self, s3, bucket, http, is_pool):
        url = "https://bucket.s3.amazonaws.com/"
        form = s3.client().generate_presigned_post(
            bucket, "key", Fields={"success_action_redirect": url}, Conditions=[{"success_action_redirect": url}]
        )
        fields = {**form["fields"], "file": ("name", b"x")}
        manager = http.connection_from_url(form["url"]) if is_pool else http
        answer = manager.request("POST", form["url"], fields=fields)
        assert ["PostObject", "ListObjects"] == [call.operation for call in s3.calls]
        assert 403 == answer.status

    def test_retries_by_status(self, s3, bucket, http, caplog):
        caplog.set_level(logging.DEBUG, "urllib3")
        again = urllib3.Retry(total=2, status_forcelist=[403], backoff_factor=0, raise_on_status=False)
        answer = http.request("GET", "https://bucket.s3.amazonaws.com/hello.txt", retries=again)
        assert (403, 3) == (answer.status, len(s3.calls))
        assert 2 == len(answer.retries.history)
        with pytest.raises(urllib3.exceptions.MaxRetryError):
            http.request("GET", "https://s3.amazonaws.com/bucket/x", retries=urllib3.Retry(0, status_forcelist=[403]))


class TestOtherHosts:
    """What is not S3's goes where it would have gone, in the ways of this library."""

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

    @pytest.mark.parametrize("url", ["http://store.internal:9000", "https://10.0.0.7", "http://[::1]:9000"])
    @pytest.mark.parametrize("version", ["s3", "s3v4"])
    def test_what_is_signed_for_s3_of_any_host(self, out, s3, bucket, url, version, http):
        signed = presigned(s3, endpoint_url=url, config=Config(signature_version=version))
        assert b"hello" == http.request("GET", signed).data
        with pytest.raises(Connected):
            http.request("GET", url)
        assert 1 == len(out)

    def test_a_header_of_bytes(self, out, s3, http):
        with pytest.raises(Connected):
            http.urlopen("GET", "https://example.org/", headers={b"authorization": b"Bearer x"})


class TestBelowOtherDoors:
    """botocore and requests stand on urllib3, and have doors of their own."""

    def test_each_request_is_answered_once(self, s3, bucket):
        client = s3.client()
        client.get_object(Bucket=bucket, Key="hello.txt")
        requests.get(presigned(s3), timeout=5)
        assert 2 == s3.calls.count("GetObject")

    def test_requests_whose_own_door_was_taken_away(self, s3, bucket, monkeypatch):
        """A mock of responses that was entered before the fake, and left, has put the real `send` back."""
        theirs = responses.RequestsMock()
        theirs.start()
        with mock_s3() as inner:
            inner.create_bucket("bucket", objects={"hello.txt": "inner"})
            theirs.stop()
            assert b"inner" == requests.get(presigned(inner), timeout=5).content

    def test_requests_that_responses_passes_on(self, out, s3, bucket):
        real = HTTPAdapter.__dict__["send"]
        theirs = responses.RequestsMock(real_adapter_send=responses._real_send)
        theirs.add_passthru("https://")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(HTTPAdapter, "send", lambda *args, **kwargs: theirs._on_request(*args, **kwargs))
            assert b"hello" == requests.get(presigned(s3), timeout=5).content
        assert real is HTTPAdapter.__dict__["send"]
        assert [] == out

    def test_botocore_to_a_host_that_is_passed_through(self, out):
        with mock_s3(passthrough=["minio:9000"]) as s3:
            config = Config(retries={"total_max_attempts": 1})
            client: Any = boto3.client("s3", endpoint_url="http://minio:9000", config=config)
            with pytest.raises(HTTPClientError, match="minio"):
                client.list_buckets()
            assert ([], ["minio"]) == (list(s3.calls), out)

    def test_botocore_by_a_proxy(self, out, s3, bucket):
        client: Any = boto3.client("s3", config=Config(proxies={"https": "http://proxy.test:3128"}))
        assert b"hello" == client.get_object(Bucket=bucket, Key="hello.txt")["Body"].read()
        assert [] == out


class TestMinio:
    """minio-py has a pool of its own, and signs for S3 whatever its host."""

    @pytest.fixture(params=["http://minio:9000", "https://play.min.io", "https://s3.amazonaws.com"])
    def client(self, request, out, s3) -> Any:
        minio = pytest.importorskip("minio")
        scheme, host = request.param.split("://")
        return minio.Minio(host, "AKIDEXAMPLE", "secret", secure=scheme == "https")

    @pytest.fixture
    def bucket(self, client) -> str:
        client.make_bucket("bucket")
        return "bucket"

    def put(self, client: Any, key: str, body: bytes = b"hello") -> Any:
        return client.put_object("bucket", key, io.BytesIO(body), len(body))

    def test_buckets(self, client, s3):
        assert not client.bucket_exists("bucket")
        client.make_bucket("bucket", location="eu-west-1")
        assert client.bucket_exists("bucket")
        assert ["bucket"] == [each.name for each in client.list_buckets()] == list(s3.buckets)
        client.remove_bucket("bucket")
        assert [] == client.list_buckets()

    def test_objects(self, client, bucket, s3):
        result = client.put_object(
            bucket, "a/b c", io.BytesIO(b"hello"), 5, content_type="text/plain", metadata={"colour": "blue"}
        )
        assert result.etag == s3[bucket]["a/b c"].etag
        stat = client.stat_object(bucket, "a/b c")
        assert (5, "text/plain", "blue") == (stat.size, stat.content_type, stat.metadata["x-amz-meta-colour"])
        answer = client.get_object(bucket, "a/b c", offset=1, length=3)
        assert b"ell" == answer.read()
        answer.close()
        answer.release_conn()
        assert ["a/"] == [each.object_name for each in client.list_objects(bucket)]
        assert ["a/b c"] == [each.object_name for each in client.list_objects(bucket, recursive=True)]

    def test_streams_of_unknown_length(self, client, bucket, s3):
        body = bytes(range(256)) * (11 * MEBIBYTE // 256)
        client.put_object(bucket, "large", io.BytesIO(body), -1, part_size=5 * MEBIBYTE)
        client.put_object(bucket, "small", io.BytesIO(b"hello"), -1, part_size=5 * MEBIBYTE)
        assert (body, b"hello") == (s3[bucket]["large"].body, s3[bucket]["small"].body)
        assert 3 == s3.calls.count("UploadPart")
        answer = client.get_object(bucket, "large")
        assert body == b"".join(answer.stream(MEBIBYTE))

    def test_files(self, client, bucket, tmp_path):
        (tmp_path / "up").write_bytes(b"hello" * 1000)
        client.fput_object(bucket, "file", str(tmp_path / "up"))
        client.fget_object(bucket, "file", str(tmp_path / "down"))
        assert b"hello" * 1000 == (tmp_path / "down").read_bytes()

    def test_copies(self, client, bucket, s3):
        from minio.commonconfig import ComposeSource, CopySource

        self.put(client, "source", bytes(5 * MEBIBYTE))
        client.copy_object(bucket, "copy", CopySource(bucket, "source"))
        client.compose_object(bucket, "both", [ComposeSource(bucket, "source"), ComposeSource(bucket, "copy")])
        assert 10 * MEBIBYTE == s3[bucket]["both"].size

    def test_removing(self, client, bucket, s3):
        from minio.deleteobjects import DeleteObject

        for key in "abc":
            self.put(client, key)
        client.remove_object(bucket, "a")
        assert [] == list(client.remove_objects(bucket, [DeleteObject("b"), DeleteObject("c"), DeleteObject("d")]))
        assert [] == list(s3[bucket])

    def test_versions(self, client, bucket):
        from minio.commonconfig import ENABLED
        from minio.versioningconfig import VersioningConfig

        client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
        assert ENABLED == client.get_bucket_versioning(bucket).status
        first = self.put(client, "key", b"one").version_id
        self.put(client, "key", b"two")
        client.remove_object(bucket, "key")
        assert b"one" == client.get_object(bucket, "key", version_id=first).data
        listed = list(client.list_objects(bucket, include_version=True))
        assert [False, False, True] == [each.is_delete_marker for each in listed]

    def test_tags(self, client, bucket):
        from minio.commonconfig import Tags

        self.put(client, "key")
        tags = Tags.new_object_tags()
        tags["colour"] = "blue"
        client.set_object_tags(bucket, "key", tags)
        assert {"colour": "blue"} == dict(client.get_object_tags(bucket, "key"))
        client.delete_object_tags(bucket, "key")
        assert client.get_object_tags(bucket, "key") is None

    def test_presigned(self, client, bucket, http, out):
        up = client.presigned_put_object(bucket, "key")
        assert 200 == http.request("PUT", up, body=b"hello").status
        assert b"hello" == http.request("GET", client.presigned_get_object(bucket, "key")).data
        assert [] == out

    def test_errors(self, client, bucket):
        from minio.error import S3Error

        for code, call in {
            "NoSuchKey": lambda: client.get_object(bucket, "nope"),
            "NoSuchBucket": lambda: client.get_object("nowhere", "nope"),
            "BucketAlreadyOwnedByYou": lambda: client.make_bucket(bucket, location="eu-west-1"),
            "BucketNotEmpty": lambda: self.put(client, "key") and client.remove_bucket(bucket),
        }.items():
            with pytest.raises(S3Error) as caught:
                call()
            assert code == caught.value.code
