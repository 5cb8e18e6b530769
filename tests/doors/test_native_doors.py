"""How native clients are led, shown with modules that stand for their libraries.

tests/doors/test_native.py does it with the libraries themselves, where they are installed.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from threading import Thread
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from fakes3 import UnmockedRequest, mock_s3
from fakes3.doors.loopback import Loopback
from fakes3.doors.processes import NoPart
from fakes3.doors.stand_ins import Holders, StandIn

LIBRARIES = ("daft", "datafusion", "deltalake", "duckdb", "obstore", "polars", "pyarrow")
NAMES = (
    *("AWS_ENDPOINT", "AWS_ALLOW_HTTP", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "AWS_ENDPOINT_URL_S3"),
    *("DUCKDB_S3_ENDPOINT", "DUCKDB_S3_USE_SSL", "NO_PROXY", "no_proxy"),
)


@pytest.fixture(autouse=True)
def nothing_imported(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no native library count as imported, and no variable lead one."""
    for name in list(of_libraries()):
        monkeypatch.delitem(sys.modules, name)
    for variable in NAMES:
        monkeypatch.delenv(variable, raising=False)
    yield
    for name in list(of_libraries()):
        del sys.modules[name]


def of_libraries() -> Iterator[str]:
    return (name for name in sys.modules if name.partition(".")[0] in LIBRARIES)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """Put a module of this name and content in the place of a library."""

    def make(name: str, **content: Any) -> ModuleType:
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
        parent, _, own = name.rpartition(".")
        if parent:
            setattr(sys.modules.get(parent) or make(parent), own, module)
        return module

    return make


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
    return {name: os.environ[name] for name in NAMES if name in os.environ}


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

    def test_after_the_mock_each_request_is_refused_with_the_remedy(self, library):
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
        assert (400, "") == ask("/lake/key", url, "HEAD")

    def test_a_process_that_has_no_part_in_the_fake_is_told_so(self):
        server = Loopback(lambda: NoPart((), ()))
        status, body = ask("/lake/key", server.url)
        assert 400 == status
        assert "Enter mock_s3() in this process too" in body

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
        done = subprocess.run([sys.executable, "-c", FORKS, __file__], capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr)


FORKS = """
import os, sys, types, warnings
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("asked", sys.argv[1])
ask = (module := module_from_spec(spec)) and spec.loader.exec_module(module) or module.ask
from fakes3 import mock_s3

warnings.simplefilter("ignore")   # of threads beside a fork
sys.modules["obstore"] = types.ModuleType("obstore")
with mock_s3() as s3:
    parent = os.environ["AWS_ENDPOINT"]
    pid = os.fork()
    if pid == 0:
        try:
            assert os.environ["AWS_ENDPOINT"] != parent
            s3.create_bucket("of-the-child")
            assert ask("/of-the-child", None)[0] == 403
            assert ask("/of-the-child", parent)[0] == 404
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    assert os.environ["AWS_ENDPOINT"] == parent
    assert ask("/nowhere")[0] == 404
"""


class Made:
    """A class of a compiled library, which takes arguments by name."""

    def __init__(self, **given: Any) -> None:
        self.given = given


class TestPyarrow:
    @pytest.fixture
    def fs(self, library) -> ModuleType:
        class S3FileSystem(Made):
            pass

        def resolve_s3_region(bucket, *, strict=False):
            return "really"

        for each in (S3FileSystem, resolve_s3_region):
            each.__module__ = "pyarrow._s3fs"
        library("pyarrow")
        library("pyarrow._s3fs", S3FileSystem=S3FileSystem)
        library("pyarrow._fs", _stringify_path=str)
        library("elsewhere", Renamed=S3FileSystem)
        return library("pyarrow.fs", S3FileSystem=S3FileSystem, resolve_s3_region=resolve_s3_region)

    def test_a_filesystem_is_led_whoever_holds_its_class(self, fs):
        really = fs.S3FileSystem
        with mock_s3():
            for made in (fs.S3FileSystem(), sys.modules["elsewhere"].Renamed(region="eu-west-1")):
                assert ("http", True) == (made.given["scheme"], made.given["endpoint_override"].startswith("127."))
                assert type(made) is really
            assert sys.modules["pyarrow._s3fs"].S3FileSystem is really
        assert fs.S3FileSystem is sys.modules["elsewhere"].Renamed is really
        with mock_s3():
            assert fs.S3FileSystem is not really

    def test_a_role_is_not_assumed_and_no_other_endpoint_is_asked(self, fs):
        with mock_s3():
            role = {"role_arn": "arn:aws:iam::123456789012:role/x", "session_name": "s"}
            made = fs.S3FileSystem(endpoint_override="minio:9000", region="x", **role)
        assert {"endpoint_override", "scheme", "region"} == made.given.keys()
        assert "minio:9000" != made.given["endpoint_override"]

    def test_a_server_on_this_machine_is_left_as_it_is_given(self, fs):
        given = {"endpoint_override": "localhost:9000", "scheme": "http"}
        with mock_s3():
            assert given == fs.S3FileSystem(**given).given

    def test_a_class_that_is_kept_makes_what_it_always_made(self, fs):
        with mock_s3():
            kept, resolve = fs.S3FileSystem, fs.resolve_s3_region
        assert {"region": "x"} == kept(region="x").given
        assert "really" == resolve("lake")

    @pytest.mark.parametrize(
        ("uri", "led"),
        [
            ("s3://lake/a%20key", "s3://lake/a%20key?endpoint_override={host}&scheme=http"),
            ("s3://lake/key?region=x", "s3://lake/key?region=x&endpoint_override={host}&scheme=http"),
            ("s3://lake/key?endpoint_override=minio", "s3://lake/key?endpoint_override={host}&scheme=http"),
            ("s3://lake/key?endpoint_override=localhost%3A9", "s3://lake/key?endpoint_override=localhost%3A9"),
            ("file:///tmp/key", "file:///tmp/key"),
        ],
    )
    def test_a_uri(self, fs, uri, led):
        with mock_s3():
            host = fs.S3FileSystem().given["endpoint_override"].replace(":", "%3A")
            assert led.format(host=host) == sys.modules["pyarrow._fs"]._stringify_path(uri)
        assert uri == sys.modules["pyarrow._fs"]._stringify_path(uri)

    def test_the_region_of_a_bucket(self, fs):
        with mock_s3() as s3:
            s3.create_bucket("lake", region="eu-central-1")
            assert "eu-central-1" == fs.resolve_s3_region("lake")
            with pytest.raises(OSError, match="Bucket 'nowhere' not found"):
                fs.resolve_s3_region("nowhere")

    def test_one_that_is_built_without_s3(self, library):
        library("pyarrow.fs")
        with mock_s3():
            assert not hasattr(sys.modules["pyarrow.fs"], "S3FileSystem")


class TestDatafusion:
    @pytest.fixture
    def store(self, library) -> ModuleType:
        class AmazonS3(Made):
            pass

        AmazonS3.__module__ = "datafusion.store"
        return library("datafusion.object_store", AmazonS3=AmazonS3)

    def test_a_store_is_led(self, store):
        with mock_s3():
            made = store.AmazonS3("lake", "eu-west-1", access_key_id="AKIA").given
            assert {"endpoint": os.environ["AWS_ENDPOINT"], "allow_http": True} == {
                name: made.pop(name) for name in ("endpoint", "allow_http")
            }
            assert {"bucket_name": "lake", "region": "eu-west-1", "access_key_id": "AKIA"} == made
            kept = store.AmazonS3
        assert {"bucket_name": "lake"} == kept("lake").given

    def test_a_server_on_this_machine_is_left_as_it_is_given(self, store):
        with mock_s3():
            made = store.AmazonS3("lake", endpoint="http://127.0.0.1:9").given
        assert {"bucket_name": "lake", "endpoint": "http://127.0.0.1:9"} == made


class Config(SimpleNamespace):
    """A configuration of daft's."""

    def replace(self, **changed: Any) -> Config:
        return Config(**{**self.__dict__, **changed})

    with_config_values = replace


class TestDaft:
    @pytest.fixture
    def daft(self, library) -> Any:
        class DaftContext:
            @property
            def daft_planning_config(self):
                return Config(default_io_config=Config(s3=Config(endpoint_url=None)))

        class S3Config(Made):
            pass

        class StorageConfig(Made):
            pass

        def sql_exec(query, *given):
            return query

        for each in (S3Config, StorageConfig, sql_exec):
            each.__module__ = "daft.daft"
        library("daft")
        library("daft.daft", S3Config=S3Config, StorageConfig=StorageConfig, sql_exec=sql_exec)
        library("daft.io", S3Config=S3Config)
        library("daft.io._csv", StorageConfig=StorageConfig)
        library("daft.context", DaftContext=DaftContext)
        io = library("daft.session", sql_exec=sql_exec, S3Config=S3Config)
        return SimpleNamespace(context=DaftContext(), io=io)

    def test_what_it_uses_where_nothing_is_given(self, daft):
        with mock_s3():
            assert daft.context.daft_planning_config.default_io_config.s3.endpoint_url.startswith("http://127.")
        assert daft.context.daft_planning_config.default_io_config.s3.endpoint_url is None

    def test_a_configuration_that_is_made_under_the_mock(self, daft):
        with mock_s3():
            assert daft.io.S3Config(endpoint_url="http://minio:9000").given["endpoint_url"].startswith("http://127.")
            there = {"endpoint_url": "http://localhost:9"}
            assert there == daft.io.S3Config(**there).given
            kept = daft.io.S3Config
        assert {} == kept().given

    def test_the_configuration_of_what_is_read(self, daft):
        made_before = Config(s3=Config(endpoint_url=None))
        here = Config(s3=Config(endpoint_url="http://localhost:9"))
        with mock_s3():
            led = sys.modules["daft.io._csv"].StorageConfig
            assert led(True, made_before).given["io_config"].s3.endpoint_url.startswith("http://127.")
            assert here is led(True, here).given["io_config"]
            assert {"multithreaded_io": True} == led(True).given
        assert made_before is led(True, made_before).given["io_config"]

    def test_a_query_of_objects_is_stopped(self, daft):
        with mock_s3():
            with pytest.raises(UnmockedRequest) as told:
                daft.io.sql_exec("SELECT * FROM 's3://lake/key'")
            assert "SELECT 1" == daft.io.sql_exec("SELECT 1")
        why = "it holds the lock of the interpreter while it waits for S3, so no fake in this process can answer. "
        assert why in str(told.value)
        assert str(told.value).endswith(
            "Read with daft.read_parquet(...) and its like, which meet the fake; a query may name their frames: "
            'daft.sql("SELECT ... FROM df").'
        )


class TestDeltalake:
    @pytest.fixture
    def table(self, library) -> Any:
        class DeltaError(Exception):
            pass

        class TableNotFoundError(DeltaError):
            pass

        class DeltaTable:
            def __init__(self, uri, storage_options=None):
                self.table_uri, self._storage_options = uri, storage_options
                if errors := {"none": TableNotFoundError, "broken": DeltaError}.get(uri.rpartition("/")[2]):
                    raise errors

            def history(self):
                return ["created"]

            @staticmethod
            def is_deltatable(uri, storage_options=None):
                return "really"

        library("deltalake", DeltaTable=DeltaTable)
        library("deltalake.exceptions", DeltaError=DeltaError, TableNotFoundError=TableNotFoundError)
        library("deltalake.table", DeltaTable=DeltaTable)
        return DeltaTable

    def test_what_holds_the_lock_is_stopped(self, table):
        with mock_s3(), pytest.raises(UnmockedRequest, match=r"Ask a server in another process: run `fakes3 serve`, "):
            table("s3://lake/t").history()
        assert ["created"] == table("s3://lake/t").history()

    def test_what_asks_another_server_or_no_server_is_not(self, table):
        elsewhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9000"}
        with mock_s3():
            assert ["created"] == table("/tmp/t").history() == table("s3://lake/t", elsewhere).history()
            assert "really" == table.is_deltatable("s3://lake/t", storage_options=elsewhere)
        assert "really" == table.is_deltatable("s3://lake/t")

    def test_whether_there_is_a_table_is_found_by_reading_it(self, table):
        with mock_s3():
            assert [True, True, False] == [table.is_deltatable(f"s3://lake/{name}") for name in ("t", "broken", "none")]


class TestDuckdb:
    @pytest.fixture
    def connect(self, library) -> Any:
        class DuckDBPyConnection:
            endpoint: str | None = None

            def sql(self, query):
                return query

            def cursor(self):
                return SimpleNamespace(execute=lambda _: SimpleNamespace(fetchone=self._fetch))

            def _fetch(self):
                return None if self.endpoint is None else (self.endpoint,)

        module: Any = library("duckdb", DuckDBPyConnection=DuckDBPyConnection, sql=lambda query, connection=None: query)
        module.default_connection = DuckDBPyConnection
        return DuckDBPyConnection

    def test_a_connection_that_was_led_elsewhere_is_stopped(self, connect):
        connection: Any = connect()
        with mock_s3():
            for endpoint in (None, "localhost:9"):
                connection.endpoint = endpoint
                assert "FROM 's3://lake/key'" == connection.sql("FROM 's3://lake/key'")
            connection.endpoint = ""
            assert "SELECT 1" == connection.sql("SELECT 1")
            with pytest.raises(UnmockedRequest, match=r"would ask s3\.amazonaws\.com, since it loaded httpfs"):
                connection.sql("FROM 's3://lake/key'")
        assert "FROM 's3://lake/key'" == connection.sql("FROM 's3://lake/key'")

    def test_so_is_the_connection_of_the_module(self, connect, monkeypatch):
        monkeypatch.setattr(connect, "endpoint", "s3.amazonaws.com")
        with (
            mock_s3(),
            pytest.raises(UnmockedRequest, match=r"Make the connection, duckdb\.connect\(\), under the mock"),
        ):
            sys.modules["duckdb"].sql("FROM 's3://lake/key'")


class TestStandIn:
    def test_it_counts_as_the_class_that_it_stands_for(self):
        class Whole:
            name = "whole"

        class Part(Whole):
            pass

        stand_in: Any = StandIn(Whole, lambda given: given)
        assert isinstance(Part(), stand_in)
        assert issubclass(Part, stand_in)
        assert "whole" == stand_in.name
        assert Whole == stand_in
        assert hash(Whole) == hash(stand_in)
        assert repr(Whole) == repr(stand_in)
        assert (Whole | None) == (stand_in | None) == (None | stand_in)
        assert (Whole,) == bases_of(stand_in)

    def test_too_many_arguments_are_refused_by_the_class(self):
        with pytest.raises(TypeError):
            StandIn(Made, lambda given: given, ("first",))(1, 2)


def bases_of(parent: Any) -> tuple[type, ...]:
    class Child(parent):  # type: ignore[misc]
        pass

    return Child.__bases__


class TestHolders:
    def test_each_module_is_searched_once(self, library):
        sought = type("Sought", (), {"__module__": "defines"})
        library("defines", Sought=sought)
        holders = Holders(sought)
        first = library("first", One=sought, Two=sought)
        assert {(first, "One"), (first, "Two")} == set(holders.find())
        del first.Two
        second = library("second", Three=sought)
        assert {(first, "One"), (second, "Three")} == set(holders.find())
