"""Native clients against `fakes3 serve`, each told of its port as its own users tell it.

daft, deltalake, duckdb, obstore, polars, pyarrow (whose S3 is the AWS SDK for C++) and pyiceberg. The server is another
process, so those that hold the interpreter while they wait for S3 can be served too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .served import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, client_of, served

MIB = 1024**2
ODD = "a b+c/é&?%20=~'\"<>#.txt"
LARGE = bytes(index % 251 for index in range(11 * MIB))
MANY = [f"many/{number:02}" for number in range(25)]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("--verify-signatures") as url:
        yield url


@pytest.fixture
def s3(url: str) -> Iterator[Any]:
    with client_of(url) as s3:
        yield s3


@pytest.fixture
def lake(s3: Any, request: pytest.FixtureRequest) -> str:
    """The name of a bucket for this test alone."""
    name: str = request.function.__name__.replace("_", "-")
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def options(url: str) -> dict[str, str]:
    """What libraries over the crate object_store take: polars, deltalake and obstore."""
    return {
        "aws_endpoint": url,
        "aws_allow_http": "true",
        "aws_region": REGION,
        "aws_access_key_id": ACCESS_KEY_ID,
        "aws_secret_access_key": SECRET_ACCESS_KEY,
    }


def library(name: str, *others: str) -> Any:
    """Import what a test needs, or skip it."""
    for each in others:
        pytest.importorskip(each, reason=f"missing: pip install {each}")
    return pytest.importorskip(name, reason=f"missing: pip install {name.partition('.')[0]}")


def keys(s3: Any, bucket: str) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def body(s3: Any, bucket: str, key: str) -> bytes:
    found: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return found


def test_pyarrow(url: str, s3: Any, lake: str) -> None:
    fs = library("pyarrow.fs")
    files = fs.S3FileSystem(
        endpoint_override=url,
        region=REGION,
        access_key=ACCESS_KEY_ID,
        secret_key=SECRET_ACCESS_KEY,
        allow_bucket_creation=True,
        allow_bucket_deletion=True,
    )
    files.create_dir("pyarrow-of-its-own")
    for key, written in ((ODD, b"odd"), ("large", LARGE)):
        with files.open_output_stream(f"{lake}/{key}", metadata={"Content-Type": "text/plain"}) as out:
            out.write(written)
        with files.open_input_stream(f"{lake}/{key}") as file:
            assert written == file.read()
    assert s3.head_object(Bucket=lake, Key="large")["ETag"].endswith(('-2"', '-3"'))
    assert "text/plain" == s3.head_object(Bucket=lake, Key="large")["ContentType"]
    with files.open_input_file(f"{lake}/large") as file:
        file.seek(5 * MIB - 1)
        assert LARGE[5 * MIB - 1 : 5 * MIB + 2] == file.read(3)
    files.copy_file(f"{lake}/large", f"{lake}/copy")
    files.move(f"{lake}/copy", f"{lake}/moved")
    for key in MANY:
        files.open_output_stream(f"{lake}/{key}").close()
    found = files.get_file_info(fs.FileSelector(f"{lake}/many"))
    assert [f"{lake}/{key}" for key in MANY] == sorted(each.path for each in found)
    files.delete_dir(f"{lake}/many")
    assert {ODD, "large", "moved"} == {each for each in keys(s3, lake) if not each.endswith("/")}
    assert fs.FileType.NotFound == files.get_file_info(f"{lake}/missing").type
    with pytest.raises(FileNotFoundError):
        files.open_input_stream(f"{lake}/missing")
    files.delete_dir("pyarrow-of-its-own")
    assert "pyarrow-of-its-own" not in {each["Name"] for each in s3.list_buckets()["Buckets"]}


def test_obstore(s3: Any, lake: str, options: dict[str, str]) -> None:
    obstore = library("obstore")
    from obstore.exceptions import AlreadyExistsError
    from obstore.store import S3Store

    store = S3Store(lake, config=options)
    obstore.put(store, "small", b"hello", attributes={"Content-Type": "text/plain", "owner": "alice"})
    obstore.put(store, "large", LARGE, use_multipart=True, chunk_size=5 * MIB)
    obstore.put(store, ODD, b"odd")
    assert LARGE == bytes(obstore.get(store, "large").bytes())
    assert b"odd" == body(s3, lake, ODD) == bytes(obstore.get(store, ODD).bytes())
    piece = obstore.get_range(store, "large", start=5 * MIB - 1, length=3)
    assert LARGE[5 * MIB - 1 : 5 * MIB + 2] == bytes(piece)
    assert s3.head_object(Bucket=lake, Key="large")["ETag"].endswith('-3"')
    for key in MANY:
        obstore.put(store, key, b"")
    pages = list(obstore.list(store, "many/", chunk_size=10))
    assert MANY == [each["path"] for page in pages for each in page]
    obstore.copy(store, "small", "copy")
    assert {"owner": "alice"} == s3.head_object(Bucket=lake, Key="copy")["Metadata"]
    obstore.delete(store, MANY)
    assert {"small", "large", ODD, "copy"} == set(keys(s3, lake))
    with pytest.raises(FileNotFoundError, match="NoSuchKey"):
        obstore.get(store, "missing")
    with pytest.raises(AlreadyExistsError):
        obstore.put(store, "small", b"again", mode="create")


def test_polars(s3: Any, lake: str, options: dict[str, str]) -> None:
    polars = library("polars")
    frame = polars.DataFrame({"a": range(1000), "p": ["x", "y"] * 500})
    given = {"storage_options": options}
    frame.write_parquet(f"s3://{lake}/one.parquet", **given)
    frame.lazy().sink_csv(f"s3://{lake}/{ODD}", **given)
    assert frame.equals(polars.read_parquet(f"s3://{lake}/one.parquet", **given))
    assert 499_500 == polars.scan_parquet(f"s3://{lake}/*.parquet", **given).select("a").sum().collect().item()
    assert body(s3, lake, ODD).startswith(b"a,p\n0,x\n")
    with pytest.raises((OSError, polars.exceptions.ComputeError), match=r"not found|NoSuchKey|404"):
        polars.read_parquet(f"s3://{lake}/missing.parquet", **given)


def test_deltalake(s3: Any, lake: str, options: dict[str, str]) -> None:
    deltalake = library("deltalake", "pyarrow")
    import pyarrow

    place = f"s3://{lake}/table"
    for number in range(3):
        table = pyarrow.table({"a": [number], "p": ["x"]})
        deltalake.write_deltalake(place, table, mode="append", partition_by=["p"], storage_options=options)
    found = deltalake.DeltaTable(place, storage_options=options)
    assert [0, 1, 2] == sorted(found.to_pyarrow_table()["a"].to_pylist())
    found.delete("a = 1")
    found.optimize.compact()
    found.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    assert [0, 2] == sorted(deltalake.DeltaTable(place, storage_options=options).to_pyarrow_table()["a"].to_pylist())
    assert 1 == len([key for key in keys(s3, lake) if key.endswith(".parquet")])


def test_duckdb(url: str, s3: Any, lake: str) -> None:
    duckdb = library("duckdb")
    httpfs = library("duckdb_extension_httpfs")  # else duckdb would fetch it from its own site
    (extension,) = Path(httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
    with duckdb.connect() as connection:
        connection.execute(f"LOAD '{extension}'")
        connection.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{ACCESS_KEY_ID}', SECRET '{SECRET_ACCESS_KEY}', REGION '{REGION}', "
            f"ENDPOINT '{url.removeprefix('http://')}', URL_STYLE 'path', USE_SSL false)"
        )
        connection.execute(f"COPY (SELECT range AS a FROM range(1000)) TO 's3://{lake}/a b+é.parquet'")
        assert [(499_500,)] == connection.sql(f"SELECT sum(a) FROM 's3://{lake}/a b+é.parquet'").fetchall()
        connection.execute(
            f"COPY (SELECT range AS a, range % 25 AS p FROM range(100)) TO 's3://{lake}/many' "
            "(FORMAT parquet, PARTITION_BY p)"
        )
        assert [(100, 25)] == connection.sql(
            f"SELECT count(*), count(DISTINCT p) FROM 's3://{lake}/many/*/*.parquet'"
        ).fetchall()
        with pytest.raises(duckdb.HTTPException, match="404"):
            connection.sql(f"SELECT * FROM 's3://{lake}/missing.parquet'")
    assert "a b+é.parquet" in keys(s3, lake)


def test_pyiceberg(url: str, s3: Any, lake: str) -> None:
    pyarrow = library("pyarrow")
    library("pyiceberg", "sqlalchemy")
    from pyiceberg.catalog.memory import InMemoryCatalog

    catalog = InMemoryCatalog(
        "tests",
        **{
            "warehouse": f"s3://{lake}/warehouse",
            "s3.endpoint": url,
            "s3.region": REGION,
            "s3.access-key-id": ACCESS_KEY_ID,
            "s3.secret-access-key": SECRET_ACCESS_KEY,
        },
    )
    catalog.create_namespace("n")
    table = catalog.create_table("n.t", schema=pyarrow.schema([("a", pyarrow.int64())]))
    table.append(pyarrow.table({"a": [1, 2]}))
    table.append(pyarrow.table({"a": [3]}))
    table.delete("a = 2")
    assert [1, 3] == sorted(table.scan().to_arrow()["a"].to_pylist())
    catalog.close()
    assert [key for key in keys(s3, lake) if key.endswith(".metadata.json")]


def test_daft(url: str, s3: Any, lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS"):  # daft tells its makers of its use, unless told not to
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("DAFT_ANALYTICS_ENABLED", "0")
    daft = library("daft")
    from daft.io import IOConfig, S3Config

    config = IOConfig(
        s3=S3Config(
            endpoint_url=url,
            region_name=REGION,
            key_id=ACCESS_KEY_ID,
            access_key=SECRET_ACCESS_KEY,
            force_virtual_addressing=False,
        )
    )
    daft.from_pydict({"a": [1, 2]}).write_parquet(f"s3://{lake}/daft", io_config=config)
    found = daft.read_parquet(f"s3://{lake}/daft/*.parquet", io_config=config).to_pydict()
    assert {"a": [1, 2]} == found
    (key,) = keys(s3, lake)
    assert key.startswith("daft/")
