"""The server as a proxy: clients keep S3's own hosts, and nothing else is reached unless it is let out."""

from __future__ import annotations

import http.client
import logging
import shutil
import socket
import ssl
import struct
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from queue import SimpleQueue
from typing import Any
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ProxyConnectionError

from fakes3 import FakeS3, UsageError
from fakes3.doors.server import Site, serving
from fakes3.doors.server_certificates import Authority
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

from .raw_http import Raw, connected, head

MEBIBYTE = 1024 * 1024
OTHER_HOSTS = ("example.com", "sts.us-east-1.amazonaws.com", "localhost", "127.0.0.1", "s3.cn-north-1.amazonaws.com")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def proxy(fake: FakeS3, authority: Authority) -> Iterator[str]:
    with serving(Site(fake.service, authority=authority)) as url:
        yield url


@pytest.fixture
def raw(proxy: str) -> Iterator[Raw]:
    with connected(proxy) as raw:
        yield raw


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def connect(place: str, *lines: str, version: str = "1.1") -> bytes:
    return "\r\n".join((f"CONNECT {place} HTTP/{version}", f"Host: {place}", *lines, "", "")).encode()


@contextmanager
def tunnel(raw: Raw, place: str, authority: Authority) -> Iterator[Raw]:
    """A connection within the tunnel to a host, after TLS has begun with a certificate for its name."""
    assert 200 == raw.ask(connect(place)).status
    trusting = ssl.create_default_context(cadata=authority.pem.decode())
    with trusting.wrap_socket(raw.sock, server_hostname=place.partition(":")[0]) as sock:
        yield Raw(sock)


class TestBoto3:
    """Real regions, no endpoint, real host names."""

    @pytest.mark.parametrize(
        ("region", "host"),
        [
            ("us-east-1", "s3.amazonaws.com"),
            ("eu-central-1", "s3.eu-central-1.amazonaws.com"),
            ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", "s3.us-gov-west-1.amazonaws.com"),
        ],
    )
    def test_reads_and_writes_at_virtual_hosts_of_any_partition(self, fake: FakeS3, region: str, host: str):
        body = b"x" * (2 * MEBIBYTE)
        with fake.server(proxy=True) as proxy:
            client = client_by(proxy, fake.account(OWNER).credentials, region)
            placed = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            for name in ("pictures", "with.dots"):
                client.create_bucket(Bucket=name, **placed)
                client.put_object(Bucket=name, Key="a b", Body=body)
                assert body == client.get_object(Bucket=name, Key="a b")["Body"].read()
            assert f"https://{host}" == client.meta.endpoint_url
            url = client.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "a b"})
            assert url.startswith("https://pictures.s3.")
            trusting = ssl.create_default_context(cafile=proxy.ca_file)
            opener = build_opener(ProxyHandler({"https": proxy}), HTTPSHandler(context=trusting))
            with opener.open(url, timeout=60) as answer:
                assert body == answer.read()
            client.close()
        assert body == fake["pictures"]["a b"].body
        assert [region, region] == [fake[name].region for name in ("pictures", "with.dots")]

    def test_another_service_is_refused_and_logged(self, fake: FakeS3, caplog: pytest.LogCaptureFixture):
        with fake.server(proxy=True) as proxy, caplog.at_level(logging.WARNING, "fakes3"):
            client = client_by(proxy, fake.account(OWNER).credentials, "us-east-1", "kms")
            with pytest.raises(ProxyConnectionError):
                client.list_keys()
            client.close()
        (line,) = caplog.messages
        assert line.startswith(
            "CONNECT kms.us-east-1.amazonaws.com:443: 403: kms.us-east-1.amazonaws.com is no host of S3"
        )
        assert line.endswith('or s3.server(proxy=True, passthrough=["kms.us-east-1.amazonaws.com"]).')


OWNER = "111122223333"
"""An account of its own: no mock of another test in this process minds where its keys are sent."""


def client_by(proxy: Any, credentials: Any, region: str, service: str = "s3") -> Any:
    """A client that is led by the variables of a proxy, which are given to it here one by one."""
    return boto3.session.Session(**credentials, region_name=region).client(
        service,  # type: ignore[call-overload]
        verify=proxy.env["AWS_CA_BUNDLE"],
        config=Config(proxies={"https": proxy.env["HTTPS_PROXY"]}, retries={"total_max_attempts": 1}),
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
class TestCurl:
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_signs_for_the_real_host(self, fake: FakeS3, scheme: str):
        signed = ["--aws-sigv4", "aws:amz:us-east-1:s3", "-u", f"{ACCESS_KEY_ID}:{SECRET_ACCESS_KEY}"]
        url = f"{scheme}://bucket.s3.us-east-1.amazonaws.com/hello.txt"
        with fake.server(proxy=True) as proxy:
            ran = subprocess.run(["curl", "-sS", *signed, url], env=proxy.env, capture_output=True, timeout=60)
        assert (b"", b"hello") == (ran.stderr, ran.stdout)

    def test_shows_why_it_was_refused(self, fake: FakeS3):
        with fake.server(proxy=True) as proxy:
            ran = subprocess.run(
                ["curl", "-sS", "http://example.com/"], env=proxy.env, capture_output=True, text=True, timeout=60
            )
        assert ran.stdout.startswith("example.com is no host of S3, and fakes3 as a proxy leads to S3 alone.")


class TestTunnels:
    def test_many_requests_go_through_one(self, raw: Raw, fake: FakeS3, authority: Authority):
        host = "bucket.s3.us-east-1.amazonaws.com"
        with tunnel(raw, f"{host}:443", authority) as within:
            put = head("PUT", "/k", "Content-Length: 5", host=host) + b"hello"
            assert 200 == within.ask(put).status
            assert b"hello" == within.ask(head("GET", "/k", host=host)).body
        assert b"hello" == fake["bucket"]["k"].body

    def test_a_request_may_come_with_the_end_of_the_handshake(self, raw: Raw, authority: Authority):
        assert 200 == raw.ask(connect("s3.amazonaws.com:443")).status
        trusting = ssl.create_default_context(cadata=authority.pem.decode())
        received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = trusting.wrap_bio(received, sent, server_hostname="s3.amazonaws.com")
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.send(sent.read())
                received.write(raw.sock.recv(65536))
        client.write(head("GET", "/bucket/hello.txt", host="s3.amazonaws.com"))
        raw.send(sent.read())  # with the client's Finished, in one packet
        answer = b""
        while b"hello" not in answer:
            received.write(raw.sock.recv(65536))
            with suppress(ssl.SSLWantReadError):
                answer += client.read()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")

    def test_at_the_port_of_http_it_has_no_tls(self, raw: Raw):
        assert 200 == raw.ask(connect("s3.amazonaws.com:80")).status
        assert b"hello" == raw.ask(head("GET", "/bucket/hello.txt", host="s3.amazonaws.com")).body

    def test_its_own_host_is_here(self, raw: Raw, proxy: str, authority: Authority):
        port = port_of(proxy)
        assert b"hello" == raw.ask(head("GET", f"http://127.0.0.1:{port}/bucket/hello.txt")).body
        assert b"hello" == raw.ask(head("GET", f"http://bucket.localhost:{port}/hello.txt")).body
        with tunnel(raw, f"localhost:{port}", authority) as within:
            assert b"hello" == within.ask(head("GET", "/bucket/hello.txt")).body

    def test_a_domain_is_here(self, fake: FakeS3):
        with serving(Site(fake.service, base_hosts=["s3.test"])) as url, connected(url) as raw:
            assert b"hello" == raw.ask(head("GET", "http://bucket.s3.test/hello.txt")).body

    def test_http_of_1_0_names_no_host(self, raw: Raw):
        """As http.client asks, up to Python 3.11."""
        assert 200 == raw.ask(b"CONNECT s3.amazonaws.com:443 HTTP/1.0\r\n\r\n").status

    def test_a_client_that_trusts_no_certificate_is_told_of(self, raw: Raw, fake: FakeS3, authority: Authority):
        told: list[str] = []
        with serving(Site(fake.service, authority=authority, tell=told.append)) as url:
            connection = http.client.HTTPSConnection("127.0.0.1", port_of(url), context=ssl.create_default_context())
            connection.set_tunnel("bucket.s3.amazonaws.com", 443)
            with pytest.raises(ssl.SSLCertVerificationError):
                connection.request("GET", "/")
            connection.close()
        (line,) = told
        assert line.startswith("CONNECT bucket.s3.amazonaws.com:443: the client broke off TLS (")
        assert line.endswith("). Let it trust the certificate of this server.")

    @pytest.mark.parametrize("resets", [False, True])
    def test_a_client_that_goes_in_the_middle_of_the_handshake(self, fake: FakeS3, authority: Authority, resets: bool):
        told: SimpleQueue[str] = SimpleQueue()
        with serving(Site(fake.service, authority=authority, tell=told.put)) as url:
            with connected(url) as raw:
                raw.ask(connect("s3.amazonaws.com:443"))
                if resets:
                    raw.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            assert told.get(timeout=60).startswith(
                "CONNECT s3.amazonaws.com:443: the client broke off TLS (ConnectionResetError"
            )

    def test_the_server_stops_while_some_are_open(self, fake: FakeS3, authority: Authority):
        """One waits for a handshake, one is in a tunnel to S3, and one in a tunnel to a host that is let out."""
        with ExitStack() as stack, serving(Site(FakeS3().service)) as other:
            with serving(Site(fake.service, authority=authority, passthrough=[other])) as url:
                begun, within, out = (stack.enter_context(connected(url)) for _ in range(3))
                assert 200 == begun.ask(connect("s3.amazonaws.com:443")).status
                assert 200 == out.ask(connect(other.removeprefix("http://"))).status
                secured = stack.enter_context(tunnel(within, "s3.amazonaws.com:443", authority))
                assert 200 == secured.ask(head("GET", "/", host="s3.amazonaws.com")).status
            for each in (begun, secured, out):
                assert each.is_closed()


class TestRefusals:
    """What is no host of S3 is refused, with the reason and the way out."""

    @pytest.mark.parametrize("host", OTHER_HOSTS)
    @pytest.mark.parametrize("port", [80, 443, 8080])
    def test_a_tunnel(self, raw: Raw, host: str, port: int):
        place = host if port in (80, 443) else f"{host}:{port}"
        raw.send(connect(f"{host}:{port}"))
        answer = raw.receive()
        assert 403 == answer.status
        assert refusal_of(place) == answer.headers[b"x-fakes3-reason"].decode() == answer.body.decode().rstrip("\n")
        assert raw.is_closed()

    @pytest.mark.parametrize("host", OTHER_HOSTS)
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_request(self, raw: Raw, host: str, method: str):
        answer = raw.ask(head(method, f"http://{host}/bucket/hello.txt"), method)
        assert (403, refusal_of(host)) == (answer.status, answer.headers[b"x-fakes3-reason"].decode())
        assert (b"" if method == "HEAD" else f"{refusal_of(host)}\n".encode()) == answer.body
        assert raw.is_closed()

    def test_a_large_body_does_not_hide_the_answer(self, raw: Raw):
        size = 4 * MEBIBYTE
        raw.send(head("PUT", "http://example.com/k", f"Content-Length: {size}"), bytes(size))
        assert 403 == raw.receive().status

    def test_the_reason_is_in_the_phrase(self, proxy: str):
        """Of a refused tunnel, most clients show nothing else."""
        connection = http.client.HTTPSConnection("127.0.0.1", port_of(proxy), timeout=60)
        connection.set_tunnel("example.com", 443)
        with pytest.raises(OSError, match="Tunnel connection failed: 403 Not a host of S3"):
            connection.request("GET", "/")

    def test_without_an_authority(self, fake: FakeS3):
        with serving(Site(fake.service)) as url, connected(url) as raw:
            answer = raw.ask(connect("s3.amazonaws.com:443"))
        assert 501 == answer.status
        assert answer.body.endswith(b"fakes3 serve --ca-file FILE, or s3.server(proxy=True).\n")

    @pytest.mark.parametrize(
        "request_head",
        [
            *(connect(f"s3.amazonaws.com{port}") for port in ("", ":", ":0", ":65536", ":x", ":443/", ":-1", ":4 43")),
            *(connect(f"{name}:443") for name in ("", "user@s3.amazonaws.com", "http://s3.amazonaws.com", "a,b", "é")),
            connect("s3.amazonaws.com:443", "Content-Length: 5") + b"hello",
            connect("s3.amazonaws.com:443", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
            connect("s3.amazonaws.com:443") + b"\x16\x03\x01",
            head("GET", "http://user:password@s3.amazonaws.com/bucket"),
            head("GET", "http://s3.amazonaws.com:99999/bucket"),
            head("OPTIONS", "*"),
        ],
        ids=lambda request_head: ascii(request_head.partition(b"\r\n")[0]),  # all else has the time in it
    )
    def test_what_cannot_be_read(self, raw: Raw, request_head: bytes):
        answer = raw.ask(request_head)
        assert (400, "BadRequest") == (answer.status, answer.code)
        assert raw.is_closed()


def refusal_of(place: str) -> str:
    return (
        f"{place} is no host of S3, and fakes3 as a proxy leads to S3 alone. To let it out: fakes3 serve "
        f'--passthrough {place}, or s3.server(proxy=True, passthrough=["{place}"]).'
    )


class TestPassthrough:
    """Hosts that are let out are reached, whatever they are."""

    @pytest.fixture
    def other(self) -> FakeS3:
        """What is at another host: another S3, in which everything can be told apart."""
        other = FakeS3()
        other.create_bucket("bucket", objects={"hello.txt": "hello from elsewhere"})
        return other

    @pytest.fixture
    def elsewhere(self, other: FakeS3) -> Iterator[str]:
        with serving(Site(other.service)) as url:
            yield url

    @pytest.fixture
    def raw(self, fake: FakeS3, elsewhere: str, authority: Authority) -> Iterator[Raw]:
        with serving(Site(fake.service, authority=authority, passthrough=[elsewhere])) as url, connected(url) as raw:
            yield raw

    def test_a_tunnel(self, raw: Raw, elsewhere: str):
        assert 200 == raw.ask(connect(elsewhere.removeprefix("http://"))).status
        for _ in range(2):
            assert b"hello from elsewhere" == raw.ask(head("GET", "/bucket/hello.txt")).body

    def test_large_bodies_both_ways(self, raw: Raw, elsewhere: str, other: FakeS3):
        body = bytes(range(256)) * (32 * 1024)
        raw.ask(connect(elsewhere.removeprefix("http://")))
        raw.send(head("PUT", "/bucket/large", f"Content-Length: {len(body)}"), body)
        assert 200 == raw.receive().status
        assert body == other["bucket"]["large"].body == raw.ask(head("GET", "/bucket/large")).body

    def test_the_server_stops_while_nobody_reads(self, fake: FakeS3, elsewhere: str, other: FakeS3):
        other.create_bucket("large", objects={"k": bytes(32 * MEBIBYTE)})
        with ExitStack() as stack, serving(Site(fake.service, passthrough=[elsewhere])) as url:
            raw = stack.enter_context(connected(url))
            raw.send(head("GET", f"{elsewhere}/large/k"))
            assert b"HTTP/1.1 200" == raw.sock.recv(12)  # and no more

    def test_a_client_that_ends_its_side_first(self, raw: Raw, elsewhere: str):
        raw.ask(connect(elsewhere.removeprefix("http://")))
        raw.send(head("PUT", "/bucket/k", "Content-Length: 5"), b"half")
        raw.sock.shutdown(socket.SHUT_WR)
        assert 400 == raw.receive().status  # IncompleteBody
        assert raw.is_closed()

    @pytest.mark.parametrize("framing", ["sized", "chunked"])
    def test_a_request(self, raw: Raw, elsewhere: str, other: FakeS3, fake: FakeS3, framing: str):
        lines = ["Proxy-Connection: keep-alive", "Proxy-Authorization: Basic eDp5", "Connection: keep-alive"]
        sent = b"hello"
        coding = ["Transfer-Encoding: chunked", "Content-Encoding: aws-chunked", "x-amz-decoded-content-length: 5"]
        length = coding if framing == "chunked" else ["Content-Length: 5"]
        another = head("PUT", f"{elsewhere}/bucket/another", "Content-Length: 0")
        first = head("PUT", f"{elsewhere}/bucket/k?x-id=PutObject", *lines, *length, host="x")
        if framing == "chunked":
            first = first.replace(b"UNSIGNED-PAYLOAD", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            signed = b"5\r\nhello\r\n0\r\n\r\n"
            sent = b"8\r\n%b\r\n7\r\n%b\r\n0\r\n\r\n" % (signed[:8], signed[8:])
        raw.send(first + sent[:3])
        raw.send(sent[3:] + another)
        answer = raw.receive()
        assert (200, b"close") == (answer.status, answer.headers[b"connection"])
        assert raw.is_closed()
        assert (b"hello", ["hello.txt", "k"]) == (other["bucket"]["k"].body, list(other["bucket"]))
        assert ["hello.txt"] == list(fake["bucket"])

    def test_a_body_whose_chunks_are_none_ends_it(self, raw: Raw, elsewhere: str, other: FakeS3):
        lines = ("Transfer-Encoding: chunked", "Content-Encoding: aws-chunked", "x-amz-decoded-content-length: 5")
        request = head("PUT", f"{elsewhere}/bucket/k", *lines)
        raw.send(request.replace(b"UNSIGNED-PAYLOAD", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"))
        raw.send(b"x\r\nhello\r\n0\r\n\r\n")
        with pytest.raises((EOFError, ConnectionError)):
            raw.receive()
        assert "k" not in other["bucket"]

    def test_it_counts_before_s3s_own_hosts(self, fake: FakeS3, authority: Authority):
        site = Site(fake.service, authority=authority, passthrough=["LOCALHOST", "127.0.0.1:1"])
        with serving(site) as url, connected(url) as raw:
            answer = raw.ask(connect("127.0.0.1:1"))  # at which nobody listens
        assert 502 == answer.status
        assert answer.body.startswith(b"127.0.0.1:1 is let out, and cannot be reached (")
        assert answer.body.endswith(b"). See that it runs.\n")

    def test_https_is_let_out_by_connect_alone(self, raw: Raw, elsewhere: str):
        assert 400 == raw.ask(head("GET", f"https://{elsewhere.removeprefix('http://')}/bucket")).status

    def test_through_tls(self, fake: FakeS3, elsewhere: str, authority: Authority):
        """A proxy that is itself reached by TLS, where no side can be ended alone."""
        site = Site(fake.service, authority=authority, passthrough=[elsewhere])
        trusting = ssl.create_default_context(cadata=authority.pem.decode())
        with serving(site, tls=authority.context()) as url, connected(url) as outer:
            with trusting.wrap_socket(outer.sock, server_hostname="localhost") as sock:
                raw = Raw(sock)
                answer = raw.ask(head("GET", f"{elsewhere}/bucket/hello.txt"))
                assert b"hello from elsewhere" == answer.body
                assert raw.is_closed()


class TestOfATest:
    """`s3.server(proxy=True)`."""

    def test_environment(self, fake: FakeS3, monkeypatch: pytest.MonkeyPatch):
        """What the user lets pass by proxies could be S3 itself."""
        monkeypatch.setenv("NO_PROXY", "amazonaws.com")
        with fake.server(proxy=True) as proxy:
            pass
        trust = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        assert {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy.url),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
            **dict.fromkeys(trust, proxy.ca_file),
        } == proxy.env
        assert (proxy.url, "true") == (
            proxy.storage_options["aws_endpoint_url"],
            proxy.storage_options["aws_allow_http"],
        )

    @pytest.mark.parametrize(
        ("options", "remedy"),
        [
            (
                {"tls": True, "proxy": True},
                "Leave out tls=True: what clients send through the",
            ),
            ({"passthrough": ["example.com"]}, "Give proxy=True too."),
            ({"proxy": True, "passthrough": "example.com"}, r"Give a list: passthrough=\['example.com'\]."),
            ({"proxy": True, "passthrough": [3]}, "Give hosts or URLs, such as "),
        ],
    )
    def test_options_that_do_not_go_together(self, fake: FakeS3, options: dict[str, Any], remedy: str):
        with pytest.raises(UsageError, match=remedy):
            fake.server(**options).__enter__()
