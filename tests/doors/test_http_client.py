"""The door of http.client: what a program can do with a connection, and with those who stand on it."""

from __future__ import annotations

import http.client
import io
import socket
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from unittest.mock import MagicMock

import pytest
from botocore.config import Config

from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.doors.messages import FakeSocket

HOST = "bucket.s3.amazonaws.com"


def path_of(s3: FakeS3, operation: str = "get_object", key: str = "k", **options: Any) -> str:
    """The path and query of a presigned URL."""
    client = s3.client(config=Config(signature_version="s3v4"), **options)
    url = client.generate_presigned_url(operation, Params={"Bucket": "bucket", "Key": key})
    return "/" + str(url).split("/", 3)[3]


@pytest.fixture(autouse=True)
def bucket(request: pytest.FixtureRequest) -> Any:
    if "s3" in request.fixturenames:
        return request.getfixturevalue("s3").create_bucket("bucket", objects={"k": "v"})
    return None


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that were looked up on the way out, which fails here."""
    hosts: list[str] = []

    def getaddrinfo(host: Any, *_: Any, **__: Any) -> Any:
        hosts.append(host)
        raise socket.gaierror(socket.EAI_NONAME, f"no way to {host}")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return hosts


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a real server on this machine, which answers with the body of the request."""
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


class TestConnection:
    def test_several_requests_over_one(self, s3):
        connection = http.client.HTTPSConnection(HOST)
        for _ in range(3):
            connection.request("GET", path_of(s3))
            answer = connection.getresponse()
            assert (200, b"v", "1") == (answer.status, answer.read(), answer.headers["Content-Length"])

    def test_each_request_meets_the_fake_of_its_time(self, s3, looked_up):
        connection = http.client.HTTPSConnection(HOST)
        with mock_s3() as inner:
            connection.request("GET", path_of(s3))
            answer = connection.getresponse()
            assert (404, 1) == (answer.status, len(inner.calls))
            answer.read()
        connection.request("GET", path_of(s3))
        assert 200 == connection.getresponse().status

    def test_it_does_not_outlive_the_mock(self, looked_up):
        connection = http.client.HTTPSConnection(HOST)
        with mock_s3() as s3:
            s3.create_bucket("bucket")
            connection.request("GET", "/k")
            connection.getresponse().read()
        with pytest.raises(OSError, match="no way"):
            connection.request("GET", "/k")
        assert [HOST] == looked_up

    @pytest.mark.parametrize("body", [b"new", io.BytesIO(b"new"), iter([b"n", b"ew"])], ids=["bytes", "file", "pieces"])
    def test_bodies(self, s3, body):
        connection = http.client.HTTPSConnection(HOST)
        connection.request("PUT", path_of(s3, "put_object", "new"), body, {"Content-Length": "3"})
        assert (200, b"new") == (connection.getresponse().status, s3["bucket"]["new"].body)

    def test_by_hand(self, s3):
        connection = http.client.HTTPSConnection(HOST)
        connection.connect()
        connection.putrequest("PUT", path_of(s3, "put_object", "new"))
        connection.putheader("Content-Length", "3")
        connection.endheaders()
        connection.send(b"new")
        assert (200, b"new") == (connection.getresponse().status, s3["bucket"]["new"].body)

    def test_connecting_to_another_host_of_amazons_is_stopped(self, s3, looked_up):
        with pytest.raises(UnmockedRequest):
            http.client.HTTPSConnection("sts.amazonaws.com").connect()
        assert [] == looked_up

    def test_through_a_tunnel(self, s3, looked_up):
        connection = http.client.HTTPSConnection("proxy.test", 3128)
        connection.set_tunnel(HOST)
        connection.request("GET", path_of(s3))
        assert (200, []) == (connection.getresponse().status, looked_up)

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_proxy_of_urllib(self, s3, monkeypatch, looked_up, scheme):
        monkeypatch.setenv(f"{scheme}_proxy", "http://proxy.test:3128")
        with urllib.request.build_opener().open(f"{scheme}://{HOST}{path_of(s3, use_ssl=scheme == 'https')}") as answer:
            assert (b"v", []) == (answer.read(), looked_up)


class TestOthers:
    def test_another_server(self, s3, port):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for body in (b"one", b"two"):
            connection.request("POST", "/", body)
            assert body == connection.getresponse().read()
        connection.close()
        assert [] == list(s3.calls)

    def test_a_request_signed_for_another_service_leaves_a_named_endpoint(self, port):
        scope = "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
        with mock_s3(endpoints=[f"127.0.0.1:{port}"]) as s3:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("POST", "/", b"queue", {"Authorization": scope})
            assert (b"queue", []) == (connection.getresponse().read(), list(s3.calls))
            connection.close()

    def test_a_subclass_that_connects_by_itself(self, s3, looked_up):
        class Connection(http.client.HTTPSConnection):
            def connect(self) -> None:
                self.sock = socket.create_connection((self.host, 443))

        connection = Connection(HOST)
        connection.request("GET", path_of(s3))
        assert isinstance(connection.sock, FakeSocket)
        assert (b"v", []) == (connection.getresponse().read(), looked_up)

    def test_pandas(self, s3):
        pandas = pytest.importorskip("pandas")
        s3.create_bucket("tables", objects={"k.csv": "a,b\n1,2\n"})
        url = s3.client(config=Config(signature_version="s3v4")).generate_presigned_url(
            "get_object", Params={"Bucket": "tables", "Key": "k.csv"}
        )
        assert [[1, 2]] == pandas.read_csv(url).to_numpy().tolist()


def test_everything_is_restored():
    before = dict(vars(http.client.HTTPConnection)), dict(vars(http.client.HTTPSConnection))
    with mock_s3():
        assert before[0] != dict(vars(http.client.HTTPConnection))
    assert before == (dict(vars(http.client.HTTPConnection)), dict(vars(http.client.HTTPSConnection)))


@pytest.mark.parametrize("name", ["HTTPConnection", "HTTPSConnection"])
def test_somebodys_mock_of_the_whole_class_stays(monkeypatch, name):
    nobody = MagicMock()
    monkeypatch.setattr(http.client, name, nobody)
    with mock_s3():
        assert nobody is getattr(http.client, name)
