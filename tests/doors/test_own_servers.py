"""Servers that this process runs itself answer their own requests, and no fake takes their place."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from fakes3 import FakeS3, mock_s3
from fakes3.doors import own_servers
from fakes3.doors.loopback import loopback
from fakes3.doors.own_servers import find_listening, has_server
from fakes3.doors.server import Site, serving
from fakes3.testing.entries import ENTRIES

from .ways import made_client


@pytest.fixture
def store() -> Iterator[tuple[FakeS3, str]]:
    """Another S3, at a port of this process."""
    s3 = FakeS3()
    s3.create_bucket("store", objects={"key": "of the store"})
    with serving(Site(s3.service)) as url:
        yield s3, url


@contextmanager
def listening(address: str = "127.0.0.1", port: int = 0) -> Iterator[tuple[socket.socket, int]]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        server = socket.create_server((address, port), family=family)
    except OSError as error:
        pytest.skip(f"{address} is no address of this machine: {error}")
    with closing(server):
        yield server, server.getsockname()[1]


class TestServersOfThisProcess:
    """Their requests reach them, whether the fake was entered before they were started or after."""

    @pytest.mark.parametrize("direct", [False, True])
    def test_boto3(self, store, direct):
        theirs, url = store
        with mock_s3(direct=direct) as s3:
            client = made_client(endpoint_url=url)
            client.put_object(Bucket="store", Key="new", Body=b"new")
            assert b"of the store" == client.get_object(Bucket="store", Key="key")["Body"].read()
            assert [] == list(s3.calls)
        assert b"new" == theirs["store"]["new"].body

    def test_by_its_name_and_as_virtual_host(self, store):
        url = store[1].replace("127.0.0.1", "localhost")
        with mock_s3() as s3:
            client = made_client(endpoint_url=url, config=Config(s3={"addressing_style": "path"}))
            assert ["store"] == [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
            assert ENTRIES.current().endpoint.claims(url.replace("http://", "store."), {}, "") is False  # type: ignore[union-attr]
            assert [] == list(s3.calls)

    def test_unsigned_where_the_mock_names_it(self, store):
        with mock_s3(endpoints=[store[1]]) as s3, requests.Session() as session:
            assert 403 == session.get(f"{store[1]}/store/key").status_code
            assert [] == list(s3.calls)
        assert ["GetObject"] == [call.operation for call in store[0].calls]

    def test_named_by_the_environment(self, store, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store[1])
        with mock_s3():
            assert ["store"] == [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]

    def test_started_inside_the_mock_and_stopped_again(self):
        with mock_s3() as s3:
            theirs = FakeS3()
            with serving(Site(theirs.service)) as url:
                made_client(endpoint_url=url).create_bucket(Bucket="theirs")
            made_client(endpoint_url=url).create_bucket(Bucket="ours")
            assert ["theirs"] == list(theirs.buckets)
            assert ["ours"] == list(s3.buckets)


class TestOtherServers:
    """A server of another process is taken by the fake like any host: it may be a real store."""

    @pytest.fixture
    def elsewhere(self) -> Iterator[str]:
        """The URL of a server in another process, which would answer nothing."""
        script = (
            "import socket, sys\ns = socket.create_server(('127.0.0.1', 0))\nprint(s.getsockname()[1], flush=True)\n"
        )
        command = [sys.executable, "-c", f"{script}sys.stdin.read()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
            process.communicate(timeout=60)

    def test_boto3(self, elsewhere):
        with mock_s3() as s3:
            made_client(endpoint_url=elsewhere).create_bucket(Bucket="ours")
            assert "ours" in s3

    def test_passthrough_lets_it_out(self, elsewhere):
        with mock_s3(passthrough=[elsewhere]):
            endpoint = ENTRIES.current().endpoint  # type: ignore[union-attr]
            assert not endpoint.claims(elsewhere.removeprefix("http://"), {}, "")

    def test_the_port_of_native_clients_is_left_to_the_doors(self):
        port = loopback(ENTRIES.entrance.current).host.partition(":")[2]
        assert ("127.0.0.1", int(port)) in set(find_listening())
        with mock_s3() as s3:
            made_client(endpoint_url=f"http://127.0.0.1:{port}").create_bucket(Bucket="ours")
            assert "ours" in s3


ANY = "0.0.0.0"  # the address of servers that listen at all


class TestHosts:
    """Which hosts are a server of this process."""

    @pytest.mark.parametrize(
        ("address", "reached", "not_reached"),
        [
            ("127.0.0.1", "127.0.0.1 localhost bucket.localhost 0.0.0.0", "127.0.0.2 [::1] 10.0.0.1 minio"),
            (ANY, "127.0.0.1 127.0.0.2 localhost 0.0.0.0", "10.0.0.1 minio"),
            ("::1", "[::1] localhost [::]", "127.0.0.1 minio"),
        ],
    )
    def test_by_name_or_address(self, address, reached, not_reached):
        with listening(address) as (_, port), mock_s3():
            endpoint = ENTRIES.current().endpoint  # type: ignore[union-attr]
            signed = {"authorization": "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request"}
            hosts = [f"{host}:{port}" for host in reached.split()]
            assert [] == [host for host in hosts if endpoint.claims(host, signed, "")]
            hosts = [f"{host}:{port}" for host in not_reached.split()]
            assert hosts == [host for host in hosts if endpoint.claims(host, signed, "")]
            assert endpoint.claims("127.0.0.1:70000", signed, "")

    def test_without_a_port_it_is_a_usual_one(self, monkeypatch):
        with mock_s3(endpoints=["localhost"]):
            endpoint = ENTRIES.current().endpoint  # type: ignore[union-attr]
            assert endpoint.claims("localhost", {}, "")
            monkeypatch.setattr(own_servers, "find_listening", lambda: iter([("127.0.0.1", 443)]))
            assert not endpoint.claims("localhost", {}, "")


class TestSockets:
    """The sockets of this process at which it listens, found without a connection."""

    @pytest.fixture(params=["of the system", "of Python"], autouse=True)
    def way(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
        if request.param == "of Python":
            monkeypatch.setattr(own_servers, "_OPEN_FILES", ("/there/is/no/such/folder",))
        elif not any(map(os.path.isdir, own_servers._OPEN_FILES)):
            pytest.skip("this system lists no open files")
        return str(request.param)

    def test_listens(self):
        with listening() as (_, port):
            assert has_server("127.0.0.1", [port])
        assert not has_server("127.0.0.1", [port])

    def test_neither_bound_nor_connected_sockets_are_servers(self):
        with (
            listening() as (_, port),
            socket.create_connection(("127.0.0.1", port)) as client,
            socket.socket() as bound,
        ):
            bound.bind(("127.0.0.1", 0))
            ports = {bound.getsockname()[1], client.getsockname()[1]}
            assert [] == [address for address in find_listening() if address[1] in ports]
            assert has_server("localhost", [port])
            assert client.fileno() > 0  # the copies were closed, and not the sockets

    def test_those_that_python_does_not_know(self, way):
        with listening() as (server, port):
            number = server.detach()
            try:
                assert (way == "of the system") is has_server("localhost", [port])
            finally:
                os.close(number)

    def test_other_kinds_of_sockets(self):
        here: Any = socket.socketpair()
        before = set(find_listening())
        for each in here:
            each.close()
        assert before >= set(find_listening())
