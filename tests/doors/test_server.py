"""The server: any client of any language, over a real port on this machine."""

from __future__ import annotations

import io
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fakes3 import FakeS3, UsageError
from fakes3.doors.server import Site, open_server, serving
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY, canonical_id

from .raw_http import connected, head

MEBIBYTE = 1024 * 1024


def client_at(url: str, key_id: str = ACCESS_KEY_ID, secret: str = SECRET_ACCESS_KEY) -> Any:
    options: Any = {"region_name": "us-east-1", "aws_access_key_id": key_id, "aws_secret_access_key": secret}
    return boto3.session.Session().client("s3", endpoint_url=url, **options)


@pytest.fixture
def client(url: str) -> Iterator[Any]:
    client = client_at(url)
    yield client
    client.close()


@pytest.fixture
def connection(url: str) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=60)
    yield connection
    connection.close()


def presigned(client: Any, operation: str, key: str) -> str:
    url: str = client.generate_presigned_url(operation, Params={"Bucket": "bucket", "Key": key})
    return url.partition("/bucket/")[1] + url.partition("/bucket/")[2]


class TestOtherServices:
    """A client that one endpoint was set for, for all services, is told so in an error of its own service."""

    @pytest.mark.parametrize(
        ("service", "call"), [("sts", "get_caller_identity"), ("dynamodb", "list_tables"), ("sqs", "list_queues")]
    )
    def test_boto3_shows_the_way_out(self, url: str, monkeypatch: pytest.MonkeyPatch, service: str, call: str):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        session: Any = boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name="us-east-1")
        with pytest.raises(ClientError, match=f"This request is for {service}, and fakes3 is S3 alone") as caught:
            getattr(session.client(service), call)()
        error: Any = caught.value.response
        assert ("NotImplemented", 501, 0) == (
            error["Error"]["Code"],
            error["ResponseMetadata"]["HTTPStatusCode"],
            error["ResponseMetadata"]["RetryAttempts"],
        )

    def test_directory_buckets(self, client: Any, fake: FakeS3):
        """At an endpoint of its own botocore signs all but the copies with a session, also to create the bucket."""
        name = "logs--use1-az4--x-s3"
        place = {"Type": "AvailabilityZone", "Name": "use1-az4"}
        kind = {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"Location": place, "Bucket": kind})
        client.put_object(Bucket=name, Key="a/k", Body=b"one ")
        client.put_object(Bucket=name, Key="a/k", Body=b"two", WriteOffsetBytes=4)
        client.copy_object(Bucket=name, Key="copy", CopySource=f"{name}/a/k")
        assert b"one two" == client.get_object(Bucket=name, Key="copy")["Body"].read()
        assert ["a/k"] == [each["Key"] for each in client.list_objects_v2(Bucket=name, Prefix="a/")["Contents"]]
        assert [name] == [each["Name"] for each in client.list_directory_buckets()["Buckets"]]
        client.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "copy"}, {"Key": "a/k"}]})
        client.delete_bucket(Bucket=name)
        assert name not in fake


class TestAccessLog:
    """What the access log of a bucket says of a request over HTTP. S3: userguide/LogFormat.html"""

    # S3 ignores parameters that begin with "x-", and logs them.
    def test_of_a_request(self, client, fake: FakeS3, connection: HTTPConnection, url: str):
        fake.clock.freeze("2026-03-01T10:20:30Z")
        fake.create_bucket("logs", bucket_defaults="2022")
        client.put_bucket_acl(Bucket="logs", ACL="log-delivery-write")
        status = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": ""}}
        client.put_bucket_logging(Bucket="bucket", BucketLoggingStatus=status)
        page = {"Referer": "https://example.com/", "User-Agent": "a browser"}
        connection.request("GET", "/bucket/hello.txt?x-trace=7", headers=page)
        answer = connection.getresponse()
        sent = len(answer.read())
        fake.clock.advance(hours=1)
        (key,) = fake["logs"]
        line = fake["logs"][key].text.splitlines()[-1]
        owner = canonical_id(fake.account_id)
        assert (
            f"{owner} bucket [01/Mar/2026:10:20:30 +0000] 127.0.0.1 - {answer.headers['x-amz-request-id']} "
            f'REST.GET.OBJECT hello.txt "GET /bucket/hello.txt?x-trace=7 HTTP/1.1" 403 AccessDenied {sent} - 1 1 '
            f'"https://example.com/" "a browser" - {answer.headers["x-amz-id-2"]} - - - {url.removeprefix("http://")} '
            "- - - -"
        ) == line


class TestBoto3:
    def test_reads_what_is_there(self, client):
        assert b"hello" == client.get_object(Bucket="bucket", Key="hello.txt")["Body"].read()

    def test_what_it_writes_is_there(self, client, fake: FakeS3):
        client.put_object(Bucket="bucket", Key="x", Body=b"written")
        assert b"written" == fake["bucket"]["x"].body

    @pytest.mark.parametrize("key", ["a b", "a+b", "a%2Fb", "a//b", "/a", "a/", "é/😀", "?x=y", "#", "a\nb", "%"])
    def test_keys_arrive_as_they_are(self, client, fake: FakeS3, key: str):
        client.put_object(Bucket="bucket", Key=key, Body=key.encode())
        assert key.encode() == fake["bucket"][key].body
        assert key.encode() == client.get_object(Bucket="bucket", Key=key)["Body"].read()

    def test_a_stream_goes_up_in_chunks_and_comes_down(self, client):
        body = bytes(range(256)) * (5 * MEBIBYTE // 256) + b"tail"
        client.put_object(Bucket="bucket", Key="big", Body=io.BytesIO(body))
        assert body == client.get_object(Bucket="bucket", Key="big")["Body"].read()

    def test_a_refusal_arrives_whole(self, client):
        with pytest.raises(client.exceptions.NoSuchKey) as refusal:
            client.get_object(Bucket="bucket", Key="nope")
        assert {"Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": "nope"} == (
            refusal.value.response["Error"]
        )


class TestHttp:
    def test_a_connection_is_kept_alive(self, connection: HTTPConnection, client):
        target = presigned(client, "get_object", "hello.txt")
        connection.request("GET", target)
        assert b"hello" == connection.getresponse().read()
        first = connection.sock
        connection.request("GET", target)
        assert b"hello" == connection.getresponse().read()
        assert first is connection.sock

    def test_a_refused_put_does_not_spoil_the_next_request(self, connection: HTTPConnection, client):
        connection.request("PUT", "/nobucket/x", body=b"x" * 100_000)
        refused = connection.getresponse()
        assert (404, True) == (refused.status, b"NoSuchBucket" in refused.read())
        connection.request("GET", presigned(client, "get_object", "hello.txt"))
        assert b"hello" == connection.getresponse().read()

    def test_a_body_in_chunks_that_are_signed(self, connection: HTTPConnection, client, fake: FakeS3):
        """AWS's C++ SDK, and so pyarrow, sends aws-chunked in chunks of HTTP's."""
        sent = b"5\r\nhello\r\n0\r\n\r\n"
        headers = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": "5"}
        headers["x-amz-content-sha256"] = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

        def with_headers(request: Any, **_context: Any) -> None:
            for name, value in headers.items():
                request.headers[name] = value

        client.meta.events.register("before-sign.s3.PutObject", with_headers)
        target = presigned(client, "put_object", "key")
        for _ in range(2):  # and the next request on the connection is not spoilt
            connection.request("PUT", target, iter([sent[:7], sent[7:]]), headers, encode_chunked=True)
            answer = connection.getresponse()
            assert (200, b"") == (answer.status, answer.read())
        assert b"hello" == fake["bucket"]["key"].body

    def test_expect_100_continue(self, url: str, client, fake: FakeS3):
        host, port = url.removeprefix("http://").split(":")
        target = presigned(client, "put_object", "expected")
        with socket.create_connection((host, int(port)), timeout=10) as sock:
            head = f"PUT {target} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
            sock.sendall(head.encode())
            assert b"HTTP/1.1 100 " == sock.recv(13)
            sock.sendall(b"hello")
            answer = b""
            while b"\r\n\r\n" not in answer.partition(b"\r\n\r\n")[2]:
                answer += sock.recv(4096)
        assert b"HTTP/1.1 200 OK" in answer
        assert b"hello" == fake["bucket"]["expected"].body

    def test_a_body_cut_short_leaves_nothing(self, url: str, client, fake: FakeS3):
        host, port = url.removeprefix("http://").split(":")
        target = presigned(client, "put_object", "hello.txt")
        with socket.create_connection((host, int(port)), timeout=10) as sock:
            sock.sendall(f"PUT {target} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 10\r\n\r\n".encode())
            sock.sendall(b"half")
            sock.shutdown(socket.SHUT_WR)
            sock.recv(4096)
        assert b"hello" == fake["bucket"]["hello.txt"].body

    def test_head_has_the_length_and_no_body(self, connection: HTTPConnection, client):
        connection.request("HEAD", presigned(client, "head_object", "hello.txt"))
        answer = connection.getresponse()
        assert ("5", b"") == (answer.headers["Content-Length"], answer.read())

    def test_no_content_has_no_length(self, connection: HTTPConnection, client):
        connection.request("DELETE", presigned(client, "delete_object", "hello.txt"))
        answer = connection.getresponse()
        assert (204, None, b"") == (answer.status, answer.headers["Content-Length"], answer.read())

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_probe_that_nobody_signed(self, connection: HTTPConnection, method: str):
        connection.request(method, "/")
        answer = connection.getresponse()
        assert (200, method == "GET") == (answer.status, b"<ListAllMyBucketsResult" in answer.read())

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_probe_of_amazons_own_host_is_redirected(self, connection: HTTPConnection, method: str):
        connection.request(method, "/", headers={"Host": "s3.amazonaws.com"})
        answer = connection.getresponse()
        assert {"GET": 307, "HEAD": 405}[method] == answer.status
        answer.read()

    def test_a_bucket_may_stand_before_localhost(self, connection: HTTPConnection, client):
        connection.request("GET", "/hello.txt", headers={"Host": "bucket.localhost:9000"})
        assert b"AccessDenied" in connection.getresponse().read()  # the bucket was found; the caller is anonymous

    @pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
    def test_curl_uploads_and_downloads(self, url: str, client, tmp_path):
        body = b"z" * (3 * MEBIBYTE)
        source = tmp_path / "source"
        source.write_bytes(body)
        up = client.generate_presigned_url("put_object", Params={"Bucket": "bucket", "Key": "curled"})
        down = client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "curled"})
        put = ["curl", "-sf", "--noproxy", "*", "-T", str(source), "-H", "Expect: 100-continue", up]
        subprocess.run(put, check=True, timeout=60)
        got = subprocess.run(["curl", "-sf", "--noproxy", "*", down], check=True, capture_output=True, timeout=60)
        assert body == got.stdout


class TestAccounts:
    def test_distinct_accounts_are_distinct_owners(self, fake: FakeS3, url: str):
        from fakes3.model.identity import AccessKey, Principal

        fake.service.access_keys["bob"] = AccessKey("bob", "secret", Principal("444455556666"))
        bob = client_at(url, "bob", "secret")
        with pytest.raises(bob.exceptions.BucketAlreadyExists):
            bob.create_bucket(Bucket="bucket")
        bob.create_bucket(Bucket="bobs")
        assert ["bobs"] == [each["Name"] for each in bob.list_buckets()["Buckets"]]
        bob.close()


class TestLines:
    """The server tells of each request that it refuses, in one line."""

    def test_with_the_code_the_message_and_the_reason(self, fake: FakeS3):
        told: list[str] = []
        with serving(Site(fake.service, tell=told.append)) as url:
            client = client_at(url)
            client.get_object(Bucket="bucket", Key="hello.txt")
            with pytest.raises(client.exceptions.NoSuchKey):
                client.get_object(Bucket="bucket", Key="nope")
            with pytest.raises(client.exceptions.ClientError):
                client.put_object(Bucket="bucket", Key="k", Body=b"", ACL="public-read")
            with pytest.raises(client.exceptions.ClientError):
                client.restore_object(Bucket="bucket", Key="hello.txt", RestoreRequest={"Days": 1, "Description": "d"})
            client.close()
        missing, acl, not_built = told
        assert "GET /bucket/nope: 404 NoSuchKey: The specified key does not exist." == missing
        assert acl.startswith("PUT /bucket/k: 400 AccessControlListNotSupported: The bucket does not allow ACLs")
        assert not_built.startswith("POST /bucket/hello.txt?restore: 501 NotImplemented: ")
        assert 1 == not_built.count("does not model Description")

    def test_of_what_cannot_be_read(self, fake: FakeS3):
        told: list[str] = []
        with serving(Site(fake.service, tell=told.append)) as url, connected(url) as raw:
            assert 400 == raw.ask(b"hello\r\n\r\n").status
        assert [
            "A request: 400 BadRequest: An error occurred when parsing the HTTP request. (the request cannot be read: "
            "its first line is not METHOD TARGET HTTP/1.1. Send it as RFC 9112 says.)"
        ] == told

    def test_in_which_nothing_that_was_sent_ends_the_line(self, fake: FakeS3):
        told: list[str] = []
        with serving(Site(fake.service, tell=told.append)) as url, connected(url) as raw:
            raw.ask(head("GET", b"/bucket/\x85?versionId=%0A%1B[31m".decode("latin-1") + "a" * 500))
        (line,) = told
        assert line.startswith("GET /bucket/")
        assert "?versionId=%0A%1B[31maaa" in line
        assert "aaa...: 400 " in line
        assert line.isprintable()


class TestPort:
    @pytest.mark.parametrize("port", [None, 99999, -1])
    def test_a_port_that_cannot_be_opened_is_told_with_the_remedy(self, url: str, port: int | None):
        taken = int(url.rpartition(":")[2])
        with pytest.raises(UsageError, match=r"Choose another one, or 0 for any that is free\.$"):
            open_server(Site(FakeS3().service), port=taken if port is None else port)

    def test_over_tls(self, fake: FakeS3, tmp_path: Path):
        asked: list[str | None] = []
        trusted, context = certificate("localhost", tmp_path)
        context.sni_callback = lambda _socket, name, _context: asked.append(name)
        with serving(Site(fake.service), tls=context) as url:
            connection = HTTPSConnection("localhost", int(url.rpartition(":")[2]), context=trusted, timeout=60)
            connection.request("GET", "/bucket")
            answer = connection.getresponse()
            assert (403, True) == (answer.status, b"AccessDenied" in answer.read())
            connection.close()
        assert url.startswith("https://127.0.0.1:")
        assert ["localhost"] == asked

    @pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="there is no fork")
    def test_a_forked_process_does_not_keep_it_open(self, fake: FakeS3):
        """A child of its own: a fork of the whole test process would take its threads' locks along."""
        run = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, timeout=60)
        assert ("", "refused\n") == (run.stderr, run.stdout)


FORKS = """
import os
import socket
import warnings

from fakes3 import FakeS3
from fakes3.doors.server import Site, serving

warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads
child_reads, parent_writes = os.pipe()
parent_reads, child_writes = os.pipe()
with serving(Site(FakeS3().service)) as url:
    child = os.fork()
    if not child:
        os.close(parent_writes)
        os.write(child_writes, b".")
        os.read(child_reads, 1)     # until the parent has seen enough
        os._exit(0)
host, port = url.removeprefix("http://").split(":")
os.read(parent_reads, 1)            # until the child runs
try:
    socket.create_connection((host, int(port)), timeout=5).close()
except ConnectionRefusedError:
    print("refused")
os.close(parent_writes)
os.waitpid(child, 0)
"""


def certificate(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a client and of a server with a certificate of that name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    day, now = timedelta(days=1), datetime.now(UTC)
    made = x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - day, now + day)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    signed = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    path = folder / "certificate.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return ssl.create_default_context(cadata=signed.decode()), server
