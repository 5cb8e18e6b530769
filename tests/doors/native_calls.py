"""Calls of native clients with no configuration at all: each writes something to the bucket `lake` and reads it."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

# daft tells its makers of its use, unless it is told not to.
os.environ |= {"DO_NOT_TRACK": "true", "DAFT_ANALYTICS_ENABLED": "0", "SCARF_NO_ANALYTICS": "true"}

CSV = b"x,y\n1,2\n"
"""What `lake` has under `in.csv`."""


class Call(NamedTuple):
    """A call of a library, and what it returns."""

    call: Callable[[], Any]
    expected: Any
    libraries: tuple[str, ...]

    def is_installed(self) -> bool:
        return all(find_spec(name) for name in self.libraries)


def pandas_parquet() -> Any:
    import pandas

    pandas.DataFrame({"a": [1, 2]}).to_parquet("s3://lake/pandas.parquet")
    return pandas.read_parquet("s3://lake/pandas.parquet")["a"].tolist()


def pyarrow_filesystem() -> Any:
    from pyarrow.fs import S3FileSystem

    files = S3FileSystem()
    with files.open_output_stream("lake/file") as out:
        out.write(b"written")
    with files.open_input_stream("lake/file") as file:
        return file.read()


def pyarrow_uri() -> Any:
    from pyarrow.fs import FileSystem

    files, path = FileSystem.from_uri("s3://lake/a%20key")
    with files.open_output_stream(path) as out:
        out.write(b"written")
    with files.open_input_file("lake/a key") as file:
        return file.read()


def pyarrow_dataset() -> Any:
    import pyarrow
    from pyarrow import dataset

    table = pyarrow.table({"a": [1, 2], "p": ["x", "y"]})
    dataset.write_dataset(table, "s3://lake/set", format="parquet", partitioning=["p"])
    return sorted(dataset.dataset("s3://lake/set").to_table()["a"].to_pylist())


def polars_parquet() -> Any:
    import polars

    polars.DataFrame({"a": [1, 2]}).write_parquet("s3://lake/polars.parquet")
    return polars.scan_parquet("s3://lake/polars.parquet").collect()["a"].to_list()


def polars_csv() -> Any:
    import polars

    polars.scan_csv("s3://lake/in.csv").sink_csv("s3://lake/out.csv")
    return polars.read_csv("s3://lake/out.csv").rows()


def deltalake_table() -> Any:
    import deltalake
    import pyarrow

    deltalake.write_deltalake("s3://lake/table", pyarrow.table({"a": [1]}))
    deltalake.write_deltalake("s3://lake/table", pyarrow.table({"a": [2]}), mode="append")
    return sorted(deltalake.DeltaTable("s3://lake/table").to_pyarrow_table()["a"].to_pylist())


def polars_delta() -> Any:
    import polars

    polars.DataFrame({"a": [1]}).write_delta("s3://lake/polars-table")
    return polars.read_delta("s3://lake/polars-table")["a"].to_list()


def obstore_store() -> Any:
    import obstore
    from obstore.store import S3Store

    store = S3Store("lake")
    obstore.put(store, "key", b"written")
    return bytes(obstore.get(store, "key").bytes())


def obstore_express() -> Any:
    import boto3
    import obstore
    from obstore.store import S3Store

    name = "lake--use1-az4--x-s3"
    place = {"Type": "AvailabilityZone", "Name": "use1-az4"}
    kind = {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"Location": place, "Bucket": kind})
    store = S3Store(name, s3_express=True)
    obstore.put(store, "a/key", b"written")
    obstore.copy(store, "a/key", "a/copy")
    obstore.rename(store, "a/copy", "b")
    obstore.put(store, "large", bytes(11 * 1024**2))
    obstore.delete(store, "large")
    obstore.put(S3Store("lake"), "ordinary", b"written")
    listed = sorted(each["path"] for each in obstore.list(store, offset="0").collect())
    return bytes(obstore.get(store, "b").bytes()), listed


def datafusion_query() -> Any:
    from datafusion import SessionContext
    from datafusion.object_store import AmazonS3

    context = SessionContext()
    context.register_object_store("s3://", AmazonS3("lake"), "lake")
    context.sql("COPY (SELECT 1 AS a) TO 's3://lake/datafusion.parquet'").collect()
    return context.read_parquet("s3://lake/datafusion.parquet").to_pydict()["a"]


def duckdb_query() -> Any:
    connection = duckdb_connection()
    connection.execute("COPY (SELECT 1 AS a) TO 's3://lake/duckdb.parquet'")
    return connection.sql("SELECT a FROM 's3://lake/*.parquet'").fetchall()


def duckdb_connection() -> Any:
    """A connection with httpfs from the package index: else duckdb would fetch it from its own site."""
    import duckdb
    import duckdb_extension_httpfs

    (extension,) = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    return connection


def pyiceberg_file() -> Any:
    from pyiceberg.io import load_file_io

    files = load_file_io({}, "s3://lake/iceberg")
    with files.new_output("s3://lake/iceberg").create() as out:
        out.write(b"written")
    with files.new_input("s3://lake/iceberg").open() as file:
        return file.read()


def pyiceberg_table() -> Any:
    import pyarrow
    from pyiceberg.catalog.memory import InMemoryCatalog

    catalog = InMemoryCatalog("tests", warehouse="s3://lake/warehouse")
    catalog.create_namespace("n")
    table = catalog.create_table("n.t", schema=pyarrow.schema([("a", pyarrow.int64())]))
    table.append(pyarrow.table({"a": [1, 2]}))
    found = table.scan().to_arrow()["a"].to_pylist()
    catalog.close()
    return found


def daft_frame() -> Any:
    import daft

    daft.from_pydict({"a": [1, 2]}).write_parquet("s3://lake/daft")
    return daft.read_parquet("s3://lake/daft/*.parquet").to_pydict()["a"]


def daft_configured() -> Any:
    import daft
    from daft.io import IOConfig, S3Config

    config = IOConfig(s3=S3Config(region_name="us-east-1"))
    daft.from_pydict({"a": [1, 2]}).write_csv("s3://lake/daft-csv", io_config=config)
    return daft.read_csv("s3://lake/daft-csv/*.csv", io_config=config).to_pydict()["a"]


CALLS = {
    "pandas": Call(pandas_parquet, [1, 2], ("pandas", "pyarrow")),
    "pyarrow.fs": Call(pyarrow_filesystem, b"written", ("pyarrow",)),
    "pyarrow URI": Call(pyarrow_uri, b"written", ("pyarrow",)),
    "pyarrow dataset": Call(pyarrow_dataset, [1, 2], ("pyarrow",)),
    "polars Parquet": Call(polars_parquet, [1, 2], ("polars",)),
    "polars CSV": Call(polars_csv, [(1, 2)], ("polars",)),
    "polars Delta": Call(polars_delta, [1], ("polars", "deltalake")),
    "deltalake": Call(deltalake_table, [1, 2], ("deltalake", "pyarrow")),
    "obstore": Call(obstore_store, b"written", ("obstore",)),
    "obstore for a directory bucket": Call(obstore_express, (b"written", ["a/key", "b"]), ("obstore", "boto3")),
    "datafusion": Call(datafusion_query, [1], ("datafusion",)),
    "duckdb": Call(duckdb_query, [(1,)], ("duckdb", "duckdb_extension_httpfs")),
    "pyiceberg file": Call(pyiceberg_file, b"written", ("pyiceberg", "pyarrow")),
    "pyiceberg table": Call(pyiceberg_table, [1, 2], ("pyiceberg", "pyarrow", "sqlalchemy")),
    "daft": Call(daft_frame, [1, 2], ("daft",)),
    "daft with a configuration": Call(daft_configured, [1, 2], ("daft",)),
}
