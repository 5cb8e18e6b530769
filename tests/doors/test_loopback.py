"""The port of the process, and the variables that lead native clients to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from threading import Thread
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest

from fakes3 import UnmockedRequest, mock_s3
from fakes3.doors.loopback import Loopback
from fakes3.doors.processes import NoPart

from .conftest import NATIVE_VARIABLES

pytestmark = pytest.mark.usefixtures("nothing_native")


@pytest.fixture
def led(library: Callable[..., ModuleType]) -> Iterator[Any]:
    """A fake with an object that everybody may read, and a library that is led to it by variables."""
    library("obstore")
    with mock_s3(bucket_defaults="2022") as s3:
        s3.create_bucket("lake")
        s3.client().put_object(Bucket="lake", Key="key", Body=b"body", ACL="public-read")
        s3.calls.clear()
        yield s3


def variables() -> dict[str, str]:
    return {name: os.environ[name] for name in NATIVE_VARIABLES if name in os.environ}


def ask(
    path: str, url: str | None = None, method: str = "GET", headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Return status and body of the response to a request as it is given, so without a signature unless it has one."""
    place = urlsplit(url or os.environ["AWS_ENDPOINT"])
    lines = [f"{method} {path} HTTP/1.1", f"Host: {place.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    with socket.create_connection((place.hostname, place.port or 0), timeout=20) as out:
        out.sendall("\r\n".join([*lines, "", ""]).encode())
        said = b"".join(iter(lambda: out.recv(65536), b"")).decode()
    head, _, body = said.partition("\r\n\r\n")
    return int(head.split()[1]), body


class TestAsAProxy:
    def test_it_leads_nowhere_else_and_logs_it(self, led: Any, caplog: pytest.LogCaptureFixture):
        place = urlsplit(os.environ["AWS_ENDPOINT"]).netloc
        assert (200, "body") == ask(f"http://{place}/lake/key")
        status, body = ask("http://example.com/lake/key")
        assert (403, True) == (status, body.startswith("example.com is no host of S3"))
        assert 501 == ask("s3.amazonaws.com:443", method="CONNECT")[0]
        (first, second) = caplog.messages
        assert first.startswith("GET example.com: 403: example.com is no host of S3")
        assert second.startswith("CONNECT s3.amazonaws.com:443: 501: A tunnel to s3.amazonaws.com needs a certificate")


class TestVariables:
    def test_none_is_set_for_who_uses_no_native_library(self):
        with mock_s3():
            assert {} == variables()

    @pytest.mark.parametrize("name", ["deltalake", "obstore", "polars"])
    def test_those_of_object_store(self, library, name):
        library(name)
        with mock_s3():
            found = variables()
            assert found.pop("AWS_ENDPOINT").startswith("http://127.0.0.1:")
            assert {"AWS_ALLOW_HTTP": "true", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false"} == found
        assert {} == variables()

    def test_those_of_duckdb(self, library):
        library("duckdb", DuckDBPyConnection=type("DuckDBPyConnection", (), {}))
        with mock_s3():
            assert {"DUCKDB_S3_ENDPOINT", "DUCKDB_S3_USE_SSL"} == variables().keys()
            assert os.environ["DUCKDB_S3_ENDPOINT"].startswith("localhost:")
        assert {} == variables()

    def test_the_ones_before_are_restored(self, led, monkeypatch, library):
        library("polars")
        monkeypatch.setenv("AWS_ENDPOINT", "http://minio:9000")
        with mock_s3():
            pass
        assert "http://minio:9000" == os.environ["AWS_ENDPOINT"]

    def test_they_stay_until_the_last_mock_is_left(self, led):
        before = variables()
        with mock_s3():
            assert before == variables()
        assert before == variables()

    def test_an_endpoint_that_was_set_for_all_of_awss_tools_does_not_lead_away(self, library, monkeypatch):
        library("polars")
        library("deltalake")
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://minio:9000")
        with mock_s3():
            assert os.environ["AWS_ENDPOINT"] == os.environ["AWS_ENDPOINT_URL_S3"]
            assert "http://minio:9000" == os.environ["AWS_ENDPOINT_URL"]
        assert "AWS_ENDPOINT_URL_S3" not in os.environ

    def test_a_proxy_is_not_asked(self, library, monkeypatch):
        library("polars")
        library("deltalake")
        monkeypatch.setenv("http_proxy", "http://proxy:3128")
        monkeypatch.setenv("NO_PROXY", "intranet")
        with mock_s3():
            assert "intranet,127.0.0.1,localhost" == os.environ["NO_PROXY"]
            assert "127.0.0.1,localhost" == os.environ["no_proxy"]
        assert ("intranet", None) == (os.environ["NO_PROXY"], os.environ.get("no_proxy"))

    def test_a_library_that_is_imported_under_the_mock_is_led_from_then_on(self, tmp_path, monkeypatch):
        (tmp_path / "obstore.py").write_text("")
        monkeypatch.syspath_prepend(tmp_path)
        with mock_s3():
            assert {} == variables()
            __import__("obstore")
            assert "AWS_ENDPOINT" in variables()
        assert {} == variables()


class TestPort:
    def test_a_request_is_answered_by_the_fake(self, led):
        assert (200, "body") == ask("/lake/key")
        assert ["GetObject"] == [call.operation for call in led.calls]

    def test_a_bucket_may_be_a_subdomain_of_localhost(self, led):
        place = urlsplit(os.environ["AWS_ENDPOINT"])
        with socket.create_connection((place.hostname, place.port or 0)) as out:
            out.sendall(f"GET /key HTTP/1.1\r\nHost: lake.localhost:{place.port}\r\nConnection: close\r\n\r\n".encode())
            assert out.recv(65536).startswith(b"HTTP/1.1 200")

    def test_it_stays_the_same_for_the_process(self, library):
        library("obstore")
        ports = set()
        for _ in range(3):
            with mock_s3():
                ports.add(os.environ["AWS_ENDPOINT"])
        assert 1 == len(ports)

    def test_the_mock_that_was_entered_last_answers(self, led):
        with mock_s3():
            assert 404 == ask("/lake/key")[0]
        assert 200 == ask("/lake/key")[0]

    def test_also_one_that_another_thread_entered(self, led):
        other = mock_s3()
        for step in (other.start, other.stop):
            thread = Thread(target=step)
            thread.start()
            thread.join()
            assert {other.start: 404, other.stop: 200}[step] == ask("/lake/key")[0]

    def test_its_date_is_not_compared_with_a_time_that_it_cannot_see(self, led):
        signed = "AWS4-HMAC-SHA256 Credential=AKIDOFNOBODY/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, "
        headers = {"Authorization": f"{signed}Signature={'0' * 64}", "x-amz-date": "20200101T000000Z"}
        headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
        assert (200, "body") == ask("/lake/key", headers=headers)

    def test_after_the_mock_each_request_is_refused_with_the_remedy(self, library, caplog):
        library("obstore")
        with mock_s3():
            url = os.environ["AWS_ENDPOINT"]
        status, body = ask("/lake/key", url)
        assert 400 == status
        assert "<Code>InvalidRequest</Code>" in body
        assert (
            "<Message>This request was stopped: it came from a client that sends from compiled code and was led to "
            "fakes3, but no mock_s3 is active now. Enter mock_s3() around the use of the client.</Message>" in body
        )
        caplog.clear()
        assert (400, "") == ask("/lake/key", url, "HEAD")
        assert caplog.messages[0].endswith("no mock_s3 is active now. Enter mock_s3() around the use of the client.")

    def test_a_process_that_has_no_part_in_the_fake_is_told_so(self):
        server = Loopback(lambda: NoPart((), ()))
        status, body = ask("/lake/key", server.url)
        assert 400 == status
        assert "enter mock_s3() in this process too" in body

    def test_where_no_port_can_be_opened_the_variables_lead_nowhere(self, monkeypatch):
        def open_server(_):
            raise RuntimeError("A test tried to use socket.socket.")

        monkeypatch.setattr("fakes3.doors.server.open_server", open_server)
        server = Loopback(lambda: None)
        assert {"A": "http://127.0.0.1:9/fakes3-could-open-no-port", "B": "9"} == server.variables(
            {"A": "{url}", "B": "{port}"}
        )
        with pytest.raises(UnmockedRequest, match=r"could be opened \(A test tried .*\)\. Let the"):
            assert server.host

    def test_no_server_is_started_without_need(self):
        script = (
            "import sys, threading, fakes3\n"
            "with fakes3.mock_s3(): assert threading.active_count() == 1\n"
            "assert 'asyncio' not in sys.modules and 'fakes3.doors.loopback' not in sys.modules\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
    def test_a_forked_process_has_a_port_of_its_own(self):
        done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr)


FORKS = """
import os, socket, sys, types, warnings
from urllib.parse import urlsplit
from fakes3 import mock_s3

def ask(path, url):
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=20) as out:
        out.sendall(f"GET {path} HTTP/1.1\\r\\nHost: {place.netloc}\\r\\nConnection: close\\r\\n\\r\\n".encode())
        return int(out.recv(99).split()[1])

warnings.simplefilter("ignore")   # of threads beside a fork
sys.modules["obstore"] = types.ModuleType("obstore")
with mock_s3() as s3:
    parent = os.environ["AWS_ENDPOINT"]
    pid = os.fork()
    if pid == 0:
        try:
            child = os.environ["AWS_ENDPOINT"]
            s3.create_bucket("of-the-child")
            assert (403, 404) == (ask("/of-the-child", child), ask("/of-the-child", parent))
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    assert os.environ["AWS_ENDPOINT"] == parent
    assert ask("/of-the-child", parent) == 404
"""
