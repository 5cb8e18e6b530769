"""Which clients meet the fake, and that under it no door opens a connection but to this machine."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import chain, permutations
from types import ModuleType
from typing import Any

import boto3
import botocore.session
import pytest
import requests
import urllib3
from botocore import UNSIGNED
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.model.identity import ACCESS_KEY_ID
from fakes3.testing import entries as mocks

ONCE = Config(retries={"total_max_attempts": 1}, signature_version=UNSIGNED)


def made(service: str = "s3", session: Any = None, **options: Any) -> Any:
    """A client that finds neither region nor account on this machine."""
    options = {"region_name": "us-east-1", "config": ONCE.merge(Config(signature_version=None)), **options}
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
    session = session or boto3.session.Session()
    return session.client(service, **{**keys, **options})


OF_THE_MODULE = made()
SESSION = boto3.session.Session("AKIDEXAMPLE", "secret", region_name="us-east-1")


def setUpModule() -> None:
    global OF_SET_UP
    OF_SET_UP = made()


OF_SET_UP: Any


@pytest.fixture(autouse=True)
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts for which a connection was tried, which fails here unless they are on this machine."""
    hosts: list[str] = []
    real_connect, real_getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def check(host: Any) -> None:
        if host not in ("127.0.0.1", "localhost", "::1"):
            hosts.append(host)
            raise socket.gaierror(f"no way to {host}")

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(address[0])
        real_connect(self, address)

    def create_connection(address: Any, *_args: Any, **_kwargs: Any) -> Any:
        check(address[0])
        raise AssertionError("nothing here connects to this machine so")

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        check(host)
        return real_getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return hosts


class Named:
    """What a team puts under the clients that it makes."""

    def names(self) -> list[str]:
        return [bucket["Name"] for bucket in self.list_buckets()["Buckets"]]  # type: ignore[attr-defined]


def of_an_event() -> Any:
    session = boto3.session.Session()
    session.events.register("creating-client-class.s3", lambda base_classes, **_: base_classes.insert(0, Named))
    return made(session=session)


def of_a_subclass() -> Any:
    client = made()
    client.__class__ = type("Ours", (Named, type(client)), {})
    return client


def of_a_session_class() -> Any:
    class Session(boto3.session.Session):
        def client(self, *args: Any, **kwargs: Any) -> Any:
            return super().client(*args, **kwargs)

    return made(session=Session())


def of_botocore() -> Any:
    session = botocore.session.Session()
    session.set_credentials("AKIDEXAMPLE", "secret")
    return session.create_client("s3", region_name="us-east-1", config=ONCE.merge(Config(signature_version=None)))


KINDS: dict[str, Callable[[], Any]] = {
    "made when the module was imported": lambda: OF_THE_MODULE,
    "made in setUpModule": lambda: OF_SET_UP,
    "made by a session that is passed around": lambda: made(session=SESSION),
    "of a resource": lambda: SESSION.resource("s3", config=ONCE.merge(Config(signature_version=None))).meta.client,
    "of a class with a base of ours": of_an_event,
    "of a subclass": of_a_subclass,
    "made by a session of a subclass": of_a_session_class,
    "made by botocore": of_botocore,
}


class TestEveryClient:
    """Every client meets the fake, and after the mock none does."""

    def names(self, client: Any) -> list[str]:
        return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]

    @pytest.mark.parametrize("kind", KINDS)
    def test_under_the_mock_and_after_it(self, kind, reached):
        client = KINDS[kind]()
        with mock_s3() as s3:
            client.create_bucket(Bucket="pictures")
            assert ["pictures"] == self.names(client) == list(s3.buckets)
            with mock_s3():
                assert [] == self.names(client)
                assert [] == self.names(KINDS[kind]())
            assert ["pictures"] == self.names(KINDS[kind]())
        assert [] == reached
        with pytest.raises(EndpointConnectionError):
            client.list_buckets()
        assert ["s3.amazonaws.com"] == [host.replace("us-east-1.", "") for host in reached]

    def test_in_32_threads(self, reached):
        everybody = threading.Barrier(32, timeout=60)

        def work(number: int) -> bytes:
            everybody.wait()
            OF_THE_MODULE.put_object(Bucket="pictures", Key=str(number), Body=b"%d" % number)
            return OF_THE_MODULE.get_object(Bucket="pictures", Key=str(number))["Body"].read()

        with ThreadPoolExecutor(32) as pool:
            with mock_s3() as s3:
                s3.create_bucket("pictures")
                assert [b"%d" % number for number in range(32)] == list(pool.map(work, range(32), timeout=60))
                assert 32 == len(s3["pictures"])
            assert [] == reached
            with pytest.raises(EndpointConnectionError):
                pool.submit(OF_THE_MODULE.list_buckets).result(60)


def by_botocore(host: str, key: str) -> None:
    made(endpoint_url=f"https://{host}").head_object(Bucket="bucket", Key=key)


def by_requests(host: str, key: str) -> None:
    requests.get(f"https://{host}/bucket/{key}", timeout=5).raise_for_status()


def by_urllib3(host: str, key: str) -> None:
    again = urllib3.Retry(2, status_forcelist=[403, 404], backoff_factor=0)
    with urllib3.PoolManager(retries=again) as http:
        http.request("GET", f"https://{host}/bucket/{key}")


def by_urllib3_and_a_proxy(host: str, key: str) -> None:
    with urllib3.ProxyManager("http://proxy.test:3128", retries=urllib3.Retry(0, status_forcelist=[403])) as http:
        http.request("GET", f"https://{host}/bucket/{key}")


def by_minio(host: str, key: str) -> None:
    pytest.importorskip("minio").Minio(host, "AKIDEXAMPLE", "secret", region="us-east-1").stat_object("bucket", key)


def by_httpx(host: str, key: str) -> None:
    pytest.importorskip("httpx").get(f"https://{host}/bucket/{key}").raise_for_status()


SIGNING = [by_botocore, by_minio]
NOT_SIGNING = [by_requests, by_urllib3, by_urllib3_and_a_proxy, by_httpx]


class TestNoConnection:
    """No synchronous door opens a connection to a host of Amazon's, nor even looks it up."""

    @pytest.fixture
    def s3(self) -> Iterator[FakeS3]:
        with mock_s3() as s3:
            s3.create_bucket("bucket", objects={"key": "x"})
            yield s3

    @pytest.mark.parametrize("ask", [*SIGNING, *NOT_SIGNING])
    @pytest.mark.parametrize(
        "host", ["s3.amazonaws.com", "s3.eu-west-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn"]
    )
    def test_to_a_host_that_is_served(self, ask, host, s3, reached):
        for key in ("key", "missing"):
            try:
                ask(host, key)
            except UnmockedRequest:
                raise
            except Exception:
                pass  # refused by S3: most of them do not sign
        assert 2 <= len(s3.calls)
        assert [] == reached

    @pytest.mark.parametrize("ask", NOT_SIGNING)
    @pytest.mark.parametrize(
        "host", ["sqs.us-east-1.amazonaws.com", "sts.amazonaws.com", "dynamodb.cn-north-1.amazonaws.com.cn"]
    )
    def test_to_a_host_that_nothing_serves(self, ask, host, s3, reached):
        for _ in range(2):
            with pytest.raises(UnmockedRequest) as caught:
                ask(host, "key")
            assert str(caught.value).endswith(f'To let it out, pass mock_s3(passthrough=["{host}"]).')
        assert [] == reached

    @pytest.mark.parametrize("by", [requests.get, lambda url: urllib3.PoolManager().request("GET", url)])
    def test_where_s3_sends_those_who_do_not_sign(self, by, s3, reached):
        with pytest.raises(UnmockedRequest, match=r"A request to aws\.amazon\.com was stopped"):
            by("https://s3.amazonaws.com/")
        assert [307] == [call.status for call in s3.calls]
        assert [] == reached


class TestOtherServices:
    """boto3's clients of other services are stopped before they connect."""

    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    @pytest.mark.parametrize(
        ("service", "call"), [("sqs", "list_queues"), ("sts", "get_caller_identity"), ("dynamodb", "list_tables")]
    )
    def test_in_every_mode_of_retrying(self, service, call, mode, reached):
        with mock_s3():
            client = made(service, config=Config(retries={"mode": mode, "total_max_attempts": 5}))
            with pytest.raises(UnmockedRequest, match=r"To let it out, pass mock_s3\(passthrough="):
                getattr(client, call)()
        assert [] == reached

    def test_s3_in_every_mode_of_retrying(self, reached):
        with mock_s3() as s3:
            s3.create_bucket("bucket")
            for mode in ("legacy", "standard", "adaptive"):
                client = made(config=Config(retries={"mode": mode, "total_max_attempts": 5}))
                with pytest.raises(ClientError, match="NoSuchKey"):
                    client.get_object(Bucket="bucket", Key="missing")
                client.upload_fileobj(io.BytesIO(bytes(9 * 1024 * 1024)), "bucket", mode)
        assert [] == reached

    def test_what_is_let_out_is_tried(self, reached):
        with mock_s3(passthrough=["sqs.us-east-1.amazonaws.com"]):
            with pytest.raises(EndpointConnectionError):
                made("sqs").list_queues()
        assert ["sqs.us-east-1.amazonaws.com"] == reached


class TestDummyKey:
    """Outside every mock, the key that a mock gives to clients leaves no process that has entered one."""

    @pytest.fixture
    def late(self) -> Any:
        """A client that found the mock's key, and lives longer."""
        with mock_s3():
            return boto3.session.Session(region_name="us-east-1").client("s3")

    def test_text(self, late, reached):
        with pytest.raises(UnmockedRequest) as caught:
            late.list_buckets()
        assert (
            "A request to s3.us-east-1.amazonaws.com was stopped: it is signed with the dummy key of mock_s3, and no "
            "mock is active. Let it end before its mock does, make it inside a mock_s3() of its own, or give its "
            "client other keys." == str(caught.value).replace("to s3.amazonaws", "to s3.us-east-1.amazonaws")
        )
        assert [] == reached

    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    @pytest.mark.parametrize("service", ["sqs", "sts"])
    def test_of_every_service_in_every_mode_of_retrying(self, service, mode, reached):
        with mock_s3():
            late: Any = boto3.session.Session(region_name="us-east-1")
            late = late.client(service, config=Config(retries={"mode": mode, "total_max_attempts": 5}))
        with pytest.raises(UnmockedRequest, match="dummy key"):
            late.list_queues() if service == "sqs" else late.get_caller_identity()
        assert [] == reached

    def test_a_thread_that_outlives_the_mock(self, reached):
        is_over = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            with mock_s3() as s3:
                client = boto3.session.Session(region_name="us-east-1").client("s3")
                url = client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
                s3.create_bucket("bucket")

                def work() -> tuple[Any, Any]:
                    is_over.wait(60)
                    with pytest.raises(UnmockedRequest, match="dummy key"):
                        client.put_object(Bucket="bucket", Key="late", Body=b"x")
                    with pytest.raises(UnmockedRequest, match="dummy key"):
                        requests.get(url, timeout=5)
                    return len(s3["bucket"]), reached

                answer = pool.submit(work)
            is_over.set()
            assert (0, []) == answer.result(60)

    def test_inside_another_mock_the_client_works_again(self, late, reached):
        with mock_s3() as s3:
            late.create_bucket(Bucket="pictures")
            assert ["pictures"] == list(s3.buckets)

    @pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"])
    def test_a_server_on_this_machine_is_reached(self, endpoint, monkeypatch, reached):
        monkeypatch.setattr(socket, "create_connection", nobody)
        with mock_s3():
            late: Any = boto3.session.Session(region_name="us-east-1")
            late = late.client("s3", endpoint_url=endpoint, config=Config(retries={"total_max_attempts": 1}))
        with pytest.raises(EndpointConnectionError):
            late.list_buckets()

    def test_minio(self, reached):
        minio = pytest.importorskip("minio")
        with pytest.raises(UnmockedRequest, match="dummy key"):
            minio.Minio("s3.amazonaws.com", ACCESS_KEY_ID, "secret", region="us-east-1").list_buckets()
        assert [] == reached


def nobody(*_: Any, **__: Any) -> Any:
    raise ConnectionRefusedError


def doors() -> Iterator[tuple[Any, ModuleType]]:
    """Every door whose library is installed, with the module that it opens in."""
    entrance = mocks.ENTRIES.entrance
    for door in chain.from_iterable(make() for make in entrance.doors.values()):
        try:
            yield door, import_module(door.module)
        except ImportError:
            continue


def patched() -> list[tuple[Any, str]]:
    """Every attribute that some door replaces, but the guards, which stay."""
    opened = [(door, module) for door, module in doors() if not door.stays]
    return [(owner, name) for door, module in opened for owner, name, _ in door.replacements(module)]


class TestRestoring:
    """Nesting and leaving in any order restore every attribute that any door replaces: the very same objects."""

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_in_every_order_of_leaving(self, order):
        attributes = patched()
        above_http = [(owner, name) for owner, name in attributes if name == "_make_api_call"]
        assert (BaseClient, "_make_api_call") in above_http
        before = [owner.__dict__.get(name) for owner, name in attributes]
        mocks_of_ours = [mock_s3(), mock_s3(direct=False, region="eu-west-1"), mock_s3(direct=False)]
        for mock in mocks_of_ours:
            mock.start()
        left: list[int] = []
        for place in order:
            standing = [owner.__dict__.get(name) for owner, name in attributes]
            closed = [which for which, a, b in zip(attributes, before, standing, strict=True) if a is b]
            assert closed == (above_http if 0 in left else [])  # direct=False does not replace them
            left.append(place)
            mocks_of_ours[place].stop()
        after = [owner.__dict__.get(name) for owner, name in attributes]
        assert [] == [which for which, a, b in zip(attributes, before, after, strict=True) if a is not b]

    def test_what_guards_replace_is_no_doors(self):
        guarded = [(door, module) for door, module in doors() if door.stays]
        staying = {(owner, name) for door, module in guarded for owner, name, _ in door.replacements(module)}
        assert set() == staying & set(patched())
        with mock_s3():
            pass
        before = {(owner, name): owner.__dict__[name] for owner, name in staying}
        assert {True} == {hasattr(each, "__wrapped__") for each in before.values()}
        with mock_s3():
            assert before == {(owner, name): owner.__dict__[name] for owner, name in staying}

    def test_every_library_that_is_installed_here_has_its_door(self):
        opened = {door.module.partition(".")[0] for door, _ in doors()}
        assert {"boto3", "botocore", "requests", "responses", "urllib3", "multiprocessing"} <= opened
