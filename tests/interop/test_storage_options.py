"""`s3_server.storage_options`: what each library takes as it comes, over http and with TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes3 import FakeS3

CSV = b"x,y\n1,2\n"
ROW = {"x": 1, "y": 2}


@pytest.fixture
def fake() -> FakeS3:
    """A fake that nothing but its server leads to: no mock is entered."""
    fake = FakeS3()
    fake.create_bucket("lake", objects={"in.csv": CSV})
    return fake


@pytest.fixture(params=[False, True], ids=["http", "tls"])
def server(fake: FakeS3, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with fake.server(tls=request.param) as server:
        if server.ca_file is not None:
            monkeypatch.setenv("SSL_CERT_FILE", server.ca_file)  # libraries in Rust have no option for it
        yield server


def test_polars(fake: FakeS3, server: Any) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed: pip install polars")
    frame = polars.DataFrame({"a": [1, 2]})
    frame.write_parquet("s3://lake/out", storage_options=server.storage_options)
    assert frame.equals(polars.read_parquet("s3://lake/out", storage_options=server.storage_options, glob=False))
    assert "out" in fake["lake"]


def test_deltalake(fake: FakeS3, server: Any) -> None:
    deltalake = pytest.importorskip("deltalake", reason="deltalake is not installed: pip install deltalake")
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install pyarrow")
    options = server.storage_options
    deltalake.write_deltalake("s3://lake/table", pyarrow.table({"a": [1]}), storage_options=options)
    found = deltalake.DeltaTable("s3://lake/table", storage_options=options).to_pyarrow_table()
    assert {"a": [1]} == found.to_pydict()
    assert "table/_delta_log/00000000000000000000.json" in fake["lake"]


def test_obstore(server: Any) -> None:
    obstore = pytest.importorskip("obstore", reason="obstore is not installed: pip install obstore")
    from obstore.store import S3Store

    store = S3Store("lake", config=server.storage_options)
    assert CSV == bytes(obstore.get(store, "in.csv").bytes())


def test_pandas_by_s3fs(server: Any) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed: pip install pandas s3fs")
    pytest.importorskip("s3fs", reason="s3fs is not installed: pip install s3fs")
    found = pandas.read_csv("s3://lake/in.csv", storage_options=server.storage_options.fsspec)
    assert [ROW] == found.to_dict("records")


def test_pyarrow(server: Any) -> None:
    fs = pytest.importorskip("pyarrow.fs", reason="pyarrow is not installed: pip install pyarrow")
    with fs.S3FileSystem(**server.storage_options.pyarrow).open_input_stream("lake/in.csv") as file:
        assert CSV == file.read()


def test_duckdb(server: Any) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed: pip install duckdb")
    httpfs = pytest.importorskip("duckdb_extension_httpfs", reason="its extension would be fetched from its own site")
    (extension,) = Path(httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
    with duckdb.connect(config={"allow_unsigned_extensions": "true"}) as connection:
        connection.execute(f"LOAD '{extension}'")
        connection.execute(server.storage_options.duckdb)
        assert [(1, 2)] == connection.sql("SELECT x, y FROM 's3://lake/in.csv'").fetchall()


def test_pyiceberg(server: Any) -> None:
    if server.ca_file is not None:
        pytest.skip("pyiceberg has no option for a certificate: SSL_CERT_FILE must be set before pyarrow is imported")
    io = pytest.importorskip("pyiceberg.io.pyarrow", reason="pyiceberg is not installed: pip install pyiceberg pyarrow")
    assert CSV == io.PyArrowFileIO(server.storage_options.pyiceberg).new_input("s3://lake/in.csv").open().read()
