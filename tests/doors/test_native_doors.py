"""How native clients are led, shown with modules that stand for their libraries.

tests/doors/test_native.py does it with the libraries themselves, where they are installed.
"""

from __future__ import annotations

import os
import ssl
import sys
from contextlib import closing
from http.client import HTTPSConnection
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from fakes3 import UnmockedRequest, mock_s3
from fakes3.model.identity import ACCESS_KEY_ID

pytestmark = pytest.mark.usefixtures("nothing_native")


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

    def test_a_server_of_another_process_may_be_asked_by_what_is_told_of_it(self, library):
        class DataFrame:
            def write_deltalake(self, table, io_config=None):
                return table

        library("daft")
        frame = library("daft.dataframe", DataFrame=DataFrame).DataFrame()
        with mock_s3():
            there = Config(s3=Config(endpoint_url="http://127.0.0.1:9"))
            assert "s3://lake/table" == frame.write_deltalake("s3://lake/table", io_config=there)
            for elsewhere in (
                None,
                Config(s3=Config(endpoint_url="http://minio:9000")),
                Config(s3=Config(endpoint_url=None)),
            ):
                with pytest.raises(UnmockedRequest, match=r"storage_options\.daft\)\)\)`\.$"):
                    frame.write_deltalake("s3://lake/table", io_config=elsewhere)

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
        with mock_s3(), pytest.raises(UnmockedRequest, match=r"`with s3\.server\(process=True\) as server: "):
            table("s3://lake/t").history()
        assert ["created"] == table("s3://lake/t").history()

    def test_what_asks_another_server_or_no_server_is_not(self, table):
        elsewhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9000"}
        with mock_s3():
            assert ["created"] == table("/tmp/t").history() == table("s3://lake/t", elsewhere).history()
            assert "really" == table.is_deltatable("s3://lake/t", storage_options=elsewhere)
        assert "really" == table.is_deltatable("s3://lake/t")

    def test_what_asks_a_server_of_this_process_is_stopped(self, table):
        """It would wait for ever: the server's thread waits for the lock."""
        with mock_s3() as s3:
            with s3.server() as server, pytest.raises(UnmockedRequest, match="holds the lock of the interpreter"):
                table("s3://lake/t", server.storage_options).history()
            assert ["created"] == table("s3://lake/t", server.storage_options).history()  # a port of nobody here

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


class TestObstoreForDirectoryBuckets:
    """object_store asks Amazon's own host for a session, so its stores go through a proxy of this process."""

    BUCKET = "lake--use1-az4--x-s3"

    @pytest.fixture
    def store(self, library) -> ModuleType:
        class S3Store(Made):
            def __init__(self, bucket=None, **given: Any) -> None:
                super().__init__(**given, bucket=bucket)

        S3Store.__module__ = "obstore.store"
        library("obstore")
        module: ModuleType = library("obstore.store", S3Store=S3Store)
        return module

    @pytest.mark.parametrize(
        ("given", "variables"),
        [
            ({"s3_express": True, "region": "us-east-1"}, {}),
            ({"config": {"aws_s3_express": "true", "aws_region": "us-east-1"}}, {}),
            ({}, {"AWS_S3_EXPRESS": "true", "AWS_REGION": "us-east-1"}),
        ],
    )
    def test_the_proxy_answers_for_the_zone(self, store, monkeypatch, given, variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with mock_s3() as s3:
            s3.create_bucket(self.BUCKET, objects={"k": b"text"})
            led = store.S3Store(self.BUCKET, **given).given
            zone = f"{self.BUCKET}.s3express-use1-az4.us-east-1.amazonaws.com"
            assert (f"https://{zone}", True) == (led["endpoint"], led["virtual_hosted_style_request"])
            options = led["client_options"]
            context = ssl.create_default_context(cadata=options["proxy_ca_certificate"])
            proxy = urlsplit(options["proxy_url"])
            with closing(HTTPSConnection(proxy.hostname, proxy.port, context=context, timeout=60)) as connection:
                connection.set_tunnel(zone, 443)
                scope = f"{ACCESS_KEY_ID}/20260101/us-east-1/s3express/aws4_request"
                signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"
                connection.request("GET", "/k", headers={"authorization": signature})
                assert b"text" == connection.getresponse().read()

    def test_an_endpoint_for_s3_alone_does_not_win(self, store, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.com")
        with mock_s3():
            led = store.S3Store(self.BUCKET, s3_express=True).given
            assert led["endpoint"] == led["aws_endpoint_url_s3"]

    def test_others_are_left_as_they_are_given(self, store):
        with mock_s3():
            assert {"bucket": "lake", "region": "x"} == store.S3Store("lake", region="x").given
            kept = store.S3Store
        assert {"bucket": self.BUCKET, "s3_express": True} == kept(self.BUCKET, s3_express=True).given
