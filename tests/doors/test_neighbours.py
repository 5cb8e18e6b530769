"""Other mocks and guards work on beside the fake, in whatever order they are entered, and so do processes."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import textwrap
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import boto3
import httpx
import pytest
import requests
import urllib3
import yarl

import fakes3
from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.doors.botocore import MotoDoor
from fakes3.doors.endpoint import Endpoint
from fakes3.doors.processes import ProcessDoor
from fakes3.doors.urllib3 import _connection_class
from fakes3.operations.service import Service


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without an AWS account, and with no session of boto3's from before."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def client(service: str = "s3") -> Any:
    return boto3.session.Session(region_name="us-east-1").client(service)  # type: ignore[call-overload]


def buckets() -> list[str]:
    return [bucket["Name"] for bucket in client().list_buckets()["Buckets"]]


@pytest.fixture
def website() -> Iterator[str]:
    """The URL of a server on this machine that is nobody's mock."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"real")

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        serving.join(timeout=60)


async def get_by_aiohttp(url: str) -> bytes:
    async with aiohttp.ClientSession() as session, session.get(yarl.URL(url, encoded=True)) as answer:
        return bytes(await answer.read())


def presigned(s3: FakeS3) -> str:
    s3.create_bucket("bucket", objects={"key": "ours"})
    return s3.client().generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})


class TestMoto:
    """moto answers for every service but S3, whichever of the two was entered first."""

    @pytest.fixture
    def mock_aws(self) -> Callable[[], AbstractContextManager[Any]]:
        return pytest.importorskip("moto").mock_aws

    def check(self, s3: FakeS3) -> None:
        assert s3 is fakes3.current()
        client().create_bucket(Bucket="ours")
        client().put_object(Bucket="ours", Key="key", Body=b"ours")
        assert b"ours" == s3["ours"]["key"].body
        url = client("sqs").create_queue(QueueName="theirs")["QueueUrl"]
        client("sqs").send_message(QueueUrl=url, MessageBody="hello")
        assert ["hello"] == [each["Body"] for each in client("sqs").receive_message(QueueUrl=url)["Messages"]]
        assert "123456789012" == client("sts").get_caller_identity()["Account"]
        url = s3.client().generate_presigned_url("get_object", Params={"Bucket": "ours", "Key": "key"})
        assert "ours" == requests.get(url, timeout=5).text
        with urllib3.PoolManager() as http:
            assert b"ours" == http.request("GET", url).data
        theirs = requests.post("https://sqs.us-east-1.amazonaws.com/", data="Action=ListQueues", timeout=5)
        assert (200, True) == (theirs.status_code, "theirs" in theirs.text)

    def test_around(self, mock_aws):
        with mock_aws(), mock_s3() as s3:
            self.check(s3)

    def test_inside(self, mock_aws):
        with mock_s3() as s3, mock_aws():
            self.check(s3)

    def test_on_both_sides(self, mock_aws):
        with mock_aws(), mock_s3() as s3, mock_aws():
            self.check(s3)

    def test_between_two_fakes(self, mock_aws):
        with mock_s3() as outer, mock_aws(), mock_s3() as inner:
            self.check(inner)
        assert [] == list(outer.buckets)

    def test_as_decorators_in_both_orders(self, mock_aws):
        @mock_aws
        @mock_s3
        def one() -> None:
            self.check(fakes3.current())

        @mock_s3
        @mock_aws
        def other() -> None:
            self.check(fakes3.current())

        one()
        other()

    def test_left_first(self, mock_aws):
        mock, theirs = mock_s3(), mock_aws()
        with pytest.MonkeyPatch.context() as patch:  # moto puts back what stood in the environment when it entered
            patch.setenv("AWS_ACCESS_KEY_ID", "MINE")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
            theirs.__enter__()
            s3 = mock.start()
            theirs.__exit__(None, None, None)
            s3.create_bucket("ours")
            assert ["ours"] == buckets()
            assert "ours" == requests.get(presigned(s3), timeout=5).text
            with pytest.raises(UnmockedRequest):
                client("sqs").list_queues()
            mock.stop()

    def test_when_the_fake_is_left_moto_answers_for_s3_again(self, mock_aws):
        with mock_aws():
            client().create_bucket(Bucket="theirs")
            with mock_s3() as s3:
                assert [] == buckets()
                s3.create_bucket("ours")
            assert ["theirs"] == buckets()

    def test_what_the_mock_lets_out_is_motos(self, mock_aws):
        with mock_aws(), mock_s3(passthrough=["s3.amazonaws.com", "theirs.s3.amazonaws.com"]) as s3:
            client().create_bucket(Bucket="theirs")
            assert ([], ["theirs"]) == (list(s3.buckets), buckets())

    def test_signed_for_s3_of_any_host(self, mock_aws):
        with mock_s3() as s3, mock_aws():
            session = boto3.session.Session(region_name="us-east-1")
            store: Any = session.client("s3", endpoint_url="http://minio:9000")
            store.create_bucket(Bucket="ours")
            assert ["ours"] == list(s3.buckets)

    def test_a_client_that_belongs_to_a_fake(self, mock_aws):
        mine = FakeS3()
        with mock_aws():
            mine.client().create_bucket(Bucket="mine")
            mine.client().put_object(Bucket="mine", Key="key", Body=io.BytesIO(b"hello"))
            assert b"hello" == mine["mine"]["key"].body
            assert (["mine"], []) == (list(mine.buckets), buckets())

    def test_without_moto_its_services_are_refused(self, mock_aws):
        with mock_s3():
            with mock_aws():
                client("sqs").list_queues()
            with pytest.raises(UnmockedRequest) as caught:
                client("sqs").list_queues()
        assert str(caught.value).endswith('To let it out, pass mock_s3(passthrough=["sqs.us-east-1.amazonaws.com"]).')

    def test_the_door_that_stays_below_a_patch_of_somebodys_passes_everything_on(self, mock_aws):
        from moto.core import botocore_stubber

        ((_, _, call),) = MotoDoor(lambda: None).replacements(botocore_stubber)
        assert call(botocore_stubber.BotocoreStubber(), "before-send.s3.ListBuckets", None) is None


class TestVcr:
    """Cassettes of vcrpy record and play other hosts, and S3 is in none of them."""

    @pytest.fixture
    def cassette(self, tmp_path: Path) -> Callable[[str], AbstractContextManager[Any]]:
        vcr = pytest.importorskip("vcr")

        def use(mode: str) -> AbstractContextManager[Any]:
            return vcr.use_cassette(str(tmp_path / "cassette.yaml"), record_mode=mode)

        return use

    @pytest.fixture
    def ask(self, website: str) -> Callable[[], list[bytes]]:
        """Asks the other host by requests, by urllib3 and by the standard library."""

        def ask() -> list[bytes]:
            with urllib3.PoolManager() as http, urllib.request.urlopen(website, timeout=5) as answer:
                return [requests.get(website, timeout=5).content, http.request("GET", website).data, answer.read()]

        return ask

    def use_s3(self, s3: FakeS3) -> None:
        url = presigned(s3)
        assert "ours" == requests.get(url, timeout=5).text
        assert b"ours" == client().get_object(Bucket="bucket", Key="key")["Body"].read()
        with urllib3.PoolManager() as http:
            assert b"ours" == http.request("GET", url).data
            assert b"ours" == b"".join(http.request("GET", url, preload_content=False).stream())
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert b"ours" == answer.read()
        assert b"ours" == httpx.get(url).content
        assert b"ours" == asyncio.run(get_by_aiohttp(url))

    @pytest.mark.parametrize("is_inside", [True, False], ids=["inside", "around"])
    def test_records_and_plays(self, is_inside, cassette, ask, tmp_path):
        for mode in ("once", "none"):
            mock, tape = mock_s3(), cassette(mode)
            with ExitStack() as stack:
                entered = [stack.enter_context(each) for each in ((mock, tape) if is_inside else (tape, mock))]
                s3, tape = entered if is_inside else reversed(entered)
                self.use_s3(s3)
                assert [b"real", b"real", b"real"] == ask()
                self.use_s3_again(s3)
                assert {"127.0.0.1"} == {each.host for each in tape.requests}
                assert (3 if mode == "none" else 0) == tape.play_count
        assert "amazonaws" not in (tmp_path / "cassette.yaml").read_text()

    def use_s3_again(self, s3: FakeS3) -> None:
        client().put_object(Bucket="bucket", Key="key", Body=b"again")
        assert b"again" == s3["bucket"]["key"].body

    def test_left_first(self, cassette, website):
        tape = cassette("once")
        tape.__enter__()
        with mock_s3() as s3:
            tape.__exit__(None, None, None)
            self.use_s3(s3)
            assert "real" == requests.get(website, timeout=5).text

    def test_first_used_in_a_cassette_nothing_of_it_stays(self, cassette):
        _connection_class.cache_clear()
        with mock_s3() as s3, cassette("none"):
            self.use_s3(s3)
        assert (urllib3.connection.HTTPConnection,) == _connection_class().__bases__

    def test_another_service_of_amazons_is_refused_and_not_recorded(self, cassette, tmp_path):
        with cassette("once") as tape, mock_s3():
            for call in (
                client("sqs").list_queues,
                lambda: requests.get("https://sqs.us-east-1.amazonaws.com/", timeout=5),
                lambda: urllib3.PoolManager().request("GET", "https://sqs.us-east-1.amazonaws.com/"),
            ):
                with pytest.raises(UnmockedRequest):
                    call()
            assert [] == list(tape.requests)


class TestServersOnThisMachine:
    """What a test serves by itself is not S3's and goes out."""

    def test_requests_and_urllib3(self, s3, website):
        assert "real" == requests.get(website, timeout=5).text
        with urllib3.PoolManager() as http:
            assert b"real" == http.request("GET", website).data
        assert 0 == len(s3.calls)

    def test_pytest_httpserver(self, s3):
        pytest_httpserver = pytest.importorskip("pytest_httpserver")
        with pytest_httpserver.HTTPServer() as server:
            server.expect_request("/x").respond_with_data("theirs")
            assert "theirs" == requests.get(server.url_for("/x"), timeout=5).text
            assert "ours" == requests.get(presigned(s3), timeout=5).text


class TestPytestSocket:
    """With sockets disabled the fake works on: it opens none."""

    @pytest.fixture
    def disabled(self) -> Iterator[Any]:
        pytest_socket = pytest.importorskip("pytest_socket")
        pytest_socket.disable_socket()
        yield pytest_socket.SocketBlockedError
        pytest_socket.enable_socket()

    def test_every_synchronous_door(self, disabled, s3):
        url = presigned(s3)
        assert "ours" == requests.get(url, timeout=5).text
        assert b"ours" == client().get_object(Bucket="bucket", Key="key")["Body"].read()
        with urllib3.PoolManager() as http:
            assert b"ours" == http.request("GET", url).data
            with pytest.raises(disabled), pytest.warns(UserWarning, match="tried to use socket"):
                http.request("GET", "http://127.0.0.1:9/", retries=False)


class TestClocks:
    """time-machine and freezegun move the fake's clock too."""

    def dates(self) -> list[str]:
        client().create_bucket(Bucket="bucket")
        client().put_object(Bucket="bucket", Key="key", Body=b"x")
        answer = client().get_object(Bucket="bucket", Key="key")
        url = client().generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"}, ExpiresIn=60)
        assert 200 == requests.get(url, timeout=5).status_code
        return [answer["LastModified"].isoformat(), answer["ResponseMetadata"]["HTTPHeaders"]["date"]]

    EXPECTED = ["2024-02-29T12:00:00+00:00", "Thu, 29 Feb 2024 12:00:00 GMT"]

    @pytest.mark.parametrize("is_inside", [True, False], ids=["inside", "around"])
    def test_time_machine(self, is_inside):
        travel = pytest.importorskip("time_machine").travel("2024-02-29T12:00:00Z", tick=False)
        with mock_s3() if is_inside else travel, travel if is_inside else mock_s3():
            assert self.EXPECTED == self.dates()

    @pytest.mark.parametrize("is_inside", [True, False], ids=["inside", "around"])
    def test_freezegun(self, is_inside):
        freeze = pytest.importorskip("freezegun").freeze_time("2024-02-29T12:00:00Z")
        with mock_s3() if is_inside else freeze, freeze if is_inside else mock_s3():
            assert self.EXPECTED == self.dates()


class TestProcesses:
    """A forked process has its own copy of the fake; one that is not forked has none, and says so."""

    def run(self, folder: Path, method: str, text: str) -> list[str]:
        path = folder / "program.py"
        head = """
            import multiprocessing, sys
            from concurrent.futures import ProcessPoolExecutor
            import boto3
            from fakes3 import mock_s3
            import fakes3

            context = multiprocessing.get_context(sys.argv[1])

            def names():
                client = boto3.client("s3")
                return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]

            def told(call):
                try:
                    return call()
                except Exception as error:
                    return f"{type(error).__name__}: {error}"
        """
        path.write_text(textwrap.dedent(head) + textwrap.dedent(text))
        # botocore of two years ago asks datetime.utcnow(), of which Python 3.12 warns.
        warned = ["-W", "error", "-W", "ignore:datetime.datetime.utcnow:DeprecationWarning"]
        run = subprocess.run(
            [sys.executable, *warned, str(path), method], capture_output=True, text=True, check=False, timeout=120
        )
        assert "" == run.stderr
        return run.stdout.splitlines()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
    def test_forked(self, tmp_path):
        script = """
            def child(queue):
                seen = names()
                boto3.client("s3").create_bucket(Bucket="child")
                queue.put((seen, names()))

            if __name__ == "__main__":
                with mock_s3() as s3:
                    s3.create_bucket("parent")
                    queue = context.SimpleQueue()
                    process = context.Process(target=child, args=(queue,))
                    process.start()
                    print(queue.get(), vars(process).keys() & {"_fakes3_guard"})
                    process.join(60)
                    print(list(s3.buckets))
        """
        assert ["(['parent'], ['child', 'parent']) set()", "['parent']"] == self.run(tmp_path, "fork", script)

    @pytest.mark.parametrize("method", ["spawn", "forkserver"])
    def test_not_forked(self, tmp_path, method):
        """A process that begins under the mock is stopped until it enters one; one from before knows of none."""
        if method == "forkserver" and not hasattr(os, "fork"):
            pytest.skip("this system cannot fork")
        script = """
            def get():
                import requests
                return requests.get("https://bucket.s3.amazonaws.com/key", timeout=5).status_code

            def other():
                return boto3.client("sqs", "us-east-1").list_queues()

            def active():
                from fakes3.testing.entries import ENTRIES
                return ENTRIES.entrance.current(), told(fakes3.current)

            @mock_s3
            def decorated():
                boto3.client("s3").create_bucket(Bucket="child")
                return names()

            def child():
                answers = [told(names), told(get), told(other), told(fakes3.current)]
                with mock_s3() as s3:
                    s3.create_bucket("mine")
                    answers.append(names())
                answers += [decorated(), told(names)[:34]]
                return answers

            if __name__ == "__main__":
                with mock_s3():
                    pass
                with ProcessPoolExecutor(1, mp_context=context) as pool:
                    print(pool.submit(active).result(60)[0])
                with mock_s3() as s3:
                    s3.create_bucket("parent")
                    with ProcessPoolExecutor(1, mp_context=context) as pool:
                        print(*pool.submit(child).result(60), sep="\\n")
                    print(list(s3.buckets))
        """
        stopped = (
            "UnmockedRequest: A request to {} was stopped: mock_s3 is active in the process that started this one, "
            "which has no part in its fake. Let processes that need the same S3, such as workers of Dask, Ray or "
            "Spark, use one `fakes3 serve`: set AWS_ENDPOINT_URL_S3 to its URL, with no mock in any of them. Else "
            "enter mock_s3() in this process too, or start it by fork, which copies the fake."
        )
        assert [
            "None",
            stopped.format("s3.amazonaws.com"),
            stopped.format("bucket.s3.amazonaws.com"),
            "UnmockedRequest: A request to sqs was stopped: it is Amazon's, but not S3's, so fakes3 does not answer "
            "it, and nothing else did. moto's mock_aws, entered beside mock_s3, answers for other services. "
            'To let it out, pass mock_s3(passthrough=["sqs"]).',
            "UsageError: No fake S3 is active. Call fakes3.current() inside @mock_s3 or `with mock_s3():`.",
            "['mine']",
            "['child']",
            "UnmockedRequest: A request to s3.a",
            "['parent']",
        ] == [line.replace("sqs.us-east-1.amazonaws.com", "sqs") for line in self.run(tmp_path, method, script)]

    def test_the_door_that_stays_below_a_patch_of_somebodys_passes_everything_on(self):
        class Process:
            def start(self) -> None:
                self.seen = dict(vars(self))

        module = SimpleNamespace(BaseProcess=Process)
        for current, names in ((lambda: None, []), (lambda: Endpoint(Service()), ["_fakes3_guard"])):
            ((_, name, start),) = ProcessDoor(current, print).replacements(module)
            process = Process()
            start(process)
            assert ("start", names, ["seen"]) == (name, list(process.seen), list(vars(process)))
