"""Native clients meet the fake with no configuration: what they ask comes by a port of this process.

They send from compiled code, which no guard in Python sees. So the proof that a call met the fake is in `s3.calls` and
in the bucket, and a watchdog ends a call that waits for something else.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes3 import FakeS3, UnmockedRequest, mock_s3

from .native_calls import CALLS, CSV, duckdb_connection

EACH = pytest.mark.parametrize("name", CALLS)
ELSEWHERE = {"AWS_ENDPOINT_URL": "http://198.51.100.1:9000", "AWS_ENDPOINT": "http://198.51.100.1:9000"}
"""Endpoints at TEST-NET-2, which is nobody's."""


@pytest.fixture(autouse=True)
def watchdog() -> Iterator[None]:
    """End the process if a call does not return: one that holds the interpreter's lock can be ended in no other way."""
    faulthandler.dump_traceback_later(100, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def run(name: str) -> Any:
    """Return what a call returns, where its libraries are installed."""
    call = CALLS[name]
    if not call.is_installed():
        pytest.skip(f"{' or '.join(call.libraries)} is not installed")
    return call.call()


def lake() -> dict[str, Any]:
    return {"objects": {"in.csv": CSV}}


@pytest.mark.skipif(os.environ.get("FAKES3_NATIVE") != "all", reason="not every library has to be installed")
def test_every_library_is_installed():
    assert [] == [name for name, call in CALLS.items() if not call.is_installed()]


class TestEachCall:
    @EACH
    def test_it_writes_to_the_fake_and_reads_from_it(self, name):
        with mock_s3() as s3:
            s3.create_bucket("lake", **lake())
            assert CALLS[name].expected == run(name)
        assert {"PutObject", "UploadPart"} & {call.operation for call in s3.calls}
        assert {"GetObject"} <= {call.operation for call in s3.calls}
        assert {s3.account_id} == {call.principal.account for call in s3.calls if call.operation != "HeadBucket"}
        assert len(s3["lake"]) > 1

    @EACH
    def test_it_does_so_under_each_mock_anew(self, name):
        """Some libraries keep their clients: they meet the next fake, and never an old one."""
        with mock_s3() as first:
            first.create_bucket("lake", **lake())
            run(name)
        seen, kept = len(first.calls), first.snapshot()
        with mock_s3() as second:
            second.create_bucket("lake", **lake())
            assert CALLS[name].expected == run(name)
        assert not first.diff(kept)
        assert seen == len(first.calls)
        assert second.calls

    @EACH
    def test_it_is_not_led_to_an_endpoint_of_the_environment(self, name, monkeypatch):
        for variable, value in ELSEWHERE.items():
            monkeypatch.setenv(variable, value)
        with mock_s3() as s3:
            s3.create_bucket("lake", **lake())
            assert CALLS[name].expected == run(name)
        assert ELSEWHERE["AWS_ENDPOINT"] == os.environ["AWS_ENDPOINT"]

    @EACH
    def test_it_is_not_led_to_a_proxy(self, name, monkeypatch):
        for variable, proxy in PROXIES.items():
            monkeypatch.setenv(variable, proxy)
        with mock_s3() as s3:
            s3.create_bucket("lake", **lake())
            assert CALLS[name].expected == run(name)


SCRIPT = """
import faulthandler, os, sys
faulthandler.dump_traceback_later(60, exit=True)
sys.path.insert(0, {folder!r})
from native_calls import CALLS, CSV
from fakes3 import mock_s3

with mock_s3() as s3:
    s3.create_bucket("lake", objects={{"in.csv": CSV}})
    assert CALLS[{name!r}].expected == CALLS[{name!r}].call()
    assert "GetObject" in {{call.operation for call in s3.calls}}
os._exit(0)
"""
"""A program that a library is imported by. It has no end of its own: with deltalake 1.6.6 and pyarrow 25 some programs
abort when they end, also those that never heard of fakes3."""

PROXIES = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://198.51.100.1:3128")


class TestImportedUnderAMock:
    @pytest.mark.parametrize("proxies", [{}, PROXIES], ids=["plain", "with proxies"])
    @pytest.mark.parametrize("name", ["polars Parquet", "pyarrow.fs", "pyarrow URI", "deltalake", "duckdb", "daft"])
    def test_a_library_is_led_from_its_import_on(self, name, proxies):
        if not CALLS[name].is_installed():
            pytest.skip("not installed")
        script = SCRIPT.format(folder=str(Path(__file__).parent), name=name)
        environment = {**os.environ, **proxies}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
        )
        assert (0, "") == (done.returncode, done.stderr)


class TestWhichFake:
    def test_the_inner_mock_answers_and_then_the_outer_one_again(self):
        polars = pytest.importorskip("polars")
        with mock_s3() as outer:
            outer.create_bucket("lake", objects={"in.csv": "x\nouter\n"})
            assert [("outer",)] == polars.read_csv("s3://lake/in.csv").rows()
            with mock_s3() as inner:
                inner.create_bucket("lake", objects={"in.csv": "x\ninner\n"})
                assert [("inner",)] == polars.read_csv("s3://lake/in.csv").rows()
            assert [("outer",)] == polars.read_csv("s3://lake/in.csv").rows()

    def test_a_filesystem_that_is_kept_meets_the_next_fake(self):
        fs = pytest.importorskip("pyarrow.fs")
        with mock_s3():
            files = fs.S3FileSystem()
        with mock_s3() as s3:
            s3.create_bucket("lake", **lake())
            assert CSV == files.open_input_stream("lake/in.csv").read()

    def test_a_call_after_the_mock_is_refused_at_once(self):
        fs = pytest.importorskip("pyarrow.fs")
        with mock_s3() as s3:
            s3.create_bucket("lake")
            files = fs.S3FileSystem()
        with pytest.raises(OSError, match=r"no mock_s3 is active now\. Enter mock_s3\(\) around the use of the"):
            files.get_file_info(fs.FileSelector("lake"))
        assert [] == list(s3.calls)

    def test_a_fork_of_a_fake_is_met(self):
        polars = pytest.importorskip("polars")
        seed = FakeS3()
        seed.create_bucket("lake", **lake())
        with mock_s3(fake=seed.fork()) as s3:
            polars.DataFrame({"a": [1]}).write_csv("s3://lake/out.csv")
        assert ("out.csv" in s3["lake"], "out.csv" in seed["lake"]) == (True, False)


class TestTime:
    def test_a_client_that_does_not_see_the_time_of_the_test_is_answered(self):
        polars, time_machine = pytest.importorskip("polars"), pytest.importorskip("time_machine")
        with mock_s3() as s3, time_machine.travel("2031-01-01"):
            s3.create_bucket("lake", **lake())
            polars.read_csv("s3://lake/in.csv").write_csv("s3://lake/out.csv")
            assert 2031 == s3["lake"]["out.csv"].last_modified.year


class TestErrors:
    def test_what_is_not_there(self):
        polars = pytest.importorskip("polars")
        with mock_s3() as s3:
            s3.create_bucket("lake")
            with pytest.raises(FileNotFoundError, match="NoSuchKey"):
                polars.read_parquet("s3://lake/nothing.parquet")

    def test_the_region_of_no_bucket(self):
        fs = pytest.importorskip("pyarrow.fs")
        with mock_s3(), pytest.raises(OSError, match="Bucket 'nowhere' not found"):
            fs.resolve_s3_region("nowhere")

    def test_the_region_of_a_bucket(self):
        fs = pytest.importorskip("pyarrow.fs")
        with mock_s3() as s3:
            s3.create_bucket("lake", region="eu-central-1")
            assert "eu-central-1" == fs.resolve_s3_region("lake")


class TestStopped:
    """Calls that hold the interpreter's lock while they wait for S3: nothing in this process could answer them."""

    @pytest.mark.parametrize(
        "call",
        [
            lambda table: table.history(),
            lambda table: table.restore(0),
            lambda table: table.load_cdf(),
            lambda table: table.repair(),
            lambda table: table.generate(),
            lambda table: table.alter.set_table_name("name"),
            lambda table: table.alter.set_table_description("description"),
            lambda table: table.alter.set_table_properties({"delta.logRetentionDuration": "interval 1 day"}),
            lambda table: pytest.importorskip("deltalake").QueryBuilder().register("t", table),
            lambda table: pytest.importorskip("deltalake.fs").DeltaStorageHandler("s3://lake/table"),
        ],
        ids=[
            "history",
            "restore",
            "load_cdf",
            "repair",
            "generate",
            "name",
            "description",
            "properties",
            "query",
            "files",
        ],
    )
    def test_methods_of_delta_tables(self, call):
        deltalake, pyarrow = pytest.importorskip("deltalake"), pytest.importorskip("pyarrow")
        with mock_s3() as s3:
            s3.create_bucket("lake")
            deltalake.write_deltalake("s3://lake/table", pyarrow.table({"a": [1]}))
            with pytest.raises(UnmockedRequest, match=r"storage_options=server\.storage_options\)`\.$"):
                call(deltalake.DeltaTable("s3://lake/table"))

    def test_whether_there_is_a_table_is_found_in_another_way(self):
        deltalake, pyarrow = pytest.importorskip("deltalake"), pytest.importorskip("pyarrow")
        with mock_s3() as s3:
            s3.create_bucket("lake", objects={"broken/_delta_log/00000000000000000000.json": "{"})
            deltalake.write_deltalake("s3://lake/table", pyarrow.table({"a": [1]}))
            found = [deltalake.DeltaTable.is_deltatable(f"s3://lake/{name}") for name in ("table", "broken", "none")]
            assert [True, True, False] == found
            assert deltalake.DeltaTable.is_deltatable("s3://lake/table", storage_options={"AWS_REGION": "us-east-1"})
            with pytest.raises(OSError, match="NoSuchBucket"):
                deltalake.DeltaTable.is_deltatable("s3://nowhere/table")

    @pytest.mark.parametrize(
        "call",
        [
            lambda daft: daft.sql("SELECT * FROM 's3://lake/in.csv'"),
            lambda daft: daft.current_session().sql("SELECT * FROM read_csv('s3://lake/in.csv')"),
            lambda daft: daft.File("s3://lake/in.csv").open(),
            lambda daft: daft.from_pydict({"a": [1]}).write_deltalake("s3://lake/table"),
        ],
        ids=["sql", "Session.sql", "File.open", "write_deltalake"],
    )
    def test_calls_of_daft(self, call):
        daft = pytest.importorskip("daft")
        with mock_s3() as s3:
            s3.create_bucket("lake", **lake())
            with pytest.raises(UnmockedRequest, match=r'FROM df"\)\.$|storage_options\.daft\)\)\)`\.$|Key=\.\.\.\)\.$'):
                call(daft)

    def test_the_same_calls_elsewhere_are_not_stopped(self, tmp_path):
        deltalake, pyarrow = pytest.importorskip("deltalake"), pytest.importorskip("pyarrow")
        deltalake.write_deltalake(tmp_path / "table", pyarrow.table({"a": [1]}))
        with mock_s3():
            assert len(deltalake.DeltaTable(tmp_path / "table").history()) == 1
            assert deltalake.DeltaTable.is_deltatable(str(tmp_path / "table"))

    def test_a_connection_of_duckdb_that_was_led_elsewhere(self):
        pytest.importorskip("duckdb_extension_httpfs")
        connection = duckdb_connection()
        with mock_s3() as s3:
            s3.create_bucket("lake", **lake())
            with pytest.raises(UnmockedRequest, match=r"Make the connection, duckdb\.connect\(\), under the mock\.$"):
                connection.sql("SELECT * FROM 's3://lake/in.csv'")
            assert [(1,)] == connection.sql("SELECT 1").fetchall()


class TestAnotherProcess:
    """What would be stopped is answered where another process holds the fake: `s3.server(process=True)`."""

    def test_methods_of_delta_tables(self):
        deltalake, pyarrow = pytest.importorskip("deltalake"), pytest.importorskip("pyarrow")
        rows = pyarrow.table({"a": [1]})
        with mock_s3() as s3:
            s3.create_bucket("lake")
            deltalake.write_deltalake("s3://lake/table", rows)
            with s3.server(process=True) as server:
                options = server.storage_options
                table = deltalake.DeltaTable("s3://lake/table", storage_options=options)
                deltalake.write_deltalake(table, rows, mode="append")
                assert 2 == len(table.history())
                table.restore(0)
                table.repair()
                table.generate()
                table.alter.set_table_name("name")
                table.alter.set_table_description("description")
                table.alter.set_table_properties({"delta.enableChangeDataFeed": "true"})
                deltalake.write_deltalake(table, rows, mode="append")
                changes = table.load_cdf(starting_version=table.version())
                assert ["insert"] == pyarrow.table(changes.read_all())["_change_type"].to_pylist()
                counted = (
                    deltalake.QueryBuilder().register("t", table).execute("SELECT count(*) AS n FROM t").read_all()
                )
                assert [2] == pyarrow.table(counted)["n"].to_pylist()
                files = importlib.import_module("deltalake.fs").DeltaStorageHandler("s3://lake/table", options)
                assert files.get_type_name()
                assert deltalake.DeltaTable.is_deltatable("s3://lake/table", options)
                # A client that is answered in this process meets the same S3.
                logged = s3.client().list_objects_v2(Bucket="lake", Prefix="table/_delta_log/0000")["KeyCount"]
                assert logged == sum(key.endswith(".json") for key in s3["lake"])
            assert 2 == deltalake.DeltaTable("s3://lake/table").to_pyarrow_table().num_rows

    # daft calls deltalake as older versions of it were called.
    @pytest.mark.filterwarnings("ignore:Passing commit arguments positionally:DeprecationWarning")
    def test_a_delta_table_of_daft(self):
        daft = pytest.importorskip("daft")
        io = importlib.import_module("daft.io")
        with mock_s3() as s3:
            s3.create_bucket("lake")
            with s3.server(process=True) as server:
                config = io.IOConfig(s3=io.S3Config(**server.storage_options.daft))
                daft.from_pydict({"a": [1]}).write_deltalake("s3://lake/table", io_config=config)
            assert {"a": [1]} == daft.read_deltalake("s3://lake/table").to_pydict()
