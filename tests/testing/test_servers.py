"""`s3.server()`: the fake of a test at a port, and how other processes and libraries are told of it."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from typing import Any
from urllib.request import urlopen

import boto3
import pytest

from fakes3 import FakeS3, UsageError, mock_s3
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

from ..doors.raw_http import head

CHILD = """
import boto3

client = boto3.client("s3")
body = client.get_object(Bucket="bucket", Key="in")["Body"].read()
client.put_object(Bucket="bucket", Key="from-the-child", Body=body)
print(client.meta.endpoint_url)
"""


@pytest.fixture
def fake() -> FakeS3:
    fake = FakeS3(region="eu-west-1")
    fake.create_bucket("bucket", objects={"in": "hello"})
    return fake


def presigned(fake: FakeS3, url: str) -> str:
    client: Any = fake.client(endpoint_url=url)
    return str(client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "in"}))


class TestServer:
    def test_start_and_stop_for_set_up(self, fake: FakeS3):
        server = fake.server()
        urls = []
        for _ in range(2):
            urls.append(server.start())
            with urlopen(presigned(fake, urls[-1]), timeout=60) as answer:
                assert b"hello" == answer.read()
            server.stop()
        server.stop()
        for url in urls:
            with pytest.raises(OSError, match="refused"):
                urlopen(url, timeout=60)

    @pytest.mark.parametrize("tls", [False, True])
    def test_a_child_process_meets_the_fake_of_the_test(self, fake: FakeS3, tls: bool, monkeypatch: pytest.MonkeyPatch):
        with fake.server(tls=tls) as server:
            for name, value in server.env.items():
                monkeypatch.setenv(name, value)
            ran = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=60, check=False)
        assert ("", f"{server}\n") == (ran.stderr, ran.stdout)
        assert b"hello" == fake["bucket"]["from-the-child"].body
        assert ["GetObject", "PutObject"] == [call.operation for call in fake.calls]

    def test_a_mock_that_is_entered_is_served(self):
        with mock_s3() as s3, s3.server() as server:
            s3.create_bucket("bucket", objects={"in": "hello"})
            with urlopen(presigned(s3, server), timeout=60) as answer:
                assert b"hello" == answer.read()

    def test_the_admin_api_is_that_of_the_fake(self, fake: FakeS3):
        with fake.server() as server, urlopen(f"{server}/_fakes3/tree", timeout=60) as answer:
            assert "bucket" in answer.read().decode()

    def test_the_value_is_the_url(self, fake: FakeS3):
        with fake.server() as server:
            assert isinstance(server, str)
            assert server == server.url
            assert server.startswith("http://127.0.0.1:")
            assert server.ca_file is None

    def test_the_port_is_closed_afterwards(self, fake: FakeS3):
        with fake.server() as server:
            pass
        with fake.server(int(server.rpartition(":")[2])) as again:
            assert again == server
            with pytest.raises(UsageError, match=r"Choose another one, or 0 for any that is free\.$"):
                fake.server(int(server.rpartition(":")[2])).__enter__()

    def test_what_it_is_told_by_belongs_to_the_open_server(self, fake: FakeS3):
        server = fake.server()
        with server as url:
            assert (url, url.env, url.ca_file) == (server.url, server.env, server.ca_file)
            assert url.storage_options is server.storage_options
        with pytest.raises(UsageError, match=r"This server is closed, .* or call start\(\)\.$"):
            _ = server.url
        try:
            assert server.start() == server.url
        finally:
            server.stop()
        with pytest.raises(UsageError):
            _ = server.env

    @pytest.mark.parametrize("process", [False, True])
    @pytest.mark.parametrize("port", ["9000", None, True])
    def test_what_is_no_port(self, fake: FakeS3, port: Any, process: bool):
        with pytest.raises(UsageError) as refusal:
            fake.server(port, process=process)
        remedy = "Give a number, or 0 for any port that is free."
        assert f"s3.server(port=...) cannot be {port!r}. {remedy}" == str(refusal.value)

    def test_two_servers_of_two_fakes(self, fake: FakeS3):
        other = fake.fork()
        with fake.server() as one, other.server() as two:
            client: Any = boto3.session.Session().client("s3", **boto3_options(two))
            client.delete_object(Bucket="bucket", Key="in")
            client.close()
        assert (True, False) == ("in" in fake["bucket"], "in" in other["bucket"])
        assert one != two


def boto3_options(server: Any) -> dict[str, Any]:
    return {
        "endpoint_url": server,
        "region_name": "eu-west-1",
        "aws_access_key_id": ACCESS_KEY_ID,
        "aws_secret_access_key": SECRET_ACCESS_KEY,
    }


class TestTls:
    def test_any_name_is_certified_by_the_servers_own_authority(self, fake: FakeS3):
        with fake.server(tls=True) as server:
            assert server.startswith("https://127.0.0.1:")
            trusting = ssl.create_default_context(cafile=server.ca_file)
            for host in ("127.0.0.1", "localhost", "bucket.with.dots.localhost"):
                assert {"localhost", "127.0.0.1", "bucket.with.dots.localhost"} & names(server, trusting, host)
            with urlopen(presigned(fake, server), context=trusting, timeout=60) as answer:
                assert b"hello" == answer.read()

    def test_a_client_that_ends_in_the_middle_of_a_request_leaves_nothing(
        self, fake: FakeS3, caplog: pytest.LogCaptureFixture
    ):
        request = head("PUT", "/bucket/k", "Content-Length: 4000000") + bytes(2_000_000)
        with fake.server(tls=True) as server:
            trusting = ssl.create_default_context(cafile=server.ca_file)
            with socket.create_connection(("127.0.0.1", int(server.rpartition(":")[2])), timeout=60) as sock:
                with trusting.wrap_socket(sock, server_hostname="localhost") as secured:
                    secured.sendall(request)
                    secured.unwrap()  # which tells the server that nothing more comes
        assert ["in"] == list(fake["bucket"])
        assert [] == caplog.messages

    def test_nobody_else_trusts_it(self, fake: FakeS3):
        with fake.server(tls=True) as server, fake.server(tls=True) as other:
            trusting_another = ssl.create_default_context(cafile=other.ca_file)
            with pytest.raises(ssl.SSLCertVerificationError):
                names(server, trusting_another, "localhost")

    def test_a_name_that_is_none_gets_the_certificate_of_this_machine(self, fake: FakeS3):
        with fake.server(tls=True) as server:
            trusting = ssl.create_default_context(cafile=server.ca_file)
            trusting.check_hostname = False
            assert {"localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"} == names(server, trusting, "a*b")

    def test_the_certificate_is_removed_with_the_server(self, fake: FakeS3):
        with fake.server(tls=True) as server:
            assert server.ca_file is not None
        with pytest.raises(FileNotFoundError):
            ssl.create_default_context(cafile=server.ca_file)

    def test_without_the_package_the_remedy_is_told(self, fake: FakeS3, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(sys.modules, "cryptography", None)
        with pytest.raises(UsageError, match=r'not installed\. Run: pip install "fakes3\[server\]"$'):
            fake.server(tls=True).__enter__()


def names(server: Any, context: ssl.SSLContext, host: str) -> set[str]:
    """The names and addresses in the certificate that a client gets which asks for a host."""
    with socket.create_connection(("127.0.0.1", int(server.rpartition(":")[2])), timeout=60) as sock:
        with context.wrap_socket(sock, server_hostname=host) as secured:
            certificate: Any = secured.getpeercert()
    return {name.strip() for _, name in certificate["subjectAltName"]}


class TestOptions:
    """Each library's own names, as its documentation spells them."""

    def test_environment(self, fake: FakeS3, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("NO_PROXY", "intranet")
        monkeypatch.delenv("no_proxy", raising=False)
        with fake.server() as server:
            port = server.rpartition(":")[2]
        assert {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ENDPOINT_URL_S3": server.url,
            "AWS_ENDPOINT": server.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
            "DUCKDB_S3_ENDPOINT": f"localhost:{port}",
            "DUCKDB_S3_USE_SSL": "false",
            "NO_PROXY": "intranet,127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        } == server.env

    def test_environment_with_tls(self, fake: FakeS3):
        with fake.server(tls=True) as server:
            pass
        assert ("false", "true") == (server.env["AWS_ALLOW_HTTP"], server.env["DUCKDB_S3_USE_SSL"])
        trust = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        assert {server.ca_file} == {server.env[name] for name in trust}

    def test_object_store(self, fake: FakeS3):
        """docs.rs/object_store, `AmazonS3ConfigKey`."""
        with fake.server() as server:
            pass
        assert {
            "aws_access_key_id": ACCESS_KEY_ID,
            "aws_secret_access_key": SECRET_ACCESS_KEY,
            "aws_region": "eu-west-1",
            "aws_endpoint_url": server.url,
            "aws_allow_http": "true",
            "aws_virtual_hosted_style_request": "false",
        } == server.storage_options

    def test_other_libraries(self, fake: FakeS3):
        with fake.server() as server:
            options, place = server.storage_options, server.removeprefix("http://")
        keys = (ACCESS_KEY_ID, SECRET_ACCESS_KEY)
        assert {
            **dict(zip(("key", "secret"), keys, strict=True)),
            "endpoint_url": server.url,
            "client_kwargs": {"region_name": "eu-west-1"},
        } == options.fsspec
        assert {
            **dict(zip(("access_key", "secret_key"), keys, strict=True)),
            "region": "eu-west-1",
            "scheme": "http",
            "endpoint_override": place,
        } == options.pyarrow
        assert (
            f"CREATE OR REPLACE SECRET fakes3 (TYPE s3, KEY_ID '{keys[0]}', SECRET '{keys[1]}', REGION 'eu-west-1', "
            f"ENDPOINT '{place}', URL_STYLE 'path', USE_SSL false);"
        ) == options.duckdb
        assert {
            **dict(zip(("key_id", "access_key"), keys, strict=True)),
            "region_name": "eu-west-1",
            "endpoint_url": server.url,
            "use_ssl": False,
            "force_virtual_addressing": False,
        } == options.daft
        assert {
            **dict(zip(("s3.access-key-id", "s3.secret-access-key"), keys, strict=True)),
            "s3.region": "eu-west-1",
            "s3.endpoint": server.url,
            "s3.force-virtual-addressing": "false",
        } == options.pyiceberg

    def test_other_libraries_with_tls(self, fake: FakeS3):
        with fake.server(tls=True) as server:
            options = server.storage_options
        assert "false" == options["aws_allow_http"]
        assert server.ca_file == options.fsspec["client_kwargs"]["verify"]
        assert ("https", server.ca_file) == (options.pyarrow["scheme"], options.pyarrow["tls_ca_file_path"])
        assert options.duckdb.startswith(f"SET ca_cert_file = '{server.ca_file}'; CREATE OR REPLACE SECRET ")
        assert options.duckdb.endswith("USE_SSL true);")
